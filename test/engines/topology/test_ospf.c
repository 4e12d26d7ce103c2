/* SPDX-License-Identifier: Apache-2.0 */
/* One pair of routers; each case breaks one thing at one end. */
#include "engines/topology/topology_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

typedef struct {
    const char *interface_lines; /* added to r2's interface */
    const char *process_lines;   /* added to r2's process */
    const char *kind;            /* finding, NULL: none */
    OspfState state;
} Case;

static const Case cases[] = {
    {"", "", NULL, OSPF_FULL},
    {" ip ospf 1 area 1\n", "", "ospf_area_mismatch", OSPF_BROKEN},
    {" ip ospf hello-interval 5\n", "", "ospf_hello_mismatch", OSPF_BROKEN},
    {" ip ospf dead-interval 60\n", "", "ospf_dead_mismatch", OSPF_BROKEN},
    {" ip ospf hello-interval 10\n ip ospf dead-interval 40\n", "", NULL, OSPF_FULL},
    {" ip ospf network point-to-point\n", "", "ospf_network_type_mismatch", OSPF_FULL},
    {" mtu 1600\n", "", "ospf_mtu_mismatch", OSPF_BROKEN},
    {" ip mtu 1400\n", "", "ospf_mtu_mismatch", OSPF_BROKEN},
    {" mtu 1600\n ip ospf mtu-ignore\n", "", NULL, OSPF_FULL},
    {" mtu 9000\n ip mtu 1500\n", "", NULL, OSPF_FULL},
    {" ip ospf authentication message-digest\n ip ospf message-digest-key 1 md5 x\n", "",
     "ospf_authentication_mismatch", OSPF_BROKEN},
    {" ip ospf message-digest-key 1 md5 x\n", "", NULL, OSPF_FULL},
    {"", " area 0 authentication message-digest\n", "ospf_authentication_mismatch", OSPF_BROKEN},
    {"", " area 0 stub\n", "ospf_area_type_mismatch", OSPF_BROKEN},
    {"", " router-id 1.1.1.1\n", "ospf_duplicate_router_id", OSPF_BROKEN},
    {"", " passive-interface Gi0/1\n", "ospf_passive_mismatch", OSPF_PASSIVE},
};

static size_t ospf_findings(const Topology *topology)
{
    size_t count = 0;
    for (size_t i = 0; i < topology->findings.count; i++)
        count += strncmp(topology->findings.items[i].kind, "ospf_", 5) == 0;
    return count;
}

static void test_ospf_mismatches_are_reported(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        auto_arena Arena *arena = arena_new();
        Str second =
            arena_printf(arena,
                         "version 15.2\nhostname r2\ninterface Gi0/1\n ip address 10.0.0.2 "
                         "255.255.255.0\n%srouter ospf 1\n network 10.0.0.0 0.0.0.255 area "
                         "0\n%s",
                         cases[i].interface_lines, cases[i].process_lines);
        const char *texts[] = {
            "version 15.2\nhostname r1\ninterface Gi0/1\n ip address 10.0.0.1 255.255.255.0\n"
            "router ospf 1\n router-id 1.1.1.1\n network 10.0.0.0 0.0.0.255 area 0\n",
            second.data};
        Topology topology = testing_topology(arena, texts, 2);
        if (ospf_findings(&topology) != (cases[i].kind ? 1u : 0u))
            fail_msg("case %zu has %zu findings", i, ospf_findings(&topology));
        assert_int_equal(topology.adjacencies.count, 1);
        assert_int_equal(topology.adjacencies.items[0].state, cases[i].state);
        if (!cases[i].kind)
            continue;
        const Finding *finding = testing_finding(&topology, cases[i].kind);
        assert_true(finding->at[0].line > 0 && finding->at[1].line > 0);
        assert_true(topology.edges.items[finding->edge].problem);
    }
}

static void test_a_process_that_is_shut_down_has_no_neighbour(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        "version 15.2\nhostname r1\ninterface Gi0/1\n ip address 10.0.0.1 255.255.255.252\n"
        "router ospf 1\n network 10.0.0.0 0.0.0.255 area 0\n",
        "version 15.2\nhostname r2\ninterface Gi0/1\n ip address 10.0.0.2 255.255.255.252\n"
        "router ospf 1\n shutdown\n network 10.0.0.0 0.0.0.255 area 0\n"};
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(topology.adjacencies.count, 0);
    assert_int_equal(testing_count(&topology, "ospf_one_sided"), 1);
    assert_int_equal(testing_finding(&topology, "ospf_one_sided")->at[0].line, 6);
}

