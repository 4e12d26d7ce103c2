/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/internal.h"
#include "sources/sources.h"

static bool cite(Task *task, Turn *turn, EvidenceList *list, const SourceCitation *source)
{
    Evidence evidence = {
        .asked = {.is_global = source->is_global,
                  .id = source->document_id,
                  .line_start = source->line_start,
                  .line_end = source->line_end,
                  .page = source->page},
        .document = source->document,
        .quote = data_cut(source->quote, ASSISTANT_QUOTE_BYTES),
    };
    return evidence_add(task, turn, list, &evidence);
}

bool composer_answer(Task *task, Turn *turn)
{
    SourcesAnswer answer;
    const TurnRequest *request = turn_request(turn);
    EvidenceList *list = ARENA_NEW(turn_arena(turn), EvidenceList);
    SourcesQuestion question = {
        .question = data_cut(request->question, SOURCES_MAX_QUESTION_BYTES),
        .document_ids = request->document_ids,
        .document_count = MIN_OF(request->document_count, (size_t)SOURCES_MAX_DOCUMENTS),
    };
    if (!sources_answer(task, turn_services(turn), &question, &answer) ||
        !turn_say(task, turn, answer.text))
        return false;
    for (size_t i = 0; i < answer.citation_count; i++)
        if (!cite(task, turn, list, &answer.citations[i]))
            return false;
    TurnResult *result = turn_result(turn);
    result->citations = evidence_write(turn, list);
    result->details = answer.found ? STR("\"mode\":\"sources\",\"found\":true")
                                   : STR("\"mode\":\"sources\",\"found\":false");
    return true;
}
