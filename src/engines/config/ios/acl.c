/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "engines/config/ios/ios.h"

/* Returns address and mask as one text: "10.0.0.0/24", "10.0.0.1/32", "any" or "group NAME". */
static Str endpoint_text(Reader *reader, IpAddress address, IpAddress wildcard)
{
    IpText a, w;
    uint8_t length = 0;
    if (ip_wildcard_length(wildcard, &length)) {
        return length == 0
                   ? STR("any")
                   : arena_printf(reader->arena, "%s/%u", ip_format(address, &a).data, length);
    }
    return arena_printf(reader->arena, "%s wildcard %s", ip_format(address, &a).data,
                        ip_format(wildcard, &w).data);
}

/* Parses "any", "host A", "A W", "A/len" or "object-group N" at word i. Returns how many words that
 * takes, or 0 if it is none of these. */
static size_t parse_endpoint(Reader *reader, size_t i, bool standard, Str *out_text)
{
    const Words *words = &reader->words;
    Str first = words_get(words, i), second = words_get(words, i + 1);
    IpAddress address, wildcard = {0};
    IpPrefix prefix;
    if (str_equal(first, STR("any")) || str_equal(first, STR("any4")) ||
        str_equal(first, STR("any6"))) {
        *out_text = STR("any");
        return 1;
    }
    if (str_equal(first, STR("host")) && second.size) {
        bool known = ip_parse(second, &address);
        *out_text = known
                        ? arena_printf(reader->arena, "%.*s/%u", STR_ARGS(second), ip_bits(address))
                        : second;
        return 2;
    }
    if ((str_equal(first, STR("object-group")) || str_equal(first, STR("addrgroup"))) &&
        second.size) {
        *out_text = arena_printf(reader->arena, "group %.*s", STR_ARGS(second));
        return 2;
    }
    if (str_find_byte(first, '/') != STR_NOT_FOUND && ip_prefix_parse(first, &prefix)) {
        *out_text = prefix.length == 0 ? STR("any") : first;
        return 1;
    }
    if (!ip_parse(first, &address))
        return 0;
    if (ip_parse(second, &wildcard) && wildcard.family == IP_V4 && address.family == IP_V4) {
        *out_text = endpoint_text(reader, address, wildcard);
        return 2;
    }
    if (!standard)
        return 0;
    *out_text = arena_printf(reader->arena, "%.*s/%u", STR_ARGS(first), ip_bits(address));
    return 1;
}

static bool is_port_word(Str word)
{
    if (word.size == 0)
        return false;
    for (size_t i = 0; i < word.size; i++) {
        char c = word.data[i];
        if (!ascii_is_digit(c) && !(c == ',' || c == '-'))
            return false;
    }
    return true;
}

/* Parses "eq www 443", "range 1 1023" or "gt 1023". Returns how many words that takes, or 0 if
 * there is no port match. */
static size_t parse_ports(Reader *reader, size_t i, Str *out_text)
{
    const Words *words = &reader->words;
    bool range = words_is(words, i, "range");
    bool list = words_is(words, i, "eq") || words_is(words, i, "neq");
    bool bound = words_is(words, i, "gt") || words_is(words, i, "lt");
    size_t used = range ? 3 : 2;
    if ((!range && !list && !bound) || i + used > words->count)
        return 0;
    if (list) {
        while (i + used < words->count && is_port_word(words_get(words, i + used)))
            used++;
    }
    Str first = words_get(words, i), last = words_get(words, i + used - 1);
    *out_text = str_make(first.data, (size_t)(last.data + last.size - first.data));
    return used;
}

static bool parse_action(Str word, AclAction *out_action)
{
    if (str_equal(word, STR("permit")))
        *out_action = ACL_PERMIT;
    else if (str_equal(word, STR("deny")))
        *out_action = ACL_DENY;
    else if (str_equal(word, STR("remark")))
        *out_action = ACL_REMARK;
    else
        return false;
    return true;
}

static bool parse_extended(Reader *reader, size_t at, AclEntry *entry)
{
    entry->protocol = words_get(&reader->words, at++);
    if (str_equal(entry->protocol, STR("object-group"))) {
        Str group = words_get(&reader->words, at++);
        entry->protocol = arena_printf(reader->arena, "group %.*s", STR_ARGS(group));
    }
    size_t used = parse_endpoint(reader, at, false, &entry->source);
    if (used == 0)
        return false;
    at += used;
    at += parse_ports(reader, at, &entry->source_port);
    used = parse_endpoint(reader, at, false, &entry->destination);
    if (used == 0)
        return false;
    at += used;
    at += parse_ports(reader, at, &entry->destination_port);
    entry->options = words_rest(&reader->words, at);
    return true;
}

/* Parses the rule that starts at word i: "[10] permit tcp any host 10.0.0.1 eq 22 log". */
static bool parse_entry(Reader *reader, size_t at, bool extended, AclEntry *entry)
{
    *entry = (AclEntry){.line = reader->line->number, .text = str_trim(reader->line->text)};
    if (words_is(&reader->words, at, "sequence"))
        at++;
    if (words_u32(&reader->words, at, &entry->sequence))
        at++;
    if (!parse_action(words_get(&reader->words, at), &entry->action))
        return false;
    at++;
    if (entry->action == ACL_REMARK) {
        entry->options = words_rest(&reader->words, at);
        return true;
    }
    if (extended)
        return parse_extended(reader, at, entry);
    size_t used = parse_endpoint(reader, at, true, &entry->source);
    entry->options = words_rest(&reader->words, at + used);
    return used > 0;
}

