/* SPDX-License-Identifier: Apache-2.0 */
#include "capture_builder.h"

#include "base/mem.h"
#include "engines/pcap/tcp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MAX_CAPTURE = 16 << 20, ETHERNET = 1 };

#define MACS "020000000002 020000000001"
/* 10.0.0.1 -> 10.0.0.2, UDP 5000 -> 53; the length of IP and of UDP are given. */
#define DNS_HEADERS(ip, udp)                                                                       \
    MACS "0800 4500 " ip " 0000 0000 40 11 0000 0a000001 0a000002 1388 0035 " udp " 0000"

static Str hex_bytes(Arena *arena, const char *digits)
{
    auto_strbuf StrBuf bytes = {0};
    strbuf_init(&bytes, MAX_CAPTURE);
    put_hex(&bytes, digits);
    return arena_copy(arena, strbuf_str(&bytes));
}

static Str capture_of(Arena *arena, uint32_t link_type, const Str *packets, size_t count)
{
    auto_strbuf StrBuf file = {0};
    strbuf_init(&file, MAX_CAPTURE);
    put_simple_capture(&file, link_type, packets, count);
    return arena_copy(arena, strbuf_str(&file));
}

static PcapPacketDetail *show_hex(Arena *arena, uint32_t link_type, const char *digits)
{
    Error error = {0};
    const Str packet = hex_bytes(arena, digits);
    PcapPacketDetail *shown =
        show_packet(arena, capture_of(arena, link_type, &packet, 1), 1, &error);
    assert_non_null(shown);
    return shown;
}

static PcapPacketList *list(Arena *arena, Str bytes, const PcapPacketQuery *query)
{
    Error error = {0};
    const PcapSource source = {.mapped = bytes};
    PcapPacketList *list = pcap_list_packets(arena, &source, query, &error);
    assert_non_null(list);
    return list;
}

static void assert_field(const PcapPacketDetail *packet, const char *name, const char *value)
{
    Str found = packet_field(packet, name);
    if (!str_equal(found, str_of(value)))
        fail_msg("%s is \"%.*s\", not \"%s\"", name, STR_ARGS(found), value);
}

static void assert_path(Arena *arena, const PcapPacketDetail *packet, const char *path)
{
    Str found = packet_path(arena, packet);
    if (!str_equal(found, str_of(path)))
        fail_msg("%.*s, not %s", STR_ARGS(found), path);
}

static void assert_info(const PcapPacketRow *row, const char *info)
{
    if (!str_equal(row->info, str_of(info)))
        fail_msg("\"%.*s\", not \"%s\"", STR_ARGS(row->info), info);
}

/* Two connections one packet each in turn, then a datagram. */
static Str put_connection(Arena *arena)
{
    static const Segment segments[] = {
        {.sequence = 100, .flags = TCP_FLAG_SYN, .window = 1000},
        {.sequence = 900,
         .ack = 101,
         .flags = TCP_FLAG_SYN | TCP_FLAG_ACK,
         .window = 2000,
         .from_server = true},
        {.sequence = 101, .ack = 901, .flags = TCP_FLAG_ACK, .window = 1000},
        {.sequence = 101, .ack = 901, .flags = TCP_FLAG_ACK, .window = 1000, .payload = 10},
        {.sequence = 101, .ack = 901, .flags = TCP_FLAG_ACK, .window = 1000, .payload = 10},
    };
    Str packets[COUNT_OF(segments) + 1];
    for (size_t i = 0; i < COUNT_OF(segments); i++) {
        auto_strbuf StrBuf frame = {0};
        strbuf_init(&frame, MAX_CAPTURE);
        put_tcp_frame(&frame, segments[i]);
        packets[i] = arena_copy(arena, strbuf_str(&frame));
    }
    packets[COUNT_OF(segments)] = hex_bytes(
        arena, MACS "0800 4500 0020 0000 0000 40 11 0000 0a000001 0a000002 1388 1770 000c 0000"
                    "01020304");
    return capture_of(arena, ETHERNET, packets, COUNT_OF(packets));
}

