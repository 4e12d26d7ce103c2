/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster of the embedded PostgreSQL: when it is made, and that it is never removed. */
#include "ops/embedded.h"

#include "harness/asserts.h"
#include "harness/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    TestDirectory directory;
    Arena *arena;
    Config *settings;
    Home home;
    EmbeddedRunner runner;
    unsigned initdb_runs;
    unsigned find_runs;
    bool fails; /* initdb ends in the middle */
} Fixture;

static const char *const cluster_files[] = {"PG_VERSION", "global/pg_control", "postgresql.conf"};

/* Writes the files of a cluster as PostgreSQL's user. */
static void put_cluster(const Fixture *fixture, const char *where, const char *conf)
{
    char path[700];
    mode_t former = umask(077);
    snprintf(path, sizeof(path), "%s/global", where);
    home_enter_postgres(&fixture->home);
    int made = mkdir(path, 0700);
    home_leave(&fixture->home);
    umask(former);
    assert_true(made == 0 || errno == EEXIST);
    for (size_t i = 0; i < COUNT_OF(cluster_files); i++) {
        snprintf(path, sizeof(path), "%s/%s", where, cluster_files[i]);
        int file = home_open_postgres_file(&fixture->home, path, O_WRONLY | O_CREAT | O_TRUNC);
        assert_that(file >= 0);
        assert_that(dprintf(file, "%s", conf) >= 0);
        close(file);
    }
}

/* Runs the program that empties a directory, and plays initdb. */
static bool run_program(void *context, const ServiceOptions *options, Error *error)
{
    int status = 0;
    Fixture *fixture = context;
    assert_int(options->user, SERVICE_AS_POSTGRES_USER);
    if (str_equal(str_of(options->arguments[0]), STR("/usr/bin/find"))) {
        fixture->find_runs++;
        assert_string_equal(options->arguments[1], fixture->home.postgres_new);
        pid_t pid = service_start(&fixture->home, options, error);
        assert_int(waitpid(pid, &status, 0), pid);
        return status == 0 || error_set(error, ERR_INTERNAL, "find failed");
    }
    fixture->initdb_runs++;
    assert_string_equal(options->arguments[2], fixture->home.postgres_new);
    put_cluster(fixture, options->arguments[2], "# of initdb\n");
    return !fixture->fails || error_set(error, ERR_CANCELLED, "stopped");
}

