/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Notes of TLS and HTTP: the server name of a client hello (RFC 8446, RFC 6066), the host of a
 * request and the status of a response (RFC 9110). Only what begins a segment is seen; a client
 * hello may go on in the segments that follow it.
 */
#include "base/ascii.h"
#include "base/mem.h"
#include "engines/pcap/notes.h"

enum {
    TLS_RECORD_BYTES = 5,
    TLS_HANDSHAKE = 22,
    TLS_CLIENT_HELLO = 1,
    STATUS_MIN = 100,
    METHOD_MAX = 20
};

/* Skips a field whose length stands before it in length_bytes bytes. */
static bool skip_field(Slice *slice, uint32_t length_bytes)
{
    if (slice->captured < length_bytes)
        return false;
    uint32_t size = length_bytes == 1 ? slice->data[0] : load_be16(slice->data);
    if (slice->captured - length_bytes < size)
        return false;
    *slice = slice_after(*slice, length_bytes + size);
    return true;
}

Str notes_server_name(Slice hello)
{
    enum { VERSION_AND_RANDOM = 34, EXTENSION_SERVER_NAME = 0 };
    hello = slice_after(hello, VERSION_AND_RANDOM);
    if (!skip_field(&hello, 1) || !skip_field(&hello, 2) || !skip_field(&hello, 1) ||
        hello.captured < 2)
        return STR("");
    hello = slice_trim(slice_after(hello, 2), load_be16(hello.data));
    while (hello.captured >= 4) {
        uint32_t type = load_be16(hello.data);
        uint32_t size = load_be16(hello.data + 2);
        Slice extension = slice_trim(slice_after(hello, 4), size);
        if (type == EXTENSION_SERVER_NAME && extension.captured >= 5) {
            uint32_t length = load_be16(extension.data + 3);
            Slice name = slice_trim(slice_after(extension, 5), length);
            return name.captured == length ? str_make(name.data, length) : STR("");
        }
        hello = slice_after(hello, 4 + size);
    }
    return STR("");
}

static void count_hello(Notes *notes, Slice record)
{
    enum { HANDSHAKE_HEADER = 4 };
    char buffer[PCAP_NAME_SIZE];
    size_t size = 0;
    Str name = notes_server_name(slice_after(record, TLS_RECORD_BYTES + HANDSHAKE_HEADER));
    for (; size < name.size && size < PCAP_NAME_SIZE - 1; size++) {
        char byte = name.data[size];
        buffer[size] = byte > ' ' && byte < 0x7F ? byte : '?';
    }
    if (size == 0)
        return;
    uint32_t index = notes_find_name(notes, PCAP_NAME_TLS, str_make(buffer, size));
    if (index != UINT32_MAX)
        notes->names[index].requests++;
}

static Slice hello_slice(const NotedHello *hello)
{
    return (Slice){hello->bytes, hello->size, hello->size};
}

static bool is_whole(Slice record)
{
    return record.captured >= TLS_RECORD_BYTES &&
           record.captured >= TLS_RECORD_BYTES + (uint32_t)load_be16(record.data + 3);
}

/* Appends a segment to the hello that it continues. Returns whether it continues one. */
static bool continue_hello(Notes *notes, const NotedSegment *noted, Slice payload)
{
    for (uint32_t i = 0; i < NOTES_MAX_HELLOS; i++) {
        NotedHello *hello = &notes->hellos[i];
        if (hello->conversation != noted->conversation + 1 || hello->side != noted->side ||
            hello->next_sequence != noted->segment->sequence)
            continue;
        uint32_t take = MIN_OF(payload.captured, (uint32_t)NOTES_HELLO_BYTES - hello->size);
        memcpy(hello->bytes + hello->size, payload.data, take);
        hello->size += take;
        hello->next_sequence += noted->segment->payload;
        bool is_full = hello->size == NOTES_HELLO_BYTES;
        if (is_whole(hello_slice(hello)) || is_full) {
            count_hello(notes, hello_slice(hello));
            hello->conversation = 0;
            notes->open_hellos--;
        }
        return true;
    }
    return false;
}

static void keep_hello(Notes *notes, const NotedSegment *noted, Slice payload)
{
    if (!notes->hellos)
        notes->hellos = mem_alloc(NOTES_MAX_HELLOS, sizeof(NotedHello));
    NotedHello *hello = &notes->hellos[notes->hello_next++ % NOTES_MAX_HELLOS];
    notes->open_hellos += hello->conversation == 0;
    hello->conversation = noted->conversation + 1;
    hello->side = noted->side;
    hello->next_sequence = noted->segment->sequence + noted->segment->payload;
    hello->size = MIN_OF(payload.captured, (uint32_t)NOTES_HELLO_BYTES);
    memcpy(hello->bytes, payload.data, hello->size);
}

