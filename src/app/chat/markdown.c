/* SPDX-License-Identifier: Apache-2.0 */
#include "app/chat/markdown.h"
#include "app/chat/markdown_private.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "base/utf8.h"

enum {
    LINE_MAX_BYTES = 64 * 1024,
    HELD_BYTES = 4096, /* of a line whose kind is not decided, and of a line of code */
    RULE_COLUMNS = 40,
    INDENT_MAX = 24,
    QUOTES_MAX = 8,
    ORDER_MAX_DIGITS = 9,
    FENCE_MIN = 3,
};

typedef enum { AT_BEGIN, IN_TEXT, IN_CODE_LINE } Place;

struct Markdown {
    Flow flow;
    StrBuf line;  /* what has not been rendered of the line */
    StrBuf table; /* the lines of the table so far */
    Place place;  /* in the line */
    InlineText text;
    char fence; /* ` or ~ within fenced code, else 0 */
    size_t fence_length;
    uint32_t quotes;  /* of the line */
    uint32_t returns; /* carriage returns that may belong to the end of the line */
    bool has_text;    /* a block was rendered */
    bool wants_gap;   /* a blank line comes before the next block */
};

Markdown *markdown_new(const FlowOptions *options)
{
    Markdown *markdown = MEM_NEW(Markdown);
    flow_init(&markdown->flow, options, NULL);
    strbuf_init(&markdown->line, LINE_MAX_BYTES);
    strbuf_init(&markdown->table, MARKDOWN_TABLE_BYTES);
    return markdown;
}

void markdown_free(Markdown *markdown)
{
    if (!markdown)
        return;
    flow_done(&markdown->flow);
    strbuf_done(&markdown->line);
    strbuf_done(&markdown->table);
    mem_free(markdown);
}

void markdown_cleanup(Markdown **markdown)
{
    markdown_free(*markdown);
}

/* Several blank lines become one, and those before the first block none. */
static void begin_block(Markdown *markdown)
{
    if (markdown->wants_gap && markdown->has_text)
        flow_newline(&markdown->flow);
    markdown->wants_gap = false;
    markdown->has_text = true;
}

static void end_table(Markdown *markdown)
{
    if (markdown->table.size == 0)
        return;
    begin_block(markdown);
    markdown_table(&markdown->flow, strbuf_str(&markdown->table));
    strbuf_clear(&markdown->table);
}

static void begin_text(Markdown *markdown, Style style)
{
    Flow *flow = &markdown->flow;
    flow->indent = MIN_OF(flow->column + flow->spaces + flow->word_columns, (uint32_t)INDENT_MAX);
    markdown->text = (InlineText){.flow = flow, .style = style};
    markdown->place = IN_TEXT;
}

static size_t run_of(Str text, char byte)
{
    size_t size = 0;
    while (size < text.size && text.data[size] == byte)
        size++;
    return size;
}

/* What begins a line. A kind is decided when no further text of the line can change it. */
typedef enum {
    LINE_UNDECIDED,
    LINE_BLANK,
    LINE_TEXT,
    LINE_HEADING,
    LINE_RULE,
    LINE_FENCE,
    LINE_QUOTE,
    LINE_BULLET,
    LINE_NUMBER,
    LINE_TABLE,
} LineKind;

typedef struct {
    LineKind kind;
    size_t indent; /* columns before the marker */
    size_t marker; /* bytes of the marker and the space after it */
    size_t taken;  /* bytes before the marker */
    Str rest;      /* from the marker on, of the bytes that decided */
} LineStart;

static bool is_followed_by_space(Str rest, size_t marker)
{
    return rest.size == marker || ascii_is_blank(rest.data[marker]);
}

/* Returns whether the line is a rule so far: three or more of one marker, with blanks. */
static bool may_be_rule(Str rest, size_t *out_count)
{
    *out_count = 0;
    for (size_t i = 0; i < rest.size; i++) {
        if (!ascii_is_blank(rest.data[i]) && rest.data[i] != rest.data[0])
            return false;
        *out_count += rest.data[i] == rest.data[0];
    }
    return true;
}

