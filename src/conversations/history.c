/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache holds the last messages of one branch. A message never changes once it is final, nor
 * does the branch before it, so the cache is right for a branch if and only if it ends with the
 * branch's last message: it needs no invalidation to be right. It is dropped when the conversation
 * is deleted, so that its text does not stay; the generation keeps a slow reader from bringing it
 * back.
 */
#include "conversations/internal.h"

#include "base/json.h"

#define TTL_S "3600"

enum { ENTRY_MAX_BYTES = 6 * TURN_MAX_TEXT_BYTES + 1024, CACHED_BYTES = 1024 * 1024 };

DB_STATEMENT load_branch = {
    "history_load",
    "WITH RECURSIVE branch AS ("
    " SELECT id, parent_id, role, content, state, 1 AS depth FROM messages"
    "  WHERE id = $2 AND conversation_id = $1"
    " UNION ALL"
    " SELECT m.id, m.parent_id, m.role, m.content, m.state, b.depth + 1"
    "  FROM branch AS b JOIN messages AS m ON m.id = b.parent_id WHERE b.depth < $3::int)"
    " SELECT id, role = 'user', content, state FROM branch ORDER BY depth DESC",
};

/* KEYS cache, generation · Returns the generation and the entries. */
static const RedisScript read_script = {
    "history_read",
    "return {redis.call('GET', KEYS[2]) or '0', redis.call('LRANGE', KEYS[1], 0, -1)}\n",
};

/* KEYS cache, generation · ARGV the generation that was read, entries */
static const RedisScript fill_script = {
    "history_fill",
    "if (redis.call('GET', KEYS[2]) or '0') ~= ARGV[1] then return 0 end\n"
    "redis.call('DEL', KEYS[1])\n"
    "for i = 2, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[i]) end\n"
    "redis.call('EXPIRE', KEYS[1], " TTL_S ")\n"
    "return 1\n",
};

/* KEYS cache, generation · ARGV the limit, the id that the cache must end with (or that it must be
 * empty), entries. An entry begins with {"id":"…". There is a generation only after the
 * conversation was deleted. */
static const RedisScript append_script = {
    "history_append",
    "if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end\n"
    "local last = redis.call('LINDEX', KEYS[1], -1)\n"
    "local id = last and string.sub(last, 8, 43) or ''\n"
    "if id ~= ARGV[2] then return 0 end\n"
    "redis.call('RPUSH', KEYS[1], ARGV[3], ARGV[4])\n"
    "redis.call('LTRIM', KEYS[1], -ARGV[1], -1)\n"
    "redis.call('EXPIRE', KEYS[1], " TTL_S ")\n"
    "return 1\n",
};

static const RedisScript forget_script = {
    "history_forget",
    "redis.call('DEL', KEYS[1])\n"
    "redis.call('INCR', KEYS[2])\n"
    "redis.call('EXPIRE', KEYS[2], " TTL_S ")\n"
    "return 1\n",
};

typedef struct {
    Str items[2];
} CacheKeys;

static CacheKeys cache_keys(Arena *arena, const Uuid *conversation_id)
{
    char id[UUID_TEXT_SIZE];
    uuid_write(conversation_id, id);
    return (CacheKeys){{arena_printf(arena, "cache:conversation:{%s}", id),
                        arena_printf(arena, "cache:generation:{%s}", id)}};
}

static Str write_entry(Arena *arena, const HistoryMessage *message)
{
    Str text;
    JsonWriter *json = json_writer_new(arena, ENTRY_MAX_BYTES);
    json_begin_object(json);
    json_field_str(json, "id", uuid_str(arena, &message->id));
    json_field_bool(json, "user", message->is_user);
    json_field_str(json, "state", message->state);
    json_field_str(json, "content", message->content);
    json_end(json);
    check(json_writer_text(json, &text));
    return text;
}

/* Reads one escape of json_escape, without its backslash. Returns its size, or 0. */
static size_t read_escape(Str rest, char *out_byte)
{
    static const char forms[] = {['"'] = '"',  ['\\'] = '\\', ['b'] = '\b', ['f'] = '\f',
                                 ['n'] = '\n', ['r'] = '\r',  ['t'] = '\t'};
    uint64_t code = 0;
    unsigned char form = str_empty(rest) ? 0 : (unsigned char)rest.data[0];
    if (form < sizeof(forms) && forms[form]) {
        *out_byte = forms[form];
        return 1;
    }
    if (form != 'u' || rest.size < 5 || !str_parse_hex(str_slice(rest, 1, 4), &code) || code > 0x7F)
        return 0;
    *out_byte = (char)code;
    return 5;
}

/* Returns the text of a JSON string as json_escape writes it. */
static bool unescape(Arena *arena, Str escaped, Str *out_text)
{
    size_t size = 0;
    *out_text = escaped;
    if (str_find_byte(escaped, '\\') == STR_NOT_FOUND)
        return true;
    char *text = arena_alloc(arena, escaped.size);
    while (!str_empty(escaped)) {
        size_t run = MIN_OF(str_find_byte(escaped, '\\'), escaped.size);
        memcpy(text + size, escaped.data, run);
        size += run;
        escaped = str_from(escaped, run);
        if (str_empty(escaped))
            break;
        size_t used = read_escape(str_from(escaped, 1), &text[size++]);
        if (used == 0)
            return false;
        escaped = str_from(escaped, 1 + used);
    }
    *out_text = str_make(text, size);
    return true;
}

static bool take(Str *rest, Str expected)
{
    if (!str_starts_with(*rest, expected))
        return false;
    *rest = str_from(*rest, expected.size);
    return true;
}

