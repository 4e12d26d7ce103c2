/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes a link and what does not: addresses that are used twice, descriptions without ports,
 * unnumbered links, switches between routers, sub-interfaces, management in several VRFs.
 */
#include "engines/topology/topology_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define HEAD "version 15.2\nhostname "
#define EOS "! device: x (DCS-7050SX3-48YC8, EOS-4.30.1F)\nhostname "
#define LINK(a, b) HEAD a "\ninterface Gi0/1\n description " b "\n switchport mode trunk\n"

static void check_links(const char *const *texts, size_t count, const char *const *links,
                        size_t link_count)
{
    auto_arena Arena *arena = arena_new();
    Topology topology = testing_topology(arena, texts, count);
    StrVec found = testing_links(arena, &topology), expected = {0};
    for (size_t i = 0; i < link_count; i++)
        *VEC_PUSH(arena, &expected) = str_of(links[i]);
    testing_sort(&expected);
    assert_int_equal(testing_compare(texts[0], &expected, &found), 0);
}

#define CHECK_LINKS(texts, ...)                                                                    \
    do {                                                                                           \
        const char *links_[] = {__VA_ARGS__};                                                      \
        check_links(texts, COUNT_OF(texts), links_, COUNT_OF(links_));                             \
    } while (0)
#define CHECK_NO_LINK(texts) check_links(texts, COUNT_OF(texts), NULL, 0)

static void test_same_address_at_both_ends_is_no_link(void **state)
{
    (void)state;
    const char *small[] = {HEAD "a\ninterface Gi1\n ip address 192.168.1.2 255.255.255.252\n",
                           HEAD "b\ninterface Gi1\n ip address 192.168.1.2 255.255.255.252\n"};
    const char *vrfs[] = {
        HEAD "a\ninterface Gi1\n vrf forwarding A\n ip address 10.0.0.2 255.255.255.0\n",
        HEAD "b\ninterface Gi1\n vrf forwarding B\n ip address 10.0.0.2 255.255.255.0\n"};
    const char *six[] = {HEAD "a\ninterface Gi1\n ipv6 address 2001:db8::1/64\n",
                         HEAD "b\ninterface Gi1\n ipv6 address 2001:db8::1/64\n"};
    CHECK_NO_LINK(small);
    CHECK_NO_LINK(vrfs);
    CHECK_NO_LINK(six);
}

static void test_three_addresses_cannot_share_a_subnet_for_two(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {HEAD "a\ninterface Gi1\n ip address 10.0.0.1 255.255.255.252\n",
                           HEAD "b\ninterface Gi1\n ip address 10.0.0.1 255.255.255.252\n",
                           HEAD "c\ninterface Gi1\n ip address 10.0.0.2 255.255.255.252\n"};
    Topology topology = testing_topology(arena, texts, 3);
    assert_int_equal(topology.edges.count, 0);
    assert_int_equal(testing_count(&topology, "duplicate_ip"), 1);
}

#define MLAG(own, peer, address, other)                                                            \
    EOS own "\ninterface Port-Channel1\n   description " peer " Po1\n   switchport mode trunk\n"   \
            "interface Vlan4094\n   ip address 192.168.254." address "/31\nrouter bgp 65001\n"     \
            "   neighbor 192.168.254." other " remote-as 65001\n"

static void test_subnet_that_every_pair_reuses_links_each_pair(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {MLAG("p1a", "p1b", "0", "1"), MLAG("p2a", "p2b", "0", "1"),
                           MLAG("p2b", "p2a", "1", "0"), MLAG("p1b", "p1a", "1", "0")};
    Topology topology = testing_topology(arena, texts, 4);
    StrVec links = testing_links(arena, &topology);
    assert_int_equal(links.count, 2);
    assert_true(str_starts_with(links.items[0], STR("p1a Port-Channel1 = p1b")));
    assert_true(str_starts_with(links.items[1], STR("p2a Port-Channel1 = p2b")));
    assert_int_equal(testing_count(&topology, "duplicate_ip"), 0);
    assert_int_equal(testing_count(&topology, "reused_address"), 2);
    for (size_t i = 0; i < topology.sessions.count; i++) {
        const BgpSession *session = &topology.sessions.items[i];
        const TopologyEdge *edge = &topology.edges.items[session->edge];
        assert_int_equal(edge->kind, EDGE_LINK);
        assert_true(edge->ends[0].node == session->nodes[0] ||
                    edge->ends[1].node == session->nodes[0]);
    }
    assert_int_equal(testing_count(&topology, "bgp_half_open"), 0);
}

