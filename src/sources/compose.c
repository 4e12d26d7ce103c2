/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/inquiry.h"
#include "sources/phrases.h"
#include "sources/select.h"
#include "task/task.h"

enum { LINE_MAX_BYTES = 300, SPAN_MAX_BYTES = 400, NEAREST_DOCUMENTS = 8 };

typedef struct {
    Arena *arena;
    StrBuf *out;
    QuestionLanguage language;
    SourceCitation *citations;
    size_t count;
} Composer;

/* Cuts at a whole character. */
static Str limit_bytes(Str text, size_t limit)
{
    size_t end = MIN_OF(text.size, limit);
    while (end > 0 && end < text.size && ((unsigned char)text.data[end] & 0xC0) == 0x80)
        end--;
    return str_slice(text, 0, end);
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7F;
}

Str inquiry_code_span(Arena *arena, Str text)
{
    Str shown = limit_bytes(text, SPAN_MAX_BYTES);
    char *span = arena_alloc(arena, shown.size + 3);
    span[0] = '`';
    for (size_t i = 0; i < shown.size; i++) {
        char c = shown.data[i];
        span[i + 1] = c == '`' ? '\'' : is_control(c) ? ' ' : c;
    }
    span[shown.size + 1] = '`';
    return shown.size ? str_make(span, shown.size + 2) : STR("");
}

/* The longest run of backticks: the fence of a block must be longer. */
static size_t longest_ticks(Str text)
{
    size_t run = 0;
    size_t longest = 0;
    for (size_t i = 0; i < text.size; i++) {
        run = text.data[i] == '`' ? run + 1 : 0;
        longest = MAX_OF(longest, run);
    }
    return longest;
}

static void write_line(Composer *composer, Str line, int64_t number)
{
    StrBuf *out = composer->out;
    Str shown = limit_bytes(line, LINE_MAX_BYTES);
    if (number)
        strbuf_printf(out, "%5lld  ", (long long)number);
    for (size_t i = 0; i < shown.size; i++)
        strbuf_append_byte(out, shown.data[i] != '\t' && is_control(shown.data[i]) ? '.'
                                                                                   : shown.data[i]);
    strbuf_append(out, shown.size < line.size ? STR("…\n") : STR("\n"));
}

static void write_quote(Composer *composer, const SourceCitation *citation)
{
    Str line;
    int shown = 0;
    int64_t number = citation->line_start;
    size_t ticks = MAX_OF(longest_ticks(citation->quote) + 1, 3);
    for (size_t i = 0; i < ticks; i++)
        strbuf_append_byte(composer->out, '`');
    strbuf_append(composer->out, STR("text\n"));
    for (Str rest = citation->quote; shown < QUOTE_MAX_LINES && str_next_line(&rest, &line);
         shown++)
        write_line(composer, line, number ? number++ : 0);
    for (size_t i = 0; i < ticks; i++)
        strbuf_append_byte(composer->out, '`');
    strbuf_append_byte(composer->out, '\n');
}

/* "`core1.cfg:12-15`, page 2 [1]" */
static void write_place(Composer *composer, const SourceCitation *citation)
{
    Str place = citation->document;
    if (citation->line_start && citation->line_end > citation->line_start) {
        place = arena_printf(composer->arena, "%.*s:%lld-%lld", STR_ARGS(place),
                             (long long)citation->line_start, (long long)citation->line_end);
    } else if (citation->line_start) {
        place = arena_printf(composer->arena, "%.*s:%lld", STR_ARGS(place),
                             (long long)citation->line_start);
    }
    strbuf_append(composer->out, inquiry_code_span(composer->arena, place));
    if (citation->page)
        strbuf_printf(composer->out, ", %.*s %lld",
                      STR_ARGS(phrase(composer->language, PHRASE_PAGE)), (long long)citation->page);
    strbuf_printf(composer->out, " [%zu]", composer->count);
}

/* The lines that are quoted are those that are cited. */
static SourceCitation limit_quote(SourceCitation place)
{
    Str line;
    int64_t lines = 0;
    Str rest = place.quote;
    while (lines < QUOTE_MAX_LINES && str_next_line(&rest, &line))
        lines++;
    place.quote = str_slice(place.quote, 0, place.quote.size - rest.size);
    while (str_ends_with(place.quote, STR("\n")))
        place.quote.size--;
    if (place.line_start && lines)
        place.line_end = MIN_OF(place.line_end, place.line_start + lines - 1);
    return place;
}

static void write_citation(Composer *composer, const SourceCitation *place)
{
    if (composer->count == SOURCES_MAX_CITATIONS || str_empty(str_trim(place->quote)))
        return;
    SourceCitation *citation = &composer->citations[composer->count++];
    *citation = limit_quote(*place);
    write_place(composer, citation);
    strbuf_append(composer->out, STR("\n\n"));
    write_quote(composer, citation);
    strbuf_append_byte(composer->out, '\n');
}

