/* SPDX-License-Identifier: Apache-2.0 */
/* Writing an archive. The lines of SHA256SUMS wait in a temporary file, not in memory. */
#include "backup/archive.h"
#include "backup/archive_header.h"

#include <errno.h>
#include <stdio.h>

enum { SPOOL_PIECE = 64 * 1024 };

struct ArchiveWriter {
    ByteSink sink;
    int64_t created_s;
    uint64_t written;
    uint64_t count;
    char name[ARCHIVE_NAME_SIZE];
    uint64_t size;
    uint64_t left;
    Arena *scratch; /* of the running digest */
    Sha256Stream *digest;
    FILE *sums;
};

static void close_writer(void *argument)
{
    ArchiveWriter *writer = argument;
    if (writer->sums)
        fclose(writer->sums);
    arena_free(writer->scratch);
}

ArchiveWriter *archive_writer_new(Arena *arena, ByteSink sink, int64_t created_s)
{
    ArchiveWriter *writer = ARENA_NEW(arena, ArchiveWriter);
    writer->sink = sink;
    writer->created_s = created_s;
    writer->sums = tmpfile();
    arena_on_free(arena, close_writer, writer);
    return writer;
}

static bool put(ArchiveWriter *writer, Str bytes, Error *error)
{
    writer->written += bytes.size;
    return writer->sink.write(writer->sink.context, bytes, error);
}

bool archive_begin(ArchiveWriter *writer, const char *name, uint64_t size, Error *error)
{
    char header[ARCHIVE_BLOCK];
    check(writer->left == 0);
    if (size > ARCHIVE_MEMBER_MAX_BYTES)
        return error_set(error, ERR_FILE_TOO_LARGE, "%s has more than 8 GiB", name);
    arena_free(writer->scratch);
    writer->scratch = arena_new();
    writer->digest = sha256_stream_new(writer->scratch);
    writer->size = writer->left = size;
    check(str_copy_to(str_of(name), writer->name, sizeof(writer->name)));
    archive_header_write(name, size, writer->created_s, header);
    return put(writer, str_make(header, sizeof(header)), error);
}

bool archive_write(ArchiveWriter *writer, Str bytes, Error *error)
{
    check(bytes.size <= writer->left);
    writer->left -= bytes.size;
    sha256_stream_add(writer->digest, bytes);
    return put(writer, bytes, error);
}

static bool end_member(ArchiveWriter *writer, Sha256 *out_digest, Error *error)
{
    static const char zeros[ARCHIVE_BLOCK];
    check(writer->left == 0);
    size_t rest = (size_t)(writer->size % ARCHIVE_BLOCK);
    *out_digest = sha256_stream_end(writer->digest);
    writer->count++;
    return rest == 0 || put(writer, str_make(zeros, ARCHIVE_BLOCK - rest), error);
}

bool archive_end(ArchiveWriter *writer, Error *error)
{
    Sha256 digest;
    char hex[SHA256_HEX_SIZE];
    if (!end_member(writer, &digest, error))
        return false;
    if (!writer->sums ||
        fprintf(writer->sums, "%s  %s\n", sha256_write_hex(&digest, hex), writer->name) < 0)
        return error_set_errno(error, errno, "the list of digests in /tmp");
    return true;
}

bool archive_add(ArchiveWriter *writer, const char *name, Str bytes, Error *error)
{
    return archive_begin(writer, name, bytes.size, error) && archive_write(writer, bytes, error) &&
           archive_end(writer, error);
}

static bool copy_sums(ArchiveWriter *writer, Error *error)
{
    char piece[SPOOL_PIECE / 8];
    size_t got = 0;
    rewind(writer->sums);
    while ((got = fread(piece, 1, sizeof(piece), writer->sums)) > 0) {
        if (!archive_write(writer, str_make(piece, got), error))
            return false;
    }
    return !ferror(writer->sums) || error_set_errno(error, errno, "the list of digests in /tmp");
}

bool archive_add_sums(ArchiveWriter *writer, Sha256 *out_digest, Error *error)
{
    if (!writer->sums || fflush(writer->sums) != 0)
        return error_set_errno(error, errno, "the list of digests in /tmp");
    uint64_t size = (uint64_t)ftell(writer->sums);
    return archive_begin(writer, ARCHIVE_SUMS, size, error) && copy_sums(writer, error) &&
           end_member(writer, out_digest, error);
}

bool archive_finish(ArchiveWriter *writer, Error *error)
{
    static const char zeros[2 * ARCHIVE_BLOCK];
    return put(writer, str_make(zeros, sizeof(zeros)), error);
}

uint64_t archive_size(const ArchiveWriter *writer)
{
    return writer->written;
}

uint64_t archive_count(const ArchiveWriter *writer)
{
    return writer->count;
}
