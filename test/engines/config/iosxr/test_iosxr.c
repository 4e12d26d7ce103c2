/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/config/config_testing.h"
#include "engines/config/dialects.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char edge[] = "Thu Jul 25 10:11:12.345 UTC\n"                             /* 1 */
                           "Building configuration...\n"                               /* 2 */
                           "!! IOS XR Configuration version = 7.3.2\n"                 /* 3 */
                           "hostname p1\n"                                             /* 4 */
                           "domain name example.net\n"                                 /* 5 */
                           "domain name-server 192.0.2.53\n"                           /* 6 */
                           "logging 192.0.2.10 vrf default severity info\n"            /* 7 */
                           "logging buffered 2097152\n"                                /* 8 */
                           "banner login ^\n"                                          /* 9 */
                           "hostname not-this-one\n"                                   /* 10 */
                           "^\n"                                                       /* 11 */
                           "username admin\n"                                          /* 12 */
                           " group root-lr\n"                                          /* 13 */
                           "!\n"                                                       /* 14 */
                           "vrf RED\n"                                                 /* 15 */
                           " address-family ipv4 unicast\n"                            /* 16 */
                           "  import route-target\n"                                   /* 17 */
                           "   65001:10\n"                                             /* 18 */
                           "  !\n"                                                     /* 19 */
                           " !\n"                                                      /* 20 */
                           "!\n"                                                       /* 21 */
                           "ntp\n"                                                     /* 22 */
                           " server vrf RED 192.0.2.1 prefer\n"                        /* 23 */
                           " source Loopback0\n"                                       /* 24 */
                           "!\n"                                                       /* 25 */
                           "ipv4 access-list WEB\n"                                    /* 26 */
                           " 10 permit tcp any host 10.0.0.80 eq www\n"                /* 27 */
                           " 20 deny ipv4 any any log\n"                               /* 28 */
                           "!\n"                                                       /* 29 */
                           "interface Bundle-Ether1\n"                                 /* 30 */
                           " description to p2\n"                                      /* 31 */
                           " mtu 9216\n"                                               /* 32 */
                           " ipv4 address 10.0.0.1 255.255.255.252\n"                  /* 33 */
                           " ipv4 address 10.9.0.1/30 secondary\n"                     /* 34 */
                           " ipv6 address 2001:db8::1/64\n"                            /* 35 */
                           " ipv4 access-group WEB ingress\n"                          /* 36 */
                           "!\n"                                                       /* 37 */
                           "interface Bundle-Ether1.100\n"                             /* 38 */
                           " vrf RED\n"                                                /* 39 */
                           " ipv4 address 10.10.0.1 255.255.255.0\n"                   /* 40 */
                           " encapsulation dot1q 100\n"                                /* 41 */
                           "!\n"                                                       /* 42 */
                           "interface Bundle-Ether1.200 l2transport\n"                 /* 43 */
                           " encapsulation dot1q 200\n"                                /* 44 */
                           " rewrite ingress tag pop 1 symmetric\n"                    /* 45 */
                           "!\n"                                                       /* 46 */
                           "interface BVI10\n"                                         /* 47 */
                           " ipv4 address 10.30.0.1/24\n"                              /* 48 */
                           "!\n"                                                       /* 49 */
                           "interface MgmtEth0/RP0/CPU0/0\n"                           /* 50 */
                           " ipv4 address 192.168.0.11/24\n"                           /* 51 */
                           " shutdown\n"                                               /* 52 */
                           "!\n"                                                       /* 53 */
                           "interface preconfigure FortyGigE0/1/0/0\n"                 /* 54 */
                           " bundle id 1 mode active\n"                                /* 55 */
                           "!\n"                                                       /* 56 */
                           "interface TenGigE0/0/0/1\n"                                /* 57 */
                           " ipv4 unnumbered Loopback0\n"                              /* 58 */
                           " ipv4 point-to-point\n"                                    /* 59 */
                           "!\n"                                                       /* 60 */
                           "prefix-set CUSTOMERS\n"                                    /* 61 */
                           "  # the first one\n"                                       /* 62 */
                           "  10.0.0.0/8 ge 16 le 24,\n"                               /* 63 */
                           "  192.0.2.0/24 eq 32,\n"                                   /* 64 */
                           "  2001:db8::/32 le 48\n"                                   /* 65 */
                           "end-set\n"                                                 /* 66 */
                           "community-set BLACKHOLE\n"                                 /* 67 */
                           "  65001:666\n"                                             /* 68 */
                           "end-set\n"                                                 /* 69 */
                           "route-policy IN($low, $high)\n"                            /* 70 */
                           "  apply COMMON\n"                                          /* 71 */
                           "  # if (destination in OLD) then\n"                        /* 72 */
                           "end-policy\n"                                              /* 73 */
                           "route-policy OUT\n"                                        /* 74 */
                           "  if (destination in CUSTOMERS and as-path in OWN) then\n" /* 75 */
                           "    if community matches-any BLACKHOLE then\n"             /* 76 */
                           "      drop\n"                                              /* 77 */
                           "    endif\n"                                               /* 78 */
                           "    pass\n"                                                /* 79 */
                           "  elseif destination in (10.0.0.0/8) then\n"               /* 80 */
                           "    set community BLACKHOLE additive\n"                    /* 81 */
                           "  else\n"                                                  /* 82 */
                           "    drop\n"                                                /* 83 */
                           "  endif\n"                                                 /* 84 */
                           "  done\n"                                                  /* 85 */
                           "end-policy\n"                                              /* 86 */
                           "!\n";

