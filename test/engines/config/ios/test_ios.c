/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/config_testing.h"
#include "engines/config/dialects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char interfaces[] = "version 15.2\n"                                     /* 1 */
                                 "hostname r1\n"                                      /* 2 */
                                 "ip domain name example.net\n"                       /* 3 */
                                 "!\n"                                                /* 4 */
                                 "interface GigabitEthernet0/0\n"                     /* 5 */
                                 " description to core, port 7\n"                     /* 6 */
                                 " ip address 10.0.0.1 255.255.255.252\n"             /* 7 */
                                 " ip address 10.1.0.1 255.255.255.0 secondary\n"     /* 8 */
                                 " ipv6 address 2001:DB8::1/64\n"                     /* 9 */
                                 " ipv6 address FE80::1 link-local\n"                 /* 10 */
                                 " ip mtu 1400\n"                                     /* 11 */
                                 " mtu 9000\n"                                        /* 12 */
                                 " ip access-group IN in\n"                           /* 13 */
                                 " ip access-group 101 out\n"                         /* 14 */
                                 " ip ospf cost 7\n"                                  /* 15 */
                                 " ip ospf network point-to-point\n"                  /* 16 */
                                 " ip ospf hello-interval 3\n"                        /* 17 */
                                 " ip ospf message-digest-key 1 md5 7 0822455D0A16\n" /* 18 */
                                 " gibberish here\n"                                  /* 19 */
                                 "interface Gi 0/1\n"                                 /* 20 */
                                 " switchport mode trunk\n"                           /* 21 */
                                 " switchport trunk allowed vlan 10,20-22\n"          /* 22 */
                                 " switchport trunk allowed vlan add 30\n"            /* 23 */
                                 " switchport trunk native vlan 99\n"                 /* 24 */
                                 " channel-group 1 mode active\n"                     /* 25 */
                                 " shutdown\n"                                        /* 26 */
                                 "interface GigabitEthernet0/1.20\n"                  /* 27 */
                                 " encapsulation dot1Q 20\n"                          /* 28 */
                                 " vrf forwarding RED\n"                              /* 29 */
                                 " ip unnumbered Loopback0\n"                         /* 30 */
                                 "interface GigabitEthernet0/2\n"                     /* 31 */
                                 " switchport mode access\n"                          /* 32 */
                                 " switchport access vlan 10\n"                       /* 33 */
                                 " switchport voice vlan 11\n"                        /* 34 */
                                 "interface Serial0/0 point-to-point\n"               /* 35 */
                                 " no ip address\n"                                   /* 36 */
                                 "end\n";                                             /* 37 */

static void test_ios_interfaces_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, interfaces);
    const Interface *gi = testing_interface(&device, "GigabitEthernet0/0");
    assert_ptr_equal(device.vendor.system, &ios_dialect.system);
    assert_true(str_equal(device.hostname.text, STR("r1")) && device.hostname.line == 2);
    assert_true(str_equal(device.domain.text, STR("example.net")));
    assert_int_equal(gi->line, 5);
    assert_int_equal(gi->last_line, 18);
    assert_true(str_equal(gi->description.text, STR("to core, port 7")));
    assert_int_equal(gi->addresses.count, 4);
    assert_int_equal(gi->addresses.items[0].prefix.length, 30);
    assert_int_equal(gi->addresses.items[0].line, 7);
    assert_true(gi->addresses.items[1].secondary);
    assert_true(gi->addresses.items[3].link_local);
    assert_true(gi->mtu == 9000 && gi->ip_mtu == 1400);
    assert_int_equal(gi->acls.count, 2);
    assert_true(gi->acls.items[0].inbound && !gi->acls.items[1].inbound);
    assert_true(gi->ospf[0].cost == 7 && gi->ospf[0].hello_s == 3);
    assert_true(str_equal(gi->ospf[0].network_type, STR("point-to-point")));
    const Interface *trunk = testing_interface(&device, "GigabitEthernet0/1");
    assert_true(str_equal(trunk->name, STR("Gi 0/1")));
    assert_int_equal(trunk->switchport, SWITCHPORT_TRUNK);
    assert_true(vlans_has(trunk->allowed, 21) && vlans_has(trunk->allowed, 30));
    assert_int_equal(vlans_count(trunk->allowed), 5);
    assert_true(trunk->native_vlan == 99 && trunk->shutdown && trunk->shutdown_line == 26);
    assert_true(str_equal(trunk->lag.text, STR("Port-channel1")));
    const Interface *sub = testing_interface(&device, "GigabitEthernet0/1.20");
    assert_true(sub->dot1q == 20 && str_equal(sub->vrf.text, STR("RED")));
    assert_true(str_equal(sub->parent, STR("GigabitEthernet0/1")));
    assert_true(str_equal(sub->unnumbered.text, STR("Loopback0")));
    assert_true(sub->shutdown); /* its port is */
    const Interface *access = testing_interface(&device, "GigabitEthernet0/2");
    assert_true(access->access_vlan == 10 && access->voice_vlan == 11);
    assert_true(str_equal(testing_interface(&device, "Serial0/0")->name, STR("Serial0/0")));
}

