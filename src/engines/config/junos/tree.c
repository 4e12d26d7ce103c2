/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/junos/groups.h"

typedef enum { OUT_BLANK, OUT_PARSED, OUT_KNOWN, OUT_UNKNOWN } LineState;

typedef struct {
    size_t words;    /* words of the path outside this block */
    size_t line;     /* index of its first line */
    bool inactive;   /* it or a block around it is marked inactive: */
    bool understood; /* something in it was understood */
    bool filled;     /* it contains a statement */
} Frame;

typedef struct {
    Builder *builder;
    JunosGroups *groups; /* NULL where nothing is inherited */
    bool collecting;     /* the first of two readings: only for the groups */
    uint8_t *states;     /* LineState of each line */
    Str path[JUNOS_MAX_WORDS];
    size_t count;
    bool overflow;     /* the path did not fit */
    size_t start_line; /* index of the statement's first line */
    bool started;
    bool in_list, list_done;
    size_t list_start; /* word index of the list's first item */
    bool in_comment;
    Frame frames[CONFIG_MAX_DEPTH];
    size_t depth, too_deep;
    JunosStanzas stanzas;
    Map inactive_paths; /* joined words of deactivate commands */
} Tree;

static void set_state(Tree *tree, size_t first, size_t last, LineState state)
{
    for (size_t i = first; i <= last; i++) {
        if (tree->states[i] < (uint8_t)state)
            tree->states[i] = (uint8_t)state;
    }
}

static void note_lines(Tree *tree, size_t first, size_t last, bool header)
{
    JunosStatement path = {.words = tree->path, .count = tree->count};
    if (tree->collecting)
        return;
    const ConfigLine *lines = tree->builder->lines->items;
    junos_note_stanza(tree->builder, &tree->stanzas, &path,
                      (JunosLines){lines[first].number, lines[last].number, header});
}

static bool is_inactive(const Tree *tree)
{
    return tree->depth && tree->frames[tree->depth - 1].inactive;
}

static void warn(Tree *tree, uint32_t line, Str message)
{
    if (!tree->collecting)
        build_warning(tree->builder, line, message);
}

static JunosOutcome apply_statement(Tree *tree, const JunosStatement *statement)
{
    if (!tree->collecting)
        return junos_groups_apply(tree->groups, tree->builder, statement);
    junos_groups_collect(tree->groups, statement);
    return JUNOS_KNOWN;
}

/* Applies one statement, or one for each item of a list in brackets. */
static JunosOutcome apply_path(Tree *tree, uint32_t line)
{
    JunosStatement statement = {.words = tree->path, .count = tree->count, .line = line};
    if (!tree->list_done || tree->list_start >= tree->count)
        return apply_statement(tree, &statement);
    size_t items = tree->count - tree->list_start;
    JunosOutcome worst = JUNOS_PARSED;
    for (size_t i = 0; i < items; i++) {
        tree->path[tree->list_start] = tree->path[tree->list_start + i];
        statement.count = tree->list_start + 1;
        JunosOutcome outcome = apply_statement(tree, &statement);
        worst = MIN_OF(worst, outcome);
    }
    return worst;
}

static void mark_understood(Tree *tree, bool understood)
{
    if (tree->depth == 0)
        return;
    tree->frames[tree->depth - 1].filled = true;
    tree->frames[tree->depth - 1].understood |= understood;
}

/* Removes the prefix of "inactive: x" and "protect: x", and notes what it means. */
static bool take_prefixes(Tree *tree, size_t from)
{
    bool inactive = false;
    while (tree->count > from && tree->path[from].size > 1 &&
           tree->path[from].data[tree->path[from].size - 1] == ':' &&
           (str_equal(tree->path[from], STR("inactive:")) ||
            str_equal(tree->path[from], STR("protect:")) ||
            str_equal(tree->path[from], STR("replace:")))) {
        inactive |= str_equal(tree->path[from], STR("inactive:"));
        memmove(&tree->path[from], &tree->path[from + 1], (tree->count - from - 1) * sizeof(Str));
        tree->count--;
    }
    return inactive;
}

static size_t outer_words(const Tree *tree)
{
    return tree->depth ? tree->frames[tree->depth - 1].words : 0;
}

