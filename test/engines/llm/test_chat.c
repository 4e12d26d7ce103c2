/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"
#include "engines/llm/llm_testing.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define READ(...) llm_test_read(arena, LLM_WIRE_CHAT, (const TestEvent[]){__VA_ARGS__, {0}})
#define DELTA(delta)                                                                               \
    {                                                                                              \
        NULL, "{\"choices\":[{\"index\":0,\"delta\":" delta ",\"finish_reason\":null}]}"           \
    }
#define FINISH(reason)                                                                             \
    {                                                                                              \
        NULL, "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" reason "\"}]}"        \
    }
#define DONE                                                                                       \
    {                                                                                              \
        NULL, "[DONE]"                                                                             \
    }

static void test_text_and_usage_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(
        READ(DELTA("{\"role\":\"assistant\",\"content\":\"\"}"), DELTA("{\"content\":\"Hel\"}"),
             DELTA("{\"content\":\"lo\"}"), FINISH("stop"),
             {NULL, "{\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":3,"
                    "\"prompt_tokens_details\":{\"cached_tokens\":5}}}"},
             DONE),
        "text(Hel) text(lo) end(end,12,3,5)");
}

static void test_answer_without_usage_has_none(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(DELTA("{\"content\":\"a\"}"), FINISH("stop"), DONE), "text(a) end(end)");
}

static void test_tool_calls_in_pieces_are_joined_by_index(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(
        READ(DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"call_a\",\"type\":\"function\","
                   "\"function\":{\"name\":\"find\",\"arguments\":\"\"}}]}"),
             DELTA("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"q\\\"\"}}]}"),
             DELTA("{\"tool_calls\":[{\"index\":1,\"id\":\"call_b\",\"function\":{\"name\":"
                   "\"read\",\"arguments\":\"\"}},"
                   "{\"index\":0,\"function\":{\"arguments\":\":1}\"}}]}"),
             FINISH("tool_calls"), DONE),
        "call(call_a,find,{\"q\":1}) call(call_b,read,{}) end(tools)");
}

static void test_calls_that_are_all_at_index_zero_are_told_apart(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"x\","
                          "\"arguments\":\"{}\"}}]}"),
                    DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"b\",\"function\":{\"name\":\"y\","
                          "\"arguments\":\"{}\"}}]}"),
                    FINISH("stop"), DONE),
               "call(a,x,{}) call(b,y,{}) end(tools)");
}

static void test_call_without_id_gets_one(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(DELTA("{\"tool_calls\":[{\"function\":{\"name\":\"x\",\"arguments\":"
                          "{\"deep\":[1]}}}]}"),
                    FINISH("stop"), DONE),
               "call(call_0,x,{\"deep\":[1]}) end(tools)");
}

static void test_malformed_ids_become_unique_words(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"a b\",\"function\":{\"name\":"
                          "\"x;y\"}},{\"index\":1,\"id\":\"a b\",\"function\":{\"name\":\"z\"}}]}"),
                    FINISH("tool_calls"), DONE),
               "call(a_b,x_y,{}) call(call_1,z,{}) end(tools)");
}

static void test_broken_arguments_are_given_as_written(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"x\","
                          "\"arguments\":\"{\\\"q\\\":\"}}]}"),
                    FINISH("tool_calls"), DONE),
               "call(a,x,{\"q\":) end(tools)");
}

static void test_calls_of_an_answer_that_is_cut_are_dropped(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"x\","
                          "\"arguments\":\"{\"}}]}"),
                    FINISH("length"), DONE),
               "end(length)");
}

static void test_refusal_and_filter_are_reasons(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(DELTA("{\"refusal\":\"I cannot\"}"), FINISH("stop"), DONE),
               "text(I cannot) end(refusal)");
    assert_str(READ(DELTA("{\"content\":\"a\"}"), FINISH("content_filter"), DONE),
               "text(a) end(filter)");
}

