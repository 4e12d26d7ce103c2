/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of the layers below IP, and of tunnels. */
#include "engines/pcap/fields.h"

static const FieldSpec eth[] = {
    {"eth.dst", 0, 6, AS_MAC},
    {"eth.src", 6, 6, AS_MAC},
};

static const FieldSpec vlan[] = {
    {"vlan.priority", 0, 2, AS_NUMBER, 13, 3},
    {"vlan.dei", 0, 2, AS_NUMBER, 12, 1},
    {"vlan.id", 0, 2, AS_NUMBER, 0, 12},
};

static const FieldSpec service_vlan[] = {
    {"ieee8021ad.priority", 0, 2, AS_NUMBER, 13, 3},
    {"ieee8021ad.dei", 0, 2, AS_NUMBER, 12, 1},
    {"ieee8021ad.id", 0, 2, AS_NUMBER, 0, 12},
};

static const FieldSpec llc[] = {
    {"llc.dsap", 0, 1, AS_HEX},
    {"llc.ssap", 1, 1, AS_HEX},
};

static const FieldSpec stp[] = {
    {"stp.protocol", 0, 2, AS_HEX},
    {"stp.version", 2, 1, AS_NUMBER},
    {"stp.type", 3, 1, AS_HEX},
    {"stp.flags", 4, 1, AS_HEX},
    {"stp.root.ext", 5, 2, AS_NUMBER, 0, 12},
    {"stp.root.hw", 7, 6, AS_MAC},
    {"stp.root.cost", 13, 4, AS_NUMBER},
    {"stp.bridge.ext", 17, 2, AS_NUMBER, 0, 12},
    {"stp.bridge.hw", 19, 6, AS_MAC},
    {"stp.port", 25, 2, AS_HEX},
};

static const FieldSpec mpls[] = {
    {"mpls.label", 0, 4, AS_NUMBER, 12, 20},
    {"mpls.exp", 0, 4, AS_NUMBER, 9, 3},
    {"mpls.bottom", 0, 4, AS_NUMBER, 8, 1},
    {"mpls.ttl", 0, 4, AS_NUMBER, 0, 8},
};

static const FieldSpec pppoe[] = {
    {"pppoe.version", 0, 1, AS_NUMBER, 4, 4},
    {"pppoe.type", 0, 1, AS_NUMBER, 0, 4},
    {"pppoe.code", 1, 1, AS_HEX},
    {"pppoe.session_id", 2, 2, AS_HEX},
    {"pppoe.payload_length", 4, 2, AS_NUMBER},
};

static const FieldSpec sll[] = {
    {"sll.pkttype", 0, 2, AS_NUMBER},
    {"sll.hatype", 2, 2, AS_NUMBER},
    {"sll.halen", 4, 2, AS_NUMBER},
};

static const FieldSpec sll2[] = {
    {"sll.etype", 0, 2, AS_HEX, 0, 0, meaning_ethertype},
    {"sll.ifindex", 4, 4, AS_NUMBER},
    {"sll.hatype", 8, 2, AS_NUMBER},
    {"sll.pkttype", 10, 1, AS_NUMBER},
    {"sll.halen", 11, 1, AS_NUMBER},
};

static const FieldSpec chdlc[] = {
    {"chdlc.address", 0, 1, AS_HEX},
    {"chdlc.protocol", 2, 2, AS_HEX, 0, 0, meaning_ethertype},
};

static const FieldSpec arp[] = {
    {"arp.hw.type", 0, 2, AS_NUMBER},
    {"arp.proto.type", 2, 2, AS_HEX, 0, 0, meaning_ethertype},
    {"arp.hw.size", 4, 1, AS_NUMBER},
    {"arp.proto.size", 5, 1, AS_NUMBER},
};

static const FieldSpec arp_ethernet[] = {
    {"arp.src.hw_mac", 8, 6, AS_MAC},
    {"arp.src.proto_ipv4", 14, 4, AS_IPV4},
    {"arp.dst.hw_mac", 18, 6, AS_MAC},
    {"arp.dst.proto_ipv4", 24, 4, AS_IPV4},
};

