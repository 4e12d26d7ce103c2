/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that wait: answered, cancelled, and with progress. The tools are the test's own. */
#include "mcp/mcp.h"

#include "harness/expect.h"
#include "harness/tasks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NO_ARGUMENTS "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}"

typedef struct {
    Loop *loop;
    McpCalls calls;
    McpSource source;
    uint32_t notes; /* of progress */
    Str last_note;
    Arena *arena;
} Fixture;

static bool sleep_tool(Task *task, const Services *services, const JsonValue *arguments,
                       JsonWriter *answer)
{
    (void)services;
    (void)arguments;
    json_field_bool(answer, "slept", true);
    return task_sleep(task, 2500);
}

static bool failing_tool(Task *task, const Services *services, const JsonValue *arguments,
                         JsonWriter *answer)
{
    (void)services;
    (void)arguments;
    (void)answer;
    return task_fail(task, ERR_CONFLICT, "the document is not ready");
}

static const Tool own_tools[] = {
    {"sleep", "Sleeps.", NO_ARGUMENTS, sleep_tool},
    {"fail", "Fails.", NO_ARGUMENTS, failing_tool},
    {0},
};

static int start(void **state)
{
    static Fixture fixture;
    fixture = (Fixture){.loop = loop_new(&(LoopOptions){0}), .arena = arena_new()};
    loop_clock_fake(fixture.loop);
    fixture.calls.loop = fixture.loop;
    fixture.source = (McpSource){.tools = own_tools, .instructions = "", .templates = "[]"};
    *state = &fixture;
    return 0;
}

static int stop(void **state)
{
    Fixture *fixture = *state;
    loop_free(fixture->loop);
    arena_free(fixture->arena);
    return 0;
}

static McpMessage call_of(Arena *arena, const char *tool)
{
    Error error = {0};
    McpMessage message = {0};
    Str text = arena_printf(arena,
                            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{"
                            "\"name\":\"%s\",\"_meta\":{\"progressToken\":\"p\"}}}",
                            tool);
    const JsonValue *value = json_parse(arena, text, &error);
    check(value && mcp_message_read(arena, value, &message, &error));
    return message;
}

static const JsonValue *run_call(Task *task, Fixture *fixture, const char *tool)
{
    McpMessage message = call_of(task->arena, tool);
    Str answer = mcp_calls_run(task, &fixture->calls, STR("key"), &fixture->source, &message);
    Error error = {0};
    const JsonValue *value = json_parse(task->arena, answer, &error);
    check(value);
    return value;
}

static void sleeps(Task *task, void *argument)
{
    Fixture *fixture = argument;
    loop_clock_advance(task->loop, 2500);
    const JsonValue *value = run_call(task, fixture, "sleep");
    if (task_is_cancelled(task))
        return;
    const JsonValue *content = json_get(json_get(value, "result"), "structuredContent");
    EXPECT(task, content && json_get(content, "slept"));
}

static void nothing_is_left(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    EXPECT_INT(task, fixture->calls.running.count, 0);
}

static void test_a_call_can_be_cancelled_at_every_wait(void **state)
{
    Fixture *fixture = *state;
    assert_true(test_cancel_everywhere(fixture->loop, sleeps, nothing_is_left, fixture) >= 1);
}

static void fails(Task *task, void *argument)
{
    const JsonValue *result = json_get(run_call(task, argument, "fail"), "result");
    const JsonValue *is_error = json_get(result, "isError");
    const JsonValue *content = json_get(result, "content");
    EXPECT(task, is_error && is_error->boolean && content && content->count == 1);
    EXPECT_STR(task, json_str_or(&content->items[0], "text", STR("")),
               STR("the document is not ready"));
    EXPECT(task, !json_get(result, "structuredContent"));
    EXPECT_INT(task, task->error.code, ERR_NONE);
}

static void test_the_failure_of_a_tool_is_a_result_in_words(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, fails, fixture);
}

static void cancel_later(Task *task, void *argument)
{
    Fixture *fixture = argument;
    EXPECT(task, !mcp_calls_cancel(&fixture->calls, STR("another")));
    EXPECT(task, mcp_calls_cancel(&fixture->calls, STR("key")));
}

static void is_cancelled(Task *task, void *argument)
{
    Fixture *fixture = argument;
    (void)task_spawn_background(task->loop, "cancel", cancel_later, fixture);
    const JsonValue *error = json_get(run_call(task, fixture, "sleep"), "error");
    EXPECT_INT(task, json_i64_or(error, "code", 0), MCP_CANCELLED);
    EXPECT(task, !task_is_cancelled(task));
    EXPECT(task, !mcp_calls_cancel(&fixture->calls, STR("key")));
}

static void test_a_cancelled_call_ends_and_its_caller_goes_on(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, is_cancelled, fixture);
}

static void note(void *context, Str message)
{
    Fixture *fixture = context;
    fixture->notes++;
    fixture->last_note = arena_copy(fixture->arena, message);
}

static void has_progress(Task *task, void *argument)
{
    Fixture *fixture = argument;
    Error error = {0};
    McpProgress progress = {.loop = task->loop,
                            .token = STR("\"p\""),
                            .what = STR("sleep"),
                            .send = note,
                            .context = fixture};
    mcp_progress_begin(&progress);
    EXPECT_INT(task, fixture->notes, 1);
    loop_clock_advance(task->loop, 2500);
    (void)run_call(task, fixture, "sleep");
    mcp_progress_end(&progress);
    EXPECT_INT(task, fixture->notes, 3);
    const JsonValue *params =
        json_get(json_parse(task->arena, fixture->last_note, &error), "params");
    EXPECT_STR(task, json_str_or(params, "progressToken", STR("")), STR("p"));
    EXPECT_INT(task, json_i64_or(params, "progress", 0), 2);
}

static void test_progress_is_noted_at_once_and_every_second(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, has_progress, fixture);
}

static void asks_without_end(Task *task, void *argument)
{
    Fixture *fixture = argument;
    fixture->calls.running.count = MCP_CALLS_MAX;
    const JsonValue *error = json_get(run_call(task, fixture, "fail"), "error");
    fixture->calls.running.count = 0;
    EXPECT_INT(task, json_i64_or(error, "code", 0), MCP_UNAVAILABLE);
    task_forget_error(task);
}

static void test_running_calls_have_a_limit(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, asks_without_end, fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_call_can_be_cancelled_at_every_wait, start, stop),
        cmocka_unit_test_setup_teardown(test_the_failure_of_a_tool_is_a_result_in_words, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_a_cancelled_call_ends_and_its_caller_goes_on, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_progress_is_noted_at_once_and_every_second, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_running_calls_have_a_limit, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
