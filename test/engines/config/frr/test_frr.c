/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/config_testing.h"
#include "engines/config/dialects.h"
#include "engines/network/names.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char leaf[] = "frr version 8.4.1\n"                                        /* 1 */
                           "frr defaults datacenter\n"                                  /* 2 */
                           "hostname leaf1\n"                                           /* 3 */
                           "domainname example.net\n"                                   /* 4 */
                           "log syslog informational\n"                                 /* 5 */
                           "service integrated-vtysh-config\n"                          /* 6 */
                           "banner motd line Welcome all\n"                             /* 7 */
                           "!\n"                                                        /* 8 */
                           "vrf RED\n"                                                  /* 9 */
                           " vni 100\n"                                                 /* 10 */
                           " ip route 10.99.0.0/16 10.20.0.9 50 tag 7\n"                /* 11 */
                           "exit-vrf\n"                                                 /* 12 */
                           "!\n"                                                        /* 13 */
                           "interface lo\n"                                             /* 14 */
                           " ip address 10.255.0.1/32\n"                                /* 15 */
                           "exit\n"                                                     /* 16 */
                           "interface eth0.100\n"                                       /* 17 */
                           " description to spine1\n"                                   /* 18 */
                           " ip address 10.0.0.1/30\n"                                  /* 19 */
                           " ip ospf area 0\n"                                          /* 20 */
                           " ip ospf cost 50\n"                                         /* 21 */
                           " ip ospf network point-to-point\n"                          /* 22 */
                           "exit\n"                                                     /* 23 */
                           "interface swp1\n"                                           /* 24 */
                           " ipv6 nd ra-interval 10\n"                                  /* 25 */
                           " no ipv6 nd suppress-ra\n"                                  /* 26 */
                           " ip ospf 2 area 0.0.0.5\n"                                  /* 27 */
                           "exit\n"                                                     /* 28 */
                           "interface RED vrf RED\n"                                    /* 29 */
                           "exit\n"                                                     /* 30 */
                           "interface bond0 vrf RED\n"                                  /* 31 */
                           " ip address 10.20.0.1/24\n"                                 /* 32 */
                           " ip address 10.21.0.1/24 secondary\n"                       /* 33 */
                           " no shutdown\n"                                             /* 34 */
                           "exit\n"                                                     /* 35 */
                           "ip route 0.0.0.0/0 10.0.0.2\n"                              /* 36 */
                           "ip route 10.9.0.0/16 blackhole 200\n"                       /* 37 */
                           "ip route 10.8.0.0/16 10.0.0.2 eth0 onlink table 5\n"        /* 38 */
                           "ip route 10.7.0.0/16 eth0 vrf RED nexthop-vrf default\n"    /* 39 */
                           "ip route 10.6.0.0/16 10.0.0.2 nonsense here\n"              /* 40 */
                           "router bgp 65001\n"                                         /* 41 */
                           " bgp router-id 10.255.0.1\n"                                /* 42 */
                           " no bgp default ipv4-unicast\n"                             /* 43 */
                           " no bgp ebgp-requires-policy\n"                             /* 44 */
                           " neighbor FABRIC peer-group\n"                              /* 45 */
                           " neighbor FABRIC remote-as external\n"                      /* 46 */
                           " neighbor swp1 interface peer-group FABRIC\n"               /* 47 */
                           " neighbor swp2 interface v6only remote-as 65099\n"          /* 48 */
                           " neighbor 10.0.0.2 remote-as 65002\n"                       /* 49 */
                           " neighbor 10.0.0.2 password x\n"                            /* 50 */
                           " neighbor 10.0.0.2 solo\n"                                  /* 51 */
                           " bgp listen range 10.8.0.0/24 peer-group FABRIC\n"          /* 52 */
                           " !\n"                                                       /* 53 */
                           " address-family ipv4 unicast\n"                             /* 54 */
                           "  network 10.255.0.0/24 route-map OUT\n"                    /* 55 */
                           "  redistribute connected route-map OUT\n"                   /* 56 */
                           "  neighbor FABRIC activate\n"                               /* 57 */
                           "  neighbor 10.0.0.2 activate\n"                             /* 58 */
                           "  neighbor 10.0.0.2 route-map OUT out\n"                    /* 59 */
                           "  neighbor 10.0.0.2 prefix-list P in\n"                     /* 60 */
                           " exit-address-family\n"                                     /* 61 */
                           " !\n"                                                       /* 62 */
                           " address-family l2vpn evpn\n"                               /* 63 */
                           "  neighbor FABRIC activate\n"                               /* 64 */
                           "  advertise-all-vni\n"                                      /* 65 */
                           "  vni 100\n"                                                /* 66 */
                           "   rd 1:1\n"                                                /* 67 */
                           "  exit-vni\n"                                               /* 68 */
                           " exit-address-family\n"                                     /* 69 */
                           "exit\n"                                                     /* 70 */
                           "!\n"                                                        /* 71 */
                           "router bgp 65100 vrf RED\n"                                 /* 72 */
                           " neighbor 10.20.0.9 remote-as 65100\n"                      /* 73 */
                           " address-family ipv4 unicast\n"                             /* 74 */
                           "  neighbor 10.20.0.9 activate\n"                            /* 75 */
                           "  rd vpn export 65001:10\n"                                 /* 76 */
                           " exit-address-family\n"                                     /* 77 */
                           "exit\n"                                                     /* 78 */
                           "router ospf\n"                                              /* 79 */
                           " ospf router-id 10.255.0.1\n"                               /* 80 */
                           " passive-interface default\n"                               /* 81 */
                           " no passive-interface eth0.100\n"                           /* 82 */
                           " network 10.0.0.0/8 area 0\n"                               /* 83 */
                           " area 5 nssa no-summary\n"                                  /* 84 */
                           "exit\n"                                                     /* 85 */
                           "router ospf6\n"                                             /* 86 */
                           " ospf6 router-id 10.255.0.1\n"                              /* 87 */
                           " interface eth0.100 area 0.0.0.0\n"                         /* 88 */
                           "exit\n"                                                     /* 89 */
                           "ip prefix-list P seq 5 permit 10.0.0.0/8 ge 16 le 24\n"     /* 90 */
                           "access-list MGMT seq 5 permit 10.0.0.0/8\n"                 /* 91 */
                           "access-list MGMT seq 10 deny any\n"                         /* 92 */
                           "access-list 10 permit 10.1.0.0 0.0.255.255\n"               /* 93 */
                           "bgp as-path access-list OWN seq 5 permit ^$\n"              /* 94 */
                           "bgp community-list standard BLACK seq 5 permit 65001:666\n" /* 95 */
                           "route-map OUT permit 10\n"                                  /* 96 */
                           " match ip address prefix-list P\n"                          /* 97 */
                           " match as-path OWN\n"                                       /* 98 */
                           " set community 65001:1\n"                                   /* 99 */
                           "exit\n"                                                     /* 100 */
                           "route-map OUT deny 20\n"                                    /* 101 */
                           "exit\n"                                                     /* 102 */
                           "router isis CORE\n"                                         /* 103 */
                           " net 49.0001.0000.0000.0001.00\n"                           /* 104 */
                           "exit\n"                                                     /* 105 */
                           "line vty\n"                                                 /* 106 */
                           "exit\n"                                                     /* 107 */
                           "end\n" /* 108 */;

