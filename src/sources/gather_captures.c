/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/inquiry.h"
#include "sources/phrases.h"
#include "task/task.h"

enum { MAX_CAPTURES = 3, SUMMARY_WINDOW = 6, MAX_STATEMENT_BYTES = 2048 };

static const double NAMED_SCORE = 10.0;
static const double LIKE_SCORE = 8.0;

static bool is_about_captures(const Question *question)
{
    static const QuestionTopic topics[] = {TOPIC_CAPTURE, TOPIC_LOSS, TOPIC_REORDER, TOPIC_DELAY,
                                           TOPIC_TCP};
    for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++)
        if (question_is_about(question, topics[i]))
            return true;
    return false;
}

/* The captures that the question names; else, if it is about captures, those most like it. */
static size_t choose_captures(const Inquiry *inquiry, const SourceDocument **out_captures)
{
    size_t count = 0;
    for (size_t i = 0; i < inquiry->documents.count && count < MAX_CAPTURES; i++) {
        const SourceDocument *document = &inquiry->documents.items[i];
        if (str_equal(document->type, STR("pcap")) && !str_empty(document->subject))
            out_captures[count++] = document;
    }
    if (count || !is_about_captures(&inquiry->question))
        return count;
    double best = 0;
    for (size_t i = 0; i < inquiry->documents.count; i++)
        if (str_equal(inquiry->documents.items[i].type, STR("pcap")))
            best = MAX_OF(best, inquiry->documents.items[i].likeness);
    for (size_t i = 0; i < inquiry->documents.count && count < MAX_CAPTURES; i++) {
        const SourceDocument *document = &inquiry->documents.items[i];
        bool alike = document->likeness >= best &&
                     (best > 0 || question_is_about(&inquiry->question, TOPIC_CAPTURE));
        if (str_equal(document->type, STR("pcap")) && alike)
            out_captures[count++] = document;
    }
    return count;
}

static void write_events(const Inquiry *inquiry, StrBuf *out, const JsonValue *tcp)
{
    QuestionLanguage language = inquiry->question.language;
    const JsonValue *events = json_get(tcp, "events");
    int64_t segments = json_i64_or(tcp, "segments", 0);
    if (segments == 0)
        return;
    strbuf_printf(out, "; %lld %.*s", (long long)segments,
                  STR_ARGS(phrase(language, PHRASE_SEGMENTS)));
    for (size_t i = 0; events && events->type == JSON_IS_OBJECT && i < events->count; i++) {
        Str name = phrase_event(language, events->keys[i]);
        if (events->items[i].integer > 0)
            strbuf_printf(out, ", %lld %.*s", (long long)events->items[i].integer, STR_ARGS(name));
    }
}

static void write_summary(Task *task, const Inquiry *inquiry, StrBuf *out, const JsonValue *answer)
{
    QuestionLanguage language = inquiry->question.language;
    const JsonValue *duration = json_get(answer, "duration_s");
    Str name = inquiry_code_span(task->arena, json_str_or(answer, "document", STR("")));
    strbuf_printf(out, "%.*s %.*s: %lld %.*s %.3f %.*s", STR_ARGS(phrase(language, PHRASE_CAPTURE)),
                  STR_ARGS(name), (long long)json_i64_or(answer, "packets", 0),
                  STR_ARGS(phrase(language, PHRASE_PACKETS)), duration ? duration->real : 0.0,
                  STR_ARGS(phrase(language, PHRASE_SECONDS)));
    write_events(inquiry, out, json_get(answer, "tcp"));
}

static void add_place(Evidence *evidence, const SourceDocument *capture, const Excerpt *excerpt)
{
    evidence->places[evidence->place_count++] = (SourceCitation){
        .document_id = capture->id,
        .document = capture->name,
        .line_start = excerpt->line_start,
        .line_end = excerpt->line_end,
        .quote = excerpt->text,
    };
}

/* The last paragraph of a summary counts what went wrong in TCP. */
static bool find_events(Str text, Excerpt *out_events)
{
    Str line;
    bool found = false;
    int64_t number = 1;
    for (Str rest = text; str_next_line(&rest, &line); number++) {
        if (str_starts_with(line, STR("tcp ")) &&
            str_find(line, STR(" segments")) != STR_NOT_FOUND) {
            *out_events = (Excerpt){.line_start = number, .text = line};
            found = true;
        }
        if (found && !str_empty(line)) {
            out_events->line_end = number;
            out_events->text.size = (size_t)(line.data + line.size - out_events->text.data);
        }
    }
    return found;
}

/* The lines of the summary that the question is about, or its first ones. */
static bool quote_summary(Task *task, Inquiry *inquiry, const SourceDocument *capture,
                          Evidence *evidence)
{
    SourceText text;
    Excerpt excerpt;
    if (!inquiry_read_text(task, inquiry, capture, 2, &text))
        return false;
    bool is_shown = is_about_captures(&inquiry->question) && find_events(text.text, &excerpt);
    if (is_shown)
        add_place(evidence, capture, &excerpt);
    ExcerptQuery query = {&inquiry->question, text.text,      1,
                          capture->subject,   SUMMARY_WINDOW, false};
    bool found = question_find_excerpts(task->arena, &query, &excerpt, 1) == 1;
    bool overlaps = found && is_shown && excerpt.line_start <= evidence->places[0].line_end &&
                    evidence->places[0].line_start <= excerpt.line_end;
    if (found && !overlaps)
        add_place(evidence, capture, &excerpt);
    return true;
}

static bool add_capture(Task *task, Inquiry *inquiry, const SourceDocument *capture)
{
    const JsonValue *answer;
    ToolCall call = {"capture_summary", {{"document_id", capture->id_text, 0}}};
    if (!inquiry_call(task, inquiry, &call, &answer))
        return false;
    if (!answer)
        return true;
    bool is_named = !str_empty(capture->subject);
    Evidence evidence = {.kind = EVIDENCE_FACT, .coverage = 1, .has_entity = is_named};
    evidence.score = is_named ? NAMED_SCORE : LIKE_SCORE;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, MAX_STATEMENT_BYTES);
    write_summary(task, inquiry, &out, answer);
    evidence.statement = arena_copy(task->arena, strbuf_str(&out));
    if (!quote_summary(task, inquiry, capture, &evidence))
        return false;
    *VEC_PUSH(task->arena, &inquiry->evidence) = evidence;
    return true;
}

bool gather_captures(Task *task, Inquiry *inquiry)
{
    const SourceDocument *captures[MAX_CAPTURES];
    size_t count = choose_captures(inquiry, captures);
    for (size_t i = 0; i < count; i++)
        if (!add_capture(task, inquiry, captures[i]))
            return false;
    return true;
}
