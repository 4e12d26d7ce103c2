/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/login.h"

#include "accounts/internal.h"
#include "accounts/login_wait.h"
#include "base/time.h"
#include "fixture.h"
#include "harness/expect.h"
#include "harness/tasks.h"

#include <stdio.h>

static const char ana[] = "ana@example.net";

static TestAnswer open_ana(Arena *arena)
{
    TestAnswer answer =
        post(arena, "/api/v1/auth/register", STR(""), test_login_body(arena, ana, "correct horse"));
    test_expect(&answer, 201);
    return answer;
}

static int64_t retry_after(const TestAnswer *answer)
{
    int64_t seconds = 0;
    assert_that(str_parse_i64(test_header(answer, "retry-after"), &seconds));
    return seconds;
}

static void check_has_to_wait(const TestAnswer *answer)
{
    test_expect_error(answer, 429, "RATE_LIMIT_EXCEEDED");
    assert_that(retry_after(answer) >= 1);
    assert_that(retry_after(answer) <= 60);
}

static int64_t ask(const char *command, const char *key, const char *field)
{
    return test_redis_number(all->redis, (const char *const[]){command, key, field, NULL});
}

static const char *key_of(Arena *arena, const char *email)
{
    return login_wait_key(arena, &all->services, str_of(email), NULL).data;
}

/* Moves the end of a wait, which must be there. */
static void set_wait(Arena *arena, const char *email, int64_t wait_ms)
{
    const char *key = key_of(arena, email);
    Str until = arena_printf(arena, "%lld", (long long)(time_now_us() / 1000 + wait_ms));
    assert_int(ask("EXISTS", key, NULL), 1);
    test_redis_run(all->redis, (const char *const[]){"HSET", key, "until_ms", until.data, NULL});
}

/* Fails until the login has to wait; returns the number of passwords that were looked at. */
static int fail_until_refused(Arena *arena, const char *email)
{
    for (int failures = 0;; failures++) {
        TestAnswer answer = login(arena, email, "wrong horse");
        if (answer.status == 429) {
            check_has_to_wait(&answer);
            return failures;
        }
        check_refused(&answer);
        assert_that(failures < 20);
        if (failures >= 4)
            set_wait(arena, email, 50000); /* however slow this machine is */
    }
}

static void client_waits(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    open_ana(arena);
    /* Nobody's address is no different, nor another spelling. */
    assert_int(fail_until_refused(arena, ana), 5);
    assert_int(fail_until_refused(arena, "nobody@example.net"), 5);
    TestAnswer known = login(arena, " ANA@Example.NET", "correct horse");
    check_has_to_wait(&known);
    set_wait(arena, ana, 50000);
    set_wait(arena, "nobody@example.net", 50000);
    known = login(arena, ana, "correct horse");
    TestAnswer nobody = login(arena, "nobody@example.net", "correct horse");
    check_has_to_wait(&nobody);
    assert_that(retry_after(&known) >= 45);
    assert_that(retry_after(&nobody) >= 45);
    /* Only a keyed digest of the address is stored, for an hour. */
    const char *key = key_of(arena, ana);
    assert_int(str_of(key).size, 6 + 64);
    assert_that(ask("TTL", key, NULL) > 3500);
    assert_int(test_redis_number(all->redis, (const char *const[]){"KEYS", "*ana*", NULL}), 0);
    /* The owner is let in when the wait is over, and the count begins anew. */
    set_wait(arena, ana, -1);
    known = login(arena, ana, "correct horse");
    test_expect(&known, 200);
    assert_int(ask("EXISTS", key, NULL), 0);
    assert_int(ask("HGET", key_of(arena, "nobody@example.net"), "failures"), 5);
}

static void test_failed_logins_have_to_wait(void **state)
{
    (void)state;
    fixture_serve(client_waits);
}

static void client_no_hash(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    open_ana(arena);
    fail_until_refused(arena, ana);
    uint64_t hashed = workers_stats(all->services.hashing).finished;
    for (int i = 0; i < 5; i++) {
        TestAnswer answer = login(arena, ana, "correct horse");
        check_has_to_wait(&answer);
    }
    assert_int(workers_stats(all->services.hashing).finished, hashed);
    assert_int(ask("HGET", key_of(arena, ana), "failures"), 5);
}

