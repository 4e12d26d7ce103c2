/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration states for interfaces without their names: for all, or by an address. */
#include "engines/config/junos/junos.h"

static bool has_family(const Interface *interface, IpFamily family)
{
    for (size_t i = 0; i < interface->addresses.count; i++) {
        if (interface->addresses.items[i].prefix.address.family == family)
            return true;
    }
    return family == IP_V4 && interface->unnumbered.line;
}

static void apply_everywhere(Builder *builder, const OspfEverywhere *all)
{
    Device *device = builder->device;
    const OspfProcess *process = &device->ospf.items[all->process];
    bool v3 = process->version == 3;
    for (size_t i = 0; i < device->interfaces.count; i++) {
        Interface *interface = &device->interfaces.items[i];
        InterfaceOspf *ospf = &interface->ospf[v3];
        if (ospf->enabled || ospf->disabled || interface->parent.size == 0 ||
            !str_equal(interface->vrf.text, process->vrf) ||
            !has_family(interface, v3 ? IP_V6 : IP_V4))
            continue;
        *ospf = all->options;
        ospf->enabled = ospf->has_area = ospf->passive_set = true;
        ospf->area = all->area;
        ospf->process = process->id;
    }
}

/* Returns the index + 1 of the interface with each address. */
static Map list_owners(Builder *builder)
{
    Map owners = {0};
    const Device *device = builder->device;
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        for (size_t k = 0; k < interface->addresses.count; k++) {
            IpText text;
            Str key = ip_format(interface->addresses.items[k].prefix.address, &text);
            map_put_index(builder->arena, &owners, arena_copy(builder->arena, key), i);
        }
    }
    return owners;
}

/* Moves what OSPF states for an address to the interface that has it. */
static void move_by_address(Builder *builder)
{
    Device *device = builder->device;
    Map owners = list_owners(builder);
    for (size_t i = 0; i < device->interfaces.count; i++) {
        Interface *stated = &device->interfaces.items[i];
        IpAddress address;
        IpText text;
        if (!ip_parse(stated->name, &address))
            continue;
        size_t owner = map_get_index(&owners, ip_format(address, &text));
        if (owner == MAP_NO_INDEX)
            continue;
        for (size_t v = 0; v < COUNT_OF(stated->ospf); v++) {
            InterfaceOspf *ospf = &device->interfaces.items[owner].ospf[v];
            if (stated->ospf[v].enabled && !ospf->enabled)
                *ospf = stated->ospf[v];
        }
        stated->line = 0;
    }
    VEC_KEEP(&device->interfaces, item, item->line);
}

/* The native VLAN of a port is that of its unit 0, which is the trunk. */
static void inherit_native_vlans(Builder *builder)
{
    Device *device = builder->device;
    for (size_t i = 0; i < device->interfaces.count; i++) {
        Interface *unit = &device->interfaces.items[i];
        size_t port =
            unit->parent.size ? map_get_index(&builder->interfaces, unit->parent) : MAP_NO_INDEX;
        if (port != MAP_NO_INDEX && unit->switchport != SWITCHPORT_NONE && !unit->native_vlan)
            unit->native_vlan = device->interfaces.items[port].native_vlan;
    }
}

void junos_places_finish(Builder *builder)
{
    enum { MAX_EVERYWHERE = 256 };
    inherit_native_vlans(builder);
    move_by_address(builder); /* the indexes of the Builder are not valid after it */
    for (size_t i = 0; i < builder->ospf_everywhere.count && i < MAX_EVERYWHERE; i++) {
        if (!builder->ospf_everywhere.items[i].options.disabled)
            apply_everywhere(builder, &builder->ospf_everywhere.items[i]);
    }
}
