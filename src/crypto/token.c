/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/token.h"

#include "base/base64.h"
#include "base/json.h"
#include "crypto/digest.h"

/* The only header we write and the only one we accept, byte for byte. */
#define TOKEN_HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"

static Str signature_of(Arena *arena, Str secret, Str signed_part)
{
    Sha256 mac = hmac_sha256(secret, signed_part);
    return base64_encode(arena, str_make(mac.bytes, sizeof(mac.bytes)), BASE64_URL_NO_PADDING);
}

Str token_sign(Arena *arena, Str secret, const TokenClaims *claims)
{
    char user[UUID_TEXT_SIZE];
    char session[UUID_TEXT_SIZE];
    check(secret.size >= TOKEN_SECRET_MIN_BYTES);
    Str payload =
        arena_printf(arena, "{\"sub\":\"%s\",\"sid\":\"%s\",\"iat\":%lld,\"exp\":%lld}",
                     uuid_write(&claims->user_id, user), uuid_write(&claims->session_id, session),
                     (long long)claims->issued_at, (long long)claims->expires_at);
    Str head = base64_encode(arena, STR(TOKEN_HEADER), BASE64_URL_NO_PADDING);
    Str body = base64_encode(arena, payload, BASE64_URL_NO_PADDING);
    Str signed_part = arena_printf(arena, "%.*s.%.*s", STR_ARGS(head), STR_ARGS(body));
    Str signature = signature_of(arena, secret, signed_part);
    return arena_printf(arena, "%.*s.%.*s", STR_ARGS(signed_part), STR_ARGS(signature));
}

static bool read_claims(Arena *arena, Str payload, TokenClaims *out_claims)
{
    Error ignored;
    Str user;
    Str session;
    const JsonValue *json = json_parse(arena, payload, &ignored);
    return json && json_get_str(json, "sub", &user) && uuid_parse(user, &out_claims->user_id) &&
           json_get_str(json, "sid", &session) && uuid_parse(session, &out_claims->session_id) &&
           json_get_i64(json, "iat", &out_claims->issued_at) &&
           json_get_i64(json, "exp", &out_claims->expires_at);
}

bool token_is_expired(const TokenClaims *claims, int64_t now_s)
{
    return claims->expires_at <= now_s;
}

bool token_verify(Arena *arena, Str secret, Str token, TokenClaims *out_claims, Error *error)
{
    TokenClaims claims;
    Str payload;
    Str head = base64_encode(arena, STR(TOKEN_HEADER), BASE64_URL_NO_PADDING);
    size_t last_dot = str_find_last_byte(token, '.');
    if (token.size > TOKEN_MAX_BYTES || last_dot == STR_NOT_FOUND ||
        !str_starts_with(token, head) || last_dot <= head.size || token.data[head.size] != '.')
        return error_set(error, ERR_AUTH, "the access token is malformed");
    Str signed_part = str_slice(token, 0, last_dot);
    Str expected = signature_of(arena, secret, signed_part);
    if (!digest_equal(expected, str_from(token, last_dot + 1)))
        return error_set(error, ERR_AUTH, "the access token is not valid");
    if (!base64_decode(arena, str_from(signed_part, head.size + 1), BASE64_URL_NO_PADDING,
                       &payload) ||
        !read_claims(arena, payload, &claims))
        return error_set(error, ERR_AUTH, "the access token is malformed");
    *out_claims = claims;
    return true;
}
