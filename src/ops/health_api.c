/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/health_api.h"

#include "base/mem.h"
#include "base/time.h"
#include "services/generations.h"
#include "web/route_doc.h"

enum {
    READY_TIMEOUT_MS = 2000,
    FRESH_MS = 1000,  /* a verdict answers all requests within this time */
    STALE_MS = 10000, /* and requests that arrive while the next probe runs */
    MAX_WAITING = 16, /* requests that may wait for the first verdict */
};

struct Health {
    Error verdict;
    uint64_t known_ms; /* 0: never */
    Wait waiting[MAX_WAITING];
    uint32_t waiting_count;
    bool is_probing;
};

struct Health *health_new(void)
{
    return MEM_NEW(struct Health);
}

void health_free(struct Health *health)
{
    mem_free(health);
}

DB_STATEMENT ping = {"health_ping", "SELECT 1"};

static bool live(Task *task, const Request *request, Response *response)
{
    (void)request;
    return respond_json(task, response, 200, STR("{\"status\":\"live\"}"));
}

/* Asks both servers. The reason of a failure becomes the verdict. */
static bool probe(Task *task, const Services *services)
{
    RedisReply pong;
    if (!db_query(task, services->db, &ping, DB_NO_PARAMS, NULL))
        return task_fail(task, task_is_cancelled(task) ? ERR_CANCELLED : ERR_UNAVAILABLE,
                         "PostgreSQL does not answer");
    if (!redis_command(task, services->redis, REDIS_ARGS(STR("PING")), &pong))
        return task_fail(task, task_is_cancelled(task) ? ERR_CANCELLED : ERR_UNAVAILABLE,
                         "Redis does not answer");
    return true;
}

static void wake_waiting(struct Health *health)
{
    for (uint32_t i = 0; i < health->waiting_count; i++)
        wait_wake(health->waiting[i]);
    health->waiting_count = 0;
}

/* Probes on behalf of all requests that arrive meanwhile. A cancelled probe says nothing about the
 * servers. */
static void probe_and_remember(Task *task, const Services *services)
{
    struct Health *health = services->health;
    health->is_probing = true;
    bool is_ready = probe(task, services);
    health->is_probing = false;
    if (is_ready || task->error.code != ERR_CANCELLED) {
        health->verdict = is_ready ? (Error){0} : task->error;
        health->known_ms = time_monotonic_ms();
    }
    wake_waiting(health);
}

static bool knows_since(const struct Health *health, uint64_t age_ms)
{
    return health->known_ms && time_monotonic_ms() - health->known_ms < age_ms;
}

/* Waits for the probe that another request has started. */
static bool await_probe(Task *task, struct Health *health)
{
    if (health->waiting_count == MAX_WAITING)
        return task_fail(task, ERR_UNAVAILABLE, "PostgreSQL and Redis have not answered yet");
    Wait wait = task_wait_begin(task);
    health->waiting[health->waiting_count++] = wait;
    return task_wait(task, wait) || task_is_cancelled(task) ||
           task_fail(task, ERR_UNAVAILABLE, "PostgreSQL and Redis have not answered yet");
}

static bool answer_ready(Task *task, const Services *services, Response *response)
{
    if (services->health->verdict.code != ERR_NONE) {
        task->error = services->health->verdict;
        return false;
    }
    return respond_json(task, response, 200,
                        generations_known(services).embedder
                            ? STR("{\"status\":\"ready\",\"search\":\"meaning and words\"}")
                            : STR("{\"status\":\"ready\",\"search\":\"words only\"}"));
}

static bool ready(Task *task, const Request *request, Response *response)
{
    struct Health *health = request->services->health;
    while (!knows_since(health, FRESH_MS)) {
        if (!health->is_probing)
            probe_and_remember(task, request->services);
        else if (knows_since(health, STALE_MS))
            break;
        else if (!await_probe(task, health))
            return false;
        if (task_is_cancelled(task))
            return task_fail(task, ERR_CANCELLED, "cancelled");
    }
    return answer_ready(task, request->services, response);
}

static const ApiSchema health = {
    "Health",
    "status: (live|ready), search?: text",
};

static const RouteDoc live_doc = {
    .summary = "Tells that the process answers",
    .answers = {{200, &health}},
};

static const RouteDoc ready_doc = {
    .summary = "Tells whether PostgreSQL and Redis answer",
    .answers = {{200, &health}},
};

const Route health_routes[] = {
    {HTTP_GET, ROUTE_PUBLIC, "/health/live", live, .doc = &live_doc, .is_health = true},
    {HTTP_GET, ROUTE_PUBLIC, "/health/ready", ready, .doc = &ready_doc,
     .timeout_ms = READY_TIMEOUT_MS, .is_health = true},
    {0},
};
