/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Editor: reads questions. On a terminal lines are edited by libedit, with the history of former
 * questions; text that is pasted with line breaks is one question. Elsewhere each line is one.
 *
 *     Editor *editor = editor_new();
 *     while ((result = editor_read(editor, arena, &line)) != EDITOR_END)
 *         …
 *     editor_free(editor);
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum { EDITOR_LINE_MAX_BYTES = 32 * 1024 };

typedef enum {
    EDITOR_LINE,
    EDITOR_TOO_LONG,    /* the line was dropped */
    EDITOR_INTERRUPTED, /* Ctrl-C: the line was dropped */
    EDITOR_END,
} EditorResult;

typedef struct Editor Editor;

Editor *editor_new(void) MUST_USE;
void editor_free(Editor *editor);
/* Returns whether standard input and output are a terminal. */
bool editor_is_terminal(const Editor *editor);
/* Waits for the next line; stores it without white space around it. */
EditorResult editor_read(Editor *editor, Arena *arena, Str *out_line) MUST_USE;
