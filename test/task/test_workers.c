/* SPDX-License-Identifier: Apache-2.0 */
#include "task/workers.h"

#include "base/mem.h"
#include "harness/expect.h"
#include "harness/tasks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MOST = 8 };

/* A piece of work that ends when the test opens its gate, and the task that waits for it. */
typedef struct {
    Workers *workers;
    uv_sem_t *gate; /* NULL: the work ends at once */
    _Atomic bool has_begun;
    _Atomic bool has_ended;
    uint32_t timeout_ms;
    TaskId id;
    bool returned;
    bool result;
    Error error;
} Piece;

typedef struct {
    Loop *loop;
    Workers *workers;
    uv_sem_t gate;
    Piece pieces[MOST];
} Fixture;

/* On the heap: after a failed test its threads may still wait at the gate. */
static Fixture *fixture_new(const WorkersOptions *options)
{
    Fixture *fixture = MEM_NEW(Fixture);
    fixture->loop = loop_new(&(LoopOptions){0});
    fixture->workers = workers_new(fixture->loop, options);
    assert_int_equal(uv_sem_init(&fixture->gate, 0), 0);
    for (int i = 0; i < MOST; i++) {
        fixture->pieces[i].workers = fixture->workers;
        fixture->pieces[i].gate = &fixture->gate;
    }
    return fixture;
}

static void fixture_free(Fixture *fixture)
{
    workers_free(fixture->workers);
    loop_free(fixture->loop);
    uv_sem_destroy(&fixture->gate);
    mem_free(fixture);
}

static void work(void *argument)
{
    Piece *piece = argument;
    atomic_store(&piece->has_begun, true);
    if (piece->gate)
        uv_sem_wait(piece->gate);
    atomic_store(&piece->has_ended, true);
}

static void run_piece(Task *task, void *argument)
{
    Piece *piece = argument;
    if (piece->timeout_ms)
        task_deadline_narrow(task, piece->timeout_ms);
    piece->result = workers_run(task, piece->workers, work, piece);
    piece->error = task->error;
    piece->returned = true;
}

static void start(Fixture *fixture, int index)
{
    Piece *piece = &fixture->pieces[index];
    piece->id = task_spawn(fixture->loop, "piece", run_piece, piece);
    if (!piece->id.generation) /* on the stack of the test or of a task */
        test_failure_record(__FILE__, __LINE__, "piece %d was not spawned", index);
}

static void wait_until(Task *task, const _Atomic bool *happened)
{
    EXPECT_SOON(task, atomic_load(happened));
}

static void wait_for_return(Task *task, const Piece *piece)
{
    EXPECT_SOON(task, piece->returned);
}

static void open_gate(Fixture *fixture, int times)
{
    for (int i = 0; i < times; i++)
        uv_sem_post(&fixture->gate);
}

static void test_work_runs_and_returns(void **state)
{
    (void)state;
    Fixture *fixture =
        fixture_new(&(WorkersOptions){.name = "work", .threads = 2, .max_queued = 8});
    open_gate(fixture, MOST);
    for (int i = 0; i < MOST; i++)
        start(fixture, i);
    test_run_spawned(fixture->loop);
    for (int i = 0; i < MOST; i++)
        assert_true(fixture->pieces[i].result && fixture->pieces[i].has_ended);
    WorkersStats stats = workers_stats(fixture->workers);
    assert_int_equal(stats.threads, 2);
    assert_int_equal(stats.finished, MOST);
    assert_int_equal(stats.queued + stats.running, 0);
    fixture_free(fixture);
}

static void fill_and_overfill(Task *task, void *argument)
{
    Fixture *fixture = argument;
    start(fixture, 0);
    wait_until(task, &fixture->pieces[0].has_begun);
    start(fixture, 1);
    start(fixture, 2);
    start(fixture, 3);
    /* It is refused while the others wait: nothing was opened yet. */
    wait_for_return(task, &fixture->pieces[3]);
    EXPECT(task, !fixture->pieces[0].returned);
    EXPECT(task, !fixture->pieces[1].returned);
    EXPECT(task, !fixture->pieces[3].result);
    EXPECT(task, !fixture->pieces[3].has_begun);
    EXPECT_INT(task, fixture->pieces[3].error.code, ERR_UNAVAILABLE);
    EXPECT(task, fixture->pieces[3].error.retry_after_s >= 1);
    open_gate(fixture, 4);
    wait_for_return(task, &fixture->pieces[2]);
    start(fixture, 4);
    wait_for_return(task, &fixture->pieces[4]);
    EXPECT(task, fixture->pieces[4].result);
}

