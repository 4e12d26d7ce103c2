/* SPDX-License-Identifier: Apache-2.0 */
#include "conversations/hub.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/strbuf.h"

enum {
    BUCKETS = 1024,
    RETRY_MS = 1000,
    GIVEN_AT_ONCE_BYTES = 64 * 1024,
    STOP_POLL_MS = 2,
    SEEN_EVENTS = EVENT_LOG_BATCH, /* a publication that fails has at most so many */
};

typedef struct HubChannel {
    ListNode node;
    Hub *hub;
    Uuid conversation_id;
    List watchers;
    RedisSubscription *subscription;
    uint64_t last;              /* the newest sequence that was seen, for events without Redis */
    uint64_t seen[SEEN_EVENTS]; /* digests of the newest events that came from Redis */
    size_t seen_count;
} HubChannel;

struct Hub {
    Loop *loop;
    Redis *redis;
    List channels[BUCKETS];
    List readings;
    uint64_t next_id;
    uint32_t watchers;
};

/* A task that reads the log for a watcher. The watcher may have gone: it is found again by id. */
typedef struct {
    ListNode node;
    Hub *hub;
    TaskId task;
    Uuid conversation_id;
    uint64_t watcher_id;
} Reading;

Hub *hub_new(Loop *loop, Redis *redis)
{
    Hub *hub = MEM_NEW(Hub);
    hub->loop = loop;
    hub->redis = redis;
    return hub;
}

void hub_stop(Task *task, Hub *hub)
{
    for (ListNode *each = hub->readings.first; each; each = each->next)
        task_cancel(hub->loop, CONTAINER_OF(each, Reading, node)->task);
    while (hub->readings.count > 0 && task_sleep(task, STOP_POLL_MS))
        continue;
}

void hub_free(Hub *hub)
{
    check(!hub || (hub->watchers == 0 && hub->readings.count == 0));
    mem_free(hub);
}

uint32_t hub_watchers(const Hub *hub)
{
    return hub->watchers;
}

static List *bucket_of(Hub *hub, const Uuid *conversation_id)
{
    return &hub->channels[(conversation_id->bytes[0] << 8 | conversation_id->bytes[1]) % BUCKETS];
}

static HubChannel *find_channel(Hub *hub, const Uuid *conversation_id)
{
    for (ListNode *each = bucket_of(hub, conversation_id)->first; each; each = each->next) {
        HubChannel *channel = CONTAINER_OF(each, HubChannel, node);
        if (uuid_equal(&channel->conversation_id, conversation_id))
            return channel;
    }
    return NULL;
}

static Watcher *find_watcher(const Reading *reading)
{
    HubChannel *channel = find_channel(reading->hub, &reading->conversation_id);
    for (ListNode *each = channel ? channel->watchers.first : NULL; each; each = each->next) {
        Watcher *watcher = CONTAINER_OF(each, Watcher, node);
        if (watcher->id == reading->watcher_id)
            return watcher->is_gone ? NULL : watcher;
    }
    return NULL;
}

/* FNV-1a, 64 bits. */
static uint64_t digest_of(Str body)
{
    uint64_t digest = 0xcbf29ce484222325;
    for (size_t i = 0; i < body.size; i++)
        digest = (digest ^ (unsigned char)body.data[i]) * 0x100000001b3;
    return digest;
}

/* Returns whether an event with this digest has come from Redis lately. */
static bool has_seen(const HubChannel *channel, uint64_t digest)
{
    for (size_t i = 0; i < MIN_OF(channel->seen_count, (size_t)SEEN_EVENTS); i++)
        if (channel->seen[i] == digest)
            return true;
    return false;
}

/* Notes an event that has come from Redis, live or by the log. */
static void note_seen(HubChannel *channel, Str body)
{
    uint64_t digest = digest_of(body);
    if (!has_seen(channel, digest))
        channel->seen[channel->seen_count++ % SEEN_EVENTS] = digest;
}

