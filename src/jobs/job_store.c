/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/job_store.h"

#include "jobs/job_queue.h"

enum { CLAIM_ID_MAX_BYTES = 2048 }; /* 255 bytes, each escaped */

DB_STATEMENT insert_job = {
    .name = "job_insert",
    .sql = "INSERT INTO analysis_tasks (id, user_id, document_id, task_type, celery_task_id, queue,"
           "  arguments, settles_document, trace_id, span_id)"
           " VALUES ($1::uuid, $2, $3, $4, ($1::uuid)::text, $5, coalesce($6::jsonb, '{}'), $7,"
           "  nullif($8::uuid, '00000000-0000-0000-0000-000000000000'), nullif($9::bigint, 0))",
};

DB_STATEMENT load_trace = {
    .name = "job_load_trace",
    .sql = "SELECT trace_id, coalesce(span_id, 0) FROM analysis_tasks"
           " WHERE user_id = $1 AND id = $2 AND trace_id IS NOT NULL",
};

DB_STATEMENT mark_sent = {
    .name = "job_mark_sent",
    .sql = "SELECT task_mark_sent(ARRAY[$1::uuid])",
};

/* A lease outlives three heartbeats. */
#define LEASE "interval '30 seconds'"

DB_STATEMENT claim_jobs = {
    .name = "job_claim",
    .sql = "SELECT id, user_id, document_id, celery_task_id, task_type, queue, arguments, attempts,"
           "  fencing_token"
           " FROM task_claim_next(ARRAY(SELECT json_array_elements_text($1::json)), $2::integer,"
           "  $3::text[], $4, $5::text, " LEASE ")",
    .runner = DB_BY_WORK,
};

DB_STATEMENT has_due = {
    .name = "job_has_due",
    .sql = "SELECT task_has_due(ARRAY(SELECT json_array_elements_text($1::json)), $2::text[])",
    .runner = DB_BY_WORK,
};

DB_STATEMENT admit_job = {
    .name = "job_admit",
    .sql = "SELECT coalesce(task_admit($1::integer, $2::integer, $3::integer), 0)",
};

DB_STATEMENT hold_job = {
    .name = "job_hold",
    .sql = "SELECT task_hold($1, $2) = 'held'",
    .runner = DB_BY_WORK,
};

/* Rows are locked in the order of their ids, so that two workers cannot wait for each other. */
DB_STATEMENT heartbeat = {
    .name = "job_heartbeat",
    .sql = "SELECT j.id, task_heartbeat(j.id, j.token, " LEASE ", j.progress, j.stage)"
           " FROM (SELECT * FROM json_to_recordset($1::json) AS r"
           "  (id uuid, token bigint, progress integer, stage text) ORDER BY id) AS j",
    .runner = DB_BY_WORK,
};

DB_STATEMENT complete_job = {
    .name = "job_complete",
    .sql = "SELECT task_complete($1, $2, $3::jsonb)",
    .runner = DB_BY_WORK,
};

DB_STATEMENT fail_job = {
    .name = "job_fail",
    .sql = "SELECT task_fail($1, $2, $3, $4)",
    .runner = DB_BY_WORK,
};

DB_STATEMENT release_job = {
    .name = "job_release",
    .sql = "SELECT task_release($1, $2)",
    .runner = DB_BY_WORK,
};

DB_STATEMENT sweep_jobs = {
    .name = "job_sweep",
    .sql =
        "SELECT id, user_id, document_id, celery_task_id, task_type, queue, arguments, attempts"
        " FROM task_sweep($1, CASE WHEN $2 THEN interval '100 years' ELSE interval '5 seconds' END,"
        "  $3 * interval '1 millisecond')",
    .runner = DB_BY_WORK,
};

DB_STATEMENT find_job = {
    .name = "job_find",
    .sql = "SELECT id, user_id, status IN ('completed', 'failed') FROM task_find($1::text)",
    .runner = DB_BY_WORK,
};

DB_STATEMENT find_ended = {
    .name = "job_find_ended",
    .sql = "SELECT i.id FROM json_array_elements_text($1::json) AS i (id)"
           " CROSS JOIN LATERAL task_find(i.id) AS f WHERE f.status IN ('completed', 'failed')",
    .runner = DB_BY_WORK,
};

