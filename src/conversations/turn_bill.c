/* SPDX-License-Identifier: Apache-2.0 */
/* What a turn cost, and the titles that are billed apart from answers. */
#include "conversations/internal.h"

#include "base/json.h"
#include "base/log.h"

enum {
    BILL_MAX_BYTES = 1024 * 1024,
    STORE_TRIES = 20,
    STORE_RETRY_MS = 500,
    TITLE_EVENT_BYTES = 4096
};

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

void turn_write_bill(JsonWriter *json, const TurnResult *result)
{
    if (!str_empty(result->provider))
        json_field_str(json, "provider", result->provider);
    if (!str_empty(result->model))
        json_field_str(json, "model", result->model);
    if (result->has_usage)
        write_usage(json, result);
}

Str turn_least_bill(Task *task, const TurnResult *result)
{
    Str text = STR("{}");
    TurnResult least = *result;
    JsonWriter *json = json_writer_new(task->arena, BILL_MAX_BYTES);
    least.provider_usage = STR("");
    json_begin_object(json);
    turn_write_bill(json, &least);
    json_end(json);
    if (!json_writer_text(json, &text))
        log_warn("conversations.metadata_too_large", LOG_INT("limit", BILL_MAX_BYTES));
    return text;
}

static TurnBill bill_of(Task *task, const Turn *turn, const TurnResult *result)
{
    return (TurnBill){.conversation_id = turn->request.conversation_id,
                      .message_id = turn->request.message_id,
                      .has_tokens = result->has_usage,
                      .tokens = result->tokens_in + result->tokens_out,
                      .metadata = turn_least_bill(task, result),
                      .sent = result->sent};
}

/* After a failure: waits, and leaves out what the database refuses. Returns false when it is of no
 * use to try again. */
static bool may_store_again(Task *task, const Turn *turn, TurnBill *bill)
{
    log_warn("conversations.not_billed", LOG_TEXT("error", task->error.message),
             LOG_STR("message", uuid_str(task->arena, &turn->request.message_id)));
    if (!error_traits(task->error.code)->retry)
        bill->sent = STR("{}");
    task_forget_error(task);
    return !turn->conversations->has_given_up && task_sleep(task, STORE_RETRY_MS);
}

void turn_bill_late(Task *task, const Turn *turn)
{
    bool billed = false;
    TurnBill bill = bill_of(task, turn, &turn->result);
    if (!bill.has_tokens)
        return;
    for (int i = 0; i < STORE_TRIES; i++)
        if (turn_store_bill(task, turn_services(turn)->db, &bill, &billed) ||
            !may_store_again(task, turn, &bill))
            return;
}

static void queue_title(Task *task, Turn *turn, Str title)
{
    Str body;
    JsonWriter *json = json_writer_new(task->arena, TITLE_EVENT_BYTES);
    json_begin_object(json);
    json_field_text(json, "type", "title");
    json_field_str(json, "title", title);
    json_end(json);
    check(json_writer_text(json, &body));
    turn_queue(turn, EVENT_PLAIN, body);
}

/* Stores what was asked and answered. Runs in a task of its own: the one that asked may have been
 * cancelled. */
static void store_title(Task *task, void *argument)
{
    Turn *turn = argument;
    Conversations *conversations = turn->conversations;
    Str taken = STR("");
    turn_act(task, turn);
    TurnBill bill = bill_of(task, turn, &turn->title.asked);
    for (int i = 0; i < STORE_TRIES; i++)
        if (turn_store_title(task, turn_services(turn)->db, &bill, turn->title.text, &taken) ||
            !may_store_again(task, turn, &bill))
            break;
    if (!str_empty(taken))
        queue_title(task, turn, taken);
    conversations->titles--;
    turn_end(turn);
    conversations_task_ended(conversations);
}

void turn_title_run(Task *task, void *argument)
{
    Turn *turn = argument;
    Conversations *conversations = turn->conversations;
    turn_act(task, turn);
    task_deadline_narrow(task, TURN_TITLE_MS);
    if (turn->result.make_title(task, turn, turn->result.title_context, &turn->title)) {
        /* Not turn->task, which a stop of the turn cancels: what was spent is billed. */
        task_spawn_background(task->loop, "conversations.store_title", store_title, turn);
        return;
    }
    conversations->titles--;
    turn_end(turn);
    conversations_task_ended(conversations);
}
