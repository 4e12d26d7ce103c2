/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/job_queue.h"

#include "base/random.h"

#include <unistd.h>

enum { ALIVE_S = 30, WATCH_S = 5, WATCH_GRACE_MS = 5000, RESULT_S = 3600 };

#define WATCH_S_TEXT "5"
#define RESULT_S_TEXT "3600"
#define ALIVE_S_TEXT "30"
_Static_assert(WATCH_S == 5 && RESULT_S == 3600 && ALIVE_S == 30, "the texts say the same");

/* A key of another type is a mistake in one queue; the others go on. The worker is registered with
 * the first message it takes, or nobody would put the message back after its death. */
static const RedisScript take_script = {
    "jobs_take",
    "local queues = #KEYS / 2 - 1\n"
    "local at, want, max = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])\n"
    "local found, empty = {}, 0\n"
    "while #found < 2 * want and empty < queues do\n"
    "  local from, to = KEYS[2 * at + 3], KEYS[2 * at + 4]\n"
    "  local message = redis.pcall('LMOVE', from, to, 'RIGHT', 'LEFT')\n"
    "  if type(message) ~= 'string' then\n"
    "    empty = empty + 1\n"
    "  else\n"
    "    empty = 0\n"
    "    if #message > max then redis.call('LPOP', to); message = #message end\n"
    "    found[#found + 1] = at\n"
    "    found[#found + 1] = message\n"
    "  end\n"
    "  at = (at + 1) % queues\n"
    "end\n"
    "if #found > 0 then\n"
    "  redis.call('SADD', KEYS[2], ARGV[4])\n"
    "  redis.call('SET', KEYS[1], '1', 'EX', " ALIVE_S_TEXT ", 'NX')\n"
    "end\n"
    "return found\n",
};

static const RedisScript return_script = {
    "jobs_return",
    "if redis.call('LREM', KEYS[2], 1, ARGV[1]) == 0 then return 0 end\n"
    "redis.call('RPUSH', KEYS[1], ARGV[1])\n"
    "return 1\n",
};

static const RedisScript return_others_script = {
    "jobs_return_others",
    "local kept = {}\n"
    "for i = 1, #ARGV do kept[ARGV[i]] = true end\n"
    "local returned = 0\n"
    "for _, message in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do\n"
    "  if not kept[message] then\n"
    "    redis.call('LREM', KEYS[2], 1, message)\n"
    "    redis.call('RPUSH', KEYS[1], message)\n"
    "    returned = returned + 1\n"
    "  end\n"
    "end\n"
    "return returned\n",
};

static const RedisScript alive_script = {
    "jobs_alive",
    "redis.call('SADD', KEYS[2], ARGV[1])\n"
    "redis.call('SET', KEYS[1], '1', 'EX', " ALIVE_S_TEXT ")\n"
    "return redis.call('SETNX', KEYS[3], '1')\n",
};

/* The oldest message goes back last, so that it is taken first. */
static const RedisScript recover_script = {
    "jobs_recover",
    "if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end\n"
    "local moved = 0\n"
    "for i = 3, #KEYS, 2 do\n"
    "  while true do\n"
    "    local message = redis.pcall('LMOVE', KEYS[i + 1], KEYS[i], 'LEFT', 'RIGHT')\n"
    "    if type(message) ~= 'string' then break end\n"
    "    moved = moved + 1\n"
    "  end\n"
    "end\n"
    "redis.call('SREM', KEYS[2], ARGV[1])\n"
    "return moved\n",
};

static const RedisScript leave_script = {
    "jobs_leave",
    "redis.call('DEL', KEYS[1])\n"
    "return redis.call('SREM', KEYS[2], ARGV[1])\n",
};

static const RedisScript result_script = {
    "jobs_result",
    "local set\n"
    "if ARGV[2] == '1' then\n"
    "  set = redis.call('SET', KEYS[1], ARGV[1], 'EX', " RESULT_S_TEXT ", 'NX')\n"
    "else\n"
    "  set = redis.call('SET', KEYS[1], ARGV[1], 'EX', " RESULT_S_TEXT ")\n"
    "end\n"
    "if set then redis.call('PUBLISH', KEYS[1], ARGV[1]) end\n"
    "if KEYS[2] then return redis.call('LREM', KEYS[2], 1, ARGV[3]) end\n"
    "return 0\n",
};

static const RedisScript send_script = {
    "jobs_send",
    "local room = tonumber(ARGV[1]) - redis.call('LLEN', KEYS[1])\n"
    "for i = 2, math.min(#ARGV, room + 1) do redis.call('LPUSH', KEYS[1], ARGV[i]) end\n"
    "return 1\n",
};

static const Str workers_key = STR_INIT("celery:workers");
static const Str epoch_key = STR_INIT("celery:epoch");

/* The queues there are. */
static const struct {
    Str name;
    Str list;
} queues[JOB_QUEUE_COUNT] = {
    [JOB_QUEUE_PCAP] = {STR_INIT("pcap"), STR_INIT("celery:queue:pcap")},
    [JOB_QUEUE_RAG] = {STR_INIT("rag"), STR_INIT("celery:queue:rag")},
    [JOB_QUEUE_DEFAULT] = {STR_INIT("default"), STR_INIT("celery:queue:default")},
};

