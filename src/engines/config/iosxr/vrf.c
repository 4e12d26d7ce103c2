/* SPDX-License-Identifier: Apache-2.0 */
/* VRFs of IOS-XR: each address family has its route targets, as lines of a block, and its policies.
 */
#include "engines/config/iosxr/iosxr.h"
#include "engines/config/vrf_setting.h"

static Vrf *current(Reader *reader)
{
    return &reader->device->vrfs.items[reader->now.vrf];
}

static bool parse_family(Reader *reader)
{
    reader->now.vrf_family = vrf_family_named(reader, reader->arg);
    return reader->now.vrf_family.size > 0;
}

/* Stores the target that the line is: "65000:1" or "65000:1 stitching". */
static bool store_target(Reader *reader, VrfRuleVec *rules)
{
    Str target = words_get(&reader->words, 0), family = reader->now.vrf_family;
    if (str_find_byte(target, ':') == STR_NOT_FOUND)
        return false;
    if (reader->words.count > 1)
        family = arena_printf(reader->arena, "%.*s %.*s", STR_ARGS(family),
                              STR_ARGS(words_get(&reader->words, 1)));
    return vrf_rule_store(reader, rules, target, family);
}

static bool parse_import_target(Reader *reader)
{
    return store_target(reader, &current(reader)->imports);
}

static bool parse_export_target(Reader *reader)
{
    return store_target(reader, &current(reader)->exports);
}

/* Stores the policy of "route-policy P" and "from default-vrf route-policy P". */
static bool store_policy(Reader *reader, VrfRuleVec *rules, const char *other)
{
    Str family = reader->now.vrf_family, name = {"", 0};
    size_t at = reader->arg;
    if (words_is(&reader->words, at, other)) {
        Str vrf = words_get(&reader->words, at + 1);
        family =
            arena_printf(reader->arena, "%.*s %s %.*s", STR_ARGS(family), other, STR_ARGS(vrf));
        at += 2;
    }
    if (words_is(&reader->words, at, "route-policy"))
        name = words_get(&reader->words, at + 1);
    size_t arguments = str_find_byte(name, '(');
    name = str_slice(name, 0, arguments == STR_NOT_FOUND ? name.size : arguments);
    return xr_policy_user(reader) && vrf_rule_store(reader, rules, name, family);
}

static bool parse_import(Reader *reader)
{
    return store_policy(reader, &current(reader)->import_policies, "from");
}

static bool parse_export(Reader *reader)
{
    return store_policy(reader, &current(reader)->export_policies, "to");
}

static bool parse_rd(Reader *reader)
{
    current(reader)->route_distinguisher = words_get(&reader->words, reader->arg);
    return reader->arg < reader->words.count;
}

static const Command import_commands[] = {
    {"*", parse_import_target, false, NULL, STANZA_OTHER, TAKES_REST}};
static const CommandTable import_table = {import_commands, COUNT_OF(import_commands)};

static const Command export_commands[] = {
    {"*", parse_export_target, false, NULL, STANZA_OTHER, TAKES_REST}};
static const CommandTable export_table = {export_commands, COUNT_OF(export_commands)};

static bool open_targets(Reader *reader)
{
    return reader->arg == reader->words.count;
}

static const Command family_commands[] = {
    {"import route-target", open_targets, false, &import_table},
    {"export route-target", open_targets, false, &export_table},
    {"import", parse_import},
    {"export", parse_export},
    {"maximum"},
};
static const CommandTable family_table = {family_commands, COUNT_OF(family_commands)};

static const Command commands[] = {
    {"address-family", parse_family, false, &family_table, STANZA_OTHER, 2},
    {"description"},
    {"evpn-route-sync"},
    {"fallback-vrf"},
    {"mhost"},
    {"mode"},
    {"rd", parse_rd},
    {"remote-route-filtering"},
    {"vpn"},
};

const CommandTable xr_vrf_table = {commands, COUNT_OF(commands)};
