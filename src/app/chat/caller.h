/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caller: requests to the server from tasks, as the user who is logged in. It has a loop, which
 * runs only within caller_run. It renews an expired session once for all of its requests.
 *
 *     Caller *caller = caller_new(client, &error);
 *     caller_run(caller, &(CallerRun){.run = answer_main, .on_interrupt = stop, .context = &chat});
 *     caller_free(caller);
 *
 * While it runs, an interrupt (SIGINT) calls on_interrupt, unless the program ignores that signal.
 */
#pragma once

#include "app/client.h"
#include "net/outgoing/outgoing.h"
#include "task/task.h"

enum { CALLER_ANSWER_MAX_BYTES = 16 * 1024 * 1024 };

typedef struct Caller Caller;

Caller *caller_new(Client *client, Error *error) MUST_USE;
void caller_free(Caller *caller);
Loop *caller_loop(Caller *caller);

typedef struct {
    void (*on_interrupt)(void *context);
    /* A line is typed meanwhile; without data at Ctrl-D. NULL: nothing is read. */
    void (*on_line)(void *context, Str line);
    TaskMain *run;
    void *context; /* of all three */
} CallerRun;

/* Runs the task to its end. */
void caller_run(Caller *caller, const CallerRun *run);
/* Runs a second task beside it; caller_run also waits for its end. Has no effect while one runs. */
void caller_run_beside(Caller *caller, TaskMain *run, void *context);
/* Cancels both tasks. A renewal of the session that has begun is still brought to its end. */
void caller_cancel(Caller *caller);

typedef struct {
    const char *method;
    Str path;   /* of the URL, from / on */
    Str json;   /* body, when not empty */
    Str accept; /* empty: anything */
} CallerRequest;

/* Sends the request and waits for the head of the answer. Any status but 2xx is the error that the
 * answer describes. Returns NULL on failure. */
OutgoingCall *caller_send(Task *task, Caller *caller, const CallerRequest *request) MUST_USE;
/* Returns the whole answer; NULL on failure. */
const JsonValue *caller_json(Task *task, Caller *caller, const CallerRequest *request) MUST_USE;

/* Waits before the nth repetition of a request that has failed, 0 for the first: up to 5 s, or as
 * long as the server has asked for. Returns false, with the error of the failure, when repeating
 * it is of no use. */
bool caller_wait_to_repeat(Task *task, uint32_t attempt) MUST_USE;
