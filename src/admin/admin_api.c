/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/admin.h"

#include "admin/admin_doc.h"

#include "web/router.h"

enum { USER_MAX_BYTES = 255, MAX_DAYS = 366, MAX_CHUNKS = 50 * 1000, PURGE_DAYS = 30 };

static const char *const statuses[] = {"pending", "running", "completed", "failed", NULL};
static const char *const queues[] = {"pcap", "rag", "default", NULL};
static const char *const failure_kinds[] = {"error", "dead", "cancelled", NULL};

static AdminCall begin_call(const Request *request)
{
    return (AdminCall){
        .services = request->services,
        .by = {.address = request->client_address},
        .page.limit = PAGE_DEFAULT_LIMIT,
        .days = 30,
    };
}

/* A GET gives its reason in the query, the others in the body. */
static bool read_reason(Task *task, const Request *request, AdminCall *call)
{
    if (!request->body)
        return request_query_str(task, request, "reason", AUDIT_REASON_MAX_BYTES, &call->by.reason);
    return request_body_optional_str(task, request, "reason", AUDIT_REASON_MAX_BYTES,
                                     &call->by.reason);
}

/* Reads {id} as the account. */
static bool read_user(Task *task, const Request *request, AdminCall *call)
{
    Uuid id;
    if (!request_path_uuid(task, request, "id", &id) || !read_reason(task, request, call))
        return false;
    call->user = uuid_str(task->arena, &id);
    return true;
}

static bool act(Task *task, const AdminCall *call, AdminAct *run, Response *response)
{
    Str json;
    return run(task, call, &json) && respond_json(task, response, 200, json);
}

static bool list_users(Task *task, const Request *request, Response *response)
{
    AdminCall call = begin_call(request);
    return page_read(task, request, &call.page) && read_reason(task, request, &call) &&
           request_query_str(task, request, "search", USER_MAX_BYTES, &call.search) &&
           act(task, &call, admin_list_users, response);
}

static bool show_user(Task *task, const Request *request, Response *response)
{
    AdminCall call = begin_call(request);
    return read_user(task, request, &call) && act(task, &call, admin_show_user, response);
}

static bool change_user(Task *task, const Request *request, Response *response)
{
    bool is_active = false;
    AdminCall call = begin_call(request);
    const JsonValue *given = json_get(request->body, "is_active");
    if (!read_user(task, request, &call) ||
        !request_body_optional_str(task, request, "plan_tier", 20, &call.plan_tier) ||
        !request_body_optional_bool(task, request, "is_active", &is_active))
        return false;
    if (!str_empty(call.plan_tier) && !account_is_plan(call.plan_tier))
        return request_fail_field(task, "plan_tier", "must be solo, team or enterprise");
    if (given && given->type == JSON_IS_BOOL)
        call.is_active = &is_active;
    if (str_empty(call.plan_tier) && !call.is_active)
        return task_fail(task, ERR_VALIDATION, "expected plan_tier or is_active");
    return act(task, &call, admin_change_user, response);
}

static bool erase_user(Task *task, const Request *request, Response *response)
{
    AdminCall call = begin_call(request);
    if (!read_user(task, request, &call) ||
        !request_body_optional_bool(task, request, "now", &call.now))
        return false;
    if (str_empty(call.by.reason))
        return request_fail_field(task, "reason", "say why the account is erased");
    return act(task, &call, admin_erase_user, response);
}

static bool show_usage(Task *task, const Request *request, Response *response)
{
    AdminCall call = begin_call(request);
    return read_user(task, request, &call) &&
           request_query_i64(task, request, "days", 1, MAX_DAYS, &call.days) &&
           act(task, &call, admin_show_usage, response);
}

static bool list_sessions(Task *task, const Request *request, Response *response)
{
    AdminCall call = begin_call(request);
    return read_user(task, request, &call) && act(task, &call, admin_list_sessions, response);
}

static bool end_session(Task *task, const Request *request, Response *response)
{
    Str json;
    AdminCall call = begin_call(request);
    return read_user(task, request, &call) &&
           request_path_uuid(task, request, "session", &call.id) &&
           admin_end_session(task, &call, &json) && respond_nothing(response);
}

static bool end_sessions(Task *task, const Request *request, Response *response)
{
    Str json;
    AdminCall call = begin_call(request);
    return read_user(task, request, &call) && admin_end_sessions(task, &call, &json) &&
           respond_nothing(response);
}

