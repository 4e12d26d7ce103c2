/* SPDX-License-Identifier: Apache-2.0 */
/* What administrators look at: knowledge, settings, statistics, the audit log, and, under a consent
 * of the user, contents. */
#include "admin/admin_store.h"

DB_STATEMENT list_knowledge = {
    "admin_knowledge_list",
    PAGE_QUERY_SQL("SELECT * FROM admin_knowledge_list($1::jsonb, $2::integer + 1,"
                   " (SELECT name FROM embedding_generations WHERE state = 'active'), $3, $4)"),
    .runner = DB_BY_SERVE,
};

DB_STATEMENT note_settings = {
    "admin_note_settings",
    "SELECT admin_note($1::jsonb, 'settings.show')",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT show_statistics = {
    "admin_statistics",
    "SELECT admin_statistics($1::jsonb)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT list_audit = {
    "admin_audit_list",
    PAGE_QUERY_SQL("SELECT * FROM admin_audit_list($1::jsonb, $2::integer + 1, $3, $4, $5)"),
    .runner = DB_BY_SERVE,
};

DB_STATEMENT list_documents = {
    "admin_document_list",
    PAGE_QUERY_SQL("SELECT * FROM admin_document_list($1::jsonb, $3, $2::integer + 1, $4, $5)"),
    .runner = DB_BY_SERVE,
};

DB_STATEMENT show_text = {
    "admin_document_text",
    "SELECT admin_document_text($1::jsonb, $2, $3, $4::integer, $5::integer)",
    .runner = DB_BY_SERVE,
};

DB_STATEMENT list_conversations = {
    "admin_conversation_list",
    PAGE_QUERY_SQL("SELECT * FROM admin_conversation_list($1::jsonb, $3, $2::integer + 1, $4, $5)"),
    .runner = DB_BY_SERVE,
};

DB_STATEMENT list_messages = {
    "admin_message_list",
    PAGE_QUERY_SQL("SELECT * FROM admin_message_list($1::jsonb, $3, $4, $2::integer + 1, $5, $6)"),
    .runner = DB_BY_SERVE,
};

bool admin_list_knowledge(Task *task, const AdminCall *call, Str *out_json)
{
    DbParams params =
        DB_PARAMS(audit_param(task, &call->by), db_i64(call->page.limit), ADMIN_PAGE_PARAMS(call));
    return admin_store_list(task, call, &list_knowledge, params, out_json);
}

/* The password of an address such as redis://user:password@host; empty when there is none. */
static Str password_of(Str value)
{
    size_t at = str_find_last_byte(value, '@');
    size_t start = str_find(value, STR("://"));
    if (at == STR_NOT_FOUND || start == STR_NOT_FOUND || start + 3 > at)
        return STR("");
    Str userinfo = str_slice(value, start + 3, at - start - 3);
    size_t colon = str_find_byte(userinfo, ':');
    return colon == STR_NOT_FOUND ? STR("") : str_from(userinfo, colon + 1);
}

/* Masks secrets as a whole, and commands and addresses that may hold one. */
static Str mask(Arena *arena, const ConfigSetting *setting, Str value)
{
    Str name = str_of(setting->name);
    Str password = password_of(value);
    if (str_empty(value))
        return value;
    if (setting->kind == CONFIG_SECRET || str_ends_with(name, STR("_COMMAND")))
        return STR("***");
    if (!str_ends_with(name, STR("_URL")))
        return value;
    if (str_find(value, STR("password=")) != STR_NOT_FOUND ||
        str_find(value, STR("://")) == STR_NOT_FOUND)
        return STR("***");
    if (str_empty(password))
        return value;
    size_t at = (size_t)(password.data - value.data);
    return arena_printf(arena, "%.*s***%.*s", (int)at, value.data,
                        STR_ARGS(str_from(value, at + password.size)));
}

static void write_setting(Task *task, const Config *settings, const ConfigSetting *setting,
                          JsonWriter *json)
{
    Str value = config_str(settings, setting->name);
    json_begin_object(json);
    json_field_text(json, "name", setting->name);
    json_field_str(json, "value", mask(task->arena, setting, value));
    json_field_bool(json, "is_given", config_is_given(settings, setting->name));
    json_field_text(json, "about", setting->about);
    json_end(json);
}

bool admin_show_settings(Task *task, const AdminCall *call, Str *out_json)
{
    Str ignored;
    JsonWriter *json = response_json_begin(task);
    if (!admin_store_ask(task, call, &note_settings, DB_PARAMS(audit_param(task, &call->by)),
                         &ignored))
        return false;
    json_begin_object(json);
    json_key(json, "items");
    json_begin_array(json);
    for (const ConfigSetting *setting = config_settings(); setting->name; setting++)
        write_setting(task, call->services->settings, setting, json);
    json_end(json);
    json_end(json);
    return json_writer_text(json, out_json) ||
           task_fail(task, ERR_INTERNAL, "the settings are too long");
}

bool admin_show_statistics(Task *task, const AdminCall *call, Str *out_json)
{
    return admin_store_ask(task, call, &show_statistics, DB_PARAMS(audit_param(task, &call->by)),
                           out_json);
}

bool admin_list_audit(Task *task, const AdminCall *call, Str *out_json)
{
    DbParams params = DB_PARAMS(audit_param(task, &call->by), db_i64(call->page.limit),
                                call->before ? db_i64(call->before) : db_null(),
                                admin_text(call->user), admin_text(call->action));
    return admin_store_list(task, call, &list_audit, params, out_json);
}

bool admin_list_documents(Task *task, const AdminCall *call, Str *out_json)
{
    DbParams params = DB_PARAMS(audit_param(task, &call->by), db_i64(call->page.limit),
                                db_text(call->user), ADMIN_PAGE_PARAMS(call));
    return admin_store_list(task, call, &list_documents, params, out_json);
}

bool admin_show_document_text(Task *task, const AdminCall *call, Str *out_json)
{
    DbParams params =
        DB_PARAMS(audit_param(task, &call->by), db_text(call->user), db_uuid(&call->id),
                  db_i64(call->page.limit), db_i64(call->from_chunk));
    return admin_store_ask(task, call, &show_text, params, out_json) &&
           (!str_empty(*out_json) || task_fail(task, ERR_NOT_FOUND, "no such document"));
}

bool admin_list_conversations(Task *task, const AdminCall *call, Str *out_json)
{
    DbParams params = DB_PARAMS(audit_param(task, &call->by), db_i64(call->page.limit),
                                db_text(call->user), ADMIN_PAGE_PARAMS(call));
    return admin_store_list(task, call, &list_conversations, params, out_json);
}

bool admin_list_messages(Task *task, const AdminCall *call, Str *out_json)
{
    DbParams params = DB_PARAMS(audit_param(task, &call->by), db_i64(call->page.limit),
                                db_text(call->user), db_uuid(&call->id), ADMIN_PAGE_PARAMS(call));
    return admin_store_list(task, call, &list_messages, params, out_json);
}
