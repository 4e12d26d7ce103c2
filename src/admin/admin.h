/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Administration: what a superuser does through the server (admin_api.c) and the operator by the
 * command line (app/admin.c, app/user.c). Both call the acts below, with the database of their own
 * role: the functions admin_* of the database ask who is calling, act, and write the audit log in
 * one transaction. An act sees metadata only; contents need a consent of the user.
 *
 *     AdminCall call = {.services = services, .by = by, .user = STR("ana@example.net")};
 *     return admin_show_user(task, &call, &json);
 */
#pragma once

#include "accounts/account.h"
#include "audit/audit.h"
#include "web/page.h"

extern const Route admin_routes[];

enum { ADMIN_MAX_DEAD = 1000 /* jobs that one call retries or purges */ };

/* The arguments of an act, of which each reads its own. Empty strings are absent. */
typedef struct {
    const Services *services;
    AuditContext by;
    Str user; /* an id or an e-mail address */
    Uuid id;  /* of the session, job, document or conversation */
    Page page;
    int64_t before; /* a sequence of the audit log; 0: none */
    Str search;     /* a part of an e-mail address or a name */
    Str status;     /* of jobs */
    Str queue;
    Str failure_kind;
    Str action; /* of the audit log */
    Str plan_tier;
    const bool *is_active; /* NULL: unchanged */
    const bool *is_superuser;
    int64_t days;
    int64_t from_chunk;
    bool now; /* erase without the retention */
} AdminCall;

/* Acts, and stores what is to be seen as JSON; a list is a page. Fails with ERR_FORBIDDEN for
 * anybody but an active superuser or the operator, and with ERR_NOT_FOUND. */
typedef bool AdminAct(Task *task, const AdminCall *call, Str *out_json);

AdminAct admin_list_users;
AdminAct admin_show_user;
/* Changes plan, access and rights, in the open sessions too. */
AdminAct admin_change_user;
/* Closes the account and ends its sessions; the sweep erases it. */
AdminAct admin_erase_user;
AdminAct admin_show_usage;
AdminAct admin_list_sessions;
AdminAct admin_end_session;
AdminAct admin_end_sessions;

AdminAct admin_list_jobs;
AdminAct admin_show_job;
AdminAct admin_retry_job;
AdminAct admin_cancel_job;
/* Retry or delete jobs that have used up their attempts, at most ADMIN_MAX_DEAD. */
AdminAct admin_retry_dead;
AdminAct admin_purge_dead;

AdminAct admin_list_knowledge;
/* The settings of this process. Values that hold secrets are masked. */
AdminAct admin_show_settings;
AdminAct admin_show_statistics;
AdminAct admin_list_audit;

/* Contents, under a consent in force. */
AdminAct admin_list_documents;
AdminAct admin_show_document_text;
AdminAct admin_list_conversations;
AdminAct admin_list_messages;

typedef struct {
    Str email;
    Str hashed_password;
    Str full_name; /* may be empty */
    Str plan_tier; /* empty: solo for a new account, unchanged for one that is replaced */
    bool is_superuser;
    bool replace;       /* give an existing account this password; it keeps the rights it has */
    bool enable;        /* and enable it */
    bool keep_sessions; /* of an account that is replaced */
} AdminAccount;

/* Makes an account, for the operator alone. ERR_CONFLICT when the address is taken and replace is
 * not set. Ends the sessions of an account that is replaced, unless keep_sessions is set. */
bool admin_create_account(Task *task, const Services *services, const AuditContext *by,
                          const AdminAccount *account, Uuid *out_id) MUST_USE;
