/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Personal access tokens: what a program shows instead of a login. A token is "ngp_" and 48
 * characters of base64url: 32 random bytes, then the first 4 bytes of their SHA-256, by which a
 * mistyped or truncated token is told from an unknown one, also by programs that search for
 * secrets. PostgreSQL holds the SHA-256 of the whole token and nothing else of it but its last four
 * characters. Each request reads the row, so revoking a token, its expiry and disabling the user
 * take effect with the next request, on every process.
 *
 * A token has scopes; each route names the one that it needs (web/router.h). A route without a
 * scope takes no token: a token manages no tokens, keys, sessions or accounts.
 */
#pragma once

#include "accounts/rate.h"

enum {
    PERSONAL_TOKEN_BYTES = 52,
    PERSONAL_TOKEN_MAX_PER_USER = 50,
    PERSONAL_TOKEN_NAME_MAX_CHARACTERS = 100,
    PERSONAL_TOKEN_DEFAULT_DAYS = 90,
};

/* Tells by its prefix whether a bearer token is a personal one. */
bool personal_token_is(Str token);
/* Makes a token. The arena should overwrite its memory (arena_keep_secret). */
Str personal_token_new(Arena *arena) MUST_USE;
/* Tells whether length, alphabet and checksum are right. */
bool personal_token_verify(Arena *arena, Str token) MUST_USE;
/* Returns the digest that is stored, in hexadecimal. */
Str personal_token_digest(Arena *arena, Str token);

/*
 * Finds the user of a token, counts the request, and sets the task's user and the request's
 * session. ERR_AUTH when there is no such token or it has expired, or the user is disabled.
 */
bool personal_token_check(Task *task, const Services *services, Str token, const RateLimit *limit,
                          Request *request, RateState *out_rate) MUST_USE;
/* Fails with ERR_FORBIDDEN, naming the scope, unless the request's token may use the route. */
bool personal_token_check_scope(Task *task, const Route *route, const Request *request) MUST_USE;

/* Returns the name of one scope; NULL for SCOPE_NONE. */
const char *personal_token_scope_name(RouteScope scope);
/* Finds the scope of a name. */
bool personal_token_find_scope(Str name, RouteScope *out_scope) MUST_USE;

/* /api/v1/users/me/tokens */
extern const Route personal_token_routes[];