static void test_a_login_that_has_to_wait_costs_no_hash(void **state)
{
    (void)state;
    fixture_serve(client_no_hash);
}

/* Returns for how long a login at that time has to wait, in s. */
static uint32_t wait_at(Task *task, Str key, int64_t now_ms)
{
    task->error = (Error){0};
    if (login_wait_begin(task, &all->services, key, now_ms))
        return 0;
    EXPECT_INT(task, task->error.code, ERR_RATE_LIMIT_EXCEEDED, 0);
    return task->error.retry_after_s;
}

static void grow(Task *task, void *argument)
{
    (void)argument;
    static const uint32_t waits[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    int64_t now_ms = 1790000000000;
    Str key = login_wait_key(task->arena, &all->services, STR("a@b"), NULL);
    for (int i = 0; i < 5; i++)
        EXPECT_INT(task, wait_at(task, key, now_ms), 0);
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        int64_t wait_ms = (int64_t)waits[i] * 1000;
        EXPECT_INT(task, wait_at(task, key, now_ms), waits[i]);
        /* To come too early does not lengthen the wait. */
        EXPECT_INT(task, wait_at(task, key, now_ms + wait_ms - 1), 1);
        now_ms += wait_ms;
        EXPECT_INT(task, wait_at(task, key, now_ms), 0);
    }
    /* A clock that was set back by an hour does not lock anybody out. */
    EXPECT_INT(task, wait_at(task, key, now_ms - 3600 * 1000), 0);
    /* What is taken back does not count. */
    Str other = login_wait_key(task->arena, &all->services, STR("c@d"), NULL);
    for (int i = 0; i < 20; i++) {
        EXPECT_INT(task, wait_at(task, other, now_ms), 0);
        EXPECT(task, login_wait_undo(task, &all->services, other));
    }
    EXPECT(task, login_wait_undo(task, &all->services, other));
    EXPECT_INT(task, ask("EXISTS", other.data, NULL), 0);
    /* Nor does the wait that it began. */
    for (int i = 0; i < 5; i++)
        EXPECT_INT(task, wait_at(task, other, now_ms), 0);
    EXPECT_INT(task, wait_at(task, other, now_ms), 1);
    EXPECT_INT(task, wait_at(task, other, now_ms + 1000), 0);
    EXPECT(task, login_wait_undo(task, &all->services, other));
    EXPECT_INT(task, wait_at(task, other, now_ms + 1000), 0);
}

static void test_waits_double_up_to_a_minute(void **state)
{
    (void)state;
    test_server_run_task(server, grow, NULL);
}

static void client_devices(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    TestAnswer opened = open_ana(arena);
    Str device = test_json_str(&opened, "device_token");
    TestAnswer answer = post(arena, "/api/v1/auth/register", STR(""),
                             test_login_body(arena, "bob@example.net", "correct horse"));
    Str of_bob = test_json_str(&answer, "device_token");
    fail_until_refused(arena, ana);
    answer = login(arena, ana, "correct horse");
    check_has_to_wait(&answer);
    /* The owner's device is let in; it keeps its marker, and the stranger's count stays. */
    answer = login_from(arena, ana, "correct horse", device);
    test_expect(&answer, 200);
    device = test_json_str(&answer, "device_token");
    assert_int(ask("HGET", key_of(arena, ana), "failures"), 5);
    set_wait(arena, ana, 50000);
    /* No other marker helps, and none is an error. */
    char *forged = arena_cstring(arena, device);
    forged[3] = forged[3] == 'A' ? 'B' : 'A';
    DeviceToken id = device_token_new();
    int64_t a_year_ago_s = time_now_us() / 1000000 - DEVICE_TOKEN_LIFE_S;
    Str expired = device_token_sign(arena, &all->services, &id, str_of(ana), a_year_ago_s);
    Str bad[] = {of_bob, str_of(forged), expired, STR("x"), STR(""), str_slice(device, 0, 53)};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        answer = login_from(arena, ana, "correct horse", bad[i]);
        check_has_to_wait(&answer);
    }
    memset(forged, 'A', 10);
    answer = login_from(arena, ana, "correct horse", arena_printf(arena, "%257d", 1));
    test_expect_error(&answer, 400, "VALIDATION_ERROR");
    forget_logins();
    /* A stolen device is no way to guess on: it has a count of its own. */
    for (int i = 0; i < 5; i++) {
        answer = login_from(arena, ana, "wrong horse", device);
        check_refused(&answer);
    }
    assert_that(device_token_read(arena, &all->services, device, str_of(ana), &id));
    const char *key = login_wait_key(arena, &all->services, str_of(ana), &id).data;
    assert_int(ask("HGET", key, "failures"), 5);
    assert_int(ask("EXISTS", key_of(arena, ana), NULL), 0);
    answer = login(arena, ana, "correct horse");
    test_expect(&answer, 200);
}

