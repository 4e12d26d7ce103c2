/* SPDX-License-Identifier: Apache-2.0 */
/* netguru conversations: lists, shows, renames, deletes, exports and searches conversations. */
#include "app/chat/view.h"
#include "app/list.h"
#include "app/remote.h"

#include <stdio.h>

enum { BODY_MAX_BYTES = 16 * 1024, SHOWN_BYTES = 160, SEARCH_MAX_HITS = 100 };

#define PATH "/api/v1/chat/conversations"

typedef struct {
    Command *command; /* the words after the verb */
    Client *client;
    View view;
    bool as_json;
    const char *id; /* of the conversation that the verb is about */
    uint32_t limit; /* of a search */
} Conversations;

typedef bool Verb(Conversations *conversations, Error *error);

static Str text_of(const JsonValue *value, const char *key)
{
    return json_str_or(value, key, STR(""));
}

static Str path_of(const Conversations *conversations, const char *rest)
{
    return arena_printf(conversations->command->arena, PATH "/%s%s", conversations->id, rest);
}

static bool print_conversations(const Conversations *conversations, const ListItems *items)
{
    static const Column columns[] = {
        {"ID", .is_id = true}, {"CHANGED (UTC)"}, {"MESSAGES", .is_number = true}, {"TITLE"}};
    Columns table;
    Arena *arena = conversations->command->arena;
    if (conversations->as_json)
        return list_print_json(items);
    columns_init(&table, arena, columns, COUNT_OF(columns));
    for (size_t i = 0; i < items->count; i++) {
        const JsonValue *item = items->items[i];
        bool is_running = !str_empty(text_of(item, "running"));
        columns_add(&table, text_of(item, "id"));
        columns_add(&table, columns_time(arena, text_of(item, "updated_at")));
        columns_add(&table,
                    arena_printf(arena, "%lld", (long long)json_i64_or(item, "message_count", 0)));
        columns_add(&table, arena_printf(arena, "%.*s%s", STR_ARGS(text_of(item, "title")),
                                         is_running ? "  (being answered)" : ""));
    }
    return list_print(&table);
}

static bool list(Conversations *conversations, Error *error)
{
    ListItems items = {0};
    return list_load(conversations->client, conversations->command->arena, PATH, &items, error) &&
           print_conversations(conversations, &items);
}

/* Reads all pages of the messages, which come newest page first. */
static bool load_messages(Conversations *conversations, const JsonValue **pages, size_t *count,
                          Error *error)
{
    enum { MOST_PAGES = 256, MESSAGES = 200 };
    Arena *arena = conversations->command->arena;
    Str query = arena_printf(arena, "/messages?limit=%d", MESSAGES);
    while (*count < MOST_PAGES) {
        Str path = path_of(conversations, query.data);
        const JsonValue *page = client_get(conversations->client, arena, path.data, error);
        if (!page)
            return false;
        pages[(*count)++] = page;
        Str cursor = text_of(page, "next_cursor");
        if (str_empty(cursor))
            break;
        query = arena_printf(arena, "/messages?limit=%d&cursor=%.*s", MESSAGES, STR_ARGS(cursor));
    }
    return true;
}

static bool show(Conversations *conversations, Error *error)
{
    enum { MOST_PAGES = 256 };
    size_t count = 0;
    Arena *arena = conversations->command->arena;
    const JsonValue **pages = ARENA_ARRAY(arena, const JsonValue *, MOST_PAGES);
    const JsonValue *conversation =
        client_get(conversations->client, arena, path_of(conversations, "").data, error);
    if (!conversation || !load_messages(conversations, pages, &count, error))
        return false;
    if (conversations->as_json)
        (void)remote_print_json(conversation);
    else
        view_note(&conversations->view, "%.*s", STR_ARGS(text_of(conversation, "title")));
    while (count-- > 0) {
        const JsonValue *items = json_get(pages[count], "items");
        for (size_t i = 0; items && i < items->count; i++)
            view_message(&conversations->view, &items->items[i]);
    }
    return true;
}

/* Joins the words from one on. */
static Str join_words(const Command *command, int from)
{
    auto_strbuf StrBuf text = {0};
    strbuf_init(&text, BODY_MAX_BYTES / 2);
    for (int i = from; i < command->argc; i++)
        strbuf_printf(&text, "%s%s", i > from ? " " : "", command->argv[i]);
    return arena_copy(command->arena, strbuf_str(&text));
}

