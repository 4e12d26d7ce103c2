/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of packets as unions of boxes: an interval in each of five dimensions. The lines of a packet
 * filter are such sets, and so "line B never matches" is "B without the lines before it is empty".
 */
#pragma once

#include "engines/network/filter.h"

typedef enum {
    PACKET_SOURCE,
    PACKET_DESTINATION,
    PACKET_PROTOCOL,
    PACKET_SOURCE_PORT,
    PACKET_DESTINATION_PORT,
    PACKET_DIMENSIONS,
} PacketDimension;

typedef unsigned __int128 PacketValue;

typedef struct {
    PacketValue low, high; /* both inside */
} PacketInterval;

typedef struct {
    PacketInterval at[PACKET_DIMENSIONS];
} PacketBox;

typedef VEC(PacketBox) PacketSet;

/*
 * Stores the packets of a filter line. Where a part of the line cannot be expressed (an object
 * group, a wildcard with holes, an option such as "established"), the set has all values of that
 * dimension and the result is false: the line matches a part of the set.
 */
bool packet_set_of(Arena *arena, const AclEntry *entry, IpFamily family, PacketSet *out_set);

/* Returns whether two boxes have a packet in common. */
bool packet_box_meets(const PacketBox *a, const PacketBox *b);

/* Removes a box from a set. Returns false, and leaves the set as it is, if more than
 * PACKET_SET_MAX boxes would be left. */
enum { PACKET_SET_MAX = 512 };
bool packet_set_remove(Arena *arena, PacketSet *set, const PacketBox *box);
