/* SPDX-License-Identifier: Apache-2.0 */
#include "conversations/detached.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/time.h"

enum {
    CHUNK_MAX_BYTES = 4 * 1024,                    /* of text in one event */
    CHUNK_EVENT_BYTES = 6 * CHUNK_MAX_BYTES + 256, /* escaped, with its members */
    CHUNK_WAIT_MS = 30,
    CHUNK_WAIT_MANY_MS = 100, /* when there are many turns */
    TURNS_A_MS = 20,          /* so many turns lengthen the wait by one */
    UNPUBLISHED_MAX_BYTES = 64 * 1024,
};

static List *bucket_of(Conversations *conversations, const Uuid *message_id)
{
    unsigned number = (unsigned)message_id->bytes[14] << 8 | message_id->bytes[15];
    return &conversations->turns_by_message[number % TURN_BUCKETS];
}

void turn_add(Turn *turn)
{
    Conversations *conversations = turn->conversations;
    list_append(&conversations->turns, &turn->node);
    list_append(bucket_of(conversations, &turn->request.message_id), &turn->same_bucket);
}

Turn *turn_find_by_message(Conversations *conversations, const Uuid *message_id)
{
    for (ListNode *each = bucket_of(conversations, message_id)->first; each; each = each->next) {
        Turn *turn = CONTAINER_OF(each, Turn, same_bucket);
        if (uuid_equal(&turn->request.message_id, message_id))
            return turn;
    }
    return NULL;
}

void turn_free(Turn *turn)
{
    ListNode *each = NULL;
    while ((each = list_take_first(&turn->events)))
        mem_free(CONTAINER_OF(each, QueuedEvent, node));
    turn_leave_publisher(turn);
    detached_drop(turn->preparation);
    list_remove(&turn->conversations->turns, &turn->node);
    list_remove(bucket_of(turn->conversations, &turn->request.message_id), &turn->same_bucket);
    strbuf_done(&turn->text);
    arena_free(turn->arena);
    mem_free(turn);
}

void turn_stop(Turn *turn, const char *state, Str reason)
{
    if (turn->stop_state)
        return;
    turn->stop_state = state;
    turn->reason = arena_copy(turn->arena, reason);
    task_cancel(turn->conversations->services->loop, turn->task);
}

const Services *turn_services(const Turn *turn)
{
    return turn->conversations->services;
}

const TurnRequest *turn_request(const Turn *turn)
{
    return &turn->request;
}

TurnResult *turn_result(Turn *turn)
{
    return &turn->result;
}

Arena *turn_arena(Turn *turn)
{
    return turn->arena;
}

bool turn_take_prepared(Task *task, Turn *turn, Str *out_text)
{
    Detached *work = turn->preparation;
    if (!work)
        return false;
    bool done = detached_wait(task, work);
    if (done)
        *out_text = arena_copy(task->arena, *(const Str *)work->argument);
    else if (!task_is_cancelled(task))
        task_forget_error(task);
    turn->preparation = NULL;
    detached_drop(work);
    return done;
}

Str turn_text(const Turn *turn)
{
    return strbuf_str(&turn->text);
}

size_t turn_text_bytes(const Turn *turn)
{
    return turn->text.size;
}

void turn_wait_for_publisher(Turn *turn)
{
    if (!turn->is_waiting)
        list_append(&turn->conversations->waiting, &turn->waiting_node);
    turn->is_waiting = true;
}

void turn_leave_publisher(Turn *turn)
{
    if (turn->is_waiting)
        list_remove(&turn->conversations->waiting, &turn->waiting_node);
    turn->is_waiting = false;
}

static void append_event(Turn *turn, EventMark mark, Str body)
{
    QueuedEvent *event = mem_alloc(1, sizeof(QueuedEvent) + body.size);
    event->mark = mark;
    memcpy(event + 1, body.data, body.size);
    event->body = str_make(event + 1, body.size);
    list_append(&turn->events, &event->node);
    turn->events_bytes += body.size;
    turn_wait_for_publisher(turn);
}

