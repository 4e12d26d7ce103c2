/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process: what serve and work have in common: the loop, its services, and an orderly end. SIGTERM
 * and SIGINT begin the end; a second signal ends the process at once.
 *
 *     static bool start(Task *task, Process *process) { … }
 *     static void stop(Task *task, Process *process) { … }
 *     static const ProcessParts parts = {.name = "work", .start = start, .stop = stop};
 *     return process_run(command, &parts);
 */
#pragma once

#include "app/command.h"
#include "ops/home.h"
#include "services/services.h"

typedef struct Process Process;

typedef struct {
    const char *name;
    bool (*start)(Task *task, Process *process);
    void (*stop)(Task *task, Process *process);
    HomeRole role; /* its login in the database */
    bool wants_model;
    bool wants_hashing;
    bool signs_tokens; /* needs the secret of access tokens */
} ProcessParts;

struct Process {
    const Command *command;
    const ProcessParts *parts;
    Services services;
    void *state; /* of the parts */
    uv_signal_t signals[2];
    TaskId main_task;
    bool stopping;
    int exit_status;
};

int process_run(const Command *command, const ProcessParts *parts);

/*
 * For commands that need Redis once: runs a task that has it (services->redis and the settings,
 * nothing else) on a loop of its own, for at most ten seconds.
 */
typedef bool RedisTask(Task *task, const Services *services, void *argument);
bool process_ask_redis(const Command *command, RedisTask *run, void *argument,
                       Error *error) MUST_USE;

/* Raises the process's limit of open files to what it may have; returns it. */
uint32_t process_raise_file_limit(void);

/* Where the model is: NETGURU_MODEL_DIR, the data directory's model/, or .cache/models of the
 * directory above the program's. Empty when nowhere. */
Str process_find_model(const Config *settings, Arena *arena);
