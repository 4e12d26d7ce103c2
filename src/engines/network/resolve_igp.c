/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/resolve_igp.h"

#include "base/ascii.h"

enum {
    MAX_PROCESSES = 64,
    MAX_WORK = 20 * 1000 * 1000, /* comparisons of addresses with network statements */
};

typedef struct {
    Builder *builder;
    IgpKind kind;
    const IgpProcess *process;
    uint64_t work;
} Resolver;

static InterfaceIgp *part_of(Interface *interface, IgpKind kind)
{
    return kind == IGP_ISIS ? &interface->isis : &interface->eigrp;
}

static bool matches(const OspfNetwork *network, IpAddress address)
{
    uint32_t kept = ~ip_v4_value(network->wildcard);
    return (ip_v4_value(address) & kept) == (ip_v4_value(network->address) & kept);
}

/* Returns the first network statement with an address of the interface, or NULL. */
static const OspfNetwork *find_network(Resolver *resolver, const Interface *interface)
{
    const IgpProcess *process = resolver->process;
    for (size_t i = 0; i < interface->addresses.count; i++) {
        IpAddress address = interface->addresses.items[i].prefix.address;
        for (size_t k = 0; address.family == IP_V4 && k < process->networks.count; k++) {
            if (++resolver->work > MAX_WORK)
                return NULL;
            if (matches(&process->networks.items[k], address))
                return &process->networks.items[k];
        }
    }
    return NULL;
}

/* Returns the interface whose address counts: the one that an unnumbered interface borrows from. */
static const Interface *addressed_part(const Builder *builder, const Interface *interface)
{
    size_t found = interface->unnumbered.line
                       ? map_get_index(&builder->interfaces, interface->unnumbered.text)
                       : MAP_NO_INDEX;
    return found != MAP_NO_INDEX ? &builder->device->interfaces.items[found] : interface;
}

static void enable(const IgpProcess *process, InterfaceIgp *igp, uint32_t line)
{
    igp->enabled = true;
    igp->process = process->id;
    igp->line = line;
}

/* Returns whether the interface is in the process: by its id, or because it is the only one. */
static bool belongs(const InterfaceIgp *igp, const IgpProcess *process)
{
    return igp->enabled && (igp->process.size == 0 || str_equal(igp->process, process->id));
}

static void inherit(InterfaceIgp *igp, const InterfaceIgp *from)
{
    for (size_t level = 0; level < COUNT_OF(igp->authentication); level++) {
        if (!igp->authentication[level].size)
            igp->authentication[level] = from->authentication[level];
        if (!igp->metric[level])
            igp->metric[level] = from->metric[level];
    }
    igp->no_hello_padding |= from->no_hello_padding;
    igp->point_to_point |= from->point_to_point;
}

static void apply_to_interfaces(Resolver *resolver)
{
    const IgpProcess *process = resolver->process;
    InterfaceVec *interfaces = &resolver->builder->device->interfaces;
    for (size_t i = 0; i < interfaces->count; i++) {
        Interface *interface = &interfaces->items[i];
        InterfaceIgp *igp = part_of(interface, resolver->kind);
        if (!str_equal(interface->vrf.text, process->vrf))
            continue;
        const OspfNetwork *network =
            igp->enabled || igp->disabled
                ? NULL
                : find_network(resolver, addressed_part(resolver->builder, interface));
        if (network)
            enable(process, igp, network->line);
        if (!belongs(igp, process))
            continue;
        igp->process = process->id;
        inherit(igp, &process->defaults);
        if (!igp->passive_set)
            igp->passive = process->passive_default;
    }
}

static void apply_passives(Resolver *resolver)
{
    const IgpProcess *process = resolver->process;
    for (size_t i = 0; i < process->passives.count; i++) {
        const OspfPassive *passive = &process->passives.items[i];
        size_t found = map_get_index(&resolver->builder->interfaces, passive->interface);
        if (found == MAP_NO_INDEX)
            continue;
        InterfaceIgp *igp =
            part_of(&resolver->builder->device->interfaces.items[found], resolver->kind);
        /* "passive-interface Loopback0" puts its address into IS-IS by itself. */
        if (resolver->kind == IGP_ISIS && passive->passive && !igp->enabled && !igp->disabled)
            enable(process, igp, passive->line);
        if (belongs(igp, process))
            igp->passive = passive->passive;
    }
}

/* An interface that is passive in all its levels is passive. */
static void apply_passive_levels(InterfaceVec *interfaces)
{
    for (size_t i = 0; i < interfaces->count; i++) {
        InterfaceIgp *isis = &interfaces->items[i].isis;
        uint32_t levels = isis->levels ? isis->levels : ISIS_BOTH_LEVELS;
        isis->passive |= isis->passive_levels && !(levels & ~isis->passive_levels);
    }
}

static void keep_out_disabled(InterfaceVec *interfaces)
{
    for (size_t i = 0; i < interfaces->count; i++) {
        Interface *interface = &interfaces->items[i];
        interface->isis.enabled &= !interface->isis.disabled;
        interface->eigrp.enabled &= !interface->eigrp.disabled;
    }
}

void resolve_igp(Builder *builder, IgpKind kind)
{
    const IgpVec *processes = device_igp(builder->device, kind);
    Resolver resolver = {.builder = builder, .kind = kind};
    keep_out_disabled(&builder->device->interfaces);
    for (size_t i = 0; i < processes->count && i < MAX_PROCESSES; i++) {
        resolver.process = &processes->items[i];
        apply_to_interfaces(&resolver);
        apply_passives(&resolver);
    }
    if (kind == IGP_ISIS)
        apply_passive_levels(&builder->device->interfaces);
    if (resolver.work > MAX_WORK)
        build_warning(builder, resolver.process->line,
                      STR("too many network statements of EIGRP: some were not used"));
}

bool igp_covers(const IgpProcess *process, const Interface *interface)
{
    enum { MAX_COMPARISONS = 20 * 1000 };
    Resolver resolver = {.process = process, .work = MAX_WORK - MAX_COMPARISONS};
    return find_network(&resolver, interface) != NULL;
}

Str isis_net_area(Arena *arena, Str net, Str *out_system_id)
{
    enum { SYSTEM_ID_DIGITS = 12, SELECTOR_DIGITS = 2, MAX_DIGITS = 40 };
    char digits[MAX_DIGITS];
    size_t count = 0;
    for (size_t i = 0; i < net.size; i++) {
        char c = net.data[i];
        if (c == '.')
            continue;
        if (ascii_hex_value(c) < 0 || count == MAX_DIGITS)
            return (Str){"", 0};
        digits[count++] = (char)ascii_to_lower(c);
    }
    if (count <= SYSTEM_ID_DIGITS + SELECTOR_DIGITS || count % 2 != 0)
        return (Str){"", 0};
    size_t area = count - SYSTEM_ID_DIGITS - SELECTOR_DIGITS;
    *out_system_id = arena_copy(arena, str_make(digits + area, SYSTEM_ID_DIGITS));
    return arena_copy(arena, str_make(digits, area));
}
