/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/compare_private.h"

enum { VALUE_MAX_BYTES = 64 * 1024 };

const char *const compare_groups[] = {
    "device",         "interface",   "vlan",        "switch pair",  "vrf",      "static route",
    "tracked object", "ospf",        "ospfv3",      "isis",         "eigrp",    "bgp",
    "bgp group",      "bgp peer",    "access list", "object group", "nat rule", "nat pool",
    "zone",           "zone policy", "prefix list", "route map",    "user",     "dns server",
    "ntp server",     "log host",    "other",       NULL,
};

typedef struct {
    Arena *arena;
    CompareParts *parts;
    ComparePart *part; /* the one that members are added to */
    Map names;         /* of its members */
} Collector;

Str compare_key(Arena *arena, const char *group, Str name)
{
    return arena_printf(arena, "%s\n%.*s", group, STR_ARGS(name));
}

/* Begins a part. A second one of the same name, which a device would not have, gets a number. */
static void begin(Collector *collector, const char *group, Str name, uint32_t line,
                  uint32_t last_line)
{
    CompareParts *parts = collector->parts;
    Str key = compare_key(collector->arena, group, name);
    if (map_get_index(&parts->index, key) != MAP_NO_INDEX) {
        name = arena_printf(collector->arena, "%.*s (line %u)", STR_ARGS(name), line);
        key = compare_key(collector->arena, group, name);
    }
    map_put_index(collector->arena, &parts->index, key, parts->parts.count);
    collector->part = VEC_PUSH(collector->arena, &parts->parts);
    *collector->part = (ComparePart){
        .group = group, .name = name, .line = line, .last_line = MAX_OF(line, last_line)};
    collector->names = (Map){0};
}

static void add(Collector *collector, Str name, Str value, uint32_t line)
{
    ComparePart *part = collector->part;
    if (map_get_index(&collector->names, name) != MAP_NO_INDEX)
        return;
    map_put_index(collector->arena, &collector->names, name, part->members.count);
    *VEC_PUSH(collector->arena, &part->members) =
        (CompareFact){name, value, line ? line : part->line};
}

static void add_text(Collector *collector, const char *name, Str value, uint32_t line)
{
    if (!str_empty(value))
        add(collector, str_of(name), value, line);
}

static void add_sourced(Collector *collector, const char *name, const Sourced *value)
{
    add_text(collector, name, value->text, value->line);
}

static void add_number(Collector *collector, const char *name, uint64_t value, uint32_t line)
{
    if (value)
        add(collector, str_of(name),
            arena_printf(collector->arena, "%llu", (unsigned long long)value), line);
}

static void add_flag(Collector *collector, const char *name, bool value, uint32_t line)
{
    if (value)
        add(collector, str_of(name), STR(""), line);
}

static void add_address(Collector *collector, const char *name, IpAddress address, uint32_t line)
{
    IpText text;
    add_text(collector, name, arena_copy(collector->arena, ip_format(address, &text)), line);
}

/* A member that is one of several: its value is part of its name. */
static void add_one_of(Collector *collector, const char *name, Str value, uint32_t line)
{
    if (!str_empty(value))
        add(collector, arena_printf(collector->arena, "%s %.*s", name, STR_ARGS(value)), STR(""),
            line);
}

static void collect_texts(Collector *collector, const char *name, const SourcedVec *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        add_one_of(collector, name, texts->items[i].text, texts->items[i].line);
}

static Str prefix_text(Collector *collector, IpPrefix prefix)
{
    IpText text;
    return arena_copy(collector->arena, ip_prefix_format(prefix, &text));
}

static Str in_vrf(Collector *collector, Str name, Str vrf)
{
    return str_empty(vrf)
               ? name
               : arena_printf(collector->arena, "%.*s vrf %.*s", STR_ARGS(name), STR_ARGS(vrf));
}

static void collect_settings(Collector *collector, const Device *device)
{
    begin(collector, "device", STR("settings"), 0, 0);
    add_text(collector, "system", str_of(device->vendor.system->name), device->vendor.line);
    add_sourced(collector, "hostname", &device->hostname);
    add_sourced(collector, "domain", &device->domain);
    add_sourced(collector, "version", &device->version);
    add_sourced(collector, "model", &device->model);
}

