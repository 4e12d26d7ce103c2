/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How BERT's uncased normalizer treats characters above U+007F. It drops controls and combining
 * marks; it knows white space, punctuation, and ideographs, which are words of their own; and it
 * replaces a character by its canonical decomposition without marks, in lower case. Hangul
 * syllables are not listed: they decompose by arithmetic (Unicode, section 3.12).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum {
    UNICODE_PLAIN,
    UNICODE_DROP,
    UNICODE_SPACE,
    UNICODE_PUNCT,
    UNICODE_IDEOGRAPH,
} UnicodeClass;

typedef struct {
    uint32_t first;
    uint32_t last;
    uint8_t class;
} UnicodeRange;

/* first, first + step, … last become result, result + result_step, … */
typedef struct {
    uint32_t first;
    uint32_t last;
    uint32_t result;
    uint8_t step;
    uint8_t result_step;
} UnicodeFoldRun;

enum { UNICODE_FOLD_MAX = 4 };

typedef struct {
    uint32_t character;
    uint32_t results[UNICODE_FOLD_MAX]; /* 0 after the last */
} UnicodeFoldSeveral;

/* All tables are sorted and have no overlaps. */
extern const UnicodeRange unicode_ranges[];
extern const size_t unicode_ranges_count;
extern const UnicodeFoldRun unicode_fold_runs[];
extern const size_t unicode_fold_runs_count;
extern const UnicodeFoldSeveral unicode_folds_several[];
extern const size_t unicode_folds_several_count;

UnicodeClass unicode_class(uint32_t character);
/* Stores what the character becomes and returns how many characters that is. out has room for
 * UNICODE_FOLD_MAX. */
size_t unicode_fold(uint32_t character, uint32_t *out_characters);
