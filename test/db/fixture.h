/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the driver share: one server for the binary; a loop and a Db for each test.
 * Asserts of cmocka jump, so inside tasks, which have stacks of their own, check() is used.
 */
#pragma once

#include "db/db.h"
#include "harness/servers.h"
#include "harness/tasks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct {
    Loop *loop;
    Db *db;
} Fixture;

extern TestPostgres *test_postgres;

int fixture_start_server(void **state);
int fixture_stop_server(void **state);
/* A Db with 2 shared and 3 leasable connections and 1 overflow. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);
/* Closes the Db of the fixture and opens another. */
void fixture_reopen(Fixture *fixture, const DbOptions *options);
/* Backends of this Db that hold a transaction open or run a statement. */
int64_t fixture_busy_backends(void);
/* Fails unless nothing is leased, in flight, waiting or open in a transaction; waits a little. */
void fixture_check_quiet(Task *task, void *fixture);

/* A statement sent unprepared. */
#define SQL(text) (&(const DbStatement){NULL, text, NULL})
