/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/personal_token.h"

#include "accounts/internal.h"
#include "accounts/personal_token_store.h"
#include "base/base64.h"
#include "base/random.h"

#define PREFIX "ngp_"

enum { SECRET_BYTES = 32, CHECKSUM_BYTES = 4, PREFIX_BYTES = sizeof(PREFIX) - 1 };

static const struct {
    RouteScope scope;
    const char *name;
} scope_names[] = {
    {SCOPE_READ, "read"},
    {SCOPE_CHAT, "chat"},
    {SCOPE_WRITE, "write"},
    {SCOPE_MCP, "mcp"},
};

const char *personal_token_scope_name(RouteScope scope)
{
    for (size_t i = 0; i < COUNT_OF(scope_names); i++) {
        if (scope_names[i].scope == scope)
            return scope_names[i].name;
    }
    return NULL;
}

bool personal_token_find_scope(Str name, RouteScope *out_scope)
{
    for (size_t i = 0; i < COUNT_OF(scope_names); i++) {
        if (str_equal(name, str_of(scope_names[i].name))) {
            *out_scope = scope_names[i].scope;
            return true;
        }
    }
    return false;
}

bool personal_token_is(Str token)
{
    return str_starts_with(token, STR(PREFIX));
}

Str personal_token_new(Arena *arena)
{
    char bytes[SECRET_BYTES + CHECKSUM_BYTES];
    random_bytes(bytes, SECRET_BYTES);
    Sha256 checksum = sha256_of(str_make(bytes, SECRET_BYTES));
    memcpy(bytes + SECRET_BYTES, checksum.bytes, CHECKSUM_BYTES);
    Str text = base64_encode(arena, str_make(bytes, sizeof(bytes)), BASE64_URL_NO_PADDING);
    explicit_bzero(bytes, sizeof(bytes));
    return arena_printf(arena, PREFIX "%.*s", STR_ARGS(text));
}

bool personal_token_verify(Arena *arena, Str token)
{
    Str bytes;
    if (token.size != PERSONAL_TOKEN_BYTES || !personal_token_is(token) ||
        !base64_decode(arena, str_from(token, PREFIX_BYTES), BASE64_URL_NO_PADDING, &bytes))
        return false;
    Sha256 checksum = sha256_of(str_slice(bytes, 0, SECRET_BYTES));
    return digest_equal(str_from(bytes, SECRET_BYTES), str_make(checksum.bytes, CHECKSUM_BYTES));
}

Str personal_token_digest(Arena *arena, Str token)
{
    return redis_digest(arena, token);
}

/* How long the look-up takes depends on the digest alone, from which nobody finds a token. */
bool personal_token_check(Task *task, const Services *services, Str token, const RateLimit *limit,
                          Request *request, RateState *out_rate)
{
    bool found = false;
    PersonalTokenUse use;
    if (!personal_token_verify(task->arena, token))
        return task_fail(task, ERR_AUTH, "the personal access token is mistyped or not complete");
    Str digest = personal_token_digest(task->arena, token);
    if (!personal_token_use(task, services->db, digest, &found, &use))
        return false;
    if (!found)
        return task_fail(task, ERR_AUTH,
                         "the personal access token is unknown, revoked or expired");
    task->has_user = true;
    task->user_id = use.user_id;
    request->session_id = use.id;
    request->is_personal = true;
    request->scopes = use.scopes;
    request->plan_tier = use.plan_tier;
    return !limit || rate_count_user(task, services, use.plan_tier, limit, out_rate);
}

bool personal_token_check_scope(Task *task, const Route *route, const Request *request)
{
    const char *name = personal_token_scope_name(route->scope);
    if (!name)
        return task_fail(task, ERR_FORBIDDEN,
                         "a personal access token cannot be used for this: log in");
    return (request->scopes & route->scope) ||
           task_fail(task, ERR_FORBIDDEN, "the personal access token has no scope \"%s\"", name);
}
