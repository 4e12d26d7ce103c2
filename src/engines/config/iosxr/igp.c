/* SPDX-License-Identifier: Apache-2.0 */
/* IS-IS and EIGRP of IOS-XR: the interfaces stand below the process, or below an address family of
 * it. */
#include "engines/config/igp_setting.h"
#include "engines/config/iosxr/iosxr.h"

bool xr_router_isis(Reader *reader)
{
    ios_igp_open(reader, IGP_ISIS, words_get(&reader->words, reader->arg), (Str){"", 0});
    return reader->arg < reader->words.count;
}

bool xr_router_eigrp(Reader *reader)
{
    return ios_router_eigrp(reader);
}

static bool run_as_isis(Reader *reader)
{
    return reader_run_as(reader, &ios_isis_table);
}

static bool run_as_eigrp(Reader *reader)
{
    return reader_run_as(reader, &ios_eigrp_table);
}

static bool parse_redistribute(Reader *reader)
{
    IgpProcess *process = ios_igp_process(reader);
    if (process)
        build_sourced(&reader->builder, &process->redistribute,
                      words_rest(&reader->words, reader->arg), reader->line->number);
    xr_policy_user(reader);
    return reader->arg < reader->words.count;
}

/* Handles "metric 10 level 2" of the address family: its interfaces inherit it. */
static bool parse_metric_default(Reader *reader)
{
    return isis_metric_read(reader, reader->arg, &ios_igp_process(reader)->defaults);
}

/* Puts the interface into the process. The lines below state more about it. */
static bool open_interface(Reader *reader, IgpKind kind)
{
    size_t used = 0;
    Str name = ios_interface_name(reader, reader->arg, &used);
    const IgpProcess *process = ios_igp_process(reader);
    if (name.size == 0 || !process)
        return name.size > 0;
    reader->now.interface = build_interface(&reader->builder, name, reader->line->number);
    Interface *interface = &reader->device->interfaces.items[reader->now.interface];
    InterfaceIgp *igp = kind == IGP_ISIS ? &interface->isis : &interface->eigrp;
    igp->enabled = true;
    igp->process = process->id;
    if (!igp->line)
        igp->line = reader->line->number;
    return true;
}

static bool parse_isis_interface(Reader *reader)
{
    return open_interface(reader, IGP_ISIS);
}

static bool parse_eigrp_interface(Reader *reader)
{
    return open_interface(reader, IGP_EIGRP);
}

static InterfaceIgp *isis_of(Reader *reader)
{
    ios_igp_process(reader);
    return &reader->device->interfaces.items[reader->now.interface].isis;
}

/* Returns EIGRP of the current interface, or NULL below an address family that is not part of the
 * model. */
static InterfaceIgp *eigrp_of(Reader *reader)
{
    return ios_igp_process(reader) ? &reader->device->interfaces.items[reader->now.interface].eigrp
                                   : NULL;
}

static bool parse_circuit_type(Reader *reader)
{
    InterfaceIgp *isis = isis_of(reader);
    return isis_levels_read(words_get(&reader->words, reader->arg), &isis->levels);
}

/* Handles "passive" and "suppressed"; the latter does not advertise its address either. */
static bool parse_isis_passive(Reader *reader)
{
    InterfaceIgp *isis = isis_of(reader);
    isis->passive = !reader->negated;
    isis->passive_set = true;
    return true;
}

static bool parse_isis_shutdown(Reader *reader)
{
    isis_of(reader)->disabled = !reader->negated;
    return true;
}

static bool parse_point_to_point(Reader *reader)
{
    isis_of(reader)->point_to_point = !reader->negated;
    return true;
}

/* Handles "hello-password hmac-md5 encrypted X level 2"; "accept" keeps what was stated before. */
static bool parse_hello_password(Reader *reader)
{
    Str mode = words_get(&reader->words, reader->arg);
    if (str_equal(mode, STR("accept")))
        return true;
    if (str_equal(mode, STR("keychain")))
        mode = STR("key chain");
    else if (!str_equal(mode, STR("text")))
        mode = STR("md5");
    igp_authentication_set(reader, isis_of(reader), isis_levels_named(reader, reader->arg + 1),
                           mode);
    return reader->arg < reader->words.count;
}

