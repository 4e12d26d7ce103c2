/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/page_session.h"

#include "fixture.h"

#define PAGE "X-NetGuru-Client: page\r\n"
#define EMAIL "ana@example.net"
#define PASSWORD "correct horse"

static const char login_in_cookie[] =
    "{\"email\":\"" EMAIL "\",\"password\":\"" PASSWORD "\",\"cookie\":true}";
static const char refresh_in_cookie[] = "{\"cookie\":true}";

static void open_account(Arena *arena)
{
    TestAnswer answer =
        post(arena, "/api/v1/auth/register", STR(""), test_login_body(arena, EMAIL, PASSWORD));
    test_expect(&answer, 201);
}

static TestAnswer page_login(Arena *arena, const char *headers)
{
    return post(arena, "/api/v1/auth/login", str_of(headers), str_of(login_in_cookie));
}

/* Returns "netguru_refresh=…" without the attributes. */
static Str cookie_of(const TestAnswer *answer)
{
    Str header = test_header(answer, "set-cookie");
    Str cookie = STR("");
    assert_that(str_next_field(&header, ';', &cookie));
    assert_that(str_starts_with(cookie, STR("netguru_refresh=")));
    return cookie;
}

static TestAnswer page_refresh(Arena *arena, Str cookie)
{
    Str headers =
        arena_printf(arena, PAGE "Cookie: theme=dark; %.*s; other=1\r\n", STR_ARGS(cookie));
    return post(arena, "/api/v1/auth/refresh", headers, str_of(refresh_in_cookie));
}

static void check_in_cookie(const TestAnswer *answer, int status)
{
    test_expect(answer, status);
    assert_that(str_find(answer->body, STR("refresh_token")) == STR_NOT_FOUND);
    assert_that(test_json_str(answer, "access_token").size > 0);
    Str cookie = cookie_of(answer);
    assert_int(cookie.size, strlen("netguru_refresh=") + 86);
    assert_that(str_find(answer->body, str_from(cookie, strlen("netguru_refresh="))) ==
                STR_NOT_FOUND);
    assert_str(str_from(test_header(answer, "set-cookie"), cookie.size),
               STR("; HttpOnly; SameSite=Strict; Path=/api/v1/auth; Max-Age=87300"));
    assert_str(test_header(answer, "cache-control"), STR("no-store"));
}

static void client_keeps(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = post(arena, "/api/v1/auth/register", STR(PAGE), str_of(login_in_cookie));
    check_in_cookie(&answer, 201);
    answer = page_login(arena, PAGE);
    check_in_cookie(&answer, 200);
    Str first = cookie_of(&answer);
    TestAnswer next = page_refresh(arena, first);
    check_in_cookie(&next, 200);
    assert_that(!str_equal(first, cookie_of(&next)));
    answer = me(arena, test_json_str(&next, "access_token"));
    test_expect(&answer, 200);
    /* The cookie opens nothing but a refresh. */
    answer = test_get(arena, server->port, "/api/v1/users/me",
                      arena_printf(arena, PAGE "Cookie: %.*s\r\n", STR_ARGS(cookie_of(&next))));
    check_refused(&answer);
}

static void test_the_refresh_token_is_in_a_cookie(void **state)
{
    (void)state;
    fixture_serve(client_keeps);
}

