/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The codecs of net/ on arbitrary bytes. The first byte says which and in what steps; what comes in
 * pieces must give the same as what comes whole.
 */
#include "base/mem.h"
#include "base/strbuf.h"
#include "net/http/chunked.h"
#include "net/http/head.h"
#include "net/http/oracle_check.h"
#include "net/websocket/codec.h"

enum { MAX_HEADERS = 20, MAX_MESSAGE = 1000, LOG_BYTES = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_views(const HttpHead *head, const char *bytes, size_t size)
{
    Str views[] = {head->target, head->query};
    for (size_t i = 0; i < COUNT_OF(views); i++)
        check(views[i].size == 0 ||
              (views[i].data >= bytes && views[i].data + views[i].size <= bytes + size));
    check(head->path.size > 0);
    for (uint32_t i = 0; i < head->header_count; i++) {
        check(http_is_token(head->headers[i].name));
        check(http_is_field_value(head->headers[i].value));
    }
}

/* Another parser must read what passes in the same way. */
static void check_accepted(const HttpHead *head, const char *bytes, size_t size)
{
    check_views(head, bytes, size);
    http_oracle_check(str_make(bytes, size), head);
}

static HttpHeadScan scan_head(Str text, size_t step, HttpHeadResult *out_result)
{
    const HttpHeadLimits limits = {4096, 1024, MAX_HEADERS};
    HttpHeadScan scan = {0};
    *out_result = HTTP_HEAD_MORE;
    for (size_t end = 0; *out_result == HTTP_HEAD_MORE && end < text.size;) {
        end = MIN_OF(end + step, text.size);
        *out_result = http_head_scan(&scan, str_slice(text, 0, end), &limits);
    }
    return scan;
}

static void fuzz_head(Str text, size_t step)
{
    HttpHeadResult whole;
    HttpHeadResult cut;
    HttpHeadScan scan = scan_head(text, text.size, &whole);
    HttpHeadScan again = scan_head(text, step, &cut);
    check(whole == cut && scan.status == again.status);
    check(whole != HTTP_HEAD_DONE || scan.offset == again.offset);
    if (whole != HTTP_HEAD_DONE)
        return;
    HttpHeader headers[MAX_HEADERS];
    HttpHead head;
    char *bytes = mem_alloc(1, scan.offset);
    memcpy(bytes, text.data, scan.offset);
    check(scan.header_count <= MAX_HEADERS);
    if (http_head_parse(bytes, scan.offset, headers, scan.header_count, &head))
        check_accepted(&head, bytes, scan.offset);
    else
        check(head.status >= 400 && head.reason);
    mem_free(bytes);
}

static HttpChunkedResult decode_chunks(Str text, size_t step, StrBuf *out)
{
    HttpChunked chunked = {0};
    HttpChunkedResult result = HTTP_CHUNKED_MORE;
    size_t at = 0;
    for (size_t end = 0; result == HTTP_CHUNKED_MORE && end < text.size;) {
        end = MIN_OF(end + step, text.size);
        do {
            Str part = {0};
            size_t consumed = 0;
            result = http_chunked_next(&chunked, str_slice(text, at, end - at), &consumed, &part);
            at += consumed;
            check(at <= end);
            if (result == HTTP_CHUNKED_DATA)
                strbuf_append(out, part);
        } while (result == HTTP_CHUNKED_DATA);
    }
    return result;
}

static void fuzz_chunks(Str text, size_t step)
{
    StrBuf whole;
    StrBuf cut;
    strbuf_init(&whole, LOG_BYTES);
    strbuf_init(&cut, LOG_BYTES);
    check(decode_chunks(text, text.size, &whole) == decode_chunks(text, step, &cut));
    check(str_equal(strbuf_str(&whole), strbuf_str(&cut)));
    strbuf_done(&whole);
    strbuf_done(&cut);
}

/* The close code, or 0; messages and controls go into the log. */
static uint16_t decode_frames(Str text, size_t step, StrBuf *log)
{
    WsDecoder decoder = {.max_message_bytes = MAX_MESSAGE};
    WsEvent event = {.kind = WS_MORE};
    char *bytes = mem_alloc(1, text.size);
    memcpy(bytes, text.data, text.size);
    size_t at = 0;
    for (size_t end = 0; end < text.size;) {
        end = MIN_OF(end + step, text.size);
        do {
            size_t used = 0;
            event = ws_decode(&decoder, bytes + at, end - at, &used);
            at += used;
            check(at <= end && decoder.message_bytes <= MAX_MESSAGE);
            if (event.kind == WS_CLOSED || event.kind == WS_BAD) {
                mem_free(bytes);
                check(event.close_code == 1005 || ws_close_code_is_valid(event.close_code));
                return event.close_code;
            }
            if (event.kind != WS_MORE && event.kind != WS_PART)
                strbuf_append_byte(log, (char)event.kind);
            strbuf_append(log, event.data);
            if (event.is_final)
                strbuf_append_byte(log, '\n');
        } while (event.kind != WS_MORE);
    }
    mem_free(bytes);
    return 0;
}

static void fuzz_frames(Str text, size_t step)
{
    StrBuf whole;
    StrBuf cut;
    strbuf_init(&whole, LOG_BYTES);
    strbuf_init(&cut, LOG_BYTES);
    uint16_t code = decode_frames(text, text.size, &whole);
    check(code == decode_frames(text, step, &cut));
    /* Text that turns out bad later has been handed on in part when it came in pieces. */
    if (code != 1007)
        check(str_equal(strbuf_str(&whole), strbuf_str(&cut)));
    strbuf_done(&whole);
    strbuf_done(&cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    Str text = str_make(data + 1, size - 1);
    size_t step = data[0] / 3u + 1;
    if (data[0] % 3 == 0)
        fuzz_head(text, step);
    else if (data[0] % 3 == 1)
        fuzz_chunks(text, step);
    else
        fuzz_frames(text, step);
    return 0;
}
