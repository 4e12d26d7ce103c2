/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/unpack/unpack.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "engines/unpack/cp437.h"

#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MAX_PACKED = 4 << 20 };

typedef struct {
    const char *format; /* as unpack_format_find names it */
    bool is_archive;
    int (*filter)(struct archive *archive);
    int (*container)(struct archive *archive);
} Packing;

static const Packing packings[] = {
    {"gzip", false, archive_write_add_filter_gzip, archive_write_set_format_raw},
    {"bzip2", false, archive_write_add_filter_bzip2, archive_write_set_format_raw},
    {"xz", false, archive_write_add_filter_xz, archive_write_set_format_raw},
    {"zstd", false, archive_write_add_filter_zstd, archive_write_set_format_raw},
    {"lz4", false, archive_write_add_filter_lz4, archive_write_set_format_raw},
    {"zip", true, archive_write_add_filter_none, archive_write_set_format_zip},
    {"tar", true, archive_write_add_filter_none, archive_write_set_format_pax},
    {"xz", true, archive_write_add_filter_xz, archive_write_set_format_pax},
    {"gzip", true, archive_write_add_filter_gzip, archive_write_set_format_ustar},
};

typedef struct {
    const char *name;
    Str content;
    unsigned type; /* 0: a regular file */
} Member;

/* Packs the members; the result is in the arena. */
static Str pack(Arena *arena, const Packing *packing, const Member *members, size_t count)
{
    size_t used = 0;
    char *bytes = arena_alloc(arena, MAX_PACKED);
    struct archive *archive = archive_write_new();
    assert_int_equal(packing->filter(archive), ARCHIVE_OK);
    assert_int_equal(packing->container(archive), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(archive, bytes, MAX_PACKED, &used), ARCHIVE_OK);
    for (size_t i = 0; i < count; i++) {
        struct archive_entry *entry = archive_entry_new();
        archive_entry_set_pathname(entry, members[i].name);
        archive_entry_set_size(entry, (la_int64_t)members[i].content.size);
        archive_entry_set_filetype(entry, members[i].type ? members[i].type : AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
        archive_write_data(archive, members[i].content.data, members[i].content.size);
        archive_entry_free(entry);
    }
    assert_int_equal(archive_write_close(archive), ARCHIVE_OK);
    archive_write_free(archive);
    return str_make(bytes, used);
}

/* Reads the member to its end in pieces of an odd size. */
static bool read_member(Unpack *unpack, StrBuf *out, Error *error)
{
    size_t got = 1;
    char piece[37];
    strbuf_clear(out);
    while (got > 0) {
        if (!unpack_read(unpack, piece, sizeof(piece), &got, error))
            return false;
        strbuf_append(out, str_make(piece, got));
    }
    return true;
}

static void test_every_format_gives_its_members(void **state)
{
    (void)state;
    const Member members[] = {{"logs", STR_INIT(""), AE_IFDIR},
                              {"logs/a.log", STR_INIT("the first file\n"), 0},
                              {"__MACOSX/logs/._a.log", STR_INIT("x"), 0},
                              {"logs/.DS_Store", STR_INIT("x"), 0},
                              {"gr\xC3\xB6\xC3\x9F"
                               "e\n.cfg",
                               STR_INIT("hostname r1\n"), 0}};
    for (size_t i = 0; i < COUNT_OF(packings); i++) {
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf content = {0};
        Error error = {0};
        bool more = false;
        UnpackMember member;
        const Packing *packing = &packings[i];
        Str bytes = packing->is_archive ? pack(arena, packing, members, COUNT_OF(members))
                                        : pack(arena, packing, &members[1], 1);
        strbuf_init(&content, 1 << 20);
        assert_string_equal(unpack_format_find(bytes)->name, packing->format);
        Unpack *unpack = unpack_open(arena, bytes, NULL, &error);
        assert_non_null(unpack);
        assert_true(unpack_next(unpack, &member, &more, &error) && more);
        assert_int_equal(member.is_compressed_file, !packing->is_archive);
        assert_true(str_equal(member.name, packing->is_archive ? STR("logs/a.log") : STR("")));
        assert_true(read_member(unpack, &content, &error));
        assert_true(str_equal(strbuf_str(&content), members[1].content));
        assert_true(unpack_next(unpack, &member, &more, &error));
        assert_int_equal(more, packing->is_archive);
        if (!more)
            continue;
        /* No control character of a name reaches a terminal. */
        assert_true(str_equal(member.name, STR("gr\xC3\xB6\xC3\x9F"
                                               "e?.cfg")));
        assert_true(read_member(unpack, &content, &error));
        assert_true(str_equal(strbuf_str(&content), members[4].content));
        assert_true(unpack_next(unpack, &member, &more, &error));
        assert_false(more);
    }
}

/* A cut anywhere is an error that names the format and the program, or an end; never a crash. */
static void test_truncated_files_are_errors(void **state)
{
    (void)state;
    char text[3000];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + i * i % 23);
    const Member member = {"a.log", str_make(text, sizeof(text)), 0};
    for (size_t i = 0; i < COUNT_OF(packings); i++) {
        auto_arena Arena *whole_arena = arena_new();
        Str whole = pack(whole_arena, &packings[i], &member, 1);
        size_t last = packings[i].is_archive ? whole.size / 4 : whole.size - 9;
        for (size_t size = 8; size < last; size += 7) {
            auto_arena Arena *arena = arena_new();
            auto_strbuf StrBuf content = {0};
            Error error = {0};
            bool more = false;
            UnpackMember found;
            strbuf_init(&content, 1 << 20);
            Str cut = str_slice(whole, 0, size);
            if (!unpack_format_find(cut))
                continue;
            Unpack *unpack = unpack_open(arena, cut, NULL, &error);
            bool is_read = unpack && unpack_next(unpack, &found, &more, &error) && more &&
                           read_member(unpack, &content, &error);
            assert_false(is_read && content.size == sizeof(text));
            if (error.code) {
                assert_non_null(strstr(error.message, packings[i].format));
                assert_non_null(strstr(error.message, "unpack it with `"));
            }
        }
    }
}

