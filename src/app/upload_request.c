/* SPDX-License-Identifier: Apache-2.0 */
#include "app/upload.h"

#include "base/random.h"
#include "net/outgoing/body.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    ANSWER_MAX_BYTES = 16 * 1024 * 1024,
    FIRST_WAIT_MS = 100,
    MOST_DOUBLINGS = 6, /* up to 6.4 s */
    JITTER_MS = 250,
    SAY_INTERVAL_MS = 10 * 1000,
    LOCK_POLL_MS = 20,
    REFRESH_WAIT_MS = 500,
    RENEWAL_TIMEOUT_MS = 120 * 1000,
    RENEWAL_GRACE_MS = 2000,
};

/* One request and what came of it; the texts are in the task's arena. */
typedef struct {
    UploadWorker *worker;
    const UploadFile *file; /* NULL: a GET */
    Str url;
    Str token;  /* that was sent */
    int status; /* 0: no answer */
    uint32_t retry_after_s;
    bool is_duplicate;
    Str body;
    uint32_t attempts;
    bool renewed;
} Exchange;

static void close_file(const int *file)
{
    if (*file >= 0)
        close(*file);
}

#define auto_file AUTO(close_file)

static void on_sent(void *context, uint64_t sent_bytes)
{
    const Exchange *exchange = context;
    /* The form around the file counts as sent too. */
    exchange->worker->shown->sent_bytes = MIN_OF(sent_bytes, exchange->file->size_bytes);
}

static OutgoingRequest make_request(Arena *arena, Exchange *exchange)
{
    OutgoingHeader *headers = ARENA_ARRAY(arena, OutgoingHeader, 1);
    exchange->token = arena_copy(arena, client_access_token(exchange->worker->upload->client));
    headers[0] = (OutgoingHeader){STR("Authorization"),
                                  arena_printf(arena, "Bearer %.*s", STR_ARGS(exchange->token))};
    return (OutgoingRequest){.method = exchange->file ? "POST" : "GET",
                             .url = exchange->url,
                             .headers = headers,
                             .header_count = 1,
                             .reach = OUTGOING_ANY,
                             .first_byte_timeout_ms = UPLOAD_PATIENCE_MS,
                             .idle_timeout_ms = UPLOAD_PATIENCE_MS,
                             .on_sent = exchange->file ? on_sent : NULL,
                             .context = exchange};
}

static bool open_file(Task *task, const char *path, int *out_file, uint64_t *out_size)
{
    struct stat status;
    /* Opening a pipe must not wait for its writer. */
    *out_file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*out_file < 0 || fstat(*out_file, &status) != 0)
        return error_set_errno(&task->error, errno, "opening the file");
    if (!S_ISREG(status.st_mode))
        return task_fail(task, ERR_VALIDATION, "not a regular file");
    *out_size = (uint64_t)status.st_size;
    return true;
}

static OutgoingCall *start(Task *task, Exchange *exchange, int file, uint64_t size_bytes)
{
    OutgoingRequest *request = ARENA_NEW(task->arena, OutgoingRequest);
    Outgoing *outgoing = exchange->worker->upload->outgoing;
    *request = make_request(task->arena, exchange);
    if (!exchange->file)
        return outgoing_call_start(task, outgoing, request);
    const char *slash = strrchr(exchange->file->path, '/');
    OutgoingForm form = {.file_field = STR("file"),
                         .file_name = str_of(slash ? slash + 1 : exchange->file->path),
                         .file = file,
                         .file_bytes = size_bytes};
    exchange->worker->shown->sent_bytes = 0;
    return outgoing_form_start(task, outgoing, request, &form);
}

/* False when there was no answer. */
static bool send_once(Task *task, Exchange *exchange)
{
    auto_file int file = -1;
    uint64_t size_bytes = 0;
    exchange->status = 0;
    exchange->retry_after_s = 0;
    if (exchange->file && !open_file(task, exchange->file->path, &file, &size_bytes))
        return false;
    OutgoingCall *call = start(task, exchange, file, size_bytes);
    bool done = call && outgoing_call_answer(task, call) &&
                outgoing_call_read_all(task, call, ANSWER_MAX_BYTES, &exchange->body);
    if (done) {
        exchange->status = outgoing_call_status(call);
        exchange->is_duplicate = !str_empty(outgoing_call_header(call, STR("X-Duplicate")));
        (void)!str_parse_u32(outgoing_call_header(call, STR("Retry-After")),
                             &exchange->retry_after_s);
        exchange->worker->upload->answered = true;
    }
    outgoing_call_end(call);
    return done;
}

