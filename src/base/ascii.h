/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes of ASCII characters, independent of the locale. Bytes from 0x80 on belong to no class.
 *
 *     while (at < text.size && ascii_is_digit(text.data[at]))
 *         at++;
 */
#pragma once

#include <stdbool.h>

static inline bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool ascii_is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static inline bool ascii_is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static inline bool ascii_is_letter(char c)
{
    return ascii_is_upper(c) || ascii_is_lower(c);
}

static inline bool ascii_is_letter_or_digit(char c)
{
    return ascii_is_letter(c) || ascii_is_digit(c);
}

/* Space, \t \n \v \f \r. */
static inline bool ascii_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Space and tab: white space within a line. */
static inline bool ascii_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Returns the lower-case letter for an upper-case one, and any other byte unchanged. */
static inline char ascii_to_lower(char c)
{
    return ascii_is_upper(c) ? (char)(c + ('a' - 'A')) : c;
}

/* Returns the value of a hexadecimal digit of either case, or -1. */
static inline int ascii_hex_value(char c)
{
    char lower = ascii_to_lower(c);
    if (ascii_is_digit(c))
        return c - '0';
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}
