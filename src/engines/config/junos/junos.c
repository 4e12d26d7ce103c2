/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/junos/junos.h"

typedef JunosOutcome (*Section)(Builder *builder, const JunosStatement *s, size_t at, Str vrf);

static bool in_list(Str word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal(word, str_of(list[i])))
            return true;
    }
    return false;
}

static JunosOutcome apply_system(Builder *builder, const JunosStatement *s, size_t at, Str vrf)
{
    Device *device = builder->device;
    Str value = junos_word(s, at + 1);
    (void)vrf;
    if (junos_is(s, at, "host-name"))
        device->hostname = (Sourced){value, s->line};
    else if (junos_is(s, at, "domain-name"))
        device->domain = (Sourced){value, s->line};
    else if (junos_is(s, at, "name-server") && value.size)
        build_sourced(builder, &device->name_servers, value, s->line);
    else if (junos_is(s, at, "ntp") && junos_is(s, at + 1, "server") && at + 3 >= s->count)
        build_sourced(builder, &device->ntp_servers, junos_word(s, at + 2), s->line);
    else if (junos_is(s, at, "syslog") && junos_is(s, at + 1, "host")) {
        size_t count = device->log_hosts.count;
        Str host = junos_word(s, at + 2);
        if (count == 0 || !str_equal(device->log_hosts.items[count - 1].text, host))
            build_sourced(builder, &device->log_hosts, host, s->line);
    } else if (junos_is(s, at, "login") && junos_is(s, at + 1, "user")) {
        size_t count = device->users.count;
        Str user = junos_word(s, at + 2);
        if (count == 0 || !str_equal(device->users.items[count - 1].text, user))
            build_sourced(builder, &device->users, user, s->line);
    } else
        return JUNOS_KNOWN;
    return value.size ? JUNOS_PARSED : JUNOS_UNKNOWN;
}

static JunosOutcome apply_routing_options(Builder *builder, const JunosStatement *s, size_t at,
                                          Str vrf)
{
    static const char *const known[] = {"forwarding-table",
                                        "graceful-restart",
                                        "interface-routes",
                                        "rib-groups",
                                        "auto-export",
                                        "confederation",
                                        "generate",
                                        "aggregate",
                                        "maximum-paths",
                                        "maximum-prefixes",
                                        "multicast",
                                        "nonstop-routing",
                                        "ppm",
                                        "resolution",
                                        "route-record",
                                        "traceoptions",
                                        "validation",
                                        "instance-import",
                                        "instance-export",
                                        "warm-standby",
                                        "protect",
                                        "options",
                                        "med-igp-update-interval",
                                        "srlg",
                                        "fate-sharing",
                                        "topologies",
                                        "flow",
                                        "bgp-static",
                                        "rib",
                                        "access",
                                        "bmp",
                                        "nsr-phantom-holdtime"};
    if (junos_is(s, at, "router-id")) {
        if (vrf.size)
            return JUNOS_KNOWN;
        builder->router_id_line = s->line;
        return ip_parse(junos_word(s, at + 1), &builder->router_id) ? JUNOS_PARSED : JUNOS_UNKNOWN;
    }
    if (junos_is(s, at, "autonomous-system")) {
        uint32_t asn = 0;
        if (!build_parse_asn(junos_word(s, at + 1), &asn))
            return JUNOS_UNKNOWN;
        if (vrf.size == 0)
            builder->asn = asn;
        else
            map_put(builder->arena, &builder->instance_as, vrf, (void *)(uintptr_t)asn);
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "confederation") && vrf.size == 0 &&
        build_parse_asn(junos_word(s, at + 1), &builder->confederation))
        return JUNOS_PARSED;
    if (junos_is(s, at, "rib") && junos_is(s, at + 2, "static"))
        at += 2;
    if (junos_is(s, at, "static")) {
        if (junos_is(s, at + 1, "route"))
            return junos_static_route(builder, s, at + 2, vrf);
        if (junos_is(s, at + 1, "defaults"))
            return junos_static_defaults(builder, s, at + 2, vrf);
        return junos_is(s, at + 1, "rib-group") ? JUNOS_KNOWN : JUNOS_UNKNOWN;
    }
    return in_list(junos_word(s, at), known, COUNT_OF(known)) ? JUNOS_KNOWN : JUNOS_UNKNOWN;
}

