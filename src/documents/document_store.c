/* SPDX-License-Identifier: Apache-2.0 */
#include "documents/document_store.h"

#include "base/mem.h"
#include "engines/text/words.h"

#define CHUNKS_JSON_MAX_BYTES (64 * 1024 * 1024)

DB_STATEMENT insert_document = {
    "document_insert",
    "INSERT INTO documents (id, user_id, filename, original_filename, file_type, file_size_bytes,"
    "  storage_path, mime_type, sha256, metadata)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, decode($9, 'hex'),"
    "  CASE WHEN $10::uuid IS NOT NULL THEN"
    "   jsonb_build_object('from_archive', jsonb_build_object('id', $10::uuid, 'name', $11::text))"
    "  END)"
    " ON CONFLICT (user_id, sha256) DO NOTHING",
};

DB_STATEMENT lock_storage = {
    "document_storage_lock",
    "SELECT document_storage_lock(decode($1, 'hex'))",
};

DB_STATEMENT known_ids = {
    "document_known_ids",
    "SELECT * FROM document_known_ids($1::uuid[])",
};

DB_STATEMENT find_by_digest = {
    "document_find_by_digest",
    "SELECT id, status = 'failed', storage_path,"
    "  coalesce(metadata #>> '{from_archive,id}', '00000000-0000-0000-0000-000000000000')::uuid"
    " FROM documents"
    " WHERE user_id = $1 AND sha256 = decode($2, 'hex')",
};

DB_STATEMENT load_plan = {
    "document_load_plan",
    "SELECT plan_tier FROM users WHERE id = $1",
    .what = "account",
};

/* The fields of a document t that the API shows. */
#define DOCUMENT_FIELDS                                                                            \
    "'id', t.id, 'filename', t.filename,"                                                          \
    " 'original_filename', t.original_filename, 'file_type', t.file_type,"                         \
    " 'file_size_bytes', t.file_size_bytes, 'mime_type', t.mime_type, 'status', t.status,"         \
    " 'vendor', t.vendor, 'failure_reason', t.failure_reason, 'metadata', t.metadata,"             \
    " 'sha256', encode(t.sha256, 'hex'), 'created_at', t.created_at,"                              \
    " 'processed_at', t.processed_at,"                                                             \
    " 'task', (SELECT json_build_object('id', a.id, 'task_type', a.task_type, 'status', a.status," \
    "   'progress', a.progress, 'stage', a.stage, 'error_message', a.error_message)"               \
    "  FROM analysis_tasks AS a WHERE a.document_id = t.id AND a.settles_document"                 \
    "  ORDER BY a.created_at DESC LIMIT 1)"

#define DOCUMENT_JSON "json_build_object(" DOCUMENT_FIELDS ")"

/* Of an archive: the documents of its files as they are now, without those deleted since. */
#define ARCHIVE_JSON                                                                               \
    "CASE WHEN t.file_type = 'archive' THEN (SELECT json_build_object('members',"                  \
    "   (SELECT coalesce(json_agg(json_build_object('id', d.id, 'name', m.value ->> 'name',"       \
    "     'is_new', m.value -> 'is_new', 'file_type', d.file_type, 'status', d.status,"            \
    "     'failure_reason', d.failure_reason) ORDER BY m.ordinality), '[]')"                       \
    "    FROM jsonb_array_elements(a.result -> 'members') WITH ORDINALITY AS m"                    \
    "    JOIN documents AS d ON d.user_id = t.user_id AND d.id = (m.value ->> 'id')::uuid),"       \
    "   'left_out', a.result -> 'left_out')"                                                       \
    "  FROM analysis_tasks AS a"                                                                   \
    "  WHERE a.document_id = t.id AND a.settles_document AND a.status = 'completed'"               \
    "  ORDER BY a.created_at DESC LIMIT 1) END"

DB_STATEMENT load_json = {
    "document_load_json",
    "SELECT json_build_object(" DOCUMENT_FIELDS ", 'archive', " ARCHIVE_JSON ")"
    " FROM documents AS t WHERE t.user_id = $1 AND t.id = $2",
};

