/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Migrations: brings the schema of a database to a revision, one transaction a step, under an
 * advisory lock. A lock_timeout makes a step fail on a busy table instead of blocking the service.
 * The revision is stored in alembic_version, as Alembic does. docs/migrations.md has the rules.
 *
 *     auto_session DbSession *session = db_session_open(url, "netguru migrate", &error);
 *     if (!session || !migrate_upgrade(session, STR("head"), migrate_print_step, &error)) …
 */
#pragma once

#include "db/session.h"
#include "ops/migrate_script.h"

typedef void MigrateReport(const char *revision, bool up, double duration_s);

/* Told and asked while a migration runs. Each may be NULL. */
typedef struct {
    MigrateReport *report; /* after each step */
    /* Gets a line about the sessions that hold the locks that a step waits for, when it changes. */
    void (*on_waiting)(const char *who);
    /* Asked twice a second. When it returns true, the step is cancelled and rolled back. */
    bool (*is_interrupted)(void);
    /* Called in the transaction of a step before its COMMIT; false rolls it back. A step without a
     * transaction has no such call. */
    bool (*before_commit)(void *context, DbSession *session, Error *error);
    void *context;
} MigrateHooks;

/* The steps between two revisions: first to last - 1 upwards, or first - 1 down to last. */
typedef struct {
    unsigned first; /* the number of steps that have been done: 0 before the first */
    unsigned last;
} MigrateRange;

/* Stores the current revision: "" before the first. It may be unknown here, if a newer program
 * migrated the database. Fails with ERR_CONFLICT when alembic_version holds several. */
bool migrate_current(DbSession *session, Arena *arena, Str *out_revision, Error *error) MUST_USE;
/* Runs provision.sql. The session must be a superuser's. */
bool migrate_provision(DbSession *session, Error *error) MUST_USE;
/* Finds the steps from the current revision to a target, in the notation of migrate_upgrade. */
bool migrate_find_range(DbSession *session, Str target, bool up, MigrateRange *out_range,
                        Error *error) MUST_USE;
/* Finds the steps between two revisions, without a database. "base" is none, "head" the last. */
bool migrate_parse_range(Str from, Str to, MigrateRange *out_range, Error *error) MUST_USE;
/*
 * Migrate the database. The target of an upgrade is "head", a revision or its number ("003"), or
 * "+N"; of a downgrade it is "base", a revision, or "-N". Steps before a failing one remain done;
 * the error names the file and, if the server tells it, the line. Fail with ERR_CONFLICT when
 * another migration runs for more than 5 s, or when a newer program migrated the database;
 * ERR_FORBIDDEN when the role is not a member of netguru_owner; ERR_UNAVAILABLE when the server is
 * read-only or the connection is lost; ERR_TIMEOUT when a lock is not granted in 5 s, which the
 * message explains; ERR_CANCELLED when interrupted.
 */
bool migrate_move(DbSession *session, Str target, bool up, const MigrateHooks *hooks,
                  Error *error) MUST_USE;
bool migrate_upgrade(DbSession *session, Str target, MigrateReport *report, Error *error) MUST_USE;
bool migrate_downgrade(DbSession *session, Str target, MigrateReport *report,
                       Error *error) MUST_USE;
/* Writes the revision of the database ("base": none) without running anything. It replaces a
 * revision that is unknown here, and several. */
bool migrate_stamp(DbSession *session, Str target, Error *error) MUST_USE;
/* Returns whether the database is exactly at this program's head. The error names the revision and
 * says what to do. */
bool migrate_check(DbSession *session, Error *error) MUST_USE;
