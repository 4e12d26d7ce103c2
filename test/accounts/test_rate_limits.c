/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

static int64_t number(const TestAnswer *answer, const char *header)
{
    int64_t value = -1;
    assert_that(str_parse_i64(test_header(answer, header), &value));
    return value;
}

static int64_t ask(const char *command, const char *key)
{
    return test_redis_number(all->redis, (const char *const[]){command, key, NULL});
}

static void check_counts(const TestAnswer *answer, int64_t limit, int64_t remaining)
{
    assert_int(number(answer, "x-ratelimit-limit"), limit);
    assert_int(number(answer, "x-ratelimit-remaining"), remaining);
    assert_that(number(answer, "x-ratelimit-reset") >= 0);
    assert_that(number(answer, "x-ratelimit-reset") <= 60);
}

static void check_refused_for_now(const TestAnswer *answer, int64_t limit)
{
    test_expect_error(answer, 429, "RATE_LIMIT_EXCEEDED");
    check_counts(answer, limit, 0);
    assert_that(number(answer, "retry-after") >= 1);
    assert_that(number(answer, "retry-after") <= 60);
    assert_that(test_json_at(answer->json, "error.details.retry_after") != NULL);
}

static TestAnswer get_as(Arena *arena, const char *target, Str token)
{
    return test_get(arena, server->port, target, test_bearer(arena, token));
}

static const char *counter_of(Arena *arena, const TestAnswer *self, const char *endpoint)
{
    return arena_printf(arena, "ratelimit:%.*s:%s", STR_ARGS(test_json_str(self, "id")), endpoint)
        .data;
}

static void client_user(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str ana = test_register(arena, server->port, "ana@example.net");
    Str bob = test_register(arena, server->port, "bob@example.net");
    TestAnswer self = me(arena, ana);
    const char *counter = counter_of(arena, &self, "upload");
    for (int64_t i = 1; i <= 10; i++) {
        TestAnswer answer = get_as(arena, "/limited", ana);
        test_expect(&answer, 204);
        check_counts(&answer, 10, 10 - i);
        assert_int(ask("GET", counter), i);
        assert_that(ask("TTL", counter) > 0);
        assert_that(ask("TTL", counter) <= 60);
    }
    TestAnswer answer = get_as(arena, "/limited", ana);
    check_refused_for_now(&answer, 10);
    /* Others, and her other endpoints, are not concerned. */
    answer = get_as(arena, "/limited", bob);
    check_counts(&answer, 10, 9);
    answer = get_as(arena, "/paid", ana);
    test_expect(&answer, 204);
    check_counts(&answer, 100, 99);
    /* A counter without an end gets one. */
    test_redis_run(all->redis, (const char *const[]){"PERSIST", counter, NULL});
    answer = get_as(arena, "/limited", ana);
    check_refused_for_now(&answer, 10);
    assert_that(ask("TTL", counter) > 0);
    test_redis_run(all->redis, (const char *const[]){"DEL", counter, NULL});
    answer = get_as(arena, "/limited", ana);
    check_counts(&answer, 10, 9);
    /* Who is nobody is not counted. */
    answer = get_as(arena, "/limited", STR("x"));
    check_refused(&answer);
    assert_that(str_empty(test_header(&answer, "x-ratelimit-limit")));
}

static void test_requests_are_counted_by_user_and_endpoint(void **state)
{
    (void)state;
    fixture_serve(client_user);
}

static void client_plans(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const struct {
        const char *plan;
        int64_t limit;
    } plans[] = {{"solo", 10}, {"team", 50}, {"enterprise", 200}};
    test_register(arena, server->port, "ana@example.net");
    for (size_t i = 0; i < COUNT_OF(plans); i++) {
        test_postgres_run(
            all->postgres,
            arena_printf(arena, "UPDATE users SET plan_tier = '%s'", plans[i].plan).data);
        TestAnswer answer = login(arena, "ana@example.net", "correct horse");
        test_expect(&answer, 200);
        answer = get_as(arena, "/limited", test_json_str(&answer, "access_token"));
        test_expect(&answer, 204);
        check_counts(&answer, plans[i].limit, plans[i].limit - (int64_t)i - 1);
    }
}

static void test_the_limit_depends_on_the_plan(void **state)
{
    (void)state;
    fixture_serve(client_plans);
}

