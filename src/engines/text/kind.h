/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of text some bytes are, by content first, then by name, with the reason in words.
 * Captures, PDFs and other formats with a signature are told apart before (analysis/kinds.h).
 *
 *     TextKindFinding finding = text_kind_detect(STR("core1.cfg"), bytes);
 *     if (finding.kind == TEXT_CONFIG) …
 *
 * A name never makes text of binary bytes. Only the first TEXT_KIND_SAMPLE_BYTES are looked at by
 * the scoring; the search for NUL bytes covers everything given.
 */
#pragma once

#include "base/str.h"

typedef enum {
    TEXT_CONFIG,
    TEXT_LOG,
    TEXT_MARKDOWN,
    TEXT_PLAIN,
    TEXT_SHOW, /* recorded output of show or display commands */
    TEXT_PDF,  /* what pdftotext made of one; never detected */
    TEXT_BINARY,
    TEXT_KIND_COUNT,
} TextKind;

enum { TEXT_KIND_SAMPLE_BYTES = 64 * 1024, TEXT_KIND_REASON_SIZE = 128 };

typedef struct {
    TextKind kind;
    char reason[TEXT_KIND_REASON_SIZE]; /* "61 of 80 lines are syslog messages" */
} TextKindFinding;

/* name may be empty or a path; its last extension is a hint. Empty bytes are TEXT_PLAIN. */
TextKindFinding text_kind_detect(Str name, Str bytes);
/* "config", "log", "markdown", "text", "show", "pdf", "binary". */
const char *text_kind_name(TextKind kind);
