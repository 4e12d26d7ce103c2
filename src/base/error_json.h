/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON body of an error answer, which is written here for the HTTP server and for the features:
 *
 *     {"error":{"code":"NOT_FOUND","message":"no such file","details":{}}}
 *
 * details holds "field" and "retry_after" where the error names them. A client learns that an
 * internal error occurred, but never its cause; and that a server is unavailable, but not where it
 * is. The log has both.
 */
#pragma once

#include "base/error.h"
#include "base/json.h"

/* Writes the object {"error":…}. */
void error_write_json(JsonWriter *json, const Error *error);