#define DOCUMENT_COLUMNS                                                                           \
    "id, original_filename, file_type, storage_path, file_size_bytes,"                             \
    " coalesce(metadata ? 'from_archive', false)"

DB_STATEMENT load_document = {
    "document_load",
    "SELECT " DOCUMENT_COLUMNS " FROM documents WHERE user_id = $1 AND id = $2",
};

DB_STATEMENT list_json = {
    "document_list_json",
    PAGE_SQL(DOCUMENT_JSON, "documents",
             " AND ($5::text IS NULL OR t.status = $5)"
             " AND ($6::text IS NULL OR t.file_type = $6)"),
};

DB_STATEMENT list_configs = {
    "document_list_configs",
    "SELECT " DOCUMENT_COLUMNS " FROM documents"
    " WHERE user_id = $1 AND file_type = 'config' AND status = 'completed'"
    "  AND ($2::uuid[] IS NULL OR id = ANY ($2::uuid[]))"
    " ORDER BY created_at DESC, id DESC LIMIT $3",
};

DB_STATEMENT delete_document = {
    "document_delete",
    "SELECT storage_path, tasks FROM document_delete($1)",
};

DB_STATEMENT reset_document = {
    "document_reset",
    "UPDATE documents SET status = 'uploaded', metadata = metadata - 'error'"
    " WHERE user_id = $1 AND id = $2 AND status = 'failed' RETURNING id",
};

DB_STATEMENT delete_chunks = {
    "document_delete_chunks",
    "DELETE FROM embeddings WHERE user_id = $1 AND document_id = $2",
};

DB_STATEMENT insert_chunks = {
    "document_insert_chunks",
    "INSERT INTO embeddings (user_id, document_id, chunk_index, chunk_text, embedding,"
    "  embedding_model, line_start, line_end, page, vendor, document_type, tokens, metadata)"
    " SELECT $1, $2, c.index, c.text, c.vector::vector,"
    "  CASE WHEN c.vector IS NULL THEN NULL ELSE $4 END, c.first_line, c.last_line, c.page,"
    "  $5, $6, c.words, jsonb_strip_nulls(jsonb_build_object('section', c.section,"
    "   'facts', c.facts,"
    "   'text_line', nullif(c.text_line, c.first_line), 'title', d.original_filename,"
    "   'front_matter', c.front_matter,"
    "   'device', d.metadata ->> 'hostname'))"
    " FROM documents AS d, json_to_recordset($3::json) AS c(index integer, text text, vector text,"
    "  first_line integer, last_line integer, text_line integer, page integer, section text,"
    "  facts text, front_matter boolean, words tsvector) WHERE d.user_id = $1 AND d.id = $2",
};

DB_STATEMENT insert_vectors = {
    "document_insert_vectors",
    "INSERT INTO embedding_vectors (embedding_id, generation_id, embedding)"
    " SELECT e.id, $3, v.vector::vector FROM json_to_recordset($4::json)"
    "  AS v(index integer, vector text) JOIN embeddings AS e ON e.document_id = $2"
    "  AND e.chunk_index = v.index WHERE e.user_id = $1",
};

DB_STATEMENT set_analysis = {
    "document_set_analysis",
    "UPDATE documents SET file_type = $3, metadata = coalesce(metadata, '{}') || $4::jsonb"
    "  || jsonb_build_object('chunks', $5::bigint, 'embedded_chunks', $6::bigint)"
    " WHERE user_id = $1 AND id = $2 RETURNING metadata ->> 'hostname'",
};

static DbParam hex_param(Arena *arena, const Sha256 *digest)
{
    char hex[SHA256_HEX_SIZE];
    return db_text(arena_copy(arena, str_of(sha256_write_hex(digest, hex))));
}

