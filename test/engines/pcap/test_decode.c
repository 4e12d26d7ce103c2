/* SPDX-License-Identifier: Apache-2.0 */
#include "capture_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MAX_CAPTURE = 64 << 20 };

static PcapSummary *analyze_packets(Arena *arena, uint32_t link_type, const Str *packets,
                                    size_t count)
{
    auto_strbuf StrBuf file = {0};
    strbuf_init(&file, MAX_CAPTURE);
    put_simple_capture(&file, link_type, packets, count);
    Error error = {0};
    PcapSummary *summary = analyze_bytes(arena, strbuf_str(&file), &error);
    assert_non_null(summary);
    return summary;
}

static Str hex_bytes(Arena *arena, const char *digits)
{
    auto_strbuf StrBuf bytes = {0};
    strbuf_init(&bytes, MAX_CAPTURE);
    put_hex(&bytes, digits);
    return arena_copy(arena, strbuf_str(&bytes));
}

#define IPV4_UDP "4500 0020 0000 0000 40 11 0000 0a000001 0a000002 1388 1770 000c 0000 01020304"
#define IPV6_UDP                                                                                   \
    "60000000 000c 11 40 20010db8000000000000000000000001 20010db8000000000000000000000002"        \
    "1388 1770 000c 0000 01020304"
#define MACS "020000000002 020000000001"

#define ZEROS_16 "00000000000000000000000000000000"
#define WLAN "0802 0000" MACS "020000000003 0000 aaaa03 000000 0800"