static bool parse_hello_padding(Reader *reader)
{
    isis_of(reader)->no_hello_padding =
        words_is(&reader->words, reader->arg, "disable") && !reader->negated;
    return true;
}

static bool parse_metric(Reader *reader)
{
    return isis_metric_read(reader, reader->arg, isis_of(reader));
}

static const Command isis_interface_family_commands[] = {
    {"metric", parse_metric, true},
    {"adjacency-sid"},
    {"advertise"},
    {"auto-metric"},
    {"disable"},
    {"fast-reroute"},
    {"link-group"},
    {"mpls"},
    {"prefix-attributes"},
    {"prefix-sid"},
    {"tag"},
    {"ucmp"},
    {"weight"},
};
static const CommandTable isis_interface_family_table = {isis_interface_family_commands,
                                                         COUNT_OF(isis_interface_family_commands)};

static const Command isis_interface_commands[] = {
    {"circuit-type", parse_circuit_type},
    {"passive", parse_isis_passive, true},
    {"suppressed", parse_isis_passive, true},
    {"shutdown", parse_isis_shutdown, true},
    {"point-to-point", parse_point_to_point, true},
    {"hello-password", parse_hello_password},
    {"hello-padding", parse_hello_padding, true},
    {"address-family ipv4 unicast", NULL, false, &isis_interface_family_table, STANZA_OTHER, 0},
    {"address-family", NULL, false, &commands_known},
    {"affinity"},
    {"auto-metric"},
    {"bfd"},
    {"csnp-interval"},
    {"fast-flooding"},
    {"hello-interval"},
    {"hello-multiplier"},
    {"link-down"},
    {"lsp"},
    {"lsp-interval"},
    {"mesh-group"},
    {"priority"},
    {"remote-psnp-delay"},
    {"retransmit-interval"},
    {"retransmit-throttle-interval"},
    {"tag"},
};
static const CommandTable isis_interface_table = {isis_interface_commands,
                                                  COUNT_OF(isis_interface_commands)};

static const Command isis_family_commands[] = {
    {"router-id", run_as_isis},
    {"redistribute", parse_redistribute},
    {"metric", parse_metric_default, true},
    {"adjacency-check"},
    {"advertise"},
    {"advertise passive-only"},
    {"apply-weight"},
    {"attached-bit"},
    {"auto-metric"},
    {"bfd"},
    {"default-information", xr_policy_user},
    {"delay"},
    {"distance"},
    {"distribute-list", xr_policy_user},
    {"fast-reroute"},
    {"ispf"},
    {"link-group", NULL, false, &commands_known},
    {"maximum-paths"},
    {"maximum-redistributed-prefixes"},
    {"metric-style"},
    {"microloop"},
    {"monitor-convergence", NULL, false, &commands_known},
    {"mpls"},
    {"partition-detect"},
    {"prefix-attributes"},
    {"prefix-unreachable", NULL, false, &commands_known},
    {"propagate", xr_policy_user},
    {"reference-bandwidth"},
    {"route"},
    {"route-policy", xr_policy_user},
    {"segment-routing"},
    {"segment-routing srv6", NULL, false, &commands_known},
    {"single-topology"},
    {"spf"},
    {"spf-interval"},
    {"spf-periodic"},
    {"summary-prefix"},
    {"topology-id"},
    {"ucmp"},
};
static const CommandTable isis_family_table = {isis_family_commands,
                                               COUNT_OF(isis_family_commands)};

