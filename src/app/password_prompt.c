/* SPDX-License-Identifier: Apache-2.0 */
#include "app/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { PASSWORD_LINE_BYTES = 4096 };

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

/* Sets handlers without SA_RESTART, so that a signal ends the read. */
static void catch_signals(struct sigaction *former)
{
    struct sigaction action = {.sa_handler = on_signal};
    caught = 0;
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        sigaction(signals[i], &action, &former[i]);
}

/* Delivers a signal that was caught, even if the parent process had it ignored: the user asks for
 * the end. */
static void restore_signals(const struct sigaction *former)
{
    struct sigaction ending = {.sa_handler = SIG_DFL};
    for (size_t i = 0; i < COUNT_OF(signals); i++)
        sigaction(signals[i], signals[i] == caught ? &ending : &former[i], NULL);
    if (caught)
        raise(caught);
}

/* Reads up to the end of the line or file, and at most room bytes. */
static size_t read_line(int file, char *line, size_t room)
{
    size_t size = 0;
    while (size < room && !caught) {
        ssize_t got = read(file, line + size, 1);
        if (got == 0 || (got < 0 && errno != EINTR))
            break;
        if (got == 1 && line[size] == '\n')
            break;
        size += got == 1;
    }
    return size > 0 && line[size - 1] == '\r' ? size - 1 : size;
}

static void write_text(int file, const char *text)
{
    ssize_t ignored = write(file, text, strlen(text));
    (void)ignored;
}

static size_t read_hidden(int terminal, const char *prompt, char *line, size_t room)
{
    struct termios shown;
    struct sigaction former[COUNT_OF(signals)];
    if (tcgetattr(terminal, &shown) != 0)
        return read_line(terminal, line, room);
    struct termios hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    catch_signals(former);
    tcsetattr(terminal, TCSAFLUSH, &hidden);
    write_text(terminal, prompt);
    size_t size = read_line(terminal, line, room);
    tcsetattr(terminal, TCSAFLUSH, &shown);
    write_text(terminal, "\n");
    restore_signals(former);
    return size;
}

Str terminal_ask_password(Arena *arena, const char *prompt)
{
    char line[PASSWORD_LINE_BYTES];
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    size_t size = terminal >= 0 ? read_hidden(terminal, prompt, line, sizeof(line))
                                : read_line(STDIN_FILENO, line, sizeof(line));
    if (terminal >= 0)
        close(terminal);
    Str password = arena_copy(arena, str_make(line, size));
    explicit_bzero(line, sizeof(line));
    return password;
}
