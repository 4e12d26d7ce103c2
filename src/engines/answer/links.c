/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/answer/links.h"

#include "base/ascii.h"
#include "engines/answer/urls_internal.h"

enum { SLICE_BYTES = 4096, TAG_NAME_MAX = 32 };

/* What to do with the byte at hand: write `instead` for `taken` bytes. */
typedef struct {
    bool needs_more; /* the decision depends on bytes that have not arrived */
    size_t taken;
    Str instead; /* empty: the bytes stay as they are */
} Step;

static const Step KEEP = {.taken = 1};
static const Step WAIT = {.needs_more = true};

/* The bytes around a decision. */
typedef struct {
    LinkFilter *filter;
    Str before; /* at most LINK_CONTEXT_BYTES */
    Str rest;   /* begins with the byte at hand */
    bool is_last;
} View;

static Step deny(View *view, Str instead)
{
    view->filter->denied++;
    return (Step){.taken = 1, .instead = instead};
}

/* Returns whether the end that was found in the rest cannot move when more bytes arrive. */
static bool is_final(const View *view, size_t end)
{
    return view->is_last || end < view->rest.size || end > LINK_MAX_BYTES;
}

/* Returns whether a URL that begins in `before` and ends in the rest is one of the sources. Its
 * pieces are contiguous in memory. */
static bool is_source(const View *view, size_t scheme_bytes, size_t end)
{
    Str url = {view->rest.data - scheme_bytes, scheme_bytes + end};
    return url.size <= LINK_MAX_BYTES && link_set_has(view->filter->allowed, url);
}

/* Judges a URL whose first byte is scheme_bytes before the byte at hand, which is to be replaced if
 * the URL is not allowed. */
static Step judge_url(View *view, size_t scheme_bytes, Str instead)
{
    LinkFilter *filter = view->filter;
    if (filter->denied_left > 0)
        return deny(view, instead);
    size_t end = url_end(view->rest);
    if (!is_final(view, end))
        return WAIT;
    size_t trimmed = url_trim(str_slice(view->rest, 0, end)).size;
    if (is_source(view, scheme_bytes, trimmed))
        return (Step){.taken = MAX_OF(trimmed, (size_t)1)};
    filter->denied_left = end > LINK_MAX_BYTES ? SIZE_MAX : end;
    return deny(view, instead);
}

static bool is_script_scheme(Str scheme)
{
    static const Str schemes[] = {STR_INIT("javascript"), STR_INIT("vbscript"), STR_INIT("data"),
                                  STR_INIT("mailto"),     STR_INIT("xmpp"),     STR_INIT("blob")};
    for (size_t i = 0; i < COUNT_OF(schemes); i++)
        if (str_equal_ignore_case(scheme, schemes[i]))
            return true;
    return false;
}

/* ':' after a scheme. */
static Step at_colon(View *view)
{
    size_t scheme = url_scheme_before(view->before);
    Str after = str_from(view->rest, 1);
    if (scheme == 0)
        return KEEP;
    if (after.size < 2 && !view->is_last && (after.size == 0 || after.data[0] == '/'))
        return WAIT;
    Str name = str_from(view->before, view->before.size - scheme);
    bool has_slashes = str_starts_with(after, STR("//"));
    bool is_script = is_script_scheme(name) && after.size > 0 && !ascii_is_space(after.data[0]);
    if (!has_slashes && !is_script)
        return KEEP;
    /* Behind "[:]", a parenthesis would make a link. */
    return judge_url(view, scheme, has_slashes ? STR("[:]") : STR(": "));
}

static bool is_host_byte(char byte)
{
    return ascii_is_letter_or_digit(byte) || byte == '-' || byte == '_' || (byte & 0x80) != 0;
}

