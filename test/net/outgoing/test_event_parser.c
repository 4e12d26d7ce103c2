/* SPDX-License-Identifier: Apache-2.0 */
#include "net/outgoing/event_parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { LIMIT = 1 << 16, LOG_MAX = 1 << 16 };

/* Feeds one piece and writes the events as "[type|data|id]". */
static bool feed(EventParser *stream, Str bytes, StrBuf *log)
{
    ParsedEvent event;
    EventParserResult result;
    while ((result = event_parser_take(stream, &bytes, &event)) == EVENT_PARSER_EVENT)
        strbuf_printf(log, "[%.*s|%.*s|%.*s]", STR_ARGS(event.type), STR_ARGS(event.data),
                      STR_ARGS(event.id));
    assert_true(result == EVENT_PARSER_TOO_LARGE || bytes.size == 0);
    return result == EVENT_PARSER_MORE;
}

static void check_split(Str text, size_t first, size_t second, Str expected)
{
    auto_event_parser EventParser stream = {0};
    auto_strbuf StrBuf log = {0};
    strbuf_init(&log, LOG_MAX);
    event_parser_init(&stream, LIMIT);
    assert_true(feed(&stream, str_slice(text, 0, first), &log));
    assert_true(feed(&stream, str_slice(text, first, second - first), &log));
    assert_true(feed(&stream, str_from(text, second), &log));
    if (!str_equal(strbuf_str(&log), expected))
        fail_msg("cut at %zu and %zu of \"%.*s\": %.*s instead of %.*s", first, second,
                 STR_ARGS(text), STR_ARGS(strbuf_str(&log)), STR_ARGS(expected));
}

/* Cut into three pieces at every two places. */
static void check_events(Str text, Str expected)
{
    for (size_t first = 0; first <= text.size; first++) {
        for (size_t second = first; second <= text.size; second++)
            check_split(text, first, second, expected);
    }
}

#define CHECK_EVENTS(text, expected) check_events(STR(text), STR(expected))

static void test_examples_of_the_standard_are_read(void **state)
{
    (void)state;
    CHECK_EVENTS("data: YHOO\ndata: +2\ndata: 10\n\n", "[|YHOO\n+2\n10|]");
    CHECK_EVENTS(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
                 "data:  third event\n\n",
                 "[|first event|1][|second event|][| third event|]");
    CHECK_EVENTS("data\n\ndata\ndata\n\ndata:", "[||][|\n|]");
    CHECK_EVENTS("data:test\n\ndata: test\n\n", "[|test|][|test|]");
    CHECK_EVENTS("event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n",
                 "[add|73857293|][remove|2153|]");
}

static void test_all_three_line_ends(void **state)
{
    (void)state;
    CHECK_EVENTS("data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", "[|a\nb|][|c|]");
    CHECK_EVENTS("data: a\rdata: b\r\rdata: c\r\r", "[|a\nb|][|c|]");
    CHECK_EVENTS("data: a\r\ndata: b\n\rdata: c\n\n", "[|a\nb|][|c|]");
    CHECK_EVENTS("data: a\r\r\ndata: b\n\r\n", "[|a|][|b|]");
}

static void test_names_are_exact_and_others_ignored(void **state)
{
    (void)state;
    CHECK_EVENTS("Data: a\n data: b\ndata : c\nfoo: d\n: data: e\n\n", "");
    CHECK_EVENTS("event: a\nevent: b\ndata: x: y\n\n", "[b|x: y|]");
    CHECK_EVENTS("event: lost\n\ndata: x\n\n", "[|x|]");
    CHECK_EVENTS("event: ping\ndata\n\n", "[ping||]");
}

static void test_the_last_id_stays(void **state)
{
    (void)state;
    CHECK_EVENTS("id: 7\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", "[|a|7][|b|7][|c|]");
    CHECK_EVENTS("id: 7\nid: 8\0\ndata: a\n\n", "[|a|7]");
    CHECK_EVENTS("id: 9\n\ndata: a\n\n", "[|a|9]");
}

static void test_an_event_that_is_cut_off_is_none(void **state)
{
    (void)state;
    CHECK_EVENTS("data: a", "");
    CHECK_EVENTS("data: a\n", "");
    CHECK_EVENTS("data: a\n\ndata: b\n", "[|a|]");
}

