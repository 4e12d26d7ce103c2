/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/parts.h"

#include "base/strbuf.h"
#include "engines/text/chunk_choice.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Joins the parts again and returns how many there were. */
static size_t join_parts(Str bytes, StrBuf *out)
{
    size_t count = 0;
    TextParts parts = text_parts(bytes);
    strbuf_init(out, 64 << 20);
    while (text_parts_left(&parts)) {
        Error error = {0};
        DecodedText part;
        auto_arena Arena *arena = arena_new();
        assert_true(text_next_part(&parts, arena, &part, &error));
        strbuf_append(out, part.utf8);
        count++;
    }
    return count;
}

static void test_parts_are_whole_lines_and_nothing_is_lost(void **state)
{
    (void)state;
    auto_strbuf StrBuf text = {0};
    auto_strbuf StrBuf joined = {0};
    strbuf_init(&text, 8 << 20);
    for (int i = 0; text.size < 3 * TEXT_PART_BYTES; i++)
        strbuf_printf(&text, "line %d é\n", i);
    strbuf_printf(&text, "no newline at the end");
    assert_that(join_parts(strbuf_str(&text), &joined) >= 4);
    assert_that(str_equal(strbuf_str(&joined), strbuf_str(&text)));
    TextParts parts = text_parts(strbuf_str(&text));
    auto_arena Arena *arena = arena_new();
    Error error = {0};
    DecodedText part;
    assert_true(text_next_part(&parts, arena, &part, &error));
    assert_that(str_ends_with(part.utf8, STR("\n")));
    assert_that(str_starts_with(parts.rest, STR("line ")));
}

static void test_utf16_is_cut_between_its_lines(void **state)
{
    (void)state;
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        auto_strbuf StrBuf wide = {0};
        auto_strbuf StrBuf plain = {0};
        auto_strbuf StrBuf joined = {0};
        strbuf_init(&wide, 8 << 20);
        strbuf_init(&plain, 8 << 20);
        while (wide.size < 2 * TEXT_PART_BYTES)
            /* U+0A0A holds the byte of a newline twice, and is none. */
            for (const char *at = "line @\n"; *at; at++) {
                uint16_t unit = *at == '@' ? 0x0A0A : (uint16_t)*at;
                strbuf_append_byte(&wide, (char)(big_endian ? unit >> 8 : unit));
                strbuf_append_byte(&wide, (char)(big_endian ? unit : unit >> 8));
                if (*at == '@')
                    strbuf_append(&plain, STR("\xE0\xA8\x8A"));
                else
                    strbuf_append_byte(&plain, *at);
            }
        assert_that(join_parts(strbuf_str(&wide), &joined) >= 2);
        assert_that(str_equal(strbuf_str(&joined), strbuf_str(&plain)));
    }
}

static void test_a_key_is_not_cut_in_two(void **state)
{
    (void)state;
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 8 << 20);
    while (text.size < TEXT_PART_BYTES - 100)
        strbuf_append(&text, STR("0123456789012345678901234567890123456789\n"));
    size_t key = text.size;
    strbuf_append(&text, STR("-----BEGIN PRIVATE KEY-----\n"));
    for (int i = 0; i < 30; i++)
        strbuf_append(&text, STR("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n"));
    strbuf_append(&text, STR("-----END PRIVATE KEY-----\nend\n"));
    auto_arena Arena *arena = arena_new();
    Error error = {0};
    DecodedText part;
    TextParts parts = text_parts(strbuf_str(&text));
    assert_true(text_next_part(&parts, arena, &part, &error));
    assert_int(part.utf8.size, key);
}

