/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/device.h"

static double share(const Device *device, uint32_t part)
{
    const LineCounts *lines = &device->lines;
    uint32_t all = lines->parsed + lines->known + lines->unknown + lines->skipped;
    return all ? (double)part / (double)all : 1.0;
}

double device_analysed(const Device *device)
{
    return share(device, device->lines.parsed);
}

double device_understood(const Device *device)
{
    return share(device, device->lines.parsed + device->lines.known);
}

const char *stanza_kind_name(StanzaKind kind)
{
    static const char *const names[] = {
        [STANZA_GLOBAL] = "global",
        [STANZA_INTERFACE] = "interface",
        [STANZA_VLAN] = "vlan",
        [STANZA_OSPF] = "ospf",
        [STANZA_BGP] = "bgp",
        [STANZA_STATIC] = "static_routes",
        [STANZA_ACL] = "acl",
        [STANZA_PREFIX_LIST] = "prefix_list",
        [STANZA_ROUTE_MAP] = "route_map",
        [STANZA_VRF] = "vrf",
        [STANZA_BANNER] = "banner",
        [STANZA_LINE] = "line",
        [STANZA_SYSTEM] = "system",
        [STANZA_OTHER] = "other",
    };
    return names[kind];
}

const char *interface_kind_name(InterfaceKind kind)
{
    static const char *const names[] = {
        [INTERFACE_PHYSICAL] = "physical", [INTERFACE_LOOPBACK] = "loopback",
        [INTERFACE_VLAN] = "vlan",         [INTERFACE_LAG] = "lag",
        [INTERFACE_TUNNEL] = "tunnel",     [INTERFACE_MANAGEMENT] = "management",
        [INTERFACE_OTHER] = "other",
    };
    return names[kind];
}

const char *switchport_mode_name(SwitchportMode mode)
{
    static const char *const names[] = {
        [SWITCHPORT_NONE] = "none",   [SWITCHPORT_ROUTED] = "routed",
        [SWITCHPORT_ON] = "switched", [SWITCHPORT_ACCESS] = "access",
        [SWITCHPORT_TRUNK] = "trunk",
    };
    return names[mode];
}

const char *acl_action_name(AclAction action)
{
    static const char *const names[] = {
        [ACL_PERMIT] = "permit", [ACL_DENY] = "deny",   [ACL_REJECT] = "reject",
        [ACL_REMARK] = "remark", [ACL_OTHER] = "other",
    };
    return names[action];
}