static void test_bombs_meet_the_limits(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf content = {0};
    static char zeros[2 << 20];
    const Member member = {"zeros", str_make(zeros, sizeof(zeros)), 0};
    zeros[0] = '0'; /* nothing but zeros is an empty tar archive */
    Str bytes = pack(arena, &packings[3], &member, 1);
    strbuf_init(&content, 64 << 20);
    for (int64_t difference = -1; difference <= 1; difference++) {
        Error error = {0};
        bool more = false;
        UnpackMember found;
        UnpackLimits limits = {.max_bytes = (uint64_t)((int64_t)sizeof(zeros) + difference)};
        Unpack *unpack = unpack_open(arena, bytes, &limits, &error);
        assert_non_null(unpack);
        assert_true(unpack_next(unpack, &found, &more, &error) && more);
        assert_int_equal(read_member(unpack, &content, &error), difference >= 0);
        assert_int_equal(error.code, difference >= 0 ? ERR_NONE : ERR_FILE_TOO_LARGE);
    }
}

static void test_expansion_has_a_limit(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    static const char zeros[1 << 20];
    Member members[80];
    for (size_t i = 0; i < COUNT_OF(members); i++)
        members[i] = (Member){"zeros", str_make(zeros, sizeof(zeros)), 0};
    Str bytes = pack(arena, &packings[7], members, COUNT_OF(members));
    Error error = {0};
    bool more = true;
    bool is_good = true;
    UnpackMember found;
    char *buffer = arena_alloc(arena, 1 << 16);
    UnpackLimits limits = {.max_ratio = 1};
    Unpack *unpack = unpack_open(arena, bytes, &limits, &error);
    assert_non_null(unpack);
    while (is_good && more) {
        size_t got = 1;
        is_good = unpack_next(unpack, &found, &more, &error);
        while (is_good && more && got > 0)
            is_good = unpack_read(unpack, buffer, 1 << 16, &got, &error);
    }
    assert_false(is_good);
    assert_string_equal(error.message, "the compressed file expands out of all proportion");
}

static void test_members_are_limited(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Member members[] = {{"a", STR_INIT("1"), 0}, {"b", STR_INIT("2"), 0}};
    Str bytes = pack(arena, &packings[5], members, 2);
    for (uint32_t max = 1; max <= 3; max++) {
        Error error = {0};
        bool more = true;
        UnpackMember found;
        UnpackLimits limits = {.max_members = max};
        Unpack *unpack = unpack_open(arena, bytes, &limits, &error);
        assert_true(unpack_next(unpack, &found, &more, &error) && more);
        assert_int_equal(unpack_next(unpack, &found, &more, &error), max >= 2);
    }
}

