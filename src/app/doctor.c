/* SPDX-License-Identifier: Apache-2.0 */
/* netguru doctor: reports what is missing or wrong on this machine, and how to fix it. */
#include "app/command.h"
#include "app/process.h"

#include "backup/backup.h"
#include "base/time.h"
#include "knowledge/vector_index.h"
#include "ops/embedded.h"
#include "ops/migrate.h"
#include "ops/redis_check.h"

#include <glob.h>
#include <stdio.h>
#include <unistd.h>

enum { BACKUP_MAX_HOURS = 36 };

typedef struct {
    Command *command;
    Home home;
    bool has_home;
    unsigned problems;
} Doctor;

static void fine(const char *what, const char *format, ...) PRINTF_LIKE(2, 3);
static void problem(Doctor *doctor, const char *what, const char *fix, const char *format, ...)
    PRINTF_LIKE(4, 5);

static void fine(const char *what, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("ok       %-20s ", what);
    vprintf(format, args);
    printf("\n");
    va_end(args);
}

static void problem(Doctor *doctor, const char *what, const char *fix, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("problem  %-20s ", what);
    vprintf(format, args);
    printf("\n         %-20s fix: %s\n", "", fix);
    va_end(args);
    doctor->problems++;
}

static void look_for_program(Doctor *doctor, const char *what, const char *path,
                             const char *package)
{
    Str fix = arena_printf(doctor->command->arena, "apt-get install %s", package);
    if (access(path, X_OK) == 0)
        fine(what, "%s", path);
    else
        problem(doctor, what, fix.data, "%s does not exist", path);
}

static void look_for_postgres(Doctor *doctor)
{
    char programs[128];
    Error error = {0};
    if (embedded_find_postgres(programs, sizeof(programs), &error))
        fine("PostgreSQL", "%s", programs);
    else
        problem(doctor, "PostgreSQL", "apt-get install postgresql-15", "%s", error.message);
}

static void look_for_pgvector(Doctor *doctor)
{
    glob_t found = {0};
    if (glob("/usr/share/postgresql/*/extension/vector.control", 0, NULL, &found) == 0)
        fine("pgvector", "%s", found.gl_pathv[0]);
    else
        problem(doctor, "pgvector", "run tools/build_pgvector, or install postgresql-NN-pgvector",
                "the extension vector is not installed");
    globfree(&found);
}

static void look_for_model(Doctor *doctor)
{
    Str model = process_find_model(doctor->command->settings, doctor->command->arena);
    if (!str_empty(model))
        fine("embedding model", "%.*s", STR_ARGS(model));
    else
        problem(doctor, "embedding model", "run tools/get_model, or set NETGURU_MODEL_DIR",
                "not found: search works by words only");
}

DB_STATEMENT database_facts = {"doctor_facts",
                               "SELECT current_setting('server_version'),"
                               " (SELECT extversion FROM pg_extension WHERE extname = 'vector'),"
                               " current_setting('max_connections')::int",
                               .runner = DB_BY_OPERATOR};

DB_STATEMENT role_facts = {
    "doctor_role",
    "SELECT current_user,"
    " (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user),"
    " has_function_privilege('account_find_for_login(text)', 'EXECUTE'),"
    " has_function_privilege('task_claim(text, text, interval)', 'EXECUTE')",
    .runner = DB_BY_OPERATOR};

static bool is_old_pgvector(Str version)
{
    Str field;
    uint32_t parts[3] = {0};
    for (size_t i = 0; i < COUNT_OF(parts) && str_next_field(&version, '.', &field); i++) {
        if (!str_parse_u32(field, &parts[i]))
            return false;
    }
    return parts[0] == 0 && (parts[1] < 8 || (parts[1] == 8 && parts[2] < 2));
}

static void explain_database(Doctor *doctor, const DbRows *rows)
{
    const Config *settings = doctor->command->settings;
    Str vector = db_str(rows, 0, 1);
    int64_t wanted =
        config_int(settings, "NETGURU_POOL_SIZE") + config_int(settings, "NETGURU_POOL_OVERFLOW");
    int64_t allowed = db_read_i64(rows, 0, 2);
    fine("database", "PostgreSQL %.*s", STR_ARGS(db_str(rows, 0, 0)));
    fine("vector extension", "%.*s%s", STR_ARGS(vector),
         is_old_pgvector(vector)
             ? " (before 0.8.2: its HNSW indexes are built without parallel workers)"
             : "");
    if (allowed < wanted + 5) {
        problem(doctor, "connections", "raise max_connections, or lower NETGURU_POOL_SIZE",
                "max_connections is %lld, but the pool may open %lld connections",
                (long long)allowed, (long long)wanted);
    }
}

