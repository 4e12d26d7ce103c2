/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a model's text: no byte is lost or changed, the pieces that it is cut into change no
 * citation, and a quotation stands in the text that it was taken from. */
#include "base/strbuf.h"
#include "engines/answer/citation.h"

enum { LOG_BYTES = 16 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void log_part(const CitationPart *part, StrBuf *log, StrBuf *text)
{
    strbuf_append(text, part->text);
    if (part->kind == CITATION_PART_TEXT)
        return;
    strbuf_printf(log, "%d %zu ", part->kind, text->size);
    if (part->kind == CITATION_PART_CITATION) {
        check(part->citation.line_start <= part->citation.line_end);
        check((part->citation.page == 0) == (part->citation.line_start > 0));
        strbuf_append(log, part->citation.quote);
    }
}

static void read_in_pieces(Str bytes, size_t step, StrBuf *log, StrBuf *text)
{
    CitationReader reader = {0};
    CitationPart part;
    strbuf_init(log, LOG_BYTES);
    strbuf_init(text, LOG_BYTES);
    for (; bytes.size > 0; bytes = str_from(bytes, step)) {
        Str piece = str_slice(bytes, 0, step);
        while (citation_reader_take(&reader, &piece, &part))
            log_part(&part, log, text);
        check(piece.size == 0);
    }
    while (citation_reader_end(&reader, &part))
        log_part(&part, log, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    Str bytes = str_make(data + 1, size - 1);
    auto_strbuf StrBuf log = {0};
    auto_strbuf StrBuf text = {0};
    auto_strbuf StrBuf other_log = {0};
    auto_strbuf StrBuf other_text = {0};
    read_in_pieces(bytes, MAX_OF(bytes.size, (size_t)1), &log, &text);
    read_in_pieces(bytes, 1 + data[0] % 48, &other_log, &other_text);
    check(str_equal(strbuf_str(&text), bytes) && str_equal(strbuf_str(&other_text), bytes));
    check(str_equal(strbuf_str(&log), strbuf_str(&other_log)));
    if (bytes.size <= CITATION_MAX_BYTES)
        check(citation_quote_stands(bytes, bytes));
    return 0;
}
