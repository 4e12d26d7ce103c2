/* SPDX-License-Identifier: Apache-2.0 */
#include "app/process.h"

#include "base/log.h"
#include "crypto/password.h"
#include "engines/embed/embed.h"
#include "knowledge/recall.h"
#include "llm/llm.h"
#include "net/outgoing/outgoing.h"
#include "ops/home.h"
#include "ops/migrate.h"
#include "services/embedding_gate.h"
#include "services/encryption.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    STALL_MS = 250,
    ASK_TIMEOUT_MS = 10 * 1000,
    OUTGOING_GRACE_MS = 1000,
};

#define MODEL_NAME "all-MiniLM-L6-v2"

static uint32_t raise_file_limit(void)
{
    struct rlimit files;
    check(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    check(getrlimit(RLIMIT_NOFILE, &files) == 0);
    return (uint32_t)MIN_OF(files.rlim_cur, (rlim_t)UINT32_MAX);
}

ProcessFiles process_share_files(void)
{
    enum { OTHER_FILES = 500, MAX_CALLS = 2048 };
    uint32_t files = raise_file_limit();
    uint32_t free_files = files > 2 * OTHER_FILES ? files - OTHER_FILES : files / 2;
    uint32_t calls = MIN_OF(free_files / 3, (uint32_t)MAX_CALLS);
    return (ProcessFiles){.files = files, .clients = free_files - calls, .calls = calls};
}

/*
 * Disables core files and tracing by the same user, because memory holds passwords, tokens and
 * documents. Child processes set their own limits.
 */
static bool guard_memory(const Config *settings, Error *error)
{
    const struct rlimit none = {0};
    if (config_bool(settings, "NETGURU_ALLOW_DEBUG"))
        return true;
    return (setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0) == 0) ||
           error_set_errno(error, errno, "cannot disable core files");
}

static bool has_model(const char *directory)
{
    char path[1200];
    snprintf(path, sizeof(path), "%s/model.safetensors", directory);
    return access(path, R_OK) == 0;
}

Str process_find_model(const Config *settings, Arena *arena)
{
    char program[1024];
    Home home;
    Error ignored;
    Str named = config_str(settings, "NETGURU_MODEL_DIR");
    if (!str_empty(named))
        return has_model(named.data) ? named : STR("");
    if (home_find(settings, &home, &ignored)) {
        if (home_is_published(&home, "model", "model.safetensors") &&
            home_is_published(&home, "model", "vocab.txt"))
            return arena_printf(arena, "%s/model", home.path);
    }
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    Str path = {program, (size_t)MAX_OF(length, (ssize_t)0)};
    for (size_t slash = str_find_last_byte(path, '/'); slash != STR_NOT_FOUND && slash > 0;
         slash = str_find_last_byte(path, '/')) {
        path.size = slash;
        Str cached = arena_printf(arena, "%.*s/.cache/models/" MODEL_NAME, STR_ARGS(path));
        if (has_model(cached.data))
            return cached;
    }
    return STR("");
}

static Embedder *open_first_model(const Command *command, Error *error)
{
    Str directory = process_find_model(command->settings, command->arena);
    if (!str_empty(directory))
        return embedder_open(directory.data, error);
    error_set(error, ERR_NOT_FOUND, "the model " MODEL_NAME " is not installed");
    return NULL;
}

void process_open_models(const Command *command, GenerationModels *out_models, Str *out_missing)
{
    Home home;
    Error missing = {0};
    Error ignored;
    *out_models = (GenerationModels){0};
    if (home_find(command->settings, &home, &ignored))
        out_models->generations = generations_new(arena_copy(command->arena, str_of(home.path)));
    out_models->first = open_first_model(command, &missing);
    *out_missing = arena_copy(command->arena, str_of(missing.message));
}

void process_close_models(GenerationModels *models)
{
    generations_free(models->generations);
    embedder_close(models->first);
}

static void open_models(const Command *command, const Home *home, Services *services)
{
    Error error = {0};
    services->generations = generations_new(arena_copy(command->arena, str_of(home->path)));
    services->embedding_gate = embedding_gate_new();
    services->embedder = open_first_model(command, &error);
    if (services->embedder)
        return;
    services->embedder_missing = arena_copy(command->arena, str_of(error.message));
    log_warn("model.missing", LOG_TEXT("reason", error.message),
             LOG_TEXT("effect", "search works by words only"));
}

