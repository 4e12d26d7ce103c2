/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/fixture.h"
#include "llm/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef struct {
    LlmProvider provider;
    const char *script;
    const char *text;
    size_t requests;
} Case;

static void check_cases(Task *task, Fixture *fixture, const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        EXPECT_STR(task, fixture_ask(task, fixture, cases[i].provider, cases[i].script),
                   cases[i].text);
        EXPECT_INT(task, fixture_count_requests(task, fixture), cases[i].requests);
    }
}

#define STATUS(status, error) "{\"answers\":[{\"status\":" status ",\"error\":{" error "}}]}"

static void be_refused(Task *task, void *argument)
{
    static const Case cases[] = {
        {LLM_OPENAI, STATUS("401", "\"message\":\"Incorrect API key provided: " FIXTURE_KEY "\""),
         "key refused: OpenAI refused the key: check that it is valid and may use this model "
         "(status 401)",
         1},
        {LLM_ANTHROPIC, STATUS("403", "\"type\":\"permission_error\",\"message\":\"No\""),
         "key refused: Anthropic refused the key: check that it is valid and may use this model "
         "(status 403)",
         1},
        {LLM_OPENAI,
         STATUS("429", "\"code\":\"insufficient_quota\",\"message\":\"You exceeded your quota\""),
         "no credit: OpenAI has no credit left for this key: add credit there, or use another key "
         "(status 429): \"You exceeded your quota\"",
         1},
        {LLM_ANTHROPIC, STATUS("402", "\"type\":\"billing_error\",\"message\":\"Pay\""),
         "no credit: Anthropic has no credit left for this key: add credit there, or use another "
         "key (status 402): \"Pay\"",
         1},
        {LLM_LOCAL,
         STATUS("400", "\"type\":\"exceed_context_size_error\",\"message\":\"9 of 8 tokens\""),
         "too long: The local server says that the conversation is longer than this model can "
         "read: start a new one, or choose another model (status 400): \"9 of 8 tokens\"",
         1},
        {LLM_AZURE,
         STATUS("404",
                "\"code\":\"DeploymentNotFound\",\"message\":\"The API deployment for " FIXTURE_KEY
                " does not exist\""),
         "bad request: Azure OpenAI refused the request (status 404): "
         "\"The API deployment for … does not exist\"",
         1},
        {LLM_OPENAI, "{\"answers\":[{\"status\":422,\"body\":\"<html>\"}]}",
         "bad request: OpenAI refused the request (status 422)", 1},
        {LLM_OPENAI,
         "{\"answers\":[{\"status\":307,\"headers\":{\"Location\":\"http://127.0.0.1:1/\"}}]}",
         "unreachable: OpenAI answered with a redirect, which is not followed: check its address "
         "(status 307)",
         1},
    };
    check_cases(task, argument, cases, COUNT_OF(cases));
}

static void test_refusals_are_told_in_words_and_not_repeated(void **state)
{
    fixture_run(*state, be_refused);
}

#define QUICK "\"headers\":{\"retry-after-ms\":\"1\"}"
#define BUSY(status, type, more)                                                                   \
    "{\"status\":" status "," QUICK ",\"error\":{\"type\":\"" type "\",\"message\":\"Busy\"}" more \
    "}"
#define GOOD "{\"steps\":[{\"text\":\"a\"}]}"

