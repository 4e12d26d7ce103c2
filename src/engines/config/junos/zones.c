/* SPDX-License-Identifier: Apache-2.0 */
/* "security zones" and "security policies". */
#include "engines/config/junos/junos.h"

static Zone *current(Reader *reader)
{
    return &reader->device->zones.items[reader->now.zone];
}

static bool parse_zone(Reader *reader)
{
    reader->now.zone = build_zone(&reader->builder, reader_name(reader, 0), reader->line->number);
    current(reader)->last_line = MAX_OF(current(reader)->last_line, reader->line->number);
    return true;
}

/* Returns the name with the unit that Junos assumes. */
static Str unit_of(Reader *reader, Str name)
{
    bool complete = str_find_byte(name, '.') != STR_NOT_FOUND || str_equal(name, STR("all"));
    return complete ? name : arena_printf(reader->arena, "%.*s.0", STR_ARGS(name));
}

static bool parse_interface(Reader *reader)
{
    SourcedVec *interfaces = &current(reader)->interfaces;
    Str name = unit_of(reader, reader_name(reader, 0));
    if (interfaces->count == 0 || !str_equal(interfaces->items[interfaces->count - 1].text, name))
        build_sourced(&reader->builder, interfaces, name, reader->line->number);
    reader->now.zone_interface = name;
    return true;
}

/* Handles "host-inbound-traffic system-services ssh" of the zone. */
static bool parse_inbound(Reader *reader)
{
    Str text = junos_rest(reader, reader->arg);
    if (text.size)
        build_sourced(&reader->builder, &current(reader)->inbound, text, reader->line->number);
    return true;
}

/* The same of one of its interfaces. */
static bool parse_interface_inbound(Reader *reader)
{
    Str text = junos_rest(reader, reader->arg), name = reader->now.zone_interface;
    if (text.size) {
        text = arena_printf(reader->arena, "%.*s %.*s", STR_ARGS(name), STR_ARGS(text));
        build_sourced(&reader->builder, &current(reader)->inbound, text, reader->line->number);
    }
    return true;
}

static bool parse_zone_option(Reader *reader)
{
    build_sourced(&reader->builder, &current(reader)->options, junos_rest(reader, reader->arg - 1),
                  reader->line->number);
    return true;
}

static const Command interface_commands[] = {
    {"host-inbound-traffic", parse_interface_inbound},
    {"*", junos_is_stored},
};

static const CommandTable interface_table = {interface_commands, COUNT_OF(interface_commands)};

static const Command zone_commands[] = {
    {"interfaces *", parse_interface, false, &interface_table, .head_counts = true},
    {"interfaces"},
    {"host-inbound-traffic", parse_inbound},
    {"description"},
    {"address-book", junos_zone_book, false, &junos_book_table, .only_known = true},
    {"*", parse_zone_option},
};

static const CommandTable zone_table = {zone_commands, COUNT_OF(zone_commands)};

static const Command zones_commands[] = {
    {"security-zone *", parse_zone, false, &zone_table, .head_counts = true},
    {"security-zone", junos_not_understood},
    {"*"},
};

const CommandTable junos_zones_table = {zones_commands, COUNT_OF(zones_commands)};

static ZonePolicy *current_policy(Reader *reader)
{
    return &reader->device->zone_policies.items[reader->now.zone_policy];
}

static ZonePolicy *open_policy(Reader *reader, Str from, Str to, Str name)
{
    reader->now.zone_policy =
        build_zone_policy(&reader->builder, from, to, name, reader->line->number);
    return current_policy(reader);
}

static bool parse_default_policy(Reader *reader)
{
    Str none = {"", 0};
    open_policy(reader, none, none, STR("default-policy"))->action =
        (Sourced){reader_name(reader, 0), reader->line->number};
    return true;
}

static bool parse_global_policy(Reader *reader)
{
    Str none = {"", 0};
    ZonePolicy *policy = open_policy(reader, none, none, reader_name(reader, 0));
    policy->last_line = MAX_OF(policy->last_line, reader->line->number);
    return true;
}

static bool parse_policy(Reader *reader)
{
    ZonePolicy *policy =
        open_policy(reader, reader_name(reader, 0), reader_name(reader, 1), reader_name(reader, 2));
    policy->last_line = MAX_OF(policy->last_line, reader->line->number);
    return true;
}

/* Adds the words from word i on, unless there are none. */
static bool add_words(Reader *reader, SourcedVec *list, size_t i)
{
    Str words = junos_rest(reader, i);
    if (words.size)
        build_sourced(&reader->builder, list, words, reader->line->number);
    return true;
}

static bool parse_match(Reader *reader)
{
    return add_words(reader, &current_policy(reader)->match, reader->arg);
}

static bool parse_source_address(Reader *reader)
{
    add_words(reader, &current_policy(reader)->match, reader->arg - 2);
    return junos_use_address(reader, reader_name(reader, 0), current_policy(reader)->from);
}

static bool parse_destination_address(Reader *reader)
{
    add_words(reader, &current_policy(reader)->match, reader->arg - 2);
    return junos_use_address(reader, reader_name(reader, 0), current_policy(reader)->to);
}

static bool parse_application(Reader *reader)
{
    add_words(reader, &current_policy(reader)->match, reader->arg - 2);
    return junos_use_application(reader, reader_name(reader, 0));
}

/* Handles "permit", with what the traffic must pass: "permit tunnel ipsec-vpn V". */
static bool parse_action(Reader *reader)
{
    ZonePolicy *policy = current_policy(reader);
    Str action = words_get(&reader->words, reader->arg - 1);
    if (!policy->action.line)
        policy->action = (Sourced){action, reader->line->number};
    return !junos_has_more(reader) || add_words(reader, &policy->options, reader->arg - 1);
}

static bool parse_then(Reader *reader)
{
    return add_words(reader, &current_policy(reader)->options, reader->arg);
}

static const Command policy_commands[] = {
    {"match source-address *", parse_source_address},
    {"match destination-address *", parse_destination_address},
    {"match application *", parse_application},
    {"match", parse_match},
    {"then permit", parse_action},
    {"then deny", parse_action},
    {"then reject", parse_action},
    {"then", parse_then},
    {"*"},
};

static const CommandTable policy_table = {policy_commands, COUNT_OF(policy_commands)};

static const Command policies_commands[] = {
    {"from-zone * to-zone * policy *", parse_policy, false, &policy_table, .head_counts = true},
    {"global policy *", parse_global_policy, false, &policy_table, .head_counts = true},
    {"default-policy *", parse_default_policy},
    {"*"},
};

const CommandTable junos_zone_policies_table = {policies_commands, COUNT_OF(policies_commands)};

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
