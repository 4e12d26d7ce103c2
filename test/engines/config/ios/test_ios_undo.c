/* SPDX-License-Identifier: Apache-2.0 */
/* "no" and "default" take back what an earlier line stated, by the same words. */
#include "engines/config/config_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char head[] = "version 15.7\nhostname r1\n";

static Device read_lines(Arena *arena, const char *lines)
{
    Device device = testing_device(arena, arena_printf(arena, "%s%s", head, lines).data);
    assert_int_equal(device.lines.unknown, 0);
    return device;
}

static void test_no_takes_options_of_an_interface_back(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = read_lines(
        arena,
        "interface GigabitEthernet0/1\n description x\n no description\n"
        " ip address 10.0.0.1 255.255.255.0\n ip address 10.0.1.1 255.255.255.0 secondary\n"
        " no ip address 10.0.1.1 255.255.255.0 secondary\n ip access-group 101 in\n"
        " ip access-group 102 out\n no ip access-group 101 in\n"
        " channel-group 1 mode active\n no channel-group 1\n switchport access vlan 10\n"
        " no switchport access vlan\n switchport trunk allowed vlan 10\n"
        " no switchport trunk allowed vlan\n mtu 9000\n no mtu\n ip mtu 1400\n no ip mtu\n"
        " ip ospf cost 5\n no ip ospf cost\n ip ospf 1 area 0\n no ip ospf 1 area 0\n"
        " standby 1 ip 10.0.0.254\n no standby 1\n ip unnumbered Loopback0\n"
        " no ip unnumbered\n ipv6 address 2001:db8::1/64\n no ipv6 address\n"
        "interface GigabitEthernet0/2\n ip address 10.1.0.1 255.255.255.0\n no ip address\n");
    const Interface *interface = testing_interface(&device, "GigabitEthernet0/1");
    assert_int_equal(interface->description.text.size, 0);
    assert_int_equal(interface->addresses.count, 1);
    assert_int_equal(interface->acls.count, 1);
    assert_true(str_equal(interface->acls.items[0].name, STR("102")));
    assert_int_equal(interface->lag.text.size, 0);
    assert_int_equal(interface->access_vlan, 0);
    assert_null(interface->allowed);
    assert_int_equal(interface->mtu + interface->ip_mtu, 0);
    assert_int_equal(interface->ospf[0].cost, 0);
    assert_false(interface->ospf[0].enabled);
    assert_int_equal(interface->unnumbered.text.size, 0);
    assert_int_equal(testing_interface(&device, "GigabitEthernet0/2")->addresses.count, 0);
}

static void test_no_and_default_take_interfaces_back(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = read_lines(
        arena, "interface Gi0/1\n ip address 10.0.0.1 255.255.255.0\ninterface Gi0/2\n shutdown\n"
               "interface Gi0/3\n mtu 1400\ninterface Gi0/4\n mtu 1400\nno interface Gi0/1\n"
               "default interface Gi0/2\ndefault interface range Gi0/3 - 4\n"
               "no interface Gi0/4\ninterface Gi0/4\n description again\n");
    assert_null(testing_find_interface(&device, "GigabitEthernet0/1"));
    assert_false(testing_interface(&device, "GigabitEthernet0/2")->shutdown);
    assert_int_equal(testing_interface(&device, "GigabitEthernet0/3")->mtu, 0);
    const Interface *again = testing_interface(&device, "GigabitEthernet0/4");
    assert_int_equal(again->line, 15);
    assert_int_equal(again->mtu, 0);
}

