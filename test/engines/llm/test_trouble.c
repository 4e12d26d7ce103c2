/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/llm/llm_wire.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static LlmTrouble trouble(Arena *arena, int status, const char *body)
{
    return llm_trouble_of_answer(arena, status, str_of(body));
}

static void test_status_gives_the_class(void **state)
{
    (void)state;
    static const struct {
        int status;
        LlmFailure failure;
    } cases[] = {
        {301, LLM_UNREACHABLE}, {400, LLM_BAD_REQUEST}, {401, LLM_KEY_REFUSED},
        {402, LLM_NO_CREDIT},   {403, LLM_KEY_REFUSED}, {404, LLM_BAD_REQUEST},
        {408, LLM_OVERLOADED},  {409, LLM_OVERLOADED},  {413, LLM_TOO_LONG},
        {422, LLM_BAD_REQUEST}, {429, LLM_LIMITED},     {500, LLM_OVERLOADED},
        {503, LLM_OVERLOADED},  {529, LLM_OVERLOADED},
    };
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int(trouble(arena, cases[i].status, "").failure, cases[i].failure);
        assert_int(trouble(arena, cases[i].status, "<html>").failure, cases[i].failure);
    }
}

static void test_code_outranks_the_status(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_int(trouble(arena, 429, "{\"error\":{\"code\":\"insufficient_quota\"}}").failure,
               LLM_NO_CREDIT);
    assert_int(trouble(arena, 400, "{\"error\":{\"code\":\"context_length_exceeded\"}}").failure,
               LLM_TOO_LONG);
    assert_int(
        trouble(arena, 400, "{\"error\":{\"code\":400,\"type\":\"exceed_context_size_error\"}}")
            .failure,
        LLM_TOO_LONG);
    assert_int(trouble(arena, 400,
                       "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\","
                       "\"message\":\"prompt is too long: 9 tokens > 8 maximum\"}}")
                   .failure,
               LLM_TOO_LONG);
    assert_int(trouble(arena, 400,
                       "{\"error\":{\"type\":\"invalid_request_error\",\"message\":"
                       "\"Your credit balance is too low\"}}")
                   .failure,
               LLM_NO_CREDIT);
    /* But a code does not turn a refused key into something else. */
    assert_int(trouble(arena, 401, "{\"error\":{\"code\":\"rate_limit_exceeded\"}}").failure,
               LLM_KEY_REFUSED);
}

static void test_refused_question_is_no_failure(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_that(trouble(arena, 400, "{\"error\":{\"code\":\"content_filter\"}}").is_filter);
    assert_that(!trouble(arena, 400, "{\"error\":{\"code\":\"other\"}}").is_filter);
}

static void test_message_is_found_in_every_form(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(trouble(arena, 400, "{\"error\":{\"message\":\"Bad\"}}").quote, "Bad");
    assert_str(trouble(arena, 400, "{\"error\":\"Bad\"}").quote, "Bad");
    assert_str(trouble(arena, 400, "{\"object\":\"error\",\"message\":\"Bad\"}").quote, "Bad");
    assert_str(trouble(arena, 400, "{\"error\":{}}").quote, "");
    assert_str(trouble(arena, 400, "Bad").quote, "");
}

static void test_quote_is_one_short_line(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(trouble(arena, 400, "{\"error\":\" a\\nb\\u001b[1m\\u202ec \"}").quote, "a b [1m c");
    char body[1024] = "{\"error\":\"";
    size_t size = strlen(body);
    memset(body + size, 'x', 199);
    memcpy(body + size + 199, "\xC3\xA9\xC3\xA9\"}", 7);
    Str quote = trouble(arena, 400, body).quote;
    assert_int(quote.size, 199);
    memcpy(body + size + 198, "\xC3\xA9\xC3\xA9\"}", 7);
    assert_int(trouble(arena, 400, body).quote.size, 200);
}

static void test_secret_is_never_quoted(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str key = STR("sk-abcdefghijkl");
    assert_str(llm_without_secret(arena, STR("Key sk-abcdefghijkl is bad"), key), "Key … is bad");
    assert_str(llm_without_secret(arena, STR("Key sk-abcd***hijkl"), key), "Key …***hijkl");
    assert_str(llm_without_secret(arena, STR("sk-abcdefghijklsk-abc"), key), "……");
    assert_str(llm_without_secret(arena, STR("abc"), key), "abc");
    assert_str(llm_without_secret(arena, STR("the key k1"), STR("k1")), "the key …");
    assert_str(llm_without_secret(arena, STR("text"), STR("")), "text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_gives_the_class),
        cmocka_unit_test(test_code_outranks_the_status),
        cmocka_unit_test(test_refused_question_is_no_failure),
        cmocka_unit_test(test_message_is_found_in_every_form),
        cmocka_unit_test(test_quote_is_one_short_line),
        cmocka_unit_test(test_secret_is_never_quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
