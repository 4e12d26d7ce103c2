/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http/head.h"

#include "base/mem.h"
#include "harness/asserts.h"
#include "net/http/oracle.h"
#include "net/http/oracle_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const HttpHeadLimits limits = {4096, 1024, 20};

typedef struct {
    HttpHeadResult result;
    HttpHeadScan scan;
    char *bytes;
    HttpHeader headers[32];
    HttpHead head;
    bool parsed;
} Parsed;

static void parse_in_steps(Parsed *parsed, Str text, size_t step)
{
    *parsed = (Parsed){.result = HTTP_HEAD_MORE};
    for (size_t size = 0; parsed->result == HTTP_HEAD_MORE && size < text.size;) {
        size = MIN_OF(size + step, text.size);
        /* A copy of exact size, so that the sanitizer sees a read too far. */
        char *copy = mem_alloc(1, size);
        memcpy(copy, text.data, size);
        parsed->result = http_head_scan(&parsed->scan, str_make(copy, size), &limits);
        mem_free(copy);
    }
    if (parsed->result != HTTP_HEAD_DONE)
        return;
    parsed->bytes = mem_alloc(1, parsed->scan.offset);
    memcpy(parsed->bytes, text.data, parsed->scan.offset);
    assert_true(parsed->scan.header_count <= 32);
    parsed->parsed = http_head_parse(parsed->bytes, parsed->scan.offset, parsed->headers,
                                     parsed->scan.header_count, &parsed->head);
    if (parsed->parsed)
        http_oracle_check(str_make(parsed->bytes, parsed->scan.offset), &parsed->head);
}

static void test_a_head_is_taken_apart_at_any_step(void **state)
{
    (void)state;
    Str text = STR("POST /a/b%20?x=1&y HTTP/1.1\r\nHost: example:80\r\nX-One:\r\n"
                   "x-TWO:   two words \t\r\nContent-Length: 12\r\nConnection: close , Upgrade\r\n"
                   "Expect: 100-continue\r\n\r\nbody");
    for (size_t step = 1; step <= text.size; step++) {
        Parsed parsed;
        parse_in_steps(&parsed, text, step);
        assert_int_equal(parsed.result, HTTP_HEAD_DONE);
        assert_int_equal(parsed.scan.offset, text.size - 4);
        assert_true(parsed.parsed);
        assert_int_equal(parsed.head.method, HTTP_POST);
        assert_str(parsed.head.target, "/a/b%20?x=1&y");
        assert_str(parsed.head.path, "/a/b%20");
        assert_str(parsed.head.query, "x=1&y");
        assert_int_equal(parsed.head.header_count, 6);
        assert_str(parsed.headers[1].name, "x-one");
        assert_str(parsed.headers[1].value, "");
        assert_str(parsed.headers[2].name, "x-two");
        assert_str(parsed.headers[2].value, "two words");
        assert_int_equal(parsed.head.body, HTTP_BODY_LENGTH);
        assert_int_equal(parsed.head.content_length, 12);
        assert_false(parsed.head.keep_alive);
        assert_true(parsed.head.wants_upgrade);
        assert_true(parsed.head.expects_continue);
        mem_free(parsed.bytes);
    }
}

static uint16_t status_of(const char *text)
{
    Parsed parsed;
    parse_in_steps(&parsed, str_of(text), 1);
    uint16_t status = 0;
    if (parsed.result == HTTP_HEAD_BAD)
        status = parsed.scan.status;
    else if (parsed.result == HTTP_HEAD_DONE && !parsed.parsed)
        status = parsed.head.status;
    else if (parsed.result == HTTP_HEAD_DONE)
        status = 200;
    if (status >= 400)
        assert_non_null(parsed.result == HTTP_HEAD_BAD ? parsed.scan.reason : parsed.head.reason);
    mem_free(parsed.bytes);
    return status;
}

