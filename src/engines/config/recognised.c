/* SPDX-License-Identifier: Apache-2.0 */
/* The systems that are recognised but not read yet. */
#include "engines/config/dialects.h"

static const Signature iosxr_signatures[] = {
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "CONTENT-TYPE: cisco-xr"},
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "IOS XR Configuration"},
    {SIGNATURE_LINE, 30, "interface MgmtEth0/"},
    {SIGNATURE_LINE, 15, "interface Bundle-Ether"},
    {SIGNATURE_LINE, 10, "interface GigabitEthernet0/0/0/"},
    {SIGNATURE_LINE, 10, "interface TenGigE"},
    {SIGNATURE_LINE, 10, "interface HundredGigE"},
    {SIGNATURE_LINE, 15, "router static"},
    {SIGNATURE_LINE, 20, "route-policy "},
    {SIGNATURE_LINE, 10, "end-policy"},
    {SIGNATURE_LINE, 10, "end-set"},
    {SIGNATURE_ANY, 5, "ipv4 address "},
    {SIGNATURE_LINE, 10, "ipv4 access-list"},
    {SIGNATURE_LINE, 10, "vty-pool "},
    {SIGNATURE_LINE, 10, "line template"},
    {SIGNATURE_LINE, 10, "telnet vrf default"},
};

const Dialect iosxr_dialect = {
    .system =
        {
            .id = "cisco_iosxr",
            .name = "Cisco IOS-XR",
            .vendor = "cisco",
        },
    .signatures = iosxr_signatures,
    .signature_count = COUNT_OF(iosxr_signatures),
};

static const Signature asa_signatures[] = {
    {SIGNATURE_LINE, SIGNATURE_DECISIVE, "ASA Version "},
    {SIGNATURE_LINE, SIGNATURE_DECISIVE, "PIX Version "},
    {SIGNATURE_ANY, 10, "nameif "},
    {SIGNATURE_ANY, 2, "security-level "},
    {SIGNATURE_LINE, 5, "object network "},
    {SIGNATURE_LINE, 10, "threat-detection "},
    {SIGNATURE_LINE, 10, "class-map inspection_default"},
};

const Dialect asa_dialect = {
    .system =
        {
            .id = "cisco_asa",
            .name = "Cisco ASA",
            .vendor = "cisco",
            .role = ROLE_FIREWALL,
        },
    .signatures = asa_signatures,
    .signature_count = COUNT_OF(asa_signatures),
};

static const Signature fortios_signatures[] = {
    {SIGNATURE_LINE, SIGNATURE_DECISIVE, "#config-version=F"},
    {SIGNATURE_COMMENT, 300, "FortiGate"},
    {SIGNATURE_LINE, 20, "config system "},
    {SIGNATURE_LINE, 20, "config firewall "},
    {SIGNATURE_LINE, 15, "config router "},
    {SIGNATURE_LINE, 10, "config vpn "},
    {SIGNATURE_ANY, 2, "edit \""},
};

const Dialect fortios_dialect = {
    .system =
        {
            .id = "fortinet_fortios",
            .name = "Fortinet FortiOS",
            .vendor = "fortinet",
            .role = ROLE_FIREWALL,
        },
    .signatures = fortios_signatures,
    .signature_count = COUNT_OF(fortios_signatures),
};

static const Signature panos_signatures[] = {
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "CONTENT-TYPE: paloalto"},
    {SIGNATURE_LINE, 100, "set deviceconfig "},
    {SIGNATURE_LINE, 50, "set network interface ethernet "},
    {SIGNATURE_LINE, 50, "set network virtual-router "},
    {SIGNATURE_LINE, 30, "set mgt-config "},
    {SIGNATURE_LINE, 20, "set rulebase "},
    {SIGNATURE_LINE, 30, "set shared "},
    {SIGNATURE_ANY, 100, "deviceconfig {"},
    {SIGNATURE_ANY, 100, "localhost.localdomain {"},
    {SIGNATURE_LINE, 30, "mgt-config {"},
};

