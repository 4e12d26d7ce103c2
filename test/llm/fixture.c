/* SPDX-License-Identifier: Apache-2.0 */
#include "llm/fixture.h"

#include "base/log.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char *const stops[] = {
    [LLM_STOP_END] = "end",         [LLM_STOP_TOOLS] = "tools",   [LLM_STOP_LENGTH] = "length",
    [LLM_STOP_REFUSAL] = "refusal", [LLM_STOP_FILTER] = "filter",
};

static const char *const failures[] = {
    [LLM_OK] = "ok",
    [LLM_KEY_REFUSED] = "key refused",
    [LLM_NO_CREDIT] = "no credit",
    [LLM_LIMITED] = "limited",
    [LLM_OVERLOADED] = "overloaded",
    [LLM_BAD_REQUEST] = "bad request",
    [LLM_TOO_LONG] = "too long",
    [LLM_UNREACHABLE] = "unreachable",
    [LLM_SILENT] = "silent",
    [LLM_BROKEN] = "broken",
};

void fixture_set(Fixture *fixture, const char *name, const char *value)
{
    Error error = {0};
    if (!config_set(fixture->settings, name, str_of(value), &error))
        fail_msg("%s", error.message);
}

void fixture_unset(Fixture *fixture)
{
    Str origin = arena_printf(fixture->arena, "http://127.0.0.1:%u", played_port(fixture->played));
    Str base = arena_printf(fixture->arena, "%s/v1", origin.data);
    fixture_set(fixture, "NETGURU_LLM_OPENAI_URL", base.data);
    fixture_set(fixture, "NETGURU_LLM_ANTHROPIC_URL", origin.data);
    fixture_set(fixture, "NETGURU_LLM_ANTHROPIC_VERSION", "2026-10-21");
    fixture_set(fixture, "NETGURU_LLM_AZURE_URLS", origin.data);
    fixture_set(fixture, "NETGURU_LLM_LOCAL_URLS", origin.data);
    fixture_set(fixture, "NETGURU_LLM_FIRST_TOKEN_MS", "60000");
    fixture_set(fixture, "NETGURU_LLM_IDLE_MS", "60000");
    fixture_set(fixture, "NETGURU_LLM_MODELS", "");
}

int fixture_open(void **state)
{
    Error error = {0};
    Fixture *fixture = MEM_NEW(Fixture);
    log_setup(LOG_ERROR + 1, LOG_AS_TEXT);
    fixture->arena = arena_new();
    fixture->settings = config_load(fixture->arena, &error);
    fixture->played = played_start();
    fixture->services.settings = fixture->settings;
    fixture->services.loop = loop_new(&(LoopOptions){0});
    fixture->services.outgoing =
        outgoing_new(fixture->services.loop, &(OutgoingOptions){0}, &error);
    check(fixture->settings && fixture->services.outgoing);
    fixture_unset(fixture);
    *state = fixture;
    return 0;
}

int fixture_close(void **state)
{
    Fixture *fixture = *state;
    outgoing_free(fixture->services.outgoing);
    loop_run(fixture->services.loop);
    loop_free(fixture->services.loop);
    played_stop(fixture->played);
    arena_free(fixture->arena);
    mem_free(fixture);
    return 0;
}

void fixture_run(Fixture *fixture, TaskMain *body)
{
    test_run(fixture->services.loop, body, fixture);
    OutgoingStats stats = outgoing_stats(fixture->services.outgoing);
    assert_int(stats.in_flight, 0);
    assert_int(stats.waiting, 0);
    fixture_unset(fixture);
}

LlmAccount fixture_account(const Fixture *fixture, LlmProvider provider)
{
    LlmAccount account = {.provider = provider, .key = STR(FIXTURE_KEY), .model = STR("played")};
    if (provider == LLM_AZURE || provider == LLM_LOCAL)
        account.base_url =
            arena_printf(fixture->arena, "http://127.0.0.1:%u", played_port(fixture->played));
    if (provider == LLM_AZURE) {
        account.deployment = STR("d1");
        account.api_version = STR("2024-10-21");
    }
    return account;
}

