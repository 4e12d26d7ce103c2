/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http/admission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MAX_PUBLIC = 10, PER_CLIENT = 3, MAX_HEALTH = 2 };

static const HttpAdmissions empty = {
    .max_public = MAX_PUBLIC, .max_public_per_client = PER_CLIENT, .max_health = MAX_HEALTH};

static IpAddress address(const char *text)
{
    IpAddress parsed;
    assert_true(ip_parse(str_of(text), &parsed));
    return http_client_key(parsed);
}

static ErrorCode take(HttpAdmissions *admissions, HttpClass class, IpAddress client)
{
    Error error = {0};
    if (http_admissions_take(admissions, class, client, &error))
        return ERR_NONE;
    assert_true(error.retry_after_s > 0);
    return error.code;
}

static void test_a_client_has_one_key_however_its_address_is_written(void **state)
{
    (void)state;
    assert_true(ip_equal(address("::ffff:192.0.2.1"), address("192.0.2.1")));
    assert_false(ip_equal(address("::ffff:192.0.2.1"), address("::ffff:192.0.2.2")));
    assert_true(ip_equal(address("2001:db8::1"), address("2001:db8::ff:1")));
}

static void test_each_client_has_a_few_public_requests(void **state)
{
    (void)state;
    HttpAdmissions admissions = empty;
    IpAddress one = address("192.0.2.1");
    for (int i = 0; i < PER_CLIENT; i++)
        assert_int_equal(take(&admissions, HTTP_CLASS_PUBLIC, one), ERR_NONE);
    assert_int_equal(take(&admissions, HTTP_CLASS_PUBLIC, one), ERR_RATE_LIMIT_EXCEEDED);
    assert_int_equal(take(&admissions, HTTP_CLASS_PUBLIC, address("192.0.2.2")), ERR_NONE);
    http_admissions_give_back(&admissions, HTTP_CLASS_PUBLIC, one);
    assert_int_equal(take(&admissions, HTTP_CLASS_PUBLIC, one), ERR_NONE);
    for (int i = 0; i < PER_CLIENT; i++)
        http_admissions_give_back(&admissions, HTTP_CLASS_PUBLIC, one);
    http_admissions_give_back(&admissions, HTTP_CLASS_PUBLIC, address("192.0.2.2"));
    http_admissions_done(&admissions);
}

static void test_all_clients_together_have_a_part(void **state)
{
    (void)state;
    HttpAdmissions admissions = empty;
    for (uint32_t i = 0; i < MAX_PUBLIC; i++)
        assert_int_equal(take(&admissions, HTTP_CLASS_PUBLIC, ip_v4(i)), ERR_NONE);
    assert_int_equal(take(&admissions, HTTP_CLASS_PUBLIC, ip_v4(MAX_PUBLIC)), ERR_UNAVAILABLE);
    assert_int_equal(take(&admissions, HTTP_CLASS_GENERAL, ip_v4(MAX_PUBLIC)), ERR_NONE);
    for (uint32_t i = 0; i < MAX_PUBLIC; i++)
        http_admissions_give_back(&admissions, HTTP_CLASS_PUBLIC, ip_v4(i));
    http_admissions_done(&admissions);
}

static void test_the_addresses_of_one_64_are_one_client(void **state)
{
    (void)state;
    HttpAdmissions admissions = empty;
    static const char *const same[] = {"2001:db8:0:1::1", "2001:db8:0:1:ffff::2",
                                       "2001:db8:0:1:0:ffff:0:3"};
    for (int i = 0; i < PER_CLIENT; i++)
        assert_int_equal(take(&admissions, HTTP_CLASS_PUBLIC, address(same[i])), ERR_NONE);
    assert_int_equal(take(&admissions, HTTP_CLASS_PUBLIC, address("2001:db8:0:1::4")),
                     ERR_RATE_LIMIT_EXCEEDED);
    assert_int_equal(take(&admissions, HTTP_CLASS_PUBLIC, address("2001:db8:0:2::1")), ERR_NONE);
    for (int i = 0; i < PER_CLIENT; i++)
        http_admissions_give_back(&admissions, HTTP_CLASS_PUBLIC, address(same[0]));
    http_admissions_give_back(&admissions, HTTP_CLASS_PUBLIC, address("2001:db8:0:2::1"));
    http_admissions_done(&admissions);
}

static void test_health_is_limited_by_itself(void **state)
{
    (void)state;
    HttpAdmissions admissions = empty;
    for (int i = 0; i < MAX_HEALTH; i++)
        assert_int_equal(take(&admissions, HTTP_CLASS_HEALTH, ip_v4(1)), ERR_NONE);
    assert_int_equal(take(&admissions, HTTP_CLASS_HEALTH, ip_v4(2)), ERR_UNAVAILABLE);
    assert_int_equal(take(&admissions, HTTP_CLASS_PUBLIC, ip_v4(1)), ERR_NONE);
    http_admissions_give_back(&admissions, HTTP_CLASS_HEALTH, ip_v4(1));
    assert_int_equal(take(&admissions, HTTP_CLASS_HEALTH, ip_v4(2)), ERR_NONE);
    http_admissions_give_back(&admissions, HTTP_CLASS_PUBLIC, ip_v4(1));
    http_admissions_done(&admissions);
}

static void test_bodies_are_counted_beside_requests(void **state)
{
    (void)state;
    HttpAdmissions admissions = empty;
    http_admissions_body_begin(&admissions, ip_v4(1));
    http_admissions_body_begin(&admissions, ip_v4(1));
    http_admissions_body_begin(&admissions, ip_v4(2));
    assert_int_equal(http_admissions_body_count(&admissions, ip_v4(1)), 2);
    assert_int_equal(http_admissions_body_count(&admissions, ip_v4(2)), 1);
    assert_int_equal(http_admissions_body_count(&admissions, ip_v4(3)), 0);
    assert_int_equal(take(&admissions, HTTP_CLASS_PUBLIC, ip_v4(1)), ERR_NONE);
    http_admissions_body_end(&admissions, ip_v4(1));
    http_admissions_body_end(&admissions, ip_v4(1));
    http_admissions_body_end(&admissions, ip_v4(2));
    assert_int_equal(admissions.client_count, 1);
    http_admissions_give_back(&admissions, HTTP_CLASS_PUBLIC, ip_v4(1));
    http_admissions_done(&admissions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_client_has_one_key_however_its_address_is_written),
        cmocka_unit_test(test_each_client_has_a_few_public_requests),
        cmocka_unit_test(test_all_clients_together_have_a_part),
        cmocka_unit_test(test_the_addresses_of_one_64_are_one_client),
        cmocka_unit_test(test_health_is_limited_by_itself),
        cmocka_unit_test(test_bodies_are_counted_beside_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
