/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/detect.h"

#include "engines/config/dialects.h"

enum { MAX_DIALECTS = 64, MAX_SIGNATURE_LINES = 20000, MIN_SCORE = 2, EVIDENCE_BYTES = 120 };

typedef struct {
    int score;
    uint32_t lines;
    int best_weight;
    const Signature *best_signature;
    const ConfigLine *best_line;
} Tally;

/* Returns whether the first word is an address with a prefix length: "10.0.0.1/24". */
static bool follows_slash(Str rest)
{
    Str word = {"", 0};
    IpPrefix prefix;
    return str_next_word(&rest, &word) && str_find_byte(word, '/') != STR_NOT_FOUND &&
           ip_prefix_parse(word, &prefix);
}

static bool signature_matches(const Signature *signature, const ConfigLine *line, Str trimmed)
{
    Str text = str_of(signature->text);
    switch (signature->place) {
    case SIGNATURE_LINE:
        return line->indent == 0 && str_starts_with(trimmed, text);
    case SIGNATURE_ANY:
        return str_starts_with(trimmed, text);
    case SIGNATURE_CONTAINS:
        return str_find(trimmed, text) != STR_NOT_FOUND;
    case SIGNATURE_SLASH:
        return str_starts_with(trimmed, text) && follows_slash(str_from(trimmed, text.size));
    case SIGNATURE_BLOCK:
        return line->indent > 0 && str_starts_with(trimmed, text) &&
               str_find_byte(str_from(trimmed, text.size), ' ') == STR_NOT_FOUND;
    case SIGNATURE_INDENT:
        return str_starts_with(line->text, text);
    case SIGNATURE_COMMENT:
        return str_find_byte(STR("!#:/"), trimmed.data[0]) != STR_NOT_FOUND &&
               str_find(trimmed, text) != STR_NOT_FOUND;
    }
    return false;
}

static void tally_dialect(const Dialect *dialect, const ConfigLine *line, Str trimmed, Tally *tally)
{
    for (size_t i = 0; i < dialect->signature_count; i++) {
        const Signature *signature = &dialect->signatures[i];
        bool at_start = signature->place != SIGNATURE_CONTAINS &&
                        signature->place != SIGNATURE_COMMENT &&
                        signature->place != SIGNATURE_INDENT;
        if (at_start && signature->text[0] != trimmed.data[0])
            continue;
        if (!signature_matches(signature, line, trimmed))
            continue;
        tally->score += signature->weight;
        tally->lines += signature->weight > 0;
        if (signature->weight > tally->best_weight) {
            tally->best_weight = signature->weight;
            tally->best_signature = signature;
            tally->best_line = line;
        }
    }
}

static void tally_lines(const ConfigLines *lines, Tally *tallies)
{
    for (size_t i = 0; i < lines->count && i < MAX_SIGNATURE_LINES; i++) {
        const ConfigLine *line = &lines->items[i];
        Str trimmed = str_slice(str_trim_left(line->text), 0, 512);
        if (line->noise || trimmed.size == 0)
            continue;
        for (size_t k = 0; k < dialect_count; k++)
            tally_dialect(dialects[k], line, trimmed, &tallies[k]);
    }
}

static Tally *tally_of(Tally *tallies, const System *system)
{
    for (size_t i = 0; i < dialect_count; i++) {
        if (&dialects[i]->system == system)
            return &tallies[i];
    }
    return NULL;
}

static void move_score(Tally *from, Tally *to)
{
    to->score += from->score;
    to->lines += from->lines;
    if (from->best_weight > to->best_weight) {
        to->best_weight = from->best_weight;
        to->best_signature = from->best_signature;
        to->best_line = from->best_line;
    }
    from->score = 0;
}

/* Decides between set commands and braces, the two forms of Junos: headers do not tell which one
 * follows. */
static void settle_junos(const ConfigLines *lines, Tally *tallies)
{
    size_t set_lines = 0, brace_lines = 0;
    for (size_t i = 0; i < lines->count && i < MAX_SIGNATURE_LINES; i++) {
        Str text = str_trim_left(lines->items[i].text);
        set_lines +=
            str_starts_with(text, STR("set ")) || str_starts_with(text, STR("deactivate "));
        brace_lines += str_ends_with(text, STR("{")) || str_ends_with(text, STR(";"));
    }
    Tally *braces = tally_of(tallies, &junos_dialect.system);
    Tally *set = tally_of(tallies, &junos_set_dialect.system);
    if (set_lines > brace_lines)
        move_score(braces, set);
    else
        move_score(set, braces);
}

/* A system that extends another one, and was seen, takes over the signatures of that one. */
static void settle_extensions(Tally *tallies)
{
    for (size_t i = 0; i < dialect_count; i++) {
        Tally *base = dialects[i]->extends ? tally_of(tallies, dialects[i]->extends) : NULL;
        if (!base || tallies[i].score == 0)
            continue;
        tallies[i].score += base->score;
        tallies[i].lines += base->lines;
        base->score = 0;
    }
}

const Dialect *config_detect(Arena *arena, const ConfigLines *lines, VendorMatch *out_match)
{
    Tally tallies[MAX_DIALECTS] = {0};
    size_t best = 0;
    check(dialect_count <= MAX_DIALECTS);
    *out_match = (VendorMatch){.system = &system_unknown,
                               .reason = STR_INIT("nothing in it looks like a configuration")};
    tally_lines(lines, tallies);
    settle_junos(lines, tallies);
    settle_extensions(tallies);
    for (size_t i = 1; i < dialect_count; i++) {
        if (tallies[i].score > tallies[best].score)
            best = i;
    }
    const Tally *tally = &tallies[best];
    if (tally->score < MIN_SCORE)
        return NULL;
    const System *system = &dialects[best]->system;
    *out_match = (VendorMatch){
        .system = system,
        .line = tally->best_line->number,
        .evidence = str_slice(str_trim(tally->best_line->text), 0, EVIDENCE_BYTES),
        .signs = tally->lines,
        .reason = arena_printf(arena, "line %u has \"%s\", a sign of %s; %u such signs in all",
                               tally->best_line->number, tally->best_signature->text, system->name,
                               tally->lines),
    };
    return dialects[best];
}
