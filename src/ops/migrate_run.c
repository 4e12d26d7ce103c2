/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/migrate_run.h"

#include "ops/migrate_wait.h"
#include "ops/sql_split.h"

#include <stdio.h>

enum { WATCH_MS = 500 };

typedef struct {
    DbSession *session;
    const MigrateHooks *hooks;
    DbSession *watcher; /* opened when a step takes long */
    char waiting[384];  /* the sessions that it waits for now, or "" */
} Run;

/* Looks from a second session, because the first one is busy waiting. */
static void look_for_blockers(Run *run)
{
    Error ignored;
    char who[sizeof(run->waiting)];
    auto_arena Arena *arena = arena_new();
    if (!run->watcher)
        run->watcher = db_session_open_beside(run->session, NULL, &ignored);
    if (!run->watcher)
        return;
    (void)str_copy_to(
        migrate_describe_blockers(run->watcher, arena, db_session_backend(run->session)), who,
        sizeof(who));
    if (str_equal(str_of(who), str_of(run->waiting)))
        return;
    (void)str_copy_to(str_of(who), run->waiting, sizeof(run->waiting));
    if (who[0] && run->hooks->on_waiting)
        run->hooks->on_waiting(who);
}

static bool is_interrupted(const Run *run)
{
    return run->hooks->is_interrupted && run->hooks->is_interrupted();
}

static bool on_wait(void *context)
{
    Run *run = context;
    if (is_interrupted(run))
        return false;
    look_for_blockers(run);
    return true;
}

static bool run_sql(Run *run, Str sql, Error *error)
{
    const DbSessionWatch watch = {.interval_ms = WATCH_MS, .on_wait = on_wait, .context = run};
    if (db_session_run_watched(run->session, sql, &watch, error))
        return true;
    if (error->code == ERR_TIMEOUT && run->waiting[0]) {
        char message[sizeof(error->message)];
        (void)str_copy_to(str_of(error->message), message, sizeof(message));
        error_set(error, ERR_TIMEOUT, "%s. It waited for %s", message, run->waiting);
    }
    return false;
}

static bool begin_step(Run *run, Error *error)
{
    auto_strbuf StrBuf sql = {0};
    strbuf_init(&sql, MIGRATE_SCRIPT_MAX_BYTES);
    migrate_append_begin(&sql);
    return run_sql(run, strbuf_str(&sql), error);
}

static bool write_version(Run *run, MigrateStep step, Error *error)
{
    auto_strbuf StrBuf sql = {0};
    strbuf_init(&sql, MIGRATE_SCRIPT_MAX_BYTES);
    migrate_append_version(&sql, migrate_step_result(step));
    return run_sql(run, strbuf_str(&sql), error);
}

/* Only here can a lost connection leave it open whether the step was done. */
static bool commit(Run *run, Error *error)
{
    if (db_session_run(run->session, STR("COMMIT"), error))
        return true;
    return db_session_is_alive(run->session)
               ? false
               : error_set(error, ERR_UNAVAILABLE,
                           "the connection to the database was lost during COMMIT: run netguru "
                           "migrate current to see whether the step was done, then run this again");
}

/* After a failure. Returns false, with the reason in error. */
static bool roll_back(const Run *run, Error *error)
{
    Error ignored;
    if (!db_session_is_alive(run->session))
        return error_prefix(error, "the server rolls the step back, run this again: ");
    if (db_session_in_transaction(run->session) &&
        !db_session_run(run->session, STR("ROLLBACK"), &ignored))
        return error_prefix(error, "could not roll back: ");
    return error->code == ERR_CANCELLED
               ? error_prefix(error, "the step was rolled back, run this again: ")
               : false;
}

static bool run_in_transaction(Run *run, MigrateStep step, Error *error)
{
    const MigrateHooks *hooks = run->hooks;
    bool done =
        begin_step(run, error) && run_sql(run, migrate_step_sql(step), error) &&
        write_version(run, step, error) &&
        (!hooks->before_commit || hooks->before_commit(hooks->context, run->session, error));
    if (done && is_interrupted(run))
        done = error_set(error, ERR_CANCELLED, "interrupted before COMMIT");
    return done ? commit(run, error) : roll_back(run, error);
}

DB_STATEMENT find_invalid = {
    "migrate_find_invalid_indexes",
    "SELECT c.relname, format('DROP INDEX CONCURRENTLY %s', c.oid::regclass) FROM pg_index AS i "
    "JOIN pg_class AS c ON c.oid = i.indexrelid "
    "WHERE NOT i.indisvalid AND c.relnamespace = 'public'::regnamespace",
    .runner = DB_BY_OPERATOR};

/* CREATE INDEX CONCURRENTLY that fails leaves an invalid index, which IF NOT EXISTS would keep. */
static bool drop_invalid_indexes(Run *run, MigrateStep step, Error *error)
{
    auto_arena Arena *arena = arena_new();
    const DbRows *rows = db_session_query(run->session, arena, &find_invalid, DB_NO_PARAMS, error);
    for (size_t row = 0; rows && row < rows->count; row++) {
        bool is_named = str_find(migrate_step_sql(step), db_str(rows, row, 0)) != STR_NOT_FOUND;
        if (is_named && !run_sql(run, db_str(rows, row, 1), error))
            return false;
    }
    return rows != NULL;
}

/* Line breaks before a statement give it the line numbers of the file. */
static bool run_statements(Run *run, MigrateStep step, Error *error)
{
    Str statement;
    Str rest = migrate_step_sql(step);
    size_t line = 0;
    auto_strbuf StrBuf sql = {0};
    strbuf_init(&sql, MIGRATE_SCRIPT_MAX_BYTES);
    while (sql_next_statement(&rest, &statement)) {
        strbuf_clear(&sql);
        for (size_t i = 0; i < line; i++)
            strbuf_append_byte(&sql, '\n');
        strbuf_append(&sql, statement);
        if (!run_sql(run, strbuf_str(&sql), error))
            return false;
        for (size_t i = 0; i < statement.size; i++)
            line += statement.data[i] == '\n';
    }
    return true;
}

/* Waiting for other transactions blocks no session here, so it has no limit. */
static bool run_without_transaction(Run *run, MigrateStep step, Error *error)
{
    static const Str begin =
        STR_INIT("SET ROLE netguru_owner; SET lock_timeout = 0; SET statement_timeout = 0; "
                 "SET client_connection_check_interval = 1000");
    static const Str end = STR_INIT("RESET ROLE; RESET lock_timeout; RESET statement_timeout; "
                                    "RESET client_connection_check_interval");
    Error ignored;
    bool done = db_session_run(run->session, begin, error) &&
                drop_invalid_indexes(run, step, error) && run_statements(run, step, error);
    if (!db_session_run(run->session, end, done ? error : &ignored))
        done = false;
    if (!done)
        return error_prefix(error, "the step has no transaction and is resumed when you run this "
                                   "again: ");
    done = begin_step(run, error) && write_version(run, step, error);
    return done ? commit(run, error) : roll_back(run, error);
}

bool migrate_run_step(DbSession *session, MigrateStep step, const MigrateHooks *hooks, Error *error)
{
    auto_arena Arena *arena = arena_new();
    Run run = {.session = session, .hooks = hooks};
    bool done = migrate_step_has_transaction(step) ? run_in_transaction(&run, step, error)
                                                   : run_without_transaction(&run, step, error);
    db_session_close(run.watcher);
    return done || error_prefix(error, "%.*s: ", STR_ARGS(migrate_step_file(arena, step)));
}
