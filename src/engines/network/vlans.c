/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/vlans.h"

/* Returns a mask with the bits first..last of one word set. */
static uint64_t span_mask(uint32_t first, uint32_t last)
{
    uint64_t high = last == 63 ? UINT64_MAX : (UINT64_C(1) << (last + 1)) - 1;
    return high & ~((UINT64_C(1) << first) - 1);
}

static void change_range(VlanSet *set, uint32_t first, uint32_t last, bool remove)
{
    first = MAX_OF(first, 1u);
    last = MIN_OF(last, (uint32_t)VLAN_MAX);
    for (uint32_t word = first / 64; first <= last && word <= last / 64; word++) {
        uint64_t mask =
            span_mask(word == first / 64 ? first % 64 : 0, word == last / 64 ? last % 64 : 63);
        if (remove)
            set->bits[word] &= ~mask;
        else
            set->bits[word] |= mask;
    }
}

void vlans_add_range(VlanSet *set, uint32_t first, uint32_t last)
{
    change_range(set, first, last, false);
}

void vlans_add(VlanSet *set, const VlanSet *other)
{
    for (size_t i = 0; i < COUNT_OF(set->bits); i++)
        set->bits[i] |= other->bits[i];
}

bool vlans_has(const VlanSet *set, uint32_t id)
{
    return id <= VLAN_MAX && (set->bits[id / 64] >> (id % 64) & 1);
}

uint32_t vlans_next(const VlanSet *set, uint32_t id)
{
    uint32_t word = id / 64;
    if (word >= COUNT_OF(set->bits))
        return 0;
    uint64_t bits = set->bits[word] >> id % 64 << id % 64;
    while (!bits && ++word < COUNT_OF(set->bits))
        bits = set->bits[word];
    return bits ? word * 64 + (uint32_t)__builtin_ctzll(bits) : 0;
}

size_t vlans_count(const VlanSet *set)
{
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(set->bits); i++)
        count += (size_t)__builtin_popcountll(set->bits[i]);
    return count;
}

bool vlans_parse(Str text, bool remove, VlanSet *set)
{
    Str field, rest = str_trim(text);
    if (str_equal(rest, STR("all"))) {
        change_range(set, 1, VLAN_MAX, remove);
        return true;
    }
    if (str_equal(rest, STR("none")))
        return true;
    while (str_next_field(&rest, ',', &field)) {
        uint32_t first = 0, last = 0;
        field = str_trim(field);
        size_t dash = str_find_byte(field, '-');
        if (!str_parse_u32(str_slice(field, 0, dash), &first))
            return false;
        last = first;
        if (dash != STR_NOT_FOUND && !str_parse_u32(str_from(field, dash + 1), &last))
            return false;
        if (first < 1 || last > VLAN_MAX || first > last)
            return false;
        change_range(set, first, last, remove);
    }
    return true;
}

void vlans_write(const VlanSet *set, StrBuf *out)
{
    const char *comma = "";
    for (uint32_t id = 1; id <= VLAN_MAX; id++) {
        if (!vlans_has(set, id))
            continue;
        uint32_t last = id;
        while (last < VLAN_MAX && vlans_has(set, last + 1))
            last++;
        if (last > id)
            strbuf_printf(out, "%s%u-%u", comma, id, last);
        else
            strbuf_printf(out, "%s%u", comma, id);
        comma = ",";
        id = last;
    }
}

bool vlans_equal(const VlanSet *a, const VlanSet *b)
{
    return memcmp(a->bits, b->bits, sizeof(a->bits)) == 0;
}