static void test_a_full_queue_refuses_at_once_and_recovers(void **state)
{
    (void)state;
    Fixture *fixture =
        fixture_new(&(WorkersOptions){.name = "work", .threads = 1, .max_queued = 2});
    test_run(fixture->loop, fill_and_overfill, fixture);
    assert_int_equal(workers_stats(fixture->workers).refused, 1);
    assert_int_equal(workers_stats(fixture->workers).finished, 4);
    fixture_free(fixture);
}

static void overfill_by_time(Task *task, void *argument)
{
    Fixture *fixture = argument;
    /* One runs and two wait: the next would wait for 3 × 1000 ms. */
    for (int i = 0; i < 4; i++)
        start(fixture, i);
    wait_for_return(task, &fixture->pieces[3]);
    EXPECT_INT(task, fixture->pieces[3].error.code, ERR_UNAVAILABLE);
    EXPECT_INT(task, fixture->pieces[3].error.retry_after_s, 3);
    open_gate(fixture, 3);
}

static void test_a_long_expected_wait_refuses(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(&(WorkersOptions){
        .name = "work", .threads = 1, .max_queued = 8, .max_wait_ms = 2500, .estimate_ms = 1000});
    test_run(fixture->loop, overfill_by_time, fixture);
    for (int i = 0; i < 3; i++)
        assert_true(fixture->pieces[i].result);
    fixture_free(fixture);
}

static void overfill_by_slow_work(Task *task, void *argument)
{
    Fixture *fixture = argument;
    start(fixture, 0);
    wait_until(task, &fixture->pieces[0].has_begun);
    EXPECT(task, task_sleep(task, 60));
    start(fixture, 1);
    wait_for_return(task, &fixture->pieces[1]);
    EXPECT(task, !fixture->pieces[0].returned);
    open_gate(fixture, 1);
}

static void test_work_that_takes_longer_than_expected_refuses(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(&(WorkersOptions){
        .name = "work", .threads = 1, .max_queued = 8, .max_wait_ms = 50, .estimate_ms = 1});
    test_run(fixture->loop, overfill_by_slow_work, fixture);
    assert_int_equal(fixture->pieces[1].error.code, ERR_UNAVAILABLE);
    assert_true(fixture->pieces[0].result);
    fixture_free(fixture);
}

static void test_a_free_thread_never_refuses(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(&(WorkersOptions){
        .name = "work", .threads = 1, .max_queued = 1, .max_wait_ms = 1, .estimate_ms = 60000});
    open_gate(fixture, 1);
    start(fixture, 0);
    test_run_spawned(fixture->loop);
    assert_true(fixture->pieces[0].result);
    fixture_free(fixture);
}

static void cancel_queued(Task *task, void *argument)
{
    Fixture *fixture = argument;
    start(fixture, 0);
    wait_until(task, &fixture->pieces[0].has_begun);
    for (int i = 1; i < 4; i++)
        start(fixture, i);
    EXPECT(task, task_yield(task));
    /* From the middle of the queue; it returns although nothing has ended. */
    task_cancel(task->loop, fixture->pieces[2].id);
    wait_for_return(task, &fixture->pieces[2]);
    EXPECT_INT(task, fixture->pieces[2].error.code, ERR_CANCELLED);
    EXPECT_INT(task, workers_stats(fixture->workers).queued, 2);
    open_gate(fixture, 3);
}

static void test_cancelled_work_leaves_the_queue_and_never_runs(void **state)
{
    (void)state;
    Fixture *fixture =
        fixture_new(&(WorkersOptions){.name = "work", .threads = 1, .max_queued = 8});
    test_run(fixture->loop, cancel_queued, fixture);
    assert_true(fixture->pieces[0].result && fixture->pieces[1].result &&
                fixture->pieces[3].result);
    assert_false(fixture->pieces[2].has_begun);
    assert_int_equal(workers_stats(fixture->workers).removed, 1);
    fixture_free(fixture);
}

