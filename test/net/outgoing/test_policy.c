/* SPDX-License-Identifier: Apache-2.0 */
/* What is refused: requests that are malformed, addresses, redirects; and the proxy. */
#include "harness/expect.h"
#include "net/outgoing/fixture.h"
#include "net/outgoing/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { HEAD_BYTES = 16 * 1024 };

static void refuse(Task *task, const Fixture *fixture, OutgoingRequest request)
{
    fixture_fail(task, fixture, &request, ERR_VALIDATION);
}

static void send_malformed(Task *task, void *argument)
{
    static const char *const methods[] = {
        "", "GET ", "GET\r\n", "get", "G E T", "GET / HTTP/1.1\r\nX: y", "ABCDEFGHIJKLMNOPQ"};
    static const Str names[] = {STR_INIT(""),
                                STR_INIT("a b"),
                                STR_INIT("a:"),
                                STR_INIT("a\r\nb"),
                                STR_INIT("a\0b"),
                                STR_INIT("Host"),
                                STR_INIT("a\nb"),
                                STR_INIT("h\xc3\xb6"),
                                STR_INIT("CONNECTION"),
                                STR_INIT("Content-Length"),
                                STR_INIT("transfer-encoding"),
                                STR_INIT("Expect"),
                                STR_INIT("upgrade")};
    static const Str values[] = {STR_INIT("a\r\nX: y"), STR_INIT("a\nb"), STR_INIT("a\rb"),
                                 STR_INIT("a\0b"),      STR_INIT("\x7f"), STR_INIT("\x01")};
    const Fixture *fixture = argument;
    OutgoingRequest request = fixture_request(task, fixture, "GET", "/");
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        request.method = methods[i];
        refuse(task, fixture, request);
    }
    OutgoingHeader header = {STR("X-Header"), STR("value\twith a tab, \xc3\xa9")};
    request = fixture_request(task, fixture, "GET", "/");
    request.headers = &header;
    request.header_count = 1;
    fixture_fetch(task, fixture, &request);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        header.value = values[i];
        refuse(task, fixture, request);
    }
    header.value = STR("a");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        header.name = names[i];
        refuse(task, fixture, request);
    }
}

static void answer_ok(Task *task, HttpRequest *request, void *context)
{
    (void)context;
    http_respond(task, request, &(HttpResponse){.status = 200, .body = STR("ok")});
}

static void test_malformed_methods_and_headers_are_refused(void **state)
{
    (void)state;
    Fixture fixture = {.handler = answer_ok};
    fixture_run(&fixture, send_malformed);
    assert_int_equal(fixture.stats.answers, 1);
    assert_int_equal(fixture.stats.calls, 1);
}

static void exceed_request_limits(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    OutgoingRequest request = fixture_request(task, fixture, "GET", "/");
    OutgoingHeader *headers = ARENA_ARRAY(task->arena, OutgoingHeader, OUTGOING_MAX_HEADERS + 1);
    char *text = arena_alloc(task->arena, OUTGOING_HEADER_MAX_BYTES + 1);
    memset(text, 'a', OUTGOING_HEADER_MAX_BYTES + 1);
    for (size_t i = 0; i <= OUTGOING_MAX_HEADERS; i++)
        headers[i] = (OutgoingHeader){STR("x"), STR("y")};
    request.headers = headers;
    request.header_count = OUTGOING_MAX_HEADERS;
    EXPECT_INT(task, fixture_fetch(task, fixture, &request).status, 200);
    request.header_count++;
    refuse(task, fixture, request);
    request.header_count = 1;
    headers[0].value = (Str){text, OUTGOING_HEADER_MAX_BYTES - 1};
    EXPECT_INT(task, fixture_fetch(task, fixture, &request).status, 431); /* the server's limit */
    headers[0].value.size++;
    refuse(task, fixture, request);
    request.header_count = 0;
    size_t prefix = request.url.size;
    memcpy(text, request.url.data, prefix);
    request.url = (Str){text, OUTGOING_URL_MAX_BYTES};
    EXPECT_INT(task, fixture_fetch(task, fixture, &request).status, 200);
    request.url.size++;
    refuse(task, fixture, request);
}