static void test_descriptions_without_ports_join_devices(void **state)
{
    (void)state;
    const char *pairs[] = {
        HEAD "a1\ninterface Gi0/1\n description Link to b1 (primary)\n switchport mode trunk\n"
             "interface Gi0/2\n description Link to b1 (secondary)\n switchport mode trunk\n",
        HEAD "b1\ninterface Gi0/5\n description Link to a1 (secondary)\n switchport mode trunk\n"
             "interface Gi0/6\n description Link to a1 (primary)\n switchport mode trunk\n"};
    const char *lags[] = {
        HEAD "a1\ninterface Port-channel1\n description b1\n switchport mode trunk\n",
        HEAD "b1\ninterface Port-channel2\n description a1\n switchport mode trunk\n"};
    const char *one_end[] = {
        HEAD "a1\ninterface Gi0/1\n description to b1\n switchport mode trunk\n"
             "interface Gi0/2\n description to b1\n switchport mode trunk\n",
        HEAD "b1\ninterface Gi0/1\n switchport mode trunk\ninterface Gi0/2\n switchport mode "
             "trunk\n"};
    const char *only_port[] = {LINK("a1", "to b1"), HEAD "b1\ninterface Gi0/7\n switchport mode "
                                                         "trunk\n"};
    CHECK_LINKS(pairs, "a1 GigabitEthernet0/1 = b1 GigabitEthernet0/6",
                "a1 GigabitEthernet0/2 = b1 GigabitEthernet0/5");
    CHECK_LINKS(lags, "a1 Port-channel1 = b1 Port-channel2");
    CHECK_LINKS(one_end, "a1 GigabitEthernet0/1 = b1 ", "a1 GigabitEthernet0/2 = b1 ");
    CHECK_LINKS(only_port, "a1 GigabitEthernet0/1 = b1 GigabitEthernet0/7");
}

static void test_links_without_ports_are_less_sure(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {LINK("a1", "to b1"), LINK("b1", "to a1"), LINK("c1", "to a1 Gi0/9"),
                           LINK("d1", "to b1 room 5")};
    Topology topology = testing_topology(arena, texts, 4);
    for (size_t i = 0; i < topology.edges.count; i++)
        assert_true(topology.edges.items[i].confidence < 0.7);
    assert_int_equal(topology.edges.count, 2); /* a1 has no Gi0/9 */
}

static void test_subnet_names_the_ports_of_a_description(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        HEAD "a1\ninterface Gi0/1\n description to b1\n ip address 10.0.0.1 255.255.255.252\n"
             "interface Gi0/2\n description to b1\n ip address 10.0.0.5 255.255.255.252\n",
        HEAD "b1\ninterface Gi0/1\n description a1\n ip address 10.0.0.6 255.255.255.252\n"
             "interface Gi0/2\n ip address 10.0.0.2 255.255.255.252\n"};
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(topology.edges.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(topology.edges.items[i].evidence.count, 2);
        assert_true(topology.edges.items[i].confidence > 0.9);
    }
}

static void test_many_forms_name_a_port(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "to core1 Gi0/1",
        "core1:Gi0/1",
        "core1_Gi0/1",
        "core1 (Gi0/1)",
        "<-> core1 Gi0/1",
        "Link-to-core1-Gi0/1",
        "core1.example.net Gi0/1",
        "CORE1 g0/1",
        "### core1 | Gi0/1 ###",
        "core1-Gi0/1",
        "core1->Gi0/1",
        "Gi0/1 on core1",
        "Gi0/1 core1",
        "core1/Gi0/1",
        "core1 GigabitEthernet 0/1",
        "core1 interface Gi0/1",
        "core1, port Gi0/1",
        "[core1][Gi0/1]",
        "core1 ge0/1",
        "core1_Gi0_1",
        "core1 0/1",
        "P2P_LINK_TO_CORE1_GIGABITETHERNET0/1",
        "core1 gig0/1",
        "Gi0/1@core1",
        "Gi0/9 -> core1 Gi0/1",
        "core1#Gi0/1",
        "core1:Gig 0/1",
        "core1 \xE2\x86\x92 Gi0/1",
        "site-a core1 Gi0/1 10G",
        "core1 int gi 0/1 vlan 10",
    };
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        auto_arena Arena *arena = arena_new();
        const char *texts[] = {
            HEAD
            "core1\ninterface Gi0/1\n switchport mode trunk\ninterface Gi0/2\n switchport mode "
            "trunk\ninterface Gi1/0/2\n switchport mode trunk\n",
            arena_printf(arena,
                         HEAD "acc1\ninterface Gi0/9\n description %s\n switchport mode "
                              "trunk\n",
                         forms[i])
                .data};
        Topology topology = testing_topology(arena, texts, 2);
        StrVec links = testing_links(arena, &topology);
        if (links.count != 1 ||
            !str_equal(links.items[0], STR("acc1 GigabitEthernet0/9 = core1 GigabitEthernet0/1")))
            fail_msg("%s: %zu links", forms[i], links.count);
    }
}

