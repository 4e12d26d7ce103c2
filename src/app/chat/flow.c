/* SPDX-License-Identifier: Apache-2.0 */
#include "app/chat/flow.h"

#include "base/utf8.h"

enum { WORD_MAX_BYTES = 4096, WORD_LONG_BYTES = 1024, TAB_COLUMNS = 8, MIDDLE_DOT = 0xb7 };

void flow_init(Flow *flow, const FlowOptions *options, StrBuf *out)
{
    *flow = (Flow){.options = *options, .out = out};
    strbuf_init(&flow->word, WORD_MAX_BYTES);
}

void flow_done(Flow *flow)
{
    strbuf_done(&flow->word);
}

typedef struct {
    uint32_t first;
    uint32_t last;
} Range;

static bool is_in(const Range *ranges, size_t count, uint32_t character)
{
    for (size_t i = 0; i < count; i++)
        if (character >= ranges[i].first && character <= ranges[i].last)
            return true;
    return false;
}

/* The blocks that terminals show over two columns, or over none, to a good approximation. */
static const Range wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},  {0x3041, 0xa4cf},
                             {0xac00, 0xd7a3},   {0xf900, 0xfaff},  {0xfe30, 0xfe6f},
                             {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f},
                             {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
static const Range combining[] = {
    {0x300, 0x36f}, {0x200b, 0x200d}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}};
static const Range controls[] = {{0, 0x1f},        {0x7f, 0x9f},     {0x200e, 0x200f},
                                 {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfff9, 0xfffb}};

static uint32_t width_of(uint32_t character)
{
    if (is_in(combining, COUNT_OF(combining), character))
        return 0;
    return is_in(wide, COUNT_OF(wide), character) ? 2 : 1;
}

static uint32_t make_harmless(uint32_t character)
{
    return is_in(controls, COUNT_OF(controls), character) ? MIDDLE_DOT : character;
}

/* Takes the next character. A byte that belongs to none is U+FFFD. */
static uint32_t take_character(Str *text)
{
    uint32_t character = UTF8_REPLACEMENT;
    size_t size = utf8_read(*text, &character);
    if (size == 0)
        character = UTF8_REPLACEMENT;
    *text = str_from(*text, MAX_OF(size, (size_t)1));
    return character;
}

uint32_t flow_width(Str text)
{
    uint32_t columns = 0;
    while (!str_empty(text))
        columns += width_of(make_harmless(take_character(&text)));
    return columns;
}

void flow_write_harmless(StrBuf *out, Str text)
{
    char bytes[UTF8_MAX_BYTES];
    while (!str_empty(text)) {
        size_t size = utf8_write(make_harmless(take_character(&text)), bytes);
        strbuf_append(out, str_make(bytes, size));
    }
}

/* SGR parameters (ECMA-48 §8.3.117) of each style. */
static const struct {
    Style style;
    const char *code;
} codes[] = {
    {STYLE_BOLD, ";1"},    {STYLE_ITALIC, ";3"},    {STYLE_STRUCK, ";9"}, {STYLE_CODE, ";36"},
    {STYLE_HEADING, ";1"}, {STYLE_CITATION, ";33"}, {STYLE_LINK, ";34"},  {STYLE_DIM, ";2"},
};

static void set_style(Flow *flow, StrBuf *out, Style style)
{
    if (style == flow->style)
        return;
    flow->style = style;
    if (!flow->options.has_colours)
        return;
    strbuf_append(out, STR("\033[0"));
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (style & codes[i].style)
            strbuf_append(out, str_of(codes[i].code));
    strbuf_append_byte(out, 'm');
}

static void put_spaces(Flow *flow, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        strbuf_append_byte(flow->out, ' ');
    flow->column += count;
}

static void break_line(Flow *flow)
{
    strbuf_append_byte(flow->out, '\n');
    flow->column = 0;
    put_spaces(flow, flow->indent);
    flow->spaces = 0;
}

static void end_word(Flow *flow)
{
    uint32_t columns = flow->options.columns;
    if (flow->word.size == 0)
        return;
    bool fits = flow->column + flow->spaces + flow->word_columns <= columns;
    if (columns > 0 && !fits && flow->spaces > 0 && flow->column > flow->indent)
        break_line(flow);
    put_spaces(flow, flow->spaces);
    flow->spaces = 0;
    strbuf_append(flow->out, strbuf_str(&flow->word));
    flow->column += flow->word_columns;
    strbuf_clear(&flow->word);
    flow->word_columns = 0;
}

static void put_character(Flow *flow, Style style, uint32_t character)
{
    char bytes[UTF8_MAX_BYTES];
    character = make_harmless(character);
    set_style(flow, &flow->word, style);
    strbuf_append(&flow->word, str_make(bytes, utf8_write(character, bytes)));
    flow->word_columns += width_of(character);
    if (flow->word.size >= WORD_LONG_BYTES)
        end_word(flow);
}

void flow_put(Flow *flow, Style style, Str text)
{
    while (!str_empty(text)) {
        uint32_t character = take_character(&text);
        if (character == ' ' || character == '\t') {
            end_word(flow);
            flow->spaces++;
        } else {
            put_character(flow, style, character);
        }
    }
}

void flow_put_verbatim(Flow *flow, Style style, Str text)
{
    while (!str_empty(text)) {
        uint32_t character = take_character(&text);
        uint32_t columns = flow->column + flow->spaces + flow->word_columns;
        uint32_t tab = TAB_COLUMNS - columns % TAB_COLUMNS;
        for (uint32_t i = character == '\t' ? tab : 1; i > 0; i--)
            put_character(flow, style, character == '\t' ? ' ' : character);
    }
}

void flow_newline(Flow *flow)
{
    flow_flush(flow);
    strbuf_append_byte(flow->out, '\n');
    flow->column = flow->spaces = 0;
}

void flow_flush(Flow *flow)
{
    end_word(flow);
    set_style(flow, flow->out, STYLE_PLAIN);
}
