/* SPDX-License-Identifier: Apache-2.0 */
#include "conversations/event_log.h"

#include "base/json.h"
#include "base/strbuf.h"

#include <stdio.h>

/* A stream's ids are a time in ms and a number within it. One number of both stays exact in
 * JavaScript until the year 2039; 4,096 events in a millisecond are more than Redis can take. */
enum { SEQUENCE_SHIFT = 12, TEXT_PAGES = 64, ID_SIZE = 48 };

/* The turns that are about to end, each as "conversation message", by the time of the note in ms.
 */
#define ENDINGS "events:ending"
#define NOW "local now = redis.call('TIME')\nnow = now[1] * 1000 + math.floor(now[2] / 1000)\n"
/* In place of the start of the running turn. */
#define DELETED "deleted"
#define NO_MESSAGE "00000000-0000-0000-0000-000000000000"

/* KEYS the endings · ARGV the turn. */
static const RedisScript expect_script = {
    "event_log_expect",
    NOW "return redis.call('ZADD', KEYS[1], now, ARGV[1])\n",
};

/* KEYS the endings · ARGV for how long, in ms. */
static const RedisScript overdue_script = {
    "event_log_overdue",
    NOW "return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1], 'LIMIT', 0, 128)\n",
};

/* KEYS the log and the start of the running turn, for each event · ARGV mark, channel, body and
 * message, for each. Returns the id of the event before, and of the event, for each. The end of a
 * turn may come after the start of the next one. An event of a deleted conversation is dropped, so
 * that its log still goes when it should. */
static const RedisScript publish_script = {
    "event_log_publish",
    "local ids = {}\n"
    "local function publish(i)\n"
    "  local log, turn = KEYS[2 * i - 1], KEYS[2 * i]\n"
    "  local mark, channel = ARGV[4 * i - 3], ARGV[4 * i - 2]\n"
    "  local body, message = ARGV[4 * i - 1], ARGV[4 * i]\n"
    "  if mark == '2' then\n"
    "    redis.call('ZREM', '" ENDINGS "', string.sub(log, 22, 57) .. ' ' .. message)\n"
    "  end\n"
    "  local running = redis.call('GET', turn)\n"
    "  if running == '" DELETED "' then return '0-0', '0-0' end\n"
    "  local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]\n"
    "  local before = last and last[1] or '0-0'\n"
    "  local id = redis.call('XADD', log, 'MAXLEN', '~', 4096, '*', 'b', before, 'e', body)\n"
    "  if mark == '2' then redis.call('EXPIRE', log, 300)\n"
    "  elseif mark == '1' or not last then redis.call('EXPIRE', log, 3600) end\n"
    "  if mark == '1' then redis.call('SET', turn, before .. ' ' .. message, 'EX', 3600)\n"
    "  elseif mark == '2' and running and\n"
    "    (message == '" NO_MESSAGE "' or string.sub(running, -36) == message) then\n"
    "    redis.call('DEL', turn)\n"
    "  end\n"
    "  redis.call('PUBLISH', channel, before .. ' ' .. id .. ' ' .. body)\n"
    "  return before, id\n"
    "end\n"
    "for i = 1, #KEYS / 2 do ids[2 * i - 1], ids[2 * i] = publish(i) end\n"
    "return ids\n",
};

/* KEYS the log · ARGV the first id. Returns the events, and the newest id if there are none. */
static const RedisScript read_script = {
    "event_log_read",
    "local events = redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', 128)\n"
    "if #events > 0 then return {events, '0-0'} end\n"
    "local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]\n"
    "return {events, last and last[1] or '0-0'}\n",
};

/* KEYS the log and the start of the running turn. */
static const RedisScript start_script = {
    "event_log_start",
    "local turn = redis.call('GET', KEYS[2])\n"
    "if turn and turn ~= '" DELETED "' then return string.sub(turn, 1, -38) end\n"
    "local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]\n"
    "return last and last[1] or '0-0'\n",
};

/* KEYS the log and the start of the running turn. */
static const RedisScript forget_script = {
    "event_log_forget",
    "redis.call('SET', KEYS[2], '" DELETED "', 'EX', 3600)\n"
    "return redis.call('EXPIRE', KEYS[1], 60)\n",
};

static Str log_key(Arena *arena, const Uuid *conversation_id)
{
    char id[UUID_TEXT_SIZE];
    return arena_printf(arena, "events:conversation:{%s}", uuid_write(conversation_id, id));
}

static Str turn_key(Arena *arena, const Uuid *conversation_id)
{
    char id[UUID_TEXT_SIZE];
    return arena_printf(arena, "events:turn:{%s}", uuid_write(conversation_id, id));
}

