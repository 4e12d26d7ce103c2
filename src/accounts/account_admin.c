/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/account_admin.h"

static const DbStatement create = {
    "account_admin_create",
    "INSERT INTO public.users (email, hashed_password, plan_tier, is_superuser)"
    " VALUES ($1, $2, coalesce($3, 'solo'), $4) ON CONFLICT (lower(email)) DO UPDATE"
    " SET hashed_password = excluded.hashed_password,"
    "  plan_tier = coalesce($3, users.plan_tier), is_superuser = users.is_superuser OR $4"
    " WHERE $5::boolean RETURNING id",
};

static const DbStatement enable = {
    "account_admin_enable",
    "UPDATE public.users SET is_active = $2 WHERE lower(email) = lower($1) RETURNING id",
};

static const DbStatement change_account = {
    "account_admin_change",
    "UPDATE public.users SET plan_tier = coalesce($2, plan_tier),"
    " is_superuser = coalesce($3::boolean, is_superuser) WHERE lower(email) = lower($1)"
    " RETURNING id, plan_tier, is_superuser",
};

static const DbStatement list = {
    "account_admin_list",
    "SELECT id, email, plan_tier, CASE WHEN is_superuser THEN 'admin' ELSE '' END,"
    " CASE WHEN is_active THEN '' ELSE 'disabled' END,"
    " to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
    " FROM public.users ORDER BY created_at, id",
};

static const DbStatement make_demo = {
    "account_admin_make_demo",
    "INSERT INTO public.users (email, hashed_password, full_name, plan_tier)"
    " VALUES ($1, $2, 'Demo', 'enterprise') ON CONFLICT (lower(email))"
    " DO UPDATE SET hashed_password = excluded.hashed_password, is_active = TRUE",
};

static bool fail_unknown(Error *error, Str email)
{
    return error_set(error, ERR_NOT_FOUND, "no account has the address %.*s", STR_ARGS(email));
}

bool account_admin_create(DbSession *session, Arena *arena, const AccountChange *change,
                          Uuid *out_id, Error *error)
{
    DbParams params = DB_PARAMS(db_text(change->email), db_text(change->hashed_password),
                                db_text_or_null(!str_empty(change->plan_tier), change->plan_tier),
                                db_bool(change->is_superuser), db_bool(change->replace));
    const DbRows *rows = db_session_query(session, arena, &create, params, error);
    if (!rows)
        return false;
    if (rows->count == 0)
        return error_set(error, ERR_CONFLICT, "%.*s has an account already",
                         STR_ARGS(change->email));
    *out_id = db_read_uuid(rows, 0, 0);
    return true;
}

bool account_admin_enable(DbSession *session, Str email, bool is_active, Uuid *out_id, Error *error)
{
    auto_arena Arena *arena = arena_new();
    DbParams params = DB_PARAMS(db_text(email), db_bool(is_active));
    const DbRows *rows = db_session_query(session, arena, &enable, params, error);
    if (!rows)
        return false;
    if (rows->count == 0)
        return fail_unknown(error, email);
    *out_id = db_read_uuid(rows, 0, 0);
    return true;
}

bool account_admin_change(DbSession *session, Arena *arena, const AccountRights *rights,
                          Account *out_account, Error *error)
{
    DbParams params = DB_PARAMS(db_text(rights->email),
                                db_text_or_null(!str_empty(rights->plan_tier), rights->plan_tier),
                                rights->is_superuser ? db_bool(*rights->is_superuser) : db_null());
    const DbRows *rows = db_session_query(session, arena, &change_account, params, error);
    if (!rows)
        return false;
    if (rows->count == 0)
        return fail_unknown(error, rights->email);
    *out_account = (Account){
        .id = db_read_uuid(rows, 0, 0),
        .email = rights->email,
        .plan_tier = db_str(rows, 0, 1),
        .is_superuser = db_read_bool(rows, 0, 2),
    };
    return true;
}

bool account_admin_list(DbSession *session, Arena *arena, const DbRows **out_rows, Error *error)
{
    *out_rows = db_session_query(session, arena, &list, DB_NO_PARAMS, error);
    return *out_rows != NULL;
}

bool account_admin_make_demo(DbSession *session, Str email, Str hashed_password, Error *error)
{
    auto_arena Arena *arena = arena_new();
    DbParams params = DB_PARAMS(db_text(email), db_text(hashed_password));
    return db_session_query(session, arena, &make_demo, params, error) != NULL;
}
