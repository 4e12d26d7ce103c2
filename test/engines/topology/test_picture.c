/* SPDX-License-Identifier: Apache-2.0 */
/* Layout and output: no overlap, the same bytes twice, valid JSON, no foreign markup. */
#include "engines/topology/topology_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef struct {
    unsigned a, b; /* routers */
    unsigned site; /* of the address */
} Ends;

/* Tells the two routers of a link, of count routers. */
typedef Ends (*LinkRule)(unsigned link, unsigned count);

/* Links from everywhere to everywhere. */
static Ends spread_link(unsigned link, unsigned count)
{
    Ends ends = {link % count, (link * 7 + link / count * 3 + 1) % count, link >> 6};
    if (ends.a == ends.b)
        ends.b = (ends.b + 1) % count;
    return ends;
}

/* A mesh of ten, fifty with two links into it, and the others with two links to those. */
static Ends tiered_link(unsigned link, unsigned count)
{
    enum { CORE = 10, MESH = CORE * (CORE - 1) / 2, MIDDLE = 50 };
    (void)count;
    if (link < MESH) {
        Ends ends = {1, link, 0};
        while (ends.b >= ends.a)
            ends.b -= ends.a++;
        return ends;
    }
    link -= MESH;
    if (link < 2 * MIDDLE)
        return (Ends){CORE + link / 2, (link / 2 + link % 2 * 3) % CORE, 0};
    link -= 2 * MIDDLE;
    return (Ends){CORE + MIDDLE + link / 2, CORE + (link / 2 + CORE + link % 2 * 7) % MIDDLE, 0};
}

static Str router_text(Arena *arena, unsigned i, unsigned count, unsigned links, LinkRule rule)
{
    auto_strbuf StrBuf text;
    strbuf_init(&text, 1 << 20);
    strbuf_printf(&text, "version 15.2\nhostname n%u\n", i);
    for (unsigned link = 0, port = 0; link < links; link++) {
        Ends ends = rule(link, count);
        if (ends.a != i && ends.b != i)
            continue;
        strbuf_printf(&text,
                      "interface GigabitEthernet0/%u\n ip address 10.%u.%u.%u 255.255.255.252\n",
                      port++, ends.site, link >> 6, (link & 63) * 4 + (ends.a == i ? 1 : 2));
    }
    return arena_copy(arena, strbuf_str(&text));
}

static Topology big_network(Arena *arena, unsigned count, unsigned links, LinkRule rule)
{
    const char **texts = ARENA_ARRAY(arena, const char *, count);
    for (unsigned i = 0; i < count; i++)
        texts[i] = router_text(arena, i, count, links, rule).data;
    return testing_topology(arena, texts, count);
}

static bool boxes_overlap(const NodeBox *a, const NodeBox *b)
{
    return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
           b->y < a->y + a->height;
}

static void check_layout(const Topology *topology)
{
    for (size_t i = 0; i < topology->nodes.count; i++) {
        const NodeBox *box = &topology->nodes.items[i].box;
        assert_true(box->width > 20 && box->height > 20 && box->x >= 0 && box->y >= 0);
        for (size_t k = i + 1; k < topology->nodes.count; k++)
            assert_false(boxes_overlap(box, &topology->nodes.items[k].box));
    }
    for (size_t i = 0; i < topology->edges.count; i++) {
        const TopologyEdge *edge = &topology->edges.items[i];
        assert_true(edge->ends[0].node < topology->nodes.count);
        assert_true(edge->ends[1].node < topology->nodes.count);
        assert_true(i == 0 || str_compare(topology->edges.items[i - 1].id, edge->id) < 0);
    }
}

static void test_three_hundred_devices_are_laid_out(void **state)
{
    (void)state;
    auto_arena Arena *small = arena_new();
    auto_arena Arena *arena = arena_new();
    Topology thirty = big_network(small, 30, 60, spread_link);
    Topology topology = big_network(arena, 300, 603, spread_link);
    assert_int_equal(topology.nodes.count, 300);
    assert_int_equal(topology.edges.count, 603);
    check_layout(&topology);
    assert_true(topology.steps < thirty.steps * 25);
}

static void test_five_hundred_devices_in_tiers_are_no_thread(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Topology topology = big_network(arena, 500, 1025, tiered_link);
    assert_int_equal(topology.edges.count, 1025);
    check_layout(&topology);
    assert_true(topology.width < 8 * topology.height);
}

static Str everything(Arena *arena, const Topology *topology)
{
    auto_strbuf StrBuf out;
    JsonWriter json;
    strbuf_init(&out, 64u << 20);
    json_start(&json, &out);
    topology_write_json(topology, &json);
    json_start(&json, &out);
    topology_write_metadata(topology, &json);
    topology_write_svg(topology, &out);
    topology_write_text(topology, &out);
    assert_false(out.overflowed);
    return arena_copy(arena, strbuf_str(&out));
}

static void test_same_network_gives_same_bytes(void **state)
{
    (void)state;
    auto_arena Arena *first = arena_new();
    auto_arena Arena *second = arena_new();
    Topology one = big_network(first, 40, 90, spread_link),
             two = big_network(second, 40, 90, spread_link);
    assert_true(str_equal(everything(first, &one), everything(second, &two)));
}

