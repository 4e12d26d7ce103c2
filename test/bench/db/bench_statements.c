/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single statements against pgbench -M prepared: the same SQL on the same server with the same
 * number of clients, in turns. Two comparisons: a bare SELECT; and the SELECT with its user set
 * before it, which pgbench does in a pipeline with one sync, as the driver does.
 *
 *     bench_statements [SECONDS [ROUNDS [CLIENTS…]]]
 *
 * It prints medians and their ratios. "CPU" is that of the client, user and system, in µs a
 * statement; pgbench's own statements are one a transaction here.
 */
#include "base/arena.h"
#include "base/log.h"
#include "base/time.h"
#include "db/db.h"
#include "harness/servers.h"
#include "harness/tasks.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 10000, MAX_ROUNDS = 15, MAX_CLIENTS = 512 };

typedef struct {
    double rate;   /* statements a second */
    double cpu_us; /* of the client, a statement */
} Figure;

typedef struct {
    TestPostgres *postgres;
    uint32_t seconds;
    uint32_t rounds;
    uint32_t clients;
    bool with_user;
} Setting;

typedef struct {
    const Setting *setting;
    Loop *loop;
    Db *db;
    uint64_t until_ms;
    uint64_t statements;
    uint32_t running;
} Run;

DB_STATEMENT read_title = {"bench_title", "SELECT title FROM bench WHERE id = $1"};

