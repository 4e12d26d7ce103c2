/* SPDX-License-Identifier: Apache-2.0 */
/* TLS (RFC 8446) and HTTP (RFC 9112) that begin with a segment. */
#include "engines/pcap/application.h"
#include "engines/pcap/notes.h"

enum {
    RECORD_BYTES = 5,
    RECORD_MAX = 18432,
    TYPE_FIRST = 20,
    TYPE_HANDSHAKE = 22,
    TYPE_LAST = 24,
    CLIENT_HELLO = 1,
    LINE_MAX = 100,
};

static bool is_record(Slice payload)
{
    if (payload.captured < RECORD_BYTES)
        return false;
    const uint8_t *bytes = payload.data;
    uint32_t size = load_be16(bytes + 3);
    return bytes[0] >= TYPE_FIRST && bytes[0] <= TYPE_LAST && bytes[1] == 3 && bytes[2] <= 4 &&
           size > 0 && size <= RECORD_MAX;
}

static bool is_tls(Slice payload, const uint16_t port[2], bool is_tcp)
{
    (void)port;
    return is_tcp && is_record(payload);
}

static const char *meaning_content(uint64_t type)
{
    static const char *const names[] = {"change cipher spec", "alert", "handshake",
                                        "application data", "heartbeat"};
    return type >= TYPE_FIRST && type <= TYPE_LAST ? names[type - TYPE_FIRST] : NULL;
}

static const char *meaning_handshake(uint64_t type)
{
    static const struct {
        uint8_t type;
        const char *name;
    } names[] = {
        {0, "hello request"},        {1, "client hello"},         {2, "server hello"},
        {4, "new session ticket"},   {8, "encrypted extensions"}, {11, "certificate"},
        {12, "server key exchange"}, {13, "certificate request"}, {14, "server hello done"},
        {15, "certificate verify"},  {16, "client key exchange"}, {20, "finished"},
        {22, "certificate status"},
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (names[i].type == type)
            return names[i].name;
    }
    return NULL;
}

/* Returns the type of the handshake message that begins the record; NULL if it is encrypted. */
static const char *handshake_of(Slice record)
{
    enum { HEADER_BYTES = 4 };
    if (record.data[0] != TYPE_HANDSHAKE || record.captured < RECORD_BYTES + HEADER_BYTES)
        return NULL;
    uint32_t size = load_be32(record.data + RECORD_BYTES) & 0xffffff;
    bool fits = size + HEADER_BYTES <= load_be16(record.data + 3);
    return fits ? meaning_handshake(record.data[RECORD_BYTES]) : NULL;
}

static Str server_name(Slice record)
{
    enum { HELLO_AT = RECORD_BYTES + 4 };
    bool is_hello = handshake_of(record) && record.data[RECORD_BYTES] == CLIENT_HELLO;
    return is_hello ? notes_server_name(slice_after(record, HELLO_AT)) : STR("");
}

static void write_record(StrBuf *out, Slice record)
{
    const char *handshake = handshake_of(record);
    strbuf_printf(out, "%s", handshake ? handshake : meaning_content(record.data[0]));
    Str name = server_name(record);
    if (name.size > 0) {
        strbuf_append(out, STR(" for "));
        application_print(out, name.data, MIN_OF(name.size, (size_t)LINE_MAX));
    }
}

static void write_tls(StrBuf *out, Slice payload)
{
    enum { RECORDS_MAX = 4 };
    for (uint32_t i = 0; i < RECORDS_MAX && is_record(payload); i++) {
        if (i > 0)
            strbuf_append(out, STR(", "));
        write_record(out, payload);
        payload = slice_after(payload, RECORD_BYTES + (uint32_t)load_be16(payload.data + 3));
    }
}

