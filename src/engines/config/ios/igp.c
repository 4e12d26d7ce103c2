/* SPDX-License-Identifier: Apache-2.0 */
/* The processes of IS-IS and EIGRP. Address families other than IPv4 unicast are not part of the
 * model. */
#include "engines/config/igp_setting.h"
#include "engines/config/ios/ios.h"
#include "engines/network/undo.h"

IgpProcess *ios_igp_process(Reader *reader)
{
    if (reader->now.igp == SIZE_MAX)
        return NULL;
    IgpProcess *process = &device_igp(reader->device, reader->now.igp_kind)->items[reader->now.igp];
    process->last_line = reader->line->number;
    return process;
}

void ios_igp_open(Reader *reader, IgpKind kind, Str id, Str vrf)
{
    if (str_equal(vrf, STR("default")))
        vrf = (Str){"", 0};
    reader->now.igp_kind = kind;
    reader->now.igp_interface = (Str){"", 0};
    reader->now.igp = build_igp(&reader->builder, kind, id, vrf, reader->line->number);
    ios_igp_process(reader);
}

/* Takes a process back in all its VRFs. */
static void undo_everywhere(Reader *reader, IgpKind kind, Str id)
{
    const IgpVec *processes = device_igp(reader->device, kind);
    for (size_t i = 0; i < processes->count && reader_may_search(reader, 1); i++) {
        if (str_equal(processes->items[i].id, id))
            undo_igp(&reader->builder, kind, i);
    }
}

static bool open_process(Reader *reader, IgpKind kind)
{
    Str id = words_get(&reader->words, reader->arg), vrf = {"", 0};
    if (reader_keyword(reader, reader->arg + 1, "vrf"))
        vrf = words_get(&reader->words, reader->arg + 2);
    ios_igp_open(reader, kind, id, vrf);
    if (reader->negated)
        undo_everywhere(reader, kind, id);
    return true;
}

bool ios_router_isis(Reader *reader)
{
    return open_process(reader, IGP_ISIS);
}

/* Handles "router eigrp 100" and "router eigrp NAME", which states its AS in each family. */
bool ios_router_eigrp(Reader *reader)
{
    open_process(reader, IGP_EIGRP);
    IgpProcess *process = ios_igp_process(reader);
    uint32_t as = 0;
    if (!process->as && !reader->negated && str_parse_u32(process->id, &as))
        process->as = as;
    return process->id.size > 0;
}

/* Handles "vrf X" inside a process: the same process for that VRF. */
static bool parse_vrf(Reader *reader)
{
    const IgpProcess *process = ios_igp_process(reader);
    Str vrf = words_get(&reader->words, reader->arg);
    if (!process || vrf.size == 0)
        return vrf.size > 0;
    uint32_t as = process->as;
    ios_igp_open(reader, reader->now.igp_kind, process->id, vrf);
    IgpProcess *opened = ios_igp_process(reader);
    if (!opened->as)
        opened->as = as;
    if (reader->negated)
        undo_igp(&reader->builder, reader->now.igp_kind, reader->now.igp);
    return true;
}

/* Handles "address-family ipv4 unicast vrf RED autonomous-system 100". */
static bool parse_family(Reader *reader)
{
    Str vrf = {"", 0};
    uint32_t as = 0;
    const IgpProcess *process = ios_igp_process(reader);
    size_t at = reader->arg + 1;
    bool unicast =
        words_is(&reader->words, reader->arg, "ipv4") && !reader_keyword(reader, at, "multicast");
    at += at < reader->words.count && !reader_keyword(reader, at, "vrf") &&
          !reader_keyword(reader, at, "autonomous-system");
    if (reader_keyword(reader, at, "vrf")) {
        vrf = words_get(&reader->words, at + 1);
        at += 2;
    }
    if (reader_keyword(reader, at, "autonomous-system") && !words_u32(&reader->words, at + 1, &as))
        return false;
    if (!process || !unicast) {
        reader->now.igp = SIZE_MAX;
        return reader->arg < reader->words.count;
    }
    if (!as)
        as = process->as;
    /* NX-OS states the family inside of the VRF. */
    ios_igp_open(reader, IGP_EIGRP, process->id, vrf.size ? vrf : process->vrf);
    if (as)
        ios_igp_process(reader)->as = as;
    if (reader->negated)
        undo_igp(&reader->builder, IGP_EIGRP, reader->now.igp);
    return true;
}

