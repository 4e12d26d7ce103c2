/* SPDX-License-Identifier: Apache-2.0 */
/* What goes with a document, and what happens when its job is at work; the limit of pending jobs.
 */
#include "fixture.h"

#include <stdio.h>
#include <uv.h>

static Str upload_one(Arena *arena, Str token, int number)
{
    TestAnswer answer =
        upload(arena, token, "a.cfg", arena_printf(arena, "hostname r%d\n", number));
    test_expect(&answer, 201);
    return test_json_str(&answer, "id");
}

/* As a worker would: the job of the only document is running. */
static void take_job(void)
{
    test_postgres_run(all->postgres,
                      "UPDATE analysis_tasks SET status = 'running', attempts = 1, fencing_token = "
                      "1, worker = 'w', lease_expires_at = now() + interval '1 hour'");
}

static void client_goes(void *argument)
{
    auto_arena Arena *arena = arena_new();
    (void)argument;
    const char *id = arena_cstring(arena, upload_one(arena, ana, 1));
    upload_one(arena, bob, 1);
    TestAnswer document = get_file(arena, ana, id);
    const char *task_id = arena_cstring(arena, test_json_str(&document, "task.id"));
    const char *key = arena_printf(arena, "celery:result:%s", task_id).data;
    test_redis_run(all->redis, (const char *const[]){"SET", key, "x", NULL});
    test_redis_run(all->redis, (const char *const[]){"SET", "celery:result:other", "x", NULL});
    take_job();
    TestAnswer answer = delete_file(arena, ana, id);
    test_expect(&answer, 204);
    assert_int(count_rows("documents"), 1);
    assert_int(count_rows("analysis_tasks"), 1);
    assert_int(test_redis_number(all->redis, (const char *const[]){"EXISTS", key, NULL}), 0);
    assert_int(
        test_redis_number(all->redis, (const char *const[]){"EXISTS", "celery:result:other", NULL}),
        1);
    answer = test_get(arena, server->port,
                      arena_printf(arena, "/api/v1/analysis/tasks/%s", task_id).data,
                      test_bearer(arena, ana));
    test_expect_error(&answer, 404, "NOT_FOUND");
}

static void test_jobs_and_their_results_go_with_the_document(void **state)
{
    (void)state;
    test_server_run(server, client_goes, NULL);
}

static void end_job(void *argument)
{
    const char *const *sql = argument;
    test_postgres_run(all->postgres, *sql);
}

static void wait_until(const char *from)
{
    for (int i = 0; count_rows(from) == 0; i++) {
        assert_that(i < TEST_LONGEST_WAIT_MS / 2);
        uv_sleep(2);
    }
}

/* The end of the job has locked its row and stops before the document's, until the deletion waits
 * for a lock. Deleting took the locks the other way round. */
static void client_interleaved(void *argument)
{
    uv_thread_t worker;
    auto_arena Arena *arena = arena_new();
    const char *id = arena_cstring(arena, upload_one(arena, ana, 1));
    take_job();
    assert_int(uv_thread_create(&worker, end_job, argument), 0);
    wait_until("pg_stat_activity WHERE wait_event = 'PgSleep'");
    int client = test_connect(server->port);
    test_send(client,
              test_request_text(arena, "DELETE", arena_printf(arena, "/api/v1/files/%s", id).data,
                                test_bearer(arena, ana), STR("")));
    wait_until("pg_stat_activity WHERE wait_event_type = 'Lock'"
               " AND query LIKE '%document_delete%'");
    test_postgres_run(all->postgres, "INSERT INTO test_gate VALUES (1)");
    TestAnswer answer = test_receive(arena, client, false);
    test_close(client);
    assert_int(uv_thread_join(&worker), 0);
    test_expect(&answer, 204);
    assert_int(count_files(), 0);
    assert_int(count_rows("documents"), 0);
    assert_int(count_rows("analysis_tasks"), 0);
}

static void test_deleting_while_the_job_ends_meets_no_deadlock(void **state)
{
    static const char *ends[] = {
        "SELECT task_fail(id, 1, 'x', FALSE) FROM analysis_tasks",
        "SELECT set_config('app.current_user_id', user_id::text, FALSE),"
        " task_complete(id, 1, '{}') FROM analysis_tasks",
        "SELECT task_cancel(id), task_release(id, 1) FROM analysis_tasks,"
        " set_config('app.current_user_id', user_id::text, FALSE)",
    };
    (void)state;
    test_postgres_run(
        all->postgres,
        "CREATE TABLE test_gate (n integer);"
        "CREATE FUNCTION test_stop() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
        "  WHILE NOT EXISTS (SELECT 1 FROM test_gate) LOOP PERFORM pg_sleep(0.01); END LOOP;"
        "  RETURN NULL; END $$;"
        "CREATE TRIGGER test_stop BEFORE UPDATE ON documents FOR EACH STATEMENT"
        "  EXECUTE FUNCTION test_stop()");
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        test_postgres_run(all->postgres, "DELETE FROM test_gate");
        test_server_run(server, client_interleaved, &ends[i]);
    }
    test_postgres_run(all->postgres, "DROP FUNCTION test_stop CASCADE; DROP TABLE test_gate");
}

static void set_factor(const char *factor)
{
    Error error = {0};
    assert_that(config_set(all->settings, "NETGURU_PENDING_JOBS_FACTOR", str_of(factor), &error));
}

static void expect_full(const TestAnswer *answer)
{
    test_expect_error(answer, 429, "RATE_LIMIT_EXCEEDED");
    assert_that(str_find(answer->body, STR("you have 50 jobs waiting")) != STR_NOT_FOUND);
    assert_that(!str_empty(test_header(answer, "retry-after")));
}

static void client_limited(void *argument)
{
    auto_arena Arena *arena = arena_new();
    (void)argument;
    for (int i = 1; i < 50; i++)
        upload_one(arena, ana, i);
    test_postgres_run(all->postgres, "UPDATE documents SET status = 'completed'");
    Str path = STR("/api/v1/topology/generate");
    TestAnswer answer =
        test_post_json(arena, server->port, path.data, test_bearer(arena, ana), STR("{}"));
    test_expect(&answer, 202);
    answer = upload(arena, ana, "a.cfg", STR("hostname r50\n"));
    expect_full(&answer);
    answer = test_post_json(arena, server->port, path.data, test_bearer(arena, ana), STR("{}"));
    expect_full(&answer);
    assert_int(count_files(), 49);
    assert_int(count_rows("documents"), 49);
    assert_int(count_rows("analysis_tasks"), 50);
    upload_one(arena, bob, 1); /* others are not concerned */
    answer = upload(arena, ana, "a.cfg", STR("hostname r1\n"));
    test_expect(&answer, 200); /* nor is what needs no job */
    test_postgres_run(all->postgres, "DELETE FROM analysis_tasks WHERE task_type LIKE 'topology%'");
    upload_one(arena, ana, 50);
    set_factor("2");
    upload_one(arena, ana, 51);
}

static void test_pending_jobs_are_limited_by_plan(void **state)
{
    (void)state;
    set_factor("1");
    test_server_run(server, client_limited, NULL);
    set_factor("0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_jobs_and_their_results_go_with_the_document, fixture_clear),
        cmocka_unit_test_setup(test_deleting_while_the_job_ends_meets_no_deadlock, fixture_clear),
        cmocka_unit_test_setup(test_pending_jobs_are_limited_by_plan, fixture_clear),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
