/* SPDX-License-Identifier: Apache-2.0 */
/* The log of events and the hub, on a Redis that forgets and goes away. */
#include "fixture.h"

#include "base/mem.h"
#include "harness/expect.h"

#include <stdio.h>

/* A client that writes down the types of what it gets, as "a b reload ". */
typedef struct {
    Watcher watcher;
    StrBuf heard;
    uint64_t last;
} Listener;

static bool hear(Watcher *watcher, uint64_t sequence, Str json)
{
    Error error = {0};
    Listener *listener = CONTAINER_OF(watcher, Listener, watcher);
    auto_arena Arena *arena = arena_new();
    const JsonValue *event = json_parse(arena, json, &error);
    strbuf_append(&listener->heard, json_str_or(event, "type", STR("?")));
    strbuf_append_byte(&listener->heard, ' ');
    listener->last = sequence;
    return true;
}

static void start_listening(Hub *hub, Listener *listener, const Uuid *id, uint64_t after)
{
    *listener = (Listener){.watcher = {.send = hear, .has_position = true, .after = after}};
    strbuf_init(&listener->heard, 64 * 1024);
    hub_watch(hub, &listener->watcher, id);
}

static void leave(Hub *hub, Listener *listener)
{
    hub_unwatch(hub, &listener->watcher);
    strbuf_done(&listener->heard);
}

/* Publishes an event of each type, and returns the sequence of the last one. */
static uint64_t tell(Task *task, const Uuid *id, const char *types)
{
    LoggedEvent logged = {0};
    for (const char *type = types; *type; type++) {
        NewEvent event = {
            *id, EVENT_PLAIN, arena_printf(task->arena, "{\"type\":\"%c\"}", *type), {{0}}};
        EXPECT(task, event_log_publish(task, all->services.redis, &event, 1, &logged), 0);
    }
    return logged.sequence;
}

#define EXPECT_HEARD(task, listener, text)                                                         \
    do {                                                                                           \
        EXPECT_SOON(task, str_equal(strbuf_str(&(listener).heard), STR(text)));                    \
        EXPECT_SOON(task, !(listener).watcher.is_reading);                                         \
    } while (0)

static void wipe(void)
{
    test_redis_run(all->redis, (const char *const[]){"FLUSHALL", NULL});
}

static void replays(Task *task, void *argument)
{
    Listener early;
    Listener late;
    Uuid id = uuid_new();
    Hub *hub = argument;
    start_listening(hub, &early, &id, 0);
    uint64_t middle = tell(task, &id, "ab");
    EXPECT_HEARD(task, early, "a b ");
    start_listening(hub, &late, &id, middle);
    (void)tell(task, &id, "cd");
    EXPECT_HEARD(task, late, "c d ");
    EXPECT_HEARD(task, early, "a b c d ");
    EXPECT(task, early.last == late.last);
    leave(hub, &late);
    leave(hub, &early);
}

static void forgets(Task *task, void *argument)
{
    Listener here;
    Listener back;
    Uuid id = uuid_new();
    Hub *hub = argument;
    uint64_t first = tell(task, &id, "a");
    (void)tell(task, &id, "b");
    start_listening(hub, &here, &id, first);
    EXPECT_HEARD(task, here, "b ");
    wipe();
    /* A client that comes back to an empty log has missed "b", and cannot know it otherwise. */
    start_listening(hub, &back, &id, first);
    EXPECT_HEARD(task, back, "reload ");
    (void)tell(task, &id, "c");
    EXPECT_HEARD(task, back, "reload c ");
    /* One that has listened all the while has missed nothing. */
    EXPECT_HEARD(task, here, "b c ");
    (void)tell(task, &id, "d");
    EXPECT_HEARD(task, here, "b c d ");
    EXPECT_HEARD(task, back, "reload c d ");
    leave(hub, &here);
    leave(hub, &back);
}

static int64_t kept_s(Task *task, const Uuid *id)
{
    Str key = arena_printf(task->arena, "events:conversation:{%.*s}",
                           STR_ARGS(uuid_str(task->arena, id)));
    const char *const words[] = {"TTL", arena_cstring(task->arena, key), NULL};
    return test_redis_number(all->redis, words);
}

/* The log of a turn that has ended goes sooner than that of one that runs. */
static void expires(Task *task, void *argument)
{
    Uuid id = uuid_new();
    LoggedEvent logged;
    (void)argument;
    for (EventMark mark = EVENT_STARTS_TURN; mark <= EVENT_ENDS_TURN; mark++) {
        NewEvent event = {id, mark, STR("{\"type\":\"x\"}"), id};
        int64_t most_s = mark == EVENT_ENDS_TURN ? EVENT_LOG_ENDED_SECONDS : EVENT_LOG_SECONDS;
        EXPECT(task, event_log_publish(task, all->services.redis, &event, 1, &logged));
        EXPECT(task, kept_s(task, &id) <= most_s);
        EXPECT(task, kept_s(task, &id) > most_s - 60);
        (void)tell(task, &id, "a");
        EXPECT(task, kept_s(task, &id) <= most_s);
    }
}

