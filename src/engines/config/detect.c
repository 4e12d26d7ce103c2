/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/detect.h"

#include "engines/config/signatures.h"

enum { MAX_SIGNATURE_LINES = 20000, MIN_SCORE = 2, EVIDENCE_BYTES = 120 };

typedef struct {
    int score;
    uint32_t lines;
    int best_weight;
    const Signature *best_signature;
    const ConfigLine *best_line;
} Tally;

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
    case SIGNATURE_COMMENT:
        return str_find_byte(STR("!#:/"), trimmed.data[0]) != STR_NOT_FOUND &&
               str_find(trimmed, text) != STR_NOT_FOUND;
    }
    return false;
}

static void tally_line(const ConfigLine *line, Tally *tallies)
{
    Str trimmed = str_slice(str_trim_left(line->text), 0, 512);
    if (trimmed.size == 0)
        return;
    for (size_t i = 0; i < signature_count; i++) {
        const Signature *signature = &signatures[i];
        bool at_start = signature->place == SIGNATURE_LINE || signature->place == SIGNATURE_ANY;
        if (at_start && signature->text[0] != trimmed.data[0])
            continue;
        if (!signature_matches(signature, line, trimmed))
            continue;
        Tally *tally = &tallies[signature->system];
        tally->score += signature->weight;
        tally->lines++;
        if (signature->weight > tally->best_weight) {
            tally->best_weight = signature->weight;
            tally->best_signature = signature;
            tally->best_line = line;
        }
    }
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
    Tally *from = &tallies[set_lines > brace_lines ? SYSTEM_JUNOS : SYSTEM_JUNOS_SET];
    Tally *to = &tallies[set_lines > brace_lines ? SYSTEM_JUNOS_SET : SYSTEM_JUNOS];
    to->score += from->score;
    to->lines += from->lines;
    if (from->best_weight > to->best_weight) {
        to->best_weight = from->best_weight;
        to->best_signature = from->best_signature;
        to->best_line = from->best_line;
    }
    from->score = 0;
}

/* IOS-XE is IOS with signatures of its own. */
static void settle_ios(Tally *tallies)
{
    Tally *ios = &tallies[SYSTEM_IOS], *xe = &tallies[SYSTEM_IOS_XE];
    if (xe->score == 0)
        return;
    xe->score += ios->score;
    xe->lines += ios->lines;
    ios->score = 0;
}

bool config_detect(Arena *arena, const ConfigLines *lines, VendorMatch *out_match)
{
    Tally tallies[SYSTEM_COUNT] = {0};
    System best = SYSTEM_UNKNOWN;
    *out_match = (VendorMatch){.reason = STR_INIT("nothing in it looks like a configuration")};
    for (size_t i = 0; i < lines->count && i < MAX_SIGNATURE_LINES; i++) {
        if (!lines->items[i].noise)
            tally_line(&lines->items[i], tallies);
    }
    settle_junos(lines, tallies);
    settle_ios(tallies);
    for (System system = SYSTEM_UNKNOWN + 1; system < SYSTEM_COUNT; system++) {
        if (tallies[system].score > tallies[best].score)
            best = system;
    }
    const Tally *tally = &tallies[best];
    if (tally->score < MIN_SCORE)
        return false;
    *out_match = (VendorMatch){
        .system = best,
        .line = tally->best_line->number,
        .evidence = str_slice(str_trim(tally->best_line->text), 0, EVIDENCE_BYTES),
        .signs = tally->lines,
        .reason = arena_printf(arena, "line %u has \"%s\", a sign of %s; %u such signs in all",
                               tally->best_line->number, tally->best_signature->text,
                               system_traits(best)->name, tally->lines),
    };
    return true;
}
