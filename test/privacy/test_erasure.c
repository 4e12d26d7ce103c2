/* SPDX-License-Identifier: Apache-2.0 */
/* Erasing an account, interrupted at every wait and continued by the next sweep. */
#include "privacy/privacy.h"

#include "harness/expect.h"
#include "harness/services.h"
#include "harness/tasks.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define GONER "00000000-0000-4000-8000-000000000001"
#define STAYER "00000000-0000-4000-8000-000000000002"

static TestServices *all;

static int start(void **state)
{
    (void)state;
    all = test_services_start();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    test_services_stop(all);
    return 0;
}

/* An account with a row in every table, for %1$s. */
static const char seed[] =
    "INSERT INTO users (id, email, hashed_password) VALUES ('%1$s', '%1$s@x.net', 'x');"
    "INSERT INTO conversations (user_id) SELECT '%1$s' FROM generate_series(1, 30);"
    "INSERT INTO messages (conversation_id, role, content, tokens_used)"
    " SELECT id, 'user', 'x', 1 FROM conversations WHERE user_id = '%1$s';"
    "INSERT INTO documents (id, user_id, filename, original_filename, file_type, file_size_bytes,"
    " storage_path) VALUES ('%1$s', '%1$s', 'f', 'f', 'config', 1, 'local:%1$s/%1$s');"
    "INSERT INTO embeddings (user_id, document_id, chunk_text, chunk_index)"
    " SELECT '%1$s', '%1$s', 'x', n FROM generate_series(1, 10) AS n;"
    "INSERT INTO analysis_tasks (user_id, document_id, task_type, celery_task_id)"
    " VALUES ('%1$s', '%1$s', 'x', '%1$s');"
    "INSERT INTO topology_snapshots (user_id, title, graph_data) VALUES ('%1$s', 't', '{}');"
    "INSERT INTO api_keys (user_id, provider, encrypted_key) VALUES ('%1$s', 'openai', 'x');"
    "INSERT INTO consents (user_id, scope, expires_at) VALUES ('%1$s', 'documents', 'infinity');";

static void make_file(Arena *arena, const char *user)
{
    Str directory = arena_printf(arena, "%.*s/%s", STR_ARGS(all->services.store_dir), user);
    assert_that(mkdir(directory.data, 0700) == 0 || access(directory.data, F_OK) == 0);
    int file = open(arena_printf(arena, "%s/%s", directory.data, user).data,
                    O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_that(file >= 0);
    close(file);
}

static void make_account(const char *user)
{
    auto_arena Arena *arena = arena_new();
    const char *key = arena_printf(arena, "session:%s", user).data;
    char *script = arena_alloc(arena, 2 * sizeof(seed));
    snprintf(script, 2 * sizeof(seed), seed, user);
    test_postgres_run(all->postgres, script);
    test_redis_run(all->redis, (const char *const[]){"HSET", key, "x", "y", NULL});
    make_file(arena, user);
}

static void close_account(const char *user)
{
    auto_arena Arena *arena = arena_new();
    test_postgres_run(all->postgres, arena_printf(arena,
                                                  "UPDATE users SET is_active = FALSE, closed_at ="
                                                  " now(), erase_after = now(), ledger_alias ="
                                                  " uuid_generate_v4() WHERE id = '%s'",
                                                  user)
                                         .data);
}

static int64_t count_rows(const char *user)
{
    auto_arena Arena *arena = arena_new();
    return test_postgres_count(
        all->postgres,
        arena_printf(arena,
                     "SELECT (SELECT count(*) FROM users WHERE id = '%1$s')"
                     " + (SELECT count(*) FROM conversations WHERE user_id = '%1$s')"
                     " + (SELECT count(*) FROM messages WHERE user_id = '%1$s')"
                     " + (SELECT count(*) FROM documents WHERE user_id = '%1$s')"
                     " + (SELECT count(*) FROM embeddings WHERE user_id = '%1$s')"
                     " + (SELECT count(*) FROM analysis_tasks WHERE user_id = '%1$s')"
                     " + (SELECT count(*) FROM topology_snapshots WHERE user_id = '%1$s')"
                     " + (SELECT count(*) FROM api_keys WHERE user_id = '%1$s')"
                     " + (SELECT count(*) FROM consents WHERE user_id = '%1$s')"
                     " + (SELECT count(*) FROM usage_ledger WHERE user_id = '%1$s')",
                     user)
            .data);
}

enum { ROWS = 1 + 30 + 30 + 1 + 10 + 1 + 1 + 1 + 1 + 30 };

static bool has_file(const char *user)
{
    auto_arena Arena *arena = arena_new();
    return access(arena_printf(arena, "%.*s/%s", STR_ARGS(all->services.store_dir), user).data,
                  F_OK) == 0;
}

static bool has_session(const char *user)
{
    auto_arena Arena *arena = arena_new();
    const char *key = arena_printf(arena, "session:%s", user).data;
    return test_redis_number(all->redis, (const char *const[]){"EXISTS", key, NULL}) == 1;
}

static bool erase(Task *task, const char *user)
{
    Uuid id;
    check(uuid_parse(str_of(user), &id));
    return privacy_erase(task, &all->services, &id);
}

static void erase_new_one(Task *task, void *argument)
{
    (void)argument;
    make_account(GONER);
    close_account(GONER);
    (void)!erase(task, GONER);
}

/* What the next sweep does. */
static void erase_the_rest(Task *task, void *argument)
{
    (void)argument;
    EXPECT(task, erase(task, GONER));
    EXPECT_INT(task, count_rows(GONER), 0);
    EXPECT(task, !has_file(GONER));
    EXPECT(task, !has_session(GONER));
    test_services_check_quiet(task, all);
}

static void test_interrupted_erasure_is_finished_by_the_next(void **state)
{
    (void)state;
    make_account(STAYER);
    assert_that(test_cancel_everywhere(all->services.loop, erase_new_one, erase_the_rest, NULL) >
                10);
    assert_int(count_rows(STAYER), ROWS);
    assert_that(has_file(STAYER));
    assert_that(has_session(STAYER));
}

static void erase_one_that_stays(Task *task, void *argument)
{
    (void)argument;
    EXPECT(task, erase(task, STAYER));
    EXPECT_INT(task, count_rows(STAYER), ROWS);
}

static void test_account_that_is_not_due_keeps_its_rows(void **state)
{
    (void)state;
    test_run(all->services.loop, erase_one_that_stays, NULL);
}

static void sweep_once(Task *task, void *argument)
{
    (void)argument;
    make_account(GONER);
    close_account(GONER);
    TaskId sweep =
        task_spawn_background(task->loop, "privacy.erase", privacy_maintain, &all->services);
    EXPECT_SOON(task, count_rows(GONER) == 0);
    EXPECT_SOON(task, !has_file(GONER));
    task_cancel(task->loop, sweep);
}

static void test_sweep_finds_what_is_due(void **state)
{
    (void)state;
    test_run(all->services.loop, sweep_once, NULL);
    assert_int(count_rows(STAYER), ROWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interrupted_erasure_is_finished_by_the_next),
        cmocka_unit_test(test_account_that_is_not_due_keeps_its_rows),
        cmocka_unit_test(test_sweep_finds_what_is_due),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
