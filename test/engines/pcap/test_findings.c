/* SPDX-License-Identifier: Apache-2.0 */
/* What a capture is found to show, on captures made for each kind of finding. */
#include "capture_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MAX_CAPTURE = 8 << 20, SYN = 0x02, RST = 0x04, ACK = 0x10, FIN = 0x01 };

/* A frame at a time: a segment, or bytes as hexadecimal digits. */
typedef struct {
    uint32_t microseconds;
    Segment segment;
    const char *hex; /* instead of the segment */
} Step;

#define MS(time) ((time)*1000)
#define CLIENT(time, ...)                                                                          \
    {                                                                                              \
        MS(time), {__VA_ARGS__, .window = 8192}, NULL                                              \
    }
#define SERVER(time, ...)                                                                          \
    {                                                                                              \
        MS(time), {__VA_ARGS__, .window = 8192, .from_server = true}, NULL                         \
    }
#define HANDSHAKE                                                                                  \
    CLIENT(0, .sequence = 99, .flags = SYN),                                                       \
        SERVER(10, .sequence = 499, .ack = 100, .flags = SYN | ACK),                               \
        CLIENT(20, .sequence = 100, .ack = 500, .flags = ACK)

static PcapSummary *analyze_steps(Arena *arena, const Step *steps, size_t count)
{
    const PcapStyle style = {.magic = 0xa1b2c3d4, .minor = 4, .link_type = 1};
    auto_strbuf StrBuf file = {0};
    Error error = {0};
    strbuf_init(&file, MAX_CAPTURE);
    put_pcap_header(&file, style);
    for (size_t i = 0; i < count; i++) {
        auto_strbuf StrBuf frame = {0};
        strbuf_init(&frame, 1 << 16);
        if (steps[i].hex)
            put_hex(&frame, steps[i].hex);
        else
            put_tcp_frame(&frame, steps[i].segment);
        put_pcap_record(&file, style, 1700000000 + steps[i].microseconds / 1000000,
                        steps[i].microseconds % 1000000, strbuf_str(&frame));
    }
    PcapSummary *summary = analyze_bytes(arena, strbuf_str(&file), &error);
    assert_non_null(summary);
    return summary;
}

static const PcapFinding *find(const PcapSummary *summary, const char *id)
{
    for (size_t i = 0; i < summary->finding_count; i++) {
        if (strcmp(summary->findings[i].id, id) == 0)
            return &summary->findings[i];
    }
    return NULL;
}

static void expect_finding(const PcapSummary *summary, const char *id, PcapSeverity severity,
                           const char *title)
{
    const PcapFinding *finding = find(summary, id);
    if (!finding)
        fail_msg("no finding %s", id);
    assert_string_equal(finding->title.data, title);
    assert_int_equal(finding->severity, severity);
    assert_false(str_empty(finding->detail));
}

static void test_a_quiet_capture_has_no_findings(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Step steps[] = {
        HANDSHAKE,
        CLIENT(30, .sequence = 100, .ack = 500, .flags = ACK, .payload = 50),
        SERVER(40, .sequence = 500, .ack = 150, .flags = ACK, .payload = 900),
        CLIENT(50, .sequence = 150, .ack = 1400, .flags = ACK | FIN),
        SERVER(60, .sequence = 1400, .ack = 151, .flags = ACK | FIN),
        CLIENT(70, .sequence = 151, .ack = 1401, .flags = ACK),
    };
    const PcapSummary *summary = analyze_steps(arena, steps, COUNT_OF(steps));
    assert_int_equal(summary->finding_count, 0);
    assert_true(str_starts_with(summary_json(arena, summary), STR("{\"findings\":[],")));
}

static void test_copies_of_a_mirror_port_are_not_loss(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Step steps[2 * 43];
    const Step handshake[] = {HANDSHAKE};
    for (uint32_t i = 0; i < 43; i++) {
        steps[2 * i] = i < 3 ? handshake[i]
                             : (Step)CLIENT(20 + 4 * i, .sequence = 100 + 100 * (i - 3), .ack = 500,
                                            .flags = ACK, .payload = 100);
        steps[2 * i + 1] = steps[2 * i];
        steps[2 * i + 1].microseconds += 3;
    }
    const PcapSummary *summary = analyze_steps(arena, steps, COUNT_OF(steps));
    assert_int_equal(summary->tcp_events[PCAP_TCP_RETRANSMISSION], 42);
    assert_int_equal(summary->facts->copies.count, 43);
    assert_int_equal(summary->facts->copied_retransmissions, 42);
    assert_null(find(summary, "tcp_loss"));
    expect_finding(summary, "mirror_copies", PCAP_WARNING,
                   "43 of 86 packets are copies, as a mirror port (SPAN) makes");
    const PcapFinding *finding = find(summary, "mirror_copies");
    assert_string_equal(finding->filter.data, "frame.number in {2, 4, 6, 8, 10}");
    assert_non_null(strstr(finding->detail.data, "42 TCP retransmissions, of which 42"));
}

