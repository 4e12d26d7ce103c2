/* SPDX-License-Identifier: Apache-2.0 */
/* Set commands in their order, and what is stated once for several places. */
#include "engines/config/config_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_delete_deactivate_and_activate_count_in_order(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device =
        testing_device(arena, "set system host-name j\n"
                              "set interfaces ge-0/0/1 unit 0 family inet address 10.1.1.1/30\n"
                              "delete interfaces ge-0/0/1 unit 0 family inet address 10.1.1.1/30\n"
                              "set interfaces ge-0/0/2 unit 0 family inet address 10.1.2.1/30\n"
                              "deactivate interfaces ge-0/0/2\n"
                              "activate interfaces ge-0/0/2\n"
                              "set interfaces ge-0/0/3 unit 0 family inet address 10.1.3.1/30\n"
                              "deactivate interfaces ge-0/0/3\n"
                              "delete interfaces ge-0/0/3\n"
                              "set interfaces ge-0/0/3 unit 0 family inet address 10.1.4.1/30\n"
                              "set interfaces ge-0/0/4 unit 0 family inet address 10.1.5.1/30\n"
                              "deactivate interfaces ge-0/0/4\n"
                              "set vlans a vlan-id-list [ 10 20 30 ]\n"
                              "delete vlans a vlan-id-list [ 20 30 ]\n"
                              "delete protocols bgp\n");
    assert_null(testing_find_interface(&device, "ge-0/0/1.0"));
    assert_int_equal(testing_interface(&device, "ge-0/0/2.0")->addresses.count, 1);
    assert_int_equal(testing_interface(&device, "ge-0/0/3.0")->addresses.items[0].line, 10);
    assert_null(testing_find_interface(&device, "ge-0/0/4.0"));
    assert_int_equal(device.vlans.count, 1);
    assert_int_equal(device.not_understood.count, 1); /* nothing of BGP was set */
    assert_int_equal(device.not_understood.items[0].line, 15);
}

static void test_edit_makes_commands_relative(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device =
        testing_device(arena, "set system host-name j\nedit interfaces ge-0/0/1\n"
                              "set unit 0 family inet address 10.1.1.1/30\n"
                              "edit unit 1\nset family inet address 10.1.1.5/30\n"
                              "exit\nset mtu 9000\ntop\n"
                              "set interfaces ge-0/0/2 unit 0 family inet address 10.1.2.1/30\n"
                              "edit interfaces\ntop set system domain-name x.net\n");
    assert_int_equal(testing_interface(&device, "ge-0/0/1.0")->addresses.count, 1);
    assert_int_equal(testing_interface(&device, "ge-0/0/1.1")->addresses.count, 1);
    assert_int_equal(testing_interface(&device, "ge-0/0/1")->mtu, 9000);
    assert_int_equal(testing_interface(&device, "ge-0/0/2.0")->addresses.count, 1);
    assert_true(str_equal(device.domain.text, STR("x.net")));
    assert_int_equal(device.lines.unknown, 0);
}

