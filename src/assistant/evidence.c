/* SPDX-License-Identifier: Apache-2.0 */
#include "assistant/internal.h"
#include "base/json.h"
#include "base/vec.h"
#include "tools/tool.h"

enum { EVENT_MAX_BYTES = 8 * 1024, LIST_MAX_BYTES = 512 * 1024, ARGUMENTS_MAX_BYTES = 512 };

static bool is_same(const Citation *a, const Citation *b)
{
    return a->is_global == b->is_global && uuid_equal(&a->id, &b->id) &&
           a->line_start == b->line_start && a->line_end == b->line_end && a->page == b->page &&
           str_equal(a->quote, b->quote);
}

static void write_members(JsonWriter *json, const Evidence *evidence)
{
    char id[UUID_TEXT_SIZE];
    const Citation *asked = &evidence->asked;
    static const Uuid none;
    json_field_i64(json, "n", evidence->number);
    json_field_bool(json, "is_global", asked->is_global);
    json_field_text(json, asked->is_global ? "source_id" : "document_id",
                    uuid_equal(&asked->id, &none) ? NULL : uuid_write(&asked->id, id));
    json_field_str(json, "document", evidence->document);
    if (asked->line_start > 0) {
        json_field_i64(json, "line_start", asked->line_start);
        json_field_i64(json, "line_end", asked->line_end);
    }
    if (asked->page > 0)
        json_field_i64(json, "page", asked->page);
    json_field_str(json, "quote", evidence->quote);
}

static bool publish(Task *task, Turn *turn, const Evidence *evidence)
{
    Str text;
    JsonWriter *json = json_writer_new(task->arena, EVENT_MAX_BYTES);
    json_begin_object(json);
    write_members(json, evidence);
    json_end(json);
    if (!json_writer_text(json, &text))
        return task_fail(task, ERR_INTERNAL, "a citation is too large");
    return turn_tell(task, turn, "citation", str_slice(text, 1, text.size - 2));
}

bool evidence_add(Task *task, Turn *turn, EvidenceList *list, const Evidence *evidence)
{
    if (list->count == ASSISTANT_MAX_CITATIONS)
        return true;
    Evidence *kept = VEC_PUSH(turn_arena(turn), list);
    *kept = *evidence;
    kept->stands = true;
    kept->number = ++list->shown;
    kept->asked.quote = arena_copy(turn_arena(turn), kept->asked.quote);
    kept->document = arena_copy(turn_arena(turn), kept->document);
    kept->quote = arena_copy(turn_arena(turn), kept->quote);
    return publish(task, turn, kept);
}

/* Asks the tool that the model has too, which reads only what the user may. */
static bool read_place(Task *task, Turn *turn, const Citation *citation, Str *out_answer)
{
    Str arguments;
    char id[UUID_TEXT_SIZE];
    JsonWriter *json = json_writer_new(task->arena, ARGUMENTS_MAX_BYTES);
    json_begin_object(json);
    json_field_text(json, citation->is_global ? "source_id" : "document_id",
                    uuid_write(&citation->id, id));
    if (citation->page > 0) {
        json_field_i64(json, "page", citation->page);
    } else {
        json_field_i64(json, "line_start", citation->line_start);
        json_field_i64(json, "line_end", citation->line_end);
    }
    json_end(json);
    check(json_writer_text(json, &arguments));
    return tool_run(task, turn_services(turn), tool_find(STR("read_lines")), arguments, out_answer);
}

/* Joins the passages of an answer. */
static Str join_passages(Arena *arena, const JsonValue *passages)
{
    StrBuf text;
    strbuf_init(&text, TOOL_ANSWER_MAX_BYTES);
    for (size_t i = 0; passages && i < passages->count; i++) {
        if (i > 0)
            strbuf_append_byte(&text, '\n');
        strbuf_append(&text, json_str_or(&passages->items[i], "text", STR("")));
    }
    Str joined = arena_copy(arena, strbuf_str(&text));
    strbuf_done(&text);
    return joined;
}

/* Returns whether the place exists and the quotation stands there, and fills in the evidence. */
static bool stands(Arena *arena, Str answer, const Citation *citation, Evidence *evidence)
{
    Error error = {0};
    const JsonValue *value = json_parse(arena, answer, &error);
    Str lines = join_passages(arena, json_get(value, "passages"));
    int64_t last_line = json_i64_or(value, "last_line", 0);
    if (str_empty(str_trim(lines)) || citation->line_end > MAX_OF(last_line, (int64_t)0))
        return false;
    if (!str_empty(citation->quote) && !citation_quote_stands(citation->quote, lines))
        return false;
    evidence->document = json_str_or(value, "document", STR(""));
    evidence->quote =
        data_cut(str_empty(citation->quote) ? lines : citation->quote, ASSISTANT_QUOTE_BYTES);
    return true;
}

/* A citation that does not stand is not looked up again. */
static void remember(Turn *turn, EvidenceList *list, const Citation *citation)
{
    Evidence *evidence = VEC_PUSH(turn_arena(turn), list);
    *evidence = (Evidence){.asked = *citation};
    evidence->asked.quote = arena_copy(turn_arena(turn), citation->quote);
}

bool evidence_check(Task *task, Turn *turn, EvidenceList *list, const Citation *citation,
                    int64_t *out_number)
{
    Str answer;
    Evidence found = {.asked = *citation};
    *out_number = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (is_same(&list->items[i].asked, citation)) {
            *out_number = list->items[i].stands ? list->items[i].number : 0;
            list->dropped += !list->items[i].stands;
            return true;
        }
    }
    if (list->count == ASSISTANT_MAX_CITATIONS) {
        list->dropped++;
        return true;
    }
    if (!read_place(task, turn, citation, &answer)) {
        if (task->error.code != ERR_NOT_FOUND && task->error.code != ERR_VALIDATION)
            return false;
        task_forget_error(task);
        answer = STR("{}");
    }
    /* The model has seen the lines with their secrets masked. */
    answer = data_mask(task->arena, answer);
    if (!stands(task->arena, answer, citation, &found)) {
        remember(turn, list, citation);
        list->dropped++;
        return true;
    }
    *out_number = list->shown + 1;
    return evidence_add(task, turn, list, &found);
}

Str evidence_write(Turn *turn, const EvidenceList *list)
{
    Str text = STR("[]");
    JsonWriter *json = json_writer_new(turn_arena(turn), LIST_MAX_BYTES);
    json_begin_array(json);
    for (size_t i = 0; i < list->count; i++) {
        if (!list->items[i].stands)
            continue;
        json_begin_object(json);
        write_members(json, &list->items[i]);
        json_end(json);
    }
    json_end(json);
    check(json_writer_text(json, &text));
    return text;
}
