/* SPDX-License-Identifier: Apache-2.0 */
/* What Junos states once for several places: groups at any level, interface-range. */
#include "engines/config/config_testing.h"
#include "engines/config/junos/groups.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const char groups[] =
    "groups {\n"                                                                /* 1 */
    "    BASE {\n"                                                              /* 2 */
    "        system { domain-name base.example; }\n"                            /* 3 */
    "        interfaces { <ge-*> { mtu 9000; unit <*> { description g; } } }\n" /* 4 */
    "        protocols { ospf { area <*> { interface <*> { hello-interval 3; } } } }\n"
    "    }\n"                                                     /* 6 */
    "    SECOND {\n"                                              /* 7 */
    "        system { domain-name second.example; }\n"            /* 8 */
    "        interfaces { <*> { unit <*> { family inet6; } } }\n" /* 9 */
    "    }\n"                                                     /* 10 */
    "    PORT { interfaces { \"<[gx]e-0/0/?>\" { mtu 4000; disable; } } }\n"
    "    PEERS { protocols { bgp { group <*> { neighbor <10.*> { peer-as 65009; } } } } }\n"
    "    UNUSED { system { host-name wrong; } }\n" /* 13 */
    "}\n"                                          /* 14 */
    "apply-groups [ BASE SECOND ];\n"              /* 15 */
    "system { host-name r1; }\n"                   /* 16 */
    "interfaces {\n"                               /* 17 */
    "    ge-0/0/0 {\n"                             /* 18 */
    "        mtu 1600;\n"                          /* 19 */
    "        unit 0 { description own; family inet { address 10.0.0.1/30; } }\n"
    "    }\n"                                                            /* 21 */
    "    ge-0/0/1 { unit 5 { family inet { address 10.0.1.1/30; } } }\n" /* 22 */
    "    ge-0/0/2 { apply-groups PORT; unit 0; }\n"                      /* 23 */
    "    ge-0/0/3 { apply-groups-except BASE; unit 0; }\n"               /* 24 */
    "    xe-0/0/4 { unit 0; }\n"                                         /* 25 */
    "}\n"                                                                /* 26 */
    "routing-options { autonomous-system 65001; }\n"                     /* 27 */
    "protocols {\n"                                                      /* 28 */
    "    bgp { apply-groups PEERS; group E { neighbor 10.0.0.2; neighbor 172.16.0.2; } }\n"
    "    ospf { area 0.0.0.0 { interface ge-0/0/0.0 { metric 7; } } }\n" /* 30 */
    "}\n";

static void test_wildcards_reach_what_fits(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, groups);
    const Interface *other = testing_interface(&device, "ge-0/0/1");
    assert_true(other->mtu == 9000 && other->mtu_line == 4 && other->line == 22);
    const Interface *unit = testing_interface(&device, "ge-0/0/1.5");
    assert_true(str_equal(unit->description.text, STR("g")) && unit->description.line == 4);
    assert_int_equal(testing_interface(&device, "xe-0/0/4")->mtu, 0);
    assert_int_equal(testing_interface(&device, "ge-0/0/0.0")->ospf[0].hello_s, 3);
    assert_int_equal(testing_neighbor(&device, "10.0.0.2")->remote_as, 65009);
    assert_int_equal(testing_neighbor(&device, "172.16.0.2")->remote_as, 0);
    assert_int_equal(device.interfaces.count, 10);
    assert_int_equal(device.warnings.count, 0);
    assert_int_equal(device.lines.unknown, 0);
}

static void test_own_statements_prevail_then_inner_then_first(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(arena, groups);
    assert_true(str_equal(device.domain.text, STR("base.example")));
    assert_true(str_equal(device.hostname.text, STR("r1")));
    const Interface *own = testing_interface(&device, "ge-0/0/0");
    assert_true(own->mtu == 1600 && own->mtu_line == 19 && own->line == 18);
    assert_true(str_equal(testing_interface(&device, "ge-0/0/0.0")->description.text, STR("own")));
    const Interface *inner = testing_interface(&device, "ge-0/0/2");
    assert_true(inner->mtu == 4000 && inner->shutdown);
    assert_false(testing_interface(&device, "ge-0/0/1")->shutdown);
    assert_int_equal(testing_interface(&device, "ge-0/0/3")->mtu, 0);
    assert_int_equal(testing_interface(&device, "ge-0/0/3.0")->description.text.size, 0);
}

