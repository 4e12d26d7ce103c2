/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/dissection.h"
#include "engines/pcap/layers.h"

/* Numbers of the LINKTYPE_ registry, and of the DLT_ values some systems write instead. */
enum {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_TOKEN_RING = 6,
    LINK_SLIP = 8,
    LINK_PPP = 9,
    LINK_FDDI = 10,
    LINK_ATM_DLT = 11,
    LINK_RAW_DLT = 12,
    LINK_RAW_OPENBSD = 14,
    LINK_OLD_PFLOG = 17,
    LINK_PPP_HDLC = 50,
    LINK_PPP_ETHERNET = 51,
    LINK_ATM = 100,
    LINK_RAW = 101,
    LINK_CISCO_HDLC = 104,
    LINK_WLAN = 105,
    LINK_CLIP = 106,
    LINK_FRAME_RELAY = 107,
    LINK_LOOP = 108,
    LINK_ENC = 109,
    LINK_SLL = 113,
    LINK_PFLOG = 117,
    LINK_PRISM = 119,
    LINK_RADIOTAP = 127,
    LINK_AVS = 163,
    LINK_PPP_PPPD = 166,
    LINK_JUNIPER_ETHERNET = 178,
    LINK_JUNIPER_PPP = 179,
    LINK_JUNIPER_FRAME_RELAY = 180,
    LINK_JUNIPER_HDLC = 181,
    LINK_PPI = 192,
    LINK_ERF = 197,
    LINK_PPP_DIRECTION = 204,
    LINK_MPLS = 219,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_NFLOG = 239,
    LINK_PKTAP = 258,
    LINK_SLL2 = 276,
};

/* The numbers of the address families differ between systems. */
static void decode_family(DecodedPacket *packet, uint32_t family, Slice slice)
{
    enum {
        FAMILY_IPV4 = 2,
        FAMILY_IPV6_BSD = 24,
        FAMILY_IPV6_FREEBSD = 28,
        FAMILY_IPV6_DARWIN = 30
    };
    if (family == FAMILY_IPV4)
        decode_ip(packet, slice);
    else if (family == FAMILY_IPV6_BSD || family == FAMILY_IPV6_FREEBSD ||
             family == FAMILY_IPV6_DARWIN)
        decode_ipv6(packet, slice);
}

/*
 * BSD's loopback: an address family in the byte order of the machine that wrote it; some put it in
 * 16 bits. Larger values are Ethernet types.
 */
static void decode_null(DecodedPacket *packet, Slice slice)
{
    if (slice.captured < 4)
        return;
    if (load_be16(slice.data) == 0xff03) {
        if (decode_enter(packet, PROTOCOL_PPP, slice))
            decode_ppp(packet, slice_after(slice, 2));
        return;
    }
    uint32_t family = load_le32(slice.data);
    if (family & 0xffff0000) {
        bool short_family = (family & 0xff000000) == 0 && (family & 0x00ff0000) < 0x00060000;
        family = short_family ? family >> 16 : load_be32(slice.data);
    } else if ((family & 0xff) == 0 && (family & 0xff00) < 0x0600) {
        family = family >> 8;
    }
    if (!decode_enter(packet, PROTOCOL_NULL_LINK, slice))
        return;
    slice = slice_after(slice, 4);
    if (family > 1500)
        decode_ethertype(packet, (uint16_t)family, slice);
    else
        decode_family(packet, family, slice);
}

/* OpenBSD's loopback: the family is big-endian and nothing else. */
static void decode_loop(DecodedPacket *packet, Slice slice)
{
    if (slice.captured >= 4 && decode_enter(packet, PROTOCOL_NULL_LINK, slice))
        decode_family(packet, load_be32(slice.data), slice_after(slice, 4));
}

/* Linux "cooked" headers, versions 1 and 2: the protocol is an Ethernet type or a number below it.
 */
static void decode_cooked(DecodedPacket *packet, uint32_t header, uint32_t type_at, Slice slice)
{
    enum { COOKED_ETHERNET = 3, COOKED_802_2 = 4 };
    /* Up to the packet type and the hardware type tshark looks before it counts the layer. */
    uint32_t needed = type_at ? 4 : 12;
    if (slice.captured < needed || !decode_enter(packet, PROTOCOL_SLL, slice) ||
        slice.captured < header)
        return;
    uint16_t type = load_be16(slice.data + type_at);
    slice = slice_after(slice, header);
    if (type == COOKED_802_2)
        decode_llc(packet, slice);
    else if (type == COOKED_ETHERNET)
        decode_ethernet(packet, slice);
    else if (type > 1536)
        decode_ethertype(packet, type, slice);
}

