/* SPDX-License-Identifier: Apache-2.0 */
#include "net/outgoing/event_parser.h"

enum { MARK_BYTES = 3, REPAIR_GROWTH = 3 };

static const char byte_order_mark[] = "\xef\xbb\xbf";

void event_parser_init(EventParser *stream, size_t max_bytes)
{
    *stream = (EventParser){.max_bytes = max_bytes};
    strbuf_init(&stream->line, max_bytes);
    /* One byte may become three. */
    strbuf_init(&stream->repaired, max_bytes * REPAIR_GROWTH);
    strbuf_init(&stream->type, max_bytes);
    strbuf_init(&stream->data, max_bytes);
    strbuf_init(&stream->id, max_bytes);
    strbuf_keep_secret(&stream->line);
    strbuf_keep_secret(&stream->repaired);
    strbuf_keep_secret(&stream->data);
}

void event_parser_done(EventParser *stream)
{
    strbuf_done(&stream->line);
    strbuf_done(&stream->repaired);
    strbuf_done(&stream->type);
    strbuf_done(&stream->data);
    strbuf_done(&stream->id);
}

/* Returns the length of the character at the start, or of the bytes that a decoder replaces as one:
 * the longest beginning of a character (WHATWG Encoding, "UTF-8 decoder"). */
static size_t take_character(const unsigned char *bytes, size_t size, bool *out_valid)
{
    unsigned char first = bytes[0];
    size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    *out_valid = length == 1;
    if (length == 1 || first < 0xC2 || first > 0xF4)
        return 1;
    for (size_t i = 1; i < length; i++) {
        if (i >= size || bytes[i] < low || bytes[i] > high)
            return i;
        low = 0x80;
        high = 0xBF;
    }
    *out_valid = true;
    return length;
}

static Str repair(EventParser *stream, Str line)
{
    bool valid = false;
    if (str_is_utf8(line))
        return line;
    strbuf_clear(&stream->repaired);
    for (size_t at = 0; at < line.size;) {
        size_t length =
            take_character((const unsigned char *)line.data + at, line.size - at, &valid);
        strbuf_append(&stream->repaired, valid ? str_slice(line, at, length) : STR("\xef\xbf\xbd"));
        at += length;
    }
    return strbuf_str(&stream->repaired);
}

static void set(StrBuf *buf, Str value)
{
    strbuf_clear(buf);
    strbuf_append(buf, value);
}

static void take_field(EventParser *stream, Str name, Str value)
{
    uint64_t number = 0;
    if (str_equal(name, STR("data"))) {
        strbuf_append(&stream->data, value);
        strbuf_append_byte(&stream->data, '\n');
    } else if (str_equal(name, STR("event"))) {
        set(&stream->type, value);
    } else if (str_equal(name, STR("id"))) {
        if (str_find_byte(value, '\0') == STR_NOT_FOUND)
            set(&stream->id, value);
    } else if (str_equal(name, STR("retry"))) {
        if (str_parse_u64(value, &number))
            stream->retry_ms = number;
    }
    stream->too_large |=
        stream->data.overflowed || stream->type.overflowed || stream->id.overflowed;
}

/* Takes a line. Returns whether it ends an event. */
static bool take_line(EventParser *stream, Str line)
{
    if (str_empty(line)) {
        if (stream->data.size > 0)
            return true;
        strbuf_clear(&stream->type);
        return false;
    }
    line = repair(stream, line);
    size_t colon = str_find_byte(line, ':');
    Str value = colon == STR_NOT_FOUND ? STR("") : str_from(line, colon + 1);
    if (str_starts_with(value, STR(" ")))
        value = str_from(value, 1);
    /* A comment has an empty name, which matches no field. */
    take_field(stream, str_slice(line, 0, colon), value);
    return false;
}

static void append_to_line(EventParser *stream, Str bytes)
{
    /* line and data together never exceed the limit. */
    if (bytes.size > stream->max_bytes - stream->data.size - stream->line.size)
        stream->too_large = true;
    else
        strbuf_append(&stream->line, bytes);
}

/* Skips a byte order mark. Bytes that only looked like one belong to the first line. */
static void skip_mark(EventParser *stream, Str *bytes)
{
    while (stream->mark_bytes < MARK_BYTES && bytes->size > 0) {
        if (bytes->data[0] != byte_order_mark[stream->mark_bytes]) {
            append_to_line(stream, str_make(byte_order_mark, stream->mark_bytes));
            stream->mark_bytes = MARK_BYTES;
            return;
        }
        stream->mark_bytes++;
        *bytes = str_from(*bytes, 1);
    }
}

static size_t find_line_end(Str bytes)
{
    size_t end = 0;
    while (end < bytes.size && bytes.data[end] != '\n' && bytes.data[end] != '\r')
        end++;
    return end;
}

static void start_over(EventParser *stream)
{
    if (!stream->delivered)
        return;
    stream->delivered = false;
    strbuf_clear(&stream->type);
    strbuf_clear(&stream->data);
}

static void give_event(EventParser *stream, ParsedEvent *out_event)
{
    Str data = strbuf_str(&stream->data);
    stream->delivered = true;
    *out_event = (ParsedEvent){.type = strbuf_str(&stream->type),
                               .data = str_slice(data, 0, data.size - 1),
                               .id = strbuf_str(&stream->id)};
}

EventParserResult event_parser_take(EventParser *stream, Str *bytes, ParsedEvent *out_event)
{
    start_over(stream);
    skip_mark(stream, bytes);
    while (bytes->size > 0 && !stream->too_large) {
        if (stream->skips_lf) {
            stream->skips_lf = false;
            if (bytes->data[0] == '\n')
                *bytes = str_from(*bytes, 1);
            continue;
        }
        size_t end = find_line_end(*bytes);
        append_to_line(stream, str_slice(*bytes, 0, end));
        if (end == bytes->size) {
            *bytes = STR("");
            break;
        }
        stream->skips_lf = bytes->data[end] == '\r';
        *bytes = str_from(*bytes, end + 1);
        bool is_event = !stream->too_large && take_line(stream, strbuf_str(&stream->line));
        strbuf_clear(&stream->line);
        if (is_event && !stream->too_large) {
            give_event(stream, out_event);
            return EVENT_PARSER_EVENT;
        }
    }
    return stream->too_large ? EVENT_PARSER_TOO_LARGE : EVENT_PARSER_MORE;
}
