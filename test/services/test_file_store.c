/* SPDX-License-Identifier: Apache-2.0 */
#include "services/file_store.h"

#include "harness/asserts.h"
#include "harness/expect.h"
#include "harness/process.h"
#include "harness/tasks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    Loop *loop;
    TestDirectory directory;
    Str store;
    Str bytes;
    bool keep;
    Str path;         /* of the file kept */
    ErrorCode failed; /* how it ended */
} Fixture;

static int set_up(void **state)
{
    Fixture *fixture = test_calloc(1, sizeof(*fixture));
    fixture->loop = loop_new(&(LoopOptions){0});
    test_directory_make(&fixture->directory, "nobody");
    fixture->store = str_of(fixture->directory.path);
    fixture->bytes = STR("hostname r1\n");
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    loop_free(fixture->loop);
    test_directory_remove(&fixture->directory);
    test_free(fixture);
    return 0;
}

static int files_seen;

static int count_file(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)path;
    (void)status;
    (void)place;
    files_seen += kind == FTW_F;
    return 0;
}

static int count_files(const Fixture *fixture)
{
    char path[200];
    files_seen = 0;
    check(str_copy_to(fixture->store, path, sizeof(path)));
    check(nftw(path, count_file, 16, FTW_PHYS) == 0);
    return files_seen;
}

static bool write_file(Task *task, Fixture *fixture)
{
    Sha256 digest;
    Uuid user = uuid_new();
    Uuid document = uuid_new();
    auto_file_upload FileUpload *upload = file_upload_begin(task, fixture->store);
    if (!upload)
        return false;
    for (int i = 0; i < 3; i++) {
        if (!file_upload_write(task, upload, fixture->bytes))
            return false;
    }
    EXPECT_INT(task, file_upload_size(upload), 3 * fixture->bytes.size, false);
    if (!file_upload_finish(task, upload, &user, &document, &digest, &fixture->path))
        return false;
    fixture->path = arena_copy(task->arena, fixture->path);
    if (fixture->keep)
        file_upload_keep(upload);
    return true;
}

static bool read_back(Task *task, const Fixture *fixture, char *out, size_t size)
{
    auto_file int file = -1;
    if (!file_store_open(task, fixture->store, fixture->path, &file))
        return false;
    struct stat status;
    EXPECT_INT(task, fstat(file, &status), 0, false);
    EXPECT_INT(task, (status.st_mode & 0777), 0600, false);
    EXPECT(task, (fcntl(file, F_GETFD) & FD_CLOEXEC) != 0, false);
    ssize_t got = read(file, out, size);
    EXPECT(task, got >= 0, false);
    EXPECT_INT(task, (size_t)got, 3 * fixture->bytes.size, false);
    return true;
}

static void keep_and_remove(Task *task, void *argument)
{
    char text[100];
    Fixture *fixture = argument;
    fixture->keep = true;
    EXPECT(task, write_file(task, fixture));
    EXPECT_INT(task, count_files(fixture), 1);
    EXPECT(task, read_back(task, fixture, text, sizeof(text)));
    EXPECT(task, memcmp(text, "hostname r1\nhostname r1\n", 24) == 0);
    EXPECT(task, file_store_remove(task, fixture->store, fixture->path));
    EXPECT_INT(task, count_files(fixture), 0);
    EXPECT(task, file_store_remove(task, fixture->store, fixture->path));
    EXPECT(task, !read_back(task, fixture, text, sizeof(text)));
    EXPECT_INT(task, task->error.code, ERR_NOT_FOUND);
}

static void test_a_kept_file_stays(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, keep_and_remove, fixture);
}

static void leave_it(Task *task, void *argument)
{
    Fixture *fixture = argument;
    EXPECT(task, write_file(task, fixture));
    EXPECT_INT(task, count_files(fixture), 0);
    auto_file_upload FileUpload *upload = file_upload_begin(task, fixture->store);
    EXPECT(task, upload);
    EXPECT_INT(task, count_files(fixture), 1);
    FileUpload *nothing = NULL;
    file_upload_release(&nothing);
}

static void test_a_file_that_is_not_kept_goes(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, leave_it, fixture);
    assert_int_equal(count_files(fixture), 0);
}

