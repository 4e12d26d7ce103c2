/* SPDX-License-Identifier: Apache-2.0 */
/* What a usage line says, and which word a mistyped one stands for. */
#include "app/shell/grammar.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char usage[] = "[--json] create EMAIL [--plan PLAN] [--replace] | list |"
                            " rename ID TITLE… | revision -m TEXT [DIR]";

static void test_verbs_words_and_options_are_read(void **state)
{
    (void)state;
    Grammar grammar;
    auto_arena Arena *arena = arena_new();
    grammar_parse(arena, str_of(usage), &grammar);
    assert_int(grammar.verbs.count, 4);
    assert_str(grammar.verbs.items[2], STR("rename"));
    assert_int(grammar.words.count, 4);
    assert_str(grammar.words.items[2].name, STR("TITLE"));
    assert_str(grammar.words.items[2].verb, STR("rename"));
    assert_that(grammar.words.items[2].repeats);
    assert_int(grammar.options.count, 4);
    assert_str(grammar.options.items[0].verb, STR(""));
    assert_str(grammar.options.items[1].value, STR("PLAN"));
    assert_str(grammar.options.items[2].value, STR(""));
    assert_str(grammar.options.items[3].value, STR("TEXT"));
}

static void test_the_option_of_the_verb_is_found_first(void **state)
{
    (void)state;
    Grammar grammar;
    auto_arena Arena *arena = arena_new();
    grammar_parse(arena, STR("a [--limit N] | b [--limit LIMIT]"), &grammar);
    assert_str(grammar_find_option(&grammar, STR("--limit"), STR("b"))->value, STR("LIMIT"));
    assert_str(grammar_find_option(&grammar, STR("--limit"), STR("c"))->value, STR("N"));
    assert_that(!grammar_find_option(&grammar, STR("--lim"), STR("a")));
}

static void test_nonsense_is_read_without_a_fault(void **state)
{
    (void)state;
    static const char *const texts[] = {"",   "[", "]",       "…",     "[]",      "| |",
                                        "--", "-", "[[[…]]]", "--a [", "\xff\xfe"};
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        Grammar grammar;
        grammar_parse(arena, str_of(texts[i]), &grammar);
        assert_that(grammar.verbs.count + grammar.words.count + grammar.options.count <= 2);
    }
}

static Str suggest(Arena *arena, const char *word)
{
    static const char *const names[] = {"files", "tasks", "upload", "usage", "conversations", "up"};
    StrVec candidates = {0};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        *VEC_PUSH(arena, &candidates) = str_of(names[i]);
    return grammar_suggest(&candidates, str_of(word));
}

static void test_a_mistyped_word_is_recognised(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(suggest(arena, "fiels"), STR("files"));
    assert_str(suggest(arena, "file"), STR("files"));
    assert_str(suggest(arena, "uplod"), STR("upload"));
    assert_str(suggest(arena, "conv"), STR("conversations"));
    assert_str(suggest(arena, "zzzz"), STR(""));
    assert_str(suggest(arena, ""), STR(""));
    assert_str(suggest(arena, "a word that is longer than any candidate may be"), STR(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verbs_words_and_options_are_read),
        cmocka_unit_test(test_the_option_of_the_verb_is_found_first),
        cmocka_unit_test(test_nonsense_is_read_without_a_fault),
        cmocka_unit_test(test_a_mistyped_word_is_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
