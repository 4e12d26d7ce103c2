/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "capture_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <zlib.h>

#include <cmocka.h>

enum { MAX_CAPTURE = 64 << 20 };

/* An Ethernet frame with an ARP request. */
static Str arp_frame(Arena *arena)
{
    auto_strbuf StrBuf frame = {0};
    strbuf_init(&frame, 1 << 10);
    put_hex(&frame, "ffffffffffff 020000000001 0806 0001 0800 06 04 0001");
    put_hex(&frame, "020000000001 0a000001 000000000000 0a000002");
    return arena_copy(arena, strbuf_str(&frame));
}

/* Analyses bytes mapped, whole and in small chunks, which must all agree. */
static PcapSummary *analyze_all_ways(Arena *arena, Str bytes)
{
    Error error = {0};
    PcapSummary *summary = analyze_bytes(arena, bytes, &error);
    assert_non_null(summary);
    Str json = summary_json(arena, summary);
    const size_t chunks[] = {1, 7, 65536};
    for (size_t i = 0; i < COUNT_OF(chunks); i++) {
        PcapSummary *other = analyze_chunks(arena, bytes, chunks[i], &error);
        assert_non_null(other);
        assert_true(str_equal(json, summary_json(arena, other)));
    }
    assert_non_null(json_parse(arena, json, &error));
    return summary;
}

static void assert_incomplete(const PcapSummary *summary, const char *start)
{
    assert_false(summary->complete);
    if (!str_starts_with(summary->incomplete, str_of(start)))
        fail_msg("\"%.*s\" does not start with \"%s\"", STR_ARGS(summary->incomplete), start);
}

static void test_all_pcap_magics_are_read(void **state)
{
    (void)state;
    static const struct {
        uint32_t magic;
        const char *format;
        int64_t time_ns; /* of one second and 5 fractions */
    } cases[] = {
        {0xa1b2c3d4, "pcap", 1000005000},
        {0xa1b23c4d, "nanosecond pcap", 1000000005},
        {0xa1b2cd34, "modified pcap", 1000005000},
    };
    for (size_t i = 0; i < COUNT_OF(cases) * 2; i++) {
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf file = {0};
        strbuf_init(&file, MAX_CAPTURE);
        const PcapStyle style = {
            .magic = cases[i / 2].magic, .minor = 4, .big_endian = i % 2, .link_type = 1};
        put_pcap_header(&file, style);
        put_pcap_record(&file, style, 1, 5, arp_frame(arena));
        put_pcap_record(&file, style, 3, 5, arp_frame(arena));
        const PcapSummary *summary = analyze_all_ways(arena, strbuf_str(&file));
        assert_string_equal(summary->format, cases[i / 2].format);
        assert_true(summary->complete);
        assert_int_equal(summary->packets, 2);
        assert_int_equal(summary->wire_bytes, 84);
        assert_int_equal(summary->first_ns, cases[i / 2].time_ns);
        assert_int_equal(summary->last_ns - summary->first_ns, 2000000000);
        assert_true(str_equal(summary_path(arena, summary), STR("eth:arp")));
    }
}

/* Version 2.2 has the two lengths of a record the other way round. */
static void test_old_versions_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (uint16_t minor = 2; minor <= 3; minor++) {
        auto_strbuf StrBuf file = {0};
        strbuf_init(&file, MAX_CAPTURE);
        put_pcap_header(&file, (PcapStyle){.magic = 0xa1b2c3d4, .minor = minor, .link_type = 1});
        put_zeros(&file, 8);
        put_32(&file, 100, false); /* on the wire */
        put_32(&file, 42, false);  /* captured */
        strbuf_append(&file, arp_frame(arena));
        const PcapSummary *summary = analyze_all_ways(arena, strbuf_str(&file));
        assert_int_equal(summary->wire_bytes, 100);
        assert_int_equal(summary->captured_bytes, 42);
        assert_int_equal(summary->snapped_packets, 1);
        assert_true(summary->complete);
    }
}

