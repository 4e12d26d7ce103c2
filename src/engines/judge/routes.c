/* SPDX-License-Identifier: Apache-2.0 */
/* Static routes whose next hop nothing leads to. */
#include "engines/judge/internal.h"

/* Returns whether routes or addresses may come from elsewhere than the configuration. */
static bool learns_routes(const Device *device)
{
    if (device->ospf.count || device->isis.count || device->eigrp.count || device->bgp.count ||
        device->lines.unknown)
        return true;
    for (size_t i = 0; i < device->stanzas.count; i++) {
        Str header = device->stanzas.items[i].header;
        if (str_starts_with(header, STR("router ")) || str_starts_with(header, STR("protocols ")))
            return true;
    }
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        if (interface->dhcp || interface->unnumbered.text.size)
            return true;
    }
    return false;
}

/* Returns the VRF in which the next hop is looked up. */
static Str vrf_of_next_hop(const StaticRoute *route)
{
    Str vrf = route->next_hop_vrf.size ? route->next_hop_vrf : route->vrf;
    return str_equal(vrf, STR("default")) ? STR("") : vrf;
}

static bool is_connected(const Device *device, const StaticRoute *route)
{
    Str vrf = vrf_of_next_hop(route);
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        if (!str_equal(interface->vrf.text, vrf))
            continue;
        for (size_t k = 0; k < interface->addresses.count; k++) {
            if (ip_prefix_contains(interface->addresses.items[k].prefix, route->next_hop))
                return true;
        }
    }
    return false;
}

static bool is_reached_by_another(const Device *device, const StaticRoute *route)
{
    Str vrf = vrf_of_next_hop(route);
    for (size_t i = 0; i < device->routes.count; i++) {
        const StaticRoute *other = &device->routes.items[i];
        if (other != route && str_equal(other->vrf, vrf) &&
            ip_prefix_contains(other->prefix, route->next_hop) &&
            !ip_prefix_contains(route->prefix, other->next_hop))
            return true;
    }
    return false;
}

static void check_route(Judge *judge, const StaticRoute *route)
{
    IpText network, hop;
    if (!ip_is_set(route->next_hop) || route->interface.size || ip_is_link_local(route->next_hop) ||
        is_connected(judge->device, route) || is_reached_by_another(judge->device, route))
        return;
    Str prefix = ip_format(route->prefix.address, &network);
    Str next_hop = ip_format(route->next_hop, &hop);
    DeviceFinding *finding =
        judge_finding(judge, SEVERITY_WARNING, "unreachable_next_hop", route->line);
    finding->title = arena_printf(
        judge->arena, "the next hop %.*s of the route to %.*s/%u is in no connected subnet",
        STR_ARGS(next_hop), STR_ARGS(prefix), route->prefix.length);
    finding->detail = STR("The route is not installed until something leads to its next hop.");
    finding->fix = STR("correct the next hop, or the address of the interface towards it");
}

void judge_routes(Judge *judge)
{
    enum { MAX_ROUTES = 2000 }; /* each is compared with each */
    const Device *device = judge->device;
    if (learns_routes(device) || device->routes.count > MAX_ROUTES || device->interfaces.count == 0)
        return;
    for (size_t i = 0; i < device->routes.count; i++)
        check_route(judge, &device->routes.items[i]);
}
