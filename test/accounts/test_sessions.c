/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/session.h"

#include "base/base64.h"
#include "base/time.h"
#include "crypto/token.h"
#include "db/session.h"
#include "fixture.h"
#include "harness/expect.h"

#include <stdio.h>

typedef struct {
    Str access;
    Str refresh;
    TokenClaims claims;
} Login;

static Login read_login(Arena *arena, const TestAnswer *answer)
{
    Login tokens = {.access = test_json_str(answer, "access_token"),
                    .refresh = test_json_str(answer, "refresh_token")};
    Error error = {0};
    assert_that(
        token_verify(arena, all->services.token_secret, tokens.access, &tokens.claims, &error));
    assert_str(test_header(answer, "cache-control"), STR("no-store"));
    return tokens;
}

static Login open_account(Arena *arena, const char *email)
{
    TestAnswer answer = post(arena, "/api/v1/auth/register", STR(""),
                             test_login_body(arena, email, "correct horse"));
    test_expect(&answer, 201);
    return read_login(arena, &answer);
}

static Login log_in(Arena *arena, const char *email)
{
    TestAnswer answer = login(arena, email, "correct horse");
    test_expect(&answer, 200);
    return read_login(arena, &answer);
}

static void check_alive(Arena *arena, Str access, bool alive)
{
    TestAnswer answer = me(arena, access);
    if (alive)
        test_expect(&answer, 200);
    else
        check_refused(&answer);
}

static const char *session_key(Arena *arena, const Login *tokens)
{
    char user[UUID_TEXT_SIZE];
    return arena_printf(arena, "session:%s", uuid_write(&tokens->claims.user_id, user)).data;
}

static const char *session_field(Arena *arena, const Login *tokens, const char *name)
{
    char session[UUID_TEXT_SIZE];
    return arena_printf(arena, "%s:%s", uuid_write(&tokens->claims.session_id, session), name).data;
}

static int64_t ask(const char *command, const char *key, const char *field)
{
    return test_redis_number(all->redis, (const char *const[]){command, key, field, NULL});
}

static int64_t count_sessions(const char *key)
{
    static const char script[] =
        "local names, count = redis.call('HKEYS', KEYS[1]), 0\n"
        "for i = 1, #names do\n"
        "  if string.match(names[i], ':expires_at$') then count = count + 1 end\n"
        "end\n"
        "return count";
    return test_redis_number(all->redis, (const char *const[]){"EVAL", script, "1", key, NULL});
}

static void set_field(const char *key, const char *field, const char *value)
{
    test_redis_run(all->redis, (const char *const[]){"HSET", key, field, value, NULL});
}

static void client_opens(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Login tokens = open_account(arena, "ana@example.net");
    TestAnswer answer = me(arena, tokens.access);
    test_expect(&answer, 200);
    assert_str(test_json_str(&answer, "email"), STR("ana@example.net"));
    assert_that(str_find(answer.body, STR("password")) == STR_NOT_FOUND);
    const char *key = session_key(arena, &tokens);
    assert_int(count_sessions(key), 1);
    /* Digests, never tokens. */
    assert_int(ask("HSTRLEN", key, session_field(arena, &tokens, "access_token")), 64);
    assert_int(ask("HSTRLEN", key, session_field(arena, &tokens, "refresh_token")), 64);
    assert_int(tokens.refresh.size, 86);
    /* A day, beginning anew with each request. */
    test_redis_run(all->redis, (const char *const[]){"EXPIRE", key, "100", NULL});
    assert_that(ask("TTL", key, NULL) <= 100);
    check_alive(arena, tokens.access, true);
    assert_that(ask("TTL", key, NULL) > 86000);
    assert_that(ask("TTL", key, NULL) <= 86400);
}

static void test_a_new_account_has_a_session_of_a_day(void **state)
{
    (void)state;
    fixture_serve(client_opens);
}

