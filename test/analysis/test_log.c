/* SPDX-License-Identifier: Apache-2.0 */
#include "analysis/child_private.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MOST_EVENTS = 1500 };

static const JsonValue *analyse(Arena *arena, Str log)
{
    Str json;
    Error error = {0};
    auto_strbuf StrBuf text = {0};
    JsonWriter *writer = json_writer_new(arena, WIRE_RESULT_MAX_BYTES);
    strbuf_init(&text, WIRE_TEXT_MAX_BYTES);
    json_begin_object(writer);
    child_write_log(arena, log, writer, &text);
    json_end(writer);
    assert_that(json_writer_text(writer, &json));
    assert_that(!text.overflowed);
    const JsonValue *result = json_parse(arena, json, &error);
    assert_str(str_of(error.message), "");
    return result;
}

static const JsonValue *event(const JsonValue *result, size_t nth)
{
    const JsonValue *events = json_get(result, "events");
    assert_that(nth < events->count);
    return &events->items[nth];
}

static void expect_event(const JsonValue *result, size_t nth, const char *text, int64_t line,
                         int64_t messages)
{
    const JsonValue *found = event(result, nth);
    assert_str(json_str_or(found, "text", STR("")), text);
    assert_int(json_i64_or(found, "line_start", 0), line);
    assert_int(json_i64_or(found, "messages", 0), messages);
}

static const char morning[] = "Feb 12 08:30:00 core1 1: %LINK-3-UPDOWN: Gi0/1 down\n"
                              "Feb 12 08:30:05 core1 2: %LINK-3-UPDOWN: Gi0/1 up\n"
                              "a line without a header\n"
                              "Feb 12 08:31:00 core2 3: %LINK-3-UPDOWN: Gi0/2 down\n"
                              "Feb 12 08:32:00 core1 4: %OSPF-5-ADJCHG: Nbr 10.0.0.2 DOWN\n"
                              "Feb 12 08:33:00 core1 rpd[7]: RPD_OSPF_NBRDOWN: no severity here\n";

static void test_messages_of_one_kind_in_a_row_are_one_event(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const JsonValue *result = analyse(arena, str_of(morning));
    assert_int(json_get(result, "events")->count, 4);
    expect_event(result, 0, "Gi0/1 down", 1, 2);
    assert_str(json_str_or(event(result, 0), "last_text", STR("")), "Gi0/1 up");
    assert_int(json_i64_or(event(result, 0), "line_end", 0), 2);
    expect_event(result, 1, "Gi0/2 down", 4, 1);
    assert_that(!json_get(event(result, 1), "last_text"));
    assert_that(!json_get(event(result, 3), "severity"));
}

static void test_the_whole_log_is_counted(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const JsonValue *result = analyse(arena, str_of(morning));
    assert_int(json_i64_or(result, "lines", 0), 6);
    assert_int(json_i64_or(result, "messages", 0), 5);
    assert_int(json_i64_or(json_get(result, "by_severity"), "error", 0), 3);
    assert_int(json_i64_or(json_get(result, "first"), "line", 0), 1);
    assert_int(json_i64_or(json_get(result, "last"), "line", 0), 6);
    const JsonValue *host = &json_get(result, "hosts")->items[0];
    assert_str(json_str_or(host, "host", STR("")), "core1");
    assert_int(json_i64_or(host, "messages", 0), 4);
    const JsonValue *mnemonic = &json_get(result, "mnemonics")->items[0];
    assert_str(json_str_or(mnemonic, "mnemonic", STR("")), "LINK-3-UPDOWN");
    assert_int(json_i64_or(mnemonic, "line", 0), 1);
}

static void test_a_log_without_messages_has_an_empty_timeline(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    static const char *const logs[] = {"", "\n\n", "no message here\n"};
    for (size_t i = 0; i < COUNT_OF(logs); i++) {
        const JsonValue *result = analyse(arena, str_of(logs[i]));
        assert_int(json_get(result, "events")->count, 0);
        assert_int(json_get(result, "hosts")->count, 0);
        assert_that(!json_get(result, "first"));
    }
}

static const JsonValue *analyse_many(Arena *arena, int errors, int notices)
{
    StrBuf log = {0};
    strbuf_init(&log, 64 << 20);
    for (int i = 0; i < notices; i++)
        strbuf_printf(&log, "Feb 12 08:30:00 host%d x: %%SYS-5-NOTE: note %d\n", i, i);
    for (int i = 0; i < errors; i++)
        strbuf_printf(&log, "Feb 12 08:30:00 host%d x: %%SYS-3-FAULT: fault %d\n", i, i);
    const JsonValue *result = analyse(arena, strbuf_str(&log));
    strbuf_done(&log);
    return result;
}

static int64_t left_out(const JsonValue *result, size_t severity)
{
    return json_get(result, "events_left_out")->items[severity].integer;
}

static void test_of_many_events_the_most_severe_are_kept(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const JsonValue *result = analyse_many(arena, 100, MOST_EVENTS - 100);
    assert_int(json_get(result, "events")->count, MOST_EVENTS);
    assert_int(left_out(result, 5), 0);
    result = analyse_many(arena, 100, MOST_EVENTS - 99);
    assert_int(json_get(result, "events")->count, MOST_EVENTS);
    assert_int(left_out(result, 5), 1);
    expect_event(result, MOST_EVENTS - 1, "fault 99", MOST_EVENTS + 1, 1);
    result = analyse_many(arena, MOST_EVENTS + 7, 5);
    assert_int(left_out(result, 3), 7);
    assert_int(left_out(result, 5), 5);
    expect_event(result, 0, "fault 0", 6, 1);
}

/* Every byte of the longest texts takes six in JSON. */
static void test_the_largest_timeline_fits_into_a_result(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    StrBuf log = {0};
    strbuf_init(&log, 64 << 20);
    for (int i = 0; i < 2 * MOST_EVENTS; i++) {
        strbuf_printf(&log, "Feb 12 08:30:00 h%d x: %%SYS-3-F%d: ", i / 2, i / 2);
        for (int j = 0; j < 300; j++)
            strbuf_append_byte(&log, '\x01');
        strbuf_append_byte(&log, '\n');
    }
    const JsonValue *result = analyse(arena, strbuf_str(&log));
    assert_int(json_get(result, "events")->count, MOST_EVENTS);
    strbuf_done(&log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages_of_one_kind_in_a_row_are_one_event),
        cmocka_unit_test(test_the_whole_log_is_counted),
        cmocka_unit_test(test_a_log_without_messages_has_an_empty_timeline),
        cmocka_unit_test(test_of_many_events_the_most_severe_are_kept),
        cmocka_unit_test(test_the_largest_timeline_fits_into_a_result),
    };
    return cmocka_run_group_tests_name("analysis_log", tests, NULL, NULL);
}
