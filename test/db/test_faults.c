/* SPDX-License-Identifier: Apache-2.0 */
/* What happens when the server, a connection or the network does not behave. */
#include "fixture.h"
#include "harness/expect.h"

DB_STATEMENT one = {"test_one", "SELECT 1"};

static bool ask(Task *task, const Fixture *fixture)
{
    task_forget_error(task);
    return db_query(task, fixture->db, &one, DB_NO_PARAMS, NULL);
}

static bool is_answered(Task *task, const Fixture *fixture)
{
    if (ask(task, fixture))
        return true;
    EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE, false);
    return false;
}

static void ask_until_answered(Task *task, const Fixture *fixture)
{
    EXPECT_SOON_BY(task, is_answered(task, fixture), fixture_pause(task, fixture));
}

typedef struct {
    Fixture *fixture;
    bool is_in_transaction;
    uint32_t lost;
    uint32_t done;
} Crash;

static void is_running_when_it_crashes(Task *task, void *argument)
{
    Crash *crash = argument;
    EXPECT(task,
           !db_query(task, crash->fixture->db, SQL("SELECT pg_sleep(600)"), DB_NO_PARAMS, NULL));
    EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE);
    crash->lost++;
}

static void is_in_a_transaction_when_it_crashes(Task *task, void *argument)
{
    Crash *crash = argument;
    auto_transaction DbTransaction *transaction = db_begin(task, crash->fixture->db);
    EXPECT(task, transaction);
    EXPECT(task, db_transaction_query(task, transaction, &one, DB_NO_PARAMS, NULL));
    crash->is_in_transaction = true;
    /* And idle while it happens. */
    EXPECT_SOON_BY(task, crash->lost >= 5, fixture_nap(task));
    EXPECT(task, !db_transaction_query(task, transaction, &one, DB_NO_PARAMS, NULL));
    EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE);
    task_forget_error(task);
    EXPECT(task, !db_commit(task, transaction));
    EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE);
    crash->lost++;
}

/* The clock stands still meanwhile, so nothing waits for the next attempt to connect. */
static void fails_at_once(Task *task, const Fixture *fixture)
{
    EXPECT(task, !ask(task, fixture));
    EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE);
    uint64_t attempts = db_stats(fixture->db).connect_failures;
    for (int i = 0; i < 200; i++) {
        EXPECT(task, !ask(task, fixture));
        EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE);
    }
    EXPECT(task, !db_begin(task, fixture->db));
    EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE);
    EXPECT(task, db_stats(fixture->db).connect_failures <= attempts + 3); /* those under way */
}

static void finds_it_killed(Task *task, const Crash *crash)
{
    EXPECT_SOON_BY(task, db_stats(crash->fixture->db).open == 0, fixture_nap(task));
    fails_at_once(task, crash->fixture);
    EXPECT_SOON_BY(task, crash->lost >= 6, fixture_nap(task));
    fixture_pass(task, 300);
}

static void crashes_the_server(Task *task, void *argument)
{
    Crash *crash = argument;
    const Fixture *fixture = crash->fixture;
    EXPECT_SOON_BY(task, crash->is_in_transaction && db_stats(fixture->db).in_flight >= 5,
                   fixture_nap(task));
    test_postgres_kill(test_postgres);
    finds_it_killed(task, crash);
    test_postgres_restart(test_postgres);
    ask_until_answered(task, fixture);
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->db);
    EXPECT(task, transaction);
    EXPECT(task, db_transaction_query(task, transaction, &one, DB_NO_PARAMS, NULL));
    EXPECT(task, db_commit(task, transaction));
    crash->done++;
}

static void test_a_killed_server_is_connected_to_again(void **state)
{
    Fixture *fixture = *state;
    fixture_stop_clock(fixture);
    for (int i = 0; i < 3; i++) {
        Crash crash = {.fixture = fixture};
        for (int k = 0; k < 5; k++)
            assert_true(task_spawn(fixture->loop, "running", is_running_when_it_crashes, &crash)
                            .generation);
        assert_true(task_spawn(fixture->loop, "idle", is_in_a_transaction_when_it_crashes, &crash)
                        .generation);
        assert_true(task_spawn(fixture->loop, "crash", crashes_the_server, &crash).generation);
        test_run_spawned(fixture->loop);
        assert_int_equal(crash.lost, 6);
        assert_int_equal(crash.done, 1);
    }
    test_run(fixture->loop, fixture_check_quiet, fixture);
    assert_true(db_stats(fixture->db).connect_failures > 0);
}

static void survives_an_orderly_restart(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    EXPECT(task, ask(task, fixture));
    /* None is opening. */
    EXPECT_SOON_BY(task, db_stats(fixture->db).open == 2, fixture_pause(task, fixture));
    test_postgres_stop(test_postgres);
    test_postgres_restart(test_postgres);
    EXPECT_SOON_BY(task, db_stats(fixture->db).open == 0, fixture_pause(task, fixture));
    EXPECT(task, ask(task, fixture));
}