static void trims(Task *task, void *argument)
{
    Listener listener;
    Uuid id = uuid_new();
    Hub *hub = argument;
    uint64_t first = tell(task, &id, "a");
    (void)tell(task, &id, "bcd");
    Str key = arena_printf(task->arena, "events:conversation:{%.*s}",
                           STR_ARGS(uuid_str(task->arena, &id)));
    test_redis_run(all->redis, (const char *const[]){"XTRIM", arena_cstring(task->arena, key),
                                                     "MAXLEN", "1", NULL});
    start_listening(hub, &listener, &id, first);
    EXPECT_HEARD(task, listener, "reload ");
    (void)tell(task, &id, "e");
    EXPECT_HEARD(task, listener, "reload e ");
    leave(hub, &listener);
}

/* What was told without Redis is followed by a reload, once, when Redis is back. */
static void goes_away(Task *task, void *argument)
{
    Listener listener;
    Uuid id = uuid_new();
    Hub *hub = argument;
    NewEvent event = {id, EVENT_PLAIN, STR("{\"type\":\"b\"}"), {{0}}};
    uint64_t first = tell(task, &id, "a");
    start_listening(hub, &listener, &id, 0);
    EXPECT_HEARD(task, listener, "a ");
    hub_give_local(hub, &event, 0);
    EXPECT_HEARD(task, listener, "a b ");
    EXPECT(task, listener.last > first);
    test_redis_kill(all->redis);
    EXPECT_SOON(task, !redis_stats(all->services.redis).connected);
    test_redis_restart(all->redis);
    EXPECT_HEARD(task, listener, "a b reload ");
    EXPECT_SOON(task, redis_stats(all->services.redis).connected);
    (void)tell(task, &id, "c");
    EXPECT_HEARD(task, listener, "a b reload c ");
    leave(hub, &listener);
}

/* Redis took a publication whose answer was lost, so that it is given here too. */
static void is_taken(Task *task, void *argument)
{
    Listener listener;
    Uuid id = uuid_new();
    Hub *hub = argument;
    NewEvent event = {id, EVENT_PLAIN, STR("{\"type\":\"a\"}"), {{0}}};
    start_listening(hub, &listener, &id, 0);
    (void)tell(task, &id, "a");
    EXPECT_HEARD(task, listener, "a ");
    hub_give_local(hub, &event, 0);
    event.body = STR("{\"type\":\"b\"}");
    hub_give_local(hub, &event, 0);
    EXPECT_HEARD(task, listener, "a b ");
    leave(hub, &listener);
}

/* The log is read while the event that it has is given without it. */
static void is_read(Task *task, void *argument)
{
    Listener listener;
    Uuid id = uuid_new();
    Hub *hub = argument;
    NewEvent event = {id, EVENT_PLAIN, STR("{\"type\":\"b\"}"), {{0}}};
    uint64_t first = 0;
    uint64_t second = 0;
    do { /* of another millisecond, so that its sequence is not the next one */
        first = tell(task, &id, "a");
        second = tell(task, &id, "b");
    } while (first >> 12 == second >> 12);
    (void)tell(task, &id, "c");
    start_listening(hub, &listener, &id, first);
    EXPECT(task, task_yield(task)); /* the task of the hub has asked for the page */
    hub_give_local(hub, &event, 0);
    EXPECT_SOON(task, !listener.watcher.is_reading);
    Str heard = strbuf_str(&listener.heard);
    size_t at = str_find(heard, STR("b "));
    EXPECT(task, at != STR_NOT_FOUND);
    EXPECT(task, str_find(str_from(heard, at + 1), STR("b ")) == STR_NOT_FOUND);
    EXPECT(task, str_find(heard, STR("reload ")) != STR_NOT_FOUND);
    leave(hub, &listener);
}

static int64_t ask_redis(Task *task, const char *command, const char *prefix, const Uuid *id)
{
    RedisReply reply;
    Str key = arena_printf(task->arena, "%s{%.*s}", prefix, STR_ARGS(uuid_str(task->arena, id)));
    EXPECT(task, redis_command(task, all->services.redis, REDIS_ARGS(str_of(command), key), &reply),
           -9);
    return reply.integer;
}

