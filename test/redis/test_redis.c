/* SPDX-License-Identifier: Apache-2.0 */
#include "redis/redis.h"

#include "base/log.h"
#include "base/mem.h"
#include "harness/expect.h"
#include "harness/servers.h"
#include "harness/tasks.h"
#include "task/clock.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct {
    Loop *loop;
    Redis *redis;
    bool clock_is_stopped;
} Fixture;

static TestRedis *server;

static int start_server(void **state)
{
    (void)state;
    log_setup(getenv("NETGURU_TEST_LOG") ? LOG_DEBUG : LOG_ERROR, LOG_AS_TEXT);
    signal(SIGPIPE, SIG_IGN); /* as the program does: hiredis writes to lost connections */
    server = test_redis_start(NULL);
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    test_redis_free(server);
    return 0;
}

static void close_redis(Task *task, void *argument)
{
    redis_close(task, argument);
}

static void open_redis(Fixture *fixture, const char *url)
{
    Error error = {0};
    if (fixture->redis) {
        test_run(fixture->loop, close_redis, fixture->redis);
        redis_free(fixture->redis);
    }
    fixture->redis = redis_new(fixture->loop, str_of(url), &error);
    check(fixture->redis);
}

static int set_up(void **state)
{
    Fixture *fixture = test_calloc(1, sizeof(*fixture));
    fixture->loop = loop_new(&(LoopOptions){.max_tasks = 4096});
    open_redis(fixture, test_redis_url(server));
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, close_redis, fixture->redis);
    redis_free(fixture->redis);
    loop_free(fixture->loop);
    test_free(fixture);
    return 0;
}

static void stop_clock(Fixture *fixture)
{
    fixture->clock_is_stopped = true;
    loop_clock_fake(fixture->loop);
}

/* Moves the stopped clock by this long and returns when it has arrived. */
static void pass(Task *task, uint32_t duration_ms)
{
    loop_clock_advance(task->loop, duration_ms);
    EXPECT(task, task_sleep(task, duration_ms));
}

static void sleep_a_little(void *argument)
{
    (void)argument;
    uv_sleep(5);
}

/* Lets some real time pass, whatever the clock does. */
static bool nap(Task *task)
{
    return task_offload(task, sleep_a_little, NULL);
}

/* The same, and moves a stopped clock a little, for what happens by timers. */
static bool pause_a_little(Task *task, const Fixture *fixture)
{
    if (fixture->clock_is_stopped)
        loop_clock_advance(task->loop, 20);
    return nap(task);
}

#define ASK(task, fixture, reply, ...)                                                             \
    redis_command(task, (fixture)->redis, REDIS_ARGS(__VA_ARGS__), reply)

static void reads_replies(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    RedisReply reply;
    Str value = str_make("a\0b\r\n", 5);
    EXPECT(task, ASK(task, fixture, &reply, STR("SET"), STR("key"), value));
    EXPECT_INT(task, reply.type, REDIS_STATUS);
    EXPECT_STR(task, reply.str, STR("OK"));
    EXPECT(task, ASK(task, fixture, &reply, STR("GET"), STR("key")));
    EXPECT_INT(task, reply.type, REDIS_STRING);
    EXPECT_STR(task, reply.str, value);
    EXPECT(task, ASK(task, fixture, &reply, STR("GET"), STR("none")));
    EXPECT_INT(task, reply.type, REDIS_NIL);
    EXPECT(task, ASK(task, fixture, &reply, STR("SET"), STR("empty"), (Str){0}));
    EXPECT(task, ASK(task, fixture, &reply, STR("GET"), STR("empty")));
    EXPECT_INT(task, reply.type, REDIS_STRING);
    EXPECT_INT(task, reply.str.size, 0);
    EXPECT(task, ASK(task, fixture, &reply, STR("EVAL"), STR("return {1, {'two', false}, {}}"),
                     STR("0")));
    EXPECT_INT(task, reply.type, REDIS_ARRAY);
    EXPECT_INT(task, reply.count, 3);
    EXPECT_INT(task, reply.items[0].integer, 1);
    EXPECT_STR(task, reply.items[1].items[0].str, STR("two"));
    EXPECT_INT(task, reply.items[1].items[1].type, REDIS_NIL);
    EXPECT_INT(task, reply.items[2].count, 0);
    EXPECT(task, ASK(task, fixture, NULL, STR("PING")));
}

