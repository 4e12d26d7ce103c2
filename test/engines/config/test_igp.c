/* SPDX-License-Identifier: Apache-2.0 */
/* IS-IS and EIGRP of all systems: each text, and the facts that must follow from it. */
#include "config_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void write_process(StrBuf *out, const char *protocol, const IgpProcess *process)
{
    IpText text;
    strbuf_printf(out, "%s %.*s", protocol, STR_ARGS(process->id));
    if (process->vrf.size)
        strbuf_printf(out, " vrf %.*s", STR_ARGS(process->vrf));
    if (process->as)
        strbuf_printf(out, " as %u", process->as);
    for (size_t i = 0; i < process->nets.count; i++)
        strbuf_printf(out, " net %.*s", STR_ARGS(process->nets.items[i].text));
    if (process->levels)
        strbuf_printf(out, " levels %u", process->levels);
    if (ip_is_set(process->router_id))
        strbuf_printf(out, " id %s", ip_format(process->router_id, &text).data);
    if (process->weights.line)
        strbuf_printf(out, " weights %.*s", STR_ARGS(process->weights.text));
    for (size_t i = 0; i < process->redistribute.count; i++)
        strbuf_printf(out, " from %.*s", STR_ARGS(process->redistribute.items[i].text));
    strbuf_printf(out, "%s%s [%u-%u]\n", process->passive_default ? " passive" : "",
                  process->shutdown ? " shutdown" : "", process->line, process->last_line);
}

static void write_part(StrBuf *out, const Interface *interface, const char *protocol,
                       const InterfaceIgp *igp)
{
    if (!igp->enabled && !igp->disabled)
        return;
    strbuf_printf(out, "%.*s %s %.*s%s%s", STR_ARGS(interface->canonical), protocol,
                  STR_ARGS(igp->process), igp->enabled ? "" : " disabled",
                  igp->passive ? " passive" : "");
    if (igp->levels)
        strbuf_printf(out, " levels %u", igp->levels);
    if (igp->passive_levels)
        strbuf_printf(out, " passive in %u", igp->passive_levels);
    if (igp->metric[0] || igp->metric[1])
        strbuf_printf(out, " metric %u/%u", igp->metric[0], igp->metric[1]);
    if (igp->authentication[0].size || igp->authentication[1].size)
        strbuf_printf(out, " auth %.*s/%.*s", STR_ARGS(igp->authentication[0]),
                      STR_ARGS(igp->authentication[1]));
    strbuf_printf(out, "%s%s [%u]\n", igp->point_to_point ? " p2p" : "",
                  igp->no_hello_padding ? " unpadded" : "", igp->line);
}

static void write_facts(StrBuf *out, const Device *device)
{
    for (size_t i = 0; i < device->isis.count; i++)
        write_process(out, "isis", &device->isis.items[i]);
    for (size_t i = 0; i < device->eigrp.count; i++)
        write_process(out, "eigrp", &device->eigrp.items[i]);
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        write_part(out, interface, "isis", &interface->isis);
        write_part(out, interface, "eigrp", &interface->eigrp);
    }
    testing_write_not_understood(out, device);
}

