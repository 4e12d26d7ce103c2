/* SPDX-License-Identifier: Apache-2.0 */
/* netguru admin: the acts of admin/admin.h in the role of the operator. A row of the table gives
 * the words of an act and what of its answer a terminal shows; --json shows all of it. */
#include "app/administration.h"

#include "app/list.h"
#include "app/process.h"

#include "admin/admin.h"

#include <stdio.h>

enum {
    MAX_COLUMNS = 8,
    MAX_LIMIT = 1000,
    MAX_DAYS = 366,
    ALL_MAX_BYTES = 1024 * 1024 * 1024,
    DEFAULT_DAYS = 30
};

/* What the words after the name are. */
typedef enum { NO_WORDS, A_USER, A_USER_AND_ID, AN_ID, A_USER_AND_PLAN } Words;

typedef struct {
    const char *name;
    Words words;
    AdminAct *run;
    const char *columns[MAX_COLUMNS]; /* of a list */
} Act;

static const Act acts[] = {
    {"users",
     NO_WORDS,
     admin_list_users,
     {"id", "email", "plan_tier", "is_active", "is_superuser", "created_at", "erase_after"}},
    {"user", A_USER, admin_show_user, {0}},
    {"plan", A_USER_AND_PLAN, admin_change_user, {0}},
    {"enable", A_USER, admin_change_user, {0}},
    {"disable", A_USER, admin_change_user, {0}},
    {"erase", A_USER, admin_erase_user, {0}},
    {"usage", A_USER, admin_show_usage, {0}},
    {"sessions",
     A_USER,
     admin_list_sessions,
     {"id", "created_at", "last_seen_at", "address", "user_agent"}},
    {"end-session", A_USER_AND_ID, admin_end_session, {0}},
    {"end-sessions", A_USER, admin_end_sessions, {0}},
    {"jobs",
     NO_WORDS,
     admin_list_jobs,
     {"id", "user_id", "task_type", "queue", "status", "failure_kind", "created_at",
      "error_message"}},
    {"job", AN_ID, admin_show_job, {0}},
    {"retry", AN_ID, admin_retry_job, {0}},
    {"cancel", AN_ID, admin_cancel_job, {0}},
    {"retry-dead", NO_WORDS, admin_retry_dead, {0}},
    {"purge-dead", NO_WORDS, admin_purge_dead, {0}},
    {"knowledge",
     NO_WORDS,
     admin_list_knowledge,
     {"name", "chunks", "chunks_without_vector", "embedding_model", "needs_ingest", "ingested_at"}},
    {"settings", NO_WORDS, admin_show_settings, {"name", "value"}},
    {"statistics", NO_WORDS, admin_show_statistics, {0}},
    {"audit",
     NO_WORDS,
     admin_list_audit,
     {"sequence", "at", "actor_kind", "actor", "action", "user_id", "subject", "reason"}},
    {"documents",
     A_USER,
     admin_list_documents,
     {"id", "original_filename", "file_type", "file_size_bytes", "status", "created_at"}},
    {"text", A_USER_AND_ID, admin_show_document_text, {0}},
    {"conversations",
     A_USER,
     admin_list_conversations,
     {"id", "title", "message_count", "updated_at"}},
    {"messages", A_USER_AND_ID, admin_list_messages, {"created_at", "role", "state", "content"}},
};

typedef struct {
    const Act *act;
    AdminCall call;
    bool is_active;
    bool as_json;
    bool all;
    Str json; /* the answer */
    Arena *arena;
} Administration;

/* Appends the rows of a page, and stores its cursor; an empty one is that of the last page. */
static bool take_page(Task *task, JsonWriter *all, Str json, Str *out_cursor)
{
    const JsonValue *page = json_parse(task->arena, json, &task->error);
    const JsonValue *items = json_get(page, "items");
    for (size_t i = 0; items && i < items->count; i++)
        json_value(all, &items->items[i]);
    *out_cursor = json_str_or(page, "next_cursor", STR(""));
    return page != NULL;
}

/* Makes one page of all pages of a list. */
static bool run_all(Task *task, Administration *run)
{
    Str json;
    Str cursor = STR("");
    JsonWriter *all = json_writer_new(run->arena, ALL_MAX_BYTES);
    run->call.page.limit = MAX_LIMIT;
    json_begin_object(all);
    json_key(all, "items");
    json_begin_array(all);
    do {
        if (!run->act->run(task, &run->call, &json) || !take_page(task, all, json, &cursor) ||
            (!str_empty(cursor) && !page_read_cursor(task, cursor, &run->call.page)))
            return false;
    } while (!str_empty(cursor));
    json_end(all);
    json_key(all, "next_cursor");
    json_write_null(all);
    json_end(all);
    return json_writer_text(all, &run->json) ||
           task_fail(task, ERR_VALIDATION, "the list is too long: pass --limit");
}

static bool run_act(Task *task, const Services *services, void *argument)
{
    Str json;
    Administration *run = argument;
    run->call.services = services;
    if (run->all && run->act->columns[0])
        return run_all(task, run);
    if (!run->act->run(task, &run->call, &json))
        return false;
    run->json = arena_copy(run->arena, json);
    return true;
}

