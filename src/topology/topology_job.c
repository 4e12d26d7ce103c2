/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job of a topology: hands the stored analyses of the user's configurations to the sandbox as
 * one bundle and stores the drawing.
 */
#include "analysis/run.h"
#include "base/strbuf.h"
#include "documents/document.h"
#include "topology/analyses.h"
#include "topology/snapshot.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* A file name has at most 255 bytes; some are escaped. */
enum { DOCUMENTS_MAX_BYTES = DOCUMENT_MAX_CONFIGS * 2048 };

static bool read_document_ids(Task *task, const JsonValue *arguments, Uuid **out_ids,
                              size_t *out_count)
{
    const JsonValue *ids = json_get(arguments, "document_ids");
    *out_count = ids && ids->type == JSON_IS_ARRAY ? ids->count : 0;
    *out_ids = ARENA_ARRAY(task->arena, Uuid, *out_count);
    for (size_t i = 0; i < *out_count; i++) {
        if (ids->items[i].type != JSON_IS_STRING ||
            !uuid_parse(ids->items[i].string, &(*out_ids)[i]))
            return task_fail(task, ERR_VALIDATION, "document_ids: not UUIDs");
    }
    return true;
}

static bool make_bundle(Task *task, const Services *services, const DocumentList *documents,
                        int *out_bundle)
{
    auto_file int bundle = memfd_create("configurations", MFD_CLOEXEC);
    if (bundle < 0)
        return error_set_errno(&task->error, errno, "memory for the configurations");
    if (!analyses_append(task, services, documents, bundle))
        return false;
    if (lseek(bundle, 0, SEEK_SET) < 0)
        return error_set_errno(&task->error, errno, "memory for the configurations");
    *out_bundle = file_take(&bundle);
    return true;
}

static Str write_documents(Arena *arena, const DocumentList *documents)
{
    Str text;
    JsonWriter *json = json_writer_new(arena, DOCUMENTS_MAX_BYTES);
    json_begin_array(json);
    for (size_t i = 0; i < documents->count; i++) {
        json_begin_object(json);
        json_field_str(json, "id", uuid_str(arena, &documents->items[i].id));
        json_field_str(json, "file", documents->items[i].original_filename);
        json_end(json);
    }
    json_end(json);
    check(json_writer_text(json, &text));
    return text;
}

static Str write_result(Arena *arena, const Snapshot *snapshot, Str text)
{
    Str result;
    JsonWriter *json = json_writer_new(arena, JOB_MAX_RESULT_BYTES);
    json_begin_object(json);
    json_field_str(json, "topology_id", uuid_str(arena, &snapshot->id));
    json_key(json, "metadata");
    json_raw(json, snapshot->metadata);
    json_field_str(json, "text", text);
    json_end(json);
    check(json_writer_text(json, &result)); /* analysis/run.h bounds metadata and text */
    return result;
}

static bool generate_topology(Task *task, JobRun *run)
{
    Uuid *ids = NULL;
    size_t id_count = 0;
    DocumentList documents;
    auto_file int bundle = -1;
    AnalysisDrawing drawing;
    const Services *services = run->services;
    if (!read_document_ids(task, run->arguments, &ids, &id_count) ||
        !document_list_configs(task, services->db, ids, id_count, &documents))
        return false;
    if (!job_progress(task, run, 10, "reading") ||
        !make_bundle(task, services, &documents, &bundle) ||
        !job_progress(task, run, 30, "drawing") || !analysis_draw(task, bundle, &drawing))
        return false;
    Snapshot snapshot = {
        .id = uuid_new(),
        .title = json_str_or(run->arguments, "title", STR("Network topology")),
        .graph = drawing.graph,
        .metadata = drawing.metadata,
        .svg = drawing.svg,
        .documents = write_documents(task->arena, &documents),
    };
    Str result = write_result(task->arena, &snapshot, drawing.text);
    auto_transaction DbTransaction *transaction = db_begin(task, services->db);
    return transaction && snapshot_insert(task, transaction, &snapshot) &&
           job_finish(task, run, transaction, result);
}

const JobKind topology_jobs[] = {
    {"topology_generation", JOB_QUEUE_DEFAULT, generate_topology},
    {0},
};
