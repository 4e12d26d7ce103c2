/* SPDX-License-Identifier: Apache-2.0 */
#include "app/chat/talk.h"

#include "base/uuid.h"

#include <signal.h>
#include <unistd.h>

enum { BODY_MAX_BYTES = 1024 * 1024, POST_ATTEMPTS = 8 };

bool talk_begin_conversation(Talk *talk, Arena *arena, Error *error)
{
    const JsonValue *conversation =
        client_post(talk->client, arena, "/api/v1/chat/conversations",
                    talk->is_private ? STR("{\"is_private\":true}") : STR("{}"), error);
    if (!conversation)
        return false;
    Uuid id;
    if (!json_get_str(conversation, "id", &talk->conversation_id) ||
        !uuid_parse(talk->conversation_id, &id))
        return error_set(error, ERR_INTERNAL, "the server gave the conversation no id");
    return true;
}

static void write_documents(JsonWriter *json, const StrVec *ids)
{
    json_key(json, "document_ids");
    json_begin_array(json);
    for (size_t i = 0; i < ids->count; i++)
        json_str(json, ids->items[i]);
    json_end(json);
}

static bool write_question(const Talk *talk, Arena *arena, Str *out_json)
{
    JsonWriter *json = json_writer_new(arena, BODY_MAX_BYTES);
    json_begin_object(json);
    json_field_str(json, "content", talk->question);
    json_field_str(json, "client_id", talk->client_id);
    json_field_str(json, "mode", str_empty(talk->mode) ? STR("auto") : talk->mode);
    if (!str_empty(talk->provider))
        json_field_str(json, "provider", talk->provider);
    if (!str_empty(talk->model))
        json_field_str(json, "model", talk->model);
    if (talk->document_ids.count > 0)
        write_documents(json, &talk->document_ids);
    json_end(json);
    return json_writer_text(json, out_json);
}

/* The client_id makes repeating harmless. */
static const JsonValue *post_question(Task *task, const Talk *talk)
{
    Str json;
    if (!write_question(talk, task->arena, &json)) {
        task_fail(task, ERR_VALIDATION, "the question is too long");
        return NULL;
    }
    CallerRequest request = {.method = "POST",
                             .path = arena_printf(task->arena,
                                                  "/api/v1/chat/conversations/%.*s/messages",
                                                  STR_ARGS(talk->conversation_id)),
                             .json = json};
    for (uint32_t attempt = 0;; attempt++) {
        const JsonValue *begun = caller_json(task, talk->caller, &request);
        if (begun || attempt == POST_ATTEMPTS || !caller_wait_to_repeat(task, attempt))
            return begun;
    }
}

static bool begin_answer(Task *task, Talk *talk)
{
    Str message_id;
    const JsonValue *begun = post_question(task, talk);
    if (!begun)
        return false;
    if (!json_get_str(begun, "message_id", &message_id))
        return task_fail(task, ERR_INTERNAL, "the server gave the answer no id");
    talk->message_id = arena_copy(talk->arena, message_id);
    talk->after = (uint64_t)MAX_OF(json_i64_or(begun, "after", 0), (int64_t)0);
    return true;
}

/* The message outlives the task. */
static bool keep_message(Task *task, Talk *talk, const JsonValue *message)
{
    Str text;
    if (!json_value_text(talk->arena, message, CALLER_ANSWER_MAX_BYTES, &text))
        return task_fail(task, ERR_FILE_TOO_LARGE, "the answer is too large");
    talk->message = json_parse(talk->arena, text, &task->error);
    return talk->message != NULL;
}

static bool read_answer(Task *task, Talk *talk)
{
    if (str_empty(talk->message_id) && !begin_answer(task, talk))
        return false;
    Follow follow = {.caller = talk->caller,
                     .conversation_id = talk->conversation_id,
                     .message_id = talk->message_id,
                     .has_after = talk->after > 0,
                     .after = talk->after,
                     .sink = talk->sink};
    if (talk->begins)
        talk->begins(talk->context, talk->message_id);
    return follow_answer(task, &follow) && keep_message(task, talk, follow.message);
}

static void answer_main(Task *task, void *argument)
{
    Talk *talk = argument;
    if (!read_answer(task, talk))
        talk->error = task->error;
}

static void cancel_main(Task *task, void *argument)
{
    const Talk *talk = argument;
    CallerRequest request = {.method = "POST",
                             .path =
                                 arena_printf(task->arena, "/api/v1/chat/conversations/%.*s/cancel",
                                              STR_ARGS(talk->conversation_id))};
    if (!caller_json(task, talk->caller, &request))
        task_forget_error(task); /* the user sees that the answer goes on */
}

void talk_stop(Talk *talk)
{
    caller_run_beside(talk->caller, cancel_main, talk);
}

static void on_interrupt(void *context)
{
    Talk *talk = context;
    talk->interrupts++;
    if (talk->interrupts > 2)
        _exit(128 + SIGINT);
    if (talk->is_stopping)
        talk->is_stopping(talk->context, talk->interrupts);
    if (talk->interrupts == 1) {
        talk_stop(talk);
        return;
    }
    talk->is_leaving = true;
    caller_cancel(talk->caller);
}

static void on_line(void *context, Str line)
{
    Talk *talk = context;
    if (str_equal(line, STR("/stop")))
        talk_stop(talk);
    else
        talk->is_typed(talk->context, line);
}

static bool run(Talk *talk, Arena *arena, Error *error)
{
    CallerRun run = {.on_interrupt = on_interrupt,
                     .on_line = talk->is_typed ? on_line : NULL,
                     .run = answer_main,
                     .context = talk};
    talk->arena = arena;
    talk->message = NULL;
    talk->interrupts = 0;
    talk->error = (Error){0};
    caller_run(talk->caller, &run);
    if (!talk->message)
        *error = talk->error;
    return talk->message != NULL;
}

bool talk_ask(Talk *talk, Arena *arena, Str question, Error *error)
{
    char id[UUID_TEXT_SIZE];
    Uuid client_id = uuid_new();
    talk->question = question;
    talk->client_id = arena_copy(arena, str_of(uuid_write(&client_id, id)));
    talk->message_id = STR("");
    talk->after = 0;
    return run(talk, arena, error);
}

bool talk_follow(Talk *talk, Arena *arena, Str message_id, uint64_t after, Error *error)
{
    talk->message_id = arena_copy(arena, message_id);
    talk->after = after;
    return run(talk, arena, error);
}

static bool is_provider(Str name)
{
    static const char *const providers[] = {"openai", "anthropic", "azure", "local"};
    for (size_t i = 0; i < COUNT_OF(providers); i++)
        if (str_equal(name, str_of(providers[i])))
            return true;
    return false;
}

void talk_set_model(Talk *talk, Str name)
{
    size_t slash = str_find_byte(name, '/');
    bool is_mode = str_equal(name, STR("auto")) || str_equal(name, STR("sources"));
    bool has_provider = slash != STR_NOT_FOUND && is_provider(str_slice(name, 0, slash));
    talk->mode = is_mode ? name : STR("model");
    talk->provider = has_provider ? str_slice(name, 0, slash) : STR("");
    talk->model = is_mode ? STR("") : has_provider ? str_from(name, slash + 1) : name;
}
