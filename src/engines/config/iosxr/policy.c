/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies and sets of IOS-XR (RPL). A policy has an entry for each branch, named by its condition:
 * "if destination in CUSTOMERS", "else". What it refers to is noted.
 */
#include "base/ascii.h"
#include "engines/config/iosxr/iosxr.h"

/* Removes the punctuation around a word of a policy: "(community", "OTHERS))", "10.0.0.0/8,". */
static Str bare(Str word)
{
    while (word.size && (word.data[0] == '(' || word.data[0] == ','))
        word = str_from(word, 1);
    while (word.size && str_find_byte(STR("),"), word.data[word.size - 1]) != STR_NOT_FOUND)
        word.size--;
    return word;
}

/* Opens the set with the family of its first line. A set may hold both families: then there are two
 * lists of its name. */
bool xr_prefix_set(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg);
    const ConfigLine *first = reader_line_at(reader, reader->at + 1);
    bool v6 = first && str_find_byte(first->text, ':') != STR_NOT_FOUND;
    reader->now.prefix_list =
        build_prefix_list(&reader->builder, name, v6 ? IP_V6 : IP_V4, reader->line->number);
    return name.size > 0;
}

/* Reads "ge 24", "le 32" or "eq 24" at word i. */
static bool parse_bound(Reader *reader, size_t i, PrefixListEntry *entry)
{
    uint32_t length = 0;
    bool exactly = words_is(&reader->words, i, "eq"), least = words_is(&reader->words, i, "ge");
    if ((!exactly && !least && !words_is(&reader->words, i, "le")) ||
        !str_parse_u32(bare(words_get(&reader->words, i + 1)), &length))
        return false;
    if (exactly || least)
        entry->ge = length;
    if (!least)
        entry->le = length;
    return true;
}

static void add_prefix(Reader *reader, const PrefixListEntry *entry)
{
    const PrefixList *set = &reader->device->prefix_lists.items[reader->now.prefix_list];
    size_t index = build_prefix_list(&reader->builder, set->name, entry->prefix.address.family,
                                     reader->line->number);
    *VEC_PUSH(reader->arena, &reader->device->prefix_lists.items[index].entries) = *entry;
}

/* Handles "10.0.0.0/8 ge 24 le 32,". A line may hold several, with commas between. */
static bool parse_prefixes(Reader *reader)
{
    for (size_t at = 0; at < reader->words.count;) {
        PrefixListEntry entry = {.line = reader->line->number, .permit = true};
        if (!ip_prefix_parse(bare(words_get(&reader->words, at++)), &entry.prefix))
            return false;
        while (at < reader->words.count && ascii_is_letter(words_get(&reader->words, at).data[0])) {
            if (!parse_bound(reader, at, &entry))
                return false;
            at += 2;
        }
        add_prefix(reader, &entry);
    }
    return true;
}

static RouteMap *current(Reader *reader)
{
    RouteMap *map = &reader->device->route_maps.items[reader->now.route_map];
    map->last_line = reader->line->number;
    return map;
}

static RouteMapEntry *open_entry(Reader *reader, Str term)
{
    RouteMap *map = current(reader);
    reader->now.route_map_entry = map->entries.count;
    RouteMapEntry *entry = VEC_PUSH(reader->arena, &map->entries);
    *entry = (RouteMapEntry){.term = term,
                             .permit = true,
                             .line = reader->line->number,
                             .last_line = reader->line->number};
    return entry;
}

void xr_refer(Reader *reader, StructureKind kind, Str word)
{
    Str name = bare(word);
    size_t arguments = str_find_byte(name, '(');
    name = str_slice(name, 0, arguments == STR_NOT_FOUND ? name.size : arguments);
    if (name.size && word.data[0] != '(' && ascii_is_letter_or_digit(name.data[0]))
        build_structure(&reader->builder, false, kind, name, reader->line->number);
}

/* Returns the kind of set that an attribute is compared with, or STRUCTURE_COUNT. */
static StructureKind set_of(Str attribute)
{
    static const struct {
        const char *attribute;
        StructureKind kind;
    } sets[] = {
        {"destination", STRUCTURE_PREFIX_LIST},
        {"source", STRUCTURE_PREFIX_LIST},
        {"next-hop", STRUCTURE_PREFIX_LIST},
        {"rib-has-route", STRUCTURE_PREFIX_LIST},
        {"as-path", STRUCTURE_AS_PATH_LIST},
        {"community", STRUCTURE_COMMUNITY_LIST},
        {"rt", STRUCTURE_COMMUNITY_LIST},
        {"soo", STRUCTURE_COMMUNITY_LIST},
        {"large-community", STRUCTURE_COMMUNITY_LIST},
    };
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        if (str_equal(attribute, str_of(sets[i].attribute)))
            return sets[i].kind;
    }
    return STRUCTURE_COUNT;
}

/* Notes the sets that attributes are compared with, and the policies that are applied: "if
 * destination in CUSTOMERS and apply CHECK then". */
