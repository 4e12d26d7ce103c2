/* SPDX-License-Identifier: Apache-2.0 */
#include "app/upload.h"

#include "app/remote.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum {
    POLL_MIN_MS = 50,
    POLL_MAX_MS = 1000,
    EXIT_INTERRUPTED = 128 + SIGINT,
    LEFT_OUT_NAMES = 5, /* of an archive; `--json` has more */
    LEFT_OUT_MAX_BYTES = 4096,
};

static Str text_of(const JsonValue *value, const char *key)
{
    return json_str_or(value, key, STR(""));
}

static void report_failure(Upload *upload, const Error *error)
{
    upload_bar_clear(&upload->bar);
    int status = command_fail(error);
    if (upload->exit_status == 0)
        upload->exit_status = status;
}

/* False when no other file can be sent either. */
static bool fail_file(Task *task, Upload *upload, const char *path)
{
    if (task_is_cancelled(task) || upload->cannot_go_on)
        return false;
    error_prefix(&task->error, "%s: ", path);
    report_failure(upload, &task->error);
    task_forget_error(task);
    upload->failed++;
    return true;
}

static bool has_ended(const JsonValue *document)
{
    Str status = text_of(document, "status");
    return str_equal(status, STR("completed")) || str_equal(status, STR("failed"));
}

static const JsonValue *members_of(const JsonValue *document)
{
    static const JsonValue none = {.type = JSON_IS_ARRAY};
    const JsonValue *members = json_get(json_get(document, "archive"), "members");
    return members && members->type == JSON_IS_ARRAY ? members : &none;
}

static size_t count_ended(const JsonValue *members)
{
    size_t ended = 0;
    for (size_t i = 0; i < members->count; i++)
        ended += has_ended(&members->items[i]);
    return ended;
}

/* An archive has ended when all files that came out of it have. */
static bool all_ended(const JsonValue *document)
{
    const JsonValue *members = members_of(document);
    return has_ended(document) && count_ended(members) == members->count;
}

/* An analysis that failed is a failure of the command. */
static void report_if_failed(Upload *upload, const JsonValue *document, const char *path,
                             Str member)
{
    Error error = {0};
    if (!str_equal(text_of(document, "status"), STR("failed")))
        return;
    error_set(&error, ERR_VALIDATION, "%s%s%.*s: %.*s", path, str_empty(member) ? "" : ":",
              STR_ARGS(member), STR_ARGS(text_of(document, "failure_reason")));
    report_failure(upload, &error);
    upload->failed++;
}

static void print_left_out(const JsonValue *document, const char *path)
{
    auto_strbuf StrBuf text = {0};
    const JsonValue *counts = json_get(json_get(document, "metadata"), "archive");
    const JsonValue *left = json_get(json_get(document, "archive"), "left_out");
    int64_t total = json_i64_or(counts, "left_out", 0);
    Str problem = text_of(counts, "incomplete");
    strbuf_init(&text, LEFT_OUT_MAX_BYTES);
    for (size_t i = 0; left && i < MIN_OF(left->count, (size_t)LEFT_OUT_NAMES); i++) {
        const JsonValue *item = &left->items[i];
        strbuf_printf(&text, "%s%.*s (%.*s)", i ? ", " : "", STR_ARGS(text_of(item, "name")),
                      STR_ARGS(text_of(item, "reason")));
    }
    if (total > 0)
        fprintf(stderr, "netguru: %s: left out %lld: %.*s%s\n", path, (long long)total,
                STR_ARGS(strbuf_str(&text)), total > LEFT_OUT_NAMES ? ", …" : "");
    if (!str_empty(problem))
        fprintf(stderr, "netguru: %s: not unpacked to its end: %.*s\n", path, STR_ARGS(problem));
}

static void print_member(const JsonValue *member)
{
    const JsonValue *is_new = json_get(member, "is_new");
    const char *remark = is_new && !is_new->boolean ? "(already there)" : "";
    remote_print_document(member, remark);
}