static int set_up(void **state)
{
    Error error = {0};
    char path[200];
    Fixture *fixture = test_calloc(1, sizeof(*fixture));
    test_directory_make(&fixture->directory, "nobody");
    assert_int_equal(chmod(fixture->directory.path, 0711), 0);
    fixture->arena = arena_new();
    fixture->settings = config_load(fixture->arena, &error);
    snprintf(path, sizeof(path), "%s/home", fixture->directory.path);
    assert_true(config_set(fixture->settings, "NETGURU_HOME", str_of(path), &error));
    assert_true(home_open(fixture->settings, &fixture->home, &error));
    fixture->runner = (EmbeddedRunner){run_program, fixture};
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

static bool prepare(Fixture *fixture, Error *error)
{
    ServiceOptions options;
    return embedded_prepare_postgres(&fixture->home, fixture->settings, &fixture->runner, &options,
                                     error);
}

static void assert_prepared(Fixture *fixture)
{
    Error error = {0};
    if (!prepare(fixture, &error))
        print_error("%s\n", error.message);
    assert_string_equal(error.message, "");
}

static void assert_refused(Fixture *fixture, const char *named)
{
    Error error = {0};
    unsigned initdb_runs = fixture->initdb_runs;
    unsigned find_runs = fixture->find_runs;
    assert_false(prepare(fixture, &error));
    assert_int(error.code, ERR_CONFLICT);
    if (!strstr(error.message, named))
        print_error("%s\n", error.message);
    assert_non_null(strstr(error.message, named));
    assert_int(fixture->initdb_runs, initdb_runs);
    assert_int(fixture->find_runs, find_runs);
}

static bool exists(const char *directory, const char *name)
{
    char path[700];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return access(path, F_OK) == 0;
}

static void put_file(const char *directory, const char *name)
{
    char path[700];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

static void test_a_cluster_is_made_beside_its_place(void **state)
{
    Fixture *fixture = *state;
    struct stat status;
    assert_prepared(fixture);
    assert_int(fixture->initdb_runs, 1);
    assert_false(exists(fixture->home.postgres_new, "."));
    assert_int(stat(fixture->home.postgres, &status), 0);
    assert_int(status.st_uid, fixture->home.postgres_user.uid);
    assert_int(status.st_mode & 07777, 0700);
    assert_true(exists(fixture->home.postgres, "netguru_hba.conf"));
    assert_prepared(fixture);
    assert_int(fixture->initdb_runs, 1);
}

static void test_an_interrupted_start_begins_again(void **state)
{
    Fixture *fixture = *state;
    Error error = {0};
    fixture->fails = true;
    for (unsigned i = 0; i < 3; i++) {
        assert_false(prepare(fixture, &error));
        assert_int(error.code, ERR_CANCELLED);
        assert_false(exists(fixture->home.postgres, "."));
    }
    assert_int(fixture->find_runs, 2);
    fixture->fails = false;
    assert_prepared(fixture);
    assert_int(fixture->initdb_runs, 4);
}

/* The start was killed before the rename. */
static void test_a_complete_cluster_beside_its_place_is_used(void **state)
{
    Fixture *fixture = *state;
    assert_prepared(fixture);
    put_file(fixture->home.postgres, "of-mine");
    assert_int(rename(fixture->home.postgres, fixture->home.postgres_new), 0);
    assert_prepared(fixture);
    assert_true(exists(fixture->home.postgres, "of-mine"));
    assert_int(fixture->initdb_runs, 1);
    assert_int(fixture->find_runs, 0);
}

/* The names of earlier versions and of this one: no file outside the cluster condemns it. */
static void test_marks_do_not_condemn_a_cluster(void **state)
{
    Fixture *fixture = *state;
    const char *const marks[] = {"initdb.unfinished", "postgres.initdb", "postgres.new"};
    char path[700];
    assert_prepared(fixture);
    put_file(fixture->home.postgres, "of-mine");
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        snprintf(path, sizeof(path), "%s/%s", fixture->home.path, marks[i]);
        assert_int(mknod(path, S_IFREG | 0600, 0), 0);
        assert_int(chown(path, fixture->home.uid, fixture->home.gid), 0);
    }
    assert_prepared(fixture);
    assert_true(exists(fixture->home.postgres, "of-mine"));
    assert_int(fixture->initdb_runs, 1);
    assert_int(fixture->find_runs, 0);
}

static void test_what_is_in_the_place_is_never_removed(void **state)
{
    Fixture *fixture = *state;
    char path[700];
    assert_prepared(fixture);
    put_file(fixture->home.postgres, "of-mine");
    for (size_t i = 0; i < COUNT_OF(cluster_files); i++) {
        char aside[710];
        snprintf(path, sizeof(path), "%s/%s", fixture->home.postgres, cluster_files[i]);
        snprintf(aside, sizeof(aside), "%s.aside", path);
        assert_int(rename(path, aside), 0);
        assert_refused(fixture, "no complete cluster");
        /* A directory, a pipe and a link are no file of a cluster. */
        assert_int(mkfifo(path, 0666), 0);
        assert_refused(fixture, "no complete cluster");
        assert_int(unlink(path) | mkdir(path, 0700), 0);
        assert_refused(fixture, "no complete cluster");
        assert_int(rmdir(path) | rename(aside, path), 0);
    }
    assert_prepared(fixture);
    put_cluster(fixture, fixture->home.postgres, "# include 'netguru.conf'\n");
    assert_refused(fixture, "include 'netguru.conf'");
    assert_true(exists(fixture->home.postgres, "of-mine"));
}

static void test_an_empty_place_is_filled(void **state)
{
    Fixture *fixture = *state;
    const HomeUser *user = &fixture->home.postgres_user;
    assert_int(mkdir(fixture->home.postgres, 0700), 0);
    assert_int(chown(fixture->home.postgres, user->uid, user->gid), 0);
    assert_prepared(fixture);
    assert_int(fixture->initdb_runs, 1);
}

/* Somebody has renamed a cluster in use that lacks the line of NetGuru. */
static void test_a_cluster_that_a_server_used_is_not_emptied(void **state)
{
    Fixture *fixture = *state;
    const HomeUser *user = &fixture->home.postgres_user;
    assert_int(mkdir(fixture->home.postgres_new, 0700), 0);
    assert_int(chown(fixture->home.postgres_new, user->uid, user->gid), 0);
    put_cluster(fixture, fixture->home.postgres_new, "# of another program\n");
    put_file(fixture->home.postgres_new, "postmaster.opts");
    assert_refused(fixture, "a PostgreSQL server has run");
    assert_true(exists(fixture->home.postgres_new, "PG_VERSION"));
}

/* A cluster of an attacker would run its programs as PostgreSQL's user. */
static void test_a_cluster_of_another_user_is_refused(void **state)
{
    Fixture *fixture = *state;
    const Home *home = &fixture->home;
    const char *const places[] = {home->postgres, home->postgres_new};
    if (!home->by_root || !home_separates_postgres(home))
        skip_test("only root has another user for PostgreSQL");
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        assert_int(mkdir(places[i], 0700), 0);
        put_file(places[i], "PG_VERSION");
        assert_int(chown(places[i], home->uid, home->gid), 0);
        assert_refused(fixture, "chown -R");
        assert_int(chmod(places[i], 0777), 0);
        assert_refused(fixture, "chown -R");
        assert_int(chown(places[i], home->postgres_user.uid, home->postgres_user.gid), 0);
        assert_refused(fixture, "can be written to by others");
        assert_true(exists(places[i], "PG_VERSION"));
        assert_int(rename(places[i], fixture->directory.path), -1);
        char aside[700];
        snprintf(aside, sizeof(aside), "%s/aside%zu", fixture->directory.path, i);
        assert_int(rename(places[i], aside), 0);
    }
}

