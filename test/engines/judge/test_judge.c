/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/judge/judge.h"

#include "base/strbuf.h"
#include "engines/config/config_testing.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Returns the findings of a configuration, each as "id@line", with spaces between them. */
static Str judged(Arena *arena, const char *text)
{
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 1 << 20);
    Device device = testing_device(arena, text);
    judge_device(arena, &device);
    for (size_t i = 0; i < device.findings.count; i++) {
        const DeviceFinding *finding = &device.findings.items[i];
        strbuf_printf(&out, "%s%s@%u", i ? " " : "", finding->id, finding->line);
        assert_that(finding->title.size > 0);
    }
    return arena_copy(arena, strbuf_str(&out));
}

/* "logging synchronous" of a terminal line is no log host. */
static void test_log_hosts_are_told_from_other_logging(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool is_host;
    } lines[] = {
        {"logging 192.0.2.1", true},
        {"logging loghost.example.net", true},
        {"logging host 192.0.2.1", true},
        {"logging server 192.0.2.1 5 use-vrf management", true},
        {"logging vrf M host 192.0.2.1", true},
        {"logging buffered 64000", false},
        {"logging count", false},
        {"line con 0\n logging synchronous", false},
        {"logging rate-limit 10", false},
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf out;
        strbuf_init(&out, 1 << 16);
        strbuf_printf(&out,
                      "version 15.2\nhostname r1\naaa new-model\nntp server 192.0.2.1\n"
                      "interface Vlan1\n ip address 192.0.2.9 255.255.255.0\n%s\n",
                      lines[i].line);
        for (int k = 0; k < 40; k++)
            strbuf_append(&out, STR("!\n"));
        assert_str(judged(arena, arena_cstring(arena, strbuf_str(&out))),
                   lines[i].is_host ? "" : "no_log_host@2");
    }
}

static void test_lines_that_no_takes_back_refer_to_nothing(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(judged(arena, "version 15.2\n"                            /* 1 */
                             "hostname r1\n"                             /* 2 */
                             "ip http server\n"                          /* 3 */
                             "interface GigabitEthernet0/0\n"            /* 4 */
                             " ip address 10.0.0.1 255.255.255.0\n"      /* 5 */
                             " ip access-group MISSING in\n"             /* 6 */
                             " no ip access-group MISSING in\n"          /* 7 */
                             " no ip access-group MISSING2 in\n"         /* 8 */
                             "router bgp 65001\n"                        /* 9 */
                             " neighbor 10.0.0.2 remote-as 65002\n"      /* 10 */
                             " neighbor 10.0.0.2 route-map IN in\n"      /* 11 */
                             " neighbor 10.0.0.3 remote-as 65003\n"      /* 12 */
                             " neighbor 10.0.0.3 route-map GONE in\n"    /* 13 */
                             " neighbor 10.0.0.3 route-map OTHER out\n"  /* 14 */
                             " address-family ipv4\n"                    /* 15 */
                             "  neighbor 10.0.0.2 route-map AF out\n"    /* 16 */
                             " address-family vpnv4\n"                   /* 17 */
                             "  neighbor 10.0.0.2 route-map AF out\n"    /* 18 */
                             "  no neighbor 10.0.0.2 route-map AF out\n" /* 19 */
                             "route-map IN permit 10\n"                  /* 20 */
                             " match ip address prefix-list P\n"         /* 21 */
                             "route-map UNUSED permit 10\n"              /* 22 */
                             " match ip address prefix-list Q\n"         /* 23 */
                             "router bgp 65001\n"                        /* 24 */
                             " no neighbor 10.0.0.2 route-map IN in\n"   /* 25 */
                             " no neighbor 10.0.0.3\n"                   /* 26 */
                             "no route-map UNUSED\n"                     /* 27 */
                             "no ip http server\n"                       /* 28 */
                      ),
               "undefined_reference@16 undefined_reference@21 unused_structure@20");
}

static void test_names_without_a_definition_are_errors(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(judged(arena, "version 15.2\n"                             /* 1 */
                             "hostname r1\n"                              /* 2 */
                             "interface GigabitEthernet0/0\n"             /* 3 */
                             " ip address 10.0.0.1 255.255.255.0\n"       /* 4 */
                             " ip access-group MISSING in\n"              /* 5 */
                             " ip access-group PRESENT out\n"             /* 6 */
                             " vrf forwarding RED\n"                      /* 7 */
                             " service-policy output SHAPE\n"             /* 8 */
                             "router bgp 65001\n"                         /* 9 */
                             " neighbor 10.0.0.2 remote-as 65002\n"       /* 10 */
                             " neighbor 10.0.0.2 route-map IN in\n"       /* 11 */
                             " neighbor 10.0.0.2 prefix-list P4 out\n"    /* 12 */
                             " redistribute static route-map STATIC\n"    /* 13 */
                             "ip access-list extended PRESENT\n"          /* 14 */
                             " permit ip any any\n"                       /* 15 */
                             "route-map IN permit 10\n"                   /* 16 */
                             " match ip address prefix-list P1 P2\n"      /* 17 */
                             " match ip address ACL1\n"                   /* 18 */
                             " match community C1 exact-match\n"          /* 19 */
                             "ip prefix-list P1 seq 5 permit 0.0.0.0/0\n" /* 20 */
                             "ip community-list standard C1 permit 1\n"   /* 21 */
                      ),
               "undefined_reference@5 undefined_reference@7 undefined_reference@8 "
               "undefined_reference@12 undefined_reference@13 undefined_reference@17 "
               "undefined_reference@18");
}

