/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turns in three processes, while processes die, processes stall past their leases, connections to
 * the database break, clients cancel and leave, and providers fail. Every answer reaches one final
 * state, holds all text that any client has seen, and is billed once.
 *
 *     conversations_chaos [TURNS [SEED]]
 */
#include "fixture.h"

#include "base/mem.h"
#include "conversations/turn_api.h"
#include "harness/expect.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    PROCESSES = 3,
    CONVERSATIONS = 40,
    ASKERS = 24, /* questions at a time */
    LEASE_MS = 1000,
    LONGEST_TURN_MS = 2000,
    SEEN_MAX_BYTES = 64 * 1024,
    POLL_MS = 3,
};

static uint32_t turns_wanted = 250;
static uint64_t seed = 20261128;

/* A process: what serve makes of it. The dead are kept until the end. */
typedef struct Node {
    ListNode node;
    Services services;
    Conversations *conversations;
    bool is_dead;
} Node;

static struct {
    Node *nodes[PROCESSES];
    List dead;
    Uuid user_id;
    Uuid conversations[CONVERSATIONS];
    List seen; /* Viewer */
    uint32_t asked;
    uint32_t askers;
    uint32_t refused, failed_requests, left, cancels, kills, stalls, breaks, views, whole_views;
    uint32_t reloads;
} world;

static uint32_t random_below(uint32_t limit)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)((seed >> 16) % limit);
}

static bool one_in(uint32_t count)
{
    return random_below(count) == 0;
}

static Node *node_new(void)
{
    Node *node = MEM_NEW(Node);
    ConversationsOptions options = {
        .answer = fixture_answer, .lease_ms = LEASE_MS, .max_duration_ms = LONGEST_TURN_MS};
    node->services = all->services;
    node->conversations = conversations_new(&node->services, &options);
    node->services.conversations = node->conversations;
    return node;
}

/* Replaces a process. The former one does nothing more for its turns: at once if it dies, and when
 * their leases are over if it stalls. */
static void replace(uint32_t which, bool stalls)
{
    Node *node = world.nodes[which];
    Conversations *dead = node->conversations;
    Loop *loop = all->services.loop;
    node->is_dead = true;
    dead->is_stopping = true;
    task_cancel(loop, dead->keeper);
    task_cancel(loop, dead->sweeper);
    for (ListNode *each = dead->turns.first; each && !stalls; each = each->next) {
        Turn *turn = CONTAINER_OF(each, Turn, node);
        turn->is_lost = true;
        task_cancel(loop, turn->task);
    }
    if (!stalls)
        task_cancel(loop, dead->publisher);
    list_append(&world.dead, &node->node);
    world.nodes[which] = node_new();
}

/* A client that watches one answer. */
typedef struct {
    ListNode node;
    Watcher watcher;
    Conversations *at; /* NULL: it does not watch */
    Uuid message_id;
    uint64_t last; /* its position */
    StrBuf text;
    bool was_told_to_reload;
    bool has_ended;
} Viewer;

static void take_chunk(Viewer *viewer, const JsonValue *event)
{
    if (viewer->was_told_to_reload)
        return;
    if (json_i64_or(event, "offset", -1) != (int64_t)viewer->text.size)
        test_failure_record(__FILE__, __LINE__, "a chunk does not follow the one before");
    strbuf_append(&viewer->text, json_str_or(event, "content", STR("")));
}

/* Events come once and in order, and the chunks of an answer follow one another. */
static bool take_event(Watcher *watcher, uint64_t sequence, Str json)
{
    Error error = {0};
    Viewer *viewer = CONTAINER_OF(watcher, Viewer, watcher);
    auto_arena Arena *arena = arena_new();
    char id[UUID_TEXT_SIZE];
    const JsonValue *event = json_parse(arena, json, &error);
    Str type = json_str_or(event, "type", STR(""));
    if (!event || sequence <= viewer->last) {
        test_failure_record(__FILE__, __LINE__, "an event came twice, or is malformed");
        return false;
    }
    viewer->last = sequence;
    if (str_equal(type, STR("reload")))
        viewer->was_told_to_reload = true;
    if (!str_equal(json_str_or(event, "message_id", STR("")),
                   str_of(uuid_write(&viewer->message_id, id))))
        return true;
    if (str_equal(type, STR("message_chunk")))
        take_chunk(viewer, event);
    viewer->has_ended = viewer->has_ended || str_equal(type, STR("message_completed")) ||
                        str_equal(type, STR("error"));
    return true;
}

