/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of cells for terminals, files and pipes. */
#include "app/shell/columns.h"

#include "app/chat/flow.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const Column columns[] = {
    {"ID", .is_id = true}, {"SIZE", .is_number = true}, {"HOST"}, {"NAME"}};

static void fill(Columns *table, Arena *arena)
{
    static const char *const cells[] = {
        "8f14e45f-ea0e-4a5b-9b2e-0d1c8a6f6f3e",
        "12.3 kB",
        "core1",
        "core1.cfg",
        "8f14e45f-eb0e-4a5b-9b2e-0d1c8a6f6f3e",
        "7 B",
        "",
        "a very long name of a file, \xe2\x80\xaa\x1b[2J.cfg",
    };
    columns_init(table, arena, columns, COUNT_OF(columns));
    for (size_t i = 0; i < COUNT_OF(cells); i++)
        columns_add(table, str_of(cells[i]));
}

static void test_a_pipe_gets_whole_cells_without_heads(void **state)
{
    (void)state;
    Columns table;
    auto_strbuf StrBuf out = {0};
    auto_arena Arena *arena = arena_new();
    fill(&table, arena);
    strbuf_init(&out, 65536);
    columns_write(&table, &(ColumnsStyle){.width = 20}, &out);
    assert_str(
        strbuf_str(&out),
        STR("8f14e45f-ea0e-4a5b-9b2e-0d1c8a6f6f3e  12.3 kB  core1  core1.cfg\n"
            "8f14e45f-eb0e-4a5b-9b2e-0d1c8a6f6f3e      7 B  -      a very long name of a file, "
            "\xc2\xb7\xc2\xb7[2J.cfg\n"));
}

static void test_a_terminal_gets_heads_and_short_ids(void **state)
{
    (void)state;
    Columns table;
    auto_strbuf StrBuf out = {0};
    auto_arena Arena *arena = arena_new();
    fill(&table, arena);
    strbuf_init(&out, 65536);
    columns_write(&table, &(ColumnsStyle){.is_terminal = true, .width = 40}, &out);
    assert_str(strbuf_str(&out), STR("ID              SIZE  HOST   NAME\n"
                                     "8f14e45f-ea  12.3 kB  core1  core1.cfg\n"
                                     "8f14e45f-eb      7 B  -      a very lon…\n"));
}

static void test_rows_fit_every_width(void **state)
{
    (void)state;
    auto_strbuf StrBuf out = {0};
    auto_arena Arena *arena = arena_new();
    Columns table;
    fill(&table, arena);
    strbuf_init(&out, 65536);
    for (uint32_t width = 36; width < 120; width++) {
        Str line;
        strbuf_clear(&out);
        columns_write(&table, &(ColumnsStyle){.is_terminal = true, .width = width}, &out);
        Str rest = strbuf_str(&out);
        while (str_next_line(&rest, &line))
            assert_that(flow_width(line) <= width);
    }
}

static void test_only_colours_are_added_to_heads(void **state)
{
    (void)state;
    Columns table;
    auto_strbuf StrBuf out = {0};
    auto_arena Arena *arena = arena_new();
    columns_init(&table, arena, &columns[3], 1);
    columns_add(&table, STR("x"));
    strbuf_init(&out, 65536);
    columns_write(&table, &(ColumnsStyle){.is_terminal = true, .has_colours = true, .width = 40},
                  &out);
    assert_str(strbuf_str(&out), STR("\033[1mNAME\033[0m\nx\n"));
}

static void test_an_empty_list_prints_nothing(void **state)
{
    (void)state;
    Columns table;
    auto_strbuf StrBuf out = {0};
    auto_arena Arena *arena = arena_new();
    columns_init(&table, arena, columns, COUNT_OF(columns));
    strbuf_init(&out, 65536);
    columns_write(&table, &(ColumnsStyle){.is_terminal = true, .width = 40}, &out);
    assert_int(out.size, 0);
}

static void test_sizes_and_times_are_for_people(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(columns_size(arena, 0), STR("0 B"));
    assert_str(columns_size(arena, 999), STR("999 B"));
    assert_str(columns_size(arena, 1000), STR("1.0 kB"));
    assert_str(columns_size(arena, 999949), STR("999.9 kB"));
    assert_str(columns_size(arena, 999950), STR("1.0 MB"));
    assert_str(columns_size(arena, INT64_MAX), STR("9.2 EB"));
    assert_str(columns_time(arena, STR("2026-01-31T10:20:30.5+00:00")), STR("2026-01-31 10:20"));
    assert_str(columns_time(arena, STR("")), STR(""));
    assert_str(columns_time(arena, STR("never")), STR("never"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pipe_gets_whole_cells_without_heads),
        cmocka_unit_test(test_a_terminal_gets_heads_and_short_ids),
        cmocka_unit_test(test_rows_fit_every_width),
        cmocka_unit_test(test_only_colours_are_added_to_heads),
        cmocka_unit_test(test_an_empty_list_prints_nothing),
        cmocka_unit_test(test_sizes_and_times_are_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
