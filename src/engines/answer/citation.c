/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/answer/citation.h"

#include "base/ascii.h"

enum { OPENING_BYTES = 6 /* "[[doc:" */ };

/* Returns how many of the first bytes of the text agree with the beginning of a citation. */
static size_t opening_agrees(Str text)
{
    static const char *openings[] = {"[[doc:", "[[src:"};
    size_t best = 0;
    for (size_t i = 0; i < COUNT_OF(openings); i++) {
        size_t same = 0;
        while (same < text.size && same < OPENING_BYTES && text.data[same] == openings[i][same])
            same++;
        best = MAX_OF(best, same);
    }
    return best;
}

/* Takes a number, with an optional letter before it, off *text. */
static bool take_number(Str *text, char letter, int64_t *out_number)
{
    Str rest = *text;
    size_t digits = 0;
    uint32_t number = 0;
    if (rest.size > 0 && rest.data[0] == letter)
        rest = str_from(rest, 1);
    while (digits < rest.size && ascii_is_digit(rest.data[digits]))
        digits++;
    if (!str_parse_u32(str_slice(rest, 0, digits), &number) || number == 0 ||
        number > CITATION_MAX_LINE)
        return false;
    *text = str_from(rest, digits);
    *out_number = number;
    return true;
}

/* Takes a hyphen or an en dash off *text. */
static bool take_dash(Str *text)
{
    static const Str dashes[] = {STR_INIT("-"), STR_INIT("\xe2\x80\x93")};
    for (size_t i = 0; i < COUNT_OF(dashes); i++) {
        if (str_starts_with(*text, dashes[i])) {
            *text = str_from(*text, dashes[i].size);
            return true;
        }
    }
    return false;
}

static bool parse_place(Str place, Citation *citation)
{
    if (str_starts_with(place, STR("p")))
        return take_number(&place, 'p', &citation->page) && str_empty(place);
    if (!str_starts_with(place, STR("L")) || !take_number(&place, 'L', &citation->line_start))
        return false;
    citation->line_end = citation->line_start;
    if (str_empty(place))
        return true;
    return take_dash(&place) && take_number(&place, 'L', &citation->line_end) && str_empty(place) &&
           citation->line_start <= citation->line_end;
}

/* Parses a whole text that begins with an opening and ends with ]]. */
static bool parse_citation(Str text, Citation *out_citation)
{
    enum { UUID_BYTES = UUID_TEXT_SIZE - 1 };
    Citation citation = {.is_global = text.data[2] == 's'};
    Str body = str_slice(text, OPENING_BYTES, text.size - OPENING_BYTES - 2);
    size_t bar = str_find_byte(body, '|');
    Str head = bar == STR_NOT_FOUND ? body : str_slice(body, 0, bar);
    if (head.size <= UUID_BYTES || head.data[UUID_BYTES] != ':' ||
        !uuid_parse(str_slice(head, 0, UUID_BYTES), &citation.id) ||
        !parse_place(str_from(head, UUID_BYTES + 1), &citation))
        return false;
    if (bar != STR_NOT_FOUND)
        citation.quote = str_trim(str_from(body, bar + 1));
    *out_citation = citation;
    return true;
}

/* What the held bytes are: nothing yet, or a part of this many bytes. */
static size_t judge_held(const CitationReader *reader, CitationPart *part)
{
    Str held = str_make(reader->held, reader->held_bytes);
    size_t agrees = opening_agrees(held);
    part->kind = CITATION_PART_TEXT;
    if (agrees < held.size && agrees < OPENING_BYTES)
        return 1;
    if (held.size <= OPENING_BYTES)
        return 0;
    Str end = str_from(held, held.size - 2);
    /* A citation does not contain another, so that each byte is looked at a bounded number of
     * times. */
    if (str_equal(end, STR("[[")))
        return held.size - 2;
    if (held.size > OPENING_BYTES + 1 && str_equal(end, STR("]]"))) {
        bool parsed = parse_citation(held, &part->citation);
        part->kind = parsed ? CITATION_PART_CITATION : CITATION_PART_MALFORMED;
        return held.size;
    }
    if (held.size < CITATION_MAX_BYTES)
        return 0;
    return held.size - (end.data[1] == '[');
}

static void drop_given(CitationReader *reader)
{
    reader->held_bytes -= reader->drop_bytes;
    memmove(reader->held, reader->held + reader->drop_bytes, reader->held_bytes);
    reader->drop_bytes = 0;
}

