/* SPDX-License-Identifier: Apache-2.0 */
#include "documents/document.h"

#include "base/log.h"
#include "documents/document_doc.h"
#include "documents/document_reconcile.h"
#include "documents/document_record.h"
#include "documents/document_store.h"
#include "documents/file_name.h"
#include "documents/packet_api.h"
#include "documents/storage_plan.h"
#include "services/file_store.h"
#include "web/multipart.h"
#include "web/percent.h"

enum {
    UPLOAD_TIMEOUT_MS = 30 * 60 * 1000,
    MULTIPART_OVERHEAD_BYTES = 64 * 1024,
};

static bool fail_too_large(Task *task, uint64_t limit)
{
    task_fail(task, ERR_FILE_TOO_LARGE, "file: larger than %llu MB, the limit of your plan",
              (unsigned long long)(limit >> 20));
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
    for (;;) {
        if (!multipart_read(task, multipart, &bytes))
            return fail_to_read(task, limit);
        if (str_empty(bytes))
            break;
        if (file_upload_size(upload) + bytes.size > limit)
            return fail_too_large(task, limit);
        if (!document_write(task, services, upload, bytes))
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
    uint64_t limit = storage_max_file_bytes(services->settings, request->plan_tier);
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
    document->quota_bytes = storage_max_total_bytes(services->settings, request->plan_tier);
    return file_upload_finish(task, upload, &task->user_id, &document->id, &document->digest,
                              &document->storage_path) &&
           document_record(task, services, NULL, upload, document, out_inserted);
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

/* The name that came out of an archive has folders. */
static Str last_part(Str name)
{
    size_t slash = str_find_last_byte(name, '/');
    return slash == STR_NOT_FOUND ? name : str_from(name, slash + 1);
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
    Str name = percent_encode(task->arena, last_part(document.original_filename));
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