/* Every way to a datagram of UDP, and the path it is counted under. */
static const struct {
    uint32_t link_type;
    const char *packet;
    const char *path;
} carriers[] = {
    {1, MACS "0800" IPV4_UDP, "eth:ip:udp"},
    {1, MACS "86dd" IPV6_UDP, "eth:ipv6:udp"},
    {1, MACS "0800 4500 0020 0000 0000 40 88 0000 0a000001 0a000002 1388 1770 0008 0000 01020304",
     "eth:ip:udplite"},
    {1, MACS "8100 0064 0800" IPV4_UDP, "eth:vlan:ip:udp"},
    {1, MACS "88a8 0064 8100 0065 0800" IPV4_UDP, "eth:ieee8021ad:vlan:ip:udp"},
    {1, MACS "88a8 0064 88a8 0065 0800" IPV4_UDP, "eth:ieee8021ad:ip:udp"},
    {1, MACS "892f 1020 0001 0800" IPV4_UDP, "eth:hsr:ip:udp"},
    {1, MACS "894f 0fc2 02 01 00000000" IPV4_UDP, "eth:nsh:ip:udp"},
    {1, MACS "0028 aaaa03 000000 0800" IPV4_UDP, "eth:llc:ip:udp"},
    {1, MACS "8847 00010000 00011100 " IPV4_UDP, "eth:mpls:mpls:ip:udp"},
    {1, MACS "8847 00064140 00000000" MACS "0800" IPV4_UDP, "eth:mpls:pweth.cw:pwethcw:eth:ip:udp"},
    {1, MACS "8847 00064140" MACS "0800" IPV4_UDP, "eth:mpls:pweth:eth:ip:udp"},
    {1, MACS "8864 1100 0001 0022 0021" IPV4_UDP, "eth:pppoes:ppp:ip:udp"},
    {0, "02000000" IPV4_UDP, "null:ip:udp"},
    {0, "00000002" IPV4_UDP, "null:ip:udp"},
    {0, "1e000000" IPV6_UDP, "null:ipv6:udp"},
    {108, "00000018" IPV6_UDP, "null:ipv6:udp"},
    {9, "ff03 0021" IPV4_UDP, "ppp:ip:udp"},
    {9, "21" IPV4_UDP, "ppp:ip:udp"},
    {9, "0057" IPV6_UDP, "ppp:ipv6:udp"},
    {12, IPV4_UDP, "raw:ip:udp"},
    {101, IPV6_UDP, "raw:ipv6:udp"},
    {228, IPV4_UDP, "ip:udp"},
    {229, IPV6_UDP, "ipv6:udp"},
    {104, "0f00 0800" IPV4_UDP, "chdlc:ip:udp"},
    {108, "00000002" IPV4_UDP, "null:ip:udp"},
    {113, "0000 0001 0006 0200000000010000 0003" MACS "0800" IPV4_UDP, "sll:eth:ip:udp"},
    {113, "0000 0001 0006 0200000000010000 0800" IPV6_UDP, "sll:ip:ipv6:udp"},
    {107, "0041 03cc" IPV4_UDP, "fr:ip:udp"},
    {107, "0041 86dd" IPV6_UDP, "fr:ipv6:udp"},
    {106, IPV4_UDP, "clip:ip:udp"},
    {10, "50 020000000002 020000000001 aaaa03 000000 0800" IPV4_UDP, "fddi:llc:ip:udp"},
    {113, "0000 0001 0006 0200000000010000 0800" IPV4_UDP, "sll:ip:udp"},
    {276, "86dd 0000 00000001 0001 00 06 0200000000010000" IPV6_UDP, "sll:ipv6:udp"},
    {105, "0800 0000" MACS "020000000003 0000 aaaa03 000000 0800" IPV4_UDP, "wlan:llc:ip:udp"},
    {127, "0000 0800 00000000 8800 0000" MACS "020000000003 0000 0000 aaaa03 000000 0800" IPV4_UDP,
     "radiotap:wlan_radio:wlan:llc:ip:udp"},
    {178, "4d4743 80 0002 0000" MACS "0800" IPV4_UDP, "eth:ip:udp"},
    {9, "0f00 0800" IPV4_UDP, "chdlc:ip:udp"},
    {50, "8f00 86dd" IPV6_UDP, "chdlc:ipv6:udp"},
    {51, "1100 0001 0022 0021" IPV4_UDP, "pppoes:ppp:ip:udp"},
    {6, "1040 020000000002 020000000001 aaaa03 000000 0800" IPV4_UDP, "tr:llc:ip:udp"},
    {6, "1040 020000000002 820000000001 0230 aaaa03 000000 0800" IPV4_UDP, "tr:llc:ip:udp"},
    {8, "00 00000000000000000000000000000 0" IPV4_UDP, "ip:udp"},
    {100, "aaaa03 000000 0800" IPV4_UDP, "llc:ip:udp"},
    {109, "02000000 00000001 00000000" IPV4_UDP, "enc:ip:udp"},
    {109, "00000018 00000001 00000000" IPV6_UDP, "enc:ipv6:udp"},
    {117, "3d 02 00 00" ZEROS_16 ZEROS_16 ZEROS_16 "00000000 00000000 01 000000" IPV4_UDP,
     "pflog:ip:udp"},
    {117, "2d 18 00 00" ZEROS_16 ZEROS_16 "00000000 00000000 01000000" IPV6_UDP, "pflog:ipv6:udp"},
    {119, "80211001 00000040" ZEROS_16 ZEROS_16 ZEROS_16 "00000000 00000000" WLAN IPV4_UDP,
     "wlancap:wlan_radio:wlan:llc:ip:udp"},
    {119,
     "44000000 90000000" ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16
     "00000000 00000000" WLAN IPV4_UDP,
     "prism:wlan_radio:wlan:llc:ip:udp"},
    {163, "80211002 00000040" ZEROS_16 ZEROS_16 ZEROS_16 "00000000 00000000" WLAN IPV4_UDP,
     "wlancap:wlan_radio:wlan:llc:ip:udp"},
    {166, "0103 0021" IPV4_UDP, "ppp:ip:udp"},
    {204, "01 ff03 0021" IPV4_UDP, "ppp:ip:udp"},
    {179, "4d4743 80 0002 0000 ff03 0021" IPV4_UDP, "ppp:ip:udp"},
    {180, "4d4743 80 0002 0000 0041 03cc" IPV4_UDP, "fr:ip:udp"},
    {181, "4d4743 80 0002 0000 0f00 0800" IPV4_UDP, "chdlc:ip:udp"},
    {192, "00 00 0800 69000000" WLAN IPV4_UDP, "ppi:wlan_radio:wlan:llc:ip:udp"},
    {192, "00 00 0800 01000000" MACS "0800" IPV4_UDP, "ppi:eth:ip:udp"},
    {197, "0000000000000000 02 04 0040 0000 0040 0000" MACS "0800" IPV4_UDP, "erf:eth:ip:udp"},
    {219, "00064140" IPV4_UDP, "mpls:ip:udp"},
    {239, "02 00 002a 0800 0100 0800 0100 2400 0900" IPV4_UDP, "ip:udp"},
    {239, "0a 00 002a 0500 0a00 41 000000 3800 0900" IPV6_UDP, "ipv6:udp"},
    {258,
     "6c000000 01000000 01000000" ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 MACS
     "0800" IPV4_UDP,
     "pktap:eth:ip:udp"},
    {258,
     "6c000000 01000000 0c000000" ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 IPV4_UDP,
     "pktap:raw:ip:udp"},
    {1, MACS "d28b 0001 0010 5ceeed57 384f59c8 0800" IPV4_UDP, "eth:avsp:ip:udp"},
    {1, MACS "d28b 0001 0120 ed57 384f59c8 86dd" IPV6_UDP, "eth:avsp:ipv6:udp"},
    {1, MACS "8909 01 01 0001 0064 0800" IPV4_UDP, "eth:cmd:ip:udp"},
};

static void test_carriers_are_decoded(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(carriers); i++) {
        auto_arena Arena *arena = arena_new();
        const Str packet = hex_bytes(arena, carriers[i].packet);
        const PcapSummary *summary = analyze_packets(arena, carriers[i].link_type, &packet, 1);
        Str path = summary_path(arena, summary);
        if (!str_equal(path, str_of(carriers[i].path)))
            fail_msg("%zu: %.*s, not %s", i, STR_ARGS(path), carriers[i].path);
        assert_int_equal(summary->unknown_link_packets, 0);
        assert_int_equal(summary->host_count, 2);
        assert_int_equal(summary->conversation_count, 1);
        const PcapConversation *flow = &summary->conversations[0];
        assert_int_equal(flow->port[0], 5000);
        assert_int_equal(flow->port[1], 6000);
        assert_int_equal(flow->packets[0], 1);
        assert_int_equal(flow->bytes[0], packet.size);
    }
}