static void test_rows_tell_the_segments(void **state)
{
    auto_arena Arena *arena = arena_new();
    const PcapPacketQuery query = {.first = 1, .count = 100};
    (void)state;
    const PcapPacketList *found = list(arena, put_connection(arena), &query);
    assert_int_equal(found->count, 6);
    assert_int_equal(found->next, 0);
    const PcapPacketRow *answer = &found->rows[1];
    assert_int_equal(answer->number, 2);
    assert_int_equal(answer->relative_ns, 1000000);
    assert_true(str_equal(answer->source, STR("10.0.0.2")));
    assert_string_equal(answer->protocol, "tcp");
    assert_int_equal(answer->transport, PCAP_TRANSPORT_TCP);
    assert_int_equal(answer->from, 1);
    assert_int_equal(answer->port[0], 80);
    assert_int_equal(answer->port[1], 1000);
    assert_int_equal(answer->sequence, 900);
    assert_int_equal(answer->relative_sequence, 0);
    assert_int_equal(answer->relative_ack, 1);
    assert_info(answer, "80 -> 1000 [SYN, ACK] seq 0 ack 1 win 2000 len 0");
    assert_int_equal(found->rows[3].events, 0);
    assert_int_equal(found->rows[4].events, 1u << PCAP_TCP_RETRANSMISSION);
    assert_int_equal(found->rows[5].transport, PCAP_TRANSPORT_UDP);
}

static void test_rows_are_paged_by_number(void **state)
{
    auto_arena Arena *arena = arena_new();
    Str bytes = put_connection(arena);
    (void)state;
    uint64_t seen = 0;
    for (uint64_t first = 1; first;) {
        const PcapPacketQuery query = {.first = first, .count = 2};
        const PcapPacketList *page = list(arena, bytes, &query);
        for (size_t i = 0; i < page->count; i++)
            assert_int_equal(page->rows[i].number, ++seen);
        first = page->next;
    }
    assert_int_equal(seen, 6);
    const PcapPacketQuery behind = {.first = 7, .count = 2};
    assert_int_equal(list(arena, bytes, &behind)->count, 0);
}

static void test_only_packets_of_a_stream_are_listed(void **state)
{
    auto_arena Arena *arena = arena_new();
    Str bytes = put_connection(arena);
    PcapPacketQuery query = {.first = 2, .count = 2};
    (void)state;
    assert_true(pcap_parse_stream(STR("0"), &query.transport, &query.stream));
    const PcapPacketList *tcp = list(arena, bytes, &query);
    assert_int_equal(tcp->count, 2);
    assert_int_equal(tcp->next, 4);
    assert_true(pcap_parse_stream(STR("udp:0"), &query.transport, &query.stream));
    const PcapPacketList *udp = list(arena, bytes, &query);
    assert_int_equal(udp->count, 1);
    assert_int_equal(udp->rows[0].number, 6);
    assert_int_equal(udp->next, 0);
    query.stream = 1;
    assert_int_equal(list(arena, bytes, &query)->count, 0);
}

static void test_names_of_streams_are_read_strictly(void **state)
{
    static const char *const wrong[] = {"",      "tcp",    "tcp:",           "tcp:-1",
                                        "udp:x", "icmp:0", "tcp:4294967296", "tcp:1 "};
    uint32_t transport = 7;
    uint32_t stream = 8;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        assert_false(pcap_parse_stream(str_of(wrong[i]), &transport, &stream));
    assert_int_equal(transport, 7);
    assert_true(pcap_parse_stream(STR("sctp:3"), &transport, &stream));
    assert_int_equal(transport, PCAP_TRANSPORT_SCTP);
    assert_int_equal(stream, 3);
}

