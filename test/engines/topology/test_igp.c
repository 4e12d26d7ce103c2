/* SPDX-License-Identifier: Apache-2.0 */
/* IS-IS and EIGRP: one pair of routers, of which each case breaks one thing at one end. */
#include "engines/topology/topology_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

typedef struct {
    const char *interface_lines; /* added to r2's interface */
    const char *process_lines;   /* added to r2's process */
    const char *kind;            /* finding, NULL: none */
    OspfState state;
    const char *label;
    Severity severity;
} Case;

static const Case isis_cases[] = {
    {"", "", NULL, OSPF_FULL, "IS-IS levels 1 and 2", FINDING_INFO},
    {" isis circuit-type level-2-only\n", "", NULL, OSPF_FULL, "IS-IS level 2", FINDING_INFO},
    {"", " is-type level-1\n", NULL, OSPF_FULL, "IS-IS level 1", FINDING_INFO},
    {"", " is-type level-1\n no net 49.0001.0000.0000.0002.00\n net 49.0002.0000.0000.0002.00\n",
     "isis_area_mismatch", OSPF_BROKEN, "IS-IS", FINDING_ERROR},
    {"", " no net 49.0001.0000.0000.0002.00\n net 49.0002.0000.0000.0002.00\n", NULL, OSPF_FULL,
     "IS-IS level 2", FINDING_INFO},
    {"", " is-type level-1\n net 49.0002.0000.0000.0002.00\n", NULL, OSPF_FULL, "IS-IS level 1",
     FINDING_INFO},
    {" isis circuit-type level-1\n", " is-type level-2-only\n", "isis_level_mismatch", OSPF_BROKEN,
     "IS-IS", FINDING_ERROR},
    {" isis network point-to-point\n", "", "isis_network_type_mismatch", OSPF_BROKEN,
     "IS-IS levels 1 and 2", FINDING_ERROR},
    {" isis authentication mode md5\n isis authentication key-chain K\n", "",
     "isis_authentication_mismatch", OSPF_BROKEN, "IS-IS levels 1 and 2", FINDING_ERROR},
    {" isis authentication key-chain K\n", "", NULL, OSPF_FULL, "IS-IS levels 1 and 2",
     FINDING_INFO},
    {" isis password SECRET level-1\n", " is-type level-2-only\n", NULL, OSPF_FULL, "IS-IS level 2",
     FINDING_INFO},
    {" mtu 1600\n", "", "isis_mtu_mismatch", OSPF_BROKEN, "IS-IS levels 1 and 2", FINDING_ERROR},
    {" mtu 1600\n no isis hello padding\n", "", "mtu_mismatch", OSPF_FULL, "IS-IS levels 1 and 2",
     FINDING_WARNING},
    {"", " no hello padding\n", NULL, OSPF_FULL, "IS-IS levels 1 and 2", FINDING_INFO},
    {"", " passive-interface GigabitEthernet0/1\n", "isis_passive_mismatch", OSPF_PASSIVE, "",
     FINDING_WARNING},
    {"", " no net 49.0001.0000.0000.0002.00\n net 49.0001.0000.0000.0001.00\n",
     "duplicate_system_id", OSPF_FULL, "IS-IS levels 1 and 2", FINDING_ERROR},
};

static const Case eigrp_cases[] = {
    {"", "", NULL, OSPF_FULL, "EIGRP AS 100", FINDING_INFO},
    {"", " autonomous-system 200\n", "eigrp_as_mismatch", OSPF_BROKEN,
     "EIGRP AS 100 \xE2\x80\x93 200", FINDING_ERROR},
    {"", " passive-interface GigabitEthernet0/1\n", "eigrp_passive_mismatch", OSPF_PASSIVE, "",
     FINDING_WARNING},
    {"", " metric weights 0 1 1 1 0 0\n", "eigrp_weights_mismatch", OSPF_BROKEN, "EIGRP AS 100",
     FINDING_ERROR},
    {"", " metric weights 0 1 0 1 0 0\n", NULL, OSPF_FULL, "EIGRP AS 100", FINDING_INFO},
    {" ip authentication mode eigrp 100 md5\n", "", "eigrp_authentication_mismatch", OSPF_BROKEN,
     "EIGRP AS 100", FINDING_ERROR},
    {" ip authentication key-chain eigrp 100 K\n", "", NULL, OSPF_FULL, "EIGRP AS 100",
     FINDING_INFO},
    {" mtu 1600\n", "", "mtu_mismatch", OSPF_FULL, "EIGRP AS 100", FINDING_WARNING},
};

