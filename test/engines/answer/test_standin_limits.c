/* SPDX-License-Identifier: Apache-2.0 */
/* Limits, hostile texts, and the map as JSON. */
#include "standin_testing.h"

#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_a_map_comes_back_from_its_json(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Error error = {0};
    StandinMap *map = standin_map_new();
    assert_that(standin_map_add_name(map, STANDIN_HOST, STR("Core-1")));
    Str text =
        STR("core-1 CORE-1 10.1.1.1 AS65001 AS3320 2001:db8::5 00:1a:2b:3c:4d:5e jd@acme.com");
    Str hidden = testing_hide(map, arena, text);
    StandinMap *again = standin_map_parse(standin_map_write(map, arena), &error);
    assert_non_null(again);
    assert_int(standin_map_count(again), standin_map_count(map));
    assert_str(standin_restore(again, arena, hidden), text);
    assert_str(testing_hide(again, arena, text), hidden);
    assert_str(standin_map_write(again, arena), standin_map_write(map, arena));
    /* New stand-ins do not collide with those that were parsed. */
    (void)testing_hide(again, arena, STR("hostname zz-1\nhostname yy-2\nAS65002 10.1.1.2"));
    assert_str(standin_restore(again, arena, hidden), text);
    standin_map_free(again);
    standin_map_free(map);
}

static void test_two_maps_have_different_standins(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    StandinMap *a = standin_map_new();
    StandinMap *b = standin_map_new();
    Str text = STR("10.1.1.1 2001:db8:1::1 192.168.1.1 172.16.1.1 8.1.1.1");
    assert_that(!str_equal(testing_hide(a, arena, text), testing_hide(b, arena, text)));
    standin_map_free(a);
    standin_map_free(b);
}

#define MAP_HEAD "{\"version\":1,\"key\":\"00112233445566778899aabbccddeeff\",\"names\":"

static void test_other_json_is_no_map(void **state)
{
    (void)state;
    static const char *texts[] = {
        "",
        "{}",
        "[]",
        "{\"version\":2,\"key\":\"00112233445566778899aabbccddeeff\",\"names\":[],\"pairs\":[]}",
        "{\"version\":1,\"key\":\"00\",\"names\":[],\"pairs\":[]}",
        "{\"version\":1,\"key\":\"zz112233445566778899aabbccddeeff\",\"names\":[],\"pairs\":[]}",
        MAP_HEAD "[1],\"pairs\":[]}",
        MAP_HEAD "[[\"h\",\"a\",0,true]],"
                 "\"pairs\":[]}",
        MAP_HEAD "[],\"pairs\":[[\"x\","
                 "\"a\",\"b\"]]}",
        MAP_HEAD "[],\"pairs\":[[\"4\","
                 "\"a\",\"b\"],[\"4\",\"c\",\"b\"]]}",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        Error error = {0};
        assert_null(standin_map_parse(str_of(texts[i]), &error));
        assert_int(error.code, ERR_VALIDATION);
    }
}

static void test_every_prefix_of_a_json_map_is_refused(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    StandinMap *map = standin_map_new();
    (void)testing_hide(map, arena, STR("hostname zz-1\n10.1.1.1 AS65001"));
    Str json = standin_map_write(map, arena);
    for (size_t size = 0; size < json.size; size++) {
        Error error = {0};
        assert_null(standin_map_parse(str_slice(json, 0, size), &error));
    }
    standin_map_free(map);
}

static void test_a_full_map_refuses_to_hide(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text = {0};
    StandinMap *map = standin_map_new();
    Str hidden;
    strbuf_init(&text, 4 << 20);
    for (unsigned i = 0; i < STANDIN_MAX_ENTRIES; i++)
        strbuf_printf(&text, "10.%u.%u.%u\n", 1 + i / 62500, i / 250 % 250, 1 + i % 250);
    (void)testing_hide(map, arena, strbuf_str(&text));
    assert_int(standin_map_count(map), STANDIN_MAX_ENTRIES);
    assert_that(standin_hide(map, arena, STR("10.1.1.1 again"), &hidden));
    assert_that(!standin_hide(map, arena, STR("11.1.1.1 is new"), &hidden));
    assert_that(!standin_hide(map, arena, STR("hostname zz-1"), &hidden));
    assert_that(!standin_map_add_name(map, STANDIN_HOST, STR("zz-1")));
    standin_map_free(map);
}

