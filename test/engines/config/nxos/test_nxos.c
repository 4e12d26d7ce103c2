/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/config_testing.h"
#include "engines/config/dialects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char leaf[] = "version 9.3(5) Bios:version\n"      /* 1 */
                           "switchname n1\n"                    /* 2 */
                           "vdc n1 id 1\n"                      /* 3 */
                           "  limit-resource vlan minimum 16\n" /* 4 */
                           "feature bgp\n"                      /* 5 */
                           "no password strength-check\n"       /* 6 */
                           "vlan 10,20-21\n"                    /* 7 */
                           "vlan 10\n"                          /* 8 */
                           "  name users\n"                     /* 9 */
                           "vrf context RED\n"                  /* 10 */
                           "  ip route 0.0.0.0/0 10.3.0.2 name out\n"
                           "  rd 1:10\n"                  /* 12 */
                           "ip route 10.9.0.0/16 Null0\n" /* 13 */
                           "ip access-list WEB\n"         /* 14 */
                           "  10 permit tcp any 10.0.0.0/8 eq www\n"
                           "ip prefix-list P seq 5 permit 10.0.0.0/8 eq 24\n"
                           "interface Vlan10\n"                /* 17 */
                           "  no shutdown\n"                   /* 18 */
                           "  ip address 10.10.0.2/24\n"       /* 19 */
                           "  no ip ospf passive-interface\n"  /* 20 */
                           "  ip router ospf 1 area 0.0.0.0\n" /* 21 */
                           "  hsrp 10\n"                       /* 22 */
                           "    preempt\n"                     /* 23 */
                           "    ip 10.10.0.1\n"                /* 24 */
                           "interface Vlan20\n"                /* 25 */
                           "  vrf member RED\n"                /* 26 */
                           "  ip address 10.20.0.1/24\n"       /* 27 */
                           "  ip router ospf 1 area 0.0.0.5\n" /* 28 */
                           "  fabric forwarding mode anycast-gateway\n"
                           "interface port-channel1\n"             /* 30 */
                           "  switchport mode trunk\n"             /* 31 */
                           "  vpc peer-link\n"                     /* 32 */
                           "interface Ethernet1/1-2\n"             /* 33 */
                           "  channel-group 1 mode active\n"       /* 34 */
                           "interface Ethernet1/3\n"               /* 35 */
                           "  no switchport\n"                     /* 36 */
                           "  ip address 10.0.0.1/30\n"            /* 37 */
                           "  ip ospf network point-to-point\n"    /* 38 */
                           "  ip router ospf 1 area 0.0.0.0\n"     /* 39 */
                           "  ipv6 router ospfv3 1 area 0.0.0.0\n" /* 40 */
                           "  ip ospf shutdown\n"                  /* 41 */
                           "interface mgmt0\n"                     /* 42 */
                           "  vrf member management\n"             /* 43 */
                           "  ip address 192.168.0.11/24\n"        /* 44 */
                           "interface loopback0\n"                 /* 45 */
                           "  ip address 10.255.0.1/32\n"          /* 46 */
                           "router ospf 1\n"                       /* 47 */
                           "  passive-interface default\n"         /* 48 */
                           "  vrf RED\n"                           /* 49 */
                           "    router-id 5.5.5.5\n"               /* 50 */
                           "  router-id 10.255.0.1\n"              /* 51 */
                           "router bgp 65001\n"                    /* 52 */
                           "  router-id 10.255.0.1\n"              /* 53 */
                           "  address-family ipv4 unicast\n"       /* 54 */
                           "    network 10.10.0.0/24\n"            /* 55 */
                           "  template peer SPINES\n"              /* 56 */
                           "    remote-as 65100\n"                 /* 57 */
                           "    password 3 0123456789abcdef\n"     /* 58 */
                           "    address-family ipv4 unicast\n"     /* 59 */
                           "      route-map IN in\n"               /* 60 */
                           "  neighbor 10.0.0.2\n"                 /* 61 */
                           "    inherit peer SPINES\n"             /* 62 */
                           "    description spine1\n"              /* 63 */
                           "  neighbor 10.255.0.9 remote-as 65001\n"
                           "    update-source loopback0\n"   /* 65 */
                           "    address-family l2vpn evpn\n" /* 66 */
                           "      route-reflector-client\n"  /* 67 */
                           "    nonsense here\n"             /* 68 */
                           "  neighbor 10.8.0.0/24 remote-as 65200\n"
                           "  neighbor Ethernet1/9 remote-as 65400\n"
                           "  vrf RED\n"               /* 71 */
                           "    neighbor 10.20.0.9\n"  /* 72 */
                           "      remote-as 65300\n"   /* 73 */
                           "      shutdown\n"          /* 74 */
                           "  log-neighbor-changes\n"; /* 75 */

