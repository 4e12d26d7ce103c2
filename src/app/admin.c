/* SPDX-License-Identifier: Apache-2.0 */
/* The commands for the operator: user, knowledge, maintain. They connect to PostgreSQL as
 * the owner of the schema, and need no other server. */
#include "app/command.h"
#include "app/process.h"

#include "accounts/account_admin.h"
#include "accounts/session.h"
#include "crypto/password.h"
#include "engines/embed/embed.h"
#include "knowledge/ingest.h"
#include "knowledge/vector_index.h"
#include "ops/home.h"

#include <stdio.h>
#include <unistd.h>

static bool end_sessions(Task *task, const Services *services, void *argument)
{
    return session_close_all(task, services, argument);
}

static bool change_sessions(Task *task, const Services *services, void *argument)
{
    const Account *account = argument;
    return session_change(task, services, &account->id, account->plan_tier, account->is_superuser);
}

typedef struct {
    const char *plan;
    bool superuser;
    bool no_superuser;
    bool replace;
} UserOptions;

static bool make_user(const Command *command, DbSession *session, const UserOptions *options,
                      Error *error)
{
    Uuid id;
    char text[UUID_TEXT_SIZE];
    Str password = command_ask_password(command);
    AccountChange change = {
        .email = str_of(command->argv[1]),
        .plan_tier = options->plan ? str_of(options->plan) : STR(""),
        .is_superuser = options->superuser,
        .replace = options->replace,
    };
    unsigned cost = (unsigned)config_int(command->settings, "NETGURU_BCRYPT_COST");
    if (!account_check_email(change.email, error) ||
        !account_check_password(password, change.email, error))
        return false;
    check(password_hash_blocking(command->arena, password, cost, &change.hashed_password));
    if (!account_admin_create(session, command->arena, &change, &id, error)) {
        if (error->code == ERR_CONFLICT) {
            error_set(error, ERR_CONFLICT,
                      "%s already has an account; pass --replace to set its password",
                      command->argv[1]);
        }
        return false;
    }
    if (options->replace && !process_ask_redis(command, end_sessions, &id, error))
        return error_prefix(error,
                            "the account was changed, but its sessions could not be ended: ");
    printf("%s\n", uuid_write(&id, text));
    return true;
}

/* Changes the plan or the rights of an account, also in its open sessions. */
static bool change_user(const Command *command, DbSession *session, const UserOptions *options,
                        Error *error)
{
    Account account;
    AccountRights rights = {
        .email = str_of(command->argv[1]),
        .plan_tier = options->plan ? str_of(options->plan) : STR(""),
        .is_superuser = options->superuser || options->no_superuser ? &options->superuser : NULL,
    };
    return account_admin_change(session, command->arena, &rights, &account, error) &&
           (process_ask_redis(command, change_sessions, &account, error) ||
            error_prefix(error,
                         "the account was changed, but its open sessions were not updated: "));
}

/* Enables or disables an account. Disabling ends its sessions. */
static bool enable(const Command *command, DbSession *session, bool active, Error *error)
{
    Uuid id;
    if (!account_admin_enable(session, str_of(command->argv[1]), active, &id, error))
        return false;
    return active || process_ask_redis(command, end_sessions, &id, error) ||
           error_prefix(error, "the account was disabled, but its sessions could not be ended: ");
}

static bool print_users(DbSession *session, Arena *arena, Error *error)
{
    const DbRows *rows = NULL;
    if (!account_admin_list(session, arena, &rows, error))
        return false;
    for (size_t row = 0; row < rows->count; row++) {
        for (size_t column = 0; column < rows->columns; column++) {
            Str cell = db_str(rows, row, column);
            if (!str_empty(cell))
                printf("%s%.*s", column ? "  " : "", STR_ARGS(cell));
        }
        printf("\n");
    }
    return true;
}

typedef enum { USER_CREATE, USER_CHANGE, USER_ENABLE, USER_DISABLE, USER_LIST, USER_NONE } UserVerb;

static UserVerb user_verb(const Command *command)
{
    static const struct {
        const char *name;
        int words;
    } verbs[] = {[USER_CREATE] = {"create", 2},
                 [USER_CHANGE] = {"change", 2},
                 [USER_ENABLE] = {"enable", 2},
                 [USER_DISABLE] = {"disable", 2},
                 [USER_LIST] = {"list", 1}};
    Str given = command->argc ? str_of(command->argv[0]) : STR("");
    for (int verb = 0; verb < USER_NONE; verb++) {
        if (str_equal(given, str_of(verbs[verb].name)) && command->argc == verbs[verb].words)
            return (UserVerb)verb;
    }
    return USER_NONE;
}

static bool run_user_verb(const Command *command, UserVerb verb, DbSession *session,
                          const UserOptions *options, Error *error)
{
    switch (verb) {
    case USER_CREATE:
        return make_user(command, session, options, error);
    case USER_CHANGE:
        return change_user(command, session, options, error);
    case USER_LIST:
        return print_users(session, command->arena, error);
    default:
        return enable(command, session, verb == USER_ENABLE, error);
    }
}

