/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small server for the black-box tests and measurements of net/. Prints "port N" when it listens,
 * and runs until SIGTERM (a graceful stop) or until its standard input ends.
 *
 *     net_server [name=value…]     address, header_timeout_ms, max_connections, …
 */
#include "base/log.h"
#include "net/http/events.h"
#include "net/http/server.h"
#include "net/websocket/websocket.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    Loop *loop;
    HttpServer *server;
    uv_signal_t on_signal;
    uint32_t grace_ms;
    uint32_t max_tasks;
    uint64_t max_body_bytes;
    uint32_t cancelled;
    uint32_t handled;
    uint32_t sockets_closed;
    uint32_t streams_closed;
    uint32_t streams_drained;
    uint16_t last_close_code;
} Program;

static void respond_text(Task *task, HttpRequest *request, uint16_t status, Str text)
{
    http_respond(
        task, request,
        &(HttpResponse){.status = status, .content_type = STR("text/plain"), .body = text});
}

static bool query_number(const HttpRequest *request, const char *name, uint64_t *out_value)
{
    Str rest = http_request_query(request);
    Str field;
    while (str_next_field(&rest, '&', &field)) {
        size_t mark = str_find_byte(field, '=');
        if (mark != STR_NOT_FOUND && str_equal(str_slice(field, 0, mark), str_of(name)))
            return str_parse_u64(str_from(field, mark + 1), out_value);
    }
    return false;
}

static uint64_t query_or(const HttpRequest *request, const char *name, uint64_t fallback)
{
    uint64_t value = fallback;
    return query_number(request, name, &value) ? value : fallback;
}

static void handle_hello(Task *task, HttpRequest *request, Program *program)
{
    (void)program;
    respond_text(task, request, 200, STR("hello\n"));
}

static void handle_slow(Task *task, HttpRequest *request, Program *program)
{
    if (!task_sleep(task, (uint32_t)query_or(request, "ms", 50))) {
        program->cancelled += task->error.code == ERR_CANCELLED;
        return;
    }
    respond_text(task, request, 200, http_request_query(request));
}

static void handle_echo(Task *task, HttpRequest *request, Program *program)
{
    Str body;
    uint64_t max_bytes = query_or(request, "max", program->max_body_bytes);
    if (http_body_read_all(task, request, (size_t)max_bytes, &body))
        respond_text(task, request, 200, body);
    else
        program->cancelled += task->error.code == ERR_CANCELLED;
}

/* Reads parts, slowly when asked to, and says how many bytes there were. */
static void handle_count(Task *task, HttpRequest *request, Program *program)
{
    Str part;
    uint64_t total = 0;
    uint64_t pause_ms = query_or(request, "pause", 0);
    http_request_set_max_body(request, query_or(request, "max", UINT64_MAX));
    task_deadline_set(task, 0);
    do {
        if (!http_body_read(task, request, &part) ||
            (pause_ms && !task_sleep(task, (uint32_t)pause_ms))) {
            program->cancelled += task->error.code == ERR_CANCELLED;
            return;
        }
        check(part.size <= 64 * 1024); /* as its header promises */
        total += part.size;
    } while (part.size > 0);
    respond_text(task, request, 200,
                 arena_printf(task->arena, "%llu\n", (unsigned long long)total));
}

static void handle_stream(Task *task, HttpRequest *request, Program *program)
{
    uint64_t count = query_or(request, "count", 3);
    uint64_t size = query_or(request, "size", 6);
    uint64_t pause_ms = query_or(request, "pause", 0);
    uint64_t length = query_or(request, "length", UINT64_MAX);
    char *data = arena_alloc(task->arena, (size_t)size + 1);
    memset(data, 'x', (size_t)size);
    bool open = http_stream_begin(
        task, request, &(HttpResponse){.status = 200, .content_type = STR("text/event-stream")},
        length);
    for (uint64_t i = 0; open && i < count; i++) {
        open = http_stream_write(task, request, str_make(data, (size_t)size)) &&
               (!pause_ms || task_sleep(task, (uint32_t)pause_ms));
    }
    if (!open || !http_stream_end(task, request))
        program->cancelled++;
}

static void on_stream_closed(HttpEvents *events, void *context)
{
    Program *program = context;
    check(!http_events_send(events, STR("too late")));
    program->streams_closed++;
}