static Str signed_as(Arena *arena, Str secret, Uuid user, Uuid session, int64_t life_s)
{
    int64_t now_s = time_now_us() / 1000000;
    TokenClaims claims = {user, session, now_s, now_s + life_s};
    return token_sign(arena, secret, &claims);
}

static void client_forges(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str secret = all->services.token_secret;
    Login ana = open_account(arena, "ana@example.net");
    Login bob = open_account(arena, "bob@example.net");
    Uuid a = ana.claims.user_id;
    Uuid b = bob.claims.user_id;
    /* Ours by signature, and still nobody's session. */
    check_alive(arena, signed_as(arena, secret, a, bob.claims.session_id, 900), false);
    check_alive(arena, signed_as(arena, secret, b, ana.claims.session_id, 900), false);
    check_alive(arena, signed_as(arena, secret, a, ana.claims.session_id, 899), false);
    check_alive(arena, signed_as(arena, secret, uuid_new(), uuid_new(), 900), false);
    check_alive(arena, signed_as(arena, secret, a, ana.claims.session_id, -1), false);
    check_alive(arena, signed_as(arena, secret, a, ana.claims.session_id, 0), false);
    check_alive(
        arena,
        signed_as(arena, STR("another secret of at least 32 bytes"), a, ana.claims.session_id, 900),
        false);
    static const char *const nonsense[] = {"x",
                                           ".",
                                           "..",
                                           "a.b.c",
                                           "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.e30.",
                                           "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..",
                                           "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.AAAA"};
    for (size_t i = 0; i < COUNT_OF(nonsense); i++)
        check_alive(arena, str_of(nonsense[i]), false);
    check_alive(arena, str_slice(ana.access, 0, ana.access.size - 1), false);
    check_alive(arena, arena_printf(arena, "%.*s%5000d", STR_ARGS(ana.access), 1), false);
    static const char *const headers[] = {"", "Authorization:\r\n", "Authorization: Bearer\r\n",
                                          "Authorization: Bearer  \r\n",
                                          "Authorization: Basic YTpi\r\n"};
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        TestAnswer answer = test_get(arena, server->port, "/api/v1/users/me", str_of(headers[i]));
        check_refused(&answer);
        assert_str(test_header(&answer, "www-authenticate"), STR("Bearer"));
    }
    TestAnswer answer = test_get(arena, server->port, "/admin", test_bearer(arena, ana.access));
    test_expect_error(&answer, 403, "FORBIDDEN");
    check_alive(arena, ana.access, true);
    check_alive(arena, bob.access, true);
}

static void test_forged_tokens_open_nothing(void **state)
{
    (void)state;
    fixture_serve(client_forges);
}

static void client_rotates(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Login first = open_account(arena, "ana@example.net");
    Login other = log_in(arena, "Ana@Example.NET");
    TestAnswer answer = refresh(arena, first.refresh);
    test_expect(&answer, 200);
    Login second = read_login(arena, &answer);
    assert_that(uuid_equal(&first.claims.session_id, &second.claims.session_id));
    assert_that(!str_equal(first.refresh, second.refresh));
    check_alive(arena, second.access, true);
    /* The answer may have been lost: once more within ten seconds, and the same tokens. */
    answer = refresh(arena, first.refresh);
    test_expect(&answer, 200);
    Login again = read_login(arena, &answer);
    assert_str(again.refresh, second.refresh);
    assert_str(again.access, second.access);
    check_alive(arena, second.access, true);
    /* The stolen one is used again: whoever holds the new one is out, too. */
    answer = refresh(arena, first.refresh);
    check_refused(&answer);
    check_alive(arena, second.access, false);
    answer = refresh(arena, second.refresh);
    check_refused(&answer);
    check_alive(arena, other.access, true);
    assert_int(count_sessions(session_key(arena, &other)), 1);
}

static void test_a_refresh_rotates_the_tokens_and_reuse_ends_the_session(void **state)
{
    (void)state;
    fixture_serve(client_rotates);
}

