/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/question/excerpt.h"

#include "base/ascii.h"
#include "base/vec.h"
#include "engines/question/internal.h"

#include <math.h>
#include <stdlib.h>

enum { MAX_PROBES = 32, MAX_DEPTH = 16 };

/* What is looked for in every line: an entity or a term of the question. */
typedef struct {
    const QuestionEntity *entity; /* NULL: a term */
    Str term;
    uint16_t group; /* of the term; 0: an entity, which stands for itself */
    bool is_topic;
    double weight;
    size_t lines;    /* that hold it */
    bool is_subject; /* every line is about it */
} Probe;

typedef struct {
    Str text;
    size_t indent;
    uint32_t own;       /* bits of the probes it holds itself */
    uint32_t inherited; /* and of those that only a line above it in the hierarchy holds */
    bool is_blank;
    size_t top; /* index of the outermost line of its stanza */
    double score;
} Line;

typedef VEC(Line) LineVec;

typedef struct {
    Arena *arena;
    const ExcerptQuery *query;
    Probe probes[MAX_PROBES];
    size_t probe_count;
    LineVec lines;
    double text_coverage;
} Finder;

static const double ENTITY_WEIGHT = 3.0;
static const double TERM_WEIGHT = 1.5;
static const double SYNONYM_WEIGHT = 1.0;
static const double INHERITED_SHARE = 0.9;
static const double SUBJECT_RARITY = 2.6;
static const double DENSITY_SHARE = 0.05;
enum { FEWEST_LINES = 300 }; /* a short text tells nothing about what is rare */

static void add_probes(Finder *finder)
{
    const Question *question = finder->query->question;
    Str subject = finder->query->subject;
    for (size_t i = 0; i < question->entity_count && finder->probe_count < MAX_PROBES; i++) {
        const QuestionEntity *entity = &question->entities[i];
        if (entity->kind != ENTITY_PAGE) {
            finder->probes[finder->probe_count++] =
                (Probe){.entity = entity,
                        .weight = ENTITY_WEIGHT,
                        .is_subject = str_equal_ignore_case(entity->text, subject)};
        }
    }
    for (size_t i = 0; i < question->term_count && finder->probe_count < MAX_PROBES; i++) {
        const QuestionTerm *term = &question->terms[i];
        bool is_subject = str_equal_ignore_case(term->text, subject);
        double weight = term->is_synonym ? SYNONYM_WEIGHT : TERM_WEIGHT;
        finder->probes[finder->probe_count++] =
            (Probe){.term = term->text,
                    .group = term->group,
                    .is_topic = term->is_topic,
                    .weight = is_subject ? ENTITY_WEIGHT : weight,
                    .is_subject = is_subject};
    }
}

/* Whether a word of the line is the term, or, of a longer term, begins with it. */
static bool holds_term(Str folded, Str term)
{
    for (size_t at = 0; at < folded.size;) {
        size_t found = str_find(str_from(folded, at), term);
        if (found == STR_NOT_FOUND)
            return false;
        size_t start = at + found;
        size_t end = start + term.size;
        bool begins = start == 0 || !ascii_is_letter_or_digit(folded.data[start - 1]);
        Str rest = str_from(folded, end);
        size_t more = 0;
        while (more < rest.size && ascii_is_letter_or_digit(rest.data[more]))
            more++;
        bool ends = more == 0 || (more == 1 && rest.data[0] == 's') || term.size >= 4 ||
                    ascii_is_digit(rest.data[0]);
        if (begins && ends)
            return true;
        at = start + 1;
    }
    return false;
}

static bool holds_probe(const Probe *probe, Str text, Str folded)
{
    if (!probe->entity)
        return holds_term(folded, probe->term);
    return question_text_names(probe->entity, text) ||
           (probe->entity->kind == ENTITY_ADDRESS && question_text_covers(probe->entity, text));
}

static uint32_t match_line(Finder *finder, Str text)
{
    uint32_t held = 0;
    ArenaMark mark = arena_mark(finder->arena);
    Str folded = question_fold(finder->arena, text);
    for (size_t i = 0; i < finder->probe_count; i++) {
        Probe *probe = &finder->probes[i];
        bool holds = !probe->is_subject && holds_probe(probe, text, folded);
        probe->lines += holds;
        held |= (uint32_t)holds << i;
    }
    arena_reset(finder->arena, mark);
    return held;
}

