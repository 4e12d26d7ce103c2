/* SPDX-License-Identifier: Apache-2.0 */
#include "mcp/mcp.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool read_message(Arena *arena, Str text, McpMessage *out_message, Error *error)
{
    const JsonValue *value = json_parse(arena, text, error);
    return value && mcp_message_read(arena, value, out_message, error);
}

static McpMessage must_read(Arena *arena, const char *text)
{
    Error error = {0};
    McpMessage message = {0};
    assert_that(read_message(arena, str_of(text), &message, &error));
    return message;
}

static void test_requests_notifications_and_responses_are_told_apart(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    McpMessage message = must_read(
        arena, "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"m\",\"params\":{\"x\":1}}");
    assert_int(message.kind, MCP_REQUEST);
    assert_str(message.id, STR("\"a\""));
    assert_str(message.method, STR("m"));
    assert_int(json_i64_or(message.params, "x", 0), 1);
    assert_str(message.progress_token, STR(""));
    message = must_read(arena, "{\"jsonrpc\":\"2.0\",\"method\":\"m\"}");
    assert_int(message.kind, MCP_NOTIFICATION);
    assert_str(message.id, STR(""));
    message = must_read(arena, "{\"jsonrpc\":\"2.0\",\"id\":-7,\"result\":{}}");
    assert_int(message.kind, MCP_RESPONSE);
    assert_str(message.id, STR("-7"));
    assert_that(message.result);
    message = must_read(arena, "{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":1}}");
    assert_int(message.kind, MCP_RESPONSE);
    assert_that(!message.result);
}

static void test_tokens_of_progress_are_strings_or_integers(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    McpMessage message = must_read(arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\","
                                          "\"params\":{\"_meta\":{\"progressToken\":12}}}");
    assert_str(message.progress_token, STR("12"));
    message = must_read(arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\","
                               "\"params\":{\"_meta\":{\"progressToken\":\"a\\n\"}}}");
    assert_str(message.progress_token, STR("\"a\\n\""));
}

static void test_other_values_are_no_messages(void **state)
{
    static const char *const texts[] = {
        "[]",
        "null",
        "{}",
        "{\"jsonrpc\":2,\"method\":\"m\"}",
        "{\"jsonrpc\":\"2.0\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1}",
        "{\"jsonrpc\":\"2.0\",\"result\":{}}",
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"m\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":[],\"method\":\"m\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"m\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":null}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":[1]}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":null}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1,\"error\":1}",
        ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":{\"_meta\":{"
         "\"progressToken\":1.5}}}"),
    };
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        Error error = {0};
        McpMessage message;
        assert_that(!read_message(arena, str_of(texts[i]), &message, &error));
        assert_int(error.code, ERR_VALIDATION);
    }
}

static void test_a_message_cut_at_any_byte_is_refused(void **state)
{
    Str whole = STR("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"tools/call\",\"params\":{"
                    "\"_meta\":{\"progressToken\":1}}}");
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (size_t size = 0; size < whole.size; size++) {
        Error error = {0};
        McpMessage message;
        assert_that(!read_message(arena, str_slice(whole, 0, size), &message, &error));
        assert_int(error.code, ERR_VALIDATION);
    }
}

static bool reads_id_of(Arena *arena, size_t characters)
{
    Error error = {0};
    McpMessage message;
    char *id = arena_alloc(arena, characters + 1);
    memset(id, 'x', characters);
    id[characters] = '\0';
    Str text = arena_printf(arena, "{\"jsonrpc\":\"2.0\",\"id\":\"%s\",\"method\":\"m\"}", id);
    return read_message(arena, text, &message, &error);
}

static void test_ids_have_a_limit(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_that(reads_id_of(arena, MCP_ID_MAX_BYTES - 3));
    assert_that(reads_id_of(arena, MCP_ID_MAX_BYTES - 2));
    assert_that(!reads_id_of(arena, MCP_ID_MAX_BYTES - 1));
}

static void test_an_error_message_is_json_whatever_it_says(void **state)
{
    Error error = {0};
    (void)state;
    auto_arena Arena *arena = arena_new();
    error_set(&error, ERR_VALIDATION, "%s", "\"quoted\"\n\x01\xFF");
    const JsonValue *value = json_parse(
        arena, mcp_error_message(arena, STR("\"id\""), MCP_INVALID_PARAMS, &error), &error);
    assert_that(value);
    assert_str(json_str_or(value, "id", STR("")), STR("id"));
    assert_int(json_i64_or(json_get(value, "error"), "code", 0), MCP_INVALID_PARAMS);
    value = json_parse(arena, mcp_error_message(arena, STR(""), MCP_PARSE_ERROR, &error), &error);
    assert_that(value && !json_get(value, "id"));
}

static void test_a_cancellation_names_its_request(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    McpMessage message = must_read(arena, "{\"jsonrpc\":\"2.0\",\"method\":"
                                          "\"notifications/cancelled\","
                                          "\"params\":{\"requestId\":\"7\"}}");
    assert_str(mcp_cancelled_id(arena, &message), STR("\"7\""));
    message = must_read(arena, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/cancelled\","
                               "\"params\":{\"requestId\":{}}}");
    assert_str(mcp_cancelled_id(arena, &message), STR(""));
    message = must_read(arena, "{\"jsonrpc\":\"2.0\",\"method\":\"other\","
                               "\"params\":{\"requestId\":7}}");
    assert_str(mcp_cancelled_id(arena, &message), STR(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_notifications_and_responses_are_told_apart),
        cmocka_unit_test(test_tokens_of_progress_are_strings_or_integers),
        cmocka_unit_test(test_other_values_are_no_messages),
        cmocka_unit_test(test_a_message_cut_at_any_byte_is_refused),
        cmocka_unit_test(test_ids_have_a_limit),
        cmocka_unit_test(test_an_error_message_is_json_whatever_it_says),
        cmocka_unit_test(test_a_cancellation_names_its_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