static void test_groups_apply_in_set_form(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device =
        testing_device(arena, "set version 20.1\n"
                              "set groups G interfaces <*> unit <*> family inet mtu 1400\n"
                              "set groups G interfaces lo0 unit 0 family inet address 10.9.9.9/32\n"
                              "set apply-groups G\n"
                              "set apply-groups NONE\n"
                              "set system host-name r2\n"
                              "set interfaces ge-0/0/0 unit 0 family inet address 10.0.0.1/30\n"
                              "set interfaces ge-0/0/1 unit 0 family inet address 10.1.0.1/30\n"
                              "deactivate interfaces ge-0/0/1\n");
    assert_int_equal(testing_interface(&device, "ge-0/0/0.0")->ip_mtu, 1400);
    assert_int_equal(testing_interface(&device, "ge-0/0/0.0")->line, 7);
    assert_int_equal(testing_interface(&device, "lo0.0")->addresses.count, 1);
    assert_null(testing_find_interface(&device, "ge-0/0/1"));
    assert_int_equal(device.warnings.count, 1); /* NONE is not defined */
    assert_int_equal(device.warnings.items[0].line, 5);
    assert_int_equal(device.lines.unknown, 0);
}

static void test_interface_range_applies_to_its_members(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Device device = testing_device(
        arena, "system { host-name s1; }\n"                                                 /* 1 */
               "interfaces {\n"                                                             /* 2 */
               "    interface-range STAFF {\n"                                              /* 3 */
               "        member ge-0/0/1;\n"                                                 /* 4 */
               "        member \"ge-0/0/[4-5,7]\";\n"                                       /* 5 */
               "        member-range ge-0/0/10 to ge-0/0/12;\n"                             /* 6 */
               "        member \"xe-*\";\n"                                                 /* 7 */
               "        description staff;\n"                                               /* 8 */
               "        mtu 2000;\n"                                                        /* 9 */
               "        unit 0 { family ethernet-switching { vlan { members users; } } }\n" /* 10 */
               "    }\n"                                                                    /* 11 */
               "    ge-0/0/1 { description mine; }\n"                                       /* 12 */
               "    ge-0/0/2 { unit 0; }\n"                                                 /* 13 */
               "    xe-0/1/0 { mtu 9000; }\n"                                               /* 14 */
               "}\n"                                                                        /* 15 */
               "vlans { users { vlan-id 10; } }\n");
    static const char *const ports[] = {"ge-0/0/1",  "ge-0/0/4",  "ge-0/0/5", "ge-0/0/7",
                                        "ge-0/0/10", "ge-0/0/11", "ge-0/0/12"};
    for (size_t i = 0; i < COUNT_OF(ports); i++) {
        const Interface *port = testing_interface(&device, ports[i]);
        assert_true(port->mtu == 2000 && port->mtu_line == 9);
        assert_true(str_equal(port->description.text, i == 0 ? STR("mine") : STR("staff")));
        Str unit = arena_printf(arena, "%s.0", ports[i]);
        assert_int_equal(testing_interface(&device, unit.data)->access_vlan, 10);
    }
    const Interface *wildcard = testing_interface(&device, "xe-0/1/0");
    assert_true(wildcard->mtu == 9000 && wildcard->line == 14);
    assert_true(str_equal(wildcard->description.text, STR("staff")));
    assert_int_equal(testing_interface(&device, "ge-0/0/2")->mtu, 0);
    assert_int_equal(device.lines.unknown, 0);
    assert_int_equal(device.warnings.count, 0);
}

static void test_glob_matches_whole_names(void **state)
{
    (void)state;
    assert_true(junos_glob(STR("*"), STR("")) && junos_glob(STR("*"), STR("ge-0/0/0")));
    assert_true(junos_glob(STR("ge-*/[0-3]/*"), STR("ge-11/2/40")));
    assert_false(junos_glob(STR("ge-*/[0-3]/*"), STR("ge-11/4/40")));
    assert_true(junos_glob(STR("[!x]e-?"), STR("ge-1")));
    assert_false(junos_glob(STR("[!x]e-?"), STR("xe-1")));
    assert_false(junos_glob(STR("ge-?"), STR("ge-")));
    assert_true(junos_glob(STR("["), STR("[")) && junos_glob(STR("[a"), STR("[a")));
    assert_true(junos_glob(STR(""), STR("")) && !junos_glob(STR(""), STR("x")));
}