/* A role with the rights of both processes is no problem: one URL may serve both. */
static void explain_role(Doctor *doctor, HomeRole role, const DbRows *rows)
{
    bool is_work = role == HOME_ROLE_WORK;
    Str name = db_str(rows, 0, 0);
    const char *what = is_work ? "role of work" : "role of serve";
    if (db_read_bool(rows, 0, 1)) {
        problem(doctor, what,
                is_work ? "set NETGURU_WORK_DATABASE_URL to the role netguru_work"
                        : "set NETGURU_DATABASE_URL to the role netguru_serve",
                "row-level security does not apply to %.*s", STR_ARGS(name));
        return;
    }
    if (!db_read_bool(rows, 0, is_work ? 3 : 2)) {
        problem(doctor, what, "use netguru_serve for serve, netguru_work for work",
                "%.*s has no right to %s", STR_ARGS(name), is_work ? "claim jobs" : "log users in");
        return;
    }
    fine(what, "%.*s%s", STR_ARGS(name),
         !db_read_bool(rows, 0, is_work ? 2 : 3) ? ""
         : is_work                               ? " (can also read password hashes)"
                                                 : " (can also claim jobs)");
}

static void look_at_role(Doctor *doctor, HomeRole role)
{
    Error error = {0};
    Arena *arena = doctor->command->arena;
    Str url = home_database_url(&doctor->home, doctor->command->settings, role, arena);
    auto_session DbSession *session = db_session_open(url, "netguru doctor", &error);
    const DbRows *rows =
        session ? db_session_query(session, arena, &role_facts, DB_NO_PARAMS, &error) : NULL;
    if (rows)
        explain_role(doctor, role, rows);
    else
        problem(doctor, role == HOME_ROLE_WORK ? "role of work" : "role of serve",
                "run migrations/provision.sql again", "%s", error.message);
}

static void look_for_vector_indexes(Doctor *doctor, DbSession *session)
{
    Error error = {0};
    int64_t wanted = 0;
    if (!vector_index_count_wanted(session, doctor->command->arena, &wanted, &error)) {
        problem(doctor, "vector indexes", "run netguru maintain", "%s", error.message);
    } else if (wanted) {
        fine("vector indexes",
             "%lld large accounts have none yet: run netguru maintain from a timer",
             (long long)wanted);
    } else {
        fine("vector indexes", "all accounts with %d chunks or more have one", VECTOR_INDEX_CHUNKS);
    }
}

static void look_at_database(Doctor *doctor)
{
    Error error = {0};
    Arena *arena = doctor->command->arena;
    Str url = home_database_url(&doctor->home, doctor->command->settings, HOME_ROLE_SERVE, arena);
    auto_session DbSession *session = db_session_open(url, "netguru doctor", &error);
    const DbRows *rows =
        session ? db_session_query(session, arena, &database_facts, DB_NO_PARAMS, &error) : NULL;
    if (!rows) {
        problem(doctor, "database", "start it with netguru up, or check NETGURU_DATABASE_URL", "%s",
                error.message);
        return;
    }
    explain_database(doctor, rows);
    if (!migrate_check(session, &error)) {
        problem(doctor, "schema", "run netguru migrate upgrade head", "%s", error.message);
        return;
    }
    fine("schema", "at the head revision of this program");
    look_at_role(doctor, HOME_ROLE_SERVE);
    look_at_role(doctor, HOME_ROLE_WORK);
    look_for_vector_indexes(doctor, session);
}

typedef struct {
    RedisFacts facts; /* in the command's arena */
    Arena *arena;
} RedisLook;

static bool look_from_task(Task *task, const Services *services, void *argument)
{
    RedisLook *look = argument;
    if (!redis_check(task, services->redis, &look->facts))
        return false;
    look->facts.version = arena_copy(look->arena, look->facts.version);
    look->facts.eviction_policy = arena_copy(look->arena, look->facts.eviction_policy);
    return true;
}

