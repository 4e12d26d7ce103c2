/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job of a topology: hands the user's configurations to the sandbox as one bundle and stores
 * what it draws. The bundle is, for each file, a line "<bytes of the name> <bytes of the file>",
 * then both. The child answers {"graph": {…}, "metadata": {…}, "svg": "…"} (app/parse.c).
 */
#include "documents/document.h"
#include "sandbox/sandbox.h"
#include "topology/snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

enum { DRAWN_MAX_BYTES = 64 * 1024 * 1024 };

#define BUNDLE_MAX_BYTES ((uint64_t)256 * 1024 * 1024)

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

static bool append_file(Task *task, int bundle, const Document *document, int file)
{
    off_t offset = 0;
    off_t size = (off_t)document->size_bytes;
    Str name = document->original_filename;
    bool fits = dprintf(bundle, "%zu %lld\n%.*s", name.size, (long long)size, STR_ARGS(name)) > 0;
    while (fits && offset < size) {
        ssize_t sent = sendfile(bundle, file, &offset, (size_t)(size - offset));
        if (sent == 0)
            return task_fail(task, ERR_VALIDATION, "%.*s: the stored file is cut short",
                             STR_ARGS(name));
        fits = sent > 0 || errno == EINTR;
    }
    return fits || error_set_errno(&task->error, errno, "memory for the configurations");
}

static bool make_bundle(Task *task, const Services *services, const DocumentList *documents,
                        int *out_bundle)
{
    uint64_t total = 0;
    auto_file int bundle = memfd_create("configurations", MFD_CLOEXEC);
    if (bundle < 0)
        return error_set_errno(&task->error, errno, "memory for the configurations");
    for (size_t i = 0; i < documents->count; i++) {
        const Document *document = &documents->items[i];
        auto_file int file = -1;
        total += (uint64_t)document->size_bytes;
        if (total > BUNDLE_MAX_BYTES)
            return task_fail(task, ERR_FILE_TOO_LARGE, "more than %llu MB of configurations",
                             (unsigned long long)(BUNDLE_MAX_BYTES >> 20));
        if (!file_store_open(task, services->store_dir, document->storage_path, &file) ||
            !append_file(task, bundle, document, file))
            return false;
    }
    if (lseek(bundle, 0, SEEK_SET) < 0)
        return error_set_errno(&task->error, errno, "memory for the configurations");
    *out_bundle = file_take(&bundle);
    return true;
}

static bool draw(Task *task, int bundle, Snapshot *snapshot)
{
    Str line;
    bool more = false;
    SandboxOptions options = {
        .verb = "topology", .input = bundle, .max_line_bytes = DRAWN_MAX_BYTES};
    auto_sandbox Sandbox *child = sandbox_start(task, &options);
    if (!child || !sandbox_read_line(task, child, &more, &line))
        return false;
    const JsonValue *drawn = more ? json_parse(task->arena, line, &task->error) : NULL;
    const JsonValue *graph = json_get(drawn, "graph");
    const JsonValue *metadata = json_get(drawn, "metadata");
    if (!graph || !metadata || !json_get_str(drawn, "svg", &snapshot->svg))
        return task_fail(task, ERR_INTERNAL, "the parser drew nothing");
    if (!json_value_text(task->arena, graph, DRAWN_MAX_BYTES, &snapshot->graph) ||
        !json_value_text(task->arena, metadata, JOB_MAX_RESULT_BYTES / 2, &snapshot->metadata))
        return task_fail(task, ERR_FILE_TOO_LARGE, "the network is too large to be drawn");
    return sandbox_read_line(task, child, &more, &line) &&
           (!more || task_fail(task, ERR_INTERNAL, "the parser wrote too much"));
}

static bool generate_topology(Task *task, JobRun *run)
{
    Uuid *ids = NULL;
    size_t id_count = 0;
    DocumentList documents;
    auto_file int bundle = -1;
    char id[UUID_TEXT_SIZE];
    Snapshot snapshot = {.id = uuid_new(),
                         .title = json_str_or(run->arguments, "title", STR("Network topology"))};
    const Services *services = run->services;
    if (!read_document_ids(task, run->arguments, &ids, &id_count) ||
        !document_list_configs(task, services->db, ids, id_count, &documents))
        return false;
    if (!job_progress(task, run, 10, "reading") ||
        !make_bundle(task, services, &documents, &bundle) ||
        !job_progress(task, run, 30, "drawing") || !draw(task, bundle, &snapshot))
        return false;
    Str result = arena_printf(task->arena, "{\"topology_id\":\"%s\",\"metadata\":%.*s}",
                              uuid_write(&snapshot.id, id), STR_ARGS(snapshot.metadata));
    auto_transaction DbTransaction *transaction = db_begin(task, services->db);
    return transaction && snapshot_insert(task, transaction, &snapshot) &&
           job_finish(task, run, transaction, result);
}

const JobKind topology_jobs[] = {
    {"topology_generation", JOB_QUEUE_DEFAULT, generate_topology},
    {0},
};
