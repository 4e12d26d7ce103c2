/* SPDX-License-Identifier: Apache-2.0 */
/* Notes of VLANs, ARP (RFC 826) and ICMP (RFC 792, RFC 4443). */
#include "base/mem.h"
#include "engines/pcap/notes.h"

void notes_vlan(Notes *notes, uint16_t id, bool is_service)
{
    if (!notes->vlans)
        notes->vlans = mem_alloc((size_t)2 * NOTES_VLAN_IDS, sizeof(uint64_t));
    notes->vlans[(is_service ? NOTES_VLAN_IDS : 0) + id]++;
}

static NotedArp *find_arp(Notes *notes, uint32_t address)
{
    if (!notes->arp)
        notes->arp = mem_alloc((size_t)NOTES_MAX_ARP * 2, sizeof(NotedArp));
    uint32_t mask = NOTES_MAX_ARP * 2 - 1;
    uint32_t at = (uint32_t)(notes_hash(notes, &address, sizeof(address)) >> 8) & mask;
    for (; notes->arp[at].mac_count; at = (at + 1) & mask) {
        if (notes->arp[at].address == address)
            return &notes->arp[at];
    }
    if (notes->arp_count == NOTES_MAX_ARP)
        return NULL;
    notes->arp_count++;
    notes->arp[at].address = address;
    return &notes->arp[at];
}

void notes_arp(Notes *notes, const DecodedPacket *packet, Slice arp)
{
    enum { BYTES = 28, MAC_AT = 8, ADDRESS_AT = 14, REQUEST = 1, REPLY = 2 };
    static const uint8_t ethernet_and_ipv4[] = {0, 1, 8, 0, 6, 4};
    if (arp.captured < BYTES || memcmp(arp.data, ethernet_and_ipv4, 6) != 0)
        return;
    uint16_t operation = load_be16(arp.data + 6);
    uint32_t address;
    memcpy(&address, arp.data + ADDRESS_AT, sizeof(address));
    /* A probe (RFC 5227) has no sender yet. */
    if (address == 0 || (operation != REQUEST && operation != REPLY))
        return;
    NotedArp *noted = find_arp(notes, address);
    if (!noted)
        return;
    uint32_t mac = 0;
    while (mac < noted->mac_count && memcmp(noted->macs[mac].bytes, arp.data + MAC_AT, 6) != 0)
        mac++;
    if (mac == NOTES_MAX_MACS)
        return;
    if (mac == noted->mac_count) {
        noted->mac_count++;
        memcpy(noted->macs[mac].bytes, arp.data + MAC_AT, 6);
        noted->macs[mac].first_packet = packet->number;
    }
    noted->macs[mac].frames++;
    noted->changes += noted->last != mac;
    noted->last = mac;
}

static void count_type(Notes *notes, const DecodedPacket *packet, uint32_t family,
                       const uint8_t *icmp)
{
    uint32_t i = 0;
    while (i < notes->icmp_count &&
           (notes->icmp[i].family != family || notes->icmp[i].type != icmp[0] ||
            notes->icmp[i].code != icmp[1]))
        i++;
    if (i == NOTES_MAX_ICMP)
        return;
    if (i == notes->icmp_count)
        notes->icmp[notes->icmp_count++] =
            (PcapIcmp){.family = family, .type = icmp[0], .code = icmp[1]};
    examples_add(&notes->icmp[i].examples, packet->number);
}

/* Reads the packet that the error quotes. */
static bool read_quoted(Slice quoted, uint32_t family, NotedIcmpError *error)
{
    enum { TCP = 6, UDP = 17, PORT_AT = 2 };
    bool is_ipv4 = family == 4;
    uint32_t header = is_ipv4 ? 20 : 40;
    if (quoted.captured < header || quoted.data[0] >> 4 != (is_ipv4 ? 4 : 6))
        return false;
    uint32_t size = is_ipv4 ? 4 : 16;
    error->source.family = family;
    error->destination.family = family;
    memcpy(error->source.bytes, quoted.data + (is_ipv4 ? 12 : 8), size);
    memcpy(error->destination.bytes, quoted.data + (is_ipv4 ? 16 : 24), size);
    uint8_t protocol = quoted.data[is_ipv4 ? 9 : 6];
    header = is_ipv4 ? (quoted.data[0] & 15) * 4u : header;
    if ((protocol == TCP || protocol == UDP) && quoted.captured >= header + PORT_AT + 2)
        error->port = load_be16(quoted.data + header + PORT_AT);
    return true;
}

static bool is_same_error(const NotedIcmpError *a, const NotedIcmpError *b)
{
    return a->type == b->type && a->code == b->code && a->mtu == b->mtu && a->port == b->port &&
           memcmp(&a->reporter, &b->reporter, sizeof(a->reporter)) == 0 &&
           memcmp(&a->source, &b->source, sizeof(a->source)) == 0 &&
           memcmp(&a->destination, &b->destination, sizeof(a->destination)) == 0;
}

static void count_error(Notes *notes, const DecodedPacket *packet, const NotedIcmpError *error)
{
    if (!notes->icmp_errors)
        notes->icmp_errors = mem_alloc(NOTES_MAX_ICMP_ERRORS, sizeof(NotedIcmpError));
    uint32_t i = 0;
    while (i < notes->icmp_error_count && !is_same_error(&notes->icmp_errors[i], error))
        i++;
    if (i == NOTES_MAX_ICMP_ERRORS)
        return;
    if (i == notes->icmp_error_count) {
        notes->icmp_errors[notes->icmp_error_count++] = *error;
        notes->icmp_errors[i].first_ns = packet->time_ns;
    }
    notes->icmp_errors[i].last_ns = packet->time_ns;
    examples_add(&notes->icmp_errors[i].examples, packet->number);
}

void notes_icmp(Notes *notes, const DecodedPacket *packet, uint32_t family, Slice icmp)
{
    enum {
        HEADER_BYTES = 8,
        UNREACHABLE = 3,
        EXCEEDED = 11,
        NEEDS_FRAGMENTATION = 4,
        TOO_BIG_6 = 2
    };
    if (icmp.captured < 2)
        return;
    count_type(notes, packet, family, icmp.data);
    NotedIcmpError error = {
        .reporter = packet->address[0], .type = icmp.data[0], .code = icmp.data[1]};
    bool is_error = family == 4 ? error.type == UNREACHABLE || error.type == EXCEEDED
                                : error.type >= 1 && error.type <= 3;
    if (!is_error || packet->is_copy || icmp.captured < HEADER_BYTES ||
        !read_quoted(slice_after(icmp, HEADER_BYTES), family, &error))
        return;
    if (family == 4 && error.type == UNREACHABLE && error.code == NEEDS_FRAGMENTATION)
        error.mtu = load_be16(icmp.data + 6);
    if (family == 6 && error.type == TOO_BIG_6)
        error.mtu = load_be32(icmp.data + 4);
    count_error(notes, packet, &error);
}