/* Each prefix of each packet, alone in its file, so that a byte too far is seen. */
/* Where it ends decides what the bytes after these layers are taken for. */
static bool is_guessed(Str path)
{
    return str_find(path, STR(":pweth:")) != STR_NOT_FOUND ||
           str_starts_with(path, STR("eth:ieee8021ad:ip:"));
}

/* One packet of size bytes, cut short: counted whole, with the layers that are there. */
static void assert_cut_packet(Arena *arena, const PcapSummary *summary, size_t size, Str whole_path)
{
    Str path = summary_path(arena, summary);
    assert_true(summary->complete);
    assert_int_equal(summary->packets, 1);
    assert_int_equal(summary->captured_bytes, size);
    assert_int_equal(summary->wire_bytes, size);
    if (!str_starts_with(whole_path, path) && !is_guessed(whole_path))
        fail_msg("%zu bytes of %.*s: %.*s", size, STR_ARGS(whole_path), STR_ARGS(path));
    if (summary->conversation_count) {
        assert_int_equal(summary->conversation_count, 1);
        assert_true(str_equal(path, whole_path));
        assert_int_equal(summary->conversations[0].port[0], 5000);
        assert_int_equal(summary->conversations[0].port[1], 6000);
        assert_int_equal(summary->conversations[0].bytes[0], size);
    }
}

static void test_every_prefix_of_a_packet_keeps_its_layers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(carriers); i++) {
        auto_arena Arena *arena = arena_new();
        const Str packet = hex_bytes(arena, carriers[i].packet);
        size_t flows = 0;
        for (size_t size = 0; size <= packet.size; size++) {
            const Str prefix = str_slice(packet, 0, size);
            const PcapSummary *summary = analyze_packets(arena, carriers[i].link_type, &prefix, 1);
            assert_cut_packet(arena, summary, size, str_of(carriers[i].path));
            assert_true(summary->conversation_count >= flows); /* seen once, seen with more bytes */
            flows = summary->conversation_count;
        }
        assert_int_equal(flows, 1);
    }
}

static void test_tunnels_are_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        const char *path;
    } cases[] = {
        /* Under IPv4: protocol and header; the length of the whole is set by the capture. */
        {"04", "ip:ip:udp"},
        {"61 3000" MACS "0800", "ip:etherip:eth:ip:udp"},
        {"8f" MACS "0800", "ip:eth:ip:udp"},
        {"67 2100 0000 00000000", "ip:pim:ip:udp"},
        {"2f 2001 6400 0020 0001" MACS "0800", "ip:gre:eth:ip:udp"},
        {"2f 0000 894f 0fc2 02 01 00000000", "ip:gre:nsh:ip:udp"},
        {"2f 0000 0800", "ip:gre:ip:udp"},
        {"2f 2000 8909 00000028 0800 01 01 0001 0000", "ip:gre:cmd:ip:udp"},
        {"2f 0000 d28b 0001 0110 5ceeed57 384f59c8 0800", "ip:gre:avsp:ip:udp"},
        {"2f b000 0800 00000000 00000001 00000002", "ip:gre:ip:udp"},
        {"2f 3001 880b 0000 0000 00000001 0021", "ip:gre:ppp:ip:udp"},
        {"2f 0000 6558" MACS "0800", "ip:gre:eth:ip:udp"},
        {"2f 0000 88be" MACS "0800", "ip:gre:erspan:eth:ip:udp"},
        {"2f 1000 88be 00000001 10010001 00000000" MACS "0800", "ip:gre:erspan:eth:ip:udp"},
        {"33 04 04 0000 00000001 00000001 000000000000000000000000", "ip:ah:ip:udp"},
        {"89 00010100", "ip:mpls:ip:udp"},
        {"11 1388 12b5 0000 0000 08000000 00000100" MACS "0800", "ip:udp:vxlan:eth:ip:udp"},
        {"11 1388 17c1 0000 0000 0000 6558 00000100" MACS "0800", "ip:udp:geneve:eth:ip:udp"},
        {"11 1388 12b6 0000 0000 08000001 00000100", "ip:udp:vxlan:ip:udp"},
        {"11 06a5 06a5 0000 0000 0002 0001 0002 ff03 0021", "ip:udp:l2tp:ppp:ip:udp"},
        {"11 06a5 06a5 0000 0000 0a02 0001 0002 00000000 0002 0000 21", "ip:udp:l2tp:ppp:ip:udp"},
        {"11 9c40 9090 0000 0000 0100 0001 0a0105 00 01" MACS "0800", "ip:udp:tzsp:eth:ip:udp"},
        {"11 9c40 10f5 0000 0000 80000001 00000000", "ip:udp:lisp-data:ip:udp"},
        {"11 9c40 1292 0000 0000 0000 0800", "ip:udp:gre:ip:udp"},
        {"11 c350 19eb 0000 0000 00064140", "ip:udp:mpls:ip:udp"},
        {"11 0868 0868 0000 0000 30ff 0000 00000001", "ip:udp:gtp:ip:udp"},
        {"11 0868 0868 0000 0000 34ff 0000 00000001 0000 00 85 01 100100", "ip:udp:gtp:ip:udp"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf packet = {0};
        strbuf_init(&packet, 1 << 16);
        Str header = hex_bytes(arena, cases[i].header);
        const Str inner = hex_bytes(arena, IPV4_UDP);
        put_hex(&packet, "4500");
        put_16(&packet, (uint16_t)(20 + header.size - 1 + inner.size), true);
        put_hex(&packet, "0000 0000 40");
        put_8(&packet, (uint8_t)header.data[0]);
        put_hex(&packet, "0000 0b000001 0b000002");
        size_t udp_length_at = packet.size + 4;
        strbuf_append(&packet, str_from(header, 1));
        strbuf_append(&packet, inner);
        if (header.data[0] == 0x11)
            packet.data[udp_length_at + 1] = (char)(header.size - 1 + inner.size);
        const Str whole = strbuf_str(&packet);
        const PcapSummary *summary = analyze_packets(arena, 228, &whole, 1);
        Str path = summary_path(arena, summary);
        if (!str_equal(path, str_of(cases[i].path)))
            fail_msg("%zu: %.*s, not %s", i, STR_ARGS(path), cases[i].path);
        assert_int_equal(summary->host_count, 4);
    }
}

