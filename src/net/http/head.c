/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http/head.h"

#include "base/ascii.h"

enum {
    SCAN_START, /* an empty line before the request line is allowed once */
    SCAN_START_LF,
    SCAN_FIRST,
    SCAN_METHOD,
    SCAN_TARGET,
    SCAN_VERSION,
    SCAN_LINE_LF,
    SCAN_FIELD,
    SCAN_NAME,
    SCAN_VALUE,
    SCAN_END_LF,
};

enum { LONGEST_METHOD = 24, LONGEST_VERSION = 8 };

enum { IS_TOKEN = 1, IS_VALUE = 2, IS_TARGET = 4 };

/* What a byte may be part of: token (RFC 9110 5.6.2), field value with obs-text, request target. */
static uint8_t byte_class(unsigned char byte)
{
    uint8_t class = 0;
    if (ascii_is_letter_or_digit((char)byte) || (byte && strchr("!#$%&'*+-.^_`|~", byte)))
        class |= IS_TOKEN;
    if (byte == '\t' || (byte >= 0x20 && byte != 0x7F))
        class |= IS_VALUE;
    if (byte > 0x20 && byte < 0x7F && byte != '#')
        class |= IS_TARGET;
    return class;
}

static uint8_t classes[256];

__attribute__((constructor)) static void fill_classes(void)
{
    for (unsigned byte = 0; byte < sizeof(classes); byte++)
        classes[byte] = byte_class((unsigned char)byte);
}

static HttpHeadResult refuse(HttpHeadScan *scan, uint16_t status, const char *reason)
{
    scan->status = status;
    scan->reason = reason;
    return HTTP_HEAD_BAD;
}

/* Returns the offset of the first byte, from offset on, that is not of the class. */
static uint32_t skip_class(Str bytes, uint32_t offset, uint32_t end, uint8_t class)
{
    while (offset < end && classes[(unsigned char)bytes.data[offset]] & class)
        offset++;
    return offset;
}

static HttpHeadResult scan_request_line(HttpHeadScan *scan, char byte)
{
    switch (scan->state) {
    case SCAN_START:
        if (byte == '\r') {
            scan->state = SCAN_START_LF;
            return HTTP_HEAD_MORE;
        }
        /* fall through */
    case SCAN_FIRST:
        if (!(classes[(unsigned char)byte] & IS_TOKEN))
            return refuse(scan, 400, "not an HTTP request");
        scan->state = SCAN_METHOD;
        return HTTP_HEAD_MORE;
    case SCAN_START_LF:
        if (byte != '\n')
            return refuse(scan, 400, "a carriage return without a line feed");
        scan->state = SCAN_FIRST;
        return HTTP_HEAD_MORE;
    case SCAN_METHOD:
        if (byte != ' ')
            return refuse(scan, 400, "malformed method");
        scan->state = SCAN_TARGET;
        return HTTP_HEAD_MORE;
    case SCAN_TARGET:
        if (byte != ' ' || scan->target_bytes == 0)
            return refuse(scan, 400, "malformed request target");
        scan->state = SCAN_VERSION;
        return HTTP_HEAD_MORE;
    case SCAN_VERSION:
        if (byte != '\r')
            return refuse(scan, 400, "malformed request line");
        scan->state = SCAN_LINE_LF;
        return HTTP_HEAD_MORE;
    default:
        if (byte != '\n')
            return refuse(scan, 400, "a carriage return without a line feed");
        scan->state = SCAN_FIELD;
        return HTTP_HEAD_MORE;
    }
}

