/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/redact/redact.h"

#include "base/ascii.h"
#include "base/strbuf.h"
#include "engines/redact/internal.h"

enum {
    CONTEXT_TOKENS = 8, /* of a long line, which the next piece sees again */
    MAX_ROUNDS = 8,
    GROWTH = 10, /* a mask takes this many bytes in place of at least one */
};

typedef struct {
    Arena *scratch;
    Lexicon *lexicon; /* made for the first line that needs it */
    Trigger *trigger;
    Blocks blocks;
    Line line;
    StrBuf *out;
    StrBuf rounds[2]; /* a segment before and after a round */
    Str text;
    bool has_backslash, has_carriage; /* somewhere in the text */
    size_t copied;                    /* of text into out; what lies behind is not changed so far */
} Redactor;

static void sort_spans(Line *line)
{
    for (uint32_t i = 1; i < line->span_count; i++) {
        Span span = line->spans[i];
        uint32_t at = i;
        for (; at && line->spans[at - 1].start > span.start; at--)
            line->spans[at] = line->spans[at - 1];
        line->spans[at] = span;
    }
}

/* Spans that overlap become one; what is masked already is no span. */
static void merge_spans(Line *line)
{
    uint32_t kept = 0;
    sort_spans(line);
    for (uint32_t i = 0; i < line->span_count; i++) {
        Span span = line->spans[i];
        if (kept && span.start < line->spans[kept - 1].end)
            line->spans[kept - 1].end = MAX_OF(line->spans[kept - 1].end, span.end);
        else if (!str_equal(line_span_text(line, span), MASK))
            line->spans[kept++] = span;
    }
    line->span_count = kept;
}

static void mark(Redactor *redactor)
{
    Line *line = &redactor->line;
    shapes_mark(line);
    rules_mark(line);
    commands_mark(line, redactor->blocks.section);
    keys_mark(line, redactor->lexicon);
    programs_mark(line, redactor->lexicon);
    blocks_mark(&redactor->blocks, line);
    merge_spans(line);
}

/* Writes the piece from its byte from on; true when something was masked. */
static bool write_piece(const Line *line, size_t from, size_t to, StrBuf *out)
{
    bool masked = false;
    for (uint32_t i = 0; i < line->span_count; i++) {
        const Span *span = &line->spans[i];
        if (span->end <= from || span->start >= to)
            continue;
        size_t start = MAX_OF((size_t)span->start, from);
        strbuf_append(out, str_slice(line->text, from, start - from));
        strbuf_append(out, MASK);
        from = span->end;
        masked = true;
    }
    if (from < to)
        strbuf_append(out, str_slice(line->text, from, to - from));
    return masked;
}

/* The bytes to take at once: all, or up to a blank where the text is long. */
static size_t piece_size(Str text)
{
    if (text.size <= PIECE_BYTES)
        return text.size;
    size_t size = PIECE_BYTES;
    while (size > PIECE_BYTES / 2 && (unsigned char)text.data[size - 1] > ' ' &&
           text.data[size - 1] != ',')
        size--;
    return size > PIECE_BYTES / 2 ? size : PIECE_BYTES;
}

/* What follows a secret that a piece was cut within, up to a blank or quote. */
static size_t secret_tail(Str text, size_t from)
{
    while (from < text.size && (unsigned char)text.data[from] > ' ' &&
           str_find_byte(STR("\"'`<>,;"), text.data[from]) == STR_NOT_FOUND)
        from++;
    return from;
}

/* One look at all of a segment, in pieces that overlap; true when something was masked. */
static bool redact_round(Redactor *redactor, Str text, StrBuf *out)
{
    Line *line = &redactor->line;
    if (!redactor->lexicon)
        redactor->lexicon = lexicon_new(redactor->scratch);
    bool masked = false;
    size_t start = 0;
    size_t written = 0;
    while (written < text.size) {
        Str rest = str_from(text, start);
        size_t covered = line_split(line, redactor->lexicon, str_slice(rest, 0, piece_size(rest)));
        bool last = start + covered >= text.size;
        line->text = str_slice(line->text, 0, covered);
        mark(redactor);
        masked |= write_piece(line, written - start, covered, out);
        written = start + covered;
        if (last)
            break;
        bool cut = line->span_count && line->spans[line->span_count - 1].end >= covered;
        if (cut)
            written = secret_tail(text, written);
        uint32_t context = line->count > CONTEXT_TOKENS ? line->count - CONTEXT_TOKENS : 0;
        size_t next = line->count ? start + line->tokens[context].start : written;
        start = context && !cut ? MIN_OF(next, written) : written;
    }
    return masked;
}

/* Replaces text by what is written in its place. Everything before it is copied first. */
static void replace(Redactor *redactor, Str text, Str by)
{
    size_t start = (size_t)(text.data - redactor->text.data);
    strbuf_append(redactor->out,
                  str_slice(redactor->text, redactor->copied, start - redactor->copied));
    strbuf_append(redactor->out, by);
    redactor->copied = start + text.size;
}

/*
 * A segment is looked at again until nothing more is found in it, so that redacting what has been
 * redacted changes nothing. Returns the segment as it stands afterwards.
 */