static bool parse_as(Reader *reader)
{
    IgpProcess *process = ios_igp_process(reader);
    uint32_t as = 0;
    if (!reader->negated && !words_u32(&reader->words, reader->arg, &as))
        return false;
    if (process)
        process->as = as;
    return true;
}

static bool parse_network(Reader *reader)
{
    OspfNetwork network;
    IgpProcess *process = ios_igp_process(reader);
    if (!igp_network_read(reader, reader->arg, &network))
        return false;
    if (!process)
        return true;
    if (!reader->negated) {
        *VEC_PUSH(reader->arena, &process->networks) = network;
        return true;
    }
    if (!reader_may_search(reader, process->networks.count))
        return false;
    VEC_KEEP(&process->networks, item,
             !ip_equal(item->address, network.address) ||
                 !ip_equal(item->wildcard, network.wildcard));
    return true;
}

static bool parse_passive(Reader *reader)
{
    size_t used = 0;
    IgpProcess *process = ios_igp_process(reader);
    if (reader->arg >= reader->words.count)
        return false;
    if (process && reader_keyword(reader, reader->arg, "default"))
        process->passive_default = !reader->negated;
    else if (process)
        *VEC_PUSH(reader->arena, &process->passives) =
            (OspfPassive){.interface = ios_interface_name(reader, reader->arg, &used),
                          .passive = !reader->negated,
                          .line = reader->line->number};
    return true;
}

static bool parse_router_id(Reader *reader)
{
    IgpProcess *process = ios_igp_process(reader);
    IpAddress id = {0};
    size_t at = reader->arg + words_is(&reader->words, reader->arg, "ipv4");
    /* "router-id Loopback0" names an interface */
    bool is_address = ip_parse(words_get(&reader->words, at), &id);
    if (process && (is_address || reader->negated)) {
        process->router_id = reader->negated ? (IpAddress){0} : id;
        process->router_id_line = reader->negated ? 0 : reader->line->number;
    }
    return reader->negated || is_address || interface_name_plausible(words_get(&reader->words, at));
}

static bool parse_redistribute(Reader *reader)
{
    Str source = {"", 0};
    IgpProcess *process = ios_igp_process(reader);
    if (!process || !ios_redistributed(reader, &source))
        return reader->arg < reader->words.count;
    SourcedVec *list = &process->redistribute;
    if (!reader->negated) {
        build_sourced(&reader->builder, list, source, reader->line->number);
        return true;
    }
    if (!reader_may_search(reader, list->count))
        return false;
    VEC_KEEP(list, item, !ios_same_source(item->text, source));
    return true;
}

static bool parse_shutdown(Reader *reader)
{
    IgpProcess *process = ios_igp_process(reader);
    if (process)
        process->shutdown = !reader->negated;
    return true;
}

static bool parse_weights(Reader *reader)
{
    IgpProcess *process = ios_igp_process(reader);
    Str weights = words_rest(&reader->words, reader->arg);
    if (process)
        process->weights =
            reader->negated ? (Sourced){0} : (Sourced){weights, reader->line->number};
    return reader->negated || weights.size > 0;
}

static bool parse_net(Reader *reader)
{
    Str net = words_get(&reader->words, reader->arg);
    SourcedVec *nets = &ios_igp_process(reader)->nets;
    if (!reader->negated)
        build_sourced(&reader->builder, nets, net, reader->line->number);
    else if (reader_may_search(reader, nets->count))
        VEC_KEEP(nets, item, !str_equal(item->text, net));
    return net.size > 0;
}

static bool parse_is_type(Reader *reader)
{
    IgpProcess *process = ios_igp_process(reader);
    process->levels = 0;
    return reader->negated ||
           isis_levels_read(words_get(&reader->words, reader->arg), &process->levels);
}

static bool parse_metric_default(Reader *reader)
{
    return isis_metric_read(reader, reader->arg, &ios_igp_process(reader)->defaults);
}

static bool parse_no_padding(Reader *reader)
{
    IgpProcess *process = ios_igp_process(reader);
    process->defaults.no_hello_padding = reader->negated;
    return true;
}

/* Handles "af-interface Gi0/1" and "af-interface default". */
static bool parse_af_interface(Reader *reader)
{
    size_t used = 0;
    reader->now.igp_interface = reader_keyword(reader, reader->arg, "default")
                                    ? (Str){"", 0}
                                    : ios_interface_name(reader, reader->arg, &used);
    return reader->arg < reader->words.count;
}

