/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/iosxr/groups.h"

#include "engines/config/iosxr/name_pattern.h"
#include "engines/config/reader.h"

enum { MAX_WORK = 4 * 1000 * 1000, MAX_COPIES = 400 * 1000, EXACT = 1 << 16, NO_NODE = 0 };

/* A line of the file or of a group, with the lines below it. */
typedef struct {
    size_t line; /* index */
    uint32_t indent;
    size_t parent, first, last, next; /* indexes of nodes, or NO_NODE */
    /* of groups: the words of the line, and the regular expressions that stand for some of them */
    StrVec words;
    VEC(NamePattern *) patterns;
    bool has_pattern;
    uint32_t rank; /* of two heads that match, the higher one overrides */
} Node;

typedef struct {
    Str name;
    size_t root;
} Group;

/* A head of a group that matches the head of a block of the file. */
typedef struct {
    size_t group, node;
} Matched;

/* A block of the file that is open, and how many of the matches and the applied groups count before
 * it. */
typedef struct {
    size_t node, matched, applied;
} Level;

typedef struct {
    Builder *builder;
    const ConfigLines *lines;
    LineUse *uses; /* by index of the line */
    bool *in_group;
    VEC(Node) nodes; /* 0 is no node, 1 the file */
    VEC(Group) groups;
    VEC(Matched) matched;
    VEC(size_t) applied; /* groups; of two that say the same, the later one overrides */
    Level levels[CONFIG_MAX_DEPTH];
    size_t depth;
    ConfigLines *out;
    size_t work, copies;
    VEC(size_t) users; /* lines that apply groups */
    bool stopped;
} Inheritance;

static Str text_of(const Inheritance *in, size_t line)
{
    return str_trim(in->lines->items[line].text);
}

static bool is_command(const Inheritance *in, size_t line)
{
    Str text = text_of(in, line);
    const ConfigLine *item = &in->lines->items[line];
    return !item->noise && !item->too_long && text.size && text.data[0] != '!' &&
           text.data[0] != '#';
}

/* Returns what follows the first word if it is the keyword, or else an empty text. */
static Str after_keyword(Str text, Str keyword)
{
    Str word = {"", 0};
    if (!str_next_word(&text, &word) || !str_equal(word, keyword))
        return (Str){"", 0};
    return str_trim(text);
}

static bool applies_group(const Inheritance *in, size_t line)
{
    return after_keyword(text_of(in, line), STR("apply-group")).size > 0;
}

static void warn(Inheritance *in, size_t line, Str message)
{
    build_warning(in->builder, in->lines->items[line].number, message);
}

/* Counts work. Returns false once the file has used up its share; warns then. */
static bool may_work(Inheritance *in, size_t line, size_t work)
{
    in->work += work;
    in->builder->device->steps += work;
    if (!in->stopped && (in->work > MAX_WORK || in->copies > MAX_COPIES)) {
        in->stopped = true;
        warn(in, line, STR("too much is inherited from groups: the rest was not"));
    }
    return !in->stopped;
}

static size_t add_node(Inheritance *in, Node node)
{
    *VEC_PUSH(in->builder->arena, &in->nodes) = node;
    size_t index = in->nodes.count - 1;
    if (node.parent == NO_NODE)
        return index;
    Node *parent = &in->nodes.items[node.parent];
    if (parent->last)
        in->nodes.items[parent->last].next = index;
    else
        parent->first = index;
    parent->last = index;
    return index;
}

/* Returns the block that a line with this indentation belongs to, where the line before is that of
 * the node before. */
static size_t find_parent(const Inheritance *in, size_t root, size_t before, uint32_t indent)
{
    while (before != root && in->nodes.items[before].indent >= indent)
        before = in->nodes.items[before].parent;
    return before;
}

static void read_words(Inheritance *in, Node *node)
{
    Arena *arena = in->builder->arena;
    Str rest = text_of(in, node->line), word;
    while (str_next_word(&rest, &word)) {
        NamePattern *pattern = NULL;
        bool quoted = word.size > 2 && word.data[0] == '\'' && word.data[word.size - 1] == '\'';
        if (quoted) {
            pattern = name_pattern_new(arena, str_slice(word, 1, word.size - 2));
            node->has_pattern = true;
            if (!pattern) {
                warn(in, node->line,
                     arena_printf(arena, "%.*s is no regular expression that can be applied",
                                  STR_ARGS(word)));
            }
        }
        *VEC_PUSH(arena, &node->words) = word;
        *VEC_PUSH(arena, &node->patterns) = pattern;
        node->rank += (uint32_t)word.size;
    }
    node->rank += node->has_pattern ? 0 : EXACT;
}

