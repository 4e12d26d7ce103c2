/* SPDX-License-Identifier: Apache-2.0 */
/* Two configurations compared by what they say. */
#include "engines/config/config_testing.h"
#include "engines/network/compare.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char base_text[] = "version 15.2\n"
                                "hostname r1\n"
                                "username bob secret 5 AAAA\n"
                                "interface GigabitEthernet0/1\n"
                                " description to core\n"
                                " ip address 10.0.0.1 255.255.255.252\n"
                                " ip ospf cost 10\n"
                                " load-interval 30\n"
                                "!\n"
                                "interface GigabitEthernet0/2\n"
                                " shutdown\n"
                                "!\n"
                                "router ospf 1\n"
                                " router-id 1.1.1.1\n"
                                " network 10.9.0.0 0.0.0.255 area 0\n"
                                "router bgp 65001\n"
                                " neighbor 10.0.0.2 remote-as 65002\n"
                                "ip route 0.0.0.0 0.0.0.0 10.0.0.2\n"
                                "ip access-list extended IN\n"
                                " permit tcp any any eq 22\n"
                                " permit udp any any eq 53\n"
                                " permit tcp any any eq 80\n"
                                " deny ip any any\n"
                                "ip prefix-list PL seq 5 permit 10.0.0.0/8 le 24\n"
                                "route-map RM permit 10\n"
                                " set local-preference 100\n"
                                "ntp server 10.1.1.1\n"
                                "logging host 10.2.2.2\n"
                                "snmp-server community S3CRET RO\n";

/* The base with one text replaced by another. */
static Str replaced(Arena *arena, const char *old_text, const char *new_text)
{
    Str base = str_of(base_text);
    size_t at = str_find(base, str_of(old_text));
    assert_that(at != STR_NOT_FOUND);
    return arena_printf(arena, "%.*s%s%.*s", (int)at, base.data, new_text,
                        STR_ARGS(str_from(base, at + strlen(old_text))));
}

static Str compare(Arena *arena, Str old_text, Str new_text, Comparison *out_comparison)
{
    StrBuf out;
    Device *devices = ARENA_ARRAY(arena, Device, 2);
    devices[0] = testing_device(arena, old_text.data);
    devices[1] = testing_device(arena, new_text.data);
    const CompareSide sides[] = {{&devices[0], old_text, old_text},
                                 {&devices[1], new_text, new_text}};
    compare_configs(arena, &sides[0], &sides[1], out_comparison);
    strbuf_init(&out, 1 << 20);
    compare_write_text(out_comparison, &out);
    Str text = arena_copy(arena, strbuf_str(&out));
    strbuf_done(&out);
    return text;
}