static HttpHeadResult scan_field(HttpHeadScan *scan, char byte, const HttpHeadLimits *limits)
{
    switch (scan->state) {
    case SCAN_FIELD:
        if (byte == '\r') {
            scan->state = SCAN_END_LF;
            return HTTP_HEAD_MORE;
        }
        if (byte == ' ' || byte == '\t')
            return refuse(scan, 400, "a folded header line");
        if (!(classes[(unsigned char)byte] & IS_TOKEN))
            return refuse(scan, 400, "malformed header name");
        if (++scan->header_count > limits->max_count)
            return refuse(scan, 431, "too many headers");
        scan->state = SCAN_NAME;
        return HTTP_HEAD_MORE;
    case SCAN_NAME:
        if (byte == ' ' || byte == '\t')
            return refuse(scan, 400, "white space in or after a header name");
        if (byte != ':')
            return refuse(scan, 400, "malformed header name");
        scan->state = SCAN_VALUE;
        return HTTP_HEAD_MORE;
    case SCAN_VALUE:
        if (byte != '\r')
            return refuse(scan, 400, "a control character in a header");
        scan->state = SCAN_LINE_LF;
        return HTTP_HEAD_MORE;
    default:
        if (byte != '\n')
            return refuse(scan, 400, "a carriage return without a line feed");
        return HTTP_HEAD_DONE;
    }
}

/* Skips bytes that need no decision. Returns false when a limit is exceeded. */
static bool skip_run(HttpHeadScan *scan, Str bytes, uint32_t end, const HttpHeadLimits *limits)
{
    static const uint8_t runs[] = {
        [SCAN_METHOD] = IS_TOKEN, [SCAN_TARGET] = IS_TARGET, [SCAN_VERSION] = IS_TARGET,
        [SCAN_NAME] = IS_TOKEN,   [SCAN_VALUE] = IS_VALUE,   [SCAN_END_LF] = 0,
    };
    if (!runs[scan->state])
        return true;
    uint32_t next = skip_class(bytes, scan->offset, end, runs[scan->state]);
    uint32_t run = next - scan->offset;
    scan->offset = next;
    if (scan->state == SCAN_TARGET) {
        scan->target_bytes += run;
        if (scan->target_bytes > limits->max_target_bytes) {
            refuse(scan, 414, "the request target is too long");
            return false;
        }
    }
    return true;
}

HttpHeadResult http_head_scan(HttpHeadScan *scan, Str bytes, const HttpHeadLimits *limits)
{
    uint32_t end = (uint32_t)MIN_OF(bytes.size, (size_t)limits->max_bytes);
    while (scan->offset < end) {
        if (!skip_run(scan, bytes, end, limits))
            return HTTP_HEAD_BAD;
        if (scan->state == SCAN_METHOD && scan->offset > LONGEST_METHOD + 2)
            return refuse(scan, 501, "unknown method");
        if (scan->offset == end)
            break;
        char byte = bytes.data[scan->offset++];
        HttpHeadResult result = scan->state <= SCAN_LINE_LF ? scan_request_line(scan, byte)
                                                            : scan_field(scan, byte, limits);
        if (result != HTTP_HEAD_MORE)
            return result;
    }
    if (bytes.size < limits->max_bytes)
        return HTTP_HEAD_MORE;
    if (scan->state <= SCAN_TARGET)
        return refuse(scan, 414, "the request target is too long");
    return refuse(scan, 431, "the headers are too large");
}

bool http_is_token(Str text)
{
    uint32_t size = (uint32_t)MIN_OF(text.size, (size_t)UINT32_MAX);
    return size > 0 && skip_class(text, 0, size, IS_TOKEN) == text.size;
}

bool http_is_field_value(Str text)
{
    uint32_t size = (uint32_t)MIN_OF(text.size, (size_t)UINT32_MAX);
    return skip_class(text, 0, size, IS_VALUE) == text.size;
}

bool http_list_has(Str list, Str token)
{
    Str item;
    while (str_next_field(&list, ',', &item)) {
        if (str_equal_ignore_case(str_trim(item), token))
            return true;
    }
    return false;
}

static bool refuse_head(HttpHead *head, uint16_t status, const char *reason)
{
    head->status = status;
    head->reason = reason;
    return false;
}

