/* SPDX-License-Identifier: Apache-2.0 */
#include "app/chat/caller.h"

#include "base/mem.h"
#include "base/random.h"
#include "task/clock.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

enum {
    POLL_MS = 20,
    RENEWAL_TIMEOUT_MS = 30 * 1000,
    FIRST_WAIT_MS = 200,
    MOST_DOUBLINGS = 5,
    LONGEST_WAIT_MS = 5000,
    IDLE_TIMEOUT_MS = 90 * 1000, /* the server sends a heartbeat more often */
    TYPED_MAX_BYTES = 4096,      /* a terminal gives no longer line */
    KEYBOARD_MS = 100,
};

struct Caller {
    Client *client;
    Loop *loop;
    Outgoing *outgoing;
    uv_signal_t interrupt;
    LoopTimer keyboard;
    const CallerRun *run;
    TaskId task;
    TaskMain *run_beside;
    void *beside_context;
    TaskId beside;
    bool has_ended;  /* the task */
    bool has_beside; /* a second task */
    bool renewing;
    Error renewal_error;
};

static void on_signal(uv_signal_t *handle, int number)
{
    Caller *caller = handle->data;
    (void)number;
    caller->run->on_interrupt(caller->run->context);
}

Caller *caller_new(Client *client, Error *error)
{
    Loop *loop = loop_new(&(LoopOptions){0});
    Outgoing *outgoing = outgoing_new(loop, &(OutgoingOptions){0}, error);
    if (!outgoing) {
        loop_free(loop);
        return NULL;
    }
    Caller *caller = MEM_NEW(Caller);
    *caller = (Caller){.client = client, .loop = loop, .outgoing = outgoing};
    uv_signal_init(loop_uv(loop), &caller->interrupt);
    uv_unref((uv_handle_t *)&caller->interrupt);
    caller->interrupt.data = caller;
    return caller;
}

void caller_free(Caller *caller)
{
    if (!caller)
        return;
    loop_timer_stop(&caller->keyboard);
    outgoing_free(caller->outgoing);
    uv_close((uv_handle_t *)&caller->interrupt, NULL);
    loop_free(caller->loop);
    mem_free(caller);
}

Loop *caller_loop(Caller *caller)
{
    return caller->loop;
}

static void leave(Caller *caller)
{
    if (caller->has_ended && !caller->has_beside && !caller->renewing)
        loop_stop(caller->loop);
}

static void caller_main(Task *task, void *argument)
{
    Caller *caller = argument;
    caller->run->run(task, caller->run->context);
    caller->has_ended = true;
    leave(caller);
}

static void beside_main(Task *task, void *argument)
{
    Caller *caller = argument;
    caller->run_beside(task, caller->beside_context);
    caller->has_beside = false;
    leave(caller);
}

void caller_run_beside(Caller *caller, TaskMain *run, void *context)
{
    if (caller->has_beside || caller->has_ended)
        return;
    caller->has_beside = true;
    caller->run_beside = run;
    caller->beside_context = context;
    caller->beside = task_spawn_background(caller->loop, "caller.beside", beside_main, caller);
}

static void listen_to_keyboard(Caller *caller);

/* The terminal gives one whole line at a time. A poll handle of libuv would make the descriptor
 * non-blocking, also for those who share it. */
static void on_keyboard(LoopTimer *timer)
{
    char typed[TYPED_MAX_BYTES];
    Caller *caller = CONTAINER_OF(timer, Caller, keyboard);
    struct pollfd wanted = {.fd = STDIN_FILENO, .events = POLLIN};
    ssize_t got = 1;
    if (poll(&wanted, 1, 0) > 0) {
        got = read(STDIN_FILENO, typed, sizeof(typed));
        Str line = got > 0 ? str_trim(str_make(typed, (size_t)got)) : (Str){0};
        caller->run->on_line(caller->run->context, line);
    }
    if (got > 0)
        listen_to_keyboard(caller);
}

static void listen_to_keyboard(Caller *caller)
{
    caller->keyboard.run = on_keyboard;
    caller->keyboard.is_background = true;
    loop_timer_set(caller->loop, &caller->keyboard, loop_now_ms(caller->loop) + KEYBOARD_MS);
}

void caller_run(Caller *caller, const CallerRun *run)
{
    struct sigaction former;
    caller->run = run;
    caller->has_ended = false;
    caller->renewal_error = (Error){0};
    sigaction(SIGINT, NULL, &former);
    if (former.sa_handler == SIG_DFL)
        uv_signal_start(&caller->interrupt, on_signal, SIGINT);
    if (run->on_line)
        listen_to_keyboard(caller);
    caller->task = task_spawn_background(caller->loop, "caller", caller_main, caller);
    loop_run(caller->loop);
    loop_timer_stop(&caller->keyboard);
    uv_signal_stop(&caller->interrupt);
}

void caller_cancel(Caller *caller)
{
    task_cancel(caller->loop, caller->task);
    if (caller->has_beside)
        task_cancel(caller->loop, caller->beside);
}

static bool refresh(Task *task, Caller *caller, Str json)
{
    OutgoingAnswer answer;
    OutgoingHeader type = {STR("Content-Type"), STR("application/json")};
    OutgoingRequest request = {.method = "POST",
                               .url = arena_printf(task->arena, "%.*s" CLIENT_REFRESH_PATH,
                                                   STR_ARGS(client_server(caller->client))),
                               .headers = &type,
                               .header_count = 1,
                               .reach = OUTGOING_ANY,
                               .body = json};
    return outgoing_fetch(task, caller->outgoing, &request, CALLER_ANSWER_MAX_BYTES, &answer) &&
           client_renewal_take(caller->client, task->arena, answer.status, answer.body,
                               &task->error);
}

