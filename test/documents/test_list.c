/* SPDX-License-Identifier: Apache-2.0 */
/* Lists page by page, and what other tenants see of documents and topologies: nothing. */
#include "fixture.h"

enum { DOCUMENTS = 250 };

static const char make_documents[] =
    /* Many of one moment, and of one transaction: the id decides. */
    "INSERT INTO documents (user_id, filename, original_filename, file_type, file_size_bytes,"
    "  storage_path, mime_type, sha256, status, created_at)"
    " SELECT u.id, n::text, n || '.cfg', CASE WHEN n % 5 = 0 THEN 'log' ELSE 'config' END, n,"
    "  'local:none', 'text/plain', sha256(n::text::bytea),"
    "  CASE WHEN n % 2 = 0 THEN 'completed' ELSE 'uploaded' END,"
    "  timestamptz '2026-01-01' + (n / 40) * interval '1.000001 second'"
    " FROM generate_series(0, 249) AS n, users AS u WHERE u.email = 'ana@example.net'";

static int make_them(void **state)
{
    fixture_clear(state);
    test_postgres_run(all->postgres, make_documents);
    return 0;
}

static TestAnswer list(Arena *arena, Str token, const char *query)
{
    return test_get(arena, server->port, arena_printf(arena, "/api/v1/files%s", query).data,
                    test_bearer(arena, token));
}

/* Walks all pages, noting each document once by its size; returns how many there were. */
static size_t walk(Arena *arena, Str token, int limit, const char *filter, bool *seen)
{
    size_t count = 0;
    Str cursor = STR("");
    Str last_time = STR("9");
    for (;;) {
        Str query = arena_printf(arena, "?limit=%d%s%s%.*s", limit, filter,
                                 cursor.size ? "&cursor=" : "", STR_ARGS(cursor));
        TestAnswer answer = list(arena, token, query.data);
        test_expect(&answer, 200);
        const JsonValue *items = json_get(answer.json, "items");
        const JsonValue *next = json_get(answer.json, "next_cursor");
        assert_that(items);
        assert_int(items->type, JSON_IS_ARRAY);
        assert_that(items->count <= (size_t)limit);
        assert_that(next);
        for (size_t i = 0; i < items->count; i++) {
            int64_t size = -1;
            Str time = STR("");
            assert_that(json_get_i64(&items->items[i], "file_size_bytes", &size));
            assert_that(json_get_str(&items->items[i], "created_at", &time));
            assert_that(size >= 0);
            assert_that(size < DOCUMENTS);
            assert_that(!seen[size]);
            assert_that(str_compare(time, last_time) <= 0);
            last_time = time;
            seen[size] = true;
            count++;
        }
        if (next->type == JSON_IS_NULL)
            return count;
        assert_int(items->count, (size_t)limit);
        cursor = next->string;
    }
}

static void client_pages(void *argument)
{
    (void)argument;
    static const int limits[] = {7, 50, 83, 100};
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        bool seen[DOCUMENTS] = {false};
        assert_int(walk(arena, ana, limits[i], "", seen), DOCUMENTS);
    }
    bool logs[DOCUMENTS] = {false};
    assert_int(walk(arena, ana, 10, "&file_type=log", logs), 50);
    bool completed[DOCUMENTS] = {false};
    assert_int(walk(arena, ana, 25, "&status=completed", completed), 125);
    bool both[DOCUMENTS] = {false};
    assert_int(walk(arena, ana, 9, "&status=completed&file_type=log", both), 25);
    assert_that(both[0]);
    assert_that(both[10]);
    bool none[DOCUMENTS] = {false};
    assert_int(walk(arena, ana, 9, "&file_type=nonsense", none), 0);
    assert_int(walk(arena, bob, 9, "", none), 0);
}

static void test_pages_hold_each_document_once(void **state)
{
    (void)state;
    test_server_run(server, client_pages, NULL);
}

static void client_queries(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = list(arena, ana, "");
    test_expect(&answer, 200);
    assert_int(json_get(answer.json, "items")->count, 20);
    static const char *const bad[] = {
        "?limit=0",
        "?limit=101",
        "?limit=x",
        "?cursor=x",
        "?cursor=%00",
        "?cursor=fHw",              /* "||" */
        "?cursor=MjAyNi0wMS0wMXx4", /* a time, no id */
        "?cursor=eHx8Nm",
        /* "never|" and an id */
        "?cursor=bmV2ZXJ8NmJhN2I4MTAtOWRhZC0xMWQxLTgwYjQtMDBjMDRmZDQzMGM4",
        "?status=123456789012345678901",
        "?status=nonsense",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        answer = list(arena, ana, bad[i]);
        test_expect_error(&answer, 400, "VALIDATION_ERROR");
    }
    answer = list(arena, ana, "?file_type='%20OR%20true--");
    test_expect(&answer, 200);
    assert_int(json_get(answer.json, "items")->count, 0);
    answer = list(arena, STR("x"), "");
    test_expect_error(&answer, 401, "AUTH_ERROR");
}

static void test_queries_of_the_list_are_checked(void **state)
{
    (void)state;
    test_server_run(server, client_queries, NULL);
}

