/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/embedded.h"

#include "base/strbuf.h"
#include "base/time.h"
#include "ops/migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    OLDEST_POSTGRES = 15,
    NEWEST_POSTGRES = 30,
    FIRST_WITH_PARAMETERS = 16, /* in the plans of auto_explain */
    CONFIG_MAX_BYTES = 8 * 1024,
    OTHER_CONNECTIONS = 20,
    RECOVERY_MS = 10 * 60 * 1000,
};

/* In log/ of the cluster, where only PostgreSQL's user can write. */
#define POSTGRES_LOG "postgresql.log"

/*
 * Redis writes snapshots, and an append-only file that is synced every second. SHUTDOWN writes no
 * snapshot, because the append-only file holds everything; so a stop does not wait for a snapshot
 * that cannot be written (the directory may be deleted).
 */
static const char redis_conf[] = "port 0\n"
                                 "daemonize no\n"
                                 "save 900 1\n"
                                 "save 300 10\n"
                                 "save 60 10000\n"
                                 "appendonly yes\n"
                                 "appendfsync everysec\n"
                                 "shutdown-on-sigterm nosave now force\n"
                                 "shutdown-on-sigint nosave now force\n"
                                 "maxmemory-policy noeviction\n"
                                 "databases 4\n";

bool embedded_find_postgres(char *out_directory, size_t size, Error *error)
{
    char program[128];
    for (int version = NEWEST_POSTGRES; version >= OLDEST_POSTGRES; version--) {
        snprintf(program, sizeof(program), "/usr/lib/postgresql/%d/bin/initdb", version);
        if (access(program, X_OK) != 0)
            continue;
        snprintf(out_directory, size, "/usr/lib/postgresql/%d/bin", version);
        return true;
    }
    static const char *const other_places[] = {"/usr/local/pgsql/bin", "/usr/local/bin",
                                               "/usr/bin"};
    for (size_t i = 0; i < COUNT_OF(other_places); i++) {
        snprintf(program, sizeof(program), "%s/initdb", other_places[i]);
        if (access(program, X_OK) == 0) {
            snprintf(out_directory, size, "%s", other_places[i]);
            return true;
        }
    }
    return error_set(error, ERR_NOT_FOUND,
                     "PostgreSQL %d or later is not installed: apt-get install postgresql",
                     OLDEST_POSTGRES);
}

/* The user who owns a configuration file. */
typedef enum { OF_HOME, OF_POSTGRES } FileOwner;

static int open_owned(const Home *home, FileOwner owner, const char *path, int flags)
{
    return owner == OF_POSTGRES ? home_open_postgres_file(home, path, flags)
                                : home_open_file(home, path, flags);
}

static bool rename_file(const Home *home, FileOwner owner, const char *from, const char *to,
                        Error *error)
{
    if (owner == OF_POSTGRES)
        home_enter_postgres(home);
    else
        home_enter(home);
    int problem = rename(from, to) == 0 ? 0 : errno;
    home_leave(home);
    return problem == 0 || error_set_errno(error, problem, to);
}

/* Writes the whole file, or leaves none. */
static bool write_file(const Home *home, FileOwner owner, const char *path, Str text, Error *error)
{
    char temporary[720];
    snprintf(temporary, sizeof(temporary), "%s.new", path);
    int file = open_owned(home, owner, temporary, O_WRONLY | O_CREAT | O_TRUNC);
    if (file < 0)
        return error_set_errno(error, errno, temporary);
    bool written = write(file, text.data, text.size) == (ssize_t)text.size && fsync(file) == 0;
    int problem = errno;
    close(file);
    return written ? rename_file(home, owner, temporary, path, error)
                   : error_set_errno(error, problem, path);
}

static bool write_postgres_file(const Home *home, const char *name, const StrBuf *text,
                                Error *error)
{
    char path[680];
    check(!text->overflowed);
    snprintf(path, sizeof(path), "%s/%s", home->postgres, name);
    return write_file(home, OF_POSTGRES, path, strbuf_str(text), error);
}

/* Writes who may use the socket: only PostgreSQL's user, or also the group of the home's user. */
static void append_socket_access(StrBuf *text, const Home *home)
{
    const struct group *group = home_separates_postgres(home) ? getgrgid(home->gid) : NULL;
    if (group) {
        strbuf_printf(text, "unix_socket_group = '%s'\nunix_socket_permissions = 0770\n",
                      group->gr_name);
    } else
        strbuf_append(text, STR("unix_socket_permissions = 0700\n"));
}