static void test_structures_that_nothing_names_are_unused(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(judged(arena, "version 15.2\n"                             /* 1 */
                             "hostname r1\n"                              /* 2 */
                             "ip access-list extended LOST\n"             /* 3 */
                             " permit ip any any\n"                       /* 4 */
                             "ip access-list extended HELD\n"             /* 5 */
                             " permit ip any any\n"                       /* 6 */
                             "some command that no rule knows HELD\n"     /* 7 */
                             "route-map LOST-MAP permit 10\n"             /* 8 */
                             " match tag 5\n"                             /* 9 */
                             "route-map LOST-MAP permit 20\n"             /* 10 */
                             "access-list 10 permit 10.0.0.0 0.0.0.255\n" /* 11 */
                             "line vty 0 4\n"                             /* 12 */
                             " access-class 10 in\n"                      /* 13 */
                      ),
               "unused_structure@3 unused_structure@8");
}

static void test_translations_name_what_exists(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(judged(arena, "version 15.2\n"                                            /* 1 */
                             "hostname r1\n"                                             /* 2 */
                             "interface GigabitEthernet0/0\n"                            /* 3 */
                             " ip nat outside\n"                                         /* 4 */
                             "ip access-list standard USED\n"                            /* 5 */
                             " permit 10.0.0.0 0.255.255.255\n"                          /* 6 */
                             "ip nat pool P 192.0.2.1 192.0.2.9 netmask 255.255.255.0\n" /* 7 */
                             "ip nat pool LOST 192.0.2.1 192.0.2.9 prefix-length 24\n"   /* 8 */
                             "ip nat inside source list USED pool P overload\n"          /* 9 */
                             "ip nat inside source list USED interface Gi0/0 overload\n" /* 10 */
                             "ip nat inside source list USED interface Gi0/9 overload\n" /* 11 */
                             "ip nat inside source list NONE pool NONE\n"                /* 12 */
                             "ip nat inside source route-map NONE pool P vrf NONE\n"     /* 13 */
                             "ip nat inside source static tcp 10.0.0.1 80 interface Gi0/8 80\n"
                             "ip nat inside destination list NONE pool P\n" /* 15 */
                      ),
               "undefined_interface@11 undefined_reference@12 undefined_reference@12 "
               "undefined_reference@13 undefined_reference@13 undefined_interface@14 "
               "undefined_reference@15 unused_structure@8");
    assert_str(judged(arena, "! device: leaf1 (DCS-7050, EOS-4.28.3M)\n"          /* 1 */
                             "hostname r1\n"                                      /* 2 */
                             "ip nat pool P prefix-length 24\n"                   /* 3 */
                             "   range 192.0.2.1 192.0.2.9\n"                     /* 4 */
                             "interface Ethernet1\n"                              /* 5 */
                             "   ip nat source dynamic access-list NONE pool P\n" /* 6 */
                             "   ip nat source dynamic access-list NONE pool Q\n" /* 7 */
                      ),
               "undefined_reference@6 undefined_reference@7 undefined_reference@7");
    assert_str(
        judged(arena,
               "set system host-name r1\n"                                             /* 1 */
               "set security nat source pool P address 192.0.2.1/32\n"                 /* 2 */
               "set security nat source rule-set S rule R then source-nat pool P\n"    /* 3 */
               "set security nat source rule-set S rule T then source-nat pool NONE\n" /* 4 */
               "set security nat source pool LOST address 192.0.2.2/32\n"              /* 5 */
               ),
        "undefined_reference@4 unused_structure@5");
    assert_str(
        judged(arena,
               "set system host-name r1\n"                                             /* 1 */
               "set services nat pool P address 192.0.2.0/28\n"                        /* 2 */
               "set services nat pool LOST address 192.0.2.0/28\n"                     /* 3 */
               "set services nat rule R term T from source-prefix-list NONE\n"         /* 4 */
               "set services nat rule R term T from applications [ junos-ssh NONE ]\n" /* 5 */
               "set services nat rule R term T then translated source-pool P\n"        /* 6 */
               "set services nat rule R term T then translated destination-pool D\n"   /* 7 */
               ),
        "undefined_reference@4 undefined_reference@5 undefined_reference@7 "
        "unused_structure@3");
}

