/* SPDX-License-Identifier: Apache-2.0 */
/* netguru tokens: the user's personal access tokens on a server. */
#include "app/command.h"
#include "app/list.h"
#include "app/remote.h"

#include <stdio.h>

#define PATH "/api/v1/users/me/tokens"

enum { BODY_MAX_BYTES = 16 * 1024 };

static void free_client(Client **client)
{
    client_free(*client);
}

#define auto_client AUTO(free_client)

typedef struct {
    Command *command;
    Client *client;
    Arena *arena; /* keeps secrets */
    bool as_json;
} Tokens;

static Str text_of(const JsonValue *value, const char *key)
{
    return json_str_or(value, key, STR(""));
}

static bool is_expired(const JsonValue *token)
{
    const JsonValue *member = json_get(token, "is_expired");
    return member && member->type == JSON_IS_BOOL && member->boolean;
}

static Str scopes_of(Arena *arena, const JsonValue *token)
{
    Str text = STR("");
    const JsonValue *scopes = json_get(token, "scopes");
    for (size_t i = 0; scopes && i < scopes->count; i++)
        text = arena_printf(arena, "%.*s%s%.*s", STR_ARGS(text), i ? "," : "",
                            STR_ARGS(scopes->items[i].string));
    return text;
}

static bool print_tokens(const Tokens *tokens, const ListItems *items)
{
    static const Column columns[] = {
        {"ID", .is_id = true}, {"STATE"},      {"TOKEN"}, {"SCOPES"},
        {"EXPIRES (UTC)"},     {"USED (UTC)"}, {"NAME"},
    };
    Columns table;
    Arena *arena = tokens->arena;
    if (tokens->as_json)
        return list_print_json(items);
    columns_init(&table, arena, columns, COUNT_OF(columns));
    for (size_t i = 0; i < items->count; i++) {
        const JsonValue *token = items->items[i];
        columns_add(&table, text_of(token, "id"));
        columns_add(&table, is_expired(token) ? STR("expired") : STR("active"));
        columns_add(&table, arena_printf(arena, "…%.*s", STR_ARGS(text_of(token, "last_four"))));
        columns_add(&table, scopes_of(arena, token));
        columns_add(&table, columns_time(arena, text_of(token, "expires_at")));
        columns_add(&table, columns_time(arena, text_of(token, "last_used_at")));
        columns_add(&table, text_of(token, "name"));
    }
    return list_print(&table);
}

/* "read,mcp" as an array. */
static void write_scopes(JsonWriter *json, Str list)
{
    Str scope;
    json_key(json, "scopes");
    json_begin_array(json);
    while (str_next_field(&list, ',', &scope)) {
        if (!str_empty(str_trim(scope)))
            json_str(json, str_trim(scope));
    }
    json_end(json);
}

static void write_expiry(JsonWriter *json, const char *expires)
{
    if (expires && str_equal(str_of(expires), STR("never")))
        json_field_text(json, "expires_at", NULL);
    else if (expires)
        json_field_text(json, "expires_at", expires);
}

static bool add(Tokens *tokens, Error *error)
{
    Str body;
    Command *command = tokens->command;
    const char *scopes = command_take_option(command, "--scopes");
    const char *expires = command_take_option(command, "--expires");
    JsonWriter *json = json_writer_new(tokens->arena, BODY_MAX_BYTES);
    json_begin_object(json);
    json_field_text(json, "name", command->argv[1]);
    write_scopes(json, str_of(scopes ? scopes : "read,mcp"));
    write_expiry(json, expires);
    json_end(json);
    if (!json_writer_text(json, &body))
        return error_set(error, ERR_VALIDATION, "the name and the options are too long");
    const JsonValue *token = client_post(tokens->client, tokens->arena, PATH, body, error);
    if (!token)
        return false;
    if (tokens->as_json)
        return remote_print_json(token);
    ListItems one = {0};
    *VEC_PUSH(tokens->arena, &one) = token;
    if (!print_tokens(tokens, &one))
        return error_set(error, ERR_IO, "cannot print the token");
    printf("%.*s\n", STR_ARGS(text_of(token, "token")));
    fprintf(stderr, "This is the only time that the token is shown.\n");
    return true;
}

static bool list(Tokens *tokens, Error *error)
{
    ListItems items = {0};
    return list_load(tokens->client, tokens->arena, PATH, &items, error) &&
           print_tokens(tokens, &items);
}

static bool revoke(Tokens *tokens, Error *error)
{
    Arena *arena = tokens->arena;
    const char *word = tokens->command->argv[1];
    const char *id = list_find_id(tokens->client, arena, &list_tokens, word, error);
    return id &&
           client_delete(tokens->client, arena, arena_printf(arena, PATH "/%s", id).data, error);
}

static const struct {
    const char *name;
    int words;
    bool (*run)(Tokens *tokens, Error *error);
    const char *expected;
} verbs[] = {
    {"add", 2, add, "add needs a name for the token"},
    {"list", 1, list, "list takes no more words"},
    {"revoke", 2, revoke, "revoke needs the id or the name of a token"},
};

static int count_words(const Command *command)
{
    int count = 0;
    while (count < command->argc && !str_starts_with(str_of(command->argv[count]), STR("--")))
        count++;
    return count;
}

int command_tokens(Command *command)
{
    Error error = {0};
    bool as_json = command_take_flag(command, "--json");
    Str verb = command->argc ? str_of(command->argv[0]) : STR("list");
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (!str_equal(verb, str_of(verbs[i].name)))
            continue;
        bool takes_options = str_equal(verb, STR("add"));
        int words = takes_options ? count_words(command) : MAX_OF(command->argc, 1);
        if (words != verbs[i].words)
            return command_misuse(command, "%s", verbs[i].expected);
        auto_arena Arena *arena = arena_new();
        arena_keep_secret(arena);
        auto_client Client *client = client_load(command, &error);
        Tokens tokens = {command, client, arena, as_json};
        return client && verbs[i].run(&tokens, &error) ? 0 : command_fail(&error);
    }
    return command_misuse(command, "expected add, list or revoke");
}