static const FieldSpec gre[] = {
    {"gre.flags_and_version", 0, 2, AS_HEX},
    {"gre.proto", 2, 2, AS_HEX, 0, 0, meaning_ethertype},
};

static const FieldSpec vxlan[] = {
    {"vxlan.flags", 0, 2, AS_HEX},
    {"vxlan.gbp", 2, 2, AS_NUMBER},
    {"vxlan.vni", 4, 3, AS_NUMBER},
};

static const FieldSpec geneve[] = {
    {"geneve.version", 0, 1, AS_NUMBER, 6, 2},
    {"geneve.proto_type", 2, 2, AS_HEX, 0, 0, meaning_ethertype},
    {"geneve.vni", 4, 3, AS_HEX},
};

static const FieldSpec gtp[] = {
    {"gtp.flags", 0, 1, AS_HEX},
    {"gtp.message", 1, 1, AS_HEX},
    {"gtp.length", 2, 2, AS_NUMBER},
};

static const FieldSpec hsr[] = {
    {"hsr.path", 0, 2, AS_NUMBER, 12, 4},
    {"hsr.size", 0, 2, AS_NUMBER, 0, 12},
    {"hsr.seqnr", 2, 2, AS_NUMBER},
    {"hsr.type", 4, 2, AS_HEX, 0, 0, meaning_ethertype},
};

#define ADD(layer, table, base) fields_add_all(layer, table, COUNT_OF(table), base)

static void add_type(LayerFields *layer, const char *name, uint32_t at)
{
    const FieldSpec spec = {name, 0, 2, AS_HEX, 0, 0, meaning_ethertype};
    (void)fields_add(layer, &spec, at);
}

/* A type, or below 1536 the length of what follows. */
static void add_type_or_length(LayerFields *layer, const char *type, const char *length,
                               uint32_t at)
{
    enum { ETHERTYPE_MIN = 1536, LENGTH_MAX = 1500 };
    if (!fields_has(layer, at, 2))
        return;
    uint32_t value = (uint32_t)fields_load(layer, at, 2);
    if (value >= ETHERTYPE_MIN) {
        add_type(layer, type, at);
        return;
    }
    (void)fields_number(layer, length, at, 2);
    if (value <= LENGTH_MAX && value > 0)
        layer->end = MIN_OF(layer->end, at + 2 + value);
}

static void describe_eth(LayerFields *layer)
{
    layer->header = 14;
    ADD(layer, eth, 0);
    add_type_or_length(layer, "eth.type", "eth.len", 12);
}

static void describe_vlan(LayerFields *layer)
{
    layer->header = 4;
    ADD(layer, vlan, 0);
    add_type_or_length(layer, "vlan.etype", "vlan.len", 2);
}

/* Two tags in a row are one layer. */
static void describe_service_vlan(LayerFields *layer)
{
    enum { TYPE = 0x88a8 };
    bool is_double = fields_has(layer, 0, 8) && fields_load(layer, 2, 2) == TYPE;
    layer->header = is_double ? 8 : 4;
    ADD(layer, service_vlan, 0);
    if (is_double)
        ADD(layer, service_vlan, 4);
}

static void describe_llc(LayerFields *layer)
{
    enum { SAP_SNAP = 0xaa };
    layer->header = 3;
    ADD(layer, llc, 0);
    if (!fields_has(layer, 0, 8) || layer->slice.data[0] != SAP_SNAP)
        return;
    layer->header = 8;
    const FieldSpec oui = {"llc.oui", 3, 3, AS_NUMBER};
    (void)fields_add(layer, &oui, 0);
    if (fields_load(layer, 3, 3) == 0)
        add_type(layer, "llc.type", 6);
}

/* The priority of a bridge is a multiple of 4096 (IEEE 802.1D-2004 section 9.2.5). */
static void add_priority(LayerFields *layer, const char *name, uint32_t at)
{
    if (fields_has(layer, at, 1))
        (void)fields_text(layer, name, at, 1,
                          arena_printf(layer->arena, "%u", (layer->slice.data[at] & 0xf0u) << 8));
}

