/* SPDX-License-Identifier: Apache-2.0 */
#include "documents/document_settle.h"

#include "base/log.h"

enum { MOST_TRIES = 120, PAUSE_MS = 1000 };

typedef struct Settling Settling;
struct Settling {
    Arena *arena; /* of this struct too */
    const Services *services;
    Uuid user_id;
    NewDocument document;
    bool (*attempt)(Task *task, const Settling *settling);
};

static bool remove_its_file(Task *task, const Settling *settling)
{
    return file_store_remove(task, settling->services->store_dir, settling->document.storage_path);
}

/*
 * A plain look could come while the COMMIT is still on its way. Inserting the row again waits for
 * whoever holds its key, and then tells; that insertion is never committed.
 */
static bool settle_upload(Task *task, const Settling *settling)
{
    SameDocument same = {0};
    bool inserted = false;
    Db *db = settling->services->db;
    auto_transaction DbTransaction *transaction = db_begin(task, db);
    if (!transaction || !document_insert(task, transaction, &settling->document, &inserted))
        return false;
    if (!inserted && !document_find_by_digest(task, db, &settling->document.digest, &same))
        return false;
    if (same.found && uuid_equal(&same.id, &settling->document.id))
        return true;
    return remove_its_file(task, settling);
}

static bool settle_delete(Task *task, const Settling *settling)
{
    Str ignored;
    if (!document_delete(task, settling->services->db, &settling->document.id, &ignored) &&
        task->error.code != ERR_NOT_FOUND)
        return false;
    return remove_its_file(task, settling);
}

static void settle(Task *task, void *argument)
{
    Settling *settling = argument;
    bool done = false;
    task->has_user = true;
    task->user_id = settling->user_id;
    for (int tries = 0; !done && tries < MOST_TRIES; tries++) {
        done = settling->attempt(task, settling);
        if (!done && !task_sleep(task, PAUSE_MS))
            break;
    }
    if (!done)
        log_warn("documents.unsettled", LOG_STR("path", settling->document.storage_path),
                 LOG_TEXT("error", task->error.message));
    arena_free(settling->arena);
}

static Settling *settling_new(const Task *task, const Services *services)
{
    Arena *arena = arena_new();
    Settling *settling = ARENA_NEW(arena, Settling);
    settling->arena = arena;
    settling->services = services;
    settling->user_id = task->user_id;
    return settling;
}

void document_settle_upload(Task *task, const Services *services, const NewDocument *document)
{
    Settling *settling = settling_new(task, services);
    NewDocument *copy = &settling->document;
    *copy = *document;
    copy->quota_bytes = 0; /* its row is there or not; this insertion is never committed */
    copy->filename = arena_copy(settling->arena, document->filename);
    copy->original_filename = arena_copy(settling->arena, document->original_filename);
    copy->storage_path = arena_copy(settling->arena, document->storage_path);
    settling->attempt = settle_upload;
    (void)task_spawn_background(task->loop, "documents.settle", settle, settling);
}

void document_settle_delete(Task *task, const Services *services, const Document *document)
{
    Settling *settling = settling_new(task, services);
    settling->document.id = document->id;
    settling->document.storage_path = arena_copy(settling->arena, document->storage_path);
    settling->attempt = settle_delete;
    (void)task_spawn_background(task->loop, "documents.settle", settle, settling);
}
