/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/junos/groups.h"

enum {
    MAX_DEPTH = 16,             /* of the paths that wildcards and apply-groups can reach */
    MAX_WORK = 2 * 1000 * 1000, /* comparisons, and COST for each inherited statement or port */
    COST = 8,
    MAX_NODES = 400 * 1000, /* of the tree of what the file states */
    NO_NODE = UINT32_MAX,   /* a path that the file itself does not state */
};

typedef VEC(JunosStatement) StatementVec;

/* The statements of the file outside of groups, as a tree of words. nodes[0] is the root. */
typedef struct {
    Str word;
    uint32_t first_child, last_child, next; /* 0: none */
    StrVec excepted;                        /* names in apply-groups-except */
} Node;

typedef struct {
    const Str *path;
    size_t count;
    Str group;
    uint32_t line;
} Site;

typedef struct {
    StrVec members; /* as written, wildcards too */
    StrVec ports;
    StatementVec body; /* paths below the range */
    uint32_t line;
} Range;

struct JunosGroups {
    Reader *reader;
    Builder *builder; /* of the reader */
    Map groups;       /* name -> StatementVec */
    Map ranges;       /* name -> Range */
    VEC(Node) nodes;
    Map children; /* parent's number and word -> number + 1 as pointer */
    VEC(Site) sites[MAX_DEPTH];
    VEC(Site) range_sites; /* apply-groups in an interface-range: the groups apply at its ports */
    bool has_sources;      /* groups and ranges are known: the first reading is over */
    Map sections;          /* first words of what they state: only these are kept as a tree */
    bool all_sections;
    size_t work;
    bool has_warned; /* a warning says that not everything was read */
};

bool junos_groups_wanted(const ConfigLines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        if (str_find(lines->items[i].text, STR("apply-groups")) != STR_NOT_FOUND ||
            str_find(lines->items[i].text, STR("interface-range")) != STR_NOT_FOUND)
            return true;
    }
    return false;
}

JunosGroups *junos_groups_new(Reader *reader)
{
    JunosGroups *groups = ARENA_NEW(reader->arena, JunosGroups);
    groups->reader = reader;
    groups->builder = &reader->builder;
    *VEC_PUSH(reader->arena, &groups->nodes) = (Node){0};
    return groups;
}

static void exhaust(JunosGroups *groups, uint32_t line)
{
    if (!groups->has_warned)
        build_warning(groups->builder, line,
                      STR("groups and interface ranges are inherited too often: not all was read"));
    groups->has_warned = true;
}

static bool spend(JunosGroups *groups, size_t work, uint32_t line)
{
    groups->work += work;
    if (groups->work <= MAX_WORK)
        return true;
    exhaust(groups, line);
    return false;
}

static Str child_key(Arena *arena, uint32_t parent, Str word)
{
    char *key = arena_alloc(arena, sizeof(parent) + word.size);
    memcpy(key, &parent, sizeof(parent));
    if (word.size)
        memcpy(key + sizeof(parent), word.data, word.size);
    return str_make(key, sizeof(parent) + word.size);
}

static uint32_t find_child(const JunosGroups *groups, uint32_t parent, Str word)
{
    Arena *arena = groups->builder->arena;
    if (parent == NO_NODE)
        return NO_NODE;
    ArenaMark mark = arena_mark(arena);
    size_t found = map_get_index(&groups->children, child_key(arena, parent, word));
    arena_reset(arena, mark);
    return found != MAP_NO_INDEX ? (uint32_t)found : NO_NODE;
}

static uint32_t add_child(JunosGroups *groups, uint32_t parent, Str word)
{
    Arena *arena = groups->builder->arena;
    uint32_t added = (uint32_t)groups->nodes.count;
    *VEC_PUSH(arena, &groups->nodes) = (Node){.word = word};
    Node *above = &groups->nodes.items[parent];
    if (above->last_child)
        groups->nodes.items[above->last_child].next = added;
    else
        above->first_child = added;
    above->last_child = added;
    map_put_index(arena, &groups->children, child_key(arena, parent, word), added);
    return added;
}

/* Adds the path. A part that it names for the first time is stored in the device with this line.
 * Returns NO_NODE when the tree is full. */
static uint32_t add_path(JunosGroups *groups, const JunosStatement *statement)
{
    uint32_t node = 0;
    uint64_t heads = 0;
    bool has_heads = false;
    for (size_t i = 0; i < statement->count && i < MAX_DEPTH; i++) {
        uint32_t child = find_child(groups, node, statement->words[i]);
        bool is_new = child == NO_NODE;
        if (is_new && groups->nodes.count >= MAX_NODES) {
            exhaust(groups, statement->line);
            return NO_NODE;
        }
        node = is_new ? add_child(groups, node, statement->words[i]) : child;
        if (is_new && !has_heads) {
            heads = junos_heads(groups->reader, statement);
            has_heads = true;
        }
        if (is_new && heads >> (i + 1) & 1) {
            JunosStatement header = {statement->words, i + 1, statement->line};
            (void)junos_apply(groups->reader, &header);
        }
    }
    return node;
}