/* Returns the major version of the cluster, or 0. */
static int64_t cluster_version(const Home *home)
{
    char path[680];
    char text[16];
    int64_t version = 0;
    snprintf(path, sizeof(path), "%s/PG_VERSION", home->postgres);
    int file = home_open_postgres_file(home, path, O_RDONLY);
    ssize_t got = file >= 0 ? read(file, text, sizeof(text)) : -1;
    if (file >= 0)
        close(file);
    if (got <= 0 || !str_parse_i64(str_trim((Str){text, (size_t)got}), &version))
        return 0;
    return version;
}

/* Makes each new connection log the plans of slow statements, without the list of parameters that
 * versions from 16 on would add. EXPLAIN ANALYZE would time every node of every statement, so the
 * plans have estimates only. */
static void append_plans(StrBuf *text, const Home *home, int64_t slow_ms)
{
    if (slow_ms == 0)
        return;
    strbuf_printf(text,
                  "session_preload_libraries = 'auto_explain'\n"
                  "auto_explain.log_min_duration = '%lldms'\n"
                  "auto_explain.log_nested_statements = on\n",
                  (long long)slow_ms);
    if (cluster_version(home) >= FIRST_WITH_PARAMETERS)
        strbuf_append(text, STR("auto_explain.log_parameter_max_length = 0\n"));
}

static bool write_postgres_conf(const Home *home, const Config *settings, Error *error)
{
    auto_strbuf StrBuf text = {0};
    int64_t connections =
        config_int(settings, "NETGURU_POOL_SIZE") + config_int(settings, "NETGURU_POOL_OVERFLOW");
    bool has_statements =
        access("/usr/share/postgresql/15/extension/pg_stat_statements.control", F_OK) == 0;
    strbuf_init(&text, CONFIG_MAX_BYTES);
    strbuf_printf(&text,
                  "# Written by netguru up at every start; your own settings go into "
                  "postgresql.auto.conf (ALTER SYSTEM).\n"
                  "listen_addresses = ''\n"
                  "unix_socket_directories = '%s'\n"
                  "hba_file = '%s/netguru_hba.conf'\n"
                  "ident_file = '%s/netguru_ident.conf'\n"
                  "max_connections = %lld\n"
                  "shared_buffers = '64MB'\n"
                  "timezone = 'UTC'\n"
                  "log_timezone = 'UTC'\n"
                  "log_min_messages = 'warning'\n"
                  "log_min_duration_statement = '1s'\n"
                  "log_parameter_max_length = 0\n"
                  "log_parameter_max_length_on_error = 0\n"
                  "logging_collector = on\n"
                  "log_directory = 'log'\n"
                  "log_filename = '" POSTGRES_LOG "'\n"
                  "log_rotation_age = 0\n"
                  "log_rotation_size = 0\n",
                  home->run, home->postgres, home->postgres,
                  (long long)connections + OTHER_CONNECTIONS);
    append_socket_access(&text, home);
    append_plans(&text, home, config_int(settings, "NETGURU_SLOW_PLANS_MS"));
    if (has_statements)
        strbuf_append(&text, STR("shared_preload_libraries = 'pg_stat_statements'\n"));
    return write_postgres_file(home, "netguru.conf", &text, error);
}

static void append_identities(StrBuf *text, const char *system_user, const char *const *roles)
{
    for (; *roles; roles++)
        strbuf_printf(text, "netguru \"%s\" %s\n", system_user, *roles);
}

/*
 * Writes pg_hba.conf and the user map. The kernel identifies the client of the socket, and the map
 * lists the roles that each system user may take. The servers' user may not be the superuser; root
 * and PostgreSQL's own user may.
 */
static bool write_postgres_access(const Home *home, Error *error)
{
    static const char *const servers[] = {"netguru_serve", "netguru_work", "netguru_app", NULL};
    static const char *const superuser[] = {"postgres", NULL};
    auto_strbuf StrBuf rules = {0};
    auto_strbuf StrBuf map = {0};
    strbuf_init(&rules, CONFIG_MAX_BYTES);
    strbuf_init(&map, CONFIG_MAX_BYTES);
    strbuf_append(&rules, STR("# Written by netguru up at every start.\n"
                              "local all all peer map=netguru\n"));
    strbuf_append(&map, STR("# Written by netguru up at every start: who may be which role.\n"));
    append_identities(&map, home->user, servers);
    append_identities(&map, home->postgres_user.name, superuser);
    append_identities(&map, "root", servers);
    append_identities(&map, "root", superuser);
    return write_postgres_file(home, "netguru_hba.conf", &rules, error) &&
           write_postgres_file(home, "netguru_ident.conf", &map, error);
}

