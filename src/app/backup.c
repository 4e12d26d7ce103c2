/* SPDX-License-Identifier: Apache-2.0 */
/* netguru backup: creates, lists, proves, restores and prunes backups; netguru restore. */
#include "backup/backup.h"

#include "app/backup_print.h"
#include "app/command.h"
#include "app/process.h"
#include "app/up/database.h"

#include "base/log.h"
#include "base/time.h"
#include "base/version.h"

#include <stdio.h>
#include <unistd.h>

enum { RETRY_S = 3600 };

#define CONFIRMATION "replace the present data"

typedef struct {
    Command *command;
    Home home;
    Backup backup;
    Keyring *keyring;
    bool as_json;
    bool on_terminal;
    bool is_open; /* a line of progress is on the terminal */
    bool quick;
    bool dry;
    bool replace;
    const char *confirm;
    const char *user;
    const char *repository;
    Str name;
} BackupCommand;

static void report(void *context, const char *stage, uint64_t bytes)
{
    BackupCommand *it = context;
    if (!it->on_terminal)
        return;
    fprintf(stderr, "\r\033[K%s", stage);
    if (bytes)
        fprintf(stderr, " %.1f MB", (double)bytes / (1024 * 1024));
    it->is_open = true;
}

static void end_line(BackupCommand *it)
{
    if (it->is_open)
        fprintf(stderr, "\r\033[K");
    it->is_open = false;
}

static bool open_backup(BackupCommand *it, bool needs_keys, Error *error)
{
    const Config *settings = it->command->settings;
    if (!home_open(settings, &it->home, error))
        return false;
    if (needs_keys) {
        it->keyring = process_open_keyring(settings, &it->home, error);
        if (!it->keyring)
            return error_prefix(error,
                                "a backup needs the encryption keys of the installation that "
                                "made it: ");
    }
    it->backup = (Backup){.settings = settings,
                          .home = &it->home,
                          .keyring = it->keyring,
                          .version = NETGURU_VERSION,
                          .report = report,
                          .context = it};
    return backup_open(&it->backup, it->command->arena, error);
}

static int64_t now_s(void)
{
    return time_now_us() / 1000000;
}

static void load_status(const BackupCommand *it, BackupStatus *out_status)
{
    Error ignored = {0};
    *out_status = (BackupStatus){0};
    if (!backup_status_read(&it->home, it->command->arena, out_status, &ignored))
        out_status->since_s = now_s();
}

/* The state is for metrics: that it cannot be written must not fail a backup. */
static void save_status(const BackupCommand *it, const BackupStatus *status)
{
    Error error = {0};
    if (!backup_status_write(&it->home, status, &error))
        log_warn("backup.status_not_written", LOG_TEXT("reason", error.message));
}

static void note_created(const BackupCommand *it, const BackupSummary *summary, const Error *error)
{
    BackupStatus status;
    Error ignored = {0};
    BackupSummaryVec list = {0};
    load_status(it, &status);
    if (summary) {
        status.created_s = summary->created_s;
        status.size_bytes = summary->size_bytes;
        status.duration_s = summary->duration_s;
        status.name = summary->name;
        status.failed_s = 0;
        status.failure = STR("");
        Backup backup = it->backup;
        if (backup_list(&backup, it->command->arena, &list, &ignored))
            status.backups = list.count;
    } else {
        status.failed_s = now_s();
        status.failure = str_of(error->message);
    }
    save_status(it, &status);
}

static void note_proof(const BackupCommand *it, const BackupProof *proof)
{
    BackupStatus status;
    load_status(it, &status);
    if (proof->passed && !proof->is_quick) {
        status.proved_s = now_s();
        status.proof_duration_s = proof->duration_s;
        status.proof_failed_s = 0;
    } else if (proof->is_finding)
        status.proof_failed_s = now_s();
    save_status(it, &status);
}

static bool create(BackupCommand *it, BackupSummary *out_summary, Error *error)
{
    bool done = backup_create(&it->backup, it->command->arena, out_summary, error);
    end_line(it);
    /* Another machine's backup is no failure of ours. */
    if (done || !it->backup.is_busy)
        note_created(it, done ? out_summary : NULL, error);
    return done;
}

static bool run_create(BackupCommand *it, Error *error)
{
    BackupSummary summary;
    if (!open_backup(it, true, error) || !create(it, &summary, error))
        return false;
    backup_print_summary(&summary, it->as_json);
    return true;
}

static bool run_list(BackupCommand *it, Error *error)
{
    BackupSummaryVec list = {0};
    if (!open_backup(it, false, error) ||
        !backup_list(&it->backup, it->command->arena, &list, error))
        return false;
    backup_print_list(it->command->arena, &list, it->as_json);
    return true;
}

