/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netguru up: the whole of NetGuru on one machine. Starts the embedded servers where no others are
 * named, brings the schema to head, starts serve and work, and keeps all of them running until it
 * is told to stop. Its children end with it, even when it is killed.
 */
#include "app/check.h"
#include "app/client.h"
#include "app/command.h"
#include "app/process.h"

#include "accounts/account_admin.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/time.h"
#include "crypto/password.h"
#include "net/http/server.h"
#include "net/http_client.h"
#include "ops/embedded.h"
#include "ops/migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MAX_CHILDREN = 140,
    STOP_GRACE_MS = 15 * 1000,
    SERVERS_START_MS = 60 * 1000,
    SERVE_START_MS = 30 * 1000,
    FORMER_CHILDREN_MS = 60 * 1000,
    RESTART_PAUSE_MS = 200,
    RESTART_PAUSE_MAX_MS = 10 * 1000,
    MAINTAIN_PAUSE_MS = 5 * 60 * 1000,
    MAINTAIN_PAUSE_MAX_MS = 6 * 60 * 60 * 1000,
};

#define DEMO_EMAIL "demo@netguru.example"

typedef enum {
    CHILD_SERVER,   /* never ends by itself */
    CHILD_ONCE,     /* does one thing and ends */
    CHILD_PERIODIC, /* the same, again and again */
} ChildKind;

typedef struct {
    ServiceOptions options;
    pid_t pid; /* 0: not running */
    ChildKind kind;
    unsigned pause_ms; /* before the next restart */
    uint64_t restart_at_ms;
    uint64_t started_ms;
} Child;

typedef struct {
    Command *command;
    Home home;
    Child children[MAX_CHILDREN]; /* in the order of starting; stopped in reverse */
    size_t child_count;
    bool demo;
    const char *demo_password; /* once the account is made */
    const char *sample;
    const char *knowledge;
    bool check;
    int lock;
    int children_lock;
} Up;

static bool start_child(Up *up, Child *child, Error *error)
{
    child->pid = service_start(&up->home, &child->options, error);
    child->started_ms = time_monotonic_ms();
    if (child->pid > 0)
        return true;
    child->pid = 0;
    return false;
}

static bool add_child(Up *up, const ServiceOptions *options, ChildKind kind, Error *error)
{
    check(up->child_count < MAX_CHILDREN);
    Child *child = &up->children[up->child_count];
    *child = (Child){.options = *options, .kind = kind, .pause_ms = RESTART_PAUSE_MS};
    child->options.lock = up->children_lock;
    if (!start_child(up, child, error))
        return false;
    up->child_count++;
    return true;
}

static void stop_children(Up *up)
{
    while (up->child_count > 0) {
        Child *child = &up->children[--up->child_count];
        if (child->pid > 0)
            service_stop(child->pid, child->options.stop_signal, STOP_GRACE_MS);
    }
}

static bool open_lock(const Up *up, const char *name, int *out_lock, Error *error)
{
    char path[700];
    snprintf(path, sizeof(path), "%s/%s", up->home.run, name);
    *out_lock = home_open_file(&up->home, path, O_RDWR | O_CREAT);
    return *out_lock >= 0 || error_set_errno(error, errno, path);
}

/* Only one supervisor a data directory: two would start two servers on the same files. A record
 * lock: one of flock would live on in a child that has not come to its exec yet. */
static bool take_lock(Up *up, Error *error)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (!open_lock(up, "up.lock", &up->lock, error))
        return false;
    if (fcntl(up->lock, F_SETLK, &whole) == 0)
        return true;
    return error_set(error, ERR_CONFLICT,
                     "netguru up runs already on %s (NETGURU_HOME names another directory)",
                     up->home.path);
}

/* The children hold a lock of their own, as long as one of them lives: those of a supervisor that
 * was killed are still about to end. */
