/* SPDX-License-Identifier: Apache-2.0 */
#include "services/generations.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdio.h>

enum {
    MODELS_MAX = 32, /* more than a process sees: each is added by hand */
    DIGEST_HEX = 64,
    DIRECTORY_DIGITS = 16,
};

typedef struct {
    char sha256[DIGEST_HEX + 1];
    Embedder *embedder;
} OpenModel;

struct Generations {
    Str home;
    size_t count;
    OpenModel open[MODELS_MAX];
    char active[GENERATION_NAME_MAX_BYTES + 1]; /* empty: the first */
    Embedder *active_embedder;
};

#define COLUMNS                                                                                    \
    "SELECT id, name, encode(sha256, 'hex'), is_inline, state = 'active',"                         \
    " state IN ('ready', 'retired') FROM "

DB_STATEMENT hold_wanted = {"generations_hold", COLUMNS "embedding_generations_hold()"};

DB_STATEMENT list_wanted = {"generations_load",
                            COLUMNS "embedding_generations WHERE state <> 'dropping'"
                                    " AND NOT is_paused ORDER BY id"};

DB_STATEMENT find_active = {"generations_find_active",
                            COLUMNS "embedding_generations WHERE state = 'active'"};

Generations *generations_new(Str home)
{
    Generations *generations = MEM_NEW(Generations);
    generations->home = home;
    return generations;
}

void generations_free(Generations *generations)
{
    for (size_t i = 0; generations && i < generations->count; i++)
        embedder_close(generations->open[i].embedder);
    mem_free(generations);
}

Str generation_model_directory(Arena *arena, Str home, Str sha256)
{
    return arena_printf(arena, "%.*s/model-%.*s", STR_ARGS(home), DIRECTORY_DIGITS, sha256.data);
}

/* A model that is not there yet may come later, so only those that are open are remembered. */
static Embedder *find_later(Generations *generations, Str sha256)
{
    Error ignored;
    auto_arena Arena *arena = arena_new();
    if (!generations || sha256.size != DIGEST_HEX)
        return NULL;
    for (size_t i = 0; i < generations->count; i++) {
        if (str_equal(str_of(generations->open[i].sha256), sha256))
            return generations->open[i].embedder;
    }
    if (generations->count == MODELS_MAX)
        return NULL;
    Str directory = generation_model_directory(arena, generations->home, sha256);
    Embedder *embedder = embedder_open(directory.data, &ignored);
    if (!embedder)
        return NULL;
    OpenModel *model = &generations->open[generations->count++];
    memcpy(model->sha256, sha256.data, DIGEST_HEX);
    return model->embedder = embedder;
}

Embedder *generation_find_model(const GenerationModels *models, Str sha256, bool is_inline)
{
    return is_inline ? models->first : find_later(models->generations, sha256);
}

static void read_generations(Arena *arena, const GenerationModels *models, const DbRows *rows,
                             GenerationVec *out)
{
    for (size_t row = 0; row < rows->count; row++) {
        Generation generation = {
            .id = db_read_i64(rows, row, 0),
            .name = arena_copy(arena, db_str(rows, row, 1)),
            .sha256 = arena_copy(arena, db_str(rows, row, 2)),
            .is_inline = db_read_bool(rows, row, 3),
            .is_active = db_read_bool(rows, row, 4),
            .is_complete = db_read_bool(rows, row, 5),
        };
        generation.embedder =
            generation_find_model(models, generation.sha256, generation.is_inline);
        *VEC_PUSH(arena, out) = generation;
    }
}

bool generations_hold_in(DbSession *session, const GenerationModels *models, Arena *arena,
                         GenerationVec *out, Error *error)
{
    const DbRows *rows = db_session_query(session, arena, &hold_wanted, DB_NO_PARAMS, error);
    if (rows)
        read_generations(arena, models, rows, out);
    return rows != NULL;
}

static GenerationModels models_of(const Services *services)
{
    return (GenerationModels){services->generations, services->embedder};
}

bool generations_load(Task *task, const Services *services, GenerationVec *out)
{
    const DbRows *rows = NULL;
    const GenerationModels models = models_of(services);
    if (!db_query(task, services->db, &list_wanted, DB_NO_PARAMS, &rows))
        return false;
    read_generations(task->arena, &models, rows, out);
    return true;
}

bool generations_hold(Task *task, const Services *services, DbTransaction *transaction,
                      GenerationVec *out)
{
    const DbRows *rows = NULL;
    const GenerationModels models = models_of(services);
    if (!db_transaction_query(task, transaction, &hold_wanted, DB_NO_PARAMS, &rows))
        return false;
    read_generations(task->arena, &models, rows, out);
    return true;
}

Generation generations_known(const Services *services)
{
    const Generations *known = services->generations;
    if (!known || !known->active[0])
        return (Generation){.name = str_of(embed_model_name()), .embedder = services->embedder};
    return (Generation){.name = str_of(known->active), .embedder = known->active_embedder};
}

static void remember(Generations *known, const Generation *active)
{
    if (!known || active->name.size > GENERATION_NAME_MAX_BYTES)
        return;
    if (!str_equal(str_of(known->active), active->name)) {
        log_info("embeddings.active", LOG_STR("generation", active->name),
                 LOG_TEXT("effect", active->embedder ? "search uses its vectors"
                                                     : "its model is not on this machine: search "
                                                       "works by words only"));
    }
    snprintf(known->active, sizeof(known->active), "%.*s", STR_ARGS(active->name));
    known->active_embedder = active->embedder;
}

bool generations_learn(Task *task, const Services *services, Generation *out)
{
    GenerationVec found = {0};
    const DbRows *rows = NULL;
    const GenerationModels models = models_of(services);
    if (!db_query(task, services->db, &find_active, DB_NO_PARAMS, &rows))
        return false;
    read_generations(task->arena, &models, rows, &found);
    if (found.count == 0)
        return task_fail(task, ERR_INTERNAL, "no generation of embeddings is active");
    remember(services->generations, &found.items[0]);
    *out = found.items[0];
    return true;
}
