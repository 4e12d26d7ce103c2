/* SPDX-License-Identifier: Apache-2.0 */
/* The framing of bodies: by Content-Length or in chunks. */
#include "net/http/internal.h"

Str http_body_decode(HttpRequest *request, Str input, size_t *out_consumed)
{
    Str part = {"", 0};
    *out_consumed = 0;
    if (request->body_done || request->body_bad)
        return part;
    if (request->head.body == HTTP_BODY_LENGTH) {
        uint64_t left = request->head.content_length - request->body_seen;
        part = str_slice(input, 0, (size_t)MIN_OF(left, (uint64_t)input.size));
        *out_consumed = part.size;
        request->body_done = part.size == left;
    } else {
        HttpChunkedResult result = http_chunked_next(&request->chunked, input, out_consumed, &part);
        request->body_done = result == HTTP_CHUNKED_END;
        request->body_bad = result == HTTP_CHUNKED_BAD;
    }
    request->body_seen += part.size;
    return part;
}

Str http_body_next(HttpRequest *request)
{
    size_t consumed = 0;
    Str input = str_from(net_connection_input(&request->connection->base),
                         request->connection->base.held_bytes);
    Str part = http_body_decode(request, input, &consumed);
    request->connection->base.held_bytes += (uint32_t)consumed;
    return part;
}

/* Uses a decoder of its own, because the handler may still want to read the bytes. */
static bool chunks_are_all_here(const HttpRequest *request)
{
    HttpChunked chunked = request->chunked;
    Str input = str_from(net_connection_input(&request->connection->base),
                         request->connection->base.held_bytes);
    Str part;
    size_t consumed = 0;
    HttpChunkedResult result;
    do {
        result = http_chunked_next(&chunked, input, &consumed, &part);
        input = str_from(input, consumed);
    } while (result == HTTP_CHUNKED_DATA);
    return result == HTTP_CHUNKED_END;
}

bool http_body_can_drain(const HttpRequest *request)
{
    if (request->body_done)
        return true;
    if (request->body_bad)
        return false;
    if (request->head.body == HTTP_BODY_CHUNKED)
        return chunks_are_all_here(request);
    uint64_t left = request->head.content_length - request->body_seen;
    uint64_t here = net_connection_input(&request->connection->base).size -
                    request->connection->base.held_bytes;
    if (left <= here)
        return true;
    /* A client that got no "100 Continue" may or may not send the body. */
    bool unsure = request->head.expects_continue && !request->continue_sent && here == 0;
    return !unsure && !request->connection->base.eof && left - here <= HTTP_DRAIN_BYTES;
}

bool http_body_discard(HttpRequest *request)
{
    while (http_body_next(request).size > 0)
        ;
    return request->body_done;
}