static void be_busy(Task *task, void *argument)
{
    static const Case cases[] = {
        {LLM_ANTHROPIC,
         "{\"answers\":[" BUSY("529", "overloaded_error", "") "," BUSY("503", "api_error",
                                                                       "") "," GOOD "]}",
         "text(a) end(end,12,3,4)", 3},
        {LLM_ANTHROPIC, "{\"answers\":[" BUSY("529", "overloaded_error", ",\"forever\":true") "]}",
         "overloaded: Anthropic is overloaded or out of order: try again later (status 529): "
         "\"Busy\" [1 s]",
         3},
        {LLM_OPENAI, "{\"answers\":[" BUSY("429", "rate_limit_exceeded", "") "," GOOD "]}",
         "text(a) end(end,12,3,4)", 2},
        {LLM_OPENAI,
         "{\"answers\":[{\"status\":429,\"headers\":{\"retry-after\":\"77\"},\"error\":{}}]}",
         "limited: OpenAI limits how often this key may ask: try again later (status 429) [77 s]",
         1},
        {LLM_OPENAI,
         "{\"answers\":[{\"status\":500,\"headers\":{\"x-should-retry\":\"false\"},\"error\":{}}]}",
         "overloaded: OpenAI is overloaded or out of order: try again later (status 500)", 1},
        /* An error within the answer is repeated too, as long as no token has come. */
        {LLM_ANTHROPIC,
         "{\"answers\":[{\"steps\":[{\"error\":{\"type\":\"overloaded_error\"}}]}," GOOD "]}",
         "text(a) end(end,12,3,4)", 2},
        {LLM_AZURE, "{\"answers\":[{\"steps\":[{\"cut\":true}]}," GOOD "]}",
         "text(a) end(end,12,3,4)", 2},
        {LLM_LOCAL, "{\"answers\":[{\"head\":\"\"}," GOOD "]}", "text(a) end(end,12,3,4)", 2},
    };
    check_cases(task, argument, cases, COUNT_OF(cases));
}

static void test_overload_is_repeated_before_the_first_token(void **state)
{
    fixture_run(*state, be_busy);
}

#define AFTER_TEXT(step) "{\"answers\":[{\"steps\":[{\"text\":\"a\"}," step "]}," GOOD "]}"

static void break_off(Task *task, void *argument)
{
    static const Case cases[] = {
        {LLM_ANTHROPIC,
         AFTER_TEXT("{\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}"),
         "text(a) overloaded: Anthropic is overloaded or out of order: try again later: "
         "\"Overloaded\"",
         1},
        {LLM_OPENAI,
         AFTER_TEXT("{\"error\":{\"message\":\"Oh " FIXTURE_KEY "\",\"type\":\"odd\"}}"),
         "text(a) broken: OpenAI broke off in the middle of its answer: \"Oh …\"", 1},
        {LLM_OPENAI, AFTER_TEXT("{\"cut\":true}"),
         "text(a) broken: OpenAI broke off in the middle of its answer", 1},
        {LLM_OPENAI, AFTER_TEXT("{\"event\":{\"data\":\"{\\\"choices\\\":\"}}"),
         "text(a) broken: OpenAI broke off in the middle of its answer: "
         "\"invalid JSON at line 1 column 11: unexpected token\"",
         1},
        {LLM_LOCAL, AFTER_TEXT("{\"big\":10485760}"),
         "text(a) broken: The local server broke off in the middle of its answer: "
         "\"an event is larger than 1 MiB\"",
         1},
        {LLM_LOCAL, AFTER_TEXT("{\"deep\":100000}"),
         "text(a) broken: The local server broke off in the middle of its answer: "
         "\"more than 20000 JSON values\"",
         1},
        {LLM_LOCAL, AFTER_TEXT("{\"deep\":1000}"),
         "text(a) broken: The local server broke off in the middle of its answer: "
         "\"invalid JSON: nested deeper than 48\"",
         1},
        {LLM_LOCAL, AFTER_TEXT("{\"calls\":1000}"),
         "text(a) broken: The local server broke off in the middle of its answer: "
         "\"the answer has too many tool calls\"",
         1},
    };
    check_cases(task, argument, cases, COUNT_OF(cases));
    fixture_count_requests(task, argument);
}

static void test_answer_that_breaks_off_is_never_repeated(void **state)
{
    fixture_run(*state, break_off);
}

static void leave_stream_end_out(Task *task, void *argument)
{
    EXPECT_STR(task,
               fixture_ask(task, argument, LLM_OPENAI,
                           "{\"answers\":[{\"head\":\"HTTP/1.1 200 OK\\r\\nContent-Type: "
                           "text/event-stream\\r\\n\\r\\ndata: {\\\"choices\\\":[{\\\"delta\\\":"
                           "{\\\"content\\\":\\\"a\\\"}}]}\\n\\n\"}]}"),
               "text(a) broken: OpenAI broke off in the middle of its answer: "
               "\"the answer was cut off\"");
    EXPECT_STR(task,
               fixture_ask(task, argument, LLM_OPENAI,
                           "{\"answers\":[{\"status\":200,\"body\":\"{}\",\"forever\":true}]}"),
               "broken: OpenAI broke off in the middle of its answer: "
               "\"it is not a stream of events\"");
    fixture_count_requests(task, argument);
}

