/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/service.h"

#include "base/time.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOG_TAIL_BYTES = 400 };

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

static _Noreturn void run_child(const Home *home, const ServiceOptions *options, int program,
                                pid_t parent)
{
    Error error = {0};
    sigset_t none;
    /* In the background of a script it is ignored, and would be lost until the program has a
     * handler. */
    signal(options->stop_signal, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (!options->keeps_root && !home_drop_root(home, &error)) {
        dprintf(STDERR_FILENO, "%s\n", error.message);
        _exit(127);
    }
    /* After the change of user, which clears it. */
    if (prctl(PR_SET_PDEATHSIG, options->stop_signal) != 0)
        fail_in_child("prctl");
    if (getppid() != parent)
        _exit(127);
    redirect(home, options);
    char *arguments[SERVICE_MAX_ARGUMENTS];
    memcpy(arguments, options->arguments, sizeof(arguments));
    setpgid(0, 0);
    if (chdir(home->path) != 0)
        fail_in_child(home->path);
    if (options->lock && fcntl(options->lock, F_SETFD, 0) != 0)
        fail_in_child("lock");
    if (options->is_self)
        fexecve(program, arguments, environ);
    else
        execv(arguments[0], arguments);
    fail_in_child(arguments[0]);
}

pid_t service_start(const Home *home, const ServiceOptions *options, Error *error)
{
    pid_t parent = getpid();
    /* Opened here: once root is given up, /proc/self/exe and the way to it may be closed. */
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

static void append_log_tail(const Home *home, const ServiceOptions *options, Error *error)
{
    char path[700];
    char tail[LOG_TAIL_BYTES];
    log_path(home, options, path, sizeof(path));
    int file = options->output_inherited ? -1 : home_open_file(home, path, O_RDONLY);
    if (file < 0)
        return;
    off_t size = lseek(file, 0, SEEK_END);
    off_t from = MAX_OF(size - (off_t)sizeof(tail), (off_t)0);
    ssize_t got = pread(file, tail, sizeof(tail), from);
    close(file);
    Str text = str_trim((Str){tail, (size_t)MAX_OF(got, (ssize_t)0)});
    Error summary = *error;
    error_set(error, summary.code, "%s\n%.*s", summary.message, STR_ARGS(text));
}

bool service_run(const Home *home, const ServiceOptions *options, Error *error)
{
    int status = 0;
    pid_t pid = service_start(home, options, error);
    if (pid < 0)
        return false;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return error_set_errno(error, errno, options->name);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    error_set(error, ERR_INTERNAL, "%s failed (status %d)", options->name,
              WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    append_log_tail(home, options, error);
    return false;
}

int service_stop(pid_t pid, int signal_number, unsigned grace_ms)
{
    int status = 0;
    uint64_t until = time_monotonic_ms() + grace_ms;
    kill(pid, signal_number);
    for (;;) {
        pid_t ended = waitpid(pid, &status, WNOHANG);
        if (ended == pid || (ended < 0 && errno != EINTR))
            return status;
        if (time_monotonic_ms() > until)
            kill(pid, SIGKILL);
        usleep(5000);
    }
}
