/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/map.h"
#include "base/strbuf.h"
#include "base/vec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void count_call(void *argument)
{
    (*(int *)argument)++;
}

static void test_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (size_t size = 0; size < 10000; size = size * 2 + 1) {
        unsigned char *bytes = arena_alloc(arena, size);
        assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], 0);
        memset(bytes, 0xAA, size);
    }
}

static void test_reset_gives_back_and_cleans(void **state)
{
    (void)state;
    int calls = 0;
    Arena *arena = arena_new();
    arena_on_free(arena, count_call, &calls);
    ArenaMark mark = arena_mark(arena);
    size_t held = arena_size_bytes(arena);
    arena_on_free(arena, count_call, &calls);
    memset(arena_alloc(arena, 1 << 20), 1, 1 << 20);
    arena_reset(arena, mark);
    assert_int_equal(calls, 1);
    assert_int_equal(arena_size_bytes(arena), held);
    char *again = arena_alloc(arena, 64);
    for (int i = 0; i < 64; i++)
        assert_int_equal(again[i], 0);
    arena_free(arena);
    assert_int_equal(calls, 2);
}

static void test_large_allocation_leaves_the_next_chunk_small(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    (void)!arena_alloc(arena, 64);
    (void)!arena_alloc(arena, 1 << 20);
    size_t held = arena_size_bytes(arena);
    (void)!arena_alloc(arena, 64);
    assert_true(arena_size_bytes(arena) - held <= 16 * 1024);
}

static void fill(char *bytes, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++) {
        assert_int_equal(bytes[i], 0);
        bytes[i] = (char)(i % 251);
    }
}

static void test_an_allocation_grows(void **state)
{
    (void)state;
    for (int secret = 0; secret < 2; secret++) {
        auto_arena Arena *arena = arena_new();
        if (secret)
            arena_keep_secret(arena);
        char *bytes = arena_alloc(arena, 10), *neighbour = arena_alloc(arena, 200 << 10);
        size_t size = 10;
        fill(bytes, 0, size);
        memset(neighbour, 7, 200 << 10);
        for (size_t grown = 40; grown < 4 << 20; grown *= 3) {
            bytes = arena_resize(arena, bytes, size, grown);
            fill(bytes, size, grown);
            size = grown;
        }
        for (size_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], (char)(i % 251));
        for (size_t i = 0; i < 200 << 10; i++)
            assert_int_equal(neighbour[i], 7);
        /* Only the small ones were copied, so that not much more is held than is used. */
        assert_true(arena_size_bytes(arena) < size + (400 << 10));
    }
}

static void test_an_allocation_that_grows_stays_before_a_mark(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    char *bytes = arena_alloc(arena, 1 << 20);
    ArenaMark mark = arena_mark(arena);
    (void)!arena_alloc(arena, 1 << 20);
    bytes = arena_resize(arena, bytes, 1 << 20, 3 << 20);
    memset(bytes, 1, 3 << 20);
    arena_reset(arena, mark);
    assert_true(arena_size_bytes(arena) <= 3 << 20);
    bytes = arena_resize(arena, bytes, 3 << 20, 4 << 20);
    assert_int_equal(bytes[(3 << 20) - 1], 1);
    assert_int_equal(bytes[3 << 20], 0);
}

static void test_arrays_grow_into_memory_that_others_have_left(void **state)
{
    (void)state;
    enum { ARRAYS = 1000, BYTES = 4000 };
    auto_arena Arena *arena = arena_new();
    for (int i = 0; i < ARRAYS; i++) {
        char *bytes = NULL;
        size_t size = 0;
        for (size_t grown = 500; grown <= BYTES; grown *= 2) {
            bytes = arena_resize(arena, bytes, size, grown);
            fill(bytes, size, grown);
            size = grown;
        }
        for (size_t k = 0; k < size; k++)
            assert_int_equal(bytes[k], (char)(k % 251));
    }
    assert_true(arena_size_bytes(arena) < (size_t)ARRAYS * BYTES * 5 / 4 + (1 << 20));
}

static void test_memory_behind_a_mark_is_not_grown_into(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    (void)!arena_alloc(arena, 100);
    ArenaMark mark = arena_mark(arena);
    char *left = arena_alloc(arena, 200);
    (void)!arena_resize(arena, left, 200, 400);
    arena_reset(arena, mark);
    char *first = arena_alloc(arena, 200);
    char *second = arena_resize(arena, NULL, 0, 200);
    memset(first, 1, 200);
    memset(second, 2, 200);
    assert_int_equal(first[199], 1);
}