static void test_answer_without_its_end_was_cut_off(void **state)
{
    fixture_run(*state, leave_stream_end_out);
}

static void be_silent(Task *task, void *argument)
{
    Fixture *fixture = argument;
    static const Case cases[] = {
        {LLM_ANTHROPIC, AFTER_TEXT("{\"silent\":true}"),
         "text(a) silent: Anthropic sent nothing for 1 seconds", 1},
        {LLM_OPENAI, "{\"answers\":[{\"steps\":[{\"silent\":true}]}]}",
         "silent: OpenAI sent nothing for 1 seconds", 1},
    };
    fixture_set(fixture, "NETGURU_LLM_IDLE_MS", "50");
    fixture_set(fixture, "NETGURU_LLM_FIRST_TOKEN_MS", "300");
    check_cases(task, fixture, cases, COUNT_OF(cases));
}

static void test_silence_ends_an_answer(void **state)
{
    fixture_run(*state, be_silent);
}

static void ping_for_ever(Task *task, void *argument)
{
    Fixture *fixture = argument;
    auto_strbuf StrBuf script = {0};
    strbuf_init(&script, 1 << 20);
    strbuf_append(&script, STR("{\"answers\":[{\"pace_ms\":5,\"steps\":[{\"text\":\"a\"}"));
    for (int i = 0; i < 2000; i++)
        strbuf_append(&script, STR(",{\"ping\":true}"));
    strbuf_append(&script, STR("]}]}"));
    strbuf_append_byte(&script, '\0');
    fixture_set(fixture, "NETGURU_LLM_IDLE_MS", "100");
    EXPECT_STR(task, fixture_ask(task, fixture, LLM_ANTHROPIC, script.data),
               "text(a) silent: Anthropic sent nothing for 1 seconds");
    fixture_count_requests(task, fixture);
}

static void test_pings_alone_do_not_keep_an_answer_alive(void **state)
{
    fixture_run(*state, ping_for_ever);
}

static void ask_nobody(Task *task, void *argument)
{
    Fixture *fixture = argument;
    LlmAccount account = fixture_account(fixture, LLM_LOCAL);
    LlmRequest request = fixture_question();
    account.base_url = STR("http://127.0.0.1:1");
    fixture_set(fixture, "NETGURU_LLM_LOCAL_URLS", "http://127.0.0.1:1");
    EXPECT_STR(task, fixture_ask_as(task, fixture, &account, &request),
               "unreachable: cannot reach http://127.0.0.1:1: connection refused");
}

static void test_server_that_is_not_there_is_unreachable(void **state)
{
    fixture_run(*state, ask_nobody);
}

static void run_out_of_time(Task *task, void *argument)
{
    Fixture *fixture = argument;
    EXPECT(task, played_script(task, fixture->services.outgoing, fixture->played,
                               "{\"answers\":[{\"steps\":[{\"text\":\"a\"},{\"silent\":true}]}]}"));
    LlmAccount account = fixture_account(fixture, LLM_OPENAI);
    LlmRequest request = fixture_question();
    LlmFailure failure = LLM_OK;
    LlmEvent event;
    LlmStream *stream = llm_stream_start(task, &fixture->services, &account, &request, &failure);
    EXPECT(task, stream);
    EXPECT(task, llm_stream_next(task, stream, &event));
    uint64_t former = task_deadline_narrow(task, 20);
    EXPECT(task, !llm_stream_next(task, stream, &event));
    EXPECT_INT(task, task->error.code, ERR_TIMEOUT);
    task_deadline_set(task, former);
    task_forget_error(task);
    llm_stream_end(stream);
    fixture_count_requests(task, fixture);
}

static void test_deadline_of_the_task_ends_an_answer(void **state)
{
    fixture_run(*state, run_out_of_time);
}

