/* SPDX-License-Identifier: Apache-2.0 */
#include "app/terminal.h"

#include "app/shell/exit_status.h"
#include "base/check.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CLEANED_AT_ONCE = 4096 };

typedef struct {
    int file;
    bool may_return; /* may print \r, as the progress bar does */
    bool after_c2;   /* after the first byte of U+0080 to U+00BF in UTF-8 */
} Terminal;

static bool ends_with_reader;
static enum { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER } colour;

/* No cleanup: what is left to print has no reader. */
static void end_quietly(void)
{
    if (ends_with_reader)
        _exit(EXIT_STATUS_BROKEN_PIPE);
}

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

/* A pipe gets the bytes as they are. */
static ssize_t write_pipe(void *cookie, const char *bytes, size_t size)
{
    const Terminal *pipe = cookie;
    errno = 0;
    if (write_all(pipe->file, bytes, size))
        return (ssize_t)size;
    if (errno == EPIPE)
        end_quietly();
    return 0;
}

static bool is_pipe(int file)
{
    struct stat status;
    return fstat(file, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
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

static FILE *guard_pipe(FILE *stream, Terminal *pipe)
{
    cookie_io_functions_t functions = {.write = write_pipe};
    FILE *guarded = fopencookie(pipe, "w", functions);
    return guarded ? guarded : stream;
}

void terminal_guard(void)
{
    static Terminal out = {.file = STDOUT_FILENO};
    static Terminal err = {.file = STDERR_FILENO, .may_return = true};
    if (isatty(STDOUT_FILENO))
        stdout = guard(stdout, &out, _IOLBF);
    else if (is_pipe(STDOUT_FILENO))
        stdout = guard_pipe(stdout, &out);
    stderr = guard(stderr, &err, _IONBF);
}

void terminal_end_with_reader(void)
{
    ends_with_reader = true;
}

void terminal_check_reader(void)
{
    struct pollfd output = {.fd = STDOUT_FILENO};
    if (is_pipe(STDOUT_FILENO) && poll(&output, 1, 0) == 1 && output.revents & POLLERR)
        end_quietly();
}

bool terminal_set_colour(Str when)
{
    if (str_equal(when, STR("always")))
        colour = COLOUR_ALWAYS;
    else if (str_equal(when, STR("never")))
        colour = COLOUR_NEVER;
    else if (str_equal(when, STR("auto")))
        colour = COLOUR_AUTO;
    else
        return false;
    return true;
}

bool terminal_has_colours(void)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    if (colour != COLOUR_AUTO)
        return colour == COLOUR_ALWAYS;
    return isatty(STDOUT_FILENO) && !(no_colour && no_colour[0]) && terminal &&
           !str_equal(str_of(terminal), STR("dumb"));
}

bool terminal_is_output(void)
{
    return isatty(STDOUT_FILENO) != 0;
}

uint32_t terminal_columns(void)
{
    enum { DEFAULT_COLUMNS = 80, LEAST_COLUMNS = 20 };
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return DEFAULT_COLUMNS;
    return MAX_OF((uint32_t)size.ws_col, (uint32_t)LEAST_COLUMNS);
}

void terminal_write(Str text)
{
    fflush(stdout);
    while (!str_empty(text)) {
        ssize_t written = write(STDOUT_FILENO, text.data, text.size);
        struct pollfd wanted = {.fd = STDOUT_FILENO, .events = POLLOUT};
        if (written < 0 && errno == EAGAIN)
            (void)poll(&wanted, 1, -1);
        else if (written < 0 && errno == EPIPE)
            end_quietly();
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            break;
        text = str_from(text, (size_t)MAX_OF(written, (ssize_t)0));
    }
}