Str event_log_channel(Arena *arena, const Uuid *conversation_id)
{
    char id[UUID_TEXT_SIZE];
    return arena_printf(arena, "ws:conversation:%s", uuid_write(conversation_id, id));
}

static bool parse_id(Str id, uint64_t *out_sequence)
{
    uint64_t time_ms = 0;
    uint64_t number = 0;
    size_t dash = str_find_byte(id, '-');
    if (dash == STR_NOT_FOUND || !str_parse_u64(str_slice(id, 0, dash), &time_ms) ||
        !str_parse_u64(str_from(id, dash + 1), &number))
        return false;
    *out_sequence = (time_ms << SEQUENCE_SHIFT) + number;
    return true;
}

static Str write_id(uint64_t sequence, char out[ID_SIZE])
{
    int size = snprintf(out, ID_SIZE, "%llu-%llu", (unsigned long long)(sequence >> SEQUENCE_SHIFT),
                        (unsigned long long)(sequence & ((1u << SEQUENCE_SHIFT) - 1)));
    return str_make(out, (size_t)size);
}

static bool fail_malformed(Task *task)
{
    return task_fail(task, ERR_INTERNAL, "the log of a conversation's events is malformed");
}

bool event_log_publish(Task *task, Redis *redis, const NewEvent *events, size_t count,
                       LoggedEvent *out_events)
{
    static const char *const marks[] = {"0", "1", "2"};
    Str *keys = ARENA_ARRAY(task->arena, Str, 2 * count);
    Str *args = ARENA_ARRAY(task->arena, Str, 4 * count);
    RedisReply reply;
    check(count <= EVENT_LOG_BATCH);
    for (size_t i = 0; i < count; i++) {
        check(events[i].body.size > 2 && events[i].body.data[0] == '{');
        keys[2 * i] = log_key(task->arena, &events[i].conversation_id);
        keys[2 * i + 1] = turn_key(task->arena, &events[i].conversation_id);
        args[4 * i] = str_of(marks[events[i].mark]);
        args[4 * i + 1] = event_log_channel(task->arena, &events[i].conversation_id);
        args[4 * i + 2] = events[i].body;
        args[4 * i + 3] = uuid_str(task->arena, &events[i].message_id);
    }
    if (!redis_script(task, redis, &publish_script, (RedisArgs){keys, 2 * count},
                      (RedisArgs){args, 4 * count}, &reply))
        return false;
    for (size_t i = 0; i < count; i++) {
        out_events[i].body = events[i].body;
        if (reply.count != 2 * count ||
            !parse_id(reply.items[2 * i].str, &out_events[i].previous) ||
            !parse_id(reply.items[2 * i + 1].str, &out_events[i].sequence))
            return fail_malformed(task);
    }
    return true;
}

/* Parses an entry of XRANGE: id, [b, before, e, body]. */
static bool parse_entry(const RedisReply *entry, LoggedEvent *out_event)
{
    if (entry->count != 2 || entry->items[1].count != 4)
        return false;
    const RedisReply *fields = entry->items[1].items;
    out_event->body = fields[3].str;
    return parse_id(entry->items[0].str, &out_event->sequence) &&
           parse_id(fields[1].str, &out_event->previous);
}

bool event_log_read(Task *task, Redis *redis, const Uuid *conversation_id, uint64_t after,
                    EventLogPage *out_page)
{
    char id[ID_SIZE];
    RedisReply reply;
    EventLogPage page = {0};
    if (!redis_script(task, redis, &read_script, REDIS_ARGS(log_key(task->arena, conversation_id)),
                      REDIS_ARGS(write_id(after + 1, id)), &reply))
        return false;
    if (reply.count != 2 || !parse_id(reply.items[1].str, &page.last))
        return fail_malformed(task);
    page.count = reply.items[0].count;
    LoggedEvent *events = ARENA_ARRAY(task->arena, LoggedEvent, page.count);
    for (size_t i = 0; i < page.count; i++)
        if (!parse_entry(&reply.items[0].items[i], &events[i]))
            return fail_malformed(task);
    page.events = events;
    /* The log may have been trimmed, or it was lost and perhaps started again. */
    page.has_gap = page.count > 0 ? events[0].previous != after : page.last != after;
    if (page.count > 0)
        page.last = events[page.count - 1].sequence;
    *out_page = page;
    return true;
}

bool event_log_find_start(Task *task, Redis *redis, const Uuid *conversation_id,
                          uint64_t *out_after)
{
    RedisReply reply;
    RedisArgs keys =
        REDIS_ARGS(log_key(task->arena, conversation_id), turn_key(task->arena, conversation_id));
    if (!redis_script(task, redis, &start_script, keys, (RedisArgs){0}, &reply))
        return false;
    return parse_id(reply.str, out_after) || fail_malformed(task);
}

