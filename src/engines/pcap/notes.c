/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/notes.h"

#include "base/mem.h"
#include "base/random.h"

enum { FIRST_NAMES = 64, NAME_SLOTS = NOTES_MAX_NAMES * 2 };

Notes *notes_new(void)
{
    Notes *notes = MEM_NEW(Notes);
    random_bytes(notes->seed, sizeof(notes->seed));
    return notes;
}

void notes_free(Notes *notes)
{
    if (!notes)
        return;
    mem_free(notes->names);
    mem_free(notes->name_slots);
    mem_free(notes->queries);
    mem_free(notes->icmp_errors);
    mem_free(notes->vlans);
    mem_free(notes->arp);
    mem_free(notes->packets);
    mem_free(notes->hellos);
    mem_free(notes->tcp);
    mem_free(notes);
}

static uint64_t multiply_fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_bytes(const uint64_t seed[2], const void *bytes, size_t size)
{
    uint64_t state = seed[0] ^ size;
    const char *at = bytes;
    for (; size >= 8; size -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        state = multiply_fold(state ^ word, seed[1] | 1);
    }
    uint64_t rest = 0;
    memcpy(&rest, at, size);
    state = multiply_fold(state ^ rest, seed[1] | 1);
    return multiply_fold(state, 0x9e3779b97f4a7c15u) | 1;
}

uint64_t notes_hash(const Notes *notes, const void *bytes, size_t size)
{
    return hash_bytes(notes->seed, bytes, size);
}

uint64_t notes_fingerprint(const void *bytes, size_t size)
{
    static const uint64_t fixed[2] = {0x243f6a8885a308d3u, 0x13198a2e03707344u};
    return hash_bytes(fixed, bytes, size);
}

static uint32_t add_name(Notes *notes, PcapNameKind kind, Str name)
{
    if (notes->name_count == NOTES_MAX_NAMES)
        return UINT32_MAX;
    if (notes->name_count == notes->name_capacity) {
        notes->name_capacity = MAX_OF((uint32_t)FIRST_NAMES, notes->name_capacity * 2);
        notes->names = mem_resize(notes->names, notes->name_capacity, sizeof(PcapName));
    }
    PcapName *added = &notes->names[notes->name_count];
    *added = (PcapName){.kind = kind, .size = (uint32_t)name.size};
    memcpy(added->name, name.data, name.size);
    return notes->name_count++;
}

uint32_t notes_find_name(Notes *notes, PcapNameKind kind, Str name)
{
    if (!notes->name_slots)
        notes->name_slots = mem_alloc(NAME_SLOTS, sizeof(uint32_t));
    name = str_slice(name, 0, MIN_OF(name.size, (size_t)PCAP_NAME_SIZE - 1));
    uint64_t hash = notes_hash(notes, name.data, name.size) + kind;
    for (uint32_t at = (uint32_t)(hash >> 8) % NAME_SLOTS;; at = (at + 1) % NAME_SLOTS) {
        uint32_t slot = notes->name_slots[at];
        if (slot == 0) {
            uint32_t index = add_name(notes, kind, name);
            notes->other_names += index == UINT32_MAX;
            if (index != UINT32_MAX)
                notes->name_slots[at] = index + 1;
            return index;
        }
        const PcapName *known = &notes->names[slot - 1];
        if (known->kind == kind && str_equal(str_make(known->name, known->size), name))
            return slot - 1;
    }
}
