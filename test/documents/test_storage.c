/* SPDX-License-Identifier: Apache-2.0 */
/* Quotas of users, and files that no document owns. */
#include "fixture.h"
#include "harness/expect.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* As if ana's files took all but left_bytes of the 10 GB of a solo account. */
static void fill_quota(Arena *arena, int64_t left_bytes)
{
    int64_t size = (int64_t)10 * 1024 * 1024 * 1024 - left_bytes;
    Str sql = arena_printf(
        arena,
        "INSERT INTO documents (user_id, filename, original_filename, file_type, file_size_bytes,"
        " storage_path, sha256) SELECT id, 'x', 'x.cfg', 'config', %lld, 'local:x',"
        " decode(repeat('ab', 32), 'hex') FROM users WHERE email = 'ana@example.net'",
        (long long)size);
    test_postgres_run(all->postgres, sql.data);
}

static void client_full(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    fill_quota(arena, 20);
    Str fits = STR("hostname fits\n!\n!\n");
    Str larger = STR("hostname larger-one\n\n");
    TestAnswer answer = upload(arena, ana, "larger.cfg", larger);
    test_expect_error(&answer, 402, "INSUFFICIENT_QUOTA");
    assert_that(str_find(answer.body, STR("10.00 GB of your plan")) != STR_NOT_FOUND);
    answer = upload(arena, ana, "fits.cfg", fits);
    test_expect(&answer, 201);
    /* What is there already costs nothing, and others have quotas of their own. */
    answer = upload(arena, ana, "again.cfg", fits);
    test_expect(&answer, 200);
    answer = upload(arena, bob, "larger.cfg", larger);
    test_expect(&answer, 201);
    assert_int(count_files(), 2);
    assert_int(count_rows("documents"), 3);
}

static void test_an_upload_over_the_quota_is_refused(void **state)
{
    (void)state;
    test_server_run(server, client_full, NULL);
}

static void client_race(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    for (int round = 0; round < 10; round++) {
        int clients[4];
        int created = 0;
        test_postgres_run(all->postgres, "TRUNCATE documents, analysis_tasks CASCADE");
        fill_quota(arena, 50);
        for (size_t i = 0; i < COUNT_OF(clients); i++) {
            Str bytes = arena_printf(arena, "hostname r%02d-%zu\n%20d\n", round, i, 1);
            clients[i] = test_connect(server->port);
            test_send(clients[i], upload_text(arena, ana, "a.cfg", bytes));
        }
        for (size_t i = 0; i < COUNT_OF(clients); i++) {
            TestAnswer answer = test_receive(arena, clients[i], false);
            test_close(clients[i]);
            assert_that(answer.status == 201 || answer.status == 402);
            created += answer.status == 201;
        }
        assert_int(created, 1);
    }
}

/* Each of four fits, two do not. */
static void test_uploads_at_the_same_time_cannot_pass_the_quota(void **state)
{
    (void)state;
    test_server_run(server, client_race, NULL);
}

static int make_old(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)place;
    struct timeval times[2] = {{.tv_sec = time(NULL) - 7200}, {.tv_sec = time(NULL) - 7200}};
    return kind == FTW_F ? utimes(path, times) : 0;
}

static bool is_orphaned(const char *id)
{
    char path[400];
    snprintf(path, sizeof(path), "%s/orphans/%s", all->files.path, id);
    return access(path, F_OK) == 0;
}

static char lost_id[UUID_TEXT_SIZE];
static char kept_id[UUID_TEXT_SIZE];
static char fresh_id[UUID_TEXT_SIZE];

static void remember(const TestAnswer *answer, char out_id[UUID_TEXT_SIZE])
{
    test_expect(answer, 201);
    assert_that(str_copy_to(test_json_str(answer, "id"), out_id, UUID_TEXT_SIZE));
}

static void delete_row(Arena *arena, const char *id)
{
    test_postgres_run(all->postgres,
                      arena_printf(arena, "DELETE FROM documents WHERE id = '%s'", id).data);
}

static void client_loses_rows(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = upload(arena, ana, "kept.cfg", STR("hostname kept\n"));
    remember(&answer, kept_id);
    answer = upload(arena, bob, "lost.cfg", STR("hostname lost\n"));
    remember(&answer, lost_id);
    assert_int(nftw(all->files.path, make_old, 16, FTW_PHYS), 0);
    answer = upload(arena, bob, "fresh.cfg", STR("hostname fresh\n"));
    remember(&answer, fresh_id);
    delete_row(arena, lost_id);
    delete_row(arena, fresh_id);
}

static void sweep(Task *task, void *argument)
{
    (void)argument;
    EXPECT(task, documents_sweep(task, &all->services));
}

static void client_still_reads(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer answer = get_file(arena, ana, arena_printf(arena, "%s/download", kept_id).data);
    test_expect(&answer, 200);
}

static void test_files_without_a_document_are_set_aside(void **state)
{
    (void)state;
    test_server_run(server, client_loses_rows, NULL);
    test_server_run_task(server, sweep, NULL);
    assert_true(is_orphaned(lost_id));
    assert_false(is_orphaned(kept_id));
    assert_false(is_orphaned(fresh_id)); /* its row may be on its way */
    test_server_run(server, client_still_reads, NULL);
    assert_int_equal(count_files(), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_an_upload_over_the_quota_is_refused, fixture_clear),
        cmocka_unit_test_setup(test_uploads_at_the_same_time_cannot_pass_the_quota, fixture_clear),
        cmocka_unit_test_setup(test_files_without_a_document_are_set_aside, fixture_clear),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