static bool list_jobs(Task *task, const Request *request, Response *response)
{
    AdminCall call = begin_call(request);
    return page_read(task, request, &call.page) && read_reason(task, request, &call) &&
           request_query_word(task, request, "status", statuses, &call.status) &&
           request_query_word(task, request, "queue", queues, &call.queue) &&
           request_query_word(task, request, "failure_kind", failure_kinds, &call.failure_kind) &&
           request_query_str(task, request, "user", USER_MAX_BYTES, &call.user) &&
           act(task, &call, admin_list_jobs, response);
}

static bool act_on_job(Task *task, const Request *request, AdminAct *run, Response *response)
{
    AdminCall call = begin_call(request);
    return request_path_uuid(task, request, "id", &call.id) && read_reason(task, request, &call) &&
           act(task, &call, run, response);
}

static bool show_job(Task *task, const Request *request, Response *response)
{
    return act_on_job(task, request, admin_show_job, response);
}

static bool retry_job(Task *task, const Request *request, Response *response)
{
    return act_on_job(task, request, admin_retry_job, response);
}

static bool cancel_job(Task *task, const Request *request, Response *response)
{
    return act_on_job(task, request, admin_cancel_job, response);
}

static bool is_word(const char *const *words, Str word)
{
    while (*words && !str_equal(str_of(*words), word))
        words++;
    return *words != NULL;
}

static bool act_on_dead(Task *task, const Request *request, AdminAct *run, Response *response)
{
    AdminCall call = begin_call(request);
    call.days = PURGE_DAYS;
    if (!read_reason(task, request, &call) ||
        !request_body_optional_str(task, request, "queue", 20, &call.queue) ||
        !request_body_optional_i64(task, request, "days", 0, MAX_DAYS, &call.days))
        return false;
    if (!str_empty(call.queue) && !is_word(queues, call.queue))
        return request_fail_field(task, "queue", "must be pcap, rag or default");
    return act(task, &call, run, response);
}

static bool retry_dead(Task *task, const Request *request, Response *response)
{
    return act_on_dead(task, request, admin_retry_dead, response);
}

static bool purge_dead(Task *task, const Request *request, Response *response)
{
    return act_on_dead(task, request, admin_purge_dead, response);
}

static bool look(Task *task, const Request *request, AdminAct *run, Response *response)
{
    AdminCall call = begin_call(request);
    return page_read(task, request, &call.page) && read_reason(task, request, &call) &&
           act(task, &call, run, response);
}

static bool list_knowledge(Task *task, const Request *request, Response *response)
{
    return look(task, request, admin_list_knowledge, response);
}

static bool show_settings(Task *task, const Request *request, Response *response)
{
    return look(task, request, admin_show_settings, response);
}

static bool show_statistics(Task *task, const Request *request, Response *response)
{
    return look(task, request, admin_show_statistics, response);
}

static bool list_audit(Task *task, const Request *request, Response *response)
{
    PageOfNumbers page;
    AdminCall call = begin_call(request);
    if (!page_read_of_numbers(task, request, &page) || !read_reason(task, request, &call) ||
        !request_query_str(task, request, "user", USER_MAX_BYTES, &call.user) ||
        !request_query_str(task, request, "action", 60, &call.action))
        return false;
    call.page.limit = page.limit;
    call.before = page.has_before ? page.before : 0;
    return act(task, &call, admin_list_audit, response);
}

/* Contents are looked at for a reason, which the user can read. */
static bool begin_contents(Task *task, const Request *request, AdminCall *call)
{
    if (!page_read(task, request, &call->page) || !read_user(task, request, call))
        return false;
    return !str_empty(call->by.reason) ||
           request_fail_field(task, "reason", "say why you look; the user can read it");
}

static bool list_documents(Task *task, const Request *request, Response *response)
{
    AdminCall call = begin_call(request);
    return begin_contents(task, request, &call) && act(task, &call, admin_list_documents, response);
}

static bool show_document_text(Task *task, const Request *request, Response *response)
{
    AdminCall call = begin_call(request);
    return begin_contents(task, request, &call) &&
           request_path_uuid(task, request, "document", &call.id) &&
           request_query_i64(task, request, "from", 0, MAX_CHUNKS, &call.from_chunk) &&
           act(task, &call, admin_show_document_text, response);
}

static bool list_conversations(Task *task, const Request *request, Response *response)
{
    AdminCall call = begin_call(request);
    return begin_contents(task, request, &call) &&
           act(task, &call, admin_list_conversations, response);
}