/* Prints the document, and those of its files that have ended and were not printed before. */
static void report_archive(Upload *upload, const JsonValue *document, UploadedDocument *uploaded)
{
    const JsonValue *members = members_of(document);
    upload_bar_clear(&upload->bar);
    if (!uploaded->is_printed && !upload->as_json)
        remote_print_document(document, uploaded->is_duplicate ? "(already there)" : "");
    uploaded->is_printed = true;
    while (uploaded->members < members->count && has_ended(&members->items[uploaded->members])) {
        const JsonValue *member = &members->items[uploaded->members++];
        if (!upload->as_json)
            print_member(member);
        report_if_failed(upload, member, uploaded->path, text_of(member, "name"));
    }
}

/* Prints the document as it is now; one whose analysis failed is a failure of the command. */
static void finish_document(Upload *upload, const JsonValue *document, UploadedDocument *uploaded)
{
    report_archive(upload, document, uploaded);
    if (upload->as_json)
        (void)remote_print_json(document);
    print_left_out(document, uploaded->path);
    upload->bar.analysed += has_ended(document);
    report_if_failed(upload, document, uploaded->path, STR(""));
}

static void take_document(Upload *upload, const UploadFile *file, const UploadAnswer *answer)
{
    UploadedDocument uploaded = {
        .id = arena_copy(upload->command->arena, text_of(answer->document, "id")),
        .path = file->path,
        .is_duplicate = answer->is_duplicate};
    upload->uploaded++;
    upload->duplicates += answer->is_duplicate;
    upload->progress_ms = loop_now_ms(upload->loop);
    if (!upload->waits || all_ended(answer->document)) {
        finish_document(upload, answer->document, &uploaded);
        return;
    }
    *VEC_PUSH(upload->command->arena, &upload->documents) = uploaded;
    wait_wake(upload->follower->wait);
}

static bool upload_file(Task *task, UploadWorker *worker, const UploadFile *file)
{
    UploadAnswer answer;
    Upload *upload = worker->upload;
    Str url = arena_printf(task->arena, "%.*s/api/v1/files/upload",
                           STR_ARGS(client_server(upload->client)));
    worker->begun_ms = loop_now_ms(upload->loop);
    *worker->shown = (UploadBarFile){.path = file->path};
    bool done = upload_request(task, worker, file, url, &answer);
    *worker->shown = (UploadBarFile){0};
    if (done)
        take_document(upload, file, &answer);
    else if (!fail_file(task, upload, file->path))
        return false;
    upload->bar.files_done++;
    upload->bar.done_bytes += file->size_bytes;
    return true;
}

static bool worker_main(Task *task, void *argument)
{
    UploadWorker *worker = argument;
    Upload *upload = worker->upload;
    bool goes_on = true;
    while (goes_on && upload->next < upload->list.files.count) {
        ArenaMark mark = arena_mark(task->arena);
        goes_on = upload_file(task, worker, &upload->list.files.items[upload->next++]);
        arena_reset(task->arena, mark);
    }
    upload->uploading--;
    wait_wake(upload->follower->wait);
    return goes_on;
}

/* Reports what has ended since the last time. Returns whether everything has. */
static bool take_progress(Upload *upload, const JsonValue *document, UploadedDocument *uploaded)
{
    if (all_ended(document))
        return true;
    size_t before = uploaded->members;
    if (has_ended(document))
        report_archive(upload, document, uploaded);
    if (uploaded->members > before)
        upload->progress_ms = loop_now_ms(upload->loop);
    return false;
}