enum { NONSENSE_LINE = 40 };

static void check_interfaces(const Device *device)
{
    const Interface *uplink = testing_interface(device, "eth0.100");
    assert_str(uplink->parent, "eth0");
    assert_str(uplink->description.text, "to spine1");
    assert_int_equal(uplink->ospf[0].cost, 50);
    assert_str(uplink->ospf[0].network_type, "point-to-point");
    assert_false(uplink->ospf[0].passive);
    assert_true(uplink->ospf[1].enabled);
    assert_true(testing_interface(device, "lo")->ospf[0].passive);
    assert_int_equal(testing_interface(device, "lo")->kind, INTERFACE_LOOPBACK);
    assert_int_equal(testing_interface(device, "swp1")->ospf[0].area, 5);
    assert_str(testing_interface(device, "swp1")->ospf[0].process, "2");
    const Interface *bond = testing_interface(device, "bond0");
    assert_str(bond->vrf.text, "RED");
    assert_int_equal(bond->addresses.count, 2);
    assert_false(bond->shutdown);
    assert_int_equal(testing_interface(device, "RED")->kind, INTERFACE_LOOPBACK);
}

static void check_routes(const Device *device)
{
    assert_int_equal(device->routes.count, 5);
    assert_str(device->routes.items[0].vrf, "RED");
    assert_int_equal(device->routes.items[0].distance, 50);
    assert_int_equal(device->routes.items[0].tag, 7);
    assert_str(device->routes.items[2].interface, "discard");
    assert_int_equal(device->routes.items[2].distance, 200);
    assert_str(device->routes.items[3].interface, "eth0");
    assert_true(ip_is_set(device->routes.items[3].next_hop));
    assert_str(device->routes.items[4].vrf, "RED");
}

