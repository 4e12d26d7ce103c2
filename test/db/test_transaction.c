/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions and the pool that lends them connections. */
#include "fixture.h"

#include "db/session.h"
#include "harness/expect.h"

#include <signal.h>

DB_STATEMENT insert = {"test_insert", "INSERT INTO items VALUES ($1::int, $2)"};
DB_STATEMENT count_items = {"test_count", "SELECT count(*) FROM items"};
DB_STATEMENT clear = {"test_clear", "DELETE FROM items"};
DB_STATEMENT who = {"test_who_am_i", "SELECT current_setting('app.current_user_id', true)"};

static bool put(Task *task, DbTransaction *transaction, int64_t id)
{
    return db_transaction_query(task, transaction, &insert,
                                DB_PARAMS(db_i64(id), db_text(STR("x"))), NULL);
}

static int64_t count(Task *task, const Fixture *fixture)
{
    const DbRows *rows = NULL;
    EXPECT(task, db_query_one(task, fixture->db, &count_items, DB_NO_PARAMS, &rows), 0);
    return db_read_i64(rows, 0, 0);
}

static void commits(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->db);
    EXPECT(task, transaction);
    EXPECT(task, put(task, transaction, 1));
    EXPECT(task, put(task, transaction, 2));
    EXPECT_INT(task, count(task, fixture), 0); /* seen from outside */
    EXPECT(task, db_commit(task, transaction));
    EXPECT_INT(task, count(task, fixture), 2);
    EXPECT(task, db_query(task, fixture->db, &clear, DB_NO_PARAMS, NULL));
}

static void rolls_back(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    {
        auto_transaction DbTransaction *transaction = db_begin(task, fixture->db);
        EXPECT(task, transaction);
        EXPECT(task, put(task, transaction, 1));
    }
    EXPECT_INT(task, count(task, fixture), 0);
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->db);
    EXPECT(task, transaction);
    EXPECT(task, put(task, transaction, 1));
    EXPECT(task, !put(task, transaction, 1));
    EXPECT_INT(task, task->error.code, ERR_CONFLICT);
    task_forget_error(task);
    EXPECT(task, !put(task, transaction, 2));
    EXPECT_INT(task, task->error.code, ERR_INTERNAL);
    EXPECT(task, !db_commit(task, transaction));
    task_forget_error(task);
    EXPECT_INT(task, count(task, fixture), 0);
}

static void commits_nothing(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->db);
    EXPECT(task, transaction);
    EXPECT(task, db_commit(task, transaction));
}

static void test_transactions_commit_or_roll_back(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, commits, fixture);
    test_run(fixture->loop, rolls_back, fixture);
    test_run(fixture->loop, commits_nothing, fixture);
    test_run(fixture->loop, fixture_check_quiet, fixture);
    assert_true(db_stats(fixture->db).open <= 4);
}

static bool sees_user(Task *task, DbTransaction *transaction)
{
    const DbRows *rows = NULL;
    char name[UUID_TEXT_SIZE] = "";
    if (task->has_user)
        uuid_write(&task->user_id, name);
    EXPECT(task, db_transaction_query(task, transaction, &who, DB_NO_PARAMS, &rows), false);
    return str_equal(db_str(rows, 0, 0), str_of(name));
}

static void acts_for_users(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    for (int i = 0; i < 20; i++) {
        auto_transaction DbTransaction *transaction = db_begin(task, fixture->db);
        EXPECT(task, transaction);
        EXPECT(task, sees_user(task, transaction));
        task->has_user = i % 3 != 0;
        task->user_id = uuid_new();
        EXPECT(task, sees_user(task, transaction));
        EXPECT(task, sees_user(task, transaction));
        EXPECT(task, i % 2 || db_commit(task, transaction));
    }
}

static void test_the_user_follows_the_task(void **state)
{
    Fixture *fixture = *state;
    for (int i = 0; i < 8; i++)
        assert_true(task_spawn(fixture->loop, "user", acts_for_users, fixture).generation);
    test_run_spawned(fixture->loop);
    test_run(fixture->loop, fixture_check_quiet, fixture);
}

typedef struct {
    Fixture *fixture;
    uint32_t begun;
    uint32_t refused;
    uint32_t order[16];
    uint32_t most_open;
} Crowd;

static void holds_a_connection(Task *task, void *argument)
{
    Crowd *crowd = argument;
    auto_transaction DbTransaction *transaction = db_begin(task, crowd->fixture->db);
    EXPECT(task, transaction);
    crowd->order[crowd->begun++ % COUNT_OF(crowd->order)] = task_id(task).slot;
    /* Until all connections are in use. */
    EXPECT_SOON_BY(task, crowd->begun >= 4, fixture_nap(task));
    EXPECT(task, db_transaction_query(task, transaction, SQL("SELECT 1"), DB_NO_PARAMS, NULL));
    uint32_t open = db_stats(crowd->fixture->db).open;
    crowd->most_open = MAX_OF(crowd->most_open, open);
}

