/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MCP: the Model Context Protocol (modelcontextprotocol.io, revisions 2025-11-25 and 2025-06-18),
 * by which a program with a language model uses the tools of tools/tool.h and reads documents.
 * This header is the protocol without a transport: JSON-RPC 2.0 messages in, messages out.
 * mcp_api.c carries them over HTTP, app/mcp/ over standard input and output. docs/mcp.md describes
 * both.
 *
 *     McpMessage message;
 *     if (!mcp_message_read(task->arena, value, &message, &task->error))
 *         send(mcp_error_message(task->arena, STR(""), MCP_INVALID_REQUEST, &task->error));
 *     else if (message.kind == MCP_REQUEST)
 *         send(mcp_calls_run(task, calls, key, &source, &message));
 */
#pragma once

#include "base/list.h"
#include "task/clock.h"
#include "tools/tool.h"
#include "web/router.h"

#define MCP_REVISION_NEWEST "2025-11-25"
#define MCP_REVISION_BEFORE "2025-06-18"

/* Codes of JSON-RPC, and of MCP from -32000 on. */
enum {
    MCP_PARSE_ERROR = -32700,
    MCP_INVALID_REQUEST = -32600,
    MCP_METHOD_NOT_FOUND = -32601,
    MCP_INVALID_PARAMS = -32602,
    MCP_INTERNAL_ERROR = -32603,
    MCP_RESOURCE_NOT_FOUND = -32002,
    MCP_UNAVAILABLE = -32000,
    MCP_CANCELLED = -32800,
};

enum {
    MCP_ID_MAX_BYTES = 256, /* of a request, as JSON */
    MCP_ANSWER_MAX_BYTES = 2 * 1024 * 1024,
    MCP_TEXT_MAX_BYTES = 256 * 1024, /* of a document that is read as a resource */
    MCP_GRAPH_MAX_BYTES = 1024 * 1024,
    MCP_RESOURCES_AT_ONCE = 100,
};

typedef enum { MCP_REQUEST, MCP_NOTIFICATION, MCP_RESPONSE } McpMessageKind;

typedef struct {
    McpMessageKind kind;
    Str id;                  /* JSON; empty for a notification */
    Str method;              /* empty for a response */
    const JsonValue *params; /* an object, or NULL */
    const JsonValue *result; /* of a response; NULL when it is an error */
    Str progress_token;      /* JSON; empty: the client wants no progress */
} McpMessage;

/* Reads a message. Fails with ERR_VALIDATION when it is none: a batch, a wrong version, an id of a
 * wrong type. */
bool mcp_message_read(Arena *arena, const JsonValue *value, McpMessage *out_message,
                      Error *error) MUST_USE;
/* Returns an error message. It has no id when id is empty. */
Str mcp_error_message(Arena *arena, Str id, int code, const Error *error);
/* Returns the JSON of the request id that a notifications/cancelled names; empty when it names
 * none. */
Str mcp_cancelled_id(Arena *arena, const McpMessage *message);
/* Returns whether the text names a revision that is spoken here. */
bool mcp_knows_revision(Str revision);

typedef struct McpSource McpSource;

/*
 * Where answers come from. Each function writes into an object that is open, and fails with
 * task->error: ERR_NOT_FOUND when there is no such resource.
 */
struct McpSource {
    const Services *services; /* passed to the tools */
    const Tool *tools;        /* ended by a tool without a name */
    const char *instructions; /* for the model */
    const char *templates;    /* of URIs, a JSON array */
    /* Writes at most MCP_RESOURCES_AT_ONCE resources into an open array, and stores where the next
     * page begins; empty at the end. cursor is empty for the first page. */
    bool (*list_resources)(Task *task, const McpSource *source, Str cursor, JsonWriter *json,
                           Str *out_next);
    bool (*read_resource)(Task *task, const McpSource *source, Str uri, JsonWriter *json);
    /* Of another server behind this one; NULL: none. The first writes more tools into an open
     * array; the second stores the result of a tool that the table does not have, and sets
     * *out_found to false when it does not know it either. */
    bool (*list_more_tools)(Task *task, const McpSource *source, JsonWriter *json);
    bool (*call_more)(Task *task, const McpSource *source, const McpMessage *request,
                      bool *out_found, Str *out_result);
};

/* Answers a request with one message: a result or an error. */
Str mcp_answer(Task *task, const McpSource *source, const McpMessage *request);

typedef struct {
    Str uri, name;
    Str title, description; /* may be empty */
    const char *mime_type;
    int64_t size; /* -1: not known */
} McpResource;

/* Writes a resource into an open array. */
void mcp_write_resource(JsonWriter *json, const McpResource *resource);
/* Writes the contents of one resource into the open object of a result. */
void mcp_write_contents(JsonWriter *json, Str uri, const char *mime_type, Str text);

/* The requests that are running, so that they can be cancelled. Zeros: none. */
typedef struct McpCalls {
    List running;
    Loop *loop;
    RedisSubscription *subscription; /* of cancellations from other processes; NULL: none */
} McpCalls;

enum { MCP_CALLS_MAX = 256 };

/* Answers a request in a part of the task, which mcp_calls_cancel ends by the key; the answer is
 * then an error. */
Str mcp_calls_run(Task *task, McpCalls *calls, Str key, const McpSource *source,
                  const McpMessage *request);
/* Cancels the request of that key. Returns whether it is running here. */
bool mcp_calls_cancel(McpCalls *calls, Str key);
/* The same for a request that may be running in another process of the server. */
bool mcp_calls_cancel_anywhere(Task *task, const Services *services, Str key) MUST_USE;
/* Cancels all requests. */
void mcp_calls_cancel_all(McpCalls *calls);

/* Sends notifications/progress at once and then every second, until it is ended. */
typedef struct {
    LoopTimer timer;
    Loop *loop;
    Str token; /* JSON */
    Str what;
    uint32_t count;
    void (*send)(void *context, Str message); /* called in the loop */
    void *context;
} McpProgress;

void mcp_progress_begin(McpProgress *progress);
void mcp_progress_end(McpProgress *progress);

/* POST /mcp */
extern const Route mcp_routes[];
/* The state of a process that serves the route, for services->mcp. Listens for cancellations. */
McpCalls *mcp_calls_new(const Services *services) MUST_USE;
void mcp_calls_free(McpCalls *calls);
