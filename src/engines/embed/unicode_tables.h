/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What BERT's uncased normalizer makes of characters above U+007F: dropped (controls, combining
 * marks), white space, punctuation, ideographs (words of their own), and what a character becomes
 * by canonical decomposition without marks and lower-casing. Hangul syllables are not listed: they
 * decompose by arithmetic (Unicode, section 3.12).
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

/* All sorted, without overlaps. */
extern const UnicodeRange unicode_ranges[];
extern const size_t unicode_ranges_count;
extern const UnicodeFoldRun unicode_fold_runs[];
extern const size_t unicode_fold_runs_count;
extern const UnicodeFoldSeveral unicode_folds_several[];
extern const size_t unicode_folds_several_count;

UnicodeClass unicode_class(uint32_t character);
/* What the character becomes; returns how many. out has room for UNICODE_FOLD_MAX. */
size_t unicode_fold(uint32_t character, uint32_t *out_characters);
