/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job of a document: parse it in the sandbox, embed its chunks, store all of it in one
 * transaction with the job's end. The child writes one JSON object a line: {"progress": percent},
 * {"chunk": {…}}, and last {"result": {…}, "file_type": …, "metadata": {…}} (see app/parse.c).
 */
#include "documents/document.h"

#include "base/vec.h"
#include "db/vector.h"
#include "documents/document_store.h"
#include "engines/text/chunk.h"
#include "sandbox/sandbox.h"
#include "services/embedding.h"
#include "services/file_store.h"

enum {
    MAX_CHUNKS = 50 * 1000,
    MAX_EMBEDDED_CHUNKS = 2000, /* of one document; what follows is found by its words alone */
    INSERT_AT_ONCE = 128,
    METADATA_MAX_BYTES = 1024 * 1024,
};

typedef struct {
    DocumentChunk row;
    TextChunk source; /* what the embedding's text is made of */
} ParsedChunk;

typedef struct {
    JobRun *run;
    Document document;
    VEC(ParsedChunk) chunks;
    size_t embedded;
    Str file_type;
    Str vendor;
    Str result;
    Str metadata;
} Processing;

static uint32_t read_u32(const JsonValue *object, const char *key)
{
    int64_t value = 0;
    if (!json_get_i64(object, key, &value) || value < 0 || value > UINT32_MAX)
        return 0;
    return (uint32_t)value;
}

static bool take_chunk(Task *task, Processing *processing, const JsonValue *chunk)
{
    Str text;
    if (processing->chunks.count >= MAX_CHUNKS)
        return task_fail(task, ERR_FILE_TOO_LARGE, "the document has more than %d sections",
                         MAX_CHUNKS);
    if (!json_get_str(chunk, "text", &text))
        return task_fail(task, ERR_INTERNAL, "the parser wrote a chunk without text");
    ParsedChunk *parsed = VEC_PUSH(task->arena, &processing->chunks);
    parsed->source = (TextChunk){
        .text = arena_copy(task->arena, text),
        .section = arena_copy(task->arena, json_str_or(chunk, "section", STR(""))),
        .title = processing->document.original_filename,
        .first_line = read_u32(chunk, "first_line"),
        .last_line = read_u32(chunk, "last_line"),
        .page = read_u32(chunk, "page"),
        .tokens = read_u32(chunk, "tokens"),
    };
    parsed->row = (DocumentChunk){
        .text = parsed->source.text,
        .section = parsed->source.section,
        .first_line = parsed->source.first_line,
        .last_line = parsed->source.last_line,
        .page = parsed->source.page,
    };
    return true;
}

/* The last line. The child has read hostile bytes: what it writes is hostile too. */
static bool take_result(Task *task, Processing *processing, const JsonValue *message)
{
    const JsonValue *result = json_get(message, "result");
    const JsonValue *metadata = json_get(message, "metadata");
    if (!result || !metadata || metadata->type != JSON_IS_OBJECT || result->type != JSON_IS_OBJECT)
        return task_fail(task, ERR_INTERNAL, "the parser wrote a malformed result");
    Str file_type = json_str_or(message, "file_type", processing->document.file_type);
    Str vendor = json_str_or(metadata, "vendor", STR(""));
    processing->file_type = arena_copy(task->arena, file_type);
    processing->vendor = arena_copy(task->arena, vendor);
    if (json_value_text(task->arena, result, JOB_MAX_RESULT_BYTES, &processing->result) &&
        json_value_text(task->arena, metadata, METADATA_MAX_BYTES, &processing->metadata))
        return true;
    return task_fail(task, ERR_FILE_TOO_LARGE, "the analysis is larger than %d MB",
                     JOB_MAX_RESULT_BYTES / (1024 * 1024));
}

static bool take_line(Task *task, Processing *processing, Str line)
{
    int64_t percent = 0;
    /* Most lines are chunks: what their parsing takes is given back, the chunk's copy stays. */
    auto_arena Arena *scratch = arena_new();
    const JsonValue *message = json_parse(scratch, line, &task->error);
    if (!message)
        return task_fail(task, ERR_INTERNAL, "the parser wrote a malformed line");
    const JsonValue *chunk = json_get(message, "chunk");
    if (chunk)
        return take_chunk(task, processing, chunk);
    if (json_get_i64(message, "progress", &percent))
        return job_progress(task, processing->run, (unsigned)MIN_OF(MAX_OF(percent, 0), 100) / 2,
                            "analysing");
    return take_result(task, processing, message);
}

