/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/recall.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "db/vector.h"
#include "services/generations.h"

#include <stdio.h>

typedef struct {
    Uuid user_id;
    char generation[GENERATION_NAME_MAX_BYTES + 1];
    float vector[EMBED_DIMENSIONS];
    uint64_t number;
    bool has_rival; /* the vector of the other generation is known */
    char rival[GENERATION_NAME_MAX_BYTES + 1];
    float rival_vector[EMBED_DIMENSIONS];
} Sample;

struct RecallSamples {
    uint64_t numbers;
    char rival[GENERATION_NAME_MAX_BYTES + 1];
    Embedder *rival_embedder;
    size_t count;
    uint64_t seen; /* questions since the last check */
    Sample items[RECALL_SAMPLES];
};

DB_STATEMENT check_sample = {
    "search_recall_check",
    "SELECT is_global, recall, former, effort FROM search_recall_check($1::vector, $2)",
    .runner = DB_BY_SERVE,
};

/* Stores the counts with the other generation. */
DB_STATEMENT compare_sample = {
    "search_generations_compare",
    "SELECT nearest, agreed, recalled FROM embedding_compare($1::vector, $2, $3::vector, $4)",
    .runner = DB_BY_SERVE,
};

RecallSamples *recall_samples_new(void)
{
    return MEM_NEW(RecallSamples);
}

void recall_samples_free(RecallSamples *samples)
{
    mem_free(samples);
}

size_t recall_samples_count(const RecallSamples *samples)
{
    return samples->count;
}

/* The place for one more question, or RECALL_SAMPLES for none (reservoir sampling: Vitter, 1985,
 * algorithm R). */
static size_t choose_place(RecallSamples *samples)
{
    uint64_t number = 0;
    samples->seen++;
    if (samples->count < RECALL_SAMPLES)
        return samples->count++;
    random_bytes(&number, sizeof(number));
    return MIN_OF((size_t)(number % samples->seen), (size_t)RECALL_SAMPLES);
}

uint64_t recall_samples_add(RecallSamples *samples, const Task *task, Str generation,
                            const float *vector)
{
    if (!samples || !task->has_user || generation.size > GENERATION_NAME_MAX_BYTES)
        return 0;
    size_t place = choose_place(samples);
    if (place == RECALL_SAMPLES)
        return 0;
    Sample *sample = &samples->items[place];
    *sample = (Sample){.user_id = task->user_id, .number = ++samples->numbers};
    snprintf(sample->generation, sizeof(sample->generation), "%.*s", STR_ARGS(generation));
    memcpy(sample->vector, vector, sizeof(sample->vector));
    return sample->number;
}

Embedder *recall_samples_rival(const RecallSamples *samples)
{
    return samples ? samples->rival_embedder : NULL;
}

void recall_samples_compare(RecallSamples *samples, uint64_t number, const float *vector)
{
    for (size_t i = 0; i < samples->count; i++) {
        Sample *sample = &samples->items[i];
        if (sample->number != number)
            continue;
        sample->has_rival = true;
        memcpy(sample->rival, samples->rival, sizeof(sample->rival));
        memcpy(sample->rival_vector, vector, sizeof(sample->rival_vector));
    }
}

static void log_change(const Task *task, const DbRows *rows, size_t row)
{
    int64_t former = db_read_i64(rows, row, 2);
    int64_t effort = db_read_i64(rows, row, 3);
    char id[UUID_TEXT_SIZE];
    const char *scope = db_read_bool(rows, row, 0) ? "global" : uuid_write(&task->user_id, id);
    if (former == effort)
        return;
    LOG_AT(effort > former ? LOG_WARN : LOG_INFO,
           effort > former ? "search.recall_low" : "search.recall_good", LOG_TEXT("scope", scope),
           LOG_FLOAT("recall", db_read_f64(rows, row, 1)), LOG_INT("effort", effort),
           LOG_TEXT("effect", effort == 3 ? "all vectors of the scope are compared"
                                          : "its index is searched with another ef_search"));
}

static bool compare(Task *task, DbTransaction *transaction, const Sample *sample)
{
    DbParams params = DB_PARAMS(db_vector(task->arena, sample->vector, EMBED_DIMENSIONS),
                                db_text(str_of(sample->generation)),
                                db_vector(task->arena, sample->rival_vector, EMBED_DIMENSIONS),
                                db_text(str_of(sample->rival)));
    return !sample->has_rival ||
           db_transaction_query(task, transaction, &compare_sample, params, NULL);
}

/* Comparing all vectors takes long, so it has a connection to itself. */
static bool measure(Task *task, const Services *services, const Sample *sample)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(db_vector(task->arena, sample->vector, EMBED_DIMENSIONS),
                                db_text(str_of(sample->generation)));
    auto_transaction DbTransaction *transaction = db_begin(task, services->db);
    if (!transaction || !db_transaction_query(task, transaction, &check_sample, params, &rows) ||
        !compare(task, transaction, sample) || !db_commit(task, transaction))
        return false;
    for (size_t row = 0; row < rows->count; row++)
        log_change(task, rows, row);
    return true;
}

/* A model may also have come to this machine since. */
static bool look_at_generations(Task *task, const Services *services)
{
    Generation active;
    GenerationVec all = {0};
    RecallSamples *samples = services->recall;
    if (!generations_learn(task, services, &active) || !generations_load(task, services, &all))
        return false;
    samples->rival_embedder = NULL;
    for (size_t i = 0; i < all.count; i++) {
        const Generation *generation = &all.items[i];
        if (!generation->is_complete || !generation->embedder)
            continue;
        samples->rival_embedder = generation->embedder;
        snprintf(samples->rival, sizeof(samples->rival), "%.*s", STR_ARGS(generation->name));
    }
    return true;
}

bool recall_check(Task *task, const Services *services)
{
    RecallSamples *samples = services->recall;
    bool going = true;
    size_t left = samples->count; /* questions that come meanwhile wait for the next check */
    samples->seen = 0;
    while (going && left-- > 0) {
        ArenaMark mark = arena_mark(task->arena);
        Sample sample = samples->items[--samples->count];
        task->has_user = true;
        task->user_id = sample.user_id;
        going = measure(task, services, &sample);
        task->has_user = false;
        arena_reset(task->arena, mark);
    }
    return going && look_at_generations(task, services);
}

void recall_maintain(Task *task, void *argument)
{
    const Services *services = argument;
    uint32_t every_ms = (uint32_t)(1000 * config_int(services->settings, "NETGURU_RECALL_CHECK_S"));
    while (task_sleep(task, every_ms)) {
        if (!recall_check(task, services) && !task_is_cancelled(task))
            log_warn("search.recall_check_failed", LOG_TEXT("error", task->error.message));
        task_forget_error(task);
    }
}
