/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Process: what serve and work have in common: the loop, its services, and a graceful stop. SIGTERM
 * and SIGINT start the stop; a second signal ends the process at once. SIGHUP opens the file of the
 * log again.
 *
 *     static bool start(Task *task, Process *process) { … }
 *     static void stop(Task *task, Process *process) { … }
 *     static const ProcessParts parts = {.name = "work", .start = start, .stop = stop};
 *     return process_run(command, &parts);
 */
#pragma once

#include "app/command.h"
#include "app/monitor.h"
#include "crypto/keyring.h"
#include "db/session.h"
#include "ops/home.h"
#include "services/generations.h"
#include "services/trace_export.h"

typedef struct Process Process;

typedef struct {
    const char *name;
    bool (*start)(Task *task, Process *process);
    void (*stop)(Task *task, Process *process);
    HomeRole role; /* its login role in the database */
    bool wants_model;
    bool wants_hashing;
    bool wants_outgoing; /* it asks language models */
    bool signs_tokens;   /* it needs the secret of access tokens */
    bool has_keyring;    /* it reads and writes encrypted values */
} ProcessParts;

struct Process {
    const Command *command;
    const ProcessParts *parts;
    Services services;
    Monitor *monitor;
    TraceExport *traces; /* NULL: none are exported */
    void *state;         /* of the parts */
    uv_signal_t signals[3];
    TaskId main_task;
    bool stopping;
    int exit_status;
};

int process_run(const Command *command, const ProcessParts *parts);

/*
 * Runs one task on a loop of its own, for commands that need the servers once. Of the services, the
 * task has settings and redis; with process_run_operator also db, as the owner of the database, so
 * that a command and a request run the same code. The first ends after ten seconds.
 */
typedef bool ProcessTask(Task *task, const Services *services, void *argument);
bool process_ask_redis(const Command *command, ProcessTask *run, void *argument,
                       Error *error) MUST_USE;
bool process_run_operator(const Command *command, ProcessTask *run, void *argument,
                          Error *error) MUST_USE;
/* Returns the name of the system user who runs the command, for the audit log. */
Str process_operator(Arena *arena);

/*
 * Loads the encryption keys: those that a setting names, else encryption.key of the data directory.
 * Fails with ERR_NOT_FOUND, saying what to do, when there are none. home may be NULL. The caller
 * frees the ring.
 */
Keyring *process_open_keyring(const Config *settings, const Home *home, Error *error) MUST_USE;

/* Opens a blocking session as the owner of the database, for the commands of the operator. */
DbSession *process_open_owner(const Command *command, const char *name, Error *error) MUST_USE;

/* The descriptors of a process, and how many of them are for what. The rest is for databases, files
 * and logs. */
typedef struct {
    uint32_t files;
    uint32_t clients;
    uint32_t calls; /* to other servers; each may be an answer that is being streamed */
} ProcessFiles;

/* Raises the soft limit of open files to the hard limit, and shares the descriptors out. */
ProcessFiles process_share_files(void);

/* Returns the directory of the model: NETGURU_MODEL_DIR, or model/ of the data directory, or
 * .cache/models in a directory above the program. Returns an empty string if there is none. */
Str process_find_model(const Config *settings, Arena *arena);

/* Opens the models of the generations that are on this machine, for a command that embeds.
 * out_models->first may be NULL; *out_missing then says why. */
void process_open_models(const Command *command, GenerationModels *out_models, Str *out_missing);
void process_close_models(GenerationModels *models);
