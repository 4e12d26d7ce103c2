/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to POST /mcp that are cancelled at every wait. What the endpoint answers is tested by
 * test/api/test_mcp.py with the official clients. */
#include "mcp/mcp.h"

#include "accounts/account.h"
#include "harness/services.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DOCUMENT "00000000-0000-4000-8000-000000000001"
#define TOPOLOGY "00000000-0000-4000-8000-000000000002"

static TestServices *all;
static TestServer *server;
static Str ana;

static const char fill_sql[] =
    "INSERT INTO documents (id, user_id, filename, original_filename, file_type, file_size_bytes,"
    "  storage_path, status) SELECT '" DOCUMENT "', id, 'a', 'core1.cfg', 'config', 100, 'local:a',"
    "  'completed' FROM users;"
    "INSERT INTO embeddings (user_id, document_id, chunk_index, chunk_text, line_start, line_end)"
    "  SELECT id, '" DOCUMENT "', 0, E'hostname core1\\n!', 1, 2 FROM users;"
    "INSERT INTO embeddings (user_id, document_id, chunk_index, chunk_text, line_start, line_end)"
    "  SELECT id, '" DOCUMENT "', n, 'line ' || n, n + 2, n + 2 FROM users,"
    "  generate_series(1, 150) AS n;"
    "INSERT INTO topology_snapshots (id, user_id, title, graph_data) SELECT '" TOPOLOGY
    "', id, 't',"
    "  '{}' FROM users;";

static void open_account(void *argument)
{
    (void)argument;
    ana = test_register(all->arena, server->port, "ana@example.net");
}

static int start(void **state)
{
    static const Route *const tables[] = {accounts_routes, mcp_routes, NULL};
    Error error = {0};
    (void)state;
    all = test_services_start();
    check(config_set(all->settings, "NETGURU_RATE_LIMIT_FACTOR", STR("10000"), &error));
    all->services.mcp = mcp_calls_new(&all->services);
    server = test_server_start(&all->services, tables, accounts_gate);
    test_server_run(server, open_account, NULL);
    test_postgres_run(all->postgres, fill_sql);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    test_server_free(server);
    mcp_calls_free(all->services.mcp);
    test_services_stop(all);
    return 0;
}

static TestAnswer ask(Arena *arena, const char *json)
{
    Str headers = arena_printf(arena,
                               "%.*sAccept: application/json, text/event-stream\r\n"
                               "Mcp-Session-Id: s\r\n",
                               STR_ARGS(test_bearer(arena, ana)));
    return test_post_json(arena, server->port, "/mcp", headers, str_of(json));
}

static void send_request(void *argument)
{
    auto_arena Arena *arena = arena_new();
    ask(arena, argument);
}

static void nothing_is_left(Task *task, void *argument)
{
    (void)argument;
    test_services_check_quiet(task, all);
    check(all->services.mcp->running.count == 0);
}

#define REQUEST(method, params)                                                                    \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" method "\",\"params\":" params "}"

static void test_a_request_is_cancelled_at_every_wait(void **state)
{
    static const char *const requests[] = {
        REQUEST("ping", "{}"),
        REQUEST("tools/call", "{\"name\":\"list_documents\"}"),
        REQUEST("tools/call", "{\"name\":\"list_documents\",\"_meta\":{\"progressToken\":1}}"),
        REQUEST("resources/list", "{}"),
        REQUEST("resources/list", "{\"cursor\":\"1\"}"),
        REQUEST("resources/read", "{\"uri\":\"netguru://documents/" DOCUMENT "\"}"),
        REQUEST("resources/read", "{\"uri\":\"netguru://topologies/" TOPOLOGY "\"}"),
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":9}}",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(requests); i++)
        assert_true(test_server_cancel_everywhere(server, send_request, nothing_is_left,
                                                  (void *)(uintptr_t)requests[i]) >= 2);
}

static void read_client(void *argument)
{
    auto_arena Arena *arena = arena_new();
    (void)argument;
    TestAnswer answer =
        ask(arena, REQUEST("resources/read", "{\"uri\":\"netguru://documents/" DOCUMENT "\"}"));
    test_expect(&answer, 200);
    const JsonValue *contents = test_json_at(answer.json, "result.contents");
    assert_that(contents && contents->count == 1);
    Str text = json_str_or(&contents->items[0], "text", STR(""));
    assert_that(str_starts_with(text, STR("hostname core1\n!\nline 1\nline 2\n")));
    assert_that(str_ends_with(text, STR("line 149\nline 150\n")));
}

/* The chunks are more than one statement reads. */
static void test_a_document_is_read_to_its_end(void **state)
{
    (void)state;
    test_server_run(server, read_client, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_document_is_read_to_its_end),
        cmocka_unit_test(test_a_request_is_cancelled_at_every_wait),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
