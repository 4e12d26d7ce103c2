/* SPDX-License-Identifier: Apache-2.0 */
#include "conversations/chat_client.h"

#include "base/log.h"
#include "base/mem.h"

#include <unistd.h>

enum {
    DEFAULT_MAX_TURNS = 4096,
    DEFAULT_DURATION_MS = 10 * 60 * 1000,
    DEFAULT_LEASE_MS = 15 * 1000,
    STOP_WAIT_MS = 10 * 1000,
    FREE_POLL_MS = 5,
};

/* Another process asks this one to cancel an answer. */
static void on_control(Str channel, Str payload, void *context)
{
    Uuid message_id;
    (void)channel;
    Turn *turn =
        uuid_parse(payload, &message_id) ? turn_find_by_message(context, &message_id) : NULL;
    if (turn)
        turn_stop(turn, "cancelled", STR("you cancelled it"));
}

static void fill_in(ConversationsOptions *options)
{
    options->max_turns = options->max_turns ? options->max_turns : DEFAULT_MAX_TURNS;
    options->max_duration_ms =
        options->max_duration_ms ? options->max_duration_ms : DEFAULT_DURATION_MS;
    options->lease_ms = options->lease_ms ? options->lease_ms : DEFAULT_LEASE_MS;
}

Conversations *conversations_new(const Services *services, const ConversationsOptions *options)
{
    Conversations *conversations = MEM_NEW(Conversations);
    Uuid id = uuid_new();
    Loop *loop = services->loop;
    conversations->services = services;
    conversations->options = *options;
    fill_in(&conversations->options);
    conversations->telling = 1;
    conversations->arena = arena_new();
    conversations->owner = uuid_str(conversations->arena, &id);
    conversations->hub = hub_new(loop, services->redis);
    RedisSubscriber subscriber = {.message = on_control, .context = conversations};
    Str channel =
        arena_printf(conversations->arena, "ws:serve:%.*s", STR_ARGS(conversations->owner));
    conversations->control = redis_subscribe(services->redis, channel, &subscriber);
    conversations->publisher =
        task_spawn_background(loop, "conversations.publish", publisher_run, conversations);
    conversations->keeper =
        task_spawn_background(loop, "conversations.keep", keeper_run, conversations);
    conversations->sweeper =
        task_spawn_background(loop, "conversations.sweep", sweeper_run, conversations);
    conversations->checker = task_spawn_background(loop, "conversations.check_sessions",
                                                   chat_clients_check, conversations);
    return conversations;
}

static void close_clients(Conversations *conversations)
{
    ListNode *next = NULL;
    for (ListNode *each = conversations->clients.first; each; each = next) {
        next = each->next;
        chat_client_close(CONTAINER_OF(each, ChatClient, node), CHAT_CLOSE_RESTART,
                          STR("the server is stopping"));
    }
}

static void stop_turns(Conversations *conversations)
{
    for (ListNode *each = conversations->turns.first; each; each = each->next) {
        Turn *turn = CONTAINER_OF(each, Turn, node);
        if (!turn->has_ended)
            turn_stop(turn, "interrupted", STR("the server was stopped while it answered"));
    }
}

static void wait_until_ended(Task *task, Conversations *conversations, TaskId id)
{
    task_cancel(task->loop, id);
    while (task_is_alive(task->loop, id) && task_yield(task))
        continue;
}

void conversations_task_ended(Conversations *conversations)
{
    conversations->tasks--;
    wait_wake(conversations->stop_wait);
}

/* Waits until all turns have ended and are published, for at most STOP_WAIT_MS. */
static void wait_for_turns(Task *task, Conversations *conversations)
{
    uint64_t former = task_deadline_narrow(task, STOP_WAIT_MS);
    while (conversations->turns.count > 0 || conversations->tasks > 0) {
        conversations->stop_wait = task_wait_begin(task);
        if (!task_wait(task, conversations->stop_wait))
            break;
    }
    task_deadline_set(task, former);
    if (!task_is_cancelled(task))
        task_forget_error(task);
    if (conversations->turns.count > 0)
        log_warn("conversations.turns_left", LOG_INT("turns", conversations->turns.count));
}

void conversations_stop(Task *task, Conversations *conversations)
{
    conversations->is_stopping = true;
    stop_turns(conversations);
    wait_for_turns(task, conversations);
    conversations->has_given_up = true;
    close_clients(conversations);
    wait_until_ended(task, conversations, conversations->checker);
    wait_until_ended(task, conversations, conversations->keeper);
    wait_until_ended(task, conversations, conversations->sweeper);
    wait_until_ended(task, conversations, conversations->publisher);
    redis_unsubscribe(conversations->control);
    conversations->control = NULL;
}

void conversations_free(Task *task, Conversations *conversations)
{
    ListNode *each = NULL;
    if (!conversations)
        return;
    while ((conversations->clients.count > 0 || conversations->tasks > 0) &&
           task_sleep(task, FREE_POLL_MS))
        continue;
    while (conversations->turns.first)
        turn_free(CONTAINER_OF(conversations->turns.first, Turn, node));
    while ((each = list_take_first(&conversations->unheard)))
        mem_free(CONTAINER_OF(each, UnheardConversation, node));
    loop_timer_stop(&conversations->publish_timer);
    hub_stop(task, conversations->hub);
    hub_free(conversations->hub);
    arena_free(conversations->arena);
    mem_free(conversations);
}

ConversationsStats conversations_stats(const Conversations *conversations)
{
    ConversationsStats stats = conversations->stats;
    stats.running = conversations->turns.count;
    stats.watchers = hub_watchers(conversations->hub);
    return stats;
}

void conversations_collect(MetricWriter *writer, const void *source)
{
    static const MetricFamily ends = {
        "netguru_turns", METRIC_COUNTER, "Turns of conversations by how they ended.", {"end"}};
    static const MetricFamily first_texts = {"netguru_turn_first_text_seconds",
                                             METRIC_HISTOGRAM,
                                             "Time from the start of a turn to the first text.",
                                             {NULL}};
    static const MetricFamily durations = {"netguru_turn_duration_seconds",
                                           METRIC_HISTOGRAM,
                                           "Time from the start of a turn to its end.",
                                           {NULL}};
    const Conversations *conversations = source;
    ConversationsStats stats = conversations_stats(conversations);
    metric_gauge(writer, "netguru_turns_running", "Turns in progress.", stats.running);
    metric_gauge(writer, "netguru_conversation_watchers", "Clients that follow a conversation now.",
                 stats.watchers);
    metric_counter(writer, "netguru_turns_begun", "Turns begun.", (double)stats.begun);
    metric_counter(writer, "netguru_conversation_events", "Events published.",
                   (double)stats.events);
    metric_begin(writer, &ends);
    metric_sample(writer, METRIC_VALUES(STR("complete")), (double)stats.completed);
    metric_sample(writer, METRIC_VALUES(STR("cancelled")), (double)stats.cancelled);
    metric_sample(writer, METRIC_VALUES(STR("failed")), (double)stats.failed);
    metric_sample(writer, METRIC_VALUES(STR("interrupted")), (double)stats.interrupted);
    metric_begin(writer, &first_texts);
    metric_sample_histogram(writer, METRIC_NO_VALUES, &conversations->first_texts);
    metric_begin(writer, &durations);
    metric_sample_histogram(writer, METRIC_NO_VALUES, &conversations->durations);
}
