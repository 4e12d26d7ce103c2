/* SPDX-License-Identifier: Apache-2.0 */
#include "conversations/internal.h"

#include "base/json.h"
#include "base/log.h"

enum {
    KEEP_EVERY_MS = 250,
    PUT_DOWN_MS = 1000,    /* text is put down after this long, */
    PUT_DOWN_BYTES = 4096, /* or when there is this much of it */
    A_TURN_MS = 2,         /* each turn lengthens the time, as each writes its whole text */
    CHECKPOINT_TURNS = 64, /* of one statement */
    CHECKPOINT_BYTES = 8 * 1024 * 1024,
    SWEEP_EVERY_MS = 2000,
};

static bool is_due(const Turn *turn, uint64_t now_ms)
{
    const Conversations *conversations = turn->conversations;
    size_t new_bytes = turn->text.size - turn->kept_bytes;
    uint64_t kept_for_ms = now_ms - turn->kept_ms;
    if (turn->is_stored || turn->is_lost)
        return false;
    return new_bytes >= PUT_DOWN_BYTES || kept_for_ms >= conversations->options.lease_ms / 3 ||
           (new_bytes > 0 && kept_for_ms >= PUT_DOWN_MS + conversations->turns.count * A_TURN_MS);
}

/* Writes the turns that are due, and marks them as kept: they go to the end of the list, so that
 * the others come first when PostgreSQL is slow. Returns how many there are. */
static size_t write_due(Conversations *conversations, JsonWriter *json)
{
    size_t count = 0;
    ListNode *next = conversations->turns.first;
    uint64_t now_ms = loop_now_ms(conversations->services->loop);
    json_begin_array(json);
    for (uint32_t left = conversations->turns.count; left > 0 && count < CHECKPOINT_TURNS; left--) {
        char id[UUID_TEXT_SIZE];
        Turn *turn = CONTAINER_OF(next, Turn, node);
        next = next->next;
        if (!is_due(turn, now_ms) || json->out->size + turn->text.size * 6 > CHECKPOINT_BYTES)
            continue;
        json_begin_object(json);
        json_field_text(json, "message_id", uuid_write(&turn->request.message_id, id));
        json_field_i64(json, "fencing_token", turn->fencing_token);
        if (turn->text.size > turn->kept_bytes)
            json_field_str(json, "content", strbuf_str(&turn->text));
        json_end(json);
        turn->kept_bytes = turn->text.size;
        turn->kept_ms = now_ms;
        list_remove(&conversations->turns, &turn->node);
        list_append(&conversations->turns, &turn->node);
        count++;
    }
    json_end(json);
    return count;
}

/* The statement that stores the end finds out for itself whether the lease is held: a checkpoint
 * beside it finds the row gone because of that very statement. */
static void take_outcome(Conversations *conversations, const Uuid *message_id, Str outcome)
{
    Turn *turn = turn_find_by_message(conversations, message_id);
    if (!turn || turn->is_ending || str_equal(outcome, STR("held")))
        return;
    if (str_equal(outcome, STR("lost"))) {
        turn->is_lost = true;
        turn_stop(turn, "interrupted", STR("another process has ended this answer"));
    } else {
        turn_stop(turn, "cancelled", STR("you cancelled it"));
    }
}

static bool put_down(Task *task, Conversations *conversations, size_t *out_count)
{
    Str turns;
    const DbRows *rows = NULL;
    JsonWriter *json = json_writer_new(task->arena, CHECKPOINT_BYTES);
    *out_count = write_due(conversations, json);
    check(json_writer_text(json, &turns));
    if (*out_count == 0)
        return true;
    if (!turn_store_checkpoint(task, conversations->services->db, turns,
                               conversations->options.lease_ms, &rows))
        return false;
    for (size_t i = 0; i < rows->count; i++) {
        Uuid id = db_read_uuid(rows, i, 0);
        take_outcome(conversations, &id, db_str(rows, i, 1));
    }
    return true;
}