/* From how many bytes on the last layer counts, as tshark 4.0.17 has it. */
static void test_layers_cut_short(void **state)
{
    (void)state;
    static const struct {
        const char *above;
        const char *layer;
        const char *path;
        uint32_t link_type;
        uint32_t needed;
    } cases[] = {
        {MACS "86dd", "60", "eth:ipv6", 1, 0},
        {MACS "8100", "006408", "eth:vlan", 1, 2},
        {MACS "88a8", "006408", "eth:ieee8021ad", 1, 2},
        {MACS "88e7", "0000000000", "eth:ieee8021ah", 1, 4},
        {MACS "0040", "4242", "eth:llc", 1, 1},
        {MACS "0040 424203", "00000200000000000000000000000000000000000000000000000000",
         "eth:llc:stp", 1, 27},
        {MACS "0040 424203", "00000080", "eth:llc:stp", 1, 4},
        {MACS "0806", "000108", "eth:arp", 1, 2},
        {"", "0000000100", "sll", 113, 4},
        {"", "08000000000000010001000602", "sll", 276, 12},
        {"", "1841", "fr", 107, 1},
        {"", "50", "fddi", 10, 1},
        {"", "080100", "wlan", 105, 2},
        {"", "0000080000", "radiotap", 127, 4},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        auto_arena Arena *arena = arena_new();
        Str above = hex_bytes(arena, cases[i].above);
        Str layer = hex_bytes(arena, cases[i].layer);
        for (size_t size = 0; size <= layer.size; size++) {
            auto_strbuf StrBuf packet = {0};
            strbuf_init(&packet, 1 << 10);
            strbuf_append(&packet, above);
            strbuf_append(&packet, str_slice(layer, 0, size));
            const Str whole = strbuf_str(&packet);
            const PcapSummary *summary = analyze_packets(arena, cases[i].link_type, &whole, 1);
            Str path = summary_path(arena, summary);
            bool is_counted = str_equal(path, str_of(cases[i].path));
            if (is_counted != (size >= cases[i].needed))
                fail_msg("%s of %zu bytes: %.*s", cases[i].path, size, STR_ARGS(path));
        }
    }
}

static void test_ipv6_extensions_are_walked(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    /* Hop-by-hop, routing type 0 with one address left, destination options, UDP. */
    const Str packet = hex_bytes(arena, "60000000 003c 00 40 20010db8000000000000000000000001"
                                        "20010db8000000000000000000000002 2b00 010400000000"
                                        "3c02 0001 00000000 20010db8000000000000000000000003"
                                        "1100 010400000000 1388 1770 000c 0000 01020304");
    const PcapSummary *summary = analyze_packets(arena, 229, &packet, 1);
    assert_true(str_equal(summary_path(arena, summary), STR("ipv6:udp")));
    /* The conversation is with the last address of the route, the host by the header. */
    char text[PCAP_ADDRESS_TEXT_SIZE];
    pcap_address_write(&summary->conversations[0].address[1], text);
    assert_string_equal(text, "2001:db8::3");
    assert_int_equal(summary->host_count, 2);
    pcap_address_write(&summary->hosts[1].address, text);
    assert_string_equal(text, "2001:db8::2");
}

