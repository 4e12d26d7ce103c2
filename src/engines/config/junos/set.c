/* SPDX-License-Identifier: Apache-2.0 */
/* Reads set commands, and what delete, deactivate and activate make of them. */
#include "engines/config/junos/tree.h"

typedef enum {
    VERB_UNKNOWN,
    VERB_SET,
    VERB_DELETE,
    VERB_DEACTIVATE,
    VERB_ACTIVATE,
    VERB_PROTECT,
    VERB_EDIT,
    VERB_EXIT,
    VERB_TOP,
} Verb;

/* Takes the first word of the line. "top set …" is "set …" at the top level. */
static Verb take_verb(Tree *tree, Str *text)
{
    static const struct {
        const char *word;
        Verb verb;
    } verbs[] = {
        {"set", VERB_SET},           {"delete", VERB_DELETE},   {"deactivate", VERB_DEACTIVATE},
        {"activate", VERB_ACTIVATE}, {"protect", VERB_PROTECT}, {"unprotect", VERB_PROTECT},
        {"annotate", VERB_PROTECT},  {"edit", VERB_EDIT},       {"exit", VERB_EXIT},
    };
    Str word = {"", 0};
    (void)str_next_word(text, &word);
    if (str_equal(word, STR("top"))) {
        tree->depth = 0;
        if (!str_next_word(text, &word))
            return VERB_TOP;
    }
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (str_equal(word, str_of(verbs[i].word)))
            return verbs[i].verb;
    }
    return VERB_UNKNOWN;
}

/* Reads the words after the verb of "set a b [ c d ]". */
static void read_words(Tree *tree, Str rest, size_t line)
{
    tree_reset_statement(tree);
    for (rest = str_trim_left(rest); rest.size; rest = str_trim_left(rest)) {
        size_t length = tree_word_length(rest);
        Str token = str_slice(rest, 0, length);
        if (token.data[0] == '[')
            tree_begin_list(tree);
        else if (token.data[0] == ']')
            tree->list_done = tree->in_list;
        else
            tree_add_word(tree, tree_unquoted(token), line);
        tree->in_text = tree_opens_text(tree, token, line);
        rest = str_from(rest, length);
    }
}

/* Goes to the level of "edit a b", or back to the one before. */
static void change_level(Tree *tree, Verb verb, size_t line)
{
    if (verb == VERB_EDIT && tree->depth < CONFIG_MAX_DEPTH)
        tree->frames[tree->depth++] = (Frame){.words = tree->count, .line = line};
    if (verb == VERB_EXIT && tree->depth)
        tree->depth--;
    tree_reset_statement(tree);
}

static void note_edit(Tree *tree, Verb verb, size_t line)
{
    Arena *arena = tree->builder->arena;
    Str path = junos_join(arena, tree->path, tree->count);
    JunosEdit *edit = map_get(&tree->edits, path);
    if (!edit) {
        edit = ARENA_NEW(arena, JunosEdit);
        map_put(arena, &tree->edits, path, edit);
    }
    *(verb == VERB_DELETE ? &edit->deleted : &edit->switched) = line + 1;
    if (verb != VERB_DELETE)
        edit->inactive = verb == VERB_DEACTIVATE;
}

typedef void (*UseEdit)(Tree *tree, Verb verb, size_t line);

/* Uses "delete a [ b c ]", once for each item of the list. */
static void use_edits(Tree *tree, Verb verb, size_t line, UseEdit use)
{
    size_t count = tree->count, first = tree->list_start;
    if (!tree->list_done || first >= count) {
        use(tree, verb, line);
        return;
    }
    tree->count = first + 1;
    for (size_t i = first; i < count; i++) {
        tree->path[first] = tree->path[i];
        use(tree, verb, line);
    }
}

/* A delete of something that was never set is not understood. */
static void set_delete_outcome(Tree *tree, Verb verb, size_t line)
{
    Arena *arena = tree->builder->arena;
    ArenaMark mark = arena_mark(arena);
    const JunosEdit *edit = map_get(&tree->edits, junos_join(arena, tree->path, tree->count));
    bool unknown = verb == VERB_DELETE && edit && !edit->has_deleted;
    tree_set_outcome(tree, line, line, unknown ? LINE_UNKNOWN : LINE_PARSED);
    arena_reset(arena, mark);
}

