/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/config_testing.h"
#include "engines/config/dialects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char braces[] =
    "## Last commit: 2026-03-10 08:02:55 UTC by a\n"          /* 1 */
    "version 21.4R3;\n"                                       /* 2 */
    "groups {\n"                                              /* 3 */
    "    LOG { system { domain-name corp.example; } }\n"      /* 4 */
    "}\n"                                                     /* 5 */
    "apply-groups LOG;\n"                                     /* 6 */
    "system {\n"                                              /* 7 */
    "    host-name r1;\n"                                     /* 8 */
    "    /* a comment { with braces */\n"                     /* 9 */
    "    root-authentication {\n"                             /* 10 */
    "        encrypted-password \"$6$x$y\"; ## SECRET-DATA\n" /* 11 */
    "    }\n"                                                 /* 12 */
    "}\n"                                                     /* 13 */
    "interfaces {\n"                                          /* 14 */
    "    ge-0/0/0 {\n"                                        /* 15 */
    "        description \"to r2; really\";\n"                /* 16 */
    "        mtu 9014;\n"                                     /* 17 */
    "        unit 0 {\n"                                      /* 18 */
    "            family inet {\n"                             /* 19 */
    "                filter { input STAFF; }\n"               /* 20 */
    "                address 10.0.0.1/30;\n"                  /* 21 */
    "            }\n"                                         /* 22 */
    "            family inet6 { address 2001:db8::1/64; }\n"  /* 23 */
    "        }\n"                                             /* 24 */
    "    }\n"                                                 /* 25 */
    "    ge-0/0/1 {\n"                                        /* 26 */
    "        gigether-options { 802.3ad ae0; }\n"             /* 27 */
    "    }\n"                                                 /* 28 */
    "    inactive: ge-0/0/2 { unit 0 { family inet { address 9.9.9.9/24; } } }\n"
    "    ge-0/0/3 {\n"                                    /* 30 */
    "        disable;\n"                                  /* 31 */
    "        unit 0 {\n"                                  /* 32 */
    "            family ethernet-switching {\n"           /* 33 */
    "                interface-mode trunk;\n"             /* 34 */
    "                vlan { members [ users 30-31 ]; }\n" /* 35 */
    "            }\n"                                     /* 36 */
    "        }\n"                                         /* 37 */
    "    }\n"                                             /* 38 */
    "    irb { unit 10 { family inet { address 10.10.0.2/24 { vrrp-group 1 "
    "{ virtual-address 10.10.0.1; } } } } }\n" /* 39 */
    "    lo0 { unit 0 { family inet { address 10.255.0.1/32; } } }\n"
    "}\n"                                                            /* 41 */
    "routing-options {\n"                                            /* 42 */
    "    router-id 10.255.0.1;\n"                                    /* 43 */
    "    autonomous-system 65001;\n"                                 /* 44 */
    "    static {\n"                                                 /* 45 */
    "        route 0.0.0.0/0 next-hop 10.0.0.2;\n"                   /* 46 */
    "        route 10.9.0.0/16 { discard; preference 200; }\n"       /* 47 */
    "    }\n"                                                        /* 48 */
    "}\n"                                                            /* 49 */
    "protocols {\n"                                                  /* 50 */
    "    bgp {\n"                                                    /* 51 */
    "        group EXT {\n"                                          /* 52 */
    "            type external;\n"                                   /* 53 */
    "            peer-as 65002;\n"                                   /* 54 */
    "            authentication-key \"$9$abc\";\n"                   /* 55 */
    "            export [ OUT DENY ];\n"                             /* 56 */
    "            neighbor 10.0.0.2 { description r2; import IN; }\n" /* 57 */
    "        }\n"                                                    /* 58 */
    "        group INT { type internal; local-address 10.255.0.1; neighbor "
    "10.255.0.9; }\n" /* 59 */
    "    }\n"         /* 60 */
    "    ospf { area 0.0.0.0 { interface ge-0/0/0.0 { interface-type p2p; "
    "metric 7; } interface lo0.0 { passive; } } area 2 { stub no-summaries; "
    "} }\n" /* 61 */
    "}\n"   /* 62 */
    "firewall { family inet { filter STAFF { term A { from { source-address "
    "{ 10.0.0.0/8; } protocol tcp; destination-port [ ssh https ]; } then "
    "accept; } term B { then { count x; discard; } } } } }\n" /* 63 */
    "vlans { users { vlan-id 10; l3-interface irb.10; } }\n"  /* 64 */
    "nonsense { totally unknown; }\n";                        /* 65 */

