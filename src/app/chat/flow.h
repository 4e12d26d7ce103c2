/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flow: text for a terminal, broken at spaces into lines of its width. Pure: it appends to a buffer
 * of the caller.
 *
 *     Flow flow;
 *     flow_init(&flow, &(FlowOptions){.columns = 80, .has_colours = true}, &out);
 *     flow_put(&flow, STYLE_BOLD, STR("Because"));
 *     flow_newline(&flow);
 *     flow_done(&flow);
 *
 * The text may come from anybody: control characters, and those that reverse the direction of
 * writing, become dots, so the only escape sequences in the output are the flow's own colours.
 */
#pragma once

#include "base/strbuf.h"

enum {
    STYLE_PLAIN = 0,
    STYLE_BOLD = 1,
    STYLE_ITALIC = 2,
    STYLE_STRUCK = 4,
    STYLE_CODE = 8,
    STYLE_HEADING = 16,
    STYLE_CITATION = 32,
    STYLE_LINK = 64,
    STYLE_DIM = 128,
};

typedef unsigned Style; /* of the bits above */

typedef struct {
    uint32_t columns; /* 0: lines are not broken */
    bool has_colours;
} FlowOptions;

typedef struct {
    FlowOptions options;
    StrBuf *out;
    StrBuf word; /* with its colours, not in out yet */
    uint32_t word_columns;
    uint32_t spaces; /* before the word */
    uint32_t column;
    uint32_t indent; /* of the next lines of a paragraph */
    Style style;
} Flow;

void flow_init(Flow *flow, const FlowOptions *options, StrBuf *out);
/* Frees the memory. What was put and not flushed is dropped. */
void flow_done(Flow *flow);
/* Adds text of whole characters. A word appears in out when the character after it is there. */
void flow_put(Flow *flow, Style style, Str text);
/* Adds text whose spaces are kept and which is never broken. */
void flow_put_verbatim(Flow *flow, Style style, Str text);
void flow_newline(Flow *flow);
/* Moves the last word to out, and switches colours off. */
void flow_flush(Flow *flow);
/* Returns how many columns a text takes on a terminal. */
uint32_t flow_width(Str text);
/* Appends a text whose control characters, and those that reverse the direction of writing, are
 * replaced by dots. */
void flow_write_harmless(StrBuf *out, Str text);