static void test_loss_names_its_direction(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Step steps[3 + 20 + 4];
    const Step handshake[] = {HANDSHAKE};
    memcpy(steps, handshake, sizeof(handshake));
    for (uint32_t i = 0; i < 20; i++)
        steps[3 + i] = (Step)SERVER(30 + 10 * i, .sequence = 500 + 100 * i, .ack = 100,
                                    .flags = ACK, .payload = 100);
    for (uint32_t i = 0; i < 4; i++)
        steps[23 + i] = (Step)SERVER(1000 + 300 * i, .sequence = 500 + 100 * i, .ack = 100,
                                     .flags = ACK, .payload = 100);
    const PcapSummary *summary = analyze_steps(arena, steps, COUNT_OF(steps));
    expect_finding(summary, "tcp_loss", PCAP_WARNING,
                   "4 of 24 TCP segments (16.7 %) from 10.0.0.2:80 were sent again");
    const PcapFinding *finding = find(summary, "tcp_loss");
    assert_int_equal(finding->examples.count, 4);
    assert_int_equal(finding->examples.packets[0], 24);
    assert_string_equal(finding->filter.data, "tcp.stream in {0} && tcp.analysis.retransmission");
    assert_null(find(summary, "tcp_retransmission_storm"));
}

static void test_swapped_packets_are_reordering(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Step steps[] = {
        HANDSHAKE,
        CLIENT(30, .sequence = 200, .ack = 500, .flags = ACK, .payload = 100),
        CLIENT(33, .sequence = 100, .ack = 500, .flags = ACK, .payload = 100),
        SERVER(40, .sequence = 500, .ack = 300, .flags = ACK),
    };
    const PcapSummary *summary = analyze_steps(arena, steps, COUNT_OF(steps));
    assert_null(find(summary, "tcp_loss"));
    expect_finding(summary, "tcp_reordering", PCAP_NOTE,
                   "1 TCP segment of connections with 10.0.0.2:80 came out of order");
}

static void test_acknowledged_gaps_are_loss_of_the_capture(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Step steps[] = {
        HANDSHAKE,
        CLIENT(30, .sequence = 200, .ack = 500, .flags = ACK, .payload = 100),
        SERVER(40, .sequence = 500, .ack = 300, .flags = ACK),
    };
    const PcapSummary *summary = analyze_steps(arena, steps, COUNT_OF(steps));
    assert_null(find(summary, "tcp_loss"));
    expect_finding(
        summary, "capture_loss", PCAP_WARNING,
        "The capture itself misses packets: 1 acknowledgement is for data that is not in it");
}

static void test_connections_that_fail_name_who(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Step refused[] = {CLIENT(0, .sequence = 99, .flags = SYN),
                            SERVER(10, .sequence = 0, .ack = 100, .flags = RST | ACK)};
    expect_finding(analyze_steps(arena, refused, COUNT_OF(refused)), "tcp_refused", PCAP_WARNING,
                   "10.0.0.2:80 refused 1 connection");
    const Step silent[] = {CLIENT(0, .sequence = 99, .flags = SYN),
                           CLIENT(1000, .sequence = 99, .flags = SYN),
                           CLIENT(3000, .sequence = 99, .flags = SYN)};
    const PcapSummary *summary = analyze_steps(arena, silent, COUNT_OF(silent));
    expect_finding(summary, "tcp_silent", PCAP_WARNING,
                   "10.0.0.2:80 does not answer: 3 SYNs got no reply");
    assert_null(find(summary, "tcp_loss"));
    /* One SYN at the end of the capture proves nothing. */
    assert_int_equal(analyze_steps(arena, silent, 1)->finding_count, 0);
    const Step by_server[] = {HANDSHAKE, SERVER(30, .sequence = 500, .ack = 100, .flags = RST)};
    expect_finding(analyze_steps(arena, by_server, COUNT_OF(by_server)), "tcp_reset", PCAP_WARNING,
                   "10.0.0.2:80 reset 1 connection");
    const Step by_client[] = {HANDSHAKE, CLIENT(30, .sequence = 100, .ack = 500, .flags = RST)};
    expect_finding(analyze_steps(arena, by_client, COUNT_OF(by_client)), "tcp_reset", PCAP_WARNING,
                   "Clients of 10.0.0.2:80 reset 1 connection");
    const Step after_end[] = {HANDSHAKE,
                              CLIENT(30, .sequence = 100, .ack = 500, .flags = FIN | ACK),
                              SERVER(40, .sequence = 500, .ack = 101, .flags = RST)};
    assert_int_equal(analyze_steps(arena, after_end, COUNT_OF(after_end))->finding_count, 0);
}

