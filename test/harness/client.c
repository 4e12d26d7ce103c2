/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { ANSWER_TIMEOUT_S = 60, ANSWER_MAX_BYTES = 64 * 1024 * 1024 };

int test_connect(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    struct timeval patience = {.tv_sec = ANSWER_TIMEOUT_S};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_that(client >= 0);
    assert_that(setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0);
    assert_that(setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0);
    assert_that(setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) == 0);
    assert_that(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0);
    return client;
}

/* The server may reject the request and close the connection while we still write. */
void test_send(int client, Str bytes)
{
    while (bytes.size) {
        ssize_t sent = send(client, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return;
        bytes = str_from(bytes, (size_t)sent);
    }
}

void test_send_slowly(int client, Str bytes, size_t size)
{
    for (; bytes.size; bytes = str_from(bytes, size))
        test_send(client, str_slice(bytes, 0, size));
}

void test_close(int client)
{
    close(client);
}

/* Appends the bytes that have arrived. Returns false at the end. */
static bool receive_more(int client, StrBuf *in)
{
    char *room = strbuf_reserve(in, 64 * 1024);
    assert_that(room);
    for (;;) {
        ssize_t got = recv(client, room, 64 * 1024, 0);
        if (got > 0) {
            strbuf_commit(in, (size_t)got);
            return true;
        }
        if (got < 0 && errno == EINTR)
            continue;
        assert_that(got == 0 || errno == ECONNRESET); /* otherwise no answer came in time */
        return false;
    }
}

Str test_header(const TestAnswer *answer, const char *name)
{
    Str line;
    Str rest = answer->head;
    while (str_next_line(&rest, &line)) {
        size_t colon = str_find_byte(line, ':');
        if (colon != STR_NOT_FOUND &&
            str_equal_ignore_case(str_slice(line, 0, colon), str_of(name)))
            return str_trim(str_from(line, colon + 1));
    }
    return STR("");
}

static Str read_chunks(Arena *arena, int client, StrBuf *in)
{
    StrBuf body;
    uint64_t size = 1;
    strbuf_init(&body, ANSWER_MAX_BYTES);
    while (size > 0) {
        size_t end;
        while ((end = str_find(strbuf_str(in), STR("\r\n"))) == STR_NOT_FOUND)
            if (!receive_more(client, in))
                break;
        if (end == STR_NOT_FOUND || !str_parse_hex(str_slice(strbuf_str(in), 0, end), &size))
            break;
        strbuf_consume(in, end + 2);
        while (in->size < size + 2 && receive_more(client, in))
            continue;
        if (in->size < size + 2)
            break;
        strbuf_append(&body, str_slice(strbuf_str(in), 0, size));
        strbuf_consume(in, size + 2);
    }
    Str whole = arena_copy(arena, strbuf_str(&body));
    strbuf_done(&body);
    return whole;
}

TestAnswer test_receive(Arena *arena, int client, bool head_only)
{
    StrBuf in;
    size_t end;
    uint32_t status = 0;
    uint64_t length = 0;
    Error ignored;
    TestAnswer answer = {0};
    strbuf_init(&in, ANSWER_MAX_BYTES + 128 * 1024);
    do {
        while ((end = str_find(strbuf_str(&in), STR("\r\n\r\n"))) == STR_NOT_FOUND) {
            if (!receive_more(client, &in)) {
                strbuf_done(&in);
                return answer;
            }
        }
        answer.head = arena_copy(arena, str_slice(strbuf_str(&in), 0, end + 2));
        strbuf_consume(&in, end + 4);
        assert_that(str_starts_with(answer.head, STR("HTTP/1.1 ")));
        assert_that(str_parse_u32(str_slice(answer.head, 9, 3), &status));
    } while (status == 100);
    answer.status = (int)status;
    if (!head_only && str_equal(test_header(&answer, "transfer-encoding"), STR("chunked"))) {
        answer.body = read_chunks(arena, client, &in);
    } else if (!head_only && str_parse_u64(test_header(&answer, "content-length"), &length)) {
        while (in.size < length && receive_more(client, &in))
            continue;
        answer.body = arena_copy(arena, str_slice(strbuf_str(&in), 0, length));
    } else if (!head_only && str_equal(test_header(&answer, "connection"), STR("close"))) {
        while (receive_more(client, &in))
            continue;
        answer.body = arena_copy(arena, strbuf_str(&in));
    }
    strbuf_done(&in);
    if (str_starts_with(test_header(&answer, "content-type"), STR("application/json")))
        answer.json = json_parse(arena, answer.body, &ignored);
    return answer;
}

Str test_request_text(Arena *arena, const char *method, const char *target, Str headers, Str body)
{
    bool has_body = body.size > 0 || strcmp(method, "POST") == 0;
    Str length = has_body ? arena_printf(arena, "Content-Length: %zu\r\n", body.size) : STR("");
    Str head = arena_printf(arena, "%s %s HTTP/1.1\r\nHost: test\r\n%.*s%.*s\r\n", method, target,
                            STR_ARGS(length), STR_ARGS(headers));
    char *text = arena_alloc(arena, head.size + body.size);
    memcpy(text, head.data, head.size);
    if (body.size)
        memcpy(text + head.size, body.data, body.size);
    return str_make(text, head.size + body.size);
}

static TestAnswer exchange(Arena *arena, uint16_t port, Str text, bool head_only)
{
    int client = test_connect(port);
    test_send(client, text);
    TestAnswer answer = test_receive(arena, client, head_only);
    test_close(client);
    return answer;
}

TestAnswer test_call(Arena *arena, uint16_t port, const char *method, const char *target,
                     Str headers)
{
    return exchange(arena, port, test_request_text(arena, method, target, headers, STR("")),
                    strcmp(method, "HEAD") == 0);
}

TestAnswer test_get(Arena *arena, uint16_t port, const char *target, Str headers)
{
    return test_call(arena, port, "GET", target, headers);
}

TestAnswer test_post_json(Arena *arena, uint16_t port, const char *target, Str headers, Str json)
{
    Str all = arena_printf(arena, "Content-Type: application/json\r\n%.*s", STR_ARGS(headers));
    return exchange(arena, port, test_request_text(arena, "POST", target, all, json), false);
}

Str test_bearer(Arena *arena, Str token)
{
    return arena_printf(arena, "Authorization: Bearer %.*s\r\n", STR_ARGS(token));
}

static _Noreturn void show_and_fail(const TestAnswer *answer, const char *wanted, TestPlace place)
{
    test_fail_at(place.file, place.line, "expected %s, got:\n%.*s\n%.*s", wanted,
                 STR_ARGS(answer->head), STR_ARGS(str_slice(answer->body, 0, 1000)));
}

void test_expect_at(const TestAnswer *answer, int status, TestPlace place)
{
    char wanted[16];
    snprintf(wanted, sizeof(wanted), "%d", status);
    if (answer->status != status)
        show_and_fail(answer, wanted, place);
}

const JsonValue *test_json_at(const JsonValue *value, const char *path)
{
    Str key;
    char name[64];
    Str rest = str_of(path);
    while (value && str_next_field(&rest, '.', &key)) {
        assert_that(str_copy_to(key, name, sizeof(name)));
        value = json_get(value, name);
    }
    return value;
}

Str test_json_str_at(const TestAnswer *answer, const char *path, TestPlace place)
{
    const JsonValue *value = test_json_at(answer->json, path);
    if (!value || value->type != JSON_IS_STRING)
        show_and_fail(answer, path, place);
    return value->string;
}

void test_expect_error_at(const TestAnswer *answer, int status, const char *code, TestPlace place)
{
    test_expect_at(answer, status, place);
    const JsonValue *details = test_json_at(answer->json, "error.details");
    if (!str_equal(test_json_str_at(answer, "error.code", place), str_of(code)) ||
        str_empty(test_json_str_at(answer, "error.message", place)) || !details ||
        details->type != JSON_IS_OBJECT || answer->json->count != 1 ||
        test_json_at(answer->json, "error")->count != 3)
        show_and_fail(answer, code, place);
}