/* Empties postgres.initdb/ with the rights of PostgreSQL's user. */
static bool empty_unfinished(const Home *home, const EmbeddedRunner *runner, Error *error)
{
    ServiceOptions options = {
        .name = "initdb",
        .arguments = {"/usr/bin/find", home->postgres_new, "-mindepth", "1", "-delete", NULL},
        .stop_signal = SIGTERM,
        .user = SERVICE_AS_POSTGRES_USER,
    };
    return runner->run(runner->context, &options, error);
}

static bool run_initdb(const Home *home, const char *programs, const EmbeddedRunner *runner,
                       Error *error)
{
    char initdb[160];
    snprintf(initdb, sizeof(initdb), "%s/initdb", programs);
    ServiceOptions options = {
        .name = "initdb",
        .arguments = {initdb, "-D", home->postgres_new, "-U", "postgres", "--auth=peer", "-E",
                      "UTF8", "--locale=C.UTF-8", "--no-instructions", NULL},
        .stop_signal = SIGTERM,
        .user = SERVICE_AS_POSTGRES_USER,
    };
    return runner->run(runner->context, &options, error);
}

/* Completes the cluster: home_inspect_cluster looks for this line. */
static bool include_conf(const Home *home, Error *error)
{
    char path[680];
    snprintf(path, sizeof(path), "%s/postgresql.conf", home->postgres_new);
    int file = home_open_postgres_file(home, path, O_WRONLY | O_APPEND);
    if (file < 0)
        return error_set_errno(error, errno, path);
    bool written = dprintf(file, "\n" HOME_POSTGRES_INCLUDE "\n") > 0 && fsync(file) == 0;
    int problem = errno;
    close(file);
    return written || error_set_errno(error, problem, path);
}

static bool make_cluster(const Home *home, const char *programs, const EmbeddedRunner *runner,
                         Error *error)
{
    HomeCluster state = HOME_CLUSTER_ABSENT;
    if (!home_make_unfinished_cluster(home, &state, error))
        return false;
    if (state == HOME_CLUSTER_USED) {
        return error_set(error, ERR_CONFLICT,
                         "a PostgreSQL server has run on %s: move it to %s, or remove it if you "
                         "need nothing in it",
                         home->postgres_new, home->postgres);
    }
    if (state == HOME_CLUSTER_UNFINISHED && !empty_unfinished(home, runner, error))
        return false;
    if (state != HOME_CLUSTER_COMPLETE &&
        (!run_initdb(home, programs, runner, error) || !include_conf(home, error)))
        return false;
    return home_finish_cluster(home, error);
}

static bool provide_cluster(const Home *home, const char *programs, const EmbeddedRunner *runner,
                            Error *error)
{
    HomeCluster state = HOME_CLUSTER_ABSENT;
    if (!home_inspect_cluster(home, &state, error))
        return false;
    if (state == HOME_CLUSTER_ABSENT || state == HOME_CLUSTER_EMPTY)
        return make_cluster(home, programs, runner, error);
    return state == HOME_CLUSTER_COMPLETE ||
           error_set(error, ERR_CONFLICT,
                     "%s holds no complete cluster of NetGuru (PG_VERSION, global/pg_control, and "
                     "the line \"" HOME_POSTGRES_INCLUDE "\" in postgresql.conf): restore it from "
                     "a backup, or remove it if you need nothing in it",
                     home->postgres);
}

bool embedded_prepare_postgres(const Home *home, const Config *settings,
                               const EmbeddedRunner *runner, ServiceOptions *out_service,
                               Error *error)
{
    static char programs[128];
    static char postgres[160];
    static char log[680];
    static char reopen[680];
    if (!embedded_find_postgres(programs, sizeof(programs), error) ||
        !provide_cluster(home, programs, runner, error) ||
        !write_postgres_conf(home, settings, error) || !write_postgres_access(home, error))
        return false;
    snprintf(postgres, sizeof(postgres), "%s/postgres", programs);
    snprintf(log, sizeof(log), "%s/log/" POSTGRES_LOG, home->postgres);
    snprintf(reopen, sizeof(reopen), "%s/logrotate", home->postgres); /* what pg_ctl does */
    *out_service = (ServiceOptions){
        .name = "postgres",
        .arguments = {postgres, "-D", home->postgres, NULL},
        .stop_signal = SIGINT,
        .reopen_signal = SIGUSR1,
        .reopen_file = reopen,
        .own_log = log,
        .orphan_signal = SIGINT,
        .user = SERVICE_AS_POSTGRES_USER,
    };
    return true;
}

