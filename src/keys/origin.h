/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Origins (scheme, host and port of a URL) of servers that users name, and the list of those that
 * the operator allows in NETGURU_LLM_LOCAL_URLS, in the form in which they are stored.
 */
#pragma once

#include "base/config.h"

enum { ORIGIN_MAX_BYTES = 255 };

/*
 * Returns the origin in lower case, without a slash at the end, in the arena; empty when the text
 * is no http or https URL or has more than scheme, host and port.
 */
Str origin_normalize(Arena *arena, Str text) MUST_USE;
/* Returns the allowed origins as an array of PostgreSQL, "{http://a,http://b}". */
Str origin_allowed_array(Arena *arena, const Config *settings) MUST_USE;