static Str value_text(Arena *arena, const JsonValue *value)
{
    Str text;
    if (!value || value->type == JSON_IS_NULL)
        return STR("-");
    if (value->type == JSON_IS_STRING)
        return value->string;
    return json_value_text(arena, value, 64 * 1024, &text) ? text : STR("…");
}

/* Text of users may hold control characters, which a terminal would obey. */
static void print_safely(Str text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        bool is_c1 = byte == 0xC2 && i + 1 < text.size && (unsigned char)text.data[i + 1] < 0xA0;
        putchar(byte < ' ' || byte == 0x7F || is_c1 ? ' ' : byte);
        i += is_c1;
    }
}

static bool print_rows(const Administration *run, const JsonValue *items)
{
    Columns table;
    size_t count = 0;
    Column columns[MAX_COLUMNS] = {0};
    while (count < MAX_COLUMNS && run->act->columns[count]) {
        columns[count].head = run->act->columns[count];
        count++;
    }
    columns_init(&table, run->arena, columns, count);
    for (size_t i = 0; i < items->count; i++) {
        for (size_t column = 0; column < count; column++)
            columns_add(&table,
                        value_text(run->arena, json_get(&items->items[i], columns[column].head)));
    }
    return list_print(&table);
}

static void print_members(Arena *arena, const JsonValue *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        printf("%-24.*s ", STR_ARGS(answer->keys[i]));
        print_safely(value_text(arena, &answer->items[i]));
        printf("\n");
    }
}

static int print_answer(const Administration *run)
{
    Error error = {0};
    if (run->as_json) {
        printf("%.*s\n", STR_ARGS(run->json));
        return 0;
    }
    const JsonValue *answer = json_parse(run->arena, run->json, &error);
    if (!answer)
        return command_fail(&error);
    const JsonValue *items = json_get(answer, "items");
    if (!items)
        print_members(run->arena, answer);
    else if (!print_rows(run, items))
        return 1;
    if (!str_empty(json_str_or(answer, "next_cursor", STR(""))))
        fprintf(stderr, "… there are more: --all lists them\n");
    return 0;
}

static const Act *find_act(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(acts); i++) {
        if (str_equal(str_of(name), str_of(acts[i].name)))
            return &acts[i];
    }
    return NULL;
}

static Str option(Command *command, const char *name)
{
    const char *value = command_take_option(command, name);
    return value ? str_of(value) : STR("");
}

static bool take_options(Command *command, Administration *run)
{
    uint32_t limit = 50;
    uint32_t days = DEFAULT_DAYS;
    AdminCall *call = &run->call;
    run->as_json = command_take_flag(command, "--json");
    run->all = command_take_flag(command, "--all");
    call->by = (AuditContext){.operator= process_operator(command->arena),
                              .reason = option(command, "--reason")};
    call->search = option(command, "--search");
    call->status = option(command, "--status");
    call->queue = option(command, "--queue");
    call->action = option(command, "--action");
    call->user = option(command, "--user");
    call->now = command_take_flag(command, "--now");
    call->failure_kind = command_take_flag(command, "--dead") ? STR("dead") : STR("");
    if (!command_take_number(command, "--limit", 1, MAX_LIMIT, &limit) ||
        !command_take_number(command, "--days", 0, MAX_DAYS, &days))
        return false;
    call->page.limit = limit;
    call->days = days;
    return true;
}

/* The number of words after the name, and what they are. */
static const struct {
    int count;
    const char *expected;
} words[] = {
    [NO_WORDS] = {0, "takes no argument"},
    [A_USER] = {1, "needs the e-mail address or the id of a user"},
    [A_USER_AND_ID] = {2, "needs a user and an id"},
    [AN_ID] = {1, "needs the id of a task"},
    [A_USER_AND_PLAN] = {2, "needs a user and solo, team or enterprise"},
};

static bool take_words(const Command *command, Administration *run)
{
    Words kind = run->act->words;
    AdminCall *call = &run->call;
    if (command->argc != 1 + words[kind].count)
        return false;
    const char *last = command->argv[command->argc - 1];
    if (kind != NO_WORDS && kind != AN_ID)
        call->user = str_of(command->argv[1]);
    if (kind == A_USER_AND_ID || kind == AN_ID)
        return uuid_parse(str_of(last), &call->id);
    if (kind == A_USER_AND_PLAN)
        call->plan_tier = str_of(last);
    return kind != A_USER_AND_PLAN || account_is_plan(call->plan_tier);
}

int administration_run(Command *command, const char *name)
{
    Error error = {0};
    Administration run = {.act = find_act(name), .arena = command->arena};
    if (!run.act)
        return command_misuse(command, "admin has no action %s", name);
    if (!take_options(command, &run))
        return 2;
    if (!take_words(command, &run))
        return command_misuse(command, "%s %s", name, words[run.act->words].expected);
    run.is_active = str_equal(str_of(name), STR("enable"));
    if (run.is_active || str_equal(str_of(name), STR("disable")))
        run.call.is_active = &run.is_active;
    return process_run_operator(command, run_act, &run, &error) ? print_answer(&run)
                                                                : command_fail(&error);
}

int command_admin(Command *command)
{
    if (command->argc < 1)
        return command_misuse(command, "expected what to do, for example users");
    return administration_run(command, command->argv[0]);
}