static void collect_addresses(Collector *collector, const Interface *interface)
{
    for (size_t i = 0; i < interface->addresses.count; i++) {
        const InterfaceAddress *address = &interface->addresses.items[i];
        Str text = prefix_text(collector, address->prefix);
        Str name = arena_printf(
            collector->arena, "address %.*s%s%s%s%s", STR_ARGS(text),
            address->secondary ? " secondary" : "", address->link_local ? " link-local" : "",
            address->virtual_address ? " virtual" : "", address->eui64 ? " eui-64" : "");
        add(collector, name, STR(""), address->line);
    }
}

static void collect_ospf_of_interface(Collector *collector, const InterfaceOspf *ospf,
                                      const char *version)
{
    const struct {
        const char *name;
        uint32_t value;
    } numbers[] = {{"cost", ospf->cost},
                   {"hello", ospf->hello_s},
                   {"dead", ospf->dead_s},
                   {"priority", ospf->priority}};
    Arena *arena = collector->arena;
    if (ospf->enabled && ospf->has_area)
        add(collector, arena_printf(arena, "%s area", version),
            arena_printf(arena, "%u", ospf->area), ospf->line);
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        add_number(collector, arena_printf(arena, "%s %s", version, numbers[i].name).data,
                   numbers[i].value, 0);
    add_text(collector, arena_printf(arena, "%s process", version).data, ospf->process, ospf->line);
    add_text(collector, arena_printf(arena, "%s network type", version).data, ospf->network_type,
             0);
    add_text(collector, arena_printf(arena, "%s authentication", version).data,
             ospf->authentication, 0);
    add_flag(collector, arena_printf(arena, "%s passive", version).data, ospf->passive, 0);
    add_flag(collector, arena_printf(arena, "%s disabled", version).data, ospf->disabled, 0);
    add_flag(collector, arena_printf(arena, "%s mtu-ignore", version).data, ospf->mtu_ignore, 0);
}

static void collect_igp_of_interface(Collector *collector, const InterfaceIgp *igp,
                                     const char *protocol)
{
    static const char *const levels[] = {"", "level-1", "level-2", "level-1-2"};
    Arena *arena = collector->arena;
    if (igp->enabled)
        add(collector, str_of(protocol), igp->process, igp->line);
    for (size_t i = 0; i < COUNT_OF(igp->metric); i++) {
        add_number(collector, arena_printf(arena, "%s level %zu metric", protocol, i + 1).data,
                   igp->metric[i], 0);
        add_text(collector,
                 arena_printf(arena, "%s level %zu authentication", protocol, i + 1).data,
                 igp->authentication[i], 0);
    }
    add_text(collector, arena_printf(arena, "%s levels", protocol).data,
             str_of(levels[igp->levels & ISIS_BOTH_LEVELS]), 0);
    add_text(collector, arena_printf(arena, "%s passive levels", protocol).data,
             str_of(levels[igp->passive_levels & ISIS_BOTH_LEVELS]), 0);
    add_flag(collector, arena_printf(arena, "%s passive", protocol).data, igp->passive, 0);
    add_flag(collector, arena_printf(arena, "%s disabled", protocol).data, igp->disabled, 0);
    add_flag(collector, arena_printf(arena, "%s point-to-point", protocol).data,
             igp->point_to_point, 0);
    add_flag(collector, arena_printf(arena, "%s no hello padding", protocol).data,
             igp->no_hello_padding, 0);
}

static void collect_switching(Collector *collector, const Interface *interface)
{
    uint32_t line = interface->switchport_line;
    auto_strbuf StrBuf vlans = {0};
    strbuf_init(&vlans, VALUE_MAX_BYTES);
    if (interface->switchport != SWITCHPORT_NONE)
        add_text(collector, "switchport", str_of(switchport_mode_name(interface->switchport)),
                 line);
    add_number(collector, "access vlan", interface->access_vlan, line);
    add_number(collector, "voice vlan", interface->voice_vlan, line);
    add_number(collector, "native vlan", interface->native_vlan, line);
    add_number(collector, "encapsulation vlan", interface->dot1q, 0);
    if (!interface->allowed)
        return;
    vlans_write(interface->allowed, &vlans);
    Str text = vlans.size ? strbuf_str(&vlans) : STR("none");
    add_text(collector, "allowed vlans", arena_copy(collector->arena, text),
             interface->allowed_line);
}

