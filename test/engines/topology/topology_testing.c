/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/topology_testing.h"

#include <stdio.h>
#include <stdlib.h>

Topology testing_topology(Arena *arena, const char *const *texts, size_t count)
{
    Device *devices = ARENA_ARRAY(arena, Device, count + 1);
    Topology topology;
    for (size_t i = 0; i < count; i++) {
        Str name = arena_printf(arena, "%c.cfg", (int)('a' + i % 26));
        devices[i] = testing_device_named(arena, texts[i], name.data);
    }
    topology_build(arena, devices, count, &topology);
    topology_layout(arena, &topology);
    return topology;
}

Topology testing_topology_of_files(Arena *arena, const StrVec *files)
{
    Device *devices = ARENA_ARRAY(arena, Device, files->count + 1);
    Topology topology;
    size_t count = 0;
    for (size_t i = 0; i < files->count; i++) {
        Error error = {0};
        Str text = testing_file(arena, files->items[i]);
        count += config_read(arena, text, files->items[i], &devices[count], &error);
    }
    topology_build(arena, devices, count, &topology);
    topology_layout(arena, &topology);
    return topology;
}

static int compare_strings(const void *a, const void *b)
{
    return str_compare(*(const Str *)a, *(const Str *)b);
}

void testing_sort(StrVec *list)
{
    if (list->count)
        qsort(list->items, list->count, sizeof(Str), compare_strings);
}

static Str end_text(Arena *arena, const Topology *topology, const EdgeEnd *end)
{
    return arena_printf(arena, "%.*s %.*s", STR_ARGS(topology->nodes.items[end->node].label),
                        STR_ARGS(end->interface));
}

StrVec testing_links(Arena *arena, const Topology *topology)
{
    StrVec links = {0};
    for (size_t i = 0; i < topology->edges.count; i++) {
        const TopologyEdge *edge = &topology->edges.items[i];
        if (edge->kind != EDGE_LINK)
            continue;
        Str a = end_text(arena, topology, &edge->ends[0]);
        Str b = end_text(arena, topology, &edge->ends[1]);
        bool swap = str_compare(a, b) > 0;
        *VEC_PUSH(arena, &links) =
            arena_printf(arena, "%.*s = %.*s", STR_ARGS(swap ? b : a), STR_ARGS(swap ? a : b));
    }
    testing_sort(&links);
    return links;
}

size_t testing_compare(const char *what, const StrVec *expected, const StrVec *found)
{
    size_t wrong = 0, i = 0, k = 0;
    while (i < expected->count || k < found->count) {
        int order = i == expected->count ? 1
                    : k == found->count  ? -1
                                         : str_compare(expected->items[i], found->items[k]);
        if (order != 0) {
            Str line = order < 0 ? expected->items[i] : found->items[k];
            printf("%s: %s %.*s\n", what, order < 0 ? "missing" : "not true", STR_ARGS(line));
            wrong++;
        }
        i += order <= 0;
        k += order >= 0;
    }
    return wrong;
}

const Finding *testing_finding(const Topology *topology, const char *kind)
{
    for (size_t i = 0; i < topology->findings.count; i++) {
        if (strcmp(topology->findings.items[i].kind, kind) == 0)
            return &topology->findings.items[i];
    }
    fprintf(stderr, "no finding %s\n", kind);
    abort();
}

size_t testing_count(const Topology *topology, const char *kind)
{
    size_t count = 0;
    for (size_t i = 0; i < topology->findings.count; i++)
        count += strcmp(topology->findings.items[i].kind, kind) == 0;
    return count;
}