static void test_tracked_objects_exist(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(judged(arena, "version 15.2\n"                                           /* 1 */
                             "hostname r1\n"                                            /* 2 */
                             "track 1 ip sla 5 reachability\n"                          /* 3 */
                             "track 2 interface Gi0/9 line-protocol\n"                  /* 4 */
                             "track 3 list boolean and\n"                               /* 5 */
                             " object 1\n"                                              /* 6 */
                             " object 7 not\n"                                          /* 7 */
                             "track 4 ip route 10.0.0.0 255.0.0.0 reachability\n"       /* 8 */
                             "no track 4\n"                                             /* 9 */
                             "interface GigabitEthernet0/0\n"                           /* 10 */
                             " ip address 10.0.0.1 255.255.255.0\n"                     /* 11 */
                             " standby 1 track 1 decrement 20\n"                        /* 12 */
                             " standby 1 track 8 decrement 20\n"                        /* 13 */
                             " standby 1 track GigabitEthernet0/0 20\n"                 /* 14 */
                             " vrrp 1 track 9\n"                                        /* 15 */
                             "ip route 0.0.0.0 0.0.0.0 10.0.0.2 track 1\n"              /* 16 */
                             "ip route 10.1.0.0 255.255.0.0 10.0.0.2 name track tr 6\n" /* 17 */
                             "ip route 10.2.0.0 255.255.0.0 10.0.0.2 track 4\n"         /* 18 */
                             "no ip route 10.3.0.0 255.255.0.0 10.0.0.2 track 5\n"      /* 19 */
                      ),
               "undefined_interface@4 undefined_reference@7 undefined_reference@13 "
               "undefined_reference@15 undefined_reference@17 undefined_reference@18");
    assert_str(judged(arena, "!! IOS XR Configuration 7.3.2\n"      /* 1 */
                             "hostname r1\n"                        /* 2 */
                             "track UP\n"                           /* 3 */
                             " type line-protocol state\n"          /* 4 */
                             "  interface GigabitEthernet0/0/0/0\n" /* 5 */
                             "interface GigabitEthernet0/0/0/0\n"   /* 6 */
                             " ipv4 address 10.0.0.1/24\n"          /* 7 */
                             "router static\n"                      /* 8 */
                             " address-family ipv4 unicast\n"       /* 9 */
                             "  0.0.0.0/0 10.0.0.2 track UP\n"      /* 10 */
                             "  10.1.0.0/16 10.0.0.2 track NONE\n"  /* 11 */
                      ),
               "undefined_reference@11");
}

/* Returns the text with comments behind it, so that it counts as a whole configuration, and with
 * what whole configurations are blamed for where it is missing. */
static const char *whole(Arena *arena, const char *text)
{
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 1 << 16);
    strbuf_append(&out, str_of(text));
    strbuf_append(&out, STR("ntp server 192.0.2.1\nlogging server 192.0.2.1\n"
                            "logging host 192.0.2.1\naaa authentication login default local\n"));
    for (int i = 0; i < 40; i++)
        strbuf_append(&out, STR("!\n"));
    return arena_cstring(arena, strbuf_str(&out));
}

static void test_overlays_and_pairs_are_complete(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    static const char vpc[] = "feature vpc\n"                  /* 1 */
                              "hostname s1\n"                  /* 2 */
                              "vlan 11\n"                      /* 3 */
                              "  vn-segment 10011\n"           /* 4 */
                              "vrf context RED\n"              /* 5 */
                              "  vni 50001\n"                  /* 6 */
                              "interface loopback0\n"          /* 7 */
                              "  ip address 192.0.2.9/32\n"    /* 8 */
                              "interface port-channel10\n"     /* 9 */
                              "  vpc 10\n"                     /* 10 */
                              "interface nve1\n"               /* 11 */
                              "  no shutdown\n"                /* 12 */
                              "  source-interface loopback1\n" /* 13 */
                              "  member vni 10011\n"           /* 14 */
                              "  member vni 10012\n"           /* 15 */
                              "  member vni 50001 associate-vrf\n"
                              "  member vni 50002 associate-vrf\n"; /* 17 */
    assert_str(judged(arena, whole(arena, vpc)),
               "mlag_without_domain@10 undefined_interface@13 vni_without_vlan@15 "
               "vni_without_vlan@17");
    assert_str(judged(arena, vpc), "undefined_interface@13");
    assert_str(judged(arena, whole(arena, "! device: leaf1 (DCS-7050, EOS-4.28.3M)\n" /* 1 */
                                          "hostname s1\n"                             /* 2 */
                                          "interface Loopback0\n"                     /* 3 */
                                          "   ip address 192.0.2.9/32\n"              /* 4 */
                                          "interface Vxlan1\n"                        /* 5 */
                                          "   vxlan source-interface Loopback0\n"     /* 6 */
                                          "   vxlan vlan 11 vni 10011\n"              /* 7 */
                                          "   vxlan vrf NONE vni 50001\n"             /* 8 */
                                          "mlag configuration\n"                      /* 9 */
                                          "   domain-id D\n"                          /* 10 */
                                          "   local-interface Vlan4094\n"             /* 11 */
                                          "   peer-link Port-Channel3\n")),           /* 12 */
               "undefined_reference@8 undefined_interface@11 undefined_interface@12");
    assert_str(judged(arena, whole(arena, "! device: leaf1 (DCS-7050, EOS-4.28.3M)\n" /* 1 */
                                          "hostname s1\n"                             /* 2 */
                                          "interface Loopback0\n"                     /* 3 */
                                          "   ip address 192.0.2.9/32\n"              /* 4 */
                                          "interface Port-Channel1\n"                 /* 5 */
                                          "   mlag 1\n"                               /* 6 */
                                          "mlag configuration\n"                      /* 7 */
                                          "   domain-id D\n")),                       /* 8 */
               "mlag_without_peer_link@7");
}

