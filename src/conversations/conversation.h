/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversations: questions of users and the answers to them. A conversation is a tree of messages;
 * its head is the last message of the branch that is shown.
 *
 * A turn is the making of one answer. It belongs to the serve process that took the question, not
 * to the client's connection, and holds a lease as jobs do. What it says becomes events
 * (event_log.h) for all clients that watch, and is put down in PostgreSQL every second or few.
 *
 * This feature knows nothing of models: app/ gives it an answerer.
 *
 *     static bool answer(Task *task, Turn *turn, void *context)
 *     {
 *         return turn_say(task, turn, STR("Because its MTU differs."));
 *     }
 */
#pragma once

#include "base/strbuf.h"
#include "web/router.h"

enum {
    CONVERSATION_HISTORY = 50,        /* messages of the context window */
    MESSAGE_MAX_BYTES = 32 * 1024,    /* of a question */
    MESSAGE_MAX_DOCUMENTS = 100,      /* attached to a question */
    TURN_MAX_TEXT_BYTES = 256 * 1024, /* of an answer */
    TURN_EVENT_MAX_BYTES = 48 * 1024, /* of the members of one event */
    TURN_TITLE_MS = 20 * 1000,        /* for asking for a title */
};

extern const Route conversations_routes[];
/* What a user has used: tokens and cost, by day and by model. */
extern const Route usage_routes[];

/* Tells the clients that a conversation has gone, and deletes what Redis has of it. A failure is
 * logged, not reported: it expires within an hour. */
void conversation_forget(Task *task, const Services *services, const Uuid *id);

typedef struct Conversations Conversations;
typedef struct Turn Turn;

typedef struct {
    Uuid id;
    bool is_user;
    Str content;
    Str state; /* "complete", … */
} HistoryMessage;

/* What a turn has to answer. Views live as long as the turn. */
typedef struct {
    Uuid conversation_id;
    Uuid message_id; /* of the answer */
    Uuid question_id;
    Str question;
    const Uuid *document_ids; /* attached */
    size_t document_count;
    Str mode;     /* "auto", "model" or "sources" */
    Str provider; /* empty: any */
    Str model;    /* empty: the key's or the provider's default */
    bool has_key;
    Uuid key_id;
    Str plan_tier;
    const HistoryMessage *history; /* of the branch, before the question, oldest first */
    size_t history_count;
} TurnRequest;

typedef struct TurnTitle TurnTitle;

/*
 * Asks for a title of the conversation, after its answer was stored as complete. Runs as the user
 * in a task of its own, for at most TURN_TITLE_MS. Returns false when nobody was asked.
 */
typedef bool TurnTitleMaker(Task *task, Turn *turn, void *context, TurnTitle *out_title);

/* What the answerer found out, beside the text. JSON members are empty or whole values. */
typedef struct {
    Str citations; /* an array */
    Str steps;     /* an array: calls of tools and their answers */
    Str details;   /* members of the message's metadata, "\"key\":value,…" without braces */
    Str provider;
    Str model;
    bool has_usage;
    int64_t tokens_in;
    int64_t tokens_out;
    int64_t tokens_cached;
    int64_t cost_micros;
    Str provider_usage; /* an object */
    Str sent;           /* an object: exactly what left for the provider; empty: nothing did */
    TurnTitleMaker *make_title; /* NULL: no title is wanted */
    void *title_context;        /* in the turn's arena */
} TurnResult;

struct TurnTitle {
    Str text;         /* one line of UTF-8; empty: none that can be used */
    TurnResult asked; /* provider, model, usage, and what was sent; the rest is not used */
};

/*
 * Answers a turn as its user, in a task of its own. Failing fails the turn, with the message of
 * task->error as its reason; the text said so far stays.
 */
typedef bool TurnAnswer(Task *task, Turn *turn, void *context);

/*
 * Finds what the answer to a question will need, while its turn is begun: as the user, in a task of
 * its own. The conversation, the messages and the history of the request are not known yet. It must
 * only read, since the turn may not come about. Returns false when nothing is needed. The text may
 * be in the task's arena.
 */
typedef bool TurnPrepare(Task *task, const Services *services, const TurnRequest *request,
                         Str *out_text);

