/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The McpSource of netguru mcp: tools and resources of local files (file:///…), and behind them
 * those of the server, where the user is logged in to one.
 */
#pragma once

#include "app/chat/caller.h"
#include "app/mcp/local_files.h"
#include "mcp/mcp.h"

typedef struct {
    McpSource source;
    Caller *caller; /* NULL: no server */
} LocalSource;

/* source.services must be set to that of a LocalFiles. */
LocalSource local_source(Arena *arena, Caller *caller);