static void test_no_vrf_is_the_default_vrf(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "version 15.2\nhostname a\ninterface Vlan1\n"
                                          " no vrf forwarding RED\ninterface Vlan2\n"
                                          " vrf forwarding RED\n no ip vrf forwarding\n");
    assert_int_equal(testing_interface(&device, "Vlan1")->vrf.text.size, 0);
    assert_int_equal(testing_interface(&device, "Vlan2")->vrf.text.size, 0);
    assert_int_equal(device.lines.unknown, 0);
}

static void test_lines_not_understood_are_listed(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, interfaces);
    assert_int_equal(device.not_understood.count, 1);
    assert_int_equal(device.not_understood.items[0].line, 19);
    assert_true(str_equal(device.not_understood.items[0].text, STR("gibberish here")));
    assert_true(
        str_equal(device.not_understood.items[0].stanza, STR("interface GigabitEthernet0/0")));
    assert_int_equal(device.lines.total, 37);
    assert_int_equal(
        device.lines.blank + device.lines.parsed + device.lines.known + device.lines.unknown, 37);
}

static void test_unknown_blocks_stay_unknown(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "version 15.2\nhostname a\nquantum entangle 7\n level 3\n"
                                          "  deeper\ninterface Loopback0\n ip address 1.1.1.1 "
                                          "255.255.255.255\nhostname\n");
    assert_int_equal(device.lines.unknown, 4);
    assert_int_equal(device.interfaces.count, 1);
}

static void test_ios_stanzas_have_their_lines(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "version 15.2\nhostname a\n!\ninterface Loopback0\n ip address 1.1.1.1 "
               "255.255.255.255\n!\nip route 0.0.0.0 0.0.0.0 10.0.0.1\nip route "
               "10.0.0.0 255.0.0.0 Null0\n!\naccess-list 10 permit any\naccess-list "
               "10 deny any\naccess-list 11 permit any\nline vty 0 4\n login\n");
    static const struct {
        StanzaKind kind;
        uint32_t first, last;
    } expected[] = {
        {STANZA_GLOBAL, 1, 2}, {STANZA_INTERFACE, 4, 5}, {STANZA_STATIC, 7, 8},
        {STANZA_ACL, 10, 11},  {STANZA_ACL, 12, 12},     {STANZA_LINE, 13, 14},
    };
    assert_int_equal(device.stanzas.count, COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_int_equal(device.stanzas.items[i].kind, expected[i].kind);
        assert_int_equal(device.stanzas.items[i].first_line, expected[i].first);
        assert_int_equal(device.stanzas.items[i].last_line, expected[i].last);
    }
}