static void client_forges(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const char *const refused[] = {
        "",
        "X-NetGuru-Client: Page\r\n",
        "X-NetGuru-Client: \r\n",
        PAGE PAGE,
        PAGE "Origin: https://evil.example\r\n",
        PAGE "Origin: http://x.evil.example\r\n",
        PAGE "Origin: null\r\n",
        PAGE "Origin: evil://test\r\n",
        PAGE "Sec-Fetch-Site: cross-site\r\n",
        PAGE "Sec-Fetch-Site: same-site\r\n",
        PAGE "Sec-Fetch-Site: cross-site\r\nOrigin: http://test\r\n",
        PAGE "Sec-Fetch-Site: same-origin\r\nOrigin: https://evil.example\r\n",
    };
    static const char *const taken[] = {
        PAGE "Origin: http://test\r\n",
        PAGE "Origin: https://TEST\r\n",
        PAGE "Sec-Fetch-Site: same-origin\r\nOrigin: http://test\r\n",
    };
    open_account(arena);
    TestAnswer opened = page_login(arena, PAGE);
    Str cookie = cookie_of(&opened);
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        TestAnswer answer = page_login(arena, refused[i]);
        test_expect_error(&answer, 403, "FORBIDDEN");
        assert_str(test_header(&answer, "set-cookie"), STR(""));
        Str headers = arena_printf(arena, "%sCookie: %.*s\r\n", refused[i], STR_ARGS(cookie));
        answer = post(arena, "/api/v1/auth/refresh", headers, str_of(refresh_in_cookie));
        test_expect_error(&answer, 403, "FORBIDDEN");
        forget_logins();
    }
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        TestAnswer answer = page_login(arena, taken[i]);
        check_in_cookie(&answer, 200);
    }
    /* None of the refused ones has used the token. */
    TestAnswer answer = page_refresh(arena, cookie);
    check_in_cookie(&answer, 200);
    assert_str(test_header(&answer, "access-control-allow-origin"), STR(""));
    answer = test_call(arena, server->port, "OPTIONS", "/api/v1/auth/refresh",
                       STR("Origin: https://evil.example\r\n"
                           "Access-Control-Request-Method: POST\r\n"
                           "Access-Control-Request-Headers: x-netguru-client\r\n"));
    test_expect(&answer, 405);
    assert_that(str_find(answer.head, STR("ccess-")) == STR_NOT_FOUND);
}

static void test_other_sites_cannot_use_the_cookie(void **state)
{
    (void)state;
    fixture_serve(client_forges);
}

static void client_without_cookie(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const char *const cookies[] = {
        "",
        "netguru_refresh",
        "netguru_refresh=",
        "xnetguru_refresh=abc",
        "netguru_refresh=abc",
        "netguru_refresh=%00",
        "NETGURU_REFRESH=abc",
        ";;;=;",
    };
    TestAnswer answer = post(arena, "/api/v1/auth/refresh", STR(PAGE), str_of(refresh_in_cookie));
    check_refused(&answer);
    for (size_t i = 0; i < COUNT_OF(cookies); i++) {
        answer = page_refresh(arena, str_of(cookies[i]));
        check_refused(&answer);
        assert_str(test_header(&answer, "set-cookie"), STR(""));
    }
    answer = post(arena, "/api/v1/auth/refresh", STR(PAGE), STR("{\"cookie\":1}"));
    test_expect_error(&answer, 400, "VALIDATION_ERROR");
    answer = post(arena, "/api/v1/auth/refresh", STR(PAGE), STR("{\"cookie\":false}"));
    test_expect_error(&answer, 400, "VALIDATION_ERROR");
}

static void test_a_missing_or_malformed_cookie_is_refused(void **state)
{
    (void)state;
    fixture_serve(client_without_cookie);
}

static void client_of_two_tabs(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    open_account(arena);
    TestAnswer answer = page_login(arena, PAGE);
    Str cookie = cookie_of(&answer);
    TestAnswer one = page_refresh(arena, cookie);
    TestAnswer other = page_refresh(arena, cookie);
    check_in_cookie(&one, 200);
    check_in_cookie(&other, 200);
    assert_str(cookie_of(&other), cookie_of(&one));
    assert_str(test_json_str(&other, "access_token"), test_json_str(&one, "access_token"));
    answer = me(arena, test_json_str(&other, "access_token"));
    test_expect(&answer, 200);
    TestAnswer next = page_refresh(arena, cookie_of(&other));
    check_in_cookie(&next, 200);
    /* A former token is somebody else's: the session ends. */
    answer = page_refresh(arena, cookie);
    check_refused(&answer);
    answer = me(arena, test_json_str(&next, "access_token"));
    check_refused(&answer);
}

static void test_two_tabs_may_refresh_at_once(void **state)
{
    (void)state;
    fixture_serve(client_of_two_tabs);
}

