/* SPDX-License-Identifier: Apache-2.0 */
/* The manual page, and the exit statuses in it and in docs/command-line.md. */
#include "app/shell/exit_status.h"
#include "app/shell/manual.h"

#include "base/file.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

static const CommandRow rows[] = {
    {"files", NULL, "[ID]", "list files",
     "  --json  print \\ JSON\n          and more\n.a 'sentence'\n"},
    {"parse", NULL, "VERB", NULL, NULL},
    {0},
};

static void test_text_cannot_be_taken_for_requests(void **state)
{
    (void)state;
    Str line;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 1024 * 1024);
    manual_write(rows, "1", &out);
    Str rest = strbuf_str(&out);
    assert_that(str_find(rest, STR("\n\\&.a \\(aqsentence\\(aq\n")) != STR_NOT_FOUND);
    assert_that(str_find(rest, STR(".B \\-\\-json\nprint \\e JSON\nand more\n")) != STR_NOT_FOUND);
    assert_that(str_find(rest, STR("parse")) == STR_NOT_FOUND);
    while (str_next_line(&rest, &line)) {
        for (size_t i = 0; i < line.size; i++)
            assert_that(line.data[i] >= ' ' && line.data[i] < 0x7f);
    }
}

static const ExitStatus *find_status(int status)
{
    const ExitStatus *row = exit_statuses();
    while (row->meaning && row->status != status)
        row++;
    return row->meaning ? row : NULL;
}

static void test_every_error_has_a_documented_status(void **state)
{
    (void)state;
    for (int code = 0; code < ERR_COUNT; code++)
        assert_that(find_status(error_traits((ErrorCode)code)->exit_status) != NULL);
}

static void test_the_documentation_has_the_same_table(void **state)
{
    (void)state;
    Str page = {0};
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    Str path = arena_printf(arena, "%s/docs/command-line.md", getenv("NETGURU_TEST_SOURCE_ROOT"));
    assert_that(file_read(arena, path.data, 1024 * 1024, &page, &error));
    for (const ExitStatus *row = exit_statuses(); row->meaning; row++) {
        Str line = arena_printf(arena, "\n| %d | %s |\n", row->status, row->meaning);
        assert_that(str_find(page, line) != STR_NOT_FOUND);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_cannot_be_taken_for_requests),
        cmocka_unit_test(test_every_error_has_a_documented_status),
        cmocka_unit_test(test_the_documentation_has_the_same_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
