/* SPDX-License-Identifier: Apache-2.0 */
#include "net/outgoing/address.h"

static const IpPrefix refused[] = {
    {{IP_V4, {0}}, 8},                       /* "this network", unspecified */
    {{IP_V4, {10}}, 8},                      /* private */
    {{IP_V4, {100, 64}}, 10},                /* carrier-grade NAT; Alibaba's metadata */
    {{IP_V4, {127}}, 8},                     /* loopback */
    {{IP_V4, {168, 63, 129, 16}}, 32},       /* Azure's host, reachable from every machine there */
    {{IP_V4, {169, 254}}, 16},               /* link-local; metadata of most clouds */
    {{IP_V4, {172, 16}}, 12},                /* private */
    {{IP_V4, {192, 0, 0}}, 24},              /* protocol assignments; Oracle's metadata */
    {{IP_V4, {192, 0, 2}}, 24},              /* documentation */
    {{IP_V4, {192, 88, 99}}, 24},            /* 6to4 relays */
    {{IP_V4, {192, 168}}, 16},               /* private */
    {{IP_V4, {198, 18}}, 15},                /* benchmarks */
    {{IP_V4, {198, 51, 100}}, 24},           /* documentation */
    {{IP_V4, {203, 0, 113}}, 24},            /* documentation */
    {{IP_V4, {224}}, 4},                     /* multicast */
    {{IP_V4, {240}}, 4},                     /* reserved, broadcast */
    {{IP_V6, {0x20, 0x01, 0x00}}, 23},       /* protocol assignments: Teredo, ORCHID, benchmarks */
    {{IP_V6, {0x20, 0x01, 0x0d, 0xb8}}, 32}, /* documentation */
    {{IP_V6, {0x20, 0x02}}, 16},             /* 6to4 */
    {{IP_V6, {0x3f, 0xff, 0x00}}, 20},       /* documentation */
};

/* All of IPv6 that is assigned for global unicast. What lies outside (::, ::1, mapped, compatible,
 * NAT64, unique local, link-local, multicast) needs no row of its own. */
static const IpPrefix global_v6 = {{IP_V6, {0x20}}, 3};

bool outgoing_address_is_public(IpAddress address)
{
    if (!ip_is_set(address))
        return false;
    if (address.family == IP_V6 && !ip_prefix_contains(global_v6, address))
        return false;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        if (refused[i].address.family == address.family && ip_prefix_contains(refused[i], address))
            return false;
    }
    return true;
}
