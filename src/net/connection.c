/* SPDX-License-Identifier: Apache-2.0 */
#include "net/connection.h"

#include "base/mem.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

enum {
    LINGER_MS = 2000,
    STOPPING_LINGER_MS = 500,
    LEAST_READ_BYTES = 4 * 1024,
    MAX_PIECES = 8,
    MAX_WHEEL_DELAY_MS = 1u << 30,
};

/* Bytes that the kernel has not accepted yet. */
struct NetOutput {
    uv_write_t write;
    NetConnection *connection;
    uint32_t size;
    char data[];
};

void net_connection_set_unref(NetConnectionSet *set)
{
    check(set->references > 0);
    set->references--;
    wait_wake(set->stop_wait);
    if (set->references > 0)
        return;
    if (set->free_upgrade_data)
        set->free_upgrade_data(set->upgrade_data);
    set->on_unused(set);
}

void net_connection_set_init(NetConnectionSet *set, Loop *loop, uint32_t write_timeout_ms,
                             void (*on_unused)(NetConnectionSet *set))
{
    set->loop = loop;
    set->write_timeout_ms = write_timeout_ms;
    set->on_unused = on_unused;
    set->references = 2;
    timer_wheel_init(&set->wheel, uv_now(loop_uv(loop)));
    check(uv_timer_init(loop_uv(loop), &set->tick) == 0);
    set->tick.data = set;
}

static NetConnection *connection_of(ListNode *node)
{
    return CONTAINER_OF(node, NetConnection, node);
}

void net_connection_set_close_all(NetConnectionSet *set)
{
    while (set->all.first)
        net_connection_close(connection_of(set->all.first));
}

void net_connection_set_stop(NetConnectionSet *set)
{
    ListNode *next;
    set->stopping = true;
    for (ListNode *node = set->all.first; node; node = next) {
        NetConnection *connection = connection_of(node);
        next = node->next;
        connection->protocol->on_stop(connection);
    }
}

void net_connection_set_cancel(NetConnectionSet *set)
{
    ListNode *next;
    for (ListNode *node = set->all.first; node; node = next) {
        NetConnection *connection = connection_of(node);
        next = node->next;
        connection->protocol->on_cancel(connection);
    }
}

static void on_tick_closed(uv_handle_t *handle)
{
    net_connection_set_unref(handle->data);
}

void net_connection_set_done(NetConnectionSet *set)
{
    set->stopping = true;
    net_connection_set_close_all(set);
    if (!uv_is_closing((uv_handle_t *)&set->tick))
        uv_close((uv_handle_t *)&set->tick, on_tick_closed);
    net_connection_set_unref(set);
}

void net_connection_ref(NetConnection *connection)
{
    connection->references++;
}

void net_connection_unref(NetConnection *connection)
{
    check(connection->references > 0);
    if (--connection->references > 0)
        return;
    NetConnectionSet *set = connection->set;
    if (connection->free_state)
        connection->free_state(connection->state);
    mem_free_secret(connection->input);
    mem_free(connection);
    net_connection_set_unref(set);
}

void net_connection_set_state(NetConnection *connection, void *state,
                              void (*free_state)(void *state))
{
    check(!connection->state);
    connection->state = state;
    connection->free_state = free_state;
}

/* The kernel would hold megabytes for a client that does not read: its queue counts too. */
static void limit_kernel_queue(NetConnection *connection)
{
    uv_os_fd_t file = -1;
    int most = CONNECTION_OUTPUT_BYTES;
    if (uv_fileno((uv_handle_t *)&connection->tcp, &file) == 0)
        setsockopt(file, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof(most));
}

void net_connection_upgrade(NetConnection *connection, const Protocol *protocol)
{
    limit_kernel_queue(connection);
    connection->protocol = protocol;
    protocol->on_start(connection);
}

static void change_timer_kind(NetConnection *connection, uint8_t kind)
{
    if (connection->timer_kind == CONNECTION_TIMER_IDLE)
        list_remove(&connection->set->idle, &connection->idle_node);
    connection->timer_kind = kind;
    if (kind == CONNECTION_TIMER_IDLE)
        list_append(&connection->set->idle, &connection->idle_node);
}

