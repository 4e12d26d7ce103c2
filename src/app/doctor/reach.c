/* SPDX-License-Identifier: Apache-2.0 */
/* The servers: how the checks reach them, and what is said when they cannot be reached. */
#include "app/doctor/internal.h"

#include "base/time.h"
#include "jobs/job.h"
#include "ops/migrate.h"

#include <stdio.h>

/* Seconds, as in DOCTOR_TIMEOUT_S. A statement of a check must neither write nor wait for long. */
static const Str read_only = STR_INIT("SET default_transaction_read_only = on;"
                                      "SET statement_timeout = '20s'; SET lock_timeout = '2s'");

static DbSession *open_owner(const Doctor *doctor, Error *error)
{
    if (!doctor->has_home &&
        str_empty(config_str(doctor->command->settings, "NETGURU_OWNER_DATABASE_URL"))) {
        *error = doctor->home_error;
        return NULL;
    }
    return process_open_owner(doctor->command, "netguru doctor", error);
}

/* The owner sees more; serve's role is enough for the rest. */
static DbSession *open_session(Doctor *doctor, Error *error)
{
    const Config *settings = doctor->command->settings;
    Error ignored = {0};
    bool names_owner = !str_empty(config_str(settings, "NETGURU_OWNER_DATABASE_URL"));
    if (doctor->has_own_database || names_owner) {
        DbSession *session = open_owner(doctor, error);
        doctor->is_owner = session != NULL;
        if (session || doctor->has_own_database)
            return session;
    }
    Str url = home_database_url(&doctor->home, settings, HOME_ROLE_SERVE, doctor->arena);
    return db_session_open(url, "netguru doctor", names_owner ? &ignored : error);
}

void doctor_reach_database(Doctor *doctor)
{
    Error error = {0};
    doctor->session = open_session(doctor, &error);
    if (doctor->session && !db_session_run(doctor->session, read_only, &error)) {
        db_session_close(doctor->session);
        doctor->session = NULL;
    }
    if (doctor->session) {
        doctor->has_schema = migrate_check(doctor->session, &error);
        return;
    }
    Finding *finding = doctor_add(doctor, FINDING_ERROR, "PostgreSQL cannot be reached");
    finding->cause = arena_copy(doctor->arena, str_of(error.message));
    finding->command = doctor->has_own_database
                           ? STR("netguru up")
                           : STR("psql \"$NETGURU_DATABASE_URL\" shows the reason; correct the "
                                 "setting, or start the server");
}

/* The text of a reply is in the arena of the task, which ends before the checks. */
static bool look_from_task(Task *task, const Services *services, void *argument)
{
    RedisReply info;
    RedisReply now;
    int64_t seconds = 0;
    int64_t microseconds = 0;
    Doctor *doctor = argument;
    RedisLook *look = ARENA_NEW(doctor->arena, RedisLook);
    if (!redis_check(task, services->redis, &look->facts) ||
        !redis_command(task, services->redis, REDIS_ARGS(STR("INFO"), STR("persistence")), &info) ||
        !job_count_workers(task, services, &look->workers) ||
        !redis_command(task, services->redis, REDIS_ARGS(STR("TIME")), &now))
        return false;
    look->asked_us = time_now_us();
    look->facts.version = arena_copy(doctor->arena, look->facts.version);
    look->facts.eviction_policy = arena_copy(doctor->arena, look->facts.eviction_policy);
    look->info = arena_copy(doctor->arena, info.str);
    if (now.type == REDIS_ARRAY && now.count == 2 && str_parse_i64(now.items[0].str, &seconds) &&
        str_parse_i64(now.items[1].str, &microseconds))
        look->time_us = seconds * 1000000 + microseconds;
    doctor->redis = look;
    return true;
}

void doctor_reach_redis(Doctor *doctor)
{
    Error error = {0};
    if (doctor->has_own_redis && !doctor->has_home)
        error = doctor->home_error;
    else if (process_ask_redis(doctor->command, look_from_task, doctor, &error))
        return;
    Finding *finding = doctor_add(doctor, FINDING_ERROR, "Redis cannot be reached");
    finding->cause = arena_copy(doctor->arena, str_of(error.message));
    finding->command = doctor->has_own_redis
                           ? STR("netguru up")
                           : STR("redis-cli -u \"$NETGURU_REDIS_URL\" PING shows the reason; "
                                 "correct the setting, or start the server");
}

const DbRows *doctor_query(Doctor *doctor, const char *sql)
{
    Error error = {0};
    const DbStatement statement = {NULL, sql, NULL};
    const DbRows *rows =
        db_session_query(doctor->session, doctor->arena, &statement, DB_NO_PARAMS, &error);
    if (!rows)
        doctor_add(doctor, FINDING_UNKNOWN, "PostgreSQL does not tell: %s", error.message)
            ->command = doctor_psql(doctor, "SELECT * FROM pg_stat_activity");
    return rows;
}

DbSession *doctor_write_session(Doctor *doctor, Error *error)
{
    if (!doctor->writing)
        doctor->writing = open_owner(doctor, error);
    return doctor->writing;
}

Str doctor_psql(const Doctor *doctor, const char *sql, ...)
{
    va_list args;
    va_start(args, sql);
    Str text = arena_vprintf(doctor->arena, sql, args);
    va_end(args);
    if (str_empty(config_str(doctor->command->settings, "NETGURU_OWNER_DATABASE_URL")) &&
        doctor->has_own_database)
        return arena_printf(doctor->arena, "psql -h %s -U postgres -d netguru -c \"%.*s\"",
                            doctor->home.run, STR_ARGS(text));
    return arena_printf(doctor->arena, "psql \"$NETGURU_OWNER_DATABASE_URL\" -c \"%.*s\"",
                        STR_ARGS(text));
}

Str doctor_info_line(Str info, const char *name)
{
    Str line;
    Str wanted = str_of(name);
    while (str_next_line(&info, &line)) {
        if (str_starts_with(line, wanted) && str_starts_with(str_from(line, wanted.size), STR(":")))
            return str_trim(str_from(line, wanted.size + 1));
    }
    return STR("");
}
