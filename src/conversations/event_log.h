/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EventLog: the events of a conversation, in order, for every process. A capped Redis stream keeps
 * the newest; the channel ws:conversation:{id} carries each to the processes that subscribe. Each
 * event has a sequence number, which is unique and growing within its conversation, also when Redis
 * was wiped meanwhile.
 *
 * A reader never misses an event without noticing: every event also carries the sequence of the one
 * before it.
 */
#pragma once

#include "base/list.h"
#include "base/uuid.h"
#include "redis/redis.h"

enum {
    EVENT_LOG_BATCH = 128,         /* events of one publication, or of one read */
    EVENT_LOG_EVENTS = 4096,       /* kept of a conversation, approximately */
    EVENT_LOG_SECONDS = 3600,      /* kept after the start of a turn, */
    EVENT_LOG_ENDED_SECONDS = 300, /* and after its end: its messages are in PostgreSQL */
    EVENT_BODY_MAX_BYTES = 64 * 1024,
};

typedef enum {
    EVENT_PLAIN,
    EVENT_STARTS_TURN, /* a client that comes without a position begins here */
    EVENT_ENDS_TURN,
} EventMark;

typedef struct {
    Uuid conversation_id;
    EventMark mark;
    Str body;        /* a JSON object with at least one member */
    Uuid message_id; /* of the turn that it starts or ends; zeros: whichever runs */
} NewEvent;

typedef struct {
    uint64_t sequence;
    uint64_t previous; /* of the event before it; 0: none is known */
    Str body;
} LoggedEvent;

/* Publishes at most EVENT_LOG_BATCH events, of any conversations, in one round trip. Those of
 * conversations that event_log_forget has forgotten are dropped, with the sequence 0. */
bool event_log_publish(Task *task, Redis *redis, const NewEvent *events, size_t count,
                       LoggedEvent *out_events) MUST_USE;

typedef struct {
    const LoggedEvent *events; /* in the arena */
    size_t count;              /* at most EVENT_LOG_BATCH */
    uint64_t last;             /* of the page; of an empty page: the newest of the log, or 0 */
    bool has_gap; /* the log does not hold the position, or not the events right after it */
} EventLogPage;

/* Reads the events after a sequence. */
bool event_log_read(Task *task, Redis *redis, const Uuid *conversation_id, uint64_t after,
                    EventLogPage *out_page) MUST_USE;

/* Returns where a client without a position begins: right before the running turn, or else after
 * the newest event. 0: at the first event that will come. */
bool event_log_find_start(Task *task, Redis *redis, const Uuid *conversation_id,
                          uint64_t *out_after) MUST_USE;

/* Returns the text of an answer that the log holds, from the byte *out_offset on: the chunks of one
 * message, put together. Empty when it holds none. */
bool event_log_read_text(Task *task, Redis *redis, const Uuid *conversation_id,
                         const Uuid *message_id, uint32_t *out_offset, Str *out_text) MUST_USE;

typedef struct {
    Uuid conversation_id;
    Uuid message_id;
} LoggedTurn;

/* Notes that the end of a turn is about to be published, so that a process can tell the clients
 * when this one dies in between. Publishing the end removes the note. */
bool event_log_expect_end(Task *task, Redis *redis, const LoggedTurn *turn) MUST_USE;
/* Returns at most EVENT_LOG_BATCH turns whose end is expected for longer than that. */
bool event_log_find_overdue(Task *task, Redis *redis, uint32_t overdue_ms, LoggedTurn **out_turns,
                            size_t *out_count) MUST_USE;

/* Has the log of a deleted conversation go in a minute, when its last event has been read. Events
 * that are published later are dropped. */
bool event_log_forget(Task *task, Redis *redis, const Uuid *conversation_id) MUST_USE;

/* Returns the channel of a conversation, in the arena. */
Str event_log_channel(Arena *arena, const Uuid *conversation_id);
/* Parses what the channel carries. The body is a view. */
bool event_log_parse(Str payload, LoggedEvent *out_event) MUST_USE;
