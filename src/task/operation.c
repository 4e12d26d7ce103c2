/* SPDX-License-Identifier: Apache-2.0 */
#include "task/operation.h"

#include "base/mem.h"

enum { UNUSED_KEPT = 256 };

Operation *operation_new(OperationPool *pool)
{
    Operation *operation = operation_of(pool->unused.last);
    if (!operation)
        return mem_alloc(1, pool->record_bytes);
    list_remove(&pool->unused, &operation->node);
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
        list_append(&pool->unused, &operation->node);
}

void operation_pool_done(OperationPool *pool)
{
    while (pool->unused.first)
        mem_free(operation_of(list_take_first(&pool->unused)));
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
