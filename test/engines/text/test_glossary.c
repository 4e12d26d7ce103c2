/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/text/glossary.h"

#include "base/json.h"
#include "base/strbuf.h"
#include "harness/asserts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_portuguese_questions_become_english(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(glossary_english(arena, STR("Qual vizinho usa o AS 65200?")),
               "which neighbor uses the AS 65200?");
    assert_str(glossary_english(arena, STR("CONEXÕES e políticas do Gi0/1.")),
               "connection and policy of Gi0/1.");
    assert_str(glossary_english(arena, STR("servidor, roteador: senha")),
               "server, router: password");
}

static void test_terms_of_several_words_become_one_term(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    assert_str(glossary_english(arena, STR("O que é a árvore de expansão?")),
               "what is the spanning tree?");
    assert_str(glossary_english(arena, STR("Por que há buracos negros, listas de acesso?")),
               "why is black hole, access list?");
    assert_str(glossary_english(arena, STR("Como é o próximo, salto")), "how is the next, hop");
    assert_str(glossary_english(arena, STR("o tempo de")), "the time of");
    assert_str(glossary_english(arena, STR("qual o tempo de")), "which the time of");
}

static void test_other_text_stays_as_it_is(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    static const Str kept[] = {
        STR_INIT(""),
        STR_INIT("which neighbor is down?"),
        STR_INIT("no shutdown do not set AS 65000 as a route to me"),
        STR_INIT("\xC3"),
        STR_INIT("\xC3\xA7\xC3"),
        STR_INIT("rota-1 rota/2"),
        STR_INIT(" ?! "),
    };
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        Str english = glossary_english(arena, kept[i]);
        assert_true(str_equal(english, kept[i]));
    }
}

static void expect_alternative(Arena *arena, const char *text, const char *word, const char *other)
{
    Error error = {0};
    Str json = glossary_alternatives(arena, str_of(text));
    const JsonValue *object = json_parse(arena, json, &error);
    assert_non_null(object);
    const JsonValue *words = json_get(object, word);
    assert_non_null(words);
    for (size_t i = 0; i < words->count; i++) {
        if (str_equal(words->items[i].string, str_of(other)))
            return;
    }
    fail_msg("%s is not %s in %.*s", word, other, STR_ARGS(json));
}

static void test_words_are_looked_up_in_both_directions(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    expect_alternative(arena, "Endereços", "enderecos", "address");
    expect_alternative(arena, "the certificates", "certificates", "certificado");
    expect_alternative(arena, "who sends?", "sends", "envia");
    assert_str(glossary_alternatives(arena, STR("Gi0/1 10.0.0.1")), "{}");
}

static void test_any_number_of_words_is_bounded(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, 1 << 20);
    for (int i = 0; i < 10 * GLOSSARY_MAX_WORDS; i++)
        strbuf_append(&text, STR("porta "));
    Str english = glossary_english(arena, strbuf_str(&text));
    assert_true(str_starts_with(english, STR("port port ")));
    assert_true(str_ends_with(english, STR("porta porta ")));
    Error error = {0};
    assert_non_null(json_parse(arena, glossary_alternatives(arena, strbuf_str(&text)), &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_portuguese_questions_become_english),
        cmocka_unit_test(test_terms_of_several_words_become_one_term),
        cmocka_unit_test(test_other_text_stays_as_it_is),
        cmocka_unit_test(test_words_are_looked_up_in_both_directions),
        cmocka_unit_test(test_any_number_of_words_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
