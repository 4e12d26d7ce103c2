/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/junos/junos.h"

static size_t key_words(const Str *path, size_t count)
{
    static const struct {
        const char *first;
        const char *second; /* NULL: any */
        size_t words;
    } keys[] = {
        {"interfaces", NULL, 2},       {"protocols", NULL, 2},       {"policy-options", NULL, 3},
        {"firewall", "family", 5},     {"firewall", NULL, 3},        {"routing-instances", NULL, 2},
        {"groups", NULL, 2},           {"system", NULL, 2},          {"security", NULL, 2},
        {"class-of-service", NULL, 2}, {"logical-systems", NULL, 2},
    };
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (!str_equal(path[0], str_of(keys[i].first)))
            continue;
        if (!keys[i].second || (count > 1 && str_equal(path[1], str_of(keys[i].second))))
            return keys[i].words;
    }
    return 1;
}

static StanzaKind kind_of(const Str *path, size_t count)
{
    static const struct {
        const char *first, *second;
        StanzaKind kind;
    } kinds[] = {
        {"interfaces", NULL, STANZA_INTERFACE},
        {"vlans", NULL, STANZA_VLAN},
        {"protocols", "ospf", STANZA_OSPF},
        {"protocols", "ospf3", STANZA_OSPF},
        {"protocols", "isis", STANZA_ISIS},
        {"protocols", "bgp", STANZA_BGP},
        {"routing-options", NULL, STANZA_STATIC},
        {"firewall", NULL, STANZA_ACL},
        {"policy-options", "prefix-list", STANZA_PREFIX_LIST},
        {"policy-options", "policy-statement", STANZA_ROUTE_MAP},
        {"routing-instances", NULL, STANZA_VRF},
        {"system", NULL, STANZA_SYSTEM},
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (!str_equal(path[0], str_of(kinds[i].first)))
            continue;
        if (!kinds[i].second || (count > 1 && str_equal(path[1], str_of(kinds[i].second))))
            return kinds[i].kind;
    }
    return STANZA_OTHER;
}

Str junos_join(Arena *arena, const Str *words, size_t count)
{
    size_t size = 0, at = 0;
    for (size_t i = 0; i < count; i++)
        size += words[i].size + 1;
    char *out = arena_alloc(arena, size + 1);
    for (size_t i = 0; i < count; i++) {
        if (i)
            out[at++] = ' ';
        if (words[i].size)
            memcpy(out + at, words[i].data, words[i].size);
        at += words[i].size;
    }
    return str_make(out, at);
}

static bool same_key(const JunosStanzas *stanzas, const JunosStatement *path, size_t count)
{
    if (stanzas->key_count != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!str_equal(stanzas->key[i], path->words[i]))
            return false;
    }
    return true;
}

void junos_note_stanza(Builder *builder, JunosStanzas *stanzas, const JunosStatement *path,
                       JunosLines lines)
{
    if (path->count == 0)
        return;
    size_t wanted = key_words(path->words, path->count);
    if (lines.header && path->count < wanted) {
        if (stanzas->pending_line == 0)
            stanzas->pending_line = lines.first;
        return;
    }
    size_t count = MIN_OF(MIN_OF(wanted, path->count), COUNT_OF(stanzas->key));
    if (!same_key(stanzas, path, count)) {
        uint32_t first = stanzas->pending_line ? stanzas->pending_line : lines.first;
        memcpy(stanzas->key, path->words, count * sizeof(Str));
        stanzas->key_count = count;
        build_stanza(builder, kind_of(path->words, path->count),
                     junos_join(builder->arena, path->words, count), MIN_OF(first, lines.first),
                     false);
    }
    stanzas->pending_line = 0;
    build_stanza_extend(builder, lines.last);
}

bool junos_is_named_block(const Str *path, size_t count)
{
    if (count < 2)
        return false;
    if (str_equal(path[0], STR("interfaces")))
        return count == 2 || (count == 4 && str_equal(path[2], STR("unit")));
    if (str_equal(path[0], STR("firewall")))
        return str_equal(path[count - 2], STR("filter")) || str_equal(path[count - 2], STR("term"));
    if (str_equal(path[0], STR("security")) && str_equal(path[1], STR("nat")))
        return (count == 5 && str_equal(path[3], STR("pool"))) ||
               (count == 7 && str_equal(path[5], STR("rule")));
    if (str_equal(path[0], STR("security")) && str_equal(path[1], STR("zones")))
        return (count == 4 && str_equal(path[2], STR("security-zone"))) ||
               (count == 6 && str_equal(path[4], STR("interfaces")));
    if (str_equal(path[0], STR("security")) && str_equal(path[1], STR("policies")))
        return (count == 5 && str_equal(path[2], STR("global"))) ||
               (count == 8 && str_equal(path[6], STR("policy")));
    if (!str_equal(path[0], STR("protocols")))
        return false;
    if (str_equal(path[1], STR("bgp")))
        return count == 2 || (count == 4 && str_equal(path[2], STR("group"))) ||
               (count == 6 && str_equal(path[4], STR("neighbor")));
    return count == 2 && (str_starts_with(path[1], STR("ospf")) || str_equal(path[1], STR("isis")));
}