static JunosOutcome apply_protocols(Builder *builder, const JunosStatement *s, size_t at, Str vrf)
{
    static const char *const known[] = {"lldp",
                                        "lldp-med",
                                        "rstp",
                                        "mstp",
                                        "vstp",
                                        "stp",
                                        "igmp",
                                        "igmp-snooping",
                                        "mld",
                                        "mld-snooping",
                                        "pim",
                                        "ldp",
                                        "mpls",
                                        "rsvp",
                                        "bfd",
                                        "lacp",
                                        "l2-learning",
                                        "layer2-control",
                                        "dot1x",
                                        "router-advertisement",
                                        "router-discovery",
                                        "vrrp",
                                        "evpn",
                                        "rip",
                                        "ripng",
                                        "oam",
                                        "uplink-failure-detection",
                                        "connections",
                                        "iccp",
                                        "msdp",
                                        "neighbor-discovery",
                                        "sflow",
                                        "source-packet-routing",
                                        "l2circuit",
                                        "vpls",
                                        "l2vpn",
                                        "mvpn",
                                        "ppp",
                                        "pppoe",
                                        "dcbx",
                                        "gvrp",
                                        "mvrp",
                                        "loop-detect",
                                        "protection-group",
                                        "amt",
                                        "dvmrp",
                                        "link-management",
                                        "pcep"};
    if (junos_is(s, at, "bgp"))
        return junos_bgp(builder, s, at + 1, vrf);
    if (junos_is(s, at, "ospf"))
        return junos_ospf(builder, s, at + 1, vrf, 2);
    if (junos_is(s, at, "isis"))
        return junos_isis(builder, s, at + 1, vrf);
    if (junos_is(s, at, "ospf3"))
        return junos_ospf(builder, s, at + 1, vrf, 3);
    return in_list(junos_word(s, at), known, COUNT_OF(known)) ? JUNOS_KNOWN : JUNOS_UNKNOWN;
}

static void add_vrf_rule(Builder *builder, VrfRuleVec *rules, Str value, uint32_t line)
{
    static const Str start = STR_INIT("target:");
    if (str_starts_with(value, start))
        value = str_from(value, start.size);
    *VEC_PUSH(builder->arena, rules) = (VrfRule){.value = value, .line = line};
}

/* Stores the type of an instance, its route targets or a policy. Returns false for anything else.
 */
static bool apply_vrf_rule(Builder *builder, Vrf *vrf, const JunosStatement *s, size_t at)
{
    Str value = junos_word(s, at + 1), second = junos_word(s, at + 2);
    bool import = str_equal(value, STR("import")), export = str_equal(value, STR("export"));
    if (value.size == 0 || ((import || export) && second.size == 0))
        return false;
    if (junos_is(s, at, "instance-type")) {
        vrf->type = value;
    } else if (junos_is(s, at, "vrf-import")) {
        add_vrf_rule(builder, &vrf->import_policies, value, s->line);
    } else if (junos_is(s, at, "vrf-export")) {
        add_vrf_rule(builder, &vrf->export_policies, value, s->line);
    } else if (junos_is(s, at, "vrf-target")) {
        if (!export)
            add_vrf_rule(builder, &vrf->imports, import ? second : value, s->line);
        if (!import)
            add_vrf_rule(builder, &vrf->exports, export ? second : value, s->line);
    } else {
        return false;
    }
    return true;
}

static JunosOutcome apply_instance(Builder *builder, const JunosStatement *s, size_t at, Str vrf)
{
    static const char *const known[] = {"vrf-table-label",
                                        "description",
                                        "vlan-id",
                                        "bridge-domains",
                                        "forwarding-options",
                                        "switch-options",
                                        "vtep-source-interface",
                                        "no-vrf-propagate-ttl",
                                        "vlans",
                                        "access",
                                        "system",
                                        "provider-tunnel",
                                        "route-target",
                                        "no-local-switching",
                                        "multicast-snooping-options"};
    Str name = junos_word(s, at);
    (void)vrf;
    if (name.size == 0)
        return JUNOS_UNKNOWN;
    size_t index = build_vrf(builder, name, s->line);
    at++;
    if (junos_is(s, at, "interface")) {
        Str interface = junos_word(s, at + 1);
        size_t target = build_interface(builder, interface, s->line);
        builder->device->interfaces.items[target].vrf = (Sourced){name, s->line};
        return interface.size ? JUNOS_PARSED : JUNOS_UNKNOWN;
    }
    if (junos_is(s, at, "route-distinguisher")) {
        builder->device->vrfs.items[index].route_distinguisher = junos_word(s, at + 1);
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "protocols"))
        return apply_protocols(builder, s, at + 1, name);
    if (junos_is(s, at, "routing-options"))
        return apply_routing_options(builder, s, at + 1, name);
    if (apply_vrf_rule(builder, &builder->device->vrfs.items[index], s, at))
        return JUNOS_PARSED;
    return in_list(junos_word(s, at), known, COUNT_OF(known)) ? JUNOS_KNOWN : JUNOS_UNKNOWN;
}

