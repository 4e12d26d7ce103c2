/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a turn that has begun: run in a task of its own, ended by another one. */
#include "conversations/internal.h"

#include "base/error_json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "engines/text/words.h"

enum {
    FINISH_RETRY_MS = 500,
    FINISH_TRIES = 60,
    METADATA_MAX_BYTES = 1024 * 1024,
};

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

void turn_act(Task *task, const Turn *turn)
{
    task->has_user = true;
    task->user_id = turn->user_id;
    task->trace_id = turn->trace.trace_id;
    task->span_id = turn->trace.span_id;
}

static void begin_span(Task *task, Turn *turn)
{
    const SpanName name = {SPAN_INTERNAL, STR("invoke_agent"), STR("netguru")};
    span_begin(task, &turn->span, &name);
    span_note(&turn->span, "gen_ai.operation.name", name.verb);
    turn->trace = span_context(task);
}

/* The name of a model is a text of the user, so it is not noted here. */
static void end_span(Task *task, Turn *turn, const char *state)
{
    Span *span = &turn->span;
    span_note(span, "netguru.turn.state", str_of(state));
    if (turn->result.has_usage) {
        span_note_number(span, "gen_ai.usage.input_tokens", turn->result.tokens_in);
        span_note_number(span, "gen_ai.usage.output_tokens", turn->result.tokens_out);
    }
    if (str_equal(str_of(state), STR("failed")))
        span_fail(span, state);
    span_end(task, span);
}

static void finish_turn(Task *task, void *argument);

/* Runs the answerer. What it leaves in task->error decides how the turn ends. */
void turn_run(Task *task, void *argument)
{
    Turn *turn = argument;
    Conversations *conversations = turn->conversations;
    const ConversationsOptions *options = &conversations->options;
    turn_act(task, turn);
    begin_span(task, turn);
    turn->started_ns = time_monotonic_ns();
    task_deadline_narrow(task, options->max_duration_ms);
    /* It may have been stopped before it had a task. */
    bool done = !turn->stop_state && load_history(task, turn) &&
                options->answer(task, turn, options->context);
    if (!done && !turn->stop_state) {
        turn->stop_state = task_is_cancelled(task) ? "interrupted" : "failed";
        PublicMessage buffer;
        turn->reason = arena_copy(turn->arena, str_of(error_public_message(&task->error, &buffer)));
        log_warn("conversations.turn_failed", LOG_TEXT("error", task->error.message));
    }
    metric_observe_since(&conversations->durations, turn->started_ns, &turn->trace.trace_id);
    turn_queue_text(turn);
    publisher_wake(conversations);
    task_spawn_background(task->loop, "conversations.finish", finish_turn, turn);
}

static Str write_metadata(Task *task, const Turn *turn)
{
    Str text;
    const TurnResult *result = &turn->result;
    JsonWriter *json = json_writer_new(task->arena, METADATA_MAX_BYTES);
    json_begin_object(json);
    json_key(json, "citations");
    json_raw(json, str_empty(result->citations) ? STR("[]") : result->citations);
    turn_write_bill(json, result);
    if (!str_empty(result->details)) {
        json_key(json, "details");
        json_raw(json, arena_printf(task->arena, "{%.*s}", STR_ARGS(result->details)));
    }
    json_end(json);
    if (json_writer_text(json, &text))
        return text;
    log_warn("conversations.metadata_too_large", LOG_INT("limit", METADATA_MAX_BYTES));
    return turn_least_bill(task, result);
}

/* The database refuses some JSON that is well formed, such as a NUL in a string. The text and the
 * tokens of the answer are stored without it. */
static void leave_out_particulars(Task *task, const Turn *turn, TurnEnd *end)
{
    end->steps = end->sent = end->words = STR("");
    end->metadata = turn_least_bill(task, &turn->result);
}

/* Stores the end of the turn. A statement whose connection broke may have taken effect: then the
 * turn is gone, and the answer has the state that it was given. */
static bool store_end(Task *task, Turn *turn, TurnEnd *end, bool *out_held)
{
    const Services *services = turn_services(turn);
    for (int i = 0; i < FINISH_TRIES && !turn->conversations->has_given_up; i++) {
        Str state = STR("");
        const Uuid *message_id = &turn->request.message_id;
        bool stored =
            turn_store_finish(task, services->db, message_id, turn->fencing_token, end, out_held);
        if (stored && (*out_held || i == 0))
            return true;
        if (stored && turn_store_find_state(task, services->db, message_id, &state)) {
            *out_held = str_equal(state, str_of(end->state));
            if (*out_held)
                turn_bill_late(task, turn); /* another process may have given it that state */
            return true;
        }
        log_warn("conversations.turn_not_stored", LOG_TEXT("error", task->error.message));
        if (!error_traits(task->error.code)->retry)
            leave_out_particulars(task, turn, end);
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

static void expect_end(Task *task, const Turn *turn)
{
    LoggedTurn noted = {turn->request.conversation_id, turn->request.message_id};
    if (!event_log_expect_end(task, turn_services(turn)->redis, &noted))
        task_forget_error(task);
}

static TurnEnd end_of(Task *task, const Turn *turn)
{
    const TurnResult *result = &turn->result;
    Str content = strbuf_str(&turn->text);
    return (TurnEnd){
        .state = turn->stop_state ? turn->stop_state : "complete",
        .reason = turn->reason,
        .content = content,
        .words = words_of_text(task->arena, content),
        .steps = result->steps,
        .metadata = write_metadata(task, turn),
        .has_tokens = result->has_usage,
        .tokens = result->tokens_in + result->tokens_out,
        .model = result->model,
        .sent = result->sent,
    };
}

/* The lease was lost, or the conversation deleted: the tokens were used all the same. */
static void tell_lost(Task *task, Turn *turn, bool is_certain)
{
    log_warn("conversations.turn_lost",
             LOG_STR("message", uuid_str(task->arena, &turn->request.message_id)));
    if (is_certain)
        turn_bill_late(task, turn);
    turn_queue(turn, EVENT_PLAIN, STR("{\"type\":\"reload\"}"));
}

void turn_end(Turn *turn)
{
    turn->has_ended = true;
    if (turn->events.count > 0)
        return;
    wait_wake(turn->conversations->stop_wait);
    turn_free(turn);
}

/* Titles are asked for beside the answers, at most a quarter as many at a time. The others keep the
 * first line of the question. */
static bool may_ask_for_title(const Turn *turn)
{
    const Conversations *conversations = turn->conversations;
    return !turn->stop_state && turn->result.make_title && !conversations->is_stopping &&
           conversations->titles <= conversations->options.max_turns / 4;
}

/* Stores the end of a turn and tells it. The turn goes with its last event, or after its title. */
static void finish_turn(Task *task, void *argument)
{
    Turn *turn = argument;
    Conversations *conversations = turn->conversations;
    bool held = false;
    turn_act(task, turn);
    turn->is_ending = true;
    TurnEnd end = end_of(task, turn);
    expect_end(task, turn);
    bool is_certain = turn->is_lost || store_end(task, turn, &end, &held);
    turn->is_stored = true;
    if (held) {
        remember(task, turn, &end);
        queue_end(task, turn, &end);
        count_end(&conversations->stats, end.state);
    } else {
        tell_lost(task, turn, is_certain);
    }
    end_span(task, turn, held ? end.state : "lost");
    if (held && may_ask_for_title(turn)) {
        conversations->titles++;
        turn->task = task_spawn_background(task->loop, "conversations.title", turn_title_run, turn);
        return;
    }
    turn_end(turn);
    conversations_task_ended(conversations);
}