/* Authentication and origin indication, and the packet alone. */
static void test_teredo_carries_ipv6(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "",
        "0001 00 00 cd5669400b22df88 00",
        "0001 04 02 01020304 0506 cd5669400b22df88 00",
        "0000 ed5d 3f57fef0",
        "0001 00 00 cd5669400b22df88 00 0000 ed5d 3f57fef0",
    };
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf packet = {0};
        strbuf_init(&packet, 1 << 10);
        Str header = hex_bytes(arena, headers[i]);
        Str inner = hex_bytes(arena, IPV6_UDP);
        put_hex(&packet, "4500 0000 0000 0000 40 11 0000 0b000001 0b000002 0ed5 0dd8");
        put_16(&packet, (uint16_t)(8 + header.size + inner.size), true);
        put_hex(&packet, "0000");
        strbuf_append(&packet, header);
        strbuf_append(&packet, inner);
        const Str whole = strbuf_str(&packet);
        const PcapSummary *summary = analyze_packets(arena, 228, &whole, 1);
        assert_true(str_equal(summary_path(arena, summary), STR("ip:udp:teredo:ipv6:udp")));
    }
}

static void test_home_address_is_the_source(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Str packet = hex_bytes(arena, "60000000 0024 3c 40 20010db8000000000000000000000001"
                                        "20010db8000000000000000000000002 1102 01020000"
                                        "c910 20010db80000000000000000000000aa"
                                        "1388 1770 000c 0000 01020304");
    const PcapSummary *summary = analyze_packets(arena, 229, &packet, 1);
    char text[PCAP_ADDRESS_TEXT_SIZE];
    assert_int_equal(summary->conversation_count, 1);
    pcap_address_write(&summary->conversations[0].address[0], text);
    assert_string_equal(text, "2001:db8::aa");
    /* As in tshark, the host is the one of the header. */
    for (size_t i = 0; i < summary->host_count; i++)
        assert_string_not_equal(pcap_address_write(&summary->hosts[i].address, text),
                                "2001:db8::aa");
}

static void test_link_types_without_ip_are_named(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text = {0};
    const Str packet = STR("0123456789abcdef");
    const PcapSummary *summary = analyze_packets(arena, 220, &packet, 1);
    strbuf_init(&text, 1 << 16);
    pcap_write_text(&text, summary);
    assert_int_equal(summary->unknown_link_packets, 1);
    assert_true(str_find(strbuf_str(&text), STR("usb-linux-mmap carries no IP")) != STR_NOT_FOUND);
}

/* A datagram of 24 payload bytes in three fragments, in any order. */
static void test_fragments_are_joined_in_any_order(void **state)
{
    (void)state;
    static const char *const parts[3] = {
        "4500 001c 0007 2000 40 11 0000 0a000001 0a000002 1388 1770 0018 0000",
        "4500 001c 0007 2001 40 11 0000 0a000001 0a000002 0000000000000000",
        "4500 001c 0007 0002 40 11 0000 0a000001 0a000002 0000000000000000",
    };
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                     {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        auto_arena Arena *arena = arena_new();
        Str packets[4];
        for (int j = 0; j < 3; j++)
            packets[j] = hex_bytes(arena, parts[orders[i][j]]);
        packets[3] = packets[0]; /* a late duplicate starts afresh */
        const PcapSummary *summary = analyze_packets(arena, 228, packets, 4);
        assert_int_equal(summary->fragments, 4);
        assert_int_equal(summary->protocols[0].frames, 4);
        assert_string_equal(summary->protocols[1].name, "udp");
        assert_int_equal(summary->protocols[1].frames, 1);
        assert_int_equal(summary->conversations[0].packets[0], 1);
        /* The one that completed it, the third, 2 ms after the first. */
        assert_int_equal(summary->conversations[0].first_ns, 2000000);
    }
}

/* Of several last fragments the first counts; where bytes differ, the fragment that begins first.
 */
static void test_contradicting_fragments_make_no_other_flow(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Str packets[] = {
        hex_bytes(arena, "4500 001c 0007 0001 40 11 0000 0a000001 0a000002 0000000000000000"),
        hex_bytes(arena, "4500 001c 0007 0005 40 11 0000 0a000001 0a000002 0000000000000000"),
        hex_bytes(arena, "4500 001c 0007 2000 40 11 0000 0a000001 0a000002 1388 1770 0010 0000"),
        hex_bytes(arena, "4500 001c 0008 2000 40 11 0000 0a000001 0a000002 1388 1770 0010 0000"),
        hex_bytes(arena, "4500 001c 0008 2000 40 11 0000 0a000001 0a000002 2222 3333 0010 0000"),
        hex_bytes(arena, "4500 001c 0008 0001 40 11 0000 0a000001 0a000002 0000000000000000"),
    };
    const PcapSummary *summary = analyze_packets(arena, 228, packets, COUNT_OF(packets));
    assert_int_equal(summary->udp_conversation_count, 1);
    const PcapConversation *flow = &summary->conversations[0];
    assert_int_equal(flow->packets[0], 2);
    assert_int_equal(flow->port[0], 5000);
    assert_int_equal(flow->first_ns, 2000000);
    assert_int_equal(flow->last_ns, 5000000);
}