static const Command isis_commands[] = {
    {"net", run_as_isis},
    {"is-type", run_as_isis},
    {"interface", parse_isis_interface, false, &isis_interface_table, STANZA_OTHER, 1},
    {"address-family ipv4 unicast", NULL, false, &isis_family_table, STANZA_OTHER, 0},
    {"address-family", NULL, false, &commands_known},
    {"adjacency"},
    {"adjacency-check"},
    {"affinity-map"},
    {"authentication-check"},
    {"auto-metric"},
    {"clns"},
    {"distribute"},
    {"flex-algo", NULL, false, &commands_known},
    {"hostname"},
    {"ignore"},
    {"ignore-lsp-errors"},
    {"instance-id"},
    {"iid"},
    {"link-group", NULL, false, &commands_known},
    {"log"},
    {"lsp"},
    {"lsp-check-interval"},
    {"lsp-gen-interval"},
    {"lsp-mtu"},
    {"lsp-password"},
    {"lsp-refresh-interval"},
    {"max-lsp-lifetime"},
    {"max-metric"},
    {"min-lsp-arrivaltime"},
    {"mpls"},
    {"nsf"},
    {"nsr"},
    {"oor"},
    {"protocol"},
    {"purge-transmit"},
    {"reference-bandwidth"},
    {"segment-routing"},
    {"set-overload-bit"},
    {"srlg", NULL, false, &commands_known},
    {"trace"},
    {"vrf", NULL, false, &commands_known},
};
const CommandTable xr_isis_table = {isis_commands, COUNT_OF(isis_commands)};

static bool parse_eigrp_passive(Reader *reader)
{
    InterfaceIgp *eigrp = eigrp_of(reader);
    if (eigrp) {
        eigrp->passive = !reader->negated;
        eigrp->passive_set = true;
    }
    return true;
}

static bool parse_eigrp_keychain(Reader *reader)
{
    InterfaceIgp *eigrp = eigrp_of(reader);
    if (eigrp)
        igp_authentication_set(reader, eigrp, ISIS_LEVEL_1, STR("key chain"));
    return true;
}

static const Command eigrp_interface_commands[] = {
    {"passive-interface", parse_eigrp_passive, true},
    {"authentication keychain", parse_eigrp_keychain, true},
    {"bandwidth-percent"},
    {"bfd"},
    {"hello-interval"},
    {"hold-time"},
    {"metric"},
    {"next-hop-self"},
    {"route-policy", xr_policy_user},
    {"site-of-origin"},
    {"split-horizon"},
    {"summary-address"},
};
static const CommandTable eigrp_interface_table = {eigrp_interface_commands,
                                                   COUNT_OF(eigrp_interface_commands)};

#define EIGRP_COMMANDS                                                                             \
    {"autonomous-system", run_as_eigrp}, {"router-id", run_as_eigrp},                              \
        {"redistribute", parse_redistribute}, {"metric weights", run_as_eigrp}, {"auto-summary"},  \
        {"bfd"}, {"default-information"}, {"default-metric"}, {"distance"}, {"distribute-list"},   \
        {"log-neighbor-changes"}, {"log-neighbor-warnings"}, {"maximum-paths"},                    \
        {"maximum-prefix"}, {"metric"}, {"neighbor"}, {"nsf"}, {"redistribute maximum-prefix"},    \
        {"route-policy", xr_policy_user}, {"stub"}, {"timers"},                                    \
    {                                                                                              \
        "variance"                                                                                 \
    }

static const Command eigrp_family_commands[] = {
    {"interface", parse_eigrp_interface, false, &eigrp_interface_table, STANZA_OTHER, 1},
    EIGRP_COMMANDS,
};
static const CommandTable eigrp_family_table = {eigrp_family_commands,
                                                COUNT_OF(eigrp_family_commands)};

static const Command eigrp_commands[] = {
    {"address-family", run_as_eigrp, false, &eigrp_family_table, STANZA_OTHER, 1},
    {"vrf", run_as_eigrp, false, &xr_eigrp_table, STANZA_OTHER, 1},
    EIGRP_COMMANDS,
};
const CommandTable xr_eigrp_table = {eigrp_commands, COUNT_OF(eigrp_commands)};
