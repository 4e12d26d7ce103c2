/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tools that local files can answer: rows of the table of tools/tool.h, with the same names,
 * arguments and answers, but run by the engines on files instead of by statements on what a server
 * has stored. topology_neighbors, topology_path, log_timeline and compare_documents need what only
 * a server stores, and are not among them.
 */
#pragma once

#include "app/mcp/local_files.h"
#include "tools/tool.h"

/* Returns the table for the files; a tool without a name ends it. services of the calls must be
 * &files->services. */
const Tool *local_tools(Arena *arena);