static void test_deviations_of_other_servers_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    /* Azure's first chunk; llama.cpp's content null; reasoning of vLLM; a choice in the usage chunk
     * of LiteLLM; usage in each chunk; padding; fields that are unknown. */
    assert_str(READ({NULL, "{\"id\":\"\",\"choices\":[],\"prompt_filter_results\":[{}]}"},
                    {NULL, "{\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}"},
                    DELTA("{\"reasoning\":\"hm\"}"), DELTA("{\"reasoning_content\":\"hm\"}"),
                    {NULL, "{\"choices\":[{\"delta\":{\"content\":\"a\"},\"logprobs\":null}],"
                           "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1},"
                           "\"obfuscation\":\"xx\"}"},
                    {NULL, "{}"}, {NULL, " "}, FINISH("stop"),
                    {NULL, "{\"choices\":[{\"index\":0,\"delta\":{}}],\"usage\":{\"prompt_tokens\":"
                           "1,\"completion_tokens\":2}}"}),
               "text(a) end(end,1,2,0)");
}

static void test_answer_without_reason_was_cut_off(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(DELTA("{\"content\":\"a\"}")), "text(a) broken(the answer was cut off)");
    assert_str(READ(DELTA("{\"content\":\"a\"}"), DONE), "text(a) broken(the answer was cut off)");
}

static void test_error_in_the_stream_is_classified(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(DELTA("{\"content\":\"a\"}"),
                    {NULL, "{\"error\":{\"message\":\"The server had an error\",\"type\":"
                           "\"server_error\",\"code\":null}}"}),
               "text(a) overloaded(The server had an error)");
    assert_str(READ({NULL, "{\"error\":{\"message\":\"no\",\"code\":401}}"}), "key refused(no)");
    assert_str(READ({"error", "{\"message\":\"odd\"}"}), "broken(odd)");
}

static void test_malformed_chunks_break_the_answer(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_that(str_starts_with(READ({NULL, "{\"choices\":"}), STR("broken(invalid JSON")));
    assert_str(READ({NULL, "[1,2]"}, {NULL, "{\"choices\":[7]}"}, {NULL, "{\"choices\":{}}"},
                    {NULL, "{\"choices\":[{\"delta\":[],\"finish_reason\":3}]}"}),
               "broken(the answer was cut off)");
}

static void test_nul_and_lone_surrogates_become_replacement_characters(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(DELTA("{\"content\":\"a\\u0000b\\ud83dc\\\\u0000\\ud83d\\ude00\"}"),
                    FINISH("stop"), DONE),
               "text(a\xEF\xBF\xBD"
               "b\xEF\xBF\xBD"
               "c\\u0000\xF0\x9F\x98\x80) end(end)");
}

static Str with_text(Arena *arena, size_t size)
{
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, size + 100);
    strbuf_append(&text, STR("{\"choices\":[{\"delta\":{\"content\":\""));
    size_t rest = size - text.size - 5;
    for (size_t i = 0; i < rest; i++)
        strbuf_append_byte(&text, 'x');
    strbuf_append(&text, STR("\"}}]}"));
    return arena_copy(arena, strbuf_str(&text));
}

static void test_event_is_limited_at_the_byte(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (size_t size = LLM_EVENT_MAX_BYTES - 1; size <= LLM_EVENT_MAX_BYTES + 1; size++) {
        LlmReader *reader = llm_reader_new(arena, LLM_WIRE_CHAT);
        assert_int(llm_reader_take(reader, STR(""), with_text(arena, size)),
                   size <= LLM_EVENT_MAX_BYTES);
    }
}

static void test_answer_has_a_largest_size(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    LlmReader *reader = llm_reader_new(arena, LLM_WIRE_CHAT);
    Str half = with_text(arena, LLM_EVENT_MAX_BYTES);
    assert_that(llm_reader_take(reader, STR(""), half));
    assert_that(llm_reader_take(reader, STR(""), half));
    assert_that(!llm_reader_take(reader, STR(""), half));
    assert_int(llm_reader_trouble(reader).failure, LLM_BROKEN);
    assert_str(llm_reader_trouble(reader).quote, "the answer is too long");
    assert_that(!llm_reader_finish(reader));
}

