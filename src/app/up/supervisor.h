/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Supervisor: the children of `netguru up`, and the one place where it waits. Whatever takes time
 * happens in a child (a server, a program run to its end, or a step forked from this process), so
 * that SIGTERM, SIGINT and a closed terminal are heard at any moment. The caller then gets
 * ERR_CANCELLED and calls supervisor_stop, after which no descendant of this process is alive.
 *
 *     supervisor_init(&supervisor, &home);
 *     if (supervisor_lock(&supervisor, &error) &&
 *         supervisor_add(&supervisor, &options, CHILD_LAST_TO_STOP, &error) &&
 *         supervisor_run_step(&supervisor, wait_until_ready, context, &error))
 *         supervisor_serve(&supervisor);
 *     supervisor_stop(&supervisor);
 */
#pragma once

#include "ops/service.h"

#include <signal.h>

enum { SUPERVISOR_MAX_CHILDREN = 140 };

/* In the order of stopping. */
typedef enum { CHILD_OF_APP, CHILD_REDIS, CHILD_POSTGRES, CHILD_ORDERS } ChildOrder;

typedef struct {
    ServiceOptions options;
    ChildOrder order;
    bool is_periodic; /* ends by itself and is run again; a server never ends */
    pid_t pid;        /* 0: not running */
    unsigned pause_ms;
    uint64_t restart_at_ms;
    uint64_t started_ms;
} Child;

typedef struct {
    const Home *home;
    Child children[SUPERVISOR_MAX_CHILDREN];
    size_t child_count;
    Child step; /* what the start waits for just now; pid 0: nothing */
    int step_status;
    int lock;
    int children_lock;
    int stop_signal;       /* 0: nobody has asked to stop */
    unsigned stop_signals; /* how many, those within a second counted once */
    uint64_t stop_signal_ms;
    bool serving;       /* servers that end are started again; before, that is a failure */
    const Child *ended; /* a server that ended during the start */
    int ended_status;
    sigset_t signals;
    bool ends_at_hangup; /* when its terminal is closed */
    bool had_terminal;
} Supervisor;

typedef bool SupervisorStep(void *context, Error *error);

/* Takes the signals of this process. From here on only supervisor_stop may end it. */
void supervisor_init(Supervisor *supervisor, const Home *home);
/* Makes this the only supervisor of its data directory, and waits until the children of a former
 * one that was killed have ended. ERR_CONFLICT names the process that is in the way. */
bool supervisor_lock(Supervisor *supervisor, Error *error) MUST_USE;
/* Starts a server that is to run until the stop. */
bool supervisor_add(Supervisor *supervisor, const ServiceOptions *options, ChildOrder order,
                    Error *error) MUST_USE;
/* Starts a program that is run again five minutes after its end, later when it fails. */
bool supervisor_add_periodic(Supervisor *supervisor, const ServiceOptions *options,
                             Error *error) MUST_USE;
/* Runs a program to its end; the error has the end of its log. */
bool supervisor_run_service(Supervisor *supervisor, const ServiceOptions *options,
                            Error *error) MUST_USE;
/* Runs a function in a forked child and hands its error back; nothing else that it changes in
 * memory comes back. It may block as long as it likes. */
bool supervisor_run_step(Supervisor *supervisor, SupervisorStep *run, void *context,
                         Error *error) MUST_USE;
/* Keeps the children running until a signal asks to stop. */
void supervisor_serve(Supervisor *supervisor);
/*
 * Stops serve and work first, then Redis, then PostgreSQL (a fast shutdown), each given 15 s and
 * then killed; a further signal ends that patience. Returns when every descendant is gone.
 */
void supervisor_stop(Supervisor *supervisor);
/* Ends this process by the signal that asked for it, so that whoever waits sees 128 + its number.
 * Returns when there was none. */
void supervisor_end_by_signal(const Supervisor *supervisor);