static void test_junos_interfaces_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, braces);
    assert_ptr_equal(device.vendor.system, &junos_dialect.system);
    assert_true(str_equal(device.hostname.text, STR("r1")) && device.hostname.line == 8);
    assert_true(str_equal(device.domain.text, STR("corp.example")));
    assert_true(str_equal(device.version.text, STR("21.4R3")));
    const Interface *port = testing_interface(&device, "ge-0/0/0");
    assert_true(str_equal(port->description.text, STR("to r2; really")) && port->mtu == 9014);
    const Interface *unit = testing_interface(&device, "ge-0/0/0.0");
    assert_true(unit->line == 18 && unit->addresses.count == 2 && unit->mtu == 9014);
    assert_true(str_equal(unit->parent, STR("ge-0/0/0")));
    assert_true(unit->acls.count == 1 && unit->acls.items[0].inbound);
    assert_true(str_equal(testing_interface(&device, "ge-0/0/1")->lag.text, STR("ae0")));
    for (size_t i = 0; i < device.interfaces.count; i++)
        assert_false(str_starts_with(device.interfaces.items[i].name, STR("ge-0/0/2")));
    const Interface *trunk = testing_interface(&device, "ge-0/0/3.0");
    assert_true(trunk->switchport == SWITCHPORT_TRUNK && trunk->shutdown);
    assert_true(vlans_has(trunk->allowed, 10) && vlans_has(trunk->allowed, 31));
    const Interface *irb = testing_interface(&device, "irb.10");
    assert_true(irb->addresses.count == 2 && irb->addresses.items[1].virtual_address);
    assert_true(str_equal(device.vlans.items[0].interface, STR("irb.10")));
}

static void test_junos_protocols_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, braces);
    const BgpNeighbor *external = testing_neighbor(&device, "10.0.0.2");
    assert_true(external->remote_as == 65002 && external->type == BGP_TYPE_EXTERNAL);
    assert_true(external->has_password && str_equal(external->group, STR("EXT")));
    assert_true(str_equal(external->export.text, STR("OUT, DENY")));
    assert_true(str_equal(external->import.text, STR("IN")));
    const BgpNeighbor *internal = testing_neighbor(&device, "10.255.0.9");
    assert_true(internal->remote_as == 65001 && ip_is_set(internal->local_address));
    const Interface *unit = testing_interface(&device, "ge-0/0/0.0");
    assert_true(unit->ospf[0].enabled && unit->ospf[0].cost == 7);
    assert_true(str_equal(unit->ospf[0].network_type, STR("point-to-point")));
    assert_true(testing_interface(&device, "lo0.0")->ospf[0].passive);
    assert_true(device.ospf.items[0].areas.items[0].kind == OSPF_AREA_STUB);
    assert_true(ip_is_set(device.ospf.items[0].router_id));
    assert_int_equal(device.routes.count, 2);
    assert_true(str_equal(device.routes.items[1].interface, STR("discard")));
    assert_int_equal(device.routes.items[1].distance, 200);
    const Acl *acl = testing_acl(&device, "STAFF");
    assert_int_equal(acl->entries.count, 2);
    assert_true(str_equal(acl->entries.items[0].source, STR("10.0.0.0/8")));
    assert_true(str_equal(acl->entries.items[0].destination_port, STR("ssh, https")));
    assert_int_equal(acl->entries.items[1].action, ACL_DENY);
    assert_int_equal(device.not_understood.count, 1);
    assert_int_equal(device.not_understood.items[0].line, 65);
}

