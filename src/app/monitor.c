/* SPDX-License-Identifier: Apache-2.0 */
#include "app/monitor.h"

#include "base/log.h"
#include "base/mem.h"
#include "metrics/metrics.h"
#include "net/http/server.h"
#include "ops/migrations.h"
#include "services/embedding.h"
#include "trace/tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

enum { MAX_PROCESSES = 64, GRACE_MS = 500, MAX_CONNECTIONS = 16 };

struct Monitor {
    Services *services;
    const char *name;
    const Home *home;
    Arena *arena;
    Router *router;
    HttpServer *on_socket;
    HttpServer *on_address;
    Str socket_path; /* empty: none */
    int lock;
};

static void collect_build(MetricWriter *writer, const void *source)
{
    static const MetricFamily build = {
        "netguru_build_info", METRIC_GAUGE, "The schema that this program needs.", {"schema"}};
    (void)source;
    metric_begin(writer, &build);
    metric_sample(writer, METRIC_VALUES(str_of(migrations[migration_count - 1].revision)), 1);
}

/* Adds what the modules below the features lend. */
static void register_common(const Services *services)
{
    MetricRegistry *registry = metrics_registry(services->metrics);
    metric_register(registry, collect_build, NULL);
    metric_register(registry, process_collect, NULL);
    metric_register(registry, log_collect, NULL);
    metric_register(registry, trace_collect, NULL);
    metric_register(registry, loop_collect, services->loop);
    metric_register(registry, db_collect, services->db);
    metric_register(registry, redis_collect, services->redis);
    metric_register(registry, embedding_collect, services);
}

Monitor *monitor_new(const char *name, const Home *home, Services *services)
{
    Monitor *monitor = MEM_NEW(Monitor);
    monitor->services = services;
    monitor->name = name;
    monitor->home = home;
    monitor->arena = arena_new();
    monitor->lock = -1;
    services->metrics = metrics_new(home->run, home->path);
    register_common(services);
    return monitor;
}

/* Who may read them is decided by the handler. */
static bool admit_all(Task *task, const Route *route, Request *request, Response *response)
{
    (void)task;
    (void)route;
    (void)request;
    (void)response;
    return true;
}

static HttpServer *listen_at(Task *task, const Monitor *monitor, Str address)
{
    HttpServerOptions options = {.address = address,
                                 .handler = router_handle,
                                 .admit = router_admit,
                                 .context = monitor->router,
                                 .max_connections = MAX_CONNECTIONS};
    return http_server_start(task->loop, &options, &task->error);
}

/* Locks the lowest number that no other process has. The lock ends with the process. */
static bool take_number(Monitor *monitor, Str *out_name, Error *error)
{
    for (int number = 1; number <= MAX_PROCESSES; number++) {
        Str name = arena_printf(monitor->arena, "%s-%d", monitor->name, number);
        Str path = arena_printf(monitor->arena, "%s/%s.lock", monitor->home->run, name.data);
        int file = open(path.data, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (file < 0)
            return error_set_errno(error, errno, path.data);
        if (flock(file, LOCK_EX | LOCK_NB) == 0) {
            monitor->lock = file;
            *out_name = name;
            return true;
        }
        close(file);
    }
    return error_set(error, ERR_CONFLICT, "%d processes have their metrics there", MAX_PROCESSES);
}

/* The process works without its socket. */
static void listen_on_socket(Task *task, Monitor *monitor)
{
    Str name;
    if (take_number(monitor, &name, &task->error)) {
        Str path = metrics_socket_path(monitor->arena, monitor->home->run, name);
        monitor->on_socket =
            listen_at(task, monitor, arena_printf(monitor->arena, "unix:%s", path.data));
        if (monitor->on_socket) {
            monitor->socket_path = path;
            metrics_set_process(monitor->services->metrics, name);
        }
    }
    if (!monitor->on_socket)
        log_warn("metrics.no_socket", LOG_TEXT("error", task->error.message));
    task_forget_error(task);
}

bool monitor_start(Task *task, Monitor *monitor)
{
    static const Route *const of_serve[] = {metrics_serve_routes, NULL};
    static const Route *const of_others[] = {metrics_own_routes, NULL};
    bool is_serve = str_equal(str_of(monitor->name), STR("serve"));
    Str address = config_str(monitor->services->settings, "NETGURU_METRICS_ADDRESS");
    monitor->router = router_new(monitor->services, is_serve ? of_serve : of_others, admit_all);
    listen_on_socket(task, monitor);
    if (str_empty(address))
        return true;
    monitor->on_address = listen_at(task, monitor, address);
    return monitor->on_address || error_prefix(&task->error, "NETGURU_METRICS_ADDRESS: ");
}

static void stop_server(Task *task, HttpServer *server)
{
    if (!server)
        return;
    http_server_stop(task, server, GRACE_MS);
    http_server_free(server);
}

void monitor_stop(Task *task, Monitor *monitor)
{
    if (!str_empty(monitor->socket_path))
        unlink(monitor->socket_path.data);
    stop_server(task, monitor->on_socket);
    stop_server(task, monitor->on_address);
    router_free(monitor->router);
    monitor->router = NULL;
}

void monitor_free(Monitor *monitor)
{
    if (monitor->lock >= 0)
        close(monitor->lock);
    metrics_free(monitor->services->metrics);
    monitor->services->metrics = NULL;
    arena_free(monitor->arena);
    mem_free(monitor);
}