const Services *turn_services(const Turn *turn);
const TurnRequest *turn_request(const Turn *turn);
/* The answerer fills in the result; what it points to must be in the turn's arena. */
TurnResult *turn_result(Turn *turn);
Arena *turn_arena(Turn *turn);
/* Waits for what was prepared, and stores it in the task's arena. Returns false if nothing was, if
 * that failed, if it was taken before, and when the task is cancelled. */
bool turn_take_prepared(Task *task, Turn *turn, Str *out_text) MUST_USE;
/* Appends UTF-8 text to the answer. The first text is published at once, later text within 30 to
 * 100 ms. Waits while much is unpublished. Fails with ERR_FILE_TOO_LARGE past TURN_MAX_TEXT_BYTES.
 */
bool turn_say(Task *task, Turn *turn, Str text) MUST_USE;
/* Returns how long text is put together at present, in ms: what makes the text need not be looked
 * at more often. 0 before the first text. */
uint32_t turn_gather_ms(const Turn *turn);
/* Publishes an event of this type, after the text said so far. members are JSON members without
 * braces, or empty. Fails with ERR_VALIDATION past TURN_EVENT_MAX_BYTES. */
bool turn_tell(Task *task, Turn *turn, const char *type, Str members) MUST_USE;
/* Returns the answer so far, a view until more is said. */
Str turn_text(const Turn *turn);
/* Returns how many bytes the answer has so far. */
size_t turn_text_bytes(const Turn *turn);
/* Reserves tokens of the user's quota for the day, before a model is asked. Fails with
 * ERR_RATE_LIMIT_EXCEEDED and the time when the next day begins. */
bool turn_reserve(Task *task, Turn *turn, int64_t tokens) MUST_USE;

/* Fails in the same way if the tokens would exceed the quota, and reserves nothing. */
bool turn_check_quota(Task *task, Turn *turn, int64_t tokens) MUST_USE;

/* What the conversation says about how it is answered. */
typedef struct {
    bool is_private;  /* the user wants addresses and names to leave as stand-ins only */
    bool wants_title; /* neither a person nor a model gave it one */
    Str standins;     /* what turn_store_standins stored, decrypted; empty: nothing */
} TurnSettings;

/* Loads them into the task's arena. Fails with ERR_INTERNAL when the stand-ins do not decrypt. */
bool turn_load_settings(Task *task, Turn *turn, TurnSettings *out_settings) MUST_USE;
/* Stores the stand-ins of the conversation, encrypted for it. Fails when another process has ended
 * the turn, and with ERR_FILE_TOO_LARGE past ENCRYPTED_TEXT_MAX_BYTES. */
bool turn_store_standins(Task *task, Turn *turn, Str standins) MUST_USE;

typedef struct {
    TurnAnswer *answer;
    void *context;
    TurnPrepare *prepare;     /* NULL: nothing is prepared */
    uint32_t max_turns;       /* running in this process; beyond: 503. 0: 4096 */
    uint32_t max_duration_ms; /* of a turn. 0: 10 min */
    uint32_t lease_ms;        /* 0: 15 s */
} ConversationsOptions;

/* Starts the tasks that publish events, put down text and end the turns of processes that died.
 * services must outlive it. */
Conversations *conversations_new(const Services *services,
                                 const ConversationsOptions *options) MUST_USE;
/* Ends the running turns as interrupted, with all their text, and the tasks. */
void conversations_stop(Task *task, Conversations *conversations);
/* Frees everything once the connections of the clients are freed. Call it after conversations_stop
 * and after the server was stopped. NULL is allowed. */
void conversations_free(Task *task, Conversations *conversations);

typedef struct {
    uint32_t running;
    uint32_t watchers;
    uint64_t begun;
    uint64_t completed;
    uint64_t cancelled;
    uint64_t failed;
    uint64_t interrupted; /* of other processes, ended by this one */
    uint64_t events;
} ConversationsStats;

ConversationsStats conversations_stats(const Conversations *conversations);
/* A MetricCollect whose source is a Conversations: turns by their end, and how long they take. */
void conversations_collect(MetricWriter *writer, const void *source);
