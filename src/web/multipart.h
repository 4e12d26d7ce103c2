/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Multipart: the parts of a multipart/form-data body (RFC 7578), read as they arrive. Only one
 * window of the body is held in memory.
 *
 *     Multipart *multipart = multipart_begin(task, request);
 *     MultipartPart part;
 *     while (multipart && multipart_next_part(task, multipart, &found, &part) && found)
 *         while (multipart_read(task, multipart, &bytes) && bytes.size)
 *             …
 */
#pragma once

#include "web/request.h"

typedef struct Multipart Multipart;

typedef struct {
    Str name;
    Str file_name; /* as the client sent it: never use it as a path; empty when not a file */
    bool is_file;
    Str content_type;
} MultipartPart;

/* Returns NULL with ERR_UNSUPPORTED_MEDIA or ERR_VALIDATION when the request is not
 * multipart/form-data. */
Multipart *multipart_begin(Task *task, const Request *request) MUST_USE;
/*
 * Moves to the next part, skipping the rest of the current one. *out_found is false after the last
 * part. A part's head is limited to 8 KiB, a body to 16 parts.
 */
bool multipart_next_part(Task *task, Multipart *multipart, bool *out_found,
                         MultipartPart *out_part) MUST_USE;
/* Reads the next bytes of the part, valid until the next call; empty at its end. Returns false when
 * the body is malformed or the client has left. */
bool multipart_read(Task *task, Multipart *multipart, Str *out_bytes) MUST_USE;
/* Reads a whole small part, such as a form field. */
bool multipart_read_all(Task *task, Multipart *multipart, size_t max_bytes,
                        Str *out_value) MUST_USE;
