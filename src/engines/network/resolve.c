/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/build.h"
#include "engines/network/resolve_igp.h"

enum { MAX_WILDCARDS = 64, MAX_GROUP_DEPTH = 8 };

/*
 * Network statements of one process, kept by wildcard: an interface address is looked up once for
 * each distinct wildcard, so that many statements and many interfaces do not multiply.
 */
typedef struct {
    IpAddress wildcards[MAX_WILDCARDS];
    size_t count;
    Map networks; /* wildcard index and masked address -> OspfNetwork */
    bool truncated;
} NetworkIndex;

/* The interfaces of each VRF, so that many processes and many interfaces do not multiply. */
typedef struct {
    Map first;    /* VRF -> index of its first interface */
    size_t *next; /* by the index of an interface: the next one of its VRF, or MAP_NO_INDEX */
} VrfIndex;

static VrfIndex index_vrfs(Builder *builder)
{
    const InterfaceVec *interfaces = &builder->device->interfaces;
    VrfIndex index = {.next = ARENA_ARRAY(builder->scratch, size_t, interfaces->count)};
    for (size_t i = interfaces->count; i-- > 0;) {
        Str vrf = interfaces->items[i].vrf.text;
        index.next[i] = map_get_index(&index.first, vrf);
        map_put_index(builder->scratch, &index.first, vrf, i);
    }
    return index;
}

static uint32_t masked(IpAddress address, IpAddress wildcard)
{
    return ip_v4_value(address) & ~ip_v4_value(wildcard);
}

static Str network_key(Arena *arena, size_t wildcard, uint32_t value)
{
    return arena_printf(arena, "%zu %u", wildcard, value);
}

static size_t wildcard_index(NetworkIndex *index, IpAddress wildcard)
{
    for (size_t i = 0; i < index->count; i++) {
        if (ip_equal(index->wildcards[i], wildcard))
            return i;
    }
    if (index->count == MAX_WILDCARDS) {
        index->truncated = true;
        return SIZE_MAX;
    }
    index->wildcards[index->count] = wildcard;
    return index->count++;
}

static void index_networks(Builder *builder, OspfProcess *process, NetworkIndex *index)
{
    for (size_t i = 0; i < process->networks.count; i++) {
        OspfNetwork *network = &process->networks.items[i];
        size_t wildcard = wildcard_index(index, network->wildcard);
        if (wildcard == SIZE_MAX)
            continue;
        Str key =
            network_key(builder->scratch, wildcard, masked(network->address, network->wildcard));
        if (!map_get(&index->networks, key))
            map_put(builder->scratch, &index->networks, key, network);
    }
    if (index->truncated) {
        build_warning(
            builder, process->line,
            STR("more than 64 different wildcards: some network statements were not used"));
    }
}

/* Returns the network statement of an address. The one with the fewest wildcard bits wins, in the
 * order of IOS. */
static const OspfNetwork *match_network(Builder *builder, const NetworkIndex *index,
                                        IpAddress address)
{
    const OspfNetwork *best = NULL;
    for (size_t i = 0; i < index->count; i++) {
        Str key = network_key(builder->scratch, i, masked(address, index->wildcards[i]));
        const OspfNetwork *network = map_get(&index->networks, key);
        if (network && (!best || ip_v4_value(network->wildcard) < ip_v4_value(best->wildcard)))
            best = network;
    }
    return best;
}

static void apply_network(Builder *builder, const OspfProcess *process, const NetworkIndex *index,
                          Interface *interface, const Interface *addressed)
{
    InterfaceOspf *ospf = &interface->ospf[0];
    for (size_t k = 0; k < addressed->addresses.count; k++) {
        const InterfaceAddress *address = &addressed->addresses.items[k];
        if (address->prefix.address.family != IP_V4)
            continue;
        ArenaMark mark = arena_mark(builder->scratch);
        const OspfNetwork *network = match_network(builder, index, address->prefix.address);
        arena_reset(builder->scratch, mark);
        if (!network)
            continue;
        ospf->enabled = ospf->has_area = true;
        ospf->area = network->area;
        ospf->process = process->id;
        ospf->line = network->line;
        return;
    }
}

/* Returns the interface whose address counts: the one that an unnumbered interface borrows from. */
static const Interface *addressed_part(const Builder *builder, const Interface *interface)
{
    if (!interface->unnumbered.line)
        return interface;
    size_t found = map_get_index(&builder->interfaces, interface->unnumbered.text);
    return found != MAP_NO_INDEX ? &builder->device->interfaces.items[found] : interface;
}

static void apply_networks(Builder *builder, const VrfIndex *vrfs, OspfProcess *process)
{
    NetworkIndex index = {0};
    index_networks(builder, process, &index);
    size_t i = index.count ? map_get_index(&vrfs->first, process->vrf) : MAP_NO_INDEX;
    for (; i != MAP_NO_INDEX; i = vrfs->next[i]) {
        Interface *interface = &builder->device->interfaces.items[i];
        InterfaceOspf *ospf = &interface->ospf[0];
        if (!ospf->has_area && !ospf->disabled)
            apply_network(builder, process, &index, interface, addressed_part(builder, interface));
    }
}

