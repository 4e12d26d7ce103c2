/* SPDX-License-Identifier: Apache-2.0 */
/* netguru tool: calls a tool of the server, as a language model does. */
#include "app/client.h"
#include "app/command.h"
#include "app/remote.h"
#include "base/json.h"

#include <stdio.h>

enum { ARGUMENTS_MAX_BYTES = 64 * 1024, ANSWER_MAX_BYTES = 1024 * 1024 };

static void free_client(Client **client)
{
    client_free(*client);
}

#define auto_client AUTO(free_client)

static Str text_of(const JsonValue *value, const char *key)
{
    return json_str_or(value, key, STR(""));
}

static void print_tool(const JsonValue *tool)
{
    const JsonValue *properties = json_get(json_get(tool, "parameters"), "properties");
    printf("%.*s", STR_ARGS(text_of(tool, "name")));
    for (size_t i = 0; properties && i < properties->count; i++)
        printf(" %.*s=…", STR_ARGS(properties->keys[i]));
    printf("\n    %.*s\n", STR_ARGS(text_of(tool, "description")));
}

static const JsonValue *find_tool(const JsonValue *answer, Str name, Error *error)
{
    const JsonValue *tools = json_get(answer, "tools");
    for (size_t i = 0; tools && i < tools->count; i++) {
        if (str_equal(text_of(&tools->items[i], "name"), name))
            return &tools->items[i];
    }
    error_set(error, ERR_NOT_FOUND, "no such tool: `netguru tool` lists them");
    return NULL;
}

/* Writes a word such as "line_start=12". The schema tells numbers from text. */
static bool write_argument(JsonWriter *json, const JsonValue *tool, Arena *arena, Str word)
{
    int64_t number = 0;
    size_t equals = str_find_byte(word, '=');
    if (equals == STR_NOT_FOUND)
        return false;
    Str name = str_slice(word, 0, equals);
    Str value = str_from(word, equals + 1);
    const JsonValue *properties = json_get(json_get(tool, "parameters"), "properties");
    const JsonValue *property = json_get(properties, arena_cstring(arena, name));
    bool is_number = str_equal(text_of(property, "type"), STR("integer"));
    json_key_str(json, name);
    if (is_number && str_parse_i64(value, &number))
        json_i64(json, number);
    else
        json_str(json, value);
    return true;
}

static int call(Command *command, Client *client, const JsonValue *tool)
{
    Str body;
    Str text;
    Error error = {0};
    Arena *arena = command->arena;
    JsonWriter *json = json_writer_new(arena, ARGUMENTS_MAX_BYTES);
    json_begin_object(json);
    for (int i = 1; i < command->argc; i++) {
        if (!write_argument(json, tool, arena, str_of(command->argv[i])))
            return command_misuse(command, "\"%s\" is not of the form NAME=VALUE",
                                  command->argv[i]);
    }
    json_end(json);
    if (!json_writer_text(json, &body))
        return command_misuse(command, "the arguments are too long");
    Str path = arena_printf(arena, "/api/v1/tools/%.*s", STR_ARGS(text_of(tool, "name")));
    const JsonValue *answer = client_post(client, arena, path.data, body, &error);
    if (!answer || !json_value_text(arena, answer, ANSWER_MAX_BYTES, &text))
        return command_fail(&error);
    return command_print(arena_printf(arena, "%.*s\n", STR_ARGS(text))) ? 0 : 1;
}

int command_tool(Command *command)
{
    Error error = {0};
    bool as_json = command_take_flag(command, "--json");
    auto_client Client *client = client_load(command, &error);
    const JsonValue *answer =
        client ? client_get(client, command->arena, "/api/v1/tools", &error) : NULL;
    if (!answer)
        return command_fail(&error);
    if (command->argc == 0) {
        const JsonValue *tools = json_get(answer, "tools");
        for (size_t i = 0; tools && i < tools->count; i++) {
            if (!as_json)
                print_tool(&tools->items[i]);
            else if (!remote_print_json(&tools->items[i]))
                return 1;
        }
        return 0;
    }
    const JsonValue *tool = find_tool(answer, str_of(command->argv[0]), &error);
    return tool ? call(command, client, tool) : command_fail(&error);
}