static void test_counted_port_is_found_if_there_is_one(void **state)
{
    (void)state;
    const char *counted[] = {LINK("a1", "uplink core1 port 24"),
                             HEAD "core1\ninterface Gi1/0/24\n switchport mode trunk\n"
                                  "interface Gi1/0/2\n switchport mode trunk\n"};
    const char *junos[] = {
        LINK("a1", "j1-xe-0-0-1"),
        "## Last commit\nsystem { host-name j1; }\ninterfaces { xe-0/0/1 { description "
        "\"a1 g0/1\"; unit 0 { family ethernet-switching; } } ge-0/0/1 { unit 0; } }\n"};
    CHECK_LINKS(counted, "a1 GigabitEthernet0/1 = core1 GigabitEthernet1/0/24");
    CHECK_LINKS(junos, "a1 GigabitEthernet0/1 = j1 xe-0/0/1");
}

static void test_similar_names_are_other_devices(void **state)
{
    (void)state;
    const char *texts[] = {LINK("a1", "core1-ilo"), LINK("core1", "printer 3"),
                           LINK("b", "plan b of floor 2")};
    CHECK_NO_LINK(texts);
}

#define UNNUMBERED(own, id, port, peer, ospf)                                                      \
    HEAD own "\ninterface Loopback0\n ip address 10.255.20." id " 255.255.255.255\n"               \
             "interface " port "\n description to " peer "\n ip unnumbered Loopback0\n"            \
             " ip ospf network point-to-point\n" ospf "router ospf 1\n"                            \
             " network 10.255.20." id " 0.0.0.0 area 0\n"

static void check_adjacency(const char *const *texts, OspfState wanted, uint8_t version)
{
    auto_arena Arena *arena = arena_new();
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(topology.adjacencies.count, 1);
    assert_int_equal(topology.adjacencies.items[0].state, wanted);
    assert_int_equal(topology.adjacencies.items[0].version, version);
    assert_true(topology.edges.items[topology.adjacencies.items[0].edge].ospf);
}

static void test_unnumbered_links_run_ospf(void **state)
{
    (void)state;
    const char *by_interface[] = {UNNUMBERED("a1", "1", "Gi2", "b1 Gi3", " ip ospf 1 area 0\n"),
                                  UNNUMBERED("b1", "2", "Gi3", "a1 Gi2", " ip ospf 1 area 0\n")};
    const char *by_network[] = {UNNUMBERED("a1", "1", "Gi2", "b1", ""),
                                UNNUMBERED("b1", "2", "Gi3", "a1", "")};
    const char *areas[] = {UNNUMBERED("a1", "1", "Gi2", "b1 Gi3", " ip ospf 1 area 7\n"),
                           UNNUMBERED("b1", "2", "Gi3", "a1 Gi2", "")};
    const char *six[] = {HEAD "a1\ninterface Gi1\n description b1\n ipv6 enable\n ipv6 ospf 1 area "
                              "0\nipv6 router ospf 1\n router-id 1.1.1.1\n",
                         HEAD "b1\ninterface Gi1\n description a1\n ipv6 enable\n ipv6 ospf 1 area "
                              "0\nipv6 router ospf 1\n router-id 1.1.1.2\n"};
    check_adjacency(by_interface, OSPF_FULL, 2);
    check_adjacency(by_network, OSPF_FULL, 2);
    check_adjacency(areas, OSPF_BROKEN, 2);
    check_adjacency(six, OSPF_FULL, 3);
}

#define ROUTER(own, description, address)                                                          \
    HEAD own "\ninterface Gi0/0\n" description " ip address 10.150.0." address " 255.255.255.0\n"
#define SWITCH(one, two)                                                                           \
    HEAD "swx\ninterface Gi1/1\n" one " switchport access vlan 50\n switchport mode access\n"      \
         "interface Gi1/2\n" two " switchport access vlan 50\n switchport mode access\n"

