/* SPDX-License-Identifier: Apache-2.0 */
/* Any answer against any sources: how it is cut into pieces changes nothing, and what was made
 * inert stays as it is. The part of the input before the first NUL is the sources. */
#include "engines/answer/links.h"

enum { OUT_BYTES = 16 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void filter(const LinkSet *set, Str text, size_t step, StrBuf *out)
{
    auto_link_filter LinkFilter filter = {0};
    link_filter_init(&filter, set);
    strbuf_init(out, OUT_BYTES);
    for (; text.size > 0; text = str_from(text, step))
        link_filter_take(&filter, str_slice(text, 0, step), out);
    link_filter_end(&filter, out);
    check(!out->overflowed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf whole = {0};
    auto_strbuf StrBuf pieces = {0};
    auto_strbuf StrBuf again = {0};
    Str text = str_make(data + 1, size - 1);
    LinkSet *set = link_set_new(arena);
    Str sources;
    if (str_find_byte(text, '\0') != STR_NOT_FOUND && str_next_field(&text, '\0', &sources))
        link_set_add_text(set, sources);
    filter(set, text, MAX_OF(text.size, (size_t)1), &whole);
    filter(set, text, 1 + data[0] % 48, &pieces);
    check(str_equal(strbuf_str(&whole), strbuf_str(&pieces)));
    filter(set, strbuf_str(&whole), OUT_BYTES, &again);
    check(str_equal(strbuf_str(&whole), strbuf_str(&again)));
    return 0;
}
