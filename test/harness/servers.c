/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/servers.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/time.h"
#include "db/session.h"
#include "harness/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { START_MS = 60000, STEP_MS = 20 };

struct TestPostgres {
    TestDirectory directory;
    Arena *arena;
    const char *bin;
    const char *data;
    const char *log;
    const char *url;
    const char *tcp_url;
    pid_t pid;
};

struct TestRedis {
    TestDirectory directory;
    Arena *arena;
    const char *socket;
    const char *url;
    const char *log;
    const char *password;
    pid_t pid;
};

/* Returns the directory of the newest server that the distribution has installed. */
static const char *find_postgres(Arena *arena)
{
    const char *given = getenv("NETGURU_POSTGRES_BIN");
    if (given)
        return given;
    glob_t found = {0};
    check(glob("/usr/lib/postgresql/*/bin", 0, NULL, &found) == 0 && found.gl_pathc > 0);
    const char *bin = arena_cstring(arena, str_of(found.gl_pathv[found.gl_pathc - 1]));
    globfree(&found);
    return bin;
}

static uint16_t find_free_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    check(bind(fd, (struct sockaddr *)&address, size) == 0);
    check(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void write_settings(TestPostgres *postgres, const TestPostgresOptions *options,
                           uint16_t port)
{
    const char *path = arena_printf(postgres->arena, "%s/postgresql.conf", postgres->data).data;
    FILE *file = fopen(path, "ae");
    check(file);
    fprintf(file,
            "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"
            "shared_buffers = 32MB\nport = %u\nunix_socket_directories = '%s'\n"
            "listen_addresses = '%s'\nmax_connections = %u\nautovacuum = off\n"
            "log_min_messages = warning\nlc_messages = 'C'\n",
            port, postgres->directory.path, options->tcp ? "127.0.0.1" : "",
            options->max_connections ? options->max_connections : 100);
    for (const char *const *setting = options->settings; setting && *setting; setting++)
        fprintf(file, "%s\n", *setting);
    check(fclose(file) == 0);
}

static void turn_on_tls(TestPostgres *postgres)
{
    const char *key = arena_printf(postgres->arena, "%s/server.key", postgres->data).data;
    const char *certificate = arena_printf(postgres->arena, "%s/server.crt", postgres->data).data;
    const char *const argv[] = {
        "/usr/bin/openssl", "req",     "-x509", "-newkey", "rsa:2048",  "-nodes", "-subj",
        "/CN=localhost",    "-keyout", key,     "-out",    certificate, NULL};
    test_process_run(argv, "postgres", postgres->log);
    const char *path = arena_printf(postgres->arena, "%s/postgresql.conf", postgres->data).data;
    FILE *file = fopen(path, "ae");
    check(file);
    fprintf(file, "ssl = on\n");
    check(fclose(file) == 0);
}

static void wait_until_it_answers(TestPostgres *postgres)
{
    Error error = {0};
    uint64_t until = time_monotonic_ms() + START_MS;
    while (time_monotonic_ms() < until) {
        DbSession *session = db_session_open(str_of(postgres->url), "netguru test", &error);
        if (session) {
            db_session_close(session);
            return;
        }
        uv_sleep(STEP_MS);
    }
    fprintf(stderr, "%s\n", error.message);
    test_process_give_up("postgres", postgres->log);
}

static void launch(TestPostgres *postgres)
{
    const char *program = arena_printf(postgres->arena, "%s/postgres", postgres->bin).data;
    const char *const argv[] = {program, "-D", postgres->data, NULL};
    postgres->pid = test_process_start(argv, "postgres", postgres->log);
    wait_until_it_answers(postgres);
}

static void make_cluster(TestPostgres *postgres)
{
    const char *initdb = arena_printf(postgres->arena, "%s/initdb", postgres->bin).data;
    const char *const argv[] = {initdb,  "-D", postgres->data, "-U",         "netguru",   "-A",
                                "trust", "-E", "UTF8",         "--locale=C", "--no-sync", NULL};
    test_process_run(argv, "postgres", postgres->log);
}

TestPostgres *test_postgres_start(const TestPostgresOptions *options)
{
    TestPostgres *postgres = MEM_NEW(TestPostgres);
    Arena *arena = postgres->arena = arena_new();
    const TestPostgresOptions defaults = {0};
    uint16_t port = find_free_port();
    test_directory_make(&postgres->directory, "postgres");
    const char *path = postgres->directory.path;
    postgres->bin = find_postgres(arena);
    postgres->data = arena_printf(arena, "%s/data", path).data;
    postgres->log = arena_printf(arena, "%s/postgres.log", path).data;
    postgres->url =
        arena_printf(arena, "host=%s port=%u user=netguru dbname=postgres", path, port).data;
    make_cluster(postgres);
    write_settings(postgres, options ? options : &defaults, port);
    if (options && options->tls)
        turn_on_tls(postgres);
    launch(postgres);
    test_postgres_run(postgres, "CREATE DATABASE netguru");
    postgres->url =
        arena_printf(arena, "postgresql://netguru@/netguru?host=%s&port=%u", path, port).data;
    postgres->tcp_url = arena_printf(arena, "postgresql://netguru@localhost:%u/netguru", port).data;
    return postgres;
}

const char *test_postgres_url(const TestPostgres *postgres)
{
    return postgres->url;
}

const char *test_postgres_tcp_url(const TestPostgres *postgres)
{
    return postgres->tcp_url;
}

const char *test_postgres_url_of(TestPostgres *postgres, const char *user, const char *database)
{
    Str rest = str_from(str_of(postgres->url), str_find(str_of(postgres->url), STR("?")));
    return arena_printf(postgres->arena, "postgresql://%s@/%s%.*s", user ? user : "netguru",
                        database ? database : "netguru", STR_ARGS(rest))
        .data;
}

static DbSession *open_session(const TestPostgres *postgres)
{
    Error error = {0};
    DbSession *session = db_session_open(str_of(postgres->url), "netguru test", &error);
    if (!session) {
        fprintf(stderr, "%s\n", error.message);
        test_process_give_up("postgres", postgres->log);
    }
    return session;
}

void test_postgres_run(const TestPostgres *postgres, const char *script)
{
    Error error = {0};
    DbSession *session = open_session(postgres);
    if (!db_session_run(session, str_of(script), &error)) {
        fprintf(stderr, "%s\n%s\n", script, error.message);
        abort();
    }
    db_session_close(session);
}

int64_t test_postgres_count(const TestPostgres *postgres, const char *sql)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    DbSession *session = open_session(postgres);
    const DbStatement statement = {NULL, sql, NULL};
    const DbRows *rows = db_session_query(session, arena, &statement, DB_NO_PARAMS, &error);
    if (!rows) {
        fprintf(stderr, "%s\n%s\n", sql, error.message);
        abort();
    }
    check(rows->count > 0);
    int64_t count = db_read_i64(rows, 0, 0);
    db_session_close(session);
    return count;
}

