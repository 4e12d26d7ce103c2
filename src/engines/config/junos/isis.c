/* SPDX-License-Identifier: Apache-2.0 */
/* "protocols isis". The levels of the place are those that a setting is for. */
#include "engines/config/junos/junos.h"

static IgpProcess *current(Reader *reader)
{
    return &reader->device->isis.items[reader->now.igp];
}

bool junos_isis(Reader *reader)
{
    uint32_t line = reader->line->number;
    reader->now.igp =
        build_igp(&reader->builder, IGP_ISIS, STR("default"), reader->now.instance, line);
    current(reader)->last_line = MAX_OF(current(reader)->last_line, line);
    return true;
}

/* Stores the type of an authentication, or that it has a key: the type may follow. The key itself
 * is not stored. */
static void set_authentication(Reader *reader, InterfaceIgp *isis, Str mode, bool is_key)
{
    for (size_t level = 0; level < COUNT_OF(isis->authentication); level++) {
        Str *stored = &isis->authentication[level];
        if (reader->now.levels & 1u << level && !(is_key && stored->size))
            *stored = mode;
    }
}

static Str stated_type(const Reader *reader)
{
    return words_is(&reader->words, reader->arg, "simple") ? STR("text") : junos_value(reader);
}

static bool parse_hello_type(Reader *reader)
{
    set_authentication(reader, reader->now.igp_settings, stated_type(reader), false);
    return true;
}

static bool parse_hello_key(Reader *reader)
{
    set_authentication(reader, reader->now.igp_settings, STR("key configured"), true);
    return true;
}

static bool parse_hello_chain(Reader *reader)
{
    set_authentication(reader, reader->now.igp_settings, STR("key chain"), false);
    return true;
}

static bool parse_level(Reader *reader)
{
    bool first = words_is(&reader->words, reader->arg - 1, "1");
    reader->now.levels = first ? ISIS_LEVEL_1 : ISIS_LEVEL_2;
    return true;
}

static bool parse_level_disable(Reader *reader)
{
    InterfaceIgp *isis = reader->now.igp_settings;
    isis->levels = (isis->levels ? isis->levels : ISIS_BOTH_LEVELS) & ~reader->now.levels;
    isis->disabled |= !isis->levels;
    return true;
}

static bool parse_level_passive(Reader *reader)
{
    reader->now.igp_settings->passive_levels |= reader->now.levels;
    return true;
}

static bool parse_level_metric(Reader *reader)
{
    size_t level = reader->now.levels == ISIS_LEVEL_1 ? 0 : 1;
    return words_u32(&reader->words, reader->arg, &reader->now.igp_settings->metric[level]);
}

static const Command authentication_commands[] = {
    {"hello-authentication-type", parse_hello_type},
    {"hello-authentication-key", parse_hello_key},
    {"hello-authentication-key-chain", parse_hello_chain},
};

static const CommandTable authentication_table = {authentication_commands,
                                                  COUNT_OF(authentication_commands)};

static const Command level_commands[] = {
    {"disable", parse_level_disable},
    {"passive", parse_level_passive},
    {"metric", parse_level_metric},
    {"te-metric"},
    {"priority"},
    {"hello-interval"},
    {"hold-time"},
    {"ipv4-multicast-metric"},
    {"ipv6-multicast-metric"},
    {"ipv6-unicast-metric"},
    {"ipv4-adjacency-segment"},
    {"ipv6-adjacency-segment"},
    {"lan-neighbor"},
    {"post-convergence-lfa"},
    {"topology"},
    {"flood-reflector"},
    {"application-specific"},
};

static const CommandTable level_table = {level_commands, COUNT_OF(level_commands),
                                         &authentication_table};

/* Handles "interface all". */
static bool parse_all(Reader *reader)
{
    enum { MAX_EVERYWHERE = 64 };
    Builder *builder = &reader->builder;
    IsisEverywhere *all = NULL;
    for (size_t i = 0; i < builder->isis_everywhere.count && i < MAX_EVERYWHERE && !all; i++) {
        if (builder->isis_everywhere.items[i].process == reader->now.igp)
            all = &builder->isis_everywhere.items[i];
    }
    if (!all) {
        all = VEC_PUSH(reader->arena, &builder->isis_everywhere);
        *all =
            (IsisEverywhere){.process = reader->now.igp, .options = {.line = reader->line->number}};
    }
    reader->now.igp_settings = &all->options;
    reader->now.levels = ISIS_BOTH_LEVELS;
    return true;
}