static void digest_and_first(Task *task, void *argument)
{
    static char large[100 * 1000];
    char hex[SHA256_HEX_SIZE];
    char expected[SHA256_HEX_SIZE];
    Uuid id = uuid_new();
    Sha256 digest;
    Str path;
    const Fixture *fixture = argument;
    for (size_t i = 0; i < sizeof(large); i++)
        large[i] = (char)(i * 7 % 251);
    Str all = str_make(large, sizeof(large));
    Sha256 whole = sha256_of(all);
    auto_file_upload FileUpload *upload = file_upload_begin(task, fixture->store);
    EXPECT(task, upload);
    EXPECT(task, str_empty(file_upload_first_bytes(upload)));
    for (Str rest = all; rest.size; rest = str_from(rest, 997))
        EXPECT(task, file_upload_write(task, upload, str_slice(rest, 0, 997)));
    EXPECT_STR(task, file_upload_first_bytes(upload), str_slice(all, 0, 4096));
    EXPECT(task, file_upload_finish(task, upload, &id, &id, &digest, &path));
    EXPECT(task, strcmp(sha256_write_hex(&digest, hex), sha256_write_hex(&whole, expected)) == 0);
}

static void test_digests_are_those_of_the_bytes(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, digest_and_first, fixture);
}

static void foreign_paths(Task *task, void *argument)
{
    int file = -1;
    const Fixture *fixture = argument;
    static const char *const paths[] = {
        "",
        "local:",
        "/etc/passwd",
        "local:/etc/passwd",
        "local:../../etc/passwd",
        "local:6ba7b810-9dad-11d1-80b4-00c04fd430c8/../../../../etc/passwd",
        "local:6ba7b810-9dad-11d1-80b4-00c04fd430c8/6ba7b810-9dad-11d1-80b4-00c04fd430c8/..",
        "s3:6ba7b810-9dad-11d1-80b4-00c04fd430c8/6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    };
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        EXPECT(task, !file_store_open(task, fixture->store, str_of(paths[i]), &file));
        EXPECT_INT(task, file, -1);
        EXPECT_INT(task, task->error.code, ERR_INTERNAL);
        EXPECT(task, !file_store_remove(task, fixture->store, str_of(paths[i])));
    }
}

static void test_only_paths_of_ours_are_opened(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, foreign_paths, fixture);
}

static void write_once(Task *task, void *argument)
{
    Fixture *fixture = argument;
    (void)write_file(task, fixture);
    fixture->failed = task->error.code;
}

static void check_empty(Task *task, void *argument)
{
    (void)task;
    EXPECT_INT(task, count_files(argument), 0);
}

static void test_cancelled_at_every_wait(void **state)
{
    Fixture *fixture = *state;
    assert_true(test_cancel_everywhere(fixture->loop, write_once, check_empty, fixture) >= 5);
}

static void cancel_then_remove(Task *task, void *argument)
{
    Fixture *fixture = argument;
    fixture->keep = true;
    EXPECT(task, write_file(task, fixture));
    EXPECT_INT(task, count_files(fixture), 1);
    task_cancel(task->loop, task_id(task));
    EXPECT(task, !task_sleep(task, 1));
    EXPECT(task, file_store_remove(task, fixture->store, fixture->path));
    EXPECT_INT(task, count_files(fixture), 0);
}

static void test_a_cancelled_task_still_removes(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, cancel_then_remove, fixture);
}

static void test_a_file_over_the_limit_leaves_nothing(void **state)
{
    Fixture *fixture = *state;
    static char bytes[40 * 1024];
    struct rlimit former;
    fixture->bytes = str_make(bytes, sizeof(bytes));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &former), 0);
    struct rlimit small = {.rlim_cur = 64 * 1024, .rlim_max = former.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    test_run(fixture->loop, write_once, fixture);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &former), 0);
    signal(SIGXFSZ, SIG_DFL);
    assert_int_equal(fixture->failed, ERR_IO);
    assert_int_equal(count_files(fixture), 0);
}

static void test_a_full_disk_leaves_nothing(void **state)
{
    Fixture *fixture = *state;
    static char bytes[40 * 1024];
    fixture->bytes = str_make(bytes, sizeof(bytes));
    if (mount("tmpfs", fixture->directory.path, "tmpfs", 0, "size=64k") != 0)
        skip_test("not allowed to mount a small disk");
    test_run(fixture->loop, write_once, fixture);
    int left = count_files(fixture);
    assert_int_equal(umount2(fixture->directory.path, MNT_DETACH), 0);
    assert_int_equal(fixture->failed, ERR_UNAVAILABLE);
    assert_int_equal(left, 0);
}