static bool is_busy(int status)
{
    return status == 429 || status == 503;
}

static uint32_t random_below(uint32_t limit)
{
    uint32_t value;
    random_bytes(&value, sizeof(value));
    return value % limit;
}

/* The requests go on one after another, not all in the same moment. */
static bool wait_for_hold(Task *task, Upload *upload)
{
    uint64_t now_ms;
    while ((now_ms = loop_now_ms(upload->loop)) < upload->hold_until_ms) {
        uint64_t wait_ms = upload->hold_until_ms - now_ms + random_below(JITTER_MS);
        if (!task_sleep(task, (uint32_t)wait_ms))
            return false;
    }
    return true;
}

static void say_wait(Upload *upload, uint64_t wait_ms, const Error *why)
{
    uint64_t now_ms = loop_now_ms(upload->loop);
    if (upload->bar.is_shown || (upload->said_ms && now_ms - upload->said_ms < SAY_INTERVAL_MS))
        return;
    upload->said_ms = now_ms;
    fprintf(stderr, "netguru: waiting %.1f s: %s\n", (double)wait_ms / 1000, why->message);
}

/* Holds all requests back for the time the server asks for, or for one that doubles with each
 * attempt. False when that is longer than our patience; task->error says why it is needed. */
static bool hold(Task *task, Exchange *exchange)
{
    UploadWorker *worker = exchange->worker;
    Upload *upload = worker->upload;
    uint64_t now_ms = loop_now_ms(upload->loop);
    uint64_t own_ms = (uint64_t)FIRST_WAIT_MS << MIN_OF(exchange->attempts, MOST_DOUBLINGS);
    uint64_t wait_ms = MAX_OF((uint64_t)exchange->retry_after_s * 1000, own_ms);
    wait_ms += random_below((uint32_t)(own_ms / 4 + 1));
    exchange->attempts++;
    if (now_ms + wait_ms > MAX_OF(upload->progress_ms, worker->begun_ms) + UPLOAD_PATIENCE_MS) {
        Error why = task->error;
        upload->cannot_go_on = true; /* no file fares better while the server answers this */
        return task_fail(task, why.code, "gave up, as %d minutes would pass without progress: %s",
                         UPLOAD_PATIENCE_MS / 60000, why.message);
    }
    say_wait(upload, wait_ms, &task->error);
    upload->hold_until_ms = MAX_OF(upload->hold_until_ms, now_ms + wait_ms);
    upload->bar.paused_until_ms = upload->hold_until_ms;
    return true;
}

static bool refresh_once(Task *task, Upload *upload, Str json, int *out_status)
{
    OutgoingAnswer answer;
    OutgoingHeader type = {STR("Content-Type"), STR("application/json")};
    Str url = arena_printf(task->arena, "%.*s" CLIENT_REFRESH_PATH,
                           STR_ARGS(client_server(upload->client)));
    OutgoingRequest request = {.method = "POST",
                               .url = url,
                               .headers = &type,
                               .header_count = 1,
                               .reach = OUTGOING_ANY,
                               .body = json};
    *out_status = 0;
    if (!outgoing_fetch(task, upload->outgoing, &request, ANSWER_MAX_BYTES, &answer))
        return false;
    *out_status = answer.status;
    return client_renewal_take(upload->client, task->arena, answer.status, answer.body,
                               &task->error);
}

/* A server that is busy has not used the token. */
static bool refresh(Task *task, Upload *upload, Str json)
{
    int status = 0;
    while (!refresh_once(task, upload, json, &status)) {
        if (!is_busy(status))
            return false;
        task_forget_error(task);
        if (!task_sleep(task, REFRESH_WAIT_MS + random_below(JITTER_MS)))
            return false;
    }
    return true;
}

