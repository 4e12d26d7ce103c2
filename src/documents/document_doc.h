/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the routes of documents take and give, for the OpenAPI document.
 * The names are those of the handlers.
 */
#pragma once

#include "web/route_doc.h"

extern const RouteDoc document_upload_doc;
extern const RouteDoc document_list_doc;
extern const RouteDoc document_show_doc;
extern const RouteDoc document_download_doc;
extern const RouteDoc document_delete_doc;
extern const RouteDoc packet_list_doc;
extern const RouteDoc packet_show_doc;
