/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/chunker.h"

/* Reads only those blocks of CommonMark that cutting needs: headings, fenced code, tables,
 * paragraphs. */

enum { MAX_HEADING_LEVEL = 6, MAX_FENCE_INDENT = 3, FRONT_MATTER_MAX_LINES = 200 };

typedef struct {
    Chunker *chunker;
    Packer packer;
    Str headings[MAX_HEADING_LEVEL];
    Str section;
    uint32_t block_first; /* first line of the block being collected */
} MarkdownChunker;

/* Returns the level (1 to 6) of an ATX heading and stores its text. Returns 0 if the line is none.
 */
static int heading_level(Str line, Str *out_text)
{
    Str text = str_trim(line);
    size_t level = 0;
    while (level < text.size && text.data[level] == '#')
        level++;
    if (level == 0 || level > MAX_HEADING_LEVEL || (level < text.size && text.data[level] != ' '))
        return 0;
    text = str_trim(str_from(text, level));
    while (str_ends_with(text, STR("#")))
        text.size--;
    *out_text = str_trim(text);
    return (int)level;
}

static bool is_all(Str text, char byte)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] != byte)
            return false;
    return text.size > 0;
}

/* Returns the level of a setext heading (underlined by the next line) and stores its text. Returns
 * 0 if the line is none. */
static int underlined_level(const Chunker *chunker, uint32_t line, Str *out_text)
{
    if (line + 1 >= chunker->line_count)
        return 0;
    Str text = str_trim(chunker_line(chunker, line));
    Str under = str_trim_right(chunker_line(chunker, line + 1));
    int level = is_all(under, '=') ? 1 : is_all(under, '-') && under.size >= 3 ? 2 : 0;
    if (!level || str_empty(text) || strchr("|-#>*`", text.data[0]) || text.size > 200)
        return 0;
    *out_text = text;
    return level;
}

/* Returns the fence that opens at this line ("```" or longer), or empty. */
static Str fence_of(Str line)
{
    Str text = str_trim_left(line);
    if (line.size - text.size > MAX_FENCE_INDENT || str_empty(text))
        return STR("");
    size_t size = 0;
    while (size < text.size && text.data[size] == text.data[0])
        size++;
    bool fence = size >= 3 && (text.data[0] == '`' || text.data[0] == '~');
    return fence ? str_slice(text, 0, size) : STR("");
}

static uint32_t fence_last(const Chunker *chunker, uint32_t first, Str fence)
{
    for (uint32_t i = first + 1; i < chunker->line_count; i++) {
        Str line = str_trim(chunker_line(chunker, i));
        if (str_starts_with(line, fence) && is_all(line, fence.data[0]))
            return i;
    }
    return chunker->line_count - 1;
}

/* Returns the last line of the block that starts at first: code extends to its fence, anything else
 * to a blank line. */
static uint32_t block_last(const Chunker *chunker, uint32_t first)
{
    Str fence = fence_of(chunker_line(chunker, first)), text;
    if (!str_empty(fence))
        return fence_last(chunker, first, fence);
    uint32_t last = first;
    while (last + 1 < chunker->line_count && !chunker_line_blank(chunker, last + 1) &&
           !heading_level(chunker_line(chunker, last + 1), &text) &&
           !underlined_level(chunker, last + 1, &text) &&
           str_empty(fence_of(chunker_line(chunker, last + 1))))
        last++;
    return last;
}

static void enter_heading(MarkdownChunker *markdown, int level, Str text)
{
    markdown->headings[level - 1] = text;
    for (int i = level; i < MAX_HEADING_LEVEL; i++)
        markdown->headings[i] = STR("");
    markdown->section = STR("");
    for (int i = 0; i < level; i++) {
        if (!str_empty(markdown->headings[i]))
            markdown->section =
                section_join(markdown->chunker->arena, markdown->section, markdown->headings[i]);
    }
}

/* Returns the head of the table that the block is, after its headings; empty if it is none. */
static Str table_head(const MarkdownChunker *markdown, uint32_t last)
{
    for (uint32_t i = markdown->block_first; i < last; i++) {
        Str line = str_trim(chunker_line(markdown->chunker, i));
        if (str_starts_with(line, STR("|")) &&
            chunker_is_rule(chunker_line(markdown->chunker, i + 1)))
            return chunker_squeeze(markdown->chunker->arena, line);
    }
    return STR("");
}

static void end_block(MarkdownChunker *markdown, uint32_t last)
{
    packer_add(&markdown->packer, (Block){.parent = markdown->section,
                                          .header = table_head(markdown, last),
                                          .first = markdown->block_first,
                                          .last = last});
    markdown->block_first = last + 1;
}

/* Returns whether the line may be between the marks: "key: value", an item, or part of a value. */
static bool is_front_matter_line(Str line)
{
    Str text = str_trim(line);
    bool is_part = str_empty(text) || text.data != line.data || strchr("-#[]", text.data[0]);
    return is_part || str_find_byte(text, ':') != STR_NOT_FOUND ||
           str_find_byte(text, '=') != STR_NOT_FOUND;
}

/* Returns how many lines the front matter has, with its marks: "---" in YAML, "+++" in TOML. A rule
 * at the top of a text begins none. */
static uint32_t front_matter_lines(const Chunker *chunker)
{
    Str mark = chunker->line_count ? str_trim_right(chunker_line(chunker, 0)) : STR("");
    bool is_yaml = str_equal(mark, STR("---"));
    if ((!is_yaml && !str_equal(mark, STR("+++"))) || chunker->line_count < 3 ||
        chunker_line_blank(chunker, 1))
        return 0;
    for (uint32_t i = 1; i < MIN_OF(chunker->line_count, (uint32_t)FRONT_MATTER_MAX_LINES); i++) {
        Str line = str_trim_right(chunker_line(chunker, i));
        if (str_equal(line, mark) || (is_yaml && str_equal(line, STR("..."))))
            return i + 1;
        if (!is_front_matter_line(line))
            return 0;
    }
    return 0;
}

static uint32_t emit_front_matter(Chunker *chunker)
{
    uint32_t lines = front_matter_lines(chunker);
    if (lines) {
        chunker->in_front_matter = true;
        chunker_emit(chunker, (LineRange){.first = 0, .last = lines - 1});
        chunker->in_front_matter = false;
    }
    return lines;
}

void chunk_markdown(Chunker *chunker)
{
    MarkdownChunker markdown = {.chunker = chunker, .packer = {.chunker = chunker}};
    uint32_t i = emit_front_matter(chunker);
    markdown.block_first = i;
    while (i < chunker->line_count) {
        Str text = STR("");
        int level = heading_level(chunker_line(chunker, i), &text);
        int underlined = level ? 0 : underlined_level(chunker, i, &text);
        if (level || underlined) {
            /* A heading without a body joins the block that follows it. */
            enter_heading(&markdown, level ? level : underlined, text);
            i += underlined ? 2 : 1;
        } else if (chunker_line_blank(chunker, i)) {
            i++;
        } else {
            uint32_t last = block_last(chunker, i);
            while (last + 1 < chunker->line_count && chunker_line_blank(chunker, last + 1))
                last++;
            end_block(&markdown, last);
            i = last + 1;
        }
    }
    if (markdown.block_first < chunker->line_count)
        end_block(&markdown, chunker->line_count - 1);
    packer_flush(&markdown.packer);
}