static void client_leaves(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    static const char *const routes[] = {"/api/v1/auth/logout", "/api/v1/auth/logout-all"};
    open_account(arena);
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        TestAnswer opened = page_login(arena, PAGE);
        Str cookie = cookie_of(&opened);
        Str bearer = test_bearer(arena, test_json_str(&opened, "access_token"));
        TestAnswer answer = test_post_json(
            arena, server->port, routes[i],
            arena_printf(arena, "%.*sCookie: %.*s\r\n", STR_ARGS(bearer), STR_ARGS(cookie)),
            STR(""));
        test_expect(&answer, 204);
        assert_str(test_header(&answer, "set-cookie"),
                   STR("netguru_refresh=; HttpOnly; SameSite=Strict; Path=/api/v1/auth; "
                       "Max-Age=0"));
        answer = page_refresh(arena, cookie);
        check_refused(&answer);
    }
}

static void test_a_logout_deletes_the_cookie(void **state)
{
    (void)state;
    fixture_serve(client_leaves);
}

static void client_of_old(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    open_account(arena);
    /* Not even from another origin: who has the token may use it. */
    TestAnswer opened =
        post(arena, "/api/v1/auth/login", STR("Origin: https://elsewhere.example\r\n"),
             test_login_body(arena, EMAIL, PASSWORD));
    test_expect(&opened, 200);
    assert_str(test_header(&opened, "set-cookie"), STR(""));
    TestAnswer answer = refresh(arena, test_json_str(&opened, "refresh_token"));
    test_expect(&answer, 200);
    assert_int(test_json_str(&answer, "refresh_token").size, 86);
    assert_str(test_header(&answer, "set-cookie"), STR(""));
    answer = test_post_json(arena, server->port, "/api/v1/auth/logout",
                            test_bearer(arena, test_json_str(&answer, "access_token")), STR(""));
    test_expect(&answer, 204);
    assert_str(test_header(&answer, "set-cookie"), STR(""));
}

static void test_other_clients_get_no_cookie(void **state)
{
    (void)state;
    fixture_serve(client_of_old);
}

static bool is_secure(const TestAnswer *answer)
{
    return str_ends_with(test_header(answer, "set-cookie"), STR("; Secure"));
}

static void client_behind_tls(void *argument)
{
    const TrustedProxies *proxies = argument;
    auto_arena Arena *arena = arena_new();
    open_account(arena);
    TestAnswer answer = page_login(arena, PAGE "X-Forwarded-Proto: https\r\n");
    test_expect(&answer, 200);
    assert_that(!is_secure(&answer)); /* anybody can say so */
    all->services.trusted_proxies = *proxies;
    answer = page_login(arena, PAGE "X-Forwarded-Proto: https\r\nOrigin: https://test\r\n");
    test_expect(&answer, 200);
    assert_that(is_secure(&answer));
    answer = page_login(arena, PAGE "X-Forwarded-Proto: HTTPS, http\r\n");
    assert_that(is_secure(&answer));
    answer = page_login(arena, PAGE "X-Forwarded-Proto: http\r\n");
    test_expect(&answer, 200);
    assert_that(!is_secure(&answer));
    /* The page without TLS is another origin. */
    answer = page_login(arena, PAGE "X-Forwarded-Proto: https\r\nOrigin: http://test\r\n");
    test_expect_error(&answer, 403, "FORBIDDEN");
}

static void test_behind_tls_the_cookie_is_secure(void **state)
{
    (void)state;
    Error error = {0};
    TrustedProxies proxies;
    auto_arena Arena *arena = arena_new();
    assert_true(trusted_proxies_parse(arena, STR("127.0.0.1"), &proxies, &error));
    test_server_run(server, client_behind_tls, &proxies);
    all->services.trusted_proxies = (TrustedProxies){0};
}

#define CLEARED(test) cmocka_unit_test_setup(test, fixture_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLEARED(test_the_refresh_token_is_in_a_cookie),
        CLEARED(test_other_sites_cannot_use_the_cookie),
        CLEARED(test_a_missing_or_malformed_cookie_is_refused),
        CLEARED(test_two_tabs_may_refresh_at_once),
        CLEARED(test_a_logout_deletes_the_cookie),
        CLEARED(test_other_clients_get_no_cookie),
        CLEARED(test_behind_tls_the_cookie_is_secure),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
