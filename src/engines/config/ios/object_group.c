/* SPDX-License-Identifier: Apache-2.0 */
/* Object groups of IOS, NX-OS and IOS-XR: addresses, ports, and services, which are protocols with
 * ports. Groups of other things are known, and not part of the model. */
#include "engines/config/ios/ios.h"
#include "engines/network/undo.h"

static ObjectGroup *current(Reader *reader)
{
    ObjectGroup *group = &reader->device->object_groups.items[reader->now.object_group];
    group->last_line = reader->line->number;
    return group;
}

static bool open_group(Reader *reader, ObjectGroupKind kind, IpFamily family)
{
    Str name = words_get(&reader->words, reader->arg);
    reader->now.object_group =
        build_object_group(&reader->builder, (Str){"", 0}, name, reader->line->number);
    ObjectGroup *group = current(reader);
    group->kind = kind;
    group->family = family;
    if (reader->negated)
        undo_object_group(&reader->builder, reader->now.object_group);
    return name.size > 0;
}

bool ios_address_group(Reader *reader)
{
    reader->now.group_has_masks = false;
    return open_group(reader, OBJECT_GROUP_ADDRESSES, IP_V4);
}

bool ios_network_group(Reader *reader)
{
    reader->now.group_has_masks = true;
    return open_group(reader, OBJECT_GROUP_ADDRESSES, IP_V4);
}

bool ios_address_group6(Reader *reader)
{
    return open_group(reader, OBJECT_GROUP_ADDRESSES, IP_V6);
}

bool ios_port_group(Reader *reader)
{
    return open_group(reader, OBJECT_GROUP_PORTS, IP_NONE);
}

bool ios_service_group(Reader *reader)
{
    return open_group(reader, OBJECT_GROUP_SERVICES, IP_NONE);
}

static bool same_member(const ObjectGroupMember *a, const ObjectGroupMember *b)
{
    return str_equal(a->group, b->group) && str_equal(a->address, b->address) &&
           str_equal(a->protocol, b->protocol) && str_equal(a->source_port, b->source_port) &&
           str_equal(a->destination_port, b->destination_port);
}

/* Adds the member, or takes it back. */
static bool store(Reader *reader, ObjectGroupMember member)
{
    ObjectGroup *group = current(reader);
    member.line = reader->line->number;
    if (!reader->negated)
        *VEC_PUSH(reader->arena, &group->members) = member;
    else if (reader_may_search(reader, group->members.count))
        VEC_KEEP(&group->members, item, !same_member(item, &member));
    return true;
}

/* Notes that the group has more in it than the model does. */
static bool store_nothing(Reader *reader)
{
    current(reader)->is_partial = true;
    return false;
}

/* Returns the first word of the member: lines may have a number. The pattern of the tables fits
 * "no" too. */
static size_t member_start(Reader *reader)
{
    uint32_t sequence = 0;
    reader->negated = words_is(&reader->words, 0, "no");
    size_t at = reader->negated;
    return at + (at + 1 < reader->words.count && words_u32(&reader->words, at, &sequence));
}

static bool parse_nested(Reader *reader, size_t at)
{
    Str name = words_get(&reader->words, at);
    return name.size ? store(reader, (ObjectGroupMember){.group = name}) : store_nothing(reader);
}

/* Returns "10.0.0.0/8" for an address with a mask or a wildcard, or an empty text if it has holes.
 * What starts with a one is a mask. Of zeros, the form of the group tells. */
static Str masked_text(Reader *reader, IpAddress address, Str second)
{
    IpText text;
    IpAddress mask;
    uint8_t length = 0;
    if (!ip_parse(second, &mask) || mask.family != IP_V4 || address.family != IP_V4)
        return (Str){"", 0};
    uint32_t value = ip_v4_value(mask);
    if (value >> 31 || (value == 0 && reader->now.group_has_masks))
        mask = ip_v4(~value);
    if (!ip_wildcard_length(mask, &length))
        return (Str){"", 0};
    return length == 0
               ? STR("any")
               : arena_printf(reader->arena, "%s/%u", ip_format(address, &text).data, length);
}

