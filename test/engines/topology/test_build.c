/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/topology_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define HEAD "version 15.2\nhostname "

static const TopologyEdge *only_edge(const Topology *topology, EdgeKind kind)
{
    const TopologyEdge *found = NULL;
    for (size_t i = 0; i < topology->edges.count; i++) {
        if (topology->edges.items[i].kind != kind)
            continue;
        assert_null(found);
        found = &topology->edges.items[i];
    }
    assert_non_null(found);
    return found;
}

static size_t count_edges(const Topology *topology, EdgeKind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < topology->edges.count; i++)
        count += topology->edges.items[i].kind == kind;
    return count;
}

static void test_shared_subnet_makes_a_link(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        HEAD "r2\ninterface Gi0/1\n ip address 10.0.0.2 255.255.255.252\n"
             "interface Loopback0\n ip address 1.1.1.2 255.255.255.0\n",
        "## Last commit\nsystem { host-name r1; }\ninterfaces { ge-0/0/0 { unit 0 { family inet { "
        "address 10.0.0.1/30; } } } lo0 { unit 0 { family inet { address 1.1.1.1/24; } } } }\n",
    };
    Topology topology = testing_topology(arena, texts, 2);
    const TopologyEdge *edge = only_edge(&topology, EDGE_LINK);
    assert_int_equal(topology.edges.count, 1);
    assert_true(str_equal(edge->id, STR("r1:ge-0/0/0--r2:gigabitethernet0/1")));
    assert_true(str_equal(edge->label, STR("ge-0/0/0 \xE2\x80\x93 Gi0/1")));
    assert_true(str_equal(edge->ends[0].address, STR("10.0.0.1/30")));
    assert_int_equal(edge->evidence.count, 1);
    assert_int_equal(edge->evidence.items[0].at[1].line, 4);
    assert_true(str_equal(edge->evidence.items[0].at[1].file, STR("a.cfg")));
    assert_true(edge->confidence > 0.8);
}

static void test_what_is_no_link(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        HEAD "r1\ninterface Gi0/1\n ip address 10.0.0.1 255.255.255.0\n shutdown\n"
             "interface Gi0/2\n ip address 169.254.0.1 255.255.255.0\n"
             "interface Gi0/3\n ip address 10.3.0.1 255.255.255.255\n"
             "interface Gi0/4\n ipv6 address FE80::1/64\n"
             "interface Gi0/5\n ip address 10.5.0.1 255.255.255.0\n vrf forwarding A\n"
             "interface Gi0/6\n ip address 10.5.0.2 255.255.255.0\n vrf forwarding B\n",
        HEAD "r2\ninterface Gi0/1\n ip address 10.0.0.2 255.255.255.0\n"
             "interface Gi0/2\n ip address 169.254.0.2 255.255.255.0\n"
             "interface Gi0/3\n ip address 10.3.0.1 255.255.255.255\n"
             "interface Gi0/4\n ipv6 address FE80::2/64\n",
    };
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(topology.edges.count, 0);
    assert_int_equal(topology.shutdown.count, 1);
    assert_true(str_equal(topology.shutdown.items[0].address, STR("10.0.0.1/24")));
}

/* One segment, whatever each device calls its VRF, and no cable between two of them. */
static void test_management_is_one_segment(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        HEAD "r1\ninterface Gi0/0\n vrf forwarding Mgmt-intf\n ip address 10.0.0.1 "
             "255.255.255.0\ninterface Gi0/1\n vrf forwarding MGMT\n ip address 10.1.0.1 "
             "255.255.255.252\n",
        HEAD "r2\ninterface Gi0/0\n vrf forwarding management\n ip address 10.0.0.2 "
             "255.255.255.0\ninterface Gi0/1\n vrf forwarding OOB\n ip address 10.1.0.2 "
             "255.255.255.252\n",
    };
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(topology.edges.count, 3);
    assert_true(topology.nodes.items[2].type == NODE_NETWORK);
    assert_true(topology.nodes.items[2].management);
    StrVec links = testing_links(arena, &topology);
    assert_int_equal(links.count, 1);
    assert_true(str_equal(links.items[0], STR("r1 GigabitEthernet0/1 = r2 GigabitEthernet0/1")));
}