static void test_packets_without_a_number_are_not_found(void **state)
{
    Error error = {0};
    uint64_t count = 0;
    auto_arena Arena *arena = arena_new();
    const PcapSource source = {.mapped = put_connection(arena)};
    (void)state;
    assert_null(pcap_show_packet(arena, &source, 7, &count, &error));
    assert_int_equal(error.code, ERR_NOT_FOUND);
    assert_int_equal(count, 6);
    assert_null(show_packet(arena, STR("not a capture, but a text of some length"), 1, &error));
    assert_int_equal(error.code, ERR_UNSUPPORTED_MEDIA);
}

/* The list ends where the file is damaged, and at zeros that a full disk has left. */
static void test_lists_end_with_the_packets_of_the_summary(void **state)
{
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf file = {0};
    const PcapPacketQuery query = {.first = 1, .count = 100};
    (void)state;
    strbuf_init(&file, MAX_CAPTURE);
    strbuf_append(&file, put_connection(arena));
    put_zeros(&file, 640);
    assert_int_equal(list(arena, strbuf_str(&file), &query)->count, 6);
    file.size -= 640;
    put_zeros(&file, 16);
    assert_int_equal(list(arena, strbuf_str(&file), &query)->count, 7);
    file.size -= 20;
    assert_int_equal(list(arena, strbuf_str(&file), &query)->count, 5);
}

static void test_options_of_tcp_are_listed(void **state)
{
    auto_arena Arena *arena = arena_new();
    (void)state;
    const PcapPacketDetail *packet =
        show_hex(arena, ETHERNET,
                 MACS "8100 6064 0800 4528 0048 1c46 4000 40 06 0000 0a000001 0a000002"
                      "03e8 0050 00000064 00000000 d0c2 03e8 0000 0000"
                      "020405b4 0402 080a 0000000a 0000000b 01 030307 050a 00000001 00000002 00 00"
                      "000000000000");
    assert_path(arena, packet, "eth:vlan:ip:tcp:trailer");
    assert_field(packet, "vlan.id", "100");
    assert_field(packet, "vlan.priority", "3");
    assert_field(packet, "ip.dsfield.dscp", "10");
    assert_field(packet, "ip.flags.df", "1");
    assert_field(packet, "ip.hdr_len", "20");
    assert_field(packet, "tcp.hdr_len", "52");
    assert_field(packet, "tcp.flags", "0x00c2");
    assert_field(packet, "tcp.options.mss_val", "1460");
    assert_field(packet, "tcp.options.wscale.shift", "7");
    assert_field(packet, "tcp.options.timestamp.tsecr", "11");
    assert_field(packet, "tcp.options.sack_re", "2");
    assert_int_equal(packet->layers[3].offset, 38);
    assert_int_equal(packet->layers[3].bytes, 52);
    assert_int_equal(packet->layers[4].bytes, 6);
}

static void test_answers_of_dns_are_listed(void **state)
{
    auto_arena Arena *arena = arena_new();
    (void)state;
    const PcapPacketDetail *packet =
        show_hex(arena, ETHERNET,
                 DNS_HEADERS("004d", "0039") "1234 8580 0001 0001 0000 0000"
                                             "03777777 076578616d706c65 00 0001 0001"
                                             "c00c 0001 0001 0000003c 0004 c0000207");
    assert_path(arena, packet, "eth:ip:udp:dns");
    assert_string_equal(packet->row.protocol, "dns");
    assert_info(&packet->row, "response 0x1234 A www.example: A 192.0.2.7");
    assert_field(packet, "dns.qry.name", "www.example");
    assert_field(packet, "dns.resp.name", "www.example");
    assert_field(packet, "dns.resp.ttl", "60");
    assert_field(packet, "dns.a", "192.0.2.7");
}

