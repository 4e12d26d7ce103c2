/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration groups of IOS-XR: what is inherited, in which order, and how their lines count. */
#include "engines/config/config_testing.h"
#include "engines/config/iosxr/name_pattern.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define HEAD "!! IOS XR Configuration 7.5.2\nhostname pe1\n"

static const TestingCase cases[] = {
    {"the lines of an interface override the group",
     HEAD "group G\n"
          " interface 'GigabitEthernet0/0/0/.*'\n"
          "  mtu 9000\n"
          "  description from the group\n"
          "  ipv4 access-group EDGE ingress\n"
          " !\n"
          "end-group\n"
          "apply-group G\n"
          "interface GigabitEthernet0/0/0/1\n"
          " description own\n"
          "!\n"
          "interface GigabitEthernet0/0/0/2\n"
          "!\n"
          "interface TenGigE0/0/0/1\n"
          "!\n",
     "GigabitEthernet0/0/0/1 mtu 9000 'own' EDGE@7\n"
     "GigabitEthernet0/0/0/2 mtu 9000 'from the group' EDGE@7\n"
     "TenGigE0/0/0/1 mtu 0 ''\n"
     "parsed 10 known 2 skipped 0 unknown 0\n"},
    {"the first group of a list and the inner group override",
     HEAD "group A\n"
          " interface 'Bundle-Ether.*'\n"
          "  mtu 1001\n"
          " !\n"
          "end-group\n"
          "group B\n"
          " interface 'Bundle-Ether.*'\n"
          "  mtu 1002\n"
          "  description B\n"
          " !\n"
          "end-group\n"
          "group C\n"
          " interface 'Bundle-Ether.*'\n"
          "  mtu 1003\n"
          " !\n"
          "end-group\n"
          "interface Bundle-Ether1\n"
          "!\n"
          "interface Bundle-Ether2\n"
          " apply-group C\n"
          "!\n"
          "apply-group A B\n",
     "Bundle-Ether1 mtu 1001 'B'\n"
     "Bundle-Ether2 mtu 1003 'B'\n"
     "parsed 12 known 6 skipped 0 unknown 0\n"},
    {"the longer of two expressions overrides",
     HEAD "group G\n"
          " interface 'GigabitEthernet0/0/0/[0-3]'\n"
          "  mtu 1001\n"
          " !\n"
          " interface 'GigabitEthernet.*'\n"
          "  mtu 1002\n"
          " !\n"
          "end-group\n"
          "apply-group G\n"
          "interface GigabitEthernet0/0/0/3\n"
          "!\n"
          "interface GigabitEthernet0/0/0/4.7 l2transport\n"
          "!\n",
     "GigabitEthernet0/0/0/3 mtu 1001 ''\n"
     "GigabitEthernet0/0/0/4.7 mtu 1002 ''\n"
     "parsed 7 known 3 skipped 0 unknown 0\n"},
    {"a group counts below the block that applies it",
     HEAD "group OSPF\n"
          " router ospf '.*'\n"
          "  area '.*'\n"
          "   interface 'Bundle-Ether.*'\n"
          "    cost 77\n"
          "    network point-to-point\n"
          "   !\n"
          "  !\n"
          " !\n"
          "end-group\n"
          "router ospf 1\n"
          " area 0\n"
          "  apply-group OSPF\n"
          "  interface Bundle-Ether1\n"
          "  !\n"
          "  interface Bundle-Ether2\n"
          "   cost 5\n"
          "  !\n"
          "  interface Loopback0\n"
          "  !\n"
          " !\n"
          " area 1\n"
          "  interface Bundle-Ether3\n"
          "  !\n"
          " !\n"
          "!\n",
     "Bundle-Ether1 mtu 0 '' area 0 cost 77 point-to-point\n"
     "Bundle-Ether2 mtu 0 '' area 0 cost 5 point-to-point\n"
     "Loopback0 mtu 0 '' area 0 cost 0 \n"
     "Bundle-Ether3 mtu 0 '' area 1 cost 0 \n"
     "parsed 15 known 2 skipped 0 unknown 0\n"},
    {"a block that the file lacks is added, without what needs a match",
     HEAD "group G\n"
          " ntp\n"
          "  server 192.0.2.1\n"
          " !\n"
          " vrf RED\n"
          "  address-family ipv4 unicast\n"
          "   import route-target\n"
          "    65000:1\n"
          "   !\n"
          "  !\n"
          " !\n"
          " router ospf 9\n"
          "  area 0\n"
          "   interface 'Bundle.*'\n"
          "    cost 4\n"
          "   !\n"
          "  !\n"
          " !\n"
          " logging 192.0.2.9\n"
          "end-group\n"
          "apply-group G\n"
          "interface Bundle-Ether1\n"
          "!\n"
          "end\n",
     "Bundle-Ether1 mtu 0 ''\n"
     "VRF RED import 65000:1\n"
     "OSPF 9\n"
     "NTP 192.0.2.1\n"
     "log 192.0.2.9\n"
     "parsed 11 known 4 skipped 2 unknown 0\n"},
    {"what a group says wrongly is listed once",
     HEAD "group G\n"
          " interface 'Bundle-Ether.*'\n"
          "  frobnicate\n"
          " !\n"
          " interface 'Bundle-Ether(.*'\n"
          "  mtu 9000\n"
          " !\n"
          " apply-group OTHER\n"
          "end-group\n"
          "apply-group G MISSING\n"
          "interface Bundle-Ether1\n"
          "!\n"
          "interface Bundle-Ether2\n"
          "!\n",
     "Bundle-Ether1 mtu 0 ''\n"
     "Bundle-Ether2 mtu 0 ''\n"
     "parsed 4 known 2 skipped 2 unknown 3\n"
     "5 group G: frobnicate\n"
     "10 group G: apply-group OTHER\n"
     "12 : apply-group G MISSING\n"
     "warning 7: 'Bundle-Ether(.*' is no regular expression that can be applied\n"
     "warning 12: the file has no group MISSING: what it states is missing\n"},
    {"a group that nothing applies is not looked at, and may lack its end",
     HEAD "group G\n"
          " interface 'Bundle-Ether.*'\n"
          "  mtu 9000\n"
          "!\n"
          "interface Bundle-Ether1\n"
          " mtu 1500\n"
          "!\n",
     "Bundle-Ether1 mtu 1500 ''\n"
     "parsed 3 known 1 skipped 2 unknown 0\n"},
};

