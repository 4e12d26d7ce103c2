/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The same answer by every wire. */
static const LlmProvider providers[] = {LLM_OPENAI, LLM_ANTHROPIC, LLM_AZURE, LLM_LOCAL};

#define WHOLE                                                                                      \
    "{\"answers\":[{\"steps\":[{\"think\":\"Hm.\"},{\"ping\":true},{\"text\":\"Hello\"},"          \
    "{\"comment\":\"still here\"},"                                                                \
    "{\"tool\":{\"name\":\"find\",\"arguments\":{\"q\":1},\"id\":\"a1\"}},"                        \
    "{\"tool\":{\"name\":\"read\",\"arguments\":\"{\\\"q\\\":\",\"id\":\"a2\"}}],"                 \
    "\"piece\":3"
#define WHOLE_EVENTS                                                                               \
    "text(Hel) text(lo) call(a1,find,{\"q\": 1}) call(a2,read,{\"q\":) end(tools,12,3,4)"

static void ask_everybody(Task *task, void *argument)
{
    Fixture *fixture = argument;
    for (size_t i = 0; i < COUNT_OF(providers); i++)
        EXPECT_STR(task, fixture_ask(task, fixture, providers[i], WHOLE "}]}"), WHOLE_EVENTS);
    fixture_count_requests(task, fixture);
}

static void test_every_provider_streams_text_and_tool_calls(void **state)
{
    fixture_run(*state, ask_everybody);
}

static void ask_in_bytes(Task *task, void *argument)
{
    for (size_t i = 0; i < COUNT_OF(providers); i++)
        EXPECT_STR(task,
                   fixture_ask(task, argument, providers[i],
                               WHOLE ",\"split\":1,\"line_end\":\"\\r\\n\"}]}"),
                   WHOLE_EVENTS);
    fixture_count_requests(task, argument);
}

static void test_answer_in_single_bytes_is_the_same(void **state)
{
    fixture_run(*state, ask_in_bytes);
}

static void ask_a_responses_model(Task *task, void *argument)
{
    Fixture *fixture = argument;
    LlmAccount account = fixture_account(fixture, LLM_OPENAI);
    LlmRequest request = fixture_question();
    account.model = STR("gpt-5-pro");
    EXPECT(task, played_script(task, fixture->services.outgoing, fixture->played, WHOLE "}]}"));
    EXPECT_STR(task, fixture_ask_as(task, fixture, &account, &request), WHOLE_EVENTS);
    const JsonValue *requests = played_requests(task, fixture->services.outgoing, fixture->played);
    EXPECT(task, requests);
    EXPECT_STR(task, json_str_or(&requests->items[0], "path", STR("")), "/v1/responses");
    fixture_count_requests(task, fixture);
}

static void test_model_that_needs_responses_is_asked_so(void **state)
{
    fixture_run(*state, ask_a_responses_model);
}

static Str header_of(const JsonValue *requests, size_t i, const char *name)
{
    return json_str_or(json_get(&requests->items[i], "headers"), name, STR("none"));
}

static void look_at_requests(Task *task, void *argument)
{
    Fixture *fixture = argument;
    Outgoing *outgoing = fixture->services.outgoing;
    for (size_t i = 0; i < COUNT_OF(providers); i++)
        fixture_ask(task, fixture, providers[i], "{}");
    fixture_set(fixture, "NETGURU_LLM_ANTHROPIC_VERSION", "2023-06-01");
    fixture_ask(task, fixture, LLM_ANTHROPIC, "{}");
    const JsonValue *requests = played_requests(task, outgoing, fixture->played);
    EXPECT(task, requests);
    static const char *const paths[] = {
        "/v1/chat/completions", "/v1/messages",
        "/openai/deployments/d1/chat/completions?api-version=2024-10-21", "/v1/chat/completions",
        "/v1/messages"};
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        EXPECT_STR(task, json_str_or(&requests->items[i], "path", STR("")), paths[i]);
    for (size_t i = 0; i < 4; i++)
        EXPECT_STR(task, header_of(requests, i, "authorization"),
                   i == 2 ? "none" : "Bearer " FIXTURE_KEY);
    EXPECT_STR(task, header_of(requests, 2, "api-key"), FIXTURE_KEY);
    EXPECT_STR(task, header_of(requests, 1, "anthropic-version"), "2026-10-21");
    EXPECT_STR(task, header_of(requests, 1, "x-api-key"), "none");
    EXPECT_STR(task, header_of(requests, 4, "anthropic-version"), "2023-06-01");
    EXPECT_STR(task, header_of(requests, 4, "x-api-key"), FIXTURE_KEY);
    EXPECT_STR(task, header_of(requests, 4, "authorization"), "none");
    EXPECT_STR(task, json_str_or(json_get(&requests->items[2], "body"), "model", STR("")), "d1");
    fixture_count_requests(task, fixture);
}

