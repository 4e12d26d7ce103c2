/* SPDX-License-Identifier: Apache-2.0 */
/* VRFs of all systems: distinguishers, route targets, policies and VNIs. */
#include "config_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const TestingCase cases[] = {
    {"IOS",
     "version 15.2\n"
     "ip vrf OLD\n"
     " rd 65000:1\n"
     " route-target export 65000:1\n"
     " route-target import 65000:1\n"
     " route-target import 65000:2\n"
     " no route-target import 65000:2\n"
     " route-target 65000:3\n"
     " import map IN\n"
     " export map OUT\n"
     " no export map OUT\n"
     "vrf definition NEW\n"
     " rd 65000:10\n"
     " route-target both 65000:9\n"
     " !\n"
     " address-family ipv4\n"
     "  route-target export 65000:10\n"
     "  route-target import 65000:10 stitching\n"
     "  import ipv4 unicast map LEAK\n"
     " exit-address-family\n"
     " !\n"
     " address-family ipv6\n"
     "  route-target both 65000:60\n"
     " exit-address-family\n"
     " no address-family ipv6\n"
     "vrf definition GONE\n"
     " rd 65000:11\n"
     "no vrf definition GONE\n"
     "ip vrf BAD\n"
     " route-target import\n"
     " route-target import nonsense\n"
     " import map\n",
     "OLD rd 65000:1 import [65000:1@5] [65000:3@8] export [65000:1@4] [65000:3@8] import policy "
     "[IN@9] @2\n"
     "NEW rd 65000:10 import [65000:9@14] [65000:10 ipv4 stitching@18] export [65000:9@14] "
     "[65000:10 ipv4@17] import policy [LEAK ipv4 unicast@19] @12\n"
     "BAD @29\n"
     "not understood 30\nnot understood 31\nnot understood 32\n"},
    {"IOS, without indentation",
     "version 15.2\n"
     "vrf definition NEW\n"
     "rd 65000:10\n"
     "address-family ipv4\n"
     "route-target export 65000:10\n"
     "exit-address-family\n"
     "address-family ipv6\n"
     "route-target import 65000:6\n"
     "exit-address-family\n"
     "interface GigabitEthernet0/0\n"
     "vrf forwarding NEW\n"
     "ip address 10.0.0.1 255.255.255.0\n",
     "NEW rd 65000:10 import [65000:6 ipv6@8] export [65000:10 ipv4@5] @2\n"},
    {"NX-OS",
     "feature bgp\n"
     "vrf context RED\n"
     "  vni 50001\n"
     "  rd auto\n"
     "  address-family ipv4 unicast\n"
     "    route-target both auto\n"
     "    route-target both auto evpn\n"
     "    route-target import 65000:7\n"
     "    export map OUT\n"
     "    import vrf default map LEAK\n",
     "RED rd auto vni 50001 import [auto ipv4@6] [auto ipv4 evpn@7] [65000:7 ipv4@8] export [auto "
     "ipv4@6] [auto ipv4 evpn@7] import policy [LEAK ipv4 vrf default@10] export policy [OUT "
     "ipv4@9] @2\n"},
    {"EOS",
     "! device: leaf1 (DCS-7050, EOS-4.28.3M)\n"
     "vrf instance RED\n"
     "router bgp 65000\n"
     "   vlan 10\n"
     "      rd 10.0.0.1:10\n"
     "      route-target both 10:10\n"
     "   vrf RED\n"
     "      rd 10.0.0.1:1\n"
     "      route-target import evpn 1:1\n"
     "      route-target export vpn-ipv4 1:1\n"
     "      route-target import export evpn 1:2\n"
     "      no route-target export evpn 1:2\n"
     "   vrf NONE\n"
     "      rd 10.0.0.1:2\n",
     "RED rd 10.0.0.1:1 import [1:1 evpn@9] [1:2 evpn@11] export [1:1 vpn-ipv4@10] @2\n"},
    {"IOS-XR",
     "!! IOS XR Configuration 7.3.2\n"
     "vrf RED\n"
     " description red\n"
     " address-family ipv4 unicast\n"
     "  import route-policy IN(1)\n"
     "  import from default-vrf route-policy LEAK\n"
     "  import route-target\n"
     "   65000:1\n"
     "   65000:2 stitching\n"
     "   nonsense\n"
     "  !\n"
     "  export route-policy OUT\n"
     "  export route-target\n"
     "   65000:1\n"
     "  !\n"
     " !\n"
     " address-family ipv6 unicast\n"
     "  import route-target\n"
     "   65000:6\n"
     "router bgp 65000\n"
     " vrf RED\n"
     "  rd 65000:1\n",
     "RED rd 65000:1 import [65000:1 ipv4@8] [65000:2 ipv4 stitching@9] [65000:6 ipv6@19] export "
     "[65000:1 ipv4@14] import policy [IN ipv4@5] [LEAK ipv4 from default-vrf@6] export policy "
     "[OUT ipv4@12] @2\n"
     "not understood 10\n"},
    {"IOS-XR, formal",
     "!! IOS XR Configuration 7.3.2\n"
     "vrf RED address-family ipv4 unicast import route-target 65000:1\n"
     "vrf RED address-family ipv4 unicast export route-target 65000:2\n"
     "vrf RED address-family ipv4 unicast export route-policy OUT\n",
     "RED import [65000:1 ipv4@2] export [65000:2 ipv4@3] export policy [OUT ipv4@4] @2\n"},
    {"FRRouting, routes of other VRFs",
     "frr version 9.1\n"
     "router bgp 65000 vrf RED\n"
     " address-family ipv4 unicast\n"
     "  import vrf default\n"
     "  import vrf BLUE\n"
     "  import vrf GREEN\n"
     "  no import vrf GREEN\n"
     "  import vrf route-map LEAK\n"
     " exit-address-family\n"
     "exit\n"
     "router bgp 65000\n"
     " address-family ipv4 unicast\n"
     "  import vrf RED\n"
     " exit-address-family\n"
     "exit\n",
     "RED import [vrf default ipv4@4] [vrf BLUE ipv4@5] import policy [LEAK ipv4@8] @4\n"},
    {"FRRouting",
     "frr version 8.4\n"
     "vrf RED\n"
     " vni 50001\n"
     "exit-vrf\n"
     "router bgp 65000 vrf RED\n"
     " address-family ipv4 unicast\n"
     "  rd vpn export 65000:1\n"
     "  rt vpn both 65000:1 65000:2\n"
     "  route-map vpn import IN\n"
     " exit-address-family\n"
     " address-family l2vpn evpn\n"
     "  route-target import 65000:9\n"
     " exit-address-family\n"
     "exit\n",
     "RED rd 65000:1 vni 50001 import [65000:1 ipv4@8] [65000:2 ipv4@8] [65000:9 evpn@12] export "
     "[65000:1 ipv4@8] [65000:2 ipv4@8] import policy [IN ipv4@9] @2\n"},
    {"Junos",
     "set system host-name r1\n"
     "set routing-instances RED instance-type vrf\n"
     "set routing-instances RED route-distinguisher 65000:1\n"
     "set routing-instances RED vrf-target target:65000:1\n"
     "set routing-instances RED vrf-target import target:65000:2\n"
     "set routing-instances RED vrf-target export target:65000:3\n"
     "set routing-instances RED vrf-import [ A B ]\n"
     "set routing-instances RED vrf-export C\n"
     "set routing-instances BLUE instance-type virtual-router\n"
     "set routing-instances BLUE vrf-target import\n",
     "RED type vrf rd 65000:1 import [65000:1@4] [65000:2@5] export [65000:1@4] [65000:3@6] import "
     "policy [A@7] [B@7] export policy [C@8] @2\n"
     "BLUE type virtual-router @9\n"
     "not understood 10\n"},
};

