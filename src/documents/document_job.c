/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job of a document. It analyses the file in the sandbox, embeds the chunks for each generation
 * of embeddings, and stores everything in the transaction that ends the job. An archive of several
 * files is unpacked instead.
 */
#include "documents/document.h"

#include "analysis/run.h"
#include "analysis/wire.h"
#include "base/time.h"
#include "base/vec.h"
#include "db/vector.h"
#include "documents/document_store.h"
#include "documents/document_unpack.h"
#include "services/embedding.h"
#include "services/file_store.h"
#include "services/generations.h"

enum {
    MAX_EMBEDDED_CHUNKS = 2000, /* of one document; further chunks are found by full-text search
                                    only. embedding_is_wanted() has the same number */
    STORE_ATTEMPTS = 3,         /* a generation has come between embedding and storing */
    INSERT_AT_ONCE = 32,
};

/* The vectors of one generation. */
typedef struct {
    Generation generation;
    Str *vectors; /* in pgvector's text form, of the first chunks */
} Embedded;

typedef struct {
    JobRun *run;
    Document document;
    VEC(DocumentChunk) chunks;
    size_t wanted; /* chunks that get vectors */
    VEC(Embedded) embedded;
    AnalysisResult analysis;
    Str device; /* of the document, when it is stored; empty: none */
} Processing;

typedef enum { STAGE_OPEN, STAGE_ANALYZE, STAGE_EMBED, STAGE_STORE, STAGE_COUNT } Stage;

static MetricHistogram stages[STAGE_COUNT]; /* of the process */
static uint64_t stored_chunks;

/* Adds the time of a stage that was passed, and begins the next one. */
static bool end_stage(const Task *task, Stage stage, uint64_t *started_ns)
{
    metric_observe_since(&stages[stage], *started_ns, &task->trace_id);
    *started_ns = time_monotonic_ns();
    return true;
}

static bool on_progress(Task *task, void *context, unsigned percent)
{
    Processing *processing = context;
    return job_progress(task, processing->run, percent / 2, "analysing");
}

static bool on_chunk(Task *task, void *context, const TextChunk *chunk)
{
    Processing *processing = context;
    if (processing->chunks.count >= WIRE_MAX_CHUNKS)
        return task_fail(task, ERR_FILE_TOO_LARGE, "the document has more than %d sections",
                         WIRE_MAX_CHUNKS);
    DocumentChunk *kept = VEC_PUSH(task->arena, &processing->chunks);
    *kept = (DocumentChunk){.source = *chunk};
    kept->source.text = arena_copy(task->arena, chunk->text);
    kept->source.section = arena_copy(task->arena, chunk->section);
    kept->source.facts = arena_copy(task->arena, chunk->facts);
    kept->source.title = processing->document.original_filename;
    return true;
}

static bool analyze(Task *task, Processing *processing, int file)
{
    const Document *document = &processing->document;
    const AnalysisKind *kind = analysis_kind_find(document->file_type);
    AnalysisSink sink = {on_progress, on_chunk, processing};
    if (!kind)
        return task_fail(task, ERR_INTERNAL, "a document of unknown type %.*s",
                         STR_ARGS(document->file_type));
    AnalysisFileInput input = {kind, document->original_filename, file};
    return analysis_run(task, &input, &sink, &processing->analysis);
}

static bool embed_batch(Task *task, Processing *processing, const Embedded *embedded, size_t at)
{
    Str texts[EMBEDDING_BATCH];
    DocumentChunk *chunks = processing->chunks.items + at;
    size_t count = MIN_OF(processing->wanted - at, (size_t)EMBEDDING_BATCH);
    ChunkOptions options = chunk_options(TEXT_PLAIN, processing->document.original_filename);
    float *vectors = ARENA_ARRAY(task->arena, float, EMBEDDING_BATCH *EMBED_DIMENSIONS);
    for (size_t i = 0; i < count; i++)
        texts[i] = chunk_embedding_text(task->arena, &chunks[i].source, &options);
    if (!embedding_texts(task, processing->run->services, embedded->generation.embedder,
                         &(EmbeddingTexts){texts, count}, vectors))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!chunks[i].source.is_front_matter)
            embedded->vectors[at + i] =
                db_vector(task->arena, vectors + i * EMBED_DIMENSIONS, EMBED_DIMENSIONS).text;
    }
    return true;
}

