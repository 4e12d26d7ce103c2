/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JobQueue: the lists in Redis. A worker moves a message from celery:queue:<queue> into a list of
 * its own in one step and removes it there when the job has ended; the list of a worker that shows
 * no sign of life goes back to the queue. A message wakes a worker, which then claims the job that
 * is next by the fair order of the database, not always the one the message names. Lost messages
 * are re-sent from the database and duplicates are rejected there; the lists exist only for speed.
 *
 *     celery:queue:<queue>                  list, as Celery's: producers push left, workers pop
 *                                           right; at most JOB_QUEUE_MAX_MESSAGES of ours
 *     celery:processing:<queue>:<worker>    list of the messages that a worker has taken
 *     celery:workers                        set of their names
 *     celery:worker:<worker>                exists while the worker lives
 *     celery:epoch                          missing: Redis was wiped
 *     celery:result:<id>                    string, as Celery's, for an hour; published under
 *                                           that name as well
 *     celery:cancel                         channel of the ids of jobs to stop
 */
#pragma once

#include "jobs/celery.h"
#include "jobs/job.h"

enum {
    JOB_QUEUE_MAX_MESSAGES = 10 * 1000,  /* enough to keep every worker busy */
    JOB_MAX_PUBLISHED_BYTES = 64 * 1024, /* a larger result is read from PostgreSQL */
};

/* Returns "pcap", "rag" or "default". */
Str job_queue_name(JobQueueName queue);
/* Returns the key of the list. */
Str job_queue_list(JobQueueName queue);
/* Finds a queue by its name. Returns JOB_QUEUE_COUNT when there is none of that name. */
JobQueueName job_queue_find(Str name);

typedef struct {
    Redis *redis;
    Str worker;
    Str processing[JOB_QUEUE_COUNT];
} JobQueue;

/* Prepares a worker's view of the queues under a new name. Strings go into the arena. */
void job_queue_init(JobQueue *queue, Arena *arena, Redis *redis);

/* Pushes messages to the list of the queue. A full list takes no more of them: the messages it
 * holds wake the workers, and the rows are found without. */
bool job_queue_send(Task *task, Redis *redis, JobQueueName queue, const Str *messages,
                    size_t count) MUST_USE;

typedef struct {
    JobQueueName queue;
    Str text;
    bool dropped; /* larger than a message may be: it is gone */
} QueueMessage;

/* Takes up to `count` messages, from the queues in turn, beginning with `first`. */
bool job_queue_take(Task *task, const JobQueue *queue, size_t first, size_t count,
                    const QueueMessage **out_messages, size_t *out_count) MUST_USE;
/* Waits until the list holds something or a few seconds have passed. Takes nothing. */
bool job_queue_watch(Task *task, JobQueueName queue, RedisConsumer *consumer,
                     bool *out_any) MUST_USE;
/* Removes a message whose job has ended. */
bool job_queue_ack(Task *task, const JobQueue *queue, const QueueMessage *message) MUST_USE;
/* Puts a message back, as the next to be taken. */
bool job_queue_return(Task *task, const JobQueue *queue, const QueueMessage *message) MUST_USE;
/* Puts back what this worker has taken, except the messages in `kept`. */
bool job_queue_return_others(Task *task, const JobQueue *queue, JobQueueName name, const Str *kept,
                             size_t count) MUST_USE;

/* Shows that the worker lives. *out_wiped: Redis has been emptied. */
bool job_queue_show_alive(Task *task, const JobQueue *queue, bool *out_wiped) MUST_USE;
/* Puts back what dead workers had taken. */
bool job_queue_recover_dead(Task *task, const JobQueue *queue, int64_t *out_messages) MUST_USE;
/* Removes the worker, which holds nothing any more. */
bool job_queue_leave(Task *task, const JobQueue *queue) MUST_USE;

/*
 * Stores a result for Celery's readers. A JSON result above JOB_MAX_PUBLISHED_BYTES is left out,
 * and they read null. With only_if_absent an earlier result stays. A message that is not NULL is
 * acknowledged by the same command.
 */
bool job_queue_store_result(Task *task, const JobQueue *queue, const CeleryResult *result,
                            bool only_if_absent, const QueueMessage *message) MUST_USE;
/* Deletes the results of these Celery ids. */
bool job_queue_delete_results(Task *task, Redis *redis, const Str *celery_ids,
                              size_t count) MUST_USE;
/* Tells the workers that a job shall stop. */
bool job_queue_publish_cancel(Task *task, Redis *redis, const Uuid *id) MUST_USE;
#define JOB_CANCEL_CHANNEL "celery:cancel"
