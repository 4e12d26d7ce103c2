/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"
#include "crypto/digest.h"
#include "crypto/password.h"
#include "crypto/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const Str secret = STR_INIT("0123456789abcdef0123456789abcdef");

static void test_sha256_of_known_answers(void **state)
{
    (void)state;
    char hex[SHA256_HEX_SIZE];
    auto_arena Arena *arena = arena_new();
    Sha256 digest = sha256_of(STR("abc"));
    assert_string_equal(sha256_write_hex(&digest, hex),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Sha256Stream *stream = sha256_stream_new(arena);
    sha256_stream_add(stream, STR("a"));
    sha256_stream_add(stream, STR(""));
    sha256_stream_add(stream, STR("bc"));
    Sha256 streamed = sha256_stream_end(stream);
    assert_memory_equal(streamed.bytes, digest.bytes, SHA256_SIZE);
    /* RFC 4231, test case 2 */
    digest = hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"));
    assert_string_equal(sha256_write_hex(&digest, hex),
                        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void test_sha1_of_known_answers(void **state)
{
    (void)state;
    auto_arena Arena *arena = arena_new();
    Sha1 digest = sha1_of(STR("abc")); /* RFC 3174, test 1 */
    Str text = base64_encode(arena, str_make(digest.bytes, SHA1_SIZE), BASE64_STANDARD);
    assert_true(str_equal(text, STR("qZk+NkcGgWq6PiVxeFDCbJzQ2J0=")));
    digest = sha1_of(STR(""));
    text = base64_encode(arena, str_make(digest.bytes, SHA1_SIZE), BASE64_STANDARD);
    assert_true(str_equal(text, STR("2jmj7l5rSw0yVb/vlWAYkK/YBwk=")));
}

static TokenClaims some_claims(void)
{
    return (TokenClaims){uuid_new(), uuid_new(), 1000, 2000};
}

static void test_token_round_trip(void **state)
{
    (void)state;
    Error error = {0};
    TokenClaims back;
    TokenClaims claims = some_claims();
    auto_arena Arena *arena = arena_new();
    Str token = token_sign(arena, secret, &claims);
    assert_true(token_verify(arena, secret, token, &back, &error));
    assert_true(uuid_equal(&back.user_id, &claims.user_id));
    assert_true(uuid_equal(&back.session_id, &claims.session_id));
    assert_false(token_is_expired(&back, 1999));
    assert_true(token_is_expired(&back, 2000));
}

static void test_any_changed_byte_breaks_a_token(void **state)
{
    (void)state;
    Error error = {0};
    TokenClaims back;
    TokenClaims claims = some_claims();
    auto_arena Arena *arena = arena_new();
    Str token = token_sign(arena, secret, &claims);
    char *copy = arena_cstring(arena, token);
    for (size_t i = 0; i < token.size; i++) {
        char kept = copy[i];
        copy[i] = kept == 'A' ? 'B' : 'A';
        assert_false(token_verify(arena, secret, (Str){copy, token.size}, &back, &error));
        assert_int_equal(error.code, ERR_AUTH);
        copy[i] = kept;
    }
    for (size_t size = 0; size < token.size; size++)
        assert_false(token_verify(arena, secret, (Str){copy, size}, &back, &error));
    assert_false(
        token_verify(arena, STR("another secret, another secret, 3"), token, &back, &error));
}

static Str forge(Arena *arena, Str header, Str payload, bool with_signature)
{
    Str head = base64_encode(arena, header, BASE64_URL_NO_PADDING);
    Str body = base64_encode(arena, payload, BASE64_URL_NO_PADDING);
    Str signed_part = arena_printf(arena, "%.*s.%.*s", STR_ARGS(head), STR_ARGS(body));
    Sha256 mac = hmac_sha256(secret, signed_part);
    Str signature = with_signature ? base64_encode(arena, str_make(mac.bytes, SHA256_SIZE),
                                                   BASE64_URL_NO_PADDING)
                                   : STR("");
    return arena_printf(arena, "%.*s.%.*s", STR_ARGS(signed_part), STR_ARGS(signature));
}

static void test_other_algorithms_are_refused(void **state)
{
    (void)state;
    Error error = {0};
    TokenClaims back;
    auto_arena Arena *arena = arena_new();
    Str payload = STR("{\"sub\":\"550e8400-e29b-41d4-a716-446655440000\","
                      "\"sid\":\"550e8400-e29b-41d4-a716-446655440000\",\"iat\":1,\"exp\":9}");
    Str good = STR("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
    assert_true(token_verify(arena, secret, forge(arena, good, payload, true), &back, &error));
    const Str headers[] = {STR("{\"alg\":\"none\",\"typ\":\"JWT\"}"), STR("{\"alg\":\"HS512\"}"),
                           STR("{\"alg\":\"none\"}"), STR("{}"), STR("")};
    for (size_t i = 0; i < COUNT_OF(headers); i++) {
        assert_false(
            token_verify(arena, secret, forge(arena, headers[i], payload, true), &back, &error));
        assert_false(
            token_verify(arena, secret, forge(arena, headers[i], payload, false), &back, &error));
    }
    const Str payloads[] = {STR(""), STR("{}"), STR("[]"), STR("{\"sub\":1}"),
                            STR("{\"sub\":\"x\",\"sid\":\"y\",\"iat\":1,\"exp\":9}")};
    for (size_t i = 0; i < COUNT_OF(payloads); i++)
        assert_false(
            token_verify(arena, secret, forge(arena, good, payloads[i], true), &back, &error));
}

typedef struct {
    Workers *workers;
    bool done;
    bool right_fits;
    bool wrong_fits;
    bool nobody_fits;
    bool long_fits;
    Str hash;
    char hash_text[128];
    ErrorCode short_code;
    ErrorCode long_code;
} Passwords;

static void try_passwords(Task *task, void *argument)
{
    Str ignored;
    Passwords *tried = argument;
    char seventy_three[73];
    memset(seventy_three, 'x', sizeof(seventy_three));
    tried->done =
        password_hash(task, tried->workers, STR("correct horse"), 4, &tried->hash) &&
        password_verify(task, tried->workers, STR("correct horse"), tried->hash,
                        &tried->right_fits) &&
        password_verify(task, tried->workers, STR("correct horsf"), tried->hash,
                        &tried->wrong_fits) &&
        password_verify(task, tried->workers, STR("correct horse"), STR(""), &tried->nobody_fits);
    if (!tried->done)
        return;
    str_copy_to(tried->hash, tried->hash_text, sizeof(tried->hash_text));
    check(!password_hash(task, tried->workers, STR("short"), 4, &ignored));
    tried->short_code = task->error.code;
    check(!password_hash(task, tried->workers, str_make(seventy_three, 73), 4, &ignored));
    tried->long_code = task->error.code;
    tried->done = password_verify(task, tried->workers, str_make(seventy_three, 73), tried->hash,
                                  &tried->long_fits);
}

static void test_passwords_match_their_hash(void **state)
{
    (void)state;
    Loop *loop = loop_new(&(LoopOptions){0});
    Passwords tried = {.workers = password_workers_new(loop, 2, 4)};
    assert_true(task_spawn(loop, "passwords", try_passwords, &tried).generation);
    loop_run(loop);
    workers_free(tried.workers);
    loop_free(loop);
    assert_true(tried.done);
    assert_true(tried.right_fits);
    assert_false(tried.wrong_fits);
    assert_false(tried.nobody_fits);
    assert_false(tried.long_fits);
    assert_memory_equal(tried.hash_text, "$2b$04$", 7);
    assert_int_equal(tried.short_code, ERR_VALIDATION);
    assert_int_equal(tried.long_code, ERR_VALIDATION);
}

static void test_hashing_cancelled_at_every_wait(void **state)
{
    (void)state;
    uint32_t nth = 0;
    Passwords tried;
    Loop *loop = loop_new(&(LoopOptions){0});
    Workers *workers = password_workers_new(loop, 1, 4);
    do {
        tried = (Passwords){.workers = workers};
        task_cancel_next_at(loop, ++nth);
        assert_true(task_spawn(loop, "passwords", try_passwords, &tried).generation);
        loop_run(loop);
    } while (task_cancel_point_reached(loop));
    assert_true(nth > 4);
    assert_true(tried.done);
    workers_free(workers);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256_of_known_answers),
        cmocka_unit_test(test_sha1_of_known_answers),
        cmocka_unit_test(test_token_round_trip),
        cmocka_unit_test(test_any_changed_byte_breaks_a_token),
        cmocka_unit_test(test_other_algorithms_are_refused),
        cmocka_unit_test(test_passwords_match_their_hash),
        cmocka_unit_test(test_hashing_cancelled_at_every_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
