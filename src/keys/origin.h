/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Origins (scheme, host and port of a URL) that users give for their own servers, and the list of
 * those that the operator allows in NETGURU_LLM_LOCAL_URLS.
 */
#pragma once

#include "base/config.h"

enum { ORIGIN_MAX_BYTES = 255 };

/*
 * Returns the origin in lower case, without a slash at the end, in the arena; empty when the text
 * is no http or https URL or has more than scheme, host and port.
 */
Str origin_normalize(Arena *arena, Str text) MUST_USE;
/* Returns whether the operator allows the origin, which must be normalized. */
bool origin_is_allowed(Arena *arena, const Config *settings, Str origin) MUST_USE;
/* Returns the allowed origins as an array of PostgreSQL, "{http://a,http://b}". */
Str origin_allowed_array(Arena *arena, const Config *settings) MUST_USE;
/* Fails, naming it, when an origin of the list is malformed. */
bool origin_check_settings(const Config *settings, Error *error) MUST_USE;
