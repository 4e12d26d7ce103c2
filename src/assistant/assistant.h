/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assistant: answers the turns of conversations (conversations/conversation.h). With a key of the
 * user's it asks a model, which calls our tools; without one it composes the answer from the
 * sources. Citations are checked before they are shown, and links that stand in no source are
 * inert. docs/assistant.md explains how a turn goes.
 *
 *     ConversationsOptions options = {.answer = assistant_answer, .prepare = assistant_prepare};
 */
#pragma once

#include "conversations/conversation.h"

enum {
    ASSISTANT_MAX_ROUNDS = 8,       /* requests to the model for one answer */
    ASSISTANT_MAX_CALLS = 24,       /* calls of tools for one answer */
    ASSISTANT_OUTPUT_TOKENS = 4096, /* of one request */
    ASSISTANT_MAX_CITATIONS = 64,
    ASSISTANT_QUOTE_BYTES = 600, /* of a citation, as it is stored */
};

/* A TurnAnswer. The context is not used. */
bool assistant_answer(Task *task, Turn *turn, void *context) MUST_USE;
/* A TurnPrepare: searches with the question if a model is going to answer it. */
bool assistant_prepare(Task *task, const Services *services, const TurnRequest *request,
                       Str *out_text) MUST_USE;
