/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/account.h"

#include "accounts/session.h"
#include "crypto/password.h"

static Str bearer_token(const Request *request)
{
    Str header = request_header(request, "authorization");
    if (!str_starts_with_ignore_case(header, STR("bearer ")))
        return STR("");
    return str_trim(str_from(header, 7));
}

static bool enforce_rate(Task *task, const RateState *rate, Response *response)
{
    Arena *arena = task->arena;
    if (rate->limit == 0)
        return true;
    response_add_header(response, STR("X-RateLimit-Limit"),
                        arena_printf(arena, "%lld", (long long)rate->limit));
    response_add_header(response, STR("X-RateLimit-Remaining"),
                        arena_printf(arena, "%lld", (long long)rate->remaining));
    response_add_header(response, STR("X-RateLimit-Reset"),
                        arena_printf(arena, "%lld", (long long)rate->reset_s));
    if (rate->allowed)
        return true;
    task_fail(task, ERR_RATE_LIMIT_EXCEEDED, "more than %lld requests in a minute",
              (long long)rate->limit);
    task->error.retry_after_s = (uint32_t)MAX_OF(rate->reset_s, (int64_t)1);
    return false;
}

bool accounts_gate(Task *task, const Route *route, Request *request, Response *response)
{
    RateState rate = {.allowed = true};
    const Services *services = request->services;
    const RateLimit *limit = route->limit;
    if (route->access == ROUTE_PUBLIC) {
        return !limit ||
               (rate_count_address(task, services, request->client_address, limit, &rate) &&
                enforce_rate(task, &rate, response));
    }
    Str token = bearer_token(request);
    if (str_empty(token))
        return task_fail(task, ERR_AUTH, "an access token is needed: Authorization: Bearer …");
    if (!session_check(task, services, token, limit, request, &rate) ||
        !enforce_rate(task, &rate, response))
        return false;
    if (route->access == ROUTE_ADMIN && !request->is_superuser)
        return task_fail(task, ERR_FORBIDDEN, "for administrators only");
    return true;
}

static void write_tokens(JsonWriter *json, const SessionTokens *tokens)
{
    json_field_str(json, "access_token", tokens->access_token);
    json_field_str(json, "refresh_token", tokens->refresh_token);
    json_field_text(json, "token_type", "bearer");
    json_field_i64(json, "expires_in", tokens->expires_in_s);
}

static bool answer_tokens(Task *task, Response *response, uint16_t status,
                          const SessionTokens *tokens)
{
    JsonWriter *json = response_json_begin(task);
    json_begin_object(json);
    write_tokens(json, tokens);
    json_end(json);
    response_add_header(response, STR("Cache-Control"), STR("no-store"));
    return response_json_end(task, response, status, json);
}

bool account_is_plan(Str plan_tier)
{
    return str_equal(plan_tier, STR("solo")) || str_equal(plan_tier, STR("team")) ||
           str_equal(plan_tier, STR("enterprise"));
}

bool account_check_email(Str email, Error *error)
{
    size_t at = str_find_byte(email, '@');
    bool shaped = at != STR_NOT_FOUND && at > 0 && at + 1 < email.size &&
                  str_find_byte(str_from(email, at + 1), '@') == STR_NOT_FOUND;
    for (size_t i = 0; i < email.size; i++)
        shaped = shaped && (unsigned char)email.data[i] > ' ' && email.data[i] != 0x7F;
    if (shaped)
        return true;
    error_set(error, ERR_VALIDATION, "email: not an e-mail address");
    str_copy_to(STR("email"), error->field, sizeof(error->field));
    return false;
}

static bool register_account(Task *task, const Request *request, Response *response)
{
    const Services *services = request->services;
    Str email;
    Str password;
    Str full_name = STR("");
    Str hash;
    Account account = {.plan_tier = STR("solo")};
    SessionTokens tokens;
    if (!config_bool(services->settings, "NETGURU_REGISTRATION"))
        return task_fail(task, ERR_FORBIDDEN, "registration is closed on this server");
    if (!request_body_str(task, request, "email", 3, 255, &email) ||
        !account_check_email(email, &task->error) ||
        !request_body_str(task, request, "password", 1, 1024, &password) ||
        !request_body_optional_str(task, request, "full_name", 255, &full_name))
        return false;
    unsigned cost = (unsigned)config_int(services->settings, "NETGURU_BCRYPT_COST");
    if (!password_hash(task, password, cost, &hash) ||
        !account_register(task, services->db, email, hash, full_name, &account.id) ||
        !session_open(task, services, &account, &tokens))
        return false;
    return answer_tokens(task, response, 201, &tokens);
}

/* Well-formed and of nobody: verifying a password against it takes as long as against any other. */
static Str hash_of_nobody(Task *task, const Services *services)
{
    return arena_printf(task->arena,
                        "$2b$%02d$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
                        (int)config_int(services->settings, "NETGURU_BCRYPT_COST"));
}

static bool login(Task *task, const Request *request, Response *response)
{
    const Services *services = request->services;
    Str email;
    Str password;
    bool found = false;
    bool fits = false;
    Account account = {0};
    SessionTokens tokens;
    if (!request_body_str(task, request, "email", 1, 255, &email) ||
        !request_body_str(task, request, "password", 1, 1024, &password) ||
        !account_find_for_login(task, services->db, email, &found, &account) ||
        !password_verify(task, password,
                         found ? account.hashed_password : hash_of_nobody(task, services), &fits))
        return false;
    if (!found || !fits || !account.is_active)
        return task_fail(task, ERR_AUTH, "wrong e-mail address or password");
    if (!session_open(task, services, &account, &tokens))
        return false;
    return answer_tokens(task, response, 200, &tokens);
}

static bool refresh(Task *task, const Request *request, Response *response)
{
    Str token;
    SessionTokens tokens;
    if (!request_body_str(task, request, "refresh_token", 1, 256, &token) ||
        !session_refresh(task, request->services, token, &tokens))
        return false;
    return answer_tokens(task, response, 200, &tokens);
}

static bool logout(Task *task, const Request *request, Response *response)
{
    return session_close(task, request->services, &request->session_id) &&
           respond_nothing(response);
}

static bool logout_all(Task *task, const Request *request, Response *response)
{
    return session_close_all(task, request->services) && respond_nothing(response);
}

static bool show_me(Task *task, const Request *request, Response *response)
{
    Str json;
    Account account;
    return account_load_self(task, request->services->db, &json, &account) &&
           respond_json(task, response, 200, json);
}

/* Counted by address. */
static const RateLimit auth_limit = {"auth", {30, 30, 30}};

const Route accounts_routes[] = {
    {HTTP_POST, ROUTE_PUBLIC, "/api/v1/auth/register", register_account, .limit = &auth_limit,
     .takes_json = true},
    {HTTP_POST, ROUTE_PUBLIC, "/api/v1/auth/login", login, .limit = &auth_limit,
     .takes_json = true},
    {HTTP_POST, ROUTE_PUBLIC, "/api/v1/auth/refresh", refresh, .limit = &auth_limit,
     .takes_json = true},
    {HTTP_POST, ROUTE_USER, "/api/v1/auth/logout", logout, .limit = &rate_limit_api},
    {HTTP_POST, ROUTE_USER, "/api/v1/auth/logout-all", logout_all, .limit = &rate_limit_api},
    {HTTP_GET, ROUTE_USER, "/api/v1/users/me", show_me, .limit = &rate_limit_api},
    {0},
};
