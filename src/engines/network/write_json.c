/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/device.h"

static void write_ip(JsonWriter *json, const char *key, IpAddress address)
{
    IpText text;
    if (ip_is_set(address))
        json_field_str(json, key, ip_format(address, &text));
}

static void write_prefix(JsonWriter *json, const char *key, IpPrefix prefix)
{
    IpText text;
    json_field_str(json, key, ip_prefix_format(prefix, &text));
}

static void write_if(JsonWriter *json, const char *key, Str value)
{
    if (value.size)
        json_field_str(json, key, value);
}

static void write_number_if(JsonWriter *json, const char *key, uint32_t value)
{
    if (value)
        json_field_u64(json, key, value);
}

static void write_sourced(JsonWriter *json, const char *key, Sourced value)
{
    if (!value.line)
        return;
    json_key(json, key);
    json_begin_object(json);
    json_field_str(json, "value", value.text);
    json_field_u64(json, "line", value.line);
    json_end(json);
}

static void write_sourced_list(JsonWriter *json, const char *key, const SourcedVec *list)
{
    json_key(json, key);
    json_begin_array(json);
    for (size_t i = 0; i < list->count; i++) {
        json_begin_object(json);
        json_field_str(json, "value", list->items[i].text);
        json_field_u64(json, "line", list->items[i].line);
        json_end(json);
    }
    json_end(json);
}

static void write_vlans(JsonWriter *json, const char *key, const VlanSet *set)
{
    auto_strbuf StrBuf text = {0};
    if (!set)
        return;
    strbuf_init(&text, 32 << 10);
    vlans_write(set, &text);
    json_field_str(json, key, strbuf_str(&text));
}

static void write_addresses(JsonWriter *json, const Interface *interface)
{
    json_key(json, "addresses");
    json_begin_array(json);
    for (size_t i = 0; i < interface->addresses.count; i++) {
        const InterfaceAddress *address = &interface->addresses.items[i];
        json_begin_object(json);
        write_prefix(json, "address", address->prefix);
        json_field_u64(json, "family", address->prefix.address.family);
        if (address->secondary)
            json_field_bool(json, "secondary", true);
        if (address->link_local)
            json_field_bool(json, "link_local", true);
        if (address->virtual_address)
            json_field_bool(json, "virtual", true);
        if (address->eui64)
            json_field_bool(json, "eui64", true);
        json_field_u64(json, "line", address->line);
        json_end(json);
    }
    json_end(json);
}

static void write_interface_ospf(JsonWriter *json, const char *key, const InterfaceOspf *ospf)
{
    if (!ospf->enabled && !ospf->cost && ospf->network_type.size == 0)
        return;
    json_key(json, key);
    json_begin_object(json);
    json_field_bool(json, "enabled", ospf->enabled);
    if (ospf->has_area)
        json_field_u64(json, "area", ospf->area);
    write_if(json, "process", ospf->process);
    json_field_bool(json, "passive", ospf->passive);
    write_number_if(json, "cost", ospf->cost);
    write_number_if(json, "hello_s", ospf->hello_s);
    write_number_if(json, "dead_s", ospf->dead_s);
    write_number_if(json, "priority", ospf->priority);
    write_if(json, "network_type", ospf->network_type);
    write_if(json, "authentication", ospf->authentication);
    if (ospf->mtu_ignore)
        json_field_bool(json, "mtu_ignore", true);
    write_number_if(json, "line", ospf->line);
    json_end(json);
}

static void write_switchport(JsonWriter *json, const Interface *interface)
{
    if (interface->switchport == SWITCHPORT_NONE)
        return;
    json_key(json, "switchport");
    json_begin_object(json);
    json_field_text(json, "mode", switchport_mode_name(interface->switchport));
    write_number_if(json, "access_vlan", interface->access_vlan);
    write_number_if(json, "voice_vlan", interface->voice_vlan);
    write_number_if(json, "native_vlan", interface->native_vlan);
    write_vlans(json, "allowed_vlans", interface->allowed);
    write_number_if(json, "line", interface->switchport_line);
    json_end(json);
}

