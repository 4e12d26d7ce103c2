/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of filters, policies, address translation and security zones. */
#include "engines/network/compare_collector.h"

enum { VALUE_MAX_BYTES = 64 * 1024 };

static void add_entry(Collector *collector, Str value, uint32_t line)
{
    *VEC_PUSH(collector->arena, &collector->part->entries) = (CompareFact){STR(""), value, line};
}

static void append_word(StrBuf *out, Str word)
{
    if (out->size > 0 && !str_empty(word))
        strbuf_append_byte(out, ' ');
    strbuf_append(out, word);
}

static void collect_acl_entry(Collector *collector, const AclEntry *entry)
{
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, VALUE_MAX_BYTES);
    const Str words[] = {entry->protocol,
                         entry->source,
                         entry->source_port,
                         entry->destination,
                         entry->destination_port,
                         entry->address.size ? STR("address") : STR(""),
                         entry->address,
                         entry->port.size ? STR("port") : STR(""),
                         entry->port,
                         entry->options};
    if (entry->action == ACL_REMARK)
        return;
    if (entry->action == ACL_OTHER) {
        strbuf_append(&text, str_trim(entry->text));
    } else {
        append_word(&text, entry->term);
        append_word(&text, str_of(acl_action_name(entry->action)));
        for (size_t i = 0; i < COUNT_OF(words); i++)
            append_word(&text, words[i]);
    }
    add_entry(collector, arena_copy(collector->arena, strbuf_str(&text)), entry->line);
}

void compare_collect_acls(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->acls.count; i++) {
        const Acl *acl = &device->acls.items[i];
        collector_begin(collector, "access list", acl->name, acl->line, acl->last_line);
        collector_add_text(collector, "kind", acl->extended ? STR("extended") : STR("standard"), 0);
        collector_add_number(collector, "ip version", (uint64_t)acl->family, 0);
        for (size_t k = 0; k < acl->entries.count; k++)
            collect_acl_entry(collector, &acl->entries.items[k]);
    }
}

void compare_collect_prefix_lists(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->prefix_lists.count; i++) {
        const PrefixList *list = &device->prefix_lists.items[i];
        collector_begin(collector, "prefix list", list->name, list->line, 0);
        for (size_t k = 0; k < list->entries.count; k++) {
            const PrefixListEntry *entry = &list->entries.items[k];
            Str prefix = collector_prefix_text(collector, entry->prefix);
            Str text = arena_printf(collector->arena, "%s %.*s", entry->permit ? "permit" : "deny",
                                    STR_ARGS(prefix));
            if (entry->ge)
                text = arena_printf(collector->arena, "%.*s ge %u", STR_ARGS(text), entry->ge);
            if (entry->le)
                text = arena_printf(collector->arena, "%.*s le %u", STR_ARGS(text), entry->le);
            add_entry(collector, text, entry->line);
            collector->part->last_line = MAX_OF(collector->part->last_line, entry->line);
        }
    }
}

/* The order of the members means nothing. */
void compare_collect_object_groups(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->object_groups.count; i++) {
        const ObjectGroup *group = &device->object_groups.items[i];
        Str name = group->book.size ? arena_printf(collector->arena, "%.*s %.*s",
                                                   STR_ARGS(group->book), STR_ARGS(group->name))
                                    : group->name;
        collector_begin(collector, "object group", name, group->line, group->last_line);
        for (size_t k = 0; k < group->members.count; k++) {
            const ObjectGroupMember *member = &group->members.items[k];
            const Str words[] = {member->group.size ? STR("group") : STR(""),
                                 member->group,
                                 member->address,
                                 member->protocol,
                                 member->source_port.size ? STR("source") : STR(""),
                                 member->source_port,
                                 member->destination_port};
            auto_strbuf StrBuf text = {0};
            strbuf_init(&text, VALUE_MAX_BYTES);
            for (size_t w = 0; w < COUNT_OF(words); w++)
                append_word(&text, words[w]);
            collector_add(collector, arena_copy(collector->arena, strbuf_str(&text)), STR(""),
                          member->line);
        }
    }
}

