/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/chunker.h"

enum { OVERLAP_TOKENS = 30 };

/* Returns the end of the paragraph at first, including the blank lines after it. */
static uint32_t paragraph_last(const Chunker *chunker, uint32_t first)
{
    uint32_t last = first;
    while (last + 1 < chunker->line_count && !chunker_line_blank(chunker, last))
        last++;
    while (last + 1 < chunker->line_count && chunker_line_blank(chunker, last + 1))
        last++;
    return last;
}

/* Emits a paragraph that is longer than a chunk as windows. Each shares its last lines with the
 * next. */
static void emit_long_paragraph(Chunker *chunker, uint32_t first, uint32_t last)
{
    const ChunkOptions *options = chunker->options;
    Str head = section_join(chunker->arena, STR(""), chunker_table_head(chunker, first));
    uint32_t start = first;
    while (start <= last && !chunker->overflowed) {
        uint32_t end = start;
        while (end < last && chunker_fits(chunker, start, end + 1, options->target_tokens))
            end++;
        chunker_emit(chunker, (LineRange){.first = start, .last = end, .section = head});
        uint32_t next = end + 1, least = start + (end - start) / 2 + 1;
        while (end < last && next > least && chunker_fits(chunker, next - 1, end, OVERLAP_TOKENS))
            next--;
        start = next;
    }
}

void chunk_plain(Chunker *chunker)
{
    Packer packer = {.chunker = chunker};
    uint32_t first = 0;
    while (first < chunker->line_count) {
        uint32_t last = paragraph_last(chunker, first);
        if (chunker_fits(chunker, first, last, chunker->options->max_tokens)) {
            packer_add(&packer, (Block){.first = first, .last = last});
        } else {
            packer_flush(&packer);
            emit_long_paragraph(chunker, first, last);
        }
        first = last + 1;
    }
    packer_flush(&packer);
}
