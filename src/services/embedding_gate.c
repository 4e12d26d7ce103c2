/* SPDX-License-Identifier: Apache-2.0 */
#include "services/embedding_gate.h"

#include "base/list.h"
#include "base/mem.h"

/* Somebody who waits, on the stack of the task. Whoever gives a place takes the waiter off the
 * list; a task that waits no longer takes itself off. */
typedef struct {
    ListNode node;
    Wait wait;
    bool is_admitted;
} Waiter;

struct EmbeddingGate {
    uint32_t inside;
    List waiting; /* the oldest first; empty while there is a place */
};

EmbeddingGate *embedding_gate_new(void)
{
    return MEM_NEW(EmbeddingGate);
}

void embedding_gate_free(EmbeddingGate *gate)
{
    mem_free(gate);
}

bool embedding_gate_enter(Task *task, EmbeddingGate *gate)
{
    if (gate->inside < EMBEDDING_GATE_PLACES) {
        gate->inside++;
        return true;
    }
    Waiter waiter = {.wait = task_wait_begin(task)};
    list_append(&gate->waiting, &waiter.node);
    if (task_wait(task, waiter.wait))
        return true;
    if (waiter.is_admitted)
        embedding_gate_leave(gate);
    else
        list_remove(&gate->waiting, &waiter.node);
    return false;
}

void embedding_gate_leave(EmbeddingGate *gate)
{
    ListNode *first = list_take_first(&gate->waiting);
    if (!first) {
        gate->inside--;
        return;
    }
    Waiter *waiter = CONTAINER_OF(first, Waiter, node);
    waiter->is_admitted = true;
    wait_wake(waiter->wait);
}