static Topology pair_of(Arena *arena, const Case *broken, bool isis)
{
    const char *texts[2];
    for (int i = 0; i < 2; i++) {
        Str process =
            isis ? arena_printf(arena, "router isis CORE\n net 49.0001.0000.0000.000%d.00\n", i + 1)
                 : STR("router eigrp 100\n network 10.0.0.0\n");
        texts[i] = arena_printf(arena,
                                "version 15.2\nhostname r%d\ninterface GigabitEthernet0/1\n"
                                " ip address 10.0.0.%d 255.255.255.0\n%s%s%.*s%s",
                                i + 1, i + 1, isis ? " ip router isis CORE\n" : "",
                                i ? broken->interface_lines : "", STR_ARGS(process),
                                i ? broken->process_lines : "")
                       .data;
    }
    return testing_topology(arena, texts, 2);
}

static void check_cases(const Case *cases, size_t count, bool isis)
{
    for (size_t i = 0; i < count; i++) {
        auto_arena Arena *arena = arena_new();
        Topology topology = pair_of(arena, &cases[i], isis);
        for (size_t k = 0;
             topology.findings.count != (cases[i].kind ? 1u : 0u) && k < topology.findings.count;
             k++)
            print_error("case %zu: %.*s\n", i, STR_ARGS(topology.findings.items[k].message));
        assert_int_equal(topology.findings.count, cases[i].kind ? 1 : 0);
        assert_int_equal(topology.igp_adjacencies.count, 1);
        assert_int_equal(topology.igp_adjacencies.items[0].state, cases[i].state);
        assert_int_equal(topology.igp_adjacencies.items[0].protocol, isis ? IGP_ISIS : IGP_EIGRP);
        const TopologyEdge *edge = &topology.edges.items[0];
        Str label = isis ? edge->isis_label : edge->eigrp_label;
        if (!str_equal(label, str_of(cases[i].label)))
            fail_msg("case %zu has the label '%.*s'", i, STR_ARGS(label));
        if (!cases[i].kind)
            continue;
        const Finding *finding = testing_finding(&topology, cases[i].kind);
        assert_int_equal(finding->severity, cases[i].severity);
        assert_true(finding->at[0].line > 0 && finding->at[1].line > 0);
    }
}

static void test_mismatches_of_isis_are_reported(void **state)
{
    (void)state;
    check_cases(isis_cases, COUNT_OF(isis_cases), true);
}

static void test_mismatches_of_eigrp_are_reported(void **state)
{
    (void)state;
    check_cases(eigrp_cases, COUNT_OF(eigrp_cases), false);
}

static void test_findings_name_the_lines(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Topology topology = pair_of(arena, &isis_cases[3], true);
    const Finding *area = testing_finding(&topology, "isis_area_mismatch");
    assert_true(str_equal(
        area->message,
        STR("IS-IS between r1 GigabitEthernet0/1 and r2 GigabitEthernet0/1: area 49.0001 against "
            "area 49.0002, and only level 1 in common")));
    assert_int_equal(area->at[0].line, 7);
    assert_int_equal(area->at[1].line, 10);
    topology = pair_of(arena, &eigrp_cases[3], false);
    assert_int_equal(testing_finding(&topology, "eigrp_weights_mismatch")->at[1].line, 7);
}

static void test_one_end_without_the_protocol_is_told(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        "version 15.2\nhostname r1\ninterface Gi0/1\n ip address 10.0.0.1 255.255.255.252\n"
        " ip router isis CORE\nrouter isis CORE\n net 49.0001.0000.0000.0001.00\n"
        "router eigrp 5\n network 10.0.0.0\n",
        "version 15.2\nhostname r2\ninterface Gi0/1\n ip address 10.0.0.2 255.255.255.252\n"
        "router isis CORE\n net 49.0001.0000.0000.0002.00\nrouter eigrp 5\n network 11.0.0.0\n"};
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(topology.igp_adjacencies.count, 0);
    assert_int_equal(topology.findings.count, 2);
    assert_int_equal(testing_finding(&topology, "isis_one_sided")->severity, FINDING_INFO);
    assert_int_equal(testing_finding(&topology, "isis_one_sided")->at[0].line, 5);
    assert_int_equal(testing_finding(&topology, "eigrp_one_sided")->at[0].line, 9);
}