/* A scan of thirty ports is one finding about the host. */
static void test_a_scan_is_one_finding(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Step steps[2 * 30];
    for (uint32_t i = 0; i < 30; i++) {
        for (uint32_t answer = 0; answer < 2; answer++) {
            Str hex = arena_printf(
                arena,
                "020000000002 020000000001 0800 4500 0028 0000 0000 40 06 0000 %s %s %04x %04x "
                "%08x %08x %s 2000 0000 0000",
                answer ? "0a000002" : "0a000001", answer ? "0a000001" : "0a000002",
                answer ? 100 + i : 40000, answer ? 40000 : 100 + i, answer ? 0 : 7, answer ? 8 : 0,
                answer ? "5014" : "5002");
            steps[2 * i + answer] = (Step){MS(10 * i + answer), .hex = hex.data};
        }
    }
    const PcapSummary *summary = analyze_steps(arena, steps, COUNT_OF(steps));
    assert_int_equal(summary->finding_count, 1);
    expect_finding(summary, "tcp_refused", PCAP_WARNING,
                   "10.0.0.2 (several ports) refused 30 connections");
    assert_string_equal(summary->findings[0].filter.data,
                        "ip.addr == 10.0.0.2 && tcp.flags.reset == 1");
}

static void test_zero_windows_name_the_host(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Step steps[] = {
        HANDSHAKE,
        SERVER(30, .sequence = 500, .ack = 100, .flags = ACK, .payload = 1000),
        CLIENT(40, .sequence = 100, .ack = 1500, .flags = ACK),
        CLIENT(2540, .sequence = 100, .ack = 1500, .flags = ACK),
    };
    steps[4].segment.window = 0;
    const PcapSummary *summary = analyze_steps(arena, steps, COUNT_OF(steps));
    expect_finding(summary, "tcp_zero_window", PCAP_ERROR,
                   "Client 10.0.0.1 takes no more data: it announced a zero window 1 time");
    assert_non_null(strstr(find(summary, "tcp_zero_window")->detail.data, "longest stall 2.50 s"));
}

static void test_who_is_slow(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Step server[] = {
        HANDSHAKE,
        CLIENT(30, .sequence = 100, .ack = 500, .flags = ACK, .payload = 50),
        SERVER(3040, .sequence = 500, .ack = 150, .flags = ACK, .payload = 900),
    };
    const PcapSummary *summary = analyze_steps(arena, server, COUNT_OF(server));
    expect_finding(summary, "slow_server", PCAP_WARNING,
                   "Server 10.0.0.2:80 took up to 3.00 s to begin a response");
    assert_int_equal(find(summary, "slow_server")->examples.packets[0], 5);
    assert_null(find(summary, "slow_network"));

    const Step network[] = {CLIENT(0, .sequence = 99, .flags = SYN),
                            SERVER(500, .sequence = 499, .ack = 100, .flags = SYN | ACK),
                            CLIENT(501, .sequence = 100, .ack = 500, .flags = ACK)};
    summary = analyze_steps(arena, network, COUNT_OF(network));
    assert_int_equal(summary->finding_count, 1);
    expect_finding(summary, "slow_network", PCAP_WARNING,
                   "The network is slow towards the server of 10.0.0.2:80: 500.0 ms");

    const Step client[] = {HANDSHAKE,
                           CLIENT(5010, .sequence = 100, .ack = 500, .flags = ACK, .payload = 50)};
    summary = analyze_steps(arena, client, COUNT_OF(client));
    assert_int_equal(summary->finding_count, 1);
    expect_finding(
        summary, "slow_client", PCAP_NOTE,
        "Clients of 10.0.0.2:80 waited up to 5.00 s after the handshake before they sent anything");
}

