/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VXLAN. Junos makes its tunnel interface, vtep, by itself: no statement defines it. A VLAN or
 * bridge domain states its VNI and the number of the VLAN, in any order and maybe in a routing
 * instance; both are brought together at the end.
 */
#include "engines/config/junos/junos.h"

enum { VNI_MAX = 0xFFFFFF };

/* Returns VXLAN of the tunnel interface, which this statement is about. */
static InterfaceVxlan *tunnel_of(Builder *builder, uint32_t line)
{
    size_t index = build_interface(builder, STR("vtep"), line);
    Interface *interface = &builder->device->interfaces.items[index];
    map_put(builder->arena, &builder->defined_interfaces, interface->canonical, builder);
    interface->line = MIN_OF(interface->line, line);
    interface->last_line = MAX_OF(interface->last_line, line);
    interface->vxlan.line = interface->line;
    return &interface->vxlan;
}

static InterfaceVxlan *current(Reader *reader)
{
    return tunnel_of(&reader->builder, reader->line->number);
}

/* An interface without a unit stands for its unit 0. */
bool junos_vxlan_source(Reader *reader)
{
    Str name = reader_name(reader, 0);
    if (str_find_byte(name, '.') == STR_NOT_FOUND)
        name = arena_printf(reader->arena, "%.*s.0", STR_ARGS(name));
    current(reader)->source = (Sourced){name, reader->line->number};
    return true;
}

static bool parse_peer(Reader *reader)
{
    IpAddress address;
    Str peer = reader_name(reader, 0);
    if (!ip_parse(peer, &address))
        return false;
    build_sourced(&reader->builder, &current(reader)->peers, peer, reader->line->number);
    return true;
}

static const Command switch_commands[] = {
    {"vtep-source-interface *", junos_vxlan_source},
    {"remote-vtep-list *", parse_peer},
    {"*"},
};

const CommandTable junos_switch_options_table = {switch_commands, COUNT_OF(switch_commands)};

/* Returns the VLAN or bridge domain of this name in the instance; without a name, the only one of
 * an instance of type evpn. */
static BridgedVlan *vlan_of(Reader *reader)
{
    Builder *builder = &reader->builder;
    Str key = arena_printf(reader->arena, "%.*s\n%.*s", STR_ARGS(reader->now.instance),
                           STR_ARGS(reader->now.vlan_name));
    size_t index = map_get_index(&builder->bridged_by_name, key);
    if (index == MAP_NO_INDEX) {
        index = builder->bridged_vlans.count;
        *VEC_PUSH(reader->arena, &builder->bridged_vlans) = (BridgedVlan){0};
        map_put_index(reader->arena, &builder->bridged_by_name, key, index);
    }
    return &builder->bridged_vlans.items[index];
}

void junos_note_vlan_id(Reader *reader, uint32_t id, bool is_vlan)
{
    BridgedVlan *vlan = vlan_of(reader);
    vlan->vlan = id;
    vlan->is_vlan = is_vlan;
    vlan->is_main = reader->now.instance.size == 0;
}

static bool parse_vni(Reader *reader)
{
    uint32_t id = 0;
    if (!str_parse_u32(reader_name(reader, 0), &id) || id == 0 || id > VNI_MAX)
        return false;
    BridgedVlan *vlan = vlan_of(reader);
    vlan->vni.id = id;
    vlan->vni.line = reader->line->number;
    return true;
}

static bool parse_group(Reader *reader)
{
    vlan_of(reader)->vni.multicast_group = reader_name(reader, 0);
    return true;
}

static bool parse_vlan_peer(Reader *reader)
{
    build_sourced(&reader->builder, &vlan_of(reader)->vni.peers, reader_name(reader, 0),
                  reader->line->number);
    return true;
}

/* "vxlan" of a VLAN or bridge domain. */
static const Command vni_commands[] = {
    {"vni *", parse_vni},
    {"vni", junos_not_understood},
    {"multicast-group *", parse_group},
    {"static-remote-vtep-list *", parse_vlan_peer},
    {"*"},
};

const CommandTable junos_vni_table = {vni_commands, COUNT_OF(vni_commands)};

static bool parse_domain(Reader *reader)
{
    reader->now.vlan_name = reader_name(reader, 0);
    return true;
}

static bool parse_domain_id(Reader *reader)
{
    uint32_t id = 0;
    if (str_parse_u32(reader_name(reader, 0), &id) && id <= VLAN_MAX)
        junos_note_vlan_id(reader, id, false);
    return true;
}

bool junos_instance_vlan_id(Reader *reader)
{
    reader->now.vlan_name = (Str){"", 0};
    return parse_domain_id(reader);
}

bool junos_instance_vxlan(Reader *reader)
{
    reader->now.vlan_name = (Str){"", 0};
    return true;
}

static const Command domain_commands[] = {
    {"vlan-id *", parse_domain_id, .only_known = true},
    {"vxlan", NULL, false, &junos_vni_table},
    {"*"},
};

static const CommandTable domain_table = {domain_commands, COUNT_OF(domain_commands)};

static const Command domains_commands[] = {
    {"*", parse_domain, false, &domain_table, .only_known = true},
};

const CommandTable junos_domains_table = {domains_commands, COUNT_OF(domains_commands)};

static bool parse_encapsulation(Reader *reader)
{
    current(reader)->bgp = true;
    return true;
}

/* Handles "ip-prefix-routes vni 50001", which routes between the VNIs of the instance. */
static bool parse_layer3_vni(Reader *reader)
{
    Vni vni = {.vrf = reader->now.instance, .is_layer3 = true, .line = reader->line->number};
    if (!str_parse_u32(reader_name(reader, 0), &vni.id) || vni.id == 0 || vni.id > VNI_MAX)
        return false;
    if (vni.vrf.size)
        reader->device->vrfs.items[reader->now.vrf].vni = vni.id;
    *VEC_PUSH(reader->arena, &current(reader)->vnis) = vni;
    return true;
}

static const Command evpn_commands[] = {
    {"encapsulation vxlan", parse_encapsulation},
    {"ip-prefix-routes vni *", parse_layer3_vni},
    {"*"},
};

const CommandTable junos_evpn_table = {evpn_commands, COUNT_OF(evpn_commands)};

/* Routing instances may have VLANs of the same number: the VLAN outside of them counts, or else the
 * first one. */
static void set_vni(Builder *builder, const BridgedVlan *bridged)
{
    size_t index = build_vlan(builder, bridged->vlan, bridged->vni.line);
    Vlan *vlan = &builder->device->vlans.items[index];
    if (bridged->is_main || !vlan->vni)
        vlan->vni = bridged->vni.id;
}

void junos_vxlan_finish(Builder *builder)
{
    for (size_t i = 0; i < builder->bridged_vlans.count; i++) {
        BridgedVlan *bridged = &builder->bridged_vlans.items[i];
        if (!bridged->vni.id)
            continue;
        bridged->vni.vlan = bridged->vlan;
        *VEC_PUSH(builder->arena, &tunnel_of(builder, bridged->vni.line)->vnis) = bridged->vni;
        if (bridged->vlan && bridged->is_vlan)
            set_vni(builder, bridged);
    }
}