Str http_method_name(HttpMethod method)
{
    static const Str names[] = {
        [HTTP_GET] = STR_INIT("GET"),         [HTTP_HEAD] = STR_INIT("HEAD"),
        [HTTP_POST] = STR_INIT("POST"),       [HTTP_PUT] = STR_INIT("PUT"),
        [HTTP_PATCH] = STR_INIT("PATCH"),     [HTTP_DELETE] = STR_INIT("DELETE"),
        [HTTP_OPTIONS] = STR_INIT("OPTIONS"), [HTTP_TRACE] = STR_INIT("TRACE"),
        [HTTP_QUERY] = STR_INIT("QUERY"),
    };
    check((size_t)method < COUNT_OF(names));
    return names[method];
}

static bool find_method(HttpHead *head, Str name)
{
    for (HttpMethod method = HTTP_GET; method <= HTTP_QUERY; method++) {
        if (str_equal(name, http_method_name(method))) {
            head->method = method;
            return true;
        }
    }
    return refuse_head(head, 501, "unknown method");
}

/* Splits the target of origin-form, absolute-form or asterisk-form (RFC 9112 section 3.2). */
static bool split_target(HttpHead *head, Str *out_authority)
{
    Str rest = head->target;
    *out_authority = (Str){0};
    if (str_equal(rest, STR("*"))) {
        head->path = rest;
        return head->method == HTTP_OPTIONS || refuse_head(head, 400, "malformed request target");
    }
    bool absolute = str_starts_with_ignore_case(rest, STR("http://")) ||
                    str_starts_with_ignore_case(rest, STR("https://"));
    if (absolute) {
        rest = str_from(rest, str_find(rest, STR("://")) + 3);
        size_t authority_bytes = 0;
        while (authority_bytes < rest.size && !strchr("/?", rest.data[authority_bytes]))
            authority_bytes++;
        *out_authority = str_slice(rest, 0, authority_bytes);
        rest = str_from(rest, authority_bytes);
        if (str_empty(*out_authority))
            return refuse_head(head, 400, "malformed request target");
    } else if (!str_starts_with(rest, STR("/"))) {
        return refuse_head(head, 400, "malformed request target");
    }
    size_t mark = str_find_byte(rest, '?');
    head->path = str_slice(rest, 0, mark == STR_NOT_FOUND ? rest.size : mark);
    if (mark != STR_NOT_FOUND)
        head->query = str_from(rest, mark + 1);
    if (str_empty(head->path))
        head->path = STR("/");
    return true;
}

/* A host with optional port has no byte that would end an authority or start user information. */
static bool is_host(Str host)
{
    for (size_t i = 0; i < host.size; i++) {
        unsigned char byte = (unsigned char)host.data[i];
        if (!(classes[byte] & IS_TARGET) || strchr("/?@\\\"<>{}|^` ,", byte))
            return false;
    }
    return true;
}

typedef struct {
    uint32_t hosts;
    uint32_t lengths;
    uint32_t codings;
    HttpHeader *host;
    bool says_close;
    bool says_keep_alive;
} FieldFacts;

static bool read_content_length(HttpHead *head, Str value)
{
    /* Signs, lists and empty values are rejected; nineteen digits always fit. */
    if (value.size > 19 || !str_parse_u64(value, &head->content_length))
        return refuse_head(head, 400, "malformed Content-Length");
    head->body = head->content_length ? HTTP_BODY_LENGTH : HTTP_BODY_NONE;
    return true;
}

static bool read_field(HttpHead *head, HttpHeader *header, FieldFacts *facts)
{
    Str name = header->name;
    Str value = header->value;
    if (str_equal(name, STR("host"))) {
        facts->host = header;
        if (++facts->hosts > 1 || !is_host(value))
            return refuse_head(head, 400, "malformed or second Host");
    } else if (str_equal(name, STR("content-length"))) {
        if (++facts->lengths > 1)
            return refuse_head(head, 400, "two Content-Length headers");
        return read_content_length(head, value);
    } else if (str_equal(name, STR("transfer-encoding"))) {
        if (++facts->codings > 1 || !str_equal_ignore_case(value, STR("chunked")))
            return refuse_head(head, 400, "unsupported Transfer-Encoding");
    } else if (str_equal(name, STR("connection"))) {
        facts->says_close |= http_list_has(value, STR("close"));
        facts->says_keep_alive |= http_list_has(value, STR("keep-alive"));
        head->wants_upgrade |= http_list_has(value, STR("upgrade"));
    } else if (str_equal(name, STR("expect"))) {
        if (!str_equal_ignore_case(value, STR("100-continue")))
            return refuse_head(head, 417, "unknown expectation");
        head->expects_continue = !head->is_http_1_0;
    }
    return true;
}