/* Makes a port a member of the VLAN that has "interface ge-0/0/1.0" below it. */
static JunosOutcome apply_vlan_port(Builder *builder, Str vlan, const JunosStatement *s, size_t at)
{
    Str name = junos_word(s, at);
    if (name.size == 0)
        return JUNOS_UNKNOWN;
    if (str_find_byte(name, '.') == STR_NOT_FOUND)
        name = arena_printf(builder->arena, "%.*s.0", STR_ARGS(name));
    size_t index = build_interface(builder, name, s->line);
    Interface *interface = &builder->device->interfaces.items[index];
    if (interface->switchport == SWITCHPORT_NONE) {
        interface->switchport = SWITCHPORT_ACCESS;
        interface->switchport_line = s->line;
    }
    build_sourced(builder, &builder->member_names, vlan, s->line);
    *VEC_PUSH(builder->arena, &builder->member_interfaces) = index;
    return JUNOS_PARSED;
}

/* Stores "vlan-range 10-20" and "vlan-id-list 10": VLANs that share one name. */
static JunosOutcome apply_vlan_list(Builder *builder, Str name, const JunosStatement *s, size_t at)
{
    VlanSet *set = ARENA_NEW(builder->arena, VlanSet);
    if (!vlans_parse(junos_word(s, at), false, set) || vlans_count(set) == 0)
        return JUNOS_UNKNOWN;
    for (uint32_t id = 1; id <= VLAN_MAX; id++) {
        if (!vlans_has(set, id))
            continue;
        size_t index = build_vlan(builder, id, s->line);
        builder->device->vlans.items[index].name = name;
    }
    return JUNOS_PARSED;
}

static JunosOutcome apply_vlan(Builder *builder, const JunosStatement *s, size_t at, Str vrf)
{
    Str name = junos_word(s, at);
    uint32_t id = 0;
    (void)vrf;
    if (junos_is(s, at + 1, "vlan-id")) {
        if (!str_parse_u32(junos_word(s, at + 2), &id) || id < 1 || id > VLAN_MAX)
            return junos_is(s, at + 2, "none") ? JUNOS_KNOWN : JUNOS_UNKNOWN;
        size_t index = build_vlan(builder, id, s->line);
        builder->device->vlans.items[index].name = name;
        return JUNOS_PARSED;
    }
    if (junos_is(s, at + 1, "vlan-range") || junos_is(s, at + 1, "vlan-id-list"))
        return apply_vlan_list(builder, name, s, at + 2);
    if (junos_is(s, at + 1, "interface"))
        return apply_vlan_port(builder, name, s, at + 2);
    if (junos_is(s, at + 1, "l3-interface")) {
        for (size_t i = builder->device->vlans.count; i > 0 && i + 8 > builder->device->vlans.count;
             i--) {
            Vlan *vlan = &builder->device->vlans.items[i - 1];
            if (str_equal(vlan->name, name))
                vlan->interface = junos_word(s, at + 2);
        }
        return JUNOS_PARSED;
    }
    return s->count > at + 1 || name.size ? JUNOS_KNOWN : JUNOS_UNKNOWN;
}

static JunosOutcome apply_prefix_list(Builder *builder, const JunosStatement *s, size_t at)
{
    PrefixListEntry entry = {.line = s->line, .permit = true};
    if (junos_is(s, at + 1, "apply-path")) {
        size_t list = build_prefix_list(builder, junos_word(s, at), IP_V4, s->line);
        *VEC_PUSH(builder->arena, &builder->apply_paths) = (ApplyPath){junos_word(s, at + 2), list};
        return JUNOS_PARSED;
    }
    bool has_prefix = at + 1 < s->count;
    if (has_prefix && !ip_prefix_parse(junos_word(s, at + 1), &entry.prefix))
        return JUNOS_UNKNOWN;
    IpFamily family = has_prefix ? (IpFamily)entry.prefix.address.family : IP_V4;
    size_t index = build_prefix_list(builder, junos_word(s, at), family, s->line);
    if (has_prefix)
        *VEC_PUSH(builder->arena, &builder->device->prefix_lists.items[index].entries) = entry;
    return JUNOS_PARSED;
}

/* Stores "from protocol bgp", "to rib x" or "then metric 10" of a term. */
static void apply_clause(Builder *builder, RouteMapEntry *entry, const JunosStatement *s, size_t at)
{
    bool from = junos_is(s, at, "from"), to = junos_is(s, at, "to");
    if (at + 1 >= s->count || !(from || to || junos_is(s, at, "then")))
        return;
    size_t first = to ? at : at + 1;
    Str text = junos_join(builder->arena, s->words + first, s->count - first);
    if (from || to)
        build_sourced(builder, &entry->match, text, s->line);
    else if (junos_is(s, at + 1, "reject") || junos_is(s, at + 1, "accept")) {
        entry->permit = junos_is(s, at + 1, "accept");
        entry->ends = true;
    } else if (junos_is(s, at + 1, "next"))
        build_sourced(builder, &entry->next, text, s->line);
    else
        build_sourced(builder, &entry->set, text, s->line);
}

