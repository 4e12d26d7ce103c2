/* SPDX-License-Identifier: Apache-2.0 */
#include "services/encryption.h"

#include "base/time.h"
#include "harness/asserts.h"
#include "harness/process.h"
#include "harness/schema.h"
#include "harness/servers.h"
#include "services/key_command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/stat.h>

#define KEY "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
#define OTHER_KEY "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

static Keyring *ring(const char *text)
{
    Error error = {0};
    Keyring *keyring = keyring_parse(str_of(text), &error);
    assert_that(keyring);
    return keyring;
}

static bool opens(const Keyring *keyring, const RowPlace *place, Str token, const char *reason)
{
    Str text;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    bool done = decrypt_from_row(arena, keyring, &(RowCipher){*place, token}, &text, &error);
    if (done) {
        assert_str(text, "the text");
        encryption_forget(text);
        for (size_t i = 0; i < text.size; i++)
            assert_int(text.data[i], 0);
        return true;
    }
    assert_int(error.code, ERR_INTERNAL);
    assert_that(strstr(error.message, "t.c cannot be decrypted"));
    assert_that(strstr(error.message, reason));
    return false;
}

static void test_a_text_opens_in_its_row_alone(void **state)
{
    (void)state;
    Keyring *keyring = ring(KEY);
    auto_arena Arena *arena = arena_new();
    const RowPlace place = {"t.c", uuid_new(), uuid_new()};
    Str token = encrypt_for_row(arena, keyring, &place, STR("the text"));
    assert_that(opens(keyring, &place, token, ""));
    RowPlace other = place;
    other.user_id = uuid_new();
    assert_that(!opens(keyring, &other, token, "for another row"));
    other = place;
    other.row_id = uuid_new();
    assert_that(!opens(keyring, &other, token, "for another row"));
    other = (RowPlace){"t.c", place.row_id, place.user_id};
    assert_that(!opens(keyring, &other, token, "for another row"));
    const RowPlace longer = {"t.c2", place.user_id, place.row_id};
    Str elsewhere = encrypt_for_row(arena, keyring, &longer, STR("the text"));
    assert_that(!opens(keyring, &place, elsewhere, "for another row"));
    keyring_free(keyring);
}

static void test_other_keys_and_changed_texts_do_not_open(void **state)
{
    (void)state;
    Keyring *keyring = ring(KEY);
    Keyring *other = ring(OTHER_KEY);
    Keyring *both = ring(OTHER_KEY "," KEY);
    auto_arena Arena *arena = arena_new();
    const RowPlace place = {"t.c", uuid_new(), uuid_new()};
    Str token = encrypt_for_row(arena, keyring, &place, STR("the text"));
    assert_that(!opens(other, &place, token, "another encryption key"));
    assert_that(opens(both, &place, token, ""));
    for (size_t size = 0; size < token.size; size++)
        assert_that(!opens(keyring, &place, str_slice(token, 0, size), ""));
    FernetKey key;
    Error error = {0};
    assert_that(fernet_key_parse(STR(KEY), &key, &error));
    Str bare = fernet_encrypt(arena, &key, STR("the text"), time_now_us() / 1000000);
    assert_that(!opens(keyring, &place, bare, "for another row"));
    Str future = fernet_encrypt(arena, &key, STR("the text"), time_now_us() / 1000000 + 3600);
    assert_that(!opens(keyring, &place, future, "dated in the future"));
    keyring_free(keyring);
    keyring_free(other);
    keyring_free(both);
}

static void test_empty_and_largest_texts_round_trip(void **state)
{
    (void)state;
    Keyring *keyring = ring(KEY);
    auto_arena Arena *arena = arena_new();
    const RowPlace place = {"t.c", uuid_new(), uuid_new()};
    const size_t sizes[] = {0, 1, ENCRYPTED_TEXT_MAX_BYTES};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        Str back;
        Error error = {0};
        Str text = {arena_alloc(arena, sizes[i]), sizes[i]};
        Str token = encrypt_for_row(arena, keyring, &place, text);
        assert_that(decrypt_from_row(arena, keyring, &(RowCipher){place, token}, &back, &error));
        assert_str(back, text);
    }
    keyring_free(keyring);
}

typedef struct {
    Arena *arena;
    Config *settings;
    TestDirectory directory;
} Fixture;

