/* SPDX-License-Identifier: Apache-2.0 */
/* The archive is made of pages of rows, each a member of its own because its size stands before it,
 * and of the files. Each page sees the rows of its moment. */
#include "privacy/export.h"

#include "accounts/account.h"
#include "base/time.h"
#include "privacy/export_store.h"
#include "privacy/privacy_store.h"
#include "privacy/tar.h"
#include "services/file_store.h"

#include <stdio.h>
#include <sys/stat.h>

enum { FILE_NAME_BYTES = 50 };

static const char about[] =
    "{\"format\":\"netguru-export-1\",\"about\":\"All that NetGuru keeps of this account: rows as "
    "pages of JSON, and the files as they were uploaded. Chunks and vectors are computed from the "
    "files and are left out; API keys are without the key itself. files_missing.json lists files "
    "that were deleted while the archive was made.\"}";

typedef struct {
    const Request *request;
    int64_t time_s;
    JsonWriter *missing; /* ids of files that could not be opened */
} Archive;

static bool put_header(Task *task, const Archive *archive, Str name, uint64_t size)
{
    char header[TAR_BLOCK_BYTES];
    tar_write_header(name, size, archive->time_s, header);
    return respond_stream_write(task, archive->request, str_make(header, sizeof(header)));
}

static bool put_padding(Task *task, const Archive *archive, uint64_t size)
{
    Str padding = tar_padding(size);
    return str_empty(padding) || respond_stream_write(task, archive->request, padding);
}

static bool put_text(Task *task, const Archive *archive, Str name, Str text)
{
    return put_header(task, archive, name, text.size) &&
           (str_empty(text) || respond_stream_write(task, archive->request, text)) &&
           put_padding(task, archive, text.size);
}

static bool put_page(Task *task, const Archive *archive, const char *folder, unsigned number,
                     Str json)
{
    return put_text(task, archive, arena_printf(task->arena, "%s/%06u.json", folder, number), json);
}

/* What is done with each page of a table. */
typedef bool PageAct(Task *task, const Archive *archive, Str json);

static bool put_table(Task *task, const Archive *archive, const ExportTable *table, PageAct *then)
{
    Page page = {0};
    bool is_last = false;
    bool is_named = table != &export_files;
    for (unsigned number = 1; !is_last; number++) {
        Str json;
        ArenaMark mark = arena_mark(task->arena);
        if (!export_load_page(task, archive->request->services->db, table, &page, &json,
                              &is_last) ||
            (is_named && !put_page(task, archive, table->name, number, json)) ||
            (then && !then(task, archive, json)))
            return false;
        arena_reset(task->arena, mark);
    }
    return true;
}

static bool put_messages(Task *task, const Archive *archive, const Uuid *conversation_id)
{
    char id[UUID_TEXT_SIZE];
    char folder[TAR_NAME_MAX_BYTES];
    NumberedPage page = {0};
    snprintf(folder, sizeof(folder), "messages/%s", uuid_write(conversation_id, id));
    for (unsigned number = 1; !page.is_last; number++) {
        ArenaMark mark = arena_mark(task->arena);
        if (!export_load_messages(task, archive->request->services->db, conversation_id, &page) ||
            !put_page(task, archive, folder, number, page.json))
            return false;
        arena_reset(task->arena, mark);
    }
    return true;
}

static bool put_messages_of_page(Task *task, const Archive *archive, Str json)
{
    Uuid id;
    const JsonValue *items = json_parse(task->arena, json, &task->error);
    if (!items)
        return false;
    for (size_t i = 0; i < items->count; i++) {
        if (!uuid_parse(json_str_or(&items->items[i], "id", STR("")), &id) ||
            !put_messages(task, archive, &id))
            return false;
    }
    return true;
}

