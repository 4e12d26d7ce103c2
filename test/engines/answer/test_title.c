/* SPDX-License-Identifier: Apache-2.0 */
/* What a model writes as a title becomes one plain line, or nothing. */
#include "engines/answer/title.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef struct {
    const char *text;
    const char *title;
} Case;

static void test_titles_become_one_plain_line(void **state)
{
    static const Case cases[] = {
        {"MTU of the uplink", "MTU of the uplink"},
        {"  **\"MTU of the uplink\"**  \nMore words", "MTU of the uplink"},
        {"# „Vizinhos OSPF“", "Vizinhos OSPF"},
        {"\n---\n\n> `OSPF`\n", "OSPF"},
        {"a\tb\r\x1b[2Jc\x7f", "a b [2Jc"},
        {"x\xe2\x80\xae\xe2\x80\x8by\xef\xbb\xbf", "xy"},
        {"a\xe2\x80\xa8z", "a z"},
        {"see [[doc:1:L1]]", "see"},
        {"[x](http://a.example/)", "[x] (http[:]//a.example/)"},
        {"", ""},
        {"\xff\xfe", ""},
        {"---\n***", ""},
        {"[[doc:1:L1]]", ""},
    };
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_str(title_clean(arena, str_of(cases[i].text)), cases[i].title);
}

static Str repeat(Arena *arena, const char *piece, size_t count)
{
    Str text = STR("");
    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%.*s%s", STR_ARGS(text), piece);
    return text;
}

static void test_titles_are_cut_at_their_limit(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str longest = repeat(arena, "\xc3\xa9", TITLE_MAX_CHARACTERS);
    assert_str(title_clean(arena, longest), longest.data);
    Str longer = repeat(arena, "\xc3\xa9", TITLE_MAX_CHARACTERS + 1);
    Str cut = title_clean(arena, longer);
    assert_that(str_is_utf8(cut) && str_ends_with(cut, STR("…")));
    assert_that(cut.size == 2 * (TITLE_MAX_CHARACTERS - 1) + 3);
    /* A line is cut inside a character. */
    for (size_t i = 1020; i < 1028; i++) {
        Str text = arena_printf(arena, "%.*s%.*s", STR_ARGS(repeat(arena, "a", i)),
                                STR_ARGS(repeat(arena, "\xe2\x82\xac", 10)));
        assert_that(str_is_utf8(title_clean(arena, text)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_titles_become_one_plain_line),
        cmocka_unit_test(test_titles_are_cut_at_their_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