static bool renew(Task *task, Caller *caller)
{
    Str json = {0};
    ClientRenewal state;
    task_deadline_narrow(task, RENEWAL_TIMEOUT_MS);
    while ((state = client_renewal_begin(caller->client, task->arena, &json, &task->error)) ==
           RENEWAL_BUSY) {
        if (!task_sleep(task, POLL_MS))
            return false;
    }
    bool done = state == RENEWAL_STORED || (state == RENEWAL_NEEDED && refresh(task, caller, json));
    client_renewal_end(caller->client);
    return done || client_renewal_error(&task->error);
}

static void renewal_main(Task *task, void *argument)
{
    Caller *caller = argument;
    caller->renewal_error = renew(task, caller) ? (Error){0} : task->error;
    caller->renewing = false;
    leave(caller);
}

/* A refresh token that was used but not replaced would end the stored session, so the renewal is a
 * task of its own, which nothing cancels. */
static bool wait_for_renewal(Task *task, Caller *caller, Str refused_token)
{
    if (!caller->renewing && str_equal(client_access_token(caller->client), refused_token)) {
        caller->renewing = true;
        task_spawn_background(caller->loop, "caller.renew", renewal_main, caller);
    }
    while (caller->renewing) {
        if (!task_sleep(task, POLL_MS))
            return false;
    }
    if (caller->renewal_error.code)
        task->error = caller->renewal_error;
    return !caller->renewal_error.code;
}

static OutgoingCall *start(Task *task, Caller *caller, const CallerRequest *request)
{
    OutgoingRequest *outgoing = ARENA_NEW(task->arena, OutgoingRequest);
    OutgoingHeader *headers = ARENA_ARRAY(task->arena, OutgoingHeader, 3);
    headers[0] = (OutgoingHeader){
        STR("Authorization"),
        arena_printf(task->arena, "Bearer %.*s", STR_ARGS(client_access_token(caller->client)))};
    headers[1] = (OutgoingHeader){
        STR("Accept"), str_empty(request->accept) ? STR("application/json") : request->accept};
    headers[2] = (OutgoingHeader){STR("Content-Type"), STR("application/json")};
    *outgoing = (OutgoingRequest){.method = request->method,
                                  .url = arena_printf(task->arena, "%.*s%.*s",
                                                      STR_ARGS(client_server(caller->client)),
                                                      STR_ARGS(request->path)),
                                  .headers = headers,
                                  .header_count = str_empty(request->json) ? 2 : 3,
                                  .reach = OUTGOING_ANY,
                                  .body = request->json,
                                  .idle_timeout_ms = IDLE_TIMEOUT_MS,
                                  .max_answer_bytes = UINT64_MAX};
    return outgoing_call_start(task, caller->outgoing, outgoing);
}

static bool fail_with_answer(Task *task, OutgoingCall *call)
{
    Str body;
    uint32_t wait_s = 0;
    int status = outgoing_call_status(call);
    if (!outgoing_call_read_all(task, call, CALLER_ANSWER_MAX_BYTES, &body))
        return false;
    client_answer_error(task->arena, status, body, &task->error);
    if (str_parse_u32(outgoing_call_header(call, STR("Retry-After")), &wait_s))
        task->error.retry_after_s = wait_s;
    return false;
}

OutgoingCall *caller_send(Task *task, Caller *caller, const CallerRequest *request)
{
    for (bool renewed = false;; renewed = true) {
        Str token = client_access_token(caller->client);
        OutgoingCall *call = start(task, caller, request);
        bool is_there = call && outgoing_call_answer(task, call);
        int status = is_there ? outgoing_call_status(call) : 0;
        if (status >= 200 && status < 300)
            return call;
        bool may_renew = status == 401 && !renewed;
        if (is_there && !may_renew)
            (void)!fail_with_answer(task, call);
        outgoing_call_end(call);
        if (!may_renew || !wait_for_renewal(task, caller, token))
            return NULL;
    }
}

const JsonValue *caller_json(Task *task, Caller *caller, const CallerRequest *request)
{
    Str body;
    OutgoingCall *call = caller_send(task, caller, request);
    bool done = call && outgoing_call_read_all(task, call, CALLER_ANSWER_MAX_BYTES, &body);
    outgoing_call_end(call);
    return done ? json_parse(task->arena, body, &task->error) : NULL;
}

static uint32_t random_below(uint32_t limit)
{
    uint32_t value;
    random_bytes(&value, sizeof(value));
    return value % limit;
}

bool caller_wait_to_repeat(Task *task, uint32_t attempt)
{
    ErrorCode code = task->error.code;
    bool may_pass = code == ERR_UNAVAILABLE || code == ERR_TIMEOUT;
    if (task_is_cancelled(task) || !may_pass)
        return false;
    uint32_t wait_ms = MIN_OF((uint32_t)FIRST_WAIT_MS << MIN_OF(attempt, (uint32_t)MOST_DOUBLINGS),
                              (uint32_t)LONGEST_WAIT_MS);
    wait_ms = MAX_OF(wait_ms, MIN_OF(task->error.retry_after_s, 60u) * 1000);
    task_forget_error(task);
    return task_sleep(task, wait_ms + random_below(FIRST_WAIT_MS));
}