/* The handshake takes 20 ms; data waits for 300. */
static void test_acknowledgements_that_wait_in_a_queue(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Step steps[3 + 2 * 12];
    const Step handshake[] = {HANDSHAKE};
    memcpy(steps, handshake, sizeof(handshake));
    for (uint32_t i = 0; i < 12; i++) {
        steps[3 + 2 * i] = (Step)SERVER(400 * i + 30, .sequence = 500 + 100 * i, .ack = 100,
                                        .flags = ACK, .payload = 100);
        steps[4 + 2 * i] =
            (Step)CLIENT(400 * i + 330, .sequence = 100, .ack = 600 + 100 * i, .flags = ACK);
    }
    const PcapSummary *summary = analyze_steps(arena, steps, COUNT_OF(steps));
    assert_int_equal(summary->finding_count, 1);
    expect_finding(summary, "slow_acknowledgements", PCAP_WARNING,
                   "Acknowledgements of connections with 10.0.0.2:80 take 258.6 ms on average");
}

static void test_storms_and_black_holes(void **state)
{
    (void)state;
    for (uint16_t payload = 100; payload <= 1400; payload += 1300) {
        auto_arena Arena *arena = arena_new();
        Step steps[3 + 6];
        const Step handshake[] = {HANDSHAKE};
        memcpy(steps, handshake, sizeof(handshake));
        for (uint32_t i = 0; i < 6; i++)
            steps[3 + i] = (Step)CLIENT(100 + 500 * i, .sequence = 100, .ack = 500, .flags = ACK,
                                        .payload = payload);
        const PcapSummary *summary = analyze_steps(arena, steps, COUNT_OF(steps));
        if (payload == 100)
            expect_finding(summary, "tcp_retransmission_storm", PCAP_ERROR,
                           "A segment to 10.0.0.2:80 was sent 6 times");
        else
            expect_finding(summary, "mtu_black_hole", PCAP_ERROR,
                           "Large segments to 10.0.0.2:80 never arrive: one was sent 6 times "
                           "without acknowledgement");
    }
}

#define MACS "020000000002 020000000001"
#define QUERY                                                                                      \
    MACS "0800 4500 0035 0000 0000 40 11 0000 0a000001 0a000035 1388 0035 0021 0000"               \
         "0007 0100 0001 0000 0000 0000 0161 0162 0163 066578616d706c 00 0001 0001"
#define RESPONSE(code)                                                                             \
    MACS "0800 4500 0035 0000 0000 40 11 0000 0a000035 0a000001 0035 1388 0021 0000"               \
         "0007 818" code " 0001 0000 0000 0000 0161 0162 0163 066578616d706c 00 0001 0001"

static void test_names_of_dns_that_fail(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Step failed[] = {{0, .hex = QUERY}, {MS(1500), .hex = RESPONSE("2")}};
    const PcapSummary *summary = analyze_steps(arena, failed, 2);
    expect_finding(summary, "dns_failure", PCAP_WARNING,
                   "DNS has no answer for a.b.c.exampl: SERVFAIL (1)");
    expect_finding(summary, "dns_slow", PCAP_WARNING,
                   "DNS took up to 1.50 s to answer for a.b.c.exampl");
    assert_string_equal(find(summary, "dns_failure")->filter.data,
                        "dns.qry.name == \"a.b.c.exampl\" && dns.flags.rcode != 0");
    assert_int_equal(find(summary, "dns_failure")->examples.packets[0], 2);
    assert_int_equal(summary->facts->name_count, 1);
    assert_int_equal(summary->facts->names[0].latency.max_ns, INT64_C(1500000000));

    const Step unknown[] = {{0, .hex = QUERY}, {MS(5), .hex = RESPONSE("3")}};
    expect_finding(analyze_steps(arena, unknown, 2), "dns_failure", PCAP_NOTE,
                   "DNS has no answer for a.b.c.exampl: NXDOMAIN (1)");
    const Step good[] = {{0, .hex = QUERY}, {MS(5), .hex = RESPONSE("0")}};
    assert_int_equal(analyze_steps(arena, good, 2)->finding_count, 0);
    /* Sent again without a response; the first query counts. */
    const Step silent[] = {{0, .hex = QUERY}, {MS(5000), .hex = QUERY}};
    summary = analyze_steps(arena, silent, 2);
    expect_finding(summary, "dns_no_answer", PCAP_WARNING,
                   "DNS did not answer 1 query for a.b.c.exampl");
    assert_int_equal(summary->facts->names[0].requests, 2);
    assert_int_equal(analyze_steps(arena, silent, 1)->finding_count, 0);
}

