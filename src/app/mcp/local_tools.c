/* SPDX-License-Identifier: Apache-2.0 */
#include "app/mcp/local_tools.h"

#include "app/mcp/local_facts.h"
#include "engines/question/excerpt.h"
#include "tools/answer.h"
#include "tools/arguments.h"

#include <stdlib.h>

enum {
    READ_LINES_AT_ONCE = 400,
    PASSAGE_LINES = 25,
    EXCERPTS_OF_FILE = 3,
    EXCERPT_LINES = 16,
    DEFAULT_PASSAGES = 8,
    SEARCHED_MAX_BYTES = 16 * 1024 * 1024, /* of a file */
};

#define LEAST_COVERAGE 0.5 /* of the question's words, in a passage that is about it */

typedef bool LocalRun(LocalCall *call);

/* Runs on a thread what reads files, with the call's own arena. */
static void run_on_thread(void *argument)
{
    LocalCall *call = argument;
    call->done = call->read(call);
}

static bool run(Task *task, const Services *services, const JsonValue *arguments, LocalRun *read,
                LocalCall *call)
{
    *call = (LocalCall){
        .files = (const LocalFiles *)(const void *)services,
        .arena = call->arena,
        .arguments = arguments,
        .read = read,
    };
    do {
        call->has_more = false;
        if (!task_offload(task, run_on_thread, call))
            return false;
    } while (call->done && call->has_more);
    if (!call->done)
        task->error = call->error;
    return call->done;
}

static void document_members(Arena *arena, JsonWriter *json, const LocalDocument *document)
{
    field_uuid(json, "document_id", &document->id);
    json_field_str(json, "document", answer_text(arena, document->name, 255));
}

const LocalDocument *local_call_step(LocalCall *call)
{
    const LocalDocument *document = NULL;
    if (call->next == 0)
        local_files_list(call->files, call->arena, &call->documents, &call->is_cut);
    else
        document = &call->documents.items[call->next - 1];
    call->has_more = call->next++ < call->documents.count;
    return document;
}

bool local_call_document(LocalCall *call, const char *type)
{
    Uuid id;
    if (!argument_uuid(call->arguments, "document_id", &id))
        return error_set(&call->error, ERR_VALIDATION,
                         "give \"document_id\": there is no global knowledge here");
    if (!local_files_find(call->files, call->arena, &id, &call->document, &call->error))
        return false;
    return !type || str_equal(call->document.type, str_of(type)) ||
           error_set(&call->error, ERR_VALIDATION,
                     "%.*s is of type %.*s, and this tool is for documents of type %s",
                     STR_ARGS(call->document.name), STR_ARGS(call->document.type), type);
}

static bool read_list(LocalCall *call)
{
    local_files_list(call->files, call->arena, &call->documents, &call->is_cut);
    return true;
}

static bool list_documents(Task *task, const Services *services, const JsonValue *arguments,
                           JsonWriter *answer)
{
    int64_t total = 0;
    auto_arena Arena *arena = arena_new();
    LocalCall call = {.arena = arena};
    Str type = argument_str(arguments, "type");
    Str name = argument_str(arguments, "name");
    int64_t skipped = argument_i64(arguments, "more", 0);
    if (!run(task, services, arguments, read_list, &call))
        return false;
    Rows rows = rows_begin(task->arena, answer, "documents", skipped);
    for (size_t i = 0; i < call.documents.count; i++) {
        const LocalDocument *document = &call.documents.items[i];
        bool is_wanted = (str_empty(type) || str_equal(type, document->type)) &&
                         (str_empty(name) || local_contains(document->name, name));
        if (!is_wanted || total++ < skipped)
            continue;
        JsonWriter *row = row_begin(task->arena);
        document_members(task->arena, row, document);
        json_field_str(row, "type", document->type);
        json_field_text(row, "status", "completed");
        json_field_i64(row, "bytes", document->size);
        (void)rows_add(&rows, row_end(row));
    }
    rows_end(&rows, rows.next < total);
    json_field_i64(answer, "total", total);
    if (call.is_cut)
        json_field_text(answer, "note", "there are more files than can be listed");
    return true;
}

static bool read_document_text(LocalCall *call)
{
    return local_call_document(call, NULL) &&
           local_files_text(call->files, call->arena, &call->document, &call->text, &call->error);
}