static Str vni_text(Collector *collector, const Vni *vni)
{
    Arena *arena = collector->arena;
    if (vni->vlan)
        return arena_printf(arena, "vlan %u", vni->vlan);
    if (vni->vrf.size)
        return arena_printf(arena, "vrf %.*s", STR_ARGS(vni->vrf));
    if (vni->multicast_group.size)
        return arena_printf(arena, "multicast group %.*s", STR_ARGS(vni->multicast_group));
    if (vni->replication.size)
        return arena_printf(arena, "replication by %.*s", STR_ARGS(vni->replication));
    return vni->is_layer3 ? STR("of a VRF") : STR("");
}

static void collect_vxlan(Collector *collector, const InterfaceVxlan *vxlan)
{
    add_sourced(collector, "vxlan source", &vxlan->source);
    add_sourced(collector, "vxlan mlag source", &vxlan->mlag_source);
    add_number(collector, "vxlan udp port", vxlan->udp_port, vxlan->line);
    add_flag(collector, "vxlan addresses by bgp", vxlan->bgp, vxlan->line);
    add_text(collector, "vxlan multicast group", vxlan->multicast_group, vxlan->line);
    for (size_t i = 0; i < vxlan->peers.count; i++)
        add_one_of(collector, "vxlan peer", vxlan->peers.items[i].text, vxlan->peers.items[i].line);
    for (size_t i = 0; i < vxlan->vnis.count; i++) {
        const Vni *vni = &vxlan->vnis.items[i];
        add(collector, arena_printf(collector->arena, "vni %u", vni->id), vni_text(collector, vni),
            vni->line);
    }
}

static void collect_interface(Collector *collector, const Interface *interface)
{
    begin(collector, "interface", interface->canonical, interface->line, interface->last_line);
    add_sourced(collector, "description", &interface->description);
    collect_addresses(collector, interface);
    add_flag(collector, "dhcp", interface->dhcp, 0);
    add_sourced(collector, "vrf", &interface->vrf);
    add_number(collector, "mtu", interface->mtu, interface->mtu_line);
    add_number(collector, "ip mtu", interface->ip_mtu, interface->mtu_line);
    add_flag(collector, "shutdown", interface->shutdown, interface->shutdown_line);
    collect_switching(collector, interface);
    add_sourced(collector, "aggregate", &interface->lag);
    add_text(collector, "aggregate mode", interface->lag_mode, interface->lag.line);
    add_sourced(collector, "unnumbered", &interface->unnumbered);
    for (size_t i = 0; i < interface->acls.count; i++) {
        const AclBinding *acl = &interface->acls.items[i];
        Str name = arena_printf(collector->arena, "%s access list, IPv%d",
                                acl->inbound ? "inbound" : "outbound", (int)acl->family);
        add(collector, name, acl->name, acl->line);
    }
    add_sourced(collector, "zone", &interface->zone);
    add_sourced(collector, "nat", &interface->nat);
    add_number(collector, "mlag", interface->mlag, interface->mlag_line);
    collect_vxlan(collector, &interface->vxlan);
    collect_ospf_of_interface(collector, &interface->ospf[0], "ospf");
    collect_ospf_of_interface(collector, &interface->ospf[1], "ospfv3");
    collect_igp_of_interface(collector, &interface->isis, "isis");
    collect_igp_of_interface(collector, &interface->eigrp, "eigrp");
}

static void collect_vlans(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->vlans.count; i++) {
        const Vlan *vlan = &device->vlans.items[i];
        begin(collector, "vlan", arena_printf(collector->arena, "%u", vlan->id), vlan->line, 0);
        add_text(collector, "name", vlan->name, 0);
        add_text(collector, "interface", vlan->interface, 0);
        add_number(collector, "vni", vlan->vni, 0);
    }
}

