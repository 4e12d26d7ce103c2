/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_writer_puts_commas_and_escapes(void **state)
{
    (void)state;
    JsonWriter json;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 4096);
    json_start(&json, &out);
    json_begin_object(&json);
    json_field_text(&json, "a", "q\"\\\n\x01\x7F");
    json_key(&json, "list");
    json_begin_array(&json);
    json_u64(&json, UINT64_MAX);
    json_i64(&json, INT64_MIN);
    json_double(&json, 0.1);
    json_double(&json, 1.0 / 0.0);
    json_fixed(&json, 2.0 / 3.0, 3);
    json_bool(&json, false);
    json_write_null(&json);
    json_begin_object(&json);
    json_end(&json);
    json_raw(&json, STR("[1]"));
    json_end(&json);
    json_field_text(&json, "none", NULL);
    json_end(&json);
    strbuf_append_byte(&out, '\0');
    assert_string_equal(out.data,
                        "{\"a\":\"q\\\"\\\\\\n\\u0001\\u007f\",\"list\":[18446744073709551615,"
                        "-9223372036854775808,0.1,null,0.667,false,null,{},[1]],\"none\":null}");
}

static void test_writer_replaces_bad_utf8(void **state)
{
    (void)state;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 4096);
    json_escape(&out, STR("a\xFF\xC3\xA9\xE2\x82z\xED\xA0\x80"));
    assert_true(str_equal(strbuf_str(&out),
                          STR("\"a\xEF\xBF\xBD\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBDz\xEF\xBF\xBD"
                              "\xEF\xBF\xBD\xEF\xBF\xBD\"")));
}

static void test_reader_keeps_values(void **state)
{
    (void)state;
    Error error = {0};
    int64_t number = 0;
    Str text;
    auto_arena Arena *arena = arena_new();
    const JsonValue *value = json_parse(
        arena, STR(" {\"s\":\"\\u00e9\",\"n\":-5,\"r\":1.5,\"l\":[true,null,{}]} "), &error);
    assert_non_null(value);
    assert_true(json_get_str(value, "s", &text) && str_equal(text, STR("\xC3\xA9")));
    assert_true(json_get_i64(value, "n", &number) && number == -5);
    assert_false(json_get_i64(value, "r", &number));
    const JsonValue *list = json_get(value, "l");
    assert_int_equal(list->count, 3);
    assert_true(list->items[0].boolean);
    assert_int_equal(list->items[1].type, JSON_IS_NULL);
    assert_null(json_get(list, "x"));
    assert_null(json_get(NULL, "x"));
}

static void test_reader_refuses_malformed_text(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Str bad[] = {
        STR(""),
        STR("{"),
        STR("{\"a\":1,}"),
        STR("{\"a\":1,\"a\":2}"),
        STR("[1] x"),
        STR("\"\\u0000\""),
        STR("\"\xFF\""),
        STR("{'a':1}"),
        STR("99999999999999999999"),
        STR("NaN"),
        STR("\"\\ud800\""),
        STR("\"a\0b\""),
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        Error error = {0};
        assert_null(json_parse(arena, bad[i], &error));
        assert_int_equal(error.code, ERR_VALIDATION);
        assert_non_null(strstr(error.message, "invalid JSON"));
    }
}

static void test_reader_refuses_deep_nesting(void **state)
{
    (void)state;
    Error error = {0};
    static char deep[200001];
    auto_arena Arena *arena = arena_new();
    memset(deep, '[', 100000);
    memset(deep + 100000, ']', 100000);
    assert_null(json_parse(arena, str_make(deep, 200000), &error));
    assert_null(json_parse(arena, str_make(deep + 100000 - 60, 120), &error));
    assert_non_null(json_parse(arena, str_make(deep + 100000 - 40, 80), &error));
}

static void test_a_writer_of_its_own_ends_at_its_limit(void **state)
{
    (void)state;
    Str text = STR("untouched");
    auto_arena Arena *arena = arena_new();
    JsonWriter *json = json_writer_new(arena, 8);
    json_begin_array(json);
    json_str(json, STR("four"));
    json_end(json);
    assert_true(json_writer_text(json, &text));
    assert_true(str_equal(text, STR("[\"four\"]")));
    json = json_writer_new(arena, 7);
    json_begin_array(json);
    json_str(json, STR("four"));
    json_end(json);
    assert_false(json_writer_text(json, &text));
    assert_true(str_equal(text, STR("[\"four\"]")));
    ArenaMark mark = arena_mark(arena);
    json_u64(json_writer_new(arena, 64), 17);
    arena_reset(arena, mark);
}

static void test_what_was_read_can_be_written(void **state)
{
    (void)state;
    Error error = {0};
    JsonWriter json;
    auto_strbuf StrBuf out = {0};
    auto_arena Arena *arena = arena_new();
    Str text = STR("{\"a\":[1,2.5,\"x\",true,null],\"b\":{\"c\":{}}}");
    strbuf_init(&out, 4096);
    json_start(&json, &out);
    json_value(&json, json_parse(arena, text, &error));
    assert_true(str_equal(strbuf_str(&out), text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writer_puts_commas_and_escapes),
        cmocka_unit_test(test_writer_replaces_bad_utf8),
        cmocka_unit_test(test_reader_keeps_values),
        cmocka_unit_test(test_reader_refuses_malformed_text),
        cmocka_unit_test(test_reader_refuses_deep_nesting),
        cmocka_unit_test(test_a_writer_of_its_own_ends_at_its_limit),
        cmocka_unit_test(test_what_was_read_can_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
