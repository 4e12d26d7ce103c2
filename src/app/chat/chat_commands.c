/* SPDX-License-Identifier: Apache-2.0 */
#include "app/chat/chat_private.h"

#include "app/remote.h"

#include <stdio.h>

enum { BODY_MAX_BYTES = 4096, FILES_LIMIT = 100, CONTEXT_LINES = 2 };

typedef struct {
    const char *name;
    void (*run)(Chat *chat, Str argument);
    const char *help;
} ChatCommand;

static Str text_of(const JsonValue *value, const char *key)
{
    return json_str_or(value, key, STR(""));
}

static void list_files(Chat *chat, Str argument)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    Str path = arena_printf(arena, "/api/v1/files?limit=%d", FILES_LIMIT);
    const JsonValue *page = client_get(chat->talk.client, arena, path.data, &error);
    const JsonValue *items = json_get(page, "items");
    (void)argument;
    if (!page) {
        chat_fail(chat, &error);
        return;
    }
    for (size_t i = 0; items && i < items->count; i++)
        remote_print_document(&items->items[i], "");
    if (!items || items->count == 0)
        view_note(&chat->view, "no files: netguru upload PATH…");
    if (!str_empty(text_of(page, "next_cursor")))
        view_note(&chat->view, "(netguru files lists all)");
}

/* Prints lines of a document with their numbers, and marks those that are cited. */
static void print_lines(Str text, int64_t number, const JsonValue *citation)
{
    Str line;
    int64_t first = json_i64_or(citation, "line_start", 0);
    int64_t last = json_i64_or(citation, "line_end", first);
    for (; str_next_line(&text, &line); number++) {
        bool is_cited = number >= first && number <= last;
        if (number >= first - CONTEXT_LINES && number <= last + CONTEXT_LINES)
            printf("%c %5lld  %.*s\n", is_cited ? '>' : ' ', (long long)number, STR_ARGS(line));
    }
    fflush(stdout);
}

static bool write_range(Arena *arena, const JsonValue *citation, Str *out_json)
{
    int64_t page = json_i64_or(citation, "page", 0);
    int64_t first = json_i64_or(citation, "line_start", 1);
    bool is_global = !str_empty(text_of(citation, "source_id"));
    const char *member = is_global ? "source_id" : "document_id";
    JsonWriter *json = json_writer_new(arena, BODY_MAX_BYTES);
    json_begin_object(json);
    json_field_str(json, member, text_of(citation, member));
    json_field_i64(json, "line_start", MAX_OF(first - CONTEXT_LINES, (int64_t)1));
    json_field_i64(json, "line_end", json_i64_or(citation, "line_end", first) + CONTEXT_LINES);
    if (page > 0)
        json_field_i64(json, "page", page);
    json_end(json);
    return json_writer_text(json, out_json);
}

/* Prints the cited lines as they are stored now, with some around them. Returns false when the
 * server does not give them. */
static bool print_stored(Chat *chat, Arena *arena, const JsonValue *citation)
{
    Str json;
    Error ignored = {0};
    if (json_i64_or(citation, "line_start", 0) <= 0 || !write_range(arena, citation, &json))
        return false;
    const JsonValue *answer =
        client_post(chat->talk.client, arena, "/api/v1/tools/read_lines", json, &ignored);
    const JsonValue *passages = json_get(answer, "passages");
    for (size_t i = 0; passages && i < passages->count; i++)
        print_lines(text_of(&passages->items[i], "text"),
                    json_i64_or(&passages->items[i], "line_start", 1), citation);
    return passages && passages->count > 0;
}

static void show_citation(Chat *chat, Str argument)
{
    uint32_t number = 0;
    auto_arena Arena *arena = arena_new();
    const JsonValue *citation = NULL;
    if (str_parse_u32(argument, &number))
        citation = view_find_citation(&chat->view, number);
    if (!citation) {
        view_note(&chat->view,
                  chat->view.citations ? "the last answer has no citation [%.*s]"
                                       : "the last answer cites nothing",
                  STR_ARGS(argument));
        return;
    }
    view_place(&chat->view, citation);
    if (!print_stored(chat, arena, citation))
        print_lines(text_of(citation, "quote"), json_i64_or(citation, "line_start", 1), citation);
}

static void stop(Chat *chat, Str argument)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    (void)argument;
    if (str_empty(chat->talk.conversation_id)) {
        view_note(&chat->view, "no answer is being written");
        return;
    }
    Str path = arena_printf(arena, "/api/v1/chat/conversations/%.*s/cancel",
                            STR_ARGS(chat->talk.conversation_id));
    const JsonValue *answer = client_post(chat->talk.client, arena, path.data, STR(""), &error);
    if (!answer) {
        chat_fail(chat, &error);
    } else {
        view_note(&chat->view, str_equal(text_of(answer, "status"), STR("idle"))
                                   ? "no answer is being written"
                                   : "stopping");
    }
}

static void choose_model(Chat *chat, Str argument)
{
    Talk *talk = &chat->talk;
    if (!str_empty(argument))
        talk_set_model(talk, arena_copy(chat->arena, argument));
    Str shown = !str_empty(talk->model) ? talk->model
                : str_empty(talk->mode) ? STR("auto")
                                        : talk->mode;
    view_note(&chat->view, "model: %.*s%s%.*s", STR_ARGS(talk->provider),
              str_empty(talk->provider) ? "" : "/", STR_ARGS(shown));
}

static void quit(Chat *chat, Str argument)
{
    (void)argument;
    chat->is_quitting = true;
}

static void help(Chat *chat, Str argument);

static const ChatCommand commands[] = {
    {"files", list_files, "/files        list your documents"},
    {"cite", show_citation, "/cite N       show the lines that [N] of the last answer cites"},
    {"stop", stop, "/stop         stop the answer that is being written, as Ctrl-C does"},
    {"model", choose_model,
     "/model NAME   ask this model: NAME, PROVIDER/NAME, auto, or sources for none"},
    {"help", help, "/help         show this list"},
    {"quit", quit, "/quit         leave, as Ctrl-D does"},
};

static void help(Chat *chat, Str argument)
{
    (void)argument;
    view_break(&chat->view);
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        printf("%s\n", commands[i].help);
    fflush(stdout);
}

void chat_run_command(Chat *chat, Str line)
{
    Str name;
    Error error = {0};
    Str rest = str_from(line, 1);
    bool has_name = str_next_word(&rest, &name);
    for (size_t i = 0; has_name && i < COUNT_OF(commands); i++) {
        if (str_equal(name, str_of(commands[i].name))) {
            commands[i].run(chat, str_trim(rest));
            return;
        }
    }
    error_set(&error, ERR_VALIDATION, "unknown command %.*s; /help lists all", STR_ARGS(line));
    chat_fail(chat, &error);
}
