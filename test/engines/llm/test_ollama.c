/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/llm/llm_testing.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define READ(...) llm_test_read(arena, LLM_WIRE_OLLAMA, (const TestEvent[]){__VA_ARGS__, {0}})
#define LINE(message)                                                                              \
    {                                                                                              \
        NULL, "{\"model\":\"m\",\"message\":{" message "},\"done\":false}"                         \
    }
#define DONE(rest)                                                                                 \
    {                                                                                              \
        NULL, "{\"message\":{\"content\":\"\"},\"done\":true" rest "}"                             \
    }
#define USAGE ",\"prompt_eval_count\":12,\"eval_count\":3"

static void test_text_calls_and_usage_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(
        READ(LINE("\"thinking\":\"Hm\""), LINE("\"content\":\"Hel\""), LINE("\"content\":\"lo\""),
             {NULL, ""},
             LINE("\"tool_calls\":[{\"function\":{\"name\":\"find\",\"arguments\":{\"q\":1}}},"
                  "{\"function\":{\"name\":\"read\"}}]"),
             DONE(",\"done_reason\":\"stop\"" USAGE)),
        "text(Hel) text(lo) call(call_0,find,{\"q\":1}) call(call_1,read,{}) "
        "end(tools,12,3,0)");
}

static void test_ends_are_told_apart(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(READ(LINE("\"content\":\"a\""), DONE(",\"done_reason\":\"length\"" USAGE)),
               "text(a) end(length,12,3,0)");
    assert_str(READ(LINE("\"content\":\"a\""), DONE("")), "text(a) end(end)");
    assert_str(READ(LINE("\"content\":\"a\"")), "text(a) broken(the answer was cut off)");
    assert_str(READ(LINE("\"content\":\"a\""), {NULL, "{\"error\":\"out of memory\"}"}),
               "text(a) broken(out of memory)");
    assert_str(READ({NULL, "7"}, {NULL, "{\"message\":{\"tool_calls\":[7]}}"}, DONE("")),
               "broken(a tool call has no name)");
}

static void test_request_has_context_and_objects_as_arguments(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    LlmToolCall calls[] = {{STR("a"), STR("x"), STR("{\"q\":1}")},
                           {STR("b"), STR("y"), STR("nonsense")}};
    LlmMessage messages[] = {
        {.role = LLM_USER, .text = STR("Hi")},
        {.role = LLM_ASSISTANT, .calls = calls, .call_count = 2},
        {.role = LLM_TOOL_RESULT, .call_id = STR("b"), .text = STR("R")},
    };
    LlmTool tool = {STR("x"), STR("D"), STR("{}")};
    LlmRequest request = {.system = STR("S"),
                          .messages = messages,
                          .message_count = 3,
                          .tools = &tool,
                          .tool_count = 1,
                          .max_output_tokens = 9};
    assert_str(llm_test_write(arena, LLM_WIRE_OLLAMA, LLM_LOCAL, &request),
               "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"S\"},"
               "{\"role\":\"user\",\"content\":\"Hi\"},"
               "{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":["
               "{\"function\":{\"name\":\"x\",\"arguments\":{\"q\":1}}},"
               "{\"function\":{\"name\":\"y\",\"arguments\":{}}}]},"
               "{\"role\":\"tool\",\"content\":\"R\",\"tool_name\":\"y\"}],"
               "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"x\",\"description\":"
               "\"D\",\"parameters\":{}}}],"
               "\"options\":{\"num_ctx\":8192,\"num_predict\":9},\"stream\":true}");
    request = (LlmRequest){.tools = &tool, .tool_count = 1, .must_answer = true};
    assert_str(
        llm_test_write(arena, LLM_WIRE_OLLAMA, LLM_LOCAL, &request),
        "{\"model\":\"m\",\"messages\":[],\"options\":{\"num_ctx\":8192,\"num_predict\":4096},"
        "\"stream\":true}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_calls_and_usage_are_read),
        cmocka_unit_test(test_ends_are_told_apart),
        cmocka_unit_test(test_request_has_context_and_objects_as_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
