/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/layers.h"

/* Encapsulated remote SPAN (draft-foschiano-erspan-03): type I has no header of its own. */
static void decode_erspan(DecodedPacket *packet, bool has_header, Slice slice)
{
    enum { TYPE_TWO = 1, TYPE_THREE = 2 };
    if (!decode_enter(packet, PROTOCOL_ERSPAN, slice) || slice.captured < 2)
        return;
    if (!has_header) {
        decode_ethernet(packet, slice);
        return;
    }
    uint8_t version = slice.data[0] >> 4;
    uint16_t vlan = load_be16(slice.data) & 0x0fff;
    if (version == TYPE_TWO) {
        if (packet->vlan == 0)
            packet->vlan = vlan;
        decode_ethernet(packet, slice_after(slice, 8));
    } else if (version == TYPE_THREE && slice.captured >= 12) {
        bool is_ethernet = (slice.data[10] >> 2 & 0x1f) == 0;
        bool has_platform = slice.data[11] & 1;
        packet->vlan = vlan;
        if (is_ethernet)
            decode_ethernet(packet, slice_after(slice, has_platform ? 20 : 12));
    }
}

/* Source routes of RFC 1701; false when they do not end. */
static bool pass_gre_routes(Slice *slice)
{
    while (slice->captured >= 4) {
        uint16_t family = load_be16(slice->data);
        uint32_t size = slice->data[3];
        *slice = slice_after(*slice, 4 + size);
        if (family == 0 && size == 0)
            return true;
    }
    return false;
}

/* Cisco MetaData: in GRE the type of the payload comes first, then version, length and options. */
static void decode_gre_metadata(DecodedPacket *packet, Slice slice)
{
    if (slice.captured < 4 || !decode_enter(packet, PROTOCOL_CMD, slice))
        return;
    uint16_t type = load_be16(slice.data);
    decode_ethertype(packet, type, slice_after(slice, 4 + slice.data[3] * 4u));
}

static void decode_gre_payload(DecodedPacket *packet, uint16_t type, uint16_t flags, Slice slice)
{
    enum {
        TYPE_IPV4 = 0x0800,
        TYPE_IPV6 = 0x86dd,
        TYPE_BRIDGED = 0x6558,
        TYPE_PPP = 0x880b,
        TYPE_MPLS = 0x8847,
        TYPE_MPLS_MULTICAST = 0x8848,
        TYPE_WCCP = 0x883e,
        TYPE_EOIP = 0x6400, /* MikroTik */
        TYPE_ARP = 0x0806,
        TYPE_NSH = 0x894f,
        TYPE_CMD = 0x8909,
        TYPE_ARISTA = 0xd28b,
        TYPE_ERSPAN = 0x88be,
        TYPE_ERSPAN_THREE = 0x22eb,
        FLAG_SEQUENCE = 0x1000,
    };
    switch (type) {
    case TYPE_IPV4:
        decode_ip(packet, slice);
        break;
    case TYPE_WCCP:
        if (slice.captured > 4)
            decode_ip(packet, slice.data[0] >> 4 == 4 ? slice : slice_after(slice, 4));
        break;
    case TYPE_IPV6:
        decode_ipv6(packet, slice);
        break;
    case TYPE_BRIDGED:
    case TYPE_EOIP:
        decode_ethernet(packet, slice);
        break;
    case TYPE_ARP:
    case TYPE_NSH:
    case TYPE_ARISTA:
        decode_ethertype(packet, type, slice);
        break;
    case TYPE_CMD:
        decode_gre_metadata(packet, slice);
        break;
    case TYPE_MPLS:
    case TYPE_MPLS_MULTICAST:
        decode_mpls(packet, slice);
        break;
    case TYPE_PPP:
        if (slice.captured > 0 && decode_enter(packet, PROTOCOL_PPP, slice))
            decode_ppp(packet, slice.data[0] == 0xff ? slice_after(slice, 2) : slice);
        break;
    case TYPE_ERSPAN:
        decode_erspan(packet, flags & FLAG_SEQUENCE, slice);
        break;
    case TYPE_ERSPAN_THREE:
        decode_erspan(packet, true, slice);
        break;
    default:
        break;
    }
}

/* RFC 2784 with the fields of RFC 1701, RFC 2890 and (version 1) RFC 2637. */
void decode_gre(DecodedPacket *packet, Slice slice)
{
    enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, ACK = 0x0080 };
    if (slice.captured < 4 || !decode_enter(packet, PROTOCOL_GRE, slice))
        return;
    uint16_t flags = load_be16(slice.data);
    uint16_t type = load_be16(slice.data + 2);
    bool enhanced = (flags & 7) == 1;
    uint32_t header = 4;
    header += flags & (CHECKSUM | ROUTING) ? 4 : 0;
    header += flags & KEY ? 4 : 0;
    header += flags & SEQUENCE ? 4 : 0;
    header += enhanced && (flags & ACK) ? 4 : 0;
    if (slice.captured < header)
        return;
    slice = slice_after(slice, header);
    if ((flags & ROUTING) && !pass_gre_routes(&slice))
        return;
    if (slice.reported > 0)
        decode_gre_payload(packet, type, flags, slice);
}

