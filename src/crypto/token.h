/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access tokens: JSON Web Tokens (RFC 7519) signed by HMAC-SHA-256 ("HS256", RFC 7518), the
 * algorithm pinned: a token that names any other is refused whatever its signature.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/uuid.h"

typedef struct {
    Uuid user_id;       /* "sub" */
    Uuid session_id;    /* "sid" */
    int64_t issued_at;  /* seconds since 1970, "iat" */
    int64_t expires_at; /* "exp" */
} TokenClaims;

enum { TOKEN_MAX_BYTES = 1024, TOKEN_SECRET_MIN_BYTES = 32 };

Str token_sign(Arena *arena, Str secret, const TokenClaims *claims) MUST_USE;
/* ERR_AUTH when it is malformed, not ours or of another algorithm. Expiry is the caller's to check.
 */
bool token_verify(Arena *arena, Str secret, Str token, TokenClaims *out_claims,
                  Error *error) MUST_USE;
bool token_is_expired(const TokenClaims *claims, int64_t now_s);