static bool add_entry(Reader *reader, size_t index, size_t at)
{
    Acl *acl = &reader->device->acls.items[index];
    AclEntry entry;
    if (!parse_entry(reader, at, acl->extended, &entry))
        return false;
    *VEC_PUSH(reader->arena, &acl->entries) = entry;
    acl->last_line = reader->line->number;
    return true;
}

/* Handles "access-list 101 permit tcp any any eq 80". The lists 1-99 and 1300-1999 are standard. */
bool ios_access_list(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg);
    uint32_t number = 0;
    if (!str_parse_u32(name, &number))
        return false;
    bool standard = number < 100 || (number >= 1300 && number < 2000);
    bool ip = standard || (number >= 100 && number < 200) || (number >= 2000 && number < 2700);
    if (!ip)
        return true;
    size_t index = build_acl(&reader->builder, name, IP_V4, reader->line->number);
    reader->device->acls.items[index].extended = !standard;
    size_t at = reader->arg + 1;
    if (words_is(&reader->words, at, "dynamic"))
        return false;
    return add_entry(reader, index, at);
}

bool ios_ip_access_list(Reader *reader)
{
    bool standard = words_is(&reader->words, reader->arg, "standard");
    bool extended = words_is(&reader->words, reader->arg, "extended");
    Str name = words_get(&reader->words, reader->arg + (standard || extended));
    if (name.size == 0 || (!reader->dialect->lists_have_no_kind && !standard && !extended))
        return false;
    reader->now.acl = build_acl(&reader->builder, name, IP_V4, reader->line->number);
    reader->device->acls.items[reader->now.acl].extended = !standard;
    return true;
}

bool ios_ipv6_access_list(Reader *reader)
{
    bool standard = words_is(&reader->words, reader->arg, "standard");
    bool extended = words_is(&reader->words, reader->arg, "extended");
    Str name = words_get(&reader->words, reader->arg + (standard || extended));
    if (name.size == 0)
        return false;
    reader->now.acl = build_acl(&reader->builder, name, IP_V6, reader->line->number);
    reader->device->acls.items[reader->now.acl].extended = !standard;
    return true;
}

static bool parse_acl_line(Reader *reader)
{
    return add_entry(reader, reader->now.acl, 0);
}

/* Adds an entry such as "seq 10 permit 10.0.0.0/8 ge 24 le 32", from word i on. */
static bool add_prefix_entry(Reader *reader, size_t index, size_t at)
{
    PrefixListEntry entry = {.line = reader->line->number};
    AclAction action;
    if (words_is(&reader->words, at, "seq"))
        at++;
    if (words_u32(&reader->words, at, &entry.sequence))
        at++;
    if (words_is(&reader->words, at, "description") || words_is(&reader->words, at, "remark"))
        return true;
    if (!parse_action(words_get(&reader->words, at), &action) || action == ACL_REMARK ||
        !ip_prefix_parse(words_get(&reader->words, at + 1), &entry.prefix))
        return false;
    entry.permit = action == ACL_PERMIT;
    for (at += 2; at + 1 < reader->words.count; at += 2) {
        bool exactly = words_is(&reader->words, at, "eq");
        uint32_t *bound = exactly || words_is(&reader->words, at, "ge") ? &entry.ge
                          : words_is(&reader->words, at, "le")          ? &entry.le
                                                                        : NULL;
        if (!bound || !words_u32(&reader->words, at + 1, bound))
            return false;
        if (exactly)
            entry.le = entry.ge;
    }
    PrefixList *list = &reader->device->prefix_lists.items[index];
    *VEC_PUSH(reader->arena, &list->entries) = entry;
    return true;
}

static bool parse_prefix_list(Reader *reader, IpFamily family)
{
    Str name = words_get(&reader->words, reader->arg);
    if (name.size == 0)
        return false;
    if (str_equal(name, STR("sequence-number")))
        return true;
    reader->now.prefix_list =
        build_prefix_list(&reader->builder, name, family, reader->line->number);
    return reader->arg + 1 >= reader->words.count ||
           add_prefix_entry(reader, reader->now.prefix_list, reader->arg + 1);
}

bool ios_prefix_list(Reader *reader)
{
    return parse_prefix_list(reader, IP_V4);
}

bool ios_ipv6_prefix_list(Reader *reader)
{
    return parse_prefix_list(reader, IP_V6);
}

static bool parse_prefix_line(Reader *reader)
{
    return add_prefix_entry(reader, reader->now.prefix_list, 0);
}

static const Command acl_commands[] = {
    {"permit", parse_acl_line},
    {"deny", parse_acl_line},
    {"remark", parse_acl_line},
    {"sequence", parse_acl_line},
    {"counters"},
    {"statistics"},
    {"evaluate"},
    {"fragments"},
    {"*", parse_acl_line},
};

static const Command prefix_commands[] = {
    {"seq", parse_prefix_line},
    {"permit", parse_prefix_line},
    {"deny", parse_prefix_line},
    {"description"},
};

const CommandTable ios_acl_table = {acl_commands, COUNT_OF(acl_commands), NULL, true};
const CommandTable ios_prefix_list_table = {prefix_commands, COUNT_OF(prefix_commands), NULL, true};