static void test_nxos_interfaces_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, leaf);
    assert_ptr_equal(device.vendor.system, &nxos_dialect.system);
    assert_true(str_equal(device.hostname.text, STR("n1")));
    const Interface *users = testing_interface(&device, "Vlan10");
    assert_true(!users->shutdown && users->addresses.count == 2);
    assert_true(users->addresses.items[1].virtual_address && users->addresses.items[1].line == 24);
    const Interface *anycast = testing_interface(&device, "Vlan20");
    assert_true(anycast->shutdown && anycast->shutdown_line == 25);
    assert_true(str_equal(anycast->vrf.text, STR("RED")));
    assert_true(anycast->addresses.items[0].virtual_address);
    assert_true(str_equal(testing_interface(&device, "Ethernet1/2")->lag.text,
                          testing_interface(&device, "Port-channel1")->canonical));
    assert_int_equal(testing_interface(&device, "Ethernet1/3")->switchport, SWITCHPORT_ROUTED);
    const Interface *management = testing_interface(&device, "mgmt0");
    assert_int_equal(management->kind, INTERFACE_MANAGEMENT);
    assert_int_equal(testing_interface(&device, "Loopback0")->kind, INTERFACE_LOOPBACK);
    assert_int_equal(device.vlans.count, 3);
    assert_int_equal(device.routes.count, 2);
    assert_true(str_equal(device.routes.items[0].vrf, STR("RED")));
    assert_int_equal(device.routes.items[1].vrf.size, 0);
    assert_int_equal(testing_acl(&device, "WEB")->entries.count, 1);
    assert_int_equal(device.not_understood.count, 1);
    assert_int_equal(device.not_understood.items[0].line, 68);
}

static void test_nxos_ospf_is_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, leaf);
    IpText text;
    assert_int_equal(device.ospf.count, 2);
    assert_true(str_equal(ip_format(device.ospf.items[0].router_id, &text), STR("10.255.0.1")));
    assert_true(str_equal(ip_format(device.ospf.items[1].router_id, &text), STR("5.5.5.5")));
    assert_true(str_equal(device.ospf.items[1].vrf, STR("RED")));
    assert_false(testing_interface(&device, "Vlan10")->ospf[0].passive);
    assert_int_equal(testing_interface(&device, "Vlan20")->ospf[0].area, 5);
    const Interface *uplink = testing_interface(&device, "Ethernet1/3");
    assert_true(!uplink->ospf[0].enabled && uplink->ospf[1].enabled);
}

static void test_nxos_bgp_neighbors_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, leaf);
    const BgpNeighbor *spine = testing_neighbor(&device, "10.0.0.2");
    assert_true(spine->remote_as == 65100 && spine->has_password && spine->families == BGP_IPV4);
    assert_true(str_equal(spine->import.text, STR("IN")));
    assert_true(spine->line == 61 && spine->last_line == 63);
    const BgpNeighbor *internal = testing_neighbor(&device, "10.255.0.9");
    assert_true(internal->type == BGP_TYPE_INTERNAL && internal->families == BGP_EVPN);
    assert_true(internal->reflector_client);
    assert_true(str_equal(internal->update_source, STR("Loopback0")));
    const BgpNeighbor *range = testing_neighbor(&device, "10.8.0.0/24");
    assert_true(!range->is_group && range->listen.length == 24 && range->remote_as == 65200);
    const BgpNeighbor *customer = testing_neighbor(&device, "10.20.0.9");
    assert_true(str_equal(customer->vrf, STR("RED")) && customer->shutdown);
    assert_int_equal(customer->families, 0);
    const BgpNeighbor *unnumbered = testing_neighbor(&device, "Ethernet1/9");
    assert_true(!unnumbered->is_group && unnumbered->interface.size && !unnumbered->shutdown);
    assert_int_equal(device.bgp.items[0].networks.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nxos_interfaces_are_read),
        cmocka_unit_test(test_nxos_ospf_is_read),
        cmocka_unit_test(test_nxos_bgp_neighbors_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
