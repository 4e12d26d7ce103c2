/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings back one user into a living installation: the backup is restored into a scratch database
 * and migrated, and the rows of the user that are missing are copied in one transaction. The tables
 * and their order come from the catalog, so a new table needs no change here.
 */
#include "backup/backup_private.h"

#include "base/log.h"
#include "ops/migrate.h"

#include <stdio.h>

typedef struct {
    Backup *backup;
    Arena *arena;
    DbSession *session; /* of the living database */
    DbSession *scratch;
    const char *database;
    Str email;
    Str user; /* id in the backup */
    BackupContents contents;
    BackupUserRestored restored;
} UserRestoration;

static void report_step(const char *revision, bool up, double duration_s)
{
    (void)up;
    log_info("backup.migrate", LOG_TEXT("revision", revision), LOG_FLOAT("seconds", duration_s));
}

DB_STATEMENT find_user = {"backup_restore_user_find_user",
                          "SELECT id FROM users WHERE lower(email) = lower($1)",
                          .runner = DB_BY_OPERATOR};

/*
 * Tables with rows of users: users itself, and those with a user_id. Referenced tables first. Never
 * those whose rows must not come back: an old entry would break the chain of the audit log, and a
 * token or a consent may have been withdrawn since.
 */
DB_STATEMENT find_tables = {
    "backup_restore_user_find_tables",
    "WITH RECURSIVE ours AS (SELECT c.oid, c.relname FROM pg_class c WHERE c.relkind = 'r' AND"
    "  c.relnamespace = 'public'::regnamespace AND c.relname NOT IN ('audit_log',"
    "  'consents', 'personal_access_tokens') AND (c.relname = 'users' OR EXISTS (SELECT FROM"
    "  pg_attribute WHERE attrelid = c.oid AND attname = 'user_id' AND NOT attisdropped))),"
    " depth AS (SELECT oid, relname, 0 AS level FROM ours UNION"
    "  SELECT ours.oid, ours.relname, depth.level + 1 FROM depth JOIN pg_constraint f ON"
    "  f.confrelid = depth.oid AND f.contype = 'f' AND f.conrelid <> f.confrelid JOIN ours ON"
    "  ours.oid = f.conrelid WHERE depth.level < 10)"
    " SELECT relname, CASE relname WHEN 'users' THEN 'id' ELSE 'user_id' END,"
    " (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute WHERE"
    "  attrelid = depth.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '')"
    " FROM depth GROUP BY oid, relname ORDER BY max(level), relname",
    .runner = DB_BY_OPERATOR};

/*
 * Builds the statement that inserts the rows which are missing. A row is left out when its id
 * exists, when another row has its unique value (the file was uploaded again, say), and when it
 * refers to a row that was left out. The rows that it refers to are locked, as a foreign key does.
 */
DB_STATEMENT build_insert = {
    "backup_restore_user_build_insert",
    "SELECT format('INSERT INTO public.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM pg_temp.%I r"
    "%s ON CONFLICT DO NOTHING', $1::text, $2::text, $2::text, 'restored_' || $1::text,"
    " coalesce(' WHERE ' ||"
    " string_agg(reference, ' AND '), '')) FROM (SELECT format('(%s OR EXISTS (SELECT FROM %s p"
    " WHERE %s FOR KEY SHARE))', string_agg(format('r.%I IS NULL', child.attname), ' OR '),"
    " f.confrelid::regclass, string_agg(format('p.%I = r.%I', parent.attname, child.attname),"
    " ' AND ')) AS reference FROM pg_constraint f, unnest(f.conkey, f.confkey) AS keys (child,"
    " parent), pg_attribute child, pg_attribute parent WHERE f.contype = 'f' AND f.conrelid ="
    " format('public.%I', $1::text)::regclass AND f.confrelid <> f.conrelid"
    " AND child.attrelid = f.conrelid AND child.attnum = keys.child"
    " AND parent.attrelid = f.confrelid AND parent.attnum = keys.parent"
    " GROUP BY f.oid, f.confrelid) conditions",
    .runner = DB_BY_OPERATOR};

static bool run_built(DbSession *session, const DbRows *built, uint64_t *out_rows, Error *error)
{
    auto_arena Arena *arena = arena_new();
    if (!built)
        return false;
    const DbStatement statement = {NULL, arena_cstring(arena, db_str(built, 0, 0))};
    const DbRows *rows = db_session_query(session, arena, &statement, DB_NO_PARAMS, error);
    if (rows)
        *out_rows = rows->affected;
    return rows != NULL;
}

