/* SPDX-License-Identifier: Apache-2.0 */
/* The sequences are those of ECMA-48 and xterm, which all terminals of today know. They are written
 * to the descriptor, because standard output drops escape sequences (app/terminal.h). */
#include "app/top/live.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define ENTER "\x1b[?1049h\x1b[?25l"
#define LEAVE "\x1b[?25h\x1b[?1049l"
#define HOME "\x1b[H"
#define CLEAR_LINE "\x1b[K"
#define CLEAR_BELOW "\x1b[J"

enum { FRAME_MAX_BYTES = 1024 * 1024 };

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP};

static volatile sig_atomic_t got_signal;
static volatile sig_atomic_t was_resized;

static struct {
    struct termios former;
    bool has_former;
    sigset_t waiting_mask; /* of signals, while it waits */
    bool reads_keys;
    bool is_gone; /* the terminal */
} live;

static void on_signal(int number)
{
    if (number == SIGWINCH)
        was_resized = 1;
    else
        got_signal = number;
}

static void write_bytes(Str bytes)
{
    while (bytes.size > 0 && !live.is_gone) {
        ssize_t written = write(STDOUT_FILENO, bytes.data, bytes.size);
        if (written < 0 && errno != EINTR)
            live.is_gone = true;
        bytes = str_from(bytes, (size_t)MAX_OF(written, (ssize_t)0));
    }
}

/* Blocked signals wait for ppoll, so none is lost between a look at the flags and the wait. One
 * that the caller ignores, as nohup does with SIGHUP, stays ignored. */
static void take_signals(void)
{
    sigset_t ours;
    struct sigaction former;
    const struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&ours);
    for (size_t i = 0; i < COUNT_OF(ending_signals); i++) {
        sigaction(ending_signals[i], NULL, &former);
        if (former.sa_handler == SIG_IGN)
            continue;
        sigaction(ending_signals[i], &action, NULL);
        sigaddset(&ours, ending_signals[i]);
    }
    sigaction(SIGWINCH, &action, NULL);
    sigaddset(&ours, SIGWINCH);
    sigprocmask(SIG_BLOCK, &ours, &live.waiting_mask);
}

/* Ctrl-C still sends SIGINT. Ctrl-Z would leave the screen as it is, so it has no effect. */
void live_open(void)
{
    take_signals();
    live.reads_keys = true;
    live.has_former = tcgetattr(STDIN_FILENO, &live.former) == 0;
    if (live.has_former) {
        struct termios raw = live.former;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        raw.c_cc[VSUSP] = _POSIX_VDISABLE;
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    write_bytes(STR(ENTER));
}

static int read_key(void)
{
    char key = 0;
    ssize_t got = read(STDIN_FILENO, &key, 1);
    if (got == 1)
        return (unsigned char)key;
    /* The end of a file or pipe, or a terminal that has hung up. */
    live.is_gone = live.is_gone || (got < 0 && errno == EIO);
    live.reads_keys = false;
    return LIVE_NO_KEY;
}

int live_wait(uint64_t timeout_ms)
{
    struct pollfd keys = {.fd = live.reads_keys ? STDIN_FILENO : -1, .events = POLLIN};
    const struct timespec timeout = {.tv_sec = (time_t)(timeout_ms / 1000),
                                     .tv_nsec = (long)(timeout_ms % 1000) * 1000000};
    int ready = ppoll(&keys, 1, &timeout, &live.waiting_mask);
    if (was_resized) {
        was_resized = 0;
        return LIVE_RESIZED;
    }
    return ready > 0 ? read_key() : LIVE_NO_KEY;
}

bool live_is_ending(void)
{
    return got_signal || live.is_gone;
}

ScreenSize live_size(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
        return (ScreenSize){80, 24};
    return (ScreenSize){size.ws_col, size.ws_row};
}

/* The last line has no line break, which would scroll a full screen. */
void live_show(Str text)
{
    Str line;
    auto_strbuf StrBuf frame = {0};
    strbuf_init(&frame, FRAME_MAX_BYTES);
    strbuf_append(&frame, STR(HOME));
    while (str_next_line(&text, &line)) {
        strbuf_append(&frame, line);
        strbuf_append(&frame, STR(CLEAR_LINE));
        if (!str_empty(text))
            strbuf_append(&frame, STR("\r\n"));
    }
    strbuf_append(&frame, STR(CLEAR_BELOW));
    write_bytes(strbuf_str(&frame));
}

void live_close(void)
{
    write_bytes(STR(LEAVE));
    if (live.has_former)
        tcsetattr(STDIN_FILENO, TCSANOW, &live.former);
    if (got_signal)
        signal(got_signal, SIG_DFL);
    sigprocmask(SIG_SETMASK, &live.waiting_mask, NULL);
    if (got_signal)
        raise(got_signal);
}