static void collect_mlag(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->mlag_domains.count; i++) {
        const MlagDomain *domain = &device->mlag_domains.items[i];
        begin(collector, "switch pair", domain->kind, domain->line, domain->last_line);
        add_text(collector, "domain", domain->domain, 0);
        add_sourced(collector, "peer link", &domain->peer_link);
        add_sourced(collector, "local interface", &domain->local_interface);
        add_address(collector, "peer address", domain->peer_address, 0);
        add_address(collector, "keepalive", domain->keepalive, 0);
        add_address(collector, "keepalive source", domain->keepalive_source, 0);
        add_text(collector, "keepalive vrf", domain->keepalive_vrf, 0);
        collect_texts(collector, "option", &domain->options);
    }
}

static void collect_vrf_rules(Collector *collector, const char *name, const VrfRuleVec *rules)
{
    for (size_t i = 0; i < rules->count; i++) {
        const VrfRule *rule = &rules->items[i];
        Str text = rule->family.size ? arena_printf(collector->arena, "%.*s for %.*s",
                                                    STR_ARGS(rule->value), STR_ARGS(rule->family))
                                     : rule->value;
        add_one_of(collector, name, text, rule->line);
    }
}

static void collect_vrfs(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->vrfs.count; i++) {
        const Vrf *vrf = &device->vrfs.items[i];
        begin(collector, "vrf", vrf->name, vrf->line, 0);
        add_text(collector, "type", vrf->type, 0);
        add_text(collector, "route distinguisher", vrf->route_distinguisher, 0);
        add_number(collector, "vni", vrf->vni, 0);
        collect_vrf_rules(collector, "import", &vrf->imports);
        collect_vrf_rules(collector, "export", &vrf->exports);
        collect_vrf_rules(collector, "import policy", &vrf->import_policies);
        collect_vrf_rules(collector, "export policy", &vrf->export_policies);
    }
}

static void collect_routes(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->routes.count; i++) {
        IpText hop;
        const StaticRoute *route = &device->routes.items[i];
        Str gap = ip_is_set(route->next_hop) && !str_empty(route->interface) ? STR(" ") : STR("");
        Str name = arena_printf(collector->arena, "%.*s via %.*s%.*s%.*s",
                                STR_ARGS(prefix_text(collector, route->prefix)),
                                STR_ARGS(route->interface), STR_ARGS(gap),
                                STR_ARGS(ip_format(route->next_hop, &hop)));
        begin(collector, "static route", in_vrf(collector, name, route->vrf), route->line, 0);
        add_number(collector, "distance", route->distance, 0);
        add_number(collector, "tag", route->tag, 0);
        add_number(collector, "metric", route->metric, 0);
        add_text(collector, "name", route->name, 0);
        add_text(collector, "next hop vrf", route->next_hop_vrf, 0);
        add_text(collector, "track", route->track, 0);
        add_flag(collector, "bfd", route->bfd, 0);
        add_flag(collector, "permanent", route->permanent, 0);
    }
}

static void collect_tracked_objects(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->tracked_objects.count; i++) {
        const TrackedObject *object = &device->tracked_objects.items[i];
        begin(collector, "tracked object", object->name, object->line, object->last_line);
        for (size_t k = 0; k < object->what.count; k++)
            add(collector, object->what.items[k].text, STR(""), object->what.items[k].line);
    }
}

static void collect_ospf_area(Collector *collector, const OspfArea *area)
{
    static const char *const kinds[] = {"normal", "stub", "nssa"};
    Str name = arena_printf(collector->arena, "area %u", area->id);
    Str value = arena_printf(
        collector->arena, "%s%s%s%.*s", kinds[area->kind], area->totally ? " no-summary" : "",
        str_empty(area->authentication) ? "" : " authentication ", STR_ARGS(area->authentication));
    add(collector, name, value, area->line);
}