static void stop_watching(Viewer *viewer)
{
    if (viewer->at)
        hub_unwatch(viewer->at->hub, &viewer->watcher);
    viewer->at = NULL;
}

static void watch_at(Viewer *viewer, Conversations *at, const Uuid *conversation_id)
{
    viewer->at = at;
    viewer->watcher = (Watcher){.send = take_event, .has_position = true, .after = viewer->last};
    hub_watch(at->hub, &viewer->watcher, conversation_id);
}

/* One question. */
typedef struct {
    Uuid conversation_id;
    Str content;
    Str client_id;
    bool begun;
    bool has_ended;
} Asking;

static Str write_question(Arena *arena)
{
    StrBuf text;
    strbuf_init(&text, 4096);
    uint32_t count = 1 + random_below(8);
    for (uint32_t i = 0; i < count; i++)
        strbuf_printf(&text, "say:%u-%s sleep:%u ", random_below(1000000), "word",
                      one_in(3) ? random_below(60) : 0);
    if (one_in(4))
        strbuf_printf(&text, "tell:notice ");
    if (!one_in(4))
        strbuf_printf(&text, "use:%u ", 1 + random_below(900));
    if (one_in(5))
        strbuf_printf(&text, "fail ");
    else if (one_in(40))
        strbuf_printf(&text, "hold ");
    Str copy = arena_copy(arena, strbuf_str(&text));
    strbuf_done(&text);
    return copy;
}

static Node *any_node(void)
{
    return world.nodes[random_below(PROCESSES)];
}

static bool cancel_somewhere(Task *task, const Asking *asking)
{
    bool found = false;
    world.cancels++;
    return turn_cancel(task, &any_node()->services, &asking->conversation_id, &found);
}

/* Watches the answer until it ends, with changes of the process in between, or leaves early. */
static void view(Task *task, const Asking *asking, const TurnStarted *started)
{
    Viewer *viewer = MEM_NEW(Viewer);
    viewer->message_id = started->message_id;
    viewer->last = started->after;
    strbuf_init(&viewer->text, SEEN_MAX_BYTES);
    list_append(&world.seen, &viewer->node);
    world.views++;
    Node *node = any_node();
    watch_at(viewer, node->conversations, &asking->conversation_id);
    uint32_t tries = 0;
    while (!viewer->has_ended && !viewer->was_told_to_reload && !test_failure_is_recorded() &&
           task_sleep(task, POLL_MS)) {
        if (++tries > TEST_LONGEST_WAIT_MS / POLL_MS) {
            test_failure_record(__FILE__, __LINE__, "the end of an answer never came");
            break;
        }
        if (node->is_dead || one_in(60)) {
            stop_watching(viewer);
            node = any_node();
            watch_at(viewer, node->conversations, &asking->conversation_id);
        } else if (one_in(150) && !cancel_somewhere(task, asking)) {
            task_forget_error(task);
        }
    }
    stop_watching(viewer);
    world.whole_views += viewer->has_ended && !viewer->was_told_to_reload;
    world.reloads += viewer->was_told_to_reload;
}

static void ask_once(Task *task, void *argument)
{
    Asking *asking = argument;
    TurnStarted started;
    TurnOrder order = {
        .question = {.conversation_id = asking->conversation_id,
                     .content = asking->content,
                     .client_id = asking->client_id,
                     .metadata = STR("{}")},
        .request = {.question = asking->content, .mode = STR("auto"), .plan_tier = STR("solo")},
    };
    task->has_user = true;
    task->user_id = world.user_id;
    if (!turn_start(task, any_node()->conversations, &order, &started)) {
        world.refused += task->error.code == ERR_CONFLICT;
        world.left += task->error.code == ERR_CANCELLED;
        world.failed_requests +=
            task->error.code != ERR_CONFLICT && task->error.code != ERR_CANCELLED;
    } else {
        asking->begun = true;
        if (started.has_after && one_in(2))
            view(task, asking, &started);
        else if (one_in(4) && !cancel_somewhere(task, asking))
            task_forget_error(task);
    }
    asking->has_ended = true;
}

