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
    {SIGNATURE_LINE, 8, "switch forwarding-mode"},
    {SIGNATURE_ANY, 6, "speed forced "},
    {SIGNATURE_ANY, 6, "switchport trunk group "},
    {SIGNATURE_ANY, 6, "ip address unnumbered "},
    {SIGNATURE_SLASH, 2, "ip address "},
    {SIGNATURE_SLASH, 2, "ip route "},
    {SIGNATURE_SLASH, 2, "network "},
    {SIGNATURE_BLOCK, -3, "neighbor "},
    {SIGNATURE_INDENT, 1, "   ip address "},
    {SIGNATURE_INDENT, 1, "   no switchport"},
    {SIGNATURE_INDENT, 1, "   switchport "},
    {SIGNATURE_INDENT, 1, "   neighbor "},
    {SIGNATURE_INDENT, 1, "   description "},
    {SIGNATURE_INDENT, 1, "   mtu "},
    {SIGNATURE_INDENT, -1, "    "},
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
    {"mlag configuration", eos_mlag, true, &eos_mlag_table, STANZA_OTHER},
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
    {"ip security"},
    {"ipv6 routing"},
    {"kernel"},
    {"load-balance"},
    {"maintenance"},
    {"mcs"},
    {"openconfig"},
    {"role"},
    {"stun"},
    {"terminattr"},
    {"tracers"},
    {"trident"},
    {"group-policy"},
    {"dynamic prefix-list"},
    {"zerotouch"},
    {"address-locking"},
    {"cvx"},
    {"hardware"},
    {"application"},
    {"environment"},
    {"metadata"},
};

static const CommandTable top = {commands, COUNT_OF(commands), &ios_top_table};

/* Reads "! device: leaf1 (DCS-7050, EOS-4.28.3M)". */
static void read_header(Reader *reader)
{
    Str line = str_trim(reader->line->text), ends = STR("), ");
    size_t open = str_find(line, STR("(")), at = str_find(line, STR(" EOS-"));
    Device *device = reader->device;
    if (!str_starts_with(line, STR("! device: ")) || open == STR_NOT_FOUND || at == STR_NOT_FOUND ||
        open > at || device->version.line)
        return;
    Str model = str_slice(line, open + 1, str_find(str_from(line, open + 1), STR(",")));
    Str version = str_from(line, at + 5);
    size_t size = 0;
    while (size < version.size && str_find_byte(ends, version.data[size]) == STR_NOT_FOUND)
        size++;
    device->version = (Sourced){str_slice(version, 0, size), reader->line->number};
    device->model = (Sourced){model, reader->line->number};
}

static const TextRule texts[] = {
    {"banner *", TEXT_TO_LINE, "EOF"},    {"comment", TEXT_TO_LINE, "EOF"},
    {"action bash", TEXT_TO_LINE, "EOF"}, {"code", TEXT_TO_LINE, "EOF"},
    {"code unit *", TEXT_TO_LINE, "EOF"},
};

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
    .texts = texts,
    .text_count = COUNT_OF(texts),
    .read_comment = read_header,
    .notes = ios_notes,
    .abbreviates = true,
    .ranges = true,
    .ports_are_access = true,
    .lists_have_no_kind = true,
};
