/* SPDX-License-Identifier: Apache-2.0 */
#include "task/operation.h"

#include "base/mem.h"

enum { UNUSED_KEPT = 256 };

void operation_append(OperationList *list, Operation *operation)
{
    operation->next = NULL;
    operation->previous = list->last;
    if (list->last)
        list->last->next = operation;
    else
        list->first = operation;
    list->last = operation;
    list->count++;
}

void operation_prepend(OperationList *list, Operation *operation)
{
    operation->previous = NULL;
    operation->next = list->first;
    if (list->first)
        list->first->previous = operation;
    else
        list->last = operation;
    list->first = operation;
    list->count++;
}

void operation_remove(OperationList *list, Operation *operation)
{
    check(list->count > 0);
    if (operation->previous)
        operation->previous->next = operation->next;
    else
        list->first = operation->next;
    if (operation->next)
        operation->next->previous = operation->previous;
    else
        list->last = operation->previous;
    operation->next = operation->previous = NULL;
    list->count--;
}

Operation *operation_new(OperationPool *pool)
{
    Operation *operation = pool->unused.last;
    if (!operation)
        return mem_alloc(1, pool->record_bytes);
    operation_remove(&pool->unused, operation);
    memset(operation, 0, pool->record_bytes);
    return operation;
}

void operation_free(OperationPool *pool, Operation *operation)
{
    if (pool->clear)
        pool->clear(operation);
    if (pool->unused.count >= UNUSED_KEPT)
        mem_free(operation);
    else
        operation_append(&pool->unused, operation);
}

void operation_pool_done(OperationPool *pool)
{
    while (pool->unused.first) {
        Operation *operation = pool->unused.first;
        operation_remove(&pool->unused, operation);
        mem_free(operation);
    }
}

void operation_end(OperationPool *pool, Operation *operation, OperationOutcome outcome)
{
    operation->outcome = outcome;
    if (operation->abandoned)
        operation_free(pool, operation);
    else
        wait_wake(operation->wait);
}

bool operation_wait(Task *task, Operation *operation)
{
    bool in_time = task_wait(task, operation->wait);
    if (operation->outcome == OUTCOME_PENDING) {
        check(!in_time);
        operation->abandoned = true;
    }
    return in_time;
}
