/* SPDX-License-Identifier: Apache-2.0 */
/*
 * View: shows questions and answers on standard output. A terminal gets rendered Markdown, a file
 * or a pipe the Markdown itself, and --json every event as a line of JSON.
 *
 *     View view;
 *     view_init(&view, arena, as_json);
 *     Follow follow = {…, .sink = view_sink(&view)};
 *     … follow_answer(task, &follow) …
 *     view_end_answer(&view, follow.message);
 *     view_done(&view);
 */
#pragma once

#include "app/chat/follow.h"
#include "app/chat/markdown.h"

typedef struct {
    Arena *arena; /* of the citations; reset with each answer */
    bool as_json;
    bool is_terminal;
    bool has_colours;
    bool in_line; /* standard output is not at the beginning of a line */
    Markdown *markdown;
    StrBuf out;
    Str message_id;
    StrBuf title;               /* of the conversation, as it was shown; empty: not yet */
    const JsonValue *citations; /* of the last answer; NULL: none */
} View;

void view_init(View *view, bool as_json);
void view_done(View *view);
/* Begins to show an answer. Its citations replace those of the answer before. */
void view_begin_answer(View *view, Str message_id);
AnswerSink view_sink(View *view);
/* Shows the rest, the sources, and how the answer ended if it is not complete. */
void view_end_answer(View *view, const JsonValue *message);
/* Shows a stored message, of a user or an answer. */
void view_message(View *view, const JsonValue *message);
/* Shows Markdown as a whole, for example an export. */
void view_markdown(View *view, Str text);
/* Shows a line about the conversation: dim on a terminal, on standard error otherwise. */
void view_note(View *view, const char *format, ...) PRINTF_LIKE(2, 3);
/* Shows the title of the conversation on a terminal, unless it was shown before. */
void view_title(View *view, Str title);
/* Shows which lines a citation is about. */
void view_place(View *view, const JsonValue *citation);
/* Ends a line that was begun, and switches colours off, before another writes to the terminal. */
void view_break(View *view);
/* Returns the citation with that number of the last answer, or NULL. */
const JsonValue *view_find_citation(const View *view, int64_t number);