static void test_a_request_has_limits(void **state)
{
    (void)state;
    Fixture fixture = {.handler = answer_ok};
    fixture_run(&fixture, exceed_request_limits);
}

static void send_to_bad_urls(Task *task, void *argument)
{
    static const Str urls[] = {
        STR_INIT(""),
        STR_INIT("127.0.0.1"),
        STR_INIT("//127.0.0.1/"),
        STR_INIT("ftp://127.0.0.1/"),
        STR_INIT("file:///etc/passwd"),
        STR_INIT("gopher://127.0.0.1/"),
        STR_INIT("javascript:alert(1)"),
        STR_INIT("http://"),
        STR_INIT("http://host:0/"),
        STR_INIT("http://host:65536/"),
        STR_INIT("http://host:port/"),
        STR_INIT("http://host./"),
        STR_INIT("http://[::1/"),
        STR_INIT("http://[::1%25lo]/"),
        STR_INIT("http://[host]/"),
        STR_INIT("http://host/a b"),
        STR_INIT("http://host/a\r\nX: y"),
        STR_INIT("http://host/a\0b"),
        STR_INIT("http://ho\tst/"),
        STR_INIT("http://h\xc3\xb6st/"),
        STR_INIT("http://host/\x7f"),
    };
    const Fixture *fixture = argument;
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        OutgoingRequest request = {.method = "GET", .url = urls[i], .reach = OUTGOING_ANY};
        const char *message = fixture_fail(task, fixture, &request, ERR_VALIDATION);
        EXPECT_CONTAINS(task, message, "URL");
    }
}

static void test_malformed_urls_are_refused(void **state)
{
    (void)state;
    Fixture fixture = {0};
    fixture_run(&fixture, send_to_bad_urls);
    assert_int_equal(fixture.stats.calls, 0);
}

static void send_to_private_addresses(Task *task, void *argument)
{
    static const char *const hosts[] = {"127.0.0.1",       "localhost",
                                        "LOCALHOST",       "127.1",
                                        "2130706433",      "0x7f000001",
                                        "0177.0.0.1",      "[::1]",
                                        "0.0.0.0",         "[::ffff:127.0.0.1]",
                                        "[::ffff:7f00:1]", "[64:ff9b::7f00:1]",
                                        "[2002:7f00:1::]", "[::]",
                                        "10.0.0.1",        "169.254.169.254",
                                        "192.168.1.1",     "100.64.0.1",
                                        "[fd00::1]",       "[fe80::1]",
                                        "224.0.0.1",       "255.255.255.255",
                                        "[ff02::1]",       "user@127.0.0.1"};
    const Fixture *fixture = argument;
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        OutgoingRequest request = {.method = "GET"};
        request.url = arena_printf(task->arena, "http://%s:%u/", hosts[i], fixture->port);
        EXPECT_CONTAINS(task, fixture_fail(task, fixture, &request, ERR_FORBIDDEN),
                        "no public address");
    }
    EXPECT_INT(task, raw_server_connections(fixture->raw), 0);
}

