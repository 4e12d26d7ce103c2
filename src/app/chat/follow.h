/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follow: reads an answer of the server to its end, over any number of connections. Its text is
 * given out once, in order, without a gap, whatever happens to the connections; so are the other
 * events.
 *
 *     Follow follow = {.caller = caller, .conversation_id = id, .message_id = message, .after =
 * after, .has_after = true, .sink = sink}; if (follow_answer(task, &follow)) … follow.message, as
 * GET /api/v1/chat/messages/{id} gives it …
 */
#pragma once

#include "app/chat/caller.h"

typedef struct {
    /* More text of the answer, which begins at that byte. */
    void (*text)(void *context, uint64_t offset, Str text);
    /* Any other event of the answer, as a value and as it was sent. */
    void (*event)(void *context, const JsonValue *event, Str json);
    /* The connection was lost, and is tried again. */
    void (*lost)(void *context, const Error *why);
    void *context;
} AnswerSink;

typedef struct {
    Caller *caller;
    Str conversation_id;
    Str message_id;
    bool has_after;
    uint64_t after;      /* the sequence of the last event that was read */
    uint64_t text_bytes; /* that were given out already */
    AnswerSink sink;
    const JsonValue *message; /* when the answer has ended, in the task's arena */
} Follow;

/* Reads until the answer has ended, however that came. Fails when the server refuses, when the
 * conversation was deleted, when the task is cancelled, or after ten minutes without the server. */
bool follow_answer(Task *task, Follow *follow) MUST_USE;
