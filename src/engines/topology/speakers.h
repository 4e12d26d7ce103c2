/* SPDX-License-Identifier: Apache-2.0 */
/* Which interface speaks a routing protocol where a link ends at a port: the port itself, its
 * aggregate, or a unit or sub-interface of it. */
#pragma once

#include "engines/topology/graph.h"

/* Returns whether the interface takes part in a protocol. */
typedef bool (*SpeakerTest)(const Interface *interface);

typedef struct {
    SpeakerTest speaks;
    Map units; /* "node|port" -> its only unit that speaks; NULL where several do */
} Speakers;

void speakers_index(Graph *graph, SpeakerTest speaks, Speakers *out_speakers);
/* Returns the interface of a link's end that speaks the protocol; else the port, or NULL if it is
 * unknown. */
const Interface *speakers_find(const Graph *graph, const Speakers *speakers, const EdgeEnd *end);