static bool copy_table(UserRestoration *restoration, const DbRows *tables, size_t row, Error *error)
{
    Arena *arena = restoration->arena;
    Str table = db_str(tables, row, 0);
    Str key = db_str(tables, row, 1);
    Str columns = db_str(tables, row, 2);
    BackupUserRows *rows = VEC_PUSH(arena, &restoration->restored.tables);
    rows->table = arena_copy(arena, table);
    Str create = arena_printf(arena,
                              "CREATE TEMP TABLE \"restored_%.*s\" ON COMMIT DROP AS SELECT %.*s "
                              "FROM public.\"%.*s\" WITH NO DATA",
                              STR_ARGS(table), STR_ARGS(columns), STR_ARGS(table));
    Str query = arena_printf(arena,
                             "COPY (SELECT %.*s FROM public.\"%.*s\" WHERE \"%.*s\" = '%.*s') TO "
                             "STDOUT",
                             STR_ARGS(columns), STR_ARGS(table), STR_ARGS(key),
                             STR_ARGS(restoration->user));
    Str into = arena_printf(arena, "COPY pg_temp.\"restored_%.*s\" FROM STDIN", STR_ARGS(table));
    if (!db_session_run(restoration->session, create, error) ||
        !db_session_copy(restoration->scratch, restoration->session, &(DbCopy){query, into},
                         &rows->found, error))
        return error_prefix(error, "%.*s: ", STR_ARGS(table));
    const DbRows *built = db_session_query(restoration->session, arena, &build_insert,
                                           DB_PARAMS(db_text(table), db_text(columns)), error);
    return run_built(restoration->session, built, &rows->inserted, error) ||
           error_prefix(error, "%.*s: ", STR_ARGS(table));
}

/* An account of that address that is not the one of the backup must not be mixed with it. */
static bool check_user(UserRestoration *restoration, Error *error)
{
    Arena *arena = restoration->arena;
    const DbParam email = db_text(restoration->email);
    const DbRows *then =
        db_session_query(restoration->scratch, arena, &find_user, DB_PARAMS(email), error);
    const DbRows *now =
        then ? db_session_query(restoration->session, arena, &find_user, DB_PARAMS(email), error)
             : NULL;
    if (!now)
        return false;
    if (then->count == 0)
        return error_set(error, ERR_NOT_FOUND, "the backup has no account %.*s",
                         STR_ARGS(restoration->email));
    restoration->user = arena_copy(arena, db_str(then, 0, 0));
    return now->count == 0 || str_equal(db_str(now, 0, 0), restoration->user) ||
           error_set(error, ERR_CONFLICT,
                     "%.*s belongs to another account by now, which was registered after the "
                     "backup: change its address first",
                     STR_ARGS(restoration->email));
}

/* The rows keep their ids, so the next ids must lie behind them. */
static const char advance_ids[] =
    "DO $$ DECLARE ids record; BEGIN FOR ids IN SELECT format('SELECT setval(%L, greatest((SELECT"
    " coalesce(max(%I), 1) FROM public.%I), nextval(%L)))', sequence, attname, relname, sequence)"
    " AS statement FROM (SELECT a.attname, c.relname, pg_get_serial_sequence(format('public.%I',"
    " c.relname), a.attname) AS sequence FROM pg_attribute a JOIN pg_class c ON c.oid ="
    " a.attrelid AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace WHERE"
    " a.attidentity <> '') found LOOP EXECUTE ids.statement; END LOOP; END $$";

/* The sweep would erase an account again that was closed when the backup was made. It stays closed,
 * and an administrator decides. */
static bool stop_erasure(UserRestoration *restoration, Error *error)
{
    DB_STATEMENT stop = {
        "backup_restore_user_stop",
        "UPDATE users SET erase_after = NULL WHERE id = $1 AND erase_after <= clock_timestamp()",
        .runner = DB_BY_OPERATOR};
    const DbRows *rows = db_session_query(restoration->session, restoration->arena, &stop,
                                          DB_PARAMS(db_text(restoration->user)), error);
    if (rows)
        restoration->restored.erasure_stopped = rows->affected > 0;
    return rows != NULL;
}

/* Copies the tables in their order. A key that is missing from an account that exists was deleted
 * by its user. */