static void test_a_byte_order_mark_is_one_only_at_the_start(void **state)
{
    (void)state;
    CHECK_EVENTS("\xef\xbb\xbf"
                 "data: a\n\n",
                 "[|a|]");
    CHECK_EVENTS("\xef\xbb\xbf\xef\xbb\xbf"
                 "data: a\n\n",
                 "");
    CHECK_EVENTS("\xef\xbb"
                 "data: a\ndata: b\n\n",
                 "[|b|]");
    CHECK_EVENTS("data: a\n\n\xef\xbb\xbf"
                 "data: b\n\n",
                 "[|a|]");
}

static void test_what_is_not_utf8_is_replaced(void **state)
{
    (void)state;
    CHECK_EVENTS("data: \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\n\n",
                 "[|\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80|]");
    CHECK_EVENTS("data: \xff\xfe.\n\n", "[|\xef\xbf\xbd\xef\xbf\xbd.|]");
    CHECK_EVENTS("data: \xe2\x82.\n\n", "[|\xef\xbf\xbd.|]");
    CHECK_EVENTS("data: \xf0\x9f\x98\n\n", "[|\xef\xbf\xbd|]");
    CHECK_EVENTS("data: \xed\xa0\x80\n\n", "[|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|]");
    CHECK_EVENTS("data: \xc0\xaf\n\n", "[|\xef\xbf\xbd\xef\xbf\xbd|]");
}

static void test_retry_is_digits_only(void **state)
{
    (void)state;
    auto_event_parser EventParser stream = {0};
    auto_strbuf StrBuf log = {0};
    strbuf_init(&log, LOG_MAX);
    event_parser_init(&stream, LIMIT);
    assert_true(feed(&stream, STR("retry: 1x\nretry: -1\nretry:\n"), &log));
    assert_int_equal(stream.retry_ms, 0);
    assert_true(feed(&stream, STR("retry: 2500\n"), &log));
    assert_int_equal(stream.retry_ms, 2500);
}

/* Data lines of the given sizes, and whether they are an event below the limit. */
static bool fits(size_t limit, size_t line_bytes, size_t lines)
{
    auto_event_parser EventParser stream = {0};
    auto_strbuf StrBuf text = {0};
    ParsedEvent event;
    event_parser_init(&stream, limit);
    strbuf_init(&text, LOG_MAX);
    for (size_t i = 0; i < lines; i++) {
        strbuf_append(&text, STR("data:"));
        for (size_t at = 5; at < line_bytes; at++)
            strbuf_append_byte(&text, 'x');
        strbuf_append_byte(&text, '\n');
    }
    strbuf_append_byte(&text, '\n');
    Str bytes = strbuf_str(&text);
    EventParserResult result = event_parser_take(&stream, &bytes, &event);
    if (result == EVENT_PARSER_TOO_LARGE) {
        /* And it stays so. */
        bytes = STR("\n\ndata: a\n\n");
        assert_int_equal(event_parser_take(&stream, &bytes, &event), EVENT_PARSER_TOO_LARGE);
    }
    return result == EVENT_PARSER_EVENT;
}

static void test_an_event_is_limited_at_the_byte(void **state)
{
    (void)state;
    assert_true(fits(100, 99, 1));
    assert_true(fits(100, 100, 1));
    assert_false(fits(100, 101, 1));
    /* 2 lines of 40 bytes leave 2 × 36 of data and a newline each. */
    assert_true(fits(76, 40, 2));
    assert_false(fits(75, 40, 2));
    assert_false(fits(1000, 40, 1000));
}

static void test_a_line_without_end_is_too_large(void **state)
{
    (void)state;
    auto_event_parser EventParser stream = {0};
    ParsedEvent event;
    event_parser_init(&stream, 100);
    for (size_t i = 0; i < 100; i++) {
        Str byte = STR("x");
        assert_int_equal(event_parser_take(&stream, &byte, &event), EVENT_PARSER_MORE);
    }
    Str byte = STR("x");
    assert_int_equal(event_parser_take(&stream, &byte, &event), EVENT_PARSER_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples_of_the_standard_are_read),
        cmocka_unit_test(test_all_three_line_ends),
        cmocka_unit_test(test_names_are_exact_and_others_ignored),
        cmocka_unit_test(test_the_last_id_stays),
        cmocka_unit_test(test_an_event_that_is_cut_off_is_none),
        cmocka_unit_test(test_a_byte_order_mark_is_one_only_at_the_start),
        cmocka_unit_test(test_what_is_not_utf8_is_replaced),
        cmocka_unit_test(test_retry_is_digits_only),
        cmocka_unit_test(test_an_event_is_limited_at_the_byte),
        cmocka_unit_test(test_a_line_without_end_is_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