static void describe_stp(LayerFields *layer)
{
    enum { TYPE_TOPOLOGY_CHANGE = 0x80, TYPE_RAPID = 2 };
    uint8_t type = fields_has(layer, 3, 1) ? layer->slice.data[3] : 0;
    layer->header = type == TYPE_TOPOLOGY_CHANGE ? 4 : type == TYPE_RAPID ? 36 : 35;
    if (type == TYPE_TOPOLOGY_CHANGE) {
        fields_add_all(layer, stp, 3, 0);
        return;
    }
    ADD(layer, stp, 0);
    add_priority(layer, "stp.root.prio", 5);
    add_priority(layer, "stp.bridge.prio", 17);
}

static void describe_mpls(LayerFields *layer)
{
    layer->header = 4;
    ADD(layer, mpls, 0);
}

static void describe_pppoe(LayerFields *layer)
{
    layer->header = 6;
    ADD(layer, pppoe, 0);
    if (fields_has(layer, 4, 2))
        layer->end = MIN_OF(layer->end, 6 + (uint32_t)fields_load(layer, 4, 2));
}

static void describe_ppp(LayerFields *layer)
{
    bool has_address = fields_has(layer, 0, 2) && layer->slice.data[0] == 0xff;
    uint32_t at = has_address ? 2 : 0;
    if (!fields_has(layer, at, 1))
        return;
    uint32_t size = layer->slice.data[at] & 1 ? 1 : 2;
    layer->header = at + size;
    const FieldSpec protocol = {"ppp.protocol", 0, (uint8_t)size, AS_HEX};
    (void)fields_add(layer, &protocol, at);
}

/* The hardware address has at most eight bytes; six are Ethernet's. */
static void describe_sll(LayerFields *layer)
{
    enum { LINK_SLL2 = 276, ETHERNET_BYTES = 6 };
    const FieldSpec address = {"sll.src.eth", 0, ETHERNET_BYTES, AS_MAC};
    bool is_second = layer->link_type == LINK_SLL2;
    layer->header = is_second ? 20 : 16;
    if (is_second)
        ADD(layer, sll2, 0);
    else
        ADD(layer, sll, 0);
    uint32_t size_at = is_second ? 11 : 4;
    uint32_t size_bytes = is_second ? 1 : 2;
    if (fields_has(layer, size_at, size_bytes) &&
        fields_load(layer, size_at, size_bytes) == ETHERNET_BYTES)
        (void)fields_add(layer, &address, is_second ? 12 : 6);
    if (!is_second)
        add_type(layer, "sll.etype", 14);
}

static void describe_null(LayerFields *layer)
{
    layer->header = 4;
    const FieldSpec family = {"null.family", 0, 4, layer->link_type ? AS_NUMBER : AS_LITTLE};
    if (fields_has(layer, 0, 4) && load_le32(layer->slice.data) <= 0xffff)
        (void)fields_add(layer, &family, 0);
}

static void describe_chdlc(LayerFields *layer)
{
    layer->header = 4;
    ADD(layer, chdlc, 0);
}

static const char *meaning_arp(uint64_t opcode)
{
    static const char *const names[] = {NULL, "request", "reply", "reverse request",
                                        "reverse reply"};
    return opcode < COUNT_OF(names) ? names[opcode] : NULL;
}

static void describe_arp(LayerFields *layer)
{
    enum { ETHERNET = 1 };
    const FieldSpec opcode = {"arp.opcode", 6, 2, AS_NUMBER, 0, 0, meaning_arp};
    ADD(layer, arp, 0);
    (void)fields_add(layer, &opcode, 0);
    layer->header = 8;
    if (!fields_has(layer, 0, 8))
        return;
    const uint8_t *header = layer->slice.data;
    layer->header = 8 + 2u * header[4] + 2u * header[5];
    layer->end = MIN_OF(layer->end, layer->header);
    if (load_be16(header) == ETHERNET && load_be16(header + 2) == 0x0800 && header[4] == 6 &&
        header[5] == 4)
        ADD(layer, arp_ethernet, 0);
}

