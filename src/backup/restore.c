/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings an installation back. The archive is read twice: first to check all of it, then to restore
 * it into a new database, which is compared, migrated, and takes the name of the old one last.
 */
#include "backup/backup_private.h"

#include "backup/survey.h"
#include "base/log.h"
#include "ops/migrate.h"
#include "services/encryption.h"

#include <stdio.h>

typedef struct {
    Backup *backup;
    Arena *arena;
    DbSession *server; /* in the database postgres; it holds the lock */
    const char *target;
    const char *database; /* the new one, until it has the name of the target */
    const BackupRestoreOptions *options;
    BackupContents contents;
    FileRestorer files;
    Str former;
    bool target_exists;
    bool target_is_empty;
} Restoration;

static void report_step(const char *revision, bool up, double duration_s)
{
    (void)up;
    log_info("backup.migrate", LOG_TEXT("revision", revision), LOG_FLOAT("seconds", duration_s));
}

static const DbStatement find_target = {
    NULL,
    "SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND backend_type ="
    " 'client backend' AND usename IN ('netguru_serve', 'netguru_work', 'netguru_app'))"
    " FROM pg_database WHERE datname = $1",
};

static const DbStatement has_tables = {NULL, "SELECT to_regclass('public.users') IS NOT NULL"};
static const DbStatement count_contents = {
    NULL, "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM knowledge_sources)"};

static bool inspect_contents(Restoration *restoration, Error *error)
{
    auto_session DbSession *session =
        backup_connect(restoration->backup, restoration->target, error);
    const DbRows *rows =
        session ? db_session_query(session, restoration->arena, &has_tables, DB_NO_PARAMS, error)
                : NULL;
    if (!rows)
        return false;
    restoration->target_is_empty = !db_read_bool(rows, 0, 0);
    if (restoration->target_is_empty)
        return true;
    rows = db_session_query(session, restoration->arena, &count_contents, DB_NO_PARAMS, error);
    if (!rows)
        return error_prefix(error, "the present database: ");
    int64_t users = db_read_i64(rows, 0, 0);
    int64_t sources = db_read_i64(rows, 0, 1);
    restoration->target_is_empty = users == 0 && sources == 0;
    return restoration->target_is_empty || restoration->options->replace ||
           error_set(error, ERR_CONFLICT,
                     "the database %s is not empty: it has %lld accounts and %lld sources of "
                     "knowledge. --replace restores in its place and keeps it under another name",
                     restoration->target, (long long)users, (long long)sources);
}

static bool inspect_target(Restoration *restoration, Error *error)
{
    const DbRows *rows = db_session_query(restoration->server, restoration->arena, &find_target,
                                          DB_PARAMS(db_text(str_of(restoration->target))), error);
    if (!rows)
        return false;
    restoration->target_exists = rows->count > 0;
    if (!restoration->target_exists)
        return true;
    if (db_read_i64(rows, 0, 0) > 0)
        return error_set(error, ERR_CONFLICT,
                         "serve or work are connected to the database %s: stop them first",
                         restoration->target);
    return inspect_contents(restoration, error);
}

static bool restore_database(Restoration *restoration, Error *error)
{
    BackupContents again = {.name = restoration->contents.name};
    Backup *backup = restoration->backup;
    auto_arena Arena *arena = arena_new();
    restoration->files = (FileRestorer){.home = backup->home};
    const ArchiveVisitor files = file_restorer_visitor(&restoration->files);
    ScratchFiller *filler =
        scratch_filler_new(backup, restoration->server, restoration->database, arena, error);
    if (!filler)
        return false;
    backup_tell(backup, "restoring", 0);
    scratch_filler_pass(filler, &files);
    const ArchiveVisitor visitor = scratch_filler_visitor(filler);
    bool read = backup_read(backup, arena, &visitor, &again, error);
    file_restorer_done(&restoration->files);
    return read && (str_equal(again.text, restoration->contents.text) ||
                    error_set(error, ERR_CONFLICT, "the archive changed while it was read"));
}

