/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ws_handshake.h"

#include "base/base64.h"
#include "net/http_private.h"

enum { BLOCK_BYTES = 64, DIGEST_BYTES = 20, KEY_BYTES = 16 };

static uint32_t rotate(uint32_t value, int bits)
{
    return value << bits | value >> (32 - bits);
}

/* One block of SHA-1 (RFC 3174 section 6.1). Here it only proves that a WebSocket was meant. */
static void sha1_block(uint32_t hash[5], const uint8_t block[BLOCK_BYTES])
{
    uint32_t words[80];
    for (int i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
                   (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 80; i++)
        words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    uint32_t a = hash[0];
    uint32_t b = hash[1];
    uint32_t c = hash[2];
    uint32_t d = hash[3];
    uint32_t e = hash[4];
    for (int i = 0; i < 80; i++) {
        static const uint32_t constants[] = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};
        uint32_t mixed = i < 20   ? (b & c) | (~b & d)
                         : i < 40 ? b ^ c ^ d
                         : i < 60 ? (b & c) | (b & d) | (c & d)
                                  : b ^ c ^ d;
        uint32_t next = rotate(a, 5) + mixed + e + words[i] + constants[i / 20];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    hash[0] += a;
    hash[1] += b;
    hash[2] += c;
    hash[3] += d;
    hash[4] += e;
}

/* Of at most two blocks with their padding. */
static void sha1_short(Str text, uint8_t out_digest[DIGEST_BYTES])
{
    uint32_t hash[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    uint8_t blocks[2 * BLOCK_BYTES] = {0};
    check(text.size + 9 <= sizeof(blocks));
    memcpy(blocks, text.data, text.size);
    blocks[text.size] = 0x80;
    size_t padded = text.size + 9 <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
    blocks[padded - 2] = (uint8_t)(text.size * 8 >> 8);
    blocks[padded - 1] = (uint8_t)(text.size * 8 & 0xFF);
    for (size_t at = 0; at < padded; at += BLOCK_BYTES)
        sha1_block(hash, blocks + at);
    for (int i = 0; i < DIGEST_BYTES; i++)
        out_digest[i] = (uint8_t)(hash[i / 4] >> (24 - 8 * (i % 4)) & 0xFF);
}

Str ws_handshake_accept(Arena *arena, Str key)
{
    uint8_t digest[DIGEST_BYTES];
    Str text = arena_printf(arena, "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", STR_ARGS(key));
    sha1_short(text, digest);
    return base64_encode(arena, str_make(digest, sizeof(digest)), BASE64_STANDARD);
}

uint16_t ws_handshake_check(Arena *arena, const HttpRequest *request)
{
    Str key = http_request_header(request, STR("sec-websocket-key"));
    Str version = http_request_header(request, STR("sec-websocket-version"));
    Str nonce;
    if (!request->head.wants_upgrade ||
        !http_list_has(http_request_header(request, STR("upgrade")), STR("websocket")))
        return 426;
    if (request->head.method != HTTP_GET || request->head.is_http_1_0 ||
        request->head.body != HTTP_BODY_NONE)
        return 400;
    if (!str_equal(version, STR("13")))
        return 426;
    if (!base64_decode(arena, key, BASE64_STANDARD, &nonce) || nonce.size != KEY_BYTES)
        return 400;
    return 101;
}
