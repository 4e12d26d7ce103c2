/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/embedded.h"

#include "base/strbuf.h"
#include "base/time.h"
#include "ops/migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { OLDEST_POSTGRES = 15, NEWEST_POSTGRES = 30, CONFIG_MAX_BYTES = 8 * 1024 };

/* Durable as in the design document: snapshots and a journal synced every second. */
static const char redis_conf[] = "port 0\n"
                                 "daemonize no\n"
                                 "save 900 1\n"
                                 "save 300 10\n"
                                 "save 60 10000\n"
                                 "appendonly yes\n"
                                 "appendfsync everysec\n"
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

static bool rename_file(const Home *home, const char *from, const char *to, Error *error)
{
    home_enter(home);
    int problem = rename(from, to) == 0 ? 0 : errno;
    home_leave(home);
    return problem == 0 || error_set_errno(error, problem, to);
}

/* Whole or not at all; owned by the servers' user. */
static bool write_file(const Home *home, const char *path, Str text, Error *error)
{
    char temporary[720];
    snprintf(temporary, sizeof(temporary), "%s.new", path);
    int file = home_open_file(home, temporary, O_WRONLY | O_CREAT | O_TRUNC);
    if (file < 0)
        return error_set_errno(error, errno, temporary);
    bool written = write(file, text.data, text.size) == (ssize_t)text.size && fsync(file) == 0;
    int problem = errno;
    close(file);
    return written ? rename_file(home, temporary, path, error)
                   : error_set_errno(error, problem, path);
}

static bool write_postgres_conf(const Home *home, const Config *settings, Error *error)
{
    char path[680];
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
                  "unix_socket_permissions = 0700\n"
                  "max_connections = %lld\n"
                  "shared_buffers = '64MB'\n"
                  "timezone = 'UTC'\n"
                  "log_timezone = 'UTC'\n"
                  "log_min_messages = 'warning'\n"
                  "log_min_duration_statement = '1s'\n"
                  "log_parameter_max_length = 0\n"
                  "log_parameter_max_length_on_error = 0\n",
                  home->run, (long long)connections + 20);
    if (has_statements)
        strbuf_append(&text, STR("shared_preload_libraries = 'pg_stat_statements'\n"));
    snprintf(path, sizeof(path), "%s/netguru.conf", home->postgres);
    return write_file(home, path, strbuf_str(&text), error);
}

static bool make_cluster(const Home *home, const char *programs, Error *error)
{
    char initdb[160];
    char path[680];
    snprintf(initdb, sizeof(initdb), "%s/initdb", programs);
    ServiceOptions options = {
        .name = "initdb",
        .arguments = {initdb, "-D", home->postgres, "-U", "postgres", "--auth=trust", "-E", "UTF8",
                      "--locale=C.UTF-8", "--no-instructions", NULL},
        .stop_signal = SIGTERM,
    };
    if (!service_run(home, &options, error))
        return false;
    snprintf(path, sizeof(path), "%s/postgresql.conf", home->postgres);
    int file = home_open_file(home, path, O_WRONLY | O_APPEND);
    if (file < 0)
        return error_set_errno(error, errno, path);
    bool written = dprintf(file, "\ninclude 'netguru.conf'\n") > 0;
    close(file);
    snprintf(path, sizeof(path), "%s/pg_hba.conf", home->postgres);
    return written && write_file(home, path, STR("local all all trust\n"), error);
}

bool embedded_prepare_postgres(const Home *home, const Config *settings,
                               ServiceOptions *out_service, Error *error)
{
    static char programs[128];
    static char postgres[160];
    char version_file[680];
    if (!embedded_find_postgres(programs, sizeof(programs), error))
        return false;
    snprintf(version_file, sizeof(version_file), "%s/PG_VERSION", home->postgres);
    if (access(version_file, F_OK) != 0 && !make_cluster(home, programs, error))
        return false;
    if (!write_postgres_conf(home, settings, error))
        return false;
    snprintf(postgres, sizeof(postgres), "%s/postgres", programs);
    *out_service = (ServiceOptions){
        .name = "postgres",
        .arguments = {postgres, "-D", home->postgres, NULL},
        .stop_signal = SIGINT,
    };
    return true;
}

bool embedded_prepare_redis(const Home *home, ServiceOptions *out_service, Error *error)
{
    static char path[680];
    auto_strbuf StrBuf text = {0};
    if (access("/usr/bin/redis-server", X_OK) != 0)
        return error_set(error, ERR_NOT_FOUND,
                         "Redis is not installed: apt-get install redis-server");
    strbuf_init(&text, CONFIG_MAX_BYTES);
    strbuf_printf(&text,
                  "# Written by netguru up at every start.\n%sdir %s\nunixsocket %s/redis.sock\n"
                  "unixsocketperm 700\n",
                  redis_conf, home->redis, home->run);
    snprintf(path, sizeof(path), "%s/redis.conf", home->redis);
    if (!write_file(home, path, strbuf_str(&text), error))
        return false;
    *out_service = (ServiceOptions){
        .name = "redis",
        .arguments = {"/usr/bin/redis-server", path, NULL},
        .stop_signal = SIGTERM,
    };
    return true;
}

static const DbStatement has_database = {
    "embedded_has_database",
    "SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'netguru')",
};

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
    Str url = arena_printf(arena, "host=%s user=postgres dbname=netguru", home->run);
    auto_session DbSession *database = db_session_open(url, "netguru up", error);
    return database && migrate_provision(database, error);
}

bool embedded_wait_postgres(const Home *home, unsigned timeout_ms, Error *error)
{
    auto_arena Arena *arena = arena_new();
    Str url = arena_printf(arena, "host=%s user=postgres dbname=postgres", home->run);
    uint64_t until = time_monotonic_ms() + timeout_ms;
    for (;;) {
        auto_session DbSession *session = db_session_open(url, "netguru up", error);
        if (session)
            return make_database(home, session, error);
        if (time_monotonic_ms() > until)
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
    /* LOADING is an answer, but not the one that is waited for. */
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