static void test_ios_ospf_areas_follow_network_statements(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "version 15.2\ninterface Loopback0\n ip address 1.1.1.1 255.255.255.255\n"
               "interface Gi0/0\n ip address 10.0.0.1 255.255.255.0\n"
               "interface Gi0/1\n ip address 10.0.1.1 255.255.255.0\n"
               "interface Gi0/2\n ip address 172.16.0.1 255.255.255.0\n ip ospf 1 area 0.0.0.5\n"
               "router ospf 1\n router-id 9.9.9.9\n network 10.0.0.0 0.255.255.255 area 0\n"
               " network 10.0.1.0 0.0.0.255 area 1\n network 1.1.1.1 0.0.0.0 area 0\n"
               " passive-interface default\n no passive-interface Gi0/1\n area 1 stub no-summary\n"
               " redistribute connected subnets\n"
               "ipv6 router ospf 7\n router-id 8.8.8.8\n");
    assert_int_equal(device.ospf.count, 2);
    const OspfProcess *process = &device.ospf.items[0];
    assert_true(process->version == 2 && process->networks.count == 3);
    assert_true(process->passive_default && process->redistribute.count == 1);
    assert_true(process->areas.items[0].kind == OSPF_AREA_STUB && process->areas.items[0].totally);
    const Interface *first = testing_interface(&device, "GigabitEthernet0/0");
    assert_true(first->ospf[0].enabled && first->ospf[0].area == 0 && first->ospf[0].passive);
    assert_int_equal(first->ospf[0].line, 13);
    const Interface *second = testing_interface(&device, "GigabitEthernet0/1");
    assert_true(second->ospf[0].area == 1 && !second->ospf[0].passive);
    assert_int_equal(testing_interface(&device, "GigabitEthernet0/2")->ospf[0].area, 5);
    assert_int_equal(device.ospf.items[1].version, 3);
}

static void test_ios_bgp_neighbors_inherit_from_their_group(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena,
        "version 15.2\nrouter bgp 65001\n bgp router-id 1.1.1.1\n neighbor PG peer-group\n"
        " neighbor PG remote-as 65001\n neighbor PG update-source Loopback0\n"
        " neighbor PG password 7 05080F1C2243\n"
        " neighbor 10.0.0.2 peer-group PG\n neighbor 10.0.0.2 description the other one\n"
        " neighbor 192.0.2.1 remote-as 1.5\n neighbor 192.0.2.1 shutdown\n"
        " neighbor 2001:DB8::2 remote-as 65002\n"
        " !\n address-family ipv4\n  network 10.0.0.0\n  network 10.1.0.0 mask 255.255.0.0\n"
        "  neighbor 192.0.2.1 activate\n  neighbor 192.0.2.1 route-map IN in\n"
        " exit-address-family\n !\n address-family ipv6\n  neighbor 2001:db8:0:0::2 activate\n"
        " exit-address-family\n !\n address-family ipv4 vrf RED\n  neighbor 10.9.0.1 remote-as 7\n"
        "  neighbor 10.9.0.1 activate\n exit-address-family\n");
    const BgpProcess *bgp = &device.bgp.items[0];
    assert_int_equal(bgp->asn, 65001);
    assert_int_equal(device.lines.unknown, 0);
    const BgpNeighbor *inherited = testing_neighbor(&device, "10.0.0.2");
    assert_true(inherited->remote_as == 65001 && inherited->type == BGP_TYPE_INTERNAL);
    assert_true(str_equal(inherited->update_source, STR("Loopback0")) && inherited->has_password);
    assert_true(str_equal(inherited->description.text, STR("the other one")));
    const BgpNeighbor *external = testing_neighbor(&device, "192.0.2.1");
    assert_true(external->remote_as == (1u << 16 | 5) && external->shutdown);
    assert_true(str_equal(external->import.text, STR("IN")));
    assert_true(external->families & BGP_IPV4);
    const BgpNeighbor *six = testing_neighbor(&device, "2001:db8::2");
    assert_int_equal(six->families, BGP_IPV6);
    assert_true(str_equal(testing_neighbor(&device, "10.9.0.1")->vrf, STR("RED")));
    assert_int_equal(bgp->networks.count, 2);
    assert_int_equal(bgp->networks.items[0].prefix.length, 8);
    assert_int_equal(bgp->networks.items[1].prefix.length, 16);
}

