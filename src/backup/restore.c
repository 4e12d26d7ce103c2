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
    DbSession *server; /* in the database postgres */
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

DB_STATEMENT find_target = {
    "backup_restore_find_target",
    "SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND backend_type ="
    " 'client backend' AND usename IN ('netguru_serve', 'netguru_work', 'netguru_app'))"
    " FROM pg_database WHERE datname = $1",
    .runner = DB_BY_OPERATOR};

/* Whether there is a table, a sequence or the like of anyone, and whether the tables are ours. */
DB_STATEMENT has_relations = {
    "backup_restore_has_relations",
    "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE"
    " c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <>"
    " 'information_schema' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND"
    " d.classid = 'pg_class'::regclass AND d.deptype = 'e')), to_regclass('public.users') IS NOT"
    " NULL AND to_regclass('public.knowledge_sources') IS NOT NULL AND"
    " to_regclass('public.alembic_version') IS NOT NULL, to_regclass('public.audit_log') IS NOT"
    " NULL",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT count_contents = {
    "backup_restore_count_contents",
    "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM knowledge_sources)",
    .runner = DB_BY_OPERATOR};
DB_STATEMENT count_entries = {"backup_restore_count_entries", "SELECT count(*) FROM audit_log",
                              .runner = DB_BY_OPERATOR};

/* What is not empty is replaced only if asked for, and then kept. */
static bool refuse_contents(const Restoration *restoration, const char *what, Error *error)
{
    return restoration->options->replace ||
           error_set(error, ERR_CONFLICT,
                     "the database %s is not empty: it has %s. --replace restores in its place and "
                     "keeps it under another name",
                     restoration->target, what);
}

static bool count_ours(Restoration *restoration, DbSession *session, bool has_log, Error *error)
{
    Arena *arena = restoration->arena;
    const DbRows *rows = db_session_query(session, arena, &count_contents, DB_NO_PARAMS, error);
    const DbRows *log = rows && has_log
                            ? db_session_query(session, arena, &count_entries, DB_NO_PARAMS, error)
                            : NULL;
    if (!rows || (has_log && !log))
        return error_prefix(error, "the present database: ");
    int64_t users = db_read_i64(rows, 0, 0);
    int64_t sources = db_read_i64(rows, 0, 1);
    int64_t entries = log ? db_read_i64(log, 0, 0) : 0;
    restoration->target_is_empty = users == 0 && sources == 0 && entries == 0;
    Str what = arena_printf(
        arena, "%lld accounts, %lld sources of knowledge and %lld entries in the audit log",
        (long long)users, (long long)sources, (long long)entries);
    return restoration->target_is_empty || refuse_contents(restoration, what.data, error);
}

static bool inspect_contents(Restoration *restoration, Error *error)
{
    auto_session DbSession *session =
        backup_connect(restoration->backup, restoration->target, error);
    const DbRows *rows =
        session ? db_session_query(session, restoration->arena, &has_relations, DB_NO_PARAMS, error)
                : NULL;
    if (!rows)
        return false;
    restoration->target_is_empty = !db_read_bool(rows, 0, 0);
    if (restoration->target_is_empty)
        return true;
    return db_read_bool(rows, 0, 1)
               ? count_ours(restoration, session, db_read_bool(rows, 0, 2), error)
               : refuse_contents(restoration, "tables of another program", error);
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

/* One script is one transaction: both databases get their new names, or none does. */
DB_STATEMENT build_renames = {
    "backup_restore_build_renames",
    "SELECT CASE WHEN $3::boolean THEN format('ALTER DATABASE %I RENAME TO %I; ', $1::text,"
    " $4::text) ELSE '' END || format('ALTER DATABASE %I RENAME TO %I', $2::text, $1::text)",
    .runner = DB_BY_OPERATOR};

static bool take_place(Restoration *restoration, Error *error)
{
    char former[128];
    DbSession *server = restoration->server;
    snprintf(former, sizeof(former), "netguru_before_%s",
             restoration->database + strlen(restoration->database) - 12);
    const DbRows *rows = db_session_query(
        server, restoration->arena, &build_renames,
        DB_PARAMS(db_text(str_of(restoration->target)), db_text(str_of(restoration->database)),
                  db_bool(restoration->target_exists), db_text(str_of(former))),
        error);
    if (!rows || !db_session_run(server, db_str(rows, 0, 0), error))
        return false;
    restoration->database = NULL;
    if (!restoration->target_exists)
        return true;
    if (restoration->target_is_empty)
        return scratch_drop(server, former, error);
    restoration->former = arena_copy(restoration->arena, str_of(former));
    return true;
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
    if (!done && restoration->database)
        scratch_abandon(restoration->server, restoration->database);
    return done;
}

/* The name of the installation's database, without connecting to it: it may not exist. */
static bool find_target_name(const Backup *backup, Arena *arena, const char **out_name,
                             Error *error)
{
    auto_arena Arena *secret = arena_new();
    Str name = db_session_name_in(backup_url(backup, secret), arena);
    if (str_empty(name))
        return error_set(error, ERR_VALIDATION,
                         "the address of the database names no database: postgresql://host/NAME");
    *out_name = name.data;
    return true;
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
    if (!server || !backup_lock(backup, error) || !restore(&restoration, error))
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
