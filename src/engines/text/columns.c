/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/columns.h"

#include "base/ascii.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/vec.h"

enum {
    WIDTH_MAX = 512, /* a wider line is not set in columns */
    COLUMNS_MAX = 6,
    LINES_MIN = 3,     /* with text in each column */
    LINES_MAX = 400,   /* of a block: a page has fewer */
    ONE_SIDED_MAX = 3, /* lines in a row that have text in the first column only */
    GUTTER_BLANKS = 2,
    LONG_BLOCK_LINES = 8, /* in so many lines, one blank column is no accident */
};

/* A block of lines that may be set in columns. */
typedef struct {
    uint16_t used[WIDTH_MAX]; /* how many lines have a character at this position */
    size_t first;
    size_t end;
    uint32_t width;
    uint32_t starts[COLUMNS_MAX]; /* of the columns */
    size_t columns;
} ColumnBlock;

typedef struct {
    Arena *arena;
    StrVec lines;
    StrBuf *out;
} Unfolding;

static bool is_combining(uint32_t character)
{
    return character >= 0x0300 && character < 0x0370;
}

/* Takes the character at the front. Returns its columns, 0 or 1, and stores its bytes. */
static uint32_t next_character(Str text, size_t *out_bytes, bool *out_is_blank)
{
    uint32_t character = 0;
    size_t bytes = utf8_read(text, &character);
    *out_bytes = MAX_OF(bytes, (size_t)1);
    *out_is_blank = character == ' ' || character == '\t' || character == 0xA0;
    return is_combining(character) ? 0 : 1;
}

/* Returns the part of a line between two columns. */
static Str slice_columns(Str line, uint32_t from, uint32_t to)
{
    size_t start = line.size, end = line.size, bytes = 0;
    uint32_t column = 0;
    bool is_blank;
    for (size_t at = 0; at < line.size; at += bytes) {
        uint32_t width = next_character(str_from(line, at), &bytes, &is_blank);
        if (column >= from && start == line.size)
            start = at;
        if (column >= to && width) {
            end = at;
            break;
        }
        column += width;
    }
    return str_slice(line, start, MAX_OF(end, start) - start);
}

/* Adds the characters of a line to `used`, by +1 or -1. Returns false, and adds nothing, if the
 * line is too wide. */
static bool note_line(ColumnBlock *block, Str line, int by)
{
    uint16_t used[WIDTH_MAX];
    uint32_t column = 0;
    size_t bytes = 0;
    bool is_blank;
    memcpy(used, block->used, sizeof used);
    line = str_trim_right(line);
    for (size_t at = 0; at < line.size; at += bytes) {
        uint32_t width = next_character(str_from(line, at), &bytes, &is_blank);
        if (column + width > WIDTH_MAX)
            return false;
        if (!is_blank && width)
            used[column] = (uint16_t)(used[column] + by);
        column += width;
    }
    memcpy(block->used, used, sizeof used);
    block->width = MAX_OF(block->width, column);
    return true;
}

/* Finds the columns between the gutters: strips that no line has a character in. */
static void find_columns(ColumnBlock *block, uint32_t gutter_min)
{
    uint32_t blanks = gutter_min; /* the margin counts as a gutter */
    block->columns = 0;
    for (uint32_t at = 0; at < block->width; at++) {
        if (!block->used[at]) {
            blanks++;
            continue;
        }
        if (blanks >= gutter_min && block->columns < COLUMNS_MAX)
            block->starts[block->columns++] = at;
        blanks = 0;
    }
}

static Str cell(const ColumnBlock *block, Str line, size_t column)
{
    uint32_t from = column ? block->starts[column] : 0;
    uint32_t to = column + 1 < block->columns ? block->starts[column + 1] : WIDTH_MAX;
    return str_trim_right(slice_columns(line, from, to));
}

static bool has_inner_gap(Str line)
{
    return str_find(str_trim(line), STR("  ")) != STR_NOT_FOUND;
}

/* Extends the block that begins at `first` while its lines leave a gutter. */
static void extend(const Unfolding *unfolding, ColumnBlock *block, size_t first)
{
    size_t one_sided = 0, end = first;
    *block = (ColumnBlock){.first = first, .end = first};
    while (end < unfolding->lines.count && end - first < LINES_MAX) {
        Str line = unfolding->lines.items[end];
        if (!note_line(block, line, 1))
            break;
        find_columns(block, GUTTER_BLANKS);
        if (block->columns < 2) {
            note_line(block, line, -1);
            break;
        }
        end++;
        one_sided = str_empty(str_trim(cell(block, line, 1))) ? one_sided + 1 : 0;
        if (!one_sided)
            block->end = end;
        if (one_sided > ONE_SIDED_MAX)
            break;
    }
    /* The rest of the first column may go on below the others. */
    while (block->end < end && !str_empty(str_trim(unfolding->lines.items[block->end])))
        block->end++;
    for (size_t at = block->end; at < end; at++)
        note_line(block, unfolding->lines.items[at], -1);
    bool is_long = block->end - first >= LONG_BLOCK_LINES;
    find_columns(block, is_long ? 1 : GUTTER_BLANKS);
    if (block->columns < 2 || block->columns == COLUMNS_MAX)
        find_columns(block, GUTTER_BLANKS);
}

