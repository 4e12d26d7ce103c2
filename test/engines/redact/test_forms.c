/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of all vendors and services in secrets.txt, and lines without a secret in innocent.txt.
 */
#include "redact_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { LEAST_FORMS = 400, LEAST_INNOCENT = 300 };

static void test_every_form_is_masked_in_every_wrapping(void **state)
{
    (void)state;
    for (int style = 0; style < STYLE_COUNT; style++) {
        for (int wrapping = 0; wrapping < WRAP_COUNT; wrapping++) {
            auto_arena Arena *arena = arena_new();
            PlantedVec planted = {0};
            Str forms = testing_source(arena, "test/engines/redact/secrets.txt");
            Str text =
                testing_plant(arena, forms, (SecretStyle)style, (Wrapping)wrapping, &planted);
            assert_true(planted.count >= LEAST_FORMS);
            assert_int_equal(testing_count_left(arena, text, &planted), 0);
        }
    }
}

/* A secret in a sentence must look like one to be seen. */
static void test_sentences_are_masked_where_the_secret_looks_like_one(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str forms = testing_source(arena, "test/engines/redact/sentences.txt");
    for (int style = 0; style < STYLE_WORD; style++) {
        PlantedVec planted = {0};
        Str text = testing_plant(arena, forms, (SecretStyle)style, WRAP_NONE, &planted);
        assert_int_equal(testing_count_left(arena, text, &planted), 0);
    }
}

static void test_innocent_lines_stay_word_for_word(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str text = testing_source(arena, "test/engines/redact/innocent.txt");
    Str safe = redact_text(arena, text);
    Str line;
    Str other;
    size_t lines = 0;
    size_t changed = 0;
    for (; str_next_line(&text, &line) && str_next_line(&safe, &other); lines++) {
        if (!str_equal(line, other))
            fprintf(stderr, "%.*s\n=> %.*s\n", STR_ARGS(line), STR_ARGS(other));
        changed += !str_equal(line, other);
    }
    assert_true(lines >= LEAST_INNOCENT);
    assert_int_equal(changed, 0);
}

typedef struct {
    const char *before;
    const char *after;
} Pair;

static const Pair pairs[] = {
    {"snmp-server community public RO SNMP-ACL", "snmp-server community <redacted> RO SNMP-ACL"},
    {"username bob privilege 15 password 0 hunter",
     "username bob privilege 15 password 0 <redacted>"},
    {"username bob password 5 Xy12cdEf9  role network-admin",
     "username bob password 5 <redacted>  role network-admin"},
    {"snmp-server user u g v3 auth sha Ab12cD34 priv aes 128 Ef56gH78",
     "snmp-server user u g v3 auth sha <redacted> priv aes 128 <redacted>"},
    {"    encrypted-password \"$6$a$b\"; ## SECRET-DATA",
     "    encrypted-password \"<redacted>\"; ## SECRET-DATA"},
    {"      key 0abc1234 7 0702204F", "      key 0abc1234 7 <redacted>"},
    {"exec TerminAttr -cvauth=token-secure,Ab12cD34 -smashexcludes=x",
     "exec TerminAttr -cvauth=token-secure,<redacted> -smashexcludes=x"},
    {"https://bob:hunter@10.0.0.1/x?page=2", "https://bob:<redacted>@10.0.0.1/x?page=2"},
    {"https://h/x?token=Ab12cD34&page=2", "https://h/x?token=<redacted>&page=2"},
    {"{\"password\":\"hunter\",\"user\":\"bob\"}",
     "{\"password\":\"<redacted>\",\"user\":\"bob\"}"},
    {"<password>hunter</password>", "<password><redacted></password>"},
    {" run-opts 1 \"-e DB_PASSWORD=hunter -e LEVEL=info\"",
     " run-opts 1 \"-e DB_PASSWORD=<redacted> -e LEVEL=info\""},
    {" action 1.0 cli command \"enable secret hunter\"",
     " action 1.0 cli command \"enable secret <redacted>\""},
    {"r1 101: logged command:snmp-server community hunter RO",
     "r1 101: logged command:snmp-server community <redacted> RO"},
    {"neighbor 10.0.0.1 password two words", "neighbor 10.0.0.1 password <redacted>"},
    {"/ppp secret add name=x password=hunter service=pppoe",
     "/ppp secret add name=x password=<redacted> service=pppoe"},
    {"[bob/hunter] Login incorrect: [bob/hunter] (from client x)",
     "[bob/hunter] Login incorrect: [bob/<redacted>] (from client x)"},
    {"The key is ghp_16C7e42F292c6912E7710c838347Ae178B4a here", "The key is <redacted> here"},
    {"define(’DB_PASSWORD’, ’hunterS3’);", "define(’DB_PASSWORD’, ’<redacted>’);"},
    {"aws AKIAIOSFODNN7EXAMPLE", "aws <redacted>"},
    {"x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl y", "x <redacted> y"},
    {"root:$6$salt$hash/hash.:19000:0:99999", "root:<redacted>"},
    {"login password rotation uses 8f3Kd92mXw71QpZ5tYv", "login password rotation uses <redacted>"},
};

static void test_the_words_around_a_secret_stay(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        Str safe = redact_text(arena, str_of(pairs[i].before));
        if (!str_equal(safe, str_of(pairs[i].after)))
            fail_msg("%s\n=> %.*s", pairs[i].before, STR_ARGS(safe));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_form_is_masked_in_every_wrapping),
        cmocka_unit_test(test_sentences_are_masked_where_the_secret_looks_like_one),
        cmocka_unit_test(test_innocent_lines_stay_word_for_word),
        cmocka_unit_test(test_the_words_around_a_secret_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