static void test_retry_after_is_read_in_every_form(void **state)
{
    (void)state;
    static const struct {
        const char *milliseconds;
        const char *other;
        uint64_t wait_ms;
    } cases[] = {
        {"", "", 0},
        {"250", "9", 250},
        {"x", "9", 9000},
        {"", "-1", 0},
        {"", "1.5", 0},
        {"", "18446744073709551616", 0},
        {"", "86399", 86399000},
        {"", "86400", 86400000},
        {"", "86401", 86400000},
        {"86400001", "", 86400000},
        {"", "Sat, 28 Nov 2026 23:59:07 GMT", 7000},
        {"", "Sun, 29 Nov 2026 00:00:00 GMT", 60000},
        {"", "Sat, 28 Nov 2026 23:58:00 GMT", 0},
        {"", "Sat, 28 ovD 2026 23:59:07 GMT", 0},
        {"", "Sat, 28 Nov 2026 23:59:0", 0},
        {"", "Mon, 01 Jan 9999 00:00:00 GMT", 86400000},
    };
    Str date = STR("Sat, 28 Nov 2026 23:59:00 GMT");
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_int(
            failure_retry_after_ms(str_of(cases[i].milliseconds), str_of(cases[i].other), date),
            cases[i].wait_ms);
    assert_int(failure_retry_after_ms(STR(""), date, STR("")), 0);
}

static void check_keys(Task *task, void *argument)
{
    Fixture *fixture = argument;
    static const struct {
        const char *key;
        const char *message;
    } cases[] = {
        {"wrong-key-123456",
         "refused the key: check that it is valid and may use this model (status 401)"},
        {"poor-key-123456", "has no credit left for this key: add credit there, or use another key "
                            "(status 429): \"You exceeded your current quota\""},
        {"busy-key-123456", "limits how often this key may ask: try again later (status 429): "
                            "\"Rate limit reached\""},
    };
    static const char *const titles[] = {"OpenAI", "Anthropic", "Azure OpenAI", "The local server"};
    for (LlmProvider provider = 0; provider < LLM_PROVIDER_COUNT; provider++) {
        LlmAccount account = fixture_account(fixture, provider);
        EXPECT(task, llm_check_key(task, &fixture->services, &account));
        for (size_t i = 0; i < COUNT_OF(cases); i++) {
            account.key = str_of(cases[i].key);
            EXPECT(task, !llm_check_key(task, &fixture->services, &account));
            EXPECT_STR(task, str_of(task->error.message),
                       arena_printf(task->arena, "%s %s", titles[provider], cases[i].message));
            task_forget_error(task);
        }
    }
    fixture_count_requests(task, fixture);
}

static void test_key_is_checked_at_every_provider(void **state)
{
    fixture_run(*state, check_keys);
}

static void check_one_key(Task *task, void *argument)
{
    Fixture *fixture = argument;
    LlmAccount account = fixture_account(fixture, LLM_OPENAI);
    bool is_good = llm_check_key(task, &fixture->services, &account);
    EXPECT_INT(task, is_good, !task_is_cancelled(task));
}

static void check_quiet(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    EXPECT_INT(task, outgoing_stats(fixture->services.outgoing).in_flight, 0);
}

static void test_cancelled_check_of_a_key_leaves_nothing(void **state)
{
    Fixture *fixture = *state;
    assert_that(
        test_cancel_everywhere(fixture->services.loop, check_one_key, check_quiet, fixture) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals_are_told_in_words_and_not_repeated),
        cmocka_unit_test(test_overload_is_repeated_before_the_first_token),
        cmocka_unit_test(test_answer_that_breaks_off_is_never_repeated),
        cmocka_unit_test(test_answer_without_its_end_was_cut_off),
        cmocka_unit_test(test_silence_ends_an_answer),
        cmocka_unit_test(test_pings_alone_do_not_keep_an_answer_alive),
        cmocka_unit_test(test_server_that_is_not_there_is_unreachable),
        cmocka_unit_test(test_deadline_of_the_task_ends_an_answer),
        cmocka_unit_test(test_retry_after_is_read_in_every_form),
        cmocka_unit_test(test_key_is_checked_at_every_provider),
        cmocka_unit_test(test_cancelled_check_of_a_key_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
