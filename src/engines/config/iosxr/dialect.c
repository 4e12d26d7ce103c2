/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/dialects.h"
#include "engines/config/iosxr/groups.h"
#include "engines/config/iosxr/iosxr.h"

static const Signature signatures[] = {
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "CONTENT-TYPE: cisco-xr"},
    {SIGNATURE_COMMENT, SIGNATURE_DECISIVE, "IOS XR Configuration"},
    {SIGNATURE_LINE, 100, "!! Last configuration change at "},
    {SIGNATURE_LINE, 30, "interface MgmtEth0/"},
    {SIGNATURE_LINE, 30, "interface preconfigure "},
    {SIGNATURE_LINE, 15, "interface Bundle-Ether"},
    {SIGNATURE_LINE, 10, "interface GigabitEthernet0/0/0/"},
    {SIGNATURE_LINE, 10, "interface TenGigE"},
    {SIGNATURE_LINE, 10, "interface HundredGigE"},
    {SIGNATURE_LINE, 15, "interface BVI"},
    {SIGNATURE_LINE, 15, "router static"},
    {SIGNATURE_LINE, 20, "route-policy "},
    {SIGNATURE_LINE, 20, "prefix-set "},
    {SIGNATURE_LINE, 20, "community-set "},
    {SIGNATURE_LINE, 20, "as-path-set "},
    {SIGNATURE_LINE, 20, "extcommunity-set "},
    {SIGNATURE_LINE, 10, "end-policy"},
    {SIGNATURE_LINE, 10, "end-set"},
    {SIGNATURE_ANY, 10, "neighbor-group "},
    {SIGNATURE_ANY, 10, "use neighbor-group "},
    {SIGNATURE_ANY, 10, "bundle id "},
    {SIGNATURE_ANY, 5, "ipv4 address "},
    {SIGNATURE_CONTAINS, 5, " ipv4 address "},
    {SIGNATURE_CONTAINS, 5, " address-family ipv4 unicast route-policy "},
    {SIGNATURE_LINE, 10, "ipv4 access-list"},
    {SIGNATURE_LINE, 10, "vty-pool "},
    {SIGNATURE_LINE, 10, "line template"},
    {SIGNATURE_LINE, 10, "line default"},
    {SIGNATURE_LINE, 10, "telnet vrf default"},
    {SIGNATURE_LINE, 10, "ssh server v"},
    {SIGNATURE_LINE, 10, "taskgroup "},
};

static const InterfaceStart interface_starts[] = {
    {"FortyGigE", INTERFACE_PHYSICAL},  {"TwoHundredGigE", INTERFACE_PHYSICAL},
    {"FiftyGigE", INTERFACE_PHYSICAL},  {"FourHundredGigE", INTERFACE_PHYSICAL},
    {"Bundle-POS", INTERFACE_LAG},      {"tunnel-ip", INTERFACE_TUNNEL},
    {"tunnel-te", INTERFACE_TUNNEL},    {"tunnel-mte", INTERFACE_TUNNEL},
    {"tunnel-ipsec", INTERFACE_TUNNEL}, {"tunnel-tp", INTERFACE_TUNNEL},
};

const Dialect iosxr_dialect = {
    .system =
        {
            .id = "cisco_iosxr",
            .name = "Cisco IOS-XR",
            .vendor = "cisco",
            .parsed = true,
            .mtu_counts_header = true,
            .port_channel = "Bundle-Ether",
            .interface_starts = interface_starts,
            .interface_start_count = COUNT_OF(interface_starts),
        },
    .signatures = signatures,
    .signature_count = COUNT_OF(signatures),
    .commands = &xr_top_table,
    .notes = xr_notes,
    .inherit = xr_inherit,
    .abbreviates = true,
    .lists_have_no_kind = true,
    .families_by_neighbor = true,
    .lines_are_paths = true,
};
