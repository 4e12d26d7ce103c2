/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/search_spread.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *const documents[] = {"core1.cfg", "core1.cfg", "core1-bgp.txt",
                                        "core2.cfg", "core2.cfg", "core10.cfg"};

/* The order of the documents' indexes after spreading, as "0 3 1 …". */
static Str order_of(Arena *arena, const char *query)
{
    SearchHit hits[COUNT_OF(documents)] = {0};
    Str order = STR("");
    for (size_t i = 0; i < COUNT_OF(documents); i++)
        hits[i] = (SearchHit){.document_name = str_of(documents[i]), .line_start = (int64_t)i};
    SearchResult result = {.hits = hits, .count = COUNT_OF(documents)};
    search_spread(arena, str_of(query), &result);
    assert_int_equal(result.count, COUNT_OF(documents));
    for (size_t i = 0; i < result.count; i++)
        order = arena_printf(arena, "%.*s%s%d", STR_ARGS(order), i ? " " : "",
                             (int)result.hits[i].line_start);
    return order;
}

static void test_named_devices_take_turns(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(order_of(arena, "MTU of core1 and CORE2?"), "0 3 5 1 4 2");
    assert_str(order_of(arena, "core2, core10 or core1: who?"), "0 3 5 1 4 2");
}

static void test_many_devices_come_by_document(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(order_of(arena, "which routers have OSPF?"), "0 2 3 5 1 4");
    assert_str(order_of(arena, "Quais equipamentos têm OSPF?"), "0 2 3 5 1 4");
}

static void test_one_device_keeps_its_order(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(order_of(arena, "which MTU has core1?"), "0 1 2 3 4 5");
    assert_str(order_of(arena, "which MTU?"), "0 1 2 3 4 5");
    assert_str(order_of(arena, ""), "0 1 2 3 4 5");
}

static void test_a_document_is_named_by_its_beginning(void **state)
{
    (void)state;
    SearchHit hit = {.document_name = STR("core1-bgp.txt")};
    assert_true(search_is_named(STR("is core1 up?"), &hit));
    assert_true(search_is_named(STR("(Core1-BGP)"), &hit));
    assert_false(search_is_named(STR("is core up?"), &hit));
    assert_false(search_is_named(STR("is core10 or bgp up?"), &hit));
    hit.is_global = true;
    assert_false(search_is_named(STR("is core1 up?"), &hit));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_named_devices_take_turns),
        cmocka_unit_test(test_many_devices_come_by_document),
        cmocka_unit_test(test_one_device_keeps_its_order),
        cmocka_unit_test(test_a_document_is_named_by_its_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
