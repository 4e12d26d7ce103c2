/* SPDX-License-Identifier: Apache-2.0 */
/* Static routes of IOS-XR: lines of an address family, which may stand in a VRF. */
#include "base/ascii.h"
#include "engines/config/iosxr/iosxr.h"

bool xr_router_static(Reader *reader)
{
    reader->now.route_vrf = (Str){"", 0};
    return true;
}

static bool parse_vrf(Reader *reader)
{
    reader->now.route_vrf = words_get(&reader->words, reader->arg);
    return reader->now.route_vrf.size > 0;
}

static bool open_family4(Reader *reader)
{
    reader->now.family = IP_V4;
    return true;
}

static bool open_family6(Reader *reader)
{
    reader->now.family = IP_V6;
    return true;
}

/* Options with a value that is not in the model. */
static bool is_known_option(Str word)
{
    static const char *const options[] = {"label", "weight", "object"};
    for (size_t i = 0; i < COUNT_OF(options); i++) {
        if (str_equal(word, str_of(options[i])))
            return true;
    }
    return false;
}

/* Reads the option at word i: distance, tag, description, and more. Returns how many words it
 * takes, or 0 if it is none. */
static size_t parse_option(Reader *reader, size_t i, StaticRoute *route)
{
    const Words *words = &reader->words;
    if (words_u32(words, i, &route->distance))
        return 1;
    if (words_is(words, i, "permanent")) {
        route->permanent = true;
        return 1;
    }
    if (words_is(words, i, "tag"))
        return words_u32(words, i + 1, &route->tag) ? 2 : 0;
    if (words_is(words, i, "metric"))
        return words_u32(words, i + 1, &route->metric) ? 2 : 0;
    if (words_is(words, i, "track") && i + 1 < words->count) {
        route->track = words_get(words, i + 1);
        return 2;
    }
    if (words_is(words, i, "description")) {
        route->name = words_rest(words, i + 1);
        return words->count - i;
    }
    /* "bfd fast-detect minimum-interval 100 multiplier 3" ends the line */
    if (words_is(words, i, "bfd")) {
        route->bfd = true;
        return words->count - i;
    }
    return is_known_option(words_get(words, i)) ? 2 : 0;
}

static bool has_digit(Str word)
{
    for (size_t i = 0; i < word.size; i++) {
        if (ascii_is_digit(word.data[i]))
            return true;
    }
    return false;
}

/* Reads the interface at word i, if one stands there. Returns how many words it takes. */
static size_t parse_interface(Reader *reader, size_t i, StaticRoute *route)
{
    size_t used = 0;
    Str name = ios_interface_name(reader, i, &used);
    if (str_starts_with_ignore_case(name, STR("null"))) {
        route->interface = STR("discard");
        return used;
    }
    if (!has_digit(name) || !ascii_is_letter(name.data[0]))
        return 0;
    route->interface = name;
    return used;
}

/* Handles "10.0.0.0/8 [vrf X] [INTERFACE] [NEXT HOP] [options]". The VRF is that of the next hop.
 */
static bool parse_route(Reader *reader)
{
    StaticRoute route = {.vrf = reader->now.route_vrf, .line = reader->line->number};
    size_t at = ios_prefix(reader, 0, &route.prefix);
    if (at == 0 || route.prefix.address.family != reader->now.family)
        return false;
    if (words_is(&reader->words, at, "vrf")) {
        route.next_hop_vrf = words_get(&reader->words, at + 1);
        at += 2;
    }
    size_t target = at;
    at += parse_interface(reader, at, &route);
    at += ip_parse(words_get(&reader->words, at), &route.next_hop);
    if (at == target)
        return false;
    while (at < reader->words.count) {
        size_t used = parse_option(reader, at, &route);
        if (used == 0)
            return false;
        at += used;
    }
    if (route.track.size)
        xr_refer(reader, STRUCTURE_TRACKED_OBJECT, route.track);
    *VEC_PUSH(reader->arena, &reader->device->routes) = route;
    return true;
}

static const Command route_commands[] = {
    {"topology"},
    {"maximum"},
    {"*", parse_route},
};

static const CommandTable route_table = {route_commands, COUNT_OF(route_commands)};

static const Command commands[] = {
    {"address-family ipv4 unicast", open_family4, false, &route_table},
    {"address-family ipv6 unicast", open_family6, false, &route_table},
    {"address-family", NULL, false, &commands_known},
    {"vrf", parse_vrf, false, &xr_static_table, STANZA_OTHER, 1},
    {"maximum"},
    {"logging"},
};

const CommandTable xr_static_table = {commands, COUNT_OF(commands)};
