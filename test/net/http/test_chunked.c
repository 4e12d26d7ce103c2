/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http/chunked.h"

#include "base/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef struct {
    HttpChunkedResult result;
    char body[256];
    size_t size;
    size_t consumed;
} Decoded;

static Decoded decode(Str text, size_t step)
{
    HttpChunked chunked = {0};
    Decoded decoded = {.result = HTTP_CHUNKED_MORE};
    for (size_t end = step; end < text.size + step; end += step) {
        Str input = str_slice(text, decoded.consumed, MIN_OF(end, text.size) - decoded.consumed);
        do {
            Str data = {0};
            size_t consumed = 0;
            decoded.result = http_chunked_next(&chunked, input, &consumed, &data);
            assert_true(consumed <= input.size);
            if (decoded.result == HTTP_CHUNKED_DATA) {
                assert_true(data.size > 0 && decoded.size + data.size <= sizeof(decoded.body));
                memcpy(decoded.body + decoded.size, data.data, data.size);
                decoded.size += data.size;
            }
            decoded.consumed += consumed;
            input = str_from(input, consumed);
        } while (decoded.result == HTTP_CHUNKED_DATA);
        if (decoded.result != HTTP_CHUNKED_MORE)
            break;
        assert_int_equal(input.size, 0);
    }
    return decoded;
}

static void test_any_cut_gives_the_same_body(void **state)
{
    (void)state;
    Str text = STR("5\r\nhello\r\n0B;x=\"y z\"\r\n, wide world\r\n0\r\nA: b\r\n\r\nGET /");
    /* B is eleven: the size lies by one byte. */
    assert_int_equal(decode(text, 1).result, HTTP_CHUNKED_BAD);
    text = STR("5\r\nhello\r\n0c;x=\"y z\"\r\n, wide world\r\n0;last\r\nA: b\r\nC:\r\n\r\nGET /");
    for (size_t step = 1; step <= text.size; step++) {
        Decoded decoded = decode(text, step);
        assert_int_equal(decoded.result, HTTP_CHUNKED_END);
        assert_true(str_equal(str_make(decoded.body, decoded.size), STR("hello, wide world")));
        assert_int_equal(decoded.consumed, text.size - 5);
    }
}

static void test_the_end_stays_the_end(void **state)
{
    (void)state;
    HttpChunked chunked = {0};
    Str data;
    size_t consumed = 0;
    Str text = STR("0\r\n\r\n");
    assert_int_equal(http_chunked_next(&chunked, text, &consumed, &data), HTTP_CHUNKED_END);
    assert_int_equal(consumed, 5);
    assert_int_equal(http_chunked_next(&chunked, text, &consumed, &data), HTTP_CHUNKED_END);
    assert_int_equal(consumed, 0);
}

static void test_malformed_chunks_are_refused(void **state)
{
    (void)state;
    static const Str cases[] = {
        STR_INIT("\r\n"),
        STR_INIT("x\r\n"),
        STR_INIT("-1\r\n"),
        STR_INIT(" 1\r\n"),
        STR_INIT("1 \r\n"),
        STR_INIT("1\n"),
        STR_INIT("1\rx"),
        STR_INIT("1;\n"),
        STR_INIT("1;\x01\r\n"),
        STR_INIT("1\r\nab"),
        STR_INIT("1\r\na\n"),
        STR_INIT("1\r\na\rx"),
        STR_INIT("1000000000000000\r\n"),
        STR_INIT("0000000000000001\r\n"),
        STR_INIT("0\r\n \r\n"),
        STR_INIT("0\r\n:\r\n"),
        STR_INIT("0\r\nA B: c\r\n"),
        STR_INIT("0\r\nA\r\n"),
        STR_INIT("0\r\nA: \n"),
        STR_INIT("0\r\n\rx"),
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(decode(cases[i], 1).result, HTTP_CHUNKED_BAD);
        assert_int_equal(decode(cases[i], cases[i].size).result, HTTP_CHUNKED_BAD);
    }
}

static void test_the_largest_size_of_a_chunk_is_read(void **state)
{
    (void)state;
    HttpChunked chunked = {0};
    Str data = {0};
    size_t consumed = 0;
    assert_int_equal(http_chunked_next(&chunked, STR("fffffffffffffff\r\nabc"), &consumed, &data),
                     HTTP_CHUNKED_DATA);
    assert_int_equal(data.size, 3);
    assert_true(chunked.left == 0xFFFFFFFFFFFFFFFu - 3);
}

static HttpChunkedResult feed_repeated(HttpChunked *chunked, Str text, int count)
{
    HttpChunkedResult result = HTTP_CHUNKED_MORE;
    for (int i = 0; i < count && result != HTTP_CHUNKED_BAD; i++) {
        Str input = text;
        do {
            Str data;
            size_t consumed = 0;
            result = http_chunked_next(chunked, input, &consumed, &data);
            input = str_from(input, consumed);
        } while (result == HTTP_CHUNKED_DATA);
    }
    return result;
}

static void test_extensions_and_trailers_are_bounded(void **state)
{
    (void)state;
    HttpChunked one = {0};
    assert_int_equal(feed_repeated(&one, STR("1;"), 1), HTTP_CHUNKED_MORE);
    assert_int_equal(feed_repeated(&one, STR("a"), HTTP_CHUNK_EXTENSION_MAX), HTTP_CHUNKED_MORE);
    assert_int_equal(feed_repeated(&one, STR("a"), 1), HTTP_CHUNKED_BAD);
    HttpChunked many = {0};
    assert_int_equal(feed_repeated(&many, STR("1;12345678\r\nx\r\n"), 2048), HTTP_CHUNKED_MORE);
    assert_int_equal(feed_repeated(&many, STR("1;1\r\nx\r\n"), 1), HTTP_CHUNKED_BAD);
    HttpChunked trailers = {0};
    assert_int_equal(feed_repeated(&trailers, STR("0\r\n"), 1), HTTP_CHUNKED_MORE);
    assert_int_equal(feed_repeated(&trailers, STR("A: b\r\n"), 1365), HTTP_CHUNKED_MORE);
    assert_int_equal(feed_repeated(&trailers, STR("A: b\r\n"), 1), HTTP_CHUNKED_BAD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_cut_gives_the_same_body),
        cmocka_unit_test(test_the_end_stays_the_end),
        cmocka_unit_test(test_malformed_chunks_are_refused),
        cmocka_unit_test(test_the_largest_size_of_a_chunk_is_read),
        cmocka_unit_test(test_extensions_and_trailers_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