/* A port without a unit stands for its unit 0. */
static bool parse_interface(Reader *reader)
{
    Str name = reader_name(reader, 0);
    if (str_find_byte(name, '.') == STR_NOT_FOUND)
        name = arena_printf(reader->arena, "%.*s.0", STR_ARGS(name));
    size_t index = build_interface(&reader->builder, name, reader->line->number);
    InterfaceIgp *isis = &reader->device->interfaces.items[index].isis;
    if (!isis->enabled) {
        isis->enabled = isis->passive_set = true;
        isis->process = current(reader)->id;
        isis->line = reader->line->number;
    }
    reader->now.igp_settings = isis;
    reader->now.levels = ISIS_BOTH_LEVELS;
    return true;
}

static bool parse_passive(Reader *reader)
{
    InterfaceIgp *isis = reader->now.igp_settings;
    isis->passive = isis->passive_set = true;
    return true;
}

static bool parse_disable(Reader *reader)
{
    reader->now.igp_settings->disabled = true;
    return true;
}

static bool parse_point_to_point(Reader *reader)
{
    reader->now.igp_settings->point_to_point = true;
    return true;
}

static bool parse_padding(Reader *reader)
{
    reader->now.igp_settings->no_hello_padding = words_is(&reader->words, reader->arg, "disable");
    return true;
}

static const Command interface_commands[] = {
    {"level 1", parse_level, false, &level_table, .only_known = true},
    {"level 2", parse_level, false, &level_table, .only_known = true},
    {"passive", parse_passive},
    {"disable", parse_disable},
    {"point-to-point", parse_point_to_point},
    {"hello-padding", parse_padding},
    {"bfd-liveness-detection"},
    {"checksum"},
    {"csnp-interval"},
    {"family"},
    {"flood-group"},
    {"interface-group-holddown-delay"},
    {"layer2-map"},
    {"ldp-synchronization"},
    {"link-degradation-threshold"},
    {"link-group-protection"},
    {"link-protection"},
    {"lsp-interval"},
    {"max-hello-size"},
    {"mesh-group"},
    {"node-link-protection"},
    {"no-adjacency-down-notification"},
    {"no-advertise-adjacency-segment"},
    {"no-eligible-backup"},
    {"no-eligible-remote-backup"},
    {"no-ipv4-multicast"},
    {"no-ipv6-multicast"},
    {"no-ipv6-unicast"},
    {"no-unicast-topology"},
    {"priority"},
    {"strict-bfd"},
    {"topology"},
};

static const CommandTable interface_table = {interface_commands, COUNT_OF(interface_commands),
                                             &authentication_table};

static bool parse_process_level_disable(Reader *reader)
{
    IgpProcess *process = current(reader);
    process->levels = (process->levels ? process->levels : ISIS_BOTH_LEVELS) & ~reader->now.levels;
    process->shutdown |= !process->levels;
    return true;
}

/* Returns what the level states for the hello packets of all interfaces. */
static Str *hello_mode(Reader *reader)
{
    size_t level = reader->now.levels == ISIS_LEVEL_1 ? 0 : 1;
    return &current(reader)->defaults.authentication[level];
}

static bool parse_no_hello_authentication(Reader *reader)
{
    *hello_mode(reader) = STR("none");
    return true;
}

/* The authentication of a level counts for hello packets too. */
static bool set_level_authentication(Reader *reader, Str mode, bool is_key)
{
    if (!str_equal(*hello_mode(reader), STR("none")))
        set_authentication(reader, &current(reader)->defaults, mode, is_key);
    return true;
}

static bool parse_level_type(Reader *reader)
{
    return set_level_authentication(reader, stated_type(reader), false);
}

static bool parse_level_key(Reader *reader)
{
    return set_level_authentication(reader, STR("key configured"), true);
}

static bool parse_level_chain(Reader *reader)
{
    return set_level_authentication(reader, STR("key chain"), false);
}

static const Command process_level_commands[] = {
    {"disable", parse_process_level_disable},
    {"no-hello-authentication", parse_no_hello_authentication},
    {"authentication-type", parse_level_type},
    {"authentication-key", parse_level_key},
    {"authentication-key-chain", parse_level_chain},
    {"wide-metrics-only"},
    {"external-preference"},
    {"preference"},
    {"prefix-export-limit"},
    {"no-csnp-authentication"},
    {"no-psnp-authentication"},
    {"labeled-preference"},
    {"labeled-isis-preference"},
    {"loose-authentication-check"},
    {"purge-originator"},
    {"source-packet-routing"},
    {"topology"},
};