static void write_interface(StrBuf *out, const Interface *interface)
{
    strbuf_printf(out, "%.*s mtu %u '%.*s'", STR_ARGS(interface->name), interface->mtu,
                  STR_ARGS(interface->description.text));
    for (size_t i = 0; i < interface->acls.count; i++)
        strbuf_printf(out, " %.*s@%u", STR_ARGS(interface->acls.items[i].name),
                      interface->acls.items[i].line);
    const InterfaceOspf *ospf = &interface->ospf[0];
    if (ospf->enabled)
        strbuf_printf(out, " area %u cost %u %.*s", ospf->area, ospf->cost,
                      STR_ARGS(ospf->network_type));
    strbuf_append(out, STR("\n"));
}

static void write_others(StrBuf *out, const Device *device)
{
    for (size_t i = 0; i < device->vrfs.count; i++)
        strbuf_printf(out, "VRF %.*s import %.*s\n", STR_ARGS(device->vrfs.items[i].name),
                      STR_ARGS(device->vrfs.items[i].imports.items[0].value));
    for (size_t i = 0; i < device->ospf.count && device->ntp_servers.count; i++)
        strbuf_printf(out, "OSPF %.*s\n", STR_ARGS(device->ospf.items[i].id));
    for (size_t i = 0; i < device->ntp_servers.count; i++)
        strbuf_printf(out, "NTP %.*s\n", STR_ARGS(device->ntp_servers.items[i].text));
    for (size_t i = 0; i < device->log_hosts.count; i++)
        strbuf_printf(out, "log %.*s\n", STR_ARGS(device->log_hosts.items[i].text));
}

