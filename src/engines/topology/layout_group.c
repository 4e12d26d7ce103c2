/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/layout_group.h"

#include "base/ascii.h"
#include "base/map.h"
#include "engines/topology/layout_rank.h"

static bool is_mark(char c)
{
    return c == '-' || c == '_' || c == '.';
}

static Str trim_marks(Str text)
{
    while (text.size && is_mark(text.data[0]))
        text = str_from(text, 1);
    while (text.size && is_mark(text.data[text.size - 1]))
        text = str_slice(text, 0, text.size - 1);
    return text;
}

static Str after_number(Str text)
{
    size_t at = 0;
    while (at < text.size && (ascii_is_digit(text.data[at]) || ascii_is_letter(text.data[at])))
        at++;
    return str_from(text, at);
}

Str layout_site_of_name(Str name)
{
    size_t start = 0, end = 0;
    size_t dot = str_find_byte(name, '.');
    if (dot != STR_NOT_FOUND && dot > 0)
        name = str_slice(name, 0, dot);
    if (layout_find_role(name, &start, &end)) {
        Str before = trim_marks(str_slice(name, 0, start));
        return before.size ? before : trim_marks(after_number(str_from(name, end)));
    }
    for (size_t i = name.size; i > 0; i--) {
        if (is_mark(name.data[i - 1]))
            return trim_marks(str_slice(name, 0, i - 1));
    }
    return (Str){"", 0};
}

/* How the devices are grouped, from the finest way to the coarsest. */
typedef enum { BY_SITE, BY_FIRST_WORD, BY_RANGE, BY_COMPONENT, WAYS } Way;

static Str first_word(Str site)
{
    size_t at = 0;
    while (at < site.size && !is_mark(site.data[at]))
        at++;
    return str_slice(site, 0, at);
}

/* Returns the /16 of an IPv4 address, as text. */
static Str range_of(Arena *arena, Str ip)
{
    IpAddress address;
    IpText text;
    if (!ip_parse(ip, &address) || address.family != IP_V4)
        return (Str){"", 0};
    return arena_copy(arena, ip_prefix_format(ip_prefix_network((IpPrefix){address, 16}), &text));
}

static uint32_t root_of(uint32_t *parents, uint32_t node)
{
    while (parents[node] != node) {
        parents[node] = parents[parents[node]];
        node = parents[node];
    }
    return node;
}

static uint32_t *find_components(Arena *arena, const Topology *topology)
{
    uint32_t *parents = ARENA_ARRAY(arena, uint32_t, topology->nodes.count + 1);
    for (uint32_t i = 0; i < topology->nodes.count; i++)
        parents[i] = i;
    for (size_t i = 0; i < topology->edges.count; i++) {
        const TopologyEdge *edge = &topology->edges.items[i];
        if (layout_shapes(topology, edge))
            parents[root_of(parents, edge->ends[0].node)] = root_of(parents, edge->ends[1].node);
    }
    return parents;
}

typedef struct {
    Arena *arena;
    Topology *topology;
    uint32_t *parents; /* of components */
} Grouping;

static Str key_of(const Grouping *grouping, uint32_t index, Way way)
{
    const TopologyNode *node = &grouping->topology->nodes.items[index];
    if (way == BY_RANGE)
        return range_of(grouping->arena, node->ip);
    if (way == BY_COMPONENT)
        return arena_printf(grouping->arena, "%u", root_of(grouping->parents, index));
    Str site = layout_site_of_name(node->label);
    if (way == BY_FIRST_WORD)
        site = first_word(site);
    Str lower = arena_copy(grouping->arena, site);
    for (size_t i = 0; i < lower.size; i++)
        ((char *)(uintptr_t)lower.data)[i] = ascii_to_lower(lower.data[i]);
    return lower;
}

typedef struct {
    uint32_t group; /* 0: too small */
    size_t count;
    Str label;
} Site;

static Map count_sites(Grouping *grouping, Way way)
{
    Map sites = {0};
    for (uint32_t i = 0; i < grouping->topology->device_count; i++) {
        Str key = key_of(grouping, i, way);
        Site *site = map_get(&sites, key);
        if (key.size == 0)
            continue;
        if (!site) {
            site = ARENA_NEW(grouping->arena, Site);
            site->label = way == BY_SITE
                              ? layout_site_of_name(grouping->topology->nodes.items[i].label)
                              : key;
            map_put(grouping->arena, &sites, key, site);
        }
        site->count++;
    }
    return sites;
}

/* Returns whether the sites make a diagram clearer: several of them, most devices in one, and no
 * group that is nearly everything. */
static bool is_useful(const Map *sites, size_t devices)
{
    size_t groups = 0, grouped = 0, largest = 0;
    for (size_t i = 0; i < sites->count; i++) {
        const Site *site = sites->entries[i].value;
        if (site->count < 2)
            continue;
        groups++;
        grouped += site->count;
        largest = MAX_OF(largest, site->count);
    }
    return groups >= 2 && groups * 3 <= devices && grouped * 3 >= devices * 2 &&
           largest * 10 <= devices * 9;
}

static void set_groups(Grouping *grouping, Map *sites, Way way)
{
    Topology *topology = grouping->topology;
    *VEC_PUSH(grouping->arena, &topology->groups) = (TopologyGroup){.is_framed = false};
    for (size_t i = 0; i < sites->count; i++) {
        Site *site = sites->entries[i].value;
        if (site->count < 2)
            continue;
        site->group = (uint32_t)topology->groups.count;
        *VEC_PUSH(grouping->arena, &topology->groups) = (TopologyGroup){
            .label = way == BY_COMPONENT ? (Str){"", 0} : site->label,
            .is_framed = way != BY_COMPONENT,
        };
    }
    for (uint32_t i = 0; i < topology->device_count; i++) {
        const Site *site = map_get(sites, key_of(grouping, i, way));
        topology->nodes.items[i].group = site ? site->group : 0;
    }
}

/* Networks and outside peers are in the group of their neighbours, if that is one. */
static void place_others(Grouping *grouping)
{
    Topology *topology = grouping->topology;
    Neighbors neighbors = layout_neighbors(grouping->arena, topology);
    for (size_t i = topology->device_count; i < topology->nodes.count; i++) {
        uint32_t group = UINT32_MAX;
        for (uint32_t k = neighbors.starts[i]; k < neighbors.starts[i + 1]; k++) {
            const TopologyNode *other = &topology->nodes.items[neighbors.targets[k]];
            uint32_t own = other->device ? other->group : 0;
            group = group == UINT32_MAX || group == own ? own : 0;
        }
        topology->nodes.items[i].group = group == UINT32_MAX ? 0 : group;
    }
}

void layout_find_groups(Arena *arena, Topology *topology)
{
    Grouping grouping = {.arena = arena, .topology = topology};
    topology->groups.count = 0;
    for (size_t i = 0; i < topology->nodes.count; i++)
        topology->nodes.items[i].group = 0;
    if (topology->device_count < GROUP_MIN_DEVICES)
        return;
    grouping.parents = find_components(arena, topology);
    for (Way way = BY_SITE; way < WAYS; way++) {
        Map sites = count_sites(&grouping, way);
        if (!is_useful(&sites, topology->device_count))
            continue;
        set_groups(&grouping, &sites, way);
        place_others(&grouping);
        return;
    }
}