/* First fragments without end take no more than the places there are. */
static void test_fragment_flood_is_bounded(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf file = {0};
    strbuf_init(&file, MAX_CAPTURE);
    put_simple_capture(&file, 228, NULL, 0);
    const PcapStyle style = {.magic = 0xa1b2c3d4};
    for (uint32_t i = 0; i < 60000; i++) {
        auto_strbuf StrBuf packet = {0};
        strbuf_init(&packet, 64);
        put_hex(&packet, "4500 001c");
        put_16(&packet, (uint16_t)i, true);
        put_hex(&packet, "2000 40 11 0000 0a000001 0a000002 1388 1770 0018 0000");
        put_pcap_record(&file, style, 0, i, strbuf_str(&packet));
    }
    Error error = {0};
    const PcapSummary *summary = analyze_bytes(arena, strbuf_str(&file), &error);
    assert_non_null(summary);
    assert_int_equal(summary->fragments, 60000);
    assert_true(summary->fragments_dropped >= 60000 - 2048 * 4);
    assert_int_equal(summary->conversation_count, 0);
}

static void test_nesting_is_bounded(void **state)
{
    (void)state;
    static const struct {
        uint32_t link_type;
        const char *start;
        const char *layer;
    } cases[] = {
        {1, MACS "8847", "00010000"},
        {1, MACS "8100", "0064 8100"},
        {1, MACS "88e7", "00000000" MACS "88e7"},
        {228, "", "4500 0000 0000 0000 40 04 0000 0a000001 0a000002"},
        {229, "",
         "60000000 0000 29 40 20010db8000000000000000000000001 20010db8000000000000000000000002"},
        {228, "4500 0000 0000 0000 40 2f 0000 0a000001 0a000002",
         "00000800 4500 0000 0000 0000 40 2f 0000 0a000001 0a000002"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf packet = {0};
        strbuf_init(&packet, MAX_CAPTURE);
        put_hex(&packet, cases[i].start);
        while (packet.size < 60000)
            put_hex(&packet, cases[i].layer);
        const Str whole = strbuf_str(&packet);
        const PcapSummary *summary = analyze_packets(arena, cases[i].link_type, &whole, 1);
        assert_true(summary->protocols_limited);
        assert_true(summary->protocol_count <= 128);
        auto_strbuf StrBuf text = {0};
        strbuf_init(&text, 1 << 20);
        pcap_write_text(&text, summary);
        assert_false(text.overflowed);
    }
}

/* What the tables have no room for is counted, and nothing else changes. */
static void test_tables_have_limits(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf file = {0};
    strbuf_init(&file, MAX_CAPTURE);
    put_simple_capture(&file, 228, NULL, 0);
    const PcapStyle style = {.magic = 0xa1b2c3d4};
    for (uint32_t i = 0; i < 1000; i++) {
        auto_strbuf StrBuf packet = {0};
        strbuf_init(&packet, 64);
        put_hex(&packet, "4500 0028 0000 0000 40 06 0000 0a000001");
        put_32(&packet, 0x0b000000 + i, true);
        put_hex(&packet, "1388 0050 00000000 00000000 5002 0400 0000 0000");
        put_pcap_record(&file, style, 0, i, strbuf_str(&packet));
    }
    const PcapSource source = {.mapped = strbuf_str(&file)};
    const PcapLimits limits = {.max_conversations = 100, .max_hosts = 51};
    Error error = {0};
    const PcapSummary *summary = pcap_analyze(arena, &source, &limits, &error);
    assert_non_null(summary);
    assert_int_equal(summary->conversation_count, 100);
    assert_int_equal(summary->other_conversation_packets, 900);
    assert_int_equal(summary->other_conversation_bytes, 900 * 40);
    assert_int_equal(summary->host_count, 51);
    assert_int_equal(summary->other_host_packets, 950);
    assert_int_equal(summary->hosts[0].tx_packets, 1000);
    assert_int_equal(summary->tcp_segments, 1000);
    assert_int_equal(summary->tcp_syn, 1000);
}

static void test_unknown_link_type(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Str packets[2] = {STR("abc"), STR("")};
    const PcapSummary *summary = analyze_packets(arena, 147, packets, 2);
    assert_true(summary->complete);
    assert_int_equal(summary->packets, 2);
    assert_int_equal(summary->unknown_link_packets, 2);
    assert_int_equal(summary->protocol_count, 0);
}

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };

static void make_tcp_packets(Arena *arena, const Segment *segments, size_t count, Str *out_packets)
{
    for (size_t i = 0; i < count; i++) {
        auto_strbuf StrBuf frame = {0};
        strbuf_init(&frame, 1 << 17);
        put_tcp_frame(&frame, segments[i]);
        out_packets[i] = arena_copy(arena, strbuf_str(&frame));
    }
}

/* Segments a millisecond apart, and the events they are to give. */
static void assert_events(const Segment *segments, size_t count, const char *expected)
{
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf found = {0};
    strbuf_init(&found, 1 << 10);
    Str *packets = ARENA_ARRAY(arena, Str, count);
    make_tcp_packets(arena, segments, count, packets);
    const PcapSummary *summary = analyze_packets(arena, 1, packets, count);
    for (int event = 0; event < PCAP_TCP_EVENT_COUNT; event++) {
        if (summary->tcp_events[event])
            strbuf_printf(&found, "%s %u, ", pcap_tcp_event_name((PcapTcpEvent)event),
                          (unsigned)summary->tcp_events[event]);
    }
    Str text = strbuf_str(&found);
    if (!str_equal(text, str_of(expected)))
        fail_msg("\"%.*s\", not \"%s\"", STR_ARGS(text), expected);
}

