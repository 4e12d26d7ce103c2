/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"
#include "tools/answer.h"
#include "tools/arguments.h"
#include "tools/family.h"
#include "tools/lines.h"

enum { CHUNKS_AT_ONCE = 64, PASSAGE_LINES = 25, MAX_LINE = 1 << 30 };

DB_STATEMENT load_source = {
    "tool_source_load",
    "SELECT name FROM knowledge_sources WHERE id = $1",
    "source of global knowledge",
};

static bool find_source(Task *task, const Services *services, const JsonValue *arguments,
                        LineSource *source)
{
    Uuid document_id;
    ToolDocument document;
    const DbRows *rows = NULL;
    source->is_global = argument_uuid(arguments, "source_id", &source->id);
    bool has_document = argument_uuid(arguments, "document_id", &document_id);
    if (source->is_global == has_document)
        return task_fail(task, ERR_VALIDATION,
                         "read_lines: give either \"document_id\" or \"source_id\"");
    if (has_document) {
        if (!tool_document_load(task, services, &document_id, &document))
            return false;
        source->id = document_id;
        source->name = document.name;
        return true;
    }
    if (!db_query_one(task, services->db, &load_source, DB_PARAMS(db_uuid(&source->id)), &rows))
        return false;
    source->name = db_str(rows, 0, 0);
    return true;
}

/* Returns the end (exclusive) of the passage that begins at a line: lines of one page that fit. */
static size_t passage_end(const TextLines *lines, size_t first)
{
    size_t end = first;
    size_t bytes = 0;
    const TextLine *items = lines->items;
    while (end < lines->count && items[end].page == items[first].page &&
           items[end].line - items[first].line < PASSAGE_LINES &&
           (end == first || bytes + items[end].text.size < ANSWER_TEXT_MAX_BYTES)) {
        bytes += items[end].text.size + 1;
        end++;
    }
    return end;
}

static Str passage_text(Arena *arena, const TextLine *lines, size_t count)
{
    StrBuf text = {0};
    uint32_t line = lines[0].line;
    strbuf_init(&text, ANSWER_BUFFER_BYTES);
    for (size_t i = 0; i < count; i++) {
        for (; line < lines[i].line; line++)
            strbuf_append_byte(&text, '\n');
        strbuf_append(&text, str_slice(lines[i].text, 0, 2 * ANSWER_TEXT_MAX_BYTES));
    }
    Str copy = arena_copy(arena, strbuf_str(&text));
    strbuf_done(&text);
    return copy;
}

static Str write_passage(Arena *arena, const LineSource *source, const TextLine *lines,
                         size_t count)
{
    JsonWriter *row = row_begin(arena);
    Passage passage = {
        .is_global = source->is_global,
        .id = source->id,
        .name = source->name,
        .line_start = lines[0].line,
        .line_end = lines[count - 1].line,
        .page = lines[0].page,
        .text = passage_text(arena, lines, count),
    };
    passage_members(arena, row, &passage);
    return row_end(row);
}

static void write_passages(Arena *arena, JsonWriter *answer, const LineSource *source,
                           const TextLines *lines)
{
    Rows rows = rows_begin(arena, answer, "passages", 0);
    size_t at = 0;
    while (at < lines->count) {
        size_t end = passage_end(lines, at);
        if (!rows_add(&rows, write_passage(arena, source, lines->items + at, end - at)))
            break;
        at = end;
    }
    bool has_more = at < lines->count || lines->is_cut;
    if (at < lines->count)
        rows.next = lines->items[at].line;
    else if (lines->count)
        rows.next = (int64_t)lines->items[at - 1].line + 1;
    rows_end(&rows, has_more && lines->count > 0);
}

bool tool_read_lines(Task *task, const Services *services, const JsonValue *arguments,
                     JsonWriter *answer)
{
    LineSource source = {0};
    int64_t last_line = 0;
    TextLines lines;
    LineRange range = {
        .first = argument_i64(arguments, "line_start", 1),
        .last = argument_i64(arguments, "line_end", MAX_LINE),
        .page = argument_i64(arguments, "page", 0),
        .max_chunks = CHUNKS_AT_ONCE,
    };
    if (range.last < range.first)
        return task_fail(task, ERR_VALIDATION,
                         "read_lines: \"line_end\" must not be before \"line_start\"");
    range.first = MAX_OF(range.first, argument_i64(arguments, "more", 1));
    if (!find_source(task, services, arguments, &source) ||
        !lines_find_last(task, services, &source, &last_line) ||
        !lines_load(task, services, &source, &range, &lines))
        return false;
    if (source.is_global) {
        json_field_text(answer, "document_id", NULL);
        field_uuid(answer, "source_id", &source.id);
    } else {
        field_uuid(answer, "document_id", &source.id);
    }
    json_field_str(answer, "document", answer_text(task->arena, source.name, 255));
    json_field_i64(answer, "last_line", last_line);
    write_passages(task->arena, answer, &source, &lines);
    return true;
}

/* Appends the line, with the blank lines before it. Returns false when it does not fit. */
static bool append_line(StrBuf *text, const TextLine *line, uint32_t *next)
{
    size_t blanks = line->line - *next;
    if (text->size + blanks + line->text.size + 1 > text->max_bytes)
        return false;
    for (; *next < line->line; (*next)++)
        strbuf_append_byte(text, '\n');
    strbuf_append(text, line->text);
    strbuf_append_byte(text, '\n');
    (*next)++;
    return true;
}

/* Appends lines until the text is full or at its end; *next is the first line that is left. */
static bool append_lines(Task *task, const Services *services, const LineSource *source,
                         StrBuf *text, uint32_t *next, bool *is_full)
{
    TextLines lines = {.is_cut = true};
    while (lines.is_cut && !*is_full) {
        LineRange range = {.first = *next, .last = MAX_LINE, .max_chunks = CHUNKS_AT_ONCE};
        if (!lines_load(task, services, source, &range, &lines))
            return false;
        for (size_t i = 0; i < lines.count && !*is_full; i++)
            *is_full = !append_line(text, &lines.items[i], next);
        if (lines.count == 0)
            break;
    }
    return true;
}

bool tool_read_text(Task *task, const Services *services, const Uuid *document_id, size_t max_bytes,
                    Str *out_text, int64_t *out_next_line)
{
    uint32_t next = 1;
    bool is_full = false;
    ToolDocument document;
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, max_bytes);
    if (!tool_document_load(task, services, document_id, &document))
        return false;
    LineSource source = {.id = *document_id, .name = document.name};
    if (!append_lines(task, services, &source, &text, &next, &is_full))
        return false;
    *out_text = arena_copy(task->arena, strbuf_str(&text));
    *out_next_line = is_full ? next : 0;
    return true;
}