/* Returns whether an interface of the VRF belongs to the process: by the process's id, or because
 * it is the only process of the VRF. */
static bool belongs(const InterfaceOspf *ospf, const OspfProcess *process)
{
    return ospf->enabled && (ospf->process.size == 0 || str_equal(ospf->process, process->id));
}

static void inherit_number(uint32_t *value, uint32_t from)
{
    if (!*value)
        *value = from;
}

static void inherit_ospf(InterfaceOspf *ospf, const InterfaceOspf *from)
{
    bool no_mode =
        !ospf->authentication.size || str_equal(ospf->authentication, STR("key configured"));
    inherit_number(&ospf->cost, from->cost);
    inherit_number(&ospf->hello_s, from->hello_s);
    inherit_number(&ospf->dead_s, from->dead_s);
    inherit_number(&ospf->priority, from->priority);
    if (!ospf->network_type.size)
        ospf->network_type = from->network_type;
    if (no_mode && from->authentication.size)
        ospf->authentication = from->authentication;
    ospf->mtu_ignore |= from->mtu_ignore;
    if (!ospf->passive_set && from->passive_set) {
        ospf->passive = from->passive;
        ospf->passive_set = true;
    }
}

static void inherit_defaults(InterfaceOspf *ospf, const OspfProcess *process)
{
    enum { MAX_AREAS = 256 };
    for (size_t k = 0; k < process->areas.count && k < MAX_AREAS; k++) {
        if (process->areas.items[k].id == ospf->area)
            inherit_ospf(ospf, &process->areas.items[k].defaults);
    }
    inherit_ospf(ospf, &process->defaults);
}

/* Gives the interfaces of a process what its areas, and the process itself, state for all of them.
 */
static void apply_defaults(Builder *builder, const VrfIndex *vrfs, const OspfProcess *process)
{
    size_t i = process->has_defaults ? map_get_index(&vrfs->first, process->vrf) : MAP_NO_INDEX;
    for (; i != MAP_NO_INDEX; i = vrfs->next[i]) {
        InterfaceOspf *ospf = &builder->device->interfaces.items[i].ospf[process->version == 3];
        if (belongs(ospf, process))
            inherit_defaults(ospf, process);
    }
}

static void apply_passives(Builder *builder, const VrfIndex *vrfs, OspfProcess *process)
{
    Map stated = {0};
    for (size_t i = 0; i < process->passives.count; i++)
        map_put(builder->scratch, &stated, process->passives.items[i].interface,
                &process->passives.items[i]);
    size_t i = map_get_index(&vrfs->first, process->vrf);
    for (; i != MAP_NO_INDEX; i = vrfs->next[i]) {
        Interface *interface = &builder->device->interfaces.items[i];
        InterfaceOspf *ospf = &interface->ospf[process->version == 3];
        if (!belongs(ospf, process))
            continue;
        const OspfPassive *passive = map_get(&stated, interface->canonical);
        if (ospf->process.size == 0)
            ospf->process = process->id;
        if (!ospf->passive_set)
            ospf->passive = passive ? passive->passive : process->passive_default;
    }
}

static void inherit(BgpNeighbor *neighbor, const BgpNeighbor *group)
{
    if (!neighbor->remote_as) {
        neighbor->remote_as = group->remote_as;
        neighbor->remote_as_line = group->remote_as_line;
    }
    if (neighbor->type == BGP_TYPE_UNSET)
        neighbor->type = group->type;
    if (!neighbor->local_as)
        neighbor->local_as = group->local_as;
    if (!neighbor->update_source.size && !ip_is_set(neighbor->local_address)) {
        neighbor->update_source = group->update_source;
        neighbor->local_address = group->local_address;
        neighbor->local_line = group->local_line;
    }
    if (!neighbor->import.text.size)
        neighbor->import = group->import;
    if (!neighbor->export.text.size)
        neighbor->export = group->export;
    if (!neighbor->description.text.size)
        neighbor->description = group->description;
    if (!neighbor->multihop)
        neighbor->multihop = group->multihop;
    neighbor->families |= group->families & ~neighbor->inactive;
    neighbor->inactive |= group->inactive & ~neighbor->families;
    neighbor->shutdown |= group->shutdown;
    neighbor->passive |= group->passive;
    neighbor->has_password |= group->has_password;
    neighbor->reflector_client |= group->reflector_client;
}

static Str group_key(Arena *arena, Str vrf, Str name)
{
    return arena_printf(arena, "%.*s\n%.*s", STR_ARGS(vrf), STR_ARGS(name));
}

static const BgpNeighbor *find_group(Arena *arena, const Map *groups, const BgpNeighbor *neighbor,
                                     Str name)
{
    const BgpNeighbor *group = map_get(groups, group_key(arena, neighbor->vrf, name));
    return group ? group : map_get(groups, group_key(arena, STR(""), name));
}

