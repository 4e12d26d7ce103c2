/* SPDX-License-Identifier: Apache-2.0 */
#include "documents/packet_gate.h"

#include "base/list.h"
#include "base/mem.h"

/* Somebody who waits, on the stack of the task. Whoever gives a place takes the waiter off the
 * list; a task that waits no longer takes itself off. */
typedef struct {
    ListNode node;
    Wait wait;
    Uuid user_id;
    bool is_admitted;
} Waiter;

struct PacketGate {
    Uuid inside[PACKET_GATE_PLACES]; /* the users in it */
    uint32_t inside_count;
    List waiting; /* the oldest first */
};

PacketGate *packet_gate_new(void)
{
    return MEM_NEW(PacketGate);
}

void packet_gate_free(PacketGate *gate)
{
    check(!gate || (gate->inside_count == 0 && gate->waiting.count == 0));
    mem_free(gate);
}

uint32_t packet_gate_count_inside(const PacketGate *gate)
{
    return gate->inside_count;
}

uint32_t packet_gate_count_waiting(const PacketGate *gate)
{
    return (uint32_t)gate->waiting.count;
}

static uint32_t count_inside(const PacketGate *gate, const Uuid *user_id)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < gate->inside_count; i++)
        count += uuid_equal(&gate->inside[i], user_id);
    return count;
}

static uint32_t count_waiting(const PacketGate *gate, const Uuid *user_id)
{
    uint32_t count = 0;
    for (ListNode *node = gate->waiting.first; node; node = node->next)
        count += uuid_equal(&CONTAINER_OF(node, Waiter, node)->user_id, user_id);
    return count;
}

static bool try_enter(PacketGate *gate, const Uuid *user_id)
{
    if (gate->inside_count == PACKET_GATE_PLACES ||
        count_inside(gate, user_id) >= PACKET_GATE_PLACES_A_USER)
        return false;
    gate->inside[gate->inside_count++] = *user_id;
    return true;
}

static bool wait_for_place(Task *task, PacketGate *gate)
{
    Waiter waiter = {.wait = task_wait_begin(task), .user_id = task->user_id};
    list_append(&gate->waiting, &waiter.node);
    if (task_wait(task, waiter.wait))
        return true;
    if (waiter.is_admitted)
        packet_gate_leave(gate, &waiter.user_id);
    else
        list_remove(&gate->waiting, &waiter.node);
    return false;
}

bool packet_gate_enter(Task *task, PacketGate *gate)
{
    if (try_enter(gate, &task->user_id))
        return true;
    if (count_waiting(gate, &task->user_id) >= PACKET_GATE_WAITING_A_USER) {
        task_fail(task, ERR_RATE_LIMIT_EXCEEDED,
                  "too many requests for packets at once: wait for their answers");
        task->error.retry_after_s = 1;
        return false;
    }
    if (gate->waiting.count >= PACKET_GATE_WAITING)
        return task_fail(task, ERR_UNAVAILABLE,
                         "too many captures are being read: try again in a moment");
    return wait_for_place(task, gate);
}

static void admit_next(PacketGate *gate)
{
    for (ListNode *node = gate->waiting.first; node; node = node->next) {
        Waiter *waiter = CONTAINER_OF(node, Waiter, node);
        if (!try_enter(gate, &waiter->user_id))
            continue;
        list_remove(&gate->waiting, &waiter->node);
        waiter->is_admitted = true;
        wait_wake(waiter->wait);
        return;
    }
}

void packet_gate_leave(PacketGate *gate, const Uuid *user_id)
{
    uint32_t at = 0;
    while (at < gate->inside_count && !uuid_equal(&gate->inside[at], user_id))
        at++;
    check(at < gate->inside_count);
    gate->inside[at] = gate->inside[--gate->inside_count];
    admit_next(gate);
}
