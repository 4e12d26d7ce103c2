/* SPDX-License-Identifier: Apache-2.0 */
#include "app/chat/markdown.h"
#include "app/chat/markdown_private.h"

#include "base/ascii.h"
#include "base/utf8.h"

enum { LOOK_AHEAD = 8, CITATION_MAX_DIGITS = 4, NESTING_MAX = 8 };

/* What became of the bytes at a place. */
typedef enum { IS_TEXT, IS_SPAN, IS_UNDECIDED } Decision;

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

static bool is_word(char byte)
{
    return ascii_is_letter_or_digit(byte) || (unsigned char)byte >= 0x80;
}

static size_t run_length(Str text, size_t at)
{
    size_t end = at;
    while (end < text.size && text.data[end] == text.data[at])
        end++;
    return end - at;
}

/* Whether all bytes that a span may have are there. */
static bool is_whole(const InlineText *inline_text, Str text, size_t at)
{
    return inline_text->has_ended || text.size - at >= MARKDOWN_SPAN_BYTES + LOOK_AHEAD;
}

static Decision text_or_undecided(const InlineText *inline_text, Str text, size_t at)
{
    return is_whole(inline_text, text, at) ? IS_TEXT : IS_UNDECIDED;
}

static void render_inside(const InlineText *inline_text, Style style, Str text)
{
    InlineText inside = {.flow = inline_text->flow,
                         .style = inline_text->style | style,
                         .has_ended = true,
                         .previous = ' ',
                         .depth = inline_text->depth + 1};
    size_t rendered = markdown_inline(&inside, text);
    check(rendered == text.size);
}

/* Finds the next run of exactly that many bytes which may close a span that began at `at`. Stores
 * where it is. */
static Decision find_close(const InlineText *inline_text, Str text, size_t at, size_t *out_close)
{
    char marker = text.data[at];
    size_t length = run_length(text, at);
    size_t run = 0;
    for (size_t i = at + length; i < text.size && i - at < MARKDOWN_SPAN_BYTES;
         i += MAX_OF(run, (size_t)1)) {
        run = text.data[i] == marker ? run_length(text, i) : 0;
        if (run > 0 && i + run == text.size && !inline_text->has_ended)
            return IS_UNDECIDED;
        bool after_space = marker != '`' && is_space(text.data[i - 1]);
        bool in_word = marker == '_' && i + run < text.size && is_word(text.data[i + run]);
        if (run == length && !after_space && !in_word) {
            *out_close = i;
            return IS_SPAN;
        }
    }
    return text_or_undecided(inline_text, text, at);
}

static Decision render_code(const InlineText *inline_text, Str text, size_t *at)
{
    size_t close = 0;
    size_t length = run_length(text, *at);
    if (*at + length == text.size && !inline_text->has_ended)
        return IS_UNDECIDED;
    Decision decision = find_close(inline_text, text, *at, &close);
    if (decision != IS_SPAN)
        return decision;
    Str code = str_slice(text, *at + length, close - *at - length);
    bool is_padded = code.size > 2 && code.data[0] == ' ' && code.data[code.size - 1] == ' ';
    flow_put(inline_text->flow, inline_text->style | STYLE_CODE,
             is_padded ? str_slice(code, 1, code.size - 2) : code);
    *at = close + length;
    return IS_SPAN;
}

static Decision render_emphasis(const InlineText *inline_text, Str text, size_t *at)
{
    static const Style styles[] = {0, STYLE_ITALIC, STYLE_BOLD, STYLE_BOLD | STYLE_ITALIC};
    size_t close = 0;
    char marker = text.data[*at];
    size_t length = run_length(text, *at);
    char before = *at > 0 ? text.data[*at - 1] : inline_text->previous;
    if (*at + length == text.size)
        return inline_text->has_ended ? IS_TEXT : IS_UNDECIDED;
    bool is_strike = marker == '~';
    if (length > 3 || (is_strike && length != 2) || is_space(text.data[*at + length]) ||
        (marker == '_' && is_word(before)))
        return IS_TEXT;
    Decision decision = find_close(inline_text, text, *at, &close);
    if (decision != IS_SPAN)
        return decision;
    render_inside(inline_text, is_strike ? STYLE_STRUCK : styles[length],
                  str_slice(text, *at + length, close - *at - length));
    *at = close + length;
    return IS_SPAN;
}

static bool is_citation(Str content)
{
    for (size_t i = 0; i < content.size; i++)
        if (!ascii_is_digit(content.data[i]))
            return false;
    return content.size > 0 && content.size <= CITATION_MAX_DIGITS;
}

