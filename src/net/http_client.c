/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_client.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "net/outgoing/body.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEFAULT_TIMEOUT_S = 60, BODY_MAX_BYTES = 256 * 1024 * 1024, OUTPUT_POLL_MS = 50 };

struct HttpClient {
    Loop *loop;
    Outgoing *outgoing;
    uv_signal_t interrupt;
    TaskId task;
};

typedef struct {
    HttpClient *client;
    Arena *arena;
    const HttpCall *call;
    HttpReply reply;
    Error error;
    uint64_t total_bytes;
    bool done;
} Run;

static void on_interrupt(uv_signal_t *handle, int signal_number)
{
    HttpClient *client = handle->data;
    (void)signal_number;
    task_cancel(client->loop, client->task);
}

HttpClient *http_client_new(void)
{
    Error error = {0};
    struct sigaction former;
    HttpClient *client = MEM_NEW(HttpClient);
    sigaction(SIGPIPE, NULL, &former);
    client->loop = loop_new(&(LoopOptions){0});
    client->outgoing = outgoing_new(client->loop, &(OutgoingOptions){0}, &error);
    check(client->outgoing);
    sigaction(SIGPIPE, &former, NULL);
    uv_signal_init(loop_uv(client->loop), &client->interrupt);
    uv_unref((uv_handle_t *)&client->interrupt);
    client->interrupt.data = client;
    return client;
}

void http_client_free(HttpClient *client)
{
    if (!client)
        return;
    outgoing_free(client->outgoing);
    uv_close((uv_handle_t *)&client->interrupt, NULL);
    loop_free(client->loop);
    mem_free(client);
}

static void on_sent(void *context, uint64_t sent_bytes)
{
    const Run *run = context;
    /* libcurl also counts the form around the file as sent, which is not part of the file. */
    run->call->on_progress(run->call->context, MIN_OF(sent_bytes, run->total_bytes),
                           run->total_bytes);
}

/* Starts the upload of a form with the open file. Its size is the file's current size. */
static OutgoingCall *start_upload(Task *task, Run *run, OutgoingRequest *request, int file)
{
    struct stat status;
    const HttpCall *call = run->call;
    const char *slash = strrchr(call->file_path, '/');
    const char *name = slash ? slash + 1 : call->file_path;
    if (file < 0 || fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) {
        error_set_errno(&task->error, file < 0 ? errno : EINVAL, call->file_path);
        return NULL;
    }
    OutgoingForm form = {.file_field = STR("file"),
                         .file_name = str_of(call->file_name ? call->file_name : name),
                         .file = file,
                         .file_bytes = (uint64_t)status.st_size};
    run->total_bytes = form.file_bytes;
    return outgoing_form_start(task, run->client->outgoing, request, &form);
}

static void add_header(OutgoingRequest *request, OutgoingHeader *headers, Str name, Str value)
{
    headers[request->header_count++] = (OutgoingHeader){name, value};
}

static OutgoingCall *start_call(Task *task, Run *run)
{
    const HttpCall *call = run->call;
    uint32_t timeout_ms = (call->timeout_s ? call->timeout_s : DEFAULT_TIMEOUT_S) * 1000;
    OutgoingHeader *headers = ARENA_ARRAY(task->arena, OutgoingHeader, 2);
    OutgoingRequest request = {.method = call->method,
                               .url = str_of(call->url),
                               .headers = headers,
                               .reach = OUTGOING_ANY,
                               .body = call->json,
                               .first_byte_timeout_ms = timeout_ms,
                               .idle_timeout_ms = timeout_ms,
                               .max_answer_bytes = UINT64_MAX,
                               .on_sent = call->on_progress ? on_sent : NULL,
                               .context = run};
    task_deadline_narrow(task, timeout_ms);
    run->total_bytes = call->json.size;
    Str bearer = arena_printf(task->arena, "Bearer %.*s", STR_ARGS(call->bearer_token));
    if (!str_empty(call->bearer_token))
        add_header(&request, headers, STR("Authorization"), bearer);
    if (!str_empty(call->json))
        add_header(&request, headers, STR("Content-Type"), STR("application/json"));
    if (!call->file_path)
        return outgoing_call_start(task, run->client->outgoing, &request);
    int file = open(call->file_path, O_RDONLY | O_CLOEXEC);
    OutgoingCall *started = start_upload(task, run, &request, file);
    if (file >= 0)
        close(file);
    return started;
}

