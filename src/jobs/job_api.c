/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/job_api.h"

#include "base/log.h"
#include "jobs/job_doc.h"
#include "jobs/job_queue.h"
#include "jobs/job_store.h"

static bool answer_job(Task *task, const Request *request, const Uuid *id, Response *response)
{
    Str json;
    return job_store_load_json(task, request->services->db, id, &json) &&
           respond_json(task, response, 200, json);
}

static bool show_job(Task *task, const Request *request, Response *response)
{
    Uuid id;
    return request_path_uuid(task, request, "id", &id) && answer_job(task, request, &id, response);
}

static bool list_jobs(Task *task, const Request *request, Response *response)
{
    static const char *const statuses[] = {"pending", "running", "completed", "failed", NULL};
    Str json;
    JobFilter filter = {0};
    return page_read(task, request, &filter.page) &&
           request_query_word(task, request, "status", statuses, &filter.status) &&
           job_store_list_json(task, request->services->db, &filter, &json) &&
           respond_json(task, response, 200, json);
}

static bool cancel_job(Task *task, const Request *request, Response *response)
{
    Uuid id;
    bool running = false;
    const Services *services = request->services;
    if (!request_path_uuid(task, request, "id", &id) ||
        !job_store_cancel(task, services->db, &id, &running))
        return false;
    /* A hint that makes it quick: the heartbeat tells the worker in any case. */
    if (running && !job_queue_publish_cancel(task, services->redis, &id)) {
        log_warn("jobs.cancel_not_published", LOG_TEXT("error", task->error.message));
        task_forget_error(task);
    }
    return answer_job(task, request, &id, response);
}

const Route jobs_routes[] = {
    {HTTP_GET, ROUTE_USER, "/api/v1/analysis/tasks", list_jobs, .doc = &job_list_doc,
     .limit = &rate_limit_api, .scope = SCOPE_READ},
    {HTTP_GET, ROUTE_USER, "/api/v1/analysis/tasks/{id}", show_job, .doc = &job_show_doc,
     .limit = &rate_limit_api, .scope = SCOPE_READ},
    {HTTP_POST, ROUTE_USER, "/api/v1/analysis/tasks/{id}/cancel", cancel_job,
     .doc = &job_cancel_doc, .limit = &rate_limit_api, .scope = SCOPE_WRITE},
    {0},
};
