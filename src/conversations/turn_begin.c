/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning of a turn. A client that leaves in the middle of it does not stop it: a turn of the
 * database always has a turn of this process. */
#include "conversations/detached.h"

#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

enum { STARTED_MAX_BYTES = 4096 };

typedef struct {
    TurnOrder order; /* in the arena of the turn */
    Turn *turn;      /* NULL once it has begun, and belongs to the process */
    TurnStarted started;
} Beginning;

typedef struct {
    Str found; /* the first member: what turn_take_prepared reads */
    TurnRequest request;
} Preparation;

static void discard_turn(void *argument)
{
    Beginning *beginning = argument;
    if (!beginning->turn)
        return;
    beginning->turn->conversations->beginning--;
    detached_drop(beginning->turn->preparation);
    arena_free(beginning->turn->arena);
    mem_free(beginning->turn);
}

static TurnOrder copy_order(Arena *arena, const TurnOrder *order)
{
    TurnOrder copy = *order;
    TurnRequest *request = &copy.request;
    Uuid *documents = ARENA_ARRAY(arena, Uuid, request->document_count);
    if (request->document_count > 0)
        memcpy(documents, request->document_ids, request->document_count * sizeof(Uuid));
    request->document_ids = documents;
    request->question = arena_copy(arena, request->question);
    request->mode = arena_copy(arena, request->mode);
    request->provider = arena_copy(arena, request->provider);
    request->model = arena_copy(arena, request->model);
    request->plan_tier = arena_copy(arena, request->plan_tier);
    copy.question.content = request->question;
    copy.question.client_id = arena_copy(arena, order->question.client_id);
    copy.question.metadata = arena_copy(arena, order->question.metadata);
    return copy;
}

static bool prepare_answer(Task *task, Detached *work)
{
    Str text = STR("");
    Preparation *preparation = work->argument;
    const Conversations *conversations = work->conversations;
    if (!conversations->options.prepare(task, conversations->services, &preparation->request,
                                        &text))
        return false;
    preparation->found = arena_copy(work->arena, text);
    return true;
}

/* Starts to look for what the answer will need. The question may be refused at the same time. */
static void start_preparation(Task *task, Turn *turn, const TurnOrder *order)
{
    if (!turn->conversations->options.prepare)
        return;
    Detached *work = detached_new(turn->conversations, prepare_answer);
    Preparation *preparation = ARENA_NEW(work->arena, Preparation);
    preparation->request = copy_order(work->arena, order).request;
    work->argument = preparation;
    if (detached_start(task, work))
        turn->preparation = work;
    else
        detached_unref(work);
}

/* Makes the turn before there is one in the database. */
static Beginning *prepare(Arena *arena, Conversations *conversations, const TurnOrder *order)
{
    Beginning *beginning = ARENA_NEW(arena, Beginning);
    Turn *turn = MEM_NEW(Turn);
    turn->conversations = conversations;
    turn->arena = arena_new();
    conversations->beginning++;
    beginning->order = copy_order(turn->arena, order);
    beginning->turn = turn;
    arena_on_free(arena, discard_turn, beginning);
    return beginning;
}

/* Hands the turn over to the process. */
static Turn *take_turn(Task *task, Beginning *beginning, const TurnBeginning *stored)
{
    Turn *turn = beginning->turn;
    beginning->turn = NULL;
    turn->conversations->beginning--;
    turn->user_id = task->user_id;
    turn->trace = span_context(task);
    turn->fencing_token = stored->fencing_token;
    turn->kept_ms = loop_now_ms(task->loop);
    turn->request = beginning->order.request;
    turn->request.conversation_id = beginning->order.question.conversation_id;
    turn->request.question_id = stored->question_id;
    turn->request.message_id = stored->message_id;
    turn->has_parent = stored->has_parent;
    turn->parent_id = stored->parent_id;
    strbuf_init(&turn->text, TURN_MAX_TEXT_BYTES);
    turn_add(turn);
    return turn;
}

static Str write_start(Arena *arena, const Turn *turn, Str title)
{
    Str body;
    JsonWriter *json = json_writer_new(arena, STARTED_MAX_BYTES);
    json_begin_object(json);
    json_field_text(json, "type", "turn_started");
    json_field_str(json, "message_id", uuid_str(arena, &turn->request.message_id));
    json_field_str(json, "question_id", uuid_str(arena, &turn->request.question_id));
    json_field_str(json, "title", title);
    json_end(json);
    check(json_writer_text(json, &body));
    return body;
}

/* Publishes the first event at once, so that the client knows where the turn begins. Without Redis
 * the event is given to the clients of this process. */
static void publish_start(Task *task, Turn *turn, Str title, TurnStarted *started)
{
    LoggedEvent logged;
    Str body = write_start(task->arena, turn, title);
    NewEvent event = {turn->request.conversation_id, EVENT_STARTS_TURN, body,
                      turn->request.message_id};
    if (event_log_publish(task, turn_services(turn)->redis, &event, 1, &logged)) {
        started->has_after = true;
        started->after = logged.previous;
        return;
    }
    log_warn("conversations.not_published", LOG_TEXT("error", task->error.message));
    task_forget_error(task);
    turn_queue(turn, EVENT_STARTS_TURN, body);
}

static bool fail_busy(Task *task, const TurnBeginning *beginning)
{
    char id[UUID_TEXT_SIZE];
    return task_fail(task, ERR_CONFLICT,
                     "an answer is being written in this conversation: message %s",
                     uuid_write(&beginning->message_id, id));
}

/* Begins the turn in the database; ends the one of a process that died first. */
static bool store_beginning(Task *task, Conversations *conversations, const TurnOrder *order,
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

/* Anybody may stop the turn while its first event is published. */
static void run_turn(Task *task, Turn *turn, Str title, TurnStarted *started)
{
    Conversations *conversations = turn->conversations;
    conversations->stats.begun++;
    publish_start(task, turn, title, started);
    if (conversations->is_stopping)
        turn_stop(turn, "interrupted", STR("the server was stopped while it answered"));
    conversations->tasks++;
    turn->task = task_spawn_background(task->loop, "conversations.turn", turn_run, turn);
}

static bool begin(Task *task, Detached *work)
{
    TurnBeginning stored;
    Beginning *beginning = work->argument;
    if (!store_beginning(task, work->conversations, &beginning->order, &stored))
        return false;
    if (stored.outcome == TURN_BUSY)
        return fail_busy(task, &stored);
    TurnStarted started = {.is_new = stored.outcome == TURN_BEGUN,
                           .question_id = stored.question_id,
                           .message_id = stored.message_id};
    if (started.is_new)
        run_turn(task, take_turn(task, beginning, &stored), stored.title, &started);
    beginning->started = started;
    return true;
}

/* A turn that has its answer, and waits for a title, keeps no other from answering. */
static bool is_full(const Conversations *conversations)
{
    return conversations->turns.count - conversations->titles + conversations->beginning >=
           conversations->options.max_turns;
}

bool turn_start(Task *task, Conversations *conversations, const TurnOrder *order,
                TurnStarted *out_started)
{
    if (conversations->is_stopping || is_full(conversations))
        return task_fail(task, ERR_UNAVAILABLE, "too many answers are being written");
    Detached *work = detached_new(conversations, begin);
    Beginning *beginning = prepare(work->arena, conversations, order);
    work->argument = beginning;
    start_preparation(task, beginning->turn, order);
    bool done = detached_run(task, work);
    if (done)
        *out_started = beginning->started;
    detached_unref(work);
    return done;
}