Str job_queue_name(JobQueueName queue)
{
    return queues[queue].name;
}

Str job_queue_list(JobQueueName queue)
{
    return queues[queue].list;
}

JobQueueName job_queue_find(Str name)
{
    unsigned i = 0;
    while (i < JOB_QUEUE_COUNT && !str_equal(queues[i].name, name))
        i++;
    return (JobQueueName)i;
}

static Str processing_key(Arena *arena, JobQueueName queue, Str worker)
{
    return arena_printf(arena, "celery:processing:%.*s:%.*s", STR_ARGS(queues[queue].name),
                        STR_ARGS(worker));
}

static Str alive_key(Arena *arena, Str worker)
{
    return arena_printf(arena, "celery:worker:%.*s", STR_ARGS(worker));
}

static Str result_key(Arena *arena, Str celery_id)
{
    return arena_printf(arena, "celery:result:%.*s", STR_ARGS(celery_id));
}

/* KEYS the set of workers · ARGV what stands before a worker's name in its key */
static const RedisScript count_script = {
    "job_count_workers",
    "local names, alive = redis.call('SMEMBERS', KEYS[1]), 0\n"
    "for i = 1, #names do alive = alive + redis.call('EXISTS', ARGV[1]..names[i]) end\n"
    "return alive\n",
};

bool job_count_workers(Task *task, const Services *services, int64_t *out_workers)
{
    RedisReply reply;
    RedisArgs args = REDIS_ARGS(alive_key(task->arena, STR("")));
    if (!redis_script(task, services->redis, &count_script, REDIS_ARGS(workers_key), args, &reply))
        return false;
    *out_workers = reply.integer;
    return true;
}

void job_queue_init(JobQueue *queue, Arena *arena, Redis *redis)
{
    char host[64] = "";
    uint32_t unique = 0;
    gethostname(host, sizeof(host) - 1);
    random_bytes(&unique, sizeof(unique));
    *queue = (JobQueue){.redis = redis};
    queue->worker = arena_printf(arena, "netguru@%s:%d:%08x", host, (int)getpid(), unique);
    for (unsigned i = 0; i < JOB_QUEUE_COUNT; i++)
        queue->processing[i] = processing_key(arena, (JobQueueName)i, queue->worker);
}

bool job_queue_send(Task *task, Redis *redis, JobQueueName queue, const Str *messages, size_t count)
{
    RedisReply reply;
    Str *words = ARENA_ARRAY(task->arena, Str, count + 1);
    words[0] = arena_printf(task->arena, "%d", JOB_QUEUE_MAX_MESSAGES);
    for (size_t i = 0; i < count; i++)
        words[i + 1] = messages[i];
    return redis_script(task, redis, &send_script, REDIS_ARGS(queues[queue].list),
                        (RedisArgs){words, count + 1}, &reply);
}

bool job_queue_take(Task *task, const JobQueue *queue, size_t first, size_t count,
                    const QueueMessage **out_messages, size_t *out_count)
{
    RedisReply reply;
    Arena *arena = task->arena;
    size_t key_count = 2;
    Str keys[2 * JOB_QUEUE_COUNT + 2] = {alive_key(arena, queue->worker), workers_key};
    for (size_t i = 0; i < JOB_QUEUE_COUNT; i++) {
        keys[key_count++] = queues[i].list;
        keys[key_count++] = queue->processing[i];
    }
    RedisArgs args = REDIS_ARGS(arena_printf(arena, "%zu", first % JOB_QUEUE_COUNT),
                                arena_printf(arena, "%zu", count),
                                arena_printf(arena, "%d", CELERY_MAX_MESSAGE_BYTES), queue->worker);
    if (!redis_script(task, queue->redis, &take_script, (RedisArgs){keys, key_count}, args, &reply))
        return false;
    QueueMessage *messages = ARENA_ARRAY(arena, QueueMessage, reply.count / 2);
    for (size_t i = 0; i + 1 < reply.count; i += 2) {
        const RedisReply *message = &reply.items[i + 1];
        messages[i / 2] = (QueueMessage){.queue = (JobQueueName)reply.items[i].integer,
                                         .text = message->str,
                                         .dropped = message->type == REDIS_INTEGER};
    }
    *out_messages = messages;
    *out_count = reply.count / 2;
    return true;
}

/* Moving the last element onto itself waits for an element without taking it. */
bool job_queue_watch(Task *task, JobQueueName queue, RedisConsumer *consumer, bool *out_any)
{
    RedisReply reply;
    Str list = queues[queue].list;
    uint64_t former = task_deadline_narrow(task, WATCH_S * 1000 + WATCH_GRACE_MS);
    RedisArgs args =
        REDIS_ARGS(STR("BLMOVE"), list, list, STR("RIGHT"), STR("RIGHT"), STR(WATCH_S_TEXT));
    bool done = redis_consumer_command(task, consumer, args, &reply);
    task_deadline_set(task, former);
    *out_any = done && reply.type == REDIS_STRING;
    return done;
}

