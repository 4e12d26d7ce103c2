/* SPDX-License-Identifier: Apache-2.0 */
#include "app/chat/follow.h"

#include "net/outgoing/event_parser.h"
#include "task/clock.h"

enum { EVENT_MAX_BYTES = 1024 * 1024, PATIENCE_MS = 600 * 1000, GAP_POLL_MS = 300 };

/* What follows from an event, or from the end of a connection. */
typedef enum { GOES_ON, HAS_ENDED, IS_LOST, HAS_FAILED } Outcome;

static Str text_of(const JsonValue *value, const char *key)
{
    return json_str_or(value, key, STR(""));
}

static bool is_type(const JsonValue *event, const char *type)
{
    return str_equal(text_of(event, "type"), str_of(type));
}

/* Gives out the part of the text that is new. There must be no gap before it. */
static void give_text(Follow *follow, uint64_t offset, Str text)
{
    check(offset <= follow->text_bytes);
    uint64_t known = follow->text_bytes - offset;
    if (known >= text.size)
        return;
    Str added = str_from(text, (size_t)known);
    follow->sink.text(follow->sink.context, follow->text_bytes, added);
    follow->text_bytes += added.size;
}

/* Reads the message as it is stored, which gives what the events have not. */
static Outcome read_message(Task *task, Follow *follow)
{
    CallerRequest request = {.method = "GET",
                             .path = arena_printf(task->arena, "/api/v1/chat/messages/%.*s",
                                                  STR_ARGS(follow->message_id))};
    const JsonValue *message = caller_json(task, follow->caller, &request);
    if (!message)
        return IS_LOST;
    give_text(follow, 0, text_of(message, "content"));
    if (str_equal(text_of(message, "state"), STR("streaming")))
        return GOES_ON;
    follow->message = message;
    return HAS_ENDED;
}

/* An answer is stored about every second while it is written. */
static Outcome fill_gap(Task *task, Follow *follow, uint64_t offset)
{
    Outcome outcome = GOES_ON;
    while (outcome == GOES_ON && follow->text_bytes < offset) {
        outcome = read_message(task, follow);
        if (outcome == GOES_ON && follow->text_bytes < offset && !task_sleep(task, GAP_POLL_MS))
            outcome = HAS_FAILED;
    }
    return outcome;
}

static Outcome take_chunk(Task *task, Follow *follow, const JsonValue *event)
{
    int64_t offset = json_i64_or(event, "offset", 0);
    Outcome outcome = fill_gap(task, follow, (uint64_t)MAX_OF(offset, (int64_t)0));
    if (outcome == GOES_ON)
        give_text(follow, (uint64_t)MAX_OF(offset, (int64_t)0), text_of(event, "content"));
    return outcome;
}

static Outcome take_other(Task *task, Follow *follow, const JsonValue *event, Str json)
{
    bool is_anonymous = str_empty(text_of(event, "message_id"));
    if (is_type(event, "reload"))
        return read_message(task, follow);
    if (is_type(event, "conversation_deleted")) {
        task_fail(task, ERR_NOT_FOUND, "the conversation was deleted");
        return HAS_FAILED;
    }
    if (is_type(event, "error") && is_anonymous) {
        task_fail(task, ERR_UNAVAILABLE, "%.*s", STR_ARGS(text_of(event, "message")));
        return IS_LOST;
    }
    follow->sink.event(follow->sink.context, event, json);
    return is_type(event, "message_completed") || is_type(event, "error") ? HAS_ENDED : GOES_ON;
}

/* Events without a message concern the conversation, such as its title. */
static Outcome take_event(Task *task, Follow *follow, Str json)
{
    const JsonValue *event = json_parse(task->arena, json, &task->error);
    if (!event)
        return HAS_FAILED;
    Outcome outcome = GOES_ON;
    int64_t sequence = json_i64_or(event, "seq", 0);
    Str message_id = text_of(event, "message_id");
    if (sequence > 0 && follow->has_after && (uint64_t)sequence <= follow->after)
        return GOES_ON;
    if (!str_empty(message_id) && !str_equal(message_id, follow->message_id))
        outcome = GOES_ON;
    else if (is_type(event, "message_chunk"))
        outcome = take_chunk(task, follow, event);
    else
        outcome = take_other(task, follow, event, json);
    if (sequence > 0 && outcome != IS_LOST) {
        follow->after = (uint64_t)sequence;
        follow->has_after = true;
    }
    return outcome;
}