static void test_each_kind_of_object_is_compared(void **state)
{
    (void)state;
    static const struct {
        const char *old_text, *new_text, *said;
    } cases[] = {
        {"hostname r1", "hostname r2",
         "~ device settings\n  ~ hostname: r1 -> r2  (line 2 -> 2)\n"},
        {"to core", "to edge",
         "~ interface GigabitEthernet0/1  (line 4 -> 4)\n"
         "  ~ description: to core -> to edge  (line 5 -> 5)\n"},
        {"10.0.0.1 255.255.255.252", "10.0.0.1 255.255.255.0",
         "~ interface GigabitEthernet0/1  (line 4 -> 4)\n  - address 10.0.0.1/30  (line 6)\n"
         "  + address 10.0.0.1/24  (line 6)\n"},
        {"cost 10", "cost 20",
         "~ interface GigabitEthernet0/1  (line 4 -> 4)\n"
         "  ~ ospf cost: 10 -> 20  (line 7 -> 7)\n"},
        {"load-interval 30", "load-interval 60",
         "~ interface GigabitEthernet0/1  (line 4 -> 4)\n"
         "  - load-interval 30  (line 8)\n  + load-interval 60  (line 8)\n"},
        {"interface GigabitEthernet0/2\n shutdown\n", "",
         "- interface GigabitEthernet0/2  (line 10)\n"},
        {"area 0", "area 1",
         "~ ospf 1  (line 13 -> 13)\n"
         "  ~ network 10.9.0.0 0.0.0.255: area 0 -> area 1  (line 15 -> 15)\n"},
        {"65002", "65003",
         "~ bgp peer 10.0.0.2  (line 17 -> 17)\n"
         "  ~ remote as: 65002 -> 65003  (line 17 -> 17)\n"},
        {"0.0.0.0 10.0.0.2", "0.0.0.0 10.0.0.6",
         "- static route 0.0.0.0/0 via 10.0.0.2  (line 18)\n"
         "+ static route 0.0.0.0/0 via 10.0.0.6  (line 18)\n"},
        {" permit udp any any eq 53\n", "",
         "~ access list IN  (line 19 -> 19)\n  - permit udp any any eq 53  (line 21)\n"},
        {" permit tcp any any eq 22\n", " remark ssh\n permit tcp any any eq 22\n",
         "~ access list IN  (line 19 -> 19)\n  + remark ssh  (line 20)\n"},
        {"le 24", "le 25",
         "~ prefix list PL  (line 24 -> 24)\n  - permit 10.0.0.0/8 le 24  (line 24)\n"
         "  + permit 10.0.0.0/8 le 25  (line 24)\n"},
        {"local-preference 100", "local-preference 200",
         "~ route map RM  (line 25 -> 25)\n  - 10 set local-preference 100  (line 26)\n"
         "  + 10 set local-preference 200  (line 26)\n"},
        {"AAAA", "BBBB",
         "~ user bob  (line 3 -> 3)\n  - username bob secret 5 AAAA  (line 3)\n"
         "  + username bob secret 5 BBBB  (line 3)\n"},
        {"ntp server 10.1.1.1\n", "ntp server 10.1.1.1\nntp server 10.1.1.9\n",
         "+ ntp server 10.1.1.9  (line 28)\n"},
        {"logging host 10.2.2.2\n", "", "- log host 10.2.2.2  (line 28)\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Comparison comparison;
        auto_arena Arena *arena = arena_new();
        Str other = replaced(arena, cases[i].old_text, cases[i].new_text);
        assert_str(compare(arena, str_of(base_text), other, &comparison), str_of(cases[i].said));
    }
}

static void test_translations_are_compared(void **state)
{
    (void)state;
    static const char old_text[] = "version 15.2\nhostname r1\n"
                                   "interface GigabitEthernet0/1\n"
                                   " ip nat outside\n"
                                   "ip nat pool P 192.0.2.1 192.0.2.9 prefix-length 24\n"
                                   "ip nat inside source list 10 pool P overload\n"
                                   "ip nat inside source static 10.0.0.1 192.0.2.20\n";
    static const char new_text[] = "version 15.2\nhostname r1\n"
                                   "interface GigabitEthernet0/1\n"
                                   " ip nat inside\n"
                                   "ip nat pool P 192.0.2.1 192.0.2.12 prefix-length 28\n"
                                   "ip nat inside source list 10 interface Gi0/1 overload\n"
                                   "ip nat inside source static 10.0.0.1 192.0.2.20 vrf RED\n";
    auto_arena Arena *arena = arena_new();
    Comparison comparison;
    assert_str(compare(arena, str_of(old_text), str_of(new_text), &comparison),
               "~ interface GigabitEthernet0/1  (line 3 -> 3)\n"
               "  ~ nat: outside -> inside  (line 4 -> 4)\n"
               "~ nat rule inside source list 10  (line 6 -> 6)\n"
               "  ~ translation: pool P -> interface GigabitEthernet0/1  (line 6 -> 6)\n"
               "- nat rule inside source static 10.0.0.1  (line 7)\n"
               "+ nat rule inside source static 10.0.0.1 vrf RED  (line 7)\n"
               "~ nat pool P  (line 5 -> 5)\n"
               "  - address 192.0.2.1-192.0.2.9  (line 5)\n"
               "  ~ prefix length: 24 -> 28  (line 5 -> 5)\n"
               "  + address 192.0.2.1-192.0.2.12  (line 5)\n");
}

static void test_vrfs_are_compared(void **state)
{
    (void)state;
    static const char old_text[] = "version 15.2\nhostname r1\n"
                                   "vrf definition RED\n"
                                   " rd 65000:1\n"
                                   " address-family ipv4\n"
                                   "  route-target both 65000:1\n"
                                   "ip route 10.0.0.0 255.0.0.0 10.1.0.1 track 1\n"
                                   "track 1 ip sla 5 reachability\n";
    static const char new_text[] = "version 15.2\nhostname r1\n"
                                   "vrf definition RED\n"
                                   " rd 65000:2\n"
                                   " address-family ipv4\n"
                                   "  route-target import 65000:1\n"
                                   "  export map OUT\n"
                                   "ip route 10.0.0.0 255.0.0.0 10.1.0.1 track 2\n"
                                   "track 1 ip sla 6 reachability\n";
    auto_arena Arena *arena = arena_new();
    Comparison comparison;
    assert_str(compare(arena, str_of(old_text), str_of(new_text), &comparison),
               "~ vrf RED  (line 3 -> 3)\n"
               "  ~ route distinguisher: 65000:1 -> 65000:2  (line 4 -> 4)\n"
               "  - export 65000:1 for ipv4  (line 6)\n"
               "  + export policy OUT for ipv4  (line 7)\n"
               "~ static route 10.0.0.0/8 via 10.1.0.1  (line 7 -> 8)\n"
               "  ~ track: 1 -> 2  (line 7 -> 8)\n"
               "~ tracked object 1  (line 8 -> 9)\n"
               "  - ip sla 5 reachability  (line 8)\n"
               "  + ip sla 6 reachability  (line 9)\n");
}

static void test_overlays_and_pairs_are_compared(void **state)
{
    (void)state;
    static const char old_text[] = "! device: leaf1 (DCS-7050, EOS-4.28.3M)\nhostname s1\n"
                                   "interface Port-Channel5\n"
                                   "   mlag 5\n"
                                   "interface Vxlan1\n"
                                   "   vxlan source-interface Loopback1\n"
                                   "   vxlan vlan 11 vni 10011\n"
                                   "mlag configuration\n"
                                   "   peer-link Port-Channel3\n"
                                   "   reload-delay mlag 300\n";
    static const char new_text[] = "! device: leaf1 (DCS-7050, EOS-4.28.3M)\nhostname s1\n"
                                   "interface Port-Channel5\n"
                                   "   mlag 6\n"
                                   "interface Vxlan1\n"
                                   "   vxlan source-interface Loopback2\n"
                                   "   vxlan vlan 12 vni 10011\n"
                                   "mlag configuration\n"
                                   "   peer-link Port-Channel4\n"
                                   "   reload-delay mlag 500\n";
    auto_arena Arena *arena = arena_new();
    Comparison comparison;
    assert_str(compare(arena, str_of(old_text), str_of(new_text), &comparison),
               "~ interface Port-Channel5  (line 3 -> 3)\n"
               "  ~ mlag: 5 -> 6  (line 4 -> 4)\n"
               "~ interface Vxlan1  (line 5 -> 5)\n"
               "  ~ vxlan source: Loopback1 -> Loopback2  (line 6 -> 6)\n"
               "  ~ vni 10011: vlan 11 -> vlan 12  (line 7 -> 7)\n"
               "~ switch pair mlag  (line 8 -> 8)\n"
               "  ~ peer link: Port-Channel3 -> Port-Channel4  (line 9 -> 9)\n"
               "  - option reload-delay mlag 300  (line 10)\n"
               "  + option reload-delay mlag 500  (line 10)\n");
}

static void test_zones_are_compared(void **state)
{
    (void)state;
    static const char old_text[] =
        "set system host-name r1\n"
        "set interfaces ge-0/0/0 unit 0 family inet address 10.0.0.1/24\n"
        "set security zones security-zone trust interfaces ge-0/0/0.0\n"
        "set security policies from-zone trust to-zone untrust policy P match application any\n"
        "set security policies from-zone trust to-zone untrust policy P then permit\n";
    static const char new_text[] =
        "set system host-name r1\n"
        "set interfaces ge-0/0/0 unit 0 family inet address 10.0.0.1/24\n"
        "set security zones security-zone inside interfaces ge-0/0/0.0\n"
        "set security policies from-zone trust to-zone untrust policy P match application http\n"
        "set security policies from-zone trust to-zone untrust policy P then deny\n";
    auto_arena Arena *arena = arena_new();
    Comparison comparison;
    assert_str(compare(arena, str_of(old_text), str_of(new_text), &comparison),
               "~ interface ge-0/0/0.0  (line 2 -> 2)\n"
               "  ~ zone: trust -> inside  (line 3 -> 3)\n"
               "+ zone inside  (line 3)\n"
               "- zone trust  (line 3)\n"
               "~ zone policy P from trust to untrust  (line 4 -> 4)\n"
               "  - match application any  (line 4)\n"
               "  ~ action: permit -> deny  (line 5 -> 5)\n"
               "  + match application http  (line 4)\n");
}

static void test_isis_and_eigrp_are_compared(void **state)
{
    (void)state;
    static const char old_text[] = "version 15.2\nhostname r1\n"
                                   "interface GigabitEthernet0/1\n"
                                   " ip address 10.0.0.1 255.255.255.252\n"
                                   " ip router isis CORE\n"
                                   " isis metric 10\n"
                                   "router isis CORE\n"
                                   " net 49.0001.0102.5500.0001.00\n"
                                   "router eigrp 100\n"
                                   " network 172.16.0.0\n";
    static const char new_text[] = "version 15.2\nhostname r1\n"
                                   "interface GigabitEthernet0/1\n"
                                   " ip address 10.0.0.1 255.255.255.252\n"
                                   " ip router isis CORE\n"
                                   " isis circuit-type level-2-only\n"
                                   " isis metric 20 level-2\n"
                                   "router isis CORE\n"
                                   " net 49.0002.0102.5500.0001.00\n"
                                   " is-type level-2-only\n"
                                   "router eigrp 100\n"
                                   " network 172.16.0.0\n"
                                   " passive-interface default\n";
    auto_arena Arena *arena = arena_new();
    Comparison comparison;
    assert_str(compare(arena, str_of(old_text), str_of(new_text), &comparison),
               STR("~ interface GigabitEthernet0/1  (line 3 -> 3)\n"
                   "  - isis level 1 metric: 10  (line 6)\n"
                   "  ~ isis level 2 metric: 10 -> 20  (line 3 -> 7)\n"
                   "  + isis levels: level-2  (line 6)\n"
                   "~ isis CORE  (line 7 -> 8)\n"
                   "  - net 49.0001.0102.5500.0001.00  (line 8)\n"
                   "  + net 49.0002.0102.5500.0001.00  (line 9)\n"
                   "  + levels: level-2  (line 10)\n"
                   "~ eigrp 100  (line 9 -> 11)\n"
                   "  + passive-interface default  (line 13)\n"));
}

static void test_layout_comments_and_numbers_are_no_difference(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"!\ninterface", "! a comment\n\n!\ninterface"},
        {" permit tcp any any eq 22\n", " 15 permit tcp any any eq 22\n"},
        {"PL seq 5", "PL seq 50"},
        {" load-interval 30", " load-interval   30  "},
        {"hostname r1\n", "hostname r1\r\n"},
        {"ntp server 10.1.1.1\nlogging host 10.2.2.2\n",
         "logging host 10.2.2.2\nntp server 10.1.1.1\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Comparison comparison;
        auto_arena Arena *arena = arena_new();
        Str other = replaced(arena, cases[i][0], cases[i][1]);
        assert_str(compare(arena, str_of(base_text), other, &comparison), STR(""));
    }
}

