/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/show/textfsm.h"

#include "base/strbuf.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TOLD_MAX_BYTES = 64 * 1024 };

/* The rows as "a|b;c|d;", lists as "[x,y]". */
static void tell(const TextFsmTable *table, StrBuf *out)
{
    for (size_t row = 0; row < table->row_count; row++) {
        for (size_t i = 0; i < table->column_count; i++) {
            const TextFsmCell *cell = textfsm_cell(table, row, i);
            strbuf_append(out, i > 0 ? STR("|") : STR(""));
            strbuf_append(out, table->columns[i].is_list ? STR("[") : STR(""));
            strbuf_append(out, cell->text);
            for (size_t item = 0; item < cell->item_count; item++)
                strbuf_printf(out, "%s%.*s", item > 0 ? "," : "", STR_ARGS(cell->items[item]));
            strbuf_append(out, table->columns[i].is_list ? STR("]") : STR(""));
        }
        strbuf_append_byte(out, ';');
    }
}

static void expect_rows(const char *source, const char *text, const char *rows)
{
    Error error = {0};
    TextFsmTable table;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf told = {0};
    strbuf_init(&told, TOLD_MAX_BYTES);
    TextFsm *template = textfsm_compile(arena, str_of(source), &error);
    if (!template || !textfsm_run(template, arena, str_of(text), &table, &error))
        fail_msg("%s", error.message);
    tell(&table, &told);
    assert_str(strbuf_str(&told), rows);
}

static void expect_no_template(const char *source, const char *reason)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    assert_null(textfsm_compile(arena, str_of(source), &error));
    assert_int_equal(error.code, ERR_VALIDATION);
    if (!strstr(error.message, reason))
        fail_msg("\"%s\" does not say \"%s\"", error.message, reason);
}

#define TWO_VALUES "Value NAME (\\S+)\nValue NUMBER (\\d+)\n\n"

static void test_rows_end_where_a_rule_says_so(void **state)
{
    (void)state;
    expect_rows(TWO_VALUES "Start\n  ^${NAME} = $NUMBER$$ -> Record\n", "a = 1\nnothing\nb = 22\n",
                "a|1;b|22;");
    expect_rows(TWO_VALUES "Start\n  ^name ${NAME}\n  ^number ${NUMBER} -> Next.Record\n",
                "name a\nnumber 1\nnumber 2\n", "a|1;|2;");
}

static void test_the_last_row_needs_no_rule(void **state)
{
    (void)state;
    expect_rows("Value NAME (\\S+)\n\nStart\n  ^${NAME}\n", "a\nb\n", "b;");
    expect_rows("Value NAME (\\S+)\n\nStart\n  ^${NAME}\n\nEOF\n", "a\nb\n", "");
    expect_rows("Value NAME (\\S+)\n\nStart\n  ^end -> End\n  ^${NAME}\n", "a\nend\nb\n", "");
    expect_rows("Value NAME (\\S+)\n\nStart\n  ^end -> EOF\n  ^${NAME}\n", "a\nend\nb\n", "a;");
}

static void test_options_of_values(void **state)
{
    (void)state;
    expect_rows("Value Required NAME (\\S+)\nValue Filldown SLOT (\\d+)\n\n"
                "Start\n  ^slot ${SLOT}\n  ^port ${NAME} -> Record\n",
                "slot 1\nport a\nport b\nslot 2\nport c\n", "a|1;b|1;c|2;");
    expect_rows("Value NAME (\\S+)\nValue Fillup OWNER (\\S+)\n\n"
                "Start\n  ^port ${NAME} -> Record\n  ^owner ${OWNER} -> Record\n",
                "port a\nport b\nowner x\nport c\n", "a|x;b|x;|x;c|;");
    expect_rows("Value NAME (\\S+)\nValue List ADDRESS (\\S+)\n\n"
                "Start\n  ^port -> Continue.Record\n  ^port ${NAME}\n  ^ ${ADDRESS}\n",
                "port a\n 1\n 2\nport b\n", "a|[1,2];b|[];");
    expect_rows("Value Filldown,Required SLOT (\\d+)\nValue NAME (\\S+)\n\n"
                "Start\n  ^slot ${SLOT}\n  ^port ${NAME} -> Record\n  ^all over -> Clearall\n",
                "slot 1\nport a\nall over\nport b\nslot 2\nport c\n", "1|a;2|c;2|;");
}

static void test_states_have_rules_of_their_own(void **state)
{
    (void)state;
    expect_rows(TWO_VALUES "Start\n  ^table -> Table\n\n# what stands in it\nTable\n"
                           "  ^$NAME\\s+$NUMBER -> Record\n  ^end -> Start\n",
                "a 1\ntable\nb 2\nend\nc 3\n", "b|2;");
}