static bool check_fields(HttpHead *head, Str authority)
{
    FieldFacts facts = {0};
    for (uint32_t i = 0; i < head->header_count; i++) {
        if (!read_field(head, &head->headers[i], &facts))
            return false;
    }
    if (facts.codings && (facts.lengths || head->is_http_1_0))
        return refuse_head(head, 400, "Transfer-Encoding with Content-Length or HTTP/1.0");
    if (facts.codings)
        head->body = HTTP_BODY_CHUNKED;
    if (!facts.hosts && !head->is_http_1_0)
        return refuse_head(head, 400, "no Host header");
    if (!str_empty(authority)) {
        if (!is_host(authority))
            return refuse_head(head, 400, "malformed request target");
        /* RFC 9112 section 3.2.2: the target's authority replaces what Host says. */
        if (facts.host)
            facts.host->value = authority;
    }
    head->keep_alive =
        head->is_http_1_0 ? facts.says_keep_alive && !facts.says_close : !facts.says_close;
    head->expects_continue &= head->body != HTTP_BODY_NONE;
    return true;
}

/* Reads HTTP-name "/" DIGIT "." DIGIT (RFC 9112 section 2.3). */
static bool read_version(HttpHead *head, Str version)
{
    uint32_t major = 0;
    uint32_t minor = 0;
    if (version.size != strlen("HTTP/1.1") || !str_starts_with(version, STR("HTTP/")) ||
        !str_parse_u32(str_slice(version, 5, 1), &major) || version.data[6] != '.' ||
        !str_parse_u32(str_slice(version, 7, 1), &minor))
        return refuse_head(head, 400, "malformed HTTP version");
    if (major != 1 || minor > 1)
        return refuse_head(head, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    head->is_http_1_0 = minor == 0;
    return true;
}

static bool read_request_line(HttpHead *head, Str line)
{
    Str method = STR("");
    str_next_field(&line, ' ', &method);
    str_next_field(&line, ' ', &head->target);
    return find_method(head, method) && read_version(head, line);
}

static void lower_case(char *name, size_t size)
{
    for (size_t at = 0; at < size; at++)
        name[at] = ascii_to_lower(name[at]);
}

/* Reads the lines up to the empty one. The scanner has found a token and a colon in each. */
static void read_fields(HttpHead *head, char *bytes, Str rest, uint32_t capacity)
{
    Str line;
    while (str_next_line(&rest, &line) && !str_empty(line)) {
        size_t colon = str_find_byte(line, ':');
        check(head->header_count < capacity && colon != STR_NOT_FOUND);
        lower_case(bytes + (line.data - bytes), colon);
        head->headers[head->header_count++] =
            (HttpHeader){str_slice(line, 0, colon), str_trim(str_from(line, colon + 1))};
    }
}

bool http_head_parse(char *bytes, size_t size, HttpHeader *headers, uint32_t capacity,
                     HttpHead *head)
{
    *head = (HttpHead){.headers = headers};
    Str authority;
    Str line;
    Str rest = str_make(bytes, size);
    if (str_starts_with(rest, STR("\r\n")))
        rest = str_from(rest, 2);
    str_next_line(&rest, &line);
    if (!read_request_line(head, line))
        return false;
    read_fields(head, bytes, rest, capacity);
    return split_target(head, &authority) && check_fields(head, authority);
}
