/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/recall.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "db/vector.h"
#include "engines/embed/embed.h"

typedef struct {
    Uuid user_id;
    float vector[EMBED_DIMENSIONS];
} Sample;

struct RecallSamples {
    size_t count;
    uint64_t seen; /* questions since the last check */
    Sample items[RECALL_SAMPLES];
};

DB_STATEMENT check_sample = {
    "search_recall_check",
    "SELECT is_global, recall, former, effort FROM search_recall_check($1::vector, $2)",
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

void recall_samples_add(RecallSamples *samples, const Task *task, const float *vector)
{
    if (!samples || !task->has_user)
        return;
    size_t place = choose_place(samples);
    if (place == RECALL_SAMPLES)
        return;
    samples->items[place].user_id = task->user_id;
    memcpy(samples->items[place].vector, vector, sizeof(samples->items[place].vector));
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

/* Comparing all vectors takes long, so it has a connection to itself. */
static bool measure(Task *task, const Services *services, const Sample *sample)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(db_vector(task->arena, sample->vector, EMBED_DIMENSIONS),
                                db_text(str_of(embed_model_name())));
    auto_transaction DbTransaction *transaction = db_begin(task, services->db);
    if (!transaction || !db_transaction_query(task, transaction, &check_sample, params, &rows) ||
        !db_commit(task, transaction))
        return false;
    for (size_t row = 0; row < rows->count; row++)
        log_change(task, rows, row);
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
    return going;
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