DB_STATEMENT load_outcome = {
    .name = "job_outcome",
    .sql = "SELECT status = 'completed', coalesce(failure_kind = 'cancelled', FALSE), result,"
           " error_message FROM analysis_tasks WHERE user_id = $1 AND id = $2",
    .what = "task",
};

/* The fields of a task t in the API. Lists leave out the result, which may be large. */
#define TASK_FIELDS                                                                                \
    "'id', t.id, 'task_type', t.task_type, 'status', t.status, 'progress', t.progress,"            \
    " 'stage', t.stage, 'error_message', t.error_message, 'failure_kind', t.failure_kind,"         \
    " 'attempts', t.attempts, 'restarts', t.deaths, 'document_id', t.document_id,"                 \
    " 'created_at', t.created_at, 'started_at', t.started_at, 'completed_at', t.completed_at"

DB_STATEMENT load_json = {
    .name = "job_load_json",
    .sql = "SELECT json_build_object(" TASK_FIELDS ", 'result', t.result)"
           " FROM analysis_tasks AS t WHERE t.user_id = $1 AND t.id = $2",
    .what = "task",
};

DB_STATEMENT list_json = {
    .name = "job_list_json",
    .sql = PAGE_SQL("json_build_object(" TASK_FIELDS ")", "analysis_tasks",
                    " AND ($5::text IS NULL OR t.status = $5)"),
};

DB_STATEMENT cancel_job = {
    .name = "job_cancel",
    .sql = "SELECT task_cancel($1)",
};

bool job_store_admit(Task *task, DbTransaction *transaction, const JobLimits *limits,
                     uint32_t *out_reached)
{
    const DbRows *rows = NULL;
    DbParams params =
        DB_PARAMS(db_i64(limits->solo), db_i64(limits->team), db_i64(limits->enterprise));
    if (!db_transaction_query(task, transaction, &admit_job, params, &rows))
        return false;
    *out_reached = (uint32_t)db_read_i64(rows, 0, 0);
    return true;
}

bool job_store_insert(Task *task, DbTransaction *transaction, const Job *job)
{
    const JobSpec *spec = &job->spec;
    DbParams params = DB_PARAMS(
        db_uuid(&job->id), db_uuid(&task->user_id),
        spec->has_document ? db_uuid(&spec->document_id) : db_null(),
        db_text(str_of(spec->kind->task_type)), db_text(job_queue_name(spec->kind->queue)),
        db_text_or_null(!str_empty(spec->arguments), spec->arguments),
        db_bool(spec->settles_document), db_uuid(&task->trace_id), db_i64((int64_t)task->span_id));
    return db_transaction_query(task, transaction, &insert_job, params, NULL);
}

bool job_store_load_trace(Task *task, Db *db, const Uuid *id, TraceContext *out_trace)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), db_uuid(id));
    if (!db_query(task, db, &load_trace, params, &rows) || rows->count == 0)
        return false;
    out_trace->trace_id = db_read_uuid(rows, 0, 0);
    out_trace->span_id = (uint64_t)db_read_i64(rows, 0, 1);
    out_trace->is_sampled = out_trace->span_id != 0;
    return true;
}

bool job_store_mark_sent(Task *task, Db *db, const Uuid *id)
{
    return db_query(task, db, &mark_sent, DB_PARAMS(db_uuid(id)), NULL);
}

/* Columns id, user_id, document_id, celery_task_id, task_type, queue, arguments, attempts. */
static JobRow read_row(const DbRows *rows, size_t row)
{
    Uuid document_id = db_read_uuid(rows, row, 2); /* zero where it is NULL */
    return (JobRow){
        .id = db_read_uuid(rows, row, 0),
        .user_id = db_read_uuid(rows, row, 1),
        .has_document = !db_is_null(rows, row, 2),
        .document_id = document_id,
        .celery_id = db_str(rows, row, 3),
        .task_type = db_str(rows, row, 4),
        .queue = db_str(rows, row, 5),
        .arguments = db_str(rows, row, 6),
        .attempts = (uint32_t)db_read_i64(rows, row, 7),
    };
}