static void test_management_ports_without_a_vrf_stay_with_the_others(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        "! device: s1 (vEOS-lab, EOS-4.30.1F)\nhostname s1\ninterface Management1\n"
        "   ip address 10.0.0.1/24\n",
        HEAD "r1\ninterface Gi0/0\n ip address 10.0.0.2 255.255.255.0\n",
        HEAD "r2\ninterface Gi0/0\n ip address 10.0.0.3 255.255.255.0\n",
    };
    Topology topology = testing_topology(arena, texts, 3);
    assert_int_equal(testing_links(arena, &topology).count, 0);
    assert_int_equal(topology.edges.count, 3);
}

static void test_more_of_the_same_is_no_surer(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        HEAD "s1\ninterface Vlan10\n ip address 10.0.0.1 255.255.255.0\n"
             "interface Vlan20\n ip address 10.1.0.1 255.255.255.0\n",
        HEAD "s2\ninterface Vlan10\n ip address 10.0.0.2 255.255.255.0\n"
             "interface Vlan20\n ip address 10.1.0.2 255.255.255.0\n",
    };
    Topology topology = testing_topology(arena, texts, 2);
    const TopologyEdge *edge = only_edge(&topology, EDGE_LINK);
    assert_int_equal(edge->evidence.count, 2);
    assert_true(edge->confidence > 0.69 && edge->confidence < 0.71);
}

static void test_vrfs_keep_subnets_apart(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        HEAD
        "pe\ninterface Gi0/1.10\n encapsulation dot1Q 10\n vrf forwarding A\n ip address 10.0.0.1 "
        "255.255.255.252\ninterface Gi0/1.20\n encapsulation dot1Q 20\n vrf forwarding B\n"
        " ip address 10.0.0.1 255.255.255.252\n"
        "interface Gi0/2\n vrf forwarding C\n ip address 10.9.0.1 255.255.255.252\n",
        HEAD
        "pe2\ninterface Gi0/1.10\n encapsulation dot1Q 10\n vrf forwarding A\n ip address 10.0.0.2 "
        "255.255.255.252\ninterface Gi0/1.20\n encapsulation dot1Q 20\n vrf forwarding B\n"
        " ip address 10.0.0.2 255.255.255.252\n",
        HEAD "ce\ninterface Gi0/0\n ip address 10.9.0.2 255.255.255.252\n",
    };
    Topology topology = testing_topology(arena, texts, 3);
    StrVec links = testing_links(arena, &topology);
    assert_int_equal(links.count, 2); /* both VLANs of the port pair make one edge */
    assert_true(str_equal(links.items[0], STR("ce GigabitEthernet0/0 = pe GigabitEthernet0/2")));
    assert_true(str_equal(links.items[1], STR("pe GigabitEthernet0/1 = pe2 GigabitEthernet0/1")));
    assert_int_equal(testing_count(&topology, "duplicate_ip"), 0);
}

static void test_lan_joins_many_devices(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        HEAD "r1\ninterface Gi0/1\n ip address 10.0.0.1 255.255.255.0\n",
        HEAD "r2\ninterface Gi0/1\n ip address 10.0.0.2 255.255.255.0\n",
        HEAD
        "r3\ninterface Gi0/1\n ip address 10.0.0.3 255.255.255.0\n ipv6 address 2001:db8::3/64\n",
        HEAD "r4\ninterface Gi0/1\n ipv6 address 2001:db8::4/64\n",
    };
    Topology topology = testing_topology(arena, texts, 4);
    assert_int_equal(count_edges(&topology, EDGE_LAN), 3);
    assert_int_equal(count_edges(&topology, EDGE_LINK), 1);
    assert_int_equal(topology.nodes.count, 5);
    assert_int_equal(topology.nodes.items[4].type, NODE_NETWORK);
    assert_true(str_equal(topology.nodes.items[4].id, STR("net-10.0.0.0/24")));
}

static void test_descriptions_name_links(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        HEAD "sw-1\ninterface Gi0/1\n description P2P_LINK_TO_SW_2_Gi0/7\n switchport mode trunk\n"
             "interface Gi0/2\n description to sw-3\n switchport mode trunk\n"
             "interface Gi0/3\n description sw_2 Gi0/9\n switchport mode trunk\n"
             "interface Gi0/4\n description printer room 2\n switchport mode access\n",
        HEAD "sw_2\ninterface Gi0/7\n description sw-1:Gi0/1\n switchport mode trunk\n"
             "interface Gi0/9\n description sw-1 GigabitEthernet0/8\n switchport mode trunk\n",
        HEAD "sw-3\nip domain name example.net\ninterface Te1/1\n description uplink (sw-1)\n"
             " switchport mode trunk\n",
    };
    Topology topology = testing_topology(arena, texts, 3);
    StrVec links = testing_links(arena, &topology);
    StrVec expected = {0};
    *VEC_PUSH(arena, &expected) = STR("sw-1 GigabitEthernet0/1 = sw_2 GigabitEthernet0/7");
    *VEC_PUSH(arena, &expected) = STR("sw-1 GigabitEthernet0/2 = sw-3 TenGigabitEthernet1/1");
    assert_int_equal(testing_compare("descriptions", &expected, &links), 0);
    /* sw-1 Gi0/3 and sw_2 Gi0/9 contradict each other */
    assert_int_equal(testing_count(&topology, "description_mismatch"), 1);
    assert_int_equal(topology.nodes.items[0].type, NODE_SWITCH);
}

