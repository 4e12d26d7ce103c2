/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/compare_collector.h"

enum { VALUE_MAX_BYTES = 64 * 1024 };

const char *const compare_groups[] = {
    "device",         "interface",   "vlan",        "switch pair",  "vrf",      "static route",
    "tracked object", "ospf",        "ospfv3",      "isis",         "eigrp",    "bgp",
    "bgp group",      "bgp peer",    "access list", "object group", "nat rule", "nat pool",
    "zone",           "zone policy", "prefix list", "route map",    "user",     "dns server",
    "ntp server",     "log host",    "other",       NULL,
};

static void collect_settings(Collector *collector, const Device *device)
{
    collector_begin(collector, "device", STR("settings"), 0, 0);
    collector_add_text(collector, "system", str_of(device->vendor.system->name),
                       device->vendor.line);
    collector_add_sourced(collector, "hostname", &device->hostname);
    collector_add_sourced(collector, "domain", &device->domain);
    collector_add_sourced(collector, "version", &device->version);
    collector_add_sourced(collector, "model", &device->model);
}

static void collect_addresses(Collector *collector, const Interface *interface)
{
    for (size_t i = 0; i < interface->addresses.count; i++) {
        const InterfaceAddress *address = &interface->addresses.items[i];
        Str text = collector_prefix_text(collector, address->prefix);
        Str name = arena_printf(
            collector->arena, "address %.*s%s%s%s%s", STR_ARGS(text),
            address->secondary ? " secondary" : "", address->link_local ? " link-local" : "",
            address->virtual_address ? " virtual" : "", address->eui64 ? " eui-64" : "");
        collector_add(collector, name, STR(""), address->line);
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
        collector_add(collector, arena_printf(arena, "%s area", version),
                      arena_printf(arena, "%u", ospf->area), ospf->line);
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        collector_add_number(collector, arena_printf(arena, "%s %s", version, numbers[i].name).data,
                             numbers[i].value, 0);
    collector_add_text(collector, arena_printf(arena, "%s process", version).data, ospf->process,
                       ospf->line);
    collector_add_text(collector, arena_printf(arena, "%s network type", version).data,
                       ospf->network_type, 0);
    collector_add_text(collector, arena_printf(arena, "%s authentication", version).data,
                       ospf->authentication, 0);
    collector_add_flag(collector, arena_printf(arena, "%s passive", version).data, ospf->passive,
                       0);
    collector_add_flag(collector, arena_printf(arena, "%s disabled", version).data, ospf->disabled,
                       0);
    collector_add_flag(collector, arena_printf(arena, "%s mtu-ignore", version).data,
                       ospf->mtu_ignore, 0);
}

static void collect_igp_of_interface(Collector *collector, const InterfaceIgp *igp,
                                     const char *protocol)
{
    static const char *const levels[] = {"", "level-1", "level-2", "level-1-2"};
    Arena *arena = collector->arena;
    if (igp->enabled)
        collector_add(collector, str_of(protocol), igp->process, igp->line);
    for (size_t i = 0; i < COUNT_OF(igp->metric); i++) {
        collector_add_number(collector,
                             arena_printf(arena, "%s level %zu metric", protocol, i + 1).data,
                             igp->metric[i], 0);
        collector_add_text(collector,
                           arena_printf(arena, "%s level %zu authentication", protocol, i + 1).data,
                           igp->authentication[i], 0);
    }
    collector_add_text(collector, arena_printf(arena, "%s levels", protocol).data,
                       str_of(levels[igp->levels & ISIS_BOTH_LEVELS]), 0);
    collector_add_text(collector, arena_printf(arena, "%s passive levels", protocol).data,
                       str_of(levels[igp->passive_levels & ISIS_BOTH_LEVELS]), 0);
    collector_add_flag(collector, arena_printf(arena, "%s passive", protocol).data, igp->passive,
                       0);
    collector_add_flag(collector, arena_printf(arena, "%s disabled", protocol).data, igp->disabled,
                       0);
    collector_add_flag(collector, arena_printf(arena, "%s point-to-point", protocol).data,
                       igp->point_to_point, 0);
    collector_add_flag(collector, arena_printf(arena, "%s no hello padding", protocol).data,
                       igp->no_hello_padding, 0);
}

static void collect_switching(Collector *collector, const Interface *interface)
{
    uint32_t line = interface->switchport_line;
    auto_strbuf StrBuf vlans = {0};
    strbuf_init(&vlans, VALUE_MAX_BYTES);
    if (interface->switchport != SWITCHPORT_NONE)
        collector_add_text(collector, "switchport",
                           str_of(switchport_mode_name(interface->switchport)), line);
    collector_add_number(collector, "access vlan", interface->access_vlan, line);
    collector_add_number(collector, "voice vlan", interface->voice_vlan, line);
    collector_add_number(collector, "native vlan", interface->native_vlan, line);
    collector_add_number(collector, "encapsulation vlan", interface->dot1q, 0);
    if (!interface->allowed)
        return;
    vlans_write(interface->allowed, &vlans);
    Str text = vlans.size ? strbuf_str(&vlans) : STR("none");
    collector_add_text(collector, "allowed vlans", arena_copy(collector->arena, text),
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
    collector_add_sourced(collector, "vxlan source", &vxlan->source);
    collector_add_sourced(collector, "vxlan mlag source", &vxlan->mlag_source);
    collector_add_number(collector, "vxlan udp port", vxlan->udp_port, vxlan->line);
    collector_add_flag(collector, "vxlan addresses by bgp", vxlan->bgp, vxlan->line);
    collector_add_text(collector, "vxlan multicast group", vxlan->multicast_group, vxlan->line);
    for (size_t i = 0; i < vxlan->peers.count; i++)
        collector_add_one_of(collector, "vxlan peer", vxlan->peers.items[i].text,
                             vxlan->peers.items[i].line);
    for (size_t i = 0; i < vxlan->vnis.count; i++) {
        const Vni *vni = &vxlan->vnis.items[i];
        collector_add(collector, arena_printf(collector->arena, "vni %u", vni->id),
                      vni_text(collector, vni), vni->line);
    }
}

static void collect_interface(Collector *collector, const Interface *interface)
{
    collector_begin(collector, "interface", interface->canonical, interface->line,
                    interface->last_line);
    collector_add_sourced(collector, "description", &interface->description);
    collect_addresses(collector, interface);
    collector_add_flag(collector, "dhcp", interface->dhcp, 0);
    collector_add_sourced(collector, "vrf", &interface->vrf);
    collector_add_number(collector, "mtu", interface->mtu, interface->mtu_line);
    collector_add_number(collector, "ip mtu", interface->ip_mtu, interface->mtu_line);
    collector_add_flag(collector, "shutdown", interface->shutdown, interface->shutdown_line);
    collect_switching(collector, interface);
    collector_add_sourced(collector, "aggregate", &interface->lag);
    collector_add_text(collector, "aggregate mode", interface->lag_mode, interface->lag.line);
    collector_add_sourced(collector, "unnumbered", &interface->unnumbered);
    for (size_t i = 0; i < interface->acls.count; i++) {
        const AclBinding *acl = &interface->acls.items[i];
        Str name = arena_printf(collector->arena, "%s access list, IPv%d",
                                acl->inbound ? "inbound" : "outbound", (int)acl->family);
        collector_add(collector, name, acl->name, acl->line);
    }
    collector_add_sourced(collector, "zone", &interface->zone);
    collector_add_sourced(collector, "nat", &interface->nat);
    collector_add_number(collector, "mlag", interface->mlag, interface->mlag_line);
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
        collector_begin(collector, "vlan", arena_printf(collector->arena, "%u", vlan->id),
                        vlan->line, 0);
        collector_add_text(collector, "name", vlan->name, 0);
        collector_add_text(collector, "interface", vlan->interface, 0);
        collector_add_number(collector, "vni", vlan->vni, 0);
    }
}

static void collect_mlag(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->mlag_domains.count; i++) {
        const MlagDomain *domain = &device->mlag_domains.items[i];
        collector_begin(collector, "switch pair", domain->kind, domain->line, domain->last_line);
        collector_add_text(collector, "domain", domain->domain, 0);
        collector_add_sourced(collector, "peer link", &domain->peer_link);
        collector_add_sourced(collector, "local interface", &domain->local_interface);
        collector_add_address(collector, "peer address", domain->peer_address, 0);
        collector_add_address(collector, "keepalive", domain->keepalive, 0);
        collector_add_address(collector, "keepalive source", domain->keepalive_source, 0);
        collector_add_text(collector, "keepalive vrf", domain->keepalive_vrf, 0);
        collector_add_texts(collector, "option", &domain->options);
    }
}

