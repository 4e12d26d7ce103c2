/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "mcp/mcp.h"

#define CANCELLED_CHANNEL STR("mcp:cancelled")

typedef struct {
    ListNode node;
    Str key;
    const McpSource *source;
    const McpMessage *request;
    Arena *arena; /* of the task that waits for the answer */
    TaskId task;  /* the part that runs */
    bool is_cancelled;
    Str answer;
} Running;

static void answer_cancelled(Running *running)
{
    Error error = {0};
    error_set(&error, ERR_CANCELLED, "the request was cancelled");
    running->answer =
        mcp_error_message(running->arena, running->request->id, MCP_CANCELLED, &error);
}

/* Succeeds in any case: a request that was cancelled does not cancel who waits for it. */
static bool run_part(Task *task, void *argument)
{
    Running *running = argument;
    running->task = task_id(task);
    if (running->is_cancelled)
        return true;
    Str answer = mcp_answer(task, running->source, running->request);
    if (!running->is_cancelled)
        running->answer = arena_copy(running->arena, answer);
    return true;
}

Str mcp_calls_run(Task *task, McpCalls *calls, Str key, const McpSource *source,
                  const McpMessage *request)
{
    Running running = {.key = key, .source = source, .request = request, .arena = task->arena};
    const TaskPart part = {"mcp.call", run_part, &running};
    if (calls->running.count >= MCP_CALLS_MAX) {
        task_fail(task, ERR_UNAVAILABLE, "%d requests are running: try again later", MCP_CALLS_MAX);
        return mcp_error_message(task->arena, request->id, MCP_UNAVAILABLE, &task->error);
    }
    list_append(&calls->running, &running.node);
    bool done = task_run_all(task, &part, 1);
    list_remove(&calls->running, &running.node);
    if (!done) {
        int code = task->error.code == ERR_TIMEOUT ? MCP_UNAVAILABLE : MCP_CANCELLED;
        return mcp_error_message(task->arena, request->id, code, &task->error);
    }
    if (running.is_cancelled)
        answer_cancelled(&running);
    return running.answer;
}

static void cancel(McpCalls *calls, Running *running)
{
    running->is_cancelled = true;
    if (running->task.generation)
        task_cancel(calls->loop, running->task);
}

bool mcp_calls_cancel(McpCalls *calls, Str key)
{
    bool found = false;
    for (ListNode *each = calls->running.first; each; each = each->next) {
        Running *running = CONTAINER_OF(each, Running, node);
        if (!str_equal(running->key, key))
            continue;
        cancel(calls, running);
        found = true;
    }
    return found;
}

void mcp_calls_cancel_all(McpCalls *calls)
{
    for (ListNode *each = calls->running.first; each; each = each->next)
        cancel(calls, CONTAINER_OF(each, Running, node));
}

bool mcp_calls_cancel_anywhere(Task *task, const Services *services, Str key)
{
    RedisReply reply;
    return mcp_calls_cancel(services->mcp, key) ||
           redis_command(task, services->redis, REDIS_ARGS(STR("PUBLISH"), CANCELLED_CHANNEL, key),
                         &reply);
}

static void on_cancelled(Str channel, Str payload, void *context)
{
    (void)channel;
    (void)mcp_calls_cancel(context, payload);
}

McpCalls *mcp_calls_new(const Services *services)
{
    McpCalls *calls = MEM_NEW(McpCalls);
    RedisSubscriber subscriber = {.message = on_cancelled, .context = calls};
    calls->loop = services->loop;
    calls->subscription = redis_subscribe(services->redis, CANCELLED_CHANNEL, &subscriber);
    return calls;
}

void mcp_calls_free(McpCalls *calls)
{
    if (!calls)
        return;
    redis_unsubscribe(calls->subscription);
    mem_free(calls);
}