static void client_reuses_late(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    char then[32];
    Login first = open_account(arena, "ana@example.net");
    TestAnswer answer = refresh(arena, first.refresh);
    test_expect(&answer, 200);
    Login second = read_login(arena, &answer);
    snprintf(then, sizeof(then), "%lld", (long long)(time_now_us() / 1000000 - 11));
    set_field(session_key(arena, &first), session_field(arena, &first, "rotated_at"), then);
    answer = refresh(arena, first.refresh);
    check_refused(&answer);
    check_alive(arena, second.access, false);
    /* And one from before the last, however soon. */
    first = log_in(arena, "ana@example.net");
    answer = refresh(arena, first.refresh);
    second = read_login(arena, &answer);
    answer = refresh(arena, second.refresh);
    Login third = read_login(arena, &answer);
    check_alive(arena, third.access, true);
    answer = refresh(arena, first.refresh);
    check_refused(&answer);
    check_alive(arena, third.access, false);
}

static void test_a_refresh_token_used_again_late_ends_the_session(void **state)
{
    (void)state;
    fixture_serve(client_reuses_late);
}

static void set_end(Arena *arena, const Login *tokens, int64_t ends_in_s)
{
    char text[32];
    snprintf(text, sizeof(text), "%lld", (long long)(time_now_us() / 1000000 + ends_in_s));
    set_field(session_key(arena, tokens), session_field(arena, tokens, "ends_at"), text);
}

static int64_t end_of(Arena *arena, const Login *tokens, const char *name)
{
    return ask("HGET", session_key(arena, tokens), session_field(arena, tokens, name));
}

static void client_ends(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    int64_t now_s = time_now_us() / 1000000;
    Login tokens = open_account(arena, "ana@example.net");
    int64_t ends_at = end_of(arena, &tokens, "ends_at");
    assert_that(ends_at >= now_s + 30 * 86400);
    assert_that(ends_at <= now_s + 30 * 86400 + 60);
    check_alive(arena, tokens.access, true);
    assert_int(end_of(arena, &tokens, "ends_at"), ends_at);
    /* Neither use nor refresh goes beyond the end. */
    set_end(arena, &tokens, 3600);
    ends_at = end_of(arena, &tokens, "ends_at");
    check_alive(arena, tokens.access, true);
    assert_int(end_of(arena, &tokens, "expires_at"), ends_at);
    TestAnswer answer = refresh(arena, tokens.refresh);
    test_expect(&answer, 200);
    tokens = read_login(arena, &answer);
    assert_int(end_of(arena, &tokens, "ends_at"), ends_at);
    assert_int(end_of(arena, &tokens, "expires_at"), ends_at);
    set_end(arena, &tokens, -1);
    check_alive(arena, tokens.access, false);
    answer = refresh(arena, tokens.refresh);
    check_refused(&answer);
    /* A session of an older program has no end yet, and gets one. */
    tokens = log_in(arena, "ana@example.net");
    test_redis_run(all->redis,
                   (const char *const[]){"HDEL", session_key(arena, &tokens),
                                         session_field(arena, &tokens, "ends_at"), NULL});
    check_alive(arena, tokens.access, true);
    assert_that(end_of(arena, &tokens, "ends_at") >= now_s + 30 * 86400);
}

static void test_a_session_ends_after_thirty_days(void **state)
{
    (void)state;
    fixture_serve(client_ends);
}

static void make_team(Task *task, void *argument)
{
    const Uuid *user_id = argument;
    EXPECT(task, session_change(task, &all->services, user_id, STR("team"), true));
}

static void client_plan_before(void *argument)
{
    Login *logins = argument;
    logins[0] = open_account(all->arena, "ana@example.net");
    logins[1] = log_in(all->arena, "ana@example.net");
    TestAnswer answer =
        test_get(all->arena, server->port, "/admin", test_bearer(all->arena, logins[0].access));
    test_expect_error(&answer, 403, "FORBIDDEN");
}

