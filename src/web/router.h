/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Router: finds the handler of a feature for a request's method and path. Features define tables of
 * routes; app/ joins them. For each request the router has the gate authenticate the caller and
 * count its rate, enforces the user's in-flight limits, reads a JSON body where the route takes
 * one, runs the handler under its deadline, answers errors, and writes the one log line. JSON
 * answers for a user carry Cache-Control: no-store, unless the handler sets another value.
 *
 *     static bool show(Task *task, const Request *request, Response *response) { … }
 *     const Route widget_routes[] = {
 *         {HTTP_GET, ROUTE_USER, "/api/v1/widgets/{id}", show, .limit = &rate_limit_api},
 *         {0},
 *     };
 */
#pragma once

#include "base/metric.h"
#include "web/rate_limit.h"
#include "web/request.h"
#include "web/response.h"

typedef bool RouteHandler(Task *task, const Request *request, Response *response);

typedef enum { ROUTE_PUBLIC, ROUTE_USER, ROUTE_ADMIN } RouteAccess;

/* What a personal access token (accounts/personal_token.h) must be allowed to use a route. A route
 * without a scope takes no such token, only a login. */
typedef enum {
    SCOPE_NONE = 0,
    SCOPE_READ = 1 << 0,  /* documents, tasks, topologies, conversations, search and the tools */
    SCOPE_CHAT = 1 << 1,  /* ask */
    SCOPE_WRITE = 1 << 2, /* upload, generate and delete */
    SCOPE_MCP = 1 << 3,   /* the MCP endpoint, whose tools and resources only read */
} RouteScope;

typedef struct {
    HttpMethod method;
    RouteAccess access;
    /* {name} matches one segment; {name...} at the end matches the rest, which may be empty. Such
     * routes are tried after all others, the longest first, and not for a path that another route
     * has with another method. NULL ends a table. */
    const char *path;
    RouteHandler *handle;
    const RateLimit *limit;     /* NULL: not counted */
    const struct RouteDoc *doc; /* for the OpenAPI document; NULL: a page for people */
    RouteScope scope;           /* of a route for users */
    uint32_t timeout_ms;        /* 0: the server's, 10 s for a public route */
    bool takes_json;            /* a JSON object of at most 64 KiB; anything else is refused */
    bool has_secrets; /* of the body or the answer: memory is overwritten before it is freed */
    bool is_stream;   /* opens a socket or an event stream of the user */
    bool is_health;   /* answered outside the cap of requests: must be quick and bounded */
} Route;

/*
 * Authenticates and authorises a request: sets task->user_id and the request's session, and adds
 * the headers of the rate limit. app/ passes the gate of accounts, so that the router depends on no
 * feature.
 */
typedef bool RouteGate(Task *task, const Route *route, Request *request, Response *response);

typedef struct Router Router;

/* Joins route tables; NULL ends the list. Two routes that match the same requests are a bug. */
Router *router_new(const Services *services, const Route *const *tables, RouteGate *gate) MUST_USE;
void router_free(Router *router);
/* Handles a request: an HttpHandler whose context is the Router. */
void router_handle(Task *task, HttpRequest *http, void *context);
/*
 * Admits a request: an HttpAdmit whose context is the Router. Routes for users are general, others
 * are public, and health routes are outside the cap. A JSON body is received before the task
 * starts.
 */
HttpAdmission router_admit(const HttpRequest *http, void *context);
/* A MetricCollect whose source is a Router: requests by the pattern of their route. */
void router_collect(MetricWriter *writer, const void *source);
