/* SPDX-License-Identifier: Apache-2.0 */
#include "documents/document_record.h"

#include "documents/document_reconcile.h"

enum { SPACE_CHECK_BYTES = 16 * 1024 * 1024 };

bool document_write(Task *task, const Services *services, FileUpload *upload, Str bytes)
{
    uint64_t size = file_upload_size(upload);
    uint64_t checked = (size + SPACE_CHECK_BYTES - 1) / SPACE_CHECK_BYTES * SPACE_CHECK_BYTES;
    uint64_t reserve = (uint64_t)config_int(services->settings, "NETGURU_DISK_RESERVE_MB") << 20;
    if (size + bytes.size > checked &&
        !file_store_check_space(task, services->store_dir, SPACE_CHECK_BYTES, reserve))
        return false;
    return file_upload_write(task, upload, bytes);
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
        .is_of_archive = document->has_archive,
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
 * several uploads at once, only one does. A member of an archive that an earlier attempt of the
 * same job stored counts as inserted. */
static bool take_same(Task *task, const Services *services, FileUpload *upload,
                      NewDocument *document, bool *out_inserted)
{
    SameDocument same;
    bool is_reset = false;
    if (!document_find_by_digest(task, services->db, &document->digest, &same))
        return false;
    if (!same.found)
        return task_fail(task, ERR_CONFLICT, "the same file is being deleted: try again");
    document->id = same.id;
    *out_inserted = document->has_archive && uuid_equal(&same.archive_id, &document->archive_id);
    if (!restore_file(task, services, &same, upload))
        return false;
    if (!same.failed)
        return true;
    auto_transaction DbTransaction *transaction = db_begin(task, services->db);
    return transaction && document_reset(task, transaction, &document->id, &is_reset) &&
           (!is_reset || enqueue(task, services, transaction, document, NULL));
}

bool document_record(Task *task, const Services *services, JobRun *run, FileUpload *upload,
                     NewDocument *document, bool *out_inserted)
{
    auto_transaction DbTransaction *transaction = db_begin(task, services->db);
    if (!transaction || (run && !job_hold_briefly(task, run, transaction)) ||
        !document_insert(task, transaction, document, out_inserted))
        return false;
    if (*out_inserted)
        return enqueue(task, services, transaction, document, upload);
    db_transaction_release(&transaction);
    return take_same(task, services, upload, document, out_inserted);
}