static Str write_passage(Arena *arena, const LocalDocument *document, int64_t first, int64_t last,
                         Str text)
{
    JsonWriter *row = row_begin(arena);
    Passage passage = {
        .id = document->id,
        .name = document->name,
        .line_start = first,
        .line_end = last,
        .text = text,
    };
    passage_members(arena, row, &passage);
    return row_end(row);
}

/* Takes the next lines off *rest for one passage, and stores the number of the last one. */
static Str take_passage(Str *rest, int64_t first, int64_t end, int64_t *out_last)
{
    Str line;
    Str begin = *rest;
    size_t size = 0;
    int64_t number = first;
    for (; number <= end && number < first + PASSAGE_LINES; number++) {
        Str before = *rest;
        if (!str_next_line(rest, &line))
            break;
        size_t with_line = (size_t)(line.data + line.size - begin.data);
        if (with_line > ANSWER_TEXT_MAX_BYTES && number > first) {
            *rest = before;
            break;
        }
        size = with_line;
    }
    *out_last = number - 1;
    return str_slice(begin, 0, size);
}

static int64_t count_lines(Str text)
{
    Str line;
    int64_t count = 0;
    while (str_next_line(&text, &line))
        count++;
    return count;
}

static bool read_lines(Task *task, const Services *services, const JsonValue *arguments,
                       JsonWriter *answer)
{
    Str line;
    auto_arena Arena *arena = arena_new();
    LocalCall call = {.arena = arena};
    if (!run(task, services, arguments, read_document_text, &call))
        return false;
    int64_t last = count_lines(call.text);
    int64_t begin =
        MAX_OF(argument_i64(arguments, "line_start", 1), argument_i64(arguments, "more", 1));
    int64_t end = MIN_OF(argument_i64(arguments, "line_end", last), last);
    document_members(task->arena, answer, &call.document);
    json_field_i64(answer, "last_line", last);
    Rows rows = rows_begin(task->arena, answer, "passages", 0);
    Str rest = call.text;
    for (int64_t number = 1; number < begin && str_next_line(&rest, &line); number++)
        ;
    int64_t at = begin;
    while (at <= end) {
        int64_t to = at;
        Str text = take_passage(&rest, at, end, &to);
        if (!rows_add(&rows, write_passage(task->arena, &call.document, at, to, text)))
            break;
        at = to + 1;
    }
    rows.next = at;
    rows_end(&rows, at <= end);
    return true;
}

typedef struct {
    const LocalDocument *document;
    Excerpt excerpt;
} Found;

static int by_score(const void *a, const void *b)
{
    const Found *first = a;
    const Found *second = b;
    return (first->excerpt.score < second->excerpt.score) -
           (first->excerpt.score > second->excerpt.score);
}

static bool is_searched(const LocalCall *call, const LocalDocument *document)
{
    Uuid id;
    Str type = argument_str(call->arguments, "document_type");
    bool has_id = argument_uuid(call->arguments, "document_id", &id);
    return (str_empty(type) || str_equal(type, document->type)) &&
           (!has_id || uuid_equal(&id, &document->id)) && document->size <= SEARCHED_MAX_BYTES &&
           !str_equal(document->type, STR("pdf")) && !str_equal(document->type, STR("pcap"));
}

static void search_document(LocalCall *call, const Question *question,
                            const LocalDocument *document)
{
    Str text;
    Error ignored = {0};
    Excerpt excerpts[EXCERPTS_OF_FILE];
    if (!local_files_text(call->files, call->arena, document, &text, &ignored))
        return;
    ExcerptQuery query = {
        .question = question,
        .text = text,
        .first_line = 1,
        .max_window = EXCERPT_LINES,
        .is_prose =
            str_equal(document->type, STR("markdown")) || str_equal(document->type, STR("text")),
    };
    size_t count = question_find_excerpts(call->arena, &query, excerpts, EXCERPTS_OF_FILE);
    for (size_t i = 0; i < count; i++) {
        VEC(Found) found = {call->found, call->found_count, call->found_capacity};
        *VEC_PUSH(call->arena, &found) = (Found){document, excerpts[i]};
        call->found = found.items;
        call->found_count = found.count;
        call->found_capacity = found.capacity;
    }
}

