/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache of histories at random: tasks that write, read, invalidate and are cancelled, and a
 * Redis that is wiped meanwhile. Each history that is read is compared with one that is kept in
 * memory.
 *
 *     conversations_history [STEPS [SEED]]
 */
#include "fixture.h"

#include "harness/expect.h"

#include <stdio.h>
#include <stdlib.h>

enum { CONVERSATIONS = 5, EXCHANGES = 400, WORKERS = 12 };

static uint32_t steps_wanted = 3000;
static uint64_t seed = 20261129;

/* A question and its answer. */
typedef struct {
    int parent; /* -1: none */
    Uuid question_id;
    Uuid answer_id;
    Str question;
    Str answer;
} Exchange;

typedef struct {
    Uuid id;
    bool is_being_written;
    int count;
    Exchange exchanges[EXCHANGES];
} Conversation;

static struct {
    Uuid user_id;
    Conversation conversations[CONVERSATIONS];
    uint32_t steps, workers, reads, writes, drops, wipes, cancels;
} world;

static uint32_t random_below(uint32_t limit)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)((seed >> 16) % limit);
}

static void expect_message(Task *task, const HistoryMessage *got, const Exchange *wanted,
                           bool is_user)
{
    EXPECT(task, uuid_equal(&got->id, is_user ? &wanted->question_id : &wanted->answer_id));
    EXPECT(task, got->is_user == is_user);
    EXPECT_STR(task, got->content, is_user ? wanted->question : wanted->answer);
    EXPECT_STR(task, got->state, STR("complete"));
}

/* Compares a history with the branch that ends with that exchange, from its end on. */
static void expect_branch(Task *task, const Conversation *conversation, int last,
                          const History *history)
{
    size_t wanted = 0;
    size_t left = history->count;
    for (int at = last; at >= 0; at = conversation->exchanges[at].parent)
        wanted += 2;
    EXPECT_INT(task, history->count, MIN_OF(wanted, (size_t)CONVERSATION_HISTORY));
    for (int at = last; left > 0; at = conversation->exchanges[at].parent) {
        expect_message(task, &history->messages[--left], &conversation->exchanges[at], false);
        expect_message(task, &history->messages[--left], &conversation->exchanges[at], true);
    }
}

static bool read_branch(Task *task, const Conversation *conversation, int last)
{
    History history = {0};
    world.reads++;
    if (!history_load(task, &all->services, &conversation->id,
                      &conversation->exchanges[last].answer_id, &history))
        return task->error.code == ERR_CANCELLED;
    expect_branch(task, conversation, last, &history);
    return true;
}

static Exchange new_exchange(int parent)
{
    Exchange exchange = {.parent = parent};
    exchange.question = arena_printf(all->arena, "question %u", random_below(1000000));
    /* Every kind of byte that JSON escapes, and some that it does not. */
    exchange.answer =
        arena_printf(all->arena, "answer %u%s", random_below(1000000),
                     random_below(2) ? " \"a\\b\"\r\n\t\b\f\x01\x1f\x7f ção ✓ {\"id\":\"}" : "");
    return exchange;
}

/* Stores the exchange in the database. Nothing cancels this: the cache is tested, not the turn. */
static bool store(Task *task, const Conversation *conversation, Exchange *exchange)
{
    bool held = false;
    TurnBeginning beginning;
    TurnQuestion question = {.conversation_id = conversation->id,
                             .content = exchange->question,
                             .metadata = STR("{}"),
                             .has_parent = true,
                             .parent_is_null = exchange->parent < 0};
    TurnEnd end = {.state = "complete", .content = exchange->answer, .metadata = STR("{}")};
    if (exchange->parent >= 0)
        question.parent_id = conversation->exchanges[exchange->parent].answer_id;
    EXPECT(task,
           turn_store_begin(task, all->services.db, &question, STR("test"), 60000, &beginning),
           false);
    EXPECT_INT(task, beginning.outcome, TURN_BEGUN, false);
    exchange->question_id = beginning.question_id;
    exchange->answer_id = beginning.message_id;
    EXPECT(task,
           turn_store_finish(task, all->services.db, &beginning.message_id, beginning.fencing_token,
                             &end, &held) &&
               held,
           false);
    return true;
}

