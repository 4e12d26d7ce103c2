/* SPDX-License-Identifier: Apache-2.0 */
/* The password of a user who is logged in: verified again, and changed. */
#pragma once

#include "accounts/account.h"
#include "audit/audit.h"

typedef struct {
    Str former;
    Str wanted;
    AuditContext by;
} PasswordChange;

/*
 * Gives the task's user another password. The sessions are the caller's to end. Fails with ERR_AUTH
 * when the former one is wrong, with ERR_VALIDATION when the new one is refused, and with
 * ERR_CONFLICT when the password was changed elsewhere meanwhile.
 */
bool password_change(Task *task, const Services *services, const PasswordChange *change) MUST_USE;
