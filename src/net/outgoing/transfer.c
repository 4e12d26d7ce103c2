/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "base/time.h"
#include "net/outgoing/internal.h"

#include <sys/socket.h>

enum {
    SEND_BUFFER_BYTES = 16 * 1024, /* libcurl's smallest; 64 KiB for a streamed body */
    COUNTED_BODY_BYTES = 64 * 1024 /* above this the sending of a body counts as progress */
};

OutgoingTransfer *transfer_new(Outgoing *outgoing, const OutgoingRequest *request,
                               const OutgoingUrl *url)
{
    OutgoingTransfer *transfer = MEM_NEW(OutgoingTransfer);
    transfer->outgoing = outgoing;
    transfer->request = request;
    transfer->url = url;
    transfer->method = request->method;
    transfer->headers = request->headers;
    transfer->header_count = request->header_count;
    transfer->sends_body = request->streams_body || !str_empty(request->body);
    transfer->through_proxy = outgoing->proxy_host && !request->direct;
    transfer->host = host_ref(outgoing, url->host);
    strbuf_init(&transfer->head, OUTGOING_ANSWER_HEAD_BYTES);
    strbuf_init(&transfer->incoming, OUTGOING_BUFFER_BYTES + CURL_MAX_WRITE_SIZE);
    strbuf_init(&transfer->reading, OUTGOING_BUFFER_BYTES + CURL_MAX_WRITE_SIZE);
    strbuf_init(&transfer->sending, OUTGOING_BUFFER_BYTES);
    /* An answer may repeat the key that it refuses. */
    strbuf_keep_secret(&transfer->head);
    strbuf_keep_secret(&transfer->incoming);
    strbuf_keep_secret(&transfer->reading);
    strbuf_keep_secret(&transfer->sending);
    list_append(&outgoing->queued, &transfer->node);
    return transfer;
}

void transfer_progress(OutgoingTransfer *transfer)
{
    transfer->active_ms = time_monotonic_ms();
    wait_wake(transfer->wait);
}

bool transfer_wait(Task *task, OutgoingTransfer *transfer, uint64_t until_ms)
{
    uint64_t former = task->deadline_ms;
    uint64_t active_ms = transfer->active_ms;
    TransferState state = transfer->state;
    if (until_ms && (!former || until_ms < former))
        task_deadline_set(task, until_ms);
    transfer->wait = task_wait_begin(task);
    bool woken = task_wait(task, transfer->wait);
    task_deadline_set(task, former);
    if (woken)
        return true;
    if (task->error.code == ERR_CANCELLED) {
        transfer->outgoing->stats.cancelled++;
        return false;
    }
    bool is_late = former && time_monotonic_ms() >= former;
    if (is_late || (transfer->active_ms == active_ms && transfer->state == state))
        return failure_of_time(task, transfer);
    task_forget_error(task);
    return true;
}

static curl_socket_t on_open_socket(void *context, curlsocktype purpose,
                                    struct curl_sockaddr *address)
{
    OutgoingTransfer *transfer = context;
    (void)purpose;
    IpAddress peer = ip_of_socket(&address->addr);
    if (!transfer->through_proxy && !reach_allows(transfer, peer)) {
        transfer->stop = STOP_ADDRESS;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                  address->protocol);
}

/* Checks the address of a connection. A connection that was kept open may come from a call with
 * more permissions. */
static int on_connected(void *context, const char *peer, const char *local, int peer_port,
                        int local_port)
{
    OutgoingTransfer *transfer = context;
    IpAddress address = {0};
    (void)local;
    (void)peer_port;
    (void)local_port;
    /* Text that is no address leaves it unset, which only OUTGOING_ANY allows. */
    (void)!ip_parse(str_of(peer), &address);
    if (!transfer->through_proxy && !reach_allows(transfer, address)) {
        transfer->stop = STOP_ADDRESS;
        return CURL_PREREQFUNC_ABORT;
    }
    transfer->stop = STOP_NONE; /* one of several addresses may have been refused */
    transfer->state = TRANSFER_CONNECTED;
    transfer_progress(transfer);
    return CURL_PREREQFUNC_OK;
}

/* Handles the blank line: the head is complete, or it was an interim one (1xx). */
static void end_head(OutgoingTransfer *transfer)
{
    long status = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200) {
        strbuf_clear(&transfer->head);
        return;
    }
    transfer->status = (int)status;
    transfer->outgoing->stats.answers++;
}

