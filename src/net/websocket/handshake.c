/* SPDX-License-Identifier: Apache-2.0 */
#include "net/websocket/handshake.h"

#include "base/base64.h"
#include "crypto/digest.h"
#include "net/http/upgrade.h"

enum { KEY_BYTES = 16 };

Str ws_handshake_accept(Arena *arena, Str key)
{
    Str text = arena_printf(arena, "%.*s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", STR_ARGS(key));
    Sha1 digest = sha1_of(text);
    return base64_encode(arena, str_make(digest.bytes, sizeof(digest.bytes)), BASE64_STANDARD);
}

uint16_t ws_handshake_check(Arena *arena, const HttpRequest *request)
{
    Str key = http_request_header(request, STR("sec-websocket-key"));
    Str version = http_request_header(request, STR("sec-websocket-version"));
    Str nonce;
    if (!http_upgrade_is_asked(request, STR("websocket")))
        return 426;
    if (!http_upgrade_is_possible(request))
        return 400;
    if (!str_equal(version, STR("13")))
        return 426;
    if (!base64_decode(arena, key, BASE64_STANDARD, &nonce) || nonce.size != KEY_BYTES)
        return 400;
    return 101;
}