static bool read_search(LocalCall *call)
{
    const LocalDocument *document = local_call_step(call);
    if (!document) {
        Question *question = ARENA_NEW(call->arena, Question);
        question_parse(call->arena, argument_str(call->arguments, "query"), question);
        call->state = question;
    } else if (is_searched(call, document)) {
        search_document(call, call->state, document);
    }
    if (!call->has_more && call->found_count)
        qsort(call->found, call->found_count, sizeof(Found), by_score);
    return true;
}

static bool search(Task *task, const Services *services, const JsonValue *arguments,
                   JsonWriter *answer)
{
    auto_arena Arena *arena = arena_new();
    LocalCall call = {.arena = arena};
    int64_t skipped = argument_i64(arguments, "more", 0);
    int64_t wanted = skipped + argument_i64(arguments, "limit", DEFAULT_PASSAGES);
    if (!run(task, services, arguments, read_search, &call))
        return false;
    const Found *found = call.found;
    bool is_relevant = call.found_count &&
                       (found[0].excerpt.coverage >= LEAST_COVERAGE || found[0].excerpt.has_entity);
    json_field_bool(answer, "relevant", is_relevant);
    json_field_bool(answer, "by_meaning", false);
    Rows rows = rows_begin(task->arena, answer, "passages", skipped);
    int64_t at = skipped;
    for (; at < (int64_t)call.found_count && at < wanted; at++) {
        const Excerpt *excerpt = &found[at].excerpt;
        if (!rows_add(&rows, write_passage(task->arena, found[at].document, excerpt->line_start,
                                           excerpt->line_end, excerpt->text)))
            break;
    }
    rows_end(&rows, at < (int64_t)call.found_count);
    return true;
}

static bool device_facts(Task *task, const Services *services, const JsonValue *arguments,
                         JsonWriter *answer)
{
    auto_arena Arena *arena = arena_new();
    LocalCall call = {.arena = arena};
    if (!run(task, services, arguments, local_facts_read, &call))
        return false;
    document_members(task->arena, answer, &call.document);
    json_field_str(answer, "section", argument_str(arguments, "section"));
    local_rows_write(task->arena, &call, "rows", answer);
    return true;
}

static bool findings(Task *task, const Services *services, const JsonValue *arguments,
                     JsonWriter *answer)
{
    auto_arena Arena *arena = arena_new();
    LocalCall call = {.arena = arena};
    if (!run(task, services, arguments, local_findings_read, &call))
        return false;
    json_field_text(answer, "topology_id", NULL);
    local_rows_write(task->arena, &call, "findings", answer);
    return true;
}

static bool capture_summary(Task *task, const Services *services, const JsonValue *arguments,
                            JsonWriter *answer)
{
    auto_arena Arena *arena = arena_new();
    LocalCall call = {.arena = arena};
    if (!run(task, services, arguments, local_capture_read, &call))
        return false;
    document_members(task->arena, answer, &call.document);
    local_capture_write(task->arena, call.analysis, answer);
    return true;
}

static bool capture_conversations(Task *task, const Services *services, const JsonValue *arguments,
                                  JsonWriter *answer)
{
    auto_arena Arena *arena = arena_new();
    LocalCall call = {.arena = arena};
    if (!run(task, services, arguments, local_conversations_read, &call))
        return false;
    document_members(task->arena, answer, &call.document);
    json_field_i64(answer, "conversations_in_capture",
                   json_i64_or(json_get(call.analysis, "conversations"), "count", 0));
    local_rows_write(task->arena, &call, "conversations", answer);
    return true;
}

static const struct {
    const char *name;
    bool (*run)(Task *task, const Services *services, const JsonValue *arguments,
                JsonWriter *answer);
} runs[] = {
    {"search", search},
    {"list_documents", list_documents},
    {"read_lines", read_lines},
    {"device_facts", device_facts},
    {"findings", findings},
    {"capture_summary", capture_summary},
    {"capture_conversations", capture_conversations},
};

const Tool *local_tools(Arena *arena)
{
    Tool *table = ARENA_ARRAY(arena, Tool, COUNT_OF(runs) + 1);
    for (size_t i = 0; i < COUNT_OF(runs); i++) {
        const Tool *tool = tool_find(str_of(runs[i].name));
        check(tool);
        table[i] = *tool;
        table[i].run = runs[i].run;
    }
    table[COUNT_OF(runs)] = (Tool){0};
    return table;
}
