/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/inquiry.h"

#include "task/task.h"

enum { QUOTE_STANZA_LINES = 9, TEXT_MAX_BYTES = 1 << 20, GAP_MAX_LINES = 20000 };

typedef struct {
    Arena *arena;
    StrBuf *out;
    SourceText *text;
    int64_t line; /* of the next line to be written */
} TextWriter;

/* Lines that no passage holds are empty here, so that the others keep their numbers. */
static void add_passage(TextWriter *writer, const JsonValue *passage)
{
    Str line;
    SourceCitation place = inquiry_read_place(passage);
    if (place.line_start == 0)
        writer->text->has_lines = false;
    else if (place.line_start < writer->line || place.line_start - writer->line > GAP_MAX_LINES)
        return;
    for (; writer->line < place.line_start; writer->line++)
        strbuf_append_byte(writer->out, '\n');
    if (place.page)
        *VEC_PUSH(writer->arena, &writer->text->pages) = (PageMark){writer->line, place.page};
    for (Str rest = place.quote; str_next_line(&rest, &line); writer->line++) {
        strbuf_append(writer->out, line);
        strbuf_append_byte(writer->out, '\n');
    }
}

bool inquiry_read_text(Task *task, Inquiry *inquiry, const SourceDocument *document,
                       uint32_t max_answers, SourceText *out_text)
{
    int64_t more = 0;
    const JsonValue *answer;
    SourceText text = {.has_lines = true};
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, TEXT_MAX_BYTES);
    TextWriter writer = {task->arena, &out, &text, 1};
    for (uint32_t i = 0; i < max_answers; i++) {
        ToolCall call = {"read_lines", {{"document_id", document->id_text, 0}}};
        if (more)
            call.arguments[1] = (ToolArgument){.key = "more", .number = more};
        if (!inquiry_call(task, inquiry, &call, &answer))
            return false;
        const JsonValue *passages = json_get(answer, "passages");
        for (size_t j = 0; passages && j < passages->count; j++)
            add_passage(&writer, &passages->items[j]);
        more = json_i64_or(answer, "more", 0);
        if (more == 0)
            break;
    }
    text.is_cut = more != 0;
    text.text = arena_copy(task->arena, strbuf_str(&out));
    *out_text = text;
    return true;
}

static size_t indent_of(Str line)
{
    return line.size - str_trim_left(line).size;
}

/*
 * Cuts the quotation of a place out of the text, whose first line has the number first. A place of
 * one line is widened to the line that it stands below, where the text has that.
 */
static void cut_quote(SourceCitation *place, Str text, int64_t first)
{
    Str line;
    int64_t number = first;
    int64_t top = place->line_start;
    const char *top_start = NULL;
    Str quote = {0};
    size_t indent = 0;
    bool widens = place->line_start == place->line_end;
    for (Str rest = text; number <= place->line_end && str_next_line(&rest, &line); number++) {
        bool is_top = !str_empty(line) && indent_of(line) == 0;
        if (number <= place->line_start && (is_top || number == place->line_start)) {
            indent = indent_of(line);
            bool below = number == place->line_start && indent > 0 && top_start && widens;
            top = below ? top : number;
            quote.data = below ? top_start : line.data;
            top_start = is_top ? line.data : top_start;
        }
        if (number >= place->line_start)
            quote.size = (size_t)(line.data + line.size - quote.data);
    }
    if (number <= place->line_start)
        return;
    place->line_start = top;
    place->line_end = number - 1;
    place->quote = quote;
}

bool inquiry_quote(Task *task, Inquiry *inquiry, SourceCitation *place)
{
    char id[UUID_TEXT_SIZE];
    const JsonValue *answer;
    SourceText text = {.has_lines = true};
    static const Uuid none = {0};
    if (place->line_start == 0 || memcmp(&place->document_id, &none, sizeof(none)) == 0)
        return true;
    int64_t first = MAX_OF(place->line_start - QUOTE_STANZA_LINES, 1);
    ToolCall call = {"read_lines",
                     {{place->is_global ? "source_id" : "document_id",
                       str_of(uuid_write(&place->document_id, id)), 0},
                      {"line_start", STR(""), first},
                      {"line_end", STR(""), place->line_end}}};
    if (!inquiry_call(task, inquiry, &call, &answer))
        return false;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, TEXT_MAX_BYTES);
    TextWriter writer = {task->arena, &out, &text, first};
    const JsonValue *passages = json_get(answer, "passages");
    for (size_t i = 0; passages && i < passages->count; i++)
        add_passage(&writer, &passages->items[i]);
    if (text.has_lines)
        cut_quote(place, arena_copy(task->arena, strbuf_str(&out)), first);
    return true;
}