void decode_ppp_frame(DecodedPacket *packet, Slice slice)
{
    if (slice.captured < 1)
        return;
    bool has_address = slice.data[0] == 0xff;
    if (decode_enter(packet, PROTOCOL_PPP, slice))
        decode_ppp(packet, has_address ? slice_after(slice, 2) : slice);
}

/* A PPP link type holds Cisco's HDLC as well, which its address byte tells. */
static void decode_serial(DecodedPacket *packet, Slice slice)
{
    enum { CISCO_UNICAST = 0x0f, CISCO_MULTICAST = 0x8f };
    bool is_cisco =
        slice.captured > 0 && (slice.data[0] == CISCO_UNICAST || slice.data[0] == CISCO_MULTICAST);
    if (is_cisco)
        decode_cisco_hdlc(packet, slice);
    else
        decode_ppp_frame(packet, slice);
}

/* The few Ethernet types that Cisco's framing of serial lines has. */
static void decode_cisco_type(DecodedPacket *packet, uint16_t type, Slice slice)
{
    enum {
        TYPE_IPV4 = 0x0800,
        TYPE_IPV6 = 0x86dd,
        TYPE_BRIDGED = 0x6558,
        TYPE_MPLS = 0x8847,
        TYPE_MPLS_MULTICAST = 0x8848
    };
    switch (type) {
    case TYPE_IPV4:
        decode_ip(packet, slice);
        break;
    case TYPE_IPV6:
    case TYPE_BRIDGED:
    case TYPE_MPLS:
    case TYPE_MPLS_MULTICAST:
        decode_ethertype(packet, type, slice);
        break;
    default:
        break;
    }
}

void decode_cisco_hdlc(DecodedPacket *packet, Slice slice)
{
    if (slice.captured >= 4 && decode_enter(packet, PROTOCOL_CHDLC, slice))
        decode_cisco_type(packet, load_be16(slice.data + 2), slice_after(slice, 4));
}

static void decode_fddi(DecodedPacket *packet, Slice slice)
{
    if (slice.captured < 1 || !decode_enter(packet, PROTOCOL_FDDI, slice) || slice.captured < 13)
        return;
    /* Asynchronous LLC frames. */
    if ((slice.data[0] & 0xf8) == 0x50)
        decode_llc(packet, slice_after(slice, 13));
}

/* IEEE 802.11: data frames in the clear carry LLC. */
void decode_wlan(DecodedPacket *packet, Slice slice)
{
    enum { TYPE_DATA = 2, TO_AND_FROM = 0x03, PROTECTED = 0x40, ORDER = 0x80 };
    if (slice.captured < 2 || !decode_enter(packet, PROTOCOL_WLAN, slice) || slice.captured < 10)
        return;
    uint8_t type = slice.data[0] >> 2 & 3;
    uint8_t subtype = slice.data[0] >> 4;
    uint8_t flags = slice.data[1];
    if (type != TYPE_DATA || (subtype & 4) || (flags & PROTECTED))
        return;
    uint32_t header = 24;
    if ((flags & TO_AND_FROM) == TO_AND_FROM)
        header += 6;
    if (subtype & 8)
        header += flags & ORDER ? 6 : 2;
    decode_llc(packet, slice_after(slice, header));
}

static void decode_radiotap(DecodedPacket *packet, Slice slice)
{
    if (slice.captured < 4)
        return;
    uint16_t size = load_le16(slice.data + 2);
    if (!decode_enter(packet, PROTOCOL_RADIOTAP, slice) || size < 8 || size > slice.captured)
        return;
    if (decode_enter(packet, PROTOCOL_WLAN_RADIO, slice))
        decode_wlan(packet, slice_after(slice, size));
}

/* RFC 2427 after the address of Q.922, or an Ethernet type as Cisco has it. */
void decode_frame_relay(DecodedPacket *packet, Slice slice)
{
    enum { UNNUMBERED = 0x03, PAD = 0x00, NLPID_SNAP = 0x80, NLPID_IPV6 = 0x8e, NLPID_IPV4 = 0xcc };
    uint32_t address = 0;
    while (address < 4 && address < slice.captured && !(slice.data[address] & 1))
        address++;
    if (slice.captured == 0 || !decode_enter(packet, PROTOCOL_FRAME_RELAY, slice) || address == 4 ||
        slice.captured < address + 3)
        return;
    slice = slice_after(slice, address + 1);
    if (slice.data[0] != UNNUMBERED) {
        decode_cisco_type(packet, load_be16(slice.data), slice_after(slice, 2));
        return;
    }
    slice = slice_after(slice, slice.data[1] == PAD ? 2 : 1);
    if (slice.captured < 1)
        return;
    switch (slice.data[0]) {
    case NLPID_IPV4:
        decode_ip(packet, slice_after(slice, 1));
        break;
    case NLPID_IPV6:
        decode_ipv6(packet, slice_after(slice, 1));
        break;
    case NLPID_SNAP:
        if (slice.captured >= 6 && (load_be32(slice.data) & 0xffffff) == 0)
            decode_ethertype(packet, load_be16(slice.data + 4), slice_after(slice, 6));
        break;
    default:
        break;
    }
}

