/* SPDX-License-Identifier: Apache-2.0 */
#include "documents/document.h"

#include "base/log.h"
#include "documents/document_doc.h"
#include "documents/document_reconcile.h"
#include "documents/document_store.h"
#include "documents/file_name.h"
#include "documents/packet_api.h"
#include "services/file_store.h"
#include "web/multipart.h"
#include "web/percent.h"

enum {
    UPLOAD_TIMEOUT_MS = 30 * 60 * 1000,
    MULTIPART_OVERHEAD_BYTES = 64 * 1024,
    SPACE_CHECK_BYTES = 16 * 1024 * 1024, /* free space is checked again after this many bytes */
};

#define MEGABYTE ((uint64_t)1024 * 1024)
#define GIGABYTE (1024 * MEGABYTE)

/* The largest size of one file, and of all files of a user. */
typedef struct {
    const char *plan;
    uint64_t file_bytes;
    uint64_t total_bytes;
} StoragePlan;

static const StoragePlan storage_plans[] = {
    {"enterprise", 500 * MEGABYTE, 1000 * GIGABYTE},
    {"team", 100 * MEGABYTE, 100 * GIGABYTE},
    {"solo", 50 * MEGABYTE, 10 * GIGABYTE},
};

/* Returns the plan of that name. An unknown plan has the limits of the last one. */
static const StoragePlan *find_plan(Str name)
{
    size_t i = 0;
    while (i + 1 < COUNT_OF(storage_plans) && !str_equal(name, str_of(storage_plans[i].plan)))
        i++;
    return &storage_plans[i];
}

static uint64_t max_stored_bytes(const Request *request)
{
    int64_t fixed_gb = config_int(request->services->settings, "NETGURU_STORAGE_MAX_GB");
    return fixed_gb ? (uint64_t)fixed_gb * GIGABYTE : find_plan(request->plan_tier)->total_bytes;
}

static uint64_t max_upload_bytes(const Config *settings, Str plan_tier)
{
    int64_t fixed_mb = config_int(settings, "NETGURU_UPLOAD_MAX_MB");
    return fixed_mb ? (uint64_t)fixed_mb * MEGABYTE : find_plan(plan_tier)->file_bytes;
}

uint64_t documents_max_upload_bytes(const Config *settings)
{
    uint64_t most = 0;
    for (size_t i = 0; i < COUNT_OF(storage_plans); i++)
        most = MAX_OF(most, max_upload_bytes(settings, str_of(storage_plans[i].plan)));
    return most;
}

static bool check_space(Task *task, const Services *services, uint64_t needed_bytes)
{
    uint64_t reserve = (uint64_t)config_int(services->settings, "NETGURU_DISK_RESERVE_MB");
    return file_store_check_space(task, services->store_dir, needed_bytes, reserve * MEGABYTE);
}

static bool fail_too_large(Task *task, uint64_t limit)
{
    task_fail(task, ERR_FILE_TOO_LARGE, "file: larger than %llu MB, the limit of your plan",
              (unsigned long long)(limit / MEGABYTE));
    return error_set_field(&task->error, "file");
}

/* The limit of the body is slightly above that of the file, so both report the file's limit. */
static bool fail_to_read(Task *task, uint64_t limit)
{
    return task->error.code == ERR_FILE_TOO_LARGE ? fail_too_large(task, limit) : false;
}

static bool receive_file(Task *task, const Services *services, Multipart *multipart,
                         FileUpload *upload, uint64_t limit)
{
    Str bytes;
    uint64_t checked = 0;
    for (;;) {
        if (!multipart_read(task, multipart, &bytes))
            return fail_to_read(task, limit);
        if (str_empty(bytes))
            break;
        if (file_upload_size(upload) + bytes.size > limit)
            return fail_too_large(task, limit);
        if (file_upload_size(upload) >= checked) {
            if (!check_space(task, services, SPACE_CHECK_BYTES))
                return false;
            checked += SPACE_CHECK_BYTES;
        }
        if (!file_upload_write(task, upload, bytes))
            return false;
    }
    if (file_upload_size(upload) > 0)
        return true;
    return request_fail_field(task, "file", "is empty");
}

/* Finds the part "file" and skips other fields. */
static bool find_file_part(Task *task, Multipart *multipart, MultipartPart *out_part)
{
    bool found = true;
    while (found) {
        if (!multipart_next_part(task, multipart, &found, out_part))
            return false;
        if (found && out_part->is_file && str_equal(out_part->name, STR("file")))
            return true;
    }
    return task_fail(task, ERR_VALIDATION, "the form has no file in a field named \"file\"");
}