static void reset_statement(Tree *tree)
{
    tree->count = outer_words(tree);
    tree->overflow = tree->started = tree->in_list = tree->list_done = false;
}

static void end_statement(Tree *tree, size_t line)
{
    size_t from = outer_words(tree);
    if (tree->too_deep || tree->count == from) {
        reset_statement(tree);
        return;
    }
    JunosOutcome outcome = JUNOS_KNOWN;
    bool inactive = take_prefixes(tree, from) || is_inactive(tree);
    note_lines(tree, tree->start_line, line, false);
    if (tree->overflow)
        outcome = JUNOS_UNKNOWN;
    else if (!inactive)
        outcome = apply_path(tree, tree->builder->lines->items[tree->start_line].number);
    set_state(tree, tree->start_line, line,
              outcome == JUNOS_PARSED  ? OUT_PARSED
              : outcome == JUNOS_KNOWN ? OUT_KNOWN
                                       : OUT_UNKNOWN);
    mark_understood(tree, outcome != JUNOS_UNKNOWN);
    reset_statement(tree);
}

static void apply_header(Tree *tree, size_t line)
{
    JunosStatement statement = {.words = tree->path,
                                .count = tree->count,
                                .line = tree->builder->lines->items[line].number};
    if (!tree->overflow && !tree->list_done && junos_is_named_block(tree->path, tree->count))
        (void)apply_statement(tree, &statement);
}

static void open_block(Tree *tree, size_t line)
{
    if (tree->too_deep || tree->depth == CONFIG_MAX_DEPTH) {
        if (tree->too_deep++ == 0)
            warn(tree, tree->builder->lines->items[line].number,
                 STR("blocks are nested deeper than 64: the inner ones were not read"));
        set_state(tree, line, line, OUT_UNKNOWN);
        reset_statement(tree);
        return;
    }
    bool inactive = take_prefixes(tree, outer_words(tree)) || is_inactive(tree);
    note_lines(tree, tree->started ? tree->start_line : line, line, true);
    size_t first = tree->started ? tree->start_line : line;
    if (!inactive)
        apply_header(tree, first);
    tree->frames[tree->depth++] =
        (Frame){.words = tree->count, .line = first, .inactive = inactive};
    reset_statement(tree);
}

static void close_block(Tree *tree, size_t line)
{
    end_statement(tree, line); /* a last statement may lack its semicolon */
    if (tree->too_deep) {
        tree->too_deep--;
        return;
    }
    if (tree->depth == 0) {
        warn(tree, tree->builder->lines->items[line].number,
             STR("a closing brace without an opening one"));
        set_state(tree, line, line, OUT_UNKNOWN);
        return;
    }
    Frame frame = tree->frames[tree->depth - 1];
    tree->count = frame.words;
    /* A block may be a statement itself: "unit 0 { }", "address 10.0.0.1/24 { preferred; }". */
    bool understood = frame.understood;
    if (!frame.filled && !frame.inactive && frame.words) {
        JunosStatement statement = {.words = tree->path,
                                    .count = frame.words,
                                    .line = tree->builder->lines->items[frame.line].number};
        understood = apply_statement(tree, &statement) != JUNOS_UNKNOWN;
    }
    set_state(tree, frame.line, frame.line,
              understood || frame.inactive ? OUT_PARSED : OUT_UNKNOWN);
    tree->depth--;
    mark_understood(tree, understood || frame.inactive);
    if (!tree->collecting)
        build_stanza_extend(tree->builder, tree->builder->lines->items[line].number);
    reset_statement(tree);
}

static void add_word(Tree *tree, Str word, size_t line)
{
    if (!tree->started) {
        tree->started = true;
        tree->start_line = line;
    }
    if (tree->count < JUNOS_MAX_WORDS) {
        tree->path[tree->count++] = word;
        return;
    }
    if (!tree->in_list || tree->list_start >= JUNOS_MAX_WORDS) {
        tree->overflow = true;
        return;
    }
    /* The list does not fit the path: apply the items collected so far first. */
    tree->list_done = true;
    if (!tree->overflow && !tree->too_deep)
        (void)apply_path(tree, tree->builder->lines->items[tree->start_line].number);
    tree->count = tree->list_start;
    tree->path[tree->count++] = word;
}

