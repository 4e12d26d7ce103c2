/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/chunker.h"

#include "base/ascii.h"

enum { SECTION_MAX_BYTES = 200, SECTION_PART_MAX_BYTES = 100, HEAD_MAX_BYTES = 250 };

Str chunker_line(const Chunker *chunker, uint32_t line)
{
    uint32_t start = chunker->starts[line];
    Str rest = str_slice(chunker->text, start, chunker->starts[line + 1] - start);
    Str text = rest;
    return str_next_line(&rest, &text) ? text : STR("");
}

bool chunker_line_blank(const Chunker *chunker, uint32_t line)
{
    return str_empty(str_trim(chunker_line(chunker, line)));
}

uint32_t chunker_tokens(const Chunker *chunker, uint32_t first, uint32_t last)
{
    return chunker->tokens_before[last + 1] - chunker->tokens_before[first];
}

bool chunker_fits(const Chunker *chunker, uint32_t first, uint32_t last, uint32_t tokens)
{
    return chunker->starts[last + 1] - chunker->starts[first] <= chunker->options->max_bytes &&
           chunker_tokens(chunker, first, last) <= tokens;
}

static size_t count_tokens(const Chunker *chunker, Str text)
{
    return chunker->options->count_tokens(chunker->options->counter_context, text);
}

/* Adds one chunk of the range with the given text, which begins skipped_lines after its first line.
 */
static void add_chunk(Chunker *chunker, const LineRange *range, Str text, uint32_t tokens,
                      uint32_t skipped_lines)
{
    if (chunker->chunks->count >= CHUNK_MAX_COUNT) {
        chunker->overflowed = true;
        return;
    }
    *VEC_PUSH(chunker->arena, chunker->chunks) = (TextChunk){
        .text = text,
        .first_line = (chunker->has_pending ? chunker->pending_first : range->first) + 1,
        .last_line = range->last + 1,
        .text_line = range->first + skipped_lines + 1,
        .page = range->page,
        .tokens = tokens,
        .section = range->section,
        .title = chunker->options->title,
        .is_front_matter = chunker->in_front_matter,
    };
    chunker->has_pending = false;
}

static Str without_newlines_before(Str text, uint32_t *out_lines)
{
    size_t blank = 0;
    *out_lines = 0;
    for (size_t i = 0; i < text.size && strchr(" \t\r\n\v\f", text.data[i]); i++) {
        *out_lines += text.data[i] == '\n';
        if (text.data[i] == '\n' || text.data[i] == '\f')
            blank = i + 1;
    }
    return str_from(text, blank);
}

/* Emits the lines as one chunk. Lines without text join the chunk before them. */
static void emit_one(Chunker *chunker, LineRange range)
{
    uint32_t start = chunker->starts[range.first];
    Str slice = str_slice(chunker->text, start, chunker->starts[range.last + 1] - start);
    uint32_t skipped_lines = 0;
    Str text = without_newlines_before(str_trim_right(slice), &skipped_lines);
    if (!str_empty(str_trim(text))) {
        uint32_t tokens = chunker_tokens(chunker, range.first, range.last);
        add_chunk(chunker, &range, text, tokens, skipped_lines);
    } else if (chunker->chunks->count && !chunker->has_pending) {
        TextChunk *previous = &chunker->chunks->items[chunker->chunks->count - 1];
        previous->last_line = MAX_OF(previous->last_line, range.last + 1);
    } else if (!chunker->has_pending) {
        chunker->has_pending = true;
        chunker->pending_first = range.first;
    }
}

static bool is_utf8_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Returns the largest cut, at most size, that does not split a character. A cut after white space
 * is preferred if one is near. */
static size_t cut_before(Str text, size_t size)
{
    if (size >= text.size)
        return text.size;
    for (size_t i = size; i > size - size / 4 && i > 1; i--)
        if (ascii_is_blank(text.data[i - 1]))
            return i;
    size_t cut = size;
    while (cut > 1 && size - cut < 4 && is_utf8_continuation(text.data[cut]))
        cut--;
    return MAX_OF(cut, (size_t)1);
}

/* Returns the size of the start of text that fits into one chunk, and stores its tokens. */
static size_t measure_piece(const Chunker *chunker, Str text, uint32_t *out_tokens)
{
    size_t limit = chunker->options->max_tokens;
    size_t cut = cut_before(text, chunker->options->max_bytes);
    size_t tokens = count_tokens(chunker, str_slice(text, 0, cut));
    while (tokens > limit && cut > 1) {
        size_t smaller = cut * limit / tokens;
        cut = cut_before(text, MIN_OF(MAX_OF(smaller, (size_t)1), cut - 1));
        tokens = count_tokens(chunker, str_slice(text, 0, cut));
    }
    *out_tokens = (uint32_t)tokens;
    return cut;
}

static void emit_long_line(Chunker *chunker, LineRange range)
{
    Str rest = str_trim_right(chunker_line(chunker, range.first));
    while (!str_empty(rest) && !chunker->overflowed) {
        uint32_t tokens = 0;
        size_t cut = measure_piece(chunker, rest, &tokens);
        Str piece = str_trim_right(str_slice(rest, 0, cut));
        if (!str_empty(piece))
            add_chunk(chunker, &range, piece, tokens, 0);
        rest = str_from(rest, cut);
    }
}