static void collect_ospf_process(Collector *collector, const OspfProcess *process)
{
    begin(collector, process->version == 3 ? "ospfv3" : "ospf",
          in_vrf(collector, process->id, process->vrf), process->line, process->last_line);
    add_address(collector, "router-id", process->router_id, process->router_id_line);
    add_flag(collector, "passive-interface default", process->passive_default, 0);
    add_flag(collector, "shutdown", process->shutdown, 0);
    for (size_t i = 0; i < process->networks.count; i++) {
        IpText address, wildcard;
        const OspfNetwork *network = &process->networks.items[i];
        Str name = arena_printf(collector->arena, "network %.*s %.*s",
                                STR_ARGS(ip_format(network->address, &address)),
                                STR_ARGS(ip_format(network->wildcard, &wildcard)));
        add(collector, name, arena_printf(collector->arena, "area %u", network->area),
            network->line);
    }
    for (size_t i = 0; i < process->passives.count; i++) {
        const OspfPassive *passive = &process->passives.items[i];
        add_one_of(collector, passive->passive ? "passive" : "not passive", passive->interface,
                   passive->line);
    }
    for (size_t i = 0; i < process->areas.count; i++)
        collect_ospf_area(collector, &process->areas.items[i]);
    for (size_t i = 0; i < process->redistribute.count; i++)
        add_one_of(collector, "redistribute", process->redistribute.items[i].text,
                   process->redistribute.items[i].line);
}

static void collect_igp_process(Collector *collector, const IgpProcess *process, const char *group)
{
    static const char *const levels[] = {"", "level-1", "level-2", "level-1-2"};
    Str id = str_empty(process->id) ? STR("process") : process->id;
    begin(collector, group, in_vrf(collector, id, process->vrf), process->line, process->last_line);
    add_number(collector, "as", process->as, 0);
    for (size_t i = 0; i < process->nets.count; i++)
        add_one_of(collector, "net", process->nets.items[i].text, process->nets.items[i].line);
    add_text(collector, "levels", str_of(levels[process->levels & ISIS_BOTH_LEVELS]), 0);
    add_address(collector, "router-id", process->router_id, process->router_id_line);
    add_sourced(collector, "metric weights", &process->weights);
    add_flag(collector, "passive-interface default", process->passive_default, 0);
    add_flag(collector, "shutdown", process->shutdown, 0);
    for (size_t i = 0; i < process->networks.count; i++) {
        IpText address, wildcard;
        const OspfNetwork *network = &process->networks.items[i];
        Str name = arena_printf(collector->arena, "network %.*s %.*s",
                                STR_ARGS(ip_format(network->address, &address)),
                                STR_ARGS(ip_format(network->wildcard, &wildcard)));
        add(collector, name, STR(""), network->line);
    }
    for (size_t i = 0; i < process->passives.count; i++) {
        const OspfPassive *passive = &process->passives.items[i];
        add_one_of(collector, passive->passive ? "passive" : "not passive", passive->interface,
                   passive->line);
    }
    for (size_t i = 0; i < process->redistribute.count; i++)
        add_one_of(collector, "redistribute", process->redistribute.items[i].text,
                   process->redistribute.items[i].line);
}

static void collect_bgp_process(Collector *collector, const BgpProcess *process)
{
    begin(collector, "bgp", STR("process"), process->line, process->last_line);
    add_number(collector, "as", process->asn, process->line);
    add_number(collector, "confederation", process->confederation, 0);
    add_address(collector, "router-id", process->router_id, process->router_id_line);
    add_flag(collector, "no default ipv4", process->no_default_ipv4, 0);
    for (size_t i = 0; i < process->networks.count; i++) {
        const BgpNetwork *network = &process->networks.items[i];
        Str prefix = prefix_text(collector, network->prefix);
        add_one_of(collector, "network", in_vrf(collector, prefix, network->vrf), network->line);
    }
    for (size_t i = 0; i < process->redistribute.count; i++)
        add_one_of(collector, "redistribute", process->redistribute.items[i].text,
                   process->redistribute.items[i].line);
}