static void check_ospf(const Device *device)
{
    IpText text;
    assert_int_equal(device->ospf.count, 2);
    assert_str(device->ospf.items[0].id, "default");
    assert_str(ip_format(device->ospf.items[0].router_id, &text), "10.255.0.1");
    assert_true(device->ospf.items[0].passive_default);
    assert_int_equal(device->ospf.items[0].areas.items[0].kind, OSPF_AREA_NSSA);
    assert_int_equal(device->ospf.items[1].version, 3);
    assert_str(ip_format(device->ospf.items[1].router_id, &text), "10.255.0.1");
}

static void check_bgp(const Device *device)
{
    const BgpProcess *process = &device->bgp.items[0];
    assert_int_equal(process->asn, 65001);
    assert_true(process->no_default_ipv4);
    assert_int_equal(process->networks.count, 1);
    const BgpNeighbor *unnumbered = testing_neighbor(device, "swp1");
    assert_false(unnumbered->is_group);
    assert_str(unnumbered->interface, "swp1");
    assert_int_equal(unnumbered->type, BGP_TYPE_EXTERNAL);
    assert_int_equal(unnumbered->families, BGP_IPV4 | BGP_EVPN);
    assert_int_equal(testing_neighbor(device, "swp2")->remote_as, 65099);
    const BgpNeighbor *spine = testing_neighbor(device, "10.0.0.2");
    assert_int_equal(spine->families, BGP_IPV4);
    assert_str(spine->export.text, "OUT");
    assert_true(spine->has_password);
    const BgpNeighbor *range = testing_neighbor(device, "10.8.0.0/24");
    assert_int_equal(range->listen.length, 24);
    assert_str(range->group, "FABRIC");
    const BgpNeighbor *customer = testing_neighbor(device, "10.20.0.9");
    assert_str(customer->vrf, "RED");
    assert_int_equal(customer->local_as, 65100);
    assert_int_equal(customer->type, BGP_TYPE_INTERNAL);
    assert_str(device->vrfs.items[0].route_distinguisher, "65001:10");
}

static void check_policies(const Device *device)
{
    assert_int_equal(device->prefix_lists.items[0].entries.items[0].le, 24);
    assert_int_equal(testing_acl(device, "MGMT")->entries.count, 2);
    assert_str(testing_acl(device, "MGMT")->entries.items[0].source, "10.0.0.0/8");
    assert_str(testing_acl(device, "10")->entries.items[0].source, "10.1.0.0/16");
    assert_int_equal(device->route_maps.count, 1);
    const RouteMap *map = &device->route_maps.items[0];
    assert_int_equal(map->entries.count, 2);
    assert_int_equal(device->defined.count, 2);
    const NamedStructure *last = &device->referenced.items[device->referenced.count - 1];
    assert_int_equal(last->kind, STRUCTURE_AS_PATH_LIST);
    assert_str(last->name, "OWN");
}

