/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/account_doc.h"

static const ApiSchema tokens = {
    "Tokens",
    "access_token: text, refresh_token?: text, token_type: (bearer), expires_in: integer, "
    "device_token?: text",
};

static const ApiSchema account = {
    "Account",
    "id: uuid, email: text, full_name?: text, plan_tier: (solo|team|enterprise), "
    "is_superuser: boolean, created_at: time, updated_at: time",
};

static const ApiSchema session = {
    "Session",
    "id: uuid, created_at: time, last_seen_at: time, address: text, user_agent: text, "
    "current: boolean",
};

static const ApiSchema ticket = {
    "Ticket",
    "ticket: text, expires_in: integer",
};

#define IN_COOKIE                                                                                  \
    "With cookie, the header X-NetGuru-Client: page is required, and the refresh token is set as " \
    "a cookie and is not in the answer."

const RouteDoc register_doc = {
    .summary = "Opens an account and logs in",
    .description = IN_COOKIE,
    .body = "email: text 3..255, password: text 8..72, full_name?: text ..255, cookie?: boolean",
    .body_example = "{\"email\":\"ana@example.net\",\"password\":\"a long password\"}",
    .answers = {{201, &tokens}},
    .errors = {403, 409},
};

const RouteDoc login_doc = {
    .summary = "Logs in",
    .description = IN_COOKIE,
    .body = "email: text 1..255, password: text 1..1024, device_token?: text, cookie?: boolean",
    .body_example = "{\"email\":\"ana@example.net\",\"password\":\"a long password\"}",
    .answers = {{200, &tokens}},
    .errors = {401, 403},
};

const RouteDoc demo_doc = {
    .summary = "Logs in to the demo account, from the machine of the server",
    .description = "Only while the server offers a demo account. The header X-NetGuru-Client: page "
                   "is required. With cookie, the refresh token is set as a cookie.",
    .body = "cookie?: boolean",
    .body_example = "{\"cookie\":true}",
    .answers = {{200, &tokens}},
    .errors = {403, 404},
};

const RouteDoc refresh_doc = {
    .summary = "Exchanges a refresh token for a new pair of tokens",
    .description =
        "With cookie, the header X-NetGuru-Client: page is required, the refresh token is "
        "taken from the cookie, and the new one is set there.",
    .body = "refresh_token?: text 1..256, cookie?: boolean",
    .body_example = "{\"refresh_token\":\"7e6f\"}",
    .answers = {{200, &tokens}},
    .errors = {401, 403},
};

const RouteDoc logout_doc = {
    .summary = "Ends this session",
    .answers = {{204}},
};

const RouteDoc logout_all_doc = {
    .summary = "Ends all sessions of the user",
    .answers = {{204}},
};

const RouteDoc list_sessions_doc = {
    .summary = "Lists the open sessions, most recently used first",
    .answers = {{200, &session, .is_list = true}},
};

const RouteDoc end_session_doc = {
    .summary = "Ends a session",
    .answers = {{204}},
};

const RouteDoc ticket_issue_doc = {
    .summary = "Issues a ticket that opens one WebSocket within 30 s",
    .answers = {{201, &ticket}},
};

const RouteDoc show_me_doc = {
    .summary = "Shows the account of the caller",
    .answers = {{200, &account}},
};

const RouteDoc change_password_doc = {
    .summary = "Changes the password and ends the other sessions",
    .body = "password: text 1..1024, new_password: text 8..72",
    .body_example = "{\"password\":\"a long password\",\"new_password\":\"a longer password\"}",
    .answers = {{204}},
};