static void test_zones_are_defined(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    static const char junos[] =
        "set system host-name r1\n"                                                       /* 1 */
        "set security zones security-zone trust interfaces all\n"                         /* 2 */
        "set security policies from-zone trust to-zone NONE policy P then permit\n"       /* 3 */
        "set security policies from-zone trust to-zone junos-host policy P then permit\n" /* 4 */
        "set security policies global policy P match from-zone NONE\n"                    /* 5 */
        "set security policies global policy P match to-zone any\n"                       /* 6 */
        "set security nat source rule-set S from zone trust\n"                            /* 7 */
        "set security nat source rule-set S to zone NONE\n";                              /* 8 */
    assert_str(judged(arena, junos),
               "undefined_reference@3 undefined_reference@5 undefined_reference@8");
    assert_str(judged(arena, "version 15.2\n"                                    /* 1 */
                             "hostname r1\n"                                     /* 2 */
                             "zone security IN\n"                                /* 3 */
                             "policy-map type inspect PM\n"                      /* 4 */
                             " class class-default\n"                            /* 5 */
                             "zone-pair security P source IN destination NONE\n" /* 6 */
                             " service-policy type inspect PM\n"                 /* 7 */
                             "zone-pair security Q source IN destination self\n" /* 8 */
                             " service-policy type inspect NONE\n"               /* 9 */
                             "interface GigabitEthernet0/0\n"                    /* 10 */
                             " zone-member security NONE\n"                      /* 11 */
                      ),
               "undefined_reference@6 undefined_reference@9 undefined_reference@11");
}

static void test_junos_names_without_a_definition_are_errors(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(judged(arena,
                      "set system host-name r1\n"                                         /* 1 */
                      "set interfaces ge-0/0/0 unit 0 family inet address 10.0.0.1/24\n"  /* 2 */
                      "set interfaces ge-0/0/0 unit 0 family inet filter input PROTECT\n" /* 3 */
                      "set protocols bgp group X neighbor 10.0.0.2 import [ A B ]\n"      /* 4 */
                      "set policy-options policy-statement A from prefix-list P\n"        /* 5 */
                      "set policy-options policy-statement A then community add C\n"      /* 6 */
                      "set policy-options community C members 65000:1\n"                  /* 7 */
                      "set protocols bgp group X neighbor 10.0.0.2 peer-as 65002\n"       /* 8 */
                      ),
               "undefined_reference@3 undefined_reference@4 undefined_reference@5");
}

static const char filter[] = "version 15.2\n"                                 /* 1 */
                             "hostname r1\n"                                  /* 2 */
                             "interface GigabitEthernet0/0\n"                 /* 3 */
                             " ip access-group IN in\n"                       /* 4 */
                             "ip access-list extended IN\n"                   /* 5 */
                             " 10 permit tcp any host 192.0.2.80 eq 443\n"    /* 6 */
                             " 20 deny ip any 192.0.2.64 0.0.0.63 log\n"      /* 7 */
                             " 30 permit tcp any host 192.0.2.70 eq smtp\n"   /* 8 */
                             " 40 permit udp any any range 1 1000\n"          /* 9 */
                             " 50 permit udp any any gt 1000\n"               /* 10 */
                             " 60 permit udp any any eq domain\n"             /* 11 */
                             " 70 permit udp any any neq 0\n"                 /* 12 */
                             " 80 permit udp any any\n"                       /* 13 */
                             " 90 permit tcp any any established\n"           /* 14 */
                             " 100 permit tcp any any\n"                      /* 15 */
                             " 110 permit icmp any any echo\n"                /* 16 */
                             " 120 permit icmp any any echo-reply\n"          /* 17 */
                             " 130 permit icmp any any echo\n"                /* 18 */
                             " 25 permit ip host 10.9.9.9 host 192.0.2.65\n"; /* 19 */