/* An interface may be in two processes of EIGRP, of which the model names the first. */
static void test_an_interface_in_two_systems_has_neighbours_in_both(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        "version 15.2\nhostname r1\ninterface Gi0/1\n ip address 10.0.0.1 255.255.255.252\n"
        "router eigrp 1\n network 10.0.0.0\nrouter eigrp 2\n network 10.0.0.0\n",
        "version 15.2\nhostname r2\ninterface Gi0/1\n ip address 10.0.0.2 255.255.255.252\n"
        "router eigrp 2\n network 10.0.0.0\n"};
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(topology.findings.count, 0);
    assert_int_equal(topology.igp_adjacencies.items[0].state, OSPF_FULL);
}

static void test_systems_of_several_vendors_are_neighbours(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        "!! IOS XR Configuration 7.3.2\nhostname xr1\ninterface GigabitEthernet0/0/0/0\n"
        " ipv4 address 10.0.0.1 255.255.255.252\n!\nrouter isis CORE\n is-type level-2-only\n"
        " net 49.0001.0000.0000.0001.00\n interface GigabitEthernet0/0/0/0\n  point-to-point\n"
        "  hello-password hmac-md5 encrypted 060506324F41584B56\n",
        "set system host-name r2\nset interfaces ge-0/0/0 mtu 1514\n"
        "set interfaces ge-0/0/0 unit 0 family inet address 10.0.0.2/30\n"
        "set interfaces ge-0/0/0 unit 0 family iso\n"
        "set interfaces lo0 unit 0 family iso address 49.0002.0000.0000.0002.00\n"
        "set protocols isis interface ge-0/0/0.0 point-to-point\n"
        "set protocols isis interface ge-0/0/0.0 level 2 hello-authentication-type md5\n"
        "set protocols isis interface ge-0/0/0.0 level 1 disable\n",
    };
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(topology.findings.count, 0);
    assert_int_equal(topology.igp_adjacencies.items[0].state, OSPF_FULL);
    assert_true(str_equal(topology.edges.items[0].isis_label, STR("IS-IS level 2")));
}

/* The MTU of a host is set elsewhere. */
static void test_the_mtu_of_a_host_is_not_judged(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        "version 15.2\nhostname r1\ninterface Gi0/1\n ip address 10.0.0.1 255.255.255.252\n"
        " mtu 9000\n ip router isis 1\nrouter isis 1\n net 49.0001.0000.0000.0001.00\n",
        "frr version 8.4\nhostname r2\ninterface eth0\n ip address 10.0.0.2/30\n"
        " ip router isis 1\nexit\nrouter isis 1\n net 49.0001.0000.0000.0002.00\nexit\n",
    };
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(testing_count(&topology, "isis_mtu_mismatch"), 0);
    assert_int_equal(topology.igp_adjacencies.items[0].state, OSPF_FULL);
}

/* IS-IS needs no address: the descriptions make the link. */
static void test_unnumbered_links_have_isis(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        "version 15.2\nhostname r1\ninterface Gi0/1\n description to r2 Gi0/2\n"
        " ip unnumbered Loopback0\n ip router isis\n isis network point-to-point\n"
        "router isis\n net 49.0001.0000.0000.0001.00\n",
        "version 15.2\nhostname r2\ninterface Gi0/2\n description to r1 Gi0/1\n"
        " ip unnumbered Loopback0\n ip router isis\nrouter isis\n"
        " net 49.0001.0000.0000.0002.00\n",
    };
    Topology topology = testing_topology(arena, texts, 2);
    assert_int_equal(topology.igp_adjacencies.count, 1);
    assert_int_equal(topology.findings.count, 1);
    assert_int_equal(testing_count(&topology, "isis_network_type_mismatch"), 1);
}

