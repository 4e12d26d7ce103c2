/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this feature share. */
#pragma once

#include "base/json.h"
#include "base/list.h"
#include "conversations/conversation.h"
#include "conversations/hub.h"
#include "conversations/turn_store.h"
#include "task/clock.h"
#include "trace/span.h"

/* A conversation whose events were published without Redis. */
typedef struct {
    ListNode node;
    Uuid id;
} UnheardConversation;

/* An event that waits to be published. It is freed with its last use. */
typedef struct {
    ListNode node;
    EventMark mark;
    Str body; /* behind the struct */
} QueuedEvent;

struct Turn {
    ListNode node; /* in conversations->turns until it is freed */
    ListNode same_bucket;
    ListNode waiting_node; /* in conversations->waiting */
    bool is_waiting;
    Conversations *conversations;
    Arena *arena;
    Uuid user_id;
    TraceContext trace; /* of the request that asked; then of its own span */
    Span span;
    int64_t fencing_token;
    bool has_parent; /* of the question */
    Uuid parent_id;
    TurnRequest request;
    struct Detached *preparation; /* NULL: there is none, or it was taken */
    TurnResult result;
    TurnTitle title; /* once it was asked for */
    TaskId task;
    Str reason; /* why it was stopped; empty: it was not */
    const char *stop_state;
    bool is_lost;
    bool is_ending; /* its end is being stored, or is */
    bool is_stored; /* with its end; the row of the turn is gone */
    bool has_ended; /* its last event is queued */
    StrBuf text;
    size_t queued_bytes; /* of text that are events already */
    size_t kept_bytes;   /* of text that PostgreSQL has */
    uint64_t chunk_due_ms;
    uint64_t last_chunk_ms;
    uint64_t kept_ms;
    List events;         /* QueuedEvent */
    size_t events_bytes; /* of their bodies */
    Wait space;          /* the answerer, while much is unpublished */
    uint32_t unheard_in; /* the telling that its conversation waits for */
    uint64_t started_ns; /* when the answerer was asked */
};

enum { TURN_BUCKETS = 1024 };

struct Conversations {
    const Services *services;
    ConversationsOptions options;
    Str owner; /* names this process in the leases */
    Arena *arena;
    Hub *hub;
    List turns;
    List turns_by_message[TURN_BUCKETS];
    List waiting; /* turns with text or events to publish, the longest waiting first */
    List clients; /* ChatClient */
    List unheard; /* UnheardConversation */
    uint64_t tell_unheard_ms;
    uint32_t telling; /* number of the next time that unheard is told */
    Wait publisher_wait;
    Wait stop_wait;
    TaskId publisher;
    TaskId keeper;
    TaskId sweeper;
    TaskId checker; /* of the clients' sessions */
    LoopTimer publish_timer;
    RedisSubscription *control;
    uint32_t tasks;     /* that begin, run and end turns */
    uint32_t beginning; /* turns that are not in `turns` yet */
    uint32_t titles;    /* turns that have ended and wait for their title */
    bool is_stopping;
    bool has_given_up; /* stopping took too long: nothing is tried again */
    ConversationsStats stats;
    MetricHistogram first_texts; /* from the start of a turn to the first text of its answer */
    MetricHistogram durations;   /* of turns */
};

/* A task that was counted in conversations->tasks has ended. It uses nothing of ours afterwards. */
void conversations_task_ended(Conversations *conversations);

/* turn_run.c: runs a turn that has begun, and ends it. */
void turn_run(Task *task, void *argument);
/* Has the task act for the user of the turn. */
void turn_act(Task *task, const Turn *turn);
/* After its last event was queued: the turn goes with its last event. */
void turn_end(Turn *turn);

/* turn_bill.c: what a turn cost, and the titles that are billed apart from answers. */
/* Writes what is billed as members of a JSON object. */
void turn_write_bill(JsonWriter *json, const TurnResult *result);
/* Returns the same as an object, without what the provider said of it. */
Str turn_least_bill(Task *task, const TurnResult *result);
/* Bills an answer whose end could not be stored, because another process has ended it. An answer is
 * billed once. */
void turn_bill_late(Task *task, const Turn *turn);
/* A TaskMain: has a title made, then ends the turn. */
void turn_title_run(Task *task, void *argument);

/* turn.c */
/* Adds a turn whose request is filled in. */
void turn_add(Turn *turn);
Turn *turn_find_by_message(Conversations *conversations, const Uuid *message_id);
/* Stops a turn of this process: it ends in that state, for that reason. */
void turn_stop(Turn *turn, const char *state, Str reason);
void turn_free(Turn *turn);
/* Queues an event of the turn, and moves the text said so far in front of it. */
void turn_queue(Turn *turn, EventMark mark, Str body);
/* Has the publisher look at the turn. */
void turn_wait_for_publisher(Turn *turn);
/* The turn has nothing to publish. */
void turn_leave_publisher(Turn *turn);
/* Queues the text that is no event yet. */
void turn_queue_text(Turn *turn);

/* publisher.c: publishes the queued events of all turns, several in one round trip. */
void publisher_run(Task *task, void *argument);
void publisher_wake(Conversations *conversations);
/* Sets when it has to look again, for text that waits to be put together. */
void publisher_wake_at(Conversations *conversations, uint64_t due_ms);
/* Has the clients of a conversation told to reload once Redis can be reached again, because other
 * processes did not hear of an event. */
void publisher_tell_later(Conversations *conversations, const Uuid *conversation_id);

/* keeper.c: puts down the text of all turns, renews leases; ends the turns of other processes. */
void keeper_run(Task *task, void *argument);
void sweeper_run(Task *task, void *argument);
/* Ends an expired turn, with all text that clients have seen. */
bool keeper_interrupt(Task *task, Conversations *conversations,
                      const ExpiredTurn *expired) MUST_USE;

/* history.c: the context window, through the cache in Redis. */
typedef struct {
    const HistoryMessage *messages; /* oldest first */
    size_t count;                   /* at most CONVERSATION_HISTORY */
} History;

/* Loads the branch that ends with last_id, which the caller has seen in the conversation. */
bool history_load(Task *task, const Services *services, const Uuid *conversation_id,
                  const Uuid *last_id, History *out_history) MUST_USE;
/* Adds a question and its answer, if the cache ends with what came before them. parent_id may be
 * NULL. */
bool history_append(Task *task, const Services *services, const Uuid *conversation_id,
                    const Uuid *parent_id, const HistoryMessage added[2]) MUST_USE;
/* Drops the cache. A fill that has begun before is dropped too. */
bool history_forget(Task *task, const Services *services, const Uuid *conversation_id) MUST_USE;

typedef struct {
    TurnQuestion question;
    /* question, mode, provider, model, key, documents and plan; the rest is filled in. */
    TurnRequest request;
} TurnOrder;

typedef struct {
    bool is_new; /* false: the client's id was used before */
    Uuid question_id;
    Uuid message_id;
    bool has_after;
    uint64_t after; /* the sequence right before the turn's first event */
} TurnStarted;

/* Returns the tokens a day of a plan. 0: without a limit. */
int64_t conversations_quota(const Services *services, Str plan_tier);
/* Counts a message that did not come as a request of its own. */
bool conversations_count_message(Task *task, Conversations *conversations, Str plan_tier) MUST_USE;
/* Starts a turn for the task's user. ERR_CONFLICT names the running answer. */
bool turn_start(Task *task, Conversations *conversations, const TurnOrder *order,
                TurnStarted *out_started) MUST_USE;
