/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the routes of accounts take and give, for the OpenAPI document.
 * The names are those of the handlers.
 */
#pragma once

#include "web/route_doc.h"

extern const RouteDoc register_doc;
extern const RouteDoc login_doc;
extern const RouteDoc demo_doc;
extern const RouteDoc refresh_doc;
extern const RouteDoc logout_doc;
extern const RouteDoc logout_all_doc;
extern const RouteDoc list_sessions_doc;
extern const RouteDoc end_session_doc;
extern const RouteDoc ticket_issue_doc;
extern const RouteDoc show_me_doc;
extern const RouteDoc change_password_doc;