static const TestingCase cases[] = {
    {"IS-IS of IOS",
     "version 15.2\n"
     "interface Loopback0\n"
     " ip address 10.255.0.1 255.255.255.255\n"
     "interface GigabitEthernet0/1\n"
     " ip address 10.0.0.1 255.255.255.252\n"
     " ip router isis CORE\n"
     " isis circuit-type level-2-only\n"
     " isis network point-to-point\n"
     " isis metric 20 level-2\n"
     " isis authentication mode md5 level-2\n"
     " isis authentication key-chain K level-2\n"
     " no isis hello padding\n"
     "interface GigabitEthernet0/2\n"
     " ip router isis CORE\n"
     " isis password SECRET\n"
     "interface GigabitEthernet0/3\n"
     " ip router isis CORE\n"
     " no ip router isis CORE\n"
     "router isis CORE\n"
     " net 49.0001.0102.5500.0001.00\n"
     " is-type level-1-2\n"
     " metric-style wide\n"
     " redistribute static ip\n"
     " passive-interface Loopback0\n"
     " metric 50\n",
     "isis CORE net 49.0001.0102.5500.0001.00 levels 3 from static ip [19-25]\n"
     "Loopback0 isis CORE passive [24]\n"
     "GigabitEthernet0/1 isis CORE levels 2 metric 50/20 auth /md5 p2p unpadded [6]\n"
     "GigabitEthernet0/2 isis CORE metric 50/50 auth text/text [14]\n"},
    {"EIGRP of IOS",
     "version 15.2\n"
     "interface Loopback0\n"
     " ip address 10.255.0.1 255.255.255.255\n"
     "interface GigabitEthernet0/1\n"
     " ip address 10.0.0.1 255.255.255.252\n"
     " ip authentication mode eigrp 100 md5\n"
     " ip authentication key-chain eigrp 100 K\n"
     "interface GigabitEthernet0/2\n"
     " ip address 172.16.5.1 255.255.255.0\n"
     "interface GigabitEthernet0/3\n"
     " vrf forwarding RED\n"
     " ip address 10.9.0.1 255.255.255.0\n"
     "router eigrp 100\n"
     " network 10.0.0.0\n"
     " network 172.16.5.0 255.255.255.0\n"
     " no network 172.16.0.0\n"
     " passive-interface default\n"
     " no passive-interface GigabitEthernet0/1\n"
     " eigrp router-id 10.255.0.1\n"
     " metric weights 0 1 1 1 0 0\n"
     " redistribute ospf 1 metric 1 2 3 4 5\n"
     " no auto-summary\n"
     " address-family ipv4 vrf RED autonomous-system 200\n"
     "  network 10.9.0.0 0.0.0.255\n"
     " exit-address-family\n"
     "router eigrp 7\n"
     " network 192.168.0.0\n"
     "no router eigrp 7\n",
     "eigrp 100 as 100 id 10.255.0.1 weights 0 1 1 1 0 0 from ospf 1 metric 1 2 3 4 5 passive "
     "[13-23]\n"
     "eigrp 100 vrf RED as 200 [23-24]\n"
     "Loopback0 eigrp 100 passive [14]\n"
     "GigabitEthernet0/1 eigrp 100 auth md5/ [14]\n"
     "GigabitEthernet0/2 eigrp 100 passive [15]\n"
     "GigabitEthernet0/3 eigrp 100 [24]\n"},
    {"EIGRP of IOS with a name",
     "version 15.2\n"
     "interface GigabitEthernet0/1\n"
     " ip address 10.0.0.1 255.255.255.252\n"
     "interface GigabitEthernet0/2\n"
     " ip address 10.0.1.1 255.255.255.252\n"
     "interface GigabitEthernet0/3\n"
     " ip address 10.0.2.1 255.255.255.252\n"
     "router eigrp CAMPUS\n"
     " !\n"
     " address-family ipv4 unicast autonomous-system 300\n"
     "  !\n"
     "  af-interface default\n"
     "   authentication mode hmac-sha-256 SECRET\n"
     "   passive-interface\n"
     "  exit-af-interface\n"
     "  !\n"
     "  af-interface GigabitEthernet0/1\n"
     "   no passive-interface\n"
     "   authentication mode md5\n"
     "   authentication key-chain K\n"
     "  exit-af-interface\n"
     "  !\n"
     "  af-interface GigabitEthernet0/3\n"
     "   shutdown\n"
     "  exit-af-interface\n"
     "  !\n"
     "  topology base\n"
     "   redistribute static\n"
     "  exit-af-topology\n"
     "  network 10.0.0.0 0.0.255.255\n"
     "  eigrp router-id 10.0.0.1\n"
     " exit-address-family\n"
     " !\n"
     " address-family ipv6 unicast autonomous-system 301\n"
     "  af-interface GigabitEthernet0/1\n"
     "   shutdown\n"
     "  exit-af-interface\n"
     " exit-address-family\n",
     "eigrp CAMPUS as 300 id 10.0.0.1 from static passive [8-34]\n"
     "GigabitEthernet0/1 eigrp CAMPUS auth md5/ [30]\n"
     "GigabitEthernet0/2 eigrp CAMPUS passive auth hmac-sha-256/ [30]\n"
     "GigabitEthernet0/3 eigrp  disabled [0]\n"},
    {"NX-OS",
     "feature isis\n"
     "feature eigrp\n"
     "vrf context BLUE\n"
     "router isis UNDERLAY\n"
     "  net 49.0001.0000.0000.0001.00\n"
     "  is-type level-2\n"
     "  passive-interface default level-1-2\n"
     "router eigrp EDGE\n"
     "  autonomous-system 65\n"
     "  router-id 192.0.2.1\n"
     "  vrf BLUE\n"
     "    autonomous-system 66\n"
     "    redistribute static route-map S\n"
     "interface Ethernet1/1\n"
     "  no switchport\n"
     "  ip address 10.0.0.1/30\n"
     "  isis network point-to-point\n"
     "  isis circuit-type level-2\n"
     "  isis metric 30 level-2\n"
     "  isis authentication-type md5 level-2\n"
     "  isis authentication key-chain K level-2\n"
     "  ip router isis UNDERLAY\n"
     "  no isis passive-interface level-1-2\n"
     "interface Ethernet1/2\n"
     "  vrf member BLUE\n"
     "  ip address 10.0.1.1/30\n"
     "  ip router eigrp EDGE\n"
     "  ip passive-interface eigrp EDGE\n"
     "interface Ethernet1/3\n"
     "  ip address 10.0.2.1/30\n"
     "  ip router eigrp EDGE\n"
     "  ip eigrp EDGE shutdown\n",
     "isis UNDERLAY net 49.0001.0000.0000.0001.00 levels 2 passive [4-7]\n"
     "eigrp EDGE as 65 id 192.0.2.1 [8-11]\n"
     "eigrp EDGE vrf BLUE as 66 from static route-map S [11-13]\n"
     "Ethernet1/1 isis UNDERLAY levels 2 metric 0/30 auth /md5 p2p [22]\n"
     "Ethernet1/2 eigrp EDGE passive [27]\n"
     "Ethernet1/3 eigrp EDGE disabled [31]\n"},
    {"EOS",
     "! device: leaf1 (DCS-7050, EOS-4.28.3M)\n"
     "interface Ethernet1\n"
     "   no switchport\n"
     "   ip address 10.0.0.1/31\n"
     "   isis enable FABRIC\n"
     "   isis circuit-type level-2\n"
     "   isis metric 50\n"
     "   isis network point-to-point\n"
     "   isis authentication mode md5\n"
     "   isis authentication key 7 SECRET\n"
     "   no isis hello padding\n"
     "interface Loopback0\n"
     "   isis enable FABRIC\n"
     "   isis passive\n"
     "router isis FABRIC\n"
     "   net 49.0001.0102.5500.0001.00\n"
     "   is-type level-2\n"
     "   router-id ipv4 10.255.0.1\n"
     "   !\n"
     "   address-family ipv4 unicast\n"
     "      maximum-paths 4\n",
     "isis FABRIC net 49.0001.0102.5500.0001.00 levels 2 id 10.255.0.1 [15-18]\n"
     "Ethernet1 isis FABRIC levels 2 metric 50/50 auth md5/md5 p2p unpadded [5]\n"
     "Loopback0 isis FABRIC passive [13]\n"},
    {"IOS-XR",
     "!! IOS XR Configuration 7.3.2\n"
     "interface Bundle-Ether1\n"
     " ipv4 address 10.0.0.1 255.255.255.252\n"
     "!\n"
     "router isis CORE\n"
     " is-type level-2-only\n"
     " net 49.0001.0102.5500.0001.00\n"
     " address-family ipv4 unicast\n"
     "  metric-style wide\n"
     "  metric 100\n"
     "  redistribute static route-policy S\n"
     " !\n"
     " interface Loopback0\n"
     "  passive\n"
     "  address-family ipv4 unicast\n"
     "  !\n"
     " !\n"
     " interface Bundle-Ether1\n"
     "  circuit-type level-2-only\n"
     "  point-to-point\n"
     "  hello-padding disable\n"
     "  hello-password hmac-md5 encrypted 060506324F41584B56 level 2\n"
     "  address-family ipv4 unicast\n"
     "   metric 10 level 2\n"
     "  !\n"
     "  address-family ipv6 unicast\n"
     "   metric 77\n"
     "  !\n"
     " !\n"
     "!\n"
     "router eigrp 100\n"
     " vrf RED\n"
     "  address-family ipv4\n"
     "   autonomous-system 200\n"
     "   router-id 192.0.2.1\n"
     "   interface GigabitEthernet0/0/0/1\n"
     "    passive-interface\n"
     "    authentication keychain K\n"
     "   !\n"
     "  !\n"
     " !\n"
     "!\n"
     "route-policy S\n"
     "  pass\n"
     "end-policy\n",
     "isis CORE net 49.0001.0102.5500.0001.00 levels 2 from static route-policy S [5-24]\n"
     "eigrp 100 as 100 [31-32]\n"
     "eigrp 100 vrf RED as 200 id 192.0.2.1 [32-38]\n"
     "Bundle-Ether1 isis CORE levels 2 metric 100/10 auth /md5 p2p unpadded [18]\n"
     "Loopback0 isis CORE passive metric 100/100 [13]\n"
     "GigabitEthernet0/0/0/1 eigrp 100 passive auth key chain/ [36]\n"},
    {"IOS-XR with a path a line",
     "!! IOS XR Configuration 7.3.2\n"
     "router isis CORE net 49.0001.0102.5500.0001.00\n"
     "router isis CORE interface GigabitEthernet0/0/0/0 circuit-type level-1\n"
     "router isis CORE interface GigabitEthernet0/0/0/0 address-family ipv4 unicast metric 5\n",
     "isis CORE net 49.0001.0102.5500.0001.00 [2-4]\n"
     "GigabitEthernet0/0/0/0 isis CORE levels 1 metric 5/5 [3]\n"},
    {"FRRouting",
     "frr version 8.4\n"
     "interface eth0\n"
     " ip address 10.0.0.1/30\n"
     " ip router isis CORE\n"
     " isis circuit-type level-1\n"
     " isis metric 20\n"
     " isis metric level-1 15\n"
     " isis network point-to-point\n"
     " isis password md5 SECRET\n"
     " no isis hello padding\n"
     "exit\n"
     "interface eth1\n"
     " ip address 10.0.1.1/30\n"
     "exit\n"
     "router isis CORE\n"
     " net 49.0001.0000.0000.0001.00\n"
     " is-type level-1\n"
     " redistribute ipv4 static level-1\n"
     "exit\n"
     "router eigrp 100\n"
     " network 10.0.1.0/24\n"
     " passive-interface eth1\n"
     "exit\n",
     "isis CORE net 49.0001.0000.0000.0001.00 levels 1 from static level-1 [15-18]\n"
     "eigrp 100 as 100 [20-22]\n"
     "eth0 isis CORE levels 1 metric 15/20 auth md5/md5 p2p unpadded [4]\n"
     "eth1 eigrp 100 passive [21]\n"},

    {"Junos",
     "interfaces {\n"
     "    ge-0/0/0 {\n"
     "        unit 0 {\n"
     "            family inet { address 10.0.0.1/30; }\n"
     "            family iso;\n"
     "        }\n"
     "    }\n"
     "    ge-0/0/1 { unit 0 { family inet { address 10.0.1.1/30; } } }\n"
     "    ge-0/0/2 { unit 0 { family iso; } }\n"
     "    lo0 { unit 0 { family iso { address 49.0001.0102.5500.0001.00; } } }\n"
     "}\n"
     "protocols {\n"
     "    isis {\n"
     "        level 1 disable;\n"
     "        level 2 {\n"
     "            wide-metrics-only;\n"
     "            authentication-key \"SECRET\";\n"
     "            authentication-type md5;\n"
     "        }\n"
     "        export DIRECT;\n"
     "        interface ge-0/0/0.0 {\n"
     "            point-to-point;\n"
     "            level 2 {\n"
     "                metric 100;\n"
     "                hello-authentication-type simple;\n"
     "            }\n"
     "            hello-padding disable;\n"
     "        }\n"
     "        interface lo0.0 { passive; }\n"
     "        interface all { level 1 passive; }\n"
     "    }\n"
     "}\n",
     "isis default net 49.0001.0102.5500.0001.00 levels 2 from DIRECT [13-30]\n"
     "ge-0/0/0.0 isis default metric 0/100 auth /text p2p unpadded [21]\n"
     "ge-0/0/2.0 isis default passive in 1 auth /md5 [30]\n"
     "lo0.0 isis default passive auth /md5 [29]\n"},
};

