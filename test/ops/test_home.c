/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/home.h"

#include "harness/asserts.h"
#include "harness/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    TestDirectory directory;
    Arena *arena;
    Config *settings;
    char path[200];
} Fixture;

static int set_up(void **state)
{
    Error error = {0};
    Fixture *fixture = test_calloc(1, sizeof(*fixture));
    test_directory_make(&fixture->directory, "nobody");
    /* The home's user comes by it. */
    assert_int_equal(chmod(fixture->directory.path, 0711), 0);
    fixture->arena = arena_new();
    fixture->settings = config_load(fixture->arena, &error);
    assert_non_null(fixture->settings);
    snprintf(fixture->path, sizeof(fixture->path), "%s/a/b/home", fixture->directory.path);
    assert_true(config_set(fixture->settings, "NETGURU_HOME", str_of(fixture->path), &error));
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    test_directory_remove(&fixture->directory);
    arena_free(fixture->arena);
    test_free(fixture);
    return 0;
}

static void set(Fixture *fixture, const char *name, const char *value)
{
    Error error = {0};
    assert_true(config_set(fixture->settings, name, str_of(value), &error));
}

static void assert_private(const char *path, uid_t owner, mode_t mode)
{
    struct stat status;
    assert_int_equal(lstat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, mode);
    assert_int_equal(status.st_uid, owner);
}

/* Root keeps what names the directories and the sockets of the servers. */
static void assert_directories(const Home *home)
{
    const char *const paths[] = {home->redis, home->files, home->log};
    assert_private(home->path, home->by_root ? 0 : home->uid, home->by_root ? 0710 : 0700);
    assert_private(home->run, home->by_root ? 0 : home->uid, home->by_root ? 01770 : 0700);
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        assert_private(paths[i], home->uid, 0700);
}

static void test_directories_are_made_and_private(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Home found;
    Error error = {0};
    mode_t former = umask(0);
    assert_false(home_find(fixture->settings, &found, &error));
    assert_int_equal(error.code, ERR_NOT_FOUND);
    assert_true(home_open(fixture->settings, &home, &error));
    umask(former);
    assert_string_equal(home.path, fixture->path);
    assert_true(home.uid != 0);
    assert_directories(&home);
    assert_true(home_open(fixture->settings, &home, &error));
    assert_true(home_find(fixture->settings, &found, &error));
    assert_string_equal(found.files, home.files);
}

static void assert_refused(Fixture *fixture, ErrorCode code)
{
    Home home;
    Error error = {0};
    assert_false(home_open(fixture->settings, &home, &error));
    if (error.code != code)
        print_error("%s\n", error.message);
    assert_int_equal(error.code, code);
    assert_true(error.message[0] != '\0');
}

static void test_paths_that_cannot_be(void **state)
{
    Fixture *fixture = *state;
    char text[2000];
    set(fixture, "NETGURU_HOME", "relative/path");
    assert_refused(fixture, ERR_VALIDATION);
    set(fixture, "NETGURU_HOME", ".");
    assert_refused(fixture, ERR_VALIDATION);
    for (size_t size = 90; size < sizeof(text); size += 400) {
        memset(text, 'x', size);
        text[0] = '/';
        text[size] = '\0';
        set(fixture, "NETGURU_HOME", text);
        assert_refused(fixture, ERR_VALIDATION);
    }
    snprintf(text, sizeof(text), "%s/file", fixture->directory.path);
    close(open(text, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    set(fixture, "NETGURU_HOME", text);
    Home home;
    Error error = {0};
    assert_false(home_open(fixture->settings, &home, &error));
    set(fixture, "NETGURU_HOME", "/proc/netguru");
    assert_false(home_open(fixture->settings, &home, &error));
}

static void test_anothers_directory_is_left_alone(void **state)
{
    Fixture *fixture = *state;
    if (geteuid() != 0)
        skip_test("only root can make another user's directory");
    char path[100];
    snprintf(path, sizeof(path), "%s/roots", fixture->directory.path);
    assert_int_equal(mkdir(path, 0700), 0);
    set(fixture, "NETGURU_HOME", path);
    assert_refused(fixture, ERR_CONFLICT);
}

static void test_directories_open_to_others_are_refused(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Error error = {0};
    assert_true(home_open(fixture->settings, &home, &error));
    const char *const paths[] = {home.path, home.run, home.redis};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        assert_int_equal(chmod(paths[i], 0720), 0);
        assert_refused(fixture, ERR_CONFLICT);
        assert_int_equal(chmod(paths[i], 0702), 0);
        assert_refused(fixture, ERR_CONFLICT);
        assert_int_equal(chmod(paths[i], 0700), 0);
    }
    assert_true(home_open(fixture->settings, &home, &error));
}

static void test_paths_that_break_configuration_files_are_refused(void **state)
{
    Fixture *fixture = *state;
    const char *const names[] = {"a b", "a'b", "a\"b", "a\\b", "a\tb", "a\nb"};
    char path[300];
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", fixture->directory.path, names[i]);
        set(fixture, "NETGURU_HOME", path);
        assert_refused(fixture, ERR_VALIDATION);
        assert_int_equal(access(path, F_OK), -1);
    }
}

