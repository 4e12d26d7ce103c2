/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which files are given changes nothing: every output has the same bytes. */
#include "engines/topology/topology_testing.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ORDERS = 20 };

/* A generator with a fixed seed: each run tries the same orders. */
static uint32_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static void shuffle(Device *devices, size_t count, uint64_t *state)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = next_random(state) % i;
        Device other = devices[i - 1];
        devices[i - 1] = devices[k];
        devices[k] = other;
    }
}

static void write_everything(Arena *arena, const Device *devices, size_t count, StrBuf *out)
{
    JsonWriter json;
    Topology topology;
    topology_build(arena, devices, count, &topology);
    topology_layout(arena, &topology);
    json_start(&json, out);
    topology_write_json(&topology, &json);
    json_start(&json, out);
    topology_write_metadata(&topology, &json);
    topology_write_svg(&topology, out);
    topology_write_text(&topology, out);
}

static void check_orders(const char *name, Device *devices, size_t count, int orders)
{
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf first = {0};
    uint64_t state = 42;
    strbuf_init(&first, 256u << 20);
    write_everything(arena, devices, count, &first);
    for (int order = 0; order < orders; order++) {
        auto_arena Arena *scratch = arena_new();
        auto_strbuf StrBuf other = {0};
        strbuf_init(&other, 256u << 20);
        shuffle(devices, count, &state);
        write_everything(scratch, devices, count, &other);
        if (!str_equal(strbuf_str(&first), strbuf_str(&other)))
            fail_msg("%s: order %d gives other bytes", name, order);
    }
}

static void check_files(const char *name, const StrVec *files, int orders)
{
    auto_arena Arena *arena = arena_new();
    Device *devices = ARENA_ARRAY(arena, Device, files->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < files->count; i++) {
        Error error = {0};
        Str text = testing_file(arena, files->items[i]);
        count += config_read(arena, text, files->items[i], &devices[count], &error);
    }
    assert_true(count > 0);
    check_orders(name, devices, count, orders);
}

/* Names that differ in case only, names and files that are equal, no names, shared addresses. */
static void test_hard_names_have_one_order(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    static const char *const texts[] = {
        "version 15.2\nhostname r1\ninterface Gi1\n ip address 10.0.0.1 255.255.255.0\n",
        "version 15.2\nhostname R1\ninterface Gi1\n ip address 10.0.0.1 255.255.255.0\n",
        "version 15.2\nhostname r1\ninterface Gi1\n ip address 10.0.0.3 255.255.255.0\n",
        "version 15.2\nhostname r01\ninterface Gi1\n ip address 10.0.0.4 255.255.255.0\n",
        "version 15.2\nhostname r1.example.net\ninterface Gi1\n description r1\n",
        "version 15.2\ninterface Gi1\n ip address 10.0.0.1 255.255.255.0\n",
        "version 15.2\nhostname r10\nrouter bgp 1\n neighbor 10.0.0.1 remote-as 2\n",
        "version 15.2\nhostname r2\nrouter bgp 2\n neighbor 10.0.0.9 remote-as 1\n",
    };
    Device devices[COUNT_OF(texts)];
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        devices[i] = testing_device_named(arena, texts[i], i < 3 ? "same.cfg" : "x.cfg");
    check_orders("hard names", devices, COUNT_OF(texts), 100);
}

static void test_twins_stand_in_order(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *texts[] = {"version 15.2\nhostname leaf10\n", "version 15.2\nhostname leaf9\n",
                           "version 15.2\nhostname Leaf11\n"};
    Topology topology = testing_topology(arena, texts, 3);
    assert_true(str_equal(topology.nodes.items[0].label, STR("leaf9")));
    assert_true(str_equal(topology.nodes.items[2].label, STR("Leaf11")));
}

static void test_sample_has_one_order(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    const char *root = getenv("NETGURU_TEST_SOURCE_ROOT");
    StrVec files = testing_files(arena, arena_printf(arena, "%s/sample", root ? root : "."));
    check_files("sample", &files, ORDERS);
}

static void test_recorded_networks_have_one_order(void **state)
{
    (void)state;
    static const char *const networks[] = {
        "net_lab_ios_example_network/configs", "net_bf_example_live/configs",
        "net_avd_dual-dc-l3ls/configs",        "net_cml_multiplatform/configs",
        "net_lab_nxos_hsrp/configs",           "net_avd_isis-ldp-ipvpn/configs",
    };
    auto_arena Arena *arena = arena_new();
    Str shared = testing_shared_data(arena);
    if (shared.size == 0) {
        arena_free(arena); /* skip_test jumps past the cleanup */
        skip_test("no shared data");
    }
    for (size_t i = 0; i < COUNT_OF(networks); i++) {
        Str folder = arena_printf(arena, "%.*s/configs/%s", STR_ARGS(shared), networks[i]);
        StrVec files = testing_files(arena, folder);
        if (files.count)
            check_files(networks[i], &files, ORDERS);
    }
}

static void test_topology_cases_have_one_order(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str shared = testing_shared_data(arena);
    StrVec files = {0};
    if (shared.size)
        files =
            testing_files(arena, arena_printf(arena, "%.*s/../cases/topology", STR_ARGS(shared)));
    if (files.count == 0) {
        arena_free(arena); /* skip_test jumps past the cleanup */
        skip_test("no topology cases");
    }
    check_files("cases", &files, ORDERS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hard_names_have_one_order),
        cmocka_unit_test(test_twins_stand_in_order),
        cmocka_unit_test(test_sample_has_one_order),
        cmocka_unit_test(test_recorded_networks_have_one_order),
        cmocka_unit_test(test_topology_cases_have_one_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
