/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/password_change.h"

#include "accounts/account_store.h"
#include "accounts/login_wait.h"
#include "base/time.h"
#include "crypto/password.h"

/* Loads the task's user with the hash of the password. */
static bool load_self(Task *task, const Services *services, Account *out_account)
{
    Str json;
    Account self;
    bool found = false;
    if (!account_load_self(task, services->db, &json, &self) ||
        !account_find_for_login(task, services->db, self.email, &found, &self))
        return false;
    if (!found || !self.is_active || !uuid_equal(&self.id, &task->user_id))
        return task_fail(task, ERR_AUTH, "the account is closed");
    *out_account = self;
    return true;
}

static bool verify(Task *task, const Services *services, const Account *self, Str password)
{
    bool fits = false;
    Str key = login_wait_key(task->arena, services, self->email, NULL);
    if (!login_wait_begin(task, services, key, time_now_us() / 1000))
        return false;
    if (!password_verify(task, services->hashing, password, self->hashed_password, &fits)) {
        Error reason = task->error;
        if (reason.code == ERR_UNAVAILABLE) /* the password was not looked at */
            (void)!login_wait_undo(task, services, key);
        task->error = reason;
        return false;
    }
    if (!fits)
        return task_fail(task, ERR_AUTH, "the password is wrong");
    return login_wait_undo(task, services, key);
}

bool account_verify_password(Task *task, const Services *services, Str password, Str *out_hash)
{
    Account self;
    if (!load_self(task, services, &self) || !verify(task, services, &self, password))
        return false;
    *out_hash = self.hashed_password;
    return true;
}

bool password_change(Task *task, const Services *services, const PasswordChange *change)
{
    Account self;
    PasswordHashes hashes;
    bool changed = false;
    unsigned cost = (unsigned)config_int(services->settings, "NETGURU_BCRYPT_COST");
    if (!load_self(task, services, &self) || !verify(task, services, &self, change->former) ||
        !account_check_password(change->wanted, self.email, &task->error) ||
        !password_hash(task, services->hashing, change->wanted, cost, &hashes.wanted))
        return false;
    hashes.expected = self.hashed_password;
    if (!account_change_hash(task, services->db, &change->by, &hashes, &changed))
        return false;
    return changed || task_fail(task, ERR_CONFLICT, "the password was changed meanwhile");
}
