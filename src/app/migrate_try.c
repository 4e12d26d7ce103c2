/* SPDX-License-Identifier: Apache-2.0 */
/* netguru migrate: its actions that need a scratch database. */
#include "app/migrate_private.h"

#include "ops/migrations.h"
#include "schema/revision.h"

#include <stdio.h>

enum { JSON_MAX_BYTES = 64 * 1024 * 1024 };

static ScratchOptions scratch_options(const Migrate *migrate)
{
    return (ScratchOptions){
        .source = migrate->session,
        .url = migrate->scratch_url ? str_of(migrate->scratch_url) : STR(""),
        .is_interrupted = migrate_is_interrupted,
    };
}

static bool fail_different(const SchemaComparison *comparison, const char *what, Error *error)
{
    return error_set(error, ERR_CONFLICT,
                     "%s differs in %zu places from what the migrations give: netguru migrate "
                     "check --sql prints what repairs it",
                     what, comparison->count);
}

static bool print_check_json(const Migrate *migrate, const SchemaComparison *repair, Error *error)
{
    Str revision;
    if (!migrate_current(migrate->session, migrate->arena, &revision, error))
        return false;
    JsonWriter *json = json_writer_new(migrate->arena, JSON_MAX_BYTES);
    json_begin_object(json);
    json_field_str(json, "revision", revision);
    json_field_text(json, "head", migrations[migration_count - 1].revision);
    json_key(json, "differences");
    migrate_write_differences(json, repair);
    json_field_str(json, "repair_sql", repair->sql);
    json_field_bool(json, "deletes_data", repair->deletes_data);
    json_field_bool(json, "needs_superuser", repair->needs_superuser);
    json_end(json);
    return migrate_print_json(json, error);
}

static bool print_repair(const SchemaComparison *repair, Error *error)
{
    if (repair->count == 0)
        return true;
    return (command_print(STR("BEGIN;\nSET LOCAL ROLE netguru_owner;\n")) &&
            command_print(repair->sql) && command_print(STR("COMMIT;\n"))) ||
           error_set(error, ERR_IO, "cannot write to standard output");
}

/* With --sql the differences are the answer, not a failure. */
bool migrate_show_check(const Migrate *migrate, Error *error)
{
    SchemaComparison repair;
    const ScratchOptions options = scratch_options(migrate);
    if (!declared_compare(&options, migrate->arena, &repair, NULL, error))
        return false;
    if (migrate->json && !print_check_json(migrate, &repair, error))
        return false;
    if (migrate->sql && !migrate->json)
        return print_repair(&repair, error);
    if (!migrate->json)
        migrate_print_differences(&repair);
    if (repair.count > 0)
        return fail_different(&repair, "the database", error);
    if (!migrate_check(migrate->session, error))
        return false;
    if (!migrate->json)
        printf("the database matches the migrations, at %s (head)\n",
               migrations[migration_count - 1].revision);
    return true;
}

bool migrate_show_plan(const Migrate *migrate, Error *error)
{
    const ScratchOptions options = scratch_options(migrate);
    Str target = !str_empty(migrate->target) ? migrate->target
                 : migrate->downgrade        ? STR("-1")
                                             : STR("head");
    const Plan *plan = plan_make(&options, target, !migrate->downgrade, migrate->arena, error);
    return plan && migrate_print_plan(plan, migrate->json, migrate->arena, error);
}

static void print_copy(int64_t bytes)
{
    fprintf(stderr, "copying the database (%.1f MB)\n", (double)bytes / 1e6);
}

static void print_times(const Rehearsal *rehearsal, const BackupCopy *backup)
{
    if (!backup) {
        printf("copied in %.2f s, upgraded in %.2f s; the copy was dropped\n",
               rehearsal->copy_seconds, rehearsal->upgrade_seconds);
        return;
    }
    printf("restored %.*s, made at %.*s, in %.2f s; ", STR_ARGS(backup->name),
           STR_ARGS(backup->created_at), rehearsal->copy_seconds);
    if (str_equal(rehearsal->former, rehearsal->revision))
        printf("it is at %.*s already: nothing was upgraded; ", STR_ARGS(rehearsal->former));
    else
        printf("upgraded from %.*s to %.*s in %.2f s; ", STR_ARGS(rehearsal->former),
               STR_ARGS(rehearsal->revision), rehearsal->upgrade_seconds);
    printf("the scratch database was dropped\n");
}

