/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs one step of a migration, watches what it waits for, and says in words how it failed.
 * ops/migrate.h decides which steps run, and holds the lock meanwhile.
 */
#pragma once

#include "ops/migrate.h"

/* Runs the step and writes the revision. A step that fails is rolled back, except a step without a
 * transaction: its statements before the failing one remain, and the next run repeats it. */
bool migrate_run_step(DbSession *session, MigrateStep step, const MigrateHooks *hooks,
                      Error *error) MUST_USE;
