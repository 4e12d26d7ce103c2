/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/junos/tree.h"

void tree_set_outcome(Tree *tree, size_t first, size_t last, LineOutcome outcome)
{
    for (size_t i = first; i <= last; i++)
        tree->outcomes[i] = MAX_OF(tree->outcomes[i], (uint8_t)outcome);
}

void tree_note_lines(Tree *tree, size_t first, size_t last, bool header)
{
    JunosStatement path = {.words = tree->path, .count = tree->count};
    if (tree->collecting)
        return;
    const ConfigLine *lines = tree->builder->lines->items;
    junos_note_stanza(tree->reader, &tree->stanzas, &path,
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

static LineOutcome apply_statement(Tree *tree, const JunosStatement *statement)
{
    if (!tree->collecting)
        return junos_groups_apply(tree->groups, tree->reader, statement);
    junos_groups_collect(tree->groups, statement);
    return LINE_KNOWN;
}

/* Applies one statement, or one for each item of a list in brackets. */
static LineOutcome apply_path(Tree *tree, uint32_t line)
{
    JunosStatement statement = {.words = tree->path, .count = tree->count, .line = line};
    if (!tree->list_done || tree->list_start >= tree->count)
        return apply_statement(tree, &statement);
    size_t items = tree->count - tree->list_start;
    LineOutcome worst = LINE_PARSED;
    for (size_t i = 0; i < items; i++) {
        tree->path[tree->list_start] = tree->path[tree->list_start + i];
        statement.count = tree->list_start + 1;
        LineOutcome outcome = apply_statement(tree, &statement);
        worst = MAX_OF(worst, outcome);
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

void tree_reset_statement(Tree *tree)
{
    tree->count = outer_words(tree);
    tree->overflow = tree->started = tree->in_list = tree->list_done = false;
}

void tree_end_statement(Tree *tree, size_t line)
{
    size_t from = outer_words(tree);
    if (tree->too_deep || tree->count == from) {
        tree_reset_statement(tree);
        return;
    }
    LineOutcome outcome = LINE_KNOWN;
    bool inactive = take_prefixes(tree, from) || is_inactive(tree);
    tree_note_lines(tree, tree->start_line, line, false);
    if (tree->overflow)
        outcome = LINE_UNKNOWN;
    else if (!inactive)
        outcome = apply_path(tree, tree->builder->lines->items[tree->start_line].number);
    tree_set_outcome(tree, tree->start_line, line, outcome);
    mark_understood(tree, outcome != LINE_UNKNOWN);
    tree_reset_statement(tree);
}

/* Applies the head of a block, if it counts as a line of its own. */
static void apply_header(Tree *tree, size_t line)
{
    JunosStatement statement = {.words = tree->path,
                                .count = tree->count,
                                .line = tree->builder->lines->items[line].number};
    if (!tree->overflow && !tree->list_done && tree->count < 64 &&
        junos_heads(tree->reader, &statement) >> tree->count & 1)
        (void)apply_statement(tree, &statement);
}

static void open_block(Tree *tree, size_t line)
{
    if (tree->too_deep || tree->depth == CONFIG_MAX_DEPTH) {
        if (tree->too_deep++ == 0)
            warn(tree, tree->builder->lines->items[line].number,
                 STR("blocks are nested deeper than 64: the inner ones were not read"));
        tree_set_outcome(tree, line, line, LINE_UNKNOWN);
        tree_reset_statement(tree);
        return;
    }
    bool inactive = take_prefixes(tree, outer_words(tree)) || is_inactive(tree);
    tree_note_lines(tree, tree->started ? tree->start_line : line, line, true);
    size_t first = tree->started ? tree->start_line : line;
    if (!inactive)
        apply_header(tree, first);
    tree->frames[tree->depth++] =
        (Frame){.words = tree->count, .line = first, .inactive = inactive};
    tree_reset_statement(tree);
}

static void close_block(Tree *tree, size_t line)
{
    tree_end_statement(tree, line); /* a last statement may lack its semicolon */
    if (tree->too_deep) {
        tree->too_deep--;
        return;
    }
    if (tree->depth == 0) {
        warn(tree, tree->builder->lines->items[line].number,
             STR("a closing brace without an opening one"));
        tree_set_outcome(tree, line, line, LINE_UNKNOWN);
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
        understood = apply_statement(tree, &statement) != LINE_UNKNOWN;
    }
    tree_set_outcome(tree, frame.line, frame.line,
                     understood || frame.inactive ? LINE_PARSED : LINE_UNKNOWN);
    tree->depth--;
    mark_understood(tree, understood || frame.inactive);
    if (!tree->collecting)
        build_stanza_extend(tree->builder, tree->builder->lines->items[line].number);
    tree_reset_statement(tree);
}

void tree_add_word(Tree *tree, Str word, size_t line)
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

void tree_begin_list(Tree *tree)
{
    tree->in_list = true;
    tree->list_start = tree->count;
    if (tree->count + 1 >= JUNOS_MAX_WORDS)
        tree->overflow = true;
}

static bool ends_word(char byte)
{
    switch (byte) {
    case ' ':
    case '\t':
    case '{':
    case '}':
    case ';':
    case '[':
    case ']':
        return true;
    default:
        return false;
    }
}

size_t tree_word_length(Str text)
{
    size_t at = 0;
    if (text.data[0] == '"') {
        for (at = 1; at < text.size; at++) {
            if (text.data[at] == '\\')
                at++;
            else if (text.data[at] == '"')
                return at + 1;
        }
        return text.size - str_ends_with(text, STR(";")); /* the quote is missing */
    }
    while (at < text.size && !ends_word(text.data[at]))
        at++;
    return MAX_OF(at, (size_t)1);
}

/* Returns the size of the text up to and including its first quote, or STR_NOT_FOUND. */
static size_t quote_end(Str text)
{
    for (size_t at = 0; at < text.size; at++) {
        if (text.data[at] == '\\')
            at++;
        else if (text.data[at] == '"')
            return at + 1;
    }
    return STR_NOT_FOUND;
}

bool tree_opens_text(const Tree *tree, Str word, size_t line)
{
    enum { MAX_TEXT_LINES = 200 };
    const ConfigLines *lines = tree->builder->lines;
    bool open = word.data[0] == '"' && quote_end(str_from(word, 1)) == STR_NOT_FOUND;
    if (!open || str_ends_with(word, STR(";")) || str_ends_with(word, STR("{")))
        return false;
    for (size_t i = line + 1; i < lines->count && i < line + MAX_TEXT_LINES; i++) {
        tree->builder->device->steps++;
        if (str_starts_with(lines->items[i].text, STR("set ")))
            return false;
        if (quote_end(lines->items[i].text) != STR_NOT_FOUND)
            return true;
    }
    return false;
}

Str tree_skip_text(Tree *tree, Str rest)
{
    size_t end = quote_end(rest);
    tree->in_text = end == STR_NOT_FOUND;
    return str_from(rest, MIN_OF(end, rest.size));
}

Str tree_unquoted(Str word)
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
        tree_end_statement(tree, line);
        break;
    case '[':
        tree_begin_list(tree);
        break;
    case ']':
        tree->list_done = tree->in_list;
        tree->in_list = false;
        break;
    default:
        tree_add_word(tree, tree_unquoted(token), line);
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
        if (tree->in_text)
            rest = tree_skip_text(tree, rest);
        rest = str_trim_left(rest);
        if (rest.size == 0 || rest.data[0] == '#')
            return;
        if (str_starts_with(rest, STR("/*"))) {
            tree->in_comment = true;
            rest = str_from(rest, 2);
            continue;
        }
        size_t length = tree_word_length(rest);
        take_token(tree, str_slice(rest, 0, length), index);
        tree->in_text = tree_opens_text(tree, str_slice(rest, 0, length), index);
        rest = str_from(rest, length);
    }
}

static void warn_about_open_blocks(Tree *tree)
{
    const Frame *first = &tree->frames[0];
    uint32_t line = tree->builder->lines->items[first->line].number;
    warn(tree, line,
         arena_printf(tree->builder->arena,
                      "%zu blocks are never closed; the outermost one starts in this line",
                      tree->depth + tree->too_deep));
}

static void read_braces(Tree *tree)
{
    const ConfigLines *lines = tree->builder->lines;
    for (size_t i = 0; i < lines->count; i++) {
        if (lines->items[i].noise)
            continue;
        if (lines->items[i].too_long)
            tree_set_outcome(tree, i, i, LINE_UNKNOWN);
        else
            read_line(tree, i);
    }
    if (tree->in_comment)
        warn(tree, (uint32_t)lines->count, STR("a comment is never closed"));
    if (tree->depth || tree->too_deep)
        warn_about_open_blocks(tree);
    while (lines->count && (tree->depth || tree->too_deep))
        close_block(tree, lines->count - 1);
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
        reader_count_line(tree->reader, &lines->items[i], (LineOutcome)tree->outcomes[i],
                          inside ? device->stanzas.items[stanza].header : (Str){"", 0});
    }
}

typedef void (*ReadLines)(Tree *tree);

static Tree *read_all(Reader *reader, ReadLines read, JunosGroups *groups, bool collecting)
{
    Tree *tree = ARENA_NEW(reader->arena, Tree);
    tree->reader = reader;
    tree->builder = &reader->builder;
    tree->groups = groups;
    tree->collecting = collecting;
    tree->outcomes = arena_alloc(reader->arena, reader->builder.lines->count + 1);
    read(tree);
    return tree;
}

static void read_whole(Reader *reader, ReadLines read)
{
    JunosGroups *groups = NULL;
    Builder *builder = &reader->builder;
    const ConfigLines *all = builder->lines;
    uint32_t host_line = 0;
    ConfigLines first = *all;
    first.count = junos_first_end(builder, &host_line);
    builder->lines = &first;
    if (junos_groups_wanted(builder->lines)) {
        groups = junos_groups_new(reader);
        (void)read_all(reader, read, groups, true);
        junos_groups_know_sources(groups);
        (void)read_all(reader, read, groups, true);
        junos_groups_inherit(groups);
    }
    Tree *tree = read_all(reader, read, groups, false);
    junos_finish(builder);
    tally(tree);
    builder->lines = all;
    if (first.count < all->count)
        config_skip_rest(builder, first.count, host_line);
}

void junos_read_braces(Reader *reader)
{
    read_whole(reader, read_braces);
}

void junos_read_set(Reader *reader)
{
    read_whole(reader, tree_read_set);
}
