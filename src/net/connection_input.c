/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "net/connection.h"

enum { SMALLEST_INPUT = 1024, FREE_WANTED = 4 * 1024 };

static uint32_t used_bytes(const NetInput *input)
{
    return input ? input->end - input->begin : 0;
}

/* Bytes may be moved only while no handler holds a view of them. */
static void compact(NetInput *input)
{
    if (input->begin == 0)
        return;
    uint32_t used = used_bytes(input);
    memmove(input->data, input->data + input->begin, used);
    explicit_bzero(input->data + used, input->end - used);
    input->end = used;
    input->begin = 0;
}

static void grow(NetConnection *connection, uint32_t capacity)
{
    NetInput *input = connection->input;
    bool is_new = !input;
    if (input && input->capacity >= capacity)
        return;
    input = mem_resize_secret(input, 1, sizeof(NetInput) + capacity);
    if (is_new)
        *input = (NetInput){0};
    input->capacity = capacity;
    connection->input = input;
}

void net_connection_input_append(NetConnection *connection, Str bytes)
{
    uint32_t size = (uint32_t)bytes.size;
    uint32_t needed = used_bytes(connection->input) + size;
    NetInput *input = connection->input;
    if (input && input->capacity - input->end < size && !connection->held_bytes)
        compact(input);
    if (!input || input->capacity - input->end < size) {
        /* While a handler holds bytes, the socket is read to the end of this buffer, never into
         * another buffer whose bytes would have to be appended. */
        check(!connection->held_bytes);
        uint32_t capacity = SMALLEST_INPUT;
        while (capacity < needed)
            capacity *= 2;
        grow(connection, capacity);
        input = connection->input;
    }
    memcpy(input->data + input->end, bytes.data, size);
    input->end += size;
}

void net_connection_input_make_room(NetConnection *connection)
{
    check(!connection->held_bytes);
    if (connection->input)
        compact(connection->input);
    grow(connection, CONNECTION_READ_BYTES);
}

void net_connection_input_consume(NetConnection *connection, size_t size)
{
    NetInput *input = connection->input;
    if (!input)
        return;
    check(size <= used_bytes(input));
    explicit_bzero(input->data + input->begin, size);
    input->begin += (uint32_t)size;
    if (input->begin < input->end)
        return;
    if (connection->keeps_input && !connection->closed) {
        input->begin = input->end = 0;
        return;
    }
    mem_free_secret(input);
    connection->input = NULL;
}

bool net_connection_input_is_full(const NetConnection *connection)
{
    const NetInput *input = connection->input;
    if (!input)
        return false;
    if (connection->held_bytes)
        return input->capacity - input->end < FREE_WANTED;
    return used_bytes(input) > CONNECTION_READ_BYTES - FREE_WANTED;
}