static void write_interface(JsonWriter *json, const Interface *interface)
{
    json_begin_object(json);
    json_field_str(json, "name", interface->name);
    json_field_str(json, "canonical", interface->canonical);
    json_field_text(json, "kind", interface_kind_name(interface->kind));
    json_field_u64(json, "line", interface->line);
    json_field_u64(json, "last_line", interface->last_line);
    write_if(json, "parent", interface->parent);
    write_sourced(json, "description", interface->description);
    write_sourced(json, "vrf", interface->vrf);
    json_field_bool(json, "shutdown", interface->shutdown);
    write_number_if(json, "mtu", interface->mtu);
    write_number_if(json, "ip_mtu", interface->ip_mtu);
    if (interface->dhcp)
        json_field_bool(json, "dhcp", true);
    write_number_if(json, "dot1q", interface->dot1q);
    write_number_if(json, "dot1q_inner", interface->dot1q_inner);
    write_sourced(json, "lag", interface->lag);
    write_if(json, "lag_mode", interface->lag_mode);
    write_sourced(json, "unnumbered", interface->unnumbered);
    write_addresses(json, interface);
    write_switchport(json, interface);
    write_interface_ospf(json, "ospf", &interface->ospf[0]);
    write_interface_ospf(json, "ospfv3", &interface->ospf[1]);
    if (interface->acls.count) {
        json_key(json, "acls");
        json_begin_array(json);
        for (size_t i = 0; i < interface->acls.count; i++) {
            json_begin_object(json);
            json_field_str(json, "name", interface->acls.items[i].name);
            json_field_text(json, "direction", interface->acls.items[i].inbound ? "in" : "out");
            json_field_u64(json, "family", interface->acls.items[i].family);
            json_field_u64(json, "line", interface->acls.items[i].line);
            json_end(json);
        }
        json_end(json);
    }
    json_end(json);
}

static void write_ospf_networks(JsonWriter *json, const OspfProcess *process)
{
    json_key(json, "networks");
    json_begin_array(json);
    for (size_t i = 0; i < process->networks.count; i++) {
        json_begin_object(json);
        write_ip(json, "address", process->networks.items[i].address);
        write_ip(json, "wildcard", process->networks.items[i].wildcard);
        json_field_u64(json, "area", process->networks.items[i].area);
        json_field_u64(json, "line", process->networks.items[i].line);
        json_end(json);
    }
    json_end(json);
}

static void write_ospf_areas(JsonWriter *json, const OspfProcess *process)
{
    static const char *const kinds[] = {"normal", "stub", "nssa"};
    json_key(json, "areas");
    json_begin_array(json);
    for (size_t i = 0; i < process->areas.count; i++) {
        const OspfArea *area = &process->areas.items[i];
        json_begin_object(json);
        json_field_u64(json, "area", area->id);
        json_field_text(json, "type", kinds[area->kind]);
        if (area->totally)
            json_field_bool(json, "no_summary", true);
        write_if(json, "authentication", area->authentication);
        json_field_u64(json, "line", area->line);
        json_end(json);
    }
    json_end(json);
}

static void write_ospf(JsonWriter *json, const OspfProcess *process)
{
    json_begin_object(json);
    json_field_str(json, "id", process->id);
    json_field_u64(json, "version", process->version);
    write_if(json, "vrf", process->vrf);
    write_ip(json, "router_id", process->router_id);
    json_field_bool(json, "passive_default", process->passive_default);
    write_ospf_networks(json, process);
    json_key(json, "passive_interfaces");
    json_begin_array(json);
    for (size_t i = 0; i < process->passives.count; i++) {
        json_begin_object(json);
        json_field_str(json, "interface", process->passives.items[i].interface);
        json_field_bool(json, "passive", process->passives.items[i].passive);
        json_field_u64(json, "line", process->passives.items[i].line);
        json_end(json);
    }
    json_end(json);
    write_ospf_areas(json, process);
    write_sourced_list(json, "redistribute", &process->redistribute);
    json_field_u64(json, "line", process->line);
    json_field_u64(json, "last_line", process->last_line);
    json_end(json);
}