static const Str *copy_words(Arena *arena, const Str *words, size_t count)
{
    Str *copy = ARENA_ARRAY(arena, Str, count + 1);
    if (count)
        memcpy(copy, words, count * sizeof(Str));
    return copy;
}

static void keep_statement(Arena *arena, StatementVec *list, const JunosStatement *statement,
                           size_t from)
{
    size_t count = statement->count - from;
    *VEC_PUSH(arena, list) =
        (JunosStatement){copy_words(arena, statement->words + from, count), count, statement->line};
}

static bool is_wildcard(Str word)
{
    return word.size > 2 && word.data[0] == '<' && word.data[word.size - 1] == '>';
}

static void collect_group(JunosGroups *groups, const JunosStatement *statement)
{
    Arena *arena = groups->builder->arena;
    StatementVec *list = map_get(&groups->groups, statement->words[1]);
    if (!list) {
        list = ARENA_NEW(arena, StatementVec);
        map_put(arena, &groups->groups, statement->words[1], list);
    }
    if (statement->count > 2) {
        keep_statement(arena, list, statement, 2);
        map_put(arena, &groups->sections, statement->words[2], groups);
        groups->all_sections |= is_wildcard(statement->words[2]);
    }
}

static void collect_range(JunosGroups *groups, const JunosStatement *statement)
{
    Arena *arena = groups->builder->arena;
    Range *range = map_get(&groups->ranges, statement->words[2]);
    if (!range) {
        range = ARENA_NEW(arena, Range);
        range->line = statement->line;
        map_put(arena, &groups->ranges, statement->words[2], range);
        map_put(arena, &groups->sections, STR("interfaces"), groups);
    }
    if (junos_is(statement, 3, "member") && statement->count == 5) {
        *VEC_PUSH(arena, &range->members) = statement->words[4];
    } else if (junos_is(statement, 3, "member-range")) {
        if (!junos_is(statement, 5, "to") || !spend(groups, JUNOS_MAX_RANGE, statement->line) ||
            !junos_expand_span(arena, statement->words[4], junos_word(statement, 6), &range->ports))
            build_warning(groups->builder, statement->line,
                          STR("the ports of this member-range are not understood"));
    } else if (statement->count > 3) {
        keep_statement(arena, &range->body, statement, 3);
    }
}

/* Finds "apply-groups NAME" at the end of a path. Returns false for other paths. */
static bool find_site(const JunosStatement *statement, size_t *out_at, bool *out_except)
{
    if (statement->count < 2)
        return false;
    *out_at = statement->count - 2;
    *out_except = junos_is(statement, *out_at, "apply-groups-except");
    return *out_except || junos_is(statement, *out_at, "apply-groups");
}

static bool is_range(const JunosStatement *statement)
{
    return statement->count > 2 && junos_is(statement, 0, "interfaces") &&
           junos_is(statement, 1, "interface-range");
}

static void collect_site(JunosGroups *groups, const JunosStatement *statement, size_t at,
                         bool except)
{
    Arena *arena = groups->builder->arena;
    JunosStatement path = {statement->words, at, statement->line};
    uint32_t node = add_path(groups, &path);
    Str name = statement->words[at + 1];
    if (except && node != NO_NODE) {
        *VEC_PUSH(arena, &groups->nodes.items[node].excepted) = name;
    }
    if (except)
        return;
    if (at >= MAX_DEPTH) {
        build_warning(groups->builder, statement->line,
                      STR("apply-groups stands too deep and was not followed"));
        return;
    }
    JunosStatement place = {statement->words, at, statement->line};
    if (is_range(&place)) {
        *VEC_PUSH(arena, &groups->range_sites) =
            (Site){copy_words(arena, statement->words, at), at, name, statement->line};
        return;
    }
    *VEC_PUSH(arena, &groups->sites[at]) =
        (Site){copy_words(arena, statement->words, at), at, name, statement->line};
}

static bool is_in_section(const JunosGroups *groups, const JunosStatement *statement)
{
    return groups->all_sections || map_get(&groups->sections, junos_word(statement, 0));
}

void junos_groups_collect(JunosGroups *groups, const JunosStatement *statement)
{
    size_t at = 0;
    bool except = false;
    bool is_group = junos_is(statement, 0, "groups");
    if (groups->has_sources) {
        if (is_group)
            return;
        if (find_site(statement, &at, &except))
            collect_site(groups, statement, at, except);
        else if (!is_range(statement) && is_in_section(groups, statement))
            (void)add_path(groups, statement);
    } else if (is_group && statement->count > 1) {
        collect_group(groups, statement);
    } else if (is_range(statement) && !find_site(statement, &at, &except)) {
        collect_range(groups, statement);
    }
}