static DbParam ids_param(Arena *arena, const Str *ids, size_t count)
{
    Str text;
    JsonWriter *json = json_writer_new(arena, (count + 1) * CLAIM_ID_MAX_BYTES);
    json_begin_array(json);
    for (size_t i = 0; i < count; i++) {
        if (!str_empty(ids[i]))
            json_str(json, ids[i]);
    }
    json_end(json);
    check(json_writer_text(json, &text));
    return db_text(text);
}

bool job_store_claim(Task *task, Db *db, const JobClaim *claim, const JobRow **out_rows,
                     size_t *out_count)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(ids_param(task->arena, claim->celery_ids, claim->id_count),
                                db_i64((int64_t)claim->places), db_text(claim->task_types),
                                db_bool(claim->only_newcomers), db_text(claim->worker));
    if (!db_query(task, db, &claim_jobs, params, &rows))
        return false;
    JobRow *claimed = ARENA_ARRAY(task->arena, JobRow, rows->count);
    for (size_t i = 0; i < rows->count; i++) {
        claimed[i] = read_row(rows, i);
        claimed[i].fencing_token = db_read_i64(rows, i, 8);
    }
    *out_rows = claimed;
    *out_count = rows->count;
    return true;
}

bool job_store_has_due(Task *task, Db *db, const JobClaim *claim, bool *out_due)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(ids_param(task->arena, claim->celery_ids, claim->id_count),
                                db_text(claim->task_types));
    if (!db_query_one(task, db, &has_due, params, &rows))
        return false;
    *out_due = db_read_bool(rows, 0, 0);
    return true;
}

bool job_store_heartbeat(Task *task, Db *db, Str jobs, const JobHeartbeat **out_holds,
                         size_t *out_count)
{
    const DbRows *rows = NULL;
    if (!db_query(task, db, &heartbeat, DB_PARAMS(db_text(jobs)), &rows))
        return false;
    JobHeartbeat *holds = ARENA_ARRAY(task->arena, JobHeartbeat, rows->count);
    for (size_t i = 0; i < rows->count; i++) {
        Str word = db_str(rows, i, 1);
        holds[i].id = db_read_uuid(rows, i, 0);
        holds[i].hold = JOB_LOST;
        if (str_equal(word, STR("held")))
            holds[i].hold = JOB_HELD;
        else if (str_equal(word, STR("cancel")))
            holds[i].hold = JOB_CANCEL;
    }
    *out_holds = holds;
    *out_count = rows->count;
    return true;
}

bool job_store_hold(Task *task, DbTransaction *transaction, const JobRow *row, bool *out_held)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(db_uuid(&row->id), db_i64(row->fencing_token));
    if (!db_transaction_query(task, transaction, &hold_job, params, &rows))
        return false;
    *out_held = db_read_bool(rows, 0, 0);
    return true;
}

bool job_store_complete(Task *task, DbTransaction *transaction, const JobRow *row, Str result,
                        bool *out_done)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(db_uuid(&row->id), db_i64(row->fencing_token), db_text(result));
    if (!db_transaction_query(task, transaction, &complete_job, params, &rows))
        return false;
    *out_done = db_read_bool(rows, 0, 0);
    return true;
}

static JobEnd read_end(const DbRows *rows)
{
    Str word = db_str(rows, 0, 0);
    if (str_equal(word, STR("retrying")) || str_equal(word, STR("released")))
        return JOB_END_RETRYING;
    if (str_equal(word, STR("failed")))
        return JOB_END_FAILED;
    return str_equal(word, STR("cancelled")) ? JOB_END_CANCELLED : JOB_END_LOST;
}

/* A reason may quote the input, but PostgreSQL takes no NUL and only UTF-8. */
static Str clean_text(Arena *arena, Str text)
{
    char *bytes = arena_cstring(arena, text);
    bool is_text = str_is_utf8(text);
    for (size_t i = 0; i < text.size; i++) {
        if (bytes[i] == '\0' || (!is_text && (unsigned char)bytes[i] >= 0x80))
            bytes[i] = '?';
    }
    return (Str){bytes, text.size};
}