static const char routing[] = "!! IOS XR Configuration version = 7.3.2\n"    /* 1 */
                              "hostname p1\n"                                /* 2 */
                              "interface Loopback0\n"                        /* 3 */
                              "!\n"                                          /* 4 */
                              "router static\n"                              /* 5 */
                              " address-family ipv4 unicast\n"               /* 6 */
                              "  0.0.0.0/0 10.0.0.2 250 tag 7\n"             /* 7 */
                              "  10.8.0.0/16 Null0 description no way\n"     /* 8 */
                              "  10.7.0.0/16 nonsense\n"                     /* 9 */
                              " !\n"                                         /* 10 */
                              " vrf RED\n"                                   /* 11 */
                              "  address-family ipv6 unicast\n"              /* 12 */
                              "   ::/0 vrf default Bundle-Ether1 fe80::2\n"  /* 13 */
                              "  !\n"                                        /* 14 */
                              " !\n"                                         /* 15 */
                              "!\n"                                          /* 16 */
                              "router ospf CORE\n"                           /* 17 */
                              " router-id 10.255.0.1\n"                      /* 18 */
                              " authentication message-digest\n"             /* 19 */
                              " hello-interval 5\n"                          /* 20 */
                              " area 0\n"                                    /* 21 */
                              "  network point-to-point\n"                   /* 22 */
                              "  interface Bundle-Ether1\n"                  /* 23 */
                              "   cost 35\n"                                 /* 24 */
                              "   message-digest-key 1 md5 encrypted 0\n"    /* 25 */
                              "  !\n"                                        /* 26 */
                              "  interface Loopback0\n"                      /* 27 */
                              "   passive enable\n"                          /* 28 */
                              "  !\n"                                        /* 29 */
                              " !\n"                                         /* 30 */
                              " area 0.0.0.5\n"                              /* 31 */
                              "  nssa no-summary\n"                          /* 32 */
                              "  passive enable\n"                           /* 33 */
                              "  interface TenGigE0/0/0/1\n"                 /* 34 */
                              "   passive disable\n"                         /* 35 */
                              "   mtu-ignore enable\n"                       /* 36 */
                              "   hello-interval 20\n"                       /* 37 */
                              "  !\n"                                        /* 38 */
                              "  interface TenGigE0/0/0/2\n"                 /* 39 */
                              "  !\n"                                        /* 40 */
                              " !\n"                                         /* 41 */
                              " vrf RED\n"                                   /* 42 */
                              "  area 9\n"                                   /* 43 */
                              "   interface Bundle-Ether1.100\n"             /* 44 */
                              "   !\n"                                       /* 45 */
                              "  !\n"                                        /* 46 */
                              " !\n"                                         /* 47 */
                              "!\n"                                          /* 48 */
                              "router ospfv3 6\n"                            /* 49 */
                              " area 0\n"                                    /* 50 */
                              "  interface Loopback0\n"                      /* 51 */
                              "   passive\n"                                 /* 52 */
                              "  !\n"                                        /* 53 */
                              " !\n"                                         /* 54 */
                              "!\n"                                          /* 55 */
                              "interface Bundle-Ether1.100\n"                /* 56 */
                              " vrf RED\n"                                   /* 57 */
                              "!\n"                                          /* 58 */
                              "router bgp 65001\n"                           /* 59 */
                              " bgp router-id 10.255.0.1\n"                  /* 60 */
                              " address-family ipv4 unicast\n"               /* 61 */
                              "  network 10.255.0.0/24 route-policy OUT\n"   /* 62 */
                              "  redistribute ospf CORE\n"                   /* 63 */
                              " !\n"                                         /* 64 */
                              " session-group INTERNAL\n"                    /* 65 */
                              "  remote-as 65001\n"                          /* 66 */
                              "  update-source Loopback0\n"                  /* 67 */
                              " !\n"                                         /* 68 */
                              " af-group FULL address-family ipv4 unicast\n" /* 69 */
                              "  route-policy IN(1, 2) in\n"                 /* 70 */
                              "  next-hop-self\n"                            /* 71 */
                              " !\n"                                         /* 72 */
                              " neighbor-group CLIENTS\n"                    /* 73 */
                              "  use session-group INTERNAL\n"               /* 74 */
                              "  password encrypted 0\n"                     /* 75 */
                              "  address-family ipv4 unicast\n"              /* 76 */
                              "   route-reflector-client\n"                  /* 77 */
                              "   use af-group FULL\n"                       /* 78 */
                              "  !\n"                                        /* 79 */
                              " !\n"                                         /* 80 */
                              " neighbor 10.255.0.9\n"                       /* 81 */
                              "  use neighbor-group CLIENTS\n"               /* 82 */
                              "  description p9\n"                           /* 83 */
                              " !\n"                                         /* 84 */
                              " neighbor 2001:db8::9\n"                      /* 85 */
                              "  remote-as 65100\n"                          /* 86 */
                              "  ebgp-multihop 2\n"                          /* 87 */
                              "  shutdown\n"                                 /* 88 */
                              "  address-family vpnv4 unicast\n"             /* 89 */
                              "   route-policy OUT out\n"                    /* 90 */
                              "  !\n"                                        /* 91 */
                              " !\n"                                         /* 92 */
                              " vrf RED\n"                                   /* 93 */
                              "  rd 65001:10\n"                              /* 94 */
                              "  address-family ipv4 unicast\n"              /* 95 */
                              "   redistribute connected\n"                  /* 96 */
                              "  !\n"                                        /* 97 */
                              "  neighbor 10.10.0.2\n"                       /* 98 */
                              "   remote-as 65200\n"                         /* 99 */
                              "  !\n"                                        /* 100 */
                              " !\n"                                         /* 101 */
                              "!\n"                                          /* 102 */
                              "end\n";                                       /* 103 */