static void test_ospf_compares_vendors(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        "version 15.2\nhostname r1\ninterface Gi0/1\n ip address 10.0.0.1 255.255.255.252\n ip mtu "
        "1500\n ip ospf network point-to-point\nrouter ospf 1\n network 10.0.0.0 "
        "0.0.0.255 area 0\n",
        "set system host-name r2\nset interfaces ge-0/0/0 mtu 1514\n"
        "set interfaces ge-0/0/0 unit 0 family inet address 10.0.0.2/30\n"
        "set protocols ospf area 0.0.0.0 interface ge-0/0/0.0 interface-type p2p\n",
    };
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(topology.findings.count, 0);
    assert_int_equal(topology.adjacencies.items[0].state, OSPF_FULL);
    assert_true(str_equal(topology.edges.items[0].ospf_label, STR("OSPF area 0")));
}

static void test_ospf_segment_areas_are_compared(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
#define SPEAKER(n, area)                                                                           \
    "version 15.2\nhostname s" #n "\ninterface Gi0/1\n ip address 10.0.0." #n                      \
    " 255.255.255.0\nrouter ospf 1\n network 10.0.0.0 0.0.0.255 area " #area "\n"
    const char *texts[] = {SPEAKER(1, 0), SPEAKER(2, 0), SPEAKER(3, 4),
                           ("version 15.2\nhostname quiet\ninterface Gi0/1\n ip address 10.0.0.4 "
                            "255.255.255.0\n")};
    Topology topology = testing_topology(arena, texts, 4);
    assert_int_equal(topology.adjacencies.count, 2);
    assert_int_equal(testing_count(&topology, "ospf_area_mismatch"), 1);
    assert_int_equal(testing_count(&topology, "ospf_one_sided"), 0);
}

static void test_trunk_vlans_are_compared(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        "version 15.2\nhostname a\ninterface Gi0/1\n description b Gi0/1\n switchport mode trunk\n"
        " switchport trunk allowed vlan 10,20\n switchport trunk native vlan 99\n"
        "interface Gi0/2\n description b Gi0/2\n switchport mode access\n",
        "version 15.2\nhostname b\ninterface Gi0/1\n description a Gi0/1\n switchport mode trunk\n"
        " switchport trunk allowed vlan 10\ninterface Gi0/2\n description a Gi0/2\n "
        "switchport mode "
        "trunk\n"};
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(testing_count(&topology, "vlan_allowed_mismatch"), 1);
    assert_int_equal(testing_count(&topology, "native_vlan_mismatch"), 1);
    assert_int_equal(testing_count(&topology, "switchport_mode_mismatch"), 1);
}

static void test_channel_modes_are_compared(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
#define PORT(n, peer, mode)                                                                        \
    "interface Gi0/" #n "\n description " peer " Gi0/" #n "\n channel-group " #n " mode " mode "\n"
    const char *texts[] = {
        "version 15.2\nhostname aaa\n" PORT(1, "bbb", "on") PORT(2, "bbb", "passive")
            PORT(3, "bbb", "active") PORT(4, "bbb", "desirable"),
        "version 15.2\nhostname bbb\n" PORT(1, "aaa", "active") PORT(2, "aaa", "passive")
            PORT(3, "aaa", "passive") PORT(4, "aaa", "auto")};
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(testing_count(&topology, "lag_mode_mismatch"), 2);
}

static void test_what_is_wrong_with_both_versions_is_one_finding(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        "version 15.2\nhostname left\ninterface GigabitEthernet0/0\n"
        " ip address 10.0.0.1 255.255.255.252\n ipv6 address 2001:db8::1/64\n mtu 9000\n"
        " ip ospf 1 area 0\n ipv6 ospf 1 area 0\nrouter ospf 1\nipv6 router ospf 1\n",
        "version 15.2\nhostname right\ninterface GigabitEthernet0/0\n"
        " ip address 10.0.0.2 255.255.255.252\n ipv6 address 2001:db8::2/64\n"
        " ip ospf 1 area 0\n ipv6 ospf 1 area 0\nrouter ospf 1\nipv6 router ospf 1\n"};
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(testing_count(&topology, "ospf_mtu_mismatch"), 1);
    const Finding *finding = testing_finding(&topology, "ospf_mtu_mismatch");
    assert_true(str_starts_with(finding->message, STR("OSPF and OSPFv3 between left")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_channel_modes_are_compared),
        cmocka_unit_test(test_what_is_wrong_with_both_versions_is_one_finding),
        cmocka_unit_test(test_ospf_mismatches_are_reported),
        cmocka_unit_test(test_a_process_that_is_shut_down_has_no_neighbour),
        cmocka_unit_test(test_ospf_compares_vendors),
        cmocka_unit_test(test_ospf_segment_areas_are_compared),
        cmocka_unit_test(test_trunk_vlans_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
