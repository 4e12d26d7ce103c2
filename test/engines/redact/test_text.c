/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for a whole text: lines, size, repetition, private keys, hostile input. */
#include "redact_testing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define KEY_BODY "MIIEpAIBAAKCAQEA7Yk3vZ0cN5n2q0G1vTz3MIIEpAIBAAKCAQEA7Yk3vZ0cN5n2"

static const char *const keys[] = {
    "-----BEGIN RSA PRIVATE KEY-----\n" KEY_BODY "\n" KEY_BODY "\nMIIshort\n"
    "-----END RSA PRIVATE KEY-----\nend\n",
    "-----BEGIN OPENSSH PRIVATE KEY-----\n" KEY_BODY "\n-----END OPENSSH PRIVATE KEY-----\nend\n",
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\r\n" KEY_BODY
    "\r\n-----END ENCRYPTED PRIVATE KEY-----\r\nend\r\n",
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n" KEY_BODY
    "\n-----END RSA PRIVATE KEY-----\nend\n",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: 2\n\n" KEY_BODY "\n=MIIE\n"
    "-----END PGP PRIVATE KEY BLOCK-----\nend\n",
    "key: |\n    -----BEGIN EC PRIVATE KEY-----\n    " KEY_BODY
    "\n    -----END EC PRIVATE KEY-----\nend\n",
    "        set private-key \"-----BEGIN PRIVATE KEY-----\n" KEY_BODY
    "\n-----END PRIVATE KEY-----\"\nend\n",
    "{\"key\":\"-----BEGIN PRIVATE KEY-----\\n" KEY_BODY
    "\\n-----END PRIVATE KEY-----\\n\"}\nend\n",
    "KEY=\"-----BEGIN PRIVATE KEY-----\\n" KEY_BODY "\\n-----END PRIVATE KEY-----\"\nend\n",
    "-----BEGIN PRIVATE KEY-----" KEY_BODY "-----END PRIVATE KEY-----\nend\n",
    "-----BEGIN PRIVATE KEY----- " KEY_BODY " " KEY_BODY " -----END PRIVATE KEY-----\nend\n",
    "<tls-auth>\n-----BEGIN OpenVPN Static key V1-----\nMIIE00112233445566778899aabbccddee\n"
    "-----END OpenVPN Static key V1-----\n</tls-auth>\nend\n",
    "<auth-user-pass>\nada\nMIIE-password\n</auth-user-pass>\nend\n",
    "> -----BEGIN RSA PRIVATE KEY-----\n> " KEY_BODY "\n> -----END RSA PRIVATE KEY-----\nend\n",
};

static void test_private_keys_are_masked_and_what_follows_stays(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        Str text = str_of(keys[i]);
        Str safe = redact_text(arena, text);
        if (str_find(safe, STR("MII")) != STR_NOT_FOUND ||
            !str_ends_with(str_trim(safe), STR("end")))
            fail_msg("%s\n=> %.*s", keys[i], STR_ARGS(safe));
        assert_int_equal(testing_count_byte(safe, '\n'), testing_count_byte(text, '\n'));
    }
}

static void test_text_after_a_key_that_never_ends_stays(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str safe = redact_text(arena, STR("The file starts with -----BEGIN RSA PRIVATE KEY-----\n"
                                      "and it should be kept in a safe place by everybody.\n"));
    assert_true(str_ends_with(safe, STR("kept in a safe place by everybody.\n")));
}

static void test_a_vault_is_masked(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str safe =
        redact_text(arena, STR("x: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6132613361346135\n"
                               "  3962\nhostname r1\n"));
    assert_true(str_equal(safe, STR("x: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  <redacted>\n"
                                    "  <redacted>\nhostname r1\n")));
}

static void test_a_value_on_the_next_line_is_masked(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str safe =
        redact_text(arena, STR("password:\n  hunter\nsecret=\\\n    hunter\n<password>\n  hunter\n"
                               "</password>\nPassword:\nr1#show run\n"));
    assert_true(
        str_equal(safe, STR("password:\n  <redacted>\nsecret=\\\n    <redacted>\n<password>\n"
                            "  <redacted>\n</password>\nPassword:\nr1#show run\n")));
}

static void test_a_column_of_passwords_is_masked(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str safe =
        redact_text(arena, STR("| User | Password |\n|------|----------|\n| ada | hunter |\n\n"
                               "user,password,role\nada,hunter,admin\n"));
    assert_true(
        str_equal(safe, STR("| User | Password |\n|------|----------|\n| ada | <redacted> |\n\n"
                            "user,password,role\nada,<redacted>,admin\n")));
}

static void test_a_text_without_secrets_is_returned_itself(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Str text = STR("interface Loopback0\n ip address 10.0.0.1 255.255.255.255\n");
    assert_ptr_equal(redact_text(arena, text).data, text.data);
    assert_int_equal(redact_text(arena, STR("")).size, 0);
}