/* Returns how much of the text fits one event, without cutting a character. */
static size_t chunk_size(Str text)
{
    size_t size = MIN_OF(text.size, (size_t)CHUNK_MAX_BYTES);
    while (size < text.size && size > 0 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
        size--;
    return size;
}

void turn_queue_text(Turn *turn)
{
    while (turn->queued_bytes < turn->text.size) {
        StrBuf body;
        JsonWriter json;
        char id[UUID_TEXT_SIZE];
        Str rest = str_from(strbuf_str(&turn->text), turn->queued_bytes);
        size_t size = chunk_size(rest);
        strbuf_init(&body, CHUNK_EVENT_BYTES);
        json_start(&json, &body);
        json_begin_object(&json);
        json_field_text(&json, "type", "message_chunk");
        json_field_text(&json, "message_id", uuid_write(&turn->request.message_id, id));
        json_field_u64(&json, "offset", turn->queued_bytes);
        json_field_str(&json, "content", str_slice(rest, 0, size));
        json_end(&json);
        check(!body.overflowed);
        append_event(turn, EVENT_PLAIN, strbuf_str(&body));
        strbuf_done(&body);
        turn->queued_bytes += size;
    }
    turn->last_chunk_ms = loop_now_ms(turn->conversations->services->loop);
    turn->chunk_due_ms = 0;
}

void turn_queue(Turn *turn, EventMark mark, Str body)
{
    if (turn->queued_bytes < turn->text.size)
        turn_queue_text(turn);
    append_event(turn, mark, body);
    publisher_wake(turn->conversations);
}

static size_t unpublished(const Turn *turn)
{
    return turn->text.size - turn->queued_bytes + turn->events_bytes;
}

static bool wait_for_space(Task *task, Turn *turn)
{
    while (unpublished(turn) > UNPUBLISHED_MAX_BYTES) {
        turn->space = task_wait_begin(task);
        if (!task_wait(task, turn->space))
            return false;
    }
    return task_may_go_on(task);
}

/* The more answers are written at once, the more text is put together: an event costs the process
 * the same, however little text it has. */
static uint32_t chunk_wait_ms(const Conversations *conversations)
{
    return MIN_OF((uint32_t)CHUNK_WAIT_MS + conversations->turns.count / TURNS_A_MS,
                  (uint32_t)CHUNK_WAIT_MANY_MS);
}

uint32_t turn_gather_ms(const Turn *turn)
{
    return turn->text.size > 0 ? chunk_wait_ms(turn->conversations) : 0;
}

bool turn_say(Task *task, Turn *turn, Str text)
{
    check(str_is_utf8(text) && str_find_byte(text, '\0') == STR_NOT_FOUND);
    if (str_empty(text))
        return true;
    if (turn->text.size + text.size > TURN_MAX_TEXT_BYTES)
        return task_fail(task, ERR_FILE_TOO_LARGE, "the answer is longer than %d KiB",
                         TURN_MAX_TEXT_BYTES / 1024);
    if (turn->text.size == 0)
        metric_observe_since(&turn->conversations->first_texts, turn->started_ns,
                             &turn->trace.trace_id);
    strbuf_append(&turn->text, text);
    if (!turn->chunk_due_ms) {
        uint64_t now_ms = loop_now_ms(task->loop);
        turn->chunk_due_ms =
            MAX_OF(turn->last_chunk_ms + chunk_wait_ms(turn->conversations), now_ms);
        turn_wait_for_publisher(turn);
        publisher_wake_at(turn->conversations, turn->chunk_due_ms);
    }
    return wait_for_space(task, turn);
}

bool turn_tell(Task *task, Turn *turn, const char *type, Str members)
{
    char id[UUID_TEXT_SIZE];
    if (members.size > TURN_EVENT_MAX_BYTES)
        return task_fail(task, ERR_VALIDATION, "an event \"%s\" of %zu bytes is too large", type,
                         members.size);
    ArenaMark mark = arena_mark(task->arena);
    Str body = arena_printf(task->arena, "{\"type\":\"%s\",\"message_id\":\"%s\"%s%.*s}", type,
                            uuid_write(&turn->request.message_id, id),
                            str_empty(members) ? "" : ",", STR_ARGS(members));
    turn_queue(turn, EVENT_PLAIN, body);
    arena_reset(task->arena, mark);
    return wait_for_space(task, turn);
}

int64_t conversations_quota(const Services *services, Str plan_tier)
{
    if (str_equal(plan_tier, STR("enterprise")))
        return config_int(services->settings, "NETGURU_TOKENS_ENTERPRISE");
    return config_int(services->settings, str_equal(plan_tier, STR("team"))
                                              ? "NETGURU_TOKENS_TEAM"
                                              : "NETGURU_TOKENS_SOLO");
}

/* Says when the next day begins, in UTC. */
static bool fail_used_up(Task *task, int64_t quota)
{
    enum { DAY_S = 24 * 3600 };
    char time[TIME_TEXT_SIZE];
    int64_t now_s = time_now_us() / 1000000;
    int64_t next_s = (now_s / DAY_S + 1) * DAY_S;
    task_fail(task, ERR_RATE_LIMIT_EXCEEDED,
              "the %lld tokens of the day are used up; the next day begins at %s", (long long)quota,
              time_write_rfc3339(next_s * 1000000, time));
    task->error.retry_after_s = (uint32_t)(next_s - now_s);
    return false;
}

bool turn_reserve(Task *task, Turn *turn, int64_t tokens)
{
    bool granted = false;
    int64_t quota = conversations_quota(turn_services(turn), turn->request.plan_tier);
    TokenReservation reservation = {turn->request.message_id, turn->fencing_token, tokens, quota};
    return turn_store_reserve(task, turn_services(turn)->db, &reservation, &granted) &&
           (granted || fail_used_up(task, quota));
}

bool turn_check_quota(Task *task, Turn *turn, int64_t tokens)
{
    int64_t used = 0;
    int64_t quota = conversations_quota(turn_services(turn), turn->request.plan_tier);
    return turn_store_used_today(task, turn_services(turn)->db, &used) &&
           (quota == 0 || used + tokens <= quota || fail_used_up(task, quota));
}
