/* SPDX-License-Identifier: Apache-2.0 */
#include "documents/file_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_becomes(Str name, Str expected)
{
    auto_arena Arena *arena = arena_new();
    Str clean = file_name_sanitise(arena, name);
    if (!str_equal(clean, expected))
        print_error("'%.*s' and not '%.*s'\n", STR_ARGS(clean), STR_ARGS(expected));
    assert_true(str_equal(clean, expected));
}

static void test_names_lose_what_is_dangerous(void **state)
{
    (void)state;
    static const struct {
        Str name;
        Str clean;
    } cases[] = {
        {STR_INIT("core1.cfg"), STR_INIT("core1.cfg")},
        {STR_INIT("../../etc/passwd"), STR_INIT("passwd")},
        {STR_INIT("/etc/shadow.cfg"), STR_INIT("shadow.cfg")},
        {STR_INIT("C:\\Users\\ana\\r1.cfg"), STR_INIT("r1.cfg")},
        {STR_INIT("a/b\\c/../d.log"), STR_INIT("d.log")},
        {STR_INIT("dir/"), STR_INIT("file")},
        {STR_INIT(""), STR_INIT("file")},
        {STR_INIT("."), STR_INIT("file")},
        {STR_INIT(".."), STR_INIT("file")},
        {STR_INIT("......"), STR_INIT("file")},
        {STR_INIT(" .. "), STR_INIT("file")},
        {STR_INIT("   "), STR_INIT("file")},
        {STR_INIT("\t\r\n"), STR_INIT("file")},
        {STR_INIT(".bashrc"), STR_INIT(".bashrc")},
        {STR_INIT("a\0b.cfg"), STR_INIT("ab.cfg")},
        {STR_INIT("a\r\nSet-Cookie: x.cfg"), STR_INIT("aSet-Cookie: x.cfg")},
        {STR_INIT("a\x1B[31m\x7F.cfg"), STR_INIT("a[31m.cfg")},
        {STR_INIT("  spaced name.cfg  "), STR_INIT("spaced name.cfg")},
        {STR_INIT("ot\xC3\xA1vio.cfg"), STR_INIT("ot\xC3\xA1vio.cfg")},
        {STR_INIT("ot\xE1vio.cfg"), STR_INIT("ot_vio.cfg")},
        {STR_INIT("\xFF\xFE.cfg"), STR_INIT("__.cfg")},
        {STR_INIT("\xC3"), STR_INIT("_")},
        {STR_INIT("a\xC2\x85z.cfg"), STR_INIT("az.cfg")},
        {STR_INIT("a\xC2\xA0z.cfg"), STR_INIT("a\xC2\xA0z.cfg")},
        {STR_INIT("gpj.\xE2\x80\xAEgfc.exe"), STR_INIT("gpj.gfc.exe")},
        {STR_INIT("a\xE2\x80\xA8z\xE2\x81\xA6.cfg"), STR_INIT("az.cfg")},
        {STR_INIT("a\xE2\x80\x94z.cfg"), STR_INIT("a\xE2\x80\x94z.cfg")},
        {STR_INIT("\xE2\x80"), STR_INIT("__")},
        {STR_INIT("\"; rm -rf ;\".cfg"), STR_INIT("\"; rm -rf ;\".cfg")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_becomes(cases[i].name, cases[i].clean);
}

static Str long_name(Arena *arena, const char *unit, size_t count, const char *extension)
{
    size_t unit_size = strlen(unit);
    char *text = arena_alloc(arena, unit_size * count + strlen(extension) + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * unit_size, unit, unit_size);
    memcpy(text + unit_size * count, extension, strlen(extension));
    return str_make(text, unit_size * count + strlen(extension));
}

static void test_long_names_keep_their_extension(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str name = file_name_sanitise(arena, long_name(arena, "a", 251, ".cfg"));
    assert_int_equal(name.size, 255);
    static const char *const extensions[] = {".cfg", ".pcapng.gz", ".pdf"};
    static const char *const units[] = {"a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
                                        "\xE9"};
    for (size_t i = 0; i < COUNT_OF(extensions); i++) {
        for (size_t j = 0; j < COUNT_OF(units); j++) {
            name = file_name_sanitise(arena, long_name(arena, units[j], 300, extensions[i]));
            assert_true(name.size <= 255 && name.size >= 251);
            assert_true(str_is_utf8(name));
            assert_true(str_ends_with(name, str_of(extensions[i])));
        }
    }
    name = file_name_sanitise(arena, long_name(arena, "a", 300, ""));
    assert_int_equal(name.size, 255);
    name = file_name_sanitise(arena, long_name(arena, ".", 300, ""));
    assert_true(str_equal(name, STR("file")));
    name = file_name_sanitise(arena, long_name(arena, "a.bcdefghijklmnopqrstuvw", 30, ""));
    assert_int_equal(name.size, 255);
}

static void test_paths_keep_their_folders_and_lead_nowhere(void **state)
{
    (void)state;
    static const struct {
        Str path;
        Str clean;
    } cases[] = {
        {STR_INIT("net/core/sw1.cfg"), STR_INIT("net/core/sw1.cfg")},
        {STR_INIT("../../etc/passwd"), STR_INIT("etc/passwd")},
        {STR_INIT("/etc//./shadow.cfg"), STR_INIT("etc/shadow.cfg")},
        {STR_INIT("C:\\Users\\..\\ana\\r1.cfg"), STR_INIT("Users/ana/r1.cfg")},
        {STR_INIT("a/ .. /b.cfg"), STR_INIT("a/file/b.cfg")},
        {STR_INIT("a\r\n/b\x1B[31m.cfg"), STR_INIT("a/b[31m.cfg")},
        {STR_INIT("gpj.\xE2\x80\xAE/b.cfg"), STR_INIT("gpj./b.cfg")},
        {STR_INIT("../.."), STR_INIT("file")},
        {STR_INIT(""), STR_INIT("file")},
        {STR_INIT("///"), STR_INIT("file")},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        auto_arena Arena *arena = arena_new();
        Str clean = file_name_sanitise_path(arena, cases[i].path);
        if (!str_equal(clean, cases[i].clean))
            print_error("'%.*s' and not '%.*s'\n", STR_ARGS(clean), STR_ARGS(cases[i].clean));
        assert_true(str_equal(clean, cases[i].clean));
    }
}

static void test_the_front_of_a_long_path_is_dropped(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str clean = file_name_sanitise_path(arena, long_name(arena, "folder/", 100, "r1.cfg"));
    assert_in_range(clean.size, 240, 255);
    assert_true(str_starts_with(clean, STR("folder/")) && str_ends_with(clean, STR("/r1.cfg")));
    clean = file_name_sanitise_path(arena, long_name(arena, "x", 400, ".cfg"));
    assert_int_equal(clean.size, 255);
    assert_true(str_ends_with(clean, STR(".cfg")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_lose_what_is_dangerous),
        cmocka_unit_test(test_long_names_keep_their_extension),
        cmocka_unit_test(test_paths_keep_their_folders_and_lead_nowhere),
        cmocka_unit_test(test_the_front_of_a_long_path_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
