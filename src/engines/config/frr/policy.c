/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/frr/frr.h"

static bool parse_action(Str word, AclAction *out_action)
{
    bool permit = str_equal(word, STR("permit"));
    *out_action = permit ? ACL_PERMIT : ACL_DENY;
    return permit || str_equal(word, STR("deny"));
}

/* Handles "access-list NAME [seq N] permit PREFIX [exact-match]", the lists of zebra. */
static bool parse_named_list(Reader *reader, IpFamily family)
{
    const Words *words = &reader->words;
    AclEntry entry = {.line = reader->line->number, .text = str_trim(reader->line->text)};
    IpPrefix prefix;
    size_t at = reader->arg + 1;
    if (words_is(words, at, "remark"))
        return true;
    if (words_is(words, at, "seq") && words_u32(words, at + 1, &entry.sequence))
        at += 2;
    entry.source = words_get(words, at + 1);
    entry.options = words_rest(words, at + 2);
    if (!parse_action(words_get(words, at), &entry.action) ||
        (!str_equal(entry.source, STR("any")) && !ip_prefix_parse(entry.source, &prefix)))
        return false;
    size_t index =
        build_acl(&reader->builder, words_get(words, reader->arg), family, reader->line->number);
    *VEC_PUSH(reader->arena, &reader->device->acls.items[index].entries) = entry;
    reader->device->acls.items[index].last_line = reader->line->number;
    return true;
}

/* Lists with numbers are those of IOS: they have wildcards. */
bool frr_access_list(Reader *reader)
{
    uint32_t number = 0;
    bool numbered = words_u32(&reader->words, reader->arg, &number) &&
                    !words_is(&reader->words, reader->arg + 1, "seq");
    return numbered ? ios_access_list(reader) : parse_named_list(reader, IP_V4);
}

bool frr_ipv6_access_list(Reader *reader)
{
    return parse_named_list(reader, IP_V6);
}

static const Command commands[] = {
    {"match", ios_route_map_clause, true},
    {"set", ios_route_map_clause, true},
    {"call", ios_route_map_clause, true},
    {"on-match", ios_route_map_clause, true},
    {"continue", ios_route_map_clause, true},
    {"description", ios_route_map_clause, true},
    {"optimization"},
    {"exit", .ends_block = true},
    {"quit", .ends_block = true},
};

const CommandTable frr_route_map_table = {commands, COUNT_OF(commands), .lasts = true};
