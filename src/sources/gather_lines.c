/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/inquiry.h"
#include "task/task.h"

enum {
    MAX_READ_DOCUMENTS = 12,
    MAX_NAMED_DOCUMENTS = 4,
    MAX_FOUND_DOCUMENTS = 6,
    FEW_CONFIGS = 8, /* so many are all read when the question names no device */
    MAX_LOGS = 2,
    READ_ANSWERS = 6, /* of a document: 96 KiB of its text */
    EXCERPTS_PER_DOCUMENT = 3,
    CONFIG_WINDOW = 8,
    LOG_WINDOW = 3,
    PROSE_WINDOW = 8,
    MAX_ASKED_LINES = 40,
};

/* What happened tells more of why than what is configured. */
static const double LOG_BOOST = 1.4;

typedef struct {
    const SourceDocument *items[MAX_READ_DOCUMENTS];
    size_t count;
} ReadingList;

static bool has_text(const SourceDocument *document)
{
    return !str_equal(document->type, STR("pcap"));
}

static bool is_config(const SourceDocument *document)
{
    return str_equal(document->type, STR("config"));
}

static bool is_log(const SourceDocument *document)
{
    return str_equal(document->type, STR("log"));
}

static void put(ReadingList *list, const SourceDocument *document)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i] == document)
            return;
    if (list->count < MAX_READ_DOCUMENTS)
        list->items[list->count++] = document;
}

/* Whether messages of devices may tell more than configurations do. */
static bool wants_logs(const Question *question)
{
    return question_wants(question, INTENT_WHY) || question_wants(question, INTENT_WHEN) ||
           question_is_about(question, TOPIC_SYSLOG) || question_entity(question, ENTITY_TIME) ||
           question_entity(question, ENTITY_CODE);
}

/* The documents that evidence of the search points at, best first. */
static void put_found(const Inquiry *inquiry, ReadingList *list)
{
    size_t limit = list->count + MAX_FOUND_DOCUMENTS;
    char id[UUID_TEXT_SIZE];
    for (size_t i = 0; i < inquiry->evidence.count && list->count < limit; i++) {
        const Evidence *evidence = &inquiry->evidence.items[i];
        if (evidence->kind != EVIDENCE_LINES || evidence->place_count == 0)
            continue;
        Str text = str_of(uuid_write(&evidence->places[0].document_id, id));
        const SourceDocument *document = inquiry_document(inquiry, text);
        if (document && has_text(document))
            put(list, document);
    }
}

static void put_alike(const Inquiry *inquiry, ReadingList *list, bool logs, size_t max)
{
    for (size_t taken = 0; taken < max; taken++) {
        const SourceDocument *best = NULL;
        for (size_t i = 0; i < inquiry->documents.count; i++) {
            const SourceDocument *document = &inquiry->documents.items[i];
            bool fits = has_text(document) && (logs ? is_log(document) : document->likeness > 0);
            for (size_t j = 0; j < list->count; j++)
                fits = fits && list->items[j] != document;
            if (fits && (!best || document->likeness > best->likeness))
                best = document;
        }
        if (best)
            put(list, best);
    }
}

/* In a small network every configuration may be the one that was meant. */
static void put_few(const Inquiry *inquiry, ReadingList *list)
{
    size_t configs = 0;
    for (size_t i = 0; i < inquiry->documents.count; i++)
        configs += is_config(&inquiry->documents.items[i]);
    for (size_t i = 0; configs <= FEW_CONFIGS && i < inquiry->documents.count; i++)
        if (is_config(&inquiry->documents.items[i]))
            put(list, &inquiry->documents.items[i]);
}

/* Named documents first, then logs where they may tell, then what the search found. */
static void choose_documents(const Inquiry *inquiry, ReadingList *list)
{
    for (size_t i = 0; i < inquiry->documents.count && list->count < MAX_NAMED_DOCUMENTS; i++) {
        const SourceDocument *document = &inquiry->documents.items[i];
        if (!str_empty(document->subject) && has_text(document))
            put(list, document);
    }
    bool names_none = list->count == 0;
    if (wants_logs(&inquiry->question))
        put_alike(inquiry, list, true, MAX_LOGS);
    put_found(inquiry, list);
    put_alike(inquiry, list, false, 1);
    if (names_none)
        put_few(inquiry, list);
    for (size_t i = 0; inquiry_is_limited(inquiry) && i < inquiry->documents.count; i++)
        if (has_text(&inquiry->documents.items[i]))
            put(list, &inquiry->documents.items[i]);
}