/* A name that points to itself, one that points ahead, counts of records that are not there. */
static void test_hostile_dns_ends(void **state)
{
    static const char *const messages[] = {
        "1234 0100 0001 0000 0000 0000 c00c 0001 0001",
        "1234 0100 ffff ffff ffff ffff c00e c00c 0001 0001",
        "1234 8180 0000 ffff 0000 0000 00 0001 0001 0000003c ffff",
        "1234 8180 0001 0001 0000 0000 3f41",
        "1234 8180 0001 0001 0000 0000 80 01 0001 0001",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf digits = {0};
        strbuf_init(&digits, MAX_CAPTURE);
        strbuf_printf(&digits, "%s%s", DNS_HEADERS("0080", "006c"), messages[i]);
        const PcapPacketDetail *packet =
            show_hex(arena, ETHERNET, arena_cstring(arena, strbuf_str(&digits)));
        assert_string_equal(packet->row.protocol, "dns");
    }
}

static void test_neighbors_are_told_in_words(void **state)
{
    auto_arena Arena *arena = arena_new();
    (void)state;
    const PcapPacketDetail *packet =
        show_hex(arena, ETHERNET,
                 MACS "0806 0001 0800 0604 0001 020000000001 0a000001 000000000000 0a000002");
    assert_path(arena, packet, "eth:arp");
    assert_true(str_equal(packet->row.source, STR("02:00:00:00:00:01")));
    assert_info(&packet->row, "who has 10.0.0.2? tell 10.0.0.1");
    assert_field(packet, "arp.dst.proto_ipv4", "10.0.0.2");
    packet = show_hex(arena, ETHERNET,
                      MACS "0800 4500 0038 0000 0000 40 01 0000 0a000001 0a000002 0304 0000 0000"
                           "05dc 4500 0028 0000 0000 40 06 0000 0a000002 0a000001 0050 03e8"
                           "00000001");
    assert_info(&packet->row, "destination unreachable: fragmentation needed");
    assert_field(packet, "icmp.mtu", "1500");
}

/* The frame that completes a datagram shows the reassembled header, whose bytes are elsewhere. */
static void test_reassembled_layers_have_no_place(void **state)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    const Str packets[] = {
        hex_bytes(arena, MACS "0800 4500 0024 0007 2000 40 11 0000 0a000001 0a000002"
                              "1388 1770 0018 0000 0102030405060708"),
        hex_bytes(arena, MACS "0800 4500 001c 0007 0002 40 11 0000 0a000001 0a000002"
                              "0102030405060708"),
    };
    (void)state;
    Str bytes = capture_of(arena, ETHERNET, packets, COUNT_OF(packets));
    const PcapPacketDetail *first = show_packet(arena, bytes, 1, &error);
    assert_path(arena, first, "eth:ip:data");
    assert_info(&first->row, "fragment of 0x0007 at 0, UDP");
    const PcapPacketDetail *second = show_packet(arena, bytes, 2, &error);
    assert_path(arena, second, "eth:ip:udp:data");
    assert_true(second->layers[2].is_reassembled);
    assert_field(second, "udp.dstport", "6000");
    assert_int_equal(second->layers[3].offset, 34);
    assert_int_equal(second->layers[3].bytes, 8);
}

static void test_text_of_packets_is_printable(void **state)
{
    auto_arena Arena *arena = arena_new();
    (void)state;
    /* GET /, an escape sequence, a line break, Host: and a byte beyond ASCII. */
    const PcapPacketDetail *packet =
        show_hex(arena, ETHERNET,
                 MACS "0800 4500 0046 0000 0000 40 06 0000 0a000001 0a000002"
                      "03e8 0050 00000064 00000000 5018 03e8 0000 0000"
                      "474554202f 1b5b33316d 20485454502f312e31 0d0a 486f73743a20ff 0d0a");
    assert_string_equal(packet->row.protocol, "http");
    assert_info(&packet->row, "GET /?[31m HTTP/1.1");
    assert_field(packet, "http.request.uri", "/?[31m");
    assert_field(packet, "http.request.line", "Host: ?");
}

