/* SPDX-License-Identifier: Apache-2.0 */
/* Link types that put a header of the capturing system before a packet of another link type, or
 * directly before IP. */
#include "engines/pcap/layers.h"

enum {
    FAMILY_IPV4 = 2,
    FAMILY_IPV6_LINUX = 10,
    FAMILY_IPV6_BSD = 24,
    FAMILY_IPV6_FREEBSD = 28,
    FAMILY_IPV6_DARWIN = 30,
};

static void decode_family_ip(DecodedPacket *packet, uint32_t family, Slice slice)
{
    switch (family) {
    case FAMILY_IPV4:
        decode_ip(packet, slice);
        break;
    case FAMILY_IPV6_LINUX:
    case FAMILY_IPV6_BSD:
    case FAMILY_IPV6_FREEBSD:
    case FAMILY_IPV6_DARWIN:
        decode_ipv6(packet, slice);
        break;
    default:
        break;
    }
}

/* CACE Technologies' PPI: version, flags, the length of all headers, the link type within. */
void decode_ppi(DecodedPacket *packet, Slice slice)
{
    enum { HEADER_BYTES = 8, LINK_WLAN = 105 };
    if (slice.captured < HEADER_BYTES || !decode_enter(packet, PROTOCOL_PPI, slice))
        return;
    uint32_t size = load_le16(slice.data + 2);
    uint32_t link_type = load_le32(slice.data + 4);
    if (size < HEADER_BYTES || slice.captured < size)
        return;
    if (link_type != LINK_WLAN || decode_enter(packet, PROTOCOL_WLAN_RADIO, slice))
        (void)decode_link(packet, link_type, slice_after(slice, size));
}

/*
 * Apple's PKTAP: the length of the header, the type of the record, the link type of the packet, all
 * little-endian. Some programs leave the header all zero; it is then as long as Apple's first
 * version, and the packet is Ethernet.
 */
void decode_pktap(DecodedPacket *packet, Slice slice)
{
    enum { NEEDED_BYTES = 12, FIRST_VERSION_BYTES = 108, RECORD_PACKET = 1, LINK_ETHERNET = 1 };
    if (slice.captured < NEEDED_BYTES || !decode_enter(packet, PROTOCOL_PKTAP, slice))
        return;
    uint32_t size = load_le32(slice.data);
    uint32_t record = load_le32(slice.data + 4);
    uint32_t link_type = load_le32(slice.data + 8);
    if (size == 0 && record == 0 && link_type == 0) {
        size = FIRST_VERSION_BYTES;
        record = RECORD_PACKET;
        link_type = LINK_ETHERNET;
    }
    if (record == RECORD_PACKET && size >= NEEDED_BYTES && slice.captured >= size)
        (void)decode_link(packet, link_type, slice_after(slice, size));
}

/* Linux netfilter: family, version, resource; then fields of a type and a length, of which one is
 * the packet. tshark shows no layer for it. */
void decode_nflog(DecodedPacket *packet, Slice slice)
{
    enum { HEADER_BYTES = 4, FIELD_BYTES = 4, FIELD_PAYLOAD = 9 };
    if (slice.captured < HEADER_BYTES)
        return;
    uint8_t family = slice.data[0];
    slice = slice_after(slice, HEADER_BYTES);
    while (slice.captured >= FIELD_BYTES) {
        uint32_t size = load_le16(slice.data);
        uint32_t type = load_le16(slice.data + 2) & 0x7fff;
        if (size < FIELD_BYTES)
            return;
        if (type == FIELD_PAYLOAD) {
            decode_family_ip(packet, family, slice_after(slice_trim(slice, size), FIELD_BYTES));
            return;
        }
        slice = slice_after(slice, (size + 3) & ~3u);
    }
}

/* The log of OpenBSD's packet filter: the header tells its length, without the padding to four
 * bytes. */
void decode_pflog(DecodedPacket *packet, Slice slice)
{
    enum { LENGTH_MIN = 45 };
    if (slice.captured < 2 || !decode_enter(packet, PROTOCOL_PFLOG, slice))
        return;
    uint32_t size = slice.data[0];
    if (size >= LENGTH_MIN)
        decode_family_ip(packet, slice.data[1], slice_after(slice, (size + 3) & ~3u));
}

/* OpenBSD before 3.4: the family in 32 bits, and a header of fixed size. */
void decode_old_pflog(DecodedPacket *packet, Slice slice)
{
    enum { HEADER_BYTES = 28 };
    if (slice.captured >= 4 && decode_enter(packet, PROTOCOL_PFLOG, slice))
        decode_family_ip(packet, load_be32(slice.data), slice_after(slice, HEADER_BYTES));
}

/* OpenBSD's enc(4): the family in the byte order of the machine, an SPI and flags. */
void decode_enc(DecodedPacket *packet, Slice slice)
{
    enum { HEADER_BYTES = 12 };
    if (slice.captured < 4 || !decode_enter(packet, PROTOCOL_ENC, slice))
        return;
    uint32_t family = load_le32(slice.data);
    if (family > 0xffff)
        family = load_be32(slice.data);
    decode_family_ip(packet, family, slice_after(slice, HEADER_BYTES));
}

static void decode_radio(DecodedPacket *packet, Protocol protocol, uint32_t size, Slice slice)
{
    if (!decode_enter(packet, protocol, slice) || size > slice.captured)
        return;
    if (decode_enter(packet, PROTOCOL_WLAN_RADIO, slice))
        decode_wlan(packet, slice_after(slice, size));
}

