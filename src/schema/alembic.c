/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/alembic.h"

#include "base/strbuf.h"
#include "ops/migrate.h"
#include "ops/migrations.h"
#include "ops/sql_split.h"
#include "schema/files.h"

static const char ini[] = "# Written by netguru migrate export-alembic.\n"
                          "[alembic]\n"
                          "script_location = %(here)s\n"
                          "path_separator = os\n";

/* Takes the lock of our own migrations, and makes alembic_version belong to netguru_owner. */
static const char env[] =
    "# Written by netguru migrate export-alembic.\n"
    "import os\n"
    "import re\n"
    "\n"
    "import sqlalchemy\n"
    "from alembic import context\n"
    "\n"
    "MIGRATION_LOCK = 0x6e657467757275\n"
    "\n"
    "\n"
    "def url():\n"
    "    given = context.config.get_main_option('sqlalchemy.url')\n"
    "    given = given or os.environ.get('NETGURU_OWNER_DATABASE_URL')\n"
    "    if not given:\n"
    "        raise SystemExit('set NETGURU_OWNER_DATABASE_URL to the address of the database')\n"
    "    return re.sub('^postgres(ql)?://', 'postgresql+psycopg2://', given)\n"
    "\n"
    "\n"
    "def run_offline():\n"
    "    context.configure(dialect_name='postgresql', literal_binds=True,\n"
    "                      transaction_per_migration=True)\n"
    "    context.execute('SET ROLE netguru_owner')\n"
    "    with context.begin_transaction():\n"
    "        context.run_migrations()\n"
    "\n"
    "\n"
    "def run_online():\n"
    "    engine = sqlalchemy.create_engine(url(), poolclass=sqlalchemy.pool.NullPool)\n"
    "    with engine.connect() as connection:\n"
    "        lock = f'SELECT pg_try_advisory_lock({MIGRATION_LOCK})'\n"
    "        if not connection.exec_driver_sql(lock).scalar():\n"
    "            raise SystemExit('another migration is running')\n"
    "        connection.exec_driver_sql('SET ROLE netguru_owner')\n"
    "        connection.exec_driver_sql(\"SET lock_timeout = '5s'\")\n"
    "        connection.commit()\n"
    "        context.configure(connection=connection, transaction_per_migration=True)\n"
    "        with context.begin_transaction():\n"
    "            context.run_migrations()\n"
    "\n"
    "\n"
    "if context.is_offline_mode():\n"
    "    run_offline()\n"
    "else:\n"
    "    run_online()\n";

static const char mako[] = "\"\"\"${message}\"\"\"\n"
                           "from alembic import op\n"
                           "import sqlalchemy as sa\n"
                           "\n"
                           "revision = ${repr(up_revision)}\n"
                           "down_revision = ${repr(down_revision)}\n"
                           "branch_labels = ${repr(branch_labels)}\n"
                           "depends_on = ${repr(depends_on)}\n"
                           "\n"
                           "\n"
                           "def upgrade():\n"
                           "    ${upgrades if upgrades else \"pass\"}\n"
                           "\n"
                           "\n"
                           "def downgrade():\n"
                           "    ${downgrades if downgrades else \"pass\"}\n";

/* The driver's cursor takes the text as it is: neither ":name" nor "%" means anything in it. */
static const char runner[] =
    "\n"
    "\n"
    "def run(statements, in_transaction):\n"
    "    migration = op.get_context()\n"
    "    if migration.as_sql:\n"
    "        for statement in statements:\n"
    "            migration.impl.static_output(statement + ';')\n"
    "    elif in_transaction:\n"
    "        for statement in statements:\n"
    "            op.get_bind().connection.cursor().execute(statement)\n"
    "    else:\n"
    "        with migration.autocommit_block():\n"
    "            for statement in statements:\n"
    "                op.get_bind().connection.cursor().execute(statement)\n";

/* A Python string literal, readable as SQL: only backslashes and triple quotes are escaped. */
static void append_literal(StrBuf *out, Str text)
{
    strbuf_append(out, STR("    \"\"\"\\\n"));
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '\\' || text.data[i] == '"')
            strbuf_append_byte(out, '\\');
        strbuf_append_byte(out, text.data[i]);
    }
    strbuf_append(out, STR("\"\"\",\n"));
}

static void append_direction(StrBuf *out, MigrateStep step)
{
    Str statement;
    Str rest = str_trim(migrate_step_sql(step));
    bool has_transaction = migrate_step_has_transaction(step);
    const char *name = step.up ? "UP" : "DOWN";
    strbuf_printf(out, "\n\n%s = [\n", name);
    if (has_transaction)
        append_literal(out, rest);
    while (!has_transaction && sql_next_statement(&rest, &statement))
        append_literal(out, str_trim(statement));
    strbuf_printf(out, "]\n\n\ndef %s():\n    run(%s, %s)\n", step.up ? "upgrade" : "downgrade",
                  name, has_transaction ? "True" : "False");
}

static bool export_revision(const char *directory, unsigned index, Arena *arena, Error *error)
{
    const char *revision = migrations[index].revision;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, MIGRATE_SCRIPT_MAX_BYTES);
    strbuf_printf(&out, "\"\"\"%s\"\"\"\nfrom alembic import op\n\nrevision = '%s'\n", revision,
                  revision);
    if (index)
        strbuf_printf(&out, "down_revision = '%s'\n", migrations[index - 1].revision);
    else
        strbuf_append(&out, STR("down_revision = None\n"));
    strbuf_append(&out, STR("branch_labels = None\ndepends_on = None\n"));
    strbuf_append(&out, str_of(runner));
    append_direction(&out, (MigrateStep){index, true});
    append_direction(&out, (MigrateStep){index, false});
    check(!out.overflowed);
    Str path = arena_printf(arena, "%s/versions/%s.py", directory, revision);
    return file_replace(arena, path.data, strbuf_str(&out), error);
}

static bool export_file(const char *directory, const char *name, const char *text, Arena *arena,
                        Error *error)
{
    Str path = arena_printf(arena, "%s/%s", directory, name);
    return file_replace(arena, path.data, str_of(text), error);
}

bool alembic_export(const char *directory, Arena *arena, Error *error)
{
    if (!directory_create(directory, error) ||
        !directory_create(arena_printf(arena, "%s/versions", directory).data, error) ||
        !export_file(directory, "alembic.ini", ini, arena, error) ||
        !export_file(directory, "env.py", env, arena, error) ||
        !export_file(directory, "script.py.mako", mako, arena, error))
        return false;
    for (unsigned i = 0; i < migration_count; i++) {
        if (!export_revision(directory, i, arena, error))
            return false;
    }
    return true;
}
