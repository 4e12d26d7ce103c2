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

static Record *record_of(Builder *builder, Str key)
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

static bool in_list(const JunosStatement *s, size_t at, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (junos_is(s, at, list[i]))
            return true;
    }
    return false;
}

/* Stores an option of a route, of one of its next hops, or of all routes. */
static JunosOutcome apply_option(const JunosStatement *s, size_t at, StaticRoute *route)
{
    static const char *const known[] = {
        "no-readvertise", "readvertise",  "retain",    "no-retain",   "install",   "no-install",
        "active",         "passive",      "resolve",   "no-resolve",  "community", "as-path",
        "color",          "lsp-next-hop", "interface", "preference2", "metric2"};
    if (at >= s->count)
        return JUNOS_PARSED;
    uint32_t *number = junos_is(s, at, "preference") ? &route->distance
                       : junos_is(s, at, "tag")      ? &route->tag
                       : junos_is(s, at, "metric")   ? &route->metric
                                                     : NULL;
    if (number)
        return str_parse_u32(junos_word(s, at + 1), number) ? JUNOS_PARSED : JUNOS_UNKNOWN;
    if (junos_is(s, at, "bfd-liveness-detection")) {
        route->bfd = true;
        return JUNOS_PARSED;
    }
    return in_list(s, at, known, COUNT_OF(known)) ? JUNOS_KNOWN : JUNOS_UNKNOWN;
}

/* Stores "qualified-next-hop 10.0.0.1 preference 200" and "next-hop 10.0.0.1". */
static JunosOutcome apply_hop(Builder *builder, Record *record, const JunosStatement *s, size_t at)
{
    Str target = junos_word(s, at + 1);
    if (target.size == 0)
        return JUNOS_UNKNOWN;
    StaticRoute *hop = hop_of(builder, record, target, s->line);
    if (junos_is(s, at + 2, "interface") && ip_is_set(hop->next_hop)) {
        hop->interface = junos_word(s, at + 3);
        return JUNOS_PARSED;
    }
    return apply_option(s, at + 2, hop);
}

JunosOutcome junos_static_route(Builder *builder, const JunosStatement *s, size_t at, Str vrf)
{
    static const char *const hops[] = {"next-hop", "qualified-next-hop", "next-table"};
    static const char *const discards[] = {"discard", "reject", "receive"};
    IpPrefix prefix;
    IpText text;
    if (!ip_prefix_parse(junos_word(s, at), &prefix))
        return JUNOS_UNKNOWN;
    Record *record = record_of(builder, arena_printf(builder->arena, "%s/%u %.*s",
                                                     ip_format(prefix.address, &text).data,
                                                     prefix.length, STR_ARGS(vrf)));
    if (!record->is_route)
        *record =
            (Record){.common = {.prefix = prefix, .vrf = vrf, .line = s->line}, .is_route = true};
    at++;
    if (in_list(s, at, hops, COUNT_OF(hops)))
        return apply_hop(builder, record, s, at);
    if (in_list(s, at, discards, COUNT_OF(discards))) {
        (void)hop_of(builder, record, STR("discard"), s->line);
        return JUNOS_PARSED;
    }
    return apply_option(s, at, &record->common);
}

JunosOutcome junos_static_defaults(Builder *builder, const JunosStatement *s, size_t at, Str vrf)
{
    Record *record = record_of(builder, defaults_key(builder->arena, vrf));
    return apply_option(s, at, &record->common);
}

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
