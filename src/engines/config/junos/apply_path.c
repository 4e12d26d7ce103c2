/* SPDX-License-Identifier: Apache-2.0 */
/* Prefix lists with "apply-path": their prefixes are those that a path of the file names. */
#include "engines/config/junos/groups.h"

enum { MAX_PATHS = 64, MAX_PATH_WORDS = 12, MAX_ENTRIES = 4096 };

typedef struct {
    Str words[MAX_PATH_WORDS];
    size_t count;
} Path;

static Path split_path(Str text)
{
    Path path = {0};
    while (path.count < MAX_PATH_WORDS && str_next_word(&text, &path.words[path.count]))
        path.count++;
    return path;
}

static bool fits(const Path *path, size_t i, Str word)
{
    if (i >= path->count)
        return false;
    Str pattern = path->words[i];
    bool wild = pattern.size > 2 && pattern.data[0] == '<';
    return wild ? junos_glob(str_slice(pattern, 1, pattern.size - 2), word)
                : str_equal(pattern, word);
}

static bool starts_like(const Path *path, const char *pattern)
{
    Str rest = str_of(pattern), word;
    for (size_t i = 0; str_next_word(&rest, &word); i++) {
        if (i >= path->count || (!str_equal(word, STR("*")) && !str_equal(path->words[i], word)))
            return false;
    }
    return true;
}

static void add_prefix(Builder *builder, size_t list, IpPrefix prefix, uint32_t line)
{
    PrefixList *target = &builder->device->prefix_lists.items[list];
    if (target->entries.count < MAX_ENTRIES)
        *VEC_PUSH(builder->arena, &target->entries) =
            (PrefixListEntry){.line = line, .permit = true, .prefix = ip_prefix_network(prefix)};
}

/* "interfaces <*> unit <*> family inet address <*>" */
static void add_addresses(Builder *builder, size_t list, const Path *path)
{
    const Device *device = builder->device;
    IpFamily family = fits(path, 5, STR("inet6")) ? IP_V6 : IP_V4;
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *unit = &device->interfaces.items[i];
        if (unit->parent.size == 0 || !fits(path, 1, unit->parent) ||
            !fits(path, 3, str_from(unit->canonical, unit->parent.size + 1)))
            continue;
        for (size_t k = 0; k < unit->addresses.count; k++) {
            const InterfaceAddress *address = &unit->addresses.items[k];
            if (address->prefix.address.family == family && !address->virtual_address)
                add_prefix(builder, list, address->prefix, address->line);
        }
    }
}

/* "protocols bgp group <*> neighbor <*>" */
static void add_neighbors(Builder *builder, size_t list, const Path *path)
{
    const Device *device = builder->device;
    for (size_t i = 0; device->bgp.count && i < device->bgp.items[0].neighbors.count; i++) {
        const BgpNeighbor *neighbor = &device->bgp.items[0].neighbors.items[i];
        if (neighbor->is_group || neighbor->vrf.size || !fits(path, 5, neighbor->name) ||
            !fits(path, 3, neighbor->group))
            continue;
        IpPrefix host = {.address = neighbor->address,
                         .length = (uint8_t)ip_bits(neighbor->address)};
        add_prefix(builder, list, host, neighbor->line);
    }
}

void junos_apply_paths_finish(Builder *builder)
{
    for (size_t i = 0; i < builder->apply_paths.count && i < MAX_PATHS; i++) {
        Path path = split_path(builder->apply_paths.items[i].path);
        size_t list = builder->apply_paths.items[i].prefix_list;
        if (starts_like(&path, "interfaces * unit * family"))
            add_addresses(builder, list, &path);
        else if (starts_like(&path, "protocols bgp group * neighbor"))
            add_neighbors(builder, list, &path);
    }
}
