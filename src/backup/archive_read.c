/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an archive: nothing is accepted that archive_write.c would not have written. */
#include "backup/archive.h"
#include "backup/archive_header.h"

#include "base/uuid.h"

#include <errno.h>
#include <stdio.h>

enum { PIECE_BYTES = 256 * 1024, LINE_BYTES = SHA256_HEX_SIZE + 1 + ARCHIVE_NAME_SIZE + 1 };

/* The kinds of members, in their order. */
typedef enum {
    AT_START,
    IN_README,
    IN_DATABASE,
    IN_FILES,
    IN_MISSING,
    IN_SUMS,
    IN_MANIFEST,
    IN_SIGNATURE
} Place;

typedef struct {
    Arena *arena;
    ByteSource source;
    const ArchiveVisitor *visitor;
    char *piece;
    char name[ARCHIVE_NAME_SIZE];
    char former[ARCHIVE_NAME_SIZE];
    uint64_t size;
    Place place;
    uint32_t parts; /* of the database */
    FILE *sums;     /* the lines that SHA256SUMS must have */
    ArchiveTail tail;
} Reader;

static bool refuse(const Reader *reader, Error *error, const char *what)
{
    return error_set(error, ERR_VALIDATION, "the archive is damaged at \"%s\": %s",
                     reader->name[0] ? reader->name : "its start", what);
}

/* Reads exactly size bytes. */
static bool take(Reader *reader, char *out, size_t size, Error *error)
{
    size_t have = 0;
    while (have < size) {
        size_t got = 0;
        if (!reader->source.read(reader->source.context, out + have, size - have, &got, error))
            return false;
        if (got == 0)
            return refuse(reader, error, "it ends here");
        have += got;
    }
    return true;
}

static bool is_zero(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i])
            return false;
    }
    return true;
}

static bool is_file_name(Str name)
{
    Uuid ignored;
    Str rest = str_from(name, sizeof("files/") - 1);
    return str_starts_with(name, STR("files/")) && rest.size == 2 * (UUID_TEXT_SIZE - 1) + 1 &&
           uuid_parse(str_slice(rest, 0, UUID_TEXT_SIZE - 1), &ignored) &&
           rest.data[UUID_TEXT_SIZE - 1] == '/' &&
           uuid_parse(str_from(rest, UUID_TEXT_SIZE), &ignored);
}

static Place place_of(const Reader *reader)
{
    char part[ARCHIVE_NAME_SIZE];
    Str name = str_of(reader->name);
    static const struct {
        const char *name;
        Place place;
    } fixed[] = {
        {ARCHIVE_README, IN_README},     {ARCHIVE_MISSING, IN_MISSING},     {ARCHIVE_SUMS, IN_SUMS},
        {ARCHIVE_MANIFEST, IN_MANIFEST}, {ARCHIVE_SIGNATURE, IN_SIGNATURE},
    };
    for (size_t i = 0; i < COUNT_OF(fixed); i++) {
        if (str_equal(name, str_of(fixed[i].name)))
            return fixed[i].place;
    }
    snprintf(part, sizeof(part), "database/%05u.dump", reader->parts);
    if (str_equal(name, str_of(part)))
        return IN_DATABASE;
    return is_file_name(name) ? IN_FILES : AT_START;
}

/* Checks that the member may follow the former one. */
static bool enter(Reader *reader, Error *error)
{
    Place place = place_of(reader);
    Place former = reader->place;
    if (place == AT_START)
        return refuse(reader, error, "no such member belongs here");
    bool follows = place == former + 1 || (former == IN_DATABASE && place == IN_MISSING) ||
                   (place == former && place == IN_DATABASE) ||
                   (place == former && place == IN_FILES &&
                    str_compare(str_of(reader->former), str_of(reader->name)) < 0);
    if (!follows)
        return refuse(reader, error, "a member is missing before it, or it is misplaced");
    reader->parts += place == IN_DATABASE;
    reader->place = place;
    memcpy(reader->former, reader->name, sizeof(reader->former));
    return true;
}

/* Compares bytes of the member SHA256SUMS with the next ones of the spool. */
static bool compare_sums(Reader *reader, Str bytes, Error *error)
{
    char expected[4096];
    while (bytes.size) {
        size_t wanted = MIN_OF(bytes.size, sizeof(expected));
        if (fread(expected, 1, wanted, reader->sums) != wanted ||
            memcmp(expected, bytes.data, wanted) != 0)
            return refuse(reader, error, "a member differs from its digest, is missing or added");
        bytes = str_from(bytes, wanted);
    }
    return true;
}

static bool note_sum(Reader *reader, const Sha256 *digest, Error *error)
{
    char hex[SHA256_HEX_SIZE];
    if (!reader->sums ||
        fprintf(reader->sums, "%s  %s\n", sha256_write_hex(digest, hex), reader->name) < 0)
        return error_set_errno(error, errno, "the list of digests in /tmp");
    return true;
}

static bool show(const Reader *reader, Str bytes, Error *error)
{
    const ArchiveVisitor *visitor = reader->visitor;
    return !visitor->bytes || visitor->bytes(visitor->context, bytes, error);
}