static bool copy_tables(UserRestoration *restoration, const DbRows *tables, Error *error)
{
    bool is_new = false;
    for (size_t i = 0; i < tables->count; i++) {
        Str table = db_str(tables, i, 0);
        if (str_equal(table, STR("api_keys")) && !is_new)
            continue;
        if (!copy_table(restoration, tables, i, error))
            return false;
        if (!str_equal(table, STR("users")))
            continue;
        size_t count = restoration->restored.tables.count;
        is_new = restoration->restored.tables.items[count - 1].inserted;
        if (is_new && !stop_erasure(restoration, error))
            return false;
    }
    return true;
}

/* Triggers would count and charge the rows again, so they are off; references are checked by the
 * statements. */
static bool copy_rows(UserRestoration *restoration, Error *error)
{
    DbSession *session = restoration->session;
    if (!db_session_run(session,
                        STR("BEGIN; SET LOCAL session_replication_role = replica;"
                            " SET LOCAL search_path = public"),
                        error))
        return false;
    const DbRows *tables =
        db_session_query(session, restoration->arena, &find_tables, DB_NO_PARAMS, error);
    return tables && copy_tables(restoration, tables, error) &&
           db_session_run(session, str_of(advance_ids), error);
}

/* The files come before the rows: a file without a row is harmless, and the transaction that locks
 * rows of the living database stays short. */
static bool restore_files(UserRestoration *restoration, Error *error)
{
    BackupContents again = {.name = restoration->contents.name};
    auto_arena Arena *arena = arena_new();
    Backup *backup = restoration->backup;
    FileRestorer files = {.home = backup->home, .user = restoration->user, .keeps_present = true};
    const ArchiveVisitor visitor = file_restorer_visitor(&files);
    bool read = backup_read(backup, arena, &visitor, &again, error);
    file_restorer_done(&files);
    restoration->restored.files = files.written;
    restoration->restored.files_present = files.present;
    return read;
}

static bool fill_scratch(UserRestoration *restoration, Error *error)
{
    BackupContents again = {.name = restoration->contents.name};
    auto_arena Arena *arena = arena_new();
    ScratchFiller *filler = scratch_filler_new(restoration->backup, restoration->session,
                                               restoration->database, arena, error);
    if (!filler)
        return false;
    const ArchiveVisitor visitor = scratch_filler_visitor(filler);
    backup_tell(restoration->backup, "restoring", 0);
    return backup_read(restoration->backup, arena, &visitor, &again, error);
}

static bool bring_back(UserRestoration *restoration, Error *error)
{
    if (!fill_scratch(restoration, error))
        return false;
    restoration->scratch = backup_connect(restoration->backup, restoration->database, error);
    if (!restoration->scratch ||
        !migrate_upgrade(restoration->scratch, STR("head"), report_step, error))
        return false;
    return check_user(restoration, error) && restore_files(restoration, error) &&
           copy_rows(restoration, error) &&
           db_session_run(restoration->session, STR("COMMIT"), error);
}

static bool restore_user(UserRestoration *restoration, Error *error)
{
    Error ignored = {0};
    restoration->database =
        scratch_make(restoration->backup, restoration->session, "user", restoration->arena, error);
    if (!restoration->database)
        return false;
    bool done = bring_back(restoration, error);
    db_session_close(restoration->scratch);
    if (!done && db_session_in_transaction(restoration->session) &&
        !db_session_run(restoration->session, STR("ROLLBACK"), &ignored))
        return false;
    if (!done) {
        scratch_abandon(restoration->session, restoration->database);
        return false;
    }
    return scratch_drop(restoration->session, restoration->database, error);
}

bool backup_restore_user(Backup *backup, Arena *arena, const BackupRestoreOptions *options,
                         BackupUserRestored *out_restored, Error *error)
{
    UserRestoration restoration = {
        .backup = backup, .arena = arena, .email = options->email, .contents.name = options->name};
    backup_tell(backup, "checking the archive", 0);
    if (!backup_read(backup, arena, NULL, &restoration.contents, error) ||
        !backup_check_schema(&restoration.contents.manifest, error))
        return false;
    auto_session DbSession *session = backup_connect(backup, NULL, error);
    restoration.session = session;
    if (!session || !migrate_check(session, error) || !backup_lock(backup, error) ||
        !restore_user(&restoration, error))
        return false;
    *out_restored = restoration.restored;
    return true;
}