static void test_iosxr_interfaces_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, edge);
    assert_ptr_equal(device.vendor.system, &iosxr_dialect.system);
    const Interface *bundle = testing_interface(&device, "Bundle-Ether1");
    assert_int_equal(bundle->kind, INTERFACE_LAG);
    assert_int_equal(bundle->addresses.count, 3);
    assert_true(bundle->addresses.items[1].secondary);
    assert_int_equal(bundle->mtu, 9216);
    assert_int_equal(bundle->acls.count, 1);
    assert_true(bundle->acls.items[0].inbound);
    assert_str(bundle->description.text, "to p2");
    const Interface *unit = testing_interface(&device, "Bundle-Ether1.100");
    assert_str(unit->vrf.text, "RED");
    assert_str(unit->parent, "Bundle-Ether1");
    assert_int_equal(unit->dot1q, 100);
    assert_int_equal(testing_interface(&device, "Bundle-Ether1.200")->dot1q, 200);
    assert_str(testing_interface(&device, "Bundle-Ether1.200")->name, "Bundle-Ether1.200");
    assert_int_equal(testing_interface(&device, "BVI10")->kind, INTERFACE_VLAN);
    const Interface *member = testing_interface(&device, "FortyGigE0/1/0/0");
    assert_int_equal(member->kind, INTERFACE_PHYSICAL);
    assert_str(member->lag.text, "Bundle-Ether1");
    assert_str(member->lag_mode, "active");
    const Interface *plain = testing_interface(&device, "TenGigE0/0/0/1");
    assert_false(plain->shutdown);
    assert_str(plain->unnumbered.text, "Loopback0");
    const Interface *management = testing_interface(&device, "MgmtEth0/RP0/CPU0/0");
    assert_int_equal(management->kind, INTERFACE_MANAGEMENT);
    assert_true(management->shutdown);
}

