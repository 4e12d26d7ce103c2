/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/home.h"

#include "base/base64.h"
#include "base/random.h"
#include "base/uuid.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { DEMO_PASSWORD_SIZE = 16, SECRET_BYTES = 32, SECRET_TEXT_MAX = 256 };

static bool find_user(Home *home, Error *error)
{
    static const char *const service_users[] = {"netguru", "postgres", "nobody"};
    home->by_root = geteuid() == 0;
    const struct passwd *entry = home->by_root ? NULL : getpwuid(geteuid());
    for (size_t i = 0; home->by_root && !entry && i < COUNT_OF(service_users); i++)
        entry = getpwnam(service_users[i]);
    home->uid = entry ? entry->pw_uid : geteuid();
    home->gid = entry ? entry->pw_gid : getegid();
    if (home->by_root && !entry) {
        return error_set(error, ERR_NOT_FOUND,
                         "started by root, but there is none of the users netguru, postgres and "
                         "nobody to run the servers as");
    }
    snprintf(home->user, sizeof(home->user), "%s", entry ? entry->pw_name : "netguru");
    return true;
}

/* It is written into the servers' configuration files and into addresses. */
static bool is_plain(Str path)
{
    for (size_t i = 0; i < path.size; i++) {
        if ((unsigned char)path.data[i] <= ' ' || strchr("'\"\\", path.data[i]))
            return false;
    }
    return true;
}

static bool set_paths(const Config *settings, Home *home, Error *error)
{
    Str path = config_str(settings, "NETGURU_HOME");
    const char *user_home = getenv("HOME");
    if (!str_empty(path) && path.data[0] != '/')
        return error_set(error, ERR_VALIDATION, "NETGURU_HOME must be an absolute path");
    if (!str_empty(path))
        str_copy_to(path, home->path, sizeof(home->path));
    else if (home->by_root)
        str_copy_to(STR("/var/lib/netguru"), home->path, sizeof(home->path));
    else if (user_home && user_home[0] == '/')
        snprintf(home->path, sizeof(home->path), "%.480s/.netguru", user_home);
    else
        return error_set(error, ERR_VALIDATION, "neither NETGURU_HOME nor HOME is set");
    if (!is_plain(str_of(home->path)))
        return error_set(error, ERR_VALIDATION,
                         "NETGURU_HOME must hold no space, quote or backslash");
    struct sockaddr_un address;
    if (strlen(home->path) + sizeof("/run/.s.PGSQL.5432.lock") > sizeof(address.sun_path))
        return error_set(error, ERR_VALIDATION,
                         "NETGURU_HOME is too long for the path of a socket: %s", home->path);
    snprintf(home->postgres, sizeof(home->postgres), "%s/postgres", home->path);
    snprintf(home->redis, sizeof(home->redis), "%s/redis", home->path);
    snprintf(home->run, sizeof(home->run), "%s/run", home->path);
    snprintf(home->files, sizeof(home->files), "%s/files", home->path);
    snprintf(home->log, sizeof(home->log), "%s/log", home->path);
    return true;
}

bool home_find(const Config *settings, Home *out_home, Error *error)
{
    Home home = {0};
    struct stat status;
    if (!find_user(&home, error) || !set_paths(settings, &home, error))
        return false;
    if (stat(home.path, &status) != 0)
        return error_set(error, ERR_NOT_FOUND, "there is no data directory %s: netguru up makes it",
                         home.path);
    *out_home = home;
    return true;
}

static bool is_root_still(const Home *home)
{
    return home->by_root && getuid() == 0;
}

void home_enter(const Home *home)
{
    if (is_root_still(home))
        check(setegid(home->gid) == 0 && seteuid(home->uid) == 0);
}

void home_leave(const Home *home)
{
    if (is_root_still(home))
        check(seteuid(0) == 0 && setegid(0) == 0);
}

