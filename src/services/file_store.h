/* SPDX-License-Identifier: Apache-2.0 */
/*
 * FileStore: the uploaded files. Callers know only a storage path such as
 * "local:<user>/<document>", made here; today it is a file below one private directory:
 *
 *     incoming/<random>       uploads in progress
 *     <user>/<document>       finished files
 *     orphans/<document>      finished files that no document owns, for a week
 *
 * Disk work runs on threads of the pool, never on the loop. A write that does not fit the disk is
 * ERR_UNAVAILABLE and leaves nothing behind; any other disk error is ERR_IO.
 */
#pragma once

#include "crypto/digest.h"
#include "task/task.h"

typedef struct FileUpload FileUpload;

/* Begins a new file, which no document shows until it is finished. */
FileUpload *file_upload_begin(Task *task, Str store_dir) MUST_USE;
bool file_upload_write(Task *task, FileUpload *upload, Str bytes) MUST_USE;
/* The first bytes written, at most 4 KiB. */
Str file_upload_first_bytes(const FileUpload *upload);
uint64_t file_upload_size(const FileUpload *upload);
/*
 * Makes it durable under its final name. Until it is kept, leaving the upload removes it.
 */
bool file_upload_finish(Task *task, FileUpload *upload, const Uuid *user_id,
                        const Uuid *document_id, Sha256 *out_digest,
                        Str *out_storage_path) MUST_USE;
/* Gives it the name of another document of the same bytes, whose own file is lost. After
 * file_upload_finish. */
bool file_upload_move(Task *task, FileUpload *upload, const Uuid *user_id, const Uuid *document_id,
                      Str *out_storage_path) MUST_USE;
/* The file stays: its row is committed, or may be. */
void file_upload_keep(FileUpload *upload);
/* Removes a file that was not kept; never waits. */
void file_upload_release(FileUpload **upload);
#define auto_file_upload AUTO(file_upload_release)

/* Opens a file for reading; the caller closes the descriptor. A file in orphans/ is moved back
 * first. ERR_NOT_FOUND when the file has gone. */
bool file_store_open(Task *task, Str store_dir, Str storage_path, int *out_file) MUST_USE;
/* Removes a file, also when the task is cancelled. It is no error when there is none. */
bool file_store_remove(Task *task, Str store_dir, Str storage_path) MUST_USE;
/* Removes all finished files of a user. It is no error when there are none. */
bool file_store_remove_user(Task *task, Str store_dir, const Uuid *user_id) MUST_USE;

/*
 * Fails with ERR_UNAVAILABLE unless the store's file system keeps reserve_bytes, or a tenth of its
 * size if that is less, after needed_bytes more are written: a database on the same disk must not
 * be the one that finds it full.
 */
bool file_store_check_space(Task *task, Str store_dir, uint64_t needed_bytes,
                            uint64_t reserve_bytes) MUST_USE;

/* Deletes what killed processes left in incoming/ more than an hour ago, which is twice as long as
 * an upload may take, and what has been in orphans/ for a week. */
bool file_store_sweep(Task *task, Str store_dir, size_t *out_removed) MUST_USE;

enum { FILE_STORE_BATCH = 256 };

typedef struct {
    Uuid user_id;
    Uuid document_id;
} StoredFile;

typedef struct FileStoreWalk FileStoreWalk;

/* Starts a walk over the finished files that were last written more than an hour ago. */
FileStoreWalk *file_store_walk_begin(Task *task, Str store_dir) MUST_USE;
/* Writes the next files, at most FILE_STORE_BATCH; *out_count is 0 at the end. */
bool file_store_walk_next(Task *task, FileStoreWalk *walk, StoredFile *out_files,
                          size_t *out_count) MUST_USE;
void file_store_walk_release(FileStoreWalk **walk);
#define auto_file_store_walk AUTO(file_store_walk_release)
/* Moves a file that no document owns to orphans/; one that is not there is no error. */
bool file_store_orphan(Task *task, Str store_dir, const StoredFile *file) MUST_USE;

void file_close(int *file);
/* Hands the descriptor on: what held it holds -1 from now on. */
int file_take(int *file);
#define auto_file AUTO(file_close)