static void client_plan_after(void *argument)
{
    const Login *logins = argument;
    Arena *arena = all->arena;
    for (int i = 0; i < 2; i++) {
        TestAnswer answer =
            test_get(arena, server->port, "/admin", test_bearer(arena, logins[i].access));
        test_expect(&answer, 204);
        answer = test_get(arena, server->port, "/limited", test_bearer(arena, logins[i].access));
        assert_str(test_header(&answer, "x-ratelimit-limit"), STR("50"));
    }
    /* A refresh brings what the database says. */
    TestAnswer answer = refresh(arena, logins[0].refresh);
    Login tokens = read_login(arena, &answer);
    answer = test_get(arena, server->port, "/admin", test_bearer(arena, tokens.access));
    test_expect_error(&answer, 403, "FORBIDDEN");
}

static void test_plan_and_rights_reach_sessions(void **state)
{
    (void)state;
    Login logins[2];
    Uuid nobody = uuid_new();
    test_server_run(server, client_plan_before, logins);
    test_server_run_task(server, make_team, &logins[0].claims.user_id);
    test_server_run(server, client_plan_after, logins);
    test_server_run_task(server, make_team, &nobody);
    assert_int_equal(
        test_redis_number(all->redis, (const char *const[]){"KEYS", "session:*", NULL}), 1);
}

/*
 * A refresh that has read how often the sessions were changed, and waits for its statement on the
 * account: the table is locked. Its answer comes after unlock.
 */
typedef struct {
    DbSession *lock;
    int connection;
} HeldRefresh;

static HeldRefresh hold_refresh(Arena *arena, Str token)
{
    Error error = {0};
    HeldRefresh held = {
        .lock = db_session_open(str_of(test_postgres_url(all->postgres)), "test", &error)};
    assert_that(held.lock);
    assert_that(
        db_session_run(held.lock, STR("BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE"), &error));
    held.connection = test_connect(server->port);
    Str body = arena_printf(arena, "{\"refresh_token\":\"%.*s\"}", STR_ARGS(token));
    test_send(held.connection, test_request_text(arena, "POST", "/api/v1/auth/refresh",
                                                 STR("Content-Type: application/json\r\n"), body));
    static const char waiting[] = "SELECT count(*) FROM pg_locks WHERE NOT granted";
    for (int i = 0; test_postgres_count(all->postgres, waiting) == 0; i++) {
        assert_that(i < TEST_LONGEST_WAIT_MS);
        uv_sleep(1);
    }
    return held;
}

static TestAnswer let_refresh_go_on(Arena *arena, HeldRefresh *held)
{
    db_session_close(held->lock);
    TestAnswer answer = test_receive(arena, held->connection, false);
    test_close(held->connection);
    return answer;
}

static void client_overtaken(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Login ana = open_account(arena, "ana@example.net");
    const char *key = session_key(arena, &ana);
    const char *plan = session_field(arena, &ana, "plan_tier");
    /* What session_change does, between the statement and the rotation. */
    HeldRefresh held = hold_refresh(arena, ana.refresh);
    set_field(key, plan, "team");
    test_redis_run(all->redis, (const char *const[]){"HINCRBY", key, "changes", "1", NULL});
    TestAnswer answer = let_refresh_go_on(arena, &held);
    test_expect(&answer, 200);
    ana = read_login(arena, &answer);
    answer = test_get(arena, server->port, "/limited", test_bearer(arena, ana.access));
    assert_str(test_header(&answer, "x-ratelimit-limit"), STR("50"));
    /* The next one brings what the database says. */
    answer = refresh(arena, ana.refresh);
    ana = read_login(arena, &answer);
    answer = test_get(arena, server->port, "/limited", test_bearer(arena, ana.access));
    assert_str(test_header(&answer, "x-ratelimit-limit"), STR("10"));
    /* And one whose sessions are ended meanwhile test_a_new_account_has_a_session_of_a_day none. */
    held = hold_refresh(arena, ana.refresh);
    test_redis_run(all->redis, (const char *const[]){"DEL", key, NULL});
    answer = let_refresh_go_on(arena, &held);
    check_refused(&answer);
    assert_int(ask("EXISTS", key, NULL), 0);
}