static const JobKind *find_job(const char *task_type)
{
    const JobKind *kind = documents_jobs;
    while (!str_equal(str_of(kind->task_type), str_of(task_type)))
        check((++kind)->task_type);
    return kind;
}

static JobSpec analysis_job(const NewDocument *document)
{
    return (JobSpec){
        .kind = find_job(document->file->kind->task_type),
        .has_document = true,
        .document_id = document->id,
        .settles_document = true,
    };
}

/* Queues the analysis. upload is the new file, or NULL when it is already stored. Once the COMMIT
 * has been sent, the file must stay unless it is known that no row refers to it. */
static bool enqueue(Task *task, const Services *services, DbTransaction *transaction,
                    const NewDocument *document, FileUpload *upload)
{
    Job job;
    JobSpec spec = analysis_job(document);
    if (!job_insert(task, services, transaction, &spec, &job))
        return false;
    if (upload)
        file_upload_keep(upload);
    if (!db_commit(task, transaction)) {
        if (upload)
            document_reconcile_upload(task, services, document);
        return false;
    }
    job_send(task, services, &job);
    return true;
}

/* Restores the file of a document that has lost it, for example after a disk was restored from a
 * backup. */
static bool restore_file(Task *task, const Services *services, const SameDocument *same,
                         FileUpload *upload)
{
    Str path;
    auto_file int file = -1;
    if (file_store_open(task, services->store_dir, same->storage_path, &file))
        return true;
    if (task->error.code != ERR_NOT_FOUND)
        return false;
    task_forget_error(task);
    if (!file_upload_move(task, upload, &task->user_id, &same->id, &path))
        return false;
    file_upload_keep(upload);
    return true;
}

/* Handles bytes that are already stored. If their analysis failed, the upload starts it again; of
 * several uploads at once, only one does. */
static bool take_same(Task *task, const Services *services, FileUpload *upload,
                      NewDocument *document)
{
    SameDocument same;
    bool is_reset = false;
    if (!document_find_by_digest(task, services->db, &document->digest, &same))
        return false;
    if (!same.found)
        return task_fail(task, ERR_CONFLICT, "the same file is being deleted: try again");
    document->id = same.id;
    if (!restore_file(task, services, &same, upload))
        return false;
    if (!same.failed)
        return true;
    auto_transaction DbTransaction *transaction = db_begin(task, services->db);
    return transaction && document_reset(task, transaction, &document->id, &is_reset) &&
           (!is_reset || enqueue(task, services, transaction, document, NULL));
}

/* Inserts the row and its job, or finds the document that already holds the same bytes. */
static bool record_document(Task *task, const Services *services, FileUpload *upload,
                            NewDocument *document, bool *out_inserted)
{
    auto_transaction DbTransaction *transaction = db_begin(task, services->db);
    if (!transaction || !document_insert(task, transaction, document, out_inserted))
        return false;
    if (*out_inserted)
        return enqueue(task, services, transaction, document, upload);
    db_transaction_release(&transaction);
    return take_same(task, services, upload, document);
}

static bool answer_document(Task *task, const Services *services, const Uuid *id, uint16_t status,
                            Response *response)
{
    Str json;
    return document_load_json(task, services->db, id, &json) &&
           respond_json(task, response, status, json);
}

static bool store_upload(Task *task, const Request *request, NewDocument *document,
                         bool *out_inserted)
{
    MultipartPart part;
    const Services *services = request->services;
    uint64_t limit = max_upload_bytes(request->services->settings, request->plan_tier);
    request_set_max_body(request, limit + MULTIPART_OVERHEAD_BYTES);
    Multipart *multipart = multipart_begin(task, request);
    if (!multipart || !find_file_part(task, multipart, &part))
        return fail_to_read(task, limit);
    document->original_filename = file_name_sanitise(task->arena, part.file_name);
    document->file = analysis_file_of_name(document->original_filename, &task->error);
    if (!document->file)
        return false;
    auto_file_upload FileUpload *upload = file_upload_begin(task, services->store_dir);
    if (!upload || !receive_file(task, services, multipart, upload, limit) ||
        !analysis_check_content(document->file, file_upload_first_bytes(upload), &task->error))
        return false;
    document->size_bytes = file_upload_size(upload);
    document->quota_bytes = max_stored_bytes(request);
    return file_upload_finish(task, upload, &task->user_id, &document->id, &document->digest,
                              &document->storage_path) &&
           record_document(task, services, upload, document, out_inserted);
}