static Str name_neighbor(Collector *collector, const BgpNeighbor *neighbor)
{
    IpText text;
    Str name = neighbor->name;
    if (ip_is_set(neighbor->address))
        name = arena_copy(collector->arena, ip_format(neighbor->address, &text));
    else if (ip_is_set(neighbor->listen.address))
        name = prefix_text(collector, neighbor->listen);
    else if (str_empty(name))
        name = neighbor->interface;
    return in_vrf(collector, name, neighbor->vrf);
}

static void add_families(Collector *collector, const char *name, uint32_t families)
{
    static const char *const names[] = {"ipv4", "ipv6", "vpnv4", "vpnv6", "evpn", "other"};
    Str text = STR("");
    for (uint32_t i = 0; i < COUNT_OF(names); i++) {
        if (families & 1U << i)
            text = arena_printf(collector->arena, "%.*s%s%s", STR_ARGS(text),
                                str_empty(text) ? "" : " ", names[i]);
    }
    add_text(collector, name, text, 0);
}

static void collect_neighbor(Collector *collector, const BgpNeighbor *neighbor)
{
    static const char *const types[] = {"", "internal", "external"};
    begin(collector, neighbor->is_group ? "bgp group" : "bgp peer",
          name_neighbor(collector, neighbor), neighbor->line, neighbor->last_line);
    add_number(collector, "remote as", neighbor->remote_as, neighbor->remote_as_line);
    add_number(collector, "local as", neighbor->local_as, 0);
    add_text(collector, "type", str_of(types[neighbor->type]), 0);
    add_text(collector, "group", neighbor->group, 0);
    add_text(collector, "policy template", neighbor->policy, 0);
    add_sourced(collector, "description", &neighbor->description);
    add_text(collector, "update source", neighbor->update_source, neighbor->local_line);
    add_address(collector, "local address", neighbor->local_address, neighbor->local_line);
    add_sourced(collector, "import", &neighbor->import);
    add_sourced(collector, "export", &neighbor->export);
    add_families(collector, "families", neighbor->families);
    add_families(collector, "families not activated", neighbor->inactive);
    add_flag(collector, "shutdown", neighbor->shutdown, 0);
    add_flag(collector, "passive", neighbor->passive, 0);
    add_flag(collector, "password", neighbor->has_password, 0);
    add_flag(collector, "route reflector client", neighbor->reflector_client, 0);
    add_number(collector, "multihop", neighbor->multihop, 0);
}

static void collect_neighbors(Collector *collector, const Device *device, bool groups)
{
    for (size_t i = 0; i < device->bgp.count; i++) {
        const BgpProcess *process = &device->bgp.items[i];
        for (size_t k = 0; k < process->neighbors.count; k++) {
            if (process->neighbors.items[k].is_group == groups)
                collect_neighbor(collector, &process->neighbors.items[k]);
        }
    }
}

static void add_entry(Collector *collector, Str value, uint32_t line)
{
    *VEC_PUSH(collector->arena, &collector->part->entries) = (CompareFact){STR(""), value, line};
}

static void append_word(StrBuf *out, Str word)
{
    if (out->size > 0 && !str_empty(word))
        strbuf_append_byte(out, ' ');
    strbuf_append(out, word);
}

static void collect_acl_entry(Collector *collector, const AclEntry *entry)
{
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, VALUE_MAX_BYTES);
    const Str words[] = {entry->protocol,    entry->source,           entry->source_port,
                         entry->destination, entry->destination_port, entry->options};
    if (entry->action == ACL_REMARK)
        return;
    if (entry->action == ACL_OTHER) {
        strbuf_append(&text, str_trim(entry->text));
    } else {
        append_word(&text, entry->term);
        append_word(&text, str_of(acl_action_name(entry->action)));
        for (size_t i = 0; i < COUNT_OF(words); i++)
            append_word(&text, words[i]);
    }
    add_entry(collector, arena_copy(collector->arena, strbuf_str(&text)), entry->line);
}

static void collect_acls(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->acls.count; i++) {
        const Acl *acl = &device->acls.items[i];
        begin(collector, "access list", acl->name, acl->line, acl->last_line);
        add_text(collector, "kind", acl->extended ? STR("extended") : STR("standard"), 0);
        add_number(collector, "ip version", (uint64_t)acl->family, 0);
        for (size_t k = 0; k < acl->entries.count; k++)
            collect_acl_entry(collector, &acl->entries.items[k]);
    }
}

