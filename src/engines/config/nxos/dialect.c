/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/dialects.h"
#include "engines/config/ios/ios.h"
#include "engines/config/templates.h"

static const Signature signatures[] = {
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "CONTENT-TYPE: cisco-nx"},
    {SIGNATURE_CONTAINS, SIGNATURE_DECISIVE, " Bios:version"},
    {SIGNATURE_LINE, 20, "!Running configuration last done"},
    {SIGNATURE_LINE, 5, "!Command: show"},
    {SIGNATURE_LINE, 30, "feature "},
    {SIGNATURE_LINE, 20, "no feature "},
    {SIGNATURE_LINE, 20, "vdc "},
    {SIGNATURE_LINE, 15, "vrf context "},
    {SIGNATURE_LINE, 20, "boot nxos "},
    {SIGNATURE_LINE, 10, "interface mgmt0"},
    {SIGNATURE_LINE, 10, "copp profile"},
    {SIGNATURE_LINE, 4, "interface Ethernet1/"},
    {SIGNATURE_LINE, 4, "rmon event "},
    {SIGNATURE_LINE, 2, "interface loopback"},
    {SIGNATURE_LINE, 8, "interface port-channel"},
    {SIGNATURE_LINE, 2, "interface Vlan"},
    {SIGNATURE_LINE, 8, "interface nve1"},
    {SIGNATURE_LINE, 8, "system default switchport"},
    {SIGNATURE_LINE, 8, "vpc domain "},
    {SIGNATURE_ANY, 5, "template peer "},
    {SIGNATURE_ANY, 5, "inherit peer "},
    {SIGNATURE_ANY, 3, "ip router ospf "},
    {SIGNATURE_ANY, 5, "vrf member "},
    {SIGNATURE_BLOCK, 4, "neighbor "},
    {SIGNATURE_SLASH, 2, "ip address "},
    {SIGNATURE_SLASH, 2, "ip route "},
    {SIGNATURE_INDENT, 1, "  no shutdown"},
    {SIGNATURE_INDENT, 1, "  ip address "},
    {SIGNATURE_INDENT, 1, "  switchport "},
    {SIGNATURE_INDENT, -1, "   ip address "},
};

/* Known, and not part of the model. The rest is as in IOS. */
static const Command commands[] = {
    {"cfs"},
    {"cli"},
    {"copp"},
    {"evpn"},
    {"feature"},
    {"feature-set"},
    {"fex"},
    {"icam"},
    {"install"},
    {"interface breakout"},
    {"ngoam"},
    {"nv"},
    {"nxapi"},
    {"password strength-check"},
    {"poap"},
    {"port-profile", NULL, false, &commands_known},
    {"role"},
    {"l2rib"},
    {"sampler"},
    {"callhome"},
    {"guestshell"},
    {"bloggerd"},
    {"config sync"},
    {"vmtracker"},
    {"hsrp"},
    {"macsec"},
    {"slow-drain"},
    {"telnet server"},
    {"ipv6 switch-packets"},
    {"ssh key"},
    {"ssh login-attempts"},
    {"slot"},
    {"vdc"},
    {"vpc domain", nxos_vpc_domain, true, &nxos_vpc_table, STANZA_OTHER},
    {"vpc"},
};

static const CommandTable top = {commands, COUNT_OF(commands), &ios_top_table};

static const ConfigLines *apply_templates(Builder *builder)
{
    static const TemplateForm form = {.head = "port-profile",
                                      .user = "inherit port-profile",
                                      .enabled = "state enabled",
                                      .own = {"state", "max-ports", "description"}};
    return config_apply_templates(builder, &form);
}

const Dialect nxos_dialect = {
    .system =
        {
            .id = "cisco_nxos",
            .name = "Cisco NX-OS",
            .vendor = "cisco",
            .parsed = true,
            .role = ROLE_SWITCH,
            .verbatim_names = "mgmt",
        },
    .signatures = signatures,
    .signature_count = COUNT_OF(signatures),
    .commands = &top,
    .texts = ios_texts,
    .text_count = IOS_TEXT_COUNT,
    .notes = ios_notes,
    .inherit = apply_templates,
    .abbreviates = true,
    .ranges = true,
    .vlan_interfaces_start_shut = true,
    .ports_are_access = true,
    .lists_have_no_kind = true,
    .families_by_neighbor = true,
    .neighbors_are_addresses = true,
};