/* Reads the lines from first up to end as the body of a group. */
static void read_group(Inheritance *in, Str name, size_t first, size_t end)
{
    Arena *arena = in->builder->arena;
    size_t root = add_node(in, (Node){.line = first - 1}), before = root;
    *VEC_PUSH(arena, &in->groups) = (Group){name, root};
    for (size_t i = first; i < end; i++) {
        in->in_group[i] = true;
        in->uses[i].group = name;
        if (!is_command(in, i))
            continue;
        uint32_t indent = in->lines->items[i].indent;
        Node node = {.line = i, .indent = indent, .parent = find_parent(in, root, before, indent)};
        read_words(in, &node);
        before = add_node(in, node);
        if (applies_group(in, i))
            in->uses[i].outcome = LINE_USE_UNKNOWN;
    }
}

/* Returns the index of the line that ends the group whose body starts at first: "end-group", or if
 * it is missing the next line in the first column. */
static size_t find_group_end(const Inheritance *in, size_t first)
{
    size_t column = in->lines->count;
    for (size_t i = first; i < in->lines->count; i++) {
        if (!is_command(in, i))
            continue;
        Str text = text_of(in, i);
        if (str_equal(text, STR("end-group")))
            return i;
        if (in->lines->items[i].indent == 0 && column == in->lines->count)
            column = i;
        if (after_keyword(text, STR("group")).size && in->lines->items[i].indent == 0)
            break;
    }
    return column;
}

static void read_groups(Inheritance *in)
{
    size_t file = add_node(in, (Node){0}), before = file;
    for (size_t i = 0; i < in->lines->count; i++) {
        uint32_t indent = in->lines->items[i].indent;
        if (!is_command(in, i))
            continue;
        Str name = indent ? (Str){"", 0} : after_keyword(text_of(in, i), STR("group"));
        if (name.size) {
            size_t end = find_group_end(in, i + 1);
            read_group(in, name, i + 1, end);
            i = end - (end > i + 1 && end < in->lines->count &&
                       !str_equal(text_of(in, end), STR("end-group")));
            before = file;
            continue;
        }
        if (applies_group(in, i))
            *VEC_PUSH(in->builder->arena, &in->users) = i;
        before = add_node(
            in,
            (Node){.line = i, .indent = indent, .parent = find_parent(in, file, before, indent)});
    }
}

/* Notes that the head of a block in a group counts, with those around it. */
static void mark_used(Inheritance *in, size_t node)
{
    for (; in->nodes.items[node].parent; node = in->nodes.items[node].parent) {
        LineUse *use = &in->uses[in->nodes.items[node].line];
        if (use->outcome < LINE_USE_PARSED)
            use->outcome = LINE_USE_PARSED;
    }
}

static void copy_line(Inheritance *in, const Node *node, uint32_t indent)
{
    ConfigLine line = in->lines->items[node->line];
    line.indent = indent;
    line.use = &in->uses[node->line];
    line.is_copy = true;
    *VEC_PUSH(in->builder->arena, in->out) = line;
    in->copies++;
}

/* Returns whether the head of a block is the one that the node of a group names. A
 * sub-interface of layer 2 has a word behind its name. */
static bool head_matches(Inheritance *in, const Node *node, size_t line)
{
    Str rest = text_of(in, line), word;
    for (size_t i = 0; i < node->words.count; i++) {
        if (!str_next_word(&rest, &word))
            return false;
        Str wanted = node->words.items[i];
        const NamePattern *pattern = node->patterns.items[i];
        bool quoted = wanted.size > 2 && wanted.data[0] == '\'';
        if (pattern && !may_work(in, line, name_pattern_size(pattern) * word.size))
            return false;
        if (quoted ? !pattern || !name_pattern_matches(pattern, word) : !str_equal(wanted, word))
            return false;
    }
    rest = str_trim(rest);
    return rest.size == 0 || str_equal(rest, STR("l2transport"));
}

static const Level *current_level(const Inheritance *in)
{
    return &in->levels[in->depth - 1];
}

/* Returns whether a group that is applied here is applied once more further inside. */
static bool is_applied_later(const Inheritance *in, size_t i)
{
    for (size_t k = i + 1; k < in->applied.count; k++) {
        if (in->applied.items[k] == in->applied.items[i])
            return true;
    }
    return false;
}

typedef void (*Inherit)(Inheritance *in, const Node *block, size_t node, uint32_t indent);

