/* SPDX-License-Identifier: Apache-2.0 */
/* The format: a whole archive is read as it was written, and every damaged one is refused. */
#include "backup/archive.h"
#include "backup/archive_header.h"
#include "backup/manifest.h"
#include "backup/program.h"

#include "base/strbuf.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CREATED_S = 1770865200, MAX_BYTES = 16 * 1024 * 1024 };

#define USER "11111111-1111-4111-8111-111111111111"
#define FIRST "files/" USER "/21111111-1111-4111-8111-111111111111"
#define SECOND "files/" USER "/31111111-1111-4111-8111-111111111111"
#define KEY "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
#define OTHER_KEY "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="

typedef struct {
    const char *name;
    Str bytes;
} Member;

static const Member members[] = {
    {"README", STR_INIT("how to restore")},
    {"database/00000.dump", STR_INIT("PGDMP and more")},
    {"database/00001.dump", STR_INIT("the rest")},
    {FIRST, STR_INIT("hostname core1\n")},
    {SECOND, STR_INIT("")},
    {"missing", STR_INIT(USER "/41111111-1111-4111-8111-111111111111\n")},
};

static Keyring *open_keyring(const char *text)
{
    Error error = {0};
    Keyring *keyring = keyring_parse(str_of(text), &error);
    assert_that(keyring);
    return keyring;
}

static bool append(void *context, Str bytes, Error *error)
{
    (void)error;
    strbuf_append(context, bytes);
    return true;
}

typedef struct {
    Str bytes;
    size_t piece; /* most bytes at once */
} Memory;

static bool give(void *context, char *out, size_t capacity, size_t *out_size, Error *error)
{
    Memory *memory = context;
    size_t size = MIN_OF(MIN_OF(capacity, memory->bytes.size), memory->piece);
    (void)error;
    if (size)
        memcpy(out, memory->bytes.data, size);
    memory->bytes = str_from(memory->bytes, size);
    *out_size = size;
    return true;
}

static Manifest manifest_of(Arena *arena, const ArchiveWriter *writer, const Sha256 *sums)
{
    char hex[SHA256_HEX_SIZE];
    Manifest manifest = {
        .name = STR("netguru_20260212T030000Z.tar"),
        .created_at = STR("2026-02-12T03:00:00Z"),
        .program = STR("0.1.0"),
        .server = STR("15.20"),
        .schema = STR("018_retrieve_by_context"),
        .members = archive_count(writer),
        .sums = arena_copy(arena, str_of(sha256_write_hex(sums, hex))),
    };
    *VEC_PUSH(arena, &manifest.tables) = (ManifestDigest){STR("users"), 3, STR("123")};
    *VEC_PUSH(arena, &manifest.generations) =
        (ManifestGeneration){STR("first"), STR("53aa"), STR("active"), 2};
    *VEC_PUSH(arena, &manifest.searches) = (ManifestSearch){
        .kind = STR("vector"),
        .generation = STR("first"),
        .probe = STR("probe"),
        .hits = STR("a,b"),
    };
    return manifest;
}

/* Writes an archive of these members, with a manifest under this key. */
static Str write_archive(Arena *arena, const Member *list, size_t count, const char *key)
{
    Str text;
    Sha256 sums;
    Error error = {0};
    auto_strbuf StrBuf out = {0};
    Keyring *keyring = open_keyring(key);
    strbuf_init(&out, MAX_BYTES);
    ArchiveWriter *writer = archive_writer_new(arena, (ByteSink){append, &out}, (int64_t)CREATED_S);
    for (size_t i = 0; i < count; i++)
        assert_that(archive_add(writer, list[i].name, list[i].bytes, &error));
    assert_that(archive_add_sums(writer, &sums, &error));
    Manifest manifest = manifest_of(arena, writer, &sums);
    assert_that(manifest_write(arena, &manifest, &text, &error));
    assert_that(archive_add(writer, ARCHIVE_MANIFEST, text, &error));
    assert_that(
        archive_add(writer, ARCHIVE_SIGNATURE, manifest_sign(arena, keyring, text), &error));
    assert_that(archive_finish(writer, &error));
    keyring_free(keyring);
    return arena_copy(arena, strbuf_str(&out));
}