static void test_order_counts_in_access_lists_only(void **state)
{
    (void)state;
    Comparison comparison;
    auto_arena Arena *arena = arena_new();
    Str other = replaced(arena, " permit tcp any any eq 22\n permit udp any any eq 53\n",
                         " permit udp any any eq 53\n permit tcp any any eq 22\n");
    assert_str(compare(arena, str_of(base_text), other, &comparison),
               STR("~ access list IN  (line 19 -> 19)\n  - permit tcp any any eq 22  (line 20)\n"
                   "  + permit tcp any any eq 22  (line 21)\n"));
}

static void test_a_comparison_backwards_has_the_opposite_signs(void **state)
{
    (void)state;
    Comparison there, back;
    auto_arena Arena *arena = arena_new();
    Str other = replaced(arena, "interface GigabitEthernet0/2\n shutdown\n", "vlan 7\n name new\n");
    compare(arena, str_of(base_text), other, &there);
    compare(arena, other, str_of(base_text), &back);
    assert_int(there.objects.count, 2);
    assert_int(back.objects.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_str(there.objects.items[i].name, back.objects.items[i].name);
        assert_that(there.objects.items[i].kind != back.objects.items[i].kind);
        assert_int(there.objects.items[i].old_line, back.objects.items[i].new_line);
    }
}