static void expire(TimerNode *node, void *context)
{
    NetConnectionSet *set = context;
    NetConnection *connection = CONTAINER_OF(node, NetConnection, timer);
    uint8_t kind = connection->timer_kind;
    if (kind >= CONNECTION_TIMER_PROTOCOL) {
        connection->protocol->on_timer(connection, kind);
        return;
    }
    set->timeouts += kind == CONNECTION_TIMER_WRITE;
    net_connection_close(connection);
}

static void on_tick(uv_timer_t *timer)
{
    NetConnectionSet *set = timer->data;
    set->references++;
    timer_wheel_advance(&set->wheel, uv_now(timer->loop), expire, set);
    if (set->wheel.filed_count == 0 && set->tick_runs) {
        set->tick_runs = false;
        uv_timer_stop(timer);
    }
    net_connection_set_unref(set);
}

static void start_ticks(NetConnectionSet *set)
{
    if (set->tick_runs || uv_is_closing((uv_handle_t *)&set->tick))
        return;
    set->tick_runs = true;
    uv_timer_start(&set->tick, on_tick, TIMER_TICK_MS, TIMER_TICK_MS);
}

void net_connection_timer_set(NetConnection *connection, uint8_t kind, uint32_t delay_ms)
{
    NetConnectionSet *set = connection->set;
    if (connection->closed)
        return;
    change_timer_kind(connection, kind);
    timer_wheel_set(&set->wheel, &connection->timer, uv_now(loop_uv(set->loop)),
                    MIN_OF(delay_ms, (uint32_t)MAX_WHEEL_DELAY_MS));
    start_ticks(set);
}

void net_connection_timer_stop(NetConnection *connection)
{
    change_timer_kind(connection, CONNECTION_TIMER_NONE);
    timer_wheel_clear(&connection->timer);
}

void net_connection_timer_clear(NetConnection *connection, uint8_t kind)
{
    if (connection->timer_kind == kind)
        net_connection_timer_stop(connection);
}

static void on_closed(uv_handle_t *handle)
{
    net_connection_unref((NetConnection *)handle);
}

void net_connection_close(NetConnection *connection)
{
    if (connection->closed)
        return;
    NetConnectionSet *set = connection->set;
    connection->closed = true;
    connection->reading = false;
    timer_wheel_remove(&set->wheel, &connection->timer);
    if (connection->timer_kind == CONNECTION_TIMER_LINGER)
        set->lingering--;
    change_timer_kind(connection, CONNECTION_TIMER_NONE);
    list_remove(&set->all, &connection->node);
    uv_close((uv_handle_t *)&connection->tcp, on_closed);
    connection->protocol->on_close(connection);
}

static void shut_down_sending(NetConnection *connection)
{
    uv_os_fd_t file;
    if (uv_fileno((uv_handle_t *)&connection->tcp, &file) == 0)
        shutdown(file, SHUT_WR);
}

void net_connection_close_gently(NetConnection *connection)
{
    if (connection->closed)
        return;
    connection->closing = true;
    mem_free_secret(connection->input);
    connection->input = NULL;
    if (connection->output) {
        net_connection_output_watch(connection); /* returns here once it is written */
        return;
    }
    if (connection->eof) {
        net_connection_close(connection);
        return;
    }
    if (connection->timer_kind != CONNECTION_TIMER_LINGER)
        connection->set->lingering++;
    /* Closing with bytes unread would make the kernel reset the connection and the client lose
     * the answer. */
    shut_down_sending(connection);
    net_connection_timer_set(connection, CONNECTION_TIMER_LINGER,
                             connection->set->stopping ? STOPPING_LINGER_MS : LINGER_MS);
    net_connection_read_start(connection);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out_buffer)
{
    NetConnection *connection = (NetConnection *)handle;
    NetInput *input = connection->input;
    (void)suggested;
    uint32_t most = CONNECTION_READ_BYTES - (uint32_t)net_connection_input(connection).size;
    if (net_connection_input_is_full(connection)) {
        *out_buffer = uv_buf_init(NULL, 0);
    } else if (input && input->capacity - input->end >= LEAST_READ_BYTES) {
        *out_buffer =
            uv_buf_init(input->data + input->end, MIN_OF(most, input->capacity - input->end));
    } else {
        *out_buffer = uv_buf_init(connection->set->read_buffer, most);
    }
}

