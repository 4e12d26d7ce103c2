/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of whoever runs the server: migrate, user, knowledge, maintain. They talk to
 * PostgreSQL as its owner and need no running server but the database. */
#include "app/command.h"
#include "app/process.h"

#include "accounts/session.h"
#include "crypto/password.h"
#include "engines/embed/embed.h"
#include "knowledge/ingest.h"
#include "knowledge/vector_index.h"
#include "ops/home.h"
#include "ops/migrate.h"
#include "ops/migrations.h"

#include <stdio.h>
#include <unistd.h>

static DbSession *open_owner(const Command *command, const char *name, Error *error)
{
    Home home = {0};
    bool embedded = str_empty(config_str(command->settings, "NETGURU_OWNER_DATABASE_URL"));
    if (embedded && !home_find(command->settings, &home, error))
        return NULL;
    DbSession *session =
        db_session_open(home_owner_url(&home, command->settings, command->arena), name, error);
    if (!session)
        error_prefix(error, "the database does not answer (is netguru up running?): ");
    return session;
}

static void print_step(const char *revision, bool up, double duration_s)
{
    printf("%s %s (%.2f s)\n", up ? "upgraded to" : "downgraded from", revision, duration_s);
    fflush(stdout);
}

static bool print_current(DbSession *session, Arena *arena, Error *error)
{
    Str revision;
    if (!migrate_current(session, arena, &revision, error))
        return false;
    bool head = str_equal(revision, str_of(migrations[migration_count - 1].revision));
    printf("%.*s%s\n", STR_ARGS(str_empty(revision) ? STR("none") : revision),
           head ? " (head)" : "");
    return true;
}

static bool print_history(DbSession *session, Arena *arena, Error *error)
{
    Str revision;
    if (!migrate_current(session, arena, &revision, error))
        return false;
    bool done = !str_empty(revision);
    for (unsigned i = 0; i < migration_count; i++) {
        bool here = str_equal(revision, str_of(migrations[i].revision));
        printf("%s %s%s\n", done ? "x" : " ", migrations[i].revision, here ? "  <- here" : "");
        done = done && !here;
    }
    return true;
}

int command_migrate(Command *command)
{
    Error error = {0};
    if (command->argc < 1 || command->argc > 2)
        return command_misuse(command, "which?");
    Str verb = str_of(command->argv[0]);
    Str target = command->argc == 2 ? str_of(command->argv[1]) : STR("head");
    bool upgrade = str_equal(verb, STR("upgrade"));
    bool downgrade = str_equal(verb, STR("downgrade"));
    if (downgrade && command->argc != 2)
        return command_misuse(command, "downgrade to which revision? base, -1, …");
    if (!upgrade && !downgrade && command->argc != 1)
        return command_misuse(command, "%s takes no revision", command->argv[0]);
    auto_session DbSession *session = open_owner(command, "netguru migrate", &error);
    if (!session)
        return command_fail(&error);
    bool done = false;
    if (upgrade)
        done = migrate_upgrade(session, target, print_step, &error);
    else if (downgrade)
        done = migrate_downgrade(session, target, print_step, &error);
    else if (str_equal(verb, STR("current")))
        done = print_current(session, command->arena, &error);
    else if (str_equal(verb, STR("history")))
        done = print_history(session, command->arena, &error);
    else
        return command_misuse(command, "migrate cannot %s", command->argv[0]);
    return done ? 0 : command_fail(&error);
}

static const DbStatement create_user = {
    "admin_create_user",
    "INSERT INTO public.users (email, hashed_password, plan_tier, is_superuser)"
    " VALUES ($1, $2, coalesce($3, 'solo'), $4) ON CONFLICT (lower(email)) DO UPDATE"
    " SET hashed_password = excluded.hashed_password,"
    "  plan_tier = coalesce($3, users.plan_tier), is_superuser = users.is_superuser OR $4"
    " WHERE $5::boolean RETURNING id",
};

static const DbStatement enable_user = {
    "admin_enable_user",
    "UPDATE public.users SET is_active = $2 WHERE lower(email) = lower($1) RETURNING id",
};

static const DbStatement list_users = {
    "admin_list_users",
    "SELECT id, email, plan_tier, CASE WHEN is_superuser THEN 'admin' ELSE '' END,"
    " CASE WHEN is_active THEN '' ELSE 'disabled' END,"
    " to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
    " FROM public.users ORDER BY created_at, id",
};

static bool end_sessions(Task *task, const Services *services, void *argument)
{
    task->user_id = *(const Uuid *)argument;
    return session_close_all(task, services);
}

typedef struct {
    const char *plan;
    bool superuser;
    bool replace;
} UserOptions;

