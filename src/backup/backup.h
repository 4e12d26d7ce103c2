/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Backups of an installation: create, list, verify, restore, prune. The code blocks, so no task may
 * call it. docs/backup.md explains the design.
 *
 *     Backup backup = {.settings = settings, .home = &home, .keyring = keyring, .version =
 * "0.1.0"}; BackupSummary summary; if (!backup_open(&backup, arena, error) ||
 * !backup_create(&backup, arena, &summary, error)) … backup_close(&backup);
 *
 * Every call that changes something takes the lock of backups, which all machines share that use
 * the database server, and keeps it until backup_close. It fails with ERR_CONFLICT, and sets
 * is_busy, when another one has it.
 */
#pragma once

#include "base/config.h"
#include "base/vec.h"
#include "crypto/keyring.h"
#include "ops/home.h"

typedef struct BackupStore BackupStore;
typedef struct BackupCipher BackupCipher;

/* Told about the progress of a call: a stage in words, and bytes so far. */
typedef void BackupReport(void *context, const char *stage, uint64_t bytes);

typedef struct {
    const Config *settings;
    const Home *home;
    const Keyring *keyring; /* may be NULL for list and prune */
    const char *version;    /* of this program */
    BackupReport *report;   /* may be NULL */
    void *context;
    bool (*is_interrupted)(void); /* may be NULL: ends backup_copy_open */
    Str place;                    /* of the store; empty: as the settings say */
    BackupStore *store;           /* set by backup_open */
    struct DbSession *lock; /* the session that holds the lock of backups, once it was taken */
    bool is_busy;           /* the last call failed because another process holds the lock */
} Backup;

enum { BACKUP_NAME_SIZE = 64 };

/* The outcome of a proof. */
typedef struct {
    Str at; /* RFC 3339 */
    bool passed;
    bool is_quick; /* the archive alone: no database was restored */
    double duration_s;
    StrVec proved;   /* sentences */
    Str failure;     /* the reason when it did not pass */
    bool is_finding; /* the backup itself is bad; false: the proof could not be made */
} BackupProof;

/* What is known about a backup without reading it. */
typedef struct {
    Str name;       /* of its archive */
    Str created_at; /* RFC 3339 */
    int64_t created_s;
    uint64_t size_bytes; /* of the archive */
    double duration_s;
    Str schema;
    Str program;
    uint64_t files;
    uint64_t file_bytes;
    uint64_t database_bytes;
    uint64_t files_deleted;
    uint64_t files_lost;
    uint64_t files_damaged;
    bool is_encrypted;
    bool has_notes; /* false: only name, time and size are known */
    bool has_proof;
    BackupProof proof; /* the last one */
} BackupSummary;

typedef VEC(BackupSummary) BackupSummaryVec;

/* Opens the store at the given place, that NETGURU_BACKUP_STORE names, or backups/ of the home. */
bool backup_open(Backup *backup, Arena *arena, Error *error) MUST_USE;
void backup_close(Backup *backup);

/* Makes a backup. */
bool backup_create(Backup *backup, Arena *arena, BackupSummary *out_summary, Error *error) MUST_USE;
/* Lists the backups, oldest first. */
bool backup_list(Backup *backup, Arena *arena, BackupSummaryVec *out_list, Error *error) MUST_USE;
/* Stores the full name of a backup: "latest", a name, or the start of exactly one. */
bool backup_find(Backup *backup, Arena *arena, Str wanted, Str *out_name, Error *error) MUST_USE;
/*
 * Proves a backup and records the result beside it. A quick proof reads the archive with all
 * digests and its signature; proof->is_quick asks for it. A full one also restores it into a
 * scratch database and compares. The proof is filled in also when it fails; error then tells why.
 */
bool backup_verify(Backup *backup, Arena *arena, Str name, BackupProof *proof,
                   Error *error) MUST_USE;

typedef struct {
    Str name;
    bool replace; /* what is there; the former database stays under another name */
    Str email;    /* of the user that backup_restore_user brings back */
} BackupRestoreOptions;

