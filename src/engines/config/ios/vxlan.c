/* SPDX-License-Identifier: Apache-2.0 */
/* VXLAN: "interface Vxlan1" of EOS, "interface nve1" of NX-OS, and the VNIs of VLANs. */
#include "engines/config/ios/ios.h"

enum { VNI_MAX = 0xFFFFFF };

typedef struct {
    uint32_t first, last;
} Span;

static InterfaceVxlan *current(Reader *reader)
{
    InterfaceVxlan *vxlan = &ios_current_interface(reader)->vxlan;
    if (!vxlan->line && !reader->negated)
        vxlan->line = reader->line->number;
    return vxlan;
}

/* Takes the next of "10010-10020,10030" off the text. */
static bool next_span(Str *rest, uint32_t most, Span *out_span)
{
    Str field;
    if (!str_next_field(rest, ',', &field))
        return false;
    size_t dash = str_find_byte(field, '-');
    bool read = str_parse_u32(str_slice(field, 0, dash == STR_NOT_FOUND ? field.size : dash),
                              &out_span->first);
    out_span->last = out_span->first;
    if (dash != STR_NOT_FOUND)
        read &= str_parse_u32(str_from(field, dash + 1), &out_span->last);
    return read && out_span->first > 0 && out_span->first <= out_span->last &&
           out_span->last <= most;
}

/* Returns how many numbers "10010-10020,10030" names, or 0 if it is malformed or names more than
 * there are VLANs. */
static size_t count_spans(Str text, uint32_t most)
{
    size_t count = 0;
    Span span;
    while (text.size) {
        if (!next_span(&text, most, &span) || span.last - span.first >= VLAN_MAX ||
            count > VLAN_MAX)
            return 0;
        count += span.last - span.first + 1;
    }
    return count <= VLAN_MAX ? count : 0;
}

static bool set_interface(Reader *reader, Sourced *field)
{
    size_t used = 0;
    *field = (Sourced){0};
    if (!reader->negated)
        *field = (Sourced){ios_interface_name(reader, reader->arg, &used), reader->line->number};
    return reader->negated || reader->arg < reader->words.count;
}

bool ios_vxlan_source(Reader *reader)
{
    return set_interface(reader, &current(reader)->source);
}

bool ios_vxlan_mlag_source(Reader *reader)
{
    return set_interface(reader, &current(reader)->mlag_source);
}

bool ios_vxlan_port(Reader *reader)
{
    InterfaceVxlan *vxlan = current(reader);
    if (reader->negated)
        vxlan->udp_port = 0;
    return reader->negated || words_u32(&reader->words, reader->arg, &vxlan->udp_port);
}

bool ios_vxlan_group(Reader *reader)
{
    Str group = words_get(&reader->words, reader->arg);
    current(reader)->multicast_group = reader->negated ? (Str){"", 0} : group;
    return reader->negated || group.size > 0;
}

/* Handles "host-reachability protocol bgp". */
bool ios_vxlan_reachability(Reader *reader)
{
    current(reader)->bgp = !reader->negated && reader_keyword(reader, reader->arg, "bgp");
    return reader->negated || current(reader)->bgp;
}

/* Adds the addresses from word i on, or takes them back. A "no" without any takes all. */
static bool store_peers(Reader *reader, SourcedVec *peers, size_t i)
{
    IpAddress address;
    if (reader->negated && i >= reader->words.count)
        peers->count = 0;
    for (; i < reader->words.count; i++) {
        Str word = words_get(&reader->words, i);
        if (str_equal(word, STR("add")))
            continue;
        if (!ip_parse(word, &address))
            return false;
        if (!reader->negated)
            build_sourced(&reader->builder, peers, word, reader->line->number);
        else if (!reader_may_search(reader, peers->count))
            return false;
        else
            VEC_KEEP(peers, item, !str_equal(item->text, word));
    }
    return true;
}

/* Handles "vxlan flood vtep 192.0.2.1 192.0.2.2". */
bool ios_vxlan_flood(Reader *reader)
{
    SourcedVec *peers = &current(reader)->peers;
    size_t count = peers->count;
    return store_peers(reader, peers, reader->arg) && (reader->negated || peers->count > count);
}

static void forget_vlan(Reader *reader, InterfaceVxlan *vxlan, uint32_t vlan)
{
    size_t index = build_vlan(&reader->builder, vlan, 0);
    reader->device->vlans.items[index].vni = 0;
    VEC_KEEP(&vxlan->vnis, item, item->vlan != vlan);
}

static void map_vlan(Reader *reader, InterfaceVxlan *vxlan, uint32_t vlan, uint32_t vni)
{
    size_t index = build_vlan(&reader->builder, vlan, 0);
    reader->device->vlans.items[index].vni = vni;
    *VEC_PUSH(reader->arena, &vxlan->vnis) =
        (Vni){.id = vni, .vlan = vlan, .line = reader->line->number};
}

/* Handles "vxlan vlan 11 vni 10011" and "vxlan vlan 11-20 vni 10011-10020". */
bool ios_vxlan_vlan(Reader *reader)
{
    InterfaceVxlan *vxlan = current(reader);
    Str vlans = words_get(&reader->words, reader->arg);
    Str vnis = words_get(&reader->words, reader->arg + 2);
    size_t count = count_spans(vlans, VLAN_MAX);
    Span vlan = {1, 0}, vni = {1, 0};
    if (count == 0 || reader_range_is_exhausted(reader, count))
        return false;
    if (reader->negated && !reader_may_search(reader, count * (1 + vxlan->vnis.count)))
        return false;
    if (!reader->negated &&
        (!reader_keyword(reader, reader->arg + 1, "vni") || count_spans(vnis, VNI_MAX) != count))
        return false;
    for (size_t i = 0; i < count; i++, vlan.first++, vni.first++) {
        if (vlan.first > vlan.last)
            check(next_span(&vlans, VLAN_MAX, &vlan));
        if (reader->negated) {
            forget_vlan(reader, vxlan, vlan.first);
            continue;
        }
        if (vni.first > vni.last)
            check(next_span(&vnis, VNI_MAX, &vni));
        map_vlan(reader, vxlan, vlan.first, vni.first);
    }
    return true;
}

