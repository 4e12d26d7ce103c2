/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/build.h"

enum { MAX_NOT_UNDERSTOOD_TEXT = 200 };

/* Gives a part that was taken back (undo.h) the line that states it again. */
static void restate(uint32_t *part_line, uint32_t line)
{
    if (*part_line == 0)
        *part_line = line;
}

/* Returns the part before the last '.' of the name of a sub-interface or unit. */
static Str parent_of(Str canonical)
{
    size_t dot = str_find_last_byte(canonical, '.');
    return dot == STR_NOT_FOUND ? (Str){"", 0} : str_slice(canonical, 0, dot);
}

size_t build_interface(Builder *builder, Str name, uint32_t line)
{
    Device *device = builder->device;
    Str canonical = interface_canonical(builder->arena, name, builder->system);
    size_t index = map_get_index(&builder->interfaces, canonical);
    if (index != SIZE_MAX) {
        restate(&device->interfaces.items[index].line, line);
        return index;
    }
    index = device->interfaces.count;
    *VEC_PUSH(builder->arena, &device->interfaces) = (Interface){
        .name = name,
        .canonical = canonical,
        .parent = parent_of(canonical),
        .kind = interface_kind(canonical, builder->system),
        .line = line,
        .last_line = line,
    };
    map_put_index(builder->scratch, &builder->interfaces, canonical, index);
    return index;
}

size_t build_vlan(Builder *builder, uint32_t id, uint32_t line)
{
    Device *device = builder->device;
    check(id <= VLAN_MAX);
    if (!builder->vlans)
        builder->vlans = ARENA_ARRAY(builder->scratch, uint32_t, VLAN_MAX + 1);
    uint32_t *place = &builder->vlans[id];
    if (*place) {
        restate(&device->vlans.items[*place - 1].line, line);
        return *place - 1;
    }
    *VEC_PUSH(builder->arena, &device->vlans) = (Vlan){.id = id, .line = line};
    *place = (uint32_t)device->vlans.count;
    return device->vlans.count - 1;
}

static Map *of_family(Map maps[3], IpFamily family)
{
    return &maps[family == IP_V6 ? 2 : family == IP_V4];
}

size_t build_acl(Builder *builder, Str name, IpFamily family, uint32_t line)
{
    Device *device = builder->device;
    Map *names = of_family(builder->acls, family);
    size_t index = map_get_index(names, name);
    if (index != SIZE_MAX) {
        restate(&device->acls.items[index].line, line);
        return index;
    }
    index = device->acls.count;
    *VEC_PUSH(builder->arena, &device->acls) =
        (Acl){.name = name, .family = family, .line = line, .last_line = line};
    map_put_index(builder->scratch, names, name, index);
    return index;
}

size_t build_object_group(Builder *builder, Str book, Str name, uint32_t line)
{
    Device *device = builder->device;
    Str key = arena_printf(builder->scratch, "%.*s\n%.*s", STR_ARGS(book), STR_ARGS(name));
    size_t index = map_get_index(&builder->object_groups, key);
    if (index != SIZE_MAX) {
        restate(&device->object_groups.items[index].line, line);
        return index;
    }
    index = device->object_groups.count;
    *VEC_PUSH(builder->arena, &device->object_groups) =
        (ObjectGroup){.name = name, .book = book, .line = line, .last_line = line};
    map_put_index(builder->scratch, &builder->object_groups, key, index);
    return index;
}

size_t build_nat_pool(Builder *builder, Str kind, Str name, uint32_t line)
{
    Device *device = builder->device;
    Str key = arena_printf(builder->scratch, "%.*s\n%.*s", STR_ARGS(kind), STR_ARGS(name));
    size_t index = map_get_index(&builder->nat_pools, key);
    if (index != SIZE_MAX) {
        restate(&device->nat_pools.items[index].line, line);
        return index;
    }
    index = device->nat_pools.count;
    *VEC_PUSH(builder->arena, &device->nat_pools) =
        (NatPool){.name = name, .kind = kind, .line = line, .last_line = line};
    map_put_index(builder->scratch, &builder->nat_pools, key, index);
    return index;
}

size_t build_tracked_object(Builder *builder, Str name, uint32_t line)
{
    Device *device = builder->device;
    size_t index = map_get_index(&builder->tracked_objects, name);
    if (index != SIZE_MAX) {
        restate(&device->tracked_objects.items[index].line, line);
        return index;
    }
    index = device->tracked_objects.count;
    *VEC_PUSH(builder->arena, &device->tracked_objects) =
        (TrackedObject){.name = name, .line = line, .last_line = line};
    map_put_index(builder->scratch, &builder->tracked_objects, name, index);
    return index;
}

size_t build_zone(Builder *builder, Str name, uint32_t line)
{
    Device *device = builder->device;
    size_t index = map_get_index(&builder->zones, name);
    if (index != SIZE_MAX) {
        restate(&device->zones.items[index].line, line);
        return index;
    }
    index = device->zones.count;
    *VEC_PUSH(builder->arena, &device->zones) =
        (Zone){.name = name, .line = line, .last_line = line};
    map_put_index(builder->scratch, &builder->zones, name, index);
    return index;
}