/* Short secrets grow the most: nothing behind them may be lost. */
static void test_no_text_is_lost_however_much_it_grows(void **state)
{
    (void)state;
    static const char *const pieces[] = {"pw: z\n", "psk z\n", "x://a:z@c ", "password z\n",
                                         "{\"psk\":\"z\"}\n"};
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        auto_arena Arena *arena = arena_new();
        auto_strbuf StrBuf text;
        strbuf_init(&text, 1 << 20);
        for (int k = 0; k < 5000; k++)
            strbuf_append(&text, str_of(pieces[i]));
        strbuf_append(&text, STR("\nthe last line"));
        Str safe = redact_text(arena, strbuf_str(&text));
        assert_true(str_ends_with(safe, STR("\nthe last line")));
        assert_true(safe.size > text.size);
        assert_int_equal(testing_count_byte(safe, '\n'),
                         testing_count_byte(strbuf_str(&text), '\n'));
    }
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text;
    strbuf_init(&text, 1 << 20);
    strbuf_append(&text, STR("-----BEGIN PRIVATE KEY-----\n"));
    for (int k = 0; k < 1500; k++)
        strbuf_append(&text, STR("a\n"));
    strbuf_append(&text, STR("-----END PRIVATE KEY-----\nthe last line"));
    Str safe = redact_text(arena, strbuf_str(&text));
    assert_true(str_ends_with(safe, STR("\nthe last line")));
    assert_int_equal(testing_count_byte(safe, '\n'), 1502);
}

static void test_a_long_line_is_masked_from_end_to_end(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    auto_strbuf StrBuf text;
    strbuf_init(&text, 1 << 22);
    strbuf_append(&text, STR("a\r\n\r\nenable secret S3CRETx9\r\n"));
    for (int i = 0; i < 60000; i++)
        strbuf_append(&text, i % 97 ? STR("word ") : STR("password S3CRETx9 "));
    strbuf_append(&text, STR("\nlast"));
    Str safe = redact_text(arena, strbuf_str(&text));
    assert_true(str_find(safe, STR("S3CRET")) == STR_NOT_FOUND);
    assert_true(str_starts_with(safe, STR("a\r\n\r\nenable secret <redacted>\r\nword ")) ||
                str_starts_with(safe, STR("a\r\n\r\nenable secret <redacted>\r\npassword ")));
    assert_true(str_ends_with(safe, STR("word \nlast")));
    assert_int_equal(testing_count_byte(safe, '\n'), 4);
}

static void test_redacting_again_changes_nothing(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    for (int style = 0; style < STYLE_COUNT; style++) {
        PlantedVec planted = {0};
        Str forms = testing_source(arena, "test/engines/redact/secrets.txt");
        Str text = testing_plant(arena, forms, (SecretStyle)style, WRAP_NONE, &planted);
        Str once = redact_text(arena, text);
        assert_int_equal(testing_count_byte(once, '\n'), testing_count_byte(text, '\n'));
        assert_true(str_equal(redact_text(arena, once), once));
    }
}

static void test_mutated_text_keeps_its_lines(void **state)
{
    (void)state;
    static const char junk[] = "\"'`<>{}[]()=:,;|\\ \n\r\t@$%/-_\x80\xFF";
    uint32_t seed = 4711;
    auto_arena Arena *source = arena_new();
    Str text = str_slice(testing_source(source, "test/engines/redact/secrets.txt"), 0, 6000);
    for (int round = 0; round < 600; round++) {
        auto_arena Arena *arena = arena_new();
        char *copy = arena_cstring(arena, text);
        for (int k = 0; k < 80; k++) {
            seed = seed * 1664525 + 1013904223;
            copy[(seed >> 8) % text.size] = junk[seed % (sizeof(junk) - 1)];
        }
        Str mutated = str_slice(str_make(copy, text.size), 0, text.size - (size_t)round);
        Str once = redact_text(arena, mutated);
        assert_int_equal(testing_count_byte(once, '\n'), testing_count_byte(mutated, '\n'));
        assert_true(str_equal(redact_text(arena, once), once));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_private_keys_are_masked_and_what_follows_stays),
        cmocka_unit_test(test_text_after_a_key_that_never_ends_stays),
        cmocka_unit_test(test_a_vault_is_masked),
        cmocka_unit_test(test_a_value_on_the_next_line_is_masked),
        cmocka_unit_test(test_a_column_of_passwords_is_masked),
        cmocka_unit_test(test_a_text_without_secrets_is_returned_itself),
        cmocka_unit_test(test_no_text_is_lost_however_much_it_grows),
        cmocka_unit_test(test_a_long_line_is_masked_from_end_to_end),
        cmocka_unit_test(test_redacting_again_changes_nothing),
        cmocka_unit_test(test_mutated_text_keeps_its_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