static void split_lines(Finder *finder)
{
    Str text;
    Str rest = finder->query->text;
    while (finder->lines.count < EXCERPT_MAX_LINES && str_next_line(&rest, &text)) {
        Str trimmed = str_trim(text);
        *VEC_PUSH(finder->arena, &finder->lines) = (Line){
            .text = text,
            .indent = text.size - str_trim_left(text).size,
            .is_blank = str_empty(trimmed) || str_equal(trimmed, STR("!")),
        };
    }
    for (size_t i = 0; i < finder->lines.count; i++)
        if (!finder->lines.items[i].is_blank)
            finder->lines.items[i].own = match_line(finder, finder->lines.items[i].text);
}

/* The bits of the probes that every line is about. */
static uint32_t subject_bits(const Finder *finder)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < finder->probe_count; i++)
        bits |= (uint32_t)finder->probes[i].is_subject << i;
    return bits;
}

/* A line is below the nearest one before it that is indented less. */
static void inherit(Finder *finder)
{
    size_t depth = 0;
    size_t above[MAX_DEPTH];
    for (size_t i = 0; i < finder->lines.count; i++) {
        Line *line = &finder->lines.items[i];
        if (line->is_blank) {
            line->top = i;
            continue;
        }
        while (depth > 0 && finder->lines.items[above[depth - 1]].indent >= line->indent)
            depth--;
        line->top = depth > 0 ? above[0] : i;
        if (depth > 0) {
            const Line *parent = &finder->lines.items[above[depth - 1]];
            line->inherited = (parent->own | parent->inherited) & ~line->own;
        }
        if (depth < MAX_DEPTH)
            above[depth++] = i;
    }
}

static double rarity(const Finder *finder, const Probe *probe)
{
    double lines = (double)MAX_OF(finder->lines.count, FEWEST_LINES);
    if (probe->is_subject)
        return SUBJECT_RARITY;
    return 1.0 + log((lines + 10.0) / ((double)probe->lines + 1.0)) / 3.0;
}

static double weigh(const Finder *finder, uint32_t held)
{
    double sum = 0;
    for (size_t i = 0; i < finder->probe_count; i++)
        if (held >> i & 1)
            sum += finder->probes[i].weight * rarity(finder, &finder->probes[i]);
    return sum;
}

/* Whether an earlier probe is of the same group. */
static bool is_repeated(const Finder *finder, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (finder->probes[index].group && finder->probes[i].group == finder->probes[index].group)
            return true;
    return false;
}

/* Whether the probe or another of its group is held. */
static bool is_held(const Finder *finder, size_t index, uint32_t held)
{
    for (size_t i = 0; i < finder->probe_count; i++) {
        bool is_same = i == index || (finder->probes[index].group &&
                                      finder->probes[i].group == finder->probes[index].group);
        if (is_same && held >> i & 1)
            return true;
    }
    return false;
}

/* The share of what is asked for, by weight: a phrase and its synonyms count once, the subject not
 * at all. */
static double coverage_of(const Finder *finder, uint32_t held)
{
    double all = 0;
    double sum = 0;
    for (size_t i = 0; i < finder->probe_count; i++) {
        if (finder->probes[i].is_subject || is_repeated(finder, i))
            continue;
        all += finder->probes[i].weight;
        sum += is_held(finder, i, held) ? finder->probes[i].weight : 0;
    }
    return all > 0 ? sum / all : 0;
}

static bool holds_entity(const Finder *finder, uint32_t held)
{
    for (size_t i = 0; i < finder->probe_count; i++)
        if (held >> i & 1 && finder->probes[i].entity && !finder->probes[i].is_subject)
            return true;
    return false;
}

static bool holds_topic(const Finder *finder, uint32_t held)
{
    bool has_any = false;
    for (size_t i = 0; i < finder->probe_count; i++) {
        has_any |= finder->probes[i].is_topic;
        if (held >> i & 1 && finder->probes[i].is_topic)
            return true;
    }
    return !has_any;
}

typedef struct {
    size_t first;
    size_t last;
} Window;

static size_t window_limit(const Finder *finder)
{
    return MIN_OF(MAX_OF(finder->query->max_window, 1), EXCERPT_MAX_WINDOW);
}

