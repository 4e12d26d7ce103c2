/* SPDX-License-Identifier: Apache-2.0 */
/* The functions behind the table of tools; private to this feature. */
#pragma once

#include "tools/tool.h"

typedef bool ToolRun(Task *task, const Services *services, const JsonValue *arguments,
                     JsonWriter *answer);

ToolRun tool_search;
ToolRun tool_list_documents;
ToolRun tool_read_lines;
ToolRun tool_device_facts;
ToolRun tool_findings;
ToolRun tool_topology_neighbors;
ToolRun tool_topology_path;
ToolRun tool_capture_summary;
ToolRun tool_capture_conversations;
ToolRun tool_log_timeline;
ToolRun tool_compare_documents;
