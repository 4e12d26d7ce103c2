/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/decode.h"

#include "engines/pcap/dissection.h"
#include "engines/pcap/layers.h"
#include "engines/pcap/notes.h"

enum {
    ETHERTYPE_MIN = 1536,
    LENGTH_MAX = 1500,
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_ARP = 0x0806,
    ETHERTYPE_RARP = 0x8035,
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_VLAN_OLD = 0x9100,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_MPLS = 0x8847,
    ETHERTYPE_MPLS_MULTICAST = 0x8848,
    ETHERTYPE_PPPOE_DISCOVERY = 0x8863,
    ETHERTYPE_PPPOE_SESSION = 0x8864,
    ETHERTYPE_8021AD = 0x88a8,
    ETHERTYPE_8021AH = 0x88e7,
    ETHERTYPE_BRIDGED = 0x6558,
    ETHERTYPE_HSR = 0x892f,
    ETHERTYPE_NSH = 0x894f,
    ETHERTYPE_CMD = 0x8909,
    ETHERTYPE_ARISTA = 0xd28b,
};

void decoder_init(Decoder *decoder, const PcapLimits *limits)
{
    *decoder = (Decoder){0};
    hierarchy_init(&decoder->hierarchy);
    flows_init(&decoder->flows, limits);
    tcp_pool_init(&decoder->tcp_pool);
    decoder->notes = limits->without_facts ? NULL : notes_new();
}

void decoder_done(Decoder *decoder)
{
    hierarchy_done(&decoder->hierarchy);
    flows_done(&decoder->flows);
    fragments_done(&decoder->fragments);
    tcp_pool_done(&decoder->tcp_pool);
    answers_done(&decoder->answers);
    notes_free(decoder->notes);
}

bool decode_enter(DecodedPacket *packet, Protocol protocol, Slice slice)
{
    if (packet->depth == DECODE_MAX_DEPTH) {
        packet->decoder->hierarchy.limited = true;
        return false;
    }
    packet->depth++;
    packet->node =
        hierarchy_count(&packet->decoder->hierarchy, packet->node, protocol, packet->bytes);
    if (packet->decoder->dissection)
        dissection_add_layer(packet->decoder->dissection, protocol, slice);
    return true;
}

static void decode_stp(DecodedPacket *packet, Slice slice)
{
    enum { TYPE_CONFIGURATION = 0, TYPE_RAPID = 2, IDENTIFIERS_END = 27 };
    if (slice.captured < 4)
        return;
    uint8_t type = slice.data[3];
    bool is_long = type == TYPE_CONFIGURATION || type == TYPE_RAPID;
    if (!is_long || slice.captured >= IDENTIFIERS_END)
        decode_enter(packet, PROTOCOL_STP, slice);
}

/* IEEE 802.2, with SNAP (RFC 1042) where the SAPs say so. */
void decode_llc(DecodedPacket *packet, Slice slice)
{
    enum { SAP_STP = 0x42, SAP_SNAP = 0xaa, SAP_IP = 0x06 };
    if (slice.captured < 1 || !decode_enter(packet, PROTOCOL_LLC, slice) || slice.captured < 3)
        return;
    uint8_t destination = slice.data[0];
    uint8_t source = slice.data[1];
    if (destination == SAP_SNAP && source == SAP_SNAP) {
        if (slice.captured < 8)
            return;
        uint32_t organisation = load_be32(slice.data + 2) & 0xffffff;
        uint16_t type = load_be16(slice.data + 6);
        /* Encapsulated Ethernet, and Cisco's own use of it. */
        if (organisation == 0x000000 || organisation == 0x0000f8)
            decode_ethertype(packet, type, slice_after(slice, 8));
        else if (organisation == 0x00000c && type == 0x010b)
            decode_stp(packet, slice_after(slice, 8));
    } else if (destination == SAP_STP) {
        decode_stp(packet, slice_after(slice, 3));
    } else if (destination == SAP_IP) {
        decode_ip(packet, slice_after(slice, 3));
    }
}

/* What follows a type or length field; 0xffff at the start of an 802.3 frame is Novell's. */
static void decode_type_or_length(DecodedPacket *packet, uint16_t type, Slice slice)
{
    if (type >= ETHERTYPE_MIN) {
        decode_ethertype(packet, type, slice);
    } else if (type <= LENGTH_MAX && type > 0) {
        slice = slice_trim(slice, type);
        bool novell = slice.captured >= 2 && load_be16(slice.data) == 0xffff;
        if (!novell)
            decode_llc(packet, slice);
    }
}

/* Cisco ISL is told by its group address. */
static bool is_isl(const uint8_t *address)
{
    static const uint8_t rest[4] = {0x00, 0x0c, 0x00, 0x00};
    return (address[0] == 0x01 || address[0] == 0x0c) && memcmp(address + 1, rest, 4) == 0;
}