static void test_aggregates_are_one_link(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        HEAD "a\ninterface Gi0/1\n description b Gi0/1\n channel-group 1 mode active\n"
             "interface Gi0/2\n description b Gi0/2\n channel-group 1 mode active\n"
             "interface Port-channel1\n ip address 10.0.0.1 255.255.255.252\n",
        HEAD "b\ninterface Gi0/1\n description a Gi0/1\n channel-group 7 mode active\n"
             "interface Gi0/2\n description a Gi0/2\n channel-group 7 mode active\n"
             "interface Port-channel7\n ip address 10.0.0.2 255.255.255.252\n",
    };
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(topology.edges.count, 2);
    assert_true(str_equal(topology.edges.items[0].lag, STR("Po1 \xE2\x80\x93 Po7")));
    assert_int_equal(
        topology.edges.items[0].evidence.count + topology.edges.items[1].evidence.count, 3);
}

static void test_bgp_sessions_are_matched(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        HEAD "r1\ninterface Loopback0\n ip address 1.1.1.1 255.255.255.255\n"
             "interface Gi0/1\n ip address 10.0.0.1 255.255.255.252\n"
             "interface Gi0/2\n ip address 198.51.100.1 255.255.255.252\n"
             "router bgp 65001\n neighbor 1.1.1.2 remote-as 65001\n"
             " neighbor 1.1.1.2 update-source Loopback0\n neighbor 10.0.0.6 remote-as 65002\n"
             " neighbor 198.51.100.2 remote-as 64500\n neighbor 203.0.113.9 remote-as 65001\n"
             " neighbor 1.1.1.3 remote-as 65003\n",
        HEAD "r2\ninterface Loopback0\n ip address 1.1.1.2 255.255.255.255\n"
             "interface Gi0/1\n ip address 10.0.0.2 255.255.255.252\n"
             "interface Gi0/2\n ip address 10.0.0.5 255.255.255.252\n"
             "router bgp 65001\n neighbor 1.1.1.1 remote-as 65001\n"
             " neighbor 1.1.1.1 update-source Loopback0\n neighbor 10.0.0.6 remote-as 65003\n",
        HEAD "r3\ninterface Loopback0\n ip address 1.1.1.3 255.255.255.255\n"
             "interface Gi0/1\n ip address 10.0.0.6 255.255.255.252\n"
             "router bgp 65003\n neighbor 10.0.0.5 remote-as 65001\n",
    };
    Topology topology = testing_topology(arena, texts, 3);
    size_t states[BGP_DISABLED + 1] = {0};
    for (size_t i = 0; i < topology.sessions.count; i++)
        states[topology.sessions.items[i].state]++;
    assert_int_equal(states[BGP_UNIQUE_MATCH], 2); /* the iBGP pair once, r2-r3 once */
    assert_int_equal(states[BGP_UNKNOWN_REMOTE], 2);
    assert_int_equal(states[BGP_HALF_OPEN], 2); /* 10.0.0.6 and 1.1.1.3 of r1 */
    assert_int_equal(testing_count(&topology, "bgp_half_open"), 2);
    const TopologyEdge *direct = NULL, *internal = NULL;
    for (size_t i = 0; i < topology.edges.count; i++) {
        const TopologyEdge *edge = &topology.edges.items[i];
        if (edge->kind == EDGE_LINK && edge->ebgp)
            direct = edge;
        if (str_equal(edge->id, STR("bgp:r1--r2")))
            internal = edge;
    }
    assert_true(direct && internal && internal->ibgp && internal->evidence.count == 1);
    assert_true(str_equal(direct->bgp_label, STR("eBGP 65001 \xE2\x80\x93 65003")));
}

