/* SPDX-License-Identifier: Apache-2.0 */
/* What terminals, editors and other systems leave in a configuration, and which system it is. */
#include "engines/config/config_testing.h"
#include "engines/config/dialects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_blanks_that_wiped_a_pager_are_no_indentation(void **state)
{
    (void)state;
    static const char *const pagers[] = {
        " --More--         ", /* IOS */
        "--More--        ",   /* NX-OS */
        " --More-- \b\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b\b",
        " --More-- \r          \r",
        "<--- More --->              ",
        "<--- More --->\r              \r",
        "---- More ----                ",
        "  ---- More ----\x1b[42D                                          \x1b[42D",
        "--More-- ",
        "--More--",
    };
    for (size_t i = 0; i < COUNT_OF(pagers); i++) {
        auto_arena Arena *arena = arena_new();
        Str text = arena_printf(arena,
                                "version 15.7\nhostname r1\ninterface GigabitEthernet0/3\n"
                                "%s ip address 10.0.0.1 255.255.255.252\n"
                                "%sinterface GigabitEthernet0/4\n"
                                " ip address 10.0.0.5 255.255.255.252\n",
                                pagers[i], pagers[i]);
        Device device = testing_device(arena, text.data);
        assert_int_equal(device.lines.unknown, 0);
        assert_int_equal(testing_interface(&device, "GigabitEthernet0/3")->addresses.count, 1);
        assert_int_equal(testing_interface(&device, "GigabitEthernet0/4")->addresses.count, 1);
    }
}

/* Commands behind prompts count in the innermost block that has them. What a device rejects does
 * not, nor what other commands show. */
static void test_commands_of_a_session_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "Password:\nsw1>en\nsw1#terminal length 0\nsw1#conf t\n"
               "Enter configuration commands, one per line.  End with CNTL/Z.\n"
               "sw1(config)#hostname core1\ncore1(config)#int gi1/0/1\n"
               "core1(config-if)#desc To access\ncore1(config-if)#sw mo tr\n"
               "core1(config-if)#sw tr all vl 10,20\ncore1(config-if)#mtuu 9000\n"
               "                   ^\n% Invalid input detected at '^' marker.\n\n"
               "core1(config-if)#no sh\n"
               "*Mar  1 00:01:02.123: %LINK-3-UPDOWN: Interface Gi1/0/1, changed state to up\n"
               "core1(config-if)#int ra gi1/0/2 - 3\ncore1(config-if-range)#sw acc vl 10\n"
               "core1(config-if-range)#exit\ncore1(config)#int vl 10\n"
               "core1(config-if)#ip add 10.0.0.1 255.255.255.0\n"
               "core1(config-if)#ip add 10.0.0.2 255.255.255.0\n"
               "core1(config-if)#router bgp 65001\n"
               "core1(config-router)#neighbor 10.0.0.9 remote-as 65002\n"
               "core1(config-router)#address-family ipv4\n"
               "core1(config-router-af)#neighbor 10.0.0.9 route-map IN in\n"
               "core1(config-router-af)#exit-address-family\n"
               "core1(config-router)#neighbor 10.0.0.8 remote-as 65003\n"
               "core1(config-router)#do show ip int brief\ncore1(config-router)#end\n"
               "core1#sh ip int brief\nInterface    IP-Address   OK? Method Status\n"
               "Vlan10       10.0.0.2     YES manual up     up\ncore1#wr\n"
               "Building configuration...\n[OK]\n"
               "core1#sh run int gi1/0/4\ninterface GigabitEthernet1/0/4\n mtu 1400\nend\n\n"
               "core1#\n");
    assert_int_equal(device.lines.unknown, 0);
    assert_true(str_equal(device.hostname.text, STR("core1")));
    assert_int_equal(device.interfaces.count, 5);
    assert_int_equal(testing_interface(&device, "GigabitEthernet1/0/3")->access_vlan, 10);
    assert_int_equal(testing_interface(&device, "GigabitEthernet1/0/4")->mtu, 1400);
    const Interface *vlan = testing_interface(&device, "Vlan10");
    assert_int_equal(vlan->addresses.count, 1);
    assert_int_equal(vlan->addresses.items[0].line, 22);
    assert_int_equal(device.bgp.items[0].neighbors.count, 2);
    assert_true(str_equal(testing_neighbor(&device, "10.0.0.9")->import.text, STR("IN")));
}