static void write_text(StrBuf *out, const char *word, Str text)
{
    if (text.size)
        strbuf_printf(out, " %s %.*s", word, STR_ARGS(text));
}

static void write_rules(StrBuf *out, const char *word, const VrfRuleVec *rules)
{
    if (rules->count)
        strbuf_printf(out, " %s", word);
    for (size_t i = 0; i < rules->count; i++) {
        const VrfRule *rule = &rules->items[i];
        strbuf_printf(out, " [%.*s%s%.*s@%u]", STR_ARGS(rule->value), rule->family.size ? " " : "",
                      STR_ARGS(rule->family), rule->line);
    }
}

static void write_facts(StrBuf *out, const Device *device)
{
    for (size_t i = 0; i < device->vrfs.count; i++) {
        const Vrf *vrf = &device->vrfs.items[i];
        strbuf_append(out, vrf->name);
        write_text(out, "type", vrf->type);
        write_text(out, "rd", vrf->route_distinguisher);
        if (vrf->vni)
            strbuf_printf(out, " vni %u", vrf->vni);
        write_rules(out, "import", &vrf->imports);
        write_rules(out, "export", &vrf->exports);
        write_rules(out, "import policy", &vrf->import_policies);
        write_rules(out, "export policy", &vrf->export_policies);
        strbuf_printf(out, " @%u\n", vrf->line);
    }
    testing_write_not_understood(out, device);
}

static void test_targets_and_policies_are_read(void **state)
{
    (void)state;
    testing_check_facts(cases, COUNT_OF(cases), write_facts);
}

static void test_truncated_texts_are_counted(void **state)
{
    (void)state;
    testing_check_truncated_cases(cases, COUNT_OF(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets_and_policies_are_read),
        cmocka_unit_test(test_truncated_texts_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
