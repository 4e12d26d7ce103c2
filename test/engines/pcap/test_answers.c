/* SPDX-License-Identifier: Apache-2.0 */
#include "capture_builder.h"

#include "engines/pcap/answers.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MAX_TEXT = 1 << 20 };

#define MACS "020000000002 020000000001 0800"
/* From 10.0.0.2 to 10.0.0.1; the lengths are those of the longest payload here. */
#define TCP_BACK(flags)                                                                            \
    MACS "4500 0060 0000 0000 40 06 0000 0a000002 0a000001 0050 03e8 00000005 00000001 50" flags   \
         "2000 0000 0000"
#define TCP_THERE(flags)                                                                           \
    MACS "4500 0028 0000 0000 40 06 0000 0a000001 0a000002 03e8 0050 00000001 00000005 50" flags   \
         "2000 0000 0000"
#define UDP_BACK MACS "4500 0060 0000 0000 40 11 0000 0a000002 0a000001 0035 1388 004c 0000"

static Str packet(Arena *arena, const char *digits)
{
    auto_strbuf StrBuf bytes = {0};
    strbuf_init(&bytes, MAX_TEXT);
    put_hex(&bytes, digits);
    return arena_copy(arena, strbuf_str(&bytes));
}

static Str text_of(Arena *arena, const Str *packets, size_t count)
{
    Error error = {0};
    auto_strbuf StrBuf file = {0};
    auto_strbuf StrBuf text = {0};
    strbuf_init(&file, MAX_TEXT);
    strbuf_init(&text, MAX_TEXT);
    put_simple_capture(&file, 1, packets, count);
    PcapSummary *summary = analyze_bytes(arena, strbuf_str(&file), &error);
    assert_non_null(summary);
    pcap_write_text(&text, summary);
    return arena_copy(arena, strbuf_str(&text));
}

static void expect_line(Arena *arena, const char *digits, const char *line)
{
    Str one = packet(arena, digits);
    Str text = text_of(arena, &one, 1);
    if (line)
        assert_true(str_find(text, str_of(line)) != STR_NOT_FOUND);
    else
        assert_true(str_find(text, STR("answers and resets")) == STR_NOT_FOUND);
}

static void test_status_codes_name_both_ends(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    expect_line(arena, TCP_BACK("18") "485454502f312e3120353033204e6f0d0a",
                "server 10.0.0.2 port 80 answered client 10.0.0.1 with HTTP response status 503, 1 "
                "time\n");
    expect_line(arena, TCP_BACK("18") "5349502f322e3020343836204275737920",
                "SIP response status 486");
    expect_line(arena, TCP_BACK("18") "485454502f312e3120353078204e6f0d0a", NULL);
    expect_line(arena, TCP_BACK("18") "485454502f312e3120", NULL);
    expect_line(arena, TCP_THERE("18"), NULL);
}

static void test_resets_tell_who_sent_them(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    expect_line(arena, TCP_BACK("14"),
                "server 10.0.0.2 reset (RST) the TCP connection with client 10.0.0.1, port 80");
    expect_line(arena, TCP_THERE("04"),
                "client 10.0.0.1 reset (RST) the TCP connection with server 10.0.0.2, port 80");
    expect_line(arena,
                MACS "4500 0028 0000 0000 40 06 0000 0a000002 0a000001 0050 03e8 00000000 00000002 "
                     "5014 0000 0000 0000",
                "server 10.0.0.2 refused the TCP connection of client 10.0.0.1 to port 80");
}

static void test_dns_codes_name_the_question(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    expect_line(arena, UDP_BACK "004d 8183 0001 0000 0000 0000 05 67686f7374 02 6e65 00 0001 0001",
                "DNS server (resolver) 10.0.0.2 answered client 10.0.0.1 with response NXDOMAIN, 1 "
                "time, first for ghost.ne\n");
    expect_line(arena, UDP_BACK "004d 8182 0001 0000 0000 0000 05 670a1b7374 00",
                "first for g??st\n");
    expect_line(arena, UDP_BACK "004d 818f 0001 0000 0000 0000 3f 67", "of an unassigned code");
    expect_line(arena, UDP_BACK "004d 0103 0001 0000 0000 0000", NULL);
    expect_line(arena, UDP_BACK "004d 8183 0001", NULL);
}

static void test_equal_answers_are_counted_together(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str reset = packet(arena, TCP_BACK("14"));
    Str packets[] = {reset, reset, packet(arena, TCP_THERE("04")), reset};
    Str text = text_of(arena, packets, COUNT_OF(packets));
    assert_true(str_find(text, STR("answers and resets (2 of 2)\nserver 10.0.0.2 reset (RST) the "
                                   "TCP connection with client 10.0.0.1, port 80, 3 times\n")) !=
                STR_NOT_FOUND);
}

static void test_answers_beyond_the_table_are_others(void **state)
{
    (void)state;
    Answers answers = {0};
    const uint16_t port[2] = {80, 5000};
    const TcpSegment segment = {.sequence = 1, .flags = TCP_FLAG_RST};
    for (uint32_t i = 0; i < ANSWERS_MAX + 3; i++) {
        PcapAddress address[2] = {{.family = 4}, {.family = 4}};
        memcpy(address[1].bytes, &i, sizeof(i));
        answers_note_segment(&answers, address, port, &segment, (Slice){0});
        answers_note_segment(&answers, address, port, &segment, (Slice){0});
    }
    assert_int_equal(answers.count, ANSWERS_MAX);
    assert_int_equal(answers.others, 6);
    assert_int_equal(answers.items[0].count, 2);
    answers_done(&answers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_codes_name_both_ends),
        cmocka_unit_test(test_resets_tell_who_sent_them),
        cmocka_unit_test(test_dns_codes_name_the_question),
        cmocka_unit_test(test_equal_answers_are_counted_together),
        cmocka_unit_test(test_answers_beyond_the_table_are_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