typedef struct {
    Str message_id;
    StrBuf text;
    uint32_t offset;
    bool has_begun;
} TextReader;

/* Takes a chunk of the message. Chunks follow one another; one that does not is ignored. */
static void take_chunk(Arena *arena, TextReader *reader, Str body)
{
    Error error = {0};
    Str content;
    int64_t offset = -1;
    const JsonValue *event = json_parse(arena, body, &error);
    if (!str_equal(json_str_or(event, "type", STR("")), STR("message_chunk")) ||
        !str_equal(json_str_or(event, "message_id", STR("")), reader->message_id) ||
        !json_get_i64(event, "offset", &offset) || !json_get_str(event, "content", &content) ||
        offset < 0 || offset > INT32_MAX)
        return;
    if (!reader->has_begun)
        reader->offset = (uint32_t)offset;
    reader->has_begun = true;
    if ((uint64_t)offset == reader->offset + reader->text.size)
        strbuf_append(&reader->text, content);
}

bool event_log_read_text(Task *task, Redis *redis, const Uuid *conversation_id,
                         const Uuid *message_id, uint32_t *out_offset, Str *out_text)
{
    bool done = true;
    EventLogPage page = {.count = EVENT_LOG_BATCH};
    TextReader reader = {.message_id = uuid_str(task->arena, message_id)};
    strbuf_init(&reader.text, EVENT_BODY_MAX_BYTES * TEXT_PAGES);
    uint64_t after = 0;
    for (int i = 0; done && page.count == EVENT_LOG_BATCH && i < TEXT_PAGES; i++) {
        ArenaMark mark = arena_mark(task->arena);
        done = event_log_read(task, redis, conversation_id, after, &page);
        for (size_t j = 0; done && j < page.count; j++) {
            take_chunk(task->arena, &reader, page.events[j].body);
            after = page.events[j].sequence;
        }
        arena_reset(task->arena, mark);
    }
    if (done) {
        *out_offset = reader.offset;
        *out_text = arena_copy(task->arena, strbuf_str(&reader.text));
    }
    strbuf_done(&reader.text);
    return done;
}

bool event_log_expect_end(Task *task, Redis *redis, const LoggedTurn *turn)
{
    RedisReply reply;
    char conversation[UUID_TEXT_SIZE];
    char message[UUID_TEXT_SIZE];
    Str note = arena_printf(task->arena, "%s %s", uuid_write(&turn->conversation_id, conversation),
                            uuid_write(&turn->message_id, message));
    return redis_script(task, redis, &expect_script, REDIS_ARGS(STR(ENDINGS)), REDIS_ARGS(note),
                        &reply);
}

bool event_log_find_overdue(Task *task, Redis *redis, uint32_t overdue_ms, LoggedTurn **out_turns,
                            size_t *out_count)
{
    RedisReply reply;
    size_t count = 0;
    if (!redis_script(task, redis, &overdue_script, REDIS_ARGS(STR(ENDINGS)),
                      REDIS_ARGS(arena_printf(task->arena, "%u", overdue_ms)), &reply))
        return false;
    LoggedTurn *turns = ARENA_ARRAY(task->arena, LoggedTurn, reply.count);
    for (size_t i = 0; i < reply.count; i++) {
        Str note = reply.items[i].str;
        size_t space = str_find_byte(note, ' ');
        if (space != STR_NOT_FOUND &&
            uuid_parse(str_slice(note, 0, space), &turns[count].conversation_id) &&
            uuid_parse(str_from(note, space + 1), &turns[count].message_id))
            count++;
    }
    *out_turns = turns;
    *out_count = count;
    return true;
}

bool event_log_forget(Task *task, Redis *redis, const Uuid *conversation_id)
{
    RedisReply reply;
    RedisArgs keys =
        REDIS_ARGS(log_key(task->arena, conversation_id), turn_key(task->arena, conversation_id));
    return redis_script(task, redis, &forget_script, keys, (RedisArgs){0}, &reply);
}

bool event_log_parse(Str payload, LoggedEvent *out_event)
{
    LoggedEvent event;
    size_t first = str_find_byte(payload, ' ');
    if (first == STR_NOT_FOUND)
        return false;
    Str rest = str_from(payload, first + 1);
    size_t second = str_find_byte(rest, ' ');
    if (second == STR_NOT_FOUND || !parse_id(str_slice(payload, 0, first), &event.previous) ||
        !parse_id(str_slice(rest, 0, second), &event.sequence))
        return false;
    event.body = str_from(rest, second + 1);
    *out_event = event;
    return event.body.size > 2 && event.body.data[0] == '{';
}
