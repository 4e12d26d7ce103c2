/* SPDX-License-Identifier: Apache-2.0 */
/* netguru chat: a conversation at the terminal. */
#include "app/chat/chat_private.h"
#include "app/list.h"

#include <signal.h>
#include <stdio.h>

enum { EXIT_INTERRUPTED = 128 + SIGINT, TYPED_MAX = 16 };

static void on_begin(void *context, Str message_id)
{
    Chat *chat = context;
    view_begin_answer(&chat->view, message_id);
}

static void on_typed(void *context, Str line)
{
    Chat *chat = context;
    if (!line.data)
        line = STR("/quit");
    if (!str_empty(line) && chat->typed.count < TYPED_MAX)
        *VEC_PUSH(chat->arena, &chat->typed) = arena_copy(chat->arena, line);
}

static void on_stopping(void *context, int interrupts)
{
    Chat *chat = context;
    if (interrupts == 1 && !chat->view.as_json)
        view_note(&chat->view, "(stopping; Ctrl-C again leaves)");
}

void chat_fail(Chat *chat, const Error *error)
{
    view_break(&chat->view);
    int status = command_fail(error);
    if (chat->exit_status == 0 && !editor_is_terminal(chat->editor))
        chat->exit_status = status;
}

/* Shows how the answer has ended. */
static void finish_answer(Chat *chat, bool done, const Error *error)
{
    if (done) {
        view_end_answer(&chat->view, chat->talk.message);
        if (!str_equal(json_str_or(chat->talk.message, "state", STR("")), STR("complete")) &&
            !editor_is_terminal(chat->editor) && chat->exit_status == 0)
            chat->exit_status = 1;
    } else if (chat->talk.is_leaving) {
        view_break(&chat->view);
    } else {
        chat_fail(chat, error);
    }
}

/* Tells the ID, by which another terminal continues. */
static void show_conversation(Chat *chat)
{
    Str id = chat->talk.conversation_id;
    if (chat->view.as_json) {
        printf("{\"type\":\"conversation\",\"id\":\"%.*s\"}\n", STR_ARGS(id));
        fflush(stdout);
    } else {
        view_note(&chat->view, "conversation %.*s", STR_ARGS(id));
    }
}

static void ask(Chat *chat, Str question)
{
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    if (str_empty(chat->talk.conversation_id)) {
        if (!talk_begin_conversation(&chat->talk, chat->arena, &error)) {
            chat_fail(chat, &error);
            return;
        }
        show_conversation(chat);
    }
    bool done = talk_ask(&chat->talk, arena, question, &error);
    finish_answer(chat, done, &error);
}

/* Shows the end of the conversation, except the answer that is being written. */
static bool show_messages(Chat *chat, Arena *arena, Str running, Error *error)
{
    Str path = arena_printf(arena, "/api/v1/chat/conversations/%.*s/messages?limit=10",
                            STR_ARGS(chat->talk.conversation_id));
    const JsonValue *page = client_get(chat->talk.client, arena, path.data, error);
    const JsonValue *items = json_get(page, "items");
    if (!page)
        return false;
    if (!str_empty(json_str_or(page, "next_cursor", STR(""))))
        view_note(&chat->view, "(netguru conversations show %.*s shows the messages before)",
                  STR_ARGS(chat->talk.conversation_id));
    for (size_t i = 0; items && i < items->count; i++)
        if (!str_equal(json_str_or(&items->items[i], "id", STR("")), running))
            view_message(&chat->view, &items->items[i]);
    return true;
}

/* Opens a conversation that is there, and reads the answer that is being written to its end. */
static bool open_conversation(Chat *chat, Error *error)
{
    auto_arena Arena *arena = arena_new();
    Str path = arena_printf(arena, "/api/v1/chat/conversations/%.*s",
                            STR_ARGS(chat->talk.conversation_id));
    const JsonValue *conversation = client_get(chat->talk.client, arena, path.data, error);
    if (!conversation)
        return false;
    Str running = json_str_or(conversation, "running", STR(""));
    if (chat->view.is_terminal) {
        view_title(&chat->view, json_str_or(conversation, "title", STR("")));
        if (!show_messages(chat, arena, running, error))
            return false;
    }
    if (str_empty(running))
        return true;
    int64_t after = json_i64_or(conversation, "events_after", 0);
    bool done =
        talk_follow(&chat->talk, arena, running, (uint64_t)MAX_OF(after, (int64_t)0), error);
    finish_answer(chat, done, error);
    return true;
}

/* A slash and a word, for example /cite 2. */
static bool is_command(Str line)
{
    size_t size = 1;
    while (size < line.size && line.data[size] >= 'a' && line.data[size] <= 'z')
        size++;
    return line.data[0] == '/' && (size == line.size || line.data[size] == ' ');
}

