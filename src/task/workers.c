/* SPDX-License-Identifier: Apache-2.0 */
#include "task/workers.h"

#include "base/list.h"
#include "base/mem.h"
#include "base/time.h"
#include "task/internal.h"

#include <sys/resource.h>
#include <unistd.h>

enum {
    DEFAULT_ESTIMATE_MS = 100,
    AVERAGE_OVER = 4, /* a measured duration counts for a quarter of the average */
};

typedef enum { ITEM_QUEUED, ITEM_RUNNING, ITEM_FINISHED } ItemState;

/* Lives on the stack of the waiting task. The lock protects node and state. */
typedef struct {
    ListNode node;
    ItemState state;
    uint64_t started_ns;
    void (*work)(void *argument);
    void *argument;
    TaskSlot *slot;
    Wait wait;
    bool done; /* the loop has heard of the end */
} Item;

struct Workers {
    Loop *loop;
    WorkersOptions options;
    uv_thread_t *threads;
    uv_async_t wake; /* runs on the loop after work has finished */
    uint32_t busy;   /* tasks in workers_run: the handle keeps the loop alive meanwhile */
    uv_mutex_t lock; /* of everything below */
    uv_cond_t has_work;
    List queue;
    List running; /* the one that began first is first */
    List finished;
    uint64_t average_us;
    WorkersStats stats;
    bool stopping;
};

static Item *item_of(ListNode *node)
{
    return node ? CONTAINER_OF(node, Item, node) : NULL;
}

static void measure(Workers *workers, uint64_t duration_us)
{
    uint64_t average = workers->average_us;
    workers->average_us = (average * (AVERAGE_OVER - 1) + duration_us) / AVERAGE_OVER;
}

/* Waits for work and takes it; NULL when the threads shall end. The lock is held. */
static Item *take_item(Workers *workers)
{
    while (!workers->queue.first && !workers->stopping)
        uv_cond_wait(&workers->has_work, &workers->lock);
    Item *item = item_of(list_take_first(&workers->queue));
    if (!item)
        return NULL;
    item->state = ITEM_RUNNING;
    item->started_ns = time_monotonic_ns();
    list_append(&workers->running, &item->node);
    return item;
}

static void run_item(Workers *workers, Item *item)
{
    uv_mutex_unlock(&workers->lock);
    item->work(item->argument);
    uint64_t took_us = (time_monotonic_ns() - item->started_ns) / 1000;
    uv_mutex_lock(&workers->lock);
    measure(workers, took_us);
    list_remove(&workers->running, &item->node);
    item->state = ITEM_FINISHED;
    list_append(&workers->finished, &item->node);
    workers->stats.finished++;
    uv_async_send(&workers->wake);
}

static void run_thread(void *argument)
{
    Workers *workers = argument;
    /* Linux sets the niceness of one thread by its id; without the right to, it stays as it is. */
    if (workers->options.niceness)
        (void)setpriority(PRIO_PROCESS, (id_t)gettid(), workers->options.niceness);
    uv_mutex_lock(&workers->lock);
    for (Item *item = take_item(workers); item; item = take_item(workers))
        run_item(workers, item);
    uv_mutex_unlock(&workers->lock);
}

static void on_wake(uv_async_t *handle)
{
    Workers *workers = handle->data;
    uv_mutex_lock(&workers->lock);
    ListNode *node = workers->finished.first;
    workers->finished = (List){0};
    uv_mutex_unlock(&workers->lock);
    while (node) {
        Item *item = item_of(node);
        node = node->next;
        item->done = true;
        wait_wake(item->wait);
        loop_make_ready(workers->loop, item->slot);
    }
}

Workers *workers_new(Loop *loop, const WorkersOptions *options)
{
    Workers *workers = MEM_NEW(Workers);
    check(options->threads > 0 && options->max_queued > 0);
    workers->loop = loop;
    workers->options = *options;
    uint32_t estimate_ms = options->estimate_ms ? options->estimate_ms : DEFAULT_ESTIMATE_MS;
    workers->average_us = (uint64_t)estimate_ms * 1000;
    check(uv_mutex_init(&workers->lock) == 0 && uv_cond_init(&workers->has_work) == 0);
    check(uv_async_init(&loop->uv, &workers->wake, on_wake) == 0);
    workers->wake.data = workers;
    uv_unref((uv_handle_t *)&workers->wake);
    workers->threads = mem_resize(NULL, options->threads, sizeof(*workers->threads));
    for (uint32_t i = 0; i < options->threads; i++)
        check(uv_thread_create(&workers->threads[i], run_thread, workers) == 0);
    return workers;
}

static void on_closed(uv_handle_t *handle)
{
    Workers *workers = handle->data;
    uv_cond_destroy(&workers->has_work);
    uv_mutex_destroy(&workers->lock);
    mem_free(workers->threads);
    mem_free(workers);
}

