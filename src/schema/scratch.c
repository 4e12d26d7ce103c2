/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/scratch.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "ops/migrate.h"
#include "schema/dump.h"

#include <inttypes.h>
#include <stdio.h>

enum { WATCH_MS = 500 };

struct Scratch {
    ScratchOptions options;
    DbSession *session;
    char database[64];
    bool is_made; /* by us: it is ours to drop */
    bool is_locked;
};

/* Held in shared mode, in the source database, as long as a scratch database of it is in use. */
#define SCRATCH_LOCK "7453010373645639"

/* A session that has it already uses a scratch database, so it is not alone either. */
DB_STATEMENT try_lock_alone = {
    "schema_scratch_try_lock_alone",
    "SELECT CASE WHEN EXISTS (SELECT FROM pg_locks WHERE pid = pg_backend_pid() "
    "AND locktype = 'advisory' AND ((classid::bigint << 32) | objid::bigint) = " SCRATCH_LOCK ") "
    "THEN false ELSE pg_try_advisory_lock(" SCRATCH_LOCK ") END",
    .runner = DB_BY_OPERATOR};
DB_STATEMENT lock_shared = {"schema_scratch_lock_shared",
                            "SELECT pg_advisory_lock_shared(" SCRATCH_LOCK ")",
                            .runner = DB_BY_OPERATOR};
DB_STATEMENT unlock_alone = {"schema_scratch_unlock_alone",
                             "SELECT pg_advisory_unlock(" SCRATCH_LOCK ")",
                             .runner = DB_BY_OPERATOR};
DB_STATEMENT unlock_shared = {"schema_scratch_unlock_shared",
                              "SELECT pg_advisory_unlock_shared(" SCRATCH_LOCK ")",
                              .runner = DB_BY_OPERATOR};