static Str redact_segment(Redactor *redactor, Str segment)
{
    Str now = segment;
    bool masked = false;
    for (int round = 0; round < MAX_ROUNDS; round++) {
        StrBuf *out = &redactor->rounds[round % 2];
        strbuf_clear(out);
        if (!redact_round(redactor, now, out))
            break;
        masked = true;
        now = strbuf_str(out);
    }
    if (masked)
        replace(redactor, segment, now);
    return now;
}

static void redact_line(Redactor *redactor, Str line)
{
    Span key;
    Str secret;
    Blocks *blocks = &redactor->blocks;
    if (line.size == 0)
        return;
    if (blocks_take_line(blocks, line, &secret)) {
        if (!str_equal(secret, MASK))
            replace(redactor, secret, MASK);
        return;
    }
    while (blocks_find_inline_key(line, &key)) {
        redact_segment(redactor, str_slice(line, 0, key.start));
        replace(redactor, str_slice(line, key.start, key.end - key.start), MASK);
        line = str_from(line, key.end);
    }
    bool announced = blocks->section || blocks->value_follows || blocks->columns;
    if (!announced && !trigger_fires(redactor->trigger, line))
        return;
    blocks_follow(blocks, redact_segment(redactor, line));
}

/* Returns whether a string of JSON or Python may begin with the quote at i. */
static bool may_open_string(Str line, size_t i)
{
    bool has_prefix =
        i > 0 && line.data[i - 1] == 'b' && (i == 1 || !ascii_is_letter_or_digit(line.data[i - 2]));
    Str before = str_trim_right(str_slice(line, 0, has_prefix ? i - 1 : i));
    return str_empty(before) ||
           str_find_byte(STR(":={[,("), before.data[before.size - 1]) != STR_NOT_FOUND;
}

/* A text within JSON, perhaps behind the date of a log: its lines end with the two letters \n. */
static bool holds_escaped_lines(Str line)
{
    size_t quote = 0;
    while (quote < line.size &&
           !((line.data[quote] == '"' || line.data[quote] == '\'') && may_open_string(line, quote)))
        quote++;
    return quote < line.size && str_find(str_from(line, quote), STR("\\n")) != STR_NOT_FOUND;
}

/* A string within a string, as container logs have it: the ends of its lines are escaped twice. */
static bool is_nested(Str line)
{
    return str_find(line, STR("\\\":")) != STR_NOT_FOUND;
}

/* Stores where the next \n or \r that is written as letters begins and ends; both are the size if
 * there is none. */
static void find_escaped_end(Str text, bool nested, size_t *out_start, size_t *out_end)
{
    *out_start = *out_end = text.size;
    for (size_t i = 0; i + 1 < text.size; i++) {
        size_t start = i;
        while (i < text.size && text.data[i] == '\\')
            i++;
        bool counts = (i - start) % 2 == 1 || (nested && i > start);
        if (counts && i < text.size && (text.data[i] == 'n' || text.data[i] == 'r')) {
            *out_start = start;
            *out_end = i + 1;
            return;
        }
    }
}

static void redact_physical_line(Redactor *redactor, Str line)
{
    if (!redactor->has_backslash || line.size < 8 || !memchr(line.data, '\\', line.size) ||
        !holds_escaped_lines(line)) {
        redact_line(redactor, line);
        return;
    }
    bool nested = is_nested(line);
    while (line.size) {
        size_t start = 0;
        size_t end = 0;
        find_escaped_end(line, nested, &start, &end);
        redact_line(redactor, str_slice(line, 0, start));
        line = str_from(line, end);
    }
}

/* Takes what stands before the next \n or \r; either ends a line here. */
static Str next_line(const Redactor *redactor, Str *rest)
{
    const char *newline = memchr(rest->data, '\n', rest->size);
    size_t end = newline ? (size_t)(newline - rest->data) : rest->size;
    const char *carriage = redactor->has_carriage ? memchr(rest->data, '\r', end) : NULL;
    end = carriage ? (size_t)(carriage - rest->data) : end;
    Str line = str_slice(*rest, 0, end);
    *rest = str_from(*rest, end + 1);
    return line;
}

static void free_buffer(void *buffer)
{
    strbuf_done(buffer);
}

Str redact_text(Arena *arena, Str text)
{
    auto_arena Arena *scratch = arena_new();
    Redactor *redactor = ARENA_NEW(scratch, Redactor);
    StrBuf *out = ARENA_NEW(arena, StrBuf);
    size_t max_bytes = text.size * GROWTH + MASK.size;
    strbuf_init(out, max_bytes);
    arena_on_free(arena, free_buffer, out);
    for (size_t i = 0; i < COUNT_OF(redactor->rounds); i++) {
        strbuf_init(&redactor->rounds[i], max_bytes);
        arena_on_free(scratch, free_buffer, &redactor->rounds[i]);
    }
    redactor->scratch = scratch;
    redactor->trigger = trigger_new(scratch);
    redactor->out = out;
    redactor->text = text;
    redactor->has_backslash = str_find_byte(text, '\\') != STR_NOT_FOUND;
    redactor->has_carriage = str_find_byte(text, '\r') != STR_NOT_FOUND;
    for (Str rest = text; rest.size;)
        redact_physical_line(redactor, next_line(redactor, &rest));
    if (redactor->copied == 0)
        return text;
    strbuf_append(out, str_from(text, redactor->copied));
    check(!out->overflowed);
    return strbuf_str(out);
}