/* Calls inherit for each node below those that match the block, from the one that all others
 * override on. */
static void inherit_below(Inheritance *in, uint32_t indent, Inherit inherit)
{
    const Level *level = current_level(in);
    Node block = in->nodes.items[level->node];
    for (size_t i = 0; i < in->applied.count; i++) {
        if (!may_work(in, block.line, in->applied.count) || is_applied_later(in, i))
            continue;
        for (size_t k = level->matched; k < in->matched.count; k++) {
            if (in->matched.items[k].group != in->applied.items[i])
                continue;
            mark_used(in, in->matched.items[k].node);
            size_t node = in->nodes.items[in->matched.items[k].node].first;
            for (; node && may_work(in, block.line, 1); node = in->nodes.items[node].next)
                inherit(in, &block, node, indent);
        }
    }
}

static bool can_be_copied(const Inheritance *in, const Node *node)
{
    return !node->has_pattern && !applies_group(in, node->line);
}

/* Copies a line of a group that is no block. */
static void inherit_line(Inheritance *in, const Node *block, size_t index, uint32_t indent)
{
    (void)block;
    const Node *node = &in->nodes.items[index];
    if (!node->first && can_be_copied(in, node))
        copy_line(in, node, indent);
}

/* Copies a block of a group that the block of the file does not have, without the parts that only
 * match what a file states. */
static void inherit_block(Inheritance *in, const Node *block, size_t index, uint32_t indent)
{
    const Node *top = &in->nodes.items[index];
    if (!top->first || !can_be_copied(in, top))
        return;
    for (size_t own = block->first; own; own = in->nodes.items[own].next) {
        if (!may_work(in, block->line, 1) || head_matches(in, top, in->nodes.items[own].line))
            return;
    }
    uint32_t depth = 0;
    for (size_t at = index;;) {
        const Node *node = &in->nodes.items[at];
        bool copied = can_be_copied(in, node) && may_work(in, block->line, 1);
        if (copied)
            copy_line(in, node, indent + depth);
        if (copied && node->first) {
            at = node->first;
            depth++;
            continue;
        }
        while (at != index && !in->nodes.items[at].next) {
            at = in->nodes.items[at].parent;
            depth--;
        }
        if (at == index)
            return;
        at = in->nodes.items[at].next;
    }
}

static uint32_t indent_below(const Inheritance *in, const Node *block, bool is_file)
{
    if (block->first)
        return in->nodes.items[block->first].indent;
    return is_file ? 0 : block->indent + 1;
}

static void apply_name(Inheritance *in, Str name)
{
    for (size_t i = in->groups.count; i-- > 0;) {
        if (str_equal(in->groups.items[i].name, name))
            *VEC_PUSH(in->builder->arena, &in->applied) = i;
    }
}

/* Applies the groups that a line names. The first one overrides the others. */
static void apply_line(Inheritance *in, size_t line)
{
    Str rest = after_keyword(text_of(in, line), STR("apply-group")), word;
    StrVec names = {0};
    while (str_next_word(&rest, &word))
        *VEC_PUSH(in->builder->arena, &names) = word;
    for (size_t i = names.count; i-- > 0 && may_work(in, line, in->groups.count);)
        apply_name(in, names.items[i]);
}

/* Applies the groups that the block names. */
static void apply_groups(Inheritance *in, const Node *block)
{
    VEC(size_t) users = {0};
    for (size_t own = block->first; own; own = in->nodes.items[own].next) {
        if (applies_group(in, in->nodes.items[own].line))
            *VEC_PUSH(in->builder->arena, &users) = in->nodes.items[own].line;
    }
    for (size_t i = users.count; i-- > 0;)
        apply_line(in, users.items[i]);
}

/* Adds a match behind those of the same block that it overrides. */
static void add_match(Inheritance *in, size_t first, Matched match)
{
    *VEC_PUSH(in->builder->arena, &in->matched) = match;
    size_t i = in->matched.count - 1;
    uint32_t rank = in->nodes.items[match.node].rank;
    for (; i > first && in->nodes.items[in->matched.items[i - 1].node].rank > rank; i--)
        in->matched.items[i] = in->matched.items[i - 1];
    in->matched.items[i] = match;
}

/* Finds the heads of groups that match the block, below those that match the block around it. */
static void match_heads(Inheritance *in, const Level *around, size_t line)
{
    size_t end = in->matched.count;
    for (size_t i = around->matched; i < end; i++) {
        size_t node = in->nodes.items[in->matched.items[i].node].first;
        for (; node && may_work(in, line, 1); node = in->nodes.items[node].next) {
            if (in->nodes.items[node].first && head_matches(in, &in->nodes.items[node], line))
                add_match(in, end, (Matched){in->matched.items[i].group, node});
        }
    }
}

