/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/vrf_setting.h"

bool vrf_rule_store(Reader *reader, VrfRuleVec *rules, Str value, Str family)
{
    if (value.size == 0)
        return false;
    if (!reader->negated) {
        *VEC_PUSH(reader->arena, rules) =
            (VrfRule){.value = value, .family = family, .line = reader->line->number};
        return true;
    }
    if (!reader_may_search(reader, rules->count))
        return false;
    VEC_KEEP(rules, item, !str_equal(item->value, value) || !str_equal(item->family, family));
    return true;
}

static Str joined(Reader *reader, Str first, Str second)
{
    if (first.size == 0 || second.size == 0)
        return first.size ? first : second;
    return arena_printf(reader->arena, "%.*s %.*s", STR_ARGS(first), STR_ARGS(second));
}

Str vrf_family_named(Reader *reader, size_t i)
{
    Str first = words_get(&reader->words, i), second = words_get(&reader->words, i + 1);
    return str_equal(second, STR("unicast")) ? first : joined(reader, first, second);
}

static bool is_target(Str word)
{
    return str_find_byte(word, ':') != STR_NOT_FOUND || str_equal(word, STR("auto"));
}

/* Returns the family together with the words besides the targets: "ipv4 evpn", "ipv4 stitching". */
static Str family_of(Reader *reader, size_t i, Str family)
{
    enum { MAX_FAMILY_WORDS = 4 };
    size_t found = 0;
    for (; i < reader->words.count && found < MAX_FAMILY_WORDS; i++) {
        Str word = words_get(&reader->words, i);
        if (is_target(word))
            continue;
        family = joined(reader, family, word);
        found++;
    }
    return family;
}

bool vrf_targets_read(Reader *reader, size_t i, size_t vrf, Str family)
{
    Vrf *target = &reader->device->vrfs.items[vrf];
    bool import = reader_keyword(reader, i, "import"), export = reader_keyword(reader, i, "export");
    bool both = reader_keyword(reader, i, "both");
    if (import && reader_keyword(reader, i + 1, "export")) { /* EOS: "import export" */
        both = true;
        i++;
    }
    i += import || export || both;
    both |= !import && !export;
    family = family_of(reader, i, family);
    bool any = false, stored = true;
    for (; i < reader->words.count; i++) {
        Str word = words_get(&reader->words, i);
        if (!is_target(word))
            continue;
        any = true;
        if (import || both)
            stored &= vrf_rule_store(reader, &target->imports, word, family);
        if (export || both)
            stored &= vrf_rule_store(reader, &target->exports, word, family);
    }
    return any && stored;
}
