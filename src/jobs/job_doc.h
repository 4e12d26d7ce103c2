/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the routes of tasks take and give, for the OpenAPI document.
 * The names are those of the handlers.
 */
#pragma once

#include "web/route_doc.h"

extern const RouteDoc job_list_doc;
extern const RouteDoc job_show_doc;
extern const RouteDoc job_cancel_doc;