static bool embed_for(Task *task, Processing *processing, const Generation *generation)
{
    Embedded embedded = {
        .generation = *generation,
        .vectors = ARENA_ARRAY(task->arena, Str, processing->wanted),
    };
    for (size_t at = 0; at < processing->wanted; at += EMBEDDING_BATCH) {
        unsigned percent = 50 + (unsigned)(at * 45 / processing->wanted);
        if (!embed_batch(task, processing, &embedded, at) ||
            !job_progress(task, processing->run, percent, "embedding"))
            return false;
    }
    for (size_t i = 0; generation->is_inline && i < processing->wanted; i++)
        processing->chunks.items[i].vector = embedded.vectors[i];
    *VEC_PUSH(task->arena, &processing->embedded) = embedded;
    return true;
}

/* Returns whether this process can compute vectors of the generation and has not. */
static bool is_missing(const Processing *processing, const Generation *generation)
{
    for (size_t i = 0; i < processing->embedded.count; i++) {
        if (processing->embedded.items[i].generation.id == generation->id)
            return false;
    }
    return generation->embedder != NULL;
}

/* Embeds the chunks for each generation whose model is here; `netguru embeddings fill` does the
 * others. */
static bool embed_chunks(Task *task, Processing *processing)
{
    GenerationVec generations = {0};
    if (!generations_load(task, processing->run->services, &generations))
        return false;
    processing->wanted = MIN_OF(processing->chunks.count, (size_t)MAX_EMBEDDED_CHUNKS);
    for (size_t i = 0; i < generations.count; i++) {
        if (is_missing(processing, &generations.items[i]) &&
            !embed_for(task, processing, &generations.items[i]))
            return false;
    }
    return true;
}

static bool insert_chunks(Task *task, DbTransaction *transaction, const Processing *processing,
                          Str model)
{
    size_t count = processing->chunks.count;
    for (size_t at = 0; at < count; at += INSERT_AT_ONCE) {
        DocumentChunkBatch batch = {
            .document_id = processing->document.id,
            .model = model,
            .vendor = processing->analysis.vendor,
            .file_type = processing->analysis.file_type,
            .device = processing->device,
            .chunks = processing->chunks.items + at,
            .count = MIN_OF(count - at, (size_t)INSERT_AT_ONCE),
            .first_index = at,
        };
        if (!document_insert_chunks(task, transaction, &batch))
            return false;
    }
    return true;
}

static bool insert_vectors(Task *task, DbTransaction *transaction, const Processing *processing,
                           const Embedded *embedded)
{
    for (size_t at = 0; at < processing->wanted; at += INSERT_AT_ONCE) {
        DocumentVectorBatch batch = {
            .document_id = processing->document.id,
            .generation = embedded->generation.id,
            .vectors = embedded->vectors + at,
            .count = MIN_OF(processing->wanted - at, (size_t)INSERT_AT_ONCE),
            .first_index = at,
        };
        if (!document_insert_vectors(task, transaction, &batch))
            return false;
    }
    return true;
}

/* Of the vectors, only those whose generation is still there: held has them. */
static bool insert_all(Task *task, DbTransaction *transaction, const Processing *processing,
                       const GenerationVec *held)
{
    Str model = STR("");
    for (size_t i = 0; i < held->count; i++) {
        if (held->items[i].is_inline)
            model = held->items[i].name;
    }
    if (!insert_chunks(task, transaction, processing, model))
        return false;
    for (size_t i = 0; i < held->count; i++) {
        for (size_t k = 0; k < processing->embedded.count; k++) {
            const Embedded *embedded = &processing->embedded.items[k];
            if (embedded->generation.id == held->items[i].id && !held->items[i].is_inline &&
                !insert_vectors(task, transaction, processing, embedded))
                return false;
        }
    }
    return true;
}

static bool any_missing(const Processing *processing, const GenerationVec *held)
{
    for (size_t i = 0; i < held->count; i++) {
        if (is_missing(processing, &held->items[i]))
            return true;
    }
    return false;
}

