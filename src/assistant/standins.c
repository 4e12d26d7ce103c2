/* SPDX-License-Identifier: Apache-2.0 */
/* The stand-ins of one answer: whether they are wanted, the map of the conversation, and its way
 * into the database before anything leaves. */
#include "assistant/assistant_store.h"
#include "assistant/internal.h"

#include "base/log.h"

static bool is_wanted(const Services *services, LlmProvider provider, bool is_private)
{
    const Config *settings = services->settings;
    return (is_private || config_bool(settings, "NETGURU_STANDINS_ALWAYS")) &&
           (provider != LLM_LOCAL || config_bool(settings, "NETGURU_STANDINS_LOCAL"));
}

static void free_map(void *argument)
{
    standin_map_free(argument);
}

static bool load_map(Task *task, StandIns *standins, Str stored)
{
    standins->map = str_empty(stored) ? standin_map_new() : standin_map_parse(stored, &task->error);
    if (!standins->map)
        return error_prefix(&task->error, "the stand-ins of the conversation: ");
    arena_on_free(turn_arena(standins->turn), free_map, standins->map);
    standins->stored = str_empty(stored) ? 0 : standin_map_count(standins->map);
    return true;
}

static bool fail_full(Task *task)
{
    return task_fail(task, ERR_FILE_TOO_LARGE,
                     "this conversation has too many addresses and names for stand-ins: begin "
                     "another one");
}

/* The names of the user's devices are replaced from the first text on, wherever they stand. */
static bool add_devices(Task *task, const StandIns *standins)
{
    StrVec names = {0};
    if (!assistant_load_device_names(task, turn_services(standins->turn)->db, &names))
        return false;
    for (size_t i = 0; i < names.count; i++)
        if (!standin_map_add_name(standins->map, STANDIN_HOST, names.items[i]) &&
            standin_map_count(standins->map) >= STANDIN_MAX_ENTRIES)
            return fail_full(task);
    return true;
}

bool standins_begin(Task *task, Turn *turn, LlmProvider provider, const TurnSettings *settings,
                    StandIns *out_standins)
{
    StandIns standins = {.turn = turn};
    ArenaMark mark = arena_mark(task->arena);
    bool begun = !is_wanted(turn_services(turn), provider, settings->is_private) ||
                 (load_map(task, &standins, settings->standins) && add_devices(task, &standins));
    arena_reset(task->arena, mark);
    *out_standins = standins;
    return begun;
}

bool standins_hide(Task *task, const StandIns *standins, Str text, Str *out_text)
{
    Arena *arena = turn_arena(standins->turn);
    if (!standins->map) {
        *out_text = text;
        return true;
    }
    return standin_hide(standins->map, arena, text, out_text) || fail_full(task);
}

Str standins_restore(const StandIns *standins, Str text)
{
    return standins->map ? standin_restore(standins->map, turn_arena(standins->turn), text) : text;
}

bool standins_store(Task *task, StandIns *standins)
{
    if (!standins->map || standin_map_count(standins->map) == standins->stored)
        return true;
    ArenaMark mark = arena_mark(task->arena);
    size_t count = standin_map_count(standins->map);
    bool stored =
        turn_store_standins(task, standins->turn, standin_map_write(standins->map, task->arena));
    arena_reset(task->arena, mark);
    if (stored)
        standins->stored = count;
    return stored;
}