static void test_commands_of_other_systems_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device xr = testing_device(arena, "RP/0/RP0/CPU0:p1#show version\nCisco IOS XR Software\n"
                                      "RP/0/RP0/CPU0:p1#conf\n"
                                      "RP/0/RP0/CPU0:p1(config)#interface TenGigE0/0/0/1\n"
                                      "RP/0/RP0/CPU0:p1(config-if)#ipv4 address 10.0.0.1/30\n"
                                      "RP/0/RP0/CPU0:p1(config-if)#commit\n");
    assert_int_equal(testing_interface(&xr, "TenGigE0/0/0/1")->addresses.count, 1);
    Device area = testing_device(
        arena, "RP/0/RP0/CPU0:p1(config)#router ospf 1\nRP/0/RP0/CPU0:p1(config-ospf)#area 0\n"
               "RP/0/RP0/CPU0:p1(config-ospf-ar)#interface Gi0/0/0/0\n"
               "RP/0/RP0/CPU0:p1(config-ospf-ar-if)#cost 10\n"
               "RP/0/RP0/CPU0:p1(config-ospf-ar-if)#exit\n"
               "RP/0/RP0/CPU0:p1(config-ospf-ar)#interface Loopback0\n"
               "RP/0/RP0/CPU0:p1(config-ospf-ar-if)#passive enable\n"
               "RP/0/RP0/CPU0:p1(config-ospf-ar-if)#root\n"
               "RP/0/RP0/CPU0:p1(config)#router bgp 65000\n"
               "RP/0/RP0/CPU0:p1(config-bgp)#neighbor 10.0.0.2\n"
               "RP/0/RP0/CPU0:p1(config-bgp-nbr)#remote-as 65001\n"
               "RP/0/RP0/CPU0:p1(config-bgp-nbr)#show bgp summary\n"
               "BGP is not active\n"
               "RP/0/RP0/CPU0:p1(config-bgp-nbr)#address-family ipv4 unicast\n"
               "RP/0/RP0/CPU0:p1(config-bgp-nbr-af)#route-policy PASS in\n"
               "RP/0/RP0/CPU0:p1(config-bgp-nbr-af)#commit\n");
    assert_int_equal(area.lines.unknown, 0);
    assert_true(testing_interface(&area, "Loopback0")->ospf[0].passive);
    assert_int_equal(testing_interface(&area, "GigabitEthernet0/0/0/0")->ospf[0].cost, 10);
    assert_true(str_equal(testing_neighbor(&area, "10.0.0.2")->import.text, STR("PASS")));
    Device junos = testing_device(
        arena, "admin@mx1# set system host-name mx1\n\n[edit]\n"
               "admin@mx1# set interfaces ge-0/0/0 unit 0 family inet address 10.0.0.2/30\n");
    assert_int_equal(testing_interface(&junos, "ge-0/0/0.0")->addresses.count, 1);
}