/* Returns what an "af-interface" states for its interface, or for all; or NULL if neither is part
 * of the model. */
static InterfaceIgp *af_interface(Reader *reader, const IgpProcess **out_process)
{
    IgpProcess *process = ios_igp_process(reader);
    *out_process = process;
    if (!process || !reader->now.igp_interface.size)
        return process ? &process->defaults : NULL;
    size_t found = map_get_index(&reader->builder.interfaces, reader->now.igp_interface);
    return found == MAP_NO_INDEX ? NULL : &reader->device->interfaces.items[found].eigrp;
}

static bool parse_af_passive(Reader *reader)
{
    const IgpProcess *process;
    InterfaceIgp *igp = af_interface(reader, &process);
    if (igp && reader->now.igp_interface.size) {
        igp->passive = !reader->negated;
        igp->passive_set = true;
    } else if (igp) {
        ios_igp_process(reader)->passive_default = !reader->negated;
    }
    return true;
}

static bool parse_af_authentication(Reader *reader)
{
    const IgpProcess *process;
    InterfaceIgp *igp = af_interface(reader, &process);
    if (igp)
        igp_authentication_set(reader, igp, ISIS_LEVEL_1, words_get(&reader->words, reader->arg));
    return true;
}

static bool parse_af_key(Reader *reader)
{
    const IgpProcess *process;
    InterfaceIgp *igp = af_interface(reader, &process);
    if (igp)
        igp_key_set(reader, igp, ISIS_LEVEL_1);
    return true;
}

static bool parse_af_shutdown(Reader *reader)
{
    const IgpProcess *process;
    InterfaceIgp *igp = af_interface(reader, &process);
    if (igp && reader->now.igp_interface.size)
        igp->disabled = !reader->negated;
    return true;
}

static const Command af_interface_commands[] = {
    {"passive-interface", parse_af_passive, true},
    {"authentication mode", parse_af_authentication, true},
    {"authentication key-chain", parse_af_key, true},
    {"shutdown", parse_af_shutdown, true},
    {"add-paths"},
    {"bandwidth-percent"},
    {"bfd"},
    {"dampening-change"},
    {"dampening-interval"},
    {"hello-interval"},
    {"hold-time"},
    {"next-hop-self"},
    {"no-ecmp-mode"},
    {"split-horizon"},
    {"stub-site"},
    {"summary-address"},
    {"exit-af-interface"},
};
static const CommandTable af_interface_table = {af_interface_commands,
                                                COUNT_OF(af_interface_commands)};

static const Command topology_commands[] = {
    {"redistribute", parse_redistribute, true},
    {"auto-summary"},
    {"default-information"},
    {"default-metric"},
    {"distance"},
    {"distribute-list"},
    {"eigrp"},
    {"fast-reroute"},
    {"maximum-paths"},
    {"metric"},
    {"offset-list"},
    {"snmp"},
    {"summary-metric"},
    {"timers"},
    {"topology-interface"},
    {"traffic-share"},
    {"variance"},
    {"exit-af-topology"},
};
static const CommandTable topology_table = {topology_commands, COUNT_OF(topology_commands)};

/* Of the process, and of its address families. */
#define EIGRP_COMMANDS                                                                             \
    {"network", parse_network, true}, {"passive-interface", parse_passive, true},                  \
        {"autonomous-system", parse_as, true}, {"eigrp router-id", parse_router_id, true},         \
        {"router-id", parse_router_id, true}, {"redistribute", parse_redistribute, true},          \
        {"shutdown", parse_shutdown, true}, {"metric weights", parse_weights, true}, {"eigrp"},    \
        {"auto-summary"}, {"bfd"}, {"default-information"}, {"default-metric"}, {"distance"},      \
        {"distribute-list"}, {"graceful-restart"}, {"maximum-paths"}, {"maximum-prefix"},          \
        {"metric"}, {"neighbor"}, {"nsf"}, {"offset-list"}, {"redistribute maximum-prefix"},       \
        {"remote-neighbors"}, {"soft-sia"}, {"suppress-fib-pending"}, {"timers"},                  \
        {"traffic-share"}, {"flush-routes"}, {"isolate"}, {"log-adjacency-changes"},               \
        {"log-neighbor-changes"}, {"log-neighbor-warnings"}, {"stub"}, {"table-map"},              \
        {"nsf-lifetime"}, {"exit-address-family"},                                                 \
    {                                                                                              \
        "variance"                                                                                 \
    }