static void test_junos_stanzas_have_their_lines(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, braces);
    bool found = false;
    uint32_t last = 0;
    for (size_t i = 0; i < device.stanzas.count; i++) {
        const Stanza *stanza = &device.stanzas.items[i];
        assert_true(stanza->first_line <= stanza->last_line && stanza->first_line >= last);
        last = stanza->first_line;
        if (str_equal(stanza->header, STR("interfaces ge-0/0/0"))) {
            found = true;
            assert_true(stanza->first_line == 14 && stanza->last_line == 25);
            assert_int_equal(stanza->kind, STANZA_INTERFACE);
        }
    }
    assert_true(found);
}

static void test_junos_set_form_is_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device =
        testing_device(arena, "set version 17.4R1.16\nset system host-name d2\n"
                              "set interfaces xe-0/0/0 unit 0 family inet address 10.12.0.2/24\n"
                              "set interfaces xe-0/0/0 unit 0 description \"to d1\"\n"
                              "set interfaces xe-0/0/1 unit 5 vlan-id 5\n"
                              "set interfaces xe-0/0/1 unit 5 family inet address 10.5.0.1/24\n"
                              "set interfaces xe-0/0/9 unit 0 family inet address 10.99.0.1/24\n"
                              "deactivate interfaces xe-0/0/9\n"
                              "set routing-options autonomous-system 65002\n"
                              "set protocols bgp export SEND\n"
                              "set protocols bgp group D1 neighbor 10.12.0.1 peer-as 65001\n"
                              "set protocols ospf area 0.0.0.0 interface all\n"
                              "set routing-instances CUST instance-type vrf\n"
                              "set routing-instances CUST interface xe-0/0/1.5\n"
                              "set routing-instances CUST interface xe-9/9/9.0\n"
                              "set policy-options prefix-list PL 10.0.0.0/8\n"
                              "set policy-options policy-statement SEND term 1 then accept\n"
                              "delete something\n\n{master:0}\n");
    assert_ptr_equal(device.vendor.system, &junos_set_dialect.system);
    assert_true(str_equal(device.hostname.text, STR("d2")));
    assert_int_equal(device.interfaces.count, 4);
    assert_true(str_equal(testing_interface(&device, "xe-0/0/1.5")->vrf.text, STR("CUST")));
    assert_true(testing_interface(&device, "xe-0/0/0.0")->ospf[0].enabled);
    const BgpNeighbor *neighbor = testing_neighbor(&device, "10.12.0.1");
    assert_true(neighbor->remote_as == 65001 && str_equal(neighbor->export.text, STR("SEND")));
    assert_int_equal(device.warnings.count, 1); /* xe-9/9/9.0 is not configured */
    assert_int_equal(device.not_understood.count, 1);
    assert_int_equal(device.not_understood.items[0].line, 18);
}

static void test_interfaces_disabled_in_ospf_stay_out(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device =
        testing_device(arena, "set system host-name r3\n"
                              "set interfaces ge-0/0/0 unit 0 family inet address 10.0.0.1/24\n"
                              "set interfaces fxp0 unit 0 family inet address 192.168.0.1/24\n"
                              "set protocols ospf area 0.0.0.0 interface all\n"
                              "set protocols ospf area 0.0.0.0 interface fxp0.0 disable\n"
                              "set protocols ospf area 0.0.0.0 interface fxp0.0 metric 5\n"
                              "set protocols ospf3 area 0.0.0.0 interface ge-0/0/0.0\n"
                              "set protocols ospf3 disable\n");
    assert_true(testing_interface(&device, "ge-0/0/0.0")->ospf[0].enabled);
    assert_false(testing_interface(&device, "fxp0.0")->ospf[0].enabled);
    assert_false(device.ospf.items[0].shutdown);
    assert_true(device.ospf.items[1].version == 3 && device.ospf.items[1].shutdown);
}