static void take_line(Chat *chat, Str line)
{
    if (str_empty(line))
        return;
    if (is_command(line))
        chat_run_command(chat, line);
    else
        ask(chat, line);
}

/* Returns false when the conversation is to be left. */
static bool take_next(Chat *chat)
{
    Str line;
    Error error = {0};
    auto_arena Arena *arena = arena_new();
    if (chat->typed_next < chat->typed.count) {
        take_line(chat, chat->typed.items[chat->typed_next++]);
        return true;
    }
    chat->typed.count = chat->typed_next = 0;
    EditorResult result = editor_read(chat->editor, arena, &line);
    bool was_interrupted = chat->was_interrupted;
    chat->was_interrupted = result == EDITOR_INTERRUPTED;
    switch (result) {
    case EDITOR_LINE:
        take_line(chat, line);
        return true;
    case EDITOR_TOO_LONG:
        error_set(&error, ERR_VALIDATION, "a question has at most %d KiB",
                  EDITOR_LINE_MAX_BYTES / 1024);
        chat_fail(chat, &error);
        return true;
    case EDITOR_INTERRUPTED:
        if (!was_interrupted)
            view_note(&chat->view, "(Ctrl-C again, Ctrl-D or /quit leaves)");
        return !was_interrupted;
    case EDITOR_END:
        break;
    }
    return false;
}

/* Has the answers of a conversation that is there made with stand-ins from now on. */
static bool make_private(Chat *chat, Error *error)
{
    auto_arena Arena *arena = arena_new();
    Str path = arena_printf(arena, "/api/v1/chat/conversations/%.*s",
                            STR_ARGS(chat->talk.conversation_id));
    return client_patch(chat->talk.client, arena, path.data, STR("{\"is_private\":true}"), error);
}

/* Shows the title, which a model may have written meanwhile, and how to come back. */
static void take_leave(Chat *chat)
{
    Error ignored = {0};
    auto_arena Arena *arena = arena_new();
    Str path = arena_printf(arena, "/api/v1/chat/conversations/%.*s",
                            STR_ARGS(chat->talk.conversation_id));
    const JsonValue *conversation = client_get(chat->talk.client, arena, path.data, &ignored);
    if (conversation)
        view_title(&chat->view, json_str_or(conversation, "title", STR("")));
    view_note(&chat->view, "netguru chat %.*s continues this conversation",
              STR_ARGS(chat->talk.conversation_id));
}

static int talk_to_user(Chat *chat)
{
    Error error = {0};
    bool is_terminal = editor_is_terminal(chat->editor);
    if (!str_empty(chat->talk.conversation_id) &&
        ((chat->talk.is_private && !make_private(chat, &error)) ||
         !open_conversation(chat, &error)))
        return command_fail(&error);
    if (is_terminal && str_empty(chat->talk.conversation_id))
        view_note(&chat->view, "Ask about your network; /help lists the commands.");
    while (!chat->talk.is_leaving && !chat->is_quitting && take_next(chat))
        continue;
    if (is_terminal && !str_empty(chat->talk.conversation_id))
        take_leave(chat);
    return chat->talk.is_leaving ? EXIT_INTERRUPTED : chat->exit_status;
}

static int run_chat(Chat *chat, bool as_json)
{
    view_init(&chat->view, as_json);
    chat->editor = editor_new();
    chat->talk.sink = view_sink(&chat->view);
    chat->talk.begins = on_begin;
    chat->talk.is_stopping = on_stopping;
    chat->talk.is_typed = editor_is_terminal(chat->editor) ? on_typed : NULL;
    chat->talk.context = chat;
    int status = talk_to_user(chat);
    editor_free(chat->editor);
    view_done(&chat->view);
    return status;
}

static bool find_conversation(Chat *chat, const Command *command, Error *error)
{
    if (command->argc == 0)
        return true;
    const char *id = list_find_id(chat->talk.client, command->arena, &list_conversations,
                                  command->argv[0], error);
    chat->talk.conversation_id = str_of(id);
    return id != NULL;
}

int command_chat(Command *command)
{
    Error error = {0};
    Chat chat = {.arena = command->arena};
    bool as_json = command_take_flag(command, "--json");
    chat.talk.is_private = command_take_flag(command, "--private");
    const char *model = command_take_option(command, "--model");
    if (command->argc > 1)
        return command_misuse(command, "give one ID, or none to begin a conversation");
    if (model)
        talk_set_model(&chat.talk, str_of(model));
    chat.talk.client = client_load(command, &error);
    if (chat.talk.client && find_conversation(&chat, command, &error))
        chat.talk.caller = caller_new(chat.talk.client, &error);
    int status = chat.talk.caller ? run_chat(&chat, as_json) : command_fail(&error);
    caller_free(chat.talk.caller);
    client_free(chat.talk.client);
    return status;
}
