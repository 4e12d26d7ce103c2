/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http/chunked.h"

#include "base/ascii.h"

enum {
    AT_SIZE,
    AT_EXTENSION,
    AT_SIZE_LF,
    AT_DATA,
    AT_DATA_CR,
    AT_DATA_LF,
    AT_TRAILER, /* the first byte of a trailer line or of the empty line */
    AT_TRAILER_NAME,
    AT_TRAILER_VALUE,
    AT_TRAILER_LF,
    AT_END_LF,
    AT_END,
};

enum { LONGEST_SIZE = 15 };

static bool is_text(char byte)
{
    unsigned char value = (unsigned char)byte;
    return value == '\t' || (value >= 0x20 && value != 0x7F);
}

static bool step_size(HttpChunked *chunked, char byte)
{
    int digit = ascii_hex_value(byte);
    if (digit >= 0) {
        if (++chunked->digits > LONGEST_SIZE)
            return false;
        chunked->left = chunked->left * 16 + (unsigned)digit;
        return true;
    }
    if (chunked->digits == 0 || (byte != '\r' && byte != ';'))
        return false;
    chunked->state = byte == '\r' ? AT_SIZE_LF : AT_EXTENSION;
    chunked->extension_bytes = 0;
    return true;
}

static bool step_extension(HttpChunked *chunked, char byte)
{
    if (byte == '\r') {
        chunked->state = AT_SIZE_LF;
        return true;
    }
    return is_text(byte) && ++chunked->extension_bytes <= HTTP_CHUNK_EXTENSION_MAX &&
           ++chunked->extensions_bytes <= HTTP_CHUNK_EXTENSIONS_MAX;
}

static bool step_trailer(HttpChunked *chunked, char byte)
{
    if (++chunked->trailer_bytes > HTTP_CHUNK_TRAILERS_MAX)
        return false;
    switch (chunked->state) {
    case AT_TRAILER:
        if (byte == '\r') {
            chunked->state = AT_END_LF;
            return true;
        }
        chunked->state = AT_TRAILER_NAME;
        return is_text(byte) && byte != ' ' && byte != '\t' && byte != ':';
    case AT_TRAILER_NAME:
        if (byte == ':') {
            chunked->state = AT_TRAILER_VALUE;
            return true;
        }
        return is_text(byte) && byte != ' ' && byte != '\t';
    case AT_TRAILER_VALUE:
        if (byte != '\r')
            return is_text(byte);
        chunked->state = AT_TRAILER_LF;
        return true;
    default:
        chunked->state = AT_TRAILER;
        return byte == '\n';
    }
}

/* Takes one byte of framing. Returns false when it is malformed. */
static bool step(HttpChunked *chunked, char byte)
{
    switch (chunked->state) {
    case AT_SIZE:
        return step_size(chunked, byte);
    case AT_EXTENSION:
        return step_extension(chunked, byte);
    case AT_SIZE_LF:
        chunked->state = chunked->left ? AT_DATA : AT_TRAILER;
        chunked->digits = 0;
        return byte == '\n';
    case AT_DATA_CR:
        chunked->state = AT_DATA_LF;
        return byte == '\r';
    case AT_DATA_LF:
        chunked->state = AT_SIZE;
        return byte == '\n';
    case AT_END_LF:
        chunked->state = AT_END;
        return byte == '\n';
    default:
        return step_trailer(chunked, byte);
    }
}

HttpChunkedResult http_chunked_next(HttpChunked *chunked, Str input, size_t *out_consumed,
                                    Str *out_data)
{
    size_t at = 0;
    HttpChunkedResult result = HTTP_CHUNKED_MORE;
    while (result == HTTP_CHUNKED_MORE && at < input.size && chunked->state != AT_END) {
        if (chunked->state == AT_DATA) {
            size_t size = (size_t)MIN_OF(chunked->left, (uint64_t)(input.size - at));
            *out_data = str_slice(input, at, size);
            at += size;
            chunked->left -= size;
            if (chunked->left == 0)
                chunked->state = AT_DATA_CR;
            result = HTTP_CHUNKED_DATA;
        } else if (!step(chunked, input.data[at++])) {
            result = HTTP_CHUNKED_BAD;
        }
    }
    *out_consumed = at;
    return result == HTTP_CHUNKED_MORE && chunked->state == AT_END ? HTTP_CHUNKED_END : result;
}