static void test_interface_all_puts_all_into_the_area(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device =
        testing_device(arena, "set system host-name j\n"
                              "set interfaces ge-0/0/0 unit 0 family inet address 10.1.1.1/30\n"
                              "set interfaces ge-0/0/1 unit 0 family inet address 10.1.2.1/30\n"
                              "set interfaces ge-0/0/2 unit 0 family inet address 10.1.3.1/30\n"
                              "set interfaces ge-0/0/3 unit 0 family inet address 10.1.4.1/30\n"
                              "set interfaces ge-0/0/0 unit 0 family inet6 address 2001:db8::1/64\n"
                              "set routing-instances V interface ge-0/0/3.0\n"
                              "set protocols ospf area 0.0.0.0 interface all metric 7\n"
                              "set protocols ospf area 0.0.0.0 interface all frobnicate\n"
                              "set protocols ospf area 0.0.0.1 interface 10.1.2.1 metric 9\n"
                              "set protocols ospf area 0.0.0.0 interface ge-0/0/2.0 disable\n"
                              "set protocols ospf3 area 0.0.0.0 interface all\n");
    const Interface *first = testing_interface(&device, "ge-0/0/0.0");
    const Interface *second = testing_interface(&device, "ge-0/0/1.0");
    assert_true(first->ospf[0].enabled && first->ospf[1].enabled);
    assert_int_equal(first->ospf[0].cost, 7);
    assert_true(second->ospf[0].enabled);
    assert_int_equal(second->ospf[0].area, 1);
    assert_int_equal(second->ospf[0].cost, 9);
    assert_false(second->ospf[1].enabled);
    assert_false(testing_interface(&device, "ge-0/0/2.0")->ospf[0].enabled);
    assert_false(testing_interface(&device, "ge-0/0/3.0")->ospf[0].enabled);
    assert_null(testing_find_interface(&device, "10.1.2.1"));
    assert_int_equal(device.lines.unknown, 1);
    assert_int_equal(device.not_understood.items[0].line, 9);
}

static void test_next_hops_have_preferences_of_their_own(void **state)
{
    (void)state;
    static const char *const files[] = {
        "set system host-name j\nset routing-options static defaults preference 9\n"
        "set routing-options static route 0.0.0.0/0 next-hop 10.1.1.2\n"
        "set routing-options static route 0.0.0.0/0 qualified-next-hop 10.1.1.6 preference 200\n"
        "set routing-options static route 10.0.0.0/8 discard\n"
        "set routing-options static route 10.0.0.0/8 preference 20\n",
        "system { host-name j; }\nrouting-options {\n static {\n  defaults { preference 9; }\n"
        "  route 0.0.0.0/0 {\n   next-hop 10.1.1.2;\n"
        "   qualified-next-hop 10.1.1.6 { preference 200; }\n  }\n"
        "  route 10.0.0.0/8 {\n   discard;\n   preference 20;\n  }\n }\n}\n"};
    static const uint32_t distances[] = {9, 200, 20};
    for (size_t f = 0; f < COUNT_OF(files); f++) {
        auto_arena Arena *arena = arena_new();
        Device device = testing_device(arena, files[f]);
        assert_int_equal(device.routes.count, COUNT_OF(distances));
        for (size_t i = 0; i < COUNT_OF(distances); i++)
            assert_int_equal(device.routes.items[i].distance, distances[i]);
        assert_int_equal(device.lines.unknown, 0);
    }
}

static void test_groups_of_a_range_apply_at_its_ports(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "set system host-name j\n"
               "set groups T interfaces <*> unit 0 family ethernet-switching interface-mode trunk\n"
               "set groups T interfaces <*> unit 0 family ethernet-switching vlan members v10\n"
               "set groups T interfaces <*> native-vlan-id 99\n"
               "set interfaces interface-range R member ge-0/0/1\n"
               "set interfaces interface-range R member-range ge-0/0/3 to ge-0/0/4\n"
               "set interfaces interface-range R apply-groups T\n"
               "set interfaces ge-0/0/2 apply-groups T\nset vlans v10 vlan-id 10\n");
    for (int port = 1; port <= 4; port++) {
        const Interface *unit =
            testing_interface(&device, arena_printf(arena, "ge-0/0/%d.0", port).data);
        assert_int_equal(unit->switchport, SWITCHPORT_TRUNK);
        assert_true(unit->allowed && vlans_has(unit->allowed, 10));
        assert_int_equal(unit->native_vlan, 99);
    }
}

