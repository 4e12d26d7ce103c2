/* SPDX-License-Identifier: Apache-2.0 */
/* netguru doctor: reports what is missing or wrong, how to fix it, and fixes what is safe. */
#include "app/doctor/internal.h"

#include <stdio.h>

/* What a check needs. Without it, the check is unknown and the others go on. */
enum { NEEDS_HOME = 1, NEEDS_DATABASE = 2, NEEDS_OWNER = 4, NEEDS_SCHEMA = 8, NEEDS_REDIS = 16 };

typedef struct {
    const char *subject;
    DoctorCheck *run;
    unsigned needs;
} CheckRow;

static const CheckRow checks[] = {
    {"programs", doctor_check_programs, 0},
    {"model", doctor_check_model, 0},
    {"data-directory", doctor_check_home, 0},
    {"secrets", doctor_check_secrets, NEEDS_HOME},
    {"disk", doctor_check_disk, NEEDS_HOME},
    {"limits", doctor_check_limits, 0},
    {"settings", doctor_check_settings, 0},
    {"postgresql", doctor_check_database, 0},
    {"extension", doctor_check_extension, NEEDS_DATABASE},
    {"postgresql-settings", doctor_check_database_settings, NEEDS_DATABASE},
    {"connections", doctor_check_connections, NEEDS_DATABASE},
    {"revision", doctor_check_revision, NEEDS_DATABASE},
    {"roles", doctor_check_roles, NEEDS_DATABASE | NEEDS_SCHEMA},
    {"indexes", doctor_check_indexes, NEEDS_DATABASE | NEEDS_SCHEMA | NEEDS_OWNER},
    {"schema", doctor_check_schema, NEEDS_DATABASE | NEEDS_SCHEMA | NEEDS_OWNER},
    {"vector-indexes", doctor_check_vector_indexes, NEEDS_DATABASE | NEEDS_SCHEMA},
    {"embeddings", doctor_check_embeddings, NEEDS_DATABASE | NEEDS_SCHEMA},
    {"statistics", doctor_check_statistics, NEEDS_DATABASE | NEEDS_SCHEMA | NEEDS_OWNER},
    {"keys", doctor_check_keys, NEEDS_DATABASE | NEEDS_SCHEMA},
    {"redis", doctor_check_redis, 0},
    {"redis-memory", doctor_check_redis_memory, NEEDS_REDIS},
    {"redis-policy", doctor_check_redis_policy, NEEDS_REDIS},
    {"redis-persistence", doctor_check_persistence, NEEDS_REDIS},
    {"clock", doctor_check_clock, 0},
    {"queues", doctor_check_queues, NEEDS_DATABASE | NEEDS_SCHEMA | NEEDS_OWNER | NEEDS_REDIS},
    {"files", doctor_check_files, NEEDS_HOME | NEEDS_DATABASE | NEEDS_SCHEMA | NEEDS_OWNER},
    {"backups", doctor_check_backups, NEEDS_HOME},
};

Finding *doctor_add(Doctor *doctor, Severity severity, const char *format, ...)
{
    va_list args;
    Finding *finding = ARENA_NEW(doctor->arena, Finding);
    va_start(args, format);
    *finding = (Finding){
        .subject = doctor->subject,
        .severity = severity,
        .what = arena_vprintf(doctor->arena, format, args),
    };
    va_end(args);
    *VEC_PUSH(doctor->arena, &doctor->findings) = finding;
    return finding;
}

/* Returns the reason why a check cannot run, or NULL. */
static const char *reason_against(const Doctor *doctor, unsigned needs)
{
    if (needs & NEEDS_HOME && !doctor->has_home)
        return "there is no data directory";
    if (needs & NEEDS_DATABASE && !doctor->session)
        return "PostgreSQL cannot be reached";
    if (needs & NEEDS_SCHEMA && !doctor->has_schema)
        return "the schema is not at the revision of this program";
    if (needs & NEEDS_OWNER && !doctor->is_owner)
        return "the owner of the database is needed";
    if (needs & NEEDS_REDIS && !doctor->redis)
        return "Redis cannot be reached";
    return NULL;
}

/* The command of a check that cannot run: what the first unmet need asks for. */
static Str remedy_for(const Doctor *doctor, unsigned needs)
{
    if (needs & NEEDS_HOME && !doctor->has_home)
        return STR("netguru up");
    if (needs & NEEDS_DATABASE && !doctor->session)
        return STR("netguru doctor --only postgresql");
    if (needs & NEEDS_SCHEMA && !doctor->has_schema)
        return STR("netguru migrate upgrade head");
    if (needs & NEEDS_OWNER && !doctor->is_owner)
        return STR("set NETGURU_OWNER_DATABASE_URL, then netguru doctor");
    return STR("netguru doctor --only redis");
}