/* Two systems of EIGRP may share a LAN: each speaker is compared with one of its own. */
static void test_systems_that_share_a_lan_are_no_mismatch(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[4];
    for (int i = 0; i < 4; i++)
        texts[i] = arena_printf(arena,
                                "version 15.2\nhostname r%d\ninterface Gi0/1\n"
                                " ip address 10.0.0.%d 255.255.255.0\nrouter eigrp %d\n"
                                " network 10.0.0.0\n",
                                i + 1, i + 1, i % 2 + 1)
                       .data;
    Topology topology = testing_topology(arena, texts, 4);
    assert_int_equal(topology.findings.count, 0);
    assert_int_equal(topology.igp_adjacencies.count, 2);
    size_t labels = 0;
    for (size_t i = 0; i < topology.edges.count; i++)
        labels += topology.edges.items[i].eigrp_label.size > 0;
    assert_int_equal(labels, 4);
}

static void expect_part(const StrBuf *out, const char *part)
{
    if (str_find(strbuf_str(out), str_of(part)) == STR_NOT_FOUND)
        fail_msg("no '%s' in\n%.*s", part, STR_ARGS(strbuf_str(out)));
}

/* Each form says which protocols run over a link. */
static void test_all_forms_name_the_protocols(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        "version 15.2\nhostname r1\ninterface Gi0/1\n ip address 10.0.0.1 255.255.255.252\n"
        " ip router isis\ninterface Gi0/2\n ip address 10.1.0.1 255.255.255.252\n"
        "router isis\n net 49.0001.0000.0000.0001.00\nrouter eigrp 7\n network 10.1.0.0 0.0.0.3\n",
        "version 15.2\nhostname r2\ninterface Gi0/1\n ip address 10.0.0.2 255.255.255.252\n"
        " ip router isis\ninterface Gi0/2\n ip address 10.1.0.2 255.255.255.252\n"
        "router isis\n net 49.0001.0000.0000.0002.00\nrouter eigrp 7\n network 10.1.0.0 0.0.0.3\n"};
    Topology topology = testing_topology(arena, texts, 2);
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, 1 << 20);
    JsonWriter json;
    json_start(&json, &out);
    topology_write_json(&topology, &json);
    expect_part(&out, "\"isis\":\"IS-IS levels 1 and 2\"");
    expect_part(&out, "\"eigrp\":\"EIGRP AS 7\"");
    strbuf_clear(&out);
    json_start(&json, &out);
    topology_write_metadata(&topology, &json);
    expect_part(&out, "\"total_isis_adjacencies\":1,\"total_eigrp_adjacencies\":1");
    expect_part(&out, "\"isis_adjacencies\":[{\"state\":\"compatible\",\"levels\":[1,2],\"ends\":[{"
                      "\"node\":\"r1\",\"interface\":\"GigabitEthernet0/1\"}");
    expect_part(&out, "\"interface\":\"GigabitEthernet0/2\",\"as\":7}");
    strbuf_clear(&out);
    topology_write_svg(&topology, &out);
    expect_part(&out, "IS-IS levels 1 and 2");
    expect_part(&out, "link with IS-IS");
    expect_part(&out, "link with EIGRP");
    strbuf_clear(&out);
    topology_write_csv(&topology, &out);
    expect_part(&out, ",\"\",\"IS-IS levels 1 and 2\",\"\",");
    expect_part(&out, ",\"\",\"\",\"EIGRP AS 7\",");
    strbuf_clear(&out);
    topology_write_graphml(&topology, &out);
    expect_part(&out, "<data key=\"isis\">IS-IS levels 1 and 2</data>");
    expect_part(&out, "<data key=\"eigrp\">EIGRP AS 7</data>");
    strbuf_clear(&out);
    topology_write_text(&topology, &out);
    expect_part(&out, "[link, IS-IS, confidence");
    expect_part(&out, "eigrp: EIGRP at both ends, AS 7  a.cfg:11  b.cfg:11");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mismatches_of_isis_are_reported),
        cmocka_unit_test(test_mismatches_of_eigrp_are_reported),
        cmocka_unit_test(test_findings_name_the_lines),
        cmocka_unit_test(test_one_end_without_the_protocol_is_told),
        cmocka_unit_test(test_an_interface_in_two_systems_has_neighbours_in_both),
        cmocka_unit_test(test_systems_of_several_vendors_are_neighbours),
        cmocka_unit_test(test_the_mtu_of_a_host_is_not_judged),
        cmocka_unit_test(test_unnumbered_links_have_isis),
        cmocka_unit_test(test_systems_that_share_a_lan_are_no_mismatch),
        cmocka_unit_test(test_all_forms_name_the_protocols),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