const Dialect panos_dialect = {
    .system =
        {
            .id = "paloalto_panos",
            .name = "Palo Alto PAN-OS",
            .vendor = "paloalto",
            .role = ROLE_FIREWALL,
        },
    .signatures = panos_signatures,
    .signature_count = COUNT_OF(panos_signatures),
};

static const Signature vrp_signatures[] = {
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "!Software Version V"},
    {SIGNATURE_LINE, 8, "sysname "},
    {SIGNATURE_LINE, 10, "interface MEth0"},
    {SIGNATURE_LINE, 10, "interface Eth-Trunk"},
    {SIGNATURE_LINE, 5, "interface Vlanif"},
    {SIGNATURE_LINE, 5, "user-interface "},
    {SIGNATURE_ANY, 3, "undo "},
    {SIGNATURE_LINE, 4, "vlan batch "},
};

const Dialect vrp_dialect = {
    .system =
        {
            .id = "huawei_vrp",
            .name = "Huawei VRP",
            .vendor = "huawei",
        },
    .signatures = vrp_signatures,
    .signature_count = COUNT_OF(vrp_signatures),
};

static const Signature comware_signatures[] = {
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "Comware Software"},
    {SIGNATURE_ANY, 8, "version 7.1."},
    {SIGNATURE_ANY, 7, "sysname "},
    {SIGNATURE_LINE, 8, "interface Bridge-Aggregation"},
    {SIGNATURE_LINE, 6, "interface Vlan-interface"},
    {SIGNATURE_LINE, 6, "irf "},
};

const Dialect comware_dialect = {
    .system =
        {
            .id = "hp_comware",
            .name = "HPE/H3C Comware",
            .vendor = "hpe",
            .role = ROLE_SWITCH,
        },
    .signatures = comware_signatures,
    .signature_count = COUNT_OF(comware_signatures),
};

static const Signature routeros_signatures[] = {
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "by RouterOS"},
    {SIGNATURE_LINE, 100, "# software id ="},
    {SIGNATURE_LINE, 20, "/interface "},
    {SIGNATURE_LINE, 20, "/ip "},
    {SIGNATURE_LINE, 20, "/system "},
    {SIGNATURE_LINE, 5, "add address="},
    {SIGNATURE_LINE, 5, "set [ find"},
};

const Dialect routeros_dialect = {
    .system =
        {
            .id = "mikrotik_routeros",
            .name = "MikroTik RouterOS",
            .vendor = "mikrotik",
        },
    .signatures = routeros_signatures,
    .signature_count = COUNT_OF(routeros_signatures),
};

static const Signature vyos_signatures[] = {
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "vyos-config-version"},
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "Version:          VyOS"},
    {SIGNATURE_LINE, 20, "set interfaces ethernet eth"},
    {SIGNATURE_LINE, 20, "set interfaces bonding bond"},
    {SIGNATURE_LINE, 15, "set interfaces loopback lo"},
    {SIGNATURE_LINE, 15, "set service "},
    {SIGNATURE_ANY, 15, "ethernet eth0 {"},
    {SIGNATURE_ANY, 15, "loopback lo {"},
};

const Dialect vyos_dialect = {
    .system =
        {
            .id = "vyos",
            .name = "VyOS",
            .vendor = "vyos",
        },
    .signatures = vyos_signatures,
    .signature_count = COUNT_OF(vyos_signatures),
};

static const Signature sros_signatures[] = {
    {SIGNATURE_LINE, SIGNATURE_DECISIVE, "# TiMOS-"},
    {SIGNATURE_LINE, 400, "# Configuration format version"},
    {SIGNATURE_LINE, 30, "/configure"},
    {SIGNATURE_LINE, 50, "configure {"},
    {SIGNATURE_ANY, 15, "router \"Base\""},
};

