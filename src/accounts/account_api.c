/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/account.h"

#include "accounts/account_doc.h"
#include "accounts/account_store.h"
#include "accounts/login.h"
#include "accounts/login_wait.h"
#include "accounts/page_session.h"
#include "accounts/password_change.h"
#include "accounts/refresh_token.h"
#include "accounts/ticket.h"
#include "base/log.h"

enum { AUTH_TIMEOUT_MS = 10 * 1000, RECORD_TIMEOUT_MS = 3000 };

typedef struct {
    SessionTokens tokens;
    Str device_token; /* may be empty: the answer is without it */
    bool in_cookie;   /* the refresh token goes into the cookie, and not into the body */
} Opened;

static void write_tokens(JsonWriter *json, const Opened *opened)
{
    json_field_str(json, "access_token", opened->tokens.access_token);
    if (!opened->in_cookie)
        json_field_str(json, "refresh_token", opened->tokens.refresh_token);
    json_field_text(json, "token_type", "bearer");
    json_field_i64(json, "expires_in", opened->tokens.expires_in_s);
    if (!str_empty(opened->device_token))
        json_field_str(json, "device_token", opened->device_token);
}

static bool answer_tokens(Task *task, const Request *request, Response *response, uint16_t status,
                          const Opened *opened)
{
    JsonWriter *json = response_json_begin(task);
    json_begin_object(json);
    write_tokens(json, opened);
    json_end(json);
    response_add_header(response, STR("Cache-Control"), STR("no-store"));
    if (opened->in_cookie)
        page_session_keep(task, request, response, opened->tokens.refresh_token);
    return response_json_end(task, response, status, json);
}

/* The User-Agent as text that is safe to show: shortened, and printable ASCII only. */
static Str user_agent_of(Arena *arena, const Request *request)
{
    Str header = str_slice(request_header(request, "user-agent"), 0, AUDIT_USER_AGENT_MAX_BYTES);
    char *text = arena_alloc(arena, header.size + 1);
    for (size_t i = 0; i < header.size; i++)
        text[i] = header.data[i] >= ' ' && header.data[i] < 0x7F ? header.data[i] : '?';
    return (Str){text, header.size};
}

static SessionClient client_of(Arena *arena, const Request *request)
{
    return (SessionClient){request->client_address, user_agent_of(arena, request)};
}

static bool register_account(Task *task, const Request *request, Response *response)
{
    LoggedIn made;
    bool in_cookie = false;
    Credentials given = {.client = client_of(task->arena, request)};
    if (!page_session_asks(task, request, &in_cookie) ||
        !request_body_str(task, request, "email", 3, 255, &given.email) ||
        !request_body_str(task, request, "password", 1, 1024, &given.password) ||
        !request_body_optional_str(task, request, "full_name", 255, &given.full_name) ||
        !login_register(task, request->services, &given, &made))
        return false;
    const Opened opened = {made.tokens, made.device_token, in_cookie};
    return answer_tokens(task, request, response, 201, &opened);
}

static bool login(Task *task, const Request *request, Response *response)
{
    LoggedIn made;
    bool in_cookie = false;
    Credentials given = {.client = client_of(task->arena, request)};
    if (!page_session_asks(task, request, &in_cookie) ||
        !request_body_str(task, request, "email", 1, 255, &given.email) ||
        !request_body_str(task, request, "password", 1, 1024, &given.password) ||
        !request_body_optional_str(task, request, "device_token", DEVICE_TOKEN_MAX_BYTES,
                                   &given.device_token) ||
        !login_open(task, request->services, &given, &made))
        return false;
    const Opened opened = {made.tokens, made.device_token, in_cookie};
    return answer_tokens(task, request, response, 200, &opened);
}

/* Whoever may not use it is not told that it is there. */
static bool log_in_to_demo(Task *task, const Request *request, Response *response)
{
    LoggedIn made;
    bool in_cookie = false;
    const SessionClient client = client_of(task->arena, request);
    if (!account_offers_demo(request))
        return task_fail(task, ERR_NOT_FOUND, "no such resource");
    if (!page_session_check(task, request) || !page_session_asks(task, request, &in_cookie) ||
        !login_demo(task, request->services, &client, &made))
        return false;
    const Opened opened = {.tokens = made.tokens, .in_cookie = in_cookie};
    return answer_tokens(task, request, response, 200, &opened);
}

static bool refresh(Task *task, const Request *request, Response *response)
{
    Str token;
    Opened opened = {0};
    if (!page_session_asks(task, request, &opened.in_cookie))
        return false;
    if (opened.in_cookie ? !page_session_read(task, request, &token)
                         : !request_body_str(task, request, "refresh_token", 1, 256, &token))
        return false;
    return session_refresh(task, request->services, token, &opened.tokens) &&
           answer_tokens(task, request, response, 200, &opened);
}

/* Records that one session ends, or all (NULL). It ends also while the database does not answer: a
 * user who leaves must not stay logged in. */
static bool record_end(Task *task, const Request *request, const Uuid *session_id)
{
    const AuditContext by = {.address = request->client_address,
                             .user_agent = user_agent_of(task->arena, request)};
    uint64_t former_ms = task_deadline_narrow(task, RECORD_TIMEOUT_MS);
    bool done = account_record_end(task, request->services->db, &by, session_id);
    task_deadline_set(task, former_ms);
    if (done || task_is_cancelled(task))
        return done;
    log_warn("session.end_not_recorded", LOG_TEXT("reason", task->error.message));
    task_forget_error(task);
    return true;
}

