/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct passwd *find_user(const char *user)
{
    const struct passwd *found = getpwnam(user);
    if (!found)
        found = getpwnam("nobody");
    check(found);
    return found;
}

static void drop_privileges(const struct passwd *user)
{
    if (setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
        _exit(126);
}

/* Starts a shell that removes the directory once no process holds the other end of its input,
 * however the test ends. */
static pid_t start_remover(const char *path, int *out_guard)
{
    int ends[2];
    check(pipe2(ends, O_CLOEXEC) == 0);
    pid_t pid = fork();
    check(pid >= 0);
    if (pid == 0) {
        dup2(ends[0], STDIN_FILENO);
        setsid();
        execl("/bin/sh", "sh", "-c",
              "read -r nothing; n=0; until rm -rf -- \"$1\" 2>/dev/null || [ $n -gt 20 ]; do "
              "n=$((n+1)); sleep 0.2; done",
              "remover", path, (char *)NULL);
        _exit(127);
    }
    close(ends[0]);
    *out_guard = ends[1];
    return pid;
}

void test_directory_make(TestDirectory *directory, const char *user)
{
    snprintf(directory->path, sizeof(directory->path), "/tmp/netguru-test-XXXXXX");
    check(mkdtemp(directory->path));
    if (geteuid() == 0) {
        const struct passwd *owner = find_user(user);
        check(chown(directory->path, owner->pw_uid, owner->pw_gid) == 0);
    }
    directory->remover = start_remover(directory->path, &directory->guard);
}

void test_directory_remove(TestDirectory *directory)
{
    close(directory->guard);
    while (waitpid(directory->remover, NULL, 0) < 0 && errno == EINTR)
        continue;
}

static void open_log(const char *log_path)
{
    int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    int nothing = open("/dev/null", O_RDONLY);
    if (log < 0 || nothing < 0)
        _exit(126);
    dup2(nothing, STDIN_FILENO);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
}

pid_t test_process_start(const char *const *argv, const char *user, const char *log_path)
{
    const struct passwd *as_user = geteuid() == 0 ? find_user(user) : NULL;
    pid_t parent = getpid();
    pid_t pid = fork();
    check(pid >= 0);
    if (pid > 0)
        return pid;
    if (as_user)
        drop_privileges(as_user);
    prctl(PR_SET_PDEATHSIG, SIGQUIT); /* PostgreSQL: immediate shutdown; Redis: ends */
    if (getppid() != parent)
        _exit(126);
    setsid();
    open_log(log_path);
    if (chdir("/") != 0)
        _exit(126);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static int wait_for(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        check(errno == EINTR);
    return status;
}

void test_process_run(const char *const *argv, const char *user, const char *log_path)
{
    if (wait_for(test_process_start(argv, user, log_path)) != 0)
        test_process_give_up(argv[0], log_path);
}

void test_process_end(pid_t *pid, int signal_number)
{
    if (*pid <= 0)
        return;
    kill(*pid, signal_number);
    wait_for(*pid);
    *pid = 0;
}

/* Returns the parent's id. It follows the name in brackets, which may contain any character. */
static pid_t parent_of(const char *id)
{
    char path[64];
    char text[1024] = "";
    snprintf(path, sizeof(path), "/proc/%s/stat", id);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    Str rest = str_make(text, fread(text, 1, sizeof(text) - 1, file));
    fclose(file);
    rest = str_from(rest, str_find_last_byte(rest, ')') + 1);
    Str state;
    Str word;
    uint32_t parent = 0;
    if (!str_next_word(&rest, &state) || !str_next_word(&rest, &word) ||
        !str_parse_u32(word, &parent))
        return 0;
    return (pid_t)parent;
}

size_t test_process_children(pid_t parent, pid_t *out_children, size_t size)
{
    size_t count = 0;
    DIR *directory = opendir("/proc");
    check(directory);
    const struct dirent *entry;
    while (count < size && (entry = readdir(directory))) {
        uint32_t id = 0;
        if (str_parse_u32(str_of(entry->d_name), &id) && parent_of(entry->d_name) == parent)
            out_children[count++] = (pid_t)id;
    }
    closedir(directory);
    return count;
}

void test_process_give_up(const char *what, const char *log_path)
{
    char text[2048];
    FILE *log = fopen(log_path, "re");
    fprintf(stderr, "%s failed; %s:\n", what, log_path);
    if (log) {
        if (fseek(log, -(long)sizeof(text), SEEK_END) != 0)
            rewind(log);
        size_t size = fread(text, 1, sizeof(text), log);
        fwrite(text, 1, size, stderr);
        fclose(log);
    }
    abort();
}
