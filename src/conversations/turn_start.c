/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a turn: begun by a request, run in a task of its own, ended by another one. */
#include "conversations/internal.h"

#include "base/error_json.h"
#include "base/log.h"
#include "base/mem.h"

enum {
    FINISH_RETRY_MS = 500,
    FINISH_TRIES = 60,
    METADATA_MAX_BYTES = 1024 * 1024,
    STARTED_MAX_BYTES = 4096,
};

static Turn *turn_new(Conversations *conversations, Task *task, const TurnOrder *order,
                      const TurnBeginning *beginning)
{
    Turn *turn = MEM_NEW(Turn);
    Arena *arena = arena_new();
    TurnRequest request = order->request;
    turn->conversations = conversations;
    turn->arena = arena;
    turn->user_id = task->user_id;
    turn->trace_id = task->trace_id;
    turn->fencing_token = beginning->fencing_token;
    turn->kept_ms = loop_now_ms(task->loop);
    strbuf_init(&turn->text, TURN_MAX_TEXT_BYTES);
    Uuid *documents = ARENA_ARRAY(arena, Uuid, request.document_count);
    if (request.document_count > 0)
        memcpy(documents, request.document_ids, request.document_count * sizeof(Uuid));
    request.document_ids = documents;
    request.conversation_id = order->question.conversation_id;
    request.question_id = beginning->question_id;
    request.message_id = beginning->message_id;
    request.question = arena_copy(arena, request.question);
    request.mode = arena_copy(arena, request.mode);
    request.provider = arena_copy(arena, request.provider);
    request.model = arena_copy(arena, request.model);
    request.plan_tier = arena_copy(arena, request.plan_tier);
    turn->request = request;
    turn->has_parent = beginning->has_parent;
    turn->parent_id = beginning->parent_id;
    list_append(&conversations->turns, &turn->node);
    return turn;
}

/* Publishes the first event at once, so that the client knows where the turn begins. */
static bool publish_start(Task *task, const Turn *turn, Str title, uint64_t *out_after)
{
    Str body;
    LoggedEvent logged;
    JsonWriter *json = json_writer_new(task->arena, STARTED_MAX_BYTES);
    json_begin_object(json);
    json_field_text(json, "type", "turn_started");
    json_field_str(json, "message_id", uuid_str(task->arena, &turn->request.message_id));
    json_field_str(json, "question_id", uuid_str(task->arena, &turn->request.question_id));
    json_field_str(json, "title", title);
    json_end(json);
    check(json_writer_text(json, &body));
    NewEvent event = {turn->request.conversation_id, EVENT_STARTS_TURN, body};
    if (!event_log_publish(task, turn_services(turn)->redis, &event, 1, &logged))
        return false;
    *out_after = logged.previous;
    return true;
}

/* Copies the history, which the cache has put into the arena of the task. */
static void keep_history(Turn *turn, const History *history)
{
    HistoryMessage *kept = ARENA_ARRAY(turn->arena, HistoryMessage, history->count);
    for (size_t i = 0; i < history->count; i++) {
        kept[i] = history->messages[i];
        kept[i].content = arena_copy(turn->arena, kept[i].content);
        kept[i].state = arena_copy(turn->arena, kept[i].state);
    }
    turn->request.history = kept;
    turn->request.history_count = history->count;
}

static bool load_history(Task *task, Turn *turn)
{
    History history = {0};
    ArenaMark mark = arena_mark(task->arena);
    bool loaded =
        !turn->has_parent || history_load(task, turn_services(turn), &turn->request.conversation_id,
                                          &turn->parent_id, &history);
    if (loaded)
        keep_history(turn, &history);
    arena_reset(task->arena, mark);
    return loaded;
}

static void finish_turn(Task *task, void *argument);

