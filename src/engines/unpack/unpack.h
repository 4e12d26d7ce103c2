/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacking: reads the files inside a compressed file or an archive, one after another, without
 * writing anything. Only the first level is unpacked. libarchive does the work, so call everything
 * but unpack_format_find in a sandboxed process only.
 *
 *     Unpack *unpack = unpack_open(arena, bytes, NULL, &error);
 *     while (unpack && unpack_next(unpack, &member, &more, &error) && more)
 *         while (unpack_read(unpack, buffer, sizeof(buffer), &size, &error) && size > 0)
 *             …
 *
 * Formats: gzip, zstd, xz, bzip2 and lz4 of one file or of a tar archive, plain tar, zip.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

typedef struct {
    const char *name;    /* "zstd" */
    const char *program; /* "zstd -d": how to unpack such a file by hand */
    bool is_read;        /* false: recognised, but not unpacked here */
} UnpackFormat;

/* Returns the format that a file with these first bytes (512 are enough) has, or NULL. */
const UnpackFormat *unpack_format_find(Str bytes);

/* A zero selects the default. */
typedef struct {
    uint64_t max_bytes;   /* 64 GiB unpacked, all members together */
    uint32_t max_ratio;   /* 1000, applied after the first 64 MiB */
    uint32_t max_members; /* 10000 */
} UnpackLimits;

typedef enum {
    UNPACK_FILE,
    UNPACK_HIDDEN, /* a file or a folder on its path begins with a dot, or macOS added it */
    UNPACK_DIRECTORY,
    UNPACK_LINK,    /* symbolic or hard */
    UNPACK_SPECIAL, /* a device, a pipe or a socket */
} UnpackType;

typedef struct {
    Str name; /* as the archive calls it, control characters as '?'; empty for a compressed file
                 that is no archive. In UTF-8 where the archive says the character set; names in
                 CP437, which zip has without saying so, are converted */
    bool is_compressed_file; /* there is no archive: this is the only member */
    UnpackType type;
    bool is_encrypted;
    bool has_size; /* the archive says the size */
    uint64_t size_bytes;
} UnpackMember;

typedef struct Unpack Unpack;

/* Lets the C library read its tables of character sets and the time zone, which names and times in
 * archives need. Call it before the process gives up the right to open files. */
void unpack_prepare(void);
/*
 * Opens the bytes of a file, which must outlive the result; it is freed with the arena. Fails with
 * ERR_UNSUPPORTED_MEDIA, and the format and how to unpack it in the message.
 */
Unpack *unpack_open(Arena *arena, Str bytes, const UnpackLimits *limits, Error *error) MUST_USE;
/*
 * Goes to the next regular file, skipping folders, links and what macOS adds. *out_more is false at
 * the end. Names are valid until the arena ends.
 */
bool unpack_next(Unpack *unpack, UnpackMember *out_member, bool *out_more, Error *error) MUST_USE;
/* Goes to the next entry of any type, in the same way. */
bool unpack_next_entry(Unpack *unpack, UnpackMember *out_member, bool *out_more,
                       Error *error) MUST_USE;
/* Returns whether nothing more can be read, after an error. Otherwise the error was that of one
 * member, and the next can be read. */
bool unpack_is_broken(const Unpack *unpack);
/* Returns how much of the packed file was read, in percent. */
unsigned unpack_percent(const Unpack *unpack);
/* Reads up to size bytes of the member; 0 bytes mean its end. Fails where the data is damaged, and
 * at a limit. */
bool unpack_read(Unpack *unpack, void *buffer, size_t size, size_t *out_size,
                 Error *error) MUST_USE;