/* The end of the file's own name, without what some systems cannot have in a name. */
static Str safe_name(Arena *arena, Str name)
{
    Str tail = str_from(name, name.size > FILE_NAME_BYTES ? name.size - FILE_NAME_BYTES : 0);
    char *text = arena_cstring(arena, tail);
    for (size_t i = 0; i < tail.size; i++) {
        char c = text[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '-' || c == '_' || (c == '.' && i > 0);
        if (!is_plain)
            text[i] = '_';
    }
    return (Str){text, tail.size};
}

static bool send_file(Task *task, const Archive *archive, Str name, int file)
{
    struct stat status;
    if (fstat(file, &status) != 0 || status.st_size < 0)
        return task_fail(task, ERR_IO, "a stored file cannot be read");
    uint64_t size = (uint64_t)status.st_size;
    return put_header(task, archive, name, size) &&
           (size == 0 || respond_stream_file(task, archive->request, file, size)) &&
           put_padding(task, archive, size);
}

static bool put_file(Task *task, const Archive *archive, const JsonValue *document)
{
    auto_file int file = -1;
    Str id = json_str_or(document, "id", STR(""));
    Str path = json_str_or(document, "storage_path", STR(""));
    Str name = safe_name(task->arena, json_str_or(document, "original_filename", STR("file")));
    if (file_store_open(task, archive->request->services->store_dir, path, &file))
        return send_file(task, archive,
                         arena_printf(task->arena, "files/%.*s/%.*s", STR_ARGS(id), STR_ARGS(name)),
                         file);
    if (task->error.code != ERR_NOT_FOUND)
        return false;
    task_forget_error(task);
    json_str(archive->missing, id);
    return true;
}

static bool put_files_of_page(Task *task, const Archive *archive, Str json)
{
    const JsonValue *items = json_parse(task->arena, json, &task->error);
    if (!items)
        return false;
    for (size_t i = 0; i < items->count; i++) {
        if (!put_file(task, archive, &items->items[i]))
            return false;
    }
    return true;
}

typedef bool LoadNumbered(Task *task, Db *db, NumberedPage *page);

static bool put_numbered(Task *task, const Archive *archive, const char *folder, LoadNumbered *load)
{
    NumberedPage page = {0};
    for (unsigned number = 1; !page.is_last; number++) {
        ArenaMark mark = arena_mark(task->arena);
        if (!load(task, archive->request->services->db, &page) ||
            !put_page(task, archive, folder, number, page.json))
            return false;
        arena_reset(task->arena, mark);
    }
    return true;
}

static bool put_account(Task *task, const Archive *archive)
{
    Str account;
    return put_text(task, archive, STR("export.json"), str_of(about)) &&
           export_load_account(task, archive->request->services->db, &account) &&
           put_text(task, archive, STR("account.json"), account);
}

static bool put_sessions(Task *task, const Archive *archive)
{
    Str text;
    const Request *request = archive->request;
    JsonWriter *json = response_json_begin(task);
    return account_write_sessions(task, request->services, &task->user_id, &request->session_id,
                                  json) &&
           json_writer_text(json, &text) && put_text(task, archive, STR("sessions.json"), text);
}

static bool put_rows(Task *task, const Archive *archive)
{
    for (const ExportTable *table = export_tables; table->name; table++) {
        if (!put_table(task, archive, table, NULL))
            return false;
    }
    return put_table(task, archive, &export_conversations, put_messages_of_page) &&
           put_numbered(task, archive, "usage", export_load_usage) &&
           put_numbered(task, archive, "audit", export_load_audit);
}

static bool put_missing(Task *task, const Archive *archive)
{
    Str text;
    json_end(archive->missing);
    return json_writer_text(archive->missing, &text) &&
           put_text(task, archive, STR("files_missing.json"), text);
}

bool export_self(Task *task, const Request *request, Response *response)
{
    const AuditContext by = {.address = request->client_address};
    Archive archive = {request, time_now_us() / 1000000, response_json_begin(task)};
    json_begin_array(archive.missing);
    response->content_type = STR("application/x-tar");
    response_add_header(response, STR("Content-Disposition"),
                        STR("attachment; filename=\"netguru-export.tar\""));
    response_add_header(response, STR("Cache-Control"), STR("no-store"));
    return privacy_store_record_export(task, request->services->db, &by) &&
           respond_stream_begin(task, request, response) && put_account(task, &archive) &&
           put_sessions(task, &archive) && put_rows(task, &archive) &&
           put_table(task, &archive, &export_files, put_files_of_page) &&
           put_missing(task, &archive) && respond_stream_write(task, request, tar_end()) &&
           respond_stream_end(task, request);
}
