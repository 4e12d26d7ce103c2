/* SPDX-License-Identifier: Apache-2.0 */
#include "documents/document_reconcile.h"

#include "base/log.h"

enum { MOST_TRIES = 120, PAUSE_MS = 1000 };

typedef struct Reconciling Reconciling;
struct Reconciling {
    Arena *arena; /* also holds this struct */
    const Services *services;
    Uuid user_id;
    NewDocument document;
    bool (*attempt)(Task *task, const Reconciling *reconciling);
};

static bool remove_its_file(Task *task, const Reconciling *reconciling)
{
    return file_store_remove(task, reconciling->services->store_dir,
                             reconciling->document.storage_path);
}

/*
 * A plain SELECT could run while the COMMIT is still on its way. Inserting the row again waits for
 * the transaction that holds its key and then shows how that one ended. The second insertion is
 * never committed.
 */
static bool finish_upload(Task *task, const Reconciling *reconciling)
{
    SameDocument same = {0};
    bool inserted = false;
    Db *db = reconciling->services->db;
    auto_transaction DbTransaction *transaction = db_begin(task, db);
    if (!transaction || !document_insert(task, transaction, &reconciling->document, &inserted))
        return false;
    if (!inserted && !document_find_by_digest(task, db, &reconciling->document.digest, &same))
        return false;
    if (same.found && uuid_equal(&same.id, &reconciling->document.id))
        return true;
    return remove_its_file(task, reconciling);
}

static bool finish_delete(Task *task, const Reconciling *reconciling)
{
    DeletedDocument deleted = {0};
    const Services *services = reconciling->services;
    if (!document_delete(task, services->db, &reconciling->document.id, &deleted) &&
        task->error.code != ERR_NOT_FOUND)
        return false;
    job_discard(task, services, deleted.jobs, deleted.job_count);
    return remove_its_file(task, reconciling);
}

static void reconcile(Task *task, void *argument)
{
    Reconciling *reconciling = argument;
    bool done = false;
    task->has_user = true;
    task->user_id = reconciling->user_id;
    for (int tries = 0; !done && tries < MOST_TRIES; tries++) {
        done = reconciling->attempt(task, reconciling);
        if (!done && !task_sleep(task, PAUSE_MS))
            break;
    }
    if (!done)
        log_warn("documents.not_reconciled", LOG_STR("path", reconciling->document.storage_path),
                 LOG_TEXT("error", task->error.message));
    arena_free(reconciling->arena);
}

static Reconciling *reconciling_new(const Task *task, const Services *services)
{
    Arena *arena = arena_new();
    Reconciling *reconciling = ARENA_NEW(arena, Reconciling);
    reconciling->arena = arena;
    reconciling->services = services;
    reconciling->user_id = task->user_id;
    return reconciling;
}

void document_reconcile_upload(Task *task, const Services *services, const NewDocument *document)
{
    Reconciling *reconciling = reconciling_new(task, services);
    NewDocument *copy = &reconciling->document;
    *copy = *document;
    copy->quota_bytes = 0; /* this insertion is never committed */
    copy->filename = arena_copy(reconciling->arena, document->filename);
    copy->original_filename = arena_copy(reconciling->arena, document->original_filename);
    copy->storage_path = arena_copy(reconciling->arena, document->storage_path);
    reconciling->attempt = finish_upload;
    (void)task_spawn_background(task->loop, "documents.reconcile", reconcile, reconciling);
}

void document_reconcile_delete(Task *task, const Services *services, const Document *document)
{
    Reconciling *reconciling = reconciling_new(task, services);
    reconciling->document.id = document->id;
    reconciling->document.storage_path = arena_copy(reconciling->arena, document->storage_path);
    reconciling->attempt = finish_delete;
    (void)task_spawn_background(task->loop, "documents.reconcile", reconcile, reconciling);
}
