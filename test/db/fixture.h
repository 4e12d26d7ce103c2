/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the driver share: one server for the binary; a loop and a Db for each test.
 * The clock of the loop can be stopped, for what must happen after a time.
 */
#pragma once

#include "db/db.h"
#include "harness/expect.h"
#include "harness/servers.h"
#include "harness/tasks.h"
#include "task/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct {
    Loop *loop;
    Db *db;
    bool clock_is_stopped;
} Fixture;

extern TestPostgres *test_postgres;

int fixture_start_server(void **state);
int fixture_stop_server(void **state);
/* A Db with 2 shared and 3 leasable connections and 1 overflow. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);
/* Closes the Db of the fixture and opens another. */
void fixture_reopen(Fixture *fixture, const DbOptions *options);
/*
 * Time. No test asserts how long something takes: it waits for what shall happen, and where a time
 * limit must pass, it stops the clock of the loop and moves it.
 */
void fixture_stop_clock(Fixture *fixture);
/* Moves the stopped clock by this long and returns when it has arrived. */
void fixture_pass(Task *task, uint32_t duration_ms);
/* Lets some real time pass, whatever the clock does. */
bool fixture_nap(Task *task);
/* The same, and moves a stopped clock a little, for what happens by timers. */
bool fixture_pause(Task *task, const Fixture *fixture);
/* Moves the stopped clock by advance_ms once the Db has this many statements in flight. */
typedef struct {
    const Fixture *fixture;
    uint32_t in_flight;
    uint32_t advance_ms;
} TimeLimit;
void fixture_time_passes(Task *task, void *time_limit);

/* Backends of this Db that hold a transaction open or run a statement. */
int64_t fixture_busy_backends(void);
/* Ends all backends of this Db. Returns when their processes are gone, without turning the loop. */
void fixture_terminate_backends(void);
/* Returns when nothing is leased, in flight, waiting or open in a transaction. */
void fixture_check_quiet(Task *task, void *fixture);

/* A statement sent unprepared. */
#define SQL(text) (&(const DbStatement){NULL, text, NULL})
