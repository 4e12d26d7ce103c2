/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that talk to a running server over HTTP, as any other client does. */
#pragma once

#include "app/command.h"
#include "base/json.h"

/* Generates the topology of all configurations on the server and prints it. */
int remote_topology(Command *command, bool as_json, bool as_svg);
/* Prints a document as one line: ID, status, type, name, and the remark where it is not empty. */
void remote_print_document(const JsonValue *document, const char *remark);
/* Prints a value as one line of JSON; returns false if that fails. */
bool remote_print_json(const JsonValue *value);
/* Percent-encodes all but the unreserved characters of RFC 3986 §2.3, for the query of a URL. */
Str remote_encode(Arena *arena, Str text) MUST_USE;