int home_open_file(const Home *home, const char *path, int flags)
{
    const int always = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    home_enter(home);
    int file = open(path, flags | always, 0600);
    /* One that was made by root itself is in the way. */
    if (file < 0 && errno == EACCES && flags & O_CREAT && unlink(path) == 0)
        file = open(path, flags | always, 0600);
    int problem = errno;
    home_leave(home);
    errno = problem;
    return file;
}

static bool check_owner(const Home *home, const char *path, const struct stat *status, Error *error)
{
    if (status->st_uid != home->uid)
        return error_set(error, ERR_CONFLICT, "%s belongs to another user than %s", path,
                         home->user);
    if (status->st_mode & (S_IWGRP | S_IWOTH))
        return error_set(error, ERR_CONFLICT, "%s can be written to by others: chmod go-w %s", path,
                         path);
    return true;
}

/* In the home, with the rights of its user, who may not be able to come by its path. */
static bool make_directory(const Home *home, int parent, const char *path, Error *error)
{
    struct stat status;
    const char *name = path + strlen(home->path) + 1;
    if (mkdirat(parent, name, 0700) != 0 && errno != EEXIST)
        return error_set_errno(error, errno, path);
    if (fstatat(parent, name, &status, 0) != 0)
        return error_set_errno(error, errno, path);
    return check_owner(home, path, &status, error);
}

/* The directory above may be anybody's: what was just made may not be there any more. */
static bool give_away(const Home *home, int directory, struct stat *status, Error *error)
{
    if (status->st_uid != 0)
        return error_set(error, ERR_CONFLICT, "%s was exchanged as it was made", home->path);
    if (fchown(directory, home->uid, home->gid) != 0 || fstat(directory, status) != 0)
        return error_set_errno(error, errno, home->path);
    return true;
}

/* The home, opened; -1 on failure. */
static int make_home(const Home *home, Error *error)
{
    struct stat status;
    bool made = mkdir(home->path, 0700) == 0;
    if (!made && errno != EEXIST) {
        error_set_errno(error, errno, home->path);
        return -1;
    }
    int directory = open(home->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (made ? O_NOFOLLOW : 0));
    bool done = directory >= 0 && fstat(directory, &status) == 0;
    if (!done)
        error_set_errno(error, errno, home->path);
    else if (made && home->by_root)
        done = give_away(home, directory, &status, error);
    if (done && check_owner(home, home->path, &status, error))
        return directory;
    if (directory >= 0)
        close(directory);
    return -1;
}

static bool make_directories(const Home *home, Error *error)
{
    int parent = make_home(home, error);
    const char *const paths[] = {home->postgres, home->redis, home->run, home->files, home->log};
    bool made = parent >= 0;
    if (!made)
        return false;
    home_enter(home);
    for (size_t i = 0; made && i < COUNT_OF(paths); i++)
        made = make_directory(home, parent, paths[i], error);
    home_leave(home);
    close(parent);
    return made;
}

/* As mkdir -p, for the way to it: those directories are other people's. */
static void make_parents(const char *path)
{
    char parent[sizeof(((Home *)0)->path)];
    for (size_t i = 1; path[i] && i < sizeof(parent); i++) {
        if (path[i] != '/')
            continue;
        str_copy_to(str_make(path, i), parent, sizeof(parent));
        (void)mkdir(parent, 0755);
    }
}

bool home_open(const Config *settings, Home *out_home, Error *error)
{
    Home home = {0};
    if (!find_user(&home, error) || !set_paths(settings, &home, error))
        return false;
    make_parents(home.path);
    if (!make_directories(&home, error))
        return false;
    *out_home = home;
    return true;
}

bool home_drop_root(const Home *home, Error *error)
{
    check(getuid() != 0 || geteuid() == 0); /* not between home_enter and home_leave */
    if (!home->by_root || geteuid() != 0)
        return true;
    if (setgroups(0, NULL) != 0 || setgid(home->gid) != 0 || setuid(home->uid) != 0)
        return error_set_errno(error, errno, "cannot give up root");
    check(setuid(0) != 0);
    return true;
}

