/* SPDX-License-Identifier: Apache-2.0 */
/* Static routes of all systems with all that they state, and the objects that they track. */
#include "config_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const TestingCase cases[] = {
    {"IOS",
     "version 15.2\n"
     "ip route 0.0.0.0 0.0.0.0 10.0.0.2 name ISP-1 track 1\n"
     "ip route 0.0.0.0 0.0.0.0 10.0.1.2 250 tag 7 permanent name ISP-2\n"
     "ip route vrf RED 10.1.0.0 255.255.0.0 10.0.0.2 global\n"
     "ip route 10.2.0.0 255.255.0.0 GigabitEthernet0/1 10.0.0.2 5 tr 2\n"
     "ip route 10.3.0.0 255.255.0.0 10.0.0.2 track\n"
     "ip route static bfd GigabitEthernet0/1 10.0.0.2\n"
     "ipv6 route 2001:db8::/32 2001:db8:1::2 track 3\n"
     "track timer interface 5\n"
     "track 1 ip sla 5 reachability\n"
     " delay down 5 up 10\n"
     " delay up 60\n"
     " no delay up 60\n"
     "track 2 interface Gi0/1 line-protocol\n"
     "track 3 list boolean and\n"
     " object 1\n"
     " object 2 not\n"
     "track 4 ip route 10.0.0.0 255.0.0.0 reachability\n"
     "no track 4\n"
     "track\n",
     "0.0.0.0/0 10.0.0.2 name ISP-1 track 1 @2\n"
     "0.0.0.0/0 10.0.1.2 distance 250 tag 7 permanent name ISP-2 @3\n"
     "10.1.0.0/16 10.0.0.2 vrf RED hop vrf default @4\n"
     "10.2.0.0/16 10.0.0.2 on GigabitEthernet0/1 distance 5 track 2 @5\n"
     "2001:db8::/32 2001:db8:1::2 track 3 @8\n"
     "track 1 (ip sla 5 reachability) (delay down 5 up 10) 10-13\n"
     "track 2 of GigabitEthernet0/1 (interface GigabitEthernet0/1 line-protocol) 14-14\n"
     "track 3 (list boolean and) (object 1) (object 2 not) 15-17\n"
     "not understood 6\nnot understood 20\n"},
    {"NX-OS",
     "feature bgp\n"
     "track 1 interface Ethernet1/1 line-protocol\n"
     "track 2 ip route 10.0.0.0/8 reachability\n"
     "  vrf member RED\n"
     "ip route 0.0.0.0/0 10.0.0.2 track 1 name X 200\n"
     "vrf context RED\n"
     "  ip route 0.0.0.0/0 10.0.0.2 vrf BLUE\n"
     "interface Vlan10\n"
     "  hsrp 10\n"
     "    track 1 decrement 20\n",
     "0.0.0.0/0 10.0.0.2 distance 200 name X track 1 @5\n"
     "0.0.0.0/0 10.0.0.2 vrf RED hop vrf BLUE @7\n"
     "track 1 of Ethernet1/1 (interface Ethernet1/1 line-protocol) 2-2\n"
     "track 2 (ip route 10.0.0.0/8 reachability) (vrf member RED) 3-4\n"},
    {"EOS",
     "! device: leaf1 (DCS-7050, EOS-4.28.3M)\n"
     "track UPLINK interface Ethernet1 line-protocol\n"
     "ip route 0.0.0.0/0 10.0.0.2 track bfd\n"
     "ip route vrf RED 10.0.0.0/8 egress-vrf BLUE 10.0.0.2 metric 20\n",
     "0.0.0.0/0 10.0.0.2 bfd @3\n"
     "10.0.0.0/8 10.0.0.2 metric 20 vrf RED hop vrf BLUE @4\n"
     "track UPLINK of Ethernet1 (interface Ethernet1 line-protocol) 2-2\n"},
    {"IOS-XR",
     "!! IOS XR Configuration 7.3.2\n"
     "track UP\n"
     " type line-protocol state\n"
     "  interface GigabitEthernet0/0/0/0\n"
     " delay up 5\n"
     "router static\n"
     " address-family ipv4 unicast\n"
     "  0.0.0.0/0 10.0.0.2 150 track UP description to the core\n"
     "  10.0.0.0/8 vrf RED 10.0.0.2 metric 5 permanent\n"
     "  10.0.0.0/8 10.0.0.3 bfd fast-detect minimum-interval 100 multiplier 3\n",
     "0.0.0.0/0 10.0.0.2 distance 150 name to the core track UP @8\n"
     "10.0.0.0/8 10.0.0.2 metric 5 hop vrf RED permanent @9\n"
     "10.0.0.0/8 10.0.0.3 bfd @10\n"
     "track UP of GigabitEthernet0/0/0/0 (type line-protocol state) (interface "
     "GigabitEthernet0/0/0/0) (delay up 5) 2-5\n"},
    {"FRRouting",
     "frr version 8.4\n"
     "ip route 10.0.0.0/8 10.0.0.2 eth0 200 bfd\n"
     "ip route 10.0.0.0/8 10.0.1.2 nexthop-vrf RED tag 5\n",
     "10.0.0.0/8 10.0.0.2 on eth0 distance 200 bfd @2\n"
     "10.0.0.0/8 10.0.1.2 tag 5 hop vrf RED @3\n"},
    {"Junos",
     "set system host-name r1\n"
     "set routing-options static defaults tag 9\n"
     "set routing-options static route 0.0.0.0/0 next-hop 10.0.0.2\n"
     "set routing-options static route 0.0.0.0/0 next-hop 10.0.0.3\n"
     "set routing-options static route 0.0.0.0/0 qualified-next-hop 10.0.1.2 preference 200\n"
     "set routing-options static route 0.0.0.0/0 qualified-next-hop 10.0.1.2 metric 7\n"
     "set routing-options static route 0.0.0.0/0 qualified-next-hop 10.0.1.2 tag 4\n"
     "set routing-options static route 0.0.0.0/0 qualified-next-hop 10.0.1.2 "
     "bfd-liveness-detection minimum-interval 300\n"
     "set routing-options static route 0.0.0.0/0 metric 3\n"
     "set routing-options static route 10.0.0.0/8 next-hop 10.0.0.2\n"
     "set routing-options static route 10.0.0.0/8 bfd-liveness-detection minimum-interval 300\n",
     "0.0.0.0/0 10.0.0.2 tag 9 metric 3 @3\n"
     "0.0.0.0/0 10.0.0.3 tag 9 metric 3 @4\n"
     "0.0.0.0/0 10.0.1.2 distance 200 tag 4 metric 7 bfd @5\n"
     "10.0.0.0/8 10.0.0.2 tag 9 bfd @10\n"},
};

