/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends bodies from files piece by piece, with one buffer in memory. A thread of the pool reads the
 * file, so that a slow disk does not delay the loop.
 *
 *     OutgoingForm form = {.file_field = STR("file"), .file_name = STR("core1.cfg"),
 *                          .file = descriptor, .file_bytes = size};
 *     OutgoingCall *call = outgoing_form_start(task, outgoing, &request, &form);
 *     if (!call || !outgoing_call_answer(task, call)) …
 */
#pragma once

#include "net/outgoing/outgoing.h"

/* Sends size_bytes of the file from offset on as a part of a streamed body. Stops early and returns
 * true when the server has answered already. Fails with ERR_IO when the file has fewer bytes. */
bool outgoing_call_write_file(Task *task, OutgoingCall *call, int file, uint64_t offset,
                              uint64_t size_bytes) MUST_USE;

typedef struct {
    const OutgoingHeader *fields; /* text fields, before the file */
    size_t field_count;
    Str file_field;
    Str file_name;
    Str content_type; /* empty: application/octet-stream */
    int file;
    uint64_t file_bytes;
} OutgoingForm;

/* Starts the request with the form as multipart/form-data (RFC 7578) and sends all of it. Body and
 * Content-Type of the request are not used. */
OutgoingCall *outgoing_form_start(Task *task, Outgoing *outgoing, const OutgoingRequest *request,
                                  const OutgoingForm *form) MUST_USE;
