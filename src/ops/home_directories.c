/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directories of the home. When root starts the servers, the home itself and run/ belong to
 * root: a server that an attacker has taken over may change what is in its own directories, but
 * cannot exchange or remove a directory, a secret, or the socket of another server. Root acts on
 * entries by descriptor and never follows a link that another user made.
 */
#include "ops/home_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { HOME_ROOTS_MODE = 0710, RUN_ROOTS_MODE = 01770, PUBLISHED_MODE = 0750 };

bool home_is_open_to_others(const struct stat *status)
{
    return status->st_mode & (S_IWGRP | S_IWOTH);
}

static bool refuse_open(const char *path, Error *error)
{
    return error_set(error, ERR_CONFLICT, "%s can be written to by others: chmod go-w %s", path,
                     path);
}

/* Root's home is passed through the group, by the servers and by PostgreSQL. */
static bool is_roots(const Home *home, const struct stat *status)
{
    return status->st_uid == 0 && status->st_gid == home->gid;
}

static bool check_home(const Home *home, const struct stat *status, Error *error)
{
    if (!S_ISDIR(status->st_mode))
        return error_set(error, ERR_CONFLICT, "%s is not a directory", home->path);
    if (status->st_uid != home->uid && !is_roots(home, status)) {
        return error_set(error, ERR_CONFLICT,
                         "%s belongs to another user than %s: chown %s %s, or choose another "
                         "directory with NETGURU_HOME",
                         home->path, home->user, home->user, home->path);
    }
    return !home_is_open_to_others(status) || refuse_open(home->path, error);
}

/* Other users may own the directory above, so the directory just made may have been exchanged. */
static bool check_made(const Home *home, const struct stat *status, Error *error)
{
    return status->st_uid == geteuid() ||
           error_set(error, ERR_CONFLICT, "%s was exchanged as it was made", home->path);
}

/* Makes root the owner. The servers' user owned the homes of earlier versions. */
static bool take_home(const Home *home, int directory, Error *error)
{
    return !home_is_root(home) ||
           (fchown(directory, 0, home->gid) == 0 && fchmod(directory, HOME_ROOTS_MODE) == 0) ||
           error_set_errno(error, errno, home->path);
}

int home_open_directory(const Home *home, Error *error)
{
    /* A server may pass through root's home but not list it. */
    int kind = home_is_root(home) ? O_RDONLY : O_PATH;
    int directory = open(home->path, kind | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        error_set_errno(error, errno, home->path);
    return directory;
}

/* Creates and opens the home. Returns -1 on failure. */
static int make_home(const Home *home, Error *error)
{
    struct stat status;
    bool made = mkdir(home->path, 0700) == 0;
    if (!made && errno != EEXIST) {
        error_set_errno(error, errno, home->path);
        return -1;
    }
    int directory = home_open_directory(home, error);
    if (directory < 0)
        return -1;
    bool done = fstat(directory, &status) == 0 || error_set_errno(error, errno, home->path);
    done = done && (made ? check_made(home, &status, error) : check_home(home, &status, error));
    if (done && take_home(home, directory, error))
        return directory;
    close(directory);
    return -1;
}

/* Removes an empty directory of root, which a start leaves if it is killed before it gives the
 * directory to its user. */
static bool remove_ungiven(int parent, const char *name, const HomeUser *user)
{
    struct stat status;
    return geteuid() == 0 && fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           status.st_uid == 0 && status.st_gid != user->gid &&
           unlinkat(parent, name, AT_REMOVEDIR) == 0;
}

bool home_give_directory(int parent, const char *name, const HomeUser *user, Error *error)
{
    struct stat status;
    bool made = mkdirat(parent, name, 0700) == 0;
    if (!made && errno == EEXIST) {
        if (!remove_ungiven(parent, name, user))
            return true;
        made = mkdirat(parent, name, 0700) == 0;
    }
    if (!made)
        return error_set_errno(error, errno, name);
    if (geteuid() != 0)
        return true;
    int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0)
        return error_set_errno(error, errno, name);
    bool given = fstat(directory, &status) == 0 && status.st_uid == 0 &&
                 fchown(directory, user->uid, user->gid) == 0;
    int problem = errno;
    close(directory);
    return given || error_set_errno(error, problem, name);
}

bool home_may_follow(const Home *home, int parent, const char *name)
{
    struct stat status;
    return fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           (!S_ISLNK(status.st_mode) || !home->by_root || status.st_uid == 0);
}

static bool refuse_link(const char *path, Error *error)
{
    return error_set(error, ERR_CONFLICT, "%s is a link that root has not made: remove it", path);
}

/* Creates a directory of the servers' user. The operator may have put a link to another disk. */
static bool make_directory(const Home *home, int parent, const char *path, Error *error)
{
    struct stat status;
    const char *name = path + strlen(home->path) + 1;
    const HomeUser user = {.uid = home->uid, .gid = home->gid};
    if (!home_give_directory(parent, name, &user, error))
        return error_prefix(error, "%s: ", home->path);
    if (!home_may_follow(home, parent, name))
        return refuse_link(path, error);
    if (fstatat(parent, name, &status, 0) != 0)
        return error_set_errno(error, errno, path);
    if (!S_ISDIR(status.st_mode) || status.st_uid != home->uid) {
        return error_set(error, ERR_CONFLICT,
                         "%s is no directory that belongs to the user %s: chown -R %s %s, or "
                         "choose another directory with NETGURU_HOME",
                         path, home->user, home->user, path);
    }
    return !home_is_open_to_others(&status) || refuse_open(path, error);
}