static void test_not_a_capture(void **state)
{
    (void)state;
    const Str inputs[] = {STR_INIT(""),
                          STR_INIT("\xd4"),
                          STR_INIT("\xd4\xc3\xb2\xa1"),
                          STR_INIT("interface GigabitEthernet0/1\n ip address 10.0.0.1"),
                          STR_INIT("\x1f\x8b"),
                          STR_INIT("\x1f\x8b\x08\0\0\0\0\0\0\0")};
    for (size_t i = 0; i < COUNT_OF(inputs); i++) {
        auto_arena Arena *arena = arena_new();
        Error error = {0};
        assert_null(analyze_bytes(arena, inputs[i], &error));
        assert_int_equal(error.code, ERR_UNSUPPORTED_MEDIA);
        assert_null(analyze_chunks(arena, inputs[i], 1, &error));
    }
}

static void test_every_truncation_keeps_the_whole_packets(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf file = {0};
    strbuf_init(&file, MAX_CAPTURE);
    const Str frame = arp_frame(arena);
    put_simple_capture(&file, 1, (const Str[]){frame, frame, frame}, 3);
    for (size_t size = 24; size < file.size; size++) {
        Error error = {0};
        const PcapSummary *summary =
            analyze_bytes(arena, str_slice(strbuf_str(&file), 0, size), &error);
        assert_non_null(summary);
        size_t whole = (size - 24) / 58;
        assert_int_equal(summary->packets, whole);
        assert_int_equal(summary->complete, (size - 24) % 58 == 0);
    }
    const PcapSummary *summary =
        analyze_all_ways(arena, str_slice(strbuf_str(&file), 0, file.size - 1));
    assert_incomplete(summary, "truncated after 2 packets: ");
}

static void test_hostile_records_end_the_capture(void **state)
{
    (void)state;
    static const struct {
        const char *record;
        size_t data;
        uint64_t packets;
        const char *incomplete; /* NULL: complete */
    } cases[] = {
        {"00000000 00000000 00000000 00000000", 0, 1, NULL},
        {"00000000 00000000 00000000 ffffffff", 0, 1, NULL},
        {"ffffffff ffffffff 04000000 ffffffff", 4, 1, NULL},
        {"ffffffff 3f420f00 10000000 04000000", 16, 1, NULL},
        {"00000000 00000000 ffffffff ffffffff", 4, 0, "damaged after 0 packets: "},
        {"00000000 00000000 01000400 01000400", 4, 0, "damaged after 0 packets: "},
        {"00000000 00000000 00000400 00000400", 4, 0, "truncated after 0 packets: "},
        {"00000000 00000000 00000080 00000000", 4, 0, "damaged after 0 packets: "},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf file = {0};
        strbuf_init(&file, MAX_CAPTURE);
        put_simple_capture(&file, 1, NULL, 0);
        put_hex(&file, cases[i].record);
        put_zeros(&file, cases[i].data);
        const PcapSummary *summary = analyze_all_ways(arena, strbuf_str(&file));
        assert_int_equal(summary->packets, cases[i].packets);
        if (cases[i].incomplete)
            assert_incomplete(summary, cases[i].incomplete);
        else
            assert_true(summary->complete);
    }
}

/* What a full disk leaves, whole records or not, and zeros that are none of it. */
static void test_zeros_at_the_end_are_said_to_be_that(void **state)
{
    (void)state;
    static const struct {
        size_t zeros;
        uint64_t records;
        uint64_t packets;
    } cases[] = {{0, 0, 2}, {48, 0, 5}, {64, 4, 2}, {4096, 256, 2}, {4100, 256, 2}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf file = {0};
        strbuf_init(&file, MAX_CAPTURE);
        const Str frame = arp_frame(arena);
        put_simple_capture(&file, 1, (const Str[]){frame, frame}, 2);
        put_zeros(&file, cases[i].zeros);
        const PcapSummary *summary = analyze_all_ways(arena, strbuf_str(&file));
        assert_int_equal(summary->packets, cases[i].packets);
        assert_int_equal(summary->interfaces[0].packets, cases[i].packets);
        assert_int_equal(summary->zero_records, cases[i].records);
        assert_int_equal(summary->zero_tail_bytes, cases[i].records * 16);
        if (cases[i].records)
            assert_incomplete(summary, "truncated after 2 packets: the rest of the file, ");
        /* Followed by a packet they are packets. */
        put_pcap_record(&file, (PcapStyle){.magic = 0xa1b2c3d4}, 1700000000, 0, frame);
        if (cases[i].zeros % 16 == 0)
            assert_int_equal(analyze_all_ways(arena, strbuf_str(&file))->packets,
                             3 + cases[i].zeros / 16);
    }
}

