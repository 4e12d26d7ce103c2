/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of IOS-XR. Its blocks are those of routing: a VRF, an area or an address family
 * holds the interfaces, neighbours and routes that belong to it. Policies and sets end by a word.
 */
#pragma once

#include "engines/config/ios/ios.h"

extern const CommandTable xr_top_table, xr_interface_table, xr_ospf_table, xr_bgp_table,
    xr_static_table, xr_prefix_set_table, xr_set_table, xr_policy_table, xr_isis_table,
    xr_eigrp_table, xr_vrf_table;

extern const NoteRule xr_notes[];

/* Notes that the line refers to the structure that a word names. The word may have a bracket or
 * arguments in brackets behind it. A parameter ("$set") or a value ("(65001:1)") is no name. */
void xr_refer(Reader *reader, StructureKind kind, Str word);
/* Handles lines of which only "route-policy NAME" counts. */
bool xr_policy_user(Reader *reader);

/* Handlers of top-level commands, by file. */
bool xr_interface(Reader *reader);
bool xr_preconfigured(Reader *reader);
bool xr_router_ospf(Reader *reader);
bool xr_router_ospf6(Reader *reader);
bool xr_router_isis(Reader *reader);
bool xr_router_eigrp(Reader *reader);
bool xr_router_static(Reader *reader);
bool xr_prefix_set(Reader *reader);
bool xr_route_policy(Reader *reader);