/* AbsoluteValue Systems' header: a magic number of which the last byte is the version, and its
 * length, big-endian. */
void decode_avs(DecodedPacket *packet, Slice slice)
{
    enum { MIN_BYTES = 64 };
    if (slice.captured >= 8)
        decode_radio(packet, PROTOCOL_AVS, MAX_OF(load_be32(slice.data + 4), (uint32_t)MIN_BYTES),
                     slice);
}

/* Prism II monitor mode; the newer AVS header came with the same link type. */
void decode_prism(DecodedPacket *packet, Slice slice)
{
    enum { HEADER_BYTES = 144, AVS_MAGIC = 0x802110 };
    if (slice.captured < 8)
        return;
    if (load_be32(slice.data) >> 8 == AVS_MAGIC)
        decode_avs(packet, slice);
    else
        decode_radio(packet, PROTOCOL_PRISM, HEADER_BYTES, slice);
}

/* A direction, the compressed header of which nothing is taken, the packet (libpcap). */
void decode_slip(DecodedPacket *packet, Slice slice)
{
    enum { HEADER_BYTES = 16 };
    bool has_header = slice.captured > HEADER_BYTES && slice.data[0] <= 1;
    if (has_header)
        slice = slice_after(slice, HEADER_BYTES);
    if (slice.captured > 0 && (slice.data[0] >> 4 == 4 || slice.data[0] >> 4 == 6))
        decode_ip(packet, slice);
}

/* One byte tells the direction. */
void decode_ppp_direction(DecodedPacket *packet, Slice slice)
{
    decode_ppp_frame(packet, slice_after(slice, 1));
}

/* Linux writes the direction over the first byte of a PPP frame. */
void decode_ppp_pppd(DecodedPacket *packet, Slice slice)
{
    if (slice.captured >= 2 && decode_enter(packet, PROTOCOL_PPP, slice))
        decode_ppp(packet, slice_after(slice, slice.data[1] == 0x03 ? 2 : 1));
}

/* IEEE 802.5: addresses, a source route if the first bit of the source is set, LLC. */
void decode_token_ring(DecodedPacket *packet, Slice slice)
{
    enum { HEADER_BYTES = 14, FRAME_LLC = 1 };
    if (slice.captured < HEADER_BYTES || !decode_enter(packet, PROTOCOL_TOKEN_RING, slice))
        return;
    bool is_routed = slice.data[8] & 0x80;
    bool is_llc = slice.data[1] >> 6 == FRAME_LLC;
    if (is_routed && slice.captured == HEADER_BYTES)
        return;
    uint32_t route = is_routed ? slice.data[HEADER_BYTES] & 0x1f : 0;
    if (is_llc)
        decode_llc(packet, slice_after(slice, HEADER_BYTES + route));
}

/* Endace's record: time, type, flags, lengths; extension headers while the type's first bit is
 * set. */
void decode_erf(DecodedPacket *packet, Slice slice)
{
    enum { HEADER_BYTES = 16, EXTENSION_BYTES = 8, ETHERNET_PAD = 2, IPV4 = 22, IPV6 = 23 };
    if (slice.captured < HEADER_BYTES || !decode_enter(packet, PROTOCOL_ERF, slice))
        return;
    uint8_t type = slice.data[8];
    bool has_extension = type & 0x80;
    slice = slice_after(slice, HEADER_BYTES);
    while (has_extension && slice.captured >= EXTENSION_BYTES) {
        has_extension = slice.data[0] & 0x80;
        slice = slice_after(slice, EXTENSION_BYTES);
    }
    switch (type & 0x7f) {
    case 2: /* Ethernet, and its variants of colour and direction */
    case 11:
    case 16:
    case 20:
        decode_ethernet(packet, slice_after(slice, ETHERNET_PAD));
        break;
    case IPV4:
        decode_ip(packet, slice);
        break;
    case IPV6:
        decode_ipv6(packet, slice);
        break;
    default:
        break;
    }
}

/*
 * Junos' own header: a magic number, flags, and extensions of a length they state. Returns whether
 * a packet of the link follows.
 */
static bool pass_juniper_header(Slice *slice)
{
    enum { MAGIC = 0x4d4743, FLAG_NO_LINK_LAYER = 0x02, FLAG_EXTENSIONS = 0x80 };
    if (slice->captured < 6 || load_be32(slice->data) >> 8 != MAGIC)
        return false;
    uint8_t flags = slice->data[3];
    uint32_t header = flags & FLAG_EXTENSIONS ? 6u + load_be16(slice->data + 4) : 4;
    *slice = slice_after(*slice, header);
    return !(flags & FLAG_NO_LINK_LAYER);
}

void decode_juniper_ethernet(DecodedPacket *packet, Slice slice)
{
    if (pass_juniper_header(&slice))
        decode_ethernet(packet, slice);
}

/* Two bytes of address and control come first. */
void decode_juniper_ppp(DecodedPacket *packet, Slice slice)
{
    if (pass_juniper_header(&slice) && slice.captured > 2 &&
        decode_enter(packet, PROTOCOL_PPP, slice))
        decode_ppp(packet, slice_after(slice, 2));
}

void decode_juniper_frame_relay(DecodedPacket *packet, Slice slice)
{
    if (pass_juniper_header(&slice))
        decode_frame_relay(packet, slice);
}

void decode_juniper_hdlc(DecodedPacket *packet, Slice slice)
{
    if (pass_juniper_header(&slice))
        decode_cisco_hdlc(packet, slice);
}
