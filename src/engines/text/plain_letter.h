/* SPDX-License-Identifier: Apache-2.0 */
/* The letters of search without their accents, as search_words of the database folds them. */
#pragma once

#include <stdint.h>

/* Returns the plain letter, in lower case, of one of U+00C0 to U+00FF; '\0' if it has none, and for
 * other characters. */
static inline char plain_letter(uint32_t character)
{
    static const char letters[] = "aaaaaa\0ceeeeiiii\0nooooo\0\0uuuuy\0\0";
    if (character == 0xFF)
        return 'y';
    if (character < 0xC0 || character > 0xFF)
        return '\0';
    return letters[(character - 0xC0) % 32];
}
