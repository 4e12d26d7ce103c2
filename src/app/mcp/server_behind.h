/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server behind netguru mcp: its MCP endpoint, asked with the session of `netguru login`. Its
 * tools are offered under names that begin with server_.
 */
#pragma once

#include "mcp/mcp.h"

#define SERVER_TEMPLATES                                                                           \
    "{\"uriTemplate\":\"netguru://documents/{id}\",\"name\":\"document\","                         \
    "\"title\":\"Document on the server\",\"mimeType\":\"text/plain\"},"                           \
    "{\"uriTemplate\":\"netguru://topologies/{id}\",\"name\":\"topology\","                        \
    "\"title\":\"Topology on the server\",\"mimeType\":\"application/json\"}"

/* Functions of an McpSource that is the first member of a LocalSource. A server that cannot be
 * reached has no tools and no resources; the reason goes to standard error. */
bool server_list_tools(Task *task, const McpSource *source, JsonWriter *json) MUST_USE;
bool server_call_tool(Task *task, const McpSource *source, const McpMessage *request,
                      bool *out_found, Str *out_result) MUST_USE;
bool server_list_resources(Task *task, const McpSource *source, Str cursor, JsonWriter *json,
                           Str *out_next) MUST_USE;
bool server_read_resource(Task *task, const McpSource *source, Str uri, JsonWriter *json) MUST_USE;