static void test_malformed_heads_are_refused(void **state)
{
    (void)state;
    static const struct {
        uint16_t status;
        const char *text;
    } cases[] = {
        {200, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {200, "\r\nGET / HTTP/1.0\r\n\r\n"},
        {200, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
        {200, "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"},
        {0, "GET / HTTP/1.1\r\nHost: a\r\n"},
        {400, "\n"},
        {400, "\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\n \r\n\r\n"},
        {400, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\ncontent-length: 1\r\n\r\n"},
        {400,
         "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n"},
        {400,
         "GET / HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: x\r\nTransfer-Encoding: cow\r\n\r\n"},
        {400, "GET / HTTP/1.10\r\nHost: a\r\n\r\n"},
        {400, "GET / HTTP/1\r\nHost: a\r\n\r\n"},
        {400, "GET / HTTP/1.x\r\nHost: a\r\n\r\n"},
        {400, "GET / XTTP/1.1\r\nHost: a\r\n\r\n"},
        {501, "GETS / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {505, "GET / HTTP/3.0\r\nHost: a\r\n\r\n"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint16_t status = status_of(cases[i].text);
        if (status != cases[i].status && !(cases[i].status == 400 && status == 505))
            fail_msg("%u instead of %u for %s", status, cases[i].status, cases[i].text);
    }
}

/* Each byte put at each place: nothing but the two line ends that belong there may be one. */
static void test_no_control_byte_passes(void **state)
{
    (void)state;
    Str good = STR("GET /p HTTP/1.1\r\nHost: a\r\nX-A: b c\r\n\r\n");
    for (size_t at = 0; at < good.size; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char text[64];
            memcpy(text, good.data, good.size);
            text[at] = (char)byte;
            Parsed parsed;
            parse_in_steps(&parsed, str_make(text, good.size), good.size);
            bool is_control = byte < 0x20 || byte == 0x7F;
            bool is_tab_in_value = byte == '\t' && at > 21;
            if (parsed.result == HTTP_HEAD_DONE && parsed.parsed && is_control &&
                text[at] != good.data[at] && !is_tab_in_value)
                fail_msg("byte %02x at %zu passed", byte, at);
            mem_free(parsed.bytes);
        }
    }
}

static void test_parts_of_a_head_have_limits(void **state)
{
    (void)state;
    static char text[8192];
    int size = snprintf(text, sizeof(text), "GET /%01023d HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    assert_true(size > 0);
    assert_int_equal(status_of(text), 200);
    snprintf(text, sizeof(text), "GET /%01024d HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    assert_int_equal(status_of(text), 414);
    size = snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\nX: ");
    memset(text + size, 'x', 4090u - (unsigned)size);
    memcpy(text + 4090, "\r\n\r\n", 5);
    assert_int_equal(status_of(text), 200);
    memset(text + size, 'x', 4095u - (unsigned)size);
    memcpy(text + 4095, "\r\n\r\n", 5);
    assert_int_equal(status_of(text), 431);
    size = snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 19; i++)
        size += snprintf(text + size, sizeof(text) - (size_t)size, "X-%d: y\r\n", i);
    snprintf(text + size, sizeof(text) - (size_t)size, "\r\n");
    assert_int_equal(status_of(text), 200);
    snprintf(text + size, sizeof(text) - (size_t)size, "Y: z\r\n\r\n");
    assert_int_equal(status_of(text), 431);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

/* Every head that passes, in any test here, is compared with the package's; these are made for it.
 */
static void test_what_passes_is_read_alike_by_an_independent_parser(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "GET ",
        "POST ",
        "OPTIONS ",
        "/",
        "/a%20b?x=1&y",
        "http://h:80/p",
        "https://[::1]?",
        "*",
        " HTTP/1.1",
        "\r\n",
        " HTTP/1.0\r\n",
        "Host: a\r\n",
        "Host:\r\n",
        "X-A: \t b \t\r\n",
        "x",
        ": ",
        "\t",
        "\xE9",
        "Content-Length: 7\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Connection: upgrade\r\n",
        "Upgrade: h2c\r\n",
        "\r\n\r\n",
        " HTTP/1.1\r\nHost: a\r\n",
        "Expect: 100-continue\r\n",
    };
    unsigned passed = 0;
    uint64_t seed = 1;
    if (!http_oracle_exists())
        skip_test("neither llhttp nor http-parser is installed");
    for (int round = 0; round < 50000; round++) {
        char text[512];
        int size = 0;
        uint64_t count = 1 + next_random(&seed) % 8;
        const char *start = pieces[next_random(&seed) % 3];
        size += snprintf(text, sizeof(text), "%s%s HTTP/1.1\r\nHost: a\r\n", start,
                         pieces[3 + next_random(&seed) % 5]);
        for (uint64_t i = 0; i < count; i++)
            size += snprintf(text + size, sizeof(text) - (size_t)size, "%s",
                             pieces[next_random(&seed) % COUNT_OF(pieces)]);
        size += snprintf(text + size, sizeof(text) - (size_t)size, "\r\n");
        if (next_random(&seed) % 4 == 0)
            text[next_random(&seed) % (uint64_t)size] = (char)next_random(&seed);
        Parsed parsed;
        parse_in_steps(&parsed, str_make(text, (size_t)size), (size_t)size);
        passed += parsed.parsed;
        mem_free(parsed.bytes);
    }
    assert_true(passed > 1000);
}

static void test_words_of_headers_are_recognised(void **state)
{
    (void)state;
    assert_true(http_is_token(STR("X-Request-Id")));
    assert_false(http_is_token(STR("")));
    assert_false(http_is_token(STR("a b")));
    assert_false(http_is_token(STR("a:")));
    assert_true(http_is_field_value(STR("a b\tc \xE9")));
    assert_true(http_is_field_value(STR("")));
    assert_false(http_is_field_value(STR("a\r\nSet-Cookie: x")));
    assert_false(http_is_field_value(STR("a\nb")));
    assert_false(http_is_field_value(str_make("a\0b", 3)));
    assert_true(http_list_has(STR("a, B ,c"), STR("b")));
    assert_false(http_list_has(STR("ab, bc"), STR("b")));
    assert_false(http_list_has(STR(""), STR("b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_head_is_taken_apart_at_any_step),
        cmocka_unit_test(test_malformed_heads_are_refused),
        cmocka_unit_test(test_no_control_byte_passes),
        cmocka_unit_test(test_parts_of_a_head_have_limits),
        cmocka_unit_test(test_what_passes_is_read_alike_by_an_independent_parser),
        cmocka_unit_test(test_words_of_headers_are_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
