/* SPDX-License-Identifier: Apache-2.0 */
/* The SQL of turns. Only inside this feature. */
#pragma once

#include "conversations/conversation.h"

typedef enum { TURN_BEGUN, TURN_REPEATED, TURN_BUSY, TURN_EXPIRED } TurnOutcome;

typedef struct {
    Uuid conversation_id;
    Str content;   /* of the question; unused when it is there already */
    bool is_again; /* only an answer is wanted, to the question parent_id */
    Str client_id; /* empty: none */
    Str metadata;  /* a JSON object */
    bool has_parent;
    bool parent_is_null; /* the question begins a branch of its own */
    Uuid parent_id;
} TurnQuestion;

typedef struct {
    TurnOutcome outcome;
    Uuid question_id;
    Uuid message_id;
    int64_t fencing_token;
    Str title;
    bool has_parent; /* of the question */
    Uuid parent_id;
} TurnBeginning;

/* Inserts question and answer. ERR_NOT_FOUND: no such conversation of the task's user.
 * ERR_VALIDATION: parent_id is not the right message. */
bool turn_store_begin(Task *task, Db *db, const TurnQuestion *question, Str owner,
                      uint32_t lease_ms, TurnBeginning *out_beginning) MUST_USE;

typedef struct {
    const char *state;
    Str reason; /* empty: none */
    Str content;
    Str words;    /* of content (engines/text/words.h), or empty: the database computes them */
    Str steps;    /* a JSON array, or empty */
    Str metadata; /* a JSON object */
    bool has_tokens;
    int64_t tokens;
    Str model; /* empty: none */
    Str sent;  /* a JSON object, or empty */
} TurnEnd;

/* Ends a turn. out_held is false when another process has ended it. */
bool turn_store_finish(Task *task, Db *db, const Uuid *message_id, int64_t fencing_token,
                       const TurnEnd *end, bool *out_held) MUST_USE;
/* Returns the state of a message of the task's user; empty: there is no such message. */
bool turn_store_find_state(Task *task, Db *db, const Uuid *message_id, Str *out_state) MUST_USE;
/* Puts down text and renews leases; turns is the JSON of turn_checkpoint. Rows: message_id,
 * outcome. */
bool turn_store_checkpoint(Task *task, Db *db, Str turns, uint32_t lease_ms,
                           const DbRows **out_rows) MUST_USE;
/* Rows: message_id, owner; none where no turn runs. */
bool turn_store_cancel(Task *task, Db *db, const Uuid *conversation_id,
                       const DbRows **out_rows) MUST_USE;

/* What turn_bill and turn_note_title record. */
typedef struct {
    Uuid conversation_id;
    Uuid message_id;
    bool has_tokens;
    int64_t tokens;
    Str metadata; /* a JSON object */
    Str sent;     /* a JSON object, or empty */
} TurnBill;

/* Bills an answer that another process has ended. out_billed is false when it was billed before. */
bool turn_store_bill(Task *task, Db *db, const TurnBill *bill, bool *out_billed) MUST_USE;
/* Records a title and what it cost, once for an answer. out_taken is empty when the conversation
 * has a better one. */
bool turn_store_title(Task *task, Db *db, const TurnBill *bill, Str title, Str *out_taken) MUST_USE;
/* Rows: is_private, title_source, the encrypted stand-ins or NULL. */
bool turn_store_load_settings(Task *task, Db *db, const Uuid *conversation_id,
                              const DbRows **out_rows) MUST_USE;

typedef struct {
    Uuid message_id;
    int64_t fencing_token;
    Str token;
    Str key_id; /* of the key that encrypted it */
} SealedStandins;

/* ERR_CONFLICT: the turn was lost. */
bool turn_store_put_standins(Task *task, Db *db, const SealedStandins *sealed) MUST_USE;
/* Returns the tokens that the task's user has used today. */
bool turn_store_used_today(Task *task, Db *db, int64_t *out_tokens) MUST_USE;

typedef struct {
    Uuid message_id;
    int64_t fencing_token;
    int64_t tokens;
    int64_t quota; /* of the day; 0: none */
} TokenReservation;

/* out_granted is false when the quota would be exceeded. ERR_CONFLICT: the turn was lost. */
bool turn_store_reserve(Task *task, Db *db, const TokenReservation *reservation,
                        bool *out_granted) MUST_USE;

typedef struct {
    Uuid conversation_id;
    Uuid message_id;
    int64_t fencing_token;
} ExpiredTurn;

bool turn_store_find_expired(Task *task, Db *db, ExpiredTurn **out_turns,
                             size_t *out_count) MUST_USE;
/* Ends an expired turn with the text seen from a byte on. out_ended is false when another process
 * was first. */
bool turn_store_interrupt(Task *task, Db *db, const ExpiredTurn *turn, uint32_t offset, Str text,
                          bool *out_ended) MUST_USE;
