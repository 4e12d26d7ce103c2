/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

TestServices *all;
TestServer *server;

static bool answer_nothing(Task *task, const Request *request, Response *response)
{
    (void)task;
    (void)request;
    return respond_nothing(response);
}

static const RateLimit upload_limit = {"upload", {10, 50, 200}};
static const RateLimit chat_limit = {"chat", {100, 500, 2000}};
static const RateLimit auth_limit = {"auth", {30, 30, 30}};

static const Route own_routes[] = {
    {HTTP_GET, ROUTE_USER, "/limited", answer_nothing, .limit = &upload_limit},
    {HTTP_GET, ROUTE_USER, "/paid", answer_nothing, .limit = &chat_limit},
    {HTTP_GET, ROUTE_ADMIN, "/admin", answer_nothing},
    {HTTP_GET, ROUTE_PUBLIC, "/open", answer_nothing},
    {HTTP_GET, ROUTE_PUBLIC, "/counted", answer_nothing, .limit = &auth_limit},
    {0},
};

int fixture_start(void **state)
{
    static const Route *const tables[] = {accounts_routes, personal_token_routes, own_routes, NULL};
    (void)state;
    all = test_services_start();
    server = test_server_start(&all->services, tables, accounts_gate);
    return 0;
}

int fixture_stop(void **state)
{
    (void)state;
    test_server_free(server);
    test_services_stop(all);
    return 0;
}

int fixture_clear(void **state)
{
    (void)state;
    test_services_flush(all);
    test_postgres_run(all->postgres, "TRUNCATE users CASCADE");
    return 0;
}

void fixture_serve(void (*client)(void *argument))
{
    test_server_run(server, client, NULL);
}

TestAnswer post(Arena *arena, const char *target, Str headers, Str json)
{
    return test_post_json(arena, server->port, target, headers, json);
}

TestAnswer me(Arena *arena, Str access_token)
{
    return test_get(arena, server->port, "/api/v1/users/me", test_bearer(arena, access_token));
}

TestAnswer login(Arena *arena, const char *email, const char *password)
{
    return post(arena, "/api/v1/auth/login", STR(""), test_login_body(arena, email, password));
}

TestAnswer refresh(Arena *arena, Str refresh_token)
{
    return post(arena, "/api/v1/auth/refresh", STR(""),
                arena_printf(arena, "{\"refresh_token\":\"%.*s\"}", STR_ARGS(refresh_token)));
}

void check_refused(const TestAnswer *answer)
{
    test_expect_error(answer, 401, "AUTH_ERROR");
}

void forget_logins(void)
{
    static const char script[] = "for _, key in ipairs(redis.call('KEYS', 'login:*')) do\n"
                                 "  redis.call('DEL', key)\n"
                                 "end\n"
                                 "return redis.call('DEL', 'ratelimit:127.0.0.1:auth')";
    test_redis_run(all->redis, (const char *const[]){"EVAL", script, "0", NULL});
}

TestAnswer login_from(Arena *arena, const char *email, const char *password, Str device_token)
{
    Str body =
        arena_printf(arena, "{\"email\":\"%s\",\"password\":\"%s\",\"device_token\":\"%.*s\"}",
                     email, password, STR_ARGS(device_token));
    return post(arena, "/api/v1/auth/login", STR(""), body);
}