static void test_iosxr_system_lines_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, edge);
    assert_str(device.hostname.text, "p1");
    assert_str(device.domain.text, "example.net");
    assert_str(device.name_servers.items[0].text, "192.0.2.53");
    assert_int_equal(device.log_hosts.count, 1);
    assert_str(device.ntp_servers.items[0].text, "192.0.2.1");
    assert_str(device.users.items[0].text, "admin");
    assert_str(device.vrfs.items[0].name, "RED");
    assert_int_equal(testing_acl(&device, "WEB")->entries.count, 2);
    assert_int_equal(device.not_understood.count, 0);
}

/* Returns on how many lines the structure is referred to. */
static int references(const Device *device, StructureKind kind, const char *name)
{
    int count = 0;
    for (size_t i = 0; i < device->referenced.count; i++) {
        const NamedStructure *reference = &device->referenced.items[i];
        count += reference->kind == kind && str_equal(reference->name, str_of(name));
    }
    return count;
}

static void test_iosxr_sets_and_policies_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, edge);
    assert_int_equal(device.prefix_lists.count, 2);
    const PrefixList *set = &device.prefix_lists.items[0];
    assert_str(set->name, "CUSTOMERS");
    assert_int_equal(set->entries.count, 2);
    assert_int_equal(set->entries.items[0].ge, 16);
    assert_int_equal(set->entries.items[0].le, 24);
    assert_int_equal(set->entries.items[1].ge, 32);
    assert_int_equal(device.prefix_lists.items[1].entries.items[0].line, 65);
    assert_int_equal(device.route_maps.count, 2);
    assert_str(device.route_maps.items[0].name, "IN");
    const RouteMap *out = &device.route_maps.items[1];
    assert_int_equal(out->line, 74);
    assert_int_equal(out->last_line, 86);
    assert_int_equal(out->entries.count, 5);
    assert_str(out->entries.items[1].term, "if community matches-any BLACKHOLE");
    assert_false(out->entries.items[1].permit);
    assert_true(out->entries.items[0].permit);
    assert_int_equal(out->entries.items[0].last_line, 79);
    assert_str(out->entries.items[3].term, "else");
    assert_false(out->entries.items[3].permit);
    assert_str(out->entries.items[4].term, "");
    assert_int_equal(device.defined.count, 1);
    assert_str(device.defined.items[0].name, "BLACKHOLE");
    assert_int_equal(references(&device, STRUCTURE_ROUTE_MAP, "COMMON"), 1);
    assert_int_equal(references(&device, STRUCTURE_PREFIX_LIST, "CUSTOMERS"), 1);
    assert_int_equal(references(&device, STRUCTURE_AS_PATH_LIST, "OWN"), 1);
    assert_int_equal(references(&device, STRUCTURE_COMMUNITY_LIST, "BLACKHOLE"), 2);
    assert_int_equal(references(&device, STRUCTURE_ACL, "WEB"), 1);
    assert_int_equal(references(&device, STRUCTURE_VRF, "RED"), 1);
}

static void test_iosxr_static_routes_are_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, routing);
    assert_int_equal(device.routes.count, 3);
    assert_int_equal(device.routes.items[0].distance, 250);
    assert_int_equal(device.routes.items[0].tag, 7);
    assert_int_equal(device.routes.items[0].vrf.size, 0);
    assert_str(device.routes.items[1].interface, "discard");
    assert_str(device.routes.items[1].name, "no way");
    assert_str(device.routes.items[2].vrf, "RED");
    assert_str(device.routes.items[2].interface, "Bundle-Ether1");
    assert_true(ip_is_set(device.routes.items[2].next_hop));
}

