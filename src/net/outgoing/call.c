/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"
#include "net/outgoing/internal.h"

enum { METHOD_MAX_BYTES = 16 };

/* Lives in the arena of the task. What libcurl works on belongs to the client. */
struct OutgoingCall {
    Outgoing *outgoing;
    OutgoingTransfer *transfer; /* NULL when the call has ended */
    OutgoingRequest request;
    OutgoingUrl url;
    OutgoingRequest followed; /* what a redirect made of the request */
    uint32_t redirects;
    bool was_connected;
    int status;
    OutgoingHeader *headers;
    size_t header_count;
};

static bool check_request(const OutgoingRequest *request, Error *error)
{
    Str method = str_of(request->method);
    if (method.size == 0 || method.size > METHOD_MAX_BYTES)
        return error_set(error, ERR_VALIDATION, "the method is empty or too long");
    for (size_t i = 0; i < method.size; i++) {
        if (method.data[i] < 'A' || method.data[i] > 'Z')
            return error_set(error, ERR_VALIDATION, "the method is malformed");
    }
    if (request->header_count > OUTGOING_MAX_HEADERS)
        return error_set(error, ERR_VALIDATION, "more than %d headers", OUTGOING_MAX_HEADERS);
    for (size_t i = 0; i < request->header_count; i++) {
        if (!header_check(&request->headers[i], error))
            return false;
    }
    return true;
}

static void end_call(void *argument)
{
    OutgoingCall *call = argument;
    transfer_free(call->transfer);
    call->transfer = NULL;
}

/* Ends the call after a failure; the task has the reason. */
static bool fail_call(OutgoingCall *call)
{
    end_call(call);
    return false;
}

static bool fail_too_large(Task *task, OutgoingCall *call)
{
    transfer_abort(call->transfer, STOP_NONE);
    call->transfer->stop = STOP_BODY_TOO_LARGE;
    failure_of_transfer(task, call->transfer);
    return fail_call(call);
}

static bool open_transfer(Task *task, OutgoingCall *call, const OutgoingRequest *request)
{
    Outgoing *outgoing = call->outgoing;
    if (outgoing->stopping)
        return task_fail(task, ERR_UNAVAILABLE, "%s: the HTTP client is stopping",
                         call->url.origin);
    OutgoingTransfer *transfer = transfer_new(outgoing, request, &call->url);
    call->transfer = transfer;
    if (!host_take_turn(task, transfer))
        return fail_call(call);
    uint32_t connect_ms =
        request->connect_timeout_ms ? request->connect_timeout_ms : OUTGOING_CONNECT_MS;
    transfer->connect_until_ms = time_monotonic_ms() + connect_ms;
    bool is_named = !ip_is_set(call->url.address) && !request->unix_socket;
    bool resolves = !transfer->through_proxy || request->reach == OUTGOING_PUBLIC;
    if (is_named && resolves && !host_resolve(task, transfer, transfer->host))
        return fail_call(call);
    if (transfer->through_proxy && !ip_is_set(outgoing->proxy.address) &&
        !host_resolve(task, transfer, outgoing->proxy_host))
        return fail_call(call);
    return transfer_begin(task, transfer) || fail_call(call);
}

OutgoingCall *outgoing_call_start(Task *task, Outgoing *outgoing, const OutgoingRequest *request)
{
    OutgoingCall *call = ARENA_NEW(task->arena, OutgoingCall);
    call->outgoing = outgoing;
    call->request = *request;
    if (!check_request(request, &task->error) ||
        !url_parse(task->arena, request->url, &call->url, &task->error)) {
        outgoing->stats.refused++;
        return NULL;
    }
    arena_on_free(task->arena, end_call, call);
    return open_transfer(task, call, &call->request) ? call : NULL;
}

static bool has_answered(const OutgoingTransfer *transfer)
{
    return transfer->status || transfer->state == TRANSFER_ENDED;
}

static uint64_t until(uint64_t since_ms, uint32_t timeout_ms, uint32_t fallback_ms)
{
    return since_ms + (timeout_ms ? timeout_ms : fallback_ms);
}

/* Waits for the next event, as long as the current step may take. */
static bool wait_for_progress(Task *task, OutgoingCall *call)
{
    OutgoingTransfer *transfer = call->transfer;
    const OutgoingRequest *request = &call->request;
    uint64_t limit = transfer->connect_until_ms;
    call->was_connected = call->was_connected || transfer->state == TRANSFER_CONNECTED;
    if (transfer->status)
        limit = until(transfer->active_ms, request->idle_timeout_ms, OUTGOING_IDLE_MS);
    else if (transfer->state == TRANSFER_CONNECTED)
        limit = until(transfer->active_ms, request->first_byte_timeout_ms, OUTGOING_FIRST_BYTE_MS);
    return transfer_wait(task, transfer, limit) || fail_call(call);
}

