/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/fragments.h"

#include "base/mem.h"
#include "base/random.h"

enum { SETS = 2048, WAYS = 4 };

void fragments_done(Fragments *fragments)
{
    mem_free(fragments->entries);
    *fragments = (Fragments){0};
}

static FragmentEntry *find_set(Fragments *fragments, const FragmentKey *key)
{
    if (!fragments->entries) {
        fragments->entries = mem_alloc((size_t)SETS * WAYS, sizeof(FragmentEntry));
        random_bytes(fragments->seed, sizeof(fragments->seed));
    }
    uint64_t hash = str_hash(str_make(key, sizeof(*key)), fragments->seed[0]);
    hash = (hash ^ fragments->seed[1]) * 0x9e3779b97f4a7c15u;
    return &fragments->entries[(hash >> 40) % SETS * WAYS];
}

static FragmentEntry *find_entry(Fragments *fragments, const FragmentKey *key)
{
    FragmentEntry *set = find_set(fragments, key);
    FragmentEntry *oldest = set;
    for (FragmentEntry *entry = set; entry < set + WAYS; entry++) {
        if (entry->age && memcmp(&entry->key, key, sizeof(*key)) == 0)
            return entry;
        if (entry->age < oldest->age)
            oldest = entry;
    }
    if (oldest->age)
        fragments->dropped++;
    oldest->key = *key;
    oldest->age = ++fragments->clock;
    oldest->total = 0;
    oldest->range_count = 0;
    memset(oldest->origin, FRAGMENT_UNSET, sizeof(oldest->origin));
    return oldest;
}

/* Adds [start, end) to the ranges, joining what touches; false when there is no room. */
static bool add_range(FragmentEntry *entry, uint32_t start, uint32_t end)
{
    uint32_t first = 0;
    while (first < entry->range_count && entry->ranges[first].end < start)
        first++;
    uint32_t last = first;
    for (; last < entry->range_count && entry->ranges[last].start <= end; last++) {
        start = MIN_OF(start, entry->ranges[last].start);
        end = MAX_OF(end, entry->ranges[last].end);
    }
    uint32_t joined = last - first;
    if (joined == 0 && entry->range_count == FRAGMENT_RANGES)
        return false;
    memmove(&entry->ranges[first + 1], &entry->ranges[last],
            (entry->range_count - last) * sizeof(entry->ranges[0]));
    entry->ranges[first].start = start;
    entry->ranges[first].end = end;
    entry->range_count += 1 - joined;
    return true;
}

static bool overlaps(const FragmentEntry *entry, uint32_t start, uint32_t end)
{
    for (uint32_t i = 0; i < entry->range_count; i++) {
        if (start < entry->ranges[i].end && entry->ranges[i].start < end)
            return true;
    }
    return false;
}

/* Where fragments overlap, the one that begins first gives the bytes, as in tshark. */
static void keep_head(FragmentEntry *entry, uint32_t offset, Slice payload)
{
    if (offset >= FRAGMENT_HEAD_BYTES)
        return;
    const uint8_t place = (uint8_t)(offset / 8);
    uint32_t size = MIN_OF(payload.captured, FRAGMENT_HEAD_BYTES - offset);
    if (!overlaps(entry, offset, offset + size)) {
        memcpy(entry->head + offset, payload.data, size);
        memset(entry->origin + offset, place, size);
        return;
    }
    for (uint32_t i = 0; i < size; i++) {
        if (place < entry->origin[offset + i]) {
            entry->head[offset + i] = payload.data[i];
            entry->origin[offset + i] = place;
        }
    }
}

bool fragments_add(Fragments *fragments, const Fragment *fragment, Slice *out_datagram)
{
    FragmentEntry *entry = find_entry(fragments, &fragment->key);
    const Slice payload = fragment->payload;
    uint32_t offset = fragment->offset;
    uint32_t end = offset + payload.reported;
    fragments->seen++;
    keep_head(entry, offset, payload);
    if (!add_range(entry, offset, end)) {
        fragments->dropped++;
        entry->age = 0;
        return false;
    }
    /* Of several ends the first one counts, as in tshark. */
    if (!fragment->more && entry->total == 0)
        entry->total = end;
    bool complete =
        entry->total > 0 && entry->ranges[0].start == 0 && entry->ranges[0].end >= entry->total;
    if (!complete)
        return false;
    entry->age = 0;
    *out_datagram = (Slice){.data = entry->head,
                            .captured = MIN_OF(entry->total, (uint32_t)FRAGMENT_HEAD_BYTES),
                            .reported = entry->total};
    return true;
}
