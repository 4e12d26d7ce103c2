/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prepares what pdftotext -layout writes for reading and for search: columns one below the other,
 * characters normalised, words joined that a line end has cut, and the heads and feet of pages left
 * out after their first page.
 *
 *     PdfText text = pdf_text_read(arena, output);
 *     text.text …                 // pages end with form feeds
 *     text.joined.items[0].word   // "protocol"
 */
#pragma once

#include "base/arena.h"
#include "base/vec.h"

/* A word that was cut. Only a dictionary knows whether its hyphen is its own. */
typedef struct {
    uint32_t line; /* from 1 */
    Str word;      /* as it stands in the text now: "protocol", "route-map" */
    Str other;     /* with the hyphen, or without: "proto-col", "routemap" */
} JoinedWord;

typedef struct {
    Str text;
    VEC(JoinedWord) joined;
    uint32_t pages;
    VEC(uint32_t) empty_pages; /* those without text, such as scans; from 1 */
} PdfText;

/* Returns the text of all pages, which is UTF-8. Every page stays a page. */
PdfText pdf_text_read(Arena *arena, Str output);
