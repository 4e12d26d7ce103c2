/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kinds: the one table of what a file may be. A row says which names a kind goes by, how its first
 * bytes look, which job analyses it and what the sandboxed child does with it. Supporting another
 * kind of file means adding a row here and, where none fits, a function that analyses it.
 *
 *     const AnalysisFile *file = analysis_file_of_name(STR("core1.cfg"), &error);
 *     if (file && analysis_check_content(file, first_bytes, &error)) …
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "engines/text/kind.h"

/* In the child: one document on its way through. */
typedef struct {
    Arena *arena;
    const struct AnalysisKind *kind;
    Str name;                          /* as the user calls it */
    Str bytes;                         /* the file, or the text of a PDF */
    struct Unpacked *unpacked;         /* the archive that it came from, or NULL */
    const struct WirePackets *packets; /* of a capture: only these are wanted; or NULL */
} AnalysisInput;

/* Writes chunks and, last, the result to standard output (see wire.h). */
typedef bool AnalysisMain(const AnalysisInput *input, Error *error);

typedef enum {
    CONTENT_TEXT,      /* text in any encoding that text_decode knows */
    CONTENT_SIGNATURE, /* binary, and begins with one of the kind's signatures */
} AnalysisContent;

typedef struct AnalysisKind {
    const char *name;      /* the file_type of a document: "config", "log", "pcap" … */
    const char *task_type; /* of the job that analyses it */
    AnalysisContent content;
    bool is_pdf;             /* pdftotext turns it into text first, in a sandbox of its own */
    bool is_decided_by_text; /* the name leaves open what the text is: text_kind_detect decides */
    TextKind text_kind;      /* how it is cut into chunks, unless decided by the text */
    AnalysisMain *analyze;   /* in the child */
} AnalysisKind;

/* A name's ending and what it stands for. */
typedef struct {
    const char *extension; /* ".cfg"; in lower case */
    const char *mime_type;
    const AnalysisKind *kind;
    bool is_packed; /* compressed, or an archive: the child unpacks it */
} AnalysisFile;

/* The kind of that name; NULL when there is none. */
const AnalysisKind *analysis_kind_find(Str name);
/*
 * What a file of that name is; NULL with ERR_VALIDATION, which lists the endings that are accepted.
 * Case does not matter. The names of syslog daemons and what rotation adds to the name of a log are
 * known: "messages", "syslog.1", "x.log-20240312". The ending of a compressed file may follow any
 * name: what is in syslog.1.xz or logs.zip decides itself.
 */
const AnalysisFile *analysis_file_of_name(Str name, Error *error) MUST_USE;
/*
 * Whether a file with these first bytes (4 KiB are enough) can be what its name says: a capture or
 * a PDF begins with its signature; a text begins with no other kind's and is not binary; only a log
 * may hold NUL bytes; a compressed file is one. A capture may be compressed whatever its name.
 * ERR_VALIDATION says what the content is instead.
 */
bool analysis_check_content(const AnalysisFile *file, Str first_bytes, Error *error) MUST_USE;
/* The kind whose signature the bytes begin with; NULL for text and for what is not supported. */
const AnalysisKind *analysis_kind_of_bytes(Str bytes);

/*
 * What becomes of a file in an archive. A member is judged by the rules for single uploads; its
 * path does not matter, except that hidden folders are left out.
 */
typedef enum {
    MEMBER_TAKEN,
    MEMBER_HIDDEN,
    MEMBER_LINK,
    MEMBER_SPECIAL, /* a device, a pipe or a socket */
    MEMBER_ENCRYPTED,
    MEMBER_ARCHIVE, /* an archive in the archive */
    MEMBER_EMPTY,
    MEMBER_TOO_LARGE,
    MEMBER_KIND,    /* the name says no known kind */
    MEMBER_CONTENT, /* the content is not what the name says */
    MEMBER_DAMAGED,
    MEMBER_DUPLICATE, /* the same bytes as another file of the archive */
    MEMBER_QUOTA,
    MEMBER_JOBS, /* too many jobs are waiting */
    MEMBER_FATES,
} MemberFate;

/* Returns the word for it in the API, such as "too_large". */
const char *member_fate_name(MemberFate fate);
/* Returns MEMBER_FATES for a word that stands for none. */
MemberFate member_fate_find(Str name);
/* Judges by the path in the archive. *out_file is set for a member that is taken; otherwise error
 * says why not. */
MemberFate analysis_judge_member(Str path, const AnalysisFile **out_file, Error *error);
/* Judges by the first bytes (4 KiB are enough). */
MemberFate analysis_judge_member_content(const AnalysisFile *file, Str first_bytes, Error *error);