/* Refuses a database whose schema is older or newer than the program, or that is encrypted with
 * other keys (unless keyring is NULL), before the first request. */
static bool check_database(const Command *command, const ProcessParts *parts, const Home *home,
                           const Keyring *keyring, Error *error)
{
    Str url = home_database_url(home, command->settings, parts->role, command->arena);
    auto_session DbSession *session = db_session_open(url, "netguru start", error);
    return session && migrate_check(session, error) &&
           (!keyring || encryption_check_canary(session, keyring, error));
}

static Keyring *fail_without_key(const Home *home, Error *error)
{
    error_set(error, ERR_NOT_FOUND,
              "there is no encryption key: set NETGURU_ENCRYPTION_KEYS, "
              "NETGURU_ENCRYPTION_KEY_FILE or NETGURU_ENCRYPTION_KEY_COMMAND, or let netguru up "
              "make %s/encryption.key",
              home ? home->path : "NETGURU_HOME");
    return NULL;
}

static Keyring *open_kept_keyring(const Home *home, Error *error)
{
    Str text;
    auto_arena Arena *arena = arena_new();
    arena_keep_secret(arena);
    if (!home)
        return fail_without_key(home, error);
    if (!home_encryption_keys(home, arena, &text, error))
        return error->code == ERR_NOT_FOUND ? fail_without_key(home, error) : NULL;
    Keyring *keyring = keyring_parse(text, error);
    if (!keyring)
        error_prefix(error, "%s/encryption.key: ", home->path);
    return keyring;
}

Keyring *process_open_keyring(const Config *settings, const Home *home, Error *error)
{
    Keyring *keyring = NULL;
    if (!encryption_load_named(settings, &keyring, error))
        return NULL;
    return keyring ? keyring : open_kept_keyring(home, error);
}

/* By default half of the cores hash passwords, divided among the serve processes. */
static Workers *open_hashing(Loop *loop, const Config *settings)
{
    uint32_t threads = (uint32_t)config_int(settings, "NETGURU_HASH_THREADS");
    uint32_t processes = (uint32_t)config_int(settings, "NETGURU_SERVE_PROCESSES");
    if (!threads)
        threads = MAX_OF(workers_half_of_cores() / processes, 1u);
    return password_workers_new(loop, threads,
                                (unsigned)config_int(settings, "NETGURU_BCRYPT_COST"));
}

static bool open_outgoing(const Command *command, Services *services, Error *error)
{
    uint32_t calls = process_share_files().calls;
    const OutgoingOptions options = {.max_calls = calls, .max_calls_per_host = calls};
    if (!llm_settings_check(command->settings, error))
        return false;
    services->models = llm_models_load(command->arena, command->settings, error);
    if (!services->models)
        return false;
    services->outgoing = outgoing_new(services->loop, &options, error);
    return services->outgoing != NULL;
}

static bool open_services(const Command *command, const ProcessParts *parts, const Home *home,
                          Services *services, Error *error)
{
    const Config *settings = command->settings;
    Arena *arena = command->arena;
    int64_t processes = config_int(settings, "NETGURU_SERVE_PROCESSES") +
                        config_int(settings, "NETGURU_WORK_PROCESSES");
    int64_t pool = config_int(settings, "NETGURU_POOL_SIZE");
    int64_t overflow = config_int(settings, "NETGURU_POOL_OVERFLOW");
    DbOptions options = {
        .url = home_database_url(home, settings, parts->role, arena),
        /* The machine has one budget, which its processes divide. */
        .pool_size = (uint32_t)MAX_OF(pool / processes, (int64_t)3),
        .max_overflow = (uint32_t)(overflow / processes),
        .recycle_s = (uint32_t)config_int(settings, "NETGURU_POOL_RECYCLE_S"),
        .statement_timeout_ms = (uint32_t)config_int(settings, "NETGURU_STATEMENT_TIMEOUT_MS"),
        .slow_statement_ms = (uint32_t)config_int(settings, "NETGURU_SLOW_STATEMENT_MS"),
        .application_name = arena_printf(arena, "netguru %s", parts->name).data,
    };
    services->settings = settings;
    services->store_dir = arena_copy(arena, str_of(home->files));
    if (parts->signs_tokens &&
        !home_token_secret(home, settings, arena, &services->token_secret, error))
        return false;
    if (!trusted_proxies_parse(arena, config_str(settings, "NETGURU_TRUSTED_PROXIES"),
                               &services->trusted_proxies, error))
        return error_prefix(error, "NETGURU_TRUSTED_PROXIES: ");
    services->loop = loop_new(&(LoopOptions){
        .max_tasks = (uint32_t)config_int(settings, "NETGURU_MAX_REQUESTS"), .stall_ms = STALL_MS});
    services->db = db_new(services->loop, &options, error);
    if (!services->db)
        return false;
    services->redis = redis_new(services->loop, home_redis_url(home, settings, arena), error);
    if (services->redis && parts->wants_model)
        open_models(command, home, services);
    if (services->redis && parts->wants_hashing)
        services->hashing = open_hashing(services->loop, settings);
    if (services->redis && parts->wants_outgoing)
        return open_outgoing(command, services, error);
    return services->redis != NULL;
}

