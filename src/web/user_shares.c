/* SPDX-License-Identifier: Apache-2.0 */
#include "web/user_shares.h"

#include "base/mem.h"

enum { FIRST_ROOM = 16 };

void user_shares_done(UserShares *shares)
{
    mem_free(shares->items);
    *shares = (UserShares){0};
}

static UserShare *find(const UserShares *shares, const Uuid *user_id)
{
    for (size_t i = 0; i < shares->count; i++) {
        if (uuid_equal(&shares->items[i].user_id, user_id))
            return &shares->items[i];
    }
    return NULL;
}

static UserShare *add(UserShares *shares, const Uuid *user_id)
{
    if (!shares->items || shares->count == shares->room) {
        shares->room = MAX_OF(shares->room * 2, (size_t)FIRST_ROOM);
        shares->items = mem_resize(shares->items, shares->room, sizeof(UserShare));
    }
    shares->items[shares->count] = (UserShare){.user_id = *user_id};
    return &shares->items[shares->count++];
}

bool user_shares_take(UserShares *shares, const Uuid *user_id, bool is_transfer)
{
    UserShare *share = find(shares, user_id);
    if (!share)
        share = add(shares, user_id);
    if (share->requests == USER_MAX_REQUESTS ||
        (is_transfer && share->transfers == USER_MAX_TRANSFERS))
        return false;
    share->requests++;
    share->transfers += is_transfer;
    return true;
}

void user_shares_give_back(UserShares *shares, const Uuid *user_id, bool is_transfer)
{
    UserShare *share = find(shares, user_id);
    check(share && share->requests > 0 && share->transfers >= is_transfer);
    share->requests--;
    share->transfers -= is_transfer;
    if (share->requests == 0)
        *share = shares->items[--shares->count];
}