bool embedded_prepare_redis(const Home *home, const Config *settings, ServiceOptions *out_service,
                            Error *error)
{
    static char path[680];
    auto_strbuf StrBuf text = {0};
    if (access("/usr/bin/redis-server", X_OK) != 0)
        return error_set(error, ERR_NOT_FOUND,
                         "Redis is not installed: apt-get install redis-server");
    strbuf_init(&text, CONFIG_MAX_BYTES);
    strbuf_printf(&text,
                  "# Written by netguru up at every start.\n%sdir %s\nunixsocket %s/redis.sock\n"
                  "unixsocketperm 700\nlogfile %s/redis.log\nmaxmemory %lldmb\n",
                  redis_conf, home->redis, home->run, home->log,
                  (long long)config_int(settings, "NETGURU_REDIS_MEMORY_MB"));
    snprintf(path, sizeof(path), "%s/redis.conf", home->redis);
    if (!write_file(home, OF_HOME, path, strbuf_str(&text), error))
        return false;
    *out_service = (ServiceOptions){
        .name = "redis",
        .arguments = {"/usr/bin/redis-server", path, NULL},
        .stop_signal = SIGTERM,
    };
    return true;
}

DB_STATEMENT has_database = {"embedded_has_database",
                             "SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'netguru')",
                             .runner = DB_BY_OPERATOR};

static bool make_database(const Home *home, DbSession *session, Error *error)
{
    const DbRows *rows = NULL;
    auto_arena Arena *arena = arena_new();
    rows = db_session_query(session, arena, &has_database, DB_NO_PARAMS, error);
    if (!rows)
        return false;
    if (!db_read_bool(rows, 0, 0) &&
        !db_session_run(session, STR("CREATE DATABASE netguru TEMPLATE template0 ENCODING 'UTF8'"),
                        error))
        return false;
    Str url = home_superuser_url(home, "netguru", arena);
    auto_session DbSession *database = db_session_open(url, "netguru up", error);
    return database && migrate_provision(database, error);
}

DB_STATEMENT in_recovery = {"embedded_in_recovery", "SELECT pg_is_in_recovery()",
                            .runner = DB_BY_OPERATOR};

/* After a restore to a point in time, the server answers before it accepts changes. */
static bool wait_for_recovery(DbSession *session, Error *error)
{
    uint64_t until = time_monotonic_ms() + RECOVERY_MS;
    for (;;) {
        auto_arena Arena *arena = arena_new();
        const DbRows *rows = db_session_query(session, arena, &in_recovery, DB_NO_PARAMS, error);
        if (!rows || !db_read_bool(rows, 0, 0))
            return rows != NULL;
        if (time_monotonic_ms() > until)
            return error_set(error, ERR_UNAVAILABLE,
                             "PostgreSQL is still in recovery after %d minutes: end it with SELECT "
                             "pg_promote()",
                             RECOVERY_MS / 60000);
        usleep(20 * 1000);
    }
}

/* Returns whether the server runs but still replays its log. Our clusters speak English. */
static bool is_replaying(const Error *error)
{
    return str_find(str_of(error->message), STR("the database system is")) != STR_NOT_FOUND;
}

bool embedded_wait_postgres(const Home *home, unsigned timeout_ms, Error *error)
{
    auto_arena Arena *arena = arena_new();
    Str url = home_superuser_url(home, "postgres", arena);
    uint64_t until = time_monotonic_ms() + timeout_ms;
    for (;;) {
        auto_session DbSession *session = db_session_open(url, "netguru up", error);
        if (session)
            return wait_for_recovery(session, error) && make_database(home, session, error);
        if (time_monotonic_ms() > until + (is_replaying(error) ? RECOVERY_MS : 0))
            return error_prefix(error,
                                "PostgreSQL did not start (see %s/postgres.log): ", home->log);
        usleep(20 * 1000);
    }
}

static bool redis_answers(const char *path)
{
    char reply[16];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = 1};
    str_copy_to(str_of(path), address.sun_path, sizeof(address.sun_path));
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0)
        return false;
    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    /* A reply of LOADING means that Redis is not ready yet. */
    bool answers = connect(client, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
                   write(client, "PING\r\n", 6) == 6 && read(client, reply, sizeof(reply)) >= 5 &&
                   memcmp(reply, "+PONG", 5) == 0;
    close(client);
    return answers;
}

bool embedded_wait_redis(const Home *home, unsigned timeout_ms, Error *error)
{
    char path[680];
    uint64_t until = time_monotonic_ms() + timeout_ms;
    snprintf(path, sizeof(path), "%s/redis.sock", home->run);
    while (!redis_answers(path)) {
        if (time_monotonic_ms() > until)
            return error_set(error, ERR_UNAVAILABLE, "Redis did not start (see %s/redis.log)",
                             home->log);
        usleep(20 * 1000);
    }
    return true;
}