/* 3 leasable and 1 overflow: the rest waits and is served in order. */
static void test_the_pool_is_bounded_and_fair(void **state)
{
    Fixture *fixture = *state;
    Crowd crowd = {.fixture = fixture};
    uint32_t slots[16];
    for (size_t i = 0; i < COUNT_OF(slots); i++) {
        TaskId id = task_spawn(fixture->loop, "holder", holds_a_connection, &crowd);
        slots[i] = id.slot;
    }
    test_run_spawned(fixture->loop);
    assert_int_equal(crowd.begun, COUNT_OF(slots));
    assert_memory_equal(crowd.order, slots, sizeof(slots));
    assert_int_equal(crowd.most_open, 4);
    test_run(fixture->loop, fixture_check_quiet, fixture);
    DbStats stats = db_stats(fixture->db);
    assert_int_equal(stats.open, 3); /* the overflow is gone, no single statement was run */
    assert_int_equal(stats.idle, 3);
    assert_true(stats.waits >= 12);
}

static void waits_in_vain(Task *task, void *argument)
{
    Crowd *crowd = argument;
    task_deadline_narrow(task, 30);
    auto_transaction DbTransaction *transaction = db_begin(task, crowd->fixture->db);
    EXPECT(task, !transaction);
    EXPECT_INT(task, task->error.code, ERR_UNAVAILABLE);
    crowd->refused++;
}

static void holds_for_long(Task *task, void *argument)
{
    Crowd *crowd = argument;
    auto_transaction DbTransaction *transaction = db_begin(task, crowd->fixture->db);
    EXPECT(task, transaction);
    EXPECT(task, put(task, transaction, 100 + task_id(task).slot));
    crowd->begun++;
    EXPECT_SOON_BY(task, crowd->refused >= 4, fixture_nap(task));
}

static void test_an_exhausted_pool_says_so_in_time(void **state)
{
    Fixture *fixture = *state;
    Crowd crowd = {.fixture = fixture};
    for (int i = 0; i < 4; i++)
        assert_true(task_spawn(fixture->loop, "holder", holds_for_long, &crowd).generation);
    for (int i = 0; i < 4; i++)
        assert_true(task_spawn(fixture->loop, "waiter", waits_in_vain, &crowd).generation);
    test_run_spawned(fixture->loop);
    assert_int_equal(crowd.begun, 4);
    assert_int_equal(crowd.refused, 4);
    test_run(fixture->loop, fixture_check_quiet, fixture);
    assert_int_equal(test_postgres_count(test_postgres, "SELECT count(*) FROM items"), 0);
}

/* By a cancel request: the statement_timeout of the server is far away. */
static void runs_out_of_time(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->db);
    EXPECT(task, transaction);
    EXPECT(task, put(task, transaction, 1));
    uint64_t former = task_deadline_narrow(task, 50);
    EXPECT(task, !db_transaction_query(task, transaction, SQL("SELECT pg_sleep(600)"), DB_NO_PARAMS,
                                       NULL));
    EXPECT_INT(task, task->error.code, ERR_TIMEOUT);
    task_deadline_set(task, former);
    task_forget_error(task);
    EXPECT(task, !put(task, transaction, 2)); /* it goes on from nowhere */
    task_forget_error(task);
    db_transaction_release(&transaction);
    EXPECT_SOON_BY(task, fixture_busy_backends() == 0, fixture_pause(task, fixture));
}

static const DbOptions patient = {
    .pool_size = 5, .max_overflow = 1, .statement_timeout_ms = 600000};

static void test_a_statement_out_of_time_is_cancelled_and_rolled_back(void **state)
{
    Fixture *fixture = *state;
    fixture_reopen(fixture, &patient);
    test_run(fixture->loop, runs_out_of_time, fixture);
    test_run(fixture->loop, fixture_check_quiet, fixture);
    assert_int_equal(test_postgres_count(test_postgres, "SELECT count(*) FROM items"), 0);
}