static bool pass_contents(Reader *reader, Sha256 *out_digest, Error *error)
{
    auto_arena Arena *scratch = arena_new();
    Sha256Stream *digest = sha256_stream_new(scratch);
    for (uint64_t left = reader->size; left > 0;) {
        size_t wanted = (size_t)MIN_OF(left, (uint64_t)PIECE_BYTES);
        if (!take(reader, reader->piece, wanted, error))
            return false;
        Str bytes = str_make(reader->piece, wanted);
        left -= wanted;
        sha256_stream_add(digest, bytes);
        if (reader->place == IN_SUMS ? !compare_sums(reader, bytes, error)
                                     : !show(reader, bytes, error))
            return false;
    }
    *out_digest = sha256_stream_end(digest);
    return true;
}

static bool take_small(Reader *reader, Str *out_text, Error *error)
{
    if (reader->size > ARCHIVE_SMALL_BYTES)
        return refuse(reader, error, "it is too long");
    char *text = arena_alloc(reader->arena, (size_t)reader->size + 1);
    if (!take(reader, text, (size_t)reader->size, error))
        return false;
    *out_text = str_make(text, (size_t)reader->size);
    return true;
}

static bool skip_padding(Reader *reader, Error *error)
{
    char padding[ARCHIVE_BLOCK];
    size_t rest = (size_t)(reader->size % ARCHIVE_BLOCK);
    if (rest == 0)
        return true;
    return take(reader, padding, ARCHIVE_BLOCK - rest, error) &&
           (is_zero(padding, ARCHIVE_BLOCK - rest) ||
            refuse(reader, error, "bytes stand between it and the next member"));
}

static bool pass_shown(Reader *reader, Error *error)
{
    Sha256 digest;
    const ArchiveVisitor *visitor = reader->visitor;
    if (reader->place == IN_SUMS)
        rewind(reader->sums);
    else if (visitor->begin &&
             !visitor->begin(visitor->context, str_of(reader->name), reader->size, error))
        return false;
    if (!pass_contents(reader, &digest, error))
        return false;
    if (reader->place == IN_SUMS) {
        reader->tail.sums = digest;
        return fgetc(reader->sums) == EOF || refuse(reader, error, "it lacks a member");
    }
    return note_sum(reader, &digest, error) &&
           (!visitor->end || visitor->end(visitor->context, &digest, error));
}

static bool pass_member(Reader *reader, Error *error)
{
    if (!enter(reader, error))
        return false;
    reader->tail.members++;
    bool passed = reader->place == IN_MANIFEST ? take_small(reader, &reader->tail.manifest, error)
                  : reader->place == IN_SIGNATURE
                      ? take_small(reader, &reader->tail.signature, error)
                      : pass_shown(reader, error);
    return passed && skip_padding(reader, error);
}

static bool expect_end(Reader *reader, Error *error)
{
    char block[ARCHIVE_BLOCK];
    size_t more = 0;
    if (reader->place != IN_SIGNATURE)
        return refuse(reader, error, "members are missing behind it");
    if (!take(reader, block, sizeof(block), error))
        return false;
    if (!is_zero(block, sizeof(block)))
        return refuse(reader, error, "the end of the archive is not empty");
    if (!reader->source.read(reader->source.context, block, sizeof(block), &more, error))
        return false;
    return more == 0 || refuse(reader, error, "bytes follow its end");
}

/* Reads a header. Stores an empty name at the end of the archive. */
static bool next_header(Reader *reader, Error *error)
{
    int64_t created_s = 0;
    char block[ARCHIVE_BLOCK];
    if (!take(reader, block, sizeof(block), error))
        return false;
    if (is_zero(block, sizeof(block)))
        return expect_end(reader, error);
    if (!archive_header_read(block, reader->name, &reader->size, &created_s))
        return refuse(reader, error, "the header behind it is not as it was written");
    if (reader->place != AT_START && created_s != reader->tail.created_s)
        return refuse(reader, error, "it is of another archive");
    reader->tail.created_s = created_s;
    return reader->tail.members < ARCHIVE_MAX_MEMBERS ||
           refuse(reader, error, "there are too many members");
}

static bool pass_all(Reader *reader, Error *error)
{
    for (;;) {
        uint64_t before = reader->tail.members;
        reader->size = UINT64_MAX;
        if (!next_header(reader, error))
            return false;
        if (reader->size == UINT64_MAX)
            return true;
        if (!pass_member(reader, error))
            return false;
        check(reader->tail.members == before + 1);
    }
}

bool archive_read(Arena *arena, ByteSource source, const ArchiveVisitor *visitor,
                  ArchiveTail *out_tail, Error *error)
{
    static const ArchiveVisitor nobody;
    auto_arena Arena *scratch = arena_new();
    Reader reader = {.arena = arena,
                     .source = source,
                     .visitor = visitor ? visitor : &nobody,
                     .piece = arena_alloc(scratch, PIECE_BYTES),
                     .sums = tmpfile()};
    bool done = pass_all(&reader, error);
    if (reader.sums)
        fclose(reader.sums);
    if (done)
        *out_tail = reader.tail;
    return done;
}