static void test_a_refresh_that_is_overtaken_brings_nothing_back(void **state)
{
    (void)state;
    fixture_serve(client_overtaken);
}

static TestAnswer sessions_of(Arena *arena, const Login *tokens)
{
    TestAnswer answer =
        test_get(arena, server->port, "/api/v1/auth/sessions", test_bearer(arena, tokens->access));
    test_expect(&answer, 200);
    return answer;
}

static int delete_session(Arena *arena, const Login *as, const char *id)
{
    const char *target = arena_printf(arena, "/api/v1/auth/sessions/%s", id).data;
    return test_call(arena, server->port, "DELETE", target, test_bearer(arena, as->access)).status;
}

static void client_lists(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    char id[UUID_TEXT_SIZE];
    Login one = open_account(arena, "ana@example.net");
    Str body = test_login_body(arena, "ana@example.net", "correct horse");
    TestAnswer answer =
        post(arena, "/api/v1/auth/login", STR("User-Agent: curl/8 \xC3\xA9 \"x\"\r\n"), body);
    Login two = read_login(arena, &answer);
    Login bob = open_account(arena, "bob@example.net");
    char then[32];
    snprintf(then, sizeof(then), "%lld", (long long)(time_now_us() / 1000000 - 500));
    set_field(session_key(arena, &one), session_field(arena, &one, "seen_at"), then);
    answer = sessions_of(arena, &two);
    const JsonValue *items = json_get(answer.json, "items");
    assert_that(items);
    assert_int(items->type, JSON_IS_ARRAY);
    assert_int(items->count, 2);
    const JsonValue *first = &items->items[0];
    uuid_write(&two.claims.session_id, id);
    assert_str(json_str_or(first, "id", STR("")), str_of(id));
    assert_str(json_str_or(first, "address", STR("")), STR("127.0.0.1"));
    assert_str(json_str_or(first, "user_agent", STR("")), STR("curl/8 ?? \"x\""));
    assert_that(str_find(answer.body, STR("\"current\":true")) <
                str_find(answer.body, STR("\"current\":false")));
    assert_that(str_starts_with(json_str_or(first, "created_at", STR("")), STR("20")));
    /* One's own, and each once. */
    assert_int(delete_session(arena, &bob, id), 404);
    assert_int(delete_session(arena, &one, id), 204);
    assert_int(delete_session(arena, &one, id), 404);
    assert_int(delete_session(arena, &one, "x"), 400);
    check_alive(arena, two.access, false);
    check_alive(arena, one.access, true);
    uuid_write(&one.claims.session_id, id);
    assert_int(delete_session(arena, &one, id), 204);
    check_alive(arena, one.access, false);
    check_alive(arena, bob.access, true);
}

static void test_sessions_are_listed_and_ended(void **state)
{
    (void)state;
    fixture_serve(client_lists);
}

static void client_bad_refresh(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Login tokens = open_account(arena, "ana@example.net");
    char raw[64];
    memset(raw, 7, sizeof(raw));
    Str unknown = base64_encode(arena, str_make(raw, sizeof(raw)), BASE64_URL_NO_PADDING);
    memcpy(raw, tokens.claims.user_id.bytes, 16);
    Str no_session = base64_encode(arena, str_make(raw, sizeof(raw)), BASE64_URL_NO_PADDING);
    Str bad[] = {STR("x"),       STR("===="),   unknown,
                 no_session,     tokens.access, str_slice(tokens.refresh, 0, 85),
                 STR("\xC3\xA9")};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        TestAnswer answer = refresh(arena, bad[i]);
        if (bad[i].size <= 256)
            check_refused(&answer);
        else
            test_expect_error(&answer, 400, "VALIDATION_ERROR");
    }
    check_alive(arena, tokens.access, true);
    set_field(session_key(arena, &tokens), session_field(arena, &tokens, "expires_at"), "1");
    check_alive(arena, tokens.access, false);
    TestAnswer answer = refresh(arena, tokens.refresh);
    check_refused(&answer);
}