static void test_a_rule_may_refuse_the_text(void **state)
{
    (void)state;
    Error error = {0};
    TextFsmTable table;
    auto_arena Arena *arena = arena_new();
    Str source = STR(TWO_VALUES "Start\n  ^$NAME $NUMBER -> Record\n  ^. -> Error \"no row\"\n");
    TextFsm *template = textfsm_compile(arena, source, &error);
    assert_non_null(template);
    assert_false(textfsm_run(template, arena, STR("a 1\n\nodd\nb 2\n"), &table, &error));
    assert_int_equal(error.code, ERR_VALIDATION);
    assert_string_equal(error.message,
                        "line 3 is none that the template knows, \"no row\": \"odd\"");
    assert_int_equal(table.row_count, 1);
}

static void test_each_row_knows_its_line(void **state)
{
    (void)state;
    Error error = {0};
    TextFsmTable table;
    auto_arena Arena *arena = arena_new();
    Str source = STR(TWO_VALUES "Start\n  ^name ${NAME}\n  ^number ${NUMBER} -> Record\n");
    TextFsm *template = textfsm_compile(arena, source, &error);
    assert_non_null(template);
    Str text = STR("name a\r\n\v\r\nnumber 1\r\nname b\nnumber 2");
    assert_true(textfsm_run(template, arena, text, &table, &error));
    assert_int_equal(table.row_count, 2);
    assert_int_equal(table.lines.items[0], 1);
    assert_int_equal(table.lines.items[1], 4);
}

static void test_python_expressions_are_read_as_python_does(void **state)
{
    (void)state;
    expect_rows("Value X (a{,2}[{,}]?)\n\nStart\n  ^${X}b -> Record\n", "aab\nb\na,b\n", "aa;;a,;");
    expect_rows("Value X (\\w+)\n\nStart\n  ^\\s*${X}(?!\\d)(?<=z)\\s -> Record\n",
                "\xC3\xA9\xC3\xA7z x\nzz1 \n", "\xC3\xA9\xC3\xA7z;");
}

static void test_templates_that_are_wrong_are_refused_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *source, *reason;
    } wrong[] = {
        {"", "no state \"Start\""},
        {"Value X\n\nStart\n", "line 1 of the template"},
        {"Value Odd X (a)\n\nStart\n", "unknown option \"Odd\""},
        {"Value X (a\n\nStart\n", "not in parentheses"},
        {"Value X (a)\nValue X (b)\n\nStart\n", "line 2 of the template: \"X\" is no name"},
        {"Value X (a)\nStart\n", "no value and no blank line"},
        {"Value X (a)\n\nStart\n  ^${Y}\n", "there is no value \"Y\""},
        {"Value X (a)\n\nStart\n  ^${X}${X}\n", "stands twice"},
        {"Value X (a)\n\nStart\n  ^cost$\n", "neither \"$$\" nor the name"},
        {"Value X (a)\n\nStart\n  no\n", "a rule begins with"},
        {"Value X (a)\n\nStart\n  ^a -> Nowhere\n", "no state \"Nowhere\""},
        {"Value X (a)\n\nStart\n  ^a -> Continue Start\n", "goes to another state"},
        {"Value X (a)\n\nStart\n  ^a -> Re cord\n", "is no action"},
        {"Value X (a)\n\nStart\n  ^[a\n", "is wrong at byte"},
        {"Value X (a)\n\nStart\n\nStart\n", "is no name for a state"},
        {"Value X (a)\n\nRecord\n", "is no name for a state"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        expect_no_template(wrong[i].source, wrong[i].reason);
}

static void test_work_is_limited(void **state)
{
    (void)state;
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, TOLD_MAX_BYTES);
    for (int i = 0; i < 2000; i++)
        strbuf_append(&text, STR("a"));
    strbuf_append(&text, STR("!\nok\n"));
    strbuf_append_byte(&text, '\0');
    /* The first rule would try as many ways as there are parts of 2,000 letters. */
    expect_rows("Value X (\\w+)\n\nStart\n  ^(a+)+$$ -> Error\n  ^${X}$$ -> Record\n", text.data,
                "ok;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_end_where_a_rule_says_so),
        cmocka_unit_test(test_the_last_row_needs_no_rule),
        cmocka_unit_test(test_options_of_values),
        cmocka_unit_test(test_states_have_rules_of_their_own),
        cmocka_unit_test(test_a_rule_may_refuse_the_text),
        cmocka_unit_test(test_each_row_knows_its_line),
        cmocka_unit_test(test_python_expressions_are_read_as_python_does),
        cmocka_unit_test(test_templates_that_are_wrong_are_refused_with_their_line),
        cmocka_unit_test(test_work_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
