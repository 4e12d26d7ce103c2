/* SPDX-License-Identifier: Apache-2.0 */
/* Indexes and statistics. Indexes that are missing are found with the schema. */
#include "app/doctor/internal.h"

#include "knowledge/vector_index.h"

/* An index that is being built now is invalid, too. REINDEX leaves names that end in _ccnew. */
static const char *const find_invalid =
    "SELECT format('%I.%I', n.nspname, c.relname), c.relname ~ '_cc(new|old)[0-9]*$'"
    " FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE NOT (i.indisvalid AND i.indisready) AND n.nspname = 'public'"
    " AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS p"
    "  WHERE p.index_relid = c.oid OR p.relid = i.indrelid) ORDER BY 1 LIMIT 20";

static const char *const find_unused =
    "SELECT count(*), string_agg(s.indexrelname, ', ' ORDER BY s.indexrelname),"
    " (SELECT coalesce(stats_reset::date::text, 'the start') FROM pg_stat_database"
    "  WHERE datname = current_database())"
    " FROM pg_stat_user_indexes AS s JOIN pg_index AS i ON i.indexrelid = s.indexrelid"
    " JOIN pg_class AS t ON t.oid = s.relid"
    " WHERE s.idx_scan = 0 AND NOT i.indisunique AND t.reltuples > 10000";

static bool build_again(Doctor *doctor, Finding *finding, Error *error)
{
    DbSession *session = doctor_write_session(doctor, error);
    if (!session || !db_session_run(session, finding->target, error))
        return false;
    finding->done = arena_printf(doctor->arena, "ran %.*s", STR_ARGS(finding->target));
    return true;
}

static void add_invalid(Doctor *doctor, Str name, bool is_leftover)
{
    Finding *finding =
        doctor_add(doctor, FINDING_ERROR, "the index %.*s is invalid", STR_ARGS(name));
    finding->cause = STR("its CREATE INDEX CONCURRENTLY or REINDEX was interrupted: no search uses "
                         "it, but each write pays for it");
    finding->target = arena_printf(doctor->arena, "%s INDEX CONCURRENTLY %.*s",
                                   is_leftover ? "DROP" : "REINDEX", STR_ARGS(name));
    finding->command = doctor_psql(doctor, "%.*s", STR_ARGS(finding->target));
    finding->fix = build_again;
}

void doctor_check_indexes(Doctor *doctor)
{
    const DbRows *invalid = doctor_query(doctor, find_invalid);
    const DbRows *unused = invalid ? doctor_query(doctor, find_unused) : NULL;
    for (size_t row = 0; invalid && row < invalid->count; row++)
        add_invalid(doctor, db_str(invalid, row, 0), db_read_bool(invalid, row, 1));
    if (!unused)
        return;
    if (db_read_i64(unused, 0, 0) > 0)
        doctor_add(doctor, FINDING_OK, "on tables above 10,000 rows, not used since %.*s: %.*s",
                   STR_ARGS(db_str(unused, 0, 2)), STR_ARGS(db_str(unused, 0, 1)));
    else if (invalid->count == 0)
        doctor_add(doctor, FINDING_OK, "all are valid, and those of large tables are used");
}

void doctor_check_vector_indexes(Doctor *doctor)
{
    Error error = {0};
    int64_t wanted = 0;
    if (!vector_index_count_wanted(doctor->session, doctor->arena, &wanted, &error)) {
        doctor_add(doctor, FINDING_UNKNOWN, "%s", error.message)->command = STR("netguru maintain");
        return;
    }
    if (!wanted) {
        doctor_add(doctor, FINDING_OK, "all accounts with %d chunks or more have one",
                   VECTOR_INDEX_CHUNKS);
        return;
    }
    Finding *finding =
        doctor_add(doctor, FINDING_WARNING, "%lld large accounts have none yet", (long long)wanted);
    finding->cause = STR("their search is slow; the next run of netguru maintain builds them");
    finding->command = STR("netguru maintain");
}

/* Small tables need no statistics. A crash of the server forgets the times, but no statistics. */
static const char *const find_without_statistics =
    "SELECT format('%I.%I', s.schemaname, s.relname), s.n_live_tup FROM pg_stat_user_tables AS s"
    " WHERE s.schemaname = 'public' AND s.n_live_tup > 1000"
    " AND s.last_analyze IS NULL AND s.last_autoanalyze IS NULL AND NOT EXISTS"
    "  (SELECT FROM pg_stats AS p WHERE p.schemaname = s.schemaname AND p.tablename = s.relname)"
    " ORDER BY 1 LIMIT 20";

void doctor_check_statistics(Doctor *doctor)
{
    const DbRows *rows = doctor_query(doctor, find_without_statistics);
    for (size_t row = 0; rows && row < rows->count; row++) {
        Finding *finding =
            doctor_add(doctor, FINDING_WARNING, "the table %.*s has %lld rows and no statistics",
                       STR_ARGS(db_str(rows, row, 0)), (long long)db_read_i64(rows, row, 1));
        finding->cause = STR("PostgreSQL cannot choose good plans");
        finding->target =
            arena_printf(doctor->arena, "ANALYZE %.*s", STR_ARGS(db_str(rows, row, 0)));
        finding->command = doctor_psql(doctor, "%.*s", STR_ARGS(finding->target));
        finding->fix = build_again;
    }
    if (rows && rows->count == 0)
        doctor_add(doctor, FINDING_OK, "all tables with more than 1,000 rows have them");
}
