/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>

struct Sha256Stream {
    EVP_MD_CTX *context;
};

Sha1 sha1_of(Str bytes)
{
    Sha1 digest;
    SHA1((const unsigned char *)bytes.data, bytes.size, digest.bytes);
    return digest;
}

Sha256 sha256_of(Str bytes)
{
    Sha256 digest;
    SHA256((const unsigned char *)bytes.data, bytes.size, digest.bytes);
    return digest;
}

Sha256 hmac_sha256(Str key, Str message)
{
    Sha256 digest;
    unsigned size = sizeof(digest.bytes);
    check(HMAC(EVP_sha256(), key.data, (int)key.size, (const unsigned char *)message.data,
               message.size, digest.bytes, &size));
    return digest;
}

const char *sha256_write_hex(const Sha256 *digest, char out[SHA256_HEX_SIZE])
{
    for (size_t i = 0; i < SHA256_SIZE; i++)
        snprintf(out + 2 * i, 3, "%02x", digest->bytes[i]);
    return out;
}

static void free_context(void *context)
{
    EVP_MD_CTX_free(context);
}

Sha256Stream *sha256_stream_new(Arena *arena)
{
    Sha256Stream *stream = ARENA_NEW(arena, Sha256Stream);
    stream->context = EVP_MD_CTX_new();
    check(stream->context && EVP_DigestInit_ex(stream->context, EVP_sha256(), NULL) == 1);
    arena_on_free(arena, free_context, stream->context);
    return stream;
}

void sha256_stream_add(Sha256Stream *stream, Str bytes)
{
    check(EVP_DigestUpdate(stream->context, bytes.data, bytes.size) == 1);
}

Sha256 sha256_stream_end(Sha256Stream *stream)
{
    Sha256 digest;
    check(EVP_DigestFinal_ex(stream->context, digest.bytes, NULL) == 1);
    return digest;
}

bool digest_equal(Str a, Str b)
{
    return a.size == b.size && CRYPTO_memcmp(a.data, b.data, a.size) == 0;
}
