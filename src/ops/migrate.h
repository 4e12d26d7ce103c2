/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Migrations: brings the schema of a database to a revision, one transaction a step, under an
 * advisory lock. A lock_timeout makes a step fail on a busy table instead of blocking the service.
 * The revision is stored in alembic_version, as Alembic does.
 *
 *     auto_session DbSession *session = db_session_open(url, "netguru migrate", &error);
 *     if (!session || !migrate_upgrade(session, STR("head"), migrate_print_step, &error)) …
 */
#pragma once

#include "db/session.h"

typedef void MigrateReport(const char *revision, bool up, double duration_s);

/* Stores the current revision: "" before the first. It may be unknown here, if a newer program
 * migrated the database. Fails with ERR_CONFLICT when alembic_version holds several. */
bool migrate_current(DbSession *session, Arena *arena, Str *out_revision, Error *error) MUST_USE;
/* Runs provision.sql. The session must be a superuser's. */
bool migrate_provision(DbSession *session, Error *error) MUST_USE;
/*
 * Migrate the database. The target of an upgrade is "head", a revision or its number ("003"), or
 * "+N"; of a downgrade it is "base", a revision, or "-N". Steps before a failing one remain done;
 * the error names the file and, if the server tells it, the line. Fail with ERR_CONFLICT when
 * another migration runs for more than 5 s, or when a newer program migrated the database.
 */
bool migrate_upgrade(DbSession *session, Str target, MigrateReport *report, Error *error) MUST_USE;
bool migrate_downgrade(DbSession *session, Str target, MigrateReport *report,
                       Error *error) MUST_USE;
/* Returns whether the database is exactly at this program's head. The error names the revision and
 * says what to do. */
bool migrate_check(DbSession *session, Error *error) MUST_USE;