size_t build_zone_policy(Builder *builder, Str from, Str to, Str name, uint32_t line)
{
    Device *device = builder->device;
    Str key = arena_printf(builder->scratch, "%.*s\n%.*s\n%.*s", STR_ARGS(from), STR_ARGS(to),
                           STR_ARGS(name));
    size_t index = map_get_index(&builder->zone_policies, key);
    if (index != SIZE_MAX) {
        restate(&device->zone_policies.items[index].line, line);
        return index;
    }
    index = device->zone_policies.count;
    *VEC_PUSH(builder->arena, &device->zone_policies) =
        (ZonePolicy){.from = from, .to = to, .name = name, .line = line, .last_line = line};
    map_put_index(builder->scratch, &builder->zone_policies, key, index);
    return index;
}

size_t build_prefix_list(Builder *builder, Str name, IpFamily family, uint32_t line)
{
    Device *device = builder->device;
    Map *names = of_family(builder->prefix_lists, family);
    size_t index = map_get_index(names, name);
    if (index != SIZE_MAX) {
        restate(&device->prefix_lists.items[index].line, line);
        return index;
    }
    index = device->prefix_lists.count;
    *VEC_PUSH(builder->arena, &device->prefix_lists) =
        (PrefixList){.name = name, .family = family, .line = line};
    map_put_index(builder->scratch, names, name, index);
    return index;
}

size_t build_route_map(Builder *builder, Str name, uint32_t line)
{
    Device *device = builder->device;
    size_t index = map_get_index(&builder->route_maps, name);
    if (index != SIZE_MAX) {
        restate(&device->route_maps.items[index].line, line);
        return index;
    }
    index = device->route_maps.count;
    *VEC_PUSH(builder->arena, &device->route_maps) =
        (RouteMap){.name = name, .line = line, .last_line = line};
    map_put_index(builder->scratch, &builder->route_maps, name, index);
    return index;
}

size_t build_vrf(Builder *builder, Str name, uint32_t line)
{
    Device *device = builder->device;
    size_t index = map_get_index(&builder->vrfs, name);
    if (index != SIZE_MAX) {
        restate(&device->vrfs.items[index].line, line);
        return index;
    }
    index = device->vrfs.count;
    *VEC_PUSH(builder->arena, &device->vrfs) = (Vrf){.name = name, .line = line};
    map_put_index(builder->scratch, &builder->vrfs, name, index);
    return index;
}

size_t build_ospf(Builder *builder, Str id, uint8_t version, Str vrf, uint32_t line)
{
    Device *device = builder->device;
    Str key = arena_printf(builder->scratch, "%u %.*s %.*s", version, STR_ARGS(id), STR_ARGS(vrf));
    size_t index = map_get_index(&builder->processes, key);
    if (index != SIZE_MAX) {
        restate(&device->ospf.items[index].line, line);
        return index;
    }
    index = device->ospf.count;
    *VEC_PUSH(builder->arena, &device->ospf) =
        (OspfProcess){.id = id, .version = version, .vrf = vrf, .line = line, .last_line = line};
    map_put_index(builder->scratch, &builder->processes, key, index);
    return index;
}

size_t build_area(Builder *builder, size_t ospf, uint32_t id, uint32_t line)
{
    OspfProcess *process = &builder->device->ospf.items[ospf];
    Str key = arena_printf(builder->scratch, "area\n%zu %u", ospf, id);
    size_t index = map_get_index(&builder->processes, key);
    if (index != SIZE_MAX)
        return index;
    index = process->areas.count;
    *VEC_PUSH(builder->arena, &process->areas) = (OspfArea){.id = id, .line = line};
    map_put_index(builder->scratch, &builder->processes, key, index);
    return index;
}

size_t build_igp(Builder *builder, IgpKind kind, Str id, Str vrf, uint32_t line)
{
    IgpVec *list = device_igp(builder->device, kind);
    Str key = arena_printf(builder->scratch, "igp %d\n%.*s\n%.*s", (int)kind, STR_ARGS(id),
                           STR_ARGS(vrf));
    size_t index = map_get_index(&builder->processes, key);
    if (index != SIZE_MAX) {
        restate(&list->items[index].line, line);
        return index;
    }
    index = list->count;
    *VEC_PUSH(builder->arena, list) =
        (IgpProcess){.id = id, .vrf = vrf, .line = line, .last_line = line};
    map_put_index(builder->scratch, &builder->processes, key, index);
    return index;
}

size_t build_bgp_instance(Builder *builder, Str key, uint32_t line)
{
    Device *device = builder->device;
    size_t index = map_get_index(&builder->bgp, key);
    if (index != SIZE_MAX) {
        restate(&device->bgp.items[index].line, line);
        return index;
    }
    index = device->bgp.count;
    *VEC_PUSH(builder->arena, &device->bgp) = (BgpProcess){.line = line, .last_line = line};
    map_put_index(builder->scratch, &builder->bgp, key, index);
    return index;
}

