/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/inquiry.h"
#include "sources/phrases.h"
#include "task/task.h"

enum { MAX_QUOTED_BYTES = 1200 };

static const double CHANGES_SCORE = 10.0;

/* The two documents that the question names, the older one first; false: it names not two. */
static bool two_documents(const Inquiry *inquiry, const SourceDocument **out_older,
                          const SourceDocument **out_newer)
{
    size_t count = 0;
    const SourceDocument *found[2];
    for (size_t i = 0; i < inquiry->documents.count; i++) {
        const SourceDocument *document = &inquiry->documents.items[i];
        if (str_empty(document->subject) || str_equal(document->type, STR("pcap")))
            continue;
        if (count == COUNT_OF(found))
            return false;
        found[count++] = document;
    }
    if (count != COUNT_OF(found))
        return false;
    *out_older = found[1];
    *out_newer = found[0];
    return true;
}

static void add_side(Evidence *evidence, const JsonValue *side)
{
    if (!side || side->type != JSON_IS_OBJECT || evidence->place_count == EVIDENCE_MAX_PLACES)
        return;
    SourceCitation place = inquiry_read_place(side);
    if (place.quote.size <= MAX_QUOTED_BYTES)
        evidence->places[evidence->place_count++] = place;
}

static void add_changes(Task *task, Inquiry *inquiry, const JsonValue *answer)
{
    QuestionLanguage language = inquiry->question.language;
    Str older = inquiry_code_span(task->arena, json_str_or(answer, "document", STR("")));
    Str newer = inquiry_code_span(task->arena, json_str_or(answer, "other_document", STR("")));
    Evidence evidence = {
        .kind = EVIDENCE_FACT, .score = CHANGES_SCORE, .coverage = 1, .has_entity = true};
    evidence.statement =
        arena_printf(task->arena, "%.*s → %.*s: %lld %.*s, %lld %.*s", STR_ARGS(older),
                     STR_ARGS(newer), (long long)json_i64_or(answer, "lines_removed", 0),
                     STR_ARGS(phrase(language, PHRASE_LINES_REMOVED)),
                     (long long)json_i64_or(answer, "lines_added", 0),
                     STR_ARGS(phrase(language, PHRASE_LINES_ADDED)));
    const JsonValue *changes = json_get(answer, "changes");
    for (size_t i = 0; changes && i < changes->count; i++) {
        add_side(&evidence, json_get(&changes->items[i], "removed"));
        add_side(&evidence, json_get(&changes->items[i], "added"));
    }
    *VEC_PUSH(task->arena, &inquiry->evidence) = evidence;
}

bool gather_changes(Task *task, Inquiry *inquiry)
{
    const JsonValue *answer;
    const SourceDocument *older;
    const SourceDocument *newer;
    if (!question_wants(&inquiry->question, INTENT_COMPARE) ||
        !two_documents(inquiry, &older, &newer))
        return true;
    ToolCall call = {
        "compare_documents",
        {{"document_id", older->id_text, 0}, {"other_document_id", newer->id_text, 0}}};
    if (!inquiry_call(task, inquiry, &call, &answer))
        return false;
    if (answer)
        add_changes(task, inquiry, answer);
    return true;
}
