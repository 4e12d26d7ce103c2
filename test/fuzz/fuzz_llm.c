/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the events of an answer, by each wire, and as the body of an error. What a reader
 * gives out keeps its promises, what it wants back can be sent, and an event that means nothing
 * changes nothing.
 */
#include "base/json.h"
#include "engines/llm/llm_wire.h"

static bool is_word(Str text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '_' || c == '-';
        if (!is_plain)
            return false;
    }
    return text.size > 0 && text.size <= LLM_ID_MAX_BYTES;
}

static void check_replay(Arena *arena, LlmWire wire, Str replay)
{
    Str body;
    Error error = {0};
    LlmMessage message = {.role = LLM_ASSISTANT, .replay = replay};
    LlmRequest request = {.messages = &message, .message_count = 1};
    LlmRequestOptions options = {.wire = wire, .model = STR("m")};
    check(str_empty(replay) || replay.size <= LLM_REPLAY_MAX_BYTES);
    check(llm_write_request(arena, &options, &request, &body, &error));
    check(json_parse(arena, body, &error));
}

static void check_event(Arena *arena, LlmWire wire, const LlmEvent *event)
{
    switch (event->kind) {
    case LLM_EVENT_TEXT:
        check(event->text.size > 0 && str_is_utf8(event->text));
        check(str_find_byte(event->text, '\0') == STR_NOT_FOUND);
        break;
    case LLM_EVENT_TOOL_CALL:
        check(is_word(event->call.id) && is_word(event->call.name));
        check(event->call.arguments.size > 0 &&
              event->call.arguments.size <= LLM_ARGUMENTS_MAX_BYTES);
        check(str_is_utf8(event->call.arguments));
        break;
    case LLM_EVENT_END:
        check(event->usage.input >= 0 && event->usage.output >= 0 && event->usage.cached >= 0);
        check_replay(arena, wire, event->replay);
        break;
    }
}

typedef struct {
    LlmWire wire;
    Arena *arena;
    LlmReader *reader;
    StrBuf log;
    bool has_ended;
} Answer;

static void take_all(Answer *answer)
{
    LlmEvent event;
    while (llm_reader_next(answer->reader, &event)) {
        check(!answer->has_ended);
        check_event(answer->arena, answer->wire, &event);
        answer->has_ended = event.kind == LLM_EVENT_END;
        strbuf_printf(&answer->log, "%d|%.*s|%.*s|%.*s|%d|%.*s\n", event.kind, STR_ARGS(event.text),
                      STR_ARGS(event.call.id), STR_ARGS(event.call.arguments), event.stop,
                      STR_ARGS(event.replay));
    }
}

/* Each line is the data of an event. With pauses, an event that means nothing follows each. */
static void read_answer(Answer *answer, Str text, bool pauses)
{
    Str line;
    bool goes_on = true;
    answer->reader = llm_reader_new(answer->arena, answer->wire);
    strbuf_init(&answer->log, 64 << 20);
    while (goes_on && str_next_line(&text, &line)) {
        goes_on = llm_reader_take(answer->reader, STR(""), line);
        take_all(answer);
        if (pauses && goes_on)
            check(llm_reader_take(answer->reader, STR(""), STR("{\"type\":\"ping\"}")));
    }
    goes_on = llm_reader_finish(answer->reader);
    take_all(answer);
    LlmTrouble trouble = llm_reader_trouble(answer->reader);
    check(goes_on == answer->has_ended || trouble.failure != LLM_OK);
    check(str_is_utf8(trouble.quote));
    strbuf_printf(&answer->log, "%d|%.*s", trouble.failure, STR_ARGS(trouble.quote));
}

static void read_twice(LlmWire wire, Str text)
{
    auto_arena Arena *arena = arena_new();
    Answer once = {.wire = wire, .arena = arena};
    Answer again = {.wire = wire, .arena = arena};
    read_answer(&once, text, false);
    read_answer(&again, text, true);
    check(str_equal(strbuf_str(&once.log), strbuf_str(&again.log)));
    strbuf_done(&once.log);
    strbuf_done(&again.log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    Str text = str_make(data + 1, size - 1);
    if (data[0] % 5 < LLM_WIRE_COUNT) {
        read_twice((LlmWire)(data[0] % 5), text);
        return 0;
    }
    auto_arena Arena *arena = arena_new();
    LlmTrouble trouble = llm_trouble_of_answer(arena, 400, text);
    check(trouble.failure != LLM_OK && str_is_utf8(trouble.quote));
    check(str_find(llm_without_secret(arena, trouble.quote, STR("sk-secret")), STR("sk-secret")) ==
          STR_NOT_FOUND);
    return 0;
}
