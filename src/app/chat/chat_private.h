/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Within netguru chat: chat.c reads lines and asks, chat_commands.c has the commands that begin
 * with a slash.
 */
#pragma once

#include "app/chat/editor.h"
#include "app/chat/talk.h"
#include "app/chat/view.h"

typedef struct {
    Arena *arena;
    Talk talk;
    View view;
    Editor *editor;
    StrVec typed; /* lines, while an answer was being written */
    size_t typed_next;
    bool was_interrupted; /* the last line */
    bool is_quitting;
    int exit_status; /* of the first failure, unless on a terminal */
} Chat;

/* Reports a failure; the conversation goes on. */
void chat_fail(Chat *chat, const Error *error);
/* Runs a line such as "/cite 2". */
void chat_run_command(Chat *chat, Str line);
