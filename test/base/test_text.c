/* SPDX-License-Identifier: Apache-2.0 */
/* Characters: UTF-8 and the classes of ASCII. */
#include "base/ascii.h"
#include "base/utf8.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static bool is_surrogate(uint32_t character)
{
    return character >= 0xD800 && character <= 0xDFFF;
}

static void test_every_character_is_read_as_it_was_written(void **state)
{
    (void)state;
    for (uint32_t character = 0; character <= 0x10FFFF; character++) {
        char bytes[UTF8_MAX_BYTES];
        uint32_t read = 0;
        if (is_surrogate(character))
            continue;
        size_t size = utf8_write(character, bytes);
        assert_int_equal(utf8_read(str_make(bytes, size), &read), size);
        assert_int_equal(read, character);
        for (size_t cut = 0; cut < size; cut++)
            assert_int_equal(utf8_length(str_make(bytes, cut)), 0);
    }
}

/* Whether all two or three bytes are one character (RFC 3629, section 4). */
static bool is_well_formed(const unsigned char *bytes, size_t size)
{
    if (size == 2)
        return bytes[0] >= 0xC2 && bytes[0] <= 0xDF && bytes[1] >> 6 == 2;
    uint32_t character =
        (uint32_t)(bytes[0] & 0x0F) << 12 | (uint32_t)(bytes[1] & 0x3F) << 6 | (bytes[2] & 0x3Fu);
    return bytes[0] >> 4 == 0xE && bytes[1] >> 6 == 2 && bytes[2] >> 6 == 2 && character >= 0x800 &&
           !is_surrogate(character);
}

static void test_all_sequences_of_two_and_three_bytes(void **state)
{
    (void)state;
    static const unsigned char last[] = {0x00, 0x7F, 0x80, 0xBF, 0xC0, 0xFF};
    for (unsigned first = 0x80; first <= 0xFF; first++) {
        for (unsigned second = 0; second <= 0xFF; second++) {
            const unsigned char two[] = {(unsigned char)first, (unsigned char)second};
            assert_int_equal(utf8_length(str_make(two, 2)), is_well_formed(two, 2) ? 2 : 0);
            for (size_t i = 0; i < COUNT_OF(last); i++) {
                const unsigned char three[] = {two[0], two[1], last[i]};
                size_t length = utf8_length(str_make(three, 3));
                assert_int_equal(length == 3, is_well_formed(three, 3));
            }
        }
    }
}

static void assert_stream(Str text, bool is_valid)
{
    for (size_t cut = 0; cut <= text.size; cut++) {
        Utf8Stream stream = {0};
        bool valid = utf8_stream_add(&stream, str_slice(text, 0, cut)) &&
                     utf8_stream_add(&stream, str_from(text, cut)) &&
                     utf8_stream_is_complete(&stream);
        assert_int_equal(valid, is_valid);
    }
    assert_int_equal(str_is_utf8(text), is_valid);
}

static void test_a_stream_may_be_cut_anywhere(void **state)
{
    (void)state;
    assert_stream(STR("plain ASCII text of some length"), true);
    assert_stream(STR("Z\xC3\xBCrich \xE2\x82\xAC \xF0\x9F\x98\x80 and on"), true);
    assert_stream(STR("eight by\xC3"), false);
    assert_stream(STR("eight bytes \xED\xA0\x80"), false);
    assert_stream(STR("\xF4\x90\x80\x80"), false);
    assert_stream(STR("\xC0\xAF"), false);
    assert_stream(STR("\x80"), false);
    assert_stream(STR(""), true);
}

/* Tries every sequence of up to four of the bytes that matter, cut at every offset in turn. */
static void test_a_stream_agrees_with_the_whole_string_check(void **state)
{
    (void)state;
    static const unsigned char bytes[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF,
                                          0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE,
                                          0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
    enum { N = sizeof(bytes) };
    for (unsigned code = 0; code < N * N * N * N; code++) {
        char text[12] = "abcdefgh";
        text[8] = (char)bytes[code % N];
        text[9] = (char)bytes[code / N % N];
        text[10] = (char)bytes[code / N / N % N];
        text[11] = (char)bytes[code / N / N / N];
        Utf8Stream stream = {0};
        size_t cut = code % 13;
        bool valid = utf8_stream_add(&stream, str_make(text, cut)) &&
                     utf8_stream_add(&stream, str_make(text + cut, sizeof(text) - cut)) &&
                     utf8_stream_is_complete(&stream);
        assert_int_equal(valid, str_is_utf8(str_make(text, sizeof(text))));
    }
}

static void test_classes_are_those_of_the_c_locale(void **state)
{
    (void)state;
    for (int byte = 0; byte < 0x100; byte++) {
        char c = (char)byte;
        assert_int_equal(ascii_is_digit(c), isdigit(byte) != 0);
        assert_int_equal(ascii_is_upper(c), isupper(byte) != 0);
        assert_int_equal(ascii_is_lower(c), islower(byte) != 0);
        assert_int_equal(ascii_is_letter(c), isalpha(byte) != 0);
        assert_int_equal(ascii_is_letter_or_digit(c), isalnum(byte) != 0);
        assert_int_equal(ascii_is_space(c), isspace(byte) != 0);
        assert_int_equal(ascii_is_blank(c), isblank(byte) != 0);
        assert_int_equal((unsigned char)ascii_to_lower(c), tolower(byte));
        assert_int_equal(ascii_hex_value(c) >= 0, isxdigit(byte) != 0);
    }
    assert_int_equal(ascii_hex_value('0'), 0);
    assert_int_equal(ascii_hex_value('f'), 15);
    assert_int_equal(ascii_hex_value('A'), 10);
}

static void test_a_cut_leaves_no_piece_of_a_word(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t max_bytes;
        size_t size;
    } cuts[] = {
        {"two words", 20, 9},      {"two words", 9, 9},         {"two words", 8, 4},
        {"two words", 3, 3},       {"at 198.51.100.17", 14, 3}, {"rtr-01.example.net", 10, 0},
        {"\"caf\xc3\xa9\"", 5, 1}, {"a \xe2\x80\xa6", 3, 2},    {"", 0, 0},
    };
    for (size_t i = 0; i < COUNT_OF(cuts); i++)
        assert_int_equal(utf8_cut_words(str_of(cuts[i].text), cuts[i].max_bytes), cuts[i].size);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_cut_leaves_no_piece_of_a_word),
        cmocka_unit_test(test_every_character_is_read_as_it_was_written),
        cmocka_unit_test(test_all_sequences_of_two_and_three_bytes),
        cmocka_unit_test(test_a_stream_may_be_cut_anywhere),
        cmocka_unit_test(test_a_stream_agrees_with_the_whole_string_check),
        cmocka_unit_test(test_classes_are_those_of_the_c_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
