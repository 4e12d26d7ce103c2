/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/select.h"

#include "base/ascii.h"

#include <stdlib.h>

enum {
    MAX_FINDINGS = 5,
    MAX_FINDINGS_OF_ALL = 8, /* when the question is what is wrong */
    MAX_FACTS = 3,
    MAX_LINES = 6,
    MAX_LINES_BESIDE = 4, /* beside several findings */
    MAX_KNOWLEDGE = 2,
    MAX_OF_DOCUMENT = 2, /* lines of one document */
    MAX_CANDIDATES = 256,
};

static const double SHARE_OF_BEST = 0.6;
/* Lines that name what the question names are compared with the best of their type of document:
 * prose has more words than a configuration. */
static const double SHARE_OF_ALL = 0.3;
static const double MIN_COVERAGE = 0.15;
static const double FOUND_COVERAGE = 0.3;
/* By words alone, every text that shares a word is relevant. */
static const double FOUND_COVERAGE_BY_WORDS = 0.36; /* of a question about networks */
static const double FOUND_COVERAGE_IRRELEVANT = 0.6;

static int by_score(const void *left, const void *right)
{
    const Evidence *a = *(Evidence *const *)left;
    const Evidence *b = *(Evidence *const *)right;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return str_compare(a->places[0].document, b->places[0].document);
}

static size_t count_of_document(const Selection *selection, const Evidence *evidence)
{
    size_t count = 0;
    for (size_t i = 0; i < selection->count; i++)
        count += selection->items[i]->kind == evidence->kind &&
                 str_equal(selection->items[i]->places[0].document, evidence->places[0].document);
    return count;
}

/* Whether lines are good enough beside the best; evidence is in the order of its scores. */
static bool is_good(Evidence *const *evidence, size_t index)
{
    size_t best = 0;
    while (!str_equal(evidence[best]->type, evidence[index]->type))
        best++;
    if (evidence[index]->score >= SHARE_OF_BEST * evidence[0]->score)
        return true;
    return evidence[index]->has_entity &&
           evidence[index]->score >= SHARE_OF_BEST * evidence[best]->score &&
           evidence[index]->score >= SHARE_OF_ALL * evidence[0]->score;
}

static bool is_within(const SourceCitation *inner, const SourceCitation *outer)
{
    return inquiry_overlap(inner, outer) && inner->line_start >= outer->line_start &&
           inner->line_end <= outer->line_end;
}

/* Whether the lines of the evidence are quoted already. */
static bool is_quoted(const Selection *selection, const Evidence *evidence)
{
    for (size_t i = 0; i < selection->count; i++) {
        for (size_t j = 0; j < selection->items[i]->place_count; j++) {
            if (evidence->place_count &&
                is_within(&evidence->places[0], &selection->items[i]->places[j]))
                return true;
        }
    }
    return false;
}

/* Appends the best evidence of a kind. Lines have at least a share of the best score. */
static size_t take(Inquiry *inquiry, Selection *selection, EvidenceKind kind, size_t max)
{
    Evidence *found[MAX_CANDIDATES];
    size_t count = 0;
    size_t taken = 0;
    for (size_t i = 0; i < inquiry->evidence.count && count < MAX_CANDIDATES; i++) {
        Evidence *evidence = &inquiry->evidence.items[i];
        if (evidence->kind == kind && evidence->coverage >= MIN_COVERAGE)
            found[count++] = evidence;
    }
    qsort(found, count, sizeof(found[0]), by_score);
    bool are_lines = kind == EVIDENCE_LINES || kind == EVIDENCE_KNOWLEDGE;
    for (size_t i = 0; i < count && taken < max && selection->count < SELECTION_MAX; i++) {
        if (are_lines && (!is_good(found, i) || is_quoted(selection, found[i])))
            continue;
        if (are_lines && count_of_document(selection, found[i]) >= MAX_OF_DOCUMENT)
            continue;
        selection->items[selection->count++] = found[i];
        taken++;
    }
    return taken;
}

/* Whether a source must have it for the question to make sense. */
static bool is_anchor(const QuestionEntity *entity)
{
    bool has_digit = false;
    bool has_upper = false;
    bool has_dash = false;
    switch (entity->kind) {
    case ENTITY_ADDRESS:
    case ENTITY_PREFIX:
    case ENTITY_FILE:
    case ENTITY_CODE:
    case ENTITY_VLAN:
    case ENTITY_AS:
    case ENTITY_AREA:
    case ENTITY_INTERFACE:
        return true;
    case ENTITY_NAME:
        for (size_t i = 0; i < entity->text.size; i++) {
            has_digit |= ascii_is_digit(entity->text.data[i]);
            has_upper |= ascii_is_upper(entity->text.data[i]);
            has_dash |= entity->text.data[i] == '-' || entity->text.data[i] == '_';
        }
        return has_digit || (has_upper && has_dash);
    default:
        return false;
    }
}