/* Sends one event, with its sequence as the first member. */
static void send_event(Watcher *watcher, uint64_t sequence, Str body)
{
    StrBuf json;
    strbuf_init(&json, EVENT_BODY_MAX_BYTES + 64);
    strbuf_printf(&json, "{\"seq\":%llu,", (unsigned long long)sequence);
    strbuf_append(&json, str_from(body, 1));
    watcher->after = sequence;
    watcher->is_gone = json.overflowed || !watcher->send(watcher, sequence, strbuf_str(&json));
    strbuf_done(&json);
}

static void start_reading(Watcher *watcher);

/* Returns whether nothing lies between the last event and this one. The first of a new log follows
 * what a watcher has heard live: the former log has expired, and nothing was said meanwhile. */
static bool follows(const Watcher *watcher, const LoggedEvent *event)
{
    return event->previous == watcher->after || event->previous == 0;
}

/* Takes a live event. One that does not follow the last one makes the hub read the log. */
static void take_live(Watcher *watcher, const LoggedEvent *event)
{
    if (watcher->is_gone || (!watcher->is_reading && event->sequence <= watcher->after))
        return;
    if (watcher->is_reading)
        watcher->has_more = true;
    else if (follows(watcher, event))
        send_event(watcher, event->sequence, event->body);
    else
        start_reading(watcher);
}

static void on_message(Str name, Str payload, void *context)
{
    HubChannel *channel = context;
    LoggedEvent event;
    (void)name;
    if (!event_log_parse(payload, &event)) {
        log_warn("conversations.event_malformed", LOG_INT("bytes", payload.size));
        return;
    }
    channel->last = MAX_OF(channel->last, event.sequence);
    note_seen(channel, event.body);
    ListNode *next = NULL;
    for (ListNode *each = channel->watchers.first; each; each = next) {
        next = each->next;
        take_live(CONTAINER_OF(each, Watcher, node), &event);
    }
}

/* Messages may have been lost: every watcher reads the log. */
static void on_missed(Str name, void *context)
{
    HubChannel *channel = context;
    (void)name;
    for (ListNode *each = channel->watchers.first; each; each = each->next) {
        Watcher *watcher = CONTAINER_OF(each, Watcher, node);
        if (watcher->is_reading)
            watcher->has_more = true;
        else if (!watcher->is_gone)
            start_reading(watcher);
    }
}

/* The watcher goes on after the position, which the log knows. The sequence that the client sees
 * does not go back. */
static void send_reload(Watcher *watcher, uint64_t position)
{
    send_event(watcher, MAX_OF(position, watcher->after), STR("{\"type\":\"reload\"}"));
    watcher->after = position;
}

/* Gives what was read to the watcher, as much as a client takes that reads at all. Returns false at
 * the end of the log. */
static bool give_page(Watcher *watcher, const EventLogPage *page)
{
    size_t bytes = 0;
    if (page->has_gap)
        send_reload(watcher, page->last);
    for (size_t i = 0; i < page->count && !watcher->is_gone && bytes < GIVEN_AT_ONCE_BYTES; i++) {
        if (page->events[i].sequence <= watcher->after)
            continue;
        note_seen(watcher->channel, page->events[i].body);
        send_event(watcher, page->events[i].sequence, page->events[i].body);
        bytes += page->events[i].body.size;
    }
    return page->count > 0 && !watcher->is_gone;
}

static bool find_position(Task *task, const Reading *reading)
{
    uint64_t after = 0;
    if (!event_log_find_start(task, reading->hub->redis, &reading->conversation_id, &after))
        return false;
    Watcher *watcher = find_watcher(reading);
    if (watcher) {
        watcher->after = after;
        watcher->has_position = true;
    }
    return true;
}

/* Reads one page. Sets out_more while there may be another one. */
static bool read_page(Task *task, const Reading *reading, bool *out_more)
{
    EventLogPage page;
    Watcher *watcher = find_watcher(reading);
    *out_more = false;
    if (!watcher)
        return true;
    if (!watcher->has_position && !find_position(task, reading))
        return false;
    watcher = find_watcher(reading);
    if (!watcher)
        return true;
    watcher->has_more = false;
    uint64_t after = watcher->after;
    if (!event_log_read(task, reading->hub->redis, &reading->conversation_id, after, &page))
        return false;
    watcher = find_watcher(reading);
    if (!watcher)
        return true;
    /* It got events without Redis meanwhile: the page may hold them too. */
    if (watcher->after != after) {
        *out_more = true;
        return true;
    }
    *out_more = give_page(watcher, &page) || watcher->has_more;
    return true;
}