static void test_bgp_mismatches_are_reported(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        HEAD "r1\ninterface Gi0/1\n ip address 10.0.0.1 255.255.255.252\nrouter bgp 65001\n"
             " neighbor 10.0.0.2 remote-as 65099\n neighbor 10.0.0.9 update-source Loopback7\n"
             " neighbor 10.0.0.9 remote-as 65009\n neighbor 10.0.0.10 description no as\n",
        HEAD "r2\ninterface Gi0/1\n ip address 10.0.0.2 255.255.255.252\nrouter bgp 65002\n"
             " neighbor 10.0.0.1 remote-as 65001\n",
    };
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(testing_count(&topology, "bgp_as_mismatch"), 1);
    assert_int_equal(testing_count(&topology, "bgp_invalid_local_ip"), 1);
    assert_int_equal(testing_count(&topology, "bgp_no_remote_as"), 1);
    const Finding *finding = testing_finding(&topology, "bgp_as_mismatch");
    assert_true(finding->at[0].line && finding->at[1].line && finding->edge != UINT32_MAX);
    assert_true(topology.edges.items[finding->edge].problem);
}

static void test_dynamic_bgp_ranges_are_matched(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        "! device: r1 (vEOS, EOS-4.30.1F)\nhostname r1\ninterface Ethernet1\n   ip "
        "address 10.0.0.1/24\n"
        "router bgp 65001\n   neighbor PG peer group\n   bgp listen range 10.0.0.0/24 "
        "peer-group PG "
        "remote-as 65002\n",
        HEAD "r2\ninterface Gi0/1\n ip address 10.0.0.2 255.255.255.0\nrouter bgp 65002\n"
             " neighbor 10.0.0.1 remote-as 65001\n",
    };
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(topology.sessions.count, 1);
    assert_int_equal(topology.sessions.items[0].state, BGP_DYNAMIC_MATCH);
}

static void test_duplicates_are_reported(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        HEAD "r1\ninterface Gi0/1\n ip address 10.0.0.1 255.255.255.0\nrouter ospf 1\n router-id "
             "9.9.9.9\n",
        HEAD "R1\ninterface Gi0/1\n ip address 10.0.0.1 255.255.255.0\n",
        HEAD "r1\ninterface Gi0/1\n ip address 10.7.0.1 255.255.255.0\nrouter ospf 1\n router-id "
             "9.9.9.9\n",
        HEAD "r4\ninterface Gi0/1\n ip address 10.0.0.1 255.255.255.0\n",
        HEAD "r5\ninterface Gi0/1\n ip address 10.0.0.5 255.255.255.128\n",
    };
    Topology topology = testing_topology(arena, texts, 5);
    assert_int_equal(topology.device_count, 4); /* b.cfg is a.cfg again */
    assert_int_equal(testing_count(&topology, "duplicate_hostname"), 2);
    assert_int_equal(testing_count(&topology, "duplicate_ip"), 1);
    assert_int_equal(testing_count(&topology, "duplicate_router_id"), 1);
    assert_int_equal(testing_count(&topology, "subnet_mask_mismatch"), 1);
    for (size_t i = 0; i < topology.nodes.count; i++) {
        for (size_t k = i + 1; k < topology.nodes.count; k++)
            assert_false(str_equal(topology.nodes.items[i].id, topology.nodes.items[k].id));
    }
}

static void test_empty_network_is_drawn(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Topology topology = testing_topology(arena, NULL, 0);
    auto_strbuf StrBuf out;
    strbuf_init(&out, 1 << 20);
    topology_write_svg(&topology, &out);
    assert_true(str_ends_with(strbuf_str(&out), STR("</svg>\n")));
    assert_int_equal(topology.nodes.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shared_subnet_makes_a_link),
        cmocka_unit_test(test_what_is_no_link),
        cmocka_unit_test(test_management_is_one_segment),
        cmocka_unit_test(test_management_ports_without_a_vrf_stay_with_the_others),
        cmocka_unit_test(test_more_of_the_same_is_no_surer),
        cmocka_unit_test(test_vrfs_keep_subnets_apart),
        cmocka_unit_test(test_lan_joins_many_devices),
        cmocka_unit_test(test_descriptions_name_links),
        cmocka_unit_test(test_aggregates_are_one_link),
        cmocka_unit_test(test_bgp_sessions_are_matched),
        cmocka_unit_test(test_bgp_mismatches_are_reported),
        cmocka_unit_test(test_dynamic_bgp_ranges_are_matched),
        cmocka_unit_test(test_duplicates_are_reported),
        cmocka_unit_test(test_empty_network_is_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
