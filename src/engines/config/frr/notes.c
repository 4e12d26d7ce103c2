/* SPDX-License-Identifier: Apache-2.0 */
/* What single lines of FRRouting say besides the model. */
#include "engines/config/frr/frr.h"

#define DEFINES(pattern, kind)                                                                     \
    {                                                                                              \
        "", pattern, NOTE_DEFINES, STRUCTURE_##kind                                                \
    }
#define REFERS(block, pattern, kind)                                                               \
    {                                                                                              \
        block, pattern, NOTE_REFERS, STRUCTURE_##kind                                              \
    }

const NoteRule frr_notes[] = {
    DEFINES("bgp|ip community-list standard|expanded @", COMMUNITY_LIST),
    DEFINES("bgp|ip community-list !standard|expanded @", COMMUNITY_LIST),
    DEFINES("bgp|ip large-community-list standard|expanded @", COMMUNITY_LIST),
    DEFINES("bgp|ip extcommunity-list standard|expanded @", COMMUNITY_LIST),
    DEFINES("bgp|ip as-path access-list @", AS_PATH_LIST),
    DEFINES("key chain @", KEY_CHAIN),

    REFERS("", "ip|ipv6 protocol * route-map @", ROUTE_MAP),
    REFERS("", "ip|ipv6 nht * route-map @", ROUTE_MAP),
    REFERS("interface", "ip ospf authentication key-chain @", KEY_CHAIN),
    REFERS("interface", "ip authentication key-chain * * @", KEY_CHAIN),
    REFERS("interface", "ip rip authentication key-chain @", KEY_CHAIN),
    REFERS("line", "access-class @", ACL),
    REFERS("line", "ipv6 access-class @", ACL6),

    REFERS("router bgp", "neighbor * route-map @", ROUTE_MAP),
    REFERS("router bgp", "neighbor * prefix-list @", PREFIX_LIST),
    REFERS("router bgp", "neighbor * filter-list @", AS_PATH_LIST),
    REFERS("router bgp", "neighbor * distribute-list @", ACL),
    REFERS("router bgp", "neighbor * unsuppress-map|advertise-map @", ROUTE_MAP),
    REFERS("router bgp", "neighbor * advertise-map * exist-map|non-exist-map @", ROUTE_MAP),
    REFERS("router bgp", "neighbor * default-originate route-map @", ROUTE_MAP),
    REFERS("router bgp", "neighbor * peer-group @", PEER_GROUP),
    REFERS("router bgp", "neighbor * interface ... peer-group @", PEER_GROUP),
    REFERS("router bgp", "bgp listen range * peer-group @", PEER_GROUP),
    REFERS("router bgp", "network * route-map @", ROUTE_MAP),
    REFERS("router bgp", "aggregate-address ... route-map|suppress-map @", ROUTE_MAP),
    REFERS("router bgp", "table-map @", ROUTE_MAP),
    REFERS("router bgp", "route-map vpn import|export @", ROUTE_MAP),
    REFERS("router bgp", "import vrf route-map @", ROUTE_MAP),
    REFERS("router bgp", "import vrf !route-map|default @", VRF),
    REFERS("router bgp", "advertise * * route-map @", ROUTE_MAP),
    REFERS("router", "redistribute ... route-map @", ROUTE_MAP),
    REFERS("router", "default-information originate ... route-map @", ROUTE_MAP),
    REFERS("router ospf", "distribute-list @ out", ACL),
    REFERS("router ospf", "area * filter-list prefix @", PREFIX_LIST),

    REFERS("route-map", "call @", ROUTE_MAP),
    REFERS("route-map", "match ip address|next-hop|route-source prefix-list @", PREFIX_LIST),
    REFERS("route-map", "match ipv6 address|next-hop prefix-list @", PREFIX_LIST6),
    REFERS("route-map",
           "match ip address|next-hop|route-source !prefix-list|prefix-len|address|type @", ACL),
    REFERS("route-map", "match ipv6 address !prefix-list|prefix-len @", ACL6),
    REFERS("route-map", "match community|extcommunity|large-community @", COMMUNITY_LIST),
    REFERS("route-map", "match as-path @", AS_PATH_LIST),
    REFERS("route-map", "set comm-list|large-comm-list|extended-comm-list @", COMMUNITY_LIST),
    {0},
};