Str home_database_url(const Home *home, const Config *settings, Arena *arena)
{
    Str url = config_str(settings, "NETGURU_DATABASE_URL");
    return !str_empty(url)
               ? url
               : arena_printf(arena, "host=%s user=netguru_app dbname=netguru", home->run);
}

Str home_owner_url(const Home *home, const Config *settings, Arena *arena)
{
    Str url = config_str(settings, "NETGURU_OWNER_DATABASE_URL");
    return !str_empty(url) ? url
                           : arena_printf(arena, "host=%s user=postgres dbname=netguru", home->run);
}

Str home_redis_url(const Home *home, const Config *settings, Arena *arena)
{
    Str url = config_str(settings, "NETGURU_REDIS_URL");
    return !str_empty(url) ? url : arena_printf(arena, "unix://%s/redis.sock", home->run);
}

static bool read_secret(const Home *home, const char *path, Arena *arena, Str *out_secret,
                        Error *error)
{
    struct stat status;
    int file = home_open_file(home, path, O_RDONLY);
    if (file < 0)
        return error_set_errno(error, errno, path);
    char *text = arena_alloc(arena, SECRET_TEXT_MAX);
    bool is_file = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
    ssize_t size = is_file ? read(file, text, SECRET_TEXT_MAX) : -1;
    close(file);
    if (size < SECRET_BYTES)
        return error_set(error, ERR_VALIDATION, "%s is %s", path,
                         is_file ? "too short for a secret" : "no regular file");
    *out_secret = str_trim((Str){text, (size_t)size});
    return true;
}

/* Two processes that start at once agree: the file appears whole under its name, once. */
static bool make_secret(const Home *home, const char *path, Arena *arena, Error *error)
{
    char raw[SECRET_BYTES];
    char temporary[740];
    char name[UUID_TEXT_SIZE];
    Uuid id = uuid_new(); /* not the process id: one that died here may have had the same */
    random_bytes(raw, sizeof(raw));
    Str text = hex_encode(arena, str_make(raw, sizeof(raw)));
    snprintf(temporary, sizeof(temporary), "%s.%s", path, uuid_write(&id, name));
    int file = home_open_file(home, temporary, O_WRONLY | O_CREAT | O_EXCL);
    if (file < 0)
        return error_set_errno(error, errno, temporary);
    home_enter(home);
    bool written = write(file, text.data, text.size) == (ssize_t)text.size && fsync(file) == 0;
    bool linked = written && (link(temporary, path) == 0 || errno == EEXIST);
    int problem = errno;
    unlink(temporary);
    home_leave(home);
    close(file);
    return linked || error_set_errno(error, problem, path);
}

static bool kept_secret(const Home *home, const char *name, Arena *arena, Str *out_secret,
                        Error *error)
{
    char path[680];
    snprintf(path, sizeof(path), "%s/%s", home->path, name);
    if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) != 0 &&
        !make_secret(home, path, arena, error))
        return false;
    return read_secret(home, path, arena, out_secret, error);
}

bool home_demo_password(const Home *home, Arena *arena, Str *out_password, Error *error)
{
    Str secret;
    if (!kept_secret(home, "demo.password", arena, &secret, error))
        return false;
    *out_password = arena_copy(arena, str_slice(secret, 0, DEMO_PASSWORD_SIZE));
    return true;
}

bool home_token_secret(const Home *home, const Config *settings, Arena *arena, Str *out_secret,
                       Error *error)
{
    Str secret = config_str(settings, "NETGURU_SECRET");
    if (!str_empty(secret)) {
        if (secret.size < SECRET_BYTES)
            return error_set(error, ERR_VALIDATION, "NETGURU_SECRET: at least %d bytes",
                             SECRET_BYTES);
        *out_secret = secret;
        return true;
    }
    return kept_secret(home, "token.key", arena, out_secret, error);
}
