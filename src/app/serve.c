/* SPDX-License-Identifier: Apache-2.0 */
#include "app/process.h"

#include "accounts/account.h"
#include "accounts/personal_token.h"
#include "admin/admin.h"
#include "assistant/assistant.h"
#include "audit/audit.h"
#include "base/log.h"
#include "base/mem.h"
#include "browser/browser.h"
#include "conversations/conversation.h"
#include "documents/document.h"
#include "documents/packet_gate.h"
#include "documents/packet_metrics.h"
#include "jobs/job_api.h"
#include "keys/key.h"
#include "knowledge/knowledge.h"
#include "knowledge/recall.h"
#include "llm/llm.h"
#include "mcp/mcp.h"
#include "metrics/metrics.h"
#include "net/outgoing/outgoing.h"
#include "ops/health_api.h"
#include "privacy/privacy.h"
#include "sources/sources.h"
#include "tools/tools.h"
#include "topology/topology.h"
#include "web/openapi.h"

enum { STOP_GRACE_MS = 10 * 1000 };

static const Route *const route_tables[] = {
    health_routes,    accounts_routes, personal_token_routes, keys_routes,
    documents_routes, jobs_routes,     knowledge_routes,      topology_routes,
    tools_routes,     sources_routes,  conversations_routes,  usage_routes,
    audit_routes,     admin_routes,    privacy_routes,        mcp_routes,
    metrics_routes,   browser_routes,  api_document_routes,   NULL,
};

typedef struct {
    Router *router;
    HttpServer *server;
    struct Health *health;
    struct ApiDocument *api_document;
    struct Browser *browser;
    PacketGate *packet_gate;
    McpCalls *mcp;
    Conversations *conversations;
    TaskId maintenance;
    TaskId erasing;
    TaskId checking;
    TaskId sampling;
} Serve;

/* Returns the wanted limit, or less if descriptors are few. */
static uint32_t connection_limit(const Config *settings)
{
    uint32_t wanted = (uint32_t)config_int(settings, "NETGURU_MAX_CONNECTIONS");
    ProcessFiles files = process_share_files();
    if (files.clients < wanted) {
        log_warn("serve.few_descriptors", LOG_INT("files", files.files),
                 LOG_INT("connections", files.clients), LOG_INT("wanted", wanted),
                 LOG_INT("calls", files.calls));
    }
    return MIN_OF(wanted, files.clients);
}

/* Requests that need no account hold at most a quarter of the slots. */
static uint32_t public_limit(const Config *settings)
{
    return MAX_OF((uint32_t)config_int(settings, "NETGURU_MAX_REQUESTS") / 4, 1u);
}

static void register_metrics(const Process *process, const Serve *serve)
{
    MetricRegistry *registry = metrics_registry(process->services.metrics);
    metric_register(registry, http_server_collect, serve->server);
    metric_register(registry, router_collect, serve->router);
    metric_register(registry, accounts_collect, NULL);
    metric_register(registry, packets_collect, process->services.packet_gate);
    metric_register(registry, conversations_collect, serve->conversations);
    metric_register(registry, llm_collect, NULL);
    metric_register(registry, outgoing_collect, process->services.outgoing);
    metric_register(registry, workers_collect_hashing, process->services.hashing);
}

static void start_background(Process *process, Serve *serve)
{
    Services *services = &process->services;
    serve->maintenance =
        task_spawn_background(services->loop, "documents.maintain", documents_maintain, services);
    serve->erasing =
        task_spawn_background(services->loop, "privacy.erase", privacy_maintain, services);
    serve->sampling =
        task_spawn_background(services->loop, "metrics.sample", metrics_sample, services);
    if (config_int(services->settings, "NETGURU_RECALL_CHECK_S") == 0)
        return;
    services->recall = recall_samples_new();
    serve->checking =
        task_spawn_background(services->loop, "search.recall", recall_maintain, services);
}

static bool start(Task *task, Process *process)
{
    const Config *settings = process->services.settings;
    Serve *serve = MEM_NEW(Serve);
    process->state = serve;
    process->services.health = serve->health = health_new();
    process->services.api_document = serve->api_document = api_document_new(route_tables);
    process->services.browser = serve->browser = browser_new(settings, &task->error);
    process->services.packet_gate = serve->packet_gate = packet_gate_new();
    process->services.mcp = serve->mcp = mcp_calls_new(&process->services);
    ConversationsOptions chat = {.answer = assistant_answer, .prepare = assistant_prepare};
    process->services.conversations = serve->conversations =
        conversations_new(&process->services, &chat);
    if (!serve->browser)
        return false;
    serve->router = router_new(&process->services, route_tables, accounts_gate);
    HttpServerOptions options = {
        .address = config_str(settings, "NETGURU_HTTP_ADDRESS"),
        .handler = router_handle,
        .admit = router_admit,
        .max_public = public_limit(settings),
        .context = serve->router,
        .reuse_port = config_int(settings, "NETGURU_SERVE_PROCESSES") > 1,
        .max_connections = connection_limit(settings),
    };
    serve->server = http_server_start(task->loop, &options, &task->error);
    if (!serve->server)
        return false;
    register_metrics(process, serve);
    start_background(process, serve);
    log_info("serve.listening", LOG_STR("address", options.address),
             LOG_INT("port", http_server_port(serve->server)),
             LOG_INT("connections", options.max_connections),
             LOG_INT("calls", process_share_files().calls));
    return true;
}

static void stop(Task *task, Process *process)
{
    Serve *serve = process->state;
    task_cancel(task->loop, serve->maintenance);
    task_cancel(task->loop, serve->erasing);
    task_cancel(task->loop, serve->sampling);
    if (process->services.recall)
        task_cancel(task->loop, serve->checking);
    conversations_stop(task, serve->conversations);
    if (serve->server) {
        http_server_stop(task, serve->server, STOP_GRACE_MS);
        http_server_free(serve->server);
    }
    router_free(serve->router);
    conversations_free(task, serve->conversations);
    mcp_calls_free(serve->mcp);
    packet_gate_free(serve->packet_gate);
    health_free(serve->health);
    browser_free(serve->browser);
    api_document_free(serve->api_document);
    mem_free(serve);
}

int command_serve(Command *command)
{
    static const ProcessParts parts = {.name = "serve",
                                       .start = start,
                                       .stop = stop,
                                       .role = HOME_ROLE_SERVE,
                                       .wants_model = true,
                                       .wants_hashing = true,
                                       .wants_outgoing = true,
                                       .signs_tokens = true,
                                       .has_keyring = true};
    if (command->argc > 0)
        return command_refuse_rest(command);
    return process_run(command, &parts);
}
