/* SPDX-License-Identifier: Apache-2.0 */
#include "documents/packet_gate.h"

#include "harness/tasks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { USERS = 5, REQUESTS_A_USER = 6 };

typedef struct {
    PacketGate *gate;
    uint32_t inside;
    uint32_t most_inside;
    uint32_t inside_of[USERS];
    uint32_t most_of[USERS];
    uint32_t done;
} Scene;

typedef struct {
    Scene *scene;
    uint32_t user;
} Reader;

static Uuid user_id(uint32_t user)
{
    Uuid id = {0};
    memcpy(&id, &user, sizeof(user));
    return id;
}

static void read_once(Task *task, void *argument)
{
    const Reader *reader = argument;
    Scene *scene = reader->scene;
    uint32_t *mine = &scene->inside_of[reader->user];
    task->user_id = user_id(reader->user);
    check(packet_gate_enter(task, scene->gate));
    scene->inside++;
    ++*mine;
    scene->most_inside = MAX_OF(scene->most_inside, scene->inside);
    scene->most_of[reader->user] = MAX_OF(scene->most_of[reader->user], *mine);
    for (int turn = 0; turn < 5; turn++)
        check(task_yield(task));
    scene->inside--;
    --*mine;
    scene->done++;
    packet_gate_leave(scene->gate, &task->user_id);
}

static void test_places_are_shared_among_users(void **state)
{
    Loop *loop = loop_new(&(LoopOptions){0});
    Scene scene = {.gate = packet_gate_new()};
    Reader readers[USERS];
    (void)state;
    for (uint32_t user = 0; user < USERS; user++) {
        readers[user] = (Reader){&scene, user};
        for (int i = 0; i < REQUESTS_A_USER; i++)
            check(task_spawn(loop, "reader", read_once, &readers[user]).generation);
    }
    loop_run(loop);
    assert_int_equal(scene.done, USERS * REQUESTS_A_USER);
    assert_int_equal(scene.most_inside, PACKET_GATE_PLACES);
    for (uint32_t user = 0; user < USERS; user++)
        assert_int_equal(scene.most_of[user], PACKET_GATE_PLACES_A_USER);
    packet_gate_free(scene.gate);
    loop_free(loop);
}

static void fill(Task *task, PacketGate *gate)
{
    for (uint32_t i = 0; i < PACKET_GATE_PLACES_A_USER; i++)
        check(packet_gate_enter(task, gate));
}

static void empty(Task *task, PacketGate *gate)
{
    for (uint32_t i = 0; i < PACKET_GATE_PLACES_A_USER; i++)
        packet_gate_leave(gate, &task->user_id);
}

static void wait_in_vain(Task *task, void *argument)
{
    check(!packet_gate_enter(task, argument));
    check(task->error.code == ERR_CANCELLED);
}

static void refuse_the_next(Task *task, void *argument)
{
    PacketGate *gate = argument;
    TaskId waiting[PACKET_GATE_WAITING_A_USER];
    fill(task, gate);
    for (size_t i = 0; i < COUNT_OF(waiting); i++)
        waiting[i] = task_spawn_background(task->loop, "waiting", wait_in_vain, gate);
    check(task_yield(task) && task_yield(task));
    check(!packet_gate_enter(task, gate));
    check(task->error.code == ERR_RATE_LIMIT_EXCEEDED && task->error.retry_after_s == 1);
    task->error = (Error){0};
    for (size_t i = 0; i < COUNT_OF(waiting); i++)
        task_cancel(task->loop, waiting[i]);
    for (size_t i = 0; i < COUNT_OF(waiting); i++) {
        while (task_is_alive(task->loop, waiting[i]))
            check(task_yield(task));
    }
    empty(task, gate);
}

static void test_a_user_waits_a_few_times_only(void **state)
{
    Loop *loop = loop_new(&(LoopOptions){0});
    PacketGate *gate = packet_gate_new();
    (void)state;
    test_run(loop, refuse_the_next, gate);
    packet_gate_free(gate);
    loop_free(loop);
}

/* One that is cancelled while it waits, and one in the turn in which it is given a place. */
static void cancel_waiting(Task *task, void *argument)
{
    PacketGate *gate = argument;
    fill(task, gate);
    TaskId first = task_spawn_background(task->loop, "first", wait_in_vain, gate);
    TaskId second = task_spawn_background(task->loop, "second", wait_in_vain, gate);
    check(task_yield(task) && task_yield(task));
    task_cancel(task->loop, first);
    while (task_is_alive(task->loop, first))
        check(task_yield(task));
    packet_gate_leave(gate, &task->user_id);
    task_cancel(task->loop, second);
    while (task_is_alive(task->loop, second))
        check(task_yield(task));
    check(packet_gate_enter(task, gate)); /* the place is free again */
    empty(task, gate);
}

static void test_cancelled_ones_hold_no_place(void **state)
{
    Loop *loop = loop_new(&(LoopOptions){0});
    PacketGate *gate = packet_gate_new();
    (void)state;
    test_run(loop, cancel_waiting, gate);
    packet_gate_free(gate);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places_are_shared_among_users),
        cmocka_unit_test(test_a_user_waits_a_few_times_only),
        cmocka_unit_test(test_cancelled_ones_hold_no_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
