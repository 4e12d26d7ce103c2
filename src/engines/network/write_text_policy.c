/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of filters, route maps, address translation and security zones. */
#include "engines/network/write_text.h"

void text_write_acls(const Device *device, size_t most, StrBuf *out)
{
    text_heading(out, "Access lists", device->acls.count);
    for (size_t i = 0; i < device->acls.count; i++) {
        const Acl *acl = &device->acls.items[i];
        if (!text_row_allowed(out, most, i, device->acls.count))
            break;
        text_line_number(out, acl->line);
        text_column(out, acl->name, 30);
        strbuf_printf(out, "IPv%d %s  %zu entries\n", (int)acl->family,
                      acl->extended ? "extended" : "standard", acl->entries.count);
    }
}

void text_write_route_maps(const Device *device, size_t most, StrBuf *out)
{
    text_heading(out, "Route maps", device->route_maps.count);
    for (size_t i = 0; i < device->route_maps.count; i++) {
        const RouteMap *map = &device->route_maps.items[i];
        if (!text_row_allowed(out, most, i, device->route_maps.count))
            break;
        text_line_number(out, map->line);
        text_column(out, map->name, 30);
        strbuf_printf(out, "%zu entries\n", map->entries.count);
    }
}

void text_write_nat_rules(const Device *device, size_t most, StrBuf *out)
{
    text_heading(out, "Address translation", device->nat_rules.count);
    for (size_t i = 0; i < device->nat_rules.count; i++) {
        const NatRule *rule = &device->nat_rules.items[i];
        if (!text_row_allowed(out, most, i, device->nat_rules.count))
            break;
        text_line_number(out, rule->line);
        text_column(out, rule->kind, 18);
        text_word("rule set", rule->set, out);
        text_word("rule", rule->rule, out);
        text_word("on", rule->interface, out);
        text_word("vrf", rule->vrf, out);
        text_list(&rule->match, most, out);
        text_word("->", rule->translation.text, out);
        strbuf_append(out, rule->overload ? STR("overload ") : STR(""));
        text_list(&rule->options, most, out);
        strbuf_append_byte(out, '\n');
    }
}

void text_write_nat_pools(const Device *device, size_t most, StrBuf *out)
{
    text_heading(out, "Pools of address translation", device->nat_pools.count);
    for (size_t i = 0; i < device->nat_pools.count; i++) {
        const NatPool *pool = &device->nat_pools.items[i];
        if (!text_row_allowed(out, most, i, device->nat_pools.count))
            break;
        text_line_number(out, pool->line);
        text_column(out, pool->name, 18);
        text_word("of", pool->kind, out);
        text_list(&pool->addresses, most, out);
        if (pool->prefix_length)
            strbuf_printf(out, "prefix length %u ", pool->prefix_length);
        strbuf_append(out, pool->rotary ? STR("rotary ") : STR(""));
        text_list(&pool->options, most, out);
        strbuf_append_byte(out, '\n');
    }
}

void text_write_zones(const Device *device, size_t most, StrBuf *out)
{
    text_heading(out, "Security zones", device->zones.count);
    for (size_t i = 0; i < device->zones.count; i++) {
        const Zone *zone = &device->zones.items[i];
        if (!text_row_allowed(out, most, i, device->zones.count))
            break;
        text_line_number(out, zone->line);
        text_column(out, zone->name, 18);
        text_list(&zone->interfaces, most, out);
        strbuf_append(out, zone->inbound.count ? STR("accepts ") : STR(""));
        text_list(&zone->inbound, most, out);
        text_list(&zone->options, most, out);
        strbuf_append_byte(out, '\n');
    }
}

void text_write_zone_policies(const Device *device, size_t most, StrBuf *out)
{
    text_heading(out, "Policies between zones", device->zone_policies.count);
    for (size_t i = 0; i < device->zone_policies.count; i++) {
        const ZonePolicy *policy = &device->zone_policies.items[i];
        if (!text_row_allowed(out, most, i, device->zone_policies.count))
            break;
        text_line_number(out, policy->line);
        text_column(out, policy->name, 18);
        text_word("from", policy->from, out);
        text_word("to", policy->to, out);
        text_list(&policy->match, most, out);
        text_word("->", policy->action.text, out);
        text_list(&policy->options, most, out);
        strbuf_append_byte(out, '\n');
    }
}
