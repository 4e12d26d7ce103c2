/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect_text(Str bytes, Str utf8, TextEncoding encoding, size_t bad_count)
{
    auto_arena Arena *arena = arena_new();
    Error error = {0};
    DecodedText text;
    assert_true(text_decode(arena, bytes, &text, &error));
    assert_int_equal(text.encoding, encoding);
    assert_int_equal(text.bad_count, bad_count);
    assert_true(str_equal(text.utf8, utf8));
    assert_true(str_is_utf8(text.utf8));
}

static void expect_refused(Str bytes, ErrorCode code)
{
    auto_arena Arena *arena = arena_new();
    Error error = {0};
    DecodedText text = {.bad_count = 77};
    assert_false(text_decode(arena, bytes, &text, &error));
    assert_int_equal(error.code, code);
    assert_int_equal(text.bad_count, 77);
}

static void test_utf8_is_kept(void **state)
{
    (void)state;
    expect_text(STR(""), STR(""), TEXT_UTF8, 0);
    expect_text(STR("coração\n"), STR("coração\n"), TEXT_UTF8, 0);
    expect_text(STR("\xEF\xBB\xBF"
                    "abc"),
                STR("abc"), TEXT_UTF8, 0);
    expect_text(STR("ação é \xFF fim"), STR("ação é \xEF\xBF\xBD fim"), TEXT_UTF8_REPAIRED, 1);
}

static void test_windows_1252_is_converted(void **state)
{
    (void)state;
    expect_text(STR("configura\xE7\xE3o"), STR("configuração"), TEXT_WINDOWS_1252, 0);
    expect_text(STR("\xA0"), STR("\xC2\xA0"), TEXT_WINDOWS_1252, 0);
    expect_text(STR("engineer\x92s \x96 \x93MTU\x94 \x80"), STR("engineer’s – “MTU” €"),
                TEXT_WINDOWS_1252, 0);
    expect_text(STR("a\x81"), STR("a\xEF\xBF\xBD"), TEXT_WINDOWS_1252, 1);
}

static void test_utf16_is_converted(void **state)
{
    (void)state;
    expect_text(STR("\xFF\xFEh\0\xE9\0"), STR("hé"), TEXT_UTF16LE, 0);
    expect_text(STR("\xFE\xFF\0h\0i"), STR("hi"), TEXT_UTF16BE, 0);
    expect_text(STR("\xFF\xFE\x3D\xD8\x00\xDE"), STR("\xF0\x9F\x98\x80"), TEXT_UTF16LE, 0);
    expect_text(STR("\xFF\xFE\x3D\xD8x\0"), STR("\xEF\xBF\xBDx"), TEXT_UTF16LE, 1);
    expect_text(STR("\xFF\xFE\x3D\xD8"), STR("\xEF\xBF\xBD"), TEXT_UTF16LE, 1);
    expect_text(STR("\xFF\xFEh\0i"), STR("h\xEF\xBF\xBD"), TEXT_UTF16LE, 1);
    expect_text(STR("\xFF\xFE"), STR(""), TEXT_UTF16LE, 0);
    expect_text(STR("s\0h\0o\0w\0 \0\xE9\0\n\0"), STR("show é\n"), TEXT_UTF16LE, 0);
    expect_text(STR("\0s\0h\0o\0w\0 \0\xE9\0\n"), STR("show é\n"), TEXT_UTF16BE, 0);
}

static void expect_dropped(Str bytes, Str utf8, size_t nuls, size_t escapes)
{
    auto_arena Arena *arena = arena_new();
    Error error = {0};
    DecodedText text;
    assert_true(text_decode(arena, bytes, &text, &error));
    assert_true(str_equal(text.utf8, utf8));
    assert_int_equal(text.nul_count, nuls);
    assert_int_equal(text.escape_count, escapes);
}

static void test_nul_bytes_and_escape_sequences_are_dropped_and_counted(void **state)
{
    (void)state;
    expect_dropped(STR("\0\0\0\0<135>Dec 17 x\0\nb"), STR("<135>Dec 17 x\nb"), 5, 0);
    expect_dropped(STR("\xFF\xFEh\0\0\0"), STR("h"), 1, 0);
    expect_dropped(STR("\0\0\0"), STR(""), 3, 0);
    expect_dropped(STR("\x1b[31mdown\x1b[0m\n"), STR("down\n"), 0, 2);
    expect_dropped(STR("\x1b]0;title\x07r1#\x1b[?25l x"), STR("r1# x"), 0, 2);
    expect_dropped(STR("\x1b[1;\nnext\x1b"), STR("\nnext"), 0, 2);
    expect_dropped(STR("\x1b]0;open\nnext"), STR("\nnext"), 0, 1);
    expect_dropped(STR("a\x1b(Bb"), STR("ab"), 0, 1);
}

static void test_undecodable_bytes_are_refused(void **state)
{
    (void)state;
    expect_refused(STR("\x7F"
                       "ELF\x02\x01\x01\0\0\0"),
                   ERR_UNSUPPORTED_MEDIA);
    expect_refused(STR("\0\x01 binary"), ERR_UNSUPPORTED_MEDIA);
    expect_refused(STR("\x7F"
                       "ELF\0\x80"
                       "binary\0"),
                   ERR_UNSUPPORTED_MEDIA);
    static char large[TEXT_MAX_BYTES + 1];
    memset(large, 'x', sizeof large);
    expect_refused(str_make(large, sizeof large), ERR_FILE_TOO_LARGE);
    memset(large, 0xE9, sizeof large);
    expect_refused(str_make(large, TEXT_MAX_BYTES), ERR_FILE_TOO_LARGE);
}

/* Whatever comes in, what comes out is UTF-8. */
static void test_random_bytes_become_valid_text(void **state)
{
    (void)state;
    uint32_t seed = 11;
    for (int round = 0; round < 2000; round++) {
        auto_arena Arena *arena = arena_new();
        Error error = {0};
        DecodedText text;
        char bytes[64];
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[i] = (char)(seed >> 24);
        }
        if (round % 3 == 0)
            memcpy(bytes, "\xFF\xFE", 2);
        if (text_decode(arena, str_make(bytes, sizeof bytes), &text, &error))
            assert_true(str_is_utf8(text.utf8));
        else
            assert_int_equal(error.code, ERR_UNSUPPORTED_MEDIA);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8_is_kept),
        cmocka_unit_test(test_windows_1252_is_converted),
        cmocka_unit_test(test_utf16_is_converted),
        cmocka_unit_test(test_nul_bytes_and_escape_sequences_are_dropped_and_counted),
        cmocka_unit_test(test_undecodable_bytes_are_refused),
        cmocka_unit_test(test_random_bytes_become_valid_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
