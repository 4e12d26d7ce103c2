/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/templates.h"

#include "engines/config/read.h"

enum { MAX_COPIES = 400 * 1000, MAX_NESTING = 4 };

/* The lines from first up to end are the body. */
typedef struct {
    size_t first, end;
    bool enabled;
} Template;

typedef struct {
    Builder *builder;
    const TemplateForm *form;
    const ConfigLines *lines;
    VEC(Template) templates;
    Map by_name; /* last word of the head -> index */
    LineUse *uses;
    bool *has_use;
    ConfigLines *out;
    size_t copies;
    bool is_used;
} Templates;

static bool is_command(const ConfigLine *line)
{
    Str text = str_trim_left(line->text);
    return !line->noise && !line->too_long && text.size && text.data[0] != '!' &&
           text.data[0] != '#';
}

/* Returns the rest of the line behind the words that start it, or an empty text. */
static Str behind(Str line, const char *words)
{
    Str rest = str_of(words), word, have;
    while (str_next_word(&rest, &word)) {
        if (!str_next_word(&line, &have) || !str_equal(word, have))
            return (Str){"", 0};
    }
    return str_trim(line);
}

static Str last_word(Str text)
{
    Str word = {"", 0};
    while (str_next_word(&text, &word))
        ;
    return word;
}

/* Returns the index of the first line behind the block whose head is line i. */
static size_t find_block_end(const ConfigLines *lines, size_t i)
{
    size_t end = i + 1;
    for (size_t at = i + 1; at < lines->count; at++) {
        if (!is_command(&lines->items[at]))
            continue;
        if (lines->items[at].indent <= lines->items[i].indent)
            break;
        end = at + 1;
    }
    return end;
}

static void find_templates(Templates *all)
{
    for (size_t i = 0; i < all->lines->count; i++) {
        const ConfigLine *line = &all->lines->items[i];
        Str name = line->indent ? (Str){"", 0} : last_word(behind(line->text, all->form->head));
        if (name.size == 0 || !is_command(line))
            continue;
        Template found = {i + 1, find_block_end(all->lines, i), all->form->enabled == NULL};
        for (size_t at = found.first; at < found.end && !found.enabled; at++)
            found.enabled =
                str_equal(str_trim(all->lines->items[at].text), str_of(all->form->enabled));
        map_put_index(all->builder->arena, &all->by_name, name, all->templates.count);
        *VEC_PUSH(all->builder->arena, &all->templates) = found;
        i = found.end - 1;
    }
}

/* Returns the template that the line of an interface or of a template names, or NULL. */
static const Template *find_used(Templates *all, size_t i)
{
    Str name = last_word(behind(all->lines->items[i].text, all->form->user));
    size_t index = name.size ? map_get_index(&all->by_name, name) : MAP_NO_INDEX;
    return index == MAP_NO_INDEX ? NULL : &all->templates.items[index];
}

static bool is_own(const Templates *all, Str line)
{
    for (size_t i = 0; i < COUNT_OF(all->form->own) && all->form->own[i]; i++) {
        if (behind(line, all->form->own[i]).size)
            return true;
    }
    return false;
}

static void set_use(Templates *all, size_t i, LineUseOutcome outcome)
{
    all->has_use[i] = true;
    all->uses[i].outcome = MAX_OF(all->uses[i].outcome, outcome);
}

static void copy_line(Templates *all, size_t i, uint32_t indent)
{
    ConfigLine copy = all->lines->items[i];
    copy.indent = indent;
    copy.use = &all->uses[i];
    copy.is_copy = true;
    *VEC_PUSH(all->builder->arena, all->out) = copy;
    if (++all->copies == MAX_COPIES)
        build_warning(all->builder, copy.number,
                      STR("too much is taken over from templates: the rest was not"));
}

/* Copies the body of a template to an interface whose lines have this indentation. */
static void copy_body(Templates *all, const Template *from, uint32_t indent, int nesting)
{
    for (size_t i = from->first; i < from->end; i++) {
        const ConfigLine *line = &all->lines->items[i];
        set_use(all, i, LINE_USE_NONE);
        if (!is_command(line) || all->copies >= MAX_COPIES)
            continue;
        const Template *inner = find_used(all, i);
        uint32_t first = all->lines->items[from->first].indent;
        if (is_own(all, line->text))
            set_use(all, i, LINE_USE_KNOWN);
        else if (!inner)
            copy_line(all, i, indent + (line->indent > first ? line->indent - first : 0));
        else if (nesting < MAX_NESTING && inner->enabled)
            copy_body(all, inner, indent, nesting + 1);
        if (inner)
            set_use(all, i, LINE_USE_PARSED);
    }
}

/* Copies the lines of an interface, from its head on, with those of its templates. */
static size_t copy_interface(Templates *all, size_t head)
{
    size_t end = find_block_end(all->lines, head);
    ConfigLines *out = all->out;
    *VEC_PUSH(all->builder->arena, out) = all->lines->items[head];
    for (size_t i = head + 1; i < end; i++) {
        const Template *used = find_used(all, i);
        if (!used)
            continue;
        all->is_used = true;
        set_use(all, i, LINE_USE_PARSED);
        if (used->enabled)
            copy_body(all, used, all->lines->items[head + 1].indent, 0);
    }
    for (size_t i = head + 1; i < end; i++)
        *VEC_PUSH(all->builder->arena, out) = all->lines->items[i];
    return end;
}

/* A line of a template that is in use counts where it is used. */
static void mark_uses(Templates *all)
{
    for (size_t i = 0; i < all->out->count; i++) {
        ConfigLine *line = &all->out->items[i];
        size_t index = line->number - all->lines->items[0].number;
        if (!line->is_copy && all->has_use[index])
            line->use = &all->uses[index];
    }
}

const ConfigLines *config_apply_templates(Builder *builder, const TemplateForm *form)
{
    Arena *arena = builder->arena;
    Templates *all = ARENA_NEW(arena, Templates);
    all->builder = builder;
    all->form = form;
    all->lines = builder->lines;
    find_templates(all);
    if (all->templates.count == 0)
        return NULL;
    all->uses = arena_alloc(arena, all->lines->count * sizeof(*all->uses));
    all->has_use = arena_alloc(arena, all->lines->count);
    all->out = ARENA_NEW(arena, ConfigLines);
    *all->out = *all->lines;
    all->out->items = NULL;
    all->out->count = all->out->capacity = 0;
    for (size_t i = 0; i < all->lines->count;) {
        const ConfigLine *line = &all->lines->items[i];
        if (line->indent == 0 && behind(line->text, "interface").size)
            i = copy_interface(all, i);
        else
            *VEC_PUSH(arena, all->out) = all->lines->items[i++];
    }
    mark_uses(all);
    return all->is_used ? all->out : NULL;
}