#define ARP(operation, mac, address)                                                               \
    "ffffffffffff" mac "0806 0001 0800 06 04 " operation mac address "000000000000 0a000009"

static void test_addresses_that_two_hosts_claim(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Step steps[] = {
        {0, .hex = ARP("0002", "020000000001", "0a000005")},
        {MS(10), .hex = ARP("0002", "020000000002", "0a000005")},
        {MS(20), .hex = ARP("0001", "020000000001", "0a000005")},
        {MS(30), .hex = ARP("0001", "020000000003", "00000000")}, /* a probe claims nothing */
        {MS(40), .hex = ARP("0001", "020000000004", "00000000")},
    };
    const PcapSummary *summary = analyze_steps(arena, steps, COUNT_OF(steps));
    assert_int_equal(summary->finding_count, 1);
    expect_finding(summary, "arp_duplicate_address", PCAP_ERROR,
                   "The address 10.0.0.5 is claimed by 02:00:00:00:00:01 (2 frames) and "
                   "02:00:00:00:00:02 (1 frame)");
    assert_int_equal(summary->findings[0].examples.packets[1], 2);
    summary = analyze_steps(arena, steps, 2);
    assert_int_equal(summary->findings[0].severity, PCAP_WARNING);
}

#define TOO_BIG                                                                                    \
    MACS "0800 4500 0038 0000 0000 40 01 0000 0a0000fe 0a000001 0304 0000 0000 0578"               \
         "4500 05dc 0001 4000 40 06 0000 0a000001 0b000001 c000 01bb 00000001"

static void test_path_mtu_is_told_with_its_icmp(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Step steps[] = {{0, .hex = TOO_BIG},
                          {MS(300), .hex = TOO_BIG},
                          {MS(900), .hex = TOO_BIG},
                          {MS(2100), .hex = TOO_BIG}};
    const char *title =
        "Packets of 10.0.0.1 to 11.0.0.1 are too big: 10.0.0.254 lets 1400 bytes pass";
    expect_finding(analyze_steps(arena, steps, 1), "mtu_lowered", PCAP_NOTE, title);
    /* A window in flight makes several; the sender may still learn. */
    expect_finding(analyze_steps(arena, steps, 3), "mtu_lowered", PCAP_NOTE, title);
    const PcapSummary *summary = analyze_steps(arena, steps, 4);
    expect_finding(summary, "mtu_black_hole", PCAP_ERROR, title);
    assert_string_equal(summary->findings[0].filter.data, "icmp.type == 3 && icmp.code == 4");
    assert_int_equal(summary->facts->icmp_count, 1);
    assert_int_equal(summary->facts->icmp[0].examples.count, 4);
}

/* The same packet with a falling time to live. */
static void test_routing_loops_are_seen(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    static const char *const lives[] = {"40", "3e", "3c", "3a", "38", "36"};
    Step steps[COUNT_OF(lives)];
    for (uint32_t i = 0; i < COUNT_OF(lives); i++) {
        Str hex = arena_printf(arena,
                               MACS "0800 4500 0020 0107 0000 %s 11 0000 0a000001 0b000002"
                                    "1388 1770 000c 0000 01020304",
                               lives[i]);
        steps[i] = (Step){MS(3 * i), .hex = hex.data};
    }
    const PcapSummary *summary = analyze_steps(arena, steps, COUNT_OF(steps));
    expect_finding(summary, "routing_loop", PCAP_ERROR,
                   "1 packet pass here again and again: a routing loop");
    assert_int_equal(summary->facts->copies_routed, 5);
}