/* A transfer as features write it, with single statements and a second transaction in between. */
static void transfers(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    const DbRows *rows = NULL;
    task->has_user = true;
    task->user_id = uuid_new();
    if (!db_query(task, fixture->db, &clear, DB_NO_PARAMS, NULL))
        return;
    auto_transaction DbTransaction *first = db_begin(task, fixture->db);
    if (!first || !put(task, first, 1) || !put(task, first, 2))
        return;
    if (!db_query(task, fixture->db, &count_items, DB_NO_PARAMS, &rows))
        return;
    EXPECT_INT(task, db_read_i64(rows, 0, 0), 0);
    auto_transaction DbTransaction *second = db_begin(task, fixture->db);
    if (!second || !put(task, second, 3))
        return;
    if (!db_commit(task, first) || !put(task, second, 4))
        return;
    if (!db_query(task, fixture->db, SQL("SELECT pg_sleep(0.01)"), DB_NO_PARAMS, NULL))
        return;
    if (!db_transaction_query(task, second, SQL("SELECT pg_sleep(0.01)"), DB_NO_PARAMS, NULL))
        return;
    if (!db_commit(task, second))
        EXPECT(task, task_is_cancelled(task));
}

static void check_items(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    fixture_check_quiet(task, argument);
    int64_t items = count(task, fixture);
    EXPECT(task, items == 0 || items == 2 || items == 4);
}

static void test_it_is_cancelled_at_every_wait(void **state)
{
    Fixture *fixture = *state;
    uint32_t waits = test_cancel_everywhere(fixture->loop, transfers, check_items, fixture);
    assert_true(waits >= 11);
    assert_true(db_stats(fixture->db).open <= 6);
}

static void sleeps_long(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    EXPECT(task, !db_query(task, fixture->db, SQL("SELECT pg_sleep(600)"), DB_NO_PARAMS, NULL));
}

typedef struct {
    Fixture *fixture;
    TaskId sleeper;
    uint32_t done;
} Neighbours;

static void is_a_neighbour(Task *task, void *argument)
{
    Neighbours *neighbours = argument;
    for (int i = 0; i < 100; i++)
        EXPECT(task, db_query(task, neighbours->fixture->db, SQL("SELECT pg_sleep(0.002)"),
                              DB_NO_PARAMS, NULL));
    neighbours->done++;
}

static void cancels(Task *task, void *argument)
{
    const Neighbours *neighbours = argument;
    for (int i = 0; i < 20; i++) {
        TaskId id = task_spawn(task->loop, "sleeper", sleeps_long, neighbours->fixture);
        EXPECT(task, task_sleep(task, 10));
        task_cancel(task->loop, id);
        EXPECT(task, task_sleep(task, 30));
    }
}

/* Cancel requests name a backend, not a statement: those that hit another one make the driver send
 * that one again. Without its cancel request a sleeper would block its neighbours for minutes. */
static void test_cancelling_does_not_disturb_neighbours(void **state)
{
    Fixture *fixture = *state;
    Neighbours neighbours = {.fixture = fixture};
    fixture_reopen(fixture, &patient);
    for (int i = 0; i < 4; i++)
        assert_true(task_spawn(fixture->loop, "neighbour", is_a_neighbour, &neighbours).generation);
    assert_true(task_spawn(fixture->loop, "canceller", cancels, &neighbours).generation);
    test_run_spawned(fixture->loop);
    assert_int_equal(neighbours.done, 4);
    test_run(fixture->loop, fixture_check_quiet, fixture);
}

static void is_recycled(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    for (int i = 0; i < 5; i++) {
        auto_transaction DbTransaction *transaction = db_begin(task, fixture->db);
        EXPECT(task, transaction);
        EXPECT(task, sees_user(task, transaction));
        EXPECT(task, db_commit(task, transaction));
        EXPECT(task, db_query(task, fixture->db, &who, DB_NO_PARAMS, NULL));
        fixture_pass(task, 500);
    }
}

static void commits_too_late(Task *task, void *argument)
{
    Fixture *fixture = argument;
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->db);
    EXPECT(task, transaction);
    EXPECT(task, db_transaction_query(task, transaction, SQL("INSERT INTO late VALUES (1)"),
                                      DB_NO_PARAMS, NULL));
    task_deadline_set(task, loop_now_ms(task->loop) - 1);
    EXPECT(task, !db_commit(task, transaction));
    EXPECT_INT(task, task->error.code, ERR_TIMEOUT);
}

static void test_nothing_is_committed_past_the_deadline(void **state)
{
    Fixture *fixture = *state;
    test_postgres_run(test_postgres, "CREATE TABLE late (id integer)");
    test_run(fixture->loop, commits_too_late, fixture);
    test_run(fixture->loop, fixture_check_quiet, fixture);
    assert_int_equal(test_postgres_count(test_postgres, "SELECT count(*) FROM late"), 0);
}

typedef struct {
    Fixture *fixture;
    DbSession *other; /* holds the lock that the statement waits for */
    pid_t postmaster;
    bool next_has_begun;
} LateCancel;