/* '.' after "www". */
static Step at_dot(View *view)
{
    Str before = view->before;
    size_t start = before.size - MIN_OF(before.size, 3);
    if (view->rest.size < 2 && !view->is_last)
        return WAIT;
    if (view->rest.size < 2 || !is_host_byte(view->rest.data[1]))
        return KEEP;
    if (!str_equal_ignore_case(str_from(before, start), STR("www")) ||
        (start > 0 && ascii_is_letter_or_digit(before.data[start - 1])))
        return KEEP;
    bool after_slashes =
        start >= 2 && before.data[start - 1] == '/' && before.data[start - 2] == '/';
    /* The scheme has decided already. */
    if (after_slashes && view->filter->denied_left == 0)
        return KEEP;
    return judge_url(view, 3, STR("[.]"));
}

/* Finds the destination of a link in the text behind "](", "]:" or "<": it is in angle brackets, or
 * ends at white space or at a closing parenthesis. Returns the offset of its end; its beginning is
 * stored. Where that is the end of the text, the destination may go on. */
static size_t find_destination(Str text, size_t *out_start)
{
    size_t at = 0;
    while (at < text.size && ascii_is_space(text.data[at]))
        at++;
    if (at < text.size && text.data[at] == '<') {
        size_t end = str_find_byte(str_from(text, at), '>');
        bool is_closed = end != STR_NOT_FOUND;
        *out_start = is_closed ? at + 1 : text.size;
        return is_closed ? at + end : text.size;
    }
    *out_start = at;
    return at + url_end(str_from(text, at));
}

static bool is_port(Str text)
{
    size_t digits = 0;
    while (digits < text.size && ascii_is_digit(text.data[digits]))
        digits++;
    return digits > 0 && digits == text.size && digits <= 5;
}

/* ']' before the destination of a link, an image or a definition. */
static Step at_bracket(View *view)
{
    LinkFilter *filter = view->filter;
    Str window = str_slice(view->rest, 0, LINK_MAX_BYTES);
    size_t start = 0;
    if (window.size < 2 && !view->is_last)
        return WAIT;
    bool is_definition = filter->in_definition && str_starts_with(window, STR("]:"));
    if (!is_definition && !str_starts_with(window, STR("]("))) {
        /* A label may contain an escaped bracket. */
        filter->in_definition &= str_ends_with(view->before, STR("\\"));
        return KEEP;
    }
    size_t end = 2 + find_destination(str_from(window, 2), &start);
    if (end == window.size && window.size < LINK_MAX_BYTES && !view->is_last)
        return WAIT;
    Str url = str_slice(window, 2 + start, end - MIN_OF(end, 2 + start));
    filter->in_definition = false;
    bool is_allowed = link_set_has(filter->allowed, url) || (is_definition && is_port(url));
    if (is_allowed && filter->denied_left == 0)
        return KEEP;
    return deny(view, STR("] "));
}

/* Elements that do harm without any attribute. */
static bool is_active_element(Str name)
{
    static const Str names[] = {
        STR_INIT("script"), STR_INIT("style"),    STR_INIT("iframe"), STR_INIT("frame"),
        STR_INIT("svg"),    STR_INIT("math"),     STR_INIT("object"), STR_INIT("embed"),
        STR_INIT("link"),   STR_INIT("meta"),     STR_INIT("base"),   STR_INIT("form"),
        STR_INIT("title"),  STR_INIT("textarea"), STR_INIT("xmp"),    STR_INIT("plaintext"),
        STR_INIT("select"), STR_INIT("noscript"), STR_INIT("portal"), STR_INIT("template"),
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_equal_ignore_case(name, names[i]))
            return true;
    return false;
}