static void test_no_takes_routing_back(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = read_lines(
        arena, "router ospf 1\n router-id 1.1.1.1\n no router-id\n"
               " network 10.0.0.0 0.0.0.255 area 0\n no network 10.0.0.0 0.0.0.255 area 0\n"
               " redistribute static subnets\n redistribute bgp 1\n no redistribute static\n"
               " area 1 stub\n no area 1 stub\nrouter ospf 2\nno router ospf 2\n"
               "router bgp 65000\n neighbor 10.1.1.1 remote-as 65001\n"
               " neighbor 10.1.1.2 remote-as 65001\n neighbor 10.1.1.2 route-map IN in\n"
               " no neighbor 10.1.1.1\n no neighbor 10.1.1.2 route-map IN in\n"
               " network 10.0.0.0\n no network 10.0.0.0\n redistribute static\n"
               " no redistribute static\n address-family ipv4 vrf RED\n  network 10.9.0.0\n"
               "  redistribute connected\n address-family ipv4 vrf BLUE\n  network 10.8.0.0\n"
               " no address-family ipv4 vrf BLUE\nip route 10.9.0.0 255.255.0.0 10.1.1.1\n"
               "ip route 10.9.0.0 255.255.0.0 10.1.1.2\nno ip route 10.9.0.0 255.255.0.0 10.1.1.1\n"
               "ip route 10.8.0.0 255.255.0.0 Null0\nno ip route 10.8.0.0 255.255.0.0\n"
               "ip route 10.7.0.0 255.255.0.0 Null0\nip route 10.7.0.0 255.255.0.0 Null0 7\n"
               "no ip route 10.7.0.0 255.255.0.0 Null0 7\n");
    assert_int_equal(device.ospf.count, 1);
    const OspfProcess *ospf = &device.ospf.items[0];
    assert_false(ip_is_set(ospf->router_id));
    assert_int_equal(ospf->networks.count, 0);
    assert_int_equal(ospf->redistribute.count, 1);
    assert_int_equal(ospf->areas.items[0].kind, OSPF_AREA_NORMAL);
    const BgpProcess *bgp = &device.bgp.items[0];
    assert_int_equal(bgp->neighbors.count, 1);
    assert_int_equal(testing_neighbor(&device, "10.1.1.2")->import.text.size, 0);
    assert_int_equal(bgp->networks.count, 1);
    assert_int_equal(bgp->redistribute.count, 1);
    assert_true(str_equal(bgp->redistribute.items[0].vrf, STR("RED")));
    assert_int_equal(device.routes.count, 2);
    assert_int_equal(device.routes.items[1].distance, 0);
}

static void test_no_takes_lists_back(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = read_lines(
        arena,
        "vlan 10,20\nno vlan 20\nvrf definition RED\nno vrf definition RED\n"
        "access-list 10 permit any\nno access-list 10\nip access-list extended FOO\n"
        " permit tcp any any eq 80\n permit tcp any any eq 81\n deny ip any any\n"
        " no permit tcp any any eq 80\n no 20\nip prefix-list PL seq 5 permit 10.0.0.0/8\n"
        "ip prefix-list PL seq 10 permit 11.0.0.0/8\nno ip prefix-list PL seq 5\n"
        "ip prefix-list P2 permit 11.0.0.0/8\nno ip prefix-list P2\n"
        "route-map RM permit 10\nroute-map RM permit 20\nno route-map RM permit 10\n"
        "route-map R2 permit 10\nno route-map R2\nntp server 1.1.1.1\nno ntp server 1.1.1.1\n"
        "username bob privilege 15\nno username bob\n");
    assert_int_equal(device.vlans.count, 1);
    assert_int_equal(device.vrfs.count, 0);
    assert_int_equal(device.acls.count, 1);
    assert_int_equal(testing_acl(&device, "FOO")->entries.count, 1);
    assert_int_equal(device.prefix_lists.count, 1);
    assert_int_equal(device.prefix_lists.items[0].entries.count, 1);
    assert_int_equal(device.route_maps.count, 1);
    assert_int_equal(device.route_maps.items[0].entries.count, 1);
    assert_int_equal(device.ntp_servers.count + device.users.count, 0);
}

static void test_no_inside_of_blocks_of_nxos(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "version 9.2(3) Bios:version\nhostname n1\nfeature ospf\nrouter ospf 1\n"
               "  redistribute bgp 1 route-map rm1\n  no redistribute bgp 1\n"
               "  redistribute maximum-prefix 1000\n  redistribute static route-map rm1\n"
               "router bgp 1\n  neighbor 10.0.0.1\n    remote-as 2\n"
               "    address-family ipv4 unicast\n    description x\n    no description\n"
               "  neighbor 10.0.0.2\n    remote-as 3\n  no neighbor 10.0.0.2\n");
    assert_true(str_equal(device.version.text, STR("9.2(3)")));
    assert_int_equal(device.ospf.items[0].redistribute.count, 1);
    assert_true(
        str_equal(device.ospf.items[0].redistribute.items[0].text, STR("static route-map rm1")));
    assert_int_equal(device.bgp.items[0].neighbors.count, 1);
    assert_int_equal(testing_neighbor(&device, "10.0.0.1")->description.text.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_takes_options_of_an_interface_back),
        cmocka_unit_test(test_no_and_default_take_interfaces_back),
        cmocka_unit_test(test_no_takes_routing_back),
        cmocka_unit_test(test_no_takes_lists_back),
        cmocka_unit_test(test_no_inside_of_blocks_of_nxos),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