static void test_the_nearest_families_replace_the_others(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "set system host-name j\nset protocols bgp family inet unicast\n"
               "set protocols bgp family inet6 unicast\nset protocols bgp group g4 peer-as 65001\n"
               "set protocols bgp group g4 family inet unicast\n"
               "set protocols bgp group g4 neighbor 192.0.2.1\n"
               "set protocols bgp group g4 neighbor 192.0.2.2 family inet6 unicast\n"
               "set protocols bgp group both neighbor 192.0.2.3 peer-as 65002\n");
    assert_int_equal(testing_neighbor(&device, "192.0.2.1")->families, BGP_IPV4);
    assert_int_equal(testing_neighbor(&device, "192.0.2.2")->families, BGP_IPV6);
    assert_int_equal(testing_neighbor(&device, "192.0.2.3")->families, BGP_IPV4 | BGP_IPV6);
    auto_strbuf StrBuf out;
    strbuf_init(&out, 1 << 20);
    JsonWriter json;
    json_start(&json, &out);
    device_write_json(&device, &json);
    assert_true(str_find(strbuf_str(&out), STR("\"asn\"")) == STR_NOT_FOUND);
}

static void test_two_tags_and_paths_of_prefix_lists(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "set system host-name j\n"
               "set interfaces ge-0/0/0 unit 0 family inet address 10.1.1.1/30\n"
               "set interfaces xe-0/0/0 unit 0 family inet address 10.1.2.1/30\n"
               "set interfaces ge-0/0/0 unit 0 vlan-tags outer 0x8100.100 inner 10\n"
               "set policy-options prefix-list all apply-path \"interfaces <*> unit <*> family "
               "inet address <*>\"\n"
               "set policy-options prefix-list ge apply-path \"interfaces <ge-*> unit <*> "
               "family inet address <*>\"\n"
               "set policy-options prefix-list peers apply-path \"protocols bgp group <*> "
               "neighbor <*>\"\nset protocols bgp group g neighbor 192.0.2.1 peer-as 1\n");
    const Interface *unit = testing_interface(&device, "ge-0/0/0.0");
    assert_int_equal(unit->dot1q, 100);
    assert_int_equal(unit->dot1q_inner, 10);
    assert_int_equal(device.prefix_lists.count, 3);
    assert_int_equal(device.prefix_lists.items[0].entries.count, 2);
    assert_int_equal(device.prefix_lists.items[1].entries.count, 1);
    assert_int_equal(device.prefix_lists.items[2].entries.count, 1);
}

static void test_terms_keep_what_either_side_must_have(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device =
        testing_device(arena, "set system host-name j\n"
                              "set firewall family inet filter F term A from address 10.0.0.0/8\n"
                              "set firewall family inet filter F term A from prefix-list P\n"
                              "set firewall family inet filter F term A from port [ 53 80-81 ]\n"
                              "set firewall family inet filter F term A from source-port 99\n");
    const AclEntry *term = &testing_acl(&device, "F")->entries.items[0];
    assert_true(str_equal(term->address, STR("10.0.0.0/8, group P")));
    assert_true(str_equal(term->port, STR("53, 80-81")));
    assert_true(str_equal(term->source_port, STR("99")));
    assert_int_equal(term->source.size + term->destination_port.size, 0);
    assert_int_equal(device.lines.unknown, 0);
}

static void test_servers_of_time_may_have_options(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "set system host-name j\n"
                                          "set system ntp server 192.0.2.1 key 1\n"
                                          "set system ntp server 192.0.2.1 prefer\n"
                                          "set system ntp server 192.0.2.2\n"
                                          "set routing-instances CUST\n");
    assert_int_equal(device.ntp_servers.count, 2);
    assert_int_equal(device.ntp_servers.items[0].line, 2);
    assert_int_equal(device.vrfs.count, 1);
    assert_int_equal(device.lines.parsed, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delete_deactivate_and_activate_count_in_order),
        cmocka_unit_test(test_edit_makes_commands_relative),
        cmocka_unit_test(test_interface_all_puts_all_into_the_area),
        cmocka_unit_test(test_next_hops_have_preferences_of_their_own),
        cmocka_unit_test(test_groups_of_a_range_apply_at_its_ports),
        cmocka_unit_test(test_the_nearest_families_replace_the_others),
        cmocka_unit_test(test_two_tags_and_paths_of_prefix_lists),
        cmocka_unit_test(test_terms_keep_what_either_side_must_have),
        cmocka_unit_test(test_servers_of_time_may_have_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