/* Runs the answerer. What it leaves in task->error decides how the turn ends. */
static void run_turn(Task *task, void *argument)
{
    Turn *turn = argument;
    Conversations *conversations = turn->conversations;
    const ConversationsOptions *options = &conversations->options;
    task->has_user = true;
    task->user_id = turn->user_id;
    task->trace_id = turn->trace_id;
    task_deadline_narrow(task, options->max_duration_ms);
    bool done = load_history(task, turn) && options->answer(task, turn, options->context);
    if (!done && !turn->stop_state) {
        turn->stop_state = task_is_cancelled(task) ? "interrupted" : "failed";
        PublicMessage buffer;
        turn->reason = arena_copy(turn->arena, str_of(error_public_message(&task->error, &buffer)));
        log_warn("conversations.turn_failed", LOG_TEXT("error", task->error.message));
    }
    turn_queue_text(turn);
    publisher_wake(conversations);
    conversations->finishing++;
    task_spawn_background(task->loop, "conversations.finish", finish_turn, turn);
}

static void write_usage(JsonWriter *json, const TurnResult *result)
{
    json_field_i64(json, "tokens_in", result->tokens_in);
    json_field_i64(json, "tokens_out", result->tokens_out);
    json_field_i64(json, "tokens_cached", result->tokens_cached);
    json_field_i64(json, "cost_micros", result->cost_micros);
    if (!str_empty(result->provider_usage)) {
        json_key(json, "provider_usage");
        json_raw(json, result->provider_usage);
    }
}

static Str write_metadata(Task *task, const Turn *turn)
{
    Str text = STR("{}");
    const TurnResult *result = &turn->result;
    JsonWriter *json = json_writer_new(task->arena, METADATA_MAX_BYTES);
    json_begin_object(json);
    json_key(json, "citations");
    json_raw(json, str_empty(result->citations) ? STR("[]") : result->citations);
    if (!str_empty(result->provider))
        json_field_str(json, "provider", result->provider);
    if (!str_empty(result->model))
        json_field_str(json, "model", result->model);
    if (result->has_usage)
        write_usage(json, result);
    if (!str_empty(result->details)) {
        json_key(json, "details");
        json_raw(json, arena_printf(task->arena, "{%.*s}", STR_ARGS(result->details)));
    }
    json_end(json);
    if (!json_writer_text(json, &text))
        log_warn("conversations.metadata_too_large", LOG_INT("limit", METADATA_MAX_BYTES));
    return text;
}

static bool store_end(Task *task, Turn *turn, const TurnEnd *end, bool *out_held)
{
    for (int i = 0; i < FINISH_TRIES; i++) {
        if (turn_store_finish(task, turn_services(turn)->db, &turn->request.message_id,
                              turn->fencing_token, end, out_held))
            return true;
        log_warn("conversations.turn_not_stored", LOG_TEXT("error", task->error.message));
        task_forget_error(task);
        if (!task_sleep(task, FINISH_RETRY_MS))
            return false;
    }
    return false;
}

static void queue_end(Task *task, Turn *turn, const TurnEnd *end)
{
    Str body;
    JsonWriter *json = json_writer_new(task->arena, METADATA_MAX_BYTES);
    bool failed = str_equal(str_of(end->state), STR("failed"));
    json_begin_object(json);
    json_field_text(json, "type", failed ? "error" : "message_completed");
    json_field_str(json, "message_id", uuid_str(task->arena, &turn->request.message_id));
    json_field_text(json, "state", end->state);
    if (!str_empty(end->reason))
        json_field_str(json, failed ? "message" : "reason", end->reason);
    if (!str_empty(turn->result.model))
        json_field_str(json, "model", turn->result.model);
    if (turn->result.has_usage) {
        json_field_i64(json, "tokens_in", turn->result.tokens_in);
        json_field_i64(json, "tokens_out", turn->result.tokens_out);
    }
    json_end(json);
    check(json_writer_text(json, &body));
    turn_queue(turn, EVENT_ENDS_TURN, body);
}

static void count_end(ConversationsStats *stats, const char *state)
{
    if (str_equal(str_of(state), STR("complete")))
        stats->completed++;
    else if (str_equal(str_of(state), STR("failed")))
        stats->failed++;
    else
        stats->cancelled++;
}