void junos_groups_know_sources(JunosGroups *groups)
{
    groups->has_sources = true;
}

/* Adds the ports that the file mentions and that match a member with a wildcard. */
static void add_wildcard_member(JunosGroups *groups, Range *range, Str pattern)
{
    uint32_t interfaces = find_child(groups, 0, STR("interfaces"));
    uint32_t child = interfaces == NO_NODE ? 0 : groups->nodes.items[interfaces].first_child;
    for (; child && range->ports.count < JUNOS_MAX_RANGE; child = groups->nodes.items[child].next) {
        if (!spend(groups, 1, range->line))
            return;
        if (junos_glob(pattern, groups->nodes.items[child].word))
            *VEC_PUSH(groups->builder->arena, &range->ports) = groups->nodes.items[child].word;
    }
}

/* Makes "apply-groups G" in an interface-range one at each of its ports. */
static void spread_site(JunosGroups *groups, const Site *site)
{
    Arena *arena = groups->builder->arena;
    const Range *range = map_get(&groups->ranges, site->path[2]);
    for (size_t i = 0; range && i < range->ports.count && spend(groups, COST, site->line); i++) {
        Str *path = ARENA_ARRAY(arena, Str, site->count);
        size_t count = site->count - 1;
        path[0] = site->path[0];
        path[1] = range->ports.items[i];
        for (size_t k = 2; k < count; k++)
            path[k] = site->path[k + 1];
        *VEC_PUSH(arena, &groups->sites[count]) = (Site){path, count, site->group, site->line};
    }
}

static void resolve_range(JunosGroups *groups, Range *range)
{
    Arena *arena = groups->builder->arena;
    for (size_t i = 0; i < range->members.count && groups->work <= MAX_WORK; i++) {
        Str member = range->members.items[i];
        bool has_list = str_find_byte(member, '[') != STR_NOT_FOUND;
        if (str_find_byte(member, '*') != STR_NOT_FOUND ||
            str_find_byte(member, '?') != STR_NOT_FOUND)
            add_wildcard_member(groups, range, member);
        else if (spend(groups, has_list ? JUNOS_MAX_RANGE : 1, range->line) &&
                 !junos_expand_port(arena, member, &range->ports))
            build_warning(groups->builder, range->line,
                          STR("the ports of a member of this interface-range are not understood"));
    }
    for (size_t i = 0; i < range->ports.count && spend(groups, COST, range->line); i++) {
        Str words[JUNOS_MAX_WORDS] = {STR("interfaces"), range->ports.items[i]};
        JunosStatement port = {words, 2, range->line};
        (void)add_path(groups, &port);
        for (size_t k = 0; k < range->body.count && spend(groups, COST, range->line); k++) {
            const JunosStatement *body = &range->body.items[k];
            JunosStatement stated = {words, 2 + body->count, body->line};
            memcpy(words + 2, body->words, body->count * sizeof(Str));
            (void)add_path(groups, &stated);
        }
    }
}

static bool fits(Str pattern, Str word)
{
    if (is_wildcard(pattern))
        return junos_glob(str_slice(pattern, 1, pattern.size - 2), word);
    return str_equal(pattern, word);
}

/* A statement of a group whose wildcards are being matched, from left to right. */
typedef struct {
    JunosGroups *groups;
    const Site *site;
    const JunosStatement *statement;
    Str words[JUNOS_MAX_WORDS];
    uint32_t nodes[JUNOS_MAX_WORDS + 1]; /* nodes[i + 1] is that of words[i] */
    size_t at;                           /* words that are resolved */
} Expansion;

static bool is_excepted(const Expansion *expansion)
{
    for (size_t i = 0; i <= expansion->statement->count; i++) {
        if (expansion->nodes[i] == NO_NODE)
            return false;
        const StrVec *names = &expansion->groups->nodes.items[expansion->nodes[i]].excepted;
        for (size_t k = 0; k < names->count && k < 64; k++) {
            if (str_equal(names->items[k], expansion->site->group))
                return true;
        }
    }
    return false;
}

/* Takes the first node, from child on, that matches the wildcard at the current word. */
static bool take_branch(Expansion *expansion, uint32_t child)
{
    JunosGroups *groups = expansion->groups;
    Str pattern = expansion->statement->words[expansion->at];
    for (; child; child = groups->nodes.items[child].next) {
        if (!spend(groups, 1, expansion->site->line))
            return false;
        if (!fits(pattern, groups->nodes.items[child].word))
            continue;
        expansion->words[expansion->at] = groups->nodes.items[child].word;
        expansion->nodes[++expansion->at] = child;
        return true;
    }
    return false;
}

