/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs of all users: what they wait for, and how they begin again. */
#include "admin/admin_store.h"

#include "jobs/job.h"

DB_STATEMENT list_jobs = {
    "admin_job_list",
    PAGE_QUERY_SQL(
        "SELECT * FROM admin_job_list($1::jsonb, $2::integer + 1, $3, $4, $5, $6, $7, $8)"),
    .runner = DB_BY_SERVE,
};

DB_STATEMENT show_job = {
    "admin_job_show",
    "SELECT admin_job_show($1::jsonb, $2)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT retry_job = {
    "admin_job_retry",
    "SELECT admin_job_retry($1::jsonb, $2)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT cancel_job = {
    "admin_job_cancel",
    "SELECT admin_job_cancel($1::jsonb, $2)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT retry_dead = {
    "admin_dead_retry",
    "SELECT admin_dead_retry($1::jsonb, $2, $3::integer)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT purge_dead = {
    "admin_dead_purge",
    "SELECT admin_dead_purge($1::jsonb, $2, $3::integer, $4::integer)",
    .runner = DB_BY_SERVE,
};

bool admin_list_jobs(Task *task, const AdminCall *call, Str *out_json)
{
    DbParams params =
        DB_PARAMS(audit_param(task, &call->by), db_i64(call->page.limit), admin_text(call->status),
                  admin_text(call->queue), admin_text(call->failure_kind), admin_text(call->user),
                  ADMIN_PAGE_PARAMS(call));
    return admin_store_list(task, call, &list_jobs, params, out_json);
}

static bool ask_about_job(Task *task, const AdminCall *call, const DbStatement *statement,
                          Str *out_text)
{
    DbParams params = DB_PARAMS(audit_param(task, &call->by), db_uuid(&call->id));
    return admin_store_ask(task, call, statement, params, out_text) &&
           (!str_empty(*out_text) || task_fail(task, ERR_NOT_FOUND, "no such task"));
}

/* With the number of live workers, which is known to Redis alone; null while that is away. */
bool admin_show_job(Task *task, const AdminCall *call, Str *out_json)
{
    Str json;
    int64_t workers = 0;
    Str shown = STR("null");
    if (!ask_about_job(task, call, &show_job, &json))
        return false;
    if (job_count_workers(task, call->services, &workers))
        shown = arena_printf(task->arena, "%lld", (long long)workers);
    else if (task_is_cancelled(task))
        return false;
    task_forget_error(task);
    *out_json = arena_printf(task->arena, "%.*s,\"live_workers\":%.*s}",
                             STR_ARGS(str_slice(json, 0, json.size - 1)), STR_ARGS(shown));
    return true;
}

static Str write_outcome(Task *task, Str outcome)
{
    return arena_printf(task->arena, "{\"outcome\":\"%.*s\"}", STR_ARGS(outcome));
}

bool admin_retry_job(Task *task, const AdminCall *call, Str *out_json)
{
    Str outcome;
    if (!ask_about_job(task, call, &retry_job, &outcome))
        return false;
    *out_json = write_outcome(task, outcome);
    return str_equal(outcome, STR("retried")) ||
           task_fail(task, ERR_CONFLICT, "only a task that has failed can be tried again");
}

bool admin_cancel_job(Task *task, const AdminCall *call, Str *out_json)
{
    Str outcome;
    if (!ask_about_job(task, call, &cancel_job, &outcome))
        return false;
    if (str_equal(outcome, STR("settled")))
        return task_fail(task, ERR_CONFLICT, "the task has ended already");
    DeletedJob job = {call->id, uuid_str(task->arena, &call->id),
                      str_equal(outcome, STR("requested"))};
    job_discard(task, call->services, &job, 1);
    *out_json = write_outcome(task, outcome);
    return true;
}

static Str write_count(Task *task, Str count)
{
    return arena_printf(task->arena, "{\"count\":%.*s}", STR_ARGS(count));
}

bool admin_retry_dead(Task *task, const AdminCall *call, Str *out_json)
{
    Str count;
    DbParams params =
        DB_PARAMS(audit_param(task, &call->by), admin_text(call->queue), db_i64(ADMIN_MAX_DEAD));
    if (!admin_store_ask(task, call, &retry_dead, params, &count))
        return false;
    *out_json = write_count(task, count);
    return true;
}

bool admin_purge_dead(Task *task, const AdminCall *call, Str *out_json)
{
    Str count;
    DbParams params = DB_PARAMS(audit_param(task, &call->by), admin_text(call->queue),
                                db_i64(call->days), db_i64(ADMIN_MAX_DEAD));
    if (!admin_store_ask(task, call, &purge_dead, params, &count))
        return false;
    *out_json = write_count(task, count);
    return true;
}
