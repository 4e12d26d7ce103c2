/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of FRRouting, and of Quagga before it: the files frr.conf, bgpd.conf and the like,
 * and what vtysh shows. Indentation means nothing there. A block ends at "exit", or at a line that
 * only a block around it has; so each table has only the commands of its own block.
 *
 * Many commands are those of IOS. Their rows name a handler that runs them as IOS does.
 */
#pragma once

#include "engines/config/ios/ios.h"

extern const CommandTable frr_top_table, frr_interface_table, frr_ospf_table, frr_ospf6_table,
    frr_bgp_table, frr_route_map_table, frr_isis_table, frr_eigrp_table;

extern const NoteRule frr_notes[];

/* Handlers of top-level commands, by file. */
bool frr_interface(Reader *reader);
bool frr_router_ospf(Reader *reader);
bool frr_router_ospf6(Reader *reader);
bool frr_router_isis(Reader *reader);
bool frr_router_eigrp(Reader *reader);
bool frr_router_bgp(Reader *reader);
bool frr_ip_route(Reader *reader);
bool frr_ipv6_route(Reader *reader);
/* Handle "ip route" inside "vrf X". */
bool frr_vrf_ip_route(Reader *reader);
bool frr_vrf_ipv6_route(Reader *reader);
bool frr_access_list(Reader *reader);
bool frr_ipv6_access_list(Reader *reader);