static bool finish_database(const Restoration *restoration, Error *error)
{
    Backup *backup = restoration->backup;
    bool has_canary = false;
    backup_tell(backup, "comparing", 0);
    auto_session DbSession *session = backup_connect(backup, restoration->database, error);
    if (!session || !survey_compare(session, &restoration->contents.manifest, error) ||
        !encryption_has_canary(session, &has_canary, error) ||
        (has_canary && !encryption_check_canary(session, backup->keyring, error)))
        return false;
    backup_tell(backup, "migrating", 0);
    return db_session_run(session, STR("RESET ALL"), error) &&
           migrate_upgrade(session, STR("head"), report_step, error) &&
           db_session_run(session, STR("ANALYZE"), error);
}

static bool rename_database(DbSession *session, const char *from, const char *to, Error *error)
{
    auto_arena Arena *arena = arena_new();
    static const DbStatement quote = {
        NULL, "SELECT format('ALTER DATABASE %I RENAME TO %I', $1::text, $2::text)"};
    const DbRows *rows = db_session_query(
        session, arena, &quote, DB_PARAMS(db_text(str_of(from)), db_text(str_of(to))), error);
    return rows && db_session_run(session, db_str(rows, 0, 0), error);
}

/* Whatever fails here leaves both databases; the message names them. */
static bool take_place(Restoration *restoration, Error *error)
{
    char former[128];
    DbSession *server = restoration->server;
    if (restoration->target_exists) {
        snprintf(former, sizeof(former), "netguru_before_%s",
                 restoration->database + strlen(restoration->database) - 12);
        if (!rename_database(server, restoration->target, former, error))
            return false;
        restoration->former = arena_copy(restoration->arena, str_of(former));
    }
    if (!rename_database(server, restoration->database, restoration->target, error)) {
        return error_prefix(error, "the restored database is %s, the former one %.*s: ",
                            restoration->database, STR_ARGS(restoration->former));
    }
    restoration->database = NULL;
    if (!restoration->target_is_empty || !restoration->target_exists)
        return true;
    restoration->former = STR("");
    return scratch_drop(server, former, error);
}

static bool restore(Restoration *restoration, Error *error)
{
    if (!inspect_target(restoration, error))
        return false;
    restoration->database = scratch_make(restoration->backup, restoration->server, "restore",
                                         restoration->arena, error);
    if (!restoration->database)
        return false;
    bool done = restore_database(restoration, error) && finish_database(restoration, error) &&
                take_place(restoration, error);
    if (!done && restoration->database && str_empty(restoration->former))
        scratch_abandon(restoration->server, restoration->database);
    return done;
}

static const DbStatement find_name = {NULL, "SELECT current_database()"};

/* The name of the installation's database, without connecting to it: it may not exist. */
static bool find_target_name(const Backup *backup, Arena *arena, const char **out_name,
                             Error *error)
{
    Error reason = {0};
    auto_session DbSession *session = backup_connect(backup, NULL, &reason);
    if (!session) {
        *out_name = "netguru";
        return true;
    }
    const DbRows *rows = db_session_query(session, arena, &find_name, DB_NO_PARAMS, error);
    if (rows)
        *out_name = arena_cstring(arena, db_str(rows, 0, 0));
    return rows != NULL;
}

bool backup_restore(Backup *backup, Arena *arena, const BackupRestoreOptions *options,
                    BackupRestored *out_restored, Error *error)
{
    auto_arena Arena *scratch = arena_new();
    Restoration restoration = {
        .backup = backup, .arena = scratch, .options = options, .contents.name = options->name};
    backup_tell(backup, "checking the archive", 0);
    if (!backup_read(backup, scratch, NULL, &restoration.contents, error) ||
        !backup_check_schema(&restoration.contents.manifest, error) ||
        !find_target_name(backup, scratch, &restoration.target, error))
        return false;
    auto_session DbSession *server = backup_connect(backup, "postgres", error);
    restoration.server = server;
    if (!server || !backup_lock(backup, server, error) || !restore(&restoration, error))
        return false;
    auto_session DbSession *session = backup_connect(backup, restoration.target, error);
    Str schema;
    if (!session || !migrate_current(session, scratch, &schema, error))
        return false;
    *out_restored = (BackupRestored){
        .schema = arena_copy(arena, schema),
        .files = restoration.files.written + restoration.files.present,
        .former = arena_copy(arena, restoration.former),
    };
    return true;
}
