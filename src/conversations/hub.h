/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hub: gives the events of conversations to the clients that this process serves. It subscribes to
 * the channel of a conversation while a client watches it.
 *
 * A watcher gets every event after its position, once and in order: first those of the log, then
 * those of the channel. When an event does not follow the watcher's last one, the hub reads the log
 * again. Events that are lost for good (trimmed, or Redis was wiped) become one event of type
 * "reload", after which the client fetches the messages. So does a position that the log does not
 * know, because nobody can tell what came after it.
 *
 *     watcher->send = send_event;
 *     watcher->after = position;
 *     hub_watch(hub, watcher, &conversation_id);
 *     …
 *     hub_unwatch(hub, watcher);
 */
#pragma once

#include "base/list.h"
#include "conversations/event_log.h"

typedef struct Hub Hub;

typedef struct Watcher {
    /* Sends one event without waiting. json is {"seq":…,"type":…}. Returns false when the client
     * has gone; the watcher then gets no more. Must not call the hub. */
    bool (*send)(struct Watcher *watcher, uint64_t sequence, Str json);
    /* Waits while the client is far behind, during reading of the log. NULL: never. Returns false
     * when the client has gone. */
    bool (*wait)(Task *task, struct Watcher *watcher);
    bool has_position; /* false: begin with the running turn, if any */
    uint64_t after;
    /* The rest belongs to the hub. */
    ListNode node;
    struct HubChannel *channel; /* NULL: not watching */
    uint64_t id;
    bool is_reading; /* a task reads the log for it */
    bool has_more;   /* events came meanwhile */
    bool is_gone;
} Watcher;

Hub *hub_new(Loop *loop, Redis *redis) MUST_USE;
/* Ends the tasks that read the log. No watcher may be left. */
void hub_stop(Task *task, Hub *hub);
/* Call it after hub_stop. NULL is allowed. */
void hub_free(Hub *hub);
/* Starts watching. The first events come from a task of the hub. */
void hub_watch(Hub *hub, Watcher *watcher, const Uuid *conversation_id);
/* Stops watching. The watcher is not used afterwards. Does nothing when it does not watch. */
void hub_unwatch(Hub *hub, Watcher *watcher);

/* Gives an event to the watchers of this process without Redis, for when it cannot be reached. Does
 * nothing when the event has come from Redis before. */
void hub_give_local(Hub *hub, const NewEvent *event, uint64_t now_ms);
/* Returns how many watch. */
uint32_t hub_watchers(const Hub *hub);