/* Finds a byte of a span that began at `at`. *place is where to begin, and then where it is. */
static Decision find_byte(const InlineText *inline_text, Str text, size_t at, char byte,
                          size_t *place)
{
    size_t begun = *place - at;
    size_t limit = begun < MARKDOWN_SPAN_BYTES ? MARKDOWN_SPAN_BYTES - begun : 0;
    size_t found = str_find_byte(str_slice(text, *place, limit), byte);
    if (found == STR_NOT_FOUND)
        return text_or_undecided(inline_text, text, at);
    *place += found;
    return IS_SPAN;
}

/* Shows where a link leads, unless its text says so. */
static void put_link(const InlineText *inline_text, Str content, Str url)
{
    Str target = str_trim(url);
    render_inside(inline_text, STYLE_LINK, content);
    if (str_equal(content, target) || str_empty(target))
        return;
    flow_put(inline_text->flow, inline_text->style | STYLE_DIM, STR(" ("));
    flow_put(inline_text->flow, inline_text->style | STYLE_DIM, target);
    flow_put(inline_text->flow, inline_text->style | STYLE_DIM, STR(")"));
}

/* A link or a citation, which begins at its bracket, or an image, which begins one byte before. */
static Decision render_bracket(const InlineText *inline_text, Str text, size_t bracket, size_t *at)
{
    size_t close = bracket;
    Decision decision = find_byte(inline_text, text, *at, ']', &close);
    if (decision != IS_SPAN)
        return decision;
    if (close + 1 == text.size && !inline_text->has_ended)
        return IS_UNDECIDED;
    Str content = str_slice(text, bracket + 1, close - bracket - 1);
    if (close + 1 < text.size && text.data[close + 1] == '(') {
        size_t end = close + 2;
        decision = find_byte(inline_text, text, *at, ')', &end);
        if (decision != IS_SPAN)
            return decision;
        put_link(inline_text, content, str_slice(text, close + 2, end - close - 2));
        *at = end + 1;
        return IS_SPAN;
    }
    if (bracket != *at || !is_citation(content))
        return IS_TEXT;
    flow_put(inline_text->flow, inline_text->style | STYLE_CITATION,
             str_slice(text, bracket, close + 1 - bracket));
    *at = close + 1;
    return IS_SPAN;
}

static Decision render_escape(const InlineText *inline_text, Str text, size_t *at)
{
    if (*at + 1 == text.size)
        return inline_text->has_ended ? IS_TEXT : IS_UNDECIDED;
    if (str_find_byte(STR("\\`*_{}[]()#+-.!|~>"), text.data[*at + 1]) == STR_NOT_FOUND)
        return IS_TEXT;
    flow_put(inline_text->flow, inline_text->style, str_slice(text, *at + 1, 1));
    *at += 2;
    return IS_SPAN;
}

static Decision render_image(const InlineText *inline_text, Str text, size_t *at)
{
    if (*at + 1 == text.size)
        return inline_text->has_ended ? IS_TEXT : IS_UNDECIDED;
    return text.data[*at + 1] == '[' ? render_bracket(inline_text, text, *at + 1, at) : IS_TEXT;
}

static Decision render_span(const InlineText *inline_text, Str text, size_t *at)
{
    if (inline_text->depth > NESTING_MAX)
        return IS_TEXT;
    switch (text.data[*at]) {
    case '\\':
        return render_escape(inline_text, text, at);
    case '`':
        return render_code(inline_text, text, at);
    case '*':
    case '_':
    case '~':
        return render_emphasis(inline_text, text, at);
    case '[':
        return render_bracket(inline_text, text, *at, at);
    case '!':
        return render_image(inline_text, text, at);
    default:
        return IS_TEXT;
    }
}

/* Renders one character, or the whole run of a marker that is text. Returns how many bytes that
 * is; 0: the rest of the character is missing. */
static size_t put_text(const InlineText *inline_text, Str text, size_t at)
{
    Str rest = str_from(text, at);
    bool is_marker = str_find_byte(STR("`*_~"), rest.data[0]) != STR_NOT_FOUND;
    size_t size = is_marker ? run_length(text, at) : utf8_length(rest);
    if (size == 0 && rest.size < UTF8_MAX_BYTES && !inline_text->has_ended)
        return 0;
    size = MAX_OF(size, (size_t)1);
    flow_put(inline_text->flow, inline_text->style, str_slice(rest, 0, size));
    return size;
}

size_t markdown_inline(InlineText *inline_text, Str text)
{
    size_t at = 0;
    while (at < text.size) {
        Decision decision = render_span(inline_text, text, &at);
        size_t size = decision == IS_TEXT ? put_text(inline_text, text, at) : 0;
        if (decision == IS_UNDECIDED || (decision == IS_TEXT && size == 0))
            break;
        at += size;
    }
    if (at > 0)
        inline_text->previous = text.data[at - 1];
    return at;
}