/* The next-protocol numbers that VXLAN-GPE and NSH share. */
static void decode_next_protocol(DecodedPacket *packet, uint8_t protocol, Slice slice)
{
    enum { NEXT_IPV4 = 1, NEXT_IPV6 = 2, NEXT_ETHERNET = 3, NEXT_NSH = 4, NEXT_MPLS = 5 };
    switch (protocol) {
    case NEXT_IPV4:
        decode_ip(packet, slice);
        break;
    case NEXT_IPV6:
        decode_ipv6(packet, slice);
        break;
    case NEXT_ETHERNET:
        decode_ethernet(packet, slice);
        break;
    case NEXT_NSH:
        decode_nsh(packet, slice);
        break;
    case NEXT_MPLS:
        decode_mpls(packet, slice);
        break;
    default:
        break;
    }
}

/* RFC 8300: a path header, then what its next-protocol field says. */
void decode_nsh(DecodedPacket *packet, Slice slice)
{
    if (!decode_enter(packet, PROTOCOL_NSH, slice) || slice.captured < 8)
        return;
    uint32_t size = (slice.data[1] & 0x3fu) * 4;
    if (size >= 8 && slice.captured >= size)
        decode_next_protocol(packet, slice.data[3], slice_after(slice, size));
}

/* RFC 7348, or draft-ietf-nvo3-vxlan-gpe, of which tshark does not ask for the flag either. */
static void decode_vxlan(DecodedPacket *packet, bool generic, Slice slice)
{
    if (!decode_enter(packet, PROTOCOL_VXLAN, slice) || slice.captured < 8)
        return;
    Slice payload = slice_after(slice, 8);
    if (generic)
        decode_next_protocol(packet, slice.data[3], payload);
    else
        decode_ethernet(packet, payload);
}

/* RFC 8926. */
static void decode_geneve(DecodedPacket *packet, Slice slice)
{
    if (!decode_enter(packet, PROTOCOL_GENEVE, slice) || slice.captured < 8)
        return;
    uint32_t size = 8 + (slice.data[0] & 0x3fu) * 4;
    uint16_t type = load_be16(slice.data + 2);
    if (slice.data[0] >> 6 == 0 && slice.captured >= size)
        decode_ethertype(packet, type, slice_after(slice, size));
}

/* The extension headers of GTP version 1; each ends with the type of the next. */
static bool pass_gtp_extensions(Slice *slice, uint8_t next)
{
    while (next != 0) {
        if (slice->captured < 4)
            return false;
        uint32_t size = slice->data[0] * 4u;
        if (size == 0 || size > slice->captured)
            return false;
        next = slice->data[size - 1];
        *slice = slice_after(*slice, size);
    }
    return true;
}

/* 3GPP TS 29.281 (version 1) and TS 09.60 (version 0): a T-PDU carries a user's packet. */
static void decode_gtp(DecodedPacket *packet, Slice slice)
{
    enum { FLAG_PRIME = 0x10, FLAG_OPTIONAL = 0x07, FLAG_EXTENSION = 0x04, TYPE_T_PDU = 0xff };
    if (slice.captured < 2)
        return;
    uint8_t flags = slice.data[0];
    uint8_t type = slice.data[1];
    uint8_t version = flags >> 5;
    if (version > 1 || !decode_enter(packet, PROTOCOL_GTP, slice))
        return;
    uint32_t header = version == 0 ? 20 : flags & FLAG_OPTIONAL ? 12 : 8;
    if (type != TYPE_T_PDU || !(flags & FLAG_PRIME) || slice.captured <= header)
        return;
    uint8_t next = version == 1 && (flags & FLAG_EXTENSION) ? slice.data[11] : 0;
    slice = slice_after(slice, header);
    if (!pass_gtp_extensions(&slice, next) || slice.captured == 0)
        return;
    if (slice.data[0] >> 4 == 4 || slice.data[0] >> 4 == 6)
        decode_ip(packet, slice);
}

/* RFC 3948: a keep-alive, IKE behind four zero bytes, or ESP. */
static void decode_udp_encapsulation(DecodedPacket *packet, Slice slice)
{
    if (!decode_enter(packet, PROTOCOL_UDPENCAP, slice))
        return;
    if (slice.captured >= 4 && load_be32(slice.data) != 0)
        decode_enter(packet, PROTOCOL_ESP, slice);
}

