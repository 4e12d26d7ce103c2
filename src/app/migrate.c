/* SPDX-License-Identifier: Apache-2.0 */
/* netguru migrate: its actions that run or print steps. */
#include "app/migrate_private.h"
#include "app/process.h"

#include "ops/migrations.h"
#include "schema/alembic.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { SCRIPT_MAX_BYTES = 64 * 1024 * 1024 };

static volatile sig_atomic_t interrupted;

static void on_signal(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

/* A second signal ends the program at once. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    check(sigaction(SIGINT, &action, NULL) == 0 && sigaction(SIGTERM, &action, NULL) == 0);
}

bool migrate_is_interrupted(void)
{
    return interrupted != 0;
}

void migrate_print_waiting(const char *who)
{
    fprintf(stderr, "waiting for a lock: %s\n", who);
}

void migrate_print_step(const char *revision, bool up, double duration_s)
{
    printf("%s %s (%.2f s)\n", up ? "upgraded to" : "downgraded from", revision, duration_s);
    fflush(stdout);
}

void migrate_print_step_json(const char *revision, bool up, double duration_s)
{
    printf("{\"revision\":\"%s\",\"direction\":\"%s\",\"seconds\":%.3f}\n", revision,
           up ? "up" : "down", duration_s);
    fflush(stdout);
}

bool migrate_print_json(const JsonWriter *json, Error *error)
{
    Str text;
    if (!json_writer_text(json, &text))
        return error_set(error, ERR_INTERNAL, "the JSON is too large");
    return (command_print(text) && command_print(STR("\n"))) ||
           error_set(error, ERR_IO, "cannot write to standard output");
}

/* With FROM:TO no database is asked. */
static bool find_range(const Migrate *migrate, bool up, MigrateRange *out_range, Error *error)
{
    Str rest = migrate->target;
    Str from = STR("");
    if (migrate->session) {
        return migrate_find_range(migrate->session,
                                  str_empty(migrate->target) ? STR("head") : migrate->target, up,
                                  out_range, error);
    }
    (void)str_next_field(&rest, ':', &from);
    if (!migrate_parse_range(from, rest, out_range, error))
        return false;
    return (up ? out_range->first <= out_range->last : out_range->first >= out_range->last) ||
           error_set(error, ERR_VALIDATION, "%.*s is in the other direction",
                     STR_ARGS(migrate->target));
}

static bool print_script(const Migrate *migrate, bool up, Error *error)
{
    MigrateRange range;
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, SCRIPT_MAX_BYTES);
    if (!find_range(migrate, up, &range, error))
        return false;
    strbuf_append(&out, STR("-- For psql, as a superuser or a member of netguru_owner.\n"
                            "\\set ON_ERROR_STOP on\nSET client_encoding = 'UTF8';\n\n"));
    for (unsigned at = range.first; at != range.last; at = up ? at + 1 : at - 1)
        migrate_append_script(&out, (MigrateStep){up ? at : at - 1, up});
    check(!out.overflowed);
    return command_print(strbuf_str(&out)) ||
           error_set(error, ERR_IO, "cannot write to standard output");
}

static bool move(const Migrate *migrate, bool up, Error *error)
{
    const MigrateHooks hooks = {
        .report = migrate->json ? migrate_print_step_json : migrate_print_step,
        .on_waiting = migrate_print_waiting,
        .is_interrupted = migrate_is_interrupted,
    };
    if (migrate->sql)
        return print_script(migrate, up, error);
    return migrate_move(migrate->session,
                        str_empty(migrate->target) ? STR("head") : migrate->target, up, &hooks,
                        error);
}

static bool upgrade(const Migrate *migrate, Error *error)
{
    return move(migrate, true, error);
}

static bool downgrade(const Migrate *migrate, Error *error)
{
    return move(migrate, false, error);
}

static const char *head(void)
{
    return migrations[migration_count - 1].revision;
}

static bool print_current(const Migrate *migrate, Error *error)
{
    Str revision;
    if (!migrate_current(migrate->session, migrate->arena, &revision, error))
        return false;
    bool at_head = str_equal(revision, str_of(head()));
    if (!migrate->json) {
        printf("%.*s%s\n", STR_ARGS(str_empty(revision) ? STR("none") : revision),
               at_head ? " (head)" : "");
        return true;
    }
    JsonWriter *json = json_writer_new(migrate->arena, 4096);
    json_begin_object(json);
    if (str_empty(revision))
        json_field_text(json, "revision", NULL);
    else
        json_field_str(json, "revision", revision);
    json_field_text(json, "head", head());
    json_field_bool(json, "is_head", at_head);
    json_end(json);
    return migrate_print_json(json, error);
}

static bool print_history(const Migrate *migrate, Error *error)
{
    Str revision;
    if (!migrate_current(migrate->session, migrate->arena, &revision, error))
        return false;
    bool done = !str_empty(revision);
    JsonWriter *json = json_writer_new(migrate->arena, 1024 * 1024);
    json_begin_array(json);
    for (unsigned i = 0; i < migration_count; i++) {
        bool here = str_equal(revision, str_of(migrations[i].revision));
        if (!migrate->json)
            printf("%s %s%s\n", done ? "x" : " ", migrations[i].revision, here ? "  <- here" : "");
        json_begin_object(json);
        json_field_text(json, "revision", migrations[i].revision);
        json_field_text(json, "down_revision", i ? migrations[i - 1].revision : NULL);
        json_field_bool(json, "is_done", done);
        json_field_bool(json, "is_current", here);
        json_end(json);
        done = done && !here;
    }
    json_end(json);
    return !migrate->json || migrate_print_json(json, error);
}

