/* SPDX-License-Identifier: Apache-2.0 */
#include "services/embedding_gate.h"

#include "harness/tasks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MAX_STEPS = 64 };

typedef struct {
    EmbeddingGate *gate;
    char order[MAX_STEPS];
    size_t steps;
    uint32_t inside;
    uint32_t most_inside;
} Scene;

typedef struct {
    Scene *scene;
    char name;
    int slices;
} Player;

/* Enters for every slice and stays inside for a few turns of the loop. */
static void play(Task *task, void *argument)
{
    const Player *player = argument;
    Scene *scene = player->scene;
    for (int i = 0; i < player->slices; i++) {
        check(embedding_gate_enter(task, scene->gate));
        check(scene->steps < MAX_STEPS);
        scene->order[scene->steps++] = player->name;
        scene->inside++;
        scene->most_inside = MAX_OF(scene->most_inside, scene->inside);
        for (int turn = 0; turn < 5; turn++)
            check(task_yield(task));
        scene->inside--;
        embedding_gate_leave(scene->gate);
    }
}

static void run_all(Loop *loop, Player *players, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(task_spawn(loop, "player", play, &players[i]).generation);
    loop_run(loop);
}

static size_t position(const Scene *scene, char name, int nth)
{
    size_t i = 0;
    while (i < scene->steps && (scene->order[i] != name || --nth > 0))
        i++;
    return i;
}

/* Of five documents of six slices none is ever two slices ahead of its turn. */
static void test_documents_take_turns(void **state)
{
    Loop *loop = loop_new(&(LoopOptions){0});
    Scene scene = {.gate = embedding_gate_new()};
    Player players[] = {
        {&scene, 'a', 6}, {&scene, 'b', 6}, {&scene, 'c', 6}, {&scene, 'd', 6}, {&scene, 'e', 6}};
    (void)state;
    run_all(loop, players, COUNT_OF(players));
    assert_int_equal(scene.steps, 30);
    assert_int_equal(scene.most_inside, EMBEDDING_GATE_PLACES);
    for (int nth = 1; nth <= 6; nth++) {
        for (char name = 'a'; name <= 'e'; name++)
            assert_in_range(position(&scene, name, nth), (size_t)(nth - 1) * 5 - (nth > 1),
                            (size_t)nth * 5);
    }
    embedding_gate_free(scene.gate);
    loop_free(loop);
}

static void fill(Task *task, EmbeddingGate *gate)
{
    for (int i = 0; i < EMBEDDING_GATE_PLACES; i++)
        check(embedding_gate_enter(task, gate));
    uint64_t former = task_deadline_narrow(task, 1);
    check(!embedding_gate_enter(task, gate) && task->error.code == ERR_TIMEOUT);
    task_deadline_set(task, former);
    task->error = (Error){0};
}

static void wait_in_vain(Task *task, void *argument)
{
    check(!embedding_gate_enter(task, argument));
    check(task->error.code == ERR_CANCELLED);
}

/* One that is cancelled while it waits, and one in the turn in which it is given a place. */
static void cancel_waiting(Task *task, void *argument)
{
    EmbeddingGate *gate = argument;
    fill(task, gate);
    TaskId first = task_spawn_background(task->loop, "first", wait_in_vain, gate);
    TaskId second = task_spawn_background(task->loop, "second", wait_in_vain, gate);
    check(task_yield(task) && task_yield(task));
    task_cancel(task->loop, first);
    while (task_is_alive(task->loop, first))
        check(task_yield(task));
    embedding_gate_leave(gate);
    task_cancel(task->loop, second);
    while (task_is_alive(task->loop, second))
        check(task_yield(task));
    for (int i = 1; i < EMBEDDING_GATE_PLACES; i++)
        embedding_gate_leave(gate);
    fill(task, gate); /* all places are free again */
    for (int i = 0; i < EMBEDDING_GATE_PLACES; i++)
        embedding_gate_leave(gate);
}

static void test_cancelled_ones_hold_no_place(void **state)
{
    Loop *loop = loop_new(&(LoopOptions){0});
    EmbeddingGate *gate = embedding_gate_new();
    (void)state;
    test_run(loop, cancel_waiting, gate);
    embedding_gate_free(gate);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_documents_take_turns),
        cmocka_unit_test(test_cancelled_ones_hold_no_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