static void test_printf_and_copies(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str text = arena_printf(arena, "%s-%d", "as", 65000);
    assert_string_equal(text.data, "as-65000");
    Str copy = arena_copy(arena, STR("a\0b"));
    assert_int_equal(copy.size, 3);
    assert_int_equal(copy.data[3], 0);
    for (int i = 0; i < 3000; i++) { /* over the ends of chunks */
        text = arena_printf(arena, "%d %s", i, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        assert_int_equal(text.size, strlen(text.data));
        assert_true(str_ends_with(text, STR(" ABCDEFGHIJKLMNOPQRSTUVWXYZ")));
    }
}

static void test_vector_keeps_items_when_it_grows(void **state)
{
    (void)state;
    VEC(uint32_t) numbers = {0};
    auto_arena Arena *arena = arena_new();
    for (uint32_t i = 0; i < 1000; i++)
        *VEC_PUSH(arena, &numbers) = i;
    assert_int_equal(numbers.count, 1000);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(numbers.items[i], i);
}

static void test_map_of_indexes(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Map map = {0};
    assert_true(map_get_index(&map, STR("none")) == MAP_NO_INDEX);
    map_put_index(arena, &map, STR("first"), 0);
    map_put_index(arena, &map, STR("last"), MAP_NO_INDEX - 1);
    map_put_index(arena, &map, STR("other"), 7);
    map_put_index(arena, &map, STR("other"), 8);
    assert_int_equal(map_get_index(&map, STR("first")), 0);
    assert_true(map_get_index(&map, STR("last")) == MAP_NO_INDEX - 1);
    assert_int_equal(map_get_index(&map, STR("other")), 8);
    assert_true(map_get_index(&map, STR("none")) == MAP_NO_INDEX);
}

static void test_map_keeps_order_and_replaces(void **state)
{
    (void)state;
    Map map = {0};
    int values[500];
    auto_arena Arena *arena = arena_new();
    assert_null(map_get(&map, STR("x")));
    for (int i = 0; i < 500; i++)
        assert_null(map_put(arena, &map, arena_printf(arena, "key%d", i), &values[i]));
    for (int i = 0; i < 500; i++)
        assert_ptr_equal(map_get(&map, arena_printf(arena, "key%d", i)), &values[i]);
    assert_ptr_equal(map_put(arena, &map, STR("key7"), &values[0]), &values[7]);
    assert_int_equal(map.count, 500);
    assert_true(str_equal(map.entries[7].key, STR("key7")));
    assert_null(map_get(&map, STR("key500")));
}

static void test_strbuf_stops_at_its_maximum(void **state)
{
    (void)state;
    auto_strbuf StrBuf buf = {0};
    strbuf_init(&buf, 10);
    strbuf_append(&buf, STR("12345"));
    strbuf_printf(&buf, "%s", "678");
    assert_false(buf.overflowed);
    strbuf_append(&buf, STR("9abc"));
    assert_true(buf.overflowed);
    assert_true(str_equal(strbuf_str(&buf), STR("123456789a")));
    assert_null(strbuf_reserve(&buf, 1));
    strbuf_clear(&buf);
    assert_false(buf.overflowed);
    strbuf_printf(&buf, "%0300d", 1);
    assert_int_equal(buf.size, 10);
    strbuf_clear(&buf);
    strbuf_append(&buf, STR("abcdef"));
    strbuf_consume(&buf, 2);
    assert_true(str_equal(strbuf_str(&buf), STR("cdef")));
}

static void test_an_arena_with_secrets_overwrites_what_it_resets(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_false(arena_keeps_secret(arena));
    arena_keep_secret(arena);
    Str kept = arena_copy(arena, STR("this stays"));
    ArenaMark mark = arena_mark(arena);
    Str secret = arena_copy(arena, STR("correct horse"));
    memset(arena_alloc(arena, 1 << 20), 1, 1 << 20);
    arena_reset(arena, mark);
    for (size_t i = 0; i < secret.size; i++)
        assert_int_equal(secret.data[i], 0);
    assert_true(str_equal(kept, STR("this stays")));
    assert_true(arena_keeps_secret(arena));
}

static void test_a_buffer_with_secrets_keeps_them_when_it_grows(void **state)
{
    (void)state;
    auto_strbuf StrBuf buf = {0};
    auto_strbuf StrBuf plain = {0};
    strbuf_init(&buf, 1 << 20);
    strbuf_init(&plain, 1 << 20);
    strbuf_keep_secret(&buf);
    for (unsigned i = 0; i < 5000; i++) {
        strbuf_printf(&buf, "%u ", i);
        strbuf_printf(&plain, "%u ", i);
    }
    assert_true(str_equal(strbuf_str(&buf), strbuf_str(&plain)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zeroed_and_aligned),
        cmocka_unit_test(test_reset_gives_back_and_cleans),
        cmocka_unit_test(test_large_allocation_leaves_the_next_chunk_small),
        cmocka_unit_test(test_an_allocation_grows),
        cmocka_unit_test(test_an_allocation_that_grows_stays_before_a_mark),
        cmocka_unit_test(test_arrays_grow_into_memory_that_others_have_left),
        cmocka_unit_test(test_memory_behind_a_mark_is_not_grown_into),
        cmocka_unit_test(test_printf_and_copies),
        cmocka_unit_test(test_vector_keeps_items_when_it_grows),
        cmocka_unit_test(test_map_keeps_order_and_replaces),
        cmocka_unit_test(test_map_of_indexes),
        cmocka_unit_test(test_strbuf_stops_at_its_maximum),
        cmocka_unit_test(test_an_arena_with_secrets_overwrites_what_it_resets),
        cmocka_unit_test(test_a_buffer_with_secrets_keeps_them_when_it_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
