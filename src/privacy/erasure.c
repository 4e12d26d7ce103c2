/* SPDX-License-Identifier: Apache-2.0 */
/* Erases closed accounts: rows, then files, then the account. Files go once more at the end: an
 * upload that was under way when the account was closed may have stored one in between. What is
 * left behind when the process is killed at that very moment, the sweep of files without a document
 * finds. */
#include "privacy/privacy.h"

#include "accounts/account.h"
#include "base/log.h"
#include "conversations/conversation.h"
#include "privacy/privacy_store.h"
#include "services/file_store.h"

enum { SWEEP_EVERY_MS = 10 * 1000 };

/* Sessions and files: what the database does not hold. */
static bool erase_outside(Task *task, const Services *services, const Uuid *user_id)
{
    return account_end_sessions(task, services, user_id, NULL) &&
           file_store_remove_user(task, services->store_dir, user_id);
}

static bool erase_some(Task *task, const Services *services, const Uuid *user_id,
                       ErasureStep *out_step)
{
    if (!privacy_store_erase_step(task, services->db, user_id, out_step))
        return false;
    for (size_t i = 0; i < out_step->conversation_count; i++)
        conversation_forget(task, services, &out_step->conversations[i]);
    return true;
}

static bool erase_rows(Task *task, const Services *services, const Uuid *user_id, bool *out_done)
{
    ErasureStep step = {.is_due = true};
    while (step.is_due && !step.is_done) {
        ArenaMark mark = arena_mark(task->arena);
        if (!erase_some(task, services, user_id, &step))
            return false;
        arena_reset(task->arena, mark);
    }
    *out_done = step.is_done;
    return true;
}

bool privacy_erase(Task *task, const Services *services, const Uuid *user_id)
{
    bool is_done = false;
    bool erased = false;
    char id[UUID_TEXT_SIZE];
    if (!erase_rows(task, services, user_id, &is_done))
        return false;
    if (!is_done)
        return true;
    /* It is due, which nobody takes back. */
    if (!erase_outside(task, services, user_id) ||
        !privacy_store_erase_finish(task, services->db, user_id, &erased) ||
        !erase_outside(task, services, user_id))
        return false;
    if (erased)
        log_info("privacy.erased", LOG_TEXT("account", uuid_write(user_id, id)));
    return true;
}

/* An account that cannot be erased now does not keep the others. */
static void erase_or_report(Task *task, const Services *services, const Uuid *user_id)
{
    char id[UUID_TEXT_SIZE];
    if (!privacy_erase(task, services, user_id) && !task_is_cancelled(task))
        log_warn("privacy.erase_failed", LOG_TEXT("account", uuid_write(user_id, id)),
                 LOG_TEXT("error", task->error.message));
    task_forget_error(task);
}

static void erase_due(Task *task, const Services *services)
{
    size_t count = ERASURE_USERS;
    Uuid users[ERASURE_USERS];
    const Uuid *after = NULL;
    Uuid last;
    while (count == ERASURE_USERS && !task_is_cancelled(task)) {
        count = 0;
        if (!privacy_store_find_due(task, services->db, after, users, &count)) {
            if (!task_is_cancelled(task))
                log_warn("privacy.sweep_failed", LOG_TEXT("error", task->error.message));
            task_forget_error(task);
        }
        for (size_t i = 0; i < count && !task_is_cancelled(task); i++)
            erase_or_report(task, services, &users[i]);
        if (count > 0)
            last = users[count - 1];
        after = &last;
    }
}

void privacy_maintain(Task *task, void *argument)
{
    bool going = true;
    while (going) {
        ArenaMark mark = arena_mark(task->arena);
        erase_due(task, argument);
        arena_reset(task->arena, mark);
        going = task_sleep(task, SWEEP_EVERY_MS);
    }
}
