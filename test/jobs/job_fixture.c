/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/job_fixture.h"

#include "base/random.h"
#include "base/time.h"
#include "harness/expect.h"
#include "harness/schema.h"
#include "harness/tasks.h"

#include <signal.h>

enum { POLL_MS = 5 };

static void add_user(JobFixture *fixture, const char *email, Uuid *out_id)
{
    char id[UUID_TEXT_SIZE];
    auto_arena Arena *arena = arena_new();
    *out_id = uuid_new();
    test_postgres_run(
        fixture->postgres,
        arena_printf(
            arena,
            "INSERT INTO users (id, email, hashed_password) VALUES ('%s', '%s', '$2b$12$%053d')",
            uuid_write(out_id, id), email, 0)
            .data);
}

void fixture_start(JobFixture *fixture)
{
    /* What was committed is there after a kill. */
    static const char *const settings[] = {"synchronous_commit = on", NULL};
    fixture->postgres = test_postgres_start(&(TestPostgresOptions){.settings = settings});
    fixture->redis = test_redis_start(NULL);
    test_postgres_migrate(fixture->postgres);
    add_user(fixture, "alice@example.net", &fixture->alice);
    add_user(fixture, "bob@example.net", &fixture->bob);
    add_user(fixture, "carol@example.net", &fixture->carol);
    test_postgres_run(fixture->postgres,
                      "CREATE TABLE test_effects (id bigserial PRIMARY KEY, job_id uuid NOT NULL);"
                      "GRANT SELECT, INSERT ON test_effects TO netguru_app;"
                      "GRANT USAGE ON SEQUENCE test_effects_id_seq TO netguru_app;"
                      "CREATE TABLE test_gates (id uuid PRIMARY KEY);"
                      "GRANT SELECT ON test_gates TO netguru_app");
}

void fixture_end(JobFixture *fixture)
{
    test_redis_free(fixture->redis);
    test_postgres_free(fixture->postgres);
}

int fixture_set_up(void **state)
{
    static JobFixture shared;
    fixture_start(&shared);
    *state = &shared;
    return 0;
}

int fixture_tear_down(void **state)
{
    fixture_end(*state);
    return 0;
}

void fixture_flush_redis(JobFixture *fixture)
{
    test_redis_run(fixture->redis, (const char *const[]){"FLUSHALL", NULL});
    test_redis_run(fixture->redis, (const char *const[]){"SET", "celery:epoch", "1", NULL});
}

void fixture_clear(JobFixture *fixture)
{
    test_postgres_run(
        fixture->postgres,
        "DELETE FROM analysis_tasks; DELETE FROM test_effects; DELETE FROM test_gates;"
        "DELETE FROM documents");
    fixture_flush_redis(fixture);
}

typedef struct {
    JobFixture *fixture;
    FixtureBody *body;
} BodyRun;

static void run_body(Task *task, void *argument)
{
    BodyRun *run = argument;
    run->body(task, run->fixture);
    run->fixture->done = true;
}

static void close_services(Task *task, void *argument)
{
    JobFixture *fixture = argument;
    db_close(task, fixture->services.db);
    redis_close(task, fixture->services.redis);
}

void fixture_load_settings(JobFixture *fixture)
{
    Error error = {0};
    fixture->arena = arena_new();
    fixture->settings = config_load(fixture->arena, &error);
    check(fixture->settings &&
          config_set(fixture->settings, "NETGURU_PENDING_JOBS_FACTOR", STR("100000"), &error));
}

void fixture_close(JobFixture *fixture)
{
    Loop *loop = fixture->services.loop;
    check(task_spawn(loop, "close", close_services, fixture).generation);
    loop_run(loop);
    db_free(fixture->services.db);
    redis_free(fixture->services.redis);
    loop_free(loop);
    arena_free(fixture->arena);
}

void fixture_run_at(const char *database_url, const char *redis_url, JobFixture *fixture,
                    FixtureBody *body)
{
    Error error = {0};
    BodyRun run = {fixture, body};
    signal(SIGPIPE, SIG_IGN); /* as in the program: a server may be gone in the middle of a write */
    Loop *loop = loop_new(&(LoopOptions){0});
    DbOptions options = {.url = str_of(database_url), .application_name = "test_jobs"};
    fixture_load_settings(fixture);
    fixture->services = (Services){.loop = loop, .settings = fixture->settings};
    fixture->services.db = db_new(loop, &options, &error);
    fixture->services.redis = redis_new(loop, str_of(redis_url), &error);
    fixture->done = false;
    check(fixture->services.db && fixture->services.redis);
    test_run(loop, run_body, &run);
    check(fixture->done);
    fixture_close(fixture);
}

void fixture_run(JobFixture *fixture, FixtureBody *body)
{
    fixture_run_at(test_postgres_url_of(fixture->postgres, "netguru_app", NULL),
                   test_redis_url(fixture->redis), fixture, body);
}

static bool finish(Task *task, JobRun *run, DbTransaction *transaction)
{
    return job_finish(task, run, transaction, STR("{\"ok\": true}"));
}