static void on_stream_drained(HttpEvents *events, void *context)
{
    Program *program = context;
    check(!http_events_is_behind(events));
    program->streams_drained++;
}

/* Queues count times size bytes at once; then ends the stream, or leaves it open. */
static void handle_events(Task *task, HttpRequest *request, Program *program)
{
    Str data = str_make(arena_alloc(task->arena, 65536), query_or(request, "size", 6));
    memset((char *)(uintptr_t)data.data, 'x', data.size);
    HttpEventsOptions options = {
        .closed = on_stream_closed,
        .drained = on_stream_drained,
        .context = program,
        .max_queue_bytes = (uint32_t)query_or(request, "queue", 0),
        .heartbeat_ms = (uint32_t)query_or(request, "heartbeat", 0),
    };
    HttpResponse head = {.status = 200, .content_type = STR("text/event-stream")};
    HttpEvents *events = http_events_accept(task, request, &head, &options);
    bool open = events;
    for (uint64_t i = query_or(request, "count", 1); open && i > 0; i--)
        open = http_events_send(events, data);
    if (open && query_or(request, "end", 0))
        http_events_end(events);
    if (query_or(request, "wait", 0) && !task_sleep(task, (uint32_t)query_or(request, "wait", 0)))
        program->cancelled++;
}

/* Sends each part of the body back before it reads the next. */
static void handle_mirror(Task *task, HttpRequest *request, Program *program)
{
    Str part;
    http_request_set_max_body(request, UINT64_MAX);
    bool open = http_stream_begin(task, request, &(HttpResponse){.status = 200}, UINT64_MAX);
    do {
        open =
            open && http_body_read(task, request, &part) && http_stream_write(task, request, part);
    } while (open && part.size > 0);
    if (!open || !http_stream_end(task, request))
        program->cancelled++;
}

static void handle_big(Task *task, HttpRequest *request, Program *program)
{
    uint64_t size = query_or(request, "size", 1 << 20);
    char *data = arena_alloc(task->arena, (size_t)size);
    memset(data, 'y', (size_t)size);
    if (!http_respond(task, request,
                      &(HttpResponse){.status = 200, .body = str_make(data, (size_t)size)}))
        program->cancelled++;
}

/* Sends its own program file, or what ?path= is not: only that. */
static void handle_file(Task *task, HttpRequest *request, Program *program)
{
    struct stat status;
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) != 0)
        return;
    uint64_t size = (uint64_t)status.st_size;
    uint64_t extra = query_or(request, "extra", 0);
    bool sent = http_stream_begin(task, request, &(HttpResponse){.status = 200}, size + extra) &&
                http_stream_file(task, request, file, 0, size + extra) &&
                http_stream_end(task, request);
    program->cancelled += !sent;
    close(file);
}

static void handle_headers(Task *task, HttpRequest *request, Program *program)
{
    (void)program;
    Str text = arena_printf(
        task->arena, "method=%.*s\npath=%.*s\nquery=%.*s\npeer=%.*s\nhost=%.*s\nx-test=%.*s\n",
        STR_ARGS(http_method_name(http_request_method(request))),
        STR_ARGS(http_request_path(request)), STR_ARGS(http_request_query(request)),
        STR_ARGS(http_request_peer(request)), STR_ARGS(http_request_header(request, STR("host"))),
        STR_ARGS(http_request_header(request, STR("x-test"))));
    respond_text(task, request, 200, text);
}

static void handle_status(Task *task, HttpRequest *request, Program *program)
{
    (void)program;
    respond_text(task, request, (uint16_t)query_or(request, "code", 204), STR("body"));
}

/* Never answers: the server has to. */
static void handle_nothing(Task *task, HttpRequest *request, Program *program)
{
    (void)program;
    if (query_or(request, "code", 0))
        task_fail(task, ERR_NOT_FOUND, "no \"such\" thing");
}

