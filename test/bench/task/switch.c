/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a task costs: a change of stacks, a turn of the scheduler, a wait that is woken, a task from
 * birth to end, and the memory of one that waits. The rivals of the first are swapcontext, which
 * makes two system calls for the signal mask, and a plain call through a pointer, which is what a
 * callback would be.
 *
 *     usage: bench_switch      (CPU time; of many short rounds the fastest, being the least
 * disturbed)
 */
#include "task/stack.h"
#include "task/task.h"

#include <stdio.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { ROUNDS = 40, SWITCHES = 200000, TURNS = 200, TASKS = 1000, PARKED = 10000 };

typedef double Measure(void);

static void best_of(const char *what, const char *unit, Measure *measure)
{
    double best = measure();
    for (int i = 1; i < ROUNDS; i++)
        best = MIN_OF(best, measure());
    printf("%-58s %8.1f %s\n", what, best, unit);
    fflush(stdout);
}

static uint64_t now_ns(void)
{
    struct timespec now;
    check(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static double ns_each(uint64_t started_ns, uint64_t count)
{
    return (double)(now_ns() - started_ns) / (double)count;
}

static void suspend_for_ever(void *argument)
{
    Stack **stack = argument;
    for (;;)
        stack_suspend(*stack);
}

static double measure_stacks(void)
{
    Stack *stack = stack_new(64 * 1024);
    stack_prepare(stack, suspend_for_ever, &stack);
    stack_resume(stack);
    uint64_t started_ns = now_ns();
    for (int i = 0; i < SWITCHES; i++)
        stack_resume(stack);
    double cost = ns_each(started_ns, SWITCHES);
    stack_free(stack);
    return cost;
}

static ucontext_t outside;
static ucontext_t inside;

static void swap_for_ever(void)
{
    for (;;)
        swapcontext(&inside, &outside);
}

static double measure_swapcontext(void)
{
    static char memory[64 * 1024];
    check(getcontext(&inside) == 0);
    inside.uc_stack.ss_sp = memory;
    inside.uc_stack.ss_size = sizeof(memory);
    makecontext(&inside, swap_for_ever, 0);
    uint64_t started_ns = now_ns();
    for (int i = 0; i < SWITCHES; i++)
        swapcontext(&outside, &inside);
    return ns_each(started_ns, SWITCHES);
}

static void count_up(uint64_t *counter)
{
    (*counter)++;
}

static double measure_call(void)
{
    uint64_t counter = 0;
    void (*volatile callback)(uint64_t * counter) = count_up;
    uint64_t started_ns = now_ns();
    for (int i = 0; i < SWITCHES; i++)
        callback(&counter);
    check(counter == SWITCHES);
    return ns_each(started_ns, SWITCHES);
}

static void yield_often(Task *task, void *argument)
{
    (void)argument;
    for (int i = 0; i < TURNS; i++)
        check(task_yield(task));
}

static double measure_turns(void)
{
    Loop *loop = loop_new(&(LoopOptions){.max_tasks = TASKS});
    for (int i = 0; i < TASKS; i++)
        check(task_spawn(loop, "yields", yield_often, NULL).generation);
    uint64_t started_ns = now_ns();
    loop_run(loop);
    double cost = ns_each(started_ns, (uint64_t)TASKS * TURNS);
    loop_free(loop);
    return cost;
}

typedef struct {
    Wait ping;
    Wait pong;
} Pair;

static void wait_and_answer(Task *task, void *argument)
{
    Pair *pair = argument;
    for (int i = 0; i < SWITCHES; i++) {
        pair->ping = task_wait_begin(task);
        wait_wake(pair->pong);
        check(task_wait(task, pair->ping));
    }
}

static void answer_and_wait(Task *task, void *argument)
{
    Pair *pair = argument;
    for (int i = 0; i < SWITCHES; i++) {
        pair->pong = task_wait_begin(task);
        wait_wake(pair->ping);
        if (i + 1 < SWITCHES)
            check(task_wait(task, pair->pong));
    }
    wait_wake(pair->ping);
}

static double measure_wakes(void)
{
    Pair pair = {0};
    Loop *loop = loop_new(&(LoopOptions){.max_tasks = 2});
    check(task_spawn(loop, "waits", wait_and_answer, &pair).generation);
    check(task_spawn(loop, "answers", answer_and_wait, &pair).generation);
    uint64_t started_ns = now_ns();
    loop_run(loop);
    double cost = ns_each(started_ns, (uint64_t)SWITCHES * 2);
    loop_free(loop);
    return cost;
}

static void do_nothing(Task *task, void *argument)
{
    (void)task;
    (void)argument;
}

static double measure_births(void)
{
    enum { WAVES = 20 };
    Loop *loop = loop_new(&(LoopOptions){.max_tasks = TASKS});
    uint64_t started_ns = now_ns();
    for (int wave = 0; wave < WAVES; wave++) {
        for (int i = 0; i < TASKS; i++)
            check(task_spawn(loop, "nothing", do_nothing, NULL).generation);
        loop_run(loop);
    }
    double cost = ns_each(started_ns, (uint64_t)WAVES * TASKS);
    loop_free(loop);
    return cost;
}

static size_t resident_bytes(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    check(file && fscanf(file, "%*u %lu", &pages) == 1);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void park(Task *task, void *argument)
{
    (void)argument;
    check(!task_wait(task, task_wait_begin(task)));
}

static void stop_all(Task *task, void *argument)
{
    size_t *resident = argument;
    check(task_yield(task));
    *resident = resident_bytes();
    loop_cancel_all(task->loop);
}

static double measure_memory(void)
{
    size_t with = 0;
    size_t without = resident_bytes();
    Loop *loop = loop_new(&(LoopOptions){.max_tasks = PARKED + 1});
    for (int i = 0; i < PARKED; i++)
        check(task_spawn(loop, "parked", park, NULL).generation);
    check(task_spawn(loop, "stop", stop_all, &with).generation);
    loop_run(loop);
    loop_free(loop);
    return (double)(with - without) / PARKED;
}

int main(void)
{
    /* First, while the heap has not grown: what is free in it would not show. */
    printf("%-58s %8.1f bytes\n", "resident memory of a waiting task, of 10,000", measure_memory());
    best_of("call through a pointer", "ns", measure_call);
    best_of("into a stack and back (setjmp, longjmp)", "ns", measure_stacks);
    best_of("into a stack and back (swapcontext)", "ns", measure_swapcontext);
    best_of("task_yield, 1,000 tasks in turn, scheduler included", "ns", measure_turns);
    best_of("task_wait that another task wakes, two in turn", "ns", measure_wakes);
    best_of("task_spawn to the end of a task that does nothing", "ns", measure_births);
    return 0;
}