static void test_a_missing_store_is_an_internal_error(void **state)
{
    Fixture *fixture = *state;
    fixture->store = STR("/nonexistent/netguru");
    test_run(fixture->loop, write_once, fixture);
    assert_int_equal(fixture->failed, ERR_IO);
}

static void make_incoming(const Fixture *fixture, const char *name, int age_s)
{
    char path[300];
    struct timeval times[2] = {{.tv_sec = time(NULL) - age_s}, {.tv_sec = time(NULL) - age_s}};
    snprintf(path, sizeof(path), "%.*s/incoming/%s", STR_ARGS(fixture->store), name);
    int file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    check(file >= 0 && futimes(file, times) == 0);
    close(file);
}

static void sweep_it(Task *task, void *argument)
{
    char path[300];
    size_t removed = 9;
    Fixture *fixture = argument;
    EXPECT(task, file_store_sweep(task, fixture->store, &removed));
    EXPECT_INT(task, removed, 0);
    snprintf(path, sizeof(path), "%.*s/incoming", STR_ARGS(fixture->store));
    EXPECT_INT(task, mkdir(path, 0700), 0);
    make_incoming(fixture, "6ba7b810-9dad-11d1-80b4-00c04fd430c1", 3 * 3600);
    make_incoming(fixture, "6ba7b810-9dad-11d1-80b4-00c04fd430c2", 1800);
    make_incoming(fixture, "somebody-elses", 3 * 3600);
    EXPECT(task, file_store_sweep(task, fixture->store, &removed));
    EXPECT_INT(task, removed, 1);
    EXPECT_INT(task, count_files(fixture), 2);
}

static void test_unfinished_uploads_are_swept_after_an_hour(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, sweep_it, fixture);
}

static void check_space(Task *task, void *argument)
{
    Fixture *fixture = argument;
    EXPECT(task, file_store_check_space(task, fixture->store, 0, 0));
    EXPECT(task, file_store_check_space(task, fixture->store, 1, UINT64_MAX)); /* a tenth at most */
    EXPECT(task, !file_store_check_space(task, fixture->store, UINT64_MAX, 0));
    fixture->failed = task->error.code;
    EXPECT(task, task->error.retry_after_s > 0);
}

static void test_space_is_kept_for_others(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, check_space, fixture);
    assert_int_equal(fixture->failed, ERR_UNAVAILABLE);
}

static void check_small_space(Task *task, void *argument)
{
    Fixture *fixture = argument;
    uint64_t kilobyte = 1024;
    /* Of 1000 KiB a reserve of 50 KiB is below a tenth: 950 KiB may be written. */
    EXPECT(task, file_store_check_space(task, fixture->store, 940 * kilobyte, 50 * kilobyte));
    EXPECT(task, !file_store_check_space(task, fixture->store, 960 * kilobyte, 50 * kilobyte));
    EXPECT(task, file_store_check_space(task, fixture->store, 890 * kilobyte, 1000 * kilobyte));
    EXPECT(task, !file_store_check_space(task, fixture->store, 910 * kilobyte, 1000 * kilobyte));
    fixture->failed = task->error.code;
}

static void test_the_reserve_is_measured_on_the_disk(void **state)
{
    Fixture *fixture = *state;
    if (mount("tmpfs", fixture->directory.path, "tmpfs", 0, "size=1000k") != 0)
        skip_test("not allowed to mount a small disk");
    test_run(fixture->loop, check_small_space, fixture);
    assert_int_equal(umount2(fixture->directory.path, MNT_DETACH), 0);
    assert_int_equal(fixture->failed, ERR_UNAVAILABLE);
}

static void make_directory(const Fixture *fixture, const char *name)
{
    char path[300];
    snprintf(path, sizeof(path), "%.*s/%s", STR_ARGS(fixture->store), name);
    check(mkdir(path, 0700) == 0);
}

static void make_stored(const Fixture *fixture, const StoredFile *file, int age_s)
{
    char name[200];
    char user[UUID_TEXT_SIZE];
    char document[UUID_TEXT_SIZE];
    snprintf(name, sizeof(name), "../%s/%s", uuid_write(&file->user_id, user),
             uuid_write(&file->document_id, document));
    make_incoming(fixture, name, age_s);
}

