/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Child processes of `netguru up`. A child runs without root and with a clean environment. It
 * inherits only the standard descriptors and one lock. It appends its output to a file of log/, and
 * dies with its parent even if the parent is killed (PR_SET_PDEATHSIG).
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
    SERVICE_AS_CALLER, /* root stays root, to read files that the servers may not reach */
} ServiceUser;

typedef struct {
    const char *name; /* the name of its log file, also shown to people */
    const char *arguments[SERVICE_MAX_ARGUMENTS]; /* [0] is the program's path; ended by NULL */
    char *const *environment; /* ended by NULL; NULL: service_environment without settings */
    bool is_self;             /* runs this program; arguments[0] is only its name */
    int stop_signal;          /* asks it to end soon: SIGINT for PostgreSQL */
    int reopen_signal;        /* makes it open its log again; 0: it needs none */
    const char *reopen_file;  /* made before that, as PostgreSQL's user; NULL: none */
    const char *own_log;      /* of PostgreSQL, which writes it itself; NULL: none */
    int orphan_signal;        /* sent by the kernel when the parent dies; 0: SIGKILL */
    bool output_inherited;    /* to the terminal instead of the log */
    ServiceUser user;
    int lock; /* a descriptor that stays open in it and in its children; 0: none */
} ServiceOptions;

/*
 * Builds the environment of a child in the arena: PATH, LANG, LC_*, TZ, HOME, and the `count` pairs
 * "NAME=value" of `settings`. with_libpq adds the PG* variables, for children that connect to a
 * PostgreSQL server of the operator.
 */
char *const *service_environment(Arena *arena, const Home *home, const Str *settings, size_t count,
                                 bool with_libpq);
/* Starts the child. Returns its pid, or -1 with the reason. */
pid_t service_start(const Home *home, const ServiceOptions *options, Error *error) MUST_USE;
/* Writes how a child ended, from its wait status: "ended with status 1". */
void service_describe_end(int status, char *out, size_t size);
/* Records how a child failed, from its wait status: ERR_INTERNAL, with the end of its log. Always
 * returns false. */
bool service_fail(const Home *home, const ServiceOptions *options, int status, Error *error);
