/* SPDX-License-Identifier: Apache-2.0 */
#include "capture_builder.h"
#include "engines/pcap/intervals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MAX_CAPTURE = 1 << 20, PACKETS = 3000, ROUNDS = 200, MILLISECOND = 1000000 };

static const PcapInterval one_packet = {.packets = 1, .bytes = 60};

static int64_t floor_divide(int64_t number, int64_t divisor)
{
    return number / divisor - (number % divisor < 0);
}

/* Whether the interval holds the packets of its time, and only those. */
static void expect_counts(const Intervals *intervals, const int64_t *times, size_t count)
{
    uint64_t expected[PCAP_INTERVALS_MAX] = {0};
    for (size_t i = 0; i < count; i++) {
        int64_t at = floor_divide(times[i], intervals->width_ns) - intervals->first;
        assert_in_range(at, 0, intervals->count - 1);
        expected[at]++;
    }
    assert_true(expected[0] > 0);
    assert_true(expected[intervals->count - 1] > 0);
    for (size_t i = 0; i < PCAP_INTERVALS_MAX; i++) {
        assert_int_equal(intervals->items[i].packets, expected[i]);
        assert_int_equal(intervals->items[i].bytes, expected[i] * 60);
    }
}

static void test_no_packet_has_no_interval(void **state)
{
    (void)state;
    const Intervals intervals = {0};
    assert_int_equal(intervals.count, 0);
    assert_int_equal(intervals_start_ns(&intervals), 0);
}

static void test_the_width_doubles_when_the_capture_gets_longer(void **state)
{
    (void)state;
    Intervals intervals = {0};
    int64_t times[PACKETS];
    for (size_t i = 0; i < PACKETS; i++) {
        times[i] = (int64_t)i * MILLISECOND;
        intervals_add(&intervals, times[i], &one_packet);
        expect_counts(&intervals, times, i + 1);
    }
    /* 2.999 s in 200 intervals of a power of two microseconds. */
    assert_int_equal(intervals.width_ns, 16384 * 1000);
    assert_int_equal(intervals.count, 184);
    assert_int_equal(intervals_start_ns(&intervals), 0);
}

/* A generator that gives the same numbers in each run (Knuth, MMIX). */
static uint64_t next_number(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 11;
}

static void test_packets_in_any_order(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int round = 0; round < ROUNDS; round++) {
        Intervals intervals = {0};
        int64_t times[64];
        const int64_t spread = INT64_C(1) << (round % 50);
        for (size_t i = 0; i < COUNT_OF(times); i++) {
            times[i] = (int64_t)(next_number(&seed) % (uint64_t)spread) - spread / 2;
            intervals_add(&intervals, times[i], &one_packet);
        }
        expect_counts(&intervals, times, COUNT_OF(times));
        assert_true(intervals.count <= PCAP_INTERVALS_MAX);
        /* No wider than it must be. */
        assert_true(intervals.width_ns == 1000 || intervals.count > PCAP_INTERVALS_MAX / 2);
    }
}

static void test_times_at_the_limits(void **state)
{
    (void)state;
    Intervals intervals = {0};
    const int64_t times[] = {INT64_MAX, INT64_MIN, 0, -1, INT64_MAX - 1};
    for (size_t i = 0; i < COUNT_OF(times); i++)
        intervals_add(&intervals, times[i], &one_packet);
    expect_counts(&intervals, times, COUNT_OF(times));
    assert_int_equal(intervals_start_ns(&intervals), INT64_MIN);
}

static void test_a_capture_tells_its_time_line(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf file = {0};
    Error error = {0};
    const PcapStyle style = {.magic = 0xa1b2c3d4, .minor = 4, .link_type = 1};
    const Segment segments[] = {
        {.sequence = 100, .ack = 500, .flags = 0x10, .window = 8192, .payload = 40},
        {.sequence = 140, .ack = 500, .flags = 0x10, .window = 8192, .payload = 40},
        {.sequence = 100, .ack = 500, .flags = 0x10, .window = 8192, .payload = 40},
        {.sequence = 180, .ack = 500, .flags = 0x04, .window = 8192},
    };
    const uint32_t microseconds[] = {0, 50, 150000, 200000};
    strbuf_init(&file, MAX_CAPTURE);
    put_pcap_header(&file, style);
    for (size_t i = 0; i < COUNT_OF(segments); i++) {
        auto_strbuf StrBuf frame = {0};
        strbuf_init(&frame, 1 << 10);
        put_tcp_frame(&frame, segments[i]);
        put_pcap_record(&file, style, 1700000000, microseconds[i], strbuf_str(&frame));
    }
    const PcapSummary *summary = analyze_bytes(arena, strbuf_str(&file), &error);
    assert_non_null(summary);
    assert_int_equal(summary->timeline_count, 196);
    const PcapInterval *rows = summary->timeline;
    assert_int_equal(rows[0].packets, 2);
    assert_int_equal(rows[0].bytes, 2 * 94);
    assert_int_equal(rows[146].retransmissions, 1);
    assert_int_equal(rows[195].resets, 1);
    Str json = summary_json(arena, summary);
    assert_non_null(strstr(json.data, "\"timeline\":{\"start_s\":0.000000000,"
                                      "\"bin_s\":0.001024000,\"rows\":[[2,188,0,0],[0,0,0,0],"));
    assert_non_null(strstr(json.data, ",[1,54,0,1]]},\"ip_fragments\":0"));
}

static void test_packets_without_times_have_no_time_line(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf file = {0};
    auto_strbuf StrBuf body = {0};
    Error error = {0};
    strbuf_init(&file, MAX_CAPTURE);
    strbuf_init(&body, 1 << 10);
    put_section(&file, false);
    put_interface(&file, 1, STR(""), false);
    put_32(&body, 60, false);
    put_zeros(&body, 60);
    put_block(&file, 3, strbuf_str(&body), false); /* a simple packet block */
    const PcapSummary *summary = analyze_bytes(arena, strbuf_str(&file), &error);
    assert_non_null(summary);
    assert_int_equal(summary->packets, 1);
    assert_int_equal(summary->timeline_count, 0);
    assert_null(strstr(summary_json(arena, summary).data, "timeline"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_packet_has_no_interval),
        cmocka_unit_test(test_the_width_doubles_when_the_capture_gets_longer),
        cmocka_unit_test(test_packets_in_any_order),
        cmocka_unit_test(test_times_at_the_limits),
        cmocka_unit_test(test_a_capture_tells_its_time_line),
        cmocka_unit_test(test_packets_without_times_have_no_time_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
