/* SPDX-License-Identifier: Apache-2.0 */
/* Commands and keywords that are abbreviated as on the terminal. */
#include "engines/config/config_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_abbreviated_interface_lines_are_their_commands(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "version 15.7\nhost R9\n"
                                          "int gi0/1\n desc uplink to R2\n"
                                          " ip add 10.0.0.1 255.255.255.0 sec\n"
                                          " ip add 10.0.1.1 255.255.255.0\n ip os 1 ar 0\n"
                                          " ip ospf cos 5\n ip ospf net point-to-p\n no shut\n"
                                          "int g0/2\n sw mo tr\n swi tru all vlan 10\n"
                                          " swi tru all vl add 20\n swi tru nat vl 99\n"
                                          " chan 1 mo act\nint f0/3\n sw acc vl 10\n shut\n"
                                          "int g0/2.10\n enc dot 10\n ip vrf for RED\n");
    const Interface *uplink = testing_interface(&device, "GigabitEthernet0/1");
    const Interface *trunk = testing_interface(&device, "GigabitEthernet0/2");
    const Interface *port = testing_interface(&device, "FastEthernet0/3");
    const Interface *sub = testing_interface(&device, "GigabitEthernet0/2.10");
    assert_int_equal(device.lines.unknown, 0);
    assert_true(str_equal(device.hostname.text, STR("R9")));
    assert_true(str_equal(uplink->description.text, STR("uplink to R2")));
    assert_int_equal(uplink->addresses.count, 2);
    assert_true(uplink->addresses.items[0].secondary);
    assert_true(uplink->ospf[0].enabled);
    assert_int_equal(uplink->ospf[0].cost, 5);
    assert_true(str_equal(uplink->ospf[0].network_type, STR("point-to-point")));
    assert_int_equal(trunk->switchport, SWITCHPORT_TRUNK);
    assert_int_equal(vlans_count(trunk->allowed), 2);
    assert_int_equal(trunk->native_vlan, 99);
    assert_true(str_equal(trunk->lag_mode, STR("active")));
    assert_int_equal(port->access_vlan, 10);
    assert_true(port->shutdown);
    assert_int_equal(sub->dot1q, 10);
    assert_true(str_equal(sub->vrf.text, STR("RED")));
}

static void test_abbreviated_routing_lines_are_their_commands(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device =
        testing_device(arena, "version 15.7\nhostname r\nrouter osp 1\n"
                              " net 10.0.0.0 0.0.0.255 a 0\n pass def\n"
                              " ar 1 st no-sum\nrouter bg 65000\n"
                              " bgp router 1.1.1.1\n neigh 1.1.1.1 remote 65000\n"
                              " nei 1.1.1.1 upd lo0\n nei 1.1.1.1 shut\n"
                              " net 10.0.0.0 ma 255.255.255.0\n"
                              "ip ro 0.0.0.0 0.0.0.0 10.0.0.2 250 na out\n"
                              "access 101 per tcp any h 10.0.0.1 eq 80\n"
                              "ip access ex FOO\n per ip host 1.1.1.1 any\n rem \"a\" b\n"
                              "ip prefix PL seq 5 per 10.0.0.0/8 le 24\n"
                              "route-m RM den 10\n");
    const BgpNeighbor *neighbor = testing_neighbor(&device, "1.1.1.1");
    assert_int_equal(device.lines.unknown, 0);
    assert_int_equal(device.ospf.count, 1);
    assert_int_equal(device.ospf.items[0].networks.count, 1);
    assert_true(device.ospf.items[0].passive_default);
    assert_true(device.ospf.items[0].areas.items[0].totally);
    assert_int_equal(neighbor->remote_as, 65000);
    assert_true(str_equal(neighbor->update_source, STR("Loopback0")));
    assert_true(neighbor->shutdown);
    assert_int_equal(device.bgp.items[0].networks.items[0].prefix.length, 24);
    assert_int_equal(device.routes.items[0].distance, 250);
    assert_true(str_equal(device.routes.items[0].name, STR("out")));
    assert_true(
        str_equal(testing_acl(&device, "101")->entries.items[0].destination, STR("10.0.0.1/32")));
    assert_int_equal(testing_acl(&device, "FOO")->entries.count, 1);
    assert_int_equal(device.prefix_lists.items[0].entries.items[0].le, 24);
    assert_false(device.route_maps.items[0].entries.items[0].permit);
}

static void test_ambiguous_words_are_not_understood(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "version 15.7\nhostname r\ninterface Gi0/1\n"
                                          " s 1500\nrouter bgp 1\n neighbor 1.1.1.1 re 7\n");
    assert_int_equal(device.lines.unknown, 1);
    assert_int_equal(device.not_understood.items[0].line, 4);
}

static void test_a_process_named_like_a_keyword_stays_a_name(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "feature ospf\nhostname n\ninterface Ethernet1/1\n"
                                          "  ip router ospf a area 0\n");
    const InterfaceOspf *ospf = &testing_interface(&device, "Ethernet1/1")->ospf[0];
    assert_true(ospf->enabled && str_equal(ospf->process, STR("a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_abbreviated_interface_lines_are_their_commands),
        cmocka_unit_test(test_abbreviated_routing_lines_are_their_commands),
        cmocka_unit_test(test_ambiguous_words_are_not_understood),
        cmocka_unit_test(test_a_process_named_like_a_keyword_stays_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
