/* SPDX-License-Identifier: Apache-2.0 */
/* netguru ask: one question and its answer, from a server or from local files. */
#include "app/chat/talk.h"
#include "app/chat/view.h"
#include "app/local.h"
#include "app/local_answer.h"
#include "app/remote.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

enum {
    QUESTION_MAX_BYTES = 32 * 1024,
    JSON_MAX_BYTES = 16 * 1024 * 1024,
    ANALYSIS_TIMEOUT_S = 600,
    MAX_DOCUMENTS = 100, /* of a question */
    EXIT_INTERRUPTED = 128 + SIGINT,
};

typedef struct {
    Command *command;
    Str question;
    const char *const *files;
    size_t file_count;
    bool as_json;
    const char *model;
    View view;
    Talk talk;
} Ask;

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* The question is the first word, and the others are files. A question of several words needs no
 * quotes: then the files are those of the last words that are there. */
static bool take_words(Ask *ask, Error *error)
{
    Command *command = ask->command;
    auto_strbuf StrBuf question = {0};
    bool is_quoted = str_find_byte(str_of(command->argv[0]), ' ') != STR_NOT_FOUND;
    int files = command->argc;
    while (files > 1 && is_file(command->argv[files - 1]))
        files--;
    if (is_quoted && files > 1)
        return error_set(error, ERR_NOT_FOUND, "%s: no such file", command->argv[files - 1]);
    strbuf_init(&question, QUESTION_MAX_BYTES);
    for (int i = 0; i < files; i++)
        strbuf_printf(&question, "%s%s", i ? " " : "", command->argv[i]);
    if (question.overflowed)
        return error_set(error, ERR_VALIDATION, "a question has at most %d KiB",
                         QUESTION_MAX_BYTES / 1024);
    ask->question = arena_copy(command->arena, strbuf_str(&question));
    ask->files = (const char *const *)&command->argv[files];
    ask->file_count = (size_t)(command->argc - files);
    return true;
}

static bool write_local_json(Arena *arena, const LocalAnswer *answer, Str *out_json)
{
    JsonWriter *json = json_writer_new(arena, JSON_MAX_BYTES);
    json_begin_object(json);
    json_field_bool(json, "found", answer->found);
    json_field_str(json, "content", answer->text);
    json_key(json, "metadata");
    json_begin_object(json);
    json_key(json, "citations");
    json_begin_array(json);
    for (size_t i = 0; i < answer->citations.count; i++) {
        const LocalCitation *citation = &answer->citations.items[i];
        json_begin_object(json);
        json_field_u64(json, "n", i + 1);
        json_field_text(json, "document", citation->file);
        json_field_i64(json, "line_start", citation->line_start);
        json_field_i64(json, "line_end", citation->line_end);
        json_field_str(json, "quote", citation->quote);
        json_end(json);
    }
    json_end(json);
    json_end(json);
    json_end(json);
    return json_writer_text(json, out_json);
}

static int answer_locally(Ask *ask)
{
    Str json;
    Error error = {0};
    LocalAnswer answer;
    Arena *arena = ask->command->arena;
    Inputs files = {.arena = arena};
    LocalQuestion question = {ask->question, &files};
    for (size_t i = 0; i < ask->file_count; i++) {
        if (!local_add_unpacked(&files, &(Input){.path = ask->files[i]}, &error))
            return command_fail(&error);
    }
    if (!local_answer(arena, &question, &answer, &error))
        return command_fail(&error);
    if (!write_local_json(arena, &answer, &json)) {
        error_set(&error, ERR_FILE_TOO_LARGE, "the answer is too large");
        return command_fail(&error);
    }
    if (ask->as_json)
        return command_print(json) && command_print(STR("\n")) ? 0 : 1;
    const JsonValue *message = json_parse(arena, json, &error);
    if (!message)
        return command_fail(&error);
    view_message(&ask->view, message);
    return 0;
}

/* Waits for the files of an archive. Those that cannot be analysed are left out. */
static bool add_members(Ask *ask, const JsonValue *members, const char *path, Error *error)
{
    Arena *arena = ask->command->arena;
    if (ask->talk.document_ids.count + members->count > MAX_DOCUMENTS) {
        return error_set(error, ERR_VALIDATION,
                         "%s: a question can name at most %d files: upload the archive with "
                         "`netguru upload`, and ask without naming it",
                         path, MAX_DOCUMENTS);
    }
    for (size_t i = 0; i < members->count; i++) {
        Str id = json_str_or(&members->items[i], "id", STR(""));
        const JsonValue *document =
            client_wait_document(ask->talk.client, arena, id, ANALYSIS_TIMEOUT_S, error);
        if (!document)
            return error_prefix(error, "%s: ", path);
        if (str_equal(json_str_or(document, "status", STR("")), STR("completed")))
            *VEC_PUSH(arena, &ask->talk.document_ids) = id;
    }
    return true;
}

