/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as Markdown for a terminal: how they are cut into pieces must change nothing, what
 * comes out is UTF-8, and its only control characters are line breaks and colours. */
#include "app/chat/markdown.h"

#include "base/ascii.h"

enum { OUT_BYTES = 64 << 20 };

static void render(const FlowOptions *options, Str text, size_t piece, StrBuf *out)
{
    auto_markdown Markdown *markdown = markdown_new(options);
    strbuf_init(out, OUT_BYTES);
    for (; !str_empty(text); text = str_from(text, piece))
        markdown_write(markdown, str_slice(text, 0, piece), out);
    markdown_end(markdown, out);
    check(!out->overflowed);
}

/* Returns the text after a colour, which has digits and semicolons alone. */
static Str skip_colour(Str text)
{
    check(str_starts_with(text, STR("\033[0")));
    text = str_from(text, 2);
    while (!str_empty(text) && (ascii_is_digit(text.data[0]) || text.data[0] == ';'))
        text = str_from(text, 1);
    check(str_starts_with(text, STR("m")));
    return str_from(text, 1);
}

static void check_harmless(Str text, bool has_colours)
{
    check(str_is_utf8(text));
    while (!str_empty(text)) {
        unsigned char byte = (unsigned char)text.data[0];
        check(byte != 0x7f && (byte >= 0x20 || byte == '\n' || (byte == 0x1b && has_colours)));
        check(byte != 0xc2 || (unsigned char)text.data[1] >= 0xa0);
        text = byte == 0x1b ? skip_colour(text) : str_from(text, 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_strbuf StrBuf whole = {0};
    auto_strbuf StrBuf pieces = {0};
    if (size < 2)
        return 0;
    FlowOptions options = {.columns = data[0] % 100, .has_colours = data[1] & 1};
    Str text = str_make(data + 2, size - 2);
    render(&options, text, SIZE_MAX, &whole);
    render(&options, text, 1 + data[1] / 2, &pieces);
    check(str_equal(strbuf_str(&whole), strbuf_str(&pieces)));
    check_harmless(strbuf_str(&whole), options.has_colours);
    return 0;
}
