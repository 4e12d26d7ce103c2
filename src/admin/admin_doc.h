/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the routes of administration take and give, for the OpenAPI document.
 * The names are those of the handlers.
 */
#pragma once

#include "web/route_doc.h"

extern const RouteDoc admin_list_users_doc;
extern const RouteDoc admin_show_user_doc;
extern const RouteDoc admin_change_user_doc;
extern const RouteDoc admin_erase_user_doc;
extern const RouteDoc admin_show_usage_doc;
extern const RouteDoc admin_list_sessions_doc;
extern const RouteDoc admin_end_sessions_doc;
extern const RouteDoc admin_end_session_doc;
extern const RouteDoc admin_list_documents_doc;
extern const RouteDoc admin_show_document_text_doc;
extern const RouteDoc admin_list_conversations_doc;
extern const RouteDoc admin_list_messages_doc;
extern const RouteDoc admin_list_jobs_doc;
extern const RouteDoc admin_show_job_doc;
extern const RouteDoc admin_retry_job_doc;
extern const RouteDoc admin_cancel_job_doc;
extern const RouteDoc admin_retry_dead_doc;
extern const RouteDoc admin_purge_dead_doc;
extern const RouteDoc admin_list_knowledge_doc;
extern const RouteDoc admin_show_settings_doc;
extern const RouteDoc admin_show_statistics_doc;
extern const RouteDoc admin_list_audit_doc;
