/* SPDX-License-Identifier: Apache-2.0 */
#include "web/user_shares.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_each_user_has_a_share_of_its_own(void **state)
{
    (void)state;
    enum { USERS = 40 };
    Uuid users[USERS];
    UserShares shares = {0};
    for (size_t user = 0; user < USERS; user++) {
        users[user] = uuid_new();
        for (int i = 0; i < USER_MAX_REQUESTS; i++)
            assert_true(user_shares_take(&shares, &users[user], i < USER_MAX_TRANSFERS));
        assert_false(user_shares_take(&shares, &users[user], false));
    }
    user_shares_give_back(&shares, &users[7], false);
    assert_true(user_shares_take(&shares, &users[7], false));
    assert_false(user_shares_take(&shares, &users[8], false));
    for (size_t user = 0; user < USERS; user++) {
        for (int i = 0; i < USER_MAX_REQUESTS; i++)
            user_shares_give_back(&shares, &users[user], i < USER_MAX_TRANSFERS);
    }
    assert_int_equal(shares.count, 0);
    user_shares_done(&shares);
}

static void test_transfers_leave_room_for_other_requests(void **state)
{
    (void)state;
    Uuid user = uuid_new();
    UserShares shares = {0};
    for (int i = 0; i < USER_MAX_TRANSFERS; i++)
        assert_true(user_shares_take(&shares, &user, true));
    assert_false(user_shares_take(&shares, &user, true));
    assert_true(user_shares_take(&shares, &user, false));
    user_shares_give_back(&shares, &user, true);
    assert_true(user_shares_take(&shares, &user, true));
    user_shares_done(&shares);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_user_has_a_share_of_its_own),
        cmocka_unit_test(test_transfers_leave_room_for_other_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