static void test_lines_that_never_match_are_found_exactly(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(judged(arena, filter), "shadowed_filter_line@8 shadowed_filter_line@19 "
                                      "redundant_filter_line@11 redundant_filter_line@12 "
                                      "redundant_filter_line@18");
}

static void test_addresses_of_one_device_do_not_overlap(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(judged(arena, "version 15.2\n"                            /* 1 */
                             "hostname r1\n"                             /* 2 */
                             "interface GigabitEthernet0/0\n"            /* 3 */
                             " ip address 10.0.0.1 255.255.255.0\n"      /* 4 */
                             "interface GigabitEthernet0/1\n"            /* 5 */
                             " ip address 10.0.0.129 255.255.255.128\n"  /* 6 */
                             "interface GigabitEthernet0/2\n"            /* 7 */
                             " ip address 10.0.0.1 255.255.255.0\n"      /* 8 */
                             "interface GigabitEthernet0/3\n"            /* 9 */
                             " vrf forwarding RED\n"                     /* 10 */
                             " ip address 10.0.0.1 255.255.255.0\n"      /* 11 */
                             "interface GigabitEthernet0/4\n"            /* 12 */
                             " ip address 10.0.0.1 255.255.255.0\n"      /* 13 */
                             " shutdown\n"                               /* 14 */
                             "interface Loopback0\n"                     /* 15 */
                             " ip address 10.0.0.7 255.255.255.255\n"    /* 16 */
                             "vrf definition RED\n"                      /* 17 */
                             "ip route 10.9.0.0 255.255.0.0 10.0.0.2\n"  /* 18 */
                             "ip route 10.8.0.0 255.255.0.0 10.77.0.2\n" /* 19 */
                             "ip route 10.7.0.0 255.255.0.0 10.9.0.9\n"  /* 20 */
                      ),
               "duplicate_address@8 overlapping_subnets@6 unreachable_next_hop@19");
}

static void test_weak_practices_are_named(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(judged(arena, "version 15.2\n"                         /* 1 */
                             "hostname r1\n"                          /* 2 */
                             "enable password hunter2hunter2\n"       /* 3 */
                             "enable secret 9 $9$abcdefghijkl\n"      /* 4 */
                             "username a password 7 0822455D0A16\n"   /* 5 */
                             "username b secret 9 $9$abcdefghijklm\n" /* 6 */
                             "snmp-server community public RO 10\n"   /* 7 */
                             "snmp-server community kept1secret RO\n" /* 8 */
                             "ip http server\n"                       /* 9 */
                             "access-list 10 permit any\n"            /* 10 */
                             "line con 0\n"                           /* 11 */
                             "line vty 0 4\n"                         /* 12 */
                             " access-class 10 in\n"                  /* 13 */
                             " transport input ssh telnet\n"          /* 14 */
                             "line vty 5 15\n"                        /* 15 */
                             " transport input ssh\n"                 /* 16 */
                      ),
               "snmp_default_community@7 clear_text_password@3 weak_password_type@5 "
               "http_enabled@9 telnet_enabled@14 vty_without_filter@15 snmp_without_filter@8");
}

static void test_fixes_are_commands_of_the_system(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device junos = testing_device(arena, "set system host-name r1\nset system services telnet\n");
    Device nxos = testing_device(arena, "hostname r1\nfeature telnet\nfeature bgp\n");
    judge_device(arena, &junos);
    judge_device(arena, &nxos);
    assert_int(junos.findings.count, 1);
    assert_str(junos.findings.items[0].fix, "`delete system services telnet`");
    assert_int(nxos.findings.count, 1);
    assert_that(str_find(nxos.findings.items[0].fix, STR("no feature telnet")) != STR_NOT_FOUND);
}

static void test_sessions_have_an_interface_and_an_as(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(judged(arena, "version 15.2\n"                               /* 1 */
                             "hostname r1\n"                                /* 2 */
                             "interface Loopback0\n"                        /* 3 */
                             " ip address 10.0.0.1 255.255.255.255\n"       /* 4 */
                             "interface Tunnel1\n"                          /* 5 */
                             " ip unnumbered Loopback7\n"                   /* 6 */
                             "router bgp 65001\n"                           /* 7 */
                             " neighbor G peer-group\n"                     /* 8 */
                             " neighbor G remote-as 65002\n"                /* 9 */
                             " neighbor 10.0.0.2 peer-group G\n"            /* 10 */
                             " neighbor 10.0.0.2 update-source Loopback0\n" /* 11 */
                             " neighbor 10.0.0.3 remote-as 65001\n"         /* 12 */
                             " neighbor 10.0.0.3 update-source Lo1\n"       /* 13 */
                             " neighbor 10.0.0.4 next-hop-self\n"           /* 14 */
                      ),
               "undefined_interface@6 undefined_interface@13 bgp_neighbor_without_as@14");
}

