/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The version of the program, as `netguru version`, the API, the MCP endpoint and the manifest of a
 * backup give it. It is the version of the project in meson.build.
 */
#pragma once

#define NETGURU_VERSION "0.1.0"