static void collect_prefix_lists(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->prefix_lists.count; i++) {
        const PrefixList *list = &device->prefix_lists.items[i];
        begin(collector, "prefix list", list->name, list->line, 0);
        for (size_t k = 0; k < list->entries.count; k++) {
            const PrefixListEntry *entry = &list->entries.items[k];
            Str prefix = prefix_text(collector, entry->prefix);
            Str text = arena_printf(collector->arena, "%s %.*s", entry->permit ? "permit" : "deny",
                                    STR_ARGS(prefix));
            if (entry->ge)
                text = arena_printf(collector->arena, "%.*s ge %u", STR_ARGS(text), entry->ge);
            if (entry->le)
                text = arena_printf(collector->arena, "%.*s le %u", STR_ARGS(text), entry->le);
            add_entry(collector, text, entry->line);
            collector->part->last_line = MAX_OF(collector->part->last_line, entry->line);
        }
    }
}

/* The order of the members means nothing. */
static void collect_object_groups(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->object_groups.count; i++) {
        const ObjectGroup *group = &device->object_groups.items[i];
        begin(collector, "object group", group->name, group->line, group->last_line);
        for (size_t k = 0; k < group->members.count; k++) {
            const ObjectGroupMember *member = &group->members.items[k];
            const Str words[] = {member->group.size ? STR("group") : STR(""),
                                 member->group,
                                 member->address,
                                 member->protocol,
                                 member->source_port.size ? STR("source") : STR(""),
                                 member->source_port,
                                 member->destination_port};
            auto_strbuf StrBuf text = {0};
            strbuf_init(&text, VALUE_MAX_BYTES);
            for (size_t w = 0; w < COUNT_OF(words); w++)
                append_word(&text, words[w]);
            add(collector, arena_copy(collector->arena, strbuf_str(&text)), STR(""), member->line);
        }
    }
}

static void collect_nat_rules(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->nat_rules.count; i++) {
        const NatRule *rule = &device->nat_rules.items[i];
        bool named = rule->set.size > 0;
        Str match = rule->match.count ? rule->match.items[0].text : STR("");
        Str name = named ? rule->set : match, other = named ? rule->rule : rule->interface;
        name = arena_printf(collector->arena, "%.*s %.*s%s%.*s", STR_ARGS(rule->kind),
                            STR_ARGS(name), other.size ? " " : "", STR_ARGS(other));
        begin(collector, "nat rule", in_vrf(collector, name, rule->vrf), rule->line,
              rule->last_line);
        for (size_t k = !named; k < rule->match.count; k++)
            add_one_of(collector, "match", rule->match.items[k].text, rule->match.items[k].line);
        add_sourced(collector, "translation", &rule->translation);
        add_flag(collector, "overload", rule->overload, 0);
        collect_texts(collector, "option", &rule->options);
    }
}

static void collect_nat_pools(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->nat_pools.count; i++) {
        const NatPool *pool = &device->nat_pools.items[i];
        Str name = pool->kind.size ? arena_printf(collector->arena, "%.*s %.*s",
                                                  STR_ARGS(pool->kind), STR_ARGS(pool->name))
                                   : pool->name;
        begin(collector, "nat pool", name, pool->line, pool->last_line);
        collect_texts(collector, "address", &pool->addresses);
        add_number(collector, "prefix length", pool->prefix_length, 0);
        add_flag(collector, "rotary", pool->rotary, 0);
        collect_texts(collector, "option", &pool->options);
    }
}