static void handle_stats(Task *task, HttpRequest *request, Program *program)
{
    HttpServerStats stats = http_server_stats(program->server);
    LoopStats loop = loop_stats(program->loop);
    struct rusage usage;
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        if (fscanf(file, "%*d %ld", &pages) != 1)
            pages = 0;
        fclose(file);
    }
    getrusage(RUSAGE_SELF, &usage);
    uint64_t cpu_us = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000u +
                      (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    Str text = arena_printf(
        task->arena,
        "{\"connections\":%u,\"websockets\":%u,\"accepted\":%llu,\"requests\":%llu,"
        "\"refused\":%llu,\"bad\":%llu,\"timeouts\":%llu,\"bytes_in\":%llu,\"bytes_out\":%llu,"
        "\"tasks\":%u,\"background\":%u,\"cancelled\":%u,\"sockets_closed\":%u,"
        "\"last_close_code\":%u,\"streams_closed\":%u,\"streams_drained\":%u,\"cpu_us\":%llu,"
        "\"rss_kb\":%llu}\n",
        stats.connections, stats.websockets, (unsigned long long)stats.accepted,
        (unsigned long long)stats.requests, (unsigned long long)stats.refused_connections,
        (unsigned long long)stats.bad_requests, (unsigned long long)stats.timeouts,
        (unsigned long long)stats.bytes_in, (unsigned long long)stats.bytes_out, loop.tasks,
        loop.background_tasks, program->cancelled, program->sockets_closed,
        program->last_close_code, program->streams_closed, program->streams_drained,
        (unsigned long long)cpu_us,
        (unsigned long long)pages * (unsigned long long)sysconf(_SC_PAGESIZE) / 1024);
    respond_text(task, request, 200, text);
}

static uint64_t number_after(Str text, Str prefix)
{
    uint64_t value = 0;
    return str_parse_u64(str_from(text, prefix.size), &value) ? value : 0;
}

/* Commands for the tests; everything else comes back as it went in. */
static void on_message(Task *task, WebSocket *socket, Str message, bool is_text, void *context)
{
    Program *program = context;
    if (str_starts_with(message, STR("!close "))) {
        websocket_close(socket, (uint16_t)number_after(message, STR("!close ")), STR("asked"));
    } else if (str_starts_with(message, STR("!sleep "))) {
        if (!task_sleep(task, (uint32_t)number_after(message, STR("!sleep "))))
            program->cancelled++;
        websocket_send_text(socket, message);
    } else if (str_starts_with(message, STR("!flood "))) {
        Str line = websocket_encode_text(task->arena, arena_printf(task->arena, "%01000d", 0));
        for (uint64_t i = number_after(message, STR("!flood ")); i > 0; i--) {
            if (!websocket_send_encoded(socket, line))
                return;
        }
    } else if (is_text) {
        websocket_send_text(socket, message);
    } else {
        websocket_send_binary(socket, message);
    }
}

static void on_closed(Task *task, WebSocket *socket, uint16_t code, void *context)
{
    Program *program = context;
    (void)task;
    check(!websocket_send_text(socket, STR("too late")));
    check(!websocket_find(program->server, websocket_id(socket)));
    program->sockets_closed++;
    program->last_close_code = code;
}

static void handle_socket(Task *task, HttpRequest *request, Program *program)
{
    WebSocketOptions options = {
        .handlers = {.message = on_message, .closed = on_closed, .context = program},
        .subprotocol = STR("netguru.test"),
        .max_message_bytes = (uint32_t)query_or(request, "max", 0),
        .max_queue_bytes = (uint32_t)query_or(request, "queue", 0),
        .ping_interval_ms = (uint32_t)query_or(request, "ping", 0)};
    WebSocket *socket = websocket_accept(task, request, &options);
    if (!socket)
        return;
    check(websocket_find(program->server, websocket_id(socket)) == socket);
    if (query_or(request, "greet", 0))
        websocket_send_text(socket, STR("welcome"));
    if (query_or(request, "wait", 0) && !task_sleep(task, (uint32_t)query_or(request, "wait", 0)))
        program->cancelled++;
}

typedef struct {
    Str path;
    void (*handle)(Task *task, HttpRequest *request, Program *program);
} Page;

static const Page pages[] = {
    {STR_INIT("/"), handle_hello},        {STR_INIT("/slow"), handle_slow},
    {STR_INIT("/echo"), handle_echo},     {STR_INIT("/count"), handle_count},
    {STR_INIT("/stream"), handle_stream}, {STR_INIT("/big"), handle_big},
    {STR_INIT("/file"), handle_file},     {STR_INIT("/headers"), handle_headers},
    {STR_INIT("/status"), handle_status}, {STR_INIT("/nothing"), handle_nothing},
    {STR_INIT("/stats"), handle_stats},   {STR_INIT("*"), handle_headers},
    {STR_INIT("/ws"), handle_socket},     {STR_INIT("/mirror"), handle_mirror},
    {STR_INIT("/events"), handle_events},
};