static bool rename_it(Conversations *conversations, Error *error)
{
    Str json;
    Command *command = conversations->command;
    JsonWriter *writer = json_writer_new(command->arena, BODY_MAX_BYTES);
    json_begin_object(writer);
    json_field_str(writer, "title", join_words(command, 1));
    json_end(writer);
    if (!json_writer_text(writer, &json))
        return error_set(error, ERR_VALIDATION, "the title is too long");
    const JsonValue *conversation = client_patch(conversations->client, command->arena,
                                                 path_of(conversations, "").data, json, error);
    if (!conversation)
        return false;
    ListItems one = {0};
    *VEC_PUSH(command->arena, &one) = conversation;
    return print_conversations(conversations, &one);
}

static bool delete_it(Conversations *conversations, Error *error)
{
    return client_delete(conversations->client, conversations->command->arena,
                         path_of(conversations, "").data, error);
}

/* A file or pipe gets the Markdown as it is. */
static bool export_it(Conversations *conversations, Error *error)
{
    Str body;
    Arena *arena = conversations->command->arena;
    Str path = path_of(conversations,
                       conversations->as_json ? "/export?format=json" : "/export?format=markdown");
    if (!client_get_raw(conversations->client, arena, path.data, &body, error))
        return false;
    if (!conversations->as_json) {
        view_markdown(&conversations->view, body);
        return true;
    }
    return command_print(body) && command_print(STR("\n"));
}

static void print_hit(const Conversations *conversations, const JsonValue *hit)
{
    Str content = text_of(hit, "content");
    size_t size = MIN_OF(content.size, (size_t)SHOWN_BYTES);
    if (conversations->as_json) {
        (void)remote_print_json(hit);
        return;
    }
    while (size < content.size && ((unsigned char)content.data[size] & 0xc0) == 0x80)
        size++;
    printf("%.*s  %.*s  %.*s\n    %s: ", STR_ARGS(text_of(hit, "conversation_id")),
           STR_ARGS(columns_time(conversations->command->arena, text_of(hit, "created_at"))),
           STR_ARGS(text_of(hit, "title")),
           str_equal(text_of(hit, "role"), STR("user")) ? "question" : "answer");
    for (size_t i = 0; i < size; i++)
        putchar(content.data[i] == '\n' ? ' ' : content.data[i]);
    printf("%s\n", size < content.size ? "…" : "");
}

static bool search(Conversations *conversations, Error *error)
{
    Arena *arena = conversations->command->arena;
    Str query = remote_encode(arena, join_words(conversations->command, 0));
    Str path = arena_printf(arena, "/api/v1/chat/search?limit=%u&q=%.*s", conversations->limit,
                            STR_ARGS(query));
    const JsonValue *answer = client_get(conversations->client, arena, path.data, error);
    const JsonValue *items = json_get(answer, "items");
    for (size_t i = 0; items && i < items->count; i++)
        print_hit(conversations, &items->items[i]);
    return answer != NULL;
}

static const struct {
    const char *name;
    Verb *run;
    bool takes_id;
    int least_words; /* after the verb */
    int most_words;
} verbs[] = {
    {"list", list, false, 0, 0},
    {"show", show, true, 1, 1},
    {"rename", rename_it, true, 2, INT32_MAX},
    {"delete", delete_it, true, 1, 1},
    {"export", export_it, true, 1, 1},
    {"search", search, false, 1, INT32_MAX},
};

static bool run_verb(Conversations *conversations, Verb *verb, bool takes_id, Error *error)
{
    Command *command = conversations->command;
    if (takes_id)
        conversations->id = list_find_id(conversations->client, command->arena, &list_conversations,
                                         command->argv[0], error);
    if (takes_id && !conversations->id)
        return false;
    view_init(&conversations->view, conversations->as_json);
    bool done = verb(conversations, error);
    view_done(&conversations->view);
    return done;
}

static int connect_and_run(Conversations *conversations, Verb *verb, bool takes_id)
{
    Error error = {0};
    conversations->client = client_load(conversations->command, &error);
    bool done = conversations->client && run_verb(conversations, verb, takes_id, &error);
    client_free(conversations->client);
    return done ? 0 : command_fail(&error);
}

int command_conversations(Command *command)
{
    Conversations conversations = {.command = command, .limit = 10};
    conversations.as_json = command_take_flag(command, "--json");
    if (!command_take_number(command, "--limit", 1, SEARCH_MAX_HITS, &conversations.limit))
        return 2;
    Str name = str_of(command->argc > 0 ? command->argv[0] : "list");
    command->argv += command->argc > 0;
    command->argc -= command->argc > 0;
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (!str_equal(name, str_of(verbs[i].name)))
            continue;
        if (command->argc < verbs[i].least_words || command->argc > verbs[i].most_words)
            break;
        return connect_and_run(&conversations, verbs[i].run, verbs[i].takes_id);
    }
    return command_misuse(command, "expected list, show ID, rename ID TITLE, delete ID, export ID "
                                   "or search WORD…");
}
