/* SPDX-License-Identifier: Apache-2.0 */
/* "security zones" and "security policies". */
#include "engines/config/junos/junos.h"

static Str rest_of(Builder *builder, const JunosStatement *s, size_t at)
{
    return at < s->count ? junos_join(builder->arena, s->words + at, s->count - at) : (Str){"", 0};
}

/* Returns the name with the unit that Junos assumes. */
static Str unit_of(Builder *builder, Str name)
{
    bool complete = str_find_byte(name, '.') != STR_NOT_FOUND || str_equal(name, STR("all"));
    return complete ? name : arena_printf(builder->arena, "%.*s.0", STR_ARGS(name));
}

static void add_interface(Builder *builder, Zone *zone, Str name, uint32_t line)
{
    size_t count = zone->interfaces.count;
    if (count == 0 || !str_equal(zone->interfaces.items[count - 1].text, name))
        build_sourced(builder, &zone->interfaces, name, line);
}

/* Stores "host-inbound-traffic system-services ssh" of the zone, or of one of its interfaces. */
static void add_inbound(Builder *builder, Zone *zone, Str interface, const JunosStatement *s,
                        size_t at)
{
    Str text = rest_of(builder, s, at);
    if (text.size && interface.size)
        text = arena_printf(builder->arena, "%.*s %.*s", STR_ARGS(interface), STR_ARGS(text));
    if (text.size)
        build_sourced(builder, &zone->inbound, text, s->line);
}

/* Stores a statement of a zone. at is the word of its name. */
JunosOutcome junos_zone(Builder *builder, const JunosStatement *s, size_t at)
{
    static const char *const known[] = {"description", "address-book"};
    Str name = junos_word(s, at), interface = junos_word(s, at + 2);
    if (name.size == 0)
        return JUNOS_UNKNOWN;
    size_t index = build_zone(builder, name, s->line);
    Zone *zone = &builder->device->zones.items[index];
    zone->last_line = MAX_OF(zone->last_line, s->line);
    if (at + 1 >= s->count)
        return JUNOS_PARSED;
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (junos_is(s, at + 1, known[i]))
            return JUNOS_KNOWN;
    }
    if (junos_is(s, at + 1, "interfaces")) {
        if (interface.size == 0)
            return JUNOS_KNOWN;
        interface = unit_of(builder, interface);
        add_interface(builder, zone, interface, s->line);
        if (junos_is(s, at + 3, "host-inbound-traffic"))
            add_inbound(builder, zone, interface, s, at + 4);
    } else if (junos_is(s, at + 1, "host-inbound-traffic")) {
        add_inbound(builder, zone, (Str){"", 0}, s, at + 2);
    } else {
        build_sourced(builder, &zone->options, rest_of(builder, s, at + 1), s->line);
    }
    return JUNOS_PARSED;
}

/* Stores a statement of a policy. at is the word after its name. */
static JunosOutcome apply_policy(Builder *builder, size_t index, const JunosStatement *s, size_t at)
{
    ZonePolicy *policy = &builder->device->zone_policies.items[index];
    Str action = junos_word(s, at + 1), rest = rest_of(builder, s, at + 1);
    policy->last_line = MAX_OF(policy->last_line, s->line);
    if (at >= s->count)
        return JUNOS_PARSED;
    bool decides = str_equal(action, STR("permit")) || str_equal(action, STR("deny")) ||
                   str_equal(action, STR("reject"));
    if (junos_is(s, at, "match") && rest.size)
        build_sourced(builder, &policy->match, rest, s->line);
    else if (junos_is(s, at, "then") && decides && !policy->action.line)
        policy->action = (Sourced){action, s->line};
    else if (junos_is(s, at, "then") && rest.size && !decides)
        build_sourced(builder, &policy->options, rest, s->line);
    if (junos_is(s, at, "then") && decides && at + 2 < s->count)
        build_sourced(builder, &policy->options, rest, s->line);
    return junos_is(s, at, "match") || junos_is(s, at, "then") ? JUNOS_PARSED : JUNOS_KNOWN;
}

/* Stores "from-zone A to-zone B policy P …", "global policy P …" and "default-policy deny-all". */
JunosOutcome junos_zone_policy(Builder *builder, const JunosStatement *s, size_t at)
{
    Str none = {"", 0}, from = junos_word(s, at + 1), to = junos_word(s, at + 3);
    if (junos_is(s, at, "default-policy") && from.size) {
        size_t index = build_zone_policy(builder, none, none, junos_word(s, at), s->line);
        builder->device->zone_policies.items[index].action = (Sourced){from, s->line};
        return JUNOS_PARSED;
    }
    if (junos_is(s, at, "global") && junos_is(s, at + 1, "policy") && at + 2 < s->count)
        return apply_policy(builder,
                            build_zone_policy(builder, none, none, junos_word(s, at + 2), s->line),
                            s, at + 3);
    if (junos_is(s, at, "from-zone") && junos_is(s, at + 2, "to-zone") &&
        junos_is(s, at + 4, "policy") && at + 5 < s->count)
        return apply_policy(builder,
                            build_zone_policy(builder, from, to, junos_word(s, at + 5), s->line), s,
                            at + 6);
    return JUNOS_KNOWN;
}

void junos_zones_finish(Builder *builder)
{
    Device *device = builder->device;
    for (size_t i = 0; i < device->zones.count; i++) {
        const Zone *zone = &device->zones.items[i];
        for (size_t k = 0; k < zone->interfaces.count; k++) {
            Sourced name = zone->interfaces.items[k];
            size_t index = map_get_index(&builder->interfaces, name.text);
            if (index != MAP_NO_INDEX)
                device->interfaces.items[index].zone = (Sourced){zone->name, name.line};
        }
    }
}
