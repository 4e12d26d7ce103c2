/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/fernet.h"

#include "base/base64.h"
#include "crypto/digest.h"
#include "crypto/keyring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SPEC_KEY "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
#define SPEC_TOKEN                                                                                 \
    "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU" \
    "4IwqDA=="
#define OTHER_KEY "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
#define SPEC_NOW_S 499162800 /* 1985-10-26T01:20:00-07:00 */

static FernetKey key_of(const char *text)
{
    FernetKey key;
    Error error;
    assert_true(fernet_key_parse(str_of(text), &key, &error));
    return key;
}

static bool decrypts(Str token, int64_t now_s, int64_t max_age_s)
{
    Str text;
    Error error = {0};
    FernetKey key = key_of(SPEC_KEY);
    auto_arena Arena *arena = arena_new();
    bool done = fernet_decrypt(arena, &key, &(FernetToken){token, now_s, max_age_s}, &text, &error);
    assert_int_equal(error.code, done ? ERR_NONE : ERR_VALIDATION);
    return done;
}

/* https://github.com/fernet/spec/blob/master/generate.json */
static void test_generate_vector_of_the_specification(void **state)
{
    (void)state;
    uint8_t iv[FERNET_IV_BYTES];
    FernetKey key = key_of(SPEC_KEY);
    auto_arena Arena *arena = arena_new();
    for (size_t i = 0; i < sizeof(iv); i++)
        iv[i] = (uint8_t)i;
    Str token = fernet_encrypt_with_iv(arena, &key, STR("hello"), SPEC_NOW_S, iv);
    assert_true(str_equal(token, STR(SPEC_TOKEN)));
}

/* https://github.com/fernet/spec/blob/master/verify.json */
static void test_verify_vector_of_the_specification(void **state)
{
    (void)state;
    Str text;
    Error error = {0};
    FernetKey key = key_of(SPEC_KEY);
    auto_arena Arena *arena = arena_new();
    assert_true(fernet_decrypt(arena, &key, &(FernetToken){STR(SPEC_TOKEN), SPEC_NOW_S + 1, 60},
                               &text, &error));
    assert_true(str_equal(text, STR("hello")));
}

/* https://github.com/fernet/spec/blob/master/invalid.json; each is read at 01:20:01 with a life of
 * 60 s, if it has no other time. */
#define MADE "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD"
static const struct {
    const char *why;
    const char *token;
    int64_t now_s;
} invalid[] = {
    {"incorrect mac",
     MADE "3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==", 0},
    {"too short", MADE "3HkMATM5lFqGaerZ-fWPA==", 0},
    {"invalid base64",
     "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD"
     "3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
     0},
    {"payload size not multiple of block size",
     MADE "3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm", 0},
    {"payload padding error",
     MADE "z4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==", 0},
    {"far-future TS (unacceptable clock skew)",
     "gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD"
     "3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw==",
     0},
    {"expired TTL",
     MADE "3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==", SPEC_NOW_S + 91},
    {"incorrect IV (causes padding error)",
     "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD"
     "3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==",
     0},
};

static void test_invalid_vectors_of_the_specification(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(invalid); i++) {
        int64_t now_s = invalid[i].now_s ? invalid[i].now_s : SPEC_NOW_S + 1;
        if (decrypts(str_of(invalid[i].token), now_s, 60))
            fail_msg("decrypted: %s", invalid[i].why);
    }
}

static void test_the_clock_decides_at_its_bounds(void **state)
{
    (void)state;
    Str token = STR(SPEC_TOKEN);
    assert_true(decrypts(token, SPEC_NOW_S - FERNET_CLOCK_SKEW_S, 0));
    assert_false(decrypts(token, SPEC_NOW_S - FERNET_CLOCK_SKEW_S - 1, 0));
    assert_true(decrypts(token, SPEC_NOW_S + 60, 60));
    assert_false(decrypts(token, SPEC_NOW_S + 61, 60));
    assert_true(decrypts(token, INT64_MAX, 0));
}

static void test_truncated_and_changed_tokens_are_refused(void **state)
{
    (void)state;
    char text[sizeof(SPEC_TOKEN) + 1];
    Str token = STR(SPEC_TOKEN);
    for (size_t size = 0; size < token.size; size++)
        assert_false(decrypts(str_slice(token, 0, size), SPEC_NOW_S, 0));
    for (size_t at = 0; at < token.size; at++) {
        memcpy(text, token.data, token.size);
        text[at] ^= 1;
        assert_false(decrypts(str_make(text, token.size), SPEC_NOW_S, 0));
        text[at] = '\0';
        assert_false(decrypts(str_make(text, token.size), SPEC_NOW_S, 0));
    }
    memcpy(text, token.data, token.size);
    text[token.size] = '\n';
    assert_false(decrypts(str_make(text, token.size + 1), SPEC_NOW_S, 0));
}

static void test_the_largest_text_round_trips(void **state)
{
    (void)state;
    Str back;
    Error error = {0};
    FernetKey key;
    auto_arena Arena *arena = arena_new();
    fernet_key_new(&key);
    Str text = str_make(arena_alloc(arena, FERNET_TEXT_MAX_BYTES), FERNET_TEXT_MAX_BYTES);
    Str token = fernet_encrypt(arena, &key, text, 1);
    assert_true(fernet_decrypt(arena, &key, &(FernetToken){token, 1, 0}, &back, &error));
    assert_true(str_equal(back, text));
    assert_false(str_equal(token, fernet_encrypt(arena, &key, text, 1)));
    token = base64_encode(
        arena, str_make(arena_alloc(arena, 2 * FERNET_TEXT_MAX_BYTES), 2 * FERNET_TEXT_MAX_BYTES),
        BASE64_URL);
    assert_false(decrypts(token, 1, 0));
}