/* A header of 26 bytes, a frame of the type in its first byte, and a checksum. */
static void decode_isl(DecodedPacket *packet, Slice slice)
{
    enum { HEADER_BYTES = 26 };
    bool is_ethernet = (slice.data[5] >> 4) == 0;
    if (!decode_enter(packet, PROTOCOL_ISL, slice) || slice.captured < HEADER_BYTES || !is_ethernet)
        return;
    uint32_t size = load_be16(slice.data + 12);
    /* The length counts from the sixth byte behind it on. */
    Slice whole = slice_trim(slice, size + 14);
    decode_ethernet(packet, slice_after(whole, HEADER_BYTES));
}

void decode_ethernet(DecodedPacket *packet, Slice slice)
{
    if (slice.captured < 14)
        return;
    uint16_t type = load_be16(slice.data + 12);
    if (type <= LENGTH_MAX && is_isl(slice.data)) {
        decode_isl(packet, slice);
        return;
    }
    if (decode_enter(packet, PROTOCOL_ETH, slice))
        decode_type_or_length(packet, type, slice_after(slice, 14));
}

static void decode_vlan(DecodedPacket *packet, Slice slice)
{
    if (slice.captured < 2 || !decode_enter(packet, PROTOCOL_VLAN, slice) || slice.captured < 4)
        return;
    packet->vlan = load_be16(slice.data) & 0x0fff;
    if (packet->decoder->notes)
        notes_vlan(packet->decoder->notes, packet->vlan, false);
    decode_type_or_length(packet, load_be16(slice.data + 2), slice_after(slice, 4));
}

static void note_service_vlan(const DecodedPacket *packet, Slice tag)
{
    if (packet->decoder->notes)
        notes_vlan(packet->decoder->notes, load_be16(tag.data) & 0x0fff, true);
}

/*
 * IEEE 802.1ad: a type follows, never a length. Two of its tags in a row count as one layer, as in
 * tshark.
 */
static void decode_service_vlan(DecodedPacket *packet, Slice slice)
{
    if (slice.captured < 2 || !decode_enter(packet, PROTOCOL_IEEE8021AD, slice) ||
        slice.captured < 4)
        return;
    if (slice.captured >= 8 && load_be16(slice.data + 2) == ETHERTYPE_8021AD) {
        note_service_vlan(packet, slice);
        slice = slice_after(slice, 4);
    }
    packet->vlan = load_be16(slice.data) & 0x0fff;
    note_service_vlan(packet, slice);
    decode_ethertype(packet, load_be16(slice.data + 2), slice_after(slice, 4));
}

/* IEEE 802.1ah: tag, customer addresses, then a type of its own. */
static void decode_backbone(DecodedPacket *packet, Slice slice)
{
    if (slice.captured < 4 || !decode_enter(packet, PROTOCOL_IEEE8021AH, slice) ||
        slice.captured < 18)
        return;
    decode_ethertype(packet, load_be16(slice.data + 16), slice_after(slice, 18));
}

static void decode_pppoe(DecodedPacket *packet, Protocol protocol, Slice slice)
{
    if (slice.captured < 6 || !decode_enter(packet, protocol, slice) || protocol == PROTOCOL_PPPOED)
        return;
    uint16_t size = load_be16(slice.data + 4);
    Slice payload = slice_trim(slice_after(slice, 6), size);
    if (payload.captured >= 2 && decode_enter(packet, PROTOCOL_PPP, payload))
        decode_ppp(packet, payload);
}

void decode_pppoe_session(DecodedPacket *packet, Slice slice)
{
    decode_pppoe(packet, PROTOCOL_PPPOES, slice);
}

/* Cisco MetaData (TrustSec): a version, the length of the options in words of four bytes, of which
 * the security group tag is one; the type of the rest. */
static void decode_metadata(DecodedPacket *packet, Slice slice)
{
    if (slice.captured < 2 || !decode_enter(packet, PROTOCOL_CMD, slice))
        return;
    uint32_t size = 2 + slice.data[1] * 4u;
    if (slice.captured >= size + 2)
        decode_ethertype(packet, load_be16(slice.data + size), slice_after(slice, size + 2));
}

/* Arista's timestamp: a subtype, a version, the time in 64 or 48 bits; the type of the rest. */
static void decode_arista(DecodedPacket *packet, Slice slice)
{
    enum { SUBTYPE_TIMESTAMP = 1, UTC = 0x100, BITS_64 = 0x10, BITS_48 = 0x20 };
    if (slice.captured < 4 || !decode_enter(packet, PROTOCOL_AVSP, slice))
        return;
    uint32_t version = load_be16(slice.data + 2) & ~(uint32_t)UTC;
    if (load_be16(slice.data) != SUBTYPE_TIMESTAMP || (version != BITS_64 && version != BITS_48))
        return;
    uint32_t size = version == BITS_64 ? 12 : 10;
    if (slice.captured >= size + 2)
        decode_ethertype(packet, load_be16(slice.data + size), slice_after(slice, size + 2));
}

