/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the routes of conversations take and give, for the OpenAPI document.
 * The names are those of the handlers.
 */
#pragma once

#include "web/route_doc.h"

extern const RouteDoc conversation_create_doc;
extern const RouteDoc conversation_list_doc;
extern const RouteDoc conversation_show_doc;
extern const RouteDoc conversation_change_doc;
extern const RouteDoc conversation_remove_doc;
extern const RouteDoc conversation_messages_doc;
extern const RouteDoc conversation_ask_doc;
extern const RouteDoc conversation_events_doc;
extern const RouteDoc conversation_cancel_doc;
extern const RouteDoc conversation_export_doc;
extern const RouteDoc conversation_message_doc;
extern const RouteDoc conversation_regenerate_doc;
extern const RouteDoc conversation_sent_doc;
extern const RouteDoc conversation_feedback_doc;
extern const RouteDoc conversation_search_doc;