LlmAccount fixture_ollama(Fixture *fixture)
{
    LlmAccount account = fixture_account(fixture, LLM_LOCAL);
    fixture_set(fixture, "NETGURU_LLM_LOCAL_URLS",
                arena_printf(fixture->arena, "%.*s/api", STR_ARGS(account.base_url)).data);
    return account;
}

LlmRequest fixture_question(void)
{
    static const LlmMessage question = {.role = LLM_USER, .text = STR_INIT("Why?")};
    return (LlmRequest){.system = STR("Be brief."), .messages = &question, .message_count = 1};
}

static void write_event(StrBuf *log, const LlmEvent *event)
{
    const LlmToolCall *call = &event->call;
    if (log->size)
        strbuf_append_byte(log, ' ');
    if (event->kind == LLM_EVENT_TEXT)
        strbuf_printf(log, "text(%.*s)", STR_ARGS(event->text));
    else if (event->kind == LLM_EVENT_TOOL_CALL)
        strbuf_printf(log, "call(%.*s,%.*s,%.*s)", STR_ARGS(call->id), STR_ARGS(call->name),
                      STR_ARGS(call->arguments));
    else if (event->usage.known)
        strbuf_printf(log, "end(%s,%lld,%lld,%lld)", stops[event->stop],
                      (long long)event->usage.input, (long long)event->usage.output,
                      (long long)event->usage.cached);
    else
        strbuf_printf(log, "end(%s)", stops[event->stop]);
}

static Str failure_text(Task *task, StrBuf *log, LlmFailure failure)
{
    strbuf_printf(log, "%s%s: %s", log->size ? " " : "", failures[failure], task->error.message);
    if (task->error.retry_after_s)
        strbuf_printf(log, " [%u s]", task->error.retry_after_s);
    EXPECT(task, str_find(strbuf_str(log), STR(FIXTURE_KEY)) == STR_NOT_FOUND, STR(""));
    if (task->error.code != ERR_CANCELLED)
        task_forget_error(task);
    return arena_copy(task->arena, strbuf_str(log));
}

Str fixture_ask_as(Task *task, Fixture *fixture, const LlmAccount *account,
                   const LlmRequest *request)
{
    LlmEvent event;
    LlmFailure failure = LLM_BROKEN;
    auto_strbuf StrBuf log = {0};
    strbuf_init(&log, 16 << 20);
    LlmStream *stream = llm_stream_start(task, &fixture->services, account, request, &failure);
    if (!stream)
        return failure_text(task, &log, failure);
    EXPECT_INT(task, failure, LLM_OK, STR(""));
    do {
        if (!llm_stream_next(task, stream, &event)) {
            failure = llm_stream_failure(stream);
            llm_stream_end(stream);
            return failure_text(task, &log, failure);
        }
        write_event(&log, &event);
    } while (event.kind != LLM_EVENT_END);
    llm_stream_end(stream);
    return arena_copy(task->arena, strbuf_str(&log));
}

Str fixture_ask(Task *task, Fixture *fixture, LlmProvider provider, const char *script)
{
    LlmAccount account = fixture_account(fixture, provider);
    LlmRequest request = fixture_question();
    EXPECT(task, played_script(task, fixture->services.outgoing, fixture->played, script), STR(""));
    return fixture_ask_as(task, fixture, &account, &request);
}

size_t fixture_count_requests(Task *task, Fixture *fixture)
{
    Outgoing *outgoing = fixture->services.outgoing;
    const JsonValue *requests = played_requests(task, outgoing, fixture->played);
    EXPECT(task, requests, 0);
    EXPECT(task, played_reset(task, outgoing, fixture->played), 0);
    return requests->count;
}