static void prepare_late_cancel(Task *task, void *argument)
{
    LateCancel *late = argument;
    const DbRows *rows = NULL;
    const DbStatement *ask =
        SQL("SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)::integer");
    EXPECT(task, db_query(task, late->fixture->db, ask, DB_NO_PARAMS, &rows));
    late->postmaster = (pid_t)db_read_i64(rows, 0, 0);
    commits_nothing(task, late->fixture);
    EXPECT_SOON_BY(task, db_stats(late->fixture->db).open == 3, fixture_pause(task, late->fixture));
}

/* Leaves its statement when its time is over. The cancel request meets a stopped postmaster. */
static void leaves_a_statement(Task *task, void *argument)
{
    const LateCancel *late = argument;
    auto_transaction DbTransaction *transaction = db_begin(task, late->fixture->db);
    EXPECT(task, transaction);
    task_deadline_narrow(task, 50);
    EXPECT(task, !db_transaction_query(task, transaction, SQL("SELECT pg_advisory_xact_lock(7)"),
                                       DB_NO_PARAMS, NULL));
}

static void comes_after_it(Task *task, void *argument)
{
    LateCancel *late = argument;
    auto_transaction DbTransaction *transaction = db_begin(task, late->fixture->db);
    EXPECT(task, transaction);
    late->next_has_begun = true;
    EXPECT(task, db_transaction_query(task, transaction, SQL("SELECT pg_sleep(0.05)"), DB_NO_PARAMS,
                                      NULL));
    EXPECT(task, db_commit(task, transaction));
}

/* While the postmaster stands still. */
static void holds_back_the_next(Task *task, LateCancel *late)
{
    Error error = {0};
    const Fixture *fixture = late->fixture;
    uint64_t sent = db_stats(fixture->db).statements;
    EXPECT(task, task_spawn(task->loop, "leaver", leaves_a_statement, late).generation);
    EXPECT_SOON_BY(task, db_stats(fixture->db).statements > sent, fixture_nap(task));
    fixture_pass(task, 200); /* the task gives up, and the cancel request is under way */
    EXPECT(task, task_spawn(task->loop, "next", comes_after_it, late).generation);
    EXPECT(task, db_session_run(late->other, STR("SELECT pg_advisory_unlock(7)"), &error));
    /* Rolled back. */
    EXPECT_SOON_BY(task, db_stats(fixture->db).idle > 0, fixture_nap(task));
    for (int i = 0; i < 10; i++)
        EXPECT(task, fixture_nap(task));
    EXPECT(task, !late->next_has_begun);
}

static void is_cancelled_late(Task *task, void *argument)
{
    LateCancel *late = argument;
    kill(late->postmaster, SIGSTOP);
    holds_back_the_next(task, late);
    kill(late->postmaster, SIGCONT);
}

static void test_a_late_cancel_meets_no_other_transaction(void **state)
{
    Error error = {0};
    LateCancel late = {.fixture = *state};
    /* One connection to lease: the next transaction needs the one that is being cancelled. */
    fixture_reopen(late.fixture, &(DbOptions){.pool_size = 3, .statement_timeout_ms = 600000});
    late.other = db_session_open(str_of(test_postgres_url(test_postgres)), "other", &error);
    assert_non_null(late.other);
    assert_true(db_session_run(late.other, STR("SELECT pg_advisory_lock(7)"), &error));
    test_run(late.fixture->loop, prepare_late_cancel, &late);
    fixture_stop_clock(late.fixture);
    test_run(late.fixture->loop, is_cancelled_late, &late);
    assert_true(late.next_has_begun);
    db_session_close(late.other);
}

static void test_connections_are_recycled(void **state)
{
    Fixture *fixture = *state;
    fixture_reopen(fixture, &(DbOptions){.recycle_s = 1});
    fixture_stop_clock(fixture);
    test_run(fixture->loop, is_recycled, fixture);
    assert_true(db_stats(fixture->db).connects >= 5);
    assert_true(db_stats(fixture->db).open <= 3);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_transactions_commit_or_roll_back),
        TEST(test_the_user_follows_the_task),
        TEST(test_the_pool_is_bounded_and_fair),
        TEST(test_an_exhausted_pool_says_so_in_time),
        TEST(test_a_statement_out_of_time_is_cancelled_and_rolled_back),
        TEST(test_it_is_cancelled_at_every_wait),
        TEST(test_cancelling_does_not_disturb_neighbours),
        TEST(test_nothing_is_committed_past_the_deadline),
        TEST(test_a_late_cancel_meets_no_other_transaction),
        TEST(test_connections_are_recycled),
    };
    return cmocka_run_group_tests(tests, fixture_start_server, fixture_stop_server);
}