/* From here on all lines go to the file, which is the user's that the process runs as. Without one
 * there is nothing to open again, so SIGHUP ends the process. */
static bool open_log(const Config *settings, Error *error)
{
    Str path = config_str(settings, "NETGURU_LOG_FILE");
    if (str_empty(path))
        return true;
    signal(SIGHUP, SIG_IGN); /* until the loop runs */
    return log_open(path.data, error) || error_prefix(error, "NETGURU_LOG_FILE: ");
}

static bool open_keyring(const Command *command, const ProcessParts *parts, const Home *home,
                         Services *services, Error *error)
{
    if (!parts->has_keyring)
        return true;
    services->keyring = process_open_keyring(command->settings, home, error);
    return services->keyring != NULL;
}

static void close_signals(Process *process)
{
    for (size_t i = 0; i < COUNT_OF(process->signals); i++)
        uv_close((uv_handle_t *)&process->signals[i], NULL);
}

static void end(Task *task, void *argument)
{
    Process *process = argument;
    log_info("process.stopping");
    monitor_stop(task, process->monitor);
    process->parts->stop(task, process);
    trace_export_stop(task, process->traces);
    if (process->services.outgoing)
        outgoing_stop(task, process->services.outgoing, OUTGOING_GRACE_MS);
    outgoing_free(process->services.outgoing);
    db_close(task, process->services.db);
    redis_close(task, process->services.redis);
    close_signals(process);
    log_info("process.stopped");
}

static void begin_end(Process *process)
{
    if (process->stopping)
        return;
    process->stopping = true;
    task_spawn_background(process->services.loop, "stop", end, process);
}

static void on_signal(uv_signal_t *handle, int signal_number)
{
    Process *process = handle->data;
    if (signal_number == SIGHUP) {
        log_reopen();
        return;
    }
    if (process->stopping)
        _exit(128 + signal_number);
    begin_end(process);
}

static void begin(Task *task, void *argument)
{
    Process *process = argument;
    if (process->parts->start(task, process) && monitor_start(task, process->monitor))
        return;
    process->exit_status = command_fail(&task->error);
    begin_end(process);
}

static void listen_to_signals(Process *process)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    Str log = config_str(process->services.settings, "NETGURU_LOG_FILE");
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        uv_signal_init(loop_uv(process->services.loop), &process->signals[i]);
        process->signals[i].data = process;
        if (numbers[i] == SIGHUP && str_empty(log))
            continue;
        uv_signal_start(&process->signals[i], on_signal, numbers[i]);
    }
}

/* Opens the data directory and gives up root, who creates the secret where it is missing. */
static bool enter_home(const Command *command, const ProcessParts *parts, Home *home, Error *error)
{
    Str secret;
    return home_open(command->settings, home, error) &&
           (!parts->signs_tokens ||
            home_token_secret(home, command->settings, command->arena, &secret, error)) &&
           home_drop_root(home, error);
}

