/* SPDX-License-Identifier: Apache-2.0 */
/* VXLAN, MLAG and vPC of the systems that have them. */
#include "config_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const TestingCase cases[] = {
    {"EOS",
     "! device: leaf1 (DCS-7050, EOS-4.28.3M)\n"
     "vlan 11-13\n"
     "vrf instance RED\n"
     "interface Port-Channel5\n"
     "   mlag 5\n"
     "interface Port-Channel6\n"
     "   mlag 6\n"
     "   no mlag\n"
     "interface Vxlan1\n"
     "   vxlan source-interface Loopback1\n"
     "   vxlan mlag source-interface Loopback2\n"
     "   vxlan virtual-router encapsulation mac-address mlag-system-id\n"
     "   vxlan udp-port 4789\n"
     "   vxlan vlan 11 vni 10011\n"
     "   vxlan vlan 12-13,20 vni 10012-10014\n"
     "   no vxlan vlan 13 vni 10013\n"
     "   vxlan vrf RED vni 50001\n"
     "   vxlan flood vtep 192.0.2.1 192.0.2.2\n"
     "   no vxlan flood vtep 192.0.2.2\n"
     "   vxlan vlan 11 flood vtep 192.0.2.3\n"
     "   vxlan vlan 11 vni 99999999\n"
     "   vxlan vlan 11-12 vni 5\n"
     "   vxlan vlan 5000 vni 5\n"
     "   vxlan vlan 11 vni\n"
     "   vxlan vrf RED\n"
     "   vxlan flood vtep\n"
     "mlag configuration\n"
     "   domain-id LEAFS\n"
     "   local-interface Vlan4094\n"
     "   peer-address 10.255.0.2\n"
     "   peer-address heartbeat 192.0.2.9 vrf MGMT\n"
     "   peer-link Port-Channel3\n"
     "   reload-delay mlag 300\n"
     "   reload-delay non-mlag 330\n"
     "   no reload-delay non-mlag 330\n"
     "   peer-address nonsense\n",
     "vlan 11 vni 10011@2\nvlan 12 vni 10012@2\nvlan 13 vni 0@2\n"
     "vrf RED vni 50001\n"
     "Port-Channel5 mlag 5@5\n"
     "Vxlan1 source Loopback1@10 mlag source Loopback2@11 port 4789 peer 192.0.2.1@18 @10\n"
     " 10011 vlan 11 @14\n"
     " 10012 vlan 12 @15\n"
     " 10014 vlan 20 @15\n"
     " 50001 vrf RED layer3 @17\n"
     "mlag LEAFS link Port-Channel3@32 local Vlan4094@29 peer 10.255.0.2 keepalive 192.0.2.9 vrf "
     "MGMT (reload-delay mlag 300) 27-36\n"
     "not understood 21\nnot understood 22\nnot understood 23\nnot understood 24\n"
     "not understood 25\nnot understood 26\nnot understood 36\n"},
    {"NX-OS",
     "feature vpc\n"
     "vlan 11\n"
     "  vn-segment 10011\n"
     "vlan 12\n"
     "  vn-segment 10012\n"
     "  no vn-segment\n"
     "vrf context RED\n"
     "  vni 50001\n"
     "vpc domain 101\n"
     "  peer-switch\n"
     "  peer-keepalive destination 10.0.0.2 source 10.0.0.1 vrf management\n"
     "  peer-gateway\n"
     "  track 10\n"
     "interface port-channel1\n"
     "  vpc peer-link\n"
     "interface port-channel10\n"
     "  vpc 10\n"
     "interface port-channel11\n"
     "  vpc 11\n"
     "  no vpc 11\n"
     "interface nve1\n"
     "  no shutdown\n"
     "  host-reachability protocol bgp\n"
     "  source-interface loopback1\n"
     "  member vni 10011\n"
     "    mcast-group 239.1.1.1\n"
     "  member vni 10012-10013,10020\n"
     "    suppress-arp\n"
     "    ingress-replication protocol static\n"
     "      peer-ip 192.0.2.1\n"
     "  member vni 10030\n"
     "    ingress-replication protocol bgp\n"
     "  no member vni 10020\n"
     "  member vni 50001 associate-vrf\n"
     "  member vni 1-16000000\n"
     "  member vni nonsense\n"
     "  member vni\n",
     "vlan 11 vni 10011@2\nvlan 12 vni 0@4\n"
     "vrf RED vni 50001\n"
     "Port-channel10 mlag 10@17\n"
     "NVE1 source Loopback1@24 bgp @23\n"
     " 10011 group 239.1.1.1 @25\n"
     " 10012 replication static peer 192.0.2.1@30 @27\n"
     " 10013 replication static peer 192.0.2.1@30 @27\n"
     " 10030 replication bgp @31\n"
     " 50001 layer3 @34\n"
     "vpc 101 link Port-channel1@15 keepalive 10.0.0.2 source 10.0.0.1 vrf management "
     "(peer-switch) (peer-gateway) (track 10) 9-13\n"
     "not understood 35\nnot understood 36\nnot understood 37\n"},
    {"NX-OS, taken back",
     "feature vpc\n"
     "vpc domain 101\n"
     "  peer-gateway\n"
     "interface port-channel1\n"
     "  vpc peer-link\n"
     "interface nve1\n"
     "  source-interface loopback1\n"
     "no vpc domain 101\n"
     "no interface nve1\n",
     ""},
    {"IOS-XE",
     "version 17.3\n"
     "interface nve1\n"
     " no ip address\n"
     " source-interface Loopback0\n"
     " host-reachability protocol bgp\n"
     " member vni 10101 mcast-group 239.1.1.1\n"
     " member vni 50901 vrf RED\n",
     "NVE1 source Loopback0@4 bgp @4\n"
     " 10101 group 239.1.1.1 @6\n"
     " 50901 vrf RED layer3 @7\n"},
    {"Junos",
     "system { host-name leaf1; }\n"
     "interfaces {\n"
     "    lo0 { unit 0 { family inet { address 10.255.0.1/32; } } }\n"
     "    irb { unit 10 { family inet { address 10.10.0.1/24; } } }\n"
     "    ge-0/0/1 { unit 0 { family ethernet-switching { interface-mode trunk; vlan { members [ "
     "V10 M20 ]; } } } }\n"
     "}\n"
     "routing-instances {\n"
     "    RED {\n"
     "        instance-type vrf;\n"
     "        protocols { evpn { ip-prefix-routes { advertise direct-nexthop; encapsulation "
     "vxlan; vni 50001; } } }\n"
     "        interface irb.10;\n"
     "        route-distinguisher 10.255.0.1:50001;\n"
     "        vrf-target target:65000:50001;\n"
     "    }\n"
     "    MAC {\n"
     "        instance-type mac-vrf;\n"
     "        service-type vlan-aware;\n"
     "        vtep-source-interface lo0.0;\n"
     "        protocols { evpn { encapsulation vxlan; } }\n"
     "        route-distinguisher 10.255.0.1:1;\n"
     "        vrf-target target:65000:1;\n"
     "        vlans { M20 { vxlan { vni 10020; } vlan-id 20; } }\n"
     "    }\n"
     "    VS {\n"
     "        instance-type virtual-switch;\n"
     "        switch-options { vtep-source-interface lo0; }\n"
     "        bridge-domains { BD30 { vlan-id 30; vxlan { vni 10030; multicast-group 239.1.1.1; "
     "} } NOID { vlan-id none; vxlan { vni 10040; } } }\n"
     "    }\n"
     "    E { instance-type evpn; vlan-id 50; vxlan { vni 10050; } }\n"
     "}\n"
     "switch-options { vtep-source-interface lo0.0; remote-vtep-list [ 192.0.2.1 192.0.2.2 ]; "
     "route-distinguisher 10.255.0.1:99; vrf-target { target:65000:99; auto; } }\n"
     "protocols { evpn { encapsulation vxlan; extended-vni-list all; vni-options { vni 10010 { "
     "vrf-target target:65000:10; } } } }\n"
     "vlans { V10 { vlan-id 10; l3-interface irb.10; vxlan { vni 10010; } } }\n",
     "vlan 20 vni 10020@22\nvlan 10 vni 10010@33\n"
     "vrf RED vni 50001\nvrf MAC vni 0\nvrf VS vni 0\nvrf E vni 0\n"
     "vtep source lo0.0@31 bgp peer 192.0.2.1@31 peer 192.0.2.2@31 @10\n"
     " 50001 vrf RED layer3 @10\n"
     " 10020 vlan 20 @22\n"
     " 10030 vlan 30 group 239.1.1.1 @27\n"
     " 10040 @27\n"
     " 10050 vlan 50 @29\n"
     " 10010 vlan 10 @33\n"},
    {"Junos, set commands",
     "set system host-name leaf1\n"
     "set vlans V10 vxlan vni 10010\n"
     "set vlans V10 vxlan ingress-node-replication\n"
     "set vlans V10 vlan-id 10\n"
     "set vlans V11 vlan-id 11\n"
     "set vlans GONE vxlan vni 10012\n"
     "delete vlans GONE\n"
     "set vlans V13 vxlan vni 99999999\n"
     "set vlans V13 vxlan vni\n"
     "set routing-instances MAC vlans OTHER vlan-id 10\n"
     "set routing-instances MAC vlans OTHER vxlan vni 20010\n"
     "set bridge-domains BD vxlan static-remote-vtep-list 192.0.2.9\n"
     "set bridge-domains BD vxlan vni 10014\n"
     "set switch-options vtep-source-interface lo0\n"
     "set switch-options remote-vtep-list nonsense\n"
     "set routing-instances RED protocols evpn ip-prefix-routes vni nonsense\n",
     "vlan 10 vni 10010@4\nvlan 11 vni 0@5\n"
     "vrf MAC vni 0\nvrf RED vni 0\n"
     "vtep source lo0.0@14 @2\n"
     " 10010 vlan 10 @2\n"
     " 20010 vlan 10 @11\n"
     " 10014 peer 192.0.2.9@12 @13\n"
     "not understood 8\nnot understood 9\nnot understood 15\nnot understood 16\n"},
};

