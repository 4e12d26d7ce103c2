/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include "base/random.h"
#include "base/vec.h"

static uint64_t hash_seed(void)
{
    static uint64_t seed;
    if (seed == 0)
        random_bytes(&seed, sizeof(seed));
    return seed;
}

/* Returns the slot that holds key, or the free slot where it belongs. */
static size_t find_slot(const Map *map, Str key)
{
    size_t mask = map->slots_capacity - 1;
    size_t slot = str_hash(key, hash_seed()) & mask;
    while (map->slots[slot] && !str_equal(map->entries[map->slots[slot] - 1].key, key))
        slot = (slot + 1) & mask;
    return slot;
}

static void rehash(Arena *arena, Map *map)
{
    map->slots_capacity = map->slots_capacity ? map->slots_capacity * 2 : 16;
    map->slots = ARENA_ARRAY(arena, uint32_t, map->slots_capacity);
    for (size_t i = 0; i < map->count; i++)
        map->slots[find_slot(map, map->entries[i].key)] = (uint32_t)(i + 1);
}

void *map_put(Arena *arena, Map *map, Str key, void *value)
{
    if (map->count + 1 > map->slots_capacity / 2)
        rehash(arena, map);
    size_t slot = find_slot(map, key);
    if (map->slots[slot]) {
        MapEntry *entry = &map->entries[map->slots[slot] - 1];
        void *previous = entry->value;
        entry->value = value;
        return previous;
    }
    check(map->count < INT32_MAX);
    map->entries =
        vec_grow(arena, map->entries, map->count, &map->entries_capacity, sizeof(MapEntry));
    map->entries[map->count++] = (MapEntry){key, value};
    map->slots[slot] = (uint32_t)map->count;
    return NULL;
}

void *map_get(const Map *map, Str key)
{
    if (map->count == 0)
        return NULL;
    uint32_t index = map->slots[find_slot(map, key)];
    return index ? map->entries[index - 1].value : NULL;
}

/* Indexes are stored as index + 1, because NULL means absent. */
void map_put_index(Arena *arena, Map *map, Str key, size_t index)
{
    check(index < MAP_NO_INDEX);
    map_put(arena, map, key, (void *)(uintptr_t)(index + 1));
}

size_t map_get_index(const Map *map, Str key)
{
    const void *found = map_get(map, key);
    return found ? (size_t)(uintptr_t)found - 1 : MAP_NO_INDEX;
}
