/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of jobs stand on: a migrated database and a Redis, a tenant, and handlers that do
 * what a test wants.
 *
 *     static void body(Task *task, void *argument) { JobFixture *fixture = argument; … }
 *     fixture_run(fixture, body);    // with a database pool and a Redis client of its own
 */
#pragma once

#include "harness/servers.h"
#include "jobs/job.h"
#include "jobs/worker.h"

typedef struct JobFixture {
    TestPostgres *postgres;
    TestRedis *redis;
    Uuid alice;
    Uuid bob;
    Uuid carol;
    Services services; /* of the run */
    Arena *arena;
    Config *settings; /* with a limit of pending jobs that is out of the way */
    void (*body)(Task *task, struct JobFixture *fixture);
    bool done;
} JobFixture;

typedef void FixtureBody(Task *task, JobFixture *fixture);

/* Starts the servers, or finds them by their addresses where a child process wants the same. */
void fixture_start(JobFixture *fixture);
void fixture_end(JobFixture *fixture);
/* Set-up and tear-down of a group of tests that share one fixture, which becomes their state. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);
/* Empties Redis, of a kind that no worker takes for a wiped one: it would send all messages again,
 * and jobs that are being sent are passed over by a claim, out of their order. */
void fixture_flush_redis(JobFixture *fixture);
/* Empties tables and lists. */
void fixture_clear(JobFixture *fixture);
/* Runs body in a task with services; afterwards all is closed. */
void fixture_run(JobFixture *fixture, FixtureBody *body);
/* Makes the settings of a run; fixture_close frees them. */
void fixture_load_settings(JobFixture *fixture);
/* Closes and frees the services and their loop. */
void fixture_close(JobFixture *fixture);
/* The same against servers at these addresses, in a process that did not start them. */
void fixture_run_at(const char *database_url, const char *redis_url, JobFixture *fixture,
                    FixtureBody *body);

/*
 * Handlers by task type:
 *     empty          finishes
 *     effect         one row into test_effects, then finishes
 *     reject         ERR_VALIDATION "line 3: not a config"
 *     flaky          ERR_IO until its third attempt
 *     broken         ERR_INTERNAL always
 *     forgetful      returns true without finishing
 *     slow           reports progress, sleeps until it is told to stop; arguments {"ms": n}
 *     tiny           an effect, a few milliseconds, then finishes
 *     slow_effect    an effect, 300 ms, then finishes
 *     echo           its arguments as result
 *     gated          waits until fixture_open_gate named it or its user, then an effect
 *     gated_capture  the same on another queue
 *     sized          a result of arguments {"bytes": n}
 *     held_effect    job_hold, an effect, then finishes
 */
extern const JobKind *const fixture_kinds[];

/* The kind of that name; one without a handler where the worker knows none. */
const JobKind *fixture_kind(Task *task, const char *task_type);
/* As alice, enqueued the way a feature does. */
Uuid fixture_enqueue(Task *task, JobFixture *fixture, const char *task_type, const char *arguments);
/* As any user. */
Uuid fixture_enqueue_for(Task *task, JobFixture *fixture, const Uuid *user, const char *task_type,
                         const char *arguments);
/* Lets a gated job go on, or all of a user's. */
void fixture_open_gate(Task *task, JobFixture *fixture, const Uuid *id);
/* A query's first cell, as the superuser. */
int64_t fixture_count(JobFixture *fixture, const char *sql);
/* Waits until the query gives at least wanted; the test fails after a minute. */
void fixture_wait_until(Task *task, JobFixture *fixture, const char *sql, int64_t wanted);
/* The same until the job has that status. */
void fixture_wait_for_status(Task *task, JobFixture *fixture, const Uuid *id, const char *status);
/* SQL with the id in place of the one %s. */
const char *fixture_sql(Task *task, const char *format, const Uuid *id);
/* The string under a key with the id in place of %s; empty when there is none. */
Str fixture_redis_get(Task *task, JobFixture *fixture, const char *key, const Uuid *id);

/* Defines a test that runs body on the emptied fixture. */
#define FIXTURE_TEST(name, body)                                                                   \
    static void name(void **state)                                                                 \
    {                                                                                              \
        fixture_clear(*state);                                                                     \
        fixture_run(*state, body);                                                                 \
    }