/* Asks until it is told that the question was taken, as a good client does. Some clients leave. */
static void ask_until_taken(Task *task, Asking *asking)
{
    while (!asking->begun && !test_failure_is_recorded()) {
        asking->has_ended = false;
        TaskId client = task_spawn(task->loop, "client", ask_once, asking);
        uint32_t patience = one_in(4) ? random_below(40) : UINT32_MAX;
        while (!asking->has_ended && task_sleep(task, POLL_MS)) {
            if (patience-- == 0)
                task_cancel(task->loop, client);
        }
        if (!asking->begun && !task_sleep(task, 5 + random_below(40)))
            break;
    }
}

static void run_asker(Task *task, void *argument)
{
    (void)argument;
    while (world.asked < turns_wanted && !test_failure_is_recorded()) {
        ArenaMark mark = arena_mark(task->arena);
        Asking asking = {.conversation_id = world.conversations[random_below(CONVERSATIONS)],
                         .content = write_question(task->arena),
                         .client_id = arena_printf(task->arena, "c-%u", world.asked++)};
        ask_until_taken(task, &asking);
        arena_reset(task->arena, mark);
    }
    world.askers--;
}

static void break_connections(void)
{
    world.breaks++;
    test_postgres_run(all->postgres,
                      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
                      " application_name = 'netguru test' AND pid <> pg_backend_pid()");
}

/* Does harm by the number of questions asked, so that a slow machine suffers the same. */
static void do_harm(Task *task)
{
    uint32_t next = 20;
    while (world.askers > 0 && task_sleep(task, POLL_MS)) {
        if (world.asked < next)
            continue;
        next = world.asked + 10 + random_below(40);
        bool stalls = one_in(3);
        if (one_in(6)) {
            break_connections();
        } else {
            replace(random_below(PROCESSES), stalls);
            world.stalls += stalls;
            world.kills += !stalls;
        }
    }
}

static void make_conversations(Task *task)
{
    DB_STATEMENT insert = {"chaos_conversation",
                           "INSERT INTO conversations (user_id) VALUES ($1) RETURNING id"};
    for (int i = 0; i < CONVERSATIONS; i++) {
        const DbRows *rows = NULL;
        EXPECT(task, db_query_one(task, all->services.db, &insert,
                                  DB_PARAMS(db_uuid(&world.user_id)), &rows));
        world.conversations[i] = db_read_uuid(rows, 0, 0);
    }
}

static int64_t count(const char *sql)
{
    return test_postgres_count(all->postgres, sql);
}

/* Whatever a client has seen is in the answer. */
static void check_seen(Task *task, Viewer *viewer)
{
    DB_STATEMENT load = {"chaos_message", "SELECT content, state FROM messages WHERE id = $1"};
    const DbRows *rows = NULL;
    ArenaMark mark = arena_mark(task->arena);
    EXPECT(task, db_query_one(task, all->services.db, &load,
                              DB_PARAMS(db_uuid(&viewer->message_id)), &rows));
    Str content = db_str(rows, 0, 0);
    Str seen = strbuf_str(&viewer->text);
    if (viewer->has_ended && !viewer->was_told_to_reload)
        EXPECT_STR(task, seen, content);
    else
        EXPECT_STR(task, str_slice(content, 0, seen.size), seen);
    arena_reset(task->arena, mark);
}

#define ANSWERS                                                                                    \
    "WITH answers AS (SELECT a.*, q.content AS question, coalesce((SELECT string_agg(substr(w, 5)" \
    " || ' ', '' ORDER BY n) FROM regexp_split_to_table(q.content, ' ') WITH ORDINALITY AS t(w,"   \
    " n) WHERE w LIKE 'say:%'), '') AS whole, substring(q.content FROM 'use:(\\d+)')::int AS"      \
    " used, (SELECT count(*) FROM usage_ledger AS l WHERE l.message_id = a.id) AS bills, (SELECT"  \
    " sum(l.tokens_total) FROM usage_ledger AS l WHERE l.message_id = a.id) AS billed FROM"        \
    " messages AS a JOIN messages AS q ON q.id = a.parent_id WHERE a.role = 'assistant')"          \
    " SELECT count(*) FROM answers WHERE "