static void test_a_known_device_is_not_locked_out_by_strangers(void **state)
{
    (void)state;
    fixture_serve(client_devices);
}

/* The only hashing thread, kept busy until the test lets it go. */
typedef struct {
    uv_sem_t gate;
    uv_sem_t has_begun;
    bool has_ended;
} Blocker;

static Blocker blocker;

static void block_on_thread(void *argument)
{
    Blocker *blocked = argument;
    uv_sem_post(&blocked->has_begun);
    uv_sem_wait(&blocked->gate);
}

static void block(Task *task, void *argument)
{
    Blocker *blocked = argument;
    check(workers_run(task, all->services.hashing, block_on_thread, blocked));
    blocked->has_ended = true;
}

/* Sends a login on a connection of its own and returns when it waits for the hashing thread. */
static int send_login(Arena *arena, const char *password)
{
    int connection = test_connect(server->port);
    Str body = test_login_body(arena, ana, password);
    Str headers = STR("Content-Type: application/json\r\n");
    test_send(connection, test_request_text(arena, "POST", "/api/v1/auth/login", headers, body));
    for (int i = 0; workers_stats(all->services.hashing).queued == 0; i++) {
        assert_that(i < TEST_LONGEST_WAIT_MS);
        uv_sleep(1);
    }
    return connection;
}

static TestAnswer let_login_go_on(Arena *arena, int connection)
{
    uv_sem_post(&blocker.gate);
    TestAnswer answer = test_receive(arena, connection, false);
    test_close(connection);
    return answer;
}

/* Runs a client while the only hashing thread is busy; it lets it go. One more hash may wait, for
 * as long as it takes on this machine. */
static void run_blocked(void (*client)(void *argument))
{
    Workers *former = all->services.hashing;
    assert_int(uv_sem_init(&blocker.gate, 0), 0);
    assert_int(uv_sem_init(&blocker.has_begun, 0), 0);
    blocker.has_ended = false;
    all->services.hashing = workers_new(
        server->loop, &(WorkersOptions){.name = "hashing", .threads = 1, .max_queued = 1});
    task_spawn_background(server->loop, "block", block, &blocker);
    test_server_run(server, client, NULL);
    assert_that(blocker.has_ended);
    workers_free(all->services.hashing);
    all->services.hashing = former;
    uv_sem_destroy(&blocker.gate);
    uv_sem_destroy(&blocker.has_begun);
}

static void open_before(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    open_ana(arena);
    forget_logins();
    test_redis_run(all->redis, (const char *const[]){"FLUSHALL", NULL});
}

static int64_t count_keys(const char *pattern)
{
    return test_redis_number(all->redis, (const char *const[]){"KEYS", pattern, NULL});
}

/* The login has read the account and waits; the account is disabled and its sessions are ended;
 * then the login goes on. */
