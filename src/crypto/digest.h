/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 (FIPS 180-4), at once or over a stream, HMAC-SHA-256 (RFC 2104), and a comparison whose
 * time does not tell where the difference is. SHA-1 is here for WebSocket handshakes alone: it is
 * broken and protects nothing.
 */
#pragma once

#include "base/arena.h"

enum { SHA256_SIZE = 32, SHA256_HEX_SIZE = 65 /* with the NUL */ };

typedef struct {
    uint8_t bytes[SHA256_SIZE];
} Sha256;

enum { SHA1_SIZE = 20 };

typedef struct {
    uint8_t bytes[SHA1_SIZE];
} Sha1;

Sha1 sha1_of(Str bytes);
Sha256 sha256_of(Str bytes);
Sha256 hmac_sha256(Str key, Str message);
/* Writes 64 lower-case digits and a NUL; returns out. */
const char *sha256_write_hex(const Sha256 *digest, char out[SHA256_HEX_SIZE]);

typedef struct Sha256Stream Sha256Stream;

/* Ends with the arena. */
Sha256Stream *sha256_stream_new(Arena *arena) MUST_USE;
void sha256_stream_add(Sha256Stream *stream, Str bytes);
/* No more bytes after this. */
Sha256 sha256_stream_end(Sha256Stream *stream);

bool digest_equal(Str a, Str b);
