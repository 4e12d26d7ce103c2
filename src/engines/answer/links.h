/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LinkFilter: makes the images and the HTML of an answer inert, and every URL that the user has not
 * written, as the text arrives. Pure: no I/O and no clock. The result does not depend on how the
 * bytes are split.
 *
 *     LinkSet *allowed = link_set_new(arena);
 *     link_set_add_text(allowed, question);
 *     LinkFilter filter;
 *     link_filter_init(&filter, allowed);
 *     link_filter_take(&filter, event.text, &out);
 *     link_filter_end(&filter, &out);
 *     link_filter_done(&filter);
 *
 * A model that was deceived by a document could otherwise make the browser of the user send data
 * to the attacker, by an image or by a link. So a document must not allow its own URLs: the caller
 * adds the words of the user only. Nothing is removed: the user sees the text of the URL.
 * docs/evidence.md shows what becomes of each form.
 */
#pragma once

#include "base/arena.h"
#include "base/strbuf.h"

enum {
    LINK_MAX_BYTES = 2048, /* a longer URL is never allowed; also the most that is held back */
    LINK_SET_MAX = 10000,  /* further URLs are not allowed */
};

/* The URLs that may stay links. */
typedef struct LinkSet LinkSet;

/* Returns an empty set, which lives in the arena. */
LinkSet *link_set_new(Arena *arena) MUST_USE;
/* Adds every URL in the text. The URLs are copied. */
void link_set_add_text(LinkSet *set, Str text);
/* Returns whether the URL is in the set, whatever its fragment and the case of scheme and host. */
bool link_set_has(const LinkSet *set, Str url);

enum { LINK_CONTEXT_BYTES = 16 };

typedef struct {
    const LinkSet *allowed;
    StrBuf pending;     /* bytes that were processed, kept for looking back, then the others */
    size_t context;     /* how many of pending were processed */
    bool line_start;    /* only indentation and list marks since the start of the line */
    bool in_definition; /* within the label of what may be a reference definition */
    size_t denied_left; /* bytes of a URL that is not allowed; SIZE_MAX: up to white space */
    size_t denied;      /* URLs, images and tags that were made inert */
} LinkFilter;

/* Starts a text. The set must live as long as the filter and may grow meanwhile. */
void link_filter_init(LinkFilter *filter, const LinkSet *allowed);
/* Frees the memory. Safe on a zeroed struct. */
void link_filter_done(LinkFilter *filter);
/* Appends to out what of the text is decided by now. The output is at most four times as large. */
void link_filter_take(LinkFilter *filter, Str piece, StrBuf *out);
/* Appends what was held back, at the end of the text. */
void link_filter_end(LinkFilter *filter, StrBuf *out);

#define auto_link_filter AUTO(link_filter_done)
