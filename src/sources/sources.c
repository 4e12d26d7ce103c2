/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/sources.h"

#include "sources/inquiry.h"
#include "task/task.h"

/* In this order: each knows what the ones before have found. */
static bool (*const steps[])(Task *task, Inquiry *inquiry) = {
    gather_documents, gather_findings, gather_facts,    gather_topology,
    gather_changes,   gather_captures, gather_passages, gather_lines,
};

bool sources_answer(Task *task, const Services *services, const SourcesQuestion *question,
                    SourcesAnswer *out_answer)
{
    Inquiry *inquiry = ARENA_NEW(task->arena, Inquiry);
    inquiry->services = services;
    inquiry->asked = question;
    question_parse(task->arena, str_slice(question->question, 0, SOURCES_MAX_QUESTION_BYTES),
                   &inquiry->question);
    for (size_t i = 0; i < COUNT_OF(steps); i++)
        if (!steps[i](task, inquiry))
            return false;
    return compose_answer(task, inquiry, out_answer);
}
