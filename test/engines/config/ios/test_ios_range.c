/* SPDX-License-Identifier: Apache-2.0 */
/* What IOS and EOS state once for several: interface ranges, BGP templates. */
#include "engines/config/config_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char ranges[] = "version 15.2\n" /* 1 */
                             "hostname sw1\n" /* 2 */
                             "interface range GigabitEthernet1/0/1 - 3 , Gi 1/0/5,Te1/1/1-2\n"
                             " description users\n"                  /* 4 */
                             " switchport mode access\n"             /* 5 */
                             " switchport access vlan 10\n"          /* 6 */
                             " frobnicate\n"                         /* 7 */
                             "interface GigabitEthernet1/0/2\n"      /* 8 */
                             " description printer\n"                /* 9 */
                             "interface range Vlan10-Vlan11\n"       /* 10 */
                             " no shutdown\n"                        /* 11 */
                             "interface range macro USERS\n"         /* 12 */
                             " switchport access vlan 99\n"          /* 13 */
                             "interface range Gi1/0/9 - 8\n"         /* 14 */
                             "interface range Gi1/0/9 - Te1/0/12\n"  /* 15 */
                             "router ospf 1\n"                       /* 16 */
                             " network 10.0.0.0 0.0.0.255 area 0\n"; /* 17 */

static void test_lines_of_a_range_count_for_each(void **state)
{
    (void)state;
    static const char *const names[] = {"GigabitEthernet1/0/1", "GigabitEthernet1/0/3",
                                        "GigabitEthernet1/0/5", "TenGigabitEthernet1/1/1",
                                        "TenGigabitEthernet1/1/2"};
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, ranges);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const Interface *port = testing_interface(&device, names[i]);
        assert_true(port->line == 3 && port->last_line == 6 && port->access_vlan == 10);
        assert_true(str_equal(port->description.text, STR("users")));
        assert_int_equal(port->switchport, SWITCHPORT_ACCESS);
    }
    const Interface *own = testing_interface(&device, "GigabitEthernet1/0/2");
    assert_true(str_equal(own->description.text, STR("printer")) && own->access_vlan == 10);
    assert_int_equal(testing_interface(&device, "Vlan11")->kind, INTERFACE_VLAN);
    assert_int_equal(device.interfaces.count, 8);
    assert_int_equal(device.ospf.items[0].networks.count, 1);
    assert_int_equal(device.lines.unknown, 5); /* 7, 12 to 15 */
    assert_int_equal(device.not_understood.items[0].line, 7);
    assert_int_equal(device.not_understood.items[1].line, 12);
}

static void test_eos_ranges_need_no_keyword(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "! device: leaf1 (vEOS-lab, EOS-4.30.1F)\n"
                                          "hostname leaf1\n"
                                          "interface Ethernet1-3,7\n"
                                          "   mtu 9214\n"
                                          "interface Port-Channel5\n"
                                          "   mtu 1500\n");
    assert_int_equal(device.interfaces.count, 5);
    assert_int_equal(testing_interface(&device, "Ethernet7")->mtu, 9214);
    assert_int_equal(testing_interface(&device, "Ethernet2")->mtu, 9214);
    assert_int_equal(testing_interface(&device, "Port-Channel5")->mtu, 1500);
    assert_int_equal(device.lines.unknown, 0);
}

static void test_ranges_are_limited(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text;
    strbuf_init(&text, 1u << 20);
    strbuf_append(&text, STR("version 15.2\nhostname r\ninterface range Gi0/1-1025\n"));
    for (unsigned i = 0; i < 2000; i++)
        strbuf_append(&text, STR("interface range Gi0/1-1024\n mtu 1400\n"));
    Error error = {0};
    Device device;
    assert_true(config_read(arena, strbuf_str(&text), STR("big"), &device, &error));
    assert_int_equal(device.interfaces.count, 1024);
    assert_int_equal(testing_interface(&device, "GigabitEthernet0/1024")->mtu, 1400);
    assert_int_equal(device.not_understood.items[0].line, 3);
    assert_int_equal(device.warnings.count, 1);
    assert_true(device.steps < 3u * 1000 * 1000);
}

static void test_vrrp_families_name_a_virtual_address(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "version 16.9\nhostname r\ninterface Vlan5\n"
                                          " ip address 10.5.0.2 255.255.255.0\n"
                                          " vrrp 5 address-family ipv4\n"
                                          "  priority 110\n"
                                          "  address 10.5.0.1 primary\n"
                                          "  exit-vrrp\n"
                                          " shutdown\n");
    const Interface *interface = testing_interface(&device, "Vlan5");
    assert_int_equal(interface->addresses.count, 2);
    assert_true(interface->addresses.items[1].virtual_address && interface->shutdown);
    assert_int_equal(device.lines.unknown, 0);
}

static void test_neighbors_inherit_templates(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "version 15.2\nhostname r\nrouter bgp 65000\n"
                                          " template peer-policy BASE\n"
                                          "  route-map IN in\n"
                                          " exit-peer-policy\n"
                                          " !\n"
                                          " template peer-policy POL\n"
                                          "  route-reflector-client\n"
                                          "  inherit peer-policy BASE 10\n"
                                          " exit-peer-policy\n"
                                          " !\n"
                                          " template peer-session SES\n"
                                          "  remote-as 65000\n"
                                          "  update-source Loopback0\n"
                                          "  no shutdown\n"
                                          "  inherit peer-session KEYS\n"
                                          "  whatever\n"
                                          " exit-peer-session\n"
                                          " template peer-session KEYS\n"
                                          "  password 7 0822455D0A16\n"
                                          "  remote-as 65999\n"
                                          " !\n"
                                          " neighbor 10.9.9.9 inherit peer-session SES\n"
                                          " address-family ipv4\n"
                                          "  neighbor 10.9.9.9 activate\n"
                                          "  neighbor 10.9.9.9 inherit peer-policy POL\n"
                                          " exit-address-family\n");
    const BgpNeighbor *neighbor = testing_neighbor(&device, "10.9.9.9");
    assert_true(neighbor->remote_as == 65000 && neighbor->type == BGP_TYPE_INTERNAL);
    assert_true(str_equal(neighbor->update_source, STR("Loopback0")));
    assert_true(neighbor->has_password && neighbor->reflector_client && !neighbor->shutdown);
    assert_true(str_equal(neighbor->import.text, STR("IN")));
    assert_true(str_equal(neighbor->group, STR("peer-session SES")));
    assert_int_equal(device.lines.unknown, 1);
    size_t groups = 0;
    for (size_t i = 0; i < device.bgp.items[0].neighbors.count; i++)
        groups += device.bgp.items[0].neighbors.items[i].is_group;
    assert_int_equal(groups, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_of_a_range_count_for_each),
        cmocka_unit_test(test_eos_ranges_need_no_keyword),
        cmocka_unit_test(test_ranges_are_limited),
        cmocka_unit_test(test_vrrp_families_name_a_virtual_address),
        cmocka_unit_test(test_neighbors_inherit_templates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
