/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "security nat": the rules of rule sets, and the pools of source and destination translation. What
 * a rule set says for all its rules ("from zone trust") is an entry of its own.
 */
#include "engines/config/junos/junos.h"

/* Returns the rule of the set, or the entry of the set itself where rule is empty. */
static NatRule *rule_of(Builder *builder, Str kind, Str set, Str rule, uint32_t line)
{
    Device *device = builder->device;
    Str key = arena_printf(builder->arena, "%.*s\n%.*s\n%.*s", STR_ARGS(kind), STR_ARGS(set),
                           STR_ARGS(rule));
    size_t index = map_get_index(&builder->nat_rules, key);
    if (index == MAP_NO_INDEX) {
        index = device->nat_rules.count;
        *VEC_PUSH(builder->arena, &device->nat_rules) =
            (NatRule){.kind = kind, .set = set, .rule = rule, .line = line};
        map_put_index(builder->arena, &builder->nat_rules, key, index);
    }
    NatRule *found = &device->nat_rules.items[index];
    found->last_line = MAX_OF(found->last_line, line);
    return found;
}

static Str rest_of(Builder *builder, const JunosStatement *s, size_t at)
{
    return at < s->count ? junos_join(builder->arena, s->words + at, s->count - at) : (Str){"", 0};
}

/* Stores a statement of a rule. at is the word after its name. */
static JunosOutcome apply_rule(Builder *builder, NatRule *rule, const JunosStatement *s, size_t at)
{
    Str rest = rest_of(builder, s, at + 1);
    if (at >= s->count)
        return JUNOS_PARSED;
    if (junos_is(s, at, "match") && rest.size)
        build_sourced(builder, &rule->match, rest, s->line);
    else if (junos_is(s, at, "then") && rest.size && !rule->translation.line)
        rule->translation = (Sourced){rest, s->line};
    else if (junos_is(s, at, "then") && rest.size)
        build_sourced(builder, &rule->options, rest, s->line);
    else
        return junos_is(s, at, "description") ? JUNOS_KNOWN : JUNOS_UNKNOWN;
    return JUNOS_PARSED;
}

/* Stores a statement of a rule set. at is the word of its name. */
static JunosOutcome apply_set(Builder *builder, Str kind, const JunosStatement *s, size_t at)
{
    Str set = junos_word(s, at), rule = junos_word(s, at + 2);
    if (set.size == 0)
        return JUNOS_UNKNOWN;
    if (at + 1 >= s->count || junos_is(s, at + 1, "description"))
        return JUNOS_KNOWN;
    if (junos_is(s, at + 1, "rule") && rule.size)
        return apply_rule(builder, rule_of(builder, kind, set, rule, s->line), s, at + 3);
    if ((!junos_is(s, at + 1, "from") && !junos_is(s, at + 1, "to")) || rule.size == 0)
        return JUNOS_UNKNOWN;
    NatRule *entry = rule_of(builder, kind, set, (Str){"", 0}, s->line);
    build_sourced(builder, &entry->match, rest_of(builder, s, at + 1), s->line);
    return JUNOS_PARSED;
}

/* Returns "192.0.2.1/32-192.0.2.9/32" for "192.0.2.1/32 to 192.0.2.9/32". */
static Str pool_addresses(Builder *builder, const JunosStatement *s, size_t at)
{
    if (!junos_is(s, at + 1, "to") || at + 2 >= s->count)
        return rest_of(builder, s, at);
    return arena_printf(builder->arena, "%.*s-%.*s", STR_ARGS(s->words[at]),
                        STR_ARGS(s->words[at + 2]));
}

/* Stores a statement of a pool. at is the word of its name. */
static JunosOutcome apply_pool(Builder *builder, Str kind, const JunosStatement *s, size_t at)
{
    Str name = junos_word(s, at);
    if (name.size == 0)
        return JUNOS_UNKNOWN;
    size_t index = build_nat_pool(builder, kind, name, s->line);
    NatPool *pool = &builder->device->nat_pools.items[index];
    pool->last_line = MAX_OF(pool->last_line, s->line);
    if (at + 1 >= s->count)
        return JUNOS_PARSED;
    if (junos_is(s, at + 1, "description"))
        return JUNOS_KNOWN;
    if (junos_is(s, at + 1, "address") && at + 2 < s->count)
        build_sourced(builder, &pool->addresses, pool_addresses(builder, s, at + 2), s->line);
    else
        build_sourced(builder, &pool->options, rest_of(builder, s, at + 1), s->line);
    return JUNOS_PARSED;
}

JunosOutcome junos_nat(Builder *builder, const JunosStatement *s, size_t at)
{
    bool has_pools = junos_is(s, at, "source") || junos_is(s, at, "destination");
    if (has_pools && junos_is(s, at + 1, "pool"))
        return apply_pool(builder, junos_word(s, at), s, at + 2);
    if ((has_pools || junos_is(s, at, "static")) && junos_is(s, at + 1, "rule-set"))
        return apply_set(builder, junos_word(s, at), s, at + 2);
    return JUNOS_KNOWN;
}