/* Inherits from the policy template called name, and from the one it uses itself. */
static void inherit_policies(Arena *arena, const Map *groups, BgpNeighbor *neighbor, Str name)
{
    for (int depth = 0; name.size && depth < MAX_GROUP_DEPTH; depth++) {
        const BgpNeighbor *group = find_group(arena, groups, neighbor, name);
        if (!group || group == neighbor)
            break;
        inherit(neighbor, group);
        name = group->policy.size ? group->policy : group->group;
    }
}

/* Inherits from the group called name, from its policy template, and from the group it uses itself.
 */
static void inherit_groups(Arena *arena, const Map *groups, BgpNeighbor *neighbor, Str name)
{
    for (int depth = 0; name.size && depth < MAX_GROUP_DEPTH; depth++) {
        const BgpNeighbor *group = find_group(arena, groups, neighbor, name);
        if (!group || group == neighbor)
            break;
        inherit(neighbor, group);
        inherit_policies(arena, groups, neighbor, group->policy);
        name = group->group;
    }
}

static void resolve_neighbor(Arena *arena, const Map *groups, const BgpProcess *process,
                             BgpNeighbor *neighbor)
{
    inherit_groups(arena, groups, neighbor, neighbor->group);
    inherit_policies(arena, groups, neighbor, neighbor->policy);
    bool unnumbered = neighbor->interface.size && !ip_is_set(neighbor->address);
    bool default_ipv4 = !process->no_default_ipv4 && !(neighbor->inactive & BGP_IPV4) &&
                        (unnumbered || neighbor->address.family == IP_V4);
    if (default_ipv4)
        neighbor->families |= BGP_IPV4;
    uint32_t own = neighbor->local_as ? neighbor->local_as : process->asn;
    if (neighbor->type == BGP_TYPE_INTERNAL && !neighbor->remote_as)
        neighbor->remote_as = own;
    if (neighbor->type == BGP_TYPE_UNSET && neighbor->remote_as)
        neighbor->type = neighbor->remote_as == own ? BGP_TYPE_INTERNAL : BGP_TYPE_EXTERNAL;
}

static void resolve_bgp(Builder *builder, BgpProcess *process)
{
    Map groups = {0};
    for (size_t i = 0; i < process->neighbors.count; i++) {
        BgpNeighbor *neighbor = &process->neighbors.items[i];
        if (neighbor->is_group)
            map_put(builder->scratch, &groups,
                    group_key(builder->scratch, neighbor->vrf, neighbor->name), neighbor);
    }
    for (size_t i = 0; i < process->neighbors.count; i++) {
        if (!process->neighbors.items[i].is_group)
            resolve_neighbor(builder->scratch, &groups, process, &process->neighbors.items[i]);
    }
}

/* A unit or sub-interface inherits the state of its port: it is shut down if the port is. */
static void inherit_from_ports(Builder *builder)
{
    InterfaceVec *interfaces = &builder->device->interfaces;
    Map ports = {0};
    for (size_t i = 0; i < interfaces->count; i++)
        map_put(builder->scratch, &ports, interfaces->items[i].canonical, &interfaces->items[i]);
    for (size_t i = 0; i < interfaces->count; i++) {
        Interface *unit = &interfaces->items[i];
        const Interface *port = unit->parent.size ? map_get(&ports, unit->parent) : NULL;
        if (!port)
            continue;
        if (port->shutdown && !unit->shutdown) {
            unit->shutdown = true;
            unit->shutdown_line = port->shutdown_line;
        }
        if (!unit->mtu) {
            unit->mtu = port->mtu;
            unit->mtu_line = port->mtu_line;
        }
    }
}

static void keep_out_disabled(Builder *builder)
{
    for (size_t i = 0; i < builder->device->interfaces.count; i++) {
        Interface *interface = &builder->device->interfaces.items[i];
        for (size_t k = 0; k < COUNT_OF(interface->ospf); k++)
            interface->ospf[k].enabled &= !interface->ospf[k].disabled;
    }
}

void device_resolve(Builder *builder)
{
    Device *device = builder->device;
    enum { MAX_PROCESSES = 256 };
    VrfIndex vrfs = index_vrfs(builder);
    inherit_from_ports(builder);
    keep_out_disabled(builder);
    for (size_t i = 0; i < device->ospf.count && i < MAX_PROCESSES; i++)
        apply_networks(builder, &vrfs, &device->ospf.items[i]);
    for (size_t i = 0; i < device->ospf.count && i < MAX_PROCESSES; i++) {
        apply_defaults(builder, &vrfs, &device->ospf.items[i]);
        apply_passives(builder, &vrfs, &device->ospf.items[i]);
    }
    resolve_igp(builder, IGP_ISIS);
    resolve_igp(builder, IGP_EIGRP);
    for (size_t i = 0; i < device->bgp.count; i++)
        resolve_bgp(builder, &device->bgp.items[i]);
}
