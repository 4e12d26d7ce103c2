/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/llm/llm_testing.h"

#include "base/strbuf.h"
#include "harness/asserts.h"

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

static Str event_text(Arena *arena, const LlmEvent *event)
{
    const LlmToolCall *call = &event->call;
    const LlmUsage *usage = &event->usage;
    if (event->kind == LLM_EVENT_TEXT)
        return arena_printf(arena, "text(%.*s)", STR_ARGS(event->text));
    if (event->kind == LLM_EVENT_TOOL_CALL)
        return arena_printf(arena, "call(%.*s,%.*s,%.*s)", STR_ARGS(call->id), STR_ARGS(call->name),
                            STR_ARGS(call->arguments));
    if (!usage->known)
        return arena_printf(arena, "end(%s)", stops[event->stop]);
    return arena_printf(arena, "end(%s,%lld,%lld,%lld)", stops[event->stop],
                        (long long)usage->input, (long long)usage->output,
                        (long long)usage->cached);
}

static void take_all(Arena *arena, LlmReader *reader, StrBuf *log, Str *replay)
{
    LlmEvent event;
    while (llm_reader_next(reader, &event)) {
        if (log->size)
            strbuf_append_byte(log, ' ');
        strbuf_append(log, event_text(arena, &event));
        if (event.kind == LLM_EVENT_END)
            *replay = arena_copy(arena, event.replay);
    }
}

static Str read_all(Arena *arena, LlmWire wire, const TestEvent *events, Str *replay)
{
    auto_strbuf StrBuf log = {0};
    LlmReader *reader = llm_reader_new(arena, wire);
    bool goes_on = true;
    strbuf_init(&log, 64 << 20);
    for (; goes_on && events->data; events++) {
        goes_on = llm_reader_take(reader, str_of(events->type), str_of(events->data));
        take_all(arena, reader, &log, replay);
    }
    if (goes_on) {
        goes_on = llm_reader_finish(reader);
        take_all(arena, reader, &log, replay);
    }
    LlmTrouble trouble = llm_reader_trouble(reader);
    if (!goes_on)
        strbuf_printf(&log, "%s%s(%.*s)", log.size ? " " : "", failures[trouble.failure],
                      STR_ARGS(trouble.quote));
    assert_int(goes_on, llm_reader_is_done(reader));
    return arena_copy(arena, strbuf_str(&log));
}

Str llm_test_read(Arena *arena, LlmWire wire, const TestEvent *events)
{
    Str replay;
    return read_all(arena, wire, events, &replay);
}

Str llm_test_replay(Arena *arena, LlmWire wire, const TestEvent *events)
{
    Str replay = STR("");
    (void)read_all(arena, wire, events, &replay);
    return replay;
}

Str llm_test_write(Arena *arena, LlmWire wire, LlmProvider provider, const LlmRequest *request)
{
    Str body;
    Error error = {0};
    LlmRequestOptions options = {
        .wire = wire, .provider = provider, .model = STR("m"), .context_tokens = 8192};
    if (!llm_write_request(arena, &options, request, &body, &error))
        return arena_copy(arena, str_of(error.message));
    return body;
}
