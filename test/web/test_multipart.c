/* SPDX-License-Identifier: Apache-2.0 */
/* The body comes from here in pieces of any size, so that every boundary between two reads is
 * tried. */
#include "web/multipart.h"

#include "base/strbuf.h"
#include "harness/expect.h"
#include "harness/tasks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct HttpRequest {
    Str content_type;
    Str rest;
    size_t first_piece; /* 0: as the others */
    size_t piece;
    char last[64 * 1024]; /* what was given out, overwritten by the next */
};

Str http_request_header(const HttpRequest *request, Str lower_case_name)
{
    check(str_equal(lower_case_name, STR("content-type")));
    return request->content_type;
}

bool http_body_read(Task *task, HttpRequest *request, Str *out_part)
{
    (void)task;
    size_t wanted = request->first_piece ? request->first_piece : request->piece;
    Str part = str_slice(request->rest, 0, MIN_OF(wanted, sizeof(request->last)));
    request->first_piece = 0;
    request->rest = str_from(request->rest, part.size);
    memset(request->last, '#', sizeof(request->last));
    if (part.size)
        memcpy(request->last, part.data, part.size);
    *out_part = str_make(request->last, part.size);
    return true;
}

typedef struct {
    const char *name;
    const char *file_name; /* NULL: no file */
    const char *content_type;
    Str bytes;
} Expected;

typedef struct {
    HttpRequest request;
    const Expected *expected;
    size_t count;
    const char *message; /* part of the error's; NULL: none */
    size_t arena_bytes;
} Reading;

static bool read_part(Task *task, Multipart *multipart, StrBuf *out)
{
    Str bytes;
    do {
        if (!multipart_read(task, multipart, &bytes))
            return false;
        strbuf_append(out, bytes);
    } while (bytes.size);
    return true;
}

static bool part_is(Task *task, const MultipartPart *part, Str bytes, const Expected *expected)
{
    EXPECT_STR(task, part->name, expected->name, false);
    EXPECT_INT(task, part->is_file, expected->file_name != NULL, false);
    EXPECT_STR(task, part->file_name, expected->file_name ? expected->file_name : "", false);
    EXPECT_STR(task, part->content_type, expected->content_type ? expected->content_type : "",
               false);
    EXPECT_STR(task, bytes, expected->bytes, false);
    return true;
}

static bool read_all(Task *task, Reading *reading, size_t *out_count)
{
    bool found = true;
    Multipart *multipart = multipart_begin(task, &(Request){.http = &reading->request});
    if (!multipart)
        return false;
    for (;;) {
        StrBuf bytes;
        MultipartPart part;
        if (!multipart_next_part(task, multipart, &found, &part))
            return false;
        if (!found)
            return true;
        strbuf_init(&bytes, 4 << 20);
        bool read = read_part(task, multipart, &bytes);
        if (read && reading->expected && *out_count < reading->count)
            read = part_is(task, &part, strbuf_str(&bytes), &reading->expected[*out_count]);
        strbuf_done(&bytes);
        if (!read)
            return false;
        ++*out_count;
    }
}

static void read_body(Task *task, void *argument)
{
    Reading *reading = argument;
    size_t count = 0;
    bool done = read_all(task, reading, &count);
    reading->arena_bytes = arena_size_bytes(task->arena);
    if (done != !reading->message || (done && count != reading->count) ||
        (!done && str_find(str_of(task->error.message), str_of(reading->message)) == STR_NOT_FOUND))
        fprintf(stderr, "%zu parts, %s\n", count, task->error.message);
    EXPECT(task, done == !reading->message);
    EXPECT(task, !done || count == reading->count);
    EXPECT(task, done || str_find(str_of(task->error.message), str_of(reading->message)) !=
                             STR_NOT_FOUND);
}

#define TYPE STR("multipart/form-data; boundary=XyZ")

static void run_reading(Reading *reading)
{
    Loop *loop = loop_new(&(LoopOptions){0});
    test_run(loop, read_body, reading);
    loop_free(loop);
}

