/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory of PostgreSQL's cluster. Whether a cluster is complete is decided by its own files,
 * which only PostgreSQL's user can write. A new cluster is made beside its place and renamed when
 * it is complete; so a cluster in its place is never removed.
 */
#include "ops/home_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { CONF_MAX_BYTES = 256 * 1024 };

static const char cluster_name[] = "postgres";
static const char unfinished_name[] = "postgres.initdb";

static bool refuse_owner(const Home *home, const char *path, Error *error)
{
    const char *user = home->postgres_user.name;
    return error_set(error, ERR_CONFLICT,
                     "%s belongs to another user than %s, who runs PostgreSQL: if you trust what "
                     "is in it, chown -R %s %s",
                     path, user, user, path);
}

static bool has_entries(int directory)
{
    const struct dirent *entry = NULL;
    int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
    bool found = !list;
    while (list && !found && (entry = readdir(list)))
        found = !str_equal(str_of(entry->d_name), STR(".")) &&
                !str_equal(str_of(entry->d_name), STR(".."));
    if (list)
        closedir(list);
    else if (copy >= 0)
        close(copy);
    return found;
}

static bool has_file(int directory, const char *name)
{
    struct stat status;
    return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
}

/* The line is appended when initdb has ended. */
static bool includes_settings(int directory)
{
    auto_arena Arena *arena = arena_new();
    struct stat status;
    Str line;
    int file = openat(directory, "postgresql.conf", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return false;
    char *text = arena_alloc(arena, CONF_MAX_BYTES);
    bool is_file = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    ssize_t size = is_file ? read(file, text, CONF_MAX_BYTES) : -1;
    close(file);
    Str rest = {text, (size_t)MAX_OF(size, (ssize_t)0)};
    while (str_next_field(&rest, '\n', &line)) {
        if (str_equal(str_trim(line), STR(HOME_POSTGRES_INCLUDE)))
            return true;
    }
    return false;
}

static HomeCluster inspect(int directory)
{
    bool has_version = has_file(directory, "PG_VERSION");
    bool has_control = has_file(directory, "global/pg_control");
    if (has_version && has_control && includes_settings(directory))
        return HOME_CLUSTER_COMPLETE;
    /* The postmaster writes this file, and initdb does not. */
    if (has_file(directory, "postmaster.opts"))
        return HOME_CLUSTER_USED;
    return has_entries(directory) ? HOME_CLUSTER_UNFINISHED : HOME_CLUSTER_EMPTY;
}

static bool check_cluster_directory(const Home *home, int directory, const char *path, Error *error)
{
    struct stat status;
    if (fstat(directory, &status) != 0)
        return error_set_errno(error, errno, path);
    if (status.st_uid != home->postgres_user.uid)
        return refuse_owner(home, path, error);
    return !home_is_open_to_others(&status) ||
           error_set(error, ERR_CONFLICT, "%s can be written to by others: chmod go-w %s", path,
                     path);
}

/* Opens a directory of the home that may hold a cluster. Returns -1 with an errno of ENOENT when
 * it does not exist, and -1 with the reason in the error otherwise. */
static int open_cluster(const Home *home, int parent, const char *name, Error *error)
{
    char path[680];
    snprintf(path, sizeof(path), "%s/%s", home->path, name);
    /* The operator may have put a link there, so that the data lies on another disk. */
    int link = home_may_follow(home, parent, name) ? 0 : O_NOFOLLOW;
    int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | link);
    int problem = errno;
    if (directory >= 0 && check_cluster_directory(home, directory, path, error))
        return directory;
    if (directory >= 0) {
        close(directory);
        problem = EPERM;
    } else if (problem == EACCES)
        refuse_owner(home, path, error);
    else if (link && (problem == ELOOP || problem == ENOTDIR))
        error_set(error, ERR_CONFLICT, "%s is a link that root has not made: remove it", path);
    else if (problem != ENOENT)
        error_set_errno(error, problem, path);
    errno = problem;
    return -1;
}

static bool inspect_named(const Home *home, const char *name, HomeCluster *out_state, Error *error)
{
    int parent = home_open_directory(home, error);
    if (parent < 0)
        return false;
    int directory = open_cluster(home, parent, name, error);
    bool is_absent = directory < 0 && errno == ENOENT;
    close(parent);
    if (is_absent)
        *out_state = HOME_CLUSTER_ABSENT;
    if (directory < 0)
        return is_absent;
    home_enter_postgres(home);
    *out_state = inspect(directory);
    home_leave(home);
    close(directory);
    return true;
}

bool home_inspect_cluster(const Home *home, HomeCluster *out_state, Error *error)
{
    return inspect_named(home, cluster_name, out_state, error);
}

static bool check_cluster_reach(const Home *home, Error *error)
{
    home_enter_postgres(home);
    bool reaches = faccessat(AT_FDCWD, home->postgres_new, R_OK | W_OK | X_OK, AT_EACCESS) == 0;
    home_leave(home);
    return reaches || error_set(error, ERR_CONFLICT,
                                "PostgreSQL runs as the user %s, who cannot reach %s: let others "
                                "pass (chmod o+x) the directories above it",
                                home->postgres_user.name, home->path);
}

bool home_make_unfinished_cluster(const Home *home, HomeCluster *out_state, Error *error)
{
    int parent = home_open_directory(home, error);
    if (parent < 0)
        return false;
    bool made = home_give_directory(parent, unfinished_name, &home->postgres_user, error);
    close(parent);
    return made && inspect_named(home, unfinished_name, out_state, error) &&
           check_cluster_reach(home, error);
}

bool home_finish_cluster(const Home *home, Error *error)
{
    int parent = home_open_directory(home, error);
    if (parent < 0)
        return false;
    /* An empty directory is replaced, and nothing else. */
    bool renamed = renameat(parent, unfinished_name, parent, cluster_name) == 0;
    int problem = errno;
    if (renamed && home_is_root(home))
        (void)fsync(parent);
    close(parent);
    return renamed || error_set(error, ERR_CONFLICT,
                                "the new cluster cannot get its place %s (%s): remove what is "
                                "there, or link the whole data directory to another disk",
                                home->postgres, strerror(problem));
}