/* Waits for the end of the analysis, and gives up when none has ended for a long time. */
static bool follow_document(Task *task, UploadWorker *worker, UploadedDocument *uploaded)
{
    UploadAnswer answer;
    Upload *upload = worker->upload;
    uint32_t poll_ms = POLL_MIN_MS;
    Str url = arena_printf(task->arena, "%.*s/api/v1/files/%.*s",
                           STR_ARGS(client_server(upload->client)), STR_ARGS(uploaded->id));
    for (;; poll_ms = MIN_OF(poll_ms * 3 / 2, (uint32_t)POLL_MAX_MS)) {
        ArenaMark mark = arena_mark(task->arena);
        if (!upload_request(task, worker, NULL, url, &answer))
            return false;
        if (take_progress(upload, answer.document, uploaded))
            break;
        if (loop_now_ms(upload->loop) - upload->progress_ms > UPLOAD_PATIENCE_MS) {
            return task_fail(task, ERR_TIMEOUT, "still %.*s, and no progress for %d minutes",
                             STR_ARGS(text_of(answer.document, "status")),
                             UPLOAD_PATIENCE_MS / 60000);
        }
        arena_reset(task->arena, mark);
        if (!task_sleep(task, poll_ms))
            return false;
    }
    upload->progress_ms = loop_now_ms(upload->loop);
    finish_document(upload, answer.document, uploaded);
    return true;
}

/* Follows the documents in the order in which they were uploaded, which is about the order in
 * which they are analysed. */
static bool follower_main(Task *task, void *argument)
{
    UploadWorker *worker = argument;
    Upload *upload = worker->upload;
    while (upload->uploading > 0 || upload->followed < upload->documents.count) {
        if (upload->followed == upload->documents.count) {
            worker->wait = task_wait_begin(task);
            if (!task_wait(task, worker->wait))
                return false;
            continue;
        }
        ArenaMark mark = arena_mark(task->arena);
        UploadedDocument uploaded = upload->documents.items[upload->followed++];
        worker->begun_ms = loop_now_ms(upload->loop);
        if (!follow_document(task, worker, &uploaded) && !fail_file(task, upload, uploaded.path))
            return false;
        arena_reset(task->arena, mark);
    }
    return true;
}

void upload_leave(Upload *upload)
{
    if (upload->ended && !upload->renewing)
        loop_stop(upload->loop);
}

static void upload_main(Task *task, void *argument)
{
    Upload *upload = argument;
    uint32_t count = 0;
    TaskPart parts[UPLOAD_MAX_JOBS + 1];
    for (; count < upload->jobs; count++)
        parts[count] = (TaskPart){"upload.file", worker_main, &upload->workers[count]};
    upload->uploading = count;
    if (upload->waits)
        parts[count++] = (TaskPart){"upload.follow", follower_main, upload->follower};
    upload->progress_ms = loop_now_ms(upload->loop);
    if (!task_run_all(task, parts, count) && !upload->interrupted)
        report_failure(upload, &task->error);
    upload->ended = true;
    upload_leave(upload);
}

static void on_interrupt(uv_signal_t *handle, int signal_number)
{
    Upload *upload = handle->data;
    if (upload->interrupted)
        _exit(128 + signal_number);
    upload->interrupted = true;
    task_cancel(upload->loop, upload->main_task);
    upload_hurry_renewal(upload);
}

static void draw_bar(LoopTimer *timer)
{
    Upload *upload = CONTAINER_OF(timer, Upload, bar_timer);
    upload_bar_draw(&upload->bar, loop_now_ms(upload->loop));
    loop_timer_set(upload->loop, timer, loop_now_ms(upload->loop) + UPLOAD_BAR_INTERVAL_MS);
}

/* Like the other commands, leaves an interrupt alone that the shell has told it to ignore. */
static void listen_to_interrupt(Upload *upload)
{
    struct sigaction former;
    sigaction(SIGINT, NULL, &former);
    uv_signal_init(loop_uv(upload->loop), &upload->interrupt);
    uv_unref((uv_handle_t *)&upload->interrupt);
    upload->interrupt.data = upload;
    if (former.sa_handler == SIG_DFL)
        uv_signal_start(&upload->interrupt, on_interrupt, SIGINT);
}