static void test_zeros_after_pcapng_blocks(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf file = {0};
    strbuf_init(&file, MAX_CAPTURE);
    put_section(&file, false);
    put_interface(&file, 1, STR(""), false);
    put_enhanced(&file, 0, 1000, arp_frame(arena), false);
    put_zeros(&file, 200000);
    const PcapSummary *summary = analyze_all_ways(arena, strbuf_str(&file));
    assert_int_equal(summary->packets, 1);
    assert_int_equal(summary->zero_tail_bytes, 200000);
    assert_incomplete(summary, "truncated after 1 packets: the rest of the file, 200000 bytes");
    put_8(&file, 1);
    summary = analyze_all_ways(arena, strbuf_str(&file));
    assert_int_equal(summary->zero_tail_bytes, 0);
    assert_incomplete(summary, "damaged after 1 packets: ");
}

static void test_pcapng_blocks_are_read(void **state)
{
    (void)state;
    for (int big_endian = 0; big_endian < 2; big_endian++) {
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf file = {0};
        strbuf_init(&file, MAX_CAPTURE);
        auto_strbuf StrBuf options = {0};
        strbuf_init(&options, 1 << 10);
        put_16(&options, 2, big_endian); /* if_name */
        put_16(&options, 4, big_endian);
        strbuf_append(&options, STR("eth7"));
        put_16(&options, 9, big_endian); /* if_tsresol: nanoseconds */
        put_16(&options, 1, big_endian);
        put_hex(&options, "09000000");
        put_16(&options, 14, big_endian); /* if_tsoffset: 10 seconds */
        put_16(&options, 8, big_endian);
        put_32(&options, big_endian ? 0 : 10, big_endian);
        put_32(&options, big_endian ? 10 : 0, big_endian);
        put_zeros(&options, 4);

        put_section(&file, big_endian);
        put_interface(&file, 1, strbuf_str(&options), big_endian);
        put_enhanced(&file, 0, 2000000005, arp_frame(arena), big_endian);
        put_block(&file, 0x0bad, STR("unknown"), big_endian);
        /* The other byte order from here on, with interfaces of its own. */
        put_section(&file, !big_endian);
        put_interface(&file, 101, STR(""), !big_endian);
        put_enhanced(&file, 0, 13000000, STR("\x60"), !big_endian);
        const PcapSummary *summary = analyze_all_ways(arena, strbuf_str(&file));
        assert_true(summary->complete);
        assert_string_equal(summary->format, "pcapng");
        assert_int_equal(summary->packets, 2);
        assert_int_equal(summary->first_ns, 12000000005);
        assert_int_equal(summary->last_ns, 13000000000);
        assert_int_equal(summary->interface_count, 2);
        assert_true(str_equal(summary->interfaces[0].name, STR("eth7")));
        assert_int_equal(summary->interfaces[0].ticks_per_second, 1000000000);
        assert_int_equal(summary->interfaces[1].link_type, 101);
        assert_true(str_equal(summary_path(arena, summary), STR("eth:arp:raw")));
    }
}