static void write_families(JsonWriter *json, uint32_t families)
{
    static const char *const names[] = {"ipv4", "ipv6", "vpnv4", "vpnv6", "evpn", "other"};
    json_key(json, "families");
    json_begin_array(json);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (families >> i & 1)
            json_text(json, names[i]);
    }
    json_end(json);
}

static void write_neighbor(JsonWriter *json, const BgpNeighbor *neighbor)
{
    static const char *const types[] = {NULL, "internal", "external"};
    json_begin_object(json);
    if (neighbor->is_group)
        json_field_str(json, "group_name", neighbor->name);
    else if (neighbor->interface.size)
        json_field_str(json, "interface", neighbor->interface);
    else if (ip_is_set(neighbor->listen.address))
        write_prefix(json, "listen_range", neighbor->listen);
    if (!neighbor->is_group && ip_is_set(neighbor->address))
        write_ip(json, "address", neighbor->address);
    write_number_if(json, "remote_as", neighbor->remote_as);
    write_number_if(json, "remote_as_line", neighbor->remote_as_line);
    if (types[neighbor->type])
        json_field_text(json, "type", types[neighbor->type]);
    write_number_if(json, "local_as", neighbor->local_as);
    write_if(json, "group", neighbor->group);
    write_if(json, "policy_template", neighbor->policy);
    write_if(json, "vrf", neighbor->vrf);
    write_sourced(json, "description", neighbor->description);
    write_if(json, "update_source", neighbor->update_source);
    write_ip(json, "local_address", neighbor->local_address);
    write_sourced(json, "import", neighbor->import);
    write_sourced(json, "export", neighbor->export);
    write_families(json, neighbor->families);
    write_number_if(json, "multihop_ttl", neighbor->multihop);
    json_field_bool(json, "shutdown", neighbor->shutdown);
    json_field_bool(json, "authenticated", neighbor->has_password);
    if (neighbor->reflector_client)
        json_field_bool(json, "route_reflector_client", true);
    json_field_u64(json, "line", neighbor->line);
    json_field_u64(json, "last_line", neighbor->last_line);
    json_end(json);
}

static void write_bgp_sources(JsonWriter *json, const BgpProcess *process)
{
    json_key(json, "redistribute");
    json_begin_array(json);
    for (size_t i = 0; i < process->redistribute.count; i++) {
        json_begin_object(json);
        json_field_str(json, "value", process->redistribute.items[i].text);
        write_if(json, "vrf", process->redistribute.items[i].vrf);
        json_field_u64(json, "line", process->redistribute.items[i].line);
        json_end(json);
    }
    json_end(json);
}

static void write_bgp(JsonWriter *json, const BgpProcess *process)
{
    json_begin_object(json);
    write_number_if(json, "asn", process->asn);
    write_number_if(json, "confederation", process->confederation);
    write_ip(json, "router_id", process->router_id);
    for (int groups = 0; groups < 2; groups++) {
        json_key(json, groups ? "groups" : "neighbors");
        json_begin_array(json);
        for (size_t i = 0; i < process->neighbors.count; i++) {
            if (process->neighbors.items[i].is_group == (groups == 1))
                write_neighbor(json, &process->neighbors.items[i]);
        }
        json_end(json);
    }
    json_key(json, "networks");
    json_begin_array(json);
    for (size_t i = 0; i < process->networks.count; i++) {
        json_begin_object(json);
        write_prefix(json, "prefix", process->networks.items[i].prefix);
        write_if(json, "vrf", process->networks.items[i].vrf);
        json_field_u64(json, "line", process->networks.items[i].line);
        json_end(json);
    }
    json_end(json);
    write_bgp_sources(json, process);
    json_field_u64(json, "line", process->line);
    json_field_u64(json, "last_line", process->last_line);
    json_end(json);
}