static void serve_ok(int client, void *argument)
{
    char head[HEAD_BYTES];
    (void)argument;
    while (!str_empty(raw_read_head(client, head, sizeof(head))))
        raw_send(client, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

static void test_addresses_that_are_not_public_are_refused(void **state)
{
    (void)state;
    Fixture fixture = {.serve = serve_ok};
    fixture_run(&fixture, send_to_private_addresses);
    assert_int_equal(fixture.stats.connections, 0);
    assert_int_equal(fixture.stats.answers, 0);
}

/* The name had a private address when a call that may use it opened a connection, and is said to
 * have a public one now: the kept connection must not be used. */
static void rebind(Task *task, void *argument)
{
    Fixture *fixture = argument;
    OutgoingRequest request = fixture_request(task, fixture, "GET", "/");
    request.url = arena_printf(task->arena, "http://localhost:%u/", fixture->port);
    EXPECT_INT(task, fixture_fetch(task, fixture, &request).status, 200);
    OutgoingHost *host = host_ref(fixture->outgoing, STR("localhost"));
    EXPECT(task, host->address_count > 0);
    EXPECT(task, ip_parse(STR("8.8.8.8"), &host->addresses[0]));
    host_unref(host);
    request.reach = OUTGOING_PUBLIC;
    EXPECT_CONTAINS(task, fixture_fail(task, fixture, &request, ERR_FORBIDDEN),
                    "no public address");
    EXPECT_INT(task, outgoing_stats(fixture->outgoing).connections, 1);
}

static void test_a_kept_connection_to_a_private_address_is_not_used(void **state)
{
    (void)state;
    Fixture fixture = {.serve = serve_ok};
    fixture_run(&fixture, rebind);
    assert_int_equal(fixture.stats.refused, 1);
}

/* As if what libcurl resolves were not what was checked before: nothing is connected to. */
static void connect_to_another(Task *task, void *argument)
{
    Fixture *fixture = argument;
    OutgoingRequest request = fixture_request(task, fixture, "GET", "/");
    OutgoingCall *call = outgoing_call_start(task, fixture->outgoing, &request);
    EXPECT(task, call);
    OutgoingRequest *checked =
        (OutgoingRequest *)(uintptr_t)transfer_of(fixture->outgoing->others.first)->request;
    checked->reach = OUTGOING_PUBLIC;
    EXPECT(task, !outgoing_call_answer(task, call));
    EXPECT_INT(task, task->error.code, ERR_FORBIDDEN);
    EXPECT_INT(task, raw_server_connections(fixture->raw), 0);
}

static void test_the_address_connected_to_is_what_counts(void **state)
{
    (void)state;
    Fixture fixture = {.serve = serve_ok};
    fixture_run(&fixture, connect_to_another);
    assert_int_equal(fixture.stats.refused, 1);
}

/* Redirects by the status and to the target in the query "status,target"; others tell the
 * headers they got. */
static void redirect(Task *task, HttpRequest *request, void *context)
{
    Str status;
    uint32_t number = 200;
    Str rest = http_request_query(request);
    auto_strbuf StrBuf out = {0};
    (void)context;
    strbuf_init(&out, 1 << 16);
    if (rest.size > 0 && str_next_field(&rest, ',', &status) && str_parse_u32(status, &number)) {
        HttpHeader location = {STR("Location"), rest};
        http_respond(task, request,
                     &(HttpResponse){.status = (uint16_t)number,
                                     .headers = &location,
                                     .header_count = rest.size > 0,
                                     .body = STR("moved")});
        return;
    }
    strbuf_printf(&out, "%.*s %.*s auth=%.*s key=%.*s accept=%.*s cookie=%.*s",
                  STR_ARGS(http_method_name(http_request_method(request))),
                  STR_ARGS(http_request_path(request)),
                  STR_ARGS(http_request_header(request, STR("authorization"))),
                  STR_ARGS(http_request_header(request, STR("x-api-key"))),
                  STR_ARGS(http_request_header(request, STR("accept"))),
                  STR_ARGS(http_request_header(request, STR("cookie"))));
    http_respond(task, request, &(HttpResponse){.status = 200, .body = strbuf_str(&out)});
}

static const OutgoingHeader secrets[] = {{STR_INIT("Authorization"), STR_INIT("A")},
                                         {STR_INIT("X-Api-Key"), STR_INIT("B")},
                                         {STR_INIT("Accept"), STR_INIT("C")},
                                         {STR_INIT("Cookie"), STR_INIT("D")}};

static OutgoingRequest redirected(Task *task, const Fixture *fixture, const char *method, Str query)
{
    OutgoingRequest request = fixture_request(task, fixture, method, "");
    request.url =
        arena_printf(task->arena, "%.*s/from?%.*s", STR_ARGS(request.url), STR_ARGS(query));
    request.headers = secrets;
    request.header_count = COUNT_OF(secrets);
    request.max_redirects = 3;
    return request;
}

static void expect(Task *task, const Fixture *fixture, const OutgoingRequest *request, int status,
                   const char *body)
{
    OutgoingAnswer answer = fixture_fetch(task, fixture, request);
    EXPECT_STR(task, str_of(arena_cstring(task->arena, answer.body)), body);
    EXPECT_INT(task, answer.status, status);
}

static void follow_redirects(Task *task, void *argument)
{
    const char *all = "GET /to auth=A key=B accept=C cookie=D";
    const Fixture *fixture = argument;
    OutgoingRequest request = redirected(task, fixture, "GET", STR("302,/to"));
    expect(task, fixture, &request, 200, all);
    request.max_redirects = 0;
    expect(task, fixture, &request, 302, "moved");
    request = redirected(task, fixture, "GET", STR("308,to"));
    expect(task, fixture, &request, 200, all);
    request = redirected(task, fixture, "GET", STR("304,to"));
    EXPECT_INT(task, fixture_fetch(task, fixture, &request).status, 304);
    request = redirected(task, fixture, "GET", STR("302,"));
    expect(task, fixture, &request, 302, "moved");
    request = redirected(task, fixture, "POST", STR("303,/to"));
    request.body = STR("body");
    expect(task, fixture, &request, 200, all);
    request = redirected(task, fixture, "POST", STR("307,/to"));
    request.body = STR("body");
    expect(task, fixture, &request, 307, "moved");
    request = redirected(task, fixture, "HEAD", STR("302,/to"));
    expect(task, fixture, &request, 200, "");
    request = redirected(task, fixture, "GET", STR("302,?302,/from?302,/to"));
    expect(task, fixture, &request, 200, all);
    request.max_redirects = 2;
    fixture_fail(task, fixture, &request, ERR_UNAVAILABLE);
}

static void test_redirects_are_followed_only_where_asked_for(void **state)
{
    (void)state;
    Fixture fixture = {.handler = redirect};
    fixture_run(&fixture, follow_redirects);
}

static void follow_elsewhere(Task *task, void *argument)
{
    static const char *const refused[] = {"ftp://127.0.0.1/", "file:///etc/passwd",
                                          "javascript:alert(1)", "http://host:0/"};
    const Fixture *fixture = argument;
    Str target = arena_printf(task->arena, "302,http://localhost:%u/to", fixture->port);
    OutgoingRequest request = redirected(task, fixture, "GET", target);
    expect(task, fixture, &request, 200, "GET /to auth= key= accept=C cookie=");
    /* Neither the user of the first URL nor one that the redirect brings. */
    request.url = arena_printf(task->arena, "http://user:secret@127.0.0.1:%u/from?%.*s",
                               fixture->port, STR_ARGS(target));
    request.headers = secrets + 1;
    request.header_count--;
    expect(task, fixture, &request, 200, "GET /to auth= key= accept=C cookie=");
    target = arena_printf(task->arena, "302,http://u:p@localhost:%u/to", fixture->port);
    request = redirected(task, fixture, "GET", target);
    expect(task, fixture, &request, 200, "GET /to auth= key= accept=C cookie=");
    /* Back at the first host they are not given again. */
    target = arena_printf(task->arena, "302,http://localhost:%u/from?302,http://127.0.0.1:%u/to",
                          fixture->port, fixture->port);
    request = redirected(task, fixture, "GET", target);
    expect(task, fixture, &request, 200, "GET /to auth= key= accept=C cookie=");
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        request = redirected(task, fixture, "GET", arena_printf(task->arena, "302,%s", refused[i]));
        OutgoingAnswer answer;
        EXPECT(task, !outgoing_fetch(task, fixture->outgoing, &request, 100, &answer));
        task->error = (Error){0};
    }
}

static void test_redirects_to_another_host_get_no_secrets(void **state)
{
    (void)state;
    Fixture fixture = {.handler = redirect};
    fixture_run(&fixture, follow_elsewhere);
}

/* A proxy that keeps what it was asked for in fixture->context, a StrBuf, and answers itself. */
static void serve_proxy(int client, void *argument)
{
    char head[HEAD_BYTES];
    const Fixture *fixture = argument;
    Str text = raw_read_head(client, head, sizeof(head));
    strbuf_append(fixture->context, text);
    if (str_starts_with(text, STR("CONNECT"))) {
        raw_send(client, "HTTP/1.1 200 Established\r\n\r\n");
        strbuf_append(fixture->context, raw_read_head(client, head, sizeof(head)));
    }
    raw_send(client, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    raw_wait_for_close(client);
}

static const char *fetch_by_proxy(Task *task, const Fixture *fixture,
                                  const OutgoingRequest *request)
{
    StrBuf *seen = fixture->context;
    strbuf_clear(seen);
    EXPECT_INT(task, fixture_fetch(task, fixture, request).status, 200, NULL);
    return arena_cstring(task->arena, strbuf_str(seen));
}

static void use_proxy(Task *task, void *argument)
{
    Error error = {0};
    Fixture *fixture = argument;
    OutgoingOptions options = {
        .proxy = arena_printf(task->arena, "http://me:pw@127.0.0.1:%u", fixture->port).data};
    Outgoing *direct = fixture->outgoing;
    fixture->outgoing = outgoing_new(task->loop, &options, &error);
    EXPECT(task, fixture->outgoing);
    /* The proxy resolves what the operator has configured. */
    OutgoingRequest request = {
        .method = "GET", .url = STR("http://llm.internal/v1"), .reach = OUTGOING_ANY};
    const char *seen = fetch_by_proxy(task, fixture, &request);
    EXPECT_CONTAINS(task, seen, "GET http://llm.internal/v1 HTTP/1.1\r\n");
    EXPECT_CONTAINS(task, seen, "Proxy-Authorization: Basic bWU6cHc=\r\n");
    /* Else it gets the address that was checked. */
    request = (OutgoingRequest){.method = "GET", .url = STR("http://8.8.8.8/hook")};
    seen = fetch_by_proxy(task, fixture, &request);
    EXPECT_CONTAINS(task, seen, "CONNECT 8.8.8.8:80 HTTP/1.1\r\n");
    EXPECT_CONTAINS(task, seen, "GET /hook HTTP/1.1\r\nHost: 8.8.8.8\r\n");
    request.url = STR("http://127.0.0.1/hook");
    fixture_fail(task, fixture, &request, ERR_FORBIDDEN);
    request.url = STR("http://localhost/hook");
    fixture_fail(task, fixture, &request, ERR_FORBIDDEN);
    request = fixture_request(task, fixture, "GET", "/direct");
    request.direct = true;
    EXPECT_CONTAINS(task, fetch_by_proxy(task, fixture, &request), "GET /direct HTTP/1.1\r\n");
    outgoing_free(fixture->outgoing);
    fixture->outgoing = direct;
    /* One that is not http:// is refused at the start. */
    options.proxy = "socks5://127.0.0.1:1";
    EXPECT(task, outgoing_new(task->loop, &options, &error) == NULL);
    EXPECT_CONTAINS(task, error.message, "proxy: ");
}

static void test_a_proxy_gets_checked_addresses(void **state)
{
    (void)state;
    auto_strbuf StrBuf seen = {0};
    strbuf_init(&seen, HEAD_BYTES);
    Fixture fixture = {.serve = serve_proxy, .context = &seen};
    fixture_run(&fixture, use_proxy);
}

static void fetch_once(Task *task, void *argument)
{
    const Fixture *fixture = argument;
    OutgoingRequest request = fixture_request(task, fixture, "GET", "/");
    EXPECT_INT(task, fixture_fetch(task, fixture, &request).status, 200);
}

static void test_the_environment_names_no_proxy(void **state)
{
    (void)state;
    Fixture fixture = {.handler = answer_ok};
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    fixture_run(&fixture, fetch_once);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_malformed_methods_and_headers_are_refused),
        cmocka_unit_test(test_a_request_has_limits),
        cmocka_unit_test(test_malformed_urls_are_refused),
        cmocka_unit_test(test_addresses_that_are_not_public_are_refused),
        cmocka_unit_test(test_a_kept_connection_to_a_private_address_is_not_used),
        cmocka_unit_test(test_the_address_connected_to_is_what_counts),
        cmocka_unit_test(test_redirects_are_followed_only_where_asked_for),
        cmocka_unit_test(test_redirects_to_another_host_get_no_secrets),
        cmocka_unit_test(test_a_proxy_gets_checked_addresses),
        cmocka_unit_test(test_the_environment_names_no_proxy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