static Phrase heading_of(EvidenceKind kind)
{
    static const Phrase headings[] = {PHRASE_FINDINGS, PHRASE_FACTS, PHRASE_LINES,
                                      PHRASE_KNOWLEDGE};
    return headings[kind];
}

static void write_evidence(Composer *composer, const Selection *selection)
{
    for (size_t i = 0; i < selection->count; i++) {
        const Evidence *evidence = selection->items[i];
        if (i == 0 || selection->items[i - 1]->kind != evidence->kind)
            strbuf_printf(composer->out, "### %.*s\n\n",
                          STR_ARGS(phrase(composer->language, heading_of(evidence->kind))));
        if (!str_empty(evidence->statement))
            strbuf_printf(composer->out, "%.*s\n\n", STR_ARGS(evidence->statement));
        for (size_t j = 0; j < evidence->place_count; j++)
            write_citation(composer, &evidence->places[j]);
    }
}

static void write_missing(Composer *composer, const Selection *selection)
{
    if (selection->missing_count == 0)
        return;
    strbuf_append(composer->out, phrase(composer->language, PHRASE_NOT_NAMED));
    for (size_t i = 0; i < selection->missing_count; i++)
        strbuf_printf(composer->out, "%s %.*s", i ? "," : "",
                      STR_ARGS(inquiry_code_span(composer->arena, selection->missing[i])));
    strbuf_append(composer->out, STR(".\n\n"));
}

static void write_nothing(Composer *composer, const Inquiry *inquiry, const Selection *selection)
{
    StrBuf *out = composer->out;
    strbuf_printf(out, "%.*s\n\n", STR_ARGS(phrase(composer->language, PHRASE_NOTHING)));
    write_missing(composer, selection);
    if (inquiry->documents.count == 0) {
        strbuf_append(out, phrase(composer->language, PHRASE_NO_DOCUMENTS));
        strbuf_append_byte(out, '\n');
        return;
    }
    strbuf_printf(out, "%.*s %zu %.*s. %.*s", STR_ARGS(phrase(composer->language, PHRASE_SEARCHED)),
                  inquiry->documents.count, STR_ARGS(phrase(composer->language, PHRASE_DOCUMENTS)),
                  STR_ARGS(phrase(composer->language, PHRASE_NEAREST)));
    for (size_t i = 0; i < MIN_OF(inquiry->documents.count, NEAREST_DOCUMENTS); i++) {
        strbuf_printf(
            out, "%s %.*s", i ? "," : "",
            STR_ARGS(inquiry_code_span(composer->arena, inquiry->documents.items[i].name)));
    }
    strbuf_append(out, STR(".\n"));
}

/* What would make the next answer better. */
static void write_hints(Composer *composer, const Inquiry *inquiry)
{
    const Question *question = &inquiry->question;
    bool asks_why =
        question_wants(question, INTENT_WHY) || question_wants(question, INTENT_PROBLEM);
    size_t configs = 0;
    for (size_t i = 0; i < inquiry->documents.count; i++)
        configs += str_equal(inquiry->documents.items[i].type, STR("config"));
    if (asks_why && configs > 1 && !inquiry->has_topology)
        strbuf_printf(composer->out, "%.*s\n",
                      STR_ARGS(phrase(composer->language, PHRASE_NO_TOPOLOGY)));
    if (inquiry->is_topology_outdated)
        strbuf_printf(composer->out, "%.*s\n",
                      STR_ARGS(phrase(composer->language, PHRASE_OLD_TOPOLOGY)));
}

static bool quote_all(Task *task, Inquiry *inquiry, const Selection *selection)
{
    for (size_t i = 0; i < selection->count; i++) {
        for (size_t j = 0; j < selection->items[i]->place_count; j++) {
            if (str_empty(selection->items[i]->places[j].quote) &&
                !inquiry_quote(task, inquiry, &selection->items[i]->places[j]))
                return false;
        }
    }
    return true;
}

bool compose_answer(Task *task, Inquiry *inquiry, SourcesAnswer *out_answer)
{
    Selection selection;
    selection_make(inquiry, &selection);
    if (selection.found && !quote_all(task, inquiry, &selection))
        return false;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, (size_t)SOURCES_MAX_TEXT_BYTES * 8);
    Composer composer = {
        .arena = task->arena,
        .out = &out,
        .language = inquiry->question.language,
        .citations = ARENA_ARRAY(task->arena, SourceCitation, SOURCES_MAX_CITATIONS),
    };
    if (selection.found) {
        write_evidence(&composer, &selection);
        write_missing(&composer, &selection);
    } else {
        write_nothing(&composer, inquiry, &selection);
    }
    write_hints(&composer, inquiry);
    check(!out.overflowed);
    out_answer->text = arena_copy(task->arena, str_trim(strbuf_str(&out)));
    out_answer->citations = composer.citations;
    out_answer->citation_count = composer.count;
    out_answer->found = selection.found;
    return true;
}
