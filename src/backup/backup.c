/* SPDX-License-Identifier: Apache-2.0 */
/* The store of an installation, its connection, its lock, and the list of backups. */
#include "backup/backup.h"

#include "backup/backup_private.h"
#include "backup/retention.h"
#include "base/time.h"

#include <stdio.h>

/* "netguru backup" begins so; any constant of our own would do. */
static const int64_t BACKUP_LOCK = 0x6e67626163757001;

bool backup_open(Backup *backup, Arena *arena, Error *error)
{
    if (str_empty(backup->place))
        backup->place = config_str(backup->settings, "NETGURU_BACKUP_STORE");
    if (str_empty(backup->place))
        backup->place = arena_printf(arena, "%s/backups", backup->home->path);
    backup->store = store_open(backup->settings, backup->place, error);
    return backup->store != NULL;
}

void backup_close(Backup *backup)
{
    db_session_close(backup->lock);
    backup->lock = NULL;
    store_free(backup->store);
    backup->store = NULL;
}

void backup_tell(const Backup *backup, const char *stage, uint64_t bytes)
{
    if (backup->report)
        backup->report(backup->context, stage, bytes);
}

Str backup_url(const Backup *backup, Arena *arena)
{
    Str url = config_str(backup->settings, "NETGURU_BACKUP_DATABASE_URL");
    return str_empty(url) ? home_owner_url(backup->home, backup->settings, arena) : url;
}

DbSession *backup_connect(const Backup *backup, const char *database, Error *error)
{
    auto_arena Arena *arena = arena_new();
    DbSession *session =
        db_session_open_in(backup_url(backup, arena), database, "netguru backup", error);
    if (!session)
        error_prefix(error, "cannot open the database (is netguru up running?): ");
    return session;
}

/* A lock counts in one database alone, and scratch databases are the server's, so all calls lock in
 * the same one. */
bool backup_lock(Backup *backup, Error *error)
{
    Error reason = {0};
    if (!backup->lock)
        backup->lock = backup_connect(backup, "postgres", error);
    if (!backup->lock)
        return false;
    if (!db_session_lock(backup->lock, BACKUP_LOCK, 0, &reason)) {
        backup->is_busy = reason.code == ERR_CONFLICT;
        if (backup->is_busy)
            return error_set(error, ERR_CONFLICT,
                             "another backup, proof or restore on this database server is running");
        *error = reason;
        return false;
    }
    backup->is_busy = false;
    return scratch_sweep(backup->lock, error);
}

/* Parses "netguru_20260212T030000Z". */
bool backup_parse_name(Str object, int64_t *out_created_s, bool *out_is_encrypted)
{
    char text[TIME_TEXT_SIZE];
    int64_t time_us = 0;
    Str stamp = str_slice(object, sizeof("netguru_") - 1, sizeof("20260212T030000Z") - 1);
    Str ending = str_from(object, sizeof("netguru_20260212T030000Z") - 1);
    bool is_encrypted = str_equal(ending, STR(BACKUP_SEALED_ENDING));
    if (!str_starts_with(object, STR("netguru_")) ||
        (!is_encrypted && !str_equal(ending, STR(BACKUP_ENDING))))
        return false;
    snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", stamp.data, stamp.data + 4,
             stamp.data + 6, stamp.data + 9, stamp.data + 11, stamp.data + 13);
    if (stamp.data[8] != 'T' || stamp.data[15] != 'Z' ||
        !time_parse_rfc3339(str_of(text), &time_us))
        return false;
    *out_created_s = time_us / 1000000;
    *out_is_encrypted = is_encrypted;
    return true;
}

bool backup_list(Backup *backup, Arena *arena, BackupSummaryVec *out_list, Error *error)
{
    StoreObjectVec objects = {0};
    BackupSummaryVec list = {0};
    char text[TIME_TEXT_SIZE];
    if (!store_list(backup->store, arena, &objects, error))
        return false;
    for (size_t i = 0; i < objects.count; i++) {
        BackupSummary summary = {.name = objects.items[i].name,
                                 .size_bytes = objects.items[i].size};
        if (!backup_parse_name(summary.name, &summary.created_s, &summary.is_encrypted))
            continue;
        summary.created_at =
            arena_copy(arena, str_of(time_write_rfc3339(summary.created_s * 1000000, text)));
        notes_load(backup, arena, &summary);
        *VEC_PUSH(arena, &list) = summary;
    }
    *out_list = list;
    return true;
}

bool backup_find(Backup *backup, Arena *arena, Str wanted, Str *out_name, Error *error)
{
    StoreObjectVec objects = {0};
    size_t found = 0;
    int64_t created_s = 0;
    bool is_encrypted = false;
    if (!store_list(backup->store, arena, &objects, error))
        return false;
    for (size_t i = 0; i < objects.count; i++) {
        Str name = objects.items[i].name;
        bool is_latest = str_equal(wanted, STR("latest"));
        if (!backup_parse_name(name, &created_s, &is_encrypted) ||
            (!is_latest && !str_starts_with(name, wanted)))
            continue;
        *out_name = name;
        found = is_latest ? 1 : found + 1;
    }
    if (found > 1)
        return error_set(error, ERR_VALIDATION, "%zu backups start with \"%.*s\"", found,
                         STR_ARGS(str_slice(wanted, 0, 64)));
    return found == 1 || error_set(error, ERR_NOT_FOUND, "there is no backup \"%.*s\" in %.*s",
                                   STR_ARGS(str_slice(wanted, 0, 64)), STR_ARGS(backup->place));
}

static bool remove_backup(Backup *backup, Str name, Error *error)
{
    char notes[STORE_NAME_SIZE];
    char archive[STORE_NAME_SIZE];
    snprintf(notes, sizeof(notes), "%.*s.json", STR_ARGS(name));
    check(str_copy_to(name, archive, sizeof(archive)));
    return store_remove(backup->store, archive, error) && store_remove(backup->store, notes, error);
}

/* Deletes under the lock, so that no proof loses its archive meanwhile. */
static bool remove_all(Backup *backup, const StrVec *names, Error *error)
{
    if (!backup_lock(backup, error))
        return false;
    for (size_t i = 0; i < names->count; i++) {
        if (!remove_backup(backup, names->items[i], error))
            return false;
    }
    return true;
}

bool backup_prune(Backup *backup, Arena *arena, bool dry, StrVec *out_removed, Error *error)
{
    StrVec removed = {0};
    BackupSummaryVec list = {0};
    if (!backup_list(backup, arena, &list, error))
        return false;
    RetentionItem *items = ARENA_ARRAY(arena, RetentionItem, list.count);
    for (size_t i = 0; i < list.count; i++) {
        items[i].created_s = list.items[i].created_s;
        items[i].is_damaged = list.items[i].has_proof && !list.items[i].proof.passed;
    }
    retention_decide(items, list.count, &retention_default, time_now_us() / 1000000);
    for (size_t i = 0; i < list.count; i++) {
        if (!items[i].keep)
            *VEC_PUSH(arena, &removed) = list.items[i].name;
    }
    *out_removed = removed;
    return dry || removed.count == 0 || remove_all(backup, &removed, error);
}
