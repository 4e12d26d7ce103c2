/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refresh tokens: user, session, 16 bytes and half of their HMAC, in base64url. A token works once:
 * it is traded for a new pair, and using it again ends its session, because one of the two who hold
 * it has stolen it.
 *
 * An answer may be lost, however. So a token is taken once more within ten seconds of its first
 * use, and gets the same new pair as before: the new tokens are derived from the used one, the
 * secret and the time of the first use, and nothing but digests has to be stored.
 */
#pragma once

#include "accounts/session.h"

typedef struct {
    Uuid user_id;
    Uuid session_id;
    int64_t issued_at_s; /* of the access token */
} SessionTokenParts;

/* The pair of a session: a signed access token beside the refresh token. */
SessionTokens session_tokens(Arena *arena, const Services *services, const SessionTokenParts *parts,
                             Str refresh_token);

/* Makes the first refresh token of a session. */
Str refresh_token_new(Arena *arena, const Services *services, const Uuid *user_id,
                      const Uuid *session_id) MUST_USE;
/*
 * Trades a refresh token for new tokens and sets the task's user from it. ERR_AUTH when it is
 * unknown, when the account is disabled (all its sessions end), or when it was used before (its
 * session ends).
 */
bool session_refresh(Task *task, const Services *services, Str refresh_token,
                     SessionTokens *out_tokens) MUST_USE;