static Outcome take_part(Task *task, Follow *follow, EventParser *parser, Str part)
{
    ParsedEvent event;
    EventParserResult result;
    Outcome outcome = GOES_ON;
    while (outcome == GOES_ON &&
           (result = event_parser_take(parser, &part, &event)) != EVENT_PARSER_MORE) {
        ArenaMark mark = arena_mark(task->arena);
        if (result == EVENT_PARSER_TOO_LARGE) {
            task_fail(task, ERR_FILE_TOO_LARGE, "the server sent an event that is too large");
            return HAS_FAILED;
        }
        outcome = take_event(task, follow, event.data);
        if (!follow->message)
            arena_reset(task->arena, mark);
    }
    return outcome;
}

static Outcome read_events(Task *task, Follow *follow, OutgoingCall *call)
{
    Str part;
    EventParser parser;
    Outcome outcome = GOES_ON;
    event_parser_init(&parser, EVENT_MAX_BYTES);
    while (outcome == GOES_ON) {
        if (!outgoing_call_read(task, call, &part)) {
            outcome = IS_LOST;
        } else if (str_empty(part)) {
            task_fail(task, ERR_UNAVAILABLE, "the connection has ended");
            outcome = IS_LOST;
        } else {
            outcome = take_part(task, follow, &parser, part);
        }
    }
    event_parser_done(&parser);
    return outcome;
}

static Outcome read_stream(Task *task, Follow *follow)
{
    Str after = follow->has_after
                    ? arena_printf(task->arena, "?after=%llu", (unsigned long long)follow->after)
                    : STR("");
    CallerRequest request = {
        .method = "GET",
        .path = arena_printf(task->arena, "/api/v1/chat/conversations/%.*s/events%.*s",
                             STR_ARGS(follow->conversation_id), STR_ARGS(after)),
        .accept = STR("text/event-stream")};
    OutgoingCall *call = caller_send(task, follow->caller, &request);
    Outcome outcome = call ? read_events(task, follow, call) : IS_LOST;
    outgoing_call_end(call);
    return outcome;
}

/* The end may have passed while nobody listened, so the message is asked first, except at the
 * position that the caller has given. */
static Outcome connect_once(Task *task, Follow *follow, bool is_first)
{
    Outcome outcome = is_first && follow->has_after ? GOES_ON : read_message(task, follow);
    if (outcome == GOES_ON)
        outcome = read_stream(task, follow);
    if (outcome == HAS_ENDED && !follow->message)
        outcome = read_message(task, follow) == HAS_ENDED ? HAS_ENDED : IS_LOST;
    return outcome;
}

/* Waits before the next connection. An answer that grows meanwhile gives new patience. */
static bool wait_to_repeat(Task *task, Follow *follow, uint32_t attempt)
{
    Error why = task->error;
    if (!task->error.code)
        task_fail(task, ERR_UNAVAILABLE, "the connection has ended");
    if (task->error.code == ERR_RATE_LIMIT_EXCEEDED)
        task->error.code = ERR_UNAVAILABLE; /* reading on may wait, for as long as it takes */
    if (!caller_wait_to_repeat(task, attempt))
        return false;
    if (attempt == 1)
        follow->sink.lost(follow->sink.context, &why);
    return true;
}

bool follow_answer(Task *task, Follow *follow)
{
    uint32_t attempt = 0;
    uint64_t known_bytes = follow->text_bytes;
    uint64_t progress_ms = loop_now_ms(task->loop);
    follow->message = NULL;
    for (bool is_first = true;; is_first = false) {
        ArenaMark mark = arena_mark(task->arena);
        Outcome outcome = connect_once(task, follow, is_first);
        if (outcome == HAS_ENDED)
            return true;
        if (outcome == HAS_FAILED)
            return false;
        if (follow->text_bytes > known_bytes) {
            known_bytes = follow->text_bytes;
            progress_ms = loop_now_ms(task->loop);
            attempt = 0;
        }
        if (loop_now_ms(task->loop) - progress_ms > PATIENCE_MS ||
            !wait_to_repeat(task, follow, attempt++))
            return false;
        arena_reset(task->arena, mark);
    }
}
