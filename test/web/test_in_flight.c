/* SPDX-License-Identifier: Apache-2.0 */
#include "web/in_flight.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static InFlightKind kind_of(int i)
{
    return i < IN_FLIGHT_MAX_TRANSFERS ? IN_FLIGHT_TRANSFER : IN_FLIGHT_REQUEST;
}

static void test_each_user_has_limits_of_its_own(void **state)
{
    (void)state;
    enum { USERS = 40 };
    Uuid users[USERS];
    InFlight in_flight = {0};
    for (size_t user = 0; user < USERS; user++) {
        users[user] = uuid_new();
        for (int i = 0; i < IN_FLIGHT_MAX_REQUESTS; i++)
            assert_true(in_flight_take(&in_flight, &users[user], kind_of(i)));
        assert_false(in_flight_take(&in_flight, &users[user], IN_FLIGHT_REQUEST));
    }
    in_flight_give_back(&in_flight, &users[7], IN_FLIGHT_REQUEST);
    assert_true(in_flight_take(&in_flight, &users[7], IN_FLIGHT_REQUEST));
    assert_false(in_flight_take(&in_flight, &users[8], IN_FLIGHT_REQUEST));
    for (size_t user = 0; user < USERS; user++) {
        for (int i = 0; i < IN_FLIGHT_MAX_REQUESTS; i++)
            in_flight_give_back(&in_flight, &users[user], kind_of(i));
    }
    assert_int_equal(in_flight.count, 0);
    in_flight_done(&in_flight);
}

static void test_transfers_leave_room_for_other_requests(void **state)
{
    (void)state;
    Uuid user = uuid_new();
    InFlight in_flight = {0};
    for (int i = 0; i < IN_FLIGHT_MAX_TRANSFERS; i++)
        assert_true(in_flight_take(&in_flight, &user, IN_FLIGHT_TRANSFER));
    assert_false(in_flight_take(&in_flight, &user, IN_FLIGHT_TRANSFER));
    assert_true(in_flight_take(&in_flight, &user, IN_FLIGHT_REQUEST));
    in_flight_give_back(&in_flight, &user, IN_FLIGHT_TRANSFER);
    assert_true(in_flight_take(&in_flight, &user, IN_FLIGHT_TRANSFER));
    in_flight_done(&in_flight);
}

static void test_streams_are_counted_apart_from_requests(void **state)
{
    (void)state;
    Uuid user = uuid_new();
    InFlight in_flight = {0};
    for (int i = 0; i < IN_FLIGHT_MAX_STREAMS; i++)
        assert_true(in_flight_take(&in_flight, &user, IN_FLIGHT_STREAM));
    assert_false(in_flight_take(&in_flight, &user, IN_FLIGHT_STREAM));
    assert_true(in_flight_take(&in_flight, &user, IN_FLIGHT_REQUEST));
    in_flight_give_back(&in_flight, &user, IN_FLIGHT_REQUEST);
    for (int i = 0; i < IN_FLIGHT_MAX_STREAMS; i++)
        in_flight_give_back(&in_flight, &user, IN_FLIGHT_STREAM);
    assert_int_equal(in_flight.count, 0);
    in_flight_done(&in_flight);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_user_has_limits_of_its_own),
        cmocka_unit_test(test_transfers_leave_room_for_other_requests),
        cmocka_unit_test(test_streams_are_counted_apart_from_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
