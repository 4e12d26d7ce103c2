/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/celery.h"

#include "base/base64.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { RECORDED_MAX_BYTES = 64 * 1024 };

static const CeleryCall call = {
    .id = STR_INIT("1f0c4c1e-8f1b-4b59-9c53-0b6f7a2f0a55"),
    .task = STR_INIT("document_processing"),
    .queue = STR_INIT("celery:queue:rag"),
    .retries = 1,
    .user_id = {{1, 2, 3}},
    .has_document = true,
    .document_id = {{9, 9}},
    .arguments = STR_INIT("{\"n\": 3}"),
};

static void test_message_can_be_read_back(void **state)
{
    (void)state;
    Error error = {0};
    CeleryMessage message;
    auto_strbuf StrBuf text;
    auto_arena Arena *arena = arena_new();
    strbuf_init(&text, CELERY_MAX_MESSAGE_BYTES);
    assert_true(celery_write_message(arena, &call, &text));
    assert_true(celery_parse_message(arena, strbuf_str(&text), &message, &error));
    assert_true(str_equal(message.id, call.id));
    assert_true(str_equal(message.task, call.task));
    assert_int_equal(message.args->count, 0);
    Str document;
    int64_t number = 0;
    assert_true(json_get_str(message.kwargs, "document_id", &document));
    assert_true(str_equal(document, STR("09090000-0000-0000-0000-000000000000")));
    assert_true(json_get_i64(json_get(message.kwargs, "arguments"), "n", &number));
    assert_int_equal(number, 3);
}

/* Key for key what kombu and Celery put there (see celery.h). */
static void test_message_has_every_field(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "lang",     "task",        "id",      "shadow",        "eta",     "expires",
        "group",    "group_index", "retries", "timelimit",     "root_id", "parent_id",
        "argsrepr", "kwargsrepr",  "origin",  "ignore_result",
    };
    static const char *const properties[] = {"correlation_id", "reply_to", "delivery_mode",
                                             "delivery_info",  "priority", "body_encoding",
                                             "delivery_tag"};
    Error error = {0};
    auto_strbuf StrBuf text;
    auto_arena Arena *arena = arena_new();
    strbuf_init(&text, CELERY_MAX_MESSAGE_BYTES);
    assert_true(celery_write_message(arena, &call, &text));
    const JsonValue *message = json_parse(arena, strbuf_str(&text), &error);
    assert_non_null(message);
    assert_int_equal(message->count, 5);
    const JsonValue *part = json_get(message, "headers");
    assert_int_equal(part->count, COUNT_OF(headers));
    for (size_t i = 0; i < COUNT_OF(headers); i++)
        assert_non_null(json_get(part, headers[i]));
    part = json_get(message, "properties");
    assert_int_equal(part->count, COUNT_OF(properties));
    for (size_t i = 0; i < COUNT_OF(properties); i++)
        assert_non_null(json_get(part, properties[i]));
    Str route;
    assert_true(json_get_str(json_get(part, "delivery_info"), "routing_key", &route));
    assert_true(str_equal(route, STR("celery:queue:rag")));
    Str body;
    assert_true(json_get_str(message, "body", &body));
    assert_true(base64_decode(arena, body, BASE64_STANDARD, &body));
    const JsonValue *parts = json_parse(arena, body, &error);
    assert_int_equal(parts->count, 3);
    assert_int_equal(parts->items[2].count, 4);
}

static void test_a_message_too_large_is_refused(void **state)
{
    (void)state;
    enum { SIZE = 900 * 1024 };
    CeleryCall large = call;
    auto_strbuf StrBuf text;
    auto_arena Arena *arena = arena_new();
    char *arguments = arena_alloc(arena, SIZE);
    memset(arguments, ' ', SIZE);
    arguments[0] = '{';
    arguments[SIZE - 1] = '}';
    large.arguments = str_make(arguments, SIZE);
    strbuf_init(&text, CELERY_MAX_MESSAGE_BYTES);
    assert_false(celery_write_message(arena, &large, &text));
}

static Str read_recorded(Arena *arena, const char *name)
{
    const char *root = getenv("NETGURU_TEST_SOURCE_ROOT");
    Str path = arena_printf(arena, "%s/test/jobs/recorded/%s", root ? root : ".", name);
    int file = open(path.data, O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    char *text = arena_alloc(arena, RECORDED_MAX_BYTES);
    ssize_t size = read(file, text, RECORDED_MAX_BYTES);
    close(file);
    assert_true(size > 0);
    return str_trim((Str){text, (size_t)size});
}

/* Elements of the list as Celery's own client left them there. */
static void test_recorded_messages_are_read(void **state)
{
    (void)state;
    static const char *const names[] = {"delay.json", "apply_async.json", "protocol1.json",
                                        "unicode.json", "pickle.json"};
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        Error error = {0};
        CeleryMessage message = {0};
        Str text = read_recorded(arena, names[i]);
        assert_true(celery_parse_message(arena, text, &message, &error));
        assert_int_equal(message.id.size, 36);
        assert_true(str_equal(message.task, STR("document_processing")));
        bool is_json = i + 1 < COUNT_OF(names);
        assert_int_equal(message.args != NULL, is_json);
        assert_int_equal(message.kwargs != NULL, is_json);
    }
}

