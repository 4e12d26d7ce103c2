/* SPDX-License-Identifier: Apache-2.0 */
#include "backup/archive_header.h"

#include <stdio.h>

enum {
    NAME_SIZE = 100,
    MODE_AT = 100,
    UID_AT = 108,
    GID_AT = 116,
    SIZE_AT = 124,
    TIME_AT = 136,
    SUM_AT = 148,
    SUM_SIZE = 8,
    TYPE_AT = 156,
    MAGIC_AT = 257,
    USER_AT = 265,
    GROUP_AT = 297,
    LONG_DIGITS = 11,
};

static unsigned sum_of(const char block[ARCHIVE_BLOCK])
{
    unsigned sum = 0;
    for (size_t i = 0; i < ARCHIVE_BLOCK; i++) {
        bool is_sum = i >= SUM_AT && i < SUM_AT + SUM_SIZE;
        sum += is_sum ? (unsigned char)' ' : (unsigned char)block[i];
    }
    return sum;
}

/* Writes the number in octal digits and a NUL. */
static void put_octal(char *out, int digits, uint64_t value)
{
    for (int i = digits - 1; i >= 0; i--) {
        out[i] = (char)('0' + (value & 7));
        value >>= 3;
    }
    check(value == 0);
}

void archive_header_write(const char *name, uint64_t size, int64_t created_s,
                          char out[ARCHIVE_BLOCK])
{
    memset(out, 0, ARCHIVE_BLOCK);
    check(str_copy_to(str_of(name), out, NAME_SIZE));
    put_octal(out + MODE_AT, 7, 0600);
    put_octal(out + UID_AT, 7, 0);
    put_octal(out + GID_AT, 7, 0);
    put_octal(out + SIZE_AT, LONG_DIGITS, size);
    put_octal(out + TIME_AT, LONG_DIGITS, (uint64_t)created_s);
    out[TYPE_AT] = '0';
    memcpy(out + MAGIC_AT,
           "ustar\0"
           "00",
           8);
    memcpy(out + USER_AT, "root", 4);
    memcpy(out + GROUP_AT, "root", 4);
    put_octal(out + SUM_AT, 6, sum_of(out));
    out[SUM_AT + 7] = ' ';
}

static bool get_octal(const char *text, uint64_t *out_value)
{
    uint64_t value = 0;
    for (int i = 0; i < LONG_DIGITS; i++) {
        if (text[i] < '0' || text[i] > '7')
            return false;
        value = value * 8 + (uint64_t)(text[i] - '0');
    }
    *out_value = value;
    return true;
}

bool archive_header_read(const char block[ARCHIVE_BLOCK], char out_name[100], uint64_t *out_size,
                         int64_t *out_created_s)
{
    char again[ARCHIVE_BLOCK];
    uint64_t created_s = 0;
    size_t length = strnlen(block, NAME_SIZE);
    if (length == 0 || length == NAME_SIZE || !get_octal(block + SIZE_AT, out_size) ||
        !get_octal(block + TIME_AT, &created_s))
        return false;
    str_copy_to(str_make(block, length), out_name, NAME_SIZE);
    *out_created_s = (int64_t)created_s;
    archive_header_write(out_name, *out_size, *out_created_s, again);
    return memcmp(again, block, ARCHIVE_BLOCK) == 0;
}
