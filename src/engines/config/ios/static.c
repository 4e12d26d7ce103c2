/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/ios/ios.h"

static bool is_discard(Str name)
{
    return str_starts_with_ignore_case(name, STR("null")) ||
           str_equal_ignore_case(name, STR("reject"));
}

static bool is_one_of(const Reader *reader, size_t i, const char *const *list, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        if (reader_keyword(reader, i, list[k]))
            return true;
    }
    return false;
}

/* Parses an option with a value that is a text. Returns false if it is none. */
static bool parse_named_option(Reader *reader, size_t i, StaticRoute *route)
{
    Str value = words_get(&reader->words, i + 1);
    if (reader_keyword(reader, i, "name"))
        route->name = value;
    else if (reader_keyword(reader, i, "track") && str_equal(value, STR("bfd"))) /* EOS */
        route->bfd = true;
    else if (reader_keyword(reader, i, "track"))
        route->track = value;
    else if (reader_keyword(reader, i, "vrf")) /* NX-OS */
        route->next_hop_vrf = value;
    else
        return false;
    return true;
}

/* Parses one option after the next hop, at word i. Returns how many words it takes, or 0 if it is
 * no option. */
static size_t parse_option(Reader *reader, size_t i, StaticRoute *route)
{
    static const char *const flags[] = {"multicast", "dhcp", "unicast"};
    const Words *words = &reader->words;
    if (words_u32(words, i, &route->distance))
        return 1;
    if (words_is(words, i, "tag") || words_is(words, i, "ta"))
        return words_u32(words, i + 1, &route->tag) ? 2 : 0;
    if (reader_keyword(reader, i, "metric"))
        return words_u32(words, i + 1, &route->metric) ? 2 : 0;
    if (parse_named_option(reader, i, route))
        return i + 1 < words->count ? 2 : 0;
    if (reader_keyword(reader, i, "permanent")) {
        route->permanent = true;
        return 1;
    }
    if (reader_keyword(reader, i, "global")) {
        route->next_hop_vrf = STR("default");
        return 1;
    }
    return is_one_of(reader, i, flags, COUNT_OF(flags));
}

/* Parses distance, tag, name and further options after the next hop. Fails on words that are not
 * understood. */
static bool parse_options(Reader *reader, size_t at, StaticRoute *route)
{
    while (at < reader->words.count) {
        size_t used = parse_option(reader, at, route);
        if (used == 0)
            return false;
        at += used;
    }
    return true;
}

/* Parses an interface, a next hop, or an interface and a next hop, at word i. Returns how many
 * words that takes. */
static size_t parse_target(Reader *reader, size_t i, StaticRoute *route)
{
    size_t used = 0;
    Str first = words_get(&reader->words, i);
    if (ip_parse(first, &route->next_hop))
        return 1;
    if (is_discard(first)) {
        route->interface = STR("discard");
        Str next = words_get(&reader->words, i + 1);
        return first.size == 4 && str_equal(next, STR("0")) ? 2 : 1;
    }
    if (str_equal(first, STR("dhcp"))) {
        route->interface = first;
        return 1;
    }
    route->interface = ios_interface_name(reader, i, &used);
    if (!interface_name_plausible(route->interface))
        return 0;
    if (ip_parse(words_get(&reader->words, i + used), &route->next_hop))
        used++;
    return used;
}

/* Takes back the routes to the same prefix, or the one with this next hop and distance where they
 * are stated. */
static bool undo_route(Reader *reader, const StaticRoute *route)
{
    bool all = !ip_is_set(route->next_hop) && route->interface.size == 0;
    if (!reader_may_search(reader, reader->device->routes.count))
        return false;
    VEC_KEEP(&reader->device->routes, item,
             ip_prefix_compare(item->prefix, route->prefix) != 0 ||
                 !str_equal(item->vrf, route->vrf) ||
                 !(all || (ip_equal(item->next_hop, route->next_hop) &&
                           str_equal(item->interface, route->interface) &&
                           (!route->distance || item->distance == route->distance))));
    return true;
}

static bool parse_route(Reader *reader, IpFamily family, Str vrf)
{
    StaticRoute route = {.vrf = vrf, .line = reader->line->number};
    size_t at = reader->arg;
    if (reader_keyword(reader, at, "vrf")) {
        route.vrf = words_get(&reader->words, at + 1);
        at += 2;
    }
    size_t used = ios_prefix(reader, at, &route.prefix);
    if (used == 0 || route.prefix.address.family != family)
        return false;
    at += used;
    /* EOS: "egress-vrf X" before the next hop */
    if (reader_keyword(reader, at, "egress-vrf")) {
        route.next_hop_vrf = words_get(&reader->words, at + 1);
        at += 2;
    }
    if (reader->negated && at >= reader->words.count)
        return undo_route(reader, &route);
    used = parse_target(reader, at, &route);
    if (used == 0 || !parse_options(reader, at + used, &route))
        return false;
    if (reader->negated)
        return undo_route(reader, &route);
    if (route.track.size)
        build_structure(&reader->builder, false, STRUCTURE_TRACKED_OBJECT, route.track, route.line);
    *VEC_PUSH(reader->arena, &reader->device->routes) = route;
    return true;
}

bool ios_ip_route(Reader *reader)
{
    return parse_route(reader, IP_V4, (Str){"", 0});
}

bool ios_ipv6_route(Reader *reader)
{
    return parse_route(reader, IP_V6, (Str){"", 0});
}

bool ios_vrf_ip_route(Reader *reader)
{
    return parse_route(reader, IP_V4, reader->device->vrfs.items[reader->now.vrf].name);
}

bool ios_vrf_ipv6_route(Reader *reader)
{
    return parse_route(reader, IP_V6, reader->device->vrfs.items[reader->now.vrf].name);
}