static void test_systems_that_differ_are_compared_by_objects_alone(void **state)
{
    (void)state;
    Comparison comparison;
    auto_arena Arena *arena = arena_new();
    Str junos = STR("system {\n    host-name r1;\n}\ninterfaces {\n    lo0 {\n        unit 0 {\n"
                    "            family inet {\n                address 1.1.1.1/32;\n"
                    "            }\n        }\n    }\n}\n");
    Str text = compare(arena, str_of(base_text), junos, &comparison);
    assert_that(!comparison.has_other_lines);
    assert_that(str_find(text, STR("+ interface lo0")) != STR_NOT_FOUND);
    assert_that(str_find(text, STR("lines outside of these objects were not compared")) !=
                STR_NOT_FOUND);
}

static void test_json_is_one_object_with_lines(void **state)
{
    (void)state;
    Str text;
    Error error;
    Comparison comparison;
    auto_arena Arena *arena = arena_new();
    compare(arena, str_of(base_text), replaced(arena, "hostname r1", "hostname r\x1b\xff"),
            &comparison);
    JsonWriter *json = json_writer_new(arena, 1 << 20);
    compare_write_json(&comparison, json);
    assert_that(json_writer_text(json, &text));
    const JsonValue *value = json_parse(arena, text, &error);
    assert_that(value && !json_get(value, "is_same")->boolean);
    const JsonValue *object = &json_get(value, "objects")->items[0];
    const JsonValue *detail = &json_get(object, "details")->items[0];
    assert_str(json_str_or(object, "kind", STR("")), STR("device"));
    assert_str(json_str_or(detail, "change", STR("")), STR("changed"));
    assert_str(json_str_or(detail, "old", STR("")), STR("r1"));
    assert_int(json_i64_or(detail, "new_line", 0), 2);
}

