/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "engines/config/ios/ios.h"
#include "engines/network/undo.h"

/* Returns address and mask as one text: "10.0.0.0/24", "10.0.0.1/32", "any" or "group NAME". */
static Str endpoint_text(Reader *reader, IpAddress address, IpAddress wildcard)
{
    IpText a, w;
    uint8_t length = 0;
    if (ip_wildcard_length(wildcard, &length)) {
        return length == 0
                   ? STR("any")
                   : arena_copy(reader->arena, ip_prefix_format((IpPrefix){address, length}, &a));
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
    if (reader_keyword(reader, i, "any") || str_equal(first, STR("any4")) ||
        str_equal(first, STR("any6"))) {
        *out_text = STR("any");
        return 1;
    }
    if (reader_keyword(reader, i, "host") && second.size) {
        bool known = ip_parse(second, &address);
        *out_text = known
                        ? arena_printf(reader->arena, "%.*s/%u", STR_ARGS(second), ip_bits(address))
                        : second;
        return 2;
    }
    if ((reader_keyword(reader, i, "object-group") || reader_keyword(reader, i, "addrgroup") ||
         reader_keyword(reader, i, "net-group")) &&
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

size_t ios_filter_ports(Reader *reader, size_t i, Str *out_text)
{
    const Words *words = &reader->words;
    if ((reader_keyword(reader, i, "portgroup") || reader_keyword(reader, i, "port-group")) &&
        i + 1 < words->count) {
        *out_text = arena_printf(reader->arena, "group %.*s", STR_ARGS(words_get(words, i + 1)));
        return 2;
    }
    bool range = reader_keyword(reader, i, "range");
    bool list = reader_keyword(reader, i, "eq") || reader_keyword(reader, i, "neq");
    bool bound = reader_keyword(reader, i, "gt") || reader_keyword(reader, i, "lt");
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

static bool parse_action(const Reader *reader, size_t i, AclAction *out_action)
{
    if (reader_keyword(reader, i, "permit"))
        *out_action = ACL_PERMIT;
    else if (reader_keyword(reader, i, "deny"))
        *out_action = ACL_DENY;
    else if (reader_keyword(reader, i, "remark"))
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
    at += ios_filter_ports(reader, at, &entry->source_port);
    used = parse_endpoint(reader, at, false, &entry->destination);
    if (used == 0)
        return false;
    at += used;
    at += ios_filter_ports(reader, at, &entry->destination_port);
    entry->options = words_rest(&reader->words, at);
    return true;
}

/* Parses the rule that starts at word i: "[10] permit tcp any host 10.0.0.1 eq 22 log". */
static bool parse_entry(Reader *reader, size_t at, bool extended, AclEntry *entry)
{
    *entry = (AclEntry){.line = reader->line->number, .text = str_trim(reader->line->text)};
    if (reader_keyword(reader, at, "sequence"))
        at++;
    if (words_u32(&reader->words, at, &entry->sequence))
        at++;
    if (!parse_action(reader, at, &entry->action))
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
    if (entry.action != ACL_REMARK) /* a remark matches no packet */
        *VEC_PUSH(reader->arena, &acl->entries) = entry;
    acl->last_line = reader->line->number;
    return true;
}

static bool same_entry(const AclEntry *a, const AclEntry *b)
{
    return a->action == b->action && str_equal(a->protocol, b->protocol) &&
           str_equal(a->source, b->source) && str_equal(a->source_port, b->source_port) &&
           str_equal(a->destination, b->destination) &&
           str_equal(a->destination_port, b->destination_port) && str_equal(a->options, b->options);
}

/* Takes back the entry with a sequence number. Entries without one count in tens. */
static void undo_sequence(Acl *acl, uint32_t sequence)
{
    enum { STEP = 10 };
    uint32_t number = 0;
    for (size_t i = 0; i < acl->entries.count; i++) {
        AclEntry *entry = &acl->entries.items[i];
        number = entry->sequence ? entry->sequence : number + STEP;
        if (number == sequence)
            entry->line = 0;
    }
    VEC_KEEP(&acl->entries, entry, entry->line);
}

/* Handles "no 10" and "no permit tcp any any eq 80" inside a list. */
static bool undo_entry(Reader *reader, size_t at)
{
    Acl *acl = &reader->device->acls.items[reader->now.acl];
    AclEntry entry;
    uint32_t sequence = 0;
    if (!reader_may_search(reader, acl->entries.count))
        return false;
    if (at + 1 == reader->words.count && words_u32(&reader->words, at, &sequence)) {
        undo_sequence(acl, sequence);
        return true;
    }
    if (!parse_entry(reader, at, acl->extended, &entry))
        return false;
    VEC_KEEP(&acl->entries, item, !same_entry(item, &entry));
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
    if (reader->negated) { /* IOS takes the whole list back, whatever else the line says */
        undo_acl(&reader->builder, index);
        return true;
    }
    reader->device->acls.items[index].extended = !standard;
    size_t at = reader->arg + 1;
    if (words_is(&reader->words, at, "dynamic"))
        return false;
    return add_entry(reader, index, at);
}

/* Handles "ip access-list extended NAME". Without a name, the word for the kind is the name, where
 * the kind may be left out. */
static bool open_list(Reader *reader, IpFamily family, bool needs_kind)
{
    bool named = reader->arg + 1 < reader->words.count;
    bool standard = named && reader_keyword(reader, reader->arg, "standard");
    bool extended = named && reader_keyword(reader, reader->arg, "extended");
    Str name = words_get(&reader->words, reader->arg + (standard || extended));
    if (name.size == 0 || (needs_kind && !standard && !extended))
        return false;
    reader->now.acl = build_acl(&reader->builder, name, family, reader->line->number);
    if (reader->negated) {
        undo_acl(&reader->builder, reader->now.acl);
        return true;
    }
    reader->device->acls.items[reader->now.acl].extended = !standard;
    return true;
}

bool ios_ip_access_list(Reader *reader)
{
    return open_list(reader, IP_V4, !reader->dialect->lists_have_no_kind);
}

bool ios_ipv6_access_list(Reader *reader)
{
    return open_list(reader, IP_V6, false);
}

static bool parse_acl_line(Reader *reader)
{
    return reader->negated ? undo_entry(reader, 1) : add_entry(reader, reader->now.acl, 0);
}

/* Takes back the entry with the same number, or with the same prefix. */
static bool undo_prefix_entry(Reader *reader, PrefixList *list, const PrefixListEntry *entry)
{
    if (!reader_may_search(reader, list->entries.count))
        return false;
    VEC_KEEP(&list->entries, item,
             entry->sequence ? item->sequence != entry->sequence
                             : item->permit != entry->permit || item->ge != entry->ge ||
                                   item->le != entry->le ||
                                   ip_prefix_compare(item->prefix, entry->prefix) != 0);
    return true;
}

/* Adds an entry such as "seq 10 permit 10.0.0.0/8 ge 24 le 32", from word i on. */
static bool add_prefix_entry(Reader *reader, size_t index, size_t at)
{
    PrefixListEntry entry = {.line = reader->line->number};
    AclAction action;
    if (reader_keyword(reader, at, "seq"))
        at++;
    if (words_u32(&reader->words, at, &entry.sequence))
        at++;
    if (reader->negated && entry.sequence && at >= reader->words.count)
        return undo_prefix_entry(reader, &reader->device->prefix_lists.items[index], &entry);
    if (reader_keyword(reader, at, "description") || reader_keyword(reader, at, "remark"))
        return true;
    if (!parse_action(reader, at, &action) || action == ACL_REMARK ||
        !ip_prefix_parse(words_get(&reader->words, at + 1), &entry.prefix))
        return false;
    entry.permit = action == ACL_PERMIT;
    for (at += 2; at + 1 < reader->words.count; at += 2) {
        bool exactly = reader_keyword(reader, at, "eq");
        uint32_t *bound = exactly || reader_keyword(reader, at, "ge") ? &entry.ge
                          : reader_keyword(reader, at, "le")          ? &entry.le
                                                                      : NULL;
        if (!bound || !words_u32(&reader->words, at + 1, bound))
            return false;
        if (exactly)
            entry.le = entry.ge;
    }
    PrefixList *list = &reader->device->prefix_lists.items[index];
    if (reader->negated)
        return undo_prefix_entry(reader, list, &entry);
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
    if (reader->negated && reader->arg + 1 >= reader->words.count)
        undo_prefix_list(&reader->builder, reader->now.prefix_list);
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
    return add_prefix_entry(reader, reader->now.prefix_list, reader->negated);
}

static const Command acl_commands[] = {
    {"permit", parse_acl_line, true},
    {"deny", parse_acl_line, true},
    {"remark", parse_acl_line, true},
    {"sequence", parse_acl_line, true},
    {"counters"},
    {"statistics"},
    {"evaluate"},
    {"fragments"},
    {"1*", parse_acl_line, true},
    {"2*", parse_acl_line, true},
    {"3*", parse_acl_line, true},
    {"4*", parse_acl_line, true},
    {"5*", parse_acl_line, true},
    {"6*", parse_acl_line, true},
    {"7*", parse_acl_line, true},
    {"8*", parse_acl_line, true},
    {"9*", parse_acl_line, true},
};

static const Command prefix_commands[] = {
    {"seq", parse_prefix_line, true},
    {"permit", parse_prefix_line, true},
    {"deny", parse_prefix_line, true},
    {"description"},
};

const CommandTable ios_acl_table = {acl_commands, COUNT_OF(acl_commands), NULL, true};
const CommandTable ios_prefix_list_table = {prefix_commands, COUNT_OF(prefix_commands), NULL, true};
