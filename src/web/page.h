/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page: a list of a user's rows, newest first, a page at a time. The next page begins behind the
 * last row of this one (keyset), so rows that come and go meanwhile are neither missed nor shown
 * twice. The client names a page by `limit` and an opaque `cursor`.
 *
 *     static const DbStatement list_widgets = {
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
    bool has_last; /* of the page before: false for the first page */
    int64_t last_us;
    Uuid last_id;
} Page;

/* Reads limit and cursor from the query; an error names the one that is wrong. */
bool page_read(Task *task, const Request *request, Page *out_page) MUST_USE;

/*
 * The statement of a list: item (SQL of JSON) for each row t of the table, whose columns user_id,
 * created_at and id are the key, and on which filters ("AND …", parameters from $5 on) hold. One
 * row more than asked for tells whether there is a next page.
 */
#define PAGE_SQL(item, table, filters)                                                             \
    "WITH page AS ("                                                                               \
    " SELECT t.created_at, t.id,"                                                                  \
    "  row_number() OVER (ORDER BY t.created_at DESC, t.id DESC) AS place, " item " AS item"       \
    " FROM " table " AS t"                                                                         \
    " WHERE t.user_id = $1 AND ($2::bigint IS NULL OR (t.created_at, t.id) <"                      \
    "  (timestamptz 'epoch' + $2::bigint * interval '1 microsecond', $3::uuid))"                   \
    " " filters " ORDER BY t.created_at DESC, t.id DESC LIMIT $4::bigint + 1)"                     \
    " SELECT coalesce(json_agg(item ORDER BY place) FILTER (WHERE place <= $4::bigint), '[]'),"    \
    "  max((extract(epoch FROM created_at) * 1000000)::bigint || '|' || id)"                       \
    "   FILTER (WHERE place = $4::bigint),"                                                        \
    "  count(*) > $4::bigint FROM page"

/* $1 to $4. */
#define PAGE_PARAMS(task, page)                                                                    \
    db_uuid(&(task)->user_id), (page)->has_last ? db_i64((page)->last_us) : db_null(),             \
        (page)->has_last ? db_uuid(&(page)->last_id) : db_null(), db_i64((page)->limit)

/* {"items":[…],"next_cursor":"…"}; null at the end. */
bool page_load_json(Task *task, Db *db, const DbStatement *statement, DbParams params,
                    Str *out_json) MUST_USE;