/* The group of the home may create sockets in root's run/. The sticky bit protects each server's
 * sockets from the others. */
static bool check_run(const Home *home, const struct stat *status, Error *error)
{
    if (status->st_uid != home->uid && !is_roots(home, status)) {
        return error_set(error, ERR_CONFLICT, "%s belongs to another user than %s: remove it",
                         home->run, home->user);
    }
    bool is_shared = home->by_root || is_roots(home, status);
    return !home_is_open_to_others(status) ||
           (is_shared && (status->st_mode & 07777) == RUN_ROOTS_MODE) ||
           refuse_open(home->run, error);
}

static bool take_run(const Home *home, int directory, Error *error)
{
    struct stat status;
    if (fstat(directory, &status) != 0)
        return error_set_errno(error, errno, home->run);
    if (!check_run(home, &status, error))
        return false;
    return !home_is_root(home) ||
           (fchown(directory, 0, home->gid) == 0 && fchmod(directory, RUN_ROOTS_MODE) == 0) ||
           error_set_errno(error, errno, home->run);
}

static bool make_run(const Home *home, int parent, Error *error)
{
    const HomeUser user = {.uid = home->uid, .gid = home->gid};
    if (!home_give_directory(parent, "run", &user, error))
        return error_prefix(error, "%s: ", home->path);
    int kind = home_is_root(home) ? O_RDONLY : O_PATH;
    int directory = openat(parent, "run", kind | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory < 0 && (errno == ELOOP || errno == ENOTDIR))
        return error_set(error, ERR_CONFLICT, "%s is not a directory: remove it", home->run);
    if (directory < 0)
        return error_set_errno(error, errno, home->run);
    bool made = take_run(home, directory, error);
    close(directory);
    return made;
}

/* Asks the kernel, with the rights of the servers' user, whether the home can be reached through
 * the directories above it. */
static bool check_reach(const Home *home, Error *error)
{
    home_enter(home);
    bool reaches = faccessat(AT_FDCWD, home->files, R_OK | W_OK | X_OK, AT_EACCESS) == 0;
    home_leave(home);
    return reaches ||
           error_set(
               error, ERR_CONFLICT,
               "the servers run as the user %s, who cannot reach %s: choose another directory "
               "with NETGURU_HOME, or let others pass (chmod o+x) the directories above it",
               home->user, home->path);
}

bool home_make_directories(const Home *home, Error *error)
{
    int parent = make_home(home, error);
    const char *const paths[] = {home->redis, home->files, home->log};
    bool made = parent >= 0;
    if (!made)
        return false;
    for (size_t i = 0; made && i < COUNT_OF(paths); i++)
        made = make_directory(home, parent, paths[i], error);
    made = made && make_run(home, parent, error);
    close(parent);
    return made && check_reach(home, error);
}

static int open_published(const Home *home, int parent, const char *name, Error *error)
{
    struct stat status;
    bool made = mkdirat(parent, name, 0700) == 0;
    int directory = made || errno == EEXIST
                        ? openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                        : -1;
    if (directory >= 0 && fstat(directory, &status) == 0 &&
        (status.st_uid == 0 || status.st_uid == home->uid) &&
        fchown(directory, 0, home->gid) == 0 && fchmod(directory, PUBLISHED_MODE) == 0)
        return directory;
    error_set(error, ERR_CONFLICT, "%s/%s is no directory of root: remove it", home->path, name);
    if (directory >= 0)
        close(directory);
    return -1;
}

int home_open_published(const Home *home, const char *name, Error *error)
{
    check(home_is_root(home));
    int parent = home_open_directory(home, error);
    if (parent < 0)
        return -1;
    int directory = open_published(home, parent, name, error);
    close(parent);
    return directory;
}

static bool is_of_root(const char *path, mode_t kind)
{
    struct stat status;
    return lstat(path, &status) == 0 && (status.st_mode & S_IFMT) == kind && status.st_uid == 0 &&
           !home_is_open_to_others(&status);
}

bool home_is_published(const Home *home, const char *directory, const char *name)
{
    char path[1200];
    char file[1300];
    snprintf(path, sizeof(path), "%s/%s", home->path, directory);
    snprintf(file, sizeof(file), "%s/%s", path, name);
    if (!home_is_root(home))
        return access(file, R_OK) == 0;
    return is_of_root(home->path, S_IFDIR) && is_of_root(path, S_IFDIR) &&
           is_of_root(file, S_IFREG);
}

/* A server that an attacker has taken over may leave its own socket under the name of another
 * server's, and the sticky bit then keeps the other server from removing it. */
bool home_clear_run(const Home *home, Error *error)
{
    static const char *const names[] = {".s.PGSQL.5432", ".s.PGSQL.5432.lock", "redis.sock"};
    int problem = 0;
    if (!home_is_root(home))
        return true;
    int run = open(home->run, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (run < 0)
        return error_set_errno(error, errno, home->run);
    for (size_t i = 0; !problem && i < COUNT_OF(names); i++)
        problem = unlinkat(run, names[i], 0) == 0 || errno == ENOENT ? 0 : errno;
    close(run);
    return !problem || error_set_errno(error, problem, home->run);
}