/* Returns the address of a member as the text of a filter entry; empty if it is none. */
static Str address_text(Reader *reader, size_t at)
{
    const Words *words = &reader->words;
    Str first = words_get(words, at), second = words_get(words, at + 1);
    IpAddress address, last;
    IpPrefix prefix;
    if (reader_keyword(reader, at, "any"))
        return STR("any");
    if ((reader_keyword(reader, at, "host") || reader_keyword(reader, at, "host-info")) &&
        ip_parse(second, &address))
        return arena_printf(reader->arena, "%.*s/%u", STR_ARGS(second), ip_bits(address));
    if (reader_keyword(reader, at, "range") && ip_parse(second, &address) &&
        ip_parse(words_get(words, at + 2), &last) && address.family == last.family)
        return arena_printf(reader->arena, "%.*s-%.*s", STR_ARGS(second),
                            STR_ARGS(words_get(words, at + 2)));
    if (str_find_byte(first, '/') != STR_NOT_FOUND && ip_prefix_parse(first, &prefix))
        return prefix.length == 0 ? STR("any") : first;
    return ip_parse(first, &address) ? masked_text(reader, address, second) : (Str){"", 0};
}

static bool parse_address_member(Reader *reader)
{
    size_t at = member_start(reader);
    if (reader_keyword(reader, at, "description"))
        return true;
    if (reader_keyword(reader, at, "group-object") || reader_keyword(reader, at, "object-group"))
        return parse_nested(reader, at + 1);
    Str text = address_text(reader, at);
    return text.size ? store(reader, (ObjectGroupMember){.address = text}) : store_nothing(reader);
}

static bool parse_port_member(Reader *reader)
{
    size_t at = member_start(reader);
    Str ports = {"", 0};
    if (reader_keyword(reader, at, "description"))
        return true;
    if (reader_keyword(reader, at, "group-object") || reader_keyword(reader, at, "object-group"))
        return parse_nested(reader, at + 1);
    size_t used = ios_filter_ports(reader, at, &ports);
    return used && at + used == reader->words.count
               ? store(reader, (ObjectGroupMember){.destination_port = ports})
               : store_nothing(reader);
}

/* Reads ports, whose operator may be left out: "tcp www". Returns how many words that takes. */
static size_t service_ports(Reader *reader, size_t at, Str *out_ports)
{
    size_t used = ios_filter_ports(reader, at, out_ports);
    Str word = words_get(&reader->words, at);
    if (used || word.size == 0 || reader_keyword(reader, at, "source"))
        return used;
    *out_ports = arena_printf(reader->arena, "eq %.*s", STR_ARGS(word));
    return 1;
}

/* Handles "tcp eq 80", "udp source gt 1023 eq 53", "tcp-udp eq domain", "ospf". */
static bool parse_service_member(Reader *reader)
{
    size_t at = member_start(reader);
    Str protocol = words_get(&reader->words, at);
    ObjectGroupMember member = {.protocol = protocol};
    if (reader_keyword(reader, at, "description"))
        return true;
    if (reader_keyword(reader, at, "group-object") || reader_keyword(reader, at, "object-group"))
        return parse_nested(reader, at + 1);
    bool both = str_equal(protocol, STR("tcp-udp"));
    bool has_ports = both || str_equal(protocol, STR("tcp")) || str_equal(protocol, STR("udp"));
    at++;
    if (has_ports && reader_keyword(reader, at, "source"))
        at += 1 + service_ports(reader, at + 1, &member.source_port);
    if (has_ports)
        at += service_ports(reader, at, &member.destination_port);
    if (at < reader->words.count)
        return store_nothing(reader); /* a type of ICMP, a flag */
    member.protocol = both ? STR("tcp") : protocol;
    bool stored = store(reader, member);
    member.protocol = STR("udp");
    return both ? store(reader, member) : stored;
}

static const Command address_commands[] = {{"*", parse_address_member, true}};
static const Command port_commands[] = {{"*", parse_port_member, true}};
static const Command service_commands[] = {{"*", parse_service_member, true}};

const CommandTable ios_address_group_table = {address_commands, COUNT_OF(address_commands)};
const CommandTable ios_port_group_table = {port_commands, COUNT_OF(port_commands)};
const CommandTable ios_service_group_table = {service_commands, COUNT_OF(service_commands)};
