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

typedef struct {
    char data[sizeof(((Error *)0)->message) + sizeof(": try again later")];
} PublicMessage;

/* Returns the message as a client may see it: error->message, a literal, or buffer->data. */
const char *error_public_message(const Error *error, PublicMessage *buffer);
/* Writes the object {"error":…}. */
void error_write_json(JsonWriter *json, const Error *error);