static Str with_calls(Arena *arena, int count)
{
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 1 << 20);
    strbuf_append(&text, STR("{\"choices\":[{\"delta\":{\"tool_calls\":["));
    for (int i = 0; i < count; i++)
        strbuf_printf(&text, "%s{\"index\":%d,\"function\":{\"name\":\"x\"}}", i ? "," : "", i);
    strbuf_append(&text, STR("]}}]}"));
    return arena_copy(arena, strbuf_str(&text));
}

static void test_number_of_tool_calls_is_limited(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (int count = LLM_MAX_TOOL_CALLS - 1; count <= LLM_MAX_TOOL_CALLS + 1; count++) {
        LlmReader *reader = llm_reader_new(arena, LLM_WIRE_CHAT);
        assert_int(llm_reader_take(reader, STR(""), with_calls(arena, count)),
                   count <= LLM_MAX_TOOL_CALLS);
    }
    assert_str(READ({NULL, with_calls(arena, 1000).data}),
               "broken(the answer has too many tool calls)");
}

static void test_arguments_of_a_call_are_limited(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    LlmReader *reader = llm_reader_new(arena, LLM_WIRE_CHAT);
    char *piece = arena_alloc(arena, LLM_ARGUMENTS_MAX_BYTES + 1);
    memset(piece, 'x', LLM_ARGUMENTS_MAX_BYTES);
    Str full = arena_printf(arena,
                            "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\","
                            "\"function\":{\"name\":\"x\",\"arguments\":\"%s\"}}]}}]}",
                            piece);
    assert_that(llm_reader_take(reader, STR(""), full));
    assert_that(!llm_reader_take(
        reader, STR(""),
        STR("{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":"
            "\"x\"}}]}}]}")));
    assert_str(llm_reader_trouble(reader).quote, "a tool call is too large");
}

static Str nested(Arena *arena, int depth, const char *open, const char *close)
{
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 1 << 22);
    for (int i = 0; i < depth; i++)
        strbuf_append(&text, str_of(open));
    for (int i = 0; i < depth; i++)
        strbuf_append(&text, str_of(close));
    return arena_copy(arena, strbuf_str(&text));
}

static void test_deep_and_wide_json_is_refused(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ({NULL, nested(arena, 5000, "[", "]").data}),
               "broken(invalid JSON: nested deeper than 48)");
    assert_str(READ({NULL, nested(arena, LLM_EVENT_MAX_VALUES + 1, "[],", "").data}),
               "broken(more than 20000 JSON values)");
}

static void test_request_has_what_each_server_needs(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    LlmMessage question = {.role = LLM_USER, .text = STR("Hi")};
    LlmRequest request = {.system = STR("S"), .messages = &question, .message_count = 1};
    assert_str(llm_test_write(arena, LLM_WIRE_CHAT, LLM_OPENAI, &request),
               "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"S\"},"
               "{\"role\":\"user\",\"content\":\"Hi\"}],\"max_completion_tokens\":4096,"
               "\"stream\":true,\"stream_options\":{\"include_usage\":true,"
               "\"include_obfuscation\":false}}");
    request.max_output_tokens = 7;
    assert_str(llm_test_write(arena, LLM_WIRE_CHAT, LLM_LOCAL, &request),
               "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"S\"},"
               "{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":7,\"stream\":true,"
               "\"stream_options\":{\"include_usage\":true}}");
}

