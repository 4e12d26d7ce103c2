/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Started by root, the servers run as a user who may not reach the checkout. They get a copy of the
 * model in the data directory. They can read it but not change it, because root reads it too, when
 * it embeds the global knowledge.
 */
#include "app/model_files.h"
#include "app/process.h"
#include "app/up/up_private.h"

static bool install(void *context, Error *error)
{
    return model_files_install(context, error);
}

bool up_bring_model(Up *up, Error *error)
{
    const Home *home = &up->home;
    Arena *arena = up->command->arena;
    ModelInstallation model = {home, process_find_model(up->command->settings, arena), "model"};
    if (!home->by_root || str_empty(model.from) ||
        str_equal(model.from, arena_printf(arena, "%s/model", home->path)))
        return true;
    /* The children find the copy; the setting would point where they cannot go. */
    return supervisor_run_step(&up->supervisor, install, &model, error) &&
           config_set(up->command->settings, "NETGURU_MODEL_DIR", STR(""), error);
}
