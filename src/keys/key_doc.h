/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the routes of API keys take and give, for the OpenAPI document.
 * The names are those of the handlers.
 */
#pragma once

#include "web/route_doc.h"

extern const RouteDoc key_create_doc;
extern const RouteDoc key_list_doc;
extern const RouteDoc key_show_doc;
extern const RouteDoc key_change_doc;
extern const RouteDoc key_remove_doc;
extern const RouteDoc key_test_doc;
