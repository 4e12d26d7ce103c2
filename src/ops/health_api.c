/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/health_api.h"

enum { READY_TIMEOUT_MS = 2000 };

static const DbStatement ping = {"health_ping", "SELECT 1"};

static bool live(Task *task, const Request *request, Response *response)
{
    (void)request;
    return respond_json(task, response, 200, STR("{\"status\":\"live\"}"));
}

static bool ready(Task *task, const Request *request, Response *response)
{
    RedisReply pong;
    const Services *services = request->services;
    if (!db_query(task, services->db, &ping, DB_NO_PARAMS, NULL))
        return task_fail(task, ERR_UNAVAILABLE, "PostgreSQL does not answer");
    if (!redis_command(task, services->redis, REDIS_ARGS(STR("PING")), &pong))
        return task_fail(task, ERR_UNAVAILABLE, "Redis does not answer");
    return respond_json(task, response, 200,
                        services->embedder
                            ? STR("{\"status\":\"ready\",\"search\":\"meaning and words\"}")
                            : STR("{\"status\":\"ready\",\"search\":\"words only\"}"));
}

/* For whoever opens the address in a browser. */
static bool welcome(Task *task, const Request *request, Response *response)
{
    (void)task;
    (void)request;
    response->status = 200;
    response->content_type = STR("text/html; charset=utf-8");
    response->body =
        STR("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">"
            "<meta name=\"viewport\" content=\"width=device-width\"><title>NetGuru</title>"
            "<style>body{font:1rem/1.6 system-ui,sans-serif;max-width:38rem;margin:4rem auto;"
            "padding:0 1rem;color:#1c2733}code{background:#eef2f6;padding:.1rem .3rem;"
            "border-radius:.25rem}</style><h1>NetGuru is running</h1>"
            "<p>There is no page for the browser yet. Use the command line:</p>"
            "<p><code>netguru login EMAIL</code>, then <code>netguru upload FILE</code>, "
            "<code>netguru search WORD</code>, <code>netguru topology --svg</code></p>"
            "<p>or the HTTP API under <code>/api/v1</code>, which docs/api.md describes. "
            "<a href=\"/health/ready\">Is it well?</a></p></html>\n");
    response_add_header(response, STR("Content-Security-Policy"),
                        STR("default-src 'none'; style-src 'unsafe-inline'"));
    return true;
}

const Route health_routes[] = {
    {HTTP_GET, ROUTE_PUBLIC, "/", welcome},
    {HTTP_GET, ROUTE_PUBLIC, "/health/live", live},
    {HTTP_GET, ROUTE_PUBLIC, "/health/ready", ready, .timeout_ms = READY_TIMEOUT_MS},
    {0},
};
