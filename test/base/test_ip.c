/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void check_round_trip(const char *text, const char *expected)
{
    IpAddress address;
    IpText buffer;
    assert_true(ip_parse(str_of(text), &address));
    assert_string_equal(ip_format(address, &buffer).data, expected);
}

static void test_parse_and_format(void **state)
{
    (void)state;
    check_round_trip("10.0.0.1", "10.0.0.1");
    check_round_trip("255.255.255.255", "255.255.255.255");
    check_round_trip("2001:DB8:0:FF::1", "2001:db8:0:ff::1");
    check_round_trip("::", "::");
    check_round_trip("::1", "::1");
    check_round_trip("fe80::", "fe80::");
    check_round_trip("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8");
    check_round_trip("1:0:0:2:0:0:0:3", "1:0:0:2::3");
    check_round_trip("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7");
    check_round_trip("::ffff:1.2.3.4", "::ffff:102:304");
    check_round_trip("0:0:1::", "0:0:1::");
    check_round_trip("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0");
}

static void test_malformed_addresses_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.2.3.1234",
        "1.2.3.4 ",
        ":",
        ":::",
        "1::2::3",
        "12345::",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:",
        ":1:2:3:4:5:6:7",
        "fe80::1%eth0",
        "1:2:3:4:5:6:7:1.2.3.4",
        "::1.2.3",
        "g::",
        "1.2.3.-4",
        "+1.2.3.4",
        "0x1.2.3.4",
        "1:2:3:4:5:6:7:8::",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        IpAddress address = {.family = 99};
        assert_false(ip_parse(str_of(bad[i]), &address));
        assert_int_equal(address.family, 99);
    }
    IpPrefix prefix;
    assert_false(ip_prefix_parse(STR("10.0.0.0/33"), &prefix));
    assert_false(ip_prefix_parse(STR("10.0.0.0/"), &prefix));
    assert_false(ip_prefix_parse(STR("::/129"), &prefix));
    assert_false(ip_prefix_parse(STR("/24"), &prefix));
}

static void test_prefixes_contain_their_addresses(void **state)
{
    (void)state;
    IpPrefix prefix;
    IpText text;
    IpAddress address;
    assert_true(ip_prefix_parse(STR("10.1.2.3/22"), &prefix));
    assert_string_equal(ip_prefix_format(ip_prefix_network(prefix), &text).data, "10.1.0.0/22");
    assert_true(ip_parse(STR("10.1.3.255"), &address) && ip_prefix_contains(prefix, address));
    assert_true(ip_parse(STR("10.1.4.0"), &address) && !ip_prefix_contains(prefix, address));
    assert_true(ip_prefix_parse(STR("2001:db8::1/33"), &prefix));
    assert_string_equal(ip_prefix_format(ip_prefix_network(prefix), &text).data, "2001:db8::/33");
    assert_false(ip_prefix_contains(prefix, address));
    assert_true(ip_prefix_parse(STR("192.0.2.1"), &prefix));
    assert_int_equal(prefix.length, 32);
    assert_true(ip_prefix_parse(STR("192.0.2.1/0"), &prefix));
    assert_string_equal(ip_prefix_format(ip_prefix_network(prefix), &text).data, "0.0.0.0/0");
}

static void test_masks_become_prefix_lengths(void **state)
{
    (void)state;
    uint8_t length = 99;
    assert_true(ip_mask_length(ip_v4(0xFFFFFF00), &length) && length == 24);
    assert_true(ip_mask_length(ip_v4(0), &length) && length == 0);
    assert_true(ip_mask_length(ip_v4(0xFFFFFFFF), &length) && length == 32);
    assert_false(ip_mask_length(ip_v4(0xFF00FF00), &length));
    assert_true(ip_wildcard_length(ip_v4(0x000000FF), &length) && length == 24);
    assert_false(ip_wildcard_length(ip_v4(0x0000FF00), &length));
}

static void test_special_addresses_are_recognised(void **state)
{
    (void)state;
    IpAddress address;
    assert_true(ip_parse(STR("169.254.1.1"), &address) && ip_is_link_local(address));
    assert_true(ip_parse(STR("febf::1"), &address) && ip_is_link_local(address));
    assert_true(ip_parse(STR("fec0::1"), &address) && !ip_is_link_local(address));
    assert_true(ip_parse(STR("127.9.9.9"), &address) && ip_is_loopback(address));
    assert_true(ip_parse(STR("::1"), &address) && ip_is_loopback(address));
    assert_true(ip_parse(STR("::2"), &address) && !ip_is_loopback(address));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_and_format),
        cmocka_unit_test(test_malformed_addresses_are_refused),
        cmocka_unit_test(test_prefixes_contain_their_addresses),
        cmocka_unit_test(test_masks_become_prefix_lengths),
        cmocka_unit_test(test_special_addresses_are_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