/* Gives the bytes to the protocol. Returns how many it used. */
static size_t offer(NetConnection *connection, char *bytes, size_t size)
{
    const Protocol *protocol = connection->protocol;
    return protocol->on_bytes ? protocol->on_bytes(connection, bytes, size) : size;
}

void net_connection_resume(NetConnection *connection)
{
    Str bytes = net_connection_input(connection);
    net_connection_ref(connection);
    size_t used = offer(connection, (char *)(uintptr_t)bytes.data, bytes.size);
    if (!connection->closed && !connection->closing && connection->input)
        net_connection_input_consume(connection, used);
    net_connection_unref(connection);
}

/* Delivers bytes from the shared buffer when no input waits before them, so that a typical request
 * is never copied. */
static void deliver_shared(NetConnection *connection, char *bytes, size_t size)
{
    net_connection_ref(connection);
    size_t used = offer(connection, bytes, size);
    if (used < size && !connection->closed && !connection->closing)
        net_connection_input_append(connection, str_make(bytes + used, size - used));
    explicit_bzero(bytes, size);
    net_connection_unref(connection);
}

static void deliver(NetConnection *connection, char *bytes, size_t size)
{
    bool is_shared = bytes == connection->set->read_buffer;
    if (is_shared && !connection->input) {
        deliver_shared(connection, bytes, size);
        return;
    }
    if (is_shared) {
        net_connection_input_append(connection, str_make(bytes, size));
        explicit_bzero(bytes, size);
    } else {
        connection->input->end += (uint32_t)size;
    }
    net_connection_resume(connection);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    NetConnection *connection = (NetConnection *)stream;
    if (size == 0 || connection->closed)
        return;
    if (size == UV_ENOBUFS) {
        net_connection_read_stop(connection);
    } else if (size == UV_EOF) {
        connection->eof = true;
        net_connection_read_stop(connection);
        if (connection->closing)
            net_connection_close_gently(connection);
        else
            connection->protocol->on_eof(connection);
    } else if (size < 0) {
        net_connection_close(connection);
    } else {
        connection->set->bytes_in += (uint64_t)size;
        if (!connection->closing)
            deliver(connection, buffer->base, (size_t)size);
    }
}

void net_connection_read_start(NetConnection *connection)
{
    if (connection->reading || connection->closed || connection->eof)
        return;
    connection->reading = true;
    check(uv_read_start((uv_stream_t *)&connection->tcp, on_alloc, on_read) == 0);
}

void net_connection_read_stop(NetConnection *connection)
{
    if (!connection->reading)
        return;
    connection->reading = false;
    uv_read_stop((uv_stream_t *)&connection->tcp);
}

size_t net_connection_pieces_bytes(const Str *pieces, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += pieces[i].size;
    return total;
}

/* Drops the first size bytes of the pieces. */
static void use_up(Str *pieces, size_t count, size_t size)
{
    for (size_t i = 0; i < count && size > 0; i++) {
        size_t used = MIN_OF(size, pieces[i].size);
        pieces[i] = str_from(pieces[i], used);
        size -= used;
    }
}

/* Writes with one writev. When the client has left, closes the connection and returns false. */
static bool write_now(NetConnection *connection, Str *pieces, size_t count)
{
    uv_buf_t buffers[MAX_PIECES];
    unsigned used = 0;
    check(count <= MAX_PIECES);
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].size)
            buffers[used++] = uv_buf_init((char *)(uintptr_t)pieces[i].data,
                                          (unsigned)MIN_OF(pieces[i].size, (size_t)1 << 30));
    }
    if (used == 0)
        return true;
    int written = uv_try_write((uv_stream_t *)&connection->tcp, buffers, used);
    if (written == UV_EAGAIN)
        return true;
    if (written < 0) {
        net_connection_close(connection);
        return false;
    }
    connection->set->bytes_out += (uint64_t)written;
    use_up(pieces, count, (size_t)written);
    return true;
}