static void test_requests_go_where_each_provider_wants_them(void **state)
{
    fixture_run(*state, look_at_requests);
}

static void ask_newer_azure(Task *task, void *argument)
{
    Fixture *fixture = argument;
    LlmAccount account = fixture_account(fixture, LLM_AZURE);
    LlmRequest request = fixture_question();
    account.api_version = STR("");
    EXPECT_STR(task, fixture_ask_as(task, fixture, &account, &request),
               "text(You said) text(: Why?) end(end,12,3,4)");
    const JsonValue *requests = played_requests(task, fixture->services.outgoing, fixture->played);
    EXPECT(task, requests);
    EXPECT_STR(task, json_str_or(&requests->items[0], "path", STR("")),
               "/openai/v1/chat/completions");
    fixture_count_requests(task, fixture);
}

static void test_azure_without_a_version_uses_the_newer_addresses(void **state)
{
    fixture_run(*state, ask_newer_azure);
}

static void play_a_turn(Task *task, Fixture *fixture, LlmProvider provider, Str model)
{
    LlmEvent event = {0};
    LlmFailure failure;
    LlmAccount account = fixture_account(fixture, provider);
    LlmRequest request = fixture_question();
    if (!str_empty(model))
        account.model = model;
    EXPECT(task, played_script(task, fixture->services.outgoing, fixture->played,
                               "{\"answers\":[{\"steps\":[{\"think\":\"Hm.\"},"
                               "{\"text\":\"I look\"},{\"tool\":{\"name\":\"find\","
                               "\"arguments\":{\"q\":1},\"id\":\"a1\"}}]},"
                               "{\"steps\":[{\"text\":\"It is {result}\"}],\"piece\":99}]}"));
    LlmStream *stream = llm_stream_start(task, &fixture->services, &account, &request, &failure);
    EXPECT(task, stream);
    LlmToolCall call = {0};
    while (event.kind != LLM_EVENT_END) {
        EXPECT(task, llm_stream_next(task, stream, &event));
        if (event.kind == LLM_EVENT_TOOL_CALL)
            call = (LlmToolCall){arena_copy(task->arena, event.call.id),
                                 arena_copy(task->arena, event.call.name),
                                 arena_copy(task->arena, event.call.arguments)};
    }
    llm_stream_end(stream);
    LlmMessage messages[] = {
        request.messages[0],
        {.role = LLM_ASSISTANT,
         .text = STR("I look"),
         .calls = &call,
         .call_count = 1,
         .replay = event.replay},
        {.role = LLM_TOOL_RESULT, .call_id = call.id, .text = STR("blue")},
    };
    request.messages = messages;
    request.message_count = COUNT_OF(messages);
    EXPECT_STR(task, fixture_ask_as(task, fixture, &account, &request),
               "text(It is blue) end(end,12,3,4)");
    /* Only these two have reasoning to send back. */
    bool has_replay = provider == LLM_ANTHROPIC || !str_empty(model);
    EXPECT_INT(task, !str_empty(event.replay), has_replay);
}

static void play_turns(Task *task, void *argument)
{
    for (size_t i = 0; i < COUNT_OF(providers); i++)
        play_a_turn(task, argument, providers[i], STR(""));
    play_a_turn(task, argument, LLM_OPENAI, STR("o3-pro"));
    EXPECT_INT(task, fixture_count_requests(task, argument), 10);
}