static bool handle_empty(Task *task, JobRun *run)
{
    auto_transaction DbTransaction *transaction = db_begin(task, run->services->db);
    return transaction && finish(task, run, transaction);
}

static bool add_effect(Task *task, JobRun *run, DbTransaction *transaction)
{
    DB_STATEMENT insert = {"test_effect", "INSERT INTO test_effects (job_id) VALUES ($1)", NULL};
    return db_transaction_query(task, transaction, &insert, DB_PARAMS(db_uuid(&run->id)), NULL);
}

static bool handle_effect(Task *task, JobRun *run)
{
    auto_transaction DbTransaction *transaction = db_begin(task, run->services->db);
    return transaction && add_effect(task, run, transaction) && finish(task, run, transaction);
}

static bool handle_slow_effect(Task *task, JobRun *run)
{
    auto_transaction DbTransaction *transaction = db_begin(task, run->services->db);
    return transaction && add_effect(task, run, transaction) && task_sleep(task, 300) &&
           finish(task, run, transaction);
}

/* Killed at any point of it. */
static bool handle_tiny(Task *task, JobRun *run)
{
    uint8_t pause_ms = 0;
    random_bytes(&pause_ms, sizeof(pause_ms));
    auto_transaction DbTransaction *transaction = db_begin(task, run->services->db);
    return transaction && add_effect(task, run, transaction) &&
           task_sleep(task, pause_ms % 8 + 1u) && finish(task, run, transaction);
}

static bool handle_reject(Task *task, JobRun *run)
{
    (void)run;
    return task_fail(task, ERR_VALIDATION, "line 3: not a config");
}

static bool handle_flaky(Task *task, JobRun *run)
{
    if (run->attempt < 3)
        return task_fail(task, ERR_IO, "disk full");
    return handle_effect(task, run);
}

static bool handle_broken(Task *task, JobRun *run)
{
    (void)run;
    return task_fail(task, ERR_INTERNAL, "oops\x01");
}

static bool handle_forgetful(Task *task, JobRun *run)
{
    (void)task;
    (void)run;
    return true;
}

static bool handle_slow(Task *task, JobRun *run)
{
    int64_t duration_ms = 0;
    if (!json_get_i64(run->arguments, "ms", &duration_ms))
        duration_ms = 60000;
    uint64_t end = time_monotonic_ms() + (uint64_t)duration_ms;
    for (unsigned step = 0; time_monotonic_ms() < end; step++) {
        if (!job_progress(task, run, step % 100, "sleeping") || !task_sleep(task, 10))
            return false;
    }
    return handle_effect(task, run);
}

/* Waits until a row of test_gates bears the job's name or its user's. */
static bool handle_gated(Task *task, JobRun *run)
{
    DB_STATEMENT find = {"test_gate", "SELECT 1 FROM test_gates WHERE id IN ($1, $2)", NULL};
    const DbRows *rows = NULL;
    do {
        if (!job_progress(task, run, 1, "waiting") || !task_sleep(task, 5) ||
            !db_query(task, run->services->db, &find,
                      DB_PARAMS(db_uuid(&run->id), db_uuid(&run->user_id)), &rows))
            return false;
    } while (rows->count == 0);
    return handle_effect(task, run);
}

static bool hold_briefly(Task *task, JobRun *run)
{
    auto_transaction DbTransaction *transaction = db_begin(task, run->services->db);
    return transaction && job_hold_briefly(task, run, transaction) &&
           db_commit(task, transaction) && job_progress(task, run, 50, "held");
}

/* As the job of a document that is an archive: short transactions, then the last. */
static bool handle_held_effect(Task *task, JobRun *run)
{
    if (!hold_briefly(task, run) || !hold_briefly(task, run))
        return false;
    auto_transaction DbTransaction *transaction = db_begin(task, run->services->db);
    return transaction && job_hold(task, run, transaction) && add_effect(task, run, transaction) &&
           finish(task, run, transaction);
}

/* A result of exactly that many bytes. */
static bool handle_sized(Task *task, JobRun *run)
{
    static const Str head = STR_INIT("{\"x\":\"");
    static const Str tail = STR_INIT("\"}");
    size_t size = (size_t)json_i64_or(run->arguments, "bytes", 0);
    char *text = arena_alloc(task->arena, size);
    memset(text, 'y', size);
    memcpy(text, head.data, head.size);
    memcpy(text + size - tail.size, tail.data, tail.size);
    auto_transaction DbTransaction *transaction = db_begin(task, run->services->db);
    return transaction && job_finish(task, run, transaction, str_make(text, size));
}

static bool handle_echo(Task *task, JobRun *run)
{
    int64_t number = 0;
    EXPECT(task, task->has_user, false);
    EXPECT(task, uuid_equal(&task->user_id, &run->user_id), false);
    if (!json_get_i64(run->arguments, "n", &number))
        return task_fail(task, ERR_VALIDATION, "n: missing");
    auto_transaction DbTransaction *transaction = db_begin(task, run->services->db);
    return transaction && job_finish(task, run, transaction,
                                     arena_printf(task->arena, "{\"n\": %lld}", (long long)number));
}