/* In one piece, byte by byte, in pieces of a few sizes, and cut in two at every place. */
static void try_all(Str type, Str body, const Expected *expected, size_t count, const char *message)
{
    static const size_t sizes[] = {1, 2, 3, 7, 16, 1000, 64 * 1024};
    static Reading reading;
    Loop *loop = loop_new(&(LoopOptions){0});
    for (size_t i = 0; i < COUNT_OF(sizes) + body.size; i++) {
        size_t piece = i < COUNT_OF(sizes) ? sizes[i] : 64 * 1024;
        size_t first = i < COUNT_OF(sizes) ? 0 : i - COUNT_OF(sizes);
        reading = (Reading){.request = {type, body, .first_piece = first, .piece = piece},
                            .expected = expected,
                            .count = count,
                            .message = message};
        test_run(loop, read_body, &reading);
    }
    loop_free(loop);
}

static void test_reads_fields_and_files(void **state)
{
    (void)state;
    static const Expected expected[] = {
        {"title", NULL, NULL, STR_INIT("core")},
        {"file", "a.cfg", "text/plain", STR_INIT("hostname a\r\n!\r\n")},
        {"more", "b.bin", NULL, STR_INIT("\0\1\2\r\r\n\n-")},
    };
    Str body =
        STR("--XyZ\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\ncore\r\n--XyZ\r\n"
            "content-disposition:form-data;name=file ; filename=a.cfg\r\nContent-Type: "
            "text/plain\r\n\r\nhostname a\r\n!\r\n\r\n--XyZ\r\nContent-Disposition: "
            "form-data; filename=\"b.bin\"; name=\"more\"\r\n\r\n\0\1\2\r\r\n\n-\r\n--XyZ--\r\n");
    try_all(TYPE, body, expected, COUNT_OF(expected), NULL);
}

static void test_nothing_follows_the_last_boundary(void **state)
{
    (void)state;
    static const Expected expected[] = {{"a", NULL, NULL, STR_INIT("1")}};
    try_all(TYPE, STR("--XyZ\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--XyZ--"),
            expected, 1, NULL);
    try_all(TYPE,
            STR("pre\r\namble\r\n--XyZ \t\r\nContent-Disposition: form-data; "
                "name=a\r\n\r\n1\r\n--XyZ--and an epilogue\r\n--XyZ\r\n"),
            expected, 1, NULL);
    try_all(TYPE, STR("--XyZ--\r\n"), NULL, 0, NULL);
}

static void test_what_looks_like_a_boundary_is_content(void **state)
{
    (void)state;
    static const Expected expected[] = {
        {"f", "x", NULL,
         STR_INIT("-\r\n--Xy\r\r\n--xyz--\r\n\n--XyZ\r\n-\r\n--\r\n\r\n--X\r--XyZ--")},
    };
    Str body = STR("--XyZ\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n"
                   "-\r\n--Xy\r\r\n--xyz--\r\n\n--XyZ\r\n-\r\n--\r\n\r\n--X\r--XyZ--"
                   "\r\n--XyZ--\r\n");
    try_all(TYPE, body, expected, 1, NULL);
}

static void test_an_empty_part_ends_at_once(void **state)
{
    (void)state;
    static const Expected expected[] = {
        {"f", "x", NULL, STR_INIT("")},
        {"g", "y", NULL, STR_INIT("")},
        {"h", NULL, NULL, STR_INIT("1")},
    };
    /* The second has no CRLF of its own before the boundary: the head's is shared. */
    Str body =
        STR("--XyZ\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n\r\n--XyZ\r\n"
            "Content-Disposition: form-data; name=g; filename=y\r\n\r\n--XyZ\r\n"
            "Content-Disposition: form-data; name=h\r\n\r\n1\r\n--XyZ--\r\n");
    try_all(TYPE, body, expected, COUNT_OF(expected), NULL);
}