static void append(Task *task, const Conversation *conversation, const Exchange *exchange)
{
    const HistoryMessage added[2] = {
        {exchange->question_id, true, exchange->question, STR("complete")},
        {exchange->answer_id, false, exchange->answer, STR("complete")}};
    const Uuid *parent =
        exchange->parent >= 0 ? &conversation->exchanges[exchange->parent].answer_id : NULL;
    if (!history_append(task, &all->services, &conversation->id, parent, added))
        task_forget_error(task);
}

/* Most questions follow the newest answer. */
static void write_exchange(Task *task, Conversation *conversation)
{
    if (conversation->is_being_written || conversation->count == EXCHANGES)
        return;
    conversation->is_being_written = true;
    int parent = conversation->count - 1;
    if (random_below(6) == 0)
        parent = (int)random_below((uint32_t)conversation->count + 1) - 1;
    Exchange exchange = new_exchange(parent);
    if (store(task, conversation, &exchange)) {
        world.writes++;
        conversation->exchanges[conversation->count++] = exchange;
        if (random_below(8) > 0)
            append(task, conversation, &exchange);
    }
    conversation->is_being_written = false;
}

typedef struct {
    bool has_ended;
    Conversation *conversation;
} Reading;

static void read_some(Task *task, void *argument)
{
    Reading *reading = argument;
    Conversation *conversation = reading->conversation;
    task->has_user = true;
    task->user_id = world.user_id;
    int back = (int)random_below(random_below(3) == 0 ? (uint32_t)conversation->count : 1);
    if (!read_branch(task, conversation, conversation->count - 1 - back))
        test_failure_record(__FILE__, __LINE__, "a history could not be read");
    reading->has_ended = true;
}

/* Reads in a task that may be cancelled at any of its waits. */
static void read_and_leave(Task *task, Conversation *conversation)
{
    Reading reading = {.conversation = conversation};
    TaskId id = task_spawn(task->loop, "reader", read_some, &reading);
    uint32_t patience = random_below(3) > 0 ? UINT32_MAX : random_below(60);
    for (uint32_t turns = patience; !reading.has_ended && task_yield(task); turns--) {
        if (turns == 0) {
            world.cancels++;
            task_cancel(task->loop, id);
        }
    }
}

static void do_step(Task *task)
{
    uint32_t chance = random_below(1000);
    Conversation *conversation = &world.conversations[random_below(CONVERSATIONS)];
    if (chance < 150 || conversation->count == 0) {
        write_exchange(task, conversation);
    } else if (chance < 170) {
        world.drops++;
        EXPECT(task, history_forget(task, &all->services, &conversation->id));
    } else if (chance < 175) {
        RedisReply reply;
        world.wipes++;
        EXPECT(task, redis_command(task, all->services.redis, REDIS_ARGS(STR("FLUSHALL")), &reply));
    } else {
        read_and_leave(task, conversation);
    }
}

static void run_worker(Task *task, void *argument)
{
    (void)argument;
    task->has_user = true;
    task->user_id = world.user_id;
    while (world.steps < steps_wanted && !test_failure_is_recorded()) {
        ArenaMark mark = arena_mark(task->arena);
        world.steps++;
        do_step(task);
        arena_reset(task->arena, mark);
        if (!task_yield(task))
            break;
    }
    world.workers--;
}

static void run_all(Task *task, void *argument)
{
    (void)argument;
    world.workers = WORKERS;
    for (int i = 0; i < WORKERS; i++)
        task_spawn_background(task->loop, "worker", run_worker, NULL);
    while (world.workers > 0 && task_sleep(task, 5))
        continue;
    printf("# %u steps: %u exchanges written, %u histories read, %u drops, %u wipes of Redis, %u"
           " tasks cancelled\n",
           world.steps, world.writes, world.reads, world.drops, world.wipes, world.cancels);
}

static void prepare(void *argument)
{
    (void)argument;
    TestAnswer me = api_get(all->arena, ana, STR("users/me"));
    test_expect(&me, 200);
    assert_that(uuid_parse(test_json_str(&me, "id"), &world.user_id));
    for (int i = 0; i < CONVERSATIONS; i++)
        assert_that(uuid_parse(new_conversation(all->arena, ana), &world.conversations[i].id));
}

static void test_no_history_is_stale_doubled_reordered_or_foreign(void **state)
{
    (void)state;
    test_server_run(server, prepare, NULL);
    test_server_run_task(server, run_all, NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_history_is_stale_doubled_reordered_or_foreign),
    };
    if (argc > 1)
        steps_wanted = (uint32_t)strtoul(argv[1], NULL, 10);
    if (argc > 2)
        seed = strtoull(argv[2], NULL, 10);
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
