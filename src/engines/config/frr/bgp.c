/* SPDX-License-Identifier: Apache-2.0 */
/* BGP of FRRouting. Each VRF has an instance, with an AS of its own; in the model they are one
 * process, and an AS that differs is that of the neighbours. */
#include "engines/config/frr/frr.h"
#include "engines/config/vrf_setting.h"

static BgpProcess *current(Reader *reader)
{
    BgpProcess *process = &reader->device->bgp.items[0];
    process->last_line = reader->line->number;
    return process;
}

/* Handles "router bgp ASN [vrf X | view X]". */
bool frr_router_bgp(Reader *reader)
{
    uint32_t asn = 0;
    size_t vrf = reader->arg + 1;
    if (!build_parse_asn(words_get(&reader->words, reader->arg), &asn))
        return false;
    build_bgp(&reader->builder, reader->line->number);
    bool named = words_is(&reader->words, vrf, "vrf") || words_is(&reader->words, vrf, "view");
    reader->now.bgp_vrf = named ? words_get(&reader->words, vrf + 1) : (Str){"", 0};
    reader->now.bgp_family = 0;
    BgpProcess *process = current(reader);
    if (!named || !process->asn)
        process->asn = asn;
    reader->now.bgp_as = asn == process->asn ? 0 : asn;
    return true;
}

static bool run_as_ios(Reader *reader)
{
    return reader_run_as(reader, &ios_bgp_table);
}

static bool parse_neighbor(Reader *reader)
{
    reader->now.bgp_peer = SIZE_MAX;
    bool understood = reader_run_as(reader, &ios_bgp_table);
    if (reader->now.bgp_peer == SIZE_MAX)
        return understood;
    BgpNeighbor *neighbor = &current(reader)->neighbors.items[reader->now.bgp_peer];
    if (!neighbor->local_as)
        neighbor->local_as = reader->now.bgp_as;
    return understood;
}

/* Handles "neighbor swp1 interface [v6only] [remote-as external | peer-group PG]". */
static bool parse_unnumbered(Reader *reader)
{
    const Words *words = &reader->words;
    Str name = words_get(words, reader->arg - 2);
    reader->now.bgp_peer =
        build_neighbor(&reader->builder, 0, reader->now.bgp_vrf, name, reader->line->number);
    BgpNeighbor *neighbor = &current(reader)->neighbors.items[reader->now.bgp_peer];
    neighbor->is_group = false;
    neighbor->interface = neighbor->name;
    neighbor->last_line = reader->line->number;
    neighbor->local_as = reader->now.bgp_as;
    size_t at = reader->arg + words_is(words, reader->arg, "v6only");
    Str value = words_get(words, at + 1);
    if (at >= words->count)
        return true;
    if (words_is(words, at, "peer-group")) {
        neighbor->group = value;
        return value.size > 0;
    }
    neighbor->remote_as_line = reader->line->number;
    if (str_equal(value, STR("internal")) || str_equal(value, STR("external"))) {
        neighbor->type = value.data[0] == 'i' ? BGP_TYPE_INTERNAL : BGP_TYPE_EXTERNAL;
        return true;
    }
    return words_is(words, at, "remote-as") && build_parse_asn(value, &neighbor->remote_as);
}

static bool parse_family(Reader *reader)
{
    static const struct {
        const char *words;
        uint32_t bit;
    } families[] = {
        {"ipv4 vpn", BGP_VPNV4},      {"ipv6 vpn", BGP_VPNV6},    {"vpnv4 unicast", BGP_VPNV4},
        {"vpnv6 unicast", BGP_VPNV6}, {"ipv4 unicast", BGP_IPV4}, {"ipv6 unicast", BGP_IPV6},
        {"l2vpn evpn", BGP_EVPN},     {"evpn", BGP_EVPN},
    };
    Str family = words_get(&reader->words, reader->arg);
    reader->now.bgp_family = BGP_OTHER_FAMILY;
    if (reader->arg + 1 == reader->words.count && str_equal(family, STR("ipv4")))
        reader->now.bgp_family = BGP_IPV4;
    if (reader->arg + 1 == reader->words.count && str_equal(family, STR("ipv6")))
        reader->now.bgp_family = BGP_IPV6;
    for (size_t i = 0; i < COUNT_OF(families); i++) {
        if (words_match(&reader->words, reader->arg, families[i].words))
            reader->now.bgp_family = families[i].bit;
    }
    return family.size > 0;
}