void workers_free(Workers *workers)
{
    if (!workers)
        return;
    check(workers->busy == 0);
    uv_mutex_lock(&workers->lock);
    workers->stopping = true;
    uv_cond_broadcast(&workers->has_work);
    uv_mutex_unlock(&workers->lock);
    for (uint32_t i = 0; i < workers->options.threads; i++)
        check(uv_thread_join(&workers->threads[i]) == 0);
    uv_close((uv_handle_t *)&workers->wake, on_closed);
}

/* The average duration, or that of running work which has taken longer already: on a machine that
 * has become slow, the bound must hold before anything has ended. The lock is held. */
static uint64_t expected_duration_us(const Workers *workers)
{
    const Item *oldest = item_of(workers->running.first);
    uint64_t so_far_us = oldest ? (time_monotonic_ns() - oldest->started_ns) / 1000 : 0;
    return MAX_OF(workers->average_us, so_far_us);
}

/* How long work queued now would wait for a thread, in ms. The lock is held. */
static uint64_t expected_wait_ms(const Workers *workers)
{
    uint64_t ahead = workers->queue.count + workers->running.count;
    uint32_t threads = workers->options.threads;
    if (ahead < threads)
        return 0;
    return (ahead - threads + 1) * expected_duration_us(workers) / threads / 1000;
}

/* Queues the item unless it would wait too long; *out_wait_ms is the expected wait. */
static bool enqueue(Workers *workers, Item *item, uint64_t *out_wait_ms)
{
    const WorkersOptions *options = &workers->options;
    uv_mutex_lock(&workers->lock);
    *out_wait_ms = expected_wait_ms(workers);
    bool admitted = workers->queue.count < options->max_queued &&
                    (!options->max_wait_ms || *out_wait_ms <= options->max_wait_ms);
    if (admitted) {
        list_append(&workers->queue, &item->node);
        uv_cond_signal(&workers->has_work);
    } else {
        workers->stats.refused++;
    }
    uv_mutex_unlock(&workers->lock);
    return admitted;
}

/* Removes the item if it is still queued; false when a thread has taken it. */
static bool remove_queued(Workers *workers, Item *item)
{
    uv_mutex_lock(&workers->lock);
    bool queued = item->state == ITEM_QUEUED;
    if (queued) {
        list_remove(&workers->queue, &item->node);
        workers->stats.removed++;
    }
    uv_mutex_unlock(&workers->lock);
    return queued;
}

static bool wait_for_item(Task *task, Workers *workers, Item *item)
{
    if (task_wait(task, item->wait))
        return true;
    if (remove_queued(workers, item))
        return false;
    while (!item->done)
        task_park(item->slot);
    if (task_is_cancelled(task))
        task_fail(task, ERR_CANCELLED, "cancelled");
    return false;
}

static bool refuse(Task *task, const Workers *workers, uint64_t wait_ms)
{
    task_fail(task, ERR_UNAVAILABLE, "too much %s is in progress", workers->options.name);
    task->error.retry_after_s = (uint32_t)MAX_OF((wait_ms + 999) / 1000, (uint64_t)1);
    return false;
}

bool workers_run(Task *task, Workers *workers, void (*work)(void *argument), void *argument)
{
    uint64_t wait_ms = 0;
    Item item = {.work = work, .argument = argument, .slot = task_slot(task)};
    if (!task_may_go_on(task))
        return false;
    if (!enqueue(workers, &item, &wait_ms))
        return refuse(task, workers, wait_ms);
    item.wait = task_wait_begin(task); /* read by on_wake only, which cannot run before the wait */
    if (workers->busy++ == 0)
        uv_ref((uv_handle_t *)&workers->wake);
    bool finished = wait_for_item(task, workers, &item);
    if (--workers->busy == 0)
        uv_unref((uv_handle_t *)&workers->wake);
    return finished;
}

WorkersStats workers_stats(Workers *workers)
{
    uv_mutex_lock(&workers->lock);
    WorkersStats stats = workers->stats;
    stats.threads = workers->options.threads;
    stats.queued = workers->queue.count;
    stats.running = workers->running.count;
    stats.average_ms = (uint32_t)(workers->average_us / 1000);
    uv_mutex_unlock(&workers->lock);
    return stats;
}

void workers_collect_hashing(MetricWriter *writer, const void *source)
{
    /* Reading the counts takes the lock, which belongs to them. */
    WorkersStats stats = workers_stats((Workers *)(uintptr_t)source);
    metric_gauge(writer, "netguru_hashing_threads", "Threads that hash passwords.", stats.threads);
    metric_gauge(writer, "netguru_hashing_running", "Passwords being hashed.", stats.running);
    metric_gauge(writer, "netguru_hashing_queued", "Passwords that wait for a thread.",
                 stats.queued);
    metric_counter(writer, "netguru_hashing_finished", "Passwords hashed.", (double)stats.finished);
    metric_counter(writer, "netguru_hashing_refused",
                   "Passwords refused because the queue was full.", (double)stats.refused);
}

uint32_t workers_half_of_cores(void)
{
    return MAX_OF(uv_available_parallelism() / 2, 1u);
}