/* IEC 62439-3 ring redundancy: path and size, a sequence number, the type of the rest. */
static void decode_ring(DecodedPacket *packet, Slice slice)
{
    if (decode_enter(packet, PROTOCOL_HSR, slice) && slice.captured >= 6)
        decode_ethertype(packet, load_be16(slice.data + 4), slice_after(slice, 6));
}

static void decode_arp(DecodedPacket *packet, Slice slice)
{
    if (slice.captured < 2 || !decode_enter(packet, PROTOCOL_ARP, slice))
        return;
    if (packet->decoder->notes)
        notes_arp(packet->decoder->notes, packet, slice);
}

void decode_ethertype(DecodedPacket *packet, uint16_t type, Slice slice)
{
    switch (type) {
    case ETHERTYPE_IPV4:
        decode_ipv4(packet, slice);
        break;
    case ETHERTYPE_IPV6:
        decode_ipv6(packet, slice);
        break;
    case ETHERTYPE_ARP:
    case ETHERTYPE_RARP:
        decode_arp(packet, slice);
        break;
    case ETHERTYPE_VLAN:
    case ETHERTYPE_VLAN_OLD:
        decode_vlan(packet, slice);
        break;
    case ETHERTYPE_8021AD:
        decode_service_vlan(packet, slice);
        break;
    case ETHERTYPE_8021AH:
        decode_backbone(packet, slice);
        break;
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_MULTICAST:
        decode_mpls(packet, slice);
        break;
    case ETHERTYPE_PPPOE_DISCOVERY:
        decode_pppoe(packet, PROTOCOL_PPPOED, slice);
        break;
    case ETHERTYPE_PPPOE_SESSION:
        decode_pppoe_session(packet, slice);
        break;
    case ETHERTYPE_BRIDGED:
        decode_ethernet(packet, slice);
        break;
    case ETHERTYPE_HSR:
        decode_ring(packet, slice);
        break;
    case ETHERTYPE_NSH:
        decode_nsh(packet, slice);
        break;
    case ETHERTYPE_CMD:
        decode_metadata(packet, slice);
        break;
    case ETHERTYPE_ARISTA:
        decode_arista(packet, slice);
        break;
    default:
        break;
    }
}

/*
 * RFC 4448: Ethernet, behind a control word whose first half is zero unless fragmented. Both begin
 * with four zero bits; tshark asks its list of manufacturers whether they are addresses.
 */
static void decode_pseudowire(DecodedPacket *packet, Slice slice)
{
    enum { ETHERNET_BYTES = 14, ADDRESSES_BYTES = 9 };
    bool may_be_plain = slice.reported >= ETHERNET_BYTES;
    if (may_be_plain ? slice.captured < ADDRESSES_BYTES : slice.captured < 4)
        return;
    if (may_be_plain && load_be16(slice.data) != 0) {
        if (decode_enter(packet, PROTOCOL_PSEUDOWIRE, slice))
            decode_ethernet(packet, slice);
    } else if (decode_enter(packet, PROTOCOL_PSEUDOWIRE_CONTROL, slice) &&
               decode_enter(packet, PROTOCOL_PSEUDOWIRE_WORD, slice)) {
        decode_ethernet(packet, slice_after(slice, 4));
    }
}

/* RFC 3032; what follows the stack is told by its first four bits (RFC 4928). */
void decode_mpls(DecodedPacket *packet, Slice slice)
{
    enum { LABEL_CHANNEL = 13, LABEL_ALERT = 14 };
    uint32_t label;
    bool bottom;
    do {
        if (slice.captured < 4 || !decode_enter(packet, PROTOCOL_MPLS, slice))
            return;
        label = load_be32(slice.data) >> 12;
        bottom = slice.data[2] & 1;
        slice = slice_after(slice, 4);
    } while (!bottom);
    if (slice.captured == 0 || label == LABEL_CHANNEL || label == LABEL_ALERT)
        return;
    uint8_t version = slice.data[0] >> 4;
    if (version == 4 || version == 6)
        decode_ip(packet, slice);
    else if (version == 0)
        decode_pseudowire(packet, slice);
}

/* After address and control: RFC 1661, the protocol field possibly compressed to one byte. */
void decode_ppp(DecodedPacket *packet, Slice slice)
{
    enum { PPP_IPV4 = 0x21, PPP_IPV6 = 0x57, PPP_MPLS = 0x281, PPP_MPLS_MULTICAST = 0x283 };
    uint32_t size = slice.captured > 0 && (slice.data[0] & 1) ? 1 : 2;
    if (slice.captured < size)
        return;
    uint16_t protocol = size == 1 ? slice.data[0] : load_be16(slice.data);
    slice = slice_after(slice, size);
    switch (protocol) {
    case PPP_IPV4:
    case ETHERTYPE_IPV4:
        decode_ip(packet, slice);
        break;
    case PPP_IPV6:
    case ETHERTYPE_IPV6:
        decode_ipv6(packet, slice);
        break;
    case PPP_MPLS:
    case PPP_MPLS_MULTICAST:
        decode_mpls(packet, slice);
        break;
    default:
        break;
    }
}