static void write_backup(JsonWriter *json, const Rehearsal *rehearsal, const BackupCopy *backup)
{
    json_key(json, "backup");
    json_begin_object(json);
    json_field_str(json, "name", backup->name);
    json_field_str(json, "created_at", backup->created_at);
    json_field_str(json, "revision", rehearsal->former);
    json_end(json);
}

/* backup is NULL where the database itself was copied. */
static bool print_rehearsal(const Migrate *migrate, const Rehearsal *rehearsal,
                            const BackupCopy *backup, Error *error)
{
    if (!migrate->json) {
        print_times(rehearsal, backup);
        migrate_print_differences(&rehearsal->after);
        if (rehearsal->after.count == 0)
            printf("the upgraded copy matches the migrations\n");
        return true;
    }
    JsonWriter *json = json_writer_new(migrate->arena, JSON_MAX_BYTES);
    json_begin_object(json);
    if (backup)
        write_backup(json, rehearsal, backup);
    json_key(json, "copy_seconds");
    json_fixed(json, rehearsal->copy_seconds, 3);
    json_key(json, "upgrade_seconds");
    json_fixed(json, rehearsal->upgrade_seconds, 3);
    json_key(json, "differences");
    migrate_write_differences(json, &rehearsal->after);
    json_end(json);
    return migrate_print_json(json, error);
}

bool migrate_show_rehearsal(const Migrate *migrate, Error *error)
{
    const ScratchOptions options = scratch_options(migrate);
    const MigrateHooks hooks = {
        .report = migrate->json ? migrate_print_step_json : migrate_print_step,
        .on_waiting = migrate_print_waiting,
        .is_interrupted = migrate_is_interrupted,
    };
    Rehearsal rehearsal = {.kind = migrate->dump ? SCRATCH_DUMP : SCRATCH_COPY,
                           .hooks = &hooks,
                           .on_copy = print_copy};
    BackupCopy backup = {0};
    Str target = str_empty(migrate->target) ? STR("head") : migrate->target;
    bool done = migrate->from_backup
                    ? migrate_rehearse_backup(migrate, &options, &rehearsal, &backup, error)
                    : rehearse(&options, target, &rehearsal, migrate->arena, error);
    return done &&
           print_rehearsal(migrate, &rehearsal, migrate->from_backup ? &backup : NULL, error) &&
           (rehearsal.after.count == 0 ||
            fail_different(&rehearsal.after, "the upgraded copy", error));
}

/* The step leads from the declared schema to the database, so that a new database gets what this
 * one has. */
static bool generate(const Migrate *migrate, RevisionOptions *revision, Error *error)
{
    SchemaComparison drift;
    SchemaComparison repair;
    const ScratchOptions options = scratch_options(migrate);
    if (!migrate_check(migrate->session, error) ||
        !declared_compare(&options, migrate->arena, &repair, &drift, error))
        return false;
    if (drift.count == 0)
        return error_set(error, ERR_NOT_FOUND,
                         "nothing differs: the database has what the migrations give");
    migrate_print_differences(&repair);
    revision->up = drift.sql;
    revision->down = repair.sql;
    return true;
}

bool migrate_make_revision(const Migrate *migrate, Error *error)
{
    RevisionFiles files;
    if (!migrate->message)
        return error_set(error, ERR_VALIDATION, "revision needs -m TEXT, which names the step");
    RevisionOptions options = {
        .directory = migrate->directory ? migrate->directory : "migrations",
        .text = str_of(migrate->message),
    };
    if ((migrate->autogenerate && !generate(migrate, &options, error)) ||
        !revision_write(&options, migrate->arena, &files, error))
        return false;
    printf("%.*s\n%.*s\n", STR_ARGS(files.up), STR_ARGS(files.down));
    if (migrate->autogenerate) {
        printf("This database has the step already: build the program with it, and run netguru "
               "migrate stamp %.*s\n",
               STR_ARGS(files.name));
    }
    return true;
}