static void test_a_text_has_a_longest_size(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    StandinMap *map = standin_map_new();
    char *text = arena_alloc(arena, STANDIN_TEXT_MAX_BYTES + 1);
    Str hidden;
    memset(text, ' ', STANDIN_TEXT_MAX_BYTES + 1);
    assert_that(standin_hide(map, arena, str_make(text, STANDIN_TEXT_MAX_BYTES), &hidden));
    assert_that(!standin_hide(map, arena, str_make(text, STANDIN_TEXT_MAX_BYTES + 1), &hidden));
    standin_map_free(map);
}

static void test_hostile_texts_come_back(void **state)
{
    (void)state;
    static const char *units[] = {
        "x",           ":",           "1.",
        "a:",          "::",          "10.1.1.1",
        "10.1.1.1.",   "fe80::1:",    "\\n",
        "\\u00e9",     "host1",       "host1 ",
        "\xff\xfe",    "AS65001",     "a.b.com ",
        "u@b.com.",    "\xc3",        "62000.",
        "aa-bb-cc-",   "aabb.ccdd.",  "1.1.1.1-1.1.1.2,",
        "1::2.",       "65001:",      "x-1.",
        "as ",         "router bgp ", "\n#>",
        "1.2.3.4::5-",
    };
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf text = {0};
        StandinMap *map = standin_map_new();
        Str hidden;
        assert_that(standin_map_add_name(map, STANDIN_HOST, STR("x-1")));
        strbuf_init(&text, 2 << 20);
        while (text.size < (i < 6 ? 1 << 20 : 1 << 17))
            strbuf_append(&text, str_of(units[i]));
        strbuf_append_byte(&text, '\0');
        assert_that(standin_hide(map, arena, strbuf_str(&text), &hidden));
        assert_that(str_equal(standin_restore(map, arena, hidden), strbuf_str(&text)));
        assert_that(str_equal(testing_restore(map, arena, hidden, 3, 1999), strbuf_str(&text)));
        standin_map_free(map);
    }
}

static void test_a_restorer_holds_back_little(void **state)
{
    (void)state;
    static const char *units[] = {"x", ".", ":", "1.", "fe80:", "host"};
    StandinMap *map = standin_map_new();
    for (size_t i = 0; i < COUNT_OF(units); i++) {
        auto_strbuf StrBuf out = {0};
        auto_standin_restorer StandinRestorer restorer = {0};
        Str unit = str_of(units[i]);
        strbuf_init(&out, 1 << 20);
        standin_restorer_init(&restorer, map);
        for (size_t taken = 0; taken < 5000;) {
            standin_restorer_take(&restorer, unit, &out);
            taken += unit.size;
            assert_that(taken - out.size <= STANDIN_HOLD_MAX_BYTES);
        }
    }
    standin_map_free(map);
}

static void test_a_word_passes_when_it_ends(void **state)
{
    (void)state;
    auto_strbuf StrBuf out = {0};
    auto_standin_restorer StandinRestorer restorer = {0};
    StandinMap *map = standin_map_new();
    strbuf_init(&out, 1 << 20);
    standin_restorer_init(&restorer, map);
    standin_restorer_take(&restorer, STR("The link"), &out);
    assert_str(strbuf_str(&out), "The ");
    standin_restorer_take(&restorer, STR(" "), &out);
    assert_str(strbuf_str(&out), "The link ");
    standin_restorer_end(&restorer, &out);
    assert_str(strbuf_str(&out), "The link ");
    standin_map_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_map_comes_back_from_its_json),
        cmocka_unit_test(test_two_maps_have_different_standins),
        cmocka_unit_test(test_other_json_is_no_map),
        cmocka_unit_test(test_every_prefix_of_a_json_map_is_refused),
        cmocka_unit_test(test_a_full_map_refuses_to_hide),
        cmocka_unit_test(test_a_text_has_a_longest_size),
        cmocka_unit_test(test_hostile_texts_come_back),
        cmocka_unit_test(test_a_restorer_holds_back_little),
        cmocka_unit_test(test_a_word_passes_when_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
