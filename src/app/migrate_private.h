/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of netguru migrate: its options, what it prints, and the actions that need a scratch
 * database.
 */
#pragma once

#include "app/command.h"
#include "backup/backup.h"
#include "base/json.h"
#include "schema/plan.h"
#include "schema/rehearse.h"

typedef struct {
    const Command *command;
    Arena *arena;
    DbSession *session; /* NULL where an action needs no database */
    Str target;         /* "" when none was given */
    const char *message;
    const char *directory;
    const char *scratch_url;
    const char *from_backup; /* a name, or the path of an archive; NULL: copy the database */
    bool sql;
    bool json;
    bool dump;
    bool downgrade;
    bool autogenerate;
} Migrate;

/* Whether SIGINT or SIGTERM has arrived. */
bool migrate_is_interrupted(void);
void migrate_print_waiting(const char *who);
void migrate_print_step(const char *revision, bool up, double duration_s);
void migrate_print_step_json(const char *revision, bool up, double duration_s);

/* Actions. */
bool migrate_show_check(const Migrate *migrate, Error *error) MUST_USE;
bool migrate_show_plan(const Migrate *migrate, Error *error) MUST_USE;
bool migrate_show_rehearsal(const Migrate *migrate, Error *error) MUST_USE;
/* Rehearses on the database of a backup, and drops it. */
bool migrate_rehearse_backup(const Migrate *migrate, const ScratchOptions *options,
                             Rehearsal *rehearsal, BackupCopy *out_copy, Error *error) MUST_USE;
bool migrate_make_revision(const Migrate *migrate, Error *error) MUST_USE;

/* Print. */
bool migrate_print_plan(const Plan *plan, bool as_json, Arena *arena, Error *error) MUST_USE;
void migrate_print_differences(const SchemaComparison *comparison);
void migrate_write_differences(JsonWriter *json, const SchemaComparison *comparison);
/* Prints the text of the writer and a line break. */
bool migrate_print_json(const JsonWriter *json, Error *error) MUST_USE;