/* Reads an entry exactly as write_entry writes it, at a tenth of the cost of any JSON. */
static bool read_written(Arena *arena, Str entry, HistoryMessage *out_message)
{
    HistoryMessage message = {0};
    if (!take(&entry, STR("{\"id\":\"")) || !uuid_parse(str_slice(entry, 0, 36), &message.id))
        return false;
    entry = str_from(entry, 36);
    message.is_user = str_starts_with(entry, STR("\",\"user\":true,"));
    if (!take(&entry, message.is_user ? STR("\",\"user\":true,") : STR("\",\"user\":false,")) ||
        !take(&entry, STR("\"state\":\"")))
        return false;
    message.state = str_slice(entry, 0, str_find_byte(entry, '"'));
    entry = str_from(entry, message.state.size);
    if (!take(&entry, STR("\",\"content\":\"")) || !str_ends_with(entry, STR("\"}")) ||
        !unescape(arena, str_slice(entry, 0, entry.size - 2), &message.content))
        return false;
    *out_message = message;
    return true;
}

static bool read_entry(Arena *arena, Str entry, HistoryMessage *out_message)
{
    if (read_written(arena, entry, out_message))
        return true;
    Error error = {0};
    const JsonValue *value = json_parse(arena, entry, &error);
    const JsonValue *user = json_get(value, "user");
    HistoryMessage message = {0};
    if (!user || user->type != JSON_IS_BOOL ||
        !uuid_parse(json_str_or(value, "id", STR("")), &message.id) ||
        !json_get_str(value, "state", &message.state) ||
        !json_get_str(value, "content", &message.content))
        return false;
    message.is_user = user->boolean;
    *out_message = message;
    return true;
}

/* Reads the cache. Returns false when it does not end with that message, or cannot be read. */
static bool read_cache(Arena *arena, const RedisReply *entries, const Uuid *last_id,
                       History *out_history)
{
    HistoryMessage last;
    size_t count = entries->count;
    if (count == 0 || !read_entry(arena, entries->items[count - 1].str, &last) ||
        !uuid_equal(&last.id, last_id))
        return false;
    HistoryMessage *messages = ARENA_ARRAY(arena, HistoryMessage, count);
    for (size_t i = 0; i < count; i++)
        if (!read_entry(arena, entries->items[i].str, &messages[i]))
            return false;
    *out_history = (History){messages, count};
    return true;
}

static bool load_rows(Task *task, Db *db, const Uuid *conversation_id, const Uuid *last_id,
                      History *out_history)
{
    const DbRows *rows = NULL;
    DbParams params =
        DB_PARAMS(db_uuid(conversation_id), db_uuid(last_id), db_i64(CONVERSATION_HISTORY));
    if (!db_query(task, db, &load_branch, params, &rows))
        return false;
    HistoryMessage *messages = ARENA_ARRAY(task->arena, HistoryMessage, rows->count);
    for (size_t i = 0; i < rows->count; i++)
        messages[i] = (HistoryMessage){db_read_uuid(rows, i, 0), db_read_bool(rows, i, 1),
                                       db_str(rows, i, 2), db_str(rows, i, 3)};
    *out_history = (History){messages, rows->count};
    return true;
}

/* Fills the cache with the newest messages that fit it. */
static void fill_cache(Task *task, Redis *redis, CacheKeys keys, Str generation,
                       const History *history)
{
    RedisReply reply;
    size_t bytes = 0;
    size_t first = history->count;
    Str *args = ARENA_ARRAY(task->arena, Str, history->count + 1);
    while (first > 0) {
        Str entry = write_entry(task->arena, &history->messages[first - 1]);
        bytes += entry.size;
        if (bytes > CACHED_BYTES)
            break;
        args[first--] = entry;
    }
    /* A part of the window would be taken for the whole. */
    if (first > 0)
        return;
    args[0] = generation;
    if (!redis_script(task, redis, &fill_script, (RedisArgs){keys.items, 2},
                      (RedisArgs){args, history->count + 1}, &reply))
        task_forget_error(task);
}

bool history_load(Task *task, const Services *services, const Uuid *conversation_id,
                  const Uuid *last_id, History *out_history)
{
    RedisReply reply;
    CacheKeys keys = cache_keys(task->arena, conversation_id);
    bool has_cache = redis_script(task, services->redis, &read_script, (RedisArgs){keys.items, 2},
                                  (RedisArgs){0}, &reply);
    if (has_cache && reply.count == 2 &&
        read_cache(task->arena, &reply.items[1], last_id, out_history))
        return true;
    if (!has_cache)
        task_forget_error(task);
    if (!load_rows(task, services->db, conversation_id, last_id, out_history))
        return false;
    if (has_cache && reply.count == 2 && out_history->count > 0)
        fill_cache(task, services->redis, keys, reply.items[0].str, out_history);
    return task_may_go_on(task);
}

bool history_append(Task *task, const Services *services, const Uuid *conversation_id,
                    const Uuid *parent_id, const HistoryMessage added[2])
{
    RedisReply reply;
    CacheKeys keys = cache_keys(task->arena, conversation_id);
    Str parent = parent_id ? uuid_str(task->arena, parent_id) : STR("");
    return redis_script(task, services->redis, &append_script, (RedisArgs){keys.items, 2},
                        REDIS_ARGS(STR("50"), parent, write_entry(task->arena, &added[0]),
                                   write_entry(task->arena, &added[1])),
                        &reply);
}

bool history_forget(Task *task, const Services *services, const Uuid *conversation_id)
{
    RedisReply reply;
    CacheKeys keys = cache_keys(task->arena, conversation_id);
    return redis_script(task, services->redis, &forget_script, (RedisArgs){keys.items, 2},
                        (RedisArgs){0}, &reply);
}
