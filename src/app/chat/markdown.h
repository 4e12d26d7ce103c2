/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Markdown: renders Markdown, as it arrives, for a terminal. Pure: it appends to the caller's
 * buffer. The result does not depend on how the text is split.
 *
 *     auto_markdown Markdown *markdown = markdown_new(&(FlowOptions){.columns = 80});
 *     markdown_write(markdown, STR("**why**: the MTU diff"), &out);
 *     markdown_write(markdown, STR("ers [1]\n"), &out);
 *     markdown_end(markdown, &out);
 *
 * Knows headings, lists, quotes, rules, fenced code and tables; emphasis, code, links, images and
 * citations as [1]. What it does not know stays as it is: no character is lost. Line breaks are
 * kept. A marker without its counterpart in the same line, within MARKDOWN_SPAN_BYTES, is text.
 */
#pragma once

#include "app/chat/flow.h"

enum { MARKDOWN_SPAN_BYTES = 1000, MARKDOWN_TABLE_BYTES = 64 * 1024 };

typedef struct Markdown Markdown;

Markdown *markdown_new(const FlowOptions *options) MUST_USE;
void markdown_free(Markdown *markdown);
/* Renders a part of the text, which may be cut anywhere. */
void markdown_write(Markdown *markdown, Str text, StrBuf *out);
/* Renders what is held back, and ends the last line. Another text may begin afterwards. */
void markdown_end(Markdown *markdown, StrBuf *out);

void markdown_cleanup(Markdown **markdown);
#define auto_markdown AUTO(markdown_cleanup)