static bool find_name(BackupCommand *it, Error *error)
{
    Str wanted = str_empty(it->name) ? STR("latest") : it->name;
    return backup_find(&it->backup, it->command->arena, wanted, &it->name, error);
}

static bool verify(BackupCommand *it, Error *error)
{
    BackupProof proof = {.is_quick = it->quick};
    Arena *arena = it->command->arena;
    bool passed = backup_verify(&it->backup, arena, it->name, &proof, error);
    end_line(it);
    note_proof(it, &proof);
    backup_print_proof(arena, it->name, &proof, it->as_json);
    return passed;
}

static bool run_verify(BackupCommand *it, Error *error)
{
    return open_backup(it, true, error) && find_name(it, error) && verify(it, error);
}

static bool run_prune(BackupCommand *it, Error *error)
{
    StrVec removed = {0};
    Arena *arena = it->command->arena;
    if (!open_backup(it, false, error) ||
        !backup_prune(&it->backup, arena, it->dry, &removed, error))
        return false;
    backup_print_removed(arena, &removed, it->dry, it->as_json);
    return true;
}

/* Another machine with the same store may have made it. */
static bool is_made_elsewhere(BackupCommand *it, Str daily_at, BackupStatus *status, Error *error)
{
    BackupSummaryVec list = {0};
    if (!backup_list(&it->backup, it->command->arena, &list, error) || list.count == 0)
        return false;
    const BackupSummary *last = &list.items[list.count - 1];
    status->created_s = MAX_OF(status->created_s, last->created_s);
    status->backups = list.count;
    bool made = !backup_is_due(daily_at, status, now_s());
    if (made)
        save_status(it, status);
    return made;
}

/* The private key of encrypted backups is often kept elsewhere. */
static bool may_verify(const BackupCommand *it, const BackupSummary *summary)
{
    const Config *settings = it->command->settings;
    bool has_identity = !str_empty(config_str(settings, "NETGURU_BACKUP_IDENTITY_FILE")) ||
                        !str_empty(config_str(settings, "NETGURU_BACKUP_IDENTITY_COMMAND"));
    return config_bool(settings, "NETGURU_BACKUP_VERIFY") &&
           (!summary->is_encrypted || has_identity);
}

/* A backup that fails is tried again after an hour, since it may have read everything before. */
static bool has_just_failed(const BackupStatus *status)
{
    return status->failed_s > status->created_s && now_s() - status->failed_s < RETRY_S;
}

static bool run_due(BackupCommand *it, Error *error)
{
    BackupStatus status;
    BackupSummary summary;
    StrVec removed = {0};
    Str daily_at = config_str(it->command->settings, "NETGURU_BACKUP_AT");
    if (!backup_check_daily_at(daily_at, error) ||
        !home_open(it->command->settings, &it->home, error))
        return false;
    load_status(it, &status);
    save_status(it, &status);
    if (!backup_is_due(daily_at, &status, now_s()) || has_just_failed(&status))
        return true;
    if (!open_backup(it, true, error) || is_made_elsewhere(it, daily_at, &status, error))
        return error->code == ERR_NONE;
    if (!create(it, &summary, error)) /* one that runs elsewhere is as good */
        return it->backup.is_busy;
    log_info("backup.created", LOG_STR("name", summary.name), LOG_INT("bytes", summary.size_bytes),
             LOG_FLOAT("seconds", summary.duration_s));
    it->name = summary.name;
    bool is_proved = !may_verify(it, &summary) || verify(it, error);
    /* A proof that fails each night must not fill the store. */
    return backup_prune(&it->backup, it->command->arena, false, &removed, error) && is_proved;
}

static bool confirm(const BackupCommand *it, Error *error)
{
    char line[128] = "";
    const char *given = it->confirm;
    if (!it->replace)
        return true;
    if (!given && isatty(STDIN_FILENO)) {
        fprintf(stderr, "This replaces the present database and files.\nType \"" CONFIRMATION
                        "\" to go on: ");
        given = fgets(line, sizeof(line), stdin);
    }
    return str_equal(str_trim(str_of(given)), STR(CONFIRMATION)) ||
           error_set(error, ERR_CONFLICT,
                     "--replace needs a confirmation: --confirm \"" CONFIRMATION "\"");
}

static bool restore_all(void *context, Error *error)
{
    BackupCommand *it = context;
    BackupRestored restored = {0};
    const BackupRestoreOptions options = {.name = it->name, .replace = it->replace};
    bool done = backup_restore(&it->backup, it->command->arena, &options, &restored, error);
    end_line(it);
    if (done)
        backup_print_restored(&restored, it->as_json);
    return done;
}