/* What was queued when a conversation was deleted does not bring its log back. */
static void is_deleted(Task *task, void *argument)
{
    size_t count = 0;
    LoggedTurn *turns = NULL;
    Uuid id = uuid_new();
    LoggedTurn ending = {id, uuid_new()};
    LoggedEvent logged = {0};
    Redis *redis = all->services.redis;
    (void)argument;
    (void)tell(task, &id, "ab");
    EXPECT(task, event_log_expect_end(task, redis, &ending));
    EXPECT(task, event_log_forget(task, redis, &id));
    uint64_t late = tell(task, &id, "c");
    EXPECT_INT(task, late, 0);
    EXPECT_INT(task, ask_redis(task, "XLEN", "events:conversation:", &id), 2);
    int64_t left_s = ask_redis(task, "TTL", "events:conversation:", &id);
    EXPECT(task, left_s > 0 && left_s <= 60);
    /* Nor does it once the log has gone. */
    EXPECT_INT(task, ask_redis(task, "DEL", "events:conversation:", &id), 1);
    NewEvent end = {id, EVENT_ENDS_TURN, STR("{\"type\":\"e\"}"), ending.message_id};
    EXPECT(task, event_log_publish(task, redis, &end, 1, &logged));
    EXPECT_INT(task, ask_redis(task, "EXISTS", "events:conversation:", &id), 0);
    EXPECT(task, event_log_find_overdue(task, redis, 0, &turns, &count));
    for (size_t i = 0; i < count; i++)
        EXPECT(task, !uuid_equal(&turns[i].message_id, &ending.message_id));
}

static void starts(Task *task, void *argument)
{
    uint64_t after = 1;
    LoggedEvent logged;
    Uuid id = uuid_new();
    Uuid first = uuid_new();
    Uuid second = uuid_new();
    Redis *redis = all->services.redis;
    (void)argument;
    EXPECT(task, event_log_find_start(task, redis, &id, &after));
    EXPECT_INT(task, after, 0);
    NewEvent event = {id, EVENT_STARTS_TURN, STR("{\"type\":\"s\"}"), first};
    EXPECT(task, event_log_publish(task, redis, &event, 1, &logged));
    event.message_id = second;
    EXPECT(task, event_log_publish(task, redis, &event, 1, &logged));
    uint64_t before_second = logged.previous;
    /* The end of the first turn comes late, and leaves the second one running. */
    NewEvent end = {id, EVENT_ENDS_TURN, STR("{\"type\":\"e\"}"), first};
    EXPECT(task, event_log_publish(task, redis, &end, 1, &logged));
    EXPECT(task, event_log_find_start(task, redis, &id, &after));
    EXPECT(task, after == before_second);
    end.message_id = second;
    EXPECT(task, event_log_publish(task, redis, &end, 1, &logged));
    EXPECT(task, event_log_find_start(task, redis, &id, &after));
    EXPECT(task, after == logged.sequence);
}

static void run(TaskMain *body)
{
    test_server_run_task(server, body, all->services.conversations->hub);
}

static void test_a_client_gets_each_event_once_from_its_position(void **state)
{
    (void)state;
    run(replays);
}

static void test_a_wiped_log_makes_a_late_client_reload(void **state)
{
    (void)state;
    run(forgets);
}

static void test_a_log_is_kept_for_a_while(void **state)
{
    (void)state;
    run(expires);
}

static void test_a_trimmed_log_makes_a_late_client_reload(void **state)
{
    (void)state;
    run(trims);
}

static void test_events_without_redis_are_followed_by_a_reload(void **state)
{
    (void)state;
    run(goes_away);
}

static void test_an_event_that_redis_took_is_not_given_again(void **state)
{
    (void)state;
    run(is_taken);
}

static void test_a_page_that_was_asked_for_before_is_read_again(void **state)
{
    (void)state;
    run(is_read);
}

static void test_late_events_do_not_keep_the_log_of_a_deleted_conversation(void **state)
{
    (void)state;
    run(is_deleted);
}

static void test_a_client_without_a_position_begins_with_the_running_turn(void **state)
{
    (void)state;
    run(starts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_client_gets_each_event_once_from_its_position),
        cmocka_unit_test(test_a_wiped_log_makes_a_late_client_reload),
        cmocka_unit_test(test_a_log_is_kept_for_a_while),
        cmocka_unit_test(test_a_trimmed_log_makes_a_late_client_reload),
        cmocka_unit_test(test_a_client_without_a_position_begins_with_the_running_turn),
        cmocka_unit_test(test_an_event_that_redis_took_is_not_given_again),
        cmocka_unit_test(test_a_page_that_was_asked_for_before_is_read_again),
        cmocka_unit_test(test_late_events_do_not_keep_the_log_of_a_deleted_conversation),
        cmocka_unit_test(test_events_without_redis_are_followed_by_a_reload),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
