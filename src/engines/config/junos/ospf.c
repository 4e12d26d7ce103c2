/* SPDX-License-Identifier: Apache-2.0 */
/* "protocols ospf" and "protocols ospf3". */
#include "engines/config/junos/junos.h"

static OspfProcess *current(Reader *reader)
{
    return &reader->device->ospf.items[reader->now.ospf];
}

static bool open_process(Reader *reader, uint8_t version)
{
    uint32_t line = reader->line->number;
    reader->now.ospf =
        build_ospf(&reader->builder, STR("default"), version, reader->now.instance, line);
    current(reader)->last_line = MAX_OF(current(reader)->last_line, line);
    return true;
}

bool junos_ospf(Reader *reader)
{
    return open_process(reader, 2);
}

bool junos_ospf3(Reader *reader)
{
    return open_process(reader, 3);
}

static bool parse_export(Reader *reader)
{
    build_sourced(&reader->builder, &current(reader)->redistribute, junos_value(reader),
                  reader->line->number);
    return true;
}

static bool parse_shutdown(Reader *reader)
{
    current(reader)->shutdown = true;
    return true;
}

/* An area that only has interfaces is not in the list of areas. */
static bool parse_area(Reader *reader)
{
    if (!build_parse_area(reader_name(reader, 0), &reader->now.area))
        return false;
    if (!words_is(&reader->words, reader->arg, "interface"))
        reader->now.ospf_area =
            build_area(&reader->builder, reader->now.ospf, reader->now.area, reader->line->number);
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
    area->totally |= words_is(&reader->words, reader->arg, "no-summaries");
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
    current_area(reader)->authentication = junos_value(reader);
    return true;
}

/* Handles "interface all". */
static bool parse_all(Reader *reader)
{
    enum { MAX_EVERYWHERE = 64 };
    Builder *builder = &reader->builder;
    OspfEverywhere *all = NULL;
    for (size_t i = 0; i < builder->ospf_everywhere.count && i < MAX_EVERYWHERE && !all; i++) {
        OspfEverywhere *other = &builder->ospf_everywhere.items[i];
        if (other->process == reader->now.ospf && other->area == reader->now.area)
            all = other;
    }
    if (!all) {
        all = VEC_PUSH(reader->arena, &builder->ospf_everywhere);
        *all = (OspfEverywhere){.process = reader->now.ospf,
                                .area = reader->now.area,
                                .options = {.line = reader->line->number}};
    }
    reader->now.ospf_settings = &all->options;
    return true;
}

/* A port without a unit stands for its unit 0. An address stands for the interface that has it. */
static bool parse_interface(Reader *reader)
{
    const OspfProcess *process = current(reader);
    Str name = reader_name(reader, 0);
    IpAddress address;
    if (str_find_byte(name, '.') == STR_NOT_FOUND && !ip_parse(name, &address))
        name = arena_printf(reader->arena, "%.*s.0", STR_ARGS(name));
    size_t index = build_interface(&reader->builder, name, reader->line->number);
    InterfaceOspf *ospf = &reader->device->interfaces.items[index].ospf[process->version == 3];
    if (!ospf->enabled && !ospf->disabled) {
        ospf->enabled = ospf->has_area = true;
        ospf->area = reader->now.area;
        ospf->process = process->id;
        ospf->line = reader->line->number;
        ospf->passive_set = true;
    }
    reader->now.ospf_settings = ospf;
    return true;
}

static bool parse_metric(Reader *reader)
{
    return words_u32(&reader->words, reader->arg, &reader->now.ospf_settings->cost);
}

static bool parse_hello(Reader *reader)
{
    return words_u32(&reader->words, reader->arg, &reader->now.ospf_settings->hello_s);
}

static bool parse_dead(Reader *reader)
{
    return words_u32(&reader->words, reader->arg, &reader->now.ospf_settings->dead_s);
}

static bool parse_priority(Reader *reader)
{
    return words_u32(&reader->words, reader->arg, &reader->now.ospf_settings->priority);
}

