/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of IP, and of the protocols directly above it that have no ports. */
#include "engines/pcap/fields.h"

static const FieldSpec ipv4[] = {
    {"ip.dsfield.dscp", 1, 1, AS_NUMBER, 2, 6},
    {"ip.dsfield.ecn", 1, 1, AS_NUMBER, 0, 2},
    {"ip.len", 2, 2, AS_NUMBER},
    {"ip.id", 4, 2, AS_HEX},
    {"ip.flags.df", 6, 1, AS_NUMBER, 6, 1},
    {"ip.flags.mf", 6, 1, AS_NUMBER, 5, 1},
    {"ip.ttl", 8, 1, AS_NUMBER},
    {"ip.proto", 9, 1, AS_NUMBER, 0, 0, meaning_ip_protocol},
    {"ip.checksum", 10, 2, AS_HEX},
    {"ip.src", 12, 4, AS_IPV4},
    {"ip.dst", 16, 4, AS_IPV4},
};

static const FieldSpec ipv6[] = {
    {"ipv6.version", 0, 1, AS_NUMBER, 4, 4},
    {"ipv6.tclass.dscp", 0, 4, AS_NUMBER, 22, 6},
    {"ipv6.tclass.ecn", 0, 4, AS_NUMBER, 20, 2},
    {"ipv6.flow", 1, 3, AS_HEX, 0, 20},
    {"ipv6.plen", 4, 2, AS_NUMBER},
    {"ipv6.nxt", 6, 1, AS_NUMBER, 0, 0, meaning_ip_protocol},
    {"ipv6.hlim", 7, 1, AS_NUMBER},
    {"ipv6.src", 8, 16, AS_IPV6},
    {"ipv6.dst", 24, 16, AS_IPV6},
};

static const FieldSpec ipv6_fragment[] = {
    {"ipv6.fraghdr.nxt", 0, 1, AS_NUMBER, 0, 0, meaning_ip_protocol},
    {"ipv6.fraghdr.offset", 2, 2, AS_NUMBER, 3, 13},
    {"ipv6.fraghdr.more", 2, 2, AS_NUMBER, 0, 1},
    {"ipv6.fraghdr.ident", 4, 4, AS_HEX},
};

static const FieldSpec icmp[] = {
    {"icmp.type", 0, 1, AS_NUMBER, 0, 0, meaning_icmp_type},
    {"icmp.code", 1, 1, AS_NUMBER},
    {"icmp.checksum", 2, 2, AS_HEX},
};

static const FieldSpec icmpv6[] = {
    {"icmpv6.type", 0, 1, AS_NUMBER, 0, 0, meaning_icmpv6_type},
    {"icmpv6.code", 1, 1, AS_NUMBER},
    {"icmpv6.checksum", 2, 2, AS_HEX},
};

static const FieldSpec icmp_echo[] = {
    {"icmp.ident", 4, 2, AS_NUMBER},
    {"icmp.seq", 6, 2, AS_NUMBER},
};

static const FieldSpec icmpv6_echo[] = {
    {"icmpv6.echo.identifier", 4, 2, AS_HEX},
    {"icmpv6.echo.sequence_number", 6, 2, AS_NUMBER},
};

static const FieldSpec igmp[] = {
    {"igmp.type", 0, 1, AS_HEX},
    {"igmp.checksum", 2, 2, AS_HEX},
};

static const FieldSpec ospf[] = {
    {"ospf.version", 0, 1, AS_NUMBER},       {"ospf.msg", 1, 1, AS_NUMBER},
    {"ospf.packet_length", 2, 2, AS_NUMBER}, {"ospf.srcrouter", 4, 4, AS_IPV4},
    {"ospf.area_id", 8, 4, AS_IPV4},
};

static const FieldSpec vrrp[] = {
    {"vrrp.version", 0, 1, AS_NUMBER, 4, 4},
    {"vrrp.type", 0, 1, AS_NUMBER, 0, 4},
    {"vrrp.virt_rtr_id", 1, 1, AS_NUMBER},
    {"vrrp.prio", 2, 1, AS_NUMBER},
};