static bool make_user(const Command *command, DbSession *session, const UserOptions *options,
                      Error *error)
{
    Str hash;
    Str password = command_ask_password(command);
    unsigned cost = (unsigned)config_int(command->settings, "NETGURU_BCRYPT_COST");
    if (!account_check_email(str_of(command->argv[1]), error) ||
        !password_check_policy(password, error))
        return false;
    check(password_hash_blocking(command->arena, password, cost, &hash));
    DbParam plan = options->plan ? db_text(str_of(options->plan)) : db_null();
    DbParams params = DB_PARAMS(db_text(str_of(command->argv[1])), db_text(hash), plan,
                                db_bool(options->superuser), db_bool(options->replace));
    const DbRows *rows = db_session_query(session, command->arena, &create_user, params, error);
    if (!rows)
        return false;
    if (rows->count == 0) {
        return error_set(error, ERR_CONFLICT,
                         "%s has an account already; --replace gives it this password",
                         command->argv[1]);
    }
    Uuid id = db_read_uuid(rows, 0, 0);
    if (options->replace && !process_ask_redis(command, end_sessions, &id, error))
        return error_prefix(error, "the account is changed, but who is logged in stays so: ");
    printf("%.*s\n", STR_ARGS(db_str(rows, 0, 0)));
    return true;
}

/* A disabled account is logged out everywhere, at once. */
static bool enable(const Command *command, DbSession *session, bool active, Error *error)
{
    Str email = str_of(command->argv[1]);
    DbParams params = DB_PARAMS(db_text(email), db_bool(active));
    const DbRows *rows = db_session_query(session, command->arena, &enable_user, params, error);
    if (!rows)
        return false;
    if (rows->count == 0)
        return error_set(error, ERR_NOT_FOUND, "nobody has the address %.*s", STR_ARGS(email));
    Uuid id = db_read_uuid(rows, 0, 0);
    return active || process_ask_redis(command, end_sessions, &id, error) ||
           error_prefix(error, "the account is disabled, but who is logged in stays so: ");
}

static bool print_users(DbSession *session, Arena *arena, Error *error)
{
    const DbRows *rows = db_session_query(session, arena, &list_users, DB_NO_PARAMS, error);
    if (!rows)
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

int command_user(Command *command)
{
    Error error = {0};
    bool done = false;
    UserOptions options = {.plan = command_take_option(command, "--plan")};
    options.superuser = command_take_flag(command, "--superuser");
    options.replace = command_take_flag(command, "--replace");
    Str verb = command->argc ? str_of(command->argv[0]) : STR("");
    bool creates = str_equal(verb, STR("create")) && command->argc == 2;
    bool enables = str_equal(verb, STR("enable")) && command->argc == 2;
    bool disables = str_equal(verb, STR("disable")) && command->argc == 2;
    bool lists = str_equal(verb, STR("list")) && command->argc == 1;
    if (!creates && !enables && !disables && !lists)
        return command_misuse(command, "create, enable or disable whom, or list?");
    if (options.plan && !account_is_plan(str_of(options.plan)))
        return command_misuse(command, "--plan is solo, team or enterprise, not \"%s\"",
                              options.plan);
    auto_session DbSession *session = open_owner(command, "netguru user", &error);
    if (!session || !db_session_run(session, STR("SET ROLE netguru_owner"), &error))
        return command_fail(&error);
    if (creates)
        done = make_user(command, session, &options, &error);
    else if (lists)
        done = print_users(session, command->arena, &error);
    else
        done = enable(command, session, enables, &error);
    return done ? 0 : command_fail(&error);
}

static void print_progress(const IngestProgress *progress, const Error *failure)
{
    enum { BAR = 30 };
    bool shows_bar = isatty(STDERR_FILENO);
    if (failure)
        fprintf(stderr, "%snetguru: left out: %s\n", shows_bar ? "\r" : "", failure->message);
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
    if (!embedder)
        fprintf(stderr, "netguru: without the model, knowledge is found by its words alone: %s\n",
                str_empty(model) ? "not installed" : ignored.message);
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
    return result.failed == 0 || error_set(error, ERR_VALIDATION, "%zu of %zu files were left out",
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
        return command_misuse(command, "ingest which directory, list, or remove which source?");
    auto_session DbSession *session = open_owner(command, "netguru knowledge", &error);
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
    Str user = str_empty(step->user) ? STR("an account that is gone or small") : step->user;
    printf("%s %.*s for %.*s, %lld chunks (%.1f s)\n", step->build ? "built" : "dropped",
           STR_ARGS(step->index), STR_ARGS(user), (long long)step->chunks, step->seconds);
    fflush(stdout);
}

int command_maintain(Command *command)
{
    Error error = {0};
    if (command->argc > 0)
        return command_refuse_rest(command);
    auto_session DbSession *session = open_owner(command, "netguru maintain", &error);
    bool done = session && vector_index_upkeep(session, command->arena, VECTOR_INDEX_CHUNKS,
                                               print_index_step, &error);
    return done ? 0 : command_fail(&error);
}