static Str good_archive(Arena *arena)
{
    return write_archive(arena, members, COUNT_OF(members), KEY);
}

/* Checks an archive as backup_read does, in pieces of this size. */
static bool check_archive(Str bytes, size_t piece, Error *error)
{
    char hex[SHA256_HEX_SIZE];
    Manifest manifest;
    ArchiveTail tail;
    auto_arena Arena *arena = arena_new();
    Memory memory = {bytes, piece};
    Keyring *keyring = open_keyring(KEY);
    bool good = archive_read(arena, (ByteSource){give, &memory}, NULL, &tail, error) &&
                manifest_parse(arena, tail.manifest, &manifest, error) &&
                manifest_check_signature(keyring, &manifest, tail.manifest, tail.signature, error);
    if (good && !str_equal(manifest.sums, str_of(sha256_write_hex(&tail.sums, hex))))
        good = error_set(error, ERR_VALIDATION, "the manifest is of another archive");
    keyring_free(keyring);
    return good;
}

static void assert_refused(Str bytes, const char *how)
{
    Error error = {0};
    if (check_archive(bytes, SIZE_MAX, &error))
        fail_msg("accepted: %s", how);
    assert_that(error.message[0]);
}

static bool see_begin(void *context, Str name, uint64_t size, Error *error)
{
    (void)error;
    strbuf_printf(context, "%.*s %llu:", STR_ARGS(name), (unsigned long long)size);
    return true;
}

static bool see_bytes(void *context, Str bytes, Error *error)
{
    (void)error;
    strbuf_append(context, bytes);
    return true;
}

static bool see_end(void *context, const Sha256 *digest, Error *error)
{
    (void)digest;
    (void)error;
    strbuf_append(context, STR("|"));
    return true;
}

static void test_an_archive_is_read_as_it_was_written(void **state)
{
    ArchiveTail tail;
    Error error = {0};
    auto_strbuf StrBuf seen = {0};
    auto_arena Arena *arena = arena_new();
    (void)state;
    strbuf_init(&seen, MAX_BYTES);
    Memory memory = {good_archive(arena), 7};
    const ArchiveVisitor visitor = {see_begin, see_bytes, see_end, &seen};
    assert_that(archive_read(arena, (ByteSource){give, &memory}, &visitor, &tail, &error));
    assert_int(tail.members, COUNT_OF(members) + 3);
    assert_int(tail.created_s, CREATED_S);
    assert_str(strbuf_str(&seen),
               "README 14:how to restore|database/00000.dump 14:PGDMP and more|"
               "database/00001.dump 8:the rest|" FIRST " 15:hostname core1\n|" SECOND " 0:|"
               "missing 74:" USER "/41111111-1111-4111-8111-111111111111\n|");
}

/* Small enough for the pipes, so that neither side waits. */
static void test_tar_reads_the_archive(void **state)
{
    size_t got = 0;
    char line[256];
    Program tar;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    const ProgramOptions options = {
        .arguments = {"/bin/tar", "-xOf", "-", "database/00000.dump", "database/00001.dump", NULL},
        .writes = true,
        .reads = true,
    };
    (void)state;
    assert_that(program_start(&options, &tar, &error));
    assert_that(program_write(&tar, good_archive(arena), &error));
    close(tar.input);
    tar.input = -1;
    for (size_t more = 1; more; got += more)
        assert_that(program_read(&tar, line + got, sizeof(line) - got, &more, &error));
    assert_that(program_end(&tar, &error));
    assert_str(str_make(line, got), "PGDMP and morethe rest");
}

static void test_archives_cut_off_anywhere_are_refused(void **state)
{
    size_t tried = 0;
    auto_arena Arena *arena = arena_new();
    Str bytes = good_archive(arena);
    (void)state;
    for (size_t size = 0; size < bytes.size; size += 97, tried++)
        assert_refused(str_slice(bytes, 0, size), "cut off");
    assert_refused(str_slice(bytes, 0, bytes.size - 1), "without its last byte");
    assert_that(tried > 50);
}