static void test_a_bad_refresh_token_changes_nothing(void **state)
{
    (void)state;
    fixture_serve(client_bad_refresh);
}

static void client_leaves(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Login one = open_account(arena, "ana@example.net");
    Login two = log_in(arena, "ana@example.net");
    Login three = log_in(arena, "ana@example.net");
    Login bob = open_account(arena, "bob@example.net");
    TestAnswer answer = test_call(arena, server->port, "POST", "/api/v1/auth/logout",
                                  test_bearer(arena, one.access));
    test_expect(&answer, 204);
    check_alive(arena, one.access, false);
    answer = refresh(arena, one.refresh);
    check_refused(&answer);
    check_alive(arena, two.access, true);
    assert_int(count_sessions(session_key(arena, &two)), 2);
    answer = test_call(arena, server->port, "POST", "/api/v1/auth/logout-all",
                       test_bearer(arena, two.access));
    test_expect(&answer, 204);
    check_alive(arena, two.access, false);
    check_alive(arena, three.access, false);
    answer = refresh(arena, three.refresh);
    check_refused(&answer);
    check_alive(arena, bob.access, true);
    test_services_flush(all);
    check_alive(arena, bob.access, false);
}

static void test_logout_ends_one_session_or_all(void **state)
{
    (void)state;
    fixture_serve(client_leaves);
}

static Account capped;

static void open_fifty(Task *task, void *argument)
{
    SessionTokens tokens;
    SessionClient client = {STR("192.0.2.1"), STR("test")};
    (void)argument;
    for (int i = 0; i < 50; i++)
        EXPECT(task, session_open(task, &all->services, &capped, &client, STR(""), &tokens));
}

static void client_first_of_many(void *argument)
{
    Arena *arena = all->arena;
    Login *first = argument;
    *first = open_account(arena, "ana@example.net");
    char soon[32];
    snprintf(soon, sizeof(soon), "%lld", (long long)(time_now_us() / 1000000 + 50));
    check_alive(arena, first->access, true);
    set_field(session_key(arena, first), session_field(arena, first, "expires_at"), soon);
    capped = (Account){.id = first->claims.user_id, .plan_tier = STR("solo")};
}

static void test_a_user_has_fifty_sessions_at_most(void **state)
{
    (void)state;
    Login first;
    test_server_run(server, client_first_of_many, &first);
    const char *key = session_key(all->arena, &first);
    test_server_run_task(server, open_fifty, NULL);
    assert_int(count_sessions(key), 50);
    assert_int(ask("HEXISTS", key, session_field(all->arena, &first, "expires_at")), 0);
    test_server_run_task(server, open_fifty, NULL);
    assert_int(count_sessions(key), 50);
}

static void login_client(void *argument)
{
    auto_arena Arena *arena = arena_new();
    (void)argument;
    login(arena, "ana@example.net", "correct horse");
}

static void unknown_client(void *argument)
{
    auto_arena Arena *arena = arena_new();
    (void)argument;
    login(arena, "nobody@example.net", "correct horse");
}

static Login known;

static void known_client(void *argument)
{
    (void)argument;
    known = open_account(all->arena, "ana@example.net");
}

static void refresh_client(void *argument)
{
    auto_arena Arena *arena = arena_new();
    (void)argument;
    TestAnswer answer = refresh(arena, known.refresh);
    forget_logins();
    /* Where it was cut off, the new tokens may be lost: then the old one ends the session. */
    known = answer.status == 200 ? read_login(all->arena, &answer)
                                 : log_in(all->arena, "ana@example.net");
}

static void me_client(void *argument)
{
    auto_arena Arena *arena = arena_new();
    (void)argument;
    me(arena, known.access);
}

static void register_client(void *argument)
{
    auto_arena Arena *arena = arena_new();
    static int serial;
    (void)argument;
    post(arena, "/api/v1/auth/register", STR(""),
         test_login_body(arena, arena_printf(arena, "r%d@example.net", serial++).data,
                         "correct horse"));
}