/* Stores nothing, and *out_stored is false, when a generation has come since the chunks were
 * embedded. */
static bool store(Task *task, Processing *processing, bool is_last, bool *out_stored)
{
    GenerationVec held = {0};
    const Services *services = processing->run->services;
    const Uuid *id = &processing->document.id;
    DocumentAnalysis analysis = {
        .file_type = processing->analysis.file_type,
        .metadata = processing->analysis.metadata,
        .chunks = processing->chunks.count,
        .embedded_chunks = processing->embedded.count ? processing->wanted : 0,
    };
    auto_transaction DbTransaction *transaction = db_begin(task, services->db);
    if (!transaction || !job_hold(task, processing->run, transaction) ||
        !generations_hold(task, services, transaction, &held))
        return false;
    *out_stored = is_last || !any_missing(processing, &held);
    return !*out_stored ||
           (document_set_analysis(task, transaction, id, &analysis, &processing->device) &&
            document_delete_chunks(task, transaction, id) &&
            insert_all(task, transaction, processing, &held) &&
            job_finish(task, processing->run, transaction, processing->analysis.result));
}

static bool embed_and_store(Task *task, Processing *processing, uint64_t *started_ns)
{
    bool stored = false;
    for (unsigned attempt = 1; !stored; attempt++) {
        if (!embed_chunks(task, processing) || !end_stage(task, STAGE_EMBED, started_ns) ||
            !store(task, processing, attempt == STORE_ATTEMPTS, &stored))
            return false;
    }
    return end_stage(task, STAGE_STORE, started_ns);
}

/* An archive of several files has no chunks and no analysis of its own. */
static bool store_archive(Task *task, JobRun *run, const UnpackedArchive *archive)
{
    DocumentAnalysis analysis = {.file_type = STR("archive"), .metadata = archive->metadata};
    Str device;
    auto_transaction DbTransaction *transaction = db_begin(task, run->services->db);
    return transaction && job_hold(task, run, transaction) &&
           document_set_analysis(task, transaction, &run->document_id, &analysis, &device) &&
           document_delete_chunks(task, transaction, &run->document_id) &&
           job_finish(task, run, transaction, archive->result);
}

static bool process_document(Task *task, JobRun *run)
{
    Processing processing = {.run = run};
    UnpackedArchive archive;
    auto_file int file = -1;
    uint64_t started_ns = time_monotonic_ns();
    if (!run->has_document)
        return task_fail(task, ERR_NOT_FOUND, "the document has been deleted");
    if (!document_load(task, run->services->db, &run->document_id, &processing.document) ||
        !file_store_open(task, run->services->store_dir, processing.document.storage_path, &file) ||
        !job_progress(task, run, 1, "reading"))
        return false;
    end_stage(task, STAGE_OPEN, &started_ns);
    if (!document_unpack(task, run, &processing.document, file, &archive))
        return false;
    if (archive.is_archive)
        return store_archive(task, run, &archive);
    if (!analyze(task, &processing, file) || !end_stage(task, STAGE_ANALYZE, &started_ns) ||
        !embed_and_store(task, &processing, &started_ns))
        return false;
    stored_chunks += processing.chunks.count;
    return true;
}

void documents_collect(MetricWriter *writer, const void *source)
{
    static const char *const names[STAGE_COUNT] = {"open", "analyze", "embed", "store"};
    static const MetricFamily family = {"netguru_document_stage_seconds",
                                        METRIC_HISTOGRAM,
                                        "Time that documents spent in a stage that they passed.",
                                        {"stage"}};
    (void)source;
    metric_begin(writer, &family);
    for (size_t i = 0; i < STAGE_COUNT; i++)
        metric_sample_histogram(writer, METRIC_VALUES(str_of(names[i])), &stages[i]);
    metric_counter(writer, "netguru_document_chunks", "Chunks stored.", (double)stored_chunks);
}

const JobKind documents_jobs[] = {
    {"document_processing", JOB_QUEUE_RAG, process_document},
    {"pcap_analysis", JOB_QUEUE_PCAP, process_document},
    {0},
};
