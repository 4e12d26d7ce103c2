/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http/server.h"

#include "base/mem.h"
#include "net/http/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
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

/* Returns a bound socket, or -1 with errno. Accepted sockets inherit TCP_NODELAY from it. */
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

static bool is_answered(const struct sockaddr_un *address)
{
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool connected =
        file >= 0 && connect(file, (const struct sockaddr *)address, sizeof(*address)) == 0;
    if (file >= 0)
        close(file);
    return connected;
}

/* Removes the socket that a process has left, and nothing else. */
static bool remove_dead_socket(const struct sockaddr_un *address, Error *error)
{
    struct stat status;
    const char *path = address->sun_path;
    if (lstat(path, &status) != 0)
        return errno == ENOENT || error_set_errno(error, errno, path);
    if (!S_ISSOCK(status.st_mode))
        return error_set(error, ERR_CONFLICT, "%s is there, and is no socket", path);
    if (is_answered(address))
        return error_set(error, ERR_CONFLICT, "%s: another process listens there", path);
    return unlink(path) == 0 || errno == ENOENT || error_set_errno(error, errno, path);
}

/* Only the user of the process may connect. */
static int open_unix(Str path, Error *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!str_copy_to(path, address.sun_path, sizeof(address.sun_path))) {
        error_set(error, ERR_VALIDATION, "%.*s is too long for a socket", STR_ARGS(path));
        return -1;
    }
    if (!remove_dead_socket(&address, error))
        return -1;
    int file = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (file >= 0 && bind(file, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
        chmod(address.sun_path, S_IRUSR | S_IWUSR) == 0)
        return file;
    error_set_errno(error, errno, address.sun_path);
    if (file >= 0)
        close(file);
    return -1;
}

static int open_listener(Str text, bool reuse_port, Error *error)
{
    Address address = {0};
    if (str_starts_with(text, STR("unix:")))
        return open_unix(str_from(text, strlen("unix:")), error);
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
    if (file < 0)
        return false;
    close(file);
    if (str_starts_with(address, STR("unix:")))
        (void)unlink(str_from(address, strlen("unix:")).data);
    return true;
}

/* At the limit the connection that has been idle for longest gives way to a new one: clients must
 * expect that between requests (RFC 9112 section 9.5), and silent ones must not shut others out. */
static bool make_way(HttpServer *server)
{
    ListNode *idle = server->set.idle.first;
    if (!idle)
        return false;
    server->stats.evicted++;
    net_connection_close(CONTAINER_OF(idle, NetConnection, idle_node));
    return true;
}

static void accept_connection(HttpServer *server)
{
    NetConnection *connection = net_connection_accept(&server->set, &server->listener,
                                                      &http_protocol, sizeof(HttpConnection));
    if (!connection)
        return;
    server->stats.accepted++;
    if (server->set.all.count <= server->options.max_connections || make_way(server)) {
        http_connection_begin((HttpConnection *)connection);
        return;
    }
    server->stats.refused_connections++;
    http_connection_turn_away((HttpConnection *)connection);
}

static void on_connection(uv_stream_t *listener, int status)
{
    /* Out of descriptors: libuv has accepted and closed the pending connection with its spare one.
     */
    if (status == 0)
        accept_connection(listener->data);
}

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value ? value : fallback;
}

static void set_defaults(HttpServerOptions *options)
{
    options->max_connections = or_default(options->max_connections, 20000);
    options->max_header_bytes = or_default(options->max_header_bytes, 16 * 1024);
    options->max_header_bytes =
        MIN_OF(options->max_header_bytes, (uint32_t)CONNECTION_READ_BYTES / 2);
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
    if (address.ss_family == AF_UNIX)
        return 0;
    return ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                              : ((struct sockaddr_in6 *)&address)->sin6_port);
}

static void free_server(NetConnectionSet *set)
{
    HttpServer *server = (HttpServer *)set;
    http_admissions_done(&server->admissions);
    strbuf_done(&server->scratch);
    mem_free(server);
}