/* Returns the VRF of the instance, or SIZE_MAX for the default one. */
static size_t current_vrf(Reader *reader)
{
    Str name = reader->now.bgp_vrf;
    return name.size ? build_vrf(&reader->builder, name, reader->line->number) : SIZE_MAX;
}

/* Handles "rd vpn export 65001:10" of the instance of a VRF, and "rd 65001:10" of its EVPN. */
static bool parse_rd(Reader *reader)
{
    size_t at = reader->arg + (words_match(&reader->words, reader->arg, "vpn export") ? 2 : 0);
    size_t vrf = current_vrf(reader);
    if (vrf == SIZE_MAX)
        return true;
    reader->device->vrfs.items[vrf].route_distinguisher = words_get(&reader->words, at);
    return at < reader->words.count;
}

static Str current_family(const Reader *reader)
{
    return reader->now.bgp_family == BGP_IPV4   ? STR("ipv4")
           : reader->now.bgp_family == BGP_IPV6 ? STR("ipv6")
           : reader->now.bgp_family == BGP_EVPN ? STR("evpn")
                                                : STR("");
}

/* Handles "rt vpn both 65001:10 65001:20" of the instance of a VRF, and "route-target import
 * 65001:10" of its EVPN. */
static bool parse_targets(Reader *reader)
{
    size_t vrf = current_vrf(reader);
    return vrf == SIZE_MAX || vrf_targets_read(reader, reader->arg, vrf, current_family(reader));
}

/* Handles "route-map vpn import RM". */
static bool parse_vpn_policy(Reader *reader)
{
    size_t vrf = current_vrf(reader);
    bool import = words_is(&reader->words, reader->arg, "import");
    Str name = words_get(&reader->words, reader->arg + 1);
    if (vrf == SIZE_MAX || (!import && !words_is(&reader->words, reader->arg, "export")))
        return name.size > 0;
    Vrf *target = &reader->device->vrfs.items[vrf];
    return vrf_rule_store(reader, import ? &target->import_policies : &target->export_policies,
                          name, current_family(reader));
}

/* Handles "import vrf RED" and "import vrf route-map RM" of the instance of a VRF. */
static bool parse_import_vrf(Reader *reader)
{
    size_t vrf = current_vrf(reader), at = reader->arg;
    bool policy = words_is(&reader->words, at, "route-map");
    Str name = words_get(&reader->words, at + policy);
    if (vrf == SIZE_MAX || name.size == 0)
        return name.size > 0;
    Vrf *target = &reader->device->vrfs.items[vrf];
    if (policy)
        return vrf_rule_store(reader, &target->import_policies, name, current_family(reader));
    return vrf_rule_store(reader, &target->imports,
                          arena_printf(reader->arena, "vrf %.*s", STR_ARGS(name)),
                          current_family(reader));
}

static const Command vni_commands[] = {
    {"rd"},
    {"route-target"},
    {"advertise-default-gw"},
    {"advertise-svi-ip"},
    {"advertise"},
    {"default-gateway"},
    {"exit-vni", .ends_block = true},
    {"exit", .ends_block = true},
};
static const CommandTable vni_table = {vni_commands, COUNT_OF(vni_commands), .lasts = true};

/* A neighbour's options that IOS does not have. */
#define NEIGHBOR_COMMANDS                                                                          \
    {"neighbor * interface", parse_unnumbered}, {"neighbor * addpath-tx-all-paths"},               \
        {"neighbor * addpath-tx-bestpath-per-AS"}, {"neighbor * aigp"}, {"neighbor * accept-own"}, \
        {"neighbor * attribute-unchanged"}, {"neighbor * disable-addpath-rx"},                     \
        {"neighbor * disable-link-bw-encoding-ieee"}, {"neighbor * enforce-multihop"},             \
        {"neighbor * extended-link-bandwidth"}, {"neighbor * extended-optional-parameters"},       \
        {"neighbor * graceful-shutdown"}, {"neighbor * local-role"},                               \
        {"neighbor * maximum-prefix-out"}, {"neighbor * nexthop-local"},                           \
        {"neighbor * override-capability"}, {"neighbor * oad"}, {"neighbor * passive"},            \
        {"neighbor * port"}, {"neighbor * remove-private-AS"},                                     \
        {"neighbor * sender-as-path-loop-detection"}, {"neighbor * solo"},                         \
        {"neighbor * strict-capability-match"}, {"neighbor * tcp-mss"},                            \
        {"neighbor * ip-transparent"}, {"neighbor * encapsulation-srv6"},                          \
    {                                                                                              \
        "neighbor", parse_neighbor, true                                                           \
    }