static void test_malformed_keys_are_refused_without_being_shown(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "Q",
        "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4",
        "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e5=",
        "cw/0x689RpI+jtRR7oE8h/eQsKImvJapLeSbXpwF4e4=",
        "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4==",
        "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4eMDE=",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        FernetKey key;
        Error error = {0};
        assert_false(fernet_key_parse(str_of(texts[i]), &key, &error));
        assert_int_equal(error.code, ERR_VALIDATION);
        assert_null(strstr(error.message, "x689"));
    }
}

static void test_a_key_is_written_as_it_is_read(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    FernetKey key = key_of(SPEC_KEY);
    assert_true(str_equal(fernet_key_write(arena, &key), STR(SPEC_KEY)));
}

static void test_a_keyring_encrypts_with_the_first_and_decrypts_with_all(void **state)
{
    (void)state;
    Str text;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    Keyring *old = keyring_parse(STR(SPEC_KEY), &error);
    Keyring *both = keyring_parse(STR("\n" OTHER_KEY " ,\r\n\t" SPEC_KEY ",\n"), &error);
    assert_non_null(old);
    assert_non_null(both);
    assert_int_equal(keyring_count(both), 2);
    assert_true(str_equal(keyring_id(both, 1), keyring_id(old, 0)));
    assert_true(keyring_has(both, keyring_id(old, 0)));
    assert_false(keyring_has(old, keyring_id(both, 0)));
    Str first = keyring_encrypt(arena, both, STR("text"), 1);
    Str second = keyring_encrypt(arena, old, STR("text"), 1);
    assert_true(keyring_decrypt(arena, both, &(FernetToken){first, 1, 0}, &text, &error));
    assert_true(keyring_decrypt(arena, both, &(FernetToken){second, 1, 0}, &text, &error));
    assert_true(str_equal(text, STR("text")));
    assert_false(keyring_decrypt(arena, old, &(FernetToken){first, 1, 0}, &text, &error));
    assert_non_null(strstr(error.message, "another encryption key"));
    keyring_free(old);
    keyring_free(both);
}

static void test_the_id_of_a_key_is_not_made_of_its_bytes(void **state)
{
    (void)state;
    Error error = {0};
    Keyring *keyring = keyring_parse(STR(OTHER_KEY), &error);
    Sha256 digest =
        hmac_sha256(STR("0123456789abcdef0123456789abcdef"), STR("netguru encryption key id"));
    char hex[SHA256_HEX_SIZE];
    sha256_write_hex(&digest, hex);
    assert_true(str_equal(keyring_id(keyring, 0), str_make(hex, KEYRING_ID_SIZE - 1)));
    keyring_free(keyring);
}

static void refuse_ring(Str text, const char *reason)
{
    Error error = {0};
    assert_null(keyring_parse(text, &error));
    assert_int_equal(error.code, ERR_VALIDATION);
    assert_non_null(strstr(error.message, reason));
    assert_null(strstr(error.message, "x689"));
}

static void test_malformed_keyrings_are_refused(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    refuse_ring(STR(""), "no encryption key");
    refuse_ring(STR(" \n,,\n"), "no encryption key");
    refuse_ring(STR(SPEC_KEY "," SPEC_KEY), "key 2: it is given twice");
    refuse_ring(STR(OTHER_KEY "\n" SPEC_KEY "x"), "key 2: an encryption key is");
    Str text = STR("");
    for (int i = 0; i < KEYRING_MAX_KEYS; i++) {
        FernetKey key;
        fernet_key_new(&key);
        text = arena_printf(arena, "%.*s %.*s", STR_ARGS(text),
                            STR_ARGS(fernet_key_write(arena, &key)));
    }
    Error error = {0};
    Keyring *full = keyring_parse(text, &error);
    assert_int_equal(keyring_count(full), KEYRING_MAX_KEYS);
    keyring_free(full);
    refuse_ring(arena_printf(arena, "%.*s " SPEC_KEY, STR_ARGS(text)), "more than 16");
    refuse_ring(str_make(arena_alloc(arena, 5000), 5000), "more than 4096 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generate_vector_of_the_specification),
        cmocka_unit_test(test_verify_vector_of_the_specification),
        cmocka_unit_test(test_invalid_vectors_of_the_specification),
        cmocka_unit_test(test_the_clock_decides_at_its_bounds),
        cmocka_unit_test(test_truncated_and_changed_tokens_are_refused),
        cmocka_unit_test(test_the_largest_text_round_trips),
        cmocka_unit_test(test_malformed_keys_are_refused_without_being_shown),
        cmocka_unit_test(test_a_key_is_written_as_it_is_read),
        cmocka_unit_test(test_a_keyring_encrypts_with_the_first_and_decrypts_with_all),
        cmocka_unit_test(test_the_id_of_a_key_is_not_made_of_its_bytes),
        cmocka_unit_test(test_malformed_keyrings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
