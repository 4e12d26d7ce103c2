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

const Route health_routes[] = {
    {HTTP_GET, "/health/live", live, .access = ROUTE_PUBLIC},
    {HTTP_GET, "/health/ready", ready, .access = ROUTE_PUBLIC, .timeout_ms = READY_TIMEOUT_MS},
    {0},
};
