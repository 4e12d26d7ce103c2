/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The resources of a server: netguru://documents/{id} and netguru://topologies/{id}. Both functions
 * are those of an McpSource, for the task's user.
 */
#pragma once

#include "mcp/mcp.h"

#define RESOURCE_TEMPLATES                                                                         \
    "[{\"uriTemplate\":\"netguru://documents/{id}\",\"name\":\"document\","                        \
    "\"title\":\"Document\",\"mimeType\":\"text/plain\","                                          \
    "\"description\":\"Text of an analysed document, with secrets masked. The tool "               \
    "list_documents gives the ids; the tool read_lines reads ranges.\"},"                          \
    "{\"uriTemplate\":\"netguru://topologies/{id}\",\"name\":\"topology\","                        \
    "\"title\":\"Topology\",\"mimeType\":\"application/json\","                                    \
    "\"description\":\"Nodes and edges of a topology, with their evidence\"}]"

bool resources_list(Task *task, const McpSource *source, Str cursor, JsonWriter *json,
                    Str *out_next) MUST_USE;
bool resources_read(Task *task, const McpSource *source, Str uri, JsonWriter *json) MUST_USE;
