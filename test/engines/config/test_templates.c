/* SPDX-License-Identifier: Apache-2.0 */
/* Templates of interfaces: what interfaces take over, and how the lines count. */
#include "config_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const TestingCase cases[] = {
    {"IOS-XE: the interface overrides its template, wherever it names it",
     "version 16.12\n"
     "hostname s1\n"
     "template USERS\n"
     " description from the template\n"
     " switchport mode access\n"
     " switchport access vlan 10\n"
     " frobnicate\n"
     "!\n"
     "template UNUSED\n"
     " switchport mode trunk\n"
     "!\n"
     "interface GigabitEthernet1/0/1\n"
     " description own\n"
     " source template USERS\n"
     " switchport access vlan 20\n"
     "!\n"
     "interface GigabitEthernet1/0/2\n"
     " source template USERS\n"
     "interface GigabitEthernet1/0/3\n"
     " source template MISSING\n",
     "GigabitEthernet1/0/1 'own' access 20\n"
     "GigabitEthernet1/0/2 'from the template' access 10\n"
     "GigabitEthernet1/0/3 '' other 0\n"
     "parsed 12 known 4 skipped 0 unknown 1\n"},
    {"IOS: nothing uses a template",
     "version 15.2\n"
     "template USERS\n"
     " switchport mode trunk\n"
     "interface GigabitEthernet1/0/1\n"
     " switchport mode access\n",
     "GigabitEthernet1/0/1 '' access 0\n"
     "parsed 3 known 2 skipped 0 unknown 0\n"},
    {"NX-OS: a profile counts when it is enabled, and may take over another one",
     "feature bgp\n"
     "port-profile type ethernet BASE\n"
     "  switchport access vlan 10\n"
     "  description profile of servers\n"
     "  state enabled\n"
     "port-profile type ethernet SERVERS\n"
     "  inherit port-profile BASE\n"
     "  state enabled\n"
     "port-profile type ethernet OFF\n"
     "  switchport access vlan 99\n"
     "interface Ethernet1/1-2\n"
     "  inherit port-profile SERVERS\n"
     "interface Ethernet1/3\n"
     "  inherit port-profile OFF\n",
     "Ethernet1/1 '' access 10\n"
     "Ethernet1/2 '' access 10\n"
     "Ethernet1/3 '' other 0\n"
     "parsed 6 known 8 skipped 0 unknown 0\n"},
};

static void write_facts(StrBuf *out, const Device *device)
{
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *interface = &device->interfaces.items[i];
        strbuf_printf(out, "%.*s '%.*s' %s %u\n", STR_ARGS(interface->name),
                      STR_ARGS(interface->description.text),
                      interface->switchport == SWITCHPORT_ACCESS ? "access" : "other",
                      interface->access_vlan);
    }
    const LineCounts *lines = &device->lines;
    strbuf_printf(out, "parsed %u known %u skipped %u unknown %u\n", lines->parsed, lines->known,
                  lines->skipped, lines->unknown);
}

static void test_templates_are_taken_over(void **state)
{
    (void)state;
    testing_check_facts(cases, COUNT_OF(cases), write_facts);
}

static void test_truncated_templates_are_counted(void **state)
{
    (void)state;
    testing_check_truncated_cases(cases, COUNT_OF(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_templates_are_taken_over),
        cmocka_unit_test(test_truncated_templates_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