static void write_text(StrBuf *out, const char *word, Str text)
{
    if (text.size)
        strbuf_printf(out, " %s %.*s", word, STR_ARGS(text));
}

static void write_number(StrBuf *out, const char *word, uint32_t number)
{
    if (number)
        strbuf_printf(out, " %s %u", word, number);
}

static void write_route(StrBuf *out, const StaticRoute *route)
{
    IpText text;
    strbuf_append(out, ip_prefix_format(route->prefix, &text));
    strbuf_printf(out, " %.*s", STR_ARGS(ip_format(route->next_hop, &text)));
    write_text(out, "on", route->interface);
    write_number(out, "distance", route->distance);
    write_number(out, "tag", route->tag);
    write_number(out, "metric", route->metric);
    write_text(out, "vrf", route->vrf);
    write_text(out, "hop vrf", route->next_hop_vrf);
    strbuf_append(out, route->permanent ? STR(" permanent") : STR(""));
    write_text(out, "name", route->name);
    write_text(out, "track", route->track);
    strbuf_printf(out, "%s @%u\n", route->bfd ? " bfd" : "", route->line);
}

static void write_facts(StrBuf *out, const Device *device)
{
    for (size_t i = 0; i < device->routes.count; i++)
        write_route(out, &device->routes.items[i]);
    for (size_t i = 0; i < device->tracked_objects.count; i++) {
        const TrackedObject *object = &device->tracked_objects.items[i];
        strbuf_printf(out, "track %.*s", STR_ARGS(object->name));
        write_text(out, "of", object->interface.text);
        for (size_t k = 0; k < object->what.count; k++)
            strbuf_printf(out, " (%.*s)", STR_ARGS(object->what.items[k].text));
        strbuf_printf(out, " %u-%u\n", object->line, object->last_line);
    }
    testing_write_not_understood(out, device);
}

static void test_routes_have_all_that_they_state(void **state)
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
        cmocka_unit_test(test_routes_have_all_that_they_state),
        cmocka_unit_test(test_truncated_texts_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