/* A client hello, in pieces that begin in each place. */
static void test_server_names_of_tls_across_segments(void **state)
{
    (void)state;
    static const char hello[] = "160301 0045 01 000041 0303"
                                "0000000000000000000000000000000000000000000000000000000000000000"
                                "00 0002 1301 01 00 0016"
                                "0000 0012 0010 00 000d 7777772e6578616d706c652e63";
    for (size_t cut = 6; cut <= 74; cut++) {
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf bytes = {0};
        Step steps[2];
        strbuf_init(&bytes, 4096);
        put_hex(&bytes, hello);
        assert_int_equal(bytes.size, 74);
        for (uint32_t part = 0; part < 2; part++) {
            size_t from = part ? cut : 0;
            size_t size = part ? bytes.size - cut : cut;
            auto_strbuf StrBuf digits = {0};
            strbuf_init(&digits, 4096);
            strbuf_printf(&digits,
                          MACS "0800 4500 %04zx 0000 0000 40 06 0000 0a000001 0a000002"
                               "c000 01bb %08zx 00000001 5010 2000 0000 0000",
                          40 + size, from + 1);
            for (size_t i = 0; i < size; i++)
                strbuf_printf(&digits, "%02x", (unsigned char)bytes.data[from + i]);
            steps[part] = (Step){MS(10 * part), .hex = arena_cstring(arena, strbuf_str(&digits))};
        }
        const PcapSummary *summary = analyze_steps(arena, steps, 2);
        assert_int_equal(summary->facts->name_count, 1);
        assert_string_equal(summary->facts->names[0].name, "www.example.c");
        assert_int_equal(summary->facts->names[0].requests, 1);
    }
}

/* More names, all failing, than are kept and told. */
static void test_names_and_findings_are_limited(void **state)
{
    (void)state;
    enum { NAMES = 8192 + 3 };
    auto_arena Arena *arena = arena_new();
    Step *steps = ARENA_ARRAY(arena, Step, NAMES);
    for (uint32_t i = 0; i < NAMES; i++) {
        Str hex =
            arena_printf(arena,
                         MACS "0800 4500 0033 0000 0000 40 11 0000 0a000035 0a000001 0035 1388"
                              "001f 0000 %04x 8182 0001 0000 0000 0000"
                              "04 %02x%02x%02x%02x 026e65 00 0001 0001",
                         i & 0xffff, 'a' + i % 26, 'a' + i / 26 % 26, 'a' + i / 676 % 26, 'x');
        steps[i] = (Step){5 * i, .hex = hex.data};
    }
    const PcapSummary *summary = analyze_steps(arena, steps, NAMES);
    assert_int_equal(summary->facts->name_count, 8192);
    assert_int_equal(summary->facts->other_names, 3);
    assert_int_equal(summary->finding_count, 20);
    assert_int_equal(summary->other_findings, 8192 - 20);
}

static void expect_course(const Step *steps, size_t count, PcapTcpConnectionState state,
                          uint32_t closed_by)
{
    auto_arena Arena *arena = arena_new();
    PcapTcpCourse course;
    const PcapSummary *summary = analyze_steps(arena, steps, count);
    assert_int_equal(summary->conversation_count, 1);
    assert_true(pcap_tcp_course(summary, summary->conversations, &course));
    assert_string_equal(pcap_tcp_state_name(course.state), pcap_tcp_state_name(state));
    assert_int_equal(course.closed_by, closed_by);
}

static void test_courses_of_connections(void **state)
{
    (void)state;
    enum { NOBODY = 0, FIRST_SIDE = 1, SECOND_SIDE = 2 };
    const Step whole[] = {HANDSHAKE, CLIENT(30, .sequence = 100, .ack = 500, .flags = FIN | ACK),
                          SERVER(40, .sequence = 500, .ack = 101, .flags = FIN | ACK)};
    expect_course(whole, 1, PCAP_TCP_STATE_UNANSWERED, NOBODY);
    expect_course(whole, 2, PCAP_TCP_STATE_HALF_OPEN, NOBODY);
    expect_course(whole, 3, PCAP_TCP_STATE_OPEN, NOBODY);
    expect_course(whole, 4, PCAP_TCP_STATE_CLOSING, FIRST_SIDE);
    expect_course(whole, 5, PCAP_TCP_STATE_CLOSED, FIRST_SIDE);
    const Step refused[] = {CLIENT(0, .sequence = 99, .flags = SYN),
                            SERVER(10, .sequence = 0, .ack = 100, .flags = RST | ACK)};
    expect_course(refused, COUNT_OF(refused), PCAP_TCP_STATE_REFUSED, SECOND_SIDE);
    const Step reset[] = {HANDSHAKE, SERVER(30, .sequence = 500, .ack = 100, .flags = RST)};
    expect_course(reset, COUNT_OF(reset), PCAP_TCP_STATE_RESET, SECOND_SIDE);
    const Step after_fin[] = {HANDSHAKE,
                              CLIENT(30, .sequence = 100, .ack = 500, .flags = FIN | ACK),
                              SERVER(40, .sequence = 500, .ack = 101, .flags = RST)};
    expect_course(after_fin, COUNT_OF(after_fin), PCAP_TCP_STATE_CLOSED, FIRST_SIDE);
    /* Only the packets of the server were captured. */
    const Step half[] = {SERVER(10, .sequence = 499, .ack = 100, .flags = SYN | ACK),
                         SERVER(20, .sequence = 500, .ack = 100, .flags = ACK, .payload = 10)};
    expect_course(half, 1, PCAP_TCP_STATE_HALF_OPEN, NOBODY);
    expect_course(half, 2, PCAP_TCP_STATE_OPEN, NOBODY);
    /* The list begins with the side that sent first, whatever its address. */
    const Step from_server[] = {SERVER(0, .sequence = 99, .flags = SYN),
                                CLIENT(10, .sequence = 499, .ack = 100, .flags = SYN | ACK),
                                SERVER(20, .sequence = 100, .ack = 500, .flags = RST)};
    expect_course(from_server, COUNT_OF(from_server), PCAP_TCP_STATE_RESET, FIRST_SIDE);
}

