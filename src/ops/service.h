/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Child processes of `netguru up`: started without root, ended with their parent (PR_SET_PDEATHSIG,
 * so that even kill -9 leaves nothing running), their output appended to a file of log/.
 */
#pragma once

#include "ops/home.h"

enum { SERVICE_MAX_ARGUMENTS = 24 };

typedef struct {
    const char *name;                             /* of its log file, and for people */
    const char *arguments[SERVICE_MAX_ARGUMENTS]; /* [0] the program's path, NULL-ended */
    bool is_self;          /* run this program: arguments[0] is only its name */
    int stop_signal;       /* asks it to end soon: SIGINT for PostgreSQL */
    bool output_inherited; /* to the terminal instead of the log */
    bool keeps_root;
    int lock; /* a descriptor that stays open in it and all it starts; 0: none */
} ServiceOptions;

/* The pid, or -1 with the reason. */
pid_t service_start(const Home *home, const ServiceOptions *options, Error *error) MUST_USE;
/* Runs it to its end; ERR_INTERNAL with the last lines of its log when it fails. */
bool service_run(const Home *home, const ServiceOptions *options, Error *error) MUST_USE;
/* Sends the signal, waits at most grace_ms, then kills; returns the status of waitpid. */
int service_stop(pid_t pid, int signal, unsigned grace_ms);
