/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "net/http_private.h"

enum { MAX_PIECES = 8 };

static size_t total_bytes(const Str *pieces, size_t count)
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

/* One writev; false and closed when the client has left. */
static bool write_now(HttpConnection *connection, Str *pieces, size_t count)
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
        http_connection_close(connection);
        return false;
    }
    connection->server->stats.bytes_out += (uint64_t)written;
    use_up(pieces, count, (size_t)written);
    return true;
}

static void on_written(uv_write_t *write, int status)
{
    HttpOutput *output = write->data;
    HttpConnection *connection = output->connection;
    connection->output = NULL;
    connection->server->stats.bytes_out += status == 0 ? output->size : 0;
    mem_free(output);
    http_connection_timer_clear(connection, HTTP_TIMER_WRITE);
    if (status != 0) {
        http_connection_close(connection);
    } else if (connection->closing) {
        http_connection_close_gently(connection);
    } else {
        if (connection->socket)
            websocket_on_written(connection);
        if (connection->request)
            wait_wake(connection->request->wait);
        else if (!connection->socket)
            http_connection_advance(connection);
    }
    http_connection_unref(connection);
}

/* Hands the kernel a copy of as much as may be buffered, to be sent when it takes more. */
static void write_later(HttpConnection *connection, Str *pieces, size_t count)
{
    size_t size = MIN_OF(total_bytes(pieces, count), (size_t)HTTP_OUTPUT_BYTES);
    HttpOutput *output = mem_resize(NULL, 1, sizeof(HttpOutput) + size);
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
    http_connection_ref(connection);
    uv_buf_t buffer = uv_buf_init(output->data, output->size);
    http_connection_timer_set(connection, HTTP_TIMER_WRITE,
                              connection->server->options.body_timeout_ms);
    int status = uv_write(&output->write, (uv_stream_t *)&connection->tcp, &buffer, 1, on_written);
    check(status == 0);
}

void http_output_watch(HttpConnection *connection)
{
    if (connection->output && connection->timer_kind != HTTP_TIMER_WRITE)
        http_connection_timer_set(connection, HTTP_TIMER_WRITE,
                                  connection->server->options.body_timeout_ms);
}

bool http_output_send_some(HttpConnection *connection, Str *pieces, size_t count)
{
    if (connection->closed || (!connection->output && !write_now(connection, pieces, count)))
        return false;
    if (!connection->output && total_bytes(pieces, count) > 0)
        write_later(connection, pieces, count);
    return true;
}

bool http_output_send_now(HttpConnection *connection, Str *pieces, size_t count)
{
    if (!http_output_send_some(connection, pieces, count))
        return false;
    if (total_bytes(pieces, count) == 0)
        return true;
    http_connection_close(connection);
    return false;
}

/* Until the output buffer is empty. An answer torn in the middle ends the connection. */
static bool wait_for_room(Task *task, HttpRequest *request)
{
    HttpConnection *connection = request->connection;
    http_output_watch(connection);
    while (connection->output && !connection->closed) {
        request->wait = task_wait_begin(task);
        if (!task_wait(task, request->wait)) {
            http_connection_close(connection);
            return false;
        }
    }
    if (connection->closed)
        return task_fail(task, ERR_CANCELLED, "the client has left");
    return true;
}

bool http_output_send(Task *task, HttpRequest *request, Str *pieces, size_t count)
{
    HttpConnection *connection = request->connection;
    for (;;) {
        if (connection->output && !wait_for_room(task, request))
            return false;
        if (connection->closed || !write_now(connection, pieces, count))
            return task_fail(task, ERR_CANCELLED, "the client has left");
        if (total_bytes(pieces, count) == 0)
            return true;
        write_later(connection, pieces, count);
        if (total_bytes(pieces, count) == 0)
            return true;
    }
}
