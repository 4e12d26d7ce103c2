/* SPDX-License-Identifier: Apache-2.0 */
#include "web/page.h"

#include "base/base64.h"

enum { CURSOR_MAX_BYTES = 256 };

const Uuid page_last_id = {
    {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}};

bool page_read_key(Task *task, Str key, Page *page)
{
    size_t bar = str_find_byte(key, '|');
    page->has_last = bar != STR_NOT_FOUND &&
                     str_parse_i64(str_slice(key, 0, bar), &page->last_us) && page->last_us >= 0 &&
                     page->last_us <= PAGE_LAST_US &&
                     uuid_parse(str_from(key, bar + 1), &page->last_id);
    return page->has_last || request_fail_field(task, "cursor", "not one of ours");
}

/* A cursor is the key, "microseconds since 1970|id", in URL-safe Base64. */
bool page_read_cursor(Task *task, Str cursor, Page *page)
{
    Str key;
    if (!base64_decode(task->arena, cursor, BASE64_URL_NO_PADDING, &key))
        key = STR("");
    return page_read_key(task, key, page);
}

bool page_read(Task *task, const Request *request, Page *out_page)
{
    Str cursor = STR("");
    Page page = {.limit = PAGE_DEFAULT_LIMIT};
    if (!request_query_i64(task, request, "limit", 1, PAGE_MAX_LIMIT, &page.limit) ||
        !request_query_str(task, request, "cursor", CURSOR_MAX_BYTES, &cursor) ||
        (!str_empty(cursor) && !page_read_cursor(task, cursor, &page)))
        return false;
    *out_page = page;
    return true;
}

Str page_write_json(Arena *arena, const DbRows *rows)
{
    Str next = STR("null");
    if (db_read_bool(rows, 0, 2)) {
        Str cursor = base64_encode(arena, db_str(rows, 0, 1), BASE64_URL_NO_PADDING);
        next = arena_printf(arena, "\"%.*s\"", STR_ARGS(cursor));
    }
    return arena_printf(arena, "{\"items\":%.*s,\"next_cursor\":%.*s}",
                        STR_ARGS(db_str(rows, 0, 0)), STR_ARGS(next));
}

bool page_load_json(Task *task, Db *db, const DbStatement *statement, DbParams params,
                    Str *out_json)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, statement, params, &rows))
        return false;
    *out_json = page_write_json(task->arena, rows);
    return true;
}

bool page_read_of_numbers(Task *task, const Request *request, PageOfNumbers *out_page)
{
    Str plain;
    Str cursor = STR("");
    PageOfNumbers page = {.limit = PAGE_DEFAULT_LIMIT};
    if (!request_query_i64(task, request, "limit", 1, PAGE_MAX_LIMIT, &page.limit) ||
        !request_query_str(task, request, "cursor", CURSOR_MAX_BYTES, &cursor))
        return false;
    page.has_before = base64_decode(task->arena, cursor, BASE64_URL_NO_PADDING, &plain) &&
                      str_parse_i64(plain, &page.before);
    if (!str_empty(cursor) && !page.has_before)
        return request_fail_field(task, "cursor", "not one of ours");
    *out_page = page;
    return true;
}
