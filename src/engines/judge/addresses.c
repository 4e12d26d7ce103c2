/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of one device: the same one twice, and subnets that overlap, within one VRF. */
#include "engines/judge/internal.h"

#include <stdlib.h>

typedef struct {
    const Interface *interface;
    const InterfaceAddress *address;
} Place;

typedef VEC(Place) PlaceVec;

static bool counts(const Interface *interface, const InterfaceAddress *address)
{
    return !interface->shutdown && !address->link_local && !address->virtual_address &&
           !address->eui64;
}

static void collect(const Judge *judge, PlaceVec *places)
{
    const Device *device = judge->device;
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        for (size_t k = 0; k < interface->addresses.count; k++) {
            if (counts(interface, &interface->addresses.items[k]))
                *VEC_PUSH(judge->arena, places) =
                    (Place){interface, &interface->addresses.items[k]};
        }
    }
}

/* Sorts by VRF, then by network, the wider ones first. */
static int compare(const void *a, const void *b)
{
    const Place *one = a, *other = b;
    int by_vrf = str_compare(one->interface->vrf.text, other->interface->vrf.text);
    if (by_vrf)
        return by_vrf;
    IpPrefix first = ip_prefix_network(one->address->prefix);
    IpPrefix second = ip_prefix_network(other->address->prefix);
    int by_address = ip_compare(first.address, second.address);
    if (by_address)
        return by_address;
    if (first.length != second.length)
        return first.length < second.length ? -1 : 1;
    return one->address->line < other->address->line ? -1
                                                     : one->address->line > other->address->line;
}

static bool is_host(const InterfaceAddress *address)
{
    return address->prefix.length == ip_bits(address->prefix.address);
}

static void add_overlap(Judge *judge, const Place *wide, const Place *place)
{
    IpText a, b;
    bool same = ip_equal(wide->address->prefix.address, place->address->prefix.address);
    DeviceFinding *finding =
        judge_finding(judge, same ? SEVERITY_ERROR : SEVERITY_WARNING,
                      same ? "duplicate_address" : "overlapping_subnets", place->address->line);
    finding->other_line = wide->address->line;
    Str first = ip_format(wide->address->prefix.address, &a);
    Str second = ip_format(place->address->prefix.address, &b);
    finding->title =
        same
            ? arena_printf(judge->arena, "%.*s is on both %.*s and %.*s", STR_ARGS(first),
                           STR_ARGS(wide->interface->name), STR_ARGS(place->interface->name))
            : arena_printf(judge->arena, "the subnets of %.*s (%.*s/%u) and %.*s (%.*s/%u) overlap",
                           STR_ARGS(wide->interface->name), STR_ARGS(first),
                           wide->address->prefix.length, STR_ARGS(place->interface->name),
                           STR_ARGS(second), place->address->prefix.length);
    finding->detail =
        STR("Traffic to the shared addresses leaves by one of the two interfaces only.");
    finding->fix = STR("change the address of one of the interfaces, or shut one of them down");
}

void judge_addresses(Judge *judge)
{
    PlaceVec places = {0};
    collect(judge, &places);
    if (places.count == 0)
        return;
    qsort(places.items, places.count, sizeof(Place), compare);
    size_t wide = 0;
    for (size_t i = 1; i < places.count; i++) {
        const Place *around = &places.items[wide], *place = &places.items[i];
        bool within = str_equal(around->interface->vrf.text, place->interface->vrf.text) &&
                      ip_prefix_contains(around->address->prefix, place->address->prefix.address);
        if (!within) {
            wide = i;
            continue;
        }
        bool same = ip_equal(around->address->prefix.address, place->address->prefix.address);
        if (around->interface != place->interface && (same || !is_host(place->address)))
            add_overlap(judge, around, place);
    }
}