typedef struct {
    Str schema; /* revision after the migrations */
    uint64_t files;
    Str former; /* name of the database that was replaced, or empty */
} BackupRestored;

/*
 * Restores a backup in place of the database. Nothing is touched before the whole archive and its
 * keys were checked; the new database takes its place at the very end. Fails with ERR_CONFLICT when
 * the database holds anything and replace is not set, when it is in use, when a key is missing, or
 * when the backup is of a newer schema.
 */
bool backup_restore(Backup *backup, Arena *arena, const BackupRestoreOptions *options,
                    BackupRestored *out_restored, Error *error) MUST_USE;

/* Rows of a table of one user. */
typedef struct {
    Str table;
    uint64_t found;    /* in the backup */
    uint64_t inserted; /* the others exist already or refer to what does not */
} BackupUserRows;

typedef struct {
    VEC(BackupUserRows) tables;
    uint64_t files;
    uint64_t files_present; /* were there already */
    bool erasure_stopped;   /* the account was closed, and its time has passed */
} BackupUserRestored;

/*
 * Brings back the rows and files of one user that the living installation has not, the rows in one
 * transaction. Nothing that is there is changed. Entries of the audit log and access tokens do not
 * come back; API keys only with the account itself. Fails with ERR_CONFLICT when the address
 * belongs to another account by now.
 */
bool backup_restore_user(Backup *backup, Arena *arena, const BackupRestoreOptions *options,
                         BackupUserRestored *out_restored, Error *error) MUST_USE;

/* The database of a backup, without its files, beside the databases of the server for a time. */
typedef struct {
    Backup *backup;
    struct DbSession *server;
    struct DbSession *session; /* in the database; a superuser's */
    const char *database;
    Str name; /* of the backup */
    Str created_at;
    Str schema; /* its revision */
} BackupCopy;

/*
 * Restores the database of a backup into a scratch database, whose schema stays at the revision of
 * the backup. The whole archive is checked before. Fails with ERR_CONFLICT when a key is missing or
 * the backup is of a newer schema, and with ERR_CANCELLED when it is interrupted. A scratch
 * database that a killed process has left is dropped by the next call that takes the lock.
 */
bool backup_copy_open(Backup *backup, Arena *arena, Str name, BackupCopy *out_copy,
                      Error *error) MUST_USE;
/* Drops the scratch database. */
bool backup_copy_close(BackupCopy *copy, Error *error) MUST_USE;
/* Does the same after a failure, whose reason counts more. */
void backup_copy_abandon(BackupCopy *copy);

/* Decides which backups go (backup/retention.h), and deletes them unless dry. Stores their names.
 */
bool backup_prune(Backup *backup, Arena *arena, bool dry, StrVec *out_removed,
                  Error *error) MUST_USE;

/* The state that metrics and the doctor read: status/backup.json of the home. */
typedef struct {
    int64_t since_s;   /* when this file was first written */
    int64_t created_s; /* of the last backup; 0: there is none */
    uint64_t size_bytes;
    double duration_s;
    Str name;
    int64_t failed_s; /* of the last failure after it; 0: none */
    Str failure;
    int64_t proved_s; /* of the last full proof that passed */
    double proof_duration_s;
    int64_t proof_failed_s; /* of the last proof if it did not pass */
    uint64_t backups;       /* in the store, when it was last listed */
} BackupStatus;

/* Reads the state. Returns false with ERR_NOT_FOUND when there is none yet. */
bool backup_status_read(const Home *home, Arena *arena, BackupStatus *out_status,
                        Error *error) MUST_USE;
bool backup_status_write(const Home *home, const BackupStatus *status, Error *error) MUST_USE;

/*
 * Returns whether the daily backup is due: the last time "HH:MM" by local time is later than the
 * last backup, or than the first look if there is none. False when the setting is empty.
 */
bool backup_is_due(Str daily_at, const BackupStatus *status, int64_t now_s);
/* Fails with ERR_VALIDATION unless the text is empty or a time "HH:MM". */
bool backup_check_daily_at(Str daily_at, Error *error) MUST_USE;