static void test_turn_with_a_tool_goes_back_to_every_provider(void **state)
{
    fixture_run(*state, play_turns);
}

static void ask_ollama(Task *task, void *argument)
{
    Fixture *fixture = argument;
    Outgoing *outgoing = fixture->services.outgoing;
    LlmAccount account = fixture_ollama(fixture);
    LlmToolCall call = {STR("call_0"), STR("find"), STR("{\"q\":1}")};
    LlmMessage messages[] = {
        {.role = LLM_USER, .text = STR("Why?")},
        {.role = LLM_ASSISTANT, .calls = &call, .call_count = 1},
        {.role = LLM_TOOL_RESULT, .call_id = STR("call_0"), .text = STR("blue")},
    };
    LlmRequest request = {.messages = messages, .message_count = 3};
    static const char *const forms[] = {"", ",\"split\":1", ",\"split\":7,\"line_end\":\"\\r\\n\""};
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        const char *script =
            arena_printf(task->arena,
                         "{\"answers\":[{\"steps\":[{\"think\":\"Hm.\"},"
                         "{\"text\":\"Hello\"},{\"tool\":{\"name\":\"find\","
                         "\"arguments\":{\"q\":1}}},{\"tool\":{\"name\":\"read\"}}]"
                         "%s}]}",
                         forms[i])
                .data;
        EXPECT(task, played_script(task, outgoing, fixture->played, script));
        EXPECT_STR(task, fixture_ask_as(task, fixture, &account, &request),
                   "text(Hello) call(call_0,find,{\"q\":1}) call(call_1,read,{}) "
                   "end(tools,12,3,0)");
    }
    const JsonValue *requests = played_requests(task, outgoing, fixture->played);
    EXPECT(task, requests);
    const JsonValue *body = json_get(&requests->items[0], "body");
    EXPECT_STR(task, json_str_or(&requests->items[0], "path", STR("")), "/api/chat");
    EXPECT_INT(task, json_i64_or(json_get(body, "options"), "num_ctx", 0), 16384);
    EXPECT_STR(task, json_str_or(&json_get(body, "messages")->items[2], "tool_name", STR("")),
               "find");
    EXPECT(task, llm_check_key(task, &fixture->services, &account));
    fixture_count_requests(task, fixture);
}

static void test_ollama_is_asked_by_its_own_chat_with_its_context(void **state)
{
    fixture_run(*state, ask_ollama);
}

static void fail_at_ollama(Task *task, void *argument)
{
    static const struct {
        const char *script;
        const char *text;
    } cases[] = {
        {"{\"answers\":[{\"status\":404,\"error\":{\"message\":\"model 'x' not found\"}}]}",
         "bad request: The local server refused the request (status 404): \"model 'x' not found\""},
        {"{\"answers\":[{\"steps\":[{\"text\":\"a\"},{\"error\":{\"message\":\"Oh\"}}]}]}",
         "text(a) broken: The local server broke off in the middle of its answer: \"Oh\""},
        {"{\"answers\":[{\"steps\":[{\"text\":\"a\"},{\"big\":10485760}]}]}",
         "text(a) broken: The local server broke off in the middle of its answer: "
         "\"an event is larger than 1 MiB\""},
        {"{\"answers\":[{\"steps\":[{\"text\":\"a\"},{\"calls\":65}]}]}",
         "text(a) broken: The local server broke off in the middle of its answer: "
         "\"the answer has too many tool calls\""},
        {"{\"answers\":[{\"steps\":[{\"text\":\"a\"}],\"stop\":\"length\"}]}",
         "text(a) end(length,12,3,0)"},
        {"{\"answers\":[{\"steps\":[{\"text\":\"a\"},{\"raw\":\"{\\\"done\\\":true}\"},"
         "{\"cut\":true}]}]}",
         "text(a) broken: The local server broke off in the middle of its answer"},
    };
    Fixture *fixture = argument;
    LlmAccount account = fixture_ollama(fixture);
    LlmRequest request = fixture_question();
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        EXPECT(task,
               played_script(task, fixture->services.outgoing, fixture->played, cases[i].script));
        EXPECT_STR(task, fixture_ask_as(task, fixture, &account, &request), cases[i].text);
    }
    EXPECT(task, played_script(task, fixture->services.outgoing, fixture->played,
                               "{\"answers\":[{\"head\":\"HTTP/1.1 200 OK\\r\\nContent-Type: "
                               "application/x-ndjson\\r\\n\\r\\n{\\\"done\\\":true}\"}]}"));
    EXPECT_STR(task, fixture_ask_as(task, fixture, &account, &request), "end(end)");
    fixture_count_requests(task, fixture);
}

