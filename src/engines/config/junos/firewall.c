/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/junos/junos.h"

enum { MAX_FIELD_BYTES = 512 };

/* Adds a value. Several values of one condition are joined with commas; a very long row ends in
 * "…". */
static void add_value(Builder *builder, Str *field, Str value)
{
    if (field->size == 0)
        *field = value;
    else if (field->size < MAX_FIELD_BYTES) {
        *field = arena_printf(builder->arena, "%.*s, %.*s", STR_ARGS(*field),
                              field->size + value.size < MAX_FIELD_BYTES ? (int)value.size : 3,
                              field->size + value.size < MAX_FIELD_BYTES ? value.data : "...");
    }
}

static AclEntry *term_of(Builder *builder, size_t acl, Str term, uint32_t line)
{
    Acl *list = &builder->device->acls.items[acl];
    Str key = arena_printf(builder->arena, "%zu %.*s", acl, STR_ARGS(term));
    size_t found = map_get_index(&builder->terms, key);
    list->last_line = MAX_OF(list->last_line, line);
    if (found != MAP_NO_INDEX)
        return &list->entries.items[found];
    AclEntry *entry = VEC_PUSH(builder->arena, &list->entries);
    *entry = (AclEntry){.line = line,
                        .sequence = (uint32_t)list->entries.count,
                        .action = ACL_PERMIT, /* a term without "then" accepts */
                        .term = term,
                        .text = arena_printf(builder->arena, "term %.*s", STR_ARGS(term))};
    map_put_index(builder->arena, &builder->terms, key, list->entries.count - 1);
    return entry;
}

static JunosOutcome apply_from(Builder *builder, AclEntry *entry, const JunosStatement *s,
                               size_t at)
{
    static const struct {
        const char *word;
        size_t field;
        const char *prefix;
    } conditions[] = {
        {"source-address", offsetof(AclEntry, source), ""},
        {"source-prefix-list", offsetof(AclEntry, source), "group "},
        {"destination-address", offsetof(AclEntry, destination), ""},
        {"destination-prefix-list", offsetof(AclEntry, destination), "group "},
        {"address", offsetof(AclEntry, source), ""},
        {"prefix-list", offsetof(AclEntry, source), "group "},
        {"protocol", offsetof(AclEntry, protocol), ""},
        {"next-header", offsetof(AclEntry, protocol), ""},
        {"payload-protocol", offsetof(AclEntry, protocol), ""},
        {"source-port", offsetof(AclEntry, source_port), ""},
        {"destination-port", offsetof(AclEntry, destination_port), ""},
        {"port", offsetof(AclEntry, destination_port), ""},
    };
    Str value = junos_word(s, at + 1);
    for (size_t i = 0; i < COUNT_OF(conditions); i++) {
        if (!junos_is(s, at, conditions[i].word) || value.size == 0)
            continue;
        if (conditions[i].prefix[0])
            value = arena_printf(builder->arena, "%s%.*s", conditions[i].prefix, STR_ARGS(value));
        if (junos_is(s, at + 2, "except"))
            value = arena_printf(builder->arena, "%.*s except", STR_ARGS(value));
        add_value(builder, (Str *)(void *)((char *)entry + conditions[i].field), value);
        return JUNOS_PARSED;
    }
    if (at >= s->count)
        return JUNOS_KNOWN;
    Str option = junos_word(s, at);
    if (value.size)
        option = arena_printf(builder->arena, "%.*s %.*s", STR_ARGS(option), STR_ARGS(value));
    add_value(builder, &entry->options, option);
    return JUNOS_PARSED;
}

static JunosOutcome apply_then(Builder *builder, AclEntry *entry, const JunosStatement *s,
                               size_t at)
{
    if (junos_is(s, at, "accept"))
        entry->action = ACL_PERMIT;
    else if (junos_is(s, at, "discard"))
        entry->action = ACL_DENY;
    else if (junos_is(s, at, "reject"))
        entry->action = ACL_REJECT;
    else if (junos_is(s, at, "next") || junos_is(s, at, "routing-instance"))
        entry->action = ACL_OTHER;
    else
        add_value(builder, &entry->options, junos_word(s, at));
    return at < s->count ? JUNOS_PARSED : JUNOS_UNKNOWN;
}

static JunosOutcome apply_filter(Builder *builder, const JunosStatement *s, size_t at,
                                 IpFamily family)
{
    Str name = junos_word(s, at);
    if (name.size == 0)
        return JUNOS_UNKNOWN;
    size_t acl = build_acl(builder, name, family, s->line);
    builder->device->acls.items[acl].extended = true;
    at++;
    if (junos_is(s, at, "interface-specific") || junos_is(s, at, "accounting-profile") ||
        at >= s->count)
        return JUNOS_KNOWN;
    if (!junos_is(s, at, "term"))
        return JUNOS_UNKNOWN;
    AclEntry *entry = term_of(builder, acl, junos_word(s, at + 1), s->line);
    if (junos_is(s, at + 2, "from"))
        return apply_from(builder, entry, s, at + 3);
    if (junos_is(s, at + 2, "then"))
        return apply_then(builder, entry, s, at + 3);
    return at + 2 >= s->count ? JUNOS_PARSED : JUNOS_UNKNOWN;
}

JunosOutcome junos_firewall(Builder *builder, const JunosStatement *s, size_t at)
{
    if (junos_is(s, at, "filter"))
        return apply_filter(builder, s, at + 1, IP_V4);
    if (junos_is(s, at, "family") && junos_is(s, at + 2, "filter")) {
        IpFamily family = junos_is(s, at + 1, "inet")    ? IP_V4
                          : junos_is(s, at + 1, "inet6") ? IP_V6
                                                         : IP_NONE;
        return apply_filter(builder, s, at + 3, family);
    }
    bool known = junos_is(s, at, "policer") || junos_is(s, at, "three-color-policer") ||
                 junos_is(s, at, "family") || junos_is(s, at, "load-balance-group") ||
                 junos_is(s, at, "flexible-match");
    return known ? JUNOS_KNOWN : JUNOS_UNKNOWN;
}