static void write_text(StrBuf *out, const char *word, Str text)
{
    if (text.size)
        strbuf_printf(out, " %s %.*s", word, STR_ARGS(text));
}

static void write_sourced(StrBuf *out, const char *word, const Sourced *text)
{
    if (text->line)
        strbuf_printf(out, " %s %.*s@%u", word, STR_ARGS(text->text), text->line);
}

static void write_peers(StrBuf *out, const SourcedVec *peers)
{
    for (size_t i = 0; i < peers->count; i++)
        write_sourced(out, "peer", &peers->items[i]);
}

static void write_vxlan(StrBuf *out, const Interface *interface)
{
    const InterfaceVxlan *vxlan = &interface->vxlan;
    strbuf_append(out, interface->canonical);
    write_sourced(out, "source", &vxlan->source);
    write_sourced(out, "mlag source", &vxlan->mlag_source);
    if (vxlan->udp_port)
        strbuf_printf(out, " port %u", vxlan->udp_port);
    strbuf_append(out, vxlan->bgp ? STR(" bgp") : STR(""));
    write_text(out, "group", vxlan->multicast_group);
    write_peers(out, &vxlan->peers);
    strbuf_printf(out, " @%u\n", vxlan->line);
    for (size_t i = 0; i < vxlan->vnis.count; i++) {
        const Vni *vni = &vxlan->vnis.items[i];
        strbuf_printf(out, " %u", vni->id);
        if (vni->vlan)
            strbuf_printf(out, " vlan %u", vni->vlan);
        write_text(out, "vrf", vni->vrf);
        strbuf_append(out, vni->is_layer3 ? STR(" layer3") : STR(""));
        write_text(out, "group", vni->multicast_group);
        write_text(out, "replication", vni->replication);
        write_peers(out, &vni->peers);
        strbuf_printf(out, " @%u\n", vni->line);
    }
}