/* RFC 2661: data messages of version 2 carry PPP; of version 3 (RFC 3931) nothing is known here. */
static void decode_l2tp(DecodedPacket *packet, Slice slice)
{
    enum { CONTROL = 0x8000, LENGTH = 0x4000, SEQUENCE = 0x0800, OFFSET = 0x0200 };
    if (slice.captured < 6)
        return;
    uint16_t flags = load_be16(slice.data);
    uint32_t version = flags & 15;
    uint32_t header = flags & LENGTH ? 8 : 6;
    if ((version != 2 && version != 3) || slice.captured < header ||
        !decode_enter(packet, PROTOCOL_L2TP, slice) || version == 3)
        return;
    if (flags & LENGTH)
        slice = slice_trim(slice, load_be16(slice.data + 2));
    header += flags & SEQUENCE ? 4 : 0;
    if (flags & OFFSET) {
        if (slice.captured < header + 2)
            return;
        header += 2u + load_be16(slice.data + header);
    }
    if (!(flags & CONTROL) && slice.captured > header)
        decode_ppp_frame(packet, slice_after(slice, header));
}

/* What a remote sniffer saw: four bytes, tagged fields up to an end mark, the packet. */
static void decode_tzsp(DecodedPacket *packet, Slice slice)
{
    enum { TYPE_KEEP_ALIVE = 4, TYPE_PORT_OPENER = 5, TAG_PAD = 0, TAG_END = 1, ETHERNET = 1 };
    if (slice.captured < 4 || !decode_enter(packet, PROTOCOL_TZSP, slice))
        return;
    uint8_t type = slice.data[1];
    uint16_t encapsulation = load_be16(slice.data + 2);
    if (type == TYPE_KEEP_ALIVE || type == TYPE_PORT_OPENER || encapsulation != ETHERNET)
        return;
    slice = slice_after(slice, 4);
    while (slice.captured > 0 && slice.data[0] != TAG_END) {
        bool is_pad = slice.data[0] == TAG_PAD;
        if (!is_pad && slice.captured < 2)
            return;
        slice = slice_after(slice, is_pad ? 1 : 2u + slice.data[1]);
    }
    decode_ethernet(packet, slice_after(slice, 1));
}

/* RFC 6830 section 5.3. */
static void decode_lisp_data(DecodedPacket *packet, Slice slice)
{
    enum { HEADER_BYTES = 8 };
    if (slice.reported < HEADER_BYTES || !decode_enter(packet, PROTOCOL_LISP_DATA, slice) ||
        slice.captured < HEADER_BYTES)
        return;
    Slice inner = slice_after(slice, HEADER_BYTES);
    if (inner.captured > 0 && (inner.data[0] >> 4 == 4 || inner.data[0] >> 4 == 6))
        decode_ip(packet, inner);
}

/* RFC 4380 section 5.1.1: an authentication and an origin indication may come before the packet. */
static void decode_teredo(DecodedPacket *packet, Slice slice)
{
    enum { AUTHENTICATION = 1, ORIGIN = 0, ORIGIN_BYTES = 8 };
    if (slice.captured < 2 || !decode_enter(packet, PROTOCOL_TEREDO, slice))
        return;
    if (load_be16(slice.data) == AUTHENTICATION) {
        if (slice.captured < 4)
            return;
        slice = slice_after(slice, 13u + slice.data[2] + slice.data[3]);
    }
    if (slice.captured >= 2 && load_be16(slice.data) == ORIGIN)
        slice = slice_after(slice, ORIGIN_BYTES);
    if (slice.captured > 0)
        decode_ipv6(packet, slice);
}

static void decode_vxlan_ethernet(DecodedPacket *packet, Slice slice)
{
    decode_vxlan(packet, false, slice);
}

static void decode_vxlan_generic(DecodedPacket *packet, Slice slice)
{
    decode_vxlan(packet, true, slice);
}

typedef void TunnelDecoder(DecodedPacket *packet, Slice slice);

/* NULL where no tunnel is known; asked for every datagram. */
static TunnelDecoder *tunnel_on_port(uint16_t port)
{
    enum { GTP_CONTROL = 2123, GTP_USER = 2152, GTP_PRIME = 3386 };
    switch (port) {
    case 1701:
        return decode_l2tp;
    case GTP_CONTROL:
    case GTP_USER:
    case GTP_PRIME:
        return decode_gtp;
    case 3544:
        return decode_teredo;
    case 4341:
        return decode_lisp_data;
    case 4500:
        return decode_udp_encapsulation;
    case 4754: /* RFC 8086 */
        return decode_gre;
    case 4789:
        return decode_vxlan_ethernet;
    case 4790:
        return decode_vxlan_generic;
    case 6081:
        return decode_geneve;
    case 6635: /* RFC 7510 */
        return decode_mpls;
    case 37008:
        return decode_tzsp;
    default:
        return NULL;
    }
}

void decode_udp_payload(DecodedPacket *packet, const uint16_t port[2], Slice slice)
{
    if (slice.captured == 0)
        return;
    /* As tshark, the lower port first. */
    TunnelDecoder *decode = tunnel_on_port(MIN_OF(port[0], port[1]));
    if (!decode)
        decode = tunnel_on_port(MAX_OF(port[0], port[1]));
    if (decode)
        decode(packet, slice);
}
