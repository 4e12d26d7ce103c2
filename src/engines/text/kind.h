/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detects what kind of text some bytes are, by content first and then by name, and gives the reason
 * in words. Captures, PDFs and other formats with a signature are recognised earlier
 * (analysis/kinds.h).
 *
 *     TextKindFinding finding = text_kind_detect(STR("core1.cfg"), bytes);
 *     if (finding.kind == TEXT_CONFIG) …
 *
 * Binary bytes are never taken for text because of their name. The scoring reads only the first
 * TEXT_KIND_SAMPLE_BYTES; the search for NUL bytes reads everything given.
 */
#pragma once

#include "base/arena.h"

typedef enum {
    TEXT_CONFIG,
    TEXT_LOG,
    TEXT_MARKDOWN,
    TEXT_PLAIN,
    TEXT_SHOW, /* recorded output of show or display commands */
    TEXT_PDF,  /* the output of pdftotext; never detected */
    TEXT_BINARY,
    TEXT_KIND_COUNT,
} TextKind;

enum { TEXT_KIND_SAMPLE_BYTES = 64 * 1024, TEXT_KIND_REASON_SIZE = 128 };

typedef struct {
    TextKind kind;
    char reason[TEXT_KIND_REASON_SIZE]; /* "61 of 80 lines are syslog messages" */
} TextKindFinding;

/* Detects the kind. name may be empty or a path; its last extension is a hint. Empty bytes are
 * TEXT_PLAIN. */
TextKindFinding text_kind_detect(Str name, Str bytes);
/* The same for the bytes of a file in any encoding that text_decode knows, of any size. */
TextKindFinding text_kind_detect_file(Arena *arena, Str name, Str bytes);
/* Returns "config", "log", "markdown", "text", "show", "pdf" or "binary". */
const char *text_kind_name(TextKind kind);