static size_t on_header(const char *data, size_t size, size_t count, void *context)
{
    OutgoingTransfer *transfer = context;
    Str line = {data, size * count};
    transfer->outgoing->stats.bytes_received += line.size;
    transfer->head_bytes += line.size;
    transfer->head_lines++;
    if (transfer->head_bytes > OUTGOING_ANSWER_HEAD_BYTES ||
        transfer->head_lines > OUTGOING_ANSWER_MAX_HEADERS) {
        transfer->stop = STOP_HEAD_TOO_LARGE;
        return 0;
    }
    transfer_progress(transfer);
    if (transfer->status) /* the trailer of a chunked body */
        return size * count;
    while (line.size && (line.data[line.size - 1] == '\n' || line.data[line.size - 1] == '\r'))
        line.size--;
    if (str_empty(line)) {
        end_head(transfer);
        return size * count;
    }
    /* The first line of a head is the status line. */
    if (transfer->head.size > 0 && !header_is_line(line)) {
        transfer->stop = STOP_HEADER_MALFORMED;
        return 0;
    }
    strbuf_append(&transfer->head, line);
    strbuf_append_byte(&transfer->head, '\n');
    return size * count;
}

static uint64_t max_answer_bytes(const OutgoingTransfer *transfer)
{
    enum { DEFAULT_ANSWER_BYTES = 64 * 1024 * 1024 };
    uint64_t max_bytes = transfer->request->max_answer_bytes;
    return max_bytes ? max_bytes : DEFAULT_ANSWER_BYTES;
}

static size_t on_body(const char *data, size_t size, size_t count, void *context)
{
    OutgoingTransfer *transfer = context;
    Str bytes = {data, size * count};
    if (bytes.size > max_answer_bytes(transfer) - transfer->received_bytes) {
        transfer->stop = STOP_BODY_TOO_LARGE;
        return 0;
    }
    if (transfer->incoming.size > 0 &&
        transfer->incoming.size + bytes.size > OUTGOING_BUFFER_BYTES) {
        transfer->holds_back = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    transfer->received_bytes += bytes.size;
    transfer->outgoing->stats.bytes_received += bytes.size;
    strbuf_append(&transfer->incoming, bytes);
    check(!transfer->incoming.overflowed);
    transfer_progress(transfer);
    return bytes.size;
}

static size_t on_send(char *buffer, size_t size, size_t count, void *context)
{
    OutgoingTransfer *transfer = context;
    Str left = str_from(strbuf_str(&transfer->sending), transfer->sending_offset);
    size_t taken = MIN_OF(size * count, left.size);
    if (taken == 0 && transfer->body_complete)
        return 0;
    if (taken == 0) {
        transfer->wants_body = true;
        return CURL_READFUNC_PAUSE;
    }
    memcpy(buffer, left.data, taken);
    transfer->sending_offset += taken;
    if (taken == left.size) {
        strbuf_clear(&transfer->sending);
        transfer->sending_offset = 0;
    }
    transfer_progress(transfer);
    return taken;
}

static int on_sent(void *context, curl_off_t receive_total, curl_off_t received,
                   curl_off_t send_total, curl_off_t sent)
{
    OutgoingTransfer *transfer = context;
    (void)receive_total;
    (void)received;
    (void)send_total;
    if (sent <= (curl_off_t)transfer->sent_bytes)
        return 0;
    transfer->sent_bytes = (uint64_t)sent;
    transfer_progress(transfer);
    if (transfer->request->on_sent)
        transfer->request->on_sent(transfer->request->context, transfer->sent_bytes);
    return 0;
}

static void set_body(OutgoingTransfer *transfer)
{
    CURL *easy = transfer->easy;
    const OutgoingRequest *request = transfer->request;
    bool has_body = strcmp(transfer->method, "POST") == 0 || strcmp(transfer->method, "PUT") == 0 ||
                    strcmp(transfer->method, "PATCH") == 0;
    if (transfer->sends_body && request->streams_body) {
        bool is_known = request->body_bytes != OUTGOING_SIZE_UNKNOWN;
        curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
                         is_known ? (curl_off_t)request->body_bytes : (curl_off_t)-1);
        curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_send);
        curl_easy_setopt(easy, CURLOPT_READDATA, transfer);
        /* libcurl retries on a connection that turns out to be closed, but by then these bytes are
         * gone. */
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    } else if (transfer->sends_body || has_body) {
        Str body = transfer->sends_body ? request->body : STR("");
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.size);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data);
        curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)SEND_BUFFER_BYTES);
    } else if (strcmp(transfer->method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, transfer->method);
    if (transfer->sends_body &&
        (request->streams_body || request->on_sent || request->body.size > COUNTED_BODY_BYTES)) {
        curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_sent);
        curl_easy_setopt(easy, CURLOPT_XFERINFODATA, transfer);
    }
}