static void test_subnet_runs_through_the_given_switch(void **state)
{
    (void)state;
    const char *both[] = {ROUTER("ra", " description swx Gi1/1\n", "1"),
                          ROUTER("rb", " description swx Gi1/2\n", "2"),
                          SWITCH(" description ra Gi0/0\n", " description rb Gi0/0\n")};
    const char *at_switch[] = {ROUTER("ra", "", "1"), ROUTER("rb", "", "2"),
                               SWITCH(" description to ra\n", " description to rb\n")};
    const char *at_routers[] = {ROUTER("ra", " description swx Gi1/1\n", "1"),
                                ROUTER("rb", " description swx\n", "2"), SWITCH("", "")};
    const char *at_one[] = {ROUTER("ra", " description swx Gi1/1\n", "1"), ROUTER("rb", "", "2"),
                            SWITCH("", "")};
    const char *const cables[] = {"ra GigabitEthernet0/0 = swx GigabitEthernet1/1",
                                  "rb GigabitEthernet0/0 = swx GigabitEthernet1/2"};
    check_links(both, 3, cables, 2);
    check_links(at_switch, 3, cables, 2);
    check_links(at_routers, 3, cables, 2);
    CHECK_LINKS(at_one, "ra GigabitEthernet0/0 = swx GigabitEthernet1/1",
                "rb GigabitEthernet0/0 = swx ");
}

static void test_vlan_interface_is_reached_over_the_cable(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        ROUTER("ra", " description swx Gi1/1\n ip ospf 1 area 0\n", "1"),
        ROUTER("rb", " description swx Gi1/2\n ip ospf 1 area 0\n", "2"),
        SWITCH("", "") "interface Vlan50\n ip address 10.150.0.254 255.255.255.0\n"
                       " ip ospf 1 area 0\n"};
    Topology topology = testing_topology(arena, texts, 3);
    assert_int_equal(topology.edges.count, 2);
    assert_int_equal(topology.nodes.count, 3);
    assert_int_equal(topology.adjacencies.count, 2);
}

#define SUB(own, peer, own_port, peer_port, last)                                                  \
    EOS own "\ninterface " own_port "\n   description P2P_" peer "_" peer_port                     \
            "\n   no switchport\n   ip address 10.0.1." last "/31\ninterface " own_port ".100\n"   \
            "   description P2P_" peer "_" peer_port ".100_VRF_BLUE\n"                             \
            "   encapsulation dot1q vlan 100\n   vrf BLUE\n   ip address 10.0.1." last "/31\n"

static void test_sub_interface_in_a_description_is_the_sub_interface(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {SUB("rt-a", "rt-b", "Ethernet3", "Ethernet1", "8"),
                           SUB("rt-b", "rt-a", "Ethernet1", "Ethernet3", "9")};
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(topology.edges.count, 1);
    assert_int_equal(topology.findings.count, 0);
    const char *only_sub[] = {
        HEAD "a1\ninterface Gi0/1.10\n encapsulation dot1Q 10\n description b1 Gi0/2.10\n",
        HEAD "b1\ninterface Gi0/2\n no shutdown\ninterface Gi0/2.10\n encapsulation dot1Q 10\n"
             " description a1 Gi0/1.10\n"};
    CHECK_LINKS(only_sub, "a1 GigabitEthernet0/1 = b1 GigabitEthernet0/2");
}

#define NXOS(own, address)                                                                         \
    "!Command: show running-config\nversion 9.2(3)\nhostname " own "\nfeature bgp\nvrf context "   \
    "management\ninterface mgmt0\n  vrf member management\n  ip address 10.150.0." address "/16\n"

static void test_one_segment_stays_one(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *management[] = {HEAD "d1\ninterface Gi0/0\n ip address 10.150.0.141 255.255.0.0\n",
                                HEAD "d2\ninterface Gi0/0\n ip address 10.150.0.142 255.255.0.0\n",
                                NXOS("n1", "51"), NXOS("n2", "52")};
    const char *customer[] = {
        HEAD "p1\ninterface Gi1\n vrf forwarding A\n ip address 10.0.0.1 255.255.255.0\n",
        HEAD "p2\ninterface Gi1\n vrf forwarding A\n ip address 10.0.0.2 255.255.255.0\n",
        HEAD "c1\ninterface Gi1\n ip address 10.0.0.3 255.255.255.0\n"};
    Topology four = testing_topology(arena, management, 4);
    assert_int_equal(four.edges.count, 4);
    assert_int_equal(four.nodes.count, 5);
    Topology three = testing_topology(arena, customer, 3);
    assert_int_equal(three.edges.count, 3);
    assert_int_equal(three.nodes.count, 4);
}

