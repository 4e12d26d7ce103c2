/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/layers.h"
#include "engines/pcap/notes.h"

enum {
    IP_HOP_OPTIONS = 0,
    IP_ICMP = 1,
    IP_IGMP = 2,
    IP_IPV4 = 4,
    IP_TCP = 6,
    IP_UDP = 17,
    IP_IPV6 = 41,
    IP_ROUTING = 43,
    IP_FRAGMENT = 44,
    IP_RSVP = 46,
    IP_GRE = 47,
    IP_ESP = 50,
    IP_AH = 51,
    IP_ICMPV6 = 58,
    IP_NO_NEXT = 59,
    IP_DESTINATION_OPTIONS = 60,
    IP_EIGRP = 88,
    IP_OSPF = 89,
    IP_ETHERIP = 97,
    IP_PIM = 103,
    IP_VRRP = 112,
    IP_SCTP = 132,
    IP_RSVP_IGNORE = 134,
    IP_UDPLITE = 136,
    IP_MPLS = 137,
    IP_SHIM6 = 140,
    IP_ETHERNET = 143,
};

static PcapAddress ipv4_address(const uint8_t *bytes)
{
    PcapAddress address = {.family = 4};
    memcpy(address.bytes, bytes, 4);
    return address;
}

static PcapAddress ipv6_address(const uint8_t *bytes)
{
    PcapAddress address = {.family = 6};
    memcpy(address.bytes, bytes, 16);
    return address;
}

void decode_ip(DecodedPacket *packet, Slice slice)
{
    if (slice.captured == 0)
        return;
    if (slice.data[0] >> 4 == 4)
        decode_ipv4(packet, slice);
    else if (slice.data[0] >> 4 == 6)
        decode_ipv6(packet, slice);
    else
        decode_enter(packet, PROTOCOL_IP, slice);
}

/*
 * Where in the header the final destination is: RFC 791's source routes hold it at their end. Bytes
 * of the header are all captured.
 */
static uint32_t destination_at(const uint8_t *header, uint32_t header_bytes)
{
    enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_LOOSE_ROUTE = 131, OPTION_STRICT_ROUTE = 137 };
    const uint32_t plain = 16;
    for (uint32_t at = 20; at < header_bytes && header[at] != OPTION_END;) {
        if (header[at] == OPTION_NOP) {
            at++;
            continue;
        }
        uint32_t size = at + 1 < header_bytes ? header[at + 1] : 0;
        if (size < 2 || size > header_bytes - at)
            break;
        if (header[at] == OPTION_LOOSE_ROUTE || header[at] == OPTION_STRICT_ROUTE) {
            uint32_t pointer = size > 2 ? header[at + 2] : 0;
            bool valid = pointer >= 4 && pointer % 4 == 0 && pointer <= size;
            return valid ? at + size - 4 : plain;
        }
        at += size;
    }
    return plain;
}

/* RFC 1918, and 169.254/16. */
static bool is_private(const PcapAddress *address)
{
    const uint8_t *bytes = address->bytes;
    return bytes[0] == 10 || (bytes[0] == 172 && bytes[1] >> 4 == 1) ||
           (bytes[0] == 192 && bytes[1] == 168) || (bytes[0] == 169 && bytes[1] == 254);
}

/* False when the payload is to be left alone: a fragment whose datagram is not complete. */
static bool reassemble_ipv4(DecodedPacket *packet, const uint8_t *header, uint32_t size,
                            Slice *payload)
{
    uint16_t field = load_be16(header + 6);
    Fragment fragment = {.key.address = {packet->address[0], packet->address[1]},
                         .key.id = (uint32_t)load_be16(header + 4) ^ (uint32_t)header[9] << 16,
                         .offset = (field & 0x1fff) * 8u,
                         .more = field & 0x2000,
                         .payload = slice_trim(*payload, size)};
    if (fragment.offset == 0 && !fragment.more)
        return true;
    if (size == 0 || payload->captured < size) {
        packet->fragmented = fragment.more;
        return fragment.offset == 0;
    }
    if (is_private(&packet->address[0]) || is_private(&packet->address[1]))
        fragment.key.id ^= packet->vlan;
    return fragments_add(&packet->decoder->fragments, &fragment, payload);
}