static bool check_quota(Task *task, DbTransaction *transaction, const NewDocument *document)
{
    const DbRows *rows = NULL;
    const double gigabyte = 1024.0 * 1024.0 * 1024.0;
    DbParams params = DB_PARAMS(hex_param(task->arena, &document->digest));
    if (!db_transaction_query(task, transaction, &lock_storage, params, &rows))
        return false;
    uint64_t used = (uint64_t)MAX_OF(db_read_i64(rows, 0, 0), (int64_t)0);
    if (used <= document->quota_bytes && document->size_bytes <= document->quota_bytes - used)
        return true;
    task_fail(
        task, ERR_INSUFFICIENT_QUOTA,
        "file: your files take %.2f GB of the %.2f GB of your plan, and this one %.2f GB more: "
        "delete some first",
        (double)used / gigabyte, (double)document->quota_bytes / gigabyte,
        (double)document->size_bytes / gigabyte);
    return error_set_field(&task->error, "file");
}

bool document_insert(Task *task, DbTransaction *transaction, const NewDocument *document,
                     bool *out_inserted)
{
    const DbRows *rows = NULL;
    if (document->quota_bytes && !check_quota(task, transaction, document))
        return false;
    DbParams params = DB_PARAMS(
        db_uuid(&document->id), db_uuid(&task->user_id), db_text(document->filename),
        db_text(document->original_filename), db_text(str_of(document->file->kind->name)),
        db_i64((int64_t)document->size_bytes), db_text(document->storage_path),
        db_text(str_of(document->file->mime_type)), hex_param(task->arena, &document->digest),
        document->has_archive ? db_uuid(&document->archive_id) : db_null(),
        db_text_or_null(document->has_archive, document->archive_name));
    if (!db_transaction_query(task, transaction, &insert_document, params, &rows))
        return false;
    *out_inserted = rows->affected == 1;
    return true;
}

bool document_find_by_digest(Task *task, Db *db, const Sha256 *digest, SameDocument *out_same)
{
    const DbRows *rows = NULL;
    if (!db_query(task, db, &find_by_digest,
                  DB_PARAMS(db_uuid(&task->user_id), hex_param(task->arena, digest)), &rows))
        return false;
    *out_same = (SameDocument){.found = rows->count == 1};
    if (out_same->found) {
        out_same->id = db_read_uuid(rows, 0, 0);
        out_same->failed = db_read_bool(rows, 0, 1);
        out_same->storage_path = db_str(rows, 0, 2);
        out_same->archive_id = db_read_uuid(rows, 0, 3);
    }
    return true;
}

bool document_reset(Task *task, DbTransaction *transaction, const Uuid *id, bool *out_reset)
{
    const DbRows *rows = NULL;
    if (!db_transaction_query(task, transaction, &reset_document,
                              DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)), &rows))
        return false;
    *out_reset = rows->count == 1;
    return true;
}

static bool fail_not_found(Task *task)
{
    if (task->error.code == ERR_NOT_FOUND)
        task_fail(task, ERR_NOT_FOUND, "no such document");
    return false;
}

bool document_load_plan(Task *task, Db *db, Str *out_plan_tier)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, &load_plan, DB_PARAMS(db_uuid(&task->user_id)), &rows))
        return false;
    *out_plan_tier = db_str(rows, 0, 0);
    return true;
}

bool document_load_json(Task *task, Db *db, const Uuid *id, Str *out_json)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, &load_json, DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)), &rows))
        return fail_not_found(task);
    *out_json = db_str(rows, 0, 0);
    return true;
}

static Document read_document(const DbRows *rows, size_t row)
{
    return (Document){
        .id = db_read_uuid(rows, row, 0),
        .original_filename = db_str(rows, row, 1),
        .file_type = db_str(rows, row, 2),
        .storage_path = db_str(rows, row, 3),
        .size_bytes = db_read_i64(rows, row, 4),
        .has_archive = db_read_bool(rows, row, 5),
    };
}

bool document_load(Task *task, Db *db, const Uuid *id, Document *out_document)
{
    const DbRows *rows = NULL;
    if (!db_query_one(task, db, &load_document, DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)),
                      &rows))
        return fail_not_found(task);
    *out_document = read_document(rows, 0);
    return true;
}

static Str uuid_array(Arena *arena, const Uuid *ids, size_t count)
{
    char text[UUID_TEXT_SIZE];
    char *array = arena_alloc(arena, count * UUID_TEXT_SIZE + 3);
    size_t size = 0;
    array[size++] = '{';
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            array[size++] = ',';
        memcpy(array + size, uuid_write(&ids[i], text), UUID_TEXT_SIZE - 1);
        size += UUID_TEXT_SIZE - 1;
    }
    array[size++] = '}';
    return (Str){array, size};
}

