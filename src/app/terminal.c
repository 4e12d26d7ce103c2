/* SPDX-License-Identifier: Apache-2.0 */
#include "app/terminal.h"

#include "base/check.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

enum { CLEANED_AT_ONCE = 4096 };

typedef struct {
    int file;
    bool may_return; /* may print \r, as the progress bar does */
    bool after_c2;   /* after the first byte of U+0080 to U+00BF in UTF-8 */
} Terminal;

/* A dot (U+00B7) is C2 B7 in UTF-8, so replacing the last byte of a C1 character gives a dot. */
static char clean_byte(Terminal *terminal, char byte)
{
    unsigned char value = (unsigned char)byte;
    bool is_c1 = terminal->after_c2 && value >= 0x80 && value < 0xa0;
    bool is_c0 = value == 0x7f || (value < 0x20 && value != '\t' && value != '\n' &&
                                   !(value == '\r' && terminal->may_return));
    terminal->after_c2 = value == 0xc2;
    return is_c1 ? (char)0xb7 : is_c0 ? '.' : byte;
}

static bool write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, bytes, size);
        if (written < 0 && errno != EINTR)
            return false;
        bytes += MAX_OF(written, (ssize_t)0);
        size -= (size_t)MAX_OF(written, (ssize_t)0);
    }
    return true;
}

static ssize_t write_clean(void *cookie, const char *bytes, size_t size)
{
    char clean[CLEANED_AT_ONCE];
    Terminal *terminal = cookie;
    for (size_t done = 0; done < size;) {
        size_t count = MIN_OF(size - done, sizeof(clean));
        for (size_t i = 0; i < count; i++)
            clean[i] = clean_byte(terminal, bytes[done + i]);
        if (!write_all(terminal->file, clean, count))
            return 0;
        done += count;
    }
    return (ssize_t)size;
}

static FILE *guard(FILE *stream, Terminal *terminal, int buffering)
{
    cookie_io_functions_t functions = {.write = write_clean};
    FILE *guarded = isatty(terminal->file) ? fopencookie(terminal, "w", functions) : NULL;
    if (!guarded)
        return stream;
    setvbuf(guarded, NULL, buffering, BUFSIZ);
    return guarded;
}

void terminal_guard(void)
{
    static Terminal out = {.file = STDOUT_FILENO};
    static Terminal err = {.file = STDERR_FILENO, .may_return = true};
    stdout = guard(stdout, &out, _IOLBF);
    stderr = guard(stderr, &err, _IONBF);
}
