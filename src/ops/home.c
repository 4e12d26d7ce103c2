/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/home.h"

#include "ops/home_private.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const struct passwd *find_first_user(const char *const *names, size_t count)
{
    const struct passwd *entry = NULL;
    for (size_t i = 0; !entry && i < count; i++)
        entry = getpwnam(names[i]);
    return entry;
}

/* When root starts the servers, PostgreSQL gets a user of its own: an attacker who takes over a
 * process that parses requests cannot reach the database files, nor the reverse. */
static void find_postgres_user(Home *home)
{
    static const char *const names[] = {"netguru-postgres", "postgres"};
    HomeUser *user = &home->postgres_user;
    const struct passwd *entry = home->by_root ? find_first_user(names, COUNT_OF(names)) : NULL;
    user->uid = entry ? entry->pw_uid : home->uid;
    user->gid = entry ? entry->pw_gid : home->gid;
    snprintf(user->name, sizeof(user->name), "%s", entry ? entry->pw_name : home->user);
}

static bool find_user(Home *home, Error *error)
{
    static const char *const names[] = {"netguru", "postgres", "nobody"};
    home->by_root = geteuid() == 0;
    const struct passwd *entry =
        home->by_root ? find_first_user(names, COUNT_OF(names)) : getpwuid(geteuid());
    home->uid = entry ? entry->pw_uid : geteuid();
    home->gid = entry ? entry->pw_gid : getegid();
    if (home->by_root && !entry) {
        return error_set(error, ERR_NOT_FOUND,
                         "started by root, but there is none of the users netguru, postgres and "
                         "nobody to run the servers as");
    }
    snprintf(home->user, sizeof(home->user), "%s", entry ? entry->pw_name : "netguru");
    find_postgres_user(home);
    return true;
}

/* The path is written into the servers' configuration files and into addresses. */
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
    snprintf(home->postgres_new, sizeof(home->postgres_new), "%s/postgres.initdb", home->path);
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

bool home_is_root(const Home *home)
{
    return home->by_root && getuid() == 0;
}

/* Changes the effective user. The supplementary groups of root go for good: they would still open
 * files of those groups to whatever the user has put in place of its own files. */
static void enter_as(const Home *home, uid_t uid)
{
    if (home_is_root(home))
        check(setgroups(0, NULL) == 0 && setegid(home->gid) == 0 && seteuid(uid) == 0);
}

void home_enter(const Home *home)
{
    enter_as(home, home->uid);
}

/* Keeps the group of the home, through which PostgreSQL's user reaches its own directories. */
void home_enter_postgres(const Home *home)
{
    enter_as(home, home->postgres_user.uid);
}

void home_leave(const Home *home)
{
    if (home_is_root(home))
        check(seteuid(0) == 0 && setegid(0) == 0);
}

static int open_entered(const Home *home, const char *path, int flags)
{
    const int always = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    int file = open(path, flags | always, 0600);
    /* A directory that root created earlier would block the service user. */
    if (file < 0 && errno == EACCES && flags & O_CREAT && unlink(path) == 0)
        file = open(path, flags | always, 0600);
    int problem = errno;
    home_leave(home);
    errno = problem;
    return file;
}

int home_open_file(const Home *home, const char *path, int flags)
{
    home_enter(home);
    return open_entered(home, path, flags);
}

int home_open_postgres_file(const Home *home, const char *path, int flags)
{
    home_enter_postgres(home);
    return open_entered(home, path, flags);
}

bool home_separates_postgres(const Home *home)
{
    return home->postgres_user.uid != home->uid;
}

/* Creates missing directories above the home, as mkdir -p does. They may belong to other users. */
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

static bool check_addresses(const Config *settings, Error *error)
{
    bool has_work = !str_empty(config_str(settings, "NETGURU_WORK_DATABASE_URL"));
    bool has_database = !str_empty(config_str(settings, "NETGURU_DATABASE_URL"));
    return !has_work || has_database ||
           error_set(error, ERR_VALIDATION,
                     "NETGURU_WORK_DATABASE_URL needs NETGURU_DATABASE_URL beside it");
}

bool home_open(const Config *settings, Home *out_home, Error *error)
{
    Home home = {0};
    if (!check_addresses(settings, error) || !find_user(&home, error) ||
        !set_paths(settings, &home, error))
        return false;
    make_parents(home.path);
    if (!home_make_directories(&home, error))
        return false;
    *out_home = home;
    return true;
}

static bool give_up_root(const Home *home, const HomeUser *user, const gid_t *group, Error *error)
{
    check(getuid() != 0 ||
          geteuid() == 0); /* must not be called between home_enter and home_leave */
    if (!home->by_root || geteuid() != 0)
        return true;
    if (setgroups(group ? 1 : 0, group) != 0 || setgid(user->gid) != 0 || setuid(user->uid) != 0)
        return error_set_errno(error, errno, "cannot give up root");
    check(setuid(0) != 0);
    return true;
}

bool home_drop_root(const Home *home, Error *error)
{
    const HomeUser user = {.uid = home->uid, .gid = home->gid};
    return give_up_root(home, &user, NULL, error);
}

bool home_become_postgres(const Home *home, Error *error)
{
    return give_up_root(home, &home->postgres_user,
                        home_separates_postgres(home) ? &home->gid : NULL, error);
}

Str home_database_url(const Home *home, const Config *settings, HomeRole role, Arena *arena)
{
    Str shared = config_str(settings, "NETGURU_DATABASE_URL");
    Str own = config_str(settings, "NETGURU_WORK_DATABASE_URL");
    if (str_empty(shared)) {
        return arena_printf(arena, "host=%s user=%s dbname=netguru", home->run,
                            role == HOME_ROLE_WORK ? "netguru_work" : "netguru_serve");
    }
    return role == HOME_ROLE_WORK && !str_empty(own) ? own : shared;
}

Str home_superuser_url(const Home *home, const char *database, Arena *arena)
{
    Str url = arena_printf(arena, "host=%s user=postgres dbname=%s", home->run, database);
    /* The kernel tells libpq who has made the socket. */
    if (home->by_root)
        url = arena_printf(arena, "%.*s requirepeer=%s", STR_ARGS(url), home->postgres_user.name);
    return url;
}

Str home_owner_url(const Home *home, const Config *settings, Arena *arena)
{
    Str url = config_str(settings, "NETGURU_OWNER_DATABASE_URL");
    return !str_empty(url) ? url : home_superuser_url(home, "netguru", arena);
}

Str home_redis_url(const Home *home, const Config *settings, Arena *arena)
{
    Str url = config_str(settings, "NETGURU_REDIS_URL");
    return !str_empty(url) ? url : arena_printf(arena, "unix://%s/redis.sock", home->run);
}