static void begin_list(Tree *tree)
{
    tree->in_list = true;
    tree->list_start = tree->count;
    if (tree->count + 1 >= JUNOS_MAX_WORDS)
        tree->overflow = true;
}

/* Returns the length of the word or quoted string at the start. */
static size_t word_length(Str text)
{
    size_t at = 0;
    if (text.data[0] == '"') {
        for (at = 1; at < text.size; at++) {
            if (text.data[at] == '\\')
                at++;
            else if (text.data[at] == '"')
                return at + 1;
        }
        return text.size;
    }
    while (at < text.size && str_find_byte(STR(" \t{};[]"), text.data[at]) == STR_NOT_FOUND)
        at++;
    return MAX_OF(at, (size_t)1);
}

static Str unquoted(Str word)
{
    if (word.size >= 1 && word.data[0] == '"') {
        word = str_from(word, 1);
        if (word.size && word.data[word.size - 1] == '"')
            word.size--;
    }
    return word;
}

static void take_token(Tree *tree, Str token, size_t line)
{
    switch (token.data[0]) {
    case '{':
        open_block(tree, line);
        break;
    case '}':
        close_block(tree, line);
        break;
    case ';':
        end_statement(tree, line);
        break;
    case '[':
        begin_list(tree);
        break;
    case ']':
        tree->list_done = tree->in_list;
        tree->in_list = false;
        break;
    default:
        add_word(tree, unquoted(token), line);
        break;
    }
}

/* Returns the line without its part inside a block comment, and notes whether the comment
 * continues. */
static Str skip_comment(Tree *tree, Str rest)
{
    size_t end = str_find(rest, STR("*/"));
    if (end == STR_NOT_FOUND)
        return str_from(rest, rest.size);
    tree->in_comment = false;
    return str_from(rest, end + 2);
}

static void read_line(Tree *tree, size_t index)
{
    Str rest = tree->builder->lines->items[index].text;
    tree->builder->device->steps += rest.size + 1;
    for (;;) {
        if (tree->in_comment)
            rest = skip_comment(tree, rest);
        rest = str_trim_left(rest);
        if (rest.size == 0 || rest.data[0] == '#')
            return;
        if (str_starts_with(rest, STR("/*"))) {
            tree->in_comment = true;
            rest = str_from(rest, 2);
            continue;
        }
        size_t length = word_length(rest);
        take_token(tree, str_slice(rest, 0, length), index);
        rest = str_from(rest, length);
    }
}

static void read_braces(Tree *tree)
{
    const ConfigLines *lines = tree->builder->lines;
    for (size_t i = 0; i < lines->count; i++) {
        if (lines->items[i].noise)
            continue;
        if (lines->items[i].too_long)
            set_state(tree, i, i, OUT_UNKNOWN);
        else
            read_line(tree, i);
    }
    if (tree->in_comment)
        warn(tree, (uint32_t)lines->count, STR("a comment is never closed"));
    if (tree->depth || tree->too_deep) {
        warn(tree, (uint32_t)lines->count,
             arena_printf(tree->builder->arena, "%zu blocks are never closed",
                          tree->depth + tree->too_deep));
    }
    while (lines->count && (tree->depth || tree->too_deep))
        close_block(tree, lines->count - 1);
}

/* Reads the words after the verb of "set a b [ c d ]" and "deactivate a b". */
static void read_set_words(Tree *tree, Str rest, size_t line)
{
    reset_statement(tree);
    for (rest = str_trim_left(rest); rest.size; rest = str_trim_left(rest)) {
        size_t length = word_length(rest);
        Str token = str_slice(rest, 0, length);
        if (token.data[0] == '[')
            begin_list(tree);
        else if (token.data[0] == ']')
            tree->list_done = tree->in_list;
        else
            add_word(tree, unquoted(token), line);
        rest = str_from(rest, length);
    }
}