#define ASSERT_EVENTS(expected, ...)                                                               \
    assert_events((const Segment[]){HANDSHAKE, __VA_ARGS__},                                       \
                  COUNT_OF(((const Segment[]){HANDSHAKE, __VA_ARGS__})), expected)
/* Initial numbers 99 and 199, so that data starts at 100 and 200; a round trip of 2 ms. */
#define HANDSHAKE                                                                                  \
    {99, 0, SYN, 1000, 0, false}, {199, 100, SYN | ACK, 1000, 0, true},                            \
    {                                                                                              \
        100, 200, ACK, 1000, 0, false                                                              \
    }
#define SERVER_ACK(ack)                                                                            \
    {                                                                                              \
        200, ack, ACK, 1000, 0, true                                                               \
    }

static void test_tcp_events_are_counted(void **state)
{
    (void)state;
    ASSERT_EVENTS("", {100, 200, ACK, 1000, 50, false}, SERVER_ACK(150));
    ASSERT_EVENTS("retransmission 1, ", {100, 200, ACK, 1000, 50, false},
                  {100, 200, ACK, 1000, 50, false});
    ASSERT_EVENTS("retransmission 1, spurious_retransmission 1, ", {100, 200, ACK, 1000, 50, false},
                  SERVER_ACK(150), {100, 200, ACK, 1000, 50, false});
    ASSERT_EVENTS("out_of_order 1, lost_segment 1, ", {150, 200, ACK, 1000, 50, false},
                  {100, 200, ACK, 1000, 50, false});
    ASSERT_EVENTS("retransmission 1, fast_retransmission 1, lost_segment 1, duplicate_ack 3, ",
                  {150, 200, ACK, 1000, 50, false}, SERVER_ACK(100), SERVER_ACK(100),
                  SERVER_ACK(100), {100, 200, ACK, 1000, 50, false});
    ASSERT_EVENTS("ack_lost_segment 1, ", SERVER_ACK(500));
    ASSERT_EVENTS("zero_window 2, zero_window_probe 1, zero_window_probe_ack 1, ",
                  {100, 200, ACK, 1000, 50, false}, {200, 150, ACK, 0, 0, true},
                  {150, 200, ACK, 1000, 1, false}, {200, 150, ACK, 0, 0, true});
    ASSERT_EVENTS("window_update 1, ", {100, 200, ACK, 2000, 0, false});
    ASSERT_EVENTS("window_full 1, ", {100, 200, ACK, 1000, 1000, false});
    ASSERT_EVENTS("keep_alive 1, keep_alive_ack 1, ", {100, 200, ACK, 1000, 50, false},
                  SERVER_ACK(150), {149, 200, ACK, 1000, 0, false}, SERVER_ACK(150));
    ASSERT_EVENTS("reused_ports 1, ", {5000, 0, SYN, 1000, 0, false});
    ASSERT_EVENTS("", {100, 200, FIN | ACK, 1000, 0, false}, SERVER_ACK(101));
}

/* Numbers that wrap around zero are no loss. */
static void test_tcp_sequence_numbers_wrap(void **state)
{
    (void)state;
    const Segment segments[] = {
        {0xfffffff0, 200, ACK, 1000, 8, false}, {0xfffffff8, 200, ACK, 1000, 8, false},
        {0x00000000, 200, ACK, 1000, 8, false}, {0x00000008, 200, ACK, 1000, 8, false},
        {200, 0x10, ACK, 1000, 0, true},
    };
    assert_events(segments, COUNT_OF(segments), "");
}

static void test_round_trips_are_measured(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Segment segments[] = {HANDSHAKE,
                                {100, 200, ACK, 1000, 50, false},
                                {150, 200, ACK, 1000, 50, false},
                                SERVER_ACK(200)};
    Str packets[COUNT_OF(segments)];
    make_tcp_packets(arena, segments, COUNT_OF(segments), packets);
    const PcapSummary *summary = analyze_packets(arena, 1, packets, COUNT_OF(packets));
    const PcapTcpConversation *tcp = &summary->tcp_details[summary->conversations[0].tcp];
    assert_int_equal(tcp->initial_rtt_ns, 2000000);
    /* SYN-ACK, its acknowledgement, and the second data segment. */
    assert_int_equal(tcp->ack_rtt.count, 3);
    assert_int_equal(tcp->ack_rtt.max_ns, 1000000);
    assert_int_equal(summary->tcp_data_segments, 2);
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 1 << 16);
    pcap_write_text(&text, summary);
    assert_true(str_find(strbuf_str(&text), STR("10.0.0.1:1000")) != STR_NOT_FOUND);
    assert_true(str_find(strbuf_str(&text), STR("rtt 2.000 ms")) != STR_NOT_FOUND);
}

