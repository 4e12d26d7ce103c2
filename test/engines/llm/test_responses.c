/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/llm/llm_testing.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define READ(...) llm_test_read(arena, LLM_WIRE_RESPONSES, (const TestEvent[]){__VA_ARGS__, {0}})
#define EVENT(type, rest)                                                                          \
    {                                                                                              \
        type, "{\"type\":\"" type "\"" rest "}"                                                    \
    }
#define TEXT(text) EVENT("response.output_text.delta", ",\"item_id\":\"m\",\"delta\":\"" text "\"")
#define ITEM(item) EVENT("response.output_item.done", ",\"output_index\":0,\"item\":" item)
#define USAGE                                                                                      \
    "\"usage\":{\"input_tokens\":20,\"input_tokens_details\":{\"cached_tokens\":4},"               \
    "\"output_tokens\":6}"
#define COMPLETED EVENT("response.completed", ",\"response\":{\"status\":\"completed\"," USAGE "}")
#define INCOMPLETE(reason)                                                                         \
    EVENT("response.incomplete",                                                                   \
          ",\"response\":{\"incomplete_details\":{\"reason\":\"" reason "\"}," USAGE "}")

static const TestEvent with_reasoning[] = {
    EVENT("response.created", ",\"response\":{}"),
    ITEM("{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[],\"encrypted_content\":\"e\"}"),
    TEXT("I look"),
    ITEM("{\"type\":\"message\",\"id\":\"msg_1\",\"role\":\"assistant\",\"content\":[]}"),
    EVENT("response.function_call_arguments.delta", ",\"item_id\":\"fc_1\",\"delta\":\"{\\\"q\""),
    ITEM("{\"type\":\"function_call\",\"id\":\"fc_1\",\"call_id\":\"call_1\",\"name\":\"find\","
         "\"arguments\":\"{\\\"q\\\":1}\"}"),
    COMPLETED,
    {0},
};

static void test_text_calls_and_usage_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(llm_test_read(arena, LLM_WIRE_RESPONSES, with_reasoning),
               "text(I look) call(call_1,find,{\"q\":1}) end(tools,20,6,4)");
}

static void test_reasoning_goes_back_with_its_items(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    LlmMessage messages[] = {
        {.role = LLM_USER, .text = STR("Hi")},
        {.role = LLM_ASSISTANT, .text = STR("I look")},
        {.role = LLM_TOOL_RESULT, .call_id = STR("call_1"), .text = STR("R")},
    };
    LlmRequest request = {.system = STR("S"), .messages = messages, .message_count = 3};
    messages[1].replay = llm_test_replay(arena, LLM_WIRE_RESPONSES, with_reasoning);
    assert_str(
        llm_test_write(arena, LLM_WIRE_RESPONSES, LLM_OPENAI, &request),
        "{\"model\":\"m\",\"instructions\":\"S\",\"input\":["
        "{\"role\":\"user\",\"content\":\"Hi\"},"
        "{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[],\"encrypted_content\":\"e\"},"
        "{\"type\":\"message\",\"id\":\"msg_1\",\"role\":\"assistant\",\"content\":[]},"
        "{\"type\":\"function_call\",\"id\":\"fc_1\",\"call_id\":\"call_1\",\"name\":"
        "\"find\",\"arguments\":\"{\\\"q\\\":1}\"},"
        "{\"type\":\"function_call_output\",\"call_id\":\"call_1\",\"output\":\"R\"}],"
        "\"max_output_tokens\":4096,\"store\":false,"
        "\"include\":[\"reasoning.encrypted_content\"],\"stream\":true}");
}

static void test_request_has_flat_tools_and_calls(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    LlmToolCall call = {STR("call_1"), STR("x"), STR("nonsense")};
    LlmMessage message = {.role = LLM_ASSISTANT, .text = STR("A"), .calls = &call, .call_count = 1};
    LlmTool tool = {STR("x"), STR("D"), STR("{}")};
    LlmRequest request = {.messages = &message,
                          .message_count = 1,
                          .tools = &tool,
                          .tool_count = 1,
                          .must_answer = true};
    assert_str(llm_test_write(arena, LLM_WIRE_RESPONSES, LLM_OPENAI, &request),
               "{\"model\":\"m\",\"input\":[{\"role\":\"assistant\",\"content\":\"A\"},"
               "{\"type\":\"function_call\",\"call_id\":\"call_1\",\"name\":\"x\",\"arguments\":"
               "\"{}\"}],\"tools\":[{\"type\":\"function\",\"name\":\"x\",\"description\":\"D\","
               "\"parameters\":{},\"strict\":false}],\"tool_choice\":\"none\","
               "\"max_output_tokens\":4096,\"store\":false,"
               "\"include\":[\"reasoning.encrypted_content\"],\"stream\":true}");
}

static void test_reasons_of_the_end_are_told_apart(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(TEXT("a"), COMPLETED), "text(a) end(end,20,6,4)");
    assert_str(READ(TEXT("a"), INCOMPLETE("max_output_tokens")), "text(a) end(length,20,6,4)");
    assert_str(READ(TEXT("a"), INCOMPLETE("content_filter")), "text(a) end(filter,20,6,4)");
    assert_str(READ(EVENT("response.refusal.delta", ",\"delta\":\"No\""), COMPLETED),
               "text(No) end(refusal,20,6,4)");
}

static void test_failures_are_classified(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(EVENT("response.failed", ",\"response\":{\"error\":{\"code\":\"server_error\","
                                             "\"message\":\"Oh\"}}")),
               "overloaded(Oh)");
    assert_str(READ(EVENT("error", ",\"code\":\"rate_limit_exceeded\",\"message\":\"Slow\"")),
               "limited(Slow)");
    assert_str(READ(EVENT("error", ",\"error\":{\"code\":\"insufficient_quota\",\"message\":"
                                   "\"Pay\"}")),
               "no credit(Pay)");
    assert_str(READ(TEXT("a")), "text(a) broken(the answer was cut off)");
}

static void test_number_of_items_is_limited(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    LlmReader *reader = llm_reader_new(arena, LLM_WIRE_RESPONSES);
    Str item = STR("{\"type\":\"response.output_item.done\",\"item\":{\"type\":\"message\"}}");
    for (int i = 0; i < LLM_MAX_BLOCKS; i++)
        assert_that(llm_reader_take(reader, STR(""), item));
    assert_that(!llm_reader_take(reader, STR(""), item));
    assert_str(llm_reader_trouble(reader).quote, "the answer has too many items");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_calls_and_usage_are_read),
        cmocka_unit_test(test_reasoning_goes_back_with_its_items),
        cmocka_unit_test(test_request_has_flat_tools_and_calls),
        cmocka_unit_test(test_reasons_of_the_end_are_told_apart),
        cmocka_unit_test(test_failures_are_classified),
        cmocka_unit_test(test_number_of_items_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