typedef struct {
    int output;
    bool is_file; /* writing never waits for a reader */
} Output;

static void poll_on_thread(void *argument)
{
    const Output *output = argument;
    struct pollfd wanted = {.fd = output->output, .events = POLLOUT};
    (void)poll(&wanted, 1, OUTPUT_POLL_MS);
}

/*
 * Waits until a reader makes room, so that an interrupt ends the wait. A poll handle of libuv would
 * make the descriptor non-blocking for the other processes that share it.
 */
static bool wait_for_room(Task *task, Output *output)
{
    struct pollfd wanted = {.fd = output->output, .events = POLLOUT};
    while (!output->is_file && poll(&wanted, 1, 0) == 0) {
        if (!task_offload(task, poll_on_thread, output))
            return false;
    }
    return true;
}

/* A pipe with any room takes PIPE_BUF bytes without waiting. */
static bool write_all(Task *task, Output *output, Str bytes)
{
    while (bytes.size > 0) {
        size_t size = output->is_file ? bytes.size : MIN_OF(bytes.size, (size_t)PIPE_BUF);
        if (!wait_for_room(task, output))
            return false;
        ssize_t written = write(output->output, bytes.data, size);
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            return error_set_errno(&task->error, errno, "writing the answer");
        bytes = str_from(bytes, (size_t)MAX_OF(written, (ssize_t)0));
    }
    return true;
}

static bool write_body(Task *task, OutgoingCall *call, int output)
{
    Str part;
    struct stat status;
    Output to = {.output = output,
                 .is_file = fstat(output, &status) == 0 && S_ISREG(status.st_mode)};
    do {
        if (!outgoing_call_read(task, call, &part) || !write_all(task, &to, part))
            return false;
    } while (part.size > 0);
    return true;
}

static Str write_head(Arena *arena, const OutgoingCall *call)
{
    size_t count = 0;
    auto_strbuf StrBuf head = {0};
    const OutgoingHeader *headers = outgoing_call_headers(call, &count);
    strbuf_init(&head, 2 * OUTGOING_ANSWER_HEAD_BYTES);
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&head, "%.*s: %.*s\n", STR_ARGS(headers[i].name), STR_ARGS(headers[i].value));
    return arena_copy(arena, strbuf_str(&head));
}

/* The body of an error goes to memory, where it is parsed, and not into the caller's file. */
static bool take_answer(Task *task, OutgoingCall *call, Run *run)
{
    Str body = STR("");
    if (!outgoing_call_answer(task, call))
        return false;
    int status = outgoing_call_status(call);
    bool to_output = run->call->output && status >= 200 && status < 300;
    if (to_output ? !write_body(task, call, run->call->output)
                  : !outgoing_call_read_all(task, call, BODY_MAX_BYTES, &body))
        return false;
    run->reply = (HttpReply){.status = status,
                             .body = arena_copy(run->arena, body),
                             .head = write_head(run->arena, call)};
    return true;
}

static void run_call(Task *task, void *argument)
{
    Run *run = argument;
    OutgoingCall *call = start_call(task, run);
    run->done = call && take_answer(task, call, run);
    if (task_is_cancelled(task))
        task_fail(task, ERR_CANCELLED, "interrupted");
    run->error = task->error;
    outgoing_call_end(call);
    loop_stop(task->loop);
}

bool http_client_call(HttpClient *client, Arena *arena, const HttpCall *call, HttpReply *out_reply,
                      Error *error)
{
    struct sigaction interrupt;
    struct sigaction broken_pipe;
    Run run = {.client = client, .arena = arena, .call = call};
    sigaction(SIGINT, NULL, &interrupt);
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, &broken_pipe);
    if (interrupt.sa_handler == SIG_DFL)
        uv_signal_start(&client->interrupt, on_interrupt, SIGINT);
    client->task = task_spawn(client->loop, "http", run_call, &run);
    check(client->task.generation);
    loop_run(client->loop);
    uv_signal_stop(&client->interrupt);
    sigaction(SIGPIPE, &broken_pipe, NULL);
    if (!run.done) {
        *error = run.error;
        return false;
    }
    *out_reply = run.reply;
    return true;
}

Str http_reply_header(const HttpReply *reply, Str name)
{
    Str line;
    Str rest = reply->head;
    while (str_next_line(&rest, &line)) {
        size_t colon = str_find_byte(line, ':');
        if (str_equal_ignore_case(str_slice(line, 0, colon), name))
            return str_from(line, colon + 2);
    }
    return STR("");
}