void decode_ipv4(DecodedPacket *packet, Slice slice)
{
    if (slice.captured < 1 || !decode_enter(packet, PROTOCOL_IP, slice))
        return;
    const uint8_t *header = slice.data;
    uint32_t header_bytes = (header[0] & 15) * 4u;
    if (header[0] >> 4 != 4) {
        /* Some cooked captures say IPv4 where IPv6 is. */
        if (header[0] >> 4 == 6)
            decode_ipv6(packet, slice);
        return;
    }
    if (header_bytes < 20 || slice.captured < header_bytes)
        return;
    uint32_t size = load_be16(header + 2);
    /* Segmentation offload leaves the length zero. */
    if (size == 0)
        size = slice.reported;
    if (size < header_bytes)
        return;
    slice = slice_trim(slice, size);
    if (slice.captured < header_bytes)
        return;
    if (packet->decoder->notes)
        notes_ip(packet->decoder->notes, packet, slice, header_bytes);
    packet->address[0] = ipv4_address(header + 12);
    packet->address[1] = ipv4_address(header + destination_at(header, header_bytes));
    flows_count_hosts(&packet->decoder->flows, &packet->address[0], &packet->address[1],
                      packet->bytes);
    Slice payload = slice_after(slice, header_bytes);
    bool was_fragmented = packet->fragmented;
    packet->fragmented = false;
    if (reassemble_ipv4(packet, header, size - header_bytes, &payload) && payload.reported > 0)
        decode_ip_protocol(packet, header[9], payload);
    packet->fragmented = was_fragmented;
}

/* The payload length of a jumbogram (RFC 2675) in a hop-by-hop header, or 0. */
static uint32_t jumbo_size(Slice header)
{
    enum { OPTION_PAD1 = 0, OPTION_JUMBO = 0xc2 };
    if (header.captured < 2)
        return 0;
    uint32_t end = (header.data[1] + 1u) * 8;
    for (uint32_t at = 2; at + 2 <= end && at + 2 <= header.captured;) {
        if (header.data[at] == OPTION_PAD1) {
            at++;
            continue;
        }
        uint32_t size = header.data[at + 1];
        if (header.data[at] == OPTION_JUMBO && size == 4 && at + 6 <= header.captured)
            return load_be32(header.data + at + 2);
        at += 2 + size;
    }
    return 0;
}

/* A source route still to be travelled hides the destination (RFC 2460 type 0, RFC 6275 type 2). */
static void take_routing(DecodedPacket *packet, Slice header, uint32_t size)
{
    uint8_t type = header.data[2];
    uint8_t left = header.data[3];
    if (left == 0 || (type != 0 && type != 2) || size < 24)
        return;
    uint32_t last = 8 + ((size - 8) / 16 - 1) * 16;
    if (header.captured >= last + 16)
        packet->address[1] = ipv6_address(header.data + last);
}

/*
 * RFC 6275 section 6.3: a mobile node away from home says its home address, which is the source. As
 * in tshark, the address counts even if the length of the option is wrong.
 */
static void take_home_address(DecodedPacket *packet, Slice header, uint32_t size)
{
    enum { OPTION_PAD1 = 0, OPTION_HOME_ADDRESS = 0xc9 };
    for (uint32_t at = 2; at + 2 <= size;) {
        if (header.data[at] == OPTION_PAD1) {
            at++;
            continue;
        }
        if (header.data[at] == OPTION_HOME_ADDRESS && size - at >= 18)
            packet->address[0] = ipv6_address(header.data + at + 2);
        at += 2u + header.data[at + 1];
    }
}

/*
 * Passes the fragment header. False when the payload is to be left alone; *plain_bytes is the IPv6
 * payload length less the headers passed.
 */