static void test_an_idle_pool_survives_a_restart(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, survives_an_orderly_restart, fixture);
}

static void open_all(Task *task, const Fixture *fixture)
{
    EXPECT(task, ask(task, fixture));
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->db);
    EXPECT(task, transaction);
    EXPECT(task, db_commit(task, transaction));
    EXPECT_SOON_BY(task, db_stats(fixture->db).open == 3, fixture_pause(task, fixture));
}

static void survives_termination(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    for (int i = 0; i < 20; i++) {
        open_all(task, fixture);
        fixture_terminate_backends();
        EXPECT_SOON_BY(task, db_stats(fixture->db).open == 0, fixture_pause(task, fixture));
    }
    EXPECT(task, ask(task, fixture));
    EXPECT_INT(task, db_stats(fixture->db).errors, 0);
}

/* No turn of the loop between the end of the connections and their next use. */
static void survives_unseen_termination(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    open_all(task, fixture);
    fixture_pass(task, 1100); /* idle for long enough to be looked at before use */
    fixture_terminate_backends();
    EXPECT(task, ask(task, fixture));
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->db);
    EXPECT(task, transaction);
    EXPECT(task, db_commit(task, transaction));
}

static void test_idle_connections_are_terminated(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, survives_termination, fixture);
    fixture_stop_clock(fixture);
    test_run(fixture->loop, survives_unseen_termination, fixture);
}

static void is_never_available(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    for (int i = 0; i < 30; i++) {
        EXPECT(task, !ask(task, fixture));
        EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE);
        fixture_pass(task, 10);
    }
    EXPECT(task, !db_begin(task, fixture->db));
    EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE);
    uint64_t failures = db_stats(fixture->db).connect_failures;
    EXPECT(task, failures >= 1);
    EXPECT(task, failures < 12); /* it backs off */
    EXPECT_SOON_BY(task, db_stats(fixture->db).connect_failures > failures,
                   fixture_pause(task, fixture));
}

static void test_absent_servers_are_unavailable(void **state)
{
    Fixture *fixture = *state;
    const char *const urls[] = {"postgresql:///netguru?host=/nonexistent",
                                "postgresql://127.0.0.1:1/netguru",
                                "postgresql://no-such-host.invalid/netguru",
                                test_postgres_url_of(test_postgres, NULL, "no_such_database"),
                                "postgresql://no-such-host.invalid,127.0.0.1,/netguru?port=1"};
    fixture_stop_clock(fixture);
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        fixture_reopen(fixture, &(DbOptions){.url = str_of(urls[i])});
        test_run(fixture->loop, is_never_available, fixture);
    }
}

static void closes(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    EXPECT(task, ask(task, fixture));
    static TimeLimit limit; /* another task reads it even when this one fails */
    limit = (TimeLimit){fixture, 1, 10};
    EXPECT(task, task_spawn(task->loop, "time", fixture_time_passes, &limit).generation);
    task_deadline_narrow(task, 10);
    EXPECT(task, !db_query(task, fixture->db, SQL("SELECT pg_sleep(600)"), DB_NO_PARAMS, NULL));
    EXPECT_INT(task, task->error.code, ERR_TIMEOUT);
    task_deadline_set(task, 0);
    db_close(task, fixture->db);
    EXPECT(task, !ask(task, fixture));
    EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE);
    EXPECT(task, !db_begin(task, fixture->db));
    EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE);
    fixture_terminate_backends();
}

static void test_it_is_closed_with_a_statement_running(void **state)
{
    Fixture *fixture = *state;
    fixture_stop_clock(fixture);
    test_run(fixture->loop, closes, fixture);
}

static void starts_to_connect(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    task_deadline_narrow(task, 1);
    if (!ask(task, fixture))
        EXPECT(task, task->error.code == ERR_TIMEOUT || task->error.code == ERR_UNAVAILABLE);
}

static void closes_when_cancelled(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    starts_to_connect(task, argument);
    task_cancel(task->loop, task_id(task));
    db_close(task, fixture->db);
}

/* db_free then leaves the rest to the loop. */
static void test_a_cancelled_task_may_close_it_while_opening(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, closes_when_cancelled, fixture);
}

/* Ends about when its cancel request arrives, so that some of these requests hit the next
 * statement. On a busy machine it may also be answered first. */
static void almost_ends_in_time(Task *task, void *argument)
{
    Crash *crash = argument;
    const DbStatement *statement = SQL("SELECT pg_sleep($1::float8)");
    task_deadline_narrow(task, 2);
    double seconds = 0.018 + 0.001 * (crash->done % 40);
    if (!db_query(task, crash->fixture->db, statement, DB_PARAMS(db_f64(seconds)), NULL))
        crash->lost++;
}