static const FieldSpec eigrp[] = {
    {"eigrp.version", 0, 1, AS_NUMBER},
    {"eigrp.opcode", 1, 1, AS_NUMBER},
    {"eigrp.as", 18, 2, AS_NUMBER},
};

static const FieldSpec esp[] = {
    {"esp.spi", 0, 4, AS_HEX},
    {"esp.sequence", 4, 4, AS_NUMBER},
};

static const FieldSpec ah[] = {
    {"ah.next_header", 0, 1, AS_NUMBER, 0, 0, meaning_ip_protocol},
    {"ah.spi", 4, 4, AS_HEX},
    {"ah.sequence", 8, 4, AS_NUMBER},
};

static const FieldSpec pim[] = {
    {"pim.version", 0, 1, AS_NUMBER, 4, 4},
    {"pim.type", 0, 1, AS_NUMBER, 0, 4},
};

#define ADD(layer, table, base) fields_add_all(layer, table, COUNT_OF(table), base)

static void describe_ipv4(LayerFields *layer)
{
    static const FieldSpec version = {"ip.version", 0, 1, AS_NUMBER, 4, 4};
    layer->header = 20;
    if (!fields_has(layer, 0, 20) || layer->slice.data[0] >> 4 != 4)
        return;
    uint32_t header = (layer->slice.data[0] & 15) * 4u;
    uint32_t size = load_be16(layer->slice.data + 2);
    (void)fields_add(layer, &version, 0);
    (void)fields_text(layer, "ip.hdr_len", 0, 1, arena_printf(layer->arena, "%u", header));
    if (header < 20)
        return;
    ADD(layer, ipv4, 0);
    uint32_t offset = (load_be16(layer->slice.data + 6) & 0x1fffu) * 8;
    (void)fields_text(layer, "ip.frag_offset", 6, 2, arena_printf(layer->arena, "%u", offset / 8));
    layer->header = header;
    if (size >= header)
        layer->end = MIN_OF(layer->end, size);
}

/* Returns the size of the extension header there, or 0 where something else begins. */
static uint32_t describe_extension(LayerFields *layer, uint8_t type, uint32_t at)
{
    enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, AUTHENTICATION = 51, DESTINATION = 60 };
    const char *name = type == HOP_BY_HOP    ? "ipv6.hopopts.nxt"
                       : type == ROUTING     ? "ipv6.routing.nxt"
                       : type == DESTINATION ? "ipv6.dstopts.nxt"
                                             : NULL;
    const FieldSpec next = {name, 0, 1, AS_NUMBER, 0, 0, meaning_ip_protocol};
    if (!fields_has(layer, at, 8))
        return 0;
    if (type == FRAGMENT) {
        ADD(layer, ipv6_fragment, at);
        return 8;
    }
    if (type == AUTHENTICATION) {
        ADD(layer, ah, at);
        return (layer->slice.data[at + 1] + 2u) * 4;
    }
    if (!name)
        return 0;
    (void)fields_add(layer, &next, at);
    return (layer->slice.data[at + 1] + 1u) * 8;
}

static void describe_ipv6(LayerFields *layer)
{
    enum { HEADER_BYTES = 40, FRAGMENT = 44, EXTENSIONS_MAX = 32 };
    layer->header = HEADER_BYTES;
    if (!fields_has(layer, 0, HEADER_BYTES) || layer->slice.data[0] >> 4 != 6)
        return;
    uint32_t size = load_be16(layer->slice.data + 4);
    uint8_t next = layer->slice.data[6];
    ADD(layer, ipv6, 0);
    if (size > 0)
        layer->end = MIN_OF(layer->end, HEADER_BYTES + size);
    for (uint32_t i = 0; i < EXTENSIONS_MAX; i++) {
        uint32_t at = layer->header;
        uint32_t passed = describe_extension(layer, next, at);
        if (passed == 0)
            break;
        next = layer->slice.data[at];
        layer->header += passed;
    }
}