static LineKind decide_heading(Str rest, bool has_ended, size_t *out_marker)
{
    size_t marks = run_of(rest, '#');
    if (marks == rest.size && !has_ended)
        return LINE_UNDECIDED;
    *out_marker = marks + (marks < rest.size);
    return marks <= 6 && is_followed_by_space(rest, marks) ? LINE_HEADING : LINE_TEXT;
}

static LineKind decide_fence(Str rest, bool has_ended)
{
    size_t marks = run_of(rest, rest.data[0]);
    if (marks < FENCE_MIN && (marks < rest.size || has_ended))
        return LINE_TEXT;
    if (!has_ended)
        return LINE_UNDECIDED;
    bool is_code =
        rest.data[0] == '`' && str_find_byte(str_from(rest, marks), '`') != STR_NOT_FOUND;
    return is_code ? LINE_TEXT : LINE_FENCE;
}

static LineKind decide_bullet(Str rest, bool has_ended, size_t *out_marker)
{
    size_t count = 0;
    *out_marker = MIN_OF(rest.size, (size_t)2);
    if (rest.data[0] != '+' && may_be_rule(rest, &count)) {
        if (!has_ended)
            return LINE_UNDECIDED;
        if (count >= 3)
            return LINE_RULE;
    }
    if (rest.size == 1 && !has_ended)
        return LINE_UNDECIDED;
    return rest.data[0] != '_' && is_followed_by_space(rest, 1) ? LINE_BULLET : LINE_TEXT;
}

static LineKind decide_number(Str rest, bool has_ended, size_t *out_marker)
{
    size_t digits = 0;
    while (digits < rest.size && ascii_is_digit(rest.data[digits]))
        digits++;
    if (digits > ORDER_MAX_DIGITS)
        return LINE_TEXT;
    if (digits == rest.size)
        return has_ended ? LINE_TEXT : LINE_UNDECIDED;
    if (rest.data[digits] != '.' && rest.data[digits] != ')')
        return LINE_TEXT;
    if (digits + 1 == rest.size)
        return has_ended ? LINE_TEXT : LINE_UNDECIDED;
    *out_marker = digits + 2;
    return ascii_is_blank(rest.data[digits + 1]) ? LINE_NUMBER : LINE_TEXT;
}

static LineKind decide_marked(Str rest, bool has_ended, size_t *out_marker)
{
    switch (rest.data[0]) {
    case '#':
        return decide_heading(rest, has_ended, out_marker);
    case '`':
    case '~':
        return decide_fence(rest, has_ended);
    case '>':
        if (rest.size == 1 && !has_ended)
            return LINE_UNDECIDED;
        *out_marker = rest.size > 1 && rest.data[1] == ' ' ? 2 : 1;
        return LINE_QUOTE;
    case '-':
    case '*':
    case '+':
    case '_':
        return decide_bullet(rest, has_ended, out_marker);
    case '|':
        return has_ended ? LINE_TABLE : LINE_UNDECIDED;
    default:
        return ascii_is_digit(rest.data[0]) ? decide_number(rest, has_ended, out_marker)
                                            : LINE_TEXT;
    }
}

/* Only the first bytes of a line decide, however many are there already. */
static LineStart decide(Str line, bool has_ended)
{
    size_t blanks = 0;
    LineStart start = {0};
    bool is_long = line.size >= HELD_BYTES;
    line = str_slice(line, 0, HELD_BYTES);
    has_ended &= !is_long;
    for (; blanks < line.size && ascii_is_blank(line.data[blanks]); blanks++)
        start.indent += line.data[blanks] == '\t' ? 4u : 1u;
    start.rest = str_from(line, blanks);
    if (!str_empty(start.rest))
        start.kind = decide_marked(start.rest, has_ended, &start.marker);
    else
        start.kind = has_ended ? LINE_BLANK : LINE_UNDECIDED;
    if (start.kind == LINE_UNDECIDED && is_long)
        start.kind = LINE_TEXT;
    start.taken = blanks;
    return start;
}

