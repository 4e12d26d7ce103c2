/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "security nat" and "services nat": the rules of rule sets, and the pools. What a rule set says
 * for all its rules ("from zone trust") is an entry of its own. A rule of "services nat" has terms:
 * there, the rule is the set, and each term a rule.
 */
#include "engines/config/junos/junos.h"

/* Returns the rule of the set, or the entry of the set itself where rule is empty. */
static NatRule *rule_of(Reader *reader, Str rule)
{
    Device *device = reader->device;
    Str kind = reader->now.nat_kind, set = reader->now.nat_set;
    Str key = arena_printf(reader->arena, "%.*s\n%.*s\n%.*s", STR_ARGS(kind), STR_ARGS(set),
                           STR_ARGS(rule));
    size_t index = map_get_index(&reader->builder.nat_rules, key);
    if (index == MAP_NO_INDEX) {
        index = device->nat_rules.count;
        *VEC_PUSH(reader->arena, &device->nat_rules) =
            (NatRule){.kind = kind, .set = set, .rule = rule, .line = reader->line->number};
        map_put_index(reader->arena, &reader->builder.nat_rules, key, index);
    }
    NatRule *found = &device->nat_rules.items[index];
    found->last_line = MAX_OF(found->last_line, reader->line->number);
    reader->now.nat_rule = index;
    return found;
}

static NatRule *current_rule(Reader *reader)
{
    return &reader->device->nat_rules.items[reader->now.nat_rule];
}

static NatPool *current_pool(Reader *reader)
{
    return &reader->device->nat_pools.items[reader->now.nat_pool];
}

/* Adds the words from word i on, unless there are none. */
static bool add_words(Reader *reader, SourcedVec *list, size_t i)
{
    Str words = junos_rest(reader, i);
    if (words.size)
        build_sourced(&reader->builder, list, words, reader->line->number);
    return words.size > 0;
}

static bool open_kind(Reader *reader, Str kind)
{
    reader->now.nat_kind = kind;
    return true;
}

static bool parse_source(Reader *reader)
{
    return open_kind(reader, STR("source"));
}

static bool parse_destination(Reader *reader)
{
    return open_kind(reader, STR("destination"));
}

static bool parse_static(Reader *reader)
{
    return open_kind(reader, STR("static"));
}

static bool parse_set(Reader *reader)
{
    reader->now.nat_set = reader_name(reader, 0);
    return true;
}

static bool parse_rule(Reader *reader)
{
    (void)rule_of(reader, reader_name(reader, 0));
    return true;
}

/* Handles "from zone trust" and "to interface ge-0/0/0.0" of a rule set. */
static bool parse_direction(Reader *reader)
{
    return add_words(reader, &rule_of(reader, (Str){"", 0})->match, reader->arg - 2);
}

static bool parse_match(Reader *reader)
{
    return add_words(reader, &current_rule(reader)->match, reader->arg);
}

/* The first translation that a rule states is its own; what else it says are options of it. */
static bool store_translation(Reader *reader, size_t i)
{
    NatRule *rule = current_rule(reader);
    if (rule->translation.line)
        return add_words(reader, &rule->options, i);
    Str words = junos_rest(reader, i);
    if (words.size)
        rule->translation = (Sourced){words, reader->line->number};
    return words.size > 0;
}

static bool parse_then(Reader *reader)
{
    return store_translation(reader, reader->arg);
}

/* Handles "then static-nat prefix-name A". */
static bool parse_then_address(Reader *reader)
{
    junos_use_address(reader, reader_name(reader, 0), (Str){"", 0});
    return store_translation(reader, reader->arg - 3);
}

static bool parse_pool(Reader *reader)
{
    reader->now.nat_pool = build_nat_pool(&reader->builder, reader->now.nat_kind,
                                          reader_name(reader, 0), reader->line->number);
    NatPool *pool = current_pool(reader);
    pool->last_line = MAX_OF(pool->last_line, reader->line->number);
    return true;
}

static bool add_address(Reader *reader, Str text)
{
    build_sourced(&reader->builder, &current_pool(reader)->addresses, text, reader->line->number);
    return true;
}

/* Handles "address 192.0.2.1/32 to 192.0.2.9/32". */
static bool parse_range(Reader *reader)
{
    Str first = reader_name(reader, 0), last = reader_name(reader, 1);
    return add_address(reader,
                       arena_printf(reader->arena, "%.*s-%.*s", STR_ARGS(first), STR_ARGS(last)));
}

static bool parse_address(Reader *reader)
{
    return add_address(reader, junos_rest(reader, reader->arg - 1));
}

static bool parse_pool_option(Reader *reader)
{
    return add_words(reader, &current_pool(reader)->options, reader->arg - 1);
}