static void test_replies_of_all_types_are_read(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, reads_replies, fixture);
}

static void meets_errors(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    RedisReply reply;
    EXPECT(task, !ASK(task, fixture, &reply, STR("NOSUCHCOMMAND")));
    EXPECT_INT(task, task->error.code, ERR_INTERNAL);
    EXPECT(task, strstr(task->error.message, "unknown command"));
    EXPECT(task,
           !ASK(task, fixture, &reply, STR("EVAL"), STR("return {err='LOADING soon'}"), STR("0")));
    EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE);
    EXPECT(task,
           !ASK(task, fixture, &reply, STR("EVAL"), STR("return {err='READONLY x'}"), STR("0")));
    EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE);
    task_forget_error(task);
    size_t size = (size_t)65 << 20;
    char *big = mem_alloc(size, 1);
    EXPECT(task, !ASK(task, fixture, &reply, STR("SET"), STR("big"), str_make(big, size)));
    EXPECT_INT(task, task->error.code, ERR_VALIDATION);
    task_forget_error(task);
    size = (size_t)20 << 20;
    EXPECT(task, ASK(task, fixture, &reply, STR("SET"), STR("big"), str_make(big, size)));
    EXPECT(task, ASK(task, fixture, &reply, STR("GET"), STR("big")));
    EXPECT_INT(task, reply.str.size, size);
    EXPECT(task, !ASK(task, fixture, &reply, STR("EVAL"),
                      STR("local t = {} for i = 1, 800000 do t[i] = i end return t"), STR("0")));
    EXPECT_INT(task, task->error.code, ERR_INTERNAL);
    EXPECT(task, strstr(task->error.message, "more than 64 MiB"));
    task_forget_error(task);
    EXPECT(task, ASK(task, fixture, &reply, STR("DEL"), STR("big")));
    mem_free(big);
}

static void test_errors_and_limits_have_their_codes(void **state)
{
    Fixture *fixture = *state;
    stop_clock(fixture); /* on a busy machine 20 MiB may take longer than a command may */
    test_run(fixture->loop, meets_errors, fixture);
}

typedef struct {
    Fixture *fixture;
    uint32_t number;
    uint32_t *done;
} Worker;

static void works(Task *task, void *argument)
{
    const Worker *worker = argument;
    RedisReply reply;
    Str key = arena_printf(task->arena, "key:%u", worker->number);
    for (int i = 1; i <= 5; i++) {
        EXPECT(task, ASK(task, worker->fixture, &reply, STR("INCR"), key));
        EXPECT_INT(task, reply.integer, i);
        if (worker->number % 7 == 0) {
            EXPECT(task, !ASK(task, worker->fixture, &reply, STR("LPUSH"), key, STR("x")));
            task_forget_error(task);
        }
    }
    EXPECT(task, ASK(task, worker->fixture, &reply, STR("DEL"), key));
    (*worker->done)++;
}

static void test_a_thousand_tasks_share_one_connection(void **state)
{
    enum { COUNT = 1000 };
    Fixture *fixture = *state;
    uint32_t done = 0;
    Worker *workers = mem_alloc(COUNT, sizeof(*workers));
    for (uint32_t i = 0; i < COUNT; i++) {
        workers[i] = (Worker){fixture, i, &done};
        assert_true(task_spawn(fixture->loop, "worker", works, &workers[i]).generation);
    }
    test_run_spawned(fixture->loop);
    assert_int_equal(done, COUNT);
    assert_int_equal(redis_stats(fixture->redis).in_flight, 0);
    mem_free(workers);
}

static const RedisScript count_up = {
    "count_up", "return {redis.call('INCRBY', KEYS[1], ARGV[1]), KEYS[2], ARGV[2]}"};

