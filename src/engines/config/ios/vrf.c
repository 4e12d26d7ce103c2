/* SPDX-License-Identifier: Apache-2.0 */
/* VRFs of IOS, NX-OS and EOS. On EOS, the process of BGP has their distinguishers and targets. */
#include "engines/config/ios/ios.h"
#include "engines/config/vrf_setting.h"
#include "engines/network/undo.h"

static Vrf *current(Reader *reader)
{
    return &reader->device->vrfs.items[reader->now.vrf];
}

bool ios_vrf(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg);
    if (name.size == 0)
        return false;
    reader->now.vrf = build_vrf(&reader->builder, name, reader->line->number);
    reader->now.vrf_family = (Str){"", 0};
    if (reader->negated)
        undo_vrf(&reader->builder, reader->now.vrf);
    return true;
}

static bool set_distinguisher(Reader *reader, Vrf *vrf)
{
    vrf->route_distinguisher = reader->negated ? STR("") : words_get(&reader->words, reader->arg);
    return reader->negated || reader->arg < reader->words.count;
}

static bool parse_rd(Reader *reader)
{
    return set_distinguisher(reader, current(reader));
}

static bool parse_target(Reader *reader)
{
    return vrf_targets_read(reader, reader->arg, reader->now.vrf, reader->now.vrf_family);
}

/* Handles "vni 50001". */
static bool parse_vni(Reader *reader)
{
    Vrf *vrf = current(reader);
    if (reader->negated)
        vrf->vni = 0;
    return reader->negated || words_u32(&reader->words, reader->arg, &vrf->vni);
}

/* Handles "import map RM", "export ipv4 unicast map RM" and "import vrf default map RM". The words
 * in between become part of the family. */
static bool parse_map(Reader *reader, VrfRuleVec *rules)
{
    size_t at = reader->arg;
    Str family = reader->now.vrf_family;
    while (at < reader->words.count && !reader_keyword(reader, at, "map"))
        at++;
    if (at + 1 >= reader->words.count)
        return false;
    if (at > reader->arg) {
        Str rest = words_rest(&reader->words, reader->arg);
        Str map = words_get(&reader->words, at);
        rest = str_trim(str_slice(rest, 0, (size_t)(map.data - rest.data)));
        family = str_starts_with(rest, family)
                     ? rest
                     : arena_printf(reader->arena, "%.*s %.*s", STR_ARGS(family), STR_ARGS(rest));
    }
    return vrf_rule_store(reader, rules, words_get(&reader->words, at + 1), family);
}

static bool parse_import(Reader *reader)
{
    return parse_map(reader, &current(reader)->import_policies);
}

static bool parse_export(Reader *reader)
{
    return parse_map(reader, &current(reader)->export_policies);
}

static void forget_family(VrfRuleVec *rules, Str family)
{
    VEC_KEEP(rules, item, !str_starts_with(item->family, family));
}

/* Handles "address-family ipv4"; "no" takes back what is stated in it. */
static bool parse_family(Reader *reader)
{
    Vrf *vrf = current(reader);
    Str family = vrf_family_named(reader, reader->arg);
    if (family.size == 0)
        return false;
    if (reader->negated) {
        VrfRuleVec *lists[] = {&vrf->imports, &vrf->exports, &vrf->import_policies,
                               &vrf->export_policies};
        for (size_t i = 0; i < COUNT_OF(lists); i++) {
            if (!reader_may_search(reader, lists[i]->count))
                return false;
            forget_family(lists[i], family);
        }
        return true;
    }
    reader->now.vrf_family = family;
    return true;
}

static bool parse_exit_family(Reader *reader)
{
    reader->now.vrf_family = (Str){"", 0};
    return true;
}

/* Returns the VRF of the current lines of BGP, which another line may define; SIZE_MAX outside of
 * any. */
static size_t vrf_of_bgp(Reader *reader)
{
    Str name = reader->now.bgp_vrf;
    return name.size ? build_vrf(&reader->builder, name, 0) : SIZE_MAX;
}

bool ios_bgp_rd(Reader *reader)
{
    size_t vrf = vrf_of_bgp(reader);
    return vrf == SIZE_MAX || set_distinguisher(reader, &reader->device->vrfs.items[vrf]);
}

bool ios_bgp_route_target(Reader *reader)
{
    size_t vrf = vrf_of_bgp(reader);
    return vrf == SIZE_MAX || vrf_targets_read(reader, reader->arg, vrf, (Str){"", 0});
}

#define VRF_COMMANDS                                                                               \
    {"ip route", ios_vrf_ip_route, true}, {"ipv6 route", ios_vrf_ipv6_route, true}, {"ip"},        \
        {"ipv6"}, {"vni", parse_vni, true}, {"shutdown"}, {"rd", parse_rd, true},                  \
        {"route-target", parse_target, true}, {"description"}, {"export", parse_export, true},     \
        {"import", parse_import, true}, {"vnet"}, {"maximum"}, {"route-replicate"}, {"vpn"},       \
        {"mdt"}, {"bgp"}, {"inter-as-hybrid"}, {"vpnv4"},                                          \
        {"exit-address-family", parse_exit_family},                                                \
    {                                                                                              \
        "context"                                                                                  \
    }

static const Command family_commands[] = {VRF_COMMANDS};
static const CommandTable family_table = {family_commands, COUNT_OF(family_commands), NULL, true};

static const Command commands[] = {
    {"address-family", parse_family, true, &family_table},
    VRF_COMMANDS,
};

const CommandTable ios_vrf_table = {commands, COUNT_OF(commands), NULL, true};
