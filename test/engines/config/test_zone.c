/* SPDX-License-Identifier: Apache-2.0 */
/* Security zones of Junos and IOS, the policies between them, and the interfaces in them. */
#include "config_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const TestingCase cases[] = {
    {"IOS",
     "version 15.2\n"
     "zone security INSIDE\n"
     " description inside\n"
     "zone security OUTSIDE\n"
     "zone security GONE\n"
     "no zone security GONE\n"
     "zone-pair security OUT source INSIDE destination OUTSIDE\n"
     " description out\n"
     " service-policy type inspect PM\n"
     "zone-pair security SELF source self destination INSIDE\n"
     " service-policy type inspect PM\n"
     " no service-policy type inspect PM\n"
     "zone-pair security GONE source INSIDE destination OUTSIDE\n"
     "no zone-pair security GONE\n"
     "zone-pair security BAD source INSIDE\n"
     "zone-pair security\n"
     "zone security\n"
     "interface GigabitEthernet0/0\n"
     " zone-member security INSIDE\n"
     "interface GigabitEthernet0/1\n"
     " zone-member security OUTSIDE\n"
     " no zone-member security OUTSIDE\n"
     "interface GigabitEthernet0/2\n"
     " zone-member security\n",
     "zone INSIDE 2-2\n"
     "zone OUTSIDE 4-4\n"
     "policy OUT INSIDE OUTSIDE inspect PM@9 7-9\n"
     "policy SELF self INSIDE 10-12\n"
     "policy BAD INSIDE  15-15\n"
     "GigabitEthernet0/0 INSIDE@19\n"
     "not understood 15\nnot understood 16\nnot understood 17\nnot understood 24\n"},
    {"Junos",
     "system { host-name r1; }\n"
     "interfaces {\n"
     "    ge-0/0/0 { unit 0 { family inet { address 10.0.0.1/24; } } }\n"
     "    ge-0/0/1 { unit 0 { family inet { address 10.0.1.1/24; } } }\n"
     "}\n"
     "security {\n"
     "    zones {\n"
     "        security-zone trust {\n"
     "            tcp-rst;\n"
     "            address-book { address A 10.0.0.0/24; }\n"
     "            host-inbound-traffic {\n"
     "                system-services { ssh; ping; }\n"
     "            }\n"
     "            interfaces {\n"
     "                ge-0/0/0.0 {\n"
     "                    host-inbound-traffic { protocols { ospf; } }\n"
     "                }\n"
     "                ge-0/0/1;\n"
     "            }\n"
     "        }\n"
     "        security-zone untrust { screen S; interfaces { ge-0/0/9.0; } }\n"
     "    }\n"
     "    policies {\n"
     "        from-zone trust to-zone untrust {\n"
     "            policy P {\n"
     "                match {\n"
     "                    source-address [ A B ];\n"
     "                    application junos-http;\n"
     "                }\n"
     "                then {\n"
     "                    permit { tunnel { ipsec-vpn V; } }\n"
     "                    log { session-init; }\n"
     "                }\n"
     "            }\n"
     "        }\n"
     "        global { policy G { match { from-zone trust; } then { deny; } } }\n"
     "        default-policy { deny-all; }\n"
     "    }\n"
     "}\n",
     "zone trust ge-0/0/0.0@15 ge-0/0/1.0@18 (system-services ssh) (system-services ping) "
     "(ge-0/0/0.0 protocols ospf) tcp-rst@9 8-18\n"
     "zone untrust ge-0/0/9.0@21 screen S@21 21-21\n"
     "policy P trust untrust source-address A@27 source-address B@27 application junos-http@28 "
     "permit@31 (permit tunnel ipsec-vpn V) (log session-init) 25-32\n"
     "policy G   from-zone trust@36 deny@36 36-36\n"
     "policy default-policy   deny-all@37 37-37\n"
     "ge-0/0/0.0 trust@15\nge-0/0/1.0 trust@18\n"},
    {"Junos, set commands",
     "set system host-name r1\n"
     "set security zones security-zone trust interfaces all\n"
     "set security zones security-zone trust host-inbound-traffic system-services all\n"
     "set security zones security-zone gone\n"
     "delete security zones security-zone gone\n"
     "set security zones security-zone\n"
     "set security policies from-zone trust to-zone untrust policy P then permit\n"
     "set security policies from-zone trust to-zone untrust policy P then log session-close\n"
     "set security policies from-zone trust to-zone untrust policy Q match\n"
     "set security policies policy-rematch\n",
     "zone trust all@2 (system-services all) 2-3\n"
     "policy P trust untrust permit@7 (log session-close) 7-8\n"
     "policy Q trust untrust 9-9\n"
     "not understood 6\n"},
};

static void write_lines(StrBuf *out, const SourcedVec *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        strbuf_printf(out, " %.*s@%u", STR_ARGS(texts->items[i].text), texts->items[i].line);
}

static void write_options(StrBuf *out, const SourcedVec *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        strbuf_printf(out, " (%.*s)", STR_ARGS(texts->items[i].text));
}

static void write_zone(StrBuf *out, const Zone *zone)
{
    strbuf_printf(out, "zone %.*s", STR_ARGS(zone->name));
    write_lines(out, &zone->interfaces);
    write_options(out, &zone->inbound);
    write_lines(out, &zone->options);
    strbuf_printf(out, " %u-%u\n", zone->line, zone->last_line);
}

static void write_policy(StrBuf *out, const ZonePolicy *policy)
{
    strbuf_printf(out, "policy %.*s %.*s %.*s", STR_ARGS(policy->name), STR_ARGS(policy->from),
                  STR_ARGS(policy->to));
    write_lines(out, &policy->match);
    if (policy->action.line)
        strbuf_printf(out, " %.*s@%u", STR_ARGS(policy->action.text), policy->action.line);
    write_options(out, &policy->options);
    strbuf_printf(out, " %u-%u\n", policy->line, policy->last_line);
}

static void write_facts(StrBuf *out, const Device *device)
{
    for (size_t i = 0; i < device->zones.count; i++)
        write_zone(out, &device->zones.items[i]);
    for (size_t i = 0; i < device->zone_policies.count; i++)
        write_policy(out, &device->zone_policies.items[i]);
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        if (interface->zone.line)
            strbuf_printf(out, "%.*s %.*s@%u\n", STR_ARGS(interface->canonical),
                          STR_ARGS(interface->zone.text), interface->zone.line);
    }
    testing_write_not_understood(out, device);
}

static void test_zones_and_policies_are_read(void **state)
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
        cmocka_unit_test(test_zones_and_policies_are_read),
        cmocka_unit_test(test_truncated_texts_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
