/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/embed/tokenizer.h"

#include "base/json.h"
#include "base/mem.h"
#include "engines/embed/model_files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { LIMIT = 256, LONG_BYTES = 4 << 20 };

static Tokenizer *open_tokenizer(Arena *arena)
{
    Error error = {0};
    const char *path = arena_printf(arena, "%s/vocab.txt", test_model_directory()).data;
    Tokenizer *tokenizer = tokenizer_new(test_read_file(arena, path), &error);
    if (!tokenizer)
        fail_msg("%s", error.message);
    return tokenizer;
}

static int set_up(void **state)
{
    auto_arena Arena *arena = arena_new();
    *state = open_tokenizer(arena);
    return 0;
}

static int tear_down(void **state)
{
    tokenizer_free(*state);
    return 0;
}

static void expect_ids(const Tokenizer *tokenizer, Str text, const uint16_t *ids, size_t count)
{
    uint16_t found[LIMIT];
    size_t found_count = tokenizer_encode(tokenizer, text, LIMIT, found);
    for (size_t i = 0; i < MIN_OF(found_count, count); i++)
        if (found[i] != ids[i])
            fail_msg("token %zu of \"%.60s\" is %u, not %u", i, text.data, found[i], ids[i]);
    assert_int_equal(found_count, count);
}

static void expect_same(const Tokenizer *tokenizer, Str text, Str as)
{
    uint16_t ids[LIMIT];
    size_t count = tokenizer_encode(tokenizer, as, LIMIT, ids);
    expect_ids(tokenizer, text, ids, count);
}

static void test_ids_are_those_of_the_reference(void **state)
{
    auto_arena Arena *arena = arena_new();
    Error error = {0};
    const char *path = test_source_path(arena, "test/engines/embed/reference.json");
    const JsonValue *rows = json_parse(arena, test_read_file(arena, path), &error);
    assert_non_null(rows);
    assert_true(rows->count >= 200);
    for (size_t i = 0; i < rows->count; i++) {
        Str text;
        assert_true(json_get_str(&rows->items[i], "text", &text));
        const JsonValue *ids = json_get(&rows->items[i], "ids");
        uint16_t expected[LIMIT];
        assert_true(ids && ids->count <= LIMIT);
        for (size_t k = 0; k < ids->count; k++)
            expected[k] = (uint16_t)ids->items[k].integer;
        expect_ids(*state, text, expected, ids->count);
        if (ids->count < LIMIT)
            assert_int_equal(tokenizer_count(*state, text), ids->count - 2);
        else
            assert_true(tokenizer_count(*state, text) >= LIMIT - 2);
    }
}

static void test_bad_utf8_is_passed_over(void **state)
{
    expect_same(*state, STR("ro\xFFuter"), STR("router"));
    expect_same(*state, STR("ro\xC3(uter"), STR("ro(uter"));
    expect_same(*state, STR("router\xE2\x82"), STR("router"));
    expect_same(*state, STR("\xED\xA0\x80router\xC0\xAF\xF8\x88\x80\x80\x80"), STR("router"));
    expect_same(*state, STR("rou\0ter"), STR("router"));
    expect_same(*state, STR("\xF4\x90\x80\x80x\xF0\x80\x80\x80"), STR("x"));
}

static void test_long_words_and_texts(void **state)
{
    char *bytes = mem_alloc(LONG_BYTES, 1);
    memset(bytes, 'a', LONG_BYTES);
    uint16_t unknown[] = {TOKEN_START, TOKEN_UNKNOWN, TOKEN_END};
    expect_ids(*state, str_make(bytes, LONG_BYTES), unknown, COUNT_OF(unknown));
    assert_int_equal(tokenizer_count(*state, str_make(bytes, LONG_BYTES)), 1);
    for (size_t i = 1; i < LONG_BYTES; i += 2)
        bytes[i] = ' ';
    uint16_t ids[LIMIT];
    assert_int_equal(tokenizer_encode(*state, str_make(bytes, LONG_BYTES), LIMIT, ids), LIMIT);
    assert_int_equal(ids[LIMIT - 1], TOKEN_END);
    assert_int_equal(tokenizer_count(*state, str_make(bytes, LONG_BYTES)), LONG_BYTES / 2);
    memset(bytes, 0xF0, LONG_BYTES);
    assert_int_equal(tokenizer_count(*state, str_make(bytes, LONG_BYTES)), 0);
    memset(bytes, '[', LONG_BYTES);
    assert_int_equal(tokenizer_count(*state, str_make(bytes, LONG_BYTES)), LONG_BYTES);
    mem_free(bytes);
    assert_int_equal(tokenizer_encode(*state, STR("many words here"), 2, ids), 2);
    assert_int_equal(ids[1], TOKEN_END);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Tokens of lines add up to those of the whole: what chunking relies on. */
static void test_counts_add_up_over_lines(void **state)
{
    static const char *const parts[] = {
        "a",        "B9",       " ",   "\n", "[SEP]",        "[",    "]",
        "\xC3\xA9", "\xCC\x81", "\r",  "\f", "\xE7\xBD\x91", "\xFF", "%OSPF-5-ADJCHG",
        "10.0.0.1", "\t",       "word"};
    uint32_t seed = 7;
    for (int round = 0; round < 300; round++) {
        char text[2000];
        size_t size = 0, sum = 0;
        while (size < 1500) {
            const char *part = parts[next_random(&seed) % COUNT_OF(parts)];
            memcpy(text + size, part, strlen(part));
            size += strlen(part);
        }
        for (Str rest = str_make(text, size), line; str_next_line(&rest, &line);)
            sum += tokenizer_count(*state, line);
        assert_int_equal(tokenizer_count(*state, str_make(text, size)), sum);
    }
}

static void expect_refused(Str vocabulary, const char *reason)
{
    Error error = {0};
    assert_null(tokenizer_new(vocabulary, &error));
    assert_int_equal(error.code, ERR_VALIDATION);
    assert_non_null(strstr(error.message, reason));
}

static void test_damaged_vocabularies_are_refused(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *path = arena_printf(arena, "%s/vocab.txt", test_model_directory()).data;
    Str good = test_read_file(arena, path);
    expect_refused(STR(""), "0 lines");
    expect_refused((Str){0}, "0 lines");
    expect_refused(str_slice(good, 0, good.size / 2), "lines instead of");
    expect_refused(arena_printf(arena, "%.*sextra\n", STR_ARGS(good)), "lines instead of");
    char *changed = arena_cstring(arena, good);
    memset(changed, '\n', good.size);
    expect_refused(str_make(changed, VOCABULARY_SIZE), "empty or repeated");
    changed = arena_cstring(arena, good);
    changed[str_find(good, STR("[CLS]"))] = '(';
    expect_refused(str_make(changed, good.size), "is not [CLS]");
    changed = arena_alloc(arena, 5 << 20);
    expect_refused(str_make(changed, 5 << 20), "longer than");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_are_those_of_the_reference),
        cmocka_unit_test(test_bad_utf8_is_passed_over),
        cmocka_unit_test(test_long_words_and_texts),
        cmocka_unit_test(test_counts_add_up_over_lines),
        cmocka_unit_test(test_damaged_vocabularies_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