static const CommandTable process_level_table = {process_level_commands,
                                                 COUNT_OF(process_level_commands)};

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

static const Command isis_commands[] = {
    {"interface all", parse_all, false, &interface_table},
    {"interface *", parse_interface, false, &interface_table, .head_counts = true},
    {"level 1", parse_level, false, &process_level_table, .only_known = true},
    {"level 2", parse_level, false, &process_level_table, .only_known = true},
    {"export", parse_export},
    {"disable", parse_shutdown},
    {"reference-bandwidth"},
    {"traffic-engineering"},
    {"graceful-restart"},
    {"overload"},
    {"spf-options"},
    {"traceoptions"},
    {"rib-group"},
    {"rib-groups"},
    {"topologies"},
    {"lsp-lifetime"},
    {"max-areas"},
    {"max-lsp-size"},
    {"max-snp-size"},
    {"max-hello-size"},
    {"no-adjacency-holddown"},
    {"no-authentication-check"},
    {"loose-authentication-check"},
    {"no-ipv4-routing"},
    {"no-ipv6-routing"},
    {"no-ipv4-multicast"},
    {"no-ipv6-multicast"},
    {"ignore-attached-bit"},
    {"suppress-attached-bit"},
    {"clns-routing"},
    {"clns-updown-compatibility"},
    {"backup-spf-options"},
    {"source-packet-routing"},
    {"standby"},
    {"context-identifier"},
    {"interface-group"},
    {"job-stats"},
    {"layer2-map"},
    {"flood-group"},
    {"purge-originator"},
    {"apply-groups-except"},
};

const CommandTable junos_isis_table = {isis_commands, COUNT_OF(isis_commands)};

bool junos_iso_family(Reader *reader)
{
    Str name = reader->device->interfaces.items[reader->now.interface].canonical;
    map_put(reader->arena, &reader->builder.iso_interfaces, name, &reader->builder);
    return true;
}

static bool parse_net(Reader *reader)
{
    Builder *builder = &reader->builder;
    build_sourced(builder, &builder->iso_addresses, reader_name(reader, 0), reader->line->number);
    *VEC_PUSH(reader->arena, &builder->iso_address_interfaces) = reader->now.interface;
    return true;
}

static const Command iso_commands[] = {
    {"address *", parse_net},
    {"address", junos_not_understood},
    {"*"},
};

const CommandTable junos_iso_table = {iso_commands, COUNT_OF(iso_commands)};

/* Gives a process the NETs, which stand on interfaces of its instance. */
static void add_nets(Builder *builder)
{
    Device *device = builder->device;
    for (size_t i = 0; i < builder->iso_addresses.count; i++) {
        size_t owner = builder->iso_address_interfaces.items[i];
        const Sourced *net = &builder->iso_addresses.items[i];
        for (size_t k = 0; k < device->isis.count && k < 64; k++) {
            if (str_equal(device->isis.items[k].vrf, device->interfaces.items[owner].vrf.text))
                build_sourced(builder, &device->isis.items[k].nets, net->text, net->line);
        }
    }
}

/* IS-IS runs on a unit only with the family. */
static void apply_everywhere(Builder *builder, const IsisEverywhere *all)
{
    Device *device = builder->device;
    const IgpProcess *process = &device->isis.items[all->process];
    for (size_t i = 0; i < device->interfaces.count; i++) {
        Interface *interface = &device->interfaces.items[i];
        InterfaceIgp *isis = &interface->isis;
        if (isis->enabled || isis->disabled || interface->parent.size == 0 ||
            !str_equal(interface->vrf.text, process->vrf) ||
            !map_get(&builder->iso_interfaces, interface->canonical))
            continue;
        *isis = all->options;
        isis->enabled = isis->passive_set = true;
        isis->process = process->id;
    }
}

void junos_isis_finish(Builder *builder)
{
    enum { MAX_EVERYWHERE = 64 };
    add_nets(builder);
    for (size_t i = 0; i < builder->isis_everywhere.count && i < MAX_EVERYWHERE; i++) {
        if (!builder->isis_everywhere.items[i].options.disabled)
            apply_everywhere(builder, &builder->isis_everywhere.items[i]);
    }
}
