/* SPDX-License-Identifier: Apache-2.0 */
/* What Redis says of itself, by INFO, and the lengths of the lists of messages. */
#include "metrics/internal.h"

#include <stdlib.h>

#define GAUGE(key, name, help)                                                                     \
    {                                                                                              \
        key,                                                                                       \
        {                                                                                          \
            "netguru_redis_" name, METRIC_GAUGE, help,                                             \
            {                                                                                      \
                NULL                                                                               \
            }                                                                                      \
        }                                                                                          \
    }
#define COUNTER(key, name, help)                                                                   \
    {                                                                                              \
        key,                                                                                       \
        {                                                                                          \
            "netguru_redis_" name, METRIC_COUNTER, help,                                           \
            {                                                                                      \
                NULL                                                                               \
            }                                                                                      \
        }                                                                                          \
    }

/* The keys are those of INFO, or of our own below. */
static const DataFamily families[] = {
    GAUGE("uptime_in_seconds", "uptime_seconds", "Time since Redis was started."),
    GAUGE("used_memory", "memory_used_bytes", "Memory in use."),
    GAUGE("maxmemory", "memory_limit_bytes", "Limit of the memory; 0: none."),
    GAUGE("mem_fragmentation_ratio", "memory_fragmentation_ratio",
          "Memory that the system has given, for each byte in use."),
    COUNTER("evicted_keys", "evicted_keys", "Keys evicted at the limit; must stay 0."),
    COUNTER("expired_keys", "expired_keys", "Keys that have expired."),
    COUNTER("total_commands_processed", "commands", "Commands of all clients."),
    GAUGE("instantaneous_ops_per_sec", "commands_per_second", "Commands a second, as measured."),
    COUNTER("keyspace_hits", "keyspace_hits", "Look-ups of keys that exist."),
    COUNTER("keyspace_misses", "keyspace_misses", "Look-ups of keys that do not exist."),
    GAUGE("keys", "keys", "Keys of the database in use."),
    GAUGE("connected_clients", "clients", "Open connections."),
    GAUGE("blocked_clients", "clients_blocked", "Connections that wait for an element of a list."),
    COUNTER("rejected_connections", "rejected_connections", "Connections over the limit."),
    GAUGE("maxclients", "clients_limit", "Connections that Redis takes."),
    GAUGE("rdb_changes_since_last_save", "changes_since_save", "Changes since the last snapshot."),
    GAUGE("save_age", "save_age_seconds", "Age of the last snapshot."),
    GAUGE("rdb_last_bgsave_ok", "save_succeeded", "Whether the last snapshot was written."),
    GAUGE("aof_enabled", "append_only_enabled",
          "Whether each change goes to the append-only file."),
    GAUGE("aof_last_write_ok", "append_only_succeeded",
          "Whether the last write to the append-only file worked."),
    GAUGE("loading", "loading", "Whether Redis is loading its data."),
    GAUGE("is_replica", "is_replica", "Whether this Redis follows another one."),
    GAUGE("workers", "workers", "Worker processes that have shown signs of life."),
    {"messages",
     {"netguru_queue_messages", METRIC_GAUGE, "Messages in the list of a queue.", {"queue"}}},
};

/* Everything in one round trip. The worker's key expires when it no longer shows signs of life. */
static const RedisScript read_script = {
    "metrics_read",
    "local alive = 0\n"
    "for _, name in ipairs(redis.call('SRANDMEMBER', KEYS[4], 1000)) do\n"
    "  alive = alive + redis.call('EXISTS', 'celery:worker:' .. name)\n"
    "end\n"
    "return {redis.call('INFO'), redis.call('LLEN', KEYS[1]), redis.call('LLEN', KEYS[2]),\n"
    "  redis.call('LLEN', KEYS[3]), alive, redis.call('DBSIZE'), redis.call('TIME')[1]}\n"};

static bool read_number(Str text, double *out_number)
{
    char copy[32];
    char *end;
    if (!str_copy_to(text, copy, sizeof(copy)))
        return false;
    *out_number = strtod(copy, &end);
    return end != copy && *end == '\0';
}

/* Lines whose value is a word: the key of ours, and the word that stands for 1. */
static const struct {
    const char *name;
    const char *key;
    const char *word;
} words[] = {
    {"rdb_last_bgsave_status", "rdb_last_bgsave_ok", "ok"},
    {"aof_last_write_status", "aof_last_write_ok", "ok"},
    {"role", "is_replica", "slave"},
};

static void add_line(Data *data, Str name, Str value)
{
    double number = 0;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (str_equal(name, str_of(words[i].name))) {
            number = str_equal(value, str_of(words[i].word));
            data_add(data, &data_redis, str_of(words[i].key), STR(""), number);
        }
    }
    if (read_number(value, &number))
        data_add(data, &data_redis, name, STR(""), number);
}

static void add_info(Data *data, Str info, double now_s)
{
    Str line;
    double saved_s = 0;
    while (str_next_line(&info, &line)) {
        size_t colon = str_find_byte(line, ':');
        if (colon == STR_NOT_FOUND)
            continue;
        Str name = str_slice(line, 0, colon);
        Str value = str_trim(str_from(line, colon + 1));
        add_line(data, name, value);
        if (str_equal(name, STR("rdb_last_save_time")) && read_number(value, &saved_s))
            data_add(data, &data_redis, STR("save_age"), STR(""), MAX_OF(now_s - saved_s, 0.0));
    }
}

static bool collect(Task *task, const Services *services, Data *data)
{
    static const char *const queues[] = {"pcap", "rag", "default"};
    RedisReply reply;
    double now_s = 0;
    RedisArgs keys = REDIS_ARGS(STR("celery:queue:pcap"), STR("celery:queue:rag"),
                                STR("celery:queue:default"), STR("celery:workers"));
    if (!redis_script(task, services->redis, &read_script, keys, (RedisArgs){0}, &reply))
        return false;
    if (reply.type != REDIS_ARRAY || reply.count != 7)
        return task_fail(task, ERR_INTERNAL, "unexpected reply of metrics_read");
    (void)!read_number(reply.items[6].str, &now_s);
    add_info(data, reply.items[0].str, now_s);
    for (size_t i = 0; i < COUNT_OF(queues); i++)
        data_add(data, &data_redis, STR("messages"), str_of(queues[i]),
                 (double)reply.items[1 + i].integer);
    data_add(data, &data_redis, STR("workers"), STR(""), (double)reply.items[4].integer);
    data_add(data, &data_redis, STR("keys"), STR(""), (double)reply.items[5].integer);
    return true;
}

const DataPart data_redis = {"redis", families, COUNT_OF(families), collect};
