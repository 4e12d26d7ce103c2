/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs work while only the embedded PostgreSQL runs: no serve, no work, and no other `netguru up`.
 *
 *     if (!up_with_database(command, restore, &context, &error))
 *         return command_fail(&error);
 */
#pragma once

#include "app/command.h"
#include "ops/home.h"

typedef bool UpDatabaseStep(void *context, Error *error);

/* Starts the embedded PostgreSQL, making its cluster first where there is none, runs the step in a
 * child process, and stops it again. Fails with ERR_CONFLICT when `netguru up` runs. */
bool up_with_database(Command *command, UpDatabaseStep *step, void *context, Error *error) MUST_USE;
/* Deletes the data of the embedded Redis, which is about a database that was replaced. */
bool up_forget_redis(const Home *home, Error *error) MUST_USE;
