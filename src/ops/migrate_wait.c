/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/migrate_wait.h"

/* What a session is, for people. The server hides parts of it from roles without pg_monitor. */
#define SESSION_TEXT                                                                               \
    "format('pid %s (%s as %s, %s%s)', a.pid, coalesce(nullif(a.application_name, ''), "           \
    "a.backend_type, 'another program'), coalesce(a.usename, 'the system'), "                      \
    "coalesce(a.state, 'state hidden'), to_char(a.query_start AT TIME ZONE 'UTC', "                \
    "'\", query began\" YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'))"

/* A statement that is CONCURRENTLY waits for whole transactions, which hold their virtualxid. */
DB_STATEMENT find_blockers = {
    "migrate_find_blockers",
    "SELECT string_agg(" SESSION_TEXT " || coalesce(' holds ' || held.locks, ''), '; ') "
    "FROM unnest(pg_blocking_pids($1)) AS b (pid) JOIN pg_stat_activity AS a ON a.pid = b.pid, "
    "LATERAL (SELECT string_agg(DISTINCT CASE WHEN l.relation IS NULL THEN 'its transaction open' "
    "ELSE format('%s on %s', l.mode, l.relation::regclass) END, ', ') AS locks "
    "FROM pg_locks AS l JOIN pg_locks AS wanted ON wanted.pid = $1 AND NOT wanted.granted "
    "AND wanted.locktype = l.locktype AND wanted.relation IS NOT DISTINCT FROM l.relation "
    "AND wanted.virtualxid IS NOT DISTINCT FROM l.virtualxid "
    "AND wanted.transactionid IS NOT DISTINCT FROM l.transactionid "
    "WHERE l.pid = b.pid AND l.granted) AS held",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT find_holder = {
    "migrate_find_holder",
    "SELECT string_agg(" SESSION_TEXT ", '; ') FROM pg_locks AS l "
    "JOIN pg_stat_activity AS a ON a.pid = l.pid WHERE l.locktype = 'advisory' AND l.granted "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND l.objsubid = 1 AND ((l.classid::bigint << 32) | l.objid::bigint) = $1",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT find_exclusive = {
    "migrate_find_exclusive",
    "SELECT string_agg(DISTINCT " SESSION_TEXT " || format(' holds %s on %s', l.mode, "
    "c.relname), '; ') FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid "
    "JOIN pg_class AS c ON c.oid = l.relation WHERE l.mode = 'AccessExclusiveLock' AND l.granted "
    "AND l.pid <> pg_backend_pid() AND c.relkind IN ('r', 'i', 'v', 'm', 'S') "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    .runner = DB_BY_OPERATOR};

static Str first_text(DbSession *session, Arena *arena, const DbStatement *statement,
                      DbParams params)
{
    Error ignored;
    const DbRows *rows = db_session_query(session, arena, statement, params, &ignored);
    return rows && rows->count ? db_str(rows, 0, 0) : STR("");
}

Str migrate_describe_blockers(DbSession *session, Arena *arena, int backend)
{
    return first_text(session, arena, &find_blockers, DB_PARAMS(db_i64(backend)));
}

Str migrate_describe_holder(DbSession *session, Arena *arena, int64_t key)
{
    return first_text(session, arena, &find_holder, DB_PARAMS(db_i64(key)));
}

Str migrate_describe_exclusive(DbSession *session, Arena *arena)
{
    return first_text(session, arena, &find_exclusive, DB_NO_PARAMS);
}