typedef struct {
    size_t cells;
    size_t words;
    size_t bytes;
    size_t longest;
    size_t continued; /* cells that begin with a small letter */
    size_t gaps;      /* cells with a gap within: the rows of a finer table */
} ColumnShape;

static void measure_cell(ColumnShape *shape, Str text)
{
    Str rest = text, word;
    text = str_trim(text);
    if (str_empty(text))
        return;
    shape->cells++;
    shape->bytes += text.size;
    shape->longest = MAX_OF(shape->longest, text.size);
    shape->continued += ascii_is_lower(text.data[0]);
    shape->gaps += has_inner_gap(text);
    while (str_next_word(&rest, &word))
        shape->words++;
}

/* Prose fills its column, has several words a line, and goes on in the next line. */
static bool is_prose(const ColumnShape *shape)
{
    return shape->cells >= LINES_MIN && shape->words * 2 >= shape->cells * 5 &&
           shape->bytes * 2 >= shape->cells * shape->longest &&
           shape->continued * 4 >= shape->cells && shape->gaps * 4 <= shape->cells;
}

static size_t count_shared_lines(const Unfolding *unfolding, const ColumnBlock *block)
{
    size_t shared = 0;
    for (size_t at = block->first; at < block->end; at++) {
        Str line = unfolding->lines.items[at];
        size_t texts = 0;
        for (size_t column = 0; column < block->columns; column++)
            texts += !str_empty(str_trim(cell(block, line, column)));
        shared += texts > 1;
    }
    return shared;
}

static bool is_in_columns(const Unfolding *unfolding, const ColumnBlock *block)
{
    if (block->columns < 2 || count_shared_lines(unfolding, block) < LINES_MIN)
        return false;
    for (size_t column = 0; column < block->columns; column++) {
        ColumnShape shape = {0};
        for (size_t at = block->first; at < block->end; at++)
            measure_cell(&shape, cell(block, unfolding->lines.items[at], column));
        if (!is_prose(&shape))
            return false;
    }
    return true;
}

static void write_line(Unfolding *unfolding, Str line)
{
    strbuf_append(unfolding->out, line);
    strbuf_append_byte(unfolding->out, '\n');
}

static void write_columns(Unfolding *unfolding, const ColumnBlock *block)
{
    for (size_t column = 0; column < block->columns; column++) {
        if (column)
            strbuf_append_byte(unfolding->out, '\n');
        size_t end = block->end;
        while (end > block->first &&
               str_empty(str_trim(cell(block, unfolding->lines.items[end - 1], column))))
            end--;
        for (size_t at = block->first; at < end; at++)
            write_line(unfolding, cell(block, unfolding->lines.items[at], column));
    }
}

Str columns_unfold(Arena *arena, Str page)
{
    Str line, rest = page;
    ColumnBlock *block = ARENA_NEW(arena, ColumnBlock);
    auto_strbuf StrBuf out = {0};
    Unfolding unfolding = {.arena = arena, .out = &out};
    while (str_next_line(&rest, &line))
        *VEC_PUSH(arena, &unfolding.lines) = line;
    /* Each line of a column takes a newline of its own, and each column a blank line. */
    strbuf_init(&out, page.size + (unfolding.lines.count + 1) * (COLUMNS_MAX + 1));
    for (size_t at = 0; at < unfolding.lines.count;) {
        line = unfolding.lines.items[at];
        bool may_begin = has_inner_gap(line);
        if (may_begin)
            extend(&unfolding, block, at);
        if (may_begin && is_in_columns(&unfolding, block)) {
            write_columns(&unfolding, block);
            at = block->end;
            continue;
        }
        /* A table is not looked at again from each of its rows. */
        bool is_table = may_begin && count_shared_lines(&unfolding, block) >= LONG_BLOCK_LINES;
        size_t next = is_table ? block->end : at + 1;
        for (; at < next; at++)
            write_line(&unfolding, unfolding.lines.items[at]);
    }
    return arena_copy(arena, strbuf_str(&out));
}