static void write_route(JsonWriter *json, const StaticRoute *route)
{
    json_begin_object(json);
    write_prefix(json, "prefix", route->prefix);
    write_ip(json, "next_hop", route->next_hop);
    write_if(json, "interface", route->interface);
    write_number_if(json, "distance", route->distance);
    write_number_if(json, "tag", route->tag);
    write_if(json, "name", route->name);
    write_if(json, "vrf", route->vrf);
    json_field_u64(json, "line", route->line);
    json_end(json);
}

static void write_acl(JsonWriter *json, const Acl *acl)
{
    json_begin_object(json);
    json_field_str(json, "name", acl->name);
    json_field_u64(json, "family", acl->family);
    json_field_bool(json, "extended", acl->extended);
    json_field_u64(json, "line", acl->line);
    json_field_u64(json, "last_line", acl->last_line);
    json_key(json, "entries");
    json_begin_array(json);
    for (size_t i = 0; i < acl->entries.count; i++) {
        const AclEntry *entry = &acl->entries.items[i];
        json_begin_object(json);
        json_field_u64(json, "line", entry->line);
        write_number_if(json, "sequence", entry->sequence);
        write_if(json, "term", entry->term);
        json_field_text(json, "action", acl_action_name(entry->action));
        write_if(json, "protocol", entry->protocol);
        write_if(json, "source", entry->source);
        write_if(json, "source_port", entry->source_port);
        write_if(json, "destination", entry->destination);
        write_if(json, "destination_port", entry->destination_port);
        write_if(json, "options", entry->options);
        json_field_str(json, "text", entry->text);
        json_end(json);
    }
    json_end(json);
    json_end(json);
}

static void write_prefix_list(JsonWriter *json, const PrefixList *list)
{
    json_begin_object(json);
    json_field_str(json, "name", list->name);
    json_field_u64(json, "family", list->family);
    json_field_u64(json, "line", list->line);
    json_key(json, "entries");
    json_begin_array(json);
    for (size_t i = 0; i < list->entries.count; i++) {
        const PrefixListEntry *entry = &list->entries.items[i];
        json_begin_object(json);
        write_number_if(json, "sequence", entry->sequence);
        json_field_bool(json, "permit", entry->permit);
        write_prefix(json, "prefix", entry->prefix);
        write_number_if(json, "ge", entry->ge);
        write_number_if(json, "le", entry->le);
        json_field_u64(json, "line", entry->line);
        json_end(json);
    }
    json_end(json);
    json_end(json);
}

static void write_route_map(JsonWriter *json, const RouteMap *map)
{
    json_begin_object(json);
    json_field_str(json, "name", map->name);
    json_field_u64(json, "line", map->line);
    json_field_u64(json, "last_line", map->last_line);
    json_key(json, "entries");
    json_begin_array(json);
    for (size_t i = 0; i < map->entries.count; i++) {
        json_begin_object(json);
        json_field_str(json, "term", map->entries.items[i].term);
        json_field_bool(json, "permit", map->entries.items[i].permit);
        json_field_u64(json, "line", map->entries.items[i].line);
        json_field_u64(json, "last_line", map->entries.items[i].last_line);
        json_end(json);
    }
    json_end(json);
    json_end(json);
}

static void write_vendor(JsonWriter *json, const Device *device)
{
    const System *traits = device->vendor.system;
    json_key(json, "vendor");
    json_begin_object(json);
    json_field_text(json, "id", traits->id);
    json_field_text(json, "name", traits->name);
    json_field_text(json, "vendor", traits->vendor);
    json_field_bool(json, "parsed", traits->parsed);
    json_field_str(json, "reason", device->vendor.reason);
    json_field_u64(json, "line", device->vendor.line);
    json_field_str(json, "evidence", device->vendor.evidence);
    json_end(json);
}

