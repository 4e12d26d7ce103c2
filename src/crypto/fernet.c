/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/fernet.h"

#include "base/base64.h"
#include "base/random.h"
#include "crypto/digest.h"

#include <openssl/evp.h>

enum {
    VERSION = 0x80,
    HALF_BYTES = FERNET_KEY_BYTES / 2,
    BLOCK_BYTES = 16,
    TIME_AT = 1,
    IV_AT = TIME_AT + 8,
    HEAD_BYTES = IV_AT + FERNET_IV_BYTES,
    SMALLEST_BYTES = HEAD_BYTES + BLOCK_BYTES + SHA256_SIZE,
    LARGEST_BYTES = HEAD_BYTES + FERNET_TEXT_MAX_BYTES + BLOCK_BYTES + SHA256_SIZE,
};

void fernet_key_new(FernetKey *out_key)
{
    random_bytes(out_key->bytes, sizeof(out_key->bytes));
}

bool fernet_key_parse(Str text, FernetKey *out_key, Error *error)
{
    Str bytes;
    auto_arena Arena *arena = arena_new();
    arena_keep_secret(arena);
    if (text.size != FERNET_KEY_TEXT_BYTES || !base64_decode(arena, text, BASE64_URL, &bytes)) {
        return error_set(error, ERR_VALIDATION,
                         "an encryption key is %d characters of URL-safe Base64",
                         FERNET_KEY_TEXT_BYTES);
    }
    check(bytes.size == FERNET_KEY_BYTES);
    memcpy(out_key->bytes, bytes.data, FERNET_KEY_BYTES);
    return true;
}

Str fernet_key_write(Arena *arena, const FernetKey *key)
{
    return base64_encode(arena, str_make(key->bytes, FERNET_KEY_BYTES), BASE64_URL);
}

static Sha256 sign(const FernetKey *key, Str bytes)
{
    return hmac_sha256(str_make(key->bytes, HALF_BYTES), bytes);
}

static void write_time(uint8_t *out, int64_t time_s)
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)((uint64_t)time_s >> (56 - 8 * i));
}

static int64_t read_time(const uint8_t *bytes)
{
    uint64_t time_s = 0;
    for (int i = 0; i < 8; i++)
        time_s = time_s << 8 | bytes[i];
    return (int64_t)MIN_OF(time_s, (uint64_t)INT64_MAX);
}

/* Encrypts to out, which has room for the padding, and returns the size. */
static size_t cipher_text(const FernetKey *key, const uint8_t *iv, Str text, uint8_t *out)
{
    int size = 0;
    int rest = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    check(context &&
          EVP_EncryptInit_ex(context, EVP_aes_128_cbc(), NULL, key->bytes + HALF_BYTES, iv) == 1);
    check(EVP_EncryptUpdate(context, out, &size, (const uint8_t *)text.data, (int)text.size) == 1);
    check(EVP_EncryptFinal_ex(context, out + size, &rest) == 1);
    EVP_CIPHER_CTX_free(context);
    return (size_t)size + (size_t)rest;
}

/* Decrypts to out, which has room for bytes.size. Fails when the padding is wrong. */
static bool plain_text(const FernetKey *key, const uint8_t *iv, Str bytes, uint8_t *out,
                       size_t *out_size)
{
    int size = 0;
    int rest = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    check(context &&
          EVP_DecryptInit_ex(context, EVP_aes_128_cbc(), NULL, key->bytes + HALF_BYTES, iv) == 1);
    bool done =
        EVP_DecryptUpdate(context, out, &size, (const uint8_t *)bytes.data, (int)bytes.size) == 1 &&
        EVP_DecryptFinal_ex(context, out + size, &rest) == 1;
    EVP_CIPHER_CTX_free(context);
    *out_size = (size_t)size + (size_t)rest;
    return done;
}