static bool parse_passive(Reader *reader)
{
    InterfaceOspf *ospf = reader->now.ospf_settings;
    ospf->passive = ospf->passive_set = true;
    return true;
}

static bool parse_disable(Reader *reader)
{
    InterfaceOspf *ospf = reader->now.ospf_settings;
    ospf->enabled = ospf->has_area = false;
    ospf->disabled = true;
    return true;
}

static bool parse_interface_type(Reader *reader)
{
    static const struct {
        const char *word, *type;
    } types[] = {
        {"p2p", "point-to-point"}, {"p2mp", "point-to-multipoint"}, {"nbma", "non-broadcast"}};
    Str type = junos_value(reader);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (str_equal(type, str_of(types[i].word)))
            type = str_of(types[i].type);
    }
    reader->now.ospf_settings->network_type = type;
    return true;
}

static bool set_authentication(Reader *reader, Str mode)
{
    reader->now.ospf_settings->authentication = mode;
    return true;
}

static bool parse_password(Reader *reader)
{
    return set_authentication(reader, STR("simple"));
}

static bool parse_md5(Reader *reader)
{
    return set_authentication(reader, STR("md5"));
}

static bool parse_key(Reader *reader)
{
    return set_authentication(reader, STR("key configured"));
}

static const Command interface_commands[] = {
    {"metric", parse_metric},
    {"hello-interval", parse_hello},
    {"dead-interval", parse_dead},
    {"priority", parse_priority},
    {"passive", parse_passive},
    {"disable", parse_disable},
    {"interface-type", parse_interface_type},
    {"authentication simple-password", parse_password},
    {"authentication md5", parse_md5},
    {"authentication", parse_key},
    {"ipsec-sa", parse_key},
    {"bfd-liveness-detection"},
    {"link-protection"},
    {"node-link-protection"},
    {"te-metric"},
    {"retransmit-interval"},
    {"transit-delay"},
    {"ldp-synchronization"},
    {"topology"},
    {"secondary"},
    {"neighbor"},
    {"poll-interval"},
    {"flood-reduction"},
    {"demand-circuit"},
    {"own-router-lsa"},
    {"dynamic-neighbors"},
    {"strict-bfd"},
    {"no-interface-state-traps"},
    {"no-neighbor-down-notification"},
    {"no-eligible-backup"},
    {"post-convergence-lfa"},
};

static const CommandTable interface_table = {interface_commands, COUNT_OF(interface_commands)};

static const Command area_commands[] = {
    {"interface all", parse_all, false, &interface_table},
    {"interface *", parse_interface, false, &interface_table, .head_counts = true},
    {"stub", parse_stub},
    {"nssa", parse_nssa},
    {"authentication-type", parse_area_authentication},
    {"area-range"},
    {"virtual-link"},
    {"no-context-identifier-advertisement"},
    {"label-switched-path"},
};

static const CommandTable area_table = {area_commands, COUNT_OF(area_commands)};

static const Command ospf_commands[] = {
    {"area *", parse_area, false, &area_table},
    {"export", parse_export},
    {"disable", parse_shutdown},
    {"reference-bandwidth"},
    {"traffic-engineering"},
    {"graceful-restart"},
    {"overload"},
    {"external-preference"},
    {"preference"},
    {"import"},
    {"spf-options"},
    {"prefix-export-limit"},
    {"traceoptions"},
    {"no-rfc-1583"},
    {"rib-group"},
    {"rib-groups"},
    {"topology"},
    {"domain-id"},
    {"domain-vpn-tag"},
    {"lsa-refresh-interval"},
    {"no-nssa-abr"},
    {"backup-spf-options"},
    {"database-protection"},
    {"sham-link"},
    {"source-packet-routing"},
    {"forwarding-address-to-broadcast"},
    {"apply-groups-except"},
};

const CommandTable junos_ospf_table = {ospf_commands, COUNT_OF(ospf_commands)};