static bool is_branch(const Expansion *expansion, size_t at)
{
    return at >= expansion->site->count && is_wildcard(expansion->statement->words[at]);
}

/* Resolves the words up to the end of the statement. Returns false when nothing matches. */
static bool settle(Expansion *expansion)
{
    const JunosGroups *groups = expansion->groups;
    while (expansion->at < expansion->statement->count) {
        size_t at = expansion->at;
        Str word = expansion->statement->words[at];
        if (is_branch(expansion, at)) {
            uint32_t node = expansion->nodes[at];
            if (node == NO_NODE || !take_branch(expansion, groups->nodes.items[node].first_child))
                return false;
            continue;
        }
        if (at < expansion->site->count) {
            if (!fits(word, expansion->site->path[at]))
                return false;
            word = expansion->site->path[at];
        }
        expansion->words[at] = word;
        expansion->nodes[at + 1] = find_child(groups, expansion->nodes[at], word);
        expansion->at++;
    }
    return true;
}

/* Goes back to the last wildcard that matches something else too. Returns false when there is none.
 */
static bool step_back(Expansion *expansion)
{
    while (expansion->at > expansion->site->count) {
        expansion->at--;
        if (is_branch(expansion, expansion->at) && expansion->nodes[expansion->at + 1] != NO_NODE &&
            take_branch(expansion,
                        expansion->groups->nodes.items[expansion->nodes[expansion->at + 1]].next))
            return true;
    }
    return false;
}

static void inherit_statement(JunosGroups *groups, Expansion *expansion)
{
    expansion->at = 0;
    expansion->nodes[0] = 0;
    if (expansion->statement->count <= expansion->site->count)
        return;
    bool found = true;
    while (found && spend(groups, COST, expansion->site->line)) {
        if (settle(expansion) && !is_excepted(expansion)) {
            JunosStatement inherited = {expansion->words, expansion->statement->count,
                                        expansion->statement->line};
            (void)junos_groups_apply(groups, groups->reader, &inherited);
        }
        found = step_back(expansion);
    }
}

static void inherit_at(JunosGroups *groups, const Site *site)
{
    const StatementVec *list = map_get(&groups->groups, site->group);
    Expansion *expansion = ARENA_NEW(groups->builder->arena, Expansion);
    if (!list) {
        build_warning(groups->builder, site->line,
                      arena_printf(groups->builder->arena, "group %.*s is applied but not defined",
                                   STR_ARGS(site->group)));
        return;
    }
    expansion->groups = groups;
    expansion->site = site;
    for (size_t i = 0; i < list->count && groups->work <= MAX_WORK; i++) {
        expansion->statement = &list->items[i];
        inherit_statement(groups, expansion);
    }
}

void junos_groups_inherit(JunosGroups *groups)
{
    for (size_t i = 0; i < groups->ranges.count; i++)
        resolve_range(groups, groups->ranges.entries[i].value);
    for (size_t i = 0; i < groups->range_sites.count; i++)
        spread_site(groups, &groups->range_sites.items[i]);
    /* A later statement overrides an earlier one, so inner places come after outer ones, and the
     * first group of a list comes last. */
    for (size_t depth = 0; depth < MAX_DEPTH; depth++) {
        for (size_t i = groups->sites[depth].count; i > 0; i--)
            inherit_at(groups, &groups->sites[depth].items[i - 1]);
    }
    groups->builder->device->steps += groups->work;
}

static LineOutcome apply_range(JunosGroups *groups, const JunosStatement *statement)
{
    const Range *range = map_get(&groups->ranges, statement->words[2]);
    if (statement->count == 3 || junos_is(statement, 3, "member") ||
        junos_is(statement, 3, "member-range"))
        return LINE_PARSED;
    LineOutcome worst = range && range->ports.count ? LINE_PARSED : LINE_KNOWN;
    Str words[JUNOS_MAX_WORDS] = {STR("interfaces")};
    size_t count = statement->count - 1;
    memcpy(words + 2, statement->words + 3, (count - 2) * sizeof(Str));
    for (size_t i = 0; range && i < range->ports.count && spend(groups, COST, statement->line);
         i++) {
        words[1] = range->ports.items[i];
        JunosStatement one = {words, count, statement->line};
        LineOutcome outcome = junos_apply(groups->reader, &one);
        worst = MAX_OF(worst, outcome);
    }
    return worst;
}

LineOutcome junos_groups_apply(JunosGroups *groups, Reader *reader, const JunosStatement *statement)
{
    size_t at = 0;
    bool except = false;
    if (junos_is(statement, 0, "groups"))
        return LINE_KNOWN;
    if (groups && find_site(statement, &at, &except))
        return map_get(&groups->groups, statement->words[at + 1]) ? LINE_PARSED : LINE_KNOWN;
    if (groups && is_range(statement))
        return apply_range(groups, statement);
    return junos_apply(reader, statement);
}
