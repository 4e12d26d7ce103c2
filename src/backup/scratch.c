/* SPDX-License-Identifier: Apache-2.0 */
/* Databases for a time: made from an archive, compared or renamed, dropped. */
#include "backup/backup_private.h"

#include "backup/program.h"
#include "base/log.h"
#include "base/random.h"
#include "ops/migrate.h"

#include <stdio.h>

#define PREFIX "netguru_scratch_"

enum { NAME_SIZE = 64 };

struct ScratchFiller {
    Program restore;
    ArchiveVisitor next;
    bool has_next;
    bool in_database;
    bool ended; /* pg_restore has ended well */
};

DB_STATEMENT find_leftovers = {
    "backup_scratch_find_leftovers",
    "SELECT datname FROM pg_database WHERE datname ~ '^netguru_scratch_[a-z]+_[0-9a-f]{12}$'",
    .runner = DB_BY_OPERATOR};

bool scratch_sweep(DbSession *session, Error *error)
{
    auto_arena Arena *arena = arena_new();
    const DbRows *rows = db_session_query(session, arena, &find_leftovers, DB_NO_PARAMS, error);
    for (size_t i = 0; rows && i < rows->count; i++) {
        if (!scratch_drop(session, arena_cstring(arena, db_str(rows, i, 0)), error))
            return false;
    }
    return rows != NULL;
}

bool scratch_drop(DbSession *session, const char *name, Error *error)
{
    char sql[128];
    snprintf(sql, sizeof(sql), "DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)", name);
    return db_session_run(session, str_of(sql), error);
}

void scratch_abandon(DbSession *session, const char *name)
{
    Error error = {0};
    if (!scratch_drop(session, name, &error))
        log_warn("backup.scratch_left", LOG_TEXT("database", name),
                 LOG_TEXT("reason", error.message));
}

const char *scratch_make(const Backup *backup, DbSession *session, const char *purpose,
                         Arena *arena, Error *error)
{
    char sql[160];
    uint8_t number[6];
    char *name = arena_alloc(arena, NAME_SIZE);
    random_bytes(number, sizeof(number));
    snprintf(name, NAME_SIZE, PREFIX "%s_%02x%02x%02x%02x%02x%02x", purpose, number[0], number[1],
             number[2], number[3], number[4], number[5]);
    snprintf(sql, sizeof(sql), "CREATE DATABASE \"%s\" TEMPLATE template0 ENCODING 'UTF8'", name);
    if (!db_session_run(session, str_of(sql), error)) {
        error_prefix(error, "cannot make a scratch database: ");
        return NULL;
    }
    auto_session DbSession *inside = backup_connect(backup, name, error);
    if (inside && migrate_provision(inside, error))
        return name;
    scratch_abandon(session, name);
    return NULL;
}

static void abandon(void *child)
{
    program_abandon(child);
}

/* The database is made again if the server fails meanwhile, and a later commit that is synchronous
 * makes everything before it durable. pgvector before 0.8.2 must not build in parallel. */
static char *const *environment_for_restore(const DbSession *session, Arena *arena)
{
    static const char options[] =
        "PGOPTIONS=-c synchronous_commit=off -c maintenance_work_mem=256MB"
        " -c max_parallel_maintenance_workers=0";
    size_t count = 0;
    char *const *own = db_session_variables(session, arena);
    while (own[count])
        count++;
    char **all = ARENA_ARRAY(arena, char *, count + 2);
    all[0] = arena_cstring(arena, str_of(options)); /* the first one counts */
    for (size_t i = 0; i < count; i++)
        all[i + 1] = own[i];
    return all;
}

ScratchFiller *scratch_filler_new(const Backup *backup, DbSession *session, const char *database,
                                  Arena *arena, Error *error)
{
    Str program;
    ScratchFiller *filler = ARENA_NEW(arena, ScratchFiller);
    auto_session DbSession *inside = backup_connect(backup, database, error);
    if (!inside || !program_find_postgres(arena, db_session_server_major(session), "pg_restore",
                                          &program, error))
        return NULL;
    Str option = arena_printf(arena, "--dbname=%s", database);
    const ProgramOptions options = {
        .arguments = {program.data, "--exit-on-error", "--no-password", option.data, NULL},
        .environment = environment_for_restore(inside, arena),
        .writes = true,
    };
    if (!program_start(&options, &filler->restore, error))
        return NULL;
    arena_on_free(arena, abandon, &filler->restore);
    return filler;
}

void scratch_filler_pass(ScratchFiller *filler, const ArchiveVisitor *next)
{
    filler->next = *next;
    filler->has_next = true;
}

static bool begin(void *context, Str name, uint64_t size, Error *error)
{
    ScratchFiller *filler = context;
    filler->in_database = str_starts_with(name, STR("database/"));
    if (filler->in_database || str_equal(name, STR(ARCHIVE_README)))
        return true;
    if (!filler->ended) {
        filler->ended = true;
        if (!program_end(&filler->restore, error))
            return false;
    }
    return !filler->has_next || filler->next.begin(filler->next.context, name, size, error);
}

static bool bytes(void *context, Str part, Error *error)
{
    ScratchFiller *filler = context;
    if (filler->in_database)
        return program_write(&filler->restore, part, error);
    return !filler->ended || !filler->has_next ||
           filler->next.bytes(filler->next.context, part, error);
}

static bool end(void *context, const Sha256 *digest, Error *error)
{
    ScratchFiller *filler = context;
    return !filler->ended || !filler->has_next ||
           filler->next.end(filler->next.context, digest, error);
}

ArchiveVisitor scratch_filler_visitor(ScratchFiller *filler)
{
    return (ArchiveVisitor){begin, bytes, end, filler};
}