static bool restore_user(BackupCommand *it, Error *error)
{
    BackupUserRestored restored = {0};
    Arena *arena = it->command->arena;
    const BackupRestoreOptions options = {.name = it->name, .email = str_of(it->user)};
    bool done = backup_restore_user(&it->backup, arena, &options, &restored, error);
    end_line(it);
    if (done)
        backup_print_user(arena, &restored, it->as_json);
    return done;
}

static bool is_embedded(const BackupCommand *it)
{
    const Config *settings = it->command->settings;
    return str_empty(config_str(settings, "NETGURU_BACKUP_DATABASE_URL")) &&
           str_empty(config_str(settings, "NETGURU_OWNER_DATABASE_URL"));
}

/* The address of serve is no superuser's. Without another one the embedded servers, which this
 * installation does not use, would be meant. */
static bool check_address(const BackupCommand *it, Error *error)
{
    bool is_external = !str_empty(config_str(it->command->settings, "NETGURU_DATABASE_URL"));
    return !is_external || !is_embedded(it) ||
           error_set(error, ERR_VALIDATION,
                     "the database is that of NETGURU_DATABASE_URL: set "
                     "NETGURU_BACKUP_DATABASE_URL to a superuser of its server");
}

static bool run_restore(BackupCommand *it, Error *error)
{
    if (str_empty(it->name))
        return error_set(error, ERR_VALIDATION,
                         "restore needs the NAME of a backup, or latest: netguru backup list");
    if (!check_address(it, error) || !confirm(it, error) || !open_backup(it, true, error) ||
        !find_name(it, error))
        return false;
    if (it->user)
        return restore_user(it, error);
    if (!is_embedded(it))
        return restore_all(it, error);
    return up_with_database(it->command, restore_all, it, error) &&
           (!str_empty(config_str(it->command->settings, "NETGURU_REDIS_URL")) ||
            up_forget_redis(&it->home, error));
}

static bool run_schedule(BackupCommand *it, Error *error)
{
    Str daily_at = config_str(it->command->settings, "NETGURU_BACKUP_AT");
    if (!backup_check_daily_at(daily_at, error))
        return false;
    backup_print_schedule(daily_at);
    return true;
}

static bool run_pitr(BackupCommand *it, Error *error)
{
    if (!home_open(it->command->settings, &it->home, error))
        return false;
    backup_print_pitr(&it->home, it->repository ? it->repository : "/var/lib/pgbackrest");
    return true;
}

static const struct {
    const char *name;
    bool (*run)(BackupCommand *it, Error *error);
    bool takes_name;
} verbs[] = {
    {"create", run_create, false},     {"list", run_list, false},
    {"verify", run_verify, true},      {"restore", run_restore, true},
    {"prune", run_prune, false},       {"due", run_due, false},
    {"schedule", run_schedule, false}, {"pitr-config", run_pitr, false},
};

static int run_verb(BackupCommand *it, const char *verb)
{
    Error error = {0};
    Command *command = it->command;
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (!str_equal(str_of(verb), str_of(verbs[i].name)))
            continue;
        if (command->argc > 0 && verbs[i].takes_name) {
            it->name = str_of(command->argv[0]);
            command->argv++;
            command->argc--;
        }
        if (command->argc > 0)
            return command_refuse_rest(command);
        bool done = verbs[i].run(it, &error);
        end_line(it);
        backup_close(&it->backup);
        keyring_free(it->keyring);
        return done ? 0 : command_fail(&error);
    }
    return command_misuse(command, "backup has no action %s", verb);
}

static void take_options(BackupCommand *it)
{
    Command *command = it->command;
    it->as_json = command_take_flag(command, "--json");
    it->quick = command_take_flag(command, "--quick");
    it->dry = command_take_flag(command, "--dry-run");
    it->replace = command_take_flag(command, "--replace");
    it->confirm = command_take_option(command, "--confirm");
    it->user = command_take_option(command, "--user");
    it->repository = command_take_option(command, "--repository");
    it->on_terminal = isatty(STDERR_FILENO) && !it->as_json;
}

int command_backup(Command *command)
{
    BackupCommand it = {.command = command};
    take_options(&it);
    if (command->argc < 1)
        return command_misuse(command, "expected create, list, verify, restore, prune, due, "
                                       "schedule or pitr-config");
    const char *verb = command->argv[0];
    command->argv++;
    command->argc--;
    return run_verb(&it, verb);
}

int command_restore(Command *command)
{
    BackupCommand it = {.command = command};
    take_options(&it);
    return run_verb(&it, "restore");
}
