/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/keyring.h"

#include "base/mem.h"
#include "crypto/digest.h"

#include <stdio.h>

enum { ID_BYTES = (KEYRING_ID_SIZE - 1) / 2 };

typedef struct {
    FernetKey key;
    char id[KEYRING_ID_SIZE];
} KeyringKey;

struct Keyring {
    size_t count;
    KeyringKey keys[KEYRING_MAX_KEYS];
};

static void write_id(const FernetKey *key, char out[KEYRING_ID_SIZE])
{
    Sha256 digest =
        hmac_sha256(str_make(key->bytes, FERNET_KEY_BYTES), STR("netguru encryption key id"));
    for (size_t i = 0; i < ID_BYTES; i++)
        snprintf(out + 2 * i, 3, "%02x", digest.bytes[i]);
}

static bool add_key(Keyring *keyring, Str text, Error *error)
{
    if (keyring->count == KEYRING_MAX_KEYS)
        return error_set(error, ERR_VALIDATION, "more than %d encryption keys", KEYRING_MAX_KEYS);
    KeyringKey *added = &keyring->keys[keyring->count];
    if (!fernet_key_parse(text, &added->key, error))
        return error_prefix(error, "key %zu: ", keyring->count + 1);
    write_id(&added->key, added->id);
    if (keyring_has(keyring, str_of(added->id)))
        return error_set(error, ERR_VALIDATION, "key %zu: it is given twice", keyring->count + 1);
    keyring->count++;
    return true;
}

static bool add_keys(Keyring *keyring, Str text, Error *error)
{
    Str word;
    Str field;
    if (text.size > KEYRING_TEXT_MAX_BYTES)
        return error_set(error, ERR_VALIDATION, "more than %d bytes of encryption keys",
                         KEYRING_TEXT_MAX_BYTES);
    while (str_next_word(&text, &word)) {
        while (str_next_field(&word, ',', &field)) {
            if (!str_empty(field) && !add_key(keyring, field, error))
                return false;
        }
    }
    return keyring->count > 0 || error_set(error, ERR_VALIDATION, "no encryption key is given");
}

Keyring *keyring_parse(Str text, Error *error)
{
    Keyring *keyring = MEM_NEW(Keyring);
    if (add_keys(keyring, text, error))
        return keyring;
    keyring_free(keyring);
    return NULL;
}

void keyring_free(Keyring *keyring)
{
    mem_free_secret(keyring);
}

size_t keyring_count(const Keyring *keyring)
{
    return keyring->count;
}

Str keyring_id(const Keyring *keyring, size_t index)
{
    check(index < keyring->count);
    return str_of(keyring->keys[index].id);
}

bool keyring_has(const Keyring *keyring, Str id)
{
    for (size_t i = 0; i < keyring->count; i++) {
        if (str_equal(str_of(keyring->keys[i].id), id))
            return true;
    }
    return false;
}

Str keyring_encrypt(Arena *arena, const Keyring *keyring, Str text, int64_t now_s)
{
    return fernet_encrypt(arena, &keyring->keys[0].key, text, now_s);
}

bool keyring_decrypt(Arena *arena, const Keyring *keyring, const FernetToken *token, Str *out_text,
                     Error *error)
{
    size_t fitting = 0;
    while (fitting < keyring->count &&
           !fernet_is_signed_by(arena, &keyring->keys[fitting].key, token->text))
        fitting++;
    /* If none fits, the first one gives the reason. */
    const KeyringKey *key = &keyring->keys[fitting < keyring->count ? fitting : 0];
    return fernet_decrypt(arena, &key->key, token, out_text, error);
}
