/* SPDX-License-Identifier: Apache-2.0 */
/* The roles that serve and work log in as. Their grants are compared with the schema. */
#include "app/doctor/internal.h"

DB_STATEMENT role_facts = {
    "doctor_role",
    "SELECT current_user,"
    " (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user),"
    " has_function_privilege('account_find_for_login(text)', 'EXECUTE'),"
    " has_function_privilege('task_claim(text, text, interval)', 'EXECUTE'),"
    " pg_has_role('netguru_owner', 'MEMBER')",
    NULL,
    .runner = DB_BY_OPERATOR,
};

static Finding *add_wrong(Doctor *doctor, bool is_work, const char *what, Str name)
{
    Finding *finding = doctor_add(doctor, FINDING_ERROR, "%s logs in as %.*s, %s",
                                  is_work ? "work" : "serve", STR_ARGS(name), what);
    finding->command = is_work ? STR("set NETGURU_WORK_DATABASE_URL to the role netguru_work")
                               : STR("set NETGURU_DATABASE_URL to the role netguru_serve");
    return finding;
}

/* A role with the rights of both processes is no problem: one URL may serve both. */
static void explain(Doctor *doctor, bool is_work, const DbRows *rows)
{
    Str name = db_str(rows, 0, 0);
    bool is_right = db_read_bool(rows, 0, is_work ? 3 : 2);
    bool is_both = db_read_bool(rows, 0, is_work ? 2 : 3);
    if (db_read_bool(rows, 0, 1) || db_read_bool(rows, 0, 4))
        add_wrong(doctor, is_work, "to which row-level security does not apply", name)->cause =
            STR("only the queries separate users");
    else if (!is_right)
        add_wrong(doctor, is_work, "which lacks its rights", name)->cause =
            is_work ? STR("it cannot claim jobs") : STR("it cannot log users in");
    else
        doctor_add(doctor, FINDING_OK, "%s logs in as %.*s%s", is_work ? "work" : "serve",
                   STR_ARGS(name),
                   !is_both  ? ""
                   : is_work ? ", which can also read password hashes"
                             : ", which can also claim jobs");
}

static void check_role(Doctor *doctor, HomeRole role)
{
    Error error = {0};
    bool is_work = role == HOME_ROLE_WORK;
    Str url = home_database_url(&doctor->home, doctor->command->settings, role, doctor->arena);
    auto_session DbSession *session = db_session_open(url, "netguru doctor", &error);
    const DbRows *rows =
        session ? db_session_query(session, doctor->arena, &role_facts, DB_NO_PARAMS, &error)
                : NULL;
    if (rows) {
        explain(doctor, is_work, rows);
        return;
    }
    Finding *finding =
        doctor_add(doctor, FINDING_ERROR, "%s cannot log in", is_work ? "work" : "serve");
    finding->cause = arena_copy(doctor->arena, str_of(error.message));
    finding->command = STR("psql -1 -f migrations/provision.sql, as a superuser of the database");
}

void doctor_check_roles(Doctor *doctor)
{
    check_role(doctor, HOME_ROLE_SERVE);
    check_role(doctor, HOME_ROLE_WORK);
}
