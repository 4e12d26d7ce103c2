/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/speakers.h"

static Str unit_key(const Graph *graph, uint32_t node, Str port)
{
    return arena_printf(graph->arena, "%u|%.*s", node, STR_ARGS(port));
}

void speakers_index(Graph *graph, SpeakerTest speaks, Speakers *out_speakers)
{
    *out_speakers = (Speakers){.speaks = speaks};
    for (uint32_t node = 0; node < graph->topology->device_count; node++) {
        const Device *device = graph->devices[node].device;
        for (size_t i = 0; i < device->interfaces.count; i++) {
            const Interface *unit = &device->interfaces.items[i];
            if (unit->parent.size == 0 || !speaks(unit))
                continue;
            Str key = unit_key(graph, node, unit->parent);
            if (map_put(graph->arena, &out_speakers->units, key, (void *)(uintptr_t)unit))
                map_put(graph->arena, &out_speakers->units, key, NULL);
        }
    }
}

const Interface *speakers_find(const Graph *graph, const Speakers *speakers, const EdgeEnd *end)
{
    const Interface *port = graph_interface(graph, end->node, end->port);
    const Interface *lag =
        port && port->lag.line ? graph_interface(graph, end->node, port->lag.text) : NULL;
    const Interface *found = lag ? lag : port;
    if (!found || speakers->speaks(found))
        return found;
    ArenaMark mark = arena_mark(graph->arena);
    found = map_get(&speakers->units, unit_key(graph, end->node, found->canonical));
    arena_reset(graph->arena, mark);
    return found;
}