static void test_lists_and_routes(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena,
        "version 15.2\nip route 0.0.0.0 0.0.0.0 10.0.0.1 250 tag 7 name DEFAULT\n"
        "ip route vrf RED 10.0.0.0 255.0.0.0 GigabitEthernet0/1 10.0.0.9\n"
        "ip route 10.0.0.0 255.0.255.0 10.0.0.1\n"
        "ipv6 route 2001:DB8::/32 Null0 250\n"
        "access-list 10 permit 10.0.0.0 0.0.255.255\naccess-list 10 deny any log\n"
        "ip access-list extended WEB\n 10 permit tcp any host 10.0.0.80 eq www 443\n"
        " 20 deny udp 10.0.0.0 0.0.255.0 range 1 1023 any\n remark nothing else\n"
        " permit icmp any any echo-reply\n permit tcp any\n"
        "ipv6 access-list SIX\n permit tcp any 2001:DB8::/32 eq 22\n sequence 30 deny ipv6 any "
        "any\nip prefix-list P seq 5 permit 10.0.0.0/8 ge 24 le 28\n"
        "route-map M permit 10\n match ip address 10\n set metric 5\nroute-map M deny 20\n"
        "vlan 10,20\n name users\nvrf definition RED\n rd 1:1\n");
    assert_int_equal(device.routes.count, 3);
    assert_true(device.routes.items[0].distance == 250 && device.routes.items[0].tag == 7);
    assert_true(str_equal(device.routes.items[0].name, STR("DEFAULT")));
    assert_true(str_equal(device.routes.items[1].vrf, STR("RED")));
    assert_true(ip_is_set(device.routes.items[1].next_hop));
    assert_true(str_equal(device.routes.items[2].interface, STR("discard")));
    const Acl *standard = testing_acl(&device, "10");
    assert_true(!standard->extended && standard->entries.count == 2);
    assert_true(str_equal(standard->entries.items[0].source, STR("10.0.0.0/16")));
    const Acl *web = testing_acl(&device, "WEB");
    assert_int_equal(web->entries.count, 3); /* a remark is none */
    assert_true(str_equal(web->entries.items[0].destination, STR("10.0.0.80/32")));
    assert_true(str_equal(web->entries.items[0].destination_port, STR("eq www")) ||
                str_equal(web->entries.items[0].destination_port, STR("eq www 443")));
    assert_true(str_equal(web->entries.items[1].source, STR("10.0.0.0 wildcard 0.0.255.0")));
    assert_true(str_equal(web->entries.items[1].source_port, STR("range 1 1023")));
    assert_true(str_equal(web->entries.items[2].options, STR("echo-reply")));
    const Acl *six = testing_acl(&device, "SIX");
    assert_true(six->family == IP_V6 && six->entries.items[1].sequence == 30);
    assert_true(device.prefix_lists.items[0].entries.items[0].ge == 24);
    assert_int_equal(device.route_maps.items[0].entries.count, 2);
    assert_int_equal(device.route_maps.items[0].entries.items[0].last_line, 20);
    assert_false(device.route_maps.items[0].entries.items[1].permit);
    assert_true(device.vlans.count == 2 && str_equal(device.vlans.items[0].name, STR("users")));
    assert_true(str_equal(device.vrfs.items[0].route_distinguisher, STR("1:1")));
    /* the hole in the mask and the entry without a destination */
    assert_int_equal(device.lines.unknown, 2);
}