static void test_session_finds_its_end_among_several_owners(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        EOS "o1\ninterface Vlan4094\n   ip address 192.168.254.0/31\nrouter ospf 1\n",
        EOS "s1\ninterface Vlan4094\n   ip address 192.168.254.0/31\nrouter bgp 65001\n"
            "   neighbor 192.168.254.1 remote-as 65001\n",
        EOS "s2\ninterface Vlan4094\n   ip address 192.168.254.1/31\nrouter bgp 65001\n"
            "   neighbor 192.168.254.0 remote-as 65001\n"};
    Topology topology = testing_topology(arena, texts, 3);
    assert_int_equal(topology.sessions.count, 1);
    assert_int_equal(topology.sessions.items[0].state, BGP_UNIQUE_MATCH);
    assert_int_equal(testing_count(&topology, "bgp_half_open"), 0);
    assert_int_equal(topology.edges.count, 1);
}

/* Customers use the same addresses in two VRFs of one provider. */
static void test_sessions_in_vrfs_find_their_own_end(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        HEAD "pe\ninterface Gi1\n vrf forwarding A\n ip address 10.0.0.1 255.255.255.252\n"
             "interface Gi2\n vrf forwarding B\n ip address 10.0.0.1 255.255.255.252\n"
             "router bgp 65000\n address-family ipv4 vrf A\n  neighbor 10.0.0.2 remote-as 65001\n"
             "  neighbor 10.0.0.2 activate\n address-family ipv4 vrf B\n"
             "  neighbor 10.0.0.2 remote-as 65002\n  neighbor 10.0.0.2 activate\n",
        HEAD "ca\ninterface Gi1\n ip address 10.0.0.2 255.255.255.252\nrouter bgp 65001\n"
             " neighbor 10.0.0.1 remote-as 65000\n",
        HEAD "cb\ninterface Gi1\n ip address 10.0.0.2 255.255.255.252\nrouter bgp 65002\n"
             " neighbor 10.0.0.1 remote-as 65000\n"};
    Topology topology = testing_topology(arena, texts, 3);
    assert_int_equal(testing_count(&topology, "bgp_half_open"), 0);
    assert_int_equal(testing_count(&topology, "bgp_as_mismatch"), 0);
    assert_int_equal(topology.sessions.count, 2);
}

static void test_label_is_the_primary_address(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        HEAD "r1\ninterface Gi0/1\n ip address 10.9.0.1 255.255.255.0 secondary\n"
             " ipv6 address 2001:db8::1/64\n ip address 10.0.0.1 255.255.255.0\n",
        HEAD "r2\ninterface Gi0/1\n ipv6 address 2001:db8::2/64\n ip address 10.0.0.2 "
             "255.255.255.0\n"};
    Topology topology = testing_topology(arena, texts, 2);
    assert_true(str_equal(topology.nodes.items[0].ip, STR("10.0.0.1")));
    assert_true(str_equal(topology.edges.items[0].ends[0].address, STR("10.0.0.1/24")));
    assert_true(str_equal(topology.edges.items[0].ends[1].address, STR("10.0.0.2/24")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_address_at_both_ends_is_no_link),
        cmocka_unit_test(test_three_addresses_cannot_share_a_subnet_for_two),
        cmocka_unit_test(test_subnet_that_every_pair_reuses_links_each_pair),
        cmocka_unit_test(test_descriptions_without_ports_join_devices),
        cmocka_unit_test(test_links_without_ports_are_less_sure),
        cmocka_unit_test(test_subnet_names_the_ports_of_a_description),
        cmocka_unit_test(test_many_forms_name_a_port),
        cmocka_unit_test(test_counted_port_is_found_if_there_is_one),
        cmocka_unit_test(test_similar_names_are_other_devices),
        cmocka_unit_test(test_unnumbered_links_run_ospf),
        cmocka_unit_test(test_subnet_runs_through_the_given_switch),
        cmocka_unit_test(test_vlan_interface_is_reached_over_the_cable),
        cmocka_unit_test(test_sub_interface_in_a_description_is_the_sub_interface),
        cmocka_unit_test(test_one_segment_stays_one),
        cmocka_unit_test(test_session_finds_its_end_among_several_owners),
        cmocka_unit_test(test_sessions_in_vrfs_find_their_own_end),
        cmocka_unit_test(test_label_is_the_primary_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