static void check_leaf(const Device *device)
{
    assert_ptr_equal(device->vendor.system, &frr_dialect.system);
    assert_str(device->hostname.text, "leaf1");
    assert_str(device->domain.text, "example.net");
    assert_str(device->version.text, "8.4.1");
    check_interfaces(device);
    check_routes(device);
    check_ospf(device);
    check_bgp(device);
    check_policies(device);
    assert_int_equal(device->not_understood.count, 1);
}

static void test_frr_file_of_vtysh_is_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, leaf);
    check_leaf(&device);
    assert_int_equal(device.not_understood.items[0].line, NONSENSE_LINE);
    assert_int_equal(testing_interface(&device, "bond0")->last_line, 34);
}

/* Returns the lines without indentation, and without those that only end a block. */
static const char *without(Arena *arena, bool exits)
{
    Str rest = str_of(leaf), line;
    auto_strbuf StrBuf out;
    strbuf_init(&out, 1 << 16);
    while (str_next_line(&rest, &line)) {
        Str text = str_trim(line);
        if (!exits || !str_starts_with(text, STR("exit")))
            strbuf_printf(&out, "%.*s\n", STR_ARGS(text));
    }
    return arena_cstring(arena, strbuf_str(&out));
}

static void test_frr_indentation_means_nothing(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device flat = testing_device(arena, without(arena, false));
    check_leaf(&flat);
    Device endless = testing_device(arena, without(arena, true));
    check_leaf(&endless);
}

static void test_frr_file_of_one_daemon_is_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "! -*- bgp -*-\n"
                                          "hostname bgpd\n"
                                          "password zebra\n"
                                          "router bgp 7675\n"
                                          " bgp router-id 10.0.0.1\n"
                                          " neighbor 10.0.0.2 remote-as 7675\n"
                                          " neighbor 2001:db8::2 remote-as internal\n"
                                          " no neighbor 10.0.0.2 activate\n"
                                          "log file bgpd.log\n");
    assert_ptr_equal(device.vendor.system, &frr_dialect.system);
    assert_int_equal(device.hostname.text.size, 0);
    assert_int_equal(testing_neighbor(&device, "10.0.0.2")->type, BGP_TYPE_INTERNAL);
    assert_int_equal(testing_neighbor(&device, "10.0.0.2")->families, 0);
    assert_int_equal(testing_neighbor(&device, "2001:db8::2")->remote_as, 7675);
    assert_int_equal(device.not_understood.count, 0);
}

/* Without "no bgp default ipv4-unicast", IPv4 is active also where another family is. */
static void test_frr_default_family_stays_active(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "frr version 9.1\n"
                                          "router bgp 65001\n"
                                          " neighbor FABRIC peer-group\n"
                                          " neighbor FABRIC remote-as external\n"
                                          " neighbor swp1 interface peer-group FABRIC\n"
                                          " neighbor 10.0.0.2 remote-as 65002\n"
                                          " neighbor 10.0.0.3 remote-as 65003\n"
                                          " address-family ipv4 unicast\n"
                                          "  no neighbor 10.0.0.3 activate\n"
                                          " exit-address-family\n"
                                          " address-family l2vpn evpn\n"
                                          "  neighbor FABRIC activate\n"
                                          "  neighbor 10.0.0.2 activate\n"
                                          "  neighbor 10.0.0.3 activate\n"
                                          " exit-address-family\n"
                                          "exit\n");
    assert_int_equal(testing_neighbor(&device, "swp1")->families, BGP_IPV4 | BGP_EVPN);
    assert_int_equal(testing_neighbor(&device, "10.0.0.2")->families, BGP_IPV4 | BGP_EVPN);
    assert_int_equal(testing_neighbor(&device, "10.0.0.3")->families, BGP_EVPN);
}