static bool wait_for_former_children(Up *up, Error *error)
{
    uint64_t until = time_monotonic_ms() + FORMER_CHILDREN_MS;
    if (!open_lock(up, "children.lock", &up->children_lock, error))
        return false;
    if (flock(up->children_lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    log_info("up.waiting", LOG_TEXT("for", "the servers of a former run to end"));
    while (flock(up->children_lock, LOCK_EX | LOCK_NB) != 0) {
        if (time_monotonic_ms() > until) {
            return error_set(error, ERR_CONFLICT,
                             "the servers of a former run on %s do not end (fuser %s/children.lock"
                             " names them)",
                             up->home.path, up->home.run);
        }
        usleep(20 * 1000);
    }
    return true;
}

static bool is_embedded(const Config *settings, const char *name)
{
    return str_empty(config_str(settings, name));
}

static bool start_postgres(Up *up, Error *error)
{
    ServiceOptions options;
    if (!is_embedded(up->command->settings, "NETGURU_DATABASE_URL"))
        return true;
    return embedded_prepare_postgres(&up->home, up->command->settings, &options, error) &&
           add_child(up, &options, CHILD_SERVER, error);
}

static bool start_redis(Up *up, Error *error)
{
    ServiceOptions options;
    if (!is_embedded(up->command->settings, "NETGURU_REDIS_URL"))
        return true;
    return embedded_prepare_redis(&up->home, &options, error) &&
           add_child(up, &options, CHILD_SERVER, error);
}

static void report_step(const char *revision, bool up, double duration_s)
{
    log_info("migrate.step", LOG_TEXT("revision", revision), LOG_TEXT("to", up ? "up" : "down"),
             LOG_FLOAT("seconds", duration_s));
}

/* A database of somebody else's is migrated and maintained only where its owner's address is given.
 */
static bool owns_database(const Up *up)
{
    const Config *settings = up->command->settings;
    return is_embedded(settings, "NETGURU_DATABASE_URL") ||
           !is_embedded(settings, "NETGURU_OWNER_DATABASE_URL");
}

static bool migrate(Up *up, Error *error)
{
    const Config *settings = up->command->settings;
    if (!owns_database(up))
        return true;
    if (is_embedded(settings, "NETGURU_DATABASE_URL") &&
        !embedded_wait_postgres(&up->home, SERVERS_START_MS, error))
        return false;
    Str url = home_owner_url(&up->home, settings, up->command->arena);
    auto_session DbSession *session = db_session_open(url, "netguru up", error);
    return session && migrate_upgrade(session, STR("head"), report_step, error);
}

static bool copy_bytes(int source, int target)
{
    struct stat status;
    off_t at = 0;
    bool copied = fstat(source, &status) == 0 && S_ISREG(status.st_mode);
    while (copied && at < status.st_size)
        copied = sendfile(target, source, &at, (size_t)(status.st_size - at)) > 0;
    return copied;
}

/* Read as root, written as the home's user. */
static bool copy_file(const Home *home, const char *from, const char *to, Error *error)
{
    int source = open(from, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        return error_set_errno(error, errno, from);
    int target = home_open_file(home, to, O_WRONLY | O_CREAT | O_TRUNC);
    errno = target < 0 ? errno : EIO; /* what a file that ends early leaves behind */
    bool copied = target >= 0 && copy_bytes(source, target);
    int problem = errno;
    close(source);
    if (target >= 0)
        close(target);
    return copied || error_set_errno(error, problem, to);
}

static bool copy_model_file(Up *up, Str model, const char *name, Error *error)
{
    Arena *arena = up->command->arena;
    Str from = arena_printf(arena, "%.*s/%s", STR_ARGS(model), name);
    Str to = arena_printf(arena, "%s/model/%s", up->home.path, name);
    Str fresh = arena_printf(arena, "%.*s.new", STR_ARGS(to));
    if (!copy_file(&up->home, from.data, fresh.data, error))
        return false;
    home_enter(&up->home);
    int problem = rename(fresh.data, to.data) == 0 ? 0 : errno;
    home_leave(&up->home);
    return problem == 0 || error_set_errno(error, problem, to.data);
}

/*
 * Started by root, the servers run as somebody who may not reach the checkout: they get a copy of
 * the model in the data directory.
 */
static bool bring_model(Up *up, Error *error)
{
    Arena *arena = up->command->arena;
    Str model = process_find_model(up->command->settings, arena);
    Str own = arena_printf(arena, "%s/model", up->home.path);
    if (!up->home.by_root || str_empty(model) || str_equal(model, own))
        return true;
    home_enter(&up->home);
    int problem = mkdir(own.data, 0700) == 0 || errno == EEXIST ? 0 : errno;
    home_leave(&up->home);
    if (problem)
        return error_set_errno(error, problem, own.data);
    if (!copy_model_file(up, model, "vocab.txt", error) ||
        !copy_model_file(up, model, "model.safetensors", error))
        return false;
    /* The children find it in the data directory; the setting would point where they cannot go. */
    unsetenv("NETGURU_MODEL_DIR");
    return true;
}

static bool start_processes(Up *up, Error *error)
{
    const Config *settings = up->command->settings;
    int64_t serves = config_int(settings, "NETGURU_SERVE_PROCESSES");
    int64_t works = config_int(settings, "NETGURU_WORK_PROCESSES");
    ServiceOptions serve = {.name = "serve",
                            .arguments = {"netguru", "serve", NULL},
                            .is_self = true,
                            .stop_signal = SIGTERM};
    ServiceOptions work = {.name = "work",
                           .arguments = {"netguru", "work", NULL},
                           .is_self = true,
                           .stop_signal = SIGTERM};
    for (int64_t i = 0; i < serves; i++) {
        if (!add_child(up, &serve, CHILD_SERVER, error))
            return false;
    }
    for (int64_t i = 0; i < works; i++) {
        if (!add_child(up, &work, CHILD_SERVER, error))
            return false;
    }
    return true;
}

static Str server_url(const Up *up)
{
    Str address = config_str(up->command->settings, "NETGURU_HTTP_ADDRESS");
    if (str_starts_with(address, STR("*:")) || str_starts_with(address, STR("0.0.0.0:")))
        address = arena_printf(up->command->arena, "127.0.0.1:%.*s",
                               STR_ARGS(str_from(address, str_find_last_byte(address, ':') + 1)));
    return arena_printf(up->command->arena, "http://%.*s", STR_ARGS(address));
}

static bool child_has_ended(const Up *up, const char **out_name)
{
    for (size_t i = 0; i < up->child_count; i++) {
        siginfo_t info = {0};
        if (up->children[i].kind != CHILD_SERVER || up->children[i].pid == 0)
            continue;
        if (waitid(P_PID, (id_t)up->children[i].pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            info.si_pid != 0) {
            *out_name = up->children[i].options.name;
            return true;
        }
    }
    return false;
}

static bool wait_until_ready(Up *up, Error *error)
{
    HttpReply reply = {0};
    const char *ended = NULL;
    Arena *arena = up->command->arena;
    HttpClient *client = http_client_new();
    Str url = arena_printf(arena, "%.*s/health/ready", STR_ARGS(server_url(up)));
    HttpCall call = {.method = "GET", .url = url.data, .timeout_s = 5};
    uint64_t until = time_monotonic_ms() + SERVE_START_MS;
    bool ready = false;
    while (!ready && !child_has_ended(up, &ended) && time_monotonic_ms() < until) {
        ready = http_client_call(client, arena, &call, &reply, error) && reply.status == 200;
        if (!ready)
            usleep(10 * 1000);
    }
    http_client_free(client);
    if (ready)
        return true;
    if (ended)
        return error_set(error, ERR_UNAVAILABLE, "%s ended at once: see %s/%s.log", ended,
                         up->home.log, ended);
    return error_set(error, ERR_TIMEOUT, "serve is not ready after %d s: see %s/serve.log",
                     SERVE_START_MS / 1000, up->home.log);
}

static bool make_demo(Up *up, Error *error)
{
    Str hash;
    Str password;
    Arena *arena = up->command->arena;
    const Config *settings = up->command->settings;
    unsigned cost = (unsigned)config_int(settings, "NETGURU_BCRYPT_COST");
    if (!home_demo_password(&up->home, arena, &password, error))
        return false;
    check(password_hash_blocking(arena, password, cost, &hash));
    auto_session DbSession *session =
        db_session_open(home_owner_url(&up->home, settings, arena), "netguru up", error);
    up->demo_password = password.data;
    return session && db_session_run(session, STR("SET ROLE netguru_owner"), error) &&
           account_admin_make_demo(session, STR(DEMO_EMAIL), hash, error);
}

static bool start_ingest(Up *up, Error *error)
{
    if (!up->knowledge)
        return true;
    /* It reads a directory that the servers' user may not reach. */
    ServiceOptions options = {.name = "knowledge",
                              .arguments = {"netguru", "knowledge", "ingest", up->knowledge, NULL},
                              .is_self = true,
                              .stop_signal = SIGTERM,
                              .keeps_root = true};
    return up->check ? service_run(&up->home, &options, error)
                     : add_child(up, &options, CHILD_ONCE, error);
}

static bool start_maintenance(Up *up, Error *error)
{
    ServiceOptions options = {.name = "maintain",
                              .arguments = {"netguru", "maintain", NULL},
                              .is_self = true,
                              .stop_signal = SIGTERM};
    return !owns_database(up) || add_child(up, &options, CHILD_PERIODIC, error);
}

static bool load_sample(Up *up, Error *error)
{
    Arena *arena = up->command->arena;
    Client *client =
        client_login(arena, server_url(up), STR(DEMO_EMAIL), str_of(up->demo_password), error);
    bool loaded = client && check_upload_directory(client, arena, up->sample, error);
    client_free(client);
    return loaded;
}

/* How to call this program from where the user stands. */
static Str program_name(Arena *arena)
{
    char path[1024];
    char here[1024];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path));
    Str program = {path, (size_t)MAX_OF(length, (ssize_t)0)};
    if (str_empty(program) || !getcwd(here, sizeof(here)))
        return STR("netguru");
    Str below = str_from(program, strlen(here) + 1);
    bool is_below = str_starts_with(program, str_of(here)) && !str_empty(below);
    return arena_copy(arena, is_below ? below : program);
}

static void print_banner(const Up *up)
{
    Str url = server_url(up);
    Str program = program_name(up->command->arena);
    printf("\nNetGuru runs at %.*s (data in %s; Ctrl-C stops it)\n", STR_ARGS(url), up->home.path);
    if (up->demo_password) {
        printf("Demo account: %s  password: %s\n\nTry, in another terminal:\n", DEMO_EMAIL,
               up->demo_password);
        printf("  %.*s login --server %.*s %s\n", STR_ARGS(program), STR_ARGS(url), DEMO_EMAIL);
        static const char *const tries[] = {"files", "search 'OSPF neighbor stuck in EXSTART'",
                                            "topology --svg > network.svg",
                                            "analyze sample/captures/mixed.pcapng"};
        for (size_t i = 0; i < COUNT_OF(tries); i++)
            printf("  %.*s %s\n", STR_ARGS(program), tries[i]);
    }
    printf("\n");
    fflush(stdout);
}

/* What fails, and takes its time over it, should not do so all the time. */
static void plan_next_run(Child *child, bool went_well)
{
    child->pause_ms =
        went_well ? MAINTAIN_PAUSE_MS
                  : MIN_OF(MAX_OF(child->pause_ms * 2, MAINTAIN_PAUSE_MS), MAINTAIN_PAUSE_MAX_MS);
    child->restart_at_ms = time_monotonic_ms() + child->pause_ms;
}

static void note_end(Up *up, pid_t pid, int status)
{
    for (size_t i = 0; i < up->child_count; i++) {
        Child *child = &up->children[i];
        if (child->pid != pid)
            continue;
        child->pid = 0;
        if (child->kind == CHILD_SERVER || status != 0) {
            log_warn("up.child_ended", LOG_TEXT("child", child->options.name),
                     LOG_INT("status", status));
        }
        if (child->kind == CHILD_PERIODIC)
            plan_next_run(child, status == 0);
        if (child->kind != CHILD_SERVER)
            return;
        bool ran_well = time_monotonic_ms() - child->started_ms > RESTART_PAUSE_MAX_MS;
        child->pause_ms =
            ran_well ? RESTART_PAUSE_MS : MIN_OF(child->pause_ms * 2, RESTART_PAUSE_MAX_MS);
        child->restart_at_ms = time_monotonic_ms() + child->pause_ms;
        return;
    }
}

static void restart_children(Up *up)
{
    Error error = {0};
    for (size_t i = 0; i < up->child_count; i++) {
        Child *child = &up->children[i];
        if (child->pid || !child->restart_at_ms || child->restart_at_ms > time_monotonic_ms())
            continue;
        child->restart_at_ms = 0;
        if (child->kind == CHILD_SERVER)
            log_info("up.restart", LOG_TEXT("child", child->options.name));
        if (!start_child(up, child, &error))
            child->restart_at_ms = time_monotonic_ms() + child->pause_ms;
    }
}

static void supervise(Up *up, const sigset_t *signals)
{
    for (;;) {
        int status = 0;
        struct timespec tick = {.tv_nsec = 200 * 1000 * 1000};
        int signal_number = sigtimedwait(signals, NULL, &tick);
        if (signal_number == SIGTERM || signal_number == SIGINT || signal_number == SIGHUP)
            return;
        pid_t pid = 0;
        while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
            note_end(up, pid, status);
        restart_children(up);
    }
}

/* Before anything is started: another server on that address would answer the wait for ours. Tried
 * with the rights that serve will have. */
static bool check_address(const Up *up, Error *error)
{
    Str address = config_str(up->command->settings, "NETGURU_HTTP_ADDRESS");
    home_enter(&up->home);
    bool can_listen = http_server_can_listen(address, error);
    home_leave(&up->home);
    if (!can_listen)
        return error_prefix(error, "NETGURU_HTTP_ADDRESS: ");
    return !str_ends_with(address, STR(":0")) ||
           error_set(error, ERR_VALIDATION, "NETGURU_HTTP_ADDRESS: up needs a port other than 0");
}

static bool bring_up(Up *up, Error *error)
{
    return take_lock(up, error) && wait_for_former_children(up, error) &&
           check_address(up, error) && start_postgres(up, error) && start_redis(up, error) &&
           bring_model(up, error) && migrate(up, error) &&
           (!is_embedded(up->command->settings, "NETGURU_REDIS_URL") ||
            embedded_wait_redis(&up->home, SERVERS_START_MS, error)) &&
           start_processes(up, error) && (!up->check || start_ingest(up, error)) &&
           wait_until_ready(up, error);
}

static int run(Up *up, const sigset_t *signals)
{
    Error error = {0};
    uint64_t started_ms = time_monotonic_ms();
    if (!bring_up(up, &error))
        return command_fail(&error);
    log_info("up.ready", LOG_INT("ms", time_monotonic_ms() - started_ms));
    if ((up->demo || up->check || up->sample) && !make_demo(up, &error))
        return command_fail(&error);
    if (up->check) {
        CheckOptions options = {
            .server = server_url(up),
            .email = STR(DEMO_EMAIL),
            .password = str_of(up->demo_password),
            .sample = up->sample,
        };
        return check_run(up->command->arena, &options) ? 0 : 1;
    }
    if ((up->sample && !load_sample(up, &error)) || !start_ingest(up, &error) ||
        !start_maintenance(up, &error))
        return command_fail(&error);
    /* Until here a signal ends this process at once, and its children with it, in order. */
    sigprocmask(SIG_BLOCK, signals, NULL);
    print_banner(up);
    supervise(up, signals);
    return 0;
}

static bool take_directory(Command *command, const char *option, const char **out_path,
                           Error *error)
{
    const char *given = command_take_option(command, option);
    char *absolute = given ? realpath(given, NULL) : NULL;
    if (given && !absolute)
        return error_set_errno(error, errno, given);
    *out_path = absolute ? arena_cstring(command->arena, str_of(absolute)) : NULL;
    mem_free(absolute);
    return true;
}

int command_up(Command *command)
{
    Error error = {0};
    sigset_t signals;
    Up *up = ARENA_NEW(command->arena, Up);
    up->command = command;
    up->lock = up->children_lock = -1;
    up->check = command_take_flag(command, "--check");
    up->demo = command_take_flag(command, "--demo");
    /* Absolute: the children run in the data directory. */
    if (!take_directory(command, "--sample", &up->sample, &error) ||
        !take_directory(command, "--knowledge", &up->knowledge, &error))
        return command_fail(&error);
    if (command->argc > 0)
        return command_misuse(command, "what is %s?", command->argv[0]);
    if (!home_open(command->settings, &up->home, &error))
        return command_fail(&error);
    log_set_process("up");
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGCHLD);
    int status = run(up, &signals);
    stop_children(up);
    if (up->lock >= 0)
        close(up->lock);
    if (up->children_lock >= 0)
        close(up->children_lock);
    return status;
}
