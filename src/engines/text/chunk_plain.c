/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/chunker.h"

enum { OVERLAP_TOKENS = 30, PROMPT_MAX_BYTES = 80 };

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
    uint32_t start = first;
    while (start <= last && !chunker->overflowed) {
        uint32_t end = start;
        while (end < last && chunker_fits(chunker, start, end + 1, options->target_tokens))
            end++;
        chunker_emit(chunker, (LineRange){.first = start, .last = end});
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

/* Returns the command at a prompt ("core1#show ip route", "admin@leaf1> show bgp summary"), or
 * empty. */
static Str prompt_of(Str line)
{
    Str text = str_trim(line);
    size_t end = str_find_byte(text, '#');
    if (end == STR_NOT_FOUND || end > PROMPT_MAX_BYTES)
        end = str_find_byte(text, '>');
    if (end == STR_NOT_FOUND || end == 0 || end > PROMPT_MAX_BYTES ||
        str_find_byte(str_slice(text, 0, end), ' ') != STR_NOT_FOUND)
        return STR("");
    Str command = str_trim(str_from(text, end + 1)), word, rest = command;
    static const Str verbs[] = {STR_INIT("show"), STR_INIT("sh"),         STR_INIT("display"),
                                STR_INIT("get"),  STR_INIT("ping"),       STR_INIT("diagnose"),
                                STR_INIT("dir"),  STR_INIT("traceroute"), STR_INIT("admin")};
    if (str_next_word(&rest, &word)) {
        for (size_t i = 0; i < COUNT_OF(verbs); i++)
            if (str_equal(word, verbs[i]))
                return text;
    }
    return STR("");
}

void chunk_show(Chunker *chunker)
{
    Packer packer = {.chunker = chunker};
    Str section = STR("");
    for (uint32_t i = 0; i < chunker->line_count; i++) {
        Str prompt = prompt_of(chunker_line(chunker, i));
        if (!str_empty(prompt)) {
            packer_flush(&packer);
            section = section_join(chunker->arena, STR(""), prompt);
        }
        packer_add(&packer, (Block){.parent = section, .first = i, .last = i});
    }
    packer_flush(&packer);
}