void chunker_emit(Chunker *chunker, LineRange range)
{
    uint32_t max = chunker->options->max_tokens;
    if (chunker_fits(chunker, range.first, range.last, max)) {
        emit_one(chunker, range);
        return;
    }
    LineRange part = range;
    while (part.first <= range.last && !chunker->overflowed) {
        part.last = part.first;
        while (part.last < range.last &&
               chunker_fits(chunker, part.first, part.last + 1, chunker->options->target_tokens))
            part.last++;
        if (chunker_fits(chunker, part.first, part.last, max) ||
            chunker_line_blank(chunker, part.first))
            emit_one(chunker, part);
        else
            emit_long_line(chunker, part);
        part.first = part.last + 1;
    }
}

/* Returns at most size bytes of the text, cut between characters. */
static Str shorten(Str text, size_t size)
{
    return str_trim_right(text.size > size ? str_slice(text, 0, cut_before(text, size)) : text);
}

Str chunker_squeeze(Arena *arena, Str line)
{
    Str word;
    char *text = arena_alloc(arena, line.size + 1);
    size_t size = 0;
    while (str_next_word(&line, &word)) {
        if (size)
            text[size++] = ' ';
        memcpy(text + size, word.data, word.size);
        size += word.size;
    }
    return (Str){text, size};
}

bool chunker_is_rule(Str line)
{
    Str text = str_trim(line);
    for (size_t i = 0; i < text.size; i++) {
        if (!strchr("-=+|_: \t", text.data[i]))
            return false;
    }
    return text.size >= 3;
}

/* Returns how many words a line has, or 0 if nowhere two blanks or a tab set a column apart. */
static size_t count_columns(Str line, bool *out_has_digit)
{
    Str text = str_trim(line), word;
    bool is_apart =
        str_find(text, STR("  ")) != STR_NOT_FOUND || str_find_byte(text, '\t') != STR_NOT_FOUND;
    size_t count = 0;
    *out_has_digit = false;
    for (size_t i = 0; i < text.size; i++)
        *out_has_digit |= ascii_is_digit(text.data[i]);
    while (str_next_word(&text, &word))
        count++;
    return is_apart ? count : 0;
}

Str chunker_table_head(const Chunker *chunker, uint32_t line)
{
    bool has_digit, ignored;
    Str head = chunker_line(chunker, line);
    uint32_t row = line + 1;
    if (head.size > HEAD_MAX_BYTES || chunker_is_rule(head) ||
        count_columns(head, &has_digit) < 3 || has_digit)
        return STR("");
    while (row < chunker->line_count && chunker_is_rule(chunker_line(chunker, row)))
        row++;
    if (row >= chunker->line_count || count_columns(chunker_line(chunker, row), &ignored) < 3)
        return STR("");
    return chunker_squeeze(chunker->arena, head);
}

Str section_join(Arena *arena, Str parent, Str header)
{
    Str part = shorten(str_trim(header), SECTION_PART_MAX_BYTES);
    if (str_empty(parent))
        return part;
    if (str_empty(part))
        return parent;
    while (!str_empty(parent) && parent.size + 3 + part.size > SECTION_MAX_BYTES) {
        size_t next = str_find(parent, STR(" > "));
        parent = next == STR_NOT_FOUND ? STR("") : str_from(parent, next + 3);
    }
    if (str_empty(parent))
        return part;
    return arena_printf(arena, "%.*s > %.*s", STR_ARGS(parent), STR_ARGS(part));
}

static Str packed_section(const Packer *packer)
{
    Arena *arena = packer->chunker->arena;
    const Block *block = &packer->block;
    if (packer->merged_count <= 1)
        return section_join(arena, block->parent, block->header);
    if (!str_empty(block->parent) || str_empty(block->header))
        return block->parent;
    Str first = shorten(str_trim(block->header), SECTION_PART_MAX_BYTES);
    Str last = shorten(str_trim(packer->last_header), SECTION_PART_MAX_BYTES);
    return arena_printf(arena, "%.*s ... %.*s", STR_ARGS(first), STR_ARGS(last));
}

void packer_flush(Packer *packer)
{
    if (!packer->has_block)
        return;
    const Block *block = &packer->block;
    chunker_emit(packer->chunker,
                 (LineRange){block->first, block->last, block->page, packed_section(packer)});
    packer->has_block = false;
}

static bool may_merge(const Packer *packer, const Block *block)
{
    const Chunker *chunker = packer->chunker;
    const Block *pending = &packer->block;
    if (!packer->has_block || pending->page != block->page ||
        !str_equal(pending->parent, block->parent))
        return false;
    uint32_t pending_tokens = chunker_tokens(chunker, pending->first, pending->last);
    if (pending_tokens >= PACKER_SMALL_TOKENS && !str_equal(pending->group, block->group))
        return false;
    const ChunkOptions *options = chunker->options;
    bool small = pending_tokens < PACKER_SMALL_TOKENS / 2;
    return chunker_fits(chunker, pending->first, block->last,
                        small ? options->max_tokens : options->target_tokens);
}

void packer_add(Packer *packer, Block block)
{
    if (may_merge(packer, &block)) {
        packer->block.last = block.last;
        packer->block.group = block.group;
        packer->last_header = block.header;
        packer->merged_count++;
        return;
    }
    packer_flush(packer);
    packer->block = block;
    packer->last_header = block.header;
    packer->merged_count = 1;
    packer->has_block = true;
}