/* Simple packet blocks have neither a time nor a captured length; obsolete ones a short number. */
static void test_other_packet_blocks(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf file = {0};
    strbuf_init(&file, MAX_CAPTURE);
    put_section(&file, false);
    auto_strbuf StrBuf body = {0};
    strbuf_init(&body, 1 << 10);
    put_hex(&body, "01000000 20000000"); /* Ethernet, 32 bytes a packet */
    put_block(&file, 1, strbuf_str(&body), false);

    strbuf_clear(&body);
    put_32(&body, 42, false);
    strbuf_append(&body, str_slice(arp_frame(arena), 0, 32));
    put_block(&file, 3, strbuf_str(&body), false);

    strbuf_clear(&body);
    put_hex(&body, "0000 ffff 00000000 40420f00 2a000000 2a000000");
    strbuf_append(&body, arp_frame(arena));
    put_block(&file, 2, strbuf_str(&body), false);

    const PcapSummary *summary = analyze_all_ways(arena, strbuf_str(&file));
    assert_true(summary->complete);
    assert_int_equal(summary->packets, 2);
    assert_int_equal(summary->captured_bytes, 32 + 42);
    assert_int_equal(summary->wire_bytes, 84);
    assert_int_equal(summary->first_ns, 1000000000);
}

static void test_time_resolutions_are_applied(void **state)
{
    (void)state;
    static const struct {
        const char *resolution;
        uint64_t ticks;
        int64_t time_ns;
    } cases[] = {
        {"00", 7, 7000000000},
        {"03", 7, 7000000},
        {"8a", 512, 500000000},
        {"7f", 0, 0},
        {"ff", 0, 0},
        {"bf", UINT64_C(1) << 62, 500000000},
        {"00", UINT64_MAX, INT64_MAX},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf file = {0};
        strbuf_init(&file, MAX_CAPTURE);
        auto_strbuf StrBuf options = {0};
        strbuf_init(&options, 64);
        put_hex(&options, "0900 0100");
        put_hex(&options, cases[i].resolution);
        put_zeros(&options, 3);
        put_section(&file, false);
        put_interface(&file, 1, strbuf_str(&options), false);
        put_enhanced(&file, 0, cases[i].ticks, arp_frame(arena), false);
        const PcapSummary *summary = analyze_all_ways(arena, strbuf_str(&file));
        assert_int_equal(summary->first_ns, cases[i].time_ns);
        assert_int_equal(summary->times_out_of_range, cases[i].time_ns == INT64_MAX);
    }
}

static void test_hostile_blocks_end_the_capture(void **state)
{
    (void)state;
    static const struct {
        const char *block;
        const char *incomplete;
    } cases[] = {
        {"06000000 00000000 00000000", "damaged"},          /* length 0 */
        {"06000000 04000000 04000000", "damaged"},          /* shorter than its header */
        {"06000000 0c000000 0c000000", "damaged"},          /* no room for the fields */
        {"06000000 fcffffff fcffffff", "damaged"},          /* 4 GiB */
        {"99000000 00000001 00000000", "truncated"},        /* 16 MiB of nothing */
        {"99000000 10000000 00000000 14000000", "damaged"}, /* two lengths */
        {"99000000 0d000000 00000000 0d000000", NULL},      /* not a multiple of four */
        {"01000000 10000000 01000000 10000000", "damaged"}, /* interface without fields */
        {"03000000 0c000000 0c000000", "damaged"},          /* simple packet without fields */
        {"06000000 20000000 00000000 00000000 00000000 ffffffff ffffffff 20000000", "damaged"},
        {"06000000 20000000 07000000 00000000 00000000 00000000 00000000 20000000", "damaged"},
        {"0a0d0d0a 1c000000 00000000 01000000 ffffffff ffffffff 1c000000", "damaged"},
        {"0a0d0d0a 1c000000 4d3c2b1a 63000000 ffffffff ffffffff 1c000000", "damaged"},
        {"0a0d0d0a 0c000000 4d3c2b1a", "damaged"},
        /* An option that claims more than there is. */
        {"01000000 18000000 01000000 00000000 0200ffff 18000000", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf file = {0};
        strbuf_init(&file, MAX_CAPTURE);
        put_section(&file, false);
        put_interface(&file, 1, STR(""), false);
        put_hex(&file, cases[i].block);
        const PcapSummary *summary = analyze_all_ways(arena, strbuf_str(&file));
        assert_int_equal(summary->packets, 0);
        if (cases[i].incomplete)
            assert_incomplete(summary, cases[i].incomplete);
        else
            assert_true(summary->complete);
    }
}

static void test_packet_without_interface(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf file = {0};
    strbuf_init(&file, MAX_CAPTURE);
    put_section(&file, false);
    put_block(&file, 3, STR("\1\0\0\0x"), false);
    assert_incomplete(analyze_all_ways(arena, strbuf_str(&file)), "damaged after 0 packets: ");
}

static void test_many_interfaces_are_limited(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf file = {0};
    strbuf_init(&file, MAX_CAPTURE);
    put_section(&file, false);
    for (int i = 0; i < 70000; i++)
        put_interface(&file, 1, STR(""), false);
    Error error = {0};
    const PcapSummary *summary = analyze_bytes(arena, strbuf_str(&file), &error);
    assert_non_null(summary);
    assert_int_equal(summary->interface_count, 65536);
    assert_incomplete(summary, "damaged after 0 packets: more than 65536 interfaces");
}

static void test_block_beyond_the_window(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf file = {0};
    strbuf_init(&file, MAX_CAPTURE);
    auto_strbuf StrBuf body = {0};
    strbuf_init(&body, MAX_CAPTURE);
    put_zeros(&body, 3 << 20);
    put_section(&file, false);
    put_block(&file, 0x0bad, strbuf_str(&body), false);
    put_interface(&file, 1, STR(""), false);
    put_enhanced(&file, 0, 1, arp_frame(arena), false);
    const PcapSummary *summary = analyze_all_ways(arena, strbuf_str(&file));
    assert_true(summary->complete);
    assert_int_equal(summary->packets, 1);
}

static void append_gzip(StrBuf *out, Str bytes)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&stream, bytes.size);
    char *packed = mem_alloc(room, 1);
    union {
        const char *text;
        Bytef *bytes;
    } in = {.text = bytes.data};
    stream.next_in = in.bytes;
    stream.avail_in = (uInt)bytes.size;
    stream.next_out = (Bytef *)packed;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    strbuf_append(out, str_make(packed, stream.total_out));
    deflateEnd(&stream);
    mem_free(packed);
}

