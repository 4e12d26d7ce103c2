/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/migrate.h"

#include "base/strbuf.h"
#include "base/time.h"
#include "ops/migrations.h"

enum { LOCK_WAIT_MS = 5000, LOCK_TIMEOUT_MS = 5000, SQL_MAX_BYTES = 1024 * 1024 };

/* The key of the advisory lock: "netguru" as a 64-bit number. Any constant of our own would do. */
static const int64_t MIGRATION_LOCK = 0x6e657467757275;

static const DbStatement has_version_table = {
    "migrate_has_table",
    "SELECT to_regclass('public.alembic_version') IS NOT NULL",
};

static const DbStatement read_version = {
    "migrate_read_version",
    "SELECT version_num FROM public.alembic_version",
};

bool migrate_current(DbSession *session, Arena *arena, Str *out_revision, Error *error)
{
    const DbRows *rows = NULL;
    *out_revision = STR("");
    rows = db_session_query(session, arena, &has_version_table, DB_NO_PARAMS, error);
    if (!rows)
        return false;
    if (!db_read_bool(rows, 0, 0))
        return true;
    rows = db_session_query(session, arena, &read_version, DB_NO_PARAMS, error);
    if (!rows)
        return false;
    if (rows->count > 1)
        return error_set(error, ERR_CONFLICT, "alembic_version holds %zu revisions, not one",
                         rows->count);
    if (rows->count == 1)
        *out_revision = db_str(rows, 0, 0);
    return true;
}

/* Stores the number of steps that lead to a revision: 0 for "", 1 for the first. */
static bool find_revision(Str revision, unsigned *out_steps)
{
    *out_steps = 0;
    if (str_empty(revision))
        return true;
    for (unsigned i = 0; i < migration_count; i++) {
        Str name = str_of(migrations[i].revision);
        if (str_equal(name, revision) || str_equal(str_slice(name, 0, 3), revision)) {
            *out_steps = i + 1;
            return true;
        }
    }
    return false;
}

static bool current_steps(DbSession *session, unsigned *out_steps, Error *error)
{
    Str revision;
    auto_arena Arena *arena = arena_new();
    if (!migrate_current(session, arena, &revision, error))
        return false;
    if (find_revision(revision, out_steps))
        return true;
    return error_set(
        error, ERR_CONFLICT,
        "the database is at revision %.*s, which this program does not know: it is newer",
        STR_ARGS(revision));
}

bool migrate_provision(DbSession *session, Error *error)
{
    return db_session_run(session, str_of(provision_sql), error) ||
           error_prefix(error, "provision.sql: ");
}

/* Runs one transaction: the role, the limits, the step, the version. */
static bool run_step(DbSession *session, unsigned step, bool up, Error *error)
{
    const Migration *migration = &migrations[step];
    const char *after = up ? migration->revision : step ? migrations[step - 1].revision : NULL;
    auto_strbuf StrBuf sql = {0};
    strbuf_init(&sql, SQL_MAX_BYTES);
    /* This takes no line of its own, so that the line numbers in errors are those of the file. */
    strbuf_printf(&sql,
                  "BEGIN; SET LOCAL ROLE netguru_owner; SET LOCAL lock_timeout = %d; "
                  "SET LOCAL statement_timeout = 0; ",
                  LOCK_TIMEOUT_MS);
    strbuf_append(&sql, str_of(up ? migration->up : migration->down));
    strbuf_append(&sql, STR("\nCREATE TABLE IF NOT EXISTS public.alembic_version (version_num "
                            "varchar(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY "
                            "(version_num));\nDELETE FROM public.alembic_version;\n"));
    if (after)
        strbuf_printf(&sql, "INSERT INTO public.alembic_version VALUES ('%s');\n", after);
    strbuf_append(&sql, STR("COMMIT;\n"));
    check(!sql.overflowed);
    if (db_session_run(session, strbuf_str(&sql), error))
        return true;
    if (db_session_in_transaction(session)) {
        Error ignored;
        if (!db_session_run(session, STR("ROLLBACK"), &ignored))
            return error_prefix(error, "%s (and could not roll back): ", migration->revision);
    }
    return error_prefix(error, "%s.%s.sql: ", migration->revision, up ? "up" : "down");
}

static bool walk(DbSession *session, unsigned target, MigrateReport *report, Error *error)
{
    unsigned at = 0;
    if (!current_steps(session, &at, error))
        return false;
    while (at != target) {
        bool up = at < target;
        uint64_t started_ns = time_monotonic_ns();
        unsigned step = up ? at : at - 1;
        if (!run_step(session, step, up, error))
            return false;
        at = up ? at + 1 : at - 1;
        report(migrations[step].revision, up, (double)(time_monotonic_ns() - started_ns) / 1e9);
    }
    return true;
}

/* Finds the step of a target. "+N" and "-N" count from the current revision. */
static bool resolve_target(DbSession *session, Str target, bool up, unsigned *out_steps,
                           Error *error)
{
    unsigned at = 0;
    uint32_t count = 0;
    if (!current_steps(session, &at, error))
        return false;
    char sign = up ? '+' : '-';
    if (target.size > 1 && target.data[0] == sign && str_parse_u32(str_from(target, 1), &count)) {
        if (count > (up ? migration_count - at : at))
            return error_set(error, ERR_VALIDATION, "%.*s goes beyond the %s revision",
                             STR_ARGS(target), up ? "last" : "first");
        *out_steps = up ? at + count : at - count;
        return true;
    }
    if (str_equal(target, up ? STR("head") : STR("base"))) {
        *out_steps = up ? migration_count : 0;
        return true;
    }
    if (str_empty(target) || !find_revision(target, out_steps))
        return error_set(error, ERR_VALIDATION, "unknown revision %.*s",
                         STR_ARGS(str_slice(target, 0, 64)));
    if (up ? *out_steps < at : *out_steps > at)
        return error_set(error, ERR_VALIDATION, "the database is %s %.*s already",
                         up ? "past" : "before", STR_ARGS(target));
    return true;
}

/* The target is resolved under the lock: otherwise a concurrent migration could turn an upgrade
 * into a downgrade. */
static bool locked_walk(DbSession *session, Str target, bool up, MigrateReport *report,
                        Error *error)
{
    unsigned steps = 0;
    if (!db_session_lock(session, MIGRATION_LOCK, LOCK_WAIT_MS, error))
        return error_prefix(error, "another migration is running: ");
    bool done =
        resolve_target(session, target, up, &steps, error) && walk(session, steps, report, error);
    db_session_unlock(session, MIGRATION_LOCK);
    return done;
}

bool migrate_upgrade(DbSession *session, Str target, MigrateReport *report, Error *error)
{
    return locked_walk(session, target, true, report, error);
}

bool migrate_downgrade(DbSession *session, Str target, MigrateReport *report, Error *error)
{
    return locked_walk(session, target, false, report, error);
}

bool migrate_check(DbSession *session, Error *error)
{
    unsigned at = 0;
    if (!current_steps(session, &at, error))
        return false;
    if (at == migration_count)
        return true;
    return error_set(error, ERR_CONFLICT,
                     "the database is at revision %s, this program needs %s: run netguru migrate "
                     "upgrade head",
                     at ? migrations[at - 1].revision : "none",
                     migrations[migration_count - 1].revision);
}