static const Command pool_commands[] = {
    {"address * to *", parse_range},
    {"address *", parse_address},
    {"description"},
    {"*", parse_pool_option},
};

static const CommandTable pool_table = {pool_commands, COUNT_OF(pool_commands)};

/* Handles "match source-address-name A". */
static bool parse_match_address(Reader *reader)
{
    junos_use_address(reader, reader_name(reader, 0), (Str){"", 0});
    return add_words(reader, &current_rule(reader)->match, reader->arg - 2);
}

static bool parse_match_application(Reader *reader)
{
    junos_use_application(reader, reader_name(reader, 0));
    return add_words(reader, &current_rule(reader)->match, reader->arg - 2);
}

static const Command rule_commands[] = {
    {"match source-address-name *", parse_match_address},
    {"match destination-address-name *", parse_match_address},
    {"match application *", parse_match_application},
    {"then static-nat prefix-name *", parse_then_address},
    {"match", parse_match},
    {"then", parse_then},
    {"description"},
};

static const CommandTable rule_table = {rule_commands, COUNT_OF(rule_commands)};

static const Command set_commands[] = {
    {"rule *", parse_rule, false, &rule_table, .head_counts = true},
    {"from *", parse_direction},
    {"to *", parse_direction},
    {"description"},
};

static const CommandTable set_table = {set_commands, COUNT_OF(set_commands)};

static const Command set_kind_commands[] = {
    {"rule-set *", parse_set, false, &set_table, .only_known = true},
    {"rule-set", junos_not_understood},
    {"*"},
};

static const CommandTable set_kind_table = {set_kind_commands, COUNT_OF(set_kind_commands)};

static const Command kind_commands[] = {
    {"pool *", parse_pool, false, &pool_table, .head_counts = true},
    {"pool", junos_not_understood},
};

static const CommandTable kind_table = {kind_commands, COUNT_OF(kind_commands), &set_kind_table};

static bool parse_service(Reader *reader)
{
    reader->now.nat_kind = STR("services");
    return true;
}

static bool parse_service_pool(Reader *reader)
{
    return parse_service(reader) && parse_pool(reader);
}

static bool parse_service_rule(Reader *reader)
{
    return parse_service(reader) && parse_set(reader);
}

/* Handles "from applications A" and "from application-sets A". */
static bool parse_from_application(Reader *reader)
{
    junos_use_application(reader, reader_name(reader, 0));
    return add_words(reader, &current_rule(reader)->match, reader->arg - 2);
}

static bool parse_from(Reader *reader)
{
    return add_words(reader, &current_rule(reader)->match, reader->arg - 1);
}

/* Handles "then translated source-pool P". */
static bool parse_translated(Reader *reader)
{
    return store_translation(reader, reader->arg - 2);
}

static bool parse_no_translation(Reader *reader)
{
    return store_translation(reader, reader->arg - 1);
}

static bool parse_term_option(Reader *reader)
{
    return add_words(reader, &current_rule(reader)->options, reader->arg - 1);
}

static const Command service_pool_commands[] = {
    {"address-range low * high *", parse_range},
};

static const CommandTable service_pool_table = {service_pool_commands,
                                                COUNT_OF(service_pool_commands), &pool_table};

static const Command term_commands[] = {
    {"from applications *", parse_from_application},
    {"from application-sets *", parse_from_application},
    {"from *", parse_from},
    {"then no-translation", parse_no_translation},
    {"then translated source-pool *", parse_translated},
    {"then translated source-prefix *", parse_translated},
    {"then translated destination-pool *", parse_translated},
    {"then translated destination-prefix *", parse_translated},
    {"then translated *", parse_term_option},
    {"then *", parse_term_option},
};

static const CommandTable term_table = {term_commands, COUNT_OF(term_commands)};

static const Command service_rule_commands[] = {
    {"match-direction *", parse_direction},
    {"term *", parse_rule, false, &term_table, .head_counts = true},
};

static const CommandTable service_rule_table = {service_rule_commands,
                                                COUNT_OF(service_rule_commands)};

/* What "services nat" has besides; the rules of a rule set are named in their order there. */
static const Command service_commands[] = {
    {"pool *", parse_service_pool, false, &service_pool_table, .head_counts = true},
    {"pool", junos_not_understood},
    {"rule *", parse_service_rule, false, &service_rule_table, .only_known = true},
    {"rule", junos_not_understood},
};

const CommandTable junos_service_nat_table = {service_commands, COUNT_OF(service_commands),
                                              &junos_nat_table};

static const Command nat_commands[] = {
    {"source", parse_source, false, &kind_table, .only_known = true},
    {"destination", parse_destination, false, &kind_table, .only_known = true},
    {"static", parse_static, false, &set_kind_table, .only_known = true},
    {"*"},
};

const CommandTable junos_nat_table = {nat_commands, COUNT_OF(nat_commands)};