static bool logout(Task *task, const Request *request, Response *response)
{
    if (!record_end(task, request, &request->session_id) ||
        !session_close(task, request->services, &task->user_id, &request->session_id, NULL))
        return false;
    page_session_forget(task, request, response);
    return respond_nothing(response);
}

static bool logout_all(Task *task, const Request *request, Response *response)
{
    if (!record_end(task, request, NULL) ||
        !session_close_all(task, request->services, &task->user_id))
        return false;
    page_session_forget(task, request, response);
    return respond_nothing(response);
}

static bool list_sessions(Task *task, const Request *request, Response *response)
{
    JsonWriter *json = response_json_begin(task);
    json_begin_object(json);
    json_key(json, "items");
    if (!session_write_list(task, request->services, &task->user_id, &request->session_id, json))
        return false;
    json_end(json);
    return response_json_end(task, response, 200, json);
}

static bool end_session(Task *task, const Request *request, Response *response)
{
    bool found = false;
    AccountSession session = {.user_id = task->user_id};
    const Services *services = request->services;
    if (!request_path_uuid(task, request, "id", &session.session_id) ||
        !account_check_sessions(task, services, &session, 1, &found))
        return false;
    if (!found)
        return task_fail(task, ERR_NOT_FOUND, "no such session");
    return record_end(task, request, &session.session_id) &&
           session_close(task, services, &task->user_id, &session.session_id, NULL) &&
           respond_nothing(response);
}

static bool show_me(Task *task, const Request *request, Response *response)
{
    Str json;
    Account account;
    return account_load_self(task, request->services->db, &json, &account) &&
           respond_json(task, response, 200, json);
}

/* The session that changes the password stays; all others end. */
static bool change_and_end_others(Task *task, const Request *request, const PasswordChange *change)
{
    const Services *services = request->services;
    TaskShield shield = task_shield_begin(task, AUTH_TIMEOUT_MS);
    bool done = password_change(task, services, change) &&
                session_close_others(task, services, &task->user_id, &request->session_id);
    task_shield_end(task, shield);
    return done;
}

static bool change_password(Task *task, const Request *request, Response *response)
{
    Str former;
    Str wanted;
    const AuditContext by = {.address = request->client_address};
    return request_body_str(task, request, "password", 1, 1024, &former) &&
           request_body_str(task, request, "new_password", 1, 1024, &wanted) &&
           change_and_end_others(task, request, &(PasswordChange){former, wanted, by}) &&
           respond_nothing(response);
}

/* Counted by address. */
static const RateLimit auth_limit = {"auth", {30, 30, 30}};

const Route accounts_routes[] = {
    {HTTP_POST, ROUTE_PUBLIC, "/api/v1/auth/register", register_account, .doc = &register_doc,
     .limit = &auth_limit, .timeout_ms = AUTH_TIMEOUT_MS, .takes_json = true, .has_secrets = true},
    {HTTP_POST, ROUTE_PUBLIC, "/api/v1/auth/login", login, .doc = &login_doc, .limit = &auth_limit,
     .timeout_ms = AUTH_TIMEOUT_MS, .takes_json = true, .has_secrets = true},
    {HTTP_POST, ROUTE_PUBLIC, "/api/v1/auth/demo", log_in_to_demo, .doc = &demo_doc,
     .limit = &auth_limit, .timeout_ms = AUTH_TIMEOUT_MS, .takes_json = true, .has_secrets = true},
    {HTTP_POST, ROUTE_PUBLIC, "/api/v1/auth/refresh", refresh, .doc = &refresh_doc,
     .limit = &auth_limit, .timeout_ms = AUTH_TIMEOUT_MS, .takes_json = true, .has_secrets = true},
    {HTTP_POST, ROUTE_USER, "/api/v1/auth/logout", logout, .doc = &logout_doc,
     .limit = &rate_limit_api, .timeout_ms = AUTH_TIMEOUT_MS},
    {HTTP_POST, ROUTE_USER, "/api/v1/auth/logout-all", logout_all, .doc = &logout_all_doc,
     .limit = &rate_limit_api, .timeout_ms = AUTH_TIMEOUT_MS},
    {HTTP_GET, ROUTE_USER, "/api/v1/auth/sessions", list_sessions, .doc = &list_sessions_doc,
     .limit = &rate_limit_api, .timeout_ms = AUTH_TIMEOUT_MS},
    {HTTP_POST, ROUTE_USER, "/api/v1/chat/tickets", ticket_issue, .doc = &ticket_issue_doc,
     .limit = &rate_limit_api},
    {HTTP_DELETE, ROUTE_USER, "/api/v1/auth/sessions/{id}", end_session, .doc = &end_session_doc,
     .limit = &rate_limit_api, .timeout_ms = AUTH_TIMEOUT_MS},
    {HTTP_GET, ROUTE_USER, "/api/v1/users/me", show_me, .doc = &show_me_doc,
     .limit = &rate_limit_api, .scope = SCOPE_READ},
    {HTTP_POST, ROUTE_USER, "/api/v1/users/me/password", change_password,
     .doc = &change_password_doc, .limit = &rate_limit_api, .timeout_ms = AUTH_TIMEOUT_MS,
     .takes_json = true, .has_secrets = true},
    {0},
};
