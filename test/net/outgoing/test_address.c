/* SPDX-License-Identifier: Apache-2.0 */
#include "net/outgoing/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void check_all(const char *const *addresses, bool expected)
{
    IpAddress address;
    for (; *addresses; addresses++) {
        assert_true(ip_parse(str_of(*addresses), &address));
        if (outgoing_address_is_public(address) != expected)
            fail_msg("%s: expected %s", *addresses, expected ? "public" : "refused");
    }
}

static void test_addresses_of_the_internet_are_public(void **state)
{
    static const char *const addresses[] = {"1.1.1.1",
                                            "8.8.8.8",
                                            "9.255.255.255",
                                            "11.0.0.0",
                                            "100.63.255.255",
                                            "100.128.0.0",
                                            "126.255.255.255",
                                            "128.0.0.0",
                                            "168.63.129.15",
                                            "168.63.129.17",
                                            "169.253.255.255",
                                            "169.255.0.0",
                                            "172.15.255.255",
                                            "172.32.0.0",
                                            "192.0.1.255",
                                            "192.0.3.0",
                                            "192.88.98.255",
                                            "192.88.100.0",
                                            "192.167.255.255",
                                            "192.169.0.0",
                                            "198.17.255.255",
                                            "198.20.0.0",
                                            "198.51.99.255",
                                            "198.51.101.0",
                                            "203.0.112.255",
                                            "203.0.114.0",
                                            "223.255.255.255",
                                            "2001:200::1",
                                            "2001:4860:4860::8888",
                                            "2001:db7::1",
                                            "2001:db9::1",
                                            "2003::1",
                                            "2606:4700::1111",
                                            "2a00:1450::1",
                                            "3ffe::1",
                                            "3fff:1000::1",
                                            "3fff:ffff::",
                                            NULL};
    (void)state;
    check_all(addresses, true);
}

static void test_special_addresses_are_refused(void **state)
{
    static const char *const addresses[] = {
        /* unspecified, this network */
        "0.0.0.0", "0.1.2.3", "0.255.255.255", "::",
        /* loopback */
        "127.0.0.1", "127.0.0.0", "127.255.255.255", "::1",
        /* private, unique local */
        "10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0",
        "192.168.255.255", "fc00::", "fd12:3456::1", "fdff:ffff::",
        /* carrier-grade NAT */
        "100.64.0.0", "100.127.255.255",
        /* link-local, site-local */
        "169.254.0.0", "169.254.255.255", "fe80::1", "febf::1", "fec0::1",
        /* metadata */
        "169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "168.63.129.16",
        "fd00:ec2::254", "fd20:ce::254",
        /* protocol assignments, documentation, benchmarks, relays */
        "192.0.0.0", "192.0.0.255", "192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.0",
        "198.19.255.255", "192.88.99.1", "2001::", "2001:2::1", "2001:10::1", "2001:20::1",
        "2001:1ff:ffff::", "2001:db8::1", "3fff::1", "3fff:fff:ffff::", "100::1", "5f00::1",
        /* multicast, reserved, broadcast */
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "ff02::1", "ff0e::1",
        /* an IPv4 address within: mapped, compatible, translated, NAT64, 6to4, Teredo */
        "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8", "::127.0.0.1", "::8.8.8.8",
        "64:ff9b::127.0.0.1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "2002:7f00:1::1",
        "2002:808:808::1", "2001:0:1::1",
        /* not assigned */
        "4000::1", "8000::1", "1fff::1", NULL};
    (void)state;
    check_all(addresses, false);
}

static void test_no_address_is_not_public(void **state)
{
    (void)state;
    assert_false(outgoing_address_is_public((IpAddress){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_of_the_internet_are_public),
        cmocka_unit_test(test_special_addresses_are_refused),
        cmocka_unit_test(test_no_address_is_not_public),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