Str fernet_encrypt_with_iv(Arena *arena, const FernetKey *key, Str text, int64_t now_s,
                           const uint8_t iv[FERNET_IV_BYTES])
{
    check(text.size <= FERNET_TEXT_MAX_BYTES);
    uint8_t *token = arena_alloc(arena, HEAD_BYTES + text.size + BLOCK_BYTES + SHA256_SIZE);
    token[0] = VERSION;
    write_time(token + TIME_AT, now_s);
    memcpy(token + IV_AT, iv, FERNET_IV_BYTES);
    size_t size = HEAD_BYTES + cipher_text(key, iv, text, token + HEAD_BYTES);
    Sha256 signature = sign(key, str_make(token, size));
    memcpy(token + size, signature.bytes, SHA256_SIZE);
    return base64_encode(arena, str_make(token, size + SHA256_SIZE), BASE64_URL);
}

Str fernet_encrypt(Arena *arena, const FernetKey *key, Str text, int64_t now_s)
{
    uint8_t iv[FERNET_IV_BYTES];
    random_bytes(iv, sizeof(iv));
    return fernet_encrypt_with_iv(arena, key, text, now_s, iv);
}

/* Decodes the token to its bytes, if these can be a token. */
static bool decode(Arena *arena, Str token, Str *out_bytes)
{
    Str bytes;
    if (token.size > 2 * (size_t)LARGEST_BYTES || !base64_decode(arena, token, BASE64_URL, &bytes))
        return false;
    bool fits = bytes.size >= SMALLEST_BYTES && bytes.size <= LARGEST_BYTES &&
                (uint8_t)bytes.data[0] == VERSION &&
                (bytes.size - HEAD_BYTES - SHA256_SIZE) % BLOCK_BYTES == 0;
    if (fits)
        *out_bytes = bytes;
    return fits;
}

static bool is_signed(const FernetKey *key, Str bytes)
{
    Sha256 signature = sign(key, str_slice(bytes, 0, bytes.size - SHA256_SIZE));
    return digest_equal(str_make(signature.bytes, SHA256_SIZE),
                        str_from(bytes, bytes.size - SHA256_SIZE));
}

bool fernet_is_signed_by(Arena *arena, const FernetKey *key, Str token)
{
    Str bytes;
    return decode(arena, token, &bytes) && is_signed(key, bytes);
}

static bool check_time(int64_t made_s, const FernetToken *token, Error *error)
{
    if (made_s > token->now_s && made_s - token->now_s > FERNET_CLOCK_SKEW_S) {
        return error_set(
            error, ERR_VALIDATION,
            "the encrypted text is dated in the future: is this machine's clock right?");
    }
    if (token->max_age_s && made_s < token->now_s - token->max_age_s)
        return error_set(error, ERR_VALIDATION, "the encrypted text is too old");
    return true;
}

bool fernet_decrypt(Arena *arena, const FernetKey *key, const FernetToken *token, Str *out_text,
                    Error *error)
{
    Str bytes;
    size_t size = 0;
    if (!decode(arena, token->text, &bytes))
        return error_set(error, ERR_VALIDATION, "the encrypted text is malformed");
    if (!is_signed(key, bytes))
        return error_set(error, ERR_VALIDATION,
                         "the encrypted text was changed, or made with another encryption key");
    const uint8_t *head = (const uint8_t *)bytes.data;
    if (!check_time(read_time(head + TIME_AT), token, error))
        return false;
    Str ciphered = str_slice(bytes, HEAD_BYTES, bytes.size - HEAD_BYTES - SHA256_SIZE);
    uint8_t *text = arena_alloc(arena, ciphered.size + BLOCK_BYTES);
    if (!plain_text(key, head + IV_AT, ciphered, text, &size)) {
        explicit_bzero(text, ciphered.size);
        return error_set(error, ERR_VALIDATION, "the encrypted text is malformed");
    }
    *out_text = str_make(text, size);
    return true;
}