static size_t expanded(Arena *arena, const char *member)
{
    StrVec ports = {0};
    return junos_expand_port(arena, str_of(member), &ports) ? ports.count : 0;
}

static void test_member_expressions_are_expanded(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    StrVec ports = {0};
    assert_true(junos_expand_port(arena, STR("ge-[0-1]/0/[2,4-5]"), &ports));
    assert_int_equal(ports.count, 6);
    assert_true(str_equal(ports.items[0], STR("ge-0/0/2")));
    assert_true(str_equal(ports.items[5], STR("ge-1/0/5")));
    assert_int_equal(expanded(arena, "ge-0/0/[0-1023]"), 1024);
    assert_int_equal(expanded(arena, "ge-0/0/[0-1024]"), 0);
    assert_int_equal(expanded(arena, "ge-0/0/[5-4]"), 0);
    assert_int_equal(expanded(arena, "ge-0/0/[4-"), 0);
    assert_int_equal(expanded(arena, "ge-0/0/]4["), 0);
    assert_int_equal(expanded(arena, "ge-0/0/[a]"), 0);
    assert_int_equal(expanded(arena, ""), 0);
    ports = (StrVec){0};
    assert_true(junos_expand_span(arena, STR("ge-0/0/8"), STR("ge-0/0/11"), &ports));
    assert_true(ports.count == 4 && str_equal(ports.items[3], STR("ge-0/0/11")));
    assert_false(junos_expand_span(arena, STR("ge-0/0/8"), STR("ge-0/1/9"), &ports));
    assert_false(junos_expand_span(arena, STR("ge-0/0/8"), STR("ge-0/0/7"), &ports));
    assert_false(junos_expand_span(arena, STR(""), STR(""), &ports));
}

/* Each of many sites takes over each of many statements that fit many ports: the work is bounded
 * and a warning says so. */
static void test_inheritance_is_limited(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text;
    strbuf_init(&text, 4u << 20);
    strbuf_append(&text, STR("set system host-name h\n"));
    for (unsigned i = 0; i < 2000; i++)
        strbuf_printf(&text,
                      "set groups G interfaces <*> unit <*> family inet mtu %u\n"
                      "set interfaces ge-0/0/%u unit 0\n"
                      "set interfaces interface-range R%u member ge-0/0/[0-1023]\n"
                      "set interfaces interface-range R%u unit %u\n"
                      "set interfaces apply-groups G\n",
                      1000 + i, i, i, i, i);
    Error error = {0};
    Device device;
    assert_true(config_read(arena, strbuf_str(&text), STR("big"), &device, &error));
    assert_true(device.warnings.count >= 1);
    assert_true(device.steps < 10u * 1000 * 1000);
    assert_true(arena_size_bytes(arena) < (400u << 20));
}

/* Places beyond the limit inherit nothing, those before do. */
static void test_places_are_limited(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text;
    strbuf_init(&text, 16u << 20);
    strbuf_append(&text, STR("set system host-name h\nset groups G interfaces <ge-*> mtu 1400\n"
                             "set interfaces apply-groups G\nset interfaces ge-0/0/0 unit 0\n"));
    for (unsigned i = 0; i < 200500; i++)
        strbuf_printf(&text, "set interfaces xe-0/0/0 unit %u mtu 1%u\n", i, i);
    strbuf_append(&text, STR("set interfaces ge-0/0/1 unit 0\n"));
    Error error = {0};
    Device device;
    assert_false(text.overflowed);
    assert_true(config_read(arena, strbuf_str(&text), STR("big"), &device, &error));
    assert_int_equal(testing_interface(&device, "ge-0/0/0")->mtu, 1400);
    assert_int_equal(testing_interface(&device, "ge-0/0/1")->mtu, 0);
    assert_int_equal(device.warnings.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wildcards_reach_what_fits),
        cmocka_unit_test(test_own_statements_prevail_then_inner_then_first),
        cmocka_unit_test(test_groups_apply_in_set_form),
        cmocka_unit_test(test_interface_range_applies_to_its_members),
        cmocka_unit_test(test_glob_matches_whole_names),
        cmocka_unit_test(test_member_expressions_are_expanded),
        cmocka_unit_test(test_inheritance_is_limited),
        cmocka_unit_test(test_places_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
