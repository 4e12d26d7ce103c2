/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/internal.h"

#include "base/time.h"

int64_t redis_now_s(void)
{
    return time_now_us() / 1000000;
}

Str redis_integer(Arena *arena, int64_t value)
{
    return arena_printf(arena, "%lld", (long long)value);
}

Str redis_digest(Arena *arena, Str secret)
{
    char hex[SHA256_HEX_SIZE];
    Sha256 digest = sha256_of(secret);
    return arena_copy(arena, str_of(sha256_write_hex(&digest, hex)));
}

Str redis_session_key(Arena *arena, const Uuid *user_id)
{
    char text[UUID_TEXT_SIZE];
    return arena_printf(arena, "session:%s", uuid_write(user_id, text));
}

Sha256 derived_key(const Services *services, const char *purpose)
{
    return hmac_sha256(services->token_secret, str_of(purpose));
}
