/* SPDX-License-Identifier: Apache-2.0 */
/* "firewall": filters and their terms. */
#include "engines/config/junos/junos.h"

static bool open_filter(Reader *reader, size_t name, IpFamily family)
{
    reader->now.acl =
        build_acl(&reader->builder, reader_name(reader, name), family, reader->line->number);
    reader->device->acls.items[reader->now.acl].extended = true;
    return true;
}

static bool parse_inet_filter(Reader *reader)
{
    return open_filter(reader, 0, IP_V4);
}

static bool parse_inet6_filter(Reader *reader)
{
    return open_filter(reader, 0, IP_V6);
}

static bool parse_other_filter(Reader *reader)
{
    return open_filter(reader, 1, IP_NONE);
}

static AclEntry *add_term(Reader *reader, Acl *list, Str term)
{
    AclEntry *entry = VEC_PUSH(reader->arena, &list->entries);
    *entry = (AclEntry){.line = reader->line->number,
                        .sequence = (uint32_t)list->entries.count,
                        .action = ACL_PERMIT, /* a term without "then" accepts */
                        .term = term,
                        .text = arena_printf(reader->arena, "term %.*s", STR_ARGS(term))};
    return entry;
}

static bool parse_term(Reader *reader)
{
    Acl *list = &reader->device->acls.items[reader->now.acl];
    Str term = reader_name(reader, 0);
    Str key = arena_printf(reader->arena, "%zu %.*s", reader->now.acl, STR_ARGS(term));
    size_t found = map_get_index(&reader->builder.terms, key);
    list->last_line = MAX_OF(list->last_line, reader->line->number);
    if (found != MAP_NO_INDEX) {
        reader->now.acl_entry = &list->entries.items[found];
        return true;
    }
    reader->now.acl_entry = add_term(reader, list, term);
    map_put_index(reader->arena, &reader->builder.terms, key, list->entries.count - 1);
    return true;
}

/* Adds a value. Several values of one condition are joined with commas; a very long row ends in
 * "…". */
static bool add_value(Reader *reader, Str *field, Str value)
{
    enum { MAX_FIELD_BYTES = 512 };
    bool fits = field->size + value.size < MAX_FIELD_BYTES;
    if (field->size == 0)
        *field = value;
    else if (field->size < MAX_FIELD_BYTES)
        *field = arena_printf(reader->arena, "%.*s, %.*s", STR_ARGS(*field),
                              fits ? (int)value.size : 3, fits ? value.data : "...");
    return true;
}

/* Adds the name of the command, which may be excepted. */
static bool add_condition(Reader *reader, Str *field, const char *prefix)
{
    bool except = words_is(&reader->words, reader->arg, "except");
    Str value = reader_name(reader, 0);
    if (prefix[0] || except)
        value = arena_printf(reader->arena, "%s%.*s%s", prefix, STR_ARGS(value),
                             except ? " except" : "");
    return add_value(reader, field, value);
}

static bool parse_source(Reader *reader)
{
    return add_condition(reader, &reader->now.acl_entry->source, "");
}

static bool parse_source_list(Reader *reader)
{
    return add_condition(reader, &reader->now.acl_entry->source, "group ");
}

static bool parse_destination(Reader *reader)
{
    return add_condition(reader, &reader->now.acl_entry->destination, "");
}

static bool parse_destination_list(Reader *reader)
{
    return add_condition(reader, &reader->now.acl_entry->destination, "group ");
}

static bool parse_address(Reader *reader)
{
    return add_condition(reader, &reader->now.acl_entry->address, "");
}

static bool parse_address_list(Reader *reader)
{
    return add_condition(reader, &reader->now.acl_entry->address, "group ");
}

static bool parse_protocol(Reader *reader)
{
    return add_condition(reader, &reader->now.acl_entry->protocol, "");
}

static bool parse_source_port(Reader *reader)
{
    return add_condition(reader, &reader->now.acl_entry->source_port, "");
}

static bool parse_destination_port(Reader *reader)
{
    return add_condition(reader, &reader->now.acl_entry->destination_port, "");
}

static bool parse_port(Reader *reader)
{
    return add_condition(reader, &reader->now.acl_entry->port, "");
}

/* Adds any other condition, with one value, to the options. */
static bool parse_condition(Reader *reader)
{
    Str option = reader_name(reader, 0), value = junos_value(reader);
    if (value.size)
        option = arena_printf(reader->arena, "%.*s %.*s", STR_ARGS(option), STR_ARGS(value));
    return add_value(reader, &reader->now.acl_entry->options, option);
}

static const Command from_commands[] = {
    {"source-address *", parse_source},
    {"source-prefix-list *", parse_source_list},
    {"destination-address *", parse_destination},
    {"destination-prefix-list *", parse_destination_list},
    {"address *", parse_address},
    {"prefix-list *", parse_address_list},
    {"protocol *", parse_protocol},
    {"next-header *", parse_protocol},
    {"payload-protocol *", parse_protocol},
    {"source-port *", parse_source_port},
    {"destination-port *", parse_destination_port},
    {"port *", parse_port},
    {"*", parse_condition},
};

static const CommandTable from_table = {from_commands, COUNT_OF(from_commands)};

static bool set_action(Reader *reader, AclAction action)
{
    reader->now.acl_entry->action = action;
    return true;
}

static bool parse_accept(Reader *reader)
{
    return set_action(reader, ACL_PERMIT);
}

static bool parse_discard(Reader *reader)
{
    return set_action(reader, ACL_DENY);
}

static bool parse_reject(Reader *reader)
{
    return set_action(reader, ACL_REJECT);
}

static bool parse_other_action(Reader *reader)
{
    return set_action(reader, ACL_OTHER);
}

static bool parse_modifier(Reader *reader)
{
    return add_value(reader, &reader->now.acl_entry->options, reader_name(reader, 0));
}

static const Command then_commands[] = {
    {"accept", parse_accept},
    {"discard", parse_discard},
    {"reject", parse_reject},
    {"next", parse_other_action},
    {"routing-instance", parse_other_action},
    {"*", parse_modifier},
};

static const CommandTable then_table = {then_commands, COUNT_OF(then_commands)};

static const Command term_commands[] = {
    {"from", NULL, false, &from_table},
    {"then", NULL, false, &then_table},
};

static const CommandTable term_table = {term_commands, COUNT_OF(term_commands)};

static const Command filter_commands[] = {
    {"term *", parse_term, false, &term_table, .head_counts = true},
    {"interface-specific"},
    {"accounting-profile"},
};

static const CommandTable filter_table = {filter_commands, COUNT_OF(filter_commands)};

static const Command firewall_commands[] = {
    {"filter *", parse_inet_filter, false, &filter_table, .head_counts = true},
    {"family inet filter *", parse_inet_filter, false, &filter_table, .head_counts = true},
    {"family inet6 filter *", parse_inet6_filter, false, &filter_table, .head_counts = true},
    {"family * filter *", parse_other_filter, false, &filter_table, .head_counts = true},
    {"family"},
    {"policer"},
    {"three-color-policer"},
    {"load-balance-group"},
    {"flexible-match"},
};

const CommandTable junos_firewall_table = {firewall_commands, COUNT_OF(firewall_commands)};