static void put_indent(Markdown *markdown, size_t columns)
{
    for (size_t i = 0; i < MIN_OF(columns, (size_t)INDENT_MAX); i++)
        flow_put_verbatim(&markdown->flow, STYLE_PLAIN, STR(" "));
}

static void put_rule(Markdown *markdown)
{
    for (int i = 0; i < RULE_COLUMNS; i++)
        flow_put_verbatim(&markdown->flow, STYLE_DIM, STR("─"));
}

static void begin_fence(Markdown *markdown, Str rest)
{
    markdown->fence = rest.data[0];
    markdown->fence_length = run_of(rest, rest.data[0]);
    Str info = str_trim(str_from(rest, markdown->fence_length));
    if (!str_empty(info) && !str_equal(info, STR("text"))) {
        flow_put(&markdown->flow, STYLE_DIM, info);
        flow_newline(&markdown->flow);
    }
}

/* Renders what begins a line, and takes it off the line. */
static void begin_line(Markdown *markdown, const LineStart *start)
{
    bool without_colours = !markdown->flow.options.has_colours;
    Str marker = str_slice(start->rest, 0, start->marker);
    size_t taken = start->taken;
    if (start->kind != LINE_QUOTE)
        put_indent(markdown, start->kind == LINE_HEADING ? 0 : start->indent);
    switch (start->kind) {
    case LINE_HEADING:
        if (without_colours)
            flow_put_verbatim(&markdown->flow, STYLE_PLAIN, marker);
        begin_text(markdown, STYLE_HEADING);
        taken += start->marker;
        break;
    case LINE_BULLET:
        flow_put_verbatim(&markdown->flow, STYLE_PLAIN, STR("• "));
        begin_text(markdown, STYLE_PLAIN);
        taken += start->marker;
        break;
    case LINE_NUMBER:
        flow_put_verbatim(&markdown->flow, STYLE_PLAIN, marker);
        begin_text(markdown, STYLE_PLAIN);
        taken += start->marker;
        break;
    case LINE_RULE:
        put_rule(markdown);
        taken = markdown->line.size;
        break;
    default:
        begin_text(markdown, STYLE_PLAIN);
        break;
    }
    strbuf_consume(&markdown->line, taken);
}

static void take_quote(Markdown *markdown, const LineStart *start)
{
    begin_block(markdown);
    flow_put_verbatim(&markdown->flow, STYLE_DIM, STR("│ "));
    markdown->quotes++;
    strbuf_consume(&markdown->line, start->taken + start->marker);
}

static void take_table_line(Markdown *markdown, Str line)
{
    if (markdown->table.size + line.size + 1 > MARKDOWN_TABLE_BYTES)
        end_table(markdown);
    strbuf_append(&markdown->table, line);
    strbuf_append_byte(&markdown->table, '\n');
    strbuf_clear(&markdown->line);
}

/* Decides what the line is, if that is possible. Returns false while more text is needed. */
static bool step_begin(Markdown *markdown, bool has_ended)
{
    LineStart start = decide(strbuf_str(&markdown->line), has_ended);
    bool in_quote = markdown->quotes > 0;
    if (start.kind == LINE_UNDECIDED)
        return false;
    if (in_quote && (start.kind == LINE_TABLE || start.kind == LINE_FENCE ||
                     (start.kind == LINE_QUOTE && markdown->quotes >= QUOTES_MAX)))
        start.kind = LINE_TEXT;
    if (start.kind == LINE_TABLE) {
        take_table_line(markdown, start.rest);
        return true;
    }
    end_table(markdown);
    if (start.kind == LINE_BLANK) {
        markdown->wants_gap |= !in_quote;
        strbuf_clear(&markdown->line);
    } else if (start.kind == LINE_QUOTE) {
        take_quote(markdown, &start);
        return step_begin(markdown, has_ended);
    } else {
        begin_block(markdown);
        if (start.kind == LINE_FENCE) {
            begin_fence(markdown, start.rest);
            strbuf_clear(&markdown->line);
        } else {
            begin_line(markdown, &start);
        }
    }
    return true;
}