bool job_store_fail(Task *task, Db *db, const JobRow *row, Str reason, bool retry, JobEnd *out_end)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(db_uuid(&row->id), db_i64(row->fencing_token),
                                db_text(clean_text(task->arena, reason)), db_bool(retry));
    if (!db_query_one(task, db, &fail_job, params, &rows))
        return false;
    *out_end = read_end(rows);
    return true;
}

bool job_store_release(Task *task, Db *db, const JobRow *row, JobEnd *out_end)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(db_uuid(&row->id), db_i64(row->fencing_token));
    if (!db_query_one(task, db, &release_job, params, &rows))
        return false;
    *out_end = read_end(rows);
    return true;
}

bool job_store_sweep(Task *task, DbTransaction *transaction, const JobSweep *sweep,
                     const JobRow **out_rows, size_t *out_count)
{
    static const uint64_t default_resend_ms = 10 * 60 * 1000;
    const DbRows *rows = NULL;
    uint64_t resend_ms = sweep->resend_ms ? sweep->resend_ms : default_resend_ms;
    DbParams params =
        DB_PARAMS(db_i64(sweep->limit), db_bool(sweep->only_take_back), db_f64((double)resend_ms));
    if (!db_transaction_query(task, transaction, &sweep_jobs, params, &rows))
        return false;
    JobRow *found = ARENA_ARRAY(task->arena, JobRow, rows->count);
    for (size_t i = 0; i < rows->count; i++)
        found[i] = read_row(rows, i);
    *out_rows = found;
    *out_count = rows->count;
    return true;
}

bool job_store_find(Task *task, Db *db, Str celery_id, JobFound *out_found)
{
    const DbRows *rows = NULL;
    if (!db_query(task, db, &find_job, DB_PARAMS(db_text(celery_id)), &rows))
        return false;
    *out_found = (JobFound){.exists = rows->count == 1};
    if (!out_found->exists)
        return true;
    out_found->id = db_read_uuid(rows, 0, 0);
    out_found->user_id = db_read_uuid(rows, 0, 1);
    out_found->has_ended = db_read_bool(rows, 0, 2);
    return true;
}

bool job_store_find_ended(Task *task, Db *db, const Str *celery_ids, size_t count,
                          const Str **out_ended, size_t *out_count)
{
    const DbRows *rows = NULL;
    if (!db_query(task, db, &find_ended, DB_PARAMS(ids_param(task->arena, celery_ids, count)),
                  &rows))
        return false;
    Str *ended = ARENA_ARRAY(task->arena, Str, rows->count);
    for (size_t i = 0; i < rows->count; i++)
        ended[i] = db_str(rows, i, 0);
    *out_ended = ended;
    *out_count = rows->count;
    return true;
}

bool job_store_outcome(Task *task, Db *db, const Uuid *id, JobOutcome *out_outcome)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, &load_outcome, DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)),
                      &rows))
        return false;
    *out_outcome = (JobOutcome){
        .completed = db_read_bool(rows, 0, 0),
        .cancelled = db_read_bool(rows, 0, 1),
        .result = db_str(rows, 0, 2),
        .reason = db_str(rows, 0, 3),
    };
    return true;
}

bool job_store_load_json(Task *task, Db *db, const Uuid *id, Str *out_json)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, &load_json, DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)), &rows))
        return false;
    *out_json = db_str(rows, 0, 0);
    return true;
}

bool job_store_list_json(Task *task, Db *db, const JobFilter *filter, Str *out_json)
{
    DbParams params = DB_PARAMS(PAGE_PARAMS(task, &filter->page),
                                db_text_or_null(!str_empty(filter->status), filter->status));
    return page_load_json(task, db, &list_json, params, out_json);
}

bool job_store_cancel(Task *task, Db *db, const Uuid *id, bool *out_running)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, &cancel_job, DB_PARAMS(db_uuid(id)), &rows))
        return false;
    Str word = db_str(rows, 0, 0);
    if (str_equal(word, STR("absent")))
        return task_fail(task, ERR_NOT_FOUND, "no such task");
    if (str_equal(word, STR("settled")))
        return task_fail(task, ERR_CONFLICT, "the task has already ended");
    *out_running = str_equal(word, STR("requested"));
    return true;
}
