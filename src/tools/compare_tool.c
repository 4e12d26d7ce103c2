/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"
#include "engines/text/line_diff.h"
#include "tools/answer.h"
#include "tools/arguments.h"
#include "tools/family.h"
#include "tools/lines.h"

enum {
    MAX_LINES = 40 * 1000, /* of both documents */
    MAX_BYTES = 8 * 1024 * 1024,
    MAX_CHUNKS = 50 * 1000,
    SIDE_TEXT_MAX_BYTES = 2 * 1024, /* of one side of a change */
};

typedef struct {
    ToolDocument document;
    LineList lines; /* line n of the document is items[n - 1] */
} Side;

/* Runs on a thread. The arena is its own. */
typedef struct {
    Arena *arena;
    LineList lines[2];
    LineChangeVec changes;
} Comparison;

static void compare(void *argument)
{
    Comparison *comparison = argument;
    line_diff(comparison->arena, comparison->lines[0], comparison->lines[1], &comparison->changes);
}

DB_STATEMENT count_bytes = {
    "tool_compare_bytes",
    "SELECT sum(octet_length(chunk_text)) FROM embeddings WHERE user_id = $1 AND document_id = $2",
};

static bool check_size(Task *task, const Services *services, const Side *side)
{
    int64_t last_line = 0;
    const DbRows *rows = NULL;
    const Uuid *id = &side->document.id;
    LineSource source = {.id = *id};
    if (!lines_find_last(task, services, &source, &last_line) ||
        !tool_query(task, services, &count_bytes, DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)),
                    &rows))
        return false;
    return (last_line <= MAX_LINES && db_read_i64(rows, 0, 0) <= MAX_BYTES) ||
           task_fail(task, ERR_FILE_TOO_LARGE,
                     "%.*s is too large to be compared: at most %d lines and %d MB",
                     STR_ARGS(side->document.name), MAX_LINES, MAX_BYTES / 1024 / 1024);
}

static bool load_side(Task *task, const Services *services, Side *side)
{
    TextLines lines;
    LineSource source = {.id = side->document.id};
    LineRange range = {.first = 1, .last = MAX_LINES, .max_chunks = MAX_CHUNKS};
    if (!check_size(task, services, side) || !lines_load(task, services, &source, &range, &lines))
        return false;
    size_t count = lines.count ? lines.items[lines.count - 1].line : 0;
    Str *items = ARENA_ARRAY(task->arena, Str, count);
    for (size_t i = 0; i < count; i++)
        items[i] = STR("");
    for (size_t i = 0; i < lines.count; i++)
        items[lines.items[i].line - 1] = lines.items[i].text;
    side->lines = (LineList){items, count};
    return true;
}

static bool load_sides(Task *task, const Services *services, const JsonValue *arguments,
                       Side *sides)
{
    static const char *const names[] = {"document_id", "other_document_id"};
    for (int i = 0; i < 2; i++) {
        Uuid id = {0};
        check(argument_uuid(arguments, names[i], &id)); /* required by the schema */
        if (!tool_document_load(task, services, &id, &sides[i].document))
            return false;
        if (str_equal(sides[i].document.type, STR("pcap")))
            return task_fail(task, ERR_VALIDATION, "%.*s is a capture, which has no lines",
                             STR_ARGS(sides[i].document.name));
    }
    if (uuid_equal(&sides[0].document.id, &sides[1].document.id))
        return task_fail(task, ERR_VALIDATION,
                         "compare_documents: both arguments name the same document");
    if (!load_side(task, services, &sides[0]) || !load_side(task, services, &sides[1]))
        return false;
    return sides[0].lines.count + sides[1].lines.count <= MAX_LINES ||
           task_fail(task, ERR_FILE_TOO_LARGE, "both documents have more than %d lines together",
                     MAX_LINES);
}

static void write_side(Arena *arena, JsonWriter *row, const char *name, const Side *side,
                       const uint32_t range[2])
{
    StrBuf text = {0};
    json_key(row, name);
    if (!range[1]) {
        json_write_null(row);
        return;
    }
    strbuf_init(&text, MAX_BYTES + MAX_LINES);
    for (uint32_t i = 0; i < range[1] && text.size <= SIDE_TEXT_MAX_BYTES; i++)
        strbuf_printf(&text, "%s%.*s", i ? "\n" : "", STR_ARGS(side->lines.items[range[0] + i]));
    Passage passage = {
        .id = side->document.id,
        .name = side->document.name,
        .line_start = range[0] + 1,
        .line_end = range[0] + range[1],
        .text = answer_text(arena, strbuf_str(&text), SIDE_TEXT_MAX_BYTES),
    };
    json_begin_object(row);
    passage_members(arena, row, &passage);
    json_end(row);
    strbuf_done(&text);
}

static Str write_change(Arena *arena, const Side *sides, const LineChange *change)
{
    JsonWriter *row = row_begin(arena);
    write_side(arena, row, "removed", &sides[0],
               (uint32_t[2]){change->old_first, change->old_count});
    write_side(arena, row, "added", &sides[1], (uint32_t[2]){change->new_first, change->new_count});
    return row_end(row);
}

static void write_changes(Arena *arena, JsonWriter *answer, const Side *sides,
                          const LineChangeVec *changes, int64_t skipped)
{
    uint64_t removed = 0;
    uint64_t added = 0;
    for (size_t i = 0; i < changes->count; i++) {
        removed += changes->items[i].old_count;
        added += changes->items[i].new_count;
    }
    tool_document_members(arena, answer, &sides[0].document);
    field_uuid(answer, "other_document_id", &sides[1].document.id);
    json_field_str(answer, "other_document", answer_text(arena, sides[1].document.name, 255));
    json_field_bool(answer, "same", changes->count == 0);
    json_field_u64(answer, "lines_removed", removed);
    json_field_u64(answer, "lines_added", added);
    json_field_u64(answer, "total", changes->count);
    Rows rows = rows_begin(arena, answer, "changes", skipped);
    size_t at = (size_t)skipped;
    while (at < changes->count && rows_add(&rows, write_change(arena, sides, &changes->items[at])))
        at++;
    rows_end(&rows, at < changes->count);
}

bool tool_compare_documents(Task *task, const Services *services, const JsonValue *arguments,
                            JsonWriter *answer)
{
    Side sides[2] = {0};
    auto_arena Arena *arena = arena_new();
    Comparison comparison = {.arena = arena};
    if (!load_sides(task, services, arguments, sides))
        return false;
    comparison.lines[0] = sides[0].lines;
    comparison.lines[1] = sides[1].lines;
    if (!task_offload(task, compare, &comparison))
        return false;
    write_changes(task->arena, answer, sides, &comparison.changes,
                  argument_i64(arguments, "more", 0));
    return true;
}
