/* SPDX-License-Identifier: Apache-2.0 */
#include "services/key_command.h"

#include "base/time.h"
#include "crypto/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POLL_MS = 10 };

/* Starts the command in a process group of its own, so that its children can be killed with it. */
static bool start(Str command, int output, pid_t *out_pid, Error *error)
{
    char shell[] = "/bin/sh";
    char option[] = "-c";
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    char *const arguments[] = {shell, option, (char *)(uintptr_t)command.data, NULL};
    check(posix_spawnattr_init(&attributes) == 0 && posix_spawn_file_actions_init(&actions) == 0);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE); /* which this program ignores */
    check(posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF) ==
              0 &&
          posix_spawnattr_setpgroup(&attributes, 0) == 0 &&
          posix_spawnattr_setsigdefault(&attributes, &defaults) == 0);
    check(posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
          posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) == 0);
    int problem = posix_spawn(out_pid, shell, &actions, &attributes, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return problem == 0 || error_set_errno(error, problem, shell);
}

static int left_ms(uint64_t until_ms)
{
    uint64_t now_ms = time_monotonic_ms();
    return now_ms < until_ms ? (int)(until_ms - now_ms) : 0;
}

/* Reads until the command closes its output, the text is too long or the time is over. */
static size_t read_output(int input, char *text, size_t capacity, uint64_t until_ms)
{
    size_t size = 0;
    struct pollfd ready = {.fd = input, .events = POLLIN};
    while (size < capacity && poll(&ready, 1, left_ms(until_ms)) == 1) {
        ssize_t got = read(input, text + size, capacity - size);
        if (got <= 0)
            break;
        size += (size_t)got;
    }
    return size;
}

/* Waits for the end of the command, and kills it when its time is over. Returns its status, or -1
 * when it was killed. */
static int wait_for_end(pid_t pid, uint64_t until_ms)
{
    int status = 0;
    bool timed_out = false;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        timed_out = left_ms(until_ms) == 0;
        if (timed_out)
            kill(-pid, SIGKILL);
        poll(NULL, 0, POLL_MS);
    }
    return timed_out ? -1 : status;
}

static bool run(Arena *arena, Str command, const int ends[2], Str *out_text, Error *error)
{
    pid_t pid = 0;
    enum { CAPACITY = KEYRING_TEXT_MAX_BYTES + 1 };
    uint64_t until_ms = time_monotonic_ms() + KEY_COMMAND_TIMEOUT_MS;
    char *text = arena_alloc(arena, CAPACITY);
    bool started = start(command, ends[1], &pid, error);
    close(ends[1]);
    size_t size = started ? read_output(ends[0], text, CAPACITY, until_ms) : 0;
    close(ends[0]); /* a command that prints more ends by SIGPIPE */
    if (!started)
        return false;
    int status = wait_for_end(pid, until_ms);
    if (status == -1)
        return error_set(error, ERR_TIMEOUT, "the command has not ended after %d s",
                         KEY_COMMAND_TIMEOUT_MS / 1000);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return error_set(error, ERR_UNAVAILABLE, "the command ended with status %d",
                         WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    *out_text = (Str){text, size};
    return true;
}

bool key_command_read(Arena *arena, Str command, Str *out_text, Error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set_errno(error, errno, "pipe");
    return run(arena, command, ends, out_text, error);
}
