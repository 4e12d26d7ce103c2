/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/session.h"

#include "accounts/internal.h"
#include "accounts/session_lua.h"
#include "base/time.h"

#include <stdlib.h>

/* KEYS session · ARGV now. {sid, created at, seen at, address, user agent} of each that is alive.
 */
static const RedisScript list_script = {
    "session_list",
    "local names, list, now = redis.call('HKEYS', KEYS[1]), {}, tonumber(ARGV[1])\n"
    "for i = 1, #names do\n"
    "  local sid = string.match(names[i], '^(.*):expires_at$')\n"
    "  local have = sid and redis.call('HMGET', KEYS[1], names[i], sid..':ends_at',"
    " sid..':seen_at', sid..':address', sid..':user_agent')\n"
    "  if have and tonumber(have[1]) > now then\n"
    "    local ends = tonumber(have[2] or now + " SESSION_MAX_S ")\n"
    "    list[#list + 1] = {sid, ends - " SESSION_MAX_S ", tonumber(have[3] or now),"
    " have[4] or '', have[5] or ''}\n"
    "  end\n"
    "end\n"
    "return list\n",
};

typedef struct {
    Str id;
    int64_t created_at_s;
    int64_t seen_at_s;
    Str address;
    Str user_agent;
} SessionRow;

static bool read_row(const RedisReply *item, SessionRow *out_row)
{
    if (item->type != REDIS_ARRAY || item->count != 5)
        return false;
    *out_row = (SessionRow){
        .id = item->items[0].str,
        .created_at_s = item->items[1].integer,
        .seen_at_s = item->items[2].integer,
        .address = item->items[3].str,
        .user_agent = item->items[4].str,
    };
    return true;
}

static int compare_rows(const void *a, const void *b)
{
    const SessionRow *one = a;
    const SessionRow *other = b;
    if (one->seen_at_s != other->seen_at_s)
        return one->seen_at_s > other->seen_at_s ? -1 : 1;
    return str_compare(one->id, other->id);
}

static void write_time(JsonWriter *json, const char *key, int64_t seconds)
{
    char text[TIME_TEXT_SIZE];
    json_field_text(json, key, time_write_rfc3339(seconds * 1000000, text));
}

static void write_row(JsonWriter *json, const SessionRow *row, const Uuid *current_session)
{
    Uuid id;
    json_begin_object(json);
    json_field_str(json, "id", row->id);
    write_time(json, "created_at", row->created_at_s);
    write_time(json, "last_seen_at", row->seen_at_s);
    json_field_str(json, "address", row->address);
    json_field_str(json, "user_agent", row->user_agent);
    json_field_bool(json, "current",
                    current_session && uuid_parse(row->id, &id) &&
                        uuid_equal(&id, current_session));
    json_end(json);
}

bool session_write_list(Task *task, const Services *services, const Uuid *user_id,
                        const Uuid *current_session, JsonWriter *json)
{
    RedisReply reply;
    RedisArgs keys = REDIS_ARGS(redis_session_key(task->arena, user_id));
    RedisArgs args = REDIS_ARGS(redis_integer(task->arena, redis_now_s()));
    if (!redis_script(task, services->redis, &list_script, keys, args, &reply))
        return false;
    size_t count = reply.type == REDIS_ARRAY ? reply.count : 0;
    SessionRow *rows = ARENA_ARRAY(task->arena, SessionRow, MAX_OF(count, (size_t)1));
    for (size_t i = 0; i < count; i++) {
        if (!read_row(&reply.items[i], &rows[i]))
            return task_fail(task, ERR_INTERNAL, "unexpected reply of session_list");
    }
    qsort(rows, count, sizeof(rows[0]), compare_rows);
    json_begin_array(json);
    for (size_t i = 0; i < count; i++)
        write_row(json, &rows[i], current_session);
    json_end(json);
    return true;
}
