/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/dialects.h"
#include "engines/config/ios/ios.h"

static const Signature signatures[] = {
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "CONTENT-TYPE: arista"},
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, ", EOS-"},
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "(vEOS"},
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "! boot system flash:/vEOS"},
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "! boot system flash:/EOS"},
    {SIGNATURE_LINE, 20, "transceiver qsfp default-mode"},
    {SIGNATURE_LINE, 20, "service routing protocols model"},
    {SIGNATURE_LINE, 10, "vrf instance "},
    {SIGNATURE_LINE, 10, "management api "},
    {SIGNATURE_LINE, 10, "management ssh"},
    {SIGNATURE_LINE, 10, "daemon TerminAttr"},
    {SIGNATURE_LINE, 10, "no aaa root"},
    {SIGNATURE_LINE, 10, "aaa root "},
    {SIGNATURE_LINE, 8, "vlan internal order"},
    {SIGNATURE_LINE, 8, "ip virtual-router mac-address"},
    {SIGNATURE_LINE, 8, "mlag configuration"},
    {SIGNATURE_LINE, 4, "queue-monitor length"},
    {SIGNATURE_LINE, 5, "interface Vxlan"},
    {SIGNATURE_LINE, 4, "interface Port-Channel"},
    {SIGNATURE_LINE, 4, "interface Management"},
    {SIGNATURE_LINE, 3, "peer-filter "},
    {SIGNATURE_CONTAINS, 4, " peer group "},
    {SIGNATURE_ANY, 5, "vlan-aware-bundle "},
    {SIGNATURE_ANY, 2, "redistribute learned"},
    {SIGNATURE_ANY, 4, "ip address virtual "},
    {SIGNATURE_ANY, 3, "isis enable "},
    {SIGNATURE_LINE, 2, "ip routing"},
    {SIGNATURE_LINE, 3, "spanning-tree mode mstp"},
    {SIGNATURE_CONTAINS, 4, " role network-admin secret"},
    {SIGNATURE_CONTAINS, 4, " secret sha512 "},
};

/* Known, and not part of the model. The rest is as in IOS. */
static const Command commands[] = {
    {"agent"},
    {"daemon"},
    {"event-handler"},
    {"event-monitor"},
    {"management"},
    {"mlag"},
    {"queue-monitor"},
    {"transceiver"},
    {"vmtracer"},
    {"tap"},
    {"traffic-policies"},
    {"peer-filter"},
    {"match-list"},
    {"patch"},
    {"ip virtual*"},
    {"ip address virtual"},
    {"vlan internal"},
    {"priority-flow-control"},
    {"ipv6 virtual-router"},
    {"virtual-router"},
    {"email"},
    {"eap"},
    {"traffic-class"},
};

static const CommandTable top = {commands, COUNT_OF(commands), &ios_top_table};

const Dialect eos_dialect = {
    .system =
        {
            .id = "arista_eos",
            .name = "Arista EOS",
            .vendor = "arista",
            .parsed = true,
            .port_channel = "Port-Channel",
            .vlan_interfaces_switch = true,
        },
    .signatures = signatures,
    .signature_count = COUNT_OF(signatures),
    .commands = &top,
    .notes = ios_notes,
    .abbreviates = true,
    .ranges = true,
    .ports_are_access = true,
    .lists_have_no_kind = true,
    .texts_end_at_eof = true,
};