void compare_collect_nat_rules(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->nat_rules.count; i++) {
        const NatRule *rule = &device->nat_rules.items[i];
        bool named = rule->set.size > 0;
        Str match = rule->match.count ? rule->match.items[0].text : STR("");
        Str name = named ? rule->set : match, other = named ? rule->rule : rule->interface;
        name = arena_printf(collector->arena, "%.*s %.*s%s%.*s", STR_ARGS(rule->kind),
                            STR_ARGS(name), other.size ? " " : "", STR_ARGS(other));
        collector_begin(collector, "nat rule", collector_in_vrf(collector, name, rule->vrf),
                        rule->line, rule->last_line);
        for (size_t k = !named; k < rule->match.count; k++)
            collector_add_one_of(collector, "match", rule->match.items[k].text,
                                 rule->match.items[k].line);
        collector_add_sourced(collector, "translation", &rule->translation);
        collector_add_flag(collector, "overload", rule->overload, 0);
        collector_add_texts(collector, "option", &rule->options);
    }
}

void compare_collect_nat_pools(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->nat_pools.count; i++) {
        const NatPool *pool = &device->nat_pools.items[i];
        Str name = pool->kind.size ? arena_printf(collector->arena, "%.*s %.*s",
                                                  STR_ARGS(pool->kind), STR_ARGS(pool->name))
                                   : pool->name;
        collector_begin(collector, "nat pool", name, pool->line, pool->last_line);
        collector_add_texts(collector, "address", &pool->addresses);
        collector_add_number(collector, "prefix length", pool->prefix_length, 0);
        collector_add_flag(collector, "rotary", pool->rotary, 0);
        collector_add_texts(collector, "option", &pool->options);
    }
}

void compare_collect_zones(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->zones.count; i++) {
        const Zone *zone = &device->zones.items[i];
        collector_begin(collector, "zone", zone->name, zone->line, zone->last_line);
        collector_add_texts(collector, "interface", &zone->interfaces);
        collector_add_texts(collector, "inbound", &zone->inbound);
        collector_add_texts(collector, "option", &zone->options);
    }
    for (size_t i = 0; i < device->zone_policies.count; i++) {
        const ZonePolicy *policy = &device->zone_policies.items[i];
        Str name = policy->name;
        if (policy->from.size)
            name = arena_printf(collector->arena, "%.*s from %.*s to %.*s", STR_ARGS(name),
                                STR_ARGS(policy->from), STR_ARGS(policy->to));
        collector_begin(collector, "zone policy", name, policy->line, policy->last_line);
        collector_add_texts(collector, "match", &policy->match);
        collector_add_sourced(collector, "action", &policy->action);
        collector_add_texts(collector, "option", &policy->options);
    }
}

/* Each clause is a member, named after its entry: their order means nothing. */
static void collect_clauses(Collector *collector, Str term, const char *word,
                            const SourcedVec *clauses)
{
    for (size_t i = 0; i < clauses->count; i++) {
        const Sourced *clause = &clauses->items[i];
        Str name = arena_printf(collector->arena, "%.*s %s%.*s", STR_ARGS(term), word,
                                STR_ARGS(clause->text));
        collector_add(collector, name, STR(""), clause->line);
    }
}

void compare_collect_route_maps(Collector *collector, const Device *device)
{
    for (size_t i = 0; i < device->route_maps.count; i++) {
        const RouteMap *map = &device->route_maps.items[i];
        collector_begin(collector, "route map", map->name, map->line, map->last_line);
        for (size_t k = 0; k < map->entries.count; k++) {
            const RouteMapEntry *entry = &map->entries.items[k];
            add_entry(collector,
                      arena_printf(collector->arena, "%.*s %s", STR_ARGS(entry->term),
                                   entry->permit ? "permit" : "deny"),
                      entry->line);
            collector_add_text(
                collector,
                arena_printf(collector->arena, "%.*s description", STR_ARGS(entry->term)).data,
                entry->description.text, entry->description.line);
            collect_clauses(collector, entry->term, "match ", &entry->match);
            collect_clauses(collector, entry->term, "set ", &entry->set);
            collect_clauses(collector, entry->term, "", &entry->next);
            collector->part->last_line = MAX_OF(collector->part->last_line, entry->last_line);
        }
    }
}