static void handle(Task *task, HttpRequest *request, void *context)
{
    Program *program = context;
    program->handled++;
    for (size_t i = 0; i < COUNT_OF(pages); i++) {
        if (str_equal(pages[i].path, http_request_path(request))) {
            pages[i].handle(task, request, program);
            return;
        }
    }
    respond_text(task, request, 404, STR("no such page\n"));
}

/* As the query says: class is 1 for public and 2 for health, first the size of a body to receive.
 */
static HttpAdmission admit(const HttpRequest *request, void *context)
{
    (void)context;
    return (HttpAdmission){
        .class = (HttpClass)query_or(request, "class", HTTP_CLASS_GENERAL),
        .body_first_bytes = (uint32_t)query_or(request, "first", 0),
        .client_address = http_request_header(request, STR("x-client")),
    };
}

static void stop(Task *task, void *argument)
{
    Program *program = argument;
    http_server_stop(task, program->server, program->grace_ms);
    http_server_free(program->server);
    uv_close((uv_handle_t *)&program->on_signal, NULL);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    Program *program = handle->data;
    uv_signal_stop(handle);
    task_spawn_background(program->loop, "stop", stop, program);
}

static void set_option(Program *program, HttpServerOptions *options, Str text)
{
    const struct {
        const char *name;
        uint32_t *value;
    } names[] = {
        {"max_connections", &options->max_connections},
        {"max_header_bytes", &options->max_header_bytes},
        {"max_header_count", &options->max_header_count},
        {"max_target_bytes", &options->max_target_bytes},
        {"header_timeout_ms", &options->header_timeout_ms},
        {"idle_timeout_ms", &options->idle_timeout_ms},
        {"body_timeout_ms", &options->body_timeout_ms},
        {"body_grace_ms", &options->body_grace_ms},
        {"body_first_timeout_ms", &options->body_first_timeout_ms},
        {"max_public", &options->max_public},
        {"max_public_per_client", &options->max_public_per_client},
        {"request_timeout_ms", &options->request_timeout_ms},
        {"max_requests", &options->max_requests_per_connection},
        {"grace_ms", &program->grace_ms},
        {"max_tasks", &program->max_tasks},
    };
    size_t mark = str_find_byte(text, '=');
    check(mark != STR_NOT_FOUND);
    Str name = str_slice(text, 0, mark);
    if (str_equal(name, STR("address"))) {
        options->address = str_from(text, mark + 1);
        return;
    }
    if (str_equal(name, STR("reuse_port"))) {
        options->reuse_port = true;
        return;
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (str_equal(name, str_of(names[i].name))) {
            check(str_parse_u32(str_from(text, mark + 1), names[i].value));
            return;
        }
    }
    fprintf(stderr, "net_server: unknown option %.*s\n", STR_ARGS(name));
    exit(2);
}

int main(int argc, char **argv)
{
    Program program = {.grace_ms = 2000, .max_body_bytes = 1 << 20};
    HttpServerOptions options = {
        .address = STR("127.0.0.1:0"), .handler = handle, .admit = admit, .context = &program};
    for (int i = 1; i < argc; i++)
        set_option(&program, &options, str_of(argv[i]));
    log_setup(LOG_WARN, LOG_AS_TEXT);
    program.loop = loop_new(&(LoopOptions){.max_tasks = program.max_tasks});
    Error error = {0};
    program.server = http_server_start(program.loop, &options, &error);
    if (!program.server) {
        fprintf(stderr, "net_server: %s\n", error.message);
        loop_free(program.loop);
        return 1;
    }
    uv_signal_init(loop_uv(program.loop), &program.on_signal);
    program.on_signal.data = &program;
    uv_signal_start(&program.on_signal, on_signal, SIGTERM);
    printf("port %u\n", http_server_port(program.server));
    fflush(stdout);
    loop_run(program.loop);
    loop_free(program.loop);
    return 0;
}