static void test_names_are_unquoted(void **state)
{
    (void)state;
    static const Expected expected[] = {
        {"file", "a;b=\"c\".cfg", NULL, STR_INIT("1")},
        {"file", "C:\\dir\\r1.cfg", NULL, STR_INIT("2")},
        {"file", "", NULL, STR_INIT("3")},
        {"fi;le", "..", NULL, STR_INIT("4")},
        {"file", "unended; name=x", NULL, STR_INIT("5")},
        {"", NULL, NULL, STR_INIT("6")},
        {"", NULL, NULL, STR_INIT("7")},
    };
    Str body = STR(
        "--XyZ\r\nContent-Disposition: form-data; name=\"file\"; "
        "filename=\"a;b=\\\"c\\\".cfg\"\r\n\r\n1\r\n--XyZ\r\n"
        "Content-Disposition: form-data; filename=\"C:\\dir\\r1.cfg\"; NAME=file\r\n\r\n2\r\n"
        "--XyZ\r\nContent-Disposition: form-data; name=file; filename=\"\"\r\n\r\n3\r\n--XyZ\r\n"
        "Content-Disposition: form-data; filename=\"..\"; name=\"fi;le\"\r\n\r\n4\r\n--XyZ\r\n"
        "Content-Disposition: form-data; name=file; filename=\"unended; name=x\r\n\r\n5\r\n"
        "--XyZ\r\nContent-Disposition\r\n: x\r\n\r\n6\r\n--XyZ\r\n\r\n7\r\n--XyZ--\r\n");
    try_all(TYPE, body, expected, COUNT_OF(expected), NULL);
}

static void test_a_body_that_ends_early_is_refused(void **state)
{
    (void)state;
    Str body = STR("--XyZ\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--XyZ-");
    for (size_t size = 0; size <= body.size; size++)
        try_all(TYPE, str_slice(body, 0, size), NULL, 0, "ends before its last boundary");
    try_all(TYPE, STR("no boundary at all"), NULL, 0, "ends before its last boundary");
    try_all(TYPE, STR("--XyZ!\r\n\r\n--XyZ--"), NULL, 0, "malformed multipart boundary");
}

static void test_the_content_type_is_checked(void **state)
{
    (void)state;
    Str body = STR("--XyZ--");
    try_all(STR(""), body, NULL, 0, "must be multipart/form-data");
    try_all(STR("multipart/form-datax; boundary=XyZ"), body, NULL, 0,
            "must be multipart/form-data");
    try_all(STR("application/json"), body, NULL, 0, "must be multipart/form-data");
    try_all(STR("multipart/form-data"), body, NULL, 0, "usable boundary");
    try_all(STR("multipart/form-data; boundary="), body, NULL, 0, "usable boundary");
    try_all(STR("multipart/form-data; boundary=\"\""), body, NULL, 0, "usable boundary");
    try_all(STR("multipart/form-data; boundary="
                "0123456789012345678901234567890123456789012345678901234567890123456789x"),
            body, NULL, 0, "usable boundary");
    try_all(STR("Multipart/Form-Data ; charset=utf-8;  BOUNDARY=\"XyZ\""), body, NULL, 0, NULL);
}

static Str repeated(Arena *arena, const char *head, char byte, size_t size, const char *tail)
{
    size_t head_size = strlen(head);
    size_t tail_size = strlen(tail);
    char *text = arena_alloc(arena, head_size + size + tail_size);
    memcpy(text, head, head_size);
    memset(text + head_size, byte, size);
    memcpy(text + head_size + size, tail, tail_size);
    return str_make(text, head_size + size + tail_size);
}

/* expected and count, which it has, stay. */
static void read_in(Reading *reading, Str body, size_t piece, const char *message)
{
    reading->request = (HttpRequest){TYPE, body, .piece = piece};
    reading->message = message;
    run_reading(reading);
}

