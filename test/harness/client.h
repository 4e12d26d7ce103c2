/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A blocking HTTP client over a raw socket, for threads other than that of the server's loop. It
 * sends exactly the given bytes, valid or not. If the server does not answer within a minute, an
 * assertion fails (harness/asserts.h).
 *
 *     TestAnswer answer = test_get(arena, port, "/api/v1/files", test_bearer(arena, token));
 *     test_expect(&answer, 200);
 */
#pragma once

#include "base/json.h"
#include "harness/asserts.h"

typedef struct {
    int status;            /* 0: the server closed the connection without an answer */
    Str head;              /* status line and fields */
    Str body;              /* decoded if it was chunked */
    const JsonValue *json; /* the parsed body, or NULL */
} TestAnswer;

int test_connect(uint16_t port);
void test_send(int client, Str bytes);
/* Sends at most size bytes per write, so that the server reads them in pieces. */
void test_send_slowly(int client, Str bytes, size_t size);
/* Reads one answer. head_only: the answer to a HEAD request, which has no body. */
TestAnswer test_receive(Arena *arena, int client, bool head_only);
void test_close(int client);

/* Returns the text of a request. headers are whole lines with CRLF. */
Str test_request_text(Arena *arena, const char *method, const char *target, Str headers, Str body);
/* Sends a request on a connection of its own, and returns the answer. */
TestAnswer test_call(Arena *arena, uint16_t port, const char *method, const char *target,
                     Str headers);
TestAnswer test_get(Arena *arena, uint16_t port, const char *target, Str headers);
TestAnswer test_post_json(Arena *arena, uint16_t port, const char *target, Str headers, Str json);
/* Returns the line "Authorization: Bearer …". */
Str test_bearer(Arena *arena, Str token);

/* Returns the value of a header, or empty. */
Str test_header(const TestAnswer *answer, const char *name);
/* Fails, showing the answer, unless the answer has that status. */
#define test_expect(answer, status) test_expect_at((answer), (status), TEST_HERE)
/* Fails also unless the body is {"error":{"code":…}} with a message and details. */
#define test_expect_error(answer, status, code)                                                    \
    test_expect_error_at((answer), (status), (code), TEST_HERE)
/* Returns a string inside the body's object, at "a.b.c". Fails when there is none. */
#define test_json_str(answer, path) test_json_str_at((answer), (path), TEST_HERE)
/* Returns the value, or NULL. */
const JsonValue *test_json_at(const JsonValue *value, const char *path);

/* A place in a test, for its failure. */
typedef struct {
    const char *file;
    int line;
} TestPlace;
#define TEST_HERE ((TestPlace){__FILE__, __LINE__})

void test_expect_at(const TestAnswer *answer, int status, TestPlace place);
void test_expect_error_at(const TestAnswer *answer, int status, const char *code, TestPlace place);
Str test_json_str_at(const TestAnswer *answer, const char *path, TestPlace place);