bool citation_reader_take(CitationReader *reader, Str *bytes, CitationPart *out_part)
{
    drop_given(reader);
    while (bytes->size > 0 || reader->held_bytes > 0) {
        CitationPart part = {.kind = CITATION_PART_TEXT};
        if (reader->held_bytes == 0 && bytes->data[0] != '[') {
            part.text = str_slice(*bytes, 0, MIN_OF(str_find_byte(*bytes, '['), bytes->size));
            *bytes = str_from(*bytes, part.text.size);
            *out_part = part;
            return true;
        }
        size_t size = reader->held_bytes > 0 ? judge_held(reader, &part) : 0;
        if (size > 0) {
            part.text = str_make(reader->held, size);
            reader->drop_bytes = size;
            *out_part = part;
            return true;
        }
        if (bytes->size == 0)
            return false;
        reader->held[reader->held_bytes++] = bytes->data[0];
        *bytes = str_from(*bytes, 1);
    }
    return false;
}

bool citation_reader_end(CitationReader *reader, CitationPart *out_part)
{
    drop_given(reader);
    if (reader->held_bytes == 0)
        return false;
    *out_part = (CitationPart){.text = str_make(reader->held, reader->held_bytes)};
    reader->drop_bytes = reader->held_bytes;
    return true;
}

/* Writes the text with each run of white space as one space, and none at the ends. Returns its
 * size, or SIZE_MAX if it does not fit. */
static size_t normalise(Str text, char *out, size_t capacity)
{
    Str word;
    size_t size = 0;
    while (str_next_word(&text, &word)) {
        size_t needed = word.size + (size > 0);
        if (needed > capacity - size)
            return SIZE_MAX;
        if (size > 0)
            out[size++] = ' ';
        memcpy(out + size, word.data, word.size);
        size += word.size;
    }
    return size;
}

/* The failure function of Knuth, Morris and Pratt (1977). */
static void prepare(Str pattern, uint16_t *failure)
{
    failure[0] = 0;
    for (size_t at = 1, same = 0; at < pattern.size; at++) {
        while (same > 0 && pattern.data[at] != pattern.data[same])
            same = failure[same - 1];
        same += pattern.data[at] == pattern.data[same];
        failure[at] = (uint16_t)same;
    }
}

/* Matches the pattern against text whose white space is normalised on the way. */
typedef struct {
    Str pattern;
    const uint16_t *failure;
    size_t same;
    size_t count;
    uint64_t recent[CITATION_MAX_BYTES / 64 + 1]; /* a ring of bits: the byte belongs to a word */
} Matcher;

static bool recent_bit(const Matcher *matcher, size_t at)
{
    at %= 64 * COUNT_OF(matcher->recent);
    return matcher->recent[at / 64] >> (at % 64) & 1;
}

static void set_recent_bit(Matcher *matcher, size_t at, bool value)
{
    at %= 64 * COUNT_OF(matcher->recent);
    uint64_t bit = (uint64_t)1 << (at % 64);
    matcher->recent[at / 64] =
        value ? matcher->recent[at / 64] | bit : matcher->recent[at / 64] & ~bit;
}

/* Returns whether a match ends at the byte, if next does not continue its last word. */
static bool match_byte(Matcher *matcher, char byte, char next)
{
    Str pattern = matcher->pattern;
    set_recent_bit(matcher, matcher->count++, ascii_is_letter_or_digit(byte));
    while (matcher->same > 0 &&
           (matcher->same == pattern.size || pattern.data[matcher->same] != byte))
        matcher->same = matcher->failure[matcher->same - 1];
    matcher->same += pattern.data[matcher->same] == byte;
    if (matcher->same < pattern.size ||
        (ascii_is_letter_or_digit(byte) && ascii_is_letter_or_digit(next)))
        return false;
    bool follows_word =
        matcher->count > pattern.size && recent_bit(matcher, matcher->count - pattern.size - 1);
    return !follows_word || !ascii_is_letter_or_digit(pattern.data[0]);
}

bool citation_quote_stands(Str quote, Str lines)
{
    char pattern[CITATION_MAX_BYTES];
    uint16_t failure[CITATION_MAX_BYTES];
    size_t size = normalise(quote, pattern, sizeof(pattern));
    Str word;
    if (size == 0 || size == SIZE_MAX)
        return size == 0;
    Matcher matcher = {.pattern = str_make(pattern, size), .failure = failure};
    prepare(matcher.pattern, failure);
    while (str_next_word(&lines, &word)) {
        if (matcher.count > 0 && match_byte(&matcher, ' ', ' '))
            return true;
        for (size_t i = 0; i < word.size; i++) {
            char next = i + 1 < word.size ? word.data[i + 1] : ' ';
            if (match_byte(&matcher, word.data[i], next))
                return true;
        }
    }
    return false;
}