static bool upload_document(Task *task, const Request *request, Response *response)
{
    bool inserted = false;
    NewDocument document = {.id = uuid_new()};
    document.filename = uuid_str(task->arena, &document.id);
    if (!store_upload(task, request, &document, &inserted))
        return false;
    if (!inserted)
        response_add_header(response, STR("X-Duplicate"), STR("true"));
    return answer_document(task, request->services, &document.id, inserted ? 201 : 200, response);
}

static bool list_documents(Task *task, const Request *request, Response *response)
{
    static const char *const statuses[] = {"uploaded", "processing", "completed", "failed", NULL};
    Str json;
    DocumentFilter filter = {0};
    return page_read(task, request, &filter.page) &&
           request_query_word(task, request, "status", statuses, &filter.status) &&
           request_query_str(task, request, "file_type", 50, &filter.file_type) &&
           document_list_json(task, request->services->db, &filter, &json) &&
           respond_json(task, response, 200, json);
}

static bool show_document(Task *task, const Request *request, Response *response)
{
    Uuid id;
    return request_path_uuid(task, request, "id", &id) &&
           answer_document(task, request->services, &id, 200, response);
}

/* Sends the file as an attachment and never as HTML, because its content is not trusted. */
static bool download_document(Task *task, const Request *request, Response *response)
{
    Uuid id;
    Document document;
    auto_file int file = -1;
    if (!request_path_uuid(task, request, "id", &id) ||
        !document_load(task, request->services->db, &id, &document) ||
        !file_store_open(task, request->services->store_dir, document.storage_path, &file))
        return false;
    Str name = percent_encode(task->arena, document.original_filename);
    response_add_header(
        response, STR("Content-Disposition"),
        arena_printf(task->arena, "attachment; filename*=UTF-8''%.*s", STR_ARGS(name)));
    return respond_file(task, request, response, file, (uint64_t)document.size_bytes);
}

static bool delete_document(Task *task, const Request *request, Response *response)
{
    Uuid id;
    Document document;
    DeletedDocument deleted;
    const Services *services = request->services;
    if (!request_path_uuid(task, request, "id", &id) ||
        !document_load(task, services->db, &id, &document))
        return false;
    if (!document_delete(task, services->db, &id, &deleted)) {
        if (task->error.code != ERR_NOT_FOUND)
            document_reconcile_delete(task, services, &document);
        return false;
    }
    job_discard(task, services, deleted.jobs, deleted.job_count);
    if (!file_store_remove(task, services->store_dir, deleted.storage_path))
        log_warn("documents.orphan", LOG_STR("path", deleted.storage_path),
                 LOG_TEXT("error", task->error.message));
    return respond_nothing(response);
}

static const RateLimit upload_limit = {"upload", {10, 50, 200}};

const Route documents_routes[] = {
    {HTTP_POST, ROUTE_USER, "/api/v1/files/upload", upload_document, .doc = &document_upload_doc,
     .limit = &upload_limit, .scope = SCOPE_WRITE, .timeout_ms = UPLOAD_TIMEOUT_MS},
    {HTTP_GET, ROUTE_USER, "/api/v1/files", list_documents, .doc = &document_list_doc,
     .limit = &rate_limit_api, .scope = SCOPE_READ},
    {HTTP_GET, ROUTE_USER, "/api/v1/files/{id}", show_document, .doc = &document_show_doc,
     .limit = &rate_limit_api, .scope = SCOPE_READ},
    {HTTP_GET, ROUTE_USER, "/api/v1/files/{id}/download", download_document,
     .doc = &document_download_doc, .limit = &rate_limit_api, .scope = SCOPE_READ,
     .timeout_ms = UPLOAD_TIMEOUT_MS},
    {HTTP_GET, ROUTE_USER, "/api/v1/files/{id}/packets", packet_list, .doc = &packet_list_doc,
     .limit = &packet_limit, .scope = SCOPE_READ},
    {HTTP_GET, ROUTE_USER, "/api/v1/files/{id}/packets/{number}", packet_show,
     .doc = &packet_show_doc, .limit = &packet_limit, .scope = SCOPE_READ},
    {HTTP_DELETE, ROUTE_USER, "/api/v1/files/{id}", delete_document, .doc = &document_delete_doc,
     .limit = &rate_limit_api, .scope = SCOPE_WRITE},
    {0},
};