static void check_answers(Task *task)
{
    EXPECT_SOON(task, count("SELECT count(*) FROM conversation_turns") == 0);
    EXPECT_INT(task,
               count(ANSWERS "state NOT IN ('complete', 'cancelled', 'interrupted',"
                             " 'failed')"),
               0);
    EXPECT_INT(task, count("SELECT count(*) FROM messages WHERE role = 'user'"), world.asked);
    EXPECT_INT(task, count(ANSWERS "true"), world.asked);
    EXPECT_INT(task,
               count(ANSWERS "NOT starts_with(whole, content) OR state = 'complete' AND"
                             " content <> whole"),
               0);
    EXPECT_INT(task,
               count(ANSWERS "bills <> (tokens_used IS NOT NULL)::int OR billed <>"
                             " tokens_used OR tokens_used <> used"),
               0);
    EXPECT_INT(task, count(ANSWERS "state = 'complete' AND tokens_used IS DISTINCT FROM used"), 0);
    EXPECT_INT(task, count("SELECT count(*) FROM usage_ledger WHERE message_id IS NULL"), 0);
    for (ListNode *each = world.seen.first; each; each = each->next)
        check_seen(task, CONTAINER_OF(each, Viewer, node));
}

static void print_tally(void)
{
    static const char *const states[] = {"complete", "cancelled", "interrupted", "failed"};
    printf("# %u questions: %u kills, %u stalls, %u breaks of all connections; clients left %u"
           " times, cancelled %u times, were refused %u times, failed %u times\n# answers:",
           world.asked, world.kills, world.stalls, world.breaks, world.left, world.cancels,
           world.refused, world.failed_requests);
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        char sql[128];
        snprintf(sql, sizeof(sql),
                 "SELECT count(*) FROM messages WHERE role = 'assistant' AND"
                 " state = '%s'",
                 states[i]);
        printf(" %lld %s", (long long)count(sql), states[i]);
    }
    printf("; %lld billed; %u views, %u of them whole, %u reloads\n",
           (long long)count("SELECT count(*) FROM usage_ledger"), world.views, world.whole_views,
           world.reloads);
}

/* The turns of the dead have ended, but nobody publishes their last events. */
static void bury(Task *task, Node *node)
{
    List *turns = &node->conversations->turns;
    EXPECT_SOON(task, node->conversations->tasks == 0);
    while (node->is_dead && turns->first)
        turn_free(CONTAINER_OF(turns->first, Turn, node));
    conversations_stop(task, node->conversations);
    conversations_free(task, node->conversations);
    mem_free(node);
}

static void end_world(Task *task)
{
    ListNode *each = NULL;
    for (int i = 0; i < PROCESSES; i++)
        bury(task, world.nodes[i]);
    while ((each = list_take_first(&world.dead)))
        bury(task, CONTAINER_OF(each, Node, node));
    while ((each = list_take_first(&world.seen))) {
        Viewer *viewer = CONTAINER_OF(each, Viewer, node);
        strbuf_done(&viewer->text);
        mem_free(viewer);
    }
}

static void chaos(Task *task, void *argument)
{
    (void)argument;
    task->has_user = true;
    task->user_id = world.user_id;
    make_conversations(task);
    for (int i = 0; i < PROCESSES; i++)
        world.nodes[i] = node_new();
    world.askers = ASKERS;
    for (int i = 0; i < ASKERS; i++)
        task_spawn_background(task->loop, "asker", run_asker, NULL);
    do_harm(task);
    check_answers(task);
    print_tally();
    end_world(task);
}

static void find_user(void *argument)
{
    (void)argument;
    TestAnswer me = api_get(all->arena, ana, STR("users/me"));
    test_expect(&me, 200);
    assert_that(uuid_parse(test_json_str(&me, "id"), &world.user_id));
}

static void test_every_answer_ends_once_and_is_billed_once(void **state)
{
    (void)state;
    test_server_run(server, find_user, NULL);
    test_server_run_task(server, chaos, NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_answer_ends_once_and_is_billed_once),
    };
    if (argc > 1)
        turns_wanted = (uint32_t)strtoul(argv[1], NULL, 10);
    if (argc > 2)
        seed = strtoull(argv[2], NULL, 10);
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