int command_user(Command *command)
{
    Error error = {0};
    UserOptions options = {.plan = command_take_option(command, "--plan")};
    options.superuser = command_take_flag(command, "--superuser");
    options.no_superuser = command_take_flag(command, "--no-superuser");
    options.replace = command_take_flag(command, "--replace");
    UserVerb verb = user_verb(command);
    if (verb == USER_NONE)
        return command_misuse(
            command, "expected create, change, enable or disable with an e-mail address, or list");
    if (options.plan && !account_is_plan(str_of(options.plan)))
        return command_misuse(command, "--plan must be solo, team or enterprise, not \"%s\"",
                              options.plan);
    if (options.superuser && options.no_superuser)
        return command_misuse(command, "--superuser and --no-superuser exclude each other");
    if (verb == USER_CHANGE && !options.plan && !options.superuser && !options.no_superuser)
        return command_misuse(command, "change needs --plan, --superuser or --no-superuser");
    auto_session DbSession *session = process_open_owner(command, "netguru user", &error);
    if (!session || !db_session_run(session, STR("SET ROLE netguru_owner"), &error))
        return command_fail(&error);
    return run_user_verb(command, verb, session, &options, &error) ? 0 : command_fail(&error);
}

static void print_progress(const IngestProgress *progress, const Error *failure)
{
    enum { BAR = 30 };
    bool shows_bar = isatty(STDERR_FILENO);
    if (failure)
        fprintf(stderr, "%snetguru: file skipped: %s\n", shows_bar ? "\r" : "", failure->message);
    if (!shows_bar)
        return;
    size_t filled = progress->files ? progress->files_done * BAR / progress->files : BAR;
    fprintf(stderr, "\r[%.*s%*s] %zu/%zu files, %zu chunks", (int)filled,
            "##############################", (int)(BAR - filled), "", progress->files_done,
            progress->files, progress->chunks);
    if (progress->files_done == progress->files)
        fprintf(stderr, "\n");
}

static bool ingest(const Command *command, DbSession *session, bool prune, Error *error)
{
    Error ignored = {0};
    IngestProgress result = {0};
    Embedder *embedder = NULL;
    Str model = process_find_model(command->settings, command->arena);
    if (!str_empty(model))
        embedder = embedder_open(model.data, &ignored);
    if (!embedder) {
        fprintf(stderr,
                "netguru: no embedding model, the knowledge can be searched by words only: %s\n",
                str_empty(model) ? "it is not installed" : ignored.message);
    }
    if (embedder)
        embedder_set_threads(embedder, 2);
    IngestOptions options = {session, embedder, prune, print_progress};
    bool done = knowledge_ingest(&options, command->argv[1], &result, error);
    embedder_close(embedder);
    if (!done)
        return false;
    printf("%zu files: %zu new or changed, %zu unchanged, %zu removed, %zu chunks written\n",
           result.files, result.changed, result.files - result.changed - result.failed,
           result.removed, result.chunks);
    return result.failed == 0 || error_set(error, ERR_VALIDATION, "%zu of %zu files were skipped",
                                           result.failed, result.files);
}

static bool print_sources(DbSession *session, Arena *arena, Error *error)
{
    const DbRows *rows = NULL;
    if (!knowledge_list(session, arena, &rows, error))
        return false;
    for (size_t row = 0; row < rows->count; row++) {
        Str vendor = db_str(rows, row, 2);
        printf("%.*s  %.*s chunks  %.*s%s%.*s\n", STR_ARGS(db_str(rows, row, 0)),
               STR_ARGS(db_str(rows, row, 1)), STR_ARGS(db_str(rows, row, 3)),
               str_empty(vendor) ? "" : "  ", STR_ARGS(vendor));
    }
    return true;
}

int command_knowledge(Command *command)
{
    Error error = {0};
    bool done = false;
    bool prune = command_take_flag(command, "--prune");
    Str verb = command->argc ? str_of(command->argv[0]) : STR("");
    bool ingests = str_equal(verb, STR("ingest")) && command->argc == 2;
    bool lists = str_equal(verb, STR("list")) && command->argc == 1;
    bool removes = str_equal(verb, STR("remove")) && command->argc == 2;
    if (!ingests && !lists && !removes)
        return command_misuse(command, "expected ingest DIR, list, or remove NAME");
    auto_session DbSession *session = process_open_owner(command, "netguru knowledge", &error);
    if (!session)
        return command_fail(&error);
    if (ingests)
        done = ingest(command, session, prune, &error);
    else if (lists)
        done = print_sources(session, command->arena, &error);
    else
        done = knowledge_remove(session, str_of(command->argv[1]), &error);
    return done ? 0 : command_fail(&error);
}

static void print_index_step(const VectorIndexStep *step)
{
    Str user =
        str_empty(step->user) ? STR("an account that was deleted or has shrunk") : step->user;
    printf("%s %.*s for %.*s, %lld chunks (%.1f s)\n", step->build ? "built" : "dropped",
           STR_ARGS(step->index), STR_ARGS(user), (long long)step->chunks, step->seconds);
    fflush(stdout);
}

int command_maintain(Command *command)
{
    Error error = {0};
    if (command->argc > 0)
        return command_refuse_rest(command);
    auto_session DbSession *session = process_open_owner(command, "netguru maintain", &error);
    bool done = session && vector_index_upkeep(session, command->arena, VECTOR_INDEX_CHUNKS,
                                               print_index_step, &error);
    return done ? 0 : command_fail(&error);
}