static void collect_vrf_rules(Collector *collector, const char *name, const VrfRuleVec *rules)
{
    for (size_t i = 0; i < rules->count; i++) {
        const VrfRule *rule = &rules->items[i];
        Str text = rule->family.size ? arena_printf(collector->arena, "%.*s for %.*s",
                                                    STR_ARGS(rule->value), STR_ARGS(rule->family))
                                     : rule->value;
        collector_add_one_of(collector, name, text, rule->line);
    }
}

static void collect_vrfs(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->vrfs.count; i++) {
        const Vrf *vrf = &device->vrfs.items[i];
        collector_begin(collector, "vrf", vrf->name, vrf->line, 0);
        collector_add_text(collector, "type", vrf->type, 0);
        collector_add_text(collector, "route distinguisher", vrf->route_distinguisher, 0);
        collector_add_number(collector, "vni", vrf->vni, 0);
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
                                STR_ARGS(collector_prefix_text(collector, route->prefix)),
                                STR_ARGS(route->interface), STR_ARGS(gap),
                                STR_ARGS(ip_format(route->next_hop, &hop)));
        collector_begin(collector, "static route", collector_in_vrf(collector, name, route->vrf),
                        route->line, 0);
        collector_add_number(collector, "distance", route->distance, 0);
        collector_add_number(collector, "tag", route->tag, 0);
        collector_add_number(collector, "metric", route->metric, 0);
        collector_add_text(collector, "name", route->name, 0);
        collector_add_text(collector, "next hop vrf", route->next_hop_vrf, 0);
        collector_add_text(collector, "track", route->track, 0);
        collector_add_flag(collector, "bfd", route->bfd, 0);
        collector_add_flag(collector, "permanent", route->permanent, 0);
    }
}

