/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/frr/frr.h"

static bool is_discard(Str word)
{
    static const char *const names[] = {"blackhole", "reject", "null0", "Null0"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_equal(word, str_of(names[i])))
            return true;
    }
    return false;
}

/* Reads the option at word i. Returns how many words it takes, or 0 if it is none. */
static size_t parse_option(Reader *reader, size_t i, StaticRoute *route)
{
    static const char *const with_value[] = {"label", "table", "color", "segments"};
    static const char *const flags[] = {"onlink", "multi-hop"};
    const Words *words = &reader->words;
    if (words_u32(words, i, &route->distance))
        return 1;
    if (words_is(words, i, "tag"))
        return words_u32(words, i + 1, &route->tag) ? 2 : 0;
    if (words_is(words, i, "vrf")) {
        route->vrf = words_get(words, i + 1);
        return 2;
    }
    if (words_is(words, i, "nexthop-vrf")) {
        route->next_hop_vrf = words_get(words, i + 1);
        return 2;
    }
    if (words_is(words, i, "bfd")) {
        route->bfd = true;
        return 1;
    }
    for (size_t k = 0; k < COUNT_OF(with_value); k++) {
        if (words_is(words, i, with_value[k]))
            return 2;
    }
    for (size_t k = 0; k < COUNT_OF(flags); k++) {
        if (words_is(words, i, flags[k]))
            return 1;
    }
    return 0;
}

/* Reads "10.0.0.1", "10.0.0.1 eth0", "eth0" or "blackhole" at word i. Returns how many words that
 * takes. */
static size_t parse_target(Reader *reader, size_t i, StaticRoute *route)
{
    StaticRoute ignored = {0};
    Str first = words_get(&reader->words, i), second = words_get(&reader->words, i + 1);
    if (is_discard(first)) {
        route->interface = STR("discard");
        return 1;
    }
    if (!ip_parse(first, &route->next_hop)) {
        route->interface = first;
        return first.size > 0;
    }
    if (second.size && !parse_option(reader, i + 1, &ignored)) {
        route->interface = second;
        return 2;
    }
    return 1;
}

/* Handles "ip route PREFIX TARGET [options]". */
static bool parse_route(Reader *reader, IpFamily family, Str vrf)
{
    StaticRoute route = {.vrf = vrf, .line = reader->line->number};
    size_t at = reader->arg;
    size_t used = ios_prefix(reader, at, &route.prefix);
    if (used == 0 || route.prefix.address.family != family)
        return false;
    at += used;
    /* IPv6 routes may depend on the source: "from 2001:db8::/48" */
    at += words_is(&reader->words, at, "from") ? 2 : 0;
    used = parse_target(reader, at, &route);
    for (at += used; used && at < reader->words.count; at += used)
        used = parse_option(reader, at, &route);
    if (used == 0)
        return false;
    *VEC_PUSH(reader->arena, &reader->device->routes) = route;
    return true;
}

bool frr_ip_route(Reader *reader)
{
    return parse_route(reader, IP_V4, (Str){"", 0});
}

bool frr_ipv6_route(Reader *reader)
{
    return parse_route(reader, IP_V6, (Str){"", 0});
}

bool frr_vrf_ip_route(Reader *reader)
{
    return parse_route(reader, IP_V4, reader->device->vrfs.items[reader->now.vrf].name);
}

bool frr_vrf_ipv6_route(Reader *reader)
{
    return parse_route(reader, IP_V6, reader->device->vrfs.items[reader->now.vrf].name);
}