static JunosOutcome apply_policy(Builder *builder, const JunosStatement *s, size_t at)
{
    Str name = junos_word(s, at), term = {"", 0};
    if (name.size == 0)
        return JUNOS_UNKNOWN;
    size_t index = build_route_map(builder, name, s->line);
    RouteMap *map = &builder->device->route_maps.items[index];
    map->last_line = MAX_OF(map->last_line, s->line);
    at++;
    if (junos_is(s, at, "term")) {
        term = junos_word(s, at + 1);
        at += 2;
    }
    RouteMapEntry *entry = map->entries.count ? &map->entries.items[map->entries.count - 1] : NULL;
    if (!entry || !str_equal(entry->term, term)) {
        entry = VEC_PUSH(builder->arena, &map->entries);
        *entry = (RouteMapEntry){.term = term, .permit = true, .line = s->line};
    }
    entry->last_line = s->line;
    apply_clause(builder, entry, s, at);
    return JUNOS_PARSED;
}

static JunosOutcome apply_policy_options(Builder *builder, const JunosStatement *s, size_t at,
                                         Str vrf)
{
    static const char *const known[] = {
        "community",       "as-path",           "as-path-group",
        "condition",       "route-filter-list", "damping",
        "rtf-prefix-list", "application-maps",  "route-distinguisher"};
    (void)vrf;
    if (junos_is(s, at, "prefix-list"))
        return apply_prefix_list(builder, s, at + 1);
    if (junos_is(s, at, "policy-statement"))
        return apply_policy(builder, s, at + 1);
    return in_list(junos_word(s, at), known, COUNT_OF(known)) ? JUNOS_KNOWN : JUNOS_UNKNOWN;
}

static JunosOutcome apply_security(Builder *builder, const JunosStatement *s, size_t at, Str vrf)
{
    (void)vrf;
    if (junos_is(s, at, "zones") || junos_is(s, at, "policies"))
        builder->device->has_security_zones = true;
    if (junos_is(s, at, "nat"))
        return junos_nat(builder, s, at + 1);
    if (junos_is(s, at, "zones") && junos_is(s, at + 1, "security-zone"))
        return junos_zone(builder, s, at + 2);
    if (junos_is(s, at, "policies"))
        return junos_zone_policy(builder, s, at + 1);
    return JUNOS_KNOWN;
}

static JunosOutcome apply_firewall(Builder *builder, const JunosStatement *s, size_t at, Str vrf)
{
    (void)vrf;
    return junos_firewall(builder, s, at);
}

static JunosOutcome apply_interfaces(Builder *builder, const JunosStatement *s, size_t at, Str vrf)
{
    (void)vrf;
    return junos_interfaces(builder, s, at);
}

static const struct {
    const char *word;
    Section section; /* NULL: known */
} sections[] = {
    {"interfaces", apply_interfaces},
    {"system", apply_system},
    {"protocols", apply_protocols},
    {"routing-options", apply_routing_options},
    {"routing-instances", apply_instance},
    {"policy-options", apply_policy_options},
    {"firewall", apply_firewall},
    {"vlans", apply_vlan},
    {"security", apply_security},
    {"access", NULL},
    {"access-profile", NULL},
    {"accounting-options", NULL},
    {"applications", NULL},
    {"apply-groups", NULL},
    {"bridge-domains", NULL},
    {"chassis", NULL},
    {"class-of-service", NULL},
    {"dynamic-profiles", NULL},
    {"ethernet-switching-options", NULL},
    {"event-options", NULL},
    {"forwarding-options", NULL},
    {"groups", NULL},
    {"layer2-control", NULL},
    {"multi-chassis", NULL},
    {"poe", NULL},
    {"services", NULL},
    {"smtp", NULL},
    {"snmp", NULL},
    {"switch-options", NULL},
    {"virtual-chassis", NULL},
    {"wlan", NULL},
};

JunosOutcome junos_apply(Builder *builder, const JunosStatement *statement)
{
    NotedLine noted = {
        .words = statement->words, .count = statement->count, .line = statement->line};
    config_notes_take(builder, &noted);
    if (junos_is(statement, 0, "version") && statement->count == 2) {
        builder->device->version = (Sourced){statement->words[1], statement->line};
        return JUNOS_PARSED;
    }
    for (size_t i = 0; i < statement->count; i++) {
        if (str_equal(statement->words[i], STR("apply-groups")) && i > 0)
            return JUNOS_KNOWN;
    }
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        if (junos_is(statement, 0, sections[i].word)) {
            return sections[i].section && statement->count > 1
                       ? sections[i].section(builder, statement, 1, (Str){"", 0})
                       : JUNOS_KNOWN;
        }
    }
    return JUNOS_UNKNOWN;
}
