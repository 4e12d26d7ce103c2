/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/service.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOG_TAIL_BYTES = 400, FIRST_OTHER_DESCRIPTOR = 3 };

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static bool is_kept(Str pair, bool with_libpq)
{
    return str_starts_with(pair, STR("PATH=")) || str_starts_with(pair, STR("LANG=")) ||
           str_starts_with(pair, STR("LC_")) || str_starts_with(pair, STR("TZ=")) ||
           (with_libpq && str_starts_with(pair, STR("PG")));
}

static size_t count_environment(void)
{
    size_t count = 0;
    while (environ && environ[count])
        count++;
    return count;
}

char *const *service_environment(Arena *arena, const Home *home, const Str *settings, size_t count,
                                 bool with_libpq)
{
    size_t used = 0;
    size_t inherited = count_environment();
    const char *user_home = home->by_root ? NULL : getenv("HOME");
    char **pairs = ARENA_ARRAY(arena, char *, inherited + count + 3);
    for (size_t i = 0; i < inherited; i++) {
        if (is_kept(str_of(environ[i]), with_libpq))
            pairs[used++] = environ[i];
    }
    if (!getenv("PATH"))
        pairs[used++] = arena_cstring(arena, STR("PATH=" DEFAULT_PATH));
    pairs[used++] =
        arena_cstring(arena, arena_printf(arena, "HOME=%s", user_home ? user_home : home->path));
    for (size_t i = 0; i < count; i++)
        pairs[used++] = arena_cstring(arena, settings[i]);
    pairs[used] = NULL;
    return pairs;
}

static void log_path(const Home *home, const ServiceOptions *options, char *out, size_t size)
{
    snprintf(out, size, "%s/%s.log", home->log, options->name);
}

static _Noreturn void fail_in_child(const char *what)
{
    dprintf(STDERR_FILENO, "%s: %m\n", what);
    _exit(127);
}

static void redirect(const Home *home, const ServiceOptions *options)
{
    char path[700];
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0)
        fail_in_child("/dev/null");
    if (options->output_inherited)
        return;
    log_path(home, options, path, sizeof(path));
    int file = home_open_file(home, path, O_WRONLY | O_CREAT | O_APPEND);
    if (file < 0 || dup2(file, STDOUT_FILENO) < 0 || dup2(file, STDERR_FILENO) < 0)
        fail_in_child(path);
}

/* A shell script starts its background programs with some signals ignored, and they stay ignored
 * until the program installs handlers. */
static void reset_signals(void)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGCHLD};
    sigset_t none;
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        signal(numbers[i], SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void change_user(const Home *home, const ServiceOptions *options)
{
    Error error = {0};
    bool changed = options->user == SERVICE_AS_CALLER ||
                   (options->user == SERVICE_AS_POSTGRES_USER ? home_become_postgres(home, &error)
                                                              : home_drop_root(home, &error));
    if (changed)
        return;
    dprintf(STDERR_FILENO, "%s\n", error.message);
    _exit(127);
}

static void close_descriptors(const ServiceOptions *options)
{
    if (close_range(FIRST_OTHER_DESCRIPTOR, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        fail_in_child("close_range");
    if (options->lock && fcntl(options->lock, F_SETFD, 0) != 0)
        fail_in_child("lock");
}

static _Noreturn void run_child(const Home *home, const ServiceOptions *options, int program,
                                pid_t parent)
{
    char *arguments[SERVICE_MAX_ARGUMENTS];
    auto_arena Arena *arena = arena_new();
    char *const *environment = options->environment
                                   ? options->environment
                                   : service_environment(arena, home, NULL, 0, false);
    reset_signals();
    if (options->reopen_signal)
        signal(options->reopen_signal, SIG_IGN); /* until it is ready for it */
    redirect(home, options);
    change_user(home, options);
    /* This must follow the change of user, which clears the signal. */
    if (prctl(PR_SET_PDEATHSIG, options->orphan_signal ? options->orphan_signal : SIGKILL) != 0)
        fail_in_child("prctl");
    if (getppid() != parent)
        _exit(127);
    memcpy(arguments, options->arguments, sizeof(arguments));
    /* A session of its own has no terminal: the child cannot type into the shell of root. */
    setsid();
    umask(077);
    if (chdir(home->path) != 0)
        fail_in_child(home->path);
    close_descriptors(options);
    if (options->is_self)
        fexecve(program, arguments, environment);
    else
        execve(arguments[0], arguments, environment);
    fail_in_child(arguments[0]);
}

pid_t service_start(const Home *home, const ServiceOptions *options, Error *error)
{
    pid_t parent = getpid();
    /* Opened before root is given up: afterwards /proc/self/exe or the directories above the
     * program may be inaccessible. */
    int program = options->is_self ? open("/proc/self/exe", O_RDONLY | O_CLOEXEC) : -1;
    if (options->is_self && program < 0) {
        error_set_errno(error, errno, "/proc/self/exe");
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0)
        run_child(home, options, program, parent);
    if (pid < 0)
        error_set_errno(error, errno, options->name);
    if (program >= 0)
        close(program);
    return pid;
}

/* Appends the end of a log, and closes it. */
static void append_tail(int file, const char *path, Error *error)
{
    char tail[LOG_TAIL_BYTES];
    if (file < 0)
        return;
    off_t size = lseek(file, 0, SEEK_END);
    off_t from = MAX_OF(size - (off_t)sizeof(tail), (off_t)0);
    ssize_t got = pread(file, tail, sizeof(tail), from);
    close(file);
    Str text = str_trim((Str){tail, (size_t)MAX_OF(got, (ssize_t)0)});
    Error summary = *error;
    if (!str_empty(text))
        error_set(error, summary.code, "%s; the end of %s:\n%.*s", summary.message, path,
                  STR_ARGS(text));
}

/* Returns whether the first file was written to after the second one. */
static bool is_newer(int file, int other)
{
    struct stat a;
    struct stat b;
    if (file < 0 || fstat(file, &a) != 0)
        return false;
    return other < 0 || fstat(other, &b) != 0 || a.st_mtim.tv_sec > b.st_mtim.tv_sec ||
           (a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec > b.st_mtim.tv_nsec);
}

static void append_log_tail(const Home *home, const ServiceOptions *options, Error *error)
{
    char path[700];
    if (options->output_inherited)
        return;
    log_path(home, options, path, sizeof(path));
    int output = home_open_file(home, path, O_RDONLY);
    int own = options->own_log ? home_open_postgres_file(home, options->own_log, O_RDONLY) : -1;
    bool is_own = is_newer(own, output);
    append_tail(is_own ? own : output, is_own ? options->own_log : path, error);
    int other = is_own ? output : own;
    if (other >= 0)
        close(other);
}

void service_describe_end(int status, char *out, size_t size)
{
    if (WIFEXITED(status))
        snprintf(out, size, "ended with status %d", WEXITSTATUS(status));
    else
        snprintf(out, size, "was ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
}

bool service_fail(const Home *home, const ServiceOptions *options, int status, Error *error)
{
    char how[80];
    service_describe_end(status, how, sizeof(how));
    error_set(error, ERR_INTERNAL, "%s %s", options->name, how);
    append_log_tail(home, options, error);
    return false;
}
