/* SPDX-License-Identifier: Apache-2.0 */
/* The zone-based firewall of IOS: zones, the pairs of zones with a policy, and their interfaces. */
#include "engines/config/ios/ios.h"
#include "engines/network/undo.h"

bool ios_zone(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg);
    if (name.size == 0)
        return false;
    size_t index = build_zone(&reader->builder, name, reader->line->number);
    reader->device->zones.items[index].last_line = reader->line->number;
    if (reader->negated)
        undo_zone(&reader->builder, index);
    return true;
}

static ZonePolicy *current(Reader *reader)
{
    ZonePolicy *policy = &reader->device->zone_policies.items[reader->now.zone_policy];
    policy->last_line = reader->line->number;
    return policy;
}

/* Handles "zone-pair security P source A destination B". */
bool ios_zone_pair(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg), none = {"", 0};
    if (name.size == 0)
        return false;
    reader->now.zone_policy =
        build_zone_policy(&reader->builder, none, none, name, reader->line->number);
    ZonePolicy *policy = current(reader);
    if (reader->negated) {
        undo_zone_policy(&reader->builder, reader->now.zone_policy);
        return true;
    }
    for (size_t i = reader->arg + 1; i + 1 < reader->words.count; i += 2) {
        Str zone = words_get(&reader->words, i + 1);
        if (reader_keyword(reader, i, "source"))
            policy->from = zone;
        else if (reader_keyword(reader, i, "destination"))
            policy->to = zone;
        else
            return false;
    }
    return policy->from.size > 0 && policy->to.size > 0;
}

/* Handles "service-policy type inspect PM". */
static bool parse_inspect(Reader *reader)
{
    ZonePolicy *policy = current(reader);
    Str name = words_get(&reader->words, reader->arg);
    if (name.size == 0)
        return reader->negated;
    policy->action = (Sourced){0};
    if (!reader->negated)
        policy->action = (Sourced){arena_printf(reader->arena, "inspect %.*s", STR_ARGS(name)),
                                   reader->line->number};
    return true;
}

/* Handles "zone-member security Z" of an interface. */
bool ios_zone_member(Reader *reader)
{
    Interface *interface = ios_current_interface(reader);
    Str name = words_get(&reader->words, reader->arg);
    if (!reader->negated && name.size == 0)
        return false;
    interface->zone = (Sourced){0};
    if (!reader->negated)
        interface->zone = (Sourced){name, reader->line->number};
    return true;
}

static const Command zone_commands[] = {{"description"}, {"protection"}, {"exit"}};
static const Command pair_commands[] = {
    {"service-policy type inspect", parse_inspect, true},
    {"description"},
    {"exit"},
};

const CommandTable ios_zone_table = {zone_commands, COUNT_OF(zone_commands)};
const CommandTable ios_zone_pair_table = {pair_commands, COUNT_OF(pair_commands)};
