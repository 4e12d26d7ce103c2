/* SPDX-License-Identifier: Apache-2.0 */
#include "services/embedding_gate.h"

#include "base/mem.h"

/* One that waits. It lies on the stack of its task, which takes it off the list before returning;
 * whoever gives it a place takes it off earlier. */
typedef struct Waiter {
    Wait wait;
    bool is_admitted;
    struct Waiter *next;
} Waiter;

struct EmbeddingGate {
    uint32_t inside[EMBEDDING_CLASS_COUNT];
    Waiter *waiting[EMBEDDING_CLASS_COUNT]; /* the oldest first */
};

EmbeddingGate *embedding_gate_new(void)
{
    return MEM_NEW(EmbeddingGate);
}

void embedding_gate_free(EmbeddingGate *gate)
{
    mem_free(gate);
}

static bool has_place(const EmbeddingGate *gate, EmbeddingClass class)
{
    uint32_t inside = gate->inside[EMBEDDING_QUERY] + gate->inside[EMBEDDING_DOCUMENT];
    return inside < EMBEDDING_GATE_PLACES &&
           (class == EMBEDDING_QUERY ||
            gate->inside[EMBEDDING_DOCUMENT] < EMBEDDING_GATE_DOCUMENT_PLACES);
}

static void admit_waiting(EmbeddingGate *gate, EmbeddingClass class)
{
    while (gate->waiting[class] && has_place(gate, class)) {
        Waiter *waiter = gate->waiting[class];
        gate->waiting[class] = waiter->next;
        waiter->is_admitted = true;
        gate->inside[class]++;
        wait_wake(waiter->wait);
    }
}

static Waiter **find_link(EmbeddingGate *gate, EmbeddingClass class, const Waiter *waiter)
{
    Waiter **link = &gate->waiting[class];
    while (*link != waiter)
        link = &(*link)->next;
    return link;
}

bool embedding_gate_enter(Task *task, EmbeddingGate *gate, EmbeddingClass class)
{
    if (!gate->waiting[class] && has_place(gate, class)) {
        gate->inside[class]++;
        return true;
    }
    Waiter waiter = {.wait = task_wait_begin(task)};
    *find_link(gate, class, NULL) = &waiter;
    if (task_wait(task, waiter.wait))
        return true;
    if (waiter.is_admitted)
        embedding_gate_leave(gate, class);
    else
        *find_link(gate, class, &waiter) = waiter.next;
    return false;
}

void embedding_gate_leave(EmbeddingGate *gate, EmbeddingClass class)
{
    gate->inside[class]--;
    admit_waiting(gate, EMBEDDING_QUERY);
    admit_waiting(gate, EMBEDDING_DOCUMENT);
}
