/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of an HTTP/1.x request: from bytes, as they come, to a checked structure. Two steps,
 * both without sockets: http_head_scan looks at each byte once and decides whether it may stand
 * there (RFC 9112 sections 2.2, 3, 5, 11.2); http_head_parse splits a complete head at the places
 * that the scanner has checked, and checks what the fields say together.
 *
 *     HttpHeadScan scan = {0};
 *     … after each read: http_head_scan(&scan, bytes_so_far, &limits)
 *     … when HTTP_HEAD_DONE: http_head_parse(bytes_so_far.data, scan.offset, headers, count, &head)
 */
#pragma once

#include "net/http/server.h"

typedef enum { HTTP_HEAD_MORE, HTTP_HEAD_DONE, HTTP_HEAD_BAD } HttpHeadResult;

typedef struct {
    uint32_t max_bytes;
    uint32_t max_target_bytes;
    uint32_t max_count;
} HttpHeadLimits;

/* Zeroed at the start of each head. */
typedef struct {
    uint32_t offset; /* bytes looked at; when done, the size of the head with its empty line */
    uint32_t target_bytes;
    uint32_t header_count;
    uint16_t status; /* when bad: the HTTP status and the reason, a literal */
    uint8_t state;
    const char *reason;
} HttpHeadScan;

/* bytes: everything since the head's first byte; those before scan->offset are not looked at again.
 */
HttpHeadResult http_head_scan(HttpHeadScan *scan, Str bytes, const HttpHeadLimits *limits);

typedef enum { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED } HttpBodyKind;

/* All views are into the bytes that were parsed. */
typedef struct {
    HttpMethod method;
    Str target;
    Str path;
    Str query;
    HttpHeader *headers; /* names in lower case */
    uint32_t header_count;
    HttpBodyKind body;
    uint64_t content_length;
    bool is_http_1_0;
    bool keep_alive; /* what the client wants */
    bool expects_continue;
    bool wants_upgrade; /* Connection names "upgrade" */
    uint16_t status;    /* when refused: the HTTP status and the reason, a literal */
    const char *reason;
} HttpHead;

/*
 * Parses a head that http_head_scan found complete; names are put into lower case in place. headers
 * has room for capacity of them (scan->header_count). False with status and reason in *head.
 */
bool http_head_parse(char *bytes, size_t size, HttpHeader *headers, uint32_t capacity,
                     HttpHead *head) MUST_USE;

/* Whether the bytes are a token of RFC 9110 section 5.6.2, and not empty. */
bool http_is_token(Str text);
/* Whether the bytes may stand in a header's value: no CR, LF, NUL or other control but tab. */
bool http_is_field_value(Str text);
/* Whether a comma-separated list holds the token, ignoring case. */
bool http_list_has(Str list, Str token);
