/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fernet: authenticated encryption of short texts, as the specification of Fernet (version 0x80)
 * and the Python package "cryptography" have it: AES-128-CBC with PKCS #7 padding, a random IV, the
 * time, and an HMAC-SHA-256 over all of it, in URL-safe Base64.
 *
 *     FernetKey key;
 *     fernet_key_new(&key);
 *     Str token = fernet_encrypt(arena, &key, STR("text"), now_s);
 *     if (!fernet_decrypt(arena, &key, &(FernetToken){token, now_s, 0}, &text, error))
 *         return false;
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

enum {
    FERNET_KEY_BYTES = 32,
    FERNET_KEY_TEXT_BYTES = 44, /* in URL-safe Base64 with its padding */
    FERNET_IV_BYTES = 16,
    FERNET_TEXT_MAX_BYTES = 1024 * 1024,
    FERNET_CLOCK_SKEW_S = 60, /* by which a token may be dated in the future */
};

/* The first half signs, the second half encrypts. */
typedef struct {
    uint8_t bytes[FERNET_KEY_BYTES];
} FernetKey;

void fernet_key_new(FernetKey *out_key);
/* Parses the 44 characters of a key. The message never shows them. */
bool fernet_key_parse(Str text, FernetKey *out_key, Error *error) MUST_USE;
/* Returns the 44 characters of the key, in the arena. */
Str fernet_key_write(Arena *arena, const FernetKey *key) MUST_USE;

/* Returns a token in the arena. The text has at most FERNET_TEXT_MAX_BYTES. */
Str fernet_encrypt(Arena *arena, const FernetKey *key, Str text, int64_t now_s) MUST_USE;
/* Does the same with a given IV, for the known answers of tests. */
Str fernet_encrypt_with_iv(Arena *arena, const FernetKey *key, Str text, int64_t now_s,
                           const uint8_t iv[FERNET_IV_BYTES]) MUST_USE;

typedef struct {
    Str text;
    int64_t now_s;     /* when it is read, in seconds since 1970 */
    int64_t max_age_s; /* 0: a token does not grow old */
} FernetToken;

/*
 * Decrypts a token. The text lives in the arena. Fails with ERR_VALIDATION when the token is
 * malformed, was made with another key, was changed, is older than max_age_s, or is dated more than
 * FERNET_CLOCK_SKEW_S in the future. The signature is checked before anything is decrypted.
 */
bool fernet_decrypt(Arena *arena, const FernetKey *key, const FernetToken *token, Str *out_text,
                    Error *error) MUST_USE;
/* Returns whether the token carries a signature by this key; reads nothing else of it. */
bool fernet_is_signed_by(Arena *arena, const FernetKey *key, Str token);
