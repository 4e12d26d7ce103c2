/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JobQueue: the lists in Redis. A message goes from celery:queue:<queue> into a list of the worker
 * that took it, in one step, and is removed from there when its job is settled; the list of a
 * worker that shows no sign of life goes back. What is lost all the same is sent again from the
 * database, and what is doubled is refused by it: the lists are only there to be quick.
 *
 *     celery:queue:<queue>                  list, as Celery's: producers push left, workers pop
 * right celery:processing:<queue>:<worker>    list of what a worker of ours has taken
 *     celery:workers                        set of their names
 *     celery:worker:<worker>                there while it lives
 *     celery:epoch                          missing: Redis was wiped
 *     celery:result:<id>                    string, as Celery's; also published under that name
 *     celery:cancel                         channel of ids
 */
#pragma once

#include "jobs/celery.h"
#include "services/services.h"

enum { JOB_MAX_QUEUES = 8, JOB_WORKER_NAME_SIZE = 128 };

typedef struct {
    Redis *redis;
    Str worker;
    size_t count;
    Str names[JOB_MAX_QUEUES];
    Str lists[JOB_MAX_QUEUES];
    Str processing[JOB_MAX_QUEUES];
} JobQueue;

/* names: ended by NULL; at most JOB_MAX_QUEUES. Strings go into the arena. */
void job_queue_init(JobQueue *queue, Arena *arena, Redis *redis, const char *const *names);

/* Pushes messages to the list of the named queue. */
bool job_queue_send(Task *task, Redis *redis, Str name, const Str *messages, size_t count) MUST_USE;

typedef struct {
    size_t queue; /* index */
    Str text;
    bool dropped; /* larger than a message may be: it is gone */
} QueueMessage;

/* Takes up to `count` messages, from the queues in turn, beginning with `first`. */
bool job_queue_take(Task *task, const JobQueue *queue, size_t first, size_t count,
                    const QueueMessage **out_messages, size_t *out_count) MUST_USE;
/* Waits until the queue holds something or a few seconds have passed. Takes nothing. */
bool job_queue_peek(Task *task, const JobQueue *queue, size_t index, RedisConsumer *consumer,
                    bool *out_any) MUST_USE;
/* The message is settled. */
bool job_queue_ack(Task *task, const JobQueue *queue, const QueueMessage *message) MUST_USE;
/* Gives it back, as the next to be taken. */
bool job_queue_return(Task *task, const JobQueue *queue, const QueueMessage *message) MUST_USE;
/* Gives back what this worker has taken but for the messages in `kept`. */
bool job_queue_return_others(Task *task, const JobQueue *queue, size_t index, const Str *kept,
                             size_t count) MUST_USE;

/* Shows that the worker lives; *out_wiped: the queues are new. */
bool job_queue_show_alive(Task *task, const JobQueue *queue, bool *out_wiped) MUST_USE;
/* Gives back what dead workers had taken. */
bool job_queue_recover_dead(Task *task, const JobQueue *queue, int64_t *out_messages) MUST_USE;
/* Forgets the worker, which holds nothing any more. */
bool job_queue_leave(Task *task, const JobQueue *queue) MUST_USE;

/*
 * For whoever waits for it by Celery's means: kept a day. With only_if_absent an earlier one stays.
 * message, if not NULL, is settled by the same command.
 */
bool job_queue_store_result(Task *task, const JobQueue *queue, const CeleryResult *result,
                            bool only_if_absent, const QueueMessage *message) MUST_USE;
/* Tells the workers that a cancel was asked for. */
bool job_queue_publish_cancel(Task *task, Redis *redis, const Uuid *id) MUST_USE;
#define JOB_CANCEL_CHANNEL "celery:cancel"