int process_run(const Command *command, const ProcessParts *parts)
{
    Home home;
    Error error = {0};
    Process process = {.command = command, .parts = parts};
    log_set_process(parts->name);
    if (!enter_home(command, parts, &home, &error) || !open_log(command->settings, &error) ||
        !guard_memory(command->settings, &error) ||
        !open_keyring(command, parts, &home, &process.services, &error) ||
        !check_database(command, parts, &home, process.services.keyring, &error) ||
        !open_services(command, parts, &home, &process.services, &error) ||
        !trace_export_new(process.services.loop, command->settings, parts->name, &process.traces,
                          &error))
        return command_fail(&error);
    process.monitor = monitor_new(parts->name, &home, &process.services);
    listen_to_signals(&process);
    process.main_task = task_spawn_background(process.services.loop, "start", begin, &process);
    loop_run(process.services.loop);
    monitor_free(process.monitor);
    trace_export_free(process.traces);
    db_free(process.services.db);
    redis_free(process.services.redis);
    embedder_close(process.services.embedder);
    generations_free(process.services.generations);
    embedding_gate_free(process.services.embedding_gate);
    recall_samples_free(process.services.recall);
    workers_free(process.services.hashing);
    keyring_free(process.services.keyring);
    loop_free(process.services.loop);
    return process.exit_status;
}

DbSession *process_open_owner(const Command *command, const char *name, Error *error)
{
    Home home = {0};
    bool embedded = str_empty(config_str(command->settings, "NETGURU_OWNER_DATABASE_URL"));
    if (embedded && !home_find(command->settings, &home, error))
        return NULL;
    DbSession *session =
        db_session_open(home_owner_url(&home, command->settings, command->arena), name, error);
    if (!session)
        error_prefix(error, "cannot open the database (is netguru up running?): ");
    return session;
}

typedef struct {
    Services services;
    ProcessTask *run;
    void *argument;
    uint32_t timeout_ms; /* 0: none */
    Error error;
    bool has_asked; /* a connection to the database was made */
    bool done;
} Once;

static void run_once(Task *task, void *argument)
{
    Once *once = argument;
    if (once->timeout_ms)
        task_deadline_narrow(task, once->timeout_ms);
    once->done = once->run(task, &once->services, once->argument);
    once->error = task->error;
    task_deadline_set(task, 0);
    if (once->services.db) {
        once->has_asked = db_stats(once->services.db).connects > 0;
        db_close(task, once->services.db);
    }
    redis_close(task, once->services.redis);
}

static bool open_once(const Command *command, Once *once, bool with_database, Error *error)
{
    Home home = {0};
    const Config *settings = command->settings;
    bool is_external =
        !str_empty(config_str(settings, "NETGURU_REDIS_URL")) &&
        (!with_database || !str_empty(config_str(settings, "NETGURU_OWNER_DATABASE_URL")));
    if (!is_external && !home_find(settings, &home, error))
        return false;
    once->services.settings = settings;
    once->services.loop = loop_new(&(LoopOptions){0});
    once->services.redis =
        redis_new(once->services.loop, home_redis_url(&home, settings, command->arena), error);
    if (!once->services.redis || !with_database)
        return once->services.redis != NULL;
    DbOptions options = {.url = home_owner_url(&home, settings, command->arena),
                         .shared = 1,
                         .pool_size = 2,
                         .application_name = "netguru operator"};
    once->services.db = db_new(once->services.loop, &options, error);
    return once->services.db != NULL;
}

static void close_once(Once *once)
{
    db_free(once->services.db);
    redis_free(once->services.redis);
    if (once->services.loop)
        loop_free(once->services.loop);
}

static bool run_on_own_loop(const Command *command, Once *once, bool with_database, Error *error)
{
    bool opened = open_once(command, once, with_database, error);
    if (opened) {
        task_spawn_background(once->services.loop, "operator", run_once, once);
        loop_run(once->services.loop);
        *error = once->error;
    }
    close_once(once);
    return opened && once->done;
}

bool process_ask_redis(const Command *command, ProcessTask *run, void *argument, Error *error)
{
    Once once = {.run = run, .argument = argument, .timeout_ms = ASK_TIMEOUT_MS};
    return run_on_own_loop(command, &once, false, error);
}

bool process_run_operator(const Command *command, ProcessTask *run, void *argument, Error *error)
{
    Once once = {.run = run, .argument = argument};
    if (run_on_own_loop(command, &once, true, error))
        return true;
    /* Nothing was asked of the database: it cannot be reached. */
    if (error->code == ERR_UNAVAILABLE && !once.has_asked)
        error_prefix(error, "cannot open the database (is netguru up running?): ");
    return false;
}

Str process_operator(Arena *arena)
{
    const struct passwd *user = getpwuid(getuid());
    return user ? arena_copy(arena, str_of(user->pw_name))
                : arena_printf(arena, "uid %u", (unsigned)getuid());
}
