/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/origin.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_origins_are_normalized(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *origin;
    } cases[] = {
        {"http://127.0.0.1:11434", "http://127.0.0.1:11434"},
        {"HTTPS://Gpu.Example/", "https://gpu.example"},
        {"http://[::1]:8080/", "http://[::1]:8080"},
        {"http://[2001:DB8::1]", "http://[2001:db8::1]"},
        {"http://a_b-c.d", "http://a_b-c.d"},
        {"http://x:65535", "http://x:65535"},
    };
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_str(origin_normalize(arena, str_of(cases[i].text)), cases[i].origin);
}

static void test_what_is_no_origin_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "/",
        "x",
        "http:",
        "http://",
        "http:///",
        "//x",
        "ftp://x",
        "file:///etc/passwd",
        "http://x//",
        "http://x/y",
        "http://x?y",
        "http://x#y",
        "http://u@x",
        "http://u:p@x",
        "http://x:",
        "http://x:0",
        "http://x:65536",
        "http://x:8a",
        "http://x:-1",
        "http://x y",
        "http://x\ty",
        "http://x\n",
        "http://[",
        "http://[]",
        "http://[::1",
        "http://[g::1]",
        "http://[::1]x",
        "http://x\\y",
        "http://x%00",
        "http://x,y",
        "http://\xC3\xA9",
        "http://\"",
    };
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_str(origin_normalize(arena, str_of(texts[i])), "");
    assert_str(origin_normalize(arena, str_make("http://x\0y", 10)), "");
    Str whole = STR("http://[2001:db8::1]:8080");
    for (size_t size = 0; size < strlen("http://[2001:db8::1]"); size++)
        assert_str(origin_normalize(arena, str_slice(whole, 0, size)), "");
}

static void test_an_origin_has_at_most_255_bytes(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (int size = ORIGIN_MAX_BYTES - 1; size <= ORIGIN_MAX_BYTES + 1; size++) {
        Str text = arena_printf(arena, "http://%0*d", size - 7, 0);
        assert_int(text.size, size);
        bool fits = size <= ORIGIN_MAX_BYTES;
        assert_int(origin_normalize(arena, text).size, fits ? size : 0);
    }
}

static Config *settings_with(Arena *arena, const char *urls)
{
    Error error = {0};
    Config *settings = config_load(arena, &error);
    assert_that(settings);
    assert_that(config_set(settings, "NETGURU_LLM_LOCAL_URLS", str_of(urls), &error));
    return settings;
}

static void test_only_listed_origins_are_allowed(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Config *settings = settings_with(arena, " HTTP://A:1/ ,,https://b ");
    assert_that(origin_is_allowed(arena, settings, STR("http://a:1")));
    assert_that(origin_is_allowed(arena, settings, STR("https://b")));
    assert_that(!origin_is_allowed(arena, settings, STR("http://b")));
    assert_that(!origin_is_allowed(arena, settings, STR("http://a")));
    assert_str(origin_allowed_array(arena, settings), "{\"http://a:1\",\"https://b\"}");
    settings = settings_with(arena, "");
    assert_that(!origin_is_allowed(arena, settings, STR("http://127.0.0.1:11434")));
    assert_str(origin_allowed_array(arena, settings), "{}");
}

static void test_a_malformed_list_is_refused_by_name(void **state)
{
    (void)state;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    assert_that(origin_check_settings(settings_with(arena, "http://a, https://b/"), &error));
    assert_that(!origin_check_settings(settings_with(arena, "http://a,gpu.example"), &error));
    assert_that(strstr(error.message, "NETGURU_LLM_LOCAL_URLS: \"gpu.example\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_origins_are_normalized),
        cmocka_unit_test(test_what_is_no_origin_is_refused),
        cmocka_unit_test(test_an_origin_has_at_most_255_bytes),
        cmocka_unit_test(test_only_listed_origins_are_allowed),
        cmocka_unit_test(test_a_malformed_list_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