static void test_iosxr_ospf_interfaces_inherit(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, routing);
    assert_int_equal(device.ospf.count, 3);
    const InterfaceOspf *core = testing_interface(&device, "Bundle-Ether1")->ospf;
    assert_int_equal(core->cost, 35);
    assert_int_equal(core->hello_s, 5);
    assert_str(core->network_type, "point-to-point");
    assert_str(core->authentication, "message-digest");
    assert_false(core->passive);
    const Interface *loopback = testing_interface(&device, "Loopback0");
    assert_true(loopback->ospf[0].passive);
    assert_true(loopback->ospf[1].passive);
    const InterfaceOspf *stub = testing_interface(&device, "TenGigE0/0/0/1")->ospf;
    assert_int_equal(stub->area, 5);
    assert_int_equal(stub->hello_s, 20);
    assert_false(stub->passive);
    assert_true(stub->mtu_ignore);
    assert_str(stub->network_type, "");
    assert_true(testing_interface(&device, "TenGigE0/0/0/2")->ospf[0].passive);
    assert_int_equal(device.ospf.items[0].areas.items[1].kind, OSPF_AREA_NSSA);
    assert_true(device.ospf.items[0].areas.items[1].totally);
    const InterfaceOspf *red = testing_interface(&device, "Bundle-Ether1.100")->ospf;
    assert_int_equal(red->area, 9);
    assert_int_equal(red->hello_s, 0);
}

static void test_iosxr_bgp_neighbors_use_groups(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, routing);
    IpText text;
    assert_str(ip_format(device.bgp.items[0].router_id, &text), "10.255.0.1");
    const BgpNeighbor *client = testing_neighbor(&device, "10.255.0.9");
    assert_int_equal(client->remote_as, 65001);
    assert_int_equal(client->type, BGP_TYPE_INTERNAL);
    assert_str(client->update_source, "Loopback0");
    assert_str(client->import.text, "IN");
    assert_str(client->description.text, "p9");
    assert_int_equal(client->families, BGP_IPV4);
    assert_true(client->reflector_client);
    assert_true(client->has_password);
    const BgpNeighbor *outside = testing_neighbor(&device, "2001:db8::9");
    assert_int_equal(outside->families, BGP_VPNV4);
    assert_int_equal(outside->multihop, 2);
    assert_true(outside->shutdown);
    assert_str(outside->export.text, "OUT");
    const BgpNeighbor *customer = testing_neighbor(&device, "10.10.0.2");
    assert_str(customer->vrf, "RED");
    assert_int_equal(customer->families, 0);
    assert_str(device.vrfs.items[0].route_distinguisher, "65001:10");
    assert_int_equal(device.bgp.items[0].networks.count, 1);
    assert_int_equal(device.not_understood.count, 1);
    assert_int_equal(device.not_understood.items[0].line, 9);
}

/* "show running-config formal" writes the whole path on each line. */
static void test_iosxr_formal_lines_are_paths(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "!! IOS XR Configuration version = 7.3.2\n"
               "hostname p1\n"
               "username admin group root-lr\n"
               "username admin group cisco-support\n"
               "ntp server 192.0.2.1\n"
               "interface Bundle-Ether1 description to p2 and more\n"
               "interface Bundle-Ether1 ipv4 address 10.0.0.1 255.255.255.252\n"
               "interface Bundle-Ether1.7 l2transport\n"
               "interface Bundle-Ether1.7 encapsulation dot1q 7\n"
               "interface GigabitEthernet0/0/0/1 shutdown\n"
               "router static address-family ipv4 unicast 0.0.0.0/0 10.0.0.2\n"
               "router static vrf RED address-family ipv4 unicast 10.0.0.0/8 Null0\n"
               "router ospf 1\n"
               "router ospf 1 router-id 10.255.0.1\n"
               "router ospf 1 area 0\n"
               "router ospf 1 area 0 interface Bundle-Ether1\n"
               "router ospf 1 area 0 interface Bundle-Ether1 cost 35\n"
               "router bgp 65001 bgp router-id 10.255.0.1\n"
               "router bgp 65001 neighbor 10.0.0.2 remote-as 65002\n"
               "router bgp 65001 neighbor 10.0.0.2 address-family ipv4 unicast route-policy P in\n"
               "router bgp 65001 neighbor 10.0.0.2 nonsense\n"
               "router bgp 65001 vrf RED neighbor 10.1.0.2 remote-as 65003\n"
               "end\n");
    assert_ptr_equal(device.vendor.system, &iosxr_dialect.system);
    const Interface *bundle = testing_interface(&device, "Bundle-Ether1");
    assert_str(bundle->name, "Bundle-Ether1");
    assert_str(bundle->description.text, "to p2 and more");
    assert_int_equal(bundle->addresses.count, 1);
    assert_int_equal(bundle->ospf[0].cost, 35);
    assert_int_equal(testing_interface(&device, "Bundle-Ether1.7")->dot1q, 7);
    assert_true(testing_interface(&device, "GigabitEthernet0/0/0/1")->shutdown);
    assert_int_equal(device.users.count, 1);
    assert_int_equal(device.ntp_servers.count, 1);
    assert_int_equal(device.routes.count, 2);
    assert_str(device.routes.items[1].vrf, "RED");
    const BgpNeighbor *peer = testing_neighbor(&device, "10.0.0.2");
    assert_int_equal(peer->remote_as, 65002);
    assert_int_equal(peer->families, BGP_IPV4);
    assert_str(peer->import.text, "P");
    assert_str(testing_neighbor(&device, "10.1.0.2")->vrf, "RED");
    assert_int_equal(device.not_understood.count, 1);
    assert_int_equal(device.not_understood.items[0].line, 21);
    assert_str(device.not_understood.items[0].stanza, "router bgp 65001");
}

