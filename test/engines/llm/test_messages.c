/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/llm/llm_testing.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define READ(...) llm_test_read(arena, LLM_WIRE_MESSAGES, (const TestEvent[]){__VA_ARGS__, {0}})
#define EVENT(type, rest)                                                                          \
    {                                                                                              \
        type, "{\"type\":\"" type "\"" rest "}"                                                    \
    }
#define START                                                                                      \
    EVENT("message_start", ",\"message\":{\"usage\":{\"input_tokens\":10,"                         \
                           "\"cache_creation_input_tokens\":2,\"cache_read_input_tokens\":5,"      \
                           "\"output_tokens\":1}}")
#define BLOCK(index, block)                                                                        \
    EVENT("content_block_start", ",\"index\":" index ",\"content_block\":" block)
#define DELTA(index, delta) EVENT("content_block_delta", ",\"index\":" index ",\"delta\":" delta)
#define CLOSE(index) EVENT("content_block_stop", ",\"index\":" index)
#define STOP(reason)                                                                               \
    EVENT("message_delta",                                                                         \
          ",\"delta\":{\"stop_reason\":\"" reason "\"},\"usage\":{\"output_tokens\":12}")
#define END EVENT("message_stop", "")
#define PING                                                                                       \
    {                                                                                              \
        "ping", "{\"type\":\"ping\"}"                                                              \
    }

static const TestEvent with_thinking[] = {
    START,
    BLOCK("0", "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"),
    DELTA("0", "{\"type\":\"thinking_delta\",\"thinking\":\"Let me\"}"),
    DELTA("0", "{\"type\":\"thinking_delta\",\"thinking\":\" see\"}"),
    DELTA("0", "{\"type\":\"signature_delta\",\"signature\":\"c2ln\"}"),
    CLOSE("0"),
    BLOCK("1", "{\"type\":\"redacted_thinking\",\"data\":\"xyz\"}"),
    CLOSE("1"),
    BLOCK("2", "{\"type\":\"text\",\"text\":\"\"}"),
    PING,
    DELTA("2", "{\"type\":\"text_delta\",\"text\":\"I look\"}"),
    CLOSE("2"),
    BLOCK("3", "{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"find\",\"input\":{}}"),
    DELTA("3", "{\"type\":\"input_json_delta\",\"partial_json\":\"\"}"),
    DELTA("3", "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"q\\\"\"}"),
    DELTA("3", "{\"type\":\"input_json_delta\",\"partial_json\":\":1}\"}"),
    CLOSE("3"),
    BLOCK("4", "{\"type\":\"tool_use\",\"id\":\"toolu_2\",\"name\":\"read\",\"input\":{}}"),
    CLOSE("4"),
    STOP("tool_use"),
    END,
    {0},
};

static void test_text_calls_and_usage_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(llm_test_read(arena, LLM_WIRE_MESSAGES, with_thinking),
               "text(I look) call(toolu_1,find,{\"q\":1}) call(toolu_2,read,{}) "
               "end(tools,17,12,5)");
}

