/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the Markdown renderer: markdown.c decides what a line is, markdown_inline.c renders
 * the text of a line, markdown_table.c a whole table.
 */
#pragma once

#include "app/chat/flow.h"

typedef struct {
    Flow *flow;
    Style style;    /* of all the text */
    bool has_ended; /* no further text of the line will come */
    char previous;  /* the byte before the text; 0: none */
    uint32_t depth; /* of spans around the text */
} InlineText;

/* Renders as much of the text as no further text can change, and returns how many bytes that is.
 */
size_t markdown_inline(InlineText *inline_text, Str text) MUST_USE;

/* Renders a table, given as its lines. */
void markdown_table(Flow *flow, Str lines);