/* The paragraph of the best line, or as much of it as fits: a third above, the rest below. */
static Window grow_paragraph(const Finder *finder, size_t best)
{
    size_t first = best;
    size_t last = best;
    const Line *lines = finder->lines.items;
    size_t limit = window_limit(finder);
    while (first > 0 && !lines[first - 1].is_blank && best - first + 1 < (limit + 2) / 3)
        first--;
    while (last + 1 < finder->lines.count && !lines[last + 1].is_blank && last - first + 1 < limit)
        last++;
    return (Window){first, last};
}

/* Takes lines around the best one while they score at least half of it, in the same stanza. */
static Window grow_stanza(const Finder *finder, size_t best)
{
    const Line *lines = finder->lines.items;
    size_t first = best;
    size_t last = best;
    double wanted = lines[best].score / 2;
    size_t limit = window_limit(finder);
    while (last + 1 < finder->lines.count && last - first + 1 < limit &&
           lines[last + 1].score >= wanted && lines[last + 1].score > 0)
        last++;
    while (first > 0 && last - first + 1 < limit && lines[first - 1].score >= wanted &&
           lines[first - 1].score > 0)
        first--;
    /* A stanza that is named is shown with what it says. */
    bool is_named = holds_entity(finder, lines[last].own);
    size_t named = last;
    while (is_named && last + 1 < finder->lines.count && last - first + 1 < limit &&
           lines[last + 1].indent > lines[named].indent && !lines[last + 1].is_blank)
        last++;
    bool is_near = lines[first].top < first && last - lines[first].top + 1 <= limit;
    if (is_near && lines[first].inherited)
        first = lines[first].top;
    return (Window){first, last};
}

static Excerpt cut(const Finder *finder, size_t best)
{
    const Line *lines = finder->lines.items;
    Window window =
        finder->query->is_prose ? grow_paragraph(finder, best) : grow_stanza(finder, best);
    size_t first = window.first;
    size_t last = window.last;
    uint32_t held = subject_bits(finder);
    for (size_t i = first; i <= last; i++)
        held |= lines[i].own | lines[i].inherited;
    const char *start = lines[first].text.data;
    const char *end = lines[last].text.data + lines[last].text.size;
    return (Excerpt){
        .line_start = finder->query->first_line + (int64_t)first,
        .line_end = finder->query->first_line + (int64_t)last,
        .text = str_make(start, (size_t)(end - start)),
        .score = lines[best].score,
        .coverage = coverage_of(finder, held),
        .text_coverage = finder->text_coverage,
        .has_topic = holds_topic(finder, held),
        .has_entity = holds_entity(finder, held),
    };
}

/* A line among lines that count is worth more than the same line alone. */
static double density(const Finder *finder, size_t index)
{
    const Line *lines = finder->lines.items;
    double before = index > 0 ? lines[index - 1].score : 0;
    double after = index + 1 < finder->lines.count ? lines[index + 1].score : 0;
    return lines[index].score > 0 ? lines[index].score + DENSITY_SHARE * (before + after) : 0;
}

static size_t best_line(const Finder *finder)
{
    size_t best = 0;
    double best_density = 0;
    for (size_t i = 0; i < finder->lines.count; i++) {
        double found = density(finder, i);
        if (found <= best_density)
            continue;
        best = i;
        best_density = found;
    }
    return best;
}

static uint32_t all_bits(const Finder *finder)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < finder->lines.count; i++)
        bits |= finder->lines.items[i].own;
    return bits;
}

size_t question_find_excerpts(Arena *arena, const ExcerptQuery *query, Excerpt *out_excerpts,
                              size_t max_excerpts)
{
    Finder *finder = ARENA_NEW(arena, Finder);
    finder->arena = arena;
    finder->query = query;
    add_probes(finder);
    split_lines(finder);
    inherit(finder);
    for (size_t i = 0; i < finder->lines.count; i++) {
        Line *line = &finder->lines.items[i];
        if (line->own)
            line->score = weigh(finder, line->own | subject_bits(finder)) +
                          INHERITED_SHARE * weigh(finder, line->inherited);
    }
    finder->text_coverage = coverage_of(finder, all_bits(finder));
    size_t count = 0;
    while (count < max_excerpts && finder->lines.count > 0) {
        size_t best = best_line(finder);
        if (finder->lines.items[best].score <= 0)
            break;
        out_excerpts[count] = cut(finder, best);
        size_t first = (size_t)(out_excerpts[count].line_start - query->first_line);
        size_t last = (size_t)(out_excerpts[count].line_end - query->first_line);
        for (size_t i = first; i <= last; i++)
            finder->lines.items[i].score = 0;
        count++;
    }
    return count;
}