/* Nothing was said about a segment: tshark shows no handshake time, and neither do we. */
static void test_silent_handshake_is_reported(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Segment segments[] = {{99, 0, SYN, 1000, 0, false},
                                {100, 200, ACK, 1000, 0, false},
                                {100, 200, ACK, 1000, 50, false}};
    Str packets[COUNT_OF(segments)];
    make_tcp_packets(arena, segments, COUNT_OF(segments), packets);
    assert_int_equal(analyze_packets(arena, 1, packets, 2)->tcp_initial_rtt.count, 0);
    assert_int_equal(analyze_packets(arena, 1, packets, 3)->tcp_initial_rtt.count, 1);
}

/* Two connections on the same ports are two conversations. */
static void test_port_reuse_starts_a_connection(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const Segment segments[] = {HANDSHAKE,
                                {100, 200, FIN | ACK, 1000, 0, false},
                                {7000, 0, SYN, 1000, 0, false},
                                {7001, 9000, ACK, 1000, 5, false}};
    Str packets[COUNT_OF(segments)];
    make_tcp_packets(arena, segments, COUNT_OF(segments), packets);
    const PcapSummary *summary = analyze_packets(arena, 1, packets, COUNT_OF(packets));
    assert_int_equal(summary->tcp_conversation_count, 2);
    assert_int_equal(summary->conversations[0].packets[0], 3);
    assert_int_equal(summary->conversations[1].packets[0], 2);
    assert_int_equal(summary->conversations[1].stream, 1);
}

/* The layers of tshark's hierarchy that have bytes of their own, then the four bytes of data. */
static Str expected_layers(Arena *arena, const char *path)
{
    Str name;
    Str rest = str_of(path);
    Str layers = STR("");
    while (str_next_field(&rest, ':', &name)) {
        if (!str_equal(name, STR("wlan_radio")))
            layers = arena_printf(arena, "%.*s%.*s:", STR_ARGS(layers), STR_ARGS(name));
    }
    return arena_printf(arena, "%.*sdata", STR_ARGS(layers));
}

static void test_layers_of_every_carrier_are_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(carriers); i++) {
        Error error = {0};
        auto_strbuf StrBuf file = {0};
        auto_arena Arena *arena = arena_new();
        const Str bytes = hex_bytes(arena, carriers[i].packet);
        strbuf_init(&file, MAX_CAPTURE);
        put_simple_capture(&file, carriers[i].link_type, &bytes, 1);
        const PcapPacketDetail *packet = show_packet(arena, strbuf_str(&file), 1, &error);
        Str path = packet_path(arena, packet);
        Str expected = expected_layers(arena, carriers[i].path);
        if (!str_equal(path, expected))
            fail_msg("%zu: %.*s, not %.*s", i, STR_ARGS(path), STR_ARGS(expected));
        assert_true(str_equal(packet_field(packet, "udp.srcport"), STR("5000")) ||
                    str_ends_with(str_of(carriers[i].path), STR("udplite")));
        assert_true(str_equal(packet->row.info, STR("5000 -> 6000 len 4")) ||
                    str_ends_with(str_of(carriers[i].path), STR("udplite")));
        assert_int_equal(packet->row.transport, PCAP_TRANSPORT_UDP);
    }
}

static void test_every_prefix_of_a_packet_is_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(carriers); i++) {
        auto_arena Arena *arena = arena_new();
        const Str bytes = hex_bytes(arena, carriers[i].packet);
        for (size_t size = 0; size < bytes.size; size++) {
            Error error = {0};
            auto_strbuf StrBuf file = {0};
            const Str prefix = str_slice(bytes, 0, size);
            strbuf_init(&file, MAX_CAPTURE);
            put_simple_capture(&file, carriers[i].link_type, &prefix, 1);
            /* One record of no time and no bytes is a packet. */
            assert_non_null(show_packet(arena, strbuf_str(&file), 1, &error));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_carriers_are_decoded),
        cmocka_unit_test(test_every_prefix_of_a_packet_keeps_its_layers),
        cmocka_unit_test(test_layers_of_every_carrier_are_shown),
        cmocka_unit_test(test_every_prefix_of_a_packet_is_shown),
        cmocka_unit_test(test_tunnels_are_decoded),
        cmocka_unit_test(test_layers_cut_short),
        cmocka_unit_test(test_ipv6_extensions_are_walked),
        cmocka_unit_test(test_teredo_carries_ipv6),
        cmocka_unit_test(test_home_address_is_the_source),
        cmocka_unit_test(test_link_types_without_ip_are_named),
        cmocka_unit_test(test_fragments_are_joined_in_any_order),
        cmocka_unit_test(test_contradicting_fragments_make_no_other_flow),
        cmocka_unit_test(test_fragment_flood_is_bounded),
        cmocka_unit_test(test_nesting_is_bounded),
        cmocka_unit_test(test_tables_have_limits),
        cmocka_unit_test(test_unknown_link_type),
        cmocka_unit_test(test_tcp_events_are_counted),
        cmocka_unit_test(test_tcp_sequence_numbers_wrap),
        cmocka_unit_test(test_round_trips_are_measured),
        cmocka_unit_test(test_silent_handshake_is_reported),
        cmocka_unit_test(test_port_reuse_starts_a_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
