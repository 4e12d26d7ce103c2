/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/migrate.h"

#include "base/time.h"
#include "ops/migrate_run.h"
#include "ops/migrate_wait.h"
#include "ops/migrations.h"

#include <stdio.h>

enum { LOCK_WAIT_MS = 5000 };

/* The key of the advisory lock: "netguru" as a 64-bit number. Any constant of our own would do. */
static const int64_t MIGRATION_LOCK = 0x6e657467757275;

DB_STATEMENT has_version_table = {"migrate_has_table",
                                  "SELECT to_regclass('public.alembic_version') IS NOT NULL",
                                  .runner = DB_BY_OPERATOR};

DB_STATEMENT read_version = {"migrate_read_version",
                             "SELECT version_num FROM public.alembic_version ORDER BY 1",
                             .runner = DB_BY_OPERATOR};

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
    if (rows->count > 1) {
        return error_set(error, ERR_CONFLICT,
                         "alembic_version holds %zu revisions, not one (%.*s, %.*s, …): find out "
                         "which is right, and run netguru migrate stamp REVISION",
                         rows->count, STR_ARGS(db_str(rows, 0, 0)), STR_ARGS(db_str(rows, 1, 0)));
    }
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
        "the database is at revision %.*s, which this program does not know: it is newer. Use the "
        "program that migrated it, or restore a backup",
        STR_ARGS(revision));
}

bool migrate_provision(DbSession *session, Error *error)
{
    return db_session_run(session, str_of(provision_sql), error) ||
           error_prefix(error, "provision.sql: ");
}

DB_STATEMENT read_rights = {
    "migrate_read_rights",
    "SELECT pg_is_in_recovery(), current_setting('transaction_read_only')::boolean, "
    "to_regrole('netguru_owner') IS NOT NULL, "
    "coalesce(pg_has_role(to_regrole('netguru_owner'), 'MEMBER'), false), current_user",
    .runner = DB_BY_OPERATOR};

/* Says at once why no step could run. */
static bool check_rights(DbSession *session, Error *error)
{
    auto_arena Arena *arena = arena_new();
    const DbRows *rows = db_session_query(session, arena, &read_rights, DB_NO_PARAMS, error);
    if (!rows)
        return false;
    if (db_read_bool(rows, 0, 0)) {
        return error_set(error, ERR_UNAVAILABLE,
                         "the database server is a standby, which is read-only: connect to the "
                         "primary");
    }
    if (db_read_bool(rows, 0, 1))
        return error_set(error, ERR_UNAVAILABLE,
                         "the database is read-only (default_transaction_read_only is on)");
    if (!db_read_bool(rows, 0, 2)) {
        return error_set(error, ERR_FORBIDDEN,
                         "the role netguru_owner does not exist: run migrations/provision.sql as a "
                         "superuser first");
    }
    Str user = db_str(rows, 0, 4);
    return db_read_bool(rows, 0, 3) ||
           error_set(error, ERR_FORBIDDEN,
                     "the role %.*s is not a member of netguru_owner: run GRANT netguru_owner TO "
                     "%.*s as a superuser, or set NETGURU_OWNER_DATABASE_URL to a role that is",
                     STR_ARGS(user), STR_ARGS(user));
}

static bool walk(DbSession *session, unsigned target, const MigrateHooks *hooks, Error *error)
{
    unsigned at = 0;
    if (!current_steps(session, &at, error))
        return false;
    while (at != target) {
        bool up = at < target;
        uint64_t started_ns = time_monotonic_ns();
        MigrateStep step = {up ? at : at - 1, up};
        if (!migrate_run_step(session, step, hooks, error))
            return false;
        at = up ? at + 1 : at - 1;
        if (hooks->report)
            hooks->report(migrations[step.index].revision, up,
                          (double)(time_monotonic_ns() - started_ns) / 1e9);
    }
    return true;
}

/* Finds the step of a target. "+N" and "-N" count from the current revision. */
static bool resolve_target(unsigned at, Str target, bool up, unsigned *out_steps, Error *error)
{
    uint32_t count = 0;
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

bool migrate_find_range(DbSession *session, Str target, bool up, MigrateRange *out_range,
                        Error *error)
{
    MigrateRange range = {0};
    if (!current_steps(session, &range.first, error) ||
        !resolve_target(range.first, target, up, &range.last, error))
        return false;
    *out_range = range;
    return true;
}

static bool parse_end(Str name, unsigned *out_steps, Error *error)
{
    if (str_equal(name, STR("base")) || str_equal(name, STR("head"))) {
        *out_steps = str_equal(name, STR("head")) ? migration_count : 0;
        return true;
    }
    return (!str_empty(name) && find_revision(name, out_steps)) ||
           error_set(error, ERR_VALIDATION, "unknown revision %.*s",
                     STR_ARGS(str_slice(name, 0, 64)));
}

bool migrate_parse_range(Str from, Str to, MigrateRange *out_range, Error *error)
{
    MigrateRange range = {0};
    if (!parse_end(from, &range.first, error) || !parse_end(to, &range.last, error))
        return false;
    *out_range = range;
    return true;
}

static bool take_lock(DbSession *session, Error *error)
{
    auto_arena Arena *arena = arena_new();
    if (db_session_lock(session, MIGRATION_LOCK, LOCK_WAIT_MS, error))
        return true;
    Str holder = migrate_describe_holder(session, arena, MIGRATION_LOCK);
    return !str_empty(holder)
               ? error_set(error, ERR_CONFLICT,
                           "another migration is running: %.*s. Wait for it, and run this again",
                           STR_ARGS(holder))
               : error_prefix(error, "another migration is running: ");
}

/* The lock of a lost connection is gone already. */
static void release_lock(DbSession *session)
{
    if (db_session_is_alive(session))
        db_session_unlock(session, MIGRATION_LOCK);
}

/* The target is resolved under the lock: otherwise a concurrent migration could turn an upgrade
 * into a downgrade. */
bool migrate_move(DbSession *session, Str target, bool up, const MigrateHooks *hooks, Error *error)
{
    MigrateRange range;
    if (!check_rights(session, error) || !take_lock(session, error))
        return false;
    bool done = migrate_find_range(session, target, up, &range, error) &&
                walk(session, range.last, hooks, error);
    release_lock(session);
    return done;
}

bool migrate_upgrade(DbSession *session, Str target, MigrateReport *report, Error *error)
{
    return migrate_move(session, target, true, &(MigrateHooks){.report = report}, error);
}

bool migrate_downgrade(DbSession *session, Str target, MigrateReport *report, Error *error)
{
    return migrate_move(session, target, false, &(MigrateHooks){.report = report}, error);
}

bool migrate_stamp(DbSession *session, Str target, Error *error)
{
    unsigned steps = 0;
    auto_strbuf StrBuf sql = {0};
    strbuf_init(&sql, MIGRATE_SCRIPT_MAX_BYTES);
    if (!parse_end(target, &steps, error) || !check_rights(session, error) ||
        !take_lock(session, error))
        return false;
    migrate_append_begin(&sql);
    migrate_append_version(&sql, steps ? migrations[steps - 1].revision : NULL);
    strbuf_append(&sql, STR("COMMIT;\n"));
    bool done = db_session_run(session, strbuf_str(&sql), error);
    release_lock(session);
    return done;
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
