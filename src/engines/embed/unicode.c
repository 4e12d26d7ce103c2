/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/embed/unicode_tables.h"

UnicodeClass unicode_class(uint32_t character)
{
    size_t low = 0, high = unicode_ranges_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const UnicodeRange *range = &unicode_ranges[middle];
        if (character > range->last)
            low = middle + 1;
        else if (character < range->first)
            high = middle;
        else
            return range->class;
    }
    return UNICODE_PLAIN;
}

enum {
    HANGUL_FIRST = 0xAC00,
    HANGUL_COUNT = 11172,
    LEAD_FIRST = 0x1100,
    VOWEL_FIRST = 0x1161,
    TAIL_BEFORE = 0x11A7,
    VOWEL_COUNT = 21,
    TAIL_COUNT = 28,
};

/* Decomposes a Hangul syllable (Unicode 3.12, "Hangul Syllable Decomposition"). */
static size_t fold_hangul(uint32_t index, uint32_t *out)
{
    uint32_t tail = index % TAIL_COUNT;
    out[0] = LEAD_FIRST + index / (VOWEL_COUNT * TAIL_COUNT);
    out[1] = VOWEL_FIRST + index / TAIL_COUNT % VOWEL_COUNT;
    out[2] = TAIL_BEFORE + tail;
    return tail ? 3 : 2;
}

static const UnicodeFoldSeveral *find_several(uint32_t character)
{
    size_t low = 0, high = unicode_folds_several_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const UnicodeFoldSeveral *fold = &unicode_folds_several[middle];
        if (fold->character == character)
            return fold;
        if (character > fold->character)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static uint32_t fold_single(uint32_t character)
{
    size_t low = 0, high = unicode_fold_runs_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const UnicodeFoldRun *run = &unicode_fold_runs[middle];
        if (character > run->last) {
            low = middle + 1;
        } else if (character < run->first) {
            high = middle;
        } else {
            uint32_t offset = character - run->first;
            if (offset % run->step)
                return character;
            return run->result + offset / run->step * run->result_step;
        }
    }
    return character;
}

size_t unicode_fold(uint32_t character, uint32_t *out)
{
    if (character >= HANGUL_FIRST && character - HANGUL_FIRST < HANGUL_COUNT)
        return fold_hangul(character - HANGUL_FIRST, out);
    const UnicodeFoldSeveral *several = find_several(character);
    if (!several) {
        out[0] = fold_single(character);
        return 1;
    }
    size_t count = 0;
    while (count < UNICODE_FOLD_MAX && several->results[count]) {
        out[count] = several->results[count];
        count++;
    }
    return count;
}