const Dialect sros_dialect = {
    .system =
        {
            .id = "nokia_sros",
            .name = "Nokia SR OS",
            .vendor = "nokia",
        },
    .signatures = sros_signatures,
    .signature_count = COUNT_OF(sros_signatures),
};

static const Signature a10_signatures[] = {
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "_FORMAT: a10_acos"},
    {SIGNATURE_LINE, 20, "slb server "},
    {SIGNATURE_LINE, 20, "slb virtual-server "},
    {SIGNATURE_LINE, 20, "vrrp-a "},
};

const Dialect a10_dialect = {
    .system =
        {
            .id = "a10_acos",
            .name = "A10 ACOS",
            .vendor = "a10",
        },
    .signatures = a10_signatures,
    .signature_count = COUNT_OF(a10_signatures),
};

static const Signature checkpoint_signatures[] = {
    {SIGNATURE_LINE, 50, "# Configuration of "}, {SIGNATURE_LINE, 200, "# Language version: "},
    {SIGNATURE_LINE, 20, "add bonding group "},  {SIGNATURE_LINE, 10, "set static-route "},
    {SIGNATURE_CONTAINS, 10, " ipv4-address "},
};

const Dialect checkpoint_dialect = {
    .system =
        {
            .id = "checkpoint_gaia",
            .name = "Check Point Gaia",
            .vendor = "checkpoint",
            .role = ROLE_FIREWALL,
        },
    .signatures = checkpoint_signatures,
    .signature_count = COUNT_OF(checkpoint_signatures),
};

static const Signature cumulus_signatures[] = {
    {SIGNATURE_LINE, SIGNATURE_DECISIVE, "net del all"},
    {SIGNATURE_LINE, 20, "net add "},
};

const Dialect cumulus_dialect = {
    .system =
        {
            .id = "cumulus_nclu",
            .name = "Cumulus Linux (NCLU)",
            .vendor = "nvidia",
            .role = ROLE_SWITCH,
        },
    .signatures = cumulus_signatures,
    .signature_count = COUNT_OF(cumulus_signatures),
};

static const Signature f5_signatures[] = {
    {SIGNATURE_LINE, SIGNATURE_DECISIVE, "#TMSH-VERSION"},
    {SIGNATURE_LINE, 20, "ltm "},
    {SIGNATURE_LINE, 20, "sys global-settings {"},
    {SIGNATURE_LINE, 20, "net self "},
    {SIGNATURE_LINE, 10, "net vlan "},
    {SIGNATURE_LINE, 10, "net route"},
    {SIGNATURE_LINE, 10, "net routing "},
};

const Dialect f5_dialect = {
    .system =
        {
            .id = "f5_bigip",
            .name = "F5 BIG-IP",
            .vendor = "f5",
        },
    .signatures = f5_signatures,
    .signature_count = COUNT_OF(f5_signatures),
};

static const Signature aoscx_signatures[] = {
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "!Version ArubaOS-CX"},
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "ArubaOS-CX"},
    {SIGNATURE_LINE, 10, "interface 1/1/"},
};

const Dialect aoscx_dialect = {
    .system =
        {
            .id = "aruba_aoscx",
            .name = "Aruba AOS-CX",
            .vendor = "aruba",
            .role = ROLE_SWITCH,
        },
    .signatures = aoscx_signatures,
    .signature_count = COUNT_OF(aoscx_signatures),
};

static const Signature ironware_signatures[] = {
    {SIGNATURE_LINE, 50, "ver 0"},
    {SIGNATURE_LINE, 10, "stack unit "},
};

const Dialect ironware_dialect = {
    .system =
        {
            .id = "ruckus_ironware",
            .name = "Ruckus ICX / IronWare",
            .vendor = "ruckus",
            .role = ROLE_SWITCH,
        },
    .signatures = ironware_signatures,
    .signature_count = COUNT_OF(ironware_signatures),
};
