/* SPDX-License-Identifier: Apache-2.0 */
/* The version of the program, as `netguru version` and the MCP endpoint state it. */
#pragma once

#define NETGURU_VERSION "0.1.0"