/* The children end by themselves when their parent is gone, but only after a while, so they are
 * killed too. */
void test_postgres_kill(TestPostgres *postgres)
{
    pid_t children[256];
    size_t count = test_process_children(postgres->pid, children, COUNT_OF(children));
    test_process_end(&postgres->pid, SIGKILL);
    for (size_t i = 0; i < count; i++)
        kill(children[i], SIGKILL);
    auto_arena Arena *arena = arena_new();
    unlink(arena_printf(arena, "%s/postmaster.pid", postgres->data).data);
}

void test_postgres_freeze(const TestPostgres *postgres, bool frozen)
{
    pid_t children[256];
    size_t count = test_process_children(postgres->pid, children, COUNT_OF(children));
    kill(postgres->pid, frozen ? SIGSTOP : SIGCONT);
    for (size_t i = 0; i < count; i++)
        kill(children[i], frozen ? SIGSTOP : SIGCONT);
}

void test_postgres_stop(TestPostgres *postgres)
{
    test_process_end(&postgres->pid, SIGINT);
}

void test_postgres_restart(TestPostgres *postgres)
{
    check(postgres->pid == 0);
    launch(postgres);
}

void test_postgres_free(TestPostgres *postgres)
{
    if (!postgres)
        return;
    test_process_end(&postgres->pid, SIGQUIT);
    test_directory_remove(&postgres->directory);
    arena_free(postgres->arena);
    mem_free(postgres);
}