static void set_callbacks(OutgoingTransfer *transfer)
{
    CURL *easy = transfer->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->reason);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_connected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
}

bool transfer_begin(Task *task, OutgoingTransfer *transfer)
{
    transfer->easy = curl_easy_init();
    check(transfer->easy);
    transfer->outgoing->stats.calls++;
    if (!setup_addresses(transfer)) {
        transfer_abort(transfer, STOP_ADDRESS);
        return failure_of_transfer(task, transfer);
    }
    set_callbacks(transfer);
    setup_options(task->arena, transfer);
    set_body(transfer);
    check(curl_multi_add_handle(transfer->outgoing->multi, transfer->easy) == CURLM_OK);
    transfer->state = TRANSFER_CONNECTING;
    return true;
}

static void count_bytes(OutgoingTransfer *transfer)
{
    long request_bytes = 0;
    long connections = 0;
    curl_off_t body_bytes = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
    curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_UPLOAD_T, &body_bytes);
    curl_easy_getinfo(transfer->easy, CURLINFO_NUM_CONNECTS, &connections);
    transfer->outgoing->stats.bytes_sent += (uint64_t)request_bytes + (uint64_t)body_bytes;
    transfer->outgoing->stats.connections += (uint64_t)connections;
}

/* Removes the transfer from libcurl, so that no callback arrives late. */
static void drop_handle(OutgoingTransfer *transfer)
{
    if (transfer->easy) {
        count_bytes(transfer);
        curl_multi_remove_handle(transfer->outgoing->multi, transfer->easy);
        curl_easy_cleanup(transfer->easy);
        transfer->easy = NULL;
    }
    curl_slist_free_all(transfer->header_lines);
    curl_slist_free_all(transfer->resolve);
    curl_slist_free_all(transfer->connect_to);
    transfer->header_lines = transfer->resolve = transfer->connect_to = NULL;
    transfer->state = TRANSFER_ENDED;
    host_leave_turn(transfer);
}

void transfer_finish(OutgoingTransfer *transfer, CURLcode result)
{
    long os_error = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &os_error);
    transfer->os_error = (int)os_error;
    transfer->result = result;
    drop_handle(transfer);
    transfer_progress(transfer);
    client_transfer_gone(transfer->outgoing);
}

void transfer_abort(OutgoingTransfer *transfer, TransferStop why)
{
    if (transfer->state == TRANSFER_ENDED)
        return;
    bool was_preparing = transfer->state == TRANSFER_PREPARING;
    if (transfer->state == TRANSFER_QUEUED) {
        list_remove(&transfer->outgoing->queued, &transfer->node);
        list_append(&transfer->outgoing->others, &transfer->node);
    }
    transfer->stop = why;
    transfer->result = CURLE_ABORTED_BY_CALLBACK;
    drop_handle(transfer);
    if (was_preparing)
        host_forget_lookup(transfer->host);
    transfer_progress(transfer);
    client_transfer_gone(transfer->outgoing);
}

void transfer_free(OutgoingTransfer *transfer)
{
    if (!transfer)
        return;
    Outgoing *outgoing = transfer->outgoing;
    transfer_abort(transfer, STOP_NONE);
    list_remove(&outgoing->others, &transfer->node);
    host_unref(transfer->host);
    strbuf_done(&transfer->head);
    strbuf_done(&transfer->incoming);
    strbuf_done(&transfer->reading);
    strbuf_done(&transfer->sending);
    mem_free(transfer);
    client_transfer_gone(outgoing);
}

void transfer_resume(OutgoingTransfer *transfer)
{
    if (!transfer->easy || !(transfer->holds_back || transfer->wants_body))
        return;
    bool sends = transfer->wants_body && (transfer->sending.size > 0 || transfer->body_complete);
    bool receives = transfer->holds_back && transfer->incoming.size == 0;
    int paused = 0;
    if (sends)
        transfer->wants_body = false;
    if (receives)
        transfer->holds_back = false;
    if (transfer->wants_body)
        paused |= CURLPAUSE_SEND;
    if (transfer->holds_back)
        paused |= CURLPAUSE_RECV;
    /* It may call on_body at once, with the bytes that it has kept. */
    CURLcode result = CURLE_OK;
    if (sends || receives)
        result = curl_easy_pause(transfer->easy, paused);
    if (result != CURLE_OK)
        transfer_finish(transfer, result);
}