static void explain_redis_memory(Doctor *doctor, const RedisFacts *facts)
{
    const double megabyte = 1024.0 * 1024.0; /* the unit of Redis and of the setting */
    double used = (double)facts->used_bytes / megabyte;
    double limit = (double)facts->max_bytes / megabyte;
    if (facts->max_bytes == 0)
        fine("Redis memory", "%.1f MB, no limit", used);
    else if (facts->used_bytes < facts->max_bytes / 10 * 9)
        fine("Redis memory", "%.1f MB of %.0f MB", used, limit);
    else
        problem(doctor, "Redis memory", "raise NETGURU_REDIS_MEMORY_MB, or maxmemory of your Redis",
                "%.1f MB of %.0f MB: at the limit, logins and jobs fail", used, limit);
}

static void look_at_redis(Doctor *doctor)
{
    Error error = {0};
    RedisLook look = {.arena = doctor->command->arena};
    if (!process_ask_redis(doctor->command, look_from_task, &look, &error)) {
        problem(doctor, "Redis", "start it with netguru up, or check NETGURU_REDIS_URL", "%s",
                error.message);
        return;
    }
    fine("Redis", "%.*s answers", STR_ARGS(look.facts.version));
    explain_redis_memory(doctor, &look.facts);
    if (!look.facts.is_recent)
        problem(doctor, "Redis version", "upgrade to Redis 7", "it is older than 6.2");
    if (look.facts.may_evict) {
        problem(doctor, "Redis eviction", "set maxmemory-policy noeviction",
                "%.*s evicts queues and sessions when memory is short",
                STR_ARGS(look.facts.eviction_policy));
    }
}

/* A day and a half: the daily backup of today may still be running. */
static void look_at_backups(Doctor *doctor)
{
    Error error = {0};
    BackupStatus status = {0};
    Arena *arena = doctor->command->arena;
    int64_t now_s = time_now_us() / 1000000;
    if (!backup_status_read(&doctor->home, arena, &status, &error) || !status.created_s) {
        fine("backups", "none yet: netguru backup create (docs/backup.md)");
        return;
    }
    double hours = (double)(now_s - status.created_s) / 3600;
    if (status.failed_s)
        problem(doctor, "backups", "see log/backup.log, then netguru backup create",
                "the last one failed: %.*s", STR_ARGS(status.failure));
    else if (status.proof_failed_s)
        problem(doctor, "backups", "netguru backup create, then netguru backup verify",
                "the last proof failed: netguru backup list");
    else if (hours > BACKUP_MAX_HOURS)
        problem(doctor, "backups", "netguru backup create; keep netguru up or its timer running",
                "the last one is %.0f hours old", hours);
    else
        fine("backups", "the last one is %.0f hours old%s", hours,
             status.proved_s ? "" : ", never proved: netguru backup verify");
}

int command_doctor(Command *command)
{
    Error error = {0};
    Doctor doctor = {.command = command};
    if (command->argc > 0)
        return command_refuse_rest(command);
    bool own_database = str_empty(config_str(command->settings, "NETGURU_DATABASE_URL"));
    bool own_redis = str_empty(config_str(command->settings, "NETGURU_REDIS_URL"));
    if (own_database) {
        look_for_postgres(&doctor);
        look_for_pgvector(&doctor);
    }
    if (own_redis)
        look_for_program(&doctor, "Redis", "/usr/bin/redis-server", "redis-server");
    look_for_program(&doctor, "pdftotext", "/usr/bin/pdftotext", "poppler-utils");
    look_for_model(&doctor);
    doctor.has_home = home_find(command->settings, &doctor.home, &error);
    if (doctor.has_home) {
        fine("data directory", "%s, servers run as %s, PostgreSQL as %s", doctor.home.path,
             doctor.home.user, doctor.home.postgres_user.name);
    } else
        problem(&doctor, "data directory", "run netguru up", "%s", error.message);
    if (doctor.has_home || !own_database)
        look_at_database(&doctor);
    if (doctor.has_home || !own_redis)
        look_at_redis(&doctor);
    if (doctor.has_home)
        look_at_backups(&doctor);
    if (doctor.problems)
        printf("%u %s found\n", doctor.problems, doctor.problems == 1 ? "problem" : "problems");
    else
        printf("all well\n");
    return doctor.problems ? 1 : 0;
}
