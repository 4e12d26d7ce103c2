/* SPDX-License-Identifier: Apache-2.0 */
/* "vlans". */
#include "engines/config/junos/junos.h"

static bool parse_vlan(Reader *reader)
{
    reader->now.vlan_name = reader_name(reader, 0);
    return true;
}

/* Names the VLAN. Routing instances may have VLANs of the same number: the first name counts. */
static void name_vlan(Reader *reader, uint32_t id)
{
    size_t index = build_vlan(&reader->builder, id, reader->line->number);
    Vlan *vlan = &reader->device->vlans.items[index];
    if (reader->now.instance.size == 0 || vlan->name.size == 0)
        vlan->name = reader->now.vlan_name;
}

static bool parse_id(Reader *reader)
{
    uint32_t id = 0;
    if (!words_u32(&reader->words, reader->arg, &id) || id < 1 || id > VLAN_MAX)
        return false;
    name_vlan(reader, id);
    junos_note_vlan_id(reader, id, true);
    return true;
}

/* Handles "vlan-range 10-20" and "vlan-id-list 10": VLANs that share one name. */
static bool parse_list(Reader *reader)
{
    VlanSet *set = ARENA_NEW(reader->arena, VlanSet);
    if (!vlans_parse(junos_value(reader), false, set) || vlans_count(set) == 0)
        return false;
    for (uint32_t id = 1; id <= VLAN_MAX; id++) {
        if (vlans_has(set, id))
            name_vlan(reader, id);
    }
    return true;
}

/* Makes a port a member of the VLAN. */
static bool parse_port(Reader *reader)
{
    Builder *builder = &reader->builder;
    Str name = reader_name(reader, 0);
    if (str_find_byte(name, '.') == STR_NOT_FOUND)
        name = arena_printf(reader->arena, "%.*s.0", STR_ARGS(name));
    size_t index = build_interface(builder, name, reader->line->number);
    Interface *interface = &reader->device->interfaces.items[index];
    if (interface->switchport == SWITCHPORT_NONE) {
        interface->switchport = SWITCHPORT_ACCESS;
        interface->switchport_line = reader->line->number;
    }
    build_sourced(builder, &builder->member_names, reader->now.vlan_name, reader->line->number);
    *VEC_PUSH(reader->arena, &builder->member_interfaces) = index;
    return true;
}

/* Stores the layer-3 interface of the VLAN, which is one of those stated last. */
static bool parse_layer3_interface(Reader *reader)
{
    enum { MAX_SEARCHED = 8 };
    Device *device = reader->device;
    for (size_t i = device->vlans.count; i > 0 && i + MAX_SEARCHED > device->vlans.count; i--) {
        Vlan *vlan = &device->vlans.items[i - 1];
        if (str_equal(vlan->name, reader->now.vlan_name))
            vlan->interface = junos_value(reader);
    }
    return true;
}

static const Command vlan_commands[] = {
    {"vlan-id none"},
    {"vlan-id", parse_id},
    {"vlan-range", parse_list},
    {"vlan-id-list", parse_list},
    {"interface *", parse_port},
    {"interface", junos_not_understood},
    {"l3-interface", parse_layer3_interface},
    {"vxlan", NULL, false, &junos_vni_table},
    {"*"},
};

static const CommandTable vlan_table = {vlan_commands, COUNT_OF(vlan_commands)};

static const Command vlans_commands[] = {
    {"*", parse_vlan, false, &vlan_table, .only_known = true},
};

const CommandTable junos_vlans_table = {vlans_commands, COUNT_OF(vlans_commands)};
