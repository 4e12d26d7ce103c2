/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema, compared with what the migrations give: policies, grants, functions, indexes and all
 * else. The declared schema is built in a scratch database, which is dropped.
 *
 * --fix repairs a schema from which policies, grants, row security or indexes are only missing.
 * This gives nobody more than the migrations do. Anything else, a changed table for example, is the
 * work of a person: the change may be intended, and undoing it may lose data.
 */
#include "app/doctor/internal.h"

#include "base/time.h"
#include "ops/migrate.h"
#include "ops/sql_split.h"
#include "schema/declared.h"

enum { COMPARE_TIMEOUT_MS = 60 * 1000 };

/* The comparison asks a function without context whether it is to end. */
static uint64_t compare_ends_ms;

static bool is_late(void)
{
    return time_monotonic_ms() > compare_ends_ms;
}

void doctor_check_revision(Doctor *doctor)
{
    Error error = {0};
    if (doctor->has_schema) {
        doctor_add(doctor, FINDING_OK, "the head revision of this program");
        return;
    }
    (void)!migrate_check(doctor->session, &error);
    Finding *finding = doctor_add(doctor, FINDING_ERROR, "%s", error.message);
    finding->cause = STR("serve and work do not start on another revision");
    finding->command = STR("netguru migrate upgrade head");
}

static bool has_name(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal(str_of(names[i]), str_of(name)))
            return true;
    }
    return false;
}

static const char *const right_kinds[] = {"policy",       "grant",         "grant on a column",
                                          "row security", "default grant", "owner"};
static const char *const safe_kinds[] = {"policy", "grant", "grant on a column", "index"};

/* What is missing works against users; what is extra only if it gives rights. */
static Severity severity_of(const SchemaDifference *difference)
{
    if (has_name(right_kinds, COUNT_OF(right_kinds), difference->kind))
        return FINDING_ERROR;
    if (difference->finding == SCHEMA_EXTRA || str_equal(str_of(difference->kind), STR("index")))
        return FINDING_WARNING;
    return FINDING_ERROR;
}

/* Row security that was switched off is "missing" or, where it was forced, "different". */
static bool is_safe_to_undo(const SchemaDifference *difference)
{
    if (str_equal(str_of(difference->kind), STR("row security")))
        return difference->finding != SCHEMA_EXTRA;
    return difference->finding == SCHEMA_MISSING &&
           has_name(safe_kinds, COUNT_OF(safe_kinds), difference->kind);
}

static bool is_safe(const SchemaComparison *repair)
{
    bool safe = !repair->by_hand && !repair->deletes_data && !repair->needs_superuser;
    for (size_t i = 0; i < repair->count; i++)
        safe = safe && is_safe_to_undo(&repair->items[i]);
    return safe;
}

static Str cause_of(const SchemaDifference *difference)
{
    const char *kind = difference->kind;
    if (str_equal(str_of(kind), STR("policy")) || str_equal(str_of(kind), STR("row security")))
        return STR("rows of users are hidden from them, or shown to others");
    if (str_starts_with(str_of(kind), STR("grant")))
        return difference->finding == SCHEMA_EXTRA ? STR("a role may do more than it needs")
                                                   : STR("statements of serve or work are refused");
    if (str_equal(str_of(kind), STR("index")))
        return STR("statements that need it are slow");
    return STR("somebody has changed the schema without a migration");
}

/* Returns the statement with CONCURRENTLY if it builds an index, else an empty string. */
static Str without_blocking(Arena *arena, Str statement)
{
    static const char *const heads[] = {"CREATE INDEX ", "CREATE UNIQUE INDEX "};
    statement = str_trim(statement);
    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        if (str_starts_with(statement, str_of(heads[i])))
            return arena_printf(arena, "%sCONCURRENTLY %.*s", heads[i],
                                STR_ARGS(str_from(statement, strlen(heads[i]))));
    }
    return STR("");
}

/* Rights go in one transaction. Indexes are built one by one beside reads and writes. */
static bool repair_schema(Doctor *doctor, Finding *finding, Error *error)
{
    Str statement;
    Str rest = finding->target;
    Str rights = STR("");
    DbSession *session = doctor_write_session(doctor, error);
    while (session && sql_next_statement(&rest, &statement)) {
        Str index = without_blocking(doctor->arena, statement);
        if (str_empty(index))
            rights =
                arena_printf(doctor->arena, "%.*s%.*s;\n", STR_ARGS(rights), STR_ARGS(statement));
        else if (!db_session_run(session, index, error))
            return false;
    }
    Str script = arena_printf(doctor->arena,
                              "BEGIN; SET LOCAL lock_timeout = '5s'; SET LOCAL ROLE netguru_owner;"
                              "%.*s COMMIT",
                              STR_ARGS(rights));
    if (!session || !db_session_run(session, script, error))
        return false;
    finding->done = STR("ran the SQL of netguru migrate check --sql");
    return true;
}

/* The SQL repairs all differences at once, so only the first of the findings runs it. */
static bool was_repaired(Doctor *doctor, Finding *finding, Error *error)
{
    for (size_t i = 0; i < doctor->findings.count; i++) {
        const Finding *other = doctor->findings.items[i];
        if (other->fix == repair_schema && !other->is_fixed)
            return error_set(error, ERR_CONFLICT, "see the first finding of this check");
    }
    finding->done = STR("by the same SQL");
    return true;
}

static void add_difference(Doctor *doctor, const SchemaComparison *repair, size_t index)
{
    const SchemaDifference *difference = &repair->items[index];
    bool is_one_of_many = index == DOCTOR_MAX_FINDINGS;
    Finding *finding = is_one_of_many ? doctor_add(doctor, FINDING_ERROR, "%zu further differences",
                                                   repair->count - index)
                                      : doctor_add(doctor, severity_of(difference), "%s %s %.*s",
                                                   schema_finding_name(difference->finding),
                                                   difference->kind, STR_ARGS(difference->name));
    finding->cause = cause_of(difference);
    if (is_safe(repair)) {
        finding->command = STR("netguru doctor --fix --only schema");
        finding->fix = index == 0 ? repair_schema : was_repaired;
        finding->target = repair->sql;
        return;
    }
    finding->command =
        STR("netguru migrate check --sql > repair.sql; read it, then run it with psql");
}

void doctor_check_schema(Doctor *doctor)
{
    Error error = {0};
    SchemaComparison repair = {0};
    auto_session DbSession *session = process_open_owner(doctor->command, "netguru doctor", &error);
    const ScratchOptions options = {.source = session, .is_interrupted = is_late};
    compare_ends_ms = time_monotonic_ms() + COMPARE_TIMEOUT_MS;
    if (!session ||
        !db_session_run(session, STR("SET statement_timeout = '60s'; SET lock_timeout = '2s'"),
                        &error) ||
        !declared_compare(&options, doctor->arena, &repair, NULL, &error)) {
        Finding *finding = doctor_add(doctor, FINDING_UNKNOWN,
                                      "it cannot be compared with what "
                                      "the migrations give");
        finding->cause = is_late() ? STR("the comparison did not end in 60 s")
                                   : arena_copy(doctor->arena, str_of(error.message));
        finding->command = STR("netguru migrate check");
        return;
    }
    for (size_t i = 0; i < repair.count && i <= DOCTOR_MAX_FINDINGS; i++)
        add_difference(doctor, &repair, i);
    if (repair.count == 0)
        doctor_add(doctor, FINDING_OK,
                   "tables, policies, grants, functions and indexes are as declared");
}