static void write_domain(StrBuf *out, const MlagDomain *domain)
{
    IpText text;
    strbuf_printf(out, "%.*s %.*s", STR_ARGS(domain->kind), STR_ARGS(domain->domain));
    write_sourced(out, "link", &domain->peer_link);
    write_sourced(out, "local", &domain->local_interface);
    write_text(out, "peer", ip_format(domain->peer_address, &text));
    write_text(out, "keepalive", ip_format(domain->keepalive, &text));
    write_text(out, "source", ip_format(domain->keepalive_source, &text));
    write_text(out, "vrf", domain->keepalive_vrf);
    for (size_t i = 0; i < domain->options.count; i++)
        strbuf_printf(out, " (%.*s)", STR_ARGS(domain->options.items[i].text));
    strbuf_printf(out, " %u-%u\n", domain->line, domain->last_line);
}

static void write_facts(StrBuf *out, const Device *device)
{
    for (size_t i = 0; i < device->vlans.count; i++)
        strbuf_printf(out, "vlan %u vni %u@%u\n", device->vlans.items[i].id,
                      device->vlans.items[i].vni, device->vlans.items[i].line);
    for (size_t i = 0; i < device->vrfs.count; i++)
        strbuf_printf(out, "vrf %.*s vni %u\n", STR_ARGS(device->vrfs.items[i].name),
                      device->vrfs.items[i].vni);
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        if (interface->mlag)
            strbuf_printf(out, "%.*s mlag %u@%u\n", STR_ARGS(interface->canonical), interface->mlag,
                          interface->mlag_line);
        if (interface->vxlan.line)
            write_vxlan(out, interface);
    }
    for (size_t i = 0; i < device->mlag_domains.count; i++)
        write_domain(out, &device->mlag_domains.items[i]);
    testing_write_not_understood(out, device);
}

static void test_overlays_and_pairs_are_read(void **state)
{
    (void)state;
    testing_check_facts(cases, COUNT_OF(cases), write_facts);
}

static void test_truncated_texts_are_counted(void **state)
{
    (void)state;
    testing_check_truncated_cases(cases, COUNT_OF(cases));
}

/* Lines that name thousands of VNIs count for the limit of ranges. */
static void test_ranges_of_vnis_are_limited(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 8u << 20);
    strbuf_append(&text, STR("feature vpc\ninterface nve1\n"));
    for (unsigned i = 0; i < 5000; i++)
        strbuf_append(&text, STR("  member vni 1-4094\n    mcast-group 239.1.1.1\n"));
    strbuf_append_byte(&text, '\0');
    Device device = testing_device(arena, text.data);
    assert_int_equal(device.warnings.count, 1);
    assert_true(device.interfaces.items[0].vxlan.vnis.count < 1000 * 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overlays_and_pairs_are_read),
        cmocka_unit_test(test_truncated_texts_are_counted),
        cmocka_unit_test(test_ranges_of_vnis_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