static void test_gzip_captures_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf plain = {0};
    auto_strbuf StrBuf file = {0};
    strbuf_init(&plain, MAX_CAPTURE);
    strbuf_init(&file, MAX_CAPTURE);
    const Str frame = arp_frame(arena);
    put_simple_capture(&plain, 1, (const Str[]){frame, frame, frame}, 3);
    /* Two members, cut in the middle of a packet. */
    append_gzip(&file, str_slice(strbuf_str(&plain), 0, 100));
    append_gzip(&file, str_from(strbuf_str(&plain), 100));
    const PcapSummary *summary = analyze_all_ways(arena, strbuf_str(&file));
    assert_true(summary->compressed);
    assert_true(summary->complete);
    assert_int_equal(summary->packets, 3);

    /* Any cut of it is noticed, but for the one between the members at a packet's end. */
    for (size_t size = 60; size < file.size; size++) {
        Error error = {0};
        summary = analyze_bytes(arena, str_slice(strbuf_str(&file), 0, size), &error);
        assert_true(!summary || !summary->complete);
    }
    file.data[file.size - 8] ^= 1; /* checksum */
    assert_incomplete(analyze_all_ways(arena, strbuf_str(&file)),
                      "damaged after 3 packets: the compressed data is damaged");
}

static void test_gzip_bomb_is_bounded(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf plain = {0};
    auto_strbuf StrBuf file = {0};
    strbuf_init(&plain, MAX_CAPTURE);
    strbuf_init(&file, MAX_CAPTURE);
    put_simple_capture(&plain, 1, NULL, 0);
    put_zeros(&plain, 32 << 20);
    append_gzip(&file, strbuf_str(&plain));
    const PcapSource source = {.mapped = strbuf_str(&file)};
    const PcapLimits limits = {.max_inflated_bytes = 4 << 20};
    Error error = {0};
    const PcapSummary *summary = pcap_analyze(arena, &source, &limits, &error);
    assert_non_null(summary);
    assert_false(summary->complete);
    assert_true(str_find(summary->incomplete, STR("beyond the limit")) != STR_NOT_FOUND);
    assert_true(summary->packets < (6 << 20) / 16);
}

