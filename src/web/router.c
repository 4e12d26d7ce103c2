/* SPDX-License-Identifier: Apache-2.0 */
#include "web/router.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/time.h"
#include "task/clock.h"
#include "trace/tracer.h"
#include "web/in_flight.h"
#include "web/percent.h"
#include "web/stream_place.h"

enum {
    JSON_BODY_MAX_BYTES = 64 * 1024,
    PUBLIC_TIMEOUT_MS = 10 * 1000,
    FAILURE_TIMEOUT_MS = 5 * 1000,
    LONG_ROUTE_MS = 60 * 1000,
    MAX_ROUTES = 256,
    STATUS_CLASSES = 5,
};

/* What was answered on one route: 1xx to 5xx. */
typedef struct {
    uint64_t answers[STATUS_CLASSES];
    MetricHistogram durations; /* not of streams, which stay open */
} RouteCounts;

const RateLimit rate_limit_api = {"api", {600, 3000, 12000}};

struct Router {
    const Services *services;
    RouteGate *gate;
    const Route *routes[MAX_ROUTES];
    size_t count;
    RouteCounts counts[MAX_ROUTES + 1]; /* the last one is for requests without a route */
    uint32_t in_progress;
    InFlight in_flight;
};

static bool has_twin(const Router *router, const Route *route)
{
    for (size_t i = 0; i < router->count; i++) {
        const Route *other = router->routes[i];
        if (other->method == route->method && str_equal(str_of(other->path), str_of(route->path)))
            return true;
    }
    return false;
}

static unsigned count_variables(const Route *route)
{
    unsigned count = 0;
    for (const char *at = route->path; *at; at++)
        count += *at == '{';
    return count;
}

/* Keeps the routes with fewer variables in front of others. */
static void add_route(Router *router, const Route *route)
{
    size_t at = router->count++;
    for (; at > 0 && count_variables(router->routes[at - 1]) > count_variables(route); at--)
        router->routes[at] = router->routes[at - 1];
    router->routes[at] = route;
}

Router *router_new(const Services *services, const Route *const *tables, RouteGate *gate)
{
    Router *router = MEM_NEW(Router);
    router->services = services;
    router->gate = gate;
    for (; *tables; tables++) {
        for (const Route *route = *tables; route->path; route++) {
            check(router->count < MAX_ROUTES);
            check(!has_twin(router, route));
            /* An open stream is counted for a user, so there must be one. */
            check(!route->is_stream || route->access != ROUTE_PUBLIC);
            add_route(router, route);
        }
    }
    return router;
}

void router_free(Router *router)
{
    if (!router)
        return;
    in_flight_done(&router->in_flight);
    mem_free(router);
}

static bool is_variable(Str segment)
{
    return str_starts_with(segment, STR("{"));
}

/* Returns whether the segment is {name...}. */
static bool is_rest(Str segment)
{
    return is_variable(segment) && str_ends_with(segment, STR("...}"));
}

static bool has_rest(const Route *route)
{
    return str_ends_with(str_of(route->path), STR("...}"));
}

static void note_variable(Request *request, Str pattern, Str value)
{
    size_t marks = is_rest(pattern) ? strlen("{...}") : strlen("{}");
    check(request->path_count < REQUEST_MAX_PATH_VARIABLES);
    request->path[request->path_count++] =
        (PathVariable){str_slice(pattern, 1, pattern.size - marks), value};
}

/* Matches segment by segment. Variables are recorded but not decoded yet. */
static bool match_path(const Route *route, Str path, Request *request)
{
    Str pattern_rest = str_of(route->path);
    Str pattern;
    Str segment;
    request->path_count = 0;
    while (str_next_field(&pattern_rest, '/', &pattern)) {
        if (is_rest(pattern)) {
            check(pattern_rest.data == NULL);
            note_variable(request, pattern, path);
            return path.data != NULL;
        }
        if (!str_next_field(&path, '/', &segment))
            return false;
        if (!is_variable(pattern)) {
            if (!str_equal(pattern, segment))
                return false;
            continue;
        }
        if (str_empty(segment))
            return false;
        note_variable(request, pattern, segment);
    }
    return path.data == NULL;
}

static bool decode_path(Task *task, Request *request)
{
    for (size_t i = 0; i < request->path_count; i++) {
        PathVariable *variable = &request->path[i];
        if (!percent_decode(task->arena, variable->value, PERCENT_PATH, &variable->value))
            return task_fail(task, ERR_VALIDATION, "the path is not percent-encoded UTF-8");
    }
    return true;
}

