/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/inquiry.h"
#include "task/task.h"

enum { PASSAGE_LIMIT = 12, PASSAGE_WINDOW = 8, MAX_ENTITY_QUERY_BYTES = 500, MAX_LIMITED = 6 };

/* What the passage counts when it shares no word with the question, but its meaning. */
static const double MEANING_SCORE = 3.0;
static const double MEANING_COVERAGE = 0.2;

/* The first lines of a passage that is near in meaning alone. */
static Excerpt first_lines(const SourceCitation *place)
{
    Str line;
    Str rest = place->quote;
    Excerpt excerpt = {.line_start = MAX_OF(place->line_start, 1),
                       .score = MEANING_SCORE,
                       .coverage = MEANING_COVERAGE};
    excerpt.line_end = excerpt.line_start - 1;
    for (int i = 0; i < PASSAGE_WINDOW && str_next_line(&rest, &line); i++)
        excerpt.line_end++;
    excerpt.text = str_slice(place->quote, 0, place->quote.size - rest.size);
    return excerpt;
}

/* The header between two lines of dashes tells of the text, and answers nothing. */
static void skip_header(SourceCitation *place)
{
    Str line;
    Str rest = place->quote;
    int64_t number = place->line_start;
    if (number != 1 || !str_next_line(&rest, &line) || !str_equal(line, STR("---")))
        return;
    while (str_next_line(&rest, &line)) {
        number++;
        if (!str_equal(line, STR("---")))
            continue;
        place->line_start = number + 1;
        place->quote = rest;
        return;
    }
    place->quote = STR("");
}

/* rank: 0 is the best passage of its search. */
static void add_passage(Task *task, Inquiry *inquiry, const JsonValue *passage, size_t rank)
{
    Excerpt excerpt;
    Str id = json_str_or(passage, "document_id", STR(""));
    SourceCitation place = inquiry_read_place(passage);
    skip_header(&place);
    if (str_empty(str_trim(place.quote)))
        return;
    const SourceDocument *document = inquiry_document(inquiry, id);
    if (!place.is_global && !document)
        return;
    Str subject = document ? document->subject : STR("");
    Str type = json_str_or(passage, "document_type", STR(""));
    bool is_config = str_equal(type, STR("config")) || str_equal(type, STR("log"));
    ExcerptQuery query = {&inquiry->question, place.quote, MAX_OF(place.line_start, 1), subject,
                          PASSAGE_WINDOW,     !is_config};
    if (question_find_excerpts(task->arena, &query, &excerpt, 1) == 0) {
        if (rank > 0)
            return;
        excerpt = first_lines(&place);
    }
    double boost = 1.0 + 0.3 / (1.0 + (double)rank);
    Evidence evidence = {
        .kind = place.is_global ? EVIDENCE_KNOWLEDGE : EVIDENCE_LINES,
        .score = excerpt.score * boost * (excerpt.has_topic ? 1.0 : OFF_TOPIC_SHARE),
        .boost = boost,
        .type = type,
        .coverage = MAX_OF(excerpt.coverage, excerpt.text_coverage),
        .has_entity = excerpt.has_entity,
        .place_count = 1,
    };
    if (place.line_start) {
        place.line_start = excerpt.line_start;
        place.line_end = excerpt.line_end;
    }
    place.quote = excerpt.text;
    evidence.places[0] = place;
    inquiry_add(task, inquiry, &evidence);
}

typedef struct {
    Str query;
    const char *key; /* of the filter: "document_id", "document_type"; NULL: none */
    Str value;
} Search;

static bool search(Task *task, Inquiry *inquiry, const Search *asked, bool *out_relevant)
{
    const JsonValue *answer;
    ToolCall call = {"search",
                     {{"query", asked->query, 0},
                      {"limit", STR(""), PASSAGE_LIMIT},
                      {asked->key, asked->value, 0}}};
    if (!inquiry_call(task, inquiry, &call, &answer))
        return false;
    const JsonValue *relevant = json_get(answer, "relevant");
    const JsonValue *by_meaning = json_get(answer, "by_meaning");
    *out_relevant = relevant && relevant->boolean;
    inquiry->by_meaning = by_meaning && by_meaning->boolean;
    const JsonValue *passages = json_get(answer, "passages");
    for (size_t i = 0; passages && i < passages->count; i++)
        add_passage(task, inquiry, &passages->items[i], i);
    return task_yield(task);
}

/* Names and addresses alone: an index of words finds them exactly. */
static Str entity_query(Task *task, const Question *question)
{
    auto_strbuf StrBuf query = {0};
    strbuf_init(&query, MAX_ENTITY_QUERY_BYTES);
    for (size_t i = 0; i < question->entity_count; i++) {
        EntityKind kind = question->entities[i].kind;
        if (kind == ENTITY_NAME || kind == ENTITY_ADDRESS || kind == ENTITY_PREFIX ||
            kind == ENTITY_INTERFACE || kind == ENTITY_CODE)
            strbuf_printf(&query, "%.*s ", STR_ARGS(question->entities[i].text));
        else if (kind == ENTITY_AREA)
            strbuf_printf(&query, "area 0.0.0.%lld ", (long long)question->entities[i].number);
        else if (kind == ENTITY_VLAN)
            strbuf_printf(&query, "vlan %lld ", (long long)question->entities[i].number);
    }
    return query.overflowed ? STR("") : arena_copy(task->arena, str_trim(strbuf_str(&query)));
}

bool gather_passages(Task *task, Inquiry *inquiry)
{
    bool ignored;
    Search asked = {inquiry->question.search_text, NULL, STR("")};
    if (str_empty(asked.query))
        return true;
    if (!search(task, inquiry, &asked, &inquiry->is_relevant))
        return false;
    /* A log names an address in a hundred lines, a configuration in one. */
    Search named = {entity_query(task, &inquiry->question), "document_type", STR("config")};
    if (!str_empty(named.query) && !search(task, inquiry, &named, &ignored))
        return false;
    size_t limited = inquiry_is_limited(inquiry) ? inquiry->documents.count : 0;
    for (size_t i = 0; i < MIN_OF(limited, MAX_LIMITED); i++) {
        Search within = {asked.query, "document_id", inquiry->documents.items[i].id_text};
        if (!search(task, inquiry, &within, &ignored))
            return false;
    }
    return true;
}