static void test_links_to_a_cluster_must_be_roots(void **state)
{
    Fixture *fixture = *state;
    const Home *home = &fixture->home;
    char disk[300];
    assert_prepared(fixture);
    snprintf(disk, sizeof(disk), "%s/disk", fixture->directory.path);
    assert_int(rename(home->postgres, disk) | symlink(disk, home->postgres), 0);
    assert_prepared(fixture);
    if (!home->by_root)
        skip_test("only root can make another user's link");
    assert_int(lchown(home->postgres, home->uid, home->gid), 0);
    assert_refused(fixture, "a link that root has not made");
    assert_int(lchown(home->postgres, home->postgres_user.uid, 0), 0);
    assert_refused(fixture, "a link that root has not made");
    assert_int(unlink(home->postgres), 0);
    assert_int(symlink(disk, home->postgres_new), 0);
    assert_int(lchown(home->postgres_new, home->uid, home->gid), 0);
    assert_refused(fixture, "a link that root has not made");
    assert_true(exists(disk, "PG_VERSION"));
    assert_int(fixture->find_runs, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_cluster_is_made_beside_its_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_interrupted_start_begins_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_complete_cluster_beside_its_place_is_used, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_marks_do_not_condemn_a_cluster, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_in_the_place_is_never_removed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_an_empty_place_is_filled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_cluster_that_a_server_used_is_not_emptied, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_cluster_of_another_user_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_links_to_a_cluster_must_be_roots, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