static bool wait_for_client(Task *task, const Reading *reading)
{
    Watcher *watcher = find_watcher(reading);
    if (!watcher || !watcher->wait || watcher->wait(task, watcher))
        return true;
    watcher = find_watcher(reading);
    if (watcher)
        watcher->is_gone = true;
    task_forget_error(task);
    return !task_is_cancelled(task);
}

/* Reads the log until its end; while Redis cannot be reached, once a second. */
static void read_log(Task *task, void *argument)
{
    Reading *reading = argument;
    bool more = true;
    while (more) {
        ArenaMark mark = arena_mark(task->arena);
        if (!read_page(task, reading, &more)) {
            log_warn("conversations.events_not_read", LOG_TEXT("error", task->error.message));
            task_forget_error(task);
            more = task_sleep(task, RETRY_MS);
        } else if (more) {
            more = wait_for_client(task, reading);
        }
        arena_reset(task->arena, mark);
    }
    Watcher *watcher = find_watcher(reading);
    if (watcher)
        watcher->is_reading = false;
    list_remove(&reading->hub->readings, &reading->node);
    mem_free(reading);
}

static void start_reading(Watcher *watcher)
{
    Hub *hub = watcher->channel->hub;
    Reading *reading = MEM_NEW(Reading);
    reading->hub = hub;
    reading->conversation_id = watcher->channel->conversation_id;
    reading->watcher_id = watcher->id;
    list_append(&hub->readings, &reading->node);
    watcher->is_reading = true;
    reading->task = task_spawn_background(hub->loop, "conversations.read_log", read_log, reading);
}

static HubChannel *open_channel(Hub *hub, const Uuid *conversation_id)
{
    HubChannel *channel = MEM_NEW(HubChannel);
    channel->hub = hub;
    channel->conversation_id = *conversation_id;
    RedisSubscriber subscriber = {
        .message = on_message, .missed = on_missed, .missed_at_start = true, .context = channel};
    auto_arena Arena *arena = arena_new();
    channel->subscription =
        redis_subscribe(hub->redis, event_log_channel(arena, conversation_id), &subscriber);
    list_append(bucket_of(hub, conversation_id), &channel->node);
    return channel;
}

void hub_watch(Hub *hub, Watcher *watcher, const Uuid *conversation_id)
{
    HubChannel *channel = find_channel(hub, conversation_id);
    if (!channel)
        channel = open_channel(hub, conversation_id);
    watcher->channel = channel;
    watcher->id = ++hub->next_id;
    watcher->is_reading = watcher->has_more = watcher->is_gone = false;
    list_append(&channel->watchers, &watcher->node);
    hub->watchers++;
    start_reading(watcher);
}

void hub_unwatch(Hub *hub, Watcher *watcher)
{
    HubChannel *channel = watcher->channel;
    if (!channel)
        return;
    watcher->channel = NULL;
    list_remove(&channel->watchers, &watcher->node);
    hub->watchers--;
    if (channel->watchers.count > 0)
        return;
    redis_unsubscribe(channel->subscription);
    list_remove(bucket_of(hub, &channel->conversation_id), &channel->node);
    mem_free(channel);
}

void hub_give_local(Hub *hub, const NewEvent *event, uint64_t now_ms)
{
    HubChannel *channel = find_channel(hub, &event->conversation_id);
    /* Redis may have taken a publication whose answer was lost. */
    if (!channel || has_seen(channel, digest_of(event->body)))
        return;
    channel->last = MAX_OF(channel->last + 1, now_ms << 12);
    for (ListNode *each = channel->watchers.first; each; each = each->next) {
        Watcher *watcher = CONTAINER_OF(each, Watcher, node);
        watcher->has_position = true;
        if (!watcher->is_gone)
            send_event(watcher, MAX_OF(channel->last, watcher->after + 1), event->body);
    }
}
