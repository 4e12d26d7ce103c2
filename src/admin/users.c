/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts and their sessions. The database changes first, then Redis: a login at the same moment
 * is noticed by accounts/login.c. */
#include "admin/admin_store.h"

enum { CHANGE_TIMEOUT_MS = 10 * 1000 };

DB_STATEMENT list_users = {
    "admin_user_list",
    PAGE_QUERY_SQL("SELECT * FROM admin_user_list($1::jsonb, $2::integer + 1, $3, $4, $5)"),
    .runner = DB_BY_SERVE,
};

DB_STATEMENT show_user = {
    "admin_user_show",
    "SELECT admin_user_show($1::jsonb, $2)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT change_user = {
    "admin_user_update",
    "SELECT admin_user_update($1::jsonb, $2, $3, $4, $5)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT erase_user = {
    "admin_user_erase",
    "SELECT admin_user_erase($1::jsonb, $2, $3 * interval '1 day')",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT show_usage = {
    "admin_user_usage",
    "SELECT admin_user_usage($1::jsonb, $2, $3::integer)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT note = {
    "admin_note",
    "SELECT admin_note($1::jsonb, $2, $3, $4)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT create_account = {
    "admin_user_create",
    "SELECT admin_user_create($1::jsonb, $2, $3, $4, $5, $6, $7, $8)",
    .runner = DB_BY_OPERATOR,
};

static bool fail_unknown(Task *task, Str user)
{
    if (str_find_byte(user, '@') != STR_NOT_FOUND)
        return task_fail(task, ERR_NOT_FOUND, "no account has the address %.*s", STR_ARGS(user));
    return task_fail(task, ERR_NOT_FOUND, "no such user");
}

static bool ask_about_user(Task *task, const AdminCall *call, const DbStatement *statement,
                           DbParams params, Str *out_json)
{
    return admin_store_ask(task, call, statement, params, out_json) &&
           (!str_empty(*out_json) || fail_unknown(task, call->user));
}

bool admin_list_users(Task *task, const AdminCall *call, Str *out_json)
{
    DbParams params = DB_PARAMS(audit_param(task, &call->by), db_i64(call->page.limit),
                                admin_text(call->search), ADMIN_PAGE_PARAMS(call));
    return admin_store_list(task, call, &list_users, params, out_json);
}

bool admin_show_user(Task *task, const AdminCall *call, Str *out_json)
{
    DbParams params = DB_PARAMS(audit_param(task, &call->by), db_text(call->user));
    return ask_about_user(task, call, &show_user, params, out_json);
}

/* Reads id, plan and rights out of what a function has answered. */
static bool read_account(Task *task, Str json, Account *out_account)
{
    Account account = {0};
    const JsonValue *value = json_parse(task->arena, json, &task->error);
    const JsonValue *superuser = json_get(value, "is_superuser");
    if (!value || !uuid_parse(json_str_or(value, "id", STR("")), &account.id))
        return task_fail(task, ERR_INTERNAL, "unexpected answer about an account");
    account.plan_tier = json_str_or(value, "plan_tier", STR(""));
    account.is_superuser = superuser && superuser->boolean;
    *out_account = account;
    return true;
}

/* An account is changed and its sessions follow, even if the administrator leaves meanwhile. */
static bool run_shielded(Task *task, const AdminCall *call, AdminAct *run, Str *out_json)
{
    TaskShield shield = task_shield_begin(task, CHANGE_TIMEOUT_MS);
    bool done = run(task, call, out_json);
    task_shield_end(task, shield);
    return done;
}

static bool change_account(Task *task, const AdminCall *call, Str *out_json)
{
    Account account;
    bool disables = call->is_active && !*call->is_active;
    DbParams params =
        DB_PARAMS(audit_param(task, &call->by), db_text(call->user), admin_text(call->plan_tier),
                  call->is_active ? db_bool(*call->is_active) : db_null(),
                  call->is_superuser ? db_bool(*call->is_superuser) : db_null());
    if (!ask_about_user(task, call, &change_user, params, out_json) ||
        !read_account(task, *out_json, &account))
        return false;
    if (disables)
        return account_end_sessions(task, call->services, &account.id, NULL) ||
               error_prefix(&task->error,
                            "the account was disabled, but its sessions could not be ended: ");
    return account_change_sessions(task, call->services, &account) ||
           error_prefix(&task->error,
                        "the account was changed, but its open sessions were not updated: ");
}

bool admin_change_user(Task *task, const AdminCall *call, Str *out_json)
{
    return run_shielded(task, call, change_account, out_json);
}

static bool close_account(Task *task, const AdminCall *call, Str *out_json)
{
    Account account;
    int64_t days = call->now ? 0 : config_int(call->services->settings, "NETGURU_ERASE_AFTER_DAYS");
    DbParams params =
        DB_PARAMS(audit_param(task, &call->by), db_text(call->user), db_f64((double)days));
    return ask_about_user(task, call, &erase_user, params, out_json) &&
           read_account(task, *out_json, &account) &&
           (account_end_sessions(task, call->services, &account.id, NULL) ||
            error_prefix(&task->error,
                         "the account was closed, but its sessions could not be ended: "));
}

bool admin_erase_user(Task *task, const AdminCall *call, Str *out_json)
{
    return run_shielded(task, call, close_account, out_json);
}

bool admin_show_usage(Task *task, const AdminCall *call, Str *out_json)
{
    DbParams params =
        DB_PARAMS(audit_param(task, &call->by), db_text(call->user), db_i64(call->days));
    return ask_about_user(task, call, &show_usage, params, out_json);
}

/* Finds the account and records what is about to be done with its sessions. */
static bool note_sessions(Task *task, const AdminCall *call, const char *action, Str subject,
                          Uuid *out_user)
{
    Str id;
    DbParams params = DB_PARAMS(audit_param(task, &call->by), db_text(str_of(action)),
                                db_text(call->user), admin_text(subject));
    return ask_about_user(task, call, &note, params, &id) &&
           (uuid_parse(id, out_user) ||
            task_fail(task, ERR_INTERNAL, "unexpected answer about an account"));
}

bool admin_list_sessions(Task *task, const AdminCall *call, Str *out_json)
{
    Uuid user;
    JsonWriter *json = response_json_begin(task);
    json_begin_object(json);
    json_key(json, "items");
    if (!note_sessions(task, call, "session.list", STR(""), &user) ||
        !account_write_sessions(task, call->services, &user, NULL, json))
        return false;
    json_end(json);
    return json_writer_text(json, out_json) ||
           task_fail(task, ERR_INTERNAL, "the list of sessions is too large");
}

bool admin_end_session(Task *task, const AdminCall *call, Str *out_json)
{
    Uuid user;
    bool found = false;
    Str subject =
        arena_printf(task->arena, "session:%.*s", STR_ARGS(uuid_str(task->arena, &call->id)));
    if (!note_sessions(task, call, "session.end", subject, &user) ||
        !account_end_session(task, call->services, &user, &call->id, &found))
        return false;
    *out_json = STR("{}");
    return found || task_fail(task, ERR_NOT_FOUND, "no such session");
}

bool admin_end_sessions(Task *task, const AdminCall *call, Str *out_json)
{
    Uuid user;
    *out_json = STR("{}");
    return note_sessions(task, call, "session.end_all", STR(""), &user) &&
           account_end_sessions(task, call->services, &user, NULL);
}

bool admin_create_account(Task *task, const Services *services, const AuditContext *by,
                          const AdminAccount *account, Uuid *out_id)
{
    Str id;
    AdminCall call = {.services = services};
    DbParams params = DB_PARAMS(audit_param(task, by), db_text(account->email),
                                db_text(account->hashed_password), admin_text(account->full_name),
                                admin_text(account->plan_tier), db_bool(account->is_superuser),
                                db_bool(account->replace), db_bool(account->enable));
    if (!admin_store_ask(task, &call, &create_account, params, &id))
        return false;
    if (!uuid_parse(id, out_id))
        return task_fail(task, ERR_CONFLICT, "%.*s has an account already",
                         STR_ARGS(account->email));
    return !account->replace || account->keep_sessions ||
           account_end_sessions(task, services, out_id, NULL) ||
           error_prefix(&task->error,
                        "the account was changed, but its sessions could not be ended: ");
}
