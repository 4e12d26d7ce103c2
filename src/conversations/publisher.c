/* SPDX-License-Identifier: Apache-2.0 */
#include "conversations/internal.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"

enum { BATCH_BYTES = 512 * 1024, TELL_AGAIN_MS = 1000, UNHEARD_MAX = 4096 };

/* One publication: the oldest events of several turns. */
typedef struct {
    NewEvent events[EVENT_LOG_BATCH];
    Turn *turns[EVENT_LOG_BATCH];
    QueuedEvent *queued[EVENT_LOG_BATCH];
    LoggedEvent logged[EVENT_LOG_BATCH];
    size_t count;
    size_t bytes;
} Batch;

void publisher_wake(Conversations *conversations)
{
    wait_wake(conversations->publisher_wait);
}

static void on_due(LoopTimer *timer)
{
    publisher_wake(CONTAINER_OF(timer, Conversations, publish_timer));
}

void publisher_wake_at(Conversations *conversations, uint64_t due_ms)
{
    Loop *loop = conversations->services->loop;
    LoopTimer *timer = &conversations->publish_timer;
    if (due_ms <= loop_now_ms(loop)) {
        publisher_wake(conversations);
    } else if (!loop_timer_is_set(timer) || timer->due_ms > due_ms) {
        timer->run = on_due;
        timer->is_background = true;
        loop_timer_set(loop, timer, due_ms);
    }
}

/* Takes the events of a turn into the batch. Returns false when the batch is full. */
static bool take_events(Batch *batch, Turn *turn)
{
    for (ListNode *each = turn->events.first; each; each = each->next) {
        QueuedEvent *event = CONTAINER_OF(each, QueuedEvent, node);
        if (batch->count == EVENT_LOG_BATCH || batch->bytes > BATCH_BYTES)
            return false;
        batch->events[batch->count] = (NewEvent){turn->request.conversation_id, event->mark,
                                                 event->body, turn->request.message_id};
        batch->turns[batch->count] = turn;
        batch->queued[batch->count++] = event;
        batch->bytes += event->body.size;
    }
    return true;
}

/* Fills the batch with what is due. The list of turns that wait is rotated, so that all are served.
 */
static void gather(Conversations *conversations, Batch *batch)
{
    List *waiting = &conversations->waiting;
    uint64_t now_ms = loop_now_ms(conversations->services->loop);
    uint64_t next_ms = UINT64_MAX;
    bool going = true;
    for (uint32_t left = waiting->count; going && left > 0; left--) {
        Turn *turn = CONTAINER_OF(waiting->first, Turn, waiting_node);
        if (turn->chunk_due_ms && turn->chunk_due_ms <= now_ms)
            turn_queue_text(turn);
        else if (turn->chunk_due_ms)
            next_ms = MIN_OF(next_ms, turn->chunk_due_ms);
        going = take_events(batch, turn);
        list_remove(waiting, &turn->waiting_node);
        list_append(waiting, &turn->waiting_node);
    }
    if (conversations->unheard.count > 0)
        next_ms = MIN_OF(next_ms, conversations->tell_unheard_ms);
    if (next_ms != UINT64_MAX)
        publisher_wake_at(conversations, next_ms);
}

/* Removes a published event. The turn that has ended goes with its last one. */
static void drop(Turn *turn, QueuedEvent *event)
{
    list_remove(&turn->events, &event->node);
    turn->events_bytes -= event->body.size;
    mem_free(event);
    wait_wake(turn->space);
    if (turn->events.count == 0 && !turn->chunk_due_ms)
        turn_leave_publisher(turn);
    if (turn->has_ended && turn->events.count == 0) {
        wait_wake(turn->conversations->stop_wait);
        turn_free(turn);
    }
}

static bool is_unheard(const Conversations *conversations, const Uuid *conversation_id)
{
    for (ListNode *each = conversations->unheard.last; each; each = each->previous)
        if (uuid_equal(&CONTAINER_OF(each, UnheardConversation, node)->id, conversation_id))
            return true;
    return false;
}

void publisher_tell_later(Conversations *conversations, const Uuid *conversation_id)
{
    if (conversations->unheard.count >= UNHEARD_MAX || is_unheard(conversations, conversation_id))
        return;
    UnheardConversation *unheard = MEM_NEW(UnheardConversation);
    unheard->id = *conversation_id;
    list_append(&conversations->unheard, &unheard->node);
    conversations->tell_unheard_ms = loop_now_ms(conversations->services->loop) + TELL_AGAIN_MS;
    publisher_wake_at(conversations, conversations->tell_unheard_ms);
}

/* Tells the clients of every process to reload, once Redis can be reached again. */
static void tell_unheard(Task *task, Conversations *conversations, Batch *batch)
{
    Loop *loop = conversations->services->loop;
    List *unheard = &conversations->unheard;
    while (unheard->count > 0 && loop_now_ms(loop) >= conversations->tell_unheard_ms) {
        size_t count = 0;
        for (ListNode *each = unheard->first; each && count < EVENT_LOG_BATCH; each = each->next) {
            const Uuid *id = &CONTAINER_OF(each, UnheardConversation, node)->id;
            batch->events[count++] =
                (NewEvent){*id, EVENT_PLAIN, STR("{\"type\":\"reload\"}"), {{0}}};
        }
        if (!event_log_publish(task, conversations->services->redis, batch->events, count,
                               batch->logged)) {
            task_forget_error(task);
            conversations->tell_unheard_ms = loop_now_ms(loop) + TELL_AGAIN_MS;
            break;
        }
        for (; count > 0; count--)
            mem_free(CONTAINER_OF(list_take_first(unheard), UnheardConversation, node));
        conversations->telling++;
    }
}

/* A turn has many events while Redis is away. */
static void tell_later_once(Conversations *conversations, Turn *turn)
{
    if (turn->unheard_in == conversations->telling)
        return;
    turn->unheard_in = conversations->telling;
    publisher_tell_later(conversations, &turn->request.conversation_id);
}

/* Gives the events to the clients of this process, since Redis does not take them. */
static void give_local(Conversations *conversations, const Batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        hub_give_local(conversations->hub, &batch->events[i], (uint64_t)time_now_us() / 1000);
        tell_later_once(conversations, batch->turns[i]);
    }
}

static void publish(Task *task, Conversations *conversations, Batch *batch)
{
    const Services *services = conversations->services;
    if (!event_log_publish(task, services->redis, batch->events, batch->count, batch->logged)) {
        log_warn("conversations.not_published", LOG_INT("events", batch->count),
                 LOG_TEXT("error", task->error.message));
        /* A publisher that is stopped has clients no more, and Redis may have taken the events. */
        if (!task_is_cancelled(task))
            give_local(conversations, batch);
        task_forget_error(task);
    }
    conversations->stats.events += batch->count;
    for (size_t i = 0; i < batch->count; i++)
        drop(batch->turns[i], batch->queued[i]);
}

void publisher_run(Task *task, void *argument)
{
    Conversations *conversations = argument;
    Batch *batch = MEM_NEW(Batch);
    while (task_may_go_on(task)) {
        ArenaMark mark = arena_mark(task->arena);
        tell_unheard(task, conversations, batch);
        batch->count = batch->bytes = 0;
        conversations->publisher_wait = task_wait_begin(task);
        gather(conversations, batch);
        if (batch->count == 0) {
            if (!task_wait(task, conversations->publisher_wait))
                break;
        } else {
            publish(task, conversations, batch);
        }
        arena_reset(task->arena, mark);
    }
    mem_free(batch);
}