static void runs_scripts(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    RedisReply reply;
    for (int i = 1; i <= 4; i++) {
        EXPECT(task,
               redis_script(task, fixture->redis, &count_up, REDIS_ARGS(STR("n"), STR("other")),
                            REDIS_ARGS(STR("2"), STR("last")), &reply));
        EXPECT_INT(task, reply.items[0].integer, 2 * i);
        EXPECT_STR(task, reply.items[1].str, STR("other"));
        EXPECT_STR(task, reply.items[2].str, STR("last"));
        if (i == 2)
            EXPECT(task, ASK(task, fixture, NULL, STR("SCRIPT"), STR("FLUSH")));
    }
    EXPECT(task, ASK(task, fixture, NULL, STR("DEL"), STR("n")));
    static const RedisScript broken = {"broken", "return ("};
    EXPECT(task, !redis_script(task, fixture->redis, &broken, REDIS_ARGS(STR("n")),
                               REDIS_ARGS(STR("1")), &reply));
    EXPECT(task, strstr(task->error.message, "script broken"));
}

static void test_scripts_survive_a_flush(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, runs_scripts, fixture);
}

static bool is_answered(Task *task, const Fixture *fixture)
{
    if (ASK(task, fixture, NULL, STR("PING")))
        return true;
    EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE, false);
    return false;
}

static void ask_until_answered(Task *task, const Fixture *fixture)
{
    EXPECT_SOON_BY(task, is_answered(task, fixture), pause_a_little(task, fixture));
    task_forget_error(task);
}

static bool are_blocked(Task *task, const Fixture *fixture, unsigned count)
{
    ArenaMark mark = arena_mark(task->arena);
    Str wanted = arena_printf(task->arena, "blocked_clients:%u\r", count);
    RedisReply reply;
    EXPECT(task, ASK(task, fixture, &reply, STR("INFO"), STR("clients")), false);
    bool reached = str_find(reply.str, wanted) != STR_NOT_FOUND;
    arena_reset(task->arena, mark);
    return reached;
}

/* Waits until this many consumers wait for an element at the server. */
static void wait_for_blocked(Task *task, const Fixture *fixture, unsigned count)
{
    EXPECT_SOON_BY(task, are_blocked(task, fixture, count), nap(task));
}

static void waits_for_an_element(Task *task, void *argument)
{
    const Worker *worker = argument;
    RedisConsumer *consumer = redis_consumer_new(worker->fixture->redis);
    RedisReply reply;
    bool done = redis_consumer_command(
        task, consumer,
        REDIS_ARGS(STR("BLMOVE"), STR("from"), STR("to"), STR("RIGHT"), STR("LEFT"), STR("0")),
        &reply);
    redis_consumer_free(consumer);
    if (done)
        EXPECT_STR(task, reply.str, STR("element"));
    else
        EXPECT(task, task->error.code == ERR_UNAVAILABLE || task_is_cancelled(task));
    *worker->done += done;
}

/* The clock stands still meanwhile, so nothing waits for the next attempt to connect. */
static void fails_at_once(Task *task, const Fixture *fixture)
{
    for (int i = 0; i < 200; i++) {
        EXPECT(task, !ASK(task, fixture, NULL, STR("PING")));
        EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE);
    }
    EXPECT(task, !redis_stats(fixture->redis).connected);
}

static void crashes_the_server(Task *task, void *argument)
{
    const Worker *worker = argument;
    const Fixture *fixture = worker->fixture;
    wait_for_blocked(task, fixture, 1);
    test_redis_kill(server);
    fails_at_once(task, fixture);
    pass(task, 200);
    test_redis_restart(server);
    ask_until_answered(task, fixture);
    runs_scripts(task, worker->fixture);
    (*worker->done)++;
}

static void test_a_killed_server_is_connected_to_again(void **state)
{
    Fixture *fixture = *state;
    stop_clock(fixture);
    for (int i = 0; i < 3; i++) {
        uint32_t done = 0;
        Worker worker = {fixture, 0, &done};
        assert_true(task_spawn(fixture->loop, "wait", waits_for_an_element, &worker).generation);
        assert_true(task_spawn(fixture->loop, "crash", crashes_the_server, &worker).generation);
        test_run_spawned(fixture->loop);
        assert_int_equal(done, 1);
        assert_true(redis_stats(fixture->redis).connected);
    }
    assert_true(redis_stats(fixture->redis).reconnects >= 3);
}