/* Every byte is covered: contents by digests, headers and padding by being canonical. */
static void test_archives_with_a_flipped_bit_are_refused(void **state)
{
    size_t tried = 0;
    auto_arena Arena *arena = arena_new();
    Str bytes = good_archive(arena);
    (void)state;
    for (size_t at = 0; at < bytes.size; at += 41, tried++) {
        char *copy = arena_cstring(arena, bytes);
        copy[at] = (char)(copy[at] ^ (1 << (at % 8)));
        assert_refused(str_make(copy, bytes.size), "a flipped bit");
    }
    assert_that(tried > 100);
}

/* Finds the header of a member. */
static size_t offset_of(Str bytes, const char *name)
{
    for (size_t at = 0; at < bytes.size; at += ARCHIVE_BLOCK) {
        if (str_equal(str_of(bytes.data + at), str_of(name)))
            return at;
    }
    fail_msg("no member %s", name);
    return 0;
}

static Str without(Arena *arena, Str bytes, size_t from, size_t to)
{
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, MAX_BYTES);
    strbuf_append(&out, str_slice(bytes, 0, from));
    strbuf_append(&out, str_from(bytes, to));
    return arena_copy(arena, strbuf_str(&out));
}

static size_t end_of(Str bytes, size_t at)
{
    char name[100];
    uint64_t size = 0;
    int64_t created_s = 0;
    assert_that(archive_header_read(bytes.data + at, name, &size, &created_s));
    return at + ARCHIVE_BLOCK + (size_t)(size + ARCHIVE_BLOCK - 1) / ARCHIVE_BLOCK * ARCHIVE_BLOCK;
}

static void test_archives_without_one_of_their_members_are_refused(void **state)
{
    static const char *const names[] = {
        "README",     "database/00000.dump", "database/00001.dump", FIRST, SECOND, "missing",
        "SHA256SUMS", "manifest.json",       "manifest.signature"};
    auto_arena Arena *arena = arena_new();
    Str bytes = good_archive(arena);
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        size_t from = offset_of(bytes, names[i]);
        assert_refused(without(arena, bytes, from, end_of(bytes, from)), names[i]);
    }
}

/* Members of an archive that is consistent in itself, but that nobody has signed so. */
static void test_archives_with_swapped_or_added_members_are_refused(void **state)
{
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf out = {0};
    Str bytes = good_archive(arena);
    size_t first = offset_of(bytes, FIRST);
    size_t second = offset_of(bytes, SECOND);
    size_t end = end_of(bytes, second);
    (void)state;
    strbuf_init(&out, MAX_BYTES);
    strbuf_append(&out, str_slice(bytes, 0, first));
    strbuf_append(&out, str_slice(bytes, second, end - second));
    strbuf_append(&out, str_slice(bytes, first, second - first));
    strbuf_append(&out, str_from(bytes, end));
    assert_refused(strbuf_str(&out), "swapped");
    strbuf_clear(&out);
    strbuf_append(&out, str_slice(bytes, 0, second));
    strbuf_append(&out, str_slice(bytes, first, second - first));
    strbuf_append(&out, str_from(bytes, second));
    assert_refused(strbuf_str(&out), "doubled");
    strbuf_clear(&out);
    strbuf_append(&out, bytes);
    strbuf_append(&out, STR("more"));
    assert_refused(strbuf_str(&out), "bytes behind the end");
}

static void test_members_that_do_not_belong_into_an_archive_are_refused(void **state)
{
    static const char *const names[] = {
        "files/../../etc/passwd",
        "/etc/passwd",
        "database/00003.dump",
        "files/" USER,
        FIRST "/more",
        "another",
        "files/" USER "/2111111g-1111-4111-8111-111111111111",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        Member list[COUNT_OF(members)];
        auto_arena Arena *arena = arena_new();
        memcpy(list, members, sizeof(list));
        list[3].name = names[i];
        assert_refused(write_archive(arena, list, COUNT_OF(list), KEY), names[i]);
    }
}

static void test_a_manifest_signed_with_another_key_is_refused(void **state)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    Str forged = write_archive(arena, members, COUNT_OF(members), OTHER_KEY);
    (void)state;
    assert_that(!check_archive(forged, SIZE_MAX, &error));
    assert_int(error.code, ERR_CONFLICT);
    assert_that(strstr(error.message, "not signed with any of these encryption keys"));
}