static double cpu_seconds(const struct rusage *usage)
{
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

static void ask(Task *task, void *argument)
{
    Run *run = argument;
    uint64_t number = task_id(task).slot;
    task->has_user = run->setting->with_user;
    task->user_id = uuid_new();
    while (uv_now(loop_uv(run->loop)) < run->until_ms) {
        ArenaMark mark = arena_mark(task->arena);
        const DbRows *rows = NULL;
        number = (number * 1103515245u + 12345u) % ROWS;
        check(db_query(task, run->db, &read_title, DB_PARAMS(db_i64((int64_t)number + 1)), &rows));
        check(rows->count == 1);
        arena_reset(task->arena, mark);
        run->statements++;
    }
    run->running--;
}

static void drive(Task *task, void *argument)
{
    Run *run = argument;
    /* Connected before the clock starts. */
    check(db_query(task, run->db, &read_title, DB_PARAMS(db_i64(1)), NULL));
    check(task_sleep(task, 100));
    run->until_ms = time_monotonic_ms() + run->setting->seconds * 1000u;
    run->running = run->setting->clients;
    for (uint32_t i = 0; i < run->setting->clients; i++)
        check(task_spawn(task->loop, "client", ask, run).generation);
}

static void close_db(Task *task, void *argument)
{
    db_close(task, argument);
}

static Figure measure_ours(const Setting *setting)
{
    Error error = {0};
    Run run = {.setting = setting, .loop = loop_new(&(LoopOptions){.max_tasks = MAX_CLIENTS + 8})};
    DbOptions options = {.url = str_of(test_postgres_url(setting->postgres)),
                         .without_user = !setting->with_user};
    run.db = db_new(run.loop, &options, &error);
    check(run.db);
    struct rusage before;
    struct rusage after;
    getrusage(RUSAGE_SELF, &before);
    uint64_t start = time_monotonic_ns();
    test_run(run.loop, drive, &run);
    double seconds = (double)(time_monotonic_ns() - start) / 1e9 - 0.1;
    getrusage(RUSAGE_SELF, &after);
    test_run(run.loop, close_db, run.db);
    db_free(run.db);
    loop_free(run.loop);
    double statements = (double)run.statements;
    return (Figure){statements / seconds,
                    (cpu_seconds(&after) - cpu_seconds(&before)) * 1e6 / statements};
}

static const char *const script_bare = "\\set id random(1, 10000)\n"
                                       "SELECT title FROM bench WHERE id = :id;\n";
static const char *const script_user =
    "\\set id random(1, 10000)\n"
    "\\startpipeline\n"
    "SELECT set_config('app.current_user_id', 'c7b9d5a2-5a0e-4b57-8a3e-2f1d3f9f0a11', true);\n"
    "SELECT title FROM bench WHERE id = :id;\n"
    "\\endpipeline\n";

/* The words of one number in pgbench's report: "tps = 30123.4 (without …)". */
static double find_number(Str text, Str name)
{
    size_t at = str_find(text, name);
    if (at == STR_NOT_FOUND)
        fprintf(stderr, "pgbench did not finish:\n%.*s\n", STR_ARGS(text));
    check(at != STR_NOT_FOUND);
    return strtod(text.data + at + name.size, NULL);
}

static void run_pgbench(const Setting *setting, const char *script, int out)
{
    char clients[16];
    char seconds[16];
    char database[512];
    snprintf(clients, sizeof(clients), "-c%u", setting->clients);
    snprintf(seconds, sizeof(seconds), "-T%u", setting->seconds);
    snprintf(database, sizeof(database), "%s", test_postgres_url(setting->postgres));
    dup2(out, STDOUT_FILENO);
    execlp("pgbench", "pgbench", "-n", "-M", "prepared", "-j1", clients, seconds, "-f", script,
           database, (char *)NULL);
    execl("/usr/lib/postgresql/15/bin/pgbench", "pgbench", "-n", "-M", "prepared", "-j1", clients,
          seconds, "-f", script, database, (char *)NULL);
    _exit(127);
}

static Figure measure_pgbench(const Setting *setting)
{
    char script[] = "/tmp/netguru-bench-XXXXXX";
    int file = mkstemp(script);
    check(file >= 0);
    dprintf(file, "%s", setting->with_user ? script_user : script_bare);
    close(file);
    int ends[2];
    check(pipe2(ends, O_CLOEXEC) == 0);
    pid_t pid = fork();
    check(pid >= 0);
    if (pid == 0)
        run_pgbench(setting, script, ends[1]);
    close(ends[1]);
    static char text[4096];
    size_t size = 0;
    ssize_t got = 0;
    while (size < sizeof(text) - 1 &&
           (got = read(ends[0], text + size, sizeof(text) - 1 - size)) > 0)
        size += (size_t)got;
    close(ends[0]);
    int status = 0;
    struct rusage usage;
    check(wait4(pid, &status, 0, &usage) == pid && status == 0);
    unlink(script);
    Str report = str_make(text, size);
    double transactions = find_number(report, STR("number of transactions actually processed: "));
    return (Figure){find_number(report, STR("tps = ")), cpu_seconds(&usage) * 1e6 / transactions};
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values, uint32_t count)
{
    qsort(values, count, sizeof(*values), compare);
    return values[count / 2];
}

static void measure(const Setting *setting)
{
    double rate[2][MAX_ROUNDS];
    double cpu[2][MAX_ROUNDS];
    for (uint32_t i = 0; i < setting->rounds; i++) {
        Figure ours = measure_ours(setting);
        Figure theirs = measure_pgbench(setting);
        rate[0][i] = ours.rate;
        rate[1][i] = theirs.rate;
        cpu[0][i] = ours.cpu_us;
        cpu[1][i] = theirs.cpu_us;
    }
    for (int i = 0; i < 2; i++) {
        rate[i][0] = median(rate[i], setting->rounds);
        cpu[i][0] = median(cpu[i], setting->rounds);
    }
    printf("%3u clients, %-13s ours %7.0f/s %5.2f us, pgbench %7.0f/s %5.2f us: "
           "rate x%.2f, client CPU x%.2f\n",
           setting->clients, setting->with_user ? "user set:" : "bare:", rate[0][0], cpu[0][0],
           rate[1][0], cpu[1][0], rate[0][0] / rate[1][0], cpu[0][0] / cpu[1][0]);
    fflush(stdout);
}

static uint32_t read_argument(int argc, char **argv, int index, uint32_t fallback)
{
    uint32_t value = fallback;
    check(index >= argc || str_parse_u32(str_of(argv[index]), &value));
    return value;
}

int main(int argc, char **argv)
{
    log_setup(LOG_ERROR, LOG_AS_TEXT);
    Setting setting = {.postgres =
                           test_postgres_start(&(TestPostgresOptions){.max_connections = 600}),
                       .seconds = read_argument(argc, argv, 1, 3),
                       .rounds = read_argument(argc, argv, 2, 5)};
    check(setting.rounds > 0 && setting.rounds <= MAX_ROUNDS);
    test_postgres_run(setting.postgres,
                      "CREATE TABLE bench (id int PRIMARY KEY, title text NOT NULL);"
                      "INSERT INTO bench SELECT n, 'title of number ' || n FROM "
                      "generate_series(1, 10000) n");
    test_postgres_run(setting.postgres, "VACUUM ANALYZE bench");
    int last = MAX_OF(argc, 4);
    for (int i = 3; i < last; i++) {
        setting.clients = MIN_OF(read_argument(argc, argv, i, 64), (uint32_t)MAX_CLIENTS);
        for (int with_user = 0; with_user < 2; with_user++) {
            setting.with_user = with_user;
            measure(&setting);
        }
    }
    test_postgres_free(setting.postgres);
    return 0;
}
