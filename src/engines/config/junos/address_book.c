/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address books, which are object groups of addresses: "security address-book B", and the books
 * that zones have of their own. What policies and rules name in them is resolved at the end: a zone
 * has its own addresses, those of the book attached to it, and those of the book "global".
 */
#include "engines/config/junos/junos.h"

static ObjectGroup *current(Reader *reader)
{
    return &reader->device->object_groups.items[reader->now.object_group];
}

static bool parse_book(Reader *reader)
{
    reader->now.book = reader_name(reader, 0);
    return true;
}

static Str book_of_zone(Arena *arena, Str zone)
{
    return arena_printf(arena, "zone %.*s", STR_ARGS(zone));
}

bool junos_zone_book(Reader *reader)
{
    Str zone = reader->device->zones.items[reader->now.zone].name;
    reader->now.book = book_of_zone(reader->arena, zone);
    return true;
}

static bool parse_address(Reader *reader)
{
    Builder *builder = &reader->builder;
    Str name = reader_name(reader, 0);
    reader->now.object_group =
        build_object_group(builder, reader->now.book, name, reader->line->number);
    current(reader)->last_line = MAX_OF(current(reader)->last_line, reader->line->number);
    map_put(reader->arena, &builder->book_addresses, name, builder);
    return true;
}

/* An address has one value, so a later one replaces it. */
static bool set_value(Reader *reader, Str text, IpFamily family)
{
    ObjectGroup *group = current(reader);
    group->members.count = 0;
    group->is_partial = text.size == 0;
    group->family = family;
    if (text.size)
        *VEC_PUSH(reader->arena, &group->members) =
            (ObjectGroupMember){.address = text, .line = reader->line->number};
    return true;
}

static bool parse_prefix(Reader *reader)
{
    IpPrefix prefix;
    Str text = reader_name(reader, 0);
    if (!ip_prefix_parse(text, &prefix))
        return false;
    if (prefix.length == 0)
        text = STR("any");
    else if (str_find_byte(text, '/') == STR_NOT_FOUND)
        text = arena_printf(reader->arena, "%.*s/%u", STR_ARGS(text), prefix.length);
    return set_value(reader, text, (IpFamily)prefix.address.family);
}

static bool parse_range(Reader *reader)
{
    IpAddress first, last;
    Str from = reader_name(reader, 0), to = reader_name(reader, 1);
    if (!ip_parse(from, &first) || !ip_parse(to, &last) || first.family != last.family)
        return false;
    return set_value(reader, arena_printf(reader->arena, "%.*s-%.*s", STR_ARGS(from), STR_ARGS(to)),
                     (IpFamily)first.family);
}

/* Handles a host name, and a wildcard, which may have holes. */
static bool parse_other_value(Reader *reader)
{
    return set_value(reader, (Str){"", 0}, IP_NONE);
}

static bool parse_member(Reader *reader)
{
    Str name = reader_name(reader, 0);
    *VEC_PUSH(reader->arena, &current(reader)->members) =
        (ObjectGroupMember){.group = name, .line = reader->line->number};
    *VEC_PUSH(reader->arena, &reader->builder.book_uses) =
        (BookUse){.name = name, .book = reader->now.book, .line = reader->line->number};
    return true;
}

static bool parse_attach(Reader *reader)
{
    Str *book = ARENA_NEW(reader->arena, Str);
    *book = reader->now.book;
    map_put(reader->arena, &reader->builder.zone_books, reader_name(reader, 0), book);
    return true;
}

static const Command address_commands[] = {
    {"description"},
    {"range-address * to *", parse_range},
    {"range-address", junos_not_understood},
    {"dns-name", parse_other_value, .only_known = true},
    {"wildcard-address", parse_other_value, .only_known = true},
    {"*", parse_prefix},
};

static const CommandTable address_table = {address_commands, COUNT_OF(address_commands)};

static const Command set_commands[] = {
    {"description"},
    {"address *", parse_member},
    {"address-set *", parse_member},
};

static const CommandTable set_table = {set_commands, COUNT_OF(set_commands)};

static const Command book_commands[] = {
    {"address *", parse_address, false, &address_table, .head_counts = true},
    {"address-set *", parse_address, false, &set_table, .head_counts = true},
    {"attach zone *", parse_attach, .only_known = true},
    {"description"},
};

const CommandTable junos_book_table = {book_commands, COUNT_OF(book_commands)};

static const Command books_commands[] = {
    {"*", parse_book, false, &junos_book_table, .only_known = true},
};

const CommandTable junos_books_table = {books_commands, COUNT_OF(books_commands)};

bool junos_use_address(Reader *reader, Str name, Str zone)
{
    if (!str_equal(name, STR("any")) && !str_equal(name, STR("any-ipv4")) &&
        !str_equal(name, STR("any-ipv6")))
        *VEC_PUSH(reader->arena, &reader->builder.book_uses) =
            (BookUse){.name = name, .zone = zone, .line = reader->line->number};
    return true;
}

bool junos_use_application(Reader *reader, Str name)
{
    if (!str_equal(name, STR("any")) && !str_starts_with(name, STR("junos-")))
        *VEC_PUSH(reader->arena, &reader->builder.book_uses) =
            (BookUse){.name = name, .is_application = true, .line = reader->line->number};
    return true;
}

static bool book_has(Builder *builder, Str book, Str name)
{
    ArenaMark mark = arena_mark(builder->arena);
    Str key = arena_printf(builder->arena, "%.*s\n%.*s", STR_ARGS(book), STR_ARGS(name));
    bool found = map_get_index(&builder->object_groups, key) != MAP_NO_INDEX;
    arena_reset(builder->arena, mark);
    return found;
}

static bool is_defined(Builder *builder, const BookUse *use)
{
    if (use->is_application || use->book.size)
        return book_has(builder, use->book, use->name);
    if (use->zone.size == 0)
        return map_get(&builder->book_addresses, use->name) != NULL;
    const Str *attached = map_get(&builder->zone_books, use->zone);
    return book_has(builder, book_of_zone(builder->arena, use->zone), use->name) ||
           (attached && book_has(builder, *attached, use->name)) ||
           book_has(builder, STR("global"), use->name);
}

/* Returns the name as the reference states it. An address that only other books have is named with
 * its zone or book, so that no definition has the name. */
static Str stated_name(Builder *builder, const BookUse *use)
{
    if (use->is_application || is_defined(builder, use) ||
        !map_get(&builder->book_addresses, use->name))
        return use->name;
    Str where = use->book.size ? use->book : book_of_zone(builder->arena, use->zone);
    return arena_printf(builder->arena, "%.*s of %.*s", STR_ARGS(use->name), STR_ARGS(where));
}

void junos_books_finish(Builder *builder)
{
    const Device *device = builder->device;
    for (size_t i = 0; i < device->object_groups.count; i++) {
        const ObjectGroup *group = &device->object_groups.items[i];
        build_structure(builder, true, group->book.size ? STRUCTURE_ADDRESS : STRUCTURE_APPLICATION,
                        group->name, group->line);
    }
    for (size_t i = 0; i < builder->book_uses.count; i++) {
        const BookUse *use = &builder->book_uses.items[i];
        build_structure(builder, false,
                        use->is_application ? STRUCTURE_APPLICATION : STRUCTURE_ADDRESS,
                        stated_name(builder, use), use->line);
    }
}