static void pushes(Task *task, void *argument)
{
    const Worker *worker = argument;
    wait_for_blocked(task, worker->fixture, 3);
    for (int i = 0; i < 3; i++)
        EXPECT(task, ASK(task, worker->fixture, NULL, STR("LPUSH"), STR("from"), STR("element")));
}

static void test_consumers_wait_on_their_own_connection(void **state)
{
    Fixture *fixture = *state;
    uint32_t done = 0;
    Worker worker = {fixture, 0, &done};
    for (int i = 0; i < 3; i++)
        assert_true(task_spawn(fixture->loop, "wait", waits_for_an_element, &worker).generation);
    assert_true(task_spawn(fixture->loop, "push", pushes, &worker).generation);
    test_run_spawned(fixture->loop);
    assert_int_equal(done, 3);
}

static void cancels(Task *task, void *argument)
{
    const Worker *worker = argument;
    RedisReply reply;
    TaskId id = task_spawn(task->loop, "wait", waits_for_an_element, argument);
    wait_for_blocked(task, worker->fixture, 1);
    task_cancel(task->loop, id);
    wait_for_blocked(task, worker->fixture, 0);
    EXPECT(task, ASK(task, worker->fixture, NULL, STR("LPUSH"), STR("from"), STR("stays")));
    EXPECT(task, ASK(task, worker->fixture, &reply, STR("LLEN"), STR("from")));
    EXPECT_INT(task, reply.integer, 1);
    EXPECT(task, ASK(task, worker->fixture, NULL, STR("DEL"), STR("from"), STR("to")));
}

static void test_a_cancelled_consumer_takes_nothing(void **state)
{
    Fixture *fixture = *state;
    uint32_t done = 0;
    Worker worker = {fixture, 0, &done};
    assert_true(task_spawn(fixture->loop, "cancels", cancels, &worker).generation);
    test_run_spawned(fixture->loop);
    assert_int_equal(done, 0);
}

static void consumes_twice(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    RedisConsumer *consumer = redis_consumer_new(fixture->redis);
    RedisReply reply;
    RedisArgs pop = REDIS_ARGS(STR("BRPOP"), STR("from"), STR("0"));
    task_deadline_narrow(task, 20);
    EXPECT(task, !redis_consumer_command(task, consumer, pop, &reply));
    EXPECT_INT(task, task->error.code, ERR_TIMEOUT);
    task_deadline_set(task, 0);
    wait_for_blocked(task, fixture, 0); /* the server has seen its connection close */
    EXPECT(task, ASK(task, fixture, NULL, STR("LPUSH"), STR("from"), STR("element")));
    EXPECT(task, redis_consumer_command(task, consumer, pop, &reply));
    EXPECT_INT(task, reply.count, 2);
    EXPECT_STR(task, reply.items[1].str, STR("element"));
    redis_consumer_free(consumer);
}

static void test_a_consumer_goes_on_after_its_deadline(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, consumes_twice, fixture);
}

static void does_some_of_everything(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    RedisReply reply;
    if (!ASK(task, fixture, &reply, STR("SET"), STR("k"), STR("v")))
        return;
    static RedisScript script = {"some", "return redis.call('GET', KEYS[1])"};
    if (!redis_script(task, fixture->redis, &script, REDIS_ARGS(STR("k")), (RedisArgs){NULL, 0},
                      &reply))
        return;
    RedisConsumer *consumer = redis_consumer_new(fixture->redis);
    bool done = redis_consumer_command(
        task, consumer, REDIS_ARGS(STR("BRPOP"), STR("nothing"), STR("0.01")), &reply);
    redis_consumer_free(consumer);
    if (!done)
        return;
    EXPECT_INT(task, reply.type, REDIS_NIL);
    if (ASK(task, fixture, &reply, STR("DEL"), STR("k")))
        EXPECT_INT(task, reply.integer, 1);
}