static void let_queued_time_pass(Task *task, void *argument)
{
    Fixture *fixture = argument;
    start(fixture, 0);
    wait_until(task, &fixture->pieces[0].has_begun);
    fixture->pieces[1].timeout_ms = 1;
    start(fixture, 1);
    wait_for_return(task, &fixture->pieces[1]);
    EXPECT(task, !fixture->pieces[0].returned);
    open_gate(fixture, 1);
}

static void test_queued_work_past_its_deadline_never_runs(void **state)
{
    (void)state;
    Fixture *fixture =
        fixture_new(&(WorkersOptions){.name = "work", .threads = 1, .max_queued = 8});
    test_run(fixture->loop, let_queued_time_pass, fixture);
    assert_int_equal(fixture->pieces[1].error.code, ERR_TIMEOUT);
    assert_false(fixture->pieces[1].has_begun);
    fixture_free(fixture);
}

static void cancel_running(Task *task, void *argument)
{
    Fixture *fixture = argument;
    start(fixture, 0);
    wait_until(task, &fixture->pieces[0].has_begun);
    task_cancel(task->loop, fixture->pieces[0].id);
    for (int i = 0; i < 10; i++)
        EXPECT(task, task_yield(task));
    EXPECT(task, !fixture->pieces[0].returned);
    open_gate(fixture, 1);
    wait_for_return(task, &fixture->pieces[0]);
    EXPECT(task, fixture->pieces[0].has_ended);
}

static void test_work_that_has_begun_is_waited_for(void **state)
{
    (void)state;
    Fixture *fixture =
        fixture_new(&(WorkersOptions){.name = "work", .threads = 1, .max_queued = 8});
    test_run(fixture->loop, cancel_running, fixture);
    assert_int_equal(fixture->pieces[0].error.code, ERR_CANCELLED);
    fixture_free(fixture);
}

static void run_twice(Task *task, void *argument)
{
    Fixture *fixture = argument;
    Piece pieces[2] = {{.workers = fixture->workers}, {.workers = fixture->workers}};
    for (int i = 0; i < 2; i++) {
        if (!workers_run(task, fixture->workers, work, &pieces[i]))
            return;
    }
}

static void nothing_is_left(Task *task, void *argument)
{
    (void)task;
    Fixture *fixture = argument;
    WorkersStats stats = workers_stats(fixture->workers);
    EXPECT_INT(task, stats.queued, 0);
    EXPECT_INT(task, stats.running, 0);
}

static void test_it_is_cancelled_at_every_wait(void **state)
{
    (void)state;
    Fixture *fixture = fixture_new(
        &(WorkersOptions){.name = "work", .threads = 2, .max_queued = 8, .niceness = 5});
    assert_int_equal(test_cancel_everywhere(fixture->loop, run_twice, nothing_is_left, fixture), 2);
    fixture_free(fixture);
}

static void test_idle_workers_end(void **state)
{
    (void)state;
    Fixture *fixture =
        fixture_new(&(WorkersOptions){.name = "work", .threads = 4, .max_queued = 1});
    test_run_spawned(fixture->loop); /* idle threads do not keep the loop running */
    fixture_free(fixture);
    workers_free(NULL);
    assert_true(workers_half_of_cores() >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_work_runs_and_returns),
        cmocka_unit_test(test_a_full_queue_refuses_at_once_and_recovers),
        cmocka_unit_test(test_a_long_expected_wait_refuses),
        cmocka_unit_test(test_work_that_takes_longer_than_expected_refuses),
        cmocka_unit_test(test_a_free_thread_never_refuses),
        cmocka_unit_test(test_cancelled_work_leaves_the_queue_and_never_runs),
        cmocka_unit_test(test_queued_work_past_its_deadline_never_runs),
        cmocka_unit_test(test_work_that_has_begun_is_waited_for),
        cmocka_unit_test(test_it_is_cancelled_at_every_wait),
        cmocka_unit_test(test_idle_workers_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
