/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/tar.h"

#include <stdio.h>

/* The fields of the header, by offset. */
enum {
    MODE = 100,
    OWNER = 108,
    GROUP = 116,
    SIZE = 124,
    TIME = 136,
    CHECKSUM = 148,
    KIND = 156,
    MAGIC = 257,
};

static const char zeros[2 * TAR_BLOCK_BYTES];

static void write_octal(char *field, int digits, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof(text), "%0*llo", digits, (unsigned long long)value);
    memcpy(field, text, (size_t)digits + 1);
}

/* The sum of all bytes, those of the checksum itself counted as spaces. */
static unsigned checksum(const char block[TAR_BLOCK_BYTES])
{
    unsigned sum = 0;
    for (size_t i = 0; i < TAR_BLOCK_BYTES; i++)
        sum += i >= CHECKSUM && i < KIND ? (unsigned)' ' : (unsigned char)block[i];
    return sum;
}

void tar_write_header(Str name, uint64_t size, int64_t time_s, char out[TAR_BLOCK_BYTES])
{
    memset(out, 0, TAR_BLOCK_BYTES);
    memcpy(out, name.data, MIN_OF(name.size, (size_t)TAR_NAME_MAX_BYTES));
    write_octal(out + MODE, 7, 0600);
    write_octal(out + OWNER, 7, 0);
    write_octal(out + GROUP, 7, 0);
    write_octal(out + SIZE, 11, size);
    write_octal(out + TIME, 11, (uint64_t)MAX_OF(time_s, (int64_t)0));
    out[KIND] = '0';
    memcpy(out + MAGIC, "ustar\00000", 8);
    write_octal(out + CHECKSUM, 6, checksum(out));
    out[KIND - 1] = ' ';
}

Str tar_padding(uint64_t size)
{
    return (Str){zeros, (size_t)(-size % TAR_BLOCK_BYTES)};
}

Str tar_end(void)
{
    return (Str){zeros, sizeof(zeros)};
}
