/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/lines.h"

#include "tools/answer.h"

#define CHUNKS_OF_DOCUMENT "user_id = $1 AND document_id = $2"
/* $1 is not used otherwise, but statements of both kinds take the same parameters. */
#define CHUNKS_OF_SOURCE "user_id IS NULL AND source_id = $2 AND $1::uuid IS NOT NULL"

/* The ranges of lines are in the order of the chunks. */
#define LAST_LINE_SQL(chunks)                                                                      \
    "SELECT line_end FROM embeddings WHERE " chunks " ORDER BY chunk_index DESC LIMIT 1"

/* $3 first and $4 last line, $5 page or NULL, $6 how many chunks. */
#define LINES_SQL(chunks)                                                                          \
    "SELECT chunk_text, coalesce((metadata ->> 'text_line')::integer, line_start), page"           \
    " FROM embeddings WHERE " chunks " AND line_end >= $3::bigint AND line_start <= $4::bigint"    \
    " AND ($5::bigint IS NULL OR page = $5::bigint) ORDER BY chunk_index LIMIT $6::bigint"

DB_STATEMENT last_line_statements[] = {
    {"tool_last_line", LAST_LINE_SQL(CHUNKS_OF_DOCUMENT)},
    {"tool_last_line_of_source", LAST_LINE_SQL(CHUNKS_OF_SOURCE)},
};
DB_STATEMENT lines_statements[] = {
    {"tool_lines", LINES_SQL(CHUNKS_OF_DOCUMENT)},
    {"tool_lines_of_source", LINES_SQL(CHUNKS_OF_SOURCE)},
};

bool lines_find_last(Task *task, const Services *services, const LineSource *source,
                     int64_t *out_line)
{
    const DbRows *rows = NULL;
    if (!db_query(task, services->db, &last_line_statements[source->is_global],
                  DB_PARAMS(db_uuid(&task->user_id), db_uuid(&source->id)), &rows))
        return false;
    *out_line = rows->count ? db_read_i64(rows, 0, 0) : 0;
    return true;
}

static void add_line(Arena *arena, TextLines *lines, TextLine line)
{
    VEC(TextLine) list = {lines->items, lines->count, lines->capacity};
    *VEC_PUSH(arena, &list) = line;
    lines->items = list.items;
    lines->count = list.count;
    lines->capacity = list.capacity;
}

static bool is_wanted(const LineRange *range, const TextLines *lines, uint32_t line)
{
    uint32_t last = lines->count ? lines->items[lines->count - 1].line : 0;
    return line > last && line >= range->first && line <= range->last;
}

/* Chunks of plain text overlap: the lines that are there already are passed over. */
static void add_chunk(Arena *arena, const LineRange *range, TextLines *lines, TextLine chunk)
{
    Str text;
    for (Str rest = chunk.text; str_next_line(&rest, &text); chunk.line++) {
        if (is_wanted(range, lines, chunk.line) && !str_empty(str_trim(text)))
            add_line(arena, lines, (TextLine){chunk.line, chunk.page, str_trim_right(text)});
    }
}

static uint32_t line_of(const DbRows *rows, size_t row)
{
    return (uint32_t)db_read_i64(rows, row, 1);
}

/* Returns the end of the chunks that begin on the same line: the pieces of a long line. */
static size_t pieces_end(const DbRows *rows, size_t first)
{
    size_t end = first + 1;
    while (end < rows->count && line_of(rows, end) == line_of(rows, first))
        end++;
    return end;
}

static Str join_pieces(Arena *arena, const DbRows *rows, size_t first, size_t end)
{
    size_t size = 0;
    if (end == first + 1)
        return db_str(rows, first, 0);
    for (size_t row = first; row < end; row++)
        size += db_str(rows, row, 0).size + 1;
    char *text = arena_alloc(arena, size);
    size = 0;
    for (size_t row = first; row < end; row++) {
        Str piece = db_str(rows, row, 0);
        if (row > first)
            text[size++] = ' ';
        memcpy(text + size, piece.data, piece.size);
        size += piece.size;
    }
    return (Str){text, size};
}

bool lines_load(Task *task, const Services *services, const LineSource *source,
                const LineRange *range, TextLines *out_lines)
{
    const DbRows *rows = NULL;
    TextLines lines = {0};
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), db_uuid(&source->id), db_i64(range->first),
                                db_i64(range->last), range->page ? db_i64(range->page) : db_null(),
                                db_i64(range->max_chunks));
    if (!tool_query(task, services, &lines_statements[source->is_global], params, &rows))
        return false;
    for (size_t row = 0, end = 0; row < rows->count; row = end) {
        end = pieces_end(rows, row);
        TextLine chunk = {line_of(rows, row), (uint32_t)db_read_i64(rows, row, 2),
                          join_pieces(task->arena, rows, row, end)};
        add_chunk(task->arena, range, &lines, chunk);
    }
    lines.is_cut = (int64_t)rows->count == range->max_chunks;
    *out_lines = lines;
    return true;
}
