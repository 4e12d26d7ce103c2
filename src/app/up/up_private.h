/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share about one run of `netguru up`.
 *
 *     up.c            options, and the phases of a start in their order
 *     servers.c       PostgreSQL, Redis, the schema, serve and work
 *     database.c      the embedded PostgreSQL alone, for a restore
 *     environment.c   which settings each child gets
 *     model.c         the copy of the embedding model for servers that root starts
 *     demo.c          the demo account, the sample network, the invitation
 *     supervisor.c    children and waiting; stop.c ends them
 *     progress.c      what people see of it
 */
#pragma once

#include "app/command.h"
#include "app/up/progress.h"
#include "app/up/supervisor.h"

typedef struct {
    Command *command;
    Home home;
    Supervisor supervisor;
    Progress progress;
    bool demo;                 /* there is a demo account: asked for, or needed */
    const char *demo_password; /* NULL without it */
    const char *sample;
    const char *knowledge;
    bool check;
} Up;

/* Returns "http://127.0.0.1:8000" for this machine, in the command's arena. */
Str up_server_url(const Up *up);
/* Whether the server that this setting would name is one of our own. */
bool up_is_embedded(const Up *up, const char *setting);
/* Whether we migrate and maintain the database: our own one, or one whose owner's address is set.
 */
bool up_owns_database(const Up *up);

/* Starts the embedded servers that are needed; a new cluster is made first. */
bool up_start_servers(Up *up, Error *error) MUST_USE;
/* Waits for the servers and brings the schema to its head. */
bool up_migrate(Up *up, Error *error) MUST_USE;
/* Starts serve and work and waits until they are ready. */
bool up_start_processes(Up *up, Error *error) MUST_USE;
/* Starts `netguru maintain` and `netguru backup due`, again and again. */
bool up_start_maintenance(Up *up, Error *error) MUST_USE;
/* Ingests the global knowledge and waits for it. */
bool up_ingest(Up *up, Error *error) MUST_USE;

typedef enum {
    UP_FOR_SERVE,
    UP_FOR_WORK,
    UP_FOR_MAINTAIN,
    UP_FOR_KNOWLEDGE,
    UP_FOR_BACKUP
} UpChild;

/* Returns the environment of a child in the command's arena: only the settings it needs. */
char *const *up_environment(const Up *up, UpChild child);

/* Copies the model into the data directory where the servers cannot reach it otherwise. */
bool up_bring_model(Up *up, Error *error) MUST_USE;

/* Makes the demo account, or gives it its password again. */
bool up_make_demo(Up *up, Error *error) MUST_USE;
/* Uploads the sample to the demo account and waits until it is analysed. */
bool up_load_sample(Up *up, Error *error) MUST_USE;
void up_print_invitation(const Up *up);