static void test_vlans_exist_where_vlans_are_listed(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *ports = "interface GigabitEthernet0/1\n switchport mode access\n"
                        " switchport access vlan 30\n"
                        "interface Vlan40\n ip address 10.0.0.1 255.255.255.0\n"
                        "interface Vlan50\n shutdown\n"
                        "interface Vlan1\n ip address 10.1.0.1 255.255.255.0\n";
    Str some = arena_printf(arena, "version 15.2\nhostname s1\nvlan 10\n%s", ports);
    Str all = arena_printf(arena, "version 15.2\nhostname s1\nvlan 10,30-40\n%s", ports);
    Str none = arena_printf(arena, "version 15.2\nhostname s1\nvtp mode server\n%s", ports);
    assert_str(judged(arena, some.data), "undefined_vlan@5 undefined_vlan@7");
    assert_str(judged(arena, all.data), "");
    assert_str(judged(arena, none.data), "");
}

/* Many lists, lines and names take bounded time: a list that is too long says so. */
static void test_a_long_list_is_not_compared_whole(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 64 << 20);
    strbuf_append(&text, STR("version 15.2\nhostname r1\ninterface GigabitEthernet0/0\n"
                             " ip access-group LONG in\nip access-list extended LONG\n"));
    for (unsigned i = 0; i < 100000; i++)
        strbuf_printf(&text, " permit tcp host 10.%u.%u.%u any eq %u\n", i >> 16, i >> 8 & 255,
                      i & 255, 1 + i % 60000);
    strbuf_append_byte(&text, '\0');
    assert_str(judged(arena, strbuf_str(&text).data), "filter_not_compared@5");
}

/* The sets of packets of a list are given back before the next list is looked at. */
static void test_many_lists_take_no_more_memory_than_one(void **state)
{
    (void)state;
    enum { LISTS = 1000, LINES = 30 };
    auto_arena Arena *arena = arena_new();
    auto_arena Arena *judging = arena_new();
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 4 << 20);
    strbuf_append(&text, STR("version 15.2\nhostname r1\n"));
    for (unsigned list = 0; list < LISTS; list++) {
        strbuf_printf(&text, "ip access-list extended L%u\n", list);
        for (unsigned line = 0; line < LINES; line++)
            strbuf_printf(&text, " permit tcp host 10.0.%u.%u any eq %u\n", list % 250, line, line);
    }
    Device device = testing_device(arena, arena_cstring(arena, strbuf_str(&text)));
    judge_device(judging, &device);
    assert_true(arena_size_bytes(judging) < (2U << 20));
}

static void test_object_groups_are_compared_by_their_members(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(judged(arena, "version 15.2\n"                               /* 1 */
                             "hostname r1\n"                                /* 2 */
                             "object-group network SERVERS\n"               /* 3 */
                             " host 192.0.2.1\n"                            /* 4 */
                             " 198.51.100.0 255.255.255.0\n"                /* 5 */
                             " range 10.0.0.1 10.0.0.9\n"                   /* 6 */
                             "object-group network ALL\n"                   /* 7 */
                             " group-object SERVERS\n"                      /* 8 */
                             "object-group service WEB\n"                   /* 9 */
                             " tcp eq www\n"                                /* 10 */
                             " tcp eq 443\n"                                /* 11 */
                             " icmp echo\n"                                 /* 12 */
                             "object-group service DNS\n"                   /* 13 */
                             " tcp-udp eq domain\n"                         /* 14 */
                             "ip access-list extended IN\n"                 /* 15 */
                             " permit tcp any object-group ALL\n"           /* 16 */
                             " deny tcp any host 192.0.2.1 eq 22\n"         /* 17 */
                             " deny tcp any host 192.0.2.2 eq 22\n"         /* 18 */
                             " permit tcp any object-group SERVERS eq 80\n" /* 19 */
                             " permit object-group DNS any any\n"           /* 20 */
                             " deny udp any any eq domain\n"                /* 21 */
                             " permit object-group WEB any any\n"           /* 22 */
                             " deny tcp any any eq 443\n"                   /* 23 */
                             "interface GigabitEthernet0/0\n"               /* 24 */
                             " ip address 10.1.0.1 255.255.255.0\n"         /* 25 */
                             " ip access-group IN in\n"                     /* 26 */
                      ),
               "shadowed_filter_line@17 shadowed_filter_line@21 redundant_filter_line@19");
}

/* The head of a block defines what the block names, so it is no mention of it. */
static void test_blocks_in_braces_are_defined_by_their_heads(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(judged(arena, "system { host-name r1; }\n"               /* 1 */
                             "policy-options {\n"                       /* 2 */
                             "    prefix-list USED {\n"                 /* 3 */
                             "        10.0.0.0/8;\n"                    /* 4 */
                             "    }\n"                                  /* 5 */
                             "    prefix-list LOST {\n"                 /* 6 */
                             "        2001:db8::/32;\n"                 /* 7 */
                             "    }\n"                                  /* 8 */
                             "    policy-statement P {\n"               /* 9 */
                             "        term A {\n"                       /* 10 */
                             "            from { prefix-list USED; }\n" /* 11 */
                             "            then accept;\n"               /* 12 */
                             "        }\n"                              /* 13 */
                             "    }\n"                                  /* 14 */
                             "    policy-statement Q {\n"               /* 15 */
                             "        then reject;\n"                   /* 16 */
                             "    }\n"                                  /* 17 */
                             "}\n"                                      /* 18 */
                             "protocols {\n"                            /* 19 */
                             "    bgp { export Q; }\n"                  /* 20 */
                             "}\n"),
               "unused_structure@6 unused_structure@9");
}