static const Command eigrp_family_commands[] = {
    {"af-interface", parse_af_interface, false, &af_interface_table},
    {"topology", NULL, false, &topology_table},
    {"exit-af-interface"},
    {"exit-af-topology"},
    EIGRP_COMMANDS,
};
static const CommandTable eigrp_family_table = {eigrp_family_commands,
                                                COUNT_OF(eigrp_family_commands)};

static const Command eigrp_commands[] = {
    {"address-family", parse_family, true, &eigrp_family_table},
    {"vrf", parse_vrf, true, &ios_eigrp_table},
    {"service-family", NULL, false, &commands_known},
    {"exit-service-family"},
    EIGRP_COMMANDS,
};
const CommandTable ios_eigrp_table = {eigrp_commands, COUNT_OF(eigrp_commands), NULL, true};

static const Command isis_family_commands[] = {
    {"redistribute", parse_redistribute, true},
    {"router-id", parse_router_id, true},
    {"adjacency-check"},
    {"advertise"},
    {"bfd"},
    {"default-information"},
    {"distance"},
    {"distribute"},
    {"fast-reroute"},
    {"maximum-paths"},
    {"maximum-prefix"},
    {"metric-style"},
    {"mpls"},
    {"multi-topology"},
    {"prefix-unreachable"},
    {"router-id loopback"},
    {"segment-routing"},
    {"set-attached-bit"},
    {"summary-address"},
    {"summary-prefix"},
    {"table-map"},
    {"tunnel"},
    {"exit-address-family"},
};
static const CommandTable isis_family_table = {isis_family_commands,
                                               COUNT_OF(isis_family_commands)};

static const Command isis_commands[] = {
    {"net", parse_net, true},
    {"is-type", parse_is_type, true},
    {"passive-interface", parse_passive, true},
    {"router-id", parse_router_id, true},
    {"redistribute", parse_redistribute, true},
    {"shutdown", parse_shutdown, true},
    {"metric", parse_metric_default, true},
    {"hello padding", parse_no_padding, true},
    {"vrf", parse_vrf, true, &ios_isis_table},
    {"address-family", NULL, false, &isis_family_table},
    {"adjacency-check"},
    {"advertise"},
    {"area-password"},
    {"authentication"},
    {"authentication-check"},
    {"authentication-type"},
    {"bfd"},
    {"default-information"},
    {"distance"},
    {"distribute"},
    {"distribute-list"},
    {"domain-password"},
    {"dynamic-hostname"},
    {"external"},
    {"fast-flood"},
    {"fast-reroute"},
    {"flush-routes"},
    {"graceful-restart"},
    {"hello"},
    {"hello-padding"},
    {"hostname"},
    {"ignore-attached-bit"},
    {"ignore-lsp-errors"},
    {"ip"},
    {"isis"},
    {"isolate"},
    {"ispf"},
    {"level"},
    {"local-convergence-delay"},
    {"log-adjacency-changes"},
    {"lsp"},
    {"lsp-full"},
    {"lsp-gen-interval"},
    {"lsp-mtu"},
    {"lsp-refresh-interval"},
    {"max-area-addresses"},
    {"max-lsp-lifetime"},
    {"maximum-paths"},
    {"metric-style"},
    {"microloop"},
    {"min-lsp-arrivaltime"},
    {"mpls"},
    {"nsf"},
    {"nsr"},
    {"overload"},
    {"partition"},
    {"prc-interval"},
    {"protocol"},
    {"queue-limit"},
    {"reference-bandwidth"},
    {"segment-routing", NULL, false, &commands_known},
    {"set-attached-bit"},
    {"set-overload-bit"},
    {"skeptical"},
    {"snmp"},
    {"spf-interval"},
    {"summary-address"},
    {"suppress"},
    {"timers", NULL, false, &commands_known},
    {"traffic-engineering", NULL, false, &commands_known},
    {"traffic-share"},
    {"use"},
    {"wide-metric"},
    {"exit-address-family"},
};
const CommandTable ios_isis_table = {isis_commands, COUNT_OF(isis_commands), NULL, true};
