/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/ios.h"

static bool is_discard(Str name)
{
    return str_starts_with_ignore_case(name, STR("null")) ||
           str_equal_ignore_case(name, STR("reject"));
}

static bool is_one_of(Str word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal(word, str_of(list[i])))
            return true;
    }
    return false;
}

/* Parses one option after the next hop, at word i. Returns how many words it takes, or 0 if it is
 * no option. */
static size_t parse_option(IosParser *parser, size_t i, StaticRoute *route)
{
    static const char *const flags[] = {"permanent", "global", "multicast", "dhcp", "unicast"};
    static const char *const with_value[] = {"track", "metric", "vrf"};
    Str word = words_get(&parser->words, i);
    if (words_u32(&parser->words, i, &route->distance) || is_one_of(word, flags, COUNT_OF(flags)))
        return 1;
    if (str_equal(word, STR("tag")))
        return words_u32(&parser->words, i + 1, &route->tag) ? 2 : 0;
    if (str_equal(word, STR("name"))) {
        route->name = words_get(&parser->words, i + 1);
        return 2;
    }
    return is_one_of(word, with_value, COUNT_OF(with_value)) ? 2 : 0;
}

/* Parses distance, tag, name and further options after the next hop. Fails on words that are not
 * understood. */
static bool parse_options(IosParser *parser, size_t at, StaticRoute *route)
{
    while (at < parser->words.count) {
        size_t used = parse_option(parser, at, route);
        if (used == 0)
            return false;
        at += used;
    }
    return true;
}

/* Parses an interface, a next hop, or an interface and a next hop, at word i. Returns how many
 * words that takes. */
static size_t parse_target(IosParser *parser, size_t i, StaticRoute *route)
{
    size_t used = 0;
    Str first = words_get(&parser->words, i);
    if (ip_parse(first, &route->next_hop))
        return 1;
    if (is_discard(first)) {
        route->interface = STR("discard");
        Str next = words_get(&parser->words, i + 1);
        return first.size == 4 && str_equal(next, STR("0")) ? 2 : 1;
    }
    if (str_equal(first, STR("dhcp"))) {
        route->interface = first;
        return 1;
    }
    route->interface = ios_interface_name(parser, i, &used);
    if (!interface_name_plausible(route->interface))
        return 0;
    if (ip_parse(words_get(&parser->words, i + used), &route->next_hop))
        used++;
    return used;
}

static bool parse_route(IosParser *parser, IpFamily family, Str vrf)
{
    StaticRoute route = {.vrf = vrf, .line = parser->line->number};
    size_t at = parser->arg;
    if (words_is(&parser->words, at, "vrf")) {
        route.vrf = words_get(&parser->words, at + 1);
        at += 2;
    }
    size_t used = ios_prefix(parser, at, &route.prefix);
    if (used == 0 || route.prefix.address.family != family)
        return false;
    at += used;
    /* EOS: "egress-vrf X" before the next hop */
    if (words_is(&parser->words, at, "egress-vrf"))
        at += 2;
    used = parse_target(parser, at, &route);
    if (used == 0 || !parse_options(parser, at + used, &route))
        return false;
    *VEC_PUSH(parser->arena, &parser->device->routes) = route;
    return true;
}

bool ios_ip_route(IosParser *parser)
{
    return parse_route(parser, IP_V4, (Str){"", 0});
}

bool ios_ipv6_route(IosParser *parser)
{
    return parse_route(parser, IP_V6, (Str){"", 0});
}

bool ios_vrf_ip_route(IosParser *parser)
{
    return parse_route(parser, IP_V4, parser->device->vrfs.items[parser->vrf].name);
}

bool ios_vrf_ipv6_route(IosParser *parser)
{
    return parse_route(parser, IP_V6, parser->device->vrfs.items[parser->vrf].name);
}
