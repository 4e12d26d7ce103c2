/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets of packets as unions of boxes: an interval in each of five dimensions. The lines of a packet
 * filter are such sets, and so "line B never matches" is "B without the lines before it is empty".
 */
#pragma once

#include "base/map.h"
#include "engines/network/filter.h"

typedef enum {
    PACKET_SOURCE,
    PACKET_DESTINATION,
    PACKET_PROTOCOL,
    PACKET_SOURCE_PORT,
    PACKET_DESTINATION_PORT,
    PACKET_DIMENSIONS,
} PacketDimension;

/* The bit of what a line matches besides the dimensions, and all bits. */
enum { PACKET_OPTIONS = 1 << PACKET_DIMENSIONS, PACKET_ALL = 2 * PACKET_OPTIONS - 1 };

typedef unsigned __int128 PacketValue;

typedef struct {
    PacketValue low, high; /* both inside */
} PacketInterval;

typedef struct {
    PacketInterval at[PACKET_DIMENSIONS];
} PacketBox;

typedef VEC(PacketBox) PacketSet;

/* What the lines of packet filters have in common: the family of the addresses, and what lines may
 * name as a group: the object groups of the device, or its prefix lists as groups. */
typedef struct {
    IpFamily family;
    Map groups;        /* name -> const ObjectGroup * */
    size_t most_boxes; /* that may still be made; lines after that are everything */
} PacketContext;

/*
 * Stores the packets of a filter line. Object groups stand for their members. Where a part of the
 * line cannot be expressed (a group that is not defined, a wildcard with holes, an option such as
 * "established"), the set has all values of that dimension, and the line matches a part of the set.
 * Returns the bits of such dimensions, and PACKET_OPTIONS; 0: the set is exact.
 */
uint32_t packet_set_of(Arena *arena, const AclEntry *entry, PacketContext *context,
                       PacketSet *out_set);

/* Returns whether two boxes have a packet in common. */
bool packet_box_meets(const PacketBox *a, const PacketBox *b);

/* Removes a box from a set. Returns false, and leaves the set as it is, if more than
 * PACKET_SET_MAX boxes would be left. */
enum { PACKET_SET_MAX = 512 };
bool packet_set_remove(Arena *arena, PacketSet *set, const PacketBox *box);