static void test_the_length_of_a_line_has_a_limit(void **state)
{
    (void)state;
    static char bytes[TEXT_LINE_MAX_BYTES + 100];
    auto_arena Arena *arena = arena_new();
    Error error = {0};
    DecodedText part;
    memset(bytes, 'a', sizeof bytes);
    TextParts parts = text_parts(str_make(bytes, TEXT_LINE_MAX_BYTES));
    assert_true(text_next_part(&parts, arena, &part, &error));
    parts = text_parts(str_make(bytes, TEXT_LINE_MAX_BYTES + 1));
    assert_false(text_next_part(&parts, arena, &part, &error));
    assert_int(error.code, ERR_FILE_TOO_LARGE);
    /* NUL bytes of a file with a hole are no text. */
    memset(bytes, 0, sizeof bytes);
    memcpy(bytes + sizeof bytes - 4, "end\n", 4);
    parts = text_parts(str_make(bytes, sizeof bytes));
    assert_true(text_next_part(&parts, arena, &part, &error));
    assert_str(part.utf8, "end\n");
    assert_int(part.nul_count, sizeof bytes - 4);
}

static ChunkChoice *choose(size_t max, uint32_t count, unsigned (*merit)(uint32_t number))
{
    ChunkChoice *choice = chunk_choice_new(max);
    for (uint32_t i = 1; i <= count; i++) {
        char text[16];
        int size = snprintf(text, sizeof text, "%u", i);
        TextChunk chunk = {
            .text = str_make(text, (size_t)size), .first_line = 2 * i - 1, .last_line = 2 * i};
        chunk_choice_add(choice, &chunk, merit(i));
    }
    return choice;
}

static unsigned every_tenth_is_severe(uint32_t number)
{
    return number % 10 == 0 ? 3 : number % 10 == 5 ? CHUNK_MERIT_RARE : CHUNK_MERIT_NONE;
}

static unsigned most_are_severe(uint32_t number)
{
    return number == 3 ? 0 : 3;
}

static void expect_kept(ChunkChoice *choice, const uint32_t *numbers, size_t count)
{
    TextChunk chunk;
    for (size_t i = 0; i < count; i++) {
        assert_true(chunk_choice_next(choice, &chunk));
        assert_int(chunk.first_line, 2 * numbers[i] - 1);
        uint32_t number = 0;
        assert_true(str_parse_u32(chunk.text, &number));
        assert_int(number, numbers[i]);
    }
    assert_false(chunk_choice_next(choice, &chunk));
}

static void test_few_chunks_are_all_kept(void **state)
{
    (void)state;
    uint64_t lines = 0;
    auto_chunk_choice ChunkChoice *choice = choose(8, 8, every_tenth_is_severe);
    assert_int(chunk_choice_dropped(choice, &lines), 0);
    static const uint32_t all[] = {1, 2, 3, 4, 5, 6, 7, 8};
    expect_kept(choice, all, COUNT_OF(all));
}

static void test_of_many_chunks_the_newest_the_severe_and_the_rare_are_kept(void **state)
{
    (void)state;
    uint64_t lines = 0;
    auto_chunk_choice ChunkChoice *choice = choose(8, 100, every_tenth_is_severe);
    static const uint32_t kept[] = {80, 85, 90, 95, 97, 98, 99, 100};
    assert_int(chunk_choice_dropped(choice, &lines), 92);
    assert_int(lines, 184);
    expect_kept(choice, kept, COUNT_OF(kept));
}

static void test_the_worst_message_outlives_many_bad_ones(void **state)
{
    (void)state;
    auto_chunk_choice ChunkChoice *choice = choose(8, 1000, most_are_severe);
    static const uint32_t kept[] = {3, 994, 995, 996, 997, 998, 999, 1000};
    expect_kept(choice, kept, COUNT_OF(kept));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_are_whole_lines_and_nothing_is_lost),
        cmocka_unit_test(test_utf16_is_cut_between_its_lines),
        cmocka_unit_test(test_a_key_is_not_cut_in_two),
        cmocka_unit_test(test_the_length_of_a_line_has_a_limit),
        cmocka_unit_test(test_few_chunks_are_all_kept),
        cmocka_unit_test(test_of_many_chunks_the_newest_the_severe_and_the_rare_are_kept),
        cmocka_unit_test(test_the_worst_message_outlives_many_bad_ones),
    };
    return cmocka_run_group_tests_name("engines_text_parts", tests, NULL, NULL);
}
