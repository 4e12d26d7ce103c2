/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operation: the record of a request that a driver has under way for a task, such as a statement or
 * a command. It is the first member of the driver's own record:
 *
 *     typedef struct { Operation base; Str command; … } Command;
 *
 *     Operation *operation = operation_new(&driver->operations);
 *     operation->wait = task_wait_begin(task);
 *     … send it; the callback of its reply calls operation_end(…, OUTCOME_ANSWERED) …
 *     bool in_time = operation_wait(task, operation);
 *     if (operation->abandoned)
 *         return false;
 *     … take the reply …
 *     operation_free(&driver->operations, operation);
 *
 * The driver owns the record, never the stack of the task. When the task is cancelled or runs out
 * of time while the outcome is pending, it abandons the record: operation_end then frees it when
 * the late reply arrives. An operation is in at most one list (base/list.h).
 */
#pragma once

#include "base/list.h"
#include "task/task.h"

typedef enum {
    OUTCOME_PENDING,
    OUTCOME_ANSWERED, /* the driver's part of the record holds the reply, which may be an error */
    OUTCOME_LOST,     /* sent, and the connection broke before the reply */
    OUTCOME_UNAVAILABLE, /* never sent */
} OperationOutcome;

typedef struct {
    ListNode node; /* first, so that a node is its operation */
    Wait wait;
    OperationOutcome outcome;
    bool abandoned; /* no task waits for it */
} Operation;

/* Returns the operation with this node; NULL for NULL. */
static inline Operation *operation_of(ListNode *node)
{
    return (Operation *)(void *)node;
}

/* The records of one driver. Freed ones are kept for reuse, up to a limit. */
typedef struct {
    size_t record_bytes;                 /* of the driver's record, with its Operation */
    void (*clear)(Operation *operation); /* frees what the record holds; may be NULL */
    List unused;
} OperationPool;

/* Returns a record of zeros in no list. */
Operation *operation_new(OperationPool *pool);
/* Clears the record and keeps it for reuse. It must be in no list. */
void operation_free(OperationPool *pool, Operation *operation);
/* Frees the unused records; all others must have been freed. */
void operation_pool_done(OperationPool *pool);

/* Records the outcome and wakes the task, or frees the record when it is abandoned. */
void operation_end(OperationPool *pool, Operation *operation, OperationOutcome outcome);
/* Waits for the outcome. Returns false when the task was cancelled or ran out of time; the
 * operation is then abandoned if its outcome is still pending. */
bool operation_wait(Task *task, Operation *operation) MUST_USE;