static bool is_in_evidence(const Inquiry *inquiry, const QuestionEntity *entity)
{
    for (size_t i = 0; i < inquiry->evidence.count; i++) {
        const Evidence *evidence = &inquiry->evidence.items[i];
        if (question_text_names(entity, evidence->statement))
            return true;
        for (size_t j = 0; j < evidence->place_count; j++) {
            if (question_text_names(entity, evidence->places[j].quote) ||
                question_text_names(entity, evidence->places[j].document))
                return true;
        }
    }
    return false;
}

/* Returns whether the anchors of the question, if it has any beside its subject, are found. */
static bool check_anchors(Inquiry *inquiry, Selection *selection, bool *out_has_subject)
{
    size_t anchors = 0;
    size_t found = 0;
    *out_has_subject = false;
    for (size_t i = 0; i < inquiry->question.entity_count; i++) {
        const QuestionEntity *entity = &inquiry->question.entities[i];
        if (inquiry_is_subject(inquiry, entity)) {
            *out_has_subject = true;
            continue;
        }
        if (!is_anchor(entity))
            continue;
        anchors++;
        if (is_in_evidence(inquiry, entity))
            found++;
        else if (selection->missing_count < SELECTION_MAX_NAMES)
            selection->missing[selection->missing_count++] = entity->text;
    }
    for (size_t i = 0; i < inquiry->documents.count; i++)
        *out_has_subject |= !str_empty(inquiry->documents.items[i].subject);
    return anchors == 0 || found > 0;
}

static bool answers(const Inquiry *inquiry, const Selection *selection, bool has_subject)
{
    double best = 0;
    for (size_t i = 0; i < selection->count; i++) {
        const Evidence *evidence = selection->items[i];
        if (evidence->kind == EVIDENCE_FINDING || evidence->kind == EVIDENCE_FACT) {
            if (evidence->has_entity || inquiry->is_relevant)
                return true;
            continue;
        }
        best = MAX_OF(best, evidence->coverage);
    }
    if (has_subject || (inquiry->is_relevant && inquiry->by_meaning))
        return best >= FOUND_COVERAGE;
    const Question *question = &inquiry->question;
    bool is_ours = question->topics != 0 || question->entity_count > 0;
    bool by_words = inquiry->is_relevant && is_ours;
    return best >= (by_words ? FOUND_COVERAGE_BY_WORDS : FOUND_COVERAGE_IRRELEVANT);
}

static double best_coverage(const Inquiry *inquiry, EvidenceKind kind)
{
    double best = 0;
    for (size_t i = 0; i < inquiry->evidence.count; i++)
        if (inquiry->evidence.items[i].kind == kind)
            best = MAX_OF(best, inquiry->evidence.items[i].coverage);
    return best;
}

void selection_make(Inquiry *inquiry, Selection *out_selection)
{
    bool has_subject;
    Selection selection = {0};
    const Question *question = &inquiry->question;
    bool explains = question_wants(question, INTENT_DEFINE) || question_wants(question, INTENT_HOW);
    bool asks_all = question_wants(question, INTENT_PROBLEM);
    bool anchored = check_anchors(inquiry, &selection, &has_subject);
    bool knows_more =
        best_coverage(inquiry, EVIDENCE_KNOWLEDGE) > best_coverage(inquiry, EVIDENCE_LINES);
    bool general = (explains || knows_more) && !has_subject && question->entity_count == 0;
    if (general)
        take(inquiry, &selection, EVIDENCE_KNOWLEDGE, MAX_KNOWLEDGE);
    size_t findings =
        take(inquiry, &selection, EVIDENCE_FINDING, asks_all ? MAX_FINDINGS_OF_ALL : MAX_FINDINGS);
    take(inquiry, &selection, EVIDENCE_FACT, findings ? 1 : MAX_FACTS);
    bool is_beside = findings > 1;
    size_t lines =
        take(inquiry, &selection, EVIDENCE_LINES, is_beside ? MAX_LINES_BESIDE : MAX_LINES);
    bool is_why = question_wants(question, INTENT_WHY);
    if (!general && (explains || is_why || lines == 0))
        take(inquiry, &selection, EVIDENCE_KNOWLEDGE, explains ? MAX_KNOWLEDGE : 1);
    selection.found = (anchored || explains) && answers(inquiry, &selection, has_subject);
    *out_selection = selection;
}
