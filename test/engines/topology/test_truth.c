/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recorded networks whose links are known: from the devices' own OSPF and BGP tables, from the
 * lab's cabling, from the generator of the configurations, from Batfish. Sets must be equal.
 */
#include "engines/text/lines.h"
#include "engines/topology/topology_testing.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static Str network_path(Arena *arena, Str shared, const char *network, const char *part)
{
    return arena_printf(arena, "%.*s/configs/%s/%s", STR_ARGS(shared), network, part);
}

static Topology network(Arena *arena, Str shared, const char *name)
{
    StrVec files = testing_files(arena, network_path(arena, shared, name, "configs"));
    assert_true(files.count > 0);
    return testing_topology_of_files(arena, &files);
}

static bool has_device(const Topology *topology, Str name)
{
    for (size_t i = 0; i < topology->device_count; i++) {
        if (str_equal(topology->nodes.items[i].label, name))
            return true;
    }
    return false;
}

static void add_link(Arena *arena, StrVec *links, Str a, Str b)
{
    bool swap = str_compare(a, b) > 0;
    *VEC_PUSH(arena, links) =
        arena_printf(arena, "%.*s = %.*s", STR_ARGS(swap ? b : a), STR_ARGS(swap ? a : b));
}

static void unique(StrVec *list)
{
    size_t kept = 0;
    testing_sort(list);
    for (size_t i = 0; i < list->count; i++) {
        if (kept == 0 || !str_equal(list->items[kept - 1], list->items[i]))
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

/* Fields of a table, by column numbers: node, interface, node, interface; both nodes must be ours.
 */
static StrVec table_links(Arena *arena, const Topology *topology, Str text, char separator,
                          const size_t *columns)
{
    StrVec links = {0};
    Str line, field;
    while (str_next_line(&text, &line)) {
        Str fields[16] = {0};
        for (size_t i = 0; i < 16 && str_next_field(&line, separator, &field); i++)
            fields[i] = field;
        Str a = fields[columns[0]], b = fields[columns[2]];
        if (!has_device(topology, a) || !has_device(topology, b))
            continue;
        add_link(arena, &links,
                 arena_printf(arena, "%.*s %.*s", STR_ARGS(a), STR_ARGS(fields[columns[1]])),
                 arena_printf(arena, "%.*s %.*s", STR_ARGS(b), STR_ARGS(fields[columns[3]])));
    }
    unique(&links);
    return links;
}

static Str device_file(Arena *arena, Str shared, const char *network_name, Str device,
                       const char *file)
{
    return testing_file(arena, arena_printf(arena, "%.*s/configs/%s/show/%.*s/%s", STR_ARGS(shared),
                                            network_name, STR_ARGS(device), file));
}

/* A recorded network, and the files with what its devices said. */
typedef struct {
    const char *name, *ospf, *bgp;
} Lab;

/* "R1 GigabitEthernet0/1 10.0.0.2 FULL" for every line of every "show ip ospf neighbor". */
static StrVec recorded_adjacencies(Arena *arena, Str shared, const Lab *lab,
                                   const Topology *topology)
{
    StrVec found = {0};
    for (size_t i = 0; i < topology->device_count; i++) {
        Str device = topology->nodes.items[i].label, line;
        Str text = device_file(arena, shared, lab->name, device, lab->ospf);
        while (str_next_line(&text, &line)) {
            Words words;
            IpAddress id;
            words_split(line, &words);
            if (words.count < 6 || !ip_parse(words_get(&words, 0), &id))
                continue;
            bool full = str_starts_with(words_get(&words, 2), STR("FULL")) ||
                        str_starts_with(words_get(&words, 2), STR("2WAY"));
            *VEC_PUSH(arena, &found) =
                arena_printf(arena, "%.*s %.*s %.*s %s", STR_ARGS(device),
                             STR_ARGS(words_get(&words, words.count - 1)),
                             STR_ARGS(words_get(&words, words.count - 2)), full ? "FULL" : "stuck");
        }
    }
    unique(&found);
    return found;
}

static Str address_of(Arena *arena, const Topology *topology, uint32_t node, Str interface)
{
    const Device *device = topology->nodes.items[node].device;
    for (size_t i = 0; i < device->interfaces.count; i++) {
        const Interface *candidate = &device->interfaces.items[i];
        IpText text;
        if (str_equal(candidate->canonical, interface) && candidate->addresses.count)
            return arena_copy(arena,
                              ip_format(candidate->addresses.items[0].prefix.address, &text));
    }
    return STR("?");
}

static StrVec computed_adjacencies(Arena *arena, const Topology *topology)
{
    StrVec found = {0};
    for (size_t i = 0; i < topology->adjacencies.count; i++) {
        const OspfAdjacency *adjacency = &topology->adjacencies.items[i];
        for (int k = 0; k < 2 && adjacency->state != OSPF_PASSIVE; k++) {
            Str address =
                address_of(arena, topology, adjacency->nodes[!k], adjacency->interfaces[!k]);
            *VEC_PUSH(arena, &found) =
                arena_printf(arena, "%.*s %.*s %.*s %s",
                             STR_ARGS(topology->nodes.items[adjacency->nodes[k]].label),
                             STR_ARGS(adjacency->interfaces[k]), STR_ARGS(address),
                             adjacency->state == OSPF_FULL ? "FULL" : "stuck");
        }
    }
    unique(&found);
    return found;
}

/* "R1 10.0.0.2" for every neighbour that "show ip bgp all neighbor" has as Established. */
static StrVec recorded_sessions(Arena *arena, Str shared, const Lab *lab, const Topology *topology)
{
    StrVec found = {0};
    for (size_t i = 0; i < topology->device_count; i++) {
        Str device = topology->nodes.items[i].label, line, neighbor = {0};
        Str text = device_file(arena, shared, lab->name, device, lab->bgp);
        while (str_next_line(&text, &line)) {
            Words words;
            words_split(line, &words);
            if (words_match(&words, 0, "BGP neighbor is")) {
                neighbor = words_get(&words, 3);
                neighbor = str_slice(neighbor, 0, str_find_byte(neighbor, ','));
            } else if (words_match(&words, 0, "BGP state = Established*")) {
                *VEC_PUSH(arena, &found) =
                    arena_printf(arena, "%.*s %.*s", STR_ARGS(device), STR_ARGS(neighbor));
            }
        }
    }
    unique(&found);
    return found;
}

static StrVec computed_sessions(Arena *arena, const Topology *topology)
{
    StrVec found = {0};
    for (size_t i = 0; i < topology->sessions.count; i++) {
        const BgpSession *session = &topology->sessions.items[i];
        for (int k = 0; k < 2 && session->state == BGP_UNIQUE_MATCH; k++) {
            IpText text;
            *VEC_PUSH(arena, &found) = arena_printf(
                arena, "%.*s %s", STR_ARGS(topology->nodes.items[session->nodes[k]].label),
                ip_format(session->addresses[!k], &text).data);
        }
    }
    unique(&found);
    return found;
}

/* Compares what the devices said of their neighbours with what their configurations imply. */
static void check_lab(Arena *arena, Str shared, const Lab *lab, const Topology *topology)
{
    StrVec ospf = recorded_adjacencies(arena, shared, lab, topology);
    StrVec our_ospf = computed_adjacencies(arena, topology);
    assert_int_equal(testing_compare("OSPF neighbours", &ospf, &our_ospf), 0);
    StrVec bgp = recorded_sessions(arena, shared, lab, topology);
    StrVec our_bgp = computed_sessions(arena, topology);
    assert_int_equal(testing_compare("BGP sessions", &bgp, &our_bgp), 0);
    printf("%s: %zu OSPF and %zu BGP neighbour lines equal\n", lab->name, ospf.count, bgp.count);
}

/* 13 devices; README: OSPF of as2core2 breaks on the MTU towards three of four neighbours. */
static void test_example_network_has_its_sessions(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str shared = testing_shared_data(arena);
    const Lab lab = {"net_lab_ios_example_network", "show_ip_ospf_neighbor.txt",
                     "show_ip_bgp_all_neighbor.txt"};
    if (shared.size == 0) {
        arena_free(arena); /* skip_test jumps past the cleanup */
        skip_test("no shared data");
    }
    Topology topology = network(arena, shared, lab.name);
    assert_int_equal(topology.device_count, 13);
    check_lab(arena, shared, &lab, &topology);
    assert_true(topology.adjacencies.count >= 10);
    assert_true(topology.sessions.count >= 10);
    assert_int_equal(testing_count(&topology, "ospf_mtu_mismatch"), 3);
    assert_int_equal(testing_count(&topology, "bgp_unknown_remote"), 2);
    assert_int_equal(testing_count(&topology, "bgp_half_open"), 1);
}

/* "RR = border01" for "RR Bundle-Ether23 = border01 Bundle-Ether23", once. */
static StrVec device_pairs(Arena *arena, const StrVec *links)
{
    StrVec pairs = {0};
    for (size_t i = 0; i < links->count; i++) {
        Str left = links->items[i], right = str_from(left, str_find(left, STR(" = ")) + 3);
        add_link(arena, &pairs, str_slice(left, 0, str_find_byte(left, ' ')),
                 str_slice(right, 0, str_find_byte(right, ' ')));
    }
    unique(&pairs);
    return pairs;
}

/* Three IOS-XR routers over bundles: a route reflector and its two clients. */
static void test_iosxr_lab_has_its_sessions(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str shared = testing_shared_data(arena);
    const Lab lab = {"net_lab_iosxr_ibgp_rr_over_ospf", "show_ospf_neighbor.txt",
                     "show_bgp_all_all_neighbors.txt"};
    if (shared.size == 0) {
        arena_free(arena); /* skip_test jumps past the cleanup */
        skip_test("no shared data");
    }
    Topology topology = network(arena, shared, lab.name);
    assert_int_equal(topology.device_count, 3);
    check_lab(arena, shared, &lab, &topology);
    assert_int_equal(topology.adjacencies.count, 3);
    assert_int_equal(topology.sessions.count, 2);
    assert_int_equal(topology.findings.count, 0);
    StrVec expected = {0}, links = testing_links(arena, &topology),
           pairs = device_pairs(arena, &links);
    add_link(arena, &expected, STR("RR"), STR("border01"));
    add_link(arena, &expected, STR("RR"), STR("border02"));
    add_link(arena, &expected, STR("border01"), STR("border02"));
    unique(&expected);
    assert_int_equal(testing_compare(lab.name, &expected, &pairs), 0);
}

/* The same network in Batfish's own test: its layer-3 edges, hosts left out. */
static void test_edges_are_those_of_batfish(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str shared = testing_shared_data(arena);
    Error error = {0};
    if (shared.size == 0) {
        arena_free(arena); /* skip_test jumps past the cleanup */
        skip_test("no shared data");
    }
    Topology topology = network(arena, shared, "net_bf_example_live");
    const JsonValue *reference =
        json_parse(arena,
                   testing_file(arena, network_path(arena, shared, "net_bf_example_live",
                                                    "expected/topology.ref")),
                   &error);
    const JsonValue *edges = json_get(reference, "links");
    StrVec expected = {0};
    assert_non_null(edges);
    for (size_t i = 0; i < edges->count; i++) {
        Str ends[2];
        bool ours = json_get_str(&edges->items[i], "srcId", &ends[0]) &&
                    json_get_str(&edges->items[i], "dstId", &ends[1]);
        for (int k = 0; k < 2 && ours; k++) {
            Str end = str_from(ends[k], strlen("interface-node-"));
            size_t dash = str_find_byte(end, '-');
            ours = has_device(&topology, str_slice(end, 0, dash));
            ends[k] = arena_printf(arena, "%.*s %.*s", (int)dash, end.data,
                                   STR_ARGS(str_from(end, dash + 1)));
        }
        if (ours)
            add_link(arena, &expected, ends[0], ends[1]);
    }
    unique(&expected);
    StrVec links = testing_links(arena, &topology);
    assert_true(expected.count >= 15);
    assert_int_equal(testing_compare("Batfish edges", &expected, &links), 0);
    printf("Batfish example: %zu links equal\n", expected.count);
}

/* Links between the generator's devices; what else shares a subnet (customers' segments) is named.
 */
static void test_generated_fabrics_have_their_links(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    static const struct {
        const char *name, *table;
        const char *also;
    } fabrics[] = {
        {"net_avd_dual-dc-l3ls", "fabric/FABRIC-topology.csv", NULL},
        {"net_avd_isis-ldp-ipvpn", "fabric/FABRIC-topology.csv", "pe1 Ethernet3 = pe2 Ethernet4"},
        {"net_avd_evpn_underlay_ebgp_overlay_ebgp", "fabric/DC1_FABRIC-topology.csv", NULL},
    };
    Str shared = testing_shared_data(arena);
    if (shared.size == 0) {
        arena_free(arena); /* skip_test jumps past the cleanup */
        skip_test("no shared data");
    }
    for (size_t i = 0; i < COUNT_OF(fabrics); i++) {
        Topology topology = network(arena, shared, fabrics[i].name);
        Str table =
            testing_file(arena, network_path(arena, shared, fabrics[i].name, fabrics[i].table));
        StrVec expected = table_links(arena, &topology, table, ',', (const size_t[]){1, 2, 4, 5});
        StrVec links = testing_links(arena, &topology);
        if (fabrics[i].also)
            *VEC_PUSH(arena, &expected) = str_of(fabrics[i].also);
        unique(&expected);
        assert_true(expected.count >= 13);
        assert_int_equal(testing_compare(fabrics[i].name, &expected, &links), 0);
        printf("%s: %zu links equal\n", fabrics[i].name, expected.count);
    }
}

/* Stores each adjacency of a protocol as a link between the two interfaces. */
static StrVec adjacencies(Arena *arena, const Topology *topology, IgpKind protocol)
{
    StrVec lines = {0};
    for (size_t i = 0; i < topology->igp_adjacencies.count; i++) {
        const IgpAdjacency *found = &topology->igp_adjacencies.items[i];
        Str ends[2];
        for (int k = 0; k < 2; k++)
            ends[k] = arena_printf(arena, "%.*s %.*s",
                                   STR_ARGS(topology->nodes.items[found->nodes[k]].label),
                                   STR_ARGS(found->interfaces[k]));
        if (found->protocol == protocol && found->state == OSPF_FULL)
            add_link(arena, &lines, ends[0], ends[1]);
    }
    unique(&lines);
    return lines;
}

/* IS-IS runs on all links of the generated core, and the neighbours of EIGRP are those that the
 * labs recorded ("show ip eigrp neighbors"). */
static void test_labs_have_their_neighbours_of_isis_and_eigrp(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    static const struct {
        const char *name;
        const char *links[2];
    } labs[] = {
        {"net_lab_iosxe_vrf_route_leaking_wide_eigrp",
         {"d1_ce GigabitEthernet1 = d3_pe GigabitEthernet1",
          "d2_ce GigabitEthernet1 = d3_pe GigabitEthernet2"}},
        {"net_lab_nxos_redistribution", {"d1_redist Ethernet1/2 = d3_eigrp Ethernet1/1", NULL}},
    };
    Str shared = testing_shared_data(arena);
    if (shared.size == 0) {
        arena_free(arena); /* skip_test jumps past the cleanup */
        skip_test("no shared data");
    }
    for (size_t i = 0; i < COUNT_OF(labs); i++) {
        Topology topology = network(arena, shared, labs[i].name);
        StrVec expected = {0}, found = adjacencies(arena, &topology, IGP_EIGRP);
        for (size_t k = 0; k < COUNT_OF(labs[i].links) && labs[i].links[k]; k++)
            *VEC_PUSH(arena, &expected) = str_of(labs[i].links[k]);
        assert_int_equal(testing_compare(labs[i].name, &expected, &found), 0);
    }
    Topology core = network(arena, shared, "net_avd_isis-ldp-ipvpn");
    assert_int_equal(adjacencies(arena, &core, IGP_ISIS).count, 13);
    assert_int_equal(core.igp_adjacencies.count, 13);
    for (size_t i = 0; i < core.findings.count; i++)
        assert_false(str_starts_with(str_of(core.findings.items[i].kind), STR("isis")));
}

/* "core-rtr01 " says no port, "dist-sw01 Vlan101" says that some trunk leads there. */
static bool end_fits(Str said, Str cable)
{
    size_t blank = str_find_byte(said, ' ');
    Str port = str_from(said, blank + 1);
    if (port.size && !str_starts_with(port, STR("Vlan")))
        return str_equal(said, cable);
    return str_starts_with(cable, str_slice(said, 0, blank + 1));
}

static bool is_cable(Str said, Str cable)
{
    size_t middle = str_find(said, STR(" = ")), other = str_find(cable, STR(" = "));
    Str left = str_slice(said, 0, middle), right = str_from(said, middle + 3);
    Str one = str_slice(cable, 0, other), two = str_from(cable, other + 3);
    return (end_fits(left, one) && end_fits(right, two)) ||
           (end_fits(left, two) && end_fits(right, one));
}

/* Labs with cabling: with configurations alone the plain layer-2 links cannot be seen, but nothing
 * that is said may be wrong. */
static void test_cabled_labs_have_their_links(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str shared = testing_shared_data(arena);
    if (shared.size == 0) {
        arena_free(arena); /* skip_test jumps past the cleanup */
        skip_test("no shared data");
    }
    Topology topology = network(arena, shared, "net_cml_multiplatform");
    Str table =
        testing_file(arena, network_path(arena, shared, "net_cml_multiplatform", "links.tsv"));
    StrVec cables = table_links(arena, &topology, table, '\t', (const size_t[]){0, 1, 2, 3});
    StrVec links = testing_links(arena, &topology);
    size_t fitting = 0;
    for (size_t i = 0; i < links.count; i++) {
        bool fits = false;
        for (size_t k = 0; k < cables.count && !fits; k++)
            fits = is_cable(links.items[i], cables.items[k]);
        if (!fits)
            printf("not cabled: %.*s\n", STR_ARGS(links.items[i]));
        fitting += fits;
    }
    printf("cabled lab: %zu of %zu links said are cables, of %zu cables\n", fitting, links.count,
           cables.count);
    assert_int_equal(fitting, links.count);
}

static void test_small_labs_have_their_sessions(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    static const struct {
        const char *name;
        size_t links, established;
    } labs[] = {
        {"net_lab_junos_ebgp_loop_prevention", 5, 5}, {"net_lab_eos_private_asn", 7, 7},
        {"net_lab_iosxe_bgp_confederation", 6, 6},    {"net_lab_ios_ibgp_split_horizon", 2, 2},
        {"net_lab_nxos_redistribution", 5, 2},        {"net_lab_nxos_undefined_route_map", 14, 14},
    };
    Str shared = testing_shared_data(arena);
    if (shared.size == 0) {
        arena_free(arena); /* skip_test jumps past the cleanup */
        skip_test("no shared data");
    }
    for (size_t i = 0; i < COUNT_OF(labs); i++) {
        Topology topology = network(arena, shared, labs[i].name);
        size_t established = 0;
        for (size_t k = 0; k < topology.sessions.count; k++)
            established += topology.sessions.items[k].state == BGP_UNIQUE_MATCH;
        assert_int_equal(testing_links(arena, &topology).count, labs[i].links);
        assert_int_equal(established, labs[i].established);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example_network_has_its_sessions),
        cmocka_unit_test(test_iosxr_lab_has_its_sessions),
        cmocka_unit_test(test_edges_are_those_of_batfish),
        cmocka_unit_test(test_generated_fabrics_have_their_links),
        cmocka_unit_test(test_labs_have_their_neighbours_of_isis_and_eigrp),
        cmocka_unit_test(test_cabled_labs_have_their_links),
        cmocka_unit_test(test_small_labs_have_their_sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
