/* SPDX-License-Identifier: Apache-2.0 */
/* "policy-options": prefix lists and policy statements. */
#include "engines/config/junos/junos.h"

static bool parse_prefix_list(Reader *reader)
{
    (void)build_prefix_list(&reader->builder, reader_name(reader, 0), IP_V4, reader->line->number);
    return true;
}

static bool parse_apply_path(Reader *reader)
{
    size_t list =
        build_prefix_list(&reader->builder, reader_name(reader, 0), IP_V4, reader->line->number);
    *VEC_PUSH(reader->arena, &reader->builder.apply_paths) = (ApplyPath){junos_value(reader), list};
    return true;
}

static bool parse_prefix(Reader *reader)
{
    PrefixListEntry entry = {.line = reader->line->number, .permit = true};
    if (!ip_prefix_parse(reader_name(reader, 1), &entry.prefix))
        return false;
    size_t list = build_prefix_list(&reader->builder, reader_name(reader, 0),
                                    (IpFamily)entry.prefix.address.family, entry.line);
    *VEC_PUSH(reader->arena, &reader->device->prefix_lists.items[list].entries) = entry;
    return true;
}

static bool open_term(Reader *reader, Str term)
{
    uint32_t line = reader->line->number;
    size_t index = build_route_map(&reader->builder, reader_name(reader, 0), line);
    RouteMap *map = &reader->device->route_maps.items[index];
    map->last_line = MAX_OF(map->last_line, line);
    RouteMapEntry *entry = map->entries.count ? &map->entries.items[map->entries.count - 1] : NULL;
    if (!entry || !str_equal(entry->term, term)) {
        entry = VEC_PUSH(reader->arena, &map->entries);
        *entry = (RouteMapEntry){.term = term, .permit = true, .line = line};
    }
    entry->last_line = line;
    reader->now.clauses = entry;
    return true;
}

/* What a policy states outside of terms is an entry without a name. */
static bool parse_policy(Reader *reader)
{
    if (junos_has_more(reader))
        return open_term(reader, (Str){"", 0});
    (void)build_route_map(&reader->builder, reader_name(reader, 0), reader->line->number);
    return true;
}

static bool parse_term(Reader *reader)
{
    return open_term(reader, reader_name(reader, 1));
}

/* Adds the words from word i on. */
static bool add_clause(Reader *reader, SourcedVec *clauses, size_t i)
{
    build_sourced(&reader->builder, clauses, junos_rest(reader, i), reader->line->number);
    return true;
}

static bool parse_from(Reader *reader)
{
    return add_clause(reader, &reader->now.clauses->match, reader->arg - 1);
}

static bool parse_to(Reader *reader)
{
    return add_clause(reader, &reader->now.clauses->match, reader->arg - 2);
}

static bool parse_then(Reader *reader)
{
    return add_clause(reader, &reader->now.clauses->set, reader->arg - 1);
}

static bool parse_next(Reader *reader)
{
    return add_clause(reader, &reader->now.clauses->next, reader->arg - 1);
}

static bool decide(Reader *reader, bool permit)
{
    reader->now.clauses->permit = permit;
    reader->now.clauses->ends = true;
    return true;
}

static bool parse_accept(Reader *reader)
{
    return decide(reader, true);
}

static bool parse_reject(Reader *reader)
{
    return decide(reader, false);
}

static const Command clause_commands[] = {
    {"from *", parse_from},        {"to *", parse_to},        {"then accept", parse_accept},
    {"then reject", parse_reject}, {"then next", parse_next}, {"then *", parse_then},
    {"*", junos_is_stored},
};

static const CommandTable clause_table = {clause_commands, COUNT_OF(clause_commands)};

static const Command policy_commands[] = {
    {"prefix-list * apply-path", parse_apply_path},
    {"prefix-list * *", parse_prefix},
    {"prefix-list *", parse_prefix_list, .head_counts = true},
    {"policy-statement * term *", parse_term, false, &clause_table, .head_counts = true},
    {"policy-statement *", parse_policy, false, &clause_table, .head_counts = true},
    {"community"},
    {"as-path"},
    {"as-path-group"},
    {"condition"},
    {"route-filter-list"},
    {"damping"},
    {"rtf-prefix-list"},
    {"application-maps"},
    {"route-distinguisher"},
};

const CommandTable junos_policy_table = {policy_commands, COUNT_OF(policy_commands)};

void junos_prefix_lists_finish(Builder *builder)
{
    Map lists = {0};
    Device *device = builder->device;
    for (size_t i = 0; i < device->prefix_lists.count; i++) {
        if (device->prefix_lists.items[i].family == IP_V6)
            map_put_index(builder->arena, &lists, device->prefix_lists.items[i].name, i);
    }
    for (size_t i = 0; i < device->prefix_lists.count; i++) {
        PrefixList *empty = &device->prefix_lists.items[i];
        size_t other = map_get_index(&lists, empty->name);
        if (empty->family == IP_V6 || empty->entries.count || other == MAP_NO_INDEX)
            continue;
        PrefixList *list = &device->prefix_lists.items[other];
        list->line = MIN_OF(list->line, empty->line);
        empty->line = 0;
    }
    VEC_KEEP(&device->prefix_lists, item, item->line);
}