static size_t count_distinct(const Uuid *ids, size_t count)
{
    size_t distinct = 0;
    for (size_t i = 0; i < count; i++) {
        size_t earlier = 0;
        while (earlier < i && !uuid_equal(&ids[earlier], &ids[i]))
            earlier++;
        distinct += earlier == i;
    }
    return distinct;
}

bool document_known_ids(Task *task, Db *db, const Uuid *ids, size_t count, Uuid **out_known,
                        size_t *out_known_count)
{
    const DbRows *rows = NULL;
    if (!db_query(task, db, &known_ids, DB_PARAMS(db_text(uuid_array(task->arena, ids, count))),
                  &rows))
        return false;
    *out_known = ARENA_ARRAY(task->arena, Uuid, rows->count);
    *out_known_count = rows->count;
    for (size_t i = 0; i < rows->count; i++)
        (*out_known)[i] = db_read_uuid(rows, i, 0);
    return true;
}

bool document_list_configs(Task *task, Db *db, const Uuid *ids, size_t id_count,
                           DocumentList *out_documents)
{
    const DbRows *rows = NULL;
    DbParam wanted = db_text_or_null(id_count > 0, uuid_array(task->arena, ids, id_count));
    if (!db_query(task, db, &list_configs,
                  DB_PARAMS(db_uuid(&task->user_id), wanted, db_i64(DOCUMENT_MAX_CONFIGS + 1)),
                  &rows))
        return false;
    if (id_count > 0 && rows->count != count_distinct(ids, id_count))
        return task_fail(task, ERR_NOT_FOUND,
                         "document_ids: not all of them are analysed configurations of yours");
    if (rows->count == 0)
        return task_fail(task, ERR_VALIDATION, "there are no analysed configurations");
    if (rows->count > DOCUMENT_MAX_CONFIGS) {
        return task_fail(task, ERR_VALIDATION,
                         "there are more than %d configurations: choose some by document_ids",
                         DOCUMENT_MAX_CONFIGS);
    }
    DocumentList list = {ARENA_ARRAY(task->arena, Document, rows->count), rows->count};
    for (size_t i = 0; i < rows->count; i++)
        list.items[i] = read_document(rows, i);
    *out_documents = list;
    return true;
}

bool document_list_json(Task *task, Db *db, const DocumentFilter *filter, Str *out_json)
{
    DbParams params = DB_PARAMS(PAGE_PARAMS(task, &filter->page),
                                db_text_or_null(!str_empty(filter->status), filter->status),
                                db_text_or_null(!str_empty(filter->file_type), filter->file_type));
    return page_load_json(task, db, &list_json, params, out_json);
}

static bool read_deleted_jobs(Task *task, Str text, DeletedDocument *deleted)
{
    const JsonValue *tasks = json_parse(task->arena, text, &task->error);
    if (!tasks)
        return false;
    deleted->jobs = ARENA_ARRAY(task->arena, DeletedJob, tasks->count);
    deleted->job_count = tasks->count;
    for (size_t i = 0; i < tasks->count; i++) {
        const JsonValue *item = &tasks->items[i];
        DeletedJob *job = &deleted->jobs[i];
        const JsonValue *is_running = json_get(item, "is_running");
        job->celery_id = json_str_or(item, "celery_task_id", STR(""));
        job->is_running = is_running && is_running->boolean;
        if (!uuid_parse(json_str_or(item, "id", STR("")), &job->id))
            return task_fail(task, ERR_INTERNAL, "document_delete returned a malformed task");
    }
    return true;
}

bool document_delete(Task *task, Db *db, const Uuid *id, DeletedDocument *out_deleted)
{
    const DbRows *rows = NULL;
    DeletedDocument deleted = {0};
    if (!db_query_one(task, db, &delete_document, DB_PARAMS(db_uuid(id)), &rows))
        return fail_not_found(task);
    deleted.storage_path = db_str(rows, 0, 0);
    if (!read_deleted_jobs(task, db_str(rows, 0, 1), &deleted))
        return false;
    *out_deleted = deleted;
    return true;
}

