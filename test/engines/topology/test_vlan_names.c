/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/topology/topology_testing.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static Topology two_switches(Arena *arena, const char *left_name, const char *right_allowed,
                             const char *right_name)
{
    Str left = arena_printf(arena,
                            "version 15.2\nhostname left\nvlan 30\n name %s\n"
                            "interface GigabitEthernet0/1\n description right Gi0/1\n"
                            " switchport mode trunk\n switchport trunk allowed vlan 30\n",
                            left_name);
    Str right = arena_printf(arena,
                             "version 15.2\nhostname right\nvlan 30\n name %s\n"
                             "interface GigabitEthernet0/1\n description left Gi0/1\n"
                             " switchport mode trunk\n switchport trunk allowed vlan %s\n",
                             right_name, right_allowed);
    const char *texts[] = {left.data, right.data};
    return testing_topology(arena, texts, 2);
}

static void test_one_vlan_with_two_names_is_found(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Topology topology = two_switches(arena, "VOICE", "30", "PRINTERS");
    const Finding *finding = testing_finding(&topology, "vlan_name_mismatch");
    assert_that(finding != NULL);
    assert_str(finding->message, "VLAN 30 has several names: VOICE on left, PRINTERS on right");
    assert_int(finding->at[0].line, 3);
    assert_int(finding->at[1].line, 3);
}

static void test_names_of_vlans_that_do_not_meet_may_differ(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Topology apart = two_switches(arena, "VOICE", "40", "PRINTERS");
    Topology same = two_switches(arena, "VOICE", "30", "voice");
    Topology unnamed = two_switches(arena, "VOICE", "30", "VLAN0030");
    assert_int(testing_count(&apart, "vlan_name_mismatch"), 0);
    assert_int(testing_count(&same, "vlan_name_mismatch"), 0);
    assert_int(testing_count(&unnamed, "vlan_name_mismatch"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_vlan_with_two_names_is_found),
        cmocka_unit_test(test_names_of_vlans_that_do_not_meet_may_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
