/* SPDX-License-Identifier: Apache-2.0 */
#include "app/client.h"
#include "app/remote.h"

#include <stdio.h>

enum { QUESTION_MAX_BYTES = 8192, SHOWN_MAX_BYTES = 1024 * 1024 };

static Str ask_body(Command *command)
{
    JsonWriter json;
    auto_strbuf StrBuf question = {0};
    auto_strbuf StrBuf body = {0};
    strbuf_init(&question, QUESTION_MAX_BYTES);
    for (int i = 0; i < command->argc; i++)
        strbuf_printf(&question, "%s%s", i ? " " : "", command->argv[i]);
    strbuf_init(&body, (size_t)QUESTION_MAX_BYTES * 8);
    json_start(&json, &body);
    json_begin_object(&json);
    json_field_str(&json, "question", strbuf_str(&question));
    json_end(&json);
    return arena_copy(command->arena, strbuf_str(&body));
}

/* A line of Markdown without its marks, as the server writes them. */
static void show_line(StrBuf *out, Str line)
{
    if (str_starts_with(line, STR("### ")))
        line = str_from(line, 4);
    for (size_t i = 0; i < line.size; i++) {
        bool is_bold = line.data[i] == '*' && i + 1 < line.size && line.data[i + 1] == '*';
        if (is_bold)
            i++;
        else if (line.data[i] != '`')
            strbuf_append_byte(out, line.data[i]);
    }
    strbuf_append_byte(out, '\n');
}

/* The answer for a terminal: quoted lines are indented, in place of a fence. */
static bool show_answer(Str text)
{
    Str line;
    Str fence = STR("");
    auto_strbuf StrBuf out = {0};
    strbuf_init(&out, SHOWN_MAX_BYTES);
    while (str_next_line(&text, &line)) {
        size_t ticks = 0;
        while (ticks < line.size && line.data[ticks] == '`')
            ticks++;
        bool opens = str_empty(fence) && ticks >= 3;
        bool closes = !str_empty(fence) && ticks >= fence.size && ticks == line.size;
        if (opens)
            fence = str_slice(line, 0, ticks);
        else if (closes)
            fence = STR("");
        else if (str_empty(fence))
            show_line(&out, line);
        else
            strbuf_printf(&out, "    %.*s\n", STR_ARGS(line));
    }
    return command_print(strbuf_str(&out));
}

int command_ask(Command *command)
{
    Error error = {0};
    bool as_json = command_take_flag(command, "--json");
    if (command->argc == 0)
        return command_misuse(command, "give the question");
    Client *client = client_load(command, &error);
    const JsonValue *answer =
        client ? client_post(client, command->arena, "/api/v1/ask", ask_body(command), &error)
               : NULL;
    client_free(client);
    if (!answer)
        return command_fail(&error);
    bool shown =
        as_json ? remote_print_json(answer) : show_answer(json_str_or(answer, "text", STR("")));
    return shown ? 0 : 1;
}