/* Takes the next route that the path means, whatever its method, from *at on. Routes with fewer
 * variables come first, and hide others: "/files/upload" is no "/files/{id}". */
static const Route *next_route(const Router *router, Str path, Request *request, size_t *at)
{
    const Route *former = *at > 0 ? router->routes[*at - 1] : NULL;
    for (size_t i = *at; i < router->count; i++) {
        const Route *route = router->routes[i];
        if (former && count_variables(route) > count_variables(former))
            return NULL;
        if (has_rest(route) || !match_path(route, path, request))
            continue;
        *at = i + 1;
        return route;
    }
    return NULL;
}

static bool fail_method(Task *task, const Router *router, Request *request, Response *response)
{
    Str path = http_request_path(request->http);
    Str allowed = STR("");
    const Route *route;
    for (size_t at = 0; (route = next_route(router, path, request, &at));) {
        allowed = arena_printf(task->arena, "%.*s%s%.*s%s", STR_ARGS(allowed),
                               allowed.size ? ", " : "", STR_ARGS(http_method_name(route->method)),
                               route->method == HTTP_GET ? ", HEAD" : "");
    }
    if (str_empty(allowed))
        return task_fail(task, ERR_NOT_FOUND, "no such resource");
    response_add_header(response, STR("Allow"), allowed);
    return task_fail(task, ERR_METHOD_NOT_ALLOWED, "this resource takes %.*s", STR_ARGS(allowed));
}

static bool fits_method(const Route *route, HttpMethod method)
{
    return route->method == method || (method == HTTP_HEAD && route->method == HTTP_GET);
}

static size_t prefix_bytes(const Route *route)
{
    return str_find_byte(str_of(route->path), '{');
}

/* Returns the route with the longest fixed part among those that match the rest of the path. */
static const Route *find_rest_route(const Router *router, HttpMethod method, Str path,
                                    Request *request)
{
    const Route *best = NULL;
    for (size_t i = 0; i < router->count; i++) {
        const Route *route = router->routes[i];
        if (has_rest(route) && fits_method(route, method) &&
            (!best || prefix_bytes(route) > prefix_bytes(best)) && match_path(route, path, request))
            best = route;
    }
    if (best)
        check(match_path(best, path, request));
    return best;
}

static const Route *find_route(const Router *router, Request *request)
{
    HttpMethod method = http_request_method(request->http);
    Str path = http_request_path(request->http);
    const Route *route;
    bool has_other_methods = false;
    for (size_t at = 0; (route = next_route(router, path, request, &at));) {
        if (fits_method(route, method))
            return route;
        has_other_methods = true;
    }
    return has_other_methods ? NULL : find_rest_route(router, method, path, request);
}

static bool read_json(Task *task, Request *request)
{
    Str text;
    Str type = http_request_header(request->http, STR("content-type"));
    Str essence = type;
    if (str_find_byte(type, ';') != STR_NOT_FOUND)
        essence = str_slice(type, 0, str_find_byte(type, ';'));
    if (!str_equal_ignore_case(str_trim(essence), STR("application/json")))
        return task_fail(task, ERR_UNSUPPORTED_MEDIA, "the body must be application/json");
    if (!http_body_read_all(task, request->http, JSON_BODY_MAX_BYTES, &text))
        return false;
    request->body = json_parse(task->arena, text, &task->error);
    if (!request->body)
        return false;
    if (request->body->type != JSON_IS_OBJECT)
        return task_fail(task, ERR_VALIDATION, "the body must be a JSON object");
    return true;
}

static bool run_handler(Task *task, const Route *route, Request *request, Response *response)
{
    return (!route->takes_json || read_json(task, request)) &&
           route->handle(task, request, response);
}

static InFlightKind in_flight_kind(const Route *route)
{
    if (route->is_stream)
        return IN_FLIGHT_STREAM;
    return route->timeout_ms > LONG_ROUTE_MS ? IN_FLIGHT_TRANSFER : IN_FLIGHT_REQUEST;
}

static bool fail_in_flight(Task *task, InFlightKind kind)
{
    task_fail(task, ERR_RATE_LIMIT_EXCEEDED,
              kind == IN_FLIGHT_STREAM ? "too many streams of yours are open"
                                       : "too many requests of yours are in progress");
    task->error.retry_after_s = 1;
    return false;
}

/* Runs the handler while it counts as one of the user's requests in progress. A socket or event
 * stream that the handler opens is counted until it is closed. */