static void test_failures_of_ollama_are_told_in_words(void **state)
{
    fixture_run(*state, fail_at_ollama);
}

static void ask_twice(Task *task, void *argument)
{
    Fixture *fixture = argument;
    fixture_ask(task, fixture, LLM_OPENAI, "{}");
    uint64_t connections = outgoing_stats(fixture->services.outgoing).connections;
    for (size_t i = 0; i < COUNT_OF(providers); i++)
        fixture_ask(task, fixture, providers[i], "{}");
    EXPECT_INT(task, outgoing_stats(fixture->services.outgoing).connections, connections);
    fixture_count_requests(task, fixture);
}

static void test_connection_serves_one_answer_after_another(void **state)
{
    fixture_run(*state, ask_twice);
}

static void read_ends(Task *task, void *argument)
{
    static const struct {
        const char *script;
        const char *events;
        LlmProvider provider;
    } cases[] = {
        {"{\"answers\":[{\"steps\":[{\"text\":\"a\"}],\"stop\":\"length\"}]}",
         "text(a) end(length,12,3,4)", LLM_ANTHROPIC},
        {"{\"answers\":[{\"steps\":[{\"refusal\":\"No\"}],\"stop\":\"refusal\"}]}",
         "text(No) end(refusal,12,3,4)", LLM_OPENAI},
        {"{\"answers\":[{\"steps\":[{\"text\":\"a\"}],\"stop\":\"filter\"}]}",
         "text(a) end(filter,12,3,4)", LLM_AZURE},
        {"{\"answers\":[{\"steps\":[{\"text\":\"a\"}],\"usage\":null}]}", "text(a) end(end)",
         LLM_LOCAL},
        {"{\"answers\":[{\"steps\":[{\"text\":\"a\"}],\"usage_early\":true}]}",
         "text(a) end(end,12,3,4)", LLM_OPENAI},
        {"{\"answers\":[{\"steps\":[]}]}", "end(end,12,3,4)", LLM_OPENAI},
        {"{\"answers\":[{\"status\":400,\"error\":{\"code\":\"content_filter\",\"message\":\"x\"}}]"
         "}",
         "end(filter)", LLM_AZURE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        EXPECT_STR(task, fixture_ask(task, argument, cases[i].provider, cases[i].script),
                   cases[i].events);
    fixture_count_requests(task, argument);
}

static void test_ends_of_answers_are_told_apart(void **state)
{
    fixture_run(*state, read_ends);
}

static void leave_early(Task *task, void *argument)
{
    Fixture *fixture = argument;
    Outgoing *outgoing = fixture->services.outgoing;
    LlmEvent event;
    LlmFailure failure;
    LlmAccount account = fixture_account(fixture, LLM_OPENAI);
    LlmRequest request = fixture_question();
    EXPECT(task, played_script(task, outgoing, fixture->played,
                               "{\"answers\":[{\"steps\":[{\"text\":\"a\"},{\"silent\":true}]}]}"));
    LlmStream *stream = llm_stream_start(task, &fixture->services, &account, &request, &failure);
    EXPECT(task, stream);
    EXPECT(task, llm_stream_next(task, stream, &event));
    EXPECT_STR(task, event.text, "a");
    llm_stream_end(stream);
    const JsonValue *requests = NULL;
    const JsonValue *left = NULL;
    EXPECT_SOON(task, (requests = played_requests(task, outgoing, fixture->played)) &&
                          (left = json_get(&requests->items[0], "left")) && left->boolean);
    fixture_count_requests(task, fixture);
}

static void test_answer_that_is_not_wanted_any_more_is_aborted(void **state)
{
    fixture_run(*state, leave_early);
}

static void ask_once(Task *task, void *argument)
{
    Fixture *fixture = argument;
    LlmFailure failure = LLM_BROKEN;
    LlmAccount account = fixture_account(fixture, LLM_ANTHROPIC);
    LlmRequest request = fixture_question();
    LlmEvent event = {0};
    LlmStream *stream = llm_stream_start(task, &fixture->services, &account, &request, &failure);
    if (!stream)
        EXPECT_INT(task, failure, LLM_OK);
    while (stream && event.kind != LLM_EVENT_END) {
        if (!llm_stream_next(task, stream, &event)) {
            EXPECT_INT(task, llm_stream_failure(stream), LLM_OK);
            break;
        }
    }
    if (task_is_cancelled(task))
        EXPECT_INT(task, task->error.code, ERR_CANCELLED);
}

static void check_quiet(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    EXPECT_INT(task, outgoing_stats(fixture->services.outgoing).in_flight, 0);
}

static void pause_within(Task *task, void *argument)
{
    Fixture *fixture = argument;
    EXPECT(task, played_script(task, fixture->services.outgoing, fixture->played,
                               "{\"answers\":[{\"steps\":[{\"delay_ms\":5},{\"text\":\"a\"},"
                               "{\"delay_ms\":5}],\"forever\":true}]}"));
}

static void always_fail(Task *task, void *argument)
{
    Fixture *fixture = argument;
    EXPECT(task, played_script(task, fixture->services.outgoing, fixture->played,
                               "{\"answers\":[{\"status\":529,\"forever\":true,"
                               "\"headers\":{\"retry-after-ms\":\"1\"}}]}"));
}

static void forget(Task *task, void *argument)
{
    fixture_count_requests(task, argument);
}

static void test_cancelling_at_any_wait_leaves_nothing(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, pause_within);
    assert_that(test_cancel_everywhere(fixture->services.loop, ask_once, check_quiet, fixture) > 1);
    fixture_run(fixture, forget);
}

static void ask_in_vain(Task *task, void *argument)
{
    Fixture *fixture = argument;
    LlmFailure failure = LLM_BROKEN;
    LlmAccount account = fixture_account(fixture, LLM_ANTHROPIC);
    LlmRequest request = fixture_question();
    EXPECT(task, !llm_stream_start(task, &fixture->services, &account, &request, &failure));
    EXPECT_INT(task, failure, task_is_cancelled(task) ? LLM_OK : LLM_OVERLOADED);
}

static void test_cancelling_between_attempts_leaves_nothing(void **state)
{
    Fixture *fixture = *state;
    fixture_run(fixture, always_fail);
    assert_that(test_cancel_everywhere(fixture->services.loop, ask_in_vain, check_quiet, fixture) >
                4);
    fixture_run(fixture, forget);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_provider_streams_text_and_tool_calls),
        cmocka_unit_test(test_answer_in_single_bytes_is_the_same),
        cmocka_unit_test(test_model_that_needs_responses_is_asked_so),
        cmocka_unit_test(test_requests_go_where_each_provider_wants_them),
        cmocka_unit_test(test_azure_without_a_version_uses_the_newer_addresses),
        cmocka_unit_test(test_turn_with_a_tool_goes_back_to_every_provider),
        cmocka_unit_test(test_ollama_is_asked_by_its_own_chat_with_its_context),
        cmocka_unit_test(test_failures_of_ollama_are_told_in_words),
        cmocka_unit_test(test_connection_serves_one_answer_after_another),
        cmocka_unit_test(test_ends_of_answers_are_told_apart),
        cmocka_unit_test(test_answer_that_is_not_wanted_any_more_is_aborted),
        cmocka_unit_test(test_cancelling_at_any_wait_leaves_nothing),
        cmocka_unit_test(test_cancelling_between_attempts_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