static void test_lines_wrapped_at_80_columns_are_joined(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "version 15.7\nhostname r\ninterface GigabitEthernet0/2\n"
               " description a very long description that goes past the width of the terminal us\n"
               "ed for the capture\n ip address 10.0.0.9 255.255.255.252\n shutdown\n"
               "interface GigabitEthernet0/3\n"
               " switchport trunk allowed vlan 1,10,13,15-48,50-54,64-90,92-98,106-110,115,118-1\n"
               "20,126,130-131\n switchport mode trunk\nend\n");
    const Interface *port = testing_interface(&device, "GigabitEthernet0/2");
    const Interface *trunk = testing_interface(&device, "GigabitEthernet0/3");
    assert_true(str_ends_with(port->description.text, STR("terminal used for the capture")));
    assert_true(port->shutdown && port->addresses.count == 1);
    assert_true(vlans_has(trunk->allowed, 120) && vlans_has(trunk->allowed, 131));
    assert_int_equal(trunk->switchport, SWITCHPORT_TRUNK);
    assert_int_equal(device.lines.unknown, 0);
    assert_int_equal(device.warnings.count, 1);
    assert_int_equal(device.warnings.items[0].line, 4);
}

static void test_a_line_of_80_columns_before_a_command_is_not_joined(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "version 15.7\nhostname r\ninterface GigabitEthernet0/2\n"
               " description a very long description that goes past the width of the terminal us\n"
               "interface GigabitEthernet0/3\n shutdown\n");
    assert_int_equal(device.interfaces.count, 2);
    assert_int_equal(device.warnings.count, 0);
}

static void test_utf16_is_read_with_and_without_a_mark(void **state)
{
    (void)state;
    static const char text[] = "version 15.2\r\nhostname u16\r\ninterface Gi0/1\r\n mtu 1400\r\n";
    for (unsigned form = 0; form < 4; form++) {
        auto_arena Arena *arena = arena_new();
        bool big = form & 1, mark = form & 2;
        char bytes[2 * sizeof(text) + 2] = {0};
        size_t size = 0;
        if (mark) {
            bytes[size++] = big ? '\xFE' : '\xFF';
            bytes[size++] = big ? '\xFF' : '\xFE';
        }
        for (size_t i = 0; i + 1 < sizeof(text); i++, size += 2)
            bytes[size + big] = text[i];
        Device device = {0};
        Error error = {0};
        assert_true(config_read(arena, str_make(bytes, size), STR("u.cfg"), &device, &error));
        assert_true(str_equal(device.hostname.text, STR("u16")));
        assert_int_equal(testing_interface(&device, "GigabitEthernet0/1")->mtu, 1400);
    }
}

static void test_systems_are_told_apart_without_a_header(void **state)
{
    (void)state;
    static const struct {
        const Dialect *dialect;
        const char *text;
    } files[] = {
        {&nxos_dialect, "hostname n9k\ninterface Ethernet1/1\n  no switchport\n"
                        "  ip address 10.3.7.0/31\n  no shutdown\ninterface loopback0\n"
                        "  ip address 10.255.3.1/32\nrouter bgp 65001\n  template peer SPINE\n"
                        "    remote-as 65000\n  neighbor 10.3.7.1\n    inherit peer SPINE\n"},
        {&nxos_dialect, "hostname n9k\ninterface Vlan10\n  vrf member RED\n"
                        "  ip address 10.3.7.1/24\nrouter bgp 65001\n  neighbor 10.3.7.1\n"
                        "    remote-as 65000\n"},
        {&eos_dialect, "management ssh\nswitch forwarding-mode store-and-forward\n"
                       "interface Ethernet2\n ip address 1.0.1.1 255.255.255.254\n"
                       " speed forced 10000full\ninterface Loopback0\n"
                       " ip address 5.0.0.1 255.255.255.255\nrouter bgp 50000\n"
                       "  network 5.0.0.1 mask 255.255.255.255\n"},
        {&eos_dialect, "hostname leaf1\ninterface Ethernet1\n   no switchport\n"
                       "   ip address 10.0.0.1/31\nrouter bgp 65001\n"
                       "   neighbor 10.0.0.0 remote-as 65000\n   network 10.1.0.0/24\n"
                       "ip route 0.0.0.0/0 10.0.0.0\n"},
        {&ios_dialect, "hostname r1\ninterface Ethernet0/0\n ip address 10.0.0.1 255.255.255.0\n"
                       "router bgp 1\n neighbor 10.0.0.2 remote-as 2\n"
                       " network 10.0.0.0 mask 255.255.255.0\n"},
    };
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        auto_arena Arena *arena = arena_new();
        Device device = testing_device(arena, files[i].text);
        assert_string_equal(device.vendor.system->id, files[i].dialect->system.id);
    }
}