static bool closes_fence(const Markdown *markdown, Str line)
{
    Str rest = str_trim(line);
    size_t marks = run_of(rest, markdown->fence);
    return marks == rest.size && marks >= markdown->fence_length;
}

/* Returns how many bytes of a line of code are rendered at once; no character is cut. */
static size_t code_part(Str line)
{
    size_t size = HELD_BYTES;
    if (line.size <= HELD_BYTES)
        return line.size;
    while (size > HELD_BYTES - UTF8_MAX_BYTES && ((unsigned char)line.data[size] & 0xc0) == 0x80)
        size--;
    return size;
}

/* A line of code is held until its end, because it may close the fence. */
static void step_code(Markdown *markdown, bool has_ended)
{
    Str line = strbuf_str(&markdown->line);
    bool is_first = markdown->place == AT_BEGIN;
    if (has_ended && is_first && closes_fence(markdown, line)) {
        markdown->fence = 0;
        strbuf_clear(&markdown->line);
        return;
    }
    while (line.size > HELD_BYTES || (has_ended && line.size > 0)) {
        Str part = str_slice(line, 0, code_part(line));
        if (is_first)
            put_indent(markdown, 2);
        is_first = false;
        flow_put_verbatim(&markdown->flow, STYLE_CODE, part);
        markdown->place = IN_CODE_LINE;
        strbuf_consume(&markdown->line, part.size);
        line = strbuf_str(&markdown->line);
    }
    if (has_ended)
        flow_newline(&markdown->flow);
}

static void step_text(Markdown *markdown, bool has_ended)
{
    markdown->text.has_ended = has_ended;
    size_t rendered = markdown_inline(&markdown->text, strbuf_str(&markdown->line));
    strbuf_consume(&markdown->line, rendered);
}

/* Renders what can be rendered of the line. */
static void step(Markdown *markdown, bool has_ended)
{
    if (markdown->fence) {
        step_code(markdown, has_ended);
        return;
    }
    if (markdown->place == AT_BEGIN && !step_begin(markdown, has_ended))
        return;
    if (markdown->place == IN_TEXT)
        step_text(markdown, has_ended);
}

static void end_line(Markdown *markdown)
{
    Flow *flow = &markdown->flow;
    step(markdown, true);
    flow->indent = 0;
    if (flow->column + flow->spaces + flow->word_columns > 0)
        flow_newline(flow);
    strbuf_clear(&markdown->line);
    markdown->place = AT_BEGIN;
    markdown->quotes = markdown->returns = 0;
}

/* A carriage return is text unless it ends the line. */
static void append(Markdown *markdown, Str text)
{
    size_t size = text.size;
    while (size > 0 && text.data[size - 1] == '\r')
        size--;
    for (; size > 0 && markdown->returns > 0; markdown->returns--)
        strbuf_append_byte(&markdown->line, '\r');
    strbuf_append(&markdown->line, str_slice(text, 0, size));
    markdown->returns =
        MIN_OF(markdown->returns + (uint32_t)(text.size - size), (uint32_t)HELD_BYTES);
}

void markdown_write(Markdown *markdown, Str text, StrBuf *out)
{
    enum { AT_ONCE = 1024 };
    markdown->flow.out = out;
    while (!str_empty(text)) {
        size_t end = str_find_byte(text, '\n');
        size_t size = MIN_OF(MIN_OF(end, text.size), (size_t)AT_ONCE);
        append(markdown, str_slice(text, 0, size));
        text = str_from(text, size);
        if (str_starts_with(text, STR("\n"))) {
            end_line(markdown);
            text = str_from(text, 1);
        } else {
            step(markdown, false);
        }
    }
}

void markdown_end(Markdown *markdown, StrBuf *out)
{
    markdown->flow.out = out;
    if (markdown->line.size > 0 || markdown->place != AT_BEGIN || markdown->quotes > 0)
        end_line(markdown);
    end_table(markdown);
    flow_flush(&markdown->flow);
    markdown->fence = 0;
    markdown->has_text = markdown->wants_gap = false;
}
