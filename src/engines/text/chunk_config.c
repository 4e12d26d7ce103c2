/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/chunker.h"

/*
 * One splitter serves all vendors. Every line gets a depth: the spaces before it, the open braces,
 * or none for "set" lines. A stanza is a line with the deeper lines that follow it. A stanza that
 * is too long is split into the stanzas within it, with its header as their section.
 */

enum { MAX_LEVEL = 12, BANNER_MAX_LINES = 200, SET_GROUP_WORDS = 3, SMALL_DEPTH_MAX = 60000 };
enum { DEPTH_JOINS = 0xFFFF }; /* the line belongs to the stanza before it */

typedef enum { STYLE_INDENT, STYLE_BRACES, STYLE_SET } Style;

typedef struct {
    Chunker *chunker;
    Style style;
    uint16_t *depths;
    Packer packer;
} ConfigChunker;

static bool is_set_line(Str line)
{
    return str_starts_with(line, STR("set ")) || str_starts_with(line, STR("delete ")) ||
           str_starts_with(line, STR("deactivate ")) || str_starts_with(line, STR("activate "));
}

static Style find_style(const Chunker *chunker)
{
    uint32_t used = 0, opening = 0, closing = 0, set = 0;
    for (uint32_t i = 0; i < chunker->line_count; i++) {
        Str line = str_trim(chunker_line(chunker, i));
        used += !str_empty(line);
        opening += str_ends_with(line, STR("{"));
        closing += str_starts_with(line, STR("}"));
        set += is_set_line(line);
    }
    if (set * 2 > used)
        return STYLE_SET;
    return MIN_OF(opening, closing) * 20 > used ? STYLE_BRACES : STYLE_INDENT;
}

static uint16_t indent_of(Str line)
{
    size_t columns = 0;
    for (size_t i = 0; i < line.size && columns < SMALL_DEPTH_MAX; i++) {
        if (line.data[i] == '\t')
            columns += 8;
        else if (line.data[i] == ' ')
            columns++;
        else
            break;
    }
    return (uint16_t)columns;
}

/* Returns whether the line ends the stanza before it. */
static bool closes_stanza(Str line)
{
    static const Str closers[] = {
        STR_INIT("!"),       STR_INIT("end"),
        STR_INIT("exit"),    STR_INIT("quit"),
        STR_INIT("next"),    STR_INIT("#"),
        STR_INIT("return"),  STR_INIT("exit-address-family"),
        STR_INIT("}"),       STR_INIT("end-policy"),
        STR_INIT("end-set"), STR_INIT("exit-peer-policy"),
    };
    for (size_t i = 0; i < COUNT_OF(closers); i++)
        if (str_equal(line, closers[i]))
            return true;
    return str_empty(line) || str_starts_with(line, STR("}"));
}

/* Finds the end mark of a banner: "^C" or a character after the banner's type, or else EOF. */
static bool banner_end(Str line, Str *out_end)
{
    Str rest = str_trim(line), word;
    if (!str_starts_with(rest, STR("banner ")) || !str_next_word(&rest, &word) ||
        !str_next_word(&rest, &word))
        return false;
    rest = str_trim(rest);
    Str end = STR("EOF");
    if (!str_empty(rest)) {
        end = str_slice(rest, 0, rest.data[0] == '^' ? 2 : 1);
        if (str_find(str_from(rest, end.size), end) != STR_NOT_FOUND)
            return false;
    }
    *out_end = end;
    return true;
}

/* Returns the last line of a banner that starts at this line, or this line if no banner starts
 * here. */
static uint32_t banner_last(const Chunker *chunker, uint32_t first)
{
    Str end;
    if (!banner_end(chunker_line(chunker, first), &end))
        return first;
    uint32_t limit = MIN_OF(chunker->line_count - first, (uint32_t)BANNER_MAX_LINES);
    for (uint32_t i = first + 1; i < first + limit; i++)
        if (str_find(chunker_line(chunker, i), end) != STR_NOT_FOUND)
            return i;
    return first;
}

static void measure_indent(ConfigChunker *config)
{
    const Chunker *chunker = config->chunker;
    for (uint32_t i = 0; i < chunker->line_count; i++) {
        Str line = chunker_line(chunker, i);
        config->depths[i] = closes_stanza(str_trim(line)) ? DEPTH_JOINS : indent_of(line);
        for (uint32_t last = banner_last(chunker, i); i < last; i++)
            config->depths[i + 1] = DEPTH_JOINS;
    }
}