static void test_thinking_goes_back_unchanged(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    LlmToolCall call = {STR("toolu_1"), STR("find"), STR("{\"q\":1}")};
    LlmMessage messages[] = {
        {.role = LLM_USER, .text = STR("Hi")},
        {.role = LLM_ASSISTANT, .text = STR("I look"), .calls = &call, .call_count = 1},
        {.role = LLM_TOOL_RESULT, .call_id = STR("toolu_1"), .text = STR("R")},
        {.role = LLM_TOOL_RESULT, .call_id = STR("toolu_2"), .is_error = true},
    };
    LlmRequest request = {.messages = messages, .message_count = 4};
    messages[1].replay = llm_test_replay(arena, LLM_WIRE_MESSAGES, with_thinking);
    assert_str(llm_test_write(arena, LLM_WIRE_MESSAGES, LLM_ANTHROPIC, &request),
               "{\"model\":\"m\",\"max_tokens\":4096,\"messages\":["
               "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"Hi\"}]},"
               "{\"role\":\"assistant\",\"content\":["
               "{\"type\":\"thinking\",\"thinking\":\"Let me see\",\"signature\":\"c2ln\"},"
               "{\"type\":\"redacted_thinking\",\"data\":\"xyz\"},"
               "{\"type\":\"text\",\"text\":\"I look\"},"
               "{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"find\",\"input\":{\"q\":1}},"
               "{\"type\":\"tool_use\",\"id\":\"toolu_2\",\"name\":\"read\",\"input\":{}}]},"
               "{\"role\":\"user\",\"content\":["
               "{\"type\":\"tool_result\",\"tool_use_id\":\"toolu_1\",\"content\":\"R\"},"
               "{\"type\":\"tool_result\",\"tool_use_id\":\"toolu_2\",\"is_error\":true,"
               "\"cache_control\":{\"type\":\"ephemeral\"}}]}],\"stream\":true}");
    /* Another wire ignores it. */
    assert_that(str_find(llm_test_write(arena, LLM_WIRE_CHAT, LLM_OPENAI, &request),
                         STR("Let me")) == STR_NOT_FOUND);
}

static void test_request_merges_messages_and_forces_an_answer(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    LlmMessage messages[] = {
        {.role = LLM_USER, .text = STR("A")},
        {.role = LLM_ASSISTANT, .text = STR(" ")},
        {.role = LLM_USER, .text = STR("B")},
    };
    LlmTool tool = {STR("x"), STR("D"), STR("")};
    LlmRequest request = {.system = STR("S"),
                          .messages = messages,
                          .message_count = 3,
                          .tools = &tool,
                          .tool_count = 1,
                          .max_output_tokens = 9,
                          .must_answer = true};
    assert_str(llm_test_write(arena, LLM_WIRE_MESSAGES, LLM_ANTHROPIC, &request),
               "{\"model\":\"m\",\"max_tokens\":9,\"system\":[{\"type\":\"text\",\"text\":\"S\","
               "\"cache_control\":{\"type\":\"ephemeral\"}}],\"messages\":["
               "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"A\"},"
               "{\"type\":\"text\",\"text\":\"B\",\"cache_control\":{\"type\":\"ephemeral\"}}]}],"
               "\"tools\":[{\"name\":\"x\",\"description\":\"D\",\"input_schema\":"
               "{\"type\":\"object\",\"properties\":{}}}],\"tool_choice\":{\"type\":\"none\"},"
               "\"stream\":true}");
}

static void test_reasons_of_the_end_are_told_apart(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(START, STOP("end_turn"), END), "end(end,17,12,5)");
    assert_str(READ(START, STOP("max_tokens"), END), "end(length,17,12,5)");
    assert_str(READ(START, STOP("model_context_window_exceeded"), END), "end(length,17,12,5)");
    assert_str(READ(START, STOP("refusal"), END), "end(refusal,17,12,5)");
    assert_str(READ(START, STOP("something_new"), END), "end(end,17,12,5)");
}

static void test_tool_that_was_cut_is_dropped(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(START, BLOCK("0", "{\"type\":\"tool_use\",\"id\":\"a\",\"name\":\"x\"}"),
                    DELTA("0", "{\"type\":\"input_json_delta\",\"partial_json\":\"{\"}"),
                    STOP("max_tokens"), END),
               "end(length,17,12,5)");
}

static void test_unknown_events_and_pieces_are_ignored(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(START, {"weather", "{\"type\":\"weather\"}"}, {"odd", ""},
                    EVENT("content_block_start", ""), BLOCK("9", "7"),
                    DELTA("7", "{\"type\":\"text_delta\",\"text\":\"lost\"}"),
                    BLOCK("0", "{\"type\":\"text\",\"text\":\"a\"}"),
                    DELTA("0", "{\"type\":\"new_delta\",\"text\":\"x\"}"),
                    DELTA("0", "{\"type\":\"input_json_delta\",\"partial_json\":\"x\"}"),
                    STOP("end_turn"), END),
               "text(a) end(end,17,12,5)");
}

