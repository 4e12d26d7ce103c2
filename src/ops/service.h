/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Child processes of `netguru up`. A child runs without root, inherits a clean environment and no
 * descriptor but its standard ones and one lock, appends its output to a file of log/, and dies
 * with its parent even when that is killed (PR_SET_PDEATHSIG).
 *
 *     ServiceOptions options = {.name = "work", .arguments = {"netguru", "work", NULL},
 *                               .is_self = true, .stop_signal = SIGTERM};
 *     pid_t pid = service_start(&home, &options, &error);
 */
#pragma once

#include "ops/home.h"

enum { SERVICE_MAX_ARGUMENTS = 24 };

typedef enum {
    SERVICE_AS_HOME_USER,
    SERVICE_AS_POSTGRES_USER,
    SERVICE_AS_CALLER, /* root stays root: for what reads files that the servers may not reach */
} ServiceUser;

typedef struct {
    const char *name;                             /* of its log file, and for people */
    const char *arguments[SERVICE_MAX_ARGUMENTS]; /* [0] the program's path, NULL-ended */
    char *const *environment; /* NULL-ended; NULL: service_environment without settings */
    bool is_self;             /* run this program: arguments[0] is only its name */
    int stop_signal;          /* asks it to end soon: SIGINT for PostgreSQL */
    int orphan_signal;        /* sent by the kernel when the parent dies; 0: SIGKILL */
    bool output_inherited;    /* to the terminal instead of the log */
    ServiceUser user;
    int lock; /* a descriptor that stays open in it and all it starts; 0: none */
} ServiceOptions;

/*
 * Makes the environment of a child in the arena: PATH, LANG, LC_*, TZ, HOME, and the `count` pairs
 * "NAME=value" of `settings`. with_libpq adds the PG* variables, for children that reach a
 * PostgreSQL of the operator's.
 */
char *const *service_environment(Arena *arena, const Home *home, const Str *settings, size_t count,
                                 bool with_libpq);
/* Returns the pid, or -1 with the reason. */
pid_t service_start(const Home *home, const ServiceOptions *options, Error *error) MUST_USE;
/* Records how a child failed, from its wait status: ERR_INTERNAL, with the end of its log. Always
 * returns false. */
bool service_fail(const Home *home, const ServiceOptions *options, int status, Error *error);