static void test_times_of_a_connection_are_told(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Step steps[] = {HANDSHAKE,
                          CLIENT(50, .sequence = 100, .ack = 500, .flags = ACK, .payload = 50),
                          SERVER(150, .sequence = 500, .ack = 150, .flags = ACK, .payload = 900),
                          CLIENT(160, .sequence = 150, .ack = 1400, .flags = RST)};
    const PcapSummary *summary = analyze_steps(arena, steps, COUNT_OF(steps));
    assert_non_null(
        strstr(summary_json(arena, summary).data,
               "\"tcp\":{\"state\":\"reset\",\"client\":\"a\",\"syn\":1,\"resets\":1,"
               "\"closed_by\":\"a\",\"server_rtt_s\":0.010000000,\"client_rtt_s\":0.010000000,"
               "\"first_request_after_s\":0.040000000,\"first_byte\":{\"count\":1,"
               "\"min_s\":0.100000000,\"average_s\":0.100000000,\"max_s\":0.100000000},"));
}

static void test_facts_can_be_left_out(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf file = {0};
    Error error = {0};
    strbuf_init(&file, MAX_CAPTURE);
    put_simple_capture(&file, 1, NULL, 0);
    put_zeros(&file, 640);
    const PcapSource source = {.mapped = strbuf_str(&file)};
    const PcapLimits limits = {.without_facts = true};
    const PcapSummary *summary = pcap_analyze(arena, &source, &limits, &error);
    assert_null(summary->facts);
    assert_int_equal(summary->finding_count, 0);
    assert_true(str_starts_with(summary_json(arena, summary), STR("{\"format\":")));
    summary = pcap_analyze(arena, &source, NULL, &error);
    expect_finding(summary, "capture_zero_tail", PCAP_WARNING,
                   "The last 640 bytes of the file are zeros: the disk was probably full");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_quiet_capture_has_no_findings),
        cmocka_unit_test(test_copies_of_a_mirror_port_are_not_loss),
        cmocka_unit_test(test_loss_names_its_direction),
        cmocka_unit_test(test_swapped_packets_are_reordering),
        cmocka_unit_test(test_acknowledged_gaps_are_loss_of_the_capture),
        cmocka_unit_test(test_connections_that_fail_name_who),
        cmocka_unit_test(test_a_scan_is_one_finding),
        cmocka_unit_test(test_zero_windows_name_the_host),
        cmocka_unit_test(test_who_is_slow),
        cmocka_unit_test(test_acknowledgements_that_wait_in_a_queue),
        cmocka_unit_test(test_storms_and_black_holes),
        cmocka_unit_test(test_names_of_dns_that_fail),
        cmocka_unit_test(test_addresses_that_two_hosts_claim),
        cmocka_unit_test(test_path_mtu_is_told_with_its_icmp),
        cmocka_unit_test(test_routing_loops_are_seen),
        cmocka_unit_test(test_server_names_of_tls_across_segments),
        cmocka_unit_test(test_names_and_findings_are_limited),
        cmocka_unit_test(test_courses_of_connections),
        cmocka_unit_test(test_times_of_a_connection_are_told),
        cmocka_unit_test(test_facts_can_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
