/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a stream of events: how they are cut into pieces must change nothing, what comes out
 * is UTF-8, and no event is larger than the limit. */
#include "net/outgoing/event_parser.h"

enum { LIMIT = 256, LOG_BYTES = 64 << 20 };

/* Whether the stream stayed within its limits; the events are appended to log. */
static bool read_in_pieces(Str bytes, size_t piece, StrBuf *log)
{
    ParsedEvent event;
    auto_event_parser EventParser stream = {0};
    EventParserResult result = EVENT_PARSER_MORE;
    event_parser_init(&stream, LIMIT);
    strbuf_init(log, LOG_BYTES);
    while (bytes.size > 0 && result != EVENT_PARSER_TOO_LARGE) {
        Str part = str_slice(bytes, 0, MIN_OF(piece, bytes.size));
        bytes = str_from(bytes, part.size);
        while ((result = event_parser_take(&stream, &part, &event)) == EVENT_PARSER_EVENT) {
            check(event.data.size <= LIMIT && event.type.size <= LIMIT && event.id.size <= LIMIT);
            check(str_is_utf8(event.data) && str_is_utf8(event.type) && str_is_utf8(event.id));
            strbuf_append(log, event.type);
            strbuf_append_byte(log, '|');
            strbuf_append(log, event.data);
            strbuf_append_byte(log, '|');
            strbuf_append(log, event.id);
            strbuf_append_byte(log, '\n');
        }
        check(result == EVENT_PARSER_TOO_LARGE || part.size == 0);
    }
    return result != EVENT_PARSER_TOO_LARGE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    auto_strbuf StrBuf whole = {0};
    auto_strbuf StrBuf pieces = {0};
    if (size < 1)
        return 0;
    Str bytes = str_make(data + 1, size - 1);
    bool done = read_in_pieces(bytes, MAX_OF(bytes.size, (size_t)1), &whole);
    bool done_in_pieces = read_in_pieces(bytes, 1 + data[0] % 32, &pieces);
    check(done == done_in_pieces);
    check(str_equal(strbuf_str(&whole), strbuf_str(&pieces)));
    return 0;
}