static void test_unknown_links_are_data(void **state)
{
    auto_arena Arena *arena = arena_new();
    (void)state;
    const PcapPacketDetail *packet = show_hex(arena, 147, "0102030405");
    assert_path(arena, packet, "data");
    assert_int_equal(packet->layers[0].bytes, 5);
    assert_string_equal(packet->row.protocol, "unknown");
}

/* Records of DNS and of BGP, of which a packet of 64 KiB holds thousands. */
static void test_fields_have_a_limit(void **state)
{
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf packet = {0};
    Error error = {0};
    (void)state;
    strbuf_init(&packet, MAX_CAPTURE);
    put_hex(&packet, MACS "0800 4500 ffff 0000 0000 40 06 0000 0a000001 0a000002"
                          "03e8 00b3 00000064 00000000 5018 03e8 0000 0000");
    while (packet.size < 60000)
        put_hex(&packet, "ffffffffffffffffffffffffffffffff 0013 04");
    const Str bytes = strbuf_str(&packet);
    const PcapPacketDetail *shown =
        show_packet(arena, capture_of(arena, ETHERNET, &bytes, 1), 1, &error);
    size_t fields = 0;
    for (size_t i = 0; i < shown->layer_count; i++)
        fields += shown->layers[i].field_count;
    assert_int_equal(fields, PCAP_PACKET_FIELDS_MAX);
    assert_true(shown->fields_limited);
    assert_info(&shown->row, "KEEPALIVE");
}

static void test_json_and_text_are_written(void **state)
{
    Error error = {0};
    JsonWriter json;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf out = {0};
    Str bytes = put_connection(arena);
    const PcapPacketQuery query = {.first = 1, .count = 5};
    (void)state;
    strbuf_init(&out, MAX_CAPTURE);
    json_start(&json, &out);
    pcap_write_packet_list_json(&json, list(arena, bytes, &query));
    const JsonValue *read = json_parse(arena, strbuf_str(&out), &error);
    assert_int_equal(json_get(read, "items")->count, 5);
    assert_int_equal(json_i64_or(read, "next", 0), 6);
    strbuf_clear(&out);
    json_start(&json, &out);
    const PcapPacketDetail *packet = show_packet(arena, bytes, 6, &error);
    pcap_write_packet_json(&json, packet);
    read = json_parse(arena, strbuf_str(&out), &error);
    assert_int_equal(json_str_or(read, "bytes", STR("")).size, 2 * 46);
    strbuf_clear(&out);
    pcap_write_packet_text(&out, packet);
    assert_true(str_find(strbuf_str(&out), STR("000020  00 02 13 88 17 70")) != STR_NOT_FOUND);
    strbuf_clear(&out);
    pcap_write_packet_list_text(&out, list(arena, bytes, &query));
    assert_true(str_find(strbuf_str(&out), STR("[retransmission] 1000 -> 80")) != STR_NOT_FOUND);
    assert_true(str_ends_with(strbuf_str(&out), STR("more: --first 6\n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_tell_the_segments),
        cmocka_unit_test(test_rows_are_paged_by_number),
        cmocka_unit_test(test_only_packets_of_a_stream_are_listed),
        cmocka_unit_test(test_names_of_streams_are_read_strictly),
        cmocka_unit_test(test_packets_without_a_number_are_not_found),
        cmocka_unit_test(test_lists_end_with_the_packets_of_the_summary),
        cmocka_unit_test(test_options_of_tcp_are_listed),
        cmocka_unit_test(test_answers_of_dns_are_listed),
        cmocka_unit_test(test_hostile_dns_ends),
        cmocka_unit_test(test_neighbors_are_told_in_words),
        cmocka_unit_test(test_reassembled_layers_have_no_place),
        cmocka_unit_test(test_text_of_packets_is_printable),
        cmocka_unit_test(test_unknown_links_are_data),
        cmocka_unit_test(test_fields_have_a_limit),
        cmocka_unit_test(test_json_and_text_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
