/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stack: memory and saved registers of a task, and the switch between it and the loop. Stacks are
 * mapped with a guard page below them, so that an overflow faults instead of corrupting a
 * neighbour, and kept for reuse by their owner.
 */
#pragma once

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Stack Stack;

/* A stack whose first resume calls run(argument); run must not return. */
Stack *stack_new(size_t size_bytes) MUST_USE;
void stack_free(Stack *stack);
/* Sets what the next stack_resume starts. */
void stack_prepare(Stack *stack, void (*run)(void *argument), void *argument);
/* From the loop: runs the stack until it suspends or finishes. */
void stack_resume(Stack *stack);
/* From the stack: back to the loop, until the next stack_resume. */
void stack_suspend(Stack *stack);
/* From the stack, as its last act. */
_Noreturn void stack_finish(Stack *stack);