static void test_routing_instances_have_their_own_bgp(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "set system host-name r4\n"
               "set interfaces ge-0/0/1 unit 0 family inet address 10.2.0.1/24\n"
               "set routing-options autonomous-system 65000\n"
               "set protocols bgp local-as 65005\n"
               "set protocols bgp group MAIN neighbor 10.0.0.2 peer-as 65100\n"
               "set protocols bgp group MAIN authentication-key-chain KEYS\n"
               "set routing-instances CUST interface ge-0/0/1.0\n"
               "set routing-instances CUST routing-options autonomous-system 64999\n"
               "set routing-instances CUST protocols bgp group CE neighbor 10.2.0.2 peer-as 65010\n"
               "set routing-instances OTHER protocols bgp group CE neighbor 10.3.0.2 peer-as "
               "65011\n");
    const BgpNeighbor *main = testing_neighbor(&device, "10.0.0.2");
    assert_true(main->local_as == 65005 && main->has_password);
    assert_int_equal(testing_neighbor(&device, "10.2.0.2")->local_as, 64999);
    assert_int_equal(testing_neighbor(&device, "10.3.0.2")->local_as, 0);
    assert_false(testing_neighbor(&device, "10.3.0.2")->has_password);
    assert_int_equal(device.bgp.items[0].asn, 65000);
}

static void test_vlans_list_their_ports(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "set system host-name s1\n"
               "set interfaces ge-0/0/1 unit 0 family ethernet-switching\n"
               "set interfaces ge-0/0/2 unit 0 family ethernet-switching port-mode trunk\n"
               "set interfaces ge-0/0/2 unit 0 family ethernet-switching vlan members lab\n"
               "set vlans users vlan-id 30\n"
               "set vlans users interface ge-0/0/1.0\n"
               "set vlans lab vlan-range 40-42\n"
               "set vlans broken vlan-range 42-40\n");
    assert_int_equal(testing_interface(&device, "ge-0/0/1.0")->access_vlan, 30);
    const Interface *trunk = testing_interface(&device, "ge-0/0/2.0");
    assert_int_equal(vlans_count(trunk->allowed), 3);
    assert_true(vlans_has(trunk->allowed, 40) && vlans_has(trunk->allowed, 42));
    assert_int_equal(device.vlans.count, 4);
    assert_true(str_equal(device.vlans.items[3].name, STR("lab")));
    assert_int_equal(device.lines.unknown, 1);
}

static void test_broken_braces_give_warnings(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "system {\n host-name a;\n}\n}\ninterfaces {\n ge-0/0/0 { unit 0 { family "
               "inet { address 10.0.0.1/24; } }\n /* never closed\nprotocols {\n");
    assert_true(device.warnings.count >= 2);
    assert_true(str_equal(device.hostname.text, STR("a")));
    assert_int_equal(testing_interface(&device, "ge-0/0/0.0")->addresses.count, 1);
    Device quote =
        testing_device(arena, "system {\n host-name b;\n license { keys { key foo bar\"; } "
                              "}\n}\nrouting-options { autonomous-system 1; }\n");
    assert_true(str_equal(quote.hostname.text, STR("b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_junos_interfaces_are_read),
        cmocka_unit_test(test_junos_protocols_are_read),
        cmocka_unit_test(test_junos_stanzas_have_their_lines),
        cmocka_unit_test(test_junos_set_form_is_read),
        cmocka_unit_test(test_broken_braces_give_warnings),
        cmocka_unit_test(test_interfaces_disabled_in_ospf_stay_out),
        cmocka_unit_test(test_routing_instances_have_their_own_bgp),
        cmocka_unit_test(test_vlans_list_their_ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