/* Root itself could go through them. */
static void test_files_are_opened_with_the_rights_of_their_user(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Error error = {0};
    struct stat status;
    char path[700];
    char secret[200];
    if (geteuid() != 0)
        skip_test("only root can give up rights");
    assert_true(home_open(fixture->settings, &home, &error));
    assert_int_equal(chmod(fixture->directory.path, 0755), 0);
    snprintf(secret, sizeof(secret), "%s/roots", fixture->directory.path);
    close(open(secret, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    snprintf(path, sizeof(path), "%s/link", home.path);
    assert_int_equal(symlink(secret, path), 0);
    assert_int_equal(home_open_file(&home, path, O_RDONLY), -1);
    assert_int_equal(home_open_file(&home, path, O_WRONLY | O_CREAT), -1);
    assert_int_equal(home_open_file(&home, secret, O_RDONLY), -1);
    snprintf(path, sizeof(path), "%s/log/pipe", home.path);
    assert_int_equal(mkfifo(path, 0666), 0);
    assert_int_equal(home_open_file(&home, path, O_WRONLY), -1);
    snprintf(path, sizeof(path), "%s/log/new", home.path);
    int file = home_open_file(&home, path, O_WRONLY | O_CREAT);
    assert_true(file >= 0);
    assert_int_equal(fstat(file, &status), 0);
    assert_int_equal(status.st_uid, home.uid);
    close(file);
    assert_int_equal(geteuid(), 0);
    assert_int_equal(getegid(), 0);
}

static void test_addresses_are_ours_or_those_set(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Error error = {0};
    assert_true(home_open(fixture->settings, &home, &error));
    Str run = str_of(home.run);
    Str url = home_database_url(&home, fixture->settings, HOME_ROLE_SERVE, fixture->arena);
    assert_true(str_find(url, run) != STR_NOT_FOUND);
    assert_true(str_find(url, STR("user=netguru_serve ")) != STR_NOT_FOUND);
    url = home_database_url(&home, fixture->settings, HOME_ROLE_WORK, fixture->arena);
    assert_true(str_find(url, STR("user=netguru_work ")) != STR_NOT_FOUND);
    assert_true(str_find(home_redis_url(&home, fixture->settings, fixture->arena), run) !=
                STR_NOT_FOUND);
    set(fixture, "NETGURU_DATABASE_URL", "postgresql://x/y");
    set(fixture, "NETGURU_OWNER_DATABASE_URL", "postgresql://o/y");
    set(fixture, "NETGURU_REDIS_URL", "redis://z");
    assert_true(
        str_equal(home_database_url(&home, fixture->settings, HOME_ROLE_SERVE, fixture->arena),
                  STR("postgresql://x/y")));
    assert_true(
        str_equal(home_database_url(&home, fixture->settings, HOME_ROLE_WORK, fixture->arena),
                  STR("postgresql://x/y")));
    set(fixture, "NETGURU_WORK_DATABASE_URL", "postgresql://w/y");
    assert_true(
        str_equal(home_database_url(&home, fixture->settings, HOME_ROLE_WORK, fixture->arena),
                  STR("postgresql://w/y")));
    assert_true(str_equal(home_owner_url(&home, fixture->settings, fixture->arena),
                          STR("postgresql://o/y")));
    assert_true(
        str_equal(home_redis_url(&home, fixture->settings, fixture->arena), STR("redis://z")));
}

static void test_works_address_alone_is_refused(void **state)
{
    Fixture *fixture = *state;
    set(fixture, "NETGURU_WORK_DATABASE_URL", "postgresql://w/y");
    assert_refused(fixture, ERR_VALIDATION);
}

/* The file is the password, but for the line break at its end. */
static void test_the_demo_password_is_its_file(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Str password;
    Error error = {0};
    char path[700];
    char text[200];
    assert_true(home_open(fixture->settings, &home, &error));
    snprintf(path, sizeof(path), "%s/demo.password", home.path);
    assert_true(home_demo_password(&home, fixture->arena, &password, &error));
    int file = open(path, O_RDWR | O_CLOEXEC);
    ssize_t size = read(file, text, sizeof(text));
    assert_int_equal(size, password.size + 1);
    assert_true(password.size >= 16);
    assert_memory_equal(text, password.data, password.size);
    assert_int_equal(text[size - 1], '\n');
    assert_int_equal(ftruncate(file, 0), 0);
    assert_int_equal(pwrite(file, "of my own\n", 10, 0), 10);
    assert_true(home_demo_password(&home, fixture->arena, &password, &error));
    assert_true(str_equal(password, STR("of my own")));
    assert_int_equal(ftruncate(file, 5), 0);
    assert_false(home_demo_password(&home, fixture->arena, &password, &error));
    assert_int_equal(error.code, ERR_VALIDATION);
    close(file);
}

/* What the servers' user could do to the homes of earlier versions, which belonged to it. */
static void test_a_home_of_the_servers_user_comes_to_root(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Error error = {0};
    if (geteuid() != 0)
        skip_test("only root can take over a home");
    assert_true(home_open(fixture->settings, &home, &error));
    assert_int_equal(chown(home.path, home.uid, home.gid) | chmod(home.path, 0700), 0);
    assert_int_equal(chown(home.run, home.uid, home.gid) | chmod(home.run, 0700), 0);
    assert_true(home_open(fixture->settings, &home, &error));
    assert_directories(&home);
}

/* Runs a function as the user of serve, work and Redis, whom an attacker has taken over. */
static void attack(const Home *home, void (*run)(const Home *home))
{
    int status = 0;
    Error error = {0};
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (!home_drop_root(home, &error))
            _exit(1);
        run(home);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void exchange_all(const Home *home)
{
    char aside[700];
    const char *const names[] = {"run", "files", "log", "redis", "token.key", "mine"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char path[700];
        snprintf(path, sizeof(path), "%s/%s", home->path, names[i]);
        snprintf(aside, sizeof(aside), "%s/%s.aside", home->path, names[i]);
        if (rename(path, aside) == 0 || unlink(path) == 0 || rmdir(path) == 0 ||
            symlink("/etc", path) == 0 || mkdir(aside, 0700) == 0)
            _exit(2);
    }
    if (chmod(home->path, 0777) == 0 || chmod(home->run, 0777) == 0)
        _exit(3);
}

static void test_the_servers_user_can_exchange_no_directory(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Str secret;
    Error error = {0};
    if (geteuid() != 0)
        skip_test("only root can be somebody else");
    assert_true(home_open(fixture->settings, &home, &error));
    assert_true(home_token_secret(&home, fixture->settings, fixture->arena, &secret, &error));
    attack(&home, exchange_all);
    assert_directories(&home);
}

static void assert_link_refused(Fixture *fixture, const Home *home, const char *path)
{
    char aside[700];
    char target[300];
    struct stat before;
    struct stat after;
    snprintf(aside, sizeof(aside), "%s.aside", path);
    snprintf(target, sizeof(target), "%s/target", fixture->directory.path);
    assert_int_equal(rename(path, aside) | mkdir(target, 0700), 0);
    /* Even one that the user may have: only root decides where the data lies. */
    assert_int_equal(chown(target, home->uid, home->gid) | stat(target, &before), 0);
    assert_int_equal(symlink(target, path) | lchown(path, home->uid, home->gid), 0);
    assert_refused(fixture, ERR_CONFLICT);
    assert_int_equal(stat(target, &after), 0);
    assert_int_equal(after.st_mode, before.st_mode);
    assert_int_equal(after.st_uid, before.st_uid);
    assert_int_equal(unlink(path) | rename(aside, path) | rmdir(target), 0);
}

static void test_links_that_root_has_not_made_are_refused(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Error error = {0};
    if (geteuid() != 0)
        skip_test("only root can make another user's link");
    assert_true(home_open(fixture->settings, &home, &error));
    const char *const paths[] = {home.run, home.redis, home.files, home.log};
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        assert_link_refused(fixture, &home, paths[i]);
    assert_true(home_open(fixture->settings, &home, &error));
}

static void test_a_link_of_root_leads_to_another_disk(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Error error = {0};
    char aside[700];
    assert_true(home_open(fixture->settings, &home, &error));
    snprintf(aside, sizeof(aside), "%s/disk", fixture->directory.path);
    assert_int_equal(rename(home.files, aside) | symlink(aside, home.files), 0);
    assert_true(home_open(fixture->settings, &home, &error));
    /* run/ is root's own and is no place for a link. */
    snprintf(aside, sizeof(aside), "%s/run.aside", fixture->directory.path);
    assert_int_equal(rename(home.run, aside) | symlink(aside, home.run), 0);
    assert_refused(fixture, ERR_CONFLICT);
}

/* A start was killed between two system calls. */
static void test_a_directory_that_was_not_given_yet_is_no_obstacle(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Error error = {0};
    if (geteuid() != 0)
        skip_test("only root gives directories away");
    assert_true(home_open(fixture->settings, &home, &error));
    assert_int_equal(chown(home.redis, 0, 0) | chown(home.run, 0, 0), 0);
    assert_true(home_open(fixture->settings, &home, &error));
    assert_directories(&home);
}

static void put_model(const Home *home)
{
    char path[700];
    snprintf(path, sizeof(path), "%s/model", home->path);
    if (mkdir(path, 0700) != 0)
        _exit(2);
    snprintf(path, sizeof(path), "%s/model/file", home->path);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

static void change_model(const Home *home)
{
    char path[700];
    snprintf(path, sizeof(path), "%s/model/file", home->path);
    if (access(path, R_OK) != 0 || access(path, W_OK) == 0 || unlink(path) == 0)
        _exit(2);
}

/* In a home of an earlier version, the servers' user could write the files of model/. */
static void test_root_reads_only_what_root_has_published(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Error error = {0};
    if (geteuid() != 0)
        skip_test("only root publishes files for the servers");
    assert_true(home_open(fixture->settings, &home, &error));
    assert_int_equal(chown(home.path, home.uid, home.gid), 0);
    attack(&home, put_model);
    assert_false(home_is_published(&home, "model", "file"));
    assert_true(home_open(fixture->settings, &home, &error));
    int directory = home_open_published(&home, "model", &error);
    assert_true(directory >= 0);
    assert_false(home_is_published(&home, "model", "file"));
    assert_int_equal(unlinkat(directory, "file", 0), 0);
    int file = openat(directory, "file", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0640);
    assert_int_equal(fchown(file, 0, home.gid), 0);
    assert_true(home_is_published(&home, "model", "file"));
    attack(&home, change_model);
    assert_int_equal(fchmod(file, 0660), 0);
    assert_false(home_is_published(&home, "model", "file"));
    assert_int_equal(unlinkat(directory, "file", 0), 0);
    assert_int_equal(symlinkat("/etc/hostname", directory, "file"), 0);
    assert_false(home_is_published(&home, "model", "file"));
    close(file);
    close(directory);
}

static void put_sockets(const Home *home)
{
    char path[700];
    const char *const names[] = {".s.PGSQL.5432", ".s.PGSQL.5432.lock", "redis.sock"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", home->run, names[i]);
        if (symlink("/etc/hostname", path) != 0)
            _exit(2);
    }
}

static size_t count_entries(const char *path);

static void test_sockets_of_others_are_removed(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Error error = {0};
    assert_true(home_open(fixture->settings, &home, &error));
    if (!home.by_root)
        skip_test("only root can be somebody else");
    attack(&home, put_sockets);
    assert_int_equal(count_entries(home.run), 3);
    assert_true(home_clear_run(&home, &error));
    assert_int_equal(count_entries(home.run), 0);
    assert_true(home_clear_run(&home, &error));
    assert_int_equal(access("/etc/hostname", F_OK), 0);
}

/* A file that only the group of root may read, behind a link: the group goes with the rights. */
static void test_root_enters_without_its_groups(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Error error = {0};
    char secret[300];
    const gid_t group = 4;
    if (geteuid() != 0)
        skip_test("only root has groups to give up");
    assert_int_equal(setgroups(1, &group), 0);
    assert_true(home_open(fixture->settings, &home, &error));
    assert_int_equal(chmod(fixture->directory.path, 0755), 0);
    snprintf(secret, sizeof(secret), "%s/of-the-group", fixture->directory.path);
    close(open(secret, O_CREAT | O_WRONLY | O_CLOEXEC, 0640));
    assert_int_equal(chown(secret, 0, group), 0);
    assert_int_equal(home_open_file(&home, secret, O_RDONLY), -1);
}

/* Only a server of PostgreSQL's own user is told what the superuser says. */
static void test_root_asks_who_made_the_socket(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Error error = {0};
    assert_true(home_open(fixture->settings, &home, &error));
    Str url = home_owner_url(&home, fixture->settings, fixture->arena);
    assert_int_equal(str_find(url, STR(" requirepeer=")) != STR_NOT_FOUND, home.by_root);
    if (home.by_root)
        assert_true(str_ends_with(url, str_of(home.postgres_user.name)));
}

static size_t count_entries(const char *path)
{
    size_t count = 0;
    DIR *directory = opendir(path);
    assert_that(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count - 2;
}

static void test_the_secret_is_made_once(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Str first;
    Str second;
    Error error = {0};
    char path[700];
    assert_true(home_open(fixture->settings, &home, &error));
    assert_true(home_token_secret(&home, fixture->settings, fixture->arena, &first, &error));
    assert_int_equal(first.size, 64);
    snprintf(path, sizeof(path), "%s/token.key", home.path);
    assert_private(path, home.uid, 0600);
    assert_true(home_token_secret(&home, fixture->settings, fixture->arena, &second, &error));
    assert_true(str_equal(first, second));
    assert_int_equal(count_entries(home.path), 5);
    set(fixture, "NETGURU_SECRET", "too short");
    assert_false(home_token_secret(&home, fixture->settings, fixture->arena, &second, &error));
    assert_int_equal(error.code, ERR_VALIDATION);
    assert_null(strstr(error.message, "too short"));
    set(fixture, "NETGURU_SECRET", "0123456789012345678901234567890123456789");
    assert_true(home_token_secret(&home, fixture->settings, fixture->arena, &second, &error));
    assert_int_equal(second.size, 40);
}

static void test_a_damaged_secret_is_refused(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Str secret;
    Error error = {0};
    char path[700];
    assert_true(home_open(fixture->settings, &home, &error));
    snprintf(path, sizeof(path), "%s/token.key", home.path);
    int file = open(path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(write(file, "short", 5), 5);
    assert_int_equal(fchown(file, home.uid, home.gid), 0);
    close(file);
    assert_false(home_token_secret(&home, fixture->settings, fixture->arena, &secret, &error));
    assert_int_equal(error.code, ERR_VALIDATION);
    unlink(path);
    assert_int_equal(symlink("/etc/hostname", path), 0);
    assert_false(home_token_secret(&home, fixture->settings, fixture->arena, &secret, &error));
    /* A pipe in its place must not keep root waiting. */
    assert_int_equal(unlink(path) | mkfifo(path, 0600) | chown(path, home.uid, home.gid), 0);
    assert_false(home_token_secret(&home, fixture->settings, fixture->arena, &secret, &error));
    assert_int_equal(error.code, ERR_VALIDATION);
}

static void test_what_a_crash_left_is_no_obstacle(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Str secret;
    Error error = {0};
    char path[700];
    assert_true(home_open(fixture->settings, &home, &error));
    snprintf(path, sizeof(path), "%s/token.key.%d", home.path, (int)getpid());
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    assert_true(home_token_secret(&home, fixture->settings, fixture->arena, &secret, &error));
}

enum { RACERS = 8, ROUNDS = 20 };

/* Writes the secret it got, or nothing. */
static _Noreturn void race(const Fixture *fixture, const Home *home, int gate, int result)
{
    Str secret = STR("");
    char byte;
    Error error = {0};
    if (read(gate, &byte, 1) < 0 ||
        !home_token_secret(home, fixture->settings, fixture->arena, &secret, &error) ||
        write(result, secret.data, secret.size) != (ssize_t)secret.size)
        _exit(1);
    _exit(0);
}

static void test_all_who_start_at_once_agree(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Error error = {0};
    char path[700];
    assert_true(home_open(fixture->settings, &home, &error));
    snprintf(path, sizeof(path), "%s/token.key", home.path);
    for (int round = 0; round < ROUNDS; round++) {
        int gate[2];
        int result[2];
        char secrets[RACERS * 64 + 1];
        size_t size = 0;
        ssize_t got = 1;
        assert_int_equal(pipe2(gate, O_CLOEXEC) | pipe2(result, O_CLOEXEC), 0);
        for (int i = 0; i < RACERS; i++) {
            pid_t pid = fork();
            assert_true(pid >= 0);
            if (pid > 0)
                continue;
            close(gate[1]);
            race(fixture, &home, gate[0], result[1]);
        }
        close(gate[0]);
        close(gate[1]); /* off they go */
        close(result[1]);
        for (; got > 0 && size < sizeof(secrets); size += (size_t)got)
            got = read(result[0], secrets + size, sizeof(secrets) - size);
        close(result[0]);
        for (int i = 0; i < RACERS; i++) {
            int status = 0;
            assert_true(wait(&status) > 0);
        }
        assert_int_equal(size, RACERS * 64);
        for (size_t i = 1; i < RACERS; i++)
            assert_memory_equal(secrets, secrets + i * 64, 64);
        assert_int_equal(count_entries(home.path), 5);
        assert_int_equal(unlink(path), 0);
    }
}

static void test_the_encryption_key_is_made_once_and_private(void **state)
{
    Fixture *fixture = *state;
    Home home;
    Str text;
    Str again;
    char path[700];
    Error error = {0};
    assert_true(home_open(fixture->settings, &home, &error));
    assert_false(home_encryption_keys(&home, fixture->arena, &text, &error));
    assert_int_equal(error.code, ERR_NOT_FOUND);
    assert_true(home_make_encryption_key(&home, &error));
    assert_true(home_encryption_keys(&home, fixture->arena, &text, &error));
    assert_int_equal(text.size, 44);
    snprintf(path, sizeof(path), "%s/encryption.key", home.path);
    assert_private(path, home.uid, 0600);
    assert_true(home_make_encryption_key(&home, &error));
    assert_true(home_encryption_keys(&home, fixture->arena, &again, &error));
    assert_true(str_equal(text, again));
    assert_int_equal(chmod(path, 0640), 0);
    assert_false(home_encryption_keys(&home, fixture->arena, &text, &error));
    assert_int_equal(error.code, ERR_CONFLICT);
    assert_non_null(strstr(error.message, "chmod 600"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_false(home_encryption_keys(&home, fixture->arena, &text, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_directories_are_made_and_private, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_paths_that_cannot_be, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_anothers_directory_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_directories_open_to_others_are_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_paths_that_break_configuration_files_are_refused,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files_are_opened_with_the_rights_of_their_user, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_addresses_are_ours_or_those_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_works_address_alone_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_demo_password_is_its_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_encryption_key_is_made_once_and_private, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_home_of_the_servers_user_comes_to_root, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_servers_user_can_exchange_no_directory, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_links_that_root_has_not_made_are_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_link_of_root_leads_to_another_disk, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_directory_that_was_not_given_yet_is_no_obstacle,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_root_reads_only_what_root_has_published, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_sockets_of_others_are_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_root_enters_without_its_groups, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_root_asks_who_made_the_socket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_secret_is_made_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_damaged_secret_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_a_crash_left_is_no_obstacle, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_all_who_start_at_once_agree, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
