/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Take parts of a Device back, as "no interface X" does. A part that is taken back is empty, has
 * line 0 and keeps its index: a later line may state it again. build_drop_undone removes what
 * nothing stated again; the indexes of the Builder are not valid after it.
 */
#pragma once

#include "engines/network/build.h"

void undo_interface(Builder *builder, size_t interface);
void undo_vlan(Builder *builder, size_t vlan);
void undo_vrf(Builder *builder, size_t vrf);
void undo_acl(Builder *builder, size_t acl);
void undo_object_group(Builder *builder, size_t group);
void undo_zone(Builder *builder, size_t zone);
void undo_zone_policy(Builder *builder, size_t policy);
void undo_tracked_object(Builder *builder, size_t object);
void undo_nat_pool(Builder *builder, size_t pool);
void undo_prefix_list(Builder *builder, size_t list);
void undo_route_map(Builder *builder, size_t map);
void undo_ospf(Builder *builder, size_t process);
void undo_igp(Builder *builder, IgpKind kind, size_t process);
/* Takes the process back with its neighbours. */
void undo_bgp(Builder *builder, size_t process);
void undo_neighbor(Builder *builder, size_t process, size_t neighbor);

void build_drop_undone(Builder *builder);
