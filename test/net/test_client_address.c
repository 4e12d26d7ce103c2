/* SPDX-License-Identifier: Apache-2.0 */
#include "net/client_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static Str address(const char *proxies, const char *peer, const char *forwarded)
{
    static char text[64];
    Error error = {0};
    TrustedProxies trusted;
    auto_arena Arena *arena = arena_new();
    assert_true(trusted_proxies_parse(arena, str_of(proxies), &trusted, &error));
    Str found = client_address(&trusted, str_of(peer), str_of(forwarded));
    assert_true(str_copy_to(found, text, sizeof(text)));
    return str_of(text);
}

#define EXPECT(proxies, peer, forwarded, wanted)                                                   \
    assert_string_equal(address(proxies, peer, forwarded).data, wanted)

static void test_a_header_nobody_is_trusted_with_counts_for_nothing(void **state)
{
    (void)state;
    EXPECT("", "192.0.2.1", "10.1.1.1", "192.0.2.1");
    EXPECT("127.0.0.1", "192.0.2.1", "10.1.1.1", "192.0.2.1");
    EXPECT("127.0.0.1", "127.0.0.1", "", "127.0.0.1");
    EXPECT("127.0.0.1", "", "10.1.1.1", "");
}

static void test_the_last_address_behind_trusted_proxies_counts(void **state)
{
    (void)state;
    EXPECT("127.0.0.1", "127.0.0.1", "192.0.2.7", "192.0.2.7");
    EXPECT("127.0.0.1", "127.0.0.1", "8.8.8.8, 192.0.2.7", "192.0.2.7");
    EXPECT("127.0.0.1, 10.0.0.0/8", "127.0.0.1", "8.8.8.8,192.0.2.7 ,10.3.2.1", "192.0.2.7");
    EXPECT("127.0.0.1,10.0.0.0/8", "10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2");
    EXPECT("::1", "::1", "2001:db8::7", "2001:db8::7");
    EXPECT("fd00::/8", "fd00::1", "192.0.2.7", "192.0.2.7");
    EXPECT("127.0.0.1, 10.0.0.0/8", "127.0.0.1", "192.0.2.7, ::ffff:10.0.0.1", "192.0.2.7");
}

static void test_what_is_no_address_ends_the_search(void **state)
{
    (void)state;
    EXPECT("127.0.0.1", "127.0.0.1", "unknown", "127.0.0.1");
    EXPECT("127.0.0.1", "127.0.0.1", "192.0.2.7, ,", "127.0.0.1");
    EXPECT("127.0.0.1", "127.0.0.1", "192.0.2.7, '; DROP TABLE users", "127.0.0.1");
    EXPECT("127.0.0.1", "127.0.0.1", "192.0.2.7:4711", "127.0.0.1");
}

static void test_wrong_lists_are_refused(void **state)
{
    (void)state;
    TrustedProxies trusted;
    Error error = {0};
    Str many = STR("");
    auto_arena Arena *arena = arena_new();
    assert_false(trusted_proxies_parse(arena, STR("127.0.0.1,proxy"), &trusted, &error));
    assert_non_null(strstr(error.message, "\"proxy\""));
    assert_false(trusted_proxies_parse(arena, STR("10.0.0.0/33"), &trusted, &error));
    for (int i = 0; i < TRUSTED_PROXIES_MAX; i++)
        many = arena_printf(arena, "%.*s10.0.0.%d,", STR_ARGS(many), i);
    assert_true(trusted_proxies_parse(arena, many, &trusted, &error));
    assert_int_equal(trusted.count, TRUSTED_PROXIES_MAX);
    many = arena_printf(arena, "%.*s10.1.0.0", STR_ARGS(many));
    assert_false(trusted_proxies_parse(arena, many, &trusted, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_header_nobody_is_trusted_with_counts_for_nothing),
        cmocka_unit_test(test_the_last_address_behind_trusted_proxies_counts),
        cmocka_unit_test(test_what_is_no_address_ends_the_search),
        cmocka_unit_test(test_wrong_lists_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