static void note_sets(Reader *reader)
{
    static const char *const comparisons[] = {"in", "matches-any", "matches-every",
                                              "matches-within"};
    const Words *words = &reader->words;
    for (size_t i = 0; i + 1 < words->count; i++) {
        Str word = bare(words_get(words, i));
        if (str_equal(word, STR("apply")))
            xr_refer(reader, STRUCTURE_ROUTE_MAP, words_get(words, i + 1));
        StructureKind kind = i ? set_of(bare(words_get(words, i - 1))) : STRUCTURE_COUNT;
        for (size_t k = 0; kind != STRUCTURE_COUNT && k < COUNT_OF(comparisons); k++) {
            if (str_equal(word, str_of(comparisons[k])))
                xr_refer(reader, kind, words_get(words, i + 1));
        }
    }
}

bool xr_policy_user(Reader *reader)
{
    for (size_t i = 0; i + 1 < reader->words.count; i++) {
        if (words_is(&reader->words, i, "route-policy"))
            xr_refer(reader, STRUCTURE_ROUTE_MAP, words_get(&reader->words, i + 1));
    }
    return true;
}

bool xr_route_policy(Reader *reader)
{
    Str name = words_get(&reader->words, reader->arg);
    size_t parameters = str_find_byte(name, '(');
    if (parameters != STR_NOT_FOUND)
        name = str_slice(name, 0, parameters);
    reader->now.route_map = build_route_map(&reader->builder, name, reader->line->number);
    reader->now.route_map_entry = SIZE_MAX;
    return name.size > 0;
}

/* Handles "if CONDITION then", "elseif CONDITION then" and "else": a branch is an entry. */
static bool parse_branch(Reader *reader)
{
    Str term = str_trim(reader->line->text);
    if (str_ends_with(term, STR(" then")))
        term = str_trim(str_slice(term, 0, term.size - strlen(" then")));
    open_entry(reader, term);
    note_sets(reader);
    return true;
}

/* Returns the entry of the branch around the statement. What stands in no branch is an entry
 * without a condition. */
static RouteMapEntry *entry_of(Reader *reader)
{
    RouteMap *map = current(reader);
    size_t index = reader->now.route_map_entry, count = map->entries.count;
    if (index == SIZE_MAX && count && map->entries.items[count - 1].term.size == 0)
        index = count - 1;
    RouteMapEntry *entry =
        index == SIZE_MAX ? open_entry(reader, (Str){"", 0}) : &map->entries.items[index];
    entry->last_line = reader->line->number;
    return entry;
}

static bool parse_statement(Reader *reader)
{
    entry_of(reader);
    note_sets(reader);
    return true;
}

static bool parse_drop(Reader *reader)
{
    entry_of(reader)->permit = false;
    return true;
}

/* Handles "set community NAME [additive]" and "set extcommunity rt NAME". */
static bool parse_set_community(Reader *reader)
{
    static const char *const kinds[] = {"rt", "soo", "color", "cost", "bandwidth"};
    size_t at = reader->arg;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (words_is(&reader->words, at, kinds[i])) {
            at++;
            break;
        }
    }
    entry_of(reader);
    if (at < reader->words.count)
        xr_refer(reader, STRUCTURE_COMMUNITY_LIST, words_get(&reader->words, at));
    return at < reader->words.count;
}

static bool parse_end(Reader *reader)
{
    current(reader);
    return true;
}

static const CommandTable branch_table;

/* The lines below any statement are statements, however they are indented. */
#define STATEMENT(pattern, handler)                                                                \
    {                                                                                              \
        pattern, handler, false, &branch_table, STANZA_OTHER, TAKES_REST                           \
    }
#define STATEMENTS                                                                                 \
    STATEMENT("if", parse_branch), STATEMENT("elseif", parse_branch),                              \
        STATEMENT("else", parse_branch), {"endif", parse_end}, STATEMENT("drop", parse_drop),      \
        STATEMENT("set community", parse_set_community),                                           \
        STATEMENT("set large-community", parse_set_community),                                     \
        STATEMENT("set extcommunity", parse_set_community), STATEMENT("set", parse_statement),     \
        STATEMENT("pass", parse_statement), STATEMENT("done", parse_statement),                    \
        STATEMENT("apply", parse_statement), STATEMENT("delete", parse_statement),                 \
        STATEMENT("prepend", parse_statement), STATEMENT("replace", parse_statement),              \
        STATEMENT("remove", parse_statement), STATEMENT("suppress-route", parse_statement),        \
        STATEMENT("unsuppress-route", parse_statement), STATEMENT("add", parse_statement),         \
        STATEMENT("var", parse_statement)

static const Command branch_commands[] = {STATEMENTS};
static const CommandTable branch_table = {branch_commands, COUNT_OF(branch_commands)};

static const Command policy_commands[] = {
    {"end-policy", parse_end, .ends_block = true},
    STATEMENTS,
};

static const Command prefix_set_commands[] = {
    {"end-set", .ends_block = true},
    {"*", parse_prefixes},
};

static const Command set_commands[] = {
    {"end-set", .ends_block = true},
    {"*"},
};

const CommandTable xr_policy_table = {policy_commands, COUNT_OF(policy_commands), .lasts = true};
const CommandTable xr_prefix_set_table = {prefix_set_commands, COUNT_OF(prefix_set_commands),
                                          .lasts = true};
const CommandTable xr_set_table = {set_commands, COUNT_OF(set_commands), .lasts = true};
