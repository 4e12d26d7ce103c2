/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User shares: how many of the process's tasks each user holds, so that no one can hold them all by
 * sending or reading slowly. Transfers are requests that may take longer than a minute, uploads and
 * downloads.
 *
 *     if (!user_shares_take(&shares, &user_id, is_transfer))
 *         …                                  // 429
 *     … run the request …
 *     user_shares_give_back(&shares, &user_id, is_transfer);
 */
#pragma once

#include "base/check.h"
#include "base/uuid.h"

enum { USER_MAX_REQUESTS = 64, USER_MAX_TRANSFERS = 16 };

typedef struct {
    Uuid user_id;
    uint32_t requests; /* transfers too */
    uint32_t transfers;
} UserShare;

/* Zero is empty. */
typedef struct {
    UserShare *items; /* of users with something in progress, in no order */
    size_t count;
    size_t room;
} UserShares;

void user_shares_done(UserShares *shares);
/* False at the user's limit. */
bool user_shares_take(UserShares *shares, const Uuid *user_id, bool is_transfer) MUST_USE;
/* What was taken. */
void user_shares_give_back(UserShares *shares, const Uuid *user_id, bool is_transfer);