/* Junos: "address" and "port" are those of either side. */
static void test_terms_take_packets_of_either_side(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(judged(arena,
                      "set system host-name r1\n"                                           /* 1 */
                      "set firewall filter F term A from address 10.0.0.0/8\n"              /* 2 */
                      "set firewall filter F term A from protocol tcp\n"                    /* 3 */
                      "set firewall filter F term A from port ssh\n"                        /* 4 */
                      "set firewall filter F term A then accept\n"                          /* 5 */
                      "set firewall filter F term B from destination-address 10.1.0.0/16\n" /* 6 */
                      "set firewall filter F term B from protocol tcp\n"                    /* 7 */
                      "set firewall filter F term B from source-port 22\n"                  /* 8 */
                      "set firewall filter F term B then discard\n"                         /* 9 */
                      "set firewall filter F term C from address 10.2.0.0/16\n"             /* 10 */
                      "set firewall filter F term C from protocol tcp\n"                    /* 11 */
                      "set firewall filter F term C from port 22\n"                         /* 12 */
                      "set firewall filter F term D from source-address 192.0.2.0/24\n"     /* 13 */
                      "set firewall filter F term D from protocol tcp\n"                    /* 14 */
                      "set firewall filter F term D from port 22\n"                         /* 15 */
                      "set firewall filter F term E from source-address 10.0.0.0/8\n"       /* 16 */
                      "set firewall filter F term E from protocol tcp\n"                    /* 17 */
                      "set firewall filter F term E then discard\n"                         /* 18 */
                      "set firewall filter F term G from source-address 192.0.2.1/32\n"     /* 19 */
                      "set firewall filter F term G from protocol tcp\n"                    /* 20 */
                      "set firewall filter F term G from destination-port 22\n"             /* 21 */
                      "set firewall filter F term G then discard\n"                         /* 22 */
                      "set interfaces ge-0/0/0 unit 0 family inet filter input F\n"         /* 23 */
                      ),
               "shadowed_filter_line@6 shadowed_filter_line@19 redundant_filter_line@10");
}

/* Junos: a term names prefix lists, beside addresses, and not what address books have. */
static void test_prefix_lists_of_terms_stand_for_their_prefixes(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(
        judged(arena,
               "set system host-name r1\n"                                       /* 1 */
               "set policy-options prefix-list P 10.0.0.0/9\n"                   /* 2 */
               "set policy-options prefix-list P 2001:db8::/32\n"                /* 3 */
               "set policy-options prefix-list EMPTY\n"                          /* 4 */
               "set security address-book global address BOOK 0.0.0.0/0\n"       /* 5 */
               "set firewall filter F term A from source-prefix-list P\n"        /* 6 */
               "set firewall filter F term A from source-address 10.128.0.0/9\n" /* 7 */
               "set firewall filter F term A then accept\n"                      /* 8 */
               "set firewall filter F term B from source-address 10.1.0.0/16\n"  /* 9 */
               "set firewall filter F term B then discard\n"                     /* 10 */
               "set firewall filter F term C from source-address 10.0.0.0/8\n"   /* 11 */
               "set firewall filter F term D from source-prefix-list EMPTY\n"    /* 12 */
               "set firewall filter F term D then accept\n"                      /* 13 */
               "set firewall filter F term E from source-address 192.0.2.1/32\n" /* 14 */
               "set firewall filter F term E then discard\n"                     /* 15 */
               "set firewall family inet6 filter G term A from prefix-list P\n"  /* 16 */
               "set firewall family inet6 filter G term B from source-address 2001:db8::1/128\n"
               "set firewall family inet6 filter G term B then discard\n"     /* 18 */
               "set interfaces ge-0/0/0 unit 0 family inet filter input F\n"  /* 19 */
               "set interfaces ge-0/0/0 unit 0 family inet6 filter input G\n" /* 20 */
               "set security nat static rule-set S rule R match source-address-name BOOK\n"),
        "shadowed_filter_line@9 shadowed_filter_line@17 redundant_filter_line@11");
}

