/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/migrate_script.h"

#include "ops/migrations.h"

static const Str no_transaction = STR_INIT("-- netguru: no transaction");

Str migrate_step_sql(MigrateStep step)
{
    const Migration *migration = &migrations[step.index];
    return str_of(step.up ? migration->up : migration->down);
}

Str migrate_step_file(Arena *arena, MigrateStep step)
{
    return arena_printf(arena, "%s.%s.sql", migrations[step.index].revision,
                        step.up ? "up" : "down");
}

const char *migrate_step_result(MigrateStep step)
{
    if (step.up)
        return migrations[step.index].revision;
    return step.index ? migrations[step.index - 1].revision : NULL;
}

bool migrate_step_has_transaction(MigrateStep step)
{
    Str line;
    Str rest = migrate_step_sql(step);
    while (str_next_field(&rest, '\n', &line)) {
        line = str_trim(line);
        if (str_equal(line, no_transaction))
            return false;
        if (!str_empty(line) && !str_starts_with(line, STR("--")))
            return true;
    }
    return true;
}

/* client_connection_check_interval ends a step whose client was killed. */
void migrate_append_begin(StrBuf *out)
{
    strbuf_printf(out,
                  "BEGIN; SET LOCAL ROLE netguru_owner; SET LOCAL lock_timeout = %d; "
                  "SET LOCAL statement_timeout = 0; "
                  "SET LOCAL client_connection_check_interval = 1000; ",
                  MIGRATE_LOCK_TIMEOUT_MS);
}

void migrate_append_version(StrBuf *out, const char *revision)
{
    strbuf_append(out, STR("\nCREATE TABLE IF NOT EXISTS public.alembic_version (version_num "
                           "varchar(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY "
                           "(version_num));\nDELETE FROM public.alembic_version;\n"));
    if (revision)
        strbuf_printf(out, "INSERT INTO public.alembic_version VALUES ('%s');\n", revision);
}

static void append_line(StrBuf *out, Str line)
{
    strbuf_append(out, line);
    strbuf_append_byte(out, '\n');
}

void migrate_append_script(StrBuf *out, MigrateStep step)
{
    auto_arena Arena *arena = arena_new();
    bool has_transaction = migrate_step_has_transaction(step);
    strbuf_printf(out, "-- %.*s\n", STR_ARGS(migrate_step_file(arena, step)));
    if (has_transaction)
        migrate_append_begin(out);
    else
        strbuf_append(out, STR("SET ROLE netguru_owner; SET statement_timeout = 0;"));
    strbuf_append_byte(out, '\n');
    append_line(out, str_trim(migrate_step_sql(step)));
    if (!has_transaction)
        strbuf_append(out, STR("RESET ROLE; RESET statement_timeout;\nBEGIN; SET LOCAL ROLE "
                               "netguru_owner;"));
    migrate_append_version(out, migrate_step_result(step));
    strbuf_append(out, STR("COMMIT;\n\n"));
}
