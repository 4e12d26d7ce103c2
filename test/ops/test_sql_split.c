/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/sql_split.h"

#include "base/arena.h"
#include "base/strbuf.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The statements, each in brackets. */
static void assert_splits(const char *script, const char *expected)
{
    Str statement;
    Str rest = str_of(script);
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 4096);
    while (sql_next_statement(&rest, &statement))
        strbuf_printf(&out, "[%.*s]", STR_ARGS(str_trim(statement)));
    assert_true(str_empty(rest));
    assert_str(strbuf_str(&out), expected);
}

static void test_semicolons_end_statements(void **state)
{
    (void)state;
    assert_splits("", "");
    assert_splits(" ;; \n;", "");
    assert_splits("-- only a comment;\n/* and ; another */", "");
    assert_splits("SELECT 1; SELECT 2", "[SELECT 1][SELECT 2]");
    assert_splits("-- a;\nSELECT 1;;\n", "[-- a;\nSELECT 1]");
}

static void test_semicolons_in_quotes_do_not_count(void **state)
{
    (void)state;
    assert_splits("SELECT ';', \"a;b\"; x", "[SELECT ';', \"a;b\"][x]");
    assert_splits("SELECT 'it''s;'; x", "[SELECT 'it''s;'][x]");
    assert_splits("SELECT 'a\\'; x", "[SELECT 'a\\'][x]");
    assert_splits("SELECT E'a\\';'; x", "[SELECT E'a\\';'][x]");
    assert_splits("SELECT type'a\\'; x", "[SELECT type'a\\'][x]");
    assert_splits("SELECT $$;$$, $a$;$b$;$a$; x", "[SELECT $$;$$, $a$;$b$;$a$][x]");
    assert_splits("SELECT $1; x$a$; y", "[SELECT $1][x$a$][y]");
    assert_splits("SELECT 1 /* ; /* ; */ ; */; x", "[SELECT 1 /* ; /* ; */ ; */][x]");
}

static void test_what_never_ends_reaches_to_the_end(void **state)
{
    static const char *const scripts[] = {"a '; b",  "a \"; b", "a $$; b",    "a $x$; b $",
                                          "a /*; b", "a E'\\'", "a /* /* */", "a $x"};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        auto_arena Arena *arena = arena_new();
        Str expected = arena_printf(arena, "[%s]", scripts[i]);
        assert_splits(scripts[i], expected.data);
    }
}

static void test_every_prefix_is_split_completely(void **state)
{
    static const Str script = STR_INIT("CREATE $f$ '\" ;$f$ E'\\' /* ' */ -- \"\n; \"x\"\"y\" $1;");
    (void)state;
    for (size_t size = 0; size <= script.size; size++) {
        size_t total = 0;
        Str statement;
        auto_arena Arena *arena = arena_new();
        Str rest = arena_copy(arena, str_slice(script, 0, size));
        while (sql_next_statement(&rest, &statement))
            total += statement.size;
        assert_true(str_empty(rest));
        assert_true(total <= size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_semicolons_end_statements),
        cmocka_unit_test(test_semicolons_in_quotes_do_not_count),
        cmocka_unit_test(test_what_never_ends_reaches_to_the_end),
        cmocka_unit_test(test_every_prefix_is_split_completely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