/* Lists with the same entry again and again, in other orders, and nothing but the same name. */
static void test_hostile_repetition_takes_linear_time(void **state)
{
    (void)state;
    Comparison comparison;
    StrBuf texts[2];
    auto_arena Arena *arena = arena_new();
    for (int side = 0; side < 2; side++) {
        strbuf_init(&texts[side], 64 << 20);
        strbuf_append(&texts[side], STR("hostname r1\nip access-list extended A\n"));
        for (int i = 0; i < 20000; i++)
            strbuf_printf(&texts[side], " permit tcp any any eq %d\n",
                          side ? i % 7 : (19999 - i) % 7);
        for (int i = 0; i < 20000; i++)
            strbuf_printf(&texts[side], "snmp-server host 10.0.0.%d\nvlan 5\n", i % (side ? 3 : 2));
    }
    Str old_text = arena_copy(arena, strbuf_str(&texts[0]));
    Str new_text = arena_copy(arena, strbuf_str(&texts[1]));
    compare(arena, old_text, new_text, &comparison);
    assert_that(comparison.objects.count > 0);
    strbuf_done(&texts[0]);
    strbuf_done(&texts[1]);
}

static void test_every_beginning_of_a_configuration_is_compared(void **state)
{
    (void)state;
    Str base = str_of(base_text);
    for (size_t size = 0; size < base.size; size += 3) {
        Comparison comparison;
        auto_arena Arena *arena = arena_new();
        Str part = arena_printf(
            arena, "hostname r1\ninterface Gi0/9\n ip address 10.3.3.3 255.255.255.0\n%.*s",
            (int)size, base.data);
        Str same = compare(arena, part, part, &comparison);
        assert_str(same, STR(""));
        compare(arena, part, base, &comparison);
        compare(arena, base, part, &comparison);
        assert_that(comparison.objects.count > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_of_object_is_compared),
        cmocka_unit_test(test_translations_are_compared),
        cmocka_unit_test(test_vrfs_are_compared),
        cmocka_unit_test(test_overlays_and_pairs_are_compared),
        cmocka_unit_test(test_zones_are_compared),
        cmocka_unit_test(test_isis_and_eigrp_are_compared),
        cmocka_unit_test(test_layout_comments_and_numbers_are_no_difference),
        cmocka_unit_test(test_order_counts_in_access_lists_only),
        cmocka_unit_test(test_a_comparison_backwards_has_the_opposite_signs),
        cmocka_unit_test(test_systems_that_differ_are_compared_by_objects_alone),
        cmocka_unit_test(test_json_is_one_object_with_lines),
        cmocka_unit_test(test_hostile_repetition_takes_linear_time),
        cmocka_unit_test(test_every_beginning_of_a_configuration_is_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
