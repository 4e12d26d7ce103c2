/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever used a connection before, and however that ended, the next statement acts for its own
 * task's user. Cells: what happened before, who asks, by a statement or in a transaction. The pool
 * has one shared and one leasable connection, so each cell meets the former user's connection.
 */
#include "fixture.h"

DB_STATEMENT who = {"test_neighbour", "SELECT current_setting('app.current_user_id', true)"};
DB_STATEMENT fails = {"test_neighbour_fails", "SELECT 1 / $1::int"};
DB_STATEMENT sleeps = {"test_neighbour_sleeps", "SELECT pg_sleep(600)"};

typedef struct {
    Fixture *fixture;
    bool (*before)(Task *task, Fixture *fixture);
    uint32_t cells;
} Matrix;

/* The task acts for a new user. */
static void become_somebody(Task *task)
{
    task->has_user = true;
    task->user_id = uuid_new();
}

static bool asks_before(Task *task, Fixture *fixture)
{
    return db_query(task, fixture->db, &who, DB_NO_PARAMS, NULL);
}

static bool fails_before(Task *task, Fixture *fixture)
{
    EXPECT(task, !db_query(task, fixture->db, &fails, DB_PARAMS(db_i64(0)), NULL), false);
    task_forget_error(task);
    return true;
}

static bool leases(Task *task, Fixture *fixture, const DbStatement *statement, bool commit)
{
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->db);
    EXPECT(task, transaction, false);
    bool done =
        db_transaction_query(task, transaction, statement,
                             statement == &fails ? DB_PARAMS(db_i64(0)) : DB_NO_PARAMS, NULL);
    EXPECT(task, done == (statement != &fails), false);
    if (!done)
        task_forget_error(task);
    return !commit || db_commit(task, transaction);
}

static bool commits_before(Task *task, Fixture *fixture)
{
    return leases(task, fixture, &who, true);
}

static bool gives_back_before(Task *task, Fixture *fixture)
{
    return leases(task, fixture, &who, false);
}

static bool fails_in_transaction_before(Task *task, Fixture *fixture)
{
    return leases(task, fixture, &fails, false);
}

static void sleeps_alone(Task *task, void *argument)
{
    Fixture *fixture = argument;
    become_somebody(task);
    EXPECT(task, !db_query(task, fixture->db, &sleeps, DB_NO_PARAMS, NULL));
}

static void sleeps_in_transaction(Task *task, void *argument)
{
    Fixture *fixture = argument;
    become_somebody(task);
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->db);
    EXPECT(task, transaction);
    EXPECT(task, !db_transaction_query(task, transaction, &sleeps, DB_NO_PARAMS, NULL));
}

/* A neighbour is cancelled while its statement runs on the server, and the cell follows at once. */
static bool cancels_before(Task *task, Fixture *fixture)
{
    TaskId ids[] = {task_spawn(task->loop, "sleeper", sleeps_alone, fixture),
                    task_spawn(task->loop, "sleeper", sleeps_in_transaction, fixture)};
    EXPECT_SOON(task, fixture_busy_backends() == 2, false);
    task_cancel(task->loop, ids[0]);
    task_cancel(task->loop, ids[1]);
    return true;
}

static void asks_as_another(Task *task, void *argument)
{
    Fixture *fixture = argument;
    become_somebody(task);
    EXPECT(task, fails_before(task, fixture) && asks_before(task, fixture));
}

/* Neighbours whose statements are in the same pipeline. */
static bool has_neighbours(Task *task, Fixture *fixture)
{
    for (int i = 0; i < 8; i++)
        EXPECT(task, task_spawn(task->loop, "neighbour", asks_as_another, fixture).generation,
               false);
    return task_yield(task);
}

/* Whether both kinds of connections are there again. */
static bool is_connected(Task *task, Fixture *fixture)
{
    bool answered = db_query(task, fixture->db, &who, DB_NO_PARAMS, NULL);
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->db);
    bool both = answered && transaction &&
                db_transaction_query(task, transaction, &who, DB_NO_PARAMS, NULL);
    task_forget_error(task);
    return both;
}

static bool loses_connections_before(Task *task, Fixture *fixture)
{
    EXPECT(task, commits_before(task, fixture) && asks_before(task, fixture), false);
    fixture_terminate_backends();
    EXPECT_SOON(task, is_connected(task, fixture), false);
    return true;
}

static bool sees_itself(Task *task, const DbRows *rows)
{
    char name[UUID_TEXT_SIZE];
    uuid_write(&task->user_id, name);
    EXPECT_STR(task, db_str(rows, 0, 0), task->has_user ? str_of(name) : STR(""), false);
    return true;
}

static bool asks_in_transaction(Task *task, Fixture *fixture)
{
    const DbRows *rows = NULL;
    auto_transaction DbTransaction *transaction = db_begin(task, fixture->db);
    EXPECT(task, transaction, false);
    EXPECT(task, db_transaction_query(task, transaction, &who, DB_NO_PARAMS, &rows), false);
    return sees_itself(task, rows) && db_commit(task, transaction);
}

static bool asks_by_statement(Task *task, Fixture *fixture)
{
    const DbRows *rows = NULL;
    EXPECT(task, db_query(task, fixture->db, &who, DB_NO_PARAMS, &rows), false);
    return sees_itself(task, rows);
}

static void runs_cells(Task *task, void *argument)
{
    Matrix *matrix = argument;
    for (int cell = 0; cell < 4; cell++) {
        become_somebody(task);
        EXPECT(task, matrix->before(task, matrix->fixture));
        task->user_id = uuid_new();
        task->has_user = cell % 2 == 0;
        EXPECT(task, (cell < 2 ? asks_by_statement : asks_in_transaction)(task, matrix->fixture));
        matrix->cells++;
    }
}

static void test_the_next_statement_acts_for_its_own_user(void **state)
{
    static const struct {
        const char *name;
        bool (*before)(Task *task, Fixture *fixture);
    } states[] = {
        {"after a statement", asks_before},
        {"after an error", fails_before},
        {"after a commit", commits_before},
        {"after a transaction that was given back", gives_back_before},
        {"after an error in a transaction", fails_in_transaction_before},
        {"after a cancelled task", cancels_before},
        {"in a pipeline with neighbours", has_neighbours},
        {"after connections were lost", loses_connections_before},
    };
    Fixture *fixture = *state;
    Matrix matrix = {.fixture = fixture};
    fixture_reopen(fixture, &(DbOptions){.pool_size = 2, .shared = 1});
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        matrix.before = states[i].before;
        test_run(fixture->loop, runs_cells, &matrix);
        test_run(fixture->loop, fixture_check_quiet, fixture);
    }
    printf("isolation: %zu states of connections; %u cells as expected\n", COUNT_OF(states),
           matrix.cells);
    assert_int_equal(matrix.cells, 4 * COUNT_OF(states));
}

static void asks_for_jit(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    const DbRows *rows = NULL;
    EXPECT(task, db_query_one(task, fixture->db, SQL("SHOW jit"), DB_NO_PARAMS, &rows));
    EXPECT_STR(task, db_str(rows, 0, 0), STR("off"));
}

static void test_statements_are_not_compiled(void **state)
{
    Fixture *fixture = *state;
    test_run(fixture->loop, asks_for_jit, fixture);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_next_statement_acts_for_its_own_user),
        TEST(test_statements_are_not_compiled),
    };
    return cmocka_run_group_tests(tests, fixture_start_server, fixture_stop_server);
}