static void check_quiet(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    EXPECT(task, ASK(task, fixture, NULL, STR("PING")));
    EXPECT_INT(task, redis_stats(fixture->redis).in_flight, 0);
}

static void test_it_is_cancelled_at_every_wait(void **state)
{
    Fixture *fixture = *state;
    uint32_t waits =
        test_cancel_everywhere(fixture->loop, does_some_of_everything, check_quiet, fixture);
    assert_true(waits >= 4);
    assert_int_equal(redis_stats(fixture->redis).reconnects, 0);
}

typedef struct {
    Fixture *fixture;
    RedisSubscription *subscriptions[4];
    uint32_t messages;
    uint32_t missed;
    uint32_t markers;
    bool ends_itself;
} Listener;

/* In a callback, which is on no task's stack. */
static void expect_channel(Str channel, const char *wanted)
{
    if (!str_equal(channel, str_of(wanted)))
        test_failure_record_str(channel, str_of(wanted), "channel", __FILE__, __LINE__);
}

static void on_message(Str channel, Str payload, void *context)
{
    Listener *listener = context;
    expect_channel(channel, "news");
    if (!str_equal(payload, STR("hello")))
        test_failure_record_str(payload, STR("hello"), "payload", __FILE__, __LINE__);
    listener->messages++;
    if (listener->ends_itself) {
        for (size_t i = 0; i < COUNT_OF(listener->subscriptions); i++)
            redis_unsubscribe(listener->subscriptions[i]);
    }
}

static void on_missed(Str channel, void *context)
{
    Listener *listener = context;
    expect_channel(channel, "news");
    listener->missed++;
}

static void subscribe(Listener *listener, size_t count)
{
    RedisSubscriber subscriber = {on_message, on_missed, listener};
    for (size_t i = 0; i < count; i++)
        listener->subscriptions[i] =
            redis_subscribe(listener->fixture->redis, STR("news"), &subscriber);
}

static int64_t publish(Task *task, const Listener *listener, Str channel, Str message)
{
    RedisReply reply = {0};
    EXPECT(task, ASK(task, listener->fixture, &reply, STR("PUBLISH"), channel, message), 0);
    return reply.integer;
}

/* Publishes until the server has delivered the message to somebody. */
static void publish_until_heard(Task *task, const Listener *listener)
{
    EXPECT_SOON_BY(task, publish(task, listener, STR("news"), STR("hello")) > 0, nap(task));
}

static void wait_for_messages(Task *task, const Listener *listener, uint32_t count)
{
    EXPECT_SOON_BY(task, listener->messages >= count, nap(task));
    EXPECT_INT(task, listener->messages, count);
}

static void on_marker(Str channel, Str payload, void *context)
{
    Listener *listener = context;
    (void)payload;
    expect_channel(channel, "marker");
    listener->markers++;
}

static bool has_marker_arrived(Task *task, const Listener *listener, uint32_t former)
{
    if (listener->markers == former)
        publish(task, listener, STR("marker"), STR("x"));
    return listener->markers != former;
}

/* Messages arrive in order: what is published before the marker has arrived with it. */
static void wait_for_marker(Task *task, Listener *listener)
{
    uint32_t former = listener->markers;
    RedisSubscriber subscriber = {on_marker, NULL, listener};
    RedisSubscription *marker =
        redis_subscribe(listener->fixture->redis, STR("marker"), &subscriber);
    EXPECT_SOON_BY(task, has_marker_arrived(task, listener, former), nap(task));
    redis_unsubscribe(marker);
}