static void describe_tls(LayerFields *layer)
{
    static const FieldSpec record[] = {
        {"tls.record.content_type", 0, 1, AS_NUMBER, 0, 0, meaning_content},
        {"tls.record.version", 1, 2, AS_HEX},
        {"tls.record.length", 3, 2, AS_NUMBER},
    };
    static const FieldSpec handshake = {"tls.handshake.type", 0, 1, AS_NUMBER, 0, 0,
                                        meaning_handshake};
    uint32_t at = 0;
    for (Slice rest = layer->slice; !layer->limited && is_record(rest);) {
        fields_add_all(layer, record, COUNT_OF(record), at);
        if (handshake_of(rest))
            (void)fields_add(layer, &handshake, at + RECORD_BYTES);
        Str name = server_name(rest);
        if (name.size > 0) {
            auto_strbuf StrBuf text = {0};
            strbuf_init(&text, UINT16_MAX);
            application_print(&text, name.data, name.size);
            uint32_t name_at = (uint32_t)(name.data - str_make(layer->slice.data, 0).data);
            (void)fields_text(layer, "tls.handshake.extensions_server_name", name_at,
                              (uint32_t)name.size, arena_copy(layer->arena, strbuf_str(&text)));
        }
        uint32_t size = RECORD_BYTES + (uint32_t)load_be16(rest.data + 3);
        at += size;
        rest = slice_after(rest, size);
    }
}

static bool is_http(Slice payload, const uint16_t port[2], bool is_tcp)
{
    static const char *const beginnings[] = {"GET ",     "POST ",  "PUT ",     "HEAD ",  "DELETE ",
                                             "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ", "HTTP/1."};
    (void)port;
    Str text = str_make(payload.data, payload.captured);
    for (size_t i = 0; is_tcp && i < COUNT_OF(beginnings); i++) {
        if (str_starts_with(text, str_of(beginnings[i])))
            return true;
    }
    return false;
}

static Str first_line(Slice payload)
{
    Str line = {0};
    Str text = str_make(payload.data, payload.captured);
    return str_next_line(&text, &line) ? str_trim(line) : STR("");
}

static void write_http(StrBuf *out, Slice payload)
{
    Str line = first_line(payload);
    application_print(out, line.data, MIN_OF(line.size, (size_t)LINE_MAX));
}

static void add_text(LayerFields *layer, const char *name, uint32_t at, uint32_t size, Str text)
{
    enum { SHOWN_MAX = 500 };
    auto_strbuf StrBuf shown = {0};
    strbuf_init(&shown, SHOWN_MAX);
    application_print(&shown, text.data, MIN_OF(text.size, (size_t)SHOWN_MAX));
    (void)fields_text(layer, name, at, size, arena_copy(layer->arena, strbuf_str(&shown)));
}

/* The three words of a request or status line; the last may contain spaces. */
static void add_first_line(LayerFields *layer, Str line, bool is_response)
{
    static const char *const requests[] = {"http.request.method", "http.request.uri",
                                           "http.request.version"};
    static const char *const responses[] = {"http.response.version", "http.response.code",
                                            "http.response.phrase"};
    uint32_t at = 0;
    Str rest = line;
    for (size_t i = 0; i < COUNT_OF(requests) && rest.size > 0; i++) {
        size_t space = i < 2 ? str_find_byte(rest, ' ') : STR_NOT_FOUND;
        Str word = str_slice(rest, 0, space == STR_NOT_FOUND ? rest.size : space);
        add_text(layer, is_response ? responses[i] : requests[i], at, (uint32_t)word.size, word);
        at += (uint32_t)word.size + 1;
        rest = str_from(rest, MIN_OF(word.size + 1, rest.size));
    }
}

/* The first line, and each field of the header up to the empty line. */
static void describe_http(LayerFields *layer)
{
    enum { LINES_MAX = 100 };
    Str line;
    uint32_t at = 0;
    Str text = str_make(layer->slice.data, layer->slice.captured);
    bool is_response = str_starts_with(text, STR("HTTP/"));
    for (uint32_t i = 0; i < LINES_MAX && str_next_line(&text, &line); i++) {
        uint32_t next = layer->slice.captured - (uint32_t)text.size;
        line = str_trim_right(line);
        if (str_empty(line)) {
            layer->header = next;
            return;
        }
        if (i == 0)
            add_first_line(layer, line, is_response);
        else
            add_text(layer, is_response ? "http.response.line" : "http.request.line", at, next - at,
                     line);
        at = next;
    }
}

const ApplicationKind application_tls = {"tls", is_tls, write_tls, describe_tls};
const ApplicationKind application_http = {"http", is_http, write_http, describe_http};
