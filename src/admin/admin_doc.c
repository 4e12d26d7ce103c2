/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/admin_doc.h"

static const ApiSchema record = {
    "AdminRecord",
    "",
};

const RouteDoc admin_list_users_doc = {
    .summary = "Lists the accounts",
    .query = PAGE_QUERY ", search?: text ..255, reason?: text ..500",
    .answers = {{200, &record, .is_page = true}},
};

const RouteDoc admin_show_user_doc = {
    .summary = "Shows an account with what it holds, in numbers",
    .query = "reason?: text ..500",
    .answers = {{200, &record}},
};

const RouteDoc admin_change_user_doc = {
    .summary = "Changes the plan of an account, disables or enables it",
    .body = "plan_tier?: (solo|team|enterprise), is_active?: boolean, reason?: text ..500",
    .body_example = "{\"reason\":\"ticket 7\"}",
    .answers = {{200, &record}},
};

const RouteDoc admin_erase_user_doc = {
    .summary = "Closes an account, which is erased later",
    .body = "reason: text 1..500, now?: boolean",
    .body_example = "{\"reason\":\"ticket 7\"}",
    .answers = {{200, &record}},
};

const RouteDoc admin_show_usage_doc = {
    .summary = "Shows the tokens of an account",
    .query = "days?: integer 1..366, reason?: text ..500",
    .answers = {{200, &record}},
};

const RouteDoc admin_list_sessions_doc = {
    .summary = "Lists the open sessions of an account",
    .query = "reason?: text ..500",
    .answers = {{200, &record}},
};

const RouteDoc admin_end_sessions_doc = {
    .summary = "Ends the sessions of an account",
    .query = "reason?: text ..500",
    .answers = {{204}},
};

const RouteDoc admin_end_session_doc = {
    .summary = "Ends one session of an account",
    .query = "reason?: text ..500",
    .answers = {{204}},
};

const RouteDoc admin_list_documents_doc = {
    .summary = "Lists the documents of a user who has consented",
    .query = PAGE_QUERY ", reason: text 1..500",
    .answers = {{200, &record, .is_page = true}},
};

const RouteDoc admin_show_document_text_doc = {
    .summary = "Shows the text of a document of a user who has consented",
    .query = "from?: integer 0.., reason: text 1..500",
    .answers = {{200, &record}},
};

const RouteDoc admin_list_conversations_doc = {
    .summary = "Lists the conversations of a user who has consented",
    .query = PAGE_QUERY ", reason: text 1..500",
    .answers = {{200, &record, .is_page = true}},
};

const RouteDoc admin_list_messages_doc = {
    .summary = "Lists the messages of a user who has consented",
    .query = PAGE_QUERY ", reason: text 1..500",
    .answers = {{200, &record, .is_page = true}},
};

const RouteDoc admin_list_jobs_doc = {
    .summary = "Lists the jobs of all users",
    .query = PAGE_QUERY ", status?: text ..20, queue?: text ..20, failure_kind?: text ..20, "
                        "user?: text ..255, reason?: text ..500",
    .answers = {{200, &record, .is_page = true}},
};

const RouteDoc admin_show_job_doc = {
    .summary = "Shows a job and why it waits or has failed",
    .query = "reason?: text ..500",
    .answers = {{200, &record}},
};

const RouteDoc admin_retry_job_doc = {
    .summary = "Runs a failed job again",
    .body = "reason?: text ..500",
    .body_example = "{\"reason\":\"ticket 7\"}",
    .answers = {{200, &record}},
};

const RouteDoc admin_cancel_job_doc = {
    .summary = "Cancels a job",
    .body = "reason?: text ..500",
    .body_example = "{\"reason\":\"ticket 7\"}",
    .answers = {{200, &record}},
};

const RouteDoc admin_retry_dead_doc = {
    .summary = "Runs dead jobs again",
    .body = "queue?: text ..20, reason?: text ..500",
    .body_example = "{\"reason\":\"ticket 7\"}",
    .answers = {{200, &record}},
};

const RouteDoc admin_purge_dead_doc = {
    .summary = "Deletes dead jobs",
    .body = "queue?: text ..20, days?: integer 0..366, reason?: text ..500",
    .body_example = "{\"reason\":\"ticket 7\"}",
    .answers = {{200, &record}},
};

const RouteDoc admin_list_knowledge_doc = {
    .summary = "Lists the sources of global knowledge",
    .query = PAGE_QUERY ", reason?: text ..500",
    .answers = {{200, &record, .is_page = true}},
};

const RouteDoc admin_show_settings_doc = {
    .summary = "Shows the settings in force, secrets masked",
    .query = "reason?: text ..500",
    .answers = {{200, &record}},
};

const RouteDoc admin_show_statistics_doc = {
    .summary = "Shows numbers of the installation",
    .query = "reason?: text ..500",
    .answers = {{200, &record}},
};

const RouteDoc admin_list_audit_doc = {
    .summary = "Lists the audit log",
    .query = PAGE_QUERY ", user?: text ..255, action?: text ..60, reason?: text ..500",
    .answers = {{200, &record, .is_page = true}},
};