static void listens(Task *task, void *argument)
{
    Listener *listener = argument;
    subscribe(listener, 3);
    publish_until_heard(task, listener);
    wait_for_messages(task, listener, 3);
    EXPECT_INT(task, listener->missed, 0);
    redis_unsubscribe(listener->subscriptions[1]);
    publish_until_heard(task, listener);
    wait_for_messages(task, listener, 5);
    redis_unsubscribe(listener->subscriptions[0]);
    redis_unsubscribe(listener->subscriptions[2]);
    EXPECT(task, ASK(task, listener->fixture, NULL, STR("PUBLISH"), STR("news"), STR("hello")));
    wait_for_marker(task, listener);
    EXPECT_INT(task, listener->messages, 5);
    for (int i = 0; i < 50; i++) { /* in one tick */
        subscribe(listener, 1);
        redis_unsubscribe(listener->subscriptions[0]);
    }
    subscribe(listener, 4);
    wait_for_marker(task, listener); /* all of that has arrived at the server */
    publish_until_heard(task, listener);
    wait_for_messages(task, listener, 9);
    listener->ends_itself = true;
    publish_until_heard(task, listener);
    wait_for_marker(task, listener);
    EXPECT_INT(task, listener->messages, 10);
}

static void test_subscribers_hear_their_channels(void **state)
{
    Listener listener = {.fixture = *state};
    test_run(listener.fixture->loop, listens, &listener);
}

static void listens_through_a_crash(Task *task, void *argument)
{
    Listener *listener = argument;
    subscribe(listener, 2);
    publish_until_heard(task, listener);
    wait_for_messages(task, listener, 2);
    test_redis_kill(server);
    EXPECT_SOON_BY(task, !redis_stats(listener->fixture->redis).connected, nap(task));
    RedisSubscriber late = {on_message, on_missed, listener};
    listener->subscriptions[2] = redis_subscribe(listener->fixture->redis, STR("news"), &late);
    test_redis_restart(server);
    ask_until_answered(task, listener->fixture);
    EXPECT_SOON_BY(task, listener->missed >= 3, pause_a_little(task, listener->fixture));
    publish_until_heard(task, listener);
    wait_for_messages(task, listener, 5);
    EXPECT_INT(task, listener->missed, 3);
}

static void test_subscriptions_survive_and_say_what_they_missed(void **state)
{
    Listener listener = {.fixture = *state};
    stop_clock(listener.fixture);
    test_run(listener.fixture->loop, listens_through_a_crash, &listener);
}

static void is_refused(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    for (int i = 0; i < 20; i++) {
        EXPECT(task, !ASK(task, fixture, NULL, STR("PING")));
        EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE);
        pass(task, 10);
    }
}

static void test_absent_servers_are_unavailable(void **state)
{
    Fixture *fixture = *state;
    const char *const urls[] = {"unix:///nonexistent/redis.sock", "redis://127.0.0.1:1",
                                "redis://no-such-host.invalid:6379"};
    stop_clock(fixture);
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        open_redis(fixture, urls[i]);
        test_run(fixture->loop, is_refused, fixture);
    }
}

static void uses_another_database(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    RedisReply reply;
    EXPECT(task, ASK(task, fixture, NULL, STR("SET"), STR("in"), STR("three")));
    EXPECT(task, ASK(task, fixture, NULL, STR("SELECT"), STR("0")));
    EXPECT(task, ASK(task, fixture, &reply, STR("EXISTS"), STR("in")));
    EXPECT_INT(task, reply.integer, 0);
}

static void test_passwords_and_databases_are_used(void **state)
{
    Fixture *fixture = *state;
    char url[256];
    stop_clock(fixture);
    snprintf(url, sizeof(url), "%s?db=3", test_redis_url(server));
    open_redis(fixture, url);
    test_run(fixture->loop, uses_another_database, fixture);
    TestRedis *locked = test_redis_start("p@ss/w:rd");
    open_redis(fixture, test_redis_url(locked));
    test_run(fixture->loop, is_refused, fixture);
    snprintf(url, sizeof(url), "unix://:p%%40ss%%2Fw%%3ard@%s", test_redis_socket(locked));
    open_redis(fixture, url);
    test_run(fixture->loop, check_quiet, fixture);
    snprintf(url, sizeof(url), "unix://default:p%%40ss%%2Fw%%3ard@%s?db=1",
             test_redis_socket(locked));
    open_redis(fixture, url);
    test_run(fixture->loop, check_quiet, fixture);
    open_redis(fixture, test_redis_url(server));
    test_redis_free(locked);
}

