/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/undo.h"

void undo_interface(Builder *builder, size_t interface)
{
    Interface *target = &builder->device->interfaces.items[interface];
    *target = (Interface){.name = target->name,
                          .canonical = target->canonical,
                          .parent = target->parent,
                          .kind = target->kind};
}

void undo_vlan(Builder *builder, size_t vlan)
{
    Vlan *target = &builder->device->vlans.items[vlan];
    *target = (Vlan){.id = target->id};
}

void undo_vrf(Builder *builder, size_t vrf)
{
    Vrf *target = &builder->device->vrfs.items[vrf];
    *target = (Vrf){.name = target->name};
}

void undo_acl(Builder *builder, size_t acl)
{
    Acl *target = &builder->device->acls.items[acl];
    *target = (Acl){.name = target->name, .family = target->family};
}

void undo_object_group(Builder *builder, size_t group)
{
    ObjectGroup *target = &builder->device->object_groups.items[group];
    *target = (ObjectGroup){.name = target->name};
}

void undo_zone(Builder *builder, size_t zone)
{
    Zone *target = &builder->device->zones.items[zone];
    *target = (Zone){.name = target->name};
}

void undo_zone_policy(Builder *builder, size_t policy)
{
    ZonePolicy *target = &builder->device->zone_policies.items[policy];
    *target = (ZonePolicy){.name = target->name};
}

void undo_tracked_object(Builder *builder, size_t object)
{
    TrackedObject *target = &builder->device->tracked_objects.items[object];
    *target = (TrackedObject){.name = target->name};
}

void undo_nat_pool(Builder *builder, size_t pool)
{
    NatPool *target = &builder->device->nat_pools.items[pool];
    *target = (NatPool){.name = target->name, .kind = target->kind};
}

void undo_prefix_list(Builder *builder, size_t list)
{
    PrefixList *target = &builder->device->prefix_lists.items[list];
    *target = (PrefixList){.name = target->name, .family = target->family};
}

void undo_route_map(Builder *builder, size_t map)
{
    RouteMap *target = &builder->device->route_maps.items[map];
    *target = (RouteMap){.name = target->name};
}

void undo_ospf(Builder *builder, size_t process)
{
    OspfProcess *target = &builder->device->ospf.items[process];
    *target = (OspfProcess){.id = target->id, .version = target->version, .vrf = target->vrf};
}

void undo_neighbor(Builder *builder, size_t process, size_t neighbor)
{
    BgpNeighbor *target = &builder->device->bgp.items[process].neighbors.items[neighbor];
    *target = (BgpNeighbor){.name = target->name,
                            .is_group = target->is_group,
                            .address = target->address,
                            .vrf = target->vrf};
}

void undo_bgp(Builder *builder, size_t process)
{
    BgpProcess *target = &builder->device->bgp.items[process];
    for (size_t i = 0; i < target->neighbors.count; i++)
        undo_neighbor(builder, process, i);
    BgpProcess empty = {0};
    empty.neighbors.items = target->neighbors.items;
    empty.neighbors.count = target->neighbors.count;
    empty.neighbors.capacity = target->neighbors.capacity;
    *target = empty;
}

void undo_igp(Builder *builder, IgpKind kind, size_t process)
{
    IgpProcess *target = &device_igp(builder->device, kind)->items[process];
    *target = (IgpProcess){.id = target->id, .vrf = target->vrf};
}

void build_drop_undone(Builder *builder)
{
    Device *device = builder->device;
    VEC_KEEP(&device->interfaces, item, item->line);
    VEC_KEEP(&device->vlans, item, item->line);
    VEC_KEEP(&device->vrfs, item, item->line);
    VEC_KEEP(&device->acls, item, item->line);
    VEC_KEEP(&device->object_groups, item, item->line);
    VEC_KEEP(&device->nat_pools, item, item->line);
    VEC_KEEP(&device->mlag_domains, item, item->line);
    VEC_KEEP(&device->zones, item, item->line);
    VEC_KEEP(&device->zone_policies, item, item->line);
    VEC_KEEP(&device->tracked_objects, item, item->line);
    VEC_KEEP(&device->prefix_lists, item, item->line);
    VEC_KEEP(&device->route_maps, item, item->line);
    VEC_KEEP(&device->ospf, item, item->line);
    VEC_KEEP(&device->isis, item, item->line);
    VEC_KEEP(&device->eigrp, item, item->line);
    VEC_KEEP(&device->bgp, item, item->line);
    VEC_KEEP(&device->defined, item, item->line);
    VEC_KEEP(&device->referenced, item, item->line);
    VEC_KEEP(&device->practices, item, item->line);
    for (size_t i = 0; i < device->bgp.count; i++)
        VEC_KEEP(&device->bgp.items[i].neighbors, item, item->line);
}
