/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/answer.h"

#include "base/utf8.h"
#include "tools/arguments.h"

/* How much of a row is kept. A row that is still too large is shortened more. */
typedef struct {
    size_t string_bytes;
    size_t items;
} Shortening;

static const Shortening shortenings[] = {{1000, 40}, {300, 10}, {100, 3}};

Str answer_text(Arena *arena, Str text, size_t max_bytes)
{
    size_t size = utf8_cut_words(text, max_bytes);
    char *copy = arena_alloc(arena, size + sizeof("…"));
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        copy[i] = byte < ' ' && byte != '\n' && byte != '\t' ? '?' : text.data[i];
    }
    if (size < text.size) {
        memcpy(copy + size, "…", sizeof("…") - 1);
        size += sizeof("…") - 1;
    }
    return (Str){copy, size};
}

static void write_short(Arena *arena, JsonWriter *json, const JsonValue *value,
                        const Shortening *shortening)
{
    size_t count = MIN_OF(value->count, shortening->items);
    bool is_object = value->type == JSON_IS_OBJECT;
    if (value->type == JSON_IS_STRING) {
        json_str(json, answer_text(arena, value->string, shortening->string_bytes));
        return;
    }
    if (!is_object && value->type != JSON_IS_ARRAY) {
        json_value(json, value);
        return;
    }
    if (is_object)
        json_begin_object(json);
    else
        json_begin_array(json);
    for (size_t i = 0; i < (is_object ? value->count : count); i++) {
        if (is_object)
            json_key_str(json, value->keys[i]);
        write_short(arena, json, &value->items[i], shortening);
    }
    if (!is_object && count < value->count)
        json_str(json, arena_printf(arena, "%zu more …", value->count - count));
    json_end(json);
}

void answer_value(Arena *arena, JsonWriter *json, const JsonValue *value)
{
    for (size_t i = 0; i < COUNT_OF(shortenings); i++) {
        Str text;
        JsonWriter *shorter = json_writer_new(arena, ANSWER_ROW_MAX_BYTES);
        write_short(arena, shorter, value, &shortenings[i]);
        if (json_writer_text(shorter, &text)) {
            json_raw(json, text);
            return;
        }
    }
    json_str(json, STR("too large to be shown: read its lines"));
}

Rows rows_begin(Arena *arena, JsonWriter *answer, const char *name, int64_t skipped)
{
    json_key(answer, name);
    json_begin_array(answer);
    return (Rows){.arena = arena, .answer = answer, .next = skipped};
}

bool rows_add(Rows *rows, Str json)
{
    size_t used = rows->answer->out->size;
    rows->is_full |= rows->count > 0 && used + json.size + 1 > ANSWER_ROWS_MAX_BYTES;
    if (rows->is_full)
        return false;
    json_raw(rows->answer, json);
    rows->count++;
    rows->next++;
    return true;
}

bool rows_add_value(Rows *rows, const JsonValue *row)
{
    Str text;
    JsonWriter *json = json_writer_new(rows->arena, ANSWER_BUFFER_BYTES);
    answer_value(rows->arena, json, row);
    check(json_writer_text(json, &text));
    return rows_add(rows, text);
}

void rows_end(Rows *rows, bool has_more)
{
    json_end(rows->answer);
    json_key(rows->answer, "more");
    if (has_more || rows->is_full)
        json_i64(rows->answer, rows->next);
    else
        json_write_null(rows->answer);
}

JsonWriter *row_begin(Arena *arena)
{
    JsonWriter *row = json_writer_new(arena, ANSWER_BUFFER_BYTES);
    json_begin_object(row);
    return row;
}

Str row_end(JsonWriter *row)
{
    Str text;
    json_end(row);
    check(json_writer_text(row, &text)); /* its texts have been shortened */
    return text;
}

void field_uuid(JsonWriter *json, const char *name, const Uuid *id)
{
    char text[UUID_TEXT_SIZE];
    json_field_text(json, name, uuid_write(id, text));
}

void field_place(JsonWriter *json, const char *name, int64_t value)
{
    json_key(json, name);
    if (value > 0)
        json_i64(json, value);
    else
        json_write_null(json);
}

void passage_members(Arena *arena, JsonWriter *json, const Passage *passage)
{
    if (passage->is_global) {
        json_field_text(json, "document_id", NULL);
        field_uuid(json, "source_id", &passage->id);
    } else {
        field_uuid(json, "document_id", &passage->id);
    }
    json_field_str(json, "document", answer_text(arena, passage->name, 255));
    field_place(json, "line_start", passage->line_start);
    field_place(json, "line_end", passage->line_end);
    field_place(json, "page", passage->page);
    json_field_str(json, "text", answer_text(arena, passage->text, ANSWER_TEXT_MAX_BYTES));
}

DB_STATEMENT load_document = {
    "tool_document_load",
    "SELECT original_filename, file_type, status, failure_reason FROM documents"
    " WHERE user_id = $1 AND id = $2",
    "document",
};

bool tool_document_load(Task *task, const Services *services, const Uuid *id,
                        ToolDocument *out_document)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, services->db, &load_document,
                      DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)), &rows))
        return false;
    ToolDocument document = {*id, db_str(rows, 0, 0), db_str(rows, 0, 1)};
    Str status = db_str(rows, 0, 2);
    if (str_equal(status, STR("failed")))
        return task_fail(task, ERR_CONFLICT, "%.*s could not be analysed: %.*s",
                         STR_ARGS(document.name), STR_ARGS(str_slice(db_str(rows, 0, 3), 0, 200)));
    if (!str_equal(status, STR("completed")))
        return task_fail(task, ERR_CONFLICT, "%.*s has not been analysed yet: ask again later",
                         STR_ARGS(document.name));
    *out_document = document;
    return true;
}

bool tool_document_of_type(Task *task, const Services *services, const JsonValue *arguments,
                           const char *type, ToolDocument *out_document)
{
    Uuid id = {0};
    check(argument_uuid(arguments, "document_id", &id)); /* required by the schema */
    if (!tool_document_load(task, services, &id, out_document))
        return false;
    if (str_equal(out_document->type, str_of(type)))
        return true;
    return task_fail(task, ERR_VALIDATION,
                     "%.*s is of type %.*s, and this tool is for documents of type %s",
                     STR_ARGS(out_document->name), STR_ARGS(out_document->type), type);
}

void tool_document_members(Arena *arena, JsonWriter *json, const ToolDocument *document)
{
    field_uuid(json, "document_id", &document->id);
    json_field_str(json, "document", answer_text(arena, document->name, 255));
}

bool tool_query(Task *task, const Services *services, const DbStatement *statement, DbParams params,
                const DbRows **out_rows)
{
    auto_transaction DbTransaction *transaction = db_begin(task, services->db);
    return transaction && db_transaction_query(task, transaction, statement, params, out_rows);
}

bool tool_facts(Task *task, const Services *services, const DbStatement *statement, DbParams params,
                const DbRows **out_rows)
{
    if (!tool_query(task, services, statement, params, out_rows))
        return false;
    return (*out_rows)->count == 1 ||
           task_fail(task, ERR_NOT_FOUND, "the analysis of this document is not stored any more");
}