static void set(const Fixture *fixture, const char *name, Str value)
{
    Error error = {0};
    assert_that(config_set(fixture->settings, name, value, &error));
}

static int start(void **state)
{
    Error error = {0};
    Fixture *fixture = test_calloc(1, sizeof(*fixture));
    fixture->arena = arena_new();
    fixture->settings = config_load(fixture->arena, &error);
    assert_that(fixture->settings);
    test_directory_make(&fixture->directory, "nobody");
    *state = fixture;
    return 0;
}

static int stop(void **state)
{
    Fixture *fixture = *state;
    test_directory_remove(&fixture->directory);
    arena_free(fixture->arena);
    test_free(fixture);
    return 0;
}

static void expect_key(const Fixture *fixture)
{
    Error error = {0};
    Keyring *keyring = NULL;
    Keyring *wanted = ring(KEY);
    bool loaded = encryption_load_named(fixture->settings, &keyring, &error);
    if (!loaded)
        test_fail_at(__FILE__, __LINE__, "%s", error.message);
    assert_that(keyring);
    assert_str(keyring_id(keyring, 0), keyring_id(wanted, 0));
    keyring_free(keyring);
    keyring_free(wanted);
}

static void expect_reason(const Fixture *fixture, ErrorCode code, const char *reason)
{
    Error error = {0};
    Keyring *keyring = NULL;
    assert_that(!encryption_load_named(fixture->settings, &keyring, &error));
    if (!strstr(error.message, reason))
        test_fail_at(__FILE__, __LINE__, "%s", error.message);
    assert_int(error.code, code);
    assert_that(!strstr(error.message, "x689"));
    assert_that(!keyring);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_that(file);
    fputs(text, file);
    fclose(file);
}

static void test_keys_come_from_a_variable_a_file_or_a_command(void **state)
{
    const Fixture *fixture = *state;
    Error error = {0};
    Keyring *none = (Keyring *)(uintptr_t)fixture;
    Str path = arena_printf(fixture->arena, "%s/keys", fixture->directory.path);
    assert_that(encryption_load_named(fixture->settings, &none, &error));
    assert_that(!none);
    set(fixture, "NETGURU_ENCRYPTION_KEYS", STR(KEY "," OTHER_KEY));
    expect_key(fixture);
    set(fixture, "NETGURU_ENCRYPTION_KEYS", STR(""));
    write_file(path.data, KEY "\n" OTHER_KEY "\n");
    set(fixture, "NETGURU_ENCRYPTION_KEY_FILE", path);
    expect_key(fixture);
    set(fixture, "NETGURU_ENCRYPTION_KEY_FILE", STR(""));
    set(fixture, "NETGURU_ENCRYPTION_KEY_COMMAND", STR("cat >/dev/null; printf '%s' " KEY));
    expect_key(fixture);
    set(fixture, "NETGURU_ENCRYPTION_KEY_COMMAND",
        arena_printf(fixture->arena, "cat '%.*s'", STR_ARGS(path)));
    expect_key(fixture);
}

static void test_a_source_that_fails_says_which_and_why(void **state)
{
    const Fixture *fixture = *state;
    set(fixture, "NETGURU_ENCRYPTION_KEYS", STR("cw_0x689"));
    expect_reason(fixture, ERR_VALIDATION, "NETGURU_ENCRYPTION_KEYS: key 1: an encryption key is");
    set(fixture, "NETGURU_ENCRYPTION_KEY_FILE", STR("/nowhere/keys"));
    expect_reason(fixture, ERR_VALIDATION,
                  "NETGURU_ENCRYPTION_KEYS and NETGURU_ENCRYPTION_KEY_FILE exclude each other");
    set(fixture, "NETGURU_ENCRYPTION_KEYS", STR(""));
    expect_reason(fixture, ERR_NOT_FOUND, "NETGURU_ENCRYPTION_KEY_FILE: /nowhere/keys");
    set(fixture, "NETGURU_ENCRYPTION_KEY_FILE", STR("/dev/null"));
    expect_reason(fixture, ERR_VALIDATION, "no encryption key is given");
    set(fixture, "NETGURU_ENCRYPTION_KEY_FILE", STR("/dev/zero"));
    expect_reason(fixture, ERR_VALIDATION, "more than 4096 bytes");
    set(fixture, "NETGURU_ENCRYPTION_KEY_FILE", STR(""));
    set(fixture, "NETGURU_ENCRYPTION_KEY_COMMAND", STR("echo " KEY "; exit 3"));
    expect_reason(fixture, ERR_UNAVAILABLE, "_COMMAND: the command ended with status 3");
    set(fixture, "NETGURU_ENCRYPTION_KEY_COMMAND", STR("kill -9 $$"));
    expect_reason(fixture, ERR_UNAVAILABLE, "_COMMAND: the command ended with status 137");
    set(fixture, "NETGURU_ENCRYPTION_KEY_COMMAND", STR("/nowhere/vault 2>/dev/null"));
    expect_reason(fixture, ERR_UNAVAILABLE, "_COMMAND: the command ended with status 127");
    set(fixture, "NETGURU_ENCRYPTION_KEY_COMMAND", STR("yes"));
    expect_reason(fixture, ERR_UNAVAILABLE, "_COMMAND: the command ended with status 141");
    set(fixture, "NETGURU_ENCRYPTION_KEY_COMMAND", STR("true"));
    expect_reason(fixture, ERR_VALIDATION, "_COMMAND: no encryption key is given");
}

