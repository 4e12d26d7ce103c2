/* SPDX-License-Identifier: Apache-2.0 */
#include "knowledge/generation_fill.h"

#include "base/json.h"
#include "base/time.h"
#include "db/vector.h"
#include "engines/text/chunk.h"
#include "knowledge/vector_index.h"

#include <time.h>

enum {
    SLICE_CHUNKS = 32, /* less than a second of one core */
    SLICE_MAX_BYTES = 1024 * 1024,
    PACE_SLICES = 64, /* over which the pace is averaged */
};

static const char first_id[] = "00000000-0000-0000-0000-000000000000";

DB_STATEMENT count_chunks = {"generation_fill_count", "SELECT public.embedding_fill_count($1, $2)",
                             .runner = DB_BY_OPERATOR};

/* The place that a pass which was interrupted has come to; NULL if no pass is in progress. */
DB_STATEMENT load_progress = {
    "generation_fill_load",
    "SELECT filled >= wanted AND filled_at IS NOT NULL, fill_after"
    " FROM public.embedding_generations WHERE id = $1 AND NOT is_paused AND state <> 'dropping'",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT find_chunks = {"generation_fill_find",
                            "SELECT id, coalesce(title, ''), coalesce(section, ''), chunk_text"
                            " FROM public.embedding_fill_find($1, $2::uuid, $3)",
                            .runner = DB_BY_OPERATOR};

DB_STATEMENT store_vectors = {
    "generation_fill_store", "SELECT public.embedding_fill_store($1, $2::uuid, $3::json, $4::real)",
    .runner = DB_BY_OPERATOR};

DB_STATEMENT settle = {"generation_fill_settle",
                       "SELECT public.embedding_generation_settle($1, $2)",
                       .runner = DB_BY_OPERATOR};

/* One generation that is being filled. */
typedef struct {
    const GenerationFillOptions *options;
    const GenerationStatus *status;
    Embedder *embedder;
    char after[UUID_TEXT_SIZE]; /* the pass has come to this chunk */
    int64_t filled;
    double busy_s;   /* of the last slices */
    double paced;    /* their chunks */
    bool is_stopped; /* paused or dropped meanwhile */
} Fill;

static void note(const Fill *fill, const char *text)
{
    fill->options->report(&(GenerationFillReport){
        .generation = fill->status->name, .note = str_of(text), .filled = fill->filled});
}

static bool embed_rows(Arena *arena, const Fill *fill, const DbRows *rows, float *out_vectors,
                       Error *error)
{
    Str texts[SLICE_CHUNKS];
    for (size_t row = 0; row < rows->count; row++) {
        ChunkOptions options = chunk_options(TEXT_PLAIN, db_str(rows, row, 1));
        TextChunk chunk = {
            .title = db_str(rows, row, 1),
            .section = db_str(rows, row, 2),
            .text = db_str(rows, row, 3),
        };
        texts[row] = chunk_embedding_text(arena, &chunk, &options);
    }
    return embed_texts(fill->embedder, texts, rows->count, out_vectors, error);
}

static Str vectors_json(Arena *arena, const DbRows *rows, const float *vectors)
{
    Str text;
    JsonWriter *json = json_writer_new(arena, SLICE_MAX_BYTES);
    json_begin_array(json);
    for (size_t row = 0; row < rows->count; row++) {
        json_begin_object(json);
        json_field_str(json, "id", db_str(rows, row, 0));
        json_field_str(json, "vector",
                       db_vector(arena, vectors + row * EMBED_DIMENSIONS, EMBED_DIMENSIONS).text);
        json_end(json);
    }
    json_end(json);
    check(json_writer_text(json, &text));
    return text;
}

static bool store_slice(Arena *arena, Fill *fill, const DbRows *rows, const float *vectors,
                        Error *error)
{
    Uuid last = db_read_uuid(rows, rows->count - 1, 0);
    uuid_write(&last, fill->after);
    DbParams params = DB_PARAMS(db_i64(fill->status->id), db_text(str_of(fill->after)),
                                db_text(vectors_json(arena, rows, vectors)),
                                fill->busy_s > 0 ? db_f64(fill->paced / fill->busy_s) : db_null());
    const DbRows *stored =
        db_session_query(fill->options->session, arena, &store_vectors, params, error);
    if (!stored)
        return false;
    fill->is_stopped = !db_read_bool(stored, 0, 0);
    fill->filled += fill->is_stopped ? 0 : (int64_t)rows->count;
    return true;
}

static void sleep_s(double seconds)
{
    const time_t whole = (time_t)seconds;
    const struct timespec time = {whole, (long)((seconds - (double)whole) * 1e9)};
    (void)nanosleep(&time, NULL);
}

/* Rests after a slice, and adds it to the pace, which includes the rests. Older slices count less
 * and less. */
static void rest(Fill *fill, uint64_t started_ns, size_t chunks)
{
    double load = fill->options->load_percent / 100.0;
    double busy_s = (double)(time_monotonic_ns() - started_ns) / 1e9;
    if (fill->paced > PACE_SLICES * SLICE_CHUNKS) {
        fill->paced /= 2;
        fill->busy_s /= 2;
    }
    fill->paced += (double)chunks;
    fill->busy_s += busy_s / load;
    sleep_s(busy_s * (1 - load) / load);
}

/* *out_count is how many chunks were found without a vector. */
static bool fill_slice(Fill *fill, size_t *out_count, Error *error)
{
    auto_arena Arena *arena = arena_new();
    uint64_t started_ns = time_monotonic_ns();
    float *vectors = ARENA_ARRAY(arena, float, SLICE_CHUNKS *EMBED_DIMENSIONS);
    DbParams params =
        DB_PARAMS(db_i64(fill->status->id), db_text(str_of(fill->after)), db_i64(SLICE_CHUNKS));
    const DbRows *rows =
        db_session_query(fill->options->session, arena, &find_chunks, params, error);
    if (!rows)
        return false;
    *out_count = rows->count;
    if (rows->count == 0)
        return true;
    if (!embed_rows(arena, fill, rows, vectors, error) ||
        !store_slice(arena, fill, rows, vectors, error))
        return false;
    note(fill, "");
    rest(fill, started_ns, rows->count);
    return true;
}

/* Goes over all chunks from fill->after on. *out_found: some had no vector. */
static bool fill_pass(Fill *fill, bool *out_found, Error *error)
{
    size_t count = 1;
    *out_found = false;
    while (count && !fill->is_stopped) {
        if (!fill_slice(fill, &count, error))
            return false;
        *out_found |= count > 0;
    }
    return true;
}

/* Chunks may come behind the place of a pass, so the last pass is one over all that finds none. */
static bool fill_passes(Fill *fill, Error *error)
{
    bool found = true;
    while (found && !fill->is_stopped) {
        bool is_whole = str_equal(str_of(fill->after), str_of(first_id));
        if (!fill_pass(fill, &found, error))
            return false;
        found |= !is_whole;
        memcpy(fill->after, first_id, sizeof(first_id));
    }
    return true;
}

static bool recount(const Fill *fill, bool is_whole, Error *error)
{
    auto_arena Arena *arena = arena_new();
    DbParams params = DB_PARAMS(db_i64(fill->status->id), db_bool(is_whole));
    return db_session_query(fill->options->session, arena, &count_chunks, params, error) != NULL;
}

/* *out_is_full: there is nothing to do. */
static bool begin(Fill *fill, bool *out_is_full, Error *error)
{
    auto_arena Arena *arena = arena_new();
    DbParams params = DB_PARAMS(db_i64(fill->status->id));
    const DbRows *rows = NULL;
    if (!recount(fill, false, error) ||
        !(rows = db_session_query(fill->options->session, arena, &load_progress, params, error)))
        return false;
    *out_is_full = rows->count == 0 || db_read_bool(rows, 0, 0);
    memcpy(fill->after, first_id, sizeof(first_id));
    if (rows->count && !db_is_null(rows, 0, 1)) {
        Uuid after = db_read_uuid(rows, 0, 1);
        uuid_write(&after, fill->after);
    }
    return true;
}

static bool fill_one(const GenerationFillOptions *options, const GenerationStatus *status,
                     Error *error)
{
    bool is_full = false;
    Fill fill = {.options = options, .status = status};
    fill.embedder = generation_find_model(&options->models, status->sha256, status->is_inline);
    if (!begin(&fill, &is_full, error))
        return false;
    if (is_full)
        return true;
    if (!fill.embedder) {
        note(&fill, "its model is not on this machine: netguru embeddings add brings it");
        return true;
    }
    if (!fill_passes(&fill, error))
        return false;
    if (fill.is_stopped)
        note(&fill, "was paused or dropped");
    return fill.is_stopped || recount(&fill, true, error);
}

static void ignore_index(const VectorIndexStep *step)
{
    (void)step;
}

/* Builds the indexes of a filled generation, and says when it is ready. */
static bool finish(const GenerationFillOptions *options, const GenerationStatus *status,
                   Error *error)
{
    auto_arena Arena *arena = arena_new();
    Fill fill = {.options = options, .status = status};
    if (!str_equal(status->state, STR("building")))
        return true;
    if (!vector_index_upkeep(options->session, arena, options->index_chunks, ignore_index, error))
        return error->code == ERR_CONFLICT && (note(&fill, "another process builds indexes"), true);
    DbParams params = DB_PARAMS(db_i64(status->id), db_i64(options->index_chunks));
    const DbRows *rows = db_session_query(options->session, arena, &settle, params, error);
    if (rows && str_equal(db_str(rows, 0, 0), STR("ready")))
        note(&fill, "is ready");
    return rows != NULL;
}

static bool is_wanted(const GenerationFillOptions *options, const GenerationStatus *status)
{
    return !status->is_paused && !str_equal(status->state, STR("dropping")) &&
           (str_empty(options->only) || str_equal(options->only, status->name));
}

static bool fill_all(const GenerationFillOptions *options, Error *error)
{
    GenerationStatusVec all = {0};
    auto_arena Arena *arena = arena_new();
    if (!generation_list(options->session, arena, &all, error) ||
        !db_session_run(options->session, STR("SET statement_timeout = 0"), error))
        return false;
    for (size_t i = 0; i < all.count; i++) {
        if (is_wanted(options, &all.items[i]) &&
            (!fill_one(options, &all.items[i], error) || !finish(options, &all.items[i], error)))
            return error_prefix(error, "%.*s: ", STR_ARGS(all.items[i].name));
    }
    return true;
}

bool generation_fill(const GenerationFillOptions *options, Error *error)
{
    if (!db_session_lock(options->session, GENERATION_FILL_LOCK, 0, error)) {
        if (error->code == ERR_CONFLICT)
            error_set(error, ERR_CONFLICT, "another process is filling embeddings already");
        return false;
    }
    bool done = fill_all(options, error);
    db_session_unlock(options->session, GENERATION_FILL_LOCK);
    return done;
}