static const JobKind kinds[] = {
    {"empty", JOB_QUEUE_RAG, handle_empty},   {"effect", JOB_QUEUE_RAG, handle_effect},
    {"reject", JOB_QUEUE_RAG, handle_reject}, {"flaky", JOB_QUEUE_RAG, handle_flaky},
    {"broken", JOB_QUEUE_RAG, handle_broken}, {0},
};
static const JobKind more_kinds[] = {
    {"forgetful", JOB_QUEUE_RAG, handle_forgetful},
    {"slow", JOB_QUEUE_RAG, handle_slow},
    {"slow_effect", JOB_QUEUE_RAG, handle_slow_effect},
    {"tiny", JOB_QUEUE_RAG, handle_tiny},
    {"echo", JOB_QUEUE_RAG, handle_echo},
    {"sized", JOB_QUEUE_RAG, handle_sized},
    {"gated", JOB_QUEUE_RAG, handle_gated},
    {"gated_capture", JOB_QUEUE_PCAP, handle_gated},
    {"held_effect", JOB_QUEUE_RAG, handle_held_effect},
    {0},
};
const JobKind *const fixture_kinds[] = {kinds, more_kinds, NULL};

static bool enqueue(Task *task, JobFixture *fixture, const JobSpec *spec, Job *out_job)
{
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->services.db);
    return transaction && job_insert(task, &fixture->services, transaction, spec, out_job) &&
           db_commit(task, transaction);
}

const JobKind *fixture_kind(Task *task, const char *task_type)
{
    for (size_t i = 0; fixture_kinds[i]; i++) {
        for (const JobKind *kind = fixture_kinds[i]; kind->task_type; kind++) {
            if (strcmp(kind->task_type, task_type) == 0)
                return kind;
        }
    }
    JobKind *unknown = ARENA_NEW(task->arena, JobKind);
    *unknown = (JobKind){task_type, JOB_QUEUE_RAG, NULL};
    return unknown;
}

Uuid fixture_enqueue(Task *task, JobFixture *fixture, const char *task_type, const char *arguments)
{
    return fixture_enqueue_for(task, fixture, &fixture->alice, task_type, arguments);
}

Uuid fixture_enqueue_for(Task *task, JobFixture *fixture, const Uuid *user, const char *task_type,
                         const char *arguments)
{
    Job job;
    JobSpec spec = {.kind = fixture_kind(task, task_type), .arguments = str_of(arguments)};
    task->has_user = true;
    task->user_id = *user;
    EXPECT(task, enqueue(task, fixture, &spec, &job), (Uuid){0});
    job_send(task, &fixture->services, &job);
    task->has_user = false;
    return job.id;
}

void fixture_open_gate(Task *task, JobFixture *fixture, const Uuid *id)
{
    test_postgres_run(
        fixture->postgres,
        fixture_sql(task, "INSERT INTO test_gates VALUES ('%s') ON CONFLICT DO NOTHING", id));
}

int64_t fixture_count(JobFixture *fixture, const char *sql)
{
    return test_postgres_count(fixture->postgres, sql);
}

void fixture_wait_until(Task *task, JobFixture *fixture, const char *sql, int64_t wanted)
{
    uint64_t end = time_monotonic_ms() + TEST_LONGEST_WAIT_MS;
    while (!test_failure_is_recorded() && fixture_count(fixture, sql) < wanted) {
        if (time_monotonic_ms() > end)
            test_failure_record(__FILE__, __LINE__, "waited in vain for %lld: %s",
                                (long long)wanted, sql);
        EXPECT(task, task_sleep(task, POLL_MS));
    }
}

const char *fixture_sql(Task *task, const char *format, const Uuid *id)
{
    char text[UUID_TEXT_SIZE];
    Str whole = str_of(format);
    size_t at = str_find(whole, STR("%s"));
    check(at != STR_NOT_FOUND);
    Str before = str_slice(whole, 0, at);
    Str after = str_from(whole, at + 2);
    return arena_printf(task->arena, "%.*s%s%.*s", STR_ARGS(before), uuid_write(id, text),
                        STR_ARGS(after))
        .data;
}

void fixture_wait_for_status(Task *task, JobFixture *fixture, const Uuid *id, const char *status)
{
    const char *sql = fixture_sql(
        task,
        arena_printf(task->arena,
                     "SELECT count(*) FROM analysis_tasks WHERE status = '%s' AND id = '%%s'",
                     status)
            .data,
        id);
    fixture_wait_until(task, fixture, sql, 1);
}

Str fixture_redis_get(Task *task, JobFixture *fixture, const char *key, const Uuid *id)
{
    RedisReply reply;
    Str name = str_of(fixture_sql(task, key, id));
    EXPECT(task, redis_command(task, fixture->services.redis, REDIS_ARGS(STR("GET"), name), &reply),
           (Str){0});
    return reply.str;
}