static void write_facts(StrBuf *out, const Device *device)
{
    for (size_t i = 0; i < device->interfaces.count; i++)
        write_interface(out, &device->interfaces.items[i]);
    write_others(out, device);
    const LineCounts *lines = &device->lines;
    strbuf_printf(out, "parsed %u known %u skipped %u unknown %u\n", lines->parsed, lines->known,
                  lines->skipped, lines->unknown);
    for (size_t i = 0; i < device->not_understood.count; i++) {
        const NotUnderstood *item = &device->not_understood.items[i];
        strbuf_printf(out, "%u %.*s: %.*s\n", item->line, STR_ARGS(item->stanza),
                      STR_ARGS(str_trim(item->text)));
    }
    for (size_t i = 0; i < device->warnings.count; i++)
        strbuf_printf(out, "warning %u: %.*s\n", device->warnings.items[i].line,
                      STR_ARGS(device->warnings.items[i].message));
}

static void test_xr_groups_are_inherited(void **state)
{
    (void)state;
    testing_check_facts(cases, COUNT_OF(cases), write_facts);
}

static void test_xr_groups_truncations_count_each_line_once(void **state)
{
    (void)state;
    testing_check_truncated_cases(cases, COUNT_OF(cases));
}

static void test_xr_name_patterns_match_whole_names(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *name;
        bool matches;
    } names[] = {
        {"Gig.*", "GigabitEthernet0/0/0/1", true},
        {"Gig", "GigabitEthernet0/0/0/1", false},
        {"0/0/0/[0-3]", "0/0/0/3", true},
        {"0/0/0/[0-3]", "0/0/0/33", false},
        {"0/0/0/[^0-3]", "0/0/0/4", true},
        {"Bundle-Ether(1|20|300)", "Bundle-Ether20", true},
        {"Bundle-Ether(1|20|300)", "Bundle-Ether2", false},
        {"^Lo\\d+$", "Lo10", true},
        {"Lo\\d{1,2}", "Lo100", false},
        {"Lo\\d{2}", "Lo10", true},
        {"Lo\\d{2,}", "Lo12345", true},
        {"10\\.0\\.0\\..*", "10.0.0.7", true},
        {"10\\.0\\.0\\..*", "10x0.0.7", false},
        {"a?b+", "bbb", true},
        {"a?b+", "a", false},
        {"(a|b)*c", "ababc", true},
        {"[]x]", "]", true},
        {"", "", true},
        {"", "a", false},
    };
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const NamePattern *pattern = name_pattern_new(arena, str_of(names[i].pattern));
        assert_non_null(pattern);
        assert_int(name_pattern_matches(pattern, str_of(names[i].name)), names[i].matches);
    }
}

static void test_xr_name_patterns_have_limits(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "(",
        "a)",
        "[a",
        "*",
        "a{2",
        "a{3,2}",
        "a{1000}",
        "((((((((((a))))))))))",
        "((a{60}){60}){60}",
    };
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_null(name_pattern_new(arena, str_of(bad[i])));
}

/* The work is bounded: patterns that match everything, and many blocks. */
static void test_xr_groups_stop_when_they_are_too_many(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text;
    strbuf_init(&text, 8 << 20);
    strbuf_append(&text, STR(HEAD "group G\n"));
    for (int i = 0; i < 1000; i++)
        strbuf_printf(&text, " interface 'Bundle-Ether.*%d?'\n  mtu %d\n", i, i + 1);
    strbuf_append(&text, STR("end-group\napply-group G\n"));
    for (int i = 0; i < 1000; i++)
        strbuf_printf(&text, "interface Bundle-Ether%d\n", i);
    strbuf_append_byte(&text, 0);
    Device device = testing_device(arena, text.data);
    assert_int(device.interfaces.count, 1000);
    assert_int(device.warnings.count, 1);
    assert_int(device.lines.parsed + device.lines.known + device.lines.skipped, 3004);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_xr_groups_are_inherited),
        cmocka_unit_test(test_xr_groups_truncations_count_each_line_once),
        cmocka_unit_test(test_xr_name_patterns_match_whole_names),
        cmocka_unit_test(test_xr_name_patterns_have_limits),
        cmocka_unit_test(test_xr_groups_stop_when_they_are_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