bool document_delete_chunks(Task *task, DbTransaction *transaction, const Uuid *id)
{
    return db_transaction_query(task, transaction, &delete_chunks,
                                DB_PARAMS(db_uuid(&task->user_id), db_uuid(id)), NULL);
}

static void write_chunk(JsonWriter *json, const DocumentChunk *chunk, size_t index, Str words)
{
    const TextChunk *source = &chunk->source;
    json_begin_object(json);
    json_field_u64(json, "index", index);
    json_field_str(json, "text", source->text);
    json_field_str(json, "words", words);
    if (!str_empty(source->section))
        json_field_str(json, "section", source->section);
    if (!str_empty(source->facts))
        json_field_str(json, "facts", source->facts);
    if (!str_empty(chunk->vector))
        json_field_str(json, "vector", chunk->vector);
    if (source->first_line) {
        json_field_u64(json, "first_line", source->first_line);
        json_field_u64(json, "last_line", source->last_line);
        json_field_u64(json, "text_line", source->text_line);
    }
    if (source->is_front_matter)
        json_field_bool(json, "front_matter", true);
    if (source->page)
        json_field_u64(json, "page", source->page);
    json_end(json);
}

bool document_insert_chunks(Task *task, DbTransaction *transaction, const DocumentChunkBatch *batch)
{
    Str chunks;
    ArenaMark mark = arena_mark(task->arena);
    JsonWriter *json = json_writer_new(task->arena, CHUNKS_JSON_MAX_BYTES);
    json_begin_array(json);
    for (size_t i = 0; i < batch->count; i++)
        write_chunk(json, &batch->chunks[i], batch->first_index + i,
                    words_of_chunk(task->arena, &batch->chunks[i].source, batch->device));
    json_end(json);
    check(json_writer_text(json, &chunks));
    DbParams params =
        DB_PARAMS(db_uuid(&task->user_id), db_uuid(&batch->document_id), db_text(chunks),
                  db_text(batch->model), db_text_or_null(!str_empty(batch->vendor), batch->vendor),
                  db_text(batch->file_type));
    bool inserted = db_transaction_query(task, transaction, &insert_chunks, params, NULL);
    arena_reset(task->arena, mark);
    return inserted;
}

bool document_insert_vectors(Task *task, DbTransaction *transaction,
                             const DocumentVectorBatch *batch)
{
    Str vectors;
    ArenaMark mark = arena_mark(task->arena);
    JsonWriter *json = json_writer_new(task->arena, CHUNKS_JSON_MAX_BYTES);
    json_begin_array(json);
    for (size_t i = 0; i < batch->count; i++) {
        if (str_empty(batch->vectors[i]))
            continue;
        json_begin_object(json);
        json_field_u64(json, "index", batch->first_index + i);
        json_field_str(json, "vector", batch->vectors[i]);
        json_end(json);
    }
    json_end(json);
    check(json_writer_text(json, &vectors));
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), db_uuid(&batch->document_id),
                                db_i64(batch->generation), db_text(vectors));
    bool inserted = db_transaction_query(task, transaction, &insert_vectors, params, NULL);
    arena_reset(task->arena, mark);
    return inserted;
}

bool document_set_analysis(Task *task, DbTransaction *transaction, const Uuid *id,
                           const DocumentAnalysis *analysis, Str *out_device)
{
    const DbRows *rows = NULL;
    DbParams params = DB_PARAMS(db_uuid(&task->user_id), db_uuid(id), db_text(analysis->file_type),
                                db_text(analysis->metadata), db_i64((int64_t)analysis->chunks),
                                db_i64((int64_t)analysis->embedded_chunks));
    if (!db_transaction_query(task, transaction, &set_analysis, params, &rows))
        return false;
    if (rows->count != 1)
        return task_fail(task, ERR_NOT_FOUND, "the document has been deleted");
    *out_device = db_is_null(rows, 0, 0) ? STR("") : db_str(rows, 0, 0);
    return true;
}
