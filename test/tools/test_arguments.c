/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/arguments.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ID "10000000-0000-4000-8000-000000000001"

static const Tool probe = {
    .name = "probe",
    .parameters = "{\"type\":\"object\",\"properties\":{"
                  "\"id\":{\"type\":\"string\",\"format\":\"uuid\"},"
                  "\"word\":{\"type\":\"string\",\"minLength\":2,\"maxLength\":4},"
                  "\"colour\":{\"type\":\"string\",\"enum\":[\"red\",\"blue\"]},"
                  "\"number\":{\"type\":\"integer\",\"minimum\":-1,\"maximum\":5}},"
                  "\"required\":[\"id\"],\"additionalProperties\":false}",
};

static void expect_accepted(const char *text)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    if (!arguments_check(arena, &probe, str_of(text), &error))
        assert_str(str_of(error.message), "");
}

static void expect_refused_bytes(Str text, const char *message)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    assert_null(arguments_check(arena, &probe, text, &error));
    assert_int(error.code, ERR_VALIDATION);
    if (str_find(str_of(error.message), str_of(message)) == STR_NOT_FOUND)
        assert_str(str_of(error.message), message);
    assert_that(str_starts_with(str_of(error.message), STR("probe: ")));
}

static void expect_refused(const char *text, const char *message)
{
    expect_refused_bytes(str_of(text), message);
}

static void test_arguments_of_the_schema_are_accepted(void **state)
{
    (void)state;
    expect_accepted("{\"id\":\"" ID "\"}");
    expect_accepted(" {\"id\":\"" ID "\",\"word\":\"ab\",\"colour\":\"blue\",\"number\":-1} ");
    expect_accepted("{\"id\":\"" ID "\",\"word\":\"abcd\",\"number\":5}");
}

static void test_null_counts_as_absent(void **state)
{
    (void)state;
    expect_accepted("{\"id\":\"" ID "\",\"word\":null,\"number\":null,\"colour\":null}");
    expect_refused("{\"id\":null}", "\"id\" is missing");
}

static void test_missing_arguments_are_named(void **state)
{
    (void)state;
    expect_refused("", "\"id\" is missing");
    expect_refused(" \n", "\"id\" is missing");
    expect_refused("{}", "\"id\" is missing");
}

static void test_wrong_types_are_refused(void **state)
{
    (void)state;
    expect_refused("{\"id\":5}", "\"id\" must be a string");
    expect_refused("{\"id\":[\"" ID "\"]}", "\"id\" must be a string");
    expect_refused("{\"id\":\"" ID "\",\"number\":\"5\"}", "\"number\" must be an integer");
    expect_refused("{\"id\":\"" ID "\",\"number\":1.5}", "\"number\" must be an integer");
    expect_refused("{\"id\":\"" ID "\",\"number\":true}", "\"number\" must be an integer");
}

static void test_values_beyond_the_limits_are_refused(void **state)
{
    (void)state;
    expect_refused("{\"id\":\"core1\"}", "\"id\" must be an id (a UUID)");
    expect_refused("{\"id\":\"\"}", "\"id\" must be an id (a UUID)");
    expect_refused("{\"id\":\"" ID "\",\"number\":-2}",
                   "\"number\" must be an integer from -1 to 5");
    expect_refused("{\"id\":\"" ID "\",\"number\":6}",
                   "\"number\" must be an integer from -1 to 5");
    expect_refused("{\"id\":\"" ID "\",\"number\":99999999999999999999}", "not JSON");
    expect_refused("{\"id\":\"" ID "\",\"word\":\"a\"}", "\"word\" must have 2 to 4 bytes");
    expect_refused("{\"id\":\"" ID "\",\"word\":\"abcde\"}", "\"word\" must have 2 to 4 bytes");
    expect_refused("{\"id\":\"" ID "\",\"colour\":\"green\"}",
                   "\"colour\" must be one of: red, blue");
}

