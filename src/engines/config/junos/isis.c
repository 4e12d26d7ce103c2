/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/junos/junos.h"

/* Statements that are known, and no part of the model. */
static const char *const level_known[] = {"te-metric",
                                          "priority",
                                          "hello-interval",
                                          "hold-time",
                                          "ipv4-multicast-metric",
                                          "ipv6-multicast-metric",
                                          "ipv6-unicast-metric",
                                          "ipv4-adjacency-segment",
                                          "ipv6-adjacency-segment",
                                          "lan-neighbor",
                                          "post-convergence-lfa",
                                          "topology",
                                          "flood-reflector",
                                          "application-specific"};

static const char *const interface_known[] = {"bfd-liveness-detection",
                                              "checksum",
                                              "csnp-interval",
                                              "family",
                                              "flood-group",
                                              "interface-group-holddown-delay",
                                              "layer2-map",
                                              "ldp-synchronization",
                                              "link-degradation-threshold",
                                              "link-group-protection",
                                              "link-protection",
                                              "lsp-interval",
                                              "max-hello-size",
                                              "mesh-group",
                                              "node-link-protection",
                                              "no-adjacency-down-notification",
                                              "no-advertise-adjacency-segment",
                                              "no-eligible-backup",
                                              "no-eligible-remote-backup",
                                              "no-ipv4-multicast",
                                              "no-ipv6-multicast",
                                              "no-ipv6-unicast",
                                              "no-unicast-topology",
                                              "priority",
                                              "strict-bfd",
                                              "topology"};

static const char *const process_level_known[] = {
    "wide-metrics-only",   "external-preference",     "preference",
    "prefix-export-limit", "no-csnp-authentication",  "no-psnp-authentication",
    "labeled-preference",  "labeled-isis-preference", "loose-authentication-check",
    "purge-originator",    "source-packet-routing",   "topology"};

static const char *const process_known[] = {"reference-bandwidth",
                                            "traffic-engineering",
                                            "graceful-restart",
                                            "overload",
                                            "spf-options",
                                            "traceoptions",
                                            "rib-group",
                                            "rib-groups",
                                            "topologies",
                                            "lsp-lifetime",
                                            "max-areas",
                                            "max-lsp-size",
                                            "max-snp-size",
                                            "max-hello-size",
                                            "no-adjacency-holddown",
                                            "no-authentication-check",
                                            "loose-authentication-check",
                                            "no-ipv4-routing",
                                            "no-ipv6-routing",
                                            "no-ipv4-multicast",
                                            "no-ipv6-multicast",
                                            "ignore-attached-bit",
                                            "suppress-attached-bit",
                                            "clns-routing",
                                            "clns-updown-compatibility",
                                            "backup-spf-options",
                                            "source-packet-routing",
                                            "standby",
                                            "context-identifier",
                                            "interface-group",
                                            "job-stats",
                                            "layer2-map",
                                            "flood-group",
                                            "purge-originator",
                                            "apply-groups",
                                            "apply-groups-except"};

static bool in_list(const JunosStatement *s, size_t at, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (junos_is(s, at, list[i]))
            return true;
    }
    return false;
}

/* Stores the type of an authentication, or that it has a key: the type may follow. The key itself
 * is not stored. */
static bool apply_authentication(InterfaceIgp *isis, uint32_t levels, const JunosStatement *s,
                                 size_t at, const char *prefix)
{
    static const char *const names[] = {"authentication-type", "authentication-key",
                                        "authentication-key-chain"};
    size_t which = 0, skipped = strlen(prefix);
    Str word = junos_word(s, at);
    if (!str_starts_with(word, str_of(prefix)))
        return false;
    while (which < COUNT_OF(names) && !str_equal(str_from(word, skipped), str_of(names[which])))
        which++;
    if (which == COUNT_OF(names))
        return false;
    Str type = which == 0   ? junos_word(s, at + 1)
               : which == 1 ? STR("key configured")
                            : STR("key chain");
    if (str_equal(type, STR("simple")))
        type = STR("text");
    for (size_t level = 0; level < COUNT_OF(isis->authentication); level++) {
        Str *mode = &isis->authentication[level];
        if (levels & 1u << level && !(which == 1 && mode->size))
            *mode = type;
    }
    return true;
}

/* Stores what an interface states for one level. */
static JunosOutcome apply_level(InterfaceIgp *isis, uint32_t level, const JunosStatement *s,
                                size_t at)
{
    if (junos_is(s, at, "disable")) {
        isis->levels = (isis->levels ? isis->levels : ISIS_BOTH_LEVELS) & ~level;
        isis->disabled |= !isis->levels;
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "passive")) {
        isis->passive_levels |= level;
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "metric"))
        return str_parse_u32(junos_word(s, at + 1), &isis->metric[level - 1]) ? JUNOS_PARSED
                                                                              : JUNOS_UNKNOWN;
    if (apply_authentication(isis, level, s, at, "hello-"))
        return JUNOS_PARSED;
    return at >= s->count || in_list(s, at, level_known, COUNT_OF(level_known)) ? JUNOS_KNOWN
                                                                                : JUNOS_UNKNOWN;
}