static const char *passwords[] = {"correct horse", "battery staple"};
static int password;
static Login other;

static Login log_in_again(void)
{
    TestAnswer answer = login(all->arena, "eva@example.net", passwords[password]);
    forget_logins();
    test_expect(&answer, 200);
    return read_login(all->arena, &answer);
}

static void change_client_begins(void *argument)
{
    (void)argument;
    known = open_account(all->arena, "eva@example.net");
    other = log_in_again();
}

/* Either all of it has happened or nothing: a new password, and the end of the other session. */
static void change_client(void *argument)
{
    auto_arena Arena *arena = arena_new();
    (void)argument;
    const char *former = passwords[password];
    const char *wanted = passwords[1 - password];
    post(arena, "/api/v1/users/me/password", test_bearer(arena, known.access),
         arena_printf(arena, "{\"password\":\"%s\",\"new_password\":\"%s\"}", former, wanted));
    forget_logins();
    TestAnswer answer = login(arena, "eva@example.net", wanted);
    forget_logins();
    if (answer.status == 200)
        password = 1 - password;
    check_alive(arena, other.access, answer.status != 200);
    check_alive(arena, known.access, true);
    other = log_in_again();
}

static void afterwards(Task *task, void *argument)
{
    (void)argument;
    test_services_check_quiet(task, all);
    forget_logins();
}

static void test_a_request_is_cancelled_at_every_wait(void **state)
{
    (void)state;
    test_server_run(server, known_client, NULL);
    uint32_t known_waits = test_server_cancel_everywhere(server, login_client, afterwards, NULL);
    assert_true(known_waits >= 4);
    /* Looking up, counting and hashing, for nobody too, but no session that is opened and recorded:
     * a connection, its statement, and the commit. */
    uint32_t nobody_waits = test_server_cancel_everywhere(server, unknown_client, afterwards, NULL);
    assert_int_equal(nobody_waits, known_waits - 4);
    assert_true(test_server_cancel_everywhere(server, refresh_client, afterwards, NULL) >= 3);
    assert_true(test_server_cancel_everywhere(server, me_client, afterwards, NULL) >= 2);
    assert_true(test_server_cancel_everywhere(server, register_client, afterwards, NULL) >= 4);
}

static void test_a_password_change_is_cancelled_at_every_wait(void **state)
{
    (void)state;
    test_server_run(server, change_client_begins, NULL);
    assert_true(test_server_cancel_everywhere(server, change_client, afterwards, NULL) >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_new_account_has_a_session_of_a_day, fixture_clear),
        cmocka_unit_test_setup(test_forged_tokens_open_nothing, fixture_clear),
        cmocka_unit_test_setup(test_a_refresh_rotates_the_tokens_and_reuse_ends_the_session,
                               fixture_clear),
        cmocka_unit_test_setup(test_a_refresh_token_used_again_late_ends_the_session,
                               fixture_clear),
        cmocka_unit_test_setup(test_a_session_ends_after_thirty_days, fixture_clear),
        cmocka_unit_test_setup(test_plan_and_rights_reach_sessions, fixture_clear),
        cmocka_unit_test_setup(test_a_refresh_that_is_overtaken_brings_nothing_back, fixture_clear),
        cmocka_unit_test_setup(test_sessions_are_listed_and_ended, fixture_clear),
        cmocka_unit_test_setup(test_a_bad_refresh_token_changes_nothing, fixture_clear),
        cmocka_unit_test_setup(test_logout_ends_one_session_or_all, fixture_clear),
        cmocka_unit_test_setup(test_a_user_has_fifty_sessions_at_most, fixture_clear),
        cmocka_unit_test_setup(test_a_request_is_cancelled_at_every_wait, fixture_clear),
        cmocka_unit_test_setup(test_a_password_change_is_cancelled_at_every_wait, fixture_clear),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
