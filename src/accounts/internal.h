/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and arguments of the Redis scripts of accounts. Nobody else includes this. */
#pragma once

#include "crypto/digest.h"
#include "services/services.h"

/* Seconds since 1970. */
int64_t redis_now_s(void);
Str redis_integer(Arena *arena, int64_t value);
/* SHA-256 of a secret in hexadecimal: secrets are never stored themselves. */
Str redis_digest(Arena *arena, Str secret);
/* session:{user_id} */
Str redis_session_key(Arena *arena, const Uuid *user_id);
/* A key for one purpose, derived from the secret that signs tokens. */
Sha256 derived_key(const Services *services, const char *purpose);

/* metrics.c: count a login by its error, a registration, and a request that a rate limit refused.
 */
void count_login(ErrorCode code);
void count_registration(bool done);
void count_rate_refusal(void);
