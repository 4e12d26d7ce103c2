/* SPDX-License-Identifier: Apache-2.0 */
/* OSPF of IOS-XR: the interfaces stand below their area, and inherit from it and from the process.
 */
#include "engines/config/iosxr/iosxr.h"
#include "engines/config/ospf_setting.h"

static OspfProcess *current(Reader *reader)
{
    OspfProcess *process = &reader->device->ospf.items[reader->now.ospf];
    process->last_line = reader->line->number;
    return process;
}

static bool open_process(Reader *reader, uint8_t version)
{
    Str id = words_get(&reader->words, reader->arg);
    reader->now.ospf =
        build_ospf(&reader->builder, id, version, (Str){"", 0}, reader->line->number);
    reader->now.ospf_area = SIZE_MAX;
    return id.size > 0;
}

bool xr_router_ospf(Reader *reader)
{
    return open_process(reader, 2);
}

bool xr_router_ospf6(Reader *reader)
{
    return open_process(reader, 3);
}

static bool parse_vrf(Reader *reader)
{
    const OspfProcess *process = current(reader);
    Str vrf = words_get(&reader->words, reader->arg);
    reader->now.ospf =
        build_ospf(&reader->builder, process->id, process->version, vrf, reader->line->number);
    reader->now.ospf_area = SIZE_MAX;
    return vrf.size > 0;
}

static bool parse_router_id(Reader *reader)
{
    OspfProcess *process = current(reader);
    process->router_id_line = reader->line->number;
    /* an interface may stand in place of the address */
    return ip_parse(words_get(&reader->words, reader->arg), &process->router_id) ||
           interface_name_plausible(words_get(&reader->words, reader->arg));
}

static bool parse_redistribute(Reader *reader)
{
    build_sourced(&reader->builder, &current(reader)->redistribute,
                  words_rest(&reader->words, reader->arg), reader->line->number);
    xr_policy_user(reader);
    return reader->arg < reader->words.count;
}

static bool parse_shutdown(Reader *reader)
{
    current(reader)->shutdown = !reader->negated;
    return true;
}

/* Stores what all interfaces of the process, or of the area, inherit. */
static bool parse_default(Reader *reader)
{
    OspfProcess *process = current(reader);
    process->has_defaults = true;
    InterfaceOspf *defaults = reader->now.ospf_area == SIZE_MAX
                                  ? &process->defaults
                                  : &process->areas.items[reader->now.ospf_area].defaults;
    return ospf_setting_read(reader, reader->arg - 1, defaults);
}

static bool parse_area(Reader *reader)
{
    uint32_t id = 0;
    current(reader);
    if (!build_parse_area(words_get(&reader->words, reader->arg), &id))
        return false;
    reader->now.ospf_area =
        build_area(&reader->builder, reader->now.ospf, id, reader->line->number);
    return true;
}

static OspfArea *current_area(Reader *reader)
{
    return &current(reader)->areas.items[reader->now.ospf_area];
}

static bool set_area_kind(Reader *reader, OspfAreaKind kind)
{
    OspfArea *area = current_area(reader);
    area->kind = kind;
    for (size_t i = reader->arg; i < reader->words.count; i++)
        area->totally |= words_is(&reader->words, i, "no-summary");
    return true;
}

static bool parse_stub(Reader *reader)
{
    return set_area_kind(reader, OSPF_AREA_STUB);
}

static bool parse_nssa(Reader *reader)
{
    return set_area_kind(reader, OSPF_AREA_NSSA);
}

static bool parse_area_authentication(Reader *reader)
{
    bool understood = parse_default(reader);
    current_area(reader)->authentication = current_area(reader)->defaults.authentication;
    return understood;
}

static InterfaceOspf *current_ospf(Reader *reader)
{
    bool v3 = current(reader)->version == 3;
    return &reader->device->interfaces.items[reader->now.interface].ospf[v3];
}

static bool parse_interface(Reader *reader)
{
    size_t used = 0;
    Str name = ios_interface_name(reader, reader->arg, &used);
    if (name.size == 0)
        return false;
    reader->now.interface = build_interface(&reader->builder, name, reader->line->number);
    InterfaceOspf *ospf = current_ospf(reader);
    ospf->enabled = ospf->has_area = true;
    ospf->area = current_area(reader)->id;
    ospf->process = current(reader)->id;
    if (!ospf->line)
        ospf->line = reader->line->number;
    return true;
}

