/* SPDX-License-Identifier: Apache-2.0 */
/* test/sql/test_words.py compares with SQL; here is what SQL does not say, and the limits. */
#include "engines/text/words.h"

#include "base/strbuf.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_words(Str text, const char *expected)
{
    auto_arena Arena *arena = arena_new();
    assert_str(words_of_text(arena, text), expected);
}

static void test_words_have_a_place_and_a_kind(void **state)
{
    (void)state;
    assert_words(STR(""), "");
    assert_words(STR(" , . -- :"), "");
    assert_words(STR("Router OSPF 1"), "'router':1B 'ospf':2B '1':3B");
    assert_words(STR(" (Configuração)"), "'configuracao':2B");
    assert_words(STR("%OSPF-5-ADJCHG:"), "'ospf-5-adjchg':1A 'ospf':1C 'adjchg':1C");
}

static void test_addresses_have_one_spelling(void **state)
{
    (void)state;
    assert_words(STR("10.0.0.1 255.255.255.252"),
                 "'10.0.0.1':1A '10.0.0.1/30':1A '255.255.255.252':2A");
    assert_words(STR("10.0.0.0 0.0.0.3"), "'10.0.0.0':1A '10.0.0.0/30':1A '0.0.0.3':2A");
    assert_words(STR("2001:0DB8:0:0::1/64"), "'2001:db8::1/64':1A '2001:db8::1':1A");
    assert_words(STR("FE80::0:1%eth0"), "'fe80::1%eth0':1A 'fe80::1':1A");
    assert_words(STR("::ffff:a00:1"), "'::ffff:10.0.0.1':1A '10.0.0.1':1A");
    assert_words(STR("::10.0.0.1"), "'::10.0.0.1':1A");
    assert_words(STR("10.0.0.1:179"), "'10.0.0.1:179':1A '10.0.0.1':1A");
    assert_words(STR("2001:db8::1/129"), "'2001:db8::1/129':1A '2001:db8::1':1A");
}

static void test_mac_addresses_are_found_by_their_digits(void **state)
{
    static const char *const spellings[] = {
        "00:50:79:66:68:01", "00-50-79-66-68-01", "0050.7966.6801",       "0050-7966-6801",
        "005079-666801",     "0:50:79:66:68:1",   "01:00:50:79:66:68:01", "0100.5079.6668.01",
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(spellings); i++) {
        auto_arena Arena *arena = arena_new();
        Str words = words_of_text(arena, str_of(spellings[i]));
        assert_that(str_find(words, STR("'005079666801':1A")) != STR_NOT_FOUND);
    }
    assert_words(STR("005079666801"), "'005079666801':1A");
}

static void test_interfaces_have_one_spelling(void **state)
{
    (void)state;
    assert_words(STR("GigabitEthernet0/1"), "'gi0/1':1A 'gi0':1C");
    assert_words(STR("gigabitethernet 0/1"), "'gi0/1':1A 'gi0':1C");
    assert_words(STR("gi\t 0/1"), "'gi0/1':1A 'gi0':1C");
    assert_words(STR("xgi 0/1"), "'xgi':1B '0/1':2A");
    assert_words(STR("gi 0"), "'gi':1B '0':2B");
    assert_words(STR("et0.100"), "'et0.100':1A 'et0':1A '100':1C");
}

static void test_malformed_bytes_separate_words(void **state)
{
    (void)state;
    assert_words(STR("a\xff\xfe"
                     "b\xc3"),
                 "'a':1B 'b':2B");
    assert_words(STR("a\0b"), "'a':1B 'b':2B");
    assert_words(STR("caf\xc3\xa9\xc3"), "'cafe':1B");
}

static void test_words_are_cut_at_200_characters(void **state)
{
    static const size_t lengths[] = {199, 200, 201};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        auto_strbuf StrBuf text = {0};
        auto_arena Arena *arena = arena_new();
        strbuf_init(&text, 4096);
        for (size_t k = 0; k < lengths[i]; k++)
            strbuf_append(&text, STR("ж"));
        Str words = words_of_text(arena, strbuf_str(&text));
        size_t letters = MIN_OF(lengths[i], (size_t)200) * strlen("ж");
        assert_int(words.size, letters + strlen("'':1B"));
    }
}

static void test_words_fit_in_a_tsvector(void **state)
{
    (void)state;
    auto_strbuf StrBuf text = {0};
    auto_arena Arena *arena = arena_new();
    strbuf_init(&text, 8 << 20);
    for (unsigned i = 0; text.size < 4 << 20; i++)
        strbuf_printf(&text, "word%u.%07u ", i, i);
    Str words = words_of_text(arena, strbuf_str(&text));
    assert_that(words.size > 1 << 20);
    assert_that(words.size < 4 << 20);
    assert_that(str_ends_with(words, STR(":16383A")) || str_ends_with(words, STR(":16383C")));
}

static void test_a_word_has_at_most_256_places(void **state)
{
    (void)state;
    size_t count = 0;
    auto_strbuf StrBuf text = {0};
    auto_arena Arena *arena = arena_new();
    strbuf_init(&text, 4096);
    for (int i = 0; i < 257; i++)
        strbuf_append(&text, STR("0 "));
    Str words = words_of_text(arena, strbuf_str(&text));
    Str word;
    while (str_next_word(&words, &word))
        count++;
    assert_int(count, 256);
    assert_str(word, "'0':256B");
}

static void test_a_chunk_is_found_by_its_context(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    TextChunk chunk = {
        .text = STR("vlan 10"),
        .title = STR("core-1.cfg"),
        .section = STR("core1#show vlan"),
        .facts = STR("uplink"),
    };
    assert_str(words_of_chunk(arena, &chunk, STR("core1")),
               "'vlan':1B '10':2B 'core-1.cfg':3D 'core':3D 'cfg':3D 'core':4D 'core-1':5D "
               "'core':5D 'core1':6D 'core':6D 'core1':7D 'core':7D 'show':8D 'vlan':9D "
               "'uplink':10D");
    chunk.is_front_matter = true;
    assert_str(words_of_chunk(arena, &chunk, STR("core1")), "");
}

/* The words of the context come behind the last word that is kept of the text. */
static void test_context_follows_the_last_place_that_is_kept(void **state)
{
    (void)state;
    auto_strbuf StrBuf text = {0};
    auto_arena Arena *arena = arena_new();
    strbuf_init(&text, 4096);
    for (int i = 0; i < 300; i++)
        strbuf_append(&text, STR("0 "));
    TextChunk chunk = {.text = strbuf_str(&text), .title = STR("zeros")};
    Str words = words_of_chunk(arena, &chunk, STR(""));
    assert_that(str_ends_with(words, STR("'0':256B 'zeros':257D")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_have_a_place_and_a_kind),
        cmocka_unit_test(test_addresses_have_one_spelling),
        cmocka_unit_test(test_mac_addresses_are_found_by_their_digits),
        cmocka_unit_test(test_interfaces_have_one_spelling),
        cmocka_unit_test(test_malformed_bytes_separate_words),
        cmocka_unit_test(test_words_are_cut_at_200_characters),
        cmocka_unit_test(test_words_fit_in_a_tsvector),
        cmocka_unit_test(test_a_word_has_at_most_256_places),
        cmocka_unit_test(test_a_chunk_is_found_by_its_context),
        cmocka_unit_test(test_context_follows_the_last_place_that_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
