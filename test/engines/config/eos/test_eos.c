/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/config_testing.h"
#include "engines/config/dialects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char leaf[] = "! Command: show running-config\n"
                           "! device: leaf1 (vEOS-lab, EOS-4.30.1F)\n"
                           "!\n"
                           "hostname leaf1\n"
                           "vlan 10\n"
                           "   name users\n"
                           "vrf instance RED\n"
                           "interface Port-Channel5\n"
                           "   switchport mode trunk\n"
                           "   switchport trunk allowed vlan 10,20\n"
                           "   mlag 5\n"
                           "interface Port-Channel6\n"
                           "   switchport mode trunk\n"
                           "   switchport\n"
                           "interface Port-Channel7\n"
                           "   no switchport\n"
                           "   switchport\n"
                           "interface Ethernet9\n"
                           "   switchport access vlan 10\n"
                           "interface Ethernet1\n"
                           "   description P2P_spine1_Ethernet1\n"
                           "   mtu 9214\n"
                           "   no switchport\n"
                           "   ip address 10.255.0.1/31\n"
                           "   ip ospf area 0.0.0.0\n"
                           "interface Ethernet5\n"
                           "   channel-group 5 mode active\n"
                           "interface Vlan10\n"
                           "   vrf RED\n"
                           "   ip address virtual 10.10.10.1/24\n"
                           "interface Vlan20\n"
                           "   ip address 10.20.0.2/24\n"
                           "   ip virtual-router address 10.20.0.1\n"
                           "   ipv6 address 2001:db8:20::2/64\n"
                           "ip prefix-list PL\n"
                           "   seq 10 permit 10.0.0.0/8 eq 32\n"
                           "   seq 20 permit 10.0.0.0/8 ge 24\n"
                           "ip access-list ACL\n"
                           "   10 permit tcp 10.0.0.0/8 any eq ssh\n"
                           "ip route vrf RED 0.0.0.0/0 10.10.10.254 name up\n"
                           "banner motd\n"
                           "hostname not-this\n"
                           "EOF\n"
                           "router bgp 65101\n"
                           "   router-id 10.0.0.3\n"
                           "   no bgp default ipv4-unicast\n"
                           "   neighbor OLD peer-group\n"
                           "   neighbor OLD remote-as 65100\n"
                           "   neighbor NEW peer group\n"
                           "   neighbor NEW remote-as 65100\n"
                           "   neighbor NEW update-source Loopback0\n"
                           "   neighbor 10.255.0.0 peer-group OLD\n"
                           "   neighbor 10.255.0.2 peer group NEW\n"
                           "   bgp listen range 10.9.0.0/24 peer-group OLD remote-as 65109\n"
                           "   neighbor interface Et7,9-10 peer-group NEW remote-as 65200\n"
                           "   redistribute connected\n"
                           "   !\n"
                           "   vlan 10\n"
                           "      rd 1:10\n"
                           "      redistribute learned\n"
                           "   !\n"
                           "   address-family evpn\n"
                           "      neighbor NEW activate\n"
                           "   !\n"
                           "   address-family ipv4\n"
                           "      neighbor OLD activate\n"
                           "      no neighbor NEW activate\n"
                           "   !\n"
                           "   vrf RED\n"
                           "      neighbor 10.10.10.9 remote-as 65300\n"
                           "      address-family ipv4\n"
                           "         neighbor 10.10.10.9 activate\n";

static void test_eos_interfaces_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, leaf);
    assert_ptr_equal(device.vendor.system, &eos_dialect.system);
    assert_int_equal(device.vendor.line, 2);
    assert_true(str_equal(device.hostname.text, STR("leaf1")));
    assert_int_equal(device.lines.unknown, 0);
    const Interface *uplink = testing_interface(&device, "Ethernet1");
    assert_int_equal(uplink->switchport, SWITCHPORT_ROUTED);
    assert_int_equal(uplink->addresses.items[0].prefix.length, 31);
    assert_true(uplink->ospf[0].enabled && uplink->mtu == 9214);
    assert_true(str_equal(testing_interface(&device, "Ethernet5")->lag.text, STR("Port-Channel5")));
    const Interface *anycast = testing_interface(&device, "Vlan10");
    assert_true(anycast->addresses.items[0].virtual_address);
    assert_true(str_equal(anycast->vrf.text, STR("RED")));
    const Interface *vlan = testing_interface(&device, "Vlan20");
    assert_int_equal(vlan->addresses.count, 3);
    assert_true(vlan->addresses.items[1].virtual_address);
    assert_true(str_equal(device.routes.items[0].vrf, STR("RED")));
    const PrefixList *prefixes = &device.prefix_lists.items[0];
    assert_int_equal(prefixes->entries.count, 2);
    assert_true(prefixes->entries.items[0].ge == 32 && prefixes->entries.items[0].le == 32);
    assert_true(prefixes->entries.items[1].ge == 24 && prefixes->entries.items[1].le == 0);
    assert_true(testing_acl(&device, "ACL")->extended);
}

static void test_switchport_alone_keeps_the_mode(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, leaf);
    assert_int_equal(testing_interface(&device, "Port-Channel6")->switchport, SWITCHPORT_TRUNK);
    assert_int_equal(testing_interface(&device, "Port-Channel7")->switchport, SWITCHPORT_ON);
}

static void test_ports_without_a_mode_are_access_ports(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, leaf);
    assert_int_equal(testing_interface(&device, "Ethernet9")->switchport, SWITCHPORT_ACCESS);
    assert_int_equal(testing_interface(&device, "Ethernet9")->access_vlan, 10);
}

static void test_eos_bgp_neighbors_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, leaf);
    const BgpNeighbor *old = testing_neighbor(&device, "10.255.0.0");
    assert_true(old->remote_as == 65100 && old->families == BGP_IPV4);
    const BgpNeighbor *new = testing_neighbor(&device, "10.255.0.2");
    assert_true(new->remote_as == 65100 && new->families == BGP_EVPN);
    assert_true(str_equal(new->update_source, STR("Loopback0")));
    const BgpNeighbor *range = testing_neighbor(&device, "10.9.0.0/24");
    assert_true(range->listen.length == 24 && range->remote_as == 65109);
    const BgpNeighbor *interface = testing_neighbor(&device, "Ethernet10");
    assert_true(str_equal(interface->interface, STR("Ethernet10")));
    assert_true(interface->remote_as == 65200);
    assert_int_equal(testing_neighbor(&device, "Ethernet7")->remote_as, 65200);
    const BgpNeighbor *tenant = testing_neighbor(&device, "10.10.10.9");
    assert_true(str_equal(tenant->vrf, STR("RED")) && tenant->remote_as == 65300);
    assert_true(device.bgp.items[0].no_default_ipv4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eos_interfaces_are_read),
        cmocka_unit_test(test_switchport_alone_keeps_the_mode),
        cmocka_unit_test(test_ports_without_a_mode_are_access_ports),
        cmocka_unit_test(test_eos_bgp_neighbors_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
