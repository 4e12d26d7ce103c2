/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Talk: asks the server in a conversation and reads the answer to its end. The answer belongs to
 * the server: it goes on when this program ends. The first interrupt (Ctrl-C) cancels it, the
 * second one leaves.
 *
 *     Talk talk = {.client = client, .caller = caller, .sink = view_sink(&view)};
 *     if (talk_begin_conversation(&talk, arena, &error) && talk_ask(&talk, arena, question,
 * &error)) … talk.message, as the server has stored it …
 */
#pragma once

#include "app/chat/follow.h"
#include "base/vec.h"

typedef struct Talk Talk;
struct Talk {
    Client *client;
    Caller *caller;
    AnswerSink sink;
    void (*begins)(void *context, Str message_id);      /* an answer. May be NULL */
    void (*is_typed)(void *context, Str line);          /* as CallerRun.on_line */
    void (*is_stopping)(void *context, int interrupts); /* May be NULL */
    void *context;                                      /* of these three */
    Str conversation_id;                                /* empty: none yet */
    Str mode;                                           /* empty: auto */
    Str provider;
    Str model;
    StrVec document_ids;
    bool is_private;          /* a new conversation is answered with stand-ins */
    bool is_leaving;          /* interrupted twice */
    const JsonValue *message; /* the last answer, in the arena of the call */
    /* of the running call */
    Arena *arena;
    Str question;
    Str client_id;
    Str message_id;
    uint64_t after;
    int interrupts;
    Error error;
};

/* Creates a conversation on the server. */
bool talk_begin_conversation(Talk *talk, Arena *arena, Error *error) MUST_USE;
/* Asks, and reads the answer. A request that gets no answer is repeated, and asks once. */
bool talk_ask(Talk *talk, Arena *arena, Str question, Error *error) MUST_USE;
/* Reads an answer that is being written, from after that event on; 0: from its beginning. */
bool talk_follow(Talk *talk, Arena *arena, Str message_id, uint64_t after, Error *error) MUST_USE;
/* Cancels the running answer, from a callback. */
void talk_stop(Talk *talk);
/* Takes "auto", "sources", a model, or a provider and its model as PROVIDER/MODEL. The name must
 * outlive the talk. */
void talk_set_model(Talk *talk, Str name);