static bool list_messages(Task *task, const Request *request, Response *response)
{
    AdminCall call = begin_call(request);
    return begin_contents(task, request, &call) &&
           request_path_uuid(task, request, "conversation", &call.id) &&
           act(task, &call, admin_list_messages, response);
}

/* Every call writes the audit log, whose writers wait for one another. */
static const RateLimit limit = {"admin", {120, 120, 120}};

const Route admin_routes[] = {
    {HTTP_GET, ROUTE_ADMIN, "/api/v1/admin/users", list_users, .doc = &admin_list_users_doc,
     .limit = &limit},
    {HTTP_GET, ROUTE_ADMIN, "/api/v1/admin/users/{id}", show_user, .doc = &admin_show_user_doc,
     .limit = &limit},
    {HTTP_PATCH, ROUTE_ADMIN, "/api/v1/admin/users/{id}", change_user,
     .doc = &admin_change_user_doc, .limit = &limit, .takes_json = true},
    {HTTP_POST, ROUTE_ADMIN, "/api/v1/admin/users/{id}/erase", erase_user,
     .doc = &admin_erase_user_doc, .limit = &limit, .takes_json = true},
    {HTTP_GET, ROUTE_ADMIN, "/api/v1/admin/users/{id}/usage", show_usage,
     .doc = &admin_show_usage_doc, .limit = &limit},
    {HTTP_GET, ROUTE_ADMIN, "/api/v1/admin/users/{id}/sessions", list_sessions,
     .doc = &admin_list_sessions_doc, .limit = &limit},
    {HTTP_DELETE, ROUTE_ADMIN, "/api/v1/admin/users/{id}/sessions", end_sessions,
     .doc = &admin_end_sessions_doc, .limit = &limit},
    {HTTP_DELETE, ROUTE_ADMIN, "/api/v1/admin/users/{id}/sessions/{session}", end_session,
     .doc = &admin_end_session_doc, .limit = &limit},
    {HTTP_GET, ROUTE_ADMIN, "/api/v1/admin/users/{id}/documents", list_documents,
     .doc = &admin_list_documents_doc, .limit = &limit},
    {HTTP_GET, ROUTE_ADMIN, "/api/v1/admin/users/{id}/documents/{document}/text",
     show_document_text, .doc = &admin_show_document_text_doc, .limit = &limit},
    {HTTP_GET, ROUTE_ADMIN, "/api/v1/admin/users/{id}/conversations", list_conversations,
     .doc = &admin_list_conversations_doc, .limit = &limit},
    {HTTP_GET, ROUTE_ADMIN, "/api/v1/admin/users/{id}/conversations/{conversation}/messages",
     list_messages, .doc = &admin_list_messages_doc, .limit = &limit},
    {HTTP_GET, ROUTE_ADMIN, "/api/v1/admin/jobs", list_jobs, .doc = &admin_list_jobs_doc,
     .limit = &limit},
    {HTTP_GET, ROUTE_ADMIN, "/api/v1/admin/jobs/{id}", show_job, .doc = &admin_show_job_doc,
     .limit = &limit},
    {HTTP_POST, ROUTE_ADMIN, "/api/v1/admin/jobs/{id}/retry", retry_job,
     .doc = &admin_retry_job_doc, .limit = &limit, .takes_json = true},
    {HTTP_POST, ROUTE_ADMIN, "/api/v1/admin/jobs/{id}/cancel", cancel_job,
     .doc = &admin_cancel_job_doc, .limit = &limit, .takes_json = true},
    {HTTP_POST, ROUTE_ADMIN, "/api/v1/admin/dead-jobs/retry", retry_dead,
     .doc = &admin_retry_dead_doc, .limit = &limit, .takes_json = true},
    {HTTP_POST, ROUTE_ADMIN, "/api/v1/admin/dead-jobs/purge", purge_dead,
     .doc = &admin_purge_dead_doc, .limit = &limit, .takes_json = true},
    {HTTP_GET, ROUTE_ADMIN, "/api/v1/admin/knowledge", list_knowledge,
     .doc = &admin_list_knowledge_doc, .limit = &limit},
    {HTTP_GET, ROUTE_ADMIN, "/api/v1/admin/settings", show_settings,
     .doc = &admin_show_settings_doc, .limit = &limit},
    {HTTP_GET, ROUTE_ADMIN, "/api/v1/admin/statistics", show_statistics,
     .doc = &admin_show_statistics_doc, .limit = &limit},
    {HTTP_GET, ROUTE_ADMIN, "/api/v1/admin/audit", list_audit, .doc = &admin_list_audit_doc,
     .limit = &limit},
    {0},
};
