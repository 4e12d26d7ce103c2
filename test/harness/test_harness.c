/* SPDX-License-Identifier: Apache-2.0 */
/* Tests the harness itself: what a failed expectation leaves behind, and that later tests still
 * run. */
#include "harness/expect.h"
#include "harness/tasks.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

typedef struct {
    Loop *loop;
    TaskMain *body;
    int steps;
    bool cleaned_up;
} Fixture;

static void test_body_on(void *argument)
{
    Fixture *fixture = argument;
    test_run(fixture->loop, fixture->body, fixture);
}

static void cancel_everywhere_on(void *argument)
{
    Fixture *fixture = argument;
    test_cancel_everywhere(fixture->loop, fixture->body, NULL, fixture);
}

/* Runs body and asserts that it fails with a message that contains text. */
static void assert_fails(void (*run)(void *argument), Fixture *fixture, const char *text)
{
    assert_false(test_guard(run, fixture));
    const char *message = test_failure_forget();
    assert_non_null(message);
    if (!strstr(message, text))
        fail_msg("\"%s\" is not in \"%s\"", text, message);
}

static void set_cleaned_up(Fixture **fixture)
{
    (*fixture)->cleaned_up = true;
}

static void expects_a_number(Task *task, void *argument)
{
    Fixture *fixture = argument;
    AUTO(set_cleaned_up) Fixture *leased = fixture;
    EXPECT(task, leased);
    EXPECT(task, task_sleep(task, 1));
    fixture->steps++;
    EXPECT_INT(task, 6 * 7, 54);
    fixture->steps++;
}

static void test_failed_expectation_returns_through_the_cleanups(void **state)
{
    (void)state;
    Fixture fixture = {.loop = loop_new(&(LoopOptions){0}), .body = expects_a_number};
    assert_fails(test_body_on, &fixture, "6 * 7 is 42, wanted 54");
    assert_int_equal(fixture.steps, 1);
    assert_true(fixture.cleaned_up);
    loop_free(fixture.loop);
}

static bool has_text(Task *task, Str text)
{
    EXPECT_STR(task, text, STR("a\n\xFF"), false);
    return true;
}

static void expects_a_text(Task *task, void *argument)
{
    Fixture *fixture = argument;
    EXPECT(task, has_text(task, STR("a\n\xFF")));
    fixture->steps++;
    EXPECT(task, has_text(task, STR("b")));
    fixture->steps++;
}

static void test_first_failure_counts_and_shows_both_values(void **state)
{
    (void)state;
    Fixture fixture = {.loop = loop_new(&(LoopOptions){0}), .body = expects_a_text};
    assert_fails(test_body_on, &fixture, "text is \"b\", wanted \"a\\n\\xFF\"");
    assert_int_equal(fixture.steps, 1);
    loop_free(fixture.loop);
}

static void sleeps_long(Task *task, void *argument)
{
    Fixture *fixture = argument;
    fixture->cleaned_up = !task_sleep(task, 3600 * 1000);
}

static void leaves_a_task(Task *task, void *argument)
{
    task_spawn_background(task->loop, "long", sleeps_long, argument);
    EXPECT(task, task_fail(task, ERR_TIMEOUT, "too late"));
}

static void test_tasks_left_by_a_failed_body_are_cancelled(void **state)
{
    (void)state;
    Fixture fixture = {.loop = loop_new(&(LoopOptions){0}), .body = leaves_a_task};
    assert_fails(test_body_on, &fixture, "too late");
    assert_true(fixture.cleaned_up);
    loop_free(fixture.loop);
}

static void fails_at_once(Task *task, void *argument)
{
    (void)argument;
    EXPECT(task, task_fail(task, ERR_TIMEOUT, "too late"));
}

static void run_spawned_on(void *argument)
{
    Fixture *fixture = argument;
    assert_true(task_spawn(fixture->loop, "long", sleeps_long, fixture).generation);
    assert_true(task_spawn(fixture->loop, "fails", fails_at_once, fixture).generation);
    test_run_spawned(fixture->loop);
}

static void test_tasks_beside_a_failed_one_are_cancelled(void **state)
{
    (void)state;
    Fixture fixture = {.loop = loop_new(&(LoopOptions){0})};
    assert_fails(run_spawned_on, &fixture, "too late");
    assert_true(fixture.cleaned_up);
    loop_free(fixture.loop);
}

static void waits_for_the_third_try(Task *task, void *argument)
{
    Fixture *fixture = argument;
    EXPECT_SOON(task, ++fixture->steps == 3);
    fixture->cleaned_up = true;
}

static void test_a_condition_is_tried_until_it_holds(void **state)
{
    (void)state;
    Fixture fixture = {.loop = loop_new(&(LoopOptions){0}), .body = waits_for_the_third_try};
    test_run(fixture.loop, waits_for_the_third_try, &fixture);
    assert_true(fixture.cleaned_up);
    assert_int(fixture.steps, 3);
    fixture.steps = 3;
    assert_fails(cancel_everywhere_on, &fixture, "++fixture->steps == 3");
    loop_free(fixture.loop);
}

static void sleeps_twice(Task *task, void *argument)
{
    Fixture *fixture = argument;
    if (!task_sleep(task, 1))
        return;
    if (!task_sleep(task, 1))
        EXPECT(task, fixture->steps > 0);
}

static void test_cancellation_loop_reports_what_the_body_expected(void **state)
{
    (void)state;
    Fixture fixture = {.loop = loop_new(&(LoopOptions){0}), .body = sleeps_twice};
    assert_fails(cancel_everywhere_on, &fixture, "fixture->steps > 0");
    fixture.steps = 1;
    assert_int(test_cancel_everywhere(fixture.loop, sleeps_twice, NULL, &fixture), 2);
    loop_free(fixture.loop);
}

static void asserts_on_a_thread(void *argument)
{
    int *steps = argument;
    ++*steps;
    assert_str(STR("got"), STR("wanted"));
    ++*steps;
}

static void *thread_main(void *argument)
{
    return test_guard(asserts_on_a_thread, argument) ? argument : NULL;
}

static void test_failed_assertion_ends_guarded_code_on_a_thread(void **state)
{
    (void)state;
    int steps = 0;
    pthread_t thread;
    void *result = &steps;
    assert_int_equal(pthread_create(&thread, NULL, thread_main, &steps), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_null(result);
    assert_int_equal(steps, 1);
    assert_true(test_failure_is_recorded());
    assert_string_equal(test_failure_forget(), "STR(\"got\") is \"got\", wanted \"wanted\"");
    assert_false(test_failure_is_recorded());
}

static void test_assertions_that_hold_record_nothing(void **state)
{
    (void)state;
    assert_that(1 + 1 == 2);
    assert_int(1 + 1, 2);
    assert_str(STR("a\0b"), STR("a\0b"));
    assert_false(test_failure_is_recorded());
    test_failure_raise();
    assert_null(test_failure_forget());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failed_expectation_returns_through_the_cleanups),
        cmocka_unit_test(test_first_failure_counts_and_shows_both_values),
        cmocka_unit_test(test_tasks_left_by_a_failed_body_are_cancelled),
        cmocka_unit_test(test_tasks_beside_a_failed_one_are_cancelled),
        cmocka_unit_test(test_a_condition_is_tried_until_it_holds),
        cmocka_unit_test(test_cancellation_loop_reports_what_the_body_expected),
        cmocka_unit_test(test_failed_assertion_ends_guarded_code_on_a_thread),
        cmocka_unit_test(test_assertions_that_hold_record_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