static void collect_tracked_objects(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->tracked_objects.count; i++) {
        const TrackedObject *object = &device->tracked_objects.items[i];
        collector_begin(collector, "tracked object", object->name, object->line, object->last_line);
        for (size_t k = 0; k < object->what.count; k++)
            collector_add(collector, object->what.items[k].text, STR(""),
                          object->what.items[k].line);
    }
}

static void collect_ospf_area(Collector *collector, const OspfArea *area)
{
    static const char *const kinds[] = {"normal", "stub", "nssa"};
    Str name = arena_printf(collector->arena, "area %u", area->id);
    Str value = arena_printf(
        collector->arena, "%s%s%s%.*s", kinds[area->kind], area->totally ? " no-summary" : "",
        str_empty(area->authentication) ? "" : " authentication ", STR_ARGS(area->authentication));
    collector_add(collector, name, value, area->line);
}

static void collect_ospf_process(Collector *collector, const OspfProcess *process)
{
    collector_begin(collector, process->version == 3 ? "ospfv3" : "ospf",
                    collector_in_vrf(collector, process->id, process->vrf), process->line,
                    process->last_line);
    collector_add_address(collector, "router-id", process->router_id, process->router_id_line);
    collector_add_flag(collector, "passive-interface default", process->passive_default, 0);
    collector_add_flag(collector, "shutdown", process->shutdown, 0);
    for (size_t i = 0; i < process->networks.count; i++) {
        IpText address, wildcard;
        const OspfNetwork *network = &process->networks.items[i];
        Str name = arena_printf(collector->arena, "network %.*s %.*s",
                                STR_ARGS(ip_format(network->address, &address)),
                                STR_ARGS(ip_format(network->wildcard, &wildcard)));
        collector_add(collector, name, arena_printf(collector->arena, "area %u", network->area),
                      network->line);
    }
    for (size_t i = 0; i < process->passives.count; i++) {
        const OspfPassive *passive = &process->passives.items[i];
        collector_add_one_of(collector, passive->passive ? "passive" : "not passive",
                             passive->interface, passive->line);
    }
    for (size_t i = 0; i < process->areas.count; i++)
        collect_ospf_area(collector, &process->areas.items[i]);
    for (size_t i = 0; i < process->redistribute.count; i++)
        collector_add_one_of(collector, "redistribute", process->redistribute.items[i].text,
                             process->redistribute.items[i].line);
}

static void collect_igp_process(Collector *collector, const IgpProcess *process, const char *group)
{
    static const char *const levels[] = {"", "level-1", "level-2", "level-1-2"};
    Str id = str_empty(process->id) ? STR("process") : process->id;
    collector_begin(collector, group, collector_in_vrf(collector, id, process->vrf), process->line,
                    process->last_line);
    collector_add_number(collector, "as", process->as, 0);
    for (size_t i = 0; i < process->nets.count; i++)
        collector_add_one_of(collector, "net", process->nets.items[i].text,
                             process->nets.items[i].line);
    collector_add_text(collector, "levels", str_of(levels[process->levels & ISIS_BOTH_LEVELS]), 0);
    collector_add_address(collector, "router-id", process->router_id, process->router_id_line);
    collector_add_sourced(collector, "metric weights", &process->weights);
    collector_add_flag(collector, "passive-interface default", process->passive_default, 0);
    collector_add_flag(collector, "shutdown", process->shutdown, 0);
    for (size_t i = 0; i < process->networks.count; i++) {
        IpText address, wildcard;
        const OspfNetwork *network = &process->networks.items[i];
        Str name = arena_printf(collector->arena, "network %.*s %.*s",
                                STR_ARGS(ip_format(network->address, &address)),
                                STR_ARGS(ip_format(network->wildcard, &wildcard)));
        collector_add(collector, name, STR(""), network->line);
    }
    for (size_t i = 0; i < process->passives.count; i++) {
        const OspfPassive *passive = &process->passives.items[i];
        collector_add_one_of(collector, passive->passive ? "passive" : "not passive",
                             passive->interface, passive->line);
    }
    for (size_t i = 0; i < process->redistribute.count; i++)
        collector_add_one_of(collector, "redistribute", process->redistribute.items[i].text,
                             process->redistribute.items[i].line);
}