static bool run_counted(Task *task, Router *router, const Route *route, Request *request,
                        Response *response)
{
    InFlightKind kind = in_flight_kind(route);
    StreamPlace place = {&router->in_flight, task->user_id};
    if (!in_flight_take(&router->in_flight, &place.user_id, kind))
        return fail_in_flight(task, kind);
    if (kind == IN_FLIGHT_STREAM)
        request->stream_place = &place;
    bool done = run_handler(task, route, request, response);
    request->stream_place = NULL;
    if (kind == IN_FLIGHT_STREAM)
        stream_place_release(&place);
    else
        in_flight_give_back(&router->in_flight, &place.user_id, kind);
    return done;
}

static bool run_route(Task *task, Router *router, const Route *route, Request *request,
                      Response *response)
{
    if (route->timeout_ms)
        task_deadline_set(task, loop_now_ms(task->loop) + route->timeout_ms);
    else if (route->access == ROUTE_PUBLIC)
        task_deadline_narrow(task, PUBLIC_TIMEOUT_MS);
    if (!decode_path(task, request) || !router->gate(task, route, request, response))
        return false;
    if (task->has_user)
        return run_counted(task, router, route, request, response);
    check(!route->is_stream);
    return run_handler(task, route, request, response);
}

/* A user's data must not be stored in a cache. */
static void forbid_caching(const Route *route, Response *response)
{
    bool is_personal = route && route->access != ROUTE_PUBLIC;
    if (is_personal && str_equal(response->content_type, STR("application/json")) &&
        !response_has_header(response, STR("Cache-Control")))
        response_add_header(response, STR("Cache-Control"), STR("no-store"));
}

static void log_request(const Task *task, const Request *request, const char *route,
                        uint16_t status, uint64_t started_ns)
{
    const Error *error = &task->error;
    uint64_t took_us = (time_monotonic_ns() - started_ns) / 1000;
    LogLevel level = error->code == ERR_INTERNAL || error->code == ERR_IO ? LOG_ERROR : LOG_INFO;
    LogField fields[] = {
        LOG_STR("method", http_method_name(http_request_method(request->http))),
        LOG_TEXT("route", route),
        LOG_INT("status", status),
        LOG_FLOAT("ms", (double)took_us / 1000.0),
        LOG_STR("peer", request->client_address),
        LOG_TEXT("error", error->code ? error->message : ""),
        {0},
    };
    log_write(level, "http.request", fields);
}

/* How slowly a client may take an answer is limited by the connection. A failure must still be told
 * after a cancellation or a timeout, but soon. */
static void send_answer(Task *task, HttpRequest *http, bool done, const Response *response)
{
    task_deadline_set(task, done ? 0 : loop_now_ms(task->loop) + FAILURE_TIMEOUT_MS);
    HttpResponse answer = {
        .status = response->status,
        .content_type = response->content_type,
        .headers = response->headers,
        .header_count = response->header_count,
        .body = response->body,
    };
    http_respond(task, http, &answer);
}

static Str address_of_client(const Router *router, const HttpRequest *http)
{
    return client_address(&router->services->trusted_proxies, http_request_peer(http),
                          http_request_header(http, STR("x-forwarded-for")));
}

HttpAdmission router_admit(const HttpRequest *http, void *context)
{
    const Router *router = context;
    Request request = {.http = (HttpRequest *)(uintptr_t)http};
    const Route *route = find_route(router, &request);
    HttpAdmission admission = {.class = HTTP_CLASS_PUBLIC};
    if (route && route->is_health)
        admission.class = HTTP_CLASS_HEALTH;
    else if (route && route->access != ROUTE_PUBLIC)
        admission.class = HTTP_CLASS_GENERAL;
    if (route && route->takes_json)
        admission.body_first_bytes = JSON_BODY_MAX_BYTES;
    if (admission.class == HTTP_CLASS_PUBLIC || admission.body_first_bytes)
        admission.client_address = address_of_client(router, http);
    return admission;
}

static RouteCounts *counts_of(Router *router, const Route *route)
{
    for (size_t i = 0; i < router->count; i++) {
        if (router->routes[i] == route)
            return &router->counts[i];
    }
    return &router->counts[MAX_ROUTES];
}

static void count_request(const Task *task, Router *router, const Route *route, uint16_t status,
                          uint64_t started_ns)
{
    RouteCounts *counts = counts_of(router, route);
    check(status >= 100 && status < 600);
    counts->answers[status / 100 - 1]++;
    if (!route || !route->is_stream)
        metric_observe_since(&counts->durations, started_ns, &task->trace_id);
}

/* Gives the request its trace: a new one, or that of its traceparent while traces are exported. A
 * header that is malformed is ignored. Checks of health and scrapes are not worth a trace. */