static void test_unknown_and_repeated_arguments_are_refused(void **state)
{
    (void)state;
    expect_refused("{\"id\":\"" ID "\",\"ids\":1}",
                   "there is no argument \"ids\"; the arguments are: id, word, colour, number");
    expect_refused("{\"id\":\"" ID "\",\"\":1}", "there is no argument \"\"");
    expect_refused("{\"id\":\"" ID "\",\"id\":\"" ID "\"}", "not JSON");
}

static void test_other_than_an_object_is_refused(void **state)
{
    (void)state;
    expect_refused("[]", "must be a JSON object");
    expect_refused("null", "must be a JSON object");
    expect_refused("\"" ID "\"", "must be a JSON object");
    expect_refused("read the file", "not JSON");
    expect_refused("{\"id\":\"" ID "\"", "not JSON");
    expect_refused_bytes(STR("{\"id\":\"\0\"}"), "not JSON");
    expect_refused("{\"word\":\"\xFF\xFE\"}", "not JSON");
}

static void test_arguments_have_a_size_limit(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    char *text = arena_alloc(arena, TOOL_ARGUMENTS_MAX_BYTES + 1);
    Str start = STR("{\"id\":\"" ID "\"}");
    memset(text, ' ', TOOL_ARGUMENTS_MAX_BYTES + 1);
    memcpy(text, start.data, start.size);
    Error error = {0};
    assert_that(arguments_check(arena, &probe, (Str){text, TOOL_ARGUMENTS_MAX_BYTES}, &error));
    expect_refused_bytes((Str){text, TOOL_ARGUMENTS_MAX_BYTES + 1}, "more than 8192 bytes");
}

static void test_deep_arguments_are_refused(void **state)
{
    (void)state;
    char text[4000];
    memset(text, '[', sizeof(text));
    expect_refused_bytes((Str){text, sizeof(text)}, "not JSON");
}

static bool is_known_keyword(Str name)
{
    static const char *const keywords[] = {"type",      "description", "format",  "enum",
                                           "minLength", "maxLength",   "minimum", "maximum"};
    for (size_t i = 0; i < COUNT_OF(keywords); i++) {
        if (str_equal(name, str_of(keywords[i])))
            return true;
    }
    return false;
}

/* A schema with a keyword that nobody checks would promise too much. */
static void test_the_table_uses_only_what_is_checked(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (const Tool *tool = tools; tool->name; tool++) {
        Error error = {0};
        const JsonValue *schema = json_parse(arena, str_of(tool->parameters), &error);
        assert_str(str_of(error.message), "");
        const JsonValue *properties = json_get(schema, "properties");
        assert_int(schema->count, 4);
        assert_that(properties->count > 0);
        for (size_t i = 0; i < properties->count; i++) {
            const JsonValue *property = &properties->items[i];
            Str type = json_str_or(property, "type", STR(""));
            assert_that(str_equal(type, STR("string")) || str_equal(type, STR("integer")));
            assert_that(json_get(property, "description"));
            for (size_t j = 0; j < property->count; j++)
                assert_that(is_known_keyword(property->keys[j]));
        }
        assert_that(tool_find(str_of(tool->name)) == tool);
    }
    assert_null(tool_find(STR("")));
    assert_null(tool_find(STR("search ")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments_of_the_schema_are_accepted),
        cmocka_unit_test(test_null_counts_as_absent),
        cmocka_unit_test(test_missing_arguments_are_named),
        cmocka_unit_test(test_wrong_types_are_refused),
        cmocka_unit_test(test_values_beyond_the_limits_are_refused),
        cmocka_unit_test(test_unknown_and_repeated_arguments_are_refused),
        cmocka_unit_test(test_other_than_an_object_is_refused),
        cmocka_unit_test(test_arguments_have_a_size_limit),
        cmocka_unit_test(test_deep_arguments_are_refused),
        cmocka_unit_test(test_the_table_uses_only_what_is_checked),
    };
    return cmocka_run_group_tests_name("tools_arguments", tests, NULL, NULL);
}