static bool read_level(const JunosStatement *s, size_t at, uint32_t *out_level)
{
    *out_level = junos_is(s, at, "1") ? ISIS_LEVEL_1 : ISIS_LEVEL_2;
    return junos_is(s, at, "1") || junos_is(s, at, "2");
}

static JunosOutcome apply_option(InterfaceIgp *isis, const JunosStatement *s, size_t at)
{
    uint32_t level;
    if (junos_is(s, at, "level"))
        return read_level(s, at + 1, &level) ? apply_level(isis, level, s, at + 2) : JUNOS_UNKNOWN;
    if (junos_is(s, at, "passive")) {
        isis->passive = isis->passive_set = true;
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "disable")) {
        isis->disabled = true;
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "point-to-point")) {
        isis->point_to_point = true;
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "hello-padding")) {
        isis->no_hello_padding = junos_is(s, at + 1, "disable");
        return JUNOS_PARSED;
    }
    if (apply_authentication(isis, ISIS_BOTH_LEVELS, s, at, "hello-"))
        return JUNOS_PARSED;
    return in_list(s, at, interface_known, COUNT_OF(interface_known)) ? JUNOS_KNOWN : JUNOS_UNKNOWN;
}

/* Returns what is stated for all interfaces of the process. */
static IsisEverywhere *everywhere_of(Builder *builder, size_t process, uint32_t line)
{
    for (size_t i = 0; i < builder->isis_everywhere.count && i < 64; i++) {
        if (builder->isis_everywhere.items[i].process == process)
            return &builder->isis_everywhere.items[i];
    }
    IsisEverywhere *all = VEC_PUSH(builder->arena, &builder->isis_everywhere);
    *all = (IsisEverywhere){.process = process, .options = {.line = line}};
    return all;
}

static JunosOutcome apply_interface(Builder *builder, size_t process, const JunosStatement *s,
                                    size_t at)
{
    Str name = junos_word(s, at);
    InterfaceIgp *isis;
    if (name.size == 0)
        return JUNOS_UNKNOWN;
    if (str_equal(name, STR("all"))) {
        isis = &everywhere_of(builder, process, s->line)->options;
    } else {
        /* A port without a unit stands for its unit 0. */
        if (str_find_byte(name, '.') == STR_NOT_FOUND)
            name = arena_printf(builder->arena, "%.*s.0", STR_ARGS(name));
        size_t index = build_interface(builder, name, s->line);
        isis = &builder->device->interfaces.items[index].isis;
        if (!isis->enabled) {
            isis->enabled = isis->passive_set = true;
            isis->process = builder->device->isis.items[process].id;
            isis->line = s->line;
        }
    }
    return at + 1 < s->count ? apply_option(isis, s, at + 1) : JUNOS_PARSED;
}

/* Stores what the process states for one level. Its authentication counts for hello packets too. */
static JunosOutcome apply_process_level(IgpProcess *process, uint32_t level,
                                        const JunosStatement *s, size_t at)
{
    if (junos_is(s, at, "disable")) {
        process->levels = (process->levels ? process->levels : ISIS_BOTH_LEVELS) & ~level;
        process->shutdown |= !process->levels;
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "no-hello-authentication")) {
        process->defaults.authentication[level - 1] = STR("none");
        return JUNOS_PARSED;
    }
    bool off = str_equal(process->defaults.authentication[level - 1], STR("none"));
    InterfaceIgp unused = {0};
    if (apply_authentication(off ? &unused : &process->defaults, level, s, at, ""))
        return JUNOS_PARSED;
    return at >= s->count || in_list(s, at, process_level_known, COUNT_OF(process_level_known))
               ? JUNOS_KNOWN
               : JUNOS_UNKNOWN;
}

JunosOutcome junos_isis(Builder *builder, const JunosStatement *s, size_t at, Str vrf)
{
    size_t index = build_igp(builder, IGP_ISIS, STR("default"), vrf, s->line);
    IgpProcess *process = &builder->device->isis.items[index];
    uint32_t level;
    process->last_line = MAX_OF(process->last_line, s->line);
    if (junos_is(s, at, "interface"))
        return apply_interface(builder, index, s, at + 1);
    if (junos_is(s, at, "level"))
        return read_level(s, at + 1, &level) ? apply_process_level(process, level, s, at + 2)
                                             : JUNOS_UNKNOWN;
    if (junos_is(s, at, "export")) {
        build_sourced(builder, &process->redistribute, junos_word(s, at + 1), s->line);
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "disable")) {
        process->shutdown = true;
        return JUNOS_PARSED;
    }
    return at >= s->count || in_list(s, at, process_known, COUNT_OF(process_known)) ? JUNOS_KNOWN
                                                                                    : JUNOS_UNKNOWN;
}

JunosOutcome junos_iso_family(Builder *builder, size_t interface, const JunosStatement *s,
                              size_t at)
{
    Str name = builder->device->interfaces.items[interface].canonical;
    map_put(builder->arena, &builder->iso_interfaces, name, builder);
    if (!junos_is(s, at, "address"))
        return JUNOS_KNOWN;
    build_sourced(builder, &builder->iso_addresses, junos_word(s, at + 1), s->line);
    *VEC_PUSH(builder->arena, &builder->iso_address_interfaces) = interface;
    return at + 1 < s->count ? JUNOS_PARSED : JUNOS_UNKNOWN;
}

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