static bool renew(Task *task, Upload *upload)
{
    Str json = {0};
    ClientRenewal state;
    task_deadline_narrow(task, RENEWAL_TIMEOUT_MS);
    while ((state = client_renewal_begin(upload->client, task->arena, &json, &task->error)) ==
           RENEWAL_BUSY) {
        if (!task_sleep(task, LOCK_POLL_MS))
            return false;
    }
    bool done = state == RENEWAL_STORED || (state == RENEWAL_NEEDED && refresh(task, upload, json));
    client_renewal_end(upload->client);
    return done || client_renewal_error(&task->error);
}

static void renewal_main(Task *task, void *argument)
{
    Upload *upload = argument;
    if (!renew(task, upload))
        upload->renewal_error = task->error;
    upload->renewing = false;
    loop_timer_stop(&upload->renewal_timer);
    for (size_t i = 0; i < COUNT_OF(upload->workers); i++)
        wait_wake(upload->workers[i].wait);
    upload_leave(upload);
}

/* The first task whose token is refused has the session renewed; the others wait for it. */
static bool wait_for_renewal(Task *task, UploadWorker *worker, Str refused_token)
{
    Upload *upload = worker->upload;
    if (!upload->renewing && !upload->renewal_error.code &&
        str_equal(client_access_token(upload->client), refused_token)) {
        upload->renewing = true;
        upload->renewal_task =
            task_spawn_background(upload->loop, "upload.renew", renewal_main, upload);
    }
    while (upload->renewing) {
        worker->wait = task_wait_begin(task);
        if (!task_wait(task, worker->wait))
            return false;
    }
    if (!upload->renewal_error.code)
        return true;
    task->error = upload->renewal_error;
    upload->cannot_go_on = true;
    return false;
}

static void cancel_renewal(LoopTimer *timer)
{
    Upload *upload = CONTAINER_OF(timer, Upload, renewal_timer);
    task_cancel(upload->loop, upload->renewal_task);
}

void upload_hurry_renewal(Upload *upload)
{
    if (!upload->renewing)
        return;
    upload->renewal_timer.run = cancel_renewal;
    loop_timer_set(upload->loop, &upload->renewal_timer,
                   loop_now_ms(upload->loop) + RENEWAL_GRACE_MS);
}

/* A server that has never answered is not worth waiting for. */
static bool may_pass(const Task *task, const Exchange *exchange, bool answered)
{
    if (answered)
        return is_busy(exchange->status);
    return task->error.code == ERR_UNAVAILABLE && exchange->worker->upload->answered;
}

/* A server that was silent for all our patience, or that was never there. */
static bool is_gone(const Task *task, const Exchange *exchange)
{
    return task->error.code == ERR_TIMEOUT ||
           (task->error.code == ERR_UNAVAILABLE && !exchange->worker->upload->answered);
}

/* What follows from the answer, or from there being none. */
static bool try_again(Task *task, Exchange *exchange, bool answered, bool *out_again)
{
    *out_again = false;
    if (answered && exchange->status == 401 && !exchange->renewed) {
        *out_again = true;
        exchange->renewed = true;
        return wait_for_renewal(task, exchange->worker, exchange->token);
    }
    if (answered && exchange->status >= 200 && exchange->status < 300)
        return true;
    if (answered)
        client_answer_error(task->arena, exchange->status, exchange->body, &task->error);
    if (!may_pass(task, exchange, answered)) {
        exchange->worker->upload->cannot_go_on |= !answered && is_gone(task, exchange);
        return false;
    }
    *out_again = hold(task, exchange);
    if (*out_again)
        task_forget_error(task);
    return *out_again;
}

bool upload_request(Task *task, UploadWorker *worker, const UploadFile *file, Str path,
                    UploadAnswer *out_answer)
{
    bool again = true;
    Exchange exchange = {.worker = worker, .file = file, .url = path};
    while (again) {
        ArenaMark mark = arena_mark(task->arena);
        if (!wait_for_hold(task, worker->upload))
            return false;
        bool answered = send_once(task, &exchange);
        if (task_is_cancelled(task) || !try_again(task, &exchange, answered, &again))
            return false;
        if (again)
            arena_reset(task->arena, mark);
    }
    out_answer->status = exchange.status;
    out_answer->is_duplicate = exchange.is_duplicate;
    out_answer->document = json_parse(task->arena, exchange.body, &task->error);
    return out_answer->document != NULL;
}
