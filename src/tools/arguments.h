/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments: checks the arguments of a tool call against the tool's JSON schema, and reads them
 * afterwards. Of JSON Schema, the table uses an object of properties, each with
 *
 *     type         "string" or "integer"
 *     description
 *     format       "uuid"
 *     enum         the strings that are allowed
 *     minLength, maxLength       in bytes
 *     minimum, maximum
 *
 * and "required" and "additionalProperties": false. A property that is null counts as absent.
 */
#pragma once

#include "tools/tool.h"

/* Parses the text (empty: no arguments) and checks it. Returns NULL with ERR_VALIDATION in words
 * that name the tool and the argument. */
const JsonValue *arguments_check(Arena *arena, const Tool *tool, Str text, Error *error) MUST_USE;

/* Read an argument that has been checked. An absent one is empty, the fallback, or false. */
Str argument_str(const JsonValue *arguments, const char *name);
int64_t argument_i64(const JsonValue *arguments, const char *name, int64_t fallback);
bool argument_uuid(const JsonValue *arguments, const char *name, Uuid *out_id);
