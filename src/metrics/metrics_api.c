/* SPDX-License-Identifier: Apache-2.0 */
#include "metrics/metrics.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "metrics/internal.h"

enum {
    TIMEOUT_MS = 8000,
    SAMPLER_TIMEOUT_MS = 2000,
    TEXT_MAX_BYTES = 8 * 1024 * 1024,
    HOST_MAX_BYTES = 255
};

Metrics *metrics_new(const char *run_dir, const char *data_dir)
{
    Metrics *metrics = MEM_NEW(Metrics);
    metrics->run_dir = run_dir;
    metrics->data_dir = data_dir;
    metrics->data.arena = arena_new();
    return metrics;
}

void metrics_free(Metrics *metrics)
{
    if (!metrics)
        return;
    arena_free(metrics->data.arena);
    mem_free(metrics);
}

void metrics_set_process(Metrics *metrics, Str name)
{
    metrics->process = name;
}

MetricRegistry *metrics_registry(Metrics *metrics)
{
    return &metrics->registry;
}

/* Compares digests, so that the time tells nothing about the token. */
static bool has_token(const Request *request, Str token)
{
    Str header = request_header(request, "authorization");
    if (!str_starts_with_ignore_case(header, STR("bearer ")))
        return false;
    Sha256 given = sha256_of(str_trim(str_from(header, strlen("bearer "))));
    Sha256 wanted = sha256_of(token);
    return digest_equal(str_make(&given, sizeof(given)), str_make(&wanted, sizeof(wanted)));
}

static bool may_read(Task *task, const Request *request)
{
    Str token = config_str(request->services->settings, "NETGURU_METRICS_TOKEN");
    if (request_is_local(request) || (!str_empty(token) && has_token(request, token)))
        return true;
    if (str_empty(token))
        return task_fail(task, ERR_FORBIDDEN,
                         "metrics are read on this machine, or with NETGURU_METRICS_TOKEN");
    return task_fail(task, ERR_AUTH, "the token of the metrics is needed: Authorization: Bearer …");
}

static bool respond_text(Task *task, Response *response, MetricFormat format, const StrBuf *text)
{
    if (text->overflowed)
        return task_fail(task, ERR_INTERNAL, "the metrics are larger than %d bytes",
                         TEXT_MAX_BYTES);
    response->content_type = metric_content_type(format);
    response->body = arena_copy(task->arena, strbuf_str(text));
    return true;
}

static bool show_own(Task *task, const Request *request, Response *response)
{
    auto_strbuf StrBuf text = {0};
    MetricFormat format = metric_format_accepted(request_header(request, "accept"));
    if (!may_read(task, request))
        return false;
    strbuf_init(&text, TEXT_MAX_BYTES);
    metric_write(&request->services->metrics->registry, format, &text);
    return respond_text(task, response, format, &text);
}

/* Of several serve processes the first one samples the installation: a counter must not go back
 * because another process answers with an older sample. Returns false, without an error, where that
 * process does not answer. */
static bool ask_sampler(Task *task, const Request *request, Response *response)
{
    const TargetRequest wanted = {STR("serve-1"), STR("/metrics/data"),
                                  request_header(request, "accept")};
    Str own = request->services->metrics->process;
    if (str_empty(own) || str_equal(own, wanted.process))
        return false;
    uint64_t former_ms = task_deadline_narrow(task, SAMPLER_TIMEOUT_MS);
    bool done = targets_fetch(task, request->services, &wanted, response);
    task_deadline_set(task, former_ms);
    if (!done && !task_is_cancelled(task))
        task_forget_error(task);
    return done;
}

static bool show_data(Task *task, const Request *request, Response *response)
{
    auto_strbuf StrBuf text = {0};
    MetricFormat format = metric_format_accepted(request_header(request, "accept"));
    if (!may_read(task, request))
        return false;
    if (ask_sampler(task, request, response))
        return true;
    strbuf_init(&text, TEXT_MAX_BYTES);
    return !task_is_cancelled(task) && data_write(task, request, format, &text) &&
           respond_text(task, response, format, &text);
}

static bool show_process(Task *task, const Request *request, Response *response)
{
    const TargetRequest wanted = {request_path_str(request, "process"), STR("/metrics"),
                                  request_header(request, "accept")};
    return may_read(task, request) && targets_fetch(task, request->services, &wanted, response);
}

/* The address under which the client has reached us is that of all targets. */
static Str address_of(const Request *request)
{
    Str host = request_header(request, "host");
    for (size_t i = 0; i < host.size; i++) {
        char byte = host.data[i];
        if (!ascii_is_letter_or_digit(byte) && str_find_byte(STR("[]:.-_"), byte) == STR_NOT_FOUND)
            return STR("");
    }
    return host.size <= HOST_MAX_BYTES ? host : STR("");
}

static void write_target(JsonWriter *json, Str address, Str path, Str process)
{
    json_begin_object(json);
    json_key(json, "targets");
    json_begin_array(json);
    json_str(json, address);
    json_end(json);
    json_key(json, "labels");
    json_begin_object(json);
    json_field_str(json, "__metrics_path__", path);
    json_field_str(json, "process", process);
    json_end(json);
    json_end(json);
}

static bool show_targets(Task *task, const Request *request, Response *response)
{
    StrVec names = {0};
    Str address = address_of(request);
    if (!may_read(task, request))
        return false;
    if (str_empty(address))
        return task_fail(task, ERR_VALIDATION, "the header Host is no address");
    if (!targets_list(task, request->services->metrics, &names))
        return false;
    JsonWriter *json = response_json_begin(task);
    json_begin_array(json);
    write_target(json, address, STR("/metrics/data"), STR("data"));
    for (size_t i = 0; i < names.count; i++) {
        Str name = names.items[i];
        Str path = arena_printf(task->arena, "/metrics/%.*s", STR_ARGS(name));
        write_target(json, address, path, name);
    }
    json_end(json);
    return response_json_end(task, response, 200, json);
}

const Route metrics_routes[] = {
    {HTTP_GET, ROUTE_PUBLIC, "/metrics", show_own, .is_health = true},
    {HTTP_GET, ROUTE_PUBLIC, "/metrics/data", show_data, .timeout_ms = TIMEOUT_MS,
     .is_health = true},
    {HTTP_GET, ROUTE_PUBLIC, "/metrics/targets", show_targets, .timeout_ms = TIMEOUT_MS,
     .is_health = true},
    {HTTP_GET, ROUTE_PUBLIC, "/metrics/{process}", show_process, .timeout_ms = TIMEOUT_MS,
     .is_health = true},
    {0},
};

const Route metrics_serve_routes[] = {
    {HTTP_GET, ROUTE_PUBLIC, "/metrics", show_own, .is_health = true},
    {HTTP_GET, ROUTE_PUBLIC, "/metrics/data", show_data, .timeout_ms = TIMEOUT_MS,
     .is_health = true},
    {0},
};

const Route metrics_own_routes[] = {
    {HTTP_GET, ROUTE_PUBLIC, "/metrics", show_own, .is_health = true},
    {0},
};
