/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded PostgreSQL alone, for a command that replaces what is in it. */
#include "app/up/database.h"

#include "app/up/up_private.h"
#include "ops/embedded.h"

#include <stdio.h>

enum { START_MS = 60 * 1000 };

typedef struct {
    const Home *home;
    UpDatabaseStep *run;
    void *context;
} Work;

static bool wait_and_run(void *context, Error *error)
{
    const Work *work = context;
    return embedded_wait_postgres(work->home, START_MS, error) && work->run(work->context, error);
}

static bool run_for_embedded(void *context, const ServiceOptions *options, Error *error)
{
    return supervisor_run_service(context, options, error);
}

static bool run(Up *up, Work *work, Error *error)
{
    ServiceOptions options;
    Supervisor *supervisor = &up->supervisor;
    const EmbeddedRunner runner = {run_for_embedded, supervisor};
    return supervisor_lock(supervisor, error) && home_clear_run(&up->home, error) &&
           embedded_prepare_postgres(&up->home, up->command->settings, &runner, &options, error) &&
           supervisor_add(supervisor, &options, CHILD_POSTGRES, error) &&
           supervisor_run_step(supervisor, wait_and_run, work, error);
}

bool up_with_database(Command *command, UpDatabaseStep *step, void *context, Error *error)
{
    Up *up = ARENA_NEW(command->arena, Up);
    up->command = command;
    if (!home_open(command->settings, &up->home, error))
        return false;
    Work work = {.home = &up->home, .run = step, .context = context};
    supervisor_init(&up->supervisor, &up->home);
    bool done = run(up, &work, error);
    supervisor_stop(&up->supervisor);
    if (!done && up->supervisor.stop_signal)
        supervisor_end_by_signal(&up->supervisor);
    return done;
}

bool up_forget_redis(const Home *home, Error *error)
{
    const ServiceOptions options = {
        .name = "redis",
        .arguments = {"/usr/bin/find", home->redis, "-mindepth", "1", "-delete", NULL},
        .stop_signal = SIGTERM,
    };
    Supervisor *supervisor = NULL;
    auto_arena Arena *arena = arena_new();
    supervisor = ARENA_NEW(arena, Supervisor);
    supervisor_init(supervisor, home);
    bool done =
        supervisor_lock(supervisor, error) && supervisor_run_service(supervisor, &options, error);
    supervisor_stop(supervisor);
    return done;
}
