/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Static routes. A prefix may have several next hops. A qualified next hop may have a preference of
 * its own; the others take that of the route, or else that of the instance.
 */
#include "engines/config/junos/junos.h"

enum { MAX_HOPS_SEARCHED = 64 };

/* One prefix of an instance, or the defaults of the instance. */
typedef struct {
    StaticRoute common; /* what counts for all next hops */
    VEC(size_t) hops;   /* indexes of device->routes */
    bool is_route;
} Record;

static Record *find_or_add(Builder *builder, Str key)
{
    Record *record = map_get(&builder->static_routes, key);
    if (record)
        return record;
    record = ARENA_NEW(builder->arena, Record);
    map_put(builder->arena, &builder->static_routes, key, record);
    return record;
}

static Str defaults_key(Arena *arena, Str vrf)
{
    return arena_printf(arena, "defaults %.*s", STR_ARGS(vrf));
}

static Record *route_of(Builder *builder, IpPrefix prefix, Str vrf)
{
    IpText text;
    return find_or_add(builder, arena_printf(builder->arena, "%s/%u %.*s",
                                             ip_format(prefix.address, &text).data, prefix.length,
                                             STR_ARGS(vrf)));
}

static StaticRoute *hop_of(Builder *builder, Record *record, Str target, uint32_t line)
{
    StaticRoute hop = {.prefix = record->common.prefix, .vrf = record->common.vrf, .line = line};
    if (!ip_parse(target, &hop.next_hop))
        hop.interface = target;
    for (size_t i = 0; i < record->hops.count && i < MAX_HOPS_SEARCHED; i++) {
        StaticRoute *known = &builder->device->routes.items[record->hops.items[i]];
        if (ip_equal(known->next_hop, hop.next_hop) && str_equal(known->interface, hop.interface))
            return known;
    }
    *VEC_PUSH(builder->arena, &record->hops) = builder->device->routes.count;
    StaticRoute *added = VEC_PUSH(builder->arena, &builder->device->routes);
    *added = hop;
    return added;
}

static bool parse_route(Reader *reader)
{
    IpPrefix prefix;
    Str vrf = reader->now.instance;
    if (!ip_prefix_parse(reader_name(reader, 0), &prefix))
        return false;
    Record *record = route_of(&reader->builder, prefix, vrf);
    if (!record->is_route)
        *record = (Record){.common = {.prefix = prefix, .vrf = vrf, .line = reader->line->number},
                           .is_route = true};
    reader->now.route_settings = &record->common;
    return true;
}

static bool parse_defaults(Reader *reader)
{
    Str key = defaults_key(reader->arena, reader->now.instance);
    reader->now.route_settings = &find_or_add(&reader->builder, key)->common;
    return true;
}

/* Makes the next hop the one that the settings are for. */
static bool open_hop(Reader *reader, Str target)
{
    const StaticRoute *common = reader->now.route_settings;
    Record *record = route_of(&reader->builder, common->prefix, common->vrf);
    reader->now.route_settings = hop_of(&reader->builder, record, target, reader->line->number);
    return true;
}

static bool parse_hop(Reader *reader)
{
    return open_hop(reader, reader_name(reader, 0));
}

static bool parse_discard(Reader *reader)
{
    return open_hop(reader, STR("discard"));
}

/* Handles "interface ge-0/0/0.0" of a next hop with an address. */
static bool parse_hop_interface(Reader *reader)
{
    StaticRoute *hop = reader->now.route_settings;
    if (ip_is_set(hop->next_hop))
        hop->interface = junos_value(reader);
    return true;
}

static bool parse_preference(Reader *reader)
{
    return words_u32(&reader->words, reader->arg, &reader->now.route_settings->distance);
}

static bool parse_tag(Reader *reader)
{
    return words_u32(&reader->words, reader->arg, &reader->now.route_settings->tag);
}

static bool parse_metric(Reader *reader)
{
    return words_u32(&reader->words, reader->arg, &reader->now.route_settings->metric);
}

static bool parse_bfd(Reader *reader)
{
    reader->now.route_settings->bfd = true;
    return true;
}

/* Options of a route, of one of its next hops, or of all routes. */
static const Command option_commands[] = {
    {"preference", parse_preference},
    {"tag", parse_tag},
    {"metric", parse_metric},
    {"bfd-liveness-detection", parse_bfd},
    {"no-readvertise"},
    {"readvertise"},
    {"retain"},
    {"no-retain"},
    {"install"},
    {"no-install"},
    {"active"},
    {"passive"},
    {"resolve"},
    {"no-resolve"},
    {"community"},
    {"as-path"},
    {"color"},
    {"lsp-next-hop"},
    {"interface"},
    {"preference2"},
    {"metric2"},
};

static const CommandTable option_table = {option_commands, COUNT_OF(option_commands)};

static const Command hop_commands[] = {
    {"interface", parse_hop_interface},
};

static const CommandTable hop_table = {hop_commands, COUNT_OF(hop_commands), &option_table};

static const Command route_commands[] = {
    {"next-hop *", parse_hop, false, &hop_table},
    {"qualified-next-hop *", parse_hop, false, &hop_table},
    {"next-table *", parse_hop, false, &hop_table},
    {"discard", parse_discard},
    {"reject", parse_discard},
    {"receive", parse_discard},
};

static const CommandTable route_table = {route_commands, COUNT_OF(route_commands), &option_table};

static const Command static_commands[] = {
    {"route *", parse_route, false, &route_table},
    {"defaults", parse_defaults, false, &option_table},
    {"rib-group"},
};

const CommandTable junos_static_table = {static_commands, COUNT_OF(static_commands)};

/* Gives the next hop what is stated for more than it and what it does not state itself. */
static void inherit(StaticRoute *hop, const StaticRoute *common)
{
    if (!hop->distance)
        hop->distance = common->distance;
    if (!hop->tag)
        hop->tag = common->tag;
    if (!hop->metric)
        hop->metric = common->metric;
    hop->bfd |= common->bfd;
}

static void finish_hop(StaticRoute *hop, const Record *record, const Record *defaults)
{
    inherit(hop, &record->common);
    if (defaults)
        inherit(hop, &defaults->common);
}

void junos_static_finish(Builder *builder)
{
    for (size_t i = 0; i < builder->static_routes.count; i++) {
        Record *record = builder->static_routes.entries[i].value;
        const Record *defaults =
            map_get(&builder->static_routes, defaults_key(builder->arena, record->common.vrf));
        if (!record->is_route)
            continue;
        if (record->hops.count == 0)
            (void)hop_of(builder, record, STR(""), record->common.line);
        for (size_t k = 0; k < record->hops.count; k++)
            finish_hop(&builder->device->routes.items[record->hops.items[k]], record, defaults);
    }
}