static void measure_braces(ConfigChunker *config)
{
    const Chunker *chunker = config->chunker;
    uint16_t depth = 0;
    for (uint32_t i = 0; i < chunker->line_count; i++) {
        Str line = str_trim(chunker_line(chunker, i));
        bool closer = str_starts_with(line, STR("}"));
        if (closer && depth > 0)
            depth--;
        config->depths[i] = closer || str_empty(line) ? DEPTH_JOINS : depth;
        if (str_ends_with(line, STR("{")) && depth < SMALL_DEPTH_MAX)
            depth++;
    }
}

static Str first_words(Str line, int count)
{
    Str text = str_trim(line), rest = text, word;
    size_t size = 0;
    for (int i = 0; i < count && str_next_word(&rest, &word); i++)
        size = (size_t)(word.data + word.size - text.data);
    return str_slice(text, 0, size);
}

/* Groups "set" lines: all lines about one thing ("set interfaces ge-0/0/0 unit 0 …") are one
 * stanza. */
static void measure_set(ConfigChunker *config)
{
    const Chunker *chunker = config->chunker;
    Str before = STR("");
    for (uint32_t i = 0; i < chunker->line_count; i++) {
        Str line = str_trim(chunker_line(chunker, i));
        Str words = str_empty(line) ? before : first_words(line, SET_GROUP_WORDS);
        config->depths[i] = i > 0 && str_equal(words, before) ? DEPTH_JOINS : 0;
        before = words;
    }
}

static uint16_t smallest_depth(const ConfigChunker *config, uint32_t first, uint32_t last)
{
    uint16_t smallest = DEPTH_JOINS;
    for (uint32_t i = first; i <= last; i++)
        smallest = MIN_OF(smallest, config->depths[i]);
    return smallest;
}

static uint32_t group_last(const ConfigChunker *config, uint32_t first, uint32_t last,
                           uint16_t depth)
{
    uint32_t i = first;
    while (i < last && config->depths[i + 1] > depth)
        i++;
    return i;
}

static Str header_of(const ConfigChunker *config, uint32_t line)
{
    Str text = str_trim(chunker_line(config->chunker, line));
    if (config->style == STYLE_SET)
        return first_words(text, SET_GROUP_WORDS);
    if (config->style == STYLE_BRACES && str_ends_with(text, STR("{")))
        text.size--;
    return str_trim(text);
}

static void add_block(ConfigChunker *config, uint32_t first, uint32_t last, Str parent)
{
    Str header = header_of(config, first);
    bool single = first == last && !str_empty(parent);
    packer_add(&config->packer, (Block){.parent = parent,
                                        .header = single ? STR("") : header,
                                        .group = single ? STR("-") : first_words(header, 1),
                                        .first = first,
                                        .last = last});
}

static void split_range(ConfigChunker *config, uint32_t first, uint32_t last, Str parent,
                        int level);

static void split_stanza(ConfigChunker *config, uint32_t first, uint32_t last, Str parent,
                         int level)
{
    const Chunker *chunker = config->chunker;
    if (first == last || level >= MAX_LEVEL ||
        chunker_fits(chunker, first, last, chunker->options->max_tokens)) {
        add_block(config, first, last, parent);
        return;
    }
    Str section = section_join(chunker->arena, parent, header_of(config, first));
    packer_flush(&config->packer);
    packer_add(&config->packer,
               (Block){.parent = section, .group = STR("-"), .first = first, .last = first});
    split_range(config, first + 1, last, section, level + 1);
    packer_flush(&config->packer);
}

static void split_range(ConfigChunker *config, uint32_t first, uint32_t last, Str parent, int level)
{
    uint16_t depth = smallest_depth(config, first, last);
    bool flat = depth == DEPTH_JOINS;
    while (first <= last) {
        uint32_t end = flat ? first : group_last(config, first, last, depth);
        split_stanza(config, first, end, parent, level);
        first = end + 1;
    }
}

void chunk_config(Chunker *chunker)
{
    ConfigChunker config = {.chunker = chunker, .packer = {.chunker = chunker}};
    config.style = find_style(chunker);
    config.depths = ARENA_ARRAY(chunker->arena, uint16_t, chunker->line_count);
    if (config.style == STYLE_BRACES)
        measure_braces(&config);
    else if (config.style == STYLE_SET)
        measure_set(&config);
    else
        measure_indent(&config);
    split_range(&config, 0, chunker->line_count - 1, STR(""), 0);
    packer_flush(&config.packer);
}
