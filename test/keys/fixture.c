/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "db/session.h"
#include "harness/asserts.h"
#include "harness/played.h"

TestServices *all;
TestServer *server;
Str ana;
Str bob;
Uuid ana_id;
Uuid bob_id;

static PlayedProvider *played;

static Uuid id_of(Str token)
{
    Uuid id;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer =
        test_get(arena, server->port, "/api/v1/users/me", test_bearer(arena, token));
    assert_that(uuid_parse(test_json_str(&answer, "id"), &id));
    return id;
}

static void open_accounts(void *argument)
{
    (void)argument;
    ana = test_register(all->arena, server->port, "ana@example.net");
    bob = test_register(all->arena, server->port, "bob@example.net");
    ana_id = id_of(ana);
    bob_id = id_of(bob);
}

/* The providers of language models are played. */
static void play_providers(void)
{
    Error error = {0};
    played = played_start();
    Str origin = arena_printf(all->arena, "http://127.0.0.1:%u", played_port(played));
    Str base = arena_printf(all->arena, "%.*s/v1", STR_ARGS(origin));
    assert_that(config_set(all->settings, "NETGURU_LLM_OPENAI_URL", base, &error));
    assert_that(config_set(all->settings, "NETGURU_LLM_ANTHROPIC_URL", origin, &error));
}

int fixture_start(void **state)
{
    static const Route *const tables[] = {accounts_routes, keys_routes, NULL};
    Error error = {0};
    (void)state;
    all = test_services_start();
    assert_that(config_set(all->settings, "NETGURU_RATE_LIMIT_FACTOR", STR("10000"), &error));
    play_providers();
    server = test_server_start(&all->services, tables, accounts_gate);
    test_server_run(server, open_accounts, NULL);
    return 0;
}

int fixture_stop(void **state)
{
    (void)state;
    test_server_free(server);
    played_stop(played);
    test_services_stop(all);
    return 0;
}

int fixture_clear(void **state)
{
    (void)state;
    test_postgres_run(all->postgres, "TRUNCATE api_keys");
    return 0;
}

TestAnswer send_json(Arena *arena, Str token, const char *method, const char *path, Str json)
{
    int client = test_connect(server->port);
    Str headers = arena_printf(arena, "Content-Type: application/json\r\n%.*s",
                               STR_ARGS(test_bearer(arena, token)));
    test_send(client, test_request_text(arena, method, path, headers, json));
    TestAnswer answer = test_receive(arena, client, false);
    test_close(client);
    return answer;
}

Str add_key(Arena *arena, Str token, const char *members)
{
    TestAnswer answer = send_json(arena, token, "POST", KEYS, arena_printf(arena, "{%s}", members));
    test_expect(&answer, 201);
    return test_json_str(&answer, "id");
}

const char *key_path(Arena *arena, Str id)
{
    return arena_printf(arena, KEYS "/%.*s", STR_ARGS(id)).data;
}

void expect_field(const TestAnswer *answer, const char *field)
{
    test_expect_error(answer, 400, "VALIDATION_ERROR");
    assert_str(test_json_str(answer, "error.details.field"), str_of(field));
}

Str ask_database(Arena *arena, const char *sql)
{
    Error error = {0};
    const DbStatement statement = {NULL, sql, NULL};
    auto_session DbSession *session =
        db_session_open(str_of(test_postgres_url(all->postgres)), "keys", &error);
    assert_that(session);
    const DbRows *rows = db_session_query(session, arena, &statement, DB_NO_PARAMS, &error);
    if (!rows)
        test_fail_at(__FILE__, __LINE__, "%s", error.message);
    return rows->count ? arena_copy(arena, db_str(rows, 0, 0)) : STR("");
}
