/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_server.h"

#include "base/mem.h"
#include "base/time.h"
#include "net/http_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BACKLOG = 4096, SCRATCH_MAX_BYTES = 64 * 1024, AFTER_CANCEL_MS = 1000, MAX_HEALTH = 1024 };

typedef struct {
    struct sockaddr_storage storage;
    socklen_t size;
    uint16_t port;
} Address;

static bool parse_port(Str text, uint16_t *out_port)
{
    uint32_t port = 0;
    if (!str_parse_u32(text, &port) || port > UINT16_MAX)
        return false;
    *out_port = (uint16_t)port;
    return true;
}

static void set_v4(Address *address, struct in_addr ip, uint16_t port)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address->storage;
    *v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = ip};
    address->size = sizeof(*v4);
}

static void set_v6(Address *address, struct in6_addr ip, uint16_t port)
{
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->storage;
    *v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = ip};
    address->size = sizeof(*v6);
}

static bool parse_address(Str text, Address *out_address, Error *error)
{
    size_t colon = str_find_last_byte(text, ':');
    uint16_t port = 0;
    char host[64];
    struct in_addr v4;
    struct in6_addr v6;
    if (colon == STR_NOT_FOUND || !parse_port(str_from(text, colon + 1), &port))
        goto bad;
    Str name = str_slice(text, 0, colon);
    if (str_starts_with(name, STR("[")) && str_ends_with(name, STR("]")))
        name = str_slice(name, 1, name.size - 2);
    else if (str_equal(name, STR("localhost")))
        name = STR("127.0.0.1");
    if (!str_copy_to(name, host, sizeof(host)))
        goto bad;
    if (str_equal(name, STR("*")))
        set_v6(out_address, (struct in6_addr)IN6ADDR_ANY_INIT, port);
    else if (inet_pton(AF_INET, host, &v4) == 1)
        set_v4(out_address, v4, port);
    else if (inet_pton(AF_INET6, host, &v6) == 1)
        set_v6(out_address, v6, port);
    else
        goto bad;
    out_address->port = port;
    return true;
bad:
    return error_set(error, ERR_VALIDATION,
                     "\"%.*s\" is not an address like 127.0.0.1:8000, [::1]:8000 or *:8000",
                     STR_ARGS(text));
}

/* A bound socket, or -1 with errno. The kernel gives accepted sockets TCP_NODELAY as it stands
 * here. */
static int open_socket(const Address *address, bool reuse_port)
{
    int on = 1;
    int off = 0;
    int file = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (file < 0)
        return -1;
    setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (address->storage.ss_family == AF_INET6)
        setsockopt(file, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    if (reuse_port && setsockopt(file, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0)
        goto fail;
    if (bind(file, (const struct sockaddr *)&address->storage, address->size) == 0)
        return file;
fail:;
    int reason = errno;
    close(file);
    errno = reason;
    return -1;
}

static int open_listener(Str text, bool reuse_port, Error *error)
{
    Address address = {0};
    if (!parse_address(text, &address, error))
        return -1;
    int file = open_socket(&address, reuse_port);
    if (file < 0 && errno == EAFNOSUPPORT && str_starts_with(text, STR("*"))) {
        set_v4(&address, (struct in_addr){.s_addr = INADDR_ANY}, address.port);
        file = open_socket(&address, reuse_port);
    }
    if (file < 0) {
        bool taken = errno == EADDRINUSE || errno == EACCES;
        error_set_errno(error, errno, "listening");
        error_prefix(error, "%.*s: ", STR_ARGS(text));
        if (taken)
            error->code = ERR_CONFLICT;
    }
    return file;
}

bool http_server_can_listen(Str address, Error *error)
{
    int file = open_listener(address, false, error);
    if (file >= 0)
        close(file);
    return file >= 0;
}

static void on_connection(uv_stream_t *listener, int status)
{
    HttpServer *server = listener->data;
    /* Out of descriptors: libuv has closed what was waiting, by the one it keeps for that. */
    if (status == 0)
        http_connection_accept(server);
}

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

static void set_defaults(HttpServerOptions *options)
{
    options->max_connections = or_default(options->max_connections, 20000);
    options->max_header_bytes = or_default(options->max_header_bytes, 16 * 1024);
    options->max_header_bytes = MIN_OF(options->max_header_bytes, (uint32_t)HTTP_READ_BYTES / 2);
    options->max_header_count = or_default(options->max_header_count, 100);
    options->max_target_bytes = or_default(options->max_target_bytes, 8 * 1024);
    options->header_timeout_ms = or_default(options->header_timeout_ms, 10 * 1000);
    options->idle_timeout_ms = or_default(options->idle_timeout_ms, 75 * 1000);
    options->body_timeout_ms = or_default(options->body_timeout_ms, 30 * 1000);
    options->body_grace_ms = or_default(options->body_grace_ms, 20 * 1000);
    options->body_bytes_per_s = or_default(options->body_bytes_per_s, 4096);
    options->request_timeout_ms = or_default(options->request_timeout_ms, 60 * 1000);
    options->body_first_timeout_ms = or_default(options->body_first_timeout_ms, 10 * 1000);
    options->max_public = or_default(options->max_public, 128);
    options->max_public_per_client = or_default(options->max_public_per_client, 8);
    if (!options->max_body_bytes)
        options->max_body_bytes = 1024 * 1024;
}

static uint16_t bound_port(const uv_tcp_t *listener)
{
    struct sockaddr_storage address;
    int size = sizeof(address);
    check(uv_tcp_getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    return ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                              : ((struct sockaddr_in6 *)&address)->sin6_port);
}

HttpServer *http_server_start(Loop *loop, const HttpServerOptions *options, Error *error)
{
    int file = open_listener(options->address, options->reuse_port, error);
    if (file < 0)
        return NULL;
    HttpServer *server = MEM_NEW(HttpServer);
    server->loop = loop;
    server->options = *options;
    server->options.address = (Str){0}; /* belongs to the caller */
    server->references = 3;             /* the owner, the listener, the timer */
    set_defaults(&server->options);
    server->admissions = (HttpAdmissions){
        .max_public = server->options.max_public,
        .max_public_per_client = server->options.max_public_per_client,
        .max_health = MAX_HEALTH,
    };
    signal(SIGPIPE, SIG_IGN); /* writing to a client that has left is an error, not the end */
    strbuf_init(&server->scratch, SCRATCH_MAX_BYTES);
    timer_wheel_init(&server->wheel, uv_now(loop_uv(loop)));
    check(uv_timer_init(loop_uv(loop), &server->tick) == 0);
    check(uv_tcp_init(loop_uv(loop), &server->listener) == 0);
    server->tick.data = server->listener.data = server;
    check(uv_tcp_open(&server->listener, file) == 0);
    int status = uv_listen((uv_stream_t *)&server->listener, BACKLOG, on_connection);
    if (status == 0) {
        server->port = bound_port(&server->listener);
        return server;
    }
    error_set_errno(error, -status, "listening");
    http_server_free(server);
    return NULL;
}

uint16_t http_server_port(const HttpServer *server)
{
    return server->port;
}

HttpServerStats http_server_stats(const HttpServer *server)
{
    return server->stats;
}

static void on_tick(uv_timer_t *timer)
{
    HttpServer *server = timer->data;
    server->references++;
    timer_wheel_advance(&server->wheel, uv_now(timer->loop), http_connection_expired, server);
    if (server->wheel.filed_count == 0 && server->tick_runs) {
        server->tick_runs = false;
        uv_timer_stop(timer);
    }
    http_server_unref(server);
}

void http_server_start_ticks(HttpServer *server)
{
    if (server->tick_runs || uv_is_closing((uv_handle_t *)&server->tick))
        return;
    server->tick_runs = true;
    uv_timer_start(&server->tick, on_tick, TIMER_TICK_MS, TIMER_TICK_MS);
}

Str http_server_date(HttpServer *server)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t second = time_now_us() / 1000000;
    if (second != server->date_second) {
        time_t when = (time_t)second;
        struct tm utc;
        check(gmtime_r(&when, &utc));
        /* IMF-fixdate of RFC 9110 section 5.6.7; strftime would follow the locale. */
        snprintf(server->date, sizeof(server->date), "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
                 days + 3 * utc.tm_wday, (unsigned)utc.tm_mday % 100, months + 3 * utc.tm_mon,
                 (unsigned)(utc.tm_year + 1900) % 10000, (unsigned)utc.tm_hour % 100,
                 (unsigned)utc.tm_min % 100, (unsigned)utc.tm_sec % 100);
        server->date_second = second;
    }
    return str_make(server->date, 29);
}

static void on_handle_closed(uv_handle_t *handle)
{
    http_server_unref(handle->data);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_handle_closed);
}

