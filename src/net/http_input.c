/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "net/http_private.h"

enum { SMALLEST_INPUT = 1024, FREE_WANTED = 4 * 1024 };

static uint32_t used_bytes(const HttpInput *input)
{
    return input ? input->end - input->begin : 0;
}

static uint32_t held_bytes(const HttpConnection *connection)
{
    return connection->request ? connection->request->held_bytes : 0;
}

/* Moving is for bytes nobody looks at. */
static void compact(HttpInput *input)
{
    if (input->begin == 0)
        return;
    memmove(input->data, input->data + input->begin, used_bytes(input));
    input->end -= input->begin;
    input->begin = 0;
}

static void grow(HttpConnection *connection, uint32_t capacity)
{
    HttpInput *input = connection->input;
    bool is_new = !input;
    if (input && input->capacity >= capacity)
        return;
    input = mem_resize(input, 1, sizeof(HttpInput) + capacity);
    if (is_new)
        memset(input, 0, sizeof(HttpInput));
    input->capacity = capacity;
    connection->input = input;
}

void http_input_append(HttpConnection *connection, Str bytes)
{
    uint32_t size = (uint32_t)bytes.size;
    uint32_t needed = used_bytes(connection->input) + size;
    HttpInput *input = connection->input;
    if (input && input->capacity - input->end < size && !held_bytes(connection))
        compact(input);
    if (!input || input->capacity - input->end < size) {
        /* Held bytes are never here: while a handler looks at some, reads go to the buffer's end.
         */
        check(!held_bytes(connection));
        uint32_t capacity = SMALLEST_INPUT;
        while (capacity < needed)
            capacity *= 2;
        grow(connection, capacity);
        input = connection->input;
    }
    memcpy(input->data + input->end, bytes.data, size);
    input->end += size;
}

void http_input_make_room(HttpConnection *connection)
{
    check(!held_bytes(connection));
    if (connection->input)
        compact(connection->input);
    grow(connection, HTTP_READ_BYTES);
}

void http_input_consume(HttpConnection *connection, size_t size)
{
    HttpInput *input = connection->input;
    if (!input)
        return;
    check(size <= used_bytes(input));
    input->begin += (uint32_t)size;
    if (size)
        input->scan = (HttpHeadScan){0};
    if (input->begin < input->end)
        return;
    /* A handler reads the body that is still coming: the buffer will be used again at once. */
    const HttpRequest *request = connection->request;
    if (request && !request->body_done && !request->is_receiving && !connection->closed) {
        input->begin = input->end = 0;
        return;
    }
    mem_free(input);
    connection->input = NULL;
}

bool http_input_is_full(const HttpConnection *connection)
{
    const HttpInput *input = connection->input;
    if (!input)
        return false;
    if (held_bytes(connection))
        return input->capacity - input->end < FREE_WANTED;
    return used_bytes(input) > HTTP_READ_BYTES - FREE_WANTED;
}