static void collect_zones(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->zones.count; i++) {
        const Zone *zone = &device->zones.items[i];
        begin(collector, "zone", zone->name, zone->line, zone->last_line);
        collect_texts(collector, "interface", &zone->interfaces);
        collect_texts(collector, "inbound", &zone->inbound);
        collect_texts(collector, "option", &zone->options);
    }
    for (size_t i = 0; i < device->zone_policies.count; i++) {
        const ZonePolicy *policy = &device->zone_policies.items[i];
        Str name = policy->name;
        if (policy->from.size)
            name = arena_printf(collector->arena, "%.*s from %.*s to %.*s", STR_ARGS(name),
                                STR_ARGS(policy->from), STR_ARGS(policy->to));
        begin(collector, "zone policy", name, policy->line, policy->last_line);
        collect_texts(collector, "match", &policy->match);
        add_sourced(collector, "action", &policy->action);
        collect_texts(collector, "option", &policy->options);
    }
}

/* Each clause is a member, named after its entry: their order means nothing. */
static void collect_clauses(Collector *collector, Str term, const char *word,
                            const SourcedVec *clauses)
{
    for (size_t i = 0; i < clauses->count; i++) {
        const Sourced *clause = &clauses->items[i];
        Str name = arena_printf(collector->arena, "%.*s %s%.*s", STR_ARGS(term), word,
                                STR_ARGS(clause->text));
        add(collector, name, STR(""), clause->line);
    }
}

static void collect_route_maps(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->route_maps.count; i++) {
        const RouteMap *map = &device->route_maps.items[i];
        begin(collector, "route map", map->name, map->line, map->last_line);
        for (size_t k = 0; k < map->entries.count; k++) {
            const RouteMapEntry *entry = &map->entries.items[k];
            add_entry(collector,
                      arena_printf(collector->arena, "%.*s %s", STR_ARGS(entry->term),
                                   entry->permit ? "permit" : "deny"),
                      entry->line);
            add_text(collector,
                     arena_printf(collector->arena, "%.*s description", STR_ARGS(entry->term)).data,
                     entry->description.text, entry->description.line);
            collect_clauses(collector, entry->term, "match ", &entry->match);
            collect_clauses(collector, entry->term, "set ", &entry->set);
            collect_clauses(collector, entry->term, "", &entry->next);
            collector->part->last_line = MAX_OF(collector->part->last_line, entry->last_line);
        }
    }
}

static void collect_names(Collector *collector, const char *group, const SourcedVec *names)
{
    for (size_t i = 0; i < names->count; i++) {
        Str key = compare_key(collector->arena, group, names->items[i].text);
        if (map_get_index(&collector->parts->index, key) == MAP_NO_INDEX)
            begin(collector, group, names->items[i].text, names->items[i].line, 0);
    }
}

void compare_collect(Arena *arena, const Device *device, CompareParts *out_parts)
{
    Collector collector = {.arena = arena, .parts = out_parts};
    *out_parts = (CompareParts){0};
    collect_settings(&collector, device);
    for (size_t i = 0; i < device->interfaces.count; i++)
        collect_interface(&collector, &device->interfaces.items[i]);
    collect_vlans(&collector, device);
    collect_mlag(&collector, device);
    collect_vrfs(&collector, device);
    collect_routes(&collector, device);
    collect_tracked_objects(&collector, device);
    for (size_t i = 0; i < device->ospf.count; i++)
        collect_ospf_process(&collector, &device->ospf.items[i]);
    for (size_t i = 0; i < device->isis.count; i++)
        collect_igp_process(&collector, &device->isis.items[i], "isis");
    for (size_t i = 0; i < device->eigrp.count; i++)
        collect_igp_process(&collector, &device->eigrp.items[i], "eigrp");
    for (size_t i = 0; i < device->bgp.count; i++)
        collect_bgp_process(&collector, &device->bgp.items[i]);
    collect_neighbors(&collector, device, true);
    collect_neighbors(&collector, device, false);
    collect_acls(&collector, device);
    collect_object_groups(&collector, device);
    collect_nat_rules(&collector, device);
    collect_nat_pools(&collector, device);
    collect_zones(&collector, device);
    collect_prefix_lists(&collector, device);
    collect_route_maps(&collector, device);
    collect_names(&collector, "user", &device->users);
    collect_names(&collector, "dns server", &device->name_servers);
    collect_names(&collector, "ntp server", &device->ntp_servers);
    collect_names(&collector, "log host", &device->log_hosts);
}