/* A cache that could not be brought up to date is noticed by the next turn. */
static void remember(Task *task, const Turn *turn, const TurnEnd *end)
{
    const TurnRequest *request = &turn->request;
    const HistoryMessage added[2] = {
        {request->question_id, true, request->question, STR("complete")},
        {request->message_id, false, end->content, str_of(end->state)},
    };
    if (!history_append(task, turn_services(turn), &request->conversation_id,
                        turn->has_parent ? &turn->parent_id : NULL, added))
        task_forget_error(task);
}

/* Stores the end of a turn and tells it. The turn goes with its last event. */
static void finish_turn(Task *task, void *argument)
{
    Turn *turn = argument;
    Conversations *conversations = turn->conversations;
    const TurnResult *result = &turn->result;
    bool held = false;
    task->has_user = true;
    task->user_id = turn->user_id;
    task->trace_id = turn->trace_id;
    TurnEnd end = {
        .state = turn->stop_state ? turn->stop_state : "complete",
        .reason = turn->reason,
        .content = strbuf_str(&turn->text),
        .steps = result->steps,
        .metadata = write_metadata(task, turn),
        .has_tokens = result->has_usage,
        .tokens = result->tokens_in + result->tokens_out,
        .model = result->model,
        .sent = result->sent,
    };
    if (!turn->is_lost && store_end(task, turn, &end, &held) && held) {
        remember(task, turn, &end);
        queue_end(task, turn, &end);
        count_end(&conversations->stats, end.state);
    } else {
        log_warn("conversations.turn_lost",
                 LOG_STR("message", uuid_str(task->arena, &turn->request.message_id)));
        turn_queue(turn, EVENT_PLAIN, STR("{\"type\":\"reload\"}"));
    }
    turn->has_ended = true;
    conversations->finishing--;
}

static bool fail_busy(Task *task, const TurnBeginning *beginning)
{
    char id[UUID_TEXT_SIZE];
    return task_fail(task, ERR_CONFLICT,
                     "an answer is being written in this conversation: message %s",
                     uuid_write(&beginning->message_id, id));
}

/* Begins the turn in the database; ends the one of a process that died first. */
static bool begin(Task *task, Conversations *conversations, const TurnOrder *order,
                  TurnBeginning *out_beginning)
{
    for (int i = 0; i < 2; i++) {
        if (!turn_store_begin(task, conversations->services->db, &order->question,
                              conversations->owner, conversations->options.lease_ms, out_beginning))
            return false;
        ExpiredTurn expired = {order->question.conversation_id, out_beginning->message_id,
                               out_beginning->fencing_token};
        if (out_beginning->outcome != TURN_EXPIRED)
            return true;
        if (!keeper_interrupt(task, conversations, &expired))
            return false;
    }
    return fail_busy(task, out_beginning);
}

bool turn_start(Task *task, Conversations *conversations, const TurnOrder *order,
                TurnStarted *out_started)
{
    TurnBeginning beginning;
    TurnStarted started = {.is_new = true};
    if (conversations->is_stopping ||
        conversations->turns.count >= conversations->options.max_turns)
        return task_fail(task, ERR_UNAVAILABLE, "too many answers are being written");
    if (!begin(task, conversations, order, &beginning))
        return false;
    started.question_id = beginning.question_id;
    started.message_id = beginning.message_id;
    if (beginning.outcome == TURN_BUSY)
        return fail_busy(task, &beginning);
    started.is_new = beginning.outcome == TURN_BEGUN;
    if (started.is_new) {
        Turn *turn = turn_new(conversations, task, order, &beginning);
        if (!publish_start(task, turn, beginning.title, &started.after)) {
            log_warn("conversations.not_published", LOG_TEXT("error", task->error.message));
            task_forget_error(task);
        }
        conversations->stats.begun++;
        turn->task = task_spawn_background(task->loop, "conversations.turn", run_turn, turn);
    }
    *out_started = started;
    return true;
}