size_t build_bgp(Builder *builder, uint32_t line)
{
    return build_bgp_instance(builder, STR(""), line);
}

size_t build_neighbor(Builder *builder, size_t bgp, Str vrf, Str name, uint32_t line)
{
    BgpProcess *process = &builder->device->bgp.items[bgp];
    IpAddress address = {0};
    IpText text;
    bool is_address = ip_parse(name, &address);
    if (is_address)
        name = ip_format(address, &text);
    ArenaMark mark = arena_mark(builder->scratch);
    Str key = arena_printf(builder->scratch, "%zu %.*s\n%.*s", bgp, STR_ARGS(vrf), STR_ARGS(name));
    size_t index = map_get_index(&builder->neighbors, key);
    if (index != SIZE_MAX) {
        arena_reset(builder->scratch, mark);
        restate(&process->neighbors.items[index].line, line);
        return index;
    }
    index = process->neighbors.count;
    *VEC_PUSH(builder->arena, &process->neighbors) = (BgpNeighbor){
        .name = arena_copy(builder->arena, name),
        .is_group = !is_address,
        .address = address,
        .vrf = vrf,
        .line = line,
        .last_line = line,
    };
    map_put_index(builder->scratch, &builder->neighbors, key, index);
    return index;
}

InterfaceAddress *build_address(Builder *builder, size_t interface, IpPrefix prefix, uint32_t line)
{
    Interface *target = &builder->device->interfaces.items[interface];
    InterfaceAddress *address = VEC_PUSH(builder->arena, &target->addresses);
    *address = (InterfaceAddress){
        .prefix = prefix,
        .line = line,
        .link_local = prefix.address.family == IP_V6 && ip_is_link_local(prefix.address),
    };
    return address;
}

void build_acl_binding(Builder *builder, size_t interface, AclBinding binding)
{
    *VEC_PUSH(builder->arena, &builder->device->interfaces.items[interface].acls) = binding;
}

void build_sourced(Builder *builder, SourcedVec *list, Str text, uint32_t line)
{
    *VEC_PUSH(builder->arena, list) = (Sourced){text, line};
}

void build_warning(Builder *builder, uint32_t line, Str message)
{
    *VEC_PUSH(builder->arena, &builder->device->warnings) = (DeviceWarning){line, message};
}

void build_not_understood(Builder *builder, uint32_t line, Str text, Str stanza)
{
    *VEC_PUSH(builder->arena, &builder->device->not_understood) = (NotUnderstood){
        .line = line,
        .text = str_slice(str_trim(text), 0, MAX_NOT_UNDERSTOOD_TEXT),
        .stanza = stanza,
    };
}

void build_structure(Builder *builder, bool defined, StructureKind kind, Str name, uint32_t line)
{
    NamedStructure structure = {kind, name, line};
    if (defined)
        *VEC_PUSH(builder->arena, &builder->device->defined) = structure;
    else
        *VEC_PUSH(builder->arena, &builder->device->referenced) = structure;
}

void build_practice(Builder *builder, PracticeKind kind, uint32_t line, uint32_t block)
{
    *VEC_PUSH(builder->arena, &builder->device->practices) =
        (Practice){kind, line, block ? block : line};
}

void build_stanza(Builder *builder, StanzaKind kind, Str header, uint32_t line, bool run)
{
    Device *device = builder->device;
    Stanza *last = device->stanzas.count ? &device->stanzas.items[device->stanzas.count - 1] : NULL;
    if (run && last && last->kind == kind && str_equal(last->header, header)) {
        last->last_line = line;
        return;
    }
    *VEC_PUSH(builder->arena, &device->stanzas) =
        (Stanza){.header = header, .kind = kind, .first_line = line, .last_line = line};
}

void build_stanza_extend(Builder *builder, uint32_t line)
{
    Device *device = builder->device;
    if (device->stanzas.count)
        device->stanzas.items[device->stanzas.count - 1].last_line = line;
}

bool build_parse_area(Str text, uint32_t *out_area)
{
    IpAddress address;
    if (str_parse_u32(text, out_area))
        return true;
    if (!ip_parse(text, &address) || address.family != IP_V4)
        return false;
    *out_area = ip_v4_value(address);
    return true;
}

bool build_parse_asn(Str text, uint32_t *out_asn)
{
    uint32_t high = 0, low = 0;
    size_t dot = str_find_byte(text, '.');
    if (dot == STR_NOT_FOUND)
        return str_parse_u32(text, out_asn) && *out_asn > 0;
    if (!str_parse_u32(str_slice(text, 0, dot), &high) ||
        !str_parse_u32(str_from(text, dot + 1), &low) || high > 0xFFFF || low > 0xFFFF)
        return false;
    *out_asn = high << 16 | low;
    return *out_asn > 0;
}
