/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/network/compare_collector.h"

Str compare_key(Arena *arena, const char *group, Str name)
{
    return arena_printf(arena, "%s\n%.*s", group, STR_ARGS(name));
}

void collector_begin(Collector *collector, const char *group, Str name, uint32_t line,
                     uint32_t last_line)
{
    CompareParts *parts = collector->parts;
    Str key = compare_key(collector->arena, group, name);
    if (map_get_index(&parts->index, key) != MAP_NO_INDEX) {
        name = arena_printf(collector->arena, "%.*s (line %u)", STR_ARGS(name), line);
        key = compare_key(collector->arena, group, name);
    }
    map_put_index(collector->arena, &parts->index, key, parts->parts.count);
    collector->part = VEC_PUSH(collector->arena, &parts->parts);
    *collector->part = (ComparePart){
        .group = group, .name = name, .line = line, .last_line = MAX_OF(line, last_line)};
    collector->names = (Map){0};
}

void collector_add(Collector *collector, Str name, Str value, uint32_t line)
{
    ComparePart *part = collector->part;
    if (map_get_index(&collector->names, name) != MAP_NO_INDEX)
        return;
    map_put_index(collector->arena, &collector->names, name, part->members.count);
    *VEC_PUSH(collector->arena, &part->members) =
        (CompareFact){name, value, line ? line : part->line};
}

void collector_add_text(Collector *collector, const char *name, Str value, uint32_t line)
{
    if (!str_empty(value))
        collector_add(collector, str_of(name), value, line);
}

void collector_add_sourced(Collector *collector, const char *name, const Sourced *value)
{
    collector_add_text(collector, name, value->text, value->line);
}

void collector_add_number(Collector *collector, const char *name, uint64_t value, uint32_t line)
{
    if (value)
        collector_add(collector, str_of(name),
                      arena_printf(collector->arena, "%llu", (unsigned long long)value), line);
}

void collector_add_flag(Collector *collector, const char *name, bool value, uint32_t line)
{
    if (value)
        collector_add(collector, str_of(name), STR(""), line);
}

void collector_add_address(Collector *collector, const char *name, IpAddress address, uint32_t line)
{
    IpText text;
    collector_add_text(collector, name, arena_copy(collector->arena, ip_format(address, &text)),
                       line);
}

void collector_add_one_of(Collector *collector, const char *name, Str value, uint32_t line)
{
    if (!str_empty(value))
        collector_add(collector, arena_printf(collector->arena, "%s %.*s", name, STR_ARGS(value)),
                      STR(""), line);
}

void collector_add_texts(Collector *collector, const char *name, const SourcedVec *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        collector_add_one_of(collector, name, texts->items[i].text, texts->items[i].line);
}

Str collector_prefix_text(Collector *collector, IpPrefix prefix)
{
    IpText text;
    return arena_copy(collector->arena, ip_prefix_format(prefix, &text));
}

Str collector_in_vrf(Collector *collector, Str name, Str vrf)
{
    return str_empty(vrf)
               ? name
               : arena_printf(collector->arena, "%.*s vrf %.*s", STR_ARGS(name), STR_ARGS(vrf));
}