static bool reassemble_ipv6(DecodedPacket *packet, uint32_t plain_bytes, Slice *slice)
{
    const uint8_t *header = slice->data;
    uint16_t field = load_be16(header + 2);
    *slice = slice_after(*slice, 8);
    uint32_t size = plain_bytes - MIN_OF(plain_bytes, 8u);
    const Fragment fragment = {.key.address = {packet->address[0], packet->address[1]},
                               .key.id = load_be32(header + 4),
                               .offset = field & 0xfff8,
                               .more = field & 1,
                               .payload = slice_trim(*slice, size)};
    if ((fragment.offset == 0 && !fragment.more) || size == 0)
        return true;
    packet->fragmented = true;
    if (slice->captured < size || !fragments_add(&packet->decoder->fragments, &fragment, slice))
        return false;
    packet->fragmented = false;
    return true;
}

/*
 * Passes the extension headers (RFC 8200 section 4; AH by RFC 4302); false when they end the
 * decoding.
 */
static bool pass_extensions(DecodedPacket *packet, uint32_t plain_bytes, uint8_t *next,
                            Slice *slice)
{
    for (uint32_t passed = 0; passed <= UINT16_MAX;) {
        uint32_t size;
        switch (*next) {
        case IP_HOP_OPTIONS:
        case IP_DESTINATION_OPTIONS:
        case IP_ROUTING:
        case IP_SHIM6:
            if (slice->captured < 8)
                return false;
            size = (slice->data[1] + 1u) * 8;
            break;
        case IP_AH:
            if (slice->captured < 12)
                return false;
            size = (slice->data[1] + 2u) * 4;
            break;
        case IP_FRAGMENT:
            if (slice->captured < 8)
                return false;
            size = 8;
            break;
        default:
            return true;
        }
        if (slice->captured < size)
            return false;
        uint8_t after = slice->data[0];
        if (*next == IP_ROUTING)
            take_routing(packet, *slice, size);
        if (*next == IP_DESTINATION_OPTIONS)
            take_home_address(packet, *slice, size);
        if (*next != IP_FRAGMENT)
            *slice = slice_after(*slice, size);
        else if (!reassemble_ipv6(packet, plain_bytes - MIN_OF(plain_bytes, passed), slice))
            return false;
        passed += size;
        *next = after;
    }
    return false;
}

void decode_ipv6(DecodedPacket *packet, Slice slice)
{
    enum { HEADER_BYTES = 40 };
    if (!decode_enter(packet, PROTOCOL_IPV6, slice))
        return;
    if (slice.captured < HEADER_BYTES || slice.data[0] >> 4 != 6)
        return;
    const PcapAddress source = ipv6_address(slice.data + 8);
    const PcapAddress destination = ipv6_address(slice.data + 24);
    packet->address[0] = source;
    packet->address[1] = destination;
    uint8_t next = slice.data[6];
    uint32_t size = load_be16(slice.data + 4);
    if (size == 0 && next == IP_HOP_OPTIONS)
        size = jumbo_size(slice_after(slice, HEADER_BYTES));
    else if (size == 0 && next != IP_NO_NEXT)
        size = slice.reported - HEADER_BYTES;
    if (packet->decoder->notes)
        notes_ip(packet->decoder->notes, packet, slice_trim(slice, HEADER_BYTES + size),
                 HEADER_BYTES);
    slice = slice_trim(slice_after(slice, HEADER_BYTES), size);
    bool was_fragmented = packet->fragmented;
    /* As in tshark, hosts are counted when the payload is reached, and by the header's own address.
     */
    if (pass_extensions(packet, size, &next, &slice)) {
        flows_count_hosts(&packet->decoder->flows, &source, &destination, packet->bytes);
        if (next != IP_NO_NEXT)
            decode_ip_protocol(packet, next, slice);
    }
    packet->fragmented = was_fragmented;
}

/* RFC 4302, under IPv4; under IPv6 it is one of the extension headers. */
static void decode_authentication(DecodedPacket *packet, Slice slice)
{
    if (slice.captured < 2 || !decode_enter(packet, PROTOCOL_AH, slice) || slice.captured < 12)
        return;
    uint32_t size = (slice.data[1] + 2u) * 4;
    if (slice.captured >= size)
        decode_ip_protocol(packet, slice.data[0], slice_after(slice, size));
}

