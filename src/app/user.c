/* SPDX-License-Identifier: Apache-2.0 */
/* netguru user: accounts, by the acts of admin/admin.h in the role of the operator. */
#include "app/command.h"
#include "app/list.h"
#include "app/process.h"

#include "admin/admin.h"
#include "crypto/password.h"

#include <stdio.h>

enum { PAGE_ROWS = 500 };

typedef struct {
    const Command *command;
    const char *plan;
    bool superuser;
    bool no_superuser;
    bool replace;
    bool active;
    bool as_json;
    Str hash; /* for create */
} UserCall;

static AdminCall begin_call(const UserCall *user, const Services *services)
{
    const Command *command = user->command;
    return (AdminCall){
        .services = services,
        .by.operator= process_operator(command->arena),
        .user = command->argc > 1 ? str_of(command->argv[1]) : STR(""),
        .page.limit = PAGE_ROWS,
    };
}

static bool create(Task *task, const Services *services, void *argument)
{
    Uuid id;
    char text[UUID_TEXT_SIZE];
    const UserCall *user = argument;
    AdminCall call = begin_call(user, services);
    const AdminAccount account = {
        .email = call.user,
        .hashed_password = user->hash,
        .plan_tier = user->plan ? str_of(user->plan) : STR(""),
        .is_superuser = user->superuser,
        .replace = user->replace,
    };
    if (!admin_create_account(task, services, &call.by, &account, &id)) {
        if (task->error.code == ERR_CONFLICT)
            task_fail(task, ERR_CONFLICT,
                      "%.*s already has an account; pass --replace to set its password",
                      STR_ARGS(call.user));
        return false;
    }
    printf("%s\n", uuid_write(&id, text));
    return true;
}

static bool change(Task *task, const Services *services, void *argument)
{
    Str json;
    const UserCall *user = argument;
    AdminCall call = begin_call(user, services);
    call.plan_tier = user->plan ? str_of(user->plan) : STR("");
    call.is_superuser = user->superuser || user->no_superuser ? &user->superuser : NULL;
    return admin_change_user(task, &call, &json);
}

static bool enable(Task *task, const Services *services, void *argument)
{
    Str json;
    const UserCall *user = argument;
    AdminCall call = begin_call(user, services);
    call.is_active = &user->active;
    return admin_change_user(task, &call, &json);
}

static bool is_true(const JsonValue *account, const char *key)
{
    const JsonValue *value = json_get(account, key);
    return value && value->boolean;
}

static void add_account(Columns *table, const JsonValue *account)
{
    Str created = json_str_or(account, "created_at", STR(""));
    columns_add(table, json_str_or(account, "id", STR("")));
    columns_add(table, json_str_or(account, "email", STR("")));
    columns_add(table, json_str_or(account, "plan_tier", STR("")));
    columns_add(table, is_true(account, "is_superuser") ? STR("admin") : STR(""));
    columns_add(table, is_true(account, "is_active") ? STR("active") : STR("disabled"));
    columns_add(table, str_slice(created, 0, STR("2026-01-31").size));
}

/* Continues after the last account of a page; *out_going is false when it was the last page. */
static bool next_page(Task *task, const JsonValue *page, Page *next, bool *out_going)
{
    Str cursor = json_str_or(page, "next_cursor", STR(""));
    *out_going = !str_empty(cursor);
    return str_empty(cursor) || page_read_cursor(task, cursor, next);
}

static bool load_accounts(Task *task, AdminCall *call, ListItems *out_items)
{
    Str json;
    bool going = true;
    while (going) {
        if (!admin_list_users(task, call, &json))
            return false;
        const JsonValue *page = json_parse(task->arena, json, &task->error);
        const JsonValue *items = json_get(page, "items");
        for (size_t i = 0; items && i < items->count; i++)
            *VEC_PUSH(task->arena, out_items) = &items->items[i];
        if (!page || !next_page(task, page, &call->page, &going))
            return false;
    }
    return true;
}

static bool list(Task *task, const Services *services, void *argument)
{
    static const Column columns[] = {
        {"ID", .is_id = true}, {"E-MAIL"}, {"PLAN"}, {"RIGHTS"}, {"STATE"}, {"CREATED"}};
    Columns table;
    ListItems accounts = {0};
    const UserCall *user = argument;
    AdminCall call = begin_call(user, services);
    if (!load_accounts(task, &call, &accounts))
        return false;
    if (user->as_json)
        return list_print_json(&accounts);
    columns_init(&table, task->arena, columns, COUNT_OF(columns));
    for (size_t i = 0; i < accounts.count; i++)
        add_account(&table, accounts.items[i]);
    return list_print(&table);
}

/* Hashes the password before the database is asked. */
static bool prepare_create(UserCall *user, Error *error)
{
    const Command *command = user->command;
    Str email = str_of(command->argv[1]);
    Str password = command_ask_password(command);
    unsigned cost = (unsigned)config_int(command->settings, "NETGURU_BCRYPT_COST");
    if (!account_check_email(email, error) || !account_check_password(password, email, error))
        return false;
    check(password_hash_blocking(command->arena, password, cost, &user->hash));
    return true;
}

typedef struct {
    const char *name;
    int words;
    ProcessTask *run;
} UserVerb;

static const UserVerb verbs[] = {
    {"create", 2, create},  {"change", 2, change}, {"enable", 2, enable},
    {"disable", 2, enable}, {"list", 1, list},
};

static const UserVerb *find_verb(const Command *command)
{
    Str given = command->argc ? str_of(command->argv[0]) : STR("");
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (str_equal(given, str_of(verbs[i].name)) && command->argc == verbs[i].words)
            return &verbs[i];
    }
    return NULL;
}

int command_user(Command *command)
{
    Error error = {0};
    UserCall user = {.command = command, .plan = command_take_option(command, "--plan")};
    user.superuser = command_take_flag(command, "--superuser");
    user.no_superuser = command_take_flag(command, "--no-superuser");
    user.replace = command_take_flag(command, "--replace");
    user.as_json = command_take_flag(command, "--json");
    const UserVerb *verb = find_verb(command);
    if (!verb)
        return command_misuse(
            command, "expected create, change, enable or disable with an e-mail address, or list");
    if (user.plan && !account_is_plan(str_of(user.plan)))
        return command_misuse(command, "--plan must be solo, team or enterprise, not \"%s\"",
                              user.plan);
    if (user.superuser && user.no_superuser)
        return command_misuse(command, "--superuser and --no-superuser exclude each other");
    if (verb->run == change && !user.plan && !user.superuser && !user.no_superuser)
        return command_misuse(command, "change needs --plan, --superuser or --no-superuser");
    user.active = str_equal(str_of(verb->name), STR("enable"));
    bool done = (verb->run != create || prepare_create(&user, &error)) &&
                process_run_operator(command, verb->run, &user, &error);
    return done ? 0 : command_fail(&error);
}
