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

/* A signature that a line may have, by its first byte. */
typedef struct {
    const Signature *signature;
    size_t dialect;
} Candidate;

typedef struct {
    Arena *arena;
    VEC(Candidate) candidates[256]; /* in the order of the dialects */
    bool listed[256];
    Tally tallies[MAX_DIALECTS];
} Detection;

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
        return str_find(trimmed, text) != STR_NOT_FOUND;
    }
    return false;
}

static bool may_match(const Signature *signature, char first)
{
    switch (signature->place) {
    case SIGNATURE_CONTAINS:
    case SIGNATURE_INDENT:
        return true;
    case SIGNATURE_COMMENT:
        return str_find_byte(STR("!#:/"), first) != STR_NOT_FOUND;
    default:
        return signature->text[0] == first;
    }
}

static void list_candidates(Detection *detection, char first)
{
    unsigned char slot = (unsigned char)first;
    detection->listed[slot] = true;
    for (size_t k = 0; k < dialect_count; k++) {
        for (size_t i = 0; i < dialects[k]->signature_count; i++) {
            const Signature *signature = &dialects[k]->signatures[i];
            if (may_match(signature, first))
                *VEC_PUSH(detection->arena, &detection->candidates[slot]) =
                    (Candidate){signature, k};
        }
    }
}

static void add_match(Tally *tally, const Signature *signature, const ConfigLine *line)
{
    tally->score += signature->weight;
    tally->lines += signature->weight > 0;
    if (signature->weight > tally->best_weight) {
        tally->best_weight = signature->weight;
        tally->best_signature = signature;
        tally->best_line = line;
    }
}

static void tally_line(Detection *detection, const ConfigLine *line, Str trimmed)
{
    unsigned char slot = (unsigned char)trimmed.data[0];
    if (!detection->listed[slot])
        list_candidates(detection, trimmed.data[0]);
    for (size_t i = 0; i < detection->candidates[slot].count; i++) {
        const Candidate *candidate = &detection->candidates[slot].items[i];
        if (signature_matches(candidate->signature, line, trimmed))
            add_match(&detection->tallies[candidate->dialect], candidate->signature, line);
    }
}

static void tally_lines(const ConfigLines *lines, Detection *detection)
{
    for (size_t i = 0; i < lines->count && i < MAX_SIGNATURE_LINES; i++) {
        const ConfigLine *line = &lines->items[i];
        Str trimmed = str_slice(str_trim_left(line->text), 0, 512);
        if (!line->noise && trimmed.size > 0)
            tally_line(detection, line, trimmed);
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
    auto_arena Arena *scratch = arena_new();
    Detection *detection = ARENA_NEW(scratch, Detection);
    Tally *tallies = detection->tallies;
    size_t best = 0;
    check(dialect_count <= MAX_DIALECTS);
    detection->arena = scratch;
    *out_match = (VendorMatch){.system = &system_unknown,
                               .reason = STR_INIT("nothing in it looks like a configuration")};
    tally_lines(lines, detection);
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
