/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page: a list of a user's rows, newest first, one page at a time. The next page begins after the
 * last row of this one (keyset pagination), so rows inserted or deleted meanwhile cause no gaps or
 * repetitions. The client names a page by `limit` and an opaque `cursor`.
 *
 *     DB_STATEMENT list_widgets = {
 *         "widget_list", PAGE_SQL("json_build_object('id', t.id)", "widgets",
 *                                 " AND ($5::text IS NULL OR t.colour = $5)")};
 *
 *     Page page;
 *     if (!page_read(task, request, &page))
 *         return false;
 *     DbParams params = DB_PARAMS(PAGE_PARAMS(task, &page), db_text(colour));
 *     return page_load_json(task, db, &list_widgets, params, &json);
 */
#pragma once

#include "web/request.h"

enum { PAGE_DEFAULT_LIMIT = 20, PAGE_MAX_LIMIT = 100 };

typedef struct {
    int64_t limit;
    bool has_last; /* there is a previous page; false for the first one */
    int64_t last_us;
    Uuid last_id;
} Page;

/* Reads limit and cursor from the query. An error names the invalid one. */
bool page_read(Task *task, const Request *request, Page *out_page) MUST_USE;
/* Reads a cursor into the last row of *page. */
bool page_read_cursor(Task *task, Str cursor, Page *page) MUST_USE;
/* Does the same with the key that a statement of PAGE_SQL has answered, which a cursor encodes. */
bool page_read_key(Task *task, Str key, Page *page) MUST_USE;

/*
 * Builds the statement of a list. It selects item (SQL of JSON) for each row t of the table that
 * satisfies filters ("AND …", parameters from $5 on). The columns user_id, created_at and id are
 * the key. The statement asks for one row more than the page holds, which tells whether there is a
 * next page.
 */
#define PAGE_SQL(item, table, filters) PAGE_SQL_BY("created_at", item, table, filters)
/* The same in the order of another time of the row. */
#define PAGE_SQL_BY(time, item, table, filters)                                                    \
    "WITH page AS ("                                                                               \
    " SELECT t." time " AS key, t.id,"                                                             \
    "  row_number() OVER (ORDER BY t." time " DESC, t.id DESC) AS place, " item " AS item"         \
    " FROM " table " AS t"                                                                         \
    " WHERE t.user_id = $1 AND (t." time ", t.id) <"                                               \
    "  (timestamptz 'epoch' + $2::bigint * interval '1 microsecond', $3::uuid)"                    \
    " " filters " ORDER BY t." time " DESC, t.id DESC LIMIT $4::bigint + 1)"                       \
    " SELECT coalesce(json_agg(item ORDER BY place) FILTER (WHERE place <= $4::bigint), '[]'),"    \
    "  max((extract(epoch FROM key) * 1000000)::bigint || '|' || id)"                              \
    "   FILTER (WHERE place = $4::bigint),"                                                        \
    "  count(*) > $4::bigint FROM page"

/* The key of a row after all others, where the first page begins. Were it NULL, PostgreSQL would
 * read all rows before a page: under row-level security, an index takes only a plain comparison. */
/* The end of the year 9999: the last time of RFC 3339, still within PostgreSQL's range. */
#define PAGE_LAST_US INT64_C(253402300799999999)
extern const Uuid page_last_id;

/* The parameters $1 to $4. */
#define PAGE_PARAMS(task, page)                                                                    \
    db_uuid(&(task)->user_id), db_i64((page)->has_last ? (page)->last_us : PAGE_LAST_US),          \
        db_uuid((page)->has_last ? &(page)->last_id : &page_last_id), db_i64((page)->limit)

/* Loads {"items":[…],"next_cursor":"…"}. The cursor is null at the end. */
bool page_load_json(Task *task, Db *db, const DbStatement *statement, DbParams params,
                    Str *out_json) MUST_USE;
/* Writes the same of rows that such a statement has answered in a transaction. */
Str page_write_json(Arena *arena, const DbRows *rows);

/* A page of rows whose key is one number, the highest first. */
typedef struct {
    int64_t limit;
    bool has_before;
    int64_t before; /* the key of the last row of the previous page */
} PageOfNumbers;

bool page_read_of_numbers(Task *task, const Request *request, PageOfNumbers *out_page) MUST_USE;

/* Builds the statement of a list from a query of the columns item and key, which selects one row
 * more than the page holds. $2 is the limit. */
#define PAGE_QUERY_SQL(query)                                                                      \
    "WITH page AS (SELECT q.item, q.key, row_number() OVER () AS place FROM (" query ") AS q)"     \
    " SELECT coalesce(json_agg(item ORDER BY place) FILTER (WHERE place <= $2::bigint), '[]'),"    \
    "  max(key) FILTER (WHERE place = $2::bigint), count(*) > $2::bigint FROM page"