static void begin_trace(Task *task, const HttpRequest *http, const Route *route, Span *span)
{
    TraceContext parent;
    span->id = 0;
    task->trace_id = uuid_new();
    if (!tracer_is_on() || (route && route->is_health))
        return;
    Str method = http_method_name(http_request_method(http));
    SpanName name = {SPAN_SERVER, method, str_of(route ? route->path : "")};
    bool has_parent = trace_context_parse(http_request_header(http, STR("traceparent")), &parent);
    span_begin_root(task, span, &name, has_parent ? &parent : NULL);
    span_note(span, "http.request.method", method);
    if (route)
        span_note(span, "http.route", str_of(route->path));
}

static void end_trace(Task *task, Span *span, uint16_t status)
{
    span_note_number(span, "http.response.status_code", status);
    if (status >= 500)
        span_fail(span, error_traits(task->error.code)->name);
    span_end(task, span);
}

void router_handle(Task *task, HttpRequest *http, void *context)
{
    Router *router = context;
    uint64_t started_ns = time_monotonic_ns();
    Request request = {.http = http, .services = router->services};
    request.client_address = address_of_client(router, http);
    Response response = {.status = 200};
    Span span;
    const Route *route = find_route(router, &request);
    begin_trace(task, http, route, &span);
    response_add_header(&response, STR("X-Request-Id"), uuid_str(task->arena, &task->trace_id));
    response_add_header(&response, STR("X-Content-Type-Options"), STR("nosniff"));
    router->in_progress++;
    if (route && route->has_secrets)
        arena_keep_secret(task->arena);
    bool done = route ? run_route(task, router, route, &request, &response)
                      : fail_method(task, router, &request, &response);
    if (!done) {
        check(task->error.code != ERR_NONE);
        /* The task was cancelled but the client is still waiting: the server is stopping. */
        if (task->error.code == ERR_CANCELLED && !http_request_is_abandoned(http))
            task_fail(task, ERR_UNAVAILABLE, "the server is stopping");
        response_from_error(task, &response);
    } else {
        task_forget_error(task);
    }
    log_request(task, &request, route ? route->path : "none", response.status, started_ns);
    count_request(task, router, route, response.status, started_ns);
    end_trace(task, &span, response.status);
    if (!http_request_is_answered(http)) {
        forbid_caching(route, &response);
        send_answer(task, http, done, &response);
    }
    router->in_progress--;
}

static bool has_answered(const RouteCounts *counts)
{
    for (size_t i = 0; i < STATUS_CLASSES; i++) {
        if (counts->answers[i])
            return true;
    }
    return false;
}

typedef void RouteSample(MetricWriter *writer, const Str *values, const RouteCounts *counts);

static void sample_answers(MetricWriter *writer, const Str *values, const RouteCounts *counts)
{
    static const char *const classes[STATUS_CLASSES] = {"1xx", "2xx", "3xx", "4xx", "5xx"};
    for (size_t i = 0; i < STATUS_CLASSES; i++)
        metric_sample(writer, METRIC_VALUES(values[0], values[1], str_of(classes[i])),
                      (double)counts->answers[i]);
}

static void sample_durations(MetricWriter *writer, const Str *values, const RouteCounts *counts)
{
    metric_sample_histogram(writer, values, &counts->durations);
}

/* Only routes that were used: each has a dozen series. */
static void sample_routes(MetricWriter *writer, const Router *router, RouteSample *sample)
{
    for (size_t i = 0; i <= MAX_ROUTES; i++) {
        const Route *route = i < router->count ? router->routes[i] : NULL;
        const RouteCounts *counts = &router->counts[i];
        Str method = route ? http_method_name(route->method) : STR("any");
        Str path = route ? str_of(route->path) : STR("none");
        if (has_answered(counts))
            sample(writer, METRIC_VALUES(method, path), counts);
    }
}

void router_collect(MetricWriter *writer, const void *source)
{
    static const MetricFamily answers = {"netguru_http_requests",
                                         METRIC_COUNTER,
                                         "Requests by route and class of the answer.",
                                         {"method", "route", "class"}};
    static const MetricFamily durations = {"netguru_http_request_duration_seconds",
                                           METRIC_HISTOGRAM,
                                           "Time from the head of a request to its answer.",
                                           {"method", "route"}};
    const Router *router = source;
    metric_gauge(writer, "netguru_http_requests_in_flight", "Requests in progress.",
                 router->in_progress);
    metric_begin(writer, &answers);
    sample_routes(writer, router, sample_answers);
    metric_begin(writer, &durations);
    sample_routes(writer, router, sample_durations);
}