static bool is_over(Task *task, const OutgoingCall *call)
{
    if (call->transfer)
        return false;
    task_fail(task, ERR_INTERNAL, "the call to %s has ended", call->url.origin);
    return true;
}

bool outgoing_call_write(Task *task, OutgoingCall *call, Str part)
{
    OutgoingTransfer *transfer = call->transfer;
    if (is_over(task, call))
        return false;
    if (part.size > call->request.body_bytes - transfer->written_bytes)
        return task_fail(task, ERR_VALIDATION, "more of a body than was declared");
    transfer->written_bytes += part.size;
    transfer->active_ms = time_monotonic_ms();
    while (part.size > 0 && !has_answered(transfer)) {
        size_t taken = MIN_OF(part.size, OUTGOING_BUFFER_BYTES - transfer->sending.size);
        strbuf_append(&transfer->sending, str_slice(part, 0, taken));
        part = str_from(part, taken);
        transfer_resume(transfer);
        if (part.size > 0 && transfer->sending.size == OUTGOING_BUFFER_BYTES &&
            !wait_for_progress(task, call))
            return false;
    }
    return true;
}

bool outgoing_call_write_end(Task *task, OutgoingCall *call)
{
    OutgoingTransfer *transfer = call->transfer;
    if (is_over(task, call))
        return false;
    if (call->request.body_bytes != OUTGOING_SIZE_UNKNOWN &&
        call->request.body_bytes != transfer->written_bytes && !has_answered(transfer)) {
        task_fail(task, ERR_VALIDATION, "less of a body than was declared");
        return fail_call(call);
    }
    transfer->body_complete = true;
    transfer->active_ms = time_monotonic_ms();
    transfer_resume(transfer);
    return true;
}

bool outgoing_call_is_answered(const OutgoingCall *call)
{
    return call->transfer && has_answered(call->transfer);
}

bool outgoing_call_body_is_sent(const OutgoingCall *call)
{
    curl_off_t sent = 0;
    const OutgoingTransfer *transfer = call->transfer;
    if (!transfer || !transfer->easy)
        return true;
    curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    return (uint64_t)sent >= transfer->request->body.size;
}

/* Stores the lines of the head as headers, in the arena of the task. */
static void take_head(Task *task, OutgoingCall *call)
{
    Str line;
    Str rest = arena_copy(task->arena, strbuf_str(&call->transfer->head));
    call->status = call->transfer->status;
    call->headers = ARENA_ARRAY(task->arena, OutgoingHeader, call->transfer->head_lines);
    call->header_count = 0;
    (void)str_next_line(&rest, &line); /* the status line */
    while (str_next_line(&rest, &line)) {
        size_t colon = str_find_byte(line, ':');
        call->headers[call->header_count++] =
            (OutgoingHeader){str_slice(line, 0, colon), str_trim(str_from(line, colon + 1))};
    }
}

static bool is_safe_elsewhere(Str name)
{
    static const char *const names[] = {"accept", "accept-language", "content-type", "range",
                                        "user-agent"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_equal_ignore_case(name, str_of(names[i])))
            return true;
    }
    return str_starts_with_ignore_case(name, STR("if-"));
}

/* Keeps only headers that are known to be safe. Any other header may hold a secret: Authorization,
 * Cookie, api-key, x-… */
static void keep_safe_headers(Task *task, OutgoingRequest *request)
{
    OutgoingHeader *kept = ARENA_ARRAY(task->arena, OutgoingHeader, request->header_count);
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        if (is_safe_elsewhere(request->headers[i].name))
            kept[count++] = request->headers[i];
    }
    request->headers = kept;
    request->header_count = count;
}

/* Returns whether the answer is a redirect that may be followed, and stores the method to use. */
static bool is_redirect(const OutgoingCall *call, const OutgoingRequest *request,
                        const char **out_method)
{
    bool is_get = strcmp(request->method, "GET") == 0;
    bool is_head = strcmp(request->method, "HEAD") == 0;
    bool becomes_get = call->status == 303 || call->status == 301 || call->status == 302;
    bool keeps = call->status == 307 || call->status == 308;
    if (!call->request.max_redirects || str_empty(outgoing_call_header(call, STR("location"))))
        return false;
    if (!becomes_get && !(keeps && (is_get || is_head)))
        return false;
    *out_method = is_head ? "HEAD" : "GET";
    return true;
}