static void client_disabled_meanwhile(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    uv_sem_wait(&blocker.has_begun);
    int connection = send_login(arena, "correct horse");
    test_postgres_run(all->postgres, "UPDATE users SET is_active = false");
    assert_int(count_keys("session:*"), 0); /* so ending the sessions finds none */
    TestAnswer answer = let_login_go_on(arena, connection);
    check_refused(&answer);
    assert_str(test_json_str(&answer, "error.message"), STR("wrong e-mail address or password"));
    assert_int(count_keys("session:*"), 0);
}

static void test_a_login_that_is_overtaken_by_disabling_opens_nothing(void **state)
{
    (void)state;
    fixture_serve(open_before);
    run_blocked(client_disabled_meanwhile);
}

static void client_password_meanwhile(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    uv_sem_wait(&blocker.has_begun);
    int connection = send_login(arena, "correct horse");
    test_postgres_run(all->postgres, "UPDATE users SET hashed_password = '$2b$04$another'");
    TestAnswer answer = let_login_go_on(arena, connection);
    check_refused(&answer);
    assert_int(count_keys("session:*"), 0);
}

static void test_a_login_that_is_overtaken_by_a_new_password_opens_nothing(void **state)
{
    (void)state;
    fixture_serve(open_before);
    run_blocked(client_password_meanwhile);
}

static void client_rights_meanwhile(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    test_postgres_run(all->postgres, "UPDATE users SET is_superuser = true");
    uv_sem_wait(&blocker.has_begun);
    int connection = send_login(arena, "correct horse");
    test_postgres_run(all->postgres, "UPDATE users SET is_superuser = false");
    TestAnswer answer = let_login_go_on(arena, connection);
    test_expect_error(&answer, 503, "UNAVAILABLE");
    assert_int(retry_after(&answer), 1);
    assert_int(count_keys("session:*"), 0);
    answer = login(arena, ana, "correct horse");
    test_expect(&answer, 200);
}

static void test_a_login_that_is_overtaken_by_a_change_is_tried_again(void **state)
{
    (void)state;
    fixture_serve(open_before);
    run_blocked(client_rights_meanwhile);
}

static void client_overload(void *argument)
{
    (void)argument;
    auto_arena Arena *arena = arena_new();
    uv_sem_wait(&blocker.has_begun);
    int connection = send_login(arena, "correct horse");
    /* At once: the first two are still waiting. */
    for (int i = 0; i < 8; i++) {
        TestAnswer answer = login(arena, ana, "correct horse");
        test_expect_error(&answer, 503, "UNAVAILABLE");
        assert_that(retry_after(&answer) >= 1);
    }
    TestAnswer answer = post(arena, "/api/v1/auth/register", STR(""),
                             test_login_body(arena, "bob@example.net", "correct horse"));
    test_expect_error(&answer, 503, "UNAVAILABLE");
    /* Nobody else notices. */
    answer = test_get(arena, server->port, "/open", STR(""));
    test_expect(&answer, 204);
    /* A login that was not looked at is no failed one. */
    assert_int(ask("HGET", key_of(arena, ana), "failures"), 1);
    answer = let_login_go_on(arena, connection);
    test_expect(&answer, 200);
}

static void test_too_many_logins_at_once_are_refused_at_once(void **state)
{
    (void)state;
    fixture_serve(open_before);
    run_blocked(client_overload);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_failed_logins_have_to_wait, fixture_clear),
        cmocka_unit_test_setup(test_a_login_that_has_to_wait_costs_no_hash, fixture_clear),
        cmocka_unit_test_setup(test_waits_double_up_to_a_minute, fixture_clear),
        cmocka_unit_test_setup(test_a_known_device_is_not_locked_out_by_strangers, fixture_clear),
        cmocka_unit_test_setup(test_a_login_that_is_overtaken_by_disabling_opens_nothing,
                               fixture_clear),
        cmocka_unit_test_setup(test_a_login_that_is_overtaken_by_a_new_password_opens_nothing,
                               fixture_clear),
        cmocka_unit_test_setup(test_a_login_that_is_overtaken_by_a_change_is_tried_again,
                               fixture_clear),
        cmocka_unit_test_setup(test_too_many_logins_at_once_are_refused_at_once, fixture_clear),
    };
    return cmocka_run_group_tests(tests, fixture_start, fixture_stop);
}