enum { USERS = 3, OLD_FILES = 2 * FILE_STORE_BATCH + 5 };

static void fill_store(const Fixture *fixture)
{
    char user[UUID_TEXT_SIZE];
    StoredFile file = {0};
    make_directory(fixture, "incoming");
    make_directory(fixture, "not-a-user");
    for (size_t i = 0; i < USERS; i++) {
        file.user_id = uuid_new();
        make_directory(fixture, uuid_write(&file.user_id, user));
    }
    for (size_t i = 0; i < OLD_FILES + 7; i++) {
        file.document_id = uuid_new();
        make_stored(fixture, &file, i < OLD_FILES ? 3 * 3600 : 60);
    }
}

static void walk_store(Task *task, void *argument)
{
    Fixture *fixture = argument;
    size_t total = 0;
    size_t count = 1;
    StoredFile *files = ARENA_ARRAY(task->arena, StoredFile, FILE_STORE_BATCH);
    fill_store(fixture);
    auto_file_store_walk FileStoreWalk *walk = file_store_walk_begin(task, fixture->store);
    EXPECT(task, walk);
    while (count) {
        EXPECT(task, file_store_walk_next(task, walk, files, &count));
        total += count;
        if (count)
            EXPECT(task, file_store_orphan(task, fixture->store, &files[0]));
        if (count)
            EXPECT(task,
                   file_store_orphan(task, fixture->store, &files[0])); /* it is there already */
    }
    EXPECT_INT(task, total, OLD_FILES);
    EXPECT_INT(task, count_files(fixture), OLD_FILES + 7);
}

static void open_orphan(Task *task, void *argument)
{
    Fixture *fixture = argument;
    auto_file int file = -1;
    char user[UUID_TEXT_SIZE];
    char document[UUID_TEXT_SIZE];
    StoredFile stored = {uuid_new(), uuid_new()};
    make_directory(fixture, "incoming");
    make_directory(fixture, uuid_write(&stored.user_id, user));
    make_stored(fixture, &stored, 3 * 3600);
    Str path =
        arena_printf(task->arena, "local:%s/%s", user, uuid_write(&stored.document_id, document));
    EXPECT(task, file_store_orphan(task, fixture->store, &stored));
    EXPECT(task, file_store_open(task, fixture->store, path, &file));
    EXPECT(task, file_store_remove(task, fixture->store, path));
    EXPECT_INT(task, count_files(fixture), 0);
    file_close(&file);
    EXPECT(task, !file_store_open(task, fixture->store, path, &file));
    EXPECT_INT(task, task->error.code, ERR_NOT_FOUND);
    task->error = (Error){0};
}

static void test_an_orphan_is_found_again_with_its_document(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, open_orphan, fixture);
}

static void test_a_walk_finds_every_old_file_once(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, walk_store, fixture);
}

static void walk_and_sweep(Task *task, void *argument)
{
    size_t count = 0;
    Fixture *fixture = argument;
    StoredFile missing = {0};
    StoredFile *all = ARENA_ARRAY(task->arena, StoredFile, FILE_STORE_BATCH);
    auto_file_store_walk FileStoreWalk *walk = file_store_walk_begin(task, fixture->store);
    bool done = walk && file_store_walk_next(task, walk, all, &count) &&
                file_store_orphan(task, fixture->store, &missing) &&
                file_store_sweep(task, fixture->store, &count) &&
                file_store_check_space(task, fixture->store, 0, 0);
    EXPECT(task, done || task->error.code == ERR_CANCELLED);
}

static void test_a_walk_is_cancelled_at_every_wait(void **state)
{
    Fixture *fixture = *state;
    uint32_t waits = test_cancel_everywhere(fixture->loop, walk_and_sweep, NULL, fixture);
    assert_true(waits >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_kept_file_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_file_that_is_not_kept_goes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_digests_are_those_of_the_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_only_paths_of_ours_are_opened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cancelled_at_every_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_cancelled_task_still_removes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_file_over_the_limit_leaves_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_full_disk_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_missing_store_is_an_internal_error, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_unfinished_uploads_are_swept_after_an_hour, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_space_is_kept_for_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_reserve_is_measured_on_the_disk, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_an_orphan_is_found_again_with_its_document, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_walk_finds_every_old_file_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_walk_is_cancelled_at_every_wait, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