/* Two routing protocols came as types of IGMP: RFC 1075, and PIM version 1. */
static void decode_igmp(DecodedPacket *packet, Slice slice)
{
    enum { TYPE_DVMRP = 0x13, TYPE_PIM = 0x14 };
    if (slice.captured == 0)
        return;
    uint8_t type = slice.data[0];
    decode_enter(packet,
                 type == TYPE_DVMRP ? PROTOCOL_DVMRP
                 : type == TYPE_PIM ? PROTOCOL_PIM
                                    : PROTOCOL_IGMP,
                 slice);
}

/* RFC 7761 section 4.9.3: a register message carries a multicast packet behind eight bytes. */
static void decode_pim(DecodedPacket *packet, Slice slice)
{
    enum { REGISTER = 0x21, HEADER_BYTES = 8 };
    if (slice.captured == 0 || !decode_enter(packet, PROTOCOL_PIM, slice) ||
        slice.data[0] != REGISTER)
        return;
    Slice inner = slice_after(slice, HEADER_BYTES);
    if (inner.captured > 0 && (inner.data[0] >> 4 == 4 || inner.data[0] >> 4 == 6))
        decode_ip(packet, inner);
}

/* RFC 3378. */
static void decode_etherip(DecodedPacket *packet, Slice slice)
{
    if (slice.captured >= 2 && decode_enter(packet, PROTOCOL_ETHERIP, slice))
        decode_ethernet(packet, slice_after(slice, 2));
}

void decode_ip_protocol(DecodedPacket *packet, uint8_t protocol, Slice slice)
{
    /* tshark counts the last layer of a packet that is cut short from so many bytes on. */
    static const struct {
        uint8_t number;
        uint8_t needed;
        Protocol protocol;
    } leaves[] = {
        {IP_ICMP, 6, PROTOCOL_ICMP}, {IP_ICMPV6, 0, PROTOCOL_ICMPV6},
        {IP_RSVP, 1, PROTOCOL_RSVP}, {IP_RSVP_IGNORE, 1, PROTOCOL_RSVP},
        {IP_ESP, 0, PROTOCOL_ESP},   {IP_EIGRP, 16, PROTOCOL_EIGRP},
        {IP_OSPF, 4, PROTOCOL_OSPF}, {IP_VRRP, 1, PROTOCOL_VRRP},
    };
    switch (protocol) {
    case IP_TCP:
        decode_tcp(packet, slice);
        return;
    case IP_UDP:
        decode_udp(packet, slice);
        return;
    case IP_UDPLITE:
        decode_udplite(packet, slice);
        return;
    case IP_SCTP:
        decode_sctp(packet, slice);
        return;
    case IP_IGMP:
        decode_igmp(packet, slice);
        return;
    case IP_IPV4:
        decode_ip(packet, slice);
        return;
    case IP_IPV6:
        decode_ipv6(packet, slice);
        return;
    case IP_GRE:
        decode_gre(packet, slice);
        return;
    case IP_AH:
        decode_authentication(packet, slice);
        return;
    case IP_MPLS:
        decode_mpls(packet, slice);
        return;
    case IP_PIM:
        decode_pim(packet, slice);
        return;
    case IP_ETHERIP:
        decode_etherip(packet, slice);
        return;
    case IP_ETHERNET:
        decode_ethernet(packet, slice);
        return;
    default:
        break;
    }
    for (size_t i = 0; i < COUNT_OF(leaves); i++) {
        if (leaves[i].number == protocol && slice.captured >= leaves[i].needed)
            decode_enter(packet, leaves[i].protocol, slice);
    }
    bool is_icmp = protocol == IP_ICMP || protocol == IP_ICMPV6;
    if (is_icmp && packet->decoder->notes)
        notes_icmp(packet->decoder->notes, packet, protocol == IP_ICMP ? 4 : 6, slice);
}
