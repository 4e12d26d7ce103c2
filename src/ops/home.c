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

enum { SECRET_BYTES = 32, SECRET_TEXT_MAX = 256 };

static bool find_user(Home *home, Error *error)
{
    static const char *const service_users[] = {"netguru", "postgres", "nobody"};
    home->by_root = geteuid() == 0;
    const struct passwd *entry = home->by_root ? NULL : getpwuid(geteuid());
    for (size_t i = 0; home->by_root && !entry && i < COUNT_OF(service_users); i++)
        entry = getpwnam(service_users[i]);
    home->uid = entry ? entry->pw_uid : geteuid();
    home->gid = entry ? entry->pw_gid : getegid();
    if (home->by_root && !entry)
        return error_set(error, ERR_NOT_FOUND,
                         "started by root, but there is none of the users netguru, postgres and "
                         "nobody to run the servers as");
    snprintf(home->user, sizeof(home->user), "%s", entry ? entry->pw_name : "netguru");
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

static bool make_directory(const Home *home, const char *path, mode_t mode, Error *error)
{
    struct stat status;
    bool made = mkdir(path, mode) == 0;
    if (!made && errno != EEXIST)
        return error_set_errno(error, errno, path);
    if (made && home->by_root && chown(path, home->uid, home->gid) != 0)
        return error_set_errno(error, errno, path);
    if (stat(path, &status) != 0)
        return error_set_errno(error, errno, path);
    if (status.st_uid != home->uid)
        return error_set(error, ERR_CONFLICT, "%s belongs to another user than %s", path,
                         home->user);
    return true;
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
    const char *const private_directories[] = {home.path, home.postgres, home.redis,
                                               home.run,  home.files,    home.log};
    for (size_t i = 0; i < COUNT_OF(private_directories); i++) {
        if (!make_directory(&home, private_directories[i], 0700, error))
            return false;
    }
    *out_home = home;
    return true;
}

bool home_drop_root(const Home *home, Error *error)
{
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

static bool read_secret(const char *path, Arena *arena, Str *out_secret, Error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0)
        return error_set_errno(error, errno, path);
    char *text = arena_alloc(arena, SECRET_TEXT_MAX);
    ssize_t size = read(file, text, SECRET_TEXT_MAX);
    close(file);
    if (size < SECRET_BYTES)
        return error_set(error, ERR_VALIDATION, "%s is too short for a secret", path);
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
    int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return error_set_errno(error, errno, temporary);
    bool written = write(file, text.data, text.size) == (ssize_t)text.size && fsync(file) == 0 &&
                   (!home->by_root || fchown(file, home->uid, home->gid) == 0);
    close(file);
    bool linked = written && (link(temporary, path) == 0 || errno == EEXIST);
    int problem = errno;
    unlink(temporary);
    return linked || error_set_errno(error, problem, path);
}

bool home_token_secret(const Home *home, const Config *settings, Arena *arena, Str *out_secret,
                       Error *error)
{
    char path[680];
    Str secret = config_str(settings, "NETGURU_SECRET");
    if (!str_empty(secret)) {
        if (secret.size < SECRET_BYTES)
            return error_set(error, ERR_VALIDATION, "NETGURU_SECRET: at least %d bytes",
                             SECRET_BYTES);
        *out_secret = secret;
        return true;
    }
    snprintf(path, sizeof(path), "%s/token.key", home->path);
    if (access(path, F_OK) != 0 && !make_secret(home, path, arena, error))
        return false;
    return read_secret(path, arena, out_secret, error);
}