static void test_iosxr_words_may_be_abbreviated(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "!! IOS XR Configuration version = 7.3.2\n"
                                          "hostname p1\n"
                                          "int TenGigE0/0/0/1\n"
                                          " desc to p2\n"
                                          " ipv4 add 10.0.0.1/24\n"
                                          " shut\n");
    const Interface *interface = testing_interface(&device, "TenGigE0/0/0/1");
    assert_str(interface->description.text, "to p2");
    assert_int_equal(interface->addresses.count, 1);
    assert_true(interface->shutdown);
}

/* A set whose end is missing does not swallow the blocks after it. */
static void test_iosxr_unfinished_set_ends_at_the_next_block(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "!! IOS XR Configuration version = 7.3.2\n"
                                          "prefix-set A\n"
                                          "  10.0.0.0/8,\n"
                                          "  nonsense\n"
                                          "interface Loopback0\n"
                                          " ipv4 address 10.255.0.1/32\n"
                                          "group G\n"
                                          " interface 'Bundle-Ether.*'\n"
                                          "  mtu 9000\n"
                                          " !\n"
                                          "end-group\n"
                                          "hostname p1\n");
    assert_int_equal(testing_interface(&device, "Loopback0")->addresses.count, 1);
    assert_str(device.hostname.text, "p1");
    assert_int_equal(device.interfaces.count, 1);
    assert_int_equal(device.not_understood.count, 1);
    assert_int_equal(device.lines.skipped, 2);
}

static void test_iosxr_may_have_two_bgp_processes(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, "!! IOS XR Configuration version = 7.3.2\n"
                                          "router bgp 65001\n"
                                          " bgp router-id 10.0.0.1\n"
                                          "!\n"
                                          "router bgp 65000 instance CORE\n"
                                          " neighbor-group IBGP\n"
                                          "  remote-as 65000\n"
                                          " !\n"
                                          " neighbor 10.0.0.9\n"
                                          "  use neighbor-group IBGP\n");
    assert_int_equal(device.lines.unknown, 0);
    assert_int_equal(device.bgp.count, 2);
    assert_int_equal(device.bgp.items[0].neighbors.count, 0);
    assert_int_equal(device.bgp.items[1].neighbors.count, 2);
    assert_int_equal(device.bgp.items[1].neighbors.items[1].remote_as, 65000);
}

static void test_iosxr_truncations_count_each_line_once(void **state)
{
    (void)state;
    testing_check_truncations(edge);
    testing_check_truncations(routing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_iosxr_interfaces_are_read),
        cmocka_unit_test(test_iosxr_system_lines_are_read),
        cmocka_unit_test(test_iosxr_sets_and_policies_are_read),
        cmocka_unit_test(test_iosxr_static_routes_are_read),
        cmocka_unit_test(test_iosxr_ospf_interfaces_inherit),
        cmocka_unit_test(test_iosxr_bgp_neighbors_use_groups),
        cmocka_unit_test(test_iosxr_formal_lines_are_paths),
        cmocka_unit_test(test_iosxr_words_may_be_abbreviated),
        cmocka_unit_test(test_iosxr_unfinished_set_ends_at_the_next_block),
        cmocka_unit_test(test_iosxr_may_have_two_bgp_processes),
        cmocka_unit_test(test_iosxr_truncations_count_each_line_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
