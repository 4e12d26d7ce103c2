/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers for the packets of a capture, for the table in document_api.c: a list of packets, and
 * one packet layer by layer. */
#pragma once

#include "web/router.h"

extern const RateLimit packet_limit;

bool packet_list(Task *task, const Request *request, Response *response);
bool packet_show(Task *task, const Request *request, Response *response);
