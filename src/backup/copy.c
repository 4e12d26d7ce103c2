/* SPDX-License-Identifier: Apache-2.0 */
/* The database of a backup in a scratch database, for trying something out with real rows. */
#include "backup/backup_private.h"

static bool is_interrupted(const Backup *backup)
{
    return backup->is_interrupted && backup->is_interrupted();
}

static bool give_up_if_interrupted(const Backup *backup, Error *error)
{
    return !is_interrupted(backup) || error_set(error, ERR_CANCELLED, "interrupted");
}

static bool watch(void *context, Str bytes, Error *error)
{
    (void)bytes;
    return give_up_if_interrupted(context, error);
}

/* A visitor that passes everything on until the user interrupts. */
typedef struct {
    Backup *backup;
    ArchiveVisitor next;
} Watched;

static bool watched_begin(void *context, Str name, uint64_t size, Error *error)
{
    const Watched *watched = context;
    return watched->next.begin(watched->next.context, name, size, error);
}

static bool watched_bytes(void *context, Str bytes, Error *error)
{
    const Watched *watched = context;
    return give_up_if_interrupted(watched->backup, error) &&
           watched->next.bytes(watched->next.context, bytes, error);
}

static bool watched_end(void *context, const Sha256 *digest, Error *error)
{
    const Watched *watched = context;
    return watched->next.end(watched->next.context, digest, error);
}

static bool check_archive(Backup *backup, Arena *arena, BackupContents *contents, Error *error)
{
    const ArchiveVisitor visitor = {.bytes = watch, .context = backup};
    backup_tell(backup, "checking the archive", 0);
    return backup_read(backup, arena, &visitor, contents, error) &&
           backup_check_schema(&contents->manifest, error);
}

/* Reads the archive again, which was checked, into the scratch database. */
static bool fill(const BackupCopy *copy, const BackupContents *contents, Error *error)
{
    auto_arena Arena *arena = arena_new();
    Backup *backup = copy->backup;
    BackupContents again = {.name = contents->name};
    ScratchFiller *filler = scratch_filler_new(backup, copy->server, copy->database, arena, error);
    if (!filler)
        return false;
    backup_tell(backup, "restoring the database", 0);
    Watched watched = {backup, scratch_filler_visitor(filler)};
    const ArchiveVisitor visitor = {watched_begin, watched_bytes, watched_end, &watched};
    bool read = backup_read(backup, arena, &visitor, &again, error);
    /* Ctrl-C reaches pg_restore as well, whose end is no reason of its own then. */
    if (!read && is_interrupted(backup))
        return error_set(error, ERR_CANCELLED, "interrupted");
    return read && (str_equal(again.text, contents->text) ||
                    error_set(error, ERR_CONFLICT, "the archive changed while it was read"));
}

static bool open_copy(BackupCopy *copy, Arena *arena, Str name, Error *error)
{
    BackupContents contents = {.name = name};
    if (!check_archive(copy->backup, arena, &contents, error))
        return false;
    copy->name = name;
    copy->created_at = contents.manifest.created_at;
    copy->schema = contents.manifest.schema;
    copy->server = backup_connect(copy->backup, "postgres", error);
    if (!copy->server || !backup_lock(copy->backup, error))
        return false;
    copy->database = scratch_make(copy->backup, copy->server, "rehearse", arena, error);
    if (!copy->database || !fill(copy, &contents, error))
        return false;
    copy->session = backup_connect(copy->backup, copy->database, error);
    return copy->session && db_session_run(copy->session, STR("ANALYZE"), error);
}

bool backup_copy_open(Backup *backup, Arena *arena, Str name, BackupCopy *out_copy, Error *error)
{
    *out_copy = (BackupCopy){.backup = backup};
    if (open_copy(out_copy, arena, name, error))
        return true;
    backup_copy_abandon(out_copy);
    return false;
}

bool backup_copy_close(BackupCopy *copy, Error *error)
{
    db_session_close(copy->session);
    copy->session = NULL;
    bool dropped = !copy->database || scratch_drop(copy->server, copy->database, error);
    copy->database = NULL;
    db_session_close(copy->server);
    copy->server = NULL;
    return dropped;
}

void backup_copy_abandon(BackupCopy *copy)
{
    db_session_close(copy->session);
    if (copy->database)
        scratch_abandon(copy->server, copy->database);
    db_session_close(copy->server);
    *copy = (BackupCopy){.backup = copy->backup};
}
