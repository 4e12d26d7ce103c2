/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/line_diff.h"

#include "base/strbuf.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static LineList lines_of(Arena *arena, const char *text)
{
    Str line;
    StrVec lines = {0};
    for (Str rest = str_of(text); str_next_line(&rest, &line);)
        *VEC_PUSH(arena, &lines) = line;
    return (LineList){lines.items, lines.count};
}

/* Checks what the header promises: between the changes, both texts are equal. */
static void expect_sound(LineList old_lines, LineList new_lines, const LineChangeVec *changes)
{
    uint32_t old_at = 0;
    uint32_t new_at = 0;
    for (size_t i = 0; i <= changes->count; i++) {
        bool is_end = i == changes->count;
        LineChange end = {(uint32_t)old_lines.count, 0, (uint32_t)new_lines.count, 0};
        LineChange change = is_end ? end : changes->items[i];
        assert_that(is_end || change.old_count + change.new_count > 0);
        assert_that(change.old_first >= old_at);
        assert_int(change.old_first - old_at, change.new_first - new_at);
        while (old_at < change.old_first)
            assert_str(old_lines.items[old_at++], new_lines.items[new_at++]);
        old_at = change.old_first + change.old_count;
        new_at = change.new_first + change.new_count;
    }
    assert_int(old_at, old_lines.count);
    assert_int(new_at, new_lines.count);
}

/* wanted: a change each, such as "1+0>2+1": removed 0 lines from line 1, added 1 from line 2. */
static void expect_changes(const char *old_text, const char *new_text, const char *wanted)
{
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf got = {0};
    LineChangeVec changes = {0};
    LineList old_lines = lines_of(arena, old_text);
    LineList new_lines = lines_of(arena, new_text);
    line_diff(arena, old_lines, new_lines, &changes);
    expect_sound(old_lines, new_lines, &changes);
    strbuf_init(&got, 4096);
    for (size_t i = 0; i < changes.count; i++) {
        LineChange change = changes.items[i];
        strbuf_printf(&got, "%s%u+%u>%u+%u", i ? " " : "", change.old_first, change.old_count,
                      change.new_first, change.new_count);
    }
    assert_str(strbuf_str(&got), wanted);
}

static void test_equal_texts_have_no_changes(void **state)
{
    (void)state;
    expect_changes("", "", "");
    expect_changes("a\nb\n", "a\nb\n", "");
}

static void test_lines_are_removed_added_and_replaced(void **state)
{
    (void)state;
    expect_changes("", "a\nb\n", "0+0>0+2");
    expect_changes("a\nb\n", "", "0+2>0+0");
    expect_changes("a\nb\nc\n", "a\nc\n", "1+1>1+0");
    expect_changes("a\nc\n", "a\nb\nc\n", "1+0>1+1");
    expect_changes("a\nb\nc\n", "a\nx\nc\n", "1+1>1+1");
    expect_changes("a\nb\nc\nd\n", "b\nc\nx\nd\ny\n", "0+1>0+0 3+0>2+1 4+0>4+1");
}

static void test_blocks_of_a_configuration_stay_whole(void **state)
{
    (void)state;
    expect_changes("interface 1\n mtu 9000\n no shutdown\n!\ninterface 3\n no shutdown\n!\n",
                   "interface 1\n mtu 9000\n no shutdown\n!\ninterface 2\n no shutdown\n!\n"
                   "interface 3\n no shutdown\n!\n",
                   "4+0>4+3");
}

static void test_a_moved_block_is_removed_and_added(void **state)
{
    (void)state;
    expect_changes("a\nb\nc\nd\ne\nf\n", "c\nd\ne\nf\na\nb\n", "0+2>0+0 6+0>4+2");
}

static void test_parts_without_unique_lines_are_compared_exactly(void **state)
{
    (void)state;
    expect_changes("x\ny\nx\ny\n", "y\nx\ny\nx\n", "0+1>0+0 4+0>3+1");
}

static void test_random_texts_are_compared_soundly(void **state)
{
    (void)state;
    static const char *const words[] = {"a\n", "b\n", "c\n", "d\n", "e\n", "f\n", "\n"};
    uint32_t seed = 7;
    for (int round = 0; round < 3000; round++) {
        auto_arena Arena *arena = arena_new();
        LineList texts[2];
        for (int side = 0; side < 2; side++) {
            auto_strbuf StrBuf text = {0};
            strbuf_init(&text, 4096);
            seed = seed * 1664525u + 1013904223u;
            for (uint32_t left = (seed >> 8) % 40; left > 0; left--) {
                seed = seed * 1664525u + 1013904223u;
                strbuf_append(&text, str_of(words[(seed >> 8) % COUNT_OF(words)]));
            }
            texts[side] = lines_of(arena, arena_copy(arena, strbuf_str(&text)).data);
        }
        LineChangeVec changes = {0};
        line_diff(arena, texts[0], texts[1], &changes);
        expect_sound(texts[0], texts[1], &changes);
    }
}

/* Lines that repeat leave no anchors: the part counts as replaced, and costs no square of it. */
static void test_a_large_part_without_anchors_counts_as_replaced(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    enum { LINES = 20000 };
    Str *old_items = ARENA_ARRAY(arena, Str, LINES);
    Str *new_items = ARENA_ARRAY(arena, Str, LINES);
    for (int i = 0; i < LINES; i++) {
        old_items[i] = i % 2 ? STR("x") : STR("y");
        new_items[i] = i % 3 ? STR("y") : STR("x");
    }
    LineList old_lines = {old_items, LINES};
    LineList new_lines = {new_items, LINES};
    LineChangeVec changes = {0};
    line_diff(arena, old_lines, new_lines, &changes);
    expect_sound(old_lines, new_lines, &changes);
    assert_int(changes.count, 1);
}

static void test_anchors_that_cross_are_compared_soundly(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    enum { LEVELS = 200, COUNT = 3 * LEVELS };
    Str *old_items = ARENA_ARRAY(arena, Str, COUNT);
    Str *new_items = ARENA_ARRAY(arena, Str, COUNT);
    for (int i = 0; i < COUNT; i++) {
        old_items[i] = arena_printf(arena, "%d", i / 2);
        new_items[i] = arena_printf(arena, "%d", (COUNT - i) / 3);
    }
    LineList old_lines = {old_items, COUNT};
    LineList new_lines = {new_items, COUNT};
    LineChangeVec changes = {0};
    line_diff(arena, old_lines, new_lines, &changes);
    expect_sound(old_lines, new_lines, &changes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_texts_have_no_changes),
        cmocka_unit_test(test_lines_are_removed_added_and_replaced),
        cmocka_unit_test(test_blocks_of_a_configuration_stay_whole),
        cmocka_unit_test(test_a_moved_block_is_removed_and_added),
        cmocka_unit_test(test_parts_without_unique_lines_are_compared_exactly),
        cmocka_unit_test(test_random_texts_are_compared_soundly),
        cmocka_unit_test(test_a_large_part_without_anchors_counts_as_replaced),
        cmocka_unit_test(test_anchors_that_cross_are_compared_soundly),
    };
    return cmocka_run_group_tests_name("line_diff", tests, NULL, NULL);
}
