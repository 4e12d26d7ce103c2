/* SPDX-License-Identifier: Apache-2.0 */
/* Large diagrams: sites as groups, no overlap, no line through a box, components packed. */
#include "engines/topology/layout_group.h"
#include "engines/topology/svg_draw.h"
#include "engines/topology/topology_testing.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <math.h>

#include <cmocka.h>

typedef struct {
    Arena *arena;
    StrBuf *texts;
    size_t count;
    unsigned links;
    uint64_t random;
} Network;

static uint32_t next_random(Network *network, uint32_t below)
{
    network->random = network->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(network->random >> 33) % below;
}

static size_t add(Network *network, Str name)
{
    StrBuf *text = &network->texts[network->count];
    strbuf_init(text, 1 << 20);
    strbuf_printf(text, "version 15.2\nhostname %.*s\n", STR_ARGS(name));
    return network->count++;
}

static void join(Network *network, size_t a, size_t b)
{
    unsigned link = network->links++;
    for (unsigned end = 0; end < 2; end++)
        strbuf_printf(&network->texts[end ? b : a],
                      "interface GigabitEthernet%u/%u\n ip address 10.%u.%u.%u 255.255.255.254\n",
                      link / 48, link % 48, link >> 15, link >> 7 & 255, (link & 127) * 2 + end);
}

static void add_lan(Network *network, size_t device, unsigned lan)
{
    strbuf_printf(&network->texts[device],
                  "interface GigabitEthernet99/%u\n ip address 192.168.%u.%zu 255.255.255.0\n", lan,
                  lan, device % 200 + 1);
}

/* Sites of two cores, four distribution and many access switches, some linked across sites. */
static Topology campus(Arena *arena, unsigned sites, unsigned access, uint64_t seed)
{
    Network network = {.arena = arena, .random = seed};
    network.texts = ARENA_ARRAY(arena, StrBuf, (size_t)sites * (access + 6) + 2);
    size_t wan[] = {add(&network, STR("wan1")), add(&network, STR("wan2"))};
    join(&network, wan[0], wan[1]);
    for (unsigned site = 0; site < sites; site++) {
        size_t first = network.count;
        for (unsigned i = 0; i < access + 6; i++) {
            const char *role = i < 2 ? "core" : i < 6 ? "dist" : "acc";
            unsigned number = i < 2 ? i + 1 : i < 6 ? i - 1 : i - 5;
            size_t self =
                add(&network, arena_printf(arena, "site%c-%s%u", 'a' + site, role, number));
            if (i < 2)
                join(&network, wan[i], self);
            else if (i < 6)
                join(&network, first + i % 2, self);
            else
                join(&network, first + 2 + i % 4, self);
            if (i >= 6 && i % 3 == 0)
                add_lan(&network, self, site);
            if (self > 20 && next_random(&network, 6) == 0)
                join(&network, self, next_random(&network, (uint32_t)self));
        }
    }
    const char **texts = ARENA_ARRAY(arena, const char *, network.count);
    for (size_t i = 0; i < network.count; i++) {
        texts[i] = arena_copy(arena, strbuf_str(&network.texts[i])).data;
        strbuf_done(&network.texts[i]);
    }
    return testing_topology(arena, texts, network.count);
}

static bool is_inside(const NodeBox *box, LayoutPoint point)
{
    return point.x > box->x + 1 && point.x < box->x + box->width - 1 && point.y > box->y + 1 &&
           point.y < box->y + box->height - 1;
}

/* Looks at a point every few pixels of a straight part. */
static bool part_hits(const NodeBox *box, LayoutPoint from, LayoutPoint to)
{
    int steps = (int)(hypot(to.x - from.x, to.y - from.y) / 6) + 1;
    if (fmin(from.x, to.x) > box->x + box->width || fmax(from.x, to.x) < box->x ||
        fmin(from.y, to.y) > box->y + box->height || fmax(from.y, to.y) < box->y)
        return false;
    for (int i = 0; i <= steps; i++) {
        double share = (double)i / steps;
        if (is_inside(box, (LayoutPoint){from.x + (to.x - from.x) * share,
                                         from.y + (to.y - from.y) * share}))
            return true;
    }
    return false;
}