/* Handles "vxlan vrf RED vni 50001". */
bool ios_vxlan_vrf(Reader *reader)
{
    InterfaceVxlan *vxlan = current(reader);
    Str name = words_get(&reader->words, reader->arg);
    Vni vni = {.vrf = name, .is_layer3 = true, .line = reader->line->number};
    if (name.size == 0)
        return false;
    size_t index = build_vrf(&reader->builder, name, 0);
    Vrf *vrf = &reader->device->vrfs.items[index];
    if (reader->negated) {
        if (!reader_may_search(reader, vxlan->vnis.count))
            return false;
        vrf->vni = 0;
        VEC_KEEP(&vxlan->vnis, item, !str_equal(item->vrf, name));
        return true;
    }
    if (!reader_keyword(reader, reader->arg + 1, "vni") ||
        !words_u32(&reader->words, reader->arg + 2, &vni.id) || vni.id == 0 || vni.id > VNI_MAX)
        return false;
    vrf->vni = vni.id;
    *VEC_PUSH(reader->arena, &vxlan->vnis) = vni;
    return true;
}

/* Handles "member vni 10010-10020", "member vni 50001 associate-vrf" and, of IOS-XE, "member vni
 * 50001 vrf RED" and "member vni 10010 mcast-group 239.1.1.1". The lines below are about all of
 * them. */
bool ios_vxlan_member(Reader *reader)
{
    InterfaceVxlan *vxlan = current(reader);
    Str text = words_get(&reader->words, reader->arg);
    bool has_vrf = reader_keyword(reader, reader->arg + 1, "vrf");
    Str value = words_get(&reader->words, reader->arg + 2);
    Vni vni = {.vrf = has_vrf ? value : (Str){"", 0}, .line = reader->line->number};
    vni.is_layer3 = has_vrf || reader_keyword(reader, reader->arg + 1, "associate-vrf");
    if (reader_keyword(reader, reader->arg + 1, "mcast-group"))
        vni.multicast_group = value;
    size_t count = count_spans(text, VNI_MAX);
    Span span;
    if (count == 0 || reader_range_is_exhausted(reader, count))
        return false;
    reader->now.vni_count = count;
    while (text.size && next_span(&text, VNI_MAX, &span)) {
        if (reader->negated) {
            if (!reader_may_search(reader, vxlan->vnis.count))
                return false;
            VEC_KEEP(&vxlan->vnis, item, item->id < span.first || item->id > span.last);
            continue;
        }
        for (vni.id = span.first; vni.id <= span.last; vni.id++)
            *VEC_PUSH(reader->arena, &vxlan->vnis) = vni;
    }
    return true;
}

/* Returns the last VNI of the line above, of which there are count; or NULL. */
static Vni *members(Reader *reader, size_t *out_count)
{
    InterfaceVxlan *vxlan = current(reader);
    *out_count = MIN_OF(reader->now.vni_count, vxlan->vnis.count);
    if (*out_count == 0 || reader_range_is_exhausted(reader, *out_count))
        return NULL;
    return &vxlan->vnis.items[vxlan->vnis.count - *out_count];
}

static bool parse_member_group(Reader *reader)
{
    size_t count = 0;
    Vni *vnis = members(reader, &count);
    Str group = words_get(&reader->words, reader->arg);
    for (size_t i = 0; vnis && i < count; i++)
        vnis[i].multicast_group = reader->negated ? (Str){"", 0} : group;
    return vnis && (reader->negated || group.size > 0);
}

static bool parse_member_replication(Reader *reader)
{
    static const char *const protocols[] = {"bgp", "static"};
    size_t count = 0;
    Vni *vnis = members(reader, &count);
    Str protocol = reader_expand(reader, reader->arg, protocols, COUNT_OF(protocols));
    for (size_t i = 0; vnis && i < count; i++)
        vnis[i].replication = reader->negated ? (Str){"", 0} : protocol;
    return vnis && (reader->negated || protocol.size > 0);
}

static bool parse_member_peer(Reader *reader)
{
    size_t count = 0;
    Vni *vnis = members(reader, &count);
    bool stored = vnis != NULL;
    for (size_t i = 0; vnis && i < count; i++)
        stored &= store_peers(reader, &vnis[i].peers, reader->arg);
    return stored;
}

/* Handles "vn-segment 10011" of a VLAN (NX-OS). */
bool ios_vlan_segment(Reader *reader)
{
    uint32_t vni = 0;
    if (!reader->negated && (!words_u32(&reader->words, reader->arg, &vni) || vni > VNI_MAX))
        return false;
    reader->device->vlans.items[reader->now.vlan].vni = vni;
    return true;
}

static const Command member_commands[] = {
    {"mcast-group", parse_member_group, true},
    {"ingress-replication protocol", parse_member_replication, true, &ios_vxlan_member_table},
    {"ingress-replication"},
    {"peer-ip", parse_member_peer, true},
    {"suppress-arp"},
    {"multisite"},
};

const CommandTable ios_vxlan_member_table = {member_commands, COUNT_OF(member_commands)};
