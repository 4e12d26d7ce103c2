/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of route maps that nothing reaches, because one before them takes everything. */
#include "engines/judge/internal.h"

/* Returns whether the entry takes all that reaches it: it has no condition, and nothing goes on
 * after it. */
static bool takes_all(const RouteMapEntry *entry)
{
    return entry->ends && entry->match.count == 0 && entry->next.count == 0;
}

/* Returns the place of an entry in its map: its number, or its place in the file. */
static size_t place_of(const RouteMap *map, size_t i)
{
    return map->entries.items[i].sequence ? map->entries.items[i].sequence : i;
}

/* Returns the first entry in the order of the map that takes all, or SIZE_MAX. */
static size_t find_last_reached(const RouteMap *map)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < map->entries.count; i++) {
        if (takes_all(&map->entries.items[i]) &&
            (found == SIZE_MAX || place_of(map, i) < place_of(map, found)))
            found = i;
    }
    return found;
}

static Str name_of(Arena *arena, const RouteMapEntry *entry)
{
    return entry->term.size ? arena_printf(arena, "entry %.*s", STR_ARGS(entry->term))
                            : STR("the entry without a number");
}

static void report(Judge *judge, const RouteMap *map, size_t last, size_t first_lost, size_t lost)
{
    const RouteMapEntry *taker = &map->entries.items[last],
                        *entry = &map->entries.items[first_lost];
    Arena *arena = judge->arena;
    DeviceFinding *finding =
        judge_finding(judge, SEVERITY_WARNING, "unreachable_route_map_entry", entry->line);
    Str more = lost > 1 ? arena_printf(arena, " and %zu more", lost - 1) : STR("");
    finding->other_line = taker->line;
    finding->title = arena_printf(
        arena, "%.*s: %.*s%.*s is never reached, because %.*s (line %u) has no condition",
        STR_ARGS(map->name), STR_ARGS(name_of(arena, entry)), STR_ARGS(more),
        STR_ARGS(name_of(arena, taker)), taker->line);
    finding->detail = STR("An entry without a condition takes every route that reaches it.");
    finding->fix = STR("give that entry a condition, move it to the end, or remove what follows");
}

void judge_route_maps(Judge *judge)
{
    for (size_t i = 0; i < judge->device->route_maps.count; i++) {
        const RouteMap *map = &judge->device->route_maps.items[i];
        size_t last = find_last_reached(map), first_lost = SIZE_MAX, lost = 0;
        for (size_t k = 0; last != SIZE_MAX && k < map->entries.count; k++) {
            if (place_of(map, k) <= place_of(map, last))
                continue;
            lost++;
            if (first_lost == SIZE_MAX || place_of(map, k) < place_of(map, first_lost))
                first_lost = k;
        }
        if (lost)
            report(judge, map, last, first_lost, lost);
    }
}