static void client_addresses(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    for (int i = 1; i <= 30; i++) {
        TestAnswer answer = refresh(arena, STR("x"));
        check_refused(&answer);
        check_counts(&answer, 30, 30 - i);
        assert_that(ask("TTL", "ratelimit:127.0.0.1:auth") > 0);
    }
    TestAnswer answer = login(arena, "a@b", "x");
    check_refused_for_now(&answer, 30);
    answer = post(arena, "/api/v1/auth/register", STR(""), STR("not JSON"));
    check_refused_for_now(&answer, 30);
    answer = test_get(arena, server->port, "/open", STR(""));
    test_expect(&answer, 204);
    assert_that(str_empty(test_header(&answer, "x-ratelimit-limit")));
}

static void test_public_requests_are_counted_by_address(void **state)
{
    (void)state;
    fixture_serve(client_addresses);
}

static void client_networks(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    /* Of IPv6 a customer has a /64; of IPv4 an address. */
    static const struct {
        const char *peer;
        int remaining;
    } steps[] = {
        {"2001:db8:0:1::1", 29},
        {"2001:db8:0:1::2", 28},
        {"2001:db8:0:1:ffff:ffff:ffff:ffff", 27},
        {"2001:db8:0:2::1", 29},
        {"192.0.2.1", 29},
        {"192.0.2.2", 29},
        {"192.0.2.1", 28},
        {"::1", 29},
        {"unknown", 29}, /* the proxy itself */
        {"192.0.2.9, 192.0.2.1", 27},
    };
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        Str header = arena_printf(arena, "X-Forwarded-For: %s\r\n", steps[i].peer);
        TestAnswer answer = test_get(arena, server->port, "/counted", header);
        test_expect(&answer, 204);
        check_counts(&answer, 30, steps[i].remaining);
    }
    assert_that(ask("TTL", "ratelimit:2001:db8:0:1::/64:auth") > 0);
}

static void test_addresses_of_one_ipv6_network_share_a_counter(void **state)
{
    Error error = {0};
    (void)state;
    assert_that(trusted_proxies_parse(all->arena, STR("127.0.0.0/8"),
                                      &all->services.trusted_proxies, &error));
    fixture_serve(client_networks);
    all->services.trusted_proxies = (TrustedProxies){0};
}

static TestAnswer login_when_possible(Arena *arena)
{
    TestAnswer answer = login(arena, "ana@example.net", "correct horse");
    for (int i = 0; i < TEST_LONGEST_WAIT_MS / 20 && answer.status == 503; i++) {
        uv_sleep(20);
        answer = login(arena, "ana@example.net", "correct horse");
    }
    return answer;
}

static void check_away(const TestAnswer *answer)
{
    test_expect_error(answer, 503, "UNAVAILABLE");
    assert_that(number(answer, "retry-after") >= 1);
    assert_that(str_find(answer->body, STR("/tmp")) == STR_NOT_FOUND);
}

static void client_away(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    Str token = test_register(arena, server->port, "ana@example.net");
    test_redis_kill(all->redis);
    TestAnswer answer = me(arena, token);
    check_away(&answer);
    answer = login(arena, "ana@example.net", "correct horse");
    check_away(&answer);
    answer = get_as(arena, "/paid", token);
    check_away(&answer);
    answer = test_get(arena, server->port, "/open", STR(""));
    test_expect(&answer, 204);
    test_redis_restart(all->redis);
    answer = login_when_possible(arena);
    test_expect(&answer, 200);
    Str again = test_json_str(&answer, "access_token");
    answer = me(arena, token);
    check_refused(&answer); /* it went with the server's memory */
    test_postgres_stop(all->postgres);
    answer = me(arena, again);
    check_away(&answer);
    answer = login(arena, "ana@example.net", "correct horse");
    check_away(&answer);
    test_postgres_restart(all->postgres);
    answer = login_when_possible(arena);
    test_expect(&answer, 200);
    answer = me(arena, again);
    test_expect(&answer, 200);
}

static void test_servers_that_are_away_make_requests_unavailable(void **state)
{
    (void)state;
    fixture_serve(client_away);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_requests_are_counted_by_user_and_endpoint, fixture_clear),
        cmocka_unit_test_setup(test_the_limit_depends_on_the_plan, fixture_clear),
        cmocka_unit_test_setup(test_public_requests_are_counted_by_address, fixture_clear),
        cmocka_unit_test_setup(test_addresses_of_one_ipv6_network_share_a_counter, fixture_clear),
        cmocka_unit_test_setup(test_servers_that_are_away_make_requests_unavailable, fixture_clear),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