static void test_frr_is_recognised_by_its_first_lines(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "frr version 8.4\n"
                                          "frr defaults datacenter\n"
                                          "hostname leaf1\n"
                                          "!\n"
                                          "router bgp 65001\n"
                                          " neighbor 10.0.0.1 remote-as 65002\n"
                                          "!\n");
    assert_ptr_equal(device.vendor.system, &frr_dialect.system);
    assert_int_equal(testing_neighbor(&device, "10.0.0.1")->families, BGP_IPV4);
    assert_int_equal(device.vendor.line, 1);
}

/* Lines that nothing has stay in their block, and a block that is not understood hides its lines.
 */
static void test_frr_unknown_lines_are_listed_with_their_block(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "frr version 8.4\n"
                                          "interface eth0\n"
                                          " what is this\n"
                                          " ip address 10.0.0.1/30\n"
                                          "exit\n"
                                          "unheard of\n"
                                          " ip address 10.0.0.5/30\n"
                                          "bfd\n"
                                          " peer 10.0.0.2\n"
                                          "  detect-multiplier 5\n"
                                          " exit\n"
                                          " profile fast\n"
                                          " exit\n"
                                          "exit\n"
                                          "hostname r1\n");
    assert_int_equal(device.not_understood.count, 3);
    assert_int_equal(device.not_understood.items[0].line, 3);
    assert_str(device.not_understood.items[0].stanza, "interface eth0");
    assert_int_equal(device.not_understood.items[2].line, 7);
    assert_int_equal(testing_interface(&device, "eth0")->addresses.count, 1);
    assert_str(device.hostname.text, "r1");
    assert_int_equal(device.stanzas.items[device.stanzas.count - 2].last_line, 14);
}

static void test_frr_interfaces_have_the_kinds_of_linux(void **state)
{
    static const struct {
        const char *name;
        InterfaceKind kind;
    } names[] = {
        {"lo", INTERFACE_LOOPBACK},        {"lo1", INTERFACE_LOOPBACK},
        {"eth0", INTERFACE_PHYSICAL},      {"ens3", INTERFACE_PHYSICAL},
        {"enp0s31f6", INTERFACE_PHYSICAL}, {"swp1s0", INTERFACE_PHYSICAL},
        {"eth0.100", INTERFACE_PHYSICAL},  {"bond0", INTERFACE_LAG},
        {"br0", INTERFACE_VLAN},           {"vlan10", INTERFACE_VLAN},
        {"vxlan10", INTERFACE_TUNNEL},     {"wg0", INTERFACE_TUNNEL},
        {"Ethernet0", INTERFACE_PHYSICAL}, {"breakfast", INTERFACE_OTHER},
    };
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        Str name = str_of(names[i].name);
        assert_int_equal(interface_kind(name, &frr_dialect.system), names[i].kind);
        assert_str(interface_canonical(arena, name, &frr_dialect.system), names[i].name);
    }
}

static void test_frr_truncations_count_each_line_once(void **state)
{
    (void)state;
    testing_check_truncations(leaf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frr_file_of_vtysh_is_read),
        cmocka_unit_test(test_frr_indentation_means_nothing),
        cmocka_unit_test(test_frr_file_of_one_daemon_is_read),
        cmocka_unit_test(test_frr_default_family_stays_active),
        cmocka_unit_test(test_frr_is_recognised_by_its_first_lines),
        cmocka_unit_test(test_frr_unknown_lines_are_listed_with_their_block),
        cmocka_unit_test(test_frr_interfaces_have_the_kinds_of_linux),
        cmocka_unit_test(test_frr_truncations_count_each_line_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