static void decode_clip(DecodedPacket *packet, Slice slice)
{
    if (slice.captured > 0 && decode_enter(packet, PROTOCOL_CLIP, slice))
        decode_ip(packet, slice);
}

static void decode_raw(DecodedPacket *packet, Slice slice)
{
    /* tshark looks at eight bytes for headers that old drivers left before the packet. */
    if (slice.captured == 0 || !decode_enter(packet, PROTOCOL_RAW, slice) || slice.captured < 8)
        return;
    if (slice.data[0] >> 4 == 4 || slice.data[0] >> 4 == 6)
        decode_ip(packet, slice);
}

static void decode_sll1(DecodedPacket *packet, Slice slice)
{
    decode_cooked(packet, 16, 14, slice);
}

static void decode_sll2(DecodedPacket *packet, Slice slice)
{
    decode_cooked(packet, 20, 0, slice);
}

static const struct {
    uint32_t link_type;
    void (*decode)(DecodedPacket *packet, Slice slice);
} link_types[] = {
    {LINK_ETHERNET, decode_ethernet},
    {LINK_SLL, decode_sll1},
    {LINK_SLL2, decode_sll2},
    {LINK_RAW, decode_raw},
    {LINK_RAW_DLT, decode_raw},
    {LINK_RAW_OPENBSD, decode_raw},
    {LINK_IPV4, decode_ip},
    {LINK_IPV6, decode_ipv6},
    {LINK_NULL, decode_null},
    {LINK_LOOP, decode_loop},
    {LINK_PPP, decode_serial},
    {LINK_PPP_HDLC, decode_serial},
    {LINK_CISCO_HDLC, decode_cisco_hdlc},
    {LINK_FDDI, decode_fddi},
    {LINK_WLAN, decode_wlan},
    {LINK_CLIP, decode_clip},
    {LINK_FRAME_RELAY, decode_frame_relay},
    {LINK_RADIOTAP, decode_radiotap},
    {LINK_TOKEN_RING, decode_token_ring},
    {LINK_SLIP, decode_slip},
    {LINK_ATM_DLT, decode_llc},
    {LINK_ATM, decode_llc},
    {LINK_OLD_PFLOG, decode_old_pflog},
    {LINK_PPP_ETHERNET, decode_pppoe_session},
    {LINK_ENC, decode_enc},
    {LINK_PFLOG, decode_pflog},
    {LINK_PRISM, decode_prism},
    {LINK_AVS, decode_avs},
    {LINK_PPP_PPPD, decode_ppp_pppd},
    {LINK_JUNIPER_ETHERNET, decode_juniper_ethernet},
    {LINK_JUNIPER_PPP, decode_juniper_ppp},
    {LINK_JUNIPER_FRAME_RELAY, decode_juniper_frame_relay},
    {LINK_JUNIPER_HDLC, decode_juniper_hdlc},
    {LINK_PPI, decode_ppi},
    {LINK_ERF, decode_erf},
    {LINK_PPP_DIRECTION, decode_ppp_direction},
    {LINK_MPLS, decode_mpls},
    {LINK_NFLOG, decode_nflog},
    {LINK_PKTAP, decode_pktap},
};

bool decode_link(DecodedPacket *packet, uint32_t link_type, Slice slice)
{
    for (size_t i = 0; i < COUNT_OF(link_types); i++) {
        if (link_types[i].link_type == link_type) {
            link_types[i].decode(packet, slice);
            return true;
        }
    }
    return false;
}

void decode_packet(Decoder *decoder, uint32_t link_type, Slice bytes, int64_t time_ns)
{
    DecodedPacket packet = {.decoder = decoder,
                            .number = ++decoder->packets,
                            .node = HIERARCHY_ROOT,
                            .bytes = bytes.reported,
                            .time_ns = time_ns};
    if (decoder->dissection)
        dissection_begin(decoder->dissection);
    if (!decode_link(&packet, link_type, bytes))
        decoder->unknown_link_packets++;
    if (decoder->dissection)
        memcpy(decoder->dissection->address, packet.address, sizeof(packet.address));
}
