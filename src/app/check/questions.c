/* SPDX-License-Identifier: Apache-2.0 */
#include "app/check/internal.h"

#include <unistd.h>

enum { ANSWER_TIMEOUT_MS = 60 * 1000, ANSWER_POLL_MS = 50 };

/* Polls an answer until it has been written. */
static const JsonValue *wait_answer(Check *check, Str message, Error *error)
{
    Str path = arena_printf(check->arena, "/api/v1/chat/messages/%.*s", STR_ARGS(message));
    uint64_t until_ms = time_monotonic_ms() + ANSWER_TIMEOUT_MS;
    for (;;) {
        const JsonValue *answer = client_get(check->client, check->arena, path.data, error);
        if (!answer || !str_equal(check_text(answer, "state"), STR("streaming")))
            return answer;
        if (time_monotonic_ms() > until_ms) {
            error_set(error, ERR_TIMEOUT, "no answer within %d s", ANSWER_TIMEOUT_MS / 1000);
            return NULL;
        }
        usleep(ANSWER_POLL_MS * 1000);
    }
}

static const JsonValue *ask(Check *check, Str conversation, Str body, Error *error)
{
    Str path = arena_printf(check->arena, "/api/v1/chat/conversations/%.*s/messages",
                            STR_ARGS(conversation));
    const JsonValue *begun = client_post(check->client, check->arena, path.data, body, error);
    return begun ? wait_answer(check, check_text(begun, "message_id"), error) : NULL;
}

/* A whole conversation without a model: a question, and an answer that cites. */
bool check_step_conversation(Check *check, Error *error)
{
    Arena *arena = check->arena;
    const JsonValue *conversation =
        client_post(check->client, arena, "/api/v1/chat/conversations", STR("{}"), error);
    if (!conversation)
        return false;
    Str id = check_text(conversation, "id");
    const JsonValue *answer =
        ask(check, id,
            STR("{\"content\":\"why does lis-edge2 not see all its neighbours?\","
                "\"mode\":\"sources\"}"),
            error);
    if (!answer)
        return false;
    size_t citations = check_count(json_get(answer, "metadata"), "citations");
    check_found(check, "%.*s, %zu citations, %zu bytes", STR_ARGS(check_text(answer, "state")),
                citations, check_text(answer, "content").size);
    Str path = arena_printf(arena, "/api/v1/chat/conversations/%.*s", STR_ARGS(id));
    return client_delete(check->client, arena, path.data, error) &&
           str_equal(check_text(answer, "state"), STR("complete")) && citations > 0;
}

/* Sends one message to the MCP endpoint and returns its result. */
static const JsonValue *ask_mcp(Check *check, const char *method, const char *params, Error *error)
{
    Str body =
        arena_printf(check->arena, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}",
                     method, params);
    const JsonValue *answer = client_post(check->client, check->arena, "/mcp", body, error);
    const JsonValue *result = json_get(answer, "result");
    if (answer && !result)
        error_set(error, ERR_INTERNAL, "%s: %.*s", method,
                  STR_ARGS(check_text(json_get(answer, "error"), "message")));
    return result;
}

/* What an MCP client does first: it greets, lists the tools, and calls one. */
bool check_step_mcp(Check *check, Error *error)
{
    int64_t total = 0;
    const JsonValue *greeting = ask_mcp(check, "initialize",
                                        "{\"protocolVersion\":\"2025-11-25\",\"capabilities\":{},"
                                        "\"clientInfo\":{\"name\":\"check\",\"version\":\"1\"}}",
                                        error);
    const JsonValue *list = greeting ? ask_mcp(check, "tools/list", "{}", error) : NULL;
    const JsonValue *call =
        list ? ask_mcp(check, "tools/call", "{\"name\":\"list_documents\"}", error) : NULL;
    const JsonValue *content = json_get(call, "structuredContent");
    if (!call || !json_get_i64(content, "total", &total))
        return false;
    check_found(check, "revision %.*s, %zu tools, %lld documents",
                STR_ARGS(check_text(greeting, "protocolVersion")), check_count(list, "tools"),
                (long long)total);
    return check_count(list, "tools") > 0 && total > 0;
}
