/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Map: maps byte strings to pointers, in an arena; iteration is in insertion order. Each process
 * seeds the hash at random, so that input cannot be crafted to collide.
 *
 *     Map map = {0};
 *     map_put(arena, &map, STR("core1"), device);
 *     Device *device = map_get(&map, name);
 *
 * Keys are views: copy a key into the arena first if its bytes may be freed earlier.
 */
#pragma once

#include "base/arena.h"

typedef struct {
    Str key;
    void *value;
} MapEntry;

typedef struct {
    MapEntry *entries; /* in insertion order; count of them */
    size_t count;
    size_t entries_capacity;
    uint32_t *slots; /* 1-based indexes into entries, 0 is free */
    size_t slots_capacity;
} Map;

/* Sets the value of key. Returns the former value, or NULL. A map holds at most 2^31 keys. */
void *map_put(Arena *arena, Map *map, Str key, void *value);
/* Returns the value, or NULL when the key is absent. */
void *map_get(const Map *map, Str key);

/* For maps of indexes (below SIZE_MAX) instead of pointers. Do not mix both kinds in one map. */
#define MAP_NO_INDEX SIZE_MAX
void map_put_index(Arena *arena, Map *map, Str key, size_t index);
/* Returns the index, or MAP_NO_INDEX when the key is absent. */
size_t map_get_index(const Map *map, Str key);
