/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/decode.h"

/* Encapsulated remote SPAN (draft-foschiano-erspan-03): type I has no header of its own. */
static void decode_erspan(Decoder *decoder, bool has_header, Slice slice)
{
    enum { TYPE_TWO = 1, TYPE_THREE = 2 };
    if (slice.captured < 2 || !decode_enter(decoder, PROTOCOL_ERSPAN))
        return;
    if (!has_header) {
        decode_ethernet(decoder, slice);
        return;
    }
    uint8_t version = slice.data[0] >> 4;
    uint16_t vlan = load_be16(slice.data) & 0x0fff;
    if (version == TYPE_TWO) {
        if (decoder->vlan == 0)
            decoder->vlan = vlan;
        decode_ethernet(decoder, slice_after(slice, 8));
    } else if (version == TYPE_THREE && slice.captured >= 12) {
        bool is_ethernet = (slice.data[10] >> 2 & 0x1f) == 0;
        bool has_platform = slice.data[11] & 1;
        decoder->vlan = vlan;
        if (is_ethernet)
            decode_ethernet(decoder, slice_after(slice, has_platform ? 20 : 12));
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

static void decode_gre_payload(Decoder *decoder, uint16_t type, uint16_t flags, Slice slice)
{
    enum {
        TYPE_IPV4 = 0x0800,
        TYPE_IPV6 = 0x86dd,
        TYPE_BRIDGED = 0x6558,
        TYPE_PPP = 0x880b,
        TYPE_MPLS = 0x8847,
        TYPE_MPLS_MULTICAST = 0x8848,
        TYPE_WCCP = 0x883e,
        TYPE_ERSPAN = 0x88be,
        TYPE_ERSPAN_THREE = 0x22eb,
        FLAG_SEQUENCE = 0x1000,
    };
    switch (type) {
    case TYPE_IPV4:
        decode_ip(decoder, slice);
        break;
    case TYPE_WCCP:
        if (slice.captured > 4)
            decode_ip(decoder, slice.data[0] >> 4 == 4 ? slice : slice_after(slice, 4));
        break;
    case TYPE_IPV6:
        decode_ipv6(decoder, slice);
        break;
    case TYPE_BRIDGED:
        decode_ethernet(decoder, slice);
        break;
    case TYPE_MPLS:
    case TYPE_MPLS_MULTICAST:
        decode_mpls(decoder, slice);
        break;
    case TYPE_PPP:
        if (slice.captured > 0 && decode_enter(decoder, PROTOCOL_PPP))
            decode_ppp(decoder, slice.data[0] == 0xff ? slice_after(slice, 2) : slice);
        break;
    case TYPE_ERSPAN:
        decode_erspan(decoder, flags & FLAG_SEQUENCE, slice);
        break;
    case TYPE_ERSPAN_THREE:
        decode_erspan(decoder, true, slice);
        break;
    default:
        break;
    }
}

/* RFC 2784 with the fields of RFC 1701, RFC 2890 and (version 1) RFC 2637. */
void decode_gre(Decoder *decoder, Slice slice)
{
    enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, ACK = 0x0080 };
    if (slice.captured < 4 || !decode_enter(decoder, PROTOCOL_GRE))
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
        decode_gre_payload(decoder, type, flags, slice);
}

/* RFC 8300: a path header, then what its next-protocol field says. */
static void decode_nsh(Decoder *decoder, Slice slice);

/* The next-protocol numbers that VXLAN-GPE and NSH share. */
static void decode_next_protocol(Decoder *decoder, uint8_t protocol, Slice slice)
{
    enum { NEXT_IPV4 = 1, NEXT_IPV6 = 2, NEXT_ETHERNET = 3, NEXT_NSH = 4, NEXT_MPLS = 5 };
    switch (protocol) {
    case NEXT_IPV4:
        decode_ip(decoder, slice);
        break;
    case NEXT_IPV6:
        decode_ipv6(decoder, slice);
        break;
    case NEXT_ETHERNET:
        decode_ethernet(decoder, slice);
        break;
    case NEXT_NSH:
        decode_nsh(decoder, slice);
        break;
    case NEXT_MPLS:
        decode_mpls(decoder, slice);
        break;
    default:
        break;
    }
}

static void decode_nsh(Decoder *decoder, Slice slice)
{
    if (slice.captured < 8 || !decode_enter(decoder, PROTOCOL_NSH))
        return;
    uint32_t size = (slice.data[1] & 0x3fu) * 4;
    if (size >= 8 && slice.captured >= size)
        decode_next_protocol(decoder, slice.data[3], slice_after(slice, size));
}

/* RFC 7348; with the next-protocol flag, draft-ietf-nvo3-vxlan-gpe. */
static void decode_vxlan(Decoder *decoder, bool generic, Slice slice)
{
    enum { FLAG_NEXT_PROTOCOL = 0x04 };
    if (slice.captured < 8 || !decode_enter(decoder, PROTOCOL_VXLAN))
        return;
    Slice payload = slice_after(slice, 8);
    if (generic && (slice.data[0] & FLAG_NEXT_PROTOCOL))
        decode_next_protocol(decoder, slice.data[3], payload);
    else
        decode_ethernet(decoder, payload);
}

/* RFC 8926. */
static void decode_geneve(Decoder *decoder, Slice slice)
{
    if (slice.captured < 8 || !decode_enter(decoder, PROTOCOL_GENEVE))
        return;
    uint32_t size = 8 + (slice.data[0] & 0x3fu) * 4;
    uint16_t type = load_be16(slice.data + 2);
    if (slice.data[0] >> 6 == 0 && slice.captured >= size)
        decode_ethertype(decoder, type, slice_after(slice, size));
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
static void decode_gtp(Decoder *decoder, Slice slice)
{
    enum { FLAG_PRIME = 0x10, FLAG_OPTIONAL = 0x07, FLAG_EXTENSION = 0x04, TYPE_T_PDU = 0xff };
    if (slice.captured < 8)
        return;
    uint8_t flags = slice.data[0];
    uint8_t type = slice.data[1];
    uint8_t version = flags >> 5;
    if (version > 1 || !decode_enter(decoder, PROTOCOL_GTP))
        return;
    uint32_t header = version == 0 ? 20 : flags & FLAG_OPTIONAL ? 12 : 8;
    if (type != TYPE_T_PDU || !(flags & FLAG_PRIME) || slice.captured <= header)
        return;
    uint8_t next = version == 1 && (flags & FLAG_EXTENSION) ? slice.data[11] : 0;
    slice = slice_after(slice, header);
    if (!pass_gtp_extensions(&slice, next) || slice.captured == 0)
        return;
    if (slice.data[0] >> 4 == 4 || slice.data[0] >> 4 == 6)
        decode_ip(decoder, slice);
}

/* RFC 3948: a keep-alive, IKE behind four zero bytes, or ESP. */
static void decode_udp_encapsulation(Decoder *decoder, Slice slice)
{
    if (!decode_enter(decoder, PROTOCOL_UDPENCAP))
        return;
    if (slice.captured >= 4 && load_be32(slice.data) != 0)
        decode_enter(decoder, PROTOCOL_ESP);
}

void decode_udp_payload(Decoder *decoder, const uint16_t port[2], Slice slice)
{
    enum {
        PORT_GTP_CONTROL = 2123,
        PORT_GTP_USER = 2152,
        PORT_GTP_PRIME = 3386,
        PORT_IPSEC = 4500,
        PORT_VXLAN = 4789,
        PORT_VXLAN_GPE = 4790,
        PORT_GENEVE = 6081,
    };
    /* As tshark, the lower port first. */
    const uint16_t ordered[2] = {MIN_OF(port[0], port[1]), MAX_OF(port[0], port[1])};
    if (slice.captured == 0)
        return;
    for (int i = 0; i < 2; i++) {
        switch (ordered[i]) {
        case PORT_GTP_CONTROL:
        case PORT_GTP_USER:
        case PORT_GTP_PRIME:
            decode_gtp(decoder, slice);
            return;
        case PORT_IPSEC:
            decode_udp_encapsulation(decoder, slice);
            return;
        case PORT_VXLAN:
        case PORT_VXLAN_GPE:
            decode_vxlan(decoder, ordered[i] == PORT_VXLAN_GPE, slice);
            return;
        case PORT_GENEVE:
            decode_geneve(decoder, slice);
            return;
        default:
            break;
        }
    }
}