static bool parse_setting(Reader *reader)
{
    return ospf_setting_read(reader, reader->arg - 1, current_ospf(reader));
}

/* Settings of an interface that a process and an area may state for all of theirs. The
 * authentication of an area is a row of its own. */
#define SETTINGS(handler)                                                                          \
    {"cost", handler, true}, {"network", handler, true}, {"hello-interval", handler, true},        \
        {"dead-interval", handler, true}, {"priority", handler, true}, {"passive", handler, true}, \
        {"mtu-ignore", handler, true}, {"authentication", handler, true},                          \
        {"authentication-key", handler, true}, {"message-digest-key", handler, true}, {"bfd"},     \
        {"cost-fallback"}, {"database-filter"}, {"demand-circuit"}, {"encryption"},                \
        {"fast-reroute"}, {"flood-reduction"}, {"instance"}, {"link-down"}, {"loopback"},          \
        {"mpls"}, {"packet-size"}, {"prefix-suppression"}, {"retransmit-interval"},                \
        {"segment-routing"}, {"security"}, {"transmit-delay"},                                     \
        {"multi-area-interface", NULL, false, &commands_known},                                    \
    {                                                                                              \
        "weight"                                                                                   \
    }

static const Command interface_commands[] = {
    {"shutdown", parse_setting, true},
    {"neighbor"},
    {"prefix-sid"},
    {"adjacency-sid"},
    {"advertise"},
    {"tag"},
    {"affinity"},
    {"delay"},
    SETTINGS(parse_setting),
};

static const CommandTable interface_table = {interface_commands, COUNT_OF(interface_commands)};

static const Command area_commands[] = {
    {"interface", parse_interface, false, &interface_table, STANZA_OTHER, 1},
    {"authentication", parse_area_authentication, true},
    {"stub", parse_stub},
    {"nssa", parse_nssa},
    {"default-cost"},
    {"distribute-list", xr_policy_user},
    {"range"},
    {"route-policy", xr_policy_user},
    {"sham-link", NULL, false, &commands_known},
    {"summary-in", xr_policy_user},
    {"virtual-link", NULL, false, &commands_known},
    SETTINGS(parse_default),
};

static const CommandTable area_table = {area_commands, COUNT_OF(area_commands)};

static const Command commands[] = {
    {"router-id", parse_router_id},
    {"area", parse_area, false, &area_table, STANZA_OTHER, 1},
    {"vrf", parse_vrf, false, &xr_ospf_table, STANZA_OTHER, 1},
    {"redistribute", parse_redistribute},
    {"shutdown", parse_shutdown, true},
    {"address-family"},
    {"adjacency"},
    {"affinity-map", NULL, false, &commands_known},
    {"apply-weight"},
    {"auto-cost"},
    {"capability"},
    {"default-information", xr_policy_user},
    {"default-metric"},
    {"delay"},
    {"disable-dn-bit-check"},
    {"distance"},
    {"distribute"},
    {"distribute-list", xr_policy_user},
    {"domain-id"},
    {"domain-tag"},
    {"external-out", xr_policy_user},
    {"flex-algo", NULL, false, &commands_known},
    {"graceful-restart"},
    {"ignore"},
    {"ipfrr"},
    {"log"},
    {"max-external-lsa"},
    {"max-lsa"},
    {"max-metric"},
    {"maximum"},
    {"microloop"},
    {"monitor-convergence", NULL, false, &commands_known},
    {"nsf"},
    {"nsr"},
    {"process-statistics"},
    {"protocol"},
    {"queue"},
    {"snmp"},
    {"spf"},
    {"spf-prefix-priority", xr_policy_user},
    {"stub"},
    {"summary-in", xr_policy_user},
    {"summary-prefix"},
    {"timers"},
    {"trace"},
    {"ucmp"},
    {"unicast"},
    SETTINGS(parse_default),
};

const CommandTable xr_ospf_table = {commands, COUNT_OF(commands)};