static void test_heads_and_parts_are_limited(void **state)
{
    (void)state;
    static Reading reading;
    auto_arena Arena *arena = arena_new();
    const char *too_long = "the head of a multipart part is too long";
    const char *end = "\r\n\r\n1\r\n--XyZ--";
    read_in(&reading, repeated(arena, "--XyZ\r\nX: ", 'x', 9000, end), 1, too_long);
    read_in(&reading, repeated(arena, "--XyZ\r\nX: ", 'x', 9000, end), 65536, too_long);
    read_in(&reading, repeated(arena, "--XyZ\r\nX: ", 'x', 900000, end), 65536, too_long);
    read_in(&reading, repeated(arena, "--XyZ", ' ', 9000, end), 100, too_long);
    StrBuf body;
    strbuf_init(&body, 1 << 20);
    strbuf_append(&body, STR("--XyZ"));
    for (int i = 0; i < 5000; i++)
        strbuf_append(&body, STR("\r\nX:"));
    strbuf_append(&body, str_of(end));
    read_in(&reading, strbuf_str(&body), 65536, too_long);
    for (int parts = 16; parts <= 17; parts++) {
        strbuf_clear(&body);
        for (int i = 0; i < parts; i++)
            strbuf_append(&body, STR("--XyZ\r\n\r\n1\r\n"));
        strbuf_append(&body, STR("--XyZ--"));
        reading.count = 16;
        read_in(&reading, strbuf_str(&body), 65536, parts > 16 ? "more than 16" : NULL);
    }
    strbuf_done(&body);
}

/* Sixteen heads full of parameters, or one full of semicolons, cost no more than they are long. */
static void test_memory_follows_the_size_of_heads(void **state)
{
    (void)state;
    static Reading reading;
    StrBuf body;
    strbuf_init(&body, 1 << 20);
    for (int i = 0; i < 16; i++) {
        strbuf_append(&body, STR("--XyZ\r\nContent-Disposition: form-data"));
        for (int j = 0; j < 2600; j++)
            strbuf_append(&body, STR(";a="));
        strbuf_append(&body, STR("\r\n\r\n1\r\n"));
    }
    strbuf_append(&body, STR("--XyZ--"));
    reading.count = 16;
    read_in(&reading, strbuf_str(&body), 65536, NULL);
    assert_true(reading.arena_bytes < 1024 * 1024);
    strbuf_done(&body);
}

static void test_a_large_file_passes_through_one_window(void **state)
{
    (void)state;
    static Reading reading;
    auto_arena Arena *arena = arena_new();
    size_t size = 3 << 20;
    Str body =
        repeated(arena, "--XyZ\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n", '\r',
                 size, "\r\n--XyZ--");
    Expected expected = {"f", "x", NULL, repeated(arena, "", '\r', size, "")};
    reading.expected = &expected;
    reading.count = 1;
    read_in(&reading, body, 65536, NULL);
    assert_true(reading.arena_bytes < 1024 * 1024);
    read_in(&reading, body, 4093, NULL);
}

static void read_a_field(Task *task, void *argument)
{
    bool found = false;
    Str value = STR("");
    MultipartPart part;
    HttpRequest *request = argument;
    Multipart *multipart = multipart_begin(task, &(Request){.http = request});
    EXPECT(task, multipart);
    EXPECT(task, multipart_next_part(task, multipart, &found, &part));
    EXPECT(task, found);
    EXPECT(task, multipart_read_all(task, multipart, 5, &value));
    EXPECT_STR(task, value, "12345");
    EXPECT(task, multipart_next_part(task, multipart, &found, &part));
    EXPECT(task, found);
    EXPECT(task, !multipart_read_all(task, multipart, 5, &value));
    EXPECT_INT(task, task->error.code, ERR_VALIDATION);
}

static void test_a_field_has_a_limit(void **state)
{
    (void)state;
    static HttpRequest request;
    Loop *loop = loop_new(&(LoopOptions){0});
    request = (HttpRequest){.content_type = TYPE,
                            .rest = STR("--XyZ\r\n\r\n12345\r\n--XyZ\r\n\r\n123456\r\n--XyZ--"),
                            .piece = 3};
    test_run(loop, read_a_field, &request);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_fields_and_files),
        cmocka_unit_test(test_nothing_follows_the_last_boundary),
        cmocka_unit_test(test_what_looks_like_a_boundary_is_content),
        cmocka_unit_test(test_an_empty_part_ends_at_once),
        cmocka_unit_test(test_names_are_unquoted),
        cmocka_unit_test(test_a_body_that_ends_early_is_refused),
        cmocka_unit_test(test_the_content_type_is_checked),
        cmocka_unit_test(test_heads_and_parts_are_limited),
        cmocka_unit_test(test_memory_follows_the_size_of_heads),
        cmocka_unit_test(test_a_large_file_passes_through_one_window),
        cmocka_unit_test(test_a_field_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
