/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/config_testing.h"

#include "engines/network/facts.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static DeviceFactVec facts_of(Arena *arena, const char *text)
{
    Device device;
    Error error = {0};
    DeviceFactVec facts = {0};
    assert_true(config_read(arena, str_of(text), STR("r1.cfg"), &device, &error));
    device_list_facts(&device, arena, &facts);
    return facts;
}

static void expect_fact(const DeviceFactVec *facts, uint32_t line, const char *text)
{
    for (size_t i = 0; i < facts->count; i++) {
        if (facts->items[i].line == line && str_equal(facts->items[i].text, str_of(text)))
            return;
    }
    for (size_t i = 0; i < facts->count; i++)
        print_error("%u: %.*s\n", facts->items[i].line, STR_ARGS(facts->items[i].text));
    fail_msg("no fact of line %u is: %s", line, text);
}

static void test_inherited_and_implied_facts_are_named(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    DeviceFactVec facts = facts_of(arena, "hostname r1\n"                           /* 1 */
                                          "interface GigabitEthernet0/1\n"          /* 2 */
                                          " ip address 10.0.0.1 255.255.255.0\n"    /* 3 */
                                          " ip access-group EDGE in\n"              /* 4 */
                                          "router ospf 7\n"                         /* 5 */
                                          " network 10.0.0.0 0.0.0.255 area 3\n"    /* 6 */
                                          "router bgp 65101\n"                      /* 7 */
                                          " neighbor PEERS peer-group\n"            /* 8 */
                                          " neighbor PEERS remote-as 65200\n"       /* 9 */
                                          " neighbor 192.0.2.9 peer-group PEERS\n"  /* 10 */
                                          "ip access-list standard EDGE\n"          /* 11 */
                                          " permit 10.0.0.0 0.0.0.255\n"            /* 12 */
                                          "ip route 0.0.0.0 0.0.0.0 10.0.0.254\n"); /* 13 */
    expect_fact(&facts, 2,
                "interface GigabitEthernet0/1 address 10.0.0.1/24 OSPF area 3 access "
                "list inbound EDGE");
    expect_fact(&facts, 5, "OSPF process 7");
    expect_fact(&facts, 7, "BGP process local AS autonomous system number 65101");
    expect_fact(&facts, 10,
                "BGP neighbor peer 192.0.2.9 remote peer AS 65200 local AS 65101 peer "
                "group PEERS");
    expect_fact(&facts, 11, "access list EDGE applied inbound on GigabitEthernet0/1");
    expect_fact(&facts, 13, "default static route to 0.0.0.0/0 next hop gateway 10.0.0.254");
    for (size_t i = 1; i < facts.count; i++)
        assert_true(facts.items[i - 1].line <= facts.items[i].line);
}

static void test_isis_and_eigrp_are_facts(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    DeviceFactVec facts = facts_of(arena, "hostname r1\n"                        /* 1 */
                                          "interface GigabitEthernet0/1\n"       /* 2 */
                                          " ip address 10.0.0.1 255.255.255.0\n" /* 3 */
                                          " ip router isis CORE\n"               /* 4 */
                                          "router isis CORE\n"                   /* 5 */
                                          " net 49.0001.0102.5500.0001.00\n"     /* 6 */
                                          "router eigrp 100\n"                   /* 7 */
                                          " network 10.0.0.0\n"                  /* 8 */
                                          " passive-interface default\n");       /* 9 */
    expect_fact(&facts, 2,
                "interface GigabitEthernet0/1 address 10.0.0.1/24 IS-IS CORE EIGRP 100 passive");
    expect_fact(&facts, 5, "IS-IS process CORE NET 49.0001.0102.5500.0001.00");
    expect_fact(&facts, 7, "EIGRP process 100 AS 100");
}

static void test_translations_are_facts(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    DeviceFactVec facts =
        facts_of(arena, "hostname r1\n"                                             /* 1 */
                        "interface GigabitEthernet0/1\n"                            /* 2 */
                        " ip nat outside\n"                                         /* 3 */
                        "ip nat pool P 192.0.2.1 192.0.2.9 netmask 255.255.255.0\n" /* 4 */
                        "ip nat inside source list 10 pool P vrf RED overload\n");  /* 5 */
    expect_fact(&facts, 2, "interface GigabitEthernet0/1 NAT outside");
    expect_fact(&facts, 4, "NAT pool P addresses 192.0.2.1-192.0.2.9");
    expect_fact(&facts, 5,
                "NAT address translation rule inside source list 10 translated to pool P overload "
                "PAT VRF RED");
}

static void test_long_names_are_left_out_of_facts(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    DeviceFactVec facts =
        facts_of(arena, "hostname r1\ninterface Loopback0\n!\nvlan 10\n name "
                        "A2345678901234567890123456789012345678901234567890123456789012345\n"
                        "vlan 11\n name SHORT\n");
    expect_fact(&facts, 4, "VLAN 10");
    expect_fact(&facts, 6, "VLAN 11 name SHORT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inherited_and_implied_facts_are_named),
        cmocka_unit_test(test_isis_and_eigrp_are_facts),
        cmocka_unit_test(test_translations_are_facts),
        cmocka_unit_test(test_long_names_are_left_out_of_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
