/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share:
 *
 *     archive_*.c, manifest.c   the format
 *     store_*.c, cipher.c       where the bytes go, and their encryption
 *     survey.c                  what a database answers
 *     create.c                  makes a backup
 *     open.c                    reads an archive from the store, and checks it
 *     scratch.c                 databases for a time
 *     verify.c                  proves a backup; notes.c keeps the result beside it
 *     copy.c                    its database beside the others, for a rehearsal
 *     restore.c, restore_user.c bring it back; restore_files.c its files
 *     retention.c               which backups stay
 *     status.c                  the state for metrics, and when a backup is due
 */
#pragma once

#include "backup/archive.h"
#include "backup/backup.h"
#include "backup/manifest.h"
#include "backup/store.h"
#include "db/session.h"

#define BACKUP_ENDING ".tar"
#define BACKUP_SEALED_ENDING ".tar.age"

void backup_tell(const Backup *backup, const char *stage, uint64_t bytes);

/* Connects to a database of the server, or to the installation's own (NULL), as NETGURU_BACKUP_…
 * or the owner. */
DbSession *backup_connect(const Backup *backup, const char *database, Error *error) MUST_USE;
/* Returns the address of the installation's database, with its password. */
Str backup_url(const Backup *backup, Arena *arena);
/* Takes the lock of backups until backup_close, and drops the scratch databases that killed
 * processes left. */
bool backup_lock(Backup *backup, Error *error) MUST_USE;

/* A checked archive. */
typedef struct {
    Str name; /* given */
    Manifest manifest;
    Str text; /* of the manifest */
    int64_t created_s;
} BackupContents;

/* Reads the archive of that name from the store through a visitor, deciphers it, and checks
 * manifest and signature. Fills in the rest of the contents. */
bool backup_read(Backup *backup, Arena *arena, const ArchiveVisitor *visitor,
                 BackupContents *contents, Error *error) MUST_USE;

/* Removes the databases that killed proofs and restores left. */
bool scratch_sweep(DbSession *session, Error *error) MUST_USE;
/* Creates a database with a name for the purpose and provisions it. Returns its name, or NULL. */
const char *scratch_make(const Backup *backup, DbSession *session, const char *purpose,
                         Arena *arena, Error *error) MUST_USE;
bool scratch_drop(DbSession *session, const char *name, Error *error) MUST_USE;
/* Does the same after a failure, whose reason counts more: the next call sweeps what stays. */
void scratch_abandon(DbSession *session, const char *name);

/* Fills a scratch database from an archive; a visitor. */
typedef struct ScratchFiller ScratchFiller;
ScratchFiller *scratch_filler_new(const Backup *backup, DbSession *session, const char *database,
                                  Arena *arena, Error *error) MUST_USE;
/* Also shows files/… and missing to this visitor. */
void scratch_filler_pass(ScratchFiller *filler, const ArchiveVisitor *next);
ArchiveVisitor scratch_filler_visitor(ScratchFiller *filler);

/* Fails with ERR_CONFLICT when the revision is newer than this program. */
bool backup_check_schema(const Manifest *manifest, Error *error) MUST_USE;

/* Notes beside an archive: "NAME.json". */
Str notes_write(Arena *arena, const BackupSummary *summary);
bool notes_save(Backup *backup, const BackupSummary *summary, Error *error) MUST_USE;
/* Reads the notes into a summary that has name, time and size. Absent or damaged notes leave it as
 * it is. */
void notes_load(Backup *backup, Arena *arena, BackupSummary *summary);
void summary_describe(const Manifest *manifest, BackupSummary *summary);

/* Puts files of an archive into the file store; a visitor. */
typedef struct {
    const Home *home;
    Str user;           /* only files of this one; empty: all */
    bool keeps_present; /* leaves a file that is there and has the same size */
    uint64_t written;
    uint64_t present;
    char path[800];
    char partial[800];
    int file;
    bool skips;
} FileRestorer;

ArchiveVisitor file_restorer_visitor(FileRestorer *restorer);
void file_restorer_done(FileRestorer *restorer);

/* The name of a backup in the store, and its time. Returns false for other objects. */
bool backup_parse_name(Str object, int64_t *out_created_s, bool *out_is_encrypted) MUST_USE;
