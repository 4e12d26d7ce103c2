/* SPDX-License-Identifier: Apache-2.0 */
/* The picture: it fits any screen, and nothing that a server sends drives the terminal. */
#include "app/top/screen.h"

#include "base/strbuf.h"
#include "harness/asserts.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static const char *const page =
    "netguru_http_requests_in_flight 7\nnetguru_queue_due{queue=\"rag\"} 3\n"
    "netguru_queue_due{queue=\"\x1b[2J\xc2\x9b\\n\"} 1\nnetguru_files_free_bytes 12345678901\n"
    "netguru_db_pool_leased 1e300\nnetguru_turns_running -5\nnetguru_redis_keys +Inf\n";

static Str draw(Arena *arena, size_t columns, size_t rows)
{
    History history = {0};
    Error error = {0};
    Sections sections = {0};
    StrVec alerts = {0};
    StrBuf text;
    assert_that(history_add(&history, STR("serve-1"), str_of(page), 1, &error));
    *VEC_PUSH(arena, &alerts) = STR("NetguruQueueStuck");
    figures_build(&history, arena, &sections);
    const Picture picture = {STR("header"), rows ? STR("footer") : STR(""), &alerts, &sections};
    strbuf_init(&text, 1024 * 1024);
    screen_draw(&picture, &(ScreenSize){columns, rows}, arena, &text);
    Str copy = arena_copy(arena, strbuf_str(&text));
    strbuf_done(&text);
    history_done(&history);
    return copy;
}

static void test_the_picture_fits_any_screen(void **state)
{
    (void)state;
    for (size_t columns = SCREEN_MIN_COLUMNS; columns < 500; columns += 13) {
        for (size_t rows = SCREEN_MIN_ROWS; rows < 220; rows += 9) {
            Str line;
            size_t count = 0;
            auto_arena Arena *arena = arena_new();
            Str text = draw(arena, columns, rows);
            while (str_next_line(&text, &line)) {
                assert_that(line.size <= columns);
                count++;
            }
            assert_that(count <= rows);
        }
    }
}

static void test_what_a_server_sends_is_only_text(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str text = draw(arena, 120, 60);
    for (size_t i = 0; i < text.size; i++)
        assert_that(text.data[i] == '\n' || (text.data[i] >= ' ' && text.data[i] < 0x7f));
    assert_that(str_find(text, STR("?[2J??")) != STR_NOT_FOUND);
    assert_that(str_find(text, STR("1e+300")) != STR_NOT_FOUND);
}

static void test_eighty_columns_and_twenty_four_rows_have_the_main_figures(void **state)
{
    (void)state;
    static const char *const wanted[] = {"header",        "alerts: NetguruQueueStuck",
                                         "in flight",     "footer",
                                         "latency p95",   "turns running",
                                         "tokens",        "waiters",
                                         "cache hits",    "commands",
                                         "workers alive", "rag"};
    auto_arena Arena *arena = arena_new();
    Str text = draw(arena, 80, 24);
    for (size_t i = 0; i < COUNT_OF(wanted); i++)
        assert_that(str_find(text, str_of(wanted[i])) != STR_NOT_FOUND);
    Str plain = draw(arena, 80, 0);
    assert_that(str_find(plain, STR("serve-1")) != STR_NOT_FOUND);
    assert_that(str_find(plain, STR("latency p99")) != STR_NOT_FOUND);
    assert_that(str_find(plain, STR("12.3 GB")) != STR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_picture_fits_any_screen),
        cmocka_unit_test(test_what_a_server_sends_is_only_text),
        cmocka_unit_test(test_eighty_columns_and_twenty_four_rows_have_the_main_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
