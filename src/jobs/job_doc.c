/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/job_doc.h"

static const ApiSchema job = {
    "Task",
    "id: uuid, task_type: text, status: (pending|running|completed|failed), "
    "progress: integer, stage?: text, error_message?: text, failure_kind?: text, "
    "attempts: integer, restarts: integer, document_id?: uuid, created_at: time, "
    "started_at?: time, completed_at?: time, result?: any",
};

const RouteDoc job_list_doc = {
    .summary = "Lists the tasks, newest first",
    .query = PAGE_QUERY ", status?: (pending|running|completed|failed)",
    .answers = {{200, &job, .is_page = true}},
};

const RouteDoc job_show_doc = {
    .summary = "Shows a task with its result",
    .answers = {{200, &job}},
};

const RouteDoc job_cancel_doc = {
    .summary = "Cancels a task",
    .answers = {{200, &job}},
    .errors = {409},
};
