/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/show/outputs.h"

#include "engines/text/prompt.h"

typedef struct {
    Arena *arena;
    ShowReport *report;
    Str prompt; /* "core1#": where a line starts with it, the output has ended */
    Str text;
    uint32_t line;
} Cutter;

static void end_output(Cutter *cutter, size_t end)
{
    ShowReport *report = cutter->report;
    if (report->outputs.count == 0 || str_empty(cutter->prompt))
        return;
    ShowOutput *output = &report->outputs.items[report->outputs.count - 1];
    size_t start = (size_t)(output->text.data - cutter->text.data);
    output->text = str_slice(cutter->text, start, end - start);
    cutter->prompt = STR("");
}

static void begin_output(Cutter *cutter, const Prompt *prompt, size_t start)
{
    ShowReport *report = cutter->report;
    if (report->outputs.count == SHOW_MAX_OUTPUTS) {
        report->is_cut = true;
        return;
    }
    if (str_empty(report->hostname))
        report->hostname = prompt->host;
    cutter->prompt = prompt->sign;
    *VEC_PUSH(cutter->arena, &report->outputs) = (ShowOutput){
        .command = prompt->command,
        .line = cutter->line,
        .first_line = cutter->line + 1,
        .text = str_slice(cutter->text, start, 0),
    };
}

static void cut_at_prompts(Cutter *cutter)
{
    Str line;
    Str rest = cutter->text;
    while (str_next_line(&rest, &line)) {
        Prompt prompt;
        cutter->line++;
        bool is_command = prompt_read(line, &prompt);
        bool ends =
            !str_empty(cutter->prompt) && str_starts_with(str_trim_left(line), cutter->prompt);
        if (is_command || ends)
            end_output(cutter, (size_t)(line.data - cutter->text.data));
        if (is_command)
            begin_output(cutter, &prompt, cutter->text.size - rest.size);
    }
    end_output(cutter, cutter->text.size);
}

static Str command_of_name(Arena *arena, Str name)
{
    Str said = prompt_command_of_name(name);
    char *bytes = arena_alloc(arena, said.size + 1);
    for (size_t i = 0; i < said.size; i++)
        bytes[i] = said.data[i] == '_' ? ' ' : said.data[i];
    return str_make(bytes, said.size);
}

void outputs_cut(Arena *arena, Str name, Str text, ShowReport *report)
{
    Cutter cutter = {.arena = arena, .report = report, .text = text};
    cut_at_prompts(&cutter);
    Str command = command_of_name(arena, name);
    if (report->outputs.count > 0 || str_empty(command))
        return;
    *VEC_PUSH(arena, &report->outputs) =
        (ShowOutput){.command = command, .line = 1, .first_line = 1, .text = text};
}