static TestPostgres *postgres;

static int start_postgres(void **state)
{
    (void)state;
    postgres = test_postgres_start(NULL);
    test_postgres_migrate(postgres);
    return 0;
}

static int stop_postgres(void **state)
{
    (void)state;
    test_postgres_free(postgres);
    return 0;
}

static DbSession *open_session(Str url)
{
    Error error = {0};
    DbSession *session = db_session_open(url, "canary", &error);
    assert_that(session);
    return session;
}

static void test_the_canary_refuses_other_keys_in_words(void **state)
{
    (void)state;
    Error error = {0};
    bool has = true;
    Keyring *right = ring(KEY);
    Keyring *wrong = ring(OTHER_KEY);
    Keyring *both = ring(OTHER_KEY "," KEY);
    auto_session DbSession *session = open_session(str_of(test_postgres_app_url(postgres)));
    assert_that(encryption_has_canary(session, &has, &error));
    assert_that(!has);
    assert_that(encryption_check_canary(session, right, &error));
    assert_that(encryption_has_canary(session, &has, &error));
    assert_that(has);
    assert_that(encryption_check_canary(session, right, &error));
    assert_that(encryption_check_canary(session, both, &error));
    assert_that(!encryption_check_canary(session, wrong, &error));
    assert_int(error.code, ERR_CONFLICT);
    auto_arena Arena *arena = arena_new();
    assert_that(strstr(error.message, arena_cstring(arena, keyring_id(right, 0))));
    assert_that(strstr(error.message, arena_cstring(arena, keyring_id(wrong, 0))));
    /* The application may not replace it. */
    assert_that(!encryption_renew_canary(session, wrong, &error));
    assert_int(error.code, ERR_FORBIDDEN);
    assert_that(!db_session_run(session, STR("DELETE FROM encryption_canary"), &error));
    assert_that(encryption_check_canary(session, right, &error));
    auto_session DbSession *owner = open_session(str_of(test_postgres_url(postgres)));
    assert_that(encryption_renew_canary(owner, both, &error));
    assert_that(encryption_check_canary(session, wrong, &error));
    assert_that(!encryption_check_canary(session, right, &error));
    test_postgres_run(postgres,
                      "UPDATE encryption_canary SET token = overlay(token PLACING"
                      " CASE substr(token, 60, 1) WHEN 'A' THEN 'B' ELSE 'A' END FROM 60)");
    assert_that(!encryption_check_canary(session, wrong, &error));
    assert_that(strstr(error.message, "was changed"));
    keyring_free(right);
    keyring_free(wrong);
    keyring_free(both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_opens_in_its_row_alone),
        cmocka_unit_test(test_other_keys_and_changed_texts_do_not_open),
        cmocka_unit_test(test_empty_and_largest_texts_round_trip),
        cmocka_unit_test_setup_teardown(test_keys_come_from_a_variable_a_file_or_a_command, start,
                                        stop),
        cmocka_unit_test_setup_teardown(test_a_source_that_fails_says_which_and_why, start, stop),
        cmocka_unit_test_setup_teardown(test_the_canary_refuses_other_keys_in_words, start_postgres,
                                        stop_postgres),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