static void test_request_carries_calls_and_results(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    LlmToolCall calls[] = {{STR("a"), STR("x"), STR("{\"q\":1}")},
                           {STR("b"), STR("y"), STR("{\"q\":")}};
    LlmMessage messages[] = {
        {.role = LLM_USER, .text = STR("Hi")},
        {.role = LLM_ASSISTANT, .calls = calls, .call_count = 2, .replay = STR("{\"wire\":1}")},
        {.role = LLM_TOOL_RESULT, .call_id = STR("a"), .text = STR("R")},
    };
    LlmTool tool = {STR("x"), STR("D"), STR("{\"type\":\"object\"}")};
    LlmRequest request = {.messages = messages,
                          .message_count = 3,
                          .tools = &tool,
                          .tool_count = 1,
                          .must_answer = true};
    assert_str(llm_test_write(arena, LLM_WIRE_CHAT, LLM_AZURE, &request),
               "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},"
               "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":["
               "{\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"x\",\"arguments\":"
               "\"{\\\"q\\\":1}\"}},"
               "{\"id\":\"b\",\"type\":\"function\",\"function\":{\"name\":\"y\",\"arguments\":"
               "\"{}\"}}]},"
               "{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"R\"}],"
               "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"x\",\"description\":"
               "\"D\",\"parameters\":{\"type\":\"object\"}}}],\"tool_choice\":\"none\","
               "\"max_completion_tokens\":4096,\"stream\":true,"
               "\"stream_options\":{\"include_usage\":true}}");
}

static void test_request_over_the_limit_is_refused(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    char *text = arena_alloc(arena, LLM_REQUEST_MAX_BYTES);
    memset(text, 'x', LLM_REQUEST_MAX_BYTES);
    LlmMessage question = {.text = str_make(text, LLM_REQUEST_MAX_BYTES)};
    LlmRequest request = {.messages = &question, .message_count = 1};
    assert_str(llm_test_write(arena, LLM_WIRE_CHAT, LLM_OPENAI, &request),
               "the request to the model is larger than 16 MiB");
}

static void test_events_alike_but_for_their_text_are_told_from_others(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(DELTA("{\"content\":\"one\"}"), DELTA("{\"content\":\"two\"}"),
                    DELTA("{\"content\":\"\"}"), DELTA("{\"content\":\"\\n\\u00e9\"}"),
                    DELTA("{\"content\":\"x\",\"refusal\":\"y\"}"),
                    DELTA("{\"content\":\"\xC3\xA9\"}"), DELTA("{\"content\":\"index\"}"),
                    DELTA("{\"content\":\"three\"}"), FINISH("stop"), DONE),
               "text(one) text(two) text(\n\xC3\xA9) text(x) text(y) text(\xC3\xA9) text(index) "
               "text(three) end(refusal)");
    assert_str(READ(DELTA("{\"content\":\"one\"}"),
                    {"error", "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"two\"},"
                              "\"finish_reason\":null}]}"}),
               "text(one) broken()");
    assert_str(READ(DELTA("{\"content\":\"one\"}"), DELTA("{\"content\":\"a\tb\"}")),
               "text(one) broken(invalid JSON at line 1 column 44: control character 0x9)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_and_usage_are_read),
        cmocka_unit_test(test_answer_without_usage_has_none),
        cmocka_unit_test(test_tool_calls_in_pieces_are_joined_by_index),
        cmocka_unit_test(test_calls_that_are_all_at_index_zero_are_told_apart),
        cmocka_unit_test(test_call_without_id_gets_one),
        cmocka_unit_test(test_malformed_ids_become_unique_words),
        cmocka_unit_test(test_broken_arguments_are_given_as_written),
        cmocka_unit_test(test_calls_of_an_answer_that_is_cut_are_dropped),
        cmocka_unit_test(test_refusal_and_filter_are_reasons),
        cmocka_unit_test(test_deviations_of_other_servers_are_read),
        cmocka_unit_test(test_answer_without_reason_was_cut_off),
        cmocka_unit_test(test_error_in_the_stream_is_classified),
        cmocka_unit_test(test_malformed_chunks_break_the_answer),
        cmocka_unit_test(test_nul_and_lone_surrogates_become_replacement_characters),
        cmocka_unit_test(test_event_is_limited_at_the_byte),
        cmocka_unit_test(test_answer_has_a_largest_size),
        cmocka_unit_test(test_number_of_tool_calls_is_limited),
        cmocka_unit_test(test_arguments_of_a_call_are_limited),
        cmocka_unit_test(test_deep_and_wide_json_is_refused),
        cmocka_unit_test(test_events_alike_but_for_their_text_are_told_from_others),
        cmocka_unit_test(test_request_has_what_each_server_needs),
        cmocka_unit_test(test_request_carries_calls_and_results),
        cmocka_unit_test(test_request_over_the_limit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