static bool run_loop(Upload *upload, Error *error)
{
    upload->loop = loop_new(&(LoopOptions){0});
    upload->outgoing = outgoing_new(upload->loop, &(OutgoingOptions){0}, error);
    if (upload->outgoing) {
        listen_to_interrupt(upload);
        upload->bar_timer = (LoopTimer){.run = draw_bar, .is_background = true};
        draw_bar(&upload->bar_timer);
        upload->main_task = task_spawn_background(upload->loop, "upload", upload_main, upload);
        loop_run(upload->loop);
        upload_bar_draw(&upload->bar, loop_now_ms(upload->loop));
        upload_bar_clear(&upload->bar);
        loop_timer_stop(&upload->bar_timer);
        outgoing_free(upload->outgoing);
        uv_close((uv_handle_t *)&upload->interrupt, NULL);
    }
    loop_free(upload->loop);
    return upload->outgoing != NULL;
}

static void print_interrupted(const Upload *upload)
{
    size_t files = upload->list.files.count;
    const char *then = upload->uploaded == files ? "the analyses go on without this command"
                                                 : "run it again to upload the rest";
    fprintf(stderr, "netguru: interrupted: %u of %zu files uploaded; %s\n", upload->uploaded, files,
            then);
}

static int print_summary(const Upload *upload)
{
    size_t files = upload->list.files.count;
    uint32_t failed = upload->failed + upload->list.unreadable;
    if (upload->interrupted) {
        print_interrupted(upload);
        return EXIT_INTERRUPTED;
    }
    if (files > 1 || failed > 1)
        fprintf(stderr, "netguru: %u of %zu files uploaded (%u already there), %u failed\n",
                upload->uploaded, files, upload->duplicates, failed);
    upload_list_print_skipped(&upload->list);
    return upload->exit_status;
}

static void prepare(Upload *upload)
{
    upload->jobs = (uint32_t)MIN_OF((size_t)upload->jobs, upload->list.files.count);
    upload->follower = &upload->workers[UPLOAD_MAX_JOBS];
    upload->exit_status = upload->list.exit_status;
    for (size_t i = 0; i < COUNT_OF(upload->workers); i++) {
        upload->workers[i].upload = upload;
        upload->workers[i].shown = i < UPLOAD_MAX_JOBS ? &upload->bar.current[i] : NULL;
    }
    upload->bar = (UploadBar){.is_shown = isatty(STDERR_FILENO) != 0,
                              .files = (uint32_t)upload->list.files.count,
                              .size_bytes = upload->list.size_bytes,
                              .waits = upload->waits};
}

static int upload_all(Upload *upload)
{
    Error error = {0};
    for (int i = 0; i < upload->command->argc; i++) {
        if (!upload_list_add(&upload->list, upload->command->argv[i], &error))
            return command_fail(&error);
    }
    if (upload->list.files.count == 0) {
        upload_list_print_skipped(&upload->list);
        error_set(&error, ERR_VALIDATION, "there is no file to upload");
        return upload->list.exit_status ? upload->list.exit_status : command_fail(&error);
    }
    prepare(upload);
    return run_loop(upload, &error) ? print_summary(upload) : command_fail(&error);
}

int command_upload(Command *command)
{
    Error error = {0};
    Upload *upload = ARENA_NEW(command->arena, Upload);
    *upload = (Upload){.command = command, .jobs = UPLOAD_JOBS, .list = {.arena = command->arena}};
    upload->waits = command_take_flag(command, "--wait");
    upload->as_json = command_take_flag(command, "--json");
    if (!command_take_number(command, "--jobs", 1, UPLOAD_MAX_JOBS, &upload->jobs))
        return 2;
    if (command->argc == 0)
        return command_misuse(command, "name the files or folders to upload");
    upload->client = client_load(command, &error);
    if (!upload->client)
        return command_fail(&error);
    int status = upload_all(upload);
    client_free(upload->client);
    return status;
}