void http_server_unref(HttpServer *server)
{
    check(server->references > 0);
    server->references--;
    wait_wake(server->stop_wait);
    if (server->references > 0)
        return;
    websocket_registry_free(server);
    http_admissions_done(&server->admissions);
    strbuf_done(&server->scratch);
    mem_free(server);
}

/* Those that wait for a request; those that handle one close after it. */
static void close_idle(HttpServer *server)
{
    HttpConnection *next;
    for (HttpConnection *connection = server->connections; connection; connection = next) {
        next = connection->next;
        if (connection->socket)
            websocket_on_stop(connection);
        else if (!connection->request && !connection->output && !connection->closing)
            http_connection_close(connection);
    }
}

static void close_all(HttpServer *server)
{
    while (server->connections)
        http_connection_close(server->connections);
}

/* Also cancels streaming responses and WebSocket messages; bodies that are still coming will not
 * be handled. */
static void cancel_requests(HttpServer *server)
{
    while (server->body_first)
        http_connection_close(server->body_first->connection);
    for (HttpConnection *connection = server->connections; connection;
         connection = connection->next) {
        if (connection->request)
            task_cancel(server->loop, connection->request->task);
        if (connection->socket)
            websocket_cancel(connection);
    }
}

/* The owner and the timer remain when all else is gone. */
static bool wait_until_alone(Task *task, HttpServer *server, uint32_t timeout_ms)
{
    uint64_t former = task_deadline_narrow(task, timeout_ms);
    bool waited = true;
    while (waited && server->references > 2) {
        server->stop_wait = task_wait_begin(task);
        waited = task_wait(task, server->stop_wait);
    }
    server->stop_wait = (Wait){0};
    task_deadline_set(task, former);
    return server->references <= 2;
}

void http_server_stop(Task *task, HttpServer *server, uint32_t grace_ms)
{
    server->stopping = true;
    close_handle((uv_handle_t *)&server->listener);
    close_idle(server);
    Error before = task->error;
    if (!wait_until_alone(task, server, grace_ms)) {
        cancel_requests(server);
        if (!wait_until_alone(task, server, AFTER_CANCEL_MS)) {
            close_all(server);
            wait_until_alone(task, server, AFTER_CANCEL_MS);
        }
    }
    task->error = before;
}

void http_server_free(HttpServer *server)
{
    if (!server)
        return;
    server->stopping = true;
    close_all(server);
    close_handle((uv_handle_t *)&server->listener);
    close_handle((uv_handle_t *)&server->tick);
    http_server_unref(server);
}