/* The signature of one archive on the members of another. */
static void test_a_manifest_of_another_archive_is_refused(void **state)
{
    Member list[COUNT_OF(members)];
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf out = {0};
    (void)state;
    memcpy(list, members, sizeof(list));
    list[3].bytes = STR("hostname evil1\n");
    Str good = good_archive(arena);
    Str forged = write_archive(arena, list, COUNT_OF(list), KEY);
    strbuf_init(&out, MAX_BYTES);
    strbuf_append(&out, str_slice(forged, 0, offset_of(forged, "manifest.json")));
    strbuf_append(&out, str_from(good, offset_of(good, "manifest.json")));
    assert_refused(strbuf_str(&out), "another manifest");
}

static void test_a_manifest_is_parsed_as_it_was_written(void **state)
{
    Str text;
    Str again;
    Manifest manifest;
    Error error = {0};
    Sha256 sums = sha256_of(STR("x"));
    auto_arena Arena *arena = arena_new();
    ArchiveWriter *writer = archive_writer_new(arena, (ByteSink){append, NULL}, 0);
    Manifest given = manifest_of(arena, writer, &sums);
    (void)state;
    assert_that(manifest_write(arena, &given, &text, &error));
    assert_that(manifest_parse(arena, text, &manifest, &error));
    assert_that(manifest_write(arena, &manifest, &again, &error));
    assert_that(str_equal(text, again));
    for (size_t size = 0; size < text.size; size++)
        assert_that(!manifest_parse(arena, str_slice(text, 0, size), &manifest, &error));
}

static void test_a_manifest_of_a_newer_format_is_refused_with_words(void **state)
{
    Manifest manifest;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    (void)state;
    assert_that(!manifest_parse(arena, STR("{\"format\":3}"), &manifest, &error));
    assert_int(error.code, ERR_CONFLICT);
    assert_that(strstr(error.message, "use a newer netguru"));
}

/* Backups of before there were generations are still proved and restored. */
static void test_a_manifest_of_format_one_has_no_generations(void **state)
{
    static const char first[] =
        "{\"format\":1,\"name\":\"n\",\"created_at\":\"2026-02-12T03:00:00Z\","
        "\"program\":\"0.1.0\",\"server\":\"15.20\",\"schema\":\"030\",\"sums\":\"\","
        "\"database_bytes\":1,\"files\":0,\"file_bytes\":0,\"files_deleted\":0,"
        "\"files_lost\":0,\"files_damaged\":0,\"members\":4,\"keys\":[],\"tables\":[],"
        "\"catalog\":[],\"searches\":[{\"kind\":\"vector\",\"probe\":\"p\","
        "\"hits\":\"a,b\"}]}";
    Manifest manifest;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    (void)state;
    assert_that(manifest_parse(arena, str_of(first), &manifest, &error));
    assert_int(manifest.generations.count, 0);
    assert_int(manifest.searches.count, 1);
    assert_that(str_empty(manifest.searches.items[0].generation));
    Str second = arena_printf(arena, "{\"format\":2%s", first + strlen("{\"format\":1"));
    assert_that(!manifest_parse(arena, second, &manifest, &error));
    assert_that(strstr(error.message, "\"generations\" is missing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_archive_is_read_as_it_was_written),
        cmocka_unit_test(test_tar_reads_the_archive),
        cmocka_unit_test(test_archives_cut_off_anywhere_are_refused),
        cmocka_unit_test(test_archives_with_a_flipped_bit_are_refused),
        cmocka_unit_test(test_archives_without_one_of_their_members_are_refused),
        cmocka_unit_test(test_archives_with_swapped_or_added_members_are_refused),
        cmocka_unit_test(test_members_that_do_not_belong_into_an_archive_are_refused),
        cmocka_unit_test(test_a_manifest_signed_with_another_key_is_refused),
        cmocka_unit_test(test_a_manifest_of_another_archive_is_refused),
        cmocka_unit_test(test_a_manifest_is_parsed_as_it_was_written),
        cmocka_unit_test(test_a_manifest_of_format_one_has_no_generations),
        cmocka_unit_test(test_a_manifest_of_a_newer_format_is_refused_with_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