/* New ones come in at the front and others go while somebody turns pages. */
static void client_moving(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = list(arena, ana, "?limit=100");
    Str cursor = test_json_str(&answer, "next_cursor");
    test_postgres_run(all->postgres,
                      "UPDATE documents SET created_at = created_at + interval '1 year'"
                      " WHERE filename::int IN (249, 248, 247)");
    answer = list(arena, ana, arena_printf(arena, "?limit=100&cursor=%.*s", STR_ARGS(cursor)).data);
    cursor = test_json_str(&answer, "next_cursor");
    assert_int(json_get(answer.json, "items")->count, 100);
    answer = list(arena, ana, arena_printf(arena, "?limit=100&cursor=%.*s", STR_ARGS(cursor)).data);
    assert_int(json_get(answer.json, "items")->count, 50);
    assert_int(json_get(answer.json, "next_cursor")->type, JSON_IS_NULL);
}

static void test_a_page_is_not_moved_by_what_comes_before(void **state)
{
    (void)state;
    test_server_run(server, client_moving, NULL);
}

static TestAnswer topology(Arena *arena, Str token, const char *method, const char *rest)
{
    return test_call(arena, server->port, method,
                     arena_printf(arena, "/api/v1/topology%s", rest).data,
                     test_bearer(arena, token));
}

#define SNAPSHOT "/6ba7b810-9dad-11d1-80b4-00c04fd430c8"

static void client_topologies(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const char *const own[] = {SNAPSHOT, SNAPSHOT "/svg"};
    for (size_t i = 0; i < COUNT_OF(own); i++) {
        TestAnswer answer = topology(arena, ana, "GET", own[i]);
        test_expect(&answer, 200);
        answer = topology(arena, bob, "GET", own[i]);
        test_expect_error(&answer, 404, "NOT_FOUND");
    }
    TestAnswer answer = topology(arena, ana, "GET", SNAPSHOT "/svg");
    assert_str(test_header(&answer, "content-type"), STR("image/svg+xml"));
    assert_that(str_find(test_header(&answer, "content-security-policy"), STR("sandbox")) !=
                STR_NOT_FOUND);
    assert_str(answer.body, STR("<svg/>"));
    answer = topology(arena, bob, "GET", "");
    assert_int(json_get(answer.json, "items")->count, 0);
    answer = topology(arena, ana, "GET", "");
    assert_int(json_get(answer.json, "items")->count, 1);
    answer = topology(arena, bob, "DELETE", SNAPSHOT);
    test_expect_error(&answer, 404, "NOT_FOUND");
    answer = topology(arena, ana, "GET", "/x");
    test_expect_error(&answer, 400, "VALIDATION_ERROR");
    answer = topology(arena, ana, "DELETE", SNAPSHOT);
    test_expect(&answer, 204);
    answer = topology(arena, ana, "DELETE", SNAPSHOT);
    test_expect_error(&answer, 404, "NOT_FOUND");
    answer = test_post_json(arena, server->port, "/api/v1/topology/generate",
                            test_bearer(arena, bob), STR("{\"title\":\"\"}"));
    test_expect_error(&answer, 400, "VALIDATION_ERROR"); /* no configurations */
    test_postgres_run(all->postgres, make_documents);
    answer = test_post_json(arena, server->port, "/api/v1/topology/generate",
                            test_bearer(arena, ana), STR("{\"title\":\"\"}"));
    test_expect(&answer, 202);
    answer = test_post_json(arena, server->port, "/api/v1/topology/generate",
                            test_bearer(arena, ana), STR("{\"document_ids\":[\"x\"]}"));
    test_expect_error(&answer, 400, "VALIDATION_ERROR");
}

static void test_topologies_are_seen_by_their_owners_alone(void **state)
{
    (void)state;
    test_postgres_run(
        all->postgres,
        "TRUNCATE topology_snapshots;"
        "INSERT INTO topology_snapshots (id, user_id, title, graph_data, metadata, svg)"
        " SELECT '6ba7b810-9dad-11d1-80b4-00c04fd430c8', id, 'Lab',"
        "  '{\"nodes\":[],\"edges\":[]}', '{}', '<svg/>'"
        " FROM users WHERE email = 'ana@example.net'");
    test_server_run(server, client_topologies, NULL);
    assert_int_equal(count_rows("analysis_tasks WHERE task_type = 'topology_generation'"), 1);
}

static void client_again(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str bytes = STR("hostname r1\n");
    TestAnswer first = upload(arena, ana, "a.cfg", bytes);
    test_expect(&first, 201);
    test_postgres_run(all->postgres, "DELETE FROM analysis_tasks; UPDATE documents SET status = "
                                     "'failed', metadata = '{\"error\":\"broken\"}'");
    TestAnswer again = upload(arena, ana, "a.cfg", bytes);
    test_expect(&again, 200);
    assert_str(test_json_str(&again, "id"), test_json_str(&first, "id"));
    assert_str(test_json_str(&again, "status"), STR("uploaded"));
    assert_str(test_json_str(&again, "task.status"), STR("pending"));
    assert_int(test_json_at(again.json, "failure_reason")->type, JSON_IS_NULL);
    assert_int(count_rows("analysis_tasks"), 1);
    assert_int(count_files(), 1);
}

static void test_a_failed_document_is_processed_again_on_request(void **state)
{
    (void)state;
    test_server_run(server, client_again, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_pages_hold_each_document_once, make_them),
        cmocka_unit_test_setup(test_queries_of_the_list_are_checked, make_them),
        cmocka_unit_test_setup(test_a_page_is_not_moved_by_what_comes_before, make_them),
        cmocka_unit_test_setup(test_topologies_are_seen_by_their_owners_alone, fixture_clear),
        cmocka_unit_test_setup(test_a_failed_document_is_processed_again_on_request, fixture_clear),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