static void collect_bgp_process(Collector *collector, const BgpProcess *process)
{
    collector_begin(collector, "bgp", STR("process"), process->line, process->last_line);
    collector_add_number(collector, "as", process->asn, process->line);
    collector_add_number(collector, "confederation", process->confederation, 0);
    collector_add_address(collector, "router-id", process->router_id, process->router_id_line);
    collector_add_flag(collector, "no default ipv4", process->no_default_ipv4, 0);
    for (size_t i = 0; i < process->networks.count; i++) {
        const BgpNetwork *network = &process->networks.items[i];
        Str prefix = collector_prefix_text(collector, network->prefix);
        collector_add_one_of(collector, "network",
                             collector_in_vrf(collector, prefix, network->vrf), network->line);
    }
    for (size_t i = 0; i < process->redistribute.count; i++)
        collector_add_one_of(collector, "redistribute", process->redistribute.items[i].text,
                             process->redistribute.items[i].line);
}

static Str name_neighbor(Collector *collector, const BgpNeighbor *neighbor)
{
    IpText text;
    Str name = neighbor->name;
    if (ip_is_set(neighbor->address))
        name = arena_copy(collector->arena, ip_format(neighbor->address, &text));
    else if (ip_is_set(neighbor->listen.address))
        name = collector_prefix_text(collector, neighbor->listen);
    else if (str_empty(name))
        name = neighbor->interface;
    return collector_in_vrf(collector, name, neighbor->vrf);
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
    collector_add_text(collector, name, text, 0);
}

static void collect_neighbor(Collector *collector, const BgpNeighbor *neighbor)
{
    static const char *const types[] = {"", "internal", "external"};
    collector_begin(collector, neighbor->is_group ? "bgp group" : "bgp peer",
                    name_neighbor(collector, neighbor), neighbor->line, neighbor->last_line);
    collector_add_number(collector, "remote as", neighbor->remote_as, neighbor->remote_as_line);
    collector_add_number(collector, "local as", neighbor->local_as, 0);
    collector_add_text(collector, "type", str_of(types[neighbor->type]), 0);
    collector_add_text(collector, "group", neighbor->group, 0);
    collector_add_text(collector, "policy template", neighbor->policy, 0);
    collector_add_sourced(collector, "description", &neighbor->description);
    collector_add_text(collector, "update source", neighbor->update_source, neighbor->local_line);
    collector_add_address(collector, "local address", neighbor->local_address,
                          neighbor->local_line);
    collector_add_sourced(collector, "import", &neighbor->import);
    collector_add_sourced(collector, "export", &neighbor->export);
    add_families(collector, "families", neighbor->families);
    add_families(collector, "families not activated", neighbor->inactive);
    collector_add_flag(collector, "shutdown", neighbor->shutdown, 0);
    collector_add_flag(collector, "passive", neighbor->passive, 0);
    collector_add_flag(collector, "password", neighbor->has_password, 0);
    collector_add_flag(collector, "route reflector client", neighbor->reflector_client, 0);
    collector_add_number(collector, "multihop", neighbor->multihop, 0);
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

static void collect_names(Collector *collector, const char *group, const SourcedVec *names)
{
    for (size_t i = 0; i < names->count; i++) {
        Str key = compare_key(collector->arena, group, names->items[i].text);
        if (map_get_index(&collector->parts->index, key) == MAP_NO_INDEX)
            collector_begin(collector, group, names->items[i].text, names->items[i].line, 0);
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
    compare_collect_acls(&collector, device);
    compare_collect_object_groups(&collector, device);
    compare_collect_nat_rules(&collector, device);
    compare_collect_nat_pools(&collector, device);
    compare_collect_zones(&collector, device);
    compare_collect_prefix_lists(&collector, device);
    compare_collect_route_maps(&collector, device);
    collect_names(&collector, "user", &device->users);
    collect_names(&collector, "dns server", &device->name_servers);
    collect_names(&collector, "ntp server", &device->ntp_servers);
    collect_names(&collector, "log host", &device->log_hosts);
}