static void write_lines(JsonWriter *json, const Device *device)
{
    json_key(json, "lines");
    json_begin_object(json);
    json_field_u64(json, "total", device->lines.total);
    json_field_u64(json, "blank", device->lines.blank);
    json_field_u64(json, "parsed", device->lines.parsed);
    json_field_u64(json, "known", device->lines.known);
    json_field_u64(json, "not_understood", device->lines.unknown);
    json_field_u64(json, "not_looked_at", device->lines.skipped);
    json_key(json, "analysed_share");
    json_fixed(json, device_analysed(device), 4);
    json_end(json);
    json_key(json, "not_understood");
    json_begin_array(json);
    for (size_t i = 0; i < device->not_understood.count; i++) {
        json_begin_object(json);
        json_field_u64(json, "line", device->not_understood.items[i].line);
        json_field_str(json, "text", device->not_understood.items[i].text);
        write_if(json, "stanza", device->not_understood.items[i].stanza);
        json_end(json);
    }
    json_end(json);
    json_key(json, "warnings");
    json_begin_array(json);
    for (size_t i = 0; i < device->warnings.count; i++) {
        json_begin_object(json);
        json_field_u64(json, "line", device->warnings.items[i].line);
        json_field_str(json, "message", device->warnings.items[i].message);
        json_end(json);
    }
    json_end(json);
}

static void write_stanzas(JsonWriter *json, const Device *device)
{
    json_key(json, "stanzas");
    json_begin_array(json);
    for (size_t i = 0; i < device->stanzas.count; i++) {
        json_begin_object(json);
        json_field_text(json, "kind", stanza_kind_name(device->stanzas.items[i].kind));
        json_field_u64(json, "first_line", device->stanzas.items[i].first_line);
        json_field_u64(json, "last_line", device->stanzas.items[i].last_line);
        json_end(json);
    }
    json_end(json);
}

static void write_vlan_list(JsonWriter *json, const Device *device)
{
    json_key(json, "vlans");
    json_begin_array(json);
    for (size_t i = 0; i < device->vlans.count; i++) {
        json_begin_object(json);
        json_field_u64(json, "id", device->vlans.items[i].id);
        write_if(json, "name", device->vlans.items[i].name);
        write_if(json, "interface", device->vlans.items[i].interface);
        json_field_u64(json, "line", device->vlans.items[i].line);
        json_end(json);
    }
    json_end(json);
    json_key(json, "vrfs");
    json_begin_array(json);
    for (size_t i = 0; i < device->vrfs.count; i++) {
        json_begin_object(json);
        json_field_str(json, "name", device->vrfs.items[i].name);
        write_if(json, "route_distinguisher", device->vrfs.items[i].route_distinguisher);
        json_field_u64(json, "line", device->vrfs.items[i].line);
        json_end(json);
    }
    json_end(json);
}

#define WRITE_LIST(json, key, list, write)                                                         \
    do {                                                                                           \
        json_key(json, key);                                                                       \
        json_begin_array(json);                                                                    \
        for (size_t i_ = 0; i_ < (list).count; i_++)                                               \
            write(json, &(list).items[i_]);                                                        \
        json_end(json);                                                                            \
    } while (0)

void device_write_json(const Device *device, JsonWriter *json)
{
    json_begin_object(json);
    json_field_str(json, "file", device->file);
    json_key(json, "findings");
    findings_write_json(&device->findings, json);
    write_vendor(json, device);
    write_sourced(json, "hostname", device->hostname);
    write_sourced(json, "domain", device->domain);
    write_sourced(json, "version", device->version);
    write_sourced(json, "model", device->model);
    WRITE_LIST(json, "interfaces", device->interfaces, write_interface);
    write_vlan_list(json, device);
    WRITE_LIST(json, "ospf", device->ospf, write_ospf);
    WRITE_LIST(json, "bgp", device->bgp, write_bgp);
    WRITE_LIST(json, "static_routes", device->routes, write_route);
    WRITE_LIST(json, "acls", device->acls, write_acl);
    WRITE_LIST(json, "prefix_lists", device->prefix_lists, write_prefix_list);
    WRITE_LIST(json, "route_maps", device->route_maps, write_route_map);
    write_sourced_list(json, "users", &device->users);
    write_sourced_list(json, "name_servers", &device->name_servers);
    write_sourced_list(json, "ntp_servers", &device->ntp_servers);
    write_sourced_list(json, "log_hosts", &device->log_hosts);
    write_lines(json, device);
    write_stanzas(json, device);
    json_end(json);
}
