/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Migrations: brings the schema of a database to a revision, a transaction a step, under an
 * advisory lock, with a lock_timeout so that a busy table makes the step fail instead of stopping
 * the service. The version stands in alembic_version, as Alembic keeps it.
 *
 *     auto_session DbSession *session = db_session_open(url, "netguru migrate", &error);
 *     if (!session || !migrate_upgrade(session, STR("head"), migrate_print_step, &error)) …
 */
#pragma once

#include "db/session.h"

typedef void MigrateReport(const char *revision, bool up, double duration_s);

/* Revision now, "" before the first, one that this program does not know where the database is of a
 * newer one; ERR_CONFLICT when alembic_version holds several. */
bool migrate_current(DbSession *session, Arena *arena, Str *out_revision, Error *error) MUST_USE;
/* Runs provision.sql; the session must be a superuser's. */
bool migrate_provision(DbSession *session, Error *error) MUST_USE;
/*
 * target of upgrade: "head", a revision or its number ("003"), "+N"; of downgrade: "base", a
 * revision, "-N". Steps done before a failing one stay; its error names the file and, where the
 * server tells, the line. ERR_CONFLICT when another migration goes on for more than 5 s, or when
 * the database is of a newer program.
 */
bool migrate_upgrade(DbSession *session, Str target, MigrateReport *report, Error *error) MUST_USE;
bool migrate_downgrade(DbSession *session, Str target, MigrateReport *report,
                       Error *error) MUST_USE;
/* Whether the database is exactly at this program's head; the error says which it is and what to
 * do. */
bool migrate_check(DbSession *session, Error *error) MUST_USE;
