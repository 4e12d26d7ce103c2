/* SPDX-License-Identifier: Apache-2.0 */
#include "app/up/up_private.h"

#include "app/process.h"
#include "base/log.h"
#include "base/time.h"
#include "net/http_client.h"
#include "ops/embedded.h"
#include "ops/migrate.h"
#include "services/encryption.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SERVERS_START_MS = 60 * 1000, SERVE_START_MS = 60 * 1000, READY_POLL_MS = 10 };

/* Where a step of the start reports its migrations: a callback has no context. */
static Progress *migration_progress;

static bool run_for_embedded(void *context, const ServiceOptions *options, Error *error)
{
    Up *up = context;
    return supervisor_run_service(&up->supervisor, options, error);
}

static bool start_postgres(Up *up, Error *error)
{
    ServiceOptions options;
    const EmbeddedRunner runner = {run_for_embedded, up};
    if (!up_is_embedded(up, "NETGURU_DATABASE_URL"))
        return true;
    return embedded_prepare_postgres(&up->home, up->command->settings, &runner, &options, error) &&
           supervisor_add(&up->supervisor, &options, CHILD_POSTGRES, error);
}

static bool start_redis(Up *up, Error *error)
{
    ServiceOptions options;
    if (!up_is_embedded(up, "NETGURU_REDIS_URL"))
        return true;
    return embedded_prepare_redis(&up->home, up->command->settings, &options, error) &&
           supervisor_add(&up->supervisor, &options, CHILD_REDIS, error);
}

bool up_start_servers(Up *up, Error *error)
{
    bool own_database = up_is_embedded(up, "NETGURU_DATABASE_URL");
    bool own_redis = up_is_embedded(up, "NETGURU_REDIS_URL");
    progress_begin(&up->progress, own_database && own_redis ? "starting PostgreSQL and Redis"
                                  : own_database            ? "starting PostgreSQL"
                                  : own_redis               ? "starting Redis"
                                                            : "using the servers that are set");
    return start_redis(up, error) && start_postgres(up, error);
}

static void report_step(const char *revision, bool up, double duration_s)
{
    if (migration_progress->on_terminal) {
        progress_note(migration_progress, revision);
        return;
    }
    log_info("migrate.step", LOG_TEXT("revision", revision), LOG_TEXT("to", up ? "up" : "down"),
             LOG_FLOAT("seconds", duration_s));
}

/* Whether a setting says where the encryption keys are. */
static bool names_keys(const Up *up)
{
    const Config *settings = up->command->settings;
    return !str_empty(config_str(settings, "NETGURU_ENCRYPTION_KEYS")) ||
           !str_empty(config_str(settings, "NETGURU_ENCRYPTION_KEY_FILE")) ||
           !str_empty(config_str(settings, "NETGURU_ENCRYPTION_KEY_COMMAND"));
}

static bool fail_lost_key(const Up *up, Error *error)
{
    return error_set(
        error, ERR_CONFLICT,
        "the database is encrypted, but there is no %s/encryption.key: put it back from "
        "a backup, or name the keys by NETGURU_ENCRYPTION_KEY_FILE",
        up->home.path);
}

/* Makes the encryption key that no setting names. A new one for a database that is encrypted
 * already would only hide that the old one is lost. */
static bool make_key(const Up *up, DbSession *session, Error *error)
{
    bool has_canary = false;
    if (names_keys(up))
        return true;
    auto_arena Arena *arena = arena_new();
    arena_keep_secret(arena);
    Str text;
    Error reason = {0};
    bool has_key = home_encryption_keys(&up->home, arena, &text, &reason);
    if (has_key || reason.code != ERR_NOT_FOUND) {
        *error = reason;
        return has_key;
    }
    if (session && !encryption_has_canary(session, &has_canary, error))
        return false;
    return has_canary ? fail_lost_key(up, error) : home_make_encryption_key(&up->home, error);
}

/* Says here what serve would say in its log only. A command runs in serve alone, as its user. */
static bool check_keys(const Up *up, DbSession *session, Error *error)
{
    if (!str_empty(config_str(up->command->settings, "NETGURU_ENCRYPTION_KEY_COMMAND")))
        return true;
    Keyring *keyring = process_open_keyring(up->command->settings, &up->home, error);
    bool fits = keyring && encryption_check_canary(session, keyring, error);
    keyring_free(keyring);
    return fits;
}

static bool migrate(Up *up, Error *error)
{
    Str url = home_owner_url(&up->home, up->command->settings, up->command->arena);
    auto_session DbSession *session = db_session_open(url, "netguru up", error);
    return session && migrate_upgrade(session, STR("head"), report_step, error) &&
           db_session_run(session, STR("SET ROLE netguru_owner"), error) &&
           make_key(up, session, error) && check_keys(up, session, error);
}

static bool wait_and_migrate(void *context, Error *error)
{
    Up *up = context;
    migration_progress = &up->progress;
    if (up_is_embedded(up, "NETGURU_DATABASE_URL") &&
        !embedded_wait_postgres(&up->home, SERVERS_START_MS, error))
        return false;
    if (!(up_owns_database(up) ? migrate(up, error) : make_key(up, NULL, error)))
        return false;
    return !up_is_embedded(up, "NETGURU_REDIS_URL") ||
           embedded_wait_redis(&up->home, SERVERS_START_MS, error);
}