static bool parse(Task *task, Processing *processing, int file)
{
    Str line;
    bool more = false;
    const Document *document = &processing->document;
    SandboxOptions options = {
        .verb = "document",
        .arguments = {document->file_type, document->original_filename},
        .argument_count = 2,
        .input = file,
        .runs_pdftotext = str_equal(document->file_type, STR("pdf")),
    };
    auto_sandbox Sandbox *child = sandbox_start(task, &options);
    if (!child)
        return false;
    for (;;) {
        if (!sandbox_read_line(task, child, &more, &line))
            return false;
        if (!more)
            break;
        if (!take_line(task, processing, line))
            return false;
    }
    if (!processing->result.data)
        return task_fail(task, ERR_INTERNAL, "the parser wrote no result");
    return true;
}

static bool embed_batch(Task *task, Processing *processing, size_t at, size_t count)
{
    Str texts[EMBEDDING_BATCH];
    ParsedChunk *chunks = processing->chunks.items + at;
    ChunkOptions options = chunk_options(TEXT_PLAIN, processing->document.original_filename);
    float *vectors = ARENA_ARRAY(task->arena, float, EMBEDDING_BATCH *EMBED_DIMENSIONS);
    for (size_t i = 0; i < count; i++)
        texts[i] = chunk_embedding_text(task->arena, &chunks[i].source, &options);
    if (!embedding_texts(task, processing->run->services, texts, count, vectors))
        return false;
    for (size_t i = 0; i < count; i++)
        chunks[i].row.vector =
            db_vector(task->arena, vectors + i * EMBED_DIMENSIONS, EMBED_DIMENSIONS).text;
    return true;
}

static bool embed_chunks(Task *task, Processing *processing)
{
    bool has_model = processing->run->services->embedder != NULL;
    size_t wanted = has_model ? MIN_OF(processing->chunks.count, (size_t)MAX_EMBEDDED_CHUNKS) : 0;
    for (size_t at = 0; at < wanted; at += EMBEDDING_BATCH) {
        unsigned percent = 50 + (unsigned)(at * 45 / wanted);
        if (!embed_batch(task, processing, at, MIN_OF(wanted - at, (size_t)EMBEDDING_BATCH)) ||
            !job_progress(task, processing->run, percent, "embedding"))
            return false;
    }
    processing->embedded = wanted;
    return true;
}

static bool insert_all(Task *task, DbTransaction *transaction, const Processing *processing)
{
    DocumentChunk *rows = ARENA_ARRAY(task->arena, DocumentChunk, INSERT_AT_ONCE);
    size_t count = processing->chunks.count;
    for (size_t at = 0; at < count; at += INSERT_AT_ONCE) {
        DocumentChunkBatch batch = {
            .document_id = processing->document.id,
            .model = str_of(embed_model_name()),
            .vendor = processing->vendor,
            .file_type = processing->file_type,
            .chunks = rows,
            .count = MIN_OF(count - at, (size_t)INSERT_AT_ONCE),
            .first_index = at,
        };
        for (size_t i = 0; i < batch.count; i++)
            rows[i] = processing->chunks.items[at + i].row;
        if (!document_insert_chunks(task, transaction, &batch))
            return false;
    }
    return true;
}

static bool store(Task *task, Processing *processing)
{
    const Services *services = processing->run->services;
    const Uuid *id = &processing->document.id;
    /* The child's metadata is an object: ours goes in at its front. */
    Str rest = str_trim_left(str_from(processing->metadata, 1));
    Str metadata = arena_printf(task->arena, "{\"chunks\":%zu,\"embedded_chunks\":%zu%s%.*s",
                                processing->chunks.count, processing->embedded,
                                str_starts_with(rest, STR("}")) ? "" : ",", STR_ARGS(rest));
    auto_transaction DbTransaction *transaction = db_begin(task, services->db);
    return transaction && job_hold(task, processing->run, transaction) &&
           document_set_analysis(task, transaction, id, processing->file_type, metadata) &&
           document_delete_chunks(task, transaction, id) &&
           insert_all(task, transaction, processing) &&
           job_finish(task, processing->run, transaction, processing->result);
}

static bool process_document(Task *task, JobRun *run)
{
    Processing processing = {.run = run};
    auto_file int file = -1;
    if (!run->has_document)
        return task_fail(task, ERR_NOT_FOUND, "the document has been deleted");
    if (!document_load(task, run->services->db, &run->document_id, &processing.document) ||
        !file_store_open(task, run->services->store_dir, processing.document.storage_path, &file) ||
        !job_progress(task, run, 1, "reading"))
        return false;
    return parse(task, &processing, file) && embed_chunks(task, &processing) &&
           store(task, &processing);
}

const JobKind documents_jobs[] = {
    [DOCUMENT_JOB_TEXT] = {"document_processing", JOB_QUEUE_RAG, process_document},
    [DOCUMENT_JOB_CAPTURE] = {"pcap_analysis", JOB_QUEUE_PCAP, process_document},
    {0},
};
