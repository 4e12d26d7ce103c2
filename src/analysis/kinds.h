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