static bool follow(Task *task, OutgoingCall *call, const OutgoingRequest *former,
                   const char *method)
{
    OutgoingUrl url;
    Outgoing *outgoing = call->outgoing;
    OutgoingRequest next = *former;
    uint32_t most = MIN_OF(call->request.max_redirects, (uint32_t)OUTGOING_MAX_REDIRECTS);
    end_call(call);
    if (++call->redirects > most)
        return task_fail(task, ERR_UNAVAILABLE, "%s: more than %u redirects", call->url.origin,
                         most);
    if (!url_join(task->arena, &call->url, outgoing_call_header(call, STR("location")), &url,
                  &task->error))
        return false;
    if (call->url.is_https && !url.is_https) {
        outgoing->stats.refused++;
        return task_fail(task, ERR_FORBIDDEN, "%s redirects from https to http", call->url.origin);
    }
    if (strcmp(call->url.origin, url.origin) != 0)
        keep_safe_headers(task, &next);
    next.method = method;
    next.body = STR("");
    next.streams_body = false;
    call->url = url;
    call->followed = next;
    return open_transfer(task, call, &call->followed);
}

static bool fits(const OutgoingCall *call)
{
    uint64_t size = 0;
    uint64_t most = call->request.max_answer_bytes;
    return strcmp(call->transfer->method, "HEAD") == 0 || !most ||
           !str_parse_u64(outgoing_call_header(call, STR("content-length")), &size) || size <= most;
}

bool outgoing_call_answer(Task *task, OutgoingCall *call)
{
    const char *method = NULL;
    for (;;) {
        if (is_over(task, call))
            return false;
        call->transfer->active_ms = time_monotonic_ms();
        while (!has_answered(call->transfer)) {
            if (!wait_for_progress(task, call))
                return false;
        }
        if (!call->transfer->status) {
            failure_of_transfer(task, call->transfer);
            return fail_call(call);
        }
        take_head(task, call);
        const OutgoingRequest *request = call->redirects ? &call->followed : &call->request;
        if (!is_redirect(call, request, &method))
            break;
        if (!follow(task, call, request, method))
            return false;
    }
    if (fits(call))
        return true;
    return fail_too_large(task, call);
}

bool outgoing_call_was_connected(const OutgoingCall *call)
{
    return call->was_connected || call->status;
}

int outgoing_call_status(const OutgoingCall *call)
{
    return call->status;
}

Str outgoing_call_header(const OutgoingCall *call, Str name)
{
    return outgoing_header_find(call->headers, call->header_count, name);
}

const OutgoingHeader *outgoing_call_headers(const OutgoingCall *call, size_t *out_count)
{
    *out_count = call->header_count;
    return call->headers;
}

bool outgoing_call_read(Task *task, OutgoingCall *call, Str *out_part)
{
    OutgoingTransfer *transfer = call->transfer;
    if (is_over(task, call))
        return false;
    if (!task_may_go_on(task))
        return fail_call(call);
    transfer->active_ms = time_monotonic_ms();
    while (transfer->incoming.size == 0 && transfer->state != TRANSFER_ENDED) {
        transfer_resume(transfer);
        if (transfer->incoming.size == 0 && !wait_for_progress(task, call))
            return false;
    }
    if (transfer->incoming.size == 0 &&
        (transfer->result != CURLE_OK || transfer->stop != STOP_NONE)) {
        failure_of_transfer(task, transfer);
        return fail_call(call);
    }
    StrBuf former = transfer->reading;
    transfer->reading = transfer->incoming;
    transfer->incoming = former;
    strbuf_clear(&transfer->incoming);
    transfer_resume(transfer);
    *out_part = strbuf_str(&transfer->reading);
    return true;
}

void outgoing_call_gather(OutgoingCall *call, uint32_t every_ms)
{
    if (call->transfer)
        call->transfer->gather_ms = every_ms;
}

bool outgoing_call_read_all(Task *task, OutgoingCall *call, size_t max_bytes, Str *out_body)
{
    Str part;
    auto_strbuf StrBuf body = {0};
    strbuf_init(&body, max_bytes);
    strbuf_keep_secret(&body);
    do {
        if (!outgoing_call_read(task, call, &part))
            return false;
        strbuf_append(&body, part);
    } while (part.size > 0 && !body.overflowed);
    if (body.overflowed)
        return fail_too_large(task, call);
    *out_body = arena_copy(task->arena, strbuf_str(&body));
    return true;
}

void outgoing_call_end(OutgoingCall *call)
{
    if (call)
        end_call(call);
}

bool outgoing_fetch(Task *task, Outgoing *outgoing, const OutgoingRequest *request,
                    size_t max_bytes, OutgoingAnswer *out_answer)
{
    OutgoingAnswer answer = {0};
    OutgoingCall *call = outgoing_call_start(task, outgoing, request);
    if (!call || !outgoing_call_answer(task, call) ||
        !outgoing_call_read_all(task, call, max_bytes, &answer.body)) {
        outgoing_call_end(call);
        return false;
    }
    answer.status = call->status;
    answer.headers = outgoing_call_headers(call, &answer.header_count);
    outgoing_call_end(call);
    *out_answer = answer;
    return true;
}