static void close_level(Inheritance *in)
{
    const Level level = *current_level(in);
    inherit_below(in, indent_below(in, &in->nodes.items[level.node], in->depth == 1),
                  inherit_block);
    in->matched.count = level.matched;
    in->applied.count = level.applied;
    in->depth--;
}

/* Opens the block whose head was just copied to the output. */
static void open_level(Inheritance *in, size_t index)
{
    const Node block = in->nodes.items[index];
    if (in->depth == CONFIG_MAX_DEPTH || block.parent != current_level(in)->node)
        return;
    Level level = {index, in->matched.count, in->applied.count};
    match_heads(in, current_level(in), block.line);
    if (level.matched == in->matched.count)
        return; /* no group says anything about it or what is below */
    in->levels[in->depth++] = level;
    apply_groups(in, &block);
    inherit_below(in, indent_below(in, &block, false), inherit_line);
}

static void open_file(Inheritance *in)
{
    enum { FILE_NODE = 1 };
    in->levels[in->depth++] = (Level){FILE_NODE, 0, 0};
    for (size_t i = 0; i < in->groups.count; i++)
        *VEC_PUSH(in->builder->arena, &in->matched) = (Matched){i, in->groups.items[i].root};
    apply_groups(in, &in->nodes.items[FILE_NODE]);
    inherit_below(in, 0, inherit_line);
}

static bool is_below(const Inheritance *in, size_t node, size_t block)
{
    while (node && node != block)
        node = in->nodes.items[node].parent;
    return node == block;
}

/* Writes each line of the file with what it inherits. */
static void write_lines(Inheritance *in)
{
    size_t node = in->nodes.items[1].first ? 2 : NO_NODE;
    open_file(in);
    for (size_t i = 0; i < in->lines->count; i++) {
        while (node && node < in->nodes.count &&
               (in->nodes.items[node].line < i || in->in_group[in->nodes.items[node].line]))
            node++;
        bool is_node = node && node < in->nodes.count && in->nodes.items[node].line == i;
        while (is_node && in->depth > 1 && !is_below(in, node, current_level(in)->node))
            close_level(in);
        if (is_node && in->depth == 1 && str_equal(text_of(in, i), STR("end")))
            close_level(in);
        ConfigLine line = in->lines->items[i];
        line.use = in->in_group[i] ? &in->uses[i] : NULL;
        *VEC_PUSH(in->builder->arena, in->out) = line;
        if (is_node && in->depth && !in->in_group[i])
            open_level(in, node);
    }
    while (in->depth)
        close_level(in);
}

/* Says which of the lines that apply groups name one that the file does not have. */
static void check_users(Inheritance *in)
{
    Map names = {0};
    Arena *arena = in->builder->arena;
    for (size_t i = 0; i < in->groups.count; i++)
        map_put_index(arena, &names, in->groups.items[i].name, i);
    for (size_t i = 0; i < in->users.count; i++) {
        size_t line = in->users.items[i];
        Str rest = after_keyword(text_of(in, line), STR("apply-group")), name;
        in->in_group[line] = true;
        in->uses[line].outcome = LINE_USE_PARSED;
        while (str_next_word(&rest, &name)) {
            if (map_get_index(&names, name) != MAP_NO_INDEX)
                continue;
            in->uses[line].outcome = LINE_USE_UNKNOWN;
            warn(in, line,
                 arena_printf(arena, "the file has no group %.*s: what it states is missing",
                              STR_ARGS(name)));
        }
    }
}

const ConfigLines *xr_inherit(Builder *builder)
{
    Arena *arena = builder->arena;
    Inheritance *in = ARENA_NEW(arena, Inheritance);
    in->builder = builder;
    in->lines = builder->lines;
    in->uses = arena_alloc(arena, (builder->lines->count + 1) * sizeof(*in->uses));
    in->in_group = arena_alloc(arena, builder->lines->count + 1);
    *VEC_PUSH(arena, &in->nodes) = (Node){0};
    read_groups(in);
    if (in->groups.count == 0 && in->users.count == 0)
        return NULL;
    check_users(in);
    in->out = ARENA_NEW(arena, ConfigLines);
    *in->out = *builder->lines;
    in->out->items = NULL;
    in->out->count = in->out->capacity = 0;
    write_lines(in);
    return in->out;
}