static void is_hit_by_mistake(Task *task, void *argument)
{
    Crash *crash = argument;
    for (int i = 0; i < 60; i++) {
        EXPECT(task, task_spawn(task->loop, "almost", almost_ends_in_time, crash).generation);
        EXPECT(task, task_yield(task));
        EXPECT(task, db_query(task, crash->fixture->db, SQL("SELECT pg_sleep(0.02)"), DB_NO_PARAMS,
                              NULL));
        crash->done++;
    }
}

static void test_late_cancel_requests_disturb_no_statement(void **state)
{
    Fixture *fixture = *state;
    fixture_reopen(fixture, &(DbOptions){.shared = 1});
    Crash crash = {.fixture = fixture};
    assert_true(task_spawn(fixture->loop, "hit", is_hit_by_mistake, &crash).generation);
    test_run_spawned(fixture->loop);
    assert_int_equal(crash.done, 60);
    print_message("cancelled: %u, sent again: %lu\n", crash.lost,
                  (unsigned long)db_stats(fixture->db).resends);
}

static void finds_it_stopped(Task *task, const Fixture *fixture)
{
    task_deadline_narrow(task, 50);
    EXPECT(task, !ask(task, fixture));
    EXPECT_INT(task, task->error.code, ERR_TIMEOUT);
    task_deadline_set(task, 0);
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->db);
    EXPECT(task, transaction);
    task_deadline_narrow(task, 50);
    EXPECT(task, !db_transaction_query(task, transaction, &one, DB_NO_PARAMS, NULL));
    task_deadline_set(task, 0);
    db_transaction_release(&transaction);
    EXPECT(task, task_sleep(task, 100)); /* cancel requests hang, too */
}

static void is_stopped(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    EXPECT(task, ask(task, fixture));
    test_postgres_freeze(test_postgres, true);
    finds_it_stopped(task, fixture);
    task_deadline_set(task, 0);
    test_postgres_freeze(test_postgres, false);
    ask_until_answered(task, fixture);
}

static void opens_a_transaction(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->db);
    EXPECT(task, transaction);
    EXPECT(task, db_commit(task, transaction));
}

static void test_a_server_that_hangs_is_given_up(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, opens_a_transaction, fixture);
    test_run(fixture->loop, is_stopped, fixture);
    test_run(fixture->loop, fixture_check_quiet, fixture);
}

/* Lets the time for a ping pass once a statement waits for it. */
static void ping_runs_out_of_time(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    EXPECT_SOON_BY(task, db_stats(fixture->db).waiters > 0, fixture_nap(task));
    loop_clock_advance(task->loop, 6000);
}

static void finds_it_vanished(Task *task, Fixture *fixture)
{
    EXPECT(task, task_spawn(task->loop, "time", ping_runs_out_of_time, fixture).generation);
    task_deadline_narrow(task, 6000); /* the ping fails after 5 s */
    EXPECT(task, !ask(task, fixture));
    task_deadline_set(task, 0);
    EXPECT(task, db_stats(fixture->db).open <= 1);
}

static void is_pinged(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    for (int i = 0; i < 2; i++) {
        opens_a_transaction(task, argument);
        EXPECT(task, ask(task, fixture));
        fixture_pass(task, 1100);
    }
    opens_a_transaction(task, argument);
    EXPECT_INT(task, db_stats(fixture->db).connects, 2);
    fixture_pass(task, 1100);
    test_postgres_freeze(test_postgres, true);
    finds_it_vanished(task, argument);
    test_postgres_freeze(test_postgres, false);
    ask_until_answered(task, fixture);
}

static void test_a_peer_that_vanished_is_noticed_by_a_ping(void **state)
{
    Fixture *fixture = *state;
    /* One shared connection: the answer to a ping of a second one could be late. */
    fixture_reopen(fixture, &(DbOptions){.shared = 1, .ping_after_s = 1});
    fixture_stop_clock(fixture);
    test_run(fixture->loop, is_pinged, fixture);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_killed_server_is_connected_to_again),
        TEST(test_an_idle_pool_survives_a_restart),
        TEST(test_idle_connections_are_terminated),
        TEST(test_absent_servers_are_unavailable),
        TEST(test_it_is_closed_with_a_statement_running),
        TEST(test_a_cancelled_task_may_close_it_while_opening),
        TEST(test_late_cancel_requests_disturb_no_statement),
        TEST(test_a_server_that_hangs_is_given_up),
        TEST(test_a_peer_that_vanished_is_noticed_by_a_ping),
    };
    return cmocka_run_group_tests(tests, fixture_start_server, fixture_stop_server);
}