static size_t count_lines_through(const Topology *topology, const TopologyEdge *edge, Curve *curve)
{
    size_t through = 0;
    svg_curve_flatten(edge, curve);
    for (size_t n = 0; n < topology->nodes.count; n++) {
        const TopologyNode *node = &topology->nodes.items[n];
        bool hit = false;
        if (node->management || n == edge->ends[0].node || n == edge->ends[1].node)
            continue;
        for (size_t i = 1; i < curve->count && !hit; i++)
            hit = part_hits(&node->box, curve->points[i - 1], curve->points[i]);
        through += hit;
    }
    return through;
}

static size_t count_all_through(const Topology *topology, Curve *curve)
{
    size_t through = 0;
    for (size_t i = 0; i < topology->edges.count; i++) {
        const TopologyEdge *edge = &topology->edges.items[i];
        if (edge->points.count >= 2)
            through += count_lines_through(topology, edge, curve);
    }
    return through;
}

static void check_boxes(const Topology *topology)
{
    for (size_t i = 0; i < topology->nodes.count; i++) {
        const NodeBox *a = &topology->nodes.items[i].box;
        for (size_t k = i + 1; k < topology->nodes.count; k++) {
            const NodeBox *b = &topology->nodes.items[k].box;
            assert_false(a->x < b->x + b->width && b->x < a->x + a->width &&
                         a->y < b->y + b->height && b->y < a->y + a->height);
        }
    }
}

static void check_members(const Topology *topology)
{
    for (size_t i = 0; i < topology->nodes.count; i++) {
        const TopologyNode *node = &topology->nodes.items[i];
        const NodeBox *group = &topology->groups.items[node->group].box;
        if (node->management)
            continue;
        assert_true(node->box.x >= group->x);
        assert_true(node->box.y >= group->y);
        assert_true(node->box.x + node->box.width <= group->x + group->width);
        assert_true(node->box.y + node->box.height <= group->y + group->height);
    }
}

static void test_no_line_runs_through_a_box(void **state)
{
    (void)state;
    Curve *curve = test_malloc(sizeof(Curve));
    for (uint64_t seed = 1; seed <= 3; seed++) {
        auto_arena Arena *arena = arena_new();
        Topology topology = campus(arena, 5, 24, seed);
        assert_int_equal(topology.device_count, 152);
        assert_int_equal(topology.groups.count, 6);
        check_boxes(&topology);
        check_members(&topology);
        assert_int_equal(count_all_through(&topology, curve), 0);
        /* The count does see a box that stands in the way. */
        svg_curve_flatten(&topology.edges.items[topology.edges.count - 1], curve);
        LayoutPoint middle = svg_curve_at(curve, curve->length / 2);
        topology.nodes.items[0].box = (NodeBox){middle.x - 20, middle.y - 20, 40, 40};
        assert_true(count_all_through(&topology, curve) > 0);
    }
    test_free(curve);
}

static void test_sites_come_from_names(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"dc1-pod3-leaf12", "dc1-pod3"},
        {"lis-edge1.example.net", "lis"},
        {"as2border1", "as2"},
        {"core1", ""},
        {"leaf1-dc2", "dc2"},
        {"pt-lis-sw01", "pt-lis"},
        {"r1", ""},
    };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        assert_str(layout_site_of_name(str_of(names[i][0])), names[i][1]);
}

static void test_small_networks_have_no_groups(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Topology topology = campus(arena, 2, 4, 1);
    assert_int_equal(topology.groups.count, 0);
}

static void test_names_that_tell_nothing_leave_the_components(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Network network = {.arena = arena};
    network.texts = ARENA_ARRAY(arena, StrBuf, 60);
    for (unsigned i = 0; i < 60; i++) {
        size_t self = add(&network, arena_printf(arena, "r%u", i));
        if (i % 6)
            join(&network, self, self - 1);
    }
    const char *texts[60];
    for (size_t i = 0; i < 60; i++) {
        texts[i] = arena_copy(arena, strbuf_str(&network.texts[i])).data;
        strbuf_done(&network.texts[i]);
    }
    Topology topology = testing_topology(arena, texts, 60);
    assert_int_equal(topology.groups.count, 11);
    assert_false(topology.groups.items[1].is_framed);
    check_boxes(&topology);
    assert_true(topology.width < 4 * topology.height && topology.height < 4 * topology.width);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_line_runs_through_a_box),
        cmocka_unit_test(test_sites_come_from_names),
        cmocka_unit_test(test_small_networks_have_no_groups),
        cmocka_unit_test(test_names_that_tell_nothing_leave_the_components),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
