/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stack: the memory and the saved registers of a task, and the switch between it and the loop. A
 * stack is mapped with a guard page below it, so that an overflow faults instead of corrupting
 * other memory. Its owner keeps it for reuse.
 */
#pragma once

#include "base/check.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Stack Stack;

/* Maps a stack. Call stack_prepare before the first resume. */
Stack *stack_new(size_t size_bytes) MUST_USE;
void stack_free(Stack *stack);
/* Makes the next stack_resume call run(argument), which must not return. */
void stack_prepare(Stack *stack, void (*run)(void *argument), void *argument);
/* Runs the stack until it suspends or finishes. Called from the loop. */
void stack_resume(Stack *stack);
/* Returns to the loop until the next stack_resume. Called on the stack. */
void stack_suspend(Stack *stack);
/* Gives the pages below the caller's frame, which deeper calls have used, back to the system.
 * Called on the stack. */
void stack_trim(Stack *stack);
/* Returns to the loop for good. Called on the stack as its last act. */
_Noreturn void stack_finish(Stack *stack);
