/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ascii.h"
#include "sources/inquiry.h"
#include "task/task.h"

enum { MAX_LIST_ANSWERS = 4, MAX_NAMES_ASKED = 4, MIN_STEM_BYTES = 3 };

static Str stem_of(Str name)
{
    size_t slash = str_find_last_byte(name, '/');
    if (slash != STR_NOT_FOUND)
        name = str_from(name, slash + 1);
    size_t dot = str_find_last_byte(name, '.');
    return dot == STR_NOT_FOUND || dot == 0 ? name : str_slice(name, 0, dot);
}

/* A host name of two letters is a word like any other unless it has a digit. */
static bool is_telling(Str name)
{
    for (size_t i = 0; i < name.size; i++)
        if (ascii_is_digit(name.data[i]) || name.data[i] == '-' || name.data[i] == '_')
            return true;
    return name.size >= MIN_STEM_BYTES;
}

/* The first of the document's names that the question has: file, device, file without extension. */
static Str subject_of(const Question *question, const SourceDocument *document)
{
    Str stem = stem_of(document->name);
    bool is_plain_word =
        str_find_byte(stem, '-') == STR_NOT_FOUND && !str_equal(stem, document->name);
    if (question_names(question, document->name))
        return document->name;
    if (!str_empty(document->hostname) && is_telling(document->hostname) &&
        question_names(question, document->hostname))
        return document->hostname;
    if (is_telling(stem) && (!is_plain_word || str_empty(document->hostname)) &&
        stem.size > MIN_STEM_BYTES && question_names(question, stem))
        return stem;
    return STR("");
}

/* The share of the words of the file's name that are terms of the question. */
static double likeness_of(const Question *question, Str name)
{
    size_t words = 0;
    size_t shared = 0;
    Str rest = stem_of(name);
    while (rest.size) {
        size_t end = 0;
        while (end < rest.size && ascii_is_letter_or_digit(rest.data[end]))
            end++;
        Str word = str_slice(rest, 0, end);
        rest = str_from(rest, end + 1);
        if (word.size < 2)
            continue;
        words++;
        bool has = false;
        for (size_t i = 0; i < question->term_count; i++)
            has |= str_equal_ignore_case(question->terms[i].text, word);
        shared += has;
    }
    return words ? (double)shared / (double)words : 0;
}

static void add_document(Task *task, Inquiry *inquiry, const JsonValue *row)
{
    SourceDocument document = {
        .id_text = json_str_or(row, "document_id", STR("")),
        .name = json_str_or(row, "document", STR("")),
        .type = json_str_or(row, "type", STR("")),
        .hostname = json_str_or(row, "hostname", STR("")),
    };
    bool is_ready = str_equal(json_str_or(row, "status", STR("")), STR("completed"));
    if (!is_ready || !uuid_parse(document.id_text, &document.id) ||
        !inquiry_includes(inquiry, document.id_text) || inquiry_document(inquiry, document.id_text))
        return;
    document.subject = subject_of(&inquiry->question, &document);
    document.likeness = likeness_of(&inquiry->question, document.name);
    *VEC_PUSH(task->arena, &inquiry->documents) = document;
}

/* Lists documents, all or those of a name, newest first. */
static bool list(Task *task, Inquiry *inquiry, Str name, bool *out_is_all)
{
    int64_t more = 0;
    const JsonValue *answer;
    for (int i = 0; i < MAX_LIST_ANSWERS; i++) {
        size_t count = 0;
        ToolCall call = {"list_documents", {{0}}};
        if (!str_empty(name))
            call.arguments[count++] = (ToolArgument){"name", name, 0};
        if (more)
            call.arguments[count++] = (ToolArgument){"more", STR(""), more};
        if (!inquiry_call(task, inquiry, &call, &answer))
            return false;
        const JsonValue *rows = json_get(answer, "documents");
        for (size_t j = 0; rows && j < rows->count; j++)
            add_document(task, inquiry, &rows->items[j]);
        more = json_i64_or(answer, "more", 0);
        if (more == 0)
            break;
    }
    *out_is_all = more == 0;
    return true;
}

bool gather_documents(Task *task, Inquiry *inquiry)
{
    bool is_all;
    if (!list(task, inquiry, STR(""), &is_all))
        return false;
    const Question *question = &inquiry->question;
    size_t asked = 0;
    for (size_t i = 0; !is_all && i < question->entity_count && asked < MAX_NAMES_ASKED; i++) {
        bool ignored;
        const QuestionEntity *entity = &question->entities[i];
        if (entity->kind != ENTITY_NAME && entity->kind != ENTITY_FILE)
            continue;
        asked++;
        if (!list(task, inquiry, entity->text, &ignored))
            return false;
    }
    return true;
}
