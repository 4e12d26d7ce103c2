/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The descriptors that libcurl waits for. One whose call gathers (outgoing_call_gather) is not
 * watched after a read that has emptied it: it rests, and is read again when its time has come,
 * without being watched in between. Many streams of small parts then take one read each for several
 * parts, and no call of epoll. All that rest are read in the same moments, so that what comes of
 * them goes on together too.
 */
#include "base/mem.h"
#include "net/outgoing/internal.h"
#include "task/clock.h"

enum { REST_TICK_MS = 10, DEFAULT_READ_BYTES = CURL_MAX_WRITE_SIZE };

/* It outlives libcurl's interest until libuv has closed the handle. */
typedef struct {
    uv_poll_t poll;
    Outgoing *outgoing;
    OutgoingTransfer *transfer; /* NULL: none, as when libcurl itself closes a connection */
    int events;
    bool is_dropped; /* libcurl has lost interest */
    LoopTimer rest;
} Socket;

static void on_poll(uv_poll_t *poll, int status, int events);

static void watch(Socket *socket)
{
    check(uv_poll_start(&socket->poll, socket->events, on_poll) == 0);
}

/* Half of a buffer or more: the descriptor may have the rest. */
static bool may_rest(const Socket *socket, uint64_t got_bytes)
{
    const OutgoingTransfer *transfer = socket->transfer;
    if (!transfer)
        return false;
    uint32_t read_bytes = transfer->request->read_bytes;
    return transfer->gather_ms && transfer->state == TRANSFER_CONNECTED && got_bytes > 0 &&
           got_bytes < (read_bytes ? read_bytes : DEFAULT_READ_BYTES) / 2 &&
           socket->events == UV_READABLE;
}

static void on_rested(LoopTimer *timer);

static void rest(Socket *socket)
{
    Loop *loop = socket->outgoing->loop;
    uint64_t due_ms = loop_tick_ms(loop) + socket->transfer->gather_ms;
    uv_poll_stop(&socket->poll);
    socket->rest.run = on_rested;
    loop_timer_set(loop, &socket->rest, (due_ms + REST_TICK_MS - 1) / REST_TICK_MS * REST_TICK_MS);
}

static uint64_t received_bytes(const Socket *socket)
{
    return socket->transfer ? socket->transfer->received_bytes : 0;
}

/* Lets libcurl read or write, which may make it close this very handle. */
static void act(Socket *socket, int action)
{
    int running = 0;
    uv_os_fd_t descriptor = -1;
    Outgoing *outgoing = socket->outgoing;
    uint64_t before = received_bytes(socket);
    check(uv_fileno((uv_handle_t *)&socket->poll, &descriptor) == 0);
    curl_multi_socket_action(outgoing->multi, descriptor, action, &running);
    client_take_finished(outgoing);
    if (socket->is_dropped)
        return;
    if (may_rest(socket, received_bytes(socket) - before))
        rest(socket);
    else if (!uv_is_active((uv_handle_t *)&socket->poll))
        watch(socket);
}

static void on_rested(LoopTimer *timer)
{
    act(CONTAINER_OF(timer, Socket, rest), CURL_CSELECT_IN);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    int action = 0;
    Socket *socket = poll->data;
    /* libuv has stopped watching. libcurl learns the error from the socket, so that it tries a kept
     * connection that was closed again on a new one. */
    if (status < 0)
        events = UV_READABLE | UV_WRITABLE;
    action |= (events & UV_READABLE) ? CURL_CSELECT_IN : 0;
    action |= (events & UV_WRITABLE) ? CURL_CSELECT_OUT : 0;
    act(socket, action);
}

static void on_closed(uv_handle_t *handle)
{
    Socket *socket = handle->data;
    Outgoing *outgoing = socket->outgoing;
    mem_free(socket);
    client_handle_closed(outgoing);
}

static void drop(Socket *socket)
{
    socket->is_dropped = true;
    loop_timer_stop(&socket->rest);
    uv_close((uv_handle_t *)&socket->poll, on_closed);
}

static Socket *socket_new(Outgoing *outgoing, curl_socket_t descriptor)
{
    Socket *socket = MEM_NEW(Socket);
    socket->outgoing = outgoing;
    check(uv_poll_init(loop_uv(outgoing->loop), &socket->poll, descriptor) == 0);
    socket->poll.data = socket;
    outgoing->handles++;
    curl_multi_assign(outgoing->multi, descriptor, socket);
    return socket;
}

int socket_on_change(CURL *easy, curl_socket_t descriptor, int what, void *context,
                     void *socket_context)
{
    Outgoing *outgoing = context;
    Socket *socket = socket_context;
    if (what == CURL_POLL_REMOVE) {
        if (socket)
            drop(socket);
        return 0;
    }
    if (!socket)
        socket = socket_new(outgoing, descriptor);
    socket->transfer = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&socket->transfer);
    socket->events =
        (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    loop_timer_stop(&socket->rest);
    watch(socket);
    return 0;
}
