/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the child says that unpacks an archive ("netguru parse members"), a line each; both sides
 * in one file, as in wire.h:
 *
 *     {"file": "net/core/sw1.cfg"}            a file begins,
 *     {"data": "BASE64"}                      its bytes in order,
 *     {"end": "taken", "percent": 40}         and its end; any other fate discards it
 *     {"left": "net/.x", "end": "hidden"}     a file that was not unpacked
 *     {"archive": "zip", "folders": 3}        last; without a format where the file is no archive
 *                                             of several files; with "problem" where it breaks off
 */
#pragma once

#include "analysis/kinds.h"
#include "base/json.h"
#include "base/strbuf.h"

enum {
    MEMBER_DATA_BYTES = 48 * 1024, /* of one line, before they are encoded */
    MEMBER_NAME_BYTES = 4096,
    MEMBER_LINE_BYTES = 128 * 1024,
};

typedef enum { MEMBER_FILE, MEMBER_DATA, MEMBER_END, MEMBER_LEFT, MEMBER_LAST } MemberLineType;

typedef struct {
    MemberLineType type;
    MemberFate fate;  /* of MEMBER_END and MEMBER_LEFT */
    Str name;         /* of MEMBER_FILE and MEMBER_LEFT: as the archive calls it */
    Str bytes;        /* of MEMBER_DATA */
    Str reason;       /* for people; the problem of MEMBER_LAST; may be empty */
    Str format;       /* of MEMBER_LAST; empty: no archive of several files */
    unsigned percent; /* of MEMBER_END: of the archive, 0 to 100 */
    uint32_t folders; /* of MEMBER_LAST */
} MemberLine;

/* Appends the line without its newline to an empty buffer. */
void member_write_line(Arena *scratch, StrBuf *out, const MemberLine *line);
/* Reads a line. Fails with ERR_INTERNAL for what no child of ours writes. */
bool member_read_line(Arena *arena, Str text, MemberLine *out_line, Error *error) MUST_USE;