/* The statement failed: all turns are due again. */
static void put_down_again(Conversations *conversations)
{
    for (ListNode *each = conversations->turns.first; each; each = each->next) {
        Turn *turn = CONTAINER_OF(each, Turn, node);
        turn->kept_bytes = 0;
        turn->kept_ms = 0;
    }
}

void keeper_run(Task *task, void *argument)
{
    Conversations *conversations = argument;
    bool more = false;
    while (task_may_go_on(task) && (more || task_sleep(task, KEEP_EVERY_MS))) {
        size_t count = 0;
        ArenaMark mark = arena_mark(task->arena);
        bool done = put_down(task, conversations, &count);
        if (!done) {
            put_down_again(conversations);
            log_warn("conversations.not_put_down", LOG_TEXT("error", task->error.message));
            task_forget_error(task);
        }
        more = done && count == CHECKPOINT_TURNS;
        arena_reset(task->arena, mark);
    }
}

static bool tell_interrupted(Task *task, Conversations *conversations, const ExpiredTurn *expired)
{
    LoggedEvent logged;
    char id[UUID_TEXT_SIZE];
    NewEvent event = {expired->conversation_id, EVENT_ENDS_TURN,
                      arena_printf(task->arena,
                                   "{\"type\":\"message_completed\",\"message_id\":\"%s\","
                                   "\"state\":\"interrupted\","
                                   "\"reason\":\"the server was restarted while it answered\"}",
                                   uuid_write(&expired->message_id, id)),
                      expired->message_id};
    return event_log_publish(task, conversations->services->redis, &event, 1, &logged);
}

bool keeper_interrupt(Task *task, Conversations *conversations, const ExpiredTurn *expired)
{
    bool ended = false;
    uint32_t offset = 0;
    Str text = STR("");
    const Services *services = conversations->services;
    if (!event_log_read_text(task, services->redis, &expired->conversation_id, &expired->message_id,
                             &offset, &text)) {
        log_warn("conversations.events_not_read", LOG_TEXT("error", task->error.message));
        task_forget_error(task);
    }
    if (!turn_store_interrupt(task, services->db, expired, offset, text, &ended))
        return false;
    conversations->stats.interrupted += ended;
    if (ended && !tell_interrupted(task, conversations, expired)) {
        publisher_tell_later(conversations, &expired->conversation_id);
        task_forget_error(task);
    }
    return task_may_go_on(task);
}

/* A process may have died between the end of an answer and its publication. The clients of the
 * others are told to fetch the answer. */
static bool tell_overdue(Task *task, Conversations *conversations)
{
    LoggedTurn *turns = NULL;
    size_t count = 0;
    Redis *redis = conversations->services->redis;
    if (!event_log_find_overdue(task, redis, conversations->options.lease_ms, &turns, &count))
        return false;
    NewEvent *events = ARENA_ARRAY(task->arena, NewEvent, count);
    LoggedEvent *logged = ARENA_ARRAY(task->arena, LoggedEvent, count);
    for (size_t i = 0; i < count; i++)
        events[i] = (NewEvent){turns[i].conversation_id, EVENT_ENDS_TURN,
                               STR("{\"type\":\"reload\"}"), turns[i].message_id};
    return count == 0 || event_log_publish(task, redis, events, count, logged);
}

static bool sweep(Task *task, Conversations *conversations)
{
    ExpiredTurn *expired = NULL;
    size_t count = 0;
    if (!turn_store_find_expired(task, conversations->services->db, &expired, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        ArenaMark mark = arena_mark(task->arena);
        bool done = keeper_interrupt(task, conversations, &expired[i]);
        arena_reset(task->arena, mark);
        if (!done)
            return false;
    }
    return true;
}

void sweeper_run(Task *task, void *argument)
{
    Conversations *conversations = argument;
    do {
        ArenaMark mark = arena_mark(task->arena);
        if (!sweep(task, conversations) || !tell_overdue(task, conversations)) {
            log_warn("conversations.sweep_failed", LOG_TEXT("error", task->error.message));
            task_forget_error(task);
        }
        arena_reset(task->arena, mark);
    } while (task_sleep(task, SWEEP_EVERY_MS));
}