/* The optional words come in the order of their flags. */
static void describe_gre(LayerFields *layer)
{
    enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, ACK = 0x0080 };
    uint32_t at = 4;
    layer->header = 4;
    ADD(layer, gre, 0);
    if (!fields_has(layer, 0, 4))
        return;
    uint16_t flags = load_be16(layer->slice.data);
    bool is_pptp = (flags & 7) == 1;
    at += flags & (CHECKSUM | ROUTING) ? 4 : 0;
    if (flags & KEY) {
        const FieldSpec key = {"gre.key", 0, 4, AS_HEX};
        if (is_pptp) {
            (void)fields_number(layer, "gre.key.payload_length", at, 2);
            (void)fields_number(layer, "gre.key.call_id", at + 2, 2);
        } else {
            (void)fields_add(layer, &key, at);
        }
        at += 4;
    }
    if (flags & SEQUENCE) {
        (void)fields_number(layer, "gre.sequence_number", at, 4);
        at += 4;
    }
    at += is_pptp && (flags & ACK) ? 4 : 0;
    layer->header = at;
}

static void describe_vxlan(LayerFields *layer)
{
    layer->header = 8;
    ADD(layer, vxlan, 0);
}

static void describe_geneve(LayerFields *layer)
{
    ADD(layer, geneve, 0);
    layer->header = 8;
    if (fields_has(layer, 0, 1))
        layer->header += (layer->slice.data[0] & 0x3fu) * 4;
}

static void describe_gtp(LayerFields *layer)
{
    enum { FLAG_OPTIONAL = 0x07 };
    const FieldSpec teid = {"gtp.teid", 4, 4, AS_HEX};
    ADD(layer, gtp, 0);
    uint8_t flags = fields_has(layer, 0, 1) ? layer->slice.data[0] : 0;
    bool is_first = flags >> 5 == 1;
    if (is_first)
        (void)fields_add(layer, &teid, 0);
    layer->header = !is_first ? 20 : flags & FLAG_OPTIONAL ? 12 : 8;
}

static void describe_hsr(LayerFields *layer)
{
    layer->header = 6;
    ADD(layer, hsr, 0);
}

static void (*const describers[PROTOCOL_COUNT])(LayerFields *layer) = {
    [PROTOCOL_ETH] = describe_eth,
    [PROTOCOL_VLAN] = describe_vlan,
    [PROTOCOL_IEEE8021AD] = describe_service_vlan,
    [PROTOCOL_HSR] = describe_hsr,
    [PROTOCOL_LLC] = describe_llc,
    [PROTOCOL_STP] = describe_stp,
    [PROTOCOL_MPLS] = describe_mpls,
    [PROTOCOL_PPPOED] = describe_pppoe,
    [PROTOCOL_PPPOES] = describe_pppoe,
    [PROTOCOL_PPP] = describe_ppp,
    [PROTOCOL_SLL] = describe_sll,
    [PROTOCOL_NULL_LINK] = describe_null,
    [PROTOCOL_CHDLC] = describe_chdlc,
    [PROTOCOL_ARP] = describe_arp,
    [PROTOCOL_GRE] = describe_gre,
    [PROTOCOL_VXLAN] = describe_vxlan,
    [PROTOCOL_GENEVE] = describe_geneve,
    [PROTOCOL_GTP] = describe_gtp,
};

void fields_describe(LayerFields *layer, Protocol protocol)
{
    /* A layer without fields here is all that is left of the packet. */
    layer->header = layer->slice.captured;
    layer->end = layer->slice.captured;
    if (describers[protocol]) {
        describers[protocol](layer);
    } else {
        fields_describe_ip(layer, protocol);
        fields_describe_transport(layer, protocol);
    }
    layer->end = MIN_OF(layer->end, layer->slice.captured);
    layer->header = MIN_OF(layer->header, layer->end);
}