static void test_react_flow_names_nodes_and_edges(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        "version 15.2\nhostname r1\ninterface Gi0/1\n ip address 10.0.0.1 255.255.255.252\n"
        "interface Gi0/2\n ip address 10.0.0.5 255.255.255.252\n",
        "version 15.2\nhostname r2\ninterface Gi0/1\n ip address 10.0.0.2 255.255.255.252\n"
        "interface Gi0/2\n ip address 10.0.0.6 255.255.255.252\n"};
    Topology topology = testing_topology(arena, texts, 2);
    auto_strbuf StrBuf out;
    JsonWriter json;
    Error error = {0};
    strbuf_init(&out, 1 << 20);
    json_start(&json, &out);
    topology_write_json(&topology, &json);
    const JsonValue *graph = json_parse(arena, strbuf_str(&out), &error);
    assert_non_null(graph);
    const JsonValue *nodes = json_get(graph, "nodes"), *edges = json_get(graph, "edges");
    assert_true(nodes->count == 2 && edges->count == 2);
    for (size_t i = 0; i < 2; i++) {
        const JsonValue *position = json_get(&nodes->items[i], "position");
        Str text;
        assert_true(json_get_str(&nodes->items[i], "id", &text));
        assert_true(json_get_str(&nodes->items[i], "type", &text) &&
                    str_equal(text, STR("router")));
        assert_non_null(json_get(position, "x"));
        assert_non_null(json_get(json_get(&nodes->items[i], "data"), "label"));
        assert_true(json_get_str(&edges->items[i], "source", &text) && str_equal(text, STR("r1")));
        assert_true(json_get_str(&edges->items[i], "label", &text) && text.size > 0);
        assert_int_equal(json_get(json_get(&edges->items[i], "data"), "evidence")->count, 1);
    }
    Str a = {0};
    Str b = {0};
    assert_true(json_get_str(&edges->items[0], "id", &a));
    assert_true(json_get_str(&edges->items[1], "id", &b));
    assert_false(str_equal(a, b));
    strbuf_clear(&out);
    json_start(&json, &out);
    topology_write_metadata(&topology, &json);
    const JsonValue *metadata = json_parse(arena, strbuf_str(&out), &error);
    int64_t devices = 0;
    assert_true(json_get_i64(metadata, "total_devices", &devices) && devices == 2);
    assert_int_equal(json_get(metadata, "vendors")->count, 1);
}

static void test_foreign_markup_is_escaped(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {
        "version 15.2\nhostname <script>alert(1)</script>\ninterface Gi0/1\n description "
        "\"><img/src=x onerror=alert(1)>\n ip address 10.0.0.1 255.255.255.0\n vrf forwarding "
        "a\"b'c&d<e>\n",
        "version 15.2\nhostname \xFF\xFE\x01\xED\xA0\x80 x\ninterface Gi0/1\n ip address 10.0.0.2 "
        "255.255.255.0\n vrf forwarding a\"b'c&d<e>\n",
        "version 15.2\nhostname ]]>--><svg/onload=alert(2)>\ninterface Gi0/1\n ip address 10.0.0.3 "
        "255.255.255.0\n vrf forwarding a\"b'c&d<e>\n"};
    Topology topology = testing_topology(arena, texts, 3);
    auto_strbuf StrBuf out;
    strbuf_init(&out, 1 << 20);
    topology_write_svg(&topology, &out);
    Str svg = strbuf_str(&out);
    assert_true(str_is_utf8(svg));
    assert_true(str_find(svg, STR("<script")) == STR_NOT_FOUND);
    assert_true(str_find(svg, STR("<img")) == STR_NOT_FOUND);
    assert_true(str_find(svg, STR("<svg/onload")) == STR_NOT_FOUND);
    assert_true(str_find(svg, STR("&lt;script&gt;")) != STR_NOT_FOUND);
    assert_true(str_find(svg, STR("d<e")) == STR_NOT_FOUND);
    for (size_t i = 0; i < svg.size; i++)
        assert_true((unsigned char)svg.data[i] >= 0x20 || svg.data[i] == '\n');
}

static void test_odd_shapes_are_laid_out(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    /* a star, isolated devices, a chain named by tier, many LANs */
    const char *texts[40];
    for (unsigned i = 0; i < 40; i++) {
        static const char *const names[] = {"edge", "core", "dist", "acc"};
        texts[i] =
            arena_printf(arena,
                         "version 15.2\nhostname %s%u\ninterface Gi0/1\n ip address 10.0.%u.%u "
                         "255.255.255.0\ninterface Gi0/2\n ip address 10.9.0.%u 255.255.0.0\n%s",
                         names[i % 4], i, i / 5, i + 1, i + 1,
                         i % 10 == 9 ? "interface Gi0/2\n shutdown\ninterface Gi0/1\n shutdown\n"
                                     : "")
                .data;
    }
    Topology topology = testing_topology(arena, texts, 40);
    check_layout(&topology);
    everything(arena, &topology);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_three_hundred_devices_are_laid_out),
        cmocka_unit_test(test_five_hundred_devices_in_tiers_are_no_thread),
        cmocka_unit_test(test_same_network_gives_same_bytes),
        cmocka_unit_test(test_react_flow_names_nodes_and_edges),
        cmocka_unit_test(test_foreign_markup_is_escaped),
        cmocka_unit_test(test_odd_shapes_are_laid_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