/* A zone has its own addresses, those of the book attached to it, and those of "global". */
static void test_policies_name_what_their_zones_have(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    static const char books[] =
        "set system host-name r1\n"                                                     /* 1 */
        "set security zones security-zone trust interfaces all\n"                       /* 2 */
        "set security zones security-zone untrust address-book address F 10.3.0.0/16\n" /* 3 */
        "set security address-book global address G 10.1.0.0/16\n"                      /* 4 */
        "set security address-book global address LOST 10.1.0.0/16\n"                   /* 5 */
        "set security address-book global address-set S address G\n"                    /* 6 */
        "set security address-book inside address I 10.2.0.0/16\n"                      /* 7 */
        "set security address-book inside address-set T address G\n"                    /* 8 */
        "set security address-book inside attach zone trust\n"                          /* 9 */
        "set applications application A protocol tcp\n"                                 /* 10 */
        "set applications application B protocol tcp\n"                                 /* 11 */
        "set applications application-set AS application A\n";                          /* 12 */
    static const char policy[] = "set security policies from-zone trust to-zone untrust policy P";
    static const char global[] = "set security policies global policy Q";
    Str text = arena_printf(arena,
                            "%s%s match source-address [ any I S ]\n"      /* 13 */
                            "%s match destination-address [ F G ]\n"       /* 14 */
                            "%s match destination-address I\n"             /* 15 */
                            "%s match application [ junos-ssh AS NONE ]\n" /* 16 */
                            "%s then permit\n"                             /* 17 */
                            "%s match source-address [ F I NONE ]\n"       /* 18 */
                            "set security nat source rule-set R rule R match "
                            "source-address-name GONE\n", /* 19 */
                            books, policy, policy, policy, policy, policy, global);
    assert_str(judged(arena, text.data),
               "undefined_reference@8 undefined_reference@15 undefined_reference@16 "
               "undefined_reference@18 undefined_reference@19 unused_structure@5 "
               "unused_structure@8 unused_structure@11");
}

static void test_entries_that_nothing_reaches_are_named(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    static const char head[] = "version 15.2\nhostname r1\nrouter bgp 1\n"
                               " neighbor 10.0.0.1 remote-as 2\n"
                               " neighbor 10.0.0.1 route-map R in\n";
    static const struct {
        const char *map, *said;
    } cases[] = {
        {"route-map R permit 10\nroute-map R deny 20\n match tag 5\n",
         "unreachable_route_map_entry@7"},
        {"route-map R permit 10\n match tag 5\nroute-map R deny 20\n", ""},
        {"route-map R permit 10\n set metric 5\n continue\nroute-map R deny 20\n", ""},
        /* the numbers count, and not the file */
        {"route-map R permit 30\nroute-map R deny 20\n match tag 5\n", ""},
        {"route-map R permit 30\n match tag 5\nroute-map R deny 20\nroute-map R deny 40\n",
         "unreachable_route_map_entry@6"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Str text = arena_printf(arena, "%s%s", head, cases[i].map);
        assert_str(judged(arena, text.data), cases[i].said);
    }
    assert_str(judged(arena, "set system host-name r1\n"
                             "set policy-options policy-statement P term 20 from protocol bgp\n"
                             "set policy-options policy-statement P term 20 then accept\n"
                             "set policy-options policy-statement P term 10 then reject\n"
                             "set policy-options policy-statement P term 5 then accept\n"
                             "set protocols bgp group G export P\n"),
               "unreachable_route_map_entry@5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_without_a_definition_are_errors),
        cmocka_unit_test(test_lines_that_no_takes_back_refer_to_nothing),
        cmocka_unit_test(test_log_hosts_are_told_from_other_logging),
        cmocka_unit_test(test_structures_that_nothing_names_are_unused),
        cmocka_unit_test(test_translations_name_what_exists),
        cmocka_unit_test(test_tracked_objects_exist),
        cmocka_unit_test(test_overlays_and_pairs_are_complete),
        cmocka_unit_test(test_zones_are_defined),
        cmocka_unit_test(test_junos_names_without_a_definition_are_errors),
        cmocka_unit_test(test_lines_that_never_match_are_found_exactly),
        cmocka_unit_test(test_object_groups_are_compared_by_their_members),
        cmocka_unit_test(test_blocks_in_braces_are_defined_by_their_heads),
        cmocka_unit_test(test_terms_take_packets_of_either_side),
        cmocka_unit_test(test_prefix_lists_of_terms_stand_for_their_prefixes),
        cmocka_unit_test(test_policies_name_what_their_zones_have),
        cmocka_unit_test(test_entries_that_nothing_reaches_are_named),
        cmocka_unit_test(test_addresses_of_one_device_do_not_overlap),
        cmocka_unit_test(test_weak_practices_are_named),
        cmocka_unit_test(test_fixes_are_commands_of_the_system),
        cmocka_unit_test(test_sessions_have_an_interface_and_an_as),
        cmocka_unit_test(test_vlans_exist_where_vlans_are_listed),
        cmocka_unit_test(test_a_long_list_is_not_compared_whole),
        cmocka_unit_test(test_many_lists_take_no_more_memory_than_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
