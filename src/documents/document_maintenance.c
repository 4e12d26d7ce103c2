/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maintenance of the file store. A killed process leaves unfinished uploads, and finished files
 * whose row was never committed or is already deleted. Such finished files are set aside for a week
 * before they are deleted, so that restoring the database to an older state loses no file: whoever
 * opens one moves it back.
 */
#include "documents/document.h"

#include "base/log.h"
#include "documents/document_store.h"

enum { SWEEP_EVERY_MS = 60 * 60 * 1000 };

static bool is_known(const Uuid *known, size_t count, const Uuid *id)
{
    for (size_t i = 0; i < count; i++) {
        if (uuid_equal(&known[i], id))
            return true;
    }
    return false;
}

static bool orphan_batch(Task *task, const Services *services, const StoredFile *files,
                         size_t count, size_t *orphaned)
{
    Uuid *ids = ARENA_ARRAY(task->arena, Uuid, count);
    Uuid *known = NULL;
    size_t known_count = 0;
    for (size_t i = 0; i < count; i++)
        ids[i] = files[i].document_id;
    if (!document_known_ids(task, services->db, ids, count, &known, &known_count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (is_known(known, known_count, &files[i].document_id))
            continue;
        if (!file_store_orphan(task, services->store_dir, &files[i]))
            return false;
        (*orphaned)++;
    }
    return true;
}

static bool orphan_files(Task *task, const Services *services, size_t *orphaned)
{
    StoredFile *files = ARENA_ARRAY(task->arena, StoredFile, FILE_STORE_BATCH);
    auto_file_store_walk FileStoreWalk *walk = file_store_walk_begin(task, services->store_dir);
    size_t count = 1;
    while (count > 0) {
        ArenaMark mark = arena_mark(task->arena);
        if (!walk || !file_store_walk_next(task, walk, files, &count) ||
            (count > 0 && !orphan_batch(task, services, files, count, orphaned)))
            return false;
        arena_reset(task->arena, mark);
    }
    return true;
}

bool documents_sweep(Task *task, const Services *services)
{
    size_t removed = 0;
    size_t orphaned = 0;
    bool done = file_store_sweep(task, services->store_dir, &removed) &&
                orphan_files(task, services, &orphaned);
    if (removed || orphaned)
        log_info("documents.swept", LOG_INT("deleted", removed), LOG_INT("orphaned", orphaned));
    return done;
}

void documents_maintain(Task *task, void *argument)
{
    bool going = true;
    while (going) {
        ArenaMark mark = arena_mark(task->arena);
        if (!documents_sweep(task, argument) && !task_is_cancelled(task))
            log_warn("documents.sweep_failed", LOG_TEXT("error", task->error.message));
        task_forget_error(task);
        arena_reset(task->arena, mark);
        going = task_sleep(task, SWEEP_EVERY_MS);
    }
}
