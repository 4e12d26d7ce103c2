/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/dump.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* Starts a program between two files, -1 being the standard ones. */
static bool start(char *const *arguments, char **environment, const int files[2], pid_t *out_pid,
                  Error *error)
{
    posix_spawn_file_actions_t actions;
    check(posix_spawn_file_actions_init(&actions) == 0);
    for (int i = 0; i < 2; i++) {
        if (files[i] >= 0)
            check(posix_spawn_file_actions_adddup2(&actions, files[i], i) == 0);
    }
    int problem = posix_spawnp(out_pid, arguments[0], &actions, NULL, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    return problem == 0 || error_set_errno(error, problem, arguments[0]);
}

static bool wait_for(pid_t pid, const char *name, Error *error)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            return error_set_errno(error, errno, name);
    }
    return (WIFEXITED(status) && WEXITSTATUS(status) == 0) ||
           error_set(error, ERR_INTERNAL, "%s failed with status %d", name,
                     WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* The descriptors close in the children by themselves, so that pg_restore sees the end. */
static bool run_both(char **source, char **target, const char *name, const int ends[2],
                     Error *error)
{
    char dump[] = "pg_dump", format[] = "--format=custom", raw[] = "--compress=0";
    char restore[] = "pg_restore", strict[] = "--exit-on-error", option[] = "--dbname";
    char *const dumping[] = {dump, format, raw, NULL};
    char *const restoring[] = {restore, strict, option, (char *)(uintptr_t)name, NULL};
    pid_t reader = 0;
    pid_t writer = 0;
    Error ignored;
    bool reads = start(restoring, target, (int[2]){ends[0], -1}, &reader, error);
    bool writes = reads && start(dumping, source, (int[2]){-1, ends[1]}, &writer, error);
    close(ends[0]);
    close(ends[1]);
    bool wrote = writes && wait_for(writer, dump, error);
    return reads && wait_for(reader, restore, wrote ? error : &ignored) && wrote;
}

bool dump_copy(const DbSession *source, const DbSession *target, const char *name, Error *error)
{
    int ends[2];
    auto_arena Arena *arena = arena_new();
    char **from = db_session_environment(source, NULL, arena);
    char **to = db_session_environment(target, name, arena);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set_errno(error, errno, "pipe");
    return run_both(from, to, name, ends, error);
}
