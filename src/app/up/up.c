/* SPDX-License-Identifier: Apache-2.0 */
/*
 * netguru up: the whole of NetGuru on one machine. Starts the embedded servers where no others are
 * set, brings the schema to its head, starts serve and work, and keeps all of them running until it
 * is told to stop. No child outlives it, even when it is killed.
 */
#include "app/up/up_private.h"

#include "accounts/account.h"
#include "app/check/check.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "net/http/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { STEPS_ALWAYS = 3 };

Str up_server_url(const Up *up)
{
    Str address = config_str(up->command->settings, "NETGURU_HTTP_ADDRESS");
    if (str_starts_with(address, STR("*:")) || str_starts_with(address, STR("0.0.0.0:")))
        address = arena_printf(up->command->arena, "127.0.0.1:%.*s",
                               STR_ARGS(str_from(address, str_find_last_byte(address, ':') + 1)));
    return arena_printf(up->command->arena, "http://%.*s", STR_ARGS(address));
}

bool up_is_embedded(const Up *up, const char *setting)
{
    return str_empty(config_str(up->command->settings, setting));
}

bool up_owns_database(const Up *up)
{
    return up_is_embedded(up, "NETGURU_DATABASE_URL") ||
           !up_is_embedded(up, "NETGURU_OWNER_DATABASE_URL");
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

static bool run_check(void *context, Error *error)
{
    const Up *up = context;
    CheckOptions options = {
        .server = up_server_url(up),
        .email = STR(DEMO_EMAIL),
        .password = str_of(up->demo_password),
        .sample = up->sample,
    };
    return check_run(up->command->arena, &options) ||
           error_set(error, ERR_INTERNAL, "the check failed; the logs are in %s", up->home.log);
}

/* Makes and proves a backup, as the operator does. */
static bool check_backup(Up *up, Error *error)
{
    ServiceOptions create = {.name = "backup",
                             .arguments = {"netguru", "backup", "create", NULL},
                             .environment = up_environment(up, UP_FOR_BACKUP),
                             .is_self = true,
                             .stop_signal = SIGTERM,
                             .output_inherited = true,
                             .user = SERVICE_AS_CALLER};
    ServiceOptions verify = create;
    verify.arguments[2] = "verify";
    return supervisor_run_service(&up->supervisor, &create, error) &&
           supervisor_run_service(&up->supervisor, &verify, error);
}

static bool start(Up *up, Error *error)
{
    Str secret; /* created here, because serve may not */
    return supervisor_lock(&up->supervisor, error) && check_address(up, error) &&
           home_clear_run(&up->home, error) &&
           home_token_secret(&up->home, up->command->settings, up->command->arena, &secret,
                             error) &&
           up_start_servers(up, error) && up_bring_model(up, error) && up_migrate(up, error) &&
           up_start_processes(up, error) && up_make_demo(up, error) && up_ingest(up, error);
}

static bool run(Up *up, Error *error)
{
    uint64_t started_ms = time_monotonic_ms();
    if (!up->progress.on_terminal)
        log_info("up.starting", LOG_TEXT("home", up->home.path));
    if (!start(up, error))
        return false;
    if (up->check) {
        progress_end(&up->progress);
        return supervisor_run_step(&up->supervisor, run_check, up, error) &&
               check_backup(up, error);
    }
    if (!up_load_sample(up, error) || !up_start_maintenance(up, error))
        return false;
    progress_end(&up->progress);
    if (!up->progress.on_terminal)
        log_info("up.ready", LOG_INT("ms", time_monotonic_ms() - started_ms));
    up_print_invitation(up);
    supervisor_serve(&up->supervisor);
    return true;
}

/* Absolute: the children run in the data directory. */
static bool take_directory(Command *command, const char *option, const char **out_path,
                           Error *error)
{
    struct stat status;
    const char *given = command_take_option(command, option);
    if (!given)
        return true;
    if (!*given || str_starts_with(str_of(given), STR("--")))
        return error_set(error, ERR_VALIDATION, "%s needs a directory behind it", option);
    char *absolute = realpath(given, NULL);
    if (!absolute || stat(absolute, &status) != 0) {
        error_set_errno(error, errno, given);
        mem_free(absolute);
        return error_prefix(error, "%s: ", option);
    }
    *out_path = arena_cstring(command->arena, str_of(absolute));
    mem_free(absolute);
    return S_ISDIR(status.st_mode) ||
           error_set(error, ERR_VALIDATION, "%s: %s is not a directory", option, given);
}

static bool check_options(const Up *up, Error *error)
{
    if (up->check && !up->sample)
        return error_set(error, ERR_VALIDATION, "--check needs the files of --sample DIR");
    if (up->demo && !up_owns_database(up)) {
        return error_set(error, ERR_VALIDATION,
                         "the demo account is made in a database of our own, or with the owner's "
                         "address in NETGURU_OWNER_DATABASE_URL");
    }
    if (up->knowledge && !up_owns_database(up)) {
        return error_set(error, ERR_VALIDATION,
                         "--knowledge needs a database of our own, or the owner's address in "
                         "NETGURU_OWNER_DATABASE_URL");
    }
    return true;
}

static unsigned count_steps(const Up *up)
{
    return STEPS_ALWAYS + (up->knowledge ? 1U : 0U) + (up->sample && !up->check ? 1U : 0U);
}

int command_up(Command *command)
{
    Error error = {0};
    Up *up = ARENA_NEW(command->arena, Up);
    up->command = command;
    up->check = command_take_flag(command, "--check");
    up->demo = command_take_flag(command, "--demo");
    if (!take_directory(command, "--sample", &up->sample, &error) ||
        !take_directory(command, "--knowledge", &up->knowledge, &error))
        return command_fail(&error);
    if (command->argc > 0)
        return command_refuse_rest(command);
    up->demo |= up->check || up->sample;
    if (!check_options(up, &error) || !home_open(command->settings, &up->home, &error))
        return command_fail(&error);
    log_set_process("up");
    Str log = config_str(command->settings, "NETGURU_LOG_FILE");
    if (!str_empty(log) && !log_open(log.data, &error))
        return command_fail(&error);
    up->progress = progress_start(count_steps(up));
    supervisor_init(&up->supervisor, &up->home);
    bool done = run(up, &error);
    progress_break(&up->progress);
    bool is_asked = up->supervisor.stop_signal != 0;
    int status = done || is_asked ? 0 : command_fail(&error);
    if (is_asked && up->progress.on_terminal)
        fprintf(stderr, "\nnetguru: stopping\n");
    supervisor_stop(&up->supervisor);
    supervisor_end_by_signal(&up->supervisor);
    return status;
}
