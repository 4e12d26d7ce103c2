/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/inquiry.h"

#include "task/task.h"
#include "tools/tool.h"

static Str write_arguments(Arena *arena, const ToolCall *call)
{
    Str text;
    JsonWriter *json = json_writer_new(arena, TOOL_ARGUMENTS_MAX_BYTES);
    json_begin_object(json);
    for (size_t i = 0; i < TOOL_MAX_ARGUMENTS && call->arguments[i].key; i++) {
        const ToolArgument *argument = &call->arguments[i];
        if (str_empty(argument->text))
            json_field_i64(json, argument->key, argument->number);
        else
            json_field_str(json, argument->key, argument->text);
    }
    json_end(json);
    return json_writer_text(json, &text) ? text : STR("{}");
}

bool inquiry_call(Task *task, Inquiry *inquiry, const ToolCall *call, const JsonValue **out_answer)
{
    Str text;
    const Tool *tool = tool_find(str_of(call->tool));
    check(tool);
    *out_answer = NULL;
    if (inquiry->tool_calls++ >= INQUIRY_MAX_TOOL_CALLS)
        return true;
    if (tool_run(task, inquiry->services, tool, write_arguments(task->arena, call), &text)) {
        *out_answer = json_parse(task->arena, text, &task->error);
        return *out_answer != NULL;
    }
    if (task->error.code != ERR_NOT_FOUND && task->error.code != ERR_VALIDATION)
        return false;
    task_forget_error(task);
    return true;
}

const SourceDocument *inquiry_document(const Inquiry *inquiry, Str id_text)
{
    for (size_t i = 0; i < inquiry->documents.count; i++)
        if (str_equal(inquiry->documents.items[i].id_text, id_text))
            return &inquiry->documents.items[i];
    return NULL;
}

bool inquiry_is_subject(const Inquiry *inquiry, const QuestionEntity *entity)
{
    for (size_t i = 0; i < inquiry->documents.count; i++) {
        const SourceDocument *document = &inquiry->documents.items[i];
        if (!str_empty(document->subject) &&
            (str_equal_ignore_case(document->subject, entity->text) ||
             str_equal_ignore_case(document->hostname, entity->text) ||
             question_text_names(entity, document->name)))
            return true;
    }
    return false;
}

bool inquiry_includes(const Inquiry *inquiry, Str id_text)
{
    Uuid id;
    if (!inquiry_is_limited(inquiry))
        return true;
    if (!uuid_parse(id_text, &id))
        return false;
    for (size_t i = 0; i < inquiry->asked->document_count; i++)
        if (memcmp(&inquiry->asked->document_ids[i], &id, sizeof(id)) == 0)
            return true;
    return false;
}

SourceCitation inquiry_read_place(const JsonValue *place)
{
    int64_t line = json_i64_or(place, "line", 0);
    SourceCitation citation = {
        .document = json_str_or(place, "document", STR("")),
        .line_start = json_i64_or(place, "line_start", line),
        .line_end = json_i64_or(place, "line_end", line),
        .page = json_i64_or(place, "page", 0),
        .quote = json_str_or(place, "text", STR("")),
    };
    Str source = json_str_or(place, "source_id", STR(""));
    Str id = json_str_or(place, "document_id", source);
    citation.is_global = !str_empty(source);
    if (!uuid_parse(id, &citation.document_id))
        citation.document_id = (Uuid){0};
    return citation;
}

bool inquiry_overlap(const SourceCitation *a, const SourceCitation *b)
{
    return str_equal(a->document, b->document) &&
           memcmp(&a->document_id, &b->document_id, sizeof(a->document_id)) == 0 &&
           a->page == b->page && a->line_start <= b->line_end && b->line_start <= a->line_end;
}

void inquiry_add(Task *task, Inquiry *inquiry, const Evidence *evidence)
{
    for (size_t i = 0; i < inquiry->evidence.count; i++) {
        Evidence *known = &inquiry->evidence.items[i];
        bool same = known->kind == evidence->kind && known->place_count && evidence->place_count &&
                    str_empty(known->statement) && str_empty(evidence->statement) &&
                    inquiry_overlap(&known->places[0], &evidence->places[0]);
        if (!same)
            continue;
        if (evidence->score > known->score)
            *known = *evidence;
        return;
    }
    *VEC_PUSH(task->arena, &inquiry->evidence) = *evidence;
}

void inquiry_drop_passages(Inquiry *inquiry, const SourceDocument *document)
{
    size_t kept = 0;
    for (size_t i = 0; i < inquiry->evidence.count; i++) {
        const Evidence *evidence = &inquiry->evidence.items[i];
        bool drops = evidence->boost > 0 && evidence->kind == EVIDENCE_LINES &&
                     memcmp(&evidence->places[0].document_id, &document->id, sizeof(Uuid)) == 0;
        if (!drops)
            inquiry->evidence.items[kept++] = *evidence;
    }
    inquiry->evidence.count = kept;
}

double inquiry_boost(const Inquiry *inquiry, const SourceCitation *place)
{
    double boost = 1;
    for (size_t i = 0; i < inquiry->evidence.count; i++) {
        const Evidence *evidence = &inquiry->evidence.items[i];
        if (evidence->boost > 0 && inquiry_overlap(&evidence->places[0], place))
            boost = MAX_OF(boost, evidence->boost);
    }
    return boost;
}