static void apply_fix(Doctor *doctor, Finding *finding)
{
    Error error = {0};
    if (doctor->dry_run) {
        finding->done = STR("--fix would fix this");
        return;
    }
    finding->is_fixed = finding->fix(doctor, finding, &error);
    if (!finding->is_fixed)
        finding->done = arena_printf(doctor->arena, "not fixed: %s", error.message);
}

static void run_check(Doctor *doctor, const CheckRow *row)
{
    size_t first = doctor->findings.count;
    const char *reason = reason_against(doctor, row->needs);
    doctor->subject = row->subject;
    if (reason)
        doctor_add(doctor, FINDING_UNKNOWN, "%s", reason)->command = remedy_for(doctor, row->needs);
    else
        row->run(doctor);
    for (size_t i = first; doctor->fix && i < doctor->findings.count; i++) {
        if (doctor->findings.items[i]->fix)
            apply_fix(doctor, doctor->findings.items[i]);
    }
}

/* Returns whether the list "a,b" has the name; an empty list has all. */
static bool is_wanted(Str list, const char *name)
{
    Str field;
    if (str_empty(list))
        return true;
    while (str_next_field(&list, ',', &field)) {
        if (str_equal(str_trim(field), str_of(name)))
            return true;
    }
    return false;
}

/* Stores the first name of the list that is no check. */
static bool find_unknown(Str list, Str *out_name)
{
    Str field;
    while (str_next_field(&list, ',', &field)) {
        bool known = false;
        for (size_t i = 0; i < COUNT_OF(checks); i++)
            known = known || str_equal(str_trim(field), str_of(checks[i].subject));
        *out_name = str_trim(field);
        if (!known)
            return true;
    }
    return false;
}

static unsigned needs_of(Str only)
{
    unsigned needs = 0;
    for (size_t i = 0; i < COUNT_OF(checks); i++) {
        if (is_wanted(only, checks[i].subject))
            needs |= checks[i].needs;
    }
    return needs;
}

static void reach(Doctor *doctor, Str only)
{
    bool wants_clock = is_wanted(only, "clock");
    unsigned needs = needs_of(only);
    doctor->has_home = home_find(doctor->command->settings, &doctor->home, &doctor->home_error);
    if (needs & NEEDS_DATABASE || wants_clock || is_wanted(only, "postgresql")) {
        doctor->subject = "postgresql";
        doctor_reach_database(doctor);
    }
    if (needs & NEEDS_REDIS || wants_clock || is_wanted(only, "redis")) {
        doctor->subject = "redis";
        doctor_reach_redis(doctor);
    }
}

static int report(const Doctor *doctor, bool as_json)
{
    bool is_well = true;
    bool printed = true;
    if (as_json)
        printed = doctor_print_json(doctor);
    else
        doctor_print(doctor);
    for (size_t i = 0; i < doctor->findings.count; i++) {
        const Finding *finding = doctor->findings.items[i];
        if (finding->severity >= FINDING_ERROR && !finding->is_fixed)
            is_well = false;
    }
    return is_well && printed ? 0 : 1;
}

int command_doctor(Command *command)
{
    Str unknown;
    Doctor doctor = {.command = command, .arena = command->arena};
    bool as_json = command_take_flag(command, "--json");
    doctor.fix = command_take_flag(command, "--fix");
    doctor.dry_run = command_take_flag(command, "--dry-run");
    const char *option = command_take_option(command, "--only");
    Str only = option ? str_of(option) : STR("");
    if (command->argc > 0)
        return command_refuse_rest(command);
    if (doctor.dry_run && !doctor.fix)
        return command_misuse(command, "--dry-run needs --fix");
    if (option && (str_empty(only) || find_unknown(only, &unknown)))
        return command_misuse(command, "no such check: \"%.*s\"",
                              STR_ARGS(str_empty(only) ? only : unknown));
    doctor.has_own_database = str_empty(config_str(command->settings, "NETGURU_DATABASE_URL"));
    doctor.has_own_redis = str_empty(config_str(command->settings, "NETGURU_REDIS_URL"));
    reach(&doctor, only);
    for (size_t i = 0; i < COUNT_OF(checks); i++) {
        if (is_wanted(only, checks[i].subject))
            run_check(&doctor, &checks[i]);
    }
    db_session_close(doctor.session);
    db_session_close(doctor.writing);
    return report(&doctor, as_json);
}
