/* SPDX-License-Identifier: Apache-2.0 */
/* What an interface description says about the other end of its link. */
#pragma once

#include "engines/topology/graph.h"

/* A claim: the description of this interface says that it leads to that node. */
typedef struct {
    uint32_t from, to;
    const Interface *interface;
    Sourced description; /* of the interface, or of its aggregate */
    Str port;            /* full name of the peer's interface; empty if not named */
    bool wrong_port;     /* a port is named, but the peer has no such port */
    bool is_linked;      /* an edge has been made of it */
} Claim;

typedef struct ClaimVec {
    Claim *items;
    size_t count, capacity;
} ClaimVec;

/*
 * Reads the description of claim->interface and stores the node and the port that it names. A name
 * with a port counts more than one without. Returns false if it names no other device.
 *
 * Engineers write "to core1 Gi0/1", "core1:Gi0/1", "P2P_LINK_TO_core1_Gi0/1", "Gi0/1 on core1",
 * "Link-to-core1-Gi0/1", "core1.example.net Gi0/1", "CORE1 g0/1" or "uplink core1 port 1".
 */
bool describe_find(Graph *graph, Claim *claim);