HttpServer *http_server_start(Loop *loop, const HttpServerOptions *options, Error *error)
{
    int file = open_listener(options->address, options->reuse_port, error);
    if (file < 0)
        return NULL;
    HttpServer *server = MEM_NEW(HttpServer);
    server->options = *options;
    server->options.address = (Str){0}; /* belongs to the caller */
    set_defaults(&server->options);
    server->admissions = (HttpAdmissions){
        .max_public = server->options.max_public,
        .max_public_per_client = server->options.max_public_per_client,
        .max_health = MAX_HEALTH,
    };
    signal(SIGPIPE, SIG_IGN); /* writing to a client that has left is an error, not the end */
    strbuf_init(&server->scratch, SCRATCH_MAX_BYTES);
    net_connection_set_init(&server->set, loop, server->options.body_timeout_ms, free_server);
    check(uv_tcp_init(loop_uv(loop), &server->listener) == 0);
    server->set.references++; /* the listener's */
    server->listener.data = server;
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
    HttpServerStats stats = server->stats;
    stats.connections = server->set.all.count;
    stats.websockets = server->set.upgraded;
    stats.timeouts += server->set.timeouts;
    stats.bytes_in = server->set.bytes_in;
    stats.bytes_out = server->set.bytes_out;
    return stats;
}

void http_server_collect(MetricWriter *writer, const void *source)
{
    const HttpServer *server = source;
    HttpServerStats stats = http_server_stats(server);
    metric_gauge(writer, "netguru_http_connections", "Open connections.", stats.connections);
    metric_gauge(writer, "netguru_http_connections_limit",
                 "Connections at which idle ones give way to new ones.",
                 server->options.max_connections);
    metric_gauge(writer, "netguru_http_websockets", "Open WebSockets.", stats.websockets);
    metric_counter(writer, "netguru_http_accepted", "Connections accepted.",
                   (double)stats.accepted);
    metric_counter(writer, "netguru_http_refused_connections", "Connections over the limit.",
                   (double)stats.refused_connections);
    metric_counter(writer, "netguru_http_evicted", "Idle connections closed in favour of new ones.",
                   (double)stats.evicted);
    metric_counter(writer, "netguru_http_bad_requests", "Requests that are not HTTP.",
                   (double)stats.bad_requests);
    metric_counter(writer, "netguru_http_timeouts", "Connections closed because of a deadline.",
                   (double)stats.timeouts);
    metric_counter(writer, "netguru_http_received_bytes", "Bytes received.",
                   (double)stats.bytes_in);
    metric_counter(writer, "netguru_http_sent_bytes", "Bytes sent.", (double)stats.bytes_out);
}

static void on_listener_closed(uv_handle_t *handle)
{
    HttpServer *server = handle->data;
    net_connection_set_unref(&server->set);
}

static void close_listener(HttpServer *server)
{
    if (!uv_is_closing((uv_handle_t *)&server->listener))
        uv_close((uv_handle_t *)&server->listener, on_listener_closed);
}

/* Waits until only the references of the owner and the timer are left. */
static bool wait_until_alone(Task *task, NetConnectionSet *set, uint32_t timeout_ms)
{
    uint64_t former = task_deadline_narrow(task, timeout_ms);
    bool waited = true;
    while (waited && set->references > 2) {
        set->stop_wait = task_wait_begin(task);
        waited = task_wait(task, set->stop_wait);
    }
    set->stop_wait = (Wait){0};
    task_deadline_set(task, former);
    return set->references <= 2;
}

void http_server_stop(Task *task, HttpServer *server, uint32_t grace_ms)
{
    NetConnectionSet *set = &server->set;
    Error before = task->error;
    close_listener(server);
    net_connection_set_stop(set);
    if (!wait_until_alone(task, set, grace_ms)) {
        net_connection_set_cancel(set);
        if (!wait_until_alone(task, set, AFTER_CANCEL_MS)) {
            net_connection_set_close_all(set);
            /* A handler's thread cannot be cancelled, and uses what the owner frees next. */
            wait_until_alone(task, set, UINT32_MAX);
        }
    }
    task->error = before;
}

void http_server_free(HttpServer *server)
{
    if (!server)
        return;
    close_listener(server);
    net_connection_set_done(&server->set);
}
