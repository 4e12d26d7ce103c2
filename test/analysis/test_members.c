/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/member_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool travel(Arena *arena, const MemberLine *sent, MemberLine *out_got)
{
    Error error = {0};
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, MEMBER_LINE_BYTES);
    member_write_line(arena, &text, sent);
    assert_false(text.overflowed);
    return member_read_line(arena, strbuf_str(&text), out_got, &error);
}

static void test_lines_arrive_as_they_were_sent(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    char *bytes = arena_alloc(arena, MEMBER_DATA_BYTES);
    for (size_t i = 0; i < MEMBER_DATA_BYTES; i++)
        bytes[i] = (char)(i * 7);
    const MemberLine lines[] = {
        {.type = MEMBER_FILE, .name = STR("net/\"core\"/sw1.cfg")},
        {.type = MEMBER_DATA, .bytes = {bytes, MEMBER_DATA_BYTES}},
        {.type = MEMBER_DATA, .bytes = {bytes, 1}},
        {.type = MEMBER_END, .fate = MEMBER_TAKEN, .percent = 40},
        {.type = MEMBER_END, .fate = MEMBER_TOO_LARGE, .reason = STR("larger"), .percent = 100},
        {.type = MEMBER_LEFT, .name = STR("net/.x"), .fate = MEMBER_HIDDEN},
        {.type = MEMBER_LAST, .format = STR("zip"), .folders = 3, .reason = STR("damaged")},
        {.type = MEMBER_LAST},
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        MemberLine got = {0};
        assert_true(travel(arena, &lines[i], &got));
        assert_int_equal(got.type, lines[i].type);
        assert_true(str_equal(got.name, lines[i].name) && str_equal(got.bytes, lines[i].bytes));
        assert_true(str_equal(got.reason, lines[i].reason));
        assert_true(str_equal(got.format, lines[i].format));
        assert_int_equal(got.fate, lines[i].fate);
        assert_int_equal(got.percent, lines[i].percent);
        assert_int_equal(got.folders, lines[i].folders);
    }
}

static void test_lines_that_no_child_writes_are_refused(void **state)
{
    (void)state;
    static const Str lines[] = {
        STR_INIT(""),
        STR_INIT("{}"),
        STR_INIT("[]"),
        STR_INIT("{\"file\": 5}"),
        STR_INIT("{\"data\": \"\"}"),
        STR_INIT("{\"data\": \"no base64!\"}"),
        STR_INIT("{\"end\": \"nonsense\"}"),
        STR_INIT("{\"left\": \"a\", \"end\": \"taken\"}"),
        STR_INIT("{\"left\": \"a\"}"),
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        auto_arena Arena *arena = arena_new();
        Error error = {0};
        MemberLine got;
        assert_false(member_read_line(arena, lines[i], &got, &error));
        assert_int_equal(error.code, ERR_INTERNAL);
    }
}

static void test_members_are_judged_like_uploads(void **state)
{
    (void)state;
    static const struct {
        Str path;
        MemberFate fate;
    } cases[] = {
        {STR_INIT("a/b/r1.cfg"), MEMBER_TAKEN},     {STR_INIT("var/log/syslog"), MEMBER_TAKEN},
        {STR_INIT("x.pcap.gz"), MEMBER_TAKEN},      {STR_INIT("x.log.zst"), MEMBER_TAKEN},
        {STR_INIT("a.zip"), MEMBER_ARCHIVE},        {STR_INIT("a.tar.gz"), MEMBER_ARCHIVE},
        {STR_INIT("a.tgz"), MEMBER_ARCHIVE},        {STR_INIT("a.cfg.tar"), MEMBER_ARCHIVE},
        {STR_INIT("a.cfg/photo.jpg"), MEMBER_KIND}, {STR_INIT("README"), MEMBER_KIND},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Error error = {0};
        const AnalysisFile *file = NULL;
        assert_int_equal(analysis_judge_member(cases[i].path, &file, &error), cases[i].fate);
        assert_int_equal(file != NULL, cases[i].fate == MEMBER_TAKEN);
        assert_int_equal(error.code == ERR_NONE, cases[i].fate == MEMBER_TAKEN);
    }
}

static void test_content_is_judged_like_that_of_uploads(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        Str bytes;
        MemberFate fate;
    } cases[] = {
        {"a.cfg", STR_INIT("hostname r1\n"), MEMBER_TAKEN},
        {"a.cfg",
         STR_INIT("\x7F"
                  "ELF..."),
         MEMBER_CONTENT},
        {"a.pcap", STR_INIT("hostname r1\n"), MEMBER_CONTENT},
        {"a.gz", STR_INIT("\x1F\x8B\x08"), MEMBER_TAKEN},
        {"a.gz", STR_INIT("PK\x03\x04"), MEMBER_ARCHIVE},
        {"a.cfg", STR_INIT("PK\x03\x04"), MEMBER_ARCHIVE},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Error error = {0};
        const AnalysisFile *file = analysis_file_of_name(str_of(cases[i].name), &error);
        assert_non_null(file);
        assert_int_equal(analysis_judge_member_content(file, cases[i].bytes, &error),
                         cases[i].fate);
    }
}

static void test_every_fate_has_a_word(void **state)
{
    (void)state;
    for (size_t fate = 0; fate < MEMBER_FATES; fate++)
        assert_int_equal(member_fate_find(str_of(member_fate_name((MemberFate)fate))), fate);
    assert_int_equal(member_fate_find(STR("")), MEMBER_FATES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_arrive_as_they_were_sent),
        cmocka_unit_test(test_lines_that_no_child_writes_are_refused),
        cmocka_unit_test(test_members_are_judged_like_uploads),
        cmocka_unit_test(test_content_is_judged_like_that_of_uploads),
        cmocka_unit_test(test_every_fate_has_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
