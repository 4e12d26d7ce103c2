/* SPDX-License-Identifier: Apache-2.0 */
#include "web/api_notation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_members(const char *members, const char *schema)
{
    Str text;
    auto_arena Arena *arena = arena_new();
    JsonWriter *json = json_writer_new(arena, 4096);
    api_members_write(json, str_of(members));
    assert_true(json_writer_text(json, &text));
    assert_int_equal(text.size, strlen(schema));
    assert_memory_equal(text.data, schema, text.size);
}

static void test_members_become_properties(void **state)
{
    (void)state;
    expect_members("", "{\"type\":\"object\",\"properties\":{},\"required\":[]}");
    expect_members("a: text 1..5, b: uuid",
                   "{\"type\":\"object\",\"properties\":{"
                   "\"a\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":5},"
                   "\"b\":{\"type\":\"string\",\"format\":\"uuid\"}},\"required\":[\"a\",\"b\"]}");
}

static void test_an_optional_member_may_be_null(void **state)
{
    (void)state;
    expect_members("a?: integer -1..1",
                   "{\"type\":\"object\",\"properties\":{\"a\":{\"anyOf\":["
                   "{\"type\":\"integer\",\"minimum\":-1,\"maximum\":1},{\"type\":\"null\"}]}},"
                   "\"required\":[]}");
}

static void test_types_are_nested(void **state)
{
    (void)state;
    expect_members("a: [{b: (x|y), c: any}] ..9",
                   "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\",\"items\":"
                   "{\"type\":\"object\",\"properties\":{"
                   "\"b\":{\"type\":\"string\",\"enum\":[\"x\",\"y\"]},\"c\":{}},"
                   "\"required\":[\"b\",\"c\"]},\"maxItems\":9}},\"required\":[\"a\"]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_become_properties),
        cmocka_unit_test(test_an_optional_member_may_be_null),
        cmocka_unit_test(test_types_are_nested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