/* Uploads the files and waits for their analyses, so that the answer can use them. */
static bool upload_files(Ask *ask, Error *error)
{
    Arena *arena = ask->command->arena;
    for (size_t i = 0; i < ask->file_count; i++) {
        const JsonValue *document =
            client_upload(ask->talk.client, arena, ask->files[i], NULL, error);
        if (!document)
            return false;
        Str id = json_str_or(document, "id", STR(""));
        document = client_wait_document(ask->talk.client, arena, id, ANALYSIS_TIMEOUT_S, error);
        if (!document)
            return error_prefix(error, "%s: ", ask->files[i]);
        if (str_equal(json_str_or(document, "status", STR("")), STR("failed")))
            return error_set(error, ERR_VALIDATION, "%s: %.*s", ask->files[i],
                             STR_ARGS(json_str_or(document, "failure_reason", STR(""))));
        const JsonValue *members = json_get(json_get(document, "archive"), "members");
        if (members && !add_members(ask, members, ask->files[i], error))
            return false;
        if (!members)
            *VEC_PUSH(arena, &ask->talk.document_ids) = id;
    }
    return true;
}

static void on_begin(void *context, Str message_id)
{
    Ask *ask = context;
    view_begin_answer(&ask->view, message_id);
}

static void drop_text(void *context, uint64_t offset, Str text)
{
    (void)context;
    (void)offset;
    (void)text;
}

static void drop_event(void *context, const JsonValue *event, Str json)
{
    (void)context;
    (void)event;
    (void)json;
}

static void drop_loss(void *context, const Error *why)
{
    (void)context;
    (void)why;
}

static int show_answer(Ask *ask)
{
    const JsonValue *message = ask->talk.message;
    Str state = json_str_or(message, "state", STR(""));
    if (ask->as_json) {
        (void)remote_print_json(message);
    } else {
        view_end_answer(&ask->view, message);
        fprintf(stderr, "netguru chat %.*s continues this conversation\n",
                STR_ARGS(ask->talk.conversation_id));
    }
    if (ask->talk.interrupts > 0)
        return EXIT_INTERRUPTED;
    return str_equal(state, STR("complete")) ? 0 : 1;
}

static bool ask_server(Ask *ask, Error *error)
{
    AnswerSink quiet = {.text = drop_text, .event = drop_event, .lost = drop_loss};
    Arena *arena = ask->command->arena;
    ask->talk.sink = ask->as_json ? quiet : view_sink(&ask->view);
    ask->talk.begins = on_begin;
    ask->talk.context = ask;
    return upload_files(ask, error) && talk_begin_conversation(&ask->talk, arena, error) &&
           talk_ask(&ask->talk, arena, ask->question, error);
}

/* Whether files are read here instead: the user is not logged in, or no server answers. */
static bool is_without_server(const Ask *ask, const Error *error)
{
    bool is_away = error->code == ERR_UNAVAILABLE && str_empty(ask->talk.conversation_id);
    return ask->file_count > 0 && (error->code == ERR_AUTH || is_away);
}

static int run_ask(Ask *ask)
{
    Error error = {0};
    ask->talk.client = client_load(ask->command, &error);
    ask->talk.caller = ask->talk.client ? caller_new(ask->talk.client, &error) : NULL;
    bool done = ask->talk.caller && ask_server(ask, &error);
    int status = 0;
    if (done) {
        status = show_answer(ask);
    } else if (ask->talk.is_leaving) {
        view_break(&ask->view);
        status = EXIT_INTERRUPTED;
    } else if (is_without_server(ask, &error)) {
        fprintf(stderr, "netguru: the files are read here, without a model: %s\n", error.message);
        status = answer_locally(ask);
    } else {
        view_break(&ask->view);
        status = command_fail(&error);
    }
    caller_free(ask->talk.caller);
    client_free(ask->talk.client);
    return status;
}

int command_ask(Command *command)
{
    Error error = {0};
    Ask ask = {.command = command};
    bool is_local = command_take_flag(command, "--local");
    ask.as_json = command_take_flag(command, "--json");
    ask.talk.is_private = command_take_flag(command, "--private");
    ask.model = command_take_option(command, "--model");
    if (command->argc == 0)
        return command_misuse(command, "give the question");
    if (!take_words(&ask, &error))
        return command_fail(&error);
    if (is_local && ask.file_count == 0)
        return command_misuse(command, "--local needs the files to read");
    if (ask.model)
        talk_set_model(&ask.talk, str_of(ask.model));
    view_init(&ask.view, ask.as_json);
    int status = is_local ? answer_locally(&ask) : run_ask(&ask);
    view_done(&ask.view);
    return status;
}
