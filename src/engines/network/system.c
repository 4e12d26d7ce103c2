/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/system.h"

static const SystemTraits traits[SYSTEM_COUNT] = {
    [SYSTEM_UNKNOWN] = {"unknown", "unknown", "unknown", false},
    [SYSTEM_IOS] = {"cisco_ios", "Cisco IOS", "cisco", true},
    [SYSTEM_IOS_XE] = {"cisco_iosxe", "Cisco IOS-XE", "cisco", true},
    [SYSTEM_EOS] = {"arista_eos", "Arista EOS", "arista", true},
    [SYSTEM_JUNOS] = {"juniper_junos", "Juniper Junos", "juniper", true},
    [SYSTEM_JUNOS_SET] = {"juniper_junos_set", "Juniper Junos (set commands)", "juniper", true},
    [SYSTEM_IOS_XR] = {"cisco_iosxr", "Cisco IOS-XR", "cisco", false},
    [SYSTEM_NXOS] = {"cisco_nxos", "Cisco NX-OS", "cisco", true},
    [SYSTEM_ASA] = {"cisco_asa", "Cisco ASA", "cisco", false},
    [SYSTEM_FORTIOS] = {"fortinet_fortios", "Fortinet FortiOS", "fortinet", false},
    [SYSTEM_PANOS] = {"paloalto_panos", "Palo Alto PAN-OS", "paloalto", false},
    [SYSTEM_HUAWEI_VRP] = {"huawei_vrp", "Huawei VRP", "huawei", false},
    [SYSTEM_COMWARE] = {"hp_comware", "HPE/H3C Comware", "hpe", false},
    [SYSTEM_ROUTEROS] = {"mikrotik_routeros", "MikroTik RouterOS", "mikrotik", false},
    [SYSTEM_VYOS] = {"vyos", "VyOS", "vyos", false},
    [SYSTEM_SROS] = {"nokia_sros", "Nokia SR OS", "nokia", false},
    [SYSTEM_A10] = {"a10_acos", "A10 ACOS", "a10", false},
    [SYSTEM_CHECK_POINT] = {"checkpoint_gaia", "Check Point Gaia", "checkpoint", false},
    [SYSTEM_CUMULUS] = {"cumulus_nclu", "Cumulus Linux (NCLU)", "nvidia", false},
    [SYSTEM_F5] = {"f5_bigip", "F5 BIG-IP", "f5", false},
    [SYSTEM_AOSCX] = {"aruba_aoscx", "Aruba AOS-CX", "aruba", false},
    [SYSTEM_IRONWARE] = {"ruckus_ironware", "Ruckus ICX / IronWare", "ruckus", false},
};

const SystemTraits *system_traits(System system)
{
    return &traits[system < SYSTEM_COUNT ? system : SYSTEM_UNKNOWN];
}
