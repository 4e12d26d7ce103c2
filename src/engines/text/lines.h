/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first step of reading a configuration: splits it into physical lines and removes what a
 * terminal, a pager or an editor left in them.
 *
 * A line ends at \n, \r\n or \r\r\n; in a file without any \n, at \r. A byte order mark, ANSI
 * escapes, pager output ("--More--" with the backspaces after it) and NUL bytes are removed. Lines
 * that are no configuration (prompts, "Building configuration...") are marked as noise.
 */
#pragma once

#include "base/error.h"
#include "base/vec.h"

enum { CONFIG_LINE_MAX_BYTES = 64 << 10 };

/* What became of a line of a configuration group, which counts where the group applies. The highest
 * one is kept. */
typedef enum { LINE_USE_NONE, LINE_USE_KNOWN, LINE_USE_PARSED, LINE_USE_UNKNOWN } LineUseOutcome;
typedef struct {
    LineUseOutcome outcome;
    Str group; /* its name, or empty: the line applies groups */
} LineUse;

/* Whether a line was typed behind a prompt of configuration mode (session.h). */
typedef enum {
    TYPED_NOT,
    TYPED_AT_TOP,
    TYPED_IN_BLOCK,
    TYPED_IN_PEER, /* in the block of a neighbour */
} Typed;

typedef struct {
    Str text;         /* without trailing white space; indentation kept */
    uint32_t number;  /* from 1 */
    uint32_t columns; /* bytes of the line, with trailing white space */
    uint32_t indent;  /* columns of leading white space; a tab extends to the next multiple of 8 */
    bool noise;
    bool too_long; /* over CONFIG_LINE_MAX_BYTES: the text is cut there and not understood */
    Typed typed;
    LineUse *use; /* of a line of a group and of a line that applies groups; NULL for others */
    bool is_copy; /* of a line of a group: stands where the group applies */
} ConfigLine;

typedef struct {
    ConfigLine *items;
    size_t count;
    size_t capacity;
    uint64_t steps;
    uint32_t nul_bytes; /* dropped */
    uint32_t first_nul; /* line */
    bool latin1;        /* some bytes are not UTF-8 */
} ConfigLines;

/*
 * Splits text into lines. The lines are in the arena scratch; what they show is in the text, or in
 * the arena where a line had to be cleaned. Fails with ERR_VALIDATION for content that is not text
 * (more than one byte in eight is a control byte), such as UTF-16 that was not decoded
 * (encoding.h).
 */
bool lines_split(Arena *arena, Arena *scratch, Str text, ConfigLines *out_lines,
                 Error *error) MUST_USE;

/* The words of a line, separated by white space, without the quotes of a quoted word. Words beyond
 * WORDS_MAX are not read. */
enum { WORDS_MAX = 256 };
typedef struct {
    Str line;
    Str at[WORDS_MAX];
    size_t count;
} Words;

void words_split(Str line, Words *out_words);
/* Returns word i, or empty past the end. */
static inline Str words_get(const Words *words, size_t i)
{
    return i < words->count ? words->at[i] : (Str){"", 0};
}

static inline bool words_is(const Words *words, size_t i, const char *word)
{
    return i < words->count && str_equal(words->at[i], str_of(word));
}

/* Returns whether the word was quoted. */
bool words_quoted(const Words *words, size_t i);
/* Parses word i as a number. Returns false when it is none. */
bool words_u32(const Words *words, size_t i, uint32_t *out_value);
/* Returns the rest of the line from word i on, as written; empty past the end. */
Str words_rest(const Words *words, size_t i);
/* Keeps the words from first up to end, and no more of the line than them. */
void words_keep(Words *words, size_t first, size_t end);
/* Returns whether the words of pattern ("ip address") are at i. A word of the pattern may end in
 * '*' to match a prefix. */
bool words_match(const Words *words, size_t i, const char *pattern);