DB_STATEMENT find_leftovers = {
    "schema_scratch_find_leftovers",
    "SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', d.datname) FROM pg_database AS d "
    "WHERE starts_with(d.datname, format('netguru_scratch_%s_', (SELECT oid FROM pg_database "
    "WHERE datname = current_database())))",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT name_database = {
    "schema_scratch_name_database",
    "SELECT format('netguru_scratch_%s_%s', oid, $1::text) FROM pg_database "
    "WHERE datname = current_database()",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT write_create = {
    "schema_scratch_write_create",
    "SELECT CASE WHEN $2::boolean THEN format('CREATE DATABASE %I TEMPLATE %I', $1::text, datname) "
    "ELSE format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', "
    "$1::text, pg_encoding_to_char(encoding), datcollate, datctype) END "
    "FROM pg_database WHERE datname = current_database()",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT find_sessions = {
    "schema_scratch_find_sessions",
    "SELECT count(*), string_agg(format('pid %s (%s as %s)', pid, coalesce(nullif("
    "application_name, ''), 'another program'), usename), ', ' ORDER BY pid) "
    "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT count_objects = {
    "schema_scratch_count_objects",
    "SELECT count(*) FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace "
    "AND c.relkind IN ('r', 'v', 'm', 'S', 'p') AND c.relname <> 'alembic_version' "
    "AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')",
    .runner = DB_BY_OPERATOR};

static bool run_plain(DbSession *session, const DbStatement *statement, Error *error)
{
    auto_arena Arena *arena = arena_new();
    return db_session_query(session, arena, statement, DB_NO_PARAMS, error) != NULL;
}

static bool drop_leftovers(DbSession *source, Error *error)
{
    auto_arena Arena *arena = arena_new();
    const DbRows *rows = db_session_query(source, arena, &find_leftovers, DB_NO_PARAMS, error);
    for (size_t row = 0; rows && row < rows->count; row++) {
        if (!db_session_run(source, db_str(rows, row, 0), error))
            return false;
    }
    return rows != NULL;
}

/* A session that gets the lock alone knows that no scratch database is in use. */
static bool take_lock(DbSession *source, Error *error)
{
    auto_arena Arena *arena = arena_new();
    const DbRows *rows = db_session_query(source, arena, &try_lock_alone, DB_NO_PARAMS, error);
    if (!rows)
        return false;
    if (!db_read_bool(rows, 0, 0))
        return run_plain(source, &lock_shared, error);
    Error ignored = {0};
    if (!drop_leftovers(source, &ignored))
        log_warn("scratch.leftover", LOG_TEXT("reason", ignored.message));
    return run_plain(source, &lock_shared, error) && run_plain(source, &unlock_alone, error);
}

static bool check_alone(DbSession *source, Error *error)
{
    auto_arena Arena *arena = arena_new();
    const DbRows *rows = db_session_query(source, arena, &find_sessions, DB_NO_PARAMS, error);
    if (!rows)
        return false;
    return db_read_i64(rows, 0, 0) == 0 ||
           error_set(error, ERR_CONFLICT,
                     "the database cannot be copied while other sessions are connected: %.*s. Stop "
                     "them, or copy it with pg_dump: --dump",
                     STR_ARGS(str_slice(db_str(rows, 0, 1), 0, 300)));
}

static bool on_wait(void *context)
{
    const ScratchOptions *options = context;
    return !options->is_interrupted || !options->is_interrupted();
}

static bool create(Scratch *scratch, ScratchKind kind, Error *error)
{
    char suffix[24];
    uint64_t number = 0;
    auto_arena Arena *arena = arena_new();
    DbSession *source = scratch->options.source;
    const DbSessionWatch watch = {WATCH_MS, on_wait, &scratch->options};
    random_bytes(&number, sizeof(number));
    snprintf(suffix, sizeof(suffix), "%016" PRIx64, number);
    const DbRows *rows =
        db_session_query(source, arena, &name_database, DB_PARAMS(db_text(str_of(suffix))), error);
    if (!rows)
        return false;
    (void)str_copy_to(db_str(rows, 0, 0), scratch->database, sizeof(scratch->database));
    rows = db_session_query(
        source, arena, &write_create,
        DB_PARAMS(db_text(str_of(scratch->database)), db_bool(kind == SCRATCH_COPY)), error);
    if (!rows)
        return false;
    scratch->is_made = db_session_run_watched(source, db_str(rows, 0, 0), &watch, error);
    if (!scratch->is_made && error->code == ERR_FORBIDDEN) {
        return error_prefix(error, "a scratch database is needed. Use a superuser, or pass "
                                   "--scratch URL of an empty database on which provision.sql has "
                                   "been run: ");
    }
    return scratch->is_made;
}

/* CREATE DATABASE copies neither the owner nor the rights of the database. */
static bool give_to_owner(const Scratch *scratch, Error *error)
{
    auto_arena Arena *arena = arena_new();
    Str sql = arena_printf(arena, "ALTER DATABASE %s OWNER TO netguru_owner", scratch->database);
    return db_session_run(scratch->session, sql, error);
}

static bool fill(Scratch *scratch, ScratchKind kind, Error *error)
{
    scratch->session = db_session_open_beside(scratch->options.source, scratch->database, error);
    if (!scratch->session)
        return false;
    if (kind == SCRATCH_COPY)
        return give_to_owner(scratch, error);
    if (!migrate_provision(scratch->session, error))
        return false;
    if (kind != SCRATCH_DUMP ||
        dump_copy(scratch->options.source, scratch->session, scratch->database, error))
        return true;
    /* Ctrl-C reaches pg_dump as well. */
    return on_wait(&scratch->options) ? false : error_set(error, ERR_CANCELLED, "interrupted");
}

static bool open_given(Scratch *scratch, Error *error)
{
    auto_arena Arena *arena = arena_new();
    scratch->session = db_session_open(scratch->options.url, "netguru migrate", error);
    if (!scratch->session)
        return error_prefix(error, "--scratch: ");
    const DbRows *rows =
        db_session_query(scratch->session, arena, &count_objects, DB_NO_PARAMS, error);
    if (!rows)
        return false;
    if (db_read_i64(rows, 0, 0) == 0)
        return true;
    /* It is not ours to empty. */
    db_session_close(scratch->session);
    scratch->session = NULL;
    return error_set(error, ERR_CONFLICT, "--scratch: the database is not empty");
}

static bool open_kind(Scratch *scratch, ScratchKind kind, Error *error)
{
    if (!str_empty(scratch->options.url) && kind == SCRATCH_EMPTY)
        return open_given(scratch, error);
    scratch->is_locked = take_lock(scratch->options.source, error);
    return scratch->is_locked &&
           (kind != SCRATCH_COPY || check_alone(scratch->options.source, error)) &&
           create(scratch, kind, error) && fill(scratch, kind, error);
}

Scratch *scratch_open(const ScratchOptions *options, ScratchKind kind, Error *error)
{
    Scratch *scratch = MEM_NEW(Scratch);
    scratch->options = *options;
    if (open_kind(scratch, kind, error))
        return scratch;
    scratch_close(scratch);
    return NULL;
}

DbSession *scratch_session(const Scratch *scratch)
{
    return scratch->session;
}

static bool drop(const Scratch *scratch, Error *error)
{
    auto_arena Arena *arena = arena_new();
    Str sql = arena_printf(arena, "DROP DATABASE IF EXISTS %s WITH (FORCE)", scratch->database);
    return db_session_run(scratch->options.source, sql, error);
}

void scratch_close(Scratch *scratch)
{
    Error error = {0};
    bool done = true;
    if (!scratch)
        return;
    if (scratch->session && !scratch->is_made)
        done = migrate_downgrade(scratch->session, STR("base"), NULL, &error);
    db_session_close(scratch->session);
    if (scratch->is_made)
        done = drop(scratch, &error);
    if (!done)
        log_warn("scratch.left", LOG_TEXT("database", scratch->database),
                 LOG_TEXT("reason", error.message));
    if (scratch->is_locked)
        (void)run_plain(scratch->options.source, &unlock_shared, &error);
    mem_free(scratch);
}

void scratch_cleanup(Scratch **scratch)
{
    scratch_close(*scratch);
}