static void test_errors_in_the_stream_are_classified(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(START, EVENT("error", ",\"error\":{\"type\":\"overloaded_error\",\"message\":"
                                          "\"Overloaded\"}")),
               "overloaded(Overloaded)");
    assert_str(READ(EVENT("error", ",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"\"}")),
               "limited()");
    assert_str(READ(EVENT("error", "")), "broken()");
}

static void test_answer_without_end_was_cut_off(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(START, PING), "broken(the answer was cut off)");
}

static void test_number_of_blocks_is_limited(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    LlmReader *reader = llm_reader_new(arena, LLM_WIRE_MESSAGES);
    Str block = STR("{\"type\":\"content_block_start\",\"index\":1,\"content_block\":"
                    "{\"type\":\"text\",\"text\":\"\"}}");
    for (int i = 0; i < LLM_MAX_BLOCKS; i++)
        assert_that(llm_reader_take(reader, STR(""), block));
    assert_that(!llm_reader_take(reader, STR(""), block));
    assert_str(llm_reader_trouble(reader).quote, "the answer has too many blocks");
}

static void test_text_of_each_block_goes_back_in_its_block(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const TestEvent events[] = {
        START,
        BLOCK("0", "{\"type\":\"redacted_thinking\",\"data\":\"x\"}"),
        BLOCK("1", "{\"type\":\"text\",\"text\":\"\"}"),
        DELTA("1", "{\"type\":\"text_delta\",\"text\":\"one\"}"),
        DELTA("1", "{\"type\":\"text_delta\",\"text\":\" two\"}"),
        BLOCK("2", "{\"type\":\"text\",\"text\":\"\"}"),
        DELTA("2", "{\"type\":\"text_delta\",\"text\":\"three\"}"),
        DELTA("2", "{\"type\":\"text_delta\",\"text\":\" four\"}"),
        DELTA("1", "{\"type\":\"text_delta\",\"text\":\" five\"}"),
        STOP("end_turn"),
        END,
        {0},
    };
    assert_str(llm_test_replay(arena, LLM_WIRE_MESSAGES, events),
               "{\"wire\":\"messages\",\"blocks\":["
               "{\"type\":\"redacted_thinking\",\"data\":\"x\"},"
               "{\"type\":\"text\",\"text\":\"one two five\"},"
               "{\"type\":\"text\",\"text\":\"three four\"}]}");
}

static void test_pings_are_no_progress(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    LlmReader *reader = llm_reader_new(arena, LLM_WIRE_MESSAGES);
    assert_that(llm_reader_take(reader, STR("ping"), STR("{\"type\":\"ping\"}")));
    assert_int(llm_reader_progress(reader), 0);
    for (size_t i = 0; i < 3; i++) {
        uint64_t before = llm_reader_progress(reader);
        assert_that(llm_reader_take(reader, STR(""), str_of(with_thinking[i + 1].data)));
        assert_that(llm_reader_progress(reader) > before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_calls_and_usage_are_read),
        cmocka_unit_test(test_thinking_goes_back_unchanged),
        cmocka_unit_test(test_request_merges_messages_and_forces_an_answer),
        cmocka_unit_test(test_reasons_of_the_end_are_told_apart),
        cmocka_unit_test(test_tool_that_was_cut_is_dropped),
        cmocka_unit_test(test_unknown_events_and_pieces_are_ignored),
        cmocka_unit_test(test_errors_in_the_stream_are_classified),
        cmocka_unit_test(test_answer_without_end_was_cut_off),
        cmocka_unit_test(test_number_of_blocks_is_limited),
        cmocka_unit_test(test_text_of_each_block_goes_back_in_its_block),
        cmocka_unit_test(test_pings_are_no_progress),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