static bool is_deactivated(Tree *tree)
{
    if (tree->inactive_paths.count == 0)
        return false;
    ArenaMark mark = arena_mark(tree->builder->arena);
    Str joined = junos_join(tree->builder->arena, tree->path, tree->count);
    bool found = false;
    for (size_t i = 1; i <= joined.size && !found; i++) {
        if (i == joined.size || joined.data[i] == ' ')
            found = map_get(&tree->inactive_paths, str_slice(joined, 0, i)) != NULL;
    }
    arena_reset(tree->builder->arena, mark);
    return found;
}

static void read_set_line(Tree *tree, Str text, size_t line)
{
    if (text.size == 0 || text.data[0] == '#')
        return;
    if (str_starts_with(text, STR("deactivate ")) || str_starts_with(text, STR("protect ")) ||
        str_equal(text, STR("top"))) {
        set_state(tree, line, line, OUT_KNOWN);
        return;
    }
    if (!str_starts_with(text, STR("set "))) {
        set_state(tree, line, line, OUT_UNKNOWN);
        return;
    }
    read_set_words(tree, str_from(text, 4), line);
    if (is_deactivated(tree)) {
        note_lines(tree, line, line, false);
        set_state(tree, line, line, OUT_KNOWN);
        return;
    }
    end_statement(tree, line);
}

static void read_set(Tree *tree)
{
    const ConfigLines *lines = tree->builder->lines;
    Arena *arena = tree->builder->arena;
    for (size_t i = 0; i < lines->count; i++) {
        Str text = str_trim(lines->items[i].text);
        if (!str_starts_with(text, STR("deactivate ")) || lines->items[i].too_long)
            continue;
        read_set_words(tree, str_from(text, 11), i);
        map_put(arena, &tree->inactive_paths, junos_join(arena, tree->path, tree->count), tree);
    }
    for (size_t i = 0; i < lines->count; i++) {
        tree->builder->device->steps += lines->items[i].text.size + 1;
        if (lines->items[i].too_long)
            set_state(tree, i, i, OUT_UNKNOWN);
        else if (!lines->items[i].noise)
            read_set_line(tree, str_trim(lines->items[i].text), i);
    }
}

/* Counts the lines. Stanzas and lines are both in order, so one pass over both is enough. */
static void tally(Tree *tree)
{
    Device *device = tree->builder->device;
    const ConfigLines *lines = tree->builder->lines;
    size_t stanza = 0;
    for (size_t i = 0; i < lines->count; i++) {
        uint32_t number = lines->items[i].number;
        while (stanza < device->stanzas.count && device->stanzas.items[stanza].last_line < number)
            stanza++;
        bool inside =
            stanza < device->stanzas.count && device->stanzas.items[stanza].first_line <= number;
        device->lines.blank += tree->states[i] == OUT_BLANK;
        device->lines.parsed += tree->states[i] == OUT_PARSED;
        device->lines.known += tree->states[i] == OUT_KNOWN;
        if (tree->states[i] != OUT_UNKNOWN)
            continue;
        device->lines.unknown++;
        build_not_understood(tree->builder, number, lines->items[i].text,
                             inside ? device->stanzas.items[stanza].header : (Str){"", 0});
    }
}

typedef void (*ReadLines)(Tree *tree);

static Tree *read_all(Builder *builder, ReadLines read, JunosGroups *groups, bool collecting)
{
    Tree *tree = ARENA_NEW(builder->arena, Tree);
    tree->builder = builder;
    tree->groups = groups;
    tree->collecting = collecting;
    tree->states = arena_alloc(builder->arena, builder->lines->count + 1);
    read(tree);
    return tree;
}

static void read_whole(Builder *builder, ReadLines read)
{
    JunosGroups *groups = NULL;
    if (junos_groups_wanted(builder->lines)) {
        groups = junos_groups_new(builder);
        (void)read_all(builder, read, groups, true);
        junos_groups_know_sources(groups);
        (void)read_all(builder, read, groups, true);
        junos_groups_inherit(groups);
    }
    Tree *tree = read_all(builder, read, groups, false);
    junos_finish(builder);
    tally(tree);
}

void junos_read_braces(Builder *builder)
{
    read_whole(builder, read_braces);
}

void junos_read_set(Builder *builder)
{
    read_whole(builder, read_set);
}
