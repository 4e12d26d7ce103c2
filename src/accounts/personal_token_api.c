/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/personal_token.h"

#include "accounts/personal_token_store.h"
#include "base/time.h"
#include "base/utf8.h"
#include "web/route_doc.h"

enum { LAST_CHARACTERS = 4, MAX_SCOPES = 4, NAME_MAX_BYTES = 400 };

#define DAY_US (24 * 3600 * INT64_C(1000000))

static size_t count_characters(Str text)
{
    size_t count = 0;
    while (!str_empty(text)) {
        text = str_from(text, MAX_OF(utf8_length(text), (size_t)1));
        count++;
    }
    return count;
}

static bool read_name(Task *task, const Request *request, NewPersonalToken *token)
{
    if (!request_body_str(task, request, "name", 1, NAME_MAX_BYTES, &token->name))
        return false;
    token->name = str_trim(token->name);
    if (str_empty(token->name))
        return request_fail_field(task, "name", "is empty");
    return count_characters(token->name) <= PERSONAL_TOKEN_NAME_MAX_CHARACTERS ||
           request_fail_field(task, "name", "has more than %d characters",
                              PERSONAL_TOKEN_NAME_MAX_CHARACTERS);
}

/* Reads the array; a scope that is given twice counts once. */
static bool read_scopes(Task *task, const Request *request, NewPersonalToken *token)
{
    uint32_t scopes = 0;
    RouteScope scope = SCOPE_NONE;
    const JsonValue *given = json_get(request->body, "scopes");
    if (!given || given->type != JSON_IS_ARRAY || given->count == 0 || given->count > MAX_SCOPES)
        return request_fail_field(task, "scopes", "must be a list of read, chat, write, mcp");
    token->scopes = STR("");
    for (size_t i = 0; i < given->count; i++) {
        const JsonValue *item = &given->items[i];
        if (item->type != JSON_IS_STRING || !personal_token_find_scope(item->string, &scope))
            return request_fail_field(task, "scopes", "must be a list of read, chat, write, mcp");
        if (!(scopes & scope))
            token->scopes = arena_printf(task->arena, "%.*s%s%s", STR_ARGS(token->scopes),
                                         scopes ? "," : "{", personal_token_scope_name(scope));
        scopes |= scope;
    }
    token->scopes = arena_printf(task->arena, "%.*s}", STR_ARGS(token->scopes));
    return true;
}

/* A token that its maker gave no end has one all the same; only null asks for none. */
static bool read_expiry(Task *task, const Request *request, NewPersonalToken *token)
{
    char text[TIME_TEXT_SIZE];
    int64_t now_us = time_now_us();
    int64_t expires_us = now_us + PERSONAL_TOKEN_DEFAULT_DAYS * DAY_US;
    const JsonValue *given = json_get(request->body, "expires_at");
    if (given && given->type == JSON_IS_NULL)
        return true;
    if (given && (given->type != JSON_IS_STRING || !time_parse_rfc3339(given->string, &expires_us)))
        return request_fail_field(task, "expires_at",
                                  "must be a time like 2027-01-31T12:00:00Z, or null for none");
    if (expires_us <= now_us)
        return request_fail_field(task, "expires_at", "must be in the future");
    token->expires_at = arena_copy(task->arena, str_of(time_write_rfc3339(expires_us, text)));
    return true;
}

static bool create(Task *task, const Request *request, Response *response)
{
    Str json;
    NewPersonalToken token = {.id = uuid_new()};
    const AuditContext by = {.address = request->client_address};
    Str text = personal_token_new(task->arena);
    token.digest = personal_token_digest(task->arena, text);
    token.last_four = str_from(text, text.size - LAST_CHARACTERS);
    if (!read_name(task, request, &token) || !read_scopes(task, request, &token) ||
        !read_expiry(task, request, &token) ||
        !personal_token_insert(task, request->services->db, &by, &token, &json))
        return false;
    /* The only time that the token is shown: as the last member of the row's object. */
    check(str_ends_with(json, STR("}")));
    Str shown = arena_printf(task->arena, "%.*s,\"token\":\"%.*s\"}",
                             STR_ARGS(str_slice(json, 0, json.size - 1)), STR_ARGS(text));
    return respond_json(task, response, 201, shown);
}

static bool list(Task *task, const Request *request, Response *response)
{
    Str json;
    Page page;
    return page_read(task, request, &page) &&
           personal_token_list_json(task, request->services->db, &page, &json) &&
           respond_json(task, response, 200, json);
}

static bool revoke_token(Task *task, const Request *request, Response *response)
{
    Uuid id;
    const AuditContext by = {.address = request->client_address};
    return request_path_uuid(task, request, "id", &id) &&
           personal_token_delete(task, request->services->db, &by, &id) &&
           respond_nothing(response);
}

static const ApiSchema token_schema = {
    "PersonalToken",
    "id: uuid, name: text, scopes: [(read|chat|write|mcp)], last_four: text, created_at: time, "
    "expires_at?: time, last_used_at?: time, is_expired: boolean, token?: text",
};

static const RouteDoc create_doc = {
    .summary = "Makes a personal access token, which only this answer shows",
    .body = "name: text 1..100, scopes: [(read|chat|write|mcp)] 1..4, expires_at?: time",
    .body_example = "{\"name\":\"laptop\",\"scopes\":[\"read\",\"mcp\"]}",
    .answers = {{201, &token_schema}},
    .errors = {409},
};

static const RouteDoc list_doc = {
    .summary = "Lists the personal access tokens",
    .query = PAGE_QUERY,
    .answers = {{200, &token_schema, .is_page = true}},
};

static const RouteDoc revoke_doc = {
    .summary = "Revokes a personal access token",
    .answers = {{204}},
};

const Route personal_token_routes[] = {
    {HTTP_POST, ROUTE_USER, "/api/v1/users/me/tokens", create, .doc = &create_doc,
     .limit = &rate_limit_api, .takes_json = true, .has_secrets = true},
    {HTTP_GET, ROUTE_USER, "/api/v1/users/me/tokens", list, .doc = &list_doc,
     .limit = &rate_limit_api},
    {HTTP_DELETE, ROUTE_USER, "/api/v1/users/me/tokens/{id}", revoke_token, .doc = &revoke_doc,
     .limit = &rate_limit_api},
    {0},
};