typedef struct {
    int calls;
    int limit;
    uint64_t last;
} Progress;

static bool count_progress(void *context, uint64_t bytes_done)
{
    Progress *progress = context;
    assert_true(bytes_done >= progress->last);
    progress->last = bytes_done;
    return ++progress->calls != progress->limit;
}

static void test_progress_and_cancel(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf file = {0};
    strbuf_init(&file, MAX_CAPTURE);
    const Str frame = arp_frame(arena);
    put_simple_capture(&file, 1, &frame, 1);
    const PcapStyle style = {.magic = 0xa1b2c3d4};
    for (int i = 1; i < 10000; i++)
        put_pcap_record(&file, style, 1600000000, 0, frame);
    const PcapSource source = {.mapped = strbuf_str(&file)};
    Error error = {0};
    Progress progress = {0};
    PcapLimits limits = {.progress = count_progress, .progress_context = &progress};
    assert_non_null(pcap_analyze(arena, &source, &limits, &error));
    assert_int_equal(progress.calls, 3);
    assert_int_equal(progress.last, file.size);

    progress = (Progress){.limit = 2};
    assert_null(pcap_analyze(arena, &source, &limits, &error));
    assert_int_equal(error.code, ERR_CANCELLED);
}

static void test_steps_read_a_capture_in_pieces(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf file = {0};
    strbuf_init(&file, MAX_CAPTURE);
    const Str frame = arp_frame(arena);
    put_simple_capture(&file, 1, (const Str[]){frame, frame, frame}, 3);
    const PcapSource source = {.mapped = strbuf_str(&file)};
    Error error = {0};
    PcapAnalysis *analysis = pcap_start(arena, &source, NULL, &error);
    assert_non_null(analysis);
    bool done = false;
    int steps = 0;
    while (!done) {
        assert_true(pcap_step(analysis, 1, &done, &error));
        steps++;
    }
    assert_int_equal(steps, 4);
    assert_int_equal(pcap_finish(analysis)->packets, 3);
}

static bool fail_to_read(void *context, void *buffer, size_t size, size_t *out_size)
{
    Str *rest = context;
    if (rest->size == 0)
        return false;
    size_t take = MIN_OF(size, rest->size);
    memcpy(buffer, rest->data, take);
    *rest = str_from(*rest, take);
    *out_size = take;
    return true;
}

/* A file that cannot be read on is an error, not a short capture. */
static void test_read_error_is_reported(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf file = {0};
    strbuf_init(&file, MAX_CAPTURE);
    const Str frame = arp_frame(arena);
    put_simple_capture(&file, 1, &frame, 1);
    for (size_t size = 0; size <= file.size; size++) {
        Str rest = str_slice(strbuf_str(&file), 0, size);
        const PcapSource source = {.read = fail_to_read, .context = &rest};
        Error error = {0};
        assert_null(pcap_analyze(arena, &source, NULL, &error));
        assert_int_equal(error.code, ERR_IO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_pcap_magics_are_read),
        cmocka_unit_test(test_old_versions_are_read),
        cmocka_unit_test(test_not_a_capture),
        cmocka_unit_test(test_every_truncation_keeps_the_whole_packets),
        cmocka_unit_test(test_hostile_records_end_the_capture),
        cmocka_unit_test(test_zeros_at_the_end_are_said_to_be_that),
        cmocka_unit_test(test_zeros_after_pcapng_blocks),
        cmocka_unit_test(test_pcapng_blocks_are_read),
        cmocka_unit_test(test_other_packet_blocks),
        cmocka_unit_test(test_time_resolutions_are_applied),
        cmocka_unit_test(test_hostile_blocks_end_the_capture),
        cmocka_unit_test(test_packet_without_interface),
        cmocka_unit_test(test_many_interfaces_are_limited),
        cmocka_unit_test(test_block_beyond_the_window),
        cmocka_unit_test(test_gzip_captures_are_read),
        cmocka_unit_test(test_gzip_bomb_is_bounded),
        cmocka_unit_test(test_progress_and_cancel),
        cmocka_unit_test(test_steps_read_a_capture_in_pieces),
        cmocka_unit_test(test_read_error_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