static const Command family_commands[] = {
    NEIGHBOR_COMMANDS,
    {"network", run_as_ios},
    {"redistribute", run_as_ios},
    {"rd", parse_rd},
    {"vni", NULL, false, &vni_table},
    {"advertise"},
    {"advertise-all-vni"},
    {"advertise-default-gw"},
    {"advertise-pip"},
    {"advertise-svi-ip"},
    {"aggregate-address"},
    {"autort"},
    {"bgp dampening"},
    {"default-originate"},
    {"disable-ead-evi-rx"},
    {"disable-ead-evi-tx"},
    {"distance"},
    {"dup-addr-detection"},
    {"ead-es-frag"},
    {"enable-resolve-overlay-index"},
    {"export vpn"},
    {"flooding"},
    {"import vpn"},
    {"import vrf", parse_import_vrf, true},
    {"label vpn"},
    {"local-install"},
    {"mac-vrf"},
    {"maximum-paths"},
    {"nexthop prefer-global"},
    {"nexthop vpn"},
    {"route-map vpn", parse_vpn_policy},
    {"route-target", parse_targets},
    {"rt vpn", parse_targets},
    {"sid vpn"},
    {"table-map"},
    {"use-es-l3nhg"},
    {"exit-address-family", .ends_block = true},
    {"exit", .ends_block = true},
    {"quit", .ends_block = true},
};
static const CommandTable family_table = {family_commands, COUNT_OF(family_commands),
                                          .lasts = true};

static const Command commands[] = {
    NEIGHBOR_COMMANDS,
    {"address-family", parse_family, false, &family_table},
    {"network", run_as_ios},
    {"redistribute", run_as_ios},
    {"bgp default ipv4-unicast", run_as_ios, true},
    {"bgp confederation identifier", run_as_ios},
    {"bgp listen range", run_as_ios},
    {"bgp router-id", run_as_ios},
    {"bgp allow-martian-nexthop"},
    {"bgp always-compare-med"},
    {"bgp bestpath"},
    {"bgp client-to-client"},
    {"bgp cluster-id"},
    {"bgp conditional-advertisement"},
    {"bgp confederation"},
    {"bgp dampening"},
    {"bgp default"},
    {"bgp deterministic-med"},
    {"bgp disable-ebgp-connected-route-check"},
    {"bgp ebgp-requires-policy"},
    {"bgp fast-convergence"},
    {"bgp fast-external-failover"},
    {"bgp graceful-restart"},
    {"bgp graceful-shutdown"},
    {"bgp hard-administrative-reset"},
    {"bgp ipv6-auto-ra"},
    {"bgp labeled-unicast"},
    {"bgp listen"},
    {"bgp log-neighbor-changes"},
    {"bgp long-lived-graceful-restart"},
    {"bgp lu"},
    {"bgp max-med"},
    {"bgp minimum-holdtime"},
    {"bgp network"},
    {"bgp reject-as-sets"},
    {"bgp route-reflector"},
    {"bgp session-dscp"},
    {"bgp shutdown"},
    {"bgp suppress-duplicates"},
    {"bgp suppress-fib-pending"},
    {"bgp tcp-keepalive"},
    {"bgp update-delay"},
    {"bgp use-underlays-nexthop-weight"},
    {"aggregate-address"},
    {"coalesce-time"},
    {"distance"},
    {"maximum-paths"},
    {"read-quanta"},
    {"segment-routing", NULL, false, &commands_known},
    {"sid vpn"},
    {"table-map"},
    {"timers"},
    {"update-delay"},
    {"vnc"},
    {"write-quanta"},
    {"exit", .ends_block = true},
    {"quit", .ends_block = true},
};

const CommandTable frr_bgp_table = {commands, COUNT_OF(commands), .lasts = true};