bool job_queue_ack(Task *task, const JobQueue *queue, const QueueMessage *message)
{
    RedisReply reply;
    RedisArgs args =
        REDIS_ARGS(STR("LREM"), queue->processing[message->queue], STR("1"), message->text);
    return redis_command(task, queue->redis, args, &reply);
}

bool job_queue_return(Task *task, const JobQueue *queue, const QueueMessage *message)
{
    RedisReply reply;
    RedisArgs keys = REDIS_ARGS(queues[message->queue].list, queue->processing[message->queue]);
    return redis_script(task, queue->redis, &return_script, keys, REDIS_ARGS(message->text),
                        &reply);
}

bool job_queue_return_others(Task *task, const JobQueue *queue, JobQueueName name, const Str *kept,
                             size_t count)
{
    RedisReply reply;
    RedisArgs keys = REDIS_ARGS(queues[name].list, queue->processing[name]);
    return redis_script(task, queue->redis, &return_others_script, keys, (RedisArgs){kept, count},
                        &reply);
}

bool job_queue_show_alive(Task *task, const JobQueue *queue, bool *out_wiped)
{
    RedisReply reply;
    RedisArgs keys = REDIS_ARGS(alive_key(task->arena, queue->worker), workers_key, epoch_key);
    if (!redis_script(task, queue->redis, &alive_script, keys, REDIS_ARGS(queue->worker), &reply))
        return false;
    *out_wiped = reply.integer == 1;
    return true;
}

static bool recover_worker(Task *task, const JobQueue *queue, Str worker, int64_t *out_messages)
{
    enum { KEYS = 2 + 2 * JOB_QUEUE_COUNT };
    RedisReply reply;
    Str keys[KEYS] = {alive_key(task->arena, worker), workers_key};
    for (unsigned i = 0; i < JOB_QUEUE_COUNT; i++) {
        keys[2 * i + 2] = queues[i].list;
        keys[2 * i + 3] = processing_key(task->arena, (JobQueueName)i, worker);
    }
    if (!redis_script(task, queue->redis, &recover_script, (RedisArgs){keys, KEYS},
                      REDIS_ARGS(worker), &reply))
        return false;
    *out_messages += reply.integer;
    return true;
}

bool job_queue_recover_dead(Task *task, const JobQueue *queue, int64_t *out_messages)
{
    RedisReply workers;
    *out_messages = 0;
    if (!redis_command(task, queue->redis, REDIS_ARGS(STR("SMEMBERS"), workers_key), &workers))
        return false;
    for (size_t i = 0; i < workers.count; i++) {
        Str worker = workers.items[i].str;
        if (!str_equal(worker, queue->worker) && !recover_worker(task, queue, worker, out_messages))
            return false;
    }
    return true;
}

bool job_queue_leave(Task *task, const JobQueue *queue)
{
    RedisReply reply;
    RedisArgs keys = REDIS_ARGS(alive_key(task->arena, queue->worker), workers_key);
    return redis_script(task, queue->redis, &leave_script, keys, REDIS_ARGS(queue->worker), &reply);
}

bool job_queue_store_result(Task *task, const JobQueue *queue, const CeleryResult *result,
                            bool only_if_absent, const QueueMessage *message)
{
    enum { ENVELOPE_BYTES = 64 * 1024 };
    RedisReply reply;
    auto_strbuf StrBuf text;
    CeleryResult published = *result;
    if (published.result.size > JOB_MAX_PUBLISHED_BYTES)
        published.result = STR("");
    strbuf_init(&text, published.result.size + published.reason.size * 6 + ENVELOPE_BYTES);
    celery_write_result(&published, &text);
    check(!text.overflowed);
    Str keys[2] = {result_key(task->arena, published.id)};
    if (message)
        keys[1] = queue->processing[message->queue];
    return redis_script(task, queue->redis, &result_script, (RedisArgs){keys, message ? 2 : 1},
                        REDIS_ARGS(strbuf_str(&text), only_if_absent ? STR("1") : STR("0"),
                                   message ? message->text : STR("")),
                        &reply);
}

bool job_queue_delete_results(Task *task, Redis *redis, const Str *celery_ids, size_t count)
{
    RedisReply reply;
    Str *words = ARENA_ARRAY(task->arena, Str, count + 1);
    words[0] = STR("DEL");
    for (size_t i = 0; i < count; i++)
        words[i + 1] = result_key(task->arena, celery_ids[i]);
    return redis_command(task, redis, (RedisArgs){words, count + 1}, &reply);
}

bool job_queue_publish_cancel(Task *task, Redis *redis, const Uuid *id)
{
    RedisReply reply;
    char text[UUID_TEXT_SIZE];
    RedisArgs args =
        REDIS_ARGS(STR("PUBLISH"), STR(JOB_CANCEL_CHANNEL), str_of(uuid_write(id, text)));
    return redis_command(task, redis, args, &reply);
}