static void on_written(uv_write_t *write, int status)
{
    NetOutput *output = write->data;
    NetConnection *connection = output->connection;
    connection->output = NULL;
    connection->set->bytes_out += status == 0 ? output->size : 0;
    mem_free(output);
    net_connection_timer_clear(connection, CONNECTION_TIMER_WRITE);
    if (status != 0)
        net_connection_close(connection);
    else if (connection->closing)
        net_connection_close_gently(connection);
    else
        connection->protocol->on_written(connection);
    net_connection_unref(connection);
}

/* Queues a copy of as many bytes as may be buffered, to be sent when the kernel accepts more. */
static void write_later(NetConnection *connection, Str *pieces, size_t count)
{
    size_t size =
        MIN_OF(net_connection_pieces_bytes(pieces, count), (size_t)CONNECTION_OUTPUT_BYTES);
    NetOutput *output = mem_resize(NULL, 1, sizeof(NetOutput) + size);
    output->connection = connection;
    output->size = 0;
    for (size_t i = 0; i < count && output->size < size; i++) {
        Str part = str_slice(pieces[i], 0, size - output->size);
        if (part.size)
            memcpy(output->data + output->size, part.data, part.size);
        output->size += (uint32_t)part.size;
    }
    use_up(pieces, count, size);
    output->write.data = output;
    connection->output = output;
    net_connection_ref(connection);
    uv_buf_t buffer = uv_buf_init(output->data, output->size);
    net_connection_timer_set(connection, CONNECTION_TIMER_WRITE, connection->set->write_timeout_ms);
    int status = uv_write(&output->write, (uv_stream_t *)&connection->tcp, &buffer, 1, on_written);
    check(status == 0);
}

size_t net_connection_output_bytes(const NetConnection *connection)
{
    return connection->output ? connection->output->size : 0;
}

void net_connection_output_watch(NetConnection *connection)
{
    if (connection->output && connection->timer_kind != CONNECTION_TIMER_WRITE)
        net_connection_timer_set(connection, CONNECTION_TIMER_WRITE,
                                 connection->set->write_timeout_ms);
}

bool net_connection_send_some(NetConnection *connection, Str *pieces, size_t count)
{
    if (connection->closed || (!connection->output && !write_now(connection, pieces, count)))
        return false;
    if (!connection->output && net_connection_pieces_bytes(pieces, count) > 0)
        write_later(connection, pieces, count);
    return true;
}

bool net_connection_send_now(NetConnection *connection, Str *pieces, size_t count)
{
    if (!net_connection_send_some(connection, pieces, count))
        return false;
    if (net_connection_pieces_bytes(pieces, count) == 0)
        return true;
    net_connection_close(connection);
    return false;
}

static IpAddress address_of_peer(const uv_tcp_t *tcp)
{
    struct sockaddr_storage storage;
    int size = sizeof(storage);
    if (uv_tcp_getpeername(tcp, (struct sockaddr *)&storage, &size) != 0)
        return (IpAddress){0};
    return ip_unmap(ip_of_socket((struct sockaddr *)&storage));
}

NetConnection *net_connection_accept(NetConnectionSet *set, uv_tcp_t *listener,
                                     const Protocol *protocol, size_t size)
{
    NetConnection *connection = mem_alloc(1, size);
    connection->set = set;
    connection->protocol = protocol;
    connection->references = 1;
    set->references++;
    check(uv_tcp_init(loop_uv(set->loop), &connection->tcp) == 0);
    list_prepend(&set->all, &connection->node);
    if (uv_accept((uv_stream_t *)listener, (uv_stream_t *)&connection->tcp) != 0) {
        net_connection_close(connection);
        return NULL;
    }
    connection->peer = address_of_peer(&connection->tcp);
    return connection;
}