/* The numbers of the embedded files have no gap and no double, so there is one head. */
static bool print_heads(const Migrate *migrate, Error *error)
{
    if (!migrate->json) {
        printf("%s (head)\n", head());
        return true;
    }
    JsonWriter *json = json_writer_new(migrate->arena, 4096);
    json_begin_array(json);
    json_text(json, head());
    json_end(json);
    return migrate_print_json(json, error);
}

static bool stamp(const Migrate *migrate, Error *error)
{
    return migrate_stamp(migrate->session, migrate->target, error) && print_current(migrate, error);
}

static bool export_alembic(const Migrate *migrate, Error *error)
{
    const char *directory = arena_cstring(migrate->arena, migrate->target);
    if (!alembic_export(directory, migrate->arena, error))
        return false;
    printf("wrote %s: alembic -c %s/alembic.ini current\n", directory, directory);
    return true;
}

typedef enum { NO_WORD, MAYBE_A_WORD, ONE_WORD } Words;

static const struct Verb {
    const char *name;
    bool (*run)(const Migrate *migrate, Error *error);
    Words words;
    bool needs_database;
    const char *example;
} verbs[] = {
    {"upgrade", upgrade, MAYBE_A_WORD, true, ""},
    {"downgrade", downgrade, ONE_WORD, true, "a revision, for example -1 or base"},
    {"current", print_current, NO_WORD, true, ""},
    {"history", print_history, NO_WORD, true, ""},
    {"heads", print_heads, NO_WORD, false, ""},
    {"stamp", stamp, ONE_WORD, true, "a revision, for example 018 or head"},
    {"check", migrate_show_check, NO_WORD, true, ""},
    {"plan", migrate_show_plan, MAYBE_A_WORD, true, ""},
    {"rehearse", migrate_show_rehearsal, MAYBE_A_WORD, true, ""},
    {"revision", migrate_make_revision, NO_WORD, false, ""},
    {"export-alembic", export_alembic, ONE_WORD, false, "a directory"},
};

static const struct Verb *find_verb(Str name)
{
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (str_equal(name, str_of(verbs[i].name)))
            return &verbs[i];
    }
    return NULL;
}

static bool needs_database(const Migrate *migrate, const struct Verb *verb)
{
    bool is_offline = migrate->sql && str_find_byte(migrate->target, ':') != STR_NOT_FOUND;
    return (verb->needs_database && !is_offline) || migrate->autogenerate;
}

static int run_verb(Command *command, Migrate *migrate, const struct Verb *verb)
{
    Error error = {0};
    auto_session DbSession *session = NULL;
    catch_signals();
    if (needs_database(migrate, verb)) {
        session = process_open_owner(command, "netguru migrate", &error);
        if (!session)
            return command_fail(&error);
        migrate->session = session;
    }
    return verb->run(migrate, &error) ? 0 : command_fail(&error);
}

/* Whether the word behind --from-backup names a backup, and no revision. */
static bool is_backup(Str word)
{
    return str_equal(word, STR("latest")) || str_starts_with(word, STR("netguru_")) ||
           str_find_byte(word, '/') != STR_NOT_FOUND;
}

static const char *take_backup(Command *command)
{
    static const char name[] = "--from-backup";
    for (int i = 0; i < command->argc; i++) {
        bool is_alone = i + 1 == command->argc || !is_backup(str_of(command->argv[i + 1]));
        if (str_equal(str_of(command->argv[i]), str_of(name)) && is_alone)
            return command_take_flag(command, name) ? "latest" : NULL;
    }
    return command_take_option(command, name);
}

int command_migrate(Command *command)
{
    Migrate migrate = {
        .command = command,
        .arena = command->arena,
        .message = command_take_option(command, "-m"),
        .directory = command_take_option(command, "--dir"),
        .scratch_url = command_take_option(command, "--scratch"),
        .from_backup = take_backup(command),
        .sql = command_take_flag(command, "--sql"),
        .json = command_take_flag(command, "--json"),
        .dump = command_take_flag(command, "--dump"),
        .downgrade = command_take_flag(command, "--downgrade"),
        .autogenerate = command_take_flag(command, "--autogenerate"),
    };
    if (command->argc < 1)
        return command_misuse(command, "expected an action, for example upgrade or current");
    const struct Verb *verb = find_verb(str_of(command->argv[0]));
    if (!verb)
        return command_misuse(command, "migrate has no action %s", command->argv[0]);
    if (command->argc > 1 && verb->words == NO_WORD)
        return command_misuse(command, "%s takes no revision", verb->name);
    if (command->argc < 2 && verb->words == ONE_WORD)
        return command_misuse(command, "%s needs %s", verb->name, verb->example);
    if (command->argc > 2)
        return command_misuse(command, "%s takes one word", verb->name);
    if (migrate.from_backup && (migrate.dump || !str_equal(str_of(verb->name), STR("rehearse"))))
        return command_misuse(command, "--from-backup is for rehearse, without --dump");
    migrate.target = command->argc == 2 ? str_of(command->argv[1]) : STR("");
    return run_verb(command, &migrate, verb);
}
