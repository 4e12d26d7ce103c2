/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/inquiry.h"
#include "sources/phrases.h"
#include "task/task.h"

enum { MAX_DEVICES = 2, MAX_ROWS = 24, MAX_STATEMENT_BYTES = 8192 };

static const double FACT_SCORE = 9.0;

/* A section of the facts of a device, and what of its rows is shown. */
typedef struct {
    QuestionTopic topic;
    Phrase title;
    const char *section;
    const char *row;        /* only rows of that kind; NULL: all */
    const char *members[4]; /* in this order; NULL ends them */
} FactSection;

static const FactSection sections[] = {
    {TOPIC_BGP,
     PHRASE_BGP_NEIGHBORS,
     "bgp",
     "neighbor",
     {"address", "remote_as", "description", "group"}},
    {TOPIC_OSPF, PHRASE_OSPF_INTERFACES, "ospf", "interface", {"interface", "area"}},
    {TOPIC_VLAN, PHRASE_VLANS, "vlans", NULL, {"id", "name"}},
    {TOPIC_ROUTE, PHRASE_STATIC_ROUTES, "static_routes", NULL, {"prefix", "next_hop", "interface"}},
};

/* A question for a list: of a device, and of nothing that is named within it. */
static bool asks_for_a_list(const Inquiry *inquiry)
{
    const Question *question = &inquiry->question;
    static const QuestionIntent others[] = {INTENT_WHY,     INTENT_WHEN,    INTENT_HOW,
                                            INTENT_COMPARE, INTENT_ALLOWED, INTENT_PROBLEM};
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (question_wants(question, others[i]))
            return false;
    for (size_t i = 0; i < question->entity_count; i++)
        if (!inquiry_is_subject(inquiry, &question->entities[i]))
            return false;
    return true;
}

/* A member as it is shown: a text, a number, or the "value" of an object. */
static Str member_text(Task *task, const JsonValue *row, const char *name)
{
    const JsonValue *member = json_get(row, name);
    if (member && member->type == JSON_IS_OBJECT)
        member = json_get(member, "value");
    if (member && member->type == JSON_IS_INTEGER)
        return arena_printf(task->arena, "%lld", (long long)member->integer);
    return member && member->type == JSON_IS_STRING ? member->string : STR("");
}

static void write_row(Task *task, StrBuf *out, const FactSection *section, const JsonValue *row)
{
    bool is_first = true;
    strbuf_append(out, STR("\n- "));
    for (size_t i = 0; i < COUNT_OF(section->members) && section->members[i]; i++) {
        Str text = member_text(task, row, section->members[i]);
        if (str_empty(text))
            continue;
        bool is_as = str_equal(str_of(section->members[i]), STR("remote_as"));
        strbuf_append(out, is_first ? STR("") : STR(", "));
        strbuf_append(out, is_as ? STR("AS ") : STR(""));
        strbuf_append(out, inquiry_code_span(task->arena, text));
        is_first = false;
    }
}

/* One citation from the first row to the last, as far as it goes. */
static void widen(SourceCitation *place, const JsonValue *row)
{
    int64_t line = json_i64_or(row, "line", 0);
    if (line == 0)
        return;
    if (place->line_start == 0)
        place->line_start = place->line_end = line;
    place->line_start = MIN_OF(place->line_start, line);
    place->line_end = MAX_OF(place->line_end, line);
}

static void add_facts(Task *task, Inquiry *inquiry, const FactSection *section,
                      const SourceDocument *document, const JsonValue *answer)
{
    size_t shown = 0;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, MAX_STATEMENT_BYTES);
    SourceCitation place = {.document_id = document->id, .document = document->name};
    strbuf_printf(&out, "%.*s ", STR_ARGS(phrase(inquiry->question.language, section->title)));
    strbuf_append(&out, inquiry_code_span(task->arena, document->hostname));
    strbuf_append(&out, STR(":\n"));
    const JsonValue *rows = json_get(answer, "rows");
    for (size_t i = 0; rows && i < rows->count && shown < MAX_ROWS; i++) {
        const JsonValue *row = &rows->items[i];
        Str kind = json_str_or(row, "row", STR(""));
        if (section->row && !str_equal(kind, str_of(section->row)))
            continue;
        write_row(task, &out, section, row);
        widen(&place, row);
        shown++;
    }
    if (shown == 0)
        return;
    place.line_end = MIN_OF(place.line_end, place.line_start + QUOTE_MAX_LINES - 1);
    Evidence evidence = {.kind = EVIDENCE_FACT,
                         .score = FACT_SCORE,
                         .coverage = 1,
                         .has_entity = true,
                         .statement = arena_copy(task->arena, strbuf_str(&out)),
                         .places = {place},
                         .place_count = 1};
    *VEC_PUSH(task->arena, &inquiry->evidence) = evidence;
}

static bool ask_device(Task *task, Inquiry *inquiry, const SourceDocument *document)
{
    const JsonValue *answer;
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        const FactSection *section = &sections[i];
        if (!question_is_about(&inquiry->question, section->topic))
            continue;
        ToolCall call = {
            "device_facts",
            {{"document_id", document->id_text, 0}, {"section", str_of(section->section), 0}}};
        if (!inquiry_call(task, inquiry, &call, &answer))
            return false;
        add_facts(task, inquiry, section, document, answer);
    }
    return true;
}

bool gather_facts(Task *task, Inquiry *inquiry)
{
    size_t asked = 0;
    if (!asks_for_a_list(inquiry))
        return true;
    for (size_t i = 0; i < inquiry->documents.count && asked < MAX_DEVICES; i++) {
        const SourceDocument *document = &inquiry->documents.items[i];
        if (str_empty(document->subject) || str_empty(document->hostname))
            continue;
        asked++;
        if (!ask_device(task, inquiry, document))
            return false;
    }
    return true;
}
