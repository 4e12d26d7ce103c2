/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/frr/frr.h"
#include "engines/config/ospf_setting.h"

/* Handles "interface NAME [vrf X]". A VRF is an interface of Linux too, which serves as its
 * loopback. */
bool frr_interface(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg);
    if (name.size == 0)
        return false;
    reader->now.interface = build_interface(&reader->builder, name, reader->line->number);
    Interface *interface = ios_current_interface(reader);
    if (words_is(&reader->words, reader->arg + 1, "vrf"))
        interface->vrf =
            (Sourced){words_get(&reader->words, reader->arg + 2), reader->line->number};
    if (str_equal(interface->vrf.text, name))
        interface->kind = INTERFACE_LOOPBACK;
    return true;
}

static bool run_as_ios(Reader *reader)
{
    return reader_run_as(reader, &ios_interface_table);
}

/* Handles "ip ospf area 0", "ip ospf 2 area 0" for an instance, and the settings. */
static bool parse_ospf(Reader *reader, int version)
{
    InterfaceOspf *ospf = &ios_current_interface(reader)->ospf[version == 3];
    uint32_t instance = 0;
    size_t at = reader->arg;
    Str process = {"", 0};
    if (words_u32(&reader->words, at, &instance))
        process = words_get(&reader->words, at++);
    if (!words_is(&reader->words, at, "area"))
        return ospf_setting_read(reader, at, ospf);
    if (reader->negated)
        return true;
    ospf->enabled = ospf->has_area = true;
    ospf->process = process;
    ospf->line = reader->line->number;
    return build_parse_area(words_get(&reader->words, at + 1), &ospf->area);
}

static bool parse_ospf4(Reader *reader)
{
    return parse_ospf(reader, 2);
}

static bool parse_ospf6(Reader *reader)
{
    return parse_ospf(reader, 3);
}

static const Command commands[] = {
    {"description", run_as_ios, true},
    {"ip address", run_as_ios, true},
    {"ipv6 address", run_as_ios, true},
    {"shutdown", run_as_ios, true},
    {"ip ospf bfd"},
    {"ip ospf capability"},
    {"ip ospf graceful-restart"},
    {"ip ospf neighbor-filter"},
    {"ip ospf prefix-suppression"},
    {"ip ospf retransmit-interval"},
    {"ip ospf transmit-delay"},
    {"ip ospf", parse_ospf4, true},
    {"ipv6 ospf6 advertise"},
    {"ipv6 ospf6 bfd"},
    {"ipv6 ospf6 ifmtu"},
    {"ipv6 ospf6 instance-id"},
    {"ipv6 ospf6 retransmit-interval"},
    {"ipv6 ospf6 transmit-delay"},
    {"ipv6 ospf6", parse_ospf6, true},
    {"ip router isis", run_as_ios, true},
    {"ipv6 router isis", run_as_ios, true},
    {"isis circuit-type", run_as_ios, true},
    {"isis hello padding", run_as_ios, true},
    {"isis metric", run_as_ios, true},
    {"isis network", run_as_ios, true},
    {"isis passive", run_as_ios, true},
    {"isis password", run_as_ios, true},
    {"ip authentication mode eigrp", run_as_ios, true},
    {"ip authentication key-chain eigrp", run_as_ios, true},
    {"bandwidth"},
    {"babel"},
    {"evpn"},
    {"gre"},
    {"ip bandwidth-percent"},
    {"ip eigrp"},
    {"ip hello-interval"},
    {"ip hold-time"},
    {"ip igmp"},
    {"ip irdp"},
    {"ip mroute"},
    {"ip multicast"},
    {"ip nhrp"},
    {"ip pim"},
    {"ip rip"},
    {"ip router"},
    {"ip split-horizon"},
    {"ip summary-address"},
    {"ipv6 eigrp"},
    {"ipv6 mld"},
    {"ipv6 mroute"},
    {"ipv6 nd"},
    {"ipv6 nhrp"},
    {"ipv6 pim"},
    {"ipv6 ripng"},
    {"ipv6 router"},
    {"isis"},
    {"link-detect"},
    {"link-params", NULL, false, &commands_known},
    {"exit-link-params"},
    {"mpls bandwidth"},
    {"mpls enable"},
    {"mpls ldp-sync"},
    {"multicast"},
    {"openfabric"},
    {"pbr-policy"},
    {"ptm-enable"},
    {"tunnel"},
    {"vrrp"},
    {"exit", .ends_block = true},
    {"quit", .ends_block = true},
};

const CommandTable frr_interface_table = {commands, COUNT_OF(commands), .lasts = true};