static int64_t page_of(const SourceText *text, int64_t line)
{
    int64_t page = 0;
    for (size_t i = 0; i < text->pages.count && text->pages.items[i].line <= line; i++)
        page = text->pages.items[i].page;
    return page;
}

static bool is_prose(const SourceDocument *document)
{
    return str_equal(document->type, STR("pdf")) || str_equal(document->type, STR("markdown")) ||
           str_equal(document->type, STR("text"));
}

static size_t window_of(const SourceDocument *document)
{
    if (is_log(document))
        return LOG_WINDOW;
    return is_prose(document) ? PROSE_WINDOW : CONFIG_WINDOW;
}

static Evidence make_evidence(const Inquiry *inquiry, const SourceDocument *document,
                              const SourceText *text, const Excerpt *excerpt)
{
    Evidence evidence = {
        .kind = EVIDENCE_LINES,
        .score = excerpt->score * (excerpt->has_topic ? 1.0 : OFF_TOPIC_SHARE),
        .coverage = excerpt->coverage,
        .has_entity = excerpt->has_entity,
        .type = document->type,
        .place_count = 1,
    };
    evidence.places[0] = (SourceCitation){
        .document_id = document->id,
        .document = document->name,
        .line_start = text->has_lines ? excerpt->line_start : 0,
        .line_end = text->has_lines ? excerpt->line_end : 0,
        .page = page_of(text, excerpt->line_start),
        .quote = excerpt->text,
    };
    evidence.score *= inquiry_boost(inquiry, &evidence.places[0]);
    if (is_log(document) && wants_logs(&inquiry->question))
        evidence.score *= LOG_BOOST;
    return evidence;
}

/* The lines that the question asks for by number, of a file that it names. */
static void add_asked_lines(Task *task, Inquiry *inquiry, const SourceDocument *document,
                            const SourceText *text)
{
    const QuestionEntity *lines = question_entity(&inquiry->question, ENTITY_LINE);
    const QuestionEntity *file = question_entity(&inquiry->question, ENTITY_FILE);
    if (!lines || !file || !str_equal(document->subject, document->name))
        return;
    Str line;
    int64_t number = 1;
    int64_t last = MIN_OF(lines->last, lines->number + MAX_ASKED_LINES - 1);
    Excerpt excerpt = {
        .line_start = lines->number, .score = 100, .coverage = 1, .has_entity = true};
    for (Str rest = text->text; str_next_line(&rest, &line); number++) {
        if (number == lines->number)
            excerpt.text = line;
        if (number < lines->number || number > last)
            continue;
        excerpt.text.size = (size_t)(line.data + line.size - excerpt.text.data);
        excerpt.line_end = number;
    }
    Evidence evidence = make_evidence(inquiry, document, text, &excerpt);
    if (excerpt.line_end)
        inquiry_add(task, inquiry, &evidence);
}

typedef struct {
    const ExcerptQuery *query;
    Excerpt excerpts[EXCERPTS_PER_DOCUMENT];
    size_t count;
} FindWork;

/* Runs on a thread: a long text and a long question take tens of milliseconds. */
static void find_excerpts(void *argument)
{
    FindWork *work = argument;
    auto_arena Arena *arena = arena_new();
    work->count = question_find_excerpts(arena, work->query, work->excerpts, EXCERPTS_PER_DOCUMENT);
}

static bool read_document(Task *task, Inquiry *inquiry, const SourceDocument *document)
{
    SourceText text;
    if (!inquiry_read_text(task, inquiry, document, READ_ANSWERS, &text))
        return false;
    ExcerptQuery query = {&inquiry->question, text.text,           1,
                          document->subject,  window_of(document), is_prose(document)};
    FindWork work = {.query = &query};
    if (!task_offload(task, find_excerpts, &work))
        return false;
    Evidence evidence[EXCERPTS_PER_DOCUMENT];
    for (size_t i = 0; i < work.count; i++)
        evidence[i] = make_evidence(inquiry, document, &text, &work.excerpts[i]);
    if (work.count && !text.is_cut)
        inquiry_drop_passages(inquiry, document);
    for (size_t i = 0; i < work.count; i++)
        inquiry_add(task, inquiry, &evidence[i]);
    add_asked_lines(task, inquiry, document, &text);
    return true;
}

bool gather_lines(Task *task, Inquiry *inquiry)
{
    ReadingList list = {0};
    choose_documents(inquiry, &list);
    for (size_t i = 0; i < list.count; i++)
        if (!read_document(task, inquiry, list.items[i]))
            return false;
    return true;
}
