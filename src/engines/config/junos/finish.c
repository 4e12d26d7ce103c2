/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/junos/junos.h"

static void add_member(Builder *builder, Interface *interface, Str member, const Map *by_name)
{
    const VlanSet *named = map_get(by_name, member);
    VlanSet *set = interface->allowed;
    if (!set)
        set = interface->allowed = ARENA_NEW(builder->arena, VlanSet);
    if (named)
        vlans_add(set, named);
    else if (!vlans_parse(member, false, set))
        return;
    for (uint32_t id = 1; id <= VLAN_MAX && interface->switchport == SWITCHPORT_ACCESS; id++) {
        if (vlans_has(set, id)) {
            interface->access_vlan = (uint16_t)id;
            break;
        }
    }
}

static void resolve_members(Builder *builder)
{
    Map by_name = {0};
    Device *device = builder->device;
    for (size_t i = 0; i < device->vlans.count; i++) {
        VlanSet *set = map_get(&by_name, device->vlans.items[i].name);
        if (!set) {
            set = ARENA_NEW(builder->arena, VlanSet);
            map_put(builder->arena, &by_name, device->vlans.items[i].name, set);
        }
        vlans_add_range(set, device->vlans.items[i].id, device->vlans.items[i].id);
    }
    for (size_t i = 0; i < builder->member_names.count; i++) {
        Interface *interface = &device->interfaces.items[builder->member_interfaces.items[i]];
        if (interface->allowed_line == 0)
            interface->allowed_line = builder->member_names.items[i].line;
        add_member(builder, interface, builder->member_names.items[i].text, &by_name);
    }
}

/* Removes interfaces that were only referred to (by OSPF, by a routing instance) and never defined.
 */
static void drop_undefined(Builder *builder)
{
    InterfaceVec *interfaces = &builder->device->interfaces;
    size_t kept = 0;
    for (size_t i = 0; i < interfaces->count; i++) {
        Interface interface = interfaces->items[i];
        if (map_get(&builder->defined_interfaces, interface.canonical)) {
            interfaces->items[kept++] = interface;
            continue;
        }
        build_warning(builder, interface.line,
                      arena_printf(builder->arena,
                                   "interface %.*s is named here but not configured",
                                   STR_ARGS(interface.name)));
    }
    interfaces->count = kept;
}

/* Each routing instance stores the options for all its groups in a group of its own. It inherits
 * none from the main instance, and may have an AS of its own. */
static void add_instance_options(Builder *builder, size_t bgp)
{
    BgpProcess *process = &builder->device->bgp.items[bgp];
    size_t count = process->neighbors.count;
    for (size_t i = 0; i < count; i++) {
        Str vrf = process->neighbors.items[i].vrf;
        if (vrf.size == 0 || !process->neighbors.items[i].is_group)
            continue;
        size_t index = build_neighbor(builder, bgp, vrf, STR("all groups"), 0);
        BgpNeighbor *all = &process->neighbors.items[index];
        all->is_group = true;
        if (!all->local_as)
            all->local_as = (uint32_t)(uintptr_t)map_get(&builder->instance_as, vrf);
    }
}

static void share_all_groups(BgpProcess *process)
{
    for (size_t i = 0; i < process->neighbors.count; i++) {
        BgpNeighbor *neighbor = &process->neighbors.items[i];
        /* The families of the nearest level replace those of the levels above. */
        if (neighbor->families)
            neighbor->inactive = BGP_ALL_FAMILIES & ~neighbor->families;
        if (neighbor->is_group && neighbor->group.size == 0 &&
            !str_equal(neighbor->name, STR("all groups")))
            neighbor->group = STR("all groups");
        if (str_starts_with(neighbor->name, STR("group ")))
            neighbor->name = str_from(neighbor->name, 6);
        if (str_starts_with(neighbor->group, STR("group ")))
            neighbor->group = str_from(neighbor->group, 6);
    }
}

void junos_finish(Builder *builder)
{
    Device *device = builder->device;
    resolve_members(builder);
    junos_static_finish(builder);
    junos_isis_finish(builder);
    junos_places_finish(builder);
    junos_zones_finish(builder);
    junos_books_finish(builder);
    junos_vxlan_finish(builder);
    drop_undefined(builder);
    for (size_t i = 0; i < device->ospf.count; i++) {
        if (!ip_is_set(device->ospf.items[i].router_id) && device->ospf.items[i].vrf.size == 0) {
            device->ospf.items[i].router_id = builder->router_id;
            device->ospf.items[i].router_id_line = builder->router_id_line;
        }
    }
    for (size_t i = 0; i < device->bgp.count; i++) {
        device->bgp.items[i].asn = builder->asn;
        device->bgp.items[i].confederation = builder->confederation;
        device->bgp.items[i].router_id = builder->router_id;
        device->bgp.items[i].router_id_line = builder->router_id_line;
        add_instance_options(builder, i);
        share_all_groups(&device->bgp.items[i]);
    }
    junos_apply_paths_finish(builder);
    junos_prefix_lists_finish(builder);
}