static void test_facts_of_all_systems(void **state)
{
    (void)state;
    testing_check_facts(cases, COUNT_OF(cases), write_facts);
}

static void test_truncated_texts_are_counted(void **state)
{
    (void)state;
    testing_check_truncated_cases(cases, COUNT_OF(cases));
}

static void test_nets_have_an_area_and_a_system(void **state)
{
    static const struct {
        const char *net, *area, *system;
    } nets[] = {
        {"49.0001.1921.6800.1001.00", "490001", "192168001001"},
        {"49.0001.1921.6800.100A.00", "490001", "19216800100a"},
        {"12.1234.1234.1234.1234.00", "121234", "123412341234"},
        {"47.0005.80ff.f800.0000.0108.0001.0000.0000.0001.00", "47000580fff800000001080001",
         "000000000001"},
        {"49.1921.6800.1001.00", "49", "192168001001"},
        {"1921.6800.1001.00", "", ""},
        {"49.0001.1921.6800.1001.0", "", ""},
        {"49.xyz1.1921.6800.1001.00", "", ""},
        {"", "", ""},
    };
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(nets); i++) {
        Str system = {"", 0}, area = isis_net_area(arena, str_of(nets[i].net), &system);
        if (!str_equal(area, str_of(nets[i].area)) || !str_equal(system, str_of(nets[i].system)))
            fail_msg("%s is area '%.*s' and system '%.*s'", nets[i].net, STR_ARGS(area),
                     STR_ARGS(system));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts_of_all_systems),
        cmocka_unit_test(test_truncated_texts_are_counted),
        cmocka_unit_test(test_nets_have_an_area_and_a_system),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
