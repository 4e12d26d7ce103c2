/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/pcap/input.h"

#include "base/mem.h"

enum { RAW_SIZE = 64 * 1024, RATIO_FREE_BYTES = 64 << 20 };

void input_init(Input *input, const PcapSource *source, const PcapLimits *limits)
{
    *input = (Input){.source = source, .limits = limits};
    if (source->mapped.data) {
        input->window = (const uint8_t *)source->mapped.data;
        input->end = source->mapped.size;
        input->at_end = true;
        input->compressed = input->end >= 2 && input->window[0] == 0x1f && input->window[1] == 0x8b;
        if (!input->compressed)
            return;
        input->end = 0;
        input->at_end = false;
    }
    input->buffer = mem_alloc(1, INPUT_WINDOW);
    input->window = input->buffer;
}

void input_done(Input *input)
{
    if (input->stream_open)
        inflateEnd(&input->stream);
    mem_free(input->buffer);
    mem_free(input->raw);
    *input = (Input){.at_end = true};
}

static size_t source_read(Input *input, uint8_t *out, size_t size)
{
    size_t got = 0;
    if (input->read_failed)
        return 0;
    if (!input->source->read || !input->source->read(input->source->context, out, size, &got)) {
        input->read_failed = true;
        input->failure = "the file could not be read on";
        return 0;
    }
    check(got <= size);
    input->file_used += got;
    return got;
}

/* More compressed bytes for an empty stream; false at the end of the file. */
static bool refill_compressed(Input *input)
{
    z_stream *stream = &input->stream;
    if (input->source->mapped.data) {
        size_t left = input->source->mapped.size - input->mapped_used;
        size_t size = MIN_OF(left, (size_t)RAW_SIZE);
        union {
            const char *text;
            Bytef *bytes;
        } next = {.text = input->source->mapped.data + input->mapped_used};
        stream->next_in = next.bytes;
        stream->avail_in = (uInt)size;
        input->mapped_used += size;
        input->file_used += size;
    } else {
        stream->next_in = input->raw;
        stream->avail_in = (uInt)source_read(input, input->raw, RAW_SIZE);
    }
    return stream->avail_in > 0;
}

static bool inflate_within_limits(Input *input)
{
    if (input->inflated > input->limits->max_inflated_bytes) {
        input->failure = "the compressed file expands beyond the limit";
        input->damaged = true;
        return false;
    }
    uint64_t ratio_limit = RATIO_FREE_BYTES + input->file_used * input->limits->max_inflate_ratio;
    if (input->inflated > ratio_limit) {
        input->failure = "the compressed file expands out of all proportion";
        input->damaged = true;
        return false;
    }
    return true;
}

/* The end of a member: another may follow, anything else is the end. */
static bool next_member(Input *input)
{
    input->member_open = false;
    if (input->stream.avail_in == 0 && !refill_compressed(input))
        return false;
    if (input->stream.next_in[0] != 0x1f)
        return false;
    check(inflateReset(&input->stream) == Z_OK);
    return true;
}

/* Inflates into out until it is full or the input ends; the number of bytes. */
static size_t inflate_some(Input *input, uint8_t *out, size_t size)
{
    z_stream *stream = &input->stream;
    stream->next_out = out;
    stream->avail_out = (uInt)size;
    while (stream->avail_out > 0) {
        if (stream->avail_in == 0 && !refill_compressed(input)) {
            if (input->member_open && !input->failure)
                input->failure = "the compressed data ends in the middle";
            break;
        }
        uInt before = stream->avail_out;
        int status = inflate(stream, Z_NO_FLUSH);
        input->inflated += before - stream->avail_out;
        input->member_open = true;
        if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
            input->failure = "the compressed data is damaged";
            input->damaged = true;
            break;
        }
        if (!inflate_within_limits(input) || (status == Z_STREAM_END && !next_member(input)))
            break;
    }
    return size - stream->avail_out;
}

/* Recognises gzip by its first two bytes, once, on input that is read piecemeal. */
static void start_stream(Input *input)
{
    check(input->buffer != NULL);
    if (!input->source->mapped.data) {
        while (input->end < 2 && !input->at_end) {
            size_t got = source_read(input, input->buffer + input->end, RAW_SIZE - input->end);
            input->end += got;
            input->at_end = got == 0;
        }
        input->compressed = input->end >= 2 && input->buffer[0] == 0x1f && input->buffer[1] == 0x8b;
    }
    if (!input->compressed)
        return;
    check(inflateInit2(&input->stream, 15 + 16) == Z_OK);
    input->stream_open = true;
    if (!input->source->mapped.data) {
        input->raw = mem_alloc(1, RAW_SIZE);
        memcpy(input->raw, input->buffer, input->end);
        input->stream.next_in = input->raw;
        input->stream.avail_in = (uInt)input->end;
        input->end = 0;
        input->at_end = false;
    }
}

static void fill_window(Input *input)
{
    check(input->buffer != NULL);
    if (input->start > 0) {
        memmove(input->buffer, input->buffer + input->start, input->end - input->start);
        input->end -= input->start;
        input->start = 0;
    }
    bool first = input->position == 0 && input->end == 0 && !input->stream_open;
    if (first)
        start_stream(input);
    while (!input->at_end && input->end < INPUT_WINDOW) {
        uint8_t *out = input->buffer + input->end;
        size_t room = INPUT_WINDOW - input->end;
        size_t got =
            input->compressed ? inflate_some(input, out, room) : source_read(input, out, room);
        input->end += got;
        input->at_end = input->failure || (input->compressed ? got < room : got == 0);
    }
}

size_t input_peek(Input *input, size_t size, const uint8_t **out_bytes)
{
    check(size <= INPUT_WINDOW);
    if (input->end - input->start < size && !input->at_end)
        fill_window(input);
    *out_bytes = input->window + input->start;
    return MIN_OF(size, input->end - input->start);
}

bool input_skip(Input *input, uint64_t size)
{
    while (size > 0) {
        if (input->start == input->end && !input->at_end)
            fill_window(input);
        uint64_t step = MIN_OF(size, (uint64_t)(input->end - input->start));
        if (step == 0)
            return false;
        input->start += (size_t)step;
        input->position += step;
        if (!input->buffer)
            input->file_used = input->position;
        size -= step;
    }
    return true;
}
