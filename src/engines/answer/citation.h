/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CitationReader: separates the citations in a model's text from the text, as the text arrives.
 * Pure: no I/O and no clock. The result does not depend on how the bytes are split.
 *
 *     CitationReader reader = {0};
 *     CitationPart part;
 *     while (llm_stream_next(task, stream, &event))
 *         while (citation_reader_take(&reader, &event.text, &part))
 *             if (part.kind == CITATION_PART_TEXT) …
 *     while (citation_reader_end(&reader, &part)) …
 *
 * The forms, which docs/evidence.md explains, are [[doc:UUID:L12-L15]], [[doc:UUID:L12]],
 * [[doc:UUID:p3]], and the same with "src" for global knowledge. A quotation may follow the place,
 * as in [[doc:UUID:L12|ip address 10.1.1.1]]. The reader checks the form only: the caller checks
 * that the document and the lines exist, and that the quotation stands there.
 */
#pragma once

#include "base/str.h"
#include "base/uuid.h"

enum {
    CITATION_MAX_BYTES = 1024,      /* from [[ to ]]; also the most that the reader holds back */
    CITATION_MAX_LINE = 1000000000, /* of a line or a page */
};

typedef struct {
    bool is_global; /* "src": a source of the global knowledge instead of a document */
    Uuid id;
    int64_t line_start; /* 0 for a page */
    int64_t line_end;
    int64_t page; /* 0 for lines */
    Str quote;    /* trimmed; empty if there is none */
} Citation;

typedef enum {
    CITATION_PART_TEXT,
    CITATION_PART_CITATION,
    CITATION_PART_MALFORMED, /* begins with [[doc: or [[src: and ends with ]], but is no citation */
} CitationPartKind;

/* Views are valid until the next call, and as long as the bytes that were taken. */
typedef struct {
    CitationPartKind kind;
    Str text; /* the bytes of the part as the model wrote them */
    Citation citation;
} CitationPart;

/* Zeros: at the start of a text. Owns no other memory. */
typedef struct {
    char held[CITATION_MAX_BYTES]; /* what may be a citation once more bytes have arrived */
    size_t held_bytes;
    size_t drop_bytes; /* of held: given out by the last call */
} CitationReader;

/*
 * Takes bytes off *bytes and stores the next part. Returns false when all bytes are taken and no
 * part is ready. Text is given out at once, unless it may be the beginning of a citation.
 */
bool citation_reader_take(CitationReader *reader, Str *bytes, CitationPart *out_part) MUST_USE;
/* Stores what is held back, as text, at the end of the text. Returns false when nothing is left. */
bool citation_reader_end(CitationReader *reader, CitationPart *out_part) MUST_USE;

/*
 * Returns whether the quotation stands in the lines, where any run of white space equals any other,
 * and a word is not cut at either end. A quotation of white space alone stands everywhere. A
 * quotation longer than CITATION_MAX_BYTES stands nowhere. Takes linear time.
 */
bool citation_quote_stands(Str quote, Str lines);
