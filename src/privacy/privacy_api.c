/* SPDX-License-Identifier: Apache-2.0 */
#include "privacy/privacy.h"

#include "accounts/account.h"
#include "privacy/export.h"
#include "privacy/privacy_store.h"
#include "web/route_doc.h"

enum {
    EXPORT_TIMEOUT_MS = 30 * 60 * 1000,
    CONSENT_MINUTES = 24 * 60,
    CONSENT_MAX_MINUTES = 30 * 24 * 60,
    CLOSE_TIMEOUT_MS = 10 * 1000,
};

static bool list_consents(Task *task, const Request *request, Response *response)
{
    Page page;
    Str json;
    return page_read(task, request, &page) &&
           privacy_store_list_consents(task, request->services->db, &page, &json) &&
           respond_json(task, response, 200, json);
}

static bool give_consent(Task *task, const Request *request, Response *response)
{
    Str json;
    Str scope;
    int64_t minutes = CONSENT_MINUTES;
    AuditContext by = {.address = request->client_address};
    if (!request_body_str(task, request, "scope", 1, 20, &scope) ||
        !request_body_optional_i64(task, request, "minutes", 1, CONSENT_MAX_MINUTES, &minutes) ||
        !request_body_optional_str(task, request, "reason", AUDIT_REASON_MAX_BYTES, &by.reason))
        return false;
    if (!str_equal(scope, STR("documents")) && !str_equal(scope, STR("conversations")))
        return request_fail_field(task, "scope", "must be documents or conversations");
    return privacy_store_consent(task, request->services->db, &by, scope, minutes, &json) &&
           respond_json(task, response, 201, json);
}

static bool withdraw_consent(Task *task, const Request *request, Response *response)
{
    Uuid id;
    bool found = false;
    const AuditContext by = {.address = request->client_address};
    if (!request_path_uuid(task, request, "id", &id) ||
        !privacy_store_withdraw(task, request->services->db, &by, &id, &found))
        return false;
    return found ? respond_nothing(response) : task_fail(task, ERR_NOT_FOUND, "no such consent");
}

static bool answer_closed(Task *task, Response *response, Str erase_after)
{
    JsonWriter *json = response_json_begin(task);
    json_begin_object(json);
    json_field_str(json, "erase_after", erase_after);
    json_end(json);
    return response_json_end(task, response, 202, json);
}

/* Leaves the time of the erasure empty if the password was changed meanwhile. */
static bool close_and_end_sessions(Task *task, const Services *services, const AuditContext *by,
                                   Str hash, Str *out_erase_after)
{
    int64_t days = config_int(services->settings, "NETGURU_ERASE_AFTER_DAYS");
    TaskShield shield = task_shield_begin(task, CLOSE_TIMEOUT_MS);
    bool is_closed = privacy_store_close(task, services->db, by, hash, days, out_erase_after);
    bool has_ended = is_closed && (str_empty(*out_erase_after) ||
                                   account_end_sessions(task, services, &task->user_id, NULL));
    task_shield_end(task, shield);
    return has_ended ||
           (is_closed && error_prefix(&task->error, "the account is closed, but its sessions could "
                                                    "not be ended: "));
}

/* The account is closed at once; its sessions end, which closes its sockets. */
static bool close_account(Task *task, const Request *request, Response *response)
{
    Str hash;
    Str password;
    Str erase_after;
    const Services *services = request->services;
    AuditContext by = {.address = request->client_address};
    if (!request_body_str(task, request, "password", 1, 1024, &password) ||
        !request_body_optional_str(task, request, "reason", AUDIT_REASON_MAX_BYTES, &by.reason) ||
        !account_verify_password(task, services, password, &hash) ||
        !close_and_end_sessions(task, services, &by, hash, &erase_after))
        return false;
    if (str_empty(erase_after))
        return task_fail(task, ERR_CONFLICT, "the account was changed meanwhile");
    return answer_closed(task, response, erase_after);
}

static const RateLimit export_limit = {"export", {5, 5, 5}};

static const ApiSchema consent = {
    "Consent",
    "",
};

static const ApiSchema closing = {
    "Closing",
    "erase_after: time",
};

static const RouteDoc list_consents_doc = {
    .summary = "Lists the consents of the user",
    .query = PAGE_QUERY,
    .answers = {{200, &consent, .is_page = true}},
};

static const RouteDoc give_consent_doc = {
    .summary = "Lets administrators see documents or conversations for a time",
    .body = "scope: (documents|conversations), minutes?: integer 1.., reason?: text ..500",
    .body_example = "{\"scope\":\"documents\",\"minutes\":60}",
    .answers = {{201, &consent}},
};

static const RouteDoc withdraw_consent_doc = {
    .summary = "Withdraws a consent",
    .answers = {{204}},
};

static const RouteDoc export_doc = {
    .summary = "Exports everything that belongs to the user as one archive",
    .answers = {{200, .media_type = "application/x-tar"}},
};

static const RouteDoc close_doc = {
    .summary = "Closes the account, which is erased later",
    .body = "password: text 1..1024, reason?: text ..500",
    .answers = {{202, &closing}},
};

const Route privacy_routes[] = {
    {HTTP_GET, ROUTE_USER, "/api/v1/users/me/consents", list_consents, .doc = &list_consents_doc,
     .limit = &rate_limit_api},
    {HTTP_POST, ROUTE_USER, "/api/v1/users/me/consents", give_consent, .doc = &give_consent_doc,
     .limit = &rate_limit_api, .takes_json = true},
    {HTTP_DELETE, ROUTE_USER, "/api/v1/users/me/consents/{id}", withdraw_consent,
     .doc = &withdraw_consent_doc, .limit = &rate_limit_api},
    {HTTP_GET, ROUTE_USER, "/api/v1/users/me/export", export_self, .doc = &export_doc,
     .limit = &export_limit, .timeout_ms = EXPORT_TIMEOUT_MS},
    {HTTP_POST, ROUTE_USER, "/api/v1/users/me/erase", close_account, .doc = &close_doc,
     .limit = &rate_limit_api, .takes_json = true, .has_secrets = true},
    {0},
};
