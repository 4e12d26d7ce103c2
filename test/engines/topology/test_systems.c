/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbours of different systems: what each leaves unsaid must not keep them apart. */
#include "engines/topology/topology_testing.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char frr[] = "frr version 8.4\n"                 /* 1 */
                          "hostname f1\n"                     /* 2 */
                          "interface eth1\n"                  /* 3 */
                          " ip address 10.0.0.1/30\n"         /* 4 */
                          " ip ospf area 0\n"                 /* 5 */
                          " ip ospf network point-to-point\n" /* 6 */
                          "exit\n"                            /* 7 */
                          "router ospf\n"                     /* 8 */
                          " ospf router-id 10.255.0.1\n"      /* 9 */
                          "exit\n"                            /* 10 */
                          "router bgp 65001\n"                /* 11 */
                          " neighbor 10.0.0.2 remote-as 65002\n"
                          "exit\n";

/* An MTU of IOS-XR counts the header of Ethernet: 1514 is the 1500 of the other end. */
static const char xr[] = "!! IOS XR Configuration version = 7.3.2\n"
                         "hostname x1\n"
                         "interface Bundle-Ether1\n"
                         " mtu 1514\n"
                         " ipv4 address 10.0.0.2 255.255.255.252\n"
                         "!\n"
                         "router ospf 1\n"
                         " network point-to-point\n"
                         " area 0\n"
                         "  interface Bundle-Ether1\n"
                         "  !\n"
                         " !\n"
                         "!\n"
                         "router bgp 65002\n"
                         " neighbor 10.0.0.1\n"
                         "  remote-as 65001\n"
                         "  address-family ipv4 unicast\n"
                         "  !\n"
                         " !\n"
                         "!\n";

static void test_iosxr_and_frr_become_neighbours(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {frr, xr};
    Topology topology = testing_topology(arena, texts, 2);
    StrVec links = testing_links(arena, &topology);
    assert_int_equal(links.count, 1);
    assert_str(links.items[0], "f1 eth1 = x1 Bundle-Ether1");
    assert_int_equal(topology.adjacencies.count, 1);
    assert_int_equal(topology.adjacencies.items[0].state, OSPF_FULL);
    assert_int_equal(topology.sessions.count, 1);
    assert_int_equal(topology.sessions.items[0].state, BGP_UNIQUE_MATCH);
    assert_true(topology.sessions.items[0].external);
    assert_int_equal(topology.findings.count, 0);
}

static void test_default_of_the_process_reaches_the_neighbour(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {"frr version 8.4\nhostname f1\ninterface eth1\n"
                           " ip address 10.0.0.1/30\n ip ospf area 0\nexit\n"
                           "router ospf\nexit\n",
                           "!! IOS XR Configuration version = 7.3.2\nhostname x1\n"
                           "interface TenGigE0/0/0/1\n ipv4 address 10.0.0.2/30\n!\n"
                           "router ospf 1\n hello-interval 3\n area 0\n"
                           "  interface TenGigE0/0/0/1\n  !\n !\n!\n"};
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(testing_count(&topology, "ospf_hello_mismatch"), 1);
    assert_int_equal(topology.adjacencies.items[0].state, OSPF_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iosxr_and_frr_become_neighbours),
        cmocka_unit_test(test_default_of_the_process_reaches_the_neighbour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