/* Every entry is told with what it is; a hard link, whose name could lead anywhere, is no file. */
static void test_entries_have_types(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Member members[] = {
        {"net", STR_INIT(""), AE_IFDIR},           {"./net/a.cfg", STR_INIT("hostname a\n"), 0},
        {"net/.git/b.cfg", STR_INIT("x"), 0},      {"link.cfg", STR_INIT(""), AE_IFLNK},
        {"pipe.log", STR_INIT(""), AE_IFIFO},      {"null", STR_INIT(""), AE_IFCHR},
        {"../up.cfg", STR_INIT("hostname u\n"), 0}};
    static const UnpackType types[] = {UNPACK_DIRECTORY, UNPACK_FILE,    UNPACK_HIDDEN, UNPACK_LINK,
                                       UNPACK_SPECIAL,   UNPACK_SPECIAL, UNPACK_FILE};
    Str bytes = pack(arena, &packings[6], members, COUNT_OF(members));
    Error error = {0};
    bool more = false;
    UnpackMember member;
    Unpack *unpack = unpack_open(arena, bytes, NULL, &error);
    assert_non_null(unpack);
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        assert_true(unpack_next_entry(unpack, &member, &more, &error) && more);
        assert_int_equal(member.type, types[i]);
        assert_false(member.is_encrypted);
        assert_true(member.type != UNPACK_FILE || member.has_size);
    }
    assert_true(unpack_next_entry(unpack, &member, &more, &error) && !more);
    assert_false(unpack_is_broken(unpack));
    assert_in_range(unpack_percent(unpack), 1, 100);
}

static void test_names_without_a_character_set_are_cp437(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_true(str_equal(unpack_cp437_to_utf8(arena, STR("gr\x94\xE1"
                                                          "e.cfg")),
                          STR("gr\xC3\xB6\xC3\x9F"
                              "e.cfg")));
    assert_true(str_equal(unpack_cp437_to_utf8(arena, STR("\x80\xFF\xB0")),
                          STR("\xC3\x87\xC2\xA0\xE2\x96\x91")));
}

/* A file that is left unread does not stop the next; a damaged archive ends. */
static void test_only_some_errors_end_an_archive(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Member members[] = {{"a.cfg", STR_INIT("hostname aaaaaaaa\n"), 0},
                              {"b.cfg", STR_INIT("hostname bbbbbbbb\n"), 0}};
    Str bytes = pack(arena, &packings[6], members, 2);
    Error error = {0};
    bool more = false;
    size_t got = 0;
    char piece[64];
    UnpackMember member;
    Unpack *unpack = unpack_open(arena, bytes, NULL, &error);
    assert_true(unpack_next_entry(unpack, &member, &more, &error) && more);
    assert_true(unpack_next_entry(unpack, &member, &more, &error) && more);
    assert_true(str_equal(member.name, STR("b.cfg")));
    UnpackLimits limits = {.max_bytes = 10};
    unpack = unpack_open(arena, bytes, &limits, &error);
    assert_true(unpack_next_entry(unpack, &member, &more, &error) && more);
    assert_false(unpack_read(unpack, piece, sizeof(piece), &got, &error));
    assert_true(unpack_is_broken(unpack));
}

static void test_other_formats_are_named(void **state)
{
    (void)state;
    static const struct {
        Str bytes;
        const char *message; /* NULL: no format */
    } cases[] = {
        {STR_INIT("7z\xBC\xAF\x27\x1C...."),
         "a 7z file is not unpacked here; unpack it with `7z x`"},
        {STR_INIT("Rar!\x1A\x07\x01\x00"),
         "a rar file is not unpacked here; unpack it with `unrar x`"},
        {STR_INIT("BZhello is no bzip2"), NULL},
        {STR_INIT("hostname r1\n"), NULL},
        {STR_INIT(""), NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        auto_arena Arena *arena = arena_new();
        Error error = {0};
        assert_int_equal(unpack_format_find(cases[i].bytes) != NULL, cases[i].message != NULL);
        assert_null(unpack_open(arena, cases[i].bytes, NULL, &error));
        assert_string_equal(error.message,
                            cases[i].message ? cases[i].message : "the file is not compressed");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_format_gives_its_members),
        cmocka_unit_test(test_truncated_files_are_errors),
        cmocka_unit_test(test_bombs_meet_the_limits),
        cmocka_unit_test(test_expansion_has_a_limit),
        cmocka_unit_test(test_members_are_limited),
        cmocka_unit_test(test_entries_have_types),
        cmocka_unit_test(test_names_without_a_character_set_are_cp437),
        cmocka_unit_test(test_only_some_errors_end_an_archive),
        cmocka_unit_test(test_other_formats_are_named),
    };
    unpack_prepare();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