/* Cut anywhere, or with any byte changed, a message is read or refused, and that is all. */
static void test_damaged_messages_are_refused_or_whole(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str whole = read_recorded(arena, "apply_async.json");
    for (size_t i = 0; i < whole.size; i++) {
        Error error = {0};
        CeleryMessage message;
        ArenaMark mark = arena_mark(arena);
        assert_false(celery_parse_message(arena, str_slice(whole, 0, i), &message, &error));
        char *bytes = arena_cstring(arena, whole);
        bytes[i] = (char)(bytes[i] ^ (1 << (i % 8)));
        if (celery_parse_message(arena, (Str){bytes, whole.size}, &message, &error))
            assert_true(message.id.size > 0 && message.id.size <= CELERY_MAX_NAME_BYTES);
        arena_reset(arena, mark);
    }
}

static void test_messages_that_are_wrong_are_refused(void **state)
{
    (void)state;
    static const char *const messages[] = {
        "",
        "7",
        "\"x\"",
        "[1,2,3]",
        "{}",
        "{\"headers\":null}",
        "{\"headers\":{\"id\":\"a\"}}",
        "{\"headers\":{\"id\":\"a\",\"task\":\"\"}}",
        "{\"headers\":{\"id\":[],\"task\":\"t\"}}",
        "{\"body\":7}",
        "{\"body\":\"{}\"}",
        "{\"body\":\"W10=\",\"properties\":{\"body_encoding\":\"base64\"}}",
        "{\"headers\":{\"id\":\"a\\u0000\",\"task\":\"t\"}}",
    };
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        Error error = {0};
        CeleryMessage message;
        assert_false(celery_parse_message(arena, str_of(messages[i]), &message, &error));
        assert_int_equal(error.code, ERR_VALIDATION);
    }
}

static void test_names_and_messages_have_limits(void **state)
{
    (void)state;
    Error error = {0};
    CeleryMessage message;
    auto_arena Arena *arena = arena_new();
    Str name = arena_printf(arena, "%0256d", 0);
    Str text = arena_printf(arena, "{\"headers\":{\"id\":\"%s\",\"task\":\"t\"}}", name.data);
    assert_false(celery_parse_message(arena, text, &message, &error));
    text = arena_printf(arena, "{\"headers\":{\"id\":\"%s\",\"task\":\"t\"}}", name.data + 1);
    assert_true(celery_parse_message(arena, text, &message, &error));
    char *large = arena_alloc(arena, CELERY_MAX_MESSAGE_BYTES + 1);
    memset(large, ' ', CELERY_MAX_MESSAGE_BYTES + 1);
    memcpy(large, text.data, text.size);
    assert_false(
        celery_parse_message(arena, (Str){large, CELERY_MAX_MESSAGE_BYTES + 1}, &message, &error));
    assert_true(
        celery_parse_message(arena, (Str){large, CELERY_MAX_MESSAGE_BYTES}, &message, &error));
}

static void assert_result(const CeleryResult *result, const char *wanted)
{
    auto_strbuf StrBuf text;
    strbuf_init(&text, 4096);
    celery_write_result(result, &text);
    strbuf_append_byte(&text, '\0');
    assert_string_equal(text.data, wanted);
}

static void test_results_are_written_as_celery_does(void **state)
{
    (void)state;
    CeleryResult result = {.id = STR("a"), .time_us = 1798325998449431, .result = STR("{\"n\":1}")};
    assert_result(&result, "{\"status\":\"SUCCESS\",\"result\":{\"n\":1},\"traceback\":null,"
                           "\"children\":[],\"date_done\":\"2026-12-26T22:59:58.449431\","
                           "\"task_id\":\"a\"}");
    result.result = STR("");
    assert_result(&result, "{\"status\":\"SUCCESS\",\"result\":null,\"traceback\":null,"
                           "\"children\":[],\"date_done\":\"2026-12-26T22:59:58.449431\","
                           "\"task_id\":\"a\"}");
    result.state = CELERY_FAILURE;
    result.reason = STR("bad \"line\"");
    assert_result(&result,
                  "{\"status\":\"FAILURE\",\"result\":{\"exc_type\":\"RuntimeError\","
                  "\"exc_message\":[\"bad \\\"line\\\"\"],\"exc_module\":\"builtins\"},"
                  "\"traceback\":null,\"children\":[],\"date_done\":\"2026-12-26T22:59:58.449431\","
                  "\"task_id\":\"a\"}");
    result.state = CELERY_REVOKED;
    result.reason = STR("cancelled");
    assert_result(&result,
                  "{\"status\":\"REVOKED\",\"result\":{\"exc_type\":\"TaskRevokedError\","
                  "\"exc_message\":[\"cancelled\"],\"exc_module\":\"celery.exceptions\"},"
                  "\"traceback\":null,\"children\":[],\"date_done\":\"2026-12-26T22:59:58.449431\","
                  "\"task_id\":\"a\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message_can_be_read_back),
        cmocka_unit_test(test_message_has_every_field),
        cmocka_unit_test(test_a_message_too_large_is_refused),
        cmocka_unit_test(test_recorded_messages_are_read),
        cmocka_unit_test(test_damaged_messages_are_refused_or_whole),
        cmocka_unit_test(test_messages_that_are_wrong_are_refused),
        cmocka_unit_test(test_names_and_messages_have_limits),
        cmocka_unit_test(test_results_are_written_as_celery_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
