/* SPDX-License-Identifier: Apache-2.0 */
#include "web/percent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_decodes(Str text, PercentKind kind, Str expected)
{
    Str out;
    auto_arena Arena *arena = arena_new();
    assert_true(percent_decode(arena, text, kind, &out));
    assert_int_equal(out.size, expected.size);
    assert_memory_equal(out.data, expected.data, expected.size);
}

static void assert_refused(Str text)
{
    Str out = STR("untouched");
    auto_arena Arena *arena = arena_new();
    assert_false(percent_decode(arena, text, PERCENT_QUERY, &out));
    assert_true(str_equal(out, STR("untouched")));
    assert_false(percent_decode(arena, text, PERCENT_PATH, &out));
}

static void test_escapes_are_decoded(void **state)
{
    (void)state;
    assert_decodes(STR(""), PERCENT_PATH, STR(""));
    assert_decodes(STR("plain"), PERCENT_PATH, STR("plain"));
    assert_decodes(STR("a%2Fb%2fc"), PERCENT_PATH, STR("a/b/c"));
    assert_decodes(STR("a+b%2B"), PERCENT_PATH, STR("a+b+"));
    assert_decodes(STR("a+b%2B"), PERCENT_QUERY, STR("a b+"));
    assert_decodes(STR("%C3%A9"), PERCENT_PATH, STR("\xC3\xA9"));
    assert_decodes(STR("%2500"), PERCENT_PATH, STR("%00"));
}

static void test_malformed_escapes_are_refused(void **state)
{
    (void)state;
    assert_refused(STR("%"));
    assert_refused(STR("%4"));
    assert_refused(STR("abc%"));
    assert_refused(STR("%zz"));
    assert_refused(STR("%+1"));
    assert_refused(STR("% 1"));
    assert_refused(STR("%0x"));
    assert_refused(STR("%-1"));
    assert_refused(STR("%00"));
    assert_refused(STR("a\0b"));
    assert_refused(STR("%FF"));
    assert_refused(STR("%C3"));
    assert_refused(STR("%C0%AF"));
    assert_refused(STR("%ED%A0%80"));
}

static void test_encoded_text_decodes_to_itself(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    char text[64];
    for (unsigned first = 1; first < 0x800; first++) {
        size_t size = 0;
        if (first < 0x80) {
            text[size++] = (char)first;
        } else {
            text[size++] = (char)(0xC0 | (first >> 6));
            text[size++] = (char)(0x80 | (first & 0x3F));
        }
        text[size++] = ' ';
        text[size++] = '%';
        Str encoded = percent_encode(arena, str_make(text, size));
        for (size_t i = 0; i < encoded.size; i++)
            assert_true(encoded.data[i] > ' ' && encoded.data[i] < 0x7F && encoded.data[i] != '"');
        assert_decodes(encoded, PERCENT_PATH, str_make(text, size));
        assert_decodes(encoded, PERCENT_QUERY, str_make(text, size));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escapes_are_decoded),
        cmocka_unit_test(test_malformed_escapes_are_refused),
        cmocka_unit_test(test_encoded_text_decodes_to_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
