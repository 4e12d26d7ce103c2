/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the routes of topologies take and give, for the OpenAPI document.
 * The names are those of the handlers.
 */
#pragma once

#include "web/route_doc.h"

extern const RouteDoc topology_generate_doc;
extern const RouteDoc topology_list_doc;
extern const RouteDoc topology_show_doc;
extern const RouteDoc topology_svg_doc;
extern const RouteDoc topology_remove_doc;
