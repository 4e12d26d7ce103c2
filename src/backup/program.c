/* SPDX-License-Identifier: Apache-2.0 */
#include "backup/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_BYTES = 300, NEWEST_POSTGRES = 30, MAX_ENVIRONMENT = 256 };

/* Variables of libpq that could lead the child to another server than ours. */
static bool is_inherited(const char *pair)
{
    return strncmp(pair, "PG", 2) != 0 && strncmp(pair, "NETGURU_", 8) != 0;
}

static char **environment_of(Arena *arena, const ProgramOptions *options)
{
    size_t count = 0;
    char **all = ARENA_ARRAY(arena, char *, MAX_ENVIRONMENT + 1);
    for (char *const *more = options->environment; more && *more && count < MAX_ENVIRONMENT; more++)
        all[count++] = *more;
    for (char **pair = environ; *pair && count < MAX_ENVIRONMENT; pair++) {
        if (is_inherited(*pair))
            all[count++] = *pair;
    }
    return all;
}

static _Noreturn void run_child(const ProgramOptions *options, char *const *environment,
                                const int files[3], pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    bool ready = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
    for (int i = 0; i < 3 && ready; i++)
        ready = dup2(files[i], i) == i;
    if (ready && options->kept)
        ready = fcntl(options->kept, F_SETFD, 0) == 0;
    if (ready)
        execve(options->arguments[0], (char *const *)(uintptr_t)options->arguments, environment);
    dprintf(STDERR_FILENO, "%s: %m", options->arguments[0]);
    _exit(127);
}

static void close_pair(const int ends[2])
{
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0)
            close(ends[i]);
    }
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool spawn(const ProgramOptions *options, const int input[2], const int output[2],
                  Program *child, Error *error)
{
    auto_arena Arena *arena = arena_new();
    pid_t parent = getpid();
    char *const *environment = environment_of(arena, options);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int files[3] = {input[0] >= 0 ? input[0] : nothing, output[1] >= 0 ? output[1] : nothing,
                          child->messages};
    child->pid = nothing >= 0 && child->messages >= 0 ? fork() : -1;
    if (child->pid == 0)
        run_child(options, environment, files, parent);
    int problem = errno;
    if (nothing >= 0)
        close(nothing);
    return child->pid > 0 || error_set_errno(error, problem, options->arguments[0]);
}

bool program_start(const ProgramOptions *options, Program *out_child, Error *error)
{
    int input[2] = {-1, -1};
    int output[2] = {-1, -1};
    *out_child = (Program){.name = base_name(options->arguments[0]),
                           .messages = memfd_create("messages", MFD_CLOEXEC)};
    bool started = (!options->writes || pipe2(input, O_CLOEXEC) == 0) &&
                   (!options->reads || pipe2(output, O_CLOEXEC) == 0);
    if (!started)
        error_set_errno(error, errno, "pipe");
    started = started && spawn(options, input, output, out_child, error);
    out_child->input = input[1];
    out_child->output = output[0];
    close_pair((const int[2]){input[0], output[1]});
    if (!started)
        program_abandon(out_child);
    return started;
}

static void close_file(int *file)
{
    if (*file >= 0)
        close(*file);
    *file = -1;
}

bool program_write(Program *child, Str bytes, Error *error)
{
    while (bytes.size) {
        ssize_t written = write(child->input, bytes.data, bytes.size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            int problem = errno;
            return program_end(child, error) && error_set_errno(error, problem, child->name);
        }
        bytes = str_from(bytes, (size_t)written);
    }
    return true;
}

bool program_read(Program *child, char *out, size_t capacity, size_t *out_size, Error *error)
{
    ssize_t got = 0;
    do
        got = read(child->output, out, capacity);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return error_set_errno(error, errno, child->name);
    *out_size = (size_t)got;
    return true;
}

/* Returns the first words of what the child has printed. */
static Str words_of(const Program *child, char *words)
{
    ssize_t got = pread(child->messages, words, WORDS_BYTES, 0);
    Str text = str_trim(str_make(words, (size_t)MAX_OF(got, (ssize_t)0)));
    return str_empty(text) ? STR("it printed no reason") : text;
}

static bool fail(const Program *child, int status, Error *error)
{
    char words[WORDS_BYTES];
    Str text = words_of(child, words);
    if (WIFSIGNALED(status))
        return error_set(error, ERR_UNAVAILABLE, "%s was ended by signal %d (%s)", child->name,
                         WTERMSIG(status), strsignal(WTERMSIG(status)));
    return error_set(error, ERR_UNAVAILABLE, "%s ended with status %d: %.*s", child->name,
                     WEXITSTATUS(status), STR_ARGS(text));
}

static int reap(Program *child)
{
    int status = 0;
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        ;
    child->pid = 0;
    return status;
}

bool program_end(Program *child, Error *error)
{
    close_file(&child->input);
    close_file(&child->output);
    int status = child->pid > 0 ? reap(child) : 0;
    bool done = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    child->was_killed = WIFSIGNALED(status);
    if (!done)
        fail(child, status, error);
    close_file(&child->messages);
    return done;
}

void program_abandon(Program *child)
{
    if (child->pid > 0) {
        kill(child->pid, SIGKILL);
        reap(child);
    }
    if (!child->name)
        return;
    close_file(&child->input);
    close_file(&child->output);
    close_file(&child->messages);
}

bool program_find_postgres(Arena *arena, unsigned major, const char *program, Str *out_path,
                           Error *error)
{
    static const char *const places[] = {"/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin"};
    for (unsigned version = major; version <= NEWEST_POSTGRES; version++) {
        *out_path = arena_printf(arena, "/usr/lib/postgresql/%u/bin/%s", version, program);
        if (access(out_path->data, X_OK) == 0)
            return true;
    }
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        *out_path = arena_printf(arena, "%s/%s", places[i], program);
        if (access(out_path->data, X_OK) == 0)
            return true;
    }
    return error_set(error, ERR_NOT_FOUND,
                     "there is no %s for PostgreSQL %u: apt-get install postgresql-client-%u",
                     program, major, major);
}
