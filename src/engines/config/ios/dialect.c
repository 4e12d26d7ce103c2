/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/dialects.h"
#include "engines/config/ios/ios.h"
#include "engines/config/templates.h"

static const Signature ios_signatures[] = {
    {SIGNATURE_COMMENT, 500, "CONTENT-TYPE: cisco"},
    {SIGNATURE_LINE, 3, "version 1"},
    {SIGNATURE_LINE, 3, "boot-start-marker"},
    {SIGNATURE_LINE, 3, "service timestamps debug"},
    {SIGNATURE_LINE, 2, "service password-encryption"},
    {SIGNATURE_LINE, 2, "no service password-encryption"},
    {SIGNATURE_LINE, 3, "ip cef"},
    {SIGNATURE_LINE, 3, "ip forward-protocol"},
    {SIGNATURE_LINE, 3, "no ip http server"},
    {SIGNATURE_LINE, 2, "no aaa new-model"},
    {SIGNATURE_LINE, 2, "aaa new-model"},
    {SIGNATURE_LINE, 3, "line vty "},
    {SIGNATURE_LINE, 3, "line con 0"},
    {SIGNATURE_LINE, 2, "interface GigabitEthernet"},
    {SIGNATURE_LINE, 2, "interface FastEthernet"},
    {SIGNATURE_LINE, 2, "interface TenGigabitEthernet"},
    {SIGNATURE_ANY, 2, "interface TenGigabitEthernet"},
    {SIGNATURE_LINE, 2, "interface Serial"},
    {SIGNATURE_LINE, 1, "interface Ethernet"},
    {SIGNATURE_LINE, 1, "interface Loopback"},
    {SIGNATURE_LINE, 1, "interface Vlan"},
    {SIGNATURE_LINE, 1, "interface Port-channel"},
    {SIGNATURE_LINE, 1, "router ospf "},
    {SIGNATURE_LINE, 1, "router bgp "},
    {SIGNATURE_LINE, 2, "router eigrp "},
    {SIGNATURE_LINE, 2, "access-list "},
    {SIGNATURE_LINE, 1, "ip access-list "},
    {SIGNATURE_LINE, 1, "route-map "},
    {SIGNATURE_LINE, 1, "ip route "},
    {SIGNATURE_LINE, 2, "ip nat "},
    {SIGNATURE_LINE, 2, "ip dhcp pool"},
    {SIGNATURE_LINE, 2, "policy-map "},
    {SIGNATURE_LINE, 2, "spanning-tree extend"},
    {SIGNATURE_ANY, 1, "ip address "},
    {SIGNATURE_SLASH, -3, "ip address "},
    {SIGNATURE_SLASH, -3, "ip route "},
    {SIGNATURE_SLASH, -3, "network "},
    {SIGNATURE_BLOCK, -3, "neighbor "},
    {SIGNATURE_ANY, 1, "switchport "},
    {SIGNATURE_ANY, 1, "network "},
    {SIGNATURE_LINE, 2, "device-tracking "},
    {SIGNATURE_LINE, 1, "hostname "},
    {SIGNATURE_LINE, 2, "vrf definition "},
    {SIGNATURE_LINE, 2, "ip vrf "},
};

const TextRule ios_texts[IOS_TEXT_COUNT] = {
    {"aaa authentication banner", TEXT_DELIMITED},
    {"aaa authentication fail-message", TEXT_DELIMITED},
    {"ip auth-proxy auth-proxy-banner *", TEXT_DELIMITED},
    {"ip admission auth-proxy-banner *", TEXT_DELIMITED},
    {"menu * title", TEXT_DELIMITED},
    {"menu * prompt", TEXT_DELIMITED},
    {"vacant-message", TEXT_DELIMITED},
    {"refuse-message", TEXT_DELIMITED},
    {"busy-message *", TEXT_DELIMITED},
    {"macro name *", TEXT_TO_LINE, "@"},
    {"macro auto execute *", TEXT_IN_BRACES},
    {"function *", TEXT_IN_BRACES},
    {"puts *", TEXT_IN_BRACES},
    {"proc *", TEXT_IN_BRACES},
    {"http-raw-request", TEXT_TO_LINE, "exit"},
    {"key-string", TEXT_TO_LINE, "quit exit"},
};

static const ConfigLines *apply_templates(Builder *builder)
{
    static const TemplateForm form = {.head = "template", .user = "source template"};
    return config_apply_templates(builder, &form);
}

const Dialect ios_dialect = {
    .system =
        {
            .id = "cisco_ios",
            .name = "Cisco IOS",
            .vendor = "cisco",
            .parsed = true,
        },
    .signatures = ios_signatures,
    .signature_count = COUNT_OF(ios_signatures),
    .commands = &ios_top_table,
    .texts = ios_texts,
    .text_count = IOS_TEXT_COUNT,
    .notes = ios_notes,
    .inherit = apply_templates,
    .abbreviates = true,
};

static const Signature iosxe_signatures[] = {
    {SIGNATURE_LINE, 12, "version 16."},
    {SIGNATURE_LINE, 12, "version 17."},
    {SIGNATURE_LINE, 12, "version 03."},
    {SIGNATURE_LINE, 10, "platform qfp "},
    {SIGNATURE_LINE, 10, "no platform punt-keepalive"},
    {SIGNATURE_LINE, 8, "subscriber templating"},
    {SIGNATURE_LINE, 8, "platform console "},
    {SIGNATURE_LINE, 6, "vrf definition Mgmt-intf"},
    {SIGNATURE_LINE, 6, "vrf definition Mgmt-vrf"},
};

const Dialect iosxe_dialect = {
    .system =
        {
            .id = "cisco_iosxe",
            .name = "Cisco IOS-XE",
            .vendor = "cisco",
            .parsed = true,
        },
    .signatures = iosxe_signatures,
    .signature_count = COUNT_OF(iosxe_signatures),
    .extends = &ios_dialect.system,
    .commands = &ios_top_table,
    .texts = ios_texts,
    .text_count = IOS_TEXT_COUNT,
    .notes = ios_notes,
    .inherit = apply_templates,
    .abbreviates = true,
};
