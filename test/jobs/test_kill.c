/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kills workers with SIGKILL, again and again, while they run small jobs whose effect is one row
 * each: none may be lost and none doubled. NETGURU_TEST_KILLS says how often (default 200).
 */
#include "base/random.h"
#include "base/time.h"
#include "harness/asserts.h"
#include "jobs/job_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { DEFAULT_KILLS = 200, WORKERS = 2, JOBS_PER_KILL = 12, DRAIN_MS = 100 * 1000 };

static const char *own_program;

static void work_until_killed(Task *task, JobFixture *fixture)
{
    WorkerOptions options = {.kinds = fixture_kinds, .concurrency = 4};
    Worker *worker = worker_start(&fixture->services, &options);
    check(worker);
    while (task_sleep(task, 1000))
        continue;
}

static pid_t start_worker(JobFixture *fixture)
{
    /* Found before the fork: both functions may put text together. */
    const char *database = test_postgres_url_of(fixture->postgres, "netguru_app", NULL);
    const char *redis = test_redis_url(fixture->redis);
    pid_t pid = fork();
    assert_that(pid >= 0);
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execl(own_program, own_program, "worker", database, redis, (char *)NULL);
    _exit(127);
}

static void kill_worker(pid_t pid)
{
    assert_int(kill(pid, SIGKILL), 0);
    assert_that(waitpid(pid, NULL, 0) == pid);
}

static unsigned random_below(unsigned limit)
{
    uint32_t value = 0;
    random_bytes(&value, sizeof(value));
    return value % limit;
}

static int count_of_kills(void)
{
    uint32_t kills = 0;
    Str text = str_of(getenv("NETGURU_TEST_KILLS"));
    return str_parse_u32(text, &kills) ? (int)kills : DEFAULT_KILLS;
}

static void add_jobs(JobFixture *fixture, int count)
{
    char alice[UUID_TEXT_SIZE];
    char sql[512];
    snprintf(sql, sizeof(sql),
             "INSERT INTO analysis_tasks (user_id, task_type, celery_task_id, queue, max_deaths, "
             "next_attempt_at) SELECT '%s', 'tiny', uuid_generate_v4()::text, "
             "(ARRAY['pcap', 'rag', 'default'])[n %% 3 + 1], 1000, now() - interval '10 s' "
             "FROM generate_series(1, %d) AS n",
             uuid_write(&fixture->alice, alice), count);
    test_postgres_run(fixture->postgres, sql);
}

/* What half a minute does: leases run out, back-offs end, signs of life go. */
static void pass_time(JobFixture *fixture)
{
    static const char forget[] = "for _, key in ipairs(redis.call('KEYS', 'celery:worker:*')) do "
                                 "redis.call('DEL', key) end return 1";
    test_postgres_run(fixture->postgres,
                      "UPDATE analysis_tasks SET lease_expires_at = now() - interval '1 s' "
                      "WHERE status = 'running'");
    test_postgres_run(fixture->postgres,
                      "UPDATE analysis_tasks SET next_attempt_at = now() WHERE id IN "
                      "(SELECT id FROM analysis_tasks WHERE status = 'pending' AND "
                      "next_attempt_at > now() FOR UPDATE SKIP LOCKED)");
    test_redis_run(fixture->redis, (const char *const[]){"EVAL", forget, "0", NULL});
}

static int64_t count_open(JobFixture *fixture)
{
    return fixture_count(fixture, "SELECT count(*) FROM analysis_tasks "
                                  "WHERE status IN ('pending', 'running')");
}

static void drain(JobFixture *fixture)
{
    uint64_t end = time_monotonic_ms() + DRAIN_MS;
    while (count_open(fixture) > 0 && time_monotonic_ms() < end) {
        usleep(500 * 1000);
        pass_time(fixture);
    }
}

static void test_killed_workers_lose_and_double_nothing(void **state)
{
    JobFixture *fixture = *state;
    pid_t workers[WORKERS];
    int kills = count_of_kills();
    add_jobs(fixture, kills * JOBS_PER_KILL);
    for (int i = 0; i < WORKERS; i++)
        workers[i] = start_worker(fixture);
    for (int i = 0; i < kills; i++) {
        unsigned which = random_below(WORKERS);
        usleep((useconds_t)(20 + random_below(180)) * 1000);
        kill_worker(workers[which]);
        workers[which] = start_worker(fixture);
        if (i % 10 == 9)
            pass_time(fixture);
    }
    int64_t left = count_open(fixture);
    drain(fixture);
    for (int i = 0; i < WORKERS; i++)
        kill_worker(workers[i]);
    int64_t jobs = fixture_count(fixture, "SELECT count(*) FROM analysis_tasks");
    int64_t completed =
        fixture_count(fixture, "SELECT count(*) FROM analysis_tasks WHERE status = 'completed'");
    int64_t effects = fixture_count(fixture, "SELECT count(*) FROM test_effects");
    int64_t distinct = fixture_count(fixture, "SELECT count(DISTINCT job_id) FROM test_effects");
    int64_t deaths = fixture_count(fixture, "SELECT sum(deaths) FROM analysis_tasks");
    int64_t attempts = fixture_count(fixture, "SELECT sum(attempts) FROM analysis_tasks");
    printf("%d kills, %lld jobs (%lld open after the last kill), %lld deaths: %lld lost, %lld "
           "doubled\n",
           kills, (long long)jobs, (long long)left, (long long)deaths, (long long)(jobs - distinct),
           (long long)(effects - distinct));
    assert_int_equal(completed, jobs);
    assert_int_equal(distinct, jobs);
    assert_int_equal(effects, jobs);
    assert_int_equal(attempts, jobs); /* a death uses up no attempt */
    assert_true(deaths > 0);          /* some were killed in the middle */
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_workers_lose_and_double_nothing)};
    if (argc == 4 && strcmp(argv[1], "worker") == 0) {
        static JobFixture own;
        fixture_run_at(argv[2], argv[3], &own, work_until_killed);
        return 1;
    }
    own_program = realpath(argv[0], NULL);
    check(own_program);
    return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
