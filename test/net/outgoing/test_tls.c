/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates are always verified: authority, name and time. */
#include "harness/expect.h"
#include "net/outgoing/fixture.h"
#include "net/outgoing/tls_server.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

typedef struct {
    Fixture fixture;
    TestTls *tls;
    const char *host;
    const char *answer;
    const char *expected; /* in the message; NULL: it succeeds */
    ErrorCode code;
} TlsCase;

static void serve_tls(int client, void *argument)
{
    const Fixture *fixture = argument;
    const TlsCase *each = fixture->context;
    test_tls_serve(each->tls, client, each->answer ? each->answer : ANSWER);
}

static void fetch_case(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    const TlsCase *each = fixture->context;
    OutgoingRequest request = {.method = "GET", .reach = OUTGOING_ANY, .max_redirects = 5};
    request.url = arena_printf(task->arena, "https://%s:%u/?key=hidden", each->host, fixture->port);
    if (!each->expected) {
        EXPECT_INT(task, fixture_fetch(task, fixture, &request).status, 200);
        EXPECT_INT(task, fixture_fetch(task, fixture, &request).status, 200);
        EXPECT_INT(task, outgoing_stats(fixture->outgoing).connections, 1);
        return;
    }
    const char *message = fixture_fail(task, fixture, &request, each->code);
    EXPECT_CONTAINS(task, message, each->expected);
    EXPECT_CONTAINS(task, message, each->host);
    EXPECT(task, str_find(str_of(message), STR("hidden")) == STR_NOT_FOUND);
}

static void run_case(TlsCase *each, const TestAuthority *authority,
                     const TestCertificate *certificate)
{
    each->tls = test_tls_new(authority, certificate);
    each->fixture.serve = serve_tls;
    each->fixture.context = each;
    fixture_run(&each->fixture, fetch_case);
    test_tls_free(each->tls);
}

static void test_a_certificate_of_an_added_authority_is_taken(void **state)
{
    (void)state;
    TestAuthority *authority = test_authority_new();
    const TestCertificate certificate = {.name = "localhost", .days = 1};
    TlsCase extra = {.host = "localhost"};
    extra.fixture.options.extra_ca_file = test_authority_file(authority);
    run_case(&extra, authority, &certificate);
    TlsCase alone = {.host = "localhost"};
    alone.fixture.options.ca_file = test_authority_file(authority);
    run_case(&alone, authority, &certificate);
    test_authority_free(authority);
}

static void test_an_unknown_authority_is_refused(void **state)
{
    (void)state;
    TestAuthority *authority = test_authority_new();
    TestAuthority *other = test_authority_new();
    const TestCertificate certificate = {.name = "localhost", .days = 1};
    TlsCase by_default = {.host = "localhost", .expected = "certificate", .code = ERR_UNAVAILABLE};
    run_case(&by_default, authority, &certificate);
    assert_int_equal(by_default.fixture.stats.tls_failures, 1);
    TlsCase another = {.host = "localhost", .expected = "certificate", .code = ERR_UNAVAILABLE};
    another.fixture.options.ca_file = test_authority_file(other);
    run_case(&another, authority, &certificate);
    assert_int_equal(another.fixture.stats.tls_failures, 1);
    test_authority_free(authority);
    test_authority_free(other);
}

static void test_a_certificate_for_another_host_is_refused(void **state)
{
    (void)state;
    TestAuthority *authority = test_authority_new();
    const TestCertificate certificate = {.name = "localhost", .days = 1};
    TlsCase each = {.host = "127.0.0.1", .code = ERR_UNAVAILABLE};
    each.expected = "securely: SSL: no alternative certificate subject name";
    each.fixture.options.extra_ca_file = test_authority_file(authority);
    run_case(&each, authority, &certificate);
    assert_int_equal(each.fixture.stats.tls_failures, 1);
    test_authority_free(authority);
}

static void test_an_expired_certificate_is_refused(void **state)
{
    (void)state;
    TestAuthority *authority = test_authority_new();
    const TestCertificate certificate = {.name = "localhost", .days = -1};
    TlsCase each = {.host = "localhost", .expected = "expired", .code = ERR_UNAVAILABLE};
    each.fixture.options.extra_ca_file = test_authority_file(authority);
    run_case(&each, authority, &certificate);
    assert_int_equal(each.fixture.stats.tls_failures, 1);
    test_authority_free(authority);
}

static void test_nothing_redirects_from_https_to_http(void **state)
{
    (void)state;
    TestAuthority *authority = test_authority_new();
    const TestCertificate certificate = {.name = "localhost", .days = 1};
    TlsCase each = {.host = "localhost", .expected = "from https to http", .code = ERR_FORBIDDEN};
    each.answer = "HTTP/1.1 302 Found\r\nLocation: http://localhost:1/\r\n"
                  "Content-Length: 0\r\n\r\n";
    each.fixture.options.extra_ca_file = test_authority_file(authority);
    run_case(&each, authority, &certificate);
    test_authority_free(authority);
}

static void serve_plain(int client, void *argument)
{
    (void)argument;
    raw_send(client, "HTTP/1.1 400 Bad Request\r\n\r\n");
    raw_wait_for_close(client);
}

static void test_a_server_without_tls_is_refused(void **state)
{
    (void)state;
    TlsCase each = {.host = "localhost", .expected = "securely", .code = ERR_UNAVAILABLE};
    each.fixture.serve = serve_plain;
    each.fixture.context = &each;
    fixture_run(&each.fixture, fetch_case);
    assert_int_equal(each.fixture.stats.tls_failures, 1);
}

static void test_a_bundle_that_is_missing_is_an_error(void **state)
{
    (void)state;
    Error error = {0};
    Loop *loop = loop_new(&(LoopOptions){0});
    assert_null(outgoing_new(loop, &(OutgoingOptions){.ca_file = "/nowhere.pem"}, &error));
    assert_int_equal(error.code, ERR_NOT_FOUND);
    assert_null(outgoing_new(loop, &(OutgoingOptions){.extra_ca_file = "/nowhere.pem"}, &error));
    assert_that(str_find(str_of(error.message), STR("/nowhere.pem")) != STR_NOT_FOUND);
    loop_free(loop);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_certificate_of_an_added_authority_is_taken),
        cmocka_unit_test(test_an_unknown_authority_is_refused),
        cmocka_unit_test(test_a_certificate_for_another_host_is_refused),
        cmocka_unit_test(test_an_expired_certificate_is_refused),
        cmocka_unit_test(test_nothing_redirects_from_https_to_http),
        cmocka_unit_test(test_a_server_without_tls_is_refused),
        cmocka_unit_test(test_a_bundle_that_is_missing_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
