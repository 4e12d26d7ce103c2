/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detached: work that a request waits for, and that goes on when its client leaves. It runs in a
 * task of its own, as the same user. Only inside this feature.
 *
 *     Detached *work = detached_new(conversations, begin);
 *     work->argument = …;                   // in work->arena
 *     bool done = detached_start(task, work) && detached_wait(task, work);
 *     … what the argument holds now …
 *     detached_unref(work);
 */
#pragma once

#include "conversations/internal.h"

typedef struct Detached {
    Arena *arena; /* of what the work needs and of what it leaves for the request */
    Conversations *conversations;
    bool (*run)(Task *task, struct Detached *work);
    void *argument;
    /* The rest belongs to detached.c. */
    uint32_t references;
    TaskId task;
    Uuid user_id;
    TraceContext trace;
    Error error;
    bool has_ended;
    bool is_done;
    Wait waiter;
} Detached;

/* Returns the work with one reference, which is the caller's. */
Detached *detached_new(Conversations *conversations,
                       bool (*run)(Task *task, Detached *work)) MUST_USE;
/* Starts the work. Returns false, and starts nothing, if the task may not go on. */
bool detached_start(Task *task, Detached *work) MUST_USE;
/* Waits for the end of the work. Returns false with the work's error, or because the task was
 * cancelled while the work goes on. */
bool detached_wait(Task *task, Detached *work) MUST_USE;
/* Does both. */
bool detached_run(Task *task, Detached *work) MUST_USE;
void detached_unref(Detached *work);
/* Stops work that nobody waits for any more, and drops the caller's reference. NULL is allowed. */
void detached_drop(Detached *work);