static void test_malformed_urls_are_refused(void **state)
{
    Fixture *fixture = *state;
    const char *const urls[] = {"",
                                "redis://",
                                "redis://:port",
                                "http://x",
                                "redis://h:99999",
                                "redis://h/x",
                                "redis://h/70000",
                                "unix://relative",
                                "unix:///x?d=1",
                                "redis://%zz",
                                "redis://u@h",
                                "redis://[::1",
                                "unix:///a%00b",
                                "redis://h:1:2x",
                                "redis://%4"};
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        Error error = {0};
        assert_null(redis_new(fixture->loop, str_of(urls[i]), &error));
        assert_int_equal(error.code, ERR_VALIDATION);
    }
    const char *const good[] = {"redis://localhost", "redis://[::1]:6380/2", "redis://:p@h:1/0"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        open_redis(fixture, good[i]);
}

typedef struct {
    const Fixture *fixture;
    uint32_t in_flight;
    uint32_t advance_ms;
} TimeLimit;

/* Moves the stopped clock once this many commands are in flight. */
static void time_passes(Task *task, void *argument)
{
    const TimeLimit *limit = argument;
    EXPECT_SOON_BY(task, redis_stats(limit->fixture->redis).in_flight >= limit->in_flight,
                   nap(task));
    loop_clock_advance(task->loop, limit->advance_ms);
}

static void runs_out_of_time(Task *task, const Fixture *fixture, TimeLimit wanted)
{
    uint64_t start_ms = loop_now_ms(task->loop);
    static TimeLimit limit; /* another task reads it even when this one fails */
    limit = wanted;
    EXPECT(task, task_spawn(task->loop, "time", time_passes, &limit).generation);
    EXPECT(task, !ASK(task, fixture, NULL, STR("PING")));
    EXPECT_INT(task, task->error.code, ERR_TIMEOUT);
    EXPECT_INT(task, loop_now_ms(task->loop) - start_ms, limit.advance_ms);
}

static void is_stopped(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    check_quiet(task, argument);
    test_redis_freeze(server, true);
    task_deadline_narrow(task, 100);
    runs_out_of_time(task, fixture, (TimeLimit){fixture, 1, 100});
    task_deadline_set(task, 0);
    runs_out_of_time(task, fixture, (TimeLimit){fixture, 2, 5000});
    test_redis_freeze(server, false);
    ask_until_answered(task, fixture);
    EXPECT(task, redis_stats(fixture->redis).reconnects > 0);
}

static void test_a_server_that_hangs_is_given_up(void **state)
{
    Fixture *fixture = *state;
    stop_clock(fixture);
    test_run(fixture->loop, is_stopped, fixture);
}

static void closes_while_cancelled(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    task_deadline_narrow(task, 1);
    if (!ASK(task, fixture, NULL, STR("DEBUG"), STR("SLEEP"), STR("0.1")))
        EXPECT(task, task->error.code != ERR_NONE);
    task_cancel(task->loop, task_id(task));
    redis_close(task, fixture->redis);
}

static void test_a_cancelled_task_may_close_it(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, closes_while_cancelled, fixture);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_replies_of_all_types_are_read),
        TEST(test_errors_and_limits_have_their_codes),
        TEST(test_a_thousand_tasks_share_one_connection),
        TEST(test_scripts_survive_a_flush),
        TEST(test_a_killed_server_is_connected_to_again),
        TEST(test_consumers_wait_on_their_own_connection),
        TEST(test_a_cancelled_consumer_takes_nothing),
        TEST(test_a_consumer_goes_on_after_its_deadline),
        TEST(test_it_is_cancelled_at_every_wait),
        TEST(test_subscribers_hear_their_channels),
        TEST(test_subscriptions_survive_and_say_what_they_missed),
        TEST(test_absent_servers_are_unavailable),
        TEST(test_passwords_and_databases_are_used),
        TEST(test_malformed_urls_are_refused),
        TEST(test_a_server_that_hangs_is_given_up),
        TEST(test_a_cancelled_task_may_close_it),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