static void test_banners_are_not_configuration(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "version 15.2\nbanner motd ^CHello\nhostname inside\n!\nbye^C\nhostname outside\n"
               "banner login #one line#\nbanner exec \x03"
               "a\nb\x03\nbanner incoming ^CCC\n text ^C\n"
               "interface Loopback0\n ip address 1.1.1.1 255.255.255.255\n");
    assert_true(str_equal(device.hostname.text, STR("outside")));
    assert_int_equal(device.interfaces.count, 1);
    assert_int_equal(device.lines.unknown, 0);
    Device open =
        testing_device(arena, "version 15.2\nbanner motd ~never closed\nhostname r9\n"
                              "interface Loopback0\n ip address 1.1.1.1 255.255.255.255\n");
    assert_true(str_equal(open.hostname.text, STR("r9")));
    assert_int_equal(open.warnings.count, 1);
    assert_int_equal(open.warnings.items[0].line, 2);
}

static void test_lost_indentation_is_restored(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "version 16.6\nhostname flat\n!\ninterface GigabitEthernet1\ndescription L3 link\n"
               "ip address 10.0.0.1 255.255.255.252\nnegotiation auto\nno shutdown\n!\n"
               "router ospf 1\nnetwork 10.0.0.0 0.0.0.255 area 0\n!\nline vty 0 4\nlogin local\n"
               "transport input ssh\n!\nend\n");
    assert_int_equal(device.lines.unknown, 0);
    assert_ptr_equal(device.vendor.system, &iosxe_dialect.system);
    const Interface *interface = testing_interface(&device, "GigabitEthernet1");
    assert_int_equal(interface->addresses.count, 1);
    assert_true(interface->ospf[0].enabled);
}

static void test_certificates_are_not_configuration(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "version 15.2\ncrypto pki certificate chain X\n certificate self-signed 01\n"
               "  30820330 30820218 A0030201\n  02020101 300D0609\n  \tquit\nhostname after\n");
    assert_int_equal(device.lines.unknown, 0);
    assert_true(str_equal(device.hostname.text, STR("after")));
}

/* Lines of old and new devices that change no fact of the model. */
static void test_ios_lines_without_facts_are_known(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "version 12.4\nhostname r1\n"
               "bfd-template single-hop FAST\n interval min-tx 50 min-rx 50 multiplier 3\n"
               "parser view HELPDESK\n commands exec include show\n"
               "gatekeeper\n shutdown\nstack-mac persistent timer 0\ntransceiver type all\n"
               " monitoring\nip access-list role-based ALLOW\n permit ip\n"
               "interface FastEthernet0/0\n full-duplex\n dialer-group 1\n mdix auto\n"
               " ip ospf lls disable\n switchport host\n"
               "interface Serial0/0\n encapsulation frame-relay\n frame-relay lmi-type ansi\n"
               " frame-relay map ip 10.2.0.2 102 broadcast\n"
               "interface ATM0/0.1 point-to-point\n pvc 8/35\n  encapsulation aal5snap\n"
               "router ospf 1\n microloop avoidance\n segment-routing mpls\n"
               "router bgp 65001\n bmp server 1\n distribute-list 1 in\n"
               " neighbor 10.0.0.1 graceful-shutdown\n");
    assert_int_equal(device.lines.unknown, 0);
    assert_int_equal(device.acls.count, 0);
    assert_int_equal(testing_interface(&device, "FastEthernet0/0")->switchport, SWITCHPORT_ACCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ios_interfaces_are_read),
        cmocka_unit_test(test_no_vrf_is_the_default_vrf),
        cmocka_unit_test(test_lines_not_understood_are_listed),
        cmocka_unit_test(test_unknown_blocks_stay_unknown),
        cmocka_unit_test(test_ios_stanzas_have_their_lines),
        cmocka_unit_test(test_ios_ospf_areas_follow_network_statements),
        cmocka_unit_test(test_ios_bgp_neighbors_inherit_from_their_group),
        cmocka_unit_test(test_lists_and_routes),
        cmocka_unit_test(test_banners_are_not_configuration),
        cmocka_unit_test(test_lost_indentation_is_restored),
        cmocka_unit_test(test_certificates_are_not_configuration),
        cmocka_unit_test(test_ios_lines_without_facts_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