static void note_hello(Notes *notes, const NotedSegment *noted, Slice payload)
{
    const uint8_t *bytes = payload.data;
    if (payload.captured < TLS_RECORD_BYTES + 1 || bytes[1] != 3 || bytes[2] > 4 ||
        bytes[TLS_RECORD_BYTES] != TLS_CLIENT_HELLO)
        return;
    if (is_whole(payload))
        count_hello(notes, payload);
    else
        keep_hello(notes, noted, payload);
}

/* Returns the value of the header field Host, which the request has before its body. */
static Str host_of(Str request)
{
    Str line;
    while (str_next_line(&request, &line)) {
        line = str_trim(line);
        if (str_empty(line))
            break;
        if (line.size > 5 && str_equal_ignore_case(str_slice(line, 0, 5), STR("host:")))
            return str_trim(str_from(line, 5));
    }
    return STR("");
}

/* "VERSION-CONTROL /x HTTP/1.1": any method of capital letters, as there are many. */
static bool is_request(Str text)
{
    Str line;
    size_t method = 0;
    while (method < text.size && method < METHOD_MAX &&
           ((text.data[method] >= 'A' && text.data[method] <= 'Z') || text.data[method] == '-' ||
            text.data[method] == '_'))
        method++;
    if (method < 3 || method == text.size || text.data[method] != ' ')
        return false;
    return str_next_line(&text, &line) && str_find(line, STR("HTTP/1.")) != STR_NOT_FOUND;
}

static void note_request(Notes *notes, const NotedSegment *noted, Str text)
{
    char buffer[PCAP_NAME_SIZE];
    Str host = host_of(text);
    size_t size = MIN_OF(host.size, sizeof(buffer) - 1);
    if (size == 0)
        return;
    for (size_t i = 0; i < size; i++)
        buffer[i] = host.data[i] > ' ' && host.data[i] < 0x7F ? host.data[i] : '?';
    uint32_t index = notes_find_name(notes, PCAP_NAME_HTTP, str_make(buffer, size));
    if (index == UINT32_MAX)
        return;
    notes->names[index].requests++;
    notes->tcp[noted->tcp].http_host = index + 1;
}

static void count_status(Notes *notes, uint16_t code)
{
    uint32_t i = 0;
    while (i < notes->status_count && notes->statuses[i].code != code)
        i++;
    if (i == NOTES_MAX_STATUSES)
        return;
    if (i == notes->status_count)
        notes->statuses[notes->status_count++] = (PcapStatus){.code = code};
    notes->statuses[i].count++;
}

/* "HTTP/1.1 503 …" */
static void note_response(Notes *notes, const DecodedPacket *packet, const NotedSegment *noted,
                          Str text)
{
    enum { CODE_AT = 9, SERVER_ERRORS = 5 };
    if (text.size < CODE_AT + 3 || text.data[CODE_AT - 1] != ' ')
        return;
    uint16_t code = 0;
    for (size_t i = CODE_AT; i < CODE_AT + 3; i++) {
        if (!ascii_is_digit(text.data[i]))
            return;
        code = (uint16_t)(code * 10 + (text.data[i] - '0'));
    }
    count_status(notes, code);
    uint32_t host = notes->tcp[noted->tcp].http_host;
    if (host == 0)
        return;
    PcapName *name = &notes->names[host - 1];
    uint32_t class = code / STATUS_MIN < PCAP_STATUS_CLASSES ? code / STATUS_MIN : 0;
    name->responses++;
    name->statuses[class]++;
    if (class == SERVER_ERRORS && !packet->is_copy)
        examples_add(&name->failures, packet->number);
}

void notes_web(Notes *notes, const DecodedPacket *packet, const NotedSegment *noted, Slice payload)
{
    const uint32_t again = 1u << PCAP_TCP_RETRANSMISSION | 1u << PCAP_TCP_FAST_RETRANSMISSION |
                           1u << PCAP_TCP_SPURIOUS_RETRANSMISSION;
    if (payload.captured == 0 || (noted->finding->events & again) ||
        (notes->open_hellos && continue_hello(notes, noted, payload)))
        return;
    Str text = str_make(payload.data, payload.captured);
    if (payload.data[0] == TLS_HANDSHAKE)
        note_hello(notes, noted, payload);
    else if (str_starts_with(text, STR("HTTP/1.")))
        note_response(notes, packet, noted, text);
    else if (is_request(text))
        note_request(notes, noted, text);
}