static void test_header_of_eos_states_version_and_model(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "! Command: show running-config\n"
                                          "! device: sp-9 (DCS-7050, EOS-4.28.3M)\n"
                                          "hostname sp-9\n");
    assert_true(str_equal(device.version.text, STR("4.28.3M")));
    assert_int_equal(device.version.line, 2);
    assert_true(str_equal(device.model.text, STR("DCS-7050")));
}

static void test_small_commands_of_nxos_and_eos_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "feature bgp\nhostname n\ninterface breakout module 1 port 1 map 10g-4x\n"
               "interface Ethernet1/1\n  ip forward\n  ipv6 link-local fe80::1\n"
               "  vrrpv3 1 address-family ipv4\n    address 10.0.0.254 primary\nrouter bgp 1\n"
               "  neighbor 10.0.0.0/8 remote-as route-map RM\n");
    const Interface *port = testing_interface(&device, "Ethernet1/1");
    assert_int_equal(device.lines.unknown, 0);
    assert_int_equal(device.interfaces.count, 1);
    assert_true(port->addresses.items[0].link_local);
    assert_true(port->addresses.items[1].virtual_address);
    assert_int_equal(device.bgp.items[0].neighbors.items[0].listen.length, 8);
    Device eos = testing_device(arena, "! device: a (vEOS, EOS-4.30.1F)\nhostname a\n"
                                       "interface Ethernet1\n   no switchport\n"
                                       "   ip address unnumbered Loopback0\n");
    assert_true(str_equal(testing_interface(&eos, "Ethernet1")->unnumbered.text, STR("Loopback0")));
    assert_int_equal(eos.lines.unknown, 0);
}

static void test_link_local_neighbor_names_its_interface(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "version 17.3\nhostname r1\nrouter bgp 65080\n"
                                          " neighbor FE80::B%Gi1 remote-as 65081\n"
                                          " neighbor FE80::B%Gi2 remote-as 65082\n"
                                          "router bgp 65090\n neighbor 10.0.0.1 remote-as 7\n");
    const BgpNeighbor *neighbors = device.bgp.items[0].neighbors.items;
    IpText text;
    assert_int_equal(device.bgp.items[0].neighbors.count, 2);
    assert_false(neighbors[0].is_group);
    assert_true(str_equal(ip_format(neighbors[0].address, &text), STR("fe80::b")));
    assert_true(str_equal(neighbors[1].interface, STR("GigabitEthernet2")));
    assert_int_equal(neighbors[1].remote_as, 65082);
    assert_int_equal(device.bgp.count, 2);
    assert_int_equal(device.bgp.items[1].asn, 65090);
    assert_int_equal(device.bgp.items[1].neighbors.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blanks_that_wiped_a_pager_are_no_indentation),
        cmocka_unit_test(test_commands_of_a_session_are_read),
        cmocka_unit_test(test_commands_of_other_systems_are_read),
        cmocka_unit_test(test_lines_wrapped_at_80_columns_are_joined),
        cmocka_unit_test(test_a_line_of_80_columns_before_a_command_is_not_joined),
        cmocka_unit_test(test_utf16_is_read_with_and_without_a_mark),
        cmocka_unit_test(test_systems_are_told_apart_without_a_header),
        cmocka_unit_test(test_header_of_eos_states_version_and_model),
        cmocka_unit_test(test_small_commands_of_nxos_and_eos_are_read),
        cmocka_unit_test(test_link_local_neighbor_names_its_interface),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