static int connect_redis(const TestRedis *redis)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    check(str_copy_to(str_of(redis->socket), address.sun_path, sizeof(address.sun_path)));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(fd >= 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

static void write_words(int fd, const char *const *words)
{
    size_t count = 0;
    while (words[count])
        count++;
    dprintf(fd, "*%zu\r\n", count);
    for (size_t i = 0; i < count; i++)
        dprintf(fd, "$%zu\r\n%s\r\n", strlen(words[i]), words[i]);
}

static bool send_words(int fd, const char *const *words)
{
    write_words(fd, words);
    char first = 0;
    bool answered = read(fd, &first, 1) == 1;
    return answered && first != '-';
}

static bool ask_redis(const TestRedis *redis, const char *const *words)
{
    int fd = connect_redis(redis);
    if (fd < 0)
        return false;
    char rest[256];
    bool done = true;
    if (redis->password) {
        done = send_words(fd, (const char *const[]){"AUTH", redis->password, NULL}) &&
               read(fd, rest, 4) == 4;
    }
    done = done && send_words(fd, words);
    close(fd);
    return done;
}

static void launch_redis(TestRedis *redis)
{
    const char *const argv[] = {"/usr/bin/redis-server",
                                "--port",
                                "0",
                                "--unixsocket",
                                redis->socket,
                                "--unixsocketperm",
                                "777",
                                "--save",
                                "",
                                "--appendonly",
                                "no",
                                "--dir",
                                redis->directory.path,
                                "--requirepass",
                                redis->password ? redis->password : "",
                                NULL};
    redis->pid = test_process_start(argv, "redis", redis->log);
    uint64_t until = time_monotonic_ms() + START_MS;
    while (!ask_redis(redis, (const char *const[]){"PING", NULL})) {
        if (time_monotonic_ms() > until)
            test_process_give_up("redis-server", redis->log);
        uv_sleep(STEP_MS);
    }
}

TestRedis *test_redis_start(const char *password)
{
    TestRedis *redis = MEM_NEW(TestRedis);
    redis->arena = arena_new();
    test_directory_make(&redis->directory, "redis");
    redis->password = password;
    redis->socket = arena_printf(redis->arena, "%s/redis.sock", redis->directory.path).data;
    redis->log = arena_printf(redis->arena, "%s/redis.log", redis->directory.path).data;
    redis->url = arena_printf(redis->arena, "unix://%s", redis->socket).data;
    launch_redis(redis);
    return redis;
}

const char *test_redis_url(const TestRedis *redis)
{
    return redis->url;
}

const char *test_redis_socket(const TestRedis *redis)
{
    return redis->socket;
}

void test_redis_run(const TestRedis *redis, const char *const *words)
{
    if (!ask_redis(redis, words)) {
        fprintf(stderr, "redis: %s failed\n", words[0]);
        abort();
    }
}

int64_t test_redis_number(const TestRedis *redis, const char *const *words)
{
    char text[2048] = "";
    size_t size = 0;
    ssize_t got = 1;
    int64_t number = 0;
    Str line;
    int fd = connect_redis(redis);
    check(fd >= 0 && !redis->password);
    write_words(fd, words);
    write_words(fd, (const char *const[]){"QUIT", NULL}); /* the server closes after its answer */
    for (; got > 0 && size < sizeof(text); size += (size_t)MAX_OF(got, (ssize_t)0))
        got = read(fd, text + size, sizeof(text) - size);
    close(fd);
    Str rest = {text, size};
    check(str_next_line(&rest, &line) && line.size > 1 && line.data[0] != '-');
    if (line.data[0] == '$' && line.data[1] != '-')
        check(str_next_line(&rest, &line));
    else
        line = str_from(line, 1);
    check(str_parse_i64(line, &number));
    return number;
}

void test_redis_kill(TestRedis *redis)
{
    test_process_end(&redis->pid, SIGKILL);
}

void test_redis_freeze(const TestRedis *redis, bool frozen)
{
    kill(redis->pid, frozen ? SIGSTOP : SIGCONT);
}

void test_redis_restart(TestRedis *redis)
{
    check(redis->pid == 0);
    launch_redis(redis);
}

void test_redis_free(TestRedis *redis)
{
    if (!redis)
        return;
    test_process_end(&redis->pid, SIGKILL);
    test_directory_remove(&redis->directory);
    arena_free(redis->arena);
    mem_free(redis);
}