/* '<' before a tag or an autolink. */
static Step at_less(View *view)
{
    Str window = str_slice(view->rest, 0, LINK_MAX_BYTES);
    size_t end = 1;
    while (end < window.size && end <= TAG_NAME_MAX &&
           (ascii_is_letter_or_digit(window.data[end]) || window.data[end] == '-'))
        end++;
    if (end == window.size && !view->is_last)
        return WAIT;
    Str name = str_slice(window, 1, end - 1);
    if (str_empty(name) || !ascii_is_letter(name.data[0]))
        return KEEP;
    char next = end < window.size ? window.data[end] : ' ';
    if (next == '>' && !is_active_element(name))
        return KEEP;
    if (next == ':') {
        size_t close = str_find_byte(window, '>');
        if (close == STR_NOT_FOUND && window.size < LINK_MAX_BYTES && !view->is_last)
            return WAIT;
        if (close != STR_NOT_FOUND &&
            link_set_has(view->filter->allowed, str_slice(window, 1, close - 1)))
            return KEEP;
    }
    return deny(view, STR("< "));
}

/* '!' before the label of an image: a browser loads an image without being asked, so that it
 * becomes a link at most. */
static Step at_exclamation(View *view)
{
    if (view->rest.size < 2)
        return view->is_last ? KEEP : WAIT;
    return view->rest.data[1] == '[' ? deny(view, STR("! ")) : KEEP;
}

/* Follows where lines begin, for definitions. */
static void follow(LinkFilter *filter, char byte)
{
    bool is_mark = ascii_is_blank(byte) || ascii_is_digit(byte) || byte == '>' || byte == '*' ||
                   byte == '-' || byte == '+' || byte == '.' || byte == ')';
    if (byte == '[' && filter->line_start)
        filter->in_definition = true;
    filter->line_start = byte == '\n' || byte == '\r' || (filter->line_start && is_mark);
    if (url_ends_at(byte))
        filter->denied_left = 0;
    else if (filter->denied_left > 0 && filter->denied_left < SIZE_MAX)
        filter->denied_left--;
}

static Step decide(View *view)
{
    switch (view->rest.data[0]) {
    case ':':
        return at_colon(view);
    case '.':
        return at_dot(view);
    case ']':
        return at_bracket(view);
    case '<':
        return at_less(view);
    case '!':
        return at_exclamation(view);
    default:
        return KEEP;
    }
}

/* Processes what is decided and keeps the rest. */
static void run(LinkFilter *filter, bool is_last, StrBuf *out)
{
    Str text = strbuf_str(&filter->pending);
    size_t at = filter->context;
    size_t written = at;
    while (at < text.size) {
        size_t context = MIN_OF(at, LINK_CONTEXT_BYTES);
        View view = {filter, str_slice(text, at - context, context), str_from(text, at), is_last};
        Step step = decide(&view);
        if (step.needs_more)
            break;
        for (size_t i = 0; i < step.taken; i++)
            follow(filter, text.data[at + i]);
        at += step.taken;
        if (!str_empty(step.instead)) {
            strbuf_append(out, str_slice(text, written, at - step.taken - written));
            strbuf_append(out, step.instead);
            written = at;
        }
    }
    strbuf_append(out, str_slice(text, written, at - written));
    filter->context = MIN_OF(at, LINK_CONTEXT_BYTES);
    strbuf_consume(&filter->pending, at - filter->context);
}

void link_filter_init(LinkFilter *filter, const LinkSet *allowed)
{
    *filter = (LinkFilter){.allowed = allowed, .line_start = true};
    strbuf_init(&filter->pending, LINK_CONTEXT_BYTES + 2 * LINK_MAX_BYTES + SLICE_BYTES);
}

void link_filter_done(LinkFilter *filter)
{
    strbuf_done(&filter->pending);
}

void link_filter_take(LinkFilter *filter, Str piece, StrBuf *out)
{
    while (!str_empty(piece)) {
        Str slice = str_slice(piece, 0, SLICE_BYTES);
        piece = str_from(piece, slice.size);
        strbuf_append(&filter->pending, slice);
        run(filter, false, out);
    }
}

void link_filter_end(LinkFilter *filter, StrBuf *out)
{
    run(filter, true, out);
}
