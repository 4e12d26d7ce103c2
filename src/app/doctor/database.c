/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL: its version, pgvector, settings, and connections. */
#include "app/doctor/internal.h"

enum { SPARE_CONNECTIONS = 5 }; /* for migrate, maintain, backups and operators */

void doctor_check_database(Doctor *doctor)
{
    if (!doctor->session)
        return; /* reported when it was tried */
    const DbRows *rows = doctor_query(doctor, "SELECT current_setting('server_version'),"
                                              " current_setting('server_version_num')::int");
    if (!rows)
        return;
    const Installed installed = {"PostgreSQL", db_str(rows, 0, 0), doctor->has_own_database};
    if (db_read_i64(rows, 0, 1) < 150000) {
        doctor_add(doctor, FINDING_ERROR, "PostgreSQL %.*s is too old", STR_ARGS(installed.version))
            ->command = STR("upgrade to PostgreSQL 15 or later with pg_upgrade");
        return;
    }
    doctor_add(doctor, FINDING_OK, "PostgreSQL %.*s", STR_ARGS(installed.version));
    doctor_add_defects(doctor, &installed);
}

void doctor_check_extension(Doctor *doctor)
{
    const DbRows *rows =
        doctor_query(doctor, "SELECT e.extversion, a.default_version FROM pg_extension AS e"
                             " LEFT JOIN pg_available_extensions AS a ON a.name = e.extname"
                             " WHERE e.extname = 'vector'");
    if (!rows)
        return;
    if (rows->count == 0) {
        doctor_add(doctor, FINDING_ERROR, "the extension vector is not in the database")->command =
            doctor_psql(doctor, "CREATE EXTENSION vector");
        return;
    }
    const Installed installed = {"pgvector", db_str(rows, 0, 0), doctor->has_own_database};
    Str available = db_str(rows, 0, 1);
    doctor_add(doctor, FINDING_OK, "pgvector %.*s", STR_ARGS(installed.version));
    if (!str_empty(available) && !str_equal(available, installed.version)) {
        Finding *finding = doctor_add(doctor, FINDING_WARNING,
                                      "the database uses pgvector %.*s, but %.*s is installed",
                                      STR_ARGS(installed.version), STR_ARGS(available));
        finding->cause = STR("the package was upgraded without the database");
        finding->command = doctor_psql(doctor, "ALTER EXTENSION vector UPDATE");
    }
    doctor_add_defects(doctor, &installed);
}

typedef struct {
    const char *name;
    const char *wanted;
    Severity severity;
    const char *cause;
} WantedSetting;

static const WantedSetting wanted_settings[] = {
    {"fsync", "on", FINDING_ERROR, "a power failure destroys the database"},
    {"full_page_writes", "on", FINDING_ERROR, "a power failure destroys pages"},
    {"synchronous_commit", "on", FINDING_WARNING,
     "a crash loses the answers and uploads of the last moment"},
    {"autovacuum", "on", FINDING_ERROR, "tables bloat, and in the end the server stops"},
    {"track_counts", "on", FINDING_ERROR, "autovacuum does not run"},
    {"track_activities", "on", FINDING_WARNING, "migrate cannot name who holds a lock"},
    {"server_encoding", "UTF8", FINDING_ERROR, "texts of users cannot be stored"},
};

static void add_setting(Doctor *doctor, const WantedSetting *setting, Str value)
{
    Finding *finding = doctor_add(doctor, setting->severity, "%s is %.*s, not %s", setting->name,
                                  STR_ARGS(value), setting->wanted);
    finding->cause = str_of(setting->cause);
    finding->command =
        str_equal(str_of(setting->name), STR("server_encoding"))
            ? STR("createdb -E UTF8 -T template0, then restore a backup")
            : doctor_psql(doctor, "ALTER SYSTEM SET %s = %s\" -c \"SELECT pg_reload_conf()",
                          setting->name, setting->wanted);
}

/* Near two thousand million transactions without a freeze, PostgreSQL stops to take writes. */
static void check_transaction_ids(Doctor *doctor)
{
    enum { OLD = 500 * 1000 * 1000, VERY_OLD = 1000 * 1000 * 1000 };
    const DbRows *rows = doctor_query(
        doctor, "SELECT age(datfrozenxid) FROM pg_database WHERE datname = current_database()");
    if (!rows || db_read_i64(rows, 0, 0) < OLD)
        return;
    int64_t age = db_read_i64(rows, 0, 0);
    Finding *finding = doctor_add(doctor, age < VERY_OLD ? FINDING_WARNING : FINDING_ERROR,
                                  "%lld transactions since the last freeze", (long long)age);
    finding->cause = STR("vacuum is held back; above 2,000 million the server takes no writes");
    finding->command = doctor_psql(doctor, "VACUUM FREEZE");
}

void doctor_check_database_settings(Doctor *doctor)
{
    const DbRows *rows = doctor_query(doctor, "SELECT name, setting FROM pg_settings");
    size_t wrong = 0;
    for (size_t row = 0; rows && row < rows->count; row++) {
        for (size_t i = 0; i < COUNT_OF(wanted_settings); i++) {
            const WantedSetting *setting = &wanted_settings[i];
            if (!str_equal(db_str(rows, row, 0), str_of(setting->name)) ||
                str_equal(db_str(rows, row, 1), str_of(setting->wanted)))
                continue;
            add_setting(doctor, setting, db_str(rows, row, 1));
            wrong++;
        }
    }
    if (rows && !wrong)
        doctor_add(doctor, FINDING_OK, "%zu settings are as NetGuru needs them",
                   COUNT_OF(wanted_settings));
    check_transaction_ids(doctor);
}

/* The pool is shared by all processes of this machine (NETGURU_POOL_SIZE). */
void doctor_check_connections(Doctor *doctor)
{
    const Config *settings = doctor->command->settings;
    int64_t pool =
        config_int(settings, "NETGURU_POOL_SIZE") + config_int(settings, "NETGURU_POOL_OVERFLOW");
    const DbRows *rows = doctor_query(
        doctor,
        "SELECT current_setting('max_connections')::int"
        " - current_setting('superuser_reserved_connections')::int,"
        " count(*) FILTER (WHERE application_name NOT LIKE 'netguru%') FROM pg_stat_activity"
        " WHERE backend_type = 'client backend'");
    if (!rows)
        return;
    int64_t allowed = db_read_i64(rows, 0, 0);
    int64_t others = db_read_i64(rows, 0, 1);
    if (allowed >= pool + others + SPARE_CONNECTIONS) {
        doctor_add(doctor, FINDING_OK, "%lld allowed: %lld for the pool, %lld of other programs",
                   (long long)allowed, (long long)pool, (long long)others);
        return;
    }
    Finding *finding = doctor_add(
        doctor, FINDING_ERROR, "PostgreSQL allows %lld connections, but %lld may be needed",
        (long long)allowed, (long long)(pool + others + SPARE_CONNECTIONS));
    finding->cause =
        arena_printf(doctor->arena,
                     "the pool may open %lld, other programs have %lld, and %d are for "
                     "operators",
                     (long long)pool, (long long)others, SPARE_CONNECTIONS);
    finding->command =
        arena_printf(doctor->arena, "lower NETGURU_POOL_SIZE, or %.*s and restart PostgreSQL",
                     STR_ARGS(doctor_psql(doctor, "ALTER SYSTEM SET max_connections = %lld",
                                          (long long)(pool + others + 2 * SPARE_CONNECTIONS))));
}