/* Returns whether the path that was set in this line is deleted by a later one, or inactive in the
 * end. A delete takes a deactivate back. */
static bool is_undone(const Tree *tree, size_t count, size_t line)
{
    Arena *arena = tree->builder->arena;
    size_t deleted = 0;
    bool undone = false;
    if (tree->edits.count == 0)
        return false;
    ArenaMark mark = arena_mark(arena);
    Str joined = junos_join(arena, tree->path, count);
    for (size_t i = 1; i <= joined.size; i++) {
        if (i < joined.size && joined.data[i] != ' ')
            continue;
        JunosEdit *edit = map_get(&tree->edits, str_slice(joined, 0, i));
        if (!edit)
            continue;
        deleted = MAX_OF(deleted, edit->deleted);
        edit->has_deleted |= edit->deleted > line + 1;
        undone |= deleted > line + 1 || (edit->inactive && edit->switched > deleted);
    }
    arena_reset(arena, mark);
    return undone;
}

/* Drops the items of a list that are undone. Returns false if nothing remains of the command. */
static bool drop_undone(Tree *tree, size_t line)
{
    size_t first = tree->list_start, kept = first;
    if (!tree->list_done || first >= tree->count)
        return !is_undone(tree, tree->count, line);
    Str head = tree->path[first];
    for (size_t i = first; i < tree->count; i++) {
        Str item = i == first ? head : tree->path[i];
        Str saved = tree->path[first];
        tree->path[first] = item;
        bool undone = is_undone(tree, first + 1, line);
        tree->path[first] = saved;
        if (!undone)
            tree->path[kept++] = item;
    }
    tree->count = kept;
    return kept > first;
}

static void read_line(Tree *tree, Str text, size_t line)
{
    Verb verb = take_verb(tree, &text);
    if (verb == VERB_UNKNOWN) {
        tree_set_outcome(tree, line, line, LINE_UNKNOWN);
        return;
    }
    bool edits = verb == VERB_DELETE || verb == VERB_DEACTIVATE || verb == VERB_ACTIVATE;
    if (verb == VERB_SET || verb == VERB_EDIT || edits)
        read_words(tree, text, line);
    if (edits)
        use_edits(tree, verb, line, set_delete_outcome);
    if (verb == VERB_SET && drop_undone(tree, line)) {
        tree_end_statement(tree, line);
        return;
    }
    if (verb == VERB_SET)
        tree_note_lines(tree, line, line, false);
    if (!edits)
        tree_set_outcome(tree, line, line, LINE_KNOWN);
    change_level(tree, verb, line);
}

/* Finds the edits before the commands are read: the last one of a path decides. */
static void note_line(Tree *tree, Str text, size_t line)
{
    Verb verb = take_verb(tree, &text);
    if (verb == VERB_DELETE || verb == VERB_DEACTIVATE || verb == VERB_ACTIVATE ||
        verb == VERB_EDIT)
        read_words(tree, text, line);
    if (verb == VERB_DELETE || verb == VERB_DEACTIVATE || verb == VERB_ACTIVATE)
        use_edits(tree, verb, line, note_edit);
    change_level(tree, verb, line);
}

typedef void (*UseLine)(Tree *tree, Str text, size_t line);

static void use_lines(Tree *tree, UseLine use)
{
    const ConfigLines *lines = tree->builder->lines;
    tree->depth = 0;
    tree->in_text = false;
    for (size_t i = 0; i < lines->count; i++) {
        Str text = str_trim(lines->items[i].text);
        tree->builder->device->steps += lines->items[i].text.size + 1;
        if (tree->in_text) {
            (void)tree_skip_text(tree, text);
            tree_set_outcome(tree, i, i, LINE_KNOWN);
        } else if (lines->items[i].too_long) {
            tree_set_outcome(tree, i, i, LINE_UNKNOWN);
        } else if (!lines->items[i].noise && text.size && text.data[0] != '#') {
            use(tree, text, i);
        }
    }
    tree->depth = 0;
    tree->in_text = false;
}

void tree_read_set(Tree *tree)
{
    use_lines(tree, note_line);
    use_lines(tree, read_line);
}
