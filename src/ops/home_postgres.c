/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL's data directory: finds its owner, and gives it to the user that PostgreSQL runs as.
 */
#include "ops/home.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_DEPTH = 16 };

/*
 * Gives one entry away, by descriptor and never through a link: the former owner of the tree may
 * still be changing it, and must not make root give away files of other users.
 */
static bool give_entry(const Home *home, int entry, struct stat *out_status)
{
    if (fstat(entry, out_status) != 0)
        return false;
    if (out_status->st_uid == home->postgres_user.uid)
        return true;
    if (out_status->st_uid != home->uid) {
        errno = EPERM;
        return false;
    }
    return fchownat(entry, "", home->postgres_user.uid, home->postgres_user.gid, AT_EMPTY_PATH) ==
           0;
}

static bool give_tree(const Home *home, int directory, unsigned depth);

static bool give_named(const Home *home, int parent, const char *name, unsigned depth)
{
    struct stat status;
    int entry = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    bool given = entry >= 0 && give_entry(home, entry, &status);
    if (given && S_ISDIR(status.st_mode)) {
        int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        given = directory >= 0 && give_tree(home, directory, depth + 1);
    }
    int problem = errno;
    if (entry >= 0)
        close(entry);
    errno = problem;
    return given;
}

/* Closes the directory. */
static bool give_tree(const Home *home, int directory, unsigned depth)
{
    const struct dirent *entry = NULL;
    DIR *list = depth < MAX_DEPTH ? fdopendir(directory) : NULL;
    if (!list) {
        close(directory);
        errno = ELOOP;
        return false;
    }
    bool given = true;
    while (given && (entry = readdir(list))) {
        Str name = str_of(entry->d_name);
        if (!str_equal(name, STR(".")) && !str_equal(name, STR("..")))
            given = give_named(home, directory, entry->d_name, depth);
    }
    int problem = errno;
    closedir(list);
    errno = problem;
    return given;
}

static bool refuse_owner(const Home *home, Error *error)
{
    const char *user = home->postgres_user.name;
    return error_set(error, ERR_CONFLICT,
                     "%s belongs to another user than %s, who runs PostgreSQL: chown -R %s %s",
                     home->postgres, user, user, home->postgres);
}

/* The home's owner may have put a link there on purpose, so that the data lies on another disk. */
static bool take_over(const Home *home, int directory, Error *error)
{
    struct stat status;
    if (fstat(directory, &status) != 0)
        return error_set_errno(error, errno, home->postgres);
    if (status.st_uid == home->postgres_user.uid)
        return true;
    if (!home->by_root || status.st_uid != home->uid)
        return refuse_owner(home, error);
    /* The directory itself is given last, so that an interrupted change is repeated. */
    int tree = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (tree < 0 || !give_tree(home, tree, 0) ||
        fchown(directory, home->postgres_user.uid, home->postgres_user.gid) != 0)
        return error_set_errno(error, errno, home->postgres);
    return true;
}

static bool check_private(const Home *home, int directory, Error *error)
{
    struct stat status;
    if (fstat(directory, &status) != 0)
        return error_set_errno(error, errno, home->postgres);
    return !(status.st_mode & (S_IWGRP | S_IWOTH)) ||
           error_set(error, ERR_CONFLICT, "%s can be written to by others: chmod go-w %s",
                     home->postgres, home->postgres);
}

bool home_prepare_postgres(const Home *home, Error *error)
{
    home_enter(home);
    int problem = mkdir(home->postgres, 0700) == 0 || errno == EEXIST ? 0 : errno;
    home_leave(home);
    if (problem)
        return error_set_errno(error, problem, home->postgres);
    int directory = open(home->postgres, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0 && errno == EACCES)
        return refuse_owner(home, error);
    if (directory < 0)
        return error_set_errno(error, errno, home->postgres);
    bool ready = take_over(home, directory, error) && check_private(home, directory, error);
    close(directory);
    if (!ready)
        return false;
    home_enter_postgres(home);
    bool reaches = faccessat(AT_FDCWD, home->postgres, R_OK | W_OK | X_OK, AT_EACCESS) == 0;
    home_leave(home);
    return reaches || error_set(error, ERR_CONFLICT,
                                "PostgreSQL runs as the user %s, who cannot reach %s: let others "
                                "pass (chmod o+x) the directories above it",
                                home->postgres_user.name, home->postgres);
}
