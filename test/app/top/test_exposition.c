/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of any server: what is read, and how a broken or hostile text is refused. */
#include "app/top/exposition.h"

#include "base/strbuf.h"
#include "harness/asserts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static Exposition parse(Arena *arena, Str text)
{
    Exposition samples = {0};
    Error error = {0};
    assert_that(exposition_parse(arena, text, &samples, &error));
    return samples;
}

static void refuse(const char *text, const char *reason)
{
    auto_arena Arena *arena = arena_new();
    Exposition samples = {0};
    Error error = {0};
    assert_that(!exposition_parse(arena, str_of(text), &samples, &error));
    assert_int(samples.count, 0);
    assert_str(str_of(error.message), str_of(reason));
}

static void test_samples_have_names_labels_and_values(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Exposition samples = parse(arena, STR("# HELP a what it is\n# TYPE a counter\na_total 12\n\n"
                                          "b{x=\"1\",y=\"a\\\"\\n\\\\,}\"} 1.5e3 1700000000\r\n"
                                          "  c { z = \"\" , } -Inf\nd{} NaN"));
    assert_int(samples.count, 4);
    assert_str(samples.items[0].name, STR("a_total"));
    assert_that(samples.items[0].value == 12);
    assert_str(exposition_label(&samples.items[1], "y"), STR("a\"\n\\,}"));
    assert_str(exposition_label(&samples.items[1], "none"), STR(""));
    assert_that(samples.items[1].value == 1500);
    assert_that(isinf(samples.items[2].value) && samples.items[2].value < 0);
    assert_that(isnan(samples.items[3].value));
    assert_int(parse(arena, STR("")).count, 0);
}

static void test_broken_lines_are_refused_by_their_number(void **state)
{
    (void)state;
    refuse("a 1\nb", "line 2: a value is missing");
    refuse("a 1\n\n{x=\"1\"} 1", "line 3: a name is missing");
    refuse("1a 1", "line 1: a name is missing");
    refuse("a one", "line 1: a value is no number");
    refuse("a 1 2 3", "line 1: there is more than a value and a time");
    refuse("a 1 # {trace_id=\"x\"} 1", "line 1: there is more than a value and a time");
    refuse("a{x=1} 1", "line 1: the value of a label has no quotes");
    refuse("a{x} 1", "line 1: a label has no value");
    refuse("a{x=\"1} 1", "line 1: the value of a label does not end");
    refuse("a{x=\"\\", "line 1: an escape in a label is unknown");
    refuse("a{x=\"\\t\"} 1", "line 1: an escape in a label is unknown");
    refuse("a{x=\"1\"y=\"2\"} 1", "line 1: labels are not separated by commas");
    refuse("a{x=\"1\"", "line 1: labels are not separated by commas");
    refuse("<html>", "line 1: a name is missing");
    refuse("a 1111111111111111111111111111111111111111111111111111111111111111",
           "line 1: a value is no number");
}

static Str repeat(Arena *arena, const char *part, size_t count)
{
    StrBuf text;
    strbuf_init(&text, 64 * 1024 * 1024);
    for (size_t i = 0; i < count; i++)
        strbuf_append(&text, str_of(part));
    Str copy = arena_copy(arena, strbuf_str(&text));
    strbuf_done(&text);
    return copy;
}

static void check_limit(Arena *arena, Str text, bool is_read)
{
    Exposition samples = {0};
    Error error = {0};
    assert_int(exposition_parse(arena, text, &samples, &error), is_read);
    assert_int(error.code, is_read ? ERR_NONE : ERR_VALIDATION);
}

static Str with_value(Arena *arena, size_t size)
{
    return arena_printf(arena, "a{x=\"%.*s\"} 1", STR_ARGS(repeat(arena, "v", size)));
}

static Str with_labels(Arena *arena, size_t count)
{
    return arena_printf(arena, "a{%.*s} 1", STR_ARGS(repeat(arena, "x=\"1\",", count)));
}

static void test_each_part_has_a_limit(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (size_t more = 0; more < 2; more++) {
        Str name = repeat(arena, "n", EXPOSITION_MAX_NAME_BYTES + more);
        check_limit(arena, arena_printf(arena, "%.*s 1", STR_ARGS(name)), more == 0);
        check_limit(arena, with_value(arena, EXPOSITION_MAX_VALUE_BYTES + more), more == 0);
        check_limit(arena, with_labels(arena, EXPOSITION_MAX_LABELS + more), more == 0);
        check_limit(arena, repeat(arena, "a 1\n", EXPOSITION_MAX_SAMPLES + more), more == 0);
        check_limit(arena, repeat(arena, "\n", EXPOSITION_MAX_BYTES + more), more == 0);
    }
}

static void test_a_text_cut_anywhere_or_with_any_byte_changed_is_read_or_refused(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str whole = STR("# TYPE a counter\na{x=\"1\\n\",y=\"z\"} 1.5e3 17\nb_total +Inf\n");
    for (size_t size = 0; size <= whole.size; size++) {
        for (int byte = -1; byte < 256; byte += 5) {
            Exposition samples = {0};
            Error error = {0};
            char *copy = arena_alloc(arena, whole.size + 1);
            memcpy(copy, whole.data, size);
            if (byte >= 0 && size > 0)
                copy[size - 1] = (char)byte;
            bool done = exposition_parse(arena, str_make(copy, size), &samples, &error);
            assert_that(done ? samples.count <= 2 : error.code == ERR_VALIDATION);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_have_names_labels_and_values),
        cmocka_unit_test(test_broken_lines_are_refused_by_their_number),
        cmocka_unit_test(test_each_part_has_a_limit),
        cmocka_unit_test(test_a_text_cut_anywhere_or_with_any_byte_changed_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
