/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_compare_and_search(void **state)
{
    (void)state;
    assert_true(str_equal(STR("a\0b"), str_make("a\0b", 3)));
    assert_false(str_equal(STR("a"), STR("b")));
    assert_true(str_equal((Str){0}, STR("")));
    assert_true(str_equal_ignore_case(STR("GigaBit"), STR("gIGAbIT")));
    assert_false(str_equal_ignore_case(STR("\xC3\x89"), STR("\xC3\xA9")));
    assert_true(str_compare(STR("a"), STR("ab")) < 0);
    assert_true(str_compare(STR("b"), STR("ab")) > 0);
    assert_true(str_starts_with(STR("interface Gi0/1"), STR("interface ")));
    assert_false(str_starts_with(STR("int"), STR("interface")));
    assert_true(str_ends_with(STR("core.cfg"), STR(".cfg")));
    assert_int_equal(str_find(STR("abcabc"), STR("ca")), 2);
    assert_int_equal(str_find(STR("abc"), STR("")), 0);
    assert_int_equal(str_find(STR("ab"), STR("abc")), STR_NOT_FOUND);
    assert_int_equal(str_find_byte((Str){0}, 'x'), STR_NOT_FOUND);
    assert_int_equal(str_find_last_byte(STR("a/b/c"), '/'), 3);
}

/* Short and long texts are searched in different ways. */
static void test_what_stands_last_is_found_in_texts_of_any_size(void **state)
{
    (void)state;
    char bytes[1100];
    memset(bytes, 'a', sizeof(bytes));
    for (size_t size = 3; size < sizeof(bytes); size++) {
        bytes[size - 1] = 'b';
        assert_int_equal(str_find(str_make(bytes, size), STR("aab")), size - 3);
        assert_int_equal(str_find(str_make(bytes, size - 1), STR("aab")), STR_NOT_FOUND);
        bytes[size - 1] = 'a';
    }
}

static void test_slices_stay_inside(void **state)
{
    (void)state;
    assert_str(str_from(STR("abc"), 1), "bc");
    assert_str(str_from(STR("abc"), 9), "");
    assert_str(str_slice(STR("abc"), 1, SIZE_MAX), "bc");
    assert_str(str_trim(STR(" \t x y \r\n")), "x y");
    assert_str(str_trim(STR("  ")), "");
}

static void test_lines_fields_words(void **state)
{
    (void)state;
    Str line;
    Str rest = STR("one\r\n\ntwo\rx\nlast");
    assert_true(str_next_line(&rest, &line));
    assert_str(line, "one");
    assert_true(str_next_line(&rest, &line));
    assert_str(line, "");
    assert_true(str_next_line(&rest, &line));
    assert_str(line, "two\rx");
    assert_true(str_next_line(&rest, &line));
    assert_str(line, "last");
    assert_false(str_next_line(&rest, &line));

    rest = STR("a,,b,");
    const char *const fields[] = {"a", "", "b", ""};
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        assert_true(str_next_field(&rest, ',', &line));
        assert_str(line, fields[i]);
    }
    assert_false(str_next_field(&rest, ',', &line));

    rest = STR("  ip   address\t10.0.0.1 ");
    const char *const words[] = {"ip", "address", "10.0.0.1"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        assert_true(str_next_word(&rest, &line));
        assert_str(line, words[i]);
    }
    assert_false(str_next_word(&rest, &line));
}

static void test_numbers_parse_within_their_range(void **state)
{
    (void)state;
    uint64_t u64 = 7;
    uint32_t u32 = 7;
    int64_t i64 = 7;
    assert_true(str_parse_u64(STR("18446744073709551615"), &u64));
    assert_true(u64 == UINT64_MAX);
    assert_false(str_parse_u64(STR("18446744073709551616"), &u64));
    assert_true(u64 == UINT64_MAX);
    assert_false(str_parse_u64(STR(""), &u64));
    assert_false(str_parse_u64(STR("+1"), &u64));
    assert_false(str_parse_u64(STR("1 "), &u64));
    assert_true(str_parse_u32(STR("4294967295"), &u32));
    assert_false(str_parse_u32(STR("4294967296"), &u32));
    assert_true(str_parse_i64(STR("-9223372036854775808"), &i64));
    assert_true(i64 == INT64_MIN);
    assert_false(str_parse_i64(STR("-9223372036854775809"), &i64));
    assert_false(str_parse_i64(STR("9223372036854775808"), &i64));
    assert_false(str_parse_i64(STR("-"), &i64));
    assert_true(str_parse_hex(STR("fF"), &u64));
    assert_int_equal(u64, 255);
    assert_false(str_parse_hex(STR("0x1"), &u64));
    bool flag = false;
    assert_true(str_parse_bool(STR("YES"), &flag));
    assert_true(flag);
    assert_false(str_parse_bool(STR("maybe"), &flag));
}

static void test_invalid_utf8_is_found(void **state)
{
    (void)state;
    const Str good[] = {STR("aç€😀"), STR(""), STR("\xF4\x8F\xBF\xBF"), STR("\xEE\x80\x80")};
    const Str bad[] = {
        STR("\x80"),
        STR("\xC0\xAF"),
        STR("\xC1\xBF"),
        STR("\xE0\x80\x80"),
        STR("\xED\xA0\x80"),
        STR("\xF4\x90\x80\x80"),
        STR("\xF5\x80"),
        STR("\xC3"),
        STR("\xE2\x82"),
        STR("a\xFF"),
        STR("\xF0\x80\x80\x80"),
    };
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(str_is_utf8(good[i]));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(str_is_utf8(bad[i]));
}

static void test_copy_to_says_when_cut(void **state)
{
    (void)state;
    char out[4];
    assert_true(str_copy_to(STR("abc"), out, sizeof(out)));
    assert_string_equal(out, "abc");
    assert_false(str_copy_to(STR("abcd"), out, sizeof(out)));
    assert_string_equal(out, "abc");
    assert_true(str_copy_to((Str){0}, out, sizeof(out)));
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare_and_search),
        cmocka_unit_test(test_what_stands_last_is_found_in_texts_of_any_size),
        cmocka_unit_test(test_slices_stay_inside),
        cmocka_unit_test(test_lines_fields_words),
        cmocka_unit_test(test_numbers_parse_within_their_range),
        cmocka_unit_test(test_invalid_utf8_is_found),
        cmocka_unit_test(test_copy_to_says_when_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
