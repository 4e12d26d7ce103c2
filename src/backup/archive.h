/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The archive: one tar file (POSIX ustar) with these members in this order, so that tar, pg_restore
 * and sha256sum restore it when nothing else is left:
 *
 *     README                     how to do that
 *     database/00000.dump …      the parts of one dump in pg_dump's custom format
 *     files/<user>/<document> …  uploaded files, in ascending order
 *     missing                    documents that had no file
 *     SHA256SUMS                 the digest of each member above
 *     manifest.json              docs/backup.md
 *     manifest.signature         the digest of the manifest under the encryption key
 *
 * A header is a function of name, size and time alone, and the reader compares all of its bytes, so
 * no byte of an archive can change unnoticed.
 *
 *     ArchiveWriter *writer = archive_writer_new(arena, sink, created_s);
 *     if (!archive_begin(writer, "README", text.size, error) || !archive_write(writer, text, error)
 *         || !archive_end(writer, error)) …
 */
#pragma once

#include "backup/stream.h"
#include "crypto/digest.h"

enum {
    ARCHIVE_NAME_SIZE = 100, /* with the NUL */
    ARCHIVE_PART_BYTES = 4 * 1024 * 1024,
    ARCHIVE_MAX_MEMBERS = 100 * 1000 * 1000,
    ARCHIVE_SMALL_BYTES = 4 * 1024 * 1024, /* the longest manifest */
};

/* The largest size that a header can tell: 8 GiB less one byte. */
#define ARCHIVE_MEMBER_MAX_BYTES ((uint64_t)077777777777)

#define ARCHIVE_README "README"
#define ARCHIVE_MISSING "missing"
#define ARCHIVE_SUMS "SHA256SUMS"
#define ARCHIVE_MANIFEST "manifest.json"
#define ARCHIVE_SIGNATURE "manifest.signature"

typedef struct ArchiveWriter ArchiveWriter;

/* Begins an archive whose members are dated created_s. Ends with the arena. */
ArchiveWriter *archive_writer_new(Arena *arena, ByteSink sink, int64_t created_s) MUST_USE;
/* Begins a member, takes exactly size bytes for it, and ends it. */
bool archive_begin(ArchiveWriter *writer, const char *name, uint64_t size, Error *error) MUST_USE;
bool archive_write(ArchiveWriter *writer, Str bytes, Error *error) MUST_USE;
bool archive_end(ArchiveWriter *writer, Error *error) MUST_USE;
/* Writes a whole member. */
bool archive_add(ArchiveWriter *writer, const char *name, Str bytes, Error *error) MUST_USE;
/* Writes the member SHA256SUMS about those before it and stores its digest. */
bool archive_add_sums(ArchiveWriter *writer, Sha256 *out_digest, Error *error) MUST_USE;
/* Ends the archive. */
bool archive_finish(ArchiveWriter *writer, Error *error) MUST_USE;
uint64_t archive_size(const ArchiveWriter *writer);
/* Members so far. */
uint64_t archive_count(const ArchiveWriter *writer);

/* Sees the members in their order. Each function may be NULL. */
typedef struct {
    bool (*begin)(void *context, Str name, uint64_t size, Error *error);
    bool (*bytes)(void *context, Str bytes, Error *error);
    bool (*end)(void *context, const Sha256 *digest, Error *error);
    void *context;
} ArchiveVisitor;

/* The end of an archive, in the arena. */
typedef struct {
    Str manifest;
    Str signature;
    Sha256 sums; /* digest of SHA256SUMS */
    uint64_t members;
    int64_t created_s;
} ArchiveTail;

/*
 * Reads a whole archive and shows its members to the visitor, which must not rely on anything
 * before this returns true. Fails with ERR_VALIDATION, naming the member, when it was cut off, when
 * any byte is not as the writer writes it, when a member is missing, added, misplaced or changed,
 * or when anything follows.
 */
bool archive_read(Arena *arena, ByteSource source, const ArchiveVisitor *visitor,
                  ArchiveTail *out_tail, Error *error) MUST_USE;