bool up_migrate(Up *up, Error *error)
{
    progress_begin(&up->progress, "bringing the schema to its head");
    return supervisor_run_step(&up->supervisor, wait_and_migrate, up, error);
}

static bool wait_until_ready(void *context, Error *error)
{
    Up *up = context;
    HttpReply reply = {0};
    Arena *arena = up->command->arena;
    HttpClient *client = http_client_new();
    Str url = arena_printf(arena, "%.*s/health/ready", STR_ARGS(up_server_url(up)));
    HttpCall call = {.method = "GET", .url = url.data, .timeout_s = 5};
    uint64_t until = time_monotonic_ms() + SERVE_START_MS;
    bool ready = false;
    while (!ready && time_monotonic_ms() < until) {
        ready = http_client_call(client, arena, &call, &reply, error) && reply.status == 200;
        if (!ready)
            usleep(READY_POLL_MS * 1000);
    }
    http_client_free(client);
    return ready || error_set(error, ERR_TIMEOUT, "serve is not ready after %d s: see %s/serve.log",
                              SERVE_START_MS / 1000, up->home.log);
}

static bool start_copies(Up *up, ServiceOptions *options, const char *setting, Error *error)
{
    int64_t count = config_int(up->command->settings, setting);
    options->is_self = true;
    options->stop_signal = SIGTERM;
    options->reopen_signal = SIGHUP;
    for (int64_t i = 0; i < count; i++) {
        if (!supervisor_add(&up->supervisor, options, CHILD_OF_APP, error))
            return false;
    }
    return true;
}

bool up_start_processes(Up *up, Error *error)
{
    ServiceOptions serve = {.name = "serve",
                            .arguments = {"netguru", "serve", NULL},
                            .environment = up_environment(up, UP_FOR_SERVE)};
    ServiceOptions work = {.name = "work",
                           .arguments = {"netguru", "work", NULL},
                           .environment = up_environment(up, UP_FOR_WORK)};
    progress_begin(&up->progress, "starting serve and work");
    return start_copies(up, &serve, "NETGURU_SERVE_PROCESSES", error) &&
           start_copies(up, &work, "NETGURU_WORK_PROCESSES", error) &&
           supervisor_run_step(&up->supervisor, wait_until_ready, up, error);
}

/* It looks every five minutes whether the daily backup is due. As the caller: it reads the files of
 * the servers' user and the database of PostgreSQL's. */
static bool start_backups(Up *up, Error *error)
{
    ServiceOptions options = {.name = "backup",
                              .arguments = {"netguru", "backup", "due", NULL},
                              .environment = up_environment(up, UP_FOR_BACKUP),
                              .is_self = true,
                              .stop_signal = SIGTERM,
                              .user = SERVICE_AS_CALLER};
    Str daily_at = config_str(up->command->settings, "NETGURU_BACKUP_AT");
    return str_empty(daily_at) || supervisor_add_periodic(&up->supervisor, &options, error);
}

/* As the caller, who can read the models. */
static bool start_filling(Up *up, Error *error)
{
    ServiceOptions options = {.name = "embeddings",
                              .arguments = {"netguru", "embeddings", "fill", NULL},
                              .environment = up_environment(up, UP_FOR_KNOWLEDGE),
                              .is_self = true,
                              .stop_signal = SIGTERM,
                              .user = SERVICE_AS_CALLER};
    return config_int(up->command->settings, "NETGURU_EMBEDDINGS_LOAD") == 0 ||
           supervisor_add_periodic(&up->supervisor, &options, error);
}

bool up_start_maintenance(Up *up, Error *error)
{
    /* As the user who may be the superuser on our own socket. */
    ServiceOptions options = {.name = "maintain",
                              .arguments = {"netguru", "maintain", NULL},
                              .environment = up_environment(up, UP_FOR_MAINTAIN),
                              .is_self = true,
                              .stop_signal = SIGTERM,
                              .user = SERVICE_AS_POSTGRES_USER};
    return !up_owns_database(up) || (supervisor_add_periodic(&up->supervisor, &options, error) &&
                                     start_filling(up, error) && start_backups(up, error));
}

/* Returns whether the ingestion went through, but left files out. */
static bool skipped_files(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) == error_traits(ERR_VALIDATION)->exit_status;
}

bool up_ingest(Up *up, Error *error)
{
    if (!up->knowledge || !up_owns_database(up))
        return true;
    /* It reads a directory that the servers' user may not reach. */
    ServiceOptions options = {.name = "knowledge",
                              .arguments = {"netguru", "knowledge", "ingest", up->knowledge, NULL},
                              .environment = up_environment(up, UP_FOR_KNOWLEDGE),
                              .is_self = true,
                              .stop_signal = SIGTERM,
                              .output_inherited = true,
                              .user = SERVICE_AS_CALLER};
    progress_begin(&up->progress, "reading the global knowledge");
    progress_break(&up->progress);
    if (supervisor_run_service(&up->supervisor, &options, error))
        return true;
    if (up->check || up->supervisor.step.pid || !skipped_files(up->supervisor.step_status))
        return false;
    /* It has named them. A file that cannot be read must not keep the servers down. */
    log_warn("up.knowledge_incomplete", LOG_TEXT("directory", up->knowledge));
    *error = (Error){0};
    return true;
}
