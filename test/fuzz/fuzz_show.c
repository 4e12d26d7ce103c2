/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a template, a line "===", and a text: what a table has lies in the text, rows begin
 * at lines of it, and outputs of a session do not overlap. */
#include "engines/show/outputs.h"
#include "engines/show/textfsm.h"

#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_within(Str text, Str part)
{
    check(part.size == 0 ||
          (part.data >= text.data && part.data + part.size <= text.data + text.size));
}

static void check_table(const TextFsmTable *table, Str text)
{
    check(table->matched_count <= table->line_count);
    check(table->lines.count == table->row_count);
    for (size_t i = 0; i < table->cells.count; i++) {
        check_within(text, table->cells.items[i].text);
        for (size_t j = 0; j < table->cells.items[i].item_count; j++)
            check_within(text, table->cells.items[i].items[j]);
    }
    for (size_t i = 0; i < table->row_count; i++)
        check(table->lines.items[i] >= 1 && table->lines.items[i] <= text.size + 1);
}

static void check_session(Arena *arena, Str text)
{
    ShowReport report = {0};
    const char *end = text.data;
    outputs_cut(arena, STR("r1_show_x.txt"), text, &report);
    for (size_t i = 0; i < report.outputs.count; i++) {
        const ShowOutput *output = &report.outputs.items[i];
        check_within(text, output->text);
        check(output->text.size == 0 || output->text.data >= end);
        end = output->text.data + output->text.size;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Error error = {0};
    TextFsmTable table;
    auto_arena Arena *arena = arena_new();
    Str source = str_make(data, size);
    size_t cut = str_find(source, STR("\n===\n"));
    Str text = cut == STR_NOT_FOUND ? source : str_from(source, cut + 5);
    if (!str_is_utf8(source))
        return 0;
    check_session(arena, text);
    TextFsm *template = textfsm_compile(arena, str_slice(source, 0, cut), &error);
    if (!template) {
        check(error.code != ERR_NONE);
        return 0;
    }
    if (!textfsm_run(template, arena, text, &table, &error))
        check(error.code != ERR_NONE);
    check_table(&table, text);
    return 0;
}