static void describe_icmp(LayerFields *layer)
{
    enum {
        ECHO_REPLY = 0,
        UNREACHABLE = 3,
        REDIRECT = 5,
        ECHO_REQUEST = 8,
        NEEDS_FRAGMENTATION = 4
    };
    layer->header = 8;
    ADD(layer, icmp, 0);
    if (!fields_has(layer, 0, 8))
        return;
    uint8_t type = layer->slice.data[0];
    if (type == ECHO_REPLY || type == ECHO_REQUEST)
        ADD(layer, icmp_echo, 0);
    if (type == UNREACHABLE && layer->slice.data[1] == NEEDS_FRAGMENTATION)
        (void)fields_number(layer, "icmp.mtu", 6, 2);
    const FieldSpec gateway = {"icmp.redir_gw", 4, 4, AS_IPV4};
    if (type == REDIRECT)
        (void)fields_add(layer, &gateway, 0);
}

static void describe_icmpv6(LayerFields *layer)
{
    enum {
        TOO_BIG = 2,
        ECHO_REQUEST = 128,
        ECHO_REPLY = 129,
        SOLICITATION = 135,
        ADVERTISEMENT = 136
    };
    layer->header = 8;
    ADD(layer, icmpv6, 0);
    if (!fields_has(layer, 0, 8))
        return;
    uint8_t type = layer->slice.data[0];
    const FieldSpec target = {type == SOLICITATION ? "icmpv6.nd.ns.target_address"
                                                   : "icmpv6.nd.na.target_address",
                              8, 16, AS_IPV6};
    if (type == ECHO_REQUEST || type == ECHO_REPLY)
        ADD(layer, icmpv6_echo, 0);
    if (type == TOO_BIG)
        (void)fields_number(layer, "icmpv6.mtu", 4, 4);
    if ((type == SOLICITATION || type == ADVERTISEMENT) && fields_add(layer, &target, 0))
        layer->header = 24;
}

static void describe_igmp(LayerFields *layer)
{
    enum { TYPE_REPORT_3 = 0x22 };
    const FieldSpec group = {"igmp.maddr", 4, 4, AS_IPV4};
    layer->header = 8;
    ADD(layer, igmp, 0);
    if (fields_has(layer, 0, 8) && layer->slice.data[0] != TYPE_REPORT_3)
        (void)fields_add(layer, &group, 0);
}

static const char *meaning_ospf(uint64_t type)
{
    static const char *const names[] = {NULL,
                                        "hello",
                                        "database description",
                                        "link state request",
                                        "link state update",
                                        "link state acknowledgment"};
    return type < COUNT_OF(names) ? names[type] : NULL;
}

static void describe_ospf(LayerFields *layer)
{
    uint32_t first = (uint32_t)layer->fields.count;
    ADD(layer, ospf, 0);
    layer->header = layer->slice.captured;
    if (layer->fields.count > first + 1) {
        const char *name = meaning_ospf(layer->slice.data[1]);
        layer->fields.items[first + 1].meaning = str_of(name ? name : "");
    }
}

static void describe_ah(LayerFields *layer)
{
    layer->header = 12;
    ADD(layer, ah, 0);
    if (fields_has(layer, 0, 2))
        layer->header = (layer->slice.data[1] + 2u) * 4;
}

void fields_describe_ip(LayerFields *layer, Protocol protocol)
{
    switch (protocol) {
    case PROTOCOL_IP:
        describe_ipv4(layer);
        break;
    case PROTOCOL_IPV6:
        describe_ipv6(layer);
        break;
    case PROTOCOL_ICMP:
        describe_icmp(layer);
        break;
    case PROTOCOL_ICMPV6:
        describe_icmpv6(layer);
        break;
    case PROTOCOL_IGMP:
        describe_igmp(layer);
        break;
    case PROTOCOL_OSPF:
        describe_ospf(layer);
        break;
    case PROTOCOL_VRRP:
        ADD(layer, vrrp, 0);
        break;
    case PROTOCOL_EIGRP:
        ADD(layer, eigrp, 0);
        break;
    case PROTOCOL_PIM:
        ADD(layer, pim, 0);
        break;
    case PROTOCOL_ESP:
        ADD(layer, esp, 0);
        break;
    case PROTOCOL_AH:
        describe_ah(layer);
        break;
    default:
        break;
    }
}
